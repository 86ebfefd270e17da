/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the enums as API, journal and CLI print them ("in_review",
 * "approve_with_conditions", ...). Pure. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include "core/core.h"

const char *core_status_name(enum core_status status);
const char *core_outcome_name(enum core_outcome outcome);
const char *core_task_state_name(enum core_task_state state);
const char *core_opinion_name(enum core_opinion opinion);
const char *core_pause_kind_name(enum core_pause_kind kind);
const char *core_park_reason_name(enum core_park_reason reason);
const char *core_notice_name(enum core_notice notice);
const char *core_policy_name(enum core_policy policy);
const char *core_event_name(enum core_event_type type);
const char *core_unit_name(enum core_unit unit);
const char *core_expiry_name(enum core_expiry expiry);
const char *core_clock_state_name(enum core_clock_state value);
const char *core_milestone_name(enum core_milestone value);
const char *core_rank_name(enum core_rank value);
const char *core_start_name(enum core_start value);
const char *core_telling_name(enum core_telling value);
const char *core_intake_name(enum core_intake value);
/* "promised" ...; every stage is "stage". */
const char *core_clock_name(enum core_clock_id id);

/* The value of a word, 0 (the NONE of each enum) when it is unknown. */
enum core_status core_status_find(const char *name);
enum core_task_state core_task_state_find(const char *name);
enum core_opinion core_opinion_find(const char *name);
enum core_pause_kind core_pause_kind_find(const char *name);
enum core_policy core_policy_find(const char *name);
enum core_unit core_unit_find(const char *name);
enum core_expiry core_expiry_find(const char *name);
enum core_event_type core_event_find(const char *name);
enum core_park_reason core_park_reason_find(const char *name);
enum core_milestone core_milestone_find(const char *name);
enum core_rank core_rank_find(const char *name);
enum core_start core_start_find(const char *name);
enum core_intake core_intake_find(const char *name);

#endif
