/* SPDX-License-Identifier: Apache-2.0 */
/* Items are encoded once, when they are put, and stay in one block until the
 * connector acknowledges them; a poll's answer is a copy of the first of them. So a
 * lost answer costs nothing to repeat, and no item has an allocation of its own. */
#include "connect/inside.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#define KEEP_MAX (256 * 1024)  /* memory kept while nothing is owed */
#define MOVE_MIN (64 * 1024)   /* acknowledged bytes at the front before the rest moves down */

size_t connect_outbox_size(const struct connect_session *session)
{
    return session->outbox.size - session->outbox_head;
}

int connect_outbox_put(struct connect_session *session, uint8_t kind, uint64_t task, const char *payload,
                       size_t payload_size)
{
    struct base_frame item = {
        .length = (uint32_t)payload_size,
        .kind = kind,
        .id = session->seq_put + 1,
        .task = task,
        .epoch = session->epoch,
        .payload = payload,
    };

    if (base_buffer_reserve(&session->outbox, BASE_FRAME_HEADER_SIZE + payload_size) != OD_OK) {
        session->outbox.is_broken = false; /* its content is whole */
        return OD_ENOMEM;
    }
    base_frame_put(&session->outbox, &item);
    session->seq_put++;
    session->time_at = 0;
    connect_dirty(session->link);
    return OD_OK;
}

/* Several jumps before the next poll are one jump to its last instant. */
int connect_outbox_put_time(struct connect_session *session, int64_t now_ms)
{
    char text[48];
    int size = snprintf(text, sizeof(text), "{\"now_ms\":%lld}", (long long)now_ms);
    bool is_replacing = session->time_at > 0 && session->seq_sent < session->seq_put;

    if (is_replacing) {
        session->outbox.size = session->time_at - 1;
        session->seq_put--;
    }
    size_t at = session->outbox.size;
    int rc = connect_outbox_put(session, BASE_ITEM_TIME, 0, text, (size_t)size);
    if (rc == OD_OK)
        session->time_at = at + 1;
    return rc;
}

static size_t item_size(const struct connect_session *session, size_t offset, uint64_t *seq)
{
    struct base_frame item;
    size_t used;
    int rc = base_frame_read(session->outbox.bytes + offset, session->outbox.size - offset, &item, &used);

    assert(rc == OD_OK); /* we wrote it */
    (void)rc;
    *seq = item.id;
    return used;
}

static void forget_acked(struct connect_session *session)
{
    size_t left = connect_outbox_size(session);

    if (left == 0) {
        base_buffer_clear(&session->outbox);
        if (session->outbox.room > KEEP_MAX)
            base_buffer_fini(&session->outbox);
    } else if (session->outbox_head >= MOVE_MIN && session->outbox_head >= left) {
        memmove(session->outbox.bytes, session->outbox.bytes + session->outbox_head, left);
        session->outbox.size = left;
    } else {
        return;
    }
    session->outbox_head = 0;
    session->time_at = 0;
}

int connect_outbox_ack(struct connect_session *session, uint64_t seq)
{
    if (seq > session->seq_sent)
        return OD_EPEER;
    while (session->seq_acked < seq) {
        session->outbox_head += item_size(session, session->outbox_head, &session->seq_acked);
        assert(session->outbox_head <= session->outbox.size);
    }
    forget_acked(session);
    return OD_OK;
}

/* How many bytes of items go into the next batch, and how many items. */
static size_t batch_size(const struct connect_session *session, uint64_t seq_max, uint16_t *count,
                         uint64_t *seq_last)
{
    size_t end = session->outbox_head;

    *count = 0;
    while (end < session->outbox.size && *count < BASE_BATCH_ITEMS_MAX) {
        uint64_t seq;
        size_t size = item_size(session, end, &seq);

        if (seq > seq_max)
            break;
        if (*count > 0 && end - session->outbox_head + size > BASE_BATCH_BYTES_MAX)
            break;
        end += size;
        *seq_last = seq;
        (*count)++;
    }
    return end - session->outbox_head;
}

void connect_outbox_answer(struct connect_session *session, uint64_t seq_max)
{
    uint16_t count;
    uint64_t seq_last = session->seq_acked;
    size_t size = batch_size(session, seq_max, &count, &seq_last);
    struct base_frame reply = {
        .kind = BASE_FRAME_POLL,
        .flags = BASE_FRAME_REPLY,
        .id = session->poll_id,
        .epoch = session->epoch,
    };
    size_t at = base_frame_begin(&session->out, &reply);

    if (size > 0)
        base_buffer_put(&session->out, session->outbox.bytes + session->outbox_head, size);
    base_frame_end(&session->out, at, count);
    session->is_polling = false;
    session->poll_seq_last = seq_last;
    if (seq_last > session->seq_sent) {
        session->link->connect->figures.items_sent += seq_last - session->seq_sent;
        session->seq_sent = seq_last;
    }
    connect_dirty(session->link);
}

void connect_outbox_flush(struct connect_session *session)
{
    if (session->is_polling && connect_outbox_size(session) > 0)
        connect_outbox_answer(session, UINT64_MAX);
}
