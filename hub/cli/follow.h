/* SPDX-License-Identifier: Apache-2.0 */
/* Follow one application to its decision. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdio.h>

#include "cli/cli.h"

/* Print each event of the application on events (NULL = none) as it comes, as JSON
 * lines with --json, and at its end the application itself on stdout. A broken line to
 * the hub is taken up again where it broke. Returns enum cli_exit. */
int cli_follow(const struct cli *cli, const char *number, FILE *events);

/* GET an application. Returns as cli_api_call. */
struct cli_http_answer;
int cli_application_get(const struct cli *cli, const char *number,
                        struct cli_http_answer *answer, struct base_json **json);

/* An application as --json or a person wants it. */
void cli_application_print(const struct cli *cli, const struct cli_http_answer *answer,
                           const struct base_json *json);

#endif
