/* SPDX-License-Identifier: Apache-2.0 */
/* Frames on their way to the hub: any thread puts, one thread takes all at once, so
 * that whatever came during a write goes with the next one. */
#ifndef GATEWAY_QUEUE_H
#define GATEWAY_QUEUE_H

#include <pthread.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/frame.h"

struct gateway_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct base_buffer waiting; /* owned; under lock */
};

/* Errors: OD_ENOMEM (nothing to end). */
OD_MUST_CHECK int gateway_queue_init(struct gateway_queue *queue);
void gateway_queue_fini(struct gateway_queue *queue);

/* Header and payload are copied. Errors (queue unchanged): OD_EBUSY more than GATEWAY_QUEUE_MAX
 * bytes would wait; OD_ENOMEM. */
OD_MUST_CHECK int gateway_queue_put(struct gateway_queue *queue, const struct base_frame *frame);

/* Wait until there is something, then exchange all of it for the memory of *taken, whose own
 * content is dropped. One thread only. */
void gateway_queue_take(struct gateway_queue *queue, struct base_buffer *taken);

#endif
