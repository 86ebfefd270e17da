/* SPDX-License-Identifier: Apache-2.0 */
/* A peer in a process of its own: onedoor-host with the module, started as the hub starts it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "check/peer.h"
#include "check/place.h"
#include "check/verdict.h"

#define FLIGHT_SIZE 4096
#define CHILD_FD_FREE 20 /* out of the way of the numbers that the host expects */

static char host_program[CHECK_PATH_SIZE], host_tier[16];

void check_peer_host_set(const char *program, const char *min_tier)
{
    snprintf(host_program, sizeof(host_program), "%s", program);
    snprintf(host_tier, sizeof(host_tier), "%s", min_tier != NULL ? min_tier : "");
}

/* "NAME=value" of our own environment, or nothing; and what the hub says of the module's own places. */
static void environment_fill(const struct check_hub *hub, char *environment[6], char texts[5][CHECK_PATH_SIZE + 32])
{
    static const char *const names[] = {"PATH", "LANG", "TZ"};
    size_t count = 0;

    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && snprintf(texts[count], sizeof(texts[0]), "%s=%s", names[i], value) < (int)sizeof(texts[0])) {
            environment[count] = texts[count];
            count++;
        }
    }
    if (hub->place[0] != '\0') {
        snprintf(texts[count], sizeof(texts[0]), "ONEDOOR_FOLDER=%s", hub->place);
        environment[count] = texts[count];
        count++;
    }
    if (hub->subject->script.sockets != NULL) {
        snprintf(texts[count], sizeof(texts[0]), "ONEDOOR_NET=%.4000s", hub->subject->script.sockets);
        environment[count] = texts[count];
        count++;
    }
    environment[count] = NULL;
}

__attribute__((noreturn)) static void run_host(const struct check_hub *hub, int hub_fd, int output_fd)
{
    static char texts[5][CHECK_PATH_SIZE + 32];
    char *environment[6];
    const char *arguments[16] = {host_program, "--connector", hub->subject->id, "--module", hub->subject->folder};
    size_t count = 5;
    int null_fd = open("/dev/null", O_RDWR), flight_fd = fcntl(hub->flight_fd, F_DUPFD, CHILD_FD_FREE);

    hub_fd = fcntl(hub_fd, F_DUPFD, CHILD_FD_FREE);
    output_fd = fcntl(output_fd, F_DUPFD, CHILD_FD_FREE);
    dup2(null_fd, 0);
    dup2(output_fd, 1);
    dup2(output_fd, 2);
    dup2(hub_fd, 3);
    dup2(flight_fd, 4);
    for (int fd = 5; fd < 256; fd++)
        close(fd);
    if (host_tier[0] != '\0') {
        arguments[count++] = "--min-tier";
        arguments[count++] = host_tier;
    }
    if (hub->kill_at != NULL) {
        arguments[count++] = "--kill-at";
        arguments[count++] = hub->kill_at;
    }
    if (hub->place[0] != '\0') {
        arguments[count++] = "--folder";
        arguments[count++] = hub->place;
    }
    if (hub->subject->script.sockets != NULL) {
        arguments[count++] = "--sockets";
        arguments[count++] = hub->subject->script.sockets;
    }
    environment_fill(hub, environment, texts);
    setpgid(0, 0);
    execve(host_program, (char **)(uintptr_t)arguments, environment);
    dprintf(2, "%s: %s\n", host_program, strerror(errno));
    _exit(127);
}

int check_peer_open(struct check_hub *hub, int *other_fd)
{
    int sockets[2];

    if (hub->flight == NULL) {
        hub->flight_fd = memfd_create("flight", MFD_CLOEXEC);
        if (hub->flight_fd < 0 || ftruncate(hub->flight_fd, FLIGHT_SIZE) != 0)
            return OD_EIO;
        hub->flight = mmap(NULL, FLIGHT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, hub->flight_fd, 0);
        if (hub->flight == MAP_FAILED)
            return OD_ENOMEM;
    }
    memset(hub->flight, 0, FLIGHT_SIZE);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return OD_EIO;
    hub->fd = sockets[0];
    *other_fd = sockets[1];
    base_free(hub->config);
    hub->config = check_subject_config(hub->subject, CHECK_DEPARTMENT_URL);
    return hub->config != NULL ? OD_OK : OD_ENOMEM;
}

static int start(struct check_hub *hub)
{
    int hub_fd, output[2];

    if (pipe2(output, O_CLOEXEC) != 0)
        return OD_EIO;
    int rc = check_peer_open(hub, &hub_fd);
    if (rc == OD_OK && hub->subject->place[0] != '\0' && hub->place[0] == '\0')
        rc = check_place_make(hub->subject->place, hub->place);
    if (rc != OD_OK)
        return rc;
    hub->exit_code = 0;
    hub->pid = fork();
    if (hub->pid == 0)
        run_host(hub, hub_fd, output[1]);
    close(hub_fd);
    close(output[1]);
    hub->stderr_fd = output[0];
    return hub->pid > 0 ? OD_OK : OD_EIO;
}

void check_peer_send(struct check_hub *hub, const struct base_frame *reply)
{
    struct base_buffer bytes = {0};
    size_t sent = 0;

    base_frame_put(&bytes, reply);
    while (sent < bytes.size && !hub->is_lost) {
        ssize_t got = send(hub->fd, bytes.bytes + sent, bytes.size - sent, MSG_NOSIGNAL);

        if (got > 0)
            sent += (size_t)got;
        else if (errno != EINTR)
            break; /* it is gone: what it said before is still to be read */
    }
    base_buffer_fini(&bytes);
}

static void take_frames(struct check_hub *hub)
{
    struct base_frame frame;
    size_t offset = 0, used;

    while (!hub->is_lost &&
           base_frame_read(hub->in.bytes + offset, hub->in.size - offset, &frame, &used) == OD_OK) {
        check_hub_take(hub, &frame);
        offset += used;
    }
    if (hub->is_lost)
        return; /* killed in the middle: the rest was never said */
    hub->in.size -= offset;
    memmove(hub->in.bytes, hub->in.bytes + offset, hub->in.size);
}

static void read_output(struct check_hub *hub)
{
    char bytes[4096];
    ssize_t got = hub->stderr_fd >= 0 ? read(hub->stderr_fd, bytes, sizeof(bytes)) : 0;

    if (got > 0) {
        check_hub_print(hub, bytes, (size_t)got);
    } else if (hub->stderr_fd >= 0) {
        close(hub->stderr_fd);
        hub->stderr_fd = -1;
    }
}

static void read_frames(struct check_hub *hub)
{
    if (base_buffer_reserve(&hub->in, 65536) != OD_OK)
        check_fail("", "the checker has no memory left");
    ssize_t got = recv(hub->fd, hub->in.bytes + hub->in.size, hub->in.room - hub->in.size, 0);
    if (got <= 0) {
        check_hub_end(hub);
        return;
    }
    hub->in.size += (size_t)got;
    take_frames(hub);
}

void check_peer_wait(struct check_hub *hub, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = hub->fd, .events = POLLIN}, {.fd = hub->stderr_fd, .events = POLLIN}};

    if (poll(fds, 2, timeout_ms) <= 0)
        return;
    if (fds[1].revents != 0)
        read_output(hub);
    if (fds[0].revents != 0 && hub->fd >= 0)
        read_frames(hub);
}

void check_peer_close(struct check_hub *hub)
{
    if (hub->fd >= 0)
        close(hub->fd);
    hub->fd = -1;
    while (hub->stderr_fd >= 0)
        read_output(hub);
}

static void note_status(struct check_hub *hub, int status)
{
    hub->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    hub->pid = 0;
    hub->is_lost = true;
    check_peer_close(hub);
}

static bool reap(struct check_hub *hub, int timeout_ms)
{
    int64_t until_ms = base_monotonic_ms() + timeout_ms;
    int status = 0;

    while (hub->pid != 0 && waitpid(hub->pid, &status, WNOHANG) == 0) {
        if (base_monotonic_ms() > until_ms)
            return false;
        struct pollfd fd = {.fd = hub->stderr_fd, .events = POLLIN};

        if (poll(&fd, 1, 5) > 0)
            read_output(hub);
    }
    if (hub->pid != 0)
        note_status(hub, status);
    return true;
}

static void kill_host(struct check_hub *hub)
{
    int status = 0;

    if (hub->pid == 0)
        return;
    kill(-hub->pid, SIGKILL);
    kill(hub->pid, SIGKILL);
    while (waitpid(hub->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    note_status(hub, status);
}

const struct check_peer check_peer_host = {
    .is_virtual = true, .start = start, .send = check_peer_send, .wait = check_peer_wait, .kill = kill_host,
    .reap = reap,
};
