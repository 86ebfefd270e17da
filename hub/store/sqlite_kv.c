/* SPDX-License-Identifier: Apache-2.0 */
/* Key and value, by connector. The sum of bytes moves with each write, in the same transaction. */
#include "store/sqlite_reader.h"

#include <string.h>

/* The first column of the row that the bound statement finds, 0 when there is none. */
static int number_find(sqlite3_stmt *find, int64_t *number)
{
    *number = sqlite3_step(find) == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    return sqlite3_reset(find);
}

static int run(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static void pair_bind(sqlite3_stmt *statement, const struct store_write *write)
{
    store_bind_text(statement, 1, write->name, strlen(write->name));
    store_bind_bytes(statement, 2, write->key, write->key_size);
}

static int sizes_find(struct store_connection *connection, const struct store_write *write, int64_t *before, int64_t *sum)
{
    sqlite3_stmt *size = connection->statements[STORE_SQL_KV_SIZE], *all = connection->statements[STORE_SQL_KV_SUM];

    pair_bind(size, write);
    int rc = number_find(size, before);
    store_bind_text(all, 1, write->name, strlen(write->name));
    return rc == SQLITE_OK ? number_find(all, sum) : rc;
}

int store_kv_write(struct store_connection *connection, struct store_write *write)
{
    bool is_removed = write->value == NULL;
    sqlite3_stmt *change = connection->statements[is_removed ? STORE_SQL_KV_REMOVE : STORE_SQL_KV_PUT];
    sqlite3_stmt *sum_put = connection->statements[STORE_SQL_KV_SUM_PUT];
    int64_t before = 0, sum = 0;
    int rc = sizes_find(connection, write, &before, &sum);

    if (rc != SQLITE_OK || (is_removed && before == 0))
        return rc;
    int64_t after = sum - before + (is_removed ? 0 : (int64_t)write->key_size + write->value_size);
    if (after > sum && (uint64_t)after > write->quota) {
        write->rc = OD_ELIMIT;
        return SQLITE_OK;
    }
    pair_bind(change, write);
    if (!is_removed)
        store_bind_bytes(change, 3, write->value, write->value_size);
    rc = run(change);
    if (rc != SQLITE_OK)
        return rc;
    store_bind_text(sum_put, 1, write->name, strlen(write->name));
    store_bind_number(sum_put, 2, after);
    return run(sum_put);
}

int store_kv_drop(struct store_connection *connection, const struct store_write *write)
{
    static const enum store_sql drops[] = {STORE_SQL_KV_DROP, STORE_SQL_KV_SUM_DROP};
    int rc = SQLITE_OK;

    for (size_t i = 0; i < 2 && rc == SQLITE_OK; i++) {
        store_bind_text(connection->statements[drops[i]], 1, write->name, strlen(write->name));
        rc = run(connection->statements[drops[i]]);
    }
    return rc;
}

int store_read_kv(struct store_reader *reader, const char *connector, const void *key, size_t key_size, struct base_arena *arena,
                  const void **value, size_t *size)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_KV_READ);

    store_bind_text(find, 1, connector, strlen(connector));
    store_bind_bytes(find, 2, key, key_size);
    int rc = store_statement_step(reader, find);
    if (rc == OD_OK)
        rc = store_column_copy(find, 0, arena, value, size);
    sqlite3_reset(find);
    return rc;
}

int store_read_kv_keys(struct store_reader *reader, const char *connector, const char *prefix, const char *after,
                       struct base_arena *arena, const char **keys, size_t room, size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_KV_KEYS);
    size_t found = 0, prefix_size = strlen(prefix), size;
    int rc = OD_OK;

    store_bind_text(walk, 1, connector, strlen(connector));
    store_bind_bytes(walk, 2, after, strlen(after));
    store_bind_bytes(walk, 3, prefix, prefix_size);
    while (found < room && (rc = store_statement_step(reader, walk)) == OD_OK) {
        const void *key = NULL;

        rc = store_column_copy(walk, 0, arena, &key, &size);
        if (rc != OD_OK || size < prefix_size || memcmp(key, prefix, prefix_size) != 0)
            break; /* behind the last one */
        keys[found++] = key;
    }
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}
