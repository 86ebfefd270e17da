/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "base/memory.h"

#define KEPT_BEFORE 3 /* characters of a masked number that stay, at its front */
#define KEPT_BEHIND 4 /* and at its end */
#define MASKED_MIN 4  /* at least so many are hidden */

#define ROOM_MIN 256

void base_buffer_fini(struct base_buffer *buffer)
{
    base_free(buffer->bytes);
    *buffer = (struct base_buffer){0};
}

void base_buffer_clear(struct base_buffer *buffer)
{
    buffer->size = 0;
    buffer->is_broken = false;
    buffer->has_item = false;
}

int base_buffer_reserve(struct base_buffer *buffer, size_t size)
{
    size_t room = buffer->room > 0 ? buffer->room : ROOM_MIN;

    if (buffer->is_broken)
        return OD_ENOMEM;
    if (buffer->room - buffer->size >= size)
        return OD_OK;
    if (size > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4) {
        buffer->is_broken = true; /* doubling would wrap */
        return OD_ENOMEM;
    }
    while (room - buffer->size < size)
        room *= 2;
    char *bytes = base_realloc(buffer->bytes, room);
    if (bytes == NULL) {
        buffer->is_broken = true;
        return OD_ENOMEM;
    }
    buffer->bytes = bytes;
    buffer->room = room;
    return OD_OK;
}

void base_buffer_put(struct base_buffer *buffer, const void *bytes, size_t size)
{
    if (size == 0 || base_buffer_reserve(buffer, size) != OD_OK)
        return;
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

void base_buffer_put_text(struct base_buffer *buffer, const char *text)
{
    base_buffer_put(buffer, text, strlen(text));
}

void base_buffer_put_format(struct base_buffer *buffer, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size >= 0 && base_buffer_reserve(buffer, (size_t)size + 1) == OD_OK) {
        vsnprintf(buffer->bytes + buffer->size, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    }
    va_end(again);
}

const char *base_buffer_text(struct base_buffer *buffer)
{
    if (buffer->is_broken || base_buffer_reserve(buffer, 1) != OD_OK)
        return "";
    buffer->bytes[buffer->size] = '\0';
    return buffer->bytes;
}

char *base_buffer_take(struct base_buffer *buffer, size_t *size)
{
    char *bytes = NULL;

    if (base_buffer_reserve(buffer, 1) == OD_OK) {
        buffer->bytes[buffer->size] = '\0';
        bytes = buffer->bytes;
        *size = buffer->size;
        buffer->bytes = NULL;
    }
    base_buffer_fini(buffer);
    return bytes;
}

/* Bytes that JSON wants escaped; everything else is copied in runs. */
static void put_escaped(struct base_buffer *buffer, unsigned char byte)
{
    switch (byte) {
    case '"': base_buffer_put(buffer, "\\\"", 2); break;
    case '\\': base_buffer_put(buffer, "\\\\", 2); break;
    case '\n': base_buffer_put(buffer, "\\n", 2); break;
    case '\r': base_buffer_put(buffer, "\\r", 2); break;
    case '\t': base_buffer_put(buffer, "\\t", 2); break;
    default: base_buffer_put_format(buffer, "\\u%04x", byte); break;
    }
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

static size_t plain_run(const char *text, size_t size)
{
    size_t run = 0;

    while (run < size && is_plain((unsigned char)text[run]))
        run++;
    return run;
}

static void put_quoted(struct base_buffer *buffer, const char *text, size_t size)
{
    size_t run = plain_run(text, size);

    if (run == size && base_buffer_reserve(buffer, size + 2) == OD_OK) { /* nearly always */
        char *at = buffer->bytes + buffer->size;

        *at = '"';
        memcpy(at + 1, text, size);
        at[size + 1] = '"';
        buffer->size += size + 2;
        return;
    }
    base_buffer_put(buffer, "\"", 1);
    while (size > 0) {
        run = plain_run(text, size);
        base_buffer_put(buffer, text, run);
        if (run < size)
            put_escaped(buffer, (unsigned char)text[run++]);
        text += run;
        size -= run;
    }
    base_buffer_put(buffer, "\"", 1);
}

static void put_lead(struct base_buffer *buffer, const char *key)
{
    if (buffer->has_item)
        base_buffer_put(buffer, ",", 1);
    if (key != NULL) {
        put_quoted(buffer, key, strlen(key));
        base_buffer_put(buffer, ":", 1);
    }
    buffer->has_item = true;
}

void base_json_open(struct base_buffer *buffer, const char *key, char bracket)
{
    put_lead(buffer, key);
    base_buffer_put(buffer, &bracket, 1);
    buffer->has_item = false;
}

void base_json_close(struct base_buffer *buffer, char bracket)
{
    base_buffer_put(buffer, &bracket, 1);
    buffer->has_item = true;
}

void base_json_put_text_n(struct base_buffer *buffer, const char *key, const char *text, size_t size)
{
    put_lead(buffer, key);
    put_quoted(buffer, text, size);
}

void base_json_put_masked(struct base_buffer *buffer, const char *key, const char *text)
{
    struct base_buffer masked = {0};
    size_t size = strlen(text);
    bool has_ends = size >= KEPT_BEFORE + KEPT_BEHIND + MASKED_MIN;

    for (size_t i = 0; i < size; i++) {
        bool is_kept = has_ends && (i < KEPT_BEFORE || i >= size - KEPT_BEHIND) && (unsigned char)text[i] < 0x80;

        base_buffer_put(&masked, is_kept ? &text[i] : "*", 1);
    }
    buffer->is_broken = buffer->is_broken || masked.is_broken;
    base_json_put_text_n(buffer, key, base_buffer_text(&masked), masked.is_broken ? 0 : masked.size);
    base_buffer_fini(&masked);
}

void base_json_put_text(struct base_buffer *buffer, const char *key, const char *text)
{
    if (text == NULL)
        base_json_put_null(buffer, key);
    else
        base_json_put_text_n(buffer, key, text, strlen(text));
}

void base_json_put_i64(struct base_buffer *buffer, const char *key, int64_t value)
{
    char digits[BASE_DIGITS_MAX + 1];
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *at = digits;

    if (value < 0)
        *at++ = '-';
    at = base_digits_put(at, magnitude, base_digits_count(magnitude));
    base_json_put_raw(buffer, key, digits, (size_t)(at - digits));
}

void base_json_put_bool(struct base_buffer *buffer, const char *key, bool value)
{
    base_json_put_raw(buffer, key, value ? "true" : "false", value ? 4 : 5);
}

void base_json_put_null(struct base_buffer *buffer, const char *key)
{
    base_json_put_raw(buffer, key, "null", 4);
}

void base_json_put_raw(struct base_buffer *buffer, const char *key, const char *value, size_t size)
{
    put_lead(buffer, key);
    base_buffer_put(buffer, value, size);
}
