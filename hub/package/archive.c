/* SPDX-License-Identifier: Apache-2.0 */
/* gzip over ustar: one way to write it, and nothing else is read. What a package may hold is
 * decided by the name, before a byte of it is unpacked; so a bomb ends at the first entry that
 * is larger than its name allows.
 *
 *   package_archive_read -> open_reader -> each entry: check_entry -> take_entry
 */
#include "package/archive.h"

#include <stdio.h>
#include <string.h>

#include "base/archive.h"

struct reading {
    struct base_archive archive;
    const char *label;
    struct package_bundle *bundle;
    struct package_refusal *refusal;
    char last[PACKAGE_ENTRY_NAME_MAX + 1]; /* name */
};

static int refuse_cut(const struct reading *reading)
{
    return package_refuse(reading->refusal, OD_EINVAL, "truncated", "%.120s is cut off; copy it again.", reading->label);
}

static int tell_archive(const struct reading *reading, int rc)
{
    const char *why = base_archive_why(&reading->archive);

    if (rc == OD_ENOMEM)
        return package_refuse_memory(reading->refusal);
    if (base_archive_is_cut(&reading->archive))
        return refuse_cut(reading);
    return package_refuse(reading->refusal, OD_EINVAL, "archive", "%.120s is no package (%.120s); make it with \"onedoor plugin pack\".",
                          reading->label, why != NULL ? why : "not gzip over tar");
}

static int refuse_entry(const struct reading *reading, const char *code, const char *name, const char *what)
{
    return package_refuse(reading->refusal, OD_EINVAL, code, "%.120s: the entry \"%.80s\" %s.", reading->label, name, what);
}

static int check_entry(const struct reading *reading, const struct base_archive_entry *entry)
{
    const char *name = entry->path;
    size_t size_max = name != NULL ? package_entry_size_max(name) : 0;

    if (name == NULL || size_max == 0)
        return refuse_entry(reading, "unknown_file", name != NULL ? name : "?", "is none that a package may hold");
    if (entry->kind != BASE_ARCHIVE_FILE)
        return refuse_entry(reading, "entry", name, "is no plain file");
    if (!entry->is_as_written)
        return refuse_entry(reading, "entry", name, "has a time, an owner or a form that \"onedoor plugin pack\" does not write");
    int order = strcmp(name, reading->last);
    if (order == 0)
        return refuse_entry(reading, "duplicate", name, "is there twice");
    if (order < 0)
        return refuse_entry(reading, "entry", name, "is out of order");
    if (entry->size < 0 || (uint64_t)entry->size > size_max)
        return refuse_entry(reading, "limit", name, "is larger than it may be");
    return OD_OK;
}

static int read_bytes(struct reading *reading, char *bytes, size_t size)
{
    size_t used = 0, got = 1;
    int rc = OD_OK;

    while (rc == OD_OK && used < size && got > 0) {
        rc = base_archive_read(&reading->archive, bytes + used, size - used, &got);
        used += rc == OD_OK ? got : 0;
    }
    if (rc != OD_OK)
        return tell_archive(reading, rc);
    return used == size ? OD_OK : refuse_cut(reading);
}

static int take_entry(struct reading *reading, const struct base_archive_entry *entry)
{
    size_t size = (size_t)entry->size;
    char *bytes = base_alloc(size + 1);

    if (bytes == NULL)
        return package_refuse_memory(reading->refusal);
    int rc = read_bytes(reading, bytes, size);
    if (rc != OD_OK) {
        base_free(bytes);
        return rc;
    }
    if (package_bundle_put(reading->bundle, entry->path, bytes, size) != OD_OK)
        return package_refuse(reading->refusal, OD_EINVAL, "limit", "%.120s holds more than %d files.", reading->label, PACKAGE_ENTRIES_MAX);
    return OD_OK;
}

static int read_entries(struct reading *reading, enum package_part part)
{
    struct base_archive_entry entry;
    int rc;

    while ((rc = base_archive_next(&reading->archive, &entry)) == OD_OK) {
        rc = check_entry(reading, &entry);
        if (rc != OD_OK)
            return rc;
        snprintf(reading->last, sizeof(reading->last), "%s", entry.path);
        if (part == PACKAGE_PART_MANIFEST && strcmp(reading->last, PACKAGE_SIGNATURE_NAME) > 0)
            return OD_OK; /* both come before */
        if (part == PACKAGE_PART_WHOLE || strncmp(reading->last, PACKAGE_MANIFEST_NAME, strlen(PACKAGE_MANIFEST_NAME)) == 0)
            rc = take_entry(reading, &entry);
        if (rc != OD_OK)
            return rc;
    }
    if (rc != OD_ENOTFOUND)
        return tell_archive(reading, rc);
    if (reading->last[0] == '\0')
        return package_refuse(reading->refusal, OD_EINVAL, "archive", "%.120s holds nothing; make it with \"onedoor plugin pack\".", reading->label);
    return OD_OK;
}

/* opened: what opening it gave. */
static int read_all(struct reading *reading, int opened, enum package_part part)
{
    int rc = opened == OD_OK ? read_entries(reading, part) : tell_archive(reading, opened);

    base_archive_close(&reading->archive);
    return rc;
}

int package_archive_read(int fd, const char *label, enum package_part part, struct package_bundle *bundle, struct package_refusal *refusal)
{
    struct reading reading = {.label = label, .bundle = bundle, .refusal = refusal};

    return read_all(&reading, base_archive_open_file(&reading.archive, BASE_ARCHIVE_TAR, fd), part);
}

int package_bundle_unpack(const void *bytes, size_t size, const char *label, enum package_part part, struct package_bundle *bundle,
                          struct package_refusal *refusal)
{
    struct reading reading = {.label = label, .bundle = bundle, .refusal = refusal};

    *refusal = (struct package_refusal){.code = ""};
    return read_all(&reading, base_archive_open(&reading.archive, BASE_ARCHIVE_TAR, bytes, size), part);
}

int package_bundle_pack(const struct package_bundle *bundle, struct base_buffer *buffer)
{
    struct base_archive_writer writer;
    int rc = base_archive_writer_begin(&writer, buffer);

    for (size_t i = 0; rc == OD_OK && i < bundle->count; i++)
        rc = base_archive_writer_put(&writer, bundle->entries[i].name, bundle->entries[i].bytes, bundle->entries[i].size);
    return base_archive_writer_end(&writer, rc);
}
