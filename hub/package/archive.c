/* SPDX-License-Identifier: Apache-2.0 */
/* gzip over ustar: one way to write it, and nothing else is read. What a package may hold is
 * decided by the name, before a byte of it is unpacked; so a bomb ends at the first entry that
 * is larger than its name allows.
 *
 *   package_archive_read -> open_reader -> each entry: check_entry -> take_entry
 */
#include "package/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK (64 * 1024)
#define ENTRY_MODE 0644

struct reading {
    struct archive *archive;
    const char *label;
    struct package_bundle *bundle;
    struct package_refusal *refusal;
    char last[PACKAGE_ENTRY_NAME_MAX + 1]; /* name */
};

/* libarchive has one code for most that may be wrong; its text tells a cut file apart. */
static int tell_archive(const struct reading *reading)
{
    const char *why = archive_error_string(reading->archive);

    if (archive_errno(reading->archive) == ENOMEM)
        return package_refuse_memory(reading->refusal);
    if (why != NULL && (strstr(why, "runcated") != NULL || strstr(why, "nexpected EOF") != NULL))
        return package_refuse(reading->refusal, OD_EINVAL, "truncated", "%.120s is cut off; copy it again.", reading->label);
    return package_refuse(reading->refusal, OD_EINVAL, "archive", "%.120s is no package (%.120s); make it with \"onedoor plugin pack\".",
                          reading->label, why != NULL ? why : "not gzip over tar");
}

static int refuse_entry(const struct reading *reading, const char *code, const char *name, const char *what)
{
    return package_refuse(reading->refusal, OD_EINVAL, code, "%.120s: the entry \"%.80s\" %s.", reading->label, name, what);
}

static bool is_plain(struct archive_entry *entry)
{
    return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == NULL && archive_entry_symlink(entry) == NULL;
}

/* gzip once, over tar: what is packed in packed is a bomb or a mistake. */
static bool is_gzip_once(struct archive *archive)
{
    return archive_filter_count(archive) == 2 && archive_filter_code(archive, 0) == ARCHIVE_FILTER_GZIP;
}

/* As package_bundle_pack writes it. */
static bool is_ours(const struct reading *reading, struct archive_entry *entry)
{
    return is_gzip_once(reading->archive) && archive_format(reading->archive) == ARCHIVE_FORMAT_TAR_USTAR && archive_entry_mtime(entry) == 0 && archive_entry_uid(entry) == 0 &&
           archive_entry_gid(entry) == 0 && archive_entry_perm(entry) == ENTRY_MODE;
}

static int check_entry(const struct reading *reading, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    size_t size_max = name != NULL ? package_entry_size_max(name) : 0;

    if (name == NULL || size_max == 0)
        return refuse_entry(reading, "unknown_file", name != NULL ? name : "?", "is none that a package may hold");
    if (!is_plain(entry))
        return refuse_entry(reading, "entry", name, "is no plain file");
    if (!is_ours(reading, entry))
        return refuse_entry(reading, "entry", name, "has a time, an owner or a form that \"onedoor plugin pack\" does not write");
    int order = strcmp(name, reading->last);
    if (order == 0)
        return refuse_entry(reading, "duplicate", name, "is there twice");
    if (order < 0)
        return refuse_entry(reading, "entry", name, "is out of order");
    if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0 || (uint64_t)archive_entry_size(entry) > size_max)
        return refuse_entry(reading, "limit", name, "is larger than it may be");
    return OD_OK;
}

static int take_entry(const struct reading *reading, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    size_t size = (size_t)archive_entry_size(entry), used = 0;
    char *bytes = base_alloc(size + 1);
    la_ssize_t got = 1;

    if (bytes == NULL)
        return package_refuse_memory(reading->refusal);
    while (used < size && (got = archive_read_data(reading->archive, bytes + used, size - used)) > 0)
        used += (size_t)got;
    if (got < 0 || used < size) {
        base_free(bytes);
        return got < 0 ? tell_archive(reading)
                       : package_refuse(reading->refusal, OD_EINVAL, "truncated", "%.120s is cut off; copy it again.", reading->label);
    }
    if (package_bundle_put(reading->bundle, name, bytes, size) != OD_OK)
        return package_refuse(reading->refusal, OD_EINVAL, "limit", "%.120s holds more than %d files.", reading->label, PACKAGE_ENTRIES_MAX);
    return OD_OK;
}

static int read_entries(struct reading *reading, enum package_part part)
{
    struct archive_entry *entry;
    int rc = OD_OK, found;

    while (rc == OD_OK && (found = archive_read_next_header(reading->archive, &entry)) != ARCHIVE_EOF) {
        if (found != ARCHIVE_OK)
            return tell_archive(reading);
        rc = check_entry(reading, entry);
        if (rc != OD_OK)
            return rc;
        snprintf(reading->last, sizeof(reading->last), "%s", archive_entry_pathname(entry));
        if (part == PACKAGE_PART_MANIFEST && strcmp(reading->last, PACKAGE_SIGNATURE_NAME) > 0)
            return OD_OK; /* both come before */
        if (part == PACKAGE_PART_WHOLE || strncmp(reading->last, PACKAGE_MANIFEST_NAME, strlen(PACKAGE_MANIFEST_NAME)) == 0)
            rc = take_entry(reading, entry);
    }
    if (rc == OD_OK && reading->last[0] == '\0')
        return package_refuse(reading->refusal, OD_EINVAL, "archive", "%.120s holds nothing; make it with \"onedoor plugin pack\".", reading->label);
    return rc;
}

static struct archive *open_reader(void)
{
    struct archive *archive = archive_read_new();

    if (archive != NULL && archive_read_support_filter_gzip(archive) == ARCHIVE_OK && archive_read_support_format_tar(archive) == ARCHIVE_OK)
        return archive;
    archive_read_free(archive);
    return NULL;
}

int package_archive_read(int fd, const char *label, enum package_part part, struct package_bundle *bundle, struct package_refusal *refusal)
{
    struct reading reading = {.archive = open_reader(), .label = label, .bundle = bundle, .refusal = refusal};

    if (reading.archive == NULL)
        return package_refuse_memory(refusal);
    int rc = archive_read_open_fd(reading.archive, fd, BLOCK) == ARCHIVE_OK ? read_entries(&reading, part) : tell_archive(&reading);
    archive_read_free(reading.archive);
    return rc;
}

int package_bundle_unpack(const void *bytes, size_t size, const char *label, enum package_part part, struct package_bundle *bundle,
                          struct package_refusal *refusal)
{
    struct reading reading = {.archive = open_reader(), .label = label, .bundle = bundle, .refusal = refusal};

    *refusal = (struct package_refusal){.code = ""};
    if (reading.archive == NULL)
        return package_refuse_memory(refusal);
    int rc = archive_read_open_memory(reading.archive, bytes, size) == ARCHIVE_OK ? read_entries(&reading, part) : tell_archive(&reading);
    archive_read_free(reading.archive);
    return rc;
}

static la_ssize_t on_write(struct archive *archive, void *owner, const void *bytes, size_t size)
{
    struct base_buffer *buffer = owner;

    base_buffer_put(buffer, bytes, size);
    if (!buffer->is_broken)
        return (la_ssize_t)size;
    archive_set_error(archive, ENOMEM, "no memory left");
    return -1;
}

static int write_entry(struct archive *archive, const struct package_entry *from)
{
    struct archive_entry *entry = archive_entry_new();

    if (entry == NULL)
        return OD_ENOMEM;
    archive_entry_set_pathname(entry, from->name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, ENTRY_MODE);
    archive_entry_set_size(entry, (la_int64_t)from->size);
    archive_entry_set_mtime(entry, 0, 0);
    bool is_written = archive_write_header(archive, entry) == ARCHIVE_OK &&
                      archive_write_data(archive, from->bytes, from->size) == (la_ssize_t)from->size;
    archive_entry_free(entry);
    return is_written ? OD_OK : OD_EIO;
}

/* One filter level and no time stamp: the same bytes on every machine with the same zlib. */
static bool open_writer(struct archive *archive, struct base_buffer *buffer)
{
    return archive_write_set_format_ustar(archive) == ARCHIVE_OK && archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
           archive_write_set_filter_option(archive, "gzip", "compression-level", "9") == ARCHIVE_OK &&
           archive_write_set_filter_option(archive, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
           archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
           archive_write_open(archive, buffer, NULL, on_write, NULL) == ARCHIVE_OK;
}

int package_bundle_pack(const struct package_bundle *bundle, struct base_buffer *buffer)
{
    struct archive *archive = archive_write_new();
    int rc = archive != NULL ? OD_OK : OD_ENOMEM;

    if (rc == OD_OK && !open_writer(archive, buffer))
        rc = OD_EIO;
    for (size_t i = 0; rc == OD_OK && i < bundle->count; i++)
        rc = write_entry(archive, &bundle->entries[i]);
    if (rc == OD_OK && archive_write_close(archive) != ARCHIVE_OK)
        rc = OD_EIO;
    archive_write_free(archive);
    return buffer->is_broken ? OD_ENOMEM : rc;
}
