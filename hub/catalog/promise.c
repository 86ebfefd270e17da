/* SPDX-License-Identifier: Apache-2.0 */
/* May a promise ever fall later than the statute? Accepted only when it cannot, whatever
 * the day of the start. docs/catalogue.md, "Promised never later than statutory". */
#include <stdio.h>

#include "base/time.h"
#include "catalog/loading.h"

static const struct core_calendar weekends = {.weekend = 0x60};

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

/* span_max, worked out once for each length. */
static int32_t span_of(struct catalog_loading *loading, const struct core_calendar *calendar, int length)
{
    if (loading->spans == NULL)
        loading->spans = base_alloc((CORE_LIMIT_DAYS_MAX + 1) * sizeof(*loading->spans));
    if (loading->spans == NULL) {
        loading->rc = OD_ENOMEM;
        return 0;
    }
    if (loading->spans[length] == 0)
        loading->spans[length] = span_max(calendar, length);
    return loading->spans[length];
}

/* The longest run of days off is one less than the longest working day's span. */
static int32_t roll_max(struct catalog_loading *loading, const struct core_calendar *calendar)
{
    return span_of(loading, calendar, 1) - 1;
}

/* Both in working days: the n-th working day after the start, or the (n-1)-th when the
 * start is a working day that counts. */
static bool working_fits(const struct core_limit *promised, const struct core_limit *statutory)
{
    int lead = statutory->counts_start_day && !promised->counts_start_day ? 1 : 0;

    return promised->length + lead <= statutory->length;
}

/* Calendar days from the start to the due day, before rolling; for working days the fewest. */
static int32_t reach(const struct core_limit *limit)
{
    return limit->length - (limit->counts_start_day ? 1 : 0);
}

static bool is_rolled(const struct core_limit *limit)
{
    return limit->unit == CORE_UNIT_CALENDAR_DAY && limit->end_roll == CORE_END_ROLL_NEXT_WORKING_DAY;
}

static bool promise_fits(struct catalog_loading *loading, const struct core_calendar *calendar,
                         const struct core_limit *promised, const struct core_limit *statutory)
{
    if (promised->unit == CORE_UNIT_WORKING_DAY && statutory->unit == CORE_UNIT_WORKING_DAY)
        return working_fits(promised, statutory);
    if (promised->unit == CORE_UNIT_WORKING_DAY)
        return span_of(loading, calendar, promised->length) <= reach(statutory);
    /* A working-day limit never ends on a day off, so rolling cannot pass it. */
    bool may_roll_past = is_rolled(promised) && statutory->unit == CORE_UNIT_CALENDAR_DAY && !is_rolled(statutory);
    int32_t roll = may_roll_past ? roll_max(loading, calendar) : 0;
    return reach(promised) + roll <= reach(statutory);
}

static void limit_words(const struct core_limit *limit, char *words, size_t size)
{
    snprintf(words, size, "%d %s days%s%s", limit->length,
             limit->unit == CORE_UNIT_WORKING_DAY ? "working" : "calendar",
             limit->counts_start_day ? ", the start counted" : "", is_rolled(limit) ? ", rolled to the next working day" : "");
}

void catalog_promise_check(struct catalog_loading *loading, const struct catalog_spot *limits,
                           const struct core_limit *promised, const struct core_limit *statutory)
{
    const struct catalog_days *days = loading->catalog->calendar;
    const struct core_calendar *calendar = days != NULL ? &days->rules : &weekends;
    struct catalog_spot spot = {limits, "promised", 0};
    char ours[96], law[96];

    if (promised->unit == CORE_UNIT_NONE || statutory->unit == CORE_UNIT_NONE)
        return;
    if (promise_fits(loading, calendar, promised, statutory) || loading->rc != OD_OK)
        return;
    limit_words(promised, ours, sizeof(ours));
    limit_words(statutory, law, sizeof(law));
    catalog_report(loading, &spot,
                   "the promise (%s) can end later than the statutory limit (%s)%s; shorten the promise", ours, law,
                   promised->unit != statutory->unit ? ", counted on the worst start day of the calendar" : "");
}
