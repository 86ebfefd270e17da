/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal digits without printf: dates, numbers and JSON integers are written for
 * every task of every answer. Pure. */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stdint.h>

#define BASE_DIGITS_MAX 20 /* of a u64 */

/* Exactly width digits of value (its last ones), with leading zeros; returns the end. No NUL. */
static inline char *base_digits_put(char *at, uint64_t value, unsigned width)
{
    for (unsigned i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + width;
}

/* How many digits value has; 1 for 0. */
static inline unsigned base_digits_count(uint64_t value)
{
    unsigned count = 1;

    while (value >= 10) {
        value /= 10;
        count++;
    }
    return count;
}

#endif
