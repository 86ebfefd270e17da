/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub must know before its first batch. */
#include "store/sqlite.h"

#include <string.h>

/* The greatest that there is, or that a restored store may have given before. */
#define LAST_APPLICATION "SELECT max(ifnull((SELECT max(id) FROM application WHERE id > 0), 0)," \
                         " ifnull((SELECT id FROM entry_gone WHERE kind = 0), 0))"

/* The first column of the only row of a query. */
static int number_load(sqlite3 *db, const char *query, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &statement, NULL);

    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK ? rc : SQLITE_IOERR;
}

static int chain_load(sqlite3 *db, struct base_chain *chain)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1", -1, &statement, NULL);

    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        if (sqlite3_column_bytes(statement, 1) == BASE_HASH_SIZE)
            memcpy(chain->hash, sqlite3_column_blob(statement, 1), BASE_HASH_SIZE);
        chain->seq = (uint64_t)sqlite3_column_int64(statement, 0);
    }
    return sqlite3_finalize(statement) == SQLITE_OK ? rc : SQLITE_IOERR;
}

/* Numbers are given without gaps, so the n-th row of a kind has number n. */
static int name_load(struct store *store, sqlite3_stmt *row)
{
    struct store_name *name = NULL;
    int kind = sqlite3_column_int(row, 0);
    const char *id = (const char *)sqlite3_column_text(row, 2);

    if (kind <= STORE_NAME_NONE || kind >= STORE_NAME_KINDS || id == NULL)
        return OD_EIO;
    int rc = store_names_add(&store->names[kind], (enum store_name_kind)kind, id, &name);
    if (rc == OD_OK && name->number != (uint32_t)sqlite3_column_int64(row, 1))
        rc = OD_EIO;
    return rc;
}

static int names_load(struct store *store, sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int rc = OD_OK;

    if (sqlite3_prepare_v2(db, "SELECT kind, number, id FROM name ORDER BY kind, number", -1, &statement, NULL) !=
        SQLITE_OK)
        return OD_EIO;
    while (rc == OD_OK && sqlite3_step(statement) == SQLITE_ROW)
        rc = name_load(store, statement);
    if (sqlite3_finalize(statement) != SQLITE_OK)
        rc = OD_EIO;
    return rc;
}

/* What the hub must know before the first batch; nothing here grows with the store. */
int store_heads_load(struct store *store)
{
    struct store_connection *connection = &store->writer.connection;
    int64_t last = 0, alert_last = 0, page_size = 0;

    if (number_load(connection->db, LAST_APPLICATION, &last) != SQLITE_OK ||
        number_load(connection->db, "PRAGMA page_size", &page_size) != SQLITE_OK ||
        number_load(connection->db, "SELECT max(seq) FROM alert", &alert_last) != SQLITE_OK ||
        chain_load(connection->db, &store->writer.heads.chain) != SQLITE_OK ||
        store_connection_prepare(connection, 0, STORE_SQL_WRITER_END) != SQLITE_OK ||
        store_keys_load(&store->writer.heads.keys, connection) != SQLITE_OK ||
        store_keys_load(&store->writer.heads.persons, connection) != SQLITE_OK ||
        store_entries_load(connection->db, store->entry_next) != SQLITE_OK ||
        store_events_look(connection, &store->writer.heads) != SQLITE_OK)
        return store_connection_complain(connection, "load");
    store->writer.page_size = (uint32_t)page_size;
    store->writer.heads.alert_last = (uint64_t)alert_last;
    store->application_next = (uint64_t)last + 1;
    store->journal_last = store->figures.journal_seq = store->writer.heads.chain.seq;
    return names_load(store, connection->db);
}
