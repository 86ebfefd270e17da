/* SPDX-License-Identifier: Apache-2.0 */
/* A store that nobody writes is opened as immutable: SQLite then makes neither a log nor an index of one beside it, and
 * takes no lock. What is asked here is asked of every version, so that a store can be backed up before it is upgraded. */
#include "store/backup.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "store/schema.h"
#include "store/sqlite_reader.h"

#define ENTRIES_SINCE 4 /* the version that brought entries */
#define URI_SIZE (3 * PATH_MAX + 32)
#define SAME_PRAGMAS "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY"
/* No log, which would have to be moved along with the file: the hub that opens it brings its own. */
#define SKIP_PRAGMAS "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF"

struct store_still {
    struct store_reader reader;
    int64_t version;
    bool is_prepared;
};

static int refuse(const char *folder, char text[512], int rc, const char *sentence)
{
    return store_folder_complain(folder, text, rc, sentence);
}

/* The path, what has a meaning in a URI as %xx; an absolute one behind an empty host, since it may begin with "//". */
static void uri_make(const char *path, char uri[URI_SIZE])
{
    char *at = uri + snprintf(uri, URI_SIZE, path[0] == '/' ? "file://" : "file:");

    for (; *path != '\0'; path++) {
        bool is_plain = *path != '%' && *path != '?' && *path != '#';

        if (is_plain)
            *at++ = *path;
        else
            at += sprintf(at, "%%%02x", (unsigned char)*path);
    }
    memcpy(at, "?immutable=1", sizeof("?immutable=1"));
}

static int connection_open(struct store_connection *connection, const char *path)
{
    char uri[URI_SIZE];
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

    uri_make(path, uri);
    int rc = sqlite3_open_v2(uri, &connection->db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(connection->db, SAME_PRAGMAS, NULL, NULL, NULL);
    return rc;
}

static int still_look(struct store_still *still, const char *folder, char text[512])
{
    struct store_connection *connection = &still->reader.connection;
    char path[PATH_MAX];

    if ((size_t)snprintf(path, sizeof(path), "%s/hub.db", folder) >= sizeof(path)) {
        snprintf(text, 512, "The folder's path is too long. Choose a shorter one.");
        return OD_EIO;
    }
    if (access(path, F_OK) != 0)
        return refuse(folder, text, OD_ENOTFOUND, "there is no store in it, or you may not look.");
    if (connection_open(connection, path) != SQLITE_OK) {
        (void)store_connection_complain(connection, "open");
        return refuse(folder, text, OD_EIO, "its store cannot be read; the log line above has the reason.");
    }
    int rc = store_schema_check(connection, &still->version, text);
    if (rc == OD_OK && still->version == 0)
        return refuse(folder, text, OD_ENOTFOUND, "its store is empty.");
    return rc;
}

int store_still_open(const char *folder, struct store_still **out, char text[512])
{
    struct store_still *still = base_alloc(sizeof(*still));

    text[0] = '\0';
    if (still == NULL)
        return refuse(folder, text, OD_ENOMEM, "there is not enough memory to open its store.");
    store_connection_prepare_process();
    int rc = still_look(still, folder, text);
    if (rc == OD_OK)
        *out = still;
    else
        store_still_close(still);
    return rc;
}

void store_still_close(struct store_still *still)
{
    if (still == NULL)
        return;
    store_connection_fini(&still->reader.connection);
    base_free(still);
}

/* A statement with one argument, a number or a text, on its first row. Errors: OD_ENOTFOUND no row, OD_EIO; *statement is to be
 * finalized all the same. */
static int row_find(struct store_still *still, const char *sql, int64_t number, const char *text, sqlite3_stmt **statement)
{
    struct store_connection *connection = &still->reader.connection;
    int rc = sqlite3_prepare_v2(connection->db, sql, -1, statement, NULL);

    if (rc == SQLITE_OK && text != NULL)
        store_bind_text(*statement, 1, text, strlen(text));
    else if (rc == SQLITE_OK && sqlite3_bind_parameter_count(*statement) > 0)
        store_bind_number(*statement, 1, number);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(*statement);
    if (rc == SQLITE_ROW)
        return OD_OK;
    return rc == SQLITE_DONE ? OD_ENOTFOUND : store_connection_complain(connection, "read");
}

int store_still_facts(struct store_still *still, struct store_still_facts *facts)
{
    struct store_still_facts found = {.version = still->version, .is_current = still->version == (int64_t)store_schema_version};
    sqlite3_stmt *row = NULL;
    int rc = row_find(still, "SELECT seq, hash, at_ms FROM journal ORDER BY seq DESC LIMIT 1", 0, NULL, &row);

    if (rc == OD_OK && sqlite3_column_bytes(row, 1) != BASE_HASH_SIZE)
        rc = OD_EIO;
    if (rc == OD_OK) {
        found.journal_last = (uint64_t)sqlite3_column_int64(row, 0);
        memcpy(found.hash, sqlite3_column_blob(row, 1), BASE_HASH_SIZE);
        found.last_ms = sqlite3_column_int64(row, 2);
    }
    sqlite3_finalize(row);
    row = NULL;
    if (rc == OD_OK || rc == OD_ENOTFOUND)
        rc = row_find(still, "SELECT ifnull(max(id), 0) FROM application WHERE id > 0", 0, NULL, &row);
    if (rc == OD_OK) {
        found.application_last = (uint64_t)sqlite3_column_int64(row, 0);
        *facts = found;
    }
    sqlite3_finalize(row);
    return rc;
}

int store_still_check(struct store_still *still, char text[512])
{
    sqlite3_stmt *row = NULL;
    int rc = row_find(still, "PRAGMA integrity_check(1)", 0, NULL, &row);
    const char *said = rc == OD_OK ? (const char *)sqlite3_column_text(row, 0) : sqlite3_errmsg(still->reader.connection.db);
    bool is_sound = rc == OD_OK && said != NULL && strcmp(said, "ok") == 0;

    if (!is_sound)
        snprintf(text, 512, "The store is damaged: %.400s.", said != NULL ? said : "it cannot be read");
    sqlite3_finalize(row);
    return is_sound ? OD_OK : OD_EIO;
}

static int column_take(sqlite3_stmt *row, int rc, struct base_arena *arena, const void **value, size_t *size)
{
    if (rc == OD_OK)
        rc = store_column_copy(row, 0, arena, value, size);
    sqlite3_finalize(row);
    return rc;
}

int store_still_setting(struct store_still *still, const char *prefix, struct base_arena *arena, const void **value, size_t *size)
{
    sqlite3_stmt *row = NULL;
    int rc = row_find(still, "SELECT value FROM setting WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name DESC LIMIT 1", 0, prefix, &row);

    return column_take(row, rc, arena, value, size);
}

int store_still_newest(struct store_still *still, uint8_t kind, struct base_arena *arena, const char **body, size_t *size)
{
    const void *value = NULL;
    sqlite3_stmt *row = NULL;

    if (still->version < ENTRIES_SINCE)
        return OD_ENOTFOUND;
    int rc = row_find(still, "SELECT body FROM entry WHERE kind = ?1 ORDER BY id DESC LIMIT 1", kind, NULL, &row);
    rc = column_take(row, rc, arena, &value, size);
    if (rc == OD_OK)
        *body = value;
    return rc;
}

int store_still_names(struct store_still *still, uint8_t kind, store_still_name_cb on_name, void *owner)
{
    sqlite3_stmt *row = NULL;

    if (still->version < ENTRIES_SINCE)
        return OD_OK;
    int rc = row_find(still, "SELECT name, state FROM entry WHERE kind = ?1 AND name IS NOT NULL ORDER BY name", kind, NULL, &row);
    while (rc == OD_OK) {
        const char *name = (const char *)sqlite3_column_text(row, 0);
        int step;

        rc = name != NULL ? on_name(owner, name, (uint8_t)sqlite3_column_int(row, 1)) : OD_ENOMEM;
        if (rc == OD_OK && (step = sqlite3_step(row)) != SQLITE_ROW)
            rc = step == SQLITE_DONE ? OD_ENOTFOUND : store_connection_complain(&still->reader.connection, "read");
    }
    sqlite3_finalize(row);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_still_reader(struct store_still *still, struct store_reader **reader, char text[512])
{
    struct store_connection *connection = &still->reader.connection;

    if (still->version != (int64_t)store_schema_version) {
        snprintf(text, 512, "The store is of an earlier version.");
        return OD_EUNSUPPORTED;
    }
    if (!still->is_prepared && store_connection_prepare(connection, STORE_SQL_WRITER_END, STORE_SQL_COUNT) != SQLITE_OK) {
        snprintf(text, 512, "The store cannot be read: %.400s.", sqlite3_errmsg(connection->db));
        return store_connection_complain(connection, "prepare");
    }
    still->is_prepared = true;
    still->reader.is_taken = true;
    *reader = &still->reader;
    return OD_OK;
}

/* -- Numbers that may have been given -- */

/* Kind 0 of entry_gone is that of the applications. */
static int gap_write(struct store_connection *connection, int kind, const char *last, uint32_t gap)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "INSERT INTO entry_gone (kind, id) VALUES (%d, max((%s), ifnull((SELECT id FROM entry_gone WHERE kind = %d), 0)) + %" PRIu32 ")"
             " ON CONFLICT (kind) DO UPDATE SET id = excluded.id", kind, last, kind, gap);
    return sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
}

static int gaps_write(struct store_connection *connection, uint32_t kinds, uint32_t gap)
{
    char last[96];
    int rc = gap_write(connection, 0, "SELECT ifnull(max(id), 0) FROM application WHERE id > 0", gap);

    for (int kind = 1; kind < STORE_ENTRY_KINDS && rc == SQLITE_OK; kind++) {
        if ((kinds & UINT32_C(1) << kind) == 0)
            continue;
        snprintf(last, sizeof(last), "SELECT ifnull(max(id), 0) FROM entry WHERE kind = %d", kind);
        rc = gap_write(connection, kind, last, gap);
    }
    return rc;
}

static int next_read(struct store_connection *connection, uint64_t *next)
{
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(connection->db, "SELECT id + 1 FROM entry_gone WHERE kind = 0", -1, &row, NULL);

    if (rc == SQLITE_OK && (rc = sqlite3_step(row)) == SQLITE_ROW)
        *next = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int skip(struct store_connection *connection, uint32_t kinds, uint32_t gap, uint64_t *next, char text[512])
{
    uint64_t found = 0;
    int rc = store_schema_migrate(connection, text);

    if (rc != OD_OK)
        return rc;
    rc = sqlite3_exec(connection->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = gaps_write(connection, kinds, gap);
    if (rc == SQLITE_OK)
        rc = next_read(connection, &found);
    if (rc == SQLITE_OK && found > BASE_APPLICATION_ID_MAX) {
        snprintf(text, 512, "Numbers of applications would pass the last one that there is. Choose a smaller gap.");
        return OD_ERANGE; /* what was begun ends with the connection */
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(connection->db, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        *next = found;
        return OD_OK;
    }
    snprintf(text, 512, "The store cannot be written to: %.400s.", sqlite3_errmsg(connection->db));
    return store_connection_complain(connection, "skip");
}

int store_skip(const char *folder, uint32_t kinds, uint32_t gap, uint64_t *next, char text[512])
{
    struct store_connection *connection = base_alloc(sizeof(*connection));
    char path[PATH_MAX];
    int rc = OD_OK;

    assert(gap <= STORE_GAP_MAX);
    if (connection == NULL)
        return refuse(folder, text, OD_ENOMEM, "there is not enough memory to open its store.");
    store_connection_prepare_process();
    if ((size_t)snprintf(path, sizeof(path), "%s/hub.db", folder) >= sizeof(path) || access(path, F_OK) != 0)
        rc = refuse(folder, text, OD_ENOTFOUND, "there is no store in it, or you may not look.");
    if (rc == OD_OK && store_connection_open(connection, path, NULL, SKIP_PRAGMAS) != SQLITE_OK) {
        (void)store_connection_complain(connection, "open");
        rc = refuse(folder, text, OD_EIO, "its store cannot be opened; the log line above has the reason.");
    }
    if (rc == OD_OK)
        rc = skip(connection, kinds, gap, next, text);
    store_connection_fini(connection);
    base_free(connection);
    return rc;
}
