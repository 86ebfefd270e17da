/* SPDX-License-Identifier: Apache-2.0 */
/* Timers on the hub's wall clock: a binary heap by due time, then by order of start.
 * A timer may belong to a task and goes with it. Plugin's thread only. No I/O, no clock. */
#ifndef HOST_TIMER_H
#define HOST_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>
#include <onedoor/ext/timer.h>

#include "host/task.h"

#define HOST_TIMER_NONE UINT32_MAX
#define HOST_TIMERS_MAX (1u << 28)

struct host_timer {
    int64_t at_ms;
    uint64_t order;      /* of start; ties run in this order */
    od_task task;        /* 0 = none */
    od_timer_cb on_due;  /* NULL = the slot is free */
    void *arg;
    uint32_t place;      /* in the heap; of a free slot: the next free slot + 1 */
    uint32_t generation; /* from 1 */
    uint32_t next, prev; /* among the timers of the same task */
};

/* Zero it to initialise. */
struct host_timers {
    struct host_timer *slots; /* owned */
    size_t slot_count, slot_room;
    uint32_t *heap; /* owned: slots by due time; as roomy as slots */
    size_t count;
    uint32_t free_first; /* slot + 1, 0 = none */
    uint64_t order_last;
};

void host_timers_fini(struct host_timers *timers);

/* task may be NULL. handle may be NULL. Cost O(log n).
 * Errors: OD_ENOMEM, OD_ELIMIT (nothing changed). */
OD_MUST_CHECK int host_timers_start(struct host_timers *timers, int64_t at_ms, struct host_task *task,
                                    od_timer_cb on_due, void *arg, uint64_t *handle);

/* Errors: OD_ESTALE. Cost O(log n). */
OD_MUST_CHECK int host_timers_cancel(struct host_timers *timers, struct host_tasks *tasks, uint64_t handle);

/* All timers of the task go. */
void host_timers_cancel_task(struct host_timers *timers, struct host_task *task);

/* When the first timer is due; INT64_MAX = there is none. */
int64_t host_timers_next_ms(const struct host_timers *timers);

/* Take the first timer due by now_ms and started no later than order_max out. false = none. */
bool host_timers_take(struct host_timers *timers, struct host_tasks *tasks, int64_t now_ms, uint64_t order_max,
                      struct host_timer *out);

#endif
