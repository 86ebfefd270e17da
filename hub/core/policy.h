/* SPDX-License-Identifier: Apache-2.0 */
/* The combined decision: a replayable function of the opinions. Pure. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "core/application.h"

/* The outcome of the present opinions, CORE_OUTCOME_NONE while some task is open
 * (and no stop_on_veto applies). Source: docs/rules/decision.md. Cost: O(tasks). */
enum core_outcome core_policy_outcome(const struct core_rules *rules,
                                      const struct core_application *application);

/* Do the rejects so far already settle the outcome as rejected, whatever the open tasks
 * may say (for stop_on_veto)? Never with CORE_POLICY_PARTIAL. Cost: O(tasks). */
bool core_policy_is_vetoed(const struct core_rules *rules, const struct core_application *application);

#endif
