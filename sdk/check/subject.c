/* SPDX-License-Identifier: Apache-2.0 */
/* check_subject_read -> module_read | remote_read -> script_read -> config_set */
#include "check/subject.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"

int check_file_read(const char *path, size_t size_max, char **bytes, size_t *size)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    char *content = base_alloc(size_max + 2);
    size_t got = content != NULL ? fread(content, 1, size_max + 1, file) : 0;
    int rc = ferror(file) ? OD_EIO : OD_OK;
    fclose(file);
    if (content == NULL)
        return OD_ENOMEM;
    if (rc == OD_OK && got > size_max)
        rc = OD_ELIMIT;
    if (rc != OD_OK) {
        base_free(content);
        return rc;
    }
    content[got] = '\0';
    *bytes = content;
    *size = got;
    return OD_OK;
}

__attribute__((format(printf, 3, 4))) static int fault(char reason[CHECK_REASON_SIZE], int rc, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, CHECK_REASON_SIZE, format, arguments);
    va_end(arguments);
    return rc;
}

static bool is_there(const char *folder, const char *name)
{
    char path[2 * CHECK_PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return access(path, R_OK) == 0;
}

/* target itself, or where make and cmake put the module: target/<id>-<version>, target/build/<id>-<version>. */
static int folder_find(const char *target, struct check_subject *subject, char reason[CHECK_REASON_SIZE])
{
    static const char *const places[] = {"", "build/"};
    const char *name = subject->manifest.name;

    if (is_there(target, "module.so")) {
        snprintf(subject->folder, sizeof(subject->folder), "%s", target);
        return OD_OK;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(subject->folder, sizeof(subject->folder), "%.3000s/%s%s", target, places[i], name);
        if (is_there(subject->folder, "module.so"))
            return OD_OK;
    }
    return fault(reason, OD_ENOTFOUND, "%.200s: there is no module.so, nor %.100s/module.so; build it first", target, name);
}

static int manifest_read(const char *folder, struct check_subject *subject, char reason[CHECK_REASON_SIZE])
{
    char path[2 * CHECK_PATH_SIZE], message[PACKAGE_TEXT_SIZE];

    snprintf(path, sizeof(path), "%s/manifest.json", folder);
    int rc = check_file_read(path, PACKAGE_MANIFEST_MAX, &subject->manifest_text, &subject->manifest_size);
    if (rc != OD_OK)
        return fault(reason, rc, "%.300s: %s", path, rc == OD_ELIMIT ? "too large" : strerror(errno));
    rc = package_manifest_read(subject->manifest_text, subject->manifest_size, NULL, &subject->manifest, message);
    return rc == OD_OK ? OD_OK : fault(reason, rc, "%.*s", CHECK_REASON_SIZE - 1, message);
}

static int module_read(const char *target, struct check_subject *subject, char reason[CHECK_REASON_SIZE])
{
    const struct package_manifest *manifest = &subject->manifest;
    int rc = manifest_read(target, subject, reason);

    if (rc == OD_OK)
        rc = folder_find(target, subject, reason);
    if (rc != OD_OK)
        return rc;
    snprintf(subject->id, sizeof(subject->id), "%s", manifest->id);
    snprintf(subject->version, sizeof(subject->version), "%s", manifest->version);
    subject->dedupe = manifest->dedupe;
    subject->fields = manifest->capabilities.fields;
    subject->has_events = manifest->capabilities.has_events;
    subject->has_http = manifest->capabilities.http_count > 0;
    return OD_OK;
}

static int word_add(struct check_subject *subject, const char *word)
{
    size_t count = 0;

    while (subject->words[count] != NULL)
        count++;
    if (count == CHECK_WORDS_MAX)
        return OD_ELIMIT;
    subject->words[count] = base_copy_text(word, strlen(word));
    return subject->words[count] != NULL ? OD_OK : OD_ENOMEM;
}

/* An address has digits behind its last colon, and no space; everything else is a command for the shell. */
static bool is_address(const char *text)
{
    const char *colon = strrchr(text, ':');

    return colon != NULL && colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0' &&
           strchr(text, ' ') == NULL;
}

static int command_read(struct check_subject *subject, const char *command, char reason[CHECK_REASON_SIZE])
{
    const struct base_json *words = base_json_member(subject->remote, "command");
    int rc = OD_OK;

    snprintf(subject->listen, sizeof(subject->listen), "127.0.0.1:0");
    if (command != NULL && is_address(command)) {
        subject->is_started_elsewhere = true;
        snprintf(subject->listen, sizeof(subject->listen), "%s", command);
        return OD_OK;
    }
    if (command != NULL) {
        const char *const shell[] = {"/bin/sh", "-c", command};

        for (size_t i = 0; rc == OD_OK && i < 3; i++)
            rc = word_add(subject, shell[i]);
        return rc;
    }
    for (const struct base_json *word = base_json_first(words); rc == OD_OK && word != NULL; word = base_json_next(word))
        rc = base_json_text(word) != NULL ? word_add(subject, base_json_text(word)) : OD_EINVAL;
    if (rc != OD_OK || subject->words[0] == NULL)
        return fault(reason, OD_EINVAL, "remote.json: command must be an array of at most %d words", CHECK_WORDS_MAX);
    return OD_OK;
}

static void remote_apply(struct check_subject *subject)
{
    const struct base_json *remote = base_json_member(subject->remote, "remote");
    const char *dedupe = base_json_member_text(remote, "submit_dedupe"), *id = base_json_member_text(subject->remote, "id");

    snprintf(subject->id, sizeof(subject->id), "%.*s", BASE_ID_MAX, id != NULL ? id : "remote");
    snprintf(subject->version, sizeof(subject->version), "remote");
    subject->dedupe = PACKAGE_DEDUPE_NONE;
    for (enum package_dedupe i = PACKAGE_DEDUPE_NATIVE; dedupe != NULL && i <= PACKAGE_DEDUPE_LOOKUP; i++) {
        if (strcmp(package_dedupe_name(i), dedupe) == 0)
            subject->dedupe = i;
    }
    subject->has_events = base_json_is_true(base_json_member(remote, "events"));
}

static int remote_read(const char *target, const char *command, struct check_subject *subject,
                       char reason[CHECK_REASON_SIZE])
{
    static const char *all[] = {"*"};
    char path[2 * CHECK_PATH_SIZE], *text = NULL;
    struct base_json_error error = {.line = 1};
    size_t size = 0;

    subject->is_remote = subject->has_http = true;
    subject->fields = (struct package_texts){all, 1};
    snprintf(subject->folder, sizeof(subject->folder), "%s", target);
    snprintf(path, sizeof(path), "%s/remote.json", target);
    int rc = check_file_read(path, CHECK_SCRIPT_MAX, &text, &size);
    if (rc == OD_OK) {
        rc = base_json_parse(text, size, &subject->remote, &error);
        base_free(text);
        if (rc != OD_OK)
            return fault(reason, OD_EINVAL, "%.200s:%u:%u: %s", path, error.line, error.column, error.text);
    } else if (rc != OD_ENOTFOUND || command == NULL) {
        return fault(reason, rc, "%.300s: %s", path, strerror(errno));
    }
    remote_apply(subject);
    return command_read(subject, command, reason);
}

/* Beside the sources, or beside the module that was built from them. */
static int script_read(const char *target, struct check_subject *subject, char reason[CHECK_REASON_SIZE])
{
    static const char *const places[] = {"check.json", "../check.json", "../../check.json"};
    char path[2 * CHECK_PATH_SIZE], *text = NULL;
    size_t size = 0;
    int rc = OD_ENOTFOUND;

    for (size_t i = 0; rc == OD_ENOTFOUND && i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", target, places[i]);
        rc = check_file_read(path, CHECK_SCRIPT_MAX, &text, &size);
    }
    if (rc == OD_ENOTFOUND)
        return check_script_default(&subject->script);
    if (rc != OD_OK)
        return fault(reason, rc, "%.300s: %s", path, rc == OD_ELIMIT ? "larger than 256 KiB" : strerror(errno));
    rc = check_script_read(path, text, size, &subject->script, reason);
    base_free(text);
    if (rc == OD_OK && subject->script.folder != NULL)
        snprintf(subject->place, sizeof(subject->place), "%.*s/%.256s", (int)(strlen(path) - strlen("/check.json")), path,
                 subject->script.folder);
    return rc;
}

static int config_set(struct check_subject *subject, const char *config, char reason[CHECK_REASON_SIZE])
{
    struct base_json_error error = {.line = 1};
    struct base_buffer text = {0};
    size_t size;

    if (config != NULL && base_json_check(config, strlen(config), &error) != OD_OK)
        return fault(reason, OD_EINVAL, "--config:%u:%u: %s", error.line, error.column, error.text);
    if (config != NULL)
        base_buffer_put_text(&text, config);
    else if (subject->script.config != NULL)
        base_json_put(&text, NULL, subject->script.config);
    else
        base_buffer_put_text(&text, "{}");
    base_buffer_put(&text, "", 1);
    subject->config = base_buffer_take(&text, &size);
    return subject->config != NULL ? OD_OK : OD_ENOMEM;
}

/* The folder in which a package file lies. */
static void folder_of(const char *path, char folder[CHECK_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        snprintf(folder, CHECK_PATH_SIZE, ".");
    else
        snprintf(folder, CHECK_PATH_SIZE, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int check_subject_read(const char *target, const char *module, const char *command, const char *config, struct check_subject *out,
                       char reason[CHECK_REASON_SIZE])
{
    char beside[CHECK_PATH_SIZE];

    *out = (struct check_subject){.is_remote = false};
    snprintf(reason, CHECK_REASON_SIZE, "no memory left");
    if (module == NULL && !is_folder(target))
        return fault(reason, OD_ENOTFOUND, "%.300s: no such folder; name the folder of the connector, or a package (.odm)", target);
    folder_of(target, beside);
    bool is_remote = module == NULL && (command != NULL || is_there(target, "remote.json"));
    int rc = is_remote ? remote_read(target, command, out, reason) : module_read(module != NULL ? module : target, out, reason);
    if (rc == OD_OK)
        rc = script_read(module != NULL ? beside : target, out, reason);
    return rc == OD_OK ? config_set(out, config, reason) : rc;
}

void check_subject_fini(struct check_subject *subject)
{
    for (size_t i = 0; i < CHECK_WORDS_MAX; i++)
        base_free(subject->words[i]);
    package_manifest_fini(&subject->manifest);
    check_script_fini(&subject->script);
    base_json_destroy(subject->remote);
    base_free(subject->manifest_text);
    base_free(subject->config);
    *subject = (struct check_subject){.is_remote = false};
}

char *check_subject_config(const struct check_subject *subject, const char *department_url)
{
    static const char mark[] = "${department}";
    struct base_buffer out = {0};
    size_t size;

    for (const char *at = subject->config; *at != '\0';) {
        if (strncmp(at, mark, sizeof(mark) - 1) == 0) {
            base_buffer_put_text(&out, department_url);
            at += sizeof(mark) - 1;
        } else {
            base_buffer_put(&out, at++, 1);
        }
    }
    base_buffer_put(&out, "", 1);
    return base_buffer_take(&out, &size);
}
