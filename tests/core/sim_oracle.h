/* SPDX-License-Identifier: Apache-2.0 */
/* A second, naive opinion on what the core should do: it follows the events that were
 * taken, counts days one by one on a table, and knows nothing of the core's state. */
#ifndef TESTS_CORE_SIM_ORACLE_H
#define TESTS_CORE_SIM_ORACLE_H

#include "core/core.h"

#define ORACLE_DAYS 6000 /* the table of days begins at day 0 of the simulation */
#define ORACLE_PAUSES 64
#define ORACLE_NEVER INT32_MAX

struct oracle_clock {
    struct core_limit limit;
    bool is_started, is_ended, is_overdue;
    core_day start;
    unsigned pause_count;
    core_day from[ORACLE_PAUSES];
    core_day until[ORACLE_PAUSES]; /* ORACLE_NEVER while it lasts */
};

enum oracle_phase {
    ORACLE_ABSENT = 0, /* skipped */
    ORACLE_BLOCKED,
    ORACLE_WORKABLE,
    ORACLE_PAUSED,
    ORACLE_ASKED,
    ORACLE_ANSWERED, /* has its opinion */
    ORACLE_DROPPED,
};

struct oracle_task {
    enum oracle_phase phase;
    uint8_t opinion;
    bool is_deemed;
    struct oracle_clock clocks[CORE_CLOCKS];
};

struct oracle {
    const struct core_rules *rules;
    core_day first_day; /* of the table */
    bool is_worked[ORACLE_DAYS];
    enum core_status status;
    enum core_outcome outcome;
    core_day accepted_day;
    struct oracle_clock clocks[CORE_CLOCKS];
    struct oracle_clock supplement;
    struct oracle_task tasks[CORE_TASKS_MAX];
};

/* Build the table of worked days by walking the lists for each day. */
void oracle_init(struct oracle *oracle, const struct core_rules *rules, core_day first_day);

/* Follow an event that the core has taken. */
void oracle_follow(struct oracle *oracle, const struct core_event *event);

/* The last day in time of a clock that was started; a pause that still lasts is left out. */
core_day oracle_due(const struct oracle *oracle, const struct oracle_clock *clock);

/* The outcome of the recorded opinions, or NONE while something is open and not settled. */
enum core_outcome oracle_outcome(const struct oracle *oracle);

/* Fail the test where the application is not as the oracle thinks. */
void oracle_check(const struct oracle *oracle, const struct core_application *application,
                  uint64_t seed);

#endif
