/* SPDX-License-Identifier: Apache-2.0 */
/* One year on a terminal: months side by side, each day with its mark and colour. Without
 * colour the marks tell the same. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "cli/calendar.h"
#include "cli/calendars.h"
#include "cli/text.h"

#define MONTHS 12
#define WEEK_DAYS 7
#define WEEKS_MAX 6    /* rows of a month */
#define GAP 3          /* columns between two months */
#define MONDAY_SHIFT 3 /* 1970-01-01 was a Thursday; Monday is 0 */

struct month {
    core_day first;
    int lead; /* cells before the first day */
    int days;
};

struct view {
    const struct cli *cli;
    const struct catalog_calendar *calendar;
    int year;
    struct month months[MONTHS];
    size_t mark_columns; /* of a mark */
    size_t cell_columns;
    size_t month_columns;
    int across; /* months in a row */
};

static int weekday_of(core_day day)
{
    return (int)((day + MONDAY_SHIFT) % WEEK_DAYS);
}

static bool is_worked(enum core_day_kind kind)
{
    return kind == CORE_DAY_WORKING || kind == CORE_DAY_MAKE_UP;
}

void cli_calendar_year_sum(const struct core_calendar *rules, int year,
                           struct cli_year_sums *sums)
{
    core_day last = base_day_from_civil(year, 12, 31);

    *sums = (struct cli_year_sums){0};
    for (core_day day = base_day_from_civil(year, 1, 1); day <= last; day++) {
        enum core_day_kind kind = core_calendar_kind(rules, day);
        bool is_weekend = (rules->weekend >> weekday_of(day) & 1) != 0;
        sums->working += is_worked(kind);
        sums->make_up += kind == CORE_DAY_MAKE_UP;
        sums->off += kind == CORE_DAY_HOLIDAY;
        sums->weekday_off += kind == CORE_DAY_HOLIDAY && !is_weekend;
    }
}

/* Chinese calendars print 休 and 班; elsewhere a sign stands beside the number. */
static const char *mark_of(const struct cli *cli, enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_NONE:
    case CORE_DAY_WORKING: return "";
    case CORE_DAY_WEEKEND: return ".";
    case CORE_DAY_HOLIDAY: return cli_say(cli, "休", "*");
    case CORE_DAY_MAKE_UP: return cli_say(cli, "班", "+");
    }
    return "";
}

static enum cli_tone tone_of(enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_NONE:
    case CORE_DAY_WORKING: return CLI_TONE_NONE;
    case CORE_DAY_WEEKEND: return CLI_TONE_FAINT;
    case CORE_DAY_HOLIDAY: return CLI_TONE_BAD;
    case CORE_DAY_MAKE_UP: return CLI_TONE_WAIT;
    }
    return CLI_TONE_NONE;
}

static void view_init(struct view *view, const struct cli *cli,
                      const struct catalog_calendar *calendar, int year)
{
    *view = (struct view){.cli = cli, .calendar = calendar, .year = year};
    for (int i = 0; i < MONTHS; i++) {
        core_day first = base_day_from_civil(year, i + 1, 1);
        core_day next = i + 1 < MONTHS ? base_day_from_civil(year, i + 2, 1)
                                       : base_day_from_civil(year, 12, 31) + 1;
        view->months[i] = (struct month){first, weekday_of(first), next - first};
    }
    view->mark_columns = cli_columns(mark_of(cli, CORE_DAY_HOLIDAY));
    view->cell_columns = 2 + view->mark_columns + (view->mark_columns > 1);
    view->month_columns = WEEK_DAYS * view->cell_columns;
    size_t room = cli->columns > 0 && cli->columns < 80 ? cli->columns : 80;
    size_t across = (room + GAP) / (view->month_columns + GAP);
    view->across = across >= 3 ? 3 : across >= 2 ? 2 : 1;
}

static void spaces_print(size_t count)
{
    printf("%*s", (int)count, "");
}

static void month_name_print(const struct view *view, int month)
{
    static const char *const english[MONTHS] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    char name[32];

    if (view->cli->language == CLI_EN)
        snprintf(name, sizeof(name), "%s", english[month]);
    else
        snprintf(name, sizeof(name), "%d月", month + 1);
    cli_put_toned(view->cli, CLI_TONE_HEAD, name, view->month_columns);
}

static void weekdays_print(const struct view *view)
{
    static const struct cli_text names[WEEK_DAYS] = {
        {{"一", "Mo"}}, {{"二", "Tu"}}, {{"三", "We"}}, {{"四", "Th"}},
        {{"五", "Fr"}}, {{"六", "Sa"}}, {{"日", "Su"}}};

    for (int i = 0; i < WEEK_DAYS; i++)
        cli_put_toned(view->cli, CLI_TONE_FAINT, names[i].in[view->cli->language],
                      view->cell_columns);
}

static void cell_print(const struct view *view, core_day day, int number)
{
    enum core_day_kind kind = core_calendar_kind(&view->calendar->rules, day);
    char cell[16];

    snprintf(cell, sizeof(cell), "%2d%s", number, mark_of(view->cli, kind));
    cli_put_toned(view->cli, tone_of(kind), cell, view->cell_columns);
}

static void week_print(const struct view *view, const struct month *month, int week)
{
    for (int i = 0; i < WEEK_DAYS; i++) {
        int number = week * WEEK_DAYS + i - month->lead + 1;
        if (number < 1 || number > month->days)
            spaces_print(view->cell_columns);
        else
            cell_print(view, month->first + number - 1, number);
    }
}

/* Does any of the months from first on have a day in that week? */
static bool has_week(const struct view *view, int first, int week)
{
    for (int i = first; i < first + view->across; i++) {
        if (view->months[i].lead + view->months[i].days > week * WEEK_DAYS)
            return true;
    }
    return false;
}

enum line { LINE_NAME, LINE_WEEKDAYS, LINE_WEEK };

/* One printed line of the months from first on. */
static void line_print(const struct view *view, int first, enum line line, int week)
{
    for (int i = first; i < first + view->across; i++) {
        if (i > first)
            spaces_print(GAP);
        switch (line) {
        case LINE_NAME: month_name_print(view, i); break;
        case LINE_WEEKDAYS: weekdays_print(view); break;
        case LINE_WEEK: week_print(view, &view->months[i], week); break;
        }
    }
    putchar('\n');
}

static void months_print(const struct view *view)
{
    for (int first = 0; first < MONTHS; first += view->across) {
        line_print(view, first, LINE_NAME, 0);
        line_print(view, first, LINE_WEEKDAYS, 0);
        for (int week = 0; week < WEEKS_MAX && has_week(view, first, week); week++)
            line_print(view, first, LINE_WEEK, week);
        putchar('\n');
    }
}

static void legend_print(const struct view *view)
{
    static const struct {
        enum core_day_kind kind;
        struct cli_text word;
    } rows[] = {
        {CORE_DAY_HOLIDAY, {{"放假", "day off"}}},
        {CORE_DAY_MAKE_UP, {{"调休上班", "make-up working day"}}},
        {CORE_DAY_WEEKEND, {{"周末", "weekend"}}},
    };
    const struct cli *cli = view->cli;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cli_put_toned(cli, tone_of(rows[i].kind), mark_of(cli, rows[i].kind), 0);
        printf(" %s   ", rows[i].word.in[cli->language]);
    }
    puts(cli_say(cli, "无标记为工作日", "no mark: working day"));
}

static bool is_same_name(const struct catalog_text *a, const struct catalog_text *b)
{
    return a != NULL && b != NULL && strcmp(a->in[CATALOG_ZH_CN], b->in[CATALOG_ZH_CN]) == 0 &&
           strcmp(a->in[CATALOG_EN], b->in[CATALOG_EN]) == 0;
}

/* "  02-10 to 02-17 * Spring Festival (8 days)". */
static void listed_print(const struct view *view, core_day first, core_day last,
                         enum core_day_kind kind, const struct catalog_text *name)
{
    const struct cli *cli = view->cli;
    char from[BASE_DATE_SIZE], to[BASE_DATE_SIZE], days[32] = "";

    base_day_format(first, from);
    base_day_format(last, to);
    printf("  %s", from + 5);
    if (first == last)
        spaces_print(5 + 2 + cli_columns(cli_say(cli, "至", "to")));
    else
        printf(" %s %s", cli_say(cli, "至", "to"), to + 5);
    fputs("  ", stdout);
    cli_put_toned(cli, tone_of(kind), mark_of(cli, kind), 0);
    putchar(' ');
    cli_put(stdout, cli_catalog_text(cli, name));
    if (last > first)
        snprintf(days, sizeof(days), cli_say(cli, "（%d 天）", " (%d days)"),
                 (int)(last - first + 1));
    puts(days);
}

static void all_listed_print(const struct view *view)
{
    const struct catalog_calendar *calendar = view->calendar;
    core_day end = base_day_from_civil(view->year, 12, 31);

    for (core_day day = base_day_from_civil(view->year, 1, 1), last; day <= end;
         day = last + 1) {
        enum core_day_kind kind = core_calendar_kind(&calendar->rules, day);
        const struct catalog_text *name = catalog_listed_name(
            &calendar->rules, calendar->holiday_names, calendar->make_up_names, day);
        last = day;
        if (kind != CORE_DAY_HOLIDAY && kind != CORE_DAY_MAKE_UP)
            continue;
        while (last < end && core_calendar_kind(&calendar->rules, last + 1) == kind &&
               is_same_name(name, catalog_listed_name(&calendar->rules, calendar->holiday_names,
                                                      calendar->make_up_names, last + 1)))
            last++;
        listed_print(view, day, last, kind, name);
    }
}

static void head_print(const struct view *view)
{
    const struct cli *cli = view->cli;
    const char *name = cli_catalog_text(cli, &view->calendar->name);
    char year[16];

    snprintf(year, sizeof(year), cli_say(cli, "%d年", "%d"), view->year);
    cli_put_toned(cli, CLI_TONE_HEAD, year, 0);
    fputs("  ", stdout);
    cli_put(stdout, name != NULL ? name : view->calendar->id);
    fputs("  ", stdout);
    cli_put_toned(cli, CLI_TONE_FAINT, view->calendar->label, 0);
    fputs("\n\n", stdout);
}

void cli_calendar_year_print(const struct cli *cli, const struct catalog_calendar *calendar,
                             int year)
{
    struct view view;
    struct cli_year_sums sums;

    view_init(&view, cli, calendar, year);
    cli_calendar_year_sum(&calendar->rules, year, &sums);
    head_print(&view);
    months_print(&view);
    legend_print(&view);
    putchar('\n');
    all_listed_print(&view);
    printf(
        cli_say(cli,
                "\n工作日 %d 天（其中调休上班 %d 天）；放假 %d 天（其中 %d 天本为工作日）。\n",
                "\n%d working days (make-up days: %d); %d days off (on weekdays: %d).\n"),
        sums.working, sums.make_up, sums.off, sums.weekday_off);
}
