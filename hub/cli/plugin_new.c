/* SPDX-License-Identifier: Apache-2.0 */
/* plugin new: a connector of one's own from a template.
 *
 *   cli_plugin_new -> folder_make -> template_copy, of the language, then of its style -> file_copy
 *
 * A template is a folder of files in which @ID@ and @NAME@ stand for the connector's id
 * and for an identifier made of it, in names as in content. What is made is the
 * author's, under any licence: a first line that names ours is left out. */
#include "cli/kit.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/verbs.h"

struct making {
    const struct cli *cli;
    const char *id;
    char name[BASE_ID_MAX + 2]; /* a C identifier */
    const char *folder;
};

int cli_kit_path(const struct cli *cli, const char *rest, char path[CLI_PATH_SIZE])
{
    ssize_t size = readlink("/proc/self/exe", path, CLI_PATH_SIZE - 1);
    char *slash = NULL;

    path[size > 0 ? size : 0] = '\0';
    for (int i = 0; i < 2; i++) {
        slash = strrchr(path, '/');
        if (slash != NULL)
            *slash = '\0';
    }
    size_t used = strlen(path);
    if (slash != NULL && snprintf(path + used, CLI_PATH_SIZE - used, "/%s", rest) < (int)(CLI_PATH_SIZE - used))
        return CLI_DONE;
    cli_tell(cli, "%s", cli_say(cli, "无法确定程序所在位置", "cannot tell where this program lies"));
    return CLI_FAILED;
}

static bool is_id(const char *id)
{
    size_t size = strlen(id);

    return size > 0 && size <= BASE_ID_MAX && strchr("._-", id[0]) == NULL &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static void name_make(struct making *making)
{
    char *next = making->name;

    if (isdigit((unsigned char)making->id[0]))
        *next++ = 'm';
    for (const char *at = making->id; *at != '\0'; at++)
        *next++ = (char)(isalnum((unsigned char)*at) ? *at : '_');
    *next = '\0';
}

/* The text with @ID@ and @NAME@ replaced. */
static void filled_put(const struct making *making, struct base_buffer *out, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        size_t left = (size_t)(end - text);

        if (left >= 4 && memcmp(text, "@ID@", 4) == 0) {
            base_buffer_put_text(out, making->id);
            text += 4;
        } else if (left >= 6 && memcmp(text, "@NAME@", 6) == 0) {
            base_buffer_put_text(out, making->name);
            text += 6;
        } else {
            base_buffer_put(out, text++, 1);
        }
    }
}

static size_t licence_size(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    size_t line = end != NULL ? (size_t)(end - text) + 1 : 0;

    return memmem(text, line, "SPDX-License-Identifier", 23) != NULL ? line : 0;
}

static int file_write(const struct making *making, const char *path, struct base_buffer *content)
{
    FILE *file = content->is_broken ? NULL : fopen(path, "wbx");
    bool is_written = file != NULL && fwrite(content->bytes, 1, content->size, file) == content->size;

    if (file != NULL && fclose(file) == 0 && is_written)
        return CLI_DONE;
    cli_tell(making->cli, "%s: %s", path, strerror(errno));
    return CLI_FAILED;
}

static int file_copy(const struct making *making, const char *from, const char *name)
{
    struct base_buffer content = {0}, target = {0};
    char source[CLI_PATH_SIZE + 256], *bytes = NULL;
    size_t size = 0;

    snprintf(source, sizeof(source), "%s/%s", from, name);
    int rc = cli_file_read(making->cli, source, &bytes, &size);
    if (rc == CLI_DONE) {
        base_buffer_put_format(&target, "%s/", making->folder);
        filled_put(making, &target, name, strlen(name));
        size_t skipped = licence_size(bytes, size);
        filled_put(making, &content, bytes + skipped, size - skipped);
        rc = file_write(making, base_buffer_text(&target), &content);
    }
    base_free(bytes);
    base_buffer_fini(&content);
    base_buffer_fini(&target);
    return rc;
}

/* Every file of the template folder share/onedoor/template/<name>. */
static int template_copy(const struct making *making, const char *name)
{
    char rest[64], folder[CLI_PATH_SIZE];
    const struct dirent *entry;

    snprintf(rest, sizeof(rest), "share/onedoor/template/%s", name);
    int rc = cli_kit_path(making->cli, rest, folder);
    if (rc != CLI_DONE)
        return rc;
    DIR *files = opendir(folder);
    if (files == NULL) {
        cli_tell(making->cli, "%s: %s", folder, strerror(errno));
        return CLI_FAILED;
    }
    while (rc == CLI_DONE && (entry = readdir(files)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = file_copy(making, folder, entry->d_name);
    }
    closedir(files);
    return rc;
}

/* New, or there and empty: nobody's work is written over. */
static int folder_make(const struct making *making)
{
    const struct cli *cli = making->cli;

    if (mkdir(making->folder, 0777) == 0)
        return CLI_DONE;
    if (errno == EEXIST && rmdir(making->folder) == 0)
        return mkdir(making->folder, 0777) == 0 ? CLI_DONE : CLI_FAILED;
    cli_tell(cli, "%s: %s", making->folder,
             errno == ENOTEMPTY || errno == EEXIST
                 ? cli_say(cli, "已有内容；请另选文件夹", "has something in it; name another folder")
                 : strerror(errno));
    return errno == ENOTEMPTY || errno == EEXIST ? CLI_REFUSED : CLI_FAILED;
}

static void next_tell(const struct making *making, bool is_c)
{
    const struct cli *cli = making->cli;

    if (cli->is_json) {
        struct base_buffer out = {0};

        base_json_open(&out, NULL, '{');
        base_json_put_text(&out, "id", making->id);
        base_json_put_text(&out, "folder", making->folder);
        base_json_close(&out, '}');
        puts(base_buffer_text(&out));
        base_buffer_fini(&out);
        return;
    }
    puts(making->folder);
    cli_tell(cli, cli_say(cli, "下一步：cd %s && %sonedoor plugin check .", "next: cd %s && %sonedoor plugin check ."),
             making->folder, is_c ? "make && " : "");
}

int cli_plugin_new(struct cli *cli)
{
    static const char *const languages[] = {"c", "python", NULL}, *const styles[] = {"sync", "poll", "callback", NULL};
    const char *language = cli_option(cli, "--lang"), *style = cli_option(cli, "--style");
    struct making making = {.cli = cli, .id = cli->operands[0]};
    char name[32];

    if (!cli_is_one_of(cli, language, languages) || !cli_is_one_of(cli, style, styles))
        return CLI_USAGE;
    if (!is_id(making.id)) {
        cli_tell(cli, cli_say(cli, "%s：须为 1 至 %d 个 a-z、0-9、“.”、“_”、“-”，首个为字母或数字",
                              "%s: an id is 1 to %d of a-z, 0-9, '.', '_', '-', the first a letter or digit"),
                 making.id, BASE_ID_MAX);
        return CLI_USAGE;
    }
    name_make(&making);
    making.folder = cli->operand_count > 1 ? cli->operands[1] : making.id;
    language = language != NULL ? language : languages[0];
    snprintf(name, sizeof(name), "%s-%s", language, style != NULL ? style : styles[0]);
    int rc = folder_make(&making);
    if (rc == CLI_DONE)
        rc = template_copy(&making, language);
    if (rc == CLI_DONE)
        rc = template_copy(&making, name);
    if (rc == CLI_DONE)
        next_tell(&making, strcmp(language, "c") == 0);
    return rc;
}
