/* SPDX-License-Identifier: Apache-2.0 */
/* The notice that stands in an application's row: what is missing or to be put right before
 * it can be accepted, or what was promised at its acceptance. One notice for all
 * departments, told once (Licensing Law art. 32). What is asked during the review is put
 * together from the tasks that wait. */
#include "engine/internal.h"

#include <string.h>

void engine_put_required_by(struct base_buffer *buffer, const struct catalog_service *service, core_task_set tasks)
{
    base_json_open(buffer, "required_by", '[');
    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_matter *matter = service->matters[i];

        if ((tasks >> i & 1) == 0)
            continue;
        base_json_open(buffer, NULL, '{');
        engine_put_matter(buffer, matter);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

void engine_put_missing(struct base_buffer *buffer, const struct catalog_intake *intake, bool is_tolerated)
{
    size_t count = is_tolerated ? intake->tolerated_count : intake->missing_count;
    const struct catalog_material *const *materials = is_tolerated ? intake->tolerated : intake->missing;
    const struct catalog_matter *const *matters = is_tolerated ? intake->tolerated_for : intake->missing_for;

    base_json_open(buffer, "missing", '[');
    for (size_t i = 0; i < count; i++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "material", materials[i]->id);
        catalog_put_text(buffer, "name", &materials[i]->name);
        base_json_put_text(buffer, "matter", matters[i]->id);
        base_json_put_text(buffer, "department", matters[i]->department->id);
        engine_put_required_by(buffer, intake->service, (is_tolerated ? intake->tolerated_tasks : intake->missing_tasks)[i]);
        engine_put_document_form(buffer, intake->service, intake->included, materials[i]->id);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_corrections(struct base_buffer *buffer, const struct catalog_intake *intake)
{
    base_json_open(buffer, "corrections", '[');
    for (size_t i = 0; i < intake->correction_count; i++) {
        const struct catalog_correction *correction = intake->corrections[i];

        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "id", correction->id);
        catalog_put_text(buffer, "text", &correction->text);
        base_json_open(buffer, "fields", '[');
        for (size_t k = 0; k < correction->field_count; k++)
            base_json_put_text(buffer, NULL, correction->fields[k]);
        base_json_close(buffer, ']');
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_both(struct base_buffer *buffer, const char *key, const char *zh, const char *en)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "zh-CN", zh);
    base_json_put_text(buffer, "en", en);
    base_json_close(buffer, '}');
}

static void put_otherwise(struct base_buffer *buffer, enum core_notice kind)
{
    switch (kind) {
    case CORE_NOTICE_INCOMPLETE:
    case CORE_NOTICE_CORRECTABLE:
        put_both(buffer, "otherwise", "逾期未补正的，本申请终止，可重新申请。",
                 "If they are not supplied in time the application ends; you may apply again.");
        break;
    case CORE_NOTICE_NOT_REQUIRED:
        put_both(buffer, "otherwise", "所填情形无需办理任何审批事项。", "Nothing in this case needs an approval.");
        break;
    case CORE_NOTICE_RECEIVED:
        put_both(buffer, "otherwise", "五个工作日内未告知的，自收到之日起即为受理。",
                 "If nothing is told within five working days it counts as accepted from today.");
        break;
    case CORE_NOTICE_ACCEPTED:
        put_both(buffer, "otherwise", "承诺的材料逾期未补齐的，本申请终止。", "If what was promised is not supplied in time the application ends.");
        break;
    case CORE_NOTICE_NONE:
    case CORE_NOTICE_SUPPLEMENT:
    case CORE_NOTICE_DECIDED:
    case CORE_NOTICE_WITHDRAWN:
    case CORE_NOTICE_LAPSED:
    case CORE_NOTICE_NOT_COMPETENT:
    case CORE_NOTICE_PAUSED:
    case CORE_NOTICE_RESUMED:
    case CORE_NOTICE_EXTENDED:
    case CORE_NOTICE_REDATED:
    case CORE_NOTICE_DELEGATED:
    case CORE_NOTICE_HEARING: break;
    }
}

/* Which notice a finding leads to; ACCEPTED with promised materials, NONE when there is nothing to tell. */
enum core_notice engine_notice_kind(const struct catalog_intake *intake)
{
    switch ((enum core_intake)intake->outcome) {
    case CORE_INTAKE_NOT_COMPETENT: return CORE_NOTICE_NOT_COMPETENT;
    case CORE_INTAKE_NOT_REQUIRED: return CORE_NOTICE_NOT_REQUIRED;
    case CORE_INTAKE_CORRECTABLE: return CORE_NOTICE_CORRECTABLE;
    case CORE_INTAKE_UNCHECKED: return CORE_NOTICE_RECEIVED;
    case CORE_INTAKE_NONE: break;
    }
    if (intake->included == 0)
        return CORE_NOTICE_NOT_REQUIRED;
    if (intake->missing_count > 0)
        return CORE_NOTICE_INCOMPLETE;
    return intake->tolerated_count > 0 ? CORE_NOTICE_ACCEPTED : CORE_NOTICE_NONE;
}

void engine_notice_put(struct base_buffer *buffer, const struct engine *engine, const struct catalog_intake *intake,
                       const struct base_json *supplied)
{
    enum core_notice kind = engine_notice_kind(intake);

    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "kind", kind == CORE_NOTICE_ACCEPTED ? "tolerated" : core_notice_name(kind));
    engine_put_ms(buffer, "at", engine->now.ms);
    engine_put_missing(buffer, intake, kind == CORE_NOTICE_ACCEPTED);
    if (intake->correction_count > 0)
        put_corrections(buffer, intake);
    if (intake->competence != NULL) {
        catalog_put_text(buffer, "body", &intake->competence->body);
        catalog_put_text(buffer, "text", &intake->competence->text);
    }
    if (supplied != NULL)
        base_json_put(buffer, "supplied", supplied);
    put_otherwise(buffer, kind);
    base_json_close(buffer, '}');
}

/* -- Requests of the review -- */

static const struct catalog_field *field_find(const struct catalog_service *service, const char *id)
{
    for (size_t i = 0; i < service->field_count; i++)
        if (strcmp(service->fields[i].id, id) == 0)
            return &service->fields[i];
    return NULL;
}

static const struct catalog_material *material_find(const struct catalog_service *service, const char *id)
{
    for (size_t i = 0; i < service->matter_count; i++)
        for (size_t k = 0; k < service->matters[i]->material_count; k++)
            if (strcmp(service->matters[i]->materials[k].id, id) == 0)
                return &service->matters[i]->materials[k];
    return NULL;
}

static void open_named(struct base_buffer *buffer, const char *key, const char *id, const struct catalog_text *name)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, key, id);
    if (name != NULL)
        catalog_put_text(buffer, "name", name);
}

/* The fields and materials that are asked for, by the names that people know. */
static void put_items(struct base_buffer *buffer, const struct engine_application *application, const struct base_json *note)
{
    const struct catalog_service *service = application->service;

    base_json_open(buffer, "items", '[');
    for (const struct base_json *item = base_json_first(base_json_member(note, "fields")); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_text(item);
        const struct catalog_field *field = id != NULL ? field_find(service, id) : NULL;

        if (id == NULL)
            continue;
        open_named(buffer, "field", id, field != NULL ? &field->label : NULL);
        base_json_close(buffer, '}');
    }
    for (const struct base_json *item = base_json_first(base_json_member(note, "materials")); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_text(item);
        const struct catalog_material *material = id != NULL ? material_find(service, id) : NULL;

        if (id == NULL)
            continue;
        open_named(buffer, "material", id, material != NULL ? &material->name : NULL);
        engine_put_document_form(buffer, service, application->core->included, id);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_note(struct base_buffer *buffer, const struct engine_application *application, const struct engine_text *note)
{
    static const char *const members[] = {"text", "fields", "materials", "rule"};
    struct base_json_error error;
    struct base_json *root = NULL;

    if (note->bytes == NULL || base_json_parse(note->bytes, note->size, &root, &error) != OD_OK)
        return;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (base_json_member(root, members[i]) != NULL)
            base_json_put(buffer, members[i], base_json_member(root, members[i]));
    put_items(buffer, application, root);
    base_json_destroy(root);
}

void engine_put_requests(struct base_buffer *buffer, const char *key, const struct engine_application *application, core_task_set tasks)
{
    base_json_open(buffer, key, '[');
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct catalog_matter *matter = application->service->matters[i];

        if ((tasks >> i & 1) == 0)
            continue;
        base_json_open(buffer, NULL, '{');
        engine_put_matter(buffer, matter);
        put_note(buffer, application, engine_task_text(application, i, ENGINE_TEXT_NOTE));
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

core_task_set engine_waiting_tasks(const struct engine_application *application)
{
    core_task_set set = 0;

    for (unsigned i = 0; i < application->core->task_count; i++)
        if (application->core->tasks[i].state == CORE_TASK_WAITING_APPLICANT)
            set |= (core_task_set)1 << i;
    return set;
}

/* By when he has to answer: the day, or the earliest that it can be while a receipt is awaited. */
static void put_until(struct base_buffer *buffer, const struct engine_application *application)
{
    core_day until = core_answer_until(&application->service->rules, application->core);

    if (until != 0)
        engine_put_day(buffer, "until", until);
    if (core_application_awaits_receipt(application->core))
        engine_put_day(buffer, "presumed_on", application->core->presumed_day);
}

static void put_supplement(struct base_buffer *buffer, const struct engine_application *application, core_task_set waiting)
{
    const struct core_application *core = application->core;
    core_minute minute = core->notice_minute;

    base_json_open(buffer, "notice", '{');
    base_json_put_text(buffer, "kind", "supplement");
    engine_put_requests(buffer, "requests", application, waiting);
    base_json_put_bool(buffer, "told", (waiting & ~core->told) == 0);
    if (minute != 0)
        engine_put_ms(buffer, "told_at", base_zone_utc((int32_t)(minute / CORE_DAY_MINUTES), (int32_t)(minute % CORE_DAY_MINUTES)));
    base_json_put_bool(buffer, "second", core->notices + (minute != 0) > 1);
    put_until(buffer, application);
    base_json_close(buffer, '}');
}

/* The stored notice, with what has changed since: a person's check has ended, or a day is known. */
static void put_stored(struct base_buffer *buffer, const struct engine_application *application)
{
    const struct core_application *core = application->core;
    const struct core_clock *clock = core->status == CORE_STATUS_RECEIVED    ? &core->intake
                                     : core->status == CORE_STATUS_IN_REVIEW ? &core->tolerance
                                                                             : &core->supplement;
    struct base_json_error error;
    struct base_json *root = NULL;

    if (base_json_parse(application->notice.bytes, application->notice.size, &root, &error) != OD_OK) {
        base_json_put_null(buffer, "notice");
        return;
    }
    const char *kind = base_json_member_text(root, "kind");
    bool is_received = kind != NULL && strcmp(kind, "received") == 0;

    if (is_received && core->status != CORE_STATUS_RECEIVED && core->status != CORE_STATUS_INCOMPLETE) {
        base_json_put_null(buffer, "notice"); /* accepted, withdrawn: what it said has come to pass */
        base_json_destroy(root);
        return;
    }
    base_json_open(buffer, "notice", '{');
    for (const struct base_json *member = base_json_first(root); member != NULL; member = base_json_next(member)) {
        if (strcmp(base_json_key(member), "kind") == 0 && is_received && core->status == CORE_STATUS_INCOMPLETE)
            base_json_put_text(buffer, "kind", "incomplete");
        else
            base_json_put(buffer, base_json_key(member), member);
    }
    if (clock == &core->supplement && core_application_awaits_receipt(core))
        put_until(buffer, application);
    else if (clock->state != CORE_CLOCK_NONE && clock->state != CORE_CLOCK_NOT_STARTED)
        engine_put_day(buffer, "until", clock->due);
    base_json_close(buffer, '}');
    base_json_destroy(root);
}

void engine_put_notice(struct base_buffer *buffer, const struct engine_application *application)
{
    core_task_set waiting = engine_waiting_tasks(application);

    if (waiting != 0)
        put_supplement(buffer, application, waiting);
    else if (application->notice.bytes != NULL)
        put_stored(buffer, application);
    else
        base_json_put_null(buffer, "notice");
    if (application->core->supplement.state == CORE_CLOCK_RUNNING)
        engine_put_day(buffer, "supplement_date", application->core->supplement.due);
}
