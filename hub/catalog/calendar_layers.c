/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of calendars: nation, province, center, department.
 *
 *   bases_find -> layers_count -> merge, the lowest layers first -> label
 *
 * Source: docs/rules/calendar.md C-5. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/time.h"
#include "catalog/calendar_days.h"

#define CIRCLE_SIZE 256
#define NAME_LABEL_MAX 255 /* the name of a file, where it stands for an id */

const char *catalog_level_name(enum catalog_level level)
{
    static const char *const names[CATALOG_LEVELS] = {
        [CATALOG_LEVEL_NONE] = "",           [CATALOG_LEVEL_NATION] = "nation",
        [CATALOG_LEVEL_PROVINCE] = "province", [CATALOG_LEVEL_CENTER] = "center",
        [CATALOG_LEVEL_DEPARTMENT] = "department",
    };

    assert(level < CATALOG_LEVELS);
    return names[level];
}

/* Findings that follow are told of this row. */
static struct catalog_days *row_enter(struct catalog_loading *loading, const struct catalog_layers *layers,
                                      uint32_t row)
{
    loading->item = &loading->items[CATALOG_ITEM_CALENDAR].at[layers->item_of[row]];
    return &layers->at[row];
}

static void bases_find(struct catalog_loading *loading, const struct catalog_layers *layers)
{
    struct catalog_spot spot = {NULL, "base", 0};

    for (uint32_t i = 0; i < layers->index->count; i++) {
        struct catalog_days *days = row_enter(loading, layers, i);
        if (days->base_id == NULL)
            continue;
        uint32_t at = catalog_index_find(layers->index, days->base_id);
        if (at == CATALOG_INDEX_NONE)
            catalog_report_unknown(loading, &spot, "calendar", days->base_id, layers->index);
        else
            days->base = &layers->at[at];
    }
}

/* "a -> b -> a" of the circle that days stands in. */
static void circle_report(struct catalog_loading *loading, const struct catalog_days *days)
{
    struct catalog_spot spot = {NULL, "base", 0};
    char circle[CIRCLE_SIZE];
    size_t used = 0;
    const struct catalog_days *at = days;

    do {
        used += (size_t)snprintf(circle + used, sizeof(circle) - used, "%s -> ", at->id);
        at = at->base;
    } while (at != days && used < sizeof(circle));
    catalog_report(loading, &spot, "the calendars build on one another in a circle: %s%s; remove one \"base\"",
                   used < sizeof(circle) ? circle : "... -> ", days->id);
}

/* Bases below days, at most CATALOG_LAYERS_MAX; with a finding where it is too many. */
static size_t layers_count(struct catalog_loading *loading, const struct catalog_days *days)
{
    struct catalog_spot spot = {NULL, "base", 0};
    size_t count = 0;

    for (const struct catalog_days *at = days->base; at != NULL && count < CATALOG_LAYERS_MAX; at = at->base) {
        count++;
        if (at == days) {
            circle_report(loading, days);
            return CATALOG_LAYERS_MAX;
        }
    }
    if (count == CATALOG_LAYERS_MAX)
        catalog_report(loading, &spot,
                       "there are more than %d calendars on top of one another; nation, province, center and department are the most",
                       CATALOG_LAYERS_MAX);
    return count;
}

static bool is_in(const core_day *days, size_t count, core_day day, size_t *at)
{
    while (*at < count && days[*at] < day)
        (*at)++;
    return *at < count && days[*at] == day;
}

/* Days of one kind, with their names; ascending. */
struct kind {
    const core_day *days;
    const struct catalog_text *names;
    size_t count;
};

/* The base's days that the layer lists neither way, and the layer's own. Both are ascending, so
 * one walk merges them. */
static struct kind kind_merge(struct catalog_loading *loading, struct kind base, struct kind own,
                              const core_day *other, size_t other_count)
{
    core_day *days = catalog_take(loading, (base.count + own.count + 1) * sizeof(*days));
    struct catalog_text *names = catalog_take(loading, (base.count + own.count + 1) * sizeof(*names));
    size_t count = 0, own_at = 0, other_at = 0;

    if (days == NULL || names == NULL)
        return own;
    for (size_t i = 0; i <= base.count; i++) {
        core_day day = i < base.count ? base.days[i] : CORE_DAY_MAX;
        for (; own_at < own.count && (i == base.count || own.days[own_at] <= day); own_at++, count++) {
            days[count] = own.days[own_at];
            names[count] = own.names[own_at];
        }
        bool is_said = count > 0 && days[count - 1] == day;
        if (i == base.count || is_said || is_in(other, other_count, day, &other_at))
            continue;
        days[count] = day;
        names[count++] = base.names[i];
    }
    return (struct kind){days, names, count};
}

static void lists_merge(struct catalog_loading *loading, struct catalog_days *days)
{
    const struct catalog_days *base = days->base;
    struct core_calendar own = days->rules;

    struct kind off = kind_merge(loading,
                                 (struct kind){base->rules.holidays, base->holiday_names, base->rules.holiday_count},
                                 (struct kind){own.holidays, days->holiday_names, own.holiday_count}, own.make_ups,
                                 own.make_up_count);
    struct kind worked = kind_merge(loading,
                                    (struct kind){base->rules.make_ups, base->make_up_names, base->rules.make_up_count},
                                    (struct kind){own.make_ups, days->make_up_names, own.make_up_count}, own.holidays,
                                    own.holiday_count);
    days->rules.holidays = off.days;
    days->holiday_names = off.names;
    days->rules.holiday_count = off.count;
    days->rules.make_ups = worked.days;
    days->make_up_names = worked.names;
    days->rules.make_up_count = worked.count;
}

/* A layer cannot be published further than what it is built on. */
static void published_merge(struct catalog_loading *loading, struct catalog_days *days)
{
    const struct core_calendar *base = &days->base->rules;
    struct catalog_spot spot = {NULL, "published_until", 0};
    struct catalog_spot list_spot = {NULL, days->last_key, 0}, last_spot = {&list_spot, NULL, days->last_index};
    char until[BASE_DATE_SIZE], last[BASE_DATE_SIZE];

    base_day_format(base->published_until, until);
    if (days->rules.published_until > base->published_until)
        catalog_report(loading, &spot,
                       "\"published_until\" lies after that of the base \"%s\", %s; leave it out, or publish the base further",
                       days->base_id, until);
    if (days->rules.published_until == 0)
        days->rules.published_until = base->published_until;
    bool is_later = days->has_published_from && days->rules.published_from > base->published_from;
    if (base->published_from != 0 && !is_later)
        days->rules.published_from = base->published_from;
    if (days->last_key == NULL || days->last_listed <= days->rules.published_until)
        return;
    base_day_format(days->last_listed, last);
    catalog_report(loading, &last_spot,
                   "the day %s lies after %s, the last published day of the base \"%s\"; publish the base further, or remove the day",
                   last, until, days->base_id);
}

static void levels_check(struct catalog_loading *loading, const struct catalog_days *days)
{
    struct catalog_spot spot = {NULL, "level", 0};

    if (days->level == CATALOG_LEVEL_NONE || days->base->level == CATALOG_LEVEL_NONE || days->level > days->base->level)
        return;
    catalog_report(loading, &spot,
                   "a calendar of the level %s cannot build on \"%s\", which is of the level %s (nation, province, center, department)",
                   catalog_level_name(days->level), days->base_id, catalog_level_name(days->base->level));
}

/* A base of its own that is not there was told already. */
static bool is_whole(const struct catalog_days *days)
{
    return days->base_id == NULL || days->base != NULL;
}

static void base_merge(struct catalog_loading *loading, struct catalog_days *days)
{
    levels_check(loading, days);
    lists_merge(loading, days);
    published_merge(loading, days);
    if (!days->has_weekend)
        days->rules.weekend = days->base->rules.weekend;
}

static void days_hash(struct base_buffer *buffer, const char *word, const core_day *days, size_t count)
{
    base_buffer_put_format(buffer, "%s %zu\n", word, count);
    for (size_t i = 0; i < count; i++)
        base_buffer_put_format(buffer, "%d\n", (int)days[i]);
}

void catalog_days_label(struct catalog_loading *loading, struct catalog_days *days)
{
    const struct core_calendar *rules = &days->rules;
    struct base_buffer buffer = {.size = 0};
    uint8_t hash[BASE_HASH_SIZE];
    char version[CATALOG_VERSION_SIZE], label[CATALOG_LABEL_SIZE + NAME_LABEL_MAX];

    base_buffer_put_format(&buffer, "weekend %u\nfrom %d\nuntil %d\n", (unsigned)rules->weekend,
                           (int)rules->published_from, (int)rules->published_until);
    days_hash(&buffer, "off", rules->holidays, rules->holiday_count);
    days_hash(&buffer, "worked", rules->make_ups, rules->make_up_count);
    if (buffer.is_broken) {
        loading->rc = OD_ENOMEM;
    } else {
        base_hash(buffer.bytes, buffer.size, hash);
        base_hex(hash, (CATALOG_VERSION_SIZE - 1) / 2, version);
        snprintf(label, sizeof(label), "%.*s@%s", NAME_LABEL_MAX, days->id, version);
        days->label = catalog_take_text(loading, label);
    }
    base_buffer_fini(&buffer);
}

void catalog_layers_link(struct catalog_loading *loading, const struct catalog_layers *layers)
{
    uint32_t count = layers->index->count;
    size_t before = loading->findings->count;
    uint8_t *bases = base_alloc(count + 1); /* how many each has below it */

    if (bases == NULL) {
        loading->rc = OD_ENOMEM;
        return;
    }
    bases_find(loading, layers);
    for (uint32_t i = 0; i < count; i++)
        bases[i] = (uint8_t)layers_count(loading, row_enter(loading, layers, i));
    for (size_t depth = 0; depth < CATALOG_LAYERS_MAX; depth++) {
        for (uint32_t i = 0; i < count && loading->rc == OD_OK; i++) {
            struct catalog_days *days = row_enter(loading, layers, i);
            if (bases[i] == depth && days->base != NULL && is_whole(days->base))
                base_merge(loading, days);
        }
    }
    for (uint32_t i = 0; i < count && loading->findings->count == before && loading->rc == OD_OK; i++)
        catalog_days_label(loading, &layers->at[i]);
    base_free(bases);
}
