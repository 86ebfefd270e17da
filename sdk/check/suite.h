/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance suite: a table of cases, each run in a process of its own. */
#ifndef CHECK_SUITE_H
#define CHECK_SUITE_H

#include "check/hub.h"

#define CHECK_CASE_TIMEOUT_MS 120000

enum check_for { CHECK_FOR_MODULE = 1, CHECK_FOR_REMOTE = 2, CHECK_FOR_BOTH = 3 };

struct check_context {
    const struct check_subject *subject;
    uint64_t seed;
    uint64_t sound_forms; /* found out before all cases */
    bool is_in_process;
};

/* A case returns when it passed; a failure or skip ends the process (verdict.h). hub: fresh. */
struct check_case {
    const char *name;  /* "duplicates.redelivered": group and case, stable */
    const char *title; /* "answers a redelivered task without a second submission" */
    enum check_for is_for;
    void (*run)(struct check_hub *hub, const struct check_context *context);
};

/* Groups, each ends with a name of NULL. */
extern const struct check_case check_load_cases[], check_contract_cases[], check_repeat_cases[], check_resume_cases[],
    check_cancel_cases[], check_department_cases[], check_kill_cases[], check_drain_cases[], check_resource_cases[],
    check_fuzz_cases[], check_protocol_cases[];

/* Helpers that cases share; steps.c. */

/* A task of the first form that comes to its end when nothing disturbs it. */
struct check_task *check_add_sound(struct check_hub *hub);
bool check_is_sound(const struct check_hub *hub, size_t form);

/* One task of each form in `forms` (bits), offered, and virtual time until one is in the state: it, or NULL. The
 * others leave the connector: what follows is about one task. */
struct check_task *check_reach(struct check_hub *hub, uint64_t forms, enum check_task_state state);

/* The same with the sound forms; the test is skipped when none leads there. */
struct check_task *check_must_reach(struct check_hub *hub, enum check_task_state state);

/* Run until all is finished, and hold that it came out right: every task has one opinion (or was withdrawn, or parked
 * where that is right), and the department has one record of each. what: when ("after a SIGKILL"). */
void check_must_finish(struct check_hub *hub, const char *what);

/* The department has no more than one record of each task, each under its key, or the test fails. */
void check_records(const struct check_hub *hub, const char *what);

/* Virtual time of `by_ms` in steps, with whatever falls due; real connectors live through 300 ms. */
void check_live(struct check_hub *hub, int64_t by_ms);

/* Kill, and start anew; in a test. */
void check_restart(struct check_hub *hub);

/* Advice for a line of the contract; never NULL. fixes.c */
const char *check_contract_fix(const char *line);

#endif
