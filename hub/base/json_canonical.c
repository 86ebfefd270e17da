/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical form, built from the inside out: each value is printed behind the
 * ones before it, and when an object closes, its members, by then printed, are put
 * in order where they stand. No recursion; no heap for ordinary texts.
 *
 *   value_print -> (open | scalar) -> after_value -> value_print ...
 */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/json_text.h"
#include "base/limits.h"
#include "base/memory.h"

#define TEXT_INLINE 4096
#define MEMBERS_INLINE 128

/* One printed member: "key":value without a comma. */
struct member {
    struct base_json_raw key; /* as printed: fewest escapes */
    uint32_t offset, size;    /* in out */
};

struct level {
    bool is_object;
    bool is_sorted;  /* so far */
    uint32_t offset; /* of the first member in out */
    uint32_t first;  /* its index among the members */
};

struct canonical {
    const uint8_t *at, *end;
    uint8_t *out;  /* never longer than the text */
    uint8_t *room; /* as large: where members are put in order */
    size_t size;   /* of out, printed so far */
    struct member *members;
    uint32_t member_count, member_max;
    unsigned depth;
    struct level levels[BASE_JSON_DEPTH_MAX];
    struct member members_inline[MEMBERS_INLINE];
};

static void put(struct canonical *canonical, const void *bytes, size_t size)
{
    memcpy(canonical->out + canonical->size, bytes, size);
    canonical->size += size;
}

static void put_byte(struct canonical *canonical, uint8_t byte)
{
    canonical->out[canonical->size++] = byte;
}

static void put_escaped(struct canonical *canonical, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";

    switch (byte) {
    case '"': put(canonical, "\\\"", 2); break;
    case '\\': put(canonical, "\\\\", 2); break;
    case '\b': put(canonical, "\\b", 2); break;
    case '\f': put(canonical, "\\f", 2); break;
    case '\n': put(canonical, "\\n", 2); break;
    case '\r': put(canonical, "\\r", 2); break;
    case '\t': put(canonical, "\\t", 2); break;
    default:
        put(canonical, "\\u00", 4);
        put_byte(canonical, (uint8_t)hex[byte >> 4]);
        put_byte(canonical, (uint8_t)hex[byte & 15]);
        break;
    }
}

/* Print a string; printed: its content where it stands now. An escape is never
 * printed longer than it came, so that out cannot overflow. */
static void string_print(struct canonical *canonical, const struct base_json_raw *raw,
                         struct base_json_raw *printed)
{
    put_byte(canonical, '"');
    size_t begin = canonical->size;
    bool has_escape = false;
    if (!raw->has_escape) {
        put(canonical, raw->at, raw->size);
    } else {
        struct base_json_reader reader = base_json_reader(raw);
        for (int byte; (byte = base_json_reader_next(&reader)) >= 0;) {
            if (byte >= 0x20 && byte != '"' && byte != '\\') {
                put_byte(canonical, (uint8_t)byte);
            } else {
                put_escaped(canonical, (uint8_t)byte);
                has_escape = true;
            }
        }
    }
    *printed =
        (struct base_json_raw){canonical->out + begin, canonical->size - begin, has_escape};
    put_byte(canonical, '"');
}

/* A string of the text must not hold a raw control character or a broken escape:
 * both would be printed longer than they are. */
static bool is_printable(const struct base_json_raw *raw)
{
    const uint8_t *end = raw->at + raw->size;

    for (const uint8_t *at = raw->at; at < end; at++) {
        if (*at == '\\' && *++at == 'u' && base_json_hex4(at + 1, end) < 0)
            return false;
        if (*at < 0x20)
            return false; /* also behind a backslash */
    }
    return true;
}

static int string_take(struct canonical *canonical, struct base_json_raw *printed)
{
    struct base_json_raw raw;
    const uint8_t *next = base_json_raw_take(canonical->at, canonical->end, &raw);

    if (next == NULL || (raw.has_escape && !is_printable(&raw)))
        return OD_ESYNTAX;
    canonical->at = next;
    string_print(canonical, &raw, printed);
    return OD_OK;
}

static int members_grow(struct canonical *canonical)
{
    uint32_t max = canonical->member_max * 2;
    struct member *members = base_alloc(max * sizeof(*members));

    if (members == NULL)
        return OD_ENOMEM;
    memcpy(members, canonical->members, canonical->member_count * sizeof(*members));
    if (canonical->members != canonical->members_inline)
        base_free(canonical->members);
    canonical->members = members;
    canonical->member_max = max;
    return OD_OK;
}

/* "key": of the next member. */
static int member_take(struct canonical *canonical)
{
    struct level *level = &canonical->levels[canonical->depth - 1];
    struct member member = {.offset = (uint32_t)canonical->size};

    canonical->at = base_json_space_end(canonical->at, canonical->end);
    if (canonical->at == canonical->end || *canonical->at != '"')
        return OD_ESYNTAX;
    if (canonical->member_count == canonical->member_max && members_grow(canonical) != OD_OK)
        return OD_ENOMEM;
    int rc = string_take(canonical, &member.key);
    if (rc != OD_OK)
        return rc;
    canonical->at = base_json_space_end(canonical->at, canonical->end);
    if (canonical->at == canonical->end || *canonical->at++ != ':')
        return OD_ESYNTAX;
    put_byte(canonical, ':');
    const struct member *before = &canonical->members[canonical->member_count];
    if (canonical->member_count > level->first &&
        base_json_raw_compare(&before[-1].key, &member.key) > 0)
        level->is_sorted = false;
    canonical->members[canonical->member_count++] = member;
    return OD_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct member *a_member = a, *b_member = b;

    return base_json_raw_compare(&a_member->key, &b_member->key);
}

static void insertion_sort(struct member *members, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct member member = members[i];
        uint32_t place = i;

        for (; place > 0 && base_json_raw_compare(&members[place - 1].key, &member.key) > 0;
             place--)
            members[place] = members[place - 1];
        members[place] = member;
    }
}

/* Put the members of the innermost object, all printed, in order. */
static void members_sort(struct canonical *canonical, const struct level *level)
{
    const uint32_t insertion_max = 24;
    struct member *members = canonical->members + level->first;
    uint32_t count = canonical->member_count - level->first;
    size_t size = 0;

    if (count <= insertion_max)
        insertion_sort(members, count);
    else
        qsort(members, count, sizeof(*members), by_key);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            canonical->room[size++] = ',';
        memcpy(canonical->room + size, canonical->out + members[i].offset, members[i].size);
        size += members[i].size;
    }
    assert(size == canonical->size - level->offset);
    memcpy(canonical->out + level->offset, canonical->room, size);
}

static void member_end(struct canonical *canonical)
{
    struct member *member = &canonical->members[canonical->member_count - 1];

    member->size = (uint32_t)canonical->size - member->offset;
}

static void level_close(struct canonical *canonical)
{
    const struct level *level = &canonical->levels[--canonical->depth];

    if (!level->is_sorted)
        members_sort(canonical, level);
    if (level->is_object)
        canonical->member_count = level->first;
    put_byte(canonical, *canonical->at++);
}

static int level_open(struct canonical *canonical, bool *has_value)
{
    bool is_object = *canonical->at == '{';

    if (canonical->depth == BASE_JSON_DEPTH_MAX)
        return OD_ESYNTAX;
    put_byte(canonical, *canonical->at++);
    struct level *level = &canonical->levels[canonical->depth++];
    *level =
        (struct level){is_object, true, (uint32_t)canonical->size, canonical->member_count};
    canonical->at = base_json_space_end(canonical->at, canonical->end);
    if (canonical->at == canonical->end)
        return OD_ESYNTAX;
    *has_value = *canonical->at == (is_object ? '}' : ']');
    if (*has_value)
        level_close(canonical);
    else if (is_object)
        return member_take(canonical);
    return OD_OK;
}

static bool is_delimiter(uint8_t byte)
{
    return byte <= ' ' || byte == ',' || byte == '}' || byte == ']';
}

/* A number or word, as written. */
static int word_take(struct canonical *canonical)
{
    const uint8_t *begin = canonical->at;

    while (canonical->at < canonical->end && !is_delimiter(*canonical->at))
        canonical->at++;
    put(canonical, begin, (size_t)(canonical->at - begin));
    return canonical->at > begin ? OD_OK : OD_ESYNTAX;
}

/* *has_value: a whole value was printed, otherwise a container was opened. */
static int value_print(struct canonical *canonical, bool *has_value)
{
    struct base_json_raw printed;

    canonical->at = base_json_space_end(canonical->at, canonical->end);
    if (canonical->at == canonical->end)
        return OD_ESYNTAX;
    *has_value = true;
    switch (*canonical->at) {
    case '{':
    case '[': return level_open(canonical, has_value);
    case '"': return string_take(canonical, &printed);
    default: return word_take(canonical);
    }
}

/* Close what closes here, and go on to the next value if there is one. */
static int after_value(struct canonical *canonical, bool *is_done)
{
    for (;;) {
        canonical->at = base_json_space_end(canonical->at, canonical->end);
        *is_done = canonical->depth == 0;
        if (*is_done)
            return canonical->at == canonical->end ? OD_OK : OD_ESYNTAX;
        const struct level *level = &canonical->levels[canonical->depth - 1];
        if (level->is_object)
            member_end(canonical);
        if (canonical->at == canonical->end)
            return OD_ESYNTAX;
        if (*canonical->at == ',') {
            put_byte(canonical, *canonical->at++);
            return level->is_object ? member_take(canonical) : OD_OK;
        }
        if (*canonical->at != (level->is_object ? '}' : ']'))
            return OD_ESYNTAX;
        level_close(canonical);
    }
}

static int canonical_run(struct canonical *canonical)
{
    bool is_done = false;

    while (!is_done) {
        bool has_value = false;
        int rc = value_print(canonical, &has_value);
        if (rc == OD_OK && has_value)
            rc = after_value(canonical, &is_done);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

int base_json_canonical_hash(const char *text, size_t size, uint8_t hash[32])
{
    uint8_t inline_text[2 * TEXT_INLINE];
    uint8_t *heap = NULL;
    struct canonical
        canonical; /* not zeroed: the tables are large, every entry is set before use */

    if (size > UINT32_MAX)
        return OD_ESYNTAX;
    if (size > TEXT_INLINE && (heap = base_alloc(2 * size)) == NULL)
        return OD_ENOMEM;
    canonical.at = (const uint8_t *)text;
    canonical.end = canonical.at + size;
    canonical.out = heap != NULL ? heap : inline_text;
    canonical.room = canonical.out + (heap != NULL ? size : TEXT_INLINE);
    canonical.size = canonical.member_count = canonical.depth = 0;
    canonical.members = canonical.members_inline;
    canonical.member_max = MEMBERS_INLINE;
    int rc = canonical_run(&canonical);
    if (rc == OD_OK)
        base_hash(canonical.out, canonical.size, hash);
    if (canonical.members != canonical.members_inline)
        base_free(canonical.members);
    base_free(heap);
    return rc;
}
