/* SPDX-License-Identifier: Apache-2.0 */
/* argv against the table: verbs, options anywhere, what is refused. */
#include "lib/check.h"

#include <stdlib.h>

#include "cli/arguments.h"
#include "cli/verbs.h"

#define WORDS_MAX 80

/* Read a line of words; they are kept until the next call. */
static int read_line(const char *line, struct cli *cli)
{
    static char text[8192];
    char *argv[WORDS_MAX] = {NULL};
    int argc = 0;

    strncpy(text, line, sizeof(text) - 1);
    for (char *word = strtok(text, " "); word != NULL && argc < WORDS_MAX - 1; word = strtok(NULL, " "))
        argv[argc++] = word;
    *cli = (struct cli){0};
    return cli_arguments_read(cli, argc, argv);
}

static void what_is_understood(void **state)
{
    static const struct { const char *line, *verb, *operand, *option, *value, *why; } rows[] = {
        {"onedoor", "help", NULL, NULL, NULL, "nothing at all"},
        {"onedoor --help", "help", NULL, "--help", "", "help as an option"},
        {"onedoor --version", "version", NULL, NULL, NULL, "version as an option"},
        {"onedoor show N1", "show", "N1", NULL, NULL, "a verb and its operand"},
        {"onedoor show --json N1", "show", "N1", "--json", "", "an option between"},
        {"onedoor --json show N1", "show", "N1", "--json", "", "an option before"},
        {"onedoor --url http://h show N1", "show", "N1", "--url", "http://h", "an option with value before"},
        {"onedoor --url=http://h show N1", "show", "N1", "--url", "http://h", "with an equals sign"},
        {"onedoor due --days -5", "due", NULL, "--days", "-5", "a negative value"},
        {"onedoor due --days=-5", "due", NULL, "--days", "-5", "a negative value with an equals sign"},
        {"onedoor task list --state queued", "task list", NULL, "--state", "queued", "a verb of two words"},
        {"onedoor task opine T1 reject --reason a --reason b", "task opine", "T1", "--reason", "b", "the last of several"},
        {"onedoor show -- --odd", "show", "--odd", NULL, NULL, "two dashes end the options"},
        {"onedoor submit -", "submit", "-", NULL, NULL, "stdin"},
        {"onedoor show --help", "show", NULL, "--help", "", "help needs no operand"},
        {"onedoor task opinion T1 reject --reason a", "task opine", "T1", "--reason", "a", "by its other name"},
        {"onedoor help task opine", "help", "task", NULL, NULL, "help has operands"},
        {"onedoor task --help", "help", "task", "--help", "", "help of a group"},
        {"onedoor task -h", "help", "task", NULL, NULL, "help of a group, short"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cli cli;

        CHECK_I64(CLI_DONE, read_line(rows[i].line, &cli), rows[i].why);
        CHECK_TEXT(rows[i].verb, cli.verb->name, rows[i].why);
        if (rows[i].operand != NULL)
            CHECK_TEXT(rows[i].operand, cli.operands[0], rows[i].why);
        else
            CHECK_I64(0, cli.operand_count, rows[i].why);
        if (rows[i].option != NULL)
            CHECK_TEXT(rows[i].value, cli_option(&cli, rows[i].option), rows[i].why);
    }
}

static void what_is_refused(void **state)
{
    static const struct { const char *line, *why; } rows[] = {
        {"onedoor nonsense", "no such verb"},
        {"onedoor task", "half a verb"},
        {"onedoor task nonsense", "no such second word"},
        {"onedoor task nonsense --help", "no such second word, and help does not hide it"},
        {"onedoor tas --help", "no such group"},
        {"onedoor show", "no operand"},
        {"onedoor show A B", "an operand too many"},
        {"onedoor show A --nonsense", "no such option"},
        {"onedoor show A --explain", "an option of another verb"},
        {"onedoor show A --url", "no value"},
        {"onedoor show A --json=1", "a value for a flag"},
        {"onedoor show A --json --json", "twice"},
        {"onedoor show A --lang fr", "no such language"},
        {"onedoor task opine T1", "one operand of two"},
        {"onedoor task opinion T1", "one operand of two, by its other name"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cli cli;
        CHECK_I64(CLI_USAGE, read_line(rows[i].line, &cli), rows[i].why);
    }
}

static void options_at_the_limit_and_one_more(void **state)
{
    struct cli cli;
    static char *words[2 * CLI_OPTIONS_MAX + 8];

    (void)state;
    for (int more = 0; more < 2; more++) {
        int argc = 0;
        char program[] = "onedoor", task[] = "task", opinion[] = "opinion", id[] = "T1", reject[] = "reject",
             option[] = "--reason", value[] = "x";
        words[argc++] = program;
        words[argc++] = task;
        words[argc++] = opinion;
        words[argc++] = id;
        words[argc++] = reject;
        for (int i = 0; i < CLI_OPTIONS_MAX + more; i++) {
            words[argc++] = option;
            words[argc++] = value;
        }
        cli = (struct cli){0};
        CHECK_I64(more ? CLI_USAGE : CLI_DONE, cli_arguments_read(&cli, argc, words), "limit, then limit + 1");
    }
}

static void integers(void **state)
{
    static const struct { const char *text; int rc; int64_t value; const char *why; } rows[] = {
        {"5", OD_OK, 5, "a number"},
        {"-5", OD_OK, -5, "negative"},
        {"+5", OD_OK, 5, "with a sign"},
        {"10", OD_OK, 10, "the limit"},
        {"11", OD_EINVAL, 0, "limit + 1"},
        {"-11", OD_EINVAL, 0, "below"},
        {"5x", OD_EINVAL, 0, "a letter behind it"},
        {"0x5", OD_EINVAL, 0, "hexadecimal"},
        {"5.0", OD_EINVAL, 0, "a fraction"},
        {"99999999999999999999", OD_EINVAL, 0, "overflow"},
        {"x", OD_EINVAL, 0, "no number"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[64] = "onedoor due --days ";
        struct cli cli;
        int64_t value = 42;

        strcat(line, rows[i].text);
        CHECK_I64(CLI_DONE, read_line(line, &cli), rows[i].why);
        CHECK_I64(rows[i].rc, cli_option_integer(&cli, "--days", -10, 10, 7, &value), rows[i].why);
        CHECK_I64(rows[i].rc == OD_OK ? rows[i].value : 42, value, rows[i].why);
    }
    struct cli cli;
    int64_t value = 42;
    CHECK_I64(CLI_DONE, read_line("onedoor due", &cli), "absent");
    CHECK_I64(OD_OK, cli_option_integer(&cli, "--days", -10, 10, 7, &value), "absent");
    CHECK_I64(7, value, "absent");
}

static void the_language_follows_the_environment(void **state)
{
    static const struct { const char *all, *lang, *line; enum cli_language expected; const char *why; } rows[] = {
        {NULL, NULL, "onedoor help", CLI_EN, "nothing set"},
        {NULL, "zh_CN.UTF-8", "onedoor help", CLI_ZH_CN, "LANG"},
        {"C", "zh_CN.UTF-8", "onedoor help", CLI_EN, "LC_ALL before LANG"},
        {"zh_CN.UTF-8", "en_US.UTF-8", "onedoor help", CLI_ZH_CN, "LC_ALL before LANG"},
        {"zh_CN.UTF-8", NULL, "onedoor help --lang en", CLI_EN, "the option before both"},
        {NULL, NULL, "onedoor help --lang zh-CN", CLI_ZH_CN, "the option"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cli cli;

        unsetenv("LC_ALL");
        unsetenv("LC_MESSAGES");
        unsetenv("LANG");
        if (rows[i].all != NULL)
            setenv("LC_ALL", rows[i].all, 1);
        if (rows[i].lang != NULL)
            setenv("LANG", rows[i].lang, 1);
        CHECK_I64(CLI_DONE, read_line(rows[i].line, &cli), rows[i].why);
        CHECK_I64(rows[i].expected, cli.language, rows[i].why);
    }
    unsetenv("LC_ALL");
    unsetenv("LANG");
}

static void address_and_key_from_flags_or_environment(void **state)
{
    struct cli cli;

    (void)state;
    unsetenv("ONEDOOR_URL");
    unsetenv("ONEDOOR_KEY");
    CHECK_I64(CLI_DONE, read_line("onedoor show A", &cli), "default");
    CHECK_TEXT("http://127.0.0.1:8080", cli.url, "default");
    CHECK(cli.key == NULL, "no key");
    setenv("ONEDOOR_URL", "unix:/run/x", 1);
    setenv("ONEDOOR_KEY", "secret", 1);
    CHECK_I64(CLI_DONE, read_line("onedoor show A", &cli), "environment");
    CHECK_TEXT("unix:/run/x", cli.url, "environment");
    CHECK_TEXT("secret", cli.key, "environment");
    CHECK_I64(CLI_DONE, read_line("onedoor show A --url http://h --api-key k", &cli), "flags");
    CHECK_TEXT("http://h", cli.url, "the flag before the environment");
    CHECK_TEXT("k", cli.key, "the flag before the environment");
    unsetenv("ONEDOOR_URL");
    unsetenv("ONEDOOR_KEY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_understood),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(options_at_the_limit_and_one_more),
        cmocka_unit_test(integers),
        cmocka_unit_test(the_language_follows_the_environment),
        cmocka_unit_test(address_and_key_from_flags_or_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
