/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences about what came from elsewhere. Pure. */
#ifndef ROW_TEXT_H
#define ROW_TEXT_H

#include <stddef.h>

/* As snprintf; what was cut in the middle of a character, or was never UTF-8 (the name of a file), becomes '?'. */
__attribute__((format(printf, 3, 4))) void text_format(char *out, size_t size, const char *format, ...);

#endif
