/* SPDX-License-Identifier: Apache-2.0 */
/* Every option and operand of the table of verbs is either completed, or known to be free text. */
#include "cli/values.h"

#include <stdio.h>
#include <string.h>

#include "lib/check.h"

/* Placeholders of what nobody can guess; ID of an option is a form field, a rule, a new name. */
static const char *const free_text[] = {"TEXT", "N",    "NO",    "NAME",     "DATE",    "TIME",         "KEY",     "CODE",      "SUM",    "SEQ",       "MONTH",
                                        "URL",  "YYYY", "YEAR", "PHONE", "EMAIL",    "WINDOW",  "REPLY",        "VERSION", "SECONDS",   "PATTERN", "ID=VALUE", "FROM..UNTIL",
                                        "ZONE", "SHA1", "RW...", "PAYMENT",  "NAME=HEAD", "N[UNIT]",    "PATTERN=CHANGE", "ADDR|COMMAND", "ADDR:PORT", "DATE|TIME", "WORD...", "ID"};

static bool is_free(const char *placeholder)
{
    for (size_t i = 0; i < COUNT(free_text); i++)
        if (strcmp(free_text[i], placeholder) == 0)
            return true;
    return false;
}

static void check_options(const struct cli_verb *verb, const struct cli_option *options)
{
    struct cli_values values;
    char why[256];

    for (; options != NULL && options->name != NULL; options++) {
        if (cli_option_find(verb, options->name, strlen(options->name)) != options)
            continue; /* the verb has one of its own by that name */
        snprintf(why, sizeof(why), "%s %s %s: give it a row in hub/cli/values.c, or its placeholder one in free_text here", verb->name,
                 options->name, options->value != NULL ? options->value : "");
        CHECK(options->value == NULL || cli_values_find(verb, options->name, options->value, &values) || is_free(options->value), why);
    }
}

static void every_value_is_known(void **state)
{
    struct cli_values values;
    char placeholder[64], why[256];

    (void)state;
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        check_options(verb, verb->options);
        check_options(verb, cli_common_options);
        for (const char *at = verb->operands; *at != '\0'; at += strspn(at, " []")) {
            size_t size = strcspn(at + (*at == '['), " ]");
            snprintf(placeholder, sizeof(placeholder), "%.*s", (int)size, at + (*at == '['));
            at += (*at == '[') + size;
            snprintf(why, sizeof(why), "operand %s of %s: give it a row in hub/cli/values.c, or one in free_text here", placeholder, verb->name);
            CHECK(cli_values_find(verb, NULL, placeholder, &values) || is_free(placeholder), why);
        }
    }
}

static void finds_what_a_value_can_be(void **state)
{
    static const struct {
        const char *why, *first, *second, *name, *placeholder;
        uint32_t sources;
        const char *const *words;
        bool has_literal;
    } rows[] = {
        {"words", "list", NULL, "--status", "STATUS", 0, cli_statuses, false},
        {"of its group", "task", "list", "--state", "STATE", 0, cli_task_states, false},
        {"of another group", "key", "list", "--state", "STATE", 0, cli_key_states, false},
        {"of no group by its first letters", "tasks", NULL, "--state", "STATE", 0, NULL, false},
        {"from the hub", "list", NULL, "--service", "ID", 1u << CLI_SOURCE_SERVICES, NULL, false},
        {"an id by its group", "message", "show", NULL, "ID", 1u << CLI_SOURCE_MESSAGES, NULL, false},
        {"two kinds", "extend", NULL, NULL, "NUMBER|TASK", 1u << CLI_SOURCE_NUMBERS | 1u << CLI_SOURCE_TASKS, NULL, false},
        {"two sources", "plugin", "load", NULL, "ID", 1u << CLI_SOURCE_CONNECTORS | 1u << CLI_SOURCE_DEPARTMENTS, NULL, false},
        {"one that is not there yet", "plugin", "new", NULL, "ID", 0, NULL, false},
        {"a file or an id", "calendar", "show", NULL, "FILE|ID", 1u << CLI_SOURCE_FILES | 1u << CLI_SOURCE_CALENDARS, NULL, false},
        {"a file or JSON", "plugin", "load", "--config", "FILE|JSON", 1u << CLI_SOURCE_FILES, NULL, false},
        {"the placeholder itself", "plugin", "new", "--style", "sync|poll|callback", 0, NULL, true},
        {"a language of its own", "plugin", "new", "--lang", "c|python", 0, NULL, true},
        {"free text", "withdraw", NULL, "--reason", "TEXT", 0, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cli_values values = {.sources = 77};
        size_t used;
        const struct cli_verb *verb = cli_verb_find(rows[i].first, rows[i].second, &used);
        bool is_found = cli_values_find(verb, rows[i].name, rows[i].placeholder, &values);

        CHECK_I64(rows[i].sources, values.sources, rows[i].why);
        CHECK(values.words == rows[i].words, rows[i].why);
        CHECK(rows[i].has_literal == (values.literal != NULL), rows[i].why);
        CHECK(is_found == (rows[i].sources != 0 || rows[i].words != NULL || rows[i].has_literal), rows[i].why);
    }
}

static void parts_a_placeholder(void **state)
{
    static const struct {
        const char *text, *parts;
    } rows[] = {{"", "<>"}, {"a", "<a>"}, {"a|b-c|D", "<a><b-c><D>"}, {"|", "<><>"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char parts[64] = "";
        size_t size;

        for (const char *at = cli_values_part(rows[i].text, NULL, &size); at != NULL; at = cli_values_part(rows[i].text, at, &size))
            snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "<%.*s>", (int)size, at);
        CHECK_TEXT(rows[i].parts, parts, rows[i].text);
    }
    CHECK(cli_values_is_word("c", 1) && cli_values_is_word("on_time-2|X", 9), "small letters, digits, _ and -");
    CHECK(!cli_values_is_word("C", 1) && !cli_values_is_word("", 0) && !cli_values_is_word("aB", 2), "a name for something");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_known),
        cmocka_unit_test(finds_what_a_value_can_be),
        cmocka_unit_test(parts_a_placeholder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
