/* SPDX-License-Identifier: Apache-2.0 */
/* Archives, in and out: .tar, .tar.gz and .zip are read entry by entry, .tar.gz is written with the same bytes each time. The only
 * user of libarchive. What may be in an archive, and what is said of one that is wrong, is the caller's to decide: before a byte of
 * an entry is unpacked. Any thread; one archive belongs to one at a time. */
#ifndef BASE_ARCHIVE_H
#define BASE_ARCHIVE_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"

struct archive; /* of libarchive */

enum base_archive_form {
    BASE_ARCHIVE_FORM_NONE = 0,
    BASE_ARCHIVE_TAR, /* and .tar.gz */
    BASE_ARCHIVE_TAR_OR_ZIP,
};

enum base_archive_kind {
    BASE_ARCHIVE_KIND_NONE = 0,
    BASE_ARCHIVE_FILE,
    BASE_ARCHIVE_FOLDER,
    BASE_ARCHIVE_OTHER, /* a link, a pipe, a device */
};

struct base_archive_entry {
    const char *path; /* borrowed until the next entry; NULL = it has none that can be read */
    enum base_archive_kind kind;
    int64_t size; /* bytes, as its head announces; -1 = it does not */
    bool is_encrypted;
    bool is_packed_twice; /* gzip in gzip, or around a .zip: a bomb or a mistake */
    bool is_as_written;   /* gzip over ustar, no time, no owner, mode 0644: as base_archive_writer_put writes short paths */
};

/* An archive that is read. Zero it to initialise. */
struct base_archive {
    struct archive *archive; /* owned */
    locale_t utf8;           /* owned */
};

/* An archive that is written. */
struct base_archive_writer {
    struct archive *archive;    /* owned */
    struct base_buffer *buffer; /* borrowed */
    locale_t utf8;              /* owned */
};

/* Read the archive of size bytes, borrowed until base_archive_close, which is due in any case.
 * Errors: OD_EINVAL no archive of this form; OD_ENOMEM. */
OD_MUST_CHECK int base_archive_open(struct base_archive *archive, enum base_archive_form form, const void *bytes, size_t size);
/* The same of an open file, from where it stands; fd stays the caller's. */
OD_MUST_CHECK int base_archive_open_file(struct base_archive *archive, enum base_archive_form form, int fd);
void base_archive_close(struct base_archive *archive); /* accepts a zeroed one */

/* The next entry; what is left of the one before is passed over.
 * Errors (*entry unchanged): OD_ENOTFOUND there is none more; OD_EINVAL; OD_ENOMEM. */
OD_MUST_CHECK int base_archive_next(struct base_archive *archive, struct base_archive_entry *entry);
/* Up to size bytes of the entry, unpacked; *got = 0: that was all of it. Errors (*got unchanged): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int base_archive_read(struct base_archive *archive, void *bytes, size_t size, size_t *got);

/* After OD_EINVAL of the above: libarchive's words for it, borrowed, NULL = it has none; and whether the archive ends too early. */
const char *base_archive_why(const struct base_archive *archive);
bool base_archive_is_cut(const struct base_archive *archive);

/* Write an archive to the end of buffer: gzip over tar, every entry a file without time and owner, mode 0644. Headers beyond ustar
 * only where a path needs them: longer than 100 bytes with no place to part it, or not ASCII. The same entries give the same bytes
 * on every machine with the same zlib. base_archive_writer_end is due in any case. Errors: OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int base_archive_writer_begin(struct base_archive_writer *writer, struct base_buffer *buffer);
/* Errors: as above; the archive is not to be used then. */
OD_MUST_CHECK int base_archive_writer_put(struct base_archive_writer *writer, const char *path, const void *bytes, size_t size);
/* rc: what the others gave. OD_OK when that is, and the end could be written. */
OD_MUST_CHECK int base_archive_writer_end(struct base_archive_writer *writer, int rc);

#endif
