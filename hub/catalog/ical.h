/* SPDX-License-Identifier: Apache-2.0 */
/* iCalendar (RFC 5545) as a calendar of working days. Private to hub/catalog.
 *
 *   bytes -> lines (unfolded, UTF-8) -> gate (BEGIN and END, events, zones)
 *         -> days (zones, rules, exceptions) -> listed days
 *
 * libical reads leniently: it drops what it does not understand. So a gate of our own
 * reads first and refuses with line and reason; libical works out zones and
 * recurrence rules, which it is good at, of texts that passed.
 *
 * What an event means: a SUMMARY with 上班, 补班 or 補班 (or Apple's ALTERNATE-WORKDAY) is a make-up
 * working day, any other event a day off on every civil day that it touches. STATUS:CANCELLED
 * is left out, and so is what its description or category calls an observance or season.
 * TRANSP says whether a person is busy, not whether an office is open: it is not looked at.
 * docs/rules/calendar.md C-7. */
#ifndef CATALOG_ICAL_H
#define CATALOG_ICAL_H

#include "catalog/calendar_days.h"

#define CATALOG_ICAL_FILE_MAX (8 * 1024 * 1024) /* bytes */
#define CATALOG_ICAL_LINE_MAX (64 * 1024)       /* bytes of a line, unfolded */
#define CATALOG_ICAL_DEPTH_MAX 8                /* components in components */
#define CATALOG_ICAL_EVENTS_MAX 16384
#define CATALOG_ICAL_ZONES_MAX 64
#define CATALOG_ICAL_DATES_MAX 65536            /* EXDATE and RDATE values */
#define CATALOG_ICAL_DAYS_MAX 65536             /* days of all events, each time it recurs */
#define CATALOG_ICAL_STEPS_MAX 1000000          /* occurrences worked out, also outside the window */
#define CATALOG_ICAL_SEARCH_STEPS 250000        /* what a rule costs that is sought to the end of libical's time, 2582 */
#define CATALOG_ICAL_INTERVAL_MAX 1000          /* INTERVAL of a rule */
#define CATALOG_ICAL_NAME_SIZE 64               /* name of a property or component, with NUL */
#define CATALOG_ICAL_DAY_MIN 0                  /* 1970-01-01: days before are left out, */
#define CATALOG_ICAL_DAY_MAX CATALOG_PUBLISHED_MAX /* and so are days after 2199-12-31 */

/* -- ical_lines.c -- */

/* A content line, unfolded. */
struct catalog_ical_line {
    char name[CATALOG_ICAL_NAME_SIZE]; /* upper case */
    const char *parameters;            /* ";A=b;C=d" as written, "" of none; borrowed until the next line */
    const char *value;                 /* borrowed until the next line */
    size_t offset;                     /* in the source */
};

struct catalog_ical_lines {
    struct catalog_loading *loading;
    const char *text, *at, *end;
    const char *start;       /* of this line */
    struct base_buffer flat; /* this line, unfolded */
    bool is_broken;          /* what follows cannot be told apart any more */
};

/* Source 0. A byte order mark is stepped over. */
void catalog_ical_lines_init(struct catalog_ical_lines *lines, struct catalog_loading *loading);
/* The next line; false at the end, or with a finding (is_broken) or loading->rc. A line that
 * is none is told and stepped over. */
bool catalog_ical_line_next(struct catalog_ical_lines *lines, struct catalog_ical_line *line);
void catalog_ical_lines_fini(struct catalog_ical_lines *lines);

/* The first value of a parameter, without quotes, into text; false when there is none or it does not fit. */
bool catalog_ical_parameter(const struct catalog_ical_line *line, const char *name, char *text, size_t size);

/* -- ical_value.c -- */

/* A DATE or DATE-TIME as written. */
struct catalog_ical_time {
    core_day day;    /* years 1 to 9999: may be negative */
    int32_t second;  /* of the day; 0 of a date */
    bool is_date, is_utc;
    const char *zone; /* TZID, or NULL; in the arena */
    size_t offset;    /* of its line */
};

/* Parse one value of size bytes. False when it is no date or time that exists. */
bool catalog_ical_time_parse(const char *text, size_t size, struct catalog_ical_time *out);
/* Seconds of a DURATION. False when it is none, or negative. */
bool catalog_ical_duration_parse(const char *text, size_t size, int64_t *seconds);
/* NULL when the RRULE is one that can be counted in days; else what is wrong with it, static. upper:
 * in upper case. *until: its UNTIL; has_count, has_until as it says. */
struct catalog_ical_rule {
    const char *text; /* upper case, in the arena; NULL = none */
    size_t offset;    /* of its line */
    bool has_count, has_until, is_daily;
    long count;
    struct catalog_ical_time until;
};
const char *catalog_ical_rule_fault(const char *text, struct catalog_ical_rule *rule);
/* TEXT without its escapes and the white space around it, in place. */
void catalog_ical_text_unescape(char *text);

/* -- ical_gate.c and ical_event.c -- */

struct catalog_ical_event {
    size_t offset; /* of BEGIN:VEVENT */
    const char *uid, *name;
    struct catalog_ical_time start, end, recurrence;
    bool has_start, has_end, has_duration, has_recurrence;
    int64_t duration_s;
    struct catalog_ical_rule rule;
    bool is_cancelled, is_observance, is_make_up;
};

/* One value of an EXDATE or RDATE. */
struct catalog_ical_date {
    uint32_t event;
    bool is_added;
    struct catalog_ical_time start, end; /* end.day of a PERIOD; else has_end is false */
    bool has_end;
    int64_t duration_s; /* of a PERIOD given so; -1 = none */
};

struct catalog_ical_zones; /* of ical_zone.c */

/* A file as far as it has been read. */
struct catalog_ical {
    struct catalog_loading *loading;
    struct catalog_ical_event *events; /* owned */
    size_t event_count, event_room;
    struct catalog_ical_date *dates;   /* owned; in the order of the events */
    size_t date_count, date_room;
    struct catalog_ical_zones *zones;  /* owned */
    const char *zone;                  /* X-WR-TIMEZONE, or the only VTIMEZONE; NULL = UTC */
    const char *name;                  /* X-WR-CALNAME, or NULL */
};

/* Read source 0 into *ical; findings and loading->rc. */
void catalog_ical_gate(struct catalog_ical *ical);
/* A property of a VEVENT, and its end. */
void catalog_ical_event_take(struct catalog_ical *ical, struct catalog_ical_event *event,
                             const struct catalog_ical_line *line);
void catalog_ical_event_check(struct catalog_ical *ical, const struct catalog_ical_event *event);

/* -- ical_zone.c: libical's zones -- */

/* NULL when memory is short. */
struct catalog_ical_zones *catalog_ical_zones_create(void);
void catalog_ical_zones_destroy(struct catalog_ical_zones *zones); /* accepts NULL */
size_t catalog_ical_zones_count(const struct catalog_ical_zones *zones);
/* A VTIMEZONE of that TZID; text: its lines, unfolded. Errors: OD_EINVAL libical finds no zone in it,
 * OD_ELIMIT CATALOG_ICAL_ZONES_MAX, OD_ENOMEM. */
OD_MUST_CHECK int catalog_ical_zone_add(struct catalog_ical_zones *zones, const char *id, const char *text);
/* Is id a zone of the file, or an IANA name of the system's zones? */
bool catalog_ical_zone_is_known(const struct catalog_ical_zones *zones, const char *id);
/* Let day and second of from's zone (NULL = UTC) be those of to's. Both are known. */
void catalog_ical_zone_convert(const struct catalog_ical_zones *zones, const char *from, const char *to,
                               struct catalog_ical_time *time);

/* -- ical_rule.c: libical's recurrence rules -- */

struct catalog_ical_walk {
    void *iterator; /* libical's; owned */
};

/* The days of a rule from start on. False when libical cannot work with it, or memory is short. */
bool catalog_ical_walk_open(struct catalog_ical_walk *walk, const char *rule, core_day start);
/* False when the rule has come to its end. */
bool catalog_ical_walk_next(struct catalog_ical_walk *walk, core_day *day);
void catalog_ical_walk_close(struct catalog_ical_walk *walk); /* accepts one that was not opened */

/* -- ical_days.c -- */

/* Source 0 is an iCalendar file. Fills what a yearly file fills; findings and loading->rc. */
void catalog_ical_read(struct catalog_loading *loading, struct catalog_days *out);

#endif
