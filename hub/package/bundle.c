/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one module in memory; from a folder, file by file. Packages: archive.c. */
#include "package/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/archive.h"
#include "package/reading.h"

#define READ_STEP (64 * 1024)

int package_refuse(struct package_refusal *refusal, int rc, const char *code, const char *format, ...)
{
    va_list arguments;

    refusal->code = code;
    va_start(arguments, format);
    vsnprintf(refusal->text, sizeof(refusal->text), format, arguments);
    va_end(arguments);
    package_text_clean(refusal->text);
    return rc;
}

int package_refuse_memory(struct package_refusal *refusal)
{
    return package_refuse(refusal, OD_ENOMEM, "memory", "No memory left to read the module.");
}

size_t package_entry_size_max(const char *name)
{
    const char *vector = strncmp(name, "vectors/", 8) == 0 ? name + 8 : NULL;

    if (strcmp(name, PACKAGE_MANIFEST_NAME) == 0)
        return PACKAGE_MANIFEST_MAX;
    if (strcmp(name, PACKAGE_SIGNATURE_NAME) == 0)
        return PACKAGE_SIGNATURE_MAX;
    if (strcmp(name, PACKAGE_MODULE_NAME) == 0)
        return PACKAGE_MODULE_SIZE_MAX;
    if (strcmp(name, "README.md") == 0 || strcmp(name, "LICENSE") == 0)
        return PACKAGE_OTHER_SIZE_MAX;
    return vector != NULL && package_name_is_valid(vector, BASE_ID_MAX) ? PACKAGE_OTHER_SIZE_MAX : 0;
}

static int entries_order(const void *a, const void *b)
{
    const struct package_entry *one = a, *two = b;

    return strcmp(one->name, two->name);
}

int package_bundle_put(struct package_bundle *bundle, const char *name, char *bytes, size_t size)
{
    struct package_entry *entry = (struct package_entry *)(uintptr_t)package_bundle_find(bundle, name);
    size_t size_max = package_entry_size_max(name);
    int rc = size_max == 0 || size > size_max ? OD_EINVAL : OD_OK;

    if (rc == OD_OK && entry == NULL && bundle->count == PACKAGE_ENTRIES_MAX)
        rc = OD_ELIMIT;
    if (rc != OD_OK) {
        base_free(bytes);
        return rc;
    }
    if (entry == NULL) {
        entry = &bundle->entries[bundle->count++];
        snprintf(entry->name, sizeof(entry->name), "%s", name);
    } else {
        base_free(entry->bytes);
    }
    entry->bytes = bytes;
    entry->size = size;
    qsort(bundle->entries, bundle->count, sizeof(*bundle->entries), entries_order);
    return OD_OK;
}

const struct package_entry *package_bundle_find(const struct package_bundle *bundle, const char *name)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (strcmp(bundle->entries[i].name, name) == 0)
            return &bundle->entries[i];
    return NULL;
}

void package_bundle_fini(struct package_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        base_free(bundle->entries[i].bytes);
    *bundle = (struct package_bundle){.count = 0};
}

/* size_max + 1 bytes at most, so that a file that grows meanwhile is noticed. */
static int read_all(int fd, size_t size_max, size_t guess, char **bytes, size_t *size)
{
    size_t room = (guess < size_max ? guess : size_max) + 2, used = 0;
    char *block = base_alloc(room);
    ssize_t got = 1;

    while (block != NULL && used <= size_max) {
        if (used + 1 == room) { /* it grew since it was looked at */
            room = room + READ_STEP < size_max + 2 ? room + READ_STEP : size_max + 2;
            char *larger = base_realloc(block, room);
            if (larger == NULL)
                break;
            block = larger;
        }
        got = read(fd, block + used, room - 1 - used);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        used += got > 0 ? (size_t)got : 0;
    }
    int rc = block == NULL || got > 0 ? OD_ENOMEM : got < 0 ? OD_EIO : OD_OK;
    if (used > size_max)
        rc = OD_ELIMIT;
    if (rc != OD_OK) {
        base_free(block);
        return rc;
    }
    block[used] = '\0';
    *bytes = block;
    *size = used;
    return OD_OK;
}

int package_file_read(int folder, const char *path, size_t size_max, char **bytes, size_t *size)
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* it may turn out to be a pipe */
    struct stat about;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    int rc = fstat(fd, &about) == 0 ? OD_OK : OD_EIO;
    if (rc == OD_OK && !S_ISREG(about.st_mode)) {
        errno = EINVAL;
        rc = OD_EIO;
    }
    if (rc == OD_OK && (uintmax_t)about.st_size > size_max)
        rc = OD_ELIMIT;
    if (rc == OD_OK)
        rc = read_all(fd, size_max, (size_t)about.st_size, bytes, size);
    close(fd);
    return rc;
}

static int tell_unread(struct package_refusal *refusal, int rc, const char *label, const char *name)
{
    if (rc == OD_ENOMEM)
        return package_refuse_memory(refusal);
    if (rc == OD_ENOTFOUND)
        return package_refuse(refusal, rc, "missing_file", "%.120s/%.80s does not exist.", label, name);
    if (rc == OD_ELIMIT)
        return package_refuse(refusal, OD_EINVAL, "limit", "%.120s/%.80s is larger than %zu bytes; make it smaller.", label, name,
                              package_entry_size_max(name));
    return package_refuse(refusal, OD_EIO, "unreadable", "%.120s/%.80s cannot be read; make it a plain file that the hub's user may read.", label,
                          name);
}

static int read_entry(int folder, const char *name, const char *label, struct package_bundle *bundle, struct package_refusal *refusal)
{
    char *bytes = NULL;
    size_t size = 0;
    int rc = package_file_read(folder, name, package_entry_size_max(name), &bytes, &size);

    if (rc != OD_OK)
        return tell_unread(refusal, rc, label, name);
    if (package_bundle_put(bundle, name, bytes, size) != OD_OK)
        return package_refuse(refusal, OD_EINVAL, "limit", "%.120s holds more than %d files.", label, PACKAGE_ENTRIES_MAX);
    return OD_OK;
}

static void note_unknown(struct package_bundle *bundle, const char *name)
{
    if (bundle->unknown[0] == '\0')
        snprintf(bundle->unknown, sizeof(bundle->unknown), "%.*s", PACKAGE_ENTRY_NAME_MAX, name);
}

/* lead: "" of the folder itself, "vectors/" of the one below. */
static int read_names(int folder, const char *lead, const char *label, struct package_bundle *bundle, struct package_refusal *refusal)
{
    int own = openat(folder, lead[0] != '\0' ? lead : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own >= 0 ? fdopendir(own) : NULL;
    const struct dirent *entry;
    int rc = OD_OK;

    if (stream == NULL) {
        if (own >= 0)
            close(own);
        return package_refuse(refusal, OD_EIO, "unreadable", "%.120s/%s cannot be listed; let the hub's user read it.", label, lead);
    }
    while (rc == OD_OK && (entry = readdir(stream)) != NULL) {
        char name[NAME_MAX + 16];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%s%s", lead, entry->d_name);
        if (package_entry_size_max(name) > 0)
            rc = read_entry(folder, name, label, bundle, refusal);
        else if (lead[0] == '\0' && strcmp(name, "vectors") == 0)
            rc = read_names(folder, "vectors/", label, bundle, refusal);
        else
            note_unknown(bundle, name);
    }
    closedir(stream);
    return rc;
}

static int read_folder(int folder, const char *label, enum package_part part, struct package_bundle *bundle, struct package_refusal *refusal)
{
    if (part == PACKAGE_PART_WHOLE) {
        if (faccessat(folder, PACKAGE_MANIFEST_NAME, F_OK, 0) != 0)
            return tell_unread(refusal, OD_ENOTFOUND, label, PACKAGE_MANIFEST_NAME);
        return read_names(folder, "", label, bundle, refusal);
    }
    int rc = read_entry(folder, PACKAGE_MANIFEST_NAME, label, bundle, refusal);
    if (rc == OD_OK && faccessat(folder, PACKAGE_SIGNATURE_NAME, F_OK, 0) == 0)
        rc = read_entry(folder, PACKAGE_SIGNATURE_NAME, label, bundle, refusal);
    return rc;
}

int package_bundle_read(const char *path, const char *label, enum package_part part, struct package_bundle *bundle,
                        struct package_refusal *refusal)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat about;
    int rc;

    *refusal = (struct package_refusal){.code = ""};
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return package_refuse(refusal, OD_ENOTFOUND, "missing", "%.300s does not exist.", path);
    if (fd < 0 || fstat(fd, &about) != 0)
        rc = package_refuse(refusal, OD_EIO, "unreadable", "%.300s cannot be read: %s.", path, strerror(errno));
    else if (S_ISDIR(about.st_mode))
        rc = read_folder(fd, label, part, bundle, refusal);
    else if (!S_ISREG(about.st_mode))
        rc = package_refuse(refusal, OD_EIO, "unreadable", "%.300s is neither a folder nor a plain file.", path);
    else if (about.st_size > PACKAGE_PACKED_MAX)
        rc = package_refuse(refusal, OD_EINVAL, "limit", "%.120s is larger than %d bytes.", label, PACKAGE_PACKED_MAX);
    else
        rc = package_archive_read(fd, label, part, bundle, refusal);
    if (fd >= 0)
        close(fd);
    return rc;
}
