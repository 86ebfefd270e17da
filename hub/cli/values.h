/* SPDX-License-Identifier: Apache-2.0 */
/* What the options and operands of the table of verbs can be: the words that verbs allow, and where values that only a
 * hub knows come from. Completion offers both; the verbs check by the same words. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "cli/verbs.h"

/* Lists of words; each ends with NULL. */
extern const char *const cli_happenings[];
extern const char *const cli_statuses[];
extern const char *const cli_task_states[];
extern const char *const cli_opinions[];
extern const char *const cli_pause_kinds[];
extern const char *const cli_milestones[];
extern const char *const cli_bars[];
extern const char *const cli_check_outcomes[];
extern const char *const cli_told_to[];
extern const char *const cli_limit_clocks[];
extern const char *const cli_alert_kinds[];
extern const char *const cli_message_states[];
extern const char *const cli_letter_states[]; /* of inquiries and complaints */
extern const char *const cli_evaluation_states[];
extern const char *const cli_grievance_states[];
extern const char *const cli_fee_methods[];
extern const char *const cli_delivery_ways[];
extern const char *const cli_roles[];
extern const char *const cli_key_states[];
extern const char *const cli_task_acts[]; /* on several tasks */
extern const char *const cli_task_claims[];
extern const char *const cli_incident_kinds[];

enum cli_source {
    CLI_SOURCE_NONE = 0,
    CLI_SOURCE_FILES,
    CLI_SOURCE_FOLDERS,
    CLI_SOURCE_VERBS,
    CLI_SOURCE_SERVICES, /* from here on a hub is asked */
    CLI_SOURCE_DEPARTMENTS,
    CLI_SOURCE_MATTERS,
    CLI_SOURCE_CALENDARS,
    CLI_SOURCE_NUMBERS,
    CLI_SOURCE_TASKS,
    CLI_SOURCE_MESSAGES,
    CLI_SOURCE_INQUIRIES,
    CLI_SOURCE_COMPLAINTS,
    CLI_SOURCE_EVALUATIONS,
    CLI_SOURCE_GRIEVANCES,
    CLI_SOURCE_CONNECTORS,
    CLI_SOURCE_MODULES,
    CLI_SOURCE_KEYS,
    CLI_SOURCE_CHECKPOINTS,
    CLI_SOURCE_FEES,      /* these three of the application, or its task, that is the first operand */
    CLI_SOURCE_MATERIALS,
    CLI_SOURCE_DOCUMENTS,
    CLI_SOURCES,
};

/* Zero it to initialise. */
struct cli_values {
    uint32_t sources;         /* bits 1 << enum cli_source */
    const char *const *words; /* NULL = none */
    const char *literal;      /* the placeholder, whose parts in small letters ("c|python") stand for themselves */
};

/* What an option (name: with its dashes) or an operand (name: NULL) with this placeholder can be. False: free text. */
bool cli_values_find(const struct cli_verb *verb, const char *name, const char *placeholder, struct cli_values *values);

/* The next part of a placeholder, parted by '|', in *size; NULL when there is none. at: NULL to begin, then as returned. */
const char *cli_values_part(const char *placeholder, const char *at, size_t *size);

/* Does a part stand for itself? */
bool cli_values_is_word(const char *part, size_t size);

#endif
