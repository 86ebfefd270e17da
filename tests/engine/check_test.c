/* SPDX-License-Identifier: Apache-2.0 */
/* A person looks whether an application is complete: Licensing Law art. 31 and 32. */
#include <stdio.h>

#include "engine/desk.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"

static const char *status_of(const char *number)
{
    return desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status");
}

static void check_notice(const char *number, const char *missing, size_t count)
{
    struct stage_request *shown = desk_get(FRONT_APPLICATION_SHOW, number, NULL);

    CHECK_I64(count, desk_count(shown, "notice.missing"), "items of the one notice");
    CHECK_TEXT(missing, desk_of(shown, "notice.missing.0.material"), "what it lists");
}

/* How often the applicant was told kind. */
static size_t told(const char *number, const char *kind)
{
    return desk_count_of(desk_get(FRONT_APPLICATION_NOTICES, number, NULL), "notice", kind);
}

static void test_departments_are_merged_into_one_notice(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    CHECK_TEXT("received", status_of(number), "a person looks first");
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 200,
            "{\"matter\":\"land\",\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"deed\",\"text\":\"blurred\"}]}");
    CHECK_TEXT("received", status_of(number), "the other one has not looked yet");
    CHECK_I64(0, told(number, "incomplete"), "and nothing is told before");
    desk_do(&desk_water, FRONT_APPLICATION_CHECK, number, 200,
            "{\"matter\":\"water\",\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"plan\"}]}");
    CHECK_TEXT("incomplete", status_of(number), "all have looked");
    CHECK_I64(1, told(number, "incomplete"), "one notice for both");
    check_notice(number, "deed", 2);
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 409, "{\"matter\":\"land\",\"outcome\":\"complete\"}");
    replay_check(desk_id(number));
}

static void test_a_second_look_replaces_the_first(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 200,
            "{\"matter\":\"land\",\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"deed\"}]}");
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 200, "{\"matter\":\"land\",\"outcome\":\"complete\"}");
    desk_do(&desk_water, FRONT_APPLICATION_CHECK, number, 200, "{\"matter\":\"water\",\"outcome\":\"complete\"}");
    CHECK_TEXT("in_review", status_of(number), "nothing is missing any more");
    CHECK_TEXT("null", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "notice"), "no notice is left");
    replay_check(desk_id(number));
}

static void test_who_may_check(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 403, "{\"outcome\":\"complete\"}");
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 403, "{\"matter\":\"water\",\"outcome\":\"complete\"}");
    desk_do(&desk_fire, FRONT_APPLICATION_CHECK, number, 403, "{\"matter\":\"land\",\"outcome\":\"complete\"}");
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 200, "{\"outcome\":\"complete\"}");
    CHECK_TEXT("in_review", status_of(number), "the front desk looks at all");
}

static void test_what_is_refused(void **state)
{
    static const struct { const char *body, *pointer, *why; } rows[] = {
        {"{}", "/outcome", "no outcome"},
        {"{\"outcome\":\"fine\"}", "/outcome", "no such outcome"},
        {"{\"outcome\":\"unchecked\"}", "/outcome", "a word of the core alone"},
        {"{\"outcome\":\"incomplete\"}", "/missing", "incomplete, and nothing is missing"},
        {"{\"outcome\":\"incomplete\",\"missing\":[]}", "/missing", "an empty list"},
        {"{\"outcome\":\"complete\",\"missing\":[{\"material\":\"deed\"}]}", "/missing", "complete, and something is missing"},
        {"{\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"report\"}]}", "/missing/0/material", "a material of another matter"},
        {"{\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"deed\"},{\"material\":\"passport\"}]}", "/missing/1/material",
         "a material that nobody publishes"},
        {"{\"outcome\":\"incomplete\",\"missing\":[{}]}", "/missing/0/material", "an item that names nothing"},
        {"{\"matter\":\"fire\",\"outcome\":\"complete\"}", "/matter", "a matter that it does not have"},
        {"{\"outcome\":\"not_competent\"}", "/body", "the right body is to be named"},
        {"{\"matter\":\"land\",\"outcome\":\"not_competent\",\"body\":\"the province\"}", "/matter", "one department cannot end it for all"},
        {"{\"matter\":\"land\",\"outcome\":\"not_required\"}", "/matter", "the same"},
        {"{\"matter\":\"land\",\"outcome\":\"correctable\"}", "/matter", "it would cut the others off from the one notice"},
    };
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 422, rows[i].body);

        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].why);
    }
    CHECK_TEXT("received", status_of(number), "and nothing came of it");
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, "RVS20240115-0000009-7", 404, "{\"outcome\":\"complete\"}");
    replay_check(desk_id(number));
}

static void test_ends_by_a_person(void **state)
{
    static const struct { const char *body, *status, *notice; } rows[] = {
        {"{\"outcome\":\"not_competent\",\"body\":\"the province\"}", "not_accepted", "not_competent"},
        {"{\"outcome\":\"not_required\",\"text\":\"a shed\"}", "not_accepted", "not_required"},
        {"{\"outcome\":\"correctable\"}", "incomplete", "correctable"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *number = desk_submit("checked", "{}", BOTH);

        desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 200, rows[i].body);
        CHECK_TEXT(rows[i].status, status_of(number), rows[i].body);
        CHECK_I64(1, told(number, rows[i].notice), rows[i].body);
        replay_check(desk_id(number));
    }
}

/* Monday 15 January: five working days end on Monday the 22nd. */
static void test_silence_accepts_as_of_the_receipt(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);
    struct engine_application *row = desk_read_row(number);
    core_day receipt = row->core->receipt_day;

    (void)state;
    engine_application_destroy(row);
    desk_pass(7);
    CHECK_TEXT("received", status_of(number), "the last day is not over");
    CHECK_I64(0, desk_alerts("accepted_by_silence"), "nor told");
    desk_pass(1);
    CHECK_TEXT("in_review", status_of(number), "accepted");
    row = desk_read_row(number);
    CHECK(row->core->is_accepted_by_silence, "on record");
    CHECK_I64(receipt, row->core->accepted_day, "as of its receipt");
    CHECK_I64(receipt, row->core->clocks[CORE_CLOCK_STATUTORY].start, "and so the limit");
    CHECK_I64(receipt, row->core->tasks[0].clocks[CORE_CLOCK_STATUTORY].start, "of each task");
    engine_application_destroy(row);
    CHECK_I64(1, desk_alerts("accepted_by_silence"), "staff are told, once");
    struct stage_request *alerts = desk_get(FRONT_ALERT_LIST, NULL, "kind=accepted_by_silence");
    CHECK_TEXT("intake", desk_of(alerts, "items.0.clock"), "which clock ran out");
    CHECK_TEXT("2024-01-22", desk_of(alerts, "items.0.due"), "and when");
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 409, "{\"outcome\":\"complete\"}");
    replay_check(desk_id(number));
}

/* One department found something, the other was silent: told on the last day, and nothing is accepted. */
static void test_the_last_day_tells_what_was_found(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 200,
            "{\"matter\":\"land\",\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"deed\"}]}");
    desk_pass(6);
    CHECK_TEXT("received", status_of(number), "the other may still look");
    desk_pass(1);
    CHECK_TEXT("incomplete", status_of(number), "on the last day");
    CHECK_I64(1, told(number, "incomplete"), "one notice");
    check_notice(number, "deed", 1);
    CHECK_I64(0, desk_alerts("accepted_by_silence"), "no silence");
    replay_check(desk_id(number));
}

/* Nobody found anything, but one has looked: silence of the other accepts. */
static void test_half_a_check_is_silence(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    desk_do(&desk_land, FRONT_APPLICATION_CHECK, number, 200, "{\"matter\":\"land\",\"outcome\":\"complete\"}");
    desk_pass(8);
    CHECK_TEXT("in_review", status_of(number), "accepted");
    CHECK_TEXT("null", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "notice"), "nothing is asked for");
    replay_check(desk_id(number));
}

/* What a person found missing is met item by item. */
static void test_met_item_by_item(void **state)
{
    const char *number = desk_submit("checked", "{}", BOTH);

    (void)state;
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 200,
            "{\"outcome\":\"incomplete\",\"missing\":[{\"material\":\"deed\"},{\"material\":\"plan\"}]}");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"plan\"}]}");
    CHECK_TEXT("incomplete", status_of(number), "the deed is still missing");
    check_notice(number, "deed", 1);
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"deed\"}]}");
    CHECK_TEXT("in_review", status_of(number), "all is here");
    CHECK_I64(1, told(number, "incomplete"), "told once");
    replay_check(desk_id(number));
}

/* What a corrected form needs is asked for, although a person found something else. */
static void test_a_corrected_form_needs_another_matter(void **state)
{
    const char *number = desk_submit("checked", "{\"area\":30}", BOTH);

    (void)state;
    desk_do(&desk_front, FRONT_APPLICATION_CHECK, number, 200, "{\"outcome\":\"correctable\"}");
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"form\":{\"area\":3000}}");
    CHECK_TEXT("incomplete", status_of(number), "the report is missing now");
    check_notice(number, "report", 1);
    desk_do(&desk_citizen, FRONT_APPLICATION_SUPPLEMENT, number, 200, "{\"materials\":[{\"material\":\"report\"}]}");
    CHECK_TEXT("in_review", status_of(number), "all is here");
    CHECK_TEXT("offered", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "tasks.2.state"), "and the third department works");
    replay_check(desk_id(number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_departments_are_merged_into_one_notice, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_second_look_replaces_the_first, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_who_may_check, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_what_is_refused, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_ends_by_a_person, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_silence_accepts_as_of_the_receipt, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_the_last_day_tells_what_was_found, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_half_a_check_is_silence, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_met_item_by_item, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_a_corrected_form_needs_another_matter, desk_open, desk_close),
    };

    base_log_init("engine_check_test", NULL, BASE_LOG_NONE);
    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
