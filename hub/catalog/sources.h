/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a catalogue in memory: as a folder held them, or as an archive brought them; and as the one archive that is
 * written of them, which has the same bytes each time.
 *
 * What comes in an archive is read as a folder is: every *.json counts, names with a leading dot and files of other kinds are
 * passed over. Nothing of it is written to a disk under a name of its own. Pure: no I/O; any thread. */
#ifndef CATALOG_SOURCES_H
#define CATALOG_SOURCES_H

#include "catalog/catalog.h"

#define CATALOG_ARCHIVE_MAX (64 * 1024 * 1024)           /* bytes of an archive as sent */
#define CATALOG_ARCHIVE_UNPACKED_MAX (256 * 1024 * 1024) /* bytes of all that is in it together */
#define CATALOG_ARCHIVE_ENTRIES_MAX CATALOG_FILES_MAX    /* files and folders in it */
#define CATALOG_ARCHIVE_PATH_MAX 240                     /* bytes of a path in it */

struct catalog_source {
    char *path; /* below the folder; owned, as text */
    char *text;
    size_t size;
};

/* Zero it to initialise. */
struct catalog_sources {
    struct catalog_source *at; /* owned; count of them, ascending by path */
    size_t count, room;
    size_t left_out; /* files of an archive that are no part of a catalogue */
};

/* The limits above and CATALOG_FILE_MAX, lowered by tests. */
struct catalog_archive_limits {
    size_t unpacked_max, entries_max, file_max;
};
extern const struct catalog_archive_limits catalog_archive_limits_default;

void catalog_sources_fini(struct catalog_sources *sources);
/* At the end. path and text are taken, also on error; NULL for either = memory was short. Errors: OD_ENOMEM. */
OD_MUST_CHECK int catalog_sources_put(struct catalog_sources *sources, char *path, char *text, size_t size);

/* Read a .zip, .tar or .tar.gz of size bytes into *sources, which is empty. On OD_EINVAL *findings says which entry is wrong, why
 * and what to do. Errors (*sources stays empty): OD_EINVAL, OD_ENOMEM. Cost: what is in it is unpacked once, at most the
 * limits. Source: docs/catalogue.md. */
OD_MUST_CHECK int catalog_sources_unpack(const void *bytes, size_t size, const struct catalog_archive_limits *limits,
                                         struct catalog_sources *sources, struct catalog_findings *findings);
/* The same as a .tar.gz, put into buffer: the same bytes for the same files. Errors: OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int catalog_sources_pack(const struct catalog_sources *sources, struct base_buffer *buffer);

/* catalog_load of files that are here already; *sources is empty afterwards. Errors as catalog_load. */
OD_MUST_CHECK int catalog_sources_load(struct catalog_sources *sources, struct catalog **out, struct catalog_findings *findings);
/* catalog_load, and the files that it was loaded from are in *kept, which is empty before and after an error. */
OD_MUST_CHECK int catalog_load_keeping(const char *folder, struct catalog **out, struct catalog_findings *findings,
                                       struct catalog_sources *kept);

#endif
