/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/kit.h"

#define LOOK_EVERY_MS 100

/* In the child: nothing but calls that are safe between fork and exec. */
static void become(const char *path, char *const *arguments, int out, int log, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent && dup2(out, STDOUT_FILENO) >= 0 && (log < 0 || dup2(log, STDERR_FILENO) >= 0))
        execv(path, arguments);
    _exit(127);
}

static int fail(const struct cli *cli, const char *what)
{
    cli_tell(cli, "%s: %s", what, strerror(errno));
    return CLI_FAILED;
}

/* path: of the program; its arguments are NULL-terminated. */
static int spawn(const struct cli *cli, const char *path, char *const *arguments, int log, struct cli_child *child)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(cli, arguments[0]);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(path, arguments, ends[1], log, parent);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return fail(cli, arguments[0]);
    }
    *child = (struct cli_child){.pid = pid, .out = ends[0]};
    return CLI_DONE;
}

int cli_child_start(const struct cli *cli, const char *const *arguments, const char *log, struct cli_child *child)
{
    char path[CLI_PATH_SIZE], place[64] = "bin/";
    char *copies[CLI_CHILD_ARGUMENTS_MAX + 1] = {NULL};
    int fd = -1;

    strncat(place, arguments[0], sizeof(place) - strlen(place) - 1);
    int rc = cli_kit_path(cli, place, path);
    if (rc != CLI_DONE)
        return rc;
    if (access(path, X_OK) != 0)
        return fail(cli, path);
    for (size_t i = 0; arguments[i] != NULL && i < CLI_CHILD_ARGUMENTS_MAX; i++)
        copies[i] = (char *)(uintptr_t)arguments[i]; /* execv changes none of them */
    if (log != NULL && (fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
        return fail(cli, log);
    fflush(NULL);
    rc = spawn(cli, path, copies, fd, child);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Is there a byte to read, or the end? */
static int wait_for_bytes(const struct cli_child *child, int64_t until_ms, bool (*should_stop)(void))
{
    struct pollfd poll_for = {.fd = child->out, .events = POLLIN};

    for (;;) {
        if (should_stop != NULL && should_stop())
            return OD_ECANCELLED;
        if (base_monotonic_ms() >= until_ms)
            return OD_ETIMEOUT;
        if (poll(&poll_for, 1, LOOK_EVERY_MS) > 0)
            return OD_OK;
    }
}

int cli_child_line(struct cli_child *child, char *line, size_t room, int timeout_ms, bool (*should_stop)(void))
{
    int64_t until_ms = base_monotonic_ms() + timeout_ms;
    char text[1024], byte = '\0';
    size_t size = 0;

    for (;;) {
        int rc = wait_for_bytes(child, until_ms, should_stop);
        if (rc != OD_OK)
            return rc;
        ssize_t got = read(child->out, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return OD_EPEER;
        if (byte == '\n')
            break;
        if (size < sizeof(text) - 1)
            text[size++] = byte;
    }
    text[size] = '\0';
    snprintf(line, room, "%s", text);
    return OD_OK;
}

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void forget(struct cli_child *child)
{
    close(child->out);
    *child = (struct cli_child){.pid = 0};
}

int cli_child_read(struct cli_child *child, struct base_buffer *text)
{
    char bytes[4096];
    int status = -1;
    ssize_t got;

    while ((got = read(child->out, bytes, sizeof(bytes))) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            base_buffer_put(text, bytes, (size_t)got);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    forget(child);
    return status_of(status);
}

int cli_child_end(struct cli_child *child)
{
    static const struct timespec look = {.tv_nsec = 10000000};
    int64_t until_ms = base_monotonic_ms() + CLI_CHILD_GRACE_MS;
    int status = -1;
    pid_t ended = 0;

    if (child->pid == 0)
        return -1;
    kill(child->pid, SIGTERM);
    while (ended == 0 && base_monotonic_ms() < until_ms) {
        ended = waitpid(child->pid, &status, WNOHANG);
        if (ended == 0)
            nanosleep(&look, NULL);
    }
    if (ended == 0) {
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    forget(child);
    return status_of(status);
}
