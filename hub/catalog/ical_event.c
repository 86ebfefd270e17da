/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of a VEVENT that say which days it covers and what they are. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalog/ical.h"

#define PHRASE_SIZE 48

__attribute__((format(printf, 3, 4)))
static void tell(struct catalog_ical *ical, const struct catalog_ical_line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    catalog_report_byte_list(ical->loading, 0, line->offset, "", format, arguments);
    va_end(arguments);
}

/* A value with its TZID; false with a finding. */
static bool time_read(struct catalog_ical *ical, const struct catalog_ical_line *line, const char *value, size_t size,
                      struct catalog_ical_time *out)
{
    struct catalog_ical_time time = {.offset = line->offset};
    char zone[256], type[16];

    if (!catalog_ical_time_parse(value, size, &time)) {
        tell(ical, line, "%s is to be a date YYYYMMDD or a time YYYYMMDDTHHMMSS that exists, not \"%.*s\"", line->name,
             (int)(size < 40 ? size : 40), value);
        return false;
    }
    if (catalog_ical_parameter(line, "VALUE", type, sizeof(type)) && strcasecmp(type, "DATE") == 0 && !time.is_date) {
        tell(ical, line, "%s says VALUE=DATE, and \"%.*s\" is a time", line->name, (int)size, value);
        return false;
    }
    if (!time.is_date && !time.is_utc && catalog_ical_parameter(line, "TZID", zone, sizeof(zone)))
        time.zone = catalog_take_text(ical->loading, zone);
    time.offset = line->offset;
    *out = time;
    return true;
}

/* The one value of a property that may stand once. */
static void single_read(struct catalog_ical *ical, const struct catalog_ical_line *line, bool *has, struct catalog_ical_time *out)
{
    if (*has)
        tell(ical, line, "%s stands twice in the event", line->name);
    else
        *has = time_read(ical, line, line->value, strlen(line->value), out);
}

static bool date_add(struct catalog_ical *ical, const struct catalog_ical_line *line, const struct catalog_ical_date *date)
{
    if (ical->date_count == CATALOG_ICAL_DATES_MAX) {
        tell(ical, line, "the file has more than %d EXDATE and RDATE values", CATALOG_ICAL_DATES_MAX);
        return false;
    }
    if (ical->date_count == ical->date_room) {
        size_t room = ical->date_room * 2 + 64;
        struct catalog_ical_date *dates = base_realloc(ical->dates, room * sizeof(*dates));
        if (dates == NULL) {
            ical->loading->rc = OD_ENOMEM;
            return false;
        }
        ical->dates = dates;
        ical->date_room = room;
    }
    ical->dates[ical->date_count++] = *date;
    return true;
}

/* start/end or start/duration of an RDATE. */
static bool period_read(struct catalog_ical *ical, const struct catalog_ical_line *line, const char *value, size_t size,
                        struct catalog_ical_date *date)
{
    const char *slash = memchr(value, '/', size);
    size_t start_size = slash != NULL ? (size_t)(slash - value) : size;

    if (!time_read(ical, line, value, start_size, &date->start))
        return false;
    if (slash == NULL)
        return true;
    const char *rest = slash + 1;
    size_t rest_size = size - start_size - 1;
    if (catalog_ical_duration_parse(rest, rest_size, &date->duration_s))
        return true;
    date->has_end = time_read(ical, line, rest, rest_size, &date->end);
    return date->has_end;
}

static void dates_read(struct catalog_ical *ical, const struct catalog_ical_line *line, bool is_added)
{
    const char *at = line->value;
    struct catalog_ical_date date = {
        .event = (uint32_t)ical->event_count, .is_added = is_added, .duration_s = -1};

    for (;;) {
        size_t size = strcspn(at, ",");
        date.duration_s = -1;
        date.has_end = false;
        if (!period_read(ical, line, at, size, &date) || !date_add(ical, line, &date))
            return;
        if (at[size] == '\0')
            return;
        at += size + 1;
    }
}

static void rule_read(struct catalog_ical *ical, struct catalog_ical_event *event, const struct catalog_ical_line *line)
{
    struct catalog_ical_rule rule = {.offset = line->offset};
    char *text = catalog_take_text(ical->loading, line->value);

    if (text == NULL)
        return;
    for (char *at = text; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    const char *wrong = event->rule.text != NULL ? CATALOG_PHRASE("it stands twice; make two events") : catalog_ical_rule_fault(text, &rule);
    if (wrong != NULL) {
        struct catalog_phrase phrase;
        tell(ical, line, "RRULE: %p", catalog_phrase_word(&phrase, wrong));
        return;
    }
    rule.text = text;
    rule.until.offset = line->offset;
    event->rule = rule;
}

/* Words that make a worked day of an event: 上班 and not 不上班; 补班, 補班. */
static bool is_worked_name(const char *name)
{
    static const char worked[] = "上班", not_worked[] = "不上班";

    if (strstr(name, "补班") != NULL || strstr(name, "補班") != NULL)
        return true;
    for (const char *at = strstr(name, worked); at != NULL; at = strstr(at + 1, worked)) {
        size_t before = sizeof(not_worked) - sizeof(worked);
        if ((size_t)(at - name) < before || memcmp(at - before, not_worked, before) != 0)
            return true;
    }
    return false;
}

static void name_read(struct catalog_ical *ical, struct catalog_ical_event *event, const struct catalog_ical_line *line)
{
    char *name = catalog_take_text(ical->loading, line->value);

    if (event->name != NULL)
        tell(ical, line, "SUMMARY stands twice in the event");
    if (name == NULL)
        return;
    catalog_ical_text_unescape(name);
    if (strlen(name) > CATALOG_TEXT_MAX)
        tell(ical, line, "SUMMARY has %zu bytes, at most %d are allowed", strlen(name), CATALOG_TEXT_MAX);
    event->name = name;
    event->is_make_up = event->is_make_up || is_worked_name(name);
}

/* Does the first phrase of a description or category call it an observance or a season? */
static bool is_observance_phrase(const char *text)
{
    char phrase[PHRASE_SIZE];
    size_t size = 0;

    for (; size < sizeof(phrase) - 1 && text[size] != '\0' && text[size] != '\\' && strncmp(text + size, " - ", 3) != 0; size++)
        phrase[size] = (char)tolower((unsigned char)text[size]);
    phrase[size] = '\0';
    return strstr(phrase, "observance") != NULL || strncmp(phrase, "season", 6) == 0;
}

static void status_read(struct catalog_ical_event *event, const char *value)
{
    event->is_cancelled = event->is_cancelled || strncasecmp(value, "CANCELLED", 9) == 0;
}

enum property {
    PROPERTY_NONE = 0,
    PROPERTY_DTSTART,
    PROPERTY_DTEND,
    PROPERTY_DURATION,
    PROPERTY_RECURRENCE_ID,
    PROPERTY_RRULE,
    PROPERTY_EXDATE,
    PROPERTY_RDATE,
    PROPERTY_EXRULE,
    PROPERTY_SUMMARY,
    PROPERTY_UID,
    PROPERTY_STATUS,
    PROPERTY_DESCRIPTION,
    PROPERTY_CATEGORIES,
    PROPERTY_SPECIAL_DAY,
    PROPERTIES,
};

static enum property property_find(const char *name)
{
    static const char *const names[PROPERTIES] = {
        [PROPERTY_NONE] = "",
        [PROPERTY_DTSTART] = "DTSTART",         [PROPERTY_DTEND] = "DTEND",
        [PROPERTY_DURATION] = "DURATION",       [PROPERTY_RECURRENCE_ID] = "RECURRENCE-ID",
        [PROPERTY_RRULE] = "RRULE",             [PROPERTY_EXDATE] = "EXDATE",
        [PROPERTY_RDATE] = "RDATE",             [PROPERTY_EXRULE] = "EXRULE",
        [PROPERTY_SUMMARY] = "SUMMARY",         [PROPERTY_UID] = "UID",
        [PROPERTY_STATUS] = "STATUS",           [PROPERTY_DESCRIPTION] = "DESCRIPTION",
        [PROPERTY_CATEGORIES] = "CATEGORIES",   [PROPERTY_SPECIAL_DAY] = "X-APPLE-SPECIAL-DAY",
    };

    for (int i = PROPERTY_DTSTART; i < PROPERTIES; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum property)i;
    }
    return PROPERTY_NONE;
}

static void duration_read(struct catalog_ical *ical, struct catalog_ical_event *event, const struct catalog_ical_line *line)
{
    if (event->has_duration)
        tell(ical, line, "DURATION stands twice in the event");
    event->has_duration = catalog_ical_duration_parse(line->value, strlen(line->value), &event->duration_s);
    if (!event->has_duration)
        tell(ical, line, "DURATION is to be a length of time of at most ten years, e.g. P1D or PT8H, not \"%.40s\"", line->value);
}

static void recurrence_read(struct catalog_ical *ical, struct catalog_ical_event *event, const struct catalog_ical_line *line)
{
    char range[32];

    if (catalog_ical_parameter(line, "RANGE", range, sizeof(range)))
        tell(ical, line, "RECURRENCE-ID with RANGE=%.20s moves a whole series; end the series with UNTIL and add a new event", range);
    single_read(ical, line, &event->has_recurrence, &event->recurrence);
}

void catalog_ical_event_take(struct catalog_ical *ical, struct catalog_ical_event *event,
                             const struct catalog_ical_line *line)
{
    switch (property_find(line->name)) {
    case PROPERTY_DTSTART: single_read(ical, line, &event->has_start, &event->start); break;
    case PROPERTY_DTEND: single_read(ical, line, &event->has_end, &event->end); break;
    case PROPERTY_DURATION: duration_read(ical, event, line); break;
    case PROPERTY_RECURRENCE_ID: recurrence_read(ical, event, line); break;
    case PROPERTY_RRULE: rule_read(ical, event, line); break;
    case PROPERTY_EXDATE: dates_read(ical, line, false); break;
    case PROPERTY_RDATE: dates_read(ical, line, true); break;
    case PROPERTY_EXRULE: tell(ical, line, "EXRULE is not part of RFC 5545; list the days in EXDATE"); break;
    case PROPERTY_SUMMARY: name_read(ical, event, line); break;
    case PROPERTY_UID: event->uid = catalog_take_text(ical->loading, line->value); break;
    case PROPERTY_STATUS: status_read(event, line->value); break;
    case PROPERTY_DESCRIPTION:
    case PROPERTY_CATEGORIES: event->is_observance = event->is_observance || is_observance_phrase(line->value); break;
    case PROPERTY_SPECIAL_DAY: event->is_make_up = event->is_make_up || strcasecmp(line->value, "ALTERNATE-WORKDAY") == 0; break;
    case PROPERTY_NONE:
    case PROPERTIES: break;
    }
}

static void missing_tell(struct catalog_ical *ical, const struct catalog_ical_event *event, const char *what)
{
    catalog_report_byte_word(ical->loading, 0, event->offset, "", what);
}

void catalog_ical_event_check(struct catalog_ical *ical, const struct catalog_ical_event *event)
{
    if (event->is_cancelled)
        return;
    if (!event->has_start)
        missing_tell(ical, event, "the event has no DTSTART (or a wrong one): on which day is it?");
    if (event->name == NULL || event->name[0] == '\0')
        missing_tell(ical, event, "the event has no SUMMARY: a day off must have a name");
    if (event->has_end && event->has_duration)
        missing_tell(ical, event, "the event has DTEND and DURATION; remove one");
    if (event->has_start && event->has_end && event->start.is_date != event->end.is_date)
        missing_tell(ical, event, "DTSTART is a date and DTEND a time, or the other way round; they are to be of one kind");
    if (event->has_recurrence && event->uid == NULL)
        missing_tell(ical, event, "the event has a RECURRENCE-ID and no UID: of which series is it?");
}
