/* SPDX-License-Identifier: Apache-2.0 */
/* Errands that are not wanted any more: handed over another way, answered before it was asked, paid before it was due.
 *
 *   sweep -> with the batch, durable -> [pool: those of the application] -> each that is wanted no more: CANCELLED
 *
 * A session that was offered one is told; one that has taken it goes on, since a letter that is posted is posted. What comes
 * of a cancelled one later is kept in the journal ("..._late"), and changes nothing. A sweep that a death undoes is made good
 * when the errand would be offered: is_moot. */
#include "engine/errand_inside.h"

#include <string.h>

#define SWEPT_MAX 64 /* open ones of one application, more than it ever has */

static int decide_cancel(struct engine *engine, struct engine_errand *errand, void *data)
{
    bool *was_offered = data;

    if (errand->state == ENGINE_ERRAND_NONE || errand->state > ENGINE_ERRAND_OFFERED)
        return OD_EEXIST;
    *was_offered = errand->state == ENGINE_ERRAND_OFFERED;
    engine_errand_move(engine, errand, ENGINE_ERRAND_CANCELLED);
    return OD_OK;
}

static void on_cancelled(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    bool *was_offered = data;

    if (rc == OD_OK && *was_offered && errand != NULL)
        engine_errand_call_off(engine, errand, "it is not wanted any more");
    base_free(was_offered);
}

int engine_errand_cancel(struct engine *engine, uint8_t entry, uint64_t id, const char *by)
{
    bool *was_offered = base_alloc(sizeof(*was_offered));
    int rc = OD_ENOMEM;

    if (was_offered != NULL) {
        *was_offered = false;
        rc = engine_errand_change(engine, entry, id, by, decide_cancel, on_cancelled, was_offered);
    }
    if (rc != OD_OK)
        base_free(was_offered);
    return rc;
}

/* -- Those of an application -- */

struct sweep {
    struct engine_errand_sweep what;
    bool is_durable; /* what it follows from is */
    struct store_entry *entries;
    size_t count;
};

static void read_swept(struct engine_job *job, struct store_reader *reader)
{
    struct sweep *sweep = job->data;
    struct store_entry_filter filter = {.kind = sweep->what.entry, .state = -1, .department = -1, .application = sweep->what.application, .before = UINT64_MAX};
    uint64_t next;

    sweep->entries = base_arena_take(&job->arena, SWEPT_MAX * sizeof(*sweep->entries));
    job->rc = sweep->entries == NULL ? OD_ENOMEM : store_read_entries(reader, &filter, &job->arena, sweep->entries, SWEPT_MAX, &sweep->count, &next);
}

static void cancel_one(struct engine *engine, const struct sweep *sweep, const struct store_entry *entry)
{
    struct engine_errand errand;

    if (entry->state > ENGINE_ERRAND_OFFERED || engine_errand_read(entry, &errand) != OD_OK)
        return;
    if ((sweep->what.wants == NULL || sweep->what.wants(&errand, sweep->what.argument)) &&
        engine_errand_cancel(engine, entry->kind, entry->id, sweep->what.by) != OD_OK)
        base_log(BASE_LOG_DEBUG, "an errand that is not wanted any more is met when it would be offered: no room");
    engine_errand_fini(&errand);
}

static void on_durable(struct engine *engine, void *data, int rc);

/* With the next batch: there is no room, or the store could not be read. */
static void try_again(struct engine *engine, struct sweep *sweep)
{
    if (!engine->is_stopping &&
        engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable, .data = sweep}) == OD_OK)
        return;
    base_log(BASE_LOG_DEBUG, "errands that are not wanted any more are met when they would be offered: no room");
    base_free(sweep);
}

static void on_swept(struct engine_job *job)
{
    struct sweep *sweep = job->data;

    for (size_t i = 0; job->rc == OD_OK && i < sweep->count && !job->engine->is_stopping; i++)
        cancel_one(job->engine, sweep, &sweep->entries[i]);
    if (job->rc == OD_EBUSY || job->rc == OD_ENOMEM)
        try_again(job->engine, sweep);
    else
        base_free(sweep);
}

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct sweep *sweep = data;

    sweep->is_durable = sweep->is_durable || rc == OD_OK;
    if (!sweep->is_durable || engine->is_stopping) {
        base_free(sweep);
        return;
    }
    bool has_begun = engine_job_start(engine, &(struct engine_job){.run = read_swept, .on_done = on_swept, .data = sweep}) == OD_OK;
    if (!has_begun && rc == OD_OK)
        try_again(engine, sweep);
    else if (!has_begun)
        base_free(sweep);
}

void engine_errands_cancel(struct engine *engine, const struct engine_errand_sweep *what)
{
    struct sweep *sweep = base_alloc(sizeof(*sweep));
    int rc = OD_ENOMEM;

    if (sweep != NULL) {
        *sweep = (struct sweep){.what = *what};
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable, .data = sweep});
    }
    if (rc != OD_OK)
        base_free(sweep);
}
