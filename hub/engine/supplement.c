/* SPDX-License-Identifier: Apache-2.0 */
/* What the applicant supplies later: the materials that the one-time notice listed, or
 * the answer to a department that asked. Source: domain.md section 2. */
#include "engine/internal.h"

#include <string.h>

static bool has_material(const struct base_json *materials, const char *id, size_t size)
{
    for (const struct base_json *item = base_json_first(materials); item != NULL; item = base_json_next(item)) {
        const char *material = base_json_member_text(item, "material");

        if (material != NULL && strlen(material) == size && memcmp(material, id, size) == 0)
            return true;
    }
    return false;
}

/* Put the notice's missing list without what was supplied now; returns what is left. */
static size_t put_missing(struct base_buffer *buffer, const struct base_json *notice, const struct base_json *materials)
{
    size_t left = 0;

    base_json_open(buffer, "missing", '[');
    for (const struct base_json *item = base_json_first(base_json_member(notice, "missing")); item != NULL;
         item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "material");

        if (id == NULL || has_material(materials, id, strlen(id)))
            continue;
        base_json_put(buffer, NULL, item);
        left++;
    }
    base_json_close(buffer, ']');
    return left;
}

static int renew_notice(struct engine *engine, struct engine_application *application,
                        const struct base_json *materials, size_t *left)
{
    struct base_buffer *buffer = &engine->scratch;
    struct base_json_error error;
    struct base_json *notice = NULL;
    int rc = base_json_parse(application->notice.bytes != NULL ? application->notice.bytes : "{}",
                             application->notice.bytes != NULL ? application->notice.size : 2, &notice, &error);

    if (rc != OD_OK)
        return rc;
    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(notice); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "missing") != 0)
            base_json_put(buffer, base_json_key(member), member);
    *left = put_missing(buffer, notice, materials);
    base_json_close(buffer, '}');
    base_json_destroy(notice);
    if (buffer->is_broken)
        return OD_ENOMEM;
    return *left > 0 ? engine_text_set(&application->notice, buffer->bytes, buffer->size)
                     : engine_text_set(&application->notice, NULL, 0);
}

static core_task_set waiting_tasks(const struct engine_application *application)
{
    core_task_set set = 0;

    for (unsigned i = 0; i < application->core->task_count; i++)
        if (application->core->tasks[i].state == CORE_TASK_WAITING_APPLICANT)
            set |= (core_task_set)1 << i;
    return set;
}

static int set_answers(struct engine_application *application, core_task_set tasks, const struct front_request *request)
{
    int rc = OD_OK;

    for (unsigned i = 0; rc == OD_OK && i < application->core->task_count; i++)
        if (tasks >> i & 1)
            rc = engine_text_set(engine_task_text(application, i, ENGINE_TEXT_NOTE), request->body_text, request->body_size);
    return rc;
}

static void put_details(struct base_buffer *details, const struct front_request *request)
{
    base_json_open(details, "materials", '[');
    for (const struct base_json *item = base_json_first(base_json_member(request->body, "materials")); item != NULL;
         item = base_json_next(item)) {
        base_json_open(details, NULL, '{');
        base_json_put_text(details, "material", base_json_member_text(item, "material"));
        base_json_put_text(details, "sha256", base_json_member_text(item, "sha256"));
        base_json_close(details, '}');
    }
    base_json_close(details, ']');
}

static int supplement(struct engine *engine, struct engine_application *application, struct front_request *request)
{
    struct core_event event = {.type = CORE_SUPPLEMENTED, .time = engine->now};
    struct base_buffer details = {0};
    size_t left = 0;
    int rc = OD_OK;

    if (application->core->status == CORE_STATUS_INCOMPLETE)
        rc = renew_notice(engine, application, base_json_member(request->body, "materials"), &left);
    event.supplemented.is_complete = left == 0;
    event.supplemented.answered = waiting_tasks(application);
    if (application->core->status == CORE_STATUS_IN_REVIEW && event.supplemented.answered == 0)
        rc = OD_ESTATE;
    put_details(&details, request);
    if (rc == OD_OK)
        rc = engine_apply(engine, application, &event, request->identity.key_id, base_buffer_text(&details));
    if (rc == OD_OK)
        rc = set_answers(application, event.supplemented.answered, request);
    base_buffer_fini(&details);
    return rc;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;

    if (rc == OD_OK)
        rc = supplement(engine, application, request);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_SHOW, .request = request,
                                                            .handle = base_task_handle(application->id, 0)});
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* {"materials": [...], "form": {...}, "text": "..."}: any of them, at least one. */
static bool is_supplement(const struct base_json *body)
{
    return base_json_type(body) == BASE_JSON_OBJECT &&
           (base_json_type(base_json_member(body, "materials")) == BASE_JSON_ARRAY ||
            base_json_type(base_json_member(body, "form")) == BASE_JSON_OBJECT ||
            base_json_member_text(body, "text") != NULL);
}

void engine_supplement(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else if (!is_supplement(request->body) || request->body_size > BASE_ITEM_FIELD_MAX)
        front_answer_problem(request, FRONT_INVALID,
                             front_say(request, "请提供 materials、form 或 text 之一，总计不超过 64 KiB。",
                                       "Give materials, form or text, at most 64 KiB together."), NULL, 0);
    else
        engine_application_get(engine, id, on_application, request);
}
