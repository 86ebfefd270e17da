/* SPDX-License-Identifier: Apache-2.0 */
/* Which applications need what an entry stands for outside the store. Pinned and released in the transaction that gives the
 * reason, so that there is no moment in which an entry is freed and needed. These return SQLite codes but for the reads. */
#include "store/sqlite_reader.h"

#include <string.h>

static int run(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int keep(struct store_connection *connection, const struct store_pins *pins, int64_t id)
{
    sqlite3_stmt *update = connection->statements[STORE_SQL_PIN_KEEP];

    store_bind_number(update, 1, pins->kind);
    store_bind_number(update, 2, id);
    store_bind_number(update, 3, pins->kept);
    return run(update);
}

/* Who read it before and found it pinned by nobody, or by fewer, is told that it was changed. */
static int touch(struct store_connection *connection, const struct store_pins *pins, int64_t id)
{
    sqlite3_stmt *update = connection->statements[STORE_SQL_PIN_TOUCH];

    store_bind_number(update, 1, pins->kind);
    store_bind_number(update, 2, id);
    return run(update);
}

/* Unless somebody else pins it. One that has a wake is held until then by its owner: it is loose, as if it had just come. */
static int free_if_last(struct store_connection *connection, const struct store_pins *pins, int64_t id)
{
    sqlite3_stmt *update = connection->statements[STORE_SQL_PIN_FREE];

    store_bind_number(update, 1, pins->kind);
    store_bind_number(update, 2, id);
    store_bind_number(update, 3, pins->freed);
    store_bind_number(update, 4, pins->loose);
    return run(update);
}

/* The entry of that name when it can be pinned; *id 0 = there is none. */
static int pinnable_find(struct store_connection *connection, const struct store_pins *pins, const char *name, int64_t *id, bool *is_loose)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_PIN_FIND];

    *id = 0;
    store_bind_number(find, 1, pins->kind);
    store_bind_text(find, 2, name, strlen(name));
    if (sqlite3_step(find) == SQLITE_ROW) {
        int state = sqlite3_column_int(find, 1);

        *is_loose = state == pins->loose;
        if (*is_loose || state == pins->kept)
            *id = sqlite3_column_int64(find, 0);
    }
    return sqlite3_reset(find);
}

static int pin_add(struct store_connection *connection, const struct store_pins *pins, uint64_t application, const char *name)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_PIN_ADD];
    int64_t id = 0;
    bool is_loose = false;
    int rc = pinnable_find(connection, pins, name, &id, &is_loose);

    if (rc != SQLITE_OK || id == 0)
        return rc;
    store_bind_number(add, 1, pins->kind);
    store_bind_number(add, 2, id);
    store_bind_number(add, 3, (int64_t)application);
    rc = run(add);
    bool is_new = rc == SQLITE_OK && sqlite3_changes(connection->db) > 0;
    if (rc != SQLITE_OK || is_loose)
        return rc == SQLITE_OK ? keep(connection, pins, id) : rc;
    return is_new ? touch(connection, pins, id) : SQLITE_OK;
}

/* The first pin of the application; *entry 0 = it has none any more. */
static int first_find(struct store_connection *connection, uint8_t kind, uint64_t application, int64_t *entry)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_PIN_FIRST];

    *entry = 0;
    store_bind_number(find, 1, (int64_t)application);
    store_bind_number(find, 2, kind);
    if (sqlite3_step(find) == SQLITE_ROW)
        *entry = sqlite3_column_int64(find, 0);
    return sqlite3_reset(find);
}

static int pin_release(struct store_connection *connection, const struct store_pins *pins, uint64_t application, int64_t entry)
{
    sqlite3_stmt *remove = connection->statements[STORE_SQL_PIN_REMOVE];

    store_bind_number(remove, 1, pins->kind);
    store_bind_number(remove, 2, entry);
    store_bind_number(remove, 3, (int64_t)application);
    int rc = run(remove);
    return rc == SQLITE_OK ? free_if_last(connection, pins, entry) : rc;
}

static int pins_release(struct store_connection *connection, const struct store_pins *pins, uint64_t application)
{
    int64_t entry = 0;
    int rc = first_find(connection, pins->kind, application, &entry);

    while (rc == SQLITE_OK && entry != 0) {
        rc = pin_release(connection, pins, application, entry);
        if (rc == SQLITE_OK)
            rc = first_find(connection, pins->kind, application, &entry);
    }
    return rc;
}

int store_pins_check(struct store_connection *connection, struct store_write *write)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_APPLICATION_FIND];

    store_bind_number(find, 1, (int64_t)write->application);
    if (sqlite3_step(find) != SQLITE_ROW)
        write->rc = OD_ENOTFOUND;
    return sqlite3_reset(find);
}

int store_pins_write(struct store_connection *connection, const struct store_write *write)
{
    int rc = SQLITE_OK;

    assert(write->application != 0);
    for (const struct store_pins *pins = write->pins; pins != NULL && rc == SQLITE_OK; pins = pins->next) {
        assert(pins->kind > 0 && pins->kind < STORE_ENTRY_KINDS);
        if (pins->releases)
            rc = pins_release(connection, pins, write->application);
        for (uint32_t i = 0; i < pins->count && rc == SQLITE_OK; i++)
            rc = pin_add(connection, pins, write->application, pins->names[i]);
    }
    return rc;
}

int store_read_pins(struct store_reader *reader, uint8_t kind, uint64_t entry, uint64_t after, uint64_t *applications, size_t room,
                    size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_PINS_READ);

    store_bind_number(walk, 1, kind);
    store_bind_number(walk, 2, (int64_t)(entry < INT64_MAX ? entry : INT64_MAX));
    store_bind_number(walk, 3, (int64_t)(after < INT64_MAX ? after : INT64_MAX));
    return store_numbers_read(reader, walk, applications, room, count);
}
