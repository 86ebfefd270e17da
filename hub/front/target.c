/* SPDX-License-Identifier: Apache-2.0 */
#include "front/target.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define BYTE_END (-1)
#define BYTE_BROKEN (-2)

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The next decoded byte of text, or BYTE_END, BYTE_BROKEN. */
static int byte_take(const char *text, size_t size, size_t *at, bool is_query)
{
    if (*at == size)
        return BYTE_END;
    char byte = text[(*at)++];
    if (byte == '+' && is_query)
        return ' ';
    if (byte != '%')
        return (unsigned char)byte;
    if (size - *at < 2)
        return BYTE_BROKEN;
    int high = hex_value(text[*at]), low = hex_value(text[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? BYTE_BROKEN : high << 4 | low;
}

/* UTF-8 by RFC 3629, byte by byte: the range that the next byte has to be in. */
struct utf8 {
    unsigned left;
    uint8_t low, high;
};

static bool utf8_lead(struct utf8 *utf8, uint8_t byte)
{
    *utf8 = (struct utf8){.low = 0x80, .high = 0xbf};
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    utf8->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0)
        utf8->low = 0xa0;
    if (byte == 0xed)
        utf8->high = 0x9f;
    if (byte == 0xf0)
        utf8->low = 0x90;
    if (byte == 0xf4)
        utf8->high = 0x8f;
    return true;
}

static bool utf8_feed(struct utf8 *utf8, uint8_t byte)
{
    if (utf8->left == 0)
        return utf8_lead(utf8, byte);
    if (byte < utf8->low || byte > utf8->high)
        return false;
    utf8->left--;
    utf8->low = 0x80;
    utf8->high = 0xbf;
    return true;
}

/* Decode into out (NULL: only check). Errors as the callers'. */
static int decode(const char *text, size_t size, bool is_query, char *out, size_t room)
{
    struct utf8 utf8 = {0};
    size_t at = 0, count = 0;
    int byte;

    while ((byte = byte_take(text, size, &at, is_query)) >= 0) {
        if (byte < 0x20 || byte == 0x7f || !utf8_feed(&utf8, (uint8_t)byte))
            return OD_ESYNTAX;
        if (out == NULL)
            continue;
        if (count + 1 >= room)
            return OD_ELIMIT;
        out[count++] = (char)byte;
    }
    if (byte == BYTE_BROKEN || utf8.left > 0)
        return OD_ESYNTAX;
    if (out != NULL)
        out[count] = '\0';
    return OD_OK;
}

/* Step over "http://host" or "https://host". */
static size_t authority_take(const char *text, size_t size, struct front_target *target)
{
    size_t from = 0, end;

    if (size > 7 && strncasecmp(text, "http://", 7) == 0)
        from = 7;
    else if (size > 8 && strncasecmp(text, "https://", 8) == 0)
        from = 8;
    else
        return 0;
    for (end = from; end < size && text[end] != '/' && text[end] != '?'; end++)
        ;
    target->authority = text + from;
    target->authority_size = end - from;
    return end;
}

int front_target_split(const char *text, size_t size, struct front_target *out)
{
    struct front_target target = {0};

    if (memchr(text, '#', size) != NULL)
        return OD_ESYNTAX;
    size_t from = authority_take(text, size, &target);
    if (target.authority != NULL && target.authority_size == 0)
        return OD_ESYNTAX;
    const char *mark = memchr(text + from, '?', size - from);
    target.path = text + from;
    target.path_size = mark == NULL ? size - from : (size_t)(mark - target.path);
    if (mark != NULL) {
        target.query = mark + 1;
        target.query_size = size - (size_t)(target.query - text);
    }
    if (target.authority != NULL &&
        target.path_size == 0) { /* "http://host?query" asks for "/" */
        target.path = "/";
        target.path_size = 1;
    }
    if (target.path_size == 0 || target.path[0] != '/')
        return OD_ESYNTAX;
    if (decode(target.query, target.query_size, true, NULL, 0) != OD_OK)
        return OD_ESYNTAX;
    *out = target;
    return OD_OK;
}

static bool has_dot_segment(const char *path)
{
    while (*path != '\0') {
        size_t size = strcspn(path, "/\\");

        if ((size == 1 && path[0] == '.') || (size == 2 && path[0] == '.' && path[1] == '.'))
            return true;
        path += size;
        if (*path != '\0')
            path++;
    }
    return false;
}

int front_path_decode(const char *path, size_t size, char *out, size_t room)
{
    int rc = decode(path, size, false, out, room);

    if (rc == OD_OK && has_dot_segment(out))
        rc = OD_ESYNTAX;
    return rc;
}

/* Does the decoded name of a pair equal name? */
static bool is_name(const char *text, size_t size, const char *name)
{
    size_t at = 0;
    int byte;

    while ((byte = byte_take(text, size, &at, true)) >= 0)
        if (byte != (unsigned char)*name++)
            return false;
    return *name == '\0';
}

const char *front_query_find(const char *query, size_t size, const char *name,
                             struct base_arena *arena)
{
    size_t from = 0;

    while (from < size) {
        const char *pair = query + from;
        const char *end = memchr(pair, '&', size - from);
        size_t pair_size = end == NULL ? size - from : (size_t)(end - pair);
        const char *sign = memchr(pair, '=', pair_size);
        size_t name_size = sign == NULL ? pair_size : (size_t)(sign - pair);

        from += pair_size + 1;
        if (!is_name(pair, name_size, name))
            continue;
        size_t value_size = sign == NULL ? 0 : pair_size - name_size - 1;
        char *value = base_arena_take(arena, value_size + 1);
        if (value == NULL || decode(sign == NULL ? "" : sign + 1, value_size, true, value,
                                    value_size + 1) != OD_OK)
            return NULL;
        return value;
    }
    return NULL;
}

/* As it came; what a header field's link cannot hold as it is, is escaped. RFC 3986 section 2, RFC 8288 section 3. */
static void put_pair(struct base_buffer *buffer, const char *pair, size_t size)
{
    base_buffer_put(buffer, "&", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)pair[i];
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                        (byte != '\0' && strchr("-._~%+=:@/,!*()", byte) != NULL);

        if (is_plain)
            base_buffer_put(buffer, pair + i, 1);
        else
            base_buffer_put_format(buffer, "%%%02X", byte);
    }
}

void front_query_put_others(struct base_buffer *buffer, const char *query, size_t size, const char *without)
{
    for (size_t from = 0; from < size;) {
        const char *pair = query + from, *end = memchr(pair, '&', size - from);
        size_t pair_size = end == NULL ? size - from : (size_t)(end - pair);
        const char *sign = memchr(pair, '=', pair_size);

        if (pair_size > 0 && !is_name(pair, sign == NULL ? pair_size : (size_t)(sign - pair), without))
            put_pair(buffer, pair, pair_size);
        from += pair_size + 1;
    }
}
