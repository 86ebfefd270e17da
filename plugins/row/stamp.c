/* SPDX-License-Identifier: Apache-2.0 */
#include "stamp.h"

#include <stdio.h>

#define AT_MS_MAX INT64_C(253402300799999)

/* Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
void stamp_write(int64_t at_ms, char out[STAMP_SIZE])
{
    int64_t seconds = (at_ms < 0 ? 0 : at_ms > AT_MS_MAX ? AT_MS_MAX : at_ms) / 1000;
    int64_t shifted = seconds / 86400 + 719468, rest = seconds % 86400; /* from 0000-03-01 */
    int64_t era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100), month = (5 * day_of_year + 2) / 153;
    unsigned day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);

    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    snprintf(out, STAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000, (unsigned)month % 100, day % 100,
             (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
}
