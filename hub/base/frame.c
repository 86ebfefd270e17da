/* SPDX-License-Identifier: Apache-2.0 */
#include "base/frame.h"

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

struct wire {
    uint32_t length;
    uint8_t kind, flags;
    uint16_t count;
    uint64_t id, task;
    uint32_t epoch, reserved;
};
_Static_assert(sizeof(struct wire) == BASE_FRAME_HEADER_SIZE, "the header is 32 bytes without padding");

size_t base_frame_begin(struct base_buffer *buffer, const struct base_frame *frame)
{
    struct wire wire = {
        .length = htole32(frame->length),
        .kind = frame->kind,
        .flags = frame->flags,
        .count = htole16(frame->count),
        .id = htole64(frame->id),
        .task = htole64(frame->task),
        .epoch = htole32(frame->epoch),
    };
    size_t offset = buffer->size;

    base_buffer_put(buffer, &wire, sizeof(wire));
    buffer->has_item = false;
    return offset;
}

void base_frame_end(struct base_buffer *buffer, size_t offset, uint16_t count)
{
    if (buffer->is_broken)
        return;
    assert(buffer->size >= offset + BASE_FRAME_HEADER_SIZE);
    uint32_t length = htole32((uint32_t)(buffer->size - offset - BASE_FRAME_HEADER_SIZE));
    uint16_t count_le = htole16(count);

    memcpy(buffer->bytes + offset, &length, sizeof(length));
    memcpy(buffer->bytes + offset + offsetof(struct wire, count), &count_le, sizeof(count_le));
}

void base_frame_put(struct base_buffer *buffer, const struct base_frame *frame)
{
    assert(frame->length <= BASE_FRAME_PAYLOAD_MAX);
    base_frame_begin(buffer, frame);
    base_buffer_put(buffer, frame->payload, frame->length);
}

int base_frame_read(const char *bytes, size_t size, struct base_frame *frame, size_t *used)
{
    struct wire wire;

    if (size < sizeof(wire))
        return OD_EBUSY;
    memcpy(&wire, bytes, sizeof(wire));
    uint32_t length = le32toh(wire.length);
    if (length > BASE_FRAME_PAYLOAD_MAX)
        return OD_ELIMIT;
    if (wire.kind == BASE_FRAME_NONE || wire.reserved != 0)
        return OD_EPEER;
    if (size - sizeof(wire) < length)
        return OD_EBUSY;
    *frame = (struct base_frame){
        .length = length,
        .kind = wire.kind,
        .flags = wire.flags,
        .count = le16toh(wire.count),
        .id = le64toh(wire.id),
        .task = le64toh(wire.task),
        .epoch = le32toh(wire.epoch),
        .payload = bytes + sizeof(wire),
    };
    *used = sizeof(wire) + length;
    return OD_OK;
}

/* Do exactly count whole sub-frames fill the payload? */
static bool is_batch_whole(const struct base_frame *batch)
{
    size_t offset = 0, used = 0;
    struct base_frame item;

    for (uint16_t i = 0; i < batch->count; i++, offset += used) {
        if (base_frame_read(batch->payload + offset, batch->length - offset, &item, &used) != OD_OK)
            return false;
    }
    return offset == batch->length;
}

int base_frame_next(const struct base_frame *batch, size_t *offset, struct base_frame *item)
{
    size_t used;

    assert(*offset <= batch->length);
    if (*offset == 0 && !is_batch_whole(batch))
        return OD_EPEER; /* before the first item, so that no half batch takes effect */
    if (*offset == batch->length)
        return OD_ENOTFOUND;
    if (base_frame_read(batch->payload + *offset, batch->length - *offset, item, &used) != OD_OK)
        return OD_EPEER;
    *offset += used;
    return OD_OK;
}
