/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: its answer, printed while it comes: memory for a stretch of rows, never for all of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/time.h"
#include "cli/progress.h"
#include "cli/simulate.h"
#include "cli/table.h"
#include "cli/words.h"

#define STRETCH 500       /* rows of one table: the widths are its own */
#define FINDINGS_TOLD 20  /* errors told one by one */
#define FINDINGS_KEPT 1000 /* in the JSON */

struct cli_simulate_answer {
    const struct cli *cli;
    const struct cli_simulate_question *question;
    FILE *csv;                   /* owned; NULL = none */
    const char *csv_path;
    struct cli_table table;
    size_t rows;                 /* in table */
    bool has_head;               /* it was printed */
    uint64_t changes;
    struct base_buffer findings; /* JSON array elements */
    uint64_t errors, kept;
    struct cli_progress progress;
};

/* -- The bar -- */

static int bar_show(struct cli_simulate_answer *answer, const char *what, uint64_t done, uint64_t total)
{
    cli_progress_show(&answer->progress, what, done, total);
    return OD_OK;
}

static int on_progress(void *owner, uint64_t done, uint64_t total)
{
    struct cli_simulate_answer *answer = owner;

    return bar_show(answer, cli_say(answer->cli, "重演", "replaying"), done, total);
}

static int on_copied(void *owner, uint64_t done, uint64_t total)
{
    struct cli_simulate_answer *answer = owner;

    return bar_show(answer, cli_say(answer->cli, "复制", "copying"), done, total);
}

/* -- Values -- */

static const char *value_format(const struct simulate_value *value, char text[BASE_TIME_SIZE])
{
    switch (value->kind) {
    case SIMULATE_VALUE_NONE: return "";
    case SIMULATE_VALUE_DAY: base_day_format((core_day)value->number, text); return text;
    case SIMULATE_VALUE_TIME: base_zone_format(value->number, text); return text;
    case SIMULATE_VALUE_WORD: return value->word;
    }
    return "";
}

static const char *value_show(const struct cli *cli, const struct simulate_value *value, char text[CLI_DAY_SIZE])
{
    char iso[BASE_TIME_SIZE];

    if (value->kind == SIMULATE_VALUE_NONE)
        return "-";
    if (value->kind == SIMULATE_VALUE_WORD && strcmp(value->word, "kept") == 0)
        return cli_say(cli, "兑现", "kept");
    if (value->kind == SIMULATE_VALUE_WORD && strcmp(value->word, "late") == 0)
        return cli_say(cli, "超期", "late");
    if (value->kind == SIMULATE_VALUE_WORD && strcmp(value->word, "open") == 0)
        return cli_say(cli, "未到期", "open");
    if (value->kind == SIMULATE_VALUE_WORD)
        return cli_word(cli, value->word);
    cli_day_format(cli, value_format(value, iso), text);
    return text;
}

static const char *clock_show(const struct cli *cli, const char *clock)
{
    static const struct { const char *word, *zh, *en; } rows[] = {
        {"promised", "承诺日期", "promised"}, {"statutory", "法定日期", "statutory"}, {"intake", "受理期限", "intake"},
        {"supplement", "补正期限", "supplement"}, {"tolerance", "容缺期限", "tolerance"}, {"delivery", "送达期限", "delivery"},
        {"promise", "承诺", "promise"}, {"decided", "决定时间", "decided"}, {"outcome", "决定", "outcome"},
        {"status", "状态", "status"}, {"opined", "意见时间", "opined"}, {"opinion", "意见", "opinion"}, {"state", "任务状态", "state"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].word, clock) == 0)
            return cli_say(cli, rows[i].zh, rows[i].en);
    return clock;
}

/* -- Changes -- */

static const struct cli_column columns[] = {
    {{{"编号", "number"}}, 0}, {{{"环节", "of"}}, 1}, {{{"日期或决定", "clock"}}, 0}, {{{"原来", "before"}}, 0}, {{{"改后", "after"}}, 0}};

static void table_begin(struct cli_simulate_answer *answer)
{
    cli_table_init(answer->cli, &answer->table, answer->has_head ? NULL : columns, sizeof(columns) / sizeof(columns[0]));
    answer->has_head = true;
}

static void table_end(struct cli_simulate_answer *answer)
{
    if (answer->rows == 0)
        return;
    cli_progress_clear(&answer->progress);
    cli_table_print(answer->cli, &answer->table);
    cli_table_fini(&answer->table);
    answer->rows = 0;
}

static void row_add(struct cli_simulate_answer *answer, const struct simulate_change *change)
{
    char text[2][CLI_DAY_SIZE];

    if (answer->rows == 0)
        table_begin(answer);
    cli_table_add(&answer->table, CLI_TONE_NONE, change->number);
    cli_table_add(&answer->table, CLI_TONE_NONE, change->of);
    cli_table_add(&answer->table, CLI_TONE_NONE, clock_show(answer->cli, change->clock));
    cli_table_add(&answer->table, CLI_TONE_FAINT, value_show(answer->cli, &change->before, text[0]));
    cli_table_add(&answer->table, CLI_TONE_NONE, value_show(answer->cli, &change->after, text[1]));
    if (++answer->rows == STRETCH)
        table_end(answer);
}

static void csv_field(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void csv_put(FILE *file, const struct simulate_change *change, const char *before, const char *after)
{
    const char *const fields[] = {change->number, change->of, change->clock, before, after};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (i > 0)
            fputc(',', file);
        csv_field(file, fields[i]);
    }
    fputc('\n', file);
}

static void json_value(struct base_buffer *json, const char *key, const struct simulate_value *value, const char *text)
{
    base_json_put_text(json, key, value->kind != SIMULATE_VALUE_NONE ? text : NULL);
}

static int json_print(struct cli_simulate_answer *answer, const struct simulate_change *change, const char *before, const char *after)
{
    struct base_buffer json = {0};

    base_json_open(&json, NULL, '{');
    base_json_put_text(&json, "number", change->number);
    base_json_put_text(&json, "of", change->of);
    base_json_put_text(&json, "clock", change->clock);
    json_value(&json, "before", &change->before, before);
    json_value(&json, "after", &change->after, after);
    base_json_close(&json, '}');
    printf("%s\n%s", answer->changes > 1 ? "," : "", base_buffer_text(&json));
    int rc = json.is_broken ? OD_ENOMEM : OD_OK;
    base_buffer_fini(&json);
    return rc;
}

static int on_change(void *owner, const struct simulate_change *change)
{
    struct cli_simulate_answer *answer = owner;
    char texts[2][BASE_TIME_SIZE];
    const char *before = value_format(&change->before, texts[0]), *after = value_format(&change->after, texts[1]);

    answer->changes++;
    if (answer->csv != NULL)
        csv_put(answer->csv, change, before, after);
    if (cli_option(answer->cli, "--summary") != NULL)
        return OD_OK;
    if (answer->cli->is_json)
        return json_print(answer, change, before, after);
    row_add(answer, change);
    return answer->table.is_broken ? OD_ENOMEM : OD_OK;
}

/* -- Findings -- */

static void finding_keep(struct cli_simulate_answer *answer, const struct simulate_finding *finding)
{
    struct base_buffer *json = &answer->findings;

    if (answer->kept++ >= FINDINGS_KEPT)
        return;
    base_json_open(json, NULL, '{');
    base_json_put_text(json, "kind", cli_simulate_finding_name(finding->kind));
    base_json_put_bool(json, "error", simulate_finding_is_error(finding->kind));
    base_json_put_text(json, "number", finding->number);
    base_json_put_text(json, "detail", finding->detail);
    base_json_put_text(json, "file", finding->file);
    if (finding->file != NULL) {
        base_json_put_i64(json, "line", (int64_t)finding->line);
        base_json_put_i64(json, "column", finding->column);
    }
    base_json_put_i64(json, "count", finding->count);
    base_json_close(json, '}');
}

static void finding_tell(struct cli_simulate_answer *answer, const struct simulate_finding *finding)
{
    char place[64] = "";

    cli_progress_clear(&answer->progress);
    if (finding->file != NULL)
        snprintf(place, sizeof(place), ":%llu:%u: ", (unsigned long long)finding->line, (unsigned)finding->column);
    fputs("onedoor: ", stderr);
    cli_put(stderr, finding->file);
    fputs(place, stderr);
    cli_put(stderr, finding->number);
    fputs(finding->number[0] != '\0' ? ": " : "", stderr);
    fputs(cli_simulate_finding_text(answer->cli, finding->kind), stderr);
    if (finding->detail[0] != '\0') {
        fputs(": ", stderr);
        cli_put(stderr, finding->detail);
    }
    fputc('\n', stderr);
}

static int on_finding(void *owner, const struct simulate_finding *finding)
{
    struct cli_simulate_answer *answer = owner;

    if (answer->cli->is_json)
        finding_keep(answer, finding);
    if (simulate_finding_is_error(finding->kind) && answer->errors++ < FINDINGS_TOLD)
        finding_tell(answer, finding);
    return answer->findings.is_broken ? OD_ENOMEM : OD_OK;
}

/* -- Beginning and end -- */

static bool csv_open(struct cli_simulate_answer *answer)
{
    if (answer->csv_path == NULL)
        return true;
    answer->csv = fopen(answer->csv_path, "w");
    if (answer->csv == NULL)
        cli_tell(answer->cli, "%s: %s", answer->csv_path, strerror(errno));
    else
        fputs("number,of,clock,before,after\n", answer->csv);
    return answer->csv != NULL;
}

struct cli_simulate_answer *cli_simulate_answer_create(const struct cli *cli, const struct cli_simulate_question *question,
                                                       const char *csv_path)
{
    struct cli_simulate_answer *answer = base_alloc(sizeof(*answer));

    if (answer == NULL)
        return NULL;
    *answer = (struct cli_simulate_answer){.cli = cli, .question = question, .csv_path = csv_path};
    if (!csv_open(answer)) {
        cli_simulate_answer_destroy(answer);
        return NULL;
    }
    if (cli->is_json)
        fputs("{\"changes\":[", stdout);
    return answer;
}

struct simulate_report cli_simulate_report(struct cli_simulate_answer *answer)
{
    return (struct simulate_report){
        .on_change = on_change, .on_finding = on_finding, .on_progress = on_progress, .on_copied = on_copied, .owner = answer};
}

static void json_end(struct cli_simulate_answer *answer, const struct simulate_summary *summary)
{
    struct base_buffer json = {0};

    cli_simulate_figures_put(&json, summary);
    printf("],\"findings\":[%s],%s}\n", base_buffer_text(&answer->findings), base_buffer_text(&json));
    base_buffer_fini(&json);
}

static int csv_end(struct cli_simulate_answer *answer)
{
    if (answer->csv == NULL)
        return CLI_DONE;
    bool is_broken = ferror(answer->csv) != 0;
    is_broken |= fclose(answer->csv) != 0;
    answer->csv = NULL;
    if (is_broken)
        cli_tell(answer->cli, "%s: %s", answer->csv_path, strerror(errno));
    return is_broken ? CLI_FAILED : CLI_DONE;
}

static void pattern_tell(const struct cli *cli, const char *option, const char *pattern)
{
    cli_tell(cli, cli_say(cli, "没有事项或部门符合 %s %s", "no matter and no department is meant by %s %s"), option, pattern);
}

/* A pattern that means nothing is mistyped, as a rule. */
static void patterns_tell(const struct cli_simulate_answer *answer, const struct simulate_summary *summary)
{
    const struct simulate_scenario *scenario = &answer->question->scenario;

    for (size_t i = 0; i < scenario->parallel_count; i++)
        if (!summary->is_parallel_used[i])
            pattern_tell(answer->cli, "--parallel", scenario->parallel[i]);
    for (size_t i = 0; i < scenario->delay_count; i++)
        if (!summary->is_delay_used[i])
            pattern_tell(answer->cli, "--delay", scenario->delays[i].pattern);
}

static int failure_tell(const struct cli_simulate_answer *answer, int rc, const char *text)
{
    const struct cli *cli = answer->cli;

    if (text[0] != '\0')
        cli_tell(cli, "%s", text);
    else
        cli_tell(cli, "%s", rc == OD_ENOMEM ? cli_say(cli, "内存不足", "no memory left") : cli_say(cli, "无法读取记录", "the record cannot be read"));
    return rc == OD_ENOTFOUND ? CLI_NOT_FOUND : rc == OD_ESYNTAX || rc == OD_ELIMIT || rc == OD_EUNSUPPORTED ? CLI_REFUSED : CLI_FAILED;
}

int cli_simulate_answer_finish(struct cli_simulate_answer *answer, const struct simulate_summary *summary, int rc, const char *text)
{
    const struct cli *cli = answer->cli;

    table_end(answer);
    cli_progress_clear(&answer->progress);
    int end = csv_end(answer);
    if (cli->is_json)
        json_end(answer, summary);
    if (rc != OD_OK)
        return failure_tell(answer, rc, text);
    if (!cli->is_json)
        cli_simulate_figures_print(cli, summary);
    patterns_tell(answer, summary);
    if (answer->errors > FINDINGS_TOLD)
        cli_tell(cli, cli_say(cli, "另有 %llu 处错误（--json 列出）", "%llu more errors (--json lists them)"),
                 (unsigned long long)(answer->errors - FINDINGS_TOLD));
    if (answer->errors > 0)
        cli_tell(cli, cli_say(cli, "记录有误：%llu 件未计入", "errors of the record: %llu applications are left out"), (unsigned long long)summary->left_out);
    return end != CLI_DONE ? end : answer->errors > 0 ? CLI_FAILED : CLI_DONE;
}

void cli_simulate_answer_destroy(struct cli_simulate_answer *answer)
{
    if (answer == NULL)
        return;
    if (answer->csv != NULL)
        fclose(answer->csv);
    if (answer->rows > 0)
        cli_table_fini(&answer->table);
    base_buffer_fini(&answer->findings);
    base_free(answer);
}
