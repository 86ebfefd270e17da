/* SPDX-License-Identifier: Apache-2.0 */
/* A notice told in person: put on record once, durable before it is answered, and the start of a time that waits for a
 * receipt (docs/rules/clock.md S-7). */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "engine/replay.h"
#include "lib/check.h"

#define BOTH "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"
#define NOON_OF(day) "2024-01-" day "T12:00:00+08:00"

/* The desk's catalogue, in which the time to answer waits for the receipt. */
static int open_told(void **state)
{
    char *text = fixture_replace(desk_text, "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 15}",
                                 "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 15, \"start\": \"told\"}");

    (void)state;
    stage_open_catalog(text, false);
    free(text);
    stage_drain();
    return 0;
}

/* "NUMBER/SEQ" of the last notice; static. */
static const char *last_notice(const char *number)
{
    static char param[BASE_NUMBER_SIZE + 24];
    struct stage_request *asked = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    char path[32], seq[24];

    snprintf(path, sizeof(path), "items.%zu.seq", desk_count(asked, "items") - 1);
    snprintf(seq, sizeof(seq), "%s", desk_of(asked, path));
    snprintf(param, sizeof(param), "%s/%s", number, seq);
    return param;
}

/* Of the application's last notice. */
static struct stage_request *tell(const char *number, int status, const char *body)
{
    return desk_do(&desk_front, FRONT_NOTICE_TOLD, last_notice(number), status, body);
}

static const char *supplement_of(const char *number, const char *member)
{
    struct stage_request *asked = desk_get(FRONT_APPLICATION_CLOCKS, number, NULL);
    char path[64];

    for (size_t i = 0; i < desk_count(asked, "clocks"); i++) {
        snprintf(path, sizeof(path), "clocks.%zu.of", i);
        if (strcmp(desk_of(asked, path), "supplement") != 0)
            continue;
        snprintf(path, sizeof(path), "clocks.%zu.%s", i, member);
        return desk_of(asked, path);
    }
    return "";
}

static void the_time_begins_with_it(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", "[]");

    (void)state;
    CHECK_TEXT("awaited", supplement_of(number, "told_by"), "nobody has told him yet");
    struct stage_request *asked = tell(number, 201, "{\"window\":\"3\",\"to\":\"agent\"}");
    CHECK_TEXT("incomplete", desk_of(asked, "told_in_person.notice"), "which");
    CHECK_TEXT("window-1", desk_of(asked, "told_in_person.by"), "who");
    CHECK_TEXT("agent", desk_of(asked, "told_in_person.to"), "whom");
    CHECK_TEXT("3", desk_of(asked, "told_in_person.window"), "where");
    CHECK_TEXT("2024-01-30", desk_of(asked, "told_in_person.until"), "until when he has to answer");
    CHECK_TEXT("receipt", supplement_of(number, "told_by"), "as by any receipt");
    CHECK_TEXT("2024-01-30", supplement_of(number, "due"), "fifteen days from today");
    asked = desk_get(FRONT_APPLICATION_NOTICES, number, NULL);
    CHECK_TEXT("window-1", desk_of(asked, "items.0.told_in_person.by"), "it stands with the notice");
    replay_check(desk_id(number));
}

static void each_is_on_record_once(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", "[]");
    char first[64];

    (void)state;
    snprintf(first, sizeof(first), "%s", desk_of(tell(number, 201, NULL), "told_in_person.at"));
    desk_pass(2);
    CHECK_TEXT(first, desk_of(tell(number, 200, "{}"), "told_in_person.at"), "the same again");
    char body[128];
    snprintf(body, sizeof(body), "{\"at\":\"%s\",\"window\":\"9\"}", first);
    CHECK_TEXT("", desk_of(tell(number, 200, body), "told_in_person.window"), "what is on record stays");
    tell(number, 409, "{\"at\":\"" NOON_OF("16") "\"}");
    CHECK_TEXT("2024-01-30", supplement_of(number, "due"), "and moved nothing");
    replay_check(desk_id(number));
}

/* By the day on which it was done, whoever writes it down later. */
static void it_may_be_written_down_later(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", "[]");

    (void)state;
    desk_pass(2);
    CHECK_TEXT("2024-01-31", desk_of(tell(number, 201, "{\"at\":\"" NOON_OF("16") "\"}"), "told_in_person.until"), "from yesterday");
    CHECK_TEXT("2024-01-31", supplement_of(number, "due"), "from yesterday");
    replay_check(desk_id(number));
    stage_restart(true);
    stage_drain();
    CHECK_TEXT("2024-01-31", supplement_of(number, "due"), "after a restart, too");
    tell(number, 200, NULL);
}

/* One that asks for nothing is put on record all the same: the result, say. */
static void others_start_nothing(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", BOTH);

    (void)state;
    CHECK_TEXT("accepted", desk_of(tell(number, 201, NULL), "told_in_person.notice"), "the receipt was handed over");
    CHECK_TEXT("", desk_of(tell(number, 200, NULL), "told_in_person.until"), "there is nothing to answer");
    replay_check(desk_id(number));
}

/* Where his time began with the notice itself, or by presumption before that day, it stays. */
static void what_has_begun_stays(void **state)
{
    const char *number = desk_submit("plain", "{\"area\":100}", "[]");

    (void)state;
    desk_pass(5);
    CHECK_TEXT("presumed", supplement_of(number, "told_by"), "three days have gone by");
    CHECK_TEXT("", desk_of(tell(number, 201, "{\"at\":\"" NOON_OF("16") "\"}"), "told_in_person.until"), "before that: on record, and no more");
    CHECK_TEXT("presumed", supplement_of(number, "told_by"), "as it was");
    replay_check(desk_id(number));
}

static void what_is_refused(void **state)
{
    static const struct { const char *body, *pointer, *code, *why; } rows[] = {
        {"{\"at\":\"2024-01-15T09:01:00+08:00\"}", "/at", "future", "in a minute"},
        {"{\"at\":\"2024-01-15T08:59:59+08:00\"}", "/at", "before_notice", "before there was a notice"},
        {"{\"at\":\"2023-12-01T12:00:00+08:00\"}", "/at", "before_notice", "before the application was received"},
        {"{\"at\":\"2024-01-15T09:00:00\"}", "/at", "format", "no offset"},
        {"{\"at\":\"today\"}", "/at", "format", "no time"},
        {"{\"at\":1705280400}", "/at", "length", "a number"},
        {"{\"to\":\"neighbour\"}", "/to", "choice", "somebody else"},
        {"{\"window\":\"123456789012345678901234567890123\"}", "/window", "length", "limit + 1"},
        {"{\"when\":\"now\"}", "/when", "unknown_member", "a member that there is not"},
    };
    const char *number = desk_submit("plain", "{\"area\":100}", "[]");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stage_request *asked = tell(number, 422, rows[i].body);

        CHECK_TEXT(rows[i].pointer, asked->pointer, rows[i].why);
        CHECK_TEXT(rows[i].code, asked->code, rows[i].why);
    }
    CHECK_TEXT("awaited", supplement_of(number, "told_by"), "nothing came of it");
    tell(number, 201, "{\"window\":\"12345678901234567890123456789012\",\"at\":\"2024-01-15T09:00:00+08:00\"}");
}

static void no_such_notice(void **state)
{
    static const char *const seqs[] = {"999999", "0", "01", "-1", "1x", "1234567890123456789"};
    char number[BASE_NUMBER_SIZE], param[BASE_NUMBER_SIZE + 32];

    (void)state;
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[]"));
    for (size_t i = 0; i < COUNT(seqs); i++) {
        snprintf(param, sizeof(param), "%s/%s", number, seqs[i]);
        desk_do(&desk_front, FRONT_NOTICE_TOLD, param, 404, NULL);
    }
    desk_do(&desk_front, FRONT_NOTICE_TOLD, "RVS20240115-0000009-7/1", 404, NULL);
    desk_do(&desk_front, FRONT_NOTICE_TOLD, "20240115-999999-9/1", 404, NULL);
    const char *other = strchr(last_notice(desk_submit("plain", "{\"area\":100}", "[]")), '/');
    snprintf(param, sizeof(param), "%s%s", number, other);
    desk_do(&desk_front, FRONT_NOTICE_TOLD, param, 404, NULL);
}

/* Two clerks at once: one is put on record, the other one is asked to try again. */
static void two_at_once(void **state)
{
    char param[64];

    (void)state;
    snprintf(param, sizeof(param), "%s", last_notice(desk_submit("plain", "{\"area\":100}", "[]")));
    struct stage_request *one = stage_ask_as(&desk_front, FRONT_NOTICE_TOLD, param, NULL, NULL);
    struct stage_request *other = stage_ask_as(&desk_front, FRONT_NOTICE_TOLD, param, NULL, "{\"window\":\"9\"}");
    CHECK(!one->is_answered, "nothing is told before it is durable");
    stage_drain();
    CHECK_I64(201, one->status, "the first");
    CHECK_I64(503, other->status, "the other");
    desk_do(&desk_front, FRONT_NOTICE_TOLD, param, 200, NULL);
}

/* Whatever runs out on the way: refused in words, and either all of it is there or nothing. */
static void no_memory(void **state)
{
    unsigned told = 0, refused = 0;

    (void)state;
    for (uint64_t n = 1; n < 40; n++) {
        char number[BASE_NUMBER_SIZE], param[64];

        snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[]"));
        snprintf(param, sizeof(param), "%s", last_notice(number));
        stage.alloc_fail_at = n;
        struct stage_request *asked = stage_ask_as(&desk_front, FRONT_NOTICE_TOLD, param, NULL, NULL);
        stage.alloc_fail_at = 0;
        stage_drain();
        CHECK(asked->status == 201 || asked->status == 503, "told, or refused in words");
        told += asked->status == 201;
        refused += asked->status == 503;
        CHECK_TEXT(asked->status == 201 ? "receipt" : "awaited", supplement_of(number, "told_by"), "all of it, or nothing");
    }
    CHECK(told > 0 && refused > 0, "both were met");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_told, desk_close)

/* One digit too few must not end an application whose applicant has days left. */
static void test_a_record_that_comes_too_late(void **state)
{
    char *text = fixture_replace(desk_text, "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 15}",
                                 "\"supplement\": {\"unit\": \"calendar_day\", \"length\": 2, \"start\": \"told\", \"told_after\": 10}");
    char number[BASE_NUMBER_SIZE], body[64], day[BASE_DATE_SIZE];

    (void)state;
    stage_open_catalog(text, false);
    free(text);
    stage_drain();
    snprintf(number, sizeof(number), "%s", desk_submit("plain", "{\"area\":100}", "[]"));
    desk_wait(4 * DAY_MS);
    base_day_format(stage.engine->now.day - 3, day);
    snprintf(body, sizeof(body), "{\"at\":\"%sT12:00:00+08:00\"}", day);
    struct stage_request *asked = tell(number, 422, body);
    CHECK_TEXT("over", asked->code, "his two days ended yesterday");
    CHECK_TEXT("/at", asked->pointer, "the time is to be looked at");
    CHECK_TEXT("incomplete", desk_of(desk_get(FRONT_APPLICATION_SHOW, number, NULL), "status"), "nothing ended");
    base_day_format(stage.engine->now.day - 2, day);
    snprintf(body, sizeof(body), "{\"at\":\"%sT12:00:00+08:00\"}", day);
    tell(number, 201, body);
    base_day_format(stage.engine->now.day, day);
    CHECK_TEXT(day, supplement_of(number, "due"), "the last day is today, and today counts");
    replay_check(desk_id(number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_time_begins_with_it), TEST(each_is_on_record_once), TEST(it_may_be_written_down_later), TEST(others_start_nothing),
        TEST(what_has_begun_stays),    TEST(what_is_refused),        TEST(no_such_notice),               TEST(two_at_once),
        TEST(no_memory),
        cmocka_unit_test_teardown(test_a_record_that_comes_too_late, desk_close),
    };

    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
