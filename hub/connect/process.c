/* SPDX-License-Identifier: Apache-2.0 */
/* One host process: what it inherits, how it starts and ends, what it prints.
 *
 *   connect_session_create -> (wire.c, session.c) -> connect_session_fail
 *     -> next turn: connect_session_end -> on_exited, on_closed -> connect_life_reaped
 *
 * An exit, the end of fd 3, a hang or a broken frame all arrive at
 * connect_session_fail; so a session ends once, for the first reason. */
#include "connect/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#define OUTPUT_BLOCK 65536
#define FD_COUNT 7
#define LEAVE_MS 1000

/* What the child inherits; -1 = not open. */
struct inheritance {
    int output, pipe, flight; /* closed here once the child has them; those of the module are the link's */
};

const struct connect_carrier connect_carrier_pipe = {
    .noun = "the host", .flush = connect_wire_flush, .find_fault = connect_session_find_hang};

void connect_session_fail(struct connect_session *session, const char *format, ...)
{
    va_list arguments;

    if (session->is_failing)
        return; /* the first reason wins; more are expected */
    session->is_failing = true;
    va_start(arguments, format);
    vsnprintf(session->reason, sizeof(session->reason), format, arguments);
    va_end(arguments);
    connect_later(session->link, CONNECT_TELL_END);
}

static void session_free(struct connect_session *session)
{
    connect_wire_close(session);
    connect_report_fini(session);
    if (session->flight != NULL)
        munmap((void *)(uintptr_t)session->flight, CONNECT_FLIGHT_SIZE);
    base_free(session);
}

static void put_cause(const struct connect_session *session, char *text, size_t size)
{
    const char *name = sigabbrev_np(session->exit_signal);
    bool is_ours = session->exit_signal == SIGKILL && !session->is_closed;

    text[0] = '\0';
    if (session->exit_signal != 0 && !is_ours)
        snprintf(text, size, "; killed by SIG%s%s", name != NULL ? name : "?",
                 session->exit_signal == SIGSYS ? ": its sandbox refused a call" : "");
    else if (session->exit_status != 0)
        snprintf(text, size, "; exit status %d", (int)session->exit_status);
}

/* Why it ended, as far as it is known now; an end that we asked for is no error. */
static void tell_error(struct connect_session *session)
{
    struct connect_link *link = session->link;
    char cause[64];

    if (session->is_asked)
        return;
    put_cause(session, cause, sizeof(cause));
    snprintf(link->last_error, sizeof(link->last_error), "%s %s%s%s%.200s", session->carrier->noun, session->reason, cause,
             session->line_last[0] != '\0' ? "; it printed: " : "", session->line_last);
    connect_text_clean(link->last_error, strlen(link->last_error));
    connect_later(link, CONNECT_TELL_STATE);
}

static void free_if_gone(struct connect_session *session)
{
    struct connect_link *link = session->link;

    if (session->handles_open > 0 || session->is_running || !session->is_ended)
        return;
    assert(link->session == session);
    link->session = NULL;
    session_free(session);
    connect_life_reaped(link);
}

static void on_closed(uv_handle_t *handle)
{
    struct connect_session *session = handle->data;

    session->handles_open--;
    free_if_gone(session);
}

static void kill_host(struct connect_session *session)
{
    if (!session->is_running)
        return;
    kill(-session->process.pid, SIGKILL); /* its group: what it forked goes with it */
    kill(session->process.pid, SIGKILL);
}

/* A host that said bye has this long to be gone. */
void connect_session_watch_exit(struct connect_session *session, uint64_t now_ms)
{
    if (session->is_ended && now_ms > session->ended_ms + LEAVE_MS)
        kill_host(session);
}

static void end_line(struct connect_session *session)
{
    if (session->line_size == 0)
        return;
    memcpy(session->line_last, session->line, session->line_size);
    session->line_last[session->line_size] = '\0';
    if (session->lines_taken++ < CONNECT_OUTPUT_LINES_MAX)
        connect_line_add(session->link, "output", session->line, session->line_size);
    else
        session->lines_dropped++;
    session->line_size = 0;
}

static void take_output(struct connect_session *session, const char *bytes, size_t size)
{
    for (const char *end = bytes + size; bytes < end;) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t length = (size_t)((stop != NULL ? stop : end) - bytes);
        size_t room = CONNECT_OUTPUT_LINE_MAX - session->line_size;

        memcpy(session->line + session->line_size, bytes, length < room ? length : room);
        session->line_size += length < room ? length : room;
        bytes += length + 1;
        if (stop != NULL)
            end_line(session);
    }
}

/* One block, or as much as there is at most when the host is dead. */
static void read_output(struct connect_session *session, bool is_last)
{
    static char block[OUTPUT_BLOCK]; /* loop thread only */
    ssize_t size = 0;

    if (session->output.data == NULL)
        return; /* there was no memory to watch it */
    do {
        size = read(session->output_fd, block, sizeof(block));
        if (size > 0) {
            session->output_taken += (size_t)size;
            take_output(session, block, (size_t)size);
        }
    } while (is_last && size > 0 && session->output_taken < 2 * CONNECT_OUTPUT_MAX);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
        uv_poll_stop(&session->output);
}

/* A flood is taken at a bounded rate; in between, the host's own write waits. */
static void on_output(uv_poll_t *poll, int status, int events)
{
    struct connect_session *session = poll->data;

    (void)events;
    if (status < 0) {
        uv_poll_stop(poll);
        return;
    }
    read_output(session, false);
    if (session->output_taken >= CONNECT_OUTPUT_MAX)
        uv_poll_stop(poll);
}

void connect_session_resume_output(struct connect_session *session)
{
    char text[64];

    if (session->lines_dropped > 0) {
        int size = snprintf(text, sizeof(text), "%u lines dropped: too many at once", session->lines_dropped);
        connect_line_add(session->link, "warning", text, (size_t)size);
        connect_line_add(session->link, "output", session->line_last, strlen(session->line_last));
    }
    if (session->output_taken >= CONNECT_OUTPUT_MAX && session->output_fd >= 0)
        uv_poll_start(&session->output, UV_READABLE, on_output);
    session->output_taken = 0;
    session->lines_taken = session->lines_dropped = 0;
}

static void close_output(struct connect_session *session)
{
    if (session->output_fd < 0)
        return;
    read_output(session, true);
    end_line(session);
    if (session->output.data != NULL)
        uv_close((uv_handle_t *)&session->output, on_closed);
    close(session->output_fd);
    session->output_fd = -1;
}

static void on_exited(uv_process_t *process, int64_t status, int signal)
{
    struct connect_session *session = process->data;

    session->is_running = false;
    session->exit_status = status;
    session->exit_signal = signal;
    session->is_closed = session->is_closed || !session->is_failing;
    connect_session_fail(session, "ended");
    close_output(session);
    if (session->is_ended)
        tell_error(session);
    uv_close((uv_handle_t *)process, on_closed);
}

/* A host that said bye after it was asked to stop ends by itself; any other is
 * killed at once: it must not work on for a session that is over. */
void connect_session_end(struct connect_session *session)
{
    struct connect_link *link = session->link;
    struct connect *connect = link->connect;
    bool is_crash = link->remote == NULL && !session->is_asked && !(link->is_unloading && session->stage == CONNECT_STAGE_LEFT);
    uint64_t task = 0;

    if (session->is_ended)
        return;
    if (session->stage != CONNECT_STAGE_LEFT)
        kill_host(session);
    connect_wire_rest(session);
    session->is_ended = true;
    session->ended_ms = uv_now(connect->loop);
    if (session->flight != NULL)
        task = session->flight->task;
    if (session->pipe.data != NULL)
        uv_close((uv_handle_t *)&session->pipe, on_closed);
    if (session->pipe_fd >= 0)
        close(session->pipe_fd);
    session->pipe_fd = -1;
    if (!session->is_running)
        close_output(session);
    tell_error(session);
    if (link->remote != NULL)
        connect_remote_ended(session);
    if (is_crash)
        connect->figures.crashes++;
    connect_life_lost(link, is_crash);
    if (session->was_ready)
        connect->options.callbacks.on_lost(connect->options.owner, link, session->epoch, is_crash, task);
    free_if_gone(session);
}

/* Sealed, so that a host cannot shrink it under the hub's reads. */
static int flight_open(struct connect_session *session)
{
    int fd = memfd_create("onedoor-flight", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    if (ftruncate(fd, CONNECT_FLIGHT_SIZE) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        void *page = mmap(NULL, CONNECT_FLIGHT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) {
            session->flight = page;
            return fd;
        }
    }
    close(fd);
    return -1;
}

static int open_all(struct connect_session *session, struct inheritance *child)
{
    int pair[2], output[2];

    child->flight = flight_open(session);
    if (child->flight < 0)
        return OD_EIO;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return OD_EIO;
    session->pipe_fd = pair[0];
    child->pipe = pair[1];
    if (pipe2(output, O_CLOEXEC) != 0)
        return OD_EIO;
    session->output_fd = output[0];
    child->output = output[1];
    if (fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(output[0], F_SETFL, O_NONBLOCK) != 0)
        return OD_EIO;
    int rc = connect_wire_open(session);
    if (rc != OD_OK)
        return rc;
    if (uv_poll_init(session->link->connect->loop, &session->output, session->output_fd) != 0)
        return OD_EIO;
    session->output.data = session;
    session->handles_open++;
    uv_poll_start(&session->output, UV_READABLE, on_output);
    return OD_OK;
}

static void close_inheritance(const struct inheritance *child)
{
    const int fds[] = {child->output, child->pipe, child->flight};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* "NAME=value" of the hub's own environment, or NULL. */
static char *environment_entry(const char *name, char *text, size_t size)
{
    const char *value = getenv(name);

    if (value == NULL || snprintf(text, size, "%s=%s", name, value) >= (int)size)
        return NULL;
    return text;
}

/* What a module with sockets or a folder of its own gets, too. at: room for two pairs and NULL. */
static void arguments_more(char **at, char *sockets, char *folder)
{
    static char sockets_name[] = "--sockets", folder_name[] = "--folder";

    if (sockets != NULL) {
        *at++ = sockets_name;
        *at++ = sockets;
    }
    if (folder != NULL) {
        *at++ = folder_name;
        *at = folder;
    }
}

static int spawn(struct connect_session *session, const struct inheritance *child)
{
    static const char *const names[] = {"PATH", "LANG", "TZ"};
    struct connect_link *link = session->link;
    const struct connect_options *options = &link->connect->options;
    char folder[4096], sockets[CONNECT_NET_PATH_MAX], net[CONNECT_NET_PATH_MAX + 16], texts[3][4096];
    char *environment[6] = {0}, **next = environment;
    char place[CONNECT_FOLDER_PATH_MAX], own[CONNECT_FOLDER_PATH_MAX + 16];
    bool has_net = connect_net_path(link, sockets, sizeof(sockets)), has_folder = connect_folder_path(link, place, sizeof(place));
    const char *min_tier = options->min_tier != NULL ? options->min_tier : "plain";
    char *arguments[] = {(char *)(uintptr_t)options->host_program, "--module", folder, "--connector", link->id,
                         "--min-tier", (char *)(uintptr_t)min_tier, "--sealed", NULL, NULL, NULL, NULL, NULL};
    uv_stdio_container_t stdio[FD_COUNT] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = child->output},
        {.flags = UV_INHERIT_FD, .data.fd = child->output},
        {.flags = UV_INHERIT_FD, .data.fd = child->pipe},
        {.flags = UV_INHERIT_FD, .data.fd = child->flight},
        {.flags = UV_INHERIT_FD, .data.fd = link->seal.manifest},
        {.flags = UV_INHERIT_FD, .data.fd = link->seal.module},
    };

    arguments_more(arguments + 8, has_net ? sockets : NULL, has_folder ? place : NULL);
    snprintf(folder, sizeof(folder), "%s/%s", options->module_folder, link->module);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        *next = environment_entry(names[i], texts[i], sizeof(texts[i]));
        next += *next != NULL;
    }
    snprintf(net, sizeof(net), "ONEDOOR_NET=%s", has_net ? sockets : "");
    if (has_net)
        *next++ = net;
    snprintf(own, sizeof(own), "ONEDOOR_FOLDER=%s", has_folder ? place : "");
    *next = has_folder ? own : NULL;
    uv_process_options_t process = {
        .exit_cb = on_exited,
        .file = options->host_program,
        .args = arguments,
        .env = environment,
        .flags = UV_PROCESS_DETACHED, /* a group of its own: a terminal's ^C is for the hub */
        .stdio = stdio,
        .stdio_count = FD_COUNT,
    };
    /* Whatever this process was started with, or a library opened, stays here. */
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    int rc = uv_spawn(link->connect->loop, &session->process, &process);
    session->process.data = session;
    session->handles_open++;
    return rc;
}

/* A session of its own is, where the kernel groups by session, a share of the processor of its own, in
 * which nice counts among its own threads alone: so the group is made nice too. */
static void priority_lower(int pid, int nice_increment)
{
    char path[64];

    if (nice_increment == 0)
        return;
    setpriority(PRIO_PROCESS, (id_t)pid, nice_increment);
    snprintf(path, sizeof(path), "/proc/%d/autogroup", pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    dprintf(fd, "%d", nice_increment); /* the kernel may refuse several at once: then nice alone holds */
    close(fd);
}

int connect_session_create(struct connect_link *link)
{
    struct connect_session *session = base_alloc(sizeof(*session));
    struct inheritance child = {.output = -1, .pipe = -1, .flight = -1};
    char text[PACKAGE_TEXT_SIZE];

    if (session == NULL)
        return OD_ENOMEM;
    session->link = link;
    session->carrier = &connect_carrier_pipe;
    session->poll_ms = link->connect->options.times.poll_ms;
    session->pipe_fd = session->output_fd = -1;
    session->stage = CONNECT_STAGE_GREETING;
    link->session = session;
    if (connect_module_trust(link, text) != OD_OK || connect_module_seal(link, text) != OD_OK) {
        connect_session_fail(session, "was not started: %s", text);
        return OD_OK;
    }
    int rc = open_all(session, &child);
    if (rc != OD_OK) {
        connect_session_fail(session, "could not be given its descriptors: %s",
                             rc == OD_ENOMEM ? "no memory left" : strerror(errno));
        close_inheritance(&child);
        return OD_OK;
    }
    rc = spawn(session, &child);
    close_inheritance(&child);
    if (rc != 0) {
        connect_session_fail(session, "could not be started: %s: %s", link->connect->options.host_program,
                             uv_strerror(rc));
        uv_close((uv_handle_t *)&session->process, on_closed);
        return OD_OK;
    }
    session->is_running = true;
    priority_lower(session->process.pid, link->connect->options.nice_increment);
    base_log(BASE_LOG_INFO, "host started connector=%s module=%s pid=%d", link->id, link->module,
             session->process.pid);
    return OD_OK;
}
