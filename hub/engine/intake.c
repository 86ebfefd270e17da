/* SPDX-License-Identifier: Apache-2.0 */
/* From a submit body to a durable application, and what the applicant does later.
 *
 *   submit -> service, schema (422) -> application_create -> RECEIVED -> write INTAKE
 *     -> durable -> intake_answer: 201, or the elder application with the same key */
#include "engine/material.h"
#include "engine/reuse.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* NULL when the request was answered already. */
static const struct catalog_service *find_service(struct engine *engine, struct front_request *request)
{
    const char *id = base_json_member_text(request->body, "service");
    const struct catalog_service *service = NULL;

    if (id == NULL) {
        engine_refuse(request, "/service", base_json_member(request->body, "service") == NULL ? "required" : "type",
                      "service 应为服务编号文本，请从 /v1/services 选择。", "service must be the id of a service, a text; see /v1/services.");
        return NULL;
    }
    if (id != NULL)
        service = catalog_service_find(engine->catalog, id);
    if (service == NULL)
        engine_refuse(request, "/service", "unknown_service", "没有这个服务事项，请从 /v1/services 选择。",
                    "There is no such service; choose one of /v1/services.");
    return service;
}

static bool is_form_too_large(struct engine *engine, const struct front_request *request)
{
    if (request->body_size <= BASE_FORM_MAX)
        return false;
    base_buffer_clear(&engine->scratch);
    base_json_put(&engine->scratch, NULL, base_json_member(request->body, "form"));
    return engine->scratch.size > BASE_FORM_MAX;
}

static int set_notice(struct engine *engine, struct engine_application *application, const struct catalog_intake *intake)
{
    struct base_buffer *buffer = &engine->scratch;

    if (engine_notice_kind(intake) == CORE_NOTICE_NONE)
        return engine_text_set(&application->notice, NULL, 0);
    base_buffer_clear(buffer);
    engine_notice_put(buffer, engine, intake, NULL);
    return buffer->is_broken ? OD_ENOMEM : engine_text_set(&application->notice, buffer->bytes, buffer->size);
}

static int set_scratch(struct engine *engine, struct engine_text *text)
{
    return engine->scratch.is_broken ? OD_ENOMEM : engine_text_set(text, engine->scratch.bytes, engine->scratch.size);
}

int engine_reasons_set(struct engine *engine, struct engine_application *application, const struct base_json *form)
{
    struct base_buffer *buffer = &engine->scratch;
    int rc = OD_OK;

    for (unsigned i = 0; rc == OD_OK && i < application->service->matter_count; i++) {
        base_buffer_clear(buffer);
        catalog_put_reason(buffer, NULL, application->service, i, form);
        if (buffer->size <= 2) /* "": it has no condition */
            continue;
        rc = set_scratch(engine, engine_task_text(application, i, ENGINE_TEXT_REASON));
        base_buffer_clear(buffer);
        catalog_put_reason_texts(buffer, NULL, application->service, i, form);
        if (rc == OD_OK)
            rc = set_scratch(engine, engine_task_text(application, i, ENGINE_TEXT_REASON_TEXTS));
    }
    return rc;
}

static int put_key(const struct front_request *request, struct store_write *write)
{
    if (request->idempotency_key == NULL)
        return OD_OK;
    base_hash(request->idempotency_key, strlen(request->idempotency_key), write->key_hash);
    int rc = base_json_canonical_hash(request->body_text, request->body_size, write->body_hash);
    write->has_key = rc == OD_OK;
    return rc;
}

static int put_document(struct engine *engine, const struct front_request *request, struct store_write *write)
{
    write->document = base_arena_text(&engine->filling->store->arena, request->body_text, request->body_size);
    if (write->document == NULL)
        return OD_ENOMEM;
    write->document_size = (uint32_t)request->body_size;
    base_random(write->document_salt, sizeof(write->document_salt));
    base_hash_pair(write->document_salt, sizeof(write->document_salt), write->document, write->document_size,
                   write->document_hash);
    return OD_OK;
}

/* Who it is, as two keyed hashes: for the warning of a duplicate (with the service), and for a bar (alone). */
static int put_person(struct engine *engine, const struct front_request *request, const struct engine_application *application,
                      core_task_set included, struct store_write *write)
{
    struct base_buffer person = {0};

    if (!catalog_person_put(&person, request->body)) {
        base_buffer_fini(&person);
        return OD_OK;
    }
    base_hash_keyed(engine->secret, person.bytes, person.size, write->bar_hash); /* of a bar from before matters had their own */
    int rc = engine_bars_ask(engine, application->service, included, &person, write);
    base_buffer_put(&person, "\n", 1);
    base_buffer_put_text(&person, application->service->id);
    base_hash_keyed(engine->secret, person.bytes, person.size, write->person_hash);
    rc = person.is_broken ? OD_ENOMEM : rc;
    base_buffer_fini(&person);
    write->has_person = write->has_bar_check = rc == OD_OK;
    write->bar_day = engine->now.day;
    return rc;
}

static void put_details(struct base_buffer *details, const struct front_request *request, const struct engine_application *application,
                        const struct store_write *write, const struct engine_reuse *reuse)
{
    char hash[2 * BASE_HASH_SIZE + 1];

    base_hex(write->document_hash, BASE_HASH_SIZE, hash);
    base_json_put_text(details, "service", application->service->id);
    base_json_put_text(details, "catalog_version", catalog_version(application->catalog));
    base_json_put_text(details, "document", hash);
    base_json_put_text(details, "channel", base_json_member_text(request->body, "channel"));
    if (application->notice.bytes != NULL)
        base_json_put_raw(details, "told", application->notice.bytes, application->notice.size);
    if (base_json_member_text(request->body, "window") != NULL)
        base_json_put_text(details, "window", base_json_member_text(request->body, "window"));
    engine_reuse_put(details, request, reuse, application->service);
}

/* With the intake's own write: what a submission that is refused names stays as it is. */
static int pin_documents(struct engine *engine, const struct front_request *request, struct store_write *write, size_t *index)
{
    const struct base_json *applicant = base_json_member(request->body, "applicant"), *materials = base_json_member(request->body, "materials");
    struct store_pins *pins = NULL;
    int rc = engine_power_check(engine, applicant, index);

    if (rc == OD_OK)
        rc = engine_contents_check(engine, materials, index);
    if (rc == OD_OK)
        rc = engine_pins_make(engine, materials, applicant, &pins);
    engine_pins_attach(write, pins);
    return rc;
}

/* Fill application, its write and the answer's deed; *application is dropped by the caller on error. OD_EINVAL: *index is the
 * material that is not what it is said to be. */
static int receive(struct engine *engine, struct front_request *request, struct engine_application *application,
                   const struct catalog_intake *intake, const struct engine_reuse *reuse, size_t *index)
{
    struct core_event event = {.type = CORE_RECEIVED, .time = engine->now,
                               .received = {.id = application->id, .included = intake->included,
                                            .is_complete = intake->missing_count == 0,
                                            .intake = intake->outcome, .tolerated_until = intake->tolerated_until}};
    struct base_buffer details = {0};
    struct store_write *write;
    int rc = engine_write_get(engine, application, &write);

    if (rc == OD_OK)
        rc = store_service(engine->store, application->service->id, &write->service);
    if (rc == OD_OK)
        rc = engine_window_number(engine, engine_window_of(request->body), &application->window);
    if (rc == OD_OK)
        rc = put_key(request, write);
    if (rc == OD_OK)
        rc = put_document(engine, request, write);
    if (rc == OD_OK)
        rc = put_person(engine, request, application, intake->included, write);
    if (rc == OD_OK)
        rc = engine_text_set(&application->document, request->body_text, request->body_size);
    if (rc == OD_OK)
        rc = engine_reasons_set(engine, application, base_json_member(request->body, "form"));
    if (rc == OD_OK)
        rc = set_notice(engine, application, intake);
    if (rc == OD_OK)
        rc = engine_reuse_take(application, reuse, &event);
    if (rc == OD_OK)
        rc = pin_documents(engine, request, write, index);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_INTAKE, .request = request,
                                                            .write = application->write,
                                                            .handle = base_task_handle(application->id, 0)});
    if (rc != OD_OK)
        return rc;
    write->kind = STORE_WRITE_INTAKE;
    put_details(&details, request, application, write, reuse);
    rc = engine_apply(engine, application, &event, request->identity.key_id, base_buffer_text(&details));
    base_buffer_fini(&details);
    if (rc != OD_OK) /* a date past the end of time: the deed must not answer a second time */
        engine->filling->deeds[--engine->filling->deed_count].kind = ENGINE_DEED_NONE;
    return rc;
}

/* Nothing of it is to be: its write in the batch being filled becomes nothing. */
static void abandon(struct engine *engine, struct engine_application *application)
{
    if (application->has_write) {
        engine->filling->applications[application->write] = NULL;
        engine->filling->store->writes[application->write] = (struct store_write){.kind = STORE_WRITE_NONE};
    }
    engine_application_drop(engine, application);
}

static void take_in(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                    const struct catalog_intake *intake, const struct engine_reuse *reuse)
{
    struct engine_application *application = engine_application_create(service, engine->application_next);
    size_t index = SIZE_MAX;

    if (application == NULL) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    application->is_new = true;
    application->core->task_count = (uint8_t)service->matter_count;
    engine->application_next++;
    engine_application_insert(engine, application);
    int rc = receive(engine, request, application, intake, reuse, &index);
    if (rc == OD_OK) {
        engine->submits_unsettled++;
        engine_application_count_size(engine, application);
        return;
    }
    abandon(engine, application);
    if (index != SIZE_MAX)
        engine_refuse_content(request, index, rc == OD_EDENIED);
    else if (rc == OD_ERANGE)
        engine_refuse(request, "/service", "date_range", "承诺日期超出可计算范围。", "A promised date lies past the end of the calendar.");
    else
        engine_answer_rc(request, OD_EBUSY);
}

/* What was asked for is there; meanwhile there may be no room any more. */
static void take_in_reusing(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                            const struct catalog_intake *intake, const struct engine_reuse *reuse)
{
    if (engine->is_stopping || engine->submits_unsettled >= engine->in_flight_max || !engine_batch_has_room(engine))
        engine_answer_rc(request, OD_EBUSY);
    else
        take_in(engine, request, service, intake, reuse);
}

/* A matter that is not offered on the day of receipt; NULL when all that are included are. */
const struct catalog_matter *engine_find_invalid(const struct engine *engine, const struct catalog_service *service, core_task_set set)
{
    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_matter *matter = service->matters[i];

        if (set >> i & 1 && (engine->now.day < matter->valid_from || engine->now.day > matter->valid_to))
            return matter;
    }
    return NULL;
}

void engine_refuse_invalid(struct front_request *request, const char *pointer, const struct catalog_matter *matter)
{
    char from[BASE_DATE_SIZE], to[BASE_DATE_SIZE], zh[256], en[256];

    base_day_format(matter->valid_from, from);
    base_day_format(matter->valid_to, to);
    snprintf(zh, sizeof(zh), "事项 %.64s 仅在 %s 至 %s 期间受理。", matter->id, from, to);
    snprintf(en, sizeof(en), "The matter %.64s is taken from %s to %s only.", matter->id, from, to);
    engine_refuse(request, pointer, "not_valid", zh, en);
}

void engine_submit(struct engine *engine, struct front_request *request)
{
    struct catalog_problems *problems = &engine->problems;
    struct catalog_intake intake;

    engine->submitted++;
    if (engine->submits_unsettled >= engine->in_flight_max || !engine_batch_has_room(engine)) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    const struct catalog_service *service = find_service(engine, request);
    if (service == NULL)
        return;
    if (is_form_too_large(engine, request)) {
        front_answer_problem(request, FRONT_TOO_LARGE,
                             front_say(request, "表单不得超过 128 KiB，更大的内容请作为材料上传。",
                                       "The form is limited to 128 KiB; anything larger is a material."), NULL, 0);
        return;
    }
    problems->count = 0;
    if (catalog_submission_check(service, request->body, engine->now.day, problems, &intake) != OD_OK) {
        engine_refuse_problems(request, problems);
        return;
    }
    const struct catalog_matter *invalid = engine_find_invalid(engine, service, intake.included);
    if (invalid != NULL) {
        engine_refuse_invalid(request, "/service", invalid);
        return;
    }
    if (engine_reuse_is_asked(request))
        engine_reuse_start(engine, request, service, &intake, take_in_reusing);
    else
        take_in(engine, request, service, &intake, NULL);
}

/* -- After the commit -- */

/* The key was used before: nothing of this submission was stored. */
static void answer_elder(struct engine *engine, const struct engine_deed *deed, const struct store_write *write)
{
    struct engine_application *tentative = engine_application_find(engine, write->application);

    if (tentative != NULL)
        abandon(engine, tentative); /* and what somebody who guessed its number did to it meanwhile */
    if (write->is_same_body)
        engine_answer_application(engine, deed->request, write->existing, 201, "Idempotency-Replayed: true\r\n");
    else
        front_answer_problem(deed->request, FRONT_KEY_REUSED,
                             front_say(deed->request, "这个幂等键已用于另一份内容不同的提交，请换一个键。",
                                       "This Idempotency-Key was used with another body; take a new key."), NULL, 0);
}

/* Licensing Law art. 78 and 79. */
static void answer_barred(struct engine *engine, const struct engine_deed *deed, const struct store_write *write)
{
    struct engine_application *tentative = engine_application_find(engine, write->application);

    if (tentative != NULL)
        abandon(engine, tentative);
    engine_refuse_barred(deed->request, "/applicant", write->barred_until, (enum engine_bar)write->bar_reason);
}

static void answer_created(struct engine *engine, struct engine_application *application, struct front_request *request)
{
    char number[BASE_NUMBER_SIZE], location[128];
    struct base_buffer body = {0};

    base_number_format(application->id, application->core->received_day, number);
    snprintf(location, sizeof(location), "Location: /v1/applications/%s\r\nETag: \"%u\"\r\n", number,
             application->core->revision);
    engine_put_application(&body, NULL, engine, application, true);
    front_answer(request, 201, "application/json", location, &body);
}

/* -- A possible duplicate: its number is found out, put on record, and told -- */

struct duplicate {
    struct front_request *request;
    uint64_t application;
};

static void on_noted(struct engine *engine, void *data, int rc)
{
    struct duplicate *duplicate = data;
    struct engine_application *application = engine_application_find(engine, duplicate->application);

    (void)rc; /* the application itself is durable, whatever became of the remark */
    if (application != NULL)
        answer_created(engine, application, duplicate->request);
    else
        engine_answer_application(engine, duplicate->request, duplicate->application, 201, NULL);
    base_free(duplicate);
}

static void on_elder(struct engine *engine, struct engine_application *elder, int rc, void *data)
{
    struct duplicate *duplicate = data;
    struct engine_application *application = engine_application_find(engine, duplicate->application);
    struct engine_deed deed = {.kind = ENGINE_DEED_CALL, .call = on_noted, .data = duplicate};
    struct base_buffer details = {0};

    if (rc == OD_OK && application != NULL) {
        base_number_format(elder->id, elder->core->received_day, application->duplicate_of);
        base_json_put_text(&details, "existing", application->duplicate_of);
        rc = engine_note(engine, application, "duplicate_warned", CORE_TASKS_MAX, "hub", base_buffer_text(&details));
    }
    if (rc != OD_OK || application == NULL || engine_deed_add(engine, &deed) != OD_OK)
        on_noted(engine, duplicate, rc);
    base_buffer_fini(&details);
}

static bool warn_of_duplicate(struct engine *engine, struct engine_application *application, struct front_request *request, uint64_t elder)
{
    struct duplicate *duplicate = base_alloc(sizeof(*duplicate));

    if (duplicate == NULL)
        return false;
    *duplicate = (struct duplicate){.request = request, .application = application->id};
    engine_application_get(engine, elder, on_elder, duplicate);
    return true;
}

void engine_intake_answer(struct engine *engine, const struct engine_deed *deed, struct engine_batch *batch)
{
    const struct store_write *write = &batch->store->writes[deed->write];
    struct engine_application *application;

    engine->submits_unsettled--;
    if (write->rc == OD_EEXIST) {
        answer_elder(engine, deed, write);
        return;
    }
    if (write->rc == OD_EDENIED) {
        answer_barred(engine, deed, write);
        return;
    }
    application = engine_application_find(engine, write->application);
    assert(application != NULL); /* unsettled until now, so never trimmed */
    application->is_new = false;
    engine->accepted++;
    engine_named_settle(engine, deed->request, OD_OK);
    if (write->duplicate == 0 || !warn_of_duplicate(engine, application, deed->request, write->duplicate))
        answer_created(engine, application, deed->request);
}

/* -- The applicant's later acts: one event on a loaded application, answered when durable -- */

static int find_number(struct front_request *request, uint64_t *id)
{
    int32_t day;
    int rc = base_number_parse(request->params[0], id, &day);

    if (rc != OD_OK)
        engine_answer_rc(request, OD_ENOTFOUND);
    return rc;
}

/* Which state, and what it would have to be. */
static void answer_state(struct front_request *request, const struct core_application *core)
{
    const char *status = core_status_name((enum core_status)core->status);
    char zh[192], en[192];

    snprintf(zh, sizeof(zh), "申请目前的状态是 %s；只有 incomplete 或 in_review 时可以撤回。", status);
    snprintf(en, sizeof(en), "The application is %s; it can be withdrawn while it is incomplete or in_review.", status);
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}

static void apply_and_show(struct engine *engine, struct engine_application *application, struct front_request *request,
                           const struct core_event *event, const char *details)
{
    struct engine_deed deed = {.kind = ENGINE_DEED_SHOW, .request = request, .handle = base_task_handle(application->id, 0)};
    int rc = engine_apply(engine, application, event, request->identity.key_id, details);

    if (rc == OD_OK)
        rc = engine_deed_add(engine, &deed);
    if (rc == OD_ESTATE)
        answer_state(request, application->core);
    else if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void on_withdraw(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct front_request *request = data;
    struct core_event event = {.type = CORE_WITHDRAWN, .time = engine->now};
    struct base_buffer details = {0};
    const struct base_json *reason = base_json_member(request->body, "reason");

    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    if (engine_answer_if_changed(request, application, CORE_TASKS_MAX))
        return;
    if (reason != NULL && (base_json_type(reason) != BASE_JSON_TEXT || strlen(base_json_text(reason)) > BASE_TEXT_MAX)) {
        engine_refuse(request, "/reason", "text", "理由应为不超过 8 KiB 的文本。", "The reason must be a text of at most 8 KiB.");
        return;
    }
    if (reason != NULL)
        base_json_put_text(&details, "reason", base_json_text(reason));
    apply_and_show(engine, application, request, &event, base_buffer_text(&details));
    base_buffer_fini(&details);
}

void engine_withdraw(struct engine *engine, struct front_request *request)
{
    uint64_t id;

    if (find_number(request, &id) == OD_OK)
        engine_application_get(engine, id, on_withdraw, request);
}
