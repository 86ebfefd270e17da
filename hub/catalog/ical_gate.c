/* SPDX-License-Identifier: Apache-2.0 */
/* The components of an iCalendar file: BEGIN and END in pairs, events, zones, and what the
 * calendar says of itself. Whatever else stands in a file is stepped over, but must be whole. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalog/ical.h"

struct level {
    char name[CATALOG_ICAL_NAME_SIZE];
    size_t offset; /* of its BEGIN */
};

struct gate {
    struct catalog_ical *ical;
    struct catalog_ical_lines lines;
    struct catalog_ical_line line;
    struct level levels[CATALOG_ICAL_DEPTH_MAX];
    size_t depth;
    size_t calendar_count;
    bool is_broken;              /* BEGIN and END do not pair */
    struct catalog_ical_event event; /* the one that is read */
    struct base_buffer zone;     /* the VTIMEZONE that is read, unfolded */
    char zone_id[256];
    size_t zone_offset;
    bool is_zone_wrong;
    char zone_name[256];         /* X-WR-TIMEZONE */
    const char *only_zone;       /* the id of the only VTIMEZONE */
};

static void tell(struct gate *gate, size_t offset, const char *text)
{
    catalog_report_byte_word(gate->ical->loading, 0, offset, "", text);
}

/* Is the gate in component name at that depth, which is the second: VCALENDAR is the first? */
static bool is_in(const struct gate *gate, const char *name)
{
    return gate->depth >= 2 && strcmp(gate->levels[1].name, name) == 0;
}

static bool is_directly_in(const struct gate *gate, const char *name)
{
    return gate->depth == 2 && is_in(gate, name);
}

static void upper_copy(char name[CATALOG_ICAL_NAME_SIZE], const char *value)
{
    size_t size = 0;

    for (; value[size] != '\0' && size < CATALOG_ICAL_NAME_SIZE - 1; size++)
        name[size] = value[size] >= 'a' && value[size] <= 'z' ? (char)(value[size] - 'a' + 'A') : value[size];
    while (size > 0 && name[size - 1] == ' ')
        size--;
    name[size] = '\0';
}

static void zone_line_put(struct gate *gate)
{
    base_buffer_put_format(&gate->zone, "%s%s:%s\r\n", gate->line.name, gate->line.parameters, gate->line.value);
}

static void begin_take(struct gate *gate)
{
    struct level *level = &gate->levels[gate->depth];

    if (gate->depth == CATALOG_ICAL_DEPTH_MAX) {
        tell(gate, gate->line.offset, "components are nested deeper than 8");
        gate->is_broken = true;
        return;
    }
    upper_copy(level->name, gate->line.value);
    level->offset = gate->line.offset;
    gate->depth++;
    if (gate->depth == 1 && strcmp(level->name, "VCALENDAR") != 0) {
        tell(gate, gate->line.offset, "BEGIN:VCALENDAR is expected here; this is no iCalendar file");
        gate->is_broken = true;
    }
    gate->calendar_count += gate->depth == 1;
    if (is_directly_in(gate, "VEVENT"))
        gate->event = (struct catalog_ical_event){.offset = gate->line.offset};
    if (is_directly_in(gate, "VTIMEZONE")) {
        base_buffer_clear(&gate->zone);
        gate->zone_id[0] = '\0';
        gate->zone_offset = gate->line.offset;
        gate->is_zone_wrong = false;
    }
}

static void event_end(struct gate *gate)
{
    struct catalog_ical *ical = gate->ical;

    catalog_ical_event_check(ical, &gate->event);
    if (ical->event_count == CATALOG_ICAL_EVENTS_MAX) {
        tell(gate, gate->event.offset, "the file has more than 16384 events; split it");
        gate->is_broken = true;
        return;
    }
    if (ical->event_count == ical->event_room) {
        size_t room = ical->event_room * 2 + 64;
        struct catalog_ical_event *events = base_realloc(ical->events, room * sizeof(*events));
        if (events == NULL) {
            ical->loading->rc = OD_ENOMEM;
            return;
        }
        ical->events = events;
        ical->event_room = room;
    }
    ical->events[ical->event_count++] = gate->event;
}

static void zone_end(struct gate *gate)
{
    if (gate->zone_id[0] == '\0') {
        tell(gate, gate->zone_offset, "the VTIMEZONE has no TZID");
        return;
    }
    if (gate->is_zone_wrong)
        return; /* told */
    if (gate->zone.is_broken) {
        gate->ical->loading->rc = OD_ENOMEM;
        return;
    }
    int rc = catalog_ical_zone_add(gate->ical->zones, gate->zone_id, base_buffer_text(&gate->zone));
    if (rc == OD_EINVAL)
        tell(gate, gate->zone_offset, "the VTIMEZONE is none that can be read");
    else if (rc == OD_ELIMIT)
        tell(gate, gate->zone_offset, "the file has more than 64 time zones");
    else if (rc != OD_OK)
        gate->ical->loading->rc = rc;
    gate->only_zone = catalog_ical_zones_count(gate->ical->zones) == 1 ? catalog_take_text(gate->ical->loading, gate->zone_id) : NULL;
}

static void end_take(struct gate *gate)
{
    char name[CATALOG_ICAL_NAME_SIZE];
    const struct level *level = gate->depth > 0 ? &gate->levels[gate->depth - 1] : NULL;

    upper_copy(name, gate->line.value);
    if (level == NULL || strcmp(level->name, name) != 0) {
        if (level == NULL)
            catalog_report_byte(gate->ical->loading, 0, gate->line.offset, "", "END:%s has no BEGIN", name);
        else
            catalog_report_byte(gate->ical->loading, 0, gate->line.offset, "", "END:%s does not end BEGIN:%s", name, level->name);
        gate->is_broken = true;
        return;
    }
    if (is_directly_in(gate, "VEVENT"))
        event_end(gate);
    if (is_directly_in(gate, "VTIMEZONE"))
        zone_end(gate);
    gate->depth--;
}

/* What libical would read leniently, or work on for ever, is not let through. */
static void zone_property_take(struct gate *gate)
{
    const char *name = gate->line.name, *value = gate->line.value, *wrong = NULL;
    size_t size = strlen(value), digits = strspn(value + (size > 0), "0123456789");
    struct catalog_ical_rule rule = {.text = NULL};
    struct catalog_ical_time time;

    if (strcmp(name, "TZID") == 0 && gate->depth == 2)
        snprintf(gate->zone_id, sizeof(gate->zone_id), "%s", value);
    else if (strcmp(name, "RRULE") == 0 && gate->depth > 2)
        wrong = catalog_ical_rule_fault(value, &rule);
    else if (strcmp(name, "DTSTART") == 0 && !catalog_ical_time_parse(value, size, &time))
        wrong = CATALOG_PHRASE("DTSTART is no time that exists");
    else if ((strcmp(name, "TZOFFSETFROM") == 0 || strcmp(name, "TZOFFSETTO") == 0) &&
             ((value[0] != '+' && value[0] != '-') || digits + 1 != size || (digits != 4 && digits != 6)))
        wrong = CATALOG_PHRASE("an offset is to be +HHMM or -HHMM");
    if (wrong == NULL && rule.is_daily)
        wrong = CATALOG_PHRASE("a zone does not change every day");
    if (wrong == NULL)
        return;
    tell(gate, gate->line.offset, wrong);
    gate->is_zone_wrong = true;
}

/* A property of the calendar itself. */
static void calendar_property_take(struct gate *gate)
{
    const struct catalog_ical_line *line = &gate->line;
    struct catalog_loading *loading = gate->ical->loading;

    if (strcmp(line->name, "VERSION") == 0 && strstr(line->value, "2.0") == NULL)
        tell(gate, line->offset, "VERSION is to be 2.0; this is another format (vCalendar 1.0?)");
    if (strcmp(line->name, "CALSCALE") == 0 && strcasecmp(line->value, "GREGORIAN") != 0)
        tell(gate, line->offset, "CALSCALE is to be GREGORIAN");
    if (strcmp(line->name, "X-WR-TIMEZONE") == 0 && gate->zone_name[0] == '\0')
        snprintf(gate->zone_name, sizeof(gate->zone_name), "%s", line->value);
    if (strcmp(line->name, "X-WR-CALNAME") == 0 && gate->ical->name == NULL) {
        char *name = catalog_take_text(loading, line->value);
        if (name != NULL)
            catalog_ical_text_unescape(name);
        gate->ical->name = name != NULL && name[0] != '\0' && strlen(name) <= CATALOG_TEXT_MAX ? name : NULL;
    }
}

static void line_take(struct gate *gate)
{
    bool is_begin = strcmp(gate->line.name, "BEGIN") == 0, is_end = strcmp(gate->line.name, "END") == 0;

    if (gate->depth == 0 && !is_begin && !is_end) {
        tell(gate, gate->line.offset, gate->calendar_count == 0 ? "BEGIN:VCALENDAR is expected here; this is no iCalendar file"
                                                                : "the line stands outside BEGIN:VCALENDAR and END:VCALENDAR");
        gate->is_broken = true;
        return;
    }
    if (is_begin)
        begin_take(gate);
    if (is_in(gate, "VTIMEZONE") && !gate->is_broken)
        zone_line_put(gate);
    if (is_end)
        end_take(gate);
    if (is_begin || is_end)
        return;
    if (gate->depth == 1)
        calendar_property_take(gate);
    else if (is_directly_in(gate, "VEVENT"))
        catalog_ical_event_take(gate->ical, &gate->event, &gate->line);
    else if (is_in(gate, "VTIMEZONE"))
        zone_property_take(gate);
}

static void end_check(struct gate *gate)
{
    if (gate->is_broken || gate->lines.is_broken || gate->ical->loading->rc != OD_OK)
        return;
    if (gate->depth > 0) {
        const struct level *level = &gate->levels[gate->depth - 1];
        catalog_report_byte(gate->ical->loading, 0, level->offset, "", "the file ends before END:%s; is it cut off?", level->name);
    } else if (gate->calendar_count == 0) {
        tell(gate, 0, "the file is empty; BEGIN:VCALENDAR is expected");
    }
}

void catalog_ical_gate(struct catalog_ical *ical)
{
    struct gate *gate = base_alloc(sizeof(*gate));

    if (gate == NULL) {
        ical->loading->rc = OD_ENOMEM;
        return;
    }
    gate->ical = ical;
    catalog_ical_lines_init(&gate->lines, ical->loading);
    while (!gate->is_broken && ical->loading->rc == OD_OK && catalog_ical_line_next(&gate->lines, &gate->line))
        line_take(gate);
    end_check(gate);
    ical->zone = gate->zone_name[0] != '\0' ? catalog_take_text(ical->loading, gate->zone_name) : gate->only_zone;
    catalog_ical_lines_fini(&gate->lines);
    base_buffer_fini(&gate->zone);
    base_free(gate);
}
