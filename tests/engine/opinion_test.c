/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/internal.h"

#include <stdlib.h>

#include "lib/check.h"

static struct base_json *parse(const char *text)
{
    struct base_json_error error;
    struct base_json *body = NULL;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &body, &error), text);
    return body;
}

static int check(const char *text, enum core_opinion *opinion, const char **pointer)
{
    struct base_json *body = parse(text);
    const char *zh = NULL, *en = NULL;
    int rc = engine_opinion_check(body, opinion, pointer, &zh, &en);

    CHECK((rc == OD_OK) == (zh == NULL), "a refusal is told in Chinese");
    CHECK((rc == OD_OK) == (en == NULL), "and in English");
    base_json_destroy(body);
    return rc;
}

static void test_takes(void **state)
{
    static const struct { const char *body; enum core_opinion opinion; const char *why; } rows[] = {
        {"{\"opinion\":\"approve\"}", CORE_OPINION_APPROVE, "nothing else is needed"},
        {"{\"opinion\":\"not_applicable\"}", CORE_OPINION_NOT_APPLICABLE, "nothing else is needed"},
        {"{\"opinion\":\"approve\",\"reasons\":[],\"conditions\":null}", CORE_OPINION_APPROVE, "empty and null are none"},
        {"{\"opinion\":\"approve\",\"reasons\":[\"r\"],\"document_no\":\"7\"}", CORE_OPINION_APPROVE, "reasons may be given"},
        {"{\"opinion\":\"approve_with_conditions\",\"conditions\":[\"c\"]}", CORE_OPINION_APPROVE_WITH_CONDITIONS, "stated"},
        {"{\"opinion\":\"reject\",\"reasons\":[\"r\"]}", CORE_OPINION_REJECT, "reasons stated"},
        {"{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"else\":1}", CORE_OPINION_REJECT, "unknown members are passed over"},
        {"{\"opinion\":\"approve\",\"document_no\":null,\"external_ref\":null}", CORE_OPINION_APPROVE, "null is none"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum core_opinion opinion = CORE_OPINION_NONE;
        const char *pointer = NULL;

        CHECK_I64(OD_OK, check(rows[i].body, &opinion, &pointer), rows[i].why);
        CHECK_I64(rows[i].opinion, opinion, rows[i].why);
    }
}

static void test_refuses(void **state)
{
    static const struct { const char *body, *pointer, *why; } rows[] = {
        {"{}", "/opinion", "no opinion"},
        {"[]", "/opinion", "no object"},
        {"{\"opinion\":\"yes\"}", "/opinion", "no such opinion"},
        {"{\"opinion\":\"Approve\"}", "/opinion", "words are written as they are"},
        {"{\"opinion\":1}", "/opinion", "a number"},
        {"{\"opinion\":\"none\"}", "/opinion", "silence is no opinion"},
        {"{\"opinion\":\"reject\"}", "/reasons", "a rejection without reasons"},
        {"{\"opinion\":\"reject\",\"reasons\":[]}", "/reasons", "a rejection without reasons"},
        {"{\"opinion\":\"reject\",\"reasons\":[\"\"]}", "/reasons", "an empty reason is none"},
        {"{\"opinion\":\"reject\",\"reasons\":\"r\"}", "/reasons", "no list"},
        {"{\"opinion\":\"reject\",\"reasons\":[1]}", "/reasons", "no text"},
        {"{\"opinion\":\"reject\",\"reasons\":[\"r\"],\"conditions\":{}}", "/conditions", "no list"},
        {"{\"opinion\":\"approve_with_conditions\"}", "/conditions", "conditions that are not stated"},
        {"{\"opinion\":\"approve\",\"document_no\":7}", "/document_no", "no text"},
        {"{\"opinion\":\"approve\",\"external_ref\":[]}", "/external_ref", "no text"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum core_opinion opinion = CORE_OPINION_APPROVE;
        const char *pointer = NULL;

        CHECK_I64(OD_EINVAL, check(rows[i].body, &opinion, &pointer), rows[i].why);
        CHECK_TEXT(rows[i].pointer, pointer, rows[i].why);
        CHECK_I64(CORE_OPINION_APPROVE, opinion, "unchanged");
    }
}

/* {"opinion": word, key: [count texts of size bytes]} or, with count 0, key: one text. */
static struct base_buffer body_of(const char *word, const char *key, size_t count, size_t size)
{
    struct base_buffer body = {0};
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = '\0';
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "opinion", word);
    if (count > 0)
        base_json_open(&body, key, '[');
    else
        base_json_put_text(&body, key, text);
    for (size_t i = 0; i < count; i++)
        base_json_put_text(&body, NULL, text);
    if (count > 0)
        base_json_close(&body, ']');
    base_json_close(&body, '}');
    free(text);
    return body;
}

static void test_limits(void **state)
{
    static const struct { const char *word, *key; size_t count, size; int rc; const char *why; } rows[] = {
        {"reject", "reasons", BASE_REASONS_MAX, 1, OD_OK, "as many reasons as are allowed"},
        {"reject", "reasons", BASE_REASONS_MAX + 1, 1, OD_EINVAL, "one more"},
        {"reject", "reasons", 1, BASE_TEXT_MAX, OD_OK, "as long a reason as is allowed"},
        {"reject", "reasons", 1, BASE_TEXT_MAX + 1, OD_EINVAL, "a byte more"},
        {"approve_with_conditions", "conditions", BASE_REASONS_MAX, 1, OD_OK, "conditions likewise"},
        {"approve_with_conditions", "conditions", BASE_REASONS_MAX + 1, 1, OD_EINVAL, "one more"},
        {"approve_with_conditions", "conditions", 1, BASE_TEXT_MAX, OD_OK, "conditions likewise"},
        {"approve_with_conditions", "conditions", 1, BASE_TEXT_MAX + 1, OD_EINVAL, "a byte more"},
        {"approve", "document_no", 0, BASE_EXTERNAL_REF_MAX, OD_OK, "as long a number as is allowed"},
        {"approve", "document_no", 0, BASE_EXTERNAL_REF_MAX + 1, OD_EINVAL, "a byte more"},
        {"approve", "external_ref", 0, BASE_EXTERNAL_REF_MAX, OD_OK, "likewise"},
        {"approve", "external_ref", 0, BASE_EXTERNAL_REF_MAX + 1, OD_EINVAL, "a byte more"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer body = body_of(rows[i].word, rows[i].key, rows[i].count, rows[i].size);
        enum core_opinion opinion = CORE_OPINION_NONE;
        const char *pointer = NULL;

        CHECK_I64(rows[i].rc, check(base_buffer_text(&body), &opinion, &pointer), rows[i].why);
        if (rows[i].rc != OD_OK)
            CHECK_TEXT(rows[i].key, pointer + 1, rows[i].why);
        base_buffer_fini(&body);
    }
}

/* What is kept is what was said, who said it and when, and nothing of what nobody asked for. */
static void test_puts(void **state)
{
    struct base_json *body = parse("{\"opinion\":\"reject\",\"reasons\":[\"a \\\"b\\\"\",\"c\"],\"document_no\":\"7\",\"else\":1}");
    struct base_buffer text = {0};
    struct engine *engine = calloc(1, sizeof(*engine));

    (void)state;
    assert_non_null(engine);
    CHECK_I64(OD_OK, base_zone_set("Asia/Shanghai"), "tzdata");
    engine->now.ms = 1000;
    engine_opinion_put(&text, engine, body, CORE_OPINION_REJECT, "fire");
    CHECK_TEXT("{\"opinion\":\"reject\",\"reasons\":[\"a \\\"b\\\"\",\"c\"],\"conditions\":[],\"document_no\":\"7\",\"by\":\"fire\","
               "\"at\":\"1970-01-01T08:00:01.000+08:00\"}", base_buffer_text(&text), "an opinion as it is kept");
    base_buffer_fini(&text);
    base_json_destroy(body);
    free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_puts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
