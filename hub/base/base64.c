/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_three(const uint8_t *in, size_t left, char *text)
{
    uint32_t word = (uint32_t)in[0] << 16 | (uint32_t)(left > 1 ? in[1] : 0) << 8 | (uint32_t)(left > 2 ? in[2] : 0);

    text[0] = alphabet[word >> 18];
    text[1] = alphabet[word >> 12 & 63];
    text[2] = left > 1 ? alphabet[word >> 6 & 63] : '=';
    text[3] = left > 2 ? alphabet[word & 63] : '=';
}

void base_base64_write(const void *bytes, size_t size, char *text)
{
    const uint8_t *in = bytes;

    for (size_t i = 0; i < size; i += 3, text += 4)
        encode_three(in + i, size - i, text);
}

void base_json_put_base64(struct base_buffer *buffer, const char *key, const void *bytes, size_t size)
{
    base_json_put_raw(buffer, key, "\"", 1);
    if (base_buffer_reserve(buffer, BASE_BASE64_SIZE(size) + 1) != OD_OK)
        return; /* the buffer remembers it */
    base_base64_write(bytes, size, buffer->bytes + buffer->size);
    buffer->size += BASE_BASE64_SIZE(size);
    base_buffer_put(buffer, "\"", 1);
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Four characters to three bytes; pad of them are '='. */
static int decode_four(const char *text, unsigned pad, uint8_t *bytes)
{
    uint32_t word = 0;

    for (unsigned i = 0; i < 4; i++) {
        int value = i >= 4 - pad ? 0 : digit(text[i]);

        if (value < 0)
            return OD_ESYNTAX;
        word = word << 6 | (uint32_t)value;
    }
    if ((pad == 1 && (word & 0xff) != 0) || (pad == 2 && (word & 0xffff) != 0))
        return OD_ESYNTAX;
    for (unsigned i = 0; i < 3 - pad; i++)
        bytes[i] = (uint8_t)(word >> (16 - 8 * i));
    return OD_OK;
}

int base_base64_read(const char *text, size_t text_size, void *bytes, size_t *size)
{
    uint8_t *out = bytes;
    unsigned pad = 0;

    if (text_size % 4 != 0)
        return OD_ESYNTAX;
    if (text_size > 0 && text[text_size - 1] == '=')
        pad = text[text_size - 2] == '=' ? 2 : 1;
    for (size_t i = 0; i < text_size; i += 4)
        if (decode_four(text + i, i + 4 == text_size ? pad : 0, out + i / 4 * 3) != OD_OK)
            return OD_ESYNTAX;
    *size = text_size / 4 * 3 - pad;
    return OD_OK;
}
