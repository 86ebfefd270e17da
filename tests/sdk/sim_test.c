/* SPDX-License-Identifier: Apache-2.0 */
/* The sim module in a real onedoor-host against a scripted hub. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1764391084123)
#define SIM fake_build_path("modules/sim-1.0.0")

static const struct {
    const char *config, *form, *expected, *why;
} opinions[] = {
    {"{}", "{}", "{\"opinion\":\"approve\"}", "approve is the default, at once"},
    {"{\"opinion\":\"reject\",\"reasons\":[\"no\",\"never\"]}", "{}",
     "{\"opinion\":\"reject\",\"reasons\":[\"no\",\"never\"]}", "configured opinion with reasons"},
    {"{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"a door\"]}", "{}",
     "{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"a door\"]}", "configured conditions"},
    {"{\"rules\":[{\"field\":\"area\",\"op\":\">\",\"value\":1000,\"opinion\":\"reject\",\"reasons\":[\"large\"]}]}",
     "{\"area\":1000.5}", "{\"opinion\":\"reject\",\"reasons\":[\"large\"]}", "rule fits just above"},
    {"{\"rules\":[{\"field\":\"area\",\"op\":\">\",\"value\":1000,\"opinion\":\"reject\",\"reasons\":[\"large\"]}]}",
     "{\"area\":1000}", "{\"opinion\":\"approve\"}", "at the limit it does not fit"},
    {"{\"rules\":[{\"field\":\"area\",\"op\":\">=\",\"value\":1000,\"opinion\":\"not_applicable\"}]}",
     "{\"area\":1000}", "{\"opinion\":\"not_applicable\"}", ">= fits at the limit"},
    {"{\"rules\":[{\"field\":\"kind\",\"op\":\"=\",\"value\":\"b\\u00e4r\",\"opinion\":\"not_applicable\"}]}",
     "{\"kind\":\"b\xc3\xa4r\"}", "{\"opinion\":\"not_applicable\"}", "texts are compared unescaped"},
    {"{\"rules\":[{\"field\":\"x\",\"op\":\"!=\",\"value\":true,\"opinion\":\"not_applicable\"}]}", "{\"x\":false}",
     "{\"opinion\":\"not_applicable\"}", "booleans differ"},
    {"{\"rules\":[{\"field\":\"x\",\"op\":\"=\",\"value\":1,\"opinion\":\"not_applicable\"}]}", "{\"x\":\"1\"}",
     "{\"opinion\":\"approve\"}", "another type never fits"},
};

static void opinion_follows_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(opinions) / sizeof(opinions[0]); i++) {
        struct fake_hub hub;

        fake_hub_open(&hub, SIM, opinions[i].config, false, NOW_MS);
        fake_hub_offer(&hub, 64, 1, opinions[i].form);
        fake_hub_send(&hub);
        fake_hub_wait_reports(&hub, 1);
        assert_int_equal(BASE_ITEM_OPINION, hub.reports[0].kind);
        assert_int_equal(64, hub.reports[0].task);
        if (strcmp(opinions[i].expected, hub.reports[0].payload) != 0)
            fail_msg("%s: %s", opinions[i].why, hub.reports[0].payload);
        fake_hub_fini(&hub);
    }
}

static void accept_comes_before_a_later_opinion(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"accept\":true,\"delay_ms\":60000}", true, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    assert_int_equal(BASE_ITEM_ACCEPT, hub.reports[0].kind);
    assert_string_equal("{\"external_ref\":\"SIM-20261129-000123-7.64\"}", hub.reports[0].payload);
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391144122}"); /* 1 ms too early */
    fake_hub_send(&hub);
    fake_hub_wait_poll(&hub);
    assert_non_null(strstr(hub.poll, "\"time_seen\":1764391144122"));
    assert_int_equal(1, hub.report_count);
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391144123}");
    fake_hub_send(&hub);
    fake_hub_wait_poll(&hub);
    assert_non_null(strstr(hub.poll, "\"time_seen\":1764391144123"));
    assert_int_equal(2, hub.report_count); /* no poll says seen before the report is out */
    assert_string_equal("{\"opinion\":\"approve\"}", hub.reports[1].payload);
    fake_hub_fini(&hub);
}

static void opinion_falls_when_the_form_says(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"accept\":true,\"opine_at_field\":\"at\"}", true, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{\"at\":1764391084999,\"at:fire.check\":\"2025-11-29T12:38:05.000+08:00\"}");
    fake_hub_offer(&hub, 128, 1, "{\"at\":1764391084500}");
    fake_hub_offer(&hub, 192, 1, "{\"at\":\"2025-11-29T04:38:04Z\"}"); /* past */
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 4);
    assert_int_equal(192, fake_hub_find(&hub, BASE_ITEM_OPINION, 0)->task);
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391085000}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 6);
    assert_int_equal(128, hub.reports[4].task); /* in the order of their times */
    assert_int_equal(64, hub.reports[5].task);
    fake_hub_fini(&hub);
}

static void resume_schedules_the_opinion_again(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"accept\":true,\"delay_ms\":5000,\"opinion\":\"reject\",\"reasons\":[\"no\"]}", true, NOW_MS);
    fake_hub_item(&hub, BASE_ITEM_RESUME, 64,
                  "{\"task\":\"n.1\",\"matter\":\"m\",\"attempt\":2,\"form\":{},\"external_ref\":\"SIM-n.1\","
                  "\"checkpoint\":null,\"state\":\"accepted\"}");
    fake_hub_send(&hub);
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391089123}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    assert_string_equal("{\"opinion\":\"reject\",\"reasons\":[\"no\"]}", hub.reports[0].payload);
    assert_int_equal(0, fake_hub_count(&hub, BASE_ITEM_ACCEPT));
    fake_hub_fini(&hub);
}

static void failures_come_first_and_say_their_effect(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"fail\":{\"times\":1,\"effect\":\"none\"},\"lose_replies\":1}", false, NOW_MS);
    for (unsigned attempt = 1; attempt <= 3; attempt++) {
        fake_hub_offer(&hub, 64, attempt, "{}");
        fake_hub_send(&hub);
        fake_hub_wait_reports(&hub, attempt);
    }
    assert_non_null(strstr(hub.reports[0].payload, "\"effect\":\"none\",\"code\":\"configured\""));
    assert_non_null(strstr(hub.reports[1].payload, "\"effect\":\"unknown\",\"code\":\"reply_lost\""));
    assert_int_equal(BASE_ITEM_OPINION, hub.reports[2].kind);
    fake_hub_fini(&hub);
}

static void applicant_is_asked_and_department_pauses(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"need_input_on\":{\"field\":\"area\"},\"pause_ms\":1000}", true, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{}");
    fake_hub_offer(&hub, 128, 1, "{\"area\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 4);
    assert_int_equal(BASE_ITEM_ACCEPT, hub.reports[0].kind);
    assert_string_equal("{\"fields\":[\"area\"],\"text\":\"as configured\"}", hub.reports[1].payload);
    assert_string_equal("{\"kind\":\"inspection\",\"expected_days\":1}", hub.reports[3].payload);
    fake_hub_item(&hub, BASE_ITEM_INPUT, 64, "{\"answer\":{\"area\":2}}");
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391085123}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 7);
    assert_int_equal(BASE_ITEM_FAIL, hub.reports[4].kind); /* no input callback: to be resumed with the whole form */
    assert_non_null(strstr(hub.reports[4].payload, "\"effect\":\"done\",\"code\":\"input_received\""));
    assert_int_equal(BASE_ITEM_UNPAUSE, hub.reports[5].kind);
    assert_int_equal(BASE_ITEM_OPINION, hub.reports[6].kind);
    fake_hub_fini(&hub);
}

static void crash_leaves_the_task_in_the_flight_record(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"crash_on\":{\"field\":\"poison\",\"value\":true}}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{}");
    fake_hub_send(&hub);
    fake_hub_wait_reports(&hub, 1);
    assert_int_equal(0, hub.flight[1]);
    fake_hub_offer(&hub, 4711, 1, "{\"poison\":true}");
    fake_hub_send(&hub);
    assert_int_equal(-SIGABRT, fake_hub_reap(&hub));
    assert_int_equal(4711, hub.flight[1]);
    assert_int_not_equal(0, hub.flight[2]);
    fake_hub_fini(&hub);
}

static void hang_is_visible_and_kills_nothing_but_itself(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"hang_on\":{\"field\":\"poison\",\"value\":\"x\"}}", false, NOW_MS);
    fake_hub_offer(&hub, 4711, 1, "{\"poison\":\"x\"}");
    fake_hub_send(&hub);
    while (__atomic_load_n(&hub.flight[1], __ATOMIC_ACQUIRE) != 4711 ||
           __atomic_load_n(&hub.flight[2], __ATOMIC_ACQUIRE) == 0)
        fake_hub_wait_poll(&hub); /* the I/O thread still polls; the page says who hangs */
    fake_hub_send(&hub);
    fake_hub_wait_poll(&hub);
    assert_int_equal(4711, hub.flight[1]);
    kill(hub.pid, SIGKILL);
    assert_int_equal(-SIGKILL, fake_hub_reap(&hub));
    fake_hub_fini(&hub);
}

static void drain_gives_back_what_was_only_offered(void **state)
{
    struct fake_hub hub;

    (void)state;
    fake_hub_open(&hub, SIM, "{\"delay_ms\":60000}", true, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{}");
    fake_hub_item(&hub, BASE_ITEM_DRAIN, 0, "{}");
    fake_hub_offer(&hub, 128, 1, "{}"); /* crossed the drain */
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_GIVE_BACK, 2);
    assert_int_equal(64, hub.reports[0].task);
    assert_int_equal(128, hub.reports[1].task);
    fake_hub_item(&hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":5000}");
    fake_hub_send(&hub);
    fake_hub_wait_bye(&hub);
    assert_string_equal("{\"reason\":\"stopped\"}", hub.bye);
    fake_hub_reap_with(&hub, 0);
    fake_hub_fini(&hub);
}

static void mistaken_configuration_is_told(void **state)
{
    struct fake_hub hub;
    char text[2048];

    (void)state;
    fake_hub_start(&hub, SIM);
    fake_hub_hello(&hub, "{\"delay_ms\":\"soon\"}", false, NOW_MS);
    fake_hub_wait_bye(&hub);
    assert_int_equal(7, fake_hub_reap(&hub));
    fake_hub_stderr(&hub, text, sizeof(text));
    assert_non_null(strstr(text, "onedoor-host: test: the plugin did not open"));
    assert_true(fake_hub_has_log(&hub, "the configuration is not as manifest.json describes it"));
    fake_hub_fini(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opinion_follows_the_rules),
        cmocka_unit_test(accept_comes_before_a_later_opinion),
        cmocka_unit_test(opinion_falls_when_the_form_says),
        cmocka_unit_test(resume_schedules_the_opinion_again),
        cmocka_unit_test(failures_come_first_and_say_their_effect),
        cmocka_unit_test(applicant_is_asked_and_department_pauses),
        cmocka_unit_test(crash_leaves_the_task_in_the_flight_record),
        cmocka_unit_test(hang_is_visible_and_kills_nothing_but_itself),
        cmocka_unit_test(drain_gives_back_what_was_only_offered),
        cmocka_unit_test(mistaken_configuration_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
