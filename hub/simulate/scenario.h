/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenario makes of the rules and of the acts. Private to hub/simulate. */
#ifndef SIMULATE_SCENARIO_H
#define SIMULATE_SCENARIO_H

#include "simulate/course.h"

enum { SIMULATE_TASK_NONE = 0xff };

/* One task as the scenario's patterns see it; borrowed. */
struct simulate_name {
    const char *of; /* what people see */
    const char *matter, *department;
};

/* Rules of one service under a scenario. */
struct simulate_rules {
    struct core_rules rules; /* .matters = matters */
    struct core_matter_rule matters[CORE_TASKS_MAX];
    struct core_stage_rule stages[CORE_TASKS_MAX][CORE_STAGES_MAX];
};

/* rules with the scenario's calendar and promise; names: of its tasks, for those that are to be parallel, which then wait for
 * nothing but what is left in keeps[i] (NULL = nothing). Everything else is borrowed from rules. */
void simulate_rules_make(struct simulate_rules *out, const struct core_rules *rules, const struct simulate_scenario *scenario,
                         const struct simulate_name *names, const core_task_set *keeps);

/* Note which patterns mean one of the tasks. Cost: O(patterns not used yet * tasks). */
void simulate_patterns_note(const struct simulate_scenario *scenario, const struct simulate_name *names, size_t name_count,
                            struct simulate_summary *summary);

/* The acts of course under the scenario: tasks renumbered by task_of (SIMULATE_TASK_NONE = no such task any more),
 * included in place of the recorded set, delays changed by names (of the renumbered tasks). Errors: OD_ENOMEM. */
OD_MUST_CHECK int simulate_course_adapt(struct simulate_course *out, const struct simulate_course *course,
                                        const struct simulate_scenario *scenario, const struct simulate_name *names,
                                        const uint8_t *task_of, core_task_set included);

#endif
