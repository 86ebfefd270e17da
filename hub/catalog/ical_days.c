/* SPDX-License-Identifier: Apache-2.0 */
/* Events to days: each event's civil days in its own zone, each time it recurs, without the
 * exceptions and the instances that another event replaces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "catalog/ical.h"

#define DAY_SECONDS 86400

/* One day that one event covers. */
struct covered {
    core_day day;
    bool is_worked;
    const struct catalog_ical_event *event;
};

/* An instance of a series that stands elsewhere in the file. */
struct replaced {
    const char *uid;
    core_day day;
};

struct harvest {
    struct catalog_loading *loading;
    struct catalog_ical *ical;
    struct covered *days; /* owned */
    size_t count, room;
    struct replaced *replaced; /* owned; sorted */
    size_t replaced_count;
    size_t date_at;            /* the first date of the event that is worked out, or a later one */
    size_t step_count;
    core_day first_end;        /* of the instance that ends first in the window; CORE_DAY_MAX = none */
    core_day last_start;       /* of the last instance that is not of an endless rule; -1 = none */
    bool is_full;              /* a limit was told */
};

static void tell(struct harvest *harvest, size_t offset, const char *text)
{
    catalog_report_byte_word(harvest->loading, 0, offset, "", text);
}

/* Is the zone of a time known? UTC needs the calendar's. False with a finding. */
static bool zone_check(struct harvest *harvest, const struct catalog_ical_time *time)
{
    const struct catalog_ical *ical = harvest->ical;
    const char *zone = time->is_utc ? ical->zone : time->zone;

    if (time->is_date || zone == NULL || catalog_ical_zone_is_known(ical->zones, zone))
        return true;
    catalog_report_byte(harvest->loading, 0, time->offset, "",
                        time->is_utc ? "the time is UTC, and X-WR-TIMEZONE \"%.80s\" is neither a VTIMEZONE of the file nor an IANA zone"
                                     : "TZID \"%.80s\" is neither a VTIMEZONE of the file nor an IANA zone",
                        zone);
    return false;
}

/* Let time be one of the zone of like, without saying so; UTC as the calendar's zone. */
static void localise(struct harvest *harvest, struct catalog_ical_time *time, const char *zone)
{
    const struct catalog_ical *ical = harvest->ical;
    bool is_other = time->is_utc || (time->zone != NULL && zone != NULL && strcmp(time->zone, zone) != 0);

    if (!time->is_date && is_other && (zone != NULL || time->zone != NULL))
        catalog_ical_zone_convert(ical->zones, time->is_utc ? NULL : time->zone, zone, time);
    time->is_utc = false;
    time->zone = NULL;
}

/* The zone that an event's days are counted in; NULL = as written, or UTC. */
static const char *zone_of(const struct harvest *harvest, const struct catalog_ical_event *event)
{
    return event->start.is_utc ? harvest->ical->zone : event->start.zone;
}

/* Days that an event of start and end covers; 0 with a finding. */
static core_day span_of(struct harvest *harvest, const struct catalog_ical_time *start, const struct catalog_ical_time *end,
                        size_t offset)
{
    core_day last = end->day;

    if (start->is_date) {
        last = end->day > start->day ? end->day - 1 : end->day; /* DTEND is the day after; some write the day itself */
    } else if (end->second == 0 && end->day > start->day) {
        last = end->day - 1;
    }
    bool is_before = end->day < start->day || (end->day == start->day && end->second < start->second);
    if (is_before || last - start->day >= CATALOG_HOLIDAY_MAX) {
        tell(harvest, offset, is_before ? "the event ends before it starts" : "the event covers more than 366 days");
        return 0;
    }
    return last - start->day + 1;
}

static struct catalog_ical_time later(const struct catalog_ical_time *start, int64_t seconds)
{
    struct catalog_ical_time end = *start;
    int64_t sum = end.second + seconds;

    end.day += (core_day)(sum / DAY_SECONDS);
    end.second = (int32_t)(sum % DAY_SECONDS);
    if (end.is_date && end.second > 0) { /* part of a day is a day */
        end.day++;
        end.second = 0;
    }
    return end;
}

/* Note the days of one instance. */
static void days_add(struct harvest *harvest, const struct catalog_ical_event *event, core_day start, core_day span,
                     bool is_endless)
{
    core_day last = start + span - 1;

    if (last < CATALOG_ICAL_DAY_MIN || start > CATALOG_ICAL_DAY_MAX || harvest->is_full)
        return;
    harvest->first_end = last < harvest->first_end ? last : harvest->first_end;
    if (!is_endless && (start > harvest->last_start || harvest->last_start < 0))
        harvest->last_start = start > CATALOG_ICAL_DAY_MIN ? start : CATALOG_ICAL_DAY_MIN;
    for (core_day day = start; day <= last; day++) {
        if (day < CATALOG_ICAL_DAY_MIN || day > CATALOG_ICAL_DAY_MAX)
            continue;
        if (harvest->count == CATALOG_ICAL_DAYS_MAX) {
            tell(harvest, event->offset, "the events cover more than 65536 days; is an endless rule meant to be weekly or daily?");
            harvest->is_full = true;
            return;
        }
        if (harvest->count == harvest->room) {
            size_t room = harvest->room * 2 + 256;
            struct covered *days = base_realloc(harvest->days, room * sizeof(*days));
            if (days == NULL) {
                harvest->loading->rc = OD_ENOMEM;
                return;
            }
            harvest->days = days;
            harvest->room = room;
        }
        harvest->days[harvest->count++] = (struct covered){day, event->is_make_up, event};
    }
}

static int order_of_replaced(const void *a, const void *b)
{
    const struct replaced *left = a, *right = b;
    int order = strcmp(left->uid, right->uid);

    return order != 0 ? order : (left->day > right->day) - (left->day < right->day);
}

/* Exceptions first, both by day. */
static int order_of_dates(const void *a, const void *b)
{
    const struct catalog_ical_date *left = a, *right = b;

    if (left->is_added != right->is_added)
        return left->is_added ? 1 : -1;
    return (left->start.day > right->start.day) - (left->start.day < right->start.day);
}

/* The dates of one event: exceptions, then additions. */
struct exceptions {
    struct catalog_ical_date *at;
    size_t count, removed_count;
};

/* Localised and sorted; false with findings. */
static bool exceptions_take(struct harvest *harvest, uint32_t event_index, struct exceptions *out)
{
    struct catalog_ical *ical = harvest->ical;
    const struct catalog_ical_event *event = &ical->events[event_index];
    bool is_known = true;

    while (harvest->date_at < ical->date_count && ical->dates[harvest->date_at].event < event_index)
        harvest->date_at++;
    *out = (struct exceptions){.at = ical->date_count > 0 ? ical->dates + harvest->date_at : NULL};
    while (harvest->date_at < ical->date_count && ical->dates[harvest->date_at].event == event_index) {
        struct catalog_ical_date *date = &ical->dates[harvest->date_at++];
        is_known = zone_check(harvest, &date->start) && (!date->has_end || zone_check(harvest, &date->end)) && is_known;
        if (!is_known)
            return false;
        localise(harvest, &date->start, zone_of(harvest, event));
        localise(harvest, &date->end, zone_of(harvest, event));
        out->count++;
        out->removed_count += !date->is_added;
    }
    if (out->count > 0)
        qsort(out->at, out->count, sizeof(*out->at), order_of_dates);
    return true;
}

static bool is_removed(const struct harvest *harvest, const struct catalog_ical_event *event,
                       const struct exceptions *exceptions, core_day day)
{
    struct catalog_ical_date date = {.start = {.day = day}};
    struct replaced replaced = {event->uid, day};

    if (exceptions->removed_count > 0 &&
        bsearch(&date, exceptions->at, exceptions->removed_count, sizeof(date), order_of_dates) != NULL)
        return true;
    return event->uid != NULL && !event->has_recurrence && harvest->replaced_count > 0 &&
           bsearch(&replaced, harvest->replaced, harvest->replaced_count, sizeof(replaced), order_of_replaced) != NULL;
}

/* Is day after the last that the rule allows? until is local. */
static bool is_past(const struct catalog_ical_time *until, core_day day, int32_t second)
{
    return day > until->day || (day == until->day && !until->is_date && second > until->second);
}

/* Steps that a rule took, and more where it was sought in vain: libical looks day by day. */
static void steps_count(struct harvest *harvest, const struct catalog_ical_rule *rule, size_t steps)
{
    harvest->step_count += steps;
    if (harvest->step_count <= CATALOG_ICAL_STEPS_MAX || harvest->is_full)
        return;
    tell(harvest, rule->offset, "RRULE: the rules of the file come to more than 1000000 days");
    harvest->is_full = true;
}

static void start_tell(struct harvest *harvest, const struct catalog_ical_rule *rule)
{
    tell(harvest, rule->offset, "RRULE: DTSTART is no day of its own rule, so that readers disagree; let DTSTART be the first day that the rule gives");
}

/* Every instance of the rule from the start on, the start among them. */
static void rule_walk(struct harvest *harvest, const struct catalog_ical_event *event, const struct catalog_ical_time *start,
                      core_day span, const struct exceptions *exceptions)
{
    const struct catalog_ical_rule *rule = &event->rule;
    struct catalog_ical_time until = rule->until;
    struct catalog_ical_walk walk = {NULL};
    bool is_endless = !rule->has_count && !rule->has_until;
    core_day day, before = start->day - 1;
    long count = 0;
    bool is_at_end = false;

    if (rule->has_until && !start->is_date)
        localise(harvest, &until, zone_of(harvest, event));
    if (!catalog_ical_walk_open(&walk, rule->text, start->day)) {
        tell(harvest, rule->offset, "RRULE: the rule gives no day at all");
        steps_count(harvest, rule, CATALOG_ICAL_SEARCH_STEPS);
        return;
    }
    while (harvest->loading->rc == OD_OK && !harvest->is_full) {
        is_at_end = !catalog_ical_walk_next(&walk, &day);
        if (is_at_end || (count == 0 && day != start->day))
            break;
        count++;
        if (day > CATALOG_ICAL_DAY_MAX || (rule->has_until && is_past(&until, day, start->second)))
            break;
        steps_count(harvest, rule, 1);
        bool is_new = day > before; /* libical's calendar is the Julian one before 1752: a day may come twice */
        before = is_new ? day : before;
        if (is_new && !is_removed(harvest, event, exceptions, day))
            days_add(harvest, event, day, span, is_endless);
    }
    if (count == 0)
        start_tell(harvest, rule);
    if (is_at_end && !(rule->has_count && count == rule->count))
        steps_count(harvest, rule, CATALOG_ICAL_SEARCH_STEPS);
    catalog_ical_walk_close(&walk);
}

static void additions_walk(struct harvest *harvest, const struct catalog_ical_event *event, core_day span,
                           const struct exceptions *exceptions)
{
    for (size_t i = exceptions->removed_count; i < exceptions->count && harvest->loading->rc == OD_OK; i++) {
        const struct catalog_ical_date *date = &exceptions->at[i];
        core_day own_span = span;
        if (date->duration_s >= 0 || date->has_end) {
            struct catalog_ical_time end = date->has_end ? date->end : later(&date->start, date->duration_s);
            own_span = span_of(harvest, &date->start, &end, date->start.offset);
        }
        if (own_span > 0 && !is_removed(harvest, event, exceptions, date->start.day))
            days_add(harvest, event, date->start.day, own_span, false);
    }
}

static void event_walk(struct harvest *harvest, uint32_t index)
{
    const struct catalog_ical_event *event = &harvest->ical->events[index];
    struct catalog_ical_time start = event->start, end = event->start;
    struct exceptions exceptions;

    if (!zone_check(harvest, &event->start) || (event->has_end && !zone_check(harvest, &event->end)) ||
        !exceptions_take(harvest, index, &exceptions))
        return;
    const char *zone = zone_of(harvest, event);
    if (event->has_end)
        end = event->end;
    localise(harvest, &start, zone);
    localise(harvest, &end, zone);
    if (event->has_duration)
        end = later(&start, event->duration_s);
    core_day span = span_of(harvest, &start, &end, event->offset);
    if (span == 0)
        return;
    if (event->rule.text != NULL)
        rule_walk(harvest, event, &start, span, &exceptions);
    else if (!is_removed(harvest, event, &exceptions, start.day))
        days_add(harvest, event, start.day, span, false);
    additions_walk(harvest, event, span, &exceptions);
}

/* Which instances of series are replaced by events of their own, or cancelled by one. */
static bool replaced_gather(struct harvest *harvest)
{
    struct catalog_ical *ical = harvest->ical;

    harvest->replaced = base_alloc((ical->event_count + 1) * sizeof(*harvest->replaced));
    if (harvest->replaced == NULL) {
        harvest->loading->rc = OD_ENOMEM;
        return false;
    }
    for (size_t i = 0; i < ical->event_count; i++) {
        struct catalog_ical_event *event = &ical->events[i];
        if (!event->has_recurrence || event->uid == NULL || !zone_check(harvest, &event->recurrence))
            continue;
        localise(harvest, &event->recurrence, event->recurrence.is_utc ? ical->zone : event->recurrence.zone);
        harvest->replaced[harvest->replaced_count++] = (struct replaced){event->uid, event->recurrence.day};
    }
    if (harvest->replaced_count > 0)
        qsort(harvest->replaced, harvest->replaced_count, sizeof(*harvest->replaced), order_of_replaced);
    return true;
}

static int order_of_covered(const void *a, const void *b)
{
    const struct covered *left = a, *right = b;

    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    return (left->event > right->event) - (left->event < right->event);
}

static unsigned line_of(const struct harvest *harvest, size_t offset)
{
    const char *text = harvest->loading->sources[0].text;
    unsigned line = 1;

    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static void conflict_tell(struct harvest *harvest, const struct covered *first, const struct covered *second)
{
    char date[BASE_DATE_SIZE];

    if (harvest->loading->findings->count >= CATALOG_FINDINGS_MAX)
        return;
    base_day_format(second->day, date);
    catalog_report_byte(harvest->loading, 0, second->event->offset, "",
                        first->is_worked ? "%s is a make-up working day by the event of line %u and a day off by this one; remove one"
                                         : "%s is a day off by the event of line %u and a make-up working day by this one; remove one",
                        date, line_of(harvest, first->event->offset));
}

/* Each day once, by the first event that covers it; no day after the last published one, as in
 * every other form of a calendar. */
static void listed_fill(struct harvest *harvest, core_day until, struct catalog_listed_days *listed)
{
    const struct covered *before = NULL;

    if (harvest->count > 0)
        qsort(harvest->days, harvest->count, sizeof(*harvest->days), order_of_covered);
    for (size_t i = 0; i < harvest->count && harvest->loading->rc == OD_OK; i++) {
        const struct covered *day = &harvest->days[i];
        if (day->day > until)
            break;
        if (before != NULL && before->day == day->day) {
            if (before->is_worked != day->is_worked)
                conflict_tell(harvest, before, day);
            continue;
        }
        struct catalog_listed entry = {
            .day = day->day, .is_worked = day->is_worked, .name = {{day->event->name, day->event->name}}};
        harvest->loading->rc = catalog_listed_add(listed, &entry);
        before = day;
    }
}

static int year_of(core_day day)
{
    int year, month, day_of_month;

    base_day_to_civil(day, &year, &month, &day_of_month);
    return year;
}

/* Known are the years from that in which the first event ends to that in which the last one starts:
 * New Year's holidays that begin in December tell nothing of the rest of the other year. */
static void published_fill(const struct harvest *harvest, struct catalog_days *out)
{
    core_day last = harvest->last_start >= 0 ? harvest->last_start : CATALOG_ICAL_DAY_MAX;
    core_day first = harvest->first_end < CATALOG_ICAL_DAY_MAX ? harvest->first_end : CATALOG_ICAL_DAY_MAX;

    out->rules.published_from = base_day_from_civil(year_of(first), 1, 1);
    out->rules.published_until = base_day_from_civil(year_of(last), 12, 31);
    out->rules.weekend = 0x60;
}

static void events_walk(struct harvest *harvest, struct catalog_days *out)
{
    struct catalog_ical *ical = harvest->ical;
    struct catalog_listed_days listed = {.count = 0};

    for (uint32_t i = 0; i < ical->event_count && harvest->loading->rc == OD_OK && !harvest->is_full; i++) {
        const struct catalog_ical_event *event = &ical->events[i];
        out->cancelled_count += event->is_cancelled;
        out->observance_count += !event->is_cancelled && event->is_observance;
        if (!event->is_cancelled && !event->is_observance)
            event_walk(harvest, i);
    }
    if (harvest->count == 0 && harvest->loading->findings->count == 0)
        tell(harvest, 0, "the file has no event that is a day off or a make-up day from 1970 to 2199");
    published_fill(harvest, out);
    if (harvest->loading->rc == OD_OK && harvest->loading->findings->count == 0)
        listed_fill(harvest, out->rules.published_until, &listed);
    if (harvest->loading->rc == OD_OK && harvest->loading->findings->count == 0)
        catalog_listed_finish(harvest->loading, &listed, out);
    catalog_listed_fini(&listed);
}

void catalog_ical_read(struct catalog_loading *loading, struct catalog_days *out)
{
    struct catalog_ical ical = {.loading = loading};
    struct harvest harvest = {.loading = loading, .ical = &ical, .first_end = CORE_DAY_MAX, .last_start = -1};

    if (loading->sources[0].size > CATALOG_ICAL_FILE_MAX) {
        catalog_report_file(loading, loading->sources[0].path, "the file has %zu bytes, an iCalendar file at most %d",
                            loading->sources[0].size, CATALOG_ICAL_FILE_MAX);
        return;
    }
    ical.zones = catalog_ical_zones_create();
    if (ical.zones == NULL)
        loading->rc = OD_ENOMEM;
    else
        catalog_ical_gate(&ical);
    if (loading->rc == OD_OK && loading->findings->count == 0 && replaced_gather(&harvest))
        events_walk(&harvest, out);
    if (ical.name != NULL)
        out->name = (struct catalog_text){{ical.name, ical.name}};
    catalog_ical_zones_destroy(ical.zones);
    base_free(harvest.replaced);
    base_free(harvest.days);
    base_free(ical.events);
    base_free(ical.dates);
}
