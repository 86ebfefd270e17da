/* SPDX-License-Identifier: Apache-2.0 */
/* package_manifest_read -> base_json_parse -> checks, one a member, in the order of
 * docs/connectors/packages.md; capabilities and resources: capability.c. */
#include "package/reading.h"
#include "package/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/plugin.h>

static const char *const dedupe_names[] = {
    [PACKAGE_DEDUPE_NONE] = "none", [PACKAGE_DEDUPE_NATIVE] = "native", [PACKAGE_DEDUPE_LOOKUP] = "lookup"};

const char *package_dedupe_name(enum package_dedupe dedupe)
{
    return dedupe_names[dedupe];
}

bool package_name_is_valid(const char *text, size_t max)
{
    size_t size = strlen(text);

    if (size == 0 || size > max)
        return false;
    if ((text[0] < 'a' || text[0] > 'z') && (text[0] < '0' || text[0] > '9'))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static int take_text(const struct package_reading *reading, const char *member, char *out, size_t max)
{
    const char *text = base_json_member_text(reading->manifest->root, member);
    char pointer[64];

    snprintf(pointer, sizeof(pointer), "/%s", member);
    if (text == NULL)
        return package_fault(reading, pointer, "%s is missing or no text; name the module's %s.", member, member);
    if (!package_name_is_valid(text, max))
        return package_fault(reading, pointer, "%s must be 1 to %zu of a-z, 0-9, '.', '_', '-', the first a letter or digit.",
                             member, max);
    memcpy(out, text, strlen(text) + 1);
    return OD_OK;
}

/* The folder is what people and other hubs call the module by. */
static int read_names(const struct package_reading *reading)
{
    struct package_manifest *manifest = reading->manifest;
    int rc = take_text(reading, "id", manifest->id, sizeof(manifest->id) - 1);

    if (rc == OD_OK)
        rc = take_text(reading, "version", manifest->version, sizeof(manifest->version) - 1);
    if (rc != OD_OK)
        return rc;
    snprintf(manifest->name, sizeof(manifest->name), "%s-%s", manifest->id, manifest->version);
    if (reading->module != NULL && strcmp(manifest->name, reading->module) != 0)
        return package_fault(reading, "/id", "the folder of this module must be named %s.", manifest->name);
    return OD_OK;
}

static int read_abi(const struct package_reading *reading)
{
    const struct base_json *abi = base_json_member(reading->manifest->root, "abi");
    const struct base_json *major = base_json_first(abi);
    int64_t numbers[2];

    if (base_json_type(abi) != BASE_JSON_ARRAY || base_json_count(abi) != 2 ||
        base_json_i64(major, 0, UINT16_MAX, &numbers[0]) != OD_OK ||
        base_json_i64(base_json_next(major), 0, UINT16_MAX, &numbers[1]) != OD_OK)
        return package_fault(reading, "/abi", "abi must be [major, minor] of the SDK that the module was built with, e.g. [%d, %d].",
                             OD_ABI_MAJOR, OD_ABI_MINOR);
    if (numbers[0] != OD_ABI_MAJOR || numbers[1] > OD_ABI_MINOR) {
        int rc = package_fault(reading, "/abi",
                               "the module needs ABI %d.%d, this hub runs %d.0 to %d.%d; build it with that SDK or update the hub.",
                               (int)numbers[0], (int)numbers[1], OD_ABI_MAJOR, OD_ABI_MAJOR, OD_ABI_MINOR);
        return rc == OD_EINVAL ? OD_EUNSUPPORTED : rc;
    }
    reading->manifest->abi_major = (uint16_t)numbers[0];
    reading->manifest->abi_minor = (uint16_t)numbers[1];
    return OD_OK;
}

static int read_matters(const struct package_reading *reading)
{
    static const struct package_text_rule rule = {
        .what = "matters", .allowed = "a text of 1 to 64 bytes", .is_valid = package_text_is_short};
    const struct base_json *matters = base_json_member(reading->manifest->root, "matters");

    if (base_json_type(matters) == BASE_JSON_ARRAY && base_json_count(matters) == 0)
        return package_fault(reading, "/matters", "matters is empty; name the matters that it serves, or [\"*\"] for all.");
    return package_texts_take(reading, matters, "/matters", PACKAGE_LIST_MAX, &rule, &reading->manifest->matters);
}

static int read_dedupe(const struct package_reading *reading)
{
    const char *text = base_json_member_text(reading->manifest->root, "submit_dedupe");

    if (base_json_member(reading->manifest->root, "submit_dedupe") == NULL)
        return OD_OK; /* none: nothing is ever offered again after an unknown effect */
    for (size_t i = 0; text != NULL && i < sizeof(dedupe_names) / sizeof(dedupe_names[0]); i++)
        if (strcmp(text, dedupe_names[i]) == 0) {
            reading->manifest->dedupe = (enum package_dedupe)i;
            return OD_OK;
        }
    return package_fault(reading, "/submit_dedupe", "submit_dedupe must be \"native\", \"lookup\" or \"none\".");
}

static int read_numbers(const struct package_reading *reading)
{
    const struct base_json *credits = base_json_member(reading->manifest->root, "credits");
    const struct base_json *sequence = base_json_member(reading->manifest->root, "sequence");
    int64_t value = PACKAGE_CREDITS_DEFAULT;

    if (credits != NULL && base_json_i64(credits, 1, BASE_CREDITS_MAX, &value) != OD_OK)
        return package_fault(reading, "/credits", "credits must be a whole number from 1 to %d.", BASE_CREDITS_MAX);
    reading->manifest->credits = (uint32_t)value;
    if (sequence != NULL && base_json_i64(sequence, 0, (INT64_C(1) << 53) - 1, &reading->manifest->sequence) != OD_OK)
        return package_fault(reading, "/sequence", "sequence must be a whole number that grows with each version.");
    return OD_OK;
}

/* A module reads what it writes, or it could not start again. */
static int read_state_schema(const struct package_reading *reading)
{
    struct package_manifest *manifest = reading->manifest;
    const struct base_json *schema = base_json_member(manifest->root, "state_schema");
    const struct base_json *reads = base_json_member(schema, "reads");
    int64_t writes, read;

    if (schema == NULL)
        return OD_OK;
    if (base_json_type(reads) != BASE_JSON_ARRAY || base_json_count(reads) > PACKAGE_RULES_MAX)
        return package_fault(reading, "/state_schema", "state_schema must be {\"reads\": [1], \"writes\": 1}.");
    if (base_json_i64(base_json_member(schema, "writes"), 0, INT32_MAX, &writes) != OD_OK)
        return package_fault(reading, "/state_schema/writes", "writes must be a whole number.");
    manifest->state_reads = package_take(reading, base_json_count(reads), sizeof(*manifest->state_reads));
    if (manifest->state_reads == NULL)
        return package_fault_memory(reading);
    for (const struct base_json *item = base_json_first(reads); item != NULL; item = base_json_next(item)) {
        if (base_json_i64(item, 0, INT32_MAX, &read) != OD_OK)
            return package_fault(reading, "/state_schema/reads", "reads must be an array of whole numbers.");
        manifest->state_reads[manifest->state_read_count++] = (int32_t)read;
    }
    manifest->state_writes = (int32_t)writes;
    if (manifest->state_read_count == 0 || !package_manifest_reads_state(manifest, manifest->state_writes))
        return package_fault(reading, "/state_schema/reads", "reads must hold the schema that the module writes (%d).", (int)writes);
    return OD_OK;
}

static int read_schema(const struct package_reading *reading)
{
    const struct base_json *schema = base_json_member(reading->manifest->root, "config_schema");
    struct package_schema_fault found;
    char pointer[BASE_JSON_POINTER_MAX + 16];

    if (schema != NULL && base_json_type(schema) != BASE_JSON_OBJECT)
        return package_fault(reading, "/config_schema", "config_schema must be an object.");
    reading->manifest->config_schema = schema;
    if (schema == NULL || package_schema_check(schema, &found) == OD_OK)
        return OD_OK;
    snprintf(pointer, sizeof(pointer), "/config_schema%s", found.pointer);
    return package_fault(reading, pointer, "%s %s", pointer, found.text);
}

static int read_file(const struct package_reading *reading, const struct base_json *member, struct package_file *file)
{
    const char *hash = base_json_member_text(member, "sha256");
    int64_t size;
    char at[POINTER_SIZE];

    snprintf(at, sizeof(at), "/files/%.100s", base_json_key(member));
    file->name = base_json_key(member);
    if (strlen(file->name) == 0 || strlen(file->name) > BASE_ID_MAX * 2)
        return package_fault(reading, at, "a file's name must have 1 to %d bytes.", BASE_ID_MAX * 2);
    if (hash == NULL || base_unhex(hash, file->hash, BASE_HASH_SIZE) != OD_OK)
        return package_fault(reading, at, "each of files must be {\"sha256\": 64 hexadecimal digits, \"size\": bytes}; "
                                          "\"onedoor plugin pack\" fills it in.");
    if (base_json_i64(base_json_member(member, "size"), 0, INT32_MAX, &size) != OD_OK)
        return package_fault(reading, at, "size must be the file's bytes, at most %d.", INT32_MAX);
    file->size = (uint64_t)size;
    return OD_OK;
}

static int files_order(const void *a, const void *b)
{
    const struct package_file *one = a, *two = b;

    return strcmp(one->name, two->name);
}

static int read_files(const struct package_reading *reading)
{
    struct package_manifest *manifest = reading->manifest;
    const struct base_json *files = base_json_member(manifest->root, "files");

    if (files == NULL)
        return OD_OK;
    if (base_json_type(files) != BASE_JSON_OBJECT || base_json_count(files) > PACKAGE_FILES_MAX)
        return package_fault(reading, "/files", "files must be an object of at most %d files.", PACKAGE_FILES_MAX);
    manifest->files = package_take(reading, base_json_count(files), sizeof(*manifest->files));
    if (manifest->files == NULL)
        return package_fault_memory(reading);
    manifest->has_files = true;
    for (const struct base_json *member = base_json_first(files); member != NULL; member = base_json_next(member)) {
        int rc = read_file(reading, member, &manifest->files[manifest->file_count++]);
        if (rc != OD_OK)
            return rc;
    }
    qsort(manifest->files, manifest->file_count, sizeof(*manifest->files), files_order);
    return OD_OK;
}

static int read_root(const struct package_reading *reading)
{
    static int (*const readers[])(const struct package_reading *) = {
        read_names, read_abi, read_matters, read_dedupe, read_numbers, read_state_schema,
        package_capabilities_read, package_resources_read, read_schema, read_files};

    if (base_json_type(reading->manifest->root) != BASE_JSON_OBJECT)
        return package_fault(reading, "", "a manifest is a JSON object.");
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        int rc = readers[i](reading);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

int package_manifest_read(const char *text, size_t size, const char *module, struct package_manifest *out,
                          char message[PACKAGE_TEXT_SIZE])
{
    struct package_manifest read = {0};
    struct base_json_error error;
    char label[PACKAGE_NAME_MAX + 32] = "manifest.json";
    struct package_reading reading = {.manifest = &read, .label = label, .module = module, .text = text, .size = size, .message = message};

    message[0] = '\0';
    if (module != NULL)
        snprintf(label, sizeof(label), "%.*s/manifest.json", PACKAGE_NAME_MAX, module);
    if (size > PACKAGE_MANIFEST_MAX) {
        snprintf(message, PACKAGE_TEXT_SIZE, "%s is larger than %d bytes; make it smaller.", label, PACKAGE_MANIFEST_MAX);
        return OD_ELIMIT;
    }
    int rc = base_json_parse(text, size, &read.root, &error);
    if (rc == OD_ENOMEM)
        return package_fault_memory(&reading);
    if (rc != OD_OK) {
        snprintf(message, PACKAGE_TEXT_SIZE, "%s:%u:%u: %.300s", label, error.line, error.column, error.text);
        return OD_EINVAL;
    }
    rc = read_root(&reading);
    if (rc == OD_OK)
        *out = read;
    else
        package_manifest_fini(&read);
    return rc;
}

void package_manifest_fini(struct package_manifest *manifest)
{
    if (manifest == NULL)
        return;
    base_json_destroy(manifest->root);
    base_arena_fini(&manifest->arena);
    *manifest = (struct package_manifest){0};
}

bool package_texts_allow(const struct package_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i], "*") == 0 || strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

bool package_manifest_reads_state(const struct package_manifest *manifest, int32_t schema)
{
    for (size_t i = 0; i < manifest->state_read_count; i++)
        if (manifest->state_reads[i] == schema)
            return true;
    return manifest->state_read_count == 0 && schema == 0;
}

const struct package_secret *package_secret_find(const struct package_manifest *manifest, const char *name)
{
    const struct package_capabilities *capabilities = &manifest->capabilities;

    for (size_t i = 0; i < capabilities->secret_count; i++)
        if (strcmp(capabilities->secrets[i].name, name) == 0)
            return &capabilities->secrets[i];
    return NULL;
}

int package_config_check(const struct package_manifest *manifest, const char *config, size_t size,
                         char message[PACKAGE_TEXT_SIZE])
{
    struct package_schema_fault fault;
    struct base_json_error error;
    struct base_json *root = NULL;

    if (size > BASE_FORM_MAX) {
        snprintf(message, PACKAGE_TEXT_SIZE, "The configuration is larger than %d bytes; make it smaller.", BASE_FORM_MAX);
        return OD_EINVAL;
    }
    int rc = base_json_parse(config, size, &root, &error);
    if (rc == OD_ENOMEM) {
        snprintf(message, PACKAGE_TEXT_SIZE, "No memory left to read the configuration.");
        return rc;
    }
    if (rc != OD_OK) {
        snprintf(message, PACKAGE_TEXT_SIZE, "The configuration is not JSON: %u:%u: %s", error.line, error.column, error.text);
        return OD_EINVAL;
    }
    if (base_json_type(root) != BASE_JSON_OBJECT) {
        snprintf(message, PACKAGE_TEXT_SIZE, "The configuration must be a JSON object.");
        rc = OD_EINVAL;
    } else if (manifest->config_schema != NULL && package_schema_apply(manifest->config_schema, root, &fault) != OD_OK) {
        snprintf(message, PACKAGE_TEXT_SIZE, "The configuration does not fit %s: \"%.100s\" %.255s", manifest->name,
                 fault.pointer, fault.text);
        package_text_clean(message);
        rc = OD_EINVAL;
    }
    base_json_destroy(root);
    return rc;
}
