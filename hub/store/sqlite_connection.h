/* SPDX-License-Identifier: Apache-2.0 */
/* Private to hub/store: a connection and the binding of parameters. */
#ifndef STORE_SQLITE_CONNECTION_H
#define STORE_SQLITE_CONNECTION_H

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/sqlite_sql.h"

#define STORE_BUSY_TIMEOUT_MS 10000 /* recovery after a crash is the only wait */

/* One connection with its prepared statements; one thread at a time. */
struct store_connection {
    sqlite3 *db;
    sqlite3_stmt *statements[STORE_SQL_COUNT]; /* of its role only */
};

/* Once before the first connection of the process. */
void store_connection_prepare_process(void);

/* Open path and apply pragmas, one SQL text of several. On error the connection is to be
 * closed all the same. Returns an SQLite code. */
int store_connection_open(struct store_connection *connection, const char *path, const char *vfs,
                          const char *pragmas);

/* Prepare the statements first..end-1. Returns an SQLite code. */
int store_connection_prepare(struct store_connection *connection, unsigned first, unsigned end);

/* Accepts a zeroed or half-opened connection. */
void store_connection_fini(struct store_connection *connection);

/* One log line with SQLite's own words; returns the OD_E* for the last error. */
int store_connection_complain(struct store_connection *connection, const char *what);

/* Parameters are static memory of the caller until the statement is reset, so a
 * bind cannot fail but by a wrong index. */
static inline void store_bind_number(sqlite3_stmt *statement, int index, int64_t number)
{
    int rc = sqlite3_bind_int64(statement, index, number);

    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline void store_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size)
{
    int rc = sqlite3_bind_blob64(statement, index, size > 0 ? bytes : "", size, SQLITE_STATIC);

    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline void store_bind_text(sqlite3_stmt *statement, int index, const char *text, size_t size)
{
    int rc = sqlite3_bind_text64(statement, index, size > 0 ? text : "", size, SQLITE_STATIC, SQLITE_UTF8);

    assert(rc == SQLITE_OK);
    (void)rc;
}

static inline void store_bind_null(sqlite3_stmt *statement, int index)
{
    int rc = sqlite3_bind_null(statement, index);

    assert(rc == SQLITE_OK);
    (void)rc;
}

#endif
