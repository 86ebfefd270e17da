/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate, the canonical form and the locator share: stepping over the
 * tokens of a JSON text. Private to base/json*.c, but for base_json_utf8_end. Pure; nothing reads at or past
 * end. The runs are inline because they are most of the time that JSON takes. */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline const uint8_t *base_json_space_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Eight bytes at once: the high bit of each byte that is '"', '\\', below 0x20 or
 * above 0x7f. Bits above the lowest one set may be wrong, the lowest never is. */
static inline uint64_t base_json_special_bits(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');

    return ((quote - ones) | (backslash - ones) | (word - ones * 0x20) | word) & highs;
}

/* The first byte that a string cannot hold as it is, or that is not ASCII. */
static inline const uint8_t *base_json_plain_end(const uint8_t *at, const uint8_t *end)
{
    uint64_t word;

    for (; end - at >= 8; at += 8) {
        memcpy(&word, at, sizeof(word));
        uint64_t bits = base_json_special_bits(le64toh(word));
        if (bits != 0)
            return at + __builtin_ctzll(bits) / 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* The next quote or backslash of a string's content. */
static inline const uint8_t *base_json_run_end(const uint8_t *at, const uint8_t *end)
{
    for (;;) {
        at = base_json_plain_end(at, end);
        if (at == end || *at == '"' || *at == '\\')
            return at;
        at++;
    }
}

/* The byte after the well-formed UTF-8 character (RFC 3629: no surrogates, no
 * overlong forms, at most U+10FFFF) at at, or NULL. */
const uint8_t *base_json_utf8_end(const uint8_t *at, const uint8_t *end);

/* The content of a string of a text: between its quotes, escapes as written. */
struct base_json_raw {
    const uint8_t *at; /* borrowed */
    size_t size;
    bool has_escape;
};

/* Take the string whose opening quote is at at. NULL when it does not end. */
const uint8_t *base_json_raw_take(const uint8_t *at, const uint8_t *end, struct base_json_raw *raw);

/* The content of a raw string, byte by byte, escapes undone. */
struct base_json_reader {
    const uint8_t *at, *end;
    uint8_t pending[4]; /* the rest of a \u escape, last byte first */
    unsigned pending_count;
};

static inline struct base_json_reader base_json_reader(const struct base_json_raw *raw)
{
    return (struct base_json_reader){.at = raw->at, .end = raw->at + raw->size};
}

/* The next byte, or -1 at the end. A broken escape is read as it stands. */
int base_json_reader_next(struct base_json_reader *reader);

/* Order of the unescaped bytes: < 0, 0, > 0. */
int base_json_raw_compare(const struct base_json_raw *a, const struct base_json_raw *b);

/* The value of four hexadecimal digits, or -1. */
int base_json_hex4(const uint8_t *at, const uint8_t *end);

/* How a number's text failed the grammar of RFC 8259 section 6. */
enum base_json_number_fault {
    BASE_JSON_NUMBER_FINE = 0,
    BASE_JSON_NUMBER_GRAMMAR,
    BASE_JSON_NUMBER_RANGE, /* rounds to infinity as a double */
};

/* The byte after the number at at ('-' or a digit); on a grammar fault, the byte
 * where a digit was due. Exact without strtod, so no locale has a say. */
const uint8_t *base_json_number_end(const uint8_t *at, const uint8_t *end,
                                    enum base_json_number_fault *fault);

#endif
