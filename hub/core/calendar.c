/* SPDX-License-Identifier: Apache-2.0 */
#include "core/calendar.h"

#include <assert.h>

#define WEEK_DAYS 7
#define WEEK_MASK 0x7fu
#define EPOCH_WEEKDAY 3 /* 1970-01-01 was a Thursday; Monday is 0 */

/* Walks upwards day by day, so that each day costs a comparison and no search. */
struct walk {
    const struct core_calendar *calendar;
    size_t holiday; /* index of the first holiday at or after the next day */
    size_t make_up;
    int weekday; /* of the next day */
};

/* Index of the first of count ascending days that is not before day. */
static size_t lower_bound(const core_day *days, size_t count, core_day day)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_listed(const core_day *days, size_t count, core_day day)
{
    size_t index = lower_bound(days, count, day);

    return index < count && days[index] == day;
}

static int weekday_of(core_day day)
{
    return (int)((day + EPOCH_WEEKDAY) % WEEK_DAYS);
}

static bool is_weekend(const struct core_calendar *calendar, int weekday)
{
    return (calendar->weekend >> weekday & 1u) != 0;
}

/* C-2: a listed day is what the list says, whatever its weekday. */
enum core_day_kind core_calendar_kind(const struct core_calendar *calendar, core_day day)
{
    assert(day >= 0);
    assert(day <= CORE_DAY_MAX);

    if (is_listed(calendar->holidays, calendar->holiday_count, day))
        return CORE_DAY_HOLIDAY;
    if (is_listed(calendar->make_ups, calendar->make_up_count, day))
        return CORE_DAY_MAKE_UP;
    return is_weekend(calendar, weekday_of(day)) ? CORE_DAY_WEEKEND : CORE_DAY_WORKING;
}

bool core_calendar_is_worked(const struct core_calendar *calendar, core_day day)
{
    enum core_day_kind kind = core_calendar_kind(calendar, day);

    return kind == CORE_DAY_WORKING || kind == CORE_DAY_MAKE_UP;
}

static void walk_init(struct walk *walk, const struct core_calendar *calendar, core_day first)
{
    assert((calendar->weekend & WEEK_MASK) != WEEK_MASK);

    *walk = (struct walk){
        .calendar = calendar,
        .holiday = lower_bound(calendar->holidays, calendar->holiday_count, first),
        .make_up = lower_bound(calendar->make_ups, calendar->make_up_count, first),
        .weekday = weekday_of(first),
    };
}

/* Is day, the one after the day of the call before, worked? C-2, as core_calendar_kind. */
static bool walk_is_worked(struct walk *walk, core_day day)
{
    const struct core_calendar *calendar = walk->calendar;
    int weekday = walk->weekday;

    walk->weekday = weekday == WEEK_DAYS - 1 ? 0 : weekday + 1;
    if (walk->holiday < calendar->holiday_count && calendar->holidays[walk->holiday] == day) {
        walk->holiday++;
        return false;
    }
    if (walk->make_up < calendar->make_up_count && calendar->make_ups[walk->make_up] == day) {
        walk->make_up++;
        return true;
    }
    return !is_weekend(calendar, weekday);
}

static int due_before(const struct core_calendar *calendar, core_day from, int count,
                      core_day *due)
{
    int left = -count;

    for (core_day day = from - 1; day >= 0; day--) {
        if (core_calendar_is_worked(calendar, day) && --left == 0) {
            *due = day;
            return OD_OK;
        }
    }
    return OD_ERANGE;
}

/* C-1: from itself is never counted. */
int core_calendar_due(const struct core_calendar *calendar, core_day from, int count,
                      core_day *due)
{
    assert(from >= 0);
    assert(from <= CORE_DAY_MAX);

    if (count == 0 || count < -CORE_LIMIT_DAYS_MAX || count > CORE_LIMIT_DAYS_MAX)
        return OD_EINVAL;
    if (count < 0)
        return due_before(calendar, from, count, due);

    struct walk walk;
    int left = count;
    walk_init(&walk, calendar, from + 1);
    for (core_day day = from + 1; day <= CORE_DAY_MAX; day++) {
        if (walk_is_worked(&walk, day) && --left == 0) {
            *due = day;
            return OD_OK;
        }
    }
    return OD_ERANGE;
}

/* C-4. */
int core_calendar_roll(const struct core_calendar *calendar, core_day day, core_day *worked)
{
    assert(day >= 0);

    struct walk walk;
    walk_init(&walk, calendar, day);
    for (core_day next = day; next <= CORE_DAY_MAX; next++) {
        if (walk_is_worked(&walk, next)) {
            *worked = next;
            return OD_OK;
        }
    }
    return OD_ERANGE;
}

int core_calendar_count(const struct core_calendar *calendar, core_day from, core_day until)
{
    assert(from >= 0);
    assert(until <= CORE_DAY_MAX);

    struct walk walk;
    int count = 0;
    walk_init(&walk, calendar, from + 1);
    for (core_day day = from + 1; day <= until; day++)
        count += walk_is_worked(&walk, day);
    return count;
}
