/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json and files.jsonl: the list is read line by line, so that a center may have millions of documents. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/backup.h"
#include "evidence/note.h"

#define MANIFEST "manifest.json"
#define LIST "files.jsonl"
#define NUMBER_MAX ((INT64_C(1) << 53) - 1)

/* -- manifest.json -- */

static void hash_put(struct base_buffer *json, const char *key, const uint8_t hash[BASE_HASH_SIZE])
{
    char digits[2 * BASE_HASH_SIZE + 1];

    base_hex(hash, BASE_HASH_SIZE, digits);
    base_json_put_text(json, key, digits);
}

static void time_put(struct base_buffer *json, const char *key, int64_t at_ms)
{
    char text[EVIDENCE_TIME_SIZE];

    evidence_time_format(at_ms, text);
    base_json_put_text(json, key, text);
}

static void backup_put(struct base_buffer *json, const struct cli_backup_manifest *manifest, const char *more)
{
    base_json_open(json, NULL, '{');
    base_json_put_i64(json, "format", CLI_BACKUP_FORMAT);
    base_json_put_text(json, "program", ONEDOOR_VERSION);
    time_put(json, "made_at", manifest->made_ms);
    base_json_open(json, "head", '{');
    base_json_put_i64(json, "seq", (int64_t)manifest->seq);
    hash_put(json, "hash", manifest->hash);
    if (manifest->seq > 0)
        time_put(json, "at", manifest->last_ms);
    base_json_close(json, '}');
    base_json_put_i64(json, "application_last", (int64_t)manifest->application_last);
    base_json_put_bool(json, "keys", manifest->has_keys);
    base_json_open(json, "files", '{');
    base_json_put_i64(json, "count", (int64_t)manifest->file_count);
    base_json_put_i64(json, "bytes", (int64_t)manifest->byte_count);
    hash_put(json, "sha256", manifest->list_hash);
    base_json_close(json, '}');
    if (more[0] != '\0')
        base_buffer_put_format(json, ",%s", more);
    base_json_close(json, '}');
}

int cli_backup_manifest_write(int folder, const struct cli_backup_manifest *manifest, const char *more, struct cli_backup_fault *fault)
{
    struct base_buffer backup = {0}, whole = {0};
    uint8_t hash[BASE_HASH_SIZE];
    int rc = OD_OK;

    backup_put(&backup, manifest, more);
    if (backup.is_broken || base_json_canonical_hash(backup.bytes, backup.size, hash) != OD_OK)
        rc = cli_backup_fail(fault, CLI_BACKUP_MEMORY, NULL);
    if (rc == OD_OK) {
        base_json_open(&whole, NULL, '{');
        base_json_put_raw(&whole, "backup", backup.bytes, backup.size);
        hash_put(&whole, "sha256", hash);
        base_json_close(&whole, '}');
        base_buffer_put_text(&whole, "\n");
        rc = whole.is_broken ? cli_backup_fail(fault, CLI_BACKUP_MEMORY, NULL)
                             : cli_backup_write(folder, MANIFEST, 0600, whole.bytes, whole.size, fault);
    }
    base_buffer_fini(&backup);
    base_buffer_fini(&whole);
    return rc;
}

static int number_of(const struct base_json *object, const char *key, uint64_t *number)
{
    int64_t value;
    int rc = base_json_i64(base_json_member(object, key), 0, NUMBER_MAX, &value);

    if (rc == OD_OK)
        *number = (uint64_t)value;
    return rc;
}

static int hash_of(const struct base_json *object, const char *key, uint8_t hash[BASE_HASH_SIZE])
{
    const char *digits = base_json_member_text(object, key);

    return digits != NULL ? base_unhex(digits, hash, BASE_HASH_SIZE) : OD_ESYNTAX;
}

static int time_of(const struct base_json *object, const char *key, int64_t *at_ms)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL ? base_time_parse(text, at_ms) : OD_ESYNTAX;
}

/* The format comes first: of a newer one nothing else is known. */
static enum cli_backup_fault_kind members_read(const struct base_json *backup, struct cli_backup_manifest *manifest)
{
    const struct base_json *head = base_json_member(backup, "head"), *files = base_json_member(backup, "files");
    int64_t format;

    if (base_json_i64(base_json_member(backup, "format"), 1, NUMBER_MAX, &format) != OD_OK)
        return CLI_BACKUP_MANIFEST;
    if (format > CLI_BACKUP_FORMAT)
        return CLI_BACKUP_NEWER;
    const struct base_json *documents = base_json_member(backup, "documents");
    if (number_of(documents, "missing_count", &manifest->missing) != OD_OK || number_of(documents, "damaged_count", &manifest->damaged) != OD_OK)
        manifest->missing = manifest->damaged = 0; /* who made it said nothing of documents */
    manifest->has_keys = base_json_is_true(base_json_member(backup, "keys"));
    if (time_of(backup, "made_at", &manifest->made_ms) != OD_OK || number_of(head, "seq", &manifest->seq) != OD_OK ||
        hash_of(head, "hash", manifest->hash) != OD_OK || (manifest->seq > 0 && time_of(head, "at", &manifest->last_ms) != OD_OK) ||
        number_of(backup, "application_last", &manifest->application_last) != OD_OK || number_of(files, "count", &manifest->file_count) != OD_OK ||
        number_of(files, "bytes", &manifest->byte_count) != OD_OK || hash_of(files, "sha256", manifest->list_hash) != OD_OK)
        return CLI_BACKUP_MANIFEST;
    return CLI_BACKUP_FINE;
}

static bool is_as_hashed(const struct base_json *root)
{
    struct base_buffer text = {0};
    uint8_t said[BASE_HASH_SIZE], hash[BASE_HASH_SIZE];
    const struct base_json *backup = base_json_member(root, "backup");

    if (base_json_type(backup) != BASE_JSON_OBJECT || base_json_count(root) != 2 || hash_of(root, "sha256", said) != OD_OK)
        return false;
    base_json_put(&text, NULL, backup);
    bool is_same = !text.is_broken && base_json_canonical_hash(text.bytes, text.size, hash) == OD_OK && memcmp(said, hash, sizeof(hash)) == 0;
    base_buffer_fini(&text);
    return is_same;
}

/* The bytes of a small file. */
static int file_read(int folder, const char *name, struct base_buffer *bytes, struct cli_backup_fault *fault)
{
    int fd = cli_backup_open(folder, name, O_RDONLY, 0), rc = OD_OK;
    ssize_t got = 1;

    if (fd < 0)
        return cli_backup_fail_errno(fault, name);
    while (rc == OD_OK && got > 0) {
        if (base_buffer_reserve(bytes, 65536) != OD_OK)
            rc = cli_backup_fail(fault, CLI_BACKUP_MEMORY, NULL);
        else if ((got = read(fd, bytes->bytes + bytes->size, 65536)) < 0)
            rc = cli_backup_fail_errno(fault, name);
        else if ((bytes->size += (size_t)got) > CLI_BACKUP_MANIFEST_MAX)
            rc = cli_backup_fail(fault, CLI_BACKUP_MANIFEST, NULL);
    }
    close(fd);
    return rc;
}

int cli_backup_manifest_read(int folder, struct cli_backup_manifest *manifest, struct cli_backup_fault *fault)
{
    struct cli_backup_manifest read = {.root = NULL};
    struct base_json_error error;
    struct base_buffer bytes = {0};
    int rc = file_read(folder, MANIFEST, &bytes, fault);
    enum cli_backup_fault_kind kind = CLI_BACKUP_FINE;

    if (rc == OD_OK && (base_json_parse(bytes.bytes, bytes.size, &read.root, &error) != OD_OK || !is_as_hashed(read.root)))
        kind = CLI_BACKUP_MANIFEST;
    if (rc == OD_OK && kind == CLI_BACKUP_FINE)
        kind = members_read(base_json_member(read.root, "backup"), &read);
    if (kind != CLI_BACKUP_FINE)
        rc = cli_backup_fail(fault, kind, NULL);
    base_buffer_fini(&bytes);
    if (rc == OD_OK)
        *manifest = read;
    else
        cli_backup_manifest_fini(&read);
    return rc;
}

void cli_backup_manifest_fini(struct cli_backup_manifest *manifest)
{
    base_json_destroy(manifest->root);
    manifest->root = NULL;
}

/* -- files.jsonl -- */

static int lines_open(int folder, const char *mode, int flags, struct cli_backup_lines *lines, struct cli_backup_fault *fault)
{
    int fd = cli_backup_open(folder, LIST, flags, 0600);

    if (fd < 0)
        return cli_backup_fail_errno(fault, LIST);
    lines->file = fdopen(fd, mode);
    if (lines->file == NULL) {
        close(fd);
        return cli_backup_fail(fault, CLI_BACKUP_MEMORY, NULL);
    }
    base_hash_begin(&lines->stream);
    return OD_OK;
}

int cli_backup_lines_create(int folder, struct cli_backup_lines *lines, struct cli_backup_fault *fault)
{
    return lines_open(folder, "w", O_WRONLY | O_CREAT | O_EXCL, lines, fault);
}

int cli_backup_lines_put(struct cli_backup_lines *lines, const struct cli_backup_file *file, struct cli_backup_fault *fault)
{
    char digits[2 * BASE_HASH_SIZE + 1], line[CLI_BACKUP_LINE_MAX + 1];

    if (!cli_backup_path_is_valid(file->path) || strcmp(lines->last, file->path) >= 0)
        return cli_backup_fail(fault, CLI_BACKUP_PATH, file->path);
    base_hex(file->hash, BASE_HASH_SIZE, digits);
    int size = snprintf(line, sizeof(line), "{\"path\":\"%s\",\"size\":%" PRIu64 ",\"sha256\":\"%s\"}\n", file->path, file->size, digits);
    errno = 0;
    if (fwrite(line, 1, (size_t)size, lines->file) != (size_t)size)
        return cli_backup_fail_errno(fault, LIST);
    base_hash_add(&lines->stream, line, (size_t)size);
    lines->file_count++;
    lines->byte_count += file->size;
    snprintf(lines->last, sizeof(lines->last), "%s", file->path);
    return OD_OK;
}

int cli_backup_lines_finish(struct cli_backup_lines *lines, struct cli_backup_manifest *manifest, struct cli_backup_fault *fault)
{
    if (fflush(lines->file) != 0 || fsync(fileno(lines->file)) != 0)
        return cli_backup_fail_errno(fault, LIST);
    manifest->file_count = lines->file_count;
    manifest->byte_count = lines->byte_count;
    base_hash_end(&lines->stream, manifest->list_hash);
    return OD_OK;
}

int cli_backup_lines_open(int folder, struct cli_backup_lines *lines, struct cli_backup_fault *fault)
{
    return lines_open(folder, "r", O_RDONLY, lines, fault);
}

static int line_read(struct cli_backup_lines *lines, const char *line, size_t size, struct cli_backup_file *file, struct cli_backup_fault *fault)
{
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(line, size, &root, &error);
    const char *path = rc == OD_OK ? base_json_member_text(root, "path") : NULL;

    if (path == NULL || number_of(root, "size", &file->size) != OD_OK || hash_of(root, "sha256", file->hash) != OD_OK)
        rc = rc == OD_ENOMEM ? cli_backup_fail(fault, CLI_BACKUP_MEMORY, NULL) : cli_backup_fail(fault, CLI_BACKUP_LIST, NULL);
    else if (!cli_backup_path_is_valid(path) || strcmp(lines->last, path) >= 0)
        rc = cli_backup_fail(fault, CLI_BACKUP_PATH, path);
    else
        snprintf(file->path, sizeof(file->path), "%s", path);
    base_json_destroy(root);
    return rc;
}

static int lines_end(const struct cli_backup_lines *lines, const struct cli_backup_manifest *manifest, struct cli_backup_fault *fault)
{
    struct base_hash_stream stream = lines->stream;
    uint8_t hash[BASE_HASH_SIZE];

    base_hash_end(&stream, hash);
    bool is_whole = !ferror(lines->file) && memcmp(hash, manifest->list_hash, sizeof(hash)) == 0 && lines->file_count == manifest->file_count &&
                    lines->byte_count == manifest->byte_count;
    return is_whole ? OD_ENOTFOUND : cli_backup_fail(fault, CLI_BACKUP_LIST, NULL);
}

int cli_backup_lines_next(struct cli_backup_lines *lines, const struct cli_backup_manifest *manifest, struct cli_backup_file *file,
                          struct cli_backup_fault *fault)
{
    char line[CLI_BACKUP_LINE_MAX + 2];

    if (fgets(line, sizeof(line), lines->file) == NULL)
        return lines_end(lines, manifest, fault);
    size_t size = strlen(line); /* up to a NUL, which the hash then misses */
    if (size == 0 || line[size - 1] != '\n')
        return cli_backup_fail(fault, CLI_BACKUP_LIST, NULL);
    base_hash_add(&lines->stream, line, size);
    int rc = line_read(lines, line, size, file, fault);
    if (rc == OD_ENOTFOUND)
        rc = OD_EIO;
    if (rc == OD_OK) {
        lines->file_count++;
        lines->byte_count += file->size;
        snprintf(lines->last, sizeof(lines->last), "%s", file->path);
    }
    return rc;
}

void cli_backup_lines_fini(struct cli_backup_lines *lines)
{
    if (lines->file != NULL)
        fclose(lines->file);
    *lines = (struct cli_backup_lines){.file = NULL};
}
