/* SPDX-License-Identifier: Apache-2.0 */
#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/error.h>

#define ROOM_MIN 256

void out_fini(struct out *out)
{
    free(out->bytes);
    *out = (struct out){.size_max = out->size_max};
}

/* Room for size more bytes and a NUL. */
static int reserve(struct out *out, size_t size)
{
    size_t room = out->room > 0 ? out->room : ROOM_MIN;

    if (size > out->size_max - out->size)
        return OD_ELIMIT;
    while (room <= out->size + size)
        room *= 2;
    if (room == out->room)
        return OD_OK;
    char *bytes = realloc(out->bytes, room);
    if (bytes == NULL)
        return OD_ENOMEM;
    out->bytes = bytes;
    out->room = room;
    return OD_OK;
}

void out_put(struct out *out, const char *bytes, size_t size)
{
    if (out->error == OD_OK)
        out->error = reserve(out, size);
    if (out->error != OD_OK || size == 0)
        return;
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

void out_text(struct out *out, const char *text)
{
    out_put(out, text, strlen(text));
}

void out_escaped(struct out *out, const char *text, size_t size)
{
    size_t from = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escape[8];

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        out_put(out, text + from, i - from);
        int length = byte < ' ' ? snprintf(escape, sizeof(escape), "\\u%04x", byte)
                                : snprintf(escape, sizeof(escape), "\\%c", byte);
        out_put(out, escape, (size_t)length);
        from = i + 1;
    }
    out_put(out, text + from, size - from);
}

void out_quoted(struct out *out, const char *text, size_t size)
{
    out_put(out, "\"", 1);
    out_escaped(out, text, size);
    out_put(out, "\"", 1);
}

static int is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void out_percent(struct out *out, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < size; i++) {
        char escape[3] = {'%', digits[(unsigned char)text[i] >> 4], digits[(unsigned char)text[i] & 15]};

        if (is_unreserved(text[i]))
            out_put(out, text + i, 1);
        else
            out_put(out, escape, sizeof(escape));
    }
}

void out_hex(struct out *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

        out_put(out, pair, sizeof(pair));
    }
}

char *out_take(struct out *out)
{
    out_put(out, "", 0); /* makes the room for the NUL */
    if (out->error != OD_OK) {
        free(out->bytes);
        out->bytes = NULL;
    }
    char *bytes = out->bytes;
    if (bytes != NULL)
        bytes[out->size] = '\0';
    *out = (struct out){.size_max = out->size_max, .error = out->error};
    return bytes;
}
