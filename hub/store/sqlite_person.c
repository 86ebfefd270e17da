/* SPDX-License-Identifier: Apache-2.0 */
/* Who applied before: a possible duplicate is told, a bar refuses. Persons are
 * hashes whose key the store does not have. */
#include "store/sqlite_reader.h"

/* The longest bar of those that were found so far. */
static int bar_find(struct store_connection *connection, const uint8_t hash[32], struct store_write *write)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_BAR_FIND];

    store_bind_bytes(find, 1, hash, 32);
    store_bind_number(find, 2, write->bar_day);
    if (sqlite3_step(find) == SQLITE_ROW && (write->rc != OD_EDENIED || sqlite3_column_int(find, 0) > write->barred_until)) {
        write->rc = OD_EDENIED;
        write->barred_until = sqlite3_column_int(find, 0);
        write->bar_reason = (uint8_t)sqlite3_column_int(find, 1);
    }
    return sqlite3_reset(find);
}

int store_bar_check(struct store_connection *connection, struct store_write *write)
{
    int rc = bar_find(connection, write->bar_hash, write);

    for (uint32_t i = 0; i < write->bar_count && rc == SQLITE_OK; i++)
        rc = bar_find(connection, write->bar_hashes + (size_t)32 * i, write);
    return rc;
}

static int bar_remove(struct store_connection *connection, uint64_t application, const uint8_t hash[32])
{
    sqlite3_stmt *remove = connection->statements[STORE_SQL_BAR_REMOVE];

    store_bind_bytes(remove, 1, hash, 32);
    store_bind_number(remove, 2, (int64_t)application);
    sqlite3_step(remove);
    return sqlite3_reset(remove);
}

static int bar_add(struct store_connection *connection, uint64_t application, const struct store_bar *bar)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_BAR_ADD];

    store_bind_bytes(add, 1, bar->person_hash, sizeof(bar->person_hash));
    store_bind_number(add, 2, bar->until_day);
    store_bind_number(add, 3, bar->reason);
    store_bind_number(add, 4, (int64_t)application);
    store_bind_number(add, 5, bar->task);
    sqlite3_step(add);
    return sqlite3_reset(add);
}

static int bars_remove_of(struct store_connection *connection, uint64_t application, uint8_t task)
{
    sqlite3_stmt *remove = connection->statements[STORE_SQL_BAR_REMOVE_OF];

    store_bind_number(remove, 1, (int64_t)application);
    store_bind_number(remove, 2, task);
    sqlite3_step(remove);
    return sqlite3_reset(remove);
}

static int bar_lift(struct store_connection *connection, uint64_t application, const struct store_bar *bar)
{
    if (bar->is_nameless)
        return bars_remove_of(connection, application, bar->task);
    int rc = bar_remove(connection, application, bar->person_hash);
    return rc == SQLITE_OK ? bar_remove(connection, application, bar->older_hash) : rc;
}

/* In their order: one that is set and then lifted is not there. */
int store_bars_write(struct store_connection *connection, const struct store_write *write)
{
    int rc = SQLITE_OK;

    for (const struct store_bar *bar = write->bar; bar != NULL && rc == SQLITE_OK; bar = bar->next)
        rc = bar->is_lifted ? bar_lift(connection, write->application, bar) : bar_add(connection, write->application, bar);
    return rc;
}

/* The first of the rows that is of this person and open is the duplicate. */
static int open_find(struct store_connection *connection, struct store_write *write, const uint64_t *seqs, uint32_t count)
{
    sqlite3_stmt *open = connection->statements[STORE_SQL_PERSON_OPEN];
    int rc = SQLITE_OK;

    store_bind_bytes(open, 2, write->person_hash, sizeof(write->person_hash));
    for (uint32_t i = 0; i < count && rc == SQLITE_OK && write->duplicate == 0; i++) {
        store_bind_number(open, 1, (int64_t)seqs[i]);
        if (sqlite3_step(open) == SQLITE_ROW)
            write->duplicate = (uint64_t)sqlite3_column_int64(open, 0);
        rc = sqlite3_reset(open);
    }
    return rc;
}

/* Rows of the tree before the row `before`, newest first. */
static int tree_read(struct store_connection *connection, int64_t prefix, uint64_t before, uint64_t *seqs, uint32_t room,
                     uint32_t *count)
{
    sqlite3_stmt *newest = connection->statements[STORE_SQL_PERSON_NEWEST];
    uint32_t found = 0;

    store_bind_number(newest, 1, prefix);
    store_bind_number(newest, 2, (int64_t)before);
    store_bind_number(newest, 3, room);
    while (found < room && sqlite3_step(newest) == SQLITE_ROW)
        seqs[found++] = (uint64_t)sqlite3_column_int64(newest, 0);
    *count = found;
    return sqlite3_reset(newest);
}

/* Memory first, then the tree: the newest STORE_PERSON_SCAN_MAX of both. */
static int duplicate_find(struct store_keys *persons, struct store_connection *connection, struct store_write *write)
{
    uint64_t seqs[STORE_PERSON_SCAN_MAX], before = store_keys_next(persons);
    int64_t prefix = store_key_prefix(write->person_hash);
    uint32_t count = store_keys_recent(persons, prefix, seqs, STORE_PERSON_SCAN_MAX);
    uint32_t room = STORE_PERSON_SCAN_MAX - count;
    int rc = open_find(connection, write, seqs, count);

    if (rc != SQLITE_OK || write->duplicate != 0 || room == 0)
        return rc;
    if (count > 0)
        before = seqs[count - 1]; /* a row that is on its way into the tree may be in both */
    rc = tree_read(connection, prefix, before, seqs, room, &count);
    return rc == SQLITE_OK ? open_find(connection, write, seqs, count) : rc;
}

int store_person_add(struct store_keys *persons, struct store_connection *connection, struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_PERSON_ADD];
    int rc = duplicate_find(persons, connection, write);

    if (rc != SQLITE_OK)
        return rc;
    store_bind_number(add, 1, (int64_t)store_keys_next(persons));
    store_bind_number(add, 2, (int64_t)write->application);
    store_bind_bytes(add, 3, write->person_hash, sizeof(write->person_hash));
    sqlite3_step(add);
    rc = sqlite3_reset(add);
    if (rc == SQLITE_OK)
        store_keys_append(persons, store_key_prefix(write->person_hash));
    return rc;
}

/* -- Reading -- */

/* Rows that may hold the hash, newest first: as far as memory knows, then those of the tree before them. Errors: OD_EIO,
 * OD_ENOMEM. */
static int rows_find(struct store_reader *reader, int64_t prefix, uint64_t seqs[STORE_PERSON_SCAN_MAX], uint32_t *count)
{
    sqlite3_stmt *newest = store_reader_statement(reader, STORE_SQL_PERSON_NEWEST_READ);
    uint32_t found = store_keys_recent(reader->persons, prefix, seqs, STORE_PERSON_SCAN_MAX);
    int rc = OD_OK;

    store_bind_number(newest, 1, prefix);
    store_bind_number(newest, 2, found > 0 ? (int64_t)seqs[found - 1] : INT64_MAX);
    store_bind_number(newest, 3, STORE_PERSON_SCAN_MAX - found);
    while (found < STORE_PERSON_SCAN_MAX && (rc = store_statement_step(reader, newest)) == OD_OK)
        seqs[found++] = (uint64_t)sqlite3_column_int64(newest, 0);
    sqlite3_reset(newest);
    *count = found;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_read_bar(struct store_reader *reader, const uint8_t hash[32], int32_t day, int32_t *until_day, uint8_t *reason)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_BAR_READ);

    store_bind_bytes(find, 1, hash, 32);
    store_bind_number(find, 2, day);
    int rc = store_statement_step(reader, find);
    if (rc == OD_OK) {
        *until_day = sqlite3_column_int(find, 0);
        *reason = (uint8_t)sqlite3_column_int(find, 1);
    }
    sqlite3_reset(find);
    return rc;
}

int store_read_persons(struct store_reader *reader, const uint8_t person_hash[32], uint64_t *applications, size_t room, size_t *count)
{
    sqlite3_stmt *row = store_reader_statement(reader, STORE_SQL_PERSON_ROW_READ);
    uint64_t seqs[STORE_PERSON_SCAN_MAX];
    uint32_t seq_count = 0;
    size_t found = 0;
    int rc = rows_find(reader, store_key_prefix(person_hash), seqs, &seq_count);

    for (uint32_t i = 0; i < seq_count && found < room && rc == OD_OK; i++) {
        store_bind_number(row, 1, (int64_t)seqs[i]);
        store_bind_bytes(row, 2, person_hash, 32);
        rc = store_statement_step(reader, row);
        if (rc == OD_OK)
            applications[found++] = (uint64_t)sqlite3_column_int64(row, 0);
        sqlite3_reset(row);
        rc = rc == OD_ENOTFOUND ? OD_OK : rc; /* another hash of the same prefix, or one that is not committed */
    }
    if (rc == OD_OK)
        *count = found;
    return rc;
}
