/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: put together when they are given, written in the order of the requests at the
 * end of the loop turn, as many with one system call as there are. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "front/connection.h"

#define GATHER_MAX BASE_HTTP_PIPELINE_MAX /* answers in one write */

static const char broken_answer[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                                    "Retry-After: 1\r\nConnection: close\r\n\r\n";
static const char continue_answer[] = "HTTP/1.1 100 Continue\r\n\r\n";
static const char html_headers[] =
    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src "
    "'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: same-origin\r\nX-Frame-Options: DENY\r\nCross-Origin-Opener-Policy: "
    "same-origin\r\n";

static struct front_http_call *http_call_of(struct front_request *request)
{
    return (struct front_http_call *)request;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "Status"; /* RFC 9112 section 4: clients ignore it */
}

static void put_decimal(struct base_buffer *head, size_t value)
{
    char digits[24];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    base_buffer_put(head, digits + at, sizeof(digits) - at);
}

/* No more requests will be taken and this is the last one: the connection ends with it. */
static bool is_last(const struct front_http_call *call)
{
    const struct front_connection *connection = call->call.request.connection;

    return connection != NULL && connection->phase != FRONT_PHASE_OPEN &&
           call->node.next == &connection->calls;
}

#define PUT_LITERAL(buffer, text) base_buffer_put(buffer, text, sizeof(text) - 1)

static void put_status(struct front_http_call *call, int status)
{
    struct base_buffer *head = &call->head;

    PUT_LITERAL(head, "HTTP/1.1 ");
    put_decimal(head, (size_t)status);
    PUT_LITERAL(head, " ");
    base_buffer_put_text(head, reason_of(status));
    PUT_LITERAL(head, "\r\n");
    base_buffer_put_text(head, front_date(call->call.front));
}

/* Nothing of the API is to be kept anywhere; a page says itself what may be. */
static void put_guards(struct front_http_call *call, const char *media_type,
                       const char *headers)
{
    bool is_page = call->call.request.route == FRONT_PAGE;

    if (!is_page)
        PUT_LITERAL(&call->head, "Cache-Control: no-store\r\n");
    else if (headers == NULL || strcasestr(headers, "cache-control:") == NULL)
        PUT_LITERAL(&call->head, "Cache-Control: no-cache\r\n");
    PUT_LITERAL(&call->head, "X-Content-Type-Options: nosniff\r\n");
    if (media_type != NULL && strncmp(media_type, "text/html", 9) == 0)
        PUT_LITERAL(&call->head, html_headers);
}

void front_http_head_put(struct front_http_call *call, int status, const char *media_type, const char *headers)
{
    struct base_buffer *head = &call->head;

    put_status(call, status);
    if (status != 204 && status != 304) {
        if (media_type != NULL) {
            PUT_LITERAL(head, "Content-Type: ");
            base_buffer_put_text(head, media_type);
            PUT_LITERAL(head, "\r\n");
        }
        PUT_LITERAL(head, "Content-Length: ");
        put_decimal(head, call->file != NULL ? (size_t)front_file_size(call) : call->body.size);
        PUT_LITERAL(head, "\r\n");
    }
    put_guards(call, media_type, headers);
    if (headers != NULL)
        base_buffer_put_text(head, headers);
    if (is_last(call))
        PUT_LITERAL(head, "Connection: close\r\n");
    else if (call->is_http_1_0)
        PUT_LITERAL(head, "Connection: keep-alive\r\n");
    PUT_LITERAL(head, "\r\n");
    if (call->is_head_only || status == 204 || status == 304)
        base_buffer_clear(&call->body);
}

/* The request is over: what it borrowed goes back; what is to be sent stays. */
void front_http_call_close(struct front_http_call *call)
{
    struct front *front = call->call.front;
    struct front_connection *connection = call->call.request.connection;

    call->is_answered = true;
    front_call_fini(&call->call);
    front_upload_drop(&front->pools, call);
    front_block_release(&front->pools, call->block);
    call->block = NULL;
    assert(front->calls_open > 0);
    front->calls_open--;
    if (connection == NULL) {
        front_file_drop(call);
        front_http_call_give_back(&front->pools, call); /* the client is gone */
    } else {
        front_connection_mark(connection);
    }
}

static void on_answer(struct front_request *request, int status, const char *media_type,
                      const char *headers, struct base_buffer *body)
{
    struct front_http_call *call = http_call_of(request);

    assert(!call->is_answered);
    if (request->connection != NULL && request->connection->upload == call)
        front_upload_break(request->connection);
    if (body != NULL) {
        call->body = *body;
        *body = (struct base_buffer){0};
    }
    front_http_head_put(call, status, media_type, headers);
    if (call->head.is_broken || call->body.is_broken) {
        call->is_broken = true;
        if (request->connection != NULL && request->connection->phase == FRONT_PHASE_OPEN)
            request->connection->phase = FRONT_PHASE_LAST;
    }
    front_http_call_close(call);
}

/* Find a field in a head that passed the gate: lines end in CR LF, names in ':'. */
static const char *on_find_header(struct front_request *request, const char *name)
{
    struct front_http_call *call = http_call_of(request);
    const char *at = call->head_text, *end = at + call->head_size;
    size_t size = strlen(name);

    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at < end) {
        const char *stop = memchr(at, '\r', (size_t)(end - at));

        if (stop == NULL || (size_t)(stop - at) <= size || at[size] != ':' ||
            strncasecmp(at, name, size) != 0)
            continue;
        at += size + 1;
        while (at < stop && (*at == ' ' || *at == '\t'))
            at++;
        while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t'))
            stop--;
        return base_arena_text(&request->arena, at, (size_t)(stop - at));
    }
    return NULL;
}

const struct front_answerer front_http_answerer = {
    .answer = on_answer,
    .start_stream = front_http_stream_start,
    .answer_file = front_http_answer_file,
    .find_header = on_find_header,
    .start_upload = front_http_upload_start,
    .next_piece = front_http_upload_next,
};

void front_connection_mark(struct front_connection *connection)
{
    if (connection->phase != FRONT_PHASE_CLOSING && base_list_is_empty(&connection->dirty))
        base_list_append(&connection->front->dirty, &connection->dirty);
}

/* -- Writing -- */

static void tell_gone(struct front_http_call *call)
{
    struct front_request *request = &call->call.request;
    void (*on_gone)(struct front_request *request) = call->is_answered ? NULL : request->on_gone;

    request->on_gone = NULL;
    if (on_gone != NULL)
        on_gone(request);
}

static void call_remove(struct front_connection *connection, struct front_http_call *call)
{
    base_list_remove(&call->node);
    connection->call_count--;
    if (call->is_answered) {
        front_file_drop(call);
        front_http_call_give_back(&connection->front->pools, call);
        return;
    }
    call->call.request.connection = NULL;
    tell_gone(call);
}

void front_connection_calls_tell(struct front_connection *connection)
{
    for (struct base_list *node = connection->calls.next; node != &connection->calls; node = node->next)
        tell_gone(BASE_LIST_ENTRY(node, struct front_http_call, node));
}

static struct front_http_call *first_call(const struct front_connection *connection)
{
    return BASE_LIST_ENTRY(connection->calls.next, struct front_http_call, node);
}

void front_connection_calls_drop(struct front_connection *connection)
{
    while (connection->call_count > 0)
        call_remove(connection, first_call(connection));
}

void front_connection_call_end(struct front_connection *connection, struct front_http_call *call)
{
    assert(call == first_call(connection));
    call_remove(connection, call);
    front_connection_mark(connection);
}

/* A file is the last of what was sent together: its head. */
static void sent_release(struct front_connection *connection)
{
    for (; connection->sending_count > 0; connection->sending_count--) {
        struct front_http_call *call = first_call(connection);

        if (call->file == NULL)
            call_remove(connection, call);
        else if (front_file_is_started(call))
            front_file_written(connection, call);
        else
            front_file_start(connection, call);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct front_connection *connection = write->data;

    connection->is_writing = false;
    front_deadline_stop(&connection->write_deadline);
    if (connection->phase == FRONT_PHASE_CLOSING)
        return;
    if (status < 0) {
        front_connection_finish(connection);
        return;
    }
    sent_release(connection);
    if (connection->stream != NULL)
        front_stream_written(connection);
    front_connection_mark(connection);
}

/* Leave out the first sent bytes. */
static unsigned bufs_skip(uv_buf_t *bufs, unsigned count, size_t sent)
{
    unsigned done = 0;

    while (done < count && sent >= bufs[done].len)
        sent -= bufs[done++].len;
    for (unsigned i = done; i < count; i++)
        bufs[i - done] = bufs[i];
    if (done < count) {
        bufs[0].base += sent;
        bufs[0].len -= sent;
    }
    return count - done;
}

bool front_connection_write(struct front_connection *connection, uv_buf_t *bufs, unsigned count,
                            bool *is_done)
{
    assert(!connection->is_writing);
    int sent = uv_try_write(&connection->uv.stream, bufs, count);

    if (sent < 0 && sent != UV_EAGAIN) {
        front_connection_finish(connection);
        return false;
    }
    count = bufs_skip(bufs, count, sent < 0 ? 0 : (size_t)sent);
    *is_done = count == 0;
    if (*is_done)
        return true;
    if (uv_write(&connection->write, &connection->uv.stream, bufs, count, on_written) != 0) {
        front_connection_finish(connection);
        return false;
    }
    connection->is_writing = true;
    front_deadline_start(&connection->front->clock, &connection->write_deadline,
                         FRONT_DEADLINE_WRITE);
    return true;
}

/* Answers at the front of the queue; *count buffers. */
static unsigned gather(const struct front_connection *connection, uv_buf_t bufs[2 * GATHER_MAX],
                       unsigned *count)
{
    unsigned taken = 0;

    *count = 0;
    for (struct base_list *node = connection->calls.next;
         node != &connection->calls && taken < GATHER_MAX; node = node->next, taken++) {
        struct front_http_call *call = BASE_LIST_ENTRY(node, struct front_http_call, node);

        if (!call->is_answered || front_file_is_started(call))
            break;
        if (call->is_broken) {
            bufs[(*count)++] =
                uv_buf_init((char *)(uintptr_t)broken_answer, sizeof(broken_answer) - 1);
            continue;
        }
        bufs[(*count)++] = uv_buf_init(call->head.bytes, (unsigned)call->head.size);
        if (call->body.size > 0)
            bufs[(*count)++] = uv_buf_init(call->body.bytes, (unsigned)call->body.size);
        if (call->file != NULL)
            return taken + 1; /* the file comes before the next answer */
    }
    return taken;
}

static bool answers_write(struct front_connection *connection)
{
    uv_buf_t bufs[2 * GATHER_MAX];
    unsigned count;
    bool is_done = true;

    while (is_done && (connection->sending_count = gather(connection, bufs, &count)) > 0) {
        if (!front_connection_write(connection, bufs, count, &is_done))
            return false;
        if (is_done)
            sent_release(connection);
    }
    return true;
}

/* RFC 9110 section 10.1.1; after the answers before it, and not when the body is on its way. */
static bool continue_write(struct front_connection *connection)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)continue_answer, sizeof(continue_answer) - 1);
    bool is_done;

    bool is_due = connection->upload != NULL ? front_upload_is_awaited(connection) : connection->call_count == 0;

    if (connection->phase != FRONT_PHASE_OPEN || !is_due ||
        connection->is_writing || !connection->parser.has_head ||
        !connection->parser.wants_continue || connection->has_continued)
        return true;
    connection->has_continued = true;
    if (connection->parser.body_size > 0)
        return true;
    return front_connection_write(connection, &buf, 1, &is_done);
}

void front_connection_flush(struct front_connection *connection)
{
    if (connection->phase == FRONT_PHASE_CLOSING)
        return;
    if (!connection->is_writing && !answers_write(connection))
        return;
    front_connection_resume(connection);
    if (!continue_write(connection))
        return;
    if (connection->stream != NULL && connection->call_count == 0 && !connection->is_writing &&
        !front_stream_flush(connection))
        return;
    front_connection_settle(connection);
}
