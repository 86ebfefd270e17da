/* SPDX-License-Identifier: Apache-2.0 */
/* One object of a connector's configuration, read member by member; the first fault is told in
 * a sentence. What is absent leaves the default that stands there. For connectors whose
 * department speaks in rows: of a table, of a file. */
#ifndef ROW_SETTING_H
#define ROW_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/plugin.h>

#define SETTING_WHY_SIZE 400

struct setting {
    const struct od_host *host;
    const char *json; /* the object, borrowed from host->config; NULL = it is not there */
    size_t size;
    const char *name; /* in messages, with a dot at its end; "" = the whole */
    char *why;        /* SETTING_WHY_SIZE bytes of the caller */
};

/* The whole configuration. */
struct setting setting_whole(const struct od_host *host, char why[SETTING_WHY_SIZE]);

/* "configuration: <name><key> <text>". Always OD_EINVAL. */
int setting_fault(const struct setting *setting, const char *key, const char *text);

/* The object behind key, called name. Errors: OD_EINVAL it is no object. */
OD_MUST_CHECK int setting_part(const struct setting *setting, const char *key, const char *name, struct setting *out);

/* Into out, which has room for size bytes with NUL. Errors: OD_EINVAL no text, or too long. */
OD_MUST_CHECK int setting_text(const struct setting *setting, const char *key, char *out, size_t size);

/* Errors: OD_EINVAL no whole number, or outside min..max. */
OD_MUST_CHECK int setting_number(const struct setting *setting, const char *key, int64_t min, int64_t max, int64_t *out);

/* The place in words (ends with NULL), from 0. Errors: OD_EINVAL none of them. */
OD_MUST_CHECK int setting_word(const struct setting *setting, const char *key, const char *const *words, int *out);

/* [A-Za-z_][A-Za-z0-9_]*, at most 63 bytes: what a column or table may be called. */
bool setting_is_identifier(const char *text);

#endif
