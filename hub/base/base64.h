/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648 section 4, with padding: how bytes travel in JSON. Pure. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include <onedoor/error.h>

#include "base/buffer.h"

/* Characters that size bytes become. */
#define BASE_BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* Write BASE_BASE64_SIZE(size) characters to text, no NUL. */
void base_base64_write(const void *bytes, size_t size, char *text);

/* A JSON text member (key NULL: an element) that holds the bytes. */
void base_json_put_base64(struct base_buffer *buffer, const char *key, const void *bytes, size_t size);

/* bytes has room for text_size / 4 * 3. Strict: no white space, whole groups, no bits that an encoder
 * would not set. Errors: OD_ESYNTAX (*size unchanged, bytes spoilt). */
OD_MUST_CHECK int base_base64_read(const char *text, size_t text_size, void *bytes, size_t *size);

#endif
