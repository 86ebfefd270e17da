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

/* Listed days in the direction of counting. */
struct listed {
    const core_day *days;
    size_t count;
    size_t at; /* forwards: index of the next; backwards: one more than it */
    int step;
};

static struct listed listed_from(const core_day *days, size_t count, core_day first, int step)
{
    return (struct listed){days, count, lower_bound(days, count, step > 0 ? first : first + 1),
                           step};
}

/* The next listed day; beyond all days when there is none. */
static core_day listed_next(const struct listed *listed)
{
    if (listed->step > 0)
        return listed->at < listed->count ? listed->days[listed->at] : CORE_DAY_MAX + 1;
    return listed->at > 0 ? listed->days[listed->at - 1] : -1;
}

static void listed_pass(struct listed *listed)
{
    listed->at += listed->step > 0 ? 1 : (size_t)-1;
}

static int worked_per_week(const struct core_calendar *calendar)
{
    int worked = 0;

    for (int weekday = 0; weekday < WEEK_DAYS; weekday++)
        worked += !is_weekend(calendar, weekday);
    return worked;
}

/* The count-th day from first on that no weekend takes, as if none were listed; may lie outside
 * 0..CORE_DAY_MAX. */
static core_day plain_nth(const struct core_calendar *calendar, int per_week, core_day first,
                          int count, int step)
{
    core_day day = first + step * ((count - 1) / per_week * WEEK_DAYS);
    int left = (count - 1) % per_week + 1;
    int weekday = (weekday_of(day) + WEEK_DAYS) %
                  WEEK_DAYS; /* the remainder of a day before 1970 may be negative */

    while (is_weekend(calendar, weekday) || --left > 0) {
        day += step;
        weekday = (weekday + step + WEEK_DAYS) % WEEK_DAYS;
    }
    return day;
}

/* Days that no weekend takes, of length days from first on upwards. */
static int plain_count(const struct core_calendar *calendar, int per_week, core_day first,
                       core_day length)
{
    int count = length / WEEK_DAYS * per_week;

    for (core_day day = first + length - length % WEEK_DAYS; day < first + length; day++)
        count += !is_weekend(calendar, weekday_of(day));
    return count;
}

/* Jump from listed day to listed day; between two of them weeks are counted, not days. */
static int due_find(const struct core_calendar *calendar, core_day from, int left, int step,
                    core_day *due)
{
    int per_week = worked_per_week(calendar);
    core_day day = from + step;
    struct listed off = listed_from(calendar->holidays, calendar->holiday_count, day, step);
    struct listed worked = listed_from(calendar->make_ups, calendar->make_up_count, day, step);

    while (day >= 0 && day <= CORE_DAY_MAX) {
        core_day next_off = listed_next(&off), next_worked = listed_next(&worked);
        core_day next = (next_worked - next_off) * step < 0 ? next_worked : next_off;
        core_day length = (next - day) * step;
        core_day plain = length > 0 ? plain_nth(calendar, per_week, day, left, step) : next;

        if ((next - plain) * step > 0) {
            *due = plain;
            return OD_OK;
        }
        if (next < 0 || next > CORE_DAY_MAX)
            return OD_ERANGE;
        left -= plain_count(calendar, per_week, step > 0 ? day : next + 1, length);
        if (next == next_worked && --left == 0) {
            *due = next;
            return OD_OK;
        }
        listed_pass(next == next_worked ? &worked : &off);
        day = next + step;
    }
    return OD_ERANGE;
}

/* C-1: from itself is never counted. */
int core_calendar_due(const struct core_calendar *calendar, core_day from, int count,
                      core_day *due)
{
    assert(from >= 0);
    assert(from <= CORE_DAY_MAX);
    assert((calendar->weekend & WEEK_MASK) != WEEK_MASK);

    if (count == 0 || count < -CORE_LIMIT_DAYS_MAX || count > CORE_LIMIT_DAYS_MAX)
        return OD_EINVAL;
    return due_find(calendar, from, count > 0 ? count : -count, count > 0 ? 1 : -1, due);
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
