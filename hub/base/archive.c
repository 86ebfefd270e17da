/* SPDX-License-Identifier: Apache-2.0 */
#include "base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <string.h>

#define BLOCK (64 * 1024)
#define ENTRY_MODE 0644

/* libarchive gives and takes names in the thread's character set; without UTF-8 those that are not ASCII are lost.
 * Where the system has no such locale, the thread keeps its own. */
static locale_t utf8_new(void)
{
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static void utf8_free(locale_t *utf8)
{
    if (*utf8 != (locale_t)0)
        freelocale(*utf8);
    *utf8 = (locale_t)0;
}

/* -- In -- */

static int fault_of(struct archive *archive)
{
    return archive_errno(archive) == ENOMEM ? OD_ENOMEM : OD_EINVAL;
}

static int reader_new(struct base_archive *archive, enum base_archive_form form)
{
    assert(form != BASE_ARCHIVE_FORM_NONE);

    *archive = (struct base_archive){.archive = archive_read_new(), .utf8 = utf8_new()};
    if (archive->archive != NULL && archive_read_support_filter_gzip(archive->archive) == ARCHIVE_OK &&
        archive_read_support_format_tar(archive->archive) == ARCHIVE_OK &&
        (form == BASE_ARCHIVE_TAR || archive_read_support_format_zip(archive->archive) == ARCHIVE_OK))
        return OD_OK;
    return OD_ENOMEM;
}

int base_archive_open(struct base_archive *archive, enum base_archive_form form, const void *bytes, size_t size)
{
    int rc = reader_new(archive, form);

    if (rc == OD_OK && archive_read_open_memory(archive->archive, bytes, size) != ARCHIVE_OK)
        rc = fault_of(archive->archive);
    return rc;
}

int base_archive_open_file(struct base_archive *archive, enum base_archive_form form, int fd)
{
    int rc = reader_new(archive, form);

    if (rc == OD_OK && archive_read_open_fd(archive->archive, fd, BLOCK) != ARCHIVE_OK)
        rc = fault_of(archive->archive);
    return rc;
}

void base_archive_close(struct base_archive *archive)
{
    archive_read_free(archive->archive);
    archive->archive = NULL;
    utf8_free(&archive->utf8);
}

static bool is_gzip_once(struct archive *archive)
{
    return archive_filter_count(archive) == 2 && archive_filter_code(archive, 0) == ARCHIVE_FILTER_GZIP;
}

static bool is_packed_twice(struct archive *archive)
{
    bool is_zip = (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;

    return archive_filter_count(archive) > 1 && (is_zip || !is_gzip_once(archive));
}

static bool is_as_written(struct archive *archive, struct archive_entry *head)
{
    return is_gzip_once(archive) && archive_format(archive) == ARCHIVE_FORMAT_TAR_USTAR && archive_entry_mtime(head) == 0 &&
           archive_entry_uid(head) == 0 && archive_entry_gid(head) == 0 && archive_entry_perm(head) == ENTRY_MODE;
}

static enum base_archive_kind kind_of(struct archive_entry *head)
{
    if (archive_entry_hardlink(head) != NULL || archive_entry_symlink(head) != NULL)
        return BASE_ARCHIVE_OTHER;
    if (archive_entry_filetype(head) == AE_IFREG)
        return BASE_ARCHIVE_FILE;
    return archive_entry_filetype(head) == AE_IFDIR ? BASE_ARCHIVE_FOLDER : BASE_ARCHIVE_OTHER;
}

int base_archive_next(struct base_archive *archive, struct base_archive_entry *entry)
{
    struct archive_entry *head;
    locale_t before = uselocale(archive->utf8);
    int found = archive_read_next_header(archive->archive, &head);
    bool is_found = found == ARCHIVE_OK || found == ARCHIVE_WARN;

    if (is_found)
        *entry = (struct base_archive_entry){
            .path = archive_entry_pathname(head),
            .kind = kind_of(head),
            .size = archive_entry_size_is_set(head) ? archive_entry_size(head) : -1,
            .is_encrypted = archive_entry_is_encrypted(head) != 0,
            .is_packed_twice = is_packed_twice(archive->archive),
            .is_as_written = found == ARCHIVE_OK && is_as_written(archive->archive, head),
        };
    uselocale(before);
    if (found == ARCHIVE_EOF)
        return OD_ENOTFOUND;
    return is_found ? OD_OK : fault_of(archive->archive);
}

int base_archive_read(struct base_archive *archive, void *bytes, size_t size, size_t *got)
{
    la_ssize_t read = archive_read_data(archive->archive, bytes, size);

    if (read < 0)
        return fault_of(archive->archive);
    *got = (size_t)read;
    return OD_OK;
}

const char *base_archive_why(const struct base_archive *archive)
{
    return archive->archive != NULL ? archive_error_string(archive->archive) : NULL;
}

/* libarchive has one code for most that may be wrong; its text tells a cut file apart. */
bool base_archive_is_cut(const struct base_archive *archive)
{
    static const char *const words[] = {"runcated", "nexpected EOF", "end of file"};
    const char *why = base_archive_why(archive);
    bool is_cut = false;

    for (size_t i = 0; why != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        is_cut = is_cut || strstr(why, words[i]) != NULL;
    return is_cut;
}

/* -- Out -- */

static la_ssize_t on_write(struct archive *archive, void *owner, const void *bytes, size_t size)
{
    struct base_buffer *buffer = owner;

    base_buffer_put(buffer, bytes, size);
    if (!buffer->is_broken)
        return (la_ssize_t)size;
    archive_set_error(archive, ENOMEM, "no memory left");
    return -1;
}

/* One filter level, no time stamp, no filling up of the last block. */
int base_archive_writer_begin(struct base_archive_writer *writer, struct base_buffer *buffer)
{
    struct archive *archive = archive_write_new();

    *writer = (struct base_archive_writer){.archive = archive, .buffer = buffer, .utf8 = utf8_new()};
    if (archive == NULL)
        return OD_ENOMEM;
    if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK || archive_write_add_filter_gzip(archive) != ARCHIVE_OK ||
        archive_write_set_filter_option(archive, "gzip", "compression-level", "9") != ARCHIVE_OK ||
        archive_write_set_filter_option(archive, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK)
        return OD_EIO;
    return archive_write_open(archive, buffer, NULL, on_write, NULL) == ARCHIVE_OK ? OD_OK : OD_EIO;
}

static bool entry_write(struct archive *archive, const char *path, const void *bytes, size_t size, struct archive_entry *head)
{
    archive_entry_set_pathname(head, path);
    archive_entry_set_filetype(head, AE_IFREG);
    archive_entry_set_perm(head, ENTRY_MODE);
    archive_entry_set_size(head, (la_int64_t)size);
    archive_entry_set_mtime(head, 0, 0);
    return archive_write_header(archive, head) == ARCHIVE_OK && archive_write_data(archive, bytes, size) == (la_ssize_t)size;
}

int base_archive_writer_put(struct base_archive_writer *writer, const char *path, const void *bytes, size_t size)
{
    struct archive_entry *head = archive_entry_new();

    if (head == NULL)
        return OD_ENOMEM;
    locale_t before = uselocale(writer->utf8);
    bool is_written = entry_write(writer->archive, path, bytes, size, head);
    uselocale(before);
    archive_entry_free(head);
    return is_written ? OD_OK : OD_EIO;
}

int base_archive_writer_end(struct base_archive_writer *writer, int rc)
{
    if (rc == OD_OK && archive_write_close(writer->archive) != ARCHIVE_OK)
        rc = OD_EIO;
    archive_write_free(writer->archive);
    writer->archive = NULL;
    utf8_free(&writer->utf8);
    return writer->buffer->is_broken ? OD_ENOMEM : rc;
}
