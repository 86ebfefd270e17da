/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "column.h"
#include "json_host.h"
#include "question.h"
#include "stamp.h"
#include "text.h"

static struct od_offer offer_of(const struct od_host *host, const char *form)
{
    return (struct od_offer){.size = sizeof(struct od_offer), .host = host, .task = 65, .application = "20261129-000001-7",
                             .task_number = "20261129-000001-7.1", .idempotency_key = "k-1", .matter = "m", .department = "d",
                             .service = "s", .form = form, .form_size = strlen(form), .received_at = "2026-11-29T05:30:00Z",
                             .promised_date = "", .statutory_date = "2026-12-20", .external_ref = "", .applicant = "{\"name\":\"\xe7\x8e\x8b\"}",
                             .applicant_size = 14, .materials = "[]", .materials_size = 2, .state = OD_TASK_OFFERED};
}

static void test_a_column_takes_what_it_names(void **state)
{
    static const struct {
        const char *source, *value, *why;
    } rows[] = {
        {"idempotency_key", "k-1", "the key"},
        {"task", "20261129-000001-7.1", "the number"},
        {"statutory_date", "2026-12-20", "a date"},
        {"promised_date", NULL, "no date"},
        {"form.area", "120", "a number as it is written"},
        {"form.name", "a \"b\"", "a text unescaped"},
        {"form.none", NULL, "null"},
        {"form.missing", NULL, "absent"},
        {"form.ok", "true", "a Boolean"},
        {"form.list", "[1, 2]", "a list as JSON"},
        {"applicant.name", "\xe7\x8e\x8b", "of the applicant"},
        {"applicant.phone", NULL, "not given"},
        {"materials", "[]", "all of them"},
        {"=north", "north", "a constant"},
    };
    static const char config[] = "{\"c\":{\"%s\":\"%s\"}}";

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128], why[SETTING_WHY_SIZE], *value = NULL;
        static struct columns columns;
        struct setting whole, part;

        snprintf(text, sizeof(text), config, "x", rows[i].source);
        const struct od_host *host = json_host(text);
        whole = setting_whole(host, why);
        CHECK_I64(OD_OK, setting_part(&whole, "c", "c.", &part), rows[i].why);
        CHECK_I64(OD_OK, columns_read(&part, true, &columns), why);
        struct od_offer offer = offer_of(host, "{\"area\":120,\"name\":\"a \\\"b\\\"\",\"none\":null,\"ok\":true,\"list\":[1, 2]}");
        CHECK_I64(OD_OK, column_value(&columns.items[0], &offer, &value), rows[i].why);
        if (rows[i].value == NULL)
            CHECK(value == NULL, rows[i].why);
        else
            CHECK_TEXT(rows[i].value, value, rows[i].why);
        free(value);
    }
}

static void test_only_what_can_be_told_is_an_answer(void **state)
{
    static const struct {
        struct answer answer;
        int rc;
        const char *fault, *why;
    } rows[] = {
        {{.word = "approve"}, OD_OK, "", "needs nothing"},
        {{.word = "Approve"}, OD_EINVAL, "none of the words", "another case is another word"},
        {{.word = ""}, OD_EINVAL, "none of the words", "nothing is no word"},
        {{.word = "reject"}, OD_EINVAL, "needs a reason", "no reason"},
        {{.word = "reject", .reasons = " \t\n"}, OD_EINVAL, "needs a reason", "blanks are no reason"},
        {{.word = "reject", .reasons = "[]"}, OD_EINVAL, "needs a reason", "an empty list"},
        {{.word = "reject", .reasons = "[\" \"]"}, OD_EINVAL, "needs a reason", "a list of blanks"},
        {{.word = "reject", .reasons = "[1]"}, OD_EINVAL, "must be a text", "a list of numbers"},
        {{.word = "reject", .reasons = "[\"a\""}, OD_EINVAL, "must be a text", "half a list"},
        {{.word = "reject", .reasons = "too large, really"}, OD_OK, "", "one text, with a comma"},
        {{.word = "reject", .reasons = "[\"a\",\"b\"]"}, OD_OK, "", "two"},
        {{.word = "approve_with_conditions"}, OD_EINVAL, "needs a condition", "no condition"},
        {{.word = "approve_with_conditions", .conditions = "two doors"}, OD_OK, "", "one"},
        {{.word = "need_input"}, OD_EINVAL, "must name the fields", "no field"},
        {{.word = "need_input", .fields = ", ,"}, OD_EINVAL, "must name the fields", "commas alone"},
        {{.word = "need_input", .fields = "area, note"}, OD_OK, "", "two fields"},
        {{.word = "pending"}, OD_OK, "", "nothing new"},
        {{.word = "pause"}, OD_OK, "", "a rest"},
    };
    const struct od_host *host = json_host("{}");
    char why[SETTING_WHY_SIZE];
    struct setting none = {.host = host, .name = "values.", .why = why};
    static struct answer_words words;

    (void)state;
    CHECK_I64(OD_OK, answer_words_read(&none, &words), "the words themselves");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char fault[ANSWER_WHY_SIZE] = "";

        CHECK_I64(rows[i].rc, answer_check(host, &words, &rows[i].answer, fault), rows[i].why);
        CHECK(strstr(fault, rows[i].fault) != NULL, rows[i].why);
    }
}

static void test_limits_of_words(void **state)
{
    static char config[8192];
    static struct answer_words words;
    char why[SETTING_WHY_SIZE];

    (void)state;
    for (int count = ANSWER_WORDS_MAX; count <= ANSWER_WORDS_MAX + 1; count++) {
        size_t size = (size_t)snprintf(config, sizeof(config), "{\"v\":{");
        struct setting part;

        for (int i = 0; i < count; i++)
            size += (size_t)snprintf(config + size, sizeof(config) - size, "%s\"w%d\":\"approve\"", i > 0 ? "," : "", i);
        snprintf(config + size, sizeof(config) - size, "}}");
        struct setting whole = setting_whole(json_host(config), why);
        CHECK_I64(OD_OK, setting_part(&whole, "v", "v.", &part), "an object");
        CHECK_I64(count > ANSWER_WORDS_MAX ? OD_EINVAL : OD_OK, answer_words_read(&part, &words), count > ANSWER_WORDS_MAX ? "limit + 1" : "limit");
    }
}

static void test_an_answered_question_is_found_in_the_form(void **state)
{
    static const struct {
        const char *checkpoint, *answer;
        uint32_t state;
        const char *why;
    } rows[] = {
        {"area, note", "{\"area\":50,\"note\":\"small\"}", OD_TASK_ACCEPTED, "two fields"},
        {"[\"note\"]", "{\"note\":\"small\"}", OD_TASK_ACCEPTED, "a list"},
        {"area", NULL, OD_TASK_WAITING, "not answered yet"},
        {"-", NULL, OD_TASK_ACCEPTED, "the department has it"},
        {"other", NULL, OD_TASK_ACCEPTED, "not in the form"},
        {NULL, NULL, OD_TASK_ACCEPTED, "nothing was asked"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct od_offer offer = offer_of(json_host("{}"), "{\"area\":50,\"note\":\"small\"}");

        offer.checkpoint = rows[i].checkpoint;
        offer.checkpoint_size = rows[i].checkpoint != NULL ? strlen(rows[i].checkpoint) : 0;
        offer.state = rows[i].state;
        char *answer = question_answer(&offer);
        if (rows[i].answer == NULL)
            CHECK(answer == NULL, rows[i].why);
        else
            CHECK_TEXT(rows[i].answer, answer, rows[i].why);
        free(answer);
    }
}

static void test_moments(void **state)
{
    static const struct {
        int64_t at_ms;
        const char *text, *why;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z", "the beginning"},
        {-1, "1970-01-01T00:00:00Z", "before it"},
        {INT64_C(1795930200999), "2026-11-29T05:30:00Z", "parts of a second are left out"},
        {INT64_C(951782399000), "2000-02-28T23:59:59Z", "the day before"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z", "a leap day of a century"},
        {INT64_C(4107542400000), "2100-03-01T00:00:00Z", "no leap day"},
        {INT64_C(253402300799999), "9999-12-31T23:59:59Z", "the end"},
        {INT64_MAX, "9999-12-31T23:59:59Z", "after it"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[STAMP_SIZE];

        stamp_write(rows[i].at_ms, text);
        CHECK_TEXT(rows[i].text, text, rows[i].why);
    }
}

static void test_a_sentence_is_utf8_whatever_is_put_into_it(void **state)
{
    static const struct {
        const char *what, *text, *why;
    } rows[] = {
        {"\xe7\x8e\x8b", "<\xe7\x8e\x8b>", "as it is"},
        {"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e\xe7\x8e\x8b", "<\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e?>", "cut within a character"},
        {"\xcd\xf5.csv", "<??.csv>", "the name of a file in another encoding"},
        {"", "<>", "nothing"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[32];

        text_format(text, sizeof(text), "<%.10s>", rows[i].what);
        CHECK_TEXT(rows[i].text, text, rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_column_takes_what_it_names),
        cmocka_unit_test(test_only_what_can_be_told_is_an_answer),
        cmocka_unit_test(test_limits_of_words),
        cmocka_unit_test(test_an_answered_question_is_found_in_the_form),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_a_sentence_is_utf8_whatever_is_put_into_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
