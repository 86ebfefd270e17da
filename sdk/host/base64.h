/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648 section 4, with padding: how a checkpoint travels in JSON. Pure. */
#ifndef HOST_BASE64_H
#define HOST_BASE64_H

#include <stddef.h>

#include <onedoor/error.h>

/* Characters that size bytes become; no NUL. */
#define HOST_BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* Write HOST_BASE64_SIZE(size) characters to text. */
void host_base64_encode(const void *bytes, size_t size, char *text);

/* bytes has room for text_size / 4 * 3. Errors: OD_ESYNTAX (*size unchanged, bytes spoilt). */
OD_MUST_CHECK int host_base64_decode(const char *text, size_t text_size, unsigned char *bytes, size_t *size);

#endif
