/* SPDX-License-Identifier: Apache-2.0 */
/* fee show, pay, refund, report: what an application owes, what was paid, and the books. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/words.h"

static const char *text_of(const struct base_json *object, const char *key)
{
    const char *text = base_json_member_text(object, key);

    return text != NULL ? text : "";
}

static enum cli_tone state_tone(const char *state)
{
    if (strcmp(state, "paid") == 0 || strcmp(state, "exempt") == 0)
        return CLI_TONE_GOOD;
    if (strcmp(state, "overpaid") == 0)
        return CLI_TONE_BAD;
    return strcmp(state, "open") == 0 || strcmp(state, "underpaid") == 0 ? CLI_TONE_WAIT : CLI_TONE_FAINT;
}

static const char *state_word(const struct cli *cli, const char *state)
{
    static const struct { const char *state, *zh, *en; } words[] = {
        {"open", "待缴", "open"}, {"paid", "已缴清", "paid"}, {"underpaid", "未缴足", "paid in part"}, {"overpaid", "多收", "paid too much"},
        {"exempt", "免收", "exempt"}, {"not_due", "尚未到收取时", "not owed yet"}, {"not_charged", "不收取", "not charged"},
        {"not_computed", "尚不能计算", "not reckoned yet"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].state, state) == 0)
            return cli_say(cli, words[i].zh, words[i].en);
    return state;
}

/* -- Shown -- */

static void line_add(const struct cli *cli, struct cli_table *table, const struct base_json *line)
{
    const char *state = text_of(line, "state");

    cli_table_add(table, CLI_TONE_NONE, text_of(line, "fee"));
    cli_table_add(table, CLI_TONE_NONE, cli_member_text_of(cli, line, "name"));
    cli_table_add(table, CLI_TONE_FAINT, text_of(line, "how"));
    cli_table_add(table, CLI_TONE_NONE, text_of(line, "standard"));
    cli_table_add(table, CLI_TONE_NONE, text_of(line, "exempted"));
    cli_table_add(table, CLI_TONE_NONE, text_of(line, "paid"));
    cli_table_add(table, CLI_TONE_NONE, text_of(line, "refunded"));
    cli_table_add(table, state_tone(state), text_of(line, strcmp(state, "overpaid") == 0 ? "overpaid" : "open"));
    cli_table_add(table, CLI_TONE_NONE, text_of(line, "currency"));
    cli_table_add(table, state_tone(state), state_word(cli, state));
}

static void payments_print(const struct cli *cli, const struct base_json *payments)
{
    for (const struct base_json *item = base_json_first(payments); item != NULL; item = base_json_next(item)) {
        printf("  %s  %s %s  %s %s  %s", text_of(item, "id"), text_of(item, "amount"), text_of(item, "currency"),
               cli_say(cli, "票据", "receipt"), text_of(item, "receipt"), text_of(item, "paid_at"));
        if (base_json_first(base_json_member(item, "refunds")) != NULL)
            printf("  %s %s", cli_say(cli, "已退", "refunded"), text_of(item, "refunded"));
        printf("\n");
    }
}

static void account_print(const struct cli *cli, const struct base_json *json)
{
    static const struct cli_column columns[] = {
        {{{"项目", "fee"}}, 0}, {{{"名称", "name"}}, 0}, {{{"计算", "reckoned"}}, 1}, {{{"标准", "standard"}}, 0}, {{{"减免", "exempted"}}, 2},
        {{{"已缴", "paid"}}, 0}, {{{"已退", "refunded"}}, 3}, {{{"差额", "open"}}, 0}, {{{"币种", "currency"}}, 0}, {{{"状态", "state"}}, 0},
    };
    const struct base_json *lines = base_json_member(json, "lines");
    struct cli_table table;

    if (base_json_first(lines) == NULL) {
        printf("%s\n", cli_say(cli, "不收费", "free of charge"));
    } else {
        cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
        table.numbers = 0xf8;
        for (const struct base_json *line = base_json_first(lines); line != NULL; line = base_json_next(line))
            line_add(cli, &table, line);
        cli_table_print(cli, &table);
        cli_table_fini(&table);
    }
    for (const struct base_json *line = base_json_first(lines); line != NULL; line = base_json_next(line))
        payments_print(cli, base_json_member(line, "payments"));
    if (base_json_first(base_json_member(json, "unmatched")) != NULL)
        printf("%s\n", cli_say(cli, "不在标准之内的缴费：", "payments that no standard knows:"));
    payments_print(cli, base_json_member(json, "unmatched"));
}

/* GET path and print it: as it came with --json. */
static int show(const struct cli *cli, const char *path, void (*print)(const struct cli *cli, const struct base_json *json))
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;
    int rc = cli_api_get(cli, path, &answer, print != NULL ? &json : NULL);

    if (rc == CLI_DONE && (cli->is_json || print == NULL))
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_fee_show(struct cli *cli)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", cli->operands[0], "/fees");
    int rc = show(cli, base_buffer_text(&path), account_print);
    base_buffer_fini(&path);
    return rc;
}

/* -- Done -- */

static void put_option(const struct cli *cli, struct base_buffer *body, const char *key, const char *option)
{
    if (cli_option(cli, option) != NULL)
        base_json_put_text(body, key, cli_option(cli, option));
}

/* What was recorded, and how the line stands now. */
static void payment_print(const struct cli *cli, const struct base_json *json)
{
    const struct base_json *payment = base_json_member(json, "payment"), *line = base_json_member(json, "line");
    const char *state = text_of(line, "state");

    printf("%s  %s %s  %s %s\n", text_of(payment, "id"), text_of(payment, "amount"), text_of(payment, "currency"),
           cli_say(cli, "票据", "receipt"), text_of(payment, "receipt"));
    if (line != NULL)
        printf(cli_say(cli, "%s：应收 %s，已缴 %s，已退 %s，%s\n", "%s: owed %s, paid %s, refunded %s: %s\n"), text_of(line, "fee"),
               text_of(line, "owed"), text_of(line, "paid"), text_of(line, "refunded"), state_word(cli, state));
}

/* POST body (it is fini'd). */
static int act(const struct cli *cli, const char *rest, struct base_buffer *body)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "applications", cli->operands[0], rest);
    int rc = cli_api_call(cli, &(struct cli_call){.method = "POST", .path = base_buffer_text(&path), .body = base_buffer_text(body), .body_size = body->size},
                          &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        payment_print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    base_buffer_fini(body);
    return rc;
}

int cli_fee_pay(struct cli *cli)
{
    struct base_buffer body = {0};

    if (!cli_is_one_of(cli, cli_option(cli, "--method"), cli_fee_methods))
        return CLI_USAGE;
    if (cli_option(cli, "--receipt") == NULL || cli_option(cli, "--method") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "须用 --receipt 写明票据号，用 --method 写明缴款方式", "name the receipt and how it was paid: --receipt NO --method HOW"));
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "fee", cli->operands[1]);
    base_json_put_text(&body, "amount", cli->operands[2]);
    put_option(cli, &body, "receipt", "--receipt");
    put_option(cli, &body, "method", "--method");
    put_option(cli, &body, "matter", "--matter");
    put_option(cli, &body, "paid_at", "--paid-at");
    if (cli_option(cli, "--overpaid") != NULL)
        base_json_put_bool(&body, "overpaid", true);
    base_json_close(&body, '}');
    return act(cli, "/payments", &body);
}

int cli_fee_refund(struct cli *cli)
{
    struct base_buffer body = {0};
    char rest[64];

    if (cli_option(cli, "--reason") == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "须用 --reason 写明退还的原因", "say why it is refunded: --reason TEXT"));
        return CLI_USAGE;
    }
    if (strspn(cli->operands[1], "pay-0123456789") != strlen(cli->operands[1]) ||
        (size_t)snprintf(rest, sizeof(rest), "/payments/%s/refund", cli->operands[1]) >= sizeof(rest)) {
        cli_tell(cli, cli_say(cli, "%s 不是缴费编号，如 pay-17", "%s is no payment; it looks like pay-17"), cli->operands[1]);
        return CLI_USAGE;
    }
    base_json_open(&body, NULL, '{');
    put_option(cli, &body, "reason", "--reason");
    put_option(cli, &body, "amount", "--amount");
    put_option(cli, &body, "receipt", "--receipt");
    base_json_close(&body, '}');
    return act(cli, rest, &body);
}

/* -- The books -- */

static void sums_print(const struct cli *cli, const struct base_json *sums, const char *const keys[2])
{
    static const struct cli_column columns[] = {
        {{{"", ""}}, 0}, {{{"", ""}}, 0}, {{{"笔数", "count"}}, 0}, {{{"收", "paid"}}, 0}, {{{"退", "refunded"}}, 0}, {{{"净额", "net"}}, 0}, {{{"币种", "currency"}}, 0}};
    struct cli_table table;
    char count[24];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    table.numbers = 0x3c;
    for (const struct base_json *sum = base_json_first(sums); sum != NULL; sum = base_json_next(sum)) {
        snprintf(count, sizeof(count), "%.15g", base_json_number(base_json_member(sum, "count")));
        cli_table_add(&table, CLI_TONE_NONE, keys[0] != NULL ? text_of(sum, keys[0]) : cli_say(cli, "合计", "total"));
        cli_table_add(&table, CLI_TONE_NONE, keys[1] != NULL ? text_of(sum, keys[1]) : "");
        cli_table_add(&table, CLI_TONE_NONE, count);
        cli_table_add(&table, CLI_TONE_NONE, text_of(sum, "paid"));
        cli_table_add(&table, CLI_TONE_NONE, text_of(sum, "refunded"));
        cli_table_add(&table, CLI_TONE_HEAD, text_of(sum, "net"));
        cli_table_add(&table, CLI_TONE_NONE, text_of(sum, "currency"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void differences_print(const struct cli *cli, const struct base_json *differences)
{
    if (base_json_first(differences) == NULL) {
        printf("%s\n", cli_say(cli, "没有差额", "no differences"));
        return;
    }
    for (const struct base_json *item = base_json_first(differences); item != NULL; item = base_json_next(item))
        printf(cli_say(cli, "%s %s：应收 %s，净收 %s，差 %s %s\n", "%s %s: owed %s, net %s, difference %s %s\n"), text_of(item, "number"),
               text_of(item, "fee"), text_of(item, "owed"), text_of(item, "net"), text_of(item, "difference"), text_of(item, "currency"));
}

static void report_print(const struct cli *cli, const struct base_json *json)
{
    static const char *const total[2] = {NULL}, *const fee[2] = {"matter", "fee"}, *const method[2] = {"method"};

    printf("%s — %s\n", text_of(json, "from"), text_of(json, "to"));
    sums_print(cli, base_json_member(json, "totals"), total);
    sums_print(cli, base_json_member(json, "by_fee"), fee);
    sums_print(cli, base_json_member(json, "by_method"), method);
    differences_print(cli, base_json_member(json, "differences"));
}

int cli_fee_report(struct cli *cli)
{
    bool is_csv = cli_option(cli, "--csv") != NULL;
    struct base_buffer path = {0};

    base_buffer_put_text(&path, "/v1/payments/report");
    cli_api_query(&path, "from", cli_option(cli, "--from"));
    cli_api_query(&path, "to", cli_option(cli, "--to"));
    cli_api_query(&path, "format", is_csv ? "csv" : NULL);
    int rc = show(cli, base_buffer_text(&path), is_csv ? NULL : report_print);
    base_buffer_fini(&path);
    return rc;
}
