/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"
#include "store/sqlite.h"

#include <stdio.h>

/* The first column of the first row. Returns an SQLite code. */
static int number_read(sqlite3 *db, const char *query, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int migration_run(sqlite3 *db, unsigned version)
{
    char mark[64];
    int rc = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);

    snprintf(mark, sizeof(mark), "PRAGMA user_version = %u; COMMIT", version + 1);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, store_schema_migrations[version], NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, mark, NULL, NULL, NULL);
    return rc;
}

static int refuse(char text[STORE_TEXT_MAX], const char *reason)
{
    snprintf(text, STORE_TEXT_MAX, "%s", reason);
    return OD_EUNSUPPORTED;
}

static int versions_check(int64_t version, int64_t tables, char text[STORE_TEXT_MAX])
{
    if (version < 0 || version > store_schema_version)
        return refuse(text, "The store was written by a newer hub. Start that version, or restore a backup "
                            "of before the upgrade.");
    if (version == 0 && tables > 0)
        return refuse(text, "The database file in the folder is not a store of this program. Give the hub "
                            "a folder of its own.");
    return OD_OK;
}

int store_schema_check(struct store_connection *connection, int64_t *version, char text[STORE_TEXT_MAX])
{
    int64_t tables = 0;
    int rc = number_read(connection->db, "PRAGMA user_version", version);

    if (rc == SQLITE_OK)
        rc = number_read(connection->db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc == SQLITE_OK)
        return versions_check(*version, tables, text);
    snprintf(text, STORE_TEXT_MAX, "The store cannot be read: %s.", sqlite3_errmsg(connection->db));
    return store_connection_complain(connection, "version");
}

int store_schema_migrate(struct store_connection *connection, char text[STORE_TEXT_MAX])
{
    int64_t version = 0;
    int refused = store_schema_check(connection, &version, text), rc = SQLITE_OK;

    if (refused != OD_OK)
        return refused;
    for (unsigned i = (unsigned)version; rc == SQLITE_OK && i < store_schema_version; i++)
        rc = migration_run(connection->db, i);
    if (rc == SQLITE_OK)
        return OD_OK;
    snprintf(text, STORE_TEXT_MAX, "The store cannot be brought to this version's schema: %s. It is unchanged.",
             sqlite3_errmsg(connection->db));
    rc = store_connection_complain(connection, "migration");
    sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
