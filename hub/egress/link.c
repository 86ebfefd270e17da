/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/limits.h"

#define READ_SIZE 65536
#define READS_MAX 16 /* blocks taken in one turn */

static size_t out_left(const struct egress_link *link)
{
    return link->out.size - link->out_head;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch_events(struct egress_link *link)
{
    int events = UV_READABLE | (out_left(link) > 0 ? UV_WRITABLE : 0);

    if (events == link->events)
        return;
    link->events = events;
    uv_poll_start(&link->poll, events, on_poll);
}

/* As much as the kernel takes now. */
static void write_some(struct egress_link *link)
{
    while (out_left(link) > 0) {
        ssize_t count = send(link->fd, link->out.bytes + link->out_head, out_left(link), MSG_NOSIGNAL | MSG_DONTWAIT);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return; /* full, or gone: reading tells which */
        link->out_head += (size_t)count;
    }
    base_buffer_clear(&link->out);
    link->out_head = 0;
}

bool egress_link_flush(struct egress_link *link, int wait_ms)
{
    uint64_t until_ms = uv_hrtime() / 1000000 + (uint64_t)wait_ms;

    for (write_some(link); out_left(link) > 0; write_some(link)) {
        uint64_t now_ms = uv_hrtime() / 1000000;

        if (now_ms >= until_ms)
            return false;
        (void)poll(&(struct pollfd){.fd = link->fd, .events = POLLOUT}, 1, (int)(until_ms - now_ms));
    }
    return true;
}

void egress_link_put(struct egress_link *link, const struct base_frame *frame)
{
    base_frame_put(&link->out, frame);
    if (link->out.is_broken || out_left(link) > EGRESS_BACKLOG_MAX)
        link->on_gone(link->owner, OD_ELIMIT);
}

static void on_turn(uv_prepare_t *turn)
{
    struct egress_link *link = turn->data;

    write_some(link);
    watch_events(link);
}

static int frames_take(struct egress_link *link)
{
    struct base_frame frame;
    size_t offset = 0, used;
    int rc;

    while ((rc = base_frame_read(link->in.bytes + offset, link->in.size - offset, &frame, &used)) == OD_OK) {
        offset += used;
        link->on_frame(link->owner, &frame);
    }
    memmove(link->in.bytes, link->in.bytes + offset, link->in.size - offset);
    link->in.size -= offset;
    return rc == OD_EBUSY ? OD_OK : OD_EPEER;
}

/* One block; OD_EBUSY: no more now. */
static int block_take(struct egress_link *link)
{
    if (base_buffer_reserve(&link->in, READ_SIZE) != OD_OK)
        return OD_ELIMIT;
    ssize_t count = recv(link->fd, link->in.bytes + link->in.size, READ_SIZE, MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return OD_EBUSY;
    if (count <= 0)
        return OD_EIO;
    link->in.size += (size_t)count;
    return frames_take(link);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct egress_link *link = poll->data;
    int rc = status < 0 ? OD_EIO : OD_OK;

    if ((events & UV_READABLE) == 0 && rc == OD_OK)
        return; /* the turn's end writes */
    for (unsigned i = 0; rc == OD_OK && i < READS_MAX; i++)
        rc = block_take(link);
    if (rc != OD_OK && rc != OD_EBUSY)
        link->on_gone(link->owner, rc);
}

int egress_link_start(struct egress_link *link, uv_loop_t *loop, int fd, egress_frame_cb on_frame, egress_gone_cb on_gone, void *owner)
{
    link->fd = fd;
    link->on_frame = on_frame;
    link->on_gone = on_gone;
    link->owner = owner;
    if (uv_poll_init(loop, &link->poll, fd) != 0)
        return OD_EIO;
    uv_prepare_init(loop, &link->turn);
    link->poll.data = link->turn.data = link;
    uv_prepare_start(&link->turn, on_turn);
    watch_events(link);
    return OD_OK;
}
