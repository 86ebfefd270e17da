/* SPDX-License-Identifier: Apache-2.0 */
#include "host/base64.h"

#include "base/base64.h"

void host_base64_encode(const void *bytes, size_t size, char *text)
{
    base_base64_write(bytes, size, text);
}

int host_base64_decode(const char *text, size_t text_size, unsigned char *bytes, size_t *size)
{
    return base_base64_read(text, text_size, bytes, size);
}
