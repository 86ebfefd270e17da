/* SPDX-License-Identifier: Apache-2.0 */
#include "host/inbox.h"

#include <assert.h>
#include <time.h>

#include "base/memory.h"

#define BLOCK_KEEP_MAX (1024 * 1024) /* a larger block is freed, not kept */

void host_blocks_push(struct host_blocks *blocks, struct host_block *block)
{
    block->next = NULL;
    if (blocks->last != NULL)
        blocks->last->next = block;
    else
        blocks->first = block;
    blocks->last = block;
}

struct host_block *host_blocks_pop(struct host_blocks *blocks)
{
    struct host_block *block = blocks->first;

    if (block == NULL)
        return NULL;
    blocks->first = block->next;
    if (blocks->first == NULL)
        blocks->last = NULL;
    return block;
}

int host_inbox_init(struct host_inbox *inbox)
{
    pthread_condattr_t attributes;

    *inbox = (struct host_inbox){.item_bytes = 0};
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&inbox->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    inbox->posts = base_alloc(HOST_POSTS_ROOM * sizeof(*inbox->posts));
    return inbox->posts != NULL ? OD_OK : OD_ENOMEM;
}

static void blocks_free(struct host_blocks *blocks)
{
    struct host_block *block;

    while ((block = host_blocks_pop(blocks)) != NULL) {
        base_buffer_fini(&block->bytes);
        base_free(block);
    }
}

void host_inbox_fini(struct host_inbox *inbox)
{
    blocks_free(&inbox->items);
    blocks_free(&inbox->answers);
    blocks_free(&inbox->idle);
    base_free(inbox->posts);
    pthread_cond_destroy(&inbox->wake);
    pthread_mutex_destroy(&inbox->lock);
}

/* With the lock held. */
static void wake(struct host_inbox *inbox)
{
    if (inbox->is_waiting)
        pthread_cond_signal(&inbox->wake);
}

static int put(struct host_inbox *inbox, struct host_blocks *queue, const char *bytes, size_t size)
{
    pthread_mutex_lock(&inbox->lock);
    struct host_block *block = host_blocks_pop(&inbox->idle);
    pthread_mutex_unlock(&inbox->lock);
    if (block == NULL)
        block = base_alloc(sizeof(*block));
    if (block == NULL)
        return OD_ENOMEM;
    block->offset = 0;
    base_buffer_clear(&block->bytes);
    base_buffer_put(&block->bytes, bytes, size);
    if (block->bytes.is_broken) {
        base_buffer_fini(&block->bytes);
        base_free(block);
        return OD_ENOMEM;
    }
    pthread_mutex_lock(&inbox->lock);
    host_blocks_push(queue, block);
    if (queue == &inbox->items)
        inbox->item_bytes += size;
    wake(inbox);
    pthread_mutex_unlock(&inbox->lock);
    return OD_OK;
}

int host_inbox_put_items(struct host_inbox *inbox, const char *bytes, size_t size)
{
    return put(inbox, &inbox->items, bytes, size);
}

int host_inbox_put_answers(struct host_inbox *inbox, const char *bytes, size_t size)
{
    return put(inbox, &inbox->answers, bytes, size);
}

int host_inbox_post(struct host_inbox *inbox, od_call_cb on_posted, void *arg)
{
    int rc = OD_EBUSY;

    pthread_mutex_lock(&inbox->lock);
    if (inbox->post_count - inbox->done_count < HOST_POSTS_MAX) {
        inbox->posts[inbox->post_count++] = (struct host_post){on_posted, arg};
        wake(inbox);
        rc = OD_OK;
    }
    pthread_mutex_unlock(&inbox->lock);
    return rc;
}

void host_inbox_post_done(struct host_inbox *inbox, od_call_cb on_posted, void *arg)
{
    pthread_mutex_lock(&inbox->lock);
    assert(inbox->done_count < HOST_WORK_MAX);
    inbox->done_count++;
    inbox->posts[inbox->post_count++] = (struct host_post){on_posted, arg};
    wake(inbox);
    pthread_mutex_unlock(&inbox->lock);
}

void host_inbox_ring(struct host_inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->is_rung = true;
    wake(inbox);
    pthread_mutex_unlock(&inbox->lock);
}

size_t host_inbox_item_bytes(struct host_inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    size_t bytes = inbox->item_bytes;
    pthread_mutex_unlock(&inbox->lock);
    return bytes;
}

static bool has_work(const struct host_inbox *inbox, bool wants_items)
{
    return inbox->is_rung || inbox->answers.first != NULL || inbox->post_count > 0 ||
           (wants_items && inbox->items.first != NULL);
}

static struct timespec deadline_after(int64_t timeout_ms)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += timeout_ms % 1000 * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    return deadline;
}

/* With the lock held. */
static void wait_for_work(struct host_inbox *inbox, int64_t timeout_ms, bool wants_items)
{
    struct timespec deadline = deadline_after(timeout_ms);

    inbox->is_waiting = true;
    while (!has_work(inbox, wants_items)) {
        if (pthread_cond_timedwait(&inbox->wake, &inbox->lock, &deadline) != 0)
            break;
    }
    inbox->is_waiting = false;
}

void host_inbox_take(struct host_inbox *inbox, int64_t timeout_ms, bool wants_items, struct host_post *posts,
                     struct host_take *out)
{
    assert(timeout_ms >= 0);

    *out = (struct host_take){.post_count = 0};
    pthread_mutex_lock(&inbox->lock);
    if (timeout_ms > 0 && !has_work(inbox, wants_items))
        wait_for_work(inbox, timeout_ms, wants_items);
    out->answers = inbox->answers;
    inbox->answers = (struct host_blocks){NULL, NULL};
    if (wants_items) {
        out->items = inbox->items;
        inbox->items = (struct host_blocks){NULL, NULL};
        inbox->item_bytes = 0;
    }
    for (size_t i = 0; i < inbox->post_count; i++)
        posts[i] = inbox->posts[i];
    out->post_count = inbox->post_count;
    inbox->post_count = inbox->done_count = 0;
    inbox->is_rung = false;
    pthread_mutex_unlock(&inbox->lock);
}

void host_inbox_recycle(struct host_inbox *inbox, struct host_block *block)
{
    if (block->bytes.room > BLOCK_KEEP_MAX)
        base_buffer_fini(&block->bytes);
    pthread_mutex_lock(&inbox->lock);
    host_blocks_push(&inbox->idle, block);
    pthread_mutex_unlock(&inbox->lock);
}
