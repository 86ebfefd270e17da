/* SPDX-License-Identifier: Apache-2.0 */
/* A connector that could not be started with the hub: its department waits for it, and for nobody else. */
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/life.h"
#include "engine/replay.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"

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

static int ask_of(const char *id, enum front_route route, const char *body)
{
    struct stage_request *asked = stage_ask(route, id, NULL, body);

    stage_drain();
    CHECK(asked->is_answered, "answered");
    return asked->status;
}

static int ask(enum front_route route, const char *body)
{
    return ask_of("market", route, body);
}

static struct core_task task_of(uint64_t id)
{
    struct engine_application *application = stage_read(id);
    struct core_task task = application->core->tasks[0];

    engine_application_destroy(application);
    return task;
}

static void upgrade(const char *body)
{
    struct connect_link *before = stage_link("market");

    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, body), body);
    for (struct connect_link *link = stage.connect->links; link != NULL; link = link->next)
        if (link->role == CONNECT_ROLE_NEXT)
            stage_link_ready(link);
    stage_drain();
    stage_link_lose(before, false, 0);
    stage_link_gone(before);
    stage_tick();
    stage_drain();
}

/* "m-1" served, and "market-1" before it; the hub starts without "m-1". */
static void leave_unserved(void)
{
    upgrade("{\"module\":\"m-1\",\"bake_ms\":0}");
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage.missing = "m-1";
    stage_restart(false);
    stage_drain();
    CHECK(stage_link("market") == NULL, "it could not be started");
}

static void check_served(const char *why)
{
    struct connect_link *link = stage_link("market");

    CHECK(link != NULL, why);
    stage_link_ready(link);
    link->credits = 4;
    stage_drain();
    stage.monotonic_ms += 5000;
    stage_tick();
    stage_rooms();
    stage_drain();
    struct core_task task = task_of(1);
    CHECK(!task.is_by_officer && task.state != CORE_TASK_QUEUED, why);
}

static void its_department_is_given_to_no_other(void **state)
{
    (void)state;
    leave_unserved();
    CHECK_I64(409, ask_of("stalls", FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\",\"department\":\"market\"}"), "it waits for another");
    CHECK(stage_link("stalls") == NULL, "nothing is loaded");
    stage.missing = NULL;
    stage_restart(false);
    CHECK(stage_link("stalls") == NULL && stage_link("market") != NULL, "and after a restart it is as it was");
    check_served("it has its task");
    stage.missing = "m-1";
    stage_restart(false);
    CHECK_I64(202, ask(FRONT_CONNECTOR_UNLOAD, NULL), "given up");
    CHECK_I64(202, ask_of("stalls", FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\",\"department\":\"market\"}"), "then another may");
    stage.missing = NULL;
    stage_restart(false);
    CHECK(stage_link("stalls") != NULL && stage_link("market") == NULL, "and has it after a restart, too");
}

static void it_takes_no_other_department(void **state)
{
    (void)state;
    leave_unserved();
    CHECK_I64(409, ask(FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\",\"department\":\"health\"}"), "its own would have nobody");
    CHECK(stage_link("market") == NULL, "nothing is loaded");
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\",\"approve\":true}"), "its own, unsaid");
    check_served("its task is done with");
}

static void it_keeps_its_department_where_none_is_named(void **state)
{
    (void)state;
    CHECK_I64(202, ask(FRONT_CONNECTOR_UNLOAD, NULL), "the name of a department");
    stage_link_gone(stage_link("market"));
    stage_drain();
    CHECK_I64(202, ask_of("stalls", FRONT_CONNECTOR_LOAD, "{\"module\":\"m-1\",\"department\":\"market\"}"), "another name than its department's");
    stage.missing = "m-1";
    stage_restart(false);
    CHECK_I64(202, ask_of("stalls", FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\",\"approve\":true}"), "in its place");
    CHECK(stage_link("stalls") != NULL, "it serves");
}

/* The version before it may be older than what the trust file demands of new ones. */
static void it_goes_back_to_what_ran_here(void **state)
{
    (void)state;
    leave_unserved();
    stage.outdated = "market-1";
    CHECK_I64(422, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"market-1\",\"approve\":true}"), "not as a new one");
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "but as the one before");
    CHECK_TEXT("market-1", stage_link("market")->module, "loaded");
    check_served("and it has its task");
}

/* What it was allowed cannot be found out any more: whatever another one asks for is new. */
static void what_takes_its_place_needs_a_word(void **state)
{
    (void)state;
    leave_unserved();
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-2\"}"), "nobody agreed");
    CHECK_I64(409, ask(FRONT_CONNECTOR_LOAD, "{\"module\":\"m-2\"}"), "nor by a PUT");
    CHECK(stage_link("market") == NULL, "nothing is loaded");
    stage.missing = NULL;
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-2\"}"), "it is there again, and was allowed as much");
    CHECK_TEXT("m-2", stage_link("market")->module, "loaded");
}

static void what_was_agreed_to_needs_no_word(void **state)
{
    (void)state;
    leave_unserved();
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"market-1\"}"), "it served here, with the same bytes");
}

static void what_was_agreed_to_is_what_runs_after_a_restart(void **state)
{
    (void)state;
    upgrade("{\"module\":\"m-1\",\"bake_ms\":0}");
    stage.module_bytes++;
    stage_restart(false);
    CHECK(stage_link("market") == NULL, "another module of that name does not start");
    CHECK(strstr(stage_ask(FRONT_CONNECTOR_SHOW, "market", NULL, NULL)->answer, "m-1 was changed") != NULL, "told");
    CHECK_I64(422, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "nor does one before it");
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-1\"}"), "unless somebody agrees");
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"m-1\",\"approve\":true}"), "as here");
    stage_restart(false);
    CHECK(stage_link("market") != NULL, "then that is what runs");
    stage.module_bytes++;
    stage.config.may_be_unsigned = true;
    stage_restart(false);
    CHECK(stage_link("market") != NULL, "a developer's next build is taken as it is");
}

/* Between the versions of one that runs, too: back to the bytes that served, not to others of that name. */
static void a_rollback_leads_to_what_served(void **state)
{
    (void)state;
    upgrade("{\"module\":\"m-1\",\"bake_ms\":0}");
    stage.module_bytes++;
    CHECK_I64(422, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "it was changed");
    stage.module_bytes--;
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "it is as it was");
}

static unsigned count_of(const char *verb)
{
    const struct engine_life *life = engine_life_find(stage.engine, "market");
    unsigned count = 0;

    for (size_t i = 0; i < life->history_count; i++)
        count += strstr(life->history[i], verb) != NULL;
    return count;
}

/* The second one is on its way while the first is done with, and another connector loaded. */
static void an_unload_said_twice_means_one_connector(void **state)
{
    struct stage_request *first, *second, *third;

    (void)state;
    stage_drain();
    first = stage_ask(FRONT_CONNECTOR_UNLOAD, "market", NULL, NULL);
    stage_turn();
    second = stage_ask(FRONT_CONNECTOR_UNLOAD, "market", NULL, NULL);
    stage_commit(false);
    CHECK_I64(202, first->status, "durable");
    stage_link_gone(stage_link("market"));
    third = stage_ask(FRONT_CONNECTOR_LOAD, "market", NULL, "{\"module\":\"m-1\"}");
    stage_drain();
    CHECK_I64(202, second->status, "the same act");
    CHECK_I64(202, third->status, "loaded");
    CHECK(!stage_link("market")->is_unloading, "what came later is not meant");
    CHECK_I64(1, count_of("\"unload\""), "kept once");
    stage_restart(false);
    CHECK(stage_link("market") != NULL, "after a restart, too");
}

static void an_unload_said_twice_fails_as_one(void **state)
{
    struct stage_request *first, *second;

    (void)state;
    stage_drain();
    first = stage_ask(FRONT_CONNECTOR_UNLOAD, "market", NULL, NULL);
    stage_turn();
    second = stage_ask(FRONT_CONNECTOR_UNLOAD, "market", NULL, NULL);
    stage_commit(true);
    stage_drain();
    CHECK_I64(503, first->status, "a full disk");
    CHECK_I64(503, second->status, "nothing was unloaded");
    CHECK(!stage_link("market")->is_unloading, "it serves");
}

static void a_load_waits_for_an_unload_that_is_on_its_way(void **state)
{
    (void)state;
    leave_unserved();
    stage.missing = NULL;
    struct stage_request *unload = stage_ask(FRONT_CONNECTOR_UNLOAD, "market", NULL, NULL);
    struct stage_request *load = stage_ask(FRONT_CONNECTOR_LOAD, "market", NULL, "{\"module\":\"m-2\",\"department\":\"market\"}");
    stage_drain();
    CHECK_I64(202, unload->status, "unloaded");
    CHECK_I64(202, load->status, "and then loaded");
    CHECK(stage_link("market") != NULL && !stage_link("market")->is_unloading, "it serves");
    stage_restart(false);
    CHECK_TEXT("m-2", stage_link("market")->module, "after a restart, too");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(its_department_is_given_to_no_other, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(it_takes_no_other_department, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(it_keeps_its_department_where_none_is_named, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(it_goes_back_to_what_ran_here, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_takes_its_place_needs_a_word, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_was_agreed_to_needs_no_word, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_was_agreed_to_is_what_runs_after_a_restart, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_rollback_leads_to_what_served, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_unload_said_twice_means_one_connector, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_unload_said_twice_fails_as_one, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_load_waits_for_an_unload_that_is_on_its_way, open_stage, close_stage),
    };

    base_log_init("engine_unserved_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
