/* SPDX-License-Identifier: Apache-2.0 */
/* Extension od.timer/1: timers on the hub's wall clock. They follow the virtual
 * clock: when the hub jumps to a time, every timer due by then runs, in order of
 * its time, before the hub goes on. */
#ifndef ONEDOOR_EXT_TIMER_H
#define ONEDOOR_EXT_TIMER_H

#include <onedoor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_TIMER_1 "od.timer/1"

/* task: as given to start, 0 = none. */
typedef void (*od_timer_cb)(void *self, od_task task, void *arg);

struct od_timer {
    size_t size;
    void *context;
    int (*start)(void *context, int64_t at_ms, od_task task, od_timer_cb on_due, void *arg,
                 uint64_t *timer);                        /* [plugin] */
    int (*cancel)(void *context, uint64_t timer);         /* [plugin] */
};

/* Run on_due once when the wall clock reaches at_ms (UTC; past = soon, never within this call). A
 * timer with a task ends with it: it never runs for a task that was answered or released. timer: its
 * handle, may be NULL. [plugin] Errors: OD_ESTALE (task), OD_EINVAL, OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK static inline int od_timer_start(const struct od_timer *timers, int64_t at_ms, od_task task,
                                               od_timer_cb on_due, void *arg, uint64_t *timer)
{
    return timers->start(timers->context, at_ms, task, on_due, arg, timer);
}

/* It does not run after this. [plugin] Errors: OD_ESTALE it ran, was cancelled, or went with its task. */
OD_MUST_CHECK static inline int od_timer_cancel(const struct od_timer *timers, uint64_t timer)
{
    return timers->cancel(timers->context, timer);
}

#ifdef __cplusplus
}
#endif

#endif
