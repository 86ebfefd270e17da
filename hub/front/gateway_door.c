/* SPDX-License-Identifier: Apache-2.0 */
/* A front desk's message {"method", "path", "key", "idempotency_key", "language", "body"}
 * becomes a request like any other; its answer {"status", "body"} goes back under the same
 * frame id. A remote connector's message {"request", "key", "language", "session", "id", "epoch",
 * "body"} is the body itself, of POST /v1/connector/{request}; so is its answer, unless the door
 * refuses it: that is {"status", "body"}, too. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "front/gateway.h"
#include "front/problem.h"
#include "front/server.h"
#include "front/target.h"

#define REQUEST_NAME_MAX 32 /* bytes of a request's name; a longer one is none */

struct gateway_call {
    struct front_call call; /* first */
    struct front_gateway *gateway;
    uint64_t id, generation;
    uint8_t kind;  /* BASE_FRAME_DOOR, or BASE_FRAME_REMOTE */
    char *message; /* owned: what body_text and query borrow from */
};

static void call_free(struct gateway_call *call)
{
    struct front_gateway *gateway = call->gateway;
    struct front *front = call->call.front;

    front_call_fini(&call->call);
    base_free(call->message);
    base_free(call);
    front_gateway_call_ended(gateway);
    assert(front->calls_open > 0);
    front->calls_open--;
}

static bool is_json_type(const char *media_type)
{
    return media_type != NULL && (strncmp(media_type, "application/json", 16) == 0 ||
                                  strncmp(media_type, "application/problem+json", 24) == 0);
}

static void put_answer(struct base_buffer *payload, int status, const char *media_type,
                       const struct base_buffer *body)
{
    base_json_open(payload, NULL, '{');
    base_json_put_i64(payload, "status", status);
    if (body == NULL || body->size == 0)
        base_json_put_null(payload, "body");
    else if (is_json_type(media_type))
        base_json_put_raw(payload, "body", body->bytes, body->size);
    else
        base_json_put_text_n(payload, "body", body->bytes, body->size);
    base_json_close(payload, '}');
}

/* What does not fit into a frame is to be asked for in parts. */
static void put_too_large(struct base_buffer *payload)
{
    static const char text[] =
        "{\"status\":413,\"body\":{\"type\":\"/problems/too_large\",\"status\":413,"
        "\"title\":\"The answer does not fit into a message\","
        "\"remedy\":\"Ask for fewer items with limit, or use HTTP.\"}}";

    base_buffer_clear(payload);
    base_buffer_put(payload, text, sizeof(text) - 1);
}

static void on_answer(struct front_request *request, int status, const char *media_type,
                      const char *headers, struct base_buffer *body)
{
    struct gateway_call *call = (struct gateway_call *)request;
    struct base_buffer payload = {0};

    (void)headers; /* a message has none */
    if (body != NULL && body->is_broken)
        put_answer(&payload, 503, NULL, NULL);
    else if (call->kind == BASE_FRAME_REMOTE && status == 200 && body != NULL)
        base_buffer_put(&payload, body->bytes, body->size);
    else
        put_answer(&payload, status, media_type, body);
    if (payload.size > BASE_FRAME_PAYLOAD_MAX)
        put_too_large(&payload);
    front_gateway_reply(call->gateway, call->generation, call->kind, call->id, &payload);
    base_buffer_fini(&payload);
    if (body != NULL)
        base_buffer_fini(body);
    call_free(call);
}

static const struct front_answerer gateway_answerer = {.answer = on_answer};

/* One past the value that starts at at, in a text that passed the gate. */
static const char *value_end(const char *at, const char *end)
{
    unsigned depth = 0;
    bool is_text = false;

    for (; at < end; at++) {
        if (is_text) {
            if (*at == '\\')
                at++;
            else
                is_text = *at != '"';
            continue;
        }
        if (*at == '"')
            is_text = true;
        else if (*at == '{' || *at == '[')
            depth++;
        else if (depth == 0 && strchr(",}] \t\r\n", *at) != NULL)
            return at;
        else if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
    }
    return end;
}

/* The text of the member "body" as it was received: hashes are taken over it. */
static void body_find(struct gateway_call *call, size_t size)
{
    struct front_request *request = &call->call.request;
    const char *at = call->message, *end = call->message + size;
    uint32_t line, column;

    request->body = base_json_member(call->call.json, "body");
    if (request->body == NULL)
        return;
    base_json_locate(call->message, size, "/body", &line, &column);
    for (; line > 1; line--)
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
    request->body_text = at + column - 1;
    request->body_size = (size_t)(value_end(request->body_text, end) - request->body_text);
}

static void refuse(struct gateway_call *call, enum front_problem problem, const char *pointer,
                   const char *zh, const char *en)
{
    const char *detail = front_say(&call->call.request, zh, en);
    struct front_problem_item item = {.pointer = pointer, .code = "member", .detail = detail};

    front_answer_problem(&call->call.request, problem, detail, &item, 1);
}

static void refuse_json(struct gateway_call *call, const struct base_json_error *error)
{
    const char *text = front_json_fault_text(error, call->call.request.language);
    struct front_problem_item item = {.pointer = error->pointer,
                                      .code = error->code,
                                      .detail = text,
                                      .line = error->line,
                                      .column = error->column};

    front_answer_problem(&call->call.request, FRONT_MALFORMED, text, &item, 1);
}

/* A member that must be text where it is there. */
static bool text_member(struct gateway_call *call, const char *name, const char *pointer,
                        const char **out)
{
    const struct base_json *member = base_json_member(call->call.json, name);

    *out = base_json_text(member);
    if (member == NULL || *out != NULL || base_json_type(member) == BASE_JSON_NULL)
        return true;
    refuse(call, FRONT_BAD_REQUEST, pointer, "应为文本。", "This member must be text.");
    return false;
}

/* Set arrival's path and the request's query; the target stands in the JSON tree. */
static bool target_take(struct gateway_call *call, const char *path,
                        struct front_arrival *arrival)
{
    struct front_target target;

    if (path == NULL || front_target_split(path, strlen(path), &target) != OD_OK ||
        target.authority != NULL) {
        refuse(call, FRONT_BAD_REQUEST, "/path", "path 应为有效的路径与查询。",
               "path must be a clean path and query.");
        return false;
    }
    arrival->path = target.path;
    arrival->path_size = target.path_size;
    call->call.request.query = target.query;
    call->call.request.query_size = target.query_size;
    return true;
}

static void message_admit(struct gateway_call *call, size_t size)
{
    const char *method, *path, *language;
    struct front_arrival arrival = {.is_json_read = false};

    if (!text_member(call, "method", "/method", &method) ||
        !text_member(call, "path", "/path", &path) ||
        !text_member(call, "key", "/key", &arrival.secret) ||
        !text_member(call, "language", "/language", &language) ||
        !text_member(call, "idempotency_key", "/idempotency_key", &arrival.idempotency_key))
        return;
    if (language != NULL)
        call->call.request.language = front_language_choose(language, strlen(language));
    if (!target_take(call, path, &arrival))
        return;
    if (method != NULL)
        arrival.method = front_method_find(method, strlen(method));
    if (arrival.secret != NULL) {
        arrival.has_credentials = true;
        arrival.secret_size = strlen(arrival.secret);
    }
    if (arrival.idempotency_key != NULL)
        arrival.idempotency_key_size = strlen(arrival.idempotency_key);
    body_find(call, size);
    arrival.is_json_read = call->call.request.body != NULL;
    front_call_admit(&call->call, &arrival);
}

/* The whole message is what a body would be. */
static void remote_admit(struct gateway_call *call, size_t size)
{
    const char *request, *language;
    struct front_arrival arrival = {.method = FRONT_METHOD_POST, .is_json_read = true};
    char path[sizeof("/v1/connector/") + REQUEST_NAME_MAX];

    if (!text_member(call, "request", "/request", &request) || !text_member(call, "key", "/key", &arrival.secret) ||
        !text_member(call, "language", "/language", &language))
        return;
    if (language != NULL)
        call->call.request.language = front_language_choose(language, strlen(language));
    snprintf(path, sizeof(path), "/v1/connector/%.*s", REQUEST_NAME_MAX, request != NULL ? request : "");
    arrival.path = path;
    arrival.path_size = strlen(path);
    if (arrival.secret != NULL) {
        arrival.has_credentials = true;
        arrival.secret_size = strlen(arrival.secret);
    }
    call->call.request.body = call->call.json;
    call->call.request.body_text = call->message;
    call->call.request.body_size = size;
    front_call_admit(&call->call, &arrival);
}

static void message_take(struct gateway_call *call, const struct base_frame *frame)
{
    struct base_json_error error;

    int rc = base_json_parse(call->message, frame->length, &call->call.json, &error);
    if (rc == OD_ESYNTAX)
        refuse_json(call, &error);
    else if (rc != OD_OK)
        front_answer_problem(&call->call.request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else if (base_json_type(call->call.json) != BASE_JSON_OBJECT)
        refuse(call, FRONT_BAD_REQUEST, "", "消息应为 JSON 对象。",
               "A message must be a JSON object.");
    else if (frame->kind == BASE_FRAME_REMOTE)
        remote_admit(call, frame->length);
    else
        message_admit(call, frame->length);
}

/* Without memory for a request there is still a frame to be written. */
static void overload_reply(struct front_gateway *gateway, const struct base_frame *frame)
{
    struct base_buffer payload = {0};

    put_answer(&payload, 503, NULL, NULL);
    front_gateway_reply(gateway, gateway->generation, frame->kind, frame->id, &payload);
    base_buffer_fini(&payload);
}

void front_gateway_take(struct front_gateway *gateway, const struct base_frame *frame)
{
    struct front *front = gateway->front;
    bool is_full = gateway->calls_open >= FRONT_GATEWAY_CALLS_MAX || front->is_closing;
    struct gateway_call *call = is_full ? NULL : base_alloc(sizeof(*call));

    if (call == NULL) {
        overload_reply(gateway, frame);
        return;
    }
    call->call.front = front;
    call->call.request.answerer = &gateway_answerer;
    call->call.request.received_us = uv_hrtime() / 1000;
    call->gateway = gateway;
    call->id = frame->id;
    call->kind = frame->kind;
    call->generation = gateway->generation;
    gateway->calls_open++;
    front->calls_open++;
    front->figures.requests++;
    call->message = base_copy_text(frame->payload, frame->length);
    if (call->message == NULL)
        front_answer_problem(&call->call.request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else
        message_take(call, frame);
}
