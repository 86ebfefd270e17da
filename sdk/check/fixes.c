/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about each mistake that the host names. docs/connectors/errors.md says more of each. */
#include <string.h>

#include "check/suite.h"

const char *check_contract_fix(const char *line)
{
    static const struct {
        const char *part, *fix;
    } fixes[] = {
        {"from another thread", "from other threads call od_post, od_log, od_now_ms and od_metric_put alone "
                                "(cookbook.md#blocking)"},
        {"stale task handle", "forget a handle when the task has ended: in answered() or release() (errors.md#stale)"},
        {"was answered before", "end each task once: return after the call that ends it (errors.md#twice)"},
        {"a reason is required", "od_reject needs a reason that the applicant can read (errors.md#reject)"},
        {"a condition is required", "od_approve_with_conditions needs at least one condition (errors.md#conditions)"},
        {"is not UTF-8", "texts are UTF-8: convert what comes from elsewhere (errors.md#utf8)"},
        {"is longer than", "cut a text before you hand it over; the limits are in onedoor/plugin.h (errors.md#limits)"},
        {"more than", "at most OD_REASONS_MAX texts in one list (errors.md#limits)"},
        {"od_give_back:", "give back only what was neither accepted nor attempted; else od_fail (effects.md)"},
        {"the budget is", "blocking code belongs into od_work (cookbook.md#blocking)"},
        {"left the task unanswered", "return OD_OK when you have the task, OD_EBUSY to give it back untouched, or "
                                     "od_fail before you return an error (errors.md#unanswered)"},
        {"for a task that has ended", "start no timer for a task that has ended (errors.md#stale)"},
        {"is outside its range", "fill the struct with its _INIT macro, then set each member (errors.md#range)"},
        {"is required", "fill in every member that the header does not call optional (errors.md#range)"},
        {"it is not paused", "od_unpause ends a pause that is open (errors.md#state)"},
        {"cancel was not called", "od_cancelled is the answer to cancel() alone (errors.md#state)"},
        {"under another external_ref", "accept a task under one reference (errors.md#state)"},
        {"at most", "the limits are in onedoor/plugin.h (errors.md#limits)"},
    };

    for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++) {
        if (strstr(line, fixes[i].part) != NULL)
            return fixes[i].fix;
    }
    return "docs/connectors/errors.md explains each line of the contract";
}
