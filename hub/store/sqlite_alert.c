/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: appended with the write that raised them, read newest first along the
 * narrowest index that the filter allows. */
#include "store/sqlite_reader.h"

static void alert_bind(sqlite3_stmt *add, const struct store_alert *alert)
{
    store_bind_number(add, 3, alert->department);
    store_bind_number(add, 4, alert->kind);
    store_bind_number(add, 5, alert->level);
    store_bind_number(add, 6, alert->task);
    store_bind_number(add, 7, alert->roles);
    store_bind_number(add, 8, alert->due_day);
    store_bind_text(add, 10, alert->body, alert->body_size);
}

int store_alerts_write(struct store_connection *connection, uint64_t *last, struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_ALERT_ADD];
    int rc = SQLITE_OK;

    write->alert_seq = write->alert_count > 0 ? *last + 1 : 0;
    for (uint32_t i = 0; i < write->alert_count && rc == SQLITE_OK; i++) {
        store_bind_number(add, 1, (int64_t)++*last);
        store_bind_number(add, 2, (int64_t)write->application);
        store_bind_number(add, 9, write->at_ms);
        alert_bind(add, &write->alerts[i]);
        sqlite3_step(add);
        rc = sqlite3_reset(add);
    }
    return rc;
}

static sqlite3_stmt *walk_start(struct store_reader *reader, const struct store_alert_filter *filter)
{
    enum store_sql way = STORE_SQL_ALERT_ALL;
    int64_t value = 0;

    if (filter->application != 0) {
        way = STORE_SQL_ALERT_APPLICATION;
        value = (int64_t)filter->application;
    } else if (filter->kind != 0) {
        way = STORE_SQL_ALERT_KIND;
        value = filter->kind;
    } else if (filter->department >= 0) {
        way = STORE_SQL_ALERT_DEPARTMENT;
        value = filter->department;
    }
    sqlite3_stmt *walk = store_reader_statement(reader, way);
    store_bind_number(walk, 1, (int64_t)(filter->before < INT64_MAX ? filter->before : INT64_MAX));
    if (way != STORE_SQL_ALERT_ALL)
        store_bind_number(walk, 2, value);
    return walk;
}

static bool is_wanted(sqlite3_stmt *row, const struct store_alert_filter *filter)
{
    if (filter->roles != 0 && (sqlite3_column_int64(row, 6) & filter->roles) == 0)
        return false;
    if (filter->kind != 0 && sqlite3_column_int(row, 3) != filter->kind)
        return false;
    return filter->department < 0 || sqlite3_column_int(row, 2) == filter->department;
}

static int row_copy(sqlite3_stmt *row, struct base_arena *arena, struct store_alert_row *out)
{
    const void *body = NULL;
    size_t size = 0;
    int rc = store_column_copy(row, 9, arena, &body, &size);

    if (rc != OD_OK)
        return rc;
    *out = (struct store_alert_row){
        .seq = (uint64_t)sqlite3_column_int64(row, 0),
        .application = (uint64_t)sqlite3_column_int64(row, 1),
        .at_ms = sqlite3_column_int64(row, 8),
        .alert = {.department = (uint16_t)sqlite3_column_int(row, 2),
                  .kind = (uint8_t)sqlite3_column_int(row, 3),
                  .level = (uint8_t)sqlite3_column_int(row, 4),
                  .task = (uint8_t)sqlite3_column_int(row, 5),
                  .roles = (uint32_t)sqlite3_column_int64(row, 6),
                  .due_day = sqlite3_column_int(row, 7),
                  .body = body,
                  .body_size = (uint32_t)size},
    };
    return OD_OK;
}

int store_read_alerts(struct store_reader *reader, const struct store_alert_filter *filter, struct base_arena *arena,
                      struct store_alert_row *rows, size_t room, size_t *count, uint64_t *next)
{
    sqlite3_stmt *walk = walk_start(reader, filter);
    size_t found = 0;
    uint32_t scanned = 0;
    uint64_t resume = 0;
    int rc = OD_OK;

    assert(room > 0);
    while (rc == OD_OK && (rc = store_statement_step(reader, walk)) == OD_OK) {
        if (found == room || ++scanned > STORE_SCAN_MAX) {
            resume = (uint64_t)sqlite3_column_int64(walk, 0) + 1; /* this one is for the next page */
            break;
        }
        if (is_wanted(walk, filter))
            rc = row_copy(walk, arena, &rows[found++]);
    }
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    *next = resume;
    return OD_OK;
}
