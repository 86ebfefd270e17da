/* SPDX-License-Identifier: Apache-2.0 */
/* Listed days while a calendar is read, from either form of file. Private to hub/catalog. */
#ifndef CATALOG_CALENDAR_DAYS_H
#define CATALOG_CALENDAR_DAYS_H

#include "catalog/calendar.h"
#include "catalog/loading.h"

#define CATALOG_LISTED_MAX 4096 /* entries of one list of a calendar */
#define CATALOG_PUBLISHED_MAX 84005 /* 2199-12-31 */
#define CATALOG_HOLIDAY_MAX 366  /* days of one holiday */

struct catalog_listed {
    core_day day;
    bool is_worked;
    struct catalog_text name;
    size_t order;                    /* as written */
    const struct catalog_item *item; /* where it is written */
    const char *key;                 /* its list, and the place there */
    size_t index;
};

struct catalog_listed_days {
    struct catalog_listed *at; /* owned */
    size_t count, room;
};

/* Calendars whose bases are to be found among them. */
struct catalog_layers {
    struct catalog_days *at;
    const struct catalog_index *index; /* ids to rows */
    const uint32_t *item_of;           /* rows to items of CATALOG_ITEM_CALENDAR */
};

/* Find every base, and let each calendar take over what it does not say itself. Findings for
 * a base that is not there, a circle, too many layers, levels out of order, and days
 * after the last published one. Source: docs/rules/calendar.md C-5. Cost: linear in the days. */
void catalog_layers_link(struct catalog_loading *loading, const struct catalog_layers *layers);

/* "id@version" of what days says now, into the arena; days->label stays NULL with loading->rc
 * set. */
void catalog_days_label(struct catalog_loading *loading, struct catalog_days *days);

/* Source 0 is a catalogue file: the one calendar of it that is no base of another, its bases looked
 * for in the file and beside it. path: of source 0. Findings and loading->rc. */
void catalog_project_read(struct catalog_loading *loading, const char *path, struct catalog_days *out);

/* Errors: OD_ENOMEM (*days unchanged). */
OD_MUST_CHECK int catalog_listed_add(struct catalog_listed_days *days, const struct catalog_listed *day);

/* Sort, tell days listed twice, and fill days, make-up days and names of *out; and
 * published_from where it is 0: 1 January of the first year listed, 0 without any. False
 * with findings or loading->rc set. */
bool catalog_listed_finish(struct catalog_loading *loading, struct catalog_listed_days *days,
                           struct catalog_days *out);
void catalog_listed_fini(struct catalog_listed_days *days);

#endif
