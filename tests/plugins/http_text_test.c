/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the connector http: templates, pointers, strict JSON, Retry-After, the table of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "plugins/json_host.h"
#include "rule.h"
#include "template.h"
#include "when.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char form[] = "{\"area\":120.50,\"name\":\"a \\\"b\\\"\\n\\u4e2d\",\"flag\":true,\"none\":null,"
                           "\"tags\":[1,\"x\"],\"address\":{\"city\":\"B\",\"geo\":{\"lat\":1}},\"a.b\":\"dotted\","
                           "\"empty\":\"\",\"dots\":\"..\",\"path\":\"a/b?c&d=e#f%\",\"evil\":\"\\\",\\\"x\\\":\\\"y\"}";

static struct scope scope_make(void)
{
    return (struct scope){
        .host = json_host("{}"), .application = "20261129-000123-7", .task = "20261129-000123-7.1",
        .idempotency_key = "k-1", .matter = "water.connect", .department = "water", .service = "s",
        .connector = "water", .attempt = "2", .external_ref = "W/1", .reason = "withdrawn",
        .form = {form, sizeof(form) - 1}, .applicant = {"{\"name\":\"\xe7\x8e\x8b\"}", 14},
        .input = {"{\"area\":7}", 10}, .materials = {"[]", 2}};
}

static void bodies_are_typed_and_escaped(void **state)
{
    static const struct {
        const char *body, *made, *why;
    } rows[] = {
        {"{\"a\":1,\"b\":[true,null,\"x\"]}", "{\"a\":1,\"b\":[true,null,\"x\"]}", "without templates: as it is"},
        {" { \"a\" : [ ] } ", "{\"a\":[]}", "white space between goes"},
        {"{\"a\":\"{{form.area}}\"}", "{\"a\":120.50}", "a number stays a number, digit for digit"},
        {"{\"a\":\"{{ form.area }}\"}", "{\"a\":120.50}", "blanks within the braces"},
        {"{\"a\":\"{{form.area|text}}\"}", "{\"a\":\"120.50\"}", "unless it is to be a text"},
        {"{\"a\":\"{{form.flag}}\",\"b\":\"{{form.flag|text}}\"}", "{\"a\":true,\"b\":\"true\"}", "a boolean"},
        {"{\"a\":\"{{form.none}}\",\"b\":\"{{form.none|text}}\"}", "{\"a\":null,\"b\":\"\"}", "a null"},
        {"{\"a\":\"{{form.tags}}\"}", "{\"a\":[1,\"x\"]}", "an array"},
        {"{\"a\":\"{{form.address}}\",\"b\":\"{{form.address.city}}\",\"c\":\"{{form.address.geo.lat}}\"}",
         "{\"a\":{\"city\":\"B\",\"geo\":{\"lat\":1}},\"b\":\"B\",\"c\":1}", "an object and what is in it"},
        {"{\"a\":\"{{form.a.b}}\"}", "{\"a\":\"dotted\"}", "a name with a dot goes before a member"},
        {"{\"a\":\"{{form.name}}\"}", "{\"a\":\"a \\\"b\\\"\\u000a\xe4\xb8\xad\"}", "a text is escaped anew"},
        {"{\"a\":\"<{{form.name}}> {{form.area}} {{form.flag}}\"}",
         "{\"a\":\"<a \\\"b\\\"\\u000a\xe4\xb8\xad> 120.50 true\"}", "within a text"},
        {"{\"a\":\"{{form.evil}}\",\"b\":\"-{{form.evil}}-\"}",
         "{\"a\":\"\\\",\\\"x\\\":\\\"y\",\"b\":\"-\\\",\\\"x\\\":\\\"y-\"}", "a value never becomes structure"},
        {"{\"a\":\"{{form.absent}}\"}", "{\"a\":null}", "what is absent"},
        {"{\"a\":\"{{form.absent|text}}\",\"b\":\"x{{form.absent}}y\"}", "{\"a\":\"\",\"b\":\"xy\"}", "as a text"},
        {"{\"a\":\"{{form.absent?}}\",\"b\":1}", "{\"b\":1}", "an optional member is left out"},
        {"{\"b\":1,\"a\":\"{{form.absent?}}\"}", "{\"b\":1}", "and its comma"},
        {"{\"a\":[\"{{form.absent?}}\",2,\"{{form.absent?}}\"]}", "{\"a\":[2]}", "and an element"},
        {"{\"a\":\"{{form.area?}}\"}", "{\"a\":120.50}", "an optional one that is there"},
        {"{\"t\":\"{{task}}\",\"k\":\"{{idempotency_key}}\",\"n\":\"{{applicant.name}}\",\"m\":\"{{materials}}\","
         "\"i\":\"{{input.area}}\",\"r\":\"{{external_ref}}\",\"w\":\"{{reason}}\",\"c\":\"{{connector}}\"}",
         "{\"t\":\"20261129-000123-7.1\",\"k\":\"k-1\",\"n\":\"\xe7\x8e\x8b\",\"m\":[],\"i\":7,\"r\":\"W/1\","
         "\"w\":\"withdrawn\",\"c\":\"water\"}", "every root"},
        {"{\"a\":\"{{promised_date}}\"}", "{\"a\":null}", "a text that is not set"},
        {"{\"{{task}}\":1}", "{\"{{task}}\":1}", "keys are no templates"},
        {"{\"k\\u0022\\n\":1}", "{\"k\\\"\\u000a\":1}", "keys are escaped anew"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scope scope = scope_make();
        struct out out = {.size_max = 4096};
        char why[TEMPLATE_WHY_SIZE] = "";
        int rc = template_body(&scope, rows[i].body, strlen(rows[i].body), &out, why);
        char *made = out_take(&out);

        if (rc != OD_OK || strcmp(made, rows[i].made) != 0)
            fail_msg("%s: %d %s: %s", rows[i].why, rc, why, made != NULL ? made : "NULL");
        if (!json_is_whole(made, strlen(made)))
            fail_msg("%s: no JSON: %s", rows[i].why, made);
        free(made);
    }
}

static void faulty_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int rc;
        const char *why;
    } rows[] = {
        {"{\"a\":\"{{form.area\"}", OD_ESYNTAX, "without }} behind it"},
        {"{\"a\":\"form.area}}\"}", OD_ESYNTAX, "without {{ before it"},
        {"{\"a\":\"{{}}\"}", OD_ESYNTAX, "a name is missing"},
        {"{\"a\":\"{{?}}\"}", OD_ESYNTAX, "a name is missing"},
        {"{\"a\":\"{{frm.area}}\"}", OD_ESYNTAX, "{{frm.area}}: there is no such name"},
        {"{\"a\":\"{{task.x}}\"}", OD_ESYNTAX, "{{task.x}}: there is no such name"},
        {"{\"a\":\"{{form.area|upper}}\"}", OD_ESYNTAX, "the only filter is |text"},
        {"{\"a\":\"{{a{{b}}\"}", OD_ESYNTAX, "{{ without }}"},
        {"{\"a\":\"x {{form.tags}}\"}", OD_EINVAL, "{{form.tags}}: an object or array"},
        {"{\"a\":\"{{form.address|text}}\"}", OD_EINVAL, "{{form.address}}: an object or array"},
        {"\"{{task}}\"", OD_ESYNTAX, "neither object nor array"},
        {"", OD_ESYNTAX, "neither object nor array"},
        {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", OD_ELIMIT, "too deep"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scope scope = scope_make();
        struct out out = {.size_max = 4096};
        char why[TEMPLATE_WHY_SIZE] = "";
        int rc = template_body(&scope, rows[i].body, strlen(rows[i].body), &out, why);

        if (rc != rows[i].rc || strstr(why, rows[i].why) == NULL)
            fail_msg("%s: %d %s", rows[i].body, rc, why);
        out_fini(&out);
    }
}

static void a_body_has_a_limit(void **state)
{
    struct scope scope = scope_make();
    char why[TEMPLATE_WHY_SIZE];
    const char body[] = "{\"a\":\"{{task}}\"}", deep[] = "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]";
    const size_t made = strlen("{\"a\":\"20261129-000123-7.1\"}");
    struct out out = {.size_max = made};

    (void)state;
    assert_int_equal(OD_OK, template_body(&scope, body, strlen(body), &out, why));
    assert_int_equal(made, out.size);
    out_fini(&out);
    out = (struct out){.size_max = made - 1};
    assert_int_equal(OD_ELIMIT, template_body(&scope, body, strlen(body), &out, why));
    out_fini(&out);
    out = (struct out){.size_max = 4096};
    assert_int_equal(OD_OK, template_body(&scope, deep, strlen(deep), &out, why)); /* TEMPLATE_DEPTH_MAX */
    out_fini(&out);
}

static void paths_are_encoded_and_cannot_climb(void **state)
{
    static const struct {
        const char *path, *made;
        int rc;
    } rows[] = {
        {"/cases/{{external_ref}}", "/cases/W%2F1", OD_OK},
        {"/cases?key={{idempotency_key}}&x={{form.path}}", "/cases?key=k-1&x=a%2Fb%3Fc%26d%3De%23f%25", OD_OK},
        {"/a/{{form.area}}/{{form.flag}}", "/a/120.50/true", OD_OK},
        {"/n/{{applicant.name}}", "/n/%E7%8E%8B", OD_OK},
        {"/plain", "/plain", OD_OK},
        {"/x/{{form.dots}}/y", NULL, OD_EINVAL},
        {"/x/{{form.empty}}", NULL, OD_EINVAL},
        {"/x/{{form.absent}}", NULL, OD_EINVAL},
        {"/x/{{form.none}}", NULL, OD_EINVAL},
        {"/x/{{form.tags}}", NULL, OD_EINVAL},
        {"/x/{{promised_date}}", NULL, OD_EINVAL},
        {"/x/{{nothing}}", NULL, OD_ESYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scope scope = scope_make();
        struct out out = {.size_max = 2048};
        char why[TEMPLATE_WHY_SIZE];
        int rc = template_path(&scope, rows[i].path, &out, why);
        char *made = rc == OD_OK ? out_take(&out) : NULL;

        assert_int_equal(rows[i].rc, rc);
        if (rc == OD_OK)
            assert_string_equal(rows[i].made, made);
        free(made);
        out_fini(&out);
    }
}

static void names_are_checked_before_use(void **state)
{
    char why[TEMPLATE_WHY_SIZE];
    const char body[] = "{\"a\":[{\"b\":\"x {{form.area}}\"}]}";

    (void)state;
    assert_int_equal(OD_OK, template_check_path("/a/{{task}}", SCOPE_IDS, why));
    assert_int_equal(OD_ESYNTAX, template_check_path("/a/{{form.x}}", SCOPE_IDS, why));
    assert_int_equal(OD_ESYNTAX, template_check_path("/a/{{external_ref}}", SCOPE_IDS | SCOPE_OFFER, why));
    assert_int_equal(OD_OK, template_check_path("/a/{{external_ref}}", SCOPE_IDS | SCOPE_REF, why));
    assert_int_equal(OD_ESYNTAX, template_check_path("/a/{{task", SCOPE_IDS, why));
    assert_int_equal(OD_ESYNTAX, template_check_path("/a/{{form.}}", SCOPE_OFFER, why));
    assert_int_equal(OD_OK, template_check_body(json_host("{}"), body, strlen(body), SCOPE_OFFER, why));
    assert_int_equal(OD_ESYNTAX, template_check_body(json_host("{}"), body, strlen(body), SCOPE_IDS, why));
}

static void only_whole_json_is_json(void **state)
{
    static const char *const whole[] = {
        "{}", "[]", " [ 1 , -0.5e+3 , true,false,null ] ", "\"\\u00e4\\ud83d\\ude00\\n\"", "0", "-1", "1e9",
        "{\"a\":{\"b\":[{}]}}", "\"\xe4\xb8\xad\xf0\x9f\x98\x80\"",
    };
    static const char *const broken[] = {
        "", " ", "{", "{\"a\":1", "{\"a\"}", "{\"a\":}", "{a:1}", "[1,]", "{\"a\":1,}", "[1 2]", "01", "1.", ".5", "+1",
        "1e", "--1", "tru", "nul", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"", "\"\n\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xe4\xb8\"", "{} {}", "[1]x",
        "NaN", "Infinity", "'a'", "// x\n1", "\xef\xbb\xbf{}",
    };
    char deep[2 * JSON_DEPTH_MAX + 4];

    (void)state;
    for (size_t i = 0; i < COUNT(whole); i++) {
        if (!json_is_whole(whole[i], strlen(whole[i])))
            fail_msg("%s is JSON", whole[i]);
    }
    for (size_t i = 0; i < COUNT(broken); i++) {
        if (json_is_whole(broken[i], strlen(broken[i])))
            fail_msg("%s is no JSON", broken[i]);
    }
    assert_false(json_is_whole("[\0]", 3));
    assert_false(json_is_whole("\"a\0b\"", 5));
    memset(deep, '[', sizeof(deep));
    memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_true(json_is_whole(deep, (size_t)2 * JSON_DEPTH_MAX));
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_false(json_is_whole(deep, (size_t)2 * JSON_DEPTH_MAX + 2));
}

/* No start of a JSON text that is an object is one itself: a body that was cut is noticed. */
static void every_cut_body_is_noticed(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(form) - 1; size++)
        assert_false(json_is_whole(form, size));
    assert_true(json_is_whole(form, sizeof(form) - 1));
}

static void texts_are_cut_between_characters(void **state)
{
    static const char text[] = "a\xe4\xb8\xad" "b\xf0\x9f\x98\x80";
    static const size_t cuts[] = {0, 1, 1, 1, 4, 5, 5, 5, 5, 9};

    (void)state;
    for (size_t max = 0; max < COUNT(cuts); max++)
        assert_int_equal(cuts[max], json_cut(text, sizeof(text) - 1, max));
    assert_int_equal(9, json_cut(text, 9, 100));
}

static void pointers_find_what_they_name(void **state)
{
    static const char json[] = " {\"a\":{\"b\":[10,{\"c\":\"x\"}]},\"m~n\":1,\"p/q\":2,\"\":3,\"01\":[[7]]}";
    static const struct {
        const char *pointer;
        int rc;
        const char *found;
    } rows[] = {
        {"/a/b/0", OD_OK, "10"}, {"/a/b/1/c", OD_OK, "\"x\""}, {"/m~0n", OD_OK, "1"}, {"/p~1q", OD_OK, "2"},
        {"/", OD_OK, "3"}, {"/01/0/0", OD_OK, "7"}, {"/a/b/2", OD_ENOTFOUND, NULL}, {"/a/b/01", OD_ENOTFOUND, NULL},
        {"/a/b/-", OD_ENOTFOUND, NULL}, {"/a/b/", OD_ENOTFOUND, NULL}, {"/a/x", OD_ENOTFOUND, NULL},
        {"/m~0n/x", OD_ENOTFOUND, NULL}, {"/a/b/9999999999999", OD_ENOTFOUND, NULL},
    };
    char longest[POINTER_TOKEN_MAX + 3];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct od_value value;
        int rc = pointer_read(json_host("{}"), json, sizeof(json) - 1, rows[i].pointer, &value);

        assert_true(pointer_is_valid(rows[i].pointer));
        if (rc != rows[i].rc)
            fail_msg("%s: %d", rows[i].pointer, rc);
        if (rc == OD_OK)
            assert_memory_equal(rows[i].found, value.json, value.json_size);
    }
    assert_true(pointer_is_valid(""));
    assert_false(pointer_is_valid("a"));
    assert_false(pointer_is_valid("/a~"));
    assert_false(pointer_is_valid("/a~2"));
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    longest[POINTER_TOKEN_MAX + 1] = '\0';
    assert_true(pointer_is_valid(longest));
    longest[POINTER_TOKEN_MAX + 1] = 'a';
    longest[POINTER_TOKEN_MAX + 2] = '\0';
    assert_false(pointer_is_valid(longest));
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    const int64_t now_ms = INT64_C(784111777000); /* Sun, 06 Nov 1994 08:49:37 GMT */
    static const struct {
        const char *text;
        int rc;
        int64_t after_ms;
    } rows[] = {
        {"0", OD_OK, 0}, {"120", OD_OK, 120000}, {"86400", OD_OK, WHEN_AFTER_MS_MAX},
        {"86401", OD_OK, WHEN_AFTER_MS_MAX}, {"99999999999999999999999", OD_OK, WHEN_AFTER_MS_MAX},
        {"Sun, 06 Nov 1994 08:50:37 GMT", OD_OK, 60000}, {"Sun, 06 Nov 1994 08:49:37 GMT", OD_OK, 0},
        {"Sun, 06 Nov 1994 08:00:00 GMT", OD_OK, 0}, {"Mon, 29 Feb 2096 00:00:00 GMT", OD_OK, WHEN_AFTER_MS_MAX},
        {NULL, OD_ENOTFOUND, -1}, {"", OD_ESYNTAX, -1}, {"-1", OD_ESYNTAX, -1}, {"1.5", OD_ESYNTAX, -1},
        {"soon", OD_ESYNTAX, -1}, {"Sun, 06 Nov 1994 08:49:37 CET", OD_ESYNTAX, -1},
        {"Sun, 06 Xyz 1994 08:49:37 GMT", OD_ESYNTAX, -1}, {"Sun, 32 Nov 1994 08:49:37 GMT", OD_ESYNTAX, -1},
        {"Sun, 06 Nov 1994 24:49:37 GMT", OD_ESYNTAX, -1}, {"Sun, 06 Nov 1994 08:49:37 GMT x", OD_ESYNTAX, -1},
        {"Sun, 06 Nov 1994", OD_ESYNTAX, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t after_ms = -1;
        int rc = when_retry_after(rows[i].text, now_ms, &after_ms);

        if (rc != rows[i].rc || after_ms != rows[i].after_ms)
            fail_msg("%s: %d %lld", rows[i].text, rc, (long long)after_ms);
    }
}

/* The defaults are on the safe side: whatever may have been registered is unknown. */
static void each_outcome_has_its_meaning(void **state)
{
    static const struct {
        enum cause cause;
        uint32_t status;
        bool has_retry_after;
        enum meaning meaning;
        enum retry retry;
        const char *why;
    } rows[] = {
        {CAUSE_UNREACHABLE, 0, false, MEANING_NOTHING, RETRY_DEFAULT, "no connection"},
        {CAUSE_DENIED, 0, false, MEANING_NOTHING, RETRY_DEFAULT, "not granted"},
        {CAUSE_LIMITED, 0, false, MEANING_NOTHING, RETRY_DEFAULT, "not sent"},
        {CAUSE_BROKEN, 0, false, MEANING_UNKNOWN, RETRY_DEFAULT, "broken after sending"},
        {CAUSE_TIMEOUT, 0, false, MEANING_UNKNOWN, RETRY_DEFAULT, "no answer in time"},
        {CAUSE_TOO_LARGE, 0, false, MEANING_UNKNOWN, RETRY_DEFAULT, "an answer that is too large"},
        {CAUSE_GARBAGE, 0, false, MEANING_UNKNOWN, RETRY_DEFAULT, "a 2xx that cannot be read"},
        {CAUSE_STATUS, 400, false, MEANING_NOTHING, RETRY_NEVER, "the department did not understand"},
        {CAUSE_STATUS, 404, false, MEANING_NOTHING, RETRY_NEVER, "a wrong path"},
        {CAUSE_STATUS, 422, false, MEANING_NOTHING, RETRY_NEVER, "a form that it refuses: no opinion either"},
        {CAUSE_STATUS, 301, false, MEANING_NOTHING, RETRY_NEVER, "a redirect that is not followed"},
        {CAUSE_STATUS, 408, false, MEANING_UNKNOWN, RETRY_DEFAULT, "it waited for the rest"},
        {CAUSE_STATUS, 409, false, MEANING_LOOKUP, RETRY_DEFAULT, "it has it already, perhaps"},
        {CAUSE_STATUS, 425, false, MEANING_NOTHING, RETRY_DEFAULT, "too early"},
        {CAUSE_STATUS, 429, true, MEANING_NOTHING, RETRY_DEFAULT, "too many"},
        {CAUSE_STATUS, 429, false, MEANING_NOTHING, RETRY_DEFAULT, "too many, no word for how long"},
        {CAUSE_STATUS, 503, true, MEANING_NOTHING, RETRY_DEFAULT, "not now"},
        {CAUSE_STATUS, 503, false, MEANING_UNKNOWN, RETRY_DEFAULT, "a gateway that gave up, perhaps"},
        {CAUSE_STATUS, 500, false, MEANING_UNKNOWN, RETRY_DEFAULT, "broken, before or after"},
        {CAUSE_STATUS, 599, true, MEANING_UNKNOWN, RETRY_DEFAULT, "the same"},
        {CAUSE_STATUS, 102, false, MEANING_UNKNOWN, RETRY_DEFAULT, "no final answer"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct rule *rule = rule_find(NULL, 0, rows[i].cause, rows[i].status, rows[i].has_retry_after);

        if (rule->meaning != rows[i].meaning || rule->retry != rows[i].retry)
            fail_msg("%s: %d %d", rows[i].why, rule->meaning, rule->retry);
    }
}

static void rows_of_the_configuration_go_first(void **state)
{
    struct rule rules[3];

    (void)state;
    assert_int_equal(OD_OK, rule_read("422", "opinion", "", &rules[0]));
    assert_int_equal(OD_OK, rule_read("4xx", "none", "backoff", &rules[1]));
    assert_int_equal(OD_OK, rule_read("timeout", "none", "never", &rules[2]));
    assert_int_equal(MEANING_OPINION, rule_find(rules, 3, CAUSE_STATUS, 422, false)->meaning);
    assert_int_equal(MEANING_NOTHING, rule_find(rules, 3, CAUSE_STATUS, 409, false)->meaning);
    assert_int_equal(RETRY_DEFAULT, rule_find(rules, 3, CAUSE_STATUS, 400, false)->retry);
    assert_int_equal(MEANING_UNKNOWN, rule_find(rules, 3, CAUSE_STATUS, 500, false)->meaning);
    assert_int_equal(RETRY_NEVER, rule_find(rules, 3, CAUSE_TIMEOUT, 0, false)->retry);
}

static void faulty_rows_are_refused(void **state)
{
    static const struct {
        const char *when, *then, *retry, *why;
    } rows[] = {
        {"", "none", "", "no outcome"},
        {"42", "none", "", "two digits"},
        {"4x2", "none", "", "a letter within"},
        {"6xx", "none", "", "no such class"},
        {"099", "none", "", "no such status"},
        {"status", "none", "", "a word of the code alone"},
        {"lost", "none", "", "no such word"},
        {"422", "", "", "no meaning"},
        {"422", "refuse", "", "no such meaning"},
        {"422", "none", "soon", "no such retry"},
        {"timeout", "opinion", "", "a dead link is never an opinion"},
        {"garbage", "opinion", "", "nor is what cannot be read"},
        {"unreachable", "need_input", "", "nor a question"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rule rule = {.cause = CAUSE_NONE};

        if (rule_read(rows[i].when, rows[i].then, rows[i].retry, &rule) != OD_EINVAL)
            fail_msg("%s", rows[i].why);
        assert_int_equal(CAUSE_NONE, rule.cause); /* unchanged */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_typed_and_escaped),
        cmocka_unit_test(faulty_bodies_are_refused),
        cmocka_unit_test(a_body_has_a_limit),
        cmocka_unit_test(paths_are_encoded_and_cannot_climb),
        cmocka_unit_test(names_are_checked_before_use),
        cmocka_unit_test(only_whole_json_is_json),
        cmocka_unit_test(every_cut_body_is_noticed),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(pointers_find_what_they_name),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(each_outcome_has_its_meaning),
        cmocka_unit_test(rows_of_the_configuration_go_first),
        cmocka_unit_test(faulty_rows_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
