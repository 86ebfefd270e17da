/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include "gateway/stage.h"

#include <endian.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PINGS_MAX (STAGE_PATIENCE_MS / 1000)

static bool is_readable(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, STAGE_PATIENCE_MS) == 1;
}

static _Noreturn void program_run(const struct stage *stage, int fd)
{
    char program[512], desk[128], events[128], connectors[128];
    const char *build = getenv("OD_BUILD");

    snprintf(program, sizeof(program), "%s/bin/onedoor-nng", build != NULL ? build : ".");
    snprintf(desk, sizeof(desk), "ipc://%s", stage->desk);
    snprintf(events, sizeof(events), "ipc://%s", stage->events);
    snprintf(connectors, sizeof(connectors), "ipc://%s", stage->connectors);
    if (fd != 3)
        dup2(fd, 3);
    for (int other = 4; other < 64; other++)
        close(other);
    execl(program, program, "--front-desk", desk, "--events", events, "--connectors", connectors, (char *)NULL);
    _exit(127);
}

void stage_start(struct stage *stage)
{
    int fds[2];

    CHECK_I64(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
    base_buffer_clear(&stage->in);
    stage->taken = 0;
    stage->hub = fds[0];
    stage->pid = fork();
    if (stage->pid == 0)
        program_run(stage, fds[1]);
    close(fds[1]);
}

void stage_open(struct stage *stage)
{
    signal(SIGPIPE, SIG_IGN);
    *stage = (struct stage){.folder = "/tmp/gateway-XXXXXX"};
    CHECK(mkdtemp(stage->folder) != NULL, "folder");
    snprintf(stage->desk, sizeof(stage->desk), "%s/desk", stage->folder);
    snprintf(stage->events, sizeof(stage->events), "%s/events", stage->folder);
    snprintf(stage->connectors, sizeof(stage->connectors), "%s/connectors", stage->folder);
    stage_start(stage);
    CHECK_I64(BASE_FRAME_PING, stage_hear(stage, true).kind, "it is up");
}

int stage_wait(struct stage *stage)
{
    int status = 0;

    CHECK_I64(stage->pid, waitpid(stage->pid, &status, 0), "ended");
    stage->pid = 0;
    close(stage->hub);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void stage_close(struct stage *stage)
{
    if (stage->pid > 0) {
        kill(stage->pid, SIGKILL);
        stage_wait(stage);
    }
    base_buffer_fini(&stage->in);
    unlink(stage->desk);
    unlink(stage->events);
    unlink(stage->connectors);
    rmdir(stage->folder);
}

struct base_frame stage_hear(struct stage *stage, bool has_pings)
{
    struct base_frame frame = {.kind = BASE_FRAME_NONE};
    size_t used;

    for (int pings = 0; pings < PINGS_MAX;) {
        int rc = base_frame_read(stage->in.bytes + stage->taken, stage->in.size - stage->taken, &frame, &used);
        if (rc == OD_OK) {
            stage->taken += used;
            if (has_pings || frame.kind != BASE_FRAME_PING)
                return frame;
            pings++;
            continue;
        }
        CHECK_I64(OD_EBUSY, rc, "a whole frame");
        CHECK_I64(OD_OK, base_buffer_reserve(&stage->in, 65536), "memory");
        memmove(stage->in.bytes, stage->in.bytes + stage->taken, stage->in.size - stage->taken);
        stage->in.size -= stage->taken;
        stage->taken = 0;
        CHECK(is_readable(stage->hub), "a frame comes");
        ssize_t count = read(stage->hub, stage->in.bytes + stage->in.size, 65536);
        CHECK(count > 0, "a frame, not the end");
        stage->in.size += (size_t)count;
    }
    fail_msg("nothing but pings comes");
    return frame;
}

void stage_say(struct stage *stage, const struct base_frame *frame)
{
    struct base_buffer out = {0};

    base_frame_put(&out, frame);
    for (size_t done = 0; done < out.size;) {
        ssize_t count = write(stage->hub, out.bytes + done, out.size - done);
        CHECK(count > 0, "it reads");
        done += (size_t)count;
    }
    base_buffer_fini(&out);
}

void stage_answer(struct stage *stage, uint64_t id, const char *text)
{
    stage_say(stage, &(struct base_frame){.kind = BASE_FRAME_DOOR,
                                          .flags = BASE_FRAME_REPLY,
                                          .id = id,
                                          .length = (uint32_t)strlen(text),
                                          .payload = text});
}

static bool has_read(int fd, void *bytes, size_t size)
{
    for (size_t have = 0; have < size;) {
        CHECK(is_readable(fd), "bytes come");
        ssize_t count = read(fd, (char *)bytes + have, size - have);
        if (count <= 0)
            return false;
        have += (size_t)count;
    }
    return true;
}

int stage_dial(const char *path, enum stage_role role)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char hello[8] = {0, 'S', 'P', 0, 0, role == STAGE_DESK ? 0x30 : 0x21, 0, 0};
    char theirs[8];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0, "socket");
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    CHECK_I64(0, connect(fd, (const struct sockaddr *)&name, sizeof(name)), "connect");
    CHECK_I64(8, write(fd, hello, 8), "hello");
    CHECK(has_read(fd, theirs, 8), "hello");
    CHECK_I64(role == STAGE_DESK ? 0x31 : 0x20, theirs[5], "the right door");
    return fd;
}

/* A peer that cuts while we write is seen by who reads. */
void stage_ask(int fd, const char *payload, size_t size)
{
    struct base_buffer out = {0};
    const uint64_t length = htobe64(size + 4);
    const uint32_t id = htobe32(0x80000007);

    base_buffer_put(&out, "\1", 1);
    base_buffer_put(&out, &length, sizeof(length));
    base_buffer_put(&out, &id, sizeof(id));
    base_buffer_put(&out, payload, size);
    for (size_t done = 0; done < out.size;) {
        ssize_t count = write(fd, out.bytes + done, out.size - done);
        if (count <= 0)
            break;
        done += (size_t)count;
    }
    base_buffer_fini(&out);
}

bool stage_read(int fd, enum stage_role role, struct base_buffer *message)
{
    char head[9], id[4];
    uint64_t length;

    base_buffer_clear(message);
    if (!has_read(fd, head, sizeof(head)))
        return false;
    memcpy(&length, head + 1, sizeof(length));
    length = be64toh(length);
    if (role == STAGE_DESK) {
        CHECK(has_read(fd, id, sizeof(id)), "request id");
        CHECK_I64(7, id[3], "our request's id");
        length -= sizeof(id);
    }
    CHECK_I64(OD_OK, base_buffer_reserve(message, length + 1), "memory");
    CHECK(length == 0 || has_read(fd, message->bytes, length), "the rest");
    message->size = length;
    return true;
}
