/* SPDX-License-Identifier: Apache-2.0 */
/* The counting behind core_clock. Private to hub/core. */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include "core/clock.h"

/* The limit with its extensions: days, of HOUR minutes, of MONTH the calendar days that it has from
 * start. Errors: OD_EINVAL no limit, OD_ERANGE. */
OD_MUST_CHECK int core_span_length(const struct core_span *span, core_day start, int32_t extended, int32_t *length);

/* The count-th day that counts from start on, closed stops left out; count >= 1. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_span_nth(const struct core_span *span, core_day start, int32_t count, core_day *day);

/* Days that counted from start until the end of `until`. has_open: an open stop takes days away too. */
int core_span_used(const struct core_span *span, core_day start, core_day until, bool has_open);

/* Where a count that ends on day comes to rest: rolled, and after a stop that spans its end.
 * Errors: OD_ERANGE. */
OD_MUST_CHECK int core_span_rest(const struct core_span *span, core_day day, core_day *due);

/* The minute that lies `minutes` of running time after from. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_span_minute(const struct core_span *span, int32_t from, int32_t minutes, int32_t *due);

#endif
