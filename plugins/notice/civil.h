/* SPDX-License-Identifier: Apache-2.0 */
/* The civil time of a moment, in UTC. Pure: gmtime(3) reads files, and a module has none. */
#ifndef NOTICE_CIVIL_H
#define NOTICE_CIVIL_H

#include <stdint.h>

struct civil {
    int year, month, day, hour, minute, second, weekday; /* month and day from 1; weekday 0 = Thursday, as in 1970 */
};

/* at_ms >= 0: milliseconds since 1970. Proleptic Gregorian. */
static inline struct civil civil_of(int64_t at_ms)
{
    int64_t seconds = at_ms / 1000, days = seconds / 86400, rest = seconds % 86400, shifted_days = days + 719468;
    int64_t era = shifted_days / 146097, of_era = shifted_days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    struct civil civil = {.day = (int)(of_year - (153 * month + 2) / 5 + 1), .month = (int)(month < 10 ? month + 3 : month - 9),
                          .hour = (int)(rest / 3600), .minute = (int)(rest / 60 % 60), .second = (int)(rest % 60),
                          .weekday = (int)(days % 7)};

    civil.year = (int)(year + era * 400 + (civil.month <= 2));
    return civil;
}

#endif
