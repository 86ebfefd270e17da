/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sim_count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static bool *day_of(struct count_table *table, core_day day)
{
    bool is_in = day >= table->first && day < table->first + COUNT_DAYS;

    return is_in ? &table->is_worked[day - table->first] : NULL;
}

static void mark(struct count_table *table, const core_day *days, size_t count, bool is_worked)
{
    for (size_t i = 0; i < count; i++)
        if (day_of(table, days[i]) != NULL)
            *day_of(table, days[i]) = is_worked;
}

void count_table_init(struct count_table *table, const struct core_calendar *calendar, core_day first_day)
{
    table->first = first_day - COUNT_BEFORE;
    table->published_from = calendar->published_from;
    table->published_until = calendar->published_until;
    for (int i = 0; i < COUNT_DAYS; i++)
        table->is_worked[i] = (calendar->weekend & 1u << (table->first + i + 3) % 7) == 0; /* day 0 was a Thursday */
    mark(table, calendar->make_ups, calendar->make_up_count, true);
    mark(table, calendar->holidays, calendar->holiday_count, false);
}

static bool is_worked(const struct count_table *table, core_day day)
{
    assert_true(day >= table->first && day < table->first + COUNT_DAYS);
    return table->is_worked[day - table->first];
}

core_day count_roll(const struct count_table *table, core_day day)
{
    while (!is_worked(table, day))
        day++;
    return day;
}

static bool is_for(const struct count_clock *clock, const struct count_stop *stop)
{
    bool is_own = clock->task == CORE_TASKS_MAX || clock->task == stop->task;

    return is_own && (clock->pause_on & 1u << stop->kind) != 0;
}

/* -- Months, by walking over them -- */

struct civil {
    int year, month, day;
};

static int month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return lengths[month - 1] + (month == 2 && is_leap);
}

static struct civil next_month(struct civil date)
{
    return date.month == 12 ? (struct civil){date.year + 1, 1, 1} : (struct civil){date.year, date.month + 1, 1};
}

static struct civil civil_of(core_day day)
{
    struct civil date = {1970, 1, 1};

    while (day >= month_length(date.year, date.month)) {
        day -= month_length(date.year, date.month);
        date = next_month(date);
    }
    date.day = day + 1;
    return date;
}

/* The day of the same number `months` later, or the last one of its month. */
static core_day months_later(core_day from, int months)
{
    struct civil date = civil_of(from), at = {date.year, date.month, 1};
    core_day first = from - (date.day - 1);

    for (int i = 0; i < months; i++) {
        first += month_length(at.year, at.month);
        at = next_month(at);
    }
    int last = month_length(at.year, at.month);
    return first + (date.day < last ? date.day : last) - 1;
}

/* A month that begins with the start day ends on the day before the one of the same number. */
static core_day month_end(const struct count_clock *clock)
{
    core_day end = clock->limit.counts_start_day ? months_later(clock->start - 1, clock->limit.length)
                                                 : months_later(clock->start, clock->limit.length);

    if (clock->limit.counts_start_day && civil_of(clock->start).day == 1)
        end = months_later(clock->start, clock->limit.length) - 1;
    if (clock->extended > 0 && clock->limit.extend.unit != CORE_UNIT_CALENDAR_DAY)
        return months_later(end, clock->extended);
    return end + clock->extended;
}

/* -- Days, one by one -- */

static int length_of(const struct count_clock *clock)
{
    if (clock->limit.unit == CORE_UNIT_MONTH)
        return month_end(clock) - clock->start + clock->limit.counts_start_day;
    return clock->limit.length + clock->extended;
}

static bool is_taken_away(const struct count_clock *clock, const struct count_stops *stops, core_day day)
{
    for (unsigned i = 0; i < stops->count; i++) {
        const struct count_stop *stop = &stops->items[i];
        bool is_inside = stop->from < day && day < stop->until;
        bool is_on_edge = (day == stop->from && clock->limit.is_pause_day_free &&
                           (day < stop->until || !clock->limit.is_resume_day_counted)) ||
                          (day == stop->until && !clock->limit.is_resume_day_counted &&
                           (day > stop->from || clock->limit.is_pause_day_free));
        if (!stop->is_open && is_for(clock, stop) && (is_inside || is_on_edge))
            return true;
    }
    return false;
}

static bool is_counted(const struct count_clock *clock, const struct count_stops *stops, core_day day)
{
    if (day == clock->start && !clock->limit.counts_start_day)
        return false;
    if (clock->limit.unit == CORE_UNIT_WORKING_DAY && !is_worked(clock->table, day))
        return false;
    return !is_taken_away(clock, stops, day);
}

/* Did it stand still when that day ended? */
static bool is_held(const struct count_clock *clock, const struct count_stops *stops, core_day day)
{
    for (unsigned i = 0; i < stops->count; i++) {
        const struct count_stop *stop = &stops->items[i];
        if (!stop->is_open && is_for(clock, stop) && stop->from <= day && day < stop->until)
            return true;
    }
    return false;
}

static bool may_rest(const struct count_clock *clock, core_day day)
{
    bool needs_work = clock->limit.unit == CORE_UNIT_WORKING_DAY || clock->limit.end_roll != CORE_END_ROLL_NONE;

    return !needs_work || is_worked(clock->table, day);
}

/* The day on which so many days have counted; to_rest: and on which the limit may end. */
static core_day walk(const struct count_clock *clock, const struct count_stops *stops, int length, bool to_rest)
{
    int used = 0;

    for (core_day day = clock->start;; day++) {
        used += is_counted(clock, stops, day);
        if (used >= length && (!to_rest || (may_rest(clock, day) && !is_held(clock, stops, day))))
            return day;
    }
}

static core_day warn_day(const struct count_clock *clock, const struct count_stops *stops)
{
    core_day warn = 0, by_days = clock->due;
    int length = length_of(clock), part = (length * clock->limit.warn_percent + 99) / 100;

    if (clock->limit.warn_percent > 0)
        warn = walk(clock, stops, part > 1 ? part : 1, false);
    for (int left = clock->limit.warn_days; left > 0;)
        left -= is_worked(clock->table, --by_days);
    if (clock->limit.warn_days > 0 && (warn == 0 || by_days < warn))
        warn = by_days;
    return warn != 0 && warn < clock->start ? clock->start : warn;
}

/* C-3: does any day from the start to the due day lie outside the published ones? */
static bool is_unsure(const struct count_clock *clock)
{
    bool is_weekly = clock->limit.unit == CORE_UNIT_WORKING_DAY || clock->limit.end_roll != CORE_END_ROLL_NONE;

    for (core_day day = clock->start; is_weekly && day <= clock->due; day++)
        if (day < clock->table->published_from || day > clock->table->published_until)
            return true;
    return false;
}

/* -- Hours, from one stop to the next -- */

/* Where the stops that lie over minute end, one after the other, or minute itself. */
static int64_t past_stops(const struct count_clock *clock, const struct count_stops *stops, int64_t minute)
{
    int64_t end = minute;

    for (unsigned i = 0; i < stops->count; i++) {
        const struct count_stop *stop = &stops->items[i];
        if (!stop->is_open && is_for(clock, stop) && stop->from_minute <= minute && stop->until_minute > end)
            end = stop->until_minute;
    }
    return end == minute ? end : past_stops(clock, stops, end);
}

static int64_t next_stop(const struct count_clock *clock, const struct count_stops *stops, int64_t minute)
{
    int64_t next = INT64_MAX;

    for (unsigned i = 0; i < stops->count; i++) {
        const struct count_stop *stop = &stops->items[i];
        if (!stop->is_open && is_for(clock, stop) && stop->from_minute > minute && stop->from_minute < next)
            next = stop->from_minute;
    }
    return next;
}

static int32_t minute_after(const struct count_clock *clock, const struct count_stops *stops, int64_t left)
{
    int64_t minute = past_stops(clock, stops, clock->start_minute);

    for (;;) {
        int64_t next = next_stop(clock, stops, minute);
        if (next > minute + left)
            return (int32_t)(minute + left);
        left -= next - minute;
        minute = past_stops(clock, stops, next);
    }
}

static core_day civil_day(const struct count_clock *clock, int32_t minute)
{
    return (core_day)((minute + clock->offset) / CORE_DAY_MINUTES);
}

static void count_hours(struct count_clock *clock, const struct count_stops *stops)
{
    int64_t minutes = (int64_t)(clock->limit.length + clock->extended) * 60;

    clock->due_minute = minute_after(clock, stops, minutes);
    clock->due = civil_day(clock, clock->due_minute);
    if (clock->limit.warn_percent == 0)
        return;
    clock->warn_minute = minute_after(clock, stops, minutes * clock->limit.warn_percent / 100);
    clock->warn = civil_day(clock, clock->warn_minute);
}

/* -- The clock -- */

bool count_is_live(const struct count_clock *clock)
{
    return clock->phase == COUNT_RUNNING || clock->phase == COUNT_STANDING;
}

bool count_is_past(const struct count_clock *clock, const struct core_moment *at)
{
    return clock->limit.unit == CORE_UNIT_HOUR ? at->minute > clock->due_minute : at->day > clock->due;
}

/* How many stops were on record when the present standstill began: one begins with each stop that overlaps none before. */
static unsigned stops_before(const struct count_clock *clock, const struct count_stops *stops)
{
    int64_t end = INT64_MIN;
    unsigned first = 0;

    for (unsigned i = 0; i < stops->count; i++) {
        const struct count_stop *stop = &stops->items[i];
        int64_t until = stop->is_open ? INT64_MAX : stop->until_minute;
        if (!is_for(clock, stop))
            continue;
        if (stop->from_minute >= end)
            first = i;
        end = until > end ? until : end;
    }
    return first;
}

/* While it stands its date is the one from before. */
void count_again(struct count_clock *clock, const struct count_stops *all)
{
    struct count_stops before = *all, *stops = &before;
    core_day warn = clock->warn;
    int32_t warn_minute = clock->warn_minute;

    if (!count_is_live(clock))
        return;
    if (clock->phase == COUNT_STANDING)
        before.count = stops_before(clock, all);
    if (clock->limit.unit == CORE_UNIT_HOUR) {
        count_hours(clock, stops);
    } else {
        clock->due = walk(clock, stops, length_of(clock), true);
        clock->warn = warn_day(clock, stops);
    }
    clock->is_provisional = is_unsure(clock);
    if (clock->warn > warn || clock->warn_minute > warn_minute)
        clock->is_warned = false;
}

static void begin(struct count_clock *clock, const struct core_moment *from)
{
    clock->start = from->day;
    if (clock->limit.unit != CORE_UNIT_HOUR)
        return;
    clock->start_minute = from->minute;
    clock->offset = from->offset;
}

void count_start(struct count_clock *clock, const struct count_stops *stops, const struct core_moment *from)
{
    clock->phase = clock->limit.unit == CORE_UNIT_NONE ? COUNT_NONE : COUNT_RUNNING;
    clock->is_overdue = clock->is_warned = clock->is_provisional = false;
    clock->extensions = 0;
    clock->extended = 0;
    clock->due = clock->warn = 0;
    clock->start_minute = clock->due_minute = clock->warn_minute = 0;
    clock->offset = 0;
    begin(clock, from);
    count_again(clock, stops);
}

void count_reset(struct count_clock *clock, const struct count_stops *stops, const struct core_moment *at)
{
    bool has_begun = clock->limit.unit == CORE_UNIT_HOUR ? at->minute > clock->start_minute : at->day > clock->start;

    if (!count_is_live(clock) || clock->is_overdue)
        return;
    if (has_begun)
        begin(clock, at);
    count_again(clock, stops);
}

void count_follow(struct count_clock *clock, const struct count_stops *stops, const struct core_moment *at)
{
    bool has_open = false;

    for (unsigned i = 0; i < stops->count; i++)
        has_open |= stops->items[i].is_open && is_for(clock, &stops->items[i]);
    if (has_open && clock->phase == COUNT_RUNNING && !clock->is_overdue && !count_is_past(clock, at)) {
        clock->phase = COUNT_STANDING;
    } else if (!has_open && clock->phase == COUNT_STANDING) {
        clock->phase = COUNT_RUNNING;
        count_again(clock, stops);
    }
}

bool count_check(struct count_clock *clock, const struct core_moment *at)
{
    if (clock->phase != COUNT_RUNNING || clock->is_overdue)
        return false;
    if (count_is_past(clock, at)) {
        clock->is_overdue = true;
        return true;
    }
    bool is_time = clock->limit.unit == CORE_UNIT_HOUR ? at->minute >= clock->warn_minute : at->day >= clock->warn;
    if (clock->warn != 0 && is_time)
        clock->is_warned = true;
    return false;
}

void count_end(struct count_clock *clock, const struct core_moment *at)
{
    if (clock->phase == COUNT_RUNNING && count_is_past(clock, at))
        clock->is_overdue = true;
    if (clock->phase != COUNT_NONE)
        clock->phase = COUNT_ENDED;
}
