/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars by id, file or folder, for `due`. */
#ifndef CLI_CALENDARS_H
#define CLI_CALENDARS_H

#include <stdio.h>

#include "catalog/calendar.h"
#include "cli/cli.h"

/* name: a path, or an id that is looked for as <id>.json or <id>/ in $ONEDOOR_CALENDARS,
 * ./configs/calendars, /etc/onedoor/calendars, and share/onedoor/calendars beside the
 * program. What is wrong is told as file:line:column. Returns CLI_DONE (*out: the
 * caller's to catalog_calendar_fini), CLI_NOT_FOUND, CLI_REFUSED or CLI_FAILED. */
int cli_calendar_load(const struct cli *cli, const char *name, struct catalog_calendar *out);

/* The name of a holiday or make-up day in the run's language, or NULL. */
const char *cli_calendar_day_name(const struct cli *cli,
                                  const struct catalog_calendar *calendar, core_day day);

/* Every finding as file:line:column: text, on file. */
void cli_findings_print(FILE *file, const struct catalog_findings *findings);

#endif
