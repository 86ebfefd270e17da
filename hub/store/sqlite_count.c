/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: the counts of a transaction are added up in memory and reach the
 * table as one addition a row, in the order of its key. */
#include "store/sqlite_reader.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * STORE_COUNTS_MERGED)
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are found by a mask");

static void tally_clear(struct store_tally *tally)
{
    if (tally->count > 0)
        memset(tally->slots, 0, sizeof(tally->slots));
    tally->count = 0;
}

void store_counts_clear(struct store_counts *counts)
{
    tally_clear(&counts->counts);
    tally_clear(&counts->sums);
}

static bool is_same(const struct store_count *a, const struct store_count *b)
{
    return a->month == b->month && a->service == b->service && a->department == b->department &&
           a->window == b->window && a->measure == b->measure;
}

/* The slot of the sum, or the free one where it belongs. */
static uint16_t *slot_find(struct store_tally *tally, const struct store_count *count)
{
    uint64_t wide = (uint64_t)count->service << 32 | count->window;
    uint64_t narrow = (uint64_t)(uint32_t)count->month << 24 | (uint64_t)count->department << 8 | count->measure;
    uint32_t at = (uint32_t)((wide * SPREAD ^ narrow) * SPREAD >> 40) & (SLOTS - 1);

    while (tally->slots[at] != 0 && !is_same(&tally->items[tally->slots[at] - 1], count))
        at = (at + 1) & (SLOTS - 1);
    return &tally->slots[at];
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const void *left, const void *right)
{
    const struct store_count *a = left, *b = right;
    int by = order(a->month, b->month);

    if (by == 0)
        by = order(a->service, b->service);
    if (by == 0)
        by = order(a->department, b->department);
    if (by == 0)
        by = order(a->window, b->window);
    return by != 0 ? by : order(a->measure, b->measure);
}

/* By which a row of one table is changed. */
struct ways {
    sqlite3_stmt *add, *raise; /* the sum; the greatest */
};

static struct ways ways_of_counts(const struct store_connection *connection)
{
    return (struct ways){connection->statements[STORE_SQL_COUNT_ADD], connection->statements[STORE_SQL_COUNT_RAISE]};
}

static struct ways ways_of_sums(const struct store_connection *connection)
{
    return (struct ways){connection->statements[STORE_SQL_SUM_ADD], connection->statements[STORE_SQL_SUM_RAISE]};
}

static void merge(struct store_count *into, const struct store_count *count)
{
    if (!count->is_greatest)
        into->delta += count->delta;
    else if (count->delta > into->delta)
        into->delta = count->delta;
}

static void key_bind(sqlite3_stmt *statement, const struct store_count *count)
{
    store_bind_number(statement, 1, count->month);
    store_bind_number(statement, 2, count->service);
    store_bind_number(statement, 3, count->department);
    store_bind_number(statement, 4, count->window);
    store_bind_number(statement, 5, count->measure);
}

/* The slots do not follow the new order: nothing may be added before they are cleared. */
static int tally_write(struct store_tally *tally, struct ways ways)
{
    int rc = SQLITE_OK;

    qsort(tally->items, tally->count, sizeof(*tally->items), compare);
    for (uint32_t i = 0; i < tally->count && rc == SQLITE_OK; i++) {
        const struct store_count *count = &tally->items[i];
        sqlite3_stmt *add = count->is_greatest ? ways.raise : ways.add;

        if (count->delta == 0)
            continue;
        key_bind(add, count);
        store_bind_number(add, 6, count->delta);
        sqlite3_step(add);
        rc = sqlite3_reset(add);
    }
    return rc;
}

int store_counts_write(struct store_counts *counts, struct store_connection *connection)
{
    int rc = tally_write(&counts->counts, ways_of_counts(connection));

    return rc == SQLITE_OK ? tally_write(&counts->sums, ways_of_sums(connection)) : rc;
}

/* Returns an SQLite code: there may be no room but by writing what is there. */
static int tally_add(struct store_tally *tally, struct ways ways, const struct store_count *count)
{
    uint16_t *slot = slot_find(tally, count);
    int rc = SQLITE_OK;

    if (*slot != 0) {
        merge(&tally->items[*slot - 1], count);
        return rc;
    }
    if (tally->count == STORE_COUNTS_MERGED) {
        rc = tally_write(tally, ways);
        tally_clear(tally);
        slot = slot_find(tally, count);
    }
    tally->items[tally->count++] = *count;
    *slot = (uint16_t)tally->count;
    return rc;
}

/* The rows of statistic_sum that a count belongs to. */
static int sums_add(struct store_counts *counts, struct ways ways, const struct store_count *count)
{
    struct store_count sum = *count;
    int rc;

    sum.service = 0;
    rc = tally_add(&counts->sums, ways, &sum);
    sum.month = count->month / 100 * 100;
    if (rc == SQLITE_OK)
        rc = tally_add(&counts->sums, ways, &sum);
    sum.service = count->service;
    return rc == SQLITE_OK && sum.service != 0 ? tally_add(&counts->sums, ways, &sum) : rc;
}

int store_counts_add(struct store_counts *counts, struct store_connection *connection, const struct store_write *write)
{
    int rc = SQLITE_OK;

    for (uint32_t i = 0; i < write->count_count && rc == SQLITE_OK; i++) {
        rc = tally_add(&counts->counts, ways_of_counts(connection), &write->counts[i]);
        if (rc == SQLITE_OK)
            rc = sums_add(counts, ways_of_sums(connection), &write->counts[i]);
    }
    return rc;
}

int store_corrections_write(struct store_connection *connection, const struct store_write *write)
{
    int rc = SQLITE_OK;

    for (uint32_t i = 0; i < write->correction_count && rc == SQLITE_OK; i++) {
        const struct store_correction *correction = &write->corrections[i];
        struct ways ways = correction->is_sum ? ways_of_sums(connection) : ways_of_counts(connection);
        enum store_sql set = correction->is_sum ? STORE_SQL_SUM_SET : STORE_SQL_COUNT_SET,
                       clear = correction->is_sum ? STORE_SQL_SUM_CLEAR : STORE_SQL_COUNT_CLEAR;
        sqlite3_stmt *change = correction->row.is_greatest ? ways.raise : ways.add;
        sqlite3_stmt *steps[] = {correction->is_set ? connection->statements[set] : change, connection->statements[clear]};

        for (unsigned k = 0; k < 2 && rc == SQLITE_OK; k++) {
            key_bind(steps[k], &correction->row);
            if (k == 0)
                store_bind_number(steps[k], 6, correction->row.delta);
            sqlite3_step(steps[k]);
            rc = sqlite3_reset(steps[k]);
        }
    }
    return rc;
}

int store_counts_walk(struct store_reader *reader, sqlite3_stmt *walk, store_count_cb on_count, void *owner)
{
    int rc = OD_OK;

    while (rc == OD_OK && (rc = store_statement_step(reader, walk)) == OD_OK) {
        struct store_count count = {.month = sqlite3_column_int(walk, 0),
                                    .service = (uint32_t)sqlite3_column_int64(walk, 1),
                                    .department = (uint16_t)sqlite3_column_int(walk, 2),
                                    .window = (uint32_t)sqlite3_column_int64(walk, 3),
                                    .measure = (uint8_t)sqlite3_column_int(walk, 4),
                                    .delta = sqlite3_column_int64(walk, 5)};
        rc = on_count(owner, &count);
    }
    sqlite3_reset(walk);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_read_counts(struct store_reader *reader, int32_t month_from, int32_t month_to, store_count_cb on_count,
                      void *owner)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_COUNT_WALK);

    store_bind_number(walk, 1, month_from);
    store_bind_number(walk, 2, month_to);
    return store_counts_walk(reader, walk, on_count, owner);
}

int store_reader_run(struct store_reader *reader, enum store_sql name)
{
    sqlite3_stmt *statement = store_reader_statement(reader, name);
    int rc = store_statement_step(reader, statement);

    sqlite3_reset(statement);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_journal_last_read(struct store_reader *reader, uint64_t *seq)
{
    sqlite3_stmt *last = store_reader_statement(reader, STORE_SQL_JOURNAL_LAST);
    int rc = store_statement_step(reader, last);

    if (rc == OD_OK)
        *seq = (uint64_t)sqlite3_column_int64(last, 0);
    sqlite3_reset(last);
    return rc;
}

static int sums_walk(struct store_reader *reader, store_count_cb on_sum, void *owner)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_SUM_WALK);

    store_bind_number(walk, 1, INT32_MIN);
    store_bind_number(walk, 2, INT32_MAX);
    return store_counts_walk(reader, walk, on_sum, owner);
}

/* One transaction: what is committed meanwhile is in neither. */
int store_read_counts_all(struct store_reader *reader, uint64_t *seq, store_count_cb on_count, store_count_cb on_sum, void *owner)
{
    uint64_t last = 0;
    int rc = store_reader_run(reader, STORE_SQL_HOLD);

    if (rc != OD_OK)
        return rc;
    rc = store_journal_last_read(reader, &last);
    if (rc == OD_OK)
        rc = store_read_counts(reader, INT32_MIN, INT32_MAX, on_count, owner);
    if (rc == OD_OK)
        rc = sums_walk(reader, on_sum, owner);
    int end = store_reader_run(reader, STORE_SQL_RELEASE);
    if (rc == OD_OK)
        rc = end;
    if (rc == OD_OK)
        *seq = last;
    return rc;
}
