/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's thread: takes what is in the inbox, calls the module, runs its timers. */
#ifndef HOST_RUNNER_H
#define HOST_RUNNER_H

#include <stdint.h>

#include "base/frame.h"
#include "host/host.h"

/* The whole life of the module, from open to close; arg: struct host. For pthread_create. */
void *host_runner_run(void *arg);

/* One turn of it after open: wait at most timeout_ms, then do all that is due. */
void host_runner_turn(struct host *host, int64_t timeout_ms);

/* Around each callback: flight record, budget, lent memory. name: of the callback; task may be 0 (wire). */
void host_callback_enter(struct host *host, const char *name, uint64_t task);
void host_callback_leave(struct host *host, uint64_t task);

/* One item of the hub; payload may be changed. A broken one breaks the host. */
void host_item_run(struct host *host, const struct base_frame *item);

/* One answer of the hub, to a report or to a service request. */
void host_answer_run(struct host *host, const struct base_frame *answer);

/* The task leaves the module without its doing: release() with this reason, then the handle is stale. */
void host_task_release(struct host *host, struct host_task *task, const char *reason);

/* The handle is stale from now on; nothing is told. */
void host_task_drop(struct host *host, struct host_task *task);

#endif
