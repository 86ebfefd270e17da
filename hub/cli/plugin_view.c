/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors, plans and histories as a person reads them, on stdout. */
#include <stdio.h>
#include <string.h>

#include "cli/plugin.h"
#include "cli/table.h"
#include "cli/view.h"

const char *cli_plugin_state(const struct cli *cli, const char *state)
{
    if (state != NULL && strcmp(state, "failed") == 0) /* the word means something else of a task */
        return cli_say(cli, "未能启动", "failed to start");
    if (state != NULL && strcmp(state, "drained") == 0)
        return cli_say(cli, "已排空", "drained");
    return cli_word(cli, state);
}

static const char *breaker_word(const struct cli *cli, const char *breaker)
{
    if (breaker == NULL || strcmp(breaker, "closed") == 0)
        return "";
    return strcmp(breaker, "open") == 0 ? cli_say(cli, "已熔断", "open") : cli_say(cli, "试探中", "half open");
}

static void number_format(const struct base_json *json, char text[static 24])
{
    int64_t value;

    text[0] = '\0';
    if (base_json_i64(json, INT64_MIN, INT64_MAX, &value) == OD_OK)
        snprintf(text, 24, "%lld", (long long)value);
}

static const struct base_json *rollout_of(const struct base_json *item)
{
    const struct base_json *rollout = base_json_member(item, "rollout");

    return base_json_type(rollout) == BASE_JSON_OBJECT ? rollout : NULL;
}

/* "-> sim-1.1.0 (baking)". */
static void rollout_format(const struct base_json *item, char text[static 256])
{
    const struct base_json *rollout = rollout_of(item);
    const char *to = base_json_member_text(rollout, "to"), *step = base_json_member_text(rollout, "step");

    text[0] = '\0';
    if (rollout != NULL)
        snprintf(text, 256, "-> %.140s (%.40s)", to != NULL ? to : "", step != NULL ? step : "");
}

static void row_add(const struct cli *cli, struct cli_table *table, const struct base_json *item)
{
    const char *state = base_json_member_text(item, "state");
    char in_flight[24], rollout[256];

    number_format(base_json_member(item, "in_flight"), in_flight);
    rollout_format(item, rollout);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "id"));
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "version"));
    cli_table_add(table, cli_word_tone(state), cli_plugin_state(cli, state));
    cli_table_add(table, CLI_TONE_BAD, breaker_word(cli, base_json_member_text(item, "breaker")));
    cli_table_add(table, CLI_TONE_NONE, in_flight);
    cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, "tier"));
    cli_table_add(table, CLI_TONE_WAIT, rollout);
    cli_table_add(table, CLI_TONE_BAD, base_json_member_text(item, "last_error"));
}

void cli_plugin_rows_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"连接器", "connector"}}, 0}, {{{"版本", "version"}}, 0},
        {{{"状态", "state"}}, 0},       {{{"熔断", "breaker"}}, 0},
        {{{"在办", "in flight"}}, 0},   {{{"档位", "tier"}}, 0},
        {{{"换版", "rollout"}}, 2},     {{{"最近的错误", "last error"}}, 1},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL;
         item = base_json_next(item))
        row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

/* Texts of an array, "a, b"; "*" is told as all. */
static void put_texts(const struct cli *cli, struct base_buffer *line, const struct base_json *texts)
{
    const char *lead = "";

    for (const struct base_json *item = base_json_first(texts); item != NULL; item = base_json_next(item)) {
        const char *text = base_json_text(item);

        if (text == NULL)
            text = base_json_member_text(item, "name");
        if (text == NULL)
            text = base_json_member_text(item, "target");
        if (text == NULL)
            text = base_json_member_text(item, "from_config");
        base_buffer_put_text(line, lead);
        base_buffer_put_text(line, text == NULL ? "?" : strcmp(text, "*") == 0 ? cli_say(cli, "全部", "all") : text);
        if (base_json_is_true(base_json_member(item, "reveal")))
            base_buffer_put_text(line, cli_say(cli, "（可读取其值）", " (its value)"));
        lead = ", ";
    }
}

/* "GET, POST api.water.gov /v1/all". */
static void put_http(const struct cli *cli, struct base_buffer *line, const struct base_json *rules)
{
    const char *lead = "";

    for (const struct base_json *rule = base_json_first(rules); rule != NULL; rule = base_json_next(rule)) {
        const char *from = base_json_member_text(rule, "from_config");

        base_buffer_put_text(line, lead);
        put_texts(cli, line, base_json_member(rule, "methods"));
        base_buffer_put_text(line, " ");
        if (from != NULL)
            base_buffer_put_format(line, cli_say(cli, "（配置 %s 所指地址）", "(the address of %s in its configuration)"), from);
        put_texts(cli, line, base_json_member(rule, "hosts"));
        base_buffer_put_text(line, " ");
        put_texts(cli, line, base_json_member(rule, "paths"));
        lead = "; ";
    }
}

static void capabilities_print(const struct cli *cli, const struct base_json *capabilities)
{
    static const struct {
        const char *key, *zh, *en;
    } lists[] = {{"fields", "可见表单项", "form fields"}, {"applicant", "可见申请人", "applicant"},
                 {"secrets", "密钥", "secrets"}, {"net", "网络连接", "network"}};
    struct base_buffer line = {0};
    char quota[24];

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        base_buffer_clear(&line);
        put_texts(cli, &line, base_json_member(capabilities, lists[i].key));
        cli_view_line(cli, lists[i].zh, lists[i].en, base_buffer_text(&line));
    }
    base_buffer_clear(&line);
    put_http(cli, &line, base_json_member(capabilities, "http"));
    cli_view_line(cli, "HTTP", "http", base_buffer_text(&line));
    number_format(base_json_member(base_json_member(capabilities, "kv"), "quota"), quota);
    cli_view_line(cli, "存储（字节）", "store, bytes", quota);
    if (base_json_member(capabilities, "folder") != NULL)
        cli_view_line(cli, "目录", "folder", cli_say(cli, "可读写自己的目录", "reads and writes one of its own"));
    if (base_json_is_true(base_json_member(capabilities, "materials")))
        cli_view_line(cli, "材料", "materials", cli_say(cli, "可见", "yes"));
    if (base_json_is_true(base_json_member(capabilities, "events")))
        cli_view_line(cli, "回调", "callbacks", cli_say(cli, "可收", "yes"));
    base_buffer_fini(&line);
}

static void origin_print(const struct cli *cli, const struct base_json *connector)
{
    const char *signed_by = base_json_member_text(connector, "signed_by");

    cli_view_line(cli, "签名", "signed by", signed_by);
    cli_view_line(cli, "信任", "trust", base_json_member_text(connector, "trust_error"));
    if (base_json_is_true(base_json_member(connector, "is_development")))
        cli_view_line(cli, "签名", "signed by",
                      cli_say(cli, "无：开发模式，未签名的模块也会运行", "nobody: development mode, unsigned modules run"));
}

static void rollout_print(const struct cli *cli, const struct base_json *connector)
{
    const struct base_json *rollout = rollout_of(connector);
    struct base_buffer line = {0};
    char text[256], until[CLI_DAY_SIZE];

    if (rollout != NULL) {
        rollout_format(connector, text);
        cli_day_format(cli, base_json_member_text(rollout, "until"), until);
        base_buffer_put_format(&line, "%s %s", base_json_member_text(rollout, "from") != NULL ? base_json_member_text(rollout, "from") : "", text);
        if (until[0] != '\0')
            base_buffer_put_format(&line, cli_say(cli, "，观察至 %s", ", watched until %s"), until);
        cli_view_line(cli, "换版", "rollout", base_buffer_text(&line));
    }
    cli_view_line(cli, "上次换版失败", "last rollout", base_json_member_text(connector, "rollout_error"));
    base_buffer_clear(&line);
    for (const struct base_json *version = base_json_first(base_json_member(connector, "versions")); version != NULL;
         version = base_json_next(version))
        base_buffer_put_format(&line, "%s%s", line.size > 0 ? ", " : "",
                               base_json_member_text(version, "module") != NULL ? base_json_member_text(version, "module") : "?");
    cli_view_line(cli, "保留的版本", "versions", base_buffer_text(&line));
    base_buffer_fini(&line);
}

static void breaker_print(const struct cli *cli, const struct base_json *connector)
{
    const char *word = breaker_word(cli, base_json_member_text(connector, "breaker"));
    char until[CLI_DAY_SIZE], text[CLI_DAY_SIZE + 64];

    cli_day_format(cli, base_json_member_text(connector, "breaker_until"), until);
    snprintf(text, sizeof(text), cli_say(cli, until[0] != '\0' ? "%s，到 %s" : "%s%s", until[0] != '\0' ? "%s, until %s" : "%s%s"), word, until);
    cli_view_line(cli, "熔断", "breaker", word[0] != '\0' ? text : NULL);
}

void cli_plugin_print(const struct cli *cli, const struct base_json *connector)
{
    static const struct {
        const char *key, *zh, *en;
    } numbers[] = {
        {"in_flight", "在办", "in flight"},
        {"open", "未结", "open"},
        {"restarts", "重启次数", "restarts"},
        {"pid", "进程号", "process"},
    };
    const char *state = base_json_member_text(connector, "state"), *kind = base_json_member_text(connector, "kind");
    bool is_remote = kind != NULL && strcmp(kind, "remote") == 0;
    char text[CLI_DAY_SIZE];

    cli_put_toned(cli, CLI_TONE_HEAD, base_json_member_text(connector, "id"), 0);
    fputs("  ", stdout);
    cli_put_toned(cli, cli_word_tone(state), cli_plugin_state(cli, state), 0);
    putchar('\n');
    cli_view_line(cli, "模块", "module", is_remote ? cli_say(cli, "部门自己的机器", "the department's own machine")
                                                   : base_json_member_text(connector, "module"));
    cli_view_line(cli, "版本", "version", base_json_member_text(connector, "version"));
    origin_print(cli, connector);
    cli_view_line(cli, "档位", "tier", base_json_member_text(connector, "tier"));
    cli_day_format(cli, base_json_member_text(connector, "since"), text);
    cli_view_line(cli, "始于", "since", text);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        number_format(base_json_member(connector, numbers[i].key), text);
        if (strcmp(numbers[i].key, "pid") != 0 || strcmp(text, "0") != 0) /* none */
            cli_view_line(cli, numbers[i].zh, numbers[i].en, text);
    }
    breaker_print(cli, connector);
    rollout_print(cli, connector);
    capabilities_print(cli, base_json_member(connector, "capabilities"));
    cli_view_line(cli, "最近的错误", "last error", base_json_member_text(connector, "last_error"));
}

/* A value of the difference as it was written; "-" where a side has none. */
static void put_side(struct base_buffer *line, const struct base_json *value)
{
    if (value == NULL || base_json_type(value) == BASE_JSON_NULL)
        base_buffer_put_text(line, "-");
    else if (base_json_text(value) != NULL)
        base_buffer_put_text(line, base_json_text(value));
    else
        base_json_put(line, NULL, value);
}

static void change_print(const struct cli *cli, const char *zh, const char *en, const struct base_json *change)
{
    struct base_buffer from = {0}, to = {0};

    if (base_json_type(change) == BASE_JSON_OBJECT) {
        put_side(&from, base_json_member(change, "from"));
        put_side(&to, base_json_member(change, "to"));
        bool is_same = strcmp(base_buffer_text(&from), base_buffer_text(&to)) == 0;
        if (!is_same)
            base_buffer_put_format(&from, " -> %s", base_buffer_text(&to));
        cli_view_line(cli, zh, en, base_buffer_text(&from));
    }
    base_buffer_fini(&from);
    base_buffer_fini(&to);
}

static void capability_changes_print(const struct cli *cli, const struct base_json *texts, bool is_added)
{
    struct base_buffer line = {0};

    for (const struct base_json *item = base_json_first(texts); item != NULL; item = base_json_next(item)) {
        base_buffer_clear(&line);
        base_buffer_put_format(&line, "%s %s", is_added ? "+" : "-", base_json_text(item) != NULL ? base_json_text(item) : "");
        cli_view_line(cli, is_added ? "权限增加" : "权限减少", is_added ? "gains" : "loses", base_buffer_text(&line));
    }
    base_buffer_fini(&line);
}

static void diff_print(const struct cli *cli, const struct base_json *diff)
{
    const struct base_json *capabilities = base_json_member(diff, "capabilities");
    struct base_buffer line = {0};

    change_print(cli, "ABI", "ABI", base_json_member(diff, "abi"));
    change_print(cli, "状态格式", "state schema", base_json_member(diff, "state_schema"));
    capability_changes_print(cli, base_json_member(capabilities, "added"), true);
    capability_changes_print(cli, base_json_member(capabilities, "removed"), false);
    for (const struct base_json *row = base_json_first(base_json_member(diff, "config_schema")); row != NULL; row = base_json_next(row)) {
        base_buffer_clear(&line);
        base_buffer_put_format(&line, "%s: ", base_json_member_text(row, "pointer") != NULL ? base_json_member_text(row, "pointer") : "");
        put_side(&line, base_json_member(row, "from"));
        base_buffer_put_text(&line, " -> ");
        put_side(&line, base_json_member(row, "to"));
        cli_view_line(cli, "设置", "settings", base_buffer_text(&line));
    }
    base_buffer_fini(&line);
}

/* "1. no more offers", what is under way and what would change, and that nothing was done. */
void cli_plugin_plan_print(const struct cli *cli, const struct base_json *plan)
{
    char text[24];
    int number = 1;

    cli_tell(cli, "%s", cli_say(cli, "演练：未作任何改动；步骤：", "dry run: nothing was changed; the steps:"));
    for (const struct base_json *step = base_json_first(base_json_member(plan, "plan")); step != NULL;
         step = base_json_next(step)) {
        printf("%d. ", number++);
        cli_put_wrapped(cli, CLI_TONE_NONE, cli_text_of(cli, step), 3, 3);
        putchar('\n');
    }
    number_format(base_json_member(plan, "in_flight"), text);
    cli_view_line(cli, "在办", "in flight", text);
    number_format(base_json_member(plan, "open"), text);
    cli_view_line(cli, "未结", "open", text);
    diff_print(cli, base_json_member(plan, "diff"));
}

static const char *act_word(const struct cli *cli, const char *verb)
{
    static const struct {
        const char *verb, *zh, *en;
    } rows[] = {
        {"load", "装入", "load"}, {"upgrade", "换版", "upgrade"}, {"baked", "观察期满", "kept: watched to the end"},
        {"reverted", "自动退回", "led back by itself"}, {"rollback", "回退", "roll back"}, {"rolled_back", "已回退", "rolled back"},
        {"rollback_failed", "回退未成", "roll back failed"}, {"drain", "排空", "drain"}, {"enable", "启用", "enable"},
        {"disable", "停用", "disable"}, {"unload", "卸下", "unload"},
    };

    for (size_t i = 0; verb != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].verb, verb) == 0)
            return cli_say(cli, rows[i].zh, rows[i].en);
    return verb;
}

void cli_plugin_history_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"时间", "at"}}, 0},   {{{"谁", "by"}}, 0},     {{{"做了什么", "what"}}, 0},
        {{{"从", "from"}}, 2}, {{{"到", "to"}}, 0}, {{{"原因", "why"}}, 1},
    };
    struct cli_table table;
    char at[CLI_DAY_SIZE];

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        const char *from = base_json_member_text(item, "from"), *to = base_json_member_text(item, "to");

        cli_day_format(cli, base_json_member_text(item, "at"), at);
        cli_table_add(&table, CLI_TONE_NONE, at);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "by"));
        cli_table_add(&table, CLI_TONE_NONE, act_word(cli, base_json_member_text(item, "verb")));
        cli_table_add(&table, CLI_TONE_NONE, from != NULL && to != NULL && strcmp(from, to) == 0 ? NULL : from);
        cli_table_add(&table, CLI_TONE_NONE, to);
        cli_table_add(&table, CLI_TONE_NONE, base_json_member_text(item, "reason"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}
