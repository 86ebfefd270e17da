/* SPDX-License-Identifier: Apache-2.0 */
/* due with more than a count of days: a rule of law, pauses and an extension, worked out by
 * the same clock that the hub runs. */
#ifndef CLI_DUE_CLOCK_H
#define CLI_DUE_CLOCK_H

#include "catalog/catalog.h"
#include "cli/cli.h"
#include "core/clock.h"

struct cli_due_clock {
    struct core_limit limit;
    const struct catalog_rule *rule; /* NULL = counted by the unit alone; borrowed from rules */
    struct catalog *rules;           /* owned; NULL = none were read */
    struct core_stop stops[CORE_STOPS_MAX];
    size_t stop_count;
    int32_t extended;                /* units granted */
    struct core_clock clock;         /* after cli_due_clock_run */
    struct core_span span;
};

/* The rule by its id, or the unit by its word. path: file or folder of rule sets, NULL = the usual
 * places. A rule's length holds until *days is given (not 0). What is wrong is told. Returns an exit code. */
int cli_due_rule_read(const struct cli *cli, const char *word, const char *path, struct cli_due_clock *clock);

/* "2024-02-20..2024-02-26,2024-03-01..2024-03-05": the day of the pause and that of the resumption, in order of
 * their begin; separated by commas, semicolons or spaces. Errors (*clock undefined): OD_ESYNTAX, OD_ELIMIT
 * more than CORE_STOPS_MAX. */
OD_MUST_CHECK int cli_due_pauses_read(const char *text, struct cli_due_clock *clock);

/* length 1..; Errors: OD_ERANGE. */
OD_MUST_CHECK int cli_due_clock_run(struct cli_due_clock *clock, const struct core_calendar *calendar, core_day from, int length);

void cli_due_clock_fini(struct cli_due_clock *clock);

#endif
