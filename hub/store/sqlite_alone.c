/* SPDX-License-Identifier: Apache-2.0 */
/* A reader without a store: for tools that look at the folder of a hub, which may be serving it. */
#include "store/schema.h"
#include "store/sqlite_reader.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static int folder_look(const char *folder, char path[PATH_MAX], char text[STORE_TEXT_MAX])
{
    if ((size_t)snprintf(path, PATH_MAX, "%s/hub.db", folder) >= PATH_MAX)
        return store_folder_complain(folder, text, OD_EIO, "its path is too long. Choose a shorter one.");
    if (access(path, F_OK) != 0)
        return store_folder_complain(folder, text, OD_ENOTFOUND, "there is no store in it, or you may not look.");
    return OD_OK;
}

static int connection_open(struct store_connection *connection, const char *folder, const char *path, char text[STORE_TEXT_MAX])
{
    int64_t version = 0;

    if (store_connection_open(connection, path, NULL,
                              "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF;"
                              "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY") != SQLITE_OK) {
        (void)store_connection_complain(connection, "open");
        return store_folder_complain(folder, text, OD_EIO, "its store cannot be read; the log line above has the reason.");
    }
    int rc = store_schema_check(connection, &version, text);
    if (rc == OD_OK && version != (int64_t)store_schema_version)
        return store_folder_complain(folder, text, OD_EUNSUPPORTED, "its store is of an earlier version. Start this version's hub "
                                                                    "on it once, or use the tool of that version.");
    if (rc == OD_OK && store_connection_prepare(connection, STORE_SQL_WRITER_END, STORE_SQL_COUNT) != SQLITE_OK) {
        rc = store_connection_complain(connection, "prepare");
        store_folder_complain(folder, text, rc, "its store cannot be read; the log line above has the reason.");
    }
    return rc;
}

int store_reader_open(const char *folder, struct store_reader **out, char text[STORE_TEXT_MAX])
{
    struct store_reader *reader = base_alloc(sizeof(*reader));
    char path[PATH_MAX];

    text[0] = '\0';
    store_connection_prepare_process();
    int rc = reader != NULL ? folder_look(folder, path, text)
                            : store_folder_complain(folder, text, OD_ENOMEM, "there is not enough memory to open its store.");
    if (rc == OD_OK)
        rc = connection_open(&reader->connection, folder, path, text);
    if (rc != OD_OK) {
        store_reader_close(reader);
        return rc;
    }
    reader->is_taken = true;
    *out = reader;
    return OD_OK;
}

void store_reader_close(struct store_reader *reader)
{
    if (reader == NULL)
        return;
    store_connection_fini(&reader->connection);
    base_free(reader);
}

static int run_alone(struct store_reader *reader, enum store_sql name)
{
    sqlite3_stmt *statement = store_reader_statement(reader, name);
    int rc = store_statement_step(reader, statement);

    sqlite3_reset(statement);
    return rc == OD_ENOTFOUND ? OD_OK : rc; /* it has no rows */
}

int store_reader_hold(struct store_reader *reader)
{
    return run_alone(reader, STORE_SQL_HOLD);
}

void store_reader_release(struct store_reader *reader)
{
    (void)!run_alone(reader, STORE_SQL_RELEASE); /* nothing was written that could fail */
}
