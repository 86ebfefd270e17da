/* SPDX-License-Identifier: Apache-2.0 */
/* The pages in a third language, which one catalogue and one line of LINGUAS added at the build. */
#include <stdio.h>

#include "front/pages_language.h"
#include "lib/check.h"
#include "stage.h"

static char text[1 << 20];

static int get(struct stage *stage, const char *path, const char *headers)
{
    char request[1024];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sConnection: close\r\n\r\n", path, headers);
    return stage_ask_text(stage, request, text, sizeof(text));
}

static void is_read_where_it_is_asked_for(void **state)
{
    static const struct {
        const char *why, *path, *headers, *lang, *word;
    } rows[] = {
        {"by the address", "/?lang=qps", "Accept-Language: zh-CN\r\n", "qps", "[Service guide]"},
        {"by what the browser keeps", "/", "Cookie: onedoor_language=qps\r\n", "qps", "[Service guide]"},
        {"by what it accepts", "/", "Accept-Language: qps-ploc, en;q=0.5\r\n", "qps", "[Service guide]"},
        {"the address comes first", "/?lang=en", "Cookie: onedoor_language=qps\r\n", "en", ">Service guide<"},
        {"what is kept comes second", "/", "Cookie: onedoor_language=zh-CN\r\nAccept-Language: qps\r\n", "zh-CN", "办事指南"},
        {"an unknown one changes nothing", "/?lang=xx", "Cookie: onedoor_language=yy\r\n", "zh-CN", "办事指南"},
        {"English as ever", "/", "Accept-Language: en-GB, qps;q=0.5\r\n", "en", ">Service guide<"},
    };
    struct stage stage = {0};
    char lang[64];

    (void)state;
    stage.options.is_demo = true;
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(200, get(&stage, rows[i].path, rows[i].headers), rows[i].why);
        snprintf(lang, sizeof(lang), "<html lang=\"%s\"", rows[i].lang);
        CHECK(strstr(text, lang) != NULL, rows[i].why);
        snprintf(lang, sizeof(lang), "Content-Language: %s\r\n", rows[i].lang);
        CHECK(strstr(text, lang) != NULL, rows[i].why);
        CHECK(strstr(text, rows[i].word) != NULL, rows[i].why);
    }
    stage_close(&stage);
}

static void is_offered_and_kept(void **state)
{
    struct stage stage = {0};

    (void)state;
    stage.options.is_demo = true;
    stage_open(&stage);
    assert_int_equal(200, get(&stage, "/guide?q=a", "Accept-Language: en\r\n"));
    CHECK(strstr(text, "href=\"/guide?q=a&amp;lang=qps\" hreflang=\"qps\" lang=\"qps\">[Pseudo]</a>") != NULL, "offered beside Chinese");
    CHECK(strstr(text, "lang=zh-CN\" hreflang=\"zh-CN\" lang=\"zh-CN\">中文</a>") != NULL, "Chinese is offered");
    CHECK(strstr(text, "hreflang=\"en\"") == NULL, "not the one that is read");
    CHECK(strstr(text, "Set-Cookie") == NULL, "nothing is kept unasked");
    assert_int_equal(200, get(&stage, "/guide?lang=qps", ""));
    CHECK(strstr(text, "Set-Cookie: onedoor_language=qps; Path=/; Max-Age=31536000; SameSite=Lax\r\n") != NULL, "kept for a year");
    assert_int_equal(404, get(&stage, "/nowhere", "Accept-Language: qps\r\n"));
    CHECK(strstr(text, "[There is no such page]") != NULL, "refusals too");
    stage_close(&stage);
}

static void the_best_is_chosen(void **state)
{
    static const struct front_page_language languages[] = {
        {"zh-CN", "中文", FRONT_ZH_CN}, {"en", "English", FRONT_EN}, {"zh-Hant", "繁體", FRONT_ZH_CN}, {"bo", "བོད་སྐད།", FRONT_ZH_CN}};
    static const struct {
        const char *why, *accepted;
        unsigned chosen;
    } rows[] = {
        {"nothing said", NULL, 0},          {"nothing in it", "", 0},
        {"any", "*", 0},                    {"none of ours", "fr, de;q=0.3", 0},
        {"by its first part", "en-US", 1},  {"in any case", "EN-us", 1},
        {"wholly", "zh-Hant", 2},           {"the first of its kind", "zh-TW", 0},
        {"the best q", "en;q=0.3, bo", 3},  {"the first of equals", "bo, en", 3},
        {"q of none", "bo;q=0, en", 1},     {"odd spaces", " ,,\t bo ; q=0.9 , en;q=0.8", 3},
        {"no part of a word", "eng, b", 0}, {"a long one", "bo-CN-x-lhasa-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].chosen, front_page_language_choose(rows[i].accepted, languages, COUNT(languages)), rows[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_where_it_is_asked_for),
        cmocka_unit_test(is_offered_and_kept),
        cmocka_unit_test(the_best_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
