/* SPDX-License-Identifier: Apache-2.0 */
/* One clock in the hand, outside of any application: it keeps the record of the stops itself, as
 * an application does, with the office's calendar of 2024. */
#ifndef TESTS_CORE_WATCHMAKER_H
#define TESTS_CORE_WATCHMAKER_H

#include "core/clock.h"

#define WATCHMAKER_STOPS 16

/* Ten o'clock of a day, UTC and on the wall. */
#define AT(day_) ((struct core_moment){.day = (day_), .minute = (day_) * CORE_DAY_MINUTES + 600})

struct watchmaker {
    struct core_clock clock;
    struct core_limit limit;
    const struct core_calendar *calendar;
    size_t stop_count;
    struct core_stop stops[WATCHMAKER_STOPS];
};

/* Everything that stops anything stops it. */
struct core_span watchmaker_span(const struct watchmaker *maker);

/* Each asserts OD_OK; from and day are at ten o'clock. Returns its clock. */
struct core_clock *watchmaker_start(struct watchmaker *maker, const struct core_limit *limit, core_day from);
struct core_clock *watchmaker_start_at(struct watchmaker *maker, const struct core_limit *limit,
                                       const struct core_moment *from);
/* From now on by that calendar: its dates are worked out again. */
void watchmaker_amend(struct watchmaker *maker, const struct core_calendar *calendar);
/* A stop of its own kind begins; it goes on record also when the clock does not stand. */
void watchmaker_pause(struct watchmaker *maker, core_day day);
void watchmaker_pause_at(struct watchmaker *maker, const struct core_moment *at);
/* The last open stop ends, if there is one. */
void watchmaker_resume(struct watchmaker *maker, core_day day);
void watchmaker_resume_at(struct watchmaker *maker, const struct core_moment *at);

/* These return what the clock says. */
int watchmaker_renew(struct watchmaker *maker);
int watchmaker_extend(struct watchmaker *maker, core_day day, int length, enum core_rank rank);
int watchmaker_left(const struct watchmaker *maker, core_day day);

#endif
