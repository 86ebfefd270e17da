/* SPDX-License-Identifier: Apache-2.0 */
/* An application as a person reads it. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/cli.h"

/* Head, dates, tasks, notice and decision on stdout. */
void cli_view_application(const struct cli *cli, const struct base_json *application);

/* Is the application past its review: nothing more to wait for? */
bool cli_view_is_final(const struct base_json *application);

/* Each text of an array on a line of its own behind lead. */
void cli_view_texts(const struct cli *cli, const char *lead, const struct base_json *texts);

#endif
