/* SPDX-License-Identifier: Apache-2.0 */
/* clocks, notices, alerts, certificate, papers: what legal time says, and what is printed. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/pages.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/view.h"

#define TEXT_SIZE 160

typedef void (*print_cb)(const struct cli *cli, const struct base_json *json);

/* GET a part of an application and print it; with --json as it came. */
static int part_show(const struct cli *cli, const char *rest, print_cb print)
{
    struct base_buffer path = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "applications", cli->operands[0], rest);
    int rc = cli_api_get(cli, base_buffer_text(&path), &answer, &json);
    if (rc == CLI_DONE && cli->is_json)
        cli_api_print_raw(&answer);
    else if (rc == CLI_DONE)
        print(cli, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return rc;
}

static enum cli_tone level_tone(const char *level)
{
    if (level != NULL && strcmp(level, "red") == 0)
        return CLI_TONE_BAD;
    return level != NULL && strcmp(level, "yellow") == 0 ? CLI_TONE_WAIT : CLI_TONE_NONE;
}

/* A word of the API that means another thing here than where it is an act or an event. */
static const char *word_of(const struct cli *cli, const char *word)
{
    if (word != NULL && strcmp(word, "supplement") == 0)
        return cli_say(cli, "补正", "supplement");
    if (word != NULL && strcmp(word, "resumed") == 0)
        return cli_say(cli, "恢复计时", "clock resumed");
    if (word != NULL && strcmp(word, "accepted") == 0) /* the application, not a task by its department */
        return cli_say(cli, "受理", "accepted");
    return cli_word(cli, word);
}

static const char *level_word(const struct cli *cli, const char *level)
{
    if (level_tone(level) == CLI_TONE_BAD)
        return cli_say(cli, "红牌", "red");
    return level_tone(level) == CLI_TONE_WAIT ? cli_say(cli, "黄牌", "yellow") : cli_word(cli, level);
}

/* -- Clocks -- */

/* "fire-safety-check promised" or "the whole application, promised". */
static void clock_name_format(const struct cli *cli, const struct base_json *clock, char text[TEXT_SIZE])
{
    const char *of = base_json_member_text(clock, "of"), *kind = base_json_member_text(clock, "kind");
    bool is_alone = of != NULL && kind != NULL && strcmp(of, kind) == 0;

    if (is_alone)
        snprintf(text, TEXT_SIZE, "%s", word_of(cli, of));
    else
        snprintf(text, TEXT_SIZE, "%s%s%s", cli_word(cli, of), cli_say(cli, "：", ": "), cli_word(cli, kind));
}

static void left_format(const struct base_json *clock, char text[TEXT_SIZE])
{
    static const char *const keys[] = {"days_left", "hours_left"};

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (base_json_member(clock, keys[i]) != NULL)
            snprintf(text, TEXT_SIZE, "%.15g", base_json_number(base_json_member(clock, keys[i])));
}

static void clock_row_add(const struct cli *cli, struct cli_table *table, const struct base_json *clock)
{
    const char *level = base_json_member_text(clock, "level"), *state = base_json_member_text(clock, "state");
    char text[TEXT_SIZE], limit[64], date[CLI_DAY_SIZE];

    clock_name_format(cli, clock, text);
    cli_table_add(table, CLI_TONE_NONE, text);
    cli_limit_format(cli, clock, limit);
    cli_table_add(table, CLI_TONE_FAINT, limit);
    snprintf(text, sizeof(text), "%s%s%s", cli_word(cli, state), level_tone(level) != CLI_TONE_NONE ? cli_say(cli, "，", ", ") : "",
             level_tone(level) != CLI_TONE_NONE ? cli_word(cli, level) : "");
    cli_table_add(table, level_tone(level), text);
    cli_day_format(cli, base_json_member_text(clock, "start"), date);
    cli_table_add(table, CLI_TONE_NONE, date);
    cli_day_format(cli, base_json_member_text(clock, "due"), date);
    cli_table_add(table, level_tone(level), date);
    left_format(clock, text);
    cli_table_add(table, CLI_TONE_NONE, text);
    cli_table_add(table, CLI_TONE_FAINT, base_json_member_text(clock, "rule"));
}

static void clocks_print(const struct cli *cli, const struct base_json *json)
{
    static const struct cli_column columns[] = {
        {{{"时限", "clock"}}, 0}, {{{"长度", "length"}}, 2}, {{{"状态", "state"}}, 0}, {{{"起算", "from"}}, 3},
        {{{"到期", "due"}}, 0},   {{{"剩余", "left"}}, 0},   {{{"规则", "rule"}}, 1},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(base_json_member(json, "clocks")); item != NULL; item = base_json_next(item))
        clock_row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

/* -- Day by day -- */

static bool is_same(const struct base_json *a, const struct base_json *b, const char *key)
{
    const char *one = base_json_member_text(a, key), *two = base_json_member_text(b, key);

    return one == two || (one != NULL && two != NULL && strcmp(one, two) == 0);
}

static bool is_use(const struct base_json *day, const char *use)
{
    const char *text = base_json_member_text(day, "use");

    return text != NULL && strcmp(text, use) == 0;
}

static bool is_of_range(const struct base_json *first, const struct base_json *day)
{
    if (!is_same(first, day, "use"))
        return false;
    if (is_use(first, "paused"))
        return is_same(base_json_member(first, "pause"), base_json_member(day, "pause"), "kind") &&
               is_same(base_json_member(first, "pause"), base_json_member(day, "pause"), "matter");
    if (is_use(first, "counted"))
        return is_same(base_json_member(first, "name"), base_json_member(day, "name"), "en");
    return is_same(first, day, "kind") && is_same(base_json_member(first, "name"), base_json_member(day, "name"), "en");
}

/* Why these days: "counted 1-3", "Spring Festival", "paused: inspection, Fire Brigade". */
static void range_format(const struct cli *cli, const struct base_json *first, const struct base_json *last, char text[TEXT_SIZE])
{
    const struct base_json *pause = base_json_member(first, "pause");
    const char *name = cli_member_text_of(cli, first, "name"), *department = cli_member_text_of(cli, pause, "department_name");
    int from = (int)base_json_number(base_json_member(first, "number")), until = (int)base_json_number(base_json_member(last, "number"));

    if (is_use(first, "counted") && from != until)
        snprintf(text, TEXT_SIZE, cli_say(cli, "计入 %d–%d%s%s", "counted %d-%d%s%s"), from, until, name != NULL ? "  " : "", name != NULL ? name : "");
    else if (is_use(first, "counted"))
        snprintf(text, TEXT_SIZE, cli_say(cli, "计入 %d%s%s", "counted %d%s%s"), from, name != NULL ? "  " : "", name != NULL ? name : "");
    else if (is_use(first, "paused"))
        snprintf(text, TEXT_SIZE, "%s%s%s%s", cli_say(cli, "暂停：", "paused: "), cli_word(cli, base_json_member_text(pause, "kind")),
                 department != NULL ? cli_say(cli, "，", ", ") : "", department != NULL ? department : "");
    else if (is_use(first, "day_off"))
        snprintf(text, TEXT_SIZE, "%s", name != NULL ? name : cli_word(cli, base_json_member_text(first, "kind")));
    else
        snprintf(text, TEXT_SIZE, "%s", cli_word(cli, base_json_member_text(first, "use")));
}

static enum cli_tone range_tone(const struct base_json *first)
{
    if (is_use(first, "counted"))
        return CLI_TONE_GOOD;
    return is_use(first, "paused") ? CLI_TONE_WAIT : CLI_TONE_FAINT;
}

static void days_add(const struct cli *cli, struct cli_table *table, const struct base_json *days)
{
    const struct base_json *day = base_json_first(days);
    char date[CLI_DAY_SIZE], text[TEXT_SIZE], span[2 * CLI_DAY_SIZE + 8];

    while (day != NULL) {
        const struct base_json *first = day, *last = day;

        for (day = base_json_next(day); day != NULL && is_of_range(first, day); day = base_json_next(day))
            last = day;
        cli_day_format(cli, base_json_member_text(first, "date"), date);
        snprintf(span, sizeof(span), "  %s", date);
        if (last != first) {
            cli_day_format(cli, base_json_member_text(last, "date"), date);
            snprintf(span + strlen(span), sizeof(span) - strlen(span), " .. %s", date);
        }
        cli_table_add(table, CLI_TONE_NONE, span);
        range_format(cli, first, last, text);
        cli_table_add(table, range_tone(first), text);
    }
}

static void clock_explain(const struct cli *cli, const struct base_json *clock)
{
    const char *explanation = cli_member_text_of(cli, clock, "explanation");
    struct cli_table table;
    char text[TEXT_SIZE];

    clock_name_format(cli, clock, text);
    cli_put_toned(cli, CLI_TONE_HEAD, text, 0);
    putchar('\n');
    if (explanation != NULL) {
        fputs("  ", stdout);
        cli_put_wrapped(cli, CLI_TONE_NONE, explanation, 2, 2);
        putchar('\n');
    }
    if (base_json_is_true(base_json_member(clock, "provisional")))
        printf("  %s\n", cli_say(cli, "部分日期超出已公布的节假日安排，公布后重新核定。", "Part of it lies past the published holidays; it is worked out again once they are."));
    cli_table_init(cli, &table, NULL, 2);
    days_add(cli, &table, base_json_member(clock, "days"));
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    putchar('\n');
}

static void clocks_explain(const struct cli *cli, const struct base_json *json)
{
    for (const struct base_json *item = base_json_first(base_json_member(json, "clocks")); item != NULL; item = base_json_next(item))
        clock_explain(cli, item);
}

int cli_clocks(struct cli *cli)
{
    if (cli_option(cli, "--explain") != NULL)
        return part_show(cli, "/clocks?explain=true", clocks_explain);
    return part_show(cli, "/clocks", clocks_print);
}

/* -- Notices -- */

static void told_line_put(const struct cli *cli, const struct base_json *told)
{
    char date[CLI_DAY_SIZE];

    if (told == NULL)
        return;
    cli_day_format(cli, base_json_member_text(told, "at"), date);
    printf(cli_say(cli, "  窗口当面告知：%s", "  told in person: %s"), date);
    if (base_json_member_text(told, "by") != NULL) {
        fputs("  ", stdout);
        cli_put(stdout, base_json_member_text(told, "by"));
    }
    putchar('\n');
}

static void notices_print(const struct cli *cli, const struct base_json *json)
{
    char date[CLI_DAY_SIZE];

    for (const struct base_json *item = base_json_first(base_json_member(json, "items")); item != NULL; item = base_json_next(item)) {
        const char *department = cli_member_text_of(cli, item, "department_name");

        cli_day_format(cli, base_json_member_text(item, "at"), date);
        cli_put_toned(cli, CLI_TONE_FAINT, date, 0);
        printf("  %.0f  ", base_json_number(base_json_member(item, "seq")));
        cli_put_toned(cli, CLI_TONE_HEAD, word_of(cli, base_json_member_text(item, "notice")), 0);
        if (department != NULL) {
            fputs("  ", stdout);
            cli_put(stdout, department);
        }
        fputs("\n  ", stdout);
        cli_put_wrapped(cli, CLI_TONE_NONE, cli_member_text_of(cli, item, "text"), 2, 2);
        putchar('\n');
        cli_view_requests(cli, item);
        cli_view_missing(cli, base_json_member(item, "told"), NULL);
        told_line_put(cli, base_json_member(item, "told_in_person"));
    }
}

int cli_notices(struct cli *cli)
{
    struct base_buffer path = {0};

    cli_api_path(&path, "applications", cli->operands[0], "/notices");
    int rc = cli_pages_print(cli, base_buffer_text(&path), notices_print);
    base_buffer_fini(&path);
    return rc;
}

/* -- Alerts -- */

static void alert_row_add(const struct cli *cli, struct cli_table *table, const struct base_json *alert)
{
    const char *level = base_json_member_text(alert, "level"), *task = base_json_member_text(alert, "task"),
               *about = cli_member_text_of(cli, alert, "matter_name"), *department = cli_member_text_of(cli, alert, "department_name");
    char date[CLI_DAY_SIZE];

    cli_day_format(cli, base_json_member_text(alert, "at"), date);
    cli_table_add(table, CLI_TONE_FAINT, date);
    cli_table_add(table, level_tone(level), level_word(cli, level));
    cli_table_add(table, level_tone(level), cli_member_text_of(cli, alert, "text"));
    cli_table_add(table, CLI_TONE_NONE, task != NULL ? task : base_json_member_text(alert, "number"));
    cli_table_add(table, CLI_TONE_FAINT, about != NULL ? about : cli_member_text_of(cli, alert, "service_name"));
    cli_table_add(table, CLI_TONE_NONE, department != NULL ? department : base_json_member_text(alert, "department"));
    cli_day_format(cli, base_json_member_text(alert, "due"), date);
    cli_table_add(table, CLI_TONE_NONE, date);
}

static void alerts_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column columns[] = {
        {{{"时间", "at"}}, 0},   {{{"级别", "level"}}, 0},      {{{"预警", "alert"}}, 0}, {{{"编号", "number"}}, 0},
        {{{"事由", "about"}}, 1}, {{{"部门", "department"}}, 2}, {{{"到期", "due"}}, 3},
    };
    struct cli_table table;

    cli_table_init(cli, &table, columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item))
        alert_row_add(cli, &table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

int cli_alerts(struct cli *cli)
{
    struct base_buffer path = {0};
    int64_t limit;

    if (!cli_is_one_of(cli, cli_option(cli, "--kind"), cli_alert_kinds) || cli_option_integer(cli, "--limit", 1, 200, 50, &limit) != OD_OK)
        return CLI_USAGE;
    base_buffer_put_text(&path, "/v1/alerts");
    cli_api_query(&path, "kind", cli_option(cli, "--kind"));
    cli_api_query(&path, "department", cli_option(cli, "--department"));
    cli_api_query(&path, "number", cli_option(cli, "--number"));
    cli_api_query(&path, "limit", cli_option(cli, "--limit"));
    int rc = cli_api_list(cli, base_buffer_text(&path), alerts_print);
    base_buffer_fini(&path);
    return rc;
}

/* -- The certificate -- */

static void certificate_print(const struct cli *cli, const struct base_json *json)
{
    char date[CLI_DAY_SIZE], lead[TEXT_SIZE];

    cli_put_toned(cli, CLI_TONE_HEAD, cli_say(cli, "推定决定证明书", "Certificate of a deemed decision"), 0);
    fputs("\n", stdout);
    cli_view_line(cli, "中心", "center", cli_member_text_of(cli, json, "center_name"));
    cli_view_line(cli, "编号", "number", base_json_member_text(json, "number"));
    cli_view_line(cli, "服务", "service", cli_member_text_of(cli, json, "service_name"));
    cli_view_line(cli, "联合决定", "decision", cli_word(cli, base_json_member_text(json, "outcome")));
    cli_day_format(cli, base_json_member_text(json, "decided_at"), date);
    cli_view_line(cli, "决定时间", "decided", date);
    cli_view_line(cli, "证明", "text", cli_member_text_of(cli, json, "text"));
    for (const struct base_json *item = base_json_first(base_json_member(json, "deemed")); item != NULL; item = base_json_next(item)) {
        const char *matter = cli_member_text_of(cli, item, "matter_name");

        cli_day_format(cli, base_json_member_text(item, "limit_ended"), date);
        snprintf(lead, sizeof(lead), "%.80s  %s  %s", matter != NULL ? matter : "", date, cli_word(cli, base_json_member_text(item, "effect")));
        cli_view_line(cli, "推定", "deemed", lead);
    }
    cli_day_format(cli, base_json_member_text(json, "certified_at"), date);
    cli_view_line(cli, "出具", "certified", date);
}

int cli_certificate(struct cli *cli)
{
    return part_show(cli, "/certificate", certificate_print);
}

/* -- Papers -- */

static void papers_print(const struct cli *cli, const struct base_json *json)
{
    const char *number = base_json_member_text(json, "number");
    bool is_web = strncmp(cli->url, "http", 4) == 0; /* a unix socket has no address for a browser */

    for (const struct base_json *item = base_json_first(base_json_member(json, "papers")); item != NULL; item = base_json_next(item)) {
        const char *words[] = {is_web ? cli->url : "", "/paper/", number, "/", base_json_text(item)};

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            cli_put(stdout, words[i]);
        putchar('\n');
    }
}

int cli_papers(struct cli *cli)
{
    return part_show(cli, "/paper", papers_print);
}
