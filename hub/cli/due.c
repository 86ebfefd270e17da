/* SPDX-License-Identifier: Apache-2.0 */
/* due: the N-th working day after (or before) a date. Source: docs/rules/calendar.md C-1. */
#include "cli/due.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/time.h"
#include "cli/calendars.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "core/names.h"

bool cli_due_is_provisional(const struct core_calendar *rules, core_day from, int days,
                            core_day due)
{
    core_day first = days > 0 ? from : due, last = days > 0 ? due : from - 1;

    return first < rules->published_from || last > rules->published_until;
}

void cli_date_tell(const struct cli *cli, const char *name, const char *text)
{
    bool is_shaped = strlen(text) == BASE_DATE_SIZE - 1 && text[4] == '-' && text[7] == '-' &&
                     strspn(text, "0123456789-") == BASE_DATE_SIZE - 1;

    if (is_shaped)
        cli_tell(cli,
                 cli_say(cli, "%s 须为 1970-01-01 至 9999-12-31 之间存在的日期，而不是 %s",
                         "%s must be a day that exists, from 1970-01-01 to 9999-12-31, not %s"),
                 name, text);
    else
        cli_tell(cli,
                 cli_say(cli, "%s 须为日期 YYYY-MM-DD，而不是 %s",
                         "%s must be a date YYYY-MM-DD, not %s"),
                 name, text);
}

/* Every calendar day counts, whatever day it is; else working days only. Errors (*due
 * unchanged): OD_ERANGE. Source: docs/rules/calendar.md C-1. */
static int due_find(struct cli_question *question, const struct core_calendar *rules,
                    core_day *due)
{
    if (question->has_clock) {
        int rc = cli_due_clock_run(&question->clock, rules, question->from, question->days);
        if (rc == OD_OK)
            *due = question->clock.clock.due;
        return rc;
    }
    if (question->unit == CORE_UNIT_WORKING_DAY)
        return core_calendar_due(rules, question->from, question->days, due);
    core_day day = question->from + question->days;
    if (day < 0 || day > CORE_DAY_MAX)
        return OD_ERANGE;
    *due = day;
    return OD_OK;
}

/* A date in calendar days hangs on no calendar. */
static bool is_provisional(const struct cli_question *question,
                           const struct core_calendar *rules, core_day due)
{
    if (question->has_clock)
        return question->clock.clock.is_provisional;
    return question->unit == CORE_UNIT_WORKING_DAY &&
           cli_due_is_provisional(rules, question->from, question->days, due);
}

static void caveat_tell(const struct cli *cli, const char *zh, const char *en, core_day day)
{
    char date[BASE_DATE_SIZE];

    base_day_format(day, date);
    cli_tell(cli,
             cli_say(cli, "暂定：日历%s %s，此外只按周末计算",
                     "provisional: the calendar %s %s; beyond that only weekends are known"),
             cli_say(cli, zh, en), date);
}

/* The end of the calendar that the days passed is named with its day. */
static void caveats_tell(const struct cli *cli, const struct catalog_calendar *calendar,
                         const struct cli_question *question, core_day due)
{
    const struct core_calendar *rules = &calendar->rules;
    core_day first = question->days > 0 ? question->from : due;

    if (!is_provisional(question, rules, due))
        return;
    if (first < rules->published_from)
        caveat_tell(cli, "始于", "begins on", rules->published_from);
    if ((question->days > 0 ? due : question->from - 1) > rules->published_until)
        caveat_tell(cli, "只公布到", "is published until", rules->published_until);
}

/* What a clock has beside its days. */
static void clock_put(struct base_buffer *json, const struct cli_question *question)
{
    char date[BASE_DATE_SIZE];
    core_day unstopped;

    base_json_put_i64(json, "extended", question->clock.extended);
    base_json_put_i64(json, "pauses", (int64_t)question->clock.stop_count);
    if (core_clock_due_unstopped(&question->clock.clock, &question->clock.span, &unstopped) != OD_OK)
        return;
    base_day_format(unstopped, date);
    base_json_put_text(json, "date_without_pauses", date);
}

static void json_print(const struct cli *cli, const struct catalog_calendar *calendar,
                       const struct cli_question *question, core_day due)
{
    struct base_buffer json = {0};
    char date[BASE_DATE_SIZE];

    base_json_open(&json, NULL, '{');
    base_day_format(due, date);
    base_json_put_text(&json, "date", date);
    base_json_put_bool(&json, "provisional", is_provisional(question, &calendar->rules, due));
    base_day_format(calendar->rules.published_until, date);
    base_json_put_text(&json, "calendar_until", date);
    if (calendar->rules.published_from > 0) {
        base_day_format(calendar->rules.published_from, date);
        base_json_put_text(&json, "calendar_from", date);
    }
    base_json_put_text(&json, "calendar", calendar->id);
    base_json_put_text(&json, "calendar_version", calendar->label);
    base_day_format(question->from, date);
    base_json_put_text(&json, "from", date);
    base_json_put_i64(&json, "days", question->days);
    base_json_put_text(&json, "rule", question->clock.rule != NULL ? question->clock.rule->id : core_unit_name(question->unit));
    if (question->has_clock)
        clock_put(&json, question);
    if (question->is_explained) {
        base_json_open(&json, "ranges", '[');
        cli_due_ranges_put(cli, calendar, question, due, &json);
        base_json_close(&json, ']');
    }
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void date_print(const struct cli *cli, const struct catalog_calendar *calendar,
                       const struct cli_question *question, core_day due)
{
    char date[BASE_DATE_SIZE];

    base_day_format(due, date);
    printf("%s\n", date);
    if (question->is_explained)
        cli_due_explain(cli, calendar, question, due);
}

static int question_answer(const struct cli *cli, struct cli_question *question)
{
    struct catalog_calendar calendar = {0};
    core_day due;

    int rc = cli_calendar_load(cli, question->calendar, &calendar);
    if (rc != CLI_DONE)
        return rc;
    if (due_find(question, &calendar.rules, &due) == OD_OK) {
        if (cli->is_json)
            json_print(cli, &calendar, question, due);
        else
            date_print(cli, &calendar, question, due);
        caveats_tell(cli, &calendar, question, due);
    } else {
        cli_tell(cli, "%s",
                 cli_say(cli, "结果超出 1970-01-01 至 9999-12-31",
                         "the date lies outside 1970-01-01 to 9999-12-31"));
        rc = CLI_FAILED;
    }
    catalog_calendar_fini(&calendar);
    return rc;
}

/* Everything but the count of days. */
static int clock_read(const struct cli *cli, struct cli_question *question)
{
    const char *rule = cli_option(cli, "--rule"), *pauses = cli_option(cli, "--pause");
    struct cli_due_clock *clock = &question->clock;
    int64_t extended;

    int rc = cli_due_rule_read(cli, rule, cli_option(cli, "--rules"), clock);
    if (rc != CLI_DONE)
        return rc;
    if (pauses != NULL && cli_due_pauses_read(pauses, clock) != OD_OK) {
        cli_tell(cli, "%s",
                 cli_say(cli, "--pause 须为 2024-02-20..2024-02-26（暂停日..恢复日），多个以逗号分隔，最多 64 个",
                         "--pause must be 2024-02-20..2024-02-26 (day of the pause..day of the resumption), more of them by commas, at most 64"));
        return CLI_USAGE;
    }
    if (cli_option_integer(cli, "--extend", 1, CORE_LIMIT_DAYS_MAX, 0, &extended) != OD_OK)
        return CLI_USAGE;
    clock->extended = (int32_t)extended;
    question->unit = clock->limit.unit;
    question->has_clock = clock->rule != NULL || pauses != NULL || extended > 0 || question->unit == CORE_UNIT_MONTH;
    return CLI_DONE;
}

/* A rule has its own length; otherwise --days is needed. */
static int days_read(const struct cli *cli, struct cli_question *question)
{
    int64_t absent = question->clock.rule != NULL ? question->clock.rule->limit.length : 0, days;

    if (cli_option_integer(cli, "--days", -CORE_LIMIT_DAYS_MAX, CORE_LIMIT_DAYS_MAX, absent,
                           &days) != OD_OK)
        return CLI_USAGE;
    if (days == 0) {
        cli_tell(cli, "%s",
                 cli_say(cli, "--days 不得为 0：起算日本身不计",
                         "--days must not be 0: the day from which to count is never counted"));
        return CLI_USAGE;
    }
    if (days < 0 && question->has_clock) {
        cli_tell(cli, "%s",
                 cli_say(cli, "期限规则、暂停、延长和月只能向后数：--days 须为正数",
                         "a rule, pauses, an extension and months count forwards: --days must be positive"));
        return CLI_USAGE;
    }
    question->days = (int)days;
    return CLI_DONE;
}

static int question_read(const struct cli *cli, struct cli_question *question)
{
    const char *from = cli_option(cli, "--from");
    bool has_length = cli_option(cli, "--days") != NULL || cli_option(cli, "--rule") != NULL;

    question->calendar = cli_option(cli, "--calendar");
    question->is_explained = cli_option(cli, "--explain") != NULL;
    if (question->calendar == NULL || from == NULL || !has_length) {
        cli_tell(cli, "%s",
                 cli_say(cli, "须给出 --calendar、--from 和 --days；见 onedoor help due",
                         "--calendar, --from and --days are needed; see onedoor help due"));
        return CLI_USAGE;
    }
    if (base_day_parse(from, &question->from) != OD_OK) {
        cli_date_tell(cli, "--from", from);
        return CLI_USAGE;
    }
    int rc = clock_read(cli, question);
    return rc == CLI_DONE ? days_read(cli, question) : rc;
}

int cli_due(struct cli *cli)
{
    struct cli_question question = {0};
    const char *batch = cli_option(cli, "--batch");

    if (batch != NULL &&
        (cli_option(cli, "--from") != NULL || cli_option(cli, "--days") != NULL ||
         cli_option(cli, "--calendar") != NULL || cli_option(cli, "--explain") != NULL ||
         cli_option(cli, "--rule") != NULL || cli_option(cli, "--pause") != NULL ||
         cli_option(cli, "--extend") != NULL)) {
        cli_tell(cli, "%s",
                 cli_say(cli, "--batch 不与其他选项同用",
                         "--batch stands alone: calendar, from and days are in the file"));
        return CLI_USAGE;
    }
    if (batch != NULL)
        return cli_due_batch(cli, batch);
    int rc = question_read(cli, &question);
    if (rc == CLI_DONE)
        rc = question_answer(cli, &question);
    cli_due_clock_fini(&question.clock);
    return rc;
}
