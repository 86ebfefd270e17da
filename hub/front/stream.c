/* SPDX-License-Identifier: Apache-2.0 */
/* Event streams (Server-Sent Events) on a connection that ends with them. What is put in one
 * turn goes out with one write; while one write is under way the next one fills. */
#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "front/connection.h"

struct front_stream {
    struct front_connection *connection;
    front_gone_cb on_gone;
    void *owner_data;
    struct base_buffer filling; /* put since the last write */
    struct base_buffer sending; /* with libuv; empty when nothing is */
    bool is_keyed;              /* opened with a key, which a reload or an admin may take away ... */
    char key_id[BASE_ID_MAX + 1];
    uint8_t key_hash[BASE_HASH_SIZE];
    uint32_t roles;             /* ... or give other roles */
    char session[FRONT_SESSION_ID_SIZE]; /* by whose cookie it was opened; "" = by none */
    bool is_ended;
};

static const char stream_head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\nConnection: close\r\n";

/* The stream's head is the answer; requests that were pipelined behind it are not answered. */
static void head_answer(struct front_connection *connection, struct front_http_call *call)
{
    while (connection->calls.prev != &call->node) {
        struct front_http_call *later =
            BASE_LIST_ENTRY(connection->calls.prev, struct front_http_call, node);

        base_list_remove(&later->node);
        connection->call_count--;
        later->call.request.connection = NULL;
        if (later->is_answered)
            front_http_call_give_back(&connection->front->pools, later);
    }
    connection->phase = FRONT_PHASE_LAST;
    base_buffer_put(&call->head, stream_head, sizeof(stream_head) - 1);
    base_buffer_put_text(&call->head, front_date(connection->front));
    base_buffer_put(&call->head, "\r\n", 2);
}

static void key_note(struct front_stream *stream, const struct front_call *call)
{
    const struct front_key *key = call->key;

    stream->is_keyed = key != NULL;
    if (key == NULL)
        return;
    memcpy(stream->session, call->session, sizeof(stream->session));
    memcpy(stream->key_id, key->id, sizeof(stream->key_id));
    memcpy(stream->key_hash, key->hash, sizeof(stream->key_hash));
    stream->roles = key->roles;
}

int front_http_stream_start(struct front_request *request, front_gone_cb on_gone,
                            void *owner_data, struct front_stream **out)
{
    struct front_http_call *call = (struct front_http_call *)request;
    struct front_connection *connection = request->connection;
    struct front *front = call->call.front;

    assert(on_gone != NULL);
    assert(!call->is_answered);
    if (connection == NULL || connection->stream != NULL ||
        connection->phase == FRONT_PHASE_CLOSING || front->is_closing ||
        front->stream_count >= BASE_SSE_CLIENTS_MAX)
        return OD_EBUSY;
    struct front_stream *stream = base_alloc(sizeof(*stream));
    if (stream == NULL || base_buffer_reserve(&call->head, 512) != OD_OK) {
        base_buffer_clear(&call->head);
        base_free(stream);
        return OD_EBUSY;
    }
    *stream = (struct front_stream){.connection = connection,
                                    .on_gone = on_gone,
                                    .owner_data = owner_data,
                                    .is_ended = call->is_head_only};
    key_note(stream, &call->call);
    connection->stream = stream;
    front->stream_count++;
    head_answer(connection, call);
    front_http_call_close(call);
    *out = stream;
    return OD_OK;
}

static void cut(struct front_stream *stream)
{
    base_log(BASE_LOG_INFO, "event stream cut: its client takes nothing");
    stream->connection->front->figures.cut_slow++;
    front_connection_finish(stream->connection);
}

void front_stream_put(struct front_stream *stream, uint64_t id, const char *event,
                      const char *data, size_t size)
{
    if (stream->is_ended || stream->connection->phase == FRONT_PHASE_CLOSING)
        return;
    assert(memchr(data, '\n', size) == NULL);
    if (id != 0)
        base_buffer_put_format(&stream->filling, "id: %llu\n", (unsigned long long)id);
    base_buffer_put_format(&stream->filling, "event: %s\ndata: ", event);
    base_buffer_put(&stream->filling, data, size);
    base_buffer_put(&stream->filling, "\n\n", 2);
    if (stream->filling.is_broken ||
        stream->filling.size + stream->sending.size > BASE_SSE_BACKLOG_MAX)
        cut(stream);
    else
        front_connection_mark(stream->connection);
}

void front_stream_end(struct front_stream *stream)
{
    stream->is_ended = true;
    front_connection_mark(stream->connection);
}

bool front_stream_flush(struct front_connection *connection)
{
    struct front_stream *stream = connection->stream;
    bool is_done = true;

    assert(stream->sending.size == 0);
    if (stream->filling.size > 0) {
        struct base_buffer spare = stream->sending;
        uv_buf_t buf = uv_buf_init(stream->filling.bytes, (unsigned)stream->filling.size);

        stream->sending = stream->filling;
        stream->filling = spare;
        if (!front_connection_write(connection, &buf, 1, &is_done))
            return false;
        if (is_done)
            front_stream_written(connection);
        front_deadline_stop(&connection->read_deadline); /* the quiet time starts again */
    }
    if (!is_done || !stream->is_ended)
        return true;
    front_connection_finish(connection);
    return false;
}

void front_stream_written(struct front_connection *connection)
{
    base_buffer_clear(&connection->stream->sending);
}

void front_stream_quiet(struct front_connection *connection)
{
    struct front_stream *stream = connection->stream;

    if (!front_stream_may_stay(connection))
        stream->is_ended = true; /* its session was idle for too long */
    else if (stream->sending.size == 0 && stream->filling.size == 0)
        base_buffer_put(&stream->filling, ": \n\n", 4); /* proxies cut what is silent */
    front_connection_mark(connection);
}

bool front_stream_may_stay(const struct front_connection *connection)
{
    const struct front_stream *stream = connection->stream;
    struct front *front = connection->front;

    if (stream == NULL || !stream->is_keyed)
        return true;
    if (stream->session[0] != '\0' &&
        front_session_of(&front->sessions, front->keys, stream->session, base_monotonic_ms()) == NULL)
        return false;
    const struct front_key_row *row = front_keys_same(front->keys, stream->key_id, stream->key_hash);
    return row != NULL && row->key.roles == stream->roles;
}

void front_stream_gone(struct front_connection *connection)
{
    struct front_stream *stream = connection->stream;

    connection->stream = NULL;
    connection->front->stream_count--;
    stream->on_gone(stream->owner_data);
    base_buffer_fini(&stream->filling);
    base_buffer_fini(&stream->sending);
    base_free(stream);
}
