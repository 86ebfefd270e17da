/* SPDX-License-Identifier: Apache-2.0 */
/* assessments: what windows, officers and departments did in a month or a year. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/api.h"
#include "cli/pages.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define TEXT_SIZE 48

const struct cli_option cli_assessments_options[] = {
    {"--month", "MONTH", false,
     {{"月份，如 2026-11（默认本月）", "the month, such as 2026-11 (default: the present one)"}}},
    {"--year", "YEAR", false,
     {{"全年，如 2026", "the whole year, such as 2026"}}},
    {"--by", "WHAT", false,
     {{"只看 department、window 或 officer", "department, window or officer alone"}}},
    {"--csv", NULL, false,
     {{"输出 CSV（中心和全部各项）", "print CSV: the center and every unit"}}},
    {.name = NULL},
};

const struct cli_example cli_assessments_examples[] = {
    {"onedoor assessments --month 2026-11",
     {{"十一月的考核", "the assessment of November"}}},
    {"onedoor assessments --year 2026 --by department",
     {{"全年各部门", "each department over the year"}}},
    {"onedoor assessments --month 2026-11 --csv > november.csv",
     {{"", ""}}},
    {.line = NULL},
};

static const struct cli_column columns[] = {
    {{{"对象", "unit"}}, 0}, {{{"名称", "name"}}, 0}, {{{"名次", "rank"}}, 0}, {{{"受理", "accepted"}}, 0}, {{{"办结", "decided"}}, 0},
    {{{"即办", "on the spot"}}, 0}, {{{"按时", "on time"}}, 0}, {{{"提前", "ahead"}}, 0},
    {{{"时限使用", "promise used"}}, 0}, {{{"评价", "ratings"}}, 0}, {{{"投诉成立", "upheld"}}, 0}, {{{"红牌", "red"}}, 0},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const char *word_of(const struct cli *cli, const char *unit)
{
    static const struct {
        const char *key, *zh, *en;
    } words[] = {{"department", "部门", "department"}, {"window", "窗口", "window"}, {"officer", "工作人员", "officer"}};

    for (size_t i = 0; unit != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].key, unit) == 0)
            return cli_say(cli, words[i].zh, words[i].en);
    return cli_say(cli, "中心", "center");
}

static void number_add(struct cli_table *table, const struct base_json *number)
{
    char text[TEXT_SIZE];

    snprintf(text, sizeof(text), "%.0f", base_json_number(number));
    cli_table_add(table, CLI_TONE_NONE, base_json_type(number) == BASE_JSON_NUMBER ? text : "-");
}

static void rate_add(struct cli_table *table, const struct base_json *rate)
{
    const char *percent = base_json_member_text(rate, "percent"), *level = base_json_member_text(rate, "level");
    enum cli_tone tone = level == NULL ? CLI_TONE_NONE
                         : strcmp(level, "good") == 0 ? CLI_TONE_GOOD : strcmp(level, "watch") == 0 ? CLI_TONE_WAIT : CLI_TONE_BAD;
    char text[TEXT_SIZE];

    snprintf(text, sizeof(text), "%.20s %%", percent != NULL ? percent : "");
    cli_table_add(table, tone, percent != NULL ? text : "-");
}

/* "43.2/120 %", the mean and the worst; "4.5/4.8", attitude and ability. */
static void pair_add(struct cli_table *table, const struct base_json *object, const char *first, const char *second, const char *unit)
{
    const char *left = base_json_member_text(object, first), *right = base_json_member_text(object, second);
    char text[TEXT_SIZE], number[TEXT_SIZE];

    snprintf(number, sizeof(number), "%.0f", base_json_number(base_json_member(object, second)));
    snprintf(text, sizeof(text), "%.16s/%.16s%s", left != NULL ? left : "", right != NULL ? right : number, unit);
    cli_table_add(table, CLI_TONE_NONE, left != NULL ? text : "-");
}

static void row_add(const struct cli *cli, struct cli_table *table, const struct base_json *item, const char *name)
{
    const struct base_json *aftercare = base_json_member(item, "aftercare");

    cli_table_add(table, CLI_TONE_NONE, word_of(cli, base_json_member_text(item, "unit")));
    cli_table_add(table, CLI_TONE_NONE, name);
    number_add(table, base_json_member(item, "rank"));
    number_add(table, base_json_member(item, "accepted"));
    number_add(table, base_json_member(item, "decided"));
    rate_add(table, base_json_member(item, "on_the_spot"));
    rate_add(table, base_json_member(item, "on_time"));
    rate_add(table, base_json_member(item, "ahead"));
    pair_add(table, base_json_member(item, "promise_used"), "mean_percent", "worst_percent", " %");
    pair_add(table, aftercare, "attitude_mean", "ability_mean", "");
    number_add(table, base_json_member(base_json_member(aftercare, "complaints_upheld"), "count"));
    number_add(table, base_json_member(item, "red"));
}

static const char *state_word(const struct cli *cli, const char *state)
{
    if (state != NULL && strcmp(state, "closed") == 0)
        return cli_say(cli, "已结账", "closed");
    return state != NULL && strcmp(state, "amended") == 0 ? cli_say(cli, "已更正", "amended") : cli_say(cli, "进行中", "running");
}

static void head_print(const struct cli *cli, const struct base_json *sheet)
{
    const char *period = base_json_member_text(sheet, "period"), *at = base_json_member_text(sheet, "generated_at"),
               *catalog = base_json_member_text(sheet, "catalog_version");

    cli_put_toned(cli, CLI_TONE_HEAD, period != NULL ? period : "", 0);
    printf("  %s\n", state_word(cli, base_json_member_text(sheet, "state")));
    printf(cli_say(cli, "生成于 %s，截至日志记录 %.0f，目录版本 %s\n\n", "generated at %s, up to journal record %.0f, catalogue %s\n\n"),
           at != NULL ? at : "-", base_json_number(base_json_member(sheet, "journal_seq")), catalog != NULL ? catalog : "-");
}

static void sheet_print(const struct cli *cli, const struct base_json *sheet)
{
    const char *center = cli_member_text_of(cli, sheet, "center");
    struct cli_table table;

    head_print(cli, sheet);
    cli_table_init(cli, &table, columns, COLUMNS);
    table.numbers = ((1u << COLUMNS) - 1) & ~3u;
    row_add(cli, &table, base_json_member(sheet, "total"), center != NULL ? center : "");
    for (const struct base_json *item = base_json_first(base_json_member(sheet, "items")); item != NULL; item = base_json_next(item)) {
        const char *name = cli_member_text_of(cli, item, "name");
        row_add(cli, &table, item, name != NULL ? name : base_json_member_text(item, "id"));
    }
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static int csv_print(const struct cli *cli, const char *path)
{
    struct cli_http_answer answer = {0};
    int rc = cli_api_get(cli, path, &answer, NULL);

    if (rc == CLI_DONE)
        fwrite(answer.body.bytes, 1, answer.body.size, stdout);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_assessments(struct cli *cli)
{
    bool is_csv = cli_option(cli, "--csv") != NULL;
    struct base_buffer path = {0};

    base_buffer_put_text(&path, "/v1/assessments");
    cli_api_query(&path, "month", cli_option(cli, "--month"));
    cli_api_query(&path, "year", cli_option(cli, "--year"));
    cli_api_query(&path, "by", cli_option(cli, "--by"));
    cli_api_query(&path, "format", is_csv ? "csv" : NULL);
    int rc = is_csv ? csv_print(cli, base_buffer_text(&path)) : cli_pages_print(cli, base_buffer_text(&path), sheet_print);
    base_buffer_fini(&path);
    return rc;
}
