/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar of one clock for its template (days.html): weeks of days from Monday, what each counts
 * as, and the days that did not count or count against the weekday, gathered into ranges.
 * Private to hub/front/pages*.c. Pure. */
#ifndef FRONT_PAGES_STRIP_H
#define FRONT_PAGES_STRIP_H

#include "base/buffer.h"
#include "base/json.h"

#define FRONT_STRIP_DAYS_MAX 3000 /* days of all strips of one page, so that it stays one that is read */

/* Put the members of a clock of the API that its template shows, with "weeks" and "ranges" where the
 * clock was explained day by day in at most room days. clock: an object. application: names the
 * clock's matter, may be NULL. Returns how many days were put. Cost: O(days). */
size_t front_strip_put_members(struct base_buffer *view, const struct base_json *clock,
                               const struct base_json *application, size_t room);

/* Of "clocks", the one of the whole that was promised; NULL when there is none. */
const struct base_json *front_strip_promised(const struct base_json *clocks);

#endif
