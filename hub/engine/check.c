/* SPDX-License-Identifier: Apache-2.0 */
/* A person looks whether an application is complete (Licensing Law art. 32): the front desk
 * for all matters, or each department for its own. What they find missing is gathered into
 * one notice, told when everybody has looked, on the last day at the latest.
 *
 *   check -> outcome, matter, missing (422) -> the notice with what is new -> CORE_CHECKED */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

static core_task_set tasks_of(const struct engine_application *application, const char *matter)
{
    core_task_set set = 0;

    for (unsigned i = 0; i < application->core->task_count; i++)
        if (matter == NULL || strcmp(application->service->matters[i]->id, matter) == 0)
            set |= (core_task_set)1 << i;
    return set & application->core->included;
}

/* The front desk may look at everything; an officer at the own department's matters. */
static bool may_check(const struct engine_application *application, const struct front_request *request, core_task_set tasks)
{
    if ((request->identity.roles & FRONT_ROLE_FRONT_DESK) != 0)
        return true;
    for (unsigned i = 0; i < application->core->task_count; i++)
        if (tasks >> i & 1 && !engine_may_act(request, application->service->matters[i]->department->id))
            return false;
    return true;
}

/* The material in one of the matters; NULL when none of them asks for it. */
static const struct catalog_material *material_of(const struct engine_application *application, core_task_set tasks,
                                                  const char *id, unsigned *task)
{
    for (unsigned i = 0; id != NULL && i < application->core->task_count; i++) {
        const struct catalog_matter *matter = application->service->matters[i];

        for (size_t k = 0; (tasks >> i & 1) != 0 && k < matter->material_count; k++)
            if (strcmp(matter->materials[k].id, id) == 0) {
                *task = i;
                return &matter->materials[k];
            }
    }
    return NULL;
}

/* All of them whose matters publish the material. */
static core_task_set askers_of(const struct engine_application *application, core_task_set tasks, const char *id)
{
    core_task_set askers = 0;
    unsigned task = 0;

    for (core_task_set left = tasks; material_of(application, left, id, &task) != NULL; left &= ~((core_task_set)1 << task))
        askers |= (core_task_set)1 << task;
    return askers;
}

static void put_item(struct base_buffer *buffer, const struct engine_application *application, core_task_set tasks,
                     const struct catalog_material *material, const struct catalog_matter *matter, const char *text)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "material", material->id);
    catalog_put_text(buffer, "name", &material->name);
    base_json_put_text(buffer, "matter", matter->id);
    base_json_put_text(buffer, "department", matter->department->id);
    engine_put_required_by(buffer, application->service, askers_of(application, tasks, material->id));
    engine_put_document_form(buffer, application->service, application->core->included, material->id);
    if (text != NULL)
        base_json_put_text(buffer, "text", text);
    base_json_close(buffer, '}');
}

/* One check while it is read. */
struct check {
    struct engine_application *application;
    struct front_request *request;
    core_task_set tasks, lacking;
    struct base_buffer missing; /* JSON items */
};

/* Every item of "missing"; false when one was refused. */
static bool read_missing(struct check *check)
{
    const struct base_json *list = base_json_member(check->request->body, "missing");
    char pointer[64];
    size_t index = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), index++) {
        unsigned task = 0;
        const struct catalog_material *material =
            material_of(check->application, check->tasks, base_json_member_text(item, "material"), &task);

        if (material == NULL || index >= BASE_MATERIALS_MAX) {
            snprintf(pointer, sizeof(pointer), "/missing/%zu/material", index);
            engine_refuse(check->request, pointer, "unknown_material", "要求的材料须在该事项公布的材料清单之内。",
                          "Only a material that the matter publishes may be asked for (Licensing Law art. 31).");
            return false;
        }
        check->lacking |= (core_task_set)1 << task;
        put_item(&check->missing, check->application, check->tasks, material, check->application->service->matters[task],
                 base_json_member_text(item, "text"));
    }
    return true;
}

static bool is_renewed(const char *key)
{
    static const char *const renewed[] = {"kind", "missing", "by_person", "body", "text", "otherwise"};
    bool is_found = false;

    for (size_t i = 0; i < sizeof(renewed) / sizeof(renewed[0]); i++)
        is_found = is_found || strcmp(key, renewed[i]) == 0;
    return is_found;
}

/* What the person wrote, in the one language that it was written in. */
static void put_words(struct base_buffer *buffer, const struct check *check, const char *key)
{
    const char *words = base_json_member_text(check->request->body, key);

    if (words == NULL)
        return;
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "zh-CN", words);
    base_json_put_text(buffer, "en", words);
    base_json_close(buffer, '}');
}

/* Which notice the finding leads to. While others have still to look, the stored one stays "received". */
static enum core_notice notice_of(enum core_intake finding)
{
    switch (finding) {
    case CORE_INTAKE_NOT_COMPETENT: return CORE_NOTICE_NOT_COMPETENT;
    case CORE_INTAKE_NOT_REQUIRED: return CORE_NOTICE_NOT_REQUIRED;
    case CORE_INTAKE_CORRECTABLE: return CORE_NOTICE_CORRECTABLE;
    case CORE_INTAKE_UNCHECKED:
    case CORE_INTAKE_NONE: break;
    }
    return CORE_NOTICE_RECEIVED;
}

static void put_otherwise(struct base_buffer *buffer, enum core_notice kind)
{
    if (kind == CORE_NOTICE_NOT_COMPETENT || kind == CORE_NOTICE_NOT_REQUIRED)
        return;
    base_json_open(buffer, "otherwise", '{');
    base_json_put_text(buffer, "zh-CN", "逾期未补正的，本申请终止，可重新申请。");
    base_json_put_text(buffer, "en", "If they are not supplied in time the application ends; you may apply again.");
    base_json_close(buffer, '}');
}

/* The stored notice with what was found now; what the same matters were found to miss before is replaced. */
static int renew_notice(struct engine *engine, struct check *check, enum core_notice kind, struct engine_text *notice)
{
    struct base_buffer *buffer = &engine->scratch;
    const struct engine_text *before = &check->application->notice;
    struct base_json_error error;
    struct base_json *root = NULL;
    unsigned task;

    if (before->bytes != NULL && base_json_parse(before->bytes, before->size, &root, &error) != OD_OK)
        return OD_ENOMEM;
    base_buffer_clear(buffer);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "kind", core_notice_name(kind));
    for (const struct base_json *member = base_json_first(root); member != NULL; member = base_json_next(member))
        if (!is_renewed(base_json_key(member)))
            base_json_put(buffer, base_json_key(member), member);
    base_json_put_bool(buffer, "by_person", true);
    put_words(buffer, check, "body");
    put_words(buffer, check, "text");
    base_json_open(buffer, "missing", '[');
    for (const struct base_json *item = base_json_first(base_json_member(root, "missing")); item != NULL; item = base_json_next(item))
        if (material_of(check->application, check->tasks, base_json_member_text(item, "material"), &task) == NULL)
            base_json_put(buffer, NULL, item);
    if (check->missing.size > 0) {
        if (buffer->bytes[buffer->size - 1] != '[')
            base_buffer_put(buffer, ",", 1);
        base_buffer_put(buffer, check->missing.bytes, check->missing.size);
    }
    base_json_close(buffer, ']');
    put_otherwise(buffer, kind);
    base_json_close(buffer, '}');
    base_json_destroy(root);
    return buffer->is_broken ? OD_ENOMEM : engine_text_set(notice, buffer->bytes, buffer->size);
}

/* The outcome word into the event; false when it was refused. */
static bool read_outcome(struct check *check, struct core_event *event)
{
    const char *word = base_json_member_text(check->request->body, "outcome");
    bool is_incomplete = word != NULL && strcmp(word, "incomplete") == 0;

    event->checked.tasks = check->tasks;
    event->checked.lacking = check->lacking;
    event->checked.intake = (uint8_t)core_intake_find(word);
    if (word == NULL || event->checked.intake == CORE_INTAKE_UNCHECKED ||
        (event->checked.intake == CORE_INTAKE_NONE && !is_incomplete && strcmp(word, "complete") != 0)) {
        engine_refuse(check->request, "/outcome", "choice", "outcome 应为 complete、incomplete、correctable、not_required 或 not_competent。",
                      "outcome must be complete, incomplete, correctable, not_required or not_competent.");
        return false;
    }
    if (is_incomplete != (check->lacking != 0)) {
        engine_refuse(check->request, "/missing", "required", "incomplete 须列出缺少的材料 missing，其他结果不得列出。",
                      "incomplete lists what is missing; the other outcomes do not.");
        return false;
    }
    if (event->checked.intake != CORE_INTAKE_NONE && check->tasks != check->application->core->included) {
        engine_refuse(check->request, "/matter", "whole", "这一结果针对整个申请，须一并核对全部事项。",
                      "This outcome is that of the whole application: it is for who looks at all of its matters.");
        return false;
    }
    if (event->checked.intake == CORE_INTAKE_NOT_COMPETENT && base_json_member_text(check->request->body, "body") == NULL) {
        engine_refuse(check->request, "/body", "required", "请写明有权受理的机关 body。", "Name the right body: body.");
        return false;
    }
    return true;
}

static int apply(struct engine *engine, struct check *check, const struct core_event *event)
{
    struct base_buffer details = {0};
    struct engine_text notice = {0};
    int rc = renew_notice(engine, check, notice_of((enum core_intake)event->checked.intake), &notice);

    if (base_json_member_text(check->request->body, "body") != NULL)
        base_json_put_text(&details, "body", base_json_member_text(check->request->body, "body"));
    if (base_json_member_text(check->request->body, "text") != NULL)
        base_json_put_text(&details, "reason_text", base_json_member_text(check->request->body, "text"));
    base_json_put_raw(&details, "told", notice.bytes, notice.size);
    if (rc == OD_OK)
        rc = engine_apply(engine, check->application, event, check->request->identity.key_id, base_buffer_text(&details));
    base_buffer_fini(&details);
    if (rc == OD_OK) { /* moved, not copied: the event is taken */
        struct engine_text before = check->application->notice;
        bool is_over = check->application->core->status == CORE_STATUS_IN_REVIEW;

        check->application->notice = is_over ? (struct engine_text){0} : notice;
        notice = is_over ? notice : (struct engine_text){0};
        base_free(before.bytes);
    }
    base_free(notice.bytes);
    return rc;
}

static void refuse_state(struct front_request *request, const struct engine_application *application)
{
    const char *status = core_status_name((enum core_status)application->core->status);
    char zh[128], en[128];

    snprintf(zh, sizeof(zh), "申请目前的状态是 %s；只有 received 时可以核对材料。", status);
    snprintf(en, sizeof(en), "The application is %s; it can be checked while it is received.", status);
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}

static void take(struct engine *engine, struct check *check)
{
    struct core_event event = {.type = CORE_CHECKED, .time = engine->now};

    if (!read_missing(check) || !read_outcome(check, &event))
        return;
    int rc = apply(engine, check, &event);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_SHOW, .request = check->request,
                                                            .handle = base_task_handle(check->application->id, 0)});
    if (rc == OD_ESTATE)
        refuse_state(check->request, check->application);
    else if (rc != OD_OK)
        engine_answer_rc(check->request, rc);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;
    struct check check = {.application = application, .request = request};

    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    if (engine_answer_if_changed(request, application, CORE_TASKS_MAX))
        return;
    check.tasks = tasks_of(application, base_json_member_text(request->body, "matter"));
    if (application->core->status != CORE_STATUS_RECEIVED)
        refuse_state(request, application);
    else if (check.tasks == 0)
        engine_refuse(request, "/matter", "choice", "该申请没有这个事项。", "The application has no such matter.");
    else if (!may_check(application, request, check.tasks))
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "这是其他部门的事项，请用 matter 指明本部门的事项。",
                                       "This is another department's matter; name your own with matter."), NULL, 0);
    else
        take(engine, &check);
    base_buffer_fini(&check.missing);
}

void engine_check(struct engine *engine, struct front_request *request)
{
    uint64_t id;
    int32_t day;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    else
        engine_application_get(engine, id, on_application, request);
}
