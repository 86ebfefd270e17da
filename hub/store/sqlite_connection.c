/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "store/sqlite.h"

#include <string.h>

static const char *const sql[STORE_SQL_COUNT] = {
#define STORE_SQL_TEXT(name, text) [STORE_SQL_##name] = text,
    STORE_SQL_OF_WRITER(STORE_SQL_TEXT) STORE_SQL_OF_READER(STORE_SQL_TEXT)
#undef STORE_SQL_TEXT
};

static void configure(void)
{
    /* Both only save locks; refused when the library is in use already, which is fine. */
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void store_connection_prepare_process(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, configure);
}

int store_connection_open(struct store_connection *connection, const char *path, const char *vfs,
                          const char *pragmas)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int rc = sqlite3_open_v2(path, &connection->db, flags, vfs);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_extended_result_codes(connection->db, 1);
    sqlite3_busy_timeout(connection->db, STORE_BUSY_TIMEOUT_MS);
    return sqlite3_exec(connection->db, pragmas, NULL, NULL, NULL);
}

int store_connection_prepare(struct store_connection *connection, unsigned first, unsigned end)
{
    int rc = SQLITE_OK;

    for (unsigned i = first; i < end && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(connection->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &connection->statements[i], NULL);
    return rc;
}

void store_connection_fini(struct store_connection *connection)
{
    for (unsigned i = 0; i < STORE_SQL_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    memset(connection, 0, sizeof(*connection));
}

int store_connection_complain(struct store_connection *connection, const char *what)
{
    int rc = connection->db != NULL ? sqlite3_extended_errcode(connection->db) : SQLITE_NOMEM;
    int error = connection->db != NULL ? sqlite3_system_errno(connection->db) : 0;

    base_log(BASE_LOG_ERROR, "store: %s: %s code=%d errno=%d", what,
             connection->db != NULL ? sqlite3_errmsg(connection->db) : "no memory", rc, error);
    if ((rc & 0xff) == SQLITE_NOMEM)
        return OD_ENOMEM;
    return (rc & 0xff) == SQLITE_FULL ? OD_EFULL : OD_EIO;
}
