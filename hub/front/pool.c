/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pool.h"

#include <assert.h>

#include "base/memory.h"
#include "front/connection.h"

struct front_block *front_block_take(struct front_pools *pools, size_t room)
{
    struct front_block *block = pools->blocks;
    bool is_large = room > FRONT_BLOCK_SIZE;

    if (!is_large && block != NULL) {
        assert(block->refs == 0);
        pools->blocks = block->next;
        pools->block_count--;
    } else {
        if (is_large && room > FRONT_LARGE_BYTES_MAX - pools->large_bytes)
            return NULL;
        room = is_large ? room : FRONT_BLOCK_SIZE;
        block = base_alloc(sizeof(*block) + room);
        if (block == NULL)
            return NULL;
        block->room = room;
        pools->large_bytes += is_large ? room : 0;
    }
    block->next = NULL;
    block->refs = 1;
    block->size = 0;
    pools->used_count++;
    return block;
}

void front_block_release(struct front_pools *pools, struct front_block *block)
{
    if (block == NULL)
        return;
    assert(block->refs > 0);
    if (--block->refs > 0)
        return;
    pools->used_count--;
    if (block->room > FRONT_BLOCK_SIZE) {
        assert(pools->large_bytes >= block->room);
        pools->large_bytes -= block->room;
        base_free(block);
    } else if (pools->block_count >= FRONT_POOL_KEPT_MAX) {
        base_free(block);
    } else {
        block->next = pools->blocks;
        pools->blocks = block;
        pools->block_count++;
    }
}

struct front_http_call *front_http_call_take(struct front_pools *pools)
{
    struct front_http_call *call = pools->calls;

    if (call == NULL) {
        call = base_alloc(sizeof(*call));
        if (call == NULL)
            return NULL;
    } else {
        pools->calls = call->next;
        pools->call_count--;
    }
    call->next = NULL;
    pools->used_count++;
    return call;
}

/* Reset by field: most of the call is text that its own ends bound. */
void front_http_call_give_back(struct front_pools *pools, struct front_http_call *call)
{
    assert(call->block == NULL);
    assert(call->upload.piece == NULL);
    assert(call->file == NULL);
    assert(call->call.json == NULL);
    assert(call->call.keys == NULL);
    pools->used_count--;
    base_buffer_fini(&call->body);
    if (pools->call_count >= FRONT_POOL_KEPT_MAX) {
        base_buffer_fini(&call->head);
        base_free(call);
        return;
    }
    base_buffer_clear(&call->head);
    call->call.request = (struct front_request){0};
    call->call.front = NULL;
    call->upload = (struct front_upload){0};
    call->call.path[0] = '\0';
    call->head_text = NULL;
    call->head_size = 0;
    call->is_head_only = call->is_http_1_0 = call->is_answered = call->is_broken = false;
    call->next = pools->calls;
    pools->calls = call;
    pools->call_count++;
}

struct front_connection *front_connection_take(struct front_pools *pools)
{
    struct front_connection *connection = pools->connections;

    if (connection == NULL) {
        connection = base_alloc(sizeof(*connection));
        if (connection == NULL)
            return NULL;
    } else {
        pools->connections = connection->next;
        pools->connection_count--;
        *connection = (struct front_connection){0};
    }
    pools->used_count++;
    return connection;
}

void front_connection_give_back(struct front_pools *pools, struct front_connection *connection)
{
    assert(connection->block == NULL);
    assert(connection->call_count == 0);
    pools->used_count--;
    if (pools->connection_count >= FRONT_POOL_KEPT_MAX) {
        base_free(connection);
        return;
    }
    connection->next = pools->connections;
    pools->connections = connection;
    pools->connection_count++;
}

void front_pools_fini(struct front_pools *pools)
{
    assert(pools->used_count == 0);
    assert(pools->large_bytes == 0);
    for (struct front_block *block; (block = pools->blocks) != NULL;) {
        pools->blocks = block->next;
        base_free(block);
    }
    for (struct front_http_call *call; (call = pools->calls) != NULL;) {
        pools->calls = call->next;
        base_buffer_fini(&call->head);
        base_free(call);
    }
    for (struct front_connection *connection; (connection = pools->connections) != NULL;) {
        pools->connections = connection->next;
        base_free(connection);
    }
}
