/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one module, read once into memory from a folder or from a package file
 * (.odm). Whatever is checked later is checked on these bytes, so that nobody can swap
 * a file between two checks. */
#ifndef PACKAGE_BUNDLE_H
#define PACKAGE_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "package/trust.h"

#define PACKAGE_SUFFIX ".odm"
#define PACKAGE_MANIFEST_NAME "manifest.json"
#define PACKAGE_SIGNATURE_NAME "manifest.json.minisig"
#define PACKAGE_MODULE_NAME "module.so"
#define PACKAGE_MODULE_SIZE_MAX (32 * 1024 * 1024) /* bytes of module.so */
#define PACKAGE_OTHER_SIZE_MAX (1024 * 1024)       /* bytes of README.md, LICENSE, one test vector */
#define PACKAGE_ENTRIES_MAX 68  /* the three, README.md, LICENSE, and 63 vectors */
#define PACKAGE_ENTRY_NAME_MAX (BASE_ID_MAX + 8) /* "vectors/" and a name */
#define PACKAGE_PACKED_MAX (40 * 1024 * 1024)    /* bytes of a package file */

struct package_entry {
    char name[PACKAGE_ENTRY_NAME_MAX + 1];
    char *bytes; /* owned; never NULL */
    size_t size;
};

/* Zero it to initialise. */
struct package_bundle {
    struct package_entry entries[PACKAGE_ENTRIES_MAX]; /* ascending by name */
    size_t count;
    char unknown[PACKAGE_ENTRY_NAME_MAX + 1]; /* of a folder: the first name that no package may hold; "" = none */
};

enum package_part {
    PACKAGE_PART_NONE = 0,
    PACKAGE_PART_MANIFEST, /* manifest and signature alone */
    PACKAGE_PART_WHOLE,
};

/* Bytes that a file of that name may have; 0 = no package may hold it. Names: manifest.json,
 * manifest.json.minisig, module.so, README.md, LICENSE, vectors/<name>. */
size_t package_entry_size_max(const char *name);

/* Read the folder, or the package file, at path. label: how messages call it.
 * *bundle, zeroed before, is filled on success; package_bundle_fini in any case.
 * Errors (*refusal is filled): OD_ENOTFOUND nothing there; OD_EINVAL ("archive", "truncated", "entry", "unknown_file",
 * "duplicate", "limit"); OD_EIO ("unreadable"); OD_ENOMEM ("memory"). Cost: reads and unpacks it. */
OD_MUST_CHECK int package_bundle_read(const char *path, const char *label, enum package_part part,
                                      struct package_bundle *bundle, struct package_refusal *refusal);

/* The same of package bytes in memory. */
OD_MUST_CHECK int package_bundle_unpack(const void *bytes, size_t size, const char *label, enum package_part part,
                                        struct package_bundle *bundle, struct package_refusal *refusal);

/* The bundle as a package file: gzip over ustar, names ascending, times and owners zero; the same bundle
 * gives the same bytes. Errors: OD_ENOMEM, OD_EIO (buffer as it was or broken). */
OD_MUST_CHECK int package_bundle_pack(const struct package_bundle *bundle, struct base_buffer *buffer);

/* bytes: taken over, also on error; NUL-terminated by the caller beyond size. Replaces an entry of that name.
 * Errors: OD_EINVAL name or size not allowed, OD_ELIMIT PACKAGE_ENTRIES_MAX. */
OD_MUST_CHECK int package_bundle_put(struct package_bundle *bundle, const char *name, char *bytes, size_t size);

const struct package_entry *package_bundle_find(const struct package_bundle *bundle, const char *name); /* or NULL */
void package_bundle_fini(struct package_bundle *bundle); /* accepts a zeroed one */

/* Fills *refusal and returns rc. */
OD_MUST_CHECK int package_refuse(struct package_refusal *refusal, int rc, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
OD_MUST_CHECK int package_refuse_memory(struct package_refusal *refusal);

/* A whole regular file, at most size_max bytes, NUL-terminated; the caller's (base_free).
 * Errors: OD_ENOTFOUND, OD_EIO (no plain file, or not readable; errno is set), OD_ELIMIT, OD_ENOMEM. */
OD_MUST_CHECK int package_file_read(int folder, const char *path, size_t size_max, char **bytes, size_t *size);

#endif
