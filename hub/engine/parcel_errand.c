/* SPDX-License-Identifier: Apache-2.0 */
/* A parcel that a courier's connector carries: an errand. What becomes of it becomes of the delivery in the same batch.
 *
 *   put -> [connector: accept with its waybill, notes on the way, approve when it was signed for, reject when it came back]
 *     DONE: delivery DONE, application CLOSED - FAILED: delivery RETURNED, staff are told */
#include <stdio.h>
#include <string.h>

#include "engine/message.h"
#include "engine/parcel.h"

/* -- Sent -- */

/* What the courier needs, flat, so that a manifest can name it. */
static void put_form(struct base_buffer *form, const char *number, const struct base_json *recipient)
{
    base_json_open(form, NULL, '{');
    base_json_put_text(form, "number", number);
    base_json_put_text(form, "recipient_name", base_json_member_text(recipient, "name"));
    base_json_put_text(form, "recipient_phone", base_json_member_text(recipient, "phone"));
    base_json_put_text(form, "recipient_address", base_json_member_text(recipient, "address"));
    base_json_close(form, '}');
}

int engine_parcel_send(struct engine *engine, const struct engine_delivery_work *work)
{
    struct base_buffer form = {0}, about = {0};

    put_form(&form, work->number, base_json_member(work->request->body, "recipient"));
    base_json_open(&about, NULL, '{');
    base_json_put_i64(&about, "delivery", (int64_t)work->id);
    base_json_put_i64(&about, "revision", (int64_t)work->revision + 1);
    base_json_close(&about, '}');
    int rc = form.is_broken || about.is_broken
                 ? OD_ENOMEM
                 : engine_errand_put(engine,
                                     &(struct engine_errand_new){.entry = ENGINE_ENTRY_PARCEL, .application = work->application, .number = work->number,
                                                                 .form = base_buffer_text(&form), .about = base_buffer_text(&about)},
                                     NULL, NULL, NULL);
    base_buffer_fini(&form);
    base_buffer_fini(&about);
    return rc;
}

bool engine_parcel_has_courier(const struct engine *engine)
{
    return engine_errand_has_connector(engine, &engine_parcel_errand);
}

void engine_parcel_tell(struct engine *engine, const char *kind, uint64_t application, const char *number, const char *carrier, const char *waybill)
{
    struct base_buffer params = {0};

    base_json_open(&params, NULL, '{');
    base_json_put_text(&params, "carrier", carrier);
    base_json_put_text(&params, "waybill", waybill);
    base_json_close(&params, '}');
    int rc = params.is_broken ? OD_ENOMEM
                              : engine_message_put(engine, &(struct engine_message){.kind = kind, .application = application, .number = number,
                                                                                    .params = base_buffer_text(&params)}, NULL);
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "%s: the applicant is not told of a parcel: %s", number, base_error_text(rc));
    base_buffer_fini(&params);
}

/* -- What becomes of it -- */

static void put_record(struct base_buffer *body, const struct engine *engine, const struct engine_errand *errand, const struct base_json *form)
{
    char id[ENGINE_ERRAND_ID_SIZE];

    engine_errand_id_format(errand->kind, errand->id, id);
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "way", "courier");
    base_json_put_text(body, "parcel", id);
    base_json_put_text(body, "carrier", errand->connector);
    base_json_put_text(body, "waybill", errand->external_ref);
    base_json_open(body, "recipient", '{');
    base_json_put_text(body, "name", base_json_member_text(form, "recipient_name"));
    base_json_put_text(body, "phone", base_json_member_text(form, "recipient_phone"));
    base_json_put_text(body, "address", base_json_member_text(form, "recipient_address"));
    base_json_close(body, '}');
    engine_put_ms(body, "ended_at", engine->now.ms);
    base_json_close(body, '}');
}

/* The delivery's own entry, from the revision that the errand was sent with: if staff have changed it since, theirs stands. */
static int put_delivery(struct engine *engine, const struct engine_errand *errand, enum engine_delivery_state state, const char *type)
{
    const struct base_json *about = engine_errand_member(errand, "about"), *form = engine_errand_member(errand, "form");
    struct base_buffer body = {0};
    int64_t id = 0, revision = 0;
    int rc = base_json_i64(base_json_member(about, "delivery"), 1, INT64_MAX, &id);

    if (rc == OD_OK)
        rc = base_json_i64(base_json_member(about, "revision"), 1, INT64_MAX, &revision);
    if (rc == OD_OK)
        put_record(&body, engine, errand, form);
    struct store_entry entry = {.kind = ENGINE_ENTRY_DELIVERY, .state = (uint8_t)state, .application = errand->application, .id = (uint64_t)id,
                                .revision = (uint64_t)revision, .wake_minute = INT64_MAX, .at_ms = engine->now.ms, .body = body.bytes, .body_size = (uint32_t)body.size};
    struct engine_entry_event event = {.type = type, .by = errand->connector, .number = errand->number};
    if (rc == OD_OK)
        rc = body.is_broken ? OD_ENOMEM : engine_entry_put(engine, &entry, &event, NULL, NULL);
    base_buffer_fini(&body);
    return rc;
}

static int arrive(struct engine *engine, const struct engine_errand *errand, struct engine_application *application)
{
    struct core_event event = {.type = CORE_CLOSED, .time = engine->now};
    struct base_buffer details = {0};
    int rc = put_delivery(engine, errand, ENGINE_DELIVERY_DONE, "result_delivered"); /* beside the parcel's own end */

    base_json_put_text(&details, "way", "courier");
    base_json_put_text(&details, "waybill", errand->external_ref);
    if (rc == OD_OK)
        rc = details.is_broken ? OD_ENOMEM : engine_apply(engine, application, &event, errand->connector, base_buffer_text(&details));
    if (rc == OD_OK)
        engine_parcel_tell(engine, "parcel_delivered", errand->application, errand->number, errand->connector, errand->external_ref);
    base_buffer_fini(&details);
    return rc;
}

static int come_back(struct engine *engine, const struct engine_errand *errand, struct engine_application *application)
{
    struct base_buffer details = {0};
    int rc = put_delivery(engine, errand, ENGINE_DELIVERY_RETURNED, "parcel_returned");

    base_json_put_text(&details, "way", "courier");
    base_json_put_text(&details, "waybill", errand->external_ref);
    if (rc == OD_OK)
        rc = details.is_broken ? OD_ENOMEM : engine_note(engine, application, "undelivered", CORE_TASKS_MAX, errand->connector, base_buffer_text(&details));
    if (rc == OD_OK) {
        engine_alert_add(engine, application, ENGINE_ALERT_PARCEL_RETURNED, CORE_TASKS_MAX);
        engine_message_result_ready(engine, errand->application, errand->number);
    }
    base_buffer_fini(&details);
    return rc;
}

static void on_change(struct engine *engine, struct engine_errand *errand, struct engine_application *application)
{
    int rc = OD_OK;

    if (!errand->is_changed || application == NULL || application->core->status != CORE_STATUS_DECIDED)
        return; /* handed over another way meanwhile */
    if (errand->state == ENGINE_ERRAND_ACCEPTED)
        engine_parcel_tell(engine, "parcel_sent", errand->application, errand->number, errand->connector, errand->external_ref);
    else if (errand->state == ENGINE_ERRAND_DONE)
        rc = arrive(engine, errand, application);
    else if (errand->state == ENGINE_ERRAND_FAILED)
        rc = come_back(engine, errand, application);
    if (rc != OD_OK)
        base_log(BASE_LOG_ERROR, "parcel of %s: its end is not in the delivery: %s", errand->number, base_error_text(rc));
}

/* Handed over another way before it left. */
static bool is_moot(const struct engine_errand *errand, const struct engine_application *application)
{
    (void)errand;
    return application != NULL && application->core->status != CORE_STATUS_DECIDED;
}

const struct engine_errand_kind engine_parcel_errand = {
    .entry = ENGINE_ENTRY_PARCEL, .serves = "parcels", .prefix = "parcel", .matter = "@parcels", .on_change = on_change, .is_moot = is_moot};

void engine_parcels_cancel(struct engine *engine, uint64_t application)
{
    engine_errands_cancel(engine, &(struct engine_errand_sweep){.entry = ENGINE_ENTRY_PARCEL, .application = application, .by = "hub"});
}

/* -- Shown -- */

void engine_put_parcels(struct base_buffer *buffer, const char *key, const struct store_entry *entries, size_t count)
{
    base_json_open(buffer, key, '[');
    for (size_t i = 0; i < count; i++) {
        struct engine_errand errand;

        if (engine_errand_read(&entries[i], &errand) != OD_OK)
            continue; /* erased by a retention rule */
        base_json_open(buffer, NULL, '{');
        engine_errand_put_members(buffer, &errand);
        base_json_close(buffer, '}');
        engine_errand_fini(&errand);
    }
    base_json_close(buffer, ']');
}
