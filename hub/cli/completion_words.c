/* SPDX-License-Identifier: Apache-2.0 */
/* completion words: what may come next, one candidate a line. The scripts of all shells ask this, so that they know
 * every verb, option and value of the program that they complete, in its reader's language.
 *
 *   the words before the last -> verb, operands, options -> what the last can be: a value, an option, a verb, an operand
 *
 * ":files" and ":folders" tell the shell to offer those itself. */
#include <stdio.h>
#include <string.h>

#include "cli/completion.h"
#include "cli/text.h"
#include "cli/words.h"

/* -- Offering -- */

/* On one line, and not too long for a list. */
static void put_help(const char *help)
{
    size_t size = cli_cut_size(help, CLI_COMPLETION_HELP_MAX);

    for (size_t i = 0; i < size; i++)
        putchar((unsigned char)help[i] < 0x20 ? ' ' : help[i]);
    if (help[size] != '\0')
        fputs("…", stdout);
}

static void json_offer(struct cli_completion *completion, const char *word, const char *help)
{
    struct base_buffer *json = &completion->json;

    base_json_open(json, NULL, '{');
    base_json_put_text_n(json, "lead", completion->lead, completion->lead_size);
    base_json_put_text(json, "word", word);
    base_json_put_text(json, "help", help);
    base_json_close(json, '}');
}

void cli_completion_offer(struct cli_completion *completion, const char *word, const char *help)
{
    if (strncmp(word, completion->current, strlen(completion->current)) != 0 || strpbrk(word, "\t\n") != NULL)
        return;
    completion->has_offered = true;
    if (completion->cli->is_json) {
        json_offer(completion, word, help);
        return;
    }
    printf("%.*s%s\t", (int)completion->lead_size, completion->lead, word);
    if (help != NULL && strcmp(help, word) != 0)
        put_help(help);
    putchar('\n');
}

/* Of a group of verbs: their second words. */
static void group_offer(struct cli_completion *completion, const char *first)
{
    char help[CLI_COMPLETION_HELP_MAX + 16] = "";
    size_t size = strlen(first);

    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL && strlen(help) < CLI_COMPLETION_HELP_MAX; verb++) {
        if (strncmp(verb->name, first, size) != 0 || verb->name[size] != ' ')
            continue;
        snprintf(help + strlen(help), sizeof(help) - strlen(help), "%s%s", help[0] == '\0' ? "" : ", ", verb->name + size + 1);
    }
    cli_completion_offer(completion, first, help);
}

/* Each once. */
static void first_words_offer(struct cli_completion *completion)
{
    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
        size_t size = strcspn(verb->name, " ");
        bool is_new = true;
        char word[64];

        for (const struct cli_verb *before = cli_verbs; before != verb && is_new; before++)
            is_new = strcspn(before->name, " ") != size || strncmp(before->name, verb->name, size) != 0;
        snprintf(word, sizeof(word), "%.*s", (int)size, verb->name);
        if (is_new && verb->name[size] == ' ')
            group_offer(completion, word);
        else if (is_new)
            cli_completion_offer(completion, word, verb->summary.in[completion->cli->language]);
    }
}

static void second_words_offer(struct cli_completion *completion, const char *first)
{
    size_t size = strlen(first);

    for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
        if (strncmp(verb->name, first, size) == 0 && verb->name[size] == ' ')
            cli_completion_offer(completion, verb->name + size + 1, verb->summary.in[completion->cli->language]);
}

static bool is_given(const struct cli_completion *completion, const struct cli_option *option)
{
    for (size_t i = 0; i < completion->given_count && !option->may_repeat; i++)
        if (completion->given[i] == option)
            return true;
    return false;
}

static void options_offer(struct cli_completion *completion, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL && !completion->has_ended; options++)
        if (!is_given(completion, options) && cli_option_find(completion->verb, options->name, strlen(options->name)) == options)
            cli_completion_offer(completion, options->name, options->help.in[completion->cli->language]);
}

static void all_options_offer(struct cli_completion *completion)
{
    options_offer(completion, completion->verb != NULL ? completion->verb->options : NULL);
    options_offer(completion, cli_common_options);
}

static void literals_offer(struct cli_completion *completion, const char *placeholder)
{
    char word[64];
    size_t size;

    for (const char *part = cli_values_part(placeholder, NULL, &size); part != NULL; part = cli_values_part(placeholder, part, &size)) {
        if (!cli_values_is_word(part, size))
            continue;
        snprintf(word, sizeof(word), "%.*s", (int)size, part);
        cli_completion_offer(completion, word, cli_word(completion->cli, word));
    }
}

/* Of "help": a second word follows the first. */
static void verbs_offer(struct cli_completion *completion)
{
    if (completion->word_count == completion->verb_words)
        first_words_offer(completion);
    else
        second_words_offer(completion, completion->words[completion->verb_words]);
}

static void values_offer(struct cli_completion *completion, const struct cli_values *values)
{
    bool has_files = (values->sources & 1u << CLI_SOURCE_FILES) != 0, has_folders = (values->sources & 1u << CLI_SOURCE_FOLDERS) != 0;
    if (completion->cli->is_json)
        completion->places = has_files ? "files" : has_folders ? "folders" : NULL;
    else if (has_files || has_folders)
        puts(has_files ? ":files" : ":folders");
    completion->has_offered |= values->sources != 0; /* also where the hub has none, or is away: a value is due here */
    for (size_t i = 0; values->words != NULL && values->words[i] != NULL; i++)
        cli_completion_offer(completion, values->words[i], cli_word(completion->cli, values->words[i]));
    if (values->literal != NULL)
        literals_offer(completion, values->literal);
    if ((values->sources & 1u << CLI_SOURCE_VERBS) != 0)
        verbs_offer(completion);
    cli_completion_ask(completion, values->sources);
}

/* -- Reading what is written -- */

static void verb_find(struct cli_completion *completion)
{
    const char *second = completion->word_count > 1 ? completion->words[1] : NULL;
    size_t used = 0;

    if (completion->word_count == 0 || completion->word_count > 2)
        return;
    completion->verb = cli_verb_find(completion->words[0], second, &used);
    completion->verb_words = used;
}

/* A hub that the line itself names is the one to ask. */
static void value_take(struct cli_completion *completion, const char *value)
{
    if (strcmp(completion->option->name, "--url") == 0)
        completion->cli->url = value;
    if (strcmp(completion->option->name, "--api-key") == 0)
        completion->cli->key = value;
    completion->option = NULL;
}

static void option_take(struct cli_completion *completion, const char *word)
{
    size_t size = strcspn(word, "=");
    const struct cli_option *option = cli_option_find(completion->verb, word, size);

    if (option == NULL)
        return;
    if (completion->given_count < CLI_OPTIONS_MAX)
        completion->given[completion->given_count++] = option;
    if (option->value == NULL)
        return;
    completion->option = option;
    if (word[size] == '=')
        value_take(completion, word + size + 1);
}

static void word_take(struct cli_completion *completion, const char *word)
{
    if (completion->option != NULL) {
        if (strcmp(word, "=") != 0) /* bash parts "--name=value" into three */
            value_take(completion, word);
    } else if (completion->has_ended || word[0] != '-' || word[1] == '\0') {
        completion->words[completion->word_count++] = word;
        verb_find(completion);
    } else if (strcmp(word, "--") == 0) {
        completion->has_ended = true;
    } else {
        option_take(completion, word);
    }
}

/* The word that is being written; "--state=op" is a value behind its option. */
static void current_take(struct cli_completion *completion, const char *word)
{
    size_t size = strcspn(word, "=");

    completion->lead = completion->current = word;
    if (completion->option != NULL && strcmp(word, "=") == 0)
        completion->current = "";
    if (completion->option != NULL || completion->has_ended || strncmp(word, "--", 2) != 0 || word[size] != '=')
        return;
    completion->option = cli_option_find(completion->verb, word, size);
    completion->current = word + size + 1;
    completion->lead_size = size + 1;
}

/* -- What comes next -- */

/* The placeholder of the operand with that index; the last one that ends with "..." again and again. size 0: none. */
static const char *placeholder_of(const struct cli_verb *verb, size_t index, char room[64])
{
    const char *at = verb->operands;
    size_t size = strcspn(at, " ");

    if (index >= verb->operands_max)
        return NULL;
    for (; index > 0 && at[size] != '\0'; index--) {
        at += size + 1;
        size = strcspn(at, " ");
    }
    at += *at == '[';
    snprintf(room, 64, "%.*s", (int)strcspn(at, " ]"), at);
    return room;
}

static void operand_offer(struct cli_completion *completion)
{
    size_t index = completion->word_count - completion->verb_words;
    struct cli_values values;
    char room[64];

    if (completion->word_count == 1)
        second_words_offer(completion, completion->words[0]);
    const char *placeholder = completion->verb != NULL ? placeholder_of(completion->verb, index, room) : NULL;
    if (placeholder != NULL && cli_values_find(completion->verb, NULL, placeholder, &values))
        values_offer(completion, &values);
}

static void offer(struct cli_completion *completion)
{
    struct cli_values values;

    if (completion->option != NULL) {
        if (completion->option->value != NULL && cli_values_find(completion->verb, completion->option->name, completion->option->value, &values))
            values_offer(completion, &values);
        return;
    }
    if (completion->current[0] == '-' && !completion->has_ended) {
        all_options_offer(completion);
        return;
    }
    if (completion->word_count == 0)
        first_words_offer(completion);
    else
        operand_offer(completion);
    if (!completion->has_offered && completion->verb != NULL && completion->current[0] == '\0')
        all_options_offer(completion);
}

/* {"items": [{"lead", "word", "help"}], "places": "files", "folders" or null} */
static void json_print(struct cli_completion *completion)
{
    struct base_buffer whole = {0};

    base_json_close(&completion->json, ']');
    base_json_open(&whole, NULL, '{');
    base_json_put_raw(&whole, "items", base_buffer_text(&completion->json), completion->json.size);
    base_json_put_text(&whole, "places", completion->places);
    base_json_close(&whole, '}');
    printf("%s\n", base_buffer_text(&whole));
    base_buffer_fini(&whole);
}

int cli_completion_words(struct cli *cli)
{
    struct cli_completion completion = {.cli = cli, .current = "", .lead = ""};

    for (size_t i = 0; i + 1 < cli->operand_count; i++)
        word_take(&completion, cli->operands[i]);
    if (cli->operand_count > 0)
        current_take(&completion, cli->operands[cli->operand_count - 1]);
    base_json_open(&completion.json, NULL, '[');
    offer(&completion);
    if (cli->is_json)
        json_print(&completion);
    base_buffer_fini(&completion.json);
    return CLI_DONE;
}
