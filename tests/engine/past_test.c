/* SPDX-License-Identifier: Apache-2.0 */
/* What former versions of a connector leave behind: offers whose effect nobody can tell, and state that a later
 * version has to read; both over the ends of rollouts and of hubs. */
#include <stdio.h>

#include "catalog/fixture.h"
#include "engine/life.h"
#include "engine/stage.h"
#include "lib/check.h"

#define STAND "{\"service\":\"open-stand\",\"applicant\":{\"name\":\"Li\"},\"form\":{},\"materials\":[{\"material\":\"id-copy\"}]}"

static const char *all[] = {"*"};
static const char *another[] = {"sign"};
static int32_t reads[] = {1, 2, 3};

/* "narrow" serves another matter than STAND's. "native" and "again" tell repeats apart, "none" does not; none of them keeps state. "one" reads and writes schema 1,
 * "two" reads 1 and 2 and writes 2, "three" reads 2 and 3 and writes 3, "wide" reads them all and writes 3. */
static const struct package_manifest *manifest_of(const char *module)
{
    static const struct package_manifest known[] = {
        {.name = "native", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "narrow", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .matters = {.items = another, .count = 1},
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "again", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "none", .credits = 4, .dedupe = PACKAGE_DEDUPE_NONE, .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "one", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .state_reads = reads, .state_read_count = 1, .state_writes = 1,
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "two", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .state_reads = reads, .state_read_count = 2, .state_writes = 2,
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "three", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .state_reads = reads + 1, .state_read_count = 2, .state_writes = 3,
         .capabilities = {.fields = {.items = all, .count = 1}}},
        {.name = "wide", .credits = 4, .dedupe = PACKAGE_DEDUPE_NATIVE, .state_reads = reads, .state_read_count = 3, .state_writes = 3,
         .capabilities = {.fields = {.items = all, .count = 1}}},
    };

    for (size_t i = 0; i < COUNT(known); i++)
        if (strcmp(known[i].name, module) == 0)
            return &known[i];
    return &known[0];
}

static int open_stage(void **state)
{
    (void)state;
    stage_open(1);
    stage.manifest_of = manifest_of;
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close();
    return 0;
}

static struct connect_link *link_of(enum connect_role role)
{
    struct connect_link *link = stage.connect->links;

    while (link != NULL && (link->role != role || strcmp(link->id, "market") != 0))
        link = link->next;
    return link;
}

static const struct engine_life *life(void)
{
    return engine_life_find(stage.engine, "market");
}

static int ask(enum front_route route, const char *body)
{
    struct stage_request *asked = stage_ask(route, "market", NULL, body);

    stage_drain();
    CHECK(asked->is_answered, "answered");
    return asked->status;
}

static struct core_task task_of(uint64_t id)
{
    struct engine_application *application = stage_read(id);
    struct core_task task = application->core->tasks[0];

    engine_application_destroy(application);
    return task;
}

static uint64_t handle(uint64_t id)
{
    return base_task_handle(id, 0);
}

static void leave(struct connect_link *link)
{
    stage_link_lose(link, false, 0);
    stage_link_gone(link);
    stage_tick();
    stage_drain();
}

/* The next version takes over, whole. */
static struct connect_link *take_over(const char *body)
{
    struct connect_link *before = link_of(CONNECT_ROLE_CURRENT);

    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, body), body);
    struct connect_link *next = link_of(CONNECT_ROLE_NEXT);
    stage_link_ready(next);
    stage_drain();
    leave(before);
    next->credits = 8;
    return next;
}

/* Two tasks, offered and not answered. */
static void offer(void)
{
    link_of(CONNECT_ROLE_CURRENT)->credits = 8;
    for (unsigned i = 0; i < 2; i++)
        stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    CHECK_I64(CORE_TASK_OFFERED, task_of(1).state, "in its hand");
}

static void resume(void)
{
    struct connect_link *link = stage_link("market");

    CHECK(link != NULL, "it runs");
    stage_link_ready(link);
    link->credits = 8;
    stage_drain();
    stage.monotonic_ms += 5000;
    stage_tick();
    stage_drain();
    stage_tick();
    stage_drain();
}

static void check_parked(const char *why)
{
    struct core_task task = task_of(1);

    CHECK_I64(CORE_TASK_PARKED, task.state, why);
    CHECK_I64(CORE_PARK_EFFECT_UNKNOWN, task.park_reason, why);
}

/* "none" was watched and crashed; the hub ends before the version before it has the route again. */
static void on_the_way_back_nothing_is_registered_twice(void **state)
{
    struct connect_link *none;

    (void)state;
    take_over("{\"module\":\"native\",\"bake_ms\":0}");
    none = take_over("{\"module\":\"none\",\"bake_ms\":3600000}");
    offer();
    stage_link_lose(none, true, 0);
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_REVERTING, life()->rollout.step, "back");
    stage_restart(false);
    CHECK_TEXT("native", stage_link("market")->module, "it has the route");
    resume();
    check_parked("an officer looks");
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_link_lose(stage_link("market"), false, 0);
    resume();
    CHECK_I64(CORE_TASK_OFFERED, task_of(3).state, "what it was offered itself may be offered again");
    CHECK(task_of(3).is_redelivered, "as a repeat");
}

/* The route went back, and the hub ends before the offers of the other one are settled. */
static void after_the_way_back_nothing_is_registered_twice(void **state)
{
    (void)state;
    take_over("{\"module\":\"native\",\"bake_ms\":0}");
    take_over("{\"module\":\"none\",\"bake_ms\":3600000}");
    offer();
    CHECK_I64(202, ask(FRONT_CONNECTOR_ROLLBACK, NULL), "back");
    stage_link_ready(link_of(CONNECT_ROLE_NEXT));
    stage_drain();
    CHECK_TEXT("native", link_of(CONNECT_ROLE_CURRENT)->module, "it has the route");
    stage_restart(false);
    stage_tick();
    stage_drain();
    stage_restart(false); /* and once more before anybody is ready */
    resume();
    check_parked("an officer looks");
}

/* A watch of no length ends before the new session has looked at what the version before was offered. */
static void a_watch_may_end_before_the_offers_are_settled(void **state)
{
    struct connect_link *none;

    (void)state;
    none = take_over("{\"module\":\"none\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    offer();
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"native\",\"bake_ms\":0}"), "begins");
    stage_link_ready(link_of(CONNECT_ROLE_NEXT));
    stage_drain();
    stage_restart(false);
    (void)none;
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, "over, and no session was there");
    resume();
    check_parked("an officer looks");
}

static void one_that_cannot_start_leaves_doubts(void **state)
{
    (void)state;
    take_over("{\"module\":\"native\",\"bake_ms\":0}");
    take_over("{\"module\":\"none\",\"bake_ms\":3600000}");
    offer();
    stage.missing = "none";
    stage_restart(false);
    CHECK_TEXT("native", stage_link("market")->module, "the version before has the route");
    resume();
    check_parked("an officer looks");
}

static void one_that_was_replaced_unserved_leaves_doubts(void **state)
{
    (void)state;
    take_over("{\"module\":\"none\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    offer();
    stage.missing = "none";
    stage_restart(false);
    CHECK(stage_link("market") == NULL, "it waits");
    CHECK_I64(202, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"native\",\"approve\":true}"), "another in its place");
    stage_restart(false);
    resume();
    check_parked("an officer looks");
}

/* Accepted under schema 1, and nothing makes its module write it anew. */
static void state_is_read_as_long_as_tasks_may_hold_it(void **state)
{
    struct connect_link *link = take_over("{\"module\":\"one\",\"bake_ms\":0}");

    (void)state;
    stage_tick();
    stage_drain();
    offer();
    stage_report(link, BASE_ITEM_ACCEPT, handle(1), "{}");
    stage_report(link, BASE_ITEM_CHECKPOINT, handle(1), "{\"checkpoint\":\"QQ==\"}");
    stage_report(link, BASE_ITEM_GIVE_BACK, handle(2), "{}");
    stage_drain();
    take_over("{\"module\":\"two\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"three\"}"), "the first task may hold schema 1");
    stage_restart(false);
    resume();
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"three\"}"), "after a restart, too");
    take_over("{\"module\":\"wide\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    CHECK_I64(409, ask(FRONT_CONNECTOR_UPGRADE, "{\"module\":\"three\"}"), "a version between makes no difference");
}

static void state_that_no_task_holds_is_forgotten(void **state)
{
    (void)state;
    take_over("{\"module\":\"one\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    take_over("{\"module\":\"two\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    take_over("{\"module\":\"three\",\"bake_ms\":0}");
    CHECK_I64(2, life()->past.schema_count, "those of the last two");
}

static void back_to_one_that_cannot_read_the_state_leads_nothing(void **state)
{
    (void)state;
    take_over("{\"module\":\"one\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    take_over("{\"module\":\"two\",\"bake_ms\":3600000}");
    offer();
    stage_report(link_of(CONNECT_ROLE_CURRENT), BASE_ITEM_ACCEPT, handle(1), "{}");
    stage_drain();
    stage.missing = "two";
    stage_restart(false);
    CHECK(stage_link("market") == NULL, "its tasks wait");
    stage.missing = NULL;
    stage_restart(false);
    CHECK_TEXT("two", stage_link("market")->module, "until it can be started");
}

/* The first one is given up, and a second begun, before the store tells of the first. */
static void what_the_store_tells_of_one_beginning_is_not_meant_for_the_next(void **state)
{
    struct stage_request *second;

    (void)state;
    stage_drain();
    stage_ask(FRONT_CONNECTOR_UPGRADE, "market", NULL, "{\"module\":\"native\"}");
    stage_turn();
    stage_ask(FRONT_CONNECTOR_ROLLBACK, "market", NULL, NULL);
    second = stage_ask(FRONT_CONNECTOR_UPGRADE, "market", NULL, "{\"module\":\"again\"}");
    CHECK_TEXT("again", life()->rollout.to.module, "begun");
    stage_commit(false);
    CHECK(!second->is_answered, "it is not durable yet");
    CHECK(link_of(CONNECT_ROLE_NEXT) == NULL, "and nothing starts before it is");
    stage_drain();
    CHECK_I64(202, second->status, "then it is told");
    CHECK_TEXT("again", link_of(CONNECT_ROLE_NEXT)->module, "and starts");
}

static void begin_remote(void)
{
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"remote\":{\"submit_dedupe\":\"native\"},\"approve\":true,\"bake_ms\":86400000}"), "to a remote one");
    CHECK(link_of(CONNECT_ROLE_NEXT) != NULL, "it is waited for");
}

static void a_remote_one_that_never_comes_is_given_up(void **state)
{
    (void)state;
    begin_remote();
    struct connect_link *present = link_of(CONNECT_ROLE_CURRENT), *next = link_of(CONNECT_ROLE_NEXT);
    stage.monotonic_ms += ENGINE_HELLO_MS - 1;
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_STARTING, life()->rollout.step, "it may still come");
    stage.monotonic_ms++;
    stage_tick();
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_NONE, life()->rollout.step, "given up");
    CHECK(next->is_unloading && link_of(CONNECT_ROLE_CURRENT) == present, "the present one stays");
    CHECK(strstr(life()->rollout_error, "did not say hello") != NULL, "told");
    CHECK_I64(202, ask(FRONT_CONNECTOR_DRAIN, NULL), "nothing is in the way");
}

static void a_remote_one_that_goes_away_while_it_is_watched_leads_back(void **state)
{
    struct connect_link *present = link_of(CONNECT_ROLE_CURRENT);

    (void)state;
    begin_remote();
    struct connect_link *next = link_of(CONNECT_ROLE_NEXT);
    stage_link_ready(next);
    stage_drain();
    leave(present);
    stage_link_lose(next, false, 0);
    stage_link_move(next, CONNECT_ABSENT);
    stage_drain();
    CHECK_I64(ENGINE_ROLLOUT_REVERTING, life()->rollout.step, "the module is there");
    CHECK_TEXT("market-1", link_of(CONNECT_ROLE_NEXT)->module, "and starts");
}

static void what_a_version_does_not_serve_goes_to_officers(void **state)
{
    struct connect_link *native = take_over("{\"module\":\"native\",\"bake_ms\":0}"), *narrow;

    (void)state;
    stage_tick();
    stage_drain();
    offer();
    stage_report(native, BASE_ITEM_ACCEPT, handle(1), "{}");
    stage_report(native, BASE_ITEM_GIVE_BACK, handle(2), "{\"retry_after_ms\":1000}");
    stage_drain();
    narrow = take_over("{\"module\":\"narrow\",\"bake_ms\":0}");
    stage_tick();
    stage_drain();
    CHECK(task_of(1).is_by_officer && task_of(1).state == CORE_TASK_ACCEPTED, "accepted: an officer goes on with it");
    CHECK(stage_held(narrow, handle(1)) == NULL, "it is not told of it");
    CHECK(task_of(2).is_by_officer && task_of(2).state == CORE_TASK_OFFERED, "given back: on the worklist");
    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    CHECK(task_of(3).is_by_officer && task_of(3).state == CORE_TASK_OFFERED, "new: on the worklist");
    stage_restart(false);
    resume();
    CHECK(task_of(3).is_by_officer, "after a restart, too");
    CHECK(stage_held(stage_link("market"), handle(3)) == NULL, "it is not told of it");
    CHECK_I64(202, ask(FRONT_CONNECTOR_UNLOAD, NULL), "unloaded");
    stage_link_lose(stage_link("market"), false, 0);
    stage_link_gone(stage_link("market"));
    stage_drain();
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"module\":\"narrow\"}"), "loaded anew");
    resume();
    CHECK(task_of(3).is_by_officer, "what it does not serve stays there");
    CHECK_I64(202, ask(FRONT_CONNECTOR_UNLOAD, NULL), "unloaded");
    stage_link_lose(stage_link("market"), false, 0);
    stage_link_gone(stage_link("market"));
    stage_drain();
    CHECK_I64(202, ask(FRONT_CONNECTOR_LOAD, "{\"module\":\"native\"}"), "one that serves all");
    resume();
    CHECK(!task_of(3).is_by_officer && task_of(3).state == CORE_TASK_OFFERED, "and nobody had taken it");
    CHECK(task_of(1).is_by_officer, "this one an officer has");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(on_the_way_back_nothing_is_registered_twice, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(after_the_way_back_nothing_is_registered_twice, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_watch_may_end_before_the_offers_are_settled, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(one_that_cannot_start_leaves_doubts, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(one_that_was_replaced_unserved_leaves_doubts, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(state_is_read_as_long_as_tasks_may_hold_it, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(state_that_no_task_holds_is_forgotten, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(back_to_one_that_cannot_read_the_state_leads_nothing, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_the_store_tells_of_one_beginning_is_not_meant_for_the_next, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_remote_one_that_never_comes_is_given_up, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_a_version_does_not_serve_goes_to_officers, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_remote_one_that_goes_away_while_it_is_watched_leads_back, open_stage, close_stage),
    };

    base_log_init("engine_past_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
