/* SPDX-License-Identifier: Apache-2.0 */
/* How the center runs just now (GET /v1/operations). Counts end at a bound, "is_at_least" says so; what happened today is
 * counted from the journal, each record once in the life of the process:
 *
 *   show -> [pool: counts, the journal behind what was counted] -> what the parts know -> answer */
#include "engine/operations.h"
#include "engine/errand.h"
#include "engine/scope.h"
#include "engine/seal.h"
#include "store/desk.h"

#include <string.h>

#define DEPARTMENTS_MAX 256
#define TALLY_MAX 1000      /* of one department's worklist */
#define RECORDS_MAX 20000   /* of the journal, of one answer */
#define RECORDS_STEP 500

struct today {
    core_day day;
    uint64_t seq; /* counted up to this record; 0 = not yet */
    int64_t received, accepted, decided;
    bool is_at_least;
};

struct engine_desk {
    struct today today;
};

static const uint8_t errand_kinds[] = {ENGINE_ENTRY_MESSAGE, ENGINE_ENTRY_PARCEL, ENGINE_ENTRY_SCAN};
static const enum engine_errand_state errand_states[] = {ENGINE_ERRAND_WAITING, ENGINE_ERRAND_RESTING, ENGINE_ERRAND_ACCEPTED, ENGINE_ERRAND_FAILED};
#define ERRAND_KINDS (sizeof(errand_kinds) / sizeof(errand_kinds[0]))
#define ERRAND_STATES (sizeof(errand_states) / sizeof(errand_states[0]))

struct department {
    const struct catalog_department *row; /* loop thread */
    uint16_t number;
    uint32_t open, late, due_today, parked;
};

struct reading {
    struct catalog *catalog; /* a reference: departments borrow from it */
    struct today today;
    int64_t midnight_ms;
    uint32_t in_flight, late;
    uint32_t errands[ERRAND_KINDS][ERRAND_STATES];
    struct department departments[DEPARTMENTS_MAX];
    size_t department_count;
    bool is_parked_cut; /* more are parked than are looked at */
};

int engine_desk_start(struct engine *engine)
{
    engine->desk = base_alloc(sizeof(*engine->desk));
    if (engine->desk == NULL)
        return OD_ENOMEM;
    base_list_init(&engine->batches);
    engine_entry_on_due(engine, ENGINE_ENTRY_BATCH, engine_batch_on_due);
    return OD_OK;
}

void engine_desk_fini(struct engine *engine)
{
    base_free(engine->desk);
    engine->desk = NULL;
}

/* -- In the pool -- */

static void tally(struct today *today, const struct store_record *record)
{
    struct base_json *root = engine_happened_parse(record);

    today->seq = record->seq;
    for (const struct base_json *event = base_json_first(base_json_member(root, "events")); event != NULL; event = base_json_next(event)) {
        today->received += engine_happened_is(event, ENGINE_HAPPENED_RECEIVED);
        today->accepted += engine_happened_is(event, ENGINE_HAPPENED_ACCEPTED);
        today->decided += engine_happened_is(event, ENGINE_HAPPENED_DECIDED);
    }
    base_json_destroy(root);
}

static int read_today(struct reading *reading, struct store_reader *reader)
{
    struct today *today = &reading->today;
    size_t left = RECORDS_MAX, count = RECORDS_STEP;
    int rc = today->seq == 0 ? store_read_seq_before(reader, reading->midnight_ms, &today->seq) : OD_OK;

    while (rc == OD_OK && count == RECORDS_STEP && left > 0) {
        struct base_arena arena = {0};
        struct store_record *records = base_arena_take(&arena, RECORDS_STEP * sizeof(*records));

        rc = records == NULL ? OD_ENOMEM : store_read_journal(reader, today->seq, &arena, records, RECORDS_STEP, &count);
        for (size_t i = 0; rc == OD_OK && i < count; i++)
            tally(today, &records[i]);
        base_arena_fini(&arena);
        left -= RECORDS_STEP;
    }
    today->is_at_least = rc == OD_OK && count == RECORDS_STEP;
    return rc;
}

static int read_department(const struct reading *reading, struct store_reader *reader, struct department *department)
{
    int rc = store_count_worklist(reader, department->number, INT64_MAX, TALLY_MAX, &department->open);

    if (rc == OD_OK)
        rc = store_count_worklist(reader, department->number, reading->today.day, TALLY_MAX, &department->late);
    if (rc == OD_OK)
        rc = store_count_worklist(reader, department->number, (int64_t)reading->today.day + 1, TALLY_MAX, &department->due_today);
    department->due_today -= department->late < department->due_today ? department->late : department->due_today; /* decided in between */
    return rc;
}

static int read_parked(struct reading *reading, struct engine_job *job, struct store_reader *reader)
{
    struct store_parked *groups = base_arena_take(&job->arena, ENGINE_INCIDENTS_MAX * sizeof(*groups));
    size_t count = 0;
    int rc = groups == NULL ? OD_ENOMEM : store_read_parked_groups(reader, groups, ENGINE_INCIDENTS_MAX, &count, &reading->is_parked_cut);

    for (size_t i = 0; rc == OD_OK && i < count; i++)
        for (size_t k = 0; k < reading->department_count; k++)
            if (reading->departments[k].number == groups[i].department)
                reading->departments[k].parked += groups[i].count;
    return rc;
}

static void read_all(struct engine_job *job, struct store_reader *reader)
{
    struct reading *reading = job->data;
    int rc = read_today(reading, reader);

    if (rc == OD_OK)
        rc = store_count_open(reader, ENGINE_COUNT_MAX, &reading->in_flight);
    if (rc == OD_OK)
        rc = store_count_late(reader, ENGINE_COUNT_MAX, &reading->late);
    for (size_t i = 0; rc == OD_OK && i < reading->department_count; i++)
        rc = read_department(reading, reader, &reading->departments[i]);
    if (rc == OD_OK)
        rc = read_parked(reading, job, reader);
    for (size_t kind = 0; kind < ERRAND_KINDS; kind++)
        for (size_t state = 0; rc == OD_OK && state < ERRAND_STATES; state++)
            rc = store_count_entries_in(reader, errand_kinds[kind], (uint8_t)errand_states[state], ENGINE_COUNT_MAX, &reading->errands[kind][state]);
    job->rc = rc;
}

/* -- The answer -- */

static void put_count(struct base_buffer *body, const char *key, uint32_t count, uint32_t max)
{
    base_json_open(body, key, '{');
    base_json_put_i64(body, "count", count);
    base_json_put_bool(body, "is_at_least", count >= max);
    base_json_close(body, '}');
}

static void put_today(struct base_buffer *body, const struct today *today)
{
    base_json_open(body, "today", '{');
    engine_put_day(body, "day", today->day);
    engine_put_day(body, "tomorrow", today->day + 1);
    base_json_put_i64(body, "received", today->received);
    base_json_put_i64(body, "accepted", today->accepted);
    base_json_put_i64(body, "decided", today->decided);
    base_json_put_bool(body, "is_at_least", today->is_at_least);
    base_json_close(body, '}');
}

static void put_department(struct base_buffer *body, struct engine *engine, const struct department *department, bool is_parked_cut)
{
    struct engine_department *met = NULL;

    base_json_open(body, NULL, '{');
    base_json_put_text(body, "id", department->row->id);
    catalog_put_text(body, "name", &department->row->name);
    base_json_put_i64(body, "open", department->open);
    base_json_put_i64(body, "late", department->late);
    base_json_put_i64(body, "due_today", department->due_today);
    base_json_put_i64(body, "parked", department->parked);
    base_json_put_bool(body, "is_at_least", department->open >= TALLY_MAX);
    base_json_put_bool(body, "late_is_at_least", department->late >= TALLY_MAX);
    base_json_put_bool(body, "due_today_is_at_least", department->late + department->due_today >= TALLY_MAX);
    base_json_put_bool(body, "parked_is_at_least", is_parked_cut);
    for (size_t i = 0; met == NULL && i < engine->department_count; i++)
        if (strcmp(engine->departments[i]->id, department->row->id) == 0)
            met = engine->departments[i];
    base_json_put_text(body, "connector", met != NULL && met->link != NULL ? connect_link_id(met->link) : NULL);
    base_json_close(body, '}');
}

static void put_errands(struct base_buffer *body, const struct reading *reading)
{
    static const char *const words[ERRAND_STATES] = {"waiting", "resting", "accepted", "failed"};

    for (size_t kind = 0; kind < ERRAND_KINDS; kind++) {
        base_json_open(body, engine_errand_kind_of(errand_kinds[kind])->serves, '{');
        for (size_t state = 0; state < ERRAND_STATES; state++)
            put_count(body, words[state], reading->errands[kind][state], ENGINE_COUNT_MAX);
        base_json_close(body, '}');
    }
}

static void put_store(struct base_buffer *body, const struct engine *engine)
{
    struct store_figures figures;

    store_figures(engine->store, &figures);
    base_json_open(body, "store", '{');
    base_json_put_i64(body, "disk_free_bytes", (int64_t)figures.disk_free_bytes);
    base_json_put_i64(body, "disk_free_mib", (int64_t)(figures.disk_free_bytes >> 20));
    base_json_put_i64(body, "wal_bytes", (int64_t)figures.wal_bytes);
    base_json_put_i64(body, "journal_seq", (int64_t)figures.journal_seq);
    base_json_put_i64(body, "journal_unsettled", (int64_t)engine->filling->store->count + (engine->committing != NULL ? engine->committing->store->count : 0));
    base_json_put_i64(body, "commit_ms_max", (int64_t)(figures.commit_us_max / 1000));
    base_json_close(body, '}');
}

static void put_connectors(struct base_buffer *body, const struct engine *engine)
{
    base_json_open(body, "connectors", '[');
    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link))
        if (connect_link_role(link) == CONNECT_ROLE_CURRENT) {
            const struct engine_department *department = connect_link_data(link);

            base_json_open(body, NULL, '{');
            connect_put_status_members(body, link);
            base_json_put_text(body, "department", department->id);
            base_json_put_i64(body, "queued", department->queue_count);
            base_json_put_i64(body, "retries", department->retry_count);
            base_json_close(body, '}');
        }
    base_json_close(body, ']');
}

static void put_all(struct base_buffer *body, struct engine *engine, const struct front_request *request, const struct reading *reading)
{
    const char *bound = engine_scope_of(request);

    base_json_open(body, NULL, '{');
    engine_put_ms(body, "as_of", engine->now.ms);
    put_today(body, &reading->today);
    put_count(body, "in_flight", reading->in_flight, ENGINE_COUNT_MAX);
    put_count(body, "late", reading->late, ENGINE_COUNT_MAX);
    base_json_open(body, "departments", '[');
    for (size_t i = 0; i < reading->department_count; i++)
        if (bound == NULL || strcmp(bound, reading->departments[i].row->id) == 0)
            put_department(body, engine, &reading->departments[i], reading->is_parked_cut);
    base_json_close(body, ']');
    put_errands(body, reading);
    put_store(body, engine);
    engine_put_seal(body, "seal", engine);
    base_json_put_i64(body, "callbacks_refused", (int64_t)engine->callbacks_refused);
    if ((request->identity.roles & (FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)) != 0)
        put_connectors(body, engine);
    base_json_close(body, '}');
}

static void on_all(struct engine_job *job)
{
    struct reading *reading = job->data;
    struct engine *engine = job->engine;
    struct today *kept = &engine->desk->today;
    struct base_buffer body = {0};

    if (job->rc != OD_OK) {
        engine_answer_rc(job->request, job->rc);
    } else {
        if (kept->day != reading->today.day || kept->seq < reading->today.seq)
            *kept = reading->today;
        put_all(&body, engine, job->request, reading);
        front_answer(job->request, 200, "application/json", "Cache-Control: no-store\r\n", &body);
    }
    catalog_release(reading->catalog);
    base_free(reading);
}

static int prepare(struct engine *engine, struct reading *reading)
{
    int rc = OD_OK;

    reading->today = engine->desk->today;
    if (reading->today.day != engine->now.day)
        reading->today = (struct today){.day = engine->now.day};
    reading->midnight_ms = base_zone_utc(engine->now.day, 0);
    for (size_t i = 0; rc == OD_OK && i < catalog_department_count(engine->catalog) && i < DEPARTMENTS_MAX; i++) {
        struct department *department = &reading->departments[reading->department_count++];

        department->row = catalog_department_at(engine->catalog, i);
        rc = store_department(engine->store, department->row->id, &department->number);
    }
    reading->catalog = rc == OD_OK ? catalog_retain(engine->catalog) : NULL;
    return rc;
}

void engine_operations_show(struct engine *engine, struct front_request *request)
{
    struct reading *reading = base_alloc(sizeof(*reading));
    int rc = reading == NULL ? OD_ENOMEM : prepare(engine, reading);

    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.request = request, .run = read_all, .on_done = on_all, .data = reading});
    if (rc != OD_OK) {
        if (reading != NULL && reading->catalog != NULL)
            catalog_release(reading->catalog);
        base_free(reading);
        engine_answer_rc(request, rc);
    }
}
