/* SPDX-License-Identifier: Apache-2.0 */
/* One course played under some rules: a discrete-event simulation of one application. Private to
 * hub/simulate. */
#ifndef SIMULATE_RUN_H
#define SIMULATE_RUN_H

#include "simulate/course.h"

enum {
    SIMULATE_CHAIN_WHOLE = CORE_TASKS_MAX, /* the application's own acts */
    SIMULATE_CHAIN_ALONE,                  /* acts that stand in time by themselves */
    SIMULATE_CHAINS,
};

struct simulate_run {
    const struct core_rules *rules;
    const struct simulate_course *course;
    core_ms horizon_ms;             /* the record's end: what only the passing of time would bring later is not played */
    struct core_application *state; /* zeroed at first, with room for the rules' tasks; how it ends */
    struct simulate_reign reign;
    uint64_t dropped;               /* acts that did not fit any more */
    /* While it runs. */
    core_ms now_ms;
    struct simulate_pulse pulse;
    size_t heads[SIMULATE_CHAINS];  /* the next act of each order; act_count = none */
    core_task_set forsaken;         /* tasks that ended before anybody could have been offered them */
    size_t sleep_at;                /* the recorded wakings before it are over */
    bool is_waking_idle;            /* nothing was due at the last waking, and nothing happened since */
};

/* The earliest act that can be next is played, unless the application is to be woken before. rules, course, horizon and
 * state are given, the rest is zero. Errors: those of core_step on the RECEIVED of the course; OD_ERANGE a date lies past the
 * end of time. Cost: O(acts * tasks). */
OD_MUST_CHECK int simulate_run(struct simulate_run *run);

#endif
