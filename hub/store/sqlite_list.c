/* SPDX-License-Identifier: Apache-2.0 */
/* The list: one walk, newest first, along the narrowest way that the filter
 * allows; what the way does not decide is tested row by row, for a bounded
 * number of rows. */
#include "store/sqlite_reader.h"

#include "base/limits.h"
#include "core/application.h"

struct walk {
    struct store_reader *reader;
    const struct store_filter *filter;
    sqlite3_stmt *way;
    bool is_by_owed;      /* the way gives ids of applications, possibly repeated */
    uint64_t application; /* last one looked at */
    uint32_t scanned;
};

_Static_assert(CORE_STATUS_INCOMPLETE == 1 && CORE_STATUS_IN_REVIEW == 2 && CORE_STATUS_RECEIVED == 8,
               "schema/ has the open states as " STORE_SQL_IS_OPEN);

static bool is_open(uint8_t status)
{
    return status == CORE_STATUS_INCOMPLETE || status == CORE_STATUS_IN_REVIEW || status == CORE_STATUS_RECEIVED;
}

static void walk_start(struct walk *walk)
{
    const struct store_filter *filter = walk->filter;
    enum store_sql way = STORE_SQL_LIST_ALL;
    uint64_t before = filter->before < INT64_MAX ? filter->before : INT64_MAX;

    if (filter->department >= 0)
        way = STORE_SQL_LIST_OWED;
    else if (filter->overdue == 1)
        way = is_open(filter->status) ? STORE_SQL_LIST_LATE : STORE_SQL_LIST_OVERDUE;
    else if (is_open(filter->status))
        way = STORE_SQL_LIST_OPEN;
    walk->is_by_owed = way == STORE_SQL_LIST_OWED;
    walk->way = store_reader_statement(walk->reader, way);
    store_bind_number(walk->way, 1, (int64_t)before);
    if (way == STORE_SQL_LIST_OWED)
        store_bind_number(walk->way, 2, filter->department);
    if (way == STORE_SQL_LIST_OPEN || way == STORE_SQL_LIST_LATE)
        store_bind_number(walk->way, 2, filter->status);
}

/* To the next application on the way: OD_OK, OD_ENOTFOUND at its end. */
static int walk_step(struct walk *walk)
{
    uint64_t last = walk->application;
    int rc;

    do {
        rc = store_statement_step(walk->reader, walk->way);
        if (rc != OD_OK)
            return rc;
        walk->scanned++;
        walk->application = (uint64_t)sqlite3_column_int64(walk->way, 0);
        if (walk->application > INT64_MAX)
            return OD_ENOTFOUND; /* the hub's own rows stand below all numbers */
    } while (walk->application == last);
    return OD_OK;
}

static bool is_wanted(sqlite3_stmt *row, const struct store_filter *filter)
{
    if (filter->service >= 0 && sqlite3_column_int64(row, 1) != filter->service)
        return false;
    if (filter->status != 0 && sqlite3_column_int(row, 2) != filter->status)
        return false;
    if (filter->overdue >= 0 && sqlite3_column_int(row, 3) != filter->overdue)
        return false;
    return filter->due_before == INT32_MAX || sqlite3_column_int(row, 4) < filter->due_before;
}

/* Copy the application that the walk stands on when it passes the filter. */
static int row_take(struct walk *walk, struct base_arena *arena, struct store_row *rows, size_t *count)
{
    sqlite3_stmt *row = walk->way;
    int rc = OD_OK;

    if (walk->is_by_owed) {
        row = store_reader_statement(walk->reader, STORE_SQL_APPLICATION_READ);
        store_bind_number(row, 1, (int64_t)walk->application);
        rc = store_statement_step(walk->reader, row);
    }
    if (rc == OD_OK && is_wanted(row, walk->filter))
        rc = store_row_copy(row, arena, &rows[*count]);
    else if (rc == OD_OK)
        rc = OD_ENOTFOUND;
    if (walk->is_by_owed)
        sqlite3_reset(row);
    if (rc == OD_OK)
        ++*count;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_read_list(struct store_reader *reader, const struct store_filter *filter, struct base_arena *arena,
                    struct store_row *rows, size_t *count, uint64_t *next)
{
    struct walk walk = {.reader = reader, .filter = filter};
    size_t found = 0;
    uint64_t resume = 0;
    int rc = OD_OK;

    assert(filter->limit > 0);
    assert(filter->limit <= BASE_PAGE_MAX);
    walk_start(&walk);
    while ((rc = walk_step(&walk)) == OD_OK) {
        if (found == filter->limit || walk.scanned > STORE_SCAN_MAX) {
            resume = walk.application + 1; /* this one is for the next page */
            break;
        }
        rc = row_take(&walk, arena, rows, &found);
        if (rc != OD_OK)
            break;
    }
    sqlite3_reset(walk.way);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    *next = resume;
    return OD_OK;
}
