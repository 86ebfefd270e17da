/* SPDX-License-Identifier: Apache-2.0 */
#include "front/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"

static const char texts[] =
    "{\"hello\": {\"zh-CN\": \"你好，{{name}}\", \"en\": \"Hello {{name}}\"},"
    " \"state.done\": {\"zh-CN\": \"已完成\", \"en\": \"Done\"},"
    " \"nested\": {\"zh-CN\": \"{{t:state.@state}}！\", \"en\": \"{{t:state.@state}}!\"}}";

/* Compile one template named "main" beside a part and the texts. */
static int compile(const char *text, size_t size, struct front_templates **out,
                   char fault[FRONT_TEMPLATE_FAULT_SIZE])
{
    static const char part[] = "<{{name}}>", loop[] = "{{>loop}}";
    struct front_templates *set = NULL;
    int rc = front_templates_create(&set);

    fault[0] = '\0';
    if (rc == OD_OK)
        rc = front_template_add(set, "part", part, sizeof(part) - 1, fault);
    if (rc == OD_OK)
        rc = front_template_add(set, "loop", loop, sizeof(loop) - 1, fault);
    if (rc == OD_OK)
        rc = front_template_add(set, "main", text, size, fault);
    if (rc == OD_OK)
        rc = front_template_texts_add(set, texts, sizeof(texts) - 1, fault);
    if (rc == OD_OK)
        rc = front_templates_link(set, fault);
    if (rc == OD_OK)
        *out = set;
    else
        front_templates_destroy(set);
    return rc;
}

/* Render text over json, which is the document "doc" and whose members are documents too. */
static int render(const char *text, size_t size, const char *json, enum front_language language,
                  struct base_buffer *out)
{
    struct front_template_document documents[16] = {{0}};
    struct front_templates *set = NULL;
    struct base_json_error error;
    struct base_json *tree = NULL;
    char fault[FRONT_TEMPLATE_FAULT_SIZE];
    size_t count = 0;
    int rc = compile(text, size, &set, fault);

    if (rc == OD_OK)
        rc = base_json_parse(json, strlen(json), &tree, &error);
    documents[count++] = (struct front_template_document){"doc", tree};
    for (const struct base_json *item = base_json_first(tree);
         item != NULL && count < COUNT(documents); item = base_json_next(item))
        documents[count++] = (struct front_template_document){base_json_key(item), item};
    if (rc == OD_OK)
        rc = front_template_render(set, "main", documents, count, language, out);
    base_json_destroy(tree);
    front_templates_destroy(set);
    return rc;
}

static void renders_as_written(void **state)
{
    static const struct {
        const char *why, *text, *json, *zh, *en;
    } rows[] = {
        {"nothing", "", "{}", "", ""},
        {"text alone", "a { } {x} }} b", "{}", "a { } {x} }} b", NULL},
        {"the five are escaped", "{{a}}", "{\"a\":\"&<>\\\"'\"}", "&amp;&lt;&gt;&quot;&#39;",
         NULL},
        {"escaped once", "{{a}}", "{\"a\":\"&amp;\"}", "&amp;amp;", NULL},
        {"numbers", "{{a}} {{b}} {{c}}", "{\"a\":3,\"b\":-0.5,\"c\":1e15}", "3 -0.5 1e+15",
         NULL},
        {"booleans and null", "{{a}}{{b}}{{c}}{{d}}", "{\"a\":true,\"b\":false,\"c\":null}",
         "truefalse", NULL},
        {"objects and lists print nothing", "[{{a}}{{b}}]", "{\"a\":{},\"b\":[1]}", "[]", NULL},
        {"dots walk", "{{a.b.c}}|{{a.x.c}}|{{doc.a.b.c}}", "{\"a\":{\"b\":{\"c\":\"x\"}}}",
         "x||x", NULL},
        {"a comment prints nothing", "a{{! {{x}}b", "{}", "ab", NULL},
        {"a list repeats", "{{#a}}({{.}}){{/}}", "{\"a\":[1,\"x\",true]}", "(1)(x)(true)",
         NULL},
        {"an empty list", "{{#a}}x{{/}}{{^a}}none{{/}}", "{\"a\":[]}", "none", NULL},
        {"an object is entered", "{{#a}}{{b}}{{c}}{{/}}", "{\"a\":{\"b\":1},\"c\":2}", "12",
         NULL},
        {"zero is something", "{{#a}}x{{/}}{{^a}}y{{/}}", "{\"a\":0}", "x", NULL},
        {"an empty text is nothing", "{{#a}}x{{/}}{{^a}}y{{/}}", "{\"a\":\"\"}", "y", NULL},
        {"absent", "{{#a}}x{{/}}{{^a}}y{{/}}", "{}", "y", NULL},
        {"the inner name hides the outer", "{{#a}}{{b}}{{/}}", "{\"a\":[{\"b\":1},{}],\"b\":2}",
         "12", NULL},
        {"null hides the outer", "{{#a}}[{{b}}]{{/}}", "{\"a\":[{\"b\":null}],\"b\":2}", "[]",
         NULL},
        {"a dot in front looks no further", "{{#a}}[{{.b}}]{{/}}",
         "{\"a\":[{\"b\":1},{}],\"b\":2}", "[1][]", NULL},
        {"a test does not repeat", "{{#a?}}{{#a}}{{.}}{{/}};{{/}}", "{\"a\":[1,2]}", "12;",
         NULL},
        {"a test fails on nothing", "{{#a?}}x{{/}}{{^a?}}y{{/}}", "{\"a\":[]}", "y", NULL},
        {"equal", "{{#a=x}}1{{/}}{{#a=y}}2{{/}}{{^a=x}}3{{/}}{{^a=y}}4{{/}}", "{\"a\":\"x\"}",
         "14", NULL},
        {"equal to a number, a boolean, nothing",
         "{{#a=1}}1{{/}}{{#b=true}}2{{/}}{{#c=}}3{{/}}", "{\"a\":1,\"b\":true}", "123", NULL},
        {"equal to a pointer", "{{#a=/f/x}}1{{/}}", "{\"a\":\"/f/x\"}", "1", NULL},
        {"a part", "{{>part}}", "{\"name\":\"&\"}", "<&amp;>", NULL},
        {"a text of the reader's language", "{{t:hello}}", "{\"name\":\"<b>\"}",
         "你好，&lt;b&gt;", "Hello &lt;b&gt;"},
        {"a key from a value", "{{t:state.@state}}", "{\"state\":\"done\"}", "已完成", "Done"},
        {"a text in a text", "{{t:nested}}", "{\"state\":\"done\"}", "已完成！", "Done!"},
        {"an unknown key prints the value, escaped", "{{t:state.@state}}",
         "{\"state\":\"<x>\"}", "&lt;x&gt;", NULL},
        {"an absent value", "[{{t:state.@state}}]", "{}", "[]", NULL},
        {"both languages", "{{l:a}}", "{\"a\":{\"zh-CN\":\"甲<\",\"en\":\"A<\"}}", "甲&lt;",
         "A&lt;"},
        {"one language", "{{l:a}}{{l:b}}", "{\"a\":{\"en\":\"A\"},\"b\":{\"zh-CN\":\"乙\"}}",
         "A乙", NULL},
        {"no object", "{{l:a}}{{l:b}}", "{\"a\":\"x\",\"b\":7}", "x7", NULL},
        {"capitals on a plain page", "{{T:state.@s}}{{L:a}}{{D:d}}{{M:d}}",
         "{\"s\":\"done\",\"a\":{\"zh-CN\":\"甲\",\"en\":\"A\"},\"d\":\"2026-12-08\"}",
         "已完成甲2026年12月8日（星期二）2026年12月8日", "DoneATuesday, 8 December 20268 December 2026"},
        {"capitals on a bilingual page", "{{T:hello}}|{{L:a}}|{{t:hello}}",
         "{\"page\":{\"is_bilingual\":true},\"name\":\"<\",\"a\":{\"zh-CN\":\"甲\",\"en\":\"A\"}}",
         "你好，&lt;<span class=\"other\" lang=\"en\">Hello &lt;</span>|甲<span class=\"other\" lang=\"en\">A</span>|你好，&lt;",
         "Hello &lt;<span class=\"other\" lang=\"zh-CN\">你好，&lt;</span>|A<span class=\"other\" lang=\"zh-CN\">甲</span>|Hello &lt;"},
        {"what is the same in both is said once", "{{L:a}}{{L:b}}{{T:x.@c}}{{L:none}}",
         "{\"page\":{\"is_bilingual\":true},\"a\":{\"zh-CN\":\"A\",\"en\":\"A\"},\"b\":\"B\",\"c\":\"C\"}", "ABC", NULL},
        {"a text in a text is in one language each", "{{T:nested}}", "{\"page\":{\"is_bilingual\":true},\"state\":\"done\"}",
         "已完成！<span class=\"other\" lang=\"en\">Done!</span>", "Done!<span class=\"other\" lang=\"zh-CN\">已完成！</span>"},
        {"a page that says it is not", "{{L:a}}", "{\"page\":{\"is_bilingual\":false},\"a\":{\"zh-CN\":\"甲\",\"en\":\"A\"}}", "甲", "A"},
        {"a day in words", "{{d:a}}", "{\"a\":\"2026-12-08\"}", "2026年12月8日（星期二）",
         "Tuesday, 8 December 2026"},
        {"a moment", "{{m:a}}|{{s:a}}|{{d:a}}", "{\"a\":\"2026-11-29T14:47:28.713+08:00\"}",
         "2026年11月29日 14:47|2026-11-29 14:47|2026年11月29日（星期日）",
         "29 November 2026, 14:47|2026-11-29 14:47|Sunday, 29 November 2026"},
        {"no date", "{{d:a}}{{m:b}}{{s:c}}", "{\"a\":\"2026-13-01\",\"b\":\"<\",\"c\":null}",
         "2026-13-01&lt;", NULL},
        {"a date with something behind it", "{{d:a}}", "{\"a\":\"2026-12-08<x>\"}",
         "2026-12-08&lt;x&gt;", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int language = FRONT_ZH_CN; language <= FRONT_EN; language++) {
            struct base_buffer out = {0};
            const char *expected =
                language == FRONT_EN && rows[i].en != NULL ? rows[i].en : rows[i].zh;
            int rc = render(rows[i].text, strlen(rows[i].text), rows[i].json,
                            (enum front_language)language, &out);

            CHECK_I64(OD_OK, rc, rows[i].why);
            CHECK_TEXT(expected, base_buffer_text(&out), rows[i].why);
            base_buffer_fini(&out);
        }
    }
}

static void refuses_what_is_no_template(void **state)
{
    static const struct {
        const char *why, *text;
        int rc;
    } rows[] = {
        {"not closed", "{{a", OD_ESYNTAX},
        {"closed once", "{{a}", OD_ESYNTAX},
        {"empty", "{{}}", OD_ESYNTAX},
        {"only a sign", "{{#}}{{/}}", OD_ESYNTAX},
        {"only a comparison", "{{#=x}}{{/}}", OD_ESYNTAX},
        {"only a question", "{{#?}}{{/}}", OD_ESYNTAX},
        {"a question inside", "{{#a?b}}{{/}}", OD_ESYNTAX},
        {"no name behind the prefix", "{{t:}}", OD_ESYNTAX},
        {"no name behind '@'", "{{t:a.@}}", OD_ESYNTAX},
        {"white space", "{{ a }}", OD_ESYNTAX},
        {"raw output of other dialects", "{{{a}}}", OD_ESYNTAX},
        {"raw output of other dialects, by sign", "{{&a}}", OD_ESYNTAX},
        {"section left open", "{{#a}}x", OD_ESYNTAX},
        {"nothing to close", "x{{/}}", OD_ESYNTAX},
        {"unknown part", "{{>nowhere}}", OD_ENOTFOUND},
        {"unknown text", "{{t:nowhere}}", OD_ENOTFOUND},
    };
    char fault[FRONT_TEMPLATE_FAULT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct front_templates *set = NULL;

        CHECK_I64(rows[i].rc, compile(rows[i].text, strlen(rows[i].text), &set, fault),
                  rows[i].why);
        CHECK(set == NULL, rows[i].why);
        CHECK(fault[0] != '\0', rows[i].why);
    }
}

static void refuses_two_of_one_name(void **state)
{
    struct front_templates *set;
    char fault[FRONT_TEMPLATE_FAULT_SIZE];

    (void)state;
    assert_int_equal(OD_OK, front_templates_create(&set));
    assert_int_equal(OD_OK, front_template_add(set, "a", "x", 1, fault));
    assert_int_equal(OD_OK, front_template_add(set, "a", "y", 1, fault));
    assert_int_equal(OD_EEXIST, front_templates_link(set, fault));
    front_templates_destroy(set);
    assert_int_equal(OD_OK, front_templates_create(&set));
    static const char half[] = "{\"k\": {\"en\": \"only\"}}";
    assert_int_equal(OD_ESYNTAX, front_template_texts_add(set, half, sizeof(half) - 1, fault));
    assert_non_null(strstr(fault, "zh-CN"));
    front_templates_destroy(set);
    front_templates_destroy(NULL);
}

static int render_nested(size_t depth)
{
    struct base_buffer text = {0}, out = {0};

    for (size_t i = 0; i < depth; i++)
        base_buffer_put_text(&text, "{{#a}}");
    for (size_t i = 0; i < depth; i++)
        base_buffer_put_text(&text, "{{/}}");
    int rc = render(text.bytes, text.size, "{\"a\":true}", FRONT_EN, &out);
    base_buffer_fini(&text);
    base_buffer_fini(&out);
    return rc;
}

static int render_name(size_t size)
{
    struct base_buffer text = {0}, out = {0};

    base_buffer_put_text(&text, "{{");
    for (size_t i = 0; i < size; i++)
        base_buffer_put_text(&text, "a");
    base_buffer_put_text(&text, "}}");
    int rc = render(text.bytes, text.size, "{}", FRONT_EN, &out);
    base_buffer_fini(&text);
    base_buffer_fini(&out);
    return rc;
}

/* Each object of texts stands by itself; one more than fits is refused. */
static void takes_several_objects_of_texts(void **state)
{
    struct front_templates *set = NULL;
    char fault[FRONT_TEMPLATE_FAULT_SIZE], json[64];

    (void)state;
    assert_int_equal(OD_OK, front_templates_create(&set));
    for (int i = 0; i <= FRONT_TEMPLATE_TEXTS_MAX; i++) {
        int size = snprintf(json, sizeof(json), "{\"key%d\": {\"zh-CN\": \"甲\", \"en\": \"A\"}}", i);
        int rc = front_template_texts_add(set, json, (size_t)size, fault);

        CHECK_I64(i < FRONT_TEMPLATE_TEXTS_MAX ? OD_OK : OD_ELIMIT, rc, "one object more");
    }
    front_templates_destroy(set);
}

/* A third language: its own words, then those of its base. */
static void reads_in_a_third_language(void **state)
{
    static const struct front_page_language rows[FRONT_PAGE_LANGUAGES_MAX + 1] = {
        {"zh-CN", "中文", FRONT_ZH_CN}, {"en", "English", FRONT_EN}, {"bo", "བོད་སྐད།", FRONT_ZH_CN}, {"fr", "Français", FRONT_EN}};
    static const char words[] = "{\"k\": {\"zh-CN\": \"甲\", \"en\": \"A\", \"bo\": \"ཀ\", \"fr\": \"À\"}}";
    static const char main_text[] = "{{T:k}} {{l:a}} {{l:b}} {{d:c}}";
    static const char json[] = "{\"a\":{\"zh-CN\":\"乙\",\"en\":\"B\",\"fr\":\"É\"},\"b\":{\"en\":\"C\"},\"c\":\"2026-12-08\"}";
    static const char *const said[] = {"甲 乙 C 2026年12月8日（星期二）", "A B C Tuesday, 8 December 2026", "ཀ 乙 C 2026年12月8日（星期二）",
                                       "À É C Tuesday, 8 December 2026"};
    struct front_template_document documents[4] = {{0}};
    struct front_templates *set = NULL;
    struct base_json_error error;
    struct base_json *tree = NULL;
    char fault[FRONT_TEMPLATE_FAULT_SIZE];
    size_t count = 0;

    (void)state;
    assert_int_equal(OD_OK, front_templates_create(&set));
    CHECK_I64(OD_ELIMIT, front_templates_languages_set(set, rows, FRONT_LANGUAGES - 1), "one of the API's is missing");
    CHECK_I64(OD_ELIMIT, front_templates_languages_set(set, rows, FRONT_PAGE_LANGUAGES_MAX + 1), "one too many");
    CHECK_I64(OD_OK, front_templates_languages_set(set, rows, FRONT_PAGE_LANGUAGES_MAX), "as many as may be");
    CHECK_I64(OD_OK, front_templates_languages_set(set, rows, COUNT(said)), "four");
    assert_int_equal(OD_OK, front_template_add(set, "main", main_text, sizeof(main_text) - 1, fault));
    assert_int_equal(OD_OK, front_template_texts_add(set, words, sizeof(words) - 1, fault));
    assert_int_equal(OD_OK, front_templates_link(set, fault));
    assert_int_equal(OD_OK, base_json_parse(json, sizeof(json) - 1, &tree, &error));
    for (const struct base_json *item = base_json_first(tree); item != NULL; item = base_json_next(item))
        documents[count++] = (struct front_template_document){base_json_key(item), item};
    for (unsigned i = 0; i < COUNT(said); i++) {
        struct base_buffer out = {0};

        CHECK_I64(OD_OK, front_template_render(set, "main", documents, count, i, &out), rows[i].tag);
        CHECK_TEXT(said[i], base_buffer_text(&out), rows[i].tag);
        base_buffer_fini(&out);
    }
    base_json_destroy(tree);
    front_templates_destroy(set);
}

/* A bilingual page in a third language says what its base does not. */
static void says_it_in_both_in_a_third_language(void **state)
{
    static const struct front_page_language rows[] = {{"zh-CN", "中文", FRONT_ZH_CN}, {"en", "English", FRONT_EN}, {"bo", "བོད་སྐད།", FRONT_ZH_CN}};
    static const char words[] = "{\"k\": {\"zh-CN\": \"甲\", \"en\": \"A\", \"bo\": \"ཀ\"}}", json[] = "{\"is_bilingual\":true}";
    struct front_templates *set = NULL;
    struct base_json_error error;
    struct base_json *tree = NULL;
    struct base_buffer out = {0};
    char fault[FRONT_TEMPLATE_FAULT_SIZE];

    (void)state;
    assert_int_equal(OD_OK, front_templates_create(&set));
    assert_int_equal(OD_OK, front_templates_languages_set(set, rows, COUNT(rows)));
    assert_int_equal(OD_OK, front_template_add(set, "main", "{{T:k}}", 7, fault));
    assert_int_equal(OD_OK, front_template_texts_add(set, words, sizeof(words) - 1, fault));
    assert_int_equal(OD_OK, front_templates_link(set, fault));
    assert_int_equal(OD_OK, base_json_parse(json, sizeof(json) - 1, &tree, &error));
    struct front_template_document page = {"page", tree};
    CHECK_I64(OD_OK, front_template_render(set, "main", &page, 1, 2, &out), "in both");
    CHECK_TEXT("ཀ<span class=\"other\" lang=\"en\">A</span>", base_buffer_text(&out), "its own words, then English");
    base_buffer_fini(&out);
    base_json_destroy(tree);
    front_templates_destroy(set);
}

static void holds_its_limits(void **state)
{
    struct base_buffer out = {0};

    (void)state;
    assert_int_equal(OD_OK, render_nested(FRONT_TEMPLATE_NESTING_MAX));
    assert_int_equal(OD_ELIMIT, render_nested(FRONT_TEMPLATE_NESTING_MAX + 1));
    assert_int_equal(OD_OK, render_name(FRONT_TEMPLATE_NAME_MAX));
    assert_int_equal(OD_ELIMIT, render_name(FRONT_TEMPLATE_NAME_MAX + 1));
    assert_int_equal(OD_ELIMIT, render("{{>loop}}", 9, "{}", FRONT_EN, &out));
    base_buffer_fini(&out);
}

/* 300 items of 16 KiB are more than a page may be. */
static void stops_at_the_largest_page(void **state)
{
    struct base_buffer json = {0}, out = {0};
    char *filler = base_alloc(16 * 1024 + 1);

    (void)state;
    memset(filler, 'x', 16 * 1024);
    base_json_open(&json, NULL, '{');
    base_json_put_text(&json, "f", filler);
    base_json_open(&json, "a", '[');
    for (int i = 0; i < 300; i++)
        base_json_put_i64(&json, NULL, i);
    base_json_close(&json, ']');
    base_json_close(&json, '}');
    assert_int_equal(OD_ELIMIT,
                     render("{{#a}}{{f}}{{/}}", 16, base_buffer_text(&json), FRONT_EN, &out));
    base_buffer_fini(&out);
    base_buffer_fini(&json);
    base_free(filler);
}

static void survives_lack_of_memory(void **state)
{
    static const char text[] = "a{{#a}}{{>part}}{{t:hello}}{{/}}{{l:a}}";
    int rc = OD_ENOMEM;

    (void)state;
    for (uint64_t i = 1; rc != OD_OK; i++) {
        struct front_templates *set = NULL;
        struct base_buffer out = {0};
        char fault[FRONT_TEMPLATE_FAULT_SIZE];

        base_alloc_fail_at(i);
        rc = compile(text, sizeof(text) - 1, &set, fault);
        if (rc == OD_OK)
            rc = front_template_render(set, "main", NULL, 0, FRONT_EN, &out);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "nothing but a lack of memory");
        front_templates_destroy(set);
        base_buffer_fini(&out);
        assert_true(i < 1000);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Pieces of templates in any order: refused or rendered, and never with a raw '<' that is not
 * the template's. */
static void survives_any_text(void **state)
{
    static const char *const pieces[] = {
        "{{",    "}}",    "{",      "}",      "a",         "#",       "^", "/",
        ">",     "t:",    "l:",     "d:",     "=",         "@",       ".", "?",
        "{{a}}", "{{/}}", "{{#b}}", "{{^a}}", "{{>part}}", "{{l:c}}", "!", " "};
    static const char json[] = "{\"a\":\"<script>\",\"b\":[{\"a\":1},\"<x>\",{}],\"c\":{\"en\":"
                               "\"<i>\"},\"name\":\"<n>\"}";
    uint32_t seed = 7;
    size_t rendered = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct base_buffer text = {0}, out = {0};
        uint32_t count = 1 + next_random(&seed) % 12;

        for (uint32_t i = 0; i < count; i++)
            base_buffer_put_text(&text, pieces[next_random(&seed) % COUNT(pieces)]);
        if (render(text.bytes, text.size, json, FRONT_EN, &out) == OD_OK) {
            rendered++;
            CHECK(strstr(base_buffer_text(&out), "<s") == NULL, base_buffer_text(&text));
            CHECK(strstr(base_buffer_text(&out), "<i") == NULL, base_buffer_text(&text));
        }
        base_buffer_fini(&text);
        base_buffer_fini(&out);
    }
    assert_true(rendered > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders_as_written),
        cmocka_unit_test(refuses_what_is_no_template),
        cmocka_unit_test(refuses_two_of_one_name),
        cmocka_unit_test(takes_several_objects_of_texts),
        cmocka_unit_test(reads_in_a_third_language),
        cmocka_unit_test(says_it_in_both_in_a_third_language),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(stops_at_the_largest_page),
        cmocka_unit_test(survives_lack_of_memory),
        cmocka_unit_test(survives_any_text),
    };

    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
