/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that were parked before the store's rows said so join the incidents: once, in windows, while the hub works.
 *
 *   engine_parked_check: the mark of the migration -> [pool: a window of the worklists] -> loads -> rows written anew
 *      -> durable -> the next window, or none left: the mark goes
 *
 * What ends it before keeps the mark, so that the next start begins anew: a row that is written twice is the same. */
#include "engine/internal.h"

#include <string.h>

#define MARK "desk/parked" /* schema/008_late.sql */

struct walk {
    struct store_owed_key after, keys[ENGINE_WINDOW];
    size_t count, settled; /* of the window */
    uint32_t loads;        /* under way, and one for the window itself */
    uint32_t found;
    bool is_begun;         /* after says behind which key it goes on */
    bool is_short;         /* some could not be loaded now */
};

static void read_window(struct engine_job *job, struct store_reader *reader)
{
    struct walk *walk = job->data;

    job->rc = store_read_worklist(reader, -1, walk->is_begun ? &walk->after : NULL, walk->keys, ENGINE_WINDOW, &walk->count);
}

static void window_start(struct engine *engine, struct walk *walk);

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct walk *walk = data;

    if (rc == OD_OK && !engine->is_stopping)
        window_start(engine, walk);
    else
        base_free(walk);
}

/* False: there is no room now. */
static bool settle(struct engine *engine, struct walk *walk, const struct store_owed_key *key)
{
    struct engine_application *application = engine_application_find(engine, key->application);
    struct store_write *write;

    if (application == NULL || key->task >= application->core->task_count || application->core->tasks[key->task].state != CORE_TASK_PARKED)
        return true;
    if (engine_write_get(engine, application, &write) != OD_OK)
        return false;
    application->desk_changed |= (core_task_set)1 << key->task;
    walk->found++;
    return true;
}

static void window_settle(struct engine *engine, struct walk *walk)
{
    walk->settled = 0;
    while (!walk->is_short && walk->settled < walk->count && settle(engine, walk, &walk->keys[walk->settled]))
        walk->settled++;
    if (walk->settled > 0) {
        walk->after = walk->keys[walk->settled - 1];
        walk->is_begun = true;
    }
    if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable, .data = walk}) != OD_OK)
        base_free(walk);
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct walk *walk = data;

    (void)application;
    walk->is_short = walk->is_short || rc == OD_EBUSY || rc == OD_ENOMEM;
    if (--walk->loads == 0)
        window_settle(engine, walk);
}

static void end(struct engine *engine, struct walk *walk)
{
    if (engine_setting_put(engine, MARK, NULL, 0) == OD_OK)
        base_log(BASE_LOG_INFO, "tasks that were parked before are among the incidents now: %u", walk->found);
    base_free(walk);
}

static void on_window(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct walk *walk = job->data;

    if (job->rc != OD_OK || engine->is_stopping) {
        base_free(walk); /* the mark stays */
    } else if (walk->count == 0) {
        end(engine, walk);
    } else {
        walk->is_short = false;
        walk->loads = (uint32_t)walk->count + 1;
        for (size_t i = 0; i < walk->count; i++)
            engine_application_get(engine, walk->keys[i].application, on_loaded, walk);
        on_loaded(engine, NULL, OD_OK, walk);
    }
}

static void window_start(struct engine *engine, struct walk *walk)
{
    if (engine_job_start(engine, &(struct engine_job){.run = read_window, .on_done = on_window, .data = walk}) != OD_OK)
        base_free(walk);
}

static bool has_mark(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_arena arena = {0};
    const void *mark;
    size_t size;
    int rc = store_read_setting(reader, MARK, &arena, &mark, &size);

    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
    return rc == OD_OK;
}

void engine_parked_check(struct engine *engine)
{
    struct walk *walk = has_mark(engine) ? base_alloc(sizeof(*walk)) : NULL;

    if (walk != NULL)
        window_start(engine, walk);
}
