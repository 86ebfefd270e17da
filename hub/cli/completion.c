/* SPDX-License-Identifier: Apache-2.0 */
/* completion: scripts for shells, out of the table of verbs. */
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"

/* The first word of a verb's name; is it the first verb that begins with it? */
static bool is_first_of_word(const struct cli_verb *verb, size_t size)
{
    for (const struct cli_verb *before = cli_verbs; before != verb; before++) {
        if (strcspn(before->name, " ") == size && strncmp(before->name, verb->name, size) == 0)
            return false;
    }
    return true;
}

static void options_print(const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        printf(" %s", options->name);
}

/* "    task) choices=\"list show ...\" ;;" for the group that the verb begins. */
static void bash_group_print(const struct cli_verb *verb, size_t size)
{
    printf("        %.*s) choices=\"", (int)size, verb->name);
    for (const struct cli_verb *other = verb; other->name != NULL; other++) {
        if (strncmp(other->name, verb->name, size) == 0 && other->name[size] == ' ')
            printf("%s ", other->name + size + 1);
    }
    puts("\" ;;");
}

/* The first words; then, of each group, the second ones. */
static void bash_words_print(void)
{
    fputs("    1) choices=\"", stdout);
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        size_t size = strcspn(verb->name, " ");
        if (is_first_of_word(verb, size))
            printf("%.*s ", (int)size, verb->name);
    }
    puts("\" ;;\n    2) case ${COMP_WORDS[1]} in");
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        size_t size = strcspn(verb->name, " ");
        if (verb->name[size] == ' ' && is_first_of_word(verb, size))
            bash_group_print(verb, size);
    }
    puts("        esac ;;");
}

static void bash_print(void)
{
    puts(
        "_onedoor()\n{\n    local choices= cur=${COMP_WORDS[COMP_CWORD]}\n    case $COMP_CWORD "
        "in");
    bash_words_print();
    puts("    esac\n    [[ $cur != -* ]] || case \"${COMP_WORDS[1]} ${COMP_WORDS[2]} \" in");
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        printf("    \"%s \"*) choices+=\"", verb->name);
        options_print(verb->options);
        options_print(cli_common_options);
        puts("\" ;;");
    }
    puts("    esac\n"
         "    COMPREPLY=($(compgen -W \"$choices\" -- \"$cur\"))\n"
         "    if [ \"$COMP_CWORD\" -gt 1 ] && [ ${#COMPREPLY[@]} -eq 0 ]; then\n"
         "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "    fi\n}\n"
         "complete -F _onedoor onedoor");
}

/* In single quotes. */
static void quoted_print(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

/* "-n 'the verb stands there'"; second: of a group, or NULL. */
static void fish_condition_print(const struct cli_verb *verb, const char *second)
{
    fputs("complete -c onedoor -n '__fish_seen_subcommand_from ", stdout);
    printf("%.*s", (int)strcspn(verb->name, " "), verb->name);
    if (second != NULL)
        printf("; and __fish_seen_subcommand_from %s", second);
    fputs("'", stdout);
}

static void fish_options_print(const struct cli *cli, const struct cli_verb *verb)
{
    const char *space = strchr(verb->name, ' ');

    for (const struct cli_option *option = verb->options;
         option != NULL && option->name != NULL; option++) {
        fish_condition_print(verb, space != NULL ? space + 1 : NULL);
        printf(" -l %s%s -d ", option->name + 2, option->value != NULL ? " -r" : "");
        quoted_print(option->help.in[cli->language]);
        putchar('\n');
    }
}

static void fish_print(const struct cli *cli)
{
    for (const struct cli_option *option = cli_common_options; option->name != NULL; option++) {
        printf("complete -c onedoor -l %s%s -d ", option->name + 2,
               option->value != NULL ? " -r" : "");
        quoted_print(option->help.in[cli->language]);
        putchar('\n');
    }
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        size_t size = strcspn(verb->name, " ");
        if (is_first_of_word(verb, size))
            printf("complete -c onedoor -n __fish_use_subcommand -a %.*s\n", (int)size,
                   verb->name);
        if (verb->name[size] == ' ') {
            fish_condition_print(verb, NULL);
            printf(" -a %s -d ", verb->name + size + 1);
            quoted_print(verb->summary.in[cli->language]);
            putchar('\n');
        }
        fish_options_print(cli, verb);
    }
}

int cli_completion(struct cli *cli)
{
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    const char *shell = cli->operands[0];

    if (!cli_is_one_of(cli, shell, shells))
        return CLI_USAGE;
    if (strcmp(shell, "fish") == 0) {
        fish_print(cli);
        return CLI_DONE;
    }
    if (strcmp(shell, "zsh") == 0) /* zsh reads bash's script through its own bridge */
        puts("#compdef onedoor\nautoload -U +X bashcompinit && bashcompinit");
    bash_print();
    return CLI_DONE;
}
