/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars by id, file or folder, for `due`; and the findings of whatever was refused. */
#ifndef CLI_CALENDARS_H
#define CLI_CALENDARS_H

#include <stdio.h>

#include "catalog/calendar.h"
#include "cli/cli.h"

/* name: a path, or an id that is looked for as <id>.json, <id>/ or <id>.ics in $ONEDOOR_CALENDARS,
 * ./configs/calendars, /etc/onedoor/calendars, and share/onedoor/calendars beside the
 * program. What is wrong is told as file:line:column. Returns CLI_DONE (*out: the
 * caller's to catalog_calendar_fini), CLI_NOT_FOUND, CLI_REFUSED or CLI_FAILED. */
int cli_calendar_load(const struct cli *cli, const char *name, struct catalog_calendar *out);

/* The name of a holiday or make-up day in the run's language, or NULL. */
const char *cli_calendar_day_name(const struct cli *cli,
                                  const struct catalog_calendar *calendar, core_day day);

/* The same without a word: an error of catalog_calendar_load, findings filled. */
OD_MUST_CHECK int cli_calendar_read(const char *name, struct catalog_calendar *out,
                                    struct catalog_findings *findings);
/* Tell why rc came of it; returns the exit code. */
int cli_calendar_tell(const struct cli *cli, const char *name, int rc,
                      const struct catalog_findings *findings);

/* In the run's language; NULL of NULL. */
const char *cli_catalog_text(const struct cli *cli, const struct catalog_text *text);

/* Every finding as file:line:column: text, in the run's language, on file. */
void cli_findings_print(const struct cli *cli, FILE *file, const struct catalog_findings *findings);
/* Tell that something was refused, and every finding: on stdout, or {"ok": false, ...} with --json. zh: what it is, in
 * Chinese ("日历"). */
void cli_refused_print(const struct cli *cli, const char *zh, const struct catalog_findings *findings);
/* The members "count" and "findings" of an open object. */
void cli_findings_put(const struct cli *cli, struct base_buffer *json, const struct catalog_findings *findings);

#endif
