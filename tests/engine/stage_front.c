/* SPDX-License-Identifier: Apache-2.0 */
/* The stage's doors, behind hub/front's header: each request is answered once. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/stage.h"
#include "lib/check.h"

int front_open(uv_loop_t *loop, const struct front_options *options, struct front **out, char text[512])
{
    (void)loop;
    (void)text;
    stage.front = *options;
    *out = (struct front *)&stage.front;
    return OD_OK;
}

const char *front_address(const struct front *front)
{
    (void)front;
    return "stage";
}

int front_keys_set(struct front *front, const struct front_key *keys, size_t count)
{
    (void)front;
    (void)keys;
    (void)count;
    return OD_OK;
}

int front_identity_set(struct front *front, const struct front_identity_rule *rule)
{
    (void)front;
    (void)rule;
    return OD_OK;
}

void front_key_end(struct front *front, const char *id)
{
    (void)front;
    stage_trace("key %s is over", id);
}

void front_close(struct front *front, uint64_t grace_ms, front_closed_cb on_closed, void *owner)
{
    (void)front;
    (void)grace_ms;
    stage_drain();
    for (size_t i = 0; i < stage.request_count; i++)
        CHECK(stage.requests[i]->is_answered, "answered before the doors close");
    on_closed(owner);
}

void front_figures(const struct front *front, struct front_figures *figures)
{
    (void)front;
    *figures = (struct front_figures){0};
}

int front_gateway_start(struct front *front, uv_loop_t *loop, const struct front_gateway_options *options, struct front_gateway **out)
{
    (void)front;
    (void)loop;
    (void)options;
    (void)out;
    return OD_ENOMEM;
}

void front_gateway_publish(struct front_gateway *gateway, const char *topic, const char *body, size_t size)
{
    (void)gateway;
    (void)topic;
    (void)body;
    (void)size;
}

void front_gateway_stop(struct front_gateway *gateway, front_closed_cb on_stopped, void *owner)
{
    (void)gateway;
    on_stopped(owner);
}

int front_stream_start(struct front_request *request, front_gone_cb on_gone, void *owner_data, struct front_stream **out)
{
    (void)request;
    (void)on_gone;
    (void)owner_data;
    (void)out;
    return OD_EBUSY;
}

static void take_answer(struct front_request *request, int status, char *answer);

/* That there is one is all that the stage tells of a file: how it is sent is the real doors' business. */
void front_answer_file(struct front_request *request, const char *media_type, const char *headers, int fd, uint64_t size)
{
    (void)media_type;
    (void)headers;
    (void)size;
    close(fd);
    take_answer(request, 200, NULL);
}

/* In one piece, at once: the bytes of the stage, or else the text that was asked with. */
void front_upload_start(struct front_request *request, const struct front_taker *taker)
{
    struct stage_request *asked = (struct stage_request *)request;
    const void *bytes = stage.upload != NULL ? stage.upload : asked->body;
    size_t size = stage.upload != NULL ? stage.upload_size : strlen(asked->body);

    asked->taker = taker;
    stage.upload = NULL;
    if (size > 0)
        taker->on_piece(request, bytes, size);
    else
        front_upload_next(request);
}

void front_upload_next(struct front_request *request)
{
    request->is_upload_whole = true;
    ((struct stage_request *)request)->taker->on_end(request);
}

void front_stream_put(struct front_stream *stream, uint64_t id, const char *event, const char *data, size_t size)
{
    (void)stream;
    (void)id;
    (void)event;
    (void)data;
    (void)size;
}

void front_stream_end(struct front_stream *stream)
{
    (void)stream;
}

const char *front_query(struct front_request *request, const char *name)
{
    struct stage_request *asked = (struct stage_request *)request;
    size_t size = strlen(name);

    for (const char *at = asked->query; at != NULL; at = strchr(at, '&') != NULL ? strchr(at, '&') + 1 : NULL)
        if (strncmp(at, name, size) == 0 && at[size] == '=') {
            snprintf(asked->found, sizeof(asked->found), "%.*s", (int)strcspn(at + size + 1, "&"), at + size + 1);
            return base_arena_text(&request->arena, asked->found, strlen(asked->found));
        }
    return NULL;
}

void front_query_put(const struct front_request *request, const char *without, struct base_buffer *buffer)
{
    const struct stage_request *asked = (const struct stage_request *)request;
    size_t size = strlen(without);

    for (const char *at = asked->query; at != NULL; at = strchr(at, '&') != NULL ? strchr(at, '&') + 1 : NULL)
        if (strncmp(at, without, size) != 0 || at[size] != '=')
            base_buffer_put_format(buffer, "&%.*s", (int)strcspn(at, "&"), at);
}

const char *front_header(struct front_request *request, const char *name)
{
    if (strcmp(name, "if-match") == 0)
        return stage.if_match;
    return request->route == FRONT_CALLBACK ? stage_header(name) : NULL;
}

const char *front_say(const struct front_request *request, const char *zh, const char *en)
{
    return request->language == FRONT_EN ? en : zh;
}

static void take_answer(struct front_request *request, int status, char *answer)
{
    struct stage_request *asked = (struct stage_request *)request;

    CHECK(!asked->is_answered, "a request is answered once");
    asked->is_answered = true;
    if (request->on_over != NULL)
        request->on_over(request);
    asked->status = stage.is_dead ? 0 : status;
    asked->answer = answer;
    if (!stage.is_dead)
        stage_trace("answer %zu: %d", asked->index, status);
}

void front_answer(struct front_request *request, int status, const char *media_type, const char *headers, struct base_buffer *body)
{
    struct base_json_error error;
    size_t size;
    struct base_buffer nothing = {0};
    bool is_json = media_type != NULL && strcmp(media_type, "application/json") == 0;

    ((struct stage_request *)request)->is_replayed = headers != NULL && strstr(headers, "Idempotency-Replayed: true\r\n") != NULL;
    body = body != NULL ? body : &nothing;
    CHECK(!is_json || body->is_broken || base_json_check(body->bytes, body->size, &error) == OD_OK, "an answer is JSON");
    snprintf(((struct stage_request *)request)->media_type, 64, "%s", media_type != NULL ? media_type : "");
    base_buffer_put(body, "", 1);
    take_answer(request, status, base_buffer_take(body, &size));
}

void front_answer_problem(struct front_request *request, enum front_problem problem, const char *detail,
                          const struct front_problem_item *items, size_t count)
{
    static const int statuses[FRONT_PROBLEMS] = {
        [FRONT_MALFORMED] = 400, [FRONT_UNAUTHENTICATED] = 401, [FRONT_TOO_MANY] = 429, [FRONT_FORBIDDEN] = 403, [FRONT_NOT_FOUND] = 404, [FRONT_CONFLICT] = 409, [FRONT_TOO_LARGE] = 413,
        [FRONT_INVALID] = 422, [FRONT_KEY_REUSED] = 422, [FRONT_PRECONDITION] = 412, [FRONT_ERASED] = 410, [FRONT_INTERNAL] = 500, [FRONT_UNAVAILABLE] = 503};

    struct stage_request *asked = (struct stage_request *)request;

    snprintf(asked->detail, sizeof(asked->detail), "%s", detail != NULL ? detail : "");
    if (count > 0) {
        snprintf(asked->pointer, sizeof(asked->pointer), "%s", items[0].pointer);
        snprintf(asked->code, sizeof(asked->code), "%s", items[0].code);
    }
    CHECK(problem != FRONT_INTERNAL, detail != NULL ? detail : "500");
    take_answer(request, statuses[problem], NULL);
}

static struct stage_request *prepare(const struct front_identity *who, enum front_route route, const char *param, const char *key,
                                 const char *query, const char *body)
{
    struct stage_request *asked = calloc(1, sizeof(*asked));
    struct base_json_error error;

    assert_non_null(asked);
    assert_true(stage.request_count < STAGE_ASKED_MAX);
    asked->index = stage.request_count;
    asked->query = query;
    stage.requests[stage.request_count++] = asked;
    snprintf(asked->path, sizeof(asked->path), "%s", param != NULL ? param : "");
    snprintf(asked->key, sizeof(asked->key), "%s", key != NULL ? key : "");
    asked->request = (struct front_request){.route = route, .path = "/", .params = {asked->path, stage_reference()}, .language = FRONT_EN,
                                            .idempotency_key = key != NULL ? asked->key : NULL, .identity = *who};
    char *slash = strchr(asked->path, '/'); /* of two parameters */
    if (slash != NULL) {
        *slash = '\0';
        asked->request.params[1] = slash + 1;
    }
    if (body != NULL) {
        asked->body = strdup(body);
        CHECK_I64(OD_OK, base_json_parse(body, strlen(body), &asked->tree, &error), body);
        asked->request.body = asked->tree;
        asked->request.body_text = asked->body;
        asked->request.body_size = strlen(body);
    }
    stage_trace("ask %zu: route %d %s %s", asked->index, (int)route, asked->path, body != NULL ? body : "");
    return asked;
}

static struct stage_request *ask(const struct front_identity *who, enum front_route route, const char *param, const char *key,
                                 const char *query, const char *body)
{
    struct stage_request *asked = prepare(who, route, param, key, query, body);

    bool is_to_fail = stage.alloc_fail_at > 0; /* else the test has its own way */
    if (is_to_fail)
        base_alloc_fail_at(stage.alloc_fail_at);
    stage.alloc_fail_at = 0;
    stage.front.ops->perform(stage.front.owner, &asked->request);
    if (is_to_fail)
        base_alloc_fail_at(0);
    return asked;
}

struct stage_request *stage_ask(enum front_route route, const char *param, const char *key, const char *body)
{
    static const struct front_identity officer = {.key_id = "officer", .roles = UINT32_MAX, .department = ""};

    return ask(&officer, route, param, key, NULL, body);
}

struct stage_request *stage_ask_query(enum front_route route, const char *query)
{
    struct front_identity who = {.key_id = "officer", .roles = stage.roles != 0 ? stage.roles : UINT32_MAX, .department = ""};

    return ask(&who, route, NULL, NULL, query, NULL);
}

struct stage_request *stage_ask_as(const struct front_identity *who, enum front_route route, const char *param, const char *query,
                                   const char *body)
{
    return ask(who, route, param, NULL, query, body);
}

struct stage_request *stage_ask_under(const struct front_identity *who, enum front_route route, const char *key, const char *body)
{
    return ask(who, route, NULL, key, NULL, body);
}

struct stage_request *stage_upload(const struct front_identity *who, enum front_route route, const char *param, const char *query,
                                   const char *text)
{
    struct stage_request *asked = prepare(who, route, param, NULL, query, NULL);

    asked->body = strdup(text);
    asked->request.is_streamed = true;
    asked->request.upload_size = strlen(text);
    asked->request.media_type = "text/plain";
    stage.front.ops->perform(stage.front.owner, &asked->request);
    return asked;
}

/* Acts on several tasks are the real doors' business: tests/front/group_test.c, tests/e2e/test_worklist.py. */
int front_group_start(struct front_request *request, const struct front_group_item *items, size_t count, front_group_cb on_done, void *data)
{
    (void)request;
    (void)items;
    (void)count;
    (void)on_done;
    (void)data;
    CHECK(false, "no scene of the stage acts on several tasks");
    return OD_ENOMEM;
}
