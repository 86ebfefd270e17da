/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stats.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/table.h"

#define NUMBER_SIZE 40
#define LABEL_COLUMNS 22
#define COUNT_COLUMNS 10

/* 1234567 as "1,234,567". */
static const char *grouped(int64_t number, char text[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    int size = snprintf(digits, sizeof(digits), "%lld", (long long)(number < 0 ? -number : number)), at = 0;

    if (number < 0)
        text[at++] = '-';
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static int64_t number_of(const struct base_json *object, const char *key)
{
    int64_t number = 0;

    return base_json_i64(base_json_member(object, key), INT64_MIN / 2048, INT64_MAX / 2048, &number) == OD_OK ? number : 0;
}

/* "98.4 %", or "-" of nothing. */
static const char *percent_of(const struct base_json *rate, char text[NUMBER_SIZE])
{
    const char *percent = base_json_member_text(rate, "percent");

    snprintf(text, NUMBER_SIZE, percent != NULL ? "%.20s %%" : "-", percent);
    return text;
}

static enum cli_tone tone_of(const struct base_json *rate)
{
    const char *level = base_json_member_text(rate, "level");

    if (level == NULL)
        return CLI_TONE_NONE;
    return strcmp(level, "good") == 0 ? CLI_TONE_GOOD : strcmp(level, "watch") == 0 ? CLI_TONE_WAIT : CLI_TONE_BAD;
}

/* -- The head -- */

static void put_right(const char *text, size_t columns)
{
    size_t used = cli_columns(text);

    printf("%*s%s", used < columns ? (int)(columns - used) : 0, "", text);
}

/* "  on time               98.7 %  1,180 of 1,196". */
static void rate_print(const struct cli *cli, const char *zh, const char *en, const struct base_json *rate)
{
    char percent[NUMBER_SIZE], count[NUMBER_SIZE], of[NUMBER_SIZE];
    enum cli_tone tone = tone_of(rate);

    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_NONE, cli->language == CLI_EN ? en : zh, LABEL_COLUMNS);
    percent_of(rate, percent);
    printf("%*s", (int)(COUNT_COLUMNS - strlen(percent)), "");
    cli_put_toned(cli, tone != CLI_TONE_NONE ? tone : CLI_TONE_HEAD, percent, 0);
    fputs("  ", stdout);
    grouped(number_of(rate, "count"), count);
    grouped(number_of(rate, "of"), of);
    snprintf(percent, sizeof(percent), "%.16s %s %.16s", count, cli_say(cli, "/", "of"), of);
    cli_put_toned(cli, CLI_TONE_FAINT, percent, 0);
    putchar('\n');
}

/* Figures in one line of words, what is not nothing: "12 yellow, 3 red". */
struct word_row {
    const char *key, *zh, *en;
};

static void words_print(const struct cli *cli, const char *zh, const char *en, const struct base_json *object,
                        const struct word_row *rows, size_t count, bool is_text)
{
    struct base_buffer line = {0};
    char text[NUMBER_SIZE];
    const char *lead = "";

    for (size_t i = 0; i < count; i++) {
        const struct base_json *value = base_json_member(object, rows[i].key);
        const char *shown = is_text ? base_json_text(value) : grouped(number_of(object, rows[i].key), text);

        if (shown == NULL || base_json_type(value) == BASE_JSON_NONE || (!is_text && strcmp(shown, "0") == 0))
            continue;
        base_buffer_put_format(&line, cli_say(cli, "%s%s %s", "%s%s %s"), lead, cli->language == CLI_EN ? shown : rows[i].zh,
                               cli->language == CLI_EN ? rows[i].en : shown);
        lead = cli_say(cli, "，", ", ");
    }
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, cli->language == CLI_EN ? en : zh, LABEL_COLUMNS);
    cli_put_wrapped(cli, CLI_TONE_NONE, line.size > 0 ? base_buffer_text(&line) : "-", LABEL_COLUMNS + 2, LABEL_COLUMNS + 2);
    putchar('\n');
    base_buffer_fini(&line);
}

static void causes_print(const struct cli *cli, const struct base_json *total)
{
    static const struct word_row days[] = {{"legal_days", "计时", "legal"},
                                           {"elapsed_days", "历时", "elapsed"},
                                           {"paused_days", "中止", "paused"},
                                           {"waiting_days", "等申请人", "waiting for the applicant"}};
    static const struct word_row flow[] = {{"received", "收件", "received"},
                                           {"decided", "办结", "decided"},
                                           {"not_accepted", "不予受理", "not accepted"},
                                           {"incomplete", "待补正", "incomplete"},
                                           {"withdrawn", "撤回", "withdrawn"},
                                           {"lapsed", "失效", "lapsed"}};
    static const struct word_row watch[] = {{"late", "超期", "late"},
                                            {"late_stage", "环节超期", "with a late stage"},
                                            {"deemed", "视为决定", "deemed"},
                                            {"second_notices", "二次告知", "second notices"},
                                            {"extensions", "延期", "extensions"},
                                            {"late_extensions", "逾期申请延期", "late extensions"},
                                            {"yellow", "黄牌", "yellow"},
                                            {"red", "红牌", "red"}};

    words_print(cli, "业务量", "flow", total, flow, sizeof(flow) / sizeof(flow[0]), false);
    words_print(cli, "平均天数", "average days", base_json_member(total, "average"), days, sizeof(days) / sizeof(days[0]), true);
    words_print(cli, "监督", "supervision", total, watch, sizeof(watch) / sizeof(watch[0]), false);
}

static bool is_of_tasks(const struct base_json *statistics, const char *part)
{
    const char *counts = base_json_member_text(base_json_member(statistics, "counts"), part);

    return counts != NULL && strcmp(counts, "tasks") == 0;
}

static void head_print(const struct cli *cli, const struct base_json *statistics)
{
    const struct base_json *total = base_json_member(statistics, "total");
    char text[NUMBER_SIZE];

    snprintf(text, sizeof(text), "%.7s %s %.7s", base_json_member_text(statistics, "from"), cli_say(cli, "至", "to"),
             base_json_member_text(statistics, "to"));
    cli_put_toned(cli, CLI_TONE_HEAD, text, 0);
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, is_of_tasks(statistics, "total") ? cli_say(cli, "部门任务", "tasks of a department")
                                                                       : cli_say(cli, "申请", "applications"), 0);
    putchar('\n');
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_NONE, cli_say(cli, "受理", "accepted"), LABEL_COLUMNS);
    put_right(grouped(number_of(total, "accepted"), text), COUNT_COLUMNS);
    putchar('\n');
    rate_print(cli, "即办", "handled on the spot", base_json_member(total, "on_the_spot"));
    rate_print(cli, "按时办结", "on time", base_json_member(total, "on_time"));
    rate_print(cli, "提前办结", "ahead of time", base_json_member(total, "ahead"));
    causes_print(cli, total);
}

/* -- The items -- */

static const struct cli_column columns[] = {
    {{{"", ""}}, 0}, {{{"", ""}}, 0},
    {{{"受理", "accepted"}}, 0}, {{{"办结", "decided"}}, 0}, {{{"即办", "on the spot"}}, 0}, {{{"按时", "on time"}}, 0},
    {{{"提前", "ahead"}}, 0}, {{{"计时天数", "legal days"}}, 0}, {{{"历时天数", "elapsed days"}}, 0}, {{{"超期", "late"}}, 0},
    {{{"二次告知", "second notices"}}, 0}, {{{"红牌", "red"}}, 0},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define NAMES 2 /* columns of names, to the left */
#define FIGURE_COLUMNS 8 /* that a figure takes at least, with its gap */

/* The figures, from the one that a narrow terminal misses first. */
static const uint8_t spare[] = {10, 8, 4, 7, 11, 3, 6};

/* The name, or the id where there is none. */
static void name_add(const struct cli *cli, struct cli_table *table, const struct base_json *item, const char *dimension, bool is_first)
{
    char key[48];

    snprintf(key, sizeof(key), "%.32s_name", dimension != NULL ? dimension : "");
    const char *name = dimension != NULL ? cli_member_text_of(cli, item, is_first ? "name" : key) : NULL;
    cli_table_add(table, CLI_TONE_NONE, name != NULL || dimension == NULL ? name : base_json_member_text(item, dimension));
}

static void number_add(struct cli_table *table, const struct base_json *item, const char *key)
{
    char text[NUMBER_SIZE];

    cli_table_add(table, CLI_TONE_NONE, base_json_member(item, key) != NULL ? grouped(number_of(item, key), text) : "");
}

static void rate_add(struct cli_table *table, const struct base_json *item, const char *key)
{
    const struct base_json *rate = base_json_member(item, key);
    char text[NUMBER_SIZE];

    cli_table_add(table, tone_of(rate), percent_of(rate, text));
}

static void average_add(struct cli_table *table, const struct base_json *item, const char *key)
{
    const char *text = base_json_member_text(base_json_member(item, "average"), key);

    cli_table_add(table, CLI_TONE_NONE, text != NULL ? text : "-");
}

static void item_add(const struct cli *cli, struct cli_table *table, const struct base_json *item, const char *const by[NAMES],
                     uint32_t shown)
{
    static const struct {
        void (*add)(struct cli_table *table, const struct base_json *item, const char *key);
        const char *key;
    } figures[COLUMNS - NAMES] = {
        {number_add, "accepted"}, {number_add, "decided"}, {rate_add, "on_the_spot"}, {rate_add, "on_time"}, {rate_add, "ahead"},
        {average_add, "legal_days"}, {average_add, "elapsed_days"}, {number_add, "late"}, {number_add, "second_notices"},
        {number_add, "red"},
    };

    name_add(cli, table, item, by[0], true);
    name_add(cli, table, item, by[1], false);
    for (size_t i = 0; i < COLUMNS - NAMES; i++)
        if ((shown >> (i + NAMES) & 1) != 0)
            figures[i].add(table, item, figures[i].key);
        else
            cli_table_add(table, CLI_TONE_NONE, NULL);
}

static size_t names_width(const struct cli *cli, const struct base_json *items, const char *const by[NAMES])
{
    size_t all = 0;

    for (size_t i = 0; i < NAMES && by[i] != NULL; i++) {
        size_t widest = 0;
        char key[48];

        snprintf(key, sizeof(key), "%.32s_name", by[i]);
        for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
            const char *name = cli_member_text_of(cli, item, i == 0 ? "name" : key);
            size_t width = name != NULL ? cli_columns(name) : 0;
            widest = width > widest ? width : widest;
        }
        all += widest + 2;
    }
    return all;
}

/* Bits of the figures that find room beside the names. */
static uint32_t shown_choose(const struct cli *cli, const struct base_json *items, const char *const by[NAMES])
{
    uint32_t shown = (1u << COLUMNS) - 1;
    size_t width = names_width(cli, items, by);

    for (size_t i = NAMES; i < COLUMNS; i++) {
        size_t head = cli_columns(columns[i].head.in[cli->language]) + 2;
        width += head > FIGURE_COLUMNS ? head : FIGURE_COLUMNS;
    }
    for (size_t i = 0; i < sizeof(spare) && cli->columns > 0 && width > cli->columns; i++) {
        size_t head = cli_columns(columns[spare[i]].head.in[cli->language]) + 2;
        width -= head > FIGURE_COLUMNS ? head : FIGURE_COLUMNS;
        shown &= ~(1u << spare[i]);
    }
    return shown;
}

static const char *dimension_word(const struct cli *cli, const char *dimension)
{
    static const struct word_row words[] = {{"service", "服务", "service"}, {"department", "部门", "department"},
                                            {"window", "窗口", "window"}, {"month", "月份", "month"}};

    for (size_t i = 0; dimension != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].key, dimension) == 0)
            return cli->language == CLI_EN ? words[i].en : words[i].zh;
    return "";
}

/* "department,service" into its words; room keeps them. */
static void by_split(const char *text, char room[64], const char *by[NAMES])
{
    snprintf(room, 64, "%s", text);
    char *comma = strchr(room, ',');
    by[0] = room;
    by[1] = comma != NULL ? comma + 1 : NULL;
    if (comma != NULL)
        *comma = '\0';
}

static void items_print(const struct cli *cli, const struct base_json *statistics, const char *by_text)
{
    struct cli_column heads[COLUMNS];
    struct cli_table table;
    const char *by[NAMES];
    char room[64];

    by_split(by_text, room, by);
    memcpy(heads, columns, sizeof(heads));
    for (size_t i = 0; i < NAMES; i++)
        heads[i].head.in[cli->language] = dimension_word(cli, by[i]);
    cli_table_init(cli, &table, heads, COLUMNS);
    table.numbers = ((1u << COLUMNS) - 1) & ~((1u << NAMES) - 1);
    uint32_t shown = shown_choose(cli, base_json_member(statistics, "items"), by);
    for (const struct base_json *item = base_json_first(base_json_member(statistics, "items")); item != NULL;
         item = base_json_next(item))
        item_add(cli, &table, item, by, shown);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

void cli_stats_print(const struct cli *cli, const struct base_json *statistics)
{
    const char *by = base_json_member_text(statistics, "by");

    head_print(cli, statistics);
    if (by == NULL)
        return;
    putchar('\n');
    if (base_json_first(base_json_member(statistics, "items")) == NULL) {
        cli_tell(cli, "%s", cli_say(cli, "此范围内没有数据", "there is nothing in these months"));
        return;
    }
    if (is_of_tasks(statistics, "items") && !is_of_tasks(statistics, "total")) {
        cli_put_toned(cli, CLI_TONE_FAINT, cli_say(cli, "以下为部门任务", "tasks of departments"), 0);
        putchar('\n');
    }
    items_print(cli, statistics, by);
}

/* -- A recount -- */

/* Of a sum of years the year stands for the month, and "*" for all services at once. */
static void difference_add(struct cli_table *table, const struct base_json *item)
{
    static const char *const names[] = {"department", "window", "officer", "measure"};
    const char *year = base_json_member_text(item, "year"), *service = base_json_member_text(item, "service");

    cli_table_add(table, CLI_TONE_NONE, year != NULL ? year : base_json_member_text(item, "month"));
    cli_table_add(table, CLI_TONE_NONE, service != NULL ? service : "*");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cli_table_add(table, CLI_TONE_NONE, base_json_member_text(item, names[i]));
    number_add(table, item, "kept");
    number_add(table, item, "journal");
}

static void differences_print(const struct cli *cli, const struct base_json *items)
{
    static const struct cli_column heads[] = {
        {{{"年月", "period"}}, 0}, {{{"服务", "service"}}, 0}, {{{"部门", "department"}}, 0}, {{{"窗口", "window"}}, 0}, {{{"工作人员", "officer"}}, 0},
        {{{"指标", "measure"}}, 0}, {{{"统计", "kept"}}, 0}, {{{"日志", "journal"}}, 0},
    };
    struct cli_table table;

    cli_table_init(cli, &table, heads, sizeof(heads) / sizeof(heads[0]));
    table.numbers = 3u << 6;
    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item))
        difference_add(&table, item);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void repair_print(const struct cli *cli, const struct base_json *repair)
{
    const char *state = base_json_member_text(repair, "state"), *error = base_json_member_text(repair, "error");
    char count[NUMBER_SIZE];

    if (state == NULL)
        return;
    printf(cli_say(cli, "已改正 %s 行\n", "%s rows put right\n"), grouped(number_of(repair, "corrected"), count));
    if (strcmp(state, "refused") == 0)
        cli_tell(cli, "%s", cli_say(cli, "有日志无法重放：统计保持原样", "some of the journal cannot be followed: nothing is changed"));
    else if (error != NULL)
        cli_tell(cli, cli_say(cli, "修复没有完成：%s", "the repair did not come to its end: %s"), error);
}

void cli_stats_recount_print(const struct cli *cli, const struct base_json *verify)
{
    const char *state = base_json_member_text(verify, "state");
    char count[NUMBER_SIZE], sums[NUMBER_SIZE];

    repair_print(cli, base_json_member(verify, "repair"));
    if (state == NULL || strcmp(state, "done") != 0) {
        cli_tell(cli, cli_say(cli, "核对没有完成：%s", "the recount did not come to its end: %s"),
                 base_json_member_text(verify, "error") != NULL ? base_json_member_text(verify, "error") : state != NULL ? state : "-");
        return;
    }
    grouped(number_of(verify, "applications"), count);
    grouped(number_of(verify, "sums"), sums);
    printf(cli_say(cli, "已按日志重新统计 %s 件申请、%s 个合计，截至记录 %lld：", "%s applications recounted, %s sums, up to record %lld: "),
           count, sums, (long long)number_of(verify, "journal_seq"));
    if (base_json_is_true(base_json_member(verify, "is_equal"))) {
        cli_put_toned(cli, CLI_TONE_GOOD, cli_say(cli, "一致", "equal"), 0);
        putchar('\n');
        return;
    }
    snprintf(count, sizeof(count), cli_say(cli, "%lld 处不同", "%lld differ"), (long long)number_of(verify, "difference_count"));
    cli_put_toned(cli, CLI_TONE_BAD, count, 0);
    putchar('\n');
    if (number_of(verify, "unreadable") > 0)
        printf(cli_say(cli, "%lld 件申请的日志无法重放\n", "%lld applications whose journal cannot be followed\n"),
               (long long)number_of(verify, "unreadable"));
    if (base_json_first(base_json_member(verify, "differences")) != NULL)
        differences_print(cli, base_json_member(verify, "differences"));
}
