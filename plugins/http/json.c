/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdint.h>
#include <string.h>

/* The part of the text that is not read yet. */
struct rest {
    const char *at, *end;
};

/* Bytes of the character at at, 0 = none is well formed. */
static size_t character_size(const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *)text;
    uint8_t low = 0x80, high = 0xbf;
    size_t count = 2;

    if (at[0] < 0x80)
        return at[0] != 0;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    if (at[0] >= 0xe0)
        count = at[0] >= 0xf0 ? 4 : 3;
    if (at[0] == 0xe0)
        low = 0xa0;
    if (at[0] == 0xed)
        high = 0x9f;
    if (at[0] == 0xf0)
        low = 0x90;
    if (at[0] == 0xf4)
        high = 0x8f;
    if (size < count || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < count; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return count;
}

bool json_is_utf8(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t step = character_size(text + i, size - i);

        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

size_t json_cut(const char *text, size_t size, size_t size_max)
{
    if (size <= size_max)
        return size;
    while (size_max > 0 && ((unsigned char)text[size_max] & 0xc0) == 0x80)
        size_max--;
    return size_max;
}

static void skip_space(struct rest *rest)
{
    while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\n' || *rest->at == '\r' || *rest->at == '\t'))
        rest->at++;
}

static bool take(struct rest *rest, char byte)
{
    if (rest->at == rest->end || *rest->at != byte)
        return false;
    rest->at++;
    return true;
}

static bool take_word(struct rest *rest, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(rest->end - rest->at) < size || memcmp(rest->at, word, size) != 0)
        return false;
    rest->at += size;
    return true;
}

/* Four hexadecimal digits, or -1. */
static int32_t take_hex(struct rest *rest)
{
    int32_t value = 0;

    if (rest->end - rest->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = *rest->at++;
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Behind the backslash. */
static bool take_escape(struct rest *rest)
{
    if (rest->at == rest->end)
        return false;
    char letter = *rest->at++;
    if (letter != 'u')
        return letter != '\0' && strchr("\"\\/bfnrt", letter) != NULL;
    int32_t code = take_hex(rest);
    if (code < 0xd800 || code > 0xdfff)
        return code > 0;
    if (code > 0xdbff || !take_word(rest, "\\u"))
        return false;
    code = take_hex(rest);
    return code >= 0xdc00 && code <= 0xdfff;
}

static bool take_string(struct rest *rest)
{
    if (!take(rest, '"'))
        return false;
    while (rest->at < rest->end) {
        if (take(rest, '"'))
            return true;
        if ((unsigned char)*rest->at < ' ')
            return false;
        if (take(rest, '\\')) {
            if (!take_escape(rest))
                return false;
            continue;
        }
        size_t step = character_size(rest->at, (size_t)(rest->end - rest->at));
        if (step == 0)
            return false;
        rest->at += step;
    }
    return false;
}

/* At least one digit. */
static bool take_digits(struct rest *rest)
{
    const char *start = rest->at;

    while (rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9')
        rest->at++;
    return rest->at > start;
}

static bool take_number(struct rest *rest)
{
    take(rest, '-');
    if (!take(rest, '0') && !take_digits(rest))
        return false;
    if (take(rest, '.') && !take_digits(rest))
        return false;
    if (take(rest, 'e') || take(rest, 'E')) {
        if (!take(rest, '+'))
            take(rest, '-');
        return take_digits(rest);
    }
    return true;
}

static bool take_value(struct rest *rest, unsigned depth);

/* Behind the opening bracket. */
static bool take_items(struct rest *rest, char close, unsigned depth)
{
    skip_space(rest);
    if (take(rest, close))
        return true;
    do {
        skip_space(rest);
        if (close == '}') {
            if (!take_string(rest))
                return false;
            skip_space(rest);
            if (!take(rest, ':'))
                return false;
        }
        if (!take_value(rest, depth))
            return false;
        skip_space(rest);
    } while (take(rest, ','));
    return take(rest, close);
}

static bool take_value(struct rest *rest, unsigned depth)
{
    skip_space(rest);
    if (rest->at == rest->end)
        return false;
    switch (*rest->at) {
    case '{':
    case '[':
        if (depth == JSON_DEPTH_MAX)
            return false;
        return take_items(rest, *rest->at++ == '{' ? '}' : ']', depth + 1);
    case '"': return take_string(rest);
    case 't': return take_word(rest, "true");
    case 'f': return take_word(rest, "false");
    case 'n': return take_word(rest, "null");
    default: return take_number(rest);
    }
}

bool json_is_whole(const char *text, size_t size)
{
    struct rest rest = {text, text + size};

    if (!take_value(&rest, 0))
        return false;
    skip_space(&rest);
    return rest.at == rest.end;
}

bool pointer_is_valid(const char *pointer)
{
    size_t token = 0;

    if (*pointer != '\0' && *pointer != '/')
        return false;
    for (; *pointer != '\0'; pointer++) {
        if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
            return false;
        token = *pointer == '/' ? 0 : token + 1;
        if (token > POINTER_TOKEN_MAX)
            return false;
    }
    return true;
}

/* The token at *pointer, which stands on a slash, unescaped; *pointer moves behind it. */
static void token_take(const char **pointer, char token[POINTER_TOKEN_MAX + 1])
{
    const char *at = *pointer + 1;
    size_t size = 0;

    while (*at != '\0' && *at != '/' && size < POINTER_TOKEN_MAX) {
        char byte = *at++;

        if (byte == '~')
            byte = *at++ == '1' ? '/' : '~';
        token[size++] = byte;
    }
    token[size] = '\0';
    *pointer = at;
}

/* The element of an array that a token names. */
static int element_read(const struct od_host *host, const char *json, size_t size, const char *token,
                        struct od_value *value)
{
    size_t offset = 0, index = 0;
    int rc;

    if (*token == '\0' || (*token == '0' && token[1] != '\0') || strlen(token) > 6)
        return OD_ENOTFOUND;
    for (const char *at = token; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return OD_ENOTFOUND;
        index = index * 10 + (size_t)(*at - '0');
    }
    do
        rc = od_json_next(host, json, size, &offset, value);
    while (rc == OD_OK && index-- > 0);
    return rc;
}

/* The start of json that is not white space. */
static char first_byte(const char *json, size_t size)
{
    struct rest rest = {json, json + size};

    skip_space(&rest);
    return rest.at < rest.end ? *rest.at : '\0';
}

int pointer_read(const struct od_host *host, const char *json, size_t size, const char *pointer,
                 struct od_value *value)
{
    char token[POINTER_TOKEN_MAX + 1], open = first_byte(json, size);

    if (open != '{' && open != '[')
        return OD_ENOTFOUND;
    *value = (struct od_value){.size = sizeof(*value), .json = json, .json_size = size,
                               .type = open == '{' ? OD_VALUE_OBJECT : OD_VALUE_ARRAY};
    while (*pointer != '\0') {
        struct od_value inside = *value;
        int rc = OD_ENOTFOUND;

        token_take(&pointer, token);
        if (inside.type == OD_VALUE_OBJECT)
            rc = od_json_member(host, inside.json, inside.json_size, token, value);
        else if (inside.type == OD_VALUE_ARRAY)
            rc = element_read(host, inside.json, inside.json_size, token, value);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}
