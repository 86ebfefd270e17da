/* SPDX-License-Identifier: Apache-2.0 */
/* Several links of one connector id: one starts beside the other, takes its place, and the old one
 * leaves; and what an administrator wants of one: drain, rest, run. */
#include "connect/stage.h"

#include <stdio.h>
#include <unistd.h>

static struct stage stage;
static struct relay relay, other;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){
                           .watchdog_ms = 60000,
                           .times = {.backoff_min_ms = 4, .backoff_max_ms = 16, .quarantine_ms = 60000, .drain_timeout_ms = 60000},
                       });
    stage_module(&stage, "dept-2.0", "{\"id\":\"dept\",\"version\":\"2.0\",\"abi\":[1,0],\"matters\":[\"*\"],\"submit_dedupe\":\"native\"}");
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void reopen(uint32_t drain_timeout_ms)
{
    stage_close(&stage);
    stage_open(&stage, &(struct connect_options){.watchdog_ms = 60000,
                                                 .times = {.backoff_min_ms = 4, .quarantine_ms = 60000, .drain_timeout_ms = drain_timeout_ms}});
    stage_module(&stage, "dept-2.0", "{\"id\":\"dept\",\"version\":\"2.0\",\"abi\":[1,0],\"matters\":[\"*\"],\"submit_dedupe\":\"native\"}");
}

static int load(struct connect_loading loading, struct connect_link **link, char text[512])
{
    loading.config = "{}";
    loading.config_size = 2;
    loading.owner_data = &stage;
    return connect_load(stage.connect, &loading, link, text);
}

static struct connect_link *load_beside(void)
{
    struct connect_link *link = NULL;
    char text[512];

    CHECK_I64(OD_OK, load((struct connect_loading){.id = "fire", .module = "dept-2.0", .is_beside = true}, &link, text), text);
    return link;
}

static void ready_as(struct relay *host, const char *version, unsigned want)
{
    char hello[256];

    relay_take(&stage, host);
    snprintf(hello, sizeof(hello), "{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"dept\",\"version\":\"%s\",\"abi\":[1,0]}", version);
    relay_send(host, BASE_FRAME_HELLO, hello);
    host->epoch = relay_receive(&stage, host).epoch;
    unsigned ready = stage.ready;
    relay_poll(host, 0, want, "");
    STAGE_UNTIL(&stage, stage.ready == ready + 1);
}

static void offer(struct connect_link *link, uint64_t task)
{
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, task, "{}", 2), "an offer");
}

static void expect_items(struct relay *host, const char *text, const char *why)
{
    struct base_frame reply = relay_receive(&stage, host);

    CHECK_TEXT(text, batch_text(&reply), why);
}

static void say_bye(struct relay *host)
{
    relay_send(host, BASE_FRAME_BYE, "{\"reason\":\"stopped\"}");
    relay_receive(&stage, host);
    relay_drop(host);
}

static bool has_status(const struct connect_link *link, const char *member)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool has = strstr(base_buffer_text(&status), member) != NULL;
    base_buffer_fini(&status);
    return has;
}

static void one_takes_the_place_of_another(void **state)
{
    struct connect_link *first = stage_load(&stage, "fire"), *second;

    (void)state;
    ready_as(&relay, "1.0", 10);
    offer(first, 7);
    expect_items(&relay, "16/1/7/0 {}\n", "an offer");
    second = load_beside();
    ready_as(&other, "2.0", 10);
    CHECK(connect_find(stage.connect, "fire") == first, "the new one waits beside it");
    CHECK_I64(CONNECT_ROLE_NEXT, connect_link_role(second), "as the next");
    connect_switch(second);
    CHECK(connect_find(stage.connect, "fire") == second, "it took its place");
    CHECK_I64(CONNECT_ROLE_LEAVING, connect_link_role(first), "the other leaves");
    CHECK_I64(OD_ESTATE, connect_put_item(first, BASE_ITEM_OFFER, 8, "{}", 2), "and is offered nothing");
    CHECK_I64(OD_OK, connect_put_item(first, BASE_ITEM_RELEASE, 9, "{}", 2), "but told what it loses");
    offer(second, 8);
    relay_poll(&relay, 1, 10, "");
    expect_items(&relay, "23/2/0/0 {}\n21/3/9/0 {}\n", "drain, and the release");
    connect_left(first);
    relay_poll(&relay, 3, 0, "");
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK(!relay_has_frame(&relay), "an offer is still in its hand");
    connect_offer_ended(first, relay.epoch);
    expect_items(&relay, "24/4/0/0 {\"grace_ms\":12000}\n", "now it may go");
    say_bye(&relay);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_TEXT("ready fire\nready fire\nlost fire epoch=1 crash=0 task=0\nunloaded fire\n", stage_trace(&stage), "nobody crashed");
    CHECK(connect_find(stage.connect, "fire") == second, "the new one stays");
    CHECK(has_status(second, "\"in_flight\":1"), "with its own offer in hand");
    relay_drop(&other);
}

static void who_leaves_waits_for_the_engine_and_for_no_more_than_its_time(void **state)
{
    struct connect_link *second;

    (void)state;
    reopen(100);
    stage_load(&stage, "fire");
    ready_as(&relay, "1.0", 10);
    second = load_beside();
    ready_as(&other, "2.0", 10);
    uint64_t began_ms = uv_hrtime() / 1000000;
    connect_switch(second);
    expect_items(&relay, "23/1/0/0 {}\n", "drain; nothing is in its hand");
    relay_poll(&relay, 1, 0, "");
    expect_items(&relay, "24/2/0/0 {\"grace_ms\":20}\n", "stop when its time is nearly over");
    STAGE_UNTIL(&stage, stage.unloaded == 1); /* it does not stop by itself */
    uint64_t took_ms = uv_hrtime() / 1000000 - began_ms;
    CHECK(took_ms >= 80 && took_ms < 1000, "at the end of its time");
    relay_drop(&relay);
    relay_drop(&other);
}

static void a_connector_without_a_process_is_replaced_at_once(void **state)
{
    struct connect_link *first = stage_load(&stage, "fire"), *second;

    (void)state;
    for (unsigned i = 0; i < CONNECT_CRASHES_MAX; i++) {
        relay_take(&stage, &relay);
        relay_command(&relay, 'e', 1);
        relay_await_end(&stage, &relay);
        relay_drop(&relay);
        STAGE_UNTIL(&stage, connect_link_state(first) != CONNECT_STARTING);
    }
    CHECK_I64(CONNECT_QUARANTINED, connect_link_state(first), "quarantined");
    second = load_beside();
    ready_as(&other, "2.0", 10);
    connect_switch(second);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(second), "active");
    CHECK_I64(10, connect_room(second), "and trusted: it is no probe");
    relay_drop(&other);
}

static void each_role_is_taken_once(void **state)
{
    struct connect_link *first = stage_load(&stage, "fire"), *second = load_beside(), *link = first;
    char text[512];

    (void)state;
    CHECK_I64(OD_EEXIST, load((struct connect_loading){.id = "fire", .module = "dept-1.0"}, &link, text), "loaded");
    CHECK(strstr(text, "is loaded already") != NULL, text);
    CHECK_I64(OD_EEXIST, load((struct connect_loading){.id = "fire", .module = "dept-1.0", .is_beside = true}, &link, text), "starting");
    CHECK(strstr(text, "is starting already") != NULL, text);
    CHECK(link == first, "unchanged on error");
    relay_take(&stage, &relay);
    relay_take(&stage, &other);
    connect_unload(second);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK(connect_find(stage.connect, "fire") == first, "the current one is untouched");
    relay_drop(&relay);
    relay_drop(&other);
}

static void what_was_checked_is_what_is_loaded(void **state)
{
    struct connect_loading loading = {.id = "fire", .module = "dept-2.0", .config = "{}", .config_size = 2};
    struct connect_checked checked = {.address = {0}};
    struct connect_link *link = NULL;
    char text[512];

    (void)state;
    CHECK_I64(OD_OK, connect_load_check(stage.connect, &loading, &checked, text), text);
    package_manifest_fini(&checked.manifest);
    loading.address = checked.address;
    checked.address[31] ^= 1;
    CHECK_I64(OD_EINVAL, load(loading, &link, text), "another module by now");
    CHECK(strstr(text, "dept-2.0 was changed after it was checked") != NULL, text);
    CHECK(link == NULL && connect_first(stage.connect) == NULL, "nothing is started");
    checked.address[31] ^= 1;
    CHECK_I64(OD_OK, load(loading, &link, text), text);
    relay_take(&stage, &relay);
    relay_drop(&relay);
}

static void drained_it_keeps_what_it_accepted(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    ready_as(&relay, "1.0", 10);
    offer(link, 7);
    expect_items(&relay, "16/1/7/0 {}\n", "an offer");
    connect_want(link, CONNECT_WISH_DRAIN);
    connect_want(link, CONNECT_WISH_DRAIN);
    CHECK_I64(CONNECT_DRAINING, connect_link_state(link), "an offer is in its hand");
    CHECK_I64(0, connect_room(link), "it gets no more");
    relay_poll(&relay, 1, 0, "");
    expect_items(&relay, "23/2/0/0 {}\n", "drain");
    connect_offer_ended(link, relay.epoch);
    CHECK_I64(CONNECT_DRAINED, connect_link_state(link), "it is out of its hand");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_CANCEL, 7, "{}", 2), "what it has goes on");
    connect_want(link, CONNECT_WISH_RUN);
    relay_poll(&relay, 2, 0, "");
    expect_items(&relay, "18/3/7/0 {}\n24/4/0/0 {\"grace_ms\":60000}\n", "a host is never told that it drains no more");
    say_bye(&relay);
    ready_as(&relay, "1.0", 10);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "it is another one");
    CHECK_I64(10, connect_room(link), "which gets offers");
    CHECK(has_status(link, "\"last_error\":null"), "and nothing failed");
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=0 task=0\nready fire\n", stage_trace(&stage), "in this order");
    relay_drop(&relay);
}

static void loaded_drained_it_runs_without_another_start(void **state)
{
    struct connect_link *link = NULL;
    char text[512];

    (void)state;
    CHECK_I64(OD_OK, load((struct connect_loading){.id = "fire", .module = "dept-1.0", .wish = CONNECT_WISH_DRAIN}, &link, text), text);
    ready_as(&relay, "1.0", 10);
    CHECK_I64(CONNECT_DRAINED, connect_link_state(link), "as it was wanted");
    CHECK_I64(0, connect_room(link), "no offers");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_RESUME, 7, "{}", 2), "what was accepted is resumed");
    connect_want(link, CONNECT_WISH_RUN);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "at once");
    CHECK_I64(10, connect_room(link), "it was never told to drain");
    relay_drop(&relay);
}

static void disabled_it_has_no_process(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    ready_as(&relay, "1.0", 10);
    connect_want(link, CONNECT_WISH_REST);
    expect_items(&relay, "23/1/0/0 {}\n24/2/0/0 {\"grace_ms\":60000}\n", "nothing is in its hand: drain and stop");
    say_bye(&relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_DISABLED);
    CHECK(has_status(link, "\"pid\":0"), "no process");
    CHECK_I64(0, stage.unloaded, "it is still there");
    connect_want(link, CONNECT_WISH_RUN);
    ready_as(&relay, "1.0", 10);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "it runs again");
    connect_want(link, CONNECT_WISH_REST);
    connect_want(link, CONNECT_WISH_RUN); /* before it has stopped */
    expect_items(&relay, "23/1/0/0 {}\n24/2/0/0 {\"grace_ms\":60000}\n", "stopped all the same");
    say_bye(&relay);
    ready_as(&relay, "1.0", 10);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "and started");
    relay_drop(&relay);
}

static void rest_comes_in_every_state(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    char text[512];

    (void)state;
    relay_take(&stage, &relay);
    connect_want(link, CONNECT_WISH_REST);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_DISABLED);
    relay_drop(&relay);
    connect_want(link, CONNECT_WISH_DRAIN);
    CHECK_I64(CONNECT_STARTING, connect_link_state(link), "a drained connector has a process");
    ready_as(&relay, "1.0", 10);
    CHECK_I64(CONNECT_DRAINED, connect_link_state(link), "drained");
    relay_command(&relay, 'e', 1);
    relay_await_end(&stage, &relay);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
    connect_want(link, CONNECT_WISH_REST);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_DISABLED);
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    link = NULL;
    CHECK_I64(OD_OK, load((struct connect_loading){.id = "fire", .module = "dept-1.0", .wish = CONNECT_WISH_REST}, &link, text), text);
    CHECK_I64(CONNECT_DISABLED, connect_link_state(link), "loaded to rest");
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK(has_status(link, "\"pid\":0"), "no process was started");
}

static void a_crash_while_it_drains_to_rest_is_the_end(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    ready_as(&relay, "1.0", 10);
    offer(link, 7);
    connect_want(link, CONNECT_WISH_REST);
    relay_command(&relay, 's', 9);
    relay_await_end(&stage, &relay);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_DISABLED);
    CHECK_TEXT("ready fire\nlost fire epoch=1 crash=1 task=0\n", stage_trace(&stage), "told as a crash");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_takes_the_place_of_another, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(who_leaves_waits_for_the_engine_and_for_no_more_than_its_time, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_connector_without_a_process_is_replaced_at_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(each_role_is_taken_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_was_checked_is_what_is_loaded, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(drained_it_keeps_what_it_accepted, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(loaded_drained_it_runs_without_another_start, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(disabled_it_has_no_process, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(rest_comes_in_every_state, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_crash_while_it_drains_to_rest_is_the_end, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
