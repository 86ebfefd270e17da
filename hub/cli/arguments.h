/* SPDX-License-Identifier: Apache-2.0 */
/* argv to struct cli, by the table of verbs. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "cli/cli.h"

/* Fill *cli; what is wrong is told on stderr. Options may stand anywhere;
 * "--name value" or "--name=value"; "--" ends them. Returns CLI_DONE or CLI_USAGE. */
int cli_arguments_read(struct cli *cli, int argc, char **argv);

#endif
