/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of a catalogue's files, in and out.
 *
 *   catalog_sources_unpack -> each entry: name -> kind -> bytes, counted while they are unpacked -> sorted -> none twice
 *
 * A bomb ends at the first byte past a limit, whatever its head announces. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/archive.h"
#include "base/json_text.h"
#include "catalog/document.h"
#include "catalog/sources.h"
#include "catalog/wording.h"

#define PIECE (64 * 1024)

const struct catalog_archive_limits catalog_archive_limits_default = {
    .unpacked_max = CATALOG_ARCHIVE_UNPACKED_MAX, .entries_max = CATALOG_ARCHIVE_ENTRIES_MAX, .file_max = CATALOG_FILE_MAX};

struct reading {
    struct base_archive archive;
    const struct catalog_archive_limits *limits;
    struct catalog_sources *sources;
    struct catalog_findings *findings;
    size_t entries, unpacked; /* met; bytes of them */
};

/* -- What is told -- */

/* Names from outside stand in messages: what is no text for people becomes "?". */
static void name_clean(char *name)
{
    uint8_t *at = (uint8_t *)name, *end = at + strlen(name);
    char character[8];

    while (at < end) {
        const uint8_t *next = base_json_utf8_end(at, end);
        size_t size = next != NULL && (size_t)(next - at) < sizeof(character) ? (size_t)(next - at) : 1;

        memcpy(character, at, size);
        character[size] = '\0';
        if (next == NULL || *at < 0x20 || *at == 0x7f || (*at > 0x7f && !catalog_is_file_name(character)))
            memset(at, '?', size);
        at += size;
    }
}

static int refuse(const struct reading *reading, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int refuse(const struct reading *reading, const char *name, const char *format, ...)
{
    struct catalog_finding *finding = &reading->findings->items[0];
    va_list arguments;

    *finding = (struct catalog_finding){.line = 0};
    snprintf(finding->file, sizeof(finding->file), "%.250s", name);
    name_clean(finding->file);
    va_start(arguments, format);
    catalog_wording_print(finding->text[0], sizeof(finding->text[0]), format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < CATALOG_FINDING_LANGUAGES_MAX; i++)
        name_clean(finding->text[i]);
    reading->findings->count = 1;
    return OD_EINVAL;
}

static int tell_archive(const struct reading *reading, int rc)
{
    const char *why = base_archive_why(&reading->archive);

    if (rc != OD_EINVAL)
        return rc;
    if (base_archive_is_cut(&reading->archive))
        return refuse(reading, "archive", "the archive is cut off (%.120s); send it again, whole", why);
    return refuse(reading, "archive", "this is no archive that can be read (%.120s); put the catalogue's *.json files into a .zip, .tar or .tar.gz",
                  why != NULL ? why : "?");
}

/* -- Names -- */

/* Why a part of a path between "/" may not be; NULL = it may. */
static const char *part_fault(const char *part, size_t size)
{
    char text[CATALOG_ARCHIVE_PATH_MAX + 1];

    memcpy(text, part, size);
    text[size] = '\0';
    if (size == 0)
        return CATALOG_PHRASE("there is nothing between two \"/\" of its path");
    if (strcmp(text, "..") == 0)
        return CATALOG_PHRASE("its path leads out of the archive (\"..\")");
    if (strchr(text, '\\') != NULL)
        return CATALOG_PHRASE("its path has a \"\\\"; folders are parted by \"/\"");
    return catalog_is_file_name(text) ? NULL : CATALOG_PHRASE("its name has characters that nobody sees, that turn the writing, or none at all");
}

static bool is_utf8(const char *text)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);

    while (at != NULL && at < end)
        at = base_json_utf8_end(at, end);
    return at != NULL;
}

/* path: without leading "./" and, of a folder, the "/" at its end. */
static const char *path_fault(const char *path, size_t size)
{
    int depth = 0;

    if (!is_utf8(path))
        return CATALOG_PHRASE("its name is not UTF-8; make the archive with a program that writes names in UTF-8");
    if (size > CATALOG_ARCHIVE_PATH_MAX)
        return CATALOG_PHRASE("its path is longer than 240 bytes; shorten it");
    if (path[0] == '/')
        return CATALOG_PHRASE("its path is absolute; pack the files by paths below the catalogue's folder");
    for (const char *part = path, *end = path + size; part <= end; part += strcspn(part, "/") + 1) {
        size_t part_size = strcspn(part, "/");
        const char *fault = part_fault(part, part_size < (size_t)(end - part) ? part_size : (size_t)(end - part));

        if (fault != NULL)
            return fault;
        if (depth++ > CATALOG_FOLDER_DEPTH_MAX)
            return CATALOG_PHRASE("it lies in folders that are nested deeper than 16");
    }
    return NULL;
}

/* As a folder is read: see files.c. */
static bool is_counted(const char *path)
{
    size_t size = strlen(path);

    for (const char *part = path; part != NULL; part = strchr(part, '/'), part = part != NULL ? part + 1 : NULL)
        if (part[0] == '.')
            return false;
    return size > 5 && strcmp(path + size - 5, ".json") == 0 && path[size - 6] != '/';
}

/* -- Bytes -- */

static int bytes_read(struct reading *reading, const char *path, bool is_kept, struct base_buffer *text)
{
    char piece[PIECE];
    size_t size = 0, got = 0;
    int rc;

    while ((rc = base_archive_read(&reading->archive, piece, sizeof(piece), &got)) == OD_OK && got > 0) {
        size += got;
        reading->unpacked += got;
        if (reading->unpacked > reading->limits->unpacked_max)
            return refuse(reading, path, "unpacked, the archive has more than %zu bytes; take out what is no part of the catalogue",
                          reading->limits->unpacked_max);
        if (is_kept && size > reading->limits->file_max)
            return refuse(reading, path, "the file has more than %zu bytes; split it into several files", reading->limits->file_max);
        if (is_kept)
            base_buffer_put(text, piece, got);
    }
    if (rc != OD_OK)
        return tell_archive(reading, rc);
    return text->is_broken ? OD_ENOMEM : OD_OK;
}

static int file_take(struct reading *reading, const char *path)
{
    struct base_buffer text = {0};
    bool is_kept = is_counted(path);
    size_t size = 0;
    int rc = bytes_read(reading, path, is_kept, &text);

    if (rc == OD_OK && is_kept) {
        base_buffer_put(&text, "", 1); /* a text ends with a NUL that does not count */
        char *bytes = base_buffer_take(&text, &size);
        rc = catalog_sources_put(reading->sources, base_copy_text(path, strlen(path)), bytes, size > 0 ? size - 1 : 0);
    } else if (rc == OD_OK) {
        reading->sources->left_out++;
    }
    base_buffer_fini(&text);
    return rc;
}

/* -- Entries -- */

static int entry_take(struct reading *reading, const struct base_archive_entry *entry)
{
    const char *name = entry->path, *fault;
    char path[CATALOG_ARCHIVE_PATH_MAX + 1];
    struct catalog_phrase phrase;
    bool is_folder = entry->kind == BASE_ARCHIVE_FOLDER;

    if (name == NULL)
        return refuse(reading, "?", "an entry has no name that can be read; make the archive with names in UTF-8");
    if (entry->is_packed_twice)
        return refuse(reading, "archive", "it is packed more than once; make a plain .zip or .tar.gz");
    if (++reading->entries > reading->limits->entries_max)
        return refuse(reading, name, "the archive has more than %zu files and folders; join some", reading->limits->entries_max);
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    size_t size = strlen(name);
    if (is_folder && size > 0 && name[size - 1] == '/')
        size--;
    if (is_folder && entry->size > 0)
        return refuse(reading, name, "a folder with content of its own; make the archive anew");
    if (is_folder && (size == 0 || (size == 1 && name[0] == '.')))
        return OD_OK; /* the folder itself */
    if ((fault = path_fault(name, size)) != NULL)
        return refuse(reading, name, "%p", catalog_phrase_word(&phrase, fault));
    if (entry->kind == BASE_ARCHIVE_OTHER)
        return refuse(reading, name, "it is a link or a special file; pack the file itself");
    if (entry->is_encrypted)
        return refuse(reading, name, "it is encrypted; make the archive without a password");
    if (is_folder)
        return OD_OK;
    memcpy(path, name, size + 1);
    return file_take(reading, path);
}

static int entries_read(struct reading *reading)
{
    struct base_archive_entry entry;
    int rc = OD_OK, found;

    while (rc == OD_OK && (found = base_archive_next(&reading->archive, &entry)) != OD_ENOTFOUND)
        rc = found == OD_OK ? entry_take(reading, &entry) : tell_archive(reading, found);
    return rc;
}

/* -- All of it -- */

static int order_of_paths(const void *a, const void *b)
{
    const struct catalog_source *left = a, *right = b;

    return strcmp(left->path, right->path);
}

static int whole_check(const struct reading *reading)
{
    const struct catalog_sources *sources = reading->sources;

    if (sources->count == 0)
        return refuse(reading, "archive", "there is no *.json file in the archive; pack the catalogue's folder");
    qsort(sources->at, sources->count, sizeof(*sources->at), order_of_paths);
    for (size_t i = 1; i < sources->count; i++)
        if (strcmp(sources->at[i - 1].path, sources->at[i].path) == 0)
            return refuse(reading, sources->at[i].path, "the archive has it twice; keep one");
    return OD_OK;
}

static int unpack(struct reading *reading, const void *bytes, size_t size)
{
    int rc = base_archive_open(&reading->archive, BASE_ARCHIVE_TAR_OR_ZIP, bytes, size);

    rc = rc == OD_OK ? entries_read(reading) : tell_archive(reading, rc);
    if (rc == OD_OK)
        rc = whole_check(reading);
    base_archive_close(&reading->archive);
    return rc;
}

int catalog_sources_unpack(const void *bytes, size_t size, const struct catalog_archive_limits *limits, struct catalog_sources *sources,
                           struct catalog_findings *findings)
{
    struct reading reading = {.limits = limits, .sources = sources, .findings = findings};

    findings->count = 0;
    if (size == 0)
        return refuse(&reading, "archive", "the file is empty; send the archive");
    int rc = unpack(&reading, bytes, size);
    if (rc != OD_OK)
        catalog_sources_fini(sources);
    return rc;
}

/* -- Out -- */

int catalog_sources_pack(const struct catalog_sources *sources, struct base_buffer *buffer)
{
    struct base_archive_writer writer;
    int rc = base_archive_writer_begin(&writer, buffer);

    for (size_t i = 0; rc == OD_OK && i < sources->count; i++)
        rc = base_archive_writer_put(&writer, sources->at[i].path, sources->at[i].text, sources->at[i].size);
    return base_archive_writer_end(&writer, rc);
}
