/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries asked for and shown. See parcel.h.
 *
 *   POST -> number (404) -> entry of the delivery -> application and document -> DECIDED (409) -> what is owed -> the way
 *     -> entry and event in one batch -> durable -> the application
 *   GET -> [pool: row, entry, parcels] -> answer */
#include "engine/errand.h"
#include "engine/parcel.h"
#include "engine/payment.h"
#include "engine/result.h"

#include <stdio.h>
#include <string.h>

/* -- Asked for -- */

static void work_end(struct engine_delivery_work *work)
{
    base_json_destroy(work->before);
    base_free(work);
}

static void refuse_state(struct front_request *request, const struct core_application *core)
{
    const char *status = core_status_name((enum core_status)core->status);
    char zh[192], en[192];

    snprintf(zh, sizeof(zh), "申请目前的状态是 %s；作出决定（decided）之后才能送达。", status);
    snprintf(en, sizeof(en), "The application is %s; a result is handed over once it is decided.", status);
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}

/* Of a parcel that is out already it was told when it went. */
static bool leaves_unpaid(const struct engine_delivery_work *work)
{
    return work->is_unpaid && base_json_member(work->request->body, "state") == NULL;
}

/* The result is out, and its fee is not in: the journal has it, and who keeps the books is told. */
static int unpaid_tell(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work)
{
    const char *way = base_json_member_text(work->request->body, "way");
    struct base_buffer details = {0};

    base_json_put_text(&details, "way", way != NULL ? way : "window");
    int rc = details.is_broken ? OD_ENOMEM
                               : engine_note(engine, application, "handed_over_unpaid", CORE_TASKS_MAX, work->request->identity.key_id, base_buffer_text(&details));
    if (rc == OD_OK)
        engine_alert_add(engine, application, ENGINE_ALERT_UNPAID, CORE_TASKS_MAX);
    base_buffer_fini(&details);
    return rc;
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct engine_delivery_work *work = data;
    struct front_request *request = work->request;
    char number[BASE_NUMBER_SIZE];
    bool is_answered = false;

    if (rc == OD_OK) {
        base_number_format(application->id, application->core->received_day, number);
        rc = strcmp(number, work->number) == 0 ? OD_OK : OD_ENOTFOUND; /* of another day: no number of ours */
    }
    if (rc == OD_OK && application->core->status != CORE_STATUS_DECIDED) {
        refuse_state(request, application->core);
        is_answered = true;
    } else if (rc == OD_OK) {
        is_answered = engine_answer_if_changed(request, application, CORE_TASKS_MAX);
    }
    if (rc == OD_OK && !is_answered)
        rc = engine_deliver(engine, application, work, &is_answered);
    if (rc == OD_OK && !is_answered && leaves_unpaid(work))
        rc = unpaid_tell(engine, application, work);
    if (rc == OD_OK && !is_answered)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_SHOW, .request = request,
                                                           .handle = base_task_handle(application->id, 0)});
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
    work_end(work);
}

static void on_owed(struct engine *engine, bool is_owed, int rc, void *data)
{
    struct engine_delivery_work *work = data;

    work->is_unpaid = is_owed;
    if (rc == OD_OK) {
        engine_document_get(engine, work->application, on_application, work);
        return;
    }
    engine_answer_rc(work->request, rc);
    work_end(work);
}

static void on_document(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    if (rc == OD_OK && application->core->status == CORE_STATUS_DECIDED)
        engine_owed_get(engine, application, on_owed, data);
    else
        on_application(engine, application, rc, data); /* which says why not */
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct engine_delivery_work *work = data;
    struct base_json_error error;

    if (rc == OD_OK) {
        work->id = entry->id;
        work->revision = entry->revision;
        work->state = entry->state;
        work->at_ms = entry->at_ms;
        rc = base_json_parse(entry->body, entry->body_size, &work->before, &error);
    }
    if (rc == OD_OK || rc == OD_ENOTFOUND || rc == OD_ESYNTAX) { /* ESYNTAX: erased by a retention rule */
        engine_document_get(engine, work->application, on_document, work);
        return;
    }
    engine_answer_rc(work->request, rc);
    work_end(work);
}

void engine_delivery(struct engine *engine, struct front_request *request)
{
    struct engine_delivery_work *work;
    uint64_t id;
    int32_t day;
    int rc = OD_ENOMEM;

    if (base_number_parse(request->params[0], &id, &day) != OD_OK) {
        engine_answer_rc(request, OD_ENOTFOUND);
        return;
    }
    work = base_alloc(sizeof(*work));
    if (work != NULL) {
        *work = (struct engine_delivery_work){.request = request, .application = id};
        base_number_format(id, day, work->number);
        rc = engine_entry_get(engine, ENGINE_ENTRY_DELIVERY, 0, work->number, on_entry, work);
    }
    if (rc != OD_OK) {
        base_free(work);
        engine_answer_rc(request, rc);
    }
}

int engine_delivery_put(struct engine *engine, const struct engine_delivery_work *work, enum engine_delivery_state state, const char *type,
                        struct base_buffer *body)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_DELIVERY, .state = (uint8_t)state, .application = work->application, .id = work->id,
                                .revision = work->revision, .wake_minute = INT64_MAX, .at_ms = work->at_ms, .name = work->number,
                                .body = body->bytes, .body_size = (uint32_t)body->size};
    struct engine_entry_event event = {.type = type, .by = work->request->identity.key_id, .number = work->number};

    if (body->is_broken)
        return OD_ENOMEM;
    if (entry.id == 0)
        entry.id = engine_entry_id(engine, ENGINE_ENTRY_DELIVERY);
    if (entry.revision == 0)
        entry.at_ms = engine->now.ms;
    return engine_entry_put(engine, &entry, &event, NULL, NULL);
}

/* -- Shown -- */

static int read_named(struct engine_job *job, struct store_reader *reader, uint8_t kind, const char *number, struct store_entry *entry)
{
    int rc = store_read_entry_named(reader, kind, number, &job->arena, entry);

    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int engine_delivery_read(struct engine_job *job, struct store_reader *reader, struct engine_delivery_facts *facts)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_PARCEL, .state = -1, .department = -1, .application = job->id, .before = UINT64_MAX};
    uint64_t next;
    int rc = read_named(job, reader, ENGINE_ENTRY_DELIVERY, facts->number, &facts->delivery);

    if (rc == OD_OK)
        rc = read_named(job, reader, ENGINE_ENTRY_RESULT, facts->number, &facts->result);
    if (rc == OD_OK)
        rc = store_read_entries(reader, &filter, &job->arena, facts->parcels, ENGINE_PARCELS_SHOWN_MAX, &facts->parcel_count, &next);
    return rc;
}

static void read_delivery(struct engine_job *job, struct store_reader *reader)
{
    job->rc = store_read_application(reader, job->id, &job->arena, &job->row);
    if (job->rc == OD_OK)
        job->rc = engine_delivery_read(job, reader, job->data);
}

static const char *state_name(uint8_t state)
{
    static const char *const names[] = {"none", "on_the_way", "delivered", "returned"};

    return names[state <= ENGINE_DELIVERY_RETURNED ? state : 0];
}

/* What staff wrote: where it went, who took it. */
static void put_record(struct base_buffer *body, const struct store_entry *entry)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (entry->id == 0 || base_json_parse(entry->body, entry->body_size, &tree, &error) != OD_OK) {
        base_json_put_null(body, "record");
        return;
    }
    base_json_open(body, "record", '{');
    for (const struct base_json *member = base_json_first(tree); member != NULL; member = base_json_next(member))
        base_json_put(body, base_json_key(member), member);
    base_json_put_text(body, "state", state_name(entry->state));
    base_json_close(body, '}');
    base_json_destroy(tree);
}

static const char *way_of(const struct engine_delivery_facts *showing, const struct core_application *core)
{
    if (showing->result.id != 0)
        return "electronic";
    if (showing->parcel_count > 0 && showing->delivery.state != ENGINE_DELIVERY_DONE)
        return "courier";
    if (showing->delivery.id != 0)
        return strstr(showing->delivery.body, "\"way\":\"courier\"") != NULL ? "courier" : "window";
    return core->status == CORE_STATUS_CLOSED && core->decided_ms != 0 ? "window" : NULL;
}

/* The newest parcel's, where a courier's connector carries it. */
static void put_reference(struct base_buffer *buffer, const struct engine_delivery_facts *facts)
{
    struct engine_errand errand;

    if (facts->parcel_count == 0 || engine_errand_read(&facts->parcels[0], &errand) != OD_OK)
        return;
    if (errand.external_ref[0] != '\0')
        base_json_put_text(buffer, "waybill", errand.external_ref);
    engine_errand_fini(&errand);
}

static void put_waybill(struct base_buffer *buffer, const struct engine_delivery_facts *facts)
{
    struct base_json_error error;
    struct base_json *tree = NULL;

    if (facts->delivery.id != 0 && base_json_parse(facts->delivery.body, facts->delivery.body_size, &tree, &error) != OD_OK)
        tree = NULL; /* erased by a retention rule */
    const char *carrier = base_json_member_text(tree, "carrier"), *waybill = base_json_member_text(tree, "waybill");
    if (carrier != NULL)
        base_json_put_text(buffer, "carrier", carrier);
    if (waybill != NULL)
        base_json_put_text(buffer, "waybill", waybill);
    else
        put_reference(buffer, facts);
    base_json_destroy(tree);
}

void engine_delivery_put_told(struct base_buffer *buffer, const char *key, const struct engine_delivery_facts *facts,
                              const struct core_application *core)
{
    const char *way = way_of(facts, core);
    bool is_over = core->status == CORE_STATUS_CLOSED;

    if (way == NULL) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "way", way);
    base_json_put_text(buffer, "state", state_name(is_over ? ENGINE_DELIVERY_DONE : facts->delivery.state));
    engine_put_ms(buffer, "delivered_at", is_over ? core->closed_ms : 0);
    if (strcmp(way, "courier") == 0)
        put_waybill(buffer, facts);
    base_json_close(buffer, '}');
}

static void answer(const struct engine_job *job, const struct engine_application *application)
{
    const struct engine_delivery_facts *showing = job->data;
    const struct core_application *core = application->core;
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", showing->number);
    base_json_put_text(&body, "status", core_status_name((enum core_status)core->status));
    base_json_put_text(&body, "way", way_of(showing, core));
    engine_put_ms(&body, "decided_at", core->decided_ms);
    engine_put_ms(&body, "delivered_at", core->status == CORE_STATUS_CLOSED && core->decided_ms != 0 ? core->closed_ms : 0);
    base_json_put_text(&body, "clock", core_clock_state_name((enum core_clock_state)core->delivery.state));
    engine_put_day(&body, "due", core->delivery.state != CORE_CLOCK_NONE ? core->delivery.due : 0);
    put_record(&body, &showing->delivery);
    engine_put_parcels(&body, "parcels", showing->parcels, showing->parcel_count);
    base_json_put_bool(&body, "has_result", showing->result.id != 0 && showing->result.state == ENGINE_RESULT_ISSUED);
    base_json_close(&body, '}');
    front_answer(job->request, 200, "application/json", NULL, &body);
}

static void on_delivery(struct engine_job *job)
{
    struct engine_application *application = NULL;

    if (job->rc == OD_OK)
        job->rc = engine_row_read(job->engine, job->id, job->row.state, job->row.state_size, &application);
    if (job->rc == OD_OK)
        answer(job, application);
    else
        engine_answer_rc(job->request, job->rc);
    engine_application_destroy(application);
    base_free(job->data);
}

void engine_delivery_show(struct engine *engine, struct front_request *request)
{
    struct engine_delivery_facts *showing = base_alloc(sizeof(*showing));
    uint64_t id = 0;
    int32_t day = 0;
    int rc = showing != NULL ? base_number_parse(request->params[0], &id, &day) : OD_ENOMEM;

    if (rc == OD_OK) {
        base_number_format(id, day, showing->number);
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .id = id, .run = read_delivery, .on_done = on_delivery, .data = showing});
    }
    if (rc != OD_OK) {
        base_free(showing);
        engine_answer_rc(request, rc == OD_ESYNTAX ? OD_ENOTFOUND : rc);
    }
}
