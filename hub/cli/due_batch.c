/* SPDX-License-Identifier: Apache-2.0 */
/* due --batch: a calendar is loaded once, however often it is named. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/calendars.h"
#include "cli/due.h"

#define CALENDARS_MAX 256 /* different ones in one file */
#define WRONG_TOLD_MAX 20 /* wrong lines told one by one */
#define VALUE_SIZE 40     /* of a wrong value that is told, with its NUL */

struct entry {
    char *name; /* owned */
    int rc;     /* of loading: a calendar that fails is not tried again */
    struct catalog_calendar calendar;
};

/* Columns that a head may add behind days, in this order. */
static const char *const extra_names[] = {"rule", "pauses", "extended"};
enum { EXTRA_RULE, EXTRA_PAUSES, EXTRA_EXTENDED, EXTRAS };

struct batch {
    const struct cli *cli;
    const char *path;
    uint64_t line, wrong, provisional;
    char why[256];      /* what is wrong with this line */
    bool has_extra[EXTRAS];
    struct cli_due_clock clock;
    char rule[BASE_ID_MAX + 1]; /* of the line before, already read */
    bool is_rule_read;
    struct entry *last; /* of the line before: mostly the same again */
    size_t count;
    struct entry entries[CALENDARS_MAX];
};

static void wrong_tell(struct batch *batch, const char *why)
{
    if (++batch->wrong <= WRONG_TOLD_MAX)
        cli_tell(batch->cli, "%s:%llu: %s", batch->path, (unsigned long long)batch->line, why);
}

static struct entry *entry_add(struct batch *batch, const char *name)
{
    struct entry *entry = &batch->entries[batch->count];

    if (batch->count == CALENDARS_MAX)
        return NULL;
    entry->name = base_copy_text(name, strlen(name));
    if (entry->name == NULL)
        return NULL;
    batch->count++;
    entry->rc = cli_calendar_load(batch->cli, name, &entry->calendar);
    return entry;
}

/* NULL when there are too many, or memory is short. */
static struct entry *entry_find(struct batch *batch, const char *name)
{
    if (batch->last != NULL && strcmp(batch->last->name, name) == 0)
        return batch->last;
    batch->last = NULL;
    for (size_t i = 0; i < batch->count && batch->last == NULL; i++) {
        if (strcmp(batch->entries[i].name, name) == 0)
            batch->last = &batch->entries[i];
    }
    if (batch->last == NULL)
        batch->last = entry_add(batch, name);
    return batch->last;
}

/* The columns of a first line; false when it is no head. */
static bool head_read(struct batch *batch, const char *line)
{
    static const char plain[] = "calendar,from,days";
    const char *at = line + sizeof(plain) - 1;

    if (strncmp(line, plain, sizeof(plain) - 1) != 0)
        return false;
    for (size_t i = 0; i < EXTRAS; i++) {
        size_t size = strlen(extra_names[i]);

        if (at[0] == ',' && strncmp(at + 1, extra_names[i], size) == 0 && (at[1 + size] == ',' || at[1 + size] == '\0')) {
            batch->has_extra[i] = true;
            at += 1 + size;
        }
    }
    return *at == '\0';
}

/* Cut the extra columns off the line's end; those that the file does not have are "". */
static bool extras_cut(const struct batch *batch, char *line, const char *extras[EXTRAS])
{
    for (size_t i = EXTRAS; i-- > 0;) {
        char *comma = batch->has_extra[i] ? strrchr(line, ',') : NULL;

        extras[i] = "";
        if (!batch->has_extra[i])
            continue;
        if (comma == NULL)
            return false;
        *comma = '\0';
        extras[i] = comma + 1;
    }
    return true;
}

/* Cut "calendar,from,days" in place; a calendar's name may hold commas. */
static bool row_cut(char *line, char **from, char **days)
{
    char *second = strrchr(line, ',');

    if (second == NULL)
        return false;
    *second = '\0';
    char *first = strrchr(line, ',');
    if (first == NULL || first == line)
        return false;
    *first = '\0';
    *from = first + 1;
    *days = second + 1;
    return true;
}

static bool days_read(const char *text, int *days)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || text[strspn(text, "+-0123456789")] != '\0')
        return false;
    if (value == 0 || value < -CORE_LIMIT_DAYS_MAX || value > CORE_LIMIT_DAYS_MAX)
        return false;
    *days = (int)value;
    return true;
}

static void date_print(const struct cli *cli, core_day due, bool is_provisional)
{
    char date[BASE_DATE_SIZE];

    base_day_format(due, date);
    if (cli->is_json) {
        printf("{\"date\":\"%s\",\"provisional\":%s}\n", date,
               is_provisional ? "true" : "false");
    } else {
        date[BASE_DATE_SIZE - 1] = '\n';
        fwrite(date, 1, BASE_DATE_SIZE, stdout);
    }
}

/* What is due, and what stands there instead: dates and numbers are ASCII, the rest is '?'. */
static const char *wrong_value(struct batch *batch, const char *due, const char *value)
{
    char shown[VALUE_SIZE];
    size_t size = 0;

    for (; value[size] != '\0' && size < VALUE_SIZE - 1; size++)
        shown[size] = value[size] >= ' ' && value[size] <= '~' ? value[size] : '?';
    shown[size] = '\0';
    snprintf(batch->why, sizeof(batch->why), "%s%s%s", due,
             cli_say(batch->cli, "，而不是 ", ", not "), size > 0 ? shown : "\"\"");
    return batch->why;
}

/* Rule, pauses and extension into batch->clock; NULL, or what is wrong. */
static const char *clock_read(struct batch *batch, const char *const extras[EXTRAS])
{
    const struct cli *cli = batch->cli;
    const char *rule = extras[EXTRA_RULE][0] != '\0' ? extras[EXTRA_RULE] : "working_day";
    int extended = 0;

    if (!batch->is_rule_read || strcmp(rule, batch->rule) != 0) {
        batch->is_rule_read = strlen(rule) <= BASE_ID_MAX && cli_due_rule_read(cli, rule, cli_option(cli, "--rules"), &batch->clock) == CLI_DONE;
        if (!batch->is_rule_read)
            return wrong_value(batch, cli_say(cli, "rule 须为 working_day、calendar_day、month 或规则编号", "rule must be working_day, calendar_day, month or the id of a rule"), rule);
        snprintf(batch->rule, sizeof(batch->rule), "%s", rule);
    }
    if (cli_due_pauses_read(extras[EXTRA_PAUSES], &batch->clock) != OD_OK)
        return wrong_value(batch, cli_say(cli, "pauses 须为 2024-02-20..2024-02-26，多个以分号分隔", "pauses must be 2024-02-20..2024-02-26, more of them by semicolons"), extras[EXTRA_PAUSES]);
    if (extras[EXTRA_EXTENDED][0] != '\0' && strcmp(extras[EXTRA_EXTENDED], "0") != 0 &&
        (!days_read(extras[EXTRA_EXTENDED], &extended) || extended < 0))
        return wrong_value(batch, cli_say(cli, "extended 须为 0 至 3650 的整数", "extended must be an integer from 0 to 3650"), extras[EXTRA_EXTENDED]);
    batch->clock.extended = extended;
    return NULL;
}

static bool is_plain(const struct cli_due_clock *clock)
{
    return clock->rule == NULL && clock->limit.unit == CORE_UNIT_WORKING_DAY && clock->stop_count == 0 && clock->extended == 0;
}

/* NULL and the date, or what is wrong. */
static const char *row_date(struct batch *batch, const struct core_calendar *rules, core_day from, int days, core_day *due, bool *is_provisional)
{
    const struct cli *cli = batch->cli;
    const char *range = cli_say(cli, "结果超出 1970-01-01 至 9999-12-31", "the date lies outside 1970-01-01 to 9999-12-31");

    if (is_plain(&batch->clock)) {
        if (core_calendar_due(rules, from, days, due) != OD_OK)
            return range;
        *is_provisional = cli_due_is_provisional(rules, from, days, *due);
        return NULL;
    }
    if (days < 0)
        return cli_say(cli, "期限规则、暂停和延长只能向后数：days 须为正数", "a rule, pauses and an extension count forwards: days must be positive");
    if (cli_due_clock_run(&batch->clock, rules, from, days) != OD_OK)
        return range;
    *due = batch->clock.clock.due;
    *is_provisional = batch->clock.clock.is_provisional;
    return NULL;
}

/* NULL when the date was printed, else what is wrong with the line. */
static const char *row_answer(struct batch *batch, char *line)
{
    const struct cli *cli = batch->cli;
    const char *extras[EXTRAS];
    char *from_text, *days_text;
    core_day from, due;
    int days;

    if (!extras_cut(batch, line, extras))
        return cli_say(cli, "列数与表头不符", "there are fewer columns than in the head");
    if (!row_cut(line, &from_text, &days_text))
        return cli_say(cli, "须为 calendar,from,days", "calendar,from,days is due");
    if (base_day_parse(from_text, &from) != OD_OK)
        return wrong_value(
            batch,
            cli_say(cli, "from 须为 1970-01-01 至 9999-12-31 的日期 YYYY-MM-DD",
                    "from must be a date YYYY-MM-DD from 1970-01-01 to 9999-12-31"),
            from_text);
    if (!days_read(days_text, &days))
        return wrong_value(
            batch,
            cli_say(cli, "days 须为 -3650 至 -1 或 1 至 3650 的整数",
                    "days must be an integer from -3650 to -1 or from 1 to 3650"),
            days_text);
    struct entry *entry = entry_find(batch, line);
    if (entry == NULL)
        return cli_say(cli, "日历过多", "too many different calendars");
    if (entry->rc != CLI_DONE)
        return cli_say(cli, "日历不可用", "the calendar cannot be used");
    bool is_provisional = false;
    const char *why = clock_read(batch, extras);
    if (why == NULL)
        why = row_date(batch, &entry->calendar.rules, from, days, &due, &is_provisional);
    if (why != NULL)
        return why;
    batch->provisional += is_provisional;
    date_print(cli, due, is_provisional);
    return NULL;
}

static void line_take(struct batch *batch, char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        line[--size] = '\0';
    if (++batch->line == 1 && head_read(batch, line))
        return;
    const char *why = row_answer(batch, line);
    if (why == NULL)
        return;
    fputs(batch->cli->is_json ? "null\n" : "\n", stdout); /* line n answers line n */
    wrong_tell(batch, why);
}

static int batch_end(const struct batch *batch)
{
    const struct cli *cli = batch->cli;

    if (batch->provisional > 0)
        cli_tell(cli,
                 cli_say(cli, "%llu 个日期为暂定：超出已公布的日历",
                         "%llu dates are provisional: outside the published calendar"),
                 (unsigned long long)batch->provisional);
    if (batch->wrong == 0)
        return CLI_DONE;
    cli_tell(cli,
             cli_say(cli, "%llu 行有误，输出为空行",
                     "%llu lines are wrong; each gave an empty line"),
             (unsigned long long)batch->wrong);
    return CLI_FAILED;
}

static int lines_read(struct batch *batch, FILE *file)
{
    char *line = NULL;
    size_t room = 0;

    for (ssize_t size; (size = getline(&line, &room, file)) > 0;)
        line_take(batch, line, (size_t)size);
    int reason = errno;
    free(line); /* getline's own */
    if (!ferror(file))
        return batch_end(batch);
    cli_tell(batch->cli, "%s: %s", batch->path, strerror(reason));
    return CLI_FAILED;
}

int cli_due_batch(const struct cli *cli, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "r");
    struct batch *batch = file != NULL ? base_alloc(sizeof(*batch)) : NULL;
    int rc = CLI_NOT_FOUND;

    if (file == NULL) {
        cli_tell(cli, "%s: %s", path, strerror(errno));
    } else if (batch == NULL) {
        rc = CLI_FAILED;
    } else {
        batch->cli = cli;
        batch->path = path;
        rc = lines_read(batch, file);
        cli_due_clock_fini(&batch->clock);
        for (size_t i = 0; i < batch->count; i++) {
            catalog_calendar_fini(&batch->entries[i].calendar);
            base_free(batch->entries[i].name);
        }
    }
    base_free(batch);
    if (file != NULL && !is_stdin)
        fclose(file);
    return rc;
}
