/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on stderr while something takes long; nothing where stderr is no terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Zero it to initialise. */
struct cli_progress {
    bool is_looked, may_draw, is_shown;
    int64_t drawn_ms; /* monotonic */
};

/* "what [####....] done/total", drawn ten times a second at most. */
void cli_progress_show(struct cli_progress *progress, const char *what, uint64_t done, uint64_t total);
/* Before anything else is told. */
void cli_progress_clear(struct cli_progress *progress);

#endif
