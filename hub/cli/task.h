/* SPDX-License-Identifier: Apache-2.0 */
/* One task of the worklist. */
#ifndef CLI_TASK_H
#define CLI_TASK_H

#include "cli/cli.h"

struct cli_http_answer;

/* GET a task; answer->etag is the version that was seen. Returns as cli_api_call. */
int cli_task_get(const struct cli *cli, const char *id, struct cli_http_answer *answer,
                 struct base_json **json);

#endif
