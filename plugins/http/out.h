/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows up to a limit. Its first error is remembered, so that a writer may
 * check once at the end. Pure. */
#ifndef HTTP_OUT_H
#define HTTP_OUT_H

#include <stddef.h>

/* Set size_max, zero the rest. */
struct out {
    char *bytes;      /* owned; NULL = nothing was put */
    size_t size, room;
    size_t size_max;  /* more -> OD_ELIMIT */
    int error;        /* OD_OK, OD_ENOMEM or OD_ELIMIT */
};

void out_fini(struct out *out);

void out_put(struct out *out, const char *bytes, size_t size);
void out_text(struct out *out, const char *text);

/* As a JSON string, with its quotes. text: UTF-8. */
void out_quoted(struct out *out, const char *text, size_t size);

/* The content of a JSON string, without the quotes. */
void out_escaped(struct out *out, const char *text, size_t size);

/* Percent-encoded: everything but the unreserved characters of RFC 3986, 2.3. */
void out_percent(struct out *out, const char *text, size_t size);

/* size bytes as hexadecimal digits. */
void out_hex(struct out *out, const unsigned char *bytes, size_t size);

/* The text, NUL-terminated, owned by the caller (free); out is empty again. NULL after an error. */
char *out_take(struct out *out);

#endif
