/* SPDX-License-Identifier: Apache-2.0 */
#include "host/asks.h"

#include "base/memory.h"

#define BLOCK_KEEP_MAX (16 * 1024) /* a larger block is freed, not kept */

void host_asks_init(struct host_asks *asks)
{
    *asks = (struct host_asks){.bytes = 0};
    pthread_mutex_init(&asks->lock, NULL);
}

static void block_free(struct host_block *block)
{
    base_buffer_fini(&block->bytes);
    base_free(block);
}

void host_asks_fini(struct host_asks *asks)
{
    struct host_block *block;

    while ((block = host_blocks_pop(&asks->waiting)) != NULL || (block = host_blocks_pop(&asks->idle)) != NULL)
        block_free(block);
    pthread_mutex_destroy(&asks->lock);
}

int host_asks_block(struct host_asks *asks, struct host_block **out)
{
    pthread_mutex_lock(&asks->lock);
    bool is_full = asks->bytes >= HOST_ASKS_BYTES_MAX;
    struct host_block *block = is_full ? NULL : host_blocks_pop(&asks->idle);
    pthread_mutex_unlock(&asks->lock);
    if (is_full)
        return OD_EBUSY;
    if (block == NULL)
        block = base_alloc(sizeof(*block));
    if (block == NULL)
        return OD_ENOMEM;
    base_buffer_clear(&block->bytes);
    *out = block;
    return OD_OK;
}

void host_asks_put(struct host_asks *asks, struct host_block *block)
{
    pthread_mutex_lock(&asks->lock);
    asks->bytes += block->bytes.size;
    host_blocks_push(&asks->waiting, block);
    pthread_mutex_unlock(&asks->lock);
}

struct host_block *host_asks_take(struct host_asks *asks)
{
    pthread_mutex_lock(&asks->lock);
    struct host_block *block = host_blocks_pop(&asks->waiting);
    if (block != NULL)
        asks->bytes -= block->bytes.size;
    pthread_mutex_unlock(&asks->lock);
    return block;
}

void host_asks_recycle(struct host_asks *asks, struct host_block *block)
{
    if (block->bytes.room > BLOCK_KEEP_MAX || block->bytes.is_broken) {
        block_free(block);
        return;
    }
    pthread_mutex_lock(&asks->lock);
    host_blocks_push(&asks->idle, block);
    pthread_mutex_unlock(&asks->lock);
}

bool host_asks_is_empty(struct host_asks *asks)
{
    pthread_mutex_lock(&asks->lock);
    bool is_empty = asks->waiting.first == NULL;
    pthread_mutex_unlock(&asks->lock);
    return is_empty;
}
