/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/retention.h"

#include <stdlib.h>
#include <string.h>

#include "engine/material.h"

#define WINDOW 32     /* applications, or entries, at a time */
#define STRETCH 16384 /* application numbers that one read looks at */
#define PAUSE_MS 60000 /* after one that failed */
#define YEAR_DAYS_MS (INT64_C(86400000) * 36525 / 100)

/* One day's walk: once what earlier builds left of what they erased, then the applications that were left half erased, the others,
 * then each register. */
struct walk {
    int64_t before_ms;
    uint64_t after;      /* application or entry */
    uint64_t last_seq;   /* of before before_ms */
    size_t registers;    /* walked; counted from 0 once the applications are */
    bool has_left, puts_left; /* that was looked for; it is to be on record */
    bool has_half;       /* those were looked for */
    bool is_of_entries, is_at_end;
    uint64_t applications[WINDOW];
    struct store_entry *entries; /* in the job's arena */
    size_t count, at;
};

struct engine_retention {
    core_day day;   /* last walked on */
    bool is_walking, is_unfinished;
    int64_t pause_until_ms; /* monotonic */
    struct walk walk;
    uint64_t erased; /* applications, since start */
};

int engine_retention_start(struct engine *engine)
{
    engine->retention = base_alloc(sizeof(*engine->retention));
    return engine->retention != NULL ? OD_OK : OD_ENOMEM;
}

void engine_retention_fini(struct engine *engine)
{
    base_free(engine->retention);
    engine->retention = NULL;
}

/* -- The walk -- */

static void finish(struct engine *engine, int rc)
{
    struct engine_retention *retention = engine->retention;

    retention->is_walking = false;
    retention->is_unfinished = rc != OD_OK;
    if (rc != OD_OK)
        retention->pause_until_ms = base_monotonic_ms() + PAUSE_MS;
}

static void window_start(struct engine *engine);

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct walk *walk = &engine->retention->walk;

    (void)data;
    engine_erasing_want(engine); /* contents whose last pin was released */
    if (rc != OD_OK || engine->is_stopping)
        finish(engine, engine->is_stopping ? OD_OK : rc);
    else if (walk->is_at_end)
        finish(engine, OD_OK);
    else
        window_start(engine);
}

static void window_end(struct engine *engine)
{
    if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable}) != OD_OK)
        finish(engine, OD_ENOMEM);
}

static void next_application(struct engine *engine);

static void on_erased(struct engine *engine, int rc)
{
    engine->retention->erased += rc == OD_OK;
    if (rc == OD_OK && !engine->is_stopping)
        next_application(engine);
    else
        finish(engine, rc == OD_OK ? OD_ECANCELLED : rc);
}

static void next_application(struct engine *engine)
{
    struct walk *walk = &engine->retention->walk;

    if (walk->at < walk->count)
        engine_retention_erase(engine, walk->applications[walk->at++], on_erased);
    else
        window_end(engine);
}

static int on_half(void *owner, const char *name, const void *value, size_t size)
{
    struct walk *walk = owner;

    (void)value;
    (void)size;
    if (walk->count < WINDOW)
        walk->applications[walk->count++] = strtoull(name + strlen(ENGINE_RETENTION_HALF), NULL, 10);
    return OD_OK;
}

/* docs/rules/retention.md, R-9: applications that are erased; what there is of them still is looked for one by one. */
static int read_left(struct engine_job *job, struct store_reader *reader, struct walk *walk)
{
    struct store_extent extent = {0};
    const void *rule;
    size_t size;
    int rc = store_read_setting(reader, ENGINE_RETENTION_LEFT, &job->arena, &rule, &size);

    walk->count = 0;
    walk->has_left = rc == OD_OK && size == strlen(ENGINE_RETENTION_LEFT_RULE) && memcmp(rule, ENGINE_RETENTION_LEFT_RULE, size) == 0;
    if (walk->has_left || (rc != OD_OK && rc != OD_ENOTFOUND))
        return walk->has_left ? OD_OK : rc;
    rc = store_read_extent(reader, &extent);
    while (rc == OD_OK && walk->count == 0 && walk->after < extent.application_last) {
        rc = store_read_erased(reader, walk->after, walk->after + STRETCH, walk->applications, WINDOW, &walk->count);
        walk->after = walk->count == WINDOW ? walk->applications[WINDOW - 1] : walk->after + STRETCH;
    }
    walk->has_left = walk->puts_left = rc == OD_OK && walk->count == 0;
    return rc;
}

static void read_applications(struct engine_job *job, struct store_reader *reader)
{
    struct walk *walk = job->data;
    struct store_extent extent = {0};

    if (!walk->has_left) {
        job->rc = read_left(job, reader, walk);
        return;
    }
    if (!walk->has_half) {
        walk->has_half = true;
        walk->count = 0;
        job->rc = store_read_settings(reader, ENGINE_RETENTION_HALF, on_half, walk);
        return;
    }
    job->rc = store_read_seq_before(reader, walk->before_ms, &walk->last_seq);
    if (job->rc == OD_OK)
        job->rc = store_read_extent(reader, &extent);
    for (walk->count = 0; job->rc == OD_OK && walk->count == 0 && walk->after < extent.application_last && walk->last_seq > 0;) {
        job->rc = store_read_erasable(reader, walk->after, walk->after + STRETCH, walk->last_seq, walk->applications, WINDOW, &walk->count);
        walk->after = walk->count == WINDOW ? walk->applications[WINDOW - 1] : walk->after + STRETCH;
    }
    walk->is_of_entries = walk->after >= extent.application_last || walk->last_seq == 0;
}

static void read_entries(struct engine_job *job, struct store_reader *reader)
{
    struct walk *walk = job->data;
    uint64_t next = 0;

    walk->entries = base_arena_take(&job->arena, WINDOW * sizeof(*walk->entries));
    job->rc = walk->entries == NULL ? OD_ENOMEM
                                    : store_read_entries_before(reader, engine_retention_registers[walk->registers], walk->after, walk->before_ms, &job->arena,
                                                                walk->entries, WINDOW, &walk->count, &next);
    walk->after = next;
    walk->registers += next == 0;
    walk->is_at_end = walk->registers == ENGINE_RETENTION_REGISTERS;
}

static void on_window(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct walk *walk = &engine->retention->walk;
    int rc = job->rc;

    walk->at = 0;
    if (rc != OD_OK) {
        finish(engine, rc);
        return;
    }
    if (walk->entries == NULL) {
        if (walk->puts_left && engine_setting_put(engine, ENGINE_RETENTION_LEFT, ENGINE_RETENTION_LEFT_RULE, strlen(ENGINE_RETENTION_LEFT_RULE)) != OD_OK) {
            finish(engine, OD_EBUSY);
            return;
        }
        if (walk->is_of_entries || walk->puts_left)
            walk->after = 0;
        walk->puts_left = false;
        next_application(engine);
        return;
    }
    for (size_t i = 0; rc == OD_OK && i < walk->count; i++)
        if (!engine_retention_is_held(&walk->entries[i]))
            rc = engine_retention_entry_erase(engine, &walk->entries[i], NULL);
    if (rc == OD_OK)
        window_end(engine);
    else
        finish(engine, rc);
}

static void window_start(struct engine *engine)
{
    struct walk *walk = &engine->retention->walk;
    bool is_of_entries = walk->is_of_entries;

    walk->entries = NULL;
    int rc = engine_job_start(engine, &(struct engine_job){.run = is_of_entries ? read_entries : read_applications, .on_done = on_window, .data = walk});
    if (rc != OD_OK)
        finish(engine, rc);
}

static bool is_due(const struct engine *engine)
{
    const struct engine_retention *retention = engine->retention;
    bool is_wanted = retention->day < engine->now.day || retention->is_unfinished;

    return !engine->is_stopping && is_wanted && engine_pins_are_whole(engine) && base_monotonic_ms() >= retention->pause_until_ms && catalog_documents_years(engine->catalog) > 0;
}

void engine_retention_run(struct engine *engine)
{
    struct engine_retention *retention = engine->retention;

    if (retention->is_walking || !is_due(engine))
        return;
    retention->day = engine->now.day;
    retention->is_walking = true;
    /* docs/rules/retention.md, R-1 */
    retention->walk = (struct walk){.before_ms = engine->now.ms - catalog_documents_years(engine->catalog) * YEAR_DAYS_MS};
    window_start(engine);
}

bool engine_retention_is_quiet(const struct engine *engine)
{
    return !engine->retention->is_walking && !is_due(engine);
}
