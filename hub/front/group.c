/* SPDX-License-Identifier: Apache-2.0 */
/* Several requests of one caller inside the hub:
 *
 *   start -> each: role -> perform ... -> [on_answer, the last one] -> on_idle -> on_done -> on_closed -> free
 *
 * on_done runs from the loop and never from within an answer. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "front/pages_visit.h"
#include "front/server.h"

struct member {
    struct front_call call; /* first */
    struct front_group *group;
    const char *if_match;   /* in the call's arena; NULL = none */
};

struct front_group {
    struct front_request *request; /* whose members these are */
    struct front *front;
    struct member *members;             /* owned; count of them */
    struct front_group_answer *answers; /* owned; in step */
    size_t count, waiting;
    front_group_cb on_done;
    void *data;
    uv_idle_t idle;
};

static void group_free(struct front_group *group)
{
    for (size_t i = 0; group->answers != NULL && i < group->count; i++)
        base_buffer_fini(&group->answers[i].body);
    base_free(group->answers);
    base_free(group->members);
    base_free(group);
}

static void on_closed(uv_handle_t *handle)
{
    group_free(handle->data);
}

static void on_idle(uv_idle_t *idle)
{
    struct front_group *group = idle->data;

    uv_idle_stop(idle);
    group->front->is_turn_open = true;
    group->on_done(group->request, group->answers, group->count, group->data);
    uv_close((uv_handle_t *)idle, on_closed);
}

static void on_answer(struct front_request *request, int status, const char *media_type, const char *headers, struct base_buffer *body)
{
    struct member *member = (struct member *)request;
    struct front_group *group = member->group;
    struct front_group_answer *answer = &group->answers[member - group->members];

    (void)media_type;
    (void)headers;
    answer->status = status;
    if (body != NULL) {
        answer->body = *body;
        *body = (struct base_buffer){0};
    }
    front_call_fini(&member->call);
    assert(group->waiting > 0);
    if (--group->waiting == 0)
        uv_idle_start(&group->idle, on_idle);
}

static const char *find_header(struct front_request *request, const char *name)
{
    return strcasecmp(name, "If-Match") == 0 ? ((struct member *)request)->if_match : NULL;
}

static const struct front_answerer group_answerer = {.answer = on_answer, .find_header = find_header};

/* false: it was answered. */
static bool member_fill(struct member *member, const struct front_group_item *item)
{
    struct front_request *request = &member->call.request;
    struct base_json_error error;
    int rc = OD_OK;

    if (strlen(item->param) >= sizeof(member->call.params[0])) {
        front_answer_problem(request, FRONT_NOT_FOUND, NULL, NULL, 0);
        return false;
    }
    request->params[0] = strcpy(member->call.params[0], item->param);
    if (item->if_match != NULL) {
        member->if_match = base_arena_text(&request->arena, item->if_match, strlen(item->if_match));
        rc = member->if_match == NULL ? OD_ENOMEM : OD_OK;
    }
    request->body_text = rc == OD_OK ? base_arena_text(&request->arena, item->body, item->body_size) : NULL;
    request->body_size = item->body_size;
    rc = request->body_text == NULL ? OD_ENOMEM : base_json_parse(request->body_text, request->body_size, &member->call.json, &error);
    request->body = member->call.json;
    if (rc == OD_OK)
        return true;
    front_answer_problem(request, rc == OD_ESYNTAX ? FRONT_MALFORMED : FRONT_UNAVAILABLE, NULL, NULL, 0);
    return false;
}

static void member_start(struct front_group *group, size_t index, const struct front_group_item *item)
{
    struct member *member = &group->members[index];
    struct front_call *asker = front_call_of(group->request);

    member->group = group;
    member->call.front = group->front;
    member->call.asker = front_call_asker(asker);
    memcpy(member->call.session, asker->session, sizeof(member->call.session));
    member->call.request = (struct front_request){.route = item->route, .path = "", .identity = group->request->identity,
                                                  .language = group->request->language, .page_language = group->request->page_language, .received_us = group->request->received_us,
                                                  .idempotency_key = item->idempotency_key, .answerer = &group_answerer};
    if (!front_visit_may(group->request->identity.roles, item->route))
        front_answer_problem(&member->call.request, FRONT_FORBIDDEN, NULL, NULL, 0);
    else if (member_fill(member, item))
        front_call_perform(&member->call);
}

int front_group_start(struct front_request *request, const struct front_group_item *items, size_t count, front_group_cb on_done, void *data)
{
    struct front_group *group = base_alloc(sizeof(*group));

    assert(count > 0);
    if (group == NULL)
        return OD_ENOMEM;
    *group = (struct front_group){.request = request, .front = front_call_of(request)->front, .count = count, .on_done = on_done, .data = data};
    group->members = base_alloc(count * sizeof(*group->members));
    group->answers = base_alloc(count * sizeof(*group->answers));
    if (group->members == NULL || group->answers == NULL) {
        group_free(group);
        return OD_ENOMEM;
    }
    uv_idle_init(group->front->loop, &group->idle);
    group->idle.data = group;
    group->waiting = count;
    group->front->is_turn_open = true;
    for (size_t i = 0; i < count; i++)
        member_start(group, i, &items[i]);
    return OD_OK;
}
