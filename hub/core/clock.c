/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include <assert.h>

static core_day later_of(core_day a, core_day b)
{
    return a > b ? a : b;
}

/* K-2: only a calendar-day limit can end on a day off. */
static int roll_end(const struct core_calendar *calendar, const struct core_limit *limit,
                    int64_t unrolled, core_day *due)
{
    if (unrolled > CORE_DAY_MAX)
        return OD_ERANGE;
    if (limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY)
        return core_calendar_roll(calendar, (core_day)unrolled, due);
    *due = (core_day)unrolled;
    return OD_OK;
}

/* The length-th working day after from; with none to count it ends on from itself and
 * rolls from there (K-5). */
static int working_end(const struct core_calendar *calendar, core_day from, int length,
                       core_day *unrolled, core_day *due)
{
    if (length == 0) {
        *unrolled = from;
        return core_calendar_roll(calendar, from, due);
    }
    int rc = core_calendar_due(calendar, from, length, due);
    *unrolled = *due;
    return rc;
}

/* Set the due days of *clock to length limit days after from, from not counted. */
static int set_due(struct core_clock *clock, const struct core_calendar *calendar,
                   const struct core_limit *limit, core_day from, int length)
{
    core_day due = 0;
    core_day unrolled = 0;
    bool needs_calendar = true;
    int rc = OD_EINVAL;

    switch (limit->unit) {
    case CORE_UNIT_NONE: break;
    case CORE_UNIT_WORKING_DAY:
        rc = working_end(calendar, from, length, &unrolled, &due);
        break;
    case CORE_UNIT_CALENDAR_DAY:
        rc = roll_end(calendar, limit, (int64_t)from + length, &due);
        unrolled = from + length;
        needs_calendar = limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY;
        break;
    }
    if (rc != OD_OK)
        return rc;
    clock->due = later_of(due, clock->due); /* K-4: never earlier */
    clock->due_unrolled = later_of(unrolled, clock->due_unrolled);
    bool is_published =
        clock->start >= calendar->published_from && clock->due <= calendar->published_until;
    clock->is_provisional = needs_calendar && !is_published; /* C-3 */
    return OD_OK;
}

/* K-1: does the start day use up the first day of the limit? */
static bool is_start_counted(const struct core_calendar *calendar,
                             const struct core_limit *limit, core_day from)
{
    if (!limit->counts_start_day)
        return false;
    return limit->unit == CORE_UNIT_CALENDAR_DAY || core_calendar_is_worked(calendar, from);
}

void core_clock_init(struct core_clock *clock, const struct core_limit *limit)
{
    *clock = (struct core_clock){
        .state = limit->unit == CORE_UNIT_NONE ? CORE_CLOCK_NONE : CORE_CLOCK_NOT_STARTED,
    };
}

int core_clock_start(struct core_clock *clock, const struct core_calendar *calendar,
                     const struct core_limit *limit, core_day from)
{
    if (limit->unit == CORE_UNIT_NONE) {
        *clock = (struct core_clock){.state = CORE_CLOCK_NONE};
        return OD_OK;
    }
    assert(limit->length >= 1);
    assert(limit->length <= CORE_LIMIT_DAYS_MAX);

    struct core_clock started = {.state = CORE_CLOCK_RUNNING, .start = from};
    int length = limit->length - is_start_counted(calendar, limit, from);
    int rc = set_due(&started, calendar, limit, from, length);
    if (rc == OD_OK)
        *clock = started;
    return rc;
}

void core_clock_pause(struct core_clock *clock, const struct core_calendar *calendar,
                      const struct core_limit *limit, core_day on)
{
    if (clock->state != CORE_CLOCK_RUNNING || on > clock->due)
        return; /* K-6 */

    core_day day = later_of(on, clock->start); /* and up to the unrolled end, K-7 */
    if (limit->unit == CORE_UNIT_WORKING_DAY)
        clock->left = core_calendar_count(calendar, day, clock->due_unrolled);
    else
        clock->left = later_of(clock->due_unrolled - day, 0);
    clock->paused_on = day;
    clock->state = CORE_CLOCK_PAUSED;
}

int core_clock_resume(struct core_clock *clock, const struct core_calendar *calendar,
                      const struct core_limit *limit, core_day on)
{
    if (clock->state != CORE_CLOCK_PAUSED)
        return OD_OK;

    int rc = set_due(clock, calendar, limit, later_of(on, clock->paused_on), clock->left);
    if (rc != OD_OK)
        return rc;
    clock->paused_on = 0;
    clock->left = 0;
    clock->state = CORE_CLOCK_RUNNING;
    return OD_OK;
}

/* The one place where a clock is found overdue (K-3). */
bool core_clock_check(struct core_clock *clock, core_day today)
{
    if (clock->state != CORE_CLOCK_RUNNING || clock->is_overdue || today <= clock->due)
        return false;
    clock->is_overdue = true;
    return true;
}

bool core_clock_end(struct core_clock *clock, enum core_clock_state end, core_day on)
{
    assert(end == CORE_CLOCK_MET || end == CORE_CLOCK_STOPPED);

    if (clock->state == CORE_CLOCK_NONE || clock->state == CORE_CLOCK_MET ||
        clock->state == CORE_CLOCK_STOPPED)
        return false;
    bool is_marked = core_clock_check(clock, on);
    clock->state = (uint8_t)end;
    clock->ended = on;
    clock->paused_on = 0;
    clock->left = 0;
    return is_marked;
}

int core_clock_days_left(const struct core_clock *clock, const struct core_calendar *calendar,
                         const struct core_limit *limit, core_day today)
{
    if (clock->state == CORE_CLOCK_PAUSED)
        return clock->left;
    if (clock->state != CORE_CLOCK_RUNNING)
        return 0;
    if (today < clock->start)
        today = clock->start; /* received on a day off: no day of the limit has begun */
    if (limit->unit == CORE_UNIT_CALENDAR_DAY)
        return clock->due - today;
    if (today <= clock->due)
        return core_calendar_count(calendar, today, clock->due);

    int late = core_calendar_count(calendar, clock->due, today);
    return late > 0 ? -late
                    : -1; /* on the weekend after it: late, though no working day has passed */
}
