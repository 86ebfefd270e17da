/* SPDX-License-Identifier: Apache-2.0 */
/* One application of either source: run as recorded, run under the scenario, compared. Private to
 * hub/simulate. */
#ifndef SIMULATE_CASE_H
#define SIMULATE_CASE_H

#include "simulate/compare.h"
#include "simulate/run.h"

/* Memory for one application after another: states with room for CORE_TASKS_MAX tasks. */
struct simulate_room {
    struct core_application *recorded, *before, *after; /* owned */
    struct simulate_course course, adapted;
    uint8_t *packed[2]; /* owned, CORE_PACKED_MAX each */
};

OD_MUST_CHECK int simulate_room_init(struct simulate_room *room); /* OD_ENOMEM: nothing is held */
void simulate_room_fini(struct simulate_room *room);
/* Zero a state of the room. */
void simulate_state_clear(struct core_application *state);

struct simulate_case {
    const char *number;
    const struct core_rules *recorded;       /* the rules of the record */
    const struct simulate_name *names;       /* of its tasks */
    const struct core_rules *changed;        /* the rules of the scenario */
    const struct simulate_name *changed_names;
    const uint8_t *task_of;                  /* CORE_TASKS_MAX: of a recorded task, its index under the scenario */
    core_task_set included;                  /* under the scenario */
    struct simulate_reign reign;             /* of the recorded rules */
    struct simulate_reign changed_reign;     /* of the scenario's */
    core_ms horizon_ms;
};

/* Play room->course under the recorded rules into room->before. Errors: as simulate_run. */
OD_MUST_CHECK int simulate_case_repeat(struct simulate_room *room, const struct simulate_case *of);
/* Do two states have the same packed form? */
bool simulate_states_match(struct simulate_room *room, const struct core_application *a, const struct core_application *b);
/* Play it under the scenario into room->after and tell what is not as in room->before; a case that the scenario's
 * rules do not take is left out. Errors: OD_ENOMEM; what a callback returned. */
OD_MUST_CHECK int simulate_case_settle(struct simulate_room *room, const struct simulate_case *of,
                                       const struct simulate_scenario *scenario, const struct simulate_report *report,
                                       struct simulate_summary *summary);

/* Count the finding, and tell it. Errors: what on_finding returned. */
OD_MUST_CHECK int simulate_tell_finding(const struct simulate_report *report, struct simulate_summary *summary,
                                        const struct simulate_finding *finding);
/* The same, and the application is left out. */
OD_MUST_CHECK int simulate_leave_out(const struct simulate_report *report, struct simulate_summary *summary,
                                     const struct simulate_finding *finding);
/* Errors: what on_progress returned. */
OD_MUST_CHECK int simulate_tell_progress(const struct simulate_report *report, uint64_t done, uint64_t total);

#endif
