/* SPDX-License-Identifier: Apache-2.0 */
/* calendar import: files of any form, joined, as one calendar file of the project.
 *
 *   load all -> join (one after another in time, no gap) -> write
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "cli/calendar.h"
#include "cli/calendars.h"
#include "cli/verbs.h"

#define ENTRIES_MAX 4096 /* of one list of a calendar file */

struct join {
    const struct cli *cli;
    struct catalog_calendar *parts; /* owned; part_count loaded */
    size_t part_count;
    struct catalog_calendar whole; /* borrows from the parts, but for its lists */
    struct day_entry *entries;     /* owned */
    size_t entry_count;
};

/* A day that a part lists. */
struct day_entry {
    core_day day;
    bool is_worked;
    size_t part;
    struct catalog_text name;
};

static int order_of_parts(const void *a, const void *b)
{
    const struct catalog_calendar *left = a, *right = b;

    return (left->rules.published_from > right->rules.published_from) -
           (left->rules.published_from < right->rules.published_from);
}

static int order_of_entries(const void *a, const void *b)
{
    const struct day_entry *left = a, *right = b;

    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    return (left->part > right->part) - (left->part < right->part);
}

static int parts_load(struct join *join)
{
    int rc = CLI_DONE;

    join->parts = base_alloc(join->cli->operand_count * sizeof(*join->parts));
    if (join->parts == NULL)
        return CLI_FAILED;
    for (size_t i = 0; i < join->cli->operand_count && rc == CLI_DONE; i++) {
        rc = cli_calendar_load(join->cli, join->cli->operands[i], &join->parts[i]);
        join->part_count += rc == CLI_DONE;
    }
    if (rc == CLI_DONE)
        qsort(join->parts, join->part_count, sizeof(*join->parts), order_of_parts);
    return rc;
}

/* A year that none of the files tells of must not look published. */
static int gaps_check(const struct join *join)
{
    const struct cli *cli = join->cli;

    for (size_t i = 1; i < join->part_count; i++) {
        const struct core_calendar *before = &join->parts[i - 1].rules,
                                   *after = &join->parts[i].rules;
        char until[BASE_DATE_SIZE], from[BASE_DATE_SIZE];
        base_day_format(before->published_until, until);
        base_day_format(after->published_from, from);
        if (after->weekend != before->weekend) {
            cli_tell(cli,
                     cli_say(cli, "%s 与 %s 的周末不同，不能合并",
                             "%s and %s have different weekends; they cannot be joined"),
                     join->parts[i - 1].id, join->parts[i].id);
            return CLI_REFUSED;
        }
        if (after->published_from > before->published_until + 1) {
            cli_tell(cli,
                     cli_say(cli, "文件之间有缺口：%s 至 %s 之间无人公布；请补上缺少的年份",
                             "there is a gap between the files: nothing tells of the days "
                             "between %s and %s; add the years that are missing"),
                     until, from);
            return CLI_REFUSED;
        }
    }
    return CLI_DONE;
}

static void entries_add(struct join *join, size_t part, bool is_worked)
{
    const struct catalog_calendar *calendar = &join->parts[part];
    const core_day *days = is_worked ? calendar->rules.make_ups : calendar->rules.holidays;
    const struct catalog_text *names =
        is_worked ? calendar->make_up_names : calendar->holiday_names;
    size_t count = is_worked ? calendar->rules.make_up_count : calendar->rules.holiday_count;

    for (size_t i = 0; i < count; i++)
        join->entries[join->entry_count++] =
            (struct day_entry){days[i], is_worked, part, names[i]};
}

static int entries_gather(struct join *join)
{
    size_t count = 0;

    for (size_t i = 0; i < join->part_count; i++)
        count += join->parts[i].rules.holiday_count + join->parts[i].rules.make_up_count;
    join->entries = base_alloc((count + 1) * sizeof(*join->entries));
    if (join->entries == NULL)
        return CLI_FAILED;
    for (size_t i = 0; i < join->part_count; i++) {
        entries_add(join, i, false);
        entries_add(join, i, true);
    }
    if (join->entry_count > 0)
        qsort(join->entries, join->entry_count, sizeof(*join->entries), order_of_entries);
    return CLI_DONE;
}

static int conflict_tell(const struct join *join, const struct day_entry *first,
                         const struct day_entry *second)
{
    char date[BASE_DATE_SIZE];
    const struct day_entry *worked = first->is_worked ? first : second,
                           *off = first->is_worked ? second : first;

    base_day_format(first->day, date);
    cli_tell(join->cli,
             cli_say(join->cli, "%s：%s 列为放假，%s 列为上班；请删去其一",
                     "%s is a day off in %s and a working day in %s; remove one"),
             date, join->parts[off->part].id, join->parts[worked->part].id);
    return CLI_REFUSED;
}

/* The lists of the whole out of the sorted entries, each day once. */
static int lists_fill(struct join *join)
{
    struct catalog_calendar *whole = &join->whole;
    size_t size = join->entry_count + 1;
    core_day *days[2] = {base_arena_take(&whole->arena, size * sizeof(core_day)),
                         base_arena_take(&whole->arena, size * sizeof(core_day))};
    struct catalog_text *names[2] = {
        base_arena_take(&whole->arena, size * sizeof(struct catalog_text)),
        base_arena_take(&whole->arena, size * sizeof(struct catalog_text))};
    size_t counts[2] = {0, 0};

    if (days[0] == NULL || days[1] == NULL || names[0] == NULL || names[1] == NULL)
        return CLI_FAILED;
    for (size_t i = 0; i < join->entry_count; i++) {
        const struct day_entry *entry = &join->entries[i], *before = i > 0 ? entry - 1 : NULL;
        if (before != NULL && before->day == entry->day &&
            before->is_worked != entry->is_worked)
            return conflict_tell(join, before, entry);
        if (before != NULL && before->day == entry->day)
            continue;
        days[entry->is_worked][counts[entry->is_worked]] = entry->day;
        names[entry->is_worked][counts[entry->is_worked]++] = entry->name;
    }
    whole->rules.holidays = days[0];
    whole->rules.make_ups = days[1];
    whole->rules.holiday_count = counts[0];
    whole->rules.make_up_count = counts[1];
    whole->holiday_names = names[0];
    whole->make_up_names = names[1];
    return CLI_DONE;
}

static int parts_join(struct join *join)
{
    struct core_calendar *rules = &join->whole.rules;
    int rc = gaps_check(join);

    if (rc == CLI_DONE)
        rc = entries_gather(join);
    if (rc != CLI_DONE)
        return rc;
    rules->weekend = join->parts[0].rules.weekend;
    rules->published_from = join->parts[0].rules.published_from;
    join->whole.name = join->parts[0].name;
    for (size_t i = 0; i < join->part_count; i++) {
        if (join->parts[i].rules.published_until > rules->published_until)
            rules->published_until = join->parts[i].rules.published_until;
    }
    return lists_fill(join);
}

/* [a-z0-9][a-z0-9._-]{0,63} */
static bool is_id(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789",
                      rest[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(text);

    return size >= 1 && size <= BASE_ID_MAX && strchr(first, text[0]) != NULL &&
           strspn(text, rest) == size;
}

static int id_check(const struct cli *cli, const char *id, const char *option)
{
    if (id == NULL || is_id(id))
        return CLI_DONE;
    cli_tell(cli,
             cli_say(cli, "%s：%s 不是编号；须为 1 至 64 个 a-z 0-9 . _ -，以字母或数字开头",
                     "%s: %s is no id: 1 to 64 of a-z 0-9 . _ - are allowed, the first a "
                     "letter or digit"),
             option, id);
    return CLI_USAGE;
}

static int text_write(const struct cli *cli, const char *path, const struct base_buffer *text)
{
    struct base_buffer beside = {0};
    int rc = CLI_FAILED;

    base_buffer_put_format(&beside, "%s.new", path);
    const char *new_path = base_buffer_text(&beside);
    FILE *file = fopen(new_path, "wb");
    if (file != NULL) {
        bool is_whole = fwrite(text->bytes, 1, text->size, file) == text->size;
        is_whole = fclose(file) == 0 && is_whole;
        if (is_whole && rename(new_path, path) == 0)
            rc = CLI_DONE;
    }
    if (rc != CLI_DONE) {
        int reason = errno;
        unlink(new_path);
        cli_tell(cli, "%s: %s", path, strerror(reason));
    }
    base_buffer_fini(&beside);
    return rc;
}

static int whole_write(const struct join *join, const char *id, const char *base)
{
    const struct cli *cli = join->cli;
    const struct core_calendar *rules = &join->whole.rules;
    const char *output = cli_option(cli, "--output");
    struct base_buffer text = {0};
    int rc = CLI_FAILED;

    if (rules->make_up_count > ENTRIES_MAX || rules->holiday_count > ENTRIES_MAX) {
        cli_tell(cli,
                 cli_say(cli, "放假 %zu 天，多于 %d 天：请先截短文件",
                         "there are %zu days off, more than %d: cut the file first"),
                 rules->holiday_count, ENTRIES_MAX);
        return CLI_REFUSED;
    }
    catalog_put_calendar_file(&text, &join->whole, id, base);
    if (text.is_broken)
        cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
    else if (output != NULL)
        rc = text_write(cli, output, &text);
    else
        rc = fwrite(text.bytes, 1, text.size, stdout) == text.size ? CLI_DONE : CLI_FAILED;
    base_buffer_fini(&text);
    return rc;
}

/* For whoever sees no file on the screen: what was written. The calendar itself is JSON
 * already. */
static void written_tell(struct join *join, const char *id)
{
    const struct cli *cli = join->cli;
    char until[BASE_DATE_SIZE];

    if (cli->is_json && cli_option(cli, "--output") != NULL) {
        printf("{\"id\":\"%s\",\"days_off\":%zu,\"make_up_days\":%zu}\n", id,
               join->whole.rules.holiday_count, join->whole.rules.make_up_count);
        return;
    }

    base_day_format(join->whole.rules.published_until, until);
    cli_tell(cli,
             cli_say(cli, "%s：放假 %zu 天，调休上班 %zu 天，公布至 %s",
                     "%s: %zu days off, %zu make-up days, published until %s"),
             id, join->whole.rules.holiday_count, join->whole.rules.make_up_count, until);
}

int cli_calendar_import(struct cli *cli)
{
    const char *id = cli_option(cli, "--id"), *base = cli_option(cli, "--base");
    struct join join = {.cli = cli};
    int rc = id_check(cli, id, "--id");

    if (id == NULL && cli->operand_count > 1) {
        cli_tell(cli, "%s",
                 cli_say(cli, "多个文件合成一个日历：请用 --id 给出编号",
                         "several files make one calendar: give its id with --id"));
        return CLI_USAGE;
    }
    if (rc == CLI_DONE)
        rc = id_check(cli, base, "--base");
    if (rc == CLI_DONE)
        rc = parts_load(&join);
    if (rc == CLI_DONE && id == NULL) {
        id = join.parts[0].id;
        rc = id_check(cli, id, "--id");
    }
    if (rc == CLI_DONE)
        rc = parts_join(&join);
    if (rc == CLI_DONE)
        rc = whole_write(&join, id, base);
    if (rc == CLI_DONE)
        written_tell(&join, id);
    base_arena_fini(&join.whole.arena);
    for (size_t i = 0; i < join.part_count; i++)
        catalog_calendar_fini(&join.parts[i]);
    base_free(join.parts);
    base_free(join.entries);
    return rc;
}
