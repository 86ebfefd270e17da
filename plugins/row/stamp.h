/* SPDX-License-Identifier: Apache-2.0 */
/* A moment as departments write it. Pure. */
#ifndef ROW_STAMP_H
#define ROW_STAMP_H

#include <stdint.h>

#define STAMP_SIZE 24 /* with NUL */

/* "2026-11-29T05:30:00Z" of UTC milliseconds since 1970, from 0 to the end of the year 9999. */
void stamp_write(int64_t at_ms, char out[STAMP_SIZE]);

#endif
