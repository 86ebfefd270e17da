/* SPDX-License-Identifier: Apache-2.0 */
#include "host/view.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE_MAX 400 /* longer than any number with meaning */

static const char *space_end(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* The byte after the string whose opening quote is at at, or NULL. A quote is part of
 * the string when an odd number of backslashes stands before it. */
static const char *string_end(const char *at, const char *end)
{
    const char *start = ++at;

    while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const char *before = at;

        while (before > start && before[-1] == '\\')
            before--;
        at++;
        if ((at - before) % 2 == 1)
            return at;
    }
    return NULL;
}

/* The byte after the object or array at at, or NULL. Only the balance of brackets is
 * looked at: the gate has seen the rest. */
static const char *container_end(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        char byte = *at++;

        if (byte == '"') {
            at = string_end(at - 1, end);
            if (at == NULL)
                return NULL;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if ((byte == '}' || byte == ']') && --depth == 0) {
            return at;
        }
    }
    return NULL;
}

static bool is_scalar_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '+' ||
           byte == '.' || byte == 'E';
}

static const char *value_end(const char *at, const char *end)
{
    const char *start = at;

    if (at == end)
        return NULL;
    if (*at == '"')
        return string_end(at, end);
    if (*at == '{' || *at == '[')
        return container_end(at, end);
    while (at < end && is_scalar_byte(*at))
        at++;
    return at > start ? at : NULL;
}

/* Step over the opening bracket or the comma before the next item; NULL = broken,
 * end = the container closes here. */
static const char *item_start(const char *at, const char *end, bool is_first, char close)
{
    at = space_end(at, end);
    if (at == end)
        return NULL;
    if (*at == close)
        return end;
    if (is_first)
        return at;
    return *at == ',' ? space_end(at + 1, end) : NULL;
}

/* "key" : -> the value's first byte, or NULL. */
static const char *key_take(const char *at, const char *end, struct host_view *key)
{
    if (at == end || *at != '"')
        return NULL;
    const char *after = string_end(at, end);
    if (after == NULL)
        return NULL;
    *key = (struct host_view){at + 1, (size_t)(after - at) - 2};
    at = space_end(after, end);
    return at < end && *at == ':' ? space_end(at + 1, end) : NULL;
}

int host_view_next(struct host_view json, size_t *offset, struct host_view_item *item)
{
    assert(*offset <= json.size);
    const char *end = json.at + json.size;
    bool is_first = *offset == 0;
    const char *open = space_end(json.at, end);
    struct host_view_item found = {.key.at = NULL};

    if (open == end || (*open != '{' && *open != '['))
        return OD_ESYNTAX;
    const char *at = is_first ? open + 1 : json.at + *offset;
    at = item_start(at, end, is_first, *open == '{' ? '}' : ']');
    if (at == NULL)
        return OD_ESYNTAX;
    if (at == end)
        return OD_ENOTFOUND;
    if (*open == '{')
        at = key_take(at, end, &found.key);
    const char *after = at != NULL ? value_end(at, end) : NULL;
    if (after == NULL)
        return OD_ESYNTAX;
    found.value = (struct host_view){at, (size_t)(after - at)};
    *offset = (size_t)(after - json.at);
    *item = found;
    return OD_OK;
}

int host_view_member(struct host_view json, const char *name, struct host_view *value)
{
    struct host_view_item item;
    size_t offset = 0;
    int rc;

    while ((rc = host_view_next(json, &offset, &item)) == OD_OK) {
        if (item.key.at == NULL)
            return OD_ESYNTAX;
        if (host_view_is(item.key, name)) {
            *value = item.value;
            return OD_OK;
        }
    }
    return rc;
}

enum od_value_type host_view_type(struct host_view value)
{
    if (value.at == NULL || value.size == 0)
        return OD_VALUE_NONE;
    switch (value.at[0]) {
    case '{': return OD_VALUE_OBJECT;
    case '[': return OD_VALUE_ARRAY;
    case '"': return OD_VALUE_TEXT;
    case 't':
    case 'f': return OD_VALUE_BOOL;
    case 'n': return OD_VALUE_NULL;
    default: return OD_VALUE_NUMBER;
    }
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *at, const char *end)
{
    int32_t value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static char *utf8_put(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 63));
        *out++ = (char)(0x80 | (code & 63));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 63));
        *out++ = (char)(0x80 | (code >> 6 & 63));
        *out++ = (char)(0x80 | (code & 63));
    }
    return out;
}

/* \uXXXX, with its second half where it is a surrogate; at is after the 'u'. NULL = broken, or NUL. */
static const char *unicode_take(const char *at, const char *end, char **out)
{
    int32_t code = hex4(at, end);

    if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff))
        return NULL;
    at += 4;
    if (code >= 0xd800 && code <= 0xdbff) {
        int32_t low = end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? hex4(at + 2, end) : -1;

        if (low < 0xdc00 || low > 0xdfff)
            return NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    *out = utf8_put(*out, (uint32_t)code);
    return at;
}

/* The escape whose letter is at at; NULL = there is no such escape. */
static const char *escape_take(const char *at, const char *end, char **out)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";

    if (at == end)
        return NULL;
    if (*at == 'u')
        return unicode_take(at + 1, end, out);
    const char *found = *at != '\0' ? strchr(letters, *at) : NULL;
    if (found == NULL)
        return NULL;
    *(*out)++ = bytes[found - letters];
    return at + 1;
}

int host_view_content(struct host_view content, struct host_scratch *scratch, const char **text, size_t *size)
{
    const char *at = content.at, *end = content.at + content.size;
    char *copy = host_scratch_take(scratch, content.size + 1); /* unescaping never makes it longer */
    char *out = copy;

    if (copy == NULL)
        return OD_ENOMEM;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((escape != NULL ? escape : end) - at);

        memcpy(out, at, run);
        out += run;
        at += run;
        if (escape != NULL && (at = escape_take(at + 1, end, &out)) == NULL)
            return OD_ESYNTAX;
    }
    *out = '\0';
    *text = copy;
    *size = (size_t)(out - copy);
    return OD_OK;
}

int host_view_text(struct host_view value, struct host_scratch *scratch, const char **text, size_t *size)
{
    if (host_view_type(value) != OD_VALUE_TEXT)
        return OD_EINVAL;
    return host_view_content((struct host_view){value.at + 1, value.size - 2}, scratch, text, size);
}

bool host_view_is(struct host_view content, const char *text)
{
    const char *at = content.at, *end = content.at + content.size;
    size_t size = strlen(text);

    if (content.size == size && memcmp(content.at, text, size) == 0)
        return memchr(text, '\\', size) == NULL;
    if (content.size <= size || memchr(content.at, '\\', content.size) == NULL)
        return false;
    while (at < end) {
        char character[4], *out = character;

        if (*at != '\\')
            *out++ = *at++;
        else if ((at = escape_take(at + 1, end, &out)) == NULL)
            return false;
        size_t count = (size_t)(out - character);
        if (count > size || memcmp(character, text, count) != 0)
            return false;
        text += count;
        size -= count;
    }
    return size == 0;
}

/* An integer literal that fits, without a detour through double. */
static bool integer_read(const char *text, int64_t *out)
{
    bool is_negative = *text == '-';
    int64_t value = 0;

    for (const char *at = text + is_negative; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *at - '0', &value))
            return false; /* counted downwards, because INT64_MIN has no positive */
    }
    if (!is_negative && value == INT64_MIN)
        return false;
    *out = is_negative ? value : -value;
    return true;
}

static double number_read(const char *text)
{
    static locale_t c_locale; /* made once by the plugin's thread, which alone reads numbers */

    if (c_locale == (locale_t)0)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c_locale != (locale_t)0 ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

int host_view_number(struct host_view value, double *number, bool *is_integer, int64_t *integer)
{
    char text[NUMBER_SIZE_MAX + 1];

    if (host_view_type(value) != OD_VALUE_NUMBER || value.size > NUMBER_SIZE_MAX)
        return OD_EINVAL;
    memcpy(text, value.at, value.size);
    text[value.size] = '\0';
    int64_t whole = 0;
    bool is_whole = integer_read(text, &whole);
    double read = is_whole ? (double)whole : number_read(text);
    if (!isfinite(read))
        return OD_ERANGE;
    if (!is_whole && fabs(read) <= 9007199254740992.0 && read == (double)(int64_t)read) {
        whole = (int64_t)read; /* 120.0 and 1e3 are integers too */
        is_whole = true;
    }
    *number = read;
    *is_integer = is_whole;
    *integer = whole;
    return OD_OK;
}

int host_view_i64(struct host_view value, int64_t *out)
{
    double number;
    bool is_integer;
    int64_t integer;

    if (host_view_number(value, &number, &is_integer, &integer) != OD_OK || !is_integer)
        return OD_EINVAL;
    *out = integer;
    return OD_OK;
}
