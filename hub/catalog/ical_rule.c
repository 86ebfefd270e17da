/* SPDX-License-Identifier: Apache-2.0 */
/* Recurrence rules, through libical. They are worked out in days: the gate lets no part pass that
 * speaks of hours. */
#include <libical/ical.h>

#include "base/time.h"
#include "catalog/ical.h"

bool catalog_ical_walk_open(struct catalog_ical_walk *walk, const char *text, core_day start)
{
    struct icalrecurrencetype rule = icalrecurrencetype_from_string(text);
    struct icaltimetype first = icaltime_null_time(); /* the null date has hours of -1, which would move it */

    base_day_to_civil(start, &first.year, &first.month, &first.day);
    first.is_date = 1;
    rule.until = icaltime_null_time(); /* the caller compares: UNTIL has a zone, days have none */
    walk->iterator = rule.freq != ICAL_NO_RECURRENCE ? icalrecur_iterator_new(rule, first) : NULL;
    return walk->iterator != NULL;
}

bool catalog_ical_walk_next(struct catalog_ical_walk *walk, core_day *day)
{
    struct icaltimetype next = icalrecur_iterator_next(walk->iterator);

    if (icaltime_is_null_time(next))
        return false;
    *day = base_day_from_civil(next.year, next.month, next.day);
    return true;
}

void catalog_ical_walk_close(struct catalog_ical_walk *walk)
{
    if (walk->iterator != NULL)
        icalrecur_iterator_free(walk->iterator);
    walk->iterator = NULL;
}
