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

struct batch {
    const struct cli *cli;
    const char *path;
    uint64_t line, wrong, provisional;
    char why[256];      /* what is wrong with this line */
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

/* NULL when the date was printed, else what is wrong with the line. */
static const char *row_answer(struct batch *batch, char *line)
{
    const struct cli *cli = batch->cli;
    char *from_text, *days_text;
    core_day from, due;
    int days;

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
    if (core_calendar_due(&entry->calendar.rules, from, days, &due) != OD_OK)
        return cli_say(cli, "结果超出 1970-01-01 至 9999-12-31",
                       "the date lies outside 1970-01-01 to 9999-12-31");
    bool is_provisional = cli_due_is_provisional(&entry->calendar.rules, from, days, due);
    batch->provisional += is_provisional;
    date_print(cli, due, is_provisional);
    return NULL;
}

static void line_take(struct batch *batch, char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        line[--size] = '\0';
    if (++batch->line == 1 && strcmp(line, "calendar,from,days") == 0)
        return; /* the head */
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
