/* SPDX-License-Identifier: Apache-2.0 */
/* Two ends of the same application: what is not the same, and what it adds to the figures. Private to
 * hub/simulate. */
#ifndef SIMULATE_COMPARE_H
#define SIMULATE_COMPARE_H

#include "simulate/scenario.h"

/* One end: the state, the rules that led to it, and what its tasks are called. */
struct simulate_end {
    const struct core_application *state;
    const struct core_rules *rules;
    const struct simulate_name *names;
};

struct simulate_pair {
    const char *number;
    struct simulate_end before, after;
    const uint8_t *task_of; /* of a task before: its index after, or SIMULATE_TASK_NONE */
};

/* Tell every change and add to the summary. Errors: what on_change returned. Cost: O(tasks). */
OD_MUST_CHECK int simulate_compare(const struct simulate_pair *pair, const struct simulate_report *report,
                                   struct simulate_summary *summary);

#endif
