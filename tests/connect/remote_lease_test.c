/* SPDX-License-Identifier: Apache-2.0 */
/* Which session of a remote connector is the one: instances that follow one another, hellos that
 * come late, leases that run out, loads that stand side by side. */
#include "connect/remote_stage.h"

#include <stdio.h>

#include "base/memory.h"

static void the_same_instance_has_the_same_session(void **state)
{
    (void)state;
    stage_load_remote(&stage, "water", "{}");
    const char *first = answer_of(ask_hello("one"));
    CHECK_TEXT(first, answer_of(ask_hello("one")), "before the first poll");
    CHECK_I64(1, remote_ready("one", 1), "the same epoch");
    CHECK_TEXT(first, answer_of(ask_hello("one")), "and afterwards");
    CHECK_I64(0, stage.lost, "it lives");
}

static void a_new_instance_replaces_it_with_its_first_poll(void **state)
{
    struct ask *waiting;

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    unsigned old = remote_ready("one", 1);
    waiting = &asks[ask_count - 1];
    answer_of(ask_hello("two"));
    settle();
    CHECK_I64(0, stage.lost, "a hello alone may be a ghost's");
    CHECK(waiting->answer == NULL, "the old one still serves");
    CHECK_I64(2, remote_ready("two", 1), "it shows that it lives");
    CHECK(strstr(answer_of(waiting), "stale") != NULL, "the old one is told");
    CHECK_TEXT("ready water\nlost water epoch=1 crash=0 task=0\nready water\n", stage_trace(&stage), "one after the other");
    CHECK(strstr(answer_of(ask_poll(2, old, 0, 1)), "stale") != NULL, "fenced by its epoch");
    CHECK(strstr(answer_of(ask_report(3, old, "{\"kind\":\"accept\",\"id\":1,\"task\":\"65\"}")), "stale") != NULL, "for everything");
    CHECK(strstr(answer_of(ask_hello("one")), "replaced") != NULL, "and does not take it back");
    CHECK(strstr(answer_of(ask_hello("two")), "\"epoch\":2") != NULL, "the present one");
}

static void hellos_that_come_late_harm_nobody(void **state)
{
    (void)state;
    stage_load_remote(&stage, "water", "{}");
    for (unsigned i = 0; i < 20; i++) { /* more than CONNECT_CANDIDATES_MAX */
        char instance[16];
        snprintf(instance, sizeof(instance), "ghost-%u", i);
        answer_of(ask_hello(instance));
    }
    CHECK_I64(21, remote_ready("one", 1), "it is served at once");
    CHECK(strstr(answer_of(ask_hello("ghost-3")), "\"epoch\":22") != NULL, "a ghost");
    CHECK(strstr(answer_of(ask_poll(9, 20, 0, 1)), "stale") != NULL, "a candidate from before");
    settle();
    CHECK_I64(0, stage.lost, "nothing was changed by any of them");
}

static void replaced_instances_are_remembered_up_to_a_limit(void **state)
{
    char instance[16];

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    for (unsigned i = 0; i < 18; i++) { /* CONNECT_REPLACED_MAX + 1 replaced ones and the present one */
        snprintf(instance, sizeof(instance), "%u", i);
        remote_ready(instance, 1);
    }
    CHECK(strstr(answer_of(ask_hello("1")), "replaced") != NULL, "the oldest that is known");
    CHECK(strstr(answer_of(ask_hello("0")), "\"epoch\":") != NULL, "one more is forgotten");
}

static void without_polls_the_lease_runs_out(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{\"lease_ms\":1000}");
    uint64_t began = uv_hrtime();

    (void)state;
    unsigned epoch = remote_ready("one", 9);
    struct ask *waiting = &asks[ask_count - 1];
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, 65, "{}", 2), "offered and sent");
    CHECK(strstr(answer_of(waiting), "\"task\":\"65\"") != NULL, "sent");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, 66, "{}", 2), "offered, and no poll came for it");
    CHECK(!connect_offer_never_left(stage.connect, epoch, 66), "it may still leave");
    ask_report(2, epoch, "{\"kind\":\"progress\",\"id\":1,\"task\":\"65\"}");
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK(uv_hrtime() - began >= UINT64_C(1000000000), "not before");
    CHECK_TEXT("ready water\nlost water epoch=1 crash=0 task=0\n", stage_trace(&stage), "no crash");
    CHECK_I64(CONNECT_ABSENT, connect_link_state(link), "away");
    CHECK(connect_offer_never_left(stage.connect, epoch, 66), "nobody can know of it");
    CHECK(!connect_offer_never_left(stage.connect, epoch, 65), "this one was told");
    CHECK(!connect_offer_never_left(stage.connect, epoch + 1, 66), "of another session");
    CHECK(strstr(asks[ask_count - 1].answer, "stale") != NULL, "what waited is told");
    CHECK_I64(2, remote_ready("one", 9), "the same instance comes back with another epoch");
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "as if nothing had been");
}

static void lost_sessions_are_remembered_up_to_a_limit(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");
    char instance[16];

    (void)state;
    for (unsigned i = 0; i <= CONNECT_LOST_MAX + 1; i++) { /* each takes over from the one before, and the last one stays */
        snprintf(instance, sizeof(instance), "%u", i);
        unsigned epoch = remote_ready(instance, 9);
        connect_remote_gone(stage.connect, &asks[ask_count - 1]);
        settle();
        CHECK_I64(i + 1, epoch, "another session");
        CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, 100 + i, "{}", 2), "nobody polls for it");
    }
    CHECK(!connect_offer_never_left(stage.connect, 1, 100), "one more than CONNECT_LOST_MAX is forgotten");
    CHECK(connect_offer_never_left(stage.connect, 2, 101), "the oldest that is known");
    CHECK(connect_offer_never_left(stage.connect, CONNECT_LOST_MAX + 1, 100 + CONNECT_LOST_MAX), "the last one that ended");
    CHECK(!connect_offer_never_left(stage.connect, 0, 0), "no session");
}

static void a_long_poll_is_answered_before_the_lease_ends(void **state)
{
    (void)state;
    stage_load_remote(&stage, "water", "{\"lease_ms\":1000}");
    unsigned epoch = remote_ready("one", 9);
    for (unsigned id = 2; id < 6; id++)
        CHECK(strstr(answer_of(ask_poll(id, epoch, 0, 9)), "\"items\":[]") != NULL, "in time");
    CHECK_I64(0, stage.lost, "who polls lives");
}

static void bye_ends_the_session_and_the_tasks_wait(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");

    (void)state;
    unsigned epoch = remote_ready("one", 9);
    CHECK(strstr(answer_of(ask_text("bye", "{\"id\":2,\"epoch\":1,\"body\":{\"reason\":\"night\"}}")), "\"body\":{}") != NULL, "goodbye");
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK_I64(CONNECT_ABSENT, connect_link_state(link), "away");
    CHECK(strstr(answer_of(ask_poll(3, epoch, 0, 9)), "stale") != NULL, "over");
    CHECK_I64(2, remote_ready("two", 9), "the next morning");
}

static void unload_asks_it_to_stop(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");

    (void)state;
    unsigned epoch = remote_ready("one", 9);
    connect_unload(link);
    CHECK(strstr(answer_of(&asks[ask_count - 1]), "\"kind\":\"drain\"") != NULL, "no more offers");
    CHECK(strstr(asks[ask_count - 1].answer, "\"kind\":\"stop\"") != NULL, "and an end");
    answer_of(ask_text("bye", "{\"id\":2,\"epoch\":1,\"body\":{}}"));
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_I64(OD_ENOTFOUND, connect_remote_request(stage.connect, "water", "hello", "{}", 2, NULL), "it is not loaded");
    (void)epoch;
}

static void a_disabled_one_waits(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");

    (void)state;
    remote_ready("one", 9);
    connect_want(link, CONNECT_WISH_REST);
    CHECK(strstr(answer_of(&asks[ask_count - 1]), "\"kind\":\"stop\"") != NULL, "asked to stop");
    answer_of(ask_text("bye", "{\"id\":2,\"epoch\":1,\"body\":{}}"));
    STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_DISABLED);
    CHECK(strstr(answer_of(ask_hello("one")), "disabled") != NULL, "not now");
    connect_want(link, CONNECT_WISH_RUN);
    CHECK_I64(CONNECT_STARTING, connect_link_state(link), "it may come");
    CHECK_I64(2, remote_ready("one", 9), "and comes");
}

static void a_later_load_gets_the_next_hello(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}"), *next = NULL;
    struct connect_loading loading = {.id = "water", .remote = "{\"credits\":2}", .remote_size = 13, .config = "{\"b\":2}",
                                      .config_size = 7, .owner_data = &stage, .is_beside = true};
    char text[512];

    (void)state;
    unsigned old = remote_ready("one", 9);
    CHECK_I64(OD_OK, connect_load(stage.connect, &loading, &next, text), text);
    CHECK(strstr(answer_of(ask_poll(2, old, 0, 9)), "loaded anew: say hello") != NULL, "it is told to");
    CHECK(strstr(answer_of(ask_report(3, old, "{\"kind\":\"log\",\"id\":1,\"payload\":{\"text\":\"x\"}}")), "\"answer\":\"ok\"") != NULL,
          "its session lives until then");
    CHECK_I64(2, remote_ready("one", 9), "a session with the later one");
    CHECK_I64(2, connect_link_epoch(next), "whose it is");
    CHECK_I64(old, connect_link_epoch(link), "the one before is the engine's to end");
    connect_switch(next);
    connect_left(link);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_I64(2, connect_link_epoch(connect_find(stage.connect, "water")), "the one and only");
}

static void a_later_load_that_is_given_up_leaves_no_gap(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}"), *next = NULL;
    struct connect_loading loading = {.id = "water", .remote = "{}", .remote_size = 2, .config = "{}", .config_size = 2,
                                      .owner_data = &stage, .is_beside = true};
    char text[512];

    (void)state;
    unsigned old = remote_ready("one", 9);
    CHECK_I64(OD_OK, connect_load(stage.connect, &loading, &next, text), text);
    CHECK(strstr(answer_of(ask_poll(2, old, 0, 9)), "say hello") != NULL, "it drops what it had in mind");
    connect_unload(next);
    STAGE_UNTIL(&stage, stage.unloaded == 1);
    CHECK_I64(2, remote_ready("one", 9), "so it must not get the same session again");
    CHECK_I64(2, connect_link_epoch(link), "but another, whose engine resumes everything");
}

static void ask_if_taken(const char *request, const char *text)
{
    struct ask *ask = &asks[ask_count];

    ask->answer = NULL;
    if (connect_remote_request(stage.connect, "water", request, text, strlen(text), ask) == OD_OK)
        ask_count++;
    settle();
}

/* One day of a connector while one allocation fails. False: it could not even be loaded. */
static bool spend_a_day(uint64_t fail_at)
{
    struct connect_link *link = NULL;
    struct connect_loading loading = {.id = "water", .remote = "{}", .remote_size = 2, .config = "{}", .config_size = 2, .owner_data = &stage};
    char text[512];
    unsigned epoch = stage.epoch + 1;

    base_alloc_fail_at(fail_at);
    if (connect_load(stage.connect, &loading, &link, text) == OD_OK) {
        ask_if_taken("hello", "{\"id\":1,\"body\":{\"instance\":\"one\"}}");
        snprintf(text, sizeof(text), "{\"id\":2,\"epoch\":%u,\"body\":{\"ack\":0,\"want\":9,\"ready\":true}}", epoch);
        ask_if_taken("poll", text);
        (void)!connect_put_item(link, BASE_ITEM_OFFER, 65, "{}", 2);
        snprintf(text, sizeof(text), "{\"id\":3,\"epoch\":%u,\"body\":{\"items\":[{\"kind\":\"accept\",\"id\":1,\"task\":\"65\"},"
                                     "{\"kind\":\"log\",\"id\":2,\"payload\":{\"text\":\"x\"}}]}}", epoch);
        ask_if_taken("report", text);
        snprintf(text, sizeof(text), "{\"id\":4,\"epoch\":%u,\"body\":{\"service\":\"kv\"}}", epoch);
        ask_if_taken("service", text);
        snprintf(text, sizeof(text), "{\"id\":5,\"epoch\":%u,\"body\":{}}", epoch);
        ask_if_taken("bye", text);
    }
    base_alloc_fail_at(0);
    return link != NULL;
}

static void without_memory_everybody_is_answered(void **state)
{
    unsigned whole = 0;

    (void)state;
    stage.is_answering = BASE_ANSWER_OK;
    for (uint64_t fail_at = 1; fail_at <= 120; fail_at++) {
        size_t first = ask_count;
        bool is_loaded = spend_a_day(fail_at);

        if (is_loaded) {
            unsigned unloaded = stage.unloaded;
            connect_unload(connect_find(stage.connect, "water"));
            STAGE_UNTIL(&stage, stage.unloaded > unloaded);
        }
        for (size_t i = first; i < ask_count; i++)
            CHECK(asks[i].answer != NULL, "whatever was taken");
        whole += is_loaded && ask_count == first + 5 && strstr(asks[ask_count - 1].answer, "\"body\":{}") != NULL;
        CHECK_I64(stage.ready, stage.lost, "each ready session is lost once");
    }
    CHECK(whole > 10, "enough memory at last");
    CHECK(whole < 110, "and too little at first");
}

static void the_hub_stops_and_nobody_waits(void **state)
{
    (void)state;
    stage_load_remote(&stage, "water", "{}");
    remote_ready("one", 9);
    struct ask *waiting = &asks[ask_count - 1], *last = ask_hello("two");
    connect_remote_close(stage.connect);
    CHECK(strstr(answer_of(waiting), "closing") != NULL, "at once");
    CHECK(strstr(answer_of(last), "closing") != NULL, "all");
    CHECK_I64(OD_ESTATE, connect_remote_request(stage.connect, "water", "hello", "{}", 2, NULL), "and no more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STAGE_TEST(test) cmocka_unit_test_setup_teardown(test, remote_stage_open, remote_stage_close)
        STAGE_TEST(the_same_instance_has_the_same_session),
        STAGE_TEST(a_new_instance_replaces_it_with_its_first_poll),
        STAGE_TEST(hellos_that_come_late_harm_nobody),
        STAGE_TEST(replaced_instances_are_remembered_up_to_a_limit),
        STAGE_TEST(without_polls_the_lease_runs_out),
        STAGE_TEST(lost_sessions_are_remembered_up_to_a_limit),
        STAGE_TEST(a_long_poll_is_answered_before_the_lease_ends),
        STAGE_TEST(bye_ends_the_session_and_the_tasks_wait),
        STAGE_TEST(unload_asks_it_to_stop),
        STAGE_TEST(a_disabled_one_waits),
        STAGE_TEST(a_later_load_gets_the_next_hello),
        STAGE_TEST(a_later_load_that_is_given_up_leaves_no_gap),
        STAGE_TEST(without_memory_everybody_is_answered),
        STAGE_TEST(the_hub_stops_and_nobody_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
