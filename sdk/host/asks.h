/* SPDX-License-Identifier: Apache-2.0 */
/* Service requests on their way from the plugin's thread to the I/O thread: whole
 * frames, in order. One lock; the blocks are used again, so that a steady flow
 * allocates nothing. */
#ifndef HOST_ASKS_H
#define HOST_ASKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <onedoor/error.h>

#include "host/inbox.h"

#define HOST_ASKS_BYTES_MAX (8 * 1024 * 1024) /* of requests that wait; more -> OD_EBUSY */

struct host_asks {
    pthread_mutex_t lock;
    struct host_blocks waiting, idle;
    size_t bytes; /* in waiting */
};

void host_asks_init(struct host_asks *asks);
void host_asks_fini(struct host_asks *asks);

/* An empty block to write one frame into, owned by the caller until put or recycled. Plugin's thread.
 * Errors: OD_EBUSY HOST_ASKS_BYTES_MAX bytes wait; OD_ENOMEM. */
OD_MUST_CHECK int host_asks_block(struct host_asks *asks, struct host_block **out);

/* The block is whole: it waits to be sent. Plugin's thread. */
void host_asks_put(struct host_asks *asks, struct host_block *block);

/* The next one, owned by the caller until recycled; NULL = nothing waits. Any thread. */
struct host_block *host_asks_take(struct host_asks *asks);

/* Give a block back. Any thread. */
void host_asks_recycle(struct host_asks *asks, struct host_block *block);

bool host_asks_is_empty(struct host_asks *asks); /* nothing waits; any thread */

#endif
