/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics as a person reads them, on stdout. */
#ifndef CLI_STATS_H
#define CLI_STATS_H

#include "cli/words.h"

/* The head with the four numbers, what explains them, and a table of the items. */
void cli_stats_print(const struct cli *cli, const struct base_json *statistics);

/* What a recount found. */
void cli_stats_recount_print(const struct cli *cli, const struct base_json *verify);

#endif
