/* SPDX-License-Identifier: Apache-2.0 */
/* A visit's life and what it asks the API:
 *
 *   create -> run(page) -> ask ... go -> [on_answer, last one] -> on_idle -> run(step) ... ->
 * answered
 *          -> settle -> on_idle_closed -> free
 */
#include "front/pages_visit.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/pages_files.h"
#include "front/server.h"

struct front_visit *front_visit_create(struct front_request *request)
{
    struct front_visit *visit = base_alloc(sizeof(*visit));

    if (visit == NULL)
        return NULL;
    visit->request = request;
    visit->pages = front_call_of(request)->front->pages;
    visit->here = "";
    visit->link = "/";
    visit->params[0] = visit->params[1] = "";
    return visit;
}

/* -- The end -- */

void front_visit_ask_fini(struct front_visit_ask *ask)
{
    base_buffer_fini(&ask->answer);
    base_json_destroy(ask->json);
    ask->json = NULL;
}

static void visit_free(struct front_visit *visit)
{
    for (unsigned i = 0; i < visit->ask_count; i++)
        front_visit_ask_fini(&visit->asks[i]);
    front_visit_files_destroy(visit->files);
    base_json_destroy(visit->form);
    base_buffer_fini(&visit->view);
    base_buffer_fini(&visit->headers);
    base_free(visit);
}

static void on_idle_closed(uv_handle_t *handle)
{
    visit_free(handle->data);
}

/* Answered and nothing outstanding: nobody looks at it any more. */
static void settle(struct front_visit *visit)
{
    if (!visit->is_answered || visit->waiting > 0)
        return;
    if (!visit->is_idle_open)
        visit_free(visit);
    else if (!uv_is_closing((uv_handle_t *)&visit->idle))
        uv_close((uv_handle_t *)&visit->idle, on_idle_closed);
}

void front_visit_run(struct front_visit *visit, front_visit_cb run)
{
    run(visit);
    settle(visit);
}

/* -- Steps -- */

static void on_idle(uv_idle_t *idle)
{
    struct front_visit *visit = idle->data;
    front_visit_cb step = visit->step;

    uv_idle_stop(idle);
    visit->step = NULL;
    if (step != NULL)
        front_visit_run(visit, step);
    else
        settle(visit);
}

static void step_later(struct front_visit *visit)
{
    if (!visit->is_idle_open) {
        uv_idle_init(front_call_of(visit->request)->front->loop, &visit->idle);
        visit->idle.data = visit;
        visit->is_idle_open = true;
    }
    uv_idle_start(&visit->idle, on_idle);
}

void front_visit_resume(struct front_visit *visit, front_visit_cb step)
{
    visit->step = step;
    step_later(visit);
}

void front_visit_halt(struct front_visit *visit)
{
    visit->step = NULL;
    if (visit->is_idle_open)
        uv_idle_stop(&visit->idle);
}

void front_visit_go(struct front_visit *visit, front_visit_cb step)
{
    assert(visit->step == NULL);
    if (visit->waiting == 0)
        step(visit);
    else
        visit->step = step;
}

/* -- Asking -- */

static struct front_visit_ask *ask_of(struct front_request *request)
{
    return (struct front_visit_ask *)request;
}

static bool is_json(const char *media_type)
{
    return media_type != NULL && (strncmp(media_type, "application/json", 16) == 0 ||
                                  strncmp(media_type, "application/problem+json", 24) == 0);
}

static void ask_close(struct front_visit_ask *ask)
{
    struct front_visit *visit = ask->visit;

    front_call_fini(&ask->call);
    assert(visit->waiting > 0);
    if (--visit->waiting == 0 && visit->step != NULL)
        step_later(visit);
}

static int retry_after(const char *headers)
{
    static const char name[] = "Retry-After: ";
    const char *line = headers == NULL ? NULL : strstr(headers, name);

    return line == NULL ? 0 : atoi(line + sizeof(name) - 1);
}

/* What a route of sessions tells the browser to keep, the page tells it. */
static void cookies_take(struct front_visit *visit, const char *headers)
{
    static const char name[] = "Set-Cookie: ";
    const char *line = headers == NULL ? NULL : strstr(headers, name);

    if (line != NULL)
        base_buffer_put(&visit->headers, line, strcspn(line, "\r") + 2);
}

static void on_answer(struct front_request *request, int status, const char *media_type,
                      const char *headers, struct base_buffer *body)
{
    struct front_visit_ask *ask = ask_of(request);
    struct base_json_error error;

    ask->status = status;
    ask->retry_after_s = retry_after(headers);
    cookies_take(ask->visit, headers);
    if (body != NULL) {
        ask->answer = *body;
        *body = (struct base_buffer){0};
    }
    if (ask->answer.is_broken ||
        (is_json(media_type) &&
         base_json_parse(ask->answer.bytes, ask->answer.size, &ask->json, &error) != OD_OK))
        ask->status = 503; /* no memory for it, or more than a page can show */
    ask_close(ask);
}

/* The page is an event stream: it goes on behind the page's own request. */
static int on_start_stream(struct front_request *request, front_gone_cb on_gone,
                           void *owner_data, struct front_stream **out)
{
    struct front_visit_ask *ask = ask_of(request);
    struct front_request *page = ask->visit->request;
    int rc = page->answerer->start_stream == NULL
                 ? OD_EBUSY
                 : page->answerer->start_stream(page, on_gone, owner_data, out);

    if (rc != OD_OK)
        return rc;
    ask->status = 200;
    ask->visit->is_answered = true;
    ask_close(ask);
    return OD_OK;
}

/* The headers that a page sends for its reader. */
static const char *on_find_header(struct front_request *request, const char *name)
{
    if (strcasecmp(name, "If-Match") == 0)
        return ask_of(request)->if_match;
    return strcasecmp(name, "Look-Up-Code") == 0 ? ask_of(request)->code : NULL;
}

static void on_start_upload(struct front_request *request, const struct front_taker *taker)
{
    front_visit_file_begun(ask_of(request)->files, taker);
}

static void on_next_piece(struct front_request *request)
{
    front_visit_file_taken(ask_of(request)->files);
}

static const struct front_answerer inner_answerer = {.answer = on_answer,
                                                     .start_stream = on_start_stream,
                                                     .find_header = on_find_header,
                                                     .start_upload = on_start_upload,
                                                     .next_piece = on_next_piece};

static const char *copy_into(char *room, size_t size, const char *text)
{
    size_t length = strlen(text);

    if (length >= size)
        return NULL;
    memcpy(room, text, length + 1);
    return room;
}

/* false: answered already. */
static bool body_take(struct front_visit_ask *ask, const struct front_visit_wish *wish)
{
    struct front_request *request = &ask->call.request;
    struct base_json_error error;
    int rc = OD_OK;

    if (wish->body == NULL)
        return true;
    request->body_text = base_arena_text(&request->arena, wish->body, wish->body_size);
    request->body_size = wish->body_size;
    if (request->body_text != NULL)
        rc = base_json_parse(request->body_text, request->body_size, &ask->call.json, &error);
    request->body = ask->call.json;
    if (request->body != NULL)
        return true;
    front_answer_problem(request, rc == OD_ESYNTAX ? FRONT_MALFORMED : FRONT_UNAVAILABLE, NULL,
                         NULL, 0);
    return false;
}

static bool wish_take(struct front_visit_ask *ask, const struct front_visit_wish *wish)
{
    struct front_request *request = &ask->call.request;

    if (wish->second != NULL)
        request->params[1] = copy_into(ask->call.params[1], sizeof(ask->call.params[1]), wish->second);
    if (wish->param != NULL) {
        request->params[0] =
            copy_into(ask->call.params[0], sizeof(ask->call.params[0]), wish->param);
        if (request->params[0] == NULL) {
            front_answer_problem(request, FRONT_NOT_FOUND, NULL, NULL, 0);
            return false;
        }
    }
    if (wish->query != NULL) {
        request->query_size = strlen(wish->query);
        request->query = base_arena_text(&request->arena, wish->query, request->query_size);
        request->query_size = request->query == NULL ? 0 : request->query_size;
    }
    if (wish->idempotency_key != NULL)
        request->idempotency_key =
            copy_into(ask->call.idempotency_key, sizeof(ask->call.idempotency_key),
                      wish->idempotency_key);
    return body_take(ask, wish);
}

bool front_visit_may(uint32_t roles, enum front_route route)
{
    size_t count;
    const struct front_route_row *row = front_routes(&count) + (route - 1);

    assert((size_t)route <= count);
    assert(row->route == route);
    return (row->roles & (roles | FRONT_ROLE_CITIZEN)) != 0;
}

struct front_visit_ask *front_visit_ask(struct front_visit *visit,
                                        const struct front_visit_wish *wish)
{
    struct front *front = front_call_of(visit->request)->front;

    assert(wish->files != NULL || visit->ask_count < FRONT_VISIT_ASKS_MAX);
    struct front_visit_ask *ask = wish->files != NULL ? front_visit_files_slot(wish->files) : &visit->asks[visit->ask_count++];
    struct front_request *request = &ask->call.request;
    ask->visit = visit;
    ask->name = wish->name;
    ask->files = wish->files;
    ask->code = wish->code;
    ask->if_match = wish->if_match;
    ask->call.front = front;
    ask->call.asker = visit->request;
    memcpy(ask->call.session, front_call_of(visit->request)->session, sizeof(ask->call.session));
    *request = (struct front_request){.route = wish->route,
                                      .path = "",
                                      .identity = visit->request->identity,
                                      .language = visit->request->language, .page_language = visit->request->page_language,
                                      .wants_event_stream = wish->is_stream,
                                      .is_streamed = wish->files != NULL,
                                      .upload_size = UINT64_MAX,
                                      .media_type = wish->media_type,
                                      .last_event_id = visit->request->last_event_id,
                                      .received_us = visit->request->received_us,
                                      .answerer = &inner_answerer};
    visit->waiting++;
    front->is_turn_open = true;
    if (!front_visit_may(request->identity.roles, request->route))
        front_answer_problem(request, FRONT_FORBIDDEN, NULL, NULL, 0);
    else if (wish_take(ask, wish) && front_call_may_try(&ask->call, visit->request))
        front_call_perform(&ask->call);
    return ask;
}

void front_visit_pass(struct front_visit *visit, enum front_route route)
{
    struct front_request *request = visit->request;
    struct front *front = front_call_of(request)->front;

    assert(!visit->is_answered);
    visit->is_answered = true;
    request->route = route;
    memcpy(request->params, visit->params, sizeof(request->params));
    front->is_turn_open = true;
    front->ops->perform(front->owner, request);
}

const struct front_visit_ask *front_visit_find(const struct front_visit *visit, const char *name)
{
    for (unsigned i = visit->ask_count; i > 0; i--)
        if (strcmp(visit->asks[i - 1].name, name) == 0)
            return &visit->asks[i - 1];
    return NULL;
}

/* -- What came in -- */

const char *front_visit_field(struct front_visit *visit, const char *name)
{
    const char *text = base_json_member_text(visit->form, name);

    if (text == NULL)
        return "";
    while (isspace((unsigned char)*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        size--;
    const char *copy = base_arena_text(&visit->request->arena, text, size);
    return copy == NULL ? "" : copy;
}

const char *front_visit_query(struct front_visit *visit, const char *name)
{
    const char *value = front_query(visit->request, name);

    return value == NULL || *value == '\0' ? NULL : value;
}

const char *front_visit_cookie(struct front_visit *visit, const char *name)
{
    return front_cookie(visit->request, name);
}

bool front_visit_is_development(const struct front_visit *visit)
{
    const struct front *front = front_call_of(visit->request)->front;

    return front->is_development && !front->is_demo;
}

bool front_visit_is_demo(const struct front_visit *visit)
{
    return front_call_of(visit->request)->front->is_demo;
}

bool front_visit_is_staff(const struct front_visit *visit)
{
    return (visit->request->identity.roles & ~(uint32_t)FRONT_ROLE_CITIZEN) != 0;
}
