/* SPDX-License-Identifier: Apache-2.0 */
/* Single stories that chance meets too seldom. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/replay.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"
#define CAFE                                                                                                      \
    "{\"service\":\"open-cafe\",\"applicant\":{\"kind\":\"person\",\"name\":\"Li\"},\"form\":{\"area_m2\":312,\"seats\":10,\"title\":\"t\"}," \
    "\"materials\":[{\"material\":\"id-copy\"},{\"material\":\"plan\"},{\"material\":\"certificate\"}]}"
#define DAY_MS INT64_C(86400000)

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

/* What waited for its department when the hub was stopped waits for it afterwards. */
static void test_stop_keeps_the_queue(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_link_ready(stage_link("market"));
    stage_link("market")->credits = 1;
    stage_drain();
    stage_stop();
    stage_start();
    for (uint64_t id = 1; id <= 20; id++) {
        struct engine_application *application = stage_read(id);

        CHECK(application != NULL, "stored");
        CHECK(!application->core->tasks[0].is_by_officer, "no task changed hands because the hub was stopped");
        engine_application_destroy(application);
    }
}

static int submitted(void)
{
    struct stage_request *request = stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);

    return request->is_answered ? request->status : 0;
}

/* BASE_IN_FLIGHT_MAX, lowered: at the limit, limit + 1, and free again with what became durable. */
static void test_submissions_in_flight(void **state)
{
    (void)state;
    CHECK_I64(BASE_IN_FLIGHT_MAX, stage.engine->in_flight_max, "the program's own");
    stage_stop();
    stage.in_flight_max = 3;
    stage_start();
    for (unsigned i = 0; i < 3; i++)
        CHECK_I64(0, submitted(), "up to the limit they wait for the store");
    CHECK_I64(503, submitted(), "limit + 1");
    stage_turn();
    CHECK_I64(503, submitted(), "with the store, and not durable yet");
    stage_drain();
    CHECK_I64(0, stage.engine->submits_unsettled, "told, and settled");
    for (unsigned i = 0; i < 3; i++)
        CHECK_I64(0, submitted(), "as many again");
    CHECK_I64(503, submitted(), "and no more");
    stage_drain();
    for (uint64_t id = 1; id <= 7; id++) {
        struct engine_application *application = stage_read(id);

        CHECK((application != NULL) == (id <= 6), "what was sent away is not stored");
        engine_application_destroy(application);
    }
}

/* A department without room leaves the hub at rest, however much waits for it. */
static void test_full_department_is_quiet(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_link_ready(stage_link("market"));
    stage_link("market")->credits = 2;
    stage_drain();
    uint64_t jobs = stage.jobs_run;
    for (unsigned i = 0; i < 100; i++) {
        stage_turn();
        while (stage_job())
            ;
    }
    CHECK_I64(jobs, stage.jobs_run, "nothing is asked of the store while nothing changes");
    CHECK_I64(2, stage_link("market")->in_hand, "as many as it takes");
}

/* The virtual clock's answer must not keep the doors from closing. */
static void test_stop_while_the_clock_is_set(void **state)
{
    (void)state;
    stage_link_ready(stage_link("market"));
    struct stage_request *asked = stage_ask(FRONT_TEST_CLOCK, NULL, NULL, "{\"now\":\"2030-01-01T00:00:00Z\"}");
    stage.connect->is_time_owed = false; /* a session that never tells */
    stage_drain();
    CHECK(!asked->is_answered, "it waits for the session");
    stage_stop();
    CHECK_I64(200, asked->status, "answered when the hub stops");
    stage_start();
}

static struct engine_application *decided(void)
{
    struct engine_application *application = stage_read(1);

    CHECK_I64(CORE_STATUS_DECIDED, application->core->status, "decided");
    return application;
}

/* An opinion that comes after the clock has spoken is kept in the journal, not as the task's. */
static void test_opinion_after_its_time(void **state)
{
    struct connect_link *fire = stage_link("fire"), *market = stage_link("market");
    char task[BASE_NUMBER_SIZE];

    (void)state;
    stage_link_ready(fire);
    stage_link_ready(market);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, CAFE);
    stage_drain();
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\"}");
    stage_drain();
    stage_report(fire, BASE_ITEM_ACCEPT, base_task_handle(1, 1), "{}");
    base_task_number_format(1, stage.engine->now.day, 2, task);
    stage_ask(FRONT_TASK_OPINION, task, NULL, "{\"opinion\":\"approve\"}");
    stage_drain();
    stage_wait(60 * DAY_MS); /* and nobody looked at the clock yet */
    stage_report(fire, BASE_ITEM_OPINION, base_task_handle(1, 1), "{\"opinion\":\"reject\",\"reasons\":[\"r\"]}");
    stage_drain();
    struct engine_application *application = decided();
    CHECK(application->core->tasks[1].is_deemed, "the silence counted");
    CHECK(application->core->tasks[1].has_late_opinion, "the opinion is flagged");
    CHECK(engine_task_text(application, 1, ENGINE_TEXT_OPINION)->bytes == NULL, "its reasons are not those of the decision");
    engine_application_destroy(application);
    replay_check(1);
}

/* A module that gives back what is not its own does not slow its department down. */
static void test_stale_give_back(void **state)
{
    struct connect_link *market = stage_link("market");

    (void)state;
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_link_ready(market);
    market->credits = 1;
    stage_drain();
    stage_report(market, BASE_ITEM_GIVE_BACK, base_task_handle(2, 0), "{}");
    stage_drain();
    CHECK_I64(0, ((struct engine_department *)market->data)->retry_count, "nothing waits that was not given back");
}

static void reload(const char *find, const char *replace, int rc, const char *says)
{
    char *changed = fixture_replace(fixture_text, find, replace), text[512] = "";
    const struct catalog *before = stage.engine->catalog;

    fixture_write(stage.catalog, "catalog.json", changed, strlen(changed));
    CHECK_I64(rc, engine_reload(stage.engine, &stage.config, text), says);
    CHECK((rc == OD_OK) == (stage.engine->catalog != before), "all or nothing");
    CHECK(strstr(text, says) != NULL, text);
    free(changed);
    fixture_write(stage.catalog, "catalog.json", fixture_text, strlen(fixture_text));
}

static void test_reload(void **state)
{
    char text[512] = "";
    struct engine_config config = stage.config;

    (void)state;
    reload("\"Asia/Shanghai\"", "\"Asia/Tokyo\"", OD_EINVAL, "restart the hub");
    reload("\"Asia/Shanghai\"", "\"Mars/Olympus\"", OD_EINVAL, "");
    reload("\"published_until\"", "\"published\"", OD_EINVAL, "catalog.json:");
    reload("Matter license", "Matter of a license", OD_OK, "");
    config.catalog = "/nowhere";
    CHECK_I64(OD_ENOTFOUND, engine_reload(stage.engine, &config, text), "no such folder");
    CHECK(strstr(text, "/nowhere") != NULL, text);
    stage_drain();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stop_keeps_the_queue, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_submissions_in_flight, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_full_department_is_quiet, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_stop_while_the_clock_is_set, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_opinion_after_its_time, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_stale_give_back, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_reload, open_stage, close_stage),
    };

    base_log_init("engine_scenario_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
