/* SPDX-License-Identifier: Apache-2.0 */
/* Is what a department sent JSON, and what stands where in it? The host reads single
 * values quickly and looks at nothing else, so a text from outside is checked first. */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <onedoor/plugin.h>

#define JSON_DEPTH_MAX 32
#define POINTER_TOKEN_MAX 255 /* bytes between two slashes */

/* A whole JSON text (RFC 8259): one value, valid UTF-8, no NUL in a string, no half surrogate, at most
 * JSON_DEPTH_MAX deep. Pure; never reads past size. */
bool json_is_whole(const char *text, size_t size);

/* Well-formed UTF-8 (RFC 3629) without NUL. Pure. */
bool json_is_utf8(const char *text, size_t size);

/* The longest start of text of at most size_max bytes that ends between characters. Pure. */
size_t json_cut(const char *text, size_t size, size_t size_max);

/* Is it a pointer of RFC 6901? Pure. */
bool pointer_is_valid(const char *pointer);

/* The value that pointer names in json; "" = all of it, which must be an object or array. Values are
 * borrowed as of od_json_member. pointer: valid. Cost O(size).
 * Errors (*value is spoilt): OD_ENOTFOUND; OD_ESYNTAX. */
OD_MUST_CHECK int pointer_read(const struct od_host *host, const char *json, size_t size, const char *pointer,
                               struct od_value *value);

#endif
