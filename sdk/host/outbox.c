/* SPDX-License-Identifier: Apache-2.0 */
#include "host/outbox.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/time.h"

int host_outbox_init(struct host_outbox *outbox)
{
    *outbox = (struct host_outbox){.log_room = HOST_LOG_BURST_MAX, .bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    pthread_mutex_init(&outbox->lock, NULL);
    return outbox->bell >= 0 ? OD_OK : OD_EIO;
}

static void batches_free(struct host_batch *batch)
{
    while (batch != NULL) {
        struct host_batch *next = batch->next;

        base_buffer_fini(&batch->bytes);
        base_free(batch);
        batch = next;
    }
}

void host_outbox_fini(struct host_outbox *outbox)
{
    batches_free(outbox->first);
    batches_free(outbox->idle);
    batches_free(outbox->open);
    pthread_mutex_destroy(&outbox->lock);
    if (outbox->bell >= 0)
        close(outbox->bell);
}

/* The functions down to the next blank-line comment run with the lock held. */
static struct host_batch *batch_take_idle(struct host_outbox *outbox)
{
    struct host_batch *batch = outbox->idle;

    if (batch == NULL)
        return base_alloc(sizeof(*batch));
    outbox->idle = batch->next;
    batch->next = NULL;
    return batch;
}

static void open_close(struct host_outbox *outbox)
{
    struct host_batch *batch = outbox->open;

    batch->next = NULL;
    if (outbox->last != NULL)
        outbox->last->next = batch;
    else
        outbox->first = batch;
    outbox->last = batch;
    outbox->open = NULL;
}

static int open_ensure(struct host_outbox *outbox)
{
    if (outbox->open != NULL && outbox->open->count == BASE_BATCH_ITEMS_MAX)
        open_close(outbox);
    if (outbox->open == NULL)
        outbox->open = batch_take_idle(outbox);
    return outbox->open != NULL ? OD_OK : OD_ENOMEM;
}

/* The item that would carry the batch over the soft limit opens the next one. */
static int item_move(struct host_outbox *outbox)
{
    struct host_batch *full = outbox->open;
    size_t size = full->bytes.size - outbox->item_offset;
    struct host_batch *fresh = batch_take_idle(outbox);

    if (fresh == NULL)
        return OD_ENOMEM;
    base_buffer_put(&fresh->bytes, full->bytes.bytes + outbox->item_offset, size);
    if (fresh->bytes.is_broken) {
        batches_free(fresh);
        return OD_ENOMEM;
    }
    full->bytes.size = outbox->item_offset;
    open_close(outbox);
    fresh->count = 1;
    outbox->open = fresh;
    return OD_OK;
}

static int item_close(struct host_outbox *outbox)
{
    struct host_batch *open = outbox->open;

    assert(open->count < BASE_BATCH_ITEMS_MAX);
    if (open->bytes.is_broken)
        return OD_ENOMEM;
    if (open->bytes.size - outbox->item_offset > BASE_FRAME_PAYLOAD_MAX)
        return OD_ELIMIT;
    base_frame_end(&open->bytes, outbox->item_offset, 0);
    if (open->count > 0 && open->bytes.size > BASE_BATCH_BYTES_MAX)
        return item_move(outbox);
    open->count++;
    return OD_OK;
}

/* From here on the lock is taken inside. */
struct base_buffer *host_outbox_begin(struct host_outbox *outbox, enum base_frame_kind kind, uint64_t task,
                                      uint64_t *report_id, int *error)
{
    pthread_mutex_lock(&outbox->lock);
    int rc = outbox->unanswered < HOST_UNANSWERED_MAX ? open_ensure(outbox) : OD_EBUSY;
    if (rc != OD_OK) {
        pthread_mutex_unlock(&outbox->lock);
        *error = rc;
        return NULL;
    }
    struct base_frame frame = {.kind = (uint8_t)kind, .id = outbox->report_last + 1, .task = task,
                               .epoch = outbox->epoch};
    outbox->item_offset = base_frame_begin(&outbox->open->bytes, &frame);
    *report_id = frame.id;
    return &outbox->open->bytes;
}

int host_outbox_end(struct host_outbox *outbox)
{
    int rc = item_close(outbox);

    if (rc == OD_OK) {
        outbox->report_last++;
        outbox->unanswered++;
    } else {
        outbox->open->bytes.size = outbox->item_offset;
        outbox->open->bytes.is_broken = false;
    }
    pthread_mutex_unlock(&outbox->lock);
    return rc;
}

static uint32_t room_refill(struct host_outbox *outbox, int64_t now_ms)
{
    int64_t add = (now_ms - outbox->log_refill_ms) * HOST_LOG_RATE_MAX / 1000;

    if (add > 0) {
        outbox->log_refill_ms = now_ms;
        outbox->log_room = add > HOST_LOG_BURST_MAX - (int64_t)outbox->log_room ? HOST_LOG_BURST_MAX
                                                                             : outbox->log_room + (uint32_t)add;
    }
    return outbox->log_room;
}

bool host_outbox_may_log(struct host_outbox *outbox, int64_t now_ms)
{
    pthread_mutex_lock(&outbox->lock);
    bool may = room_refill(outbox, now_ms) > 0;
    if (may)
        outbox->log_room--;
    else
        outbox->log_lost++;
    pthread_mutex_unlock(&outbox->lock);
    return may;
}

static void log_put(struct host_outbox *outbox, const char *level, uint64_t task, const char *text, size_t size)
{
    uint64_t id;
    int rc;
    struct base_buffer *out = host_outbox_begin(outbox, BASE_ITEM_LOG, task, &id, &rc);

    if (out == NULL)
        return; /* lossy by contract */
    base_json_open(out, NULL, '{');
    base_json_put_text(out, "level", level);
    base_json_put_text_n(out, "text", text, size);
    base_json_close(out, '}');
    rc = host_outbox_end(outbox);
    (void)rc; /* lossy by contract */
}

static uint32_t lost_take(struct host_outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    uint32_t lost = outbox->log_lost;
    outbox->log_lost = 0;
    pthread_mutex_unlock(&outbox->lock);
    return lost;
}

void host_outbox_log(struct host_outbox *outbox, const char *level, uint64_t task, const char *text, size_t size)
{
    char note[64];

    if (!host_outbox_may_log(outbox, base_monotonic_ms()))
        return;
    uint32_t lost = lost_take(outbox);
    if (lost > 0) {
        int length = snprintf(note, sizeof(note), "%u log lines and figures were dropped", lost);
        log_put(outbox, "warning", 0, note, (size_t)length);
    }
    log_put(outbox, level, task, text, size);
}

void host_outbox_ring(struct host_outbox *outbox)
{
    uint64_t one = 1;
    ssize_t written = write(outbox->bell, &one, sizeof(one));

    (void)written; /* EAGAIN: 2^64 rings are pending, so it rings anyway */
}

struct host_batch *host_outbox_take(struct host_outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    if (outbox->first == NULL && outbox->open != NULL && outbox->open->count > 0)
        open_close(outbox);
    struct host_batch *batch = outbox->first;
    if (batch != NULL) {
        outbox->first = batch->next;
        if (outbox->first == NULL)
            outbox->last = NULL;
        batch->next = NULL;
    }
    pthread_mutex_unlock(&outbox->lock);
    return batch;
}

struct host_batch *host_outbox_batch(struct host_outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    struct host_batch *batch = batch_take_idle(outbox);
    pthread_mutex_unlock(&outbox->lock);
    return batch;
}

void host_outbox_recycle(struct host_outbox *outbox, struct host_batch *batch, size_t answered)
{
    base_buffer_clear(&batch->bytes);
    batch->count = 0;
    pthread_mutex_lock(&outbox->lock);
    assert(answered <= outbox->unanswered);
    outbox->unanswered -= answered;
    batch->next = outbox->idle;
    outbox->idle = batch;
    pthread_mutex_unlock(&outbox->lock);
}

size_t host_outbox_unanswered(struct host_outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    size_t unanswered = outbox->unanswered;
    pthread_mutex_unlock(&outbox->lock);
    return unanswered;
}

bool host_outbox_is_empty(struct host_outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool is_empty = outbox->first == NULL && (outbox->open == NULL || outbox->open->count == 0);
    pthread_mutex_unlock(&outbox->lock);
    return is_empty;
}
