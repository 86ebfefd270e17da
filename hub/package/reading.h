/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read a manifest share. Private to this folder. */
#ifndef PACKAGE_READING_H
#define PACKAGE_READING_H

#include "package/manifest.h"

#define POINTER_SIZE 192

struct package_reading {
    struct package_manifest *manifest;
    const char *label;  /* messages begin with it */
    const char *module; /* the name it must bear, or NULL */
    const char *text;   /* of the manifest */
    size_t size;
    char *message; /* PACKAGE_TEXT_SIZE */
};

/* Control bytes and what is no UTF-8 become '?'. */
void package_text_clean(char *text);

/* Tell what is wrong at the value that pointer names; OD_EINVAL. */
OD_MUST_CHECK int package_fault(const struct package_reading *reading, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
OD_MUST_CHECK int package_fault_memory(const struct package_reading *reading); /* OD_ENOMEM */

/* count zeroed things of the arena, NULL when memory is short; at least one. */
void *package_take(const struct package_reading *reading, size_t count, size_t size);

/* What one text of a list must be; what: "each of fields". */
struct package_text_rule {
    const char *what, *allowed; /* "must be ..." */
    bool (*is_valid)(const char *text);
};

/* array, at pointer, into *texts. Errors: told; none is missing. */
OD_MUST_CHECK int package_texts_take(const struct package_reading *reading, const struct base_json *array,
                                     const char *pointer, size_t count_max, const struct package_text_rule *rule,
                                     struct package_texts *texts);

/* A Boolean member; absent leaves *value alone. */
OD_MUST_CHECK int package_bool_take(const struct package_reading *reading, const struct base_json *object,
                                    const char *pointer, const char *name, bool *value);

/* Members other than names (NULL-terminated) are refused with code. */
OD_MUST_CHECK int package_members_check(const struct package_reading *reading, const struct base_json *object,
                                        const char *pointer, const char *const *names, int code);

/* 1 to BASE_ID_MAX bytes. */
bool package_text_is_short(const char *text);

OD_MUST_CHECK int package_capabilities_read(const struct package_reading *reading);
OD_MUST_CHECK int package_resources_read(const struct package_reading *reading);

#endif
