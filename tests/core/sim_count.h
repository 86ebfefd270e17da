/* SPDX-License-Identifier: Apache-2.0 */
/* Dates counted by hand: a table of days, one day after the other, and every stop looked at on each
 * of them. Shares no code with the core. */
#ifndef TESTS_CORE_SIM_COUNT_H
#define TESTS_CORE_SIM_COUNT_H

#include "core/core.h"

#define COUNT_DAYS 4000  /* of the table */
#define COUNT_BEFORE 200 /* of them before the first day of the simulation */
#define COUNT_STOPS 64

struct count_table {
    core_day first;
    core_day published_from, published_until;
    bool is_worked[COUNT_DAYS];
};

struct count_stop {
    core_day from, until;
    int32_t from_minute, until_minute;
    unsigned task;
    uint8_t kind;
    bool is_open;
};

struct count_stops {
    unsigned count;
    struct count_stop items[COUNT_STOPS];
};

enum count_phase {
    COUNT_NONE = 0, /* there is no such limit */
    COUNT_WAITING,
    COUNT_RUNNING,
    COUNT_STANDING,
    COUNT_ENDED,
};

struct count_clock {
    struct core_limit limit;
    const struct count_table *table;
    uint32_t pause_on;
    unsigned task; /* CORE_TASKS_MAX = the stops of all */
    enum count_phase phase;
    bool is_overdue, is_warned, is_provisional;
    unsigned extensions;
    int extended;
    core_day start, due, warn;
    int32_t start_minute, due_minute, warn_minute;
    int offset;
};

void count_table_init(struct count_table *table, const struct core_calendar *calendar, core_day first_day);
core_day count_roll(const struct count_table *table, core_day day);

bool count_is_live(const struct count_clock *clock);
bool count_is_past(const struct count_clock *clock, const struct core_moment *at);

/* Count the dates again from the beginning; no effect unless it is live. */
void count_again(struct count_clock *clock, const struct count_stops *stops);
void count_start(struct count_clock *clock, const struct count_stops *stops, const struct core_moment *from);
void count_reset(struct count_clock *clock, const struct count_stops *stops, const struct core_moment *at);
/* Stops have begun or ended. */
void count_follow(struct count_clock *clock, const struct count_stops *stops, const struct core_moment *at);
/* True when it has just been found late. */
bool count_check(struct count_clock *clock, const struct core_moment *at);
void count_end(struct count_clock *clock, const struct core_moment *at);

#endif
