/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of calendar, offline. */
#ifndef CLI_CALENDAR_H
#define CLI_CALENDAR_H

#include "base/buffer.h"
#include "catalog/calendar.h"
#include "cli/cli.h"

/* {"id", "version", "name", "layers", "published_from", "published_until", "years": [...],
 * ...}. */
void cli_calendar_put(struct base_buffer *json, const char *key,
                      const struct catalog_calendar *calendar);

/* -- calendar_year.c -- */

/* One year as twelve months on stdout, with a legend, the listed days by name, and the sums. */
void cli_calendar_year_print(const struct cli *cli, const struct catalog_calendar *calendar,
                             int year);

struct cli_year_sums {
    int working, make_up, off, weekday_off; /* working: with make-up days; weekday_off: of off,
                                               on weekdays worked else */
};

void cli_calendar_year_sum(const struct core_calendar *rules, int year,
                           struct cli_year_sums *sums);

#endif
