/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/link.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536

static int frame_take(const struct base_frame *frame, const struct gateway_link_ops *ops, void *owner)
{
    bool is_reply = (frame->flags & BASE_FRAME_REPLY) != 0;

    if ((frame->kind == BASE_FRAME_DOOR || frame->kind == BASE_FRAME_REMOTE) && is_reply)
        ops->on_answer(owner, frame->id, frame->payload, frame->length);
    else if (frame->kind == BASE_FRAME_PUBLISH && !is_reply)
        ops->on_feed(owner, frame->payload, frame->length);
    else if (frame->kind != BASE_FRAME_PING)
        return OD_EPEER;
    return OD_OK;
}

static int frames_take(struct base_buffer *in, const struct gateway_link_ops *ops, void *owner)
{
    struct base_frame frame;
    size_t offset = 0, used;
    int rc;

    while ((rc = base_frame_read(in->bytes + offset, in->size - offset, &frame, &used)) == OD_OK) {
        offset += used;
        rc = frame_take(&frame, ops, owner);
        if (rc != OD_OK)
            return rc;
    }
    memmove(in->bytes, in->bytes + offset, in->size - offset);
    in->size -= offset;
    return rc == OD_EBUSY ? OD_OK : rc;
}

static int bytes_read(int fd, struct base_buffer *in)
{
    ssize_t count;

    if (base_buffer_reserve(in, READ_SIZE) != OD_OK)
        return OD_ENOMEM;
    do
        count = read(fd, in->bytes + in->size, READ_SIZE);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return OD_EIO;
    in->size += (size_t)count;
    return OD_OK;
}

int gateway_link_read(int fd, const struct gateway_link_ops *ops, void *owner)
{
    struct base_buffer in = {0};
    int rc;

    do {
        rc = bytes_read(fd, &in);
        if (rc == OD_OK)
            rc = frames_take(&in, ops, owner);
    } while (rc == OD_OK);
    base_buffer_fini(&in);
    return rc;
}

static bool bytes_write(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

void gateway_link_write(int fd, struct gateway_queue *queue)
{
    struct base_buffer taken = {0};

    do
        gateway_queue_take(queue, &taken);
    while (bytes_write(fd, taken.bytes, taken.size));
    base_buffer_fini(&taken);
}
