/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which a result is handed over, each: what the body says, the entry, the event. */
#include <stdio.h>
#include <string.h>

#include "engine/message.h"
#include "engine/parcel.h"
#include "engine/result.h"

/* -- What the body says -- */

/* A text on one line; absent is fine unless it is required. False when it was refused. */
static bool read_text(struct front_request *request, const struct base_json *object, const char *pointer, const char *key, size_t size_max,
                      bool is_required, const char **out)
{
    const struct base_json *member = base_json_member(object, key);
    const char *text = base_json_text(member);
    char zh[160], en[160];

    *out = NULL;
    if (member == NULL && !is_required)
        return true;
    bool is_fine = text != NULL && !engine_text_is_blank(text) && strlen(text) <= size_max;
    for (const char *at = text; is_fine && *at != '\0'; at++)
        is_fine = (unsigned char)*at >= 0x20 && *at != 0x7f;
    *out = text;
    if (is_fine)
        return true;
    snprintf(zh, sizeof(zh), "%s 应为一行文本，不超过 %zu 字节。", key, size_max);
    snprintf(en, sizeof(en), "%s is a text on one line, at most %zu bytes.", key, size_max);
    engine_refuse(request, pointer, "text", zh, en);
    return false;
}

static void put_text(struct base_buffer *body, const char *key, const char *text)
{
    if (text != NULL)
        base_json_put_text(body, key, text);
}

static void open_body(struct base_buffer *body, const char *way, const struct engine *engine, const struct front_request *request)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "way", way);
    engine_put_ms(body, "at", engine->now.ms);
    base_json_put_text(body, "by", request->identity.key_id);
}

static int close_application(struct engine *engine, struct engine_application *application, const char *by, const struct base_buffer *details)
{
    struct core_event event = {.type = CORE_CLOSED, .time = engine->now};
    struct base_buffer text = *details;

    int rc = details->is_broken ? OD_ENOMEM : engine_apply(engine, application, &event, by, base_buffer_text(&text));

    if (rc == OD_OK)
        engine_parcels_cancel(engine, application->id);
    return rc;
}

/* -- At the window -- */

static int hand_over(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work, bool *is_answered)
{
    struct front_request *request = work->request;
    struct base_buffer body = {0}, details = {0};
    const char *receiver, *relation;
    int rc = OD_OK;

    if (!read_text(request, request->body, "/received_by", "received_by", ENGINE_DELIVERY_TEXT_MAX, false, &receiver) ||
        !read_text(request, request->body, "/relation", "relation", ENGINE_DELIVERY_TEXT_MAX, false, &relation)) {
        *is_answered = true;
        return OD_OK;
    }
    open_body(&body, "window", engine, request);
    put_text(&body, "received_by", receiver);
    put_text(&body, "relation", relation);
    base_json_close(&body, '}');
    base_json_put_text(&details, "way", "window");
    if (receiver != NULL || work->id != 0)
        rc = engine_delivery_put(engine, work, ENGINE_DELIVERY_DONE, "handed_over", &body);
    if (rc == OD_OK)
        rc = close_application(engine, application, request->identity.key_id, &details);
    base_buffer_fini(&body);
    base_buffer_fini(&details);
    return rc;
}

/* -- As a signed document -- */

static int issue(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work)
{
    struct base_buffer details = {0};
    char hash[2 * BASE_HASH_SIZE + 1];
    int rc = engine_result_issue(engine, application, work->request->identity.key_id, hash);

    if (rc != OD_OK)
        return rc;
    base_json_put_text(&details, "way", "electronic");
    base_json_put_text(&details, "result", hash);
    rc = close_application(engine, application, work->request->identity.key_id, &details);
    base_buffer_fini(&details);
    return rc;
}

/* -- By courier: a connector's, or with a waybill that staff wrote -- */

struct parcel {
    const char *waybill, *carrier, *name, *phone, *address; /* waybill NULL: a courier's connector carries it */
};

/* False when something was refused. */
static bool read_parcel(const struct engine *engine, struct front_request *request, struct parcel *parcel)
{
    const struct base_json *recipient = base_json_member(request->body, "recipient");
    bool is_by_hand = base_json_member(request->body, "waybill") != NULL || !engine_parcel_has_courier(engine);

    return read_text(request, request->body, "/waybill", "waybill", ENGINE_WAYBILL_MAX, is_by_hand, &parcel->waybill) &&
           read_text(request, request->body, "/carrier", "carrier", ENGINE_DELIVERY_TEXT_MAX, is_by_hand, &parcel->carrier) &&
           read_text(request, recipient, "/recipient/name", "name", ENGINE_DELIVERY_TEXT_MAX, true, &parcel->name) &&
           read_text(request, recipient, "/recipient/phone", "phone", ENGINE_DELIVERY_TEXT_MAX, true, &parcel->phone) &&
           read_text(request, recipient, "/recipient/address", "address", ENGINE_DELIVERY_ADDRESS_MAX, true, &parcel->address);
}

static void put_parcel(struct base_buffer *body, const struct engine *engine, const struct front_request *request, const struct parcel *parcel)
{
    open_body(body, "courier", engine, request);
    put_text(body, "carrier", parcel->carrier);
    put_text(body, "waybill", parcel->waybill);
    base_json_open(body, "recipient", '{');
    base_json_put_text(body, "name", parcel->name);
    base_json_put_text(body, "phone", parcel->phone);
    base_json_put_text(body, "address", parcel->address);
    base_json_close(body, '}');
    base_json_close(body, '}');
}

static int send_parcel(struct engine *engine, const struct engine_delivery_work *work, bool *is_answered)
{
    struct engine_delivery_work fresh = *work;
    struct parcel parcel;
    struct base_buffer body = {0};

    if (!read_parcel(engine, work->request, &parcel)) {
        *is_answered = true;
        return OD_OK;
    }
    put_parcel(&body, engine, work->request, &parcel);
    if (fresh.id == 0) { /* the errand names the entry that it belongs to */
        fresh.id = engine_entry_id(engine, ENGINE_ENTRY_DELIVERY);
        fresh.at_ms = engine->now.ms;
    }
    int rc = engine_delivery_put(engine, &fresh, ENGINE_DELIVERY_OUT, parcel.waybill != NULL ? "parcel_sent" : "parcel_ordered", &body);
    if (rc == OD_OK && parcel.waybill == NULL)
        rc = engine_parcel_send(engine, &fresh);
    else if (rc == OD_OK)
        engine_parcel_tell(engine, "parcel_sent", work->application, work->number, parcel.carrier, parcel.waybill);
    base_buffer_fini(&body);
    return rc;
}

/* What was on record, and what became of it. */
static void put_end(struct base_buffer *body, const struct engine *engine, const struct engine_delivery_work *work, const char *note)
{
    base_json_open(body, NULL, '{');
    for (const struct base_json *member = base_json_first(work->before); member != NULL; member = base_json_next(member))
        if (strcmp(base_json_key(member), "ended_at") != 0 && strcmp(base_json_key(member), "note") != 0)
            base_json_put(body, base_json_key(member), member);
    engine_put_ms(body, "ended_at", engine->now.ms);
    put_text(body, "note", note);
    base_json_close(body, '}');
}

static int end_parcel(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work, bool is_delivered,
                      bool *is_answered)
{
    struct front_request *request = work->request;
    struct base_buffer body = {0}, details = {0};
    const char *note;

    if (work->state != ENGINE_DELIVERY_OUT || base_json_member_text(work->before, "waybill") == NULL) {
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "没有登记运单的在途快递；由快递系统承运的，等待其回报。",
                                       "No parcel with a waybill of yours is on its way; one that a courier's system carries is told of by that."), NULL, 0);
        *is_answered = true;
        return OD_OK;
    }
    if (!read_text(request, request->body, "/note", "note", ENGINE_DELIVERY_ADDRESS_MAX, !is_delivered, &note)) {
        *is_answered = true;
        return OD_OK;
    }
    put_end(&body, engine, work, note);
    int rc = engine_delivery_put(engine, work, is_delivered ? ENGINE_DELIVERY_DONE : ENGINE_DELIVERY_RETURNED,
                                 is_delivered ? "parcel_delivered" : "parcel_returned", &body);
    base_json_put_text(&details, "way", "courier");
    put_text(&details, "waybill", base_json_member_text(work->before, "waybill"));
    if (rc == OD_OK && is_delivered)
        rc = close_application(engine, application, request->identity.key_id, &details);
    if (rc == OD_OK && is_delivered)
        engine_parcel_tell(engine, "parcel_delivered", work->application, work->number, base_json_member_text(work->before, "carrier"),
                           base_json_member_text(work->before, "waybill"));
    if (rc == OD_OK && !is_delivered)
        rc = engine_note(engine, application, "undelivered", CORE_TASKS_MAX, request->identity.key_id, base_buffer_text(&details));
    if (rc == OD_OK && !is_delivered) {
        engine_alert_add(engine, application, ENGINE_ALERT_PARCEL_RETURNED, CORE_TASKS_MAX);
        engine_message_result_ready(engine, application->id, work->number);
    }
    base_buffer_fini(&body);
    base_buffer_fini(&details);
    return rc;
}

static int by_courier(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work, bool *is_answered)
{
    const char *state = base_json_member_text(work->request->body, "state");

    if (state != NULL && strcmp(state, "delivered") == 0)
        return end_parcel(engine, application, work, true, is_answered);
    if (state != NULL && strcmp(state, "returned") == 0)
        return end_parcel(engine, application, work, false, is_answered);
    if (base_json_member(work->request->body, "state") != NULL) {
        engine_refuse(work->request, "/state", "choice", "state 应为 delivered 或 returned；登记寄出时不写。",
                      "state is delivered or returned; leave it out when the parcel is sent.");
        *is_answered = true;
        return OD_OK;
    }
    if (work->state == ENGINE_DELIVERY_OUT) {
        front_answer_problem(work->request, FRONT_CONFLICT,
                             front_say(work->request, "快递已在途；送达或退回后再办理。", "A parcel is on its way already; say first that it arrived or came back."), NULL, 0);
        *is_answered = true;
        return OD_OK;
    }
    return send_parcel(engine, work, is_answered);
}

int engine_deliver(struct engine *engine, struct engine_application *application, const struct engine_delivery_work *work, bool *is_answered)
{
    const struct base_json *member = base_json_member(work->request->body, "way");
    const char *way = member != NULL ? base_json_text(member) : "window";
    struct engine_batch_mark mark = engine_batch_mark(engine);
    bool had_write = application->has_write;
    int rc = OD_OK;

    if (way != NULL && strcmp(way, "window") == 0) {
        rc = hand_over(engine, application, work, is_answered);
    } else if (way != NULL && strcmp(way, "electronic") == 0) {
        rc = issue(engine, application, work);
    } else if (way != NULL && strcmp(way, "courier") == 0) {
        rc = by_courier(engine, application, work, is_answered);
    } else {
        engine_refuse(work->request, "/way", "choice", "way 应为 window、electronic 或 courier。", "way is window, electronic or courier.");
        *is_answered = true;
    }
    if (rc != OD_OK && application->has_write == had_write)
        engine_batch_back(engine, mark); /* the entry goes with the event, or not at all */
    return rc;
}
