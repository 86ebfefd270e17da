/* SPDX-License-Identifier: Apache-2.0 */
#include "wall.h"

#include <time.h>

#define DAY_MS INT64_C(86400000)

void wall_open(void)
{
    tzset(); /* localtime_r does not read the zone again */
}

static int64_t offset_ms(int64_t utc_ms)
{
    time_t seconds = (time_t)(utc_ms / 1000);
    struct tm civil;

    return localtime_r(&seconds, &civil) != NULL ? (int64_t)civil.tm_gmtoff * 1000 : 0;
}

/* Not mktime: in the hour that comes twice its answer hangs on the calls before. */
static int64_t utc_of(int64_t civil_ms)
{
    int64_t earlier_ms = offset_ms(civil_ms - DAY_MS), later_ms = offset_ms(civil_ms + DAY_MS), utc_ms = civil_ms - earlier_ms;

    if (earlier_ms != later_ms && offset_ms(utc_ms) != earlier_ms && offset_ms(civil_ms - later_ms) == later_ms)
        utc_ms = civil_ms - later_ms;
    return utc_ms;
}

int64_t wall_next(int64_t after_ms, int64_t at_ms)
{
    int64_t civil_ms = after_ms + offset_ms(after_ms), midnight_ms = civil_ms - civil_ms % DAY_MS;
    int64_t due_ms = utc_of(midnight_ms + at_ms);

    return due_ms > after_ms ? due_ms : utc_of(midnight_ms + DAY_MS + at_ms);
}
