/* SPDX-License-Identifier: Apache-2.0 */
/* How a clock counts: which days are its own, where the n-th of them lies, and the
 * account of each day. Rules: docs/rules/clock.md. */
#include <assert.h>

#include "base/time.h"
#include "core/span.h"

#define HOUR_MINUTES 60
#define MONTHS 12

bool core_span_honours(const struct core_span *span, const struct core_stop *stop)
{
    return (span->task == CORE_TASKS_MAX || stop->task == span->task) &&
           (span->pause_on >> stop->kind & 1u) != 0;
}

static bool is_closed(const struct core_stop *stop)
{
    return stop->until != 0;
}

/* K-4: the day of the pause is used, that of the resumption is not; both are parameters. */
static bool stands_on(const struct core_limit *limit, const struct core_stop *stop, core_day day)
{
    core_day first = stop->from + (limit->is_pause_day_free ? 0 : 1);
    core_day last = stop->until - (limit->is_resume_day_counted ? 1 : 0);

    return day >= first && (!is_closed(stop) || day <= last);
}

/* The stop that takes day away from the count, or NULL. has_open: open ones count too. */
static const struct core_stop *stop_on(const struct core_span *span, core_day day, bool has_open)
{
    for (size_t i = 0; i < span->stop_count && span->stops[i].from <= day; i++) {
        const struct core_stop *stop = &span->stops[i];
        if ((has_open || is_closed(stop)) && core_span_honours(span, stop) &&
            stands_on(span->limit, stop, day))
            return stop;
    }
    return NULL;
}

static bool counts_all_days(const struct core_limit *limit)
{
    return limit->unit != CORE_UNIT_WORKING_DAY;
}

static bool is_day_counted(const struct core_span *span, core_day day, bool has_open)
{
    if (!counts_all_days(span->limit) && !core_calendar_is_worked(span->calendar, day))
        return false;
    return stop_on(span, day, has_open) == NULL;
}

/* Regulation 1182/71 art. 3(2)(c): to the same day of a later month, or to its last day. One that begins with the
 * start day ends on the day before (BGB section 188(2)). */
static int month_later(core_day from, int months, bool counts_start_day, core_day *end)
{
    int year, month, day;

    base_day_to_civil(from, &year, &month, &day);
    int first = year * MONTHS + month - 1 + months;
    if (first / MONTHS > 9999)
        return OD_ERANGE;
    core_day begin = base_day_from_civil(first / MONTHS, first % MONTHS + 1, 1);
    core_day next = base_day_from_civil((first + 1) / MONTHS, (first + 1) % MONTHS + 1, 1);
    core_day same = begin + day - 1 - counts_start_day;
    *end = same < next - 1 ? same : next - 1;
    return *end <= CORE_DAY_MAX ? OD_OK : OD_ERANGE;
}

/* K-9: calendar days of a limit in months; an extension begins where the limit ends (BGB section 190). */
static int month_days(const struct core_limit *limit, core_day start, int32_t extended, int32_t *days)
{
    bool has_month_extension = limit->extend.unit != CORE_UNIT_CALENDAR_DAY;
    core_day end;

    int rc = month_later(start, limit->length, limit->counts_start_day, &end);
    if (rc == OD_OK && extended > 0 && has_month_extension)
        rc = month_later(end, extended, false, &end);
    if (rc != OD_OK)
        return rc;
    if (extended > 0 && !has_month_extension)
        end += extended;
    *days = end - start + limit->counts_start_day;
    return OD_OK;
}

int core_span_length(const struct core_span *span, core_day start, int32_t extended, int32_t *length)
{
    const struct core_limit *limit = span->limit;

    switch (limit->unit) {
    case CORE_UNIT_NONE: return OD_EINVAL;
    case CORE_UNIT_WORKING_DAY:
    case CORE_UNIT_CALENDAR_DAY: *length = limit->length + extended; return OD_OK;
    case CORE_UNIT_HOUR: *length = (limit->length + extended) * HOUR_MINUTES; return OD_OK;
    case CORE_UNIT_MONTH: return month_days(limit, start, extended, length);
    }
    return OD_EINVAL;
}

/* K-1: is the start day the first of the limit? */
static core_day first_day(const struct core_limit *limit, core_day start)
{
    return limit->counts_start_day ? start : start + 1;
}

static bool has_stops(const struct core_span *span)
{
    for (size_t i = 0; i < span->stop_count; i++)
        if (is_closed(&span->stops[i]) && core_span_honours(span, &span->stops[i]))
            return true;
    return false;
}

/* Without stops the count is the calendar's own. */
static int plain_nth(const struct core_span *span, core_day start, int32_t count, core_day *day)
{
    bool is_start_used = span->limit->counts_start_day && is_day_counted(span, start, false);

    count -= is_start_used;
    if (count == 0) {
        *day = start;
        return OD_OK;
    }
    if (counts_all_days(span->limit)) {
        if ((int64_t)start + count > CORE_DAY_MAX)
            return OD_ERANGE;
        *day = start + count;
        return OD_OK;
    }
    return core_calendar_due(span->calendar, start, count, day);
}

int core_span_nth(const struct core_span *span, core_day start, int32_t count, core_day *day)
{
    assert(count >= 1);

    if (count <= CORE_LIMIT_DAYS_MAX && !has_stops(span))
        return plain_nth(span, start, count, day);
    for (core_day next = first_day(span->limit, start); next <= CORE_DAY_MAX; next++) {
        if (is_day_counted(span, next, false) && --count == 0) {
            *day = next;
            return OD_OK;
        }
    }
    return OD_ERANGE;
}

int core_span_used(const struct core_span *span, core_day start, core_day until, bool has_open)
{
    int used = 0;

    for (core_day day = first_day(span->limit, start); day <= until; day++)
        used += is_day_counted(span, day, has_open);
    return used;
}

/* Does a day that ends a limit come to rest on a working day only? */
static bool rests_on_worked(const struct core_limit *limit)
{
    return limit->unit == CORE_UNIT_WORKING_DAY || limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY;
}

static int come_to_rest(const struct core_span *span, core_day day, core_day *rest)
{
    if (rests_on_worked(span->limit))
        return core_calendar_roll(span->calendar, day, rest);
    *rest = day;
    return OD_OK;
}

/* K-5, K-7: a clock that stood at the end of day goes on, with nothing left, on the day of the resumption. */
int core_span_rest(const struct core_span *span, core_day day, core_day *due)
{
    int rc = come_to_rest(span, day, due);

    for (size_t i = 0; i < span->stop_count && rc == OD_OK; i++) {
        const struct core_stop *stop = &span->stops[i];
        if (!is_closed(stop) || !core_span_honours(span, stop))
            continue;
        if (stop->from <= *due && *due < stop->until)
            rc = come_to_rest(span, stop->until, due);
    }
    return rc;
}

/* Minutes that stops take out of what begins at from: a union, since they are looked at in order. */
int core_span_minute(const struct core_span *span, int32_t from, int32_t minutes, int32_t *due)
{
    int64_t end = (int64_t)from + minutes, seen = from;

    for (size_t i = 0; i < span->stop_count; i++) {
        const struct core_stop *stop = &span->stops[i];
        int64_t begin = stop->from_minute > seen ? stop->from_minute : seen;
        if (!is_closed(stop) || !core_span_honours(span, stop) || begin > end || stop->until_minute <= begin)
            continue;
        end += stop->until_minute - begin;
        seen = stop->until_minute;
    }
    if (end > (int64_t)CORE_DAY_MAX * CORE_DAY_MINUTES || end > INT32_MAX)
        return OD_ERANGE;
    *due = (int32_t)end;
    return OD_OK;
}

static enum core_day_use use_of(const struct core_span *span, const struct core_clock *clock,
                                const struct core_stop *stop, const struct core_day_account *account,
                                int32_t length)
{
    if (account->day == clock->start && !span->limit->counts_start_day)
        return CORE_DAY_START;
    if (stop != NULL)
        return CORE_DAY_STOPPED;
    if (span->limit->unit != CORE_UNIT_HOUR && account->number >= length)
        return CORE_DAY_ROLLED;
    if (!counts_all_days(span->limit) && account->kind != CORE_DAY_WORKING && account->kind != CORE_DAY_MAKE_UP)
        return CORE_DAY_OFF;
    return CORE_DAY_COUNTED;
}

int core_clock_account(const struct core_clock *clock, const struct core_span *span, core_day until,
                       core_account_cb on_day, void *owner)
{
    core_day last = clock->state == CORE_CLOCK_PAUSED || until > clock->due ? until : clock->due;
    int32_t length = 0;
    int number = 0;

    int rc = core_span_length(span, clock->start, clock->extended, &length);
    for (core_day day = clock->start; day <= last && rc == OD_OK; day++) {
        struct core_day_account account = {.day = day, .kind = core_calendar_kind(span->calendar, day), .number = number};
        const struct core_stop *stop = stop_on(span, day, clock->state == CORE_CLOCK_PAUSED);
        account.use = use_of(span, clock, stop, &account, length);
        number += account.use == CORE_DAY_COUNTED;
        account.number = account.use == CORE_DAY_COUNTED && span->limit->unit != CORE_UNIT_HOUR ? number : 0;
        account.stop = account.use == CORE_DAY_STOPPED ? stop : NULL;
        rc = on_day(owner, &account);
    }
    return rc;
}
