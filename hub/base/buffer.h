/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer, and a JSON writer on top of it. Running out of memory
 * is remembered in the buffer, so that a writer may check once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

/* Zero it to initialise. */
struct base_buffer {
    char *bytes;    /* owned; not NUL-terminated unless base_buffer_text was called */
    size_t size;    /* bytes written */
    size_t room;    /* bytes allocated */
    bool is_broken; /* an allocation failed; the content is not to be used */
    bool has_item;  /* JSON writer: a comma is due before the next value */
};

void base_buffer_fini(struct base_buffer *buffer);

/* Forget the content, keep the memory. */
void base_buffer_clear(struct base_buffer *buffer);

/* Room for size more bytes. Errors: OD_ENOMEM (content unchanged, is_broken set). */
OD_MUST_CHECK int base_buffer_reserve(struct base_buffer *buffer, size_t size);

void base_buffer_put(struct base_buffer *buffer, const void *bytes, size_t size);
void base_buffer_put_text(struct base_buffer *buffer, const char *text);
void base_buffer_put_format(struct base_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The content as a NUL-terminated string, borrowed until the next change; ""
 * when the buffer is empty or broken. */
const char *base_buffer_text(struct base_buffer *buffer);

/* Move the content out: the caller owns the returned bytes (base_free), *size is
 * their count, and the buffer is empty again. NULL when broken. */
char *base_buffer_take(struct base_buffer *buffer, size_t *size);

/* JSON writer: commas are put where they are due; the caller keeps brackets
 * balanced. key NULL = an array element or the top value. Text must be UTF-8. */
void base_json_open(struct base_buffer *buffer, const char *key, char bracket); /* '{' or '[' */
void base_json_close(struct base_buffer *buffer, char bracket);                 /* '}' or ']' */
void base_json_put_text(struct base_buffer *buffer, const char *key, const char *text); /* NULL text = null */
void base_json_put_text_n(struct base_buffer *buffer, const char *key, const char *text, size_t size);
/* "110***********0017": enough to know one's own number by, too little to use another's. Bytes beyond ASCII are hidden. */
void base_json_put_masked(struct base_buffer *buffer, const char *key, const char *text);
void base_json_put_i64(struct base_buffer *buffer, const char *key, int64_t value);
void base_json_put_bool(struct base_buffer *buffer, const char *key, bool value);
void base_json_put_null(struct base_buffer *buffer, const char *key);
/* value: one JSON value, already printed; passed through as it is. */
void base_json_put_raw(struct base_buffer *buffer, const char *key, const char *value, size_t size);

#endif
