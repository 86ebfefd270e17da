/* SPDX-License-Identifier: Apache-2.0 */
/* What the applicant supplies later: the materials that the one-time notice listed, or
 * the answer to a department that asked. Source: domain.md section 2. */
#include "engine/internal.h"

#include <stdio.h>
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

/* The texts as they will stand once the event is taken: made first, so that nothing is half changed. */
struct change {
    struct engine_text notice, answers, note;
    size_t left; /* materials still missing */
};

static void change_fini(struct change *change)
{
    base_free(change->notice.bytes);
    base_free(change->answers.bytes);
    base_free(change->note.bytes);
}

static int parse_text(const struct engine_text *text, struct base_json **out)
{
    struct base_json_error error;

    *out = NULL;
    return text->bytes != NULL ? base_json_parse(text->bytes, text->size, out, &error) : OD_OK;
}

static int keep_scratch(struct engine *engine, struct engine_text *text)
{
    return engine->scratch.is_broken ? OD_ENOMEM : engine_text_set(text, engine->scratch.bytes, engine->scratch.size);
}

static int renew_notice(struct engine *engine, const struct engine_application *application,
                        const struct base_json *materials, struct change *change)
{
    struct base_buffer *buffer = &engine->scratch;
    struct base_json *notice;
    int rc = parse_text(&application->notice, &notice);

    if (rc != OD_OK)
        return rc;
    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(notice); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "missing") != 0)
            base_json_put(buffer, base_json_key(member), member);
    change->left = put_missing(buffer, notice, materials);
    base_json_close(buffer, '}');
    base_json_destroy(notice);
    return change->left > 0 ? keep_scratch(engine, &change->notice) : OD_OK;
}

/* What was answered before, with the new fields over it. */
static int merge_answers(struct engine *engine, const struct engine_application *application,
                         const struct base_json *form, struct change *change)
{
    struct base_buffer *buffer = &engine->scratch;
    struct base_json *before;
    int rc = parse_text(&application->answers, &before);

    if (rc != OD_OK)
        return rc;
    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    for (const struct base_json *member = base_json_first(before); member != NULL; member = base_json_next(member))
        if (base_json_member(form, base_json_key(member)) == NULL)
            base_json_put(buffer, base_json_key(member), member);
    for (const struct base_json *member = base_json_first(form); member != NULL; member = base_json_next(member))
        base_json_put(buffer, base_json_key(member), member);
    base_json_close(buffer, '}');
    base_json_destroy(before);
    return buffer->size > 2 ? keep_scratch(engine, &change->answers) : OD_OK;
}

static int make_note(struct engine *engine, const struct base_json *body, struct change *change)
{
    const char *text = base_json_member_text(body, "text");

    base_buffer_clear(&engine->scratch);
    base_json_open(&engine->scratch, NULL, '{');
    base_json_put_text(&engine->scratch, "text", text);
    base_json_close(&engine->scratch, '}');
    return text != NULL ? keep_scratch(engine, &change->note) : OD_OK;
}

static int change_make(struct engine *engine, const struct engine_application *application,
                       const struct front_request *request, struct change *change)
{
    int rc = merge_answers(engine, application, base_json_member(request->body, "form"), change);

    if (rc == OD_OK)
        rc = make_note(engine, request->body, change);
    if (rc == OD_OK && application->core->status == CORE_STATUS_INCOMPLETE)
        rc = renew_notice(engine, application, base_json_member(request->body, "materials"), change);
    return rc;
}

/* Move the texts in; what they replace leaves in change. */
static void change_take(struct engine_application *application, core_task_set answered, struct change *change)
{
    struct engine_text answers = application->answers, notice = application->notice;

    application->answers = change->answers;
    application->notice = change->notice;
    change->answers = answers;
    change->notice = notice;
    for (unsigned i = 0; i < application->core->task_count; i++)
        if (answered >> i & 1 &&
            engine_text_set(engine_task_text(application, i, ENGINE_TEXT_NOTE), change->note.bytes, change->note.size) != OD_OK)
            base_log(BASE_LOG_ERROR, "no memory for the words of an answer; its fields are kept");
}

static core_task_set waiting_tasks(const struct engine_application *application)
{
    core_task_set set = 0;

    for (unsigned i = 0; i < application->core->task_count; i++)
        if (application->core->tasks[i].state == CORE_TASK_WAITING_APPLICANT)
            set |= (core_task_set)1 << i;
    return set;
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
    /* Names only: what people wrote stands apart from the journal, which is kept for ever. */
    base_json_open(details, "fields", '[');
    for (const struct base_json *field = base_json_first(base_json_member(request->body, "form")); field != NULL;
         field = base_json_next(field))
        base_json_put_text(details, NULL, base_json_key(field));
    base_json_close(details, ']');
}

static int supplement(struct engine *engine, struct engine_application *application, struct front_request *request)
{
    struct core_event event = {.type = CORE_SUPPLEMENTED, .time = engine->now};
    struct change change = {.left = 0};
    struct base_buffer details = {0};

    event.supplemented.answered = waiting_tasks(application);
    if (application->core->status == CORE_STATUS_IN_REVIEW && event.supplemented.answered == 0)
        return OD_ESTATE;
    int rc = change_make(engine, application, request, &change);
    event.supplemented.is_complete = change.left == 0;
    put_details(&details, request);
    if (rc == OD_OK)
        rc = engine_apply(engine, application, &event, request->identity.key_id, base_buffer_text(&details));
    if (rc == OD_OK)
        change_take(application, event.supplemented.answered, &change);
    base_buffer_fini(&details);
    change_fini(&change);
    return rc;
}

static bool is_material_of(const struct catalog_service *service, const char *id)
{
    for (size_t i = 0; i < service->matter_count; i++)
        for (size_t k = 0; k < service->matters[i]->material_count; k++)
            if (strcmp(service->matters[i]->materials[k].id, id) == 0)
                return true;
    return false;
}

static bool are_materials_fine(const struct engine_application *application, struct front_request *request)
{
    size_t index = 0;
    char pointer[64];

    for (const struct base_json *item = base_json_first(base_json_member(request->body, "materials")); item != NULL;
         item = base_json_next(item), index++) {
        const char *id = base_json_member_text(item, "material");

        if (id != NULL && is_material_of(application->service, id))
            continue;
        snprintf(pointer, sizeof(pointer), "/materials/%zu/material", index);
        engine_refuse(request, pointer, "unknown_material", "该服务没有这种材料。", "No matter of this service asks for such a material.");
        return false;
    }
    return true;
}

/* The form fields of the body against the application's own service; answered when one is wrong. */
static bool are_answers_fine(struct engine *engine, const struct engine_application *application,
                             struct front_request *request)
{
    struct catalog_problems *problems = &engine->problems;

    if (catalog_answer_check(application->service, base_json_member(request->body, "form"), problems) == OD_OK)
        return true;
    engine_refuse_problems(request, problems);
    return false;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;

    if (rc == OD_OK && (!are_materials_fine(application, request) || !are_answers_fine(engine, application, request)))
        return;
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
