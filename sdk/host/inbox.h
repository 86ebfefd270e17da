/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for the plugin's thread: blocks of items and of answers from the hub,
 * and calls posted by any thread. One lock, one wake per batch; blocks are used
 * again, so that a steady flow allocates nothing. */
#ifndef HOST_INBOX_H
#define HOST_INBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>
#include <onedoor/plugin.h>

#include "base/buffer.h"
#include "base/frame.h"

#define HOST_POSTS_MAX 4096 /* posted by the module and not yet run */
#define HOST_WORK_MAX 1024  /* work started and not yet done; each ends with one post more */
#define HOST_POSTS_ROOM (HOST_POSTS_MAX + HOST_WORK_MAX)

/* The payload of one batch from the hub. */
struct host_block {
    struct host_block *next;
    struct base_buffer bytes; /* the sub-frames */
    size_t offset;            /* of the next sub-frame to look at */
};

/* Blocks in order; a chain with its end. */
struct host_blocks {
    struct host_block *first, *last;
};

struct host_post {
    od_call_cb on_posted;
    void *arg;
};

struct host_inbox {
    pthread_mutex_t lock;
    pthread_cond_t wake; /* on the monotonic clock */
    struct host_blocks items, answers, idle;
    size_t item_bytes; /* in items */
    struct host_post *posts; /* owned: room for HOST_POSTS_ROOM */
    size_t post_count;
    size_t done_count; /* of the posts: ends of work */
    bool is_waiting; /* the plugin's thread sleeps */
    bool is_rung;    /* a wake without content */
};

/* Errors: OD_ENOMEM (fini is allowed). */
OD_MUST_CHECK int host_inbox_init(struct host_inbox *inbox);
void host_inbox_fini(struct host_inbox *inbox);

/* Copy the sub-frames in, wake the plugin's thread. I/O thread. Errors: OD_ENOMEM. */
OD_MUST_CHECK int host_inbox_put_items(struct host_inbox *inbox, const char *bytes, size_t size);
OD_MUST_CHECK int host_inbox_put_answers(struct host_inbox *inbox, const char *bytes, size_t size);

/* Any thread. Errors: OD_EBUSY HOST_POSTS_MAX are waiting. */
OD_MUST_CHECK int host_inbox_post(struct host_inbox *inbox, od_call_cb on_posted, void *arg);

/* The end of a piece of work, of which HOST_WORK_MAX are under way at most: never fails. Any thread. */
void host_inbox_post_done(struct host_inbox *inbox, od_call_cb on_posted, void *arg);

/* Wake without content: look at the state again. Any thread. */
void host_inbox_ring(struct host_inbox *inbox);

/* Bytes of items not yet taken. Any thread. */
size_t host_inbox_item_bytes(struct host_inbox *inbox);

/* Plugin's thread: wait at most timeout_ms for anything, then take: all answers, all posts (into
 * posts: room for HOST_POSTS_ROOM) and, if wants_items, all items. */
struct host_take {
    struct host_blocks items, answers;
    size_t post_count;
};
void host_inbox_take(struct host_inbox *inbox, int64_t timeout_ms, bool wants_items, struct host_post *posts,
                     struct host_take *out);

/* Give a block back after use. Plugin's thread. */
void host_inbox_recycle(struct host_inbox *inbox, struct host_block *block);

/* Take the first block off the chain, or NULL; and put one at its end. */
struct host_block *host_blocks_pop(struct host_blocks *blocks);
void host_blocks_push(struct host_blocks *blocks, struct host_block *block);

#endif
