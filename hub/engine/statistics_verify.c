/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/statistics?verify=true: are the sums what the journal gives? One recount at a time,
 * in slices, so that the hub goes on meanwhile.
 *
 *   verify -> [pool: begin] -> on_begun -> [pool: slice] -> on_slice -> ... -> finish -> answer
 *                                                                              -> the repair that asked for it
 *
 * The first asker waits for the end, at most WAIT_MS; then, and for everybody else, the answer
 * says how far it is. */
#include "engine/statistics.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MS 5000
#define DIFFERENCES_MAX 100 /* told one by one */

void engine_recount_destroy(struct engine_recount *recount)
{
    if (recount == NULL)
        return;
    evidence_fold_fini(&recount->fold);
    for (unsigned level = 0; level < ENGINE_RECOUNT_LEVELS; level++)
        engine_recount_table_fini(&recount->tables[level]);
    base_free(recount->items);
    base_free(recount);
}

/* -- Telling -- */

/* An id, or the number where a row names what there is not. */
static void put_id(struct base_buffer *body, const char *key, const char *id, uint32_t number)
{
    char room[16];

    snprintf(room, sizeof(room), "#%u", number);
    base_json_put_text(body, key, id != NULL ? id : room);
}

static void put_scope(struct base_buffer *body, const struct engine *engine, enum engine_recount_level level, const struct store_count *key)
{
    char room[16];

    if (level == ENGINE_RECOUNT_SUMS && key->service == 0)
        base_json_put_null(body, "service"); /* of all of them */
    else
        put_id(body, "service", store_service_name(engine->store, key->service), key->service);
    if (key->department == ENGINE_COUNT_OFFICER) {
        base_json_put_null(body, "department");
        put_id(body, "officer", engine_dimension_id(engine, ENGINE_BY_OFFICER, key->window, room), key->window);
    } else if (key->department == 0) {
        base_json_put_null(body, "department");
        put_id(body, "window", engine_dimension_id(engine, ENGINE_BY_WINDOW, key->window, room), key->window);
    } else {
        put_id(body, "department", store_department_name(engine->store, key->department), key->department);
    }
}

void engine_recount_put_difference(struct base_buffer *body, const struct engine *engine, enum engine_recount_level level,
                                   const struct engine_recount_sum *sum)
{
    const struct store_count *key = &sum->kept;
    char room[16];

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "level", level == ENGINE_RECOUNT_SUMS ? "sum" : "count");
    if (level == ENGINE_RECOUNT_SUMS && key->month % 100 == 0) {
        snprintf(room, sizeof(room), "%04d", key->month / 100);
        base_json_put_text(body, "year", room);
    } else {
        base_json_put_text(body, "month", engine_dimension_id(engine, ENGINE_BY_MONTH, (uint32_t)key->month, room));
    }
    put_scope(body, engine, level, key);
    put_id(body, "measure", key->measure < ENGINE_MEASURES ? engine_measure_name((enum engine_measure)key->measure) : NULL, key->measure);
    base_json_put_i64(body, "kept", key->delta);
    base_json_put_i64(body, "journal", sum->counted);
    base_json_close(body, '}');
}

static void put_differences(struct base_buffer *body, const struct engine *engine, const struct engine_recount *recount)
{
    uint32_t count = 0, told = recount->differences < DIFFERENCES_MAX ? recount->differences : DIFFERENCES_MAX;

    base_json_open(body, "differences", '[');
    for (unsigned level = 0; level < ENGINE_RECOUNT_LEVELS; level++)
        for (uint32_t i = 0; i < recount->tables[level].count && count < told; i++)
            if (recount->tables[level].items[i].kept.delta != recount->tables[level].items[i].counted) {
                engine_recount_put_difference(body, engine, (enum engine_recount_level)level, &recount->tables[level].items[i]);
                count++;
            }
    base_json_close(body, ']');
    base_json_put_i64(body, "difference_count", recount->differences);
}

static void put_result(struct base_buffer *body, const struct engine *engine, const struct engine_recount *recount)
{
    put_differences(body, engine, recount);
    base_json_put_i64(body, "unreadable", (int64_t)recount->unreadable);
    base_json_put_i64(body, "first_unreadable_id", (int64_t)recount->first_unreadable);
    base_json_put_i64(body, "unreadable_own", (int64_t)recount->unreadable_own);
    base_json_put_bool(body, "is_equal", recount->differences == 0 && recount->unreadable == 0 && recount->unreadable_own == 0);
}

static void put_recount(struct base_buffer *body, const struct engine *engine, const struct engine_recount *recount)
{
    engine_put_ms(body, "started_at", recount->started_ms);
    engine_put_ms(body, "ended_at", recount->ended_ms);
    base_json_put_i64(body, "journal_seq", (int64_t)recount->journal_seq);
    base_json_put_i64(body, "applications", (int64_t)recount->applications);
    base_json_put_i64(body, "done", (int64_t)((recount->next > 0 ? recount->next - 1 : 0) + recount->own_seq));
    base_json_put_i64(body, "total", (int64_t)(recount->last + recount->journal_seq));
    base_json_put_i64(body, "sums", (int64_t)recount->tables[ENGINE_RECOUNT_COUNTS].count + recount->tables[ENGINE_RECOUNT_SUMS].count);
    if (recount->state == ENGINE_RECOUNT_FAILED)
        base_json_put_text(body, "error", base_error_text(recount->rc));
    if (recount->state == ENGINE_RECOUNT_DONE)
        put_result(body, engine, recount);
}

void engine_recount_answer(struct engine *engine, struct front_request *request, int status)
{
    static const char *const states[] = {"none", "running", "done", "failed"};
    const struct engine_recount *recount = engine->recount;
    enum engine_recount_state state = recount != NULL ? recount->state : ENGINE_RECOUNT_NONE;
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_open(&body, "verify", '{');
    base_json_put_text(&body, "state", states[engine_recount_is_running(engine) ? ENGINE_RECOUNT_RUNNING : state]);
    if (recount != NULL)
        put_recount(&body, engine, recount);
    engine_repair_put(&body, engine);
    base_json_close(&body, '}');
    base_json_close(&body, '}');
    front_answer(request, status, "application/json", NULL, &body);
}

/* -- Running -- */

static void tell_waiting(struct engine *engine)
{
    struct front_request *request = engine->recount->request;

    engine->recount->request = NULL;
    if (request != NULL)
        engine_recount_answer(engine, request, 200);
}

/* What was needed only to get here goes. */
static void finish(struct engine *engine, int rc)
{
    struct engine_recount *recount = engine->recount;

    recount->state = rc == OD_OK ? ENGINE_RECOUNT_DONE : ENGINE_RECOUNT_FAILED;
    recount->rc = rc;
    recount->ended_ms = engine->now.ms;
    evidence_fold_fini(&recount->fold);
    base_free(recount->items);
    recount->items = NULL;
    recount->item_count = recount->item_room = 0;
    tell_waiting(engine);
    if (engine_repair_is_running(engine))
        engine_repair_go_on(engine);
}

/* The numbers behind the names: each was given when the event was written. Errors: OD_ENOMEM, OD_ELIMIT. */
static int key_of(struct engine *engine, const struct engine_recount_item *item, struct store_count *key)
{
    struct engine_department *department;
    int rc = store_service(engine->store, item->service, &key->service);

    key->department = 0;
    key->window = 0;
    if (rc == OD_OK && (item->officer != NULL || item->officer_number != 0)) {
        key->department = ENGINE_COUNT_OFFICER;
        key->window = item->officer_number;
        rc = item->officer != NULL ? engine_officer_number(engine, item->officer, &key->window) : OD_OK;
    } else if (rc == OD_OK && item->department != NULL) {
        rc = engine_department_get(engine, item->department, &department);
        key->department = rc == OD_OK ? department->number : 0;
    } else if (rc == OD_OK && item->window != NULL) {
        rc = engine_window_number(engine, item->window, &key->window);
    }
    return rc;
}

static bool has_same_names(const struct engine_recount_item *a, const struct engine_recount_item *b)
{
    return a->service == b->service && a->department == b->department && a->window == b->window && a->officer == b->officer &&
           a->officer_number == b->officer_number;
}

static int add_up(struct engine *engine, struct engine_recount *recount)
{
    struct store_count key = {0};
    struct engine_recount_sum *sum;
    int rc = OD_OK;

    for (size_t i = 0; i < recount->item_count && rc == OD_OK; i++) {
        const struct engine_recount_item *item = &recount->items[i];

        if (i == 0 || !has_same_names(item, item - 1))
            rc = key_of(engine, item, &key);
        key.month = item->month;
        key.measure = item->measure;
        if (rc == OD_OK)
            rc = engine_recount_sum_get(&recount->tables[ENGINE_RECOUNT_COUNTS], &key, &sum);
        if (rc == OD_OK)
            engine_measure_add(&sum->counted, item->measure, item->delta);
    }
    return rc;
}

static void slice(struct engine_job *job, struct store_reader *reader)
{
    job->rc = engine_recount_slice(job->data, reader, &job->arena);
}

static void on_slice(struct engine_job *job);

static void go_on(struct engine *engine)
{
    struct engine_recount *recount = engine->recount;
    int rc = OD_OK;

    if (engine_recount_is_over(recount)) {
        finish(engine, OD_OK);
        return;
    }
    rc = engine->is_stopping ? OD_ECANCELLED
                             : engine_job_start(engine, &(struct engine_job){.run = slice, .on_done = on_slice, .data = recount});
    if (rc != OD_OK)
        finish(engine, rc);
    else if (recount->request != NULL && base_monotonic_ms() >= recount->wait_until_ms)
        tell_waiting(engine);
}

static void on_slice(struct engine_job *job)
{
    int rc = job->rc;

    if (rc == OD_OK)
        rc = add_up(job->engine, job->engine->recount);
    if (rc != OD_OK)
        finish(job->engine, rc);
    else
        go_on(job->engine);
}

static void begin(struct engine_job *job, struct store_reader *reader)
{
    job->rc = engine_recount_begin(job->data, reader);
}

/* Every application of the journal so far has a number below the next one. */
static void on_begun(struct engine_job *job)
{
    struct engine *engine = job->engine;

    engine->recount->next = 1;
    engine->recount->last = engine->application_next - 1;
    if (job->rc != OD_OK)
        finish(engine, job->rc);
    else
        go_on(engine);
}

bool engine_recount_is_running(const struct engine *engine)
{
    return (engine->recount != NULL && engine->recount->state == ENGINE_RECOUNT_RUNNING) || engine_repair_is_running(engine);
}

int engine_recount_start(struct engine *engine, struct front_request *request)
{
    struct engine_recount *recount = base_alloc(sizeof(*recount));

    if (recount == NULL)
        return OD_ENOMEM;
    int rc = evidence_fold_init(&recount->fold, &(struct evidence_fold_ops){.owner = NULL});
    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.run = begin, .on_done = on_begun, .data = recount});
    if (rc != OD_OK) {
        engine_recount_destroy(recount);
        return rc;
    }
    engine_recount_destroy(engine->recount);
    engine->recount = recount;
    recount->state = ENGINE_RECOUNT_RUNNING;
    recount->started_ms = engine->now.ms;
    recount->request = request;
    recount->wait_until_ms = base_monotonic_ms() + WAIT_MS;
    return OD_OK;
}

void engine_statistics_verify(struct engine *engine, struct front_request *request)
{
    const char *verify = front_query(request, "verify");
    bool is_start = strcmp(verify, "true") == 0;

    if ((request->identity.roles & FRONT_ROLE_ADMIN) == 0) {
        front_answer_problem(request, FRONT_FORBIDDEN,
                             front_say(request, "只有管理员可以核对统计。", "Only an administrator may verify the statistics."), NULL, 0);
    } else if (!is_start && strcmp(verify, "status") != 0) {
        struct front_problem_item item = {.pointer = "", .code = "verify",
                                          .detail = front_say(request, "verify 为 true（开始核对）或 status（查看进度）。",
                                                              "verify is true, to begin, or status, to see how far it is.")};
        front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
    } else if (!is_start || engine_recount_is_running(engine)) {
        engine_recount_answer(engine, request, 200);
    } else {
        int rc = engine_recount_start(engine, request);
        if (rc != OD_OK)
            engine_answer_rc(request, rc);
    }
}
