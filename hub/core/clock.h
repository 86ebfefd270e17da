/* SPDX-License-Identifier: Apache-2.0 */
/* One running legal or promised time limit. Pure.
 *
 *   not started -> running -> met | stopped
 *                  running <-> paused
 *
 * A clock is due at the end of its due day: it is overdue when the center's civil
 * day is past due. A pause never moves a due date earlier. Source: docs/rules/clock.md. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/calendar.h"

enum core_unit {
    CORE_UNIT_NONE = 0, /* no such limit */
    CORE_UNIT_WORKING_DAY,
    CORE_UNIT_CALENDAR_DAY,
};

enum core_end_roll {
    CORE_END_ROLL_NONE = 0,
    CORE_END_ROLL_NEXT_WORKING_DAY, /* a calendar-day limit that ends on a day off ends on the next working day */
};

/* A limit as the catalogue states it. */
struct core_limit {
    enum core_unit unit;
    int length;              /* days, 1..CORE_LIMIT_DAYS_MAX */
    bool counts_start_day;   /* false: the day after the start is day 1 (default) */
    enum core_end_roll end_roll;
};

enum core_clock_state {
    CORE_CLOCK_NONE = 0,    /* the matter or service has no such limit */
    CORE_CLOCK_NOT_STARTED,
    CORE_CLOCK_RUNNING,
    CORE_CLOCK_PAUSED,
    CORE_CLOCK_MET,     /* ended by what it waited for */
    CORE_CLOCK_STOPPED, /* ended without it: withdrawn, lapsed, cancelled */
};

struct core_clock {
    uint8_t state;       /* enum core_clock_state */
    bool is_overdue;     /* its due day has passed while it ran; never taken back */
    bool is_provisional; /* its span leaves the calendar's published days, and its due day depends on them */
    core_day start;      /* the civil day it started from */
    core_day due;        /* last day in time; while paused: as it was before the pause */
    core_day due_unrolled; /* due before end_roll moved it: what is left is counted to here */
    core_day paused_on;  /* civil day of the pause, while PAUSED */
    int32_t left;        /* limit days still unused when it was paused, while PAUSED */
    core_day ended;      /* civil day of MET or STOPPED */
};

/* Zero *clock, NOT_STARTED under limit, or NONE when limit is CORE_UNIT_NONE. */
void core_clock_init(struct core_clock *clock, const struct core_limit *limit);

/* Start *clock on civil day from under limit. A limit of CORE_UNIT_NONE gives
 * CORE_CLOCK_NONE. Errors (*clock unchanged): OD_ERANGE the due day lies past CORE_DAY_MAX. */
OD_MUST_CHECK int core_clock_start(struct core_clock *clock, const struct core_calendar *calendar,
                                   const struct core_limit *limit, core_day from);

/* The day of the pause itself still counts as used. No effect unless RUNNING and on is
 * not past due: what has run out cannot be paused (K-6), so that an overdue clock is
 * still found by core_clock_check. A day before start counts as start. */
void core_clock_pause(struct core_clock *clock, const struct core_calendar *calendar,
                      const struct core_limit *limit, core_day on);

/* Go on with what was left, from civil day on, which is not counted; the due day never
 * gets earlier. With nothing left it is due on the first working day at or after on (a
 * calendar-day limit: on that day, rolled as its end_roll says). No effect unless PAUSED. Errors: OD_ERANGE (unchanged). */
OD_MUST_CHECK int core_clock_resume(struct core_clock *clock, const struct core_calendar *calendar,
                                    const struct core_limit *limit, core_day on);

/* End it as MET or STOPPED; marks it overdue when it ran and on > due. True when this
 * call marked it. No effect when already ended or NONE. */
bool core_clock_end(struct core_clock *clock, enum core_clock_state end, core_day on);

/* Mark it overdue when it runs and today > due. True when this call marked it. */
bool core_clock_check(struct core_clock *clock, core_day today);

/* Whole limit days from today until due: 0 on the due day, -1 or less after it. While
 * PAUSED: what was left. 0 when it is neither RUNNING nor PAUSED. */
int core_clock_days_left(const struct core_clock *clock, const struct core_calendar *calendar,
                         const struct core_limit *limit, core_day today);

#endif
