/* SPDX-License-Identifier: Apache-2.0 */
/* One event through the core into the batch that is being filled.
 *
 *   apply -> core_step -> put_event (journal) -> settle credits -> effects
 *
 * Nothing here reaches the outside: effects become deeds of the batch, done when it
 * is durable, or further events of the same batch. */
#include "engine/claim.h"
#include "engine/message.h"
#include "engine/quantity.h"

#include <assert.h>
#include <string.h>

int engine_write_get(struct engine *engine, struct engine_application *application, struct store_write **out)
{
    struct engine_batch *batch = engine->filling;

    if (!application->has_write) {
        if (!engine_batch_has_room(engine))
            return OD_EBUSY;
        application->write = batch->store->count++;
        application->has_write = true;
        application->unsettled++;
        batch->applications[application->write] = application;
        batch->store->writes[application->write] =
            (struct store_write){.kind = STORE_WRITE_TRANSITION, .application = application->id};
    } else {
        batch->patient = 0; /* somebody may wait for what is added to it */
    }
    *out = &batch->store->writes[application->write];
    return OD_OK;
}

int engine_deed_add(struct engine *engine, const struct engine_deed *deed)
{
    struct engine_batch *batch = engine->filling;

    if (batch->deed_count == batch->deed_room) {
        size_t room = batch->deed_room > 0 ? 2 * batch->deed_room : 256;
        struct engine_deed *deeds = base_realloc(batch->deeds, room * sizeof(*deeds));

        if (deeds == NULL)
            return OD_ENOMEM;
        batch->deeds = deeds;
        batch->deed_room = room;
    }
    batch->deeds[batch->deed_count++] = *deed;
    return OD_OK;
}

struct engine_department *engine_department_of(struct engine *engine,
                                               const struct engine_application *application, unsigned task)
{
    struct engine_department **department = &application->departments[task];

    assert(task < application->service->matter_count);
    if (*department == NULL &&
        engine_department_get(engine, application->service->matters[task]->department->id, department) != OD_OK)
        return NULL;
    return *department;
}

static bool effects_have(const struct core_effects *effects, enum core_effect_type type)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].type == type)
            return true;
    return false;
}

const struct core_clock *engine_effect_clock(const struct core_application *core, const struct core_effect *effect)
{
    const struct core_task *task = effect->task < CORE_TASKS_MAX ? &core->tasks[effect->task] : NULL;

    if (effect->clock >= CORE_CLOCK_STAGE)
        return &task->stages[effect->clock - CORE_CLOCK_STAGE];
    if (effect->clock == CORE_CLOCK_WATCH)
        return &task->watch;
    if (effect->clock < CORE_CLOCKS)
        return task != NULL ? &task->clocks[effect->clock] : &core->clocks[effect->clock];
    return effect->clock == CORE_CLOCK_INTAKE       ? &core->intake
           : effect->clock == CORE_CLOCK_SUPPLEMENT ? &core->supplement
           : effect->clock == CORE_CLOCK_TOLERANCE  ? &core->tolerance
                                                    : &core->delivery;
}

/* The clocks that an effect of this type speaks of, each with its due day. */
static void put_clocks_told(struct base_buffer *record, const char *key, const struct engine_application *application,
                            const struct core_effects *effects, enum core_effect_type type)
{
    if (!effects_have(effects, type))
        return;
    base_json_open(record, key, '[');
    for (size_t i = 0; i < effects->count; i++) {
        const struct core_effect *effect = &effects->items[i];

        if (effect->type != type)
            continue;
        base_json_open(record, NULL, '{');
        if (effect->task < CORE_TASKS_MAX)
            base_json_put_i64(record, "task", effect->task);
        base_json_put_text(record, "clock", core_clock_name(effect->clock));
        engine_put_day(record, "due", engine_effect_clock(application->core, effect)->due);
        base_json_close(record, '}');
    }
    base_json_close(record, ']');
}

/* How the applicant was told, and by when he has to answer. */
static void put_told(struct base_buffer *record, const struct core_application *core)
{
    base_json_put_text(record, "told_by", core_telling_name((enum core_telling)core->telling));
    engine_put_day(record, "told_on", core->supplement.start);
    engine_put_day(record, "until", core->supplement.due);
}

/* What followed from the event, for people who read the journal; a replay works it out again. */
static void put_consequences(struct base_buffer *record, const struct engine_application *application,
                             const struct core_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct core_effect *effect = &effects->items[i];

        if (effect->type == CORE_EFFECT_NOTICE)
            base_json_put_text(record, "notice", core_notice_name(effect->notice));
        if (effect->type == CORE_EFFECT_NOTICE && effect->notice == CORE_NOTICE_SUPPLEMENT)
            engine_put_requests(record, "requests", application, application->core->told);
        if (effect->type == CORE_EFFECT_LATE)
            base_json_put_bool(record, "late", true);
        if (effect->type == CORE_EFFECT_SECOND_NOTICE)
            base_json_put_bool(record, "second_notice", true);
        if (effect->type == CORE_EFFECT_TOLD)
            put_told(record, application->core);
    }
    put_clocks_told(record, "overdue", application, effects, CORE_EFFECT_OVERDUE);
    put_clocks_told(record, "warned", application, effects, CORE_EFFECT_WARNED);
    put_clocks_told(record, "refused_as_late", application, effects, CORE_EFFECT_LATE_EXTENSION);
    put_clocks_told(record, "redated", application, effects, CORE_EFFECT_REDATED);
}

static void close_event(struct base_buffer *record, const char *details)
{
    if (details != NULL && *details != '\0') {
        base_buffer_put(record, ",", 1);
        base_buffer_put_text(record, details);
    }
    base_json_close(record, '}');
}

/* By which calendars it counts, where they are not those of its own catalogue: a replay takes the same. */
static void put_calendars(struct base_buffer *record, const struct engine *engine, const struct engine_application *application)
{
    const char *running = catalog_version(engine->catalog);

    if (strcmp(running, catalog_version(application->catalog)) != 0)
        base_json_put_text(record, JOURNAL_CALENDARS_OF, running);
}

static void put_event(const struct engine *engine, struct engine_application *application, const struct core_event *event,
                      const struct core_effects *effects, const char *by, const char *details)
{
    struct base_buffer *record = &application->record;

    base_json_open(record, NULL, '{');
    journal_event_put(record, event, by);
    put_calendars(record, engine, application);
    if (journal_event_is_on_task(event->type) && event->task < CORE_TASKS_MAX)
        base_json_put_text(record, "department", application->service->matters[event->task]->department->id);
    put_consequences(record, application, effects);
    close_event(record, details);
}

/* The decision follows from the opinions; it stands in the journal for those who read it. */
static void put_decided(struct engine_application *application, const struct core_time *at)
{
    base_json_open(&application->record, NULL, '{');
    journal_event_put_head(&application->record, "decided", at, "hub");
    base_json_put_text(&application->record, "outcome", core_outcome_name(application->core->outcome));
    base_json_put_text(&application->record, "policy", core_policy_name(application->service->rules.policy));
    base_json_close(&application->record, '}');
}

/* What of a task says who has it and what it is owed. */
struct hold {
    uint32_t epoch;
    uint8_t state;
    bool is_input_owed, is_cancel_owed;
};

static unsigned take_holds(const struct core_application *core, struct hold holds[CORE_TASKS_MAX])
{
    for (unsigned i = 0; i < core->task_count; i++) {
        const struct core_task *task = &core->tasks[i];

        holds[i] = (struct hold){.epoch = task->epoch, .state = task->state, .is_input_owed = task->is_input_owed,
                                 .is_cancel_owed = task->is_cancel_owed};
    }
    return core->task_count;
}

/* Until its batch is durable, nobody outside may be told what became of a task that moved. */
static void note_moves(struct engine_application *application, const struct hold *before, unsigned count)
{
    struct hold after[CORE_TASKS_MAX];
    unsigned count_after = take_holds(application->core, after);

    for (unsigned i = 0; i < count_after; i++)
        if (i >= count || after[i].epoch != before[i].epoch || after[i].state != before[i].state ||
            after[i].is_input_owed != before[i].is_input_owed || after[i].is_cancel_owed != before[i].is_cancel_owed)
            application->moving |= (core_task_set)1 << i;
    for (unsigned i = 0; i < count_after; i++)
        if ((after[i].state == CORE_TASK_PARKED) != (i < count && before[i].state == CORE_TASK_PARKED))
            application->desk_changed |= (core_task_set)1 << i;
    engine_claims_settle(application);
}

static void follow_grants(struct engine *engine, const struct engine_application *application, const struct hold *before, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (before[i].state != CORE_TASK_DONE && application->core->tasks[i].state == CORE_TASK_DONE)
            engine_quantity_follow(engine, application, i);
}

/* A credit comes back when an offer that was put has ended, and that is durable: what a full
 * disk undoes is in the connector's hand as before. */
static void free_credits(struct engine *engine, struct engine_application *application, const struct hold *before)
{
    for (unsigned i = 0; i < application->core->task_count; i++) {
        core_task_set bit = (core_task_set)1 << i;

        if (!(application->put & bit) || application->core->tasks[i].state == CORE_TASK_OFFERED)
            continue;
        application->put &= ~bit;
        struct engine_department *department = engine_department_of(engine, application, i);
        struct engine_deed deed = {.kind = ENGINE_DEED_CREDIT, .department = department, .epoch = before[i].epoch};
        struct connect_link *link = department != NULL ? engine_link_of(engine, department, before[i].epoch) : NULL;
        if (link != NULL && engine_deed_add(engine, &deed) != OD_OK)
            connect_offer_ended(link, before[i].epoch); /* no memory to wait for the disk */
    }
}

static int add_item(struct engine *engine, const struct engine_application *application, unsigned task, uint8_t item)
{
    struct engine_department *department = engine_department_of(engine, application, task);
    const struct connect_link *holder =
        department != NULL ? engine_link_of(engine, department, application->core->tasks[task].epoch) : NULL;

    if (holder == NULL && department != NULL)
        holder = department->link;
    if (holder == NULL)
        return OD_OK; /* it stays owed; a scan settles it when there is somebody to tell */
    return engine_deed_add(engine, &(struct engine_deed){
        .kind = ENGINE_DEED_ITEM, .item = item, .department = department,
        .epoch = connect_link_epoch(holder), .handle = base_task_handle(application->id, task)});
}

/* Items that cannot be noted now stay owed in the state: the next scan finds them. */
static void follow_effect(struct engine *engine, struct engine_application *application,
                          const struct core_effect *effect)
{
    int rc = OD_OK;

    switch ((enum core_effect_type)effect->type) {
    case CORE_EFFECT_QUEUE: engine_task_queue(engine, application, effect->task); break;
    case CORE_EFFECT_CANCEL: rc = add_item(engine, application, effect->task, BASE_ITEM_CANCEL); break;
    case CORE_EFFECT_INPUT: rc = add_item(engine, application, effect->task, BASE_ITEM_INPUT); break;
    case CORE_EFFECT_DECIDED: engine->decided++; break;
    case CORE_EFFECT_NONE:
    case CORE_EFFECT_RELEASE:
    case CORE_EFFECT_PARK:
    case CORE_EFFECT_NOTICE:
    case CORE_EFFECT_OVERDUE:
    case CORE_EFFECT_WARNED:
    case CORE_EFFECT_SECOND_NOTICE:
    case CORE_EFFECT_LATE_EXTENSION:
    case CORE_EFFECT_REDATED:
    case CORE_EFFECT_TAKEN_IN:
    case CORE_EFFECT_UNANSWERED:
    case CORE_EFFECT_TOLD:
    case CORE_EFFECT_LATE: break;
    }
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "an item for a department waits for the next scan: no memory");
}

#define WAKES_MAX 8 /* what silence accepted may be late at once, and what is late may be deemed */

/* Nothing may be judged by a clock that should have been looked at before. */
static int wake_first(struct engine *engine, struct engine_application *application, const struct core_event *event)
{
    struct core_event woken = {.type = CORE_WOKEN, .time = event->time};
    bool is_time_itself = event->type == CORE_RECEIVED || event->type == CORE_WOKEN;
    int rc = OD_OK;

    for (int i = 0; i < WAKES_MAX && rc == OD_OK && !is_time_itself; i++) {
        struct core_wake wake = core_application_wake(application->core);

        if (!core_wake_is_due(&wake, &event->time))
            break;
        rc = engine_apply(engine, application, &woken, "clock", NULL);
    }
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int engine_apply(struct engine *engine, struct engine_application *application, const struct core_event *event,
                 const char *by, const char *details)
{
    struct core_effects effects;
    struct hold before[CORE_TASKS_MAX];
    struct store_write *write = NULL;

    if ((!application->has_write && !engine_batch_has_room(engine)) || !engine_message_has_room(engine))
        return OD_EBUSY;
    int rc = wake_first(engine, application, event);
    if (rc != OD_OK)
        return rc;
    unsigned count = take_holds(application->core, before);
    rc = core_step(&application->service->rules, application->core, event, &effects);
    if (rc != OD_OK)
        return rc;
    rc = engine_write_get(engine, application, &write);
    assert(rc == OD_OK); /* there was room */
    write->at_ms = event->time.ms;
    note_moves(application, before, count);
    if (engine_is_self_test(application)) {
        engine_self_test_follow(engine, &effects);
        return OD_OK;
    }
    if (effects_have(&effects, CORE_EFFECT_TAKEN_IN)) {
        rc = store_service(engine->store, application->service->id, &write->service);
        write->takes_sequence = rc == OD_OK;
        if (application->core->tolerance.state == CORE_CLOCK_NONE)
            (void)!engine_text_set(&application->notice, NULL, 0); /* nothing is asked for any more */
    }
    put_event(engine, application, event, &effects, by, details);
    if (effects_have(&effects, CORE_EFFECT_DECIDED))
        put_decided(application, &event->time);
    engine_alerts_note(engine, application, event, &effects);
    engine_messages_note(engine, application, event, &effects, details);
    engine_statistics_note(engine, application, event, &effects, by, write);
    free_credits(engine, application, before);
    follow_grants(engine, application, before, count);
    for (size_t i = 0; i < effects.count; i++)
        follow_effect(engine, application, &effects.items[i]);
    return OD_OK;
}

int engine_note(struct engine *engine, struct engine_application *application, const char *type, unsigned task,
                const char *by, const char *details)
{
    struct store_write *write;
    int rc = engine_write_get(engine, application, &write);

    if (rc != OD_OK)
        return rc;
    write->at_ms = engine->now.ms;
    base_json_open(&application->record, NULL, '{');
    journal_event_put_head(&application->record, type, &engine->now, by);
    if (task < CORE_TASKS_MAX)
        base_json_put_i64(&application->record, "task", task);
    close_event(&application->record, details);
    return OD_OK;
}
