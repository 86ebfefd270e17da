/* SPDX-License-Identifier: Apache-2.0 */
/* One thing after the other is done with an errand.
 *
 *   step_start -> its slot, behind the steps before it -> [pool: read the entry] -> decide
 *     OD_OK -> [its application in memory] -> on_change -> entry with the batch -> durable -> on_end -> the next step
 *     else  -> on_end -> the next step */
#include "engine/errand_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE_WRITES_MAX 16 /* that on_change may put beside the entry */

/* -- Slots -- */

static struct errand_slot **bucket_of(const struct engine *engine, uint64_t handle)
{
    uint64_t hash = handle * UINT64_C(0x9e3779b97f4a7c15);

    return &engine->errands->slots[hash >> 32 & (ERRAND_SLOT_BUCKETS - 1)];
}

struct errand_slot *engine_errand_slot_find(const struct engine *engine, uint64_t handle)
{
    struct errand_slot *slot = *bucket_of(engine, handle);

    while (slot != NULL && slot->handle != handle)
        slot = slot->next;
    return slot;
}

static struct errand_slot *slot_get(struct engine *engine, uint64_t handle)
{
    struct errand_slot *slot = engine_errand_slot_find(engine, handle), **bucket = bucket_of(engine, handle);

    if (slot != NULL || engine->errands->slot_count >= ENGINE_ERRANDS_BUSY_MAX || (slot = base_alloc(sizeof(*slot))) == NULL)
        return slot;
    *slot = (struct errand_slot){.next = *bucket, .handle = handle};
    base_list_init(&slot->steps);
    *bucket = slot;
    engine->errands->slot_count++;
    return slot;
}

static void slot_leave(struct engine *engine, struct errand_slot *slot)
{
    struct errand_slot **at = bucket_of(engine, slot->handle);

    if (!base_list_is_empty(&slot->steps) || slot->due_ms != 0 || slot->is_ending || slot->unput != 0)
        return;
    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    engine->errands->slot_count--;
    base_free(slot);
}

bool engine_errand_is_busy(const struct engine *engine, uint64_t handle)
{
    return engine_errand_slot_find(engine, handle) != NULL;
}

void engine_errand_rest(struct errand_step *step, int64_t delay_ms)
{
    step->slot->due_ms = base_monotonic_ms() + (delay_ms > 0 ? delay_ms : 1);
}

/* -- Steps -- */

static void run_next(struct engine *engine, struct errand_slot *slot);

/* The step is gone afterwards. */
static void tell_end(struct errand_step *step, int rc)
{
    struct errand_slot *slot = step->slot;
    struct engine_errand errand = step->errand;

    base_list_remove(&step->node);
    slot->is_ending = true;
    step->on_end(step, rc);
    slot->is_ending = false;
    engine_errand_fini(&errand);
}

void engine_errand_step_again(struct errand_step *step, errand_decide_cb decide, errand_end_cb on_end)
{
    struct errand_slot *slot = step->slot;

    assert(slot->is_ending);
    step->decide = decide;
    step->on_end = on_end;
    step->errand = (struct engine_errand){0};
    step->is_read = false;
    base_list_append(slot->steps.next, &step->node); /* before the first one */
}

static void finish(struct errand_step *step, int rc)
{
    struct engine *engine = step->engine;
    struct errand_slot *slot = step->slot;

    tell_end(step, rc);
    run_next(engine, slot);
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    (void)engine;
    finish(data, rc);
}

/* Members for the journal: which way it went, never to whom or what. */
static void put_more(struct base_buffer *more, const struct engine_errand *errand)
{
    char id[ENGINE_ERRAND_ID_SIZE];

    engine_errand_id_format(errand->kind, errand->id, id);
    base_json_put_text(more, "errand", id);
    base_json_put_text(more, "connector", errand->connector);
    base_json_put_i64(more, "attempt", errand->attempt);
}

static int put(struct errand_step *step, const struct engine_errand *errand, const struct base_buffer *body, struct base_buffer *more)
{
    const char *kind = engine_entry_kind_name(errand->kind->entry);
    struct store_entry entry = {.kind = errand->kind->entry, .id = errand->id, .application = errand->application,
                                .revision = errand->revision, .state = (uint8_t)errand->state, .department = errand->department,
                                .wake_minute = errand->wake_minute, .at_ms = errand->at_ms, .body = body->bytes,
                                .body_size = (uint32_t)body->size};
    char type[64];
    struct engine_entry_event event = {.type = type, .by = errand->by != NULL ? errand->by : "hub", .number = errand->number,
                                       .more = base_buffer_text(more)};
    bool is_told = errand->is_late || (errand->is_changed && errand->state >= ENGINE_ERRAND_ACCEPTED);

    if (body->is_broken || more->is_broken)
        return OD_ENOMEM;
    snprintf(type, sizeof(type), "%.32s_%.24s", kind, errand->is_late ? "late" : engine_errand_state_name(errand->state));
    return engine_entry_put(step->engine, &entry, is_told ? &event : NULL, on_stored, step);
}

/* Its application is there, where it has one. */
static void store(struct errand_step *step, struct engine_application *application)
{
    struct engine_errand *errand = &step->errand;
    struct base_buffer body = {0}, more = {0};
    bool is_followed = errand->kind->on_change != NULL && !errand->is_checkpoint_set;
    struct engine_batch *batch = step->engine->filling;
    uint32_t before = batch->store->count;
    int rc = before + CHANGE_WRITES_MAX < STORE_BATCH_WRITES_MAX ? OD_OK : OD_EBUSY;

    bool is_offer = errand->is_changed && errand->state == ENGINE_ERRAND_OFFERED;
    if (rc == OD_OK && is_offer && errand->kind->is_moot != NULL && errand->kind->is_moot(errand, application))
        engine_errand_move(step->engine, errand, ENGINE_ERRAND_CANCELLED);
    if (rc == OD_OK && is_followed)
        errand->kind->on_change(step->engine, errand, application);
    if (rc == OD_OK) {
        engine_errand_body_put(&body, errand);
        put_more(&more, errand);
        rc = put(step, errand, &body, &more);
        if (rc != OD_OK && is_followed) { /* what followed from the change must not reach the disk without it */
            base_log(BASE_LOG_ERROR, "no memory to keep what became of an errand: stopping; a restart goes on from the store");
            abort();
        }
    }
    batch->patient += errand->kind->is_patient ? batch->store->count - before : 0;
    base_buffer_fini(&body);
    base_buffer_fini(&more);
    if (rc != OD_OK)
        finish(step, rc);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct errand_step *step = data;

    (void)engine;
    if (rc != OD_OK)
        finish(step, rc == OD_ENOTFOUND ? OD_EIO : rc);
    else
        store(step, application);
}

static void on_entry(struct engine *engine, const struct store_entry *entry, int rc, void *data)
{
    struct errand_step *step = data;
    struct engine_errand *errand = &step->errand;

    if (rc == OD_OK)
        rc = engine_errand_read(entry, errand);
    step->is_read = rc == OD_OK;
    if (rc == OD_OK && engine->is_stopping)
        rc = OD_EBUSY; /* it is as it was at the next start */
    if (rc == OD_OK)
        rc = step->decide(step, errand);
    if (rc != OD_OK)
        finish(step, rc);
    else if (errand->application != 0 && errand->kind->on_change != NULL && !errand->is_checkpoint_set)
        engine_application_get(engine, errand->application, on_application, step);
    else
        store(step, NULL);
}

static void run_next(struct engine *engine, struct errand_slot *slot)
{
    while (!base_list_is_empty(&slot->steps)) {
        struct errand_step *step = BASE_LIST_ENTRY(slot->steps.next, struct errand_step, node);
        int rc = engine_entry_get(engine, step->kind->entry, step->id, NULL, on_entry, step);

        if (rc == OD_OK)
            return;
        tell_end(step, rc);
    }
    slot_leave(engine, slot);
}

int engine_errand_step_start(struct engine *engine, struct errand_step *step, const struct engine_errand_kind *kind, uint64_t id)
{
    struct errand_slot *slot = slot_get(engine, engine_errand_handle(kind, id));

    if (slot == NULL)
        return OD_EBUSY;
    bool is_first = base_list_is_empty(&slot->steps) && !slot->is_ending;
    step->engine = engine;
    step->kind = kind;
    step->id = id;
    step->slot = slot;
    base_list_append(&slot->steps, &step->node);
    if (!is_first)
        return OD_OK;
    int rc = engine_entry_get(engine, kind->entry, id, NULL, on_entry, step);
    if (rc != OD_OK) {
        base_list_remove(&step->node);
        slot_leave(engine, slot);
    }
    return rc;
}

/* -- For the kinds -- */

struct change {
    struct errand_step step; /* first */
    engine_errand_change_cb change;
    engine_errand_changed_cb on_changed;
    void *data;
    char by[BASE_ID_MAX + 1];
};

static int decide_change(struct errand_step *step, struct engine_errand *errand)
{
    struct change *change = (struct change *)step;
    int64_t due_ms = step->slot->due_ms;

    errand->by = change->by;
    step->slot->due_ms = 0;
    int rc = change->change(step->engine, errand, change->data);
    if (rc != OD_OK)
        step->slot->due_ms = due_ms; /* nothing came of it: it waits as before */
    return rc;
}

static void on_change_end(struct errand_step *step, int rc)
{
    struct change *change = (struct change *)step;

    if (rc == OD_OK)
        engine_errand_walk_want(step->engine, step->kind);
    change->on_changed(step->engine, step->is_read ? &step->errand : NULL, rc == OD_EEXIST ? OD_OK : rc, change->data);
    base_free(change);
}

int engine_errand_change(struct engine *engine, uint8_t entry, uint64_t id, const char *by, engine_errand_change_cb on_read,
                         engine_errand_changed_cb on_changed, void *data)
{
    struct change *change = base_alloc(sizeof(*change));
    int rc = OD_ENOMEM;

    if (change != NULL) {
        *change = (struct change){.step = {.decide = decide_change, .on_end = on_change_end}, .change = on_read,
                                  .on_changed = on_changed, .data = data};
        snprintf(change->by, sizeof(change->by), "%s", by);
        rc = engine_errand_step_start(engine, &change->step, engine_errand_kind_of(entry), id);
    }
    if (rc != OD_OK)
        base_free(change);
    return rc;
}

static int64_t minute_after(core_ms ms)
{
    return ms > 0 ? ms / 60000 + 1 : INT64_MAX;
}

/* The only writer of its state. */
void engine_errand_move(struct engine *engine, struct engine_errand *errand, enum engine_errand_state state)
{
    bool is_open = state == ENGINE_ERRAND_NEW || state == ENGINE_ERRAND_WAITING || state == ENGINE_ERRAND_OFFERED;

    assert(state > ENGINE_ERRAND_NONE && state < ENGINE_ERRAND_STATES);
    errand->is_changed = errand->is_changed || state != errand->state;
    errand->state = state;
    errand->since_ms = engine->now.ms;
    errand->wake_minute = is_open ? minute_after(errand->until_ms) : INT64_MAX;
    if (state == ENGINE_ERRAND_ACCEPTED && errand->sent_ms == 0)
        errand->sent_ms = engine->now.ms;
    if (state >= ENGINE_ERRAND_DONE)
        errand->ended_ms = engine->now.ms;
    if ((state == ENGINE_ERRAND_DONE || state == ENGINE_ERRAND_SENT) && errand->sent_ms == 0)
        errand->sent_ms = engine->now.ms;
}

void engine_errand_restart(struct engine *engine, struct engine_errand *errand)
{
    struct base_buffer none = {0};

    base_json_open(&none, NULL, '[');
    base_json_close(&none, ']');
    if (engine_errand_text_set(errand, ENGINE_ERRAND_TRIED, &none) != OD_OK)
        base_buffer_fini(&none);
    errand->failures = 0;
    errand->is_redelivered = false;
    errand->ended_ms = 0;
    errand->epoch = 0;
    errand->late = 0;
    engine_errand_move(engine, errand, ENGINE_ERRAND_WAITING);
}

/* -- A new one -- */

static void put_new(struct base_buffer *body, const struct engine *engine, const struct engine_errand_new *fresh)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "number", fresh->number);
    if (fresh->connector != NULL)
        base_json_put_text(body, "only", fresh->connector);
    base_json_put_i64(body, "since", engine->now.ms);
    base_json_put_i64(body, "until", fresh->until_ms);
    if (fresh->form != NULL)
        base_json_put_raw(body, "form", fresh->form, strlen(fresh->form));
    if (fresh->about != NULL)
        base_json_put_raw(body, "about", fresh->about, strlen(fresh->about));
    base_json_close(body, '}');
}

int engine_errand_put(struct engine *engine, const struct engine_errand_new *fresh, uint64_t *id, engine_call_cb on_stored_cb, void *data)
{
    const struct engine_errand_kind *kind = engine_errand_kind_of(fresh->entry);
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct base_buffer body = {0};

    put_new(&body, engine, fresh);
    struct store_entry entry = {.kind = fresh->entry, .id = engine_entry_id(engine, fresh->entry), .application = fresh->application,
                                .state = fresh->is_new ? ENGINE_ERRAND_NEW : fresh->wake_minute != 0 ? ENGINE_ERRAND_RESTING
                                                                                                      : ENGINE_ERRAND_WAITING,
                                .wake_minute = fresh->wake_minute != 0 ? fresh->wake_minute : minute_after(fresh->until_ms),
                                .at_ms = engine->now.ms, .body = base_buffer_text(&body), .body_size = (uint32_t)body.size};
    int rc = body.is_broken ? OD_ENOMEM : engine_entry_put(engine, &entry, fresh->event, on_stored_cb, data);
    base_buffer_fini(&body);
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = engine_errand_on_stored,
                                                           .data = (void *)(uintptr_t)kind});
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    else if (id != NULL)
        *id = entry.id;
    return rc;
}

/* -- Its part of the engine -- */

/* What rested in memory is offered again. */
void engine_errands_run(struct engine *engine)
{
    int64_t now_ms = base_monotonic_ms();

    for (size_t i = 0; i < ERRAND_SLOT_BUCKETS; i++)
        for (struct errand_slot *slot = engine->errands->slots[i], *next; slot != NULL; slot = next) {
            next = slot->next;
            if (slot->due_ms == 0 || slot->due_ms > now_ms)
                continue;
            slot->due_ms = 0;
            engine_errand_walk_want(engine, engine_errand_kind_of((uint8_t)(base_task_application(slot->handle) >> 40 & 0xff)));
            slot_leave(engine, slot);
        }
    for (uint8_t entry = 1; entry < ENGINE_ENTRY_KINDS; entry++)
        if (engine->errands->walks[entry].is_wanted)
            engine_errand_walk_want(engine, engine_errand_kind_of(entry));
}

/* Nothing of it is in the pool or on its way to the disk any more. */
void engine_errands_fini(struct engine *engine)
{
    for (size_t i = 0; engine->errands != NULL && i < ERRAND_SLOT_BUCKETS; i++)
        for (struct errand_slot *slot = engine->errands->slots[i], *next; slot != NULL; slot = next) {
            next = slot->next;
            assert(base_list_is_empty(&slot->steps));
            base_free(slot);
        }
    if (engine->errands != NULL)
        base_free(engine->errands->served);
    base_free(engine->errands);
    engine->errands = NULL;
}
