/* SPDX-License-Identifier: Apache-2.0 */
/* What departments have called back, kept until the task ends, and the numbers by which they name their tasks. */
#include "base/number.h"
#include "store/sqlite_reader.h"

#include <string.h>

static int run(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int64_t handle_of(const struct store_write *write)
{
    return (int64_t)base_task_handle(write->application, write->task);
}

/* Sets write->rc: OD_ENOTFOUND the task has ended, and nothing would take the row away again. */
static int owed_find(struct store_connection *connection, struct store_write *write)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_OWED_FIND];

    store_bind_number(find, 1, write->department);
    store_bind_number(find, 2, (int64_t)write->application);
    store_bind_number(find, 3, write->task);
    if (sqlite3_step(find) != SQLITE_ROW)
        write->rc = OD_ENOTFOUND;
    return sqlite3_reset(find);
}

/* Sets write->rc: OD_EEXIST it is there already. */
static int known_find(struct store_connection *connection, struct store_write *write)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_EVENT_FIND];

    store_bind_number(find, 1, handle_of(write));
    store_bind_text(find, 2, write->name, strlen(write->name));
    if (sqlite3_step(find) == SQLITE_ROW)
        write->rc = OD_EEXIST;
    return sqlite3_reset(find);
}

int store_event_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    sqlite3_stmt *last = connection->statements[STORE_SQL_EVENT_LAST], *add = connection->statements[STORE_SQL_EVENT_ADD];
    int64_t count = 0, seq = 0;
    int rc = owed_find(connection, write);

    if (rc == SQLITE_OK && write->rc == OD_OK)
        rc = known_find(connection, write);
    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    store_bind_number(last, 1, handle_of(write));
    if (sqlite3_step(last) == SQLITE_ROW) {
        count = sqlite3_column_int64(last, 0);
        seq = sqlite3_column_int64(last, 1);
    }
    rc = sqlite3_reset(last);
    if (rc == SQLITE_OK && count >= STORE_EVENTS_MAX)
        write->rc = OD_ELIMIT;
    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    heads->has_events = true;
    write->event_seq = (uint32_t)seq + 1;
    store_bind_number(add, 1, handle_of(write));
    store_bind_number(add, 2, seq + 1);
    store_bind_text(add, 3, write->name, strlen(write->name));
    store_bind_number(add, 4, write->at_ms);
    store_bind_text(add, 5, write->value, write->value_size);
    return run(add);
}

int store_reference_write(struct store_connection *connection, struct store_heads *heads, struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_REFERENCE_ADD];
    int rc = owed_find(connection, write);

    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    heads->has_events = true;
    store_bind_number(add, 1, write->department);
    store_bind_text(add, 2, write->name, strlen(write->name));
    store_bind_number(add, 3, handle_of(write));
    return run(add);
}

/* A task that nothing is owed for has ended. */
int store_events_drop(struct store_connection *connection, const struct store_heads *heads, uint64_t application, uint8_t task)
{
    static const enum store_sql drops[] = {STORE_SQL_EVENTS_DROP, STORE_SQL_REFERENCES_DROP};
    int rc = SQLITE_OK;

    if (!heads->has_events)
        return SQLITE_OK; /* the usual hub has none, and pays nothing */
    for (size_t i = 0; i < 2 && rc == SQLITE_OK; i++) {
        store_bind_number(connection->statements[drops[i]], 1, (int64_t)base_task_handle(application, task));
        rc = run(connection->statements[drops[i]]);
    }
    return rc;
}

int store_events_look(struct store_connection *connection, struct store_heads *heads)
{
    sqlite3_stmt *any = connection->statements[STORE_SQL_EVENT_ANY];

    heads->has_events = sqlite3_step(any) == SQLITE_ROW && sqlite3_column_int(any, 0) != 0;
    return sqlite3_reset(any);
}

int store_read_has_events(struct store_reader *reader, bool *has_events)
{
    sqlite3_stmt *any = store_reader_statement(reader, STORE_SQL_EVENT_ANY_READ);
    int rc = store_statement_step(reader, any);

    if (rc == OD_OK)
        *has_events = sqlite3_column_int(any, 0) != 0;
    sqlite3_reset(any);
    return rc;
}

int store_read_events(struct store_reader *reader, uint64_t application, uint8_t task, uint32_t after, struct base_arena *arena,
                      struct store_event *events, size_t room, size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_EVENTS_READ);
    size_t found = 0, size;
    int rc = OD_OK;

    store_bind_number(walk, 1, (int64_t)base_task_handle(application, task));
    store_bind_number(walk, 2, after);
    while (found < room && (rc = store_statement_step(reader, walk)) == OD_OK) {
        struct store_event *event = &events[found];
        const void *id = NULL, *body = NULL;

        event->seq = (uint32_t)sqlite3_column_int64(walk, 0);
        event->at_ms = sqlite3_column_int64(walk, 2);
        rc = store_column_copy(walk, 1, arena, &id, &size);
        if (rc == OD_OK)
            rc = store_column_copy(walk, 3, arena, &body, &event->size);
        if (rc != OD_OK)
            break;
        event->id = id;
        event->body = body;
        found++;
    }
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

int store_read_reference(struct store_reader *reader, uint16_t department, const char *reference, uint64_t *handles, size_t room,
                         size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_REFERENCE_READ);

    store_bind_number(walk, 1, department);
    store_bind_text(walk, 2, reference, strlen(reference));
    return store_numbers_read(reader, walk, handles, room, count);
}
