/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include <assert.h>
#include <limits.h>

#include "core/span.h"

#define PERCENT 100

static core_day later_of(core_day a, core_day b)
{
    return a > b ? a : b;
}

static bool is_in_hours(const struct core_clock *clock)
{
    return clock->due_minute != 0;
}

static bool is_live(const struct core_clock *clock)
{
    return clock->state == CORE_CLOCK_RUNNING || clock->state == CORE_CLOCK_PAUSED;
}

/* Is at past the end of the due day (K-3), or minute? */
static bool is_past(const struct core_clock *clock, const struct core_moment *at)
{
    return is_in_hours(clock) ? at->minute > clock->due_minute : at->day > clock->due;
}

static core_day civil_day(int32_t minute, int16_t offset)
{
    return (core_day)((minute + (int64_t)offset) / CORE_DAY_MINUTES);
}

/* C-3. */
static bool is_provisional(const struct core_clock *clock, const struct core_span *span)
{
    const struct core_limit *limit = span->limit;
    bool needs_calendar =
        limit->unit == CORE_UNIT_WORKING_DAY || limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY;

    return needs_calendar && (clock->start < span->calendar->published_from ||
                              clock->due > span->calendar->published_until);
}

/* W-1: the earlier of the two thresholds, never before the start. */
static int set_warn(struct core_clock *clock, const struct core_span *span, int32_t length)
{
    const struct core_limit *limit = span->limit;
    int64_t part = ((int64_t)length * limit->warn_percent + PERCENT - 1) / PERCENT;
    core_day warn = 0, by_days;
    int rc = OD_OK;

    if (limit->warn_percent > 0)
        rc = core_span_nth(span, clock->start, part > 1 ? (int32_t)part : 1, &warn);
    if (rc == OD_OK && limit->warn_days > 0 &&
        core_calendar_due(span->calendar, clock->due, -limit->warn_days, &by_days) == OD_OK)
        warn = warn == 0 || by_days < warn ? by_days : warn;
    clock->warn = warn == 0 ? 0 : later_of(warn, clock->start);
    return rc;
}

static int renew_days(struct core_clock *clock, const struct core_span *span, int32_t length)
{
    core_day end;

    int rc = length > 0 ? core_span_nth(span, clock->start, length, &end) : OD_ERANGE;
    if (rc == OD_OK)
        rc = core_span_rest(span, end, &clock->due);
    return rc == OD_OK ? set_warn(clock, span, length) : rc;
}

static int renew_hours(struct core_clock *clock, const struct core_span *span, int32_t length)
{
    int64_t part = (int64_t)length * span->limit->warn_percent / PERCENT;
    int rc = core_span_minute(span, clock->start_minute, length, &clock->due_minute);

    if (rc == OD_OK && span->limit->warn_percent > 0)
        rc = core_span_minute(span, clock->start_minute, (int32_t)part, &clock->warn_minute);
    if (rc != OD_OK)
        return rc;
    clock->due = civil_day(clock->due_minute, clock->offset);
    clock->warn = clock->warn_minute != 0 ? civil_day(clock->warn_minute, clock->offset) : 0;
    return OD_OK;
}

/* While it stands still its date is as it was before: the stops of the present standstill, which may have ended
 * one under the other, are left out. */
static struct core_span before_pause(const struct core_clock *clock, const struct core_span *span)
{
    struct core_span before = *span;
    int32_t since = INT32_MAX;

    for (size_t i = span->stop_count; i-- > 0 && clock->state == CORE_CLOCK_PAUSED;) {
        const struct core_stop *stop = &span->stops[i];
        if (!core_span_honours(span, stop) || (stop->until != 0 && stop->until_minute <= since))
            continue;
        since = stop->from_minute;
        before.stop_count = i;
    }
    return before;
}

int core_clock_renew(struct core_clock *clock, const struct core_span *span)
{
    struct core_span before = before_pause(clock, span);
    struct core_clock renewed = *clock;
    int32_t length;

    if (!is_live(clock))
        return OD_OK;
    int rc = core_span_length(span, clock->start, clock->extended, &length);
    if (rc == OD_OK)
        rc = span->limit->unit == CORE_UNIT_HOUR ? renew_hours(&renewed, &before, length)
                                                 : renew_days(&renewed, &before, length);
    if (rc != OD_OK)
        return rc;
    renewed.is_provisional = is_provisional(&renewed, span);
    if (renewed.warn > clock->warn || renewed.warn_minute > clock->warn_minute)
        renewed.is_warned = false;
    *clock = renewed;
    return OD_OK;
}

void core_clock_init(struct core_clock *clock, const struct core_limit *limit)
{
    *clock = (struct core_clock){
        .state = limit->unit == CORE_UNIT_NONE ? CORE_CLOCK_NONE : CORE_CLOCK_NOT_STARTED,
    };
}

int core_clock_start(struct core_clock *clock, const struct core_span *span, const struct core_moment *from)
{
    const struct core_limit *limit = span->limit;

    if (limit->unit == CORE_UNIT_NONE) {
        *clock = (struct core_clock){.state = CORE_CLOCK_NONE};
        return OD_OK;
    }
    assert(limit->length >= 1);
    assert(limit->length <= CORE_LIMIT_DAYS_MAX || limit->unit == CORE_UNIT_HOUR);

    struct core_clock started = {.state = CORE_CLOCK_RUNNING, .start = from->day};
    if (limit->unit == CORE_UNIT_HOUR) {
        started.start_minute = from->minute;
        started.offset = from->offset;
    }
    int rc = core_clock_renew(&started, span);
    if (rc == OD_OK)
        *clock = started;
    return rc;
}

void core_clock_pause(struct core_clock *clock, const struct core_limit *limit, const struct core_moment *at)
{
    (void)limit;
    if (clock->state == CORE_CLOCK_RUNNING && !clock->is_overdue && !is_past(clock, at)) /* K-6 */
        clock->state = CORE_CLOCK_PAUSED;
}

int core_clock_resume(struct core_clock *clock, const struct core_span *span)
{
    struct core_clock resumed = *clock;

    if (clock->state != CORE_CLOCK_PAUSED)
        return OD_OK;
    resumed.state = CORE_CLOCK_RUNNING;
    int rc = core_clock_renew(&resumed, span);
    if (rc == OD_OK)
        *clock = resumed;
    return rc;
}

/* K-10. */
int core_clock_reset(struct core_clock *clock, const struct core_span *span, const struct core_moment *at)
{
    struct core_clock again = *clock;

    if (!is_live(clock) || clock->is_overdue)
        return OD_OK;
    again.start = later_of(at->day, clock->start); /* received after hours: it has not begun yet */
    if (span->limit->unit == CORE_UNIT_HOUR && at->minute > clock->start_minute) {
        again.start_minute = at->minute;
        again.offset = at->offset;
    }
    int rc = core_clock_renew(&again, span);
    if (rc == OD_OK)
        *clock = again;
    return rc;
}

static int check_extension(const struct core_clock *clock, const struct core_limit *limit,
                           const struct core_moment *at, int length, enum core_rank rank)
{
    const struct core_extend *extend = &limit->extend;

    if (extend->times_max == 0 || !is_live(clock))
        return OD_EUNSUPPORTED;
    if (length < 1 || length > extend->length_max)
        return OD_EINVAL;
    if (rank < (enum core_rank)extend->approver)
        return OD_EDENIED;
    if (clock->is_overdue || (clock->state == CORE_CLOCK_RUNNING && is_past(clock, at)))
        return OD_ESTALE; /* K-11 */
    return clock->extensions < extend->times_max ? OD_OK : OD_ELIMIT;
}

int core_clock_extend(struct core_clock *clock, const struct core_span *span, const struct core_moment *at,
                      int length, enum core_rank rank)
{
    struct core_clock extended = *clock;

    int rc = check_extension(clock, span->limit, at, length, rank);
    if (rc != OD_OK)
        return rc;
    extended.extensions++;
    extended.extended += length;
    rc = core_clock_renew(&extended, span);
    if (rc == OD_OK)
        *clock = extended;
    return rc;
}

/* The one place where a clock is found overdue (K-3). */
bool core_clock_check(struct core_clock *clock, const struct core_moment *now)
{
    if (clock->state != CORE_CLOCK_RUNNING || clock->is_overdue || !is_past(clock, now))
        return false;
    clock->is_overdue = true;
    return true;
}

/* W-2, W-3: once for each due day, never after red, and never while it stands still. */
bool core_clock_check_warn(struct core_clock *clock, const struct core_moment *now)
{
    if (clock->state != CORE_CLOCK_RUNNING || clock->is_warned || clock->is_overdue || clock->warn == 0)
        return false;
    if (is_in_hours(clock) ? now->minute < clock->warn_minute : now->day < clock->warn)
        return false;
    clock->is_warned = true;
    return true;
}

bool core_clock_end(struct core_clock *clock, enum core_clock_state end, const struct core_moment *at)
{
    assert(end == CORE_CLOCK_MET || end == CORE_CLOCK_STOPPED);

    if (clock->state == CORE_CLOCK_NONE || clock->state == CORE_CLOCK_MET ||
        clock->state == CORE_CLOCK_STOPPED)
        return false;
    bool is_marked = core_clock_check(clock, at);
    clock->state = (uint8_t)end;
    clock->ended = at->day;
    return is_marked;
}

static int hours_left(const struct core_clock *clock, const struct core_span *span, const struct core_moment *now)
{
    int32_t minute = now->minute;

    if (clock->state == CORE_CLOCK_PAUSED) /* what is left is what was left when it was stopped */
        for (size_t i = span->stop_count; i-- > 0;)
            if (span->stops[i].until == 0 && core_span_honours(span, &span->stops[i]) &&
                span->stops[i].from_minute < minute)
                minute = span->stops[i].from_minute;
    int32_t left = clock->due_minute - minute;
    return left >= 0 ? left / 60 : (left - 59) / 60;
}

static int unused(const struct core_clock *clock, const struct core_span *span, core_day today)
{
    int32_t length;

    if (core_span_length(span, clock->start, clock->extended, &length) != OD_OK)
        return 0;
    int left = length - core_span_used(span, clock->start, today, true);
    return left > 0 ? left : 0;
}

int core_clock_used(const struct core_clock *clock, const struct core_span *span, core_day until)
{
    return clock->start != 0 ? core_span_used(span, clock->start, until, true) : 0;
}

int core_clock_left(const struct core_clock *clock, const struct core_span *span, const struct core_moment *now)
{
    core_day today = later_of(now->day, clock->start); /* received on a day off: no day of the limit has begun */

    if (!is_live(clock))
        return 0;
    if (is_in_hours(clock))
        return hours_left(clock, span, now);
    if (clock->state == CORE_CLOCK_PAUSED)
        return unused(clock, span, today);
    if (span->limit->unit != CORE_UNIT_WORKING_DAY)
        return clock->due - today;
    if (today <= clock->due)
        return core_calendar_count(span->calendar, today, clock->due);

    int late = core_calendar_count(span->calendar, clock->due, today);
    return late > 0 ? -late : -1; /* on the weekend after it: late, though no working day has passed */
}

static int due_without(const struct core_clock *clock, const struct core_span *span, int32_t extended, core_day *due)
{
    struct core_span bare = *span;
    struct core_clock again = *clock;

    bare.stop_count = 0;
    again.state = CORE_CLOCK_RUNNING;
    again.extended = extended;
    int rc = core_clock_renew(&again, &bare);
    if (rc == OD_OK)
        *due = again.due;
    return rc;
}

int core_clock_due_unstopped(const struct core_clock *clock, const struct core_span *span, core_day *due)
{
    return due_without(clock, span, clock->extended, due);
}

int core_clock_due_plain(const struct core_clock *clock, const struct core_span *span, core_day *due)
{
    return due_without(clock, span, 0, due);
}
