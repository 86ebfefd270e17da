/* SPDX-License-Identifier: Apache-2.0 */
#include "front/connection.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "front/target.h"

#define READ_ROOM_MIN 1024 /* a read is worth a system call from here on */

/* Room to read into. Bytes of a request that is not complete move to the new block. */
static bool has_room(struct front_connection *connection)
{
    struct front_block *block = connection->block;
    struct front_pools *pools = &connection->front->pools;
    size_t kept = 0, room = FRONT_BLOCK_SIZE;

    if (block != NULL) {
        if (block->room - block->size >= READ_ROOM_MIN)
            return true;
        kept = block->size - connection->start;
        while (room < kept + READ_ROOM_MIN)
            room *= 2;
    }
    struct front_block *fresh = front_block_take(pools, room);
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

/* -- A complete request goes in -- */

static bool is_event_stream(const char *accept, size_t size)
{
    const size_t wanted = sizeof("text/event-stream") - 1;

    for (size_t i = 0; i + wanted <= size; i++)
        if (strncasecmp(accept + i, "text/event-stream", wanted) == 0)
            return true;
    return false;
}

static uint64_t event_id_read(const char *text, size_t size)
{
    uint64_t id = 0;

    if (size == 0 || size > 19)
        return 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        id = id * 10 + (uint64_t)(text[i] - '0');
    }
    return id;
}

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

struct field {
    const char *text; /* NULL = absent */
    size_t size;
};

static struct field field_of(const struct front_connection *connection, enum front_header header)
{
    struct front_span span = connection->parser.headers[header];
    const char *text = connection->block->bytes + connection->start;

    return (struct field){.text = span.at == 0 ? NULL : text + span.at, .size = span.size};
}

static void call_fill(struct front_connection *connection, struct front_http_call *call)
{
    struct front_http_parser *parser = &connection->parser;
    struct front_request *request = &call->call.request;
    char *text = connection->block->bytes + connection->start;
    struct field accept = field_of(connection, FRONT_HEADER_ACCEPT);
    struct field event_id = field_of(connection, FRONT_HEADER_LAST_EVENT_ID);

    call->block = connection->block;
    call->block->refs++;
    call->head_text = text;
    call->head_size = parser->head_size;
    call->is_head_only = parser->method == FRONT_METHOD_HEAD;
    call->is_http_1_0 = parser->is_http_1_0;
    request->received_us = uv_hrtime() / 1000;
    if (parser->body_size > 0) {
        request->body_text = text + parser->body_at;
        request->body_size = parser->body_size;
    }
    request->wants_event_stream = !call->is_head_only && is_event_stream(accept.text, accept.size);
    request->last_event_id = event_id_read(event_id.text, event_id.size);
}

static struct front_arrival arrival_make(const struct front_connection *connection)
{
    struct field key = field_of(connection, FRONT_HEADER_AUTHORIZATION);
    struct field type = field_of(connection, FRONT_HEADER_CONTENT_TYPE);
    struct field idempotency = field_of(connection, FRONT_HEADER_IDEMPOTENCY_KEY);
    struct front_arrival arrival = {
        .method = connection->parser.method,
        .has_credentials = key.text != NULL,
        .media_type = type.text,
        .media_type_size = type.size,
        .idempotency_key = idempotency.text,
        .idempotency_key_size = idempotency.size,
        .has_pages = true,
    };

    if (key.text != NULL)
        arrival.secret = front_bearer_find(key.text, key.size, &arrival.secret_size);
    return arrival;
}

/* "127.0.0.1", "localhost" or "[::1]", with or without a port: what a browser on this machine
 * says when nobody has bent a name to it. */
static bool is_local_host(const char *host, size_t size)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t name_size = strlen(names[i]);

        if (size < name_size || strncasecmp(host, names[i], name_size) != 0)
            continue;
        if (size == name_size)
            return true;
        if (host[name_size] == ':' && size - name_size <= 6 &&
            strspn(host + name_size + 1, "0123456789") >= size - name_size - 1)
            return true;
    }
    return false;
}

/* A demo hub asks for no key, so a page of another origin must not reach it. */
static bool may_reach_demo(const struct front_connection *connection, const struct front_target *target)
{
    struct field host = field_of(connection, FRONT_HEADER_HOST);
    struct field origin = field_of(connection, FRONT_HEADER_ORIGIN);

    if (!is_local_host(host.text, host.size))
        return false;
    if (target->authority != NULL && !is_local_host(target->authority, target->authority_size))
        return false;
    if (origin.text == NULL)
        return true;
    return origin.size == host.size + 7 && strncasecmp(origin.text, "http://", 7) == 0 &&
           strncasecmp(origin.text + 7, host.text, host.size) == 0;
}

static void call_admit(struct front_connection *connection, struct front_http_call *call)
{
    struct field language = field_of(connection, FRONT_HEADER_ACCEPT_LANGUAGE);
    struct front_request *request = &call->call.request;
    struct front_arrival arrival = arrival_make(connection);
    struct front_target target;

    request->language = front_language_choose(language.text, language.size);
    int rc = front_target_split(connection->block->bytes + connection->start + connection->parser.target.at,
                                connection->parser.target.size, &target);
    if (rc != OD_OK) {
        front_answer_problem(request, FRONT_BAD_REQUEST,
                             front_say(request, "请求目标不是有效的路径与查询。",
                                       "The request target is not a clean path and query."),
                             NULL, 0);
        return;
    }
    if (connection->front->is_demo && !may_reach_demo(connection, &target)) {
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "演示模式只接受本机的 Host 与同源的 Origin。",
                                       "Demo mode takes a local Host and an Origin of its own only."),
                             NULL, 0);
        return;
    }
    arrival.path = target.path;
    arrival.path_size = target.path_size;
    request->query = target.query;
    request->query_size = target.query_size;
    front_call_admit(&call->call, &arrival);
}

/* -- Requests are taken from the bytes -- */

struct fault_row {
    enum front_problem problem;
    const char *zh, *en;
};

static const struct fault_row fault_rows[FRONT_HTTP_FAULTS_END] = {
#define FAULT_ROW(name, problem_, zh_, en_) [FRONT_HTTP_FAULT_##name] = {.problem = problem_, .zh = zh_, .en = en_},
    FRONT_HTTP_FAULTS(FAULT_ROW)
#undef FAULT_ROW
};

/* The methods that the path of a request with an unknown method allows. */
static unsigned methods_of(const struct front_connection *connection)
{
    const char *text = connection->block->bytes + connection->start + connection->parser.target.at;
    char path[FRONT_PATH_MAX + 1];
    struct front_target target;
    struct front_match match = {0};

    if (front_target_split(text, connection->parser.target.size, &target) == OD_OK &&
        front_path_decode(target.path, target.path_size, path, sizeof(path)) == OD_OK)
        front_route_find(path, FRONT_METHOD_NONE, &match);
    return match.methods != 0 ? match.methods : FRONT_METHOD_GET | FRONT_METHOD_HEAD | FRONT_METHOD_POST;
}

/* The framing is lost, or there is no memory: say why, after the answers before it, and close. */
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
    if (fault == FRONT_HTTP_FAULT_METHOD)
        front_call_refuse_method(&call->call, methods_of(connection));
    else
        front_answer_problem(&call->call.request, row->problem, front_say(&call->call.request, row->zh, row->en),
                             NULL, 0);
}

static void request_take(struct front_connection *connection)
{
    struct front_http_parser *parser = &connection->parser;
    struct front_http_call *call = call_append(connection);

    if (call == NULL) {
        refuse(connection, FRONT_HTTP_FAULT_MEMORY);
        return;
    }
    if (!parser->is_kept_alive || connection->front->is_closing)
        connection->phase = FRONT_PHASE_LAST;
    call_fill(connection, call);
    call_admit(connection, call);
    connection->start += parser->scanned;
    *parser = (struct front_http_parser){0};
    connection->has_continued = false;
    front_deadline_stop(&connection->read_deadline);
}

/* Bytes that the parser has not seen, or a request that it has not finished. */
static size_t kept_size(const struct front_connection *connection)
{
    return connection->block == NULL ? 0 : connection->block->size - connection->start;
}

static void requests_take(struct front_connection *connection)
{
    connection->is_stalled = false;
    while (connection->phase == FRONT_PHASE_OPEN && kept_size(connection) > 0) {
        size_t size = kept_size(connection);

        if (connection->call_count >= BASE_HTTP_PIPELINE_MAX) {
            connection->is_stalled = true;
            return;
        }
        enum front_http_progress progress =
            front_http_parse(&connection->parser, connection->block->bytes + connection->start, &size);
        if (progress == FRONT_HTTP_COMPLETE) {
            request_take(connection);
            continue;
        }
        connection->block->size = connection->start + size;
        if (progress == FRONT_HTTP_FAULT)
            refuse(connection, connection->parser.fault);
        break;
    }
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
    if (count == UV_ENOBUFS && connection->phase == FRONT_PHASE_OPEN) {
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

    if (connection->has_eof || uv_fileno(&connection->uv.handle, &fd) != 0 || shutdown(fd, SHUT_WR) != 0) {
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
    else if (kept_size(connection) > 0)
        return; /* its request may still come in */
    else if (connection->call_count == 0)
        front_connection_finish(connection);
    else
        connection->phase = FRONT_PHASE_LAST;
}

void front_connection_resume(struct front_connection *connection)
{
    if (connection->is_stalled && connection->call_count < BASE_HTTP_PIPELINE_MAX)
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
    front_block_release(&connection->front->pools, connection->block);
    connection->block = NULL;
    uv_close(&connection->uv.handle, on_closed);
}

/* -- The beginning -- */

static int handle_init(struct front_connection *connection, const struct front_listener *listener)
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
