/* SPDX-License-Identifier: Apache-2.0 */
/* Reports on their way to the hub. A report is written straight into the open batch;
 * the I/O thread takes batches and keeps them until every item is answered. One
 * lock; the bell is an eventfd, rung once per flush. */
#ifndef HOST_OUTBOX_H
#define HOST_OUTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/frame.h"

#define HOST_UNANSWERED_MAX 16384      /* reports; more -> OD_EBUSY */
#define HOST_UNANSWERED_SLOW_MAX 4096  /* above it the plugin's thread takes no new items */
#define HOST_LOG_BURST_MAX 200         /* log and metric items at once ... */
#define HOST_LOG_RATE_MAX 100          /* ... and per second after that */

struct host_batch {
    struct host_batch *next;
    struct base_buffer bytes; /* sub-frames, complete */
    uint16_t count;
};

struct host_outbox {
    pthread_mutex_t lock;
    int bell;                    /* eventfd, owned */
    struct host_batch *open;     /* being filled; may be NULL */
    struct host_batch *first, *last; /* full ones, in order */
    struct host_batch *idle;
    size_t item_offset;          /* of the item being written */
    uint64_t report_last;        /* id */
    uint32_t epoch;
    size_t unanswered;           /* items begun and not yet recycled */
    int64_t log_refill_ms;       /* monotonic: when log_room was last raised */
    uint32_t log_room, log_lost; /* items that may pass; that did not */
};

/* Errors: OD_EIO no descriptor. */
OD_MUST_CHECK int host_outbox_init(struct host_outbox *outbox);
void host_outbox_fini(struct host_outbox *outbox);

/* Begin one item; its payload is written to the returned buffer, then host_outbox_end. NULL: *error
 * says why (OD_EBUSY, OD_ENOMEM) and end must not be called. Holds the lock in between. Any thread. */
struct base_buffer *host_outbox_begin(struct host_outbox *outbox, enum base_frame_kind kind, uint64_t task,
                                      uint64_t *report_id, int *error);

/* Errors (the item is gone): OD_ENOMEM; OD_ELIMIT it would not fit a frame. */
OD_MUST_CHECK int host_outbox_end(struct host_outbox *outbox);

/* A log item, if the rate allows. text: UTF-8. Any thread; does not ring. */
void host_outbox_log(struct host_outbox *outbox, const char *level, uint64_t task, const char *text, size_t size);

/* May one more lossy item pass at this monotonic time? Counts what may not. Lock held: no. Any thread. */
bool host_outbox_may_log(struct host_outbox *outbox, int64_t now_ms);

/* Ring the bell. Any thread. */
void host_outbox_ring(struct host_outbox *outbox);

/* The next batch, owned by the caller until recycled; NULL = nothing waits. I/O thread. */
struct host_batch *host_outbox_take(struct host_outbox *outbox);

/* An empty batch, or NULL when memory is short. I/O thread. */
struct host_batch *host_outbox_batch(struct host_outbox *outbox);

/* Give a batch back of which answered items are settled. I/O thread. */
void host_outbox_recycle(struct host_outbox *outbox, struct host_batch *batch, size_t answered);

size_t host_outbox_unanswered(struct host_outbox *outbox); /* any thread */
bool host_outbox_is_empty(struct host_outbox *outbox);     /* nothing to take; any thread */

#endif
