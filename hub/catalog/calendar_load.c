/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars by themselves: the project's JSON, one yearly file, a folder of yearly files, iCalendar. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/time.h"
#include "catalog/ical.h"

#define PATH_SIZE 4096
#define YEARS_MAX 256
#define YEAR_MIN 1970
#define YEAR_MAX 2199
#define NAME_SIZE_MAX 200

/* One load of yearly files. */
struct yearly {
    struct catalog_loading *loading;
    struct catalog_listed_days days;
    int64_t first_year, last_year; /* 0 = none yet */
};

static void day_read(struct yearly *yearly, const struct base_json *json, const struct catalog_spot *spot,
                     int64_t year)
{
    static const char *const members[] = {"name", "date", "isOffDay"};
    struct catalog_loading *loading = yearly->loading;
    struct catalog_listed listed = {.item = loading->item, .key = "days", .index = spot->index};
    int64_t day_year;
    int listed_year, month, day;

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 3}))
        return;
    const char *name = catalog_read_string(loading, json, spot, "name", true, NAME_SIZE_MAX);
    bool has_day = catalog_read_day(loading, json, spot, "date", true, &listed.day);
    const struct base_json *is_off = catalog_need(loading, json, spot, "isOffDay");
    listed.is_worked = is_off != NULL && !catalog_read_flag(loading, json, spot, "isOffDay", true);
    if (!has_day || name == NULL || is_off == NULL)
        return;
    base_day_to_civil(listed.day, &listed_year, &month, &day);
    day_year = listed_year;
    if (day_year != year && day_year != year - 1) {
        catalog_report(loading, spot, "the date is neither of %lld nor of the year before", (long long)year);
        return;
    }
    listed.name = (struct catalog_text){{name, name}};
    loading->rc = catalog_listed_add(&yearly->days, &listed);
}

static void year_read(struct yearly *yearly, const struct base_json *json)
{
    static const char *const members[] = {"$schema", "$id", "year", "papers", "days"};
    struct catalog_loading *loading = yearly->loading;
    struct catalog_spot list_spot = {NULL, "days", 0};
    size_t i = 0;

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, 5}))
        return;
    if (catalog_need(loading, json, NULL, "year") == NULL)
        return;
    int64_t year = catalog_read_integer(loading, json, NULL, "year", YEAR_MIN, YEAR_MAX, 0);
    const struct base_json *list = catalog_read_list(loading, json, NULL, "days", true, 0, CATALOG_LISTED_MAX);
    if (year == 0)
        return;
    for (const struct base_json *item = base_json_first(list); item != NULL && loading->rc == OD_OK; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        day_read(yearly, item, &spot, year);
    }
    if (yearly->first_year == 0 || year < yearly->first_year)
        yearly->first_year = year;
    yearly->last_year = year > yearly->last_year ? year : yearly->last_year;
}

/* Every source is a yearly file. */
static void years_read(struct catalog_loading *loading, struct catalog_days *out)
{
    struct yearly yearly = {.loading = loading};

    for (uint32_t i = 0; i < loading->source_count && loading->rc == OD_OK; i++) {
        struct catalog_item item = {.kind = CATALOG_ITEM_FILE, .source = i, .size = loading->sources[i].size};
        catalog_item_add(loading, &item);
    }
    struct catalog_items *files = &loading->items[CATALOG_ITEM_FILE];
    for (size_t i = 0; i < files->count && loading->rc == OD_OK; i++) {
        loading->item = &files->at[i];
        struct base_json *json = catalog_item_parse(loading, loading->item);
        if (json != NULL)
            year_read(&yearly, json);
        base_json_destroy(json);
    }
    out->rules.weekend = 0x60;
    if (yearly.last_year > 0) { /* days of the year before the first do not make that year known */
        out->rules.published_from = base_day_from_civil((int)yearly.first_year, 1, 1);
        out->rules.published_until = base_day_from_civil((int)yearly.last_year, 12, 31);
    }
    if (loading->rc == OD_OK)
        catalog_listed_finish(loading, &yearly.days, out);
    catalog_listed_fini(&yearly.days);
}

/* JSON begins with a bracket, iCalendar with a letter; what is neither is told by its name. */
static bool is_ical(const struct catalog_source *source)
{
    const char *at = source->text, *end = source->text + source->size;
    size_t name_size = strlen(source->path);

    if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    bool is_named = name_size > 4 && strcasecmp(source->path + name_size - 4, ".ics") == 0;
    bool is_begun = end - at >= 6 && strncasecmp(at, "BEGIN:", 6) == 0;
    return is_begun || is_named;
}

/* Read the single source in either form: a yearly file has a "year". */
static void file_read(struct catalog_loading *loading, const char *path, struct catalog_days *out)
{
    const struct catalog_source *source = &loading->sources[0];
    struct base_json *json = NULL;
    struct base_json_error error;
    if (is_ical(source)) {
        catalog_ical_read(loading, out);
        return;
    }
    int rc = base_json_parse(source->text, source->size, &json, &error);
    if (rc == OD_ESYNTAX) {
        catalog_report_byte_word(loading, 0, error.offset, error.pointer, error.text);
        return;
    }
    if (rc != OD_OK) {
        loading->rc = rc;
        return;
    }
    bool is_yearly = base_json_member(json, "year") != NULL;
    base_json_destroy(json);
    if (is_yearly)
        years_read(loading, out);
    else
        catalog_project_read(loading, path, out);
}

/* Name of the last path part, without ".json" or ".ics". */
static const char *id_of(struct catalog_loading *loading, const char *path)
{
    size_t end = strlen(path);

    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    size_t size = end - start;
    if (size > 5 && memcmp(path + end - 5, ".json", 5) == 0)
        size -= 5;
    else if (size > 4 && strncasecmp(path + end - 4, ".ics", 4) == 0)
        size -= 4;
    const char *id = base_arena_text(loading->arena, path + start, size);
    if (id == NULL)
        loading->rc = OD_ENOMEM;
    return id;
}

static bool is_year_name(const char *name)
{
    return strspn(name, "0123456789") == 4 && strcmp(name + 4, ".json") == 0;
}

static int order_of_years(const void *a, const void *b)
{
    const int *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* Read YYYY.json of a folder, in the order of the years. */
static int folder_read(struct catalog_loading *loading, const char *folder_path)
{
    int years[YEARS_MAX];
    size_t count = 0;
    char path[PATH_SIZE], name[16];
    struct dirent *entry;
    DIR *folder = opendir(folder_path);
    int rc = OD_OK;

    if (folder == NULL)
        return errno == ENOMEM ? OD_ENOMEM : OD_EIO;
    while ((entry = readdir(folder)) != NULL) {
        if (is_year_name(entry->d_name) && count < YEARS_MAX)
            years[count++] = atoi(entry->d_name);
    }
    closedir(folder);
    if (count == 0)
        catalog_report_file(loading, folder_path, "there is no yearly file YYYY.json in the folder");
    else
        qsort(years, count, sizeof(years[0]), order_of_years);
    for (size_t i = 0; i < count && rc == OD_OK; i++) {
        snprintf(name, sizeof(name), "%04d.json", years[i] % 10000);
        if (snprintf(path, sizeof(path), "%s/%s", folder_path, name) >= PATH_SIZE)
            return OD_EIO;
        rc = catalog_file_read(loading, path, name);
    }
    return rc;
}

static int calendar_read(struct catalog_loading *loading, const char *path, struct catalog_days *days)
{
    struct stat status;
    int rc;

    if (stat(path, &status) != 0)
        return errno == ENOENT || errno == ENOTDIR ? OD_ENOTFOUND : OD_EIO;
    days->id = id_of(loading, path);
    if (S_ISDIR(status.st_mode)) {
        rc = folder_read(loading, path);
        if (rc == OD_OK)
            years_read(loading, days);
    } else {
        rc = catalog_file_read(loading, path, path);
        if (rc == OD_OK && loading->source_count == 1)
            file_read(loading, path, days);
    }
    if (rc == OD_OK && loading->rc == OD_OK && loading->findings->count == 0 && days->label == NULL)
        catalog_days_label(loading, days);
    if (rc == OD_OK)
        rc = loading->rc;
    return rc == OD_OK && loading->findings->count > 0 ? OD_EINVAL : rc;
}

static void calendar_fill(struct catalog_calendar *calendar, const struct catalog_days *days)
{
    calendar->rules = days->rules;
    calendar->id = days->id;
    calendar->name = days->name;
    calendar->label = days->label;
    calendar->holiday_names = days->holiday_names;
    calendar->make_up_names = days->make_up_names;
    calendar->observance_count = days->observance_count;
    calendar->cancelled_count = days->cancelled_count;
    for (const struct catalog_days *base = days->base; base != NULL; base = base->base)
        calendar->layers[calendar->layer_count++] = base->label;
}

int catalog_calendar_load(const char *path, struct catalog_calendar *out, struct catalog_findings *findings)
{
    struct catalog_calendar calendar = {.id = NULL};
    struct catalog_days days = {.id = NULL};
    struct catalog_loading loading;

    catalog_loading_init(&loading, &calendar.arena, findings, &catalog_limits_default);
    int rc = calendar_read(&loading, path, &days);
    catalog_loading_fini(&loading);
    if (rc != OD_OK) {
        base_arena_fini(&calendar.arena);
        return rc;
    }
    calendar_fill(&calendar, &days);
    *out = calendar;
    return OD_OK;
}

void catalog_calendar_fini(struct catalog_calendar *calendar)
{
    if (calendar == NULL)
        return;
    base_arena_fini(&calendar->arena);
    *calendar = (struct catalog_calendar){.id = NULL};
}
