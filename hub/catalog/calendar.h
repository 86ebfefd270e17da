/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars: those of a catalogue, layered and versioned, and those that stand in a
 * file by themselves.
 *
 * A calendar that names a base takes over its weekend, days off, worked days and
 * published days; a day that it lists itself wins (docs/rules/calendar.md C-5). struct
 * core_calendar is flat: the layers are resolved when the files are read.
 *
 * An application is pinned to the catalogue of its acceptance, but not to its calendars:
 * when the State moves a day off, every open clock moves (C-6). catalog_calendars_adopt
 * lets an older catalogue follow the calendars of the running one. */
#ifndef CATALOG_CALENDAR_H
#define CATALOG_CALENDAR_H

#include "catalog/catalog.h"

#define CATALOG_LAYERS_MAX 4 /* nation, province, center, department */
#define CATALOG_LABEL_SIZE (BASE_ID_MAX + 1 + CATALOG_VERSION_SIZE) /* "cn@0123456789abcdef" and NUL */

enum catalog_level {
    CATALOG_LEVEL_NONE = 0, /* the file does not say */
    CATALOG_LEVEL_NATION,
    CATALOG_LEVEL_PROVINCE,
    CATALOG_LEVEL_CENTER,
    CATALOG_LEVEL_DEPARTMENT,
    CATALOG_LEVELS,
};

/* The word of the files; "" of NONE. */
const char *catalog_level_name(enum catalog_level level);

/* -- The calendars of a catalogue (calendar_lookup.c). calendar: one of this catalogue's own
 * structs, as its rules point to them; it stays where it is as long as the catalogue. -- */

size_t catalog_calendar_count(const struct catalog *catalog);
const struct core_calendar *catalog_calendar_at(const struct catalog *catalog, size_t index);
const struct core_calendar *catalog_calendar_find(const struct catalog *catalog, const char *id); /* NULL if absent */

/* "cn@0123456789abcdef": its id, and 16 hexadecimal digits of SHA-256 over the weekend, the listed
 * days with their kinds, and the published days, layers resolved. Borrowed until the
 * catalogue's next adoption. */
const char *catalog_calendar_label(const struct catalog *catalog, const struct core_calendar *calendar);
/* The part behind the "@". */
const char *catalog_calendar_version(const struct catalog *catalog, const struct core_calendar *calendar);
const struct catalog_text *catalog_calendar_name(const struct catalog *catalog, const struct core_calendar *calendar);
/* The calendar it builds on, or NULL. */
const struct core_calendar *catalog_calendar_base(const struct catalog *catalog,
                                                  const struct core_calendar *calendar);
enum catalog_level catalog_calendar_level(const struct catalog *catalog, const struct core_calendar *calendar);

/* The name of a holiday or make-up day of the calendar; NULL for any other day. Cost: O(log of
 * the listed days). */
const struct catalog_text *catalog_calendar_day_name(const struct catalog *catalog,
                                                     const struct core_calendar *calendar, core_day day);

/* {"id", "version": "cn@...", "name", "level", "base": "cn@...", "published_from", "published_until"}; level and base
 * where there are any. (calendar_write.c) */
void catalog_put_calendar(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                          const struct core_calendar *calendar);
/* One year of it, as catalog_put_calendar_year. */
void catalog_put_calendar_year_of(struct base_buffer *buffer, const char *key, const struct catalog *catalog,
                                  const struct core_calendar *calendar, int year);

/* -- Amendments (calendar_adopt.c) -- */

/* Let every calendar of older whose id running has, too, say what running's files say of it:
 * weekend, days, names, published days, version. A calendar that running lost stays as it
 * was last. older keeps a reference to whoever lends it days, and lets go of the one before.
 * running's own calendars are put back first, should it have adopted others; with older ==
 * running that is all. Loop thread only; older's clocks are to be worked out again by the
 * caller. Source: docs/rules/calendar.md C-6. Cost: O(calendars). */
void catalog_calendars_adopt(struct catalog *older, struct catalog *running);

/* One calendar that two catalogues do not agree on. */
struct catalog_calendar_change {
    const char *id;
    const char *before, *after; /* versions; NULL = it has none of that id. Borrowed from the catalogues */
};

/* How many calendars differ between what before and after say now; the first changes_max
 * are put into changes (which may be NULL with 0), in the order of after, then those that
 * before alone has. Cost: O(calendars). */
size_t catalog_calendars_compare(const struct catalog *before, const struct catalog *after,
                                 struct catalog_calendar_change *changes, size_t changes_max);
bool catalog_calendars_differ(const struct catalog *before, const struct catalog *after);

/* -- Calendars by themselves, for `onedoor due` and `onedoor calendar` (calendar_load.c) -- */

struct catalog_calendar {
    struct core_calendar rules; /* borrows from arena */
    const char *id;             /* of the project's JSON; else the name of the file or folder */
    struct catalog_text name;   /* NULL texts where the file has none */
    const char *label;          /* as catalog_calendar_label */
    struct base_arena arena;    /* owned */
    const struct catalog_text *holiday_names; /* rules.holiday_count names; a yearly file has one name for both languages */
    const struct catalog_text *make_up_names;
    const char *layers[CATALOG_LAYERS_MAX];   /* labels of the bases, the nearest first */
    size_t layer_count;
    size_t observance_count, cancelled_count; /* events of an iCalendar file that are no days off */
};

/* path: a catalogue file with one calendar (or with one that is no base of another; a base that
 * the file does not hold is looked for as <base>.json beside it), one yearly file (year, days[] of
 * {name, date, isOffDay}), a folder of yearly files (YYYY.json; others are left alone), or an
 * iCalendar file (catalog/ical.h). base_hash_init comes first.
 * Errors (*out unchanged): OD_ENOTFOUND no such file, OD_EINVAL with findings, OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int catalog_calendar_load(const char *path, struct catalog_calendar *out,
                                        struct catalog_findings *findings);
void catalog_calendar_fini(struct catalog_calendar *calendar);

/* The calendar as a catalogue file of the project, for people to read and amend: a listed run of days
 * of one name is one range. id: what it is to be called. base: what it shall build on, or
 * NULL. Cost: O(listed days). */
void catalog_put_calendar_file(struct base_buffer *buffer, const struct catalog_calendar *calendar, const char *id,
                               const char *base);

/* "working", "weekend", "holiday", "make_up"; "none". */
const char *catalog_day_kind_name(enum core_day_kind kind);

/* {"year", "published", "months": [{"month", "days": [{"date", "kind", "worked", "name"}]}], "working_days",
 * "make_up_days", "days_off"} of one year, 1970..9999; a name is {"zh-CN", "en"}. holiday_names,
 * make_up_names: as in struct catalog_calendar, or NULL. */
void catalog_put_calendar_year(struct base_buffer *buffer, const char *key, const struct core_calendar *rules,
                               const struct catalog_text *holiday_names, const struct catalog_text *make_up_names,
                               int year);

/* The name of a listed day in the lists of a calendar; NULL for any other day. */
const struct catalog_text *catalog_listed_name(const struct core_calendar *rules,
                                               const struct catalog_text *holiday_names,
                                               const struct catalog_text *make_up_names, core_day day);

#endif
