/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct base_bell *bell = poll->data;
    uint64_t rings;

    (void)status;
    (void)events;
    if (read(bell->fd, &rings, sizeof(rings)) == (ssize_t)sizeof(rings))
        bell->on_ring(bell);
}

int base_bell_init(struct base_bell *bell, uv_loop_t *loop, base_bell_cb on_ring)
{
    *bell = (struct base_bell){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .on_ring = on_ring};
    if (bell->fd < 0)
        return OD_EIO;
    if (uv_poll_init(loop, &bell->poll, bell->fd) != 0) {
        close(bell->fd);
        return OD_EIO;
    }
    bell->poll.data = bell;
    uv_poll_start(&bell->poll, UV_READABLE, on_poll);
    return OD_OK;
}

void base_bell_ring(struct base_bell *bell)
{
    uint64_t one = 1;
    ssize_t written = write(bell->fd, &one, sizeof(one));

    (void)written; /* EAGAIN: 2^64 rings are pending, so it rings anyway */
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct base_bell *bell = handle->data;

    close(bell->fd);
    if (bell->on_closed != NULL)
        bell->on_closed(bell);
}

void base_bell_close(struct base_bell *bell, base_bell_cb on_closed)
{
    bell->on_closed = on_closed;
    uv_poll_stop(&bell->poll);
    uv_close((uv_handle_t *)&bell->poll, on_handle_closed);
}
