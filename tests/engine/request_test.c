/* SPDX-License-Identifier: Apache-2.0 */
/* What departments ask of the applicant during the review, what the applicant supplies, and
 * what was promised at the acceptance. */
#include <stdio.h>

#include "engine/desk.h"
#include "engine/replay.h"
#include "lib/check.h"

#define ALL "[{\"material\":\"deed\"},{\"material\":\"plan\"},{\"material\":\"report\"}]"
#define TWO "[{\"material\":\"deed\"},{\"material\":\"plan\"}]" /* up to 300 */
#define HOUR_MS INT64_C(3600000)

static const struct front_identity *const officers[] = {&desk_land, &desk_water, &desk_fire};

static void take_all(const char *number, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        desk_do(officers[i], FRONT_TASK_TAKE, desk_task(number, i), 200, NULL);
}

static size_t told(const char *number, const char *kind, size_t *at)
{
    struct stage_request *asked = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    size_t count = 0;
    char path[64];

    for (size_t i = 0; i < desk_count(asked, "items"); i++) {
        snprintf(path, sizeof(path), "items.%zu.notice", i);
        if (strcmp(desk_of(asked, path), kind) != 0)
            continue;
        count++;
        *at = i;
    }
    return count;
}

static size_t requests_told(const char *number)
{
    struct stage_request *asked = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    size_t at = 0;
    char path[64];

    CHECK(told(number, "supplement", &at) > 0, "told");
    snprintf(path, sizeof(path), "items.%zu.requests", at);
    return desk_count(asked, path);
}

static const char *task_state(const char *number, unsigned task)
{
    char path[64];

    snprintf(path, sizeof(path), "tasks.%u.state", task);
    return desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), path);
}

/* Three departments ask on one day: one notice when the office closes, for all three. */
static void test_one_day_one_notice(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":400}", ALL);
    size_t at;

    (void)state;
    take_all(number, 3);
    for (unsigned i = 0; i < 3; i++) {
        desk_do(officers[i], FRONT_TASK_ASK, desk_task(number, i), 200, "{\"text\":\"more\"}");
        desk_wait(HOUR_MS);
    }
    CHECK_I64(0, told(number, "supplement", &at), "nothing before the office closes");
    desk_wait(6 * HOUR_MS); /* 18:00 */
    CHECK_I64(1, told(number, "supplement", &at), "one notice");
    CHECK_I64(3, requests_told(number), "with all of them");
    CHECK_I64(0, desk_alerts("second_notice"), "it is the first");
    desk_pass(3);
    CHECK_I64(1, told(number, "supplement", &at), "and no other comes");
    replay_check(desk_id(number));
}

/* A second day's request is a second notice: it must cite something, and it is flagged. */
static void test_second_notice(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":400}", ALL);
    size_t at;

    (void)state;
    take_all(number, 3);
    desk_do(&desk_land, FRONT_TASK_ASK, desk_task(number, 0), 200, "{\"text\":\"more\"}");
    desk_wait(9 * HOUR_MS);
    desk_pass(1);
    struct stage_request *asked = desk_do(&desk_water, FRONT_TASK_ASK, desk_task(number, 1), 422, "{\"text\":\"and this\"}");
    CHECK_TEXT("citation_required", asked->code, "told once already");
    desk_do(&desk_water, FRONT_TASK_ASK, desk_task(number, 1), 200, "{\"materials\":[\"plan\"]}");
    desk_pass(1);
    CHECK_I64(2, told(number, "supplement", &at), "the second one");
    CHECK_I64(1, desk_alerts("second_notice"), "supervision is told, once");
    struct engine_application *row = desk_read_row(number);
    CHECK(row->core->is_flagged, "and the application is flagged");
    engine_application_destroy(row);
    replay_check(desk_id(number));
}

static void test_answered_item_by_item(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":400}", ALL);

    (void)state;
    take_all(number, 3);
    desk_do(&desk_land, FRONT_TASK_ASK, desk_task(number, 0), 200, "{\"materials\":[\"deed\"],\"fields\":[\"area\"]}");
    desk_do(&desk_water, FRONT_TASK_ASK, desk_task(number, 1), 200, "{\"materials\":[\"plan\"]}");
    struct stage_request *asked =
        desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 422, "{\"materials\":[{\"material\":\"report\"}]}");
    CHECK_TEXT("not_asked", asked->code, "nobody asked for the report");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"deed\"}]}");
    CHECK_TEXT("waiting_applicant", task_state(number, 0), "the area is still to be told");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 422, "{\"materials\":[{\"material\":\"deed\"}]}");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"form\":{\"area\":410},\"materials\":[{\"material\":\"plan\"}]}");
    CHECK_TEXT("accepted", task_state(number, 0), "both are here");
    CHECK_TEXT("accepted", task_state(number, 1), "and its own one");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 409, "{\"materials\":[{\"material\":\"plan\"}]}");
    desk_wait(9 * HOUR_MS);
    size_t at;
    CHECK_I64(0, told(number, "supplement", &at), "answered before the office closed: nothing is left to be told");
    replay_check(desk_id(number));
}

/* The clock of who asked stands still, that of the others does not; the day of the answer is not lost. */
static void test_clocks_of_requests(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":400}", ALL);
    struct engine_application *before = desk_read_row(number), *after;

    (void)state;
    take_all(number, 3);
    desk_do(&desk_land, FRONT_TASK_ASK, desk_task(number, 0), 200, "{\"text\":\"more\"}");
    desk_pass(2);
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"text\":\"here\"}");
    after = desk_read_row(number);
    CHECK(after->core->tasks[0].clocks[CORE_CLOCK_PROMISED].due > before->core->tasks[0].clocks[CORE_CLOCK_PROMISED].due,
          "two working days later");
    CHECK_I64(before->core->tasks[1].clocks[CORE_CLOCK_PROMISED].due, after->core->tasks[1].clocks[CORE_CLOCK_PROMISED].due,
              "who did not ask has no more time");
    engine_application_destroy(before);
    engine_application_destroy(after);
    replay_check(desk_id(number));
}

/* No answer in fifteen days: the department goes on, and staff know. */
static void test_no_answer(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", TWO);

    (void)state;
    take_all(number, 2);
    desk_do(&desk_land, FRONT_TASK_ASK, desk_task(number, 0), 200, "{\"text\":\"more\"}");
    desk_wait(9 * HOUR_MS); /* told when the office has closed */
    desk_pass(15);
    CHECK_TEXT("waiting_applicant", task_state(number, 0), "the last day");
    desk_pass(1);
    CHECK_TEXT("accepted", task_state(number, 0), "it goes on");
    CHECK_I64(1, desk_alerts("unanswered"), "and staff are told");
    replay_check(desk_id(number));
}

/* -- Before the acceptance -- */

static void test_corrected_form_changes_the_matters(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":13}", TWO);

    (void)state;
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "an error that can be put right");
    CHECK_TEXT("skipped", task_state(number, 2), "13 is not > 300");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"form\":{\"area\":1300},\"materials\":[{\"material\":\"report\"}]}");
    CHECK_TEXT("in_review", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "put right");
    CHECK_TEXT("offered", task_state(number, 2), "and the fire department has its task");
    replay_check(desk_id(number));
}

static void test_corrected_form_may_need_more(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":13}", "[{\"material\":\"deed\"},{\"material\":\"plan\"}]");

    (void)state;
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"form\":{\"area\":1300}}");
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "the report is missing now");
    CHECK_TEXT("report", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "notice.missing.0.material"), "and the notice says so");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"report\"}]}");
    CHECK_TEXT("in_review", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "all is here");
    replay_check(desk_id(number));
}

static void test_lapses_after_its_time(void **state)
{
    const char *number = desk_submit("plain", "{}", "[{\"material\":\"deed\"}]");

    (void)state;
    desk_pass(15);
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "the last day");
    stage_wait(DAY_MS); /* and nobody was woken yet */
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 409, "{\"materials\":[{\"material\":\"plan\"}]}");
    CHECK_TEXT("lapsed", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "it is over");
    replay_check(desk_id(number));
}

/* -- What was promised at the acceptance -- */

static const char *submit_promise(void)
{
    static char number[BASE_NUMBER_SIZE];
    struct stage_request *asked = desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201,
        "{\"service\":\"plain\",\"applicant\":{\"name\":\"Li\"},\"form\":{\"area\":100},\"materials\":[{\"material\":\"deed\"}],"
        "\"promise\":{\"materials\":[\"plan\"],\"until\":\"2024-01-25\"}}");

    snprintf(number, sizeof(number), "%s", desk_of(asked, "number"));
    CHECK_TEXT("in_review", desk_of(asked, "status"), "accepted all the same");
    return number;
}

static void test_promise_is_kept(void **state)
{
    const char *number = submit_promise();

    (void)state;
    struct stage_request *asked =
        desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 422, "{\"materials\":[{\"material\":\"report\"}]}");
    CHECK_TEXT("not_asked", asked->code, "another material than the promised one");
    struct engine_application *row = desk_read_row(number);
    CHECK_I64(CORE_CLOCK_RUNNING, row->core->tolerance.state, "still to come");
    engine_application_destroy(row);
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"plan\"}]}");
    row = desk_read_row(number);
    CHECK_I64(CORE_CLOCK_MET, row->core->tolerance.state, "kept");
    CHECK(row->notice.bytes == NULL, "nothing is asked for any more");
    engine_application_destroy(row);
    desk_pass(15);
    CHECK_TEXT("in_review", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "and the review goes on");
    replay_check(desk_id(number));
}

static void test_promise_is_broken(void **state)
{
    const char *number = submit_promise();

    (void)state;
    desk_pass(10);
    CHECK_TEXT("in_review", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "25 January is its last day");
    desk_pass(1);
    CHECK_TEXT("lapsed", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "over");
    replay_check(desk_id(number));
}

/* A request and a promise at once: each is met by its own. */
static void test_promise_beside_a_request(void **state)
{
    const char *number = submit_promise();

    (void)state;
    take_all(number, 2);
    desk_do(&desk_land, FRONT_TASK_ASK, desk_task(number, 0), 200, "{\"fields\":[\"area\"]}");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"form\":{\"area\":120}}");
    struct engine_application *row = desk_read_row(number);
    CHECK_I64(CORE_CLOCK_RUNNING, row->core->tolerance.state, "the plan is still to come");
    CHECK(row->notice.bytes != NULL && strstr(row->notice.bytes, "plan") != NULL, "and the notice says so");
    engine_application_destroy(row);
    CHECK_TEXT("accepted", task_state(number, 0), "the request is met");
    replay_check(desk_id(number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_day_one_notice, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_second_notice, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_answered_item_by_item, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_clocks_of_requests, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_no_answer, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_corrected_form_changes_the_matters, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_corrected_form_may_need_more, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_lapses_after_its_time, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_promise_is_kept, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_promise_is_broken, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_promise_beside_a_request, desk_open, desk_close),
    };

    base_log_init("engine_request_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
