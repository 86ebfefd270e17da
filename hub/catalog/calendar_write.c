/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars as JSON: the project's own file, and one year for whoever draws it. */
#include <assert.h>
#include <string.h>

#include "base/time.h"
#include "catalog/calendar_days.h"

#define WEEK_DAYS 7

static const char *const weekdays[WEEK_DAYS] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

/* A text with its quotes and escapes, where no comma is due. */
static void quoted_put(struct base_buffer *buffer, const char *text)
{
    buffer->has_item = false;
    base_json_put_text(buffer, NULL, text);
}

static void name_put(struct base_buffer *buffer, const struct catalog_text *name)
{
    base_buffer_put_text(buffer, "{\"zh-CN\": ");
    quoted_put(buffer, name->in[CATALOG_ZH_CN]);
    base_buffer_put_text(buffer, ", \"en\": ");
    quoted_put(buffer, name->in[CATALOG_EN]);
    base_buffer_put_text(buffer, "}");
}

static bool is_same_name(const struct catalog_text *a, const struct catalog_text *b)
{
    return strcmp(a->in[CATALOG_ZH_CN], b->in[CATALOG_ZH_CN]) == 0 && strcmp(a->in[CATALOG_EN], b->in[CATALOG_EN]) == 0;
}

static void date_put(struct base_buffer *buffer, const char *before, core_day day)
{
    char date[BASE_DATE_SIZE];

    base_day_format(day, date);
    base_buffer_put_format(buffer, "%s\"%s\"", before, date);
}

/* Runs of days of one name, one a line. */
static void holidays_put(struct base_buffer *buffer, const struct catalog_calendar *calendar)
{
    const core_day *days = calendar->rules.holidays;
    size_t count = calendar->rules.holiday_count;

    base_buffer_put_text(buffer, "  \"holidays\": [");
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && days[next] == days[next - 1] + 1 && days[next] - days[i] < CATALOG_HOLIDAY_MAX; next++) {
            if (!is_same_name(&calendar->holiday_names[next], &calendar->holiday_names[i]))
                break;
        }
        date_put(buffer, i > 0 ? ",\n    {\"from\": " : "\n    {\"from\": ", days[i]);
        if (next - i > 1)
            date_put(buffer, ", \"to\": ", days[next - 1]);
        base_buffer_put_text(buffer, ", \"name\": ");
        name_put(buffer, &calendar->holiday_names[i]);
        base_buffer_put_text(buffer, "}");
    }
    base_buffer_put_text(buffer, count > 0 ? "\n  ],\n" : "],\n");
}

static void make_ups_put(struct base_buffer *buffer, const struct catalog_calendar *calendar)
{
    size_t count = calendar->rules.make_up_count;

    base_buffer_put_text(buffer, "  \"working_days\": [");
    for (size_t i = 0; i < count; i++) {
        date_put(buffer, i > 0 ? ",\n    {\"date\": " : "\n    {\"date\": ", calendar->rules.make_ups[i]);
        base_buffer_put_text(buffer, ", \"name\": ");
        name_put(buffer, &calendar->make_up_names[i]);
        base_buffer_put_text(buffer, "}");
    }
    base_buffer_put_text(buffer, count > 0 ? "\n  ]\n" : "]\n");
}

static void weekend_put(struct base_buffer *buffer, uint8_t weekend)
{
    bool has_day = false;

    base_buffer_put_text(buffer, "  \"weekend\": [");
    for (unsigned i = 0; i < WEEK_DAYS; i++) {
        if ((weekend >> i & 1) == 0)
            continue;
        base_buffer_put_format(buffer, "%s\"%s\"", has_day ? ", " : "", weekdays[i]);
        has_day = true;
    }
    base_buffer_put_text(buffer, "],\n");
}

/* What a layer takes from its base is left out. */
static void head_put(struct base_buffer *buffer, const struct catalog_calendar *calendar, const char *id, const char *base)
{
    struct catalog_text name = calendar->name;

    for (size_t i = 0; i < CATALOG_LANGUAGES; i++)
        name.in[i] = name.in[i] != NULL ? name.in[i] : id;
    base_buffer_put_text(buffer, "{\"calendars\": [{\n  \"id\": ");
    quoted_put(buffer, id);
    if (base != NULL) {
        base_buffer_put_text(buffer, ",\n  \"base\": ");
        quoted_put(buffer, base);
    }
    base_buffer_put_text(buffer, ",\n  \"name\": ");
    name_put(buffer, &name);
    base_buffer_put_text(buffer, ",\n");
    if (base != NULL)
        return;
    weekend_put(buffer, calendar->rules.weekend);
    if (calendar->rules.published_from > 0) {
        date_put(buffer, "  \"published_from\": ", calendar->rules.published_from);
        base_buffer_put_text(buffer, ",\n");
    }
    date_put(buffer, "  \"published_until\": ", calendar->rules.published_until);
    base_buffer_put_text(buffer, ",\n");
}

void catalog_put_calendar_file(struct base_buffer *buffer, const struct catalog_calendar *calendar, const char *id,
                               const char *base)
{
    head_put(buffer, calendar, id, base);
    holidays_put(buffer, calendar);
    make_ups_put(buffer, calendar);
    base_buffer_put_text(buffer, "}]}\n");
}

const char *catalog_day_kind_name(enum core_day_kind kind)
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

struct sums {
    int working, make_up, off;
};

static void year_day_put(struct base_buffer *buffer, const struct core_calendar *rules,
                         const struct catalog_text *holiday_names, const struct catalog_text *make_up_names, core_day day,
                         struct sums *sums)
{
    enum core_day_kind kind = core_calendar_kind(rules, day);
    const struct catalog_text *name = catalog_listed_name(rules, holiday_names, make_up_names, day);
    char date[BASE_DATE_SIZE];

    base_day_format(day, date);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "date", date);
    base_json_put_text(buffer, "kind", catalog_day_kind_name(kind));
    base_json_put_bool(buffer, "worked", kind == CORE_DAY_WORKING || kind == CORE_DAY_MAKE_UP);
    if (name != NULL)
        catalog_put_text(buffer, "name", name);
    base_json_close(buffer, '}');
    sums->working += kind == CORE_DAY_WORKING || kind == CORE_DAY_MAKE_UP;
    sums->make_up += kind == CORE_DAY_MAKE_UP;
    sums->off += kind == CORE_DAY_HOLIDAY;
}

void catalog_put_calendar_year(struct base_buffer *buffer, const char *key, const struct core_calendar *rules,
                               const struct catalog_text *holiday_names, const struct catalog_text *make_up_names,
                               int year)
{
    struct sums sums = {0, 0, 0};
    core_day day = base_day_from_civil(year, 1, 1);

    assert(year >= 1970);
    assert(year <= 9999);
    base_json_open(buffer, key, '{');
    base_json_put_i64(buffer, "year", year);
    base_json_put_bool(buffer, "published",
                       day >= rules->published_from && base_day_from_civil(year, 12, 31) <= rules->published_until);
    base_json_open(buffer, "months", '[');
    for (int month = 1; month <= 12; month++) {
        core_day end = month < 12 ? base_day_from_civil(year, month + 1, 1) : base_day_from_civil(year, 12, 31) + 1;
        base_json_open(buffer, NULL, '{');
        base_json_put_i64(buffer, "month", month);
        base_json_open(buffer, "days", '[');
        for (; day < end; day++)
            year_day_put(buffer, rules, holiday_names, make_up_names, day, &sums);
        base_json_close(buffer, ']');
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
    base_json_put_i64(buffer, "working_days", sums.working);
    base_json_put_i64(buffer, "make_up_days", sums.make_up);
    base_json_put_i64(buffer, "days_off", sums.off);
    base_json_close(buffer, '}');
}

void catalog_put_calendar_year_of(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                                  const struct core_calendar *calendar, int year)
{
    const struct catalog_days *days = catalog_days_of(catalog, calendar);

    catalog_put_calendar_year(buffer, key, &days->rules, days->holiday_names, days->make_up_names, year);
}

void catalog_put_calendar(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                          const struct core_calendar *calendar)
{
    const struct catalog_days *days = catalog_days_of(catalog, calendar);
    char date[BASE_DATE_SIZE];

    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "id", days->id);
    base_json_put_text(buffer, "version", days->label);
    catalog_put_text(buffer, "name", &days->name);
    if (days->level != CATALOG_LEVEL_NONE)
        base_json_put_text(buffer, "level", catalog_level_name(days->level));
    if (days->base != NULL)
        base_json_put_text(buffer, "base", days->base->label);
    base_day_format(days->rules.published_from, date);
    if (days->rules.published_from > 0)
        base_json_put_text(buffer, "published_from", date);
    base_day_format(days->rules.published_until, date);
    base_json_put_text(buffer, "published_until", date);
    base_json_close(buffer, '}');
}
