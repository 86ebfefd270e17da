/* SPDX-License-Identifier: Apache-2.0 */
/* Modules built from each released ABI's own headers work in the present host: every
 * callback and every host call that an author could have used then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1764391084123)
#define HELD 6400

static const char *const museums[] = {"tests/museum/1.0-c11", "tests/museum/1.0-c11-clang"};
static const char *const museums_cxx[] = {"tests/museum/1.0-cxx17"};

static void stop(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(hub);
    fake_hub_wait_bye(hub);
    fake_hub_reap_with(hub, 0);
    fake_hub_fini(hub);
}

/* A museum that this machine could not build (no such compiler) has no folder. */
static bool is_built(const char *museum)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/module.so", museum);
    FILE *file = fopen(fake_build_path(path), "rb");
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

static const struct {
    const char *form;
    uint8_t kind;      /* of the report that tells */
    const char *part;  /* of its payload */
    const char *why;
} rows[] = {
    {"{\"premises_area_m2\":120}", BASE_ITEM_OPINION, "{\"opinion\":\"approve\"}", "the desk check approves"},
    {"{\"premises_area_m2\":301}", BASE_ITEM_OPINION, "larger than a desk check", "and rejects"},
    {"{\"case\":\"echo\"}", BASE_ITEM_OPINION,
     "20261129-000123-7|20261129-000123-7.192|k-192|fire.check|fire|open-restaurant|1|0|2026-11-29T05:58:04.123+08:00|"
     "2026-12-04|2026-12-25||0|1|{\\\"case\\\":\\\"echo\\\"}|15|{}|[]|of old", "every part of an offer is where it was"},
    {"{\"case\":\"conditions\"}", BASE_ITEM_OPINION, "\"conditions\":[\"Two extinguishers.\",\"A second exit.\"]", "conditions"},
    {"{\"case\":\"full\"}", BASE_ITEM_OPINION,
     "{\"opinion\":\"reject\",\"reasons\":[\"A plan is missing.\",\"The stairs are too narrow.\"],\"document_no\":\"F-2026-17\","
     "\"external_ref\":\"R-17\"}", "struct od_opinion as it was"},
    {"{\"case\":\"not_applicable\"}", BASE_ITEM_OPINION, "{\"opinion\":\"not_applicable\",\"reasons\":[\"No kitchen.\"]}", "the fourth value"},
    {"{\"case\":\"fail\"}", BASE_ITEM_FAIL,
     "{\"effect\":\"unknown\",\"code\":\"no_line\",\"detail\":\"The line is dead.\",\"retry_after_ms\":1500,\"external_ref\":\"R-18\"}",
     "struct od_failure as it was"},
    {"{\"case\":\"give_back\"}", BASE_ITEM_GIVE_BACK, "{}", "od_give_back"},
    {"{\"case\":\"busy\"}", BASE_ITEM_GIVE_BACK, "{}", "OD_EBUSY"},
    {"{\"case\":\"accept\"}", BASE_ITEM_OPINION, "Accepted, then approved.", "accept, checkpoint, pause, unpause, progress, answered, data"},
    {"{\"case\":\"timer\"}", BASE_ITEM_OPINION, "The timer ran.", "od.timer/1"},
    {"{\"case\":\"threads\"}", BASE_ITEM_OPINION, "Worked and posted.", "od_work and od_post"},
    {"{\"case\":\"values\",\"n\":7,\"list\":[1,2.5]}", BASE_ITEM_OPINION, "case:4:-1;n:3:7;list:5:-1;1,2.5,", "struct od_value as it was"},
    {"{\"case\":\"readers\",\"word\":\"w\",\"number\":0.5,\"truth\":true}", BASE_ITEM_OPINION, "0 w 0.5 1", "typed readers"},
    {"{\"case\":\"metric\"}", BASE_ITEM_OPINION, "measured", "od.metric/1 and od_log"},
    {"{\"case\":\"credits\"}", BASE_ITEM_OPINION, "0 1 1", "od_set_credits, od_task_next, od_task_state_of"},
};

static void check_row(struct fake_hub *hub, size_t row)
{
    uint64_t task = (row + 1) * 64;
    size_t count = fake_hub_count(hub, rows[row].kind);

    fake_hub_offer(hub, task, 1, rows[row].form);
    fake_hub_send(hub);
    fake_hub_wait_kind(hub, rows[row].kind, count + 1);
    const struct fake_report *report = fake_hub_find(hub, rows[row].kind, task);
    if (report == NULL || strstr(report->payload, rows[row].part) == NULL)
        fail_msg("%s: %s", rows[row].why, report != NULL ? report->payload : "no such report");
}

static void hold(struct fake_hub *hub, uint64_t task, enum base_frame_kind kind, const char *payload)
{
    fake_hub_offer(hub, task, 1, "{\"case\":\"hold\"}");
    fake_hub_item(hub, kind, task, payload);
}

/* The items that come later in a task's life. */
static void check_items(struct fake_hub *hub)
{
    size_t opinions = fake_hub_count(hub, BASE_ITEM_OPINION);

    hold(hub, HELD + 64, BASE_ITEM_CANCEL, "{\"reason\":\"withdrawn\"}");
    hold(hub, HELD + 128, BASE_ITEM_EVENT, "{\"body\":{\"done\":true}}");
    hold(hub, HELD + 192, BASE_ITEM_RELEASE, "{\"reason\":\"moved\"}");
    fake_hub_offer(hub, HELD + 256, 1, "{}");
    fake_hub_item(hub, BASE_ITEM_INPUT, HELD + 256, "{\"answer\":{\"premises_area_m2\":120}}");
    fake_hub_item(hub, BASE_ITEM_RESUME, HELD + 320,
                  "{\"application\":\"A\",\"task\":\"A.1\",\"form\":{},\"external_ref\":\"R-9\",\"checkpoint\":\"YWJjZA==\",\"state\":\"paused\"}");
    fake_hub_item(hub, BASE_ITEM_TIME, 0, "{\"now_ms\":1764391085000}");
    fake_hub_send(hub);
    fake_hub_wait_kind(hub, BASE_ITEM_OPINION, opinions + 3);
    fake_hub_wait_kind(hub, BASE_ITEM_CANCELLED, 1);
    assert_string_equal("{\"effect\":\"none\"}", fake_hub_find(hub, BASE_ITEM_CANCELLED, HELD + 64)->payload);
    assert_non_null(strstr(fake_hub_find(hub, BASE_ITEM_OPINION, HELD + 128)->payload, "called back"));
    assert_non_null(strstr(fake_hub_find(hub, BASE_ITEM_OPINION, HELD + 256)->payload, "Asked and answered."));
    assert_non_null(strstr(fake_hub_find(hub, BASE_ITEM_OPINION, HELD + 320)->payload, "resumed R-9 abcd 3"));
    assert_true(fake_hub_has_log(hub, "event {\\\"done\\\":true}"));
    assert_true(fake_hub_has_log(hub, "released moved"));
}

static void check_configure(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_CONFIGURE, 0, "{\"config\":{\"max_area_m2\":50}}");
    fake_hub_offer(hub, HELD + 640, 1, "{\"premises_area_m2\":51}");
    fake_hub_send(hub);
    fake_hub_wait_kind(hub, BASE_ITEM_OPINION, fake_hub_count(hub, BASE_ITEM_OPINION) + 1);
    assert_non_null(strstr(fake_hub_find(hub, BASE_ITEM_OPINION, HELD + 640)->payload, "larger than a desk check"));
}

static void a_module_of_old_works_in_the_present_host(void **state)
{
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(museums) / sizeof(museums[0]); i++) {
        struct fake_hub hub;

        if (!is_built(museums[i]))
            continue;
        tried++;
        fake_hub_open(&hub, fake_build_path(museums[i]), "{\"note\":\"of old\"}", false, NOW_MS);
        assert_non_null(strstr(hub.hello, "\"module\":\"museum\",\"version\":\"1.0.0\",\"abi\":[1,0]"));
        for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
            check_row(&hub, row);
        check_items(&hub);
        check_configure(&hub);
        assert_false(fake_hub_has_log(&hub, "contract")); /* the host would name a mistake of its author */
        stop(&hub);
    }
    assert_true(tried > 0);
}

static void a_module_of_old_in_cxx_works_in_the_present_host(void **state)
{
    struct fake_hub hub;

    (void)state;
    if (!is_built(museums_cxx[0]))
        skip(); /* no C++ compiler */
    fake_hub_open(&hub, fake_build_path(museums_cxx[0]), "{\"note\":\"hello\"}", false, NOW_MS);
    fake_hub_offer(&hub, 64, 1, "{\"a\":1}");
    fake_hub_send(&hub);
    fake_hub_wait_kind(&hub, BASE_ITEM_OPINION, 1);
    assert_string_equal("{\"opinion\":\"approve\",\"reasons\":[\"hello {\\\"a\\\":1}\"]}", fake_hub_find(&hub, BASE_ITEM_OPINION, 64)->payload);
    stop(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_module_of_old_works_in_the_present_host),
        cmocka_unit_test(a_module_of_old_in_cxx_works_in_the_present_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
