/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars that are amended: an older catalogue takes over those of the running one.
 *
 * Days are lent, not copied: a row points into the lender's arena and holds a reference to
 * the lender. Only what the lender's own files say is lent, so that a reference
 * never leads back to the one who borrows. Source: docs/rules/calendar.md C-6. */
#include <assert.h>
#include <string.h>

#include "catalog/tables.h"

/* The only writer of a row once its catalogue is loaded. Takes over lender, which may be NULL. */
static void days_set(struct catalog_days *row, const struct catalog_days *from, struct catalog *lender)
{
    struct catalog *before = row->lender;

    row->rules = from->rules;
    row->holiday_names = from->holiday_names;
    row->make_up_names = from->make_up_names;
    row->label = from->label;
    row->lender = lender;
    catalog_release(before);
}

void catalog_calendars_return(struct catalog *catalog)
{
    for (uint32_t i = 0; i < catalog->calendar_index.count; i++) {
        if (catalog->calendars[i].lender != NULL)
            days_set(&catalog->calendars[i], &catalog->calendars_own[i], NULL);
    }
}

void catalog_calendars_adopt(struct catalog *older, struct catalog *running)
{
    catalog_calendars_return(running);
    if (older == running)
        return;
    for (uint32_t i = 0; i < older->calendar_index.count; i++) {
        struct catalog_days *row = &older->calendars[i];
        uint32_t at = catalog_index_find(&running->calendar_index, row->id);

        if (at != CATALOG_INDEX_NONE && row->lender != running)
            days_set(row, &running->calendars_own[at], catalog_retain(running));
    }
}

static const char *version_of(const struct catalog_days *days)
{
    return days->label + strlen(days->id) + 1;
}

/* Note a change in the next free place. */
static void change_add(struct catalog_calendar_change *changes, size_t changes_max, size_t *count,
                       struct catalog_calendar_change change)
{
    if (*count < changes_max)
        changes[*count] = change;
    (*count)++;
}

size_t catalog_calendars_compare(const struct catalog *before, const struct catalog *after,
                                 struct catalog_calendar_change *changes, size_t changes_max)
{
    size_t count = 0;

    for (uint32_t i = 0; i < after->calendar_index.count; i++) {
        const struct catalog_days *row = &after->calendars[i];
        uint32_t at = catalog_index_find(&before->calendar_index, row->id);
        const char *old = at != CATALOG_INDEX_NONE ? version_of(&before->calendars[at]) : NULL;
        if (old == NULL || strcmp(old, version_of(row)) != 0)
            change_add(changes, changes_max, &count,
                       (struct catalog_calendar_change){row->id, old, version_of(row)});
    }
    for (uint32_t i = 0; i < before->calendar_index.count; i++) {
        const struct catalog_days *row = &before->calendars[i];
        if (catalog_index_find(&after->calendar_index, row->id) == CATALOG_INDEX_NONE)
            change_add(changes, changes_max, &count, (struct catalog_calendar_change){row->id, version_of(row), NULL});
    }
    return count;
}

bool catalog_calendars_differ(const struct catalog *before, const struct catalog *after)
{
    return catalog_calendars_compare(before, after, NULL, 0) > 0;
}
