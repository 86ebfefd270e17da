/* SPDX-License-Identifier: Apache-2.0 */
/* Dates in working days, one and many. */
#ifndef CLI_DUE_H
#define CLI_DUE_H

#include "catalog/calendar.h"
#include "cli/cli.h"

/* Does the date hang on days outside the published years of the calendar (C-3)? */
bool cli_due_is_provisional(const struct core_calendar *rules, core_day from, int days,
                            core_day due);

/* Tell what is wrong with a text that is no date: its shape, or the day. name: of the option. */
void cli_date_tell(const struct cli *cli, const char *name, const char *text);

/* Lines of "calendar,from,days" in, one ISO date a line out; a wrong line gives an
 * empty one, is told as file:line, and the run ends with CLI_FAILED. path "-": stdin. */
int cli_due_batch(const struct cli *cli, const char *path);

#endif
