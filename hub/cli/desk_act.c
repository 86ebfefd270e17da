/* SPDX-License-Identifier: Apache-2.0 */
/* check, extend, supplement, told, withdraw: what desks and officers do with an
 * application. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

/* POST body (it is fini'd), and show what the application or task is now. */
static int act(const struct cli *cli, const char *collection, const char *verb, struct base_buffer *body)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, collection, cli->operands[0], verb);
    int rc = cli_api_call(cli,
                          &(struct cli_call){.method = "POST",
                                             .path = base_buffer_text(&path),
                                             .body = base_buffer_text(body),
                                             .body_size = body->size},
                          &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE && strcmp(collection, "tasks") == 0)
        cli_view_task(cli, json, NULL, "");
    else if (rc == CLI_DONE)
        cli_view_application(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(body);
    return rc;
}

static void put_option(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) != NULL)
        base_json_put_text(body, key, cli_option(cli, option));
}

/* [{"material": id}] of every value that was given. */
static void put_materials(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) == NULL)
        return;
    base_json_open(body, key, '[');
    for (size_t i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, option) != 0)
            continue;
        base_json_open(body, NULL, '{');
        base_json_put_text(body, "material", cli->given[i].value);
        base_json_close(body, '}');
    }
    base_json_close(body, ']');
}

int cli_check(struct cli *cli)
{
    const char *outcome = cli->operands[1];
    struct base_buffer body = {0};

    if (!cli_is_one_of(cli, outcome, cli_check_outcomes))
        return CLI_USAGE;
    if ((strcmp(outcome, "incomplete") == 0) != (cli_option(cli, "--missing") != NULL)) {
        cli_tell(cli, "%s", cli_say(cli, "incomplete 须用 --missing 列出缺少的材料，其他结果不得列出",
                                    "incomplete lists what is missing: --missing MATERIAL; the other outcomes do not"));
        return CLI_USAGE;
    }
    if (strcmp(outcome, "not_competent") == 0 && cli_option(cli, "--body") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "not_competent 须用 --body 写明有权机关", "not_competent names the right body: --body TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "outcome", outcome);
    put_option(cli, &body, "matter", "--matter");
    put_option(cli, &body, "body", "--body");
    put_option(cli, &body, "text", "--text");
    put_materials(cli, &body, "missing", "--missing");
    base_json_close(&body, '}');
    return act(cli, "applications", "/check", &body);
}

int cli_extend(struct cli *cli)
{
    bool is_task = strchr(cli->operands[0], '.') != NULL;
    struct base_buffer body = {0};
    int64_t length = 0;

    if (!cli_is_one_of(cli, cli_option(cli, "--clock"), cli_limit_clocks) || cli_option_integer(cli, "--length", 1, 3650, 0, &length) != OD_OK)
        return CLI_USAGE;
    if (length == 0 || cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "须用 --length 和 --reason 写明延长多少、为什么", "say by how much and why: --length N --reason TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "clock", "--clock");
    base_json_put_i64(&body, "length", length);
    put_option(cli, &body, "reason", "--reason");
    base_json_close(&body, '}');
    return act(cli, is_task ? "tasks" : "applications", "/extend", &body);
}

/* "seats=80" as a member: a number or truth value as it is, anything else as a text. */
static bool field_put(const struct cli *cli, struct base_buffer *body, const char *given)
{
    const char *sign = strchr(given, '=');
    struct base_json_error error;
    char id[128];

    if (sign == NULL || sign == given || (size_t)(sign - given) >= sizeof(id)) {
        cli_tell(cli, cli_say(cli, "--field %s：须为 字段=值", "--field %s: it is to be ID=VALUE"), given);
        return false;
    }
    snprintf(id, sizeof(id), "%.*s", (int)(sign - given), given);
    bool is_plain = strchr("-0123456789tf[", sign[1]) != NULL && sign[1] != '\0' && base_json_check(sign + 1, strlen(sign + 1), &error) == OD_OK;
    if (is_plain)
        base_json_put_raw(body, id, sign + 1, strlen(sign + 1));
    else
        base_json_put_text(body, id, sign + 1);
    return true;
}

static bool fields_put(const struct cli *cli, struct base_buffer *body)
{
    if (cli_option(cli, "--field") == NULL)
        return true;
    base_json_open(body, "form", '{');
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, "--field") == 0 && !field_put(cli, body, cli->given[i].value))
            return false;
    base_json_close(body, '}');
    return true;
}

int cli_supplement(struct cli *cli)
{
    struct base_buffer body = {0};

    if (cli_option(cli, "--material") == NULL && cli_option(cli, "--field") == NULL && cli_option(cli, "--text") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "须用 --material、--field 或 --text 写明补交了什么", "say what was supplied: --material ID, --field ID=VALUE or --text TEXT"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    put_materials(cli, &body, "materials", "--material");
    if (!fields_put(cli, &body)) {
        base_buffer_fini(&body);
        return CLI_USAGE;
    }
    put_option(cli, &body, "text", "--text");
    base_json_close(&body, '}');
    return act(cli, "applications", "/supplement", &body);
}

static void told_print(const struct cli *cli, const struct base_json *told)
{
    const char *until = base_json_member_text(told, "until");
    char at[CLI_DAY_SIZE], due[CLI_DAY_SIZE];

    cli_day_format(cli, base_json_member_text(told, "at"), at);
    printf(cli_say(cli, "已登记：%s 于 %s 当面告知\n", "on record: %s, told in person on %s\n"), cli_word(cli, base_json_member_text(told, "notice")), at);
    if (until == NULL)
        return;
    cli_day_format(cli, until, due);
    printf(cli_say(cli, "申请人的期限自当日起算，至 %s\n", "the applicant's time runs from that day, until %s\n"), due);
}

int cli_told(struct cli *cli)
{
    struct base_buffer path = {0}, body = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    if (!cli_is_one_of(cli, cli_option(cli, "--to"), cli_told_to))
        return CLI_USAGE;
    if (cli->operands[1][strspn(cli->operands[1], "0123456789")] != '\0') {
        cli_tell(cli, cli_say(cli, "%s：须为通知的编号，见 onedoor notices", "%s: the number of a notice is needed; see onedoor notices"), cli->operands[1]);
        return CLI_USAGE;
    }
    cli_api_path(&path, "applications", cli->operands[0], "/notices/");
    base_buffer_put_format(&path, "%s/told", cli->operands[1]);
    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "at", "--at");
    put_option(cli, &body, "to", "--to");
    put_option(cli, &body, "window", "--window");
    base_json_close(&body, '}');
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = base_buffer_text(&path), .body = base_buffer_text(&body), .body_size = body.size},
                          &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        told_print(cli, base_json_member(json, "told_in_person"));
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(&body);
    return rc;
}

int cli_withdraw(struct cli *cli)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "reason", "--reason");
    base_json_close(&body, '}');
    return act(cli, "applications", "/withdraw", &body);
}
