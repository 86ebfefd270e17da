/* SPDX-License-Identifier: Apache-2.0 */
/* May a promise ever fall later than the statute? Accepted only when it cannot, whatever the day
 * of the start and whatever pauses come between. docs/catalogue.md, "Promised never later than statutory".
 *
 *   start, pauses, resets: what is stricter in the law may not be laxer in the promise
 *   -> lengths that can be compared day by day -> else the worst start day of the calendars */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "catalog/loading.h"

#define CALENDARS_KEPT 16
#define PAIRS_KEPT 64
#define TRIED_DAYS_MIN 1500 /* four years: every month length, when the calendar lists fewer */
#define HOURS_OF_DAY 24

static const struct core_calendar weekends = {.weekend = 0x60};

/* The longest that a number of working days takes, per calendar. */
struct spans {
    const struct core_calendar *calendar;
    int32_t of[CORE_LIMIT_DAYS_MAX + 1]; /* 0 = not worked out yet */
};

struct pair {
    struct core_limit promised, statutory;
    bool fits;
};

struct catalog_promises {
    struct spans *spans[CALENDARS_KEPT]; /* owned */
    struct pair pairs[PAIRS_KEPT];
    size_t pair_count;
    int32_t month_min[CORE_LIMIT_MONTHS_MAX + 1], month_max[CORE_LIMIT_MONTHS_MAX + 1];
};

/* Two limits that are compared, with their calendars in place. */
struct comparing {
    struct catalog_loading *loading;
    struct catalog_promises *memory;
    struct core_limit promised, statutory;
    bool has_stops; /* the promise can stand still, and so can the statute then */
    int32_t receipt_roll; /* days that a receipt after hours may be moved */
};

void catalog_promises_destroy(struct catalog_promises *promises)
{
    for (size_t i = 0; promises != NULL && i < CALENDARS_KEPT; i++)
        base_free(promises->spans[i]);
    base_free(promises);
}

/* -- Calendars -- */

/* The days over which the worst case is sought: from 1 January of the first listed
 * year to the last published day. */
static void range_of(const struct core_calendar *calendar, core_day *first, core_day *last)
{
    core_day listed = calendar->published_until;
    int year, month, day;

    if (calendar->holiday_count > 0 && calendar->holidays[0] < listed)
        listed = calendar->holidays[0];
    if (calendar->make_up_count > 0 && calendar->make_ups[0] < listed)
        listed = calendar->make_ups[0];
    base_day_to_civil(listed, &year, &month, &day);
    *first = base_day_from_civil(year, 1, 1);
    *last = calendar->published_until;
    if (*last < *first + 14)
        *last = *first + 14; /* two plain weeks when nothing is published */
}

static core_day next_worked(const struct core_calendar *calendar, core_day day)
{
    do
        day++;
    while (!core_calendar_is_worked(calendar, day));
    return day;
}

/* The most calendar days that length working days took or will take, from any start in the range. */
static int32_t span_max(const struct core_calendar *calendar, int length)
{
    core_day first, last;
    int32_t longest = 0;

    range_of(calendar, &first, &last);
    core_day start = next_worked(calendar, first - 1), due = start;
    for (int i = 0; i < length; i++)
        due = next_worked(calendar, due);
    for (; start <= last; start = next_worked(calendar, start), due = next_worked(calendar, due)) {
        if (due - start > longest)
            longest = due - start;
    }
    return longest;
}

/* span_max, worked out once for each length of the first calendars met. */
static int32_t span_of(struct comparing *comparing, const struct core_calendar *calendar, int length)
{
    struct spans **kept = comparing->memory->spans;
    size_t i = 0;

    assert(length <= CORE_LIMIT_DAYS_MAX);
    while (i < CALENDARS_KEPT && kept[i] != NULL && kept[i]->calendar != calendar)
        i++;
    if (i == CALENDARS_KEPT)
        return span_max(calendar, length);
    if (kept[i] == NULL && (kept[i] = base_alloc(sizeof(*kept[i]))) != NULL)
        kept[i]->calendar = calendar;
    if (kept[i] == NULL) {
        comparing->loading->rc = OD_ENOMEM;
        return 0;
    }
    if (kept[i]->of[length] == 0)
        kept[i]->of[length] = span_max(calendar, length);
    return kept[i]->of[length];
}

/* The longest run of days off is one less than the longest working day's span. */
static int32_t roll_max(struct comparing *comparing, const struct core_calendar *calendar)
{
    return span_of(comparing, calendar, 1) - 1;
}

/* Is every working day of part one of whole too? */
static bool are_worked_days_within(const struct core_calendar *part, const struct core_calendar *whole)
{
    if (part == whole)
        return true;
    if ((whole->weekend & ~part->weekend) != 0)
        return false;
    for (size_t i = 0; i < whole->holiday_count; i++) {
        if (core_calendar_is_worked(part, whole->holidays[i]))
            return false;
    }
    for (size_t i = 0; i < part->make_up_count; i++) {
        if (!core_calendar_is_worked(whole, part->make_ups[i]))
            return false;
    }
    return true;
}

/* -- Dates without pauses, by the clocks themselves -- */

static core_day due_of(const struct core_limit *limit, core_day start)
{
    struct core_span span = {.calendar = limit->calendar, .limit = limit, .task = CORE_TASKS_MAX, .pause_on = CORE_PAUSES_NEVER};
    struct core_moment from = {.day = start};
    struct core_clock clock;

    return core_clock_start(&clock, &span, &from) == OD_OK ? clock.due : CORE_DAY_MAX;
}

/* Fewest or most days that so many months have. The years around 2100 have the fewest leap days. */
static int32_t month_bound(struct comparing *comparing, int months, bool is_max)
{
    int32_t *kept = (is_max ? comparing->memory->month_max : comparing->memory->month_min) + months;
    struct core_limit limit = {.unit = CORE_UNIT_MONTH, .length = months, .calendar = &weekends};
    core_day day = base_day_from_civil(is_max ? 2020 : 2093, 1, 1), last = base_day_from_civil(is_max ? 2028 : 2105, 1, 1);

    if (*kept != 0)
        return *kept;
    int32_t bound = due_of(&limit, day) - day;
    for (; day < last; day++) {
        int32_t days = due_of(&limit, day) - day;
        bound = (days > bound) == is_max ? days : bound;
    }
    return *kept = bound;
}

/* -- Lengths -- */

static bool is_rolled(const struct core_limit *limit)
{
    return limit->unit != CORE_UNIT_WORKING_DAY && limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY;
}

/* Units that the promise can be extended by, all in all; days upon months are told apart. */
static int extension_of(const struct core_limit *limit, bool is_in_days)
{
    bool has_days = limit->unit == CORE_UNIT_MONTH && limit->extend.unit == CORE_UNIT_CALENDAR_DAY;

    return has_days == is_in_days ? limit->extend.times_max * limit->extend.length_max : 0;
}

/* 1 when the start day is the first day of the promise, whatever comes. A pause on that very day can take it away,
 * where the day of a pause is free; a statute that counts it too loses it then as well. */
static int first_day(const struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised;
    bool may_lose = comparing->has_stops && promised->is_pause_day_free && !comparing->statutory.counts_start_day;

    return promised->counts_start_day && !may_lose ? 1 : 0;
}

/* The most calendar days from start to the end of the promise, before rolling; extensions as granted in full. */
static int32_t reach_max(struct comparing *comparing)
{
    const struct core_limit *limit = &comparing->promised;
    int length = limit->length + extension_of(limit, false), first = first_day(comparing);

    switch (limit->unit) {
    case CORE_UNIT_WORKING_DAY:
        return length <= CORE_LIMIT_DAYS_MAX ? span_of(comparing, limit->calendar, length) : INT32_MAX / 2;
    case CORE_UNIT_CALENDAR_DAY: return length - first;
    case CORE_UNIT_MONTH:
        return length <= CORE_LIMIT_MONTHS_MAX ? month_bound(comparing, length, true) - first + extension_of(limit, true) : INT32_MAX / 2;
    case CORE_UNIT_NONE:
    case CORE_UNIT_HOUR: break;
    }
    return INT32_MAX / 2;
}

/* The fewest calendar days from start to the end of the statute: a working day is at least one day. */
static int32_t reach_min(struct comparing *comparing, const struct core_limit *limit)
{
    int32_t days = limit->unit == CORE_UNIT_MONTH ? month_bound(comparing, limit->length, false) : limit->length;

    return days - (limit->counts_start_day ? 1 : 0);
}

/* How often the promise may come to rest on a working day: at its end, and after each pause that begins on its last
 * day, when nothing is left of it (K-5), and the statute goes on. */
static int rests_max(const struct comparing *comparing)
{
    return comparing->has_stops ? 1 + CORE_STOPS_MAX : 1;
}

/* K-2: days that rolling may carry the promise past a statute that is not rolled alike. */
static int32_t roll_extra(struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    bool rests_alike = (statutory->unit == CORE_UNIT_WORKING_DAY || is_rolled(statutory)) && statutory->calendar == promised->calendar;

    if (!is_rolled(promised) || rests_alike)
        return 0;
    /* The day of a resumption that counts is one day more. */
    return (roll_max(comparing, promised->calendar) + (comparing->has_stops ? 1 : 0)) * rests_max(comparing);
}

/* Both in working days: the n-th working day after the start, or the (n-1)-th when the
 * start is a working day that counts. What is extended is looked at when it is granted (K-12). */
static bool working_fits(const struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    int lead = statutory->counts_start_day && !promised->counts_start_day ? 1 : 0;
    int extension = promised->calendar != statutory->calendar ? extension_of(promised, false) : 0;

    return are_worked_days_within(statutory->calendar, promised->calendar) && promised->length + lead + extension <= statutory->length;
}

/* Both to the same day of a month: the longer is later by its days. */
static bool months_fit(struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    int lead = statutory->counts_start_day && !promised->counts_start_day ? 1 : promised->counts_start_day - first_day(comparing);
    int months = promised->length + extension_of(promised, false), days = extension_of(promised, true) + roll_extra(comparing) + lead;

    return months == statutory->length ? days == 0
                                       : months < statutory->length && reach_max(comparing) + roll_extra(comparing) <= reach_min(comparing, statutory);
}

/* Both in calendar days: day by day the same. */
static bool days_fit(struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    bool is_plain = !is_rolled(promised) && !is_rolled(statutory);
    int32_t reach = promised->length - first_day(comparing) + (is_plain ? 0 : extension_of(promised, false));

    return reach + roll_extra(comparing) <= reach_min(comparing, statutory);
}

/* Day by day no later, with pauses or without. */
static bool fits_by_day(struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;

    if (promised->unit == CORE_UNIT_WORKING_DAY && statutory->unit == CORE_UNIT_WORKING_DAY)
        return working_fits(comparing);
    if (promised->unit == CORE_UNIT_MONTH && statutory->unit == CORE_UNIT_MONTH)
        return months_fit(comparing);
    if (promised->unit == CORE_UNIT_CALENDAR_DAY && statutory->unit == CORE_UNIT_CALENDAR_DAY)
        return days_fit(comparing);
    if (promised->unit != CORE_UNIT_WORKING_DAY)
        return reach_max(comparing) + roll_extra(comparing) <= reach_min(comparing, statutory);
    if (!comparing->has_stops)
        return reach_max(comparing) <= reach_min(comparing, statutory);
    /* Each pause can end before the longest holiday: every working day may take that long, and every rest. */
    int64_t length = promised->length + extension_of(promised, false) + rests_max(comparing);
    return length * span_of(comparing, promised->calendar, 1) <= reach_min(comparing, statutory);
}

/* Without pauses: from each day of both calendars. */
static bool fits_by_trying(const struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    core_day first, last, other_first, other_last;

    if (extension_of(promised, false) + extension_of(promised, true) > 0)
        return false;
    range_of(promised->calendar, &first, &last);
    range_of(statutory->calendar, &other_first, &other_last);
    first = other_first < first ? other_first : first;
    last = other_last > last ? other_last : last;
    last = last < first + TRIED_DAYS_MIN ? first + TRIED_DAYS_MIN : last;
    for (core_day day = first; day <= last; day++) {
        if (due_of(promised, day) > due_of(statutory, day))
            return false;
    }
    return true;
}

/* Hours run from minute to minute, days to their end: an hour is spared for clocks that are put forward or back. */
static bool fits_by_hour(struct comparing *comparing)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    int64_t hours = promised->length + extension_of(promised, false);

    if (promised->unit == CORE_UNIT_HOUR && statutory->unit == CORE_UNIT_HOUR)
        return hours <= statutory->length;
    if (comparing->has_stops)
        return false;
    if (promised->unit == CORE_UNIT_HOUR)
        return hours + 1 <= (int64_t)HOURS_OF_DAY * reach_min(comparing, statutory);
    int64_t days = (int64_t)reach_max(comparing) + (is_rolled(promised) ? roll_max(comparing, promised->calendar) : 0);
    return HOURS_OF_DAY * (days + 1 + comparing->receipt_roll) + 1 <= statutory->length;
}

static bool is_same(const struct core_limit *a, const struct core_limit *b)
{
    return a->unit == b->unit && a->length == b->length && a->counts_start_day == b->counts_start_day &&
           a->end_roll == b->end_roll && a->calendar == b->calendar;
}

/* fits_by_trying, once for each of the last pairs. */
static bool fits_as_tried(struct comparing *comparing)
{
    struct catalog_promises *memory = comparing->memory;
    size_t kept = memory->pair_count < PAIRS_KEPT ? memory->pair_count : PAIRS_KEPT;

    for (size_t i = 0; i < kept; i++) {
        const struct pair *pair = &memory->pairs[i];
        if (is_same(&pair->promised, &comparing->promised) && is_same(&pair->statutory, &comparing->statutory))
            return pair->fits;
    }
    struct pair *pair = &memory->pairs[memory->pair_count++ % PAIRS_KEPT];
    *pair = (struct pair){comparing->promised, comparing->statutory, fits_by_trying(comparing)};
    return pair->fits;
}

static bool length_fits(struct comparing *comparing)
{
    if (comparing->promised.unit == CORE_UNIT_HOUR || comparing->statutory.unit == CORE_UNIT_HOUR)
        return fits_by_hour(comparing);
    return fits_by_day(comparing) || (!comparing->has_stops && comparing->loading->rc == OD_OK && fits_as_tried(comparing));
}

/* -- Start, pauses, resets -- */

/* The event that it counts from, in the order in which they come. */
static enum core_start start_of(enum catalog_limit_place place, const struct core_limit *limit)
{
    enum core_start start = catalog_limit_start(place, limit), until = (enum core_start)limit->not_started_until;

    return limit->is_retroactive || until < start ? start : until;
}

/* The kinds that stop it. K-8, K-13. */
static uint32_t stops_of(enum catalog_limit_place place, const struct core_limit *limit)
{
    uint32_t fallback = place == CATALOG_LIMIT_JOINT ? CORE_PAUSES_LAW : CORE_PAUSES_ALL;

    return (limit->pause_on == CORE_PAUSES_DEFAULT ? fallback : limit->pause_on) & ~CORE_PAUSES_NEVER;
}

/* What is laxer in the promise than in the law; NULL = nothing. */
static const char *laxer_part(enum catalog_limit_place place, const struct core_limit *promised, const struct core_limit *statutory)
{
    uint32_t stops = stops_of(place, promised);
    bool is_in_days = promised->unit != CORE_UNIT_HOUR;

    if (start_of(place, promised) > start_of(place, statutory))
        return CATALOG_PHRASE("it starts with a later event; set its \"start\" and \"not_started_until\" no later than those of the statute");
    if ((stops & ~stops_of(place, statutory)) != 0)
        return CATALOG_PHRASE("it stands still in pauses that do not stop the statute; set its \"pause_on\" to those of the statute, or to \"none\"");
    if (stops != 0 && is_in_days && promised->is_pause_day_free && !statutory->is_pause_day_free)
        return CATALOG_PHRASE("the day of a pause counts for the statute and not for it; set its \"pause_day\" to \"counts\"");
    if (stops != 0 && is_in_days && !promised->is_resume_day_counted && statutory->is_resume_day_counted)
        return CATALOG_PHRASE("the day of a resumption counts for the statute and not for it; set its \"resume_day\" to \"counts\"");
    if ((promised->reset_on & ~statutory->reset_on) != 0)
        return CATALOG_PHRASE("it is counted anew where the statute is not; remove its \"reset_on\"");
    return NULL;
}

static void limit_words(const struct core_limit *limit, struct catalog_phrase *words)
{
    switch (limit->unit) {
    case CORE_UNIT_WORKING_DAY: (void)catalog_phrase_add(words, "%d working days", limit->length); break;
    case CORE_UNIT_CALENDAR_DAY: (void)catalog_phrase_add(words, "%d calendar days", limit->length); break;
    case CORE_UNIT_HOUR: (void)catalog_phrase_add(words, "%d hours", limit->length); break;
    case CORE_UNIT_MONTH: (void)catalog_phrase_add(words, "%d months", limit->length); break;
    case CORE_UNIT_NONE: break;
    }
    if (limit->counts_start_day)
        (void)catalog_phrase_add(words, ", the start counted");
    if (is_rolled(limit))
        (void)catalog_phrase_add(words, ", rolled to the next working day");
    if (limit->extend.times_max > 0)
        (void)catalog_phrase_add(words, ", extendable by %d in all", (int)limit->extend.times_max * (int)limit->extend.length_max);
}

static void lateness_report(struct comparing *comparing, const struct catalog_spot *spot, const char *laxer)
{
    const struct core_limit *promised = &comparing->promised, *statutory = &comparing->statutory;
    bool is_mixed = promised->unit != statutory->unit || promised->calendar != statutory->calendar;
    struct catalog_phrase ours = {.in = {""}}, law = {.in = {""}}, why;

    limit_words(promised, &ours);
    limit_words(statutory, &law);
    if (laxer != NULL)
        catalog_report(comparing->loading, spot, "the promise (%p) can end later than the statutory limit (%p): %p", (const void *)&ours,
                       (const void *)&law, catalog_phrase_word(&why, laxer));
    else
        catalog_report(comparing->loading, spot,
                       !is_mixed ? "the promise (%p) can end later than the statutory limit (%p); shorten the promise"
                       : !comparing->has_stops
                           ? "the promise (%p) can end later than the statutory limit (%p), counted on the worst days of the calendar; shorten the promise"
                           : "the promise (%p) can end later than the statutory limit (%p), counted on the worst days of the calendar with pauses between; "
                             "shorten the promise, or let nothing stop it (\"pause_on\": \"none\")",
                       (const void *)&ours, (const void *)&law);
}

static bool comparing_init(struct comparing *comparing, enum catalog_limit_place place)
{
    struct catalog_loading *loading = comparing->loading;
    const struct catalog_days *days = loading->catalog->calendar;
    const struct core_calendar *calendar = days != NULL ? &days->rules : &weekends;

    if (loading->promises == NULL && (loading->promises = base_alloc(sizeof(*loading->promises))) == NULL) {
        loading->rc = OD_ENOMEM;
        return false;
    }
    comparing->memory = loading->promises;
    if (comparing->promised.calendar == NULL)
        comparing->promised.calendar = calendar;
    if (comparing->statutory.calendar == NULL)
        comparing->statutory.calendar = calendar;
    comparing->has_stops = stops_of(place, &comparing->promised) != 0;
    comparing->receipt_roll = loading->catalog->rolls_receipt ? roll_max(comparing, calendar) + 1 : 0;
    return loading->rc == OD_OK;
}

void catalog_promise_check(struct catalog_loading *loading, const struct catalog_spot *limits, enum catalog_limit_place place,
                           const struct core_limit *promised, const struct core_limit *statutory)
{
    struct comparing comparing = {.loading = loading, .promised = *promised, .statutory = *statutory};
    struct catalog_spot spot = {limits, "promised", 0};

    if (promised->unit == CORE_UNIT_NONE || statutory->unit == CORE_UNIT_NONE || !comparing_init(&comparing, place))
        return;
    const char *laxer = laxer_part(place, promised, statutory);
    bool fits = laxer == NULL && length_fits(&comparing);
    if (!fits && loading->rc == OD_OK)
        lateness_report(&comparing, &spot, laxer);
}
