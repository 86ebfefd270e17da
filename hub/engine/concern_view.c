/* SPDX-License-Identifier: Apache-2.0 */
/* A concern as people read it. */
#include "engine/concern.h"

#include <stdio.h>
#include <string.h>

static void put_if(struct base_buffer *buffer, const struct base_json *tree, const char *key)
{
    const struct base_json *member = base_json_member(tree, key);

    if (member != NULL)
        base_json_put(buffer, key, member);
    else
        base_json_put_null(buffer, key);
}

/* What it is about, with the names that people call these by. */
static void put_about(struct base_buffer *buffer, const struct engine *engine, const struct engine_concern *concern)
{
    static const char *const members[] = {"number", "service", "task", "officer", "window"};
    const char *service_id = base_json_member_text(concern->tree, "service");
    const char *department_id = concern->entry->department != 0 ? store_department_name(engine->store, concern->entry->department) : NULL;
    const struct catalog_service *service = service_id != NULL ? catalog_service_find(engine->catalog, service_id) : NULL;
    const struct catalog_department *department = department_id != NULL ? catalog_department_find(engine->catalog, department_id) : NULL;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        put_if(buffer, concern->tree, members[i]);
    if (service != NULL)
        catalog_put_text(buffer, "service_name", &service->name);
    base_json_put_text(buffer, "department", department_id);
    if (department != NULL)
        catalog_put_text(buffer, "department_name", &department->name);
}

static void put_dates(struct base_buffer *buffer, const struct engine *engine, const struct engine_concern *concern)
{
    const struct core_clock *clock = &concern->clock;
    struct core_span span = engine_concern_span(concern);
    struct core_moment now = core_moment_of(&engine->now);

    if (clock->state == CORE_CLOCK_NONE)
        return;
    engine_put_day(buffer, "due", clock->due);
    if (clock->due_minute != 0)
        engine_put_ms(buffer, "due_at", ((core_ms)clock->due_minute + 1) * 60000);
    base_json_put_text(buffer, "level", engine_clock_level(clock));
    base_json_put_bool(buffer, "overdue", clock->is_overdue);
    base_json_put_bool(buffer, "provisional", clock->is_provisional);
    if (clock->state == CORE_CLOCK_RUNNING)
        base_json_put_i64(buffer, clock->due_minute != 0 ? "hours_left" : "days_left", core_clock_left(clock, &span, &now));
}

static void put_reply(struct base_buffer *buffer, const struct engine_concern *concern, bool is_public)
{
    const struct base_json *reply = base_json_member(concern->tree, "reply");
    int64_t at_ms = 0;

    if (reply == NULL) {
        base_json_put_null(buffer, "reply");
        return;
    }
    base_json_open(buffer, "reply", '{');
    base_json_put_text(buffer, "text", base_json_member_text(reply, "text"));
    if (base_json_i64(base_json_member(reply, "at_ms"), 0, INT64_MAX, &at_ms) == OD_OK)
        engine_put_ms(buffer, "at", at_ms);
    if (base_json_member(reply, "upheld") != NULL)
        base_json_put_bool(buffer, "upheld", base_json_is_true(base_json_member(reply, "upheld")));
    if (!is_public)
        base_json_put_text(buffer, "by", base_json_member_text(reply, "by"));
    base_json_close(buffer, '}');
}

/* Whoever has it in hand, and what for: nothing waits without an owner. */
static void put_owner(struct base_buffer *buffer, const struct engine_concern *concern)
{
    bool is_open = concern->entry->state == ENGINE_CONCERN_OPEN;
    const char *owner = concern->entry->department != 0 ? "department" : "front_desk";

    if (concern->kind->kind == ENGINE_ENTRY_GRIEVANCE)
        owner = "supervisor";
    base_json_put_text(buffer, "owner", is_open ? owner : NULL);
    base_json_put_text(buffer, "next_action", is_open ? concern->kind->next_action : NULL);
}

static void put_ratings(struct base_buffer *buffer, const struct engine_concern *concern)
{
    if (concern->kind->kind != ENGINE_ENTRY_EVALUATION)
        return;
    put_if(buffer, concern->tree, "attitude");
    put_if(buffer, concern->tree, "ability");
}

void engine_concern_put(struct base_buffer *buffer, const char *key, struct engine *engine, const struct engine_concern *concern,
                        struct engine_concern_shown shown)
{
    char id[ENGINE_CONCERN_ID_SIZE], code[ENGINE_CODE_SIZE];
    struct core_span span = engine_concern_span(concern);

    engine_concern_id(concern->kind, concern->entry->id, id);
    engine_code(engine, id, code);
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", id);
    base_json_put_text(buffer, "type", engine_entry_kind_name(concern->kind->kind));
    base_json_put_text(buffer, "state", concern->kind->states[concern->entry->state < ENGINE_CONCERN_STATES ? concern->entry->state : 0]);
    if (base_json_member(concern->tree, "kind") != NULL)
        put_if(buffer, concern->tree, "kind");
    if (shown.shows_code)
        base_json_put_text(buffer, "code", code);
    engine_put_ms(buffer, "received_at", concern->entry->at_ms);
    put_dates(buffer, engine, concern);
    put_about(buffer, engine, concern);
    put_ratings(buffer, concern);
    put_if(buffer, concern->tree, "text");
    put_if(buffer, concern->tree, "contact");
    if (base_json_member(concern->tree, "happened_on") != NULL)
        put_if(buffer, concern->tree, "happened_on");
    put_owner(buffer, concern);
    put_reply(buffer, concern, shown.is_public);
    if (!shown.is_public) {
        base_json_put_text(buffer, "by", base_json_member_text(concern->tree, "by"));
        base_json_put_i64(buffer, "revision", (int64_t)concern->entry->revision);
    }
    if (shown.is_explained && concern->clock.state != CORE_CLOCK_NONE) {
        base_json_open(buffer, "clocks", '[');
        engine_put_clock(buffer, engine, id, concern->kind->clock_name, &concern->clock, &span);
        base_json_close(buffer, ']');
    }
    base_json_close(buffer, '}');
}

/* -- One as the store has it -- */

struct answering {
    struct front_request *request;
    const struct engine_concern_kind *kind;
    const char *headers;
    int status;
    bool is_checked; /* only for those who may see it */
};

static bool wants_explained(struct front_request *request)
{
    const char *explain = front_query(request, "explain");

    return (explain != NULL && strcmp(explain, "true") == 0) || base_json_is_true(base_json_member(request->body, "explain"));
}

/* The code is handed out once to whoever wrote it, and to those who may hand it out again. */
static struct engine_concern_shown shown_of(struct front_request *request, int status)
{
    bool is_tracked = request->route == FRONT_INQUIRY_TRACK || request->route == FRONT_COMPLAINT_TRACK || request->route == FRONT_EVALUATION_TRACK;

    return (struct engine_concern_shown){.is_explained = status == 201 || wants_explained(request),
                                         .is_public = is_tracked || !engine_is_staff(request), .shows_code = status == 201};
}

static void answer_with(struct engine *engine, const struct answering *answering, const struct engine_concern *concern)
{
    struct base_buffer body = {0};
    char headers[256], tag[ENGINE_TAG_SIZE], id[ENGINE_CONCERN_ID_SIZE];

    engine_concern_put(&body, NULL, engine, concern, shown_of(answering->request, answering->status));
    engine_concern_tag(concern, tag);
    engine_concern_id(concern->kind, concern->entry->id, id);
    int used = snprintf(headers, sizeof(headers), "ETag: %s\r\n%s", tag, answering->headers != NULL ? answering->headers : "");
    if (answering->status == 201)
        snprintf(headers + used, sizeof(headers) - (size_t)used, "Location: %s/%s\r\n", concern->kind->path, id);
    front_answer(answering->request, answering->status, "application/json", headers, &body);
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct answering *answering = data;
    struct engine_concern concern = {0};

    if (rc == OD_OK)
        rc = engine_concern_read(engine, entry, &concern);
    if (rc != OD_OK)
        engine_answer_rc(answering->request, rc);
    else if (answering->is_checked && !engine_concern_may_see(engine, answering->request, &concern)) /* as if there were none */
        engine_answer_rc(answering->request, OD_ENOTFOUND);
    else
        answer_with(engine, answering, &concern);
    engine_concern_fini(&concern);
}

static void answer(struct engine *engine, const struct answering *answering, uint64_t id)
{
    struct front_request *request = answering->request;
    struct answering *copy = base_arena_take(&request->arena, sizeof(*copy));
    int rc = OD_ENOMEM;

    if (copy != NULL) {
        *copy = *answering;
        rc = engine_entry_get(engine, answering->kind->kind, id, NULL, on_entry, copy);
    }
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

void engine_concern_answer(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind, uint64_t id,
                           int status, const char *headers)
{
    answer(engine, &(struct answering){.request = request, .kind = kind, .headers = headers, .status = status}, id);
}

void engine_concern_show(struct engine *engine, struct front_request *request, const struct engine_concern_kind *kind)
{
    uint64_t id;

    if (engine_concern_id_parse(kind, request->params[0], &id) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        answer(engine, &(struct answering){.request = request, .kind = kind, .status = 200, .is_checked = true}, id);
}
