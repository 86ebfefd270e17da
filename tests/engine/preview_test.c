/* SPDX-License-Identifier: Apache-2.0 */
/* What a preview tells of approvals that still stand: what is taken over, and the order and dates of what is left; and who asks
 * for what is missing. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "engine/desk.h"
#include "lib/check.h"

#define PERSON "{\"kind\":\"person\",\"name\":\"Li\",\"id_type\":\"resident_id\",\"id_number\":\"330102199001011234\"}"
#define ALL "[{\"material\":\"deed\"},{\"material\":\"plan\"}]"

/* Approvals of land and water stand for a year; water waits for land, and both want the deed. */
static int open_reuse(void **state)
{
    char *land = fixture_replace(desk_text, "\"pauses\": [\"hearing\", \"inspection\"]}", "\"pauses\": [\"hearing\", \"inspection\"], \"opinion_valid_for\": {\"months\": 12}}");
    char *water = fixture_replace(land, "\"materials\": [{\"id\": \"plan\", \"name\": {\"zh-CN\": \"图纸\", \"en\": \"Plan\"}, \"tolerant\": true}]",
                                  "\"opinion_valid_for\": {\"months\": 12}, \"materials\": [{\"id\": \"plan\", \"name\": {\"zh-CN\": \"图纸\", \"en\": \"Plan\"}},"
                                  " {\"id\": \"deed\", \"name\": {\"zh-CN\": \"权属\", \"en\": \"Deed\"}}]");

    (void)state;
    stage_open_catalog(water, false);
    free(land);
    free(water);
    stage_drain();
    return 0;
}

static const char *body_of(const char *person, int area, const char *materials, const char *more)
{
    static char body[2048];

    snprintf(body, sizeof(body), "{\"service\":\"plain\",\"applicant\":%s,\"form\":{\"area\":%d},\"materials\":%s%s}", person, area, materials, more);
    return body;
}

static struct stage_request *preview(const struct front_identity *who, const char *more)
{
    return desk_do(who, FRONT_SERVICE_PREVIEW, "plain", 200, body_of(PERSON, 100, ALL, more));
}

/* An application whose two departments have approved; its number, static. */
static const char *approved(void)
{
    static char number[BASE_NUMBER_SIZE];

    snprintf(number, sizeof(number), "%s", desk_of(desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, body_of(PERSON, 100, ALL, "")), "number"));
    desk_do(&desk_land, FRONT_TASK_TAKE, desk_task(number, 0), 200, NULL);
    desk_do(&desk_land, FRONT_TASK_OPINION, desk_task(number, 0), 200, "{\"opinion\":\"approve\"}");
    desk_do(&desk_water, FRONT_TASK_TAKE, desk_task(number, 1), 200, NULL);
    desk_do(&desk_water, FRONT_TASK_OPINION, desk_task(number, 1), 200, "{\"opinion\":\"approve\"}");
    return number;
}

/* ,"reuse":{...} with these matters of number. */
static const char *reuse_of(const char *number, const char *first, const char *second)
{
    static char more[512];
    int used = snprintf(more, sizeof(more), ",\"reuse\":{\"consent\":true,\"opinions\":[{\"matter\":\"%s\",\"number\":\"%s\"}", first, number);

    if (second != NULL)
        used += snprintf(more + used, sizeof(more) - (size_t)used, ",{\"matter\":\"%s\",\"number\":\"%s\"}", second, number);
    snprintf(more + used, sizeof(more) - (size_t)used, "]}");
    return more;
}

static void what_is_taken_over_is_told(void **state)
{
    const char *number = approved();

    (void)state;
    struct stage_request *asked = preview(&desk_front, "");
    CHECK_TEXT("1", desk_of(asked, "tasks.0.order"), "nothing is taken over");
    CHECK_TEXT("", desk_of(asked, "tasks.0.reused"), "nothing is taken over");
    CHECK_I64(2, desk_count(asked, "reuse.opinions"), "both are offered");
    asked = preview(&desk_front, reuse_of(number, "land", NULL));
    CHECK_TEXT("land", desk_of(asked, "tasks.0.matter"), "it comes first");
    CHECK_TEXT("0", desk_of(asked, "tasks.0.order"), "nobody works on it");
    CHECK_TEXT("true", desk_of(asked, "tasks.0.reused"), "it stands");
    CHECK_TEXT(number, desk_of(asked, "tasks.0.reused_from.number"), "of which application");
    CHECK_TEXT("2025-01-15", desk_of(asked, "tasks.0.reused_from.valid_until"), "until when");
    CHECK_TEXT("null", desk_of(asked, "tasks.0.promised_date"), "no clock runs for it");
    CHECK_TEXT("1", desk_of(asked, "tasks.1.order"), "the other one begins at once");
    CHECK_TEXT("false", desk_of(asked, "decided_at_once"), "and is waited for");
    CHECK_TEXT("1 earlier approval stands. This goes to Water; promised for 9 February 2024.", desk_of(asked, "words.en"), "in a sentence");
}

/* The preview says what the submission then becomes. */
static void nothing_is_left(void **state)
{
    const char *number = approved();
    struct stage_request *asked = preview(&desk_front, reuse_of(number, "land", "water"));

    (void)state;
    CHECK_TEXT("true", desk_of(asked, "decided_at_once"), "nobody has to be asked");
    CHECK_TEXT("Every opinion that is needed stands already; the decision follows with the acceptance.", desk_of(asked, "words.en"), "in a sentence");
    asked = desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, body_of(PERSON, 100, ALL, reuse_of(number, "land", "water")));
    CHECK_TEXT("decided", desk_of(asked, "status"), "so it is");
}

static void what_may_not_stand_is_told_beside(void **state)
{
    const char *number = approved();
    char more[512];

    (void)state;
    struct stage_request *asked = preview(&desk_front, reuse_of(number, "fire", "land"));
    CHECK_TEXT("/reuse/opinions/0/matter", desk_of(asked, "errors.0.pointer"), "the form asks for no such matter");
    CHECK_TEXT("unknown_matter", desk_of(asked, "errors.0.code"), "why");
    CHECK_TEXT("true", desk_of(asked, "tasks.0.reused"), "the other one stands");
    asked = preview(&desk_front, reuse_of(number, "land", "land"));
    CHECK_TEXT("twice", desk_of(asked, "errors.0.code"), "named twice");
    asked = desk_do(&desk_front, FRONT_SERVICE_PREVIEW, "plain", 200, body_of(PERSON, 200, ALL, reuse_of(number, "land", "water")));
    CHECK_TEXT("other_facts", desk_of(asked, "errors.0.code"), "another area");
    CHECK_TEXT("1", desk_of(asked, "tasks.0.order"), "the department looks again");
    snprintf(more, sizeof(more), ",\"reuse\":{\"consent\":false,\"opinions\":[{\"matter\":\"land\",\"number\":\"%s\"}]}", number);
    asked = preview(&desk_front, more);
    CHECK_TEXT("/reuse/consent", desk_of(asked, "errors.0.pointer"), "without his consent nothing of before is used");
    CHECK_TEXT("", desk_of(asked, "tasks.0.reused"), "so nothing is");
    CHECK_TEXT("/reuse", desk_of(preview(&desk_front, ",\"reuse\":7"), "errors.0.pointer"), "no object");
    asked = preview(&desk_front, ",\"reuse\":{\"consent\":true,\"opinions\":[{\"matter\":\"land\",\"number\":\"20240115-999999-9\"}]}");
    CHECK(strstr(desk_of(asked, "errors.0.pointer"), "/reuse/opinions/0/number") != NULL, "no such application");
}

/* Whether somebody has applied before is nobody else's business. */
static void others_learn_nothing(void **state)
{
    struct stage_request *asked = preview(&desk_citizen, reuse_of(approved(), "land", NULL));

    (void)state;
    CHECK_I64(0, desk_count(asked, "errors"), "not even a fault");
    CHECK_TEXT("1", desk_of(asked, "tasks.0.order"), "as if nothing were named");
    CHECK_TEXT("", desk_of(asked, "reuse"), "nothing is offered");
}

static void everybody_who_asks_is_named(void **state)
{
    struct stage_request *asked = desk_do(&desk_front, FRONT_SERVICE_PREVIEW, "plain", 200, body_of(PERSON, 100, "[]", ""));

    (void)state;
    CHECK_I64(2, desk_count(asked, "missing"), "each once");
    CHECK_TEXT("deed", desk_of(asked, "missing.0.material"), "the deed");
    CHECK_I64(2, desk_count(asked, "missing.0.required_by"), "is for two");
    CHECK_TEXT("land", desk_of(asked, "missing.0.required_by.0.department"), "land");
    CHECK_TEXT("Water", desk_of(asked, "missing.0.required_by.1.department_name.en"), "and water");
    CHECK_I64(1, desk_count(asked, "missing.1.required_by"), "the plan for one");
    asked = desk_do(&desk_front, FRONT_APPLICATION_SUBMIT, NULL, 201, body_of(PERSON, 100, "[]", ""));
    CHECK_I64(2, desk_count(asked, "notice.missing.0.required_by"), "so it is told in the one notice");
}

static void no_memory(void **state)
{
    const char *number = approved();
    unsigned told = 0, refused = 0;

    (void)state;
    for (uint64_t n = 1; n < 60; n++) {
        stage.alloc_fail_at = n;
        struct stage_request *asked = stage_ask_as(&desk_front, FRONT_SERVICE_PREVIEW, "plain", NULL, body_of(PERSON, 100, ALL, reuse_of(number, "land", "water")));
        stage.alloc_fail_at = 0;
        stage_drain();
        CHECK(asked->status == 200 || asked->status == 503, "told, or refused in words");
        told += asked->status == 200;
        refused += asked->status == 503;
    }
    CHECK(told > 0 && refused > 0, "both were met");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_reuse, desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_taken_over_is_told), TEST(nothing_is_left), TEST(what_may_not_stand_is_told_beside),
        TEST(others_learn_nothing),       TEST(everybody_who_asks_is_named), TEST(no_memory),
    };

    if (!desk_read())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
