/* SPDX-License-Identifier: Apache-2.0 */
/* Columns on a terminal, and texts from outside that would steer it. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/text.h"
#include "cli/words.h"

static void columns_of_letters(void **state)
{
    static const struct { const char *text; size_t columns; const char *why; } rows[] = {
        {"", 0, "nothing"},
        {"abc", 3, "Latin"},
        {"\xe6\xb6\x88\xe9\x98\xb2", 4, "two ideographs"},
        {"\xef\xbc\x9a", 2, "a full-width colon"},
        {"e\xcc\x81", 1, "a combining mark takes none"},
        {"\xc3\xa9", 1, "an accented letter"},
        {"\xf0\xa0\x80\x80", 2, "an ideograph of four bytes"},
        {"\xe6\xb6", 2, "a cut character: each byte one"},
        {"\xff", 1, "no UTF-8 at all"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].columns, cli_columns(rows[i].text), rows[i].why);
}

static void controls_do_not_reach_the_terminal(void **state)
{
    static const struct { const char *text, *expected, *why; } rows[] = {
        {"plain \xe6\xb6\x88", "plain \xe6\xb6\x88", "text stays"},
        {"a\033[2Jb", "a?[2Jb", "an escape sequence"},
        {"a\nb\tc", "a?b?c", "line breaks and tabs"},
        {"a\x7f", "a?", "DEL"},
        {"a\xc2\x9b" "31m", "a?31m", "the one-character CSI"},
        {"a\xe2\x80\xae" "b", "a?b", "writing turned round"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *bytes = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&bytes, &size);

        assert_non_null(file);
        cli_put(file, rows[i].text);
        fclose(file);
        CHECK_TEXT(rows[i].expected, bytes, rows[i].why);
        free(bytes);
    }
}

static void lines_break_where_they_may(void **state)
{
    static const struct { const char *text; size_t columns, size; const char *why; } rows[] = {
        {"", 5, 0, "nothing"},
        {"abc", 3, 3, "it just fits"},
        {"abc de", 5, 3, "at the space before"},
        {"abc de", 3, 3, "the space itself need not fit"},
        {"abcdef", 3, 3, "a long word is cut"},
        {"a bcdef", 4, 1, "the last space, not the limit"},
        {" abcdef", 4, 4, "a leading space is no place to break"},
        {"\xe6\xb6\x88\xe9\x98\xb2\xe6\xa3\x80", 5, 6, "between ideographs, two columns each"},
        {"\xe6\xb6\x88\xe9\x98\xb2\xef\xbc\x8c\xe6\xa3\x80", 4, 3, "never before a comma"},
        {"ab\xe6\xb6\x88", 3, 2, "beside an ideograph"},
        {"\xe6\xb6\x88", 1, 3, "one letter at least"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].size, cli_line_size(rows[i].text, rows[i].columns), rows[i].why);
}

static void cuts_between_letters(void **state)
{
    static const struct { const char *text; size_t columns, size; const char *why; } rows[] = {
        {"abc", 3, 3, "it just fits"},
        {"abcd", 3, 3, "one more"},
        {"abc", 0, 0, "no room"},
        {"\xe6\xb6\x88\xe9\x98\xb2", 3, 3, "half an ideograph does not count"},
        {"e\xcc\x81x", 1, 3, "a combining mark stays with its letter"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].size, cli_cut_size(rows[i].text, rows[i].columns), rows[i].why);
}

static void days_with_their_weekday(void **state)
{
    static const struct { const char *iso, *zh, *en, *why; } rows[] = {
        {"1970-01-01", "1970-01-01 \xe5\x91\xa8\xe5\x9b\x9b", "1970-01-01 Thu", "the first day"},
        {"2024-02-29", "2024-02-29 \xe5\x91\xa8\xe5\x9b\x9b", "2024-02-29 Thu", "a leap day"},
        {"2026-11-29T14:03:07.123+08:00", "2026-11-29 14:03 \xe5\x91\xa8\xe6\x97\xa5", "2026-11-29 14:03 Sun", "a time"},
        {"2026-02-30", "2026-02-30", "2026-02-30", "no such day"},
        {"1969-12-31", "1969-12-31", "1969-12-31", "before the first day"},
        {"soon", "soon", "soon", "no date"},
        {NULL, "", "", "none"},
    };
    struct cli zh = {.language = CLI_ZH_CN}, en = {.language = CLI_EN};
    char text[CLI_DAY_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cli_day_format(&zh, rows[i].iso, text);
        CHECK_TEXT(rows[i].zh, text, rows[i].why);
        cli_day_format(&en, rows[i].iso, text);
        CHECK_TEXT(rows[i].en, text, rows[i].why);
    }
}

static void words_in_both_languages(void **state)
{
    struct cli zh = {.language = CLI_ZH_CN}, en = {.language = CLI_EN};

    (void)state;
    CHECK_TEXT("in review", cli_word(&en, "in_review"), "English");
    CHECK_TEXT("\xe5\xae\xa1\xe6\x89\xb9\xe4\xb8\xad", cli_word(&zh, "in_review"), "Chinese");
    CHECK_TEXT("new_word", cli_word(&zh, "new_word"), "an unknown word as it is");
    CHECK_TEXT("", cli_word(&zh, NULL), "none");
}

static void texts_of_the_catalogue(void **state)
{
    static const char text[] = "{\"plain\":\"p\",\"both\":{\"zh-CN\":\"z\",\"en\":\"e\"},\"other\":{\"fr\":\"f\"},\"none\":7,"
                               "\"l\":{\"unit\":\"working_day\",\"length\":1},\"m\":{\"unit\":\"calendar_day\",\"length\":20}}";
    struct cli zh = {.language = CLI_ZH_CN}, en = {.language = CLI_EN};
    struct base_json_error error;
    struct base_json *json = NULL;
    char limit[64];

    (void)state;
    CHECK_I64(OD_OK, base_json_parse(text, sizeof(text) - 1, &json, &error), "parse");
    CHECK_TEXT("p", cli_member_text_of(&en, json, "plain"), "a plain text");
    CHECK_TEXT("e", cli_member_text_of(&en, json, "both"), "English");
    CHECK_TEXT("z", cli_member_text_of(&zh, json, "both"), "Chinese");
    CHECK_TEXT("f", cli_member_text_of(&zh, json, "other"), "whatever there is");
    CHECK(cli_member_text_of(&zh, json, "none") == NULL, "no text");
    CHECK(cli_member_text_of(&zh, json, "absent") == NULL, "no member");
    cli_limit_format(&en, base_json_member(json, "l"), limit);
    CHECK_TEXT("1 working day", limit, "one");
    cli_limit_format(&en, base_json_member(json, "m"), limit);
    CHECK_TEXT("20 calendar days", limit, "many");
    cli_limit_format(&en, NULL, limit);
    CHECK_TEXT("", limit, "absent");
    base_json_destroy(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_letters),
        cmocka_unit_test(controls_do_not_reach_the_terminal),
        cmocka_unit_test(lines_break_where_they_may),
        cmocka_unit_test(cuts_between_letters),
        cmocka_unit_test(days_with_their_weekday),
        cmocka_unit_test(words_in_both_languages),
        cmocka_unit_test(texts_of_the_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
