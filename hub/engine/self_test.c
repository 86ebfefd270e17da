/* SPDX-License-Identifier: Apache-2.0 */
/* The daily self-test: would a warning arrive? A synthetic application, which has no number
 * and stands in no list and no statistic, waits in the store like any other for its limit of
 * a day to run out. The timer finds it, the core lapses it, and the notice reaches the test
 * notifier once it is durable. Staff are told when it did not arrive in time.
 *
 *   put (INCOMPLETE, 24 hours) -> wake -> CORE_WOKEN -> notice "lapsed" -> durable -> arrived
 *     -> put again */
#include "engine/internal.h"

#include <string.h>

#define PERIOD_HOURS 24
#define GRACE_MS (10 * 60000LL) /* it may arrive so late, e.g. behind what was due after a downtime */

static const struct core_calendar every_day = {.weekend = 0, .published_until = CORE_DAY_MAX};
static const struct core_matter_rule matters[] = {{.weight = 1}};

bool engine_is_self_test(const struct engine_application *application)
{
    return application->id == ENGINE_SELF_TEST_ID;
}

const struct catalog_service *engine_self_test_service(struct engine *engine)
{
    engine->self_test.service.catalog = engine->catalog;
    return &engine->self_test.service;
}

static void service_init(struct catalog_service *service)
{
    *service = (struct catalog_service){
        .id = ENGINE_SELF_TEST_SERVICE,
        .matter_count = 1,
        .rules = {.calendar = &every_day, .matters = matters, .matter_count = 1, .policy = CORE_POLICY_ALL,
                  .supplement = {.unit = CORE_UNIT_HOUR, .length = PERIOD_HOURS}, .closes_minute = CORE_DAY_MINUTES},
    };
}

static void on_put(struct engine *engine, void *data, int rc)
{
    (void)data;
    engine->self_test.is_owed = engine->self_test.is_owed || rc != OD_OK; /* the disk was full: put again */
}

/* A new one takes the place of the one that arrived. */
static int start_anew(struct engine *engine, struct engine_application *application)
{
    struct core_event event = {.type = CORE_RECEIVED, .time = engine->now,
                               .received = {.id = ENGINE_SELF_TEST_ID, .included = 1, .is_complete = false}};
    struct core_effects effects;
    struct store_write *write;
    int rc = engine_write_get(engine, application, &write);

    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_put});
    if (rc != OD_OK)
        return rc;
    memset(application->core, 0, core_application_size(1));
    application->core->task_count = 1;
    rc = core_step(&application->service->rules, application->core, &event, &effects);
    if (rc == OD_OK)
        engine->self_test.due_ms = ((core_ms)application->core->supplement.due_minute + 1) * 60000;
    return rc;
}

static int first_put(struct engine *engine)
{
    struct engine_application *application = engine_application_create(engine_self_test_service(engine), ENGINE_SELF_TEST_ID);
    struct store_write *write;
    uint32_t service;
    int rc = application != NULL ? store_service(engine->store, ENGINE_SELF_TEST_SERVICE, &service) : OD_ENOMEM;

    if (rc == OD_OK) {
        application->core->task_count = 1;
        engine_application_insert(engine, application);
        rc = engine_write_get(engine, application, &write);
        if (rc != OD_OK)
            engine_application_drop(engine, application);
    } else {
        engine_application_destroy(application);
    }
    if (rc != OD_OK)
        return rc;
    write->kind = STORE_WRITE_INTAKE;
    write->service = service;
    write->document = "{}";
    write->document_size = 2;
    return start_anew(engine, application);
}

static void put_next(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    (void)data;
    if (rc == OD_OK)
        rc = start_anew(engine, application);
    else if (rc == OD_ENOTFOUND)
        rc = first_put(engine);
    engine->self_test.is_owed = rc != OD_OK;
}

static void on_arrived(struct engine *engine, void *data, int rc)
{
    (void)data;
    if (rc != OD_OK)
        return; /* the disk was full: it is still due */
    engine->self_test.arrived_ms = engine->now.ms;
    engine->self_test.arrivals++;
    engine->self_test.is_alarmed = false;
    engine->self_test.is_owed = true; /* put at the next tick */
}

/* The core has taken the wake: what it told goes to the test notifier when it is durable. */
void engine_self_test_follow(struct engine *engine, const struct core_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].type == CORE_EFFECT_NOTICE && effects->items[i].notice == CORE_NOTICE_LAPSED &&
            engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_arrived}) != OD_OK)
            base_log(BASE_LOG_WARNING, "no memory for the self-test's notice: it counts as not arrived");
}

/* At each tick, beside the timer that is being tested. How late it is, the steady clock says: time that jumped
 * gives the timer a chance, too. */
void engine_self_test_check(struct engine *engine)
{
    struct engine_self_test *test = &engine->self_test;
    int64_t now_ms = base_monotonic_ms();

    if (engine->is_stopping)
        return;
    if (test->is_owed) {
        test->is_owed = false;
        engine_application_get(engine, ENGINE_SELF_TEST_ID, put_next, NULL);
    }
    if (test->due_ms == 0 || engine->now.ms < test->due_ms)
        test->late_ms = 0;
    else if (test->late_ms == 0)
        test->late_ms = now_ms;
    if (test->late_ms == 0 || test->is_alarmed || now_ms - test->late_ms < GRACE_MS)
        return;
    if (engine_alert_put(engine, ENGINE_ALERT_SELF_TEST, "{}") != OD_OK)
        return;
    test->is_alarmed = true;
    test->failures++;
    base_log(BASE_LOG_ERROR, "the daily self-test did not arrive: due dates may pass without a warning");
}

static int go_on(struct engine *engine, const struct store_row *row)
{
    struct engine_application *application;
    int rc = engine_row_read(engine, ENGINE_SELF_TEST_ID, row->state, row->state_size, &application);

    if (rc != OD_OK)
        return rc;
    engine_application_insert(engine, application);
    if (application->core->status != CORE_STATUS_INCOMPLETE)
        return start_anew(engine, application); /* it arrived, and the hub died before the next one */
    engine->self_test.due_ms = ((core_ms)application->core->supplement.due_minute + 1) * 60000;
    engine->self_test.arrived_ms = application->core->received_ms;
    return OD_OK;
}

int engine_self_test_start(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_arena arena = {0};
    struct store_row row;

    service_init(&engine->self_test.service);
    int rc = store_read_application(reader, ENGINE_SELF_TEST_ID, &arena, &row);
    if (rc == OD_ENOTFOUND)
        rc = first_put(engine);
    else if (rc == OD_OK)
        rc = go_on(engine, &row);
    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
    return rc;
}
