/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing waits silently: once a minute it is counted how many documents the scanner has still to look at, and since when.
 *
 *   tick -> [pool: errands of scans that are not over, oldest first] -> figures, and an alert */
#include "engine/material.h"

struct look {
    uint64_t count;
    int64_t since_ms;
};

/* It failed and is not tried anew: it is infected. One with a wake is tried anew, or its verdict is still being told. */
static bool has_verdict(const struct store_entry *errand)
{
    enum engine_scan scan;

    return errand->wake_minute == INT64_MAX || (engine_scan_verdict(errand, &scan) == OD_OK && scan == ENGINE_SCAN_INFECTED);
}

static int state_count(struct store_reader *reader, enum engine_errand_state state, struct look *look)
{
    struct store_entry entries[64];
    size_t count = 64;
    uint64_t after = 0;
    int rc = OD_OK;

    for (uint64_t seen = 0; rc == OD_OK && count == 64 && seen < ENGINE_SCAN_WATCH_MAX; seen += count) {
        struct base_arena arena = {0};

        rc = store_read_entries_up(reader, ENGINE_ENTRY_SCAN, (uint8_t)state, after, &arena, entries, 64, &count);
        for (size_t i = 0; rc == OD_OK && i < count; i++) {
            after = entries[i].id;
            if (state == ENGINE_ERRAND_FAILED && has_verdict(&entries[i]))
                continue;
            look->count++;
            if (look->since_ms == 0 || entries[i].at_ms < look->since_ms)
                look->since_ms = entries[i].at_ms;
        }
        base_arena_fini(&arena);
    }
    return rc;
}

static void read_scans(struct engine_job *job, struct store_reader *reader)
{
    static const enum engine_errand_state states[] = {ENGINE_ERRAND_NEW, ENGINE_ERRAND_WAITING, ENGINE_ERRAND_RESTING, ENGINE_ERRAND_OFFERED,
                                                      ENGINE_ERRAND_ACCEPTED, ENGINE_ERRAND_FAILED};
    struct look *look = job->data;

    job->rc = OD_OK;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]) && job->rc == OD_OK; i++)
        job->rc = state_count(reader, states[i], look);
}

static void alert(struct engine *engine)
{
    struct engine_materials *materials = engine->materials;
    struct base_buffer about = {0};

    base_json_open(&about, NULL, '{');
    base_json_put_i64(&about, "waiting", (int64_t)materials->scans_waiting);
    engine_put_ms(&about, "since", materials->scans_since_ms);
    base_json_put_i64(&about, "limit_minutes", ENGINE_SCAN_STUCK_MINUTES);
    base_json_close(&about, '}');
    materials->is_stuck = !about.is_broken && engine_alert_put(engine, ENGINE_ALERT_SCAN_STUCK, base_buffer_text(&about)) == OD_OK;
    if (!materials->is_stuck)
        base_log(BASE_LOG_ERROR, "documents wait for the virus scan, and nobody is alerted yet: no room");
    base_buffer_fini(&about);
}

static void on_read(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_materials *materials = engine->materials;
    struct look *look = job->data;

    materials->is_watching = false;
    if (job->rc == OD_OK) {
        materials->scans_waiting = look->count;
        materials->scans_since_ms = look->since_ms;
        bool is_late = look->count > 0 && engine->now.ms - look->since_ms >= ENGINE_SCAN_STUCK_MINUTES * INT64_C(60000);
        if (is_late && !materials->is_stuck && !engine->is_stopping)
            alert(engine);
        materials->is_stuck = materials->is_stuck && is_late;
    }
    base_free(look);
}

bool engine_scans_are_quiet(const struct engine *engine)
{
    return !engine->materials->is_watching && engine->materials->scans_minute == engine->now.ms / 60000;
}

void engine_scans_watch(struct engine *engine)
{
    struct engine_materials *materials = engine->materials;
    struct look *look;

    if (materials->is_watching || engine->is_stopping || engine_scans_are_quiet(engine) || (look = base_alloc(sizeof(*look))) == NULL)
        return;
    materials->scans_minute = engine->now.ms / 60000;
    materials->is_watching = engine_job_start(engine, &(struct engine_job){.run = read_scans, .on_done = on_read, .data = look}) == OD_OK;
    if (!materials->is_watching)
        base_free(look);
}
