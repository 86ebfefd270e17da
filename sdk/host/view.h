/* SPDX-License-Identifier: Apache-2.0 */
/* Reading single values out of a JSON text without building a tree: the items of
 * the hub and the forms in them, of which most modules want two or three fields.
 * The hub let the text through its strict gate; still, nothing here reads past the
 * end or trusts a bracket. Pure. */
#ifndef HOST_VIEW_H
#define HOST_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>
#include <onedoor/plugin.h>

#include "host/scratch.h"

/* One value as it stands in the text. Borrowed. */
struct host_view {
    const char *at; /* NULL = no value */
    size_t size;
};

/* A member or element. */
struct host_view_item {
    struct host_view key;   /* content between the quotes, escapes as written; at NULL in an array */
    struct host_view value;
};

/* Walk an object or array: *offset starts at 0. Errors: OD_ENOTFOUND at the clean end;
 * OD_ESYNTAX broken, or neither object nor array. Outputs unchanged on error. */
OD_MUST_CHECK int host_view_next(struct host_view json, size_t *offset, struct host_view_item *item);

/* The member of this name (compared unescaped). Cost O(size).
 * Errors: OD_ENOTFOUND; OD_ESYNTAX broken, or no object. */
OD_MUST_CHECK int host_view_member(struct host_view json, const char *name, struct host_view *value);

enum od_value_type host_view_type(struct host_view value);

/* Is the content between the quotes, unescaped, equal to text? */
bool host_view_is(struct host_view content, const char *text);

/* The string that value is, unescaped and NUL-terminated, in scratch memory.
 * Errors: OD_EINVAL no string; OD_ESYNTAX a broken escape; OD_ENOMEM. */
OD_MUST_CHECK int host_view_text(struct host_view value, struct host_scratch *scratch, const char **text,
                                 size_t *size);

/* As host_view_text, of a content between quotes (a key). */
OD_MUST_CHECK int host_view_content(struct host_view content, struct host_scratch *scratch, const char **text,
                                    size_t *size);

/* The number that value is; *is_integer: *integer holds it without loss. The locale has no say.
 * Errors: OD_EINVAL no number; OD_ERANGE not finite as a double. */
OD_MUST_CHECK int host_view_number(struct host_view value, double *number, bool *is_integer, int64_t *integer);

/* Errors: OD_EINVAL no number or no integer. */
OD_MUST_CHECK int host_view_i64(struct host_view value, int64_t *out);

#endif
