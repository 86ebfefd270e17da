/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the registers beside the applications. */
#include "store/sqlite_reader.h"

#include <string.h>

static int run(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

/* -- Writing: these return SQLite codes, what a write met is in write->rc -- */

static int name_check(struct store_connection *connection, struct store_write *write)
{
    const struct store_entry *entry = write->entry;
    sqlite3_stmt *find = connection->statements[STORE_SQL_ENTRY_NAME_FIND];

    if (entry->name == NULL)
        return SQLITE_OK;
    store_bind_number(find, 1, entry->kind);
    store_bind_text(find, 2, entry->name, strlen(entry->name));
    if (sqlite3_step(find) == SQLITE_ROW) {
        write->rc = OD_EEXIST;
        write->existing = (uint64_t)sqlite3_column_int64(find, 0);
    }
    return sqlite3_reset(find);
}

static int revision_check(struct store_connection *connection, struct store_write *write)
{
    const struct store_entry *entry = write->entry;
    sqlite3_stmt *find = connection->statements[STORE_SQL_ENTRY_REVISION];

    store_bind_number(find, 1, entry->kind);
    store_bind_number(find, 2, (int64_t)entry->id);
    if (sqlite3_step(find) != SQLITE_ROW)
        write->rc = OD_ENOTFOUND;
    else if ((uint64_t)sqlite3_column_int64(find, 0) != entry->revision)
        write->rc = OD_ESTATE;
    return sqlite3_reset(find);
}

static int row_write(struct store_connection *connection, const struct store_entry *entry)
{
    sqlite3_stmt *put = connection->statements[entry->revision == 0 ? STORE_SQL_ENTRY_ADD : STORE_SQL_ENTRY_MOVE];

    store_bind_number(put, 1, entry->kind);
    store_bind_number(put, 2, (int64_t)entry->id);
    if (entry->revision == 0 && entry->name != NULL)
        store_bind_text(put, 3, entry->name, strlen(entry->name));
    else if (entry->revision == 0)
        store_bind_null(put, 3);
    store_bind_number(put, 4, (int64_t)entry->application);
    store_bind_number(put, 5, entry->department);
    store_bind_number(put, 6, entry->state);
    if (entry->wake_minute == INT64_MAX)
        store_bind_null(put, 7);
    else
        store_bind_number(put, 7, entry->wake_minute);
    if (entry->revision == 0)
        store_bind_number(put, 8, entry->at_ms);
    store_bind_bytes(put, 9, entry->salt, STORE_SALT_SIZE);
    store_bind_text(put, 10, entry->body, entry->body_size);
    return run(put);
}

static int row_remove(struct store_connection *connection, const struct store_entry *entry)
{
    static const enum store_sql steps[] = {STORE_SQL_ENTRY_REMOVE, STORE_SQL_ENTRY_GONE};
    int rc = SQLITE_OK;

    for (size_t i = 0; i < 2 && rc == SQLITE_OK; i++) {
        store_bind_number(connection->statements[steps[i]], 1, entry->kind);
        store_bind_number(connection->statements[steps[i]], 2, (int64_t)entry->id);
        rc = run(connection->statements[steps[i]]);
    }
    return rc;
}

int store_entry_check(struct store_connection *connection, struct store_write *write)
{
    assert(write->entry->kind > 0 && write->entry->kind < STORE_ENTRY_KINDS);
    assert(write->entry->application == write->application);
    return write->entry->revision == 0 ? name_check(connection, write) : revision_check(connection, write);
}

int store_entry_write(struct store_connection *connection, const struct store_write *write)
{
    return write->entry->body != NULL ? row_write(connection, write->entry) : row_remove(connection, write->entry);
}

int store_entries_load(sqlite3 *db, uint64_t next[STORE_ENTRY_KINDS])
{
    sqlite3_stmt *last = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT max(ifnull((SELECT max(id) FROM entry WHERE kind = ?1), 0),"
                                    " ifnull((SELECT id FROM entry_gone WHERE kind = ?1), 0))", -1, &last, NULL);

    for (int kind = 1; rc == SQLITE_OK && kind < STORE_ENTRY_KINDS; kind++) { /* a step in the key each */
        store_bind_number(last, 1, kind);
        if (sqlite3_step(last) == SQLITE_ROW)
            next[kind] = (uint64_t)sqlite3_column_int64(last, 0) + 1;
        rc = sqlite3_reset(last);
    }
    sqlite3_finalize(last);
    return rc;
}

uint64_t store_entry_next(const struct store *store, uint8_t kind)
{
    assert(kind > 0 && kind < STORE_ENTRY_KINDS);
    return store->entry_next[kind];
}

/* -- Reading -- */

static int text_copy(sqlite3_stmt *row, int column, struct base_arena *arena, const char **text, size_t *size)
{
    const void *bytes = NULL;
    int rc = store_column_copy(row, column, arena, &bytes, size);

    *text = bytes;
    return rc;
}

/* The columns of STORE_SQL_ENTRY. */
static int row_copy(sqlite3_stmt *row, struct base_arena *arena, struct store_entry *out)
{
    struct store_entry entry = {
        .kind = (uint8_t)sqlite3_column_int(row, 0),
        .id = (uint64_t)sqlite3_column_int64(row, 1),
        .application = (uint64_t)sqlite3_column_int64(row, 3),
        .department = (uint16_t)sqlite3_column_int(row, 4),
        .state = (uint8_t)sqlite3_column_int(row, 5),
        .revision = (uint64_t)sqlite3_column_int64(row, 6),
        .wake_minute = sqlite3_column_type(row, 7) == SQLITE_NULL ? INT64_MAX : sqlite3_column_int64(row, 7),
        .at_ms = sqlite3_column_int64(row, 8),
    };
    const char *salt = NULL;
    size_t size = 0;
    int rc = sqlite3_column_type(row, 2) == SQLITE_NULL ? OD_OK : text_copy(row, 2, arena, &entry.name, &size);

    if (rc == OD_OK)
        rc = text_copy(row, 9, arena, &salt, &size);
    if (rc == OD_OK && size != STORE_SALT_SIZE)
        rc = OD_EIO;
    if (rc == OD_OK)
        rc = text_copy(row, 10, arena, &entry.body, &size);
    if (rc != OD_OK)
        return rc;
    entry.salt = (const uint8_t *)salt;
    entry.body_size = (uint32_t)size;
    *out = entry;
    return OD_OK;
}

static int read_one(struct store_reader *reader, sqlite3_stmt *find, struct base_arena *arena, struct store_entry *entry)
{
    int rc = store_statement_step(reader, find);

    if (rc == OD_OK)
        rc = row_copy(find, arena, entry);
    sqlite3_reset(find);
    return rc;
}

int store_read_entry(struct store_reader *reader, uint8_t kind, uint64_t id, struct base_arena *arena, struct store_entry *entry)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_ENTRY_READ);

    store_bind_number(find, 1, kind);
    store_bind_number(find, 2, (int64_t)(id < INT64_MAX ? id : INT64_MAX));
    return read_one(reader, find, arena, entry);
}

int store_read_entry_named(struct store_reader *reader, uint8_t kind, const char *name, struct base_arena *arena,
                           struct store_entry *entry)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_ENTRY_NAMED);

    store_bind_number(find, 1, kind);
    store_bind_text(find, 2, name, strlen(name));
    return read_one(reader, find, arena, entry);
}

/* The narrowest index that the filter allows. */
static sqlite3_stmt *walk_start(struct store_reader *reader, const struct store_entry_filter *filter)
{
    enum store_sql way = STORE_SQL_ENTRIES_KIND;
    int64_t value = 0;

    if (filter->application != 0) {
        way = filter->kind != 0 ? STORE_SQL_ENTRIES_APPLICATION : STORE_SQL_ENTRIES_OF;
        value = (int64_t)filter->application;
    } else if (filter->department > 0) {
        way = STORE_SQL_ENTRIES_DEPARTMENT;
        value = filter->department;
    } else if (filter->state >= 0) {
        way = STORE_SQL_ENTRIES_STATE;
        value = filter->state;
    }
    sqlite3_stmt *walk = store_reader_statement(reader, way);
    store_bind_number(walk, 1, (int64_t)(filter->before < INT64_MAX ? filter->before : INT64_MAX));
    if (way != STORE_SQL_ENTRIES_OF)
        store_bind_number(walk, 2, filter->kind);
    if (way != STORE_SQL_ENTRIES_KIND)
        store_bind_number(walk, 3, value);
    return walk;
}

static bool is_wanted(sqlite3_stmt *row, const struct store_entry_filter *filter)
{
    if (filter->state >= 0 && sqlite3_column_int(row, 5) != filter->state)
        return false;
    return filter->department < 0 || sqlite3_column_int(row, 4) == filter->department;
}

int store_read_entries(struct store_reader *reader, const struct store_entry_filter *filter, struct base_arena *arena,
                       struct store_entry *entries, size_t room, size_t *count, uint64_t *next)
{
    sqlite3_stmt *walk = walk_start(reader, filter);
    size_t found = 0;
    uint32_t scanned = 0;
    uint64_t resume = 0;
    int rc = OD_OK;

    assert(room > 0 && (filter->kind != 0 || filter->application != 0));
    while (rc == OD_OK && (rc = store_statement_step(reader, walk)) == OD_OK) {
        if (found == room || ++scanned > STORE_SCAN_MAX) {
            resume = filter->kind != 0 ? (uint64_t)sqlite3_column_int64(walk, 1) + 1 : 0; /* this one is for the next page */
            break;
        }
        if (is_wanted(walk, filter))
            rc = row_copy(walk, arena, &entries[found++]);
    }
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    *next = resume;
    return OD_OK;
}

static int read_rows(struct store_reader *reader, sqlite3_stmt *walk, struct base_arena *arena, struct store_entry *entries, size_t room,
                     size_t *count)
{
    size_t found = 0;
    int rc = OD_OK;

    while (rc == OD_OK && found < room && (rc = store_statement_step(reader, walk)) == OD_OK)
        rc = row_copy(walk, arena, &entries[found++]);
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

int store_read_entries_up(struct store_reader *reader, uint8_t kind, uint8_t state, uint64_t after, struct base_arena *arena,
                          struct store_entry *entries, size_t room, size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_ENTRIES_UP);

    store_bind_number(walk, 1, kind);
    store_bind_number(walk, 2, state);
    store_bind_number(walk, 3, (int64_t)(after < INT64_MAX ? after : INT64_MAX));
    return read_rows(reader, walk, arena, entries, room, count);
}

int store_read_entries_due(struct store_reader *reader, int64_t until, struct base_arena *arena, struct store_entry *entries, size_t room,
                           size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_ENTRIES_DUE);

    store_bind_number(walk, 1, until);
    return read_rows(reader, walk, arena, entries, room, count);
}

int store_read_entries_before(struct store_reader *reader, uint8_t kind, uint64_t after, int64_t at_ms, struct base_arena *arena,
                              struct store_entry *entries, size_t room, size_t *count, uint64_t *next)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_ENTRIES_FROM);
    size_t found = 0;
    uint32_t scanned = 0;
    int rc = OD_OK;

    *next = 0;
    store_bind_number(walk, 1, kind);
    store_bind_number(walk, 2, (int64_t)after);
    while (rc == OD_OK && (rc = store_statement_step(reader, walk)) == OD_OK && sqlite3_column_int64(walk, 8) < at_ms) {
        bool is_wanted_row = sqlite3_column_int64(walk, 3) == 0 && sqlite3_column_type(walk, 7) == SQLITE_NULL;

        if (is_wanted_row)
            rc = row_copy(walk, arena, &entries[found++]);
        if (found == room || ++scanned == STORE_SCAN_MAX) {
            *next = (uint64_t)sqlite3_column_int64(walk, 1);
            break;
        }
    }
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

/* The newest of a kind with an id < before: OD_ENOTFOUND none. */
static int newest_read(struct store_reader *reader, uint8_t kind, uint64_t before, uint64_t *id, int64_t *at_ms)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_ENTRIES_KIND);

    store_bind_number(find, 1, (int64_t)before);
    store_bind_number(find, 2, kind);
    int rc = store_statement_step(reader, find);
    if (rc == OD_OK) {
        *id = (uint64_t)sqlite3_column_int64(find, 1);
        *at_ms = sqlite3_column_int64(find, 8);
    }
    sqlite3_reset(find);
    return rc;
}

int store_read_entry_before(struct store_reader *reader, uint8_t kind, int64_t at_ms, uint64_t *id)
{
    uint64_t low = 0, high = 0, found = 0; /* up to low: made before at_ms; high: was not */
    int64_t found_ms = 0;
    int rc = newest_read(reader, kind, INT64_MAX, &high, &found_ms);

    if (rc == OD_OK && found_ms < at_ms)
        low = high;
    while (rc == OD_OK && low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;

        rc = newest_read(reader, kind, middle + 1, &found, &found_ms);
        if (rc == OD_OK && found > low && found_ms >= at_ms)
            high = found;
        else /* before it, or none between low and middle */
            low = middle;
        rc = rc == OD_ENOTFOUND ? OD_OK : rc;
    }
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *id = low;
    return OD_OK;
}

int store_read_entry_wake(struct store_reader *reader, int64_t *minute)
{
    sqlite3_stmt *first = store_reader_statement(reader, STORE_SQL_ENTRY_WAKE);
    int rc = store_statement_step(reader, first);

    if (rc == OD_OK)
        *minute = sqlite3_column_int64(first, 0);
    else if (rc == OD_ENOTFOUND)
        *minute = INT64_MAX;
    sqlite3_reset(first);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}
