/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

#define BAR_COLUMNS 30
#define BAR_EVERY_MS 100

static bool may_draw(struct cli_progress *progress)
{
    const char *terminal = getenv("TERM");

    if (!progress->is_looked)
        progress->may_draw = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    progress->is_looked = true;
    return progress->may_draw;
}

void cli_progress_show(struct cli_progress *progress, const char *what, uint64_t done, uint64_t total)
{
    int64_t now = base_monotonic_ms();
    char bar[BAR_COLUMNS + 1];
    size_t full = total > 0 ? (size_t)(done * BAR_COLUMNS / total) : 0;

    if (!may_draw(progress) || (now - progress->drawn_ms < BAR_EVERY_MS && done != total))
        return;
    progress->drawn_ms = now;
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    fprintf(stderr, "\r\033[K%s [%s] %" PRIu64 "/%" PRIu64, what, bar, done, total);
    fflush(stderr);
    progress->is_shown = true;
}

void cli_progress_clear(struct cli_progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
