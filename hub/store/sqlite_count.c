/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: the counts of a transaction are added up in memory and reach the
 * table as one addition a row, in the order of its key. */
#include "store/sqlite_reader.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * STORE_COUNTS_MERGED)
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are found by a mask");

void store_counts_clear(struct store_counts *counts)
{
    if (counts->count > 0)
        memset(counts->slots, 0, sizeof(counts->slots));
    counts->count = 0;
}

static bool is_same(const struct store_count *a, const struct store_count *b)
{
    return a->month == b->month && a->service == b->service && a->department == b->department &&
           a->window == b->window && a->measure == b->measure;
}

/* The slot of the sum, or the free one where it belongs. */
static uint16_t *slot_find(struct store_counts *counts, const struct store_count *count)
{
    uint64_t wide = (uint64_t)count->service << 32 | count->window;
    uint64_t narrow = (uint64_t)(uint32_t)count->month << 24 | (uint64_t)count->department << 8 | count->measure;
    uint32_t at = (uint32_t)((wide * SPREAD ^ narrow) * SPREAD >> 40) & (SLOTS - 1);

    while (counts->slots[at] != 0 && !is_same(&counts->items[counts->slots[at] - 1], count))
        at = (at + 1) & (SLOTS - 1);
    return &counts->slots[at];
}

/* Returns an SQLite code: there may be no room but by writing what is there. */
static int count_add(struct store_counts *counts, struct store_connection *connection, const struct store_count *count)
{
    uint16_t *slot = slot_find(counts, count);
    int rc = SQLITE_OK;

    if (*slot != 0) {
        counts->items[*slot - 1].delta += count->delta;
        return rc;
    }
    if (counts->count == STORE_COUNTS_MERGED) {
        rc = store_counts_write(counts, connection);
        store_counts_clear(counts);
        slot = slot_find(counts, count);
    }
    counts->items[counts->count++] = *count;
    *slot = (uint16_t)counts->count;
    return rc;
}

int store_counts_add(struct store_counts *counts, struct store_connection *connection, const struct store_write *write)
{
    int rc = SQLITE_OK;

    for (uint32_t i = 0; i < write->count_count && rc == SQLITE_OK; i++)
        rc = count_add(counts, connection, &write->counts[i]);
    return rc;
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

/* The slots do not follow the new order: nothing may be added before they are cleared. */
int store_counts_write(struct store_counts *counts, struct store_connection *connection)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_COUNT_ADD];
    int rc = SQLITE_OK;

    qsort(counts->items, counts->count, sizeof(*counts->items), compare);
    for (uint32_t i = 0; i < counts->count && rc == SQLITE_OK; i++) {
        const struct store_count *count = &counts->items[i];
        if (count->delta == 0)
            continue;
        store_bind_number(add, 1, count->month);
        store_bind_number(add, 2, count->service);
        store_bind_number(add, 3, count->department);
        store_bind_number(add, 4, count->window);
        store_bind_number(add, 5, count->measure);
        store_bind_number(add, 6, count->delta);
        sqlite3_step(add);
        rc = sqlite3_reset(add);
    }
    return rc;
}

int store_read_counts(struct store_reader *reader, int32_t month_from, int32_t month_to, store_count_cb on_count,
                      void *owner)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_COUNT_WALK);
    int rc = OD_OK;

    store_bind_number(walk, 1, month_from);
    store_bind_number(walk, 2, month_to);
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

static int run(struct store_reader *reader, enum store_sql name)
{
    sqlite3_stmt *statement = store_reader_statement(reader, name);
    int rc = store_statement_step(reader, statement);

    sqlite3_reset(statement);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int last_read(struct store_reader *reader, uint64_t *seq)
{
    sqlite3_stmt *last = store_reader_statement(reader, STORE_SQL_JOURNAL_LAST);
    int rc = store_statement_step(reader, last);

    if (rc == OD_OK)
        *seq = (uint64_t)sqlite3_column_int64(last, 0);
    sqlite3_reset(last);
    return rc;
}

/* One transaction: what is committed meanwhile is in neither. */
int store_read_counts_all(struct store_reader *reader, uint64_t *seq, store_count_cb on_count, void *owner)
{
    uint64_t last = 0;
    int rc = run(reader, STORE_SQL_HOLD);

    if (rc != OD_OK)
        return rc;
    rc = last_read(reader, &last);
    if (rc == OD_OK)
        rc = store_read_counts(reader, INT32_MIN, INT32_MAX, on_count, owner);
    int end = run(reader, STORE_SQL_RELEASE);
    if (rc == OD_OK)
        rc = end;
    if (rc == OD_OK)
        *seq = last;
    return rc;
}
