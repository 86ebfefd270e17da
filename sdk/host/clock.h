/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's wall clock as seen by the host: it runs on with the monotonic clock,
 * or, when virtual, stands still between the times that the hub tells. */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Zero it to initialise. */
struct host_clock {
    _Atomic int64_t wall_ms; /* virtual: now. Else: wall minus monotonic */
    bool is_virtual;         /* set before the second thread starts */
};

/* The hub said that its wall clock stands at wall_ms. One thread at a time. */
void host_clock_set(struct host_clock *clock, int64_t wall_ms);

/* Any thread. */
int64_t host_clock_now_ms(const struct host_clock *clock);

/* Monotonic ms until the wall clock reaches at_ms: 0 = it has; -1 = it stands still. */
int64_t host_clock_until_ms(const struct host_clock *clock, int64_t at_ms);

#endif
