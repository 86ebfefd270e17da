/* SPDX-License-Identifier: Apache-2.0 */
#include "store/desk.h"
#include "store/sqlite_reader.h"

/* The one number of a statement that is bound. */
static int number_read(struct store_reader *reader, sqlite3_stmt *statement, uint32_t *number)
{
    int rc = store_statement_step(reader, statement);

    if (rc == OD_OK)
        *number = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return rc;
}

int store_count_worklist(struct store_reader *reader, int32_t department, int64_t due_before, uint32_t room, uint32_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, department < 0 ? STORE_SQL_WORKLIST_COUNT_ALL : STORE_SQL_WORKLIST_COUNT_ONE);

    if (department >= 0)
        store_bind_number(statement, 1, department);
    store_bind_number(statement, 2, due_before);
    store_bind_number(statement, 3, room);
    return number_read(reader, statement, count);
}

int store_read_worklist_last(struct store_reader *reader, uint16_t department, int32_t due_before, int32_t *day)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_WORKLIST_LAST);

    store_bind_number(statement, 1, department);
    store_bind_number(statement, 2, due_before);
    int rc = store_statement_step(reader, statement);
    if (rc == OD_OK)
        *day = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return rc;
}

int store_count_open(struct store_reader *reader, uint32_t room, uint32_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_OPEN_COUNT);

    store_bind_number(statement, 1, room);
    return number_read(reader, statement, count);
}

int store_count_open_between(struct store_reader *reader, uint64_t from, uint64_t before, uint32_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_OPEN_BETWEEN);

    store_bind_number(statement, 1, (int64_t)(from < INT64_MAX ? from : INT64_MAX));
    store_bind_number(statement, 2, (int64_t)(before < INT64_MAX ? before : INT64_MAX));
    return number_read(reader, statement, count);
}

int store_count_late(struct store_reader *reader, uint32_t room, uint32_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_LATE_COUNT);

    store_bind_number(statement, 1, room);
    return number_read(reader, statement, count);
}

int store_count_entries_in(struct store_reader *reader, uint8_t kind, uint8_t state, uint32_t room, uint32_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_ENTRIES_COUNT);

    store_bind_number(statement, 1, kind);
    store_bind_number(statement, 2, state);
    store_bind_number(statement, 3, room);
    return number_read(reader, statement, count);
}

int store_read_parked_groups(struct store_reader *reader, struct store_parked *groups, size_t room, size_t *count, bool *is_cut)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_PARKED_WALK);
    struct store_parked *group = NULL;
    uint32_t seen = 0;
    size_t found = 0;
    int rc;

    store_bind_number(statement, 1, STORE_SCAN_MAX);
    while ((rc = store_statement_step(reader, statement)) == OD_OK) {
        struct store_parked row = {.parked = (uint8_t)sqlite3_column_int(statement, 0),
                                   .department = (uint16_t)sqlite3_column_int(statement, 1), .count = 1,
                                   .first_ms = sqlite3_column_int64(statement, 2)};

        if (group == NULL || group->parked != row.parked || group->department != row.department) {
            if (found == room)
                break;
            group = &groups[found++];
            *group = row;
        } else {
            group->count++;
        }
        group->last_ms = row.first_ms;
        seen++;
    }
    sqlite3_reset(statement);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *is_cut = rc == OD_OK || seen == STORE_SCAN_MAX;
    *count = found;
    return OD_OK;
}

int store_read_parked(struct store_reader *reader, uint8_t parked, uint16_t department, struct store_owed_key *keys, size_t room, size_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_PARKED_READ);
    size_t found = 0;
    int rc = OD_OK;

    store_bind_number(statement, 1, parked);
    store_bind_number(statement, 2, department);
    store_bind_number(statement, 3, (int64_t)room);
    while (found < room && (rc = store_statement_step(reader, statement)) == OD_OK)
        keys[found++] = (struct store_owed_key){.application = (uint64_t)sqlite3_column_int64(statement, 0),
                                                .task = (uint8_t)sqlite3_column_int(statement, 1), .is_for_officer = true};
    sqlite3_reset(statement);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}
