/* SPDX-License-Identifier: Apache-2.0 */
/* How one test ends. Each test is a process of its own: a failure is written to its
 * parent and the process ends at once, whatever it was in the middle of. */
#ifndef CHECK_VERDICT_H
#define CHECK_VERDICT_H

#include <stdbool.h>
#include <sys/types.h>

#define CHECK_VERDICT_SIZE 2048 /* of all that is told of one test */

/* Where the verdict goes. Once, at the start of the process. is_in_process: the module runs here too, and is ended
 * as its sanitizers like it. */
void check_verdict_init(int fd, bool is_in_process);

/* The process group that must not outlive the test; 0 = none. */
void check_verdict_owns(pid_t group);

/* What is wrong, in one sentence; what to do, in one line (a page of docs/connectors, "cookbook.md#lookup", may
 * end it). Never returns. */
void check_fail(const char *fix, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* The test does not apply, and why. Never returns. */
void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A line for the reader of a failure: shown below it. */
void check_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Passed. Never returns. */
void check_pass(void) __attribute__((noreturn));

#endif
