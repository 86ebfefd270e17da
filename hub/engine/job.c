/* SPDX-License-Identifier: Apache-2.0 */
/* Reads in libuv's pool: run on a pool thread with a reader, on_done on the loop. */
#include "engine/internal.h"

static void on_work(uv_work_t *work)
{
    struct engine_job *job = work->data;
    struct store_reader *reader = store_reader_take(job->engine->store);

    job->run(job, reader);
    store_reader_give(job->engine->store, reader);
}

static void on_after_work(uv_work_t *work, int status)
{
    struct engine_job *job = work->data;
    struct engine *engine = job->engine;

    (void)status; /* jobs are never cancelled: each holds somebody who waits */
    engine_time_update(engine);
    engine->jobs_open--;
    job->on_done(job);
    base_arena_fini(&job->arena);
    base_free(job);
    engine_stop_check(engine);
}

int engine_job_start(struct engine *engine, const struct engine_job *job)
{
    struct engine_job *copy;

    if (engine->jobs_open >= ENGINE_LOADS_MAX)
        return OD_EBUSY;
    copy = base_alloc(sizeof(*copy));
    if (copy == NULL)
        return OD_ENOMEM;
    *copy = *job;
    copy->engine = engine;
    copy->work.data = copy;
    if (uv_queue_work(engine->loop, &copy->work, on_work, on_after_work) != 0) {
        base_free(copy);
        return OD_ENOMEM;
    }
    engine->jobs_open++;
    return OD_OK;
}
