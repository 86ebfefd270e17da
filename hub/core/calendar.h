/* SPDX-License-Identifier: Apache-2.0 */
/* Working days of one office. Pure: no clock, no locale, no I/O. */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#define CORE_DAY_MAX INT32_C(2932896)  /* 9999-12-31 */
#define CORE_LIMIT_DAYS_MAX 3650       /* a time limit is at most ten years */

/* Days since 1970-01-01 in the center's civil calendar. Not seconds: a time zone
 * must never move a promise. */
typedef int32_t core_day;

/* Minutes since 1970-01-01T00:00 on the center's wall. */
typedef int64_t core_minute;

#define CORE_DAY_MINUTES 1440

enum core_day_kind {
    CORE_DAY_NONE = 0,
    CORE_DAY_WORKING, /* Monday to Friday, or whatever the week says */
    CORE_DAY_WEEKEND,
    CORE_DAY_HOLIDAY, /* listed as off, whatever its weekday */
    CORE_DAY_MAKE_UP, /* listed as worked, whatever its weekday (调休) */
};

struct core_calendar {
    const core_day *holidays; /* holiday_count days off, strictly ascending; borrowed */
    size_t holiday_count;
    const core_day *make_ups; /* make_up_count days worked, strictly ascending, none of them a holiday; borrowed */
    size_t make_up_count;
    uint8_t weekend;        /* bit 0 Monday .. bit 6 Sunday; not all seven */
    core_day published_until; /* dates after this day are provisional */
    core_day published_from; /* first day that the lists tell of; spans from before it are provisional; 0 = unknown */
};

/* What day is, for whoever explains a date. 0 <= day <= CORE_DAY_MAX, here and below.
 * Source: docs/rules/calendar.md C-2. Cost: O(log of the listed days). */
enum core_day_kind core_calendar_kind(const struct core_calendar *calendar, core_day day);

/* WORKING or MAKE_UP. */
bool core_calendar_is_worked(const struct core_calendar *calendar, core_day day);

/* Set *due to the count-th working day strictly after from (count > 0), or strictly
 * before it (count < 0); from itself is never counted, whatever day it is.
 *
 * 0 <= from <= CORE_DAY_MAX.
 * Errors (*due is unchanged):
 *   OD_EINVAL  count is 0 or not in -CORE_LIMIT_DAYS_MAX..CORE_LIMIT_DAYS_MAX
 *   OD_ERANGE  the answer lies outside 0..CORE_DAY_MAX
 * Source: docs/rules/calendar.md C-1. Cost: a search, then O(listed days between). */
OD_MUST_CHECK int core_calendar_due(const struct core_calendar *calendar, core_day from, int count,
                                    core_day *due);

/* The first working day at or after day (rolling a receipt, or a period's end); day
 * may be CORE_DAY_MAX + 1. Errors: OD_ERANGE (*worked unchanged).
 * Source: docs/rules/calendar.md C-4. */
OD_MUST_CHECK int core_calendar_roll(const struct core_calendar *calendar, core_day day,
                                     core_day *worked);

/* Working days in from < day <= until; 0 when until <= from. Cost: O(days walked). */
int core_calendar_count(const struct core_calendar *calendar, core_day from, core_day until);

#endif
