/* SPDX-License-Identifier: Apache-2.0 */
/* One case of an event log as it is taken: in the order of time, with what contradicts itself settled and noted.
 * Private to hub/simulate. */
#ifndef SIMULATE_LOG_READ_H
#define SIMULATE_LOG_READ_H

#include "simulate/log_index.h"

struct simulate_log_task {
    core_ms at_ms;
    unsigned occurrence;                 /* of its activity in the case, 1.. */
    char activity[SIMULATE_NAME_MAX + 1];
    char code[SIMULATE_NAME_MAX + 1];    /* the activity up to its first space: who does it */
    char of[SIMULATE_NAME_MAX + 16];     /* the activity, and "#2" of its second occurrence */
};

struct simulate_log_life {
    char number[SIMULATE_NAME_MAX + 1];
    core_ms start_ms, end_ms;  /* end_ms 0 = still open */
    core_day deadline;         /* 0 = none */
    struct simulate_log_task tasks[SIMULATE_STEPS_MAX + 1]; /* and the end */
    size_t step_count;
};

/* Read the case into *life and tell its notes. *is_fine false: it is left out, and was told why. Errors: OD_EIO the
 * file has changed meanwhile; what on_finding returned. */
OD_MUST_CHECK int simulate_log_life_read(struct simulate_log_index *index, const struct simulate_log_case *of,
                                         struct simulate_log_life *life, bool *is_fine);

#endif
