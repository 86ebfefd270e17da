/* SPDX-License-Identifier: Apache-2.0 */
/* due: the N-th working day after (or before) a date, and why. Source:
 * docs/rules/calendar.md C-1 and C-2. */
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

struct question {
    const char *calendar;
    core_day from;
    int days;
    enum core_unit unit; /* --rule */
    bool is_explained;
};

/* Every calendar day counts, whatever day it is; else working days only. Errors (*due
 * unchanged): OD_ERANGE. Source: docs/rules/calendar.md C-1. */
static int due_find(const struct question *question, const struct core_calendar *rules,
                    core_day *due)
{
    if (question->unit == CORE_UNIT_WORKING_DAY)
        return core_calendar_due(rules, question->from, question->days, due);
    core_day day = question->from + question->days;
    if (day < 0 || day > CORE_DAY_MAX)
        return OD_ERANGE;
    *due = day;
    return OD_OK;
}

/* A date in calendar days hangs on no calendar. */
static bool is_provisional(const struct question *question, const struct core_calendar *rules,
                           core_day due)
{
    return question->unit == CORE_UNIT_WORKING_DAY &&
           cli_due_is_provisional(rules, question->from, question->days, due);
}

/* Days of one kind and name in a row. */
struct range {
    core_day first, last;
    enum core_day_kind kind;
    const char *name; /* NULL = none */
    bool is_counted;
    int counted; /* days so far, in the direction of counting, with this range */
};

typedef void (*range_cb)(const struct cli *cli, const struct range *range,
                         struct base_buffer *json);

static bool is_counted(const struct question *question, enum core_day_kind kind)
{
    return question->unit == CORE_UNIT_CALENDAR_DAY || kind == CORE_DAY_WORKING ||
           kind == CORE_DAY_MAKE_UP;
}

static const char *kind_word(const struct cli *cli, enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_NONE: break;
    case CORE_DAY_WORKING: return cli_say(cli, "计入", "counted");
    case CORE_DAY_WEEKEND: return cli_say(cli, "周末", "weekend");
    case CORE_DAY_HOLIDAY: return cli_say(cli, "节假日", "holiday");
    case CORE_DAY_MAKE_UP: return cli_say(cli, "调休上班，计入", "make-up day, counted");
    }
    return "";
}

static const char *kind_name(enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_NONE: break;
    case CORE_DAY_WORKING: return "working";
    case CORE_DAY_WEEKEND: return "weekend";
    case CORE_DAY_HOLIDAY: return "holiday";
    case CORE_DAY_MAKE_UP: return "make_up";
    }
    return "none";
}

/* "2024-02-10 .. 2024-02-17  holiday Spring Festival". */
static void range_print(const struct cli *cli, const struct range *range,
                        struct base_buffer *json)
{
    char first[BASE_DATE_SIZE], last[BASE_DATE_SIZE];

    (void)json;
    base_day_format(range->first, first);
    base_day_format(range->last, last);
    if (range->first == range->last)
        printf("  %s                ", first);
    else
        printf("  %s .. %s  ", first, last);
    cli_put_toned(cli, range->is_counted ? CLI_TONE_GOOD : CLI_TONE_FAINT,
                  kind_word(cli, range->kind), 0);
    if (range->name != NULL) {
        putchar(' ');
        cli_put(stdout, range->name);
    }
    if (range->is_counted)
        printf(" (%d)", range->counted);
    putchar('\n');
}

static void range_put(const struct cli *cli, const struct range *range,
                      struct base_buffer *json)
{
    char date[BASE_DATE_SIZE];

    (void)cli;
    base_json_open(json, NULL, '{');
    base_day_format(range->first, date);
    base_json_put_text(json, "from", date);
    base_day_format(range->last, date);
    base_json_put_text(json, "to", date);
    base_json_put_text(json, "kind", kind_name(range->kind));
    if (range->name != NULL)
        base_json_put_text(json, "name", range->name);
    base_json_put_bool(json, "counted", range->is_counted);
    if (range->is_counted)
        base_json_put_i64(json, "count", range->counted);
    base_json_close(json, '}');
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The ranges between from (left out) and due (with it), in the direction of counting. */
static void ranges_walk(const struct cli *cli, const struct catalog_calendar *calendar,
                        const struct question *question, core_day due, range_cb on_range,
                        struct base_buffer *json)
{
    core_day from = question->from;
    int step = due > from ? 1 : -1;
    struct range range = {.kind = CORE_DAY_NONE};

    for (core_day day = from + step; day != due + step; day += step) {
        enum core_day_kind kind = core_calendar_kind(&calendar->rules, day);
        const char *name = cli_calendar_day_name(cli, calendar, day);
        bool is_same = kind == range.kind && is_same_text(name, range.name);

        if (!is_same && range.kind != CORE_DAY_NONE)
            on_range(cli, &range, json);
        if (!is_same)
            range = (struct range){.first = day,
                                   .last = day,
                                   .kind = kind,
                                   .name = name,
                                   .is_counted = is_counted(question, kind),
                                   .counted = range.counted};
        range.first = day < range.first ? day : range.first;
        range.last = day > range.last ? day : range.last;
        range.counted += range.is_counted;
    }
    on_range(cli, &range, json);
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
                         const struct question *question, core_day due)
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

static void json_print(const struct cli *cli, const struct catalog_calendar *calendar,
                       const struct question *question, core_day due)
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
    base_day_format(question->from, date);
    base_json_put_text(&json, "from", date);
    base_json_put_i64(&json, "days", question->days);
    base_json_put_text(&json, "rule", core_unit_name(question->unit));
    if (question->is_explained) {
        base_json_open(&json, "ranges", '[');
        ranges_walk(cli, calendar, question, due, range_put, &json);
        base_json_close(&json, ']');
    }
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

static void date_print(const struct cli *cli, const struct catalog_calendar *calendar,
                       const struct question *question, core_day due)
{
    char date[BASE_DATE_SIZE];

    base_day_format(due, date);
    printf("%s\n", date);
    if (question->is_explained)
        ranges_walk(cli, calendar, question, due, range_print, NULL);
}

static int question_answer(const struct cli *cli, const struct question *question)
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

static int question_read(const struct cli *cli, struct question *question)
{
    static const char *const rules[] = {"working_day", "calendar_day", NULL};
    const char *from = cli_option(cli, "--from"), *rule = cli_option(cli, "--rule");
    int64_t days;

    question->calendar = cli_option(cli, "--calendar");
    question->is_explained = cli_option(cli, "--explain") != NULL;
    if (question->calendar == NULL || from == NULL || cli_option(cli, "--days") == NULL) {
        cli_tell(cli, "%s",
                 cli_say(cli, "须给出 --calendar、--from 和 --days；见 onedoor help due",
                         "--calendar, --from and --days are needed; see onedoor help due"));
        return CLI_USAGE;
    }
    if (!cli_is_one_of(cli, rule, rules))
        return CLI_USAGE;
    question->unit = rule != NULL ? core_unit_find(rule) : CORE_UNIT_WORKING_DAY;
    if (base_day_parse(from, &question->from) != OD_OK) {
        cli_date_tell(cli, "--from", from);
        return CLI_USAGE;
    }
    if (cli_option_integer(cli, "--days", -CORE_LIMIT_DAYS_MAX, CORE_LIMIT_DAYS_MAX, 0,
                           &days) != OD_OK)
        return CLI_USAGE;
    if (days == 0) {
        cli_tell(cli, "%s",
                 cli_say(cli, "--days 不得为 0：起算日本身不计",
                         "--days must not be 0: the day from which to count is never counted"));
        return CLI_USAGE;
    }
    question->days = (int)days;
    return CLI_DONE;
}

int cli_due(struct cli *cli)
{
    struct question question = {0};
    const char *batch = cli_option(cli, "--batch");

    if (batch != NULL &&
        (cli_option(cli, "--from") != NULL || cli_option(cli, "--days") != NULL ||
         cli_option(cli, "--calendar") != NULL || cli_option(cli, "--explain") != NULL ||
         cli_option(cli, "--rule") != NULL)) {
        cli_tell(cli, "%s",
                 cli_say(cli, "--batch 不与其他选项同用",
                         "--batch stands alone: calendar, from and days are in the file"));
        return CLI_USAGE;
    }
    if (batch != NULL)
        return cli_due_batch(cli, batch);
    int rc = question_read(cli, &question);
    return rc == CLI_DONE ? question_answer(cli, &question) : rc;
}
