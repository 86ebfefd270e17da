/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of the kit for authors lie: beside the program itself, installed or
 * in a build folder. */
#ifndef CLI_KIT_H
#define CLI_KIT_H

#include "cli/cli.h"

#define CLI_PATH_SIZE 4096

/* The folder of the running program's folder ("/usr" of /usr/bin/onedoor), then "/", then rest.
 * A failure is told. Returns CLI_DONE or CLI_FAILED. */
int cli_kit_path(const struct cli *cli, const char *rest, char path[CLI_PATH_SIZE]);

#endif
