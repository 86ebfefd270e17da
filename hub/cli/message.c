/* SPDX-License-Identifier: Apache-2.0 */
/* message list, show, retry: what went out to applicants, and how far it came. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

/* "delivered" and the rest, in the language of whoever reads. */
static const char *state_word(const struct cli *cli, const char *state)
{
    static const char *const words[][3] = {
        {"new", "新建", "new"},          {"waiting", "待发", "waiting"},   {"resting", "暂缓", "resting"},
        {"offered", "发送中", "offered"}, {"accepted", "已交网关", "with the gateway"}, {"delivered", "已送达", "delivered"},
        {"sent", "已发出", "sent"},       {"failed", "未送达", "failed"},   {"cancelled", "已取消", "cancelled"},
    };

    for (size_t i = 0; state != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], state) == 0)
            return cli_say(cli, words[i][1], words[i][2]);
    return state;
}

static enum cli_tone state_tone(const char *state)
{
    return state != NULL && strcmp(state, "failed") == 0 ? CLI_TONE_BAD : CLI_TONE_NONE;
}

static void row_add(const struct cli *cli, struct cli_table *table, const struct base_json *message)
{
    const char *state = base_json_member_text(message, "state");
    char date[CLI_DAY_SIZE], attempts[24];
    int64_t count = 0;

    if (base_json_i64(base_json_member(message, "attempts"), 0, INT32_MAX, &count) != OD_OK)
        count = 0;
    cli_day_format(cli, base_json_member_text(message, "created_at"), date);
    snprintf(attempts, sizeof(attempts), "%lld", (long long)count);
    cli_table_add(table, CLI_TONE_FAINT, date);
    cli_table_add(table, CLI_TONE_HEAD, base_json_member_text(message, "id"));
    cli_table_add(table, state_tone(state), state_word(cli, state));
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(message, "notice"));
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(message, "channel"));
    cli_table_add(table, CLI_TONE_FAINT, attempts);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(message, "number"));
}

static void list_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"时间", "at"}}, 0},      {{{"消息", "message"}}, 0}, {{{"状态", "state"}}, 0},  {{{"告知", "notice"}}, 0},
        {{{"渠道", "channel"}}, 1}, {{{"次数", "attempts"}}, 2}, {{{"编号", "number"}}, 0},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item))
        row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_message_list(struct cli *cli)
{
    struct base_buffer path = {0};
    int64_t limit;

    if (!cli_is_one_of(cli, cli_option(cli, "--state"), cli_message_states) || cli_option_integer(cli, "--limit", 1, 200, 50, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/messages");
    cli_api_query(&path, "state", cli_option(cli, "--state"));
    cli_api_query(&path, "limit", cli_option(cli, "--limit"));
    int rc = cli_api_list(cli, base_buffer_text(&path), list_print);
    base_buffer_fini(&path);
    return rc;
}

static void one_print(const struct cli *cli, const struct base_json *message)
{
    char date[CLI_DAY_SIZE];

    cli_view_line(cli, "消息", "message", base_json_member_text(message, "id"));
    cli_view_line(cli, "编号", "number", base_json_member_text(message, "number"));
    cli_view_line(cli, "告知", "notice", base_json_member_text(message, "notice"));
    cli_view_line(cli, "状态", "state", state_word(cli, base_json_member_text(message, "state")));
    cli_view_line(cli, "渠道", "channel", base_json_member_text(message, "channel"));
    cli_view_line(cli, "连接器", "connector", base_json_member_text(message, "connector"));
    cli_view_line(cli, "手机", "phone", base_json_member_text(message, "phone"));
    cli_view_line(cli, "邮箱", "e-mail", base_json_member_text(message, "email"));
    cli_day_format(cli, base_json_member_text(message, "sent_at"), date);
    cli_view_line(cli, "发出", "sent", date);
    cli_day_format(cli, base_json_member_text(message, "delivered_at"), date);
    cli_view_line(cli, "送达", "delivered", date);
    cli_view_line(cli, "内容", "text", base_json_member_text(message, "text"));
}

static int one_call(struct cli *cli, const char *method, const char *rest)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    struct cli_call call = {.method = method};

    cli_api_path(&path, "messages", cli->operands[0], rest);
    call.path = base_buffer_text(&path);
    int rc = cli_api_call(cli, &call, &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        one_print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

int cli_message_show(struct cli *cli)
{
    return one_call(cli, "GET", "");
}

int cli_message_retry(struct cli *cli)
{
    return one_call(cli, "POST", "/retry");
}
