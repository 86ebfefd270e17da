/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

static bool is_follower(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Unicode 15, table 3-7: the second byte's range hangs on the first. */
static bool is_second(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xe0: return second >= 0xa0 && second <= 0xbf;
    case 0xed: return second >= 0x80 && second <= 0x9f;
    case 0xf0: return second >= 0x90 && second <= 0xbf;
    case 0xf4: return second >= 0x80 && second <= 0x8f;
    default: return is_follower(second);
    }
}

const uint8_t *base_json_utf8_end(const uint8_t *at, const uint8_t *end)
{
    size_t size = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;

    if (size == 1)
        return at + 1;
    if (*at < 0xc2 || *at > 0xf4 || (size_t)(end - at) < size || !is_second(at[0], at[1]))
        return NULL;
    for (size_t i = 2; i < size; i++) {
        if (!is_follower(at[i]))
            return NULL;
    }
    return at + size;
}

const uint8_t *base_json_raw_take(const uint8_t *at, const uint8_t *end,
                                  struct base_json_raw *raw)
{
    const uint8_t *begin = at + 1;
    bool has_escape = false;

    for (at = base_json_run_end(begin, end); at < end; at = base_json_run_end(at, end)) {
        if (*at == '"') {
            *raw = (struct base_json_raw){begin, (size_t)(at - begin), has_escape};
            return at + 1;
        }
        has_escape = true;
        if (end - at < 2)
            break;
        at += 2;
    }
    return NULL;
}

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

int base_json_hex4(const uint8_t *at, const uint8_t *end)
{
    int value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* UTF-8 of a code point into pending, last byte first. */
static void pending_put(struct base_json_reader *reader, uint32_t point)
{
    unsigned count = 0;
    uint32_t lead_max = 0x7f;
    uint32_t mark = 0;

    while (point > lead_max) {
        reader->pending[count++] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
        lead_max = count == 1 ? 0x1f : lead_max >> 1;
        mark = count == 1 ? 0xc0 : 0x80 | mark >> 1;
    }
    reader->pending[count++] = (uint8_t)(mark | point);
    reader->pending_count = count;
}

static bool is_pair(int high, int low)
{
    return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

/* A \u escape: reader->at is after the u. */
static int unicode_next(struct base_json_reader *reader)
{
    int unit = base_json_hex4(reader->at, reader->end);
    uint32_t point = (uint32_t)unit;

    if (unit < 0)
        return 'u';
    reader->at += 4;
    if (reader->end - reader->at >= 6 && reader->at[0] == '\\' && reader->at[1] == 'u') {
        int low = base_json_hex4(reader->at + 2, reader->end);
        if (is_pair(unit, low)) {
            point = 0x10000 + (((uint32_t)unit & 0x3ff) << 10) + ((uint32_t)low & 0x3ff);
            reader->at += 6;
        }
    }
    pending_put(reader, point);
    return reader->pending[--reader->pending_count];
}

static int escape_next(struct base_json_reader *reader)
{
    uint8_t letter = *reader->at++;

    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': return unicode_next(reader);
    default: return letter;
    }
}

int base_json_reader_next(struct base_json_reader *reader)
{
    if (reader->pending_count > 0)
        return reader->pending[--reader->pending_count];
    if (reader->at == reader->end)
        return -1;
    uint8_t byte = *reader->at++;
    if (byte != '\\' || reader->at == reader->end)
        return byte;
    return escape_next(reader);
}

static int compare_slowly(const struct base_json_raw *a, const struct base_json_raw *b)
{
    struct base_json_reader a_reader = base_json_reader(a), b_reader = base_json_reader(b);

    for (;;) {
        int a_byte = base_json_reader_next(&a_reader),
            b_byte = base_json_reader_next(&b_reader);
        if (a_byte != b_byte)
            return a_byte - b_byte;
        if (a_byte < 0)
            return 0;
    }
}

int base_json_raw_compare(const struct base_json_raw *a, const struct base_json_raw *b)
{
    size_t common = a->size < b->size ? a->size : b->size;

    if (a->has_escape || b->has_escape)
        return compare_slowly(a, b);
    int order = memcmp(a->at, b->at, common);
    if (order != 0)
        return order;
    return (a->size > b->size) - (a->size < b->size);
}
