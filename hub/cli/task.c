/* SPDX-License-Identifier: Apache-2.0 */
/* task list, take, opinion, pause, resume, ask. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/suggest.h"
#include "cli/verbs.h"
#include "cli/words.h"

/* The name where the hub gives one, else the id. */
static const char *named(const struct cli *cli, const struct base_json *task, const char *name,
                         const char *id)
{
    const char *text = cli_member_text_of(cli, task, name);

    return text != NULL ? text : cli_member_text_of(cli, task, id);
}

static void rows_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_text heads[] = {
        {{"任务", "task"}},  {{"部门", "department"}},   {{"事项", "matter"}},
        {{"状态", "state"}}, {{"承诺日期", "promised"}},
    };
    struct cli_table table;

    cli_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    for (size_t i = 0; i < table.column_count; i++)
        cli_table_add(&table, CLI_TONE_HEAD, heads[i].in[cli->language]);
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item)) {
        const char *state = base_json_member_text(item, "state");

        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "id"));
        cli_table_add(&table, CLI_TONE_NONE, named(cli, item, "department_name", "department"));
        cli_table_add(&table, CLI_TONE_NONE, named(cli, item, "matter_name", "matter"));
        cli_table_add(&table, cli_word_tone(state), cli_word(cli, state));
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "promised_date"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_task_list(struct cli *cli)
{
    struct base_buffer path = {0};
    int64_t limit;

    if (cli_option_integer(cli, "--limit", 1, 200, 50, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/tasks");
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    cli_api_query(&path, "state", cli_option(cli, "--state"));
    cli_api_query(&path, "limit", cli_option(cli, "--limit"));
    int rc = cli_api_list(cli, base_buffer_text(&path), rows_print);
    base_buffer_fini(&path);
    return rc;
}

/* POST body to the task; verb: "/take". */
static int task_post(const struct cli *cli, const char *verb, struct base_buffer *body)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "tasks", cli->operands[0], verb);
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "POST",
                                             .path = base_buffer_text(&path),
                                             .body = base_buffer_text(body),
                                             .body_size = body->size},
                          &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE) {
        const char *state = base_json_member_text(json, "state");
        printf("%s  %s\n", cli->operands[0], cli_word(cli, state));
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(body);
    return rc;
}

/* An array of every value that was given for the option; nothing when there is none. */
static void put_values(const struct cli *cli, struct base_buffer *body, const char *key,
                       const char *option)
{
    if (cli_option(cli, option) == NULL)
        return;
    base_json_open(body, key, '[');
    for (size_t i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, option) == 0)
            base_json_put_text(body, NULL, cli->given[i].value);
    }
    base_json_close(body, ']');
}

/* Is word one of the words (the last is NULL)? Otherwise what is allowed is told. */
static bool is_one_of(const struct cli *cli, const char *word, const char *const *words)
{
    struct cli_suggestion best = {0};

    for (; *words != NULL; words++) {
        if (strcmp(*words, word) == 0)
            return true;
        cli_suggest(&best, word, *words);
    }
    if (best.word != NULL)
        cli_tell(cli,
                 cli_say(cli, "没有 %s；是否想要 %s？", "there is no %s; did you mean %s?"),
                 word, best.word);
    else
        cli_tell(
            cli,
            cli_say(cli, "没有 %s；见 onedoor help %s", "there is no %s; see onedoor help %s"),
            word, cli->verb->name);
    return false;
}

/* A verb that says everything by itself. */
static int plain_post(const struct cli *cli, const char *verb)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_close(&body, '}');
    return task_post(cli, verb, &body);
}

int cli_task_take(struct cli *cli)
{
    return plain_post(cli, "/take");
}

int cli_task_opinion(struct cli *cli)
{
    static const char *const words[] = {"approve", "approve_with_conditions", "reject",
                                        "not_applicable", NULL};
    struct base_buffer body = {0};
    const char *opinion = cli->operands[1];

    if (!is_one_of(cli, opinion, words))
        return CLI_USAGE;
    if (strcmp(opinion, "reject") == 0 && cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "不予同意须用 --reason 说明理由",
                         "a rejection needs its reason: --reason TEXT"));
        return CLI_USAGE;
    }
    if (strcmp(opinion, "approve_with_conditions") == 0 &&
        cli_option(cli, "--condition") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "附条件同意须用 --condition 写明条件",
                         "approve_with_conditions needs --condition TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "opinion", opinion);
    put_values(cli, &body, "reasons", "--reason");
    put_values(cli, &body, "conditions", "--condition");
    if (cli_option(cli, "--document-no") != NULL)
        base_json_put_text(&body, "document_no", cli_option(cli, "--document-no"));
    base_json_close(&body, '}');
    return task_post(cli, "/opinion", &body);
}

int cli_task_pause(struct cli *cli)
{
    static const char *const kinds[] = {"hearing",    "inspection", "testing",
                                        "quarantine", "appraisal",  "expert_review",
                                        "tender",     "auction",    NULL};
    struct base_buffer body = {0};
    const char *kind = cli_option(cli, "--kind");
    int64_t days;

    if (kind == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "须用 --kind 写明中止的种类",
                         "the kind of pause is missing: --kind KIND"));
        return CLI_USAGE;
    }
    if (!is_one_of(cli, kind, kinds) ||
        cli_option_integer(cli, "--expected-days", 1, 3650, 0, &days) != OD_OK)
        return CLI_USAGE;
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "kind", kind);
    if (days > 0)
        base_json_put_i64(&body, "expected_days", days);
    base_json_close(&body, '}');
    return task_post(cli, "/pause", &body);
}

int cli_task_resume(struct cli *cli)
{
    return plain_post(cli, "/resume");
}

int cli_task_requeue(struct cli *cli)
{
    return plain_post(cli, "/requeue");
}

int cli_task_ask(struct cli *cli)
{
    struct base_buffer body = {0};

    if (cli_option(cli, "--field") == NULL && cli_option(cli, "--text") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "须用 --field 或 --text 写明所缺",
                         "say what is needed: --field ID or --text TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    put_values(cli, &body, "fields", "--field");
    if (cli_option(cli, "--text") != NULL)
        base_json_put_text(&body, "text", cli_option(cli, "--text"));
    base_json_close(&body, '}');
    return task_post(cli, "/ask", &body);
}
