/* SPDX-License-Identifier: Apache-2.0 */
#include "host/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void host_base64_encode(const void *bytes, size_t size, char *text)
{
    const uint8_t *in = bytes;

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t word = (uint32_t)in[i] << 16 | (uint32_t)(left > 1 ? in[i + 1] : 0) << 8 |
                        (uint32_t)(left > 2 ? in[i + 2] : 0);

        *text++ = alphabet[word >> 18];
        *text++ = alphabet[word >> 12 & 63];
        *text++ = left > 1 ? alphabet[word >> 6 & 63] : '=';
        *text++ = left > 2 ? alphabet[word & 63] : '=';
    }
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
static int decode_four(const char *text, unsigned pad, unsigned char *bytes)
{
    uint32_t word = 0;

    for (unsigned i = 0; i < 4; i++) {
        int value = i >= 4 - pad ? 0 : digit(text[i]);

        if (value < 0)
            return OD_ESYNTAX;
        word = word << 6 | (uint32_t)value;
    }
    if ((pad == 1 && (word & 0xff) != 0) || (pad == 2 && (word & 0xffff) != 0))
        return OD_ESYNTAX; /* bits that no encoder sets */
    for (unsigned i = 0; i < 3 - pad; i++)
        bytes[i] = (unsigned char)(word >> (16 - 8 * i));
    return OD_OK;
}

int host_base64_decode(const char *text, size_t text_size, unsigned char *bytes, size_t *size)
{
    unsigned pad = 0;

    if (text_size % 4 != 0)
        return OD_ESYNTAX;
    if (text_size > 0 && text[text_size - 1] == '=')
        pad = text[text_size - 2] == '=' ? 2 : 1;
    for (size_t i = 0; i < text_size; i += 4) {
        if (decode_four(text + i, i + 4 == text_size ? pad : 0, bytes + i / 4 * 3) != OD_OK)
            return OD_ESYNTAX;
    }
    *size = text_size / 4 * 3 - pad;
    return OD_OK;
}
