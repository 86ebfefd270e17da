/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON. A gate of our own reads the text first (RFC 8259, one value, valid
 * UTF-8, no duplicate keys, no NUL escape, depth and node limits); only what
 * passed is handed to cJSON, whose own parser is lenient. struct base_json is
 * cJSON's node under our name: cJSON.h is included by json.c alone. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#define BASE_JSON_POINTER_MAX 512 /* bytes of a JSON pointer that is told; longer ones are cut with "..." */

struct base_json;

/* Where and why a text was refused. */
struct base_json_error {
    size_t offset;     /* bytes from the start of the text */
    uint32_t line;     /* from 1 */
    uint32_t column;   /* from 1, in bytes */
    const char *code;  /* stable word: "syntax", "utf8", "duplicate_key", "nul", "depth", "nodes", "number", "trailing", "empty", "string", "size" */
    const char *text;  /* English sentence: what is wrong and what is allowed; static */
    char pointer[BASE_JSON_POINTER_MAX]; /* RFC 6901, of the value at fault; "" = the whole text */
};

/* Is the text one strict JSON value? Errors: OD_ESYNTAX (*error is filled), OD_ENOMEM.
 * Never reads past size; cost O(size). */
OD_MUST_CHECK int base_json_check(const char *text, size_t size, struct base_json_error *error);

/* Gate, then parse. *out is owned by the caller (base_json_destroy) and written
 * only on success. Errors as base_json_check. */
OD_MUST_CHECK int base_json_parse(const char *text, size_t size, struct base_json **out,
                                  struct base_json_error *error);

/* Bytes of memory that the tree takes. Cost O(nodes). 0 for NULL. */
size_t base_json_size(const struct base_json *json);

void base_json_destroy(struct base_json *json); /* accepts NULL */

/* Line and column (from 1) of the value that an RFC 6901 pointer names, in a text
 * that passed the gate; for a missing member, of its nearest existing parent. */
void base_json_locate(const char *text, size_t size, const char *pointer, uint32_t *line,
                      uint32_t *column);

/* SHA-256 of the canonical form: keys sorted by their unescaped bytes, no white
 * space, strings with the fewest escapes, numbers as written. The text must have
 * passed the gate. Errors: OD_ENOMEM, OD_ESYNTAX. */
OD_MUST_CHECK int base_json_canonical_hash(const char *text, size_t size, uint8_t hash[32]);

enum base_json_type {
    BASE_JSON_NONE = 0, /* no such value */
    BASE_JSON_NULL,
    BASE_JSON_BOOL,
    BASE_JSON_NUMBER,
    BASE_JSON_TEXT,
    BASE_JSON_ARRAY,
    BASE_JSON_OBJECT,
};

/* All readers accept NULL (type NONE) and borrow from the tree. */
enum base_json_type base_json_type(const struct base_json *json);
const struct base_json *base_json_member(const struct base_json *object, const char *key); /* case-sensitive; NULL if absent */
const struct base_json *base_json_first(const struct base_json *container); /* first child, or NULL */
const struct base_json *base_json_next(const struct base_json *item);       /* next sibling, or NULL */
const char *base_json_key(const struct base_json *item);                    /* of a member; NULL in an array */
size_t base_json_count(const struct base_json *container);
const char *base_json_text(const struct base_json *json);                   /* NULL if it is no text */
double base_json_number(const struct base_json *json);                      /* 0 if it is no number */
bool base_json_is_true(const struct base_json *json);

/* Text member, or NULL; integer member in range. */
const char *base_json_member_text(const struct base_json *object, const char *key);

/* An integer in min..max without loss. Errors: OD_EINVAL not an integral number,
 * OD_ERANGE outside, or at 2^53 and beyond, where a double cannot tell neighbours
 * apart (send such numbers as text); *out unchanged. */
OD_MUST_CHECK int base_json_i64(const struct base_json *json, int64_t min, int64_t max, int64_t *out);

/* Print the value, compact, into buffer (see buffer.h: the lead comma is put). */
struct base_buffer;
void base_json_put(struct base_buffer *buffer, const char *key, const struct base_json *json);

/* Do they say the same, members in any order? NULL is alike with NULL alone. Cost: the square of an object's members. */
bool base_json_is_alike(const struct base_json *a, const struct base_json *b);

#endif
