/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: one pass, no recursion, no heap unless a text has very many keys.
 *
 *   value_read -> (object_open | array_open | scalar) -> after_value -> value_read ...
 *
 * Each step consumes whole tokens and names the next step; the first refusal ends
 * the pass. Line, column and pointer are worked out only then. */
#include "base/json_gate.h"

#include "base/json_keys.h"
#include "base/json_text.h"
#include "base/limits.h"

enum step {
    STEP_NONE = 0, /* refused, or no memory */
    STEP_VALUE,
    STEP_AFTER,
    STEP_END,
};

struct level {
    struct base_json_raw key; /* of the member being read */
    uint32_t object;          /* serial number; 0 = an array */
    uint32_t index;           /* of the element being read */
};

struct gate {
    const uint8_t *text, *at, *end;
    const char *code, *why; /* why NULL with STEP_NONE: no memory */
    unsigned depth;
    unsigned told; /* levels whose key or index belongs to the pointer of a fault */
    uint32_t nodes;
    uint32_t objects;
    bool has_long_number;
    struct level levels[BASE_JSON_DEPTH_MAX];
    struct base_json_keys keys;
};

static enum step refuse(struct gate *gate, const uint8_t *at, const char *code, const char *why)
{
    gate->at = at;
    gate->code = code;
    gate->why = why;
    return STEP_NONE;
}

static enum step refuse_end(struct gate *gate)
{
    return refuse(gate, gate->end, "syntax", "the text ends before the value is complete");
}

/* NUL has its own code: it is the byte that C programs stumble over. */
static enum step refuse_byte(struct gate *gate, const char *why)
{
    if (gate->at == gate->end)
        return refuse_end(gate);
    if (*gate->at == '\0')
        return refuse(gate, gate->at, "nul", "a NUL byte is not allowed anywhere in the text");
    return refuse(gate, gate->at, "syntax", why);
}

static void space_skip(struct gate *gate)
{
    gate->at = base_json_space_end(gate->at, gate->end);
}

/* \uXXXX at at; a high surrogate takes its low one along. Returns the byte after
 * it, or NULL (refused). */
static const uint8_t *unicode_read(struct gate *gate, const uint8_t *at)
{
    int unit = base_json_hex4(at + 2, gate->end);

    if (unit < 0) {
        refuse(gate, at, "string", "\\u must be followed by four hexadecimal digits");
        return NULL;
    }
    if (unit == 0) {
        refuse(gate, at, "nul", "\\u0000 is not allowed: no text may hold a NUL character");
        return NULL;
    }
    if (unit < 0xd800 || unit > 0xdfff)
        return at + 6;
    if (unit < 0xdc00 && gate->end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        int low = base_json_hex4(at + 8, gate->end);
        if (low >= 0xdc00 && low <= 0xdfff)
            return at + 12;
    }
    refuse(gate, at, "string",
           "a surrogate escape must be a pair: \\uD800-\\uDBFF followed by \\uDC00-\\uDFFF");
    return NULL;
}

static const uint8_t *escape_read(struct gate *gate, const uint8_t *at)
{
    if (gate->end - at < 2) {
        refuse_end(gate);
        return NULL;
    }
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': return unicode_read(gate, at);
    default:
        refuse(gate, at, "string",
               "unknown escape; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
        return NULL;
    }
}

/* A run of characters outside ASCII. */
static const uint8_t *utf8_read(struct gate *gate, const uint8_t *at)
{
    while (at < gate->end && *at >= 0x80) {
        const uint8_t *next = base_json_utf8_end(at, gate->end);
        if (next == NULL) {
            refuse(
                gate, at, "utf8",
                "not valid UTF-8; no surrogates, overlong forms or cut characters are allowed");
            return NULL;
        }
        at = next;
    }
    return at;
}

/* What stopped a run of plain ASCII, but the closing quote. NULL = refused. */
static const uint8_t *special_read(struct gate *gate, const uint8_t *at)
{
    if (*at == '\\')
        return escape_read(gate, at);
    if (*at >= 0x80)
        return utf8_read(gate, at);
    if (*at == '\0')
        refuse(gate, at, "nul", "a NUL byte is not allowed anywhere in the text");
    else
        refuse(gate, at, "string",
               "a control character in a string must be written as an escape, e.g. \\n");
    return NULL;
}

/* The string whose opening quote is at gate->at. False = refused. */
static bool string_read(struct gate *gate, struct base_json_raw *raw)
{
    const uint8_t *begin = gate->at + 1, *at = begin;
    bool has_escape = false;

    for (;;) {
        at = base_json_plain_end(at, gate->end);
        if (at == gate->end) {
            refuse(gate, at, "string",
                   "the text ends inside a string; a closing quote is missing");
            return false;
        }
        if (*at == '"')
            break;
        has_escape |= *at == '\\';
        at = special_read(gate, at);
        if (at == NULL)
            return false;
    }
    *raw = (struct base_json_raw){begin, (size_t)(at - begin), has_escape};
    gate->at = at + 1;
    return true;
}

static enum step level_push(struct gate *gate, uint32_t object)
{
    if (gate->depth == BASE_JSON_DEPTH_MAX)
        return refuse(gate, gate->at, "depth",
                      "nested too deeply; at most 64 levels are allowed");
    gate->told = gate->depth;
    struct level *level = &gate->levels[gate->depth++];
    level->object = object;
    level->index = 0;
    gate->at++;
    space_skip(gate);
    return STEP_VALUE;
}

static enum step level_pop(struct gate *gate)
{
    gate->depth--;
    gate->at++;
    return STEP_AFTER;
}

/* "key": of a member; unknown: the sentence when there is no key. */
static enum step member_read(struct gate *gate, const char *unknown)
{
    struct level *level = &gate->levels[gate->depth - 1];
    const uint8_t *quote = gate->at;

    if (gate->at == gate->end || *gate->at != '"')
        return refuse_byte(gate, unknown);
    if (!string_read(gate, &level->key))
        return STEP_NONE;
    int rc = base_json_keys_add(&gate->keys, level->object, &level->key, gate->end);
    if (rc == OD_EEXIST) {
        gate->told = gate->depth;
        return refuse(gate, quote, "duplicate_key",
                      "the object has this key already; each key is allowed once");
    }
    if (rc != OD_OK)
        return STEP_NONE;
    space_skip(gate);
    if (gate->at == gate->end || *gate->at != ':')
        return refuse_byte(gate, "a colon is expected after the key");
    gate->at++;
    return STEP_VALUE;
}

static enum step object_open(struct gate *gate)
{
    if (level_push(gate, ++gate->objects) == STEP_NONE)
        return STEP_NONE;
    if (gate->at < gate->end && *gate->at == '}')
        return level_pop(gate);
    return member_read(gate, "a key in double quotes or '}' is expected after '{'");
}

static enum step array_open(struct gate *gate)
{
    if (level_push(gate, 0) == STEP_NONE)
        return STEP_NONE;
    if (gate->at < gate->end && *gate->at == ']')
        return level_pop(gate);
    return STEP_VALUE;
}

static enum step number_read(struct gate *gate)
{
    enum base_json_number_fault fault;
    const uint8_t *begin = gate->at;
    const uint8_t *at = base_json_number_end(begin, gate->end, &fault);

    switch (fault) {
    case BASE_JSON_NUMBER_FINE: break;
    case BASE_JSON_NUMBER_GRAMMAR:
        return refuse(gate, at, "number",
                      "not a JSON number; allowed is e.g. -12.5e3, without leading zeros, with "
                      "digits around the point");
    case BASE_JSON_NUMBER_RANGE:
        return refuse(gate, begin, "number",
                      "the number is too large; at most about 1.797e308 is allowed");
    }
    gate->has_long_number |= at - begin > BASE_JSON_NUMBER_SHORT_MAX;
    gate->at = at;
    return STEP_AFTER;
}

static enum step word_read(struct gate *gate, const char *word, size_t size)
{
    if ((size_t)(gate->end - gate->at) < size || memcmp(gate->at, word, size) != 0)
        return refuse(gate, gate->at, "syntax",
                      "unknown word; allowed are true, false and null");
    gate->at += size;
    return STEP_AFTER;
}

static enum step text_read(struct gate *gate)
{
    struct base_json_raw raw;

    return string_read(gate, &raw) ? STEP_AFTER : STEP_NONE;
}

static enum step value_read(struct gate *gate)
{
    gate->told = gate->depth;
    space_skip(gate);
    if (gate->at == gate->end)
        return refuse_end(gate);
    if (++gate->nodes > BASE_JSON_NODES_MAX)
        return refuse(gate, gate->at, "nodes",
                      "too many values; at most 65536 are allowed in one text");
    switch (*gate->at) {
    case '{': return object_open(gate);
    case '[': return array_open(gate);
    case '"': return text_read(gate);
    case 't': return word_read(gate, "true", 4);
    case 'f': return word_read(gate, "false", 5);
    case 'n': return word_read(gate, "null", 4);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return number_read(gate);
    default:
        return refuse_byte(
            gate, "a value is expected: object, array, string, number, true, false or null");
    }
}

/* Between two values of a container. */
static enum step after_value(struct gate *gate)
{
    if (gate->depth == 0)
        return STEP_END;
    struct level *level = &gate->levels[gate->depth - 1];
    bool is_object = level->object != 0;

    gate->told = gate->depth - 1;
    space_skip(gate);
    if (gate->at < gate->end && *gate->at == (is_object ? '}' : ']'))
        return level_pop(gate);
    if (gate->at == gate->end || *gate->at != ',')
        return refuse_byte(gate, is_object ? "',' or '}' is expected after a member"
                                           : "',' or ']' is expected after an element");
    gate->at++;
    level->index++;
    if (!is_object)
        return STEP_VALUE;
    space_skip(gate);
    return member_read(gate, "a key in double quotes is expected after ','");
}

static enum step end_read(struct gate *gate)
{
    gate->told = 0;
    space_skip(gate);
    if (gate->at < gate->end)
        return refuse(gate, gate->at, "trailing",
                      "text after the value; exactly one value is allowed");
    return STEP_END;
}

static enum step start_read(struct gate *gate)
{
    if ((uint64_t)(gate->end - gate->text) > UINT32_MAX)
        return refuse(gate, gate->text, "size",
                      "the text is too long; at most 4 GiB are allowed");
    if (gate->end - gate->at >= 3 && memcmp(gate->at, "\xef\xbb\xbf", 3) == 0)
        return refuse(gate, gate->at, "syntax",
                      "a byte order mark is not allowed; begin with the value");
    space_skip(gate);
    if (gate->at == gate->end)
        return refuse(gate, gate->at, "empty",
                      "the text is empty; exactly one value is expected");
    return STEP_VALUE;
}

static enum step gate_run(struct gate *gate)
{
    enum step step = start_read(gate);

    while (step == STEP_VALUE || step == STEP_AFTER)
        step = step == STEP_VALUE ? value_read(gate) : after_value(gate);
    return step == STEP_END ? end_read(gate) : STEP_NONE;
}

/* A pointer under way; full once a token did not fit. */
struct pointer {
    char *text;
    size_t size;
    bool is_full;
};

static void pointer_put(struct pointer *pointer, char byte)
{
    const size_t size_max = BASE_JSON_POINTER_MAX - sizeof("...");

    if (pointer->size == size_max)
        pointer->is_full = true;
    if (!pointer->is_full)
        pointer->text[pointer->size++] = byte;
}

static void pointer_put_key(struct pointer *pointer, const struct base_json_raw *key)
{
    struct base_json_reader reader = base_json_reader(key);

    for (int byte; (byte = base_json_reader_next(&reader)) >= 0 && !pointer->is_full;) {
        if (byte == '~' || byte == '/') {
            pointer_put(pointer, '~');
            byte = byte == '~' ? '0' : '1';
        }
        pointer_put(pointer, (char)byte);
    }
}

static void pointer_put_index(struct pointer *pointer, uint32_t index)
{
    uint32_t power = 1;

    while (index / power >= 10)
        power *= 10;
    for (; power > 0; power /= 10)
        pointer_put(pointer, (char)('0' + index / power % 10));
}

/* A cut falls between characters and between the two bytes of an escape. */
static void pointer_end(struct pointer *pointer)
{
    if (pointer->is_full) {
        while (pointer->size > 0 &&
               ((unsigned char)pointer->text[pointer->size - 1] & 0xc0) == 0x80)
            pointer->size--;
        if (pointer->size > 0 && ((unsigned char)pointer->text[pointer->size - 1] >= 0xc0 ||
                                  pointer->text[pointer->size - 1] == '~'))
            pointer->size--;
        memcpy(pointer->text + pointer->size, "...", 3);
        pointer->size += 3;
    }
    pointer->text[pointer->size] = '\0';
}

static void pointer_tell(const struct gate *gate, char *text)
{
    struct pointer pointer = {.text = text};

    for (unsigned i = 0; i < gate->told; i++) {
        const struct level *level = &gate->levels[i];

        pointer_put(&pointer, '/');
        if (level->object != 0)
            pointer_put_key(&pointer, &level->key);
        else
            pointer_put_index(&pointer, level->index);
    }
    pointer_end(&pointer);
}

static void error_tell(const struct gate *gate, struct base_json_error *error)
{
    const uint8_t *line = gate->text;

    error->line = 1;
    for (const uint8_t *at = gate->text; at < gate->at; at++) {
        if (*at == '\n') {
            error->line++;
            line = at + 1;
        }
    }
    error->offset = (size_t)(gate->at - gate->text);
    error->column = (uint32_t)(gate->at - line) + 1;
    error->code = gate->code;
    error->text = gate->why;
    pointer_tell(gate, error->pointer);
}

int base_json_gate(const char *text, size_t size, struct base_json_error *error,
                   bool *has_long_number)
{
    struct gate gate; /* not zeroed: the tables are large and each level is set when pushed */

    gate.text = gate.at =
        (const uint8_t *)(text != NULL ? text
                                       : ""); /* NULL with size 0: a body that never came */
    gate.end = gate.text + size;
    gate.code = gate.why = NULL;
    gate.depth = gate.told = gate.nodes = gate.objects = 0;
    gate.has_long_number = false;
    base_json_keys_init(&gate.keys);
    enum step step = gate_run(&gate);
    base_json_keys_fini(&gate.keys);
    if (step == STEP_END) {
        *has_long_number = gate.has_long_number;
        return OD_OK;
    }
    if (gate.why == NULL)
        return OD_ENOMEM;
    error_tell(&gate, error);
    return OD_ESYNTAX;
}

int base_json_check(const char *text, size_t size, struct base_json_error *error)
{
    bool has_long_number;

    return base_json_gate(text, size, error, &has_long_number);
}
