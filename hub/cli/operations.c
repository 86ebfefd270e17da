/* SPDX-License-Identifier: Apache-2.0 */
/* task batch, incidents, incidents retry, operations. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "cli/view.h"

#define LABEL_COLUMNS 18 /* of a number of the center */

/* -- Acts on several -- */

/* What became of each; CLI_REFUSED when any was refused, so that a script sees it. */
static int results_print(const struct cli *cli, const struct base_json *json, const char *key)
{
    int rc = CLI_DONE;

    for (const struct base_json *item = base_json_first(base_json_member(json, "items")); item != NULL; item = base_json_next(item)) {
        const struct base_json *problem = base_json_member(item, "problem");
        const char *state = base_json_member_text(item, "state"), *detail = base_json_member_text(problem, "detail");

        if (base_json_is_true(base_json_member(item, "done"))) {
            printf("%s  %s\n", base_json_member_text(item, key), state != NULL ? cli_word(cli, state) : cli_say(cli, "已办", "done"));
            continue;
        }
        rc = CLI_REFUSED;
        if (detail == NULL)
            detail = base_json_member_text(base_json_first(base_json_member(problem, "errors")), "detail");
        printf("%s  ", base_json_member_text(item, key));
        cli_put_toned(cli, CLI_TONE_BAD, base_json_member_text(problem, "title"), 0);
        printf("%s%s\n", detail != NULL ? ": " : "", detail != NULL ? detail : "");
    }
    return rc;
}

/* body is fini'd. */
static int post(const struct cli *cli, const char *path, struct base_buffer *body, const char *key)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = path, .body = base_buffer_text(body), .body_size = body->size,
                                                  .idempotency_key = cli_option(cli, "--key")},
                          &answer, &json);

    if (rc == CLI_DONE && cli->is_json) {
        int64_t refused = 0;

        cli_api_print_raw(&answer);
        if (base_json_i64(base_json_member(json, "refused"), 1, INT64_MAX, &refused) == OD_OK)
            rc = CLI_REFUSED;
    } else if (rc == CLI_DONE) {
        rc = results_print(cli, json, key);
        if (base_json_is_true(base_json_member(json, "is_more")))
            cli_tell(cli, "%s", cli_say(cli, "还有更多：请再次执行", "there are more of them: run it again"));
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(body);
    return rc;
}

static void put_option(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) != NULL)
        base_json_put_text(body, key, cli_option(cli, option));
}

static void put_values(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) == NULL)
        return;
    base_json_open(body, key, '[');
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, option) == 0)
            base_json_put_text(body, NULL, cli->given[i].value);
    base_json_close(body, ']');
}

int cli_task_batch(struct cli *cli)
{
    struct base_buffer body = {0};

    if (!cli_is_one_of(cli, cli->operands[0], cli_task_acts))
        return CLI_USAGE;
    if (strcmp(cli->operands[0], "opinion") == 0 && cli_option(cli, "--opinion") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "须用 --opinion 写明意见", "say which: --opinion OPINION"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "act", cli->operands[0]);
    base_json_open(&body, "tasks", '[');
    for (size_t i = 1; i < cli->operand_count; i++)
        base_json_put_text(&body, NULL, cli->operands[i]);
    base_json_close(&body, ']');
    base_json_open(&body, "with", '{');
    put_option(cli, &body, "opinion", "--opinion");
    put_values(cli, &body, "reasons", "--reason");
    put_values(cli, &body, "conditions", "--condition");
    put_option(cli, &body, "text", "--text");
    put_option(cli, &body, "kind", "--kind");
    base_json_close(&body, '}');
    base_json_close(&body, '}');
    return post(cli, "/v1/tasks/batch", &body, "task");
}

/* -- Incidents -- */

static void incident_print(const struct cli *cli, const struct base_json *incident)
{
    const char *level = base_json_member_text(incident, "level"), *line = base_json_member_text(incident, "cli");
    struct base_buffer text = {0};
    char day[CLI_DAY_SIZE];

    cli_put_toned(cli, level != NULL && strcmp(level, "red") == 0 ? CLI_TONE_BAD : CLI_TONE_WAIT, base_json_member_text(incident, "id"), 0);
    printf("  %s\n", cli_member_text_of(cli, incident, "text"));
    base_json_put(&text, NULL, base_json_member(incident, "count"));
    if (base_json_is_true(base_json_member(incident, "is_at_least")))
        base_buffer_put_text(&text, "+");
    cli_view_line(cli, "数量", "count", base_buffer_text(&text));
    base_buffer_fini(&text);
    cli_view_line(cli, "部门", "department", cli_view_name(cli, incident, "department"));
    cli_view_line(cli, "连接器", "connector", base_json_member_text(incident, "connector"));
    cli_day_format(cli, base_json_member_text(incident, "first"), day);
    cli_view_line(cli, "始于", "since", day);
    cli_view_line(cli, "原因", "said", base_json_member_text(incident, "detail"));
    for (const struct base_json *example = base_json_first(base_json_member(incident, "examples")); example != NULL;
         example = base_json_next(example))
        cli_view_line(cli, "例", "example", base_json_member_text(example, "id"));
    cli_view_line(cli, "办法", "remedy", cli_member_text_of(cli, incident, "remedy"));
    cli_view_line(cli, "命令", "command", line);
}

static void incidents_print(const struct cli *cli, const struct base_json *items)
{
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item))
        incident_print(cli, item);
    if (base_json_first(items) == NULL)
        puts(cli_say(cli, "没有停滞的事项。", "Nothing stands still."));
}

int cli_incidents(struct cli *cli)
{
    struct base_buffer path = {0};

    if (!cli_is_one_of(cli, cli_option(cli, "--kind"), cli_incident_kinds))
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/incidents");
    cli_api_query(&path, "kind", cli_option(cli, "--kind"));
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    int rc = cli_api_list(cli, base_buffer_text(&path), incidents_print);
    base_buffer_fini(&path);
    return rc;
}

int cli_incidents_retry(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};

    cli_api_path(&path, "incidents", cli->operands[0], "/retry");
    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "reason", "--reason");
    base_json_close(&body, '}');
    int rc = post(cli, base_buffer_text(&path), &body, "id");
    base_buffer_fini(&path);
    return rc;
}

/* -- Operations -- */

static void number_line(const struct cli *cli, const char *zh, const char *en, const struct base_json *number)
{
    const struct base_json *count = base_json_type(number) == BASE_JSON_OBJECT ? base_json_member(number, "count") : number;
    struct base_buffer text = {0};

    if (count == NULL)
        return;
    base_json_put(&text, NULL, count);
    if (base_json_is_true(base_json_member(number, "is_at_least")))
        base_buffer_put_text(&text, "+");
    cli_put_toned(cli, CLI_TONE_FAINT, cli_say(cli, zh, en), LABEL_COLUMNS);
    puts(base_buffer_text(&text));
    base_buffer_fini(&text);
}

static void departments_print(const struct cli *cli, const struct base_json *departments)
{
    static const struct cli_column columns[] = {
        {{{"部门", "department"}}, 0}, {{{"超期", "late"}}, 0}, {{{"今日到期", "due today"}}, 0}, {{{"工作清单", "open"}}, 0}, {{{"搁置", "parked"}}, 0},
        {{{"连接器", "connector"}}, 1},
    };
    static const char *const keys[] = {"late", "due_today", "open", "parked"};
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    table.numbers = 0x1e;
    for (const struct base_json *item = base_json_first(departments); item != NULL; item = base_json_next(item)) {
        cli_table_add(&table, CLI_TONE_NONE, cli_member_text_of(cli, item, "name"));
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            struct base_buffer text = {0};

            base_json_put(&text, NULL, base_json_member(item, keys[i]));
            cli_table_add(&table, i == 0 && strcmp(base_buffer_text(&text), "0") != 0 ? CLI_TONE_BAD : CLI_TONE_NONE, base_buffer_text(&text));
            base_buffer_fini(&text);
        }
        cli_table_add(&table, CLI_TONE_FAINT, base_json_member_text(item, "connector"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_operations(struct cli *cli)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = cli_api_get(cli, "/v1/operations", &answer, &json);

    if (rc == CLI_DONE && cli->is_json) {
        cli_api_print_raw(&answer);
    } else if (rc == CLI_DONE) {
        const struct base_json *today = base_json_member(json, "today"), *messages = base_json_member(json, "messages"),
                               *store = base_json_member(json, "store");

        number_line(cli, "在办", "open", base_json_member(json, "in_flight"));
        number_line(cli, "超期", "late", base_json_member(json, "late"));
        number_line(cli, "今日收件", "received today", base_json_member(today, "received"));
        number_line(cli, "今日受理", "accepted today", base_json_member(today, "accepted"));
        number_line(cli, "今日办结", "decided today", base_json_member(today, "decided"));
        number_line(cli, "待发通知", "notices waiting", base_json_member(messages, "waiting"));
        number_line(cli, "失败通知", "notices failed", base_json_member(messages, "failed"));
        number_line(cli, "磁盘剩余 MiB", "free disk, MiB", base_json_member(store, "disk_free_mib"));
        number_line(cli, "未签封记录", "unsealed records", base_json_member(base_json_member(json, "seal"), "behind"));
        departments_print(cli, base_json_member(json, "departments"));
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}
