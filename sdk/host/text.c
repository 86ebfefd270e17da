/* SPDX-License-Identifier: Apache-2.0 */
#include "host/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the character at at, 0 = none is well formed. A NUL ends every run, so
 * nothing past it is read. */
static size_t character_size(const uint8_t *at)
{
    uint8_t lead = at[0];

    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4 || !is_tail(at[1]))
        return 0;
    if (lead < 0xe0)
        return 2;
    if ((lead == 0xe0 && at[1] < 0xa0) || (lead == 0xed && at[1] > 0x9f) || !is_tail(at[2]))
        return 0;
    if (lead < 0xf0)
        return 3;
    if ((lead == 0xf0 && at[1] < 0x90) || (lead == 0xf4 && at[1] > 0x8f) || !is_tail(at[3]))
        return 0;
    return 4;
}

int host_text_check(const char *text, size_t size_max, size_t *size)
{
    size_t length = text != NULL ? strnlen(text, size_max + 1) : 0;

    if (length > size_max)
        return OD_ELIMIT;
    for (size_t i = 0; i < length;) {
        size_t step = character_size((const uint8_t *)text + i);

        if (step == 0)
            return OD_ESYNTAX;
        i += step;
    }
    *size = length;
    return OD_OK;
}
