/* SPDX-License-Identifier: Apache-2.0 */
#include "front/connection.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "front/target.h"

#define READ_ROOM_MIN 1024 /* a read is worth a system call from here on */

/* Room to read into. Bytes of a request that is not complete move to the new block. */
static bool has_room(struct front_connection *connection)
{
    struct front_block *block = connection->block;
    struct front_pools *pools = &connection->front->pools;
    size_t kept = 0, room = connection->upload != NULL ? FRONT_UPLOAD_PIECE_MAX : FRONT_BLOCK_SIZE;

    if (block != NULL) {
        if (block->room - block->size >= READ_ROOM_MIN)
            return true;
        kept = block->size - connection->start;
        while (room < kept + READ_ROOM_MIN)
            room *= 2;
    }
    struct front_block *fresh = front_block_take(pools, room);
    if (fresh == NULL && connection->upload != NULL)
        fresh = front_block_take(pools, FRONT_BLOCK_SIZE);
    if (fresh == NULL)
        return false;
    if (kept > 0)
        memcpy(fresh->bytes, block->bytes + connection->start, kept);
    fresh->size = kept;
    front_block_release(pools, block);
    connection->block = fresh;
    connection->start = 0;
    return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct front_connection *connection = handle->data;
    struct front *front = connection->front;

    (void)suggested;
    *buf = uv_buf_init(NULL, 0);
    if (connection->phase != FRONT_PHASE_OPEN)
        *buf = uv_buf_init(front->scrap, sizeof(front->scrap));
    else if (has_room(connection))
        *buf = uv_buf_init(connection->block->bytes + connection->block->size,
                           (unsigned)(connection->block->room - connection->block->size));
}

/* -- Requests are taken from the bytes -- */

/* Put an empty request at the end of the connection's queue; NULL when memory is short. */
static struct front_http_call *call_append(struct front_connection *connection)
{
    struct front *front = connection->front;
    struct front_http_call *call = front_http_call_take(&front->pools);

    if (call == NULL)
        return NULL;
    call->call.front = front;
    call->call.request.answerer = &front_http_answerer;
    call->call.request.connection = connection;
    base_list_append(&connection->calls, &call->node);
    connection->call_count++;
    front->calls_open++;
    front->figures.requests++;
    return call;
}

struct fault_row {
    enum front_problem problem;
    const char *zh, *en;
};

static const struct fault_row fault_rows[FRONT_HTTP_FAULTS_END] = {
#define FAULT_ROW(name, problem_, zh_, en_)                                                    \
    [FRONT_HTTP_FAULT_##name] = {.problem = problem_, .zh = zh_, .en = en_},
    FRONT_HTTP_FAULTS(FAULT_ROW)
#undef FAULT_ROW
};

/* The methods that the path of a request with an unknown method allows. */
static unsigned methods_of(const struct front_connection *connection)
{
    const char *text =
        connection->block->bytes + connection->start + connection->parser.target.at;
    char path[FRONT_PATH_MAX + 1];
    struct front_target target;
    struct front_match match = {0};

    if (front_target_split(text, connection->parser.target.size, &target) == OD_OK &&
        front_path_decode(target.path, target.path_size, path, sizeof(path)) == OD_OK)
        front_route_find(path, FRONT_METHOD_NONE, &match);
    return match.methods != 0 ? match.methods
                              : FRONT_METHOD_GET | FRONT_METHOD_HEAD | FRONT_METHOD_POST;
}

/* The framing is lost, or there is no memory: say why, after the answers before it, and close.
 */
static void refuse(struct front_connection *connection, enum front_http_fault fault)
{
    const struct fault_row *row = &fault_rows[fault];

    connection->phase = FRONT_PHASE_LAST;
    front_deadline_stop(&connection->read_deadline);
    struct front_http_call *call = call_append(connection);
    if (call == NULL) {
        front_connection_mark(connection);
        return;
    }
    call->is_head_only = connection->parser.method == FRONT_METHOD_HEAD;
    call->call.request.language = front_http_language(connection);
    if (fault == FRONT_HTTP_FAULT_METHOD)
        front_call_refuse_method(&call->call, methods_of(connection));
    else if (!front_http_call_refuse_page(connection, call, row->problem))
        front_answer_problem(&call->call.request, row->problem,
                             front_say(&call->call.request, row->zh, row->en), NULL, 0);
}

/* The request is all here: what follows is the next one. */
static void request_end(struct front_connection *connection)
{
    connection->start += connection->parser.scanned;
    connection->parser = (struct front_http_parser){0};
    connection->has_continued = false;
    front_deadline_stop(&connection->read_deadline);
}

static void request_take(struct front_connection *connection)
{
    struct front_http_call *call = call_append(connection);

    if (call == NULL) {
        refuse(connection, FRONT_HTTP_FAULT_MEMORY);
        return;
    }
    if (!connection->parser.is_kept_alive || connection->front->is_closing)
        connection->phase = FRONT_PHASE_LAST;
    front_http_call_admit(connection, call);
    request_end(connection);
}

/* A request whose body goes on as it comes: admitted with its head, fed with each piece of its body. */
static void upload_take(struct front_connection *connection, bool is_last)
{
    struct front_http_call *call = connection->upload;
    bool is_new = call == NULL;

    if (is_new && (call = connection->upload = call_append(connection)) == NULL) {
        refuse(connection, FRONT_HTTP_FAULT_MEMORY);
        return;
    }
    if (is_last && (!connection->parser.is_kept_alive || connection->front->is_closing))
        connection->phase = FRONT_PHASE_LAST;
    if (is_last)
        connection->upload = NULL;
    if (is_new) {
        connection->upload_step = 0;
        front_http_call_admit(connection, call);
    }
    if (!call->is_answered)
        front_upload_feed(connection, call, is_last);
    if (is_last)
        request_end(connection);
    else if (connection->phase == FRONT_PHASE_OPEN)
        front_http_body_take(&connection->parser);
}

/* Bytes that the parser has not seen, or a request that it has not finished. */
static size_t kept_size(const struct front_connection *connection)
{
    return connection->block == NULL ? 0 : connection->block->size - connection->start;
}

/* The framing is lost. Who takes an upload learns that its client is gone, and answers. */
static void fault_take(struct front_connection *connection)
{
    if (connection->upload == NULL) {
        refuse(connection, connection->parser.fault);
        return;
    }
    front_upload_break(connection);
    front_connection_calls_tell(connection);
}

/* The next request, or the next piece of one. false: more bytes are needed, or none are wanted any more. */
static bool request_step(struct front_connection *connection)
{
    struct front_http_parser *parser = &connection->parser;
    size_t size = kept_size(connection);
    enum front_http_progress progress = front_http_parse(parser, connection->block->bytes + connection->start, &size);

    if (progress != FRONT_HTTP_COMPLETE)
        connection->block->size = connection->start + size;
    if (progress == FRONT_HTTP_FAULT)
        fault_take(connection);
    else if (parser->is_streamed && parser->has_head)
        upload_take(connection, progress == FRONT_HTTP_COMPLETE);
    else if (progress == FRONT_HTTP_COMPLETE)
        request_take(connection);
    return progress == FRONT_HTTP_COMPLETE;
}

static void requests_take(struct front_connection *connection)
{
    bool is_going = true;

    connection->is_stalled = false;
    while (is_going && connection->phase == FRONT_PHASE_OPEN && kept_size(connection) > 0) {
        connection->is_stalled = connection->call_count >= BASE_HTTP_PIPELINE_MAX && connection->upload == NULL;
        if (connection->is_stalled)
            return;
        is_going = request_step(connection);
    }
    connection->is_stalled = connection->phase == FRONT_PHASE_OPEN && front_upload_is_full(connection);
    if (kept_size(connection) == 0 || connection->phase != FRONT_PHASE_OPEN) {
        front_block_release(&connection->front->pools, connection->block);
        connection->block = NULL;
        connection->start = 0;
    }
}

/* -- What a connection waits for -- */

static void on_eof(struct front_connection *connection)
{
    connection->has_eof = true;
    if (connection->call_count == 0 || connection->stream != NULL) {
        front_connection_finish(connection);
        return;
    }
    front_upload_break(connection);
    front_connection_calls_tell(connection); /* who only half-closed has no use for a late answer either */
    connection->phase = FRONT_PHASE_LAST; /* half-closed: what was asked is still answered */
    front_connection_settle(connection);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct front_connection *connection = stream->data;

    (void)buf;
    if (count == 0)
        return;
    if (count == UV_EOF) {
        on_eof(connection);
        return;
    }
    if (count == UV_ENOBUFS && connection->phase == FRONT_PHASE_OPEN && connection->upload == NULL) {
        refuse(connection, FRONT_HTTP_FAULT_MEMORY);
        front_connection_settle(connection);
        return;
    }
    if (count < 0) {
        front_connection_finish(connection);
        return;
    }
    if (connection->phase != FRONT_PHASE_OPEN) {
        connection->discarded += (size_t)count;
        if (connection->discarded > FRONT_LINGER_BYTES_MAX)
            front_connection_finish(connection);
        return;
    }
    connection->block->size += (size_t)count;
    requests_take(connection);
    if (connection->parser.wants_continue && !connection->has_continued)
        front_connection_mark(connection);
    front_connection_settle(connection);
}

static void read_switch(struct front_connection *connection, bool is_wanted)
{
    if (is_wanted == connection->is_reading)
        return;
    connection->is_reading = is_wanted;
    if (is_wanted) {
        int rc = uv_read_start(&connection->uv.stream, on_alloc, on_read);
        assert(rc == 0 || rc == UV_ENOTCONN);
        (void)rc;
    } else {
        uv_read_stop(&connection->uv.stream);
    }
}

static enum front_deadline_kind deadline_wanted(const struct front_connection *connection)
{
    if (connection->phase == FRONT_PHASE_LINGERING)
        return FRONT_DEADLINE_LINGER;
    if (connection->stream != NULL)
        return FRONT_DEADLINE_STREAM;
    if (connection->phase == FRONT_PHASE_OPEN && connection->upload != NULL)
        return FRONT_DEADLINE_UPLOAD;
    if (connection->phase != FRONT_PHASE_OPEN || connection->is_stalled)
        return FRONT_DEADLINE_NONE;
    if (connection->parser.has_head)
        return FRONT_DEADLINE_BODY;
    if (kept_size(connection) > 0)
        return FRONT_DEADLINE_HEAD;
    return connection->call_count == 0 ? FRONT_DEADLINE_IDLE : FRONT_DEADLINE_NONE;
}

static void deadline_settle(struct front_connection *connection)
{
    enum front_deadline_kind wanted = deadline_wanted(connection);

    if (connection->read_deadline.kind == wanted)
        return;
    if (wanted == FRONT_DEADLINE_NONE)
        front_deadline_stop(&connection->read_deadline);
    else
        front_deadline_start(&connection->front->clock, &connection->read_deadline, wanted);
}

/* Everything is said. Shut our side and wait for the client's end, so that unread bytes do not
 * turn into a reset that takes the answer from under the client. */
static void linger(struct front_connection *connection)
{
    uv_os_fd_t fd;

    if (connection->has_eof || uv_fileno(&connection->uv.handle, &fd) != 0 ||
        shutdown(fd, SHUT_WR) != 0) {
        front_connection_finish(connection);
        return;
    }
    connection->phase = FRONT_PHASE_LINGERING;
}

void front_connection_settle(struct front_connection *connection)
{
    bool is_idle = connection->call_count == 0 && !connection->is_writing;

    if (connection->phase == FRONT_PHASE_CLOSING)
        return;
    if (is_idle && connection->phase == FRONT_PHASE_LAST && connection->stream == NULL)
        linger(connection);
    if (connection->phase == FRONT_PHASE_CLOSING)
        return;
    read_switch(connection, !connection->has_eof && !connection->is_stalled);
    deadline_settle(connection);
}

void front_connection_drain(struct front_connection *connection)
{
    if (connection->phase != FRONT_PHASE_OPEN && connection->stream == NULL)
        return;
    if (connection->stream != NULL)
        front_stream_end(connection->stream);
    else if (kept_size(connection) > 0 || connection->upload != NULL)
        return; /* its request may still come in */
    else if (connection->call_count == 0)
        front_connection_finish(connection);
    else
        connection->phase = FRONT_PHASE_LAST;
}

void front_connection_resume(struct front_connection *connection)
{
    if (connection->is_stalled && !front_upload_is_full(connection) &&
        (connection->call_count < BASE_HTTP_PIPELINE_MAX || connection->upload != NULL))
        requests_take(connection);
}

/* -- The end -- */

static void on_closed(uv_handle_t *handle)
{
    struct front_connection *connection = handle->data;
    struct front *front = connection->front;

    connection->sending_count = 0;
    front_connection_calls_drop(connection);
    if (connection->stream != NULL)
        front_stream_gone(connection);
    base_list_remove(&connection->node);
    if (connection->is_refused)
        front->refused_count--;
    else
        front->connection_count--;
    front_connection_give_back(&front->pools, connection);
    if (front->is_closing)
        front_close_step(front);
}

void front_connection_finish(struct front_connection *connection)
{
    if (connection->phase == FRONT_PHASE_CLOSING)
        return;
    connection->phase = FRONT_PHASE_CLOSING;
    front_deadline_stop(&connection->read_deadline);
    front_deadline_stop(&connection->write_deadline);
    base_list_remove(&connection->dirty);
    front_upload_break(connection);
    front_block_release(&connection->front->pools, connection->block);
    connection->block = NULL;
    uv_close(&connection->uv.handle, on_closed);
}

/* -- The beginning -- */

static int handle_init(struct front_connection *connection,
                       const struct front_listener *listener)
{
    struct front *front = connection->front;

    if (listener->is_pipe)
        return uv_pipe_init(front->loop, &connection->uv.pipe, 0);
    return uv_tcp_init(front->loop, &connection->uv.tcp);
}

int front_connection_open(struct front *front, struct front_listener *listener)
{
    struct front_connection *connection = front_connection_take(&front->pools);

    if (connection == NULL)
        return OD_ENOMEM;
    connection->front = front;
    if (handle_init(connection, listener) != 0) {
        front_connection_give_back(&front->pools, connection);
        return OD_ENOMEM;
    }
    connection->uv.handle.data = connection;
    connection->write.data = connection;
    connection->phase = FRONT_PHASE_OPEN;
    base_list_init(&connection->calls);
    base_list_init(&connection->dirty);
    base_list_append(&front->connections, &connection->node);
    connection->is_refused = front->connection_count >= front->connections_max;
    if (connection->is_refused)
        front->refused_count++;
    else
        front->connection_count++;
    if (uv_accept(&listener->uv.stream, &connection->uv.stream) != 0 ||
        (connection->is_refused && front->refused_count > FRONT_REFUSED_MAX)) {
        front->figures.connections_refused += connection->is_refused;
        front_connection_finish(connection);
        return OD_OK;
    }
    if (!listener->is_pipe)
        (void)uv_tcp_nodelay(&connection->uv.tcp, 1);
    if (connection->is_refused) {
        front->figures.connections_refused++;
        refuse(connection, FRONT_HTTP_FAULT_MEMORY);
    }
    front_connection_settle(connection);
    return OD_OK;
}
