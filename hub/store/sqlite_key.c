/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite.h"

#include <string.h>

int64_t store_key_prefix(const uint8_t key_hash[BASE_HASH_SIZE])
{
    uint64_t prefix = 0;

    for (unsigned i = 0; i < 8; i++)
        prefix = prefix << 8 | key_hash[i];
    return (int64_t)prefix;
}

static int key_find(struct store_connection *connection, struct store_write *write)
{
    sqlite3_stmt *find = connection->statements[STORE_SQL_KEY_FIND];

    store_bind_number(find, 1, store_key_prefix(write->key_hash));
    store_bind_bytes(find, 2, write->key_hash, BASE_HASH_SIZE);
    if (sqlite3_step(find) == SQLITE_ROW) {
        write->rc = OD_EEXIST;
        write->existing = (uint64_t)sqlite3_column_int64(find, 0);
        write->is_same_body = sqlite3_column_bytes(find, 1) == BASE_HASH_SIZE &&
                              memcmp(sqlite3_column_blob(find, 1), write->body_hash, BASE_HASH_SIZE) == 0;
    }
    return sqlite3_reset(find);
}

int store_key_add(struct store_connection *connection, struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_KEY_ADD];
    sqlite3_stmt *prefix = connection->statements[STORE_SQL_PREFIX_ADD];
    int rc = key_find(connection, write);

    if (rc != SQLITE_OK || write->rc != OD_OK)
        return rc;
    store_bind_number(add, 1, (int64_t)write->application);
    store_bind_bytes(add, 2, write->key_hash, BASE_HASH_SIZE);
    store_bind_bytes(add, 3, write->body_hash, BASE_HASH_SIZE);
    store_bind_number(prefix, 1, store_key_prefix(write->key_hash));
    store_bind_number(prefix, 2, (int64_t)write->application);
    sqlite3_step(add);
    rc = sqlite3_reset(add);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_step(prefix);
    return sqlite3_reset(prefix);
}
