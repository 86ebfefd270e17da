/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine tells a connector's breaker of a report, and whom it alerts. */
#include <stdio.h>

#include "catalog/fixture.h"
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

static struct connect_link *offer(void)
{
    struct connect_link *market = stage_link("market");

    stage_ask(FRONT_APPLICATION_SUBMIT, NULL, NULL, STAND);
    stage_drain();
    stage_link_ready(market);
    stage_drain();
    CHECK(stage_held(market, base_task_handle(1, 0)) != NULL, "offered");
    return market;
}

static void test_what_counts(void **state)
{
    static const struct {
        uint8_t kind;
        const char *payload;
        unsigned successes, failures;
        const char *why;
    } rows[] = {
        {BASE_ITEM_OPINION, "{\"opinion\":\"approve\"}", 1, 0, "it answered"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"reject\",\"reasons\":[\"no\"]}", 1, 0, "a refusal is an answer as good as any"},
        {BASE_ITEM_ACCEPT, "{\"external_ref\":\"R\"}", 1, 0, "it has the task"},
        {BASE_ITEM_NEED_INPUT, "{\"text\":\"more\"}", 1, 0, "somebody there asks"},
        {BASE_ITEM_FAIL, "{\"effect\":\"none\"}", 0, 1, "not reached"},
        {BASE_ITEM_FAIL, "{\"effect\":\"unknown\"}", 0, 1, "nobody knows"},
        {BASE_ITEM_FAIL, "{}", 0, 1, "who does not say it does not know it"},
        {BASE_ITEM_FAIL, "{\"effect\":\"done\"}", 0, 0, "it was reached; what failed came later"},
        {BASE_ITEM_GIVE_BACK, "{}", 0, 0, "never attempted"},
        {BASE_ITEM_PROGRESS, "{\"percent\":1}", 0, 0, "no outcome"},
        {BASE_ITEM_OPINION, "{\"opinion\":\"maybe\"}", 0, 0, "not taken"},
        {BASE_ITEM_OPINION, "no JSON", 0, 0, "not read"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_link *market = offer();

        stage_report(market, rows[i].kind, base_task_handle(1, 0), rows[i].payload);
        stage_drain();
        CHECK_I64(rows[i].successes, market->successes, rows[i].why);
        CHECK_I64(rows[i].failures, market->failures, rows[i].why);
        stage_close();
        stage_open(2 + i);
    }
}

static void test_stale_words_do_not_count(void **state)
{
    struct connect_link *market = offer();

    (void)state;
    stage_report(market, BASE_ITEM_OPINION, base_task_handle(1, 0), "{\"opinion\":\"approve\"}");
    stage_drain();
    stage_report(market, BASE_ITEM_FAIL, base_task_handle(1, 0), "{\"effect\":\"none\"}");
    stage_drain();
    CHECK_I64(0, market->failures, "the task has its opinion");
}

static void test_admins_are_told_that_trust_ended(void **state)
{
    static const struct front_identity admin = {.key_id = "a", .roles = FRONT_ROLE_ADMIN}, desk = {.key_id = "d", .roles = FRONT_ROLE_FRONT_DESK};
    struct connect_link *market = offer();

    (void)state;
    engine_trust_look(stage.engine);
    market->is_distrusted = true;
    engine_trust_look(stage.engine);
    engine_trust_look(stage.engine);
    stage_drain();
    struct stage_request *asked = stage_ask_as(&admin, FRONT_ALERT_LIST, NULL, "kind=connector_distrusted", NULL);
    stage_drain();
    CHECK(strstr(asked->answer, "\"kind\":\"connector_distrusted\",\"level\":\"red\"") != NULL, asked->answer);
    CHECK(strstr(asked->answer, "\"connector\":\"market\"") != NULL, "which one");
    CHECK(strstr(strstr(asked->answer, "\"connector\":\"market\"") + 1, "\"connector\"") == NULL, "once");
    asked = stage_ask_as(&desk, FRONT_ALERT_LIST, NULL, "kind=connector_distrusted", NULL);
    stage_drain();
    CHECK(strstr(asked->answer, "market") == NULL, "nobody else is");
}

static void test_admins_are_alerted_once(void **state)
{
    static const struct front_identity admin = {.key_id = "a", .roles = FRONT_ROLE_ADMIN}, desk = {.key_id = "d", .roles = FRONT_ROLE_FRONT_DESK};
    struct connect_link *market = offer();

    (void)state;
    market->failures_max = 1;
    stage_report(market, BASE_ITEM_FAIL, base_task_handle(1, 0), "{\"effect\":\"none\"}");
    stage_drain();
    struct stage_request *asked = stage_ask_as(&admin, FRONT_ALERT_LIST, NULL, "kind=connector_failing", NULL);
    stage_drain();
    CHECK(strstr(asked->answer, "\"kind\":\"connector_failing\",\"level\":\"red\"") != NULL, asked->answer);
    CHECK(strstr(asked->answer, "\"connector\":\"market\"") != NULL, "which one");
    CHECK(strstr(strstr(asked->answer, "\"connector\":\"market\"") + 1, "\"connector\"") == NULL, "once");
    asked = stage_ask_as(&desk, FRONT_ALERT_LIST, NULL, "kind=connector_failing", NULL);
    stage_drain();
    CHECK(strstr(asked->answer, "market") == NULL, "nobody else is");
    stage_report(market, BASE_ITEM_GIVE_BACK, base_task_handle(1, 0), "{}");
    stage_drain();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_counts, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_stale_words_do_not_count, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_admins_are_alerted_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_admins_are_told_that_trust_ended, open_stage, close_stage),
    };

    base_log_init("engine_breaker_test", NULL, BASE_LOG_NONE);
    if (!fixture_open())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
