/* SPDX-License-Identifier: Apache-2.0 */
/* submit, show, watch, list. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"
#include "cli/api.h"
#include "cli/due.h"
#include "cli/follow.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

#define KEY_BYTES 16

/* Said before the wait, and where a person must write down the code. */
static void submitted_tell(const struct cli *cli, const struct cli_http_answer *answer,
                           const struct base_json *json)
{
    const char *number = base_json_member_text(json, "number"),
               *code = base_json_member_text(json, "code");

    if (number == NULL)
        return;
    cli_tell(cli, cli_say(cli, "已提交：%s，查询码 %s%s", "submitted: %s, look-up code %s%s"),
             number, code != NULL ? code : "-",
             answer->is_replayed ? cli_say(cli, "（同一幂等键，未重复提交）",
                                           " (same key as before: not submitted twice)")
                                 : "");
}

static int submit_end(const struct cli *cli, const struct cli_http_answer *answer,
                      const struct base_json *json)
{
    const char *number = base_json_member_text(json, "number");

    submitted_tell(cli, answer, json);
    if (cli_option(cli, "--wait") != NULL && number != NULL)
        return cli_follow(cli, number, cli->is_json ? NULL : stderr);
    cli_application_print(cli, answer, json);
    return CLI_DONE;
}

static int submit_body(struct cli *cli, const char *bytes, size_t size)
{
    char random_key[2 * KEY_BYTES + 1];
    uint8_t random[KEY_BYTES];
    const char *key = cli_option(cli, "--key");
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    base_random(random, sizeof(random));
    base_hex(random, sizeof(random), random_key);
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "POST",
                                             .path = "/v1/applications",
                                             .body = bytes,
                                             .body_size = size,
                                             .idempotency_key = key != NULL ? key : random_key},
                          &answer, &json);
    if (rc == CLI_DONE)
        rc = submit_end(cli, &answer, json);
    else if (rc == CLI_UNREACHABLE || rc == CLI_FAILED) /* it may have arrived all the same */
        cli_tell(cli,
                 cli_say(cli, "重试请加 --key %s，不会重复提交",
                         "repeat with --key %s: it will not be submitted twice"),
                 key != NULL ? key : random_key);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_submit(struct cli *cli)
{
    char *bytes = NULL;
    size_t size = 0;
    struct base_json *json = NULL;

    int rc = cli_file_read(cli, cli->operands[0], &bytes, &size);
    if (rc == CLI_DONE)
        rc = cli_json_read(cli, cli->operands[0], bytes, size, &json);
    base_json_destroy(json);
    if (rc == CLI_DONE)
        rc = submit_body(cli, bytes, size);
    base_free(bytes);
    return rc;
}

/* Whose it is, from what is printed about it: for the desk alone, which is who gets the look-up code. */
static struct base_json *paper_get(const struct cli *cli, const struct base_json *application)
{
    const char *number = base_json_member_text(application, "number");
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *paper = NULL;

    if (cli->is_json || number == NULL || base_json_member_text(application, "code") == NULL)
        return NULL;
    cli_api_path(&path, "applications", number, "/paper");
    int rc = cli_api_call(cli, &(struct cli_call){.method = "GET", .path = base_buffer_text(&path), .untold = CLI_UNTOLD_ALL}, &answer, &paper);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    if (rc == CLI_DONE)
        return paper;
    base_json_destroy(paper);
    return NULL;
}

int cli_show(struct cli *cli)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    int rc = cli_application_get(cli, cli->operands[0], &answer, &json);
    struct base_json *paper = rc == CLI_DONE ? paper_get(cli, json) : NULL;

    if (rc == CLI_DONE && paper != NULL)
        cli_view_application_of(cli, json, base_json_member(paper, "applicant"));
    else if (rc == CLI_DONE)
        cli_application_print(cli, &answer, json);
    base_json_destroy(paper);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_watch(struct cli *cli)
{
    return cli_follow(cli, cli->operands[0], stdout);
}

static void row_add(const struct cli *cli, struct cli_table *table,
                    const struct base_json *item)
{
    const char *status = base_json_member_text(item, "status");
    const struct base_json *decision = base_json_member(item, "decision");
    const char *outcome = base_json_member_text(decision != NULL ? decision : item, "outcome");
    bool is_overdue = base_json_is_true(base_json_member(item, "overdue"));
    char date[CLI_DAY_SIZE], promised[2 * CLI_DAY_SIZE];

    cli_day_format(cli, base_json_member_text(item, "promised_date"), date);
    snprintf(promised, sizeof(promised), "%s%s", date,
             is_overdue ? cli_say(cli, " 超期", " overdue") : "");
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "number"));
    cli_table_add(table, cli_word_tone(status), cli_word(cli, status));
    cli_table_add(table, CLI_TONE_NONE, cli_view_name(cli, item, "service"));
    cli_table_add(table, is_overdue ? CLI_TONE_BAD : CLI_TONE_NONE, promised);
    cli_table_add(table, cli_word_tone(outcome), cli_word(cli, outcome));
}

static void rows_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"编号", "number"}}, 0},   {{{"状态", "status"}}, 0},
        {{{"服务", "service"}}, 1},  {{{"承诺日期", "promised"}}, 0},
        {{{"决定", "decision"}}, 2},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item))
        row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_list(struct cli *cli)
{
    struct base_buffer path = {0};
    const char *due_before = cli_option(cli, "--due-before"), *on = cli_option(cli, "--on");
    int32_t day;
    int64_t limit;

    if (!cli_is_one_of(cli, cli_option(cli, "--status"), cli_statuses) ||
        !cli_is_one_of(cli, cli_option(cli, "--happened"), cli_happenings) ||
        cli_option_integer(cli, "--limit", 1, 200, 50, &limit) != OD_OK)
        return CLI_USAGE;
    if (due_before != NULL && base_day_parse(due_before, &day) != OD_OK) {
        cli_date_tell(cli, "--due-before", due_before);
        return CLI_USAGE;
    }
    if (on != NULL && base_day_parse(on, &day) != OD_OK) {
        cli_date_tell(cli, "--on", on);
        return CLI_USAGE;
    }
    base_buffer_put_text(&path, "/v1/applications");
    cli_api_query(&path, "status", cli_option(cli, "--status"));
    cli_api_query(&path, "service", cli_option(cli, "--service"));
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    cli_api_query(&path, "due_before", due_before);
    cli_api_query(&path, "overdue", cli_option(cli, "--overdue") != NULL ? "true" : NULL);
    cli_api_query(&path, "happened", cli_option(cli, "--happened"));
    cli_api_query(&path, "on", on);
    cli_api_query(&path, "limit", cli_option(cli, "--limit"));
    int rc = cli_api_list(cli, base_buffer_text(&path), rows_print);
    base_buffer_fini(&path);
    return rc;
}
