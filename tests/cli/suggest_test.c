/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest word, and when there is none. */
#include "lib/check.h"

#include "cli/suggest.h"
#include "cli/verbs.h"

static void distances(void **state)
{
    static const struct { const char *a, *b; size_t distance; const char *why; } rows[] = {
        {"", "", 0, "nothing"},
        {"", "abc", 3, "all added"},
        {"abc", "", 3, "all left out"},
        {"show", "show", 0, "the same"},
        {"shwo", "show", 1, "a swap"},
        {"sho", "show", 1, "a letter left out"},
        {"showw", "show", 1, "a letter too many"},
        {"shaw", "show", 1, "a letter changed"},
        {"ca", "abc", 3, "restricted: no edit inside a swap"},
        {"kitten", "sitting", 3, "the classic"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_I64(rows[i].distance, cli_distance(rows[i].a, rows[i].b), rows[i].why);
        CHECK_I64(rows[i].distance, cli_distance(rows[i].b, rows[i].a), "symmetric");
    }
}

static void words_past_the_limit_are_compared_by_their_start(void **state)
{
    char a[CLI_SUGGEST_MAX + 2], b[CLI_SUGGEST_MAX + 2];

    (void)state;
    memset(a, 'x', sizeof(a));
    memset(b, 'x', sizeof(b));
    a[CLI_SUGGEST_MAX + 1] = b[CLI_SUGGEST_MAX + 1] = '\0';
    b[CLI_SUGGEST_MAX - 1] = 'y';
    CHECK_I64(1, cli_distance(a, b), "the last byte that counts");
    b[CLI_SUGGEST_MAX - 1] = 'x';
    b[CLI_SUGGEST_MAX] = 'y';
    CHECK_I64(0, cli_distance(a, b), "the first that does not");
}

static void only_near_words_are_suggested(void **state)
{
    static const struct { const char *wrong, *expected, *why; } rows[] = {
        {"shwo", "show", "a slip"},
        {"sub", "submit", "a start"},
        {"submitt", "submit", "a letter too many"},
        {"xyzzy", NULL, "nothing is near"},
        {"s", NULL, "one letter is no start"},
        {"", NULL, "nothing"},
        {"task opien", "task opine", "the second word"},
        {"config shwo", "config show", "the second word of another group"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cli_suggestion best = {0};
        for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
            cli_suggest(&best, rows[i].wrong, verb->name);
        if (rows[i].expected == NULL)
            CHECK(best.word == NULL, rows[i].why);
        else
            CHECK_TEXT(rows[i].expected, best.word, rows[i].why);
    }
}

/* Of verbs that ask no hub, as the contract names them: the language of code, the key that signs. */
static bool may_hide(const struct cli_verb *verb, const struct cli_option *option)
{
    return (strcmp(verb->name, "plugin new") == 0 && strcmp(option->name, "--lang") == 0) ||
           (strcmp(verb->name, "plugin sign") == 0 && strcmp(option->name, "--key") == 0);
}

static void the_table_is_whole(void **state)
{
    (void)state;
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        CHECK(verb->run != NULL, verb->name);
        CHECK(verb->examples != NULL && verb->examples[0].line != NULL, "every verb has an example");
        CHECK(verb->operands_max <= CLI_OPERANDS_MAX, verb->name);
        for (const struct cli_example *example = verb->examples; example->line != NULL; example++) {
            CHECK(strncmp(example->line, "onedoor ", 8) == 0, example->line);
            CHECK(strstr(example->line, verb->name) == example->line + 8, "an example shows its own verb");
        }
        for (int language = 0; language < CLI_LANGUAGES; language++) {
            CHECK(verb->summary.in[language][0] != '\0', verb->name);
            for (const struct cli_option *option = verb->options; option != NULL && option->name != NULL; option++)
                CHECK(option->help.in[language][0] != '\0', option->name);
        }
        for (const struct cli_option *common = cli_common_options; common->name != NULL; common++)
            for (const struct cli_option *option = verb->options; option != NULL && option->name != NULL; option++)
                CHECK(strcmp(common->name, option->name) != 0 || may_hide(verb, option), "no option of a verb hides a common one");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(words_past_the_limit_are_compared_by_their_start),
        cmocka_unit_test(only_near_words_are_suggested),
        cmocka_unit_test(the_table_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
