/* SPDX-License-Identifier: Apache-2.0 */
/* Findings in more than one language: the table, the formats, what is cut, and one bad catalogue told in both. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "catalog/fixture.h"
#include "catalog/wording.h"
#include "lib/check.h"

static struct catalog_findings findings;

__attribute__((format(printf, 3, 4)))
static void print(char *texts, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    catalog_wording_print(texts, size, format, arguments);
    va_end(arguments);
}

static bool is_whole(const char *text)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);

    while (at != NULL && at < end)
        at = base_json_utf8_end(at, end);
    return at != NULL;
}

static void a_bad_catalogue_is_told_in_both_languages(void **state)
{
    static const struct { const char *find, *replace, *english, *chinese, *why; } rows[] = {
        {"\"op\": \"contains\", \"value\": \"hot\"", "\"op\": \"==\", \"value\": \"hot\"",
         "operator or value does not fit field \"foods\" of service \"open-cafe\": a list takes contains (one text, of its choices if it has some) and exists",
         "运算符或值不适用于服务“open-cafe”的字段“foods”：列表字段可用 contains（一个文本；有选项的须为其选项）和 exists",
         "another order of the arguments, and a phrase with its own words"},
        {"\"expiry\": \"deemed_consent\"", "\"expiri\": \"deemed_consent\"", "unknown member \"expiri\"; did you mean \"expiry\"? (allowed: ",
         "没有成员“expiri”；是否为“expiry”？（允许：", "what was meant"},
        {"\"department\": \"fire\"", "\"department\": \"zzzzzz\"", "there is no department \"zzzzzz\"; define it or remove the reference",
         "没有部门“zzzzzz”；请加以定义，或者去掉对它的引用", "a noun, and no hint"},
        {"\"kind\": \"promised\",", "\"kind\": \"promised\" \"x\",", "',' or '}' is expected after a member", "成员之后应为“,”或“}”", "the gate of JSON"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catalog *catalog = NULL;
        char *text = fixture_replace(fixture_text, rows[i].find, rows[i].replace);

        CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), rows[i].why);
        const struct catalog_finding *finding = fixture_finding(&findings, rows[i].english);
        if (finding == NULL)
            fixture_print(&findings);
        CHECK(finding != NULL, rows[i].why);
        CHECK(strncmp(finding->text[CATALOG_EN], rows[i].english, strlen(rows[i].english)) == 0, finding->text[CATALOG_EN]);
        CHECK(strncmp(finding->text[CATALOG_ZH_CN], rows[i].chinese, strlen(rows[i].chinese)) == 0, finding->text[CATALOG_ZH_CN]);
        CHECK(finding->line > 0 && finding->column > 0, "one place for both");
        CHECK_TEXT(finding->text[CATALOG_EN], finding->text[CATALOG_FINDING_LANGUAGES_MAX - 1], "a language without words reads the English");
        free(text);
    }
}

static void an_example_that_would_be_refused_says_why_in_both(void **state)
{
    struct catalog *catalog = NULL;
    char *text = fixture_replace(fixture_text, "\"applicant\": {\"name\": \"Li\"}, \"form\": {}", "\"applicant\": {\"name\": \"Li\"}, \"form\": {\"nothing\": 1}");

    (void)state;
    CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), "refused");
    const struct catalog_finding *finding = fixture_finding(&findings, "the example would not be taken: ");
    CHECK(finding != NULL, "told");
    CHECK(strncmp(finding->text[CATALOG_ZH_CN], "示例不能被接受：", strlen("示例不能被接受：")) == 0, finding->text[CATALOG_ZH_CN]);
    free(text);
}

static void the_table_is_sorted_and_whole(void **state)
{
    (void)state;
    CHECK(catalog_wording_count > 300, "generated");
    CHECK_TEXT("zh-CN", catalog_wording_tags[CATALOG_ZH_CN], "in the order of enum catalog_language");
    CHECK_TEXT("en", catalog_wording_tags[CATALOG_EN], "in the order of enum catalog_language");
    for (size_t i = 0; i < catalog_wording_count; i++) {
        const struct catalog_wording *row = &catalog_wordings[i];

        CHECK(i == 0 || strcmp(catalog_wordings[i - 1].in[CATALOG_EN], row->in[CATALOG_EN]) < 0, row->in[CATALOG_EN]);
        CHECK(is_whole(row->in[CATALOG_ZH_CN]) && row->in[CATALOG_ZH_CN][0] != '\0', row->in[CATALOG_EN]);
    }
}

static void a_language_is_found_by_its_tag(void **state)
{
    (void)state;
    CHECK_I64(CATALOG_ZH_CN, catalog_finding_language("zh-CN", CATALOG_EN), "Chinese");
    CHECK_I64(CATALOG_EN, catalog_finding_language("en", CATALOG_ZH_CN), "English");
    CHECK_I64(CATALOG_EN, catalog_finding_language("qps", CATALOG_EN), "one that has no words here");
    CHECK_I64(CATALOG_ZH_CN, catalog_finding_language(NULL, CATALOG_ZH_CN), "no page asks");
}

static void formats_are_written_as_printf_does(void **state)
{
    static char texts[CATALOG_FINDING_LANGUAGES_MAX][512];
    struct catalog_phrase phrase = {.in = {""}};
    char expected[512];

    (void)state;
    memset(texts, 0, sizeof(texts));
    print(texts[0], sizeof(texts[0]), "<%s|%.3s|%.*s|%d|%u|%zu|%lld|%%>", "a", "bcde", 2, "fghi", -7, 8u, (size_t)9, -10LL);
    snprintf(expected, sizeof(expected), "<%s|%.3s|%.*s|%d|%u|%zu|%lld|%%>", "a", "bcde", 2, "fghi", -7, 8u, (size_t)9, -10LL);
    for (unsigned i = 0; i < CATALOG_FINDING_LANGUAGES_MAX; i++)
        CHECK_TEXT(expected, texts[i], "all that is written");
    memset(texts, 0, sizeof(texts));
    print(texts[0], sizeof(texts[0]), "<%llu|%.0s|%.*s|%p>", 18446744073709551615ULL, "none", 0, "none", catalog_phrase_word(&phrase, "matter"));
    CHECK_TEXT("<18446744073709551615|||matter>", texts[CATALOG_EN], "nothing of a text, and a phrase");
    CHECK_TEXT("<18446744073709551615|||事项>", texts[CATALOG_ZH_CN], "its Chinese");
    memset(texts, 0, sizeof(texts));
    print(texts[0], sizeof(texts[0]), "there is no {{%.*s}} in a notice \"%s\"; there are %.300s", 4, "nobody", "decided", "number");
    CHECK_TEXT("there is no {{nobo}} in a notice \"decided\"; there are number", texts[CATALOG_EN], "as the format says");
    CHECK_TEXT("通知“decided”中没有 {{nobo}}；可用的有 number", texts[CATALOG_ZH_CN], "the other way round, with a precision of its own");
}

static void what_is_too_long_ends_at_a_whole_character(void **state)
{
    static const char word[] = "事项a事𠀀é项";

    (void)state;
    for (int size = 1; size < 120; size++) {
        char texts[CATALOG_FINDING_LANGUAGES_MAX * 120] = "";
        char cut[CATALOG_FINDING_LANGUAGES_MAX * 120] = "";

        print(texts, (size_t)size, "there is no calendar \"%s\"; define it in \"calendars\"", word);
        print(cut, 120, "%.*s", size, word);
        for (unsigned i = 0; i < CATALOG_FINDING_LANGUAGES_MAX; i++) {
            CHECK(strlen(texts + i * (size_t)size) < (size_t)size && is_whole(texts + i * (size_t)size), "as much as fits");
            CHECK(strlen(texts + i * (size_t)size) + 5 > (size_t)size || size > 50, "no more is lost than a character");
            CHECK(is_whole(cut + i * 120) && strlen(cut + i * 120) <= (size_t)size, "a precision splits none either");
        }
        CHECK(strncmp(word, cut, strlen(cut)) == 0 && strlen(cut) + 4 > (size_t)(size < (int)strlen(word) ? size : (int)strlen(word)), "nor loses one");
    }
}

static void a_phrase_grows_up_to_its_size(void **state)
{
    struct catalog_phrase phrase = {.in = {""}};

    (void)state;
    for (int i = 0; i < CATALOG_PHRASE_SIZE - 1; i++)
        (void)catalog_phrase_add(&phrase, "%s", "x");
    CHECK_I64(CATALOG_PHRASE_SIZE - 1, strlen(phrase.in[CATALOG_EN]), "full");
    (void)catalog_phrase_add(&phrase, "%s", "y");
    CHECK_I64(CATALOG_PHRASE_SIZE - 1, strlen(phrase.in[CATALOG_ZH_CN]), "and one more");
    CHECK(strchr(phrase.in[CATALOG_ZH_CN], 'y') == NULL, "which is cut");
    CHECK_TEXT("", ((const struct catalog_phrase *)catalog_phrase_hint(&phrase, NULL, ""))->in[CATALOG_ZH_CN], "no hint");
    CHECK_TEXT("；是否为“a”？", ((const struct catalog_phrase *)catalog_phrase_hint(&phrase, "a", ""))->in[CATALOG_ZH_CN], "a hint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_catalogue_is_told_in_both_languages),
        cmocka_unit_test(an_example_that_would_be_refused_says_why_in_both),
        cmocka_unit_test(the_table_is_sorted_and_whole),
        cmocka_unit_test(a_language_is_found_by_its_tag),
        cmocka_unit_test(formats_are_written_as_printf_does),
        cmocka_unit_test(what_is_too_long_ends_at_a_whole_character),
        cmocka_unit_test(a_phrase_grows_up_to_its_size),
    };
    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
