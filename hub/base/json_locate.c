/* SPDX-License-Identifier: Apache-2.0 */
/* From a JSON pointer back to line and column. Walks the text once, forwards, and
 * never past its end even when the text did not pass the gate. */
#include "base/json.h"
#include "base/json_text.h"

struct walk {
    const uint8_t *at, *end;
};

static void space_skip(struct walk *walk)
{
    walk->at = base_json_space_end(walk->at, walk->end);
}

static bool is_at(const struct walk *walk, char byte)
{
    return walk->at < walk->end && *walk->at == (uint8_t)byte;
}

static void string_skip(struct walk *walk)
{
    struct base_json_raw raw;
    const uint8_t *next = base_json_raw_take(walk->at, walk->end, &raw);

    walk->at = next != NULL ? next : walk->end;
}

/* Skip the value at walk->at: up to the comma or bracket that ends it. */
static void value_skip(struct walk *walk)
{
    size_t depth = 0;

    while (walk->at < walk->end) {
        uint8_t byte = *walk->at;

        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
            return;
        if (byte == '"') {
            string_skip(walk);
            continue;
        }
        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
        walk->at++;
    }
}

/* Does the token (RFC 6901: ~0 and ~1) name the key? */
static bool is_named(const struct base_json_raw *key, const char *token, size_t token_size)
{
    struct base_json_reader reader = base_json_reader(key);

    for (size_t i = 0; i < token_size; i++) {
        int byte = (uint8_t)token[i];
        if (byte == '~' && i + 1 < token_size && (token[i + 1] == '0' || token[i + 1] == '1'))
            byte = token[++i] == '0' ? '~' : '/';
        if (base_json_reader_next(&reader) != byte)
            return false;
    }
    return base_json_reader_next(&reader) < 0;
}

/* walk is after '{'; true: it is at the member's value. */
static bool member_find(struct walk *walk, const char *token, size_t token_size)
{
    for (space_skip(walk); is_at(walk, '"'); space_skip(walk)) {
        struct base_json_raw key;
        const uint8_t *next = base_json_raw_take(walk->at, walk->end, &key);

        if (next == NULL)
            return false;
        walk->at = next;
        space_skip(walk);
        walk->at += is_at(walk, ':');
        space_skip(walk);
        if (is_named(&key, token, token_size))
            return true;
        value_skip(walk);
        walk->at += is_at(walk, ',');
    }
    return false;
}

/* The element's number, or false: no digits, or a leading zero. */
static bool index_read(const char *token, size_t token_size, uint64_t *index)
{
    uint64_t value = 0;

    if (token_size == 0 || token_size > 10 || (token[0] == '0' && token_size > 1))
        return false;
    for (size_t i = 0; i < token_size; i++) {
        if (token[i] < '0' || token[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(token[i] - '0');
    }
    *index = value;
    return true;
}

/* walk is after '['; true: it is at the element. */
static bool element_find(struct walk *walk, const char *token, size_t token_size)
{
    uint64_t index;

    if (!index_read(token, token_size, &index))
        return false;
    for (space_skip(walk); walk->at < walk->end && !is_at(walk, ']'); space_skip(walk)) {
        if (index-- == 0)
            return true;
        value_skip(walk);
        walk->at += is_at(walk, ',');
    }
    return false;
}

static void position_tell(const char *text, const uint8_t *at, uint32_t *line, uint32_t *column)
{
    const uint8_t *line_start = (const uint8_t *)text;

    *line = 1;
    for (const uint8_t *byte = line_start; byte < at; byte++) {
        if (*byte == '\n') {
            ++*line;
            line_start = byte + 1;
        }
    }
    *column = (uint32_t)(at - line_start) + 1;
}

void base_json_locate(const char *text, size_t size, const char *pointer, uint32_t *line,
                      uint32_t *column)
{
    struct walk walk = {(const uint8_t *)text, (const uint8_t *)text + size};
    bool is_found = true;

    space_skip(&walk);
    const uint8_t *value = walk.at;
    while (is_found && *pointer == '/') {
        const char *token = pointer + 1;
        size_t token_size = strcspn(token, "/");
        bool is_object = is_at(&walk, '{'), is_array = is_at(&walk, '[');

        walk.at += is_object || is_array;
        is_found = (is_object && member_find(&walk, token, token_size)) ||
                   (is_array && element_find(&walk, token, token_size));
        if (is_found)
            value = walk.at;
        pointer = token + token_size;
    }
    position_tell(text, value, line, column);
}
