/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: the figures of both sides, and what findings say. */
#include <stdlib.h>

#include "base/buffer.h"
#include "cli/simulate.h"
#include "cli/table.h"

#define DAY_MS 86400000.0

static const struct {
    const char *name;
    struct cli_text text;
} findings[SIMULATE_FINDINGS] = {
    [SIMULATE_FINDING_NONE] = {"none", {{"", ""}}},
    [SIMULATE_FINDING_UNREADABLE] = {"unreadable", {{"记录无法读取", "its record cannot be read"}}},
    [SIMULATE_FINDING_NO_CATALOG] = {"no_catalog", {{"库中没有它的目录版本", "the store does not have its version of the catalogue"}}},
    [SIMULATE_FINDING_REFUSED] = {"refused", {{"记录的事件与其规则不符", "its own rules refuse a recorded event"}}},
    [SIMULATE_FINDING_NOT_THE_ROW] = {"not_the_row", {{"日志重演的结果与存储的状态不同", "the journal, folded, is not the state that is stored"}}},
    [SIMULATE_FINDING_NOT_REPRODUCED] = {"not_reproduced", {{"按原样重演，结果与记录不同", "replayed as it was, something comes out otherwise than recorded"}}},
    [SIMULATE_FINDING_TOO_MANY_ACTS] = {"too_many_acts", {{"步骤过多（一案最多 63 步，一件申请最多 16384 个动作）", "too many steps (at most 63 of a case, 16384 acts of an application)"}}},
    [SIMULATE_FINDING_NO_SERVICE] = {"no_service", {{"新目录没有这项服务", "the other catalogue does not have the service"}}},
    [SIMULATE_FINDING_DATE] = {"date", {{"须为 ISO 8601 日期或时间，如 2026-11-29T14:03:07+08:00", "a date or time in ISO 8601 is due, such as 2026-11-29T14:03:07+08:00, not"}}},
    [SIMULATE_FINDING_CASE_UNKNOWN] = {"case_unknown", {{"案件清单中没有此案，请补上其一行", "the list of cases does not have this one; add its row", }}},
    [SIMULATE_FINDING_CASE_TWICE] = {"case_twice", {{"此案在清单中出现两次，请只留一行", "the list of cases has this one twice; leave one row of it"}}},
    [SIMULATE_FINDING_NAME] = {"name", {{"名称须为 1 至 255 字节", "a name of 1 to 255 bytes is due"}}},
    [SIMULATE_FINDING_PROMISE] = {"promise", {{"期限须在起始日之后 1 至 3650 天", "the deadline is to lie 1 to 3650 days after the start, not at"}}},
    [SIMULATE_FINDING_NOT_PLAYABLE] = {"not_playable", {{"改后的规则无法适用", "the changed rules do not take it"}}},
    [SIMULATE_FINDING_ENDS_BEFORE_START] = {"ends_before_start", {{"结束早于起始：按收到时即作出决定计", "ends before it starts: taken as decided at its receipt"}}},
    [SIMULATE_FINDING_STEP_BEFORE_START] = {"step_before_start", {{"有步骤早于起始：按收到时完成计", "has steps before its start: taken as done at its receipt"}}},
    [SIMULATE_FINDING_STEP_AFTER_END] = {"step_after_end", {{"有步骤晚于结束：决定未等待它们", "has steps after its end: the decision did not wait for them"}}},
    [SIMULATE_FINDING_NO_DURATION] = {"no_duration", {{"有事项没有办理时间的记录：无人给出其意见", "has a matter that the record tells no time of: nobody gives its opinion"}}},
};

const char *cli_simulate_finding_text(const struct cli *cli, enum simulate_finding_kind kind)
{
    return findings[kind].text.in[cli->language];
}

const char *cli_simulate_finding_name(enum simulate_finding_kind kind)
{
    return findings[kind].name;
}

/* -- The table -- */

static void count_add(struct cli_table *table, uint64_t count)
{
    char text[32];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
    cli_table_add(table, CLI_TONE_NONE, text);
}

static void row_add(const struct cli *cli, struct cli_table *table, const char *zh, const char *en, uint64_t before, uint64_t after)
{
    cli_table_add(table, CLI_TONE_NONE, cli_say(cli, zh, en));
    count_add(table, before);
    count_add(table, after);
}

static double days_of(const struct simulate_summary *summary, const struct simulate_side *side)
{
    return summary->both_decided > 0 ? (double)side->days_ms / DAY_MS / (double)summary->both_decided : 0;
}

static void days_add(const struct cli *cli, struct cli_table *table, const struct simulate_summary *summary)
{
    char before[32], after[32];

    snprintf(before, sizeof(before), "%.2f", days_of(summary, &summary->before));
    snprintf(after, sizeof(after), "%.2f", days_of(summary, &summary->after));
    cli_table_add(table, CLI_TONE_NONE, cli_say(cli, "平均天数（收到至决定）", "average days to the decision"));
    cli_table_add(table, CLI_TONE_NONE, before);
    cli_table_add(table, CLI_TONE_NONE, after);
}

static void sides_print(const struct cli *cli, const struct simulate_summary *summary)
{
    static const struct cli_column columns[] = {{{{"", ""}}, 0}, {{{"原来", "before"}}, 0}, {{{"改后", "after"}}, 0}};
    const struct simulate_side *a = &summary->before, *b = &summary->after;
    struct cli_table table;

    cli_table_init(cli, &table, columns, 3);
    row_add(cli, &table, "已决定", "decided", a->decided, b->decided);
    row_add(cli, &table, "其中视同决定", "of these deemed", a->deemed, b->deemed);
    row_add(cli, &table, "承诺兑现", "promise kept", a->kept, b->kept);
    row_add(cli, &table, "承诺超期", "promise late", a->late, b->late);
    row_add(cli, &table, "未决定", "open", a->open, b->open);
    row_add(cli, &table, "其中已超期", "of these past the promise", a->open_late, b->open_late);
    row_add(cli, &table, "以其他方式结束", "ended otherwise", a->ended, b->ended);
    days_add(cli, &table, summary);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void line_print(const struct cli *cli, const char *zh, const char *en, uint64_t count)
{
    printf("%s: %llu\n", cli_say(cli, zh, en), (unsigned long long)count);
}

void cli_simulate_figures_print(const struct cli *cli, const struct simulate_summary *summary)
{
    if (summary->changes > 0 && cli_option(cli, "--summary") == NULL)
        putchar('\n');
    line_print(cli, "申请", "applications", summary->applications);
    if (summary->left_out > 0)
        line_print(cli, "未计入", "left out", summary->left_out);
    sides_print(cli, summary);
    line_print(cli, "日期提前", "dates moved earlier", summary->dates_earlier);
    line_print(cli, "日期推后", "dates moved later", summary->dates_later);
    line_print(cli, "决定提前", "decided earlier", summary->decided_earlier);
    line_print(cli, "决定推后", "decided later", summary->decided_later);
    line_print(cli, "决定改变", "decisions that change", summary->decisions_changed);
    line_print(cli, "由超期变为兑现", "promises kept that were late", summary->promises_won);
    line_print(cli, "由兑现变为超期", "promises late that were kept", summary->promises_lost);
    if (summary->acts_dropped > 0)
        line_print(cli, "不再适用的记录动作", "recorded acts that do not fit any more", summary->acts_dropped);
    for (unsigned kind = SIMULATE_FINDING_ENDS_BEFORE_START; kind < SIMULATE_FINDINGS; kind++)
        if (summary->findings[kind] > 0)
            printf("* %llu %s\n", (unsigned long long)summary->findings[kind], cli_simulate_finding_text(cli, kind));
}

/* -- JSON -- */

static void number_put(struct base_buffer *json, const char *key, double number)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "%.6f", number);

    base_json_put_raw(json, key, text, (size_t)size);
}

static void side_put(struct base_buffer *json, const char *key, const struct simulate_summary *summary, const struct simulate_side *side)
{
    base_json_open(json, key, '{');
    base_json_put_i64(json, "decided", (int64_t)side->decided);
    base_json_put_i64(json, "deemed", (int64_t)side->deemed);
    base_json_put_i64(json, "kept", (int64_t)side->kept);
    base_json_put_i64(json, "late", (int64_t)side->late);
    base_json_put_i64(json, "open", (int64_t)side->open);
    base_json_put_i64(json, "open_late", (int64_t)side->open_late);
    base_json_put_i64(json, "ended", (int64_t)side->ended);
    base_json_put_i64(json, "decided_ms", side->days_ms);
    number_put(json, "average_days", days_of(summary, side));
    base_json_close(json, '}');
}

static void counts_put(struct base_buffer *json, const struct simulate_summary *summary)
{
    base_json_put_i64(json, "applications", (int64_t)summary->applications);
    base_json_put_i64(json, "left_out", (int64_t)summary->left_out);
    base_json_put_i64(json, "both_decided", (int64_t)summary->both_decided);
    base_json_put_i64(json, "changes", (int64_t)summary->changes);
    base_json_put_i64(json, "dates_earlier", (int64_t)summary->dates_earlier);
    base_json_put_i64(json, "dates_later", (int64_t)summary->dates_later);
    base_json_put_i64(json, "decided_earlier", (int64_t)summary->decided_earlier);
    base_json_put_i64(json, "decided_later", (int64_t)summary->decided_later);
    base_json_put_i64(json, "decisions_changed", (int64_t)summary->decisions_changed);
    base_json_put_i64(json, "promises_won", (int64_t)summary->promises_won);
    base_json_put_i64(json, "promises_lost", (int64_t)summary->promises_lost);
    base_json_put_i64(json, "acts_dropped", (int64_t)summary->acts_dropped);
}

void cli_simulate_figures_put(struct base_buffer *json, const struct simulate_summary *summary)
{
    base_json_open(json, "summary", '{');
    counts_put(json, summary);
    side_put(json, "before", summary, &summary->before);
    side_put(json, "after", summary, &summary->after);
    base_json_open(json, "findings", '{');
    for (unsigned kind = 1; kind < SIMULATE_FINDINGS; kind++)
        if (summary->findings[kind] > 0)
            base_json_put_i64(json, cli_simulate_finding_name(kind), (int64_t)summary->findings[kind]);
    base_json_close(json, '}');
    base_json_close(json, '}');
}
