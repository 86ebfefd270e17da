/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the project that lies beside this one, run as a child. It never outlives this program. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <sys/types.h>

#include "base/buffer.h"
#include "cli/cli.h"

#define CLI_CHILD_ARGUMENTS_MAX 12
#define CLI_CHILD_GRACE_MS 20000 /* from SIGTERM to SIGKILL */

/* Zero it to initialise. */
struct cli_child {
    pid_t pid; /* 0 = none */
    int out;   /* reads its stdout; valid while pid is */
};

/* arguments: the program's name first ("onedoord"), then what it is given; NULL ends them. Its stderr goes to the end of
 * the file log, NULL = where this one's goes. A failure is told. Returns CLI_DONE (*child is the caller's to end) or
 * CLI_FAILED. */
int cli_child_start(const struct cli *cli, const char *const *arguments, const char *log, struct cli_child *child);

/* The next line of its stdout, without its end; a longer one is cut. should_stop: asked ten times a second, NULL = never.
 * Errors (line unchanged): OD_ETIMEOUT, OD_ECANCELLED should_stop said so, OD_EPEER it closed its stdout. */
OD_MUST_CHECK int cli_child_line(struct cli_child *child, char *line, size_t room, int timeout_ms, bool (*should_stop)(void));

/* Everything that it says until it ends. Returns its exit status, or -1 when it did not end by itself. */
int cli_child_read(struct cli_child *child, struct base_buffer *text);

/* SIGTERM, and SIGKILL after CLI_CHILD_GRACE_MS; returns its exit status, or -1. Accepts a zeroed one. */
int cli_child_end(struct cli_child *child);

#endif
