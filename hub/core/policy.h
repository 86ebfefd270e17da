/* SPDX-License-Identifier: Apache-2.0 */
/* The combined decision: a replayable function of the opinions. Pure. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "core/application.h"

/* The outcome of the present opinions, CORE_OUTCOME_NONE while some task is open
 * (and no stop_on_veto applies). Source: domain.md section 4. */
enum core_outcome core_policy_outcome(const struct core_rules *rules,
                                      const struct core_application *application);

/* Does one reject already settle the outcome as rejected (for stop_on_veto)? */
bool core_policy_is_vetoed(const struct core_rules *rules, const struct core_application *application);

#endif
