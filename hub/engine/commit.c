/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: what one loop turn changed becomes one transaction.
 *
 *   filling --flush--> pack rows -> store_commit_start -> committing --bell--> next flush, deeds
 *
 * The batch holds whatever came while the last one was synced; no timer but one: what becomes of messages is nobody's hurry,
 * and does not leave alone but goes along with what comes within ENGINE_PATIENCE_MS. Else a person who submits would wait for
 * the disk twice, first for the message of somebody before. Nothing is told before it is durable all the same. */
#include "engine/claim.h"
#include "engine/quantity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void batch_destroy(struct engine_batch *batch)
{
    if (batch == NULL)
        return;
    store_batch_destroy(batch->store);
    base_free(batch->applications);
    base_free(batch->deeds);
    base_free(batch);
}

static struct engine_batch *batch_create(struct engine *engine)
{
    struct engine_batch *batch = base_alloc(sizeof(*batch));

    if (batch == NULL)
        return NULL;
    batch->engine = engine;
    batch->store = store_batch_create();
    batch->applications = base_alloc(STORE_BATCH_WRITES_MAX * sizeof(struct engine_application *));
    if (batch->store == NULL || batch->applications == NULL) {
        batch_destroy(batch);
        return NULL;
    }
    batch->store->owner = batch;
    return batch;
}

int engine_batches_create(struct engine *engine)
{
    struct engine_batch *batches[1 + ENGINE_BATCHES_IDLE_MAX];

    for (size_t i = 0; i < 1 + ENGINE_BATCHES_IDLE_MAX; i++) {
        batches[i] = batch_create(engine);
        if (batches[i] == NULL) {
            while (i-- > 0)
                batch_destroy(batches[i]);
            return OD_ENOMEM;
        }
    }
    engine->filling = batches[0];
    for (size_t i = 0; i < ENGINE_BATCHES_IDLE_MAX; i++)
        engine->idle[engine->idle_count++] = batches[1 + i];
    return OD_OK;
}

void engine_batches_destroy(struct engine *engine)
{
    assert(engine->committing == NULL);
    batch_destroy(engine->filling);
    engine->filling = NULL;
    while (engine->idle_count > 0)
        batch_destroy(engine->idle[--engine->idle_count]);
}

bool engine_batch_has_room(const struct engine *engine)
{
    return engine->filling->store->count < STORE_BATCH_WRITES_MAX;
}

static bool is_owed_changed(const struct engine_application *application, unsigned i)
{
    const struct core_task *task = &application->core->tasks[i];
    bool is_owed = engine_task_is_owed(task), was_owed = application->owed >> i & 1;

    if (is_owed != was_owed)
        return true;
    if (is_owed && (application->desk_changed >> i & 1) != 0)
        return true;
    return is_owed && (engine_task_is_for_officer(task) != (bool)(application->owed_officer >> i & 1) ||
                       application->owed_due[i] != task->clocks[CORE_CLOCK_PROMISED].due);
}

static core_day due_of(const struct core_clock *clock)
{
    return clock->state == CORE_CLOCK_RUNNING || clock->state == CORE_CLOCK_PAUSED || clock->state == CORE_CLOCK_MET
               ? clock->due : INT32_MAX;
}

/* In the batch's arena: what is told stays as it is when the claim ends. Short of memory, the claim stands in the row all
 * the same, and is not found under "mine" until the task changes again. */
static const char *claimant_of(struct engine_batch *batch, const struct engine_application *application, unsigned task)
{
    struct engine_claim claim;

    return engine_claim_find(application, task, &claim) ? base_arena_text(&batch->store->arena, claim.by, strlen(claim.by)) : NULL;
}

/* The rows that differ from what the store has, counting the batches under way. */
static int pack_owed(struct engine *engine, struct engine_batch *batch, struct engine_application *application,
                     struct store_write *write)
{
    unsigned count = application->core->task_count;
    struct store_owed *owed = base_arena_take(&batch->store->arena, count * sizeof(*owed));

    if (owed == NULL)
        return OD_ENOMEM;
    write->owed = owed;
    write->owed_count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct core_task *task = &application->core->tasks[i];
        core_task_set bit = (core_task_set)1 << i;

        if (!is_owed_changed(application, i))
            continue;
        struct engine_department *department = engine_department_of(engine, application, i);
        if (department == NULL)
            return OD_ENOMEM;
        owed[write->owed_count++] = (struct store_owed){
            .is_removed = !engine_task_is_owed(task),
            .is_for_officer = engine_task_is_for_officer(task),
            .task = (uint8_t)i,
            .department = department->number,
            .due_day = due_of(&task->clocks[CORE_CLOCK_PROMISED]),
            .parked = task->state == CORE_TASK_PARKED ? task->park_reason : 0,
            .parked_at_ms = task->since_ms,
            .claimant = claimant_of(batch, application, i),
        };
        application->owed = engine_task_is_owed(task) ? application->owed | bit : application->owed & ~bit;
        application->owed_officer = engine_task_is_for_officer(task) ? application->owed_officer | bit
                                                                     : application->owed_officer & ~bit;
        application->owed_due[i] = task->clocks[CORE_CLOCK_PROMISED].due;
    }
    application->desk_changed = 0;
    return OD_OK;
}

static bool is_overdue(const struct core_application *core)
{
    bool overdue = core->clocks[CORE_CLOCK_PROMISED].is_overdue || core->clocks[CORE_CLOCK_STATUTORY].is_overdue;

    for (unsigned i = 0; i < core->task_count; i++)
        for (unsigned c = 0; c < CORE_CLOCKS; c++)
            overdue = overdue || core->tasks[i].clocks[c].is_overdue;
    return overdue;
}

/* A zone is asked seldom: most applications wake at the same few midnights. */
static int64_t utc_of(struct engine *engine, core_minute civil)
{
    struct engine_midnight *known = &engine->midnights[(uint64_t)civil / 60 * 31 % ENGINE_MIDNIGHTS];

    if (known->civil != civil || known->utc == 0) {
        known->civil = civil;
        known->utc = base_zone_utc((int32_t)(civil / CORE_DAY_MINUTES), (int32_t)(civil % CORE_DAY_MINUTES)) / 60000;
    }
    return known->utc;
}

/* UTC minute: the store orders all wakes by one time. */
static int64_t wake_of(struct engine *engine, const struct core_application *core)
{
    struct core_wake wake = core_application_wake(core);
    int64_t civil = wake.civil != INT64_MAX ? utc_of(engine, wake.civil) : INT64_MAX;

    return civil < wake.utc ? civil : wake.utc;
}

static void put_record(struct base_buffer *buffer, const struct engine_application *application)
{
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", number);
    base_json_put_text(buffer, "status", core_status_name(application->core->status));
    base_json_put_i64(buffer, "revision", application->core->revision);
    base_buffer_put_text(buffer, ",\"events\":[");
    base_buffer_put(buffer, application->record.bytes, application->record.size);
    base_buffer_put_text(buffer, "]}");
}

/* Copy buffer's content into the batch's arena. */
static int keep(struct engine_batch *batch, struct base_buffer *buffer, const void **bytes, uint32_t *size)
{
    char *copy = buffer->is_broken ? NULL : base_arena_text(&batch->store->arena, buffer->bytes, buffer->size);

    if (copy == NULL)
        return OD_ENOMEM;
    *bytes = copy;
    *size = (uint32_t)buffer->size;
    return OD_OK;
}

static int pack_write(struct engine *engine, struct engine_batch *batch, struct engine_application *application,
                      struct store_write *write, struct base_buffer *scratch)
{
    const struct core_application *core = application->core;
    const void *record;

    write->status = core->status;
    write->is_overdue = is_overdue(core);
    write->due_day = due_of(&core->clocks[CORE_CLOCK_PROMISED]);
    write->wake_minute = wake_of(engine, core);
    if (write->wake_minute < engine->wake_next)
        engine->wake_next = write->wake_minute;
    base_buffer_clear(scratch);
    engine_row_put(scratch, application);
    int rc = keep(batch, scratch, &write->state, &write->state_size);
    if (rc == OD_OK && (application->record.is_broken || application->alerts.is_broken))
        rc = OD_ENOMEM; /* also where the very first block was refused, and nothing is in it */
    if (rc == OD_OK && application->record.size > 0) {
        base_buffer_clear(scratch);
        put_record(scratch, application);
        rc = keep(batch, scratch, &record, &write->record_size);
        write->record = rc == OD_OK ? record : NULL;
    }
    if (rc == OD_OK && application->alerts.size > 0) {
        const void *alerts;
        uint32_t size;

        rc = keep(batch, &application->alerts, &alerts, &size);
        write->alerts = rc == OD_OK ? alerts : NULL;
        write->alert_count = rc == OD_OK ? size / (uint32_t)sizeof(struct store_alert) : 0;
    }
    if (rc == OD_OK)
        rc = engine_places_pack(batch, application, write);
    return rc == OD_OK ? pack_owed(engine, batch, application, write) : rc;
}

static int pack_batch(struct engine *engine, struct engine_batch *batch)
{
    struct base_buffer scratch = {0};
    int rc = OD_OK;

    for (uint32_t i = 0; rc == OD_OK && i < batch->store->count; i++) {
        struct engine_application *application = batch->applications[i];

        if (application == NULL)
            continue;
        rc = pack_write(engine, batch, application, &batch->store->writes[i], &scratch);
        application->has_write = false;
        application->moving_stored = application->moving;
        application->moving = 0;
        base_buffer_clear(&application->record);
        base_buffer_clear(&application->alerts);
    }
    base_buffer_fini(&scratch);
    return rc;
}

static void batch_clear(struct engine_batch *batch)
{
    base_arena_fini(&batch->store->arena);
    memset(batch->applications, 0, batch->store->count * sizeof(struct engine_application *));
    batch->store->count = 0;
    batch->store->rc = OD_OK;
    batch->deed_count = 0;
    batch->patient = 0;
    batch->held_until_ms = 0;
}

/* What is in memory of these applications is not on disk: forget it, the store is the
 * truth. Both batches go: the later one was built upon the earlier. */
static void forget(struct engine *engine, struct engine_batch *batch)
{
    for (uint32_t i = 0; i < batch->store->count; i++) {
        struct engine_application *application = batch->applications[i];

        if (application == NULL)
            continue;
        application->has_write = false;
        if (--application->unsettled == 0)
            engine_application_drop(engine, application);
    }
}

static void lose(struct engine *engine, struct engine_batch *committed)
{
    struct engine_batch *filled = engine->filling;

    base_log(BASE_LOG_ERROR, "the disk is full: %u changes were not stored and nothing of them was told",
             committed->store->count + filled->store->count);
    forget(engine, committed);
    forget(engine, filled);
    engine_deeds_fail(engine, committed);
    engine_deeds_fail(engine, filled);
    batch_clear(filled);
    engine->are_settings_lost = true;
    for (size_t i = 0; i < engine->department_count; i++)
        engine_scan_want(engine->departments[i], 0);
}

static void settle(struct engine_batch *batch)
{
    for (uint32_t i = 0; i < batch->store->count; i++)
        if (batch->applications[i] != NULL) {
            engine_application_settle(batch->engine, batch->applications[i]);
            batch->applications[i]->moving_stored = 0;
            if (batch->store->writes[i].sequence != 0)
                batch->applications[i]->sequence = batch->store->writes[i].sequence;
        }
}

static void batch_give(struct engine *engine, struct engine_batch *batch)
{
    batch_clear(batch);
    assert(engine->idle_count < ENGINE_BATCHES_IDLE_MAX);
    engine->idle[engine->idle_count++] = batch;
}

/* The next commit leaves before the deeds of this one are done: the disk need not wait for them. */
static void on_committed(struct store_batch *store_batch)
{
    struct engine_batch *batch = store_batch->owner;
    struct engine *engine = batch->engine;

    engine->committing = NULL;
    engine_time_update(engine);
    if (batch->store->rc != OD_OK) {
        lose(engine, batch);
    } else {
        settle(batch);
        if (engine->filling->store->count > 0)
            engine_commit_flush(engine);
        engine_deeds_do(engine, batch);
        engine_items_settle(engine);
        engine_feed_batch(engine, batch);
    }
    batch_give(engine, batch);
    engine_cache_trim(engine);
}

/* Nobody waits for what is in it, and there is time yet. */
static bool is_held(struct engine *engine, struct engine_batch *batch)
{
    int64_t now_ms = base_monotonic_ms();

    if (batch->store->count == 0 || batch->patient != batch->store->count || engine->is_stopping)
        return false;
    if (batch->held_until_ms == 0) {
        batch->held_until_ms = now_ms + ENGINE_PATIENCE_MS;
        engine_patience_start(engine);
    }
    return now_ms < batch->held_until_ms;
}

void engine_commit_flush(struct engine *engine)
{
    struct engine_batch *batch = engine->filling;

    if (engine->committing != NULL || (batch->store->count == 0 && batch->deed_count == 0) || is_held(engine, batch))
        return;
    if (engine->are_settings_lost && batch->store->count > 0)
        engine_settings_renew(engine); /* in the same transaction as what is built upon them */
    assert(engine->idle_count > 0); /* one fills, one commits, one has its deeds done */
    engine->filling = engine->idle[--engine->idle_count];
    if (batch->store->count == 0) { /* nothing to wait for */
        engine_deeds_do(engine, batch);
        batch_give(engine, batch);
        return;
    }
    if (pack_batch(engine, batch) != OD_OK) {
        /* No half-packed batch may reach the disk, and none may be lost in silence. */
        base_log(BASE_LOG_ERROR, "no memory to pack a batch: stopping; a restart goes on from the store");
        abort();
    }
    engine->committing = batch;
    int rc = store_commit_start(engine->store, batch->store, on_committed);
    assert(rc == OD_OK); /* one at a time is the rule that `committing` keeps */
    (void)rc;
}

int engine_setting_put(struct engine *engine, const char *name, const void *value, size_t size)
{
    struct store_batch *batch = engine->filling->store;

    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    char *name_copy = base_arena_text(&batch->arena, name, strlen(name));
    char *value_copy = value != NULL ? base_arena_text(&batch->arena, value, size) : NULL;
    if (name_copy == NULL || (value != NULL && value_copy == NULL))
        return OD_ENOMEM;
    batch->writes[batch->count++] = (struct store_write){
        .kind = STORE_WRITE_SETTING, .name = name_copy, .value = value_copy,
        .value_size = value != NULL ? (uint32_t)size : 0};
    return OD_OK;
}

struct engine_batch_mark engine_batch_mark(const struct engine *engine)
{
    return (struct engine_batch_mark){.writes = engine->filling->store->count, .deeds = engine->filling->deed_count};
}

void engine_batch_back(struct engine *engine, struct engine_batch_mark mark)
{
    assert(mark.writes <= engine->filling->store->count);
    assert(mark.deeds <= engine->filling->deed_count);
    engine->filling->store->count = mark.writes;
    engine->filling->deed_count = mark.deeds;
}

int engine_journal_put(struct engine *engine, const char *verb, const char *by, const char *data)
{
    struct store_batch *batch = engine->filling->store;
    struct base_buffer record = {0};

    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    base_json_open(&record, NULL, '{');
    base_json_put_text(&record, "type", verb);
    base_json_put_text(&record, "by", by);
    base_json_put_raw(&record, "data", data, strlen(data));
    base_json_close(&record, '}');
    char *copy = record.is_broken ? NULL : base_arena_text(&batch->arena, record.bytes, record.size);
    if (copy != NULL)
        batch->writes[batch->count++] = (struct store_write){
            .kind = STORE_WRITE_JOURNAL, .record = copy, .record_size = (uint32_t)record.size, .at_ms = engine->now.ms};
    base_buffer_fini(&record);
    return copy != NULL ? OD_OK : OD_ENOMEM;
}
