/* SPDX-License-Identifier: Apache-2.0 */
/* The connector http: its configuration, and a department's record by its mapping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "plugins/json_host.h"
#include "record.h"
#include "settings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BASE "\"base_url\":\"http://a/\",\"submit\":{\"path\":\"/c\"},\"status\":{\"path\":\"/c/{{external_ref}}\"}"
#define ANSWER "\"answer\":{\"external_ref\":\"/id\",\"status\":\"/s\",\"values\":{\"ok\":\"approve\"}}"

static const char config[] =
    "{" BASE ",\"input\":{\"path\":\"/c/{{task}}\",\"body\":{\"x\":\"{{input}}\"}},"
    "\"answer\":{\"external_ref\":\"/id\",\"status\":\"/s\",\"reasons\":\"/why\",\"conditions\":\"/if\","
    "\"document_no\":\"/no\",\"fields\":\"/missing\",\"field_names\":{\"theirs\":\"ours\"},\"question\":\"/ask\","
    "\"percent\":\"/done\",\"progress\":\"/note\",\"pause_days\":\"/days\",\"message\":\"/error/text\","
    "\"values\":{\"ok\":\"approve\",\"if\":\"approve_with_conditions\",\"no\":\"reject\",\"na\":\"not_applicable\","
    "\"open\":\"pending\",\"ask\":\"need_input\",\"visit\":\"pause\",\"true\":\"approve\",\"7\":\"reject\"}}}";

static void records_are_read_by_the_mapping(void **state)
{
    static const struct {
        const char *body, *told, *why;
    } rows[] = {
        {"{\"id\":\"W-1\",\"s\":\"ok\"}", "1 1 W-1 [] [] -", "the least"},
        {"{\"id\":17,\"s\":\"open\",\"done\":40.5,\"note\":\"half\"}", "2 0 17 40 half", "a number as reference"},
        {"{\"s\":\"open\"}", "2 0 - -1 -", "no reference, no progress"},
        {"{\"s\":\"open\",\"done\":-3}", "2 0 - 0 -", "a share below its range"},
        {"{\"s\":\"open\",\"done\":1e30}", "2 0 - 100 -", "and above"},
        {"{\"s\":\"no\",\"why\":[\"a\",\" \",\"b\"],\"no\":\"D-9\"}", "1 3 - [a|b] [] D-9", "reasons, blanks aside"},
        {"{\"s\":\"no\",\"why\":\"alone\"}", "1 3 - [alone] [] -", "a single text"},
        {"{\"s\":\"no\",\"why\":[]}", "1 3 - [The department gave no reason.] [] -", "a reject without a reason"},
        {"{\"s\":\"no\",\"why\":null}", "1 3 - [The department gave no reason.] [] -", "null is nothing"},
        {"{\"s\":\"if\",\"if\":[\"c\"],\"why\":[\"r\"]}", "1 2 - [r] [c] -", "conditions"},
        {"{\"s\":\"if\"}", "1 2 - [] [The department named no condition.] -", "none named"},
        {"{\"s\":\"na\"}", "1 4 - [] [] -", "not applicable"},
        {"{\"s\":true}", "1 1 - [] [] -", "a boolean as status"},
        {"{\"s\":7}", "1 3 - [The department gave no reason.] [] -", "a number as status"},
        {"{\"s\":\"ask\",\"missing\":[\"theirs\",\"b\"],\"ask\":\"How large?\"}", "3 0 - ours,b How large?", "a question"},
        {"{\"s\":\"visit\",\"days\":5}", "4 0 - 5", "a pause"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct od_host *host = json_host(config);
        struct settings settings;
        struct record record;
        char why[RECORD_MESSAGE_MAX + 1], told[2048], list[2][256] = {"", ""};
        assert_int_equal(OD_OK, settings_read(host, &settings, why));
        int rc = record_read(host, &settings, "", rows[i].body, strlen(rows[i].body), &record, why);

        if (rc != OD_OK)
            fail_msg("%s: %d %s", rows[i].why, rc, why);
        for (uint32_t n = 0; n < record.opinion.reason_count; n++)
            snprintf(list[0] + strlen(list[0]), 100, "%s%s", n > 0 ? "|" : "", record.reasons[n]);
        for (uint32_t n = 0; n < record.opinion.condition_count; n++)
            snprintf(list[1] + strlen(list[1]), 100, "%s%s", n > 0 ? "|" : "", record.conditions[n]);
        const char *ref = record.external_ref != NULL ? record.external_ref : "-";
        if (record.kind == RECORD_OPINION)
            snprintf(told, sizeof(told), "1 %u %s [%s] [%s] %s", record.opinion.opinion, ref, list[0], list[1],
                     record.opinion.document_no != NULL ? record.opinion.document_no : "-");
        else if (record.kind == RECORD_NEED_INPUT)
            snprintf(told, sizeof(told), "3 0 %s %s,%s %s", ref, record.fields[0], record.fields[1], record.question);
        else if (record.kind == RECORD_PAUSE)
            snprintf(told, sizeof(told), "4 0 %s %u", ref, record.pause_days);
        else
            snprintf(told, sizeof(told), "%d 0 %s %d %s", record.kind, ref, record.percent,
                     record.progress != NULL ? record.progress : "-");
        if (strcmp(rows[i].told, told) != 0)
            fail_msg("%s: %s", rows[i].why, told);
        record_fini(&record);
        settings_fini(&settings);
    }
}

/* Nothing is guessed. */
static void other_records_are_garbage(void **state)
{
    static char long_ref[600];
    static const struct {
        const char *body;
        int rc;
        const char *why;
    } rows[] = {
        {"{}", OD_ESYNTAX, "there is no status"},
        {"{\"s\":null}", OD_ESYNTAX, "there is no status"},
        {"{\"s\":\"\"}", OD_ESYNTAX, "there is no status"},
        {"{\"s\":\"OK\"}", OD_ESYNTAX, "OK: is a status that answer.values does not name"},
        {"{\"s\":{}}", OD_ESYNTAX, "/s: is an object or array"},
        {"{\"s\":\"ok\",\"id\":[]}", OD_ESYNTAX, "/id: is an object or array"},
        {"{\"s\":\"no\",\"why\":{}}", OD_ESYNTAX, "/why: is neither a text nor an array"},
        {"{\"s\":\"no\",\"why\":[1]}", OD_ESYNTAX, "/why: holds something that is no text"},
        {"{\"s\":\"open\",\"done\":\"40\"}", OD_ESYNTAX, "/done: is no number"},
        {"{\"s\":\"ask\"}", OD_ESYNTAX, "does not say for what"},
        {"[]", OD_ESYNTAX, "the record: is no object"},
        {"17", OD_ENOTFOUND, "there is no record"},
        {long_ref, OD_ESYNTAX, "/id: is too long"},
    };
    struct settings settings;
    struct record record;
    char why[RECORD_MESSAGE_MAX + 1];

    (void)state;
    snprintf(long_ref, sizeof(long_ref), "{\"s\":\"ok\",\"id\":\"%0256d\"}", 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct od_host *host = json_host(config);

        assert_int_equal(OD_OK, settings_read(host, &settings, why));
        int rc = record_read(host, &settings, "", rows[i].body, strlen(rows[i].body), &record, why);
        if (rc != rows[i].rc || strstr(why, rows[i].why) == NULL)
            fail_msg("%s: %d %s", rows[i].body, rc, why);
        record_fini(&record);
        settings_fini(&settings);
    }
}

static void limits_of_a_record(void **state)
{
    static char body[80000];
    const struct od_host *host = json_host(config);
    struct settings settings;
    struct record record;
    char why[RECORD_MESSAGE_MAX + 1];

    (void)state;
    assert_int_equal(OD_OK, settings_read(host, &settings, why));
    /* A reference at its limit is taken. */
    snprintf(body, sizeof(body), "{\"s\":\"ok\",\"id\":\"%0255d\"}", 0);
    assert_int_equal(OD_OK, record_read(host, &settings, "", body, strlen(body), &record, why));
    assert_int_equal(OD_EXTERNAL_REF_MAX, strlen(record.external_ref));
    record_fini(&record);
    /* More reasons than there is room for are left out, a longer one is cut. */
    snprintf(body, sizeof(body), "{\"s\":\"no\",\"why\":[\"%08193d\"", 0);
    for (int i = 0; i < OD_REASONS_MAX; i++)
        strcat(body, ",\"r\"");
    strcat(body, "]}");
    assert_int_equal(OD_OK, record_read(host, &settings, "", body, strlen(body), &record, why));
    assert_int_equal(OD_REASONS_MAX, record.opinion.reason_count);
    assert_int_equal(OD_TEXT_MAX, strlen(record.reasons[0]));
    record_fini(&record);
    /* A place within the body. */
    strcpy(body, "{\"items\":[{\"s\":\"ok\"}],\"none\":[]}");
    assert_int_equal(OD_OK, record_read(host, &settings, "/items/0", body, strlen(body), &record, why));
    record_fini(&record);
    assert_int_equal(OD_ENOTFOUND, record_read(host, &settings, "/none/0", body, strlen(body), &record, why));
    record_fini(&record);
    settings_fini(&settings);
}

static void messages_are_what_a_person_can_read(void **state)
{
    static const struct {
        const char *body, *message;
    } rows[] = {
        {"{\"error\":{\"text\":\"area is\\nmissing\"}}", "area is missing"},
        {"{\"error\":\"other\"}", "{\"error\":\"other\"}"},
        {"<html>\tBad Gateway</html>", "<html> Bad Gateway</html>"},
        {"\xff\xfe", ""},
        {"", ""},
    };
    struct settings settings;
    char why[RECORD_MESSAGE_MAX + 1], longer[RECORD_MESSAGE_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct od_host *host = json_host(config);

        assert_int_equal(OD_OK, settings_read(host, &settings, why));
        record_message(host, &settings, rows[i].body, strlen(rows[i].body), why);
        assert_string_equal(rows[i].message, why);
        settings_fini(&settings);
    }
    assert_int_equal(OD_OK, settings_read(json_host(config), &settings, why));
    memset(longer, 'a', sizeof(longer));
    record_message(json_host(config), &settings, longer, RECORD_MESSAGE_MAX + 1, why);
    assert_int_equal(RECORD_MESSAGE_MAX, strlen(why));
    settings_fini(&settings);
}

static void configurations_that_cannot_work_are_refused(void **state)
{
    static const struct {
        const char *config, *why;
    } rows[] = {
        {"{" BASE "," ANSWER "}", NULL},
        {"{" ANSWER "}", "base_url must be a URL"},
        {"{\"base_url\":7," ANSWER "}", "base_url must be a text"},
        {"{\"base_url\":\"ftp://a\"," ANSWER "}", "base_url must be a URL"},
        {"{\"base_url\":\"http://a?x\"," ANSWER "}", "base_url must be a URL"},
        {"{\"base_url\":\"http://{{task}}\"," ANSWER "}", "base_url must be a URL"},
        {"{\"base_url\":\"http://a\"," ANSWER "}", "submit is required"},
        {"{" BASE "}", "answer.status and values are required"},
        {"{" BASE ",\"mode\":\"push\"," ANSWER "}", "mode must be"},
        {"{" BASE ",\"repeats\":\"maybe\"," ANSWER "}", "repeats must be"},
        {"{" BASE ",\"timeout_ms\":120001," ANSWER "}", "timeout_ms is outside its range"},
        {"{" BASE ",\"timeout_ms\":1.5," ANSWER "}", "timeout_ms is outside its range"},
        {"{" BASE ",\"auth\":{\"type\":\"digest\"}," ANSWER "}", "auth.type must be"},
        {"{" BASE ",\"auth\":{\"type\":\"api_key\"}," ANSWER "}", "auth.header is required"},
        {"{" BASE ",\"headers\":{\"a\":1}," ANSWER "}", "headers must be"},
        {"{" BASE ",\"lookup\":{\"path\":\"x\"}," ANSWER "}", "lookup.path must begin with a slash"},
        {"{" BASE ",\"lookup\":{\"path\":\"/{{form.x}}\"}," ANSWER "}", "lookup.path: {{form.x}}: there is no such name"},
        {"{" BASE ",\"lookup\":{\"path\":\"/x\",\"record\":\"items\"}," ANSWER "}", "lookup.record must be a JSON pointer"},
        {"{" BASE ",\"cancel\":{\"path\":\"/x\",\"method\":\"LOCK\"}," ANSWER "}", "cancel.method must be"},
        {"{" BASE ",\"cancel\":{\"path\":\"/x\",\"body\":{\"a\":\"{{b}}\"}}," ANSWER "}", "cancel.body: {{b}}"},
        {"{" BASE ",\"errors\":[{\"when\":\"timeout\",\"then\":\"opinion\"}]," ANSWER "}", "errors: when timeout cannot"},
        {"{" BASE ",\"errors\":[7]," ANSWER "}", "errors must be at most 32 objects"},
        {"{" BASE ",\"event\":{\"means\":\"x\"}," ANSWER "}", "event.means must be"},
        {"{" BASE ",\"poll\":{\"interval_ms\":9}," ANSWER "}", "poll.interval_ms is outside its range"},
        {"{" BASE ",\"answer\":{\"status\":\"/s\",\"values\":{\"a\":\"yes\"}}}", "answer.values.a must be"},
        {"{" BASE ",\"answer\":{\"status\":\"/s\",\"values\":{\"a\":\"approve\"}}}", "answer.external_ref is required"},
        {"{" BASE ",\"answer\":{\"external_ref\":\"/id\",\"status\":\"/s\",\"values\":{\"a\":\"need_input\"}}}",
         "input and status are required"},
        {"{\"base_url\":\"http://a\",\"submit\":{\"path\":\"/c\"}," ANSWER "}", "status is required in the modes"},
        {"{\"base_url\":\"http://a\",\"mode\":\"sync\",\"submit\":{\"path\":\"/c\"}," ANSWER "}", NULL},
        {"{\"base_url\":\"http://a\",\"mode\":\"sync\",\"submit\":{\"path\":\"/c\"},"
         "\"answer\":{\"status\":\"/s\",\"values\":{\"a\":\"pending\"}}}", "status is required where a value means"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct settings settings;
        char why[SETTINGS_WHY_SIZE];
        int rc = settings_read(json_host(rows[i].config), &settings, why);

        if ((rc == OD_OK) != (rows[i].why == NULL) || (rc != OD_OK && strstr(why, rows[i].why) == NULL))
            fail_msg("%s: %d %s", rows[i].config, rc, why);
        if (rc == OD_OK)
            assert_string_equal("http://a", settings.base_url);
        settings_fini(&settings);
    }
}

static void headers_and_rows_have_limits(void **state)
{
    static char text[4096];
    struct settings settings;
    char why[SETTINGS_WHY_SIZE];

    (void)state;
    for (int over = 0; over <= 1; over++) {
        size_t size = (size_t)snprintf(text, sizeof(text), "{" BASE "," ANSWER ",\"headers\":{");
        for (int i = 0; i < HEADERS_MAX + over; i++)
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s\"h%d\":\"v\"", i > 0 ? "," : "", i);
        snprintf(text + size, sizeof(text) - size, "}}");
        assert_int_equal(over ? OD_EINVAL : OD_OK, settings_read(json_host(text), &settings, why));
        settings_fini(&settings);
        size = (size_t)snprintf(text, sizeof(text), "{" BASE "," ANSWER ",\"errors\":[");
        for (int i = 0; i < RULES_MAX + over; i++)
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s{\"when\":\"4xx\",\"then\":\"none\"}",
                                     i > 0 ? "," : "");
        snprintf(text + size, sizeof(text) - size, "]}");
        assert_int_equal(over ? OD_EINVAL : OD_OK, settings_read(json_host(text), &settings, why));
        settings_fini(&settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_by_the_mapping),
        cmocka_unit_test(other_records_are_garbage),
        cmocka_unit_test(limits_of_a_record),
        cmocka_unit_test(messages_are_what_a_person_can_read),
        cmocka_unit_test(configurations_that_cannot_work_are_refused),
        cmocka_unit_test(headers_and_rows_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
