/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are streamed: the piece that came is lent to its taker, and nothing is read until it is done with.
 *
 *   front_upload_feed -> on_piece -> (the taker works) -> front_upload_next -> end of turn: read on
 *                                                      -> on_end, after the last
 */
#include <assert.h>

#include "front/connection.h"

static struct front_http_call *http_call_of(struct front_request *request)
{
    return (struct front_http_call *)request;
}

void front_upload_drop(struct front_pools *pools, struct front_http_call *call)
{
    front_block_release(pools, call->upload.piece);
    call->upload.piece = NULL;
}

/* Give what is there, once somebody takes it. */
static void give(struct front_http_call *call)
{
    struct front_request *request = &call->call.request;
    struct front_upload *upload = &call->upload;

    if (upload->taker == NULL)
        return;
    if (upload->piece != NULL) {
        upload->taker->on_piece(request, upload->bytes, upload->size);
    } else if (request->is_upload_whole && !upload->has_ended) {
        upload->has_ended = true;
        upload->taker->on_end(request);
    }
}

/* Slow clients are told from the others by what they send in one deadline. */
static void step(struct front_connection *connection, size_t size)
{
    connection->upload_step += size;
    if (connection->upload_step < FRONT_UPLOAD_STEP)
        return;
    connection->upload_step = 0;
    front_deadline_stop(&connection->read_deadline); /* it starts again when the connection settles */
}

void front_upload_feed(struct front_connection *connection, struct front_http_call *call, bool is_last)
{
    const struct front_http_parser *parser = &connection->parser;
    struct front_block *block = connection->block;

    assert(call->upload.piece == NULL);
    call->call.request.is_upload_whole = is_last;
    step(connection, parser->body_size);
    if (parser->body_size > 0) {
        call->upload.piece = block;
        call->upload.bytes = block->bytes + connection->start + parser->body_at;
        call->upload.size = parser->body_size;
        block->refs++;
    }
    if (!is_last) {
        front_block_release(&connection->front->pools, block);
        connection->block = NULL;
        connection->start = 0;
    }
    give(call);
}

bool front_upload_is_full(const struct front_connection *connection)
{
    return connection->upload != NULL && connection->upload->upload.piece != NULL;
}

bool front_upload_is_broken(const struct front_request *request)
{
    return request->is_streamed && ((const struct front_http_call *)request)->upload.is_broken;
}

bool front_upload_is_awaited(const struct front_connection *connection)
{
    const struct front_http_call *call = connection->upload;

    return call->upload.taker != NULL && connection->calls.next == &call->node && connection->parser.body_taken == 0;
}

void front_upload_break(struct front_connection *connection)
{
    if (connection->upload == NULL)
        return;
    connection->upload->upload.is_broken = true;
    connection->upload = NULL;
    if (connection->phase == FRONT_PHASE_OPEN)
        connection->phase = FRONT_PHASE_LAST;
}

void front_upload_start(struct front_request *request, const struct front_taker *taker)
{
    assert(request->answerer->start_upload != NULL);
    request->answerer->start_upload(request, taker);
}

void front_upload_next(struct front_request *request)
{
    assert(request->answerer->next_piece != NULL);
    request->answerer->next_piece(request);
}

void front_http_upload_start(struct front_request *request, const struct front_taker *taker)
{
    struct front_http_call *call = http_call_of(request);

    assert(request->is_streamed);
    assert(call->upload.taker == NULL);
    call->upload.taker = taker;
    if (call->upload.is_broken && request->on_gone != NULL) { /* it was, before anybody listened */
        void (*on_gone)(struct front_request *request) = request->on_gone;

        request->on_gone = NULL;
        on_gone(request);
        return;
    }
    if (request->connection != NULL)
        front_connection_mark(request->connection); /* it may have to be told to go on */
    give(call);
}

void front_http_upload_next(struct front_request *request)
{
    struct front_http_call *call = http_call_of(request);

    assert(call->upload.piece != NULL);
    front_upload_drop(&call->call.front->pools, call);
    if (request->is_upload_whole)
        give(call);
    else if (request->connection != NULL)
        front_connection_mark(request->connection);
}
