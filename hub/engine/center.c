/* SPDX-License-Identifier: Apache-2.0 */
/* The center in public: its own numbers, live, for everybody (GET /v1/center), and how often the guide is read.
 *
 * The numbers are sums of the year, so they are read in the pool once in a while and told to all who ask meanwhile:
 *
 *   ask -> fresh enough: at once
 *       -> else [pool: the sums of the year] -> printed -> everyone who waits
 *
 * Visits are counted in memory and put down once a minute: a hub that is killed forgets the last minute of them. */
#include "engine/center.h"
#include "engine/statistics.h"
#include "store/sums.h"

#include <string.h>

#define FRESH_MS 5000         /* how old the numbers may be */
#define WAITING_MAX 256       /* requests that wait for one reading -> 503 */
#define PUT_DOWN_MS 60000

struct engine_center {
    struct base_buffer text; /* as told last; empty = never */
    int64_t at_ms;           /* monotonic */
    bool is_reading;
    struct front_request *waiting[WAITING_MAX];
    size_t waiting_count;
    uint32_t *visits;        /* owned; by the store's number of the service, since they were put down */
    size_t visit_room;
    bool has_visits;
    int64_t put_down_ms;     /* monotonic */
};

struct sums {
    int32_t from, month;
    int64_t year[ENGINE_MEASURES], now[ENGINE_MEASURES];
};

int engine_center_start(struct engine *engine)
{
    engine->center = base_alloc(sizeof(*engine->center));
    return engine->center != NULL ? OD_OK : OD_ENOMEM;
}

void engine_center_fini(struct engine *engine)
{
    if (engine->center == NULL)
        return;
    base_buffer_fini(&engine->center->text);
    base_free(engine->center->visits);
    base_free(engine->center);
    engine->center = NULL;
}

/* -- Visits -- */

void engine_center_visit(struct engine *engine, const char *service)
{
    struct engine_center *center = engine->center;
    uint32_t number;

    if (store_service(engine->store, service, &number) != OD_OK)
        return; /* a visit more or less */
    if (number >= center->visit_room) {
        size_t room = (size_t)number + 64;
        uint32_t *visits = base_realloc(center->visits, room * sizeof(*visits));

        if (visits == NULL)
            return;
        memset(visits + center->visit_room, 0, (room - center->visit_room) * sizeof(*visits));
        center->visits = visits;
        center->visit_room = room;
    }
    center->visits[number]++;
    center->has_visits = true;
}

static size_t visited_count(const struct engine_center *center)
{
    size_t count = 0;

    for (size_t i = 0; i < center->visit_room; i++)
        count += center->visits[i] > 0;
    return count;
}

/* Once a minute: counts that come with no record, since nobody's affairs are in them. */
void engine_center_tick(struct engine *engine)
{
    struct engine_center *center = engine->center;
    struct store_batch *batch = engine->filling->store;
    int64_t now_ms = base_monotonic_ms();

    if (!center->has_visits || engine->is_store_closing || (now_ms - center->put_down_ms < PUT_DOWN_MS && !engine->is_stopping) || !engine_batch_has_room(engine))
        return;
    size_t count = visited_count(center), at = 0;
    struct store_count *counts = base_arena_take(&batch->arena, count * sizeof(*counts));
    if (counts == NULL)
        return;
    for (size_t i = 0; i < center->visit_room; i++) {
        if (center->visits[i] == 0)
            continue;
        counts[at++] = (struct store_count){.month = engine_month_of(engine->now.day), .service = (uint32_t)i,
                                            .measure = ENGINE_VISITS, .delta = center->visits[i]};
        center->visits[i] = 0;
    }
    batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_JOURNAL, .counts = counts, .count_count = (uint32_t)count};
    center->has_visits = false;
    center->put_down_ms = now_ms;
}

/* -- Numbers -- */

static int on_sum(void *owner, const struct store_count *count)
{
    int64_t *sums = owner;

    if (count->measure < ENGINE_MEASURES)
        engine_measure_add(&sums[count->measure], count->measure, count->delta);
    return OD_OK;
}

static void read_sums(struct engine_job *job, struct store_reader *reader)
{
    struct sums *sums = job->data;
    struct store_sum_filter year = {.month_from = sums->from, .month_to = sums->month}, month = {.month_from = sums->month, .month_to = sums->month};

    job->rc = store_read_sums(reader, &year, on_sum, sums->year);
    if (job->rc == OD_OK)
        job->rc = store_read_sums(reader, &month, on_sum, sums->now);
}

static void put_span(struct base_buffer *body, const char *key, int32_t from, int32_t until, const int64_t *sums)
{
    char month[16];

    base_json_open(body, key, '{');
    base_json_put_text(body, "from", engine_dimension_id(NULL, ENGINE_BY_MONTH, (uint32_t)from, month));
    base_json_put_text(body, "to", engine_dimension_id(NULL, ENGINE_BY_MONTH, (uint32_t)until, month));
    base_json_put_i64(body, "received", sums[ENGINE_RECEIVED]);
    base_json_put_i64(body, "decided", sums[ENGINE_DECIDED]);
    engine_statistics_put_four(body, sums);
    base_json_put_i64(body, "guide_visits", sums[ENGINE_VISITS]);
    base_json_close(body, '}');
}

static void put_center(struct base_buffer *body, const struct engine *engine, const struct sums *sums)
{
    base_json_open(body, NULL, '{');
    catalog_put_text(body, "center", catalog_center_name(engine->catalog));
    catalog_put_center(body, "contact", engine->catalog);
    engine_put_ms(body, "as_of", engine->now.ms);
    base_json_put_text(body, "catalog_version", catalog_version(engine->catalog));
    engine_put_ms(body, "catalog_since", engine->catalog_since_ms);
    base_json_put_i64(body, "services", (int64_t)catalog_service_count(engine->catalog));
    base_json_put_i64(body, "matters", (int64_t)catalog_matter_count(engine->catalog));
    base_json_put_i64(body, "departments", (int64_t)catalog_department_count(engine->catalog));
    put_span(body, "year", sums->from, sums->month, sums->year);
    put_span(body, "month", sums->month, sums->month, sums->now);
    base_json_close(body, '}');
}

static void tell(struct front_request *request, const struct base_buffer *text)
{
    struct base_buffer body = {0};

    base_buffer_put(&body, text->bytes, text->size);
    front_answer(request, 200, "application/json", "Cache-Control: public, max-age=5\r\n", &body);
}

static void on_sums(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_center *center = engine->center;
    struct sums *sums = job->data;
    struct base_buffer text = {0};
    int rc = job->rc;

    if (rc == OD_OK)
        put_center(&text, engine, sums);
    if (rc == OD_OK && text.is_broken)
        rc = OD_ENOMEM;
    if (rc == OD_OK) {
        base_buffer_fini(&center->text);
        center->text = text;
        center->at_ms = base_monotonic_ms();
    } else {
        base_buffer_fini(&text);
    }
    center->is_reading = false;
    for (size_t i = 0; i < center->waiting_count; i++)
        if (rc == OD_OK)
            tell(center->waiting[i], &center->text);
        else
            engine_answer_rc(center->waiting[i], rc);
    center->waiting_count = 0;
    base_free(sums);
}

static int reading_start(struct engine *engine)
{
    int32_t month = engine_month_of(engine->now.day);
    struct sums *sums = base_alloc(sizeof(*sums));
    int rc = OD_ENOMEM;

    if (sums != NULL) {
        *sums = (struct sums){.from = month / 100 * 100 + 1, .month = month};
        rc = engine_job_start(engine, &(struct engine_job){.run = read_sums, .on_done = on_sums, .data = sums});
    }
    if (rc != OD_OK)
        base_free(sums);
    return rc;
}

void engine_center_show(struct engine *engine, struct front_request *request)
{
    struct engine_center *center = engine->center;
    int rc = OD_OK;

    if (center->text.size > 0 && !engine->is_clock_virtual && base_monotonic_ms() - center->at_ms < FRESH_MS) {
        tell(request, &center->text);
        return;
    }
    if (center->waiting_count == WAITING_MAX)
        rc = OD_EBUSY;
    if (rc == OD_OK && !center->is_reading)
        rc = reading_start(engine);
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    center->is_reading = true;
    center->waiting[center->waiting_count++] = request;
}
