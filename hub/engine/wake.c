/* SPDX-License-Identifier: Apache-2.0 */
/* Time passes: applications whose due day is over are woken, in windows, out of the
 * store's wake column. No timer per application.
 *
 *   wake_run -> [pool: read_due] -> on_due -> WOKEN each -> next window
 *            -> none left: when durable, read the next wake */
#include "engine/internal.h"

#define CLOCK_WAIT_MS 20000 /* the virtual clock's answer waits this long for quiet */

struct due {
    int64_t until, after_minute;
    uint64_t after_application;
    uint64_t applications[ENGINE_WINDOW];
    int64_t minutes[ENGINE_WINDOW];
    size_t count;
    bool has_failed; /* one could not be woken: looked at again in a minute, not at once */
    uint32_t open; /* applications still to be woken, and one for the window itself */
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

static void wake_finish(struct engine *engine, void *data, int rc)
{
    int64_t *minute = base_alloc(sizeof(*minute));

    (void)data;
    (void)rc;
    if (minute == NULL ||
        engine_job_start(engine, &(struct engine_job){.run = read_wake, .on_done = on_wake, .data = minute}) != OD_OK) {
        base_free(minute);
        engine->is_waking = false;
        engine->wake_next = minute_now(engine) + 1; /* look again in a minute */
    }
}

static void window_start(struct engine *engine, struct due *due);

static void window_check(struct engine *engine, struct due *due)
{
    if (--due->open > 0)
        return;
    if (due->count == ENGINE_WINDOW) {
        window_start(engine, due);
        return;
    }
    bool has_failed = due->has_failed;
    base_free(due);
    if (has_failed) {
        engine->is_waking = false;
        engine->wake_next = minute_now(engine) + 1;
        return;
    }
    engine->wake_next = INT64_MAX; /* found again once the woken ones are durable */
    if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = wake_finish}) != OD_OK)
        wake_finish(engine, NULL, OD_ENOMEM);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct due *due = data;
    struct core_event event = {.type = CORE_WOKEN, .time = engine->now};
    struct store_write *write;

    if (rc == OD_OK)
        rc = engine_apply(engine, application, &event, "clock", NULL);
    if (rc == OD_ENOTFOUND && application != NULL)
        rc = engine_write_get(engine, application, &write); /* nothing due any more: write the new wake */
    if (rc != OD_OK) {
        base_log(BASE_LOG_WARNING, "an application could not be woken now: %s", base_error_name(rc));
        due->has_failed = true;
    }
    window_check(engine, due);
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
    size_t count = job->rc == OD_OK ? due->count : 0;

    due->count = count;
    due->open = (uint32_t)count + 1;
    if (count > 0) {
        due->after_minute = due->minutes[count - 1];
        due->after_application = due->applications[count - 1];
    }
    for (size_t i = 0; i < count; i++)
        engine_application_get(job->engine, due->applications[i], on_application, due);
    window_check(job->engine, due);
}

static void window_start(struct engine *engine, struct due *due)
{
    if (engine_job_start(engine, &(struct engine_job){.run = read_due, .on_done = on_due, .data = due}) != OD_OK) {
        base_free(due);
        engine->is_waking = false; /* wake_next still says that there is work */
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

static bool is_quiet(const struct engine *engine)
{
    return !engine->is_waking && engine->wake_next > minute_now(engine) && engine->committing == NULL &&
           engine->filling->store->count == 0 && engine->filling->deed_count == 0 && engine->jobs_open == 0 &&
           engine->is_time_seen;
}

void engine_test_clock_check(struct engine *engine)
{
    struct front_request *request = engine->clock_request;
    struct base_buffer body = {0};
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
