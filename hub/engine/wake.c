/* SPDX-License-Identifier: Apache-2.0 */
/* Time passes: applications whose due day is over are woken, in windows, out of the
 * store's wake column. No timer per application.
 *
 *   wake_run -> [pool: read_due] -> on_due -> loads -> WOKEN each, in order of due date
 *            -> durable -> next window, or none left: read the next wake
 *
 * One window at a time is on its way to the disk, so that a long downtime shares the batches
 * with what arrives meanwhile. */
#include "engine/entry.h"
#include "engine/material.h"
#include "engine/retention.h"
#include "engine/seal.h"

#define CLOCK_WAIT_MS 20000 /* the virtual clock's answer waits this long for quiet */

struct due {
    int64_t until, after_minute;
    uint64_t after_application;
    uint64_t applications[ENGINE_WINDOW];
    int64_t minutes[ENGINE_WINDOW];
    size_t count, woken;  /* of the window; taken up so far */
    uint32_t loads;       /* under way, and one for the window itself */
    bool is_stuck;        /* some row cannot be read: it would be due for ever */
};

static int64_t minute_now(const struct engine *engine)
{
    return engine->now.ms / 60000;
}

static void read_wake(struct engine_job *job, struct store_reader *reader)
{
    job->rc = store_read_wake(reader, job->data);
}

static void on_wake(struct engine_job *job)
{
    struct engine *engine = job->engine;
    int64_t *minute = job->data;

    engine->is_waking = false;
    /* A write of the meantime may have named an earlier one. */
    if (job->rc == OD_OK && *minute < engine->wake_next)
        engine->wake_next = *minute;
    base_free(minute);
}

/* A row that nobody can read is due for ever: the others are looked at once a minute beside it. */
static void on_wake_stuck(struct engine_job *job)
{
    on_wake(job);
    if (job->engine->wake_next <= minute_now(job->engine))
        job->engine->wake_next = minute_now(job->engine) + 1;
}

static void wake_finish(struct engine *engine, struct due *due)
{
    int64_t *minute = base_alloc(sizeof(*minute));
    struct engine_job job = {.run = read_wake, .on_done = due->is_stuck ? on_wake_stuck : on_wake, .data = minute};

    base_free(due);
    if (minute != NULL && engine_job_start(engine, &job) == OD_OK)
        return;
    base_free(minute);
    engine->is_waking = false;
    engine->wake_next = minute_now(engine) + 1; /* look again in a minute */
}

static void window_start(struct engine *engine, struct due *due);

/* The window is on the disk, or was lost on a full one: then the store still says what is due. */
static void on_durable(struct engine *engine, void *data, int rc)
{
    struct due *due = data;
    bool is_more = due->count == ENGINE_WINDOW || due->woken < due->count;

    if (rc == OD_OK && is_more && !engine->is_stopping)
        window_start(engine, due);
    else
        wake_finish(engine, due);
}

/* False: there is no room now, it is still to be woken. */
static bool wake(struct engine *engine, struct due *due, size_t index)
{
    struct engine_application *application = engine_application_find(engine, due->applications[index]);
    struct core_event event = {.type = CORE_WOKEN, .time = engine->now};
    struct store_write *write;

    if (application == NULL)
        return true; /* its load failed, and that was told */
    int rc = engine_apply(engine, application, &event, "clock", NULL);
    if (rc == OD_ENOTFOUND)
        rc = engine_write_get(engine, application, &write); /* nothing due any more: write the new wake */
    if (rc != OD_OK && rc != OD_EBUSY)
        base_log(BASE_LOG_WARNING, "an application could not be woken now: %s", base_error_name(rc));
    due->is_stuck = due->is_stuck || (rc != OD_OK && rc != OD_EBUSY && rc != OD_ENOMEM);
    return rc != OD_EBUSY;
}

/* All of the window are in memory: they are woken in the order in which they are due. */
static void window_wake(struct engine *engine, struct due *due)
{
    for (due->woken = 0; due->woken < due->count && wake(engine, due, due->woken); due->woken++) {
        due->after_minute = due->minutes[due->woken];
        due->after_application = due->applications[due->woken];
    }
    engine->wake_next = INT64_MAX; /* every write from here on names its wake; the store is asked for those before */
    if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable, .data = due}) == OD_OK)
        return;
    base_free(due);
    engine->is_waking = false;
    engine->wake_next = minute_now(engine);
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct due *due = data;

    (void)application;
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "an application could not be woken now: %s", base_error_name(rc));
    due->is_stuck = due->is_stuck || (rc != OD_OK && rc != OD_EBUSY && rc != OD_ENOMEM);
    if (--due->loads == 0)
        window_wake(engine, due);
}

static void read_due(struct engine_job *job, struct store_reader *reader)
{
    struct due *due = job->data;

    job->rc = store_read_due(reader, due->until, due->after_minute, due->after_application, due->applications,
                             due->minutes, ENGINE_WINDOW, &due->count);
}

static void on_due(struct engine_job *job)
{
    struct due *due = job->data;

    if (job->rc != OD_OK)
        due->count = 0;
    due->loads = (uint32_t)due->count + 1;
    for (size_t i = 0; i < due->count; i++)
        engine_application_get(job->engine, due->applications[i], on_loaded, due);
    on_loaded(job->engine, NULL, OD_OK, due);
}

static void window_start(struct engine *engine, struct due *due)
{
    if (engine_job_start(engine, &(struct engine_job){.run = read_due, .on_done = on_due, .data = due}) != OD_OK) {
        base_free(due);
        engine->is_waking = false;
        engine->wake_next = minute_now(engine);
    }
}

void engine_wake_run(struct engine *engine)
{
    struct due *due;

    if (engine->is_waking || engine->is_stopping || engine->wake_next > minute_now(engine))
        return;
    due = base_alloc(sizeof(*due));
    if (due == NULL)
        return;
    engine->is_waking = true;
    due->until = minute_now(engine);
    due->after_minute = INT64_MIN;
    window_start(engine, due);
}

/* -- The virtual clock of demonstrations and tests -- */

int engine_virtual_resume(struct engine *engine, struct store_reader *reader)
{
    struct base_arena arena = {0};
    struct store_record record;
    size_t count = 0;
    uint64_t last = store_journal_last(engine->store);

    if (!engine->is_clock_virtual || last == 0)
        return OD_OK;
    int rc = store_read_journal(reader, last - 1, &arena, &record, 1, &count);
    if (rc == OD_OK && count > 0 && record.at_ms >= engine->virtual_ms)
        engine->virtual_ms = record.at_ms + 1;
    base_arena_fini(&arena);
    return rc;
}

static bool is_quiet(const struct engine *engine)
{
    return !engine->is_waking && engine->wake_next > minute_now(engine) && engine->committing == NULL &&
           engine->filling->store->count == 0 && engine->filling->deed_count == 0 && engine->jobs_open == 0 &&
           engine_entries_are_quiet(engine) && engine_seal_is_quiet(engine) && engine_retention_is_quiet(engine) && engine_materials_are_quiet(engine) &&
           engine->is_time_seen;
}

void engine_test_clock_check(struct engine *engine)
{
    struct front_request *request = engine->clock_request;
    struct base_buffer body = {0};
    engine_retention_run(engine); /* days may have gone by */
    engine_seal_run(engine);
    engine_materials_run(engine);
    bool quiet = is_quiet(engine);

    /* The doors wait for this answer when the hub stops. */
    if (request == NULL || (!quiet && !engine->is_stopping && base_monotonic_ms() < engine->clock_until_ms))
        return;
    engine->clock_request = NULL;
    base_json_open(&body, NULL, '{');
    engine_put_ms(&body, "now", engine->now.ms);
    base_json_put_bool(&body, "quiet", quiet);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

static int read_now(const struct base_json *body, int64_t *ms)
{
    const struct base_json *now = base_json_member(body, "now");

    if (base_json_type(now) == BASE_JSON_TEXT)
        return base_time_parse(base_json_text(now), ms);
    return base_json_i64(now, 0, INT64_C(253402300799000), ms);
}

/* Before the first application of a store nothing has happened that a clock could contradict. */
static bool may_go_back(const struct engine *engine)
{
    return engine->application_next == 1;
}

void engine_test_clock(struct engine *engine, struct front_request *request)
{
    int64_t ms;

    if (read_now(request->body, &ms) != OD_OK || (ms < engine->virtual_ms && !may_go_back(engine))) {
        front_answer_problem(request, FRONT_INVALID,
                             front_say(request, "now 应为不早于当前虚拟时间的 RFC 3339 时间或毫秒数。",
                                       "now must be an RFC 3339 time or milliseconds, not before the present virtual time."), NULL, 0);
        return;
    }
    if (engine->clock_request != NULL) {
        front_answer_problem(request, FRONT_CONFLICT, NULL, NULL, 0);
        return;
    }
    if (ms < engine->virtual_ms)
        engine->now.ms = 0;
    engine->virtual_ms = ms;
    engine->clock_request = request;
    engine->clock_until_ms = base_monotonic_ms() + CLOCK_WAIT_MS;
    engine->is_time_seen = false;
    engine_time_update(engine);
    connect_time(engine->connect);
    engine_wake_run(engine);
}
