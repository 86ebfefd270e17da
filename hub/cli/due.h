/* SPDX-License-Identifier: Apache-2.0 */
/* Dates in working days, one and many. */
#ifndef CLI_DUE_H
#define CLI_DUE_H

#include "base/buffer.h"
#include "catalog/calendar.h"
#include "cli/cli.h"
#include "cli/due_clock.h"

/* What was asked. */
struct cli_question {
    const char *calendar; /* as given */
    core_day from;
    int days;            /* not 0; the length of the limit when has_clock */
    enum core_unit unit; /* --rule: working days, or every day of the calendar */
    bool is_explained;
    bool has_clock;      /* a rule, a pause, an extension or months: clock says the date */
    struct cli_due_clock clock;
};

/* Does the date hang on days outside the published years of the calendar (C-3)? */
bool cli_due_is_provisional(const struct core_calendar *rules, core_day from, int days,
                            core_day due);

/* -- due_explain.c -- */

/* Which days counted, which did not, and why; on stdout, in words for anyone. */
void cli_due_explain(const struct cli *cli, const struct catalog_calendar *calendar,
                     const struct cli_question *question, core_day due);
/* The same as the elements of an open array: {"from", "to", "days", "kind", "name", "counted", "count"}. */
void cli_due_ranges_put(const struct cli *cli, const struct catalog_calendar *calendar,
                        const struct cli_question *question, core_day due,
                        struct base_buffer *json);

/* "2024-02-21 Wed"; the weekday in the run's language. */
#define CLI_DUE_DAY_SIZE 40
void cli_due_day_format(const struct cli *cli, core_day day, char text[CLI_DUE_DAY_SIZE]);

/* Tell what is wrong with a text that is no date: its shape, or the day. name: of the option. */
void cli_date_tell(const struct cli *cli, const char *name, const char *text);

/* Lines of "calendar,from,days" in (a head may add rule, pauses and extended), one ISO date a line out; a wrong line gives an
 * empty one, is told as file:line, and the run ends with CLI_FAILED. path "-": stdin. */
int cli_due_batch(const struct cli *cli, const char *path);

#endif
