/* SPDX-License-Identifier: Apache-2.0 */
/* Errands into a connector's hand, and out of the hand of sessions that have ended.
 *
 *   offer  -> OFFERED with session and attempt, durable -> item; no room after all: taken back
 *   settle -> its session has ended: an offer that never left, or may be repeated: WAITING; what was accepted is
 *             resumed by the present session: that, durable -> item
 *
 * A session that is told something has it by the disk. */
#include "engine/errand_inside.h"

#include <string.h>

struct hand {
    struct errand_step step; /* first */
    struct engine_department *department;
    uint32_t epoch;
    uint32_t released; /* the leaving session that had it, 0 = none */
    uint8_t item; /* that is put when it is durable; 0 = none */
    bool is_too_large;
};

static bool is_unput(const struct engine *engine, uint64_t handle, uint32_t epoch)
{
    const struct errand_slot *slot = engine_errand_slot_find(engine, handle);

    return slot != NULL && slot->unput != 0 && slot->unput == epoch;
}

void engine_errand_credit(struct engine *engine, uint64_t handle, struct engine_department *department, uint32_t epoch)
{
    struct connect_link *link = engine_link_of(engine, department, epoch);

    if (link != NULL && !is_unput(engine, handle, epoch))
        connect_offer_ended(link, epoch);
}

/* -- Taken back: it was recorded, and never put -- */

static int decide_back(struct errand_step *step, struct engine_errand *errand)
{
    const struct hand *hand = (const struct hand *)step;

    if (errand->epoch != hand->epoch)
        return OD_EEXIST;
    errand->epoch = 0;
    if (errand->state == ENGINE_ERRAND_ACCEPTED) /* resumed at the next occasion */
        return OD_OK;
    if (errand->state != ENGINE_ERRAND_OFFERED)
        return OD_EEXIST;
    return engine_errand_fail(step, errand, hand->is_too_large ? ERRAND_FAULT_OVER : ERRAND_FAULT_NONE, 0);
}

static void on_back_end(struct errand_step *step, int rc)
{
    struct hand *hand = (struct hand *)step;

    if (rc == OD_OK || rc == OD_EEXIST || rc == OD_ENOTFOUND)
        step->slot->unput = 0;
    engine_scan_want(hand->department, 0); /* which takes back what this could not */
    engine_errand_walk_want(step->engine, step->kind);
    base_free(hand);
}

/* The end of hand's step: it goes on as this, before whoever waits, who would take the session to have it. */
static void take_back(struct hand *hand, bool is_too_large)
{
    if (hand->step.errand.state == ENGINE_ERRAND_OFFERED)
        hand->step.slot->unput = hand->epoch;
    hand->is_too_large = is_too_large;
    engine_errand_step_again(&hand->step, decide_back, on_back_end);
}

/* -- Callbacks that came before -- */

void engine_errand_events_give(struct engine *engine, struct engine_errand *errand, struct connect_link *link)
{
    uint64_t handle = engine_errand_handle(errand->kind, errand->id);

    if (!connect_link_manifest(link)->capabilities.has_events)
        return;
    for (const struct base_json *event = base_json_first(base_json_member(errand->tree, "events")); event != NULL; event = base_json_next(event)) {
        struct base_buffer *payload = &engine->scratch;

        base_buffer_clear(payload);
        base_json_put(payload, NULL, event);
        if (payload->is_broken || connect_put_item(link, BASE_ITEM_EVENT, handle, payload->bytes, payload->size) != OD_OK)
            base_log(BASE_LOG_WARNING, "connector %s: a callback reaches its next session: no room", connect_link_id(link));
    }
}

/* -- Put -- */

static int put_item(struct engine *engine, struct engine_errand *errand, const struct hand *hand)
{
    struct connect_link *link = engine_link_of(engine, hand->department, hand->epoch);
    struct base_buffer *payload = &engine->scratch;

    if (link == NULL)
        return OD_ESTATE;
    base_buffer_clear(payload);
    engine_errand_payload_put(payload, engine, errand, hand->item, link);
    int rc = payload->is_broken ? OD_ENOMEM
                                : connect_put_item(link, (enum base_frame_kind)hand->item, engine_errand_handle(errand->kind, errand->id),
                                                   payload->bytes, payload->size);
    if (rc == OD_OK)
        engine_errand_events_give(engine, errand, link);
    return rc;
}

static int decide_offer(struct errand_step *step, struct engine_errand *errand)
{
    const struct hand *hand = (const struct hand *)step;

    if (errand->state != ENGINE_ERRAND_WAITING || engine_link_of(step->engine, hand->department, hand->epoch) != hand->department->link)
        return OD_EEXIST;
    errand->connector = connect_link_id(hand->department->link);
    errand->department = hand->department->number;
    errand->epoch = hand->epoch;
    errand->attempt++;
    engine_errand_move(step->engine, errand, ENGINE_ERRAND_OFFERED);
    return OD_OK;
}

static void on_offer_end(struct errand_step *step, int rc)
{
    struct hand *hand = (struct hand *)step;
    struct engine *engine = step->engine;

    bool is_recorded = rc == OD_OK;

    hand->department->reserved--;
    if (rc == OD_OK && step->errand.state == ENGINE_ERRAND_OFFERED)
        rc = engine->is_stopping ? OD_ESTATE : put_item(engine, &step->errand, hand);
    else if (rc == OD_EEXIST)
        rc = OD_OK; /* it is not for that session any more */
    if (is_recorded && rc != OD_OK) {
        take_back(hand, rc == OD_ELIMIT);
        return;
    }
    if (rc != OD_OK)
        engine->errands->walks[step->kind->entry].is_wanted = true; /* at the next tick */
    base_free(hand);
}

static struct hand *hand_create(struct engine_department *department, errand_decide_cb decide, errand_end_cb on_end)
{
    struct hand *hand = base_alloc(sizeof(*hand));

    if (hand != NULL)
        *hand = (struct hand){.step = {.decide = decide, .on_end = on_end}, .department = department};
    return hand;
}

void engine_errand_offer(struct engine *engine, const struct engine_errand_kind *kind, uint64_t id, struct engine_department *department)
{
    struct hand *hand = hand_create(department, decide_offer, on_offer_end);
    int rc = OD_ENOMEM;

    if (hand != NULL) {
        hand->epoch = connect_link_epoch(department->link);
        hand->item = BASE_ITEM_OFFER;
        department->reserved++;
        rc = engine_errand_step_start(engine, &hand->step, kind, id);
    }
    if (rc == OD_OK)
        return;
    if (hand != NULL)
        department->reserved--;
    base_free(hand);
    engine->errands->walks[kind->entry].is_wanted = true; /* at the next tick */
}

/* -- What lay with another session -- */

static bool may_repeat(const struct engine_department *department)
{
    return department->link != NULL && connect_link_dedupe(department->link) != PACKAGE_DEDUPE_NONE;
}

static int settle_offered(struct errand_step *step, struct engine_errand *errand, const struct hand *hand)
{
    uint64_t handle = engine_errand_handle(errand->kind, errand->id);
    bool never_left = is_unput(step->engine, handle, errand->epoch) ||
                      connect_offer_never_left(step->engine->connect, errand->epoch, handle);

    errand->epoch = 0;
    if (!never_left && !may_repeat(hand->department) && !errand->kind->may_double) {
        engine_errand_move(step->engine, errand, ENGINE_ERRAND_FAILED);
        return OD_OK;
    }
    errand->is_redelivered = errand->is_redelivered || !never_left;
    return engine_errand_fail(step, errand, never_left ? ERRAND_FAULT_NONE : ERRAND_FAULT_AGAIN, 1);
}

static int decide_settle(struct errand_step *step, struct engine_errand *errand)
{
    struct hand *hand = (struct hand *)step;
    struct engine_department *department = hand->department;
    const struct connect_link *holder = engine_link_of(step->engine, department, errand->epoch);
    bool is_offered = errand->state == ENGINE_ERRAND_OFFERED;
    bool has_it = holder != NULL && !(is_offered && is_unput(step->engine, step->slot->handle, errand->epoch));

    if (errand->department != department->number || (!is_offered && errand->state != ENGINE_ERRAND_ACCEPTED) ||
        (has_it && (is_offered || holder == department->link)))
        return OD_EEXIST;
    if (is_offered)
        return settle_offered(step, errand, hand);
    if (!engine_department_is_active(department))
        return OD_EEXIST; /* it waits for the next session */
    hand->released = holder != NULL ? errand->epoch : 0;
    hand->epoch = connect_link_epoch(department->link);
    hand->item = BASE_ITEM_RESUME;
    errand->epoch = hand->epoch;
    return OD_OK;
}

static void release(struct engine *engine, const struct hand *hand)
{
    static const char reason[] = "{\"reason\":\"another version of the connector has it\"}";
    struct connect_link *link = engine_link_of(engine, hand->department, hand->released);

    if (link != NULL && connect_put_item(link, BASE_ITEM_RELEASE, engine_errand_handle(hand->step.kind, hand->step.id), reason,
                                         sizeof(reason) - 1) != OD_OK)
        base_log(BASE_LOG_DEBUG, "a leaving session was not told that an errand is elsewhere");
}

static void tell_session(struct engine *engine, const struct engine_errand *errand, enum base_frame_kind item, const char *reason)
{
    struct base_buffer *payload = &engine->scratch;

    for (size_t i = 0; i < engine->errands->served_count; i++) {
        struct engine_department *department = engine->errands->served[i];
        struct connect_link *link =
            department->number == errand->department ? engine_link_of(engine, department, errand->epoch) : NULL;

        if (link == NULL)
            continue;
        base_buffer_clear(payload);
        base_json_open(payload, NULL, '{');
        base_json_put_text(payload, "reason", reason);
        base_json_close(payload, '}');
        if (payload->is_broken || connect_put_item(link, item, engine_errand_handle(errand->kind, errand->id), payload->bytes,
                                                   payload->size) != OD_OK)
            base_log(BASE_LOG_DEBUG, "connector %s holds an errand that has ended", connect_link_id(link));
    }
}

void engine_errand_release(struct engine *engine, const struct engine_errand *errand, const char *reason)
{
    tell_session(engine, errand, BASE_ITEM_RELEASE, reason);
}

void engine_errand_call_off(struct engine *engine, const struct engine_errand *errand, const char *reason)
{
    uint64_t handle = engine_errand_handle(errand->kind, errand->id);

    if (is_unput(engine, handle, errand->epoch)) { /* it knows nothing of it */
        engine_errand_slot_find(engine, handle)->unput = 0;
        return;
    }
    for (size_t i = 0; i < engine->errands->served_count; i++)
        if (engine->errands->served[i]->number == errand->department)
            engine_errand_credit(engine, handle, engine->errands->served[i], errand->epoch);
    tell_session(engine, errand, BASE_ITEM_CANCEL, reason);
}

static void on_settle_end(struct errand_step *step, int rc)
{
    struct hand *hand = (struct hand *)step;
    struct engine *engine = step->engine;
    bool was_recorded = rc == OD_OK;

    if (was_recorded && step->errand.state != ENGINE_ERRAND_OFFERED)
        step->slot->unput = 0;
    if (rc == OD_OK && hand->released != 0)
        release(engine, hand);
    if (rc == OD_OK && hand->item != 0)
        rc = engine->is_stopping ? OD_ESTATE : put_item(engine, &step->errand, hand);
    else if (rc == OD_OK)
        engine_errand_walk_want(engine, step->kind);
    if (was_recorded && rc != OD_OK && hand->item != 0) {
        take_back(hand, false);
        return;
    }
    if (rc != OD_OK && rc != OD_EEXIST)
        engine_scan_want(hand->department, 0);
    base_free(hand);
}

void engine_errand_settle(struct engine *engine, const struct engine_errand_kind *kind, uint64_t id, struct engine_department *department)
{
    struct hand *hand = hand_create(department, decide_settle, on_settle_end);

    if (hand != NULL && engine_errand_step_start(engine, &hand->step, kind, id) == OD_OK)
        return;
    base_free(hand);
    engine_scan_want(department, 0);
}
