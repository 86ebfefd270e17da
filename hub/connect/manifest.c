/* SPDX-License-Identifier: Apache-2.0 */
/* The module folder: <id>-<version>/{manifest.json, module.so}. A manifest is read
 * strictly; each fault is told with its line and column and with what is allowed.
 *
 *   connect_module_check -> read_file -> base_json_parse -> checks, one a member
 */
#include "connect/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define PATH_SIZE 4096

static const char *const dedupe_names[] = {
    [CONNECT_DEDUPE_NONE] = "none", [CONNECT_DEDUPE_NATIVE] = "native", [CONNECT_DEDUPE_LOOKUP] = "lookup"};

const char *connect_dedupe_name(enum connect_dedupe dedupe)
{
    return dedupe_names[dedupe];
}

struct reading {
    struct connect_manifest *manifest;
    const char *module;
    const struct base_json *root;
    struct base_json **tree; /* takes root when it is fine; NULL = nobody wants it */
    const char *text; /* of the file */
    size_t size;
    char *message; /* 512 bytes */
};

/* Tell what is wrong at the value that pointer names. */
__attribute__((format(printf, 3, 4))) static int fault(const struct reading *reading, const char *pointer,
                                                       const char *format, ...)
{
    uint32_t line = 1, column = 1;
    va_list arguments;

    base_json_locate(reading->text, reading->size, pointer, &line, &column);
    int lead = snprintf(reading->message, 512, "%s/manifest.json:%u:%u: ", reading->module, line, column);
    va_start(arguments, format);
    vsnprintf(reading->message + lead, 512 - (size_t)lead, format, arguments);
    va_end(arguments);
    return OD_EINVAL;
}

bool connect_name_is_valid(const char *text, size_t max)
{
    size_t size = strlen(text);

    if (size == 0 || size > max)
        return false;
    if ((text[0] < 'a' || text[0] > 'z') && (text[0] < '0' || text[0] > '9'))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static int take_text(const struct reading *reading, const char *member, char *out, size_t max)
{
    const char *text = base_json_member_text(reading->root, member);
    char pointer[64];

    snprintf(pointer, sizeof(pointer), "/%s", member);
    if (text == NULL)
        return fault(reading, pointer, "%s is missing or no text; name the module's %s.", member, member);
    if (!connect_name_is_valid(text, max))
        return fault(reading, pointer, "%s must be 1 to %zu of a-z, 0-9, '.', '_', '-', the first a letter or digit.",
                     member, max);
    memcpy(out, text, strlen(text) + 1);
    return OD_OK;
}

/* The folder is what people and other hubs call the module by. */
static int check_names(const struct reading *reading)
{
    char expected[CONNECT_MODULE_MAX + 1];
    int rc = take_text(reading, "id", reading->manifest->id, BASE_ID_MAX);

    if (rc == OD_OK)
        rc = take_text(reading, "version", reading->manifest->version, sizeof(reading->manifest->version) - 1);
    if (rc != OD_OK)
        return rc;
    snprintf(expected, sizeof(expected), "%s-%s", reading->manifest->id, reading->manifest->version);
    if (strcmp(expected, reading->module) != 0)
        return fault(reading, "/id", "the folder of this module must be named %s.", expected);
    return OD_OK;
}

static int check_abi(const struct reading *reading)
{
    const struct base_json *abi = base_json_member(reading->root, "abi");
    const struct base_json *major = base_json_first(abi);
    int64_t numbers[2];

    if (base_json_type(abi) != BASE_JSON_ARRAY || base_json_count(abi) != 2 ||
        base_json_i64(major, 0, UINT16_MAX, &numbers[0]) != OD_OK ||
        base_json_i64(base_json_next(major), 0, UINT16_MAX, &numbers[1]) != OD_OK)
        return fault(reading, "/abi", "abi must be [major, minor] of the SDK that the module was built with, e.g. [%d, %d].",
                     CONNECT_ABI_MAJOR, CONNECT_ABI_MINOR);
    if (numbers[0] != CONNECT_ABI_MAJOR || numbers[1] > CONNECT_ABI_MINOR) {
        fault(reading, "/abi", "the module needs ABI %d.%d, this hub runs %d.0 to %d.%d; build it with that SDK or update the hub.",
              (int)numbers[0], (int)numbers[1], CONNECT_ABI_MAJOR, CONNECT_ABI_MAJOR, CONNECT_ABI_MINOR);
        return OD_EUNSUPPORTED;
    }
    reading->manifest->abi_major = (uint16_t)numbers[0];
    reading->manifest->abi_minor = (uint16_t)numbers[1];
    return OD_OK;
}

static int check_texts(const struct reading *reading, const struct base_json *array, const char *pointer,
                       const char *what)
{
    size_t index = 0;

    if (base_json_type(array) != BASE_JSON_ARRAY)
        return fault(reading, pointer, "%s must be an array of texts.", what);
    for (const struct base_json *item = base_json_first(array); item != NULL; item = base_json_next(item), index++) {
        const char *text = base_json_text(item);
        char at[96];

        if (text != NULL && text[0] != '\0' && strlen(text) <= BASE_ID_MAX)
            continue;
        snprintf(at, sizeof(at), "%s/%zu", pointer, index);
        return fault(reading, at, "each of %s must be a text of 1 to %d bytes.", what, BASE_ID_MAX);
    }
    return OD_OK;
}

static int check_matters(const struct reading *reading)
{
    const struct base_json *matters = base_json_member(reading->root, "matters");

    if (base_json_type(matters) == BASE_JSON_ARRAY && base_json_count(matters) == 0)
        return fault(reading, "/matters", "matters is empty; name the matters that it serves, or [\"*\"] for all.");
    return check_texts(reading, matters, "/matters", "matters");
}

static int check_dedupe(const struct reading *reading)
{
    const char *text = base_json_member_text(reading->root, "submit_dedupe");

    if (base_json_member(reading->root, "submit_dedupe") == NULL)
        return OD_OK; /* none: nothing is ever offered again after an unknown effect */
    for (size_t i = 0; text != NULL && i < sizeof(dedupe_names) / sizeof(dedupe_names[0]); i++)
        if (strcmp(text, dedupe_names[i]) == 0) {
            reading->manifest->dedupe = (enum connect_dedupe)i;
            return OD_OK;
        }
    return fault(reading, "/submit_dedupe", "submit_dedupe must be \"native\", \"lookup\" or \"none\".");
}

static int check_numbers(const struct reading *reading)
{
    const struct base_json *credits = base_json_member(reading->root, "credits");
    const struct base_json *sequence = base_json_member(reading->root, "sequence");
    int64_t value = CONNECT_CREDITS_DEFAULT;

    if (credits != NULL && base_json_i64(credits, 1, BASE_CREDITS_MAX, &value) != OD_OK)
        return fault(reading, "/credits", "credits must be a whole number from 1 to %d.", BASE_CREDITS_MAX);
    reading->manifest->credits = (uint32_t)value;
    if (sequence != NULL && base_json_i64(sequence, 0, INT64_C(1) << 53, &value) != OD_OK)
        return fault(reading, "/sequence", "sequence must be a whole number that grows with each version.");
    return OD_OK;
}

/* A module reads what it writes, or it could not start again. */
static int check_state_schema(const struct reading *reading)
{
    const struct base_json *schema = base_json_member(reading->root, "state_schema");
    const struct base_json *reads = base_json_member(schema, "reads");
    int64_t writes, read;
    bool is_read = false;

    if (schema == NULL)
        return OD_OK;
    if (base_json_type(reads) != BASE_JSON_ARRAY)
        return fault(reading, "/state_schema", "state_schema must be {\"reads\": [1], \"writes\": 1}.");
    if (base_json_i64(base_json_member(schema, "writes"), 0, INT32_MAX, &writes) != OD_OK)
        return fault(reading, "/state_schema/writes", "writes must be a whole number.");
    for (const struct base_json *item = base_json_first(reads); item != NULL; item = base_json_next(item)) {
        if (base_json_i64(item, 0, INT32_MAX, &read) != OD_OK)
            return fault(reading, "/state_schema/reads", "reads must be an array of whole numbers.");
        is_read = is_read || read == writes;
    }
    if (!is_read)
        return fault(reading, "/state_schema/reads", "reads must hold the schema that the module writes (%d).", (int)writes);
    return OD_OK;
}

static int check_objects(const struct reading *reading)
{
    static const char *const names[] = {"capabilities", "resources", "config_schema"};
    const struct base_json *fields;
    char pointer[32];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct base_json *object = base_json_member(reading->root, names[i]);

        snprintf(pointer, sizeof(pointer), "/%s", names[i]);
        if (object != NULL && base_json_type(object) != BASE_JSON_OBJECT)
            return fault(reading, pointer, "%s must be an object.", names[i]);
    }
    fields = base_json_member(base_json_member(reading->root, "capabilities"), "fields");
    return fields == NULL ? OD_OK : check_texts(reading, fields, "/capabilities/fields", "fields");
}

static int check_root(const struct reading *reading)
{
    static int (*const checks[])(const struct reading *) = {
        check_names, check_abi, check_matters, check_dedupe, check_numbers, check_state_schema, check_objects};

    if (base_json_type(reading->root) != BASE_JSON_OBJECT)
        return fault(reading, "", "a manifest is a JSON object.");
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        int rc = checks[i](reading);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

/* *bytes is owned by the caller (base_free). */
static int read_file(const char *path, char **bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may turn out to be a pipe */
    struct stat about;
    ssize_t got = 0;
    size_t taken = 0;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    char *block = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? base_alloc(CONNECT_MANIFEST_MAX + 1) : NULL;
    int rc = block != NULL ? OD_OK : S_ISREG(about.st_mode) ? OD_ENOMEM : OD_EIO;
    while (rc == OD_OK && taken <= CONNECT_MANIFEST_MAX &&
           (got = read(fd, block + taken, CONNECT_MANIFEST_MAX + 1 - taken)) > 0)
        taken += (size_t)got;
    close(fd);
    if (rc == OD_OK && got < 0)
        rc = OD_EIO;
    if (rc == OD_OK && taken > CONNECT_MANIFEST_MAX)
        rc = OD_ELIMIT;
    if (rc != OD_OK) {
        base_free(block);
        return rc;
    }
    *bytes = block;
    *size = taken;
    return OD_OK;
}

static int tell_unread(struct connect *connect, const char *module, int rc, char text[512])
{
    const char *folder = connect->options.module_folder;

    if (rc == OD_ENOMEM) {
        snprintf(text, 512, "No memory left to read the manifest of %s.", module);
        return rc;
    }
    if (rc == OD_ENOTFOUND) {
        snprintf(text, 512, "No module %s: %.300s/%s/manifest.json does not exist. Put the module's folder there.", module,
                 folder, module);
        return rc;
    }
    if (rc == OD_ELIMIT)
        snprintf(text, 512, "%s/manifest.json is larger than %d bytes; make it smaller.", module, CONNECT_MANIFEST_MAX);
    else
        snprintf(text, 512, "%s/manifest.json cannot be read; make it a plain file that the hub's user may read.", module);
    return OD_EINVAL;
}

static int read_manifest(struct reading *reading)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(reading->text, reading->size, &root, &error);

    if (rc == OD_ENOMEM) {
        snprintf(reading->message, 512, "No memory left to read the manifest of %s.", reading->module);
        return rc;
    }
    if (rc != OD_OK) {
        snprintf(reading->message, 512, "%s/manifest.json:%u:%u: %.300s", reading->module, error.line, error.column,
                 error.text);
        return OD_EINVAL;
    }
    reading->root = root;
    rc = check_root(reading);
    if (rc == OD_OK && reading->tree != NULL)
        *reading->tree = root;
    else
        base_json_destroy(root);
    return rc;
}

int connect_manifest_take(struct connect *connect, const char *module, struct connect_manifest *manifest,
                          struct base_json **tree, char text[512])
{
    struct connect_manifest read = {0};
    struct reading reading = {.manifest = &read, .module = module, .tree = tree, .message = text};
    char path[PATH_SIZE], *bytes = NULL;

    text[0] = '\0';
    if (!connect_name_is_valid(module, CONNECT_MODULE_MAX)) {
        snprintf(text, 512, "\"%.80s\" is no module name; use <id>-<version> as in the module folder.", module);
        return OD_EINVAL;
    }
    if (snprintf(path, sizeof(path), "%s/%s/manifest.json", connect->options.module_folder, module) >= PATH_SIZE) {
        snprintf(text, 512, "The path of the module folder is too long.");
        return OD_EINVAL;
    }
    int rc = read_file(path, &bytes, &reading.size);
    if (rc != OD_OK)
        return tell_unread(connect, module, rc, text);
    reading.text = bytes;
    rc = read_manifest(&reading);
    base_free(bytes);
    if (rc == OD_OK)
        *manifest = read;
    return rc;
}

int connect_manifest_read(struct connect *connect, const char *module, struct connect_manifest *manifest,
                          char text[512])
{
    return connect_manifest_take(connect, module, manifest, NULL, text);
}

int connect_module_check(struct connect *connect, const char *module, struct connect_manifest *manifest,
                         char text[512])
{
    int rc = connect_manifest_read(connect, module, manifest, text);

    return rc == OD_OK ? connect_module_find(connect, module, text) : rc;
}

int connect_module_find(struct connect *connect, const char *module, char text[512])
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s/module.so", connect->options.module_folder, module);
    if (access(path, R_OK) != 0) {
        snprintf(text, 512, "Module %s has no readable module.so beside its manifest; build and copy it there.", module);
        return OD_ENOTFOUND;
    }
    return OD_OK;
}
