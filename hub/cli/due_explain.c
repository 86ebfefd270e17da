/* SPDX-License-Identifier: Apache-2.0 */
/* Why a date is what it is: the days between, in runs of one kind and name, each counted or not
 * and why. Source: docs/rules/calendar.md C-1 and C-2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/calendars.h"
#include "cli/due.h"
#include "cli/table.h"
#include "cli/words.h"

/* Days of one kind and name in a row, all of them published or none. */
struct range {
    core_day first, last;
    enum core_day_kind kind;
    enum core_day_use use; /* of a clock; else COUNTED or OFF */
    const char *name; /* NULL = none */
    bool is_counted;
    bool is_published;
    int before; /* days counted before this range, in the direction of counting */
};

struct sums {
    int counted, make_up, holiday, weekend, paused, rolled;
};

/* Called for each range, in the direction of counting. */
typedef void (*range_cb)(const struct cli *cli, const struct range *range, void *context);

static bool is_counted(const struct cli_question *question, enum core_day_kind kind)
{
    return question->unit == CORE_UNIT_CALENDAR_DAY || kind == CORE_DAY_WORKING ||
           kind == CORE_DAY_MAKE_UP;
}

static int days_in(const struct range *range)
{
    return range->last - range->first + 1;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The walk over the account of a clock. */
struct walk {
    const struct cli *cli;
    const struct catalog_calendar *calendar;
    struct range range;
    int counted;
    range_cb on_range;
    void *context;
};

static int on_day(void *owner, const struct core_day_account *day)
{
    struct walk *walk = owner;
    struct range *range = &walk->range;
    const char *name = cli_calendar_day_name(walk->cli, walk->calendar, day->day);

    bool is_published = day->day >= walk->calendar->rules.published_from && day->day <= walk->calendar->rules.published_until;

    if (day->use == CORE_DAY_START)
        return OD_OK;
    bool is_same = day->kind == range->kind && day->use == range->use && is_same_text(name, range->name) &&
                   is_published == range->is_published;
    if (!is_same && range->kind != CORE_DAY_NONE)
        walk->on_range(walk->cli, range, walk->context);
    if (!is_same)
        *range = (struct range){.first = day->day, .kind = day->kind, .use = day->use, .name = name,
                                .is_counted = day->use == CORE_DAY_COUNTED, .is_published = is_published,
                                .before = walk->counted};
    range->last = day->day;
    walk->counted += range->is_counted;
    return OD_OK;
}

static void clock_walk(const struct cli *cli, const struct catalog_calendar *calendar,
                       const struct cli_question *question, range_cb on_range, void *context)
{
    struct walk walk = {.cli = cli, .calendar = calendar, .on_range = on_range, .context = context};

    if (core_clock_account(&question->clock.clock, &question->clock.span, 0, on_day, &walk) == OD_OK &&
        walk.range.kind != CORE_DAY_NONE)
        on_range(cli, &walk.range, context);
}

/* The ranges between from (left out) and due (with it), in the direction of counting. */
static void ranges_walk(const struct cli *cli, const struct catalog_calendar *calendar,
                        const struct cli_question *question, core_day due, range_cb on_range,
                        void *context)
{
    int step = due > question->from ? 1 : -1, counted = 0;
    struct range range = {.kind = CORE_DAY_NONE};

    if (question->has_clock) {
        clock_walk(cli, calendar, question, on_range, context);
        return;
    }
    for (core_day day = question->from + step; day != due + step; day += step) {
        enum core_day_kind kind = core_calendar_kind(&calendar->rules, day);
        const char *name = cli_calendar_day_name(cli, calendar, day);
        bool is_published =
            question->unit == CORE_UNIT_CALENDAR_DAY ||
            (day >= calendar->rules.published_from && day <= calendar->rules.published_until);
        bool is_same = kind == range.kind && is_same_text(name, range.name) &&
                       is_published == range.is_published;

        if (!is_same && range.kind != CORE_DAY_NONE)
            on_range(cli, &range, context);
        if (!is_same)
            range = (struct range){.first = day,
                                   .last = day,
                                   .kind = kind,
                                   .use = is_counted(question, kind) ? CORE_DAY_COUNTED : CORE_DAY_OFF,
                                   .name = name,
                                   .is_counted = is_counted(question, kind),
                                   .is_published = is_published,
                                   .before = counted};
        range.first = day < range.first ? day : range.first;
        range.last = day > range.last ? day : range.last;
        counted += range.is_counted;
    }
    on_range(cli, &range, context);
}

static void range_put(const struct cli *cli, const struct range *range, void *context)
{
    struct base_buffer *json = context;
    char date[BASE_DATE_SIZE];

    (void)cli;
    base_json_open(json, NULL, '{');
    base_day_format(range->first, date);
    base_json_put_text(json, "from", date);
    base_day_format(range->last, date);
    base_json_put_text(json, "to", date);
    base_json_put_i64(json, "days", days_in(range));
    base_json_put_text(json, "kind", catalog_day_kind_name(range->kind));
    if (range->name != NULL)
        base_json_put_text(json, "name", range->name);
    base_json_put_bool(json, "counted", range->is_counted);
    if (!range->is_published)
        base_json_put_bool(json, "provisional", true);
    if (range->use == CORE_DAY_STOPPED)
        base_json_put_bool(json, "paused", true);
    if (range->is_counted)
        base_json_put_i64(json, "count", range->before + days_in(range));
    base_json_close(json, '}');
}

void cli_due_ranges_put(const struct cli *cli, const struct catalog_calendar *calendar,
                        const struct cli_question *question, core_day due,
                        struct base_buffer *json)
{
    ranges_walk(cli, calendar, question, due, range_put, json);
}

void cli_due_day_format(const struct cli *cli, core_day day, char text[CLI_DUE_DAY_SIZE])
{
    char date[BASE_DATE_SIZE];

    base_day_format(day, date);
    cli_day_format(cli, date, text);
}

/* "1st", "2nd", "11th". */
static const char *ordinal_ending(int number)
{
    int last = number % 10;

    if (number / 10 % 10 == 1 || last == 0 || last > 3)
        return "th";
    return last == 1 ? "st" : last == 2 ? "nd" : "rd";
}

static const char *unit_word(const struct cli *cli, enum core_unit unit)
{
    switch (unit) {
    case CORE_UNIT_WORKING_DAY: return cli_say(cli, "个工作日", "working days");
    case CORE_UNIT_CALENDAR_DAY: return cli_say(cli, "个自然日", "calendar days");
    case CORE_UNIT_MONTH: return cli_say(cli, "个月", "months");
    case CORE_UNIT_NONE:
    case CORE_UNIT_HOUR: break;
    }
    return "";
}

/* The rule, its length, extension and pauses, and where the date would be without them. */
static void clock_sentence_print(const struct cli *cli, const struct cli_question *question, core_day due)
{
    const struct cli_due_clock *clock = &question->clock;
    char from[CLI_DUE_DAY_SIZE], to[CLI_DUE_DAY_SIZE], plain[CLI_DUE_DAY_SIZE];
    core_day unstopped = due;

    cli_due_day_format(cli, question->from, from);
    cli_due_day_format(cli, due, to);
    if (clock->rule != NULL) {
        fputs("  ", stdout);
        cli_put(stdout, cli_catalog_text(cli, &clock->rule->text));
        printf(cli_say(cli, "（第 %s 条）\n", " (art. %s)\n"), clock->rule->article);
    }
    printf(cli_say(cli, "  自 %s 起%s %d %s", "  From %s, %s: %d %s"), from,
           clock->limit.counts_start_day ? cli_say(cli, "（当日计入）", "that day counted")
                                         : cli_say(cli, "（当日不计）", "that day not counted"),
           question->days, unit_word(cli, clock->limit.unit));
    if (clock->extended > 0)
        printf(cli_say(cli, "，延长 %d", ", extended by %d"), (int)clock->extended);
    printf(cli_say(cli, "：%s。\n", ", until %s.\n"), to);
    if (clock->stop_count > 0 && core_clock_due_unstopped(&clock->clock, &clock->span, &unstopped) == OD_OK) {
        cli_due_day_format(cli, unstopped, plain);
        printf(cli_say(cli, "  如不暂停，则为 %s。\n", "  Without the pauses it would be %s.\n"), plain);
    }
    fputs("\n", stdout);
}

static void sentence_print(const struct cli *cli, const struct cli_question *question,
                           core_day due)
{
    char from[CLI_DUE_DAY_SIZE], to[CLI_DUE_DAY_SIZE];
    int count = abs(question->days);

    if (question->has_clock) {
        clock_sentence_print(cli, question, due);
        return;
    }
    bool is_back = question->days < 0, is_working = question->unit == CORE_UNIT_WORKING_DAY;

    cli_due_day_format(cli, question->from, from);
    cli_due_day_format(cli, due, to);
    if (cli->language == CLI_EN)
        printf("  The %d%s %s day %s %s, which is itself not counted, is %s.\n\n", count,
               ordinal_ending(count), is_working ? "working" : "calendar",
               is_back ? "before" : "after", from, to);
    else
        printf("  起算日 %s 本身不计；%s第 %d 个%s为 %s。\n\n", from,
               is_back ? "向前数，" : "其后", count, is_working ? "工作日" : "自然日", to);
}

static const char *kind_word(const struct cli *cli, enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_NONE: break;
    case CORE_DAY_WORKING: return cli_say(cli, "工作日", "working day");
    case CORE_DAY_WEEKEND: return cli_say(cli, "周末", "weekend");
    case CORE_DAY_HOLIDAY: return cli_say(cli, "节假日", "holiday");
    case CORE_DAY_MAKE_UP: return cli_say(cli, "调休上班", "make-up day");
    }
    return "";
}

/* "day 3", "days 3 to 5", "not counted". */
static void count_format(const struct cli *cli, const struct range *range, char *text,
                         size_t size)
{
    int first = range->before + 1, last = range->before + days_in(range);

    if (!range->is_counted)
        snprintf(text, size, "%s", cli_say(cli, "不计", "not counted"));
    else if (first == last)
        snprintf(text, size, cli_say(cli, "第 %d 天", "day %d"), first);
    else
        snprintf(text, size, cli_say(cli, "第 %d 至 %d 天", "days %d to %d"), first, last);
}

/* "2024-02-10 Sat to 2024-02-17 Sat". */
static void days_format(const struct cli *cli, const struct range *range, char *text,
                        size_t size)
{
    char first[CLI_DUE_DAY_SIZE], last[CLI_DUE_DAY_SIZE];

    cli_due_day_format(cli, range->first, first);
    cli_due_day_format(cli, range->last, last);
    if (range->first == range->last)
        snprintf(text, size, "  %s", first);
    else
        snprintf(text, size, "  %s %s %s", first, cli_say(cli, "至", "to"), last);
}

/* What stands before the kind of day. */
static const char *use_word(const struct cli *cli, enum core_day_use use)
{
    if (use == CORE_DAY_STOPPED)
        return cli_say(cli, "依法暂停 · ", "paused · ");
    return use == CORE_DAY_ROLLED ? cli_say(cli, "顺延 · ", "moved on · ") : "";
}

static void range_add(const struct cli *cli, const struct range *range, void *context)
{
    struct cli_table *table = context;
    enum cli_tone tone = range->is_counted ? CLI_TONE_GOOD : CLI_TONE_FAINT;
    char days[128], number[16], count[64], why[512];

    days_format(cli, range, days, sizeof(days));
    snprintf(number, sizeof(number), "%d", days_in(range));
    count_format(cli, range, count, sizeof(count));
    snprintf(why, sizeof(why), "%s%s%s%s%s", use_word(cli, range->use), kind_word(cli, range->kind),
             range->name != NULL ? cli_say(cli, "：", ": ") : "",
             range->name != NULL ? range->name : "",
             range->is_published ? ""
                                 : cli_say(cli, "（日历未公布，只按周末推算）",
                                           " (not published: by weekends alone)"));
    cli_table_add(table, CLI_TONE_NONE, days);
    cli_table_add(table, CLI_TONE_NONE, number);
    cli_table_add(table, tone, count);
    cli_table_add(table, range->kind == CORE_DAY_MAKE_UP ? CLI_TONE_WAIT : CLI_TONE_NONE, why);
}

static void range_sum(const struct cli *cli, const struct range *range, void *context)
{
    struct sums *sums = context;

    (void)cli;
    sums->counted += range->is_counted ? days_in(range) : 0;
    sums->paused += range->use == CORE_DAY_STOPPED ? days_in(range) : 0;
    sums->rolled += range->use == CORE_DAY_ROLLED ? days_in(range) : 0;
    if (range->use == CORE_DAY_STOPPED || range->use == CORE_DAY_ROLLED)
        return;
    sums->make_up += range->kind == CORE_DAY_MAKE_UP ? days_in(range) : 0;
    sums->holiday += range->kind == CORE_DAY_HOLIDAY ? days_in(range) : 0;
    sums->weekend += range->kind == CORE_DAY_WEEKEND ? days_in(range) : 0;
}

/* What the weekends alone would have given: how far holidays and make-up days moved the date.
 */
static void plain_print(const struct cli *cli, const struct catalog_calendar *calendar,
                        const struct cli_question *question, core_day due)
{
    struct core_calendar weekends = {.weekend = calendar->rules.weekend};
    char text[CLI_DUE_DAY_SIZE];
    core_day plain;

    if (question->has_clock || question->unit != CORE_UNIT_WORKING_DAY ||
        core_calendar_due(&weekends, question->from, question->days, &plain) != OD_OK ||
        plain == due)
        return;
    cli_due_day_format(cli, plain, text);
    printf(cli_say(cli, "  若只除周末、不看节假日与调休，则为 %s。\n",
                   "  By weekends alone, without holidays and make-up days, it would be %s.\n"),
           text);
}

static void sums_print(const struct cli *cli, const struct catalog_calendar *calendar,
                       const struct cli_question *question, core_day due)
{
    struct sums sums = {0};
    int all = abs(due - question->from);

    ranges_walk(cli, calendar, question, due, range_sum, &sums);
    if (question->has_clock)
        printf(cli_say(cli, "\n  计入 %d 天；不计：节假日 %d 天，周末 %d 天，暂停 %d 天，顺延 %d 天。\n",
                       "\n  %d days counted; not counted: holidays %d, weekend days %d, paused %d, moved on %d.\n"),
               sums.counted, question->unit == CORE_UNIT_WORKING_DAY ? sums.holiday : 0,
               question->unit == CORE_UNIT_WORKING_DAY ? sums.weekend : 0, sums.paused, sums.rolled);
    else if (question->unit == CORE_UNIT_CALENDAR_DAY)
        printf(cli_say(cli, "\n  共 %d 天，每天都计入。\n",
                       "\n  %d days in all, each of them counted.\n"),
               all);
    else
        printf(cli_say(cli,
                       "\n  共 %d 天：计入 %d 天（其中调休上班 %d 天）；不计 %d 天（节假日 %d "
                       "天，周末 %d 天）。\n",
                       "\n  %d days in all: %d counted (make-up days among them: %d), %d not "
                       "counted (holidays: %d, weekend days: %d).\n"),
               all, sums.counted, sums.make_up, all - sums.counted, sums.holiday, sums.weekend);
    plain_print(cli, calendar, question, due);
}

static void calendar_print(const struct cli *cli, const struct catalog_calendar *calendar)
{
    char from[BASE_DATE_SIZE] = "", until[BASE_DATE_SIZE];
    const char *name = cli_catalog_text(cli, &calendar->name);

    if (calendar->rules.published_from > 0)
        base_day_format(calendar->rules.published_from, from);
    base_day_format(calendar->rules.published_until, until);
    fputs(cli_say(cli, "  日历：", "  Calendar: "), stdout);
    if (name != NULL) {
        cli_put(stdout, name);
        fputs(cli_say(cli, "，", ", "), stdout);
    }
    printf(cli_say(cli, "公布期间 %s 至 %s（", "published %s to %s ("), from, until);
    cli_put(stdout, calendar->label);
    puts(cli_say(cli, "）。", ")."));
}

void cli_due_explain(const struct cli *cli, const struct catalog_calendar *calendar,
                     const struct cli_question *question, core_day due)
{
    static const struct cli_column columns[] = {
        {{{"  日期", "  Days"}}, 0},
        {{{"天数", "Number"}}, 0},
        {{{"计入", "Counted"}}, 0},
        {{{"原因", "Why"}}, 1},
    };
    struct cli_table table;

    sentence_print(cli, question, due);
    cli_table_init(cli, &table, columns, 4);
    ranges_walk(cli, calendar, question, due, range_add, &table);
    cli_table_print(cli, &table);
    cli_table_fini(&table);
    sums_print(cli, calendar, question, due);
    calendar_print(cli, calendar);
}
