/* SPDX-License-Identifier: Apache-2.0 */
#include "end.h"

#include <stddef.h>

void end_let_go(const struct od_host *host, od_task task)
{
    if (od_task_state_of(host, task) != OD_TASK_STALE && od_task_set(host, task, NULL) != OD_OK)
        od_log(host, OD_LOG_ERROR, task, "the task cannot be let go");
}

void end_cancelled(const struct od_host *host, od_task task, enum od_effect effect)
{
    if (od_cancelled(host, task, effect) != OD_OK)
        od_log(host, OD_LOG_ERROR, task, "the cancellation could not be confirmed");
    end_let_go(host, task);
}

void end_failed(const struct od_host *host, od_task task, const struct end_failure *failure)
{
    struct od_failure full = {.size = OD_FAILURE_INIT, .effect = failure->effect, .retry_after_ms = failure->retry_after_ms,
                              .code = failure->code, .detail = failure->detail,
                              .external_ref = failure->effect == OD_EFFECT_DONE ? failure->key : NULL};

    if (failure->is_cancelling) {
        end_cancelled(host, task, failure->effect);
        return;
    }
    if (od_report_failure(host, task, &full) != OD_OK)
        od_log(host, OD_LOG_ERROR, task, "a failure could not be reported");
    end_let_go(host, task);
}
