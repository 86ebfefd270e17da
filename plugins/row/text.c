/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../http/json.h"

#define CHARACTER_MAX 4 /* bytes */

/* Bytes of the character at at, 0 = none. */
static size_t character(const char *at)
{
    size_t left = strlen(at);

    for (size_t size = 1; size <= CHARACTER_MAX && size <= left; size++) {
        if (json_is_utf8(at, size))
            return size;
    }
    return 0;
}

void text_format(char *out, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(out, size, format, arguments);
    va_end(arguments);
    while (*out != '\0') {
        size_t bytes = character(out);

        if (bytes == 0)
            *out = '?';
        out += bytes > 0 ? bytes : 1;
    }
}
