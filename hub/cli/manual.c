/* SPDX-License-Identifier: Apache-2.0 */
/* help --man: the man page as scdoc source, out of the table of verbs. */
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"

/* Behind a Chinese comma between two Latin words a line may end: groff breaks at neither, and where such a row of words is
 * wider than the page it never comes back. */
static bool is_row_of_words(const char *text, const char *at)
{
    static const char *const commas[] = {"、", "，", "；", "："};

    for (size_t i = 0; i < sizeof(commas) / sizeof(commas[0]); i++)
        if (at - text > 3 && memcmp(at - 3, commas[i], 3) == 0)
            return *at > 0x20 && *at < 0x7f && at[-4] > 0x20 && at[-4] < 0x7f;
    return false;
}

/* What scdoc would read as a mark is escaped. */
static void text_put(const char *whole)
{
    for (const char *text = whole; *text != '\0'; text++) {
        if (is_row_of_words(whole, text))
            putchar(' ');
        if (strchr("\\_*#[]|~`", *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

static void option_put(const struct cli *cli, const struct cli_option *option,
                       const char *indent)
{
    printf("%s*", indent);
    text_put(option->name);
    putchar('*');
    if (option->value != NULL) {
        putchar(' ');
        text_put(option->value);
    }
    printf("\n%s\t", indent);
    text_put(option->help.in[cli->language]);
    fputs("\n\n", stdout);
}

static void verb_put(const struct cli *cli, const struct cli_verb *verb)
{
    printf("*%s* ", verb->name);
    text_put(verb->operands);
    fputs("\n\t", stdout);
    text_put(verb->summary.in[cli->language]);
    if (cli_verb_alias(verb) != NULL) {
        fputs(cli_say(cli, "（也可写作 *", " (also *"), stdout);
        text_put(cli_verb_alias(verb));
        fputs(cli_say(cli, "*）", "*)"), stdout);
    }
    fputs("\n\n", stdout);
    for (const struct cli_option *option = verb->options;
         option != NULL && option->name != NULL; option++)
        option_put(cli, option, "\t");
}

static void examples_put(const struct cli *cli)
{
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        for (const struct cli_example *example = verb->examples; example->line != NULL;
             example++) {
            text_put(example->line);
            fputs("\n\t", stdout);
            const char *why = example->why.in[cli->language];
            text_put(why[0] != '\0' ? why : verb->summary.in[cli->language]);
            fputs("\n\n", stdout);
        }
    }
}

void cli_manual_print(const struct cli *cli)
{
    puts("onedoor(1)\n\n# NAME\n");
    printf("onedoor - %s\n\n",
           cli_say(cli, "一窗受理，并联审批", "one door to every department"));
    puts("# SYNOPSIS\n\n*onedoor* VERB \\[OPERANDS\\] \\[OPTIONS\\]\n\n# VERBS\n");
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
        verb_put(cli, verb);
    puts("# OPTIONS\n");
    for (const struct cli_option *option = cli_common_options; option->name != NULL; option++)
        option_put(cli, option, "");
    puts("# EXIT STATUS\n");
    for (int code = CLI_DONE; code <= CLI_REFUSED; code++)
        printf("*%d*\n\t%s\n\n", code, cli_exit_text(cli, (enum cli_exit)code));
    puts("# EXAMPLES\n");
    examples_put(cli);
}
