/* SPDX-License-Identifier: Apache-2.0 */
/* How a task leaves a connector whose department speaks in rows. [plugin] */
#ifndef ROW_END_H
#define ROW_END_H

#include <stdbool.h>
#include <stdint.h>

#include <onedoor/plugin.h>

/* The host forgets what the connector had set for it (od_task_set). A stale handle is fine. */
void end_let_go(const struct od_host *host, od_task task);

/* The withdrawal is confirmed, and the task is let go. */
void end_cancelled(const struct od_host *host, od_task task, enum od_effect effect);

/* What a failure is told with. */
struct end_failure {
    const char *key; /* the department's reference, of OD_EFFECT_DONE */
    bool is_cancelling; /* the application was withdrawn: that is confirmed in place of the failure */
    enum od_effect effect;
    int64_t retry_after_ms;
    const char *code, *detail;
};

/* It is told, and the task is let go. */
void end_failed(const struct od_host *host, od_task task, const struct end_failure *failure);

#endif
