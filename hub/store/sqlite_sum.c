/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of months and years, answered from the narrowest rows that hold the answer:
 *
 *                       | all services at once             | by service, or of one
 *   a whole year        | statistic_sum (yyyy00, 0)        | statistic_sum (yyyy00, service)
 *   a month of its own  | statistic_sum (yyyymm, 0)        | statistic (yyyymm, service) */
#include "store/sqlite_reader.h"
#include "store/sums.h"

#define YEAR_OF(month) ((month) / 100 * 100)
#define DECEMBER_OF(month) (YEAR_OF(month) + 12)

struct walk {
    struct store_reader *reader;
    const struct store_sum_filter *filter;
    store_count_cb on_count;
    void *owner;
};

static int period_read(const struct walk *walk, int32_t period)
{
    const struct store_sum_filter *filter = walk->filter;
    bool is_year = period % 100 == 0, is_of_all = !filter->is_by_service && filter->service == 0;
    bool is_each = filter->is_by_service && filter->service == 0;
    enum store_sql way = is_year || is_of_all ? STORE_SQL_SUM_OF_ONE : STORE_SQL_COUNT_OF_ONE;

    if (is_each)
        way = is_year ? STORE_SQL_SUM_OF_EACH : STORE_SQL_COUNT_OF_EACH;
    sqlite3_stmt *rows = store_reader_statement(walk->reader, way);
    store_bind_number(rows, 1, period);
    store_bind_number(rows, 2, filter->service); /* 0: all; of each: above it */
    store_bind_number(rows, 3, filter->department_from);
    store_bind_number(rows, 4, filter->department_to);
    return store_counts_walk(walk->reader, rows, walk->on_count, walk->owner);
}

/* Is there nothing of the year behind the month? Then the year is as good as over. */
static int later_read(struct store_reader *reader, int32_t month, bool *is_last)
{
    sqlite3_stmt *later = store_reader_statement(reader, STORE_SQL_COUNT_LATER);

    store_bind_number(later, 1, month);
    store_bind_number(later, 2, DECEMBER_OF(month));
    int rc = store_statement_step(reader, later);
    if (rc == OD_OK)
        *is_last = sqlite3_column_int(later, 0) == 0;
    sqlite3_reset(later);
    return rc;
}

static int months_read(const struct walk *walk, int32_t from, int32_t to)
{
    int rc = OD_OK;

    for (int32_t month = from; month <= to && rc == OD_OK; month++)
        rc = period_read(walk, month);
    return rc;
}

/* The months of one year: from..to of it. */
static int year_read(const struct walk *walk, int32_t from, int32_t to)
{
    bool is_whole = !walk->filter->is_by_month && from == YEAR_OF(from) + 1, is_last = to == DECEMBER_OF(to);
    int rc = is_whole && !is_last ? later_read(walk->reader, to, &is_last) : OD_OK;

    if (rc != OD_OK)
        return rc;
    return is_whole && is_last ? period_read(walk, YEAR_OF(from)) : months_read(walk, from, to);
}

static int span_read(const struct walk *walk)
{
    int32_t month = walk->filter->month_from, last = walk->filter->month_to;
    int rc = OD_OK;

    while (month <= last && rc == OD_OK) {
        rc = year_read(walk, month, last < DECEMBER_OF(month) ? last : DECEMBER_OF(month));
        month = YEAR_OF(month) + 101;
    }
    return rc;
}

int store_read_sums_at(struct store_reader *reader, const struct store_sum_filter *filter, uint64_t *seq, store_count_cb on_count,
                       void *owner)
{
    struct walk walk = {.reader = reader, .filter = filter, .on_count = on_count, .owner = owner};
    int rc = store_reader_run(reader, STORE_SQL_HOLD);

    assert(filter->month_from % 100 >= 1 && filter->month_from % 100 <= 12);
    assert(filter->month_to % 100 >= 1 && filter->month_to % 100 <= 12);
    if (rc != OD_OK)
        return rc;
    if (seq != NULL)
        rc = store_journal_last_read(reader, seq);
    if (rc == OD_OK)
        rc = span_read(&walk);
    int end = store_reader_run(reader, STORE_SQL_RELEASE);
    return rc == OD_OK ? end : rc;
}

int store_read_sums(struct store_reader *reader, const struct store_sum_filter *filter, store_count_cb on_count, void *owner)
{
    return store_read_sums_at(reader, filter, NULL, on_count, owner);
}

/* -- Service by service -- */

struct told {
    store_count_cb on_count;
    void *owner;
    bool is_probe; /* is there any? */
    bool has_rows;
};

static int on_row(void *owner, const struct store_count *count)
{
    struct told *told = owner;

    told->has_rows = true;
    return told->is_probe ? OD_ECANCELLED : told->on_count(told->owner, count);
}

static int services_read(struct walk *walk, struct store_sum_filter *filter, const uint32_t *services, size_t count, size_t room, size_t *used)
{
    struct told *told = walk->owner;
    size_t found = 0, at = 0;
    int rc = OD_OK;

    for (; at < count && at < STORE_SUM_SERVICES_MAX; at++) {
        filter->service = services[at];
        told->has_rows = false;
        told->is_probe = found == room;
        rc = span_read(walk);
        if (told->is_probe && told->has_rows) {
            rc = OD_OK;
            break;
        }
        if (rc != OD_OK)
            return rc;
        found += told->has_rows;
    }
    *used = at;
    return rc;
}

int store_read_sums_of(struct store_reader *reader, const struct store_sum_filter *filter, const uint32_t *services, size_t count,
                       size_t room, size_t *used, store_count_cb on_count, void *owner)
{
    struct store_sum_filter of_one = *filter;
    struct told told = {.on_count = on_count, .owner = owner};
    struct walk walk = {.reader = reader, .filter = &of_one, .on_count = on_row, .owner = &told};
    int rc = store_reader_run(reader, STORE_SQL_HOLD);

    assert(filter->is_by_service);
    assert(filter->month_from % 100 >= 1 && filter->month_from % 100 <= 12);
    assert(filter->month_to % 100 >= 1 && filter->month_to % 100 <= 12);
    if (rc != OD_OK)
        return rc;
    rc = services_read(&walk, &of_one, services, count, room, used);
    int end = store_reader_run(reader, STORE_SQL_RELEASE);
    return rc == OD_OK ? end : rc;
}
