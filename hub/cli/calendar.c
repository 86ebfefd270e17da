/* SPDX-License-Identifier: Apache-2.0 */
/* calendar check and show. */
#include "cli/calendar.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/calendars.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define YEARS_TABLE_MAX 40 /* more years than that are not listed one by one for people */
#define YEAR_MIN 1970
#define YEAR_MAX 9999
#define DAY_MS INT64_C(86400000)

static int year_of(core_day day)
{
    int year, month, day_of_month;

    base_day_to_civil(day, &year, &month, &day_of_month);
    return year;
}

/* The years that are known whole or in part: from the first to the last published day. */
static void years_of(const struct core_calendar *rules, int *first, int *last)
{
    *last = year_of(rules->published_until);
    *first = rules->published_from > 0 ? year_of(rules->published_from) : *last;
    if (*first > *last)
        *first = *last;
}

static void date_put(struct base_buffer *json, const char *key, core_day day)
{
    char date[BASE_DATE_SIZE];

    base_day_format(day, date);
    base_json_put_text(json, key, date);
}

static void years_put(struct base_buffer *json, const struct core_calendar *rules)
{
    int first, last;

    years_of(rules, &first, &last);
    base_json_open(json, "years", '[');
    for (int year = first; year <= last; year++) {
        struct cli_year_sums sums;
        cli_calendar_year_sum(rules, year, &sums);
        base_json_open(json, NULL, '{');
        base_json_put_i64(json, "year", year);
        base_json_put_i64(json, "working_days", sums.working);
        base_json_put_i64(json, "make_up_days", sums.make_up);
        base_json_put_i64(json, "days_off", sums.off);
        base_json_put_i64(json, "days_off_on_weekdays", sums.weekday_off);
        base_json_close(json, '}');
    }
    base_json_close(json, ']');
}

void cli_calendar_put(struct base_buffer *json, const char *key,
                      const struct catalog_calendar *calendar)
{
    const struct core_calendar *rules = &calendar->rules;

    base_json_open(json, key, '{');
    base_json_put_text(json, "id", calendar->id);
    base_json_put_text(json, "version", calendar->label);
    if (calendar->name.in[CATALOG_EN] != NULL)
        catalog_put_text(json, "name", &calendar->name);
    base_json_open(json, "layers", '[');
    for (size_t i = 0; i < calendar->layer_count; i++)
        base_json_put_text(json, NULL, calendar->layers[i]);
    base_json_close(json, ']');
    if (rules->published_from > 0)
        date_put(json, "published_from", rules->published_from);
    date_put(json, "published_until", rules->published_until);
    base_json_put_i64(json, "days_off", (int64_t)rules->holiday_count);
    base_json_put_i64(json, "make_up_days", (int64_t)rules->make_up_count);
    base_json_put_i64(json, "observances_left_out", (int64_t)calendar->observance_count);
    base_json_put_i64(json, "cancelled_left_out", (int64_t)calendar->cancelled_count);
    years_put(json, rules);
    base_json_close(json, '}');
}

static void number_add(struct cli_table *table, int number)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", number);
    cli_table_add(table, CLI_TONE_NONE, text);
}

static void years_print(const struct cli *cli, const struct core_calendar *rules)
{
    static const struct cli_column columns[] = {
        {{{"  年份", "  Year"}}, 0},         {{{"工作日", "Working days"}}, 0},
        {{{"其中调休", "Make-up days"}}, 0}, {{{"放假", "Days off"}}, 0},
        {{{"占工作日", "On weekdays"}}, 0},
    };
    struct cli_table table;
    int first, last;

    years_of(rules, &first, &last);
    if (last - first >= YEARS_TABLE_MAX)
        return;
    cli_table_init(cli, &table, columns, 5);
    for (int year = first; year <= last; year++) {
        struct cli_year_sums sums;
        char text[16];
        cli_calendar_year_sum(rules, year, &sums);
        snprintf(text, sizeof(text), "  %d", year);
        cli_table_add(&table, CLI_TONE_NONE, text);
        number_add(&table, sums.working);
        number_add(&table, sums.make_up);
        number_add(&table, sums.off);
        number_add(&table, sums.weekday_off);
    }
    putchar('\n');
    cli_table_print(cli, &table);
    cli_table_fini(&table);
}

static void layers_print(const struct cli *cli, const struct catalog_calendar *calendar)
{
    if (calendar->layer_count == 0)
        return;
    fputs(cli_say(cli, "  依据：", "  builds on "), stdout);
    for (size_t i = 0; i < calendar->layer_count; i++) {
        fputs(i > 0 ? cli_say(cli, "，再依据 ", ", that on ") : "", stdout);
        cli_put(stdout, calendar->layers[i]);
    }
    putchar('\n');
}

static void sound_print(const struct cli *cli, const struct catalog_calendar *calendar)
{
    const struct core_calendar *rules = &calendar->rules;
    const char *name = cli_catalog_text(cli, &calendar->name);
    char from[BASE_DATE_SIZE] = "", until[BASE_DATE_SIZE];

    if (rules->published_from > 0)
        base_day_format(rules->published_from, from);
    base_day_format(rules->published_until, until);
    fputs(cli_say(cli, "日历正确：", "sound: "), stdout);
    cli_put(stdout, calendar->label);
    putchar('\n');
    if (name != NULL) {
        fputs("  ", stdout);
        cli_put(stdout, name);
        putchar('\n');
    }
    layers_print(cli, calendar);
    printf(cli_say(cli, "  公布期间 %s 至 %s；放假 %zu 天，调休上班 %zu 天\n",
                   "  published %s to %s; %zu days off, %zu make-up days\n"),
           from, until, rules->holiday_count, rules->make_up_count);
    if (calendar->observance_count + calendar->cancelled_count > 0)
        printf(cli_say(cli, "  未计入：%zu 个纪念日或节气，%zu 个已取消的日程\n",
                       "  left out: %zu observances or seasons, %zu cancelled events\n"),
               calendar->observance_count, calendar->cancelled_count);
    years_print(cli, rules);
}

static void checked_print(const struct cli *cli, const struct catalog_calendar *calendar)
{
    struct base_buffer json = {0};

    if (!cli->is_json) {
        sound_print(cli, calendar);
        return;
    }
    base_json_open(&json, NULL, '{');
    base_json_put_bool(&json, "ok", true);
    cli_calendar_put(&json, "calendar", calendar);
    base_json_open(&json, "findings", '[');
    base_json_close(&json, ']');
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

int cli_calendar_check(struct cli *cli)
{
    const char *name = cli->operands[0];
    struct catalog_calendar calendar = {0};
    struct catalog_findings *findings = base_alloc(sizeof(*findings));

    if (findings == NULL)
        return CLI_FAILED;
    int rc = cli_calendar_read(name, &calendar, findings), end = CLI_REFUSED;
    if (rc == OD_OK) {
        checked_print(cli, &calendar);
        end = CLI_DONE;
    } else if (rc == OD_EINVAL) {
        cli_refused_print(cli, "日历", findings);
    } else {
        end = cli_calendar_tell(cli, name, rc, findings);
    }
    catalog_calendar_fini(&calendar);
    base_free(findings);
    return end;
}

/* This year where it is published, else the nearest published one. */
static int year_default(const struct core_calendar *rules)
{
    int first, last, now = year_of((core_day)(base_wall_ms() / DAY_MS));

    years_of(rules, &first, &last);
    return now < first ? first : now > last ? last : now;
}

static void year_caveat_tell(const struct cli *cli, const struct core_calendar *rules, int year)
{
    char from[BASE_DATE_SIZE] = "?", until[BASE_DATE_SIZE];

    if (base_day_from_civil(year, 1, 1) >= rules->published_from &&
        base_day_from_civil(year, 12, 31) <= rules->published_until)
        return;
    if (rules->published_from > 0)
        base_day_format(rules->published_from, from);
    base_day_format(rules->published_until, until);
    cli_tell(cli,
             cli_say(cli, "暂定：日历公布期间为 %s 至 %s，此外只知周末",
                     "provisional: the calendar is published from %s to %s; beyond that only "
                     "weekends are known"),
             from, until);
}

static void show_print(const struct cli *cli, const struct catalog_calendar *calendar, int year)
{
    struct base_buffer json = {0};

    if (!cli->is_json) {
        cli_calendar_year_print(cli, calendar, year);
        return;
    }
    base_json_open(&json, NULL, '{');
    cli_calendar_put(&json, "calendar", calendar);
    catalog_put_calendar_year(&json, "year", &calendar->rules, calendar->holiday_names,
                              calendar->make_up_names, year);
    base_json_close(&json, '}');
    printf("%s\n", base_buffer_text(&json));
    base_buffer_fini(&json);
}

int cli_calendar_show(struct cli *cli)
{
    struct catalog_calendar calendar = {0};
    int64_t year = 0;

    if (cli_option_integer(cli, "--year", YEAR_MIN, YEAR_MAX, 0, &year) != OD_OK)
        return CLI_USAGE;
    int rc = cli_calendar_load(cli, cli->operands[0], &calendar);
    if (rc != CLI_DONE)
        return rc;
    if (year == 0)
        year = year_default(&calendar.rules);
    show_print(cli, &calendar, (int)year);
    year_caveat_tell(cli, &calendar.rules, (int)year);
    catalog_calendar_fini(&calendar);
    return CLI_DONE;
}
