/* SPDX-License-Identifier: Apache-2.0 */
/* A complete HTTP request, still standing in the connection's block, becomes a call. */
#include <string.h>
#include <strings.h>

#include "front/auth.h"
#include "front/connection.h"
#include "front/pages.h"
#include "front/target.h"

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

struct field {
    const char *text; /* NULL = absent */
    size_t size;
};

static struct field field_of(const struct front_connection *connection,
                             enum front_header header)
{
    struct front_span span = connection->parser.headers[header];
    const char *text = connection->block->bytes + connection->start;

    return (struct field){.text = span.at == 0 ? NULL : text + span.at, .size = span.size};
}

enum front_language front_http_language(const struct front_connection *connection)
{
    if (connection->block == NULL) /* nothing was read */
        return FRONT_ZH_CN;
    struct field language = field_of(connection, FRONT_HEADER_ACCEPT_LANGUAGE);
    return front_language_choose(language.text, language.size);
}

/* The last address that the proxy behind a unix socket wrote into X-Forwarded-For: those before
 * it are the client's own word. */
static struct front_client forwarded_find(const struct front_http_call *call)
{
    static const char name[] = "\nx-forwarded-for:";
    struct front_client client = {.kind = FRONT_CLIENT_SOCKET};
    const char *end = call->head_text + call->head_size, *from = NULL;

    for (const char *at = call->head_text; (size_t)(end - at) >= sizeof(name) - 1; at++)
        if (*at == '\n' && strncasecmp(at, name, sizeof(name) - 1) == 0)
            from = at + sizeof(name) - 1;
    if (from == NULL)
        return client;
    const char *stop = memchr(from, '\r', (size_t)(end - from));
    while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    const char *start = stop;
    while (start > from && start[-1] != ' ' && start[-1] != '\t' && start[-1] != ',')
        start--;
    (void)front_client_parse(start, (size_t)(stop - start), &client);
    return client;
}

struct front_client front_client_find(struct front_request *request)
{
    struct front_client client = {.kind = FRONT_CLIENT_NONE};
    struct sockaddr_storage peer = {0};
    int size = sizeof(peer);
    char text[64] = "";

    if (request->answerer != &front_http_answerer)
        return (struct front_client){.kind = FRONT_CLIENT_GATEWAY};
    if (request->connection == NULL)
        return client;
    if (request->connection->uv.handle.type == UV_NAMED_PIPE)
        return forwarded_find((struct front_http_call *)request);
    if (uv_tcp_getpeername(&request->connection->uv.tcp, (struct sockaddr *)&peer, &size) == 0 &&
        uv_ip_name((struct sockaddr *)&peer, text, sizeof(text)) == 0)
        (void)front_client_parse(text, strlen(text), &client);
    return client;
}

bool front_key_is_held(const struct front_key *key, struct front_request *request)
{
    if (key->certificate[0] == '\0')
        return true;
    if (request->answerer != &front_http_answerer || request->connection == NULL ||
        request->connection->uv.handle.type != UV_NAMED_PIPE)
        return false;
    const char *verdict = front_header(request, "X-Client-Verify"), *shown = front_header(request, "X-Client-Fingerprint");
    return verdict != NULL && strcmp(verdict, "SUCCESS") == 0 && shown != NULL && strcasecmp(shown, key->certificate) == 0;
}

bool front_is_from_proxy(struct front_request *request)
{
    return front_proxy_is_believed(front_call_of(request)->front->proxy, request);
}

const char *front_cookie(struct front_request *request, const char *name)
{
    const char *at = front_header(request, "Cookie");
    size_t name_size = strlen(name);

    while (at != NULL && *at != '\0') {
        size_t size = strcspn(at, ";");

        if (size > name_size && at[name_size] == '=' && strncmp(at, name, name_size) == 0)
            return base_arena_text(&request->arena, at + name_size + 1, size - name_size - 1);
        at += size;
        at += strspn(at, "; ");
    }
    return NULL;
}

static void fill(struct front_connection *connection, struct front_http_call *call)
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
    if (parser->is_streamed) {
        struct field type = field_of(connection, FRONT_HEADER_CONTENT_TYPE);

        request->is_streamed = true;
        request->upload_size = parser->is_chunked ? UINT64_MAX : parser->length;
        request->media_type = type.text != NULL ? base_arena_text(&request->arena, type.text, type.size) : NULL;
    } else if (parser->body_size > 0) {
        request->body_text = text + parser->body_at;
        request->body_size = parser->body_size;
    }
    request->wants_event_stream =
        !call->is_head_only && is_event_stream(accept.text, accept.size);
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

bool front_is_local_host(const char *host)
{
    return host != NULL && is_local_host(host, strlen(host));
}

/* A demo hub asks for no key, so a page of another origin must not reach it. */
static bool may_reach_demo(const struct front_connection *connection,
                           const struct front_target *target)
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

static void admit(struct front_connection *connection, struct front_http_call *call)
{
    struct front_request *request = &call->call.request;
    struct front_arrival arrival = arrival_make(connection);
    struct front_target target;

    request->language = front_http_language(connection);
    int rc = front_target_split(connection->block->bytes + connection->start +
                                    connection->parser.target.at,
                                connection->parser.target.size, &target);
    if (rc != OD_OK) {
        front_answer_problem(request, FRONT_BAD_REQUEST,
                             front_say(request, "请求目标不是有效的路径与查询。",
                                       "The request target is not a clean path and query."),
                             NULL, 0);
        return;
    }
    if (connection->front->is_demo && !may_reach_demo(connection, &target)) {
        front_answer_problem(
            request, FRONT_FORBIDDEN,
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

bool front_http_call_refuse_page(struct front_connection *connection, struct front_http_call *call, enum front_problem problem)
{
    const struct front_http_parser *parser = &connection->parser;

    if (connection->block == NULL || parser->target.size == 0 || call->is_head_only)
        return false;
    call->block = connection->block;
    call->block->refs++;
    call->head_text = connection->block->bytes + connection->start;
    call->head_size = parser->has_head ? parser->head_size : parser->scanned;
    return front_page_refuse(&call->call.request, problem, call->head_text + parser->target.at, parser->target.size);
}

void front_http_call_admit(struct front_connection *connection, struct front_http_call *call)
{
    fill(connection, call);
    admit(connection, call);
}
