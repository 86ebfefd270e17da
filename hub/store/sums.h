/* SPDX-License-Identifier: Apache-2.0 */
/* Beside store.h: statistics of months and years, from rows that were added up when they were written. */
#ifndef STORE_SUMS_H
#define STORE_SUMS_H

#include "store/store.h"

/* A question of some months: the rows that come add up to its answer, and are no more than it needs. */
struct store_sum_filter {
    int32_t month_from, month_to;           /* yyyymm, both included; fewer than 1,000 months */
    int32_t department_from, department_to; /* both included; 0, 0 = applications as a whole alone */
    uint32_t service;                       /* 0 = all */
    bool is_by_month;                       /* rows of months; false: `month` is yyyy00 where a whole year is in one row */
    bool is_by_service;                     /* rows of services; false: `service` is that asked for, or 0 = all in one row */
};
/* Sums as of one moment, in no order that is promised. What on_count returns but OD_OK ends the walk and is returned.
 * Cost: O(rows given), which without is_by_service grows with neither applications nor services. */
OD_MUST_CHECK int store_read_sums(struct store_reader *reader, const struct store_sum_filter *filter, store_count_cb on_count,
                                  void *owner);
/* The same, and *seq, the last journal record whose writes the sums have counted, 0 = none. */
OD_MUST_CHECK int store_read_sums_at(struct store_reader *reader, const struct store_sum_filter *filter, uint64_t *seq,
                                     store_count_cb on_count, void *owner);

/* The same of services in the order given, filter->is_by_service holds and filter->service is not looked at: until `room` of
 * them had any row, and it is known whether one more would. *used: so many of them were gone through, and behind them is more
 * when it is less than count. Looks at STORE_SUM_SERVICES_MAX services at most. */
#define STORE_SUM_SERVICES_MAX 2000
OD_MUST_CHECK int store_read_sums_of(struct store_reader *reader, const struct store_sum_filter *filter, const uint32_t *services,
                                     size_t count, size_t room, size_t *used, store_count_cb on_count, void *owner);

#endif
