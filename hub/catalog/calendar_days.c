/* SPDX-License-Identifier: Apache-2.0 */
/* A calendar object: days off, make-up working days, the weekend. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "catalog/calendar_days.h"

static const char *const weekdays[] = {NULL, "monday", "tuesday", "wednesday", "thursday", "friday",
                                       "saturday", "sunday"};

static uint8_t weekend_read(struct catalog_loading *loading, const struct base_json *json)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "weekend", false, 0, 6);
    struct catalog_spot list_spot = {NULL, "weekend", 0};
    uint8_t weekend = 0;
    size_t i = 0;

    if (base_json_member(json, "weekend") == NULL)
        return 0x60;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        const char *name = base_json_text(item);
        size_t day = 1;
        while (day <= 7 && (name == NULL || strcmp(weekdays[day], name) != 0))
            day++;
        if (day > 7)
            catalog_report(loading, &spot,
                           "a day of the weekend is to be one of: monday, tuesday, wednesday, thursday, friday, saturday, sunday");
        else
            weekend |= (uint8_t)(1u << (day - 1));
    }
    return weekend;
}

int catalog_listed_add(struct catalog_listed_days *days, const struct catalog_listed *day)
{
    if (days->count == days->room) {
        size_t room = days->room * 2 + 64;
        struct catalog_listed *at = base_realloc(days->at, room * sizeof(*at));
        if (at == NULL)
            return OD_ENOMEM;
        days->at = at;
        days->room = room;
    }
    days->at[days->count++] = *day;
    return OD_OK;
}

static int order_of_days(const void *a, const void *b)
{
    const struct catalog_listed *left = a, *right = b;

    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static void overlap_report(struct catalog_loading *loading, const struct catalog_listed *first,
                           const struct catalog_listed *second)
{
    struct catalog_spot list = {NULL, second->key, 0}, spot = {&list, NULL, second->index};
    char date[BASE_DATE_SIZE], pointer[BASE_JSON_POINTER_MAX];

    base_day_format(second->day, date);
    catalog_spot_pointer(&spot, pointer);
    if (first->is_worked != second->is_worked)
        catalog_report_at(loading, second->item, pointer,
                          "%s is listed as a day off and as a working day; remove one", date);
    else
        catalog_report_at(loading, second->item, pointer, "%s is listed twice; remove one", date);
}

/* Move the days of one kind into the arena. */
static bool kind_copy(struct catalog_loading *loading, const struct catalog_listed_days *days, bool is_worked,
                      const core_day **out, const struct catalog_text **names_out, size_t *count_out)
{
    size_t count = 0;

    for (size_t i = 0; i < days->count; i++)
        count += days->at[i].is_worked == is_worked;
    core_day *copy = catalog_take(loading, (count + 1) * sizeof(*copy));
    struct catalog_text *names = catalog_take(loading, (count + 1) * sizeof(*names));
    if (copy == NULL || names == NULL)
        return false;
    count = 0;
    for (size_t i = 0; i < days->count; i++) {
        if (days->at[i].is_worked != is_worked)
            continue;
        copy[count] = days->at[i].day;
        names[count++] = days->at[i].name;
    }
    *out = copy;
    *names_out = names;
    *count_out = count;
    return true;
}

/* A list that tells of one day of a year tells of the whole year. */
static core_day first_known(const struct catalog_listed_days *days)
{
    int year, month, day;

    if (days->count == 0)
        return 0;
    base_day_to_civil(days->at[0].day, &year, &month, &day);
    return base_day_from_civil(year, 1, 1);
}

bool catalog_listed_finish(struct catalog_loading *loading, struct catalog_listed_days *days,
                           struct catalog_days *out)
{
    size_t before = loading->findings->count;

    for (size_t i = 0; i < days->count; i++)
        days->at[i].order = i;
    if (days->count > 0)
        qsort(days->at, days->count, sizeof(*days->at), order_of_days);
    for (size_t i = 1; i < days->count; i++) {
        if (days->at[i].day == days->at[i - 1].day)
            overlap_report(loading, &days->at[i - 1], &days->at[i]);
    }
    if (loading->findings->count != before)
        return false;
    if (out->rules.published_from == 0)
        out->rules.published_from = first_known(days);
    if (days->count > 0) {
        const struct catalog_listed *last = &days->at[days->count - 1];
        out->last_listed = last->day;
        out->last_key = last->key;
        out->last_index = last->index;
    }
    return kind_copy(loading, days, false, &out->rules.holidays, &out->holiday_names, &out->rules.holiday_count) &&
           kind_copy(loading, days, true, &out->rules.make_ups, &out->make_up_names, &out->rules.make_up_count);
}

void catalog_listed_fini(struct catalog_listed_days *days)
{
    base_free(days->at);
    *days = (struct catalog_listed_days){.count = 0};
}

static void range_add(struct catalog_loading *loading, struct catalog_listed_days *days,
                      struct catalog_listed *listed, core_day last)
{
    for (; listed->day <= last && loading->rc == OD_OK; listed->day++)
        loading->rc = catalog_listed_add(days, listed);
}

/* One {"from", "to", "name"} or {"date", "name"}. */
static void entry_read(struct catalog_loading *loading, const struct base_json *json,
                       const struct catalog_spot *spot, bool is_worked, core_day until,
                       struct catalog_listed_days *days)
{
    static const char *const off_members[] = {"from", "to", "name"}, *const worked_members[] = {"date", "name"};
    struct catalog_words members = {is_worked ? worked_members : off_members, is_worked ? 2 : 3};
    struct catalog_listed listed = {
        .item = loading->item, .is_worked = is_worked, .key = spot->up->key, .index = spot->index};

    if (!catalog_read_object(loading, json, spot, members))
        return;
    bool has_name = catalog_read_text(loading, json, spot, "name", true, &listed.name);
    bool has_day = catalog_read_day(loading, json, spot, members.at[0], true, &listed.day);
    core_day last = listed.day;
    if (!is_worked && base_json_member(json, "to") != NULL)
        has_day = catalog_read_day(loading, json, spot, "to", true, &last) && has_day;
    if (!has_name || !has_day)
        return;
    if (last < listed.day || last - listed.day > CATALOG_HOLIDAY_MAX)
        catalog_report(loading, spot, "\"to\" lies before \"from\", or more than %d days after it",
                       CATALOG_HOLIDAY_MAX);
    else if (last > until)
        catalog_report(loading, spot,
                       "the day lies after \"published_until\"; move that date to the end of the last published year");
    else {
        range_add(loading, days, &listed, last);
    }
}

/* A calendar without a base says both lists, even where they are empty: a mistyped name of a
 * list shall not pass for a year without holidays. */
static void entries_read(struct catalog_loading *loading, const struct base_json *json, const char *key,
                         const struct catalog_days *out, struct catalog_listed_days *days)
{
    bool is_required = out->base_id == NULL;
    core_day until = out->rules.published_until != 0 ? out->rules.published_until : CATALOG_PUBLISHED_MAX;
    const struct base_json *list = catalog_read_list(loading, json, NULL, key, is_required, 0, CATALOG_LISTED_MAX);
    struct catalog_spot list_spot = {NULL, key, 0};
    size_t i = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        entry_read(loading, item, &spot, strcmp(key, "working_days") == 0, until, days);
    }
}

static void published_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_days *out)
{
    struct catalog_spot spot = {NULL, "published_until", 0}, from_spot = {NULL, "published_from", 0};

    if (!catalog_read_day(loading, json, NULL, "published_until", out->base_id == NULL, &out->rules.published_until))
        out->rules.published_until = out->base_id == NULL ? CATALOG_PUBLISHED_MAX : 0;
    out->has_published_from = base_json_member(json, "published_from") != NULL &&
                              catalog_read_day(loading, json, NULL, "published_from", true, &out->rules.published_from);
    if (out->rules.published_until > CATALOG_PUBLISHED_MAX)
        catalog_report(loading, &spot,
                       "\"published_until\" lies after 2199-12-31; give the last day of the last published year");
    if (out->has_published_from && out->rules.published_until != 0 && out->rules.published_from > out->rules.published_until)
        catalog_report(loading, &from_spot, "\"published_from\" lies after \"published_until\"");
}

/* What it is, and what it builds on. */
static void head_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_days *out)
{
    const char *levels[CATALOG_LEVELS] = {NULL};

    for (size_t i = CATALOG_LEVEL_NATION; i < CATALOG_LEVELS; i++)
        levels[i] = catalog_level_name((enum catalog_level)i);
    out->id = catalog_read_id(loading, json, NULL, "id");
    catalog_read_text(loading, json, NULL, "name", true, &out->name);
    out->level = (enum catalog_level)catalog_read_word(loading, json, NULL, "level", false,
                                                       (struct catalog_words){levels, CATALOG_LEVELS});
    if (base_json_member(json, "base") != NULL)
        out->base_id = catalog_read_id(loading, json, NULL, "base");
    out->has_weekend = base_json_member(json, "weekend") != NULL;
    out->rules.weekend = weekend_read(loading, json);
    published_read(loading, json, out);
}

bool catalog_days_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_days *out)
{
    static const char *const members[] = {"id",      "name",            "level",    "base",
                                          "weekend", "published_from",  "published_until", "holidays", "working_days"};
    struct catalog_listed_days days = {.count = 0};
    size_t before = loading->findings->count;

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, 9}))
        return false;
    head_read(loading, json, out);
    entries_read(loading, json, "holidays", out, &days);
    entries_read(loading, json, "working_days", out, &days);
    bool is_whole = catalog_listed_finish(loading, &days, out) && loading->findings->count == before;
    catalog_listed_fini(&days);
    return is_whole && loading->rc == OD_OK;
}
