/* SPDX-License-Identifier: Apache-2.0 */
/* The target of a request: path and query, percent-decoding and what it may not hide.
 * Private to hub/front. Pure. Source: RFC 3986, RFC 9112 section 3.2. */
#ifndef FRONT_TARGET_H
#define FRONT_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/memory.h"

/* A target taken apart; borrowed from it, undecoded. */
struct front_target {
    const char *authority; /* of an absolute target, else NULL */
    size_t authority_size;
    const char *path;
    size_t path_size;
    const char *query;
    size_t query_size;
};

/* Errors (*out unchanged): OD_ESYNTAX neither "/path?query" nor "http(s)://host/path?query",
 * or the query has a broken escape, %00, or what is not UTF-8 when decoded. */
OD_MUST_CHECK int front_target_split(const char *text, size_t size, struct front_target *out);

/* The path decoded, NUL-terminated, into room bytes of out. Errors: OD_ESYNTAX broken escape, a
 * control character, no UTF-8, a segment "." or ".." (also behind an escape or a backslash);
 * OD_ELIMIT it does not fit. */
OD_MUST_CHECK int front_path_decode(const char *path, size_t size, char *out, size_t room);

/* The value of a name in a checked query, decoded into arena; "" when it has no '='; the first
 * when there are several; NULL when absent or memory is short. */
const char *front_query_find(const char *query, size_t size, const char *name,
                             struct base_arena *arena);

/* Append "&name=value" for each pair of a checked query but those named without, escaped as they came. */
void front_query_put_others(struct base_buffer *buffer, const char *query, size_t size, const char *without);

#endif
