/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the calendars of a loaded catalogue. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/tables.h"

size_t catalog_calendar_count(const struct catalog *catalog)
{
    return catalog->calendar_index.count;
}

const struct core_calendar *catalog_calendar_at(const struct catalog *catalog, size_t index)
{
    assert(index < catalog->calendar_index.count);
    return &catalog->calendars[index].rules;
}

const struct core_calendar *catalog_calendar_find(const struct catalog *catalog, const char *id)
{
    uint32_t at = catalog_index_find(&catalog->calendar_index, id);

    return at != CATALOG_INDEX_NONE ? &catalog->calendars[at].rules : NULL;
}

const struct catalog_days *catalog_days_of(const struct catalog *catalog, const struct core_calendar *calendar)
{
    const char *start = (const char *)catalog->calendars + offsetof(struct catalog_days, rules);
    size_t distance = (size_t)((const char *)calendar - start);

    assert((const char *)calendar >= start);
    assert(distance % sizeof(struct catalog_days) == 0);
    assert(distance / sizeof(struct catalog_days) < catalog->calendar_index.count);
    return &catalog->calendars[distance / sizeof(struct catalog_days)];
}

const char *catalog_calendar_label(const struct catalog *catalog, const struct core_calendar *calendar)
{
    return catalog_days_of(catalog, calendar)->label;
}

const char *catalog_calendar_version(const struct catalog *catalog, const struct core_calendar *calendar)
{
    const struct catalog_days *days = catalog_days_of(catalog, calendar);

    return days->label + strlen(days->id) + 1;
}

const struct catalog_text *catalog_calendar_name(const struct catalog *catalog, const struct core_calendar *calendar)
{
    return &catalog_days_of(catalog, calendar)->name;
}

const struct core_calendar *catalog_calendar_base(const struct catalog *catalog, const struct core_calendar *calendar)
{
    const struct catalog_days *base = catalog_days_of(catalog, calendar)->base;

    return base != NULL ? &base->rules : NULL;
}

enum catalog_level catalog_calendar_level(const struct catalog *catalog, const struct core_calendar *calendar)
{
    return catalog_days_of(catalog, calendar)->level;
}

static int order_of_days(const void *a, const void *b)
{
    const core_day *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static const struct catalog_text *name_in(const core_day *days, size_t count,
                                          const struct catalog_text *names, core_day day)
{
    const core_day *found = count > 0 ? bsearch(&day, days, count, sizeof(*days), order_of_days) : NULL;

    return found != NULL && names != NULL ? &names[found - days] : NULL;
}

const struct catalog_text *catalog_listed_name(const struct core_calendar *rules,
                                               const struct catalog_text *holiday_names,
                                               const struct catalog_text *make_up_names, core_day day)
{
    const struct catalog_text *name = name_in(rules->holidays, rules->holiday_count, holiday_names, day);

    return name != NULL ? name : name_in(rules->make_ups, rules->make_up_count, make_up_names, day);
}

const struct catalog_text *catalog_calendar_day_name(const struct catalog *catalog,
                                                     const struct core_calendar *calendar, core_day day)
{
    const struct catalog_days *days = catalog_days_of(catalog, calendar);

    return catalog_listed_name(&days->rules, days->holiday_names, days->make_up_names, day);
}
