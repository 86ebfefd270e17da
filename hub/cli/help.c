/* SPDX-License-Identifier: Apache-2.0 */
/* help and version, out of the table. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/verbs.h"

#ifndef ONEDOOR_VERSION
#error "the build defines ONEDOOR_VERSION"
#endif

static void put_text(struct base_buffer *buffer, const char *key, const struct cli_text *text)
{
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "zh-CN", text->in[CLI_ZH_CN]);
    base_json_put_text(buffer, "en", text->in[CLI_EN]);
    base_json_close(buffer, '}');
}

static void put_options(struct base_buffer *buffer, const struct cli_option *options)
{
    base_json_open(buffer, "options", '[');
    for (; options != NULL && options->name != NULL; options++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "name", options->name);
        base_json_put_text(buffer, "value", options->value);
        base_json_put_bool(buffer, "may_repeat", options->may_repeat);
        put_text(buffer, "help", &options->help);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_verb(struct base_buffer *buffer, const struct cli_verb *verb)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "name", verb->name);
    base_json_put_text(buffer, "alias", cli_verb_alias(verb));
    base_json_put_text(buffer, "operands", verb->operands);
    put_text(buffer, "summary", &verb->summary);
    put_options(buffer, verb->options);
    base_json_open(buffer, "examples", '[');
    for (const struct cli_example *example = verb->examples; example->line != NULL; example++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "line", example->line);
        put_text(buffer, "why", &example->why);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}

static const struct cli_text exit_texts[] = {
    [CLI_DONE] = {{"成功", "done"}},
    [CLI_FAILED] = {{"失败", "failed"}},
    [CLI_USAGE] = {{"用法错误", "wrong usage"}},
    [CLI_NOT_FOUND] = {{"没有找到", "not found"}},
    [CLI_UNREACHABLE] = {{"连不上中枢", "the hub cannot be reached"}},
    [CLI_REFUSED] = {{"被拒绝", "refused"}},
};
#define EXIT_COUNT (sizeof(exit_texts) / sizeof(exit_texts[0]))

const char *cli_exit_text(const struct cli *cli, enum cli_exit code)
{
    return exit_texts[code].in[cli->language];
}

static void table_print(void)
{
    struct base_buffer buffer = {0};

    base_json_open(&buffer, NULL, '{');
    base_json_put_text(&buffer, "program", "onedoor");
    base_json_put_text(&buffer, "version", ONEDOOR_VERSION);
    put_options(&buffer, cli_common_options);
    base_json_open(&buffer, "verbs", '[');
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
        put_verb(&buffer, verb);
    base_json_close(&buffer, ']');
    base_json_open(&buffer, "exit_codes", '[');
    for (size_t i = 0; i < EXIT_COUNT; i++) {
        base_json_open(&buffer, NULL, '{');
        base_json_put_i64(&buffer, "code", (int64_t)i);
        put_text(&buffer, "meaning", &exit_texts[i]);
        base_json_close(&buffer, '}');
    }
    base_json_close(&buffer, ']');
    base_json_close(&buffer, '}');
    printf("%s\n", base_buffer_text(&buffer));
    base_buffer_fini(&buffer);
}

static void head_print(const struct cli *cli, const char *zh, const char *en)
{
    putchar('\n');
    cli_put_toned(cli, CLI_TONE_HEAD, cli->language == CLI_EN ? en : zh, 0);
    putchar('\n');
}

static bool is_among(const struct cli_option *options, const char *name)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (strcmp(options->name, name) == 0)
            return true;
    }
    return false;
}

/* own: the verb's, which take the place of those of the same name. */
static void options_add(const struct cli *cli, struct cli_table *table,
                        const struct cli_option *options, const struct cli_option *own)
{
    for (; options != NULL && options->name != NULL; options++) {
        char name[64];
        if (is_among(own, options->name))
            continue;
        snprintf(name, sizeof(name), "  %s%s%s", options->name,
                 options->value != NULL ? " " : "",
                 options->value != NULL ? options->value : "");
        cli_table_add(table, CLI_TONE_NONE, name);
        cli_table_add(table, CLI_TONE_NONE, options->help.in[cli->language]);
    }
}

static void options_print(const struct cli *cli, const struct cli_option *options)
{
    struct cli_table table;

    head_print(cli, "选项", "Options");
    cli_table_init(cli, &table, NULL, 2);
    options_add(cli, &table, options, NULL);
    options_add(cli, &table, cli_common_options, options);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void verb_print(const struct cli *cli, const struct cli_verb *verb)
{
    printf("onedoor %s%s%s%s\n", verb->name, verb->operands[0] != '\0' ? " " : "",
           verb->operands, cli_say(cli, " [选项]", " [options]"));
    printf("%s\n", verb->summary.in[cli->language]);
    if (cli_verb_alias(verb) != NULL)
        printf(cli_say(cli, "也可写作 onedoor %s\n", "also: onedoor %s\n"), cli_verb_alias(verb));
    options_print(cli, verb->options);
    head_print(cli, "示例", "Examples");
    for (const struct cli_example *example = verb->examples; example->line != NULL; example++) {
        printf("  %s\n", example->line);
        if (example->why.in[cli->language][0] != '\0')
            printf("      %s\n", example->why.in[cli->language]);
    }
}

/* "  task list          list the tasks ..." of every verb, or of one group. Returns how many.
 */
static size_t verbs_print(const struct cli *cli, const char *group)
{
    struct cli_table table;
    size_t size = group != NULL ? strlen(group) : 0, count = 0;

    cli_table_init(cli, &table, NULL, 2);
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        char name[64];
        if (group != NULL && (strncmp(verb->name, group, size) != 0 || verb->name[size] != ' '))
            continue;
        snprintf(name, sizeof(name), "  %s %s", verb->name, verb->operands);
        cli_table_add(&table, CLI_TONE_NONE, name);
        cli_table_add(&table, CLI_TONE_NONE, verb->summary.in[cli->language]);
        count++;
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    return count;
}

static void all_print(const struct cli *cli)
{
    printf("%s\n", cli_say(cli, "onedoor：一窗受理，并联审批",
                           "onedoor: one door to every department"));
    head_print(cli, "命令", "Verbs");
    verbs_print(cli, NULL);
    options_print(cli, NULL);
    head_print(cli, "退出码", "Exit codes");
    for (size_t i = 0; i < EXIT_COUNT; i++)
        printf("  %zu  %s\n", i, exit_texts[i].in[cli->language]);
    printf("\n%s\n", cli_say(cli, "onedoor help 命令：该命令的选项与示例",
                             "onedoor help VERB: options and examples of one verb"));
}

/* "help task" lists the verbs of the group. */
static bool group_print(const struct cli *cli, const char *group)
{
    if (verbs_print(cli, group) == 0)
        return false;
    printf("\n");
    printf(cli_say(cli, "onedoor help %s 命令：该命令的选项与示例\n",
                   "onedoor help %s VERB: options and examples of one verb\n"),
           group);
    return true;
}

/* Of "help task opnion" both words are looked at. */
static int unknown_tell(const struct cli *cli)
{
    struct cli_suggestion best = {0};
    char word[2 * CLI_SUGGEST_MAX + 2];

    snprintf(word, sizeof(word), "%.*s%s%.*s", CLI_SUGGEST_MAX, cli->operands[0], cli->operand_count > 1 ? " " : "", CLI_SUGGEST_MAX,
             cli->operand_count > 1 ? cli->operands[1] : "");
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
        cli_suggest(&best, word, verb->name);
    if (best.word != NULL)
        cli_tell(
            cli,
            cli_say(cli, "没有命令 %s；是否想要 %s？", "there is no verb %s; did you mean %s?"),
            word, best.word);
    else
        cli_tell(cli, cli_say(cli, "没有命令 %s", "there is no verb %s"), word);
    return CLI_USAGE;
}

int cli_help(struct cli *cli)
{
    const struct cli_verb *verb = cli->verb;
    size_t used = 0;

    if (cli->is_json) {
        table_print();
        return CLI_DONE;
    }
    if (strcmp(verb->name, "help") == 0) { /* help VERB, and not VERB --help */
        if (cli_option(cli, "--man") != NULL) {
            cli_manual_print(cli);
            return CLI_DONE;
        }
        if (cli->operand_count == 0) {
            all_print(cli);
            return CLI_DONE;
        }
        verb = cli_verb_find(cli->operands[0], cli->operands[1], &used);
        if (verb == NULL && cli->operand_count == 1 && group_print(cli, cli->operands[0]))
            return CLI_DONE;
        if (verb == NULL)
            return unknown_tell(cli);
    }
    verb_print(cli, verb);
    return CLI_DONE;
}

int cli_version(struct cli *cli)
{
    if (cli->is_json)
        printf("{\"program\":\"onedoor\",\"version\":\"%s\"}\n", ONEDOOR_VERSION);
    else
        printf("onedoor %s\n", ONEDOOR_VERSION);
    return CLI_DONE;
}
