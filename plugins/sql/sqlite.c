/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite, a file in the connector's own folder (docs/connectors/sandbox.md, "folder"). The
 * department has the same file open: locks are waited for, up to the timeout. How the file keeps
 * its journal is the department's choice and stays as it is. */
#include "database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../http/out.h"

#define PATH_SIZE 4096
#define KEYS_SIZE_MAX (8 * 1024 * 1024)

struct sql_database {
    sqlite3 *file;
};

/* The modes of the files beside the database are those of the folder: nothing is changed. */
static int on_mode(int fd, unsigned mode)
{
    (void)fd;
    (void)mode;
    return 0;
}

static enum sql_fault fault_of(int rc, bool is_running)
{
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG: return SQL_FAULT_DATA;
    case SQLITE_ERROR:
    case SQLITE_AUTH: return is_running ? SQL_FAULT_NOTHING : SQL_FAULT_SCHEMA; /* a trigger's RAISE, or no such column */
    case SQLITE_IOERR: return is_running ? SQL_FAULT_UNKNOWN : SQL_FAULT_NOTHING;
    default: return SQL_FAULT_NOTHING; /* busy, full, read only, no database: rolled back */
    }
}

static void take_error(struct sql_database *database, int rc, bool is_running, struct sql_outcome *outcome)
{
    char code[OD_NAME_MAX];
    int kind = rc & 0xff;

    snprintf(code, sizeof(code), "sqlite_%d", kind);
    sql_outcome_set(outcome, fault_of(rc, is_running),
                    kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_CANTOPEN, code,
                    sqlite3_errmsg(database->file));
}

static sqlite3_stmt *prepare(struct sql_database *database, const char *statement, const char *const *values, size_t count,
                             struct sql_outcome *outcome)
{
    sqlite3_stmt *prepared = NULL;
    int rc = sqlite3_prepare_v2(database->file, statement, -1, &prepared, NULL);

    *outcome = (struct sql_outcome){.fault = SQL_FAULT_NONE};
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
        rc = values[i] != NULL ? sqlite3_bind_text(prepared, (int)i + 1, values[i], -1, SQLITE_STATIC)
                               : sqlite3_bind_null(prepared, (int)i + 1);
    if (rc == SQLITE_OK)
        return prepared;
    take_error(database, rc, false, outcome);
    sqlite3_finalize(prepared);
    return NULL;
}

static void sqlite_run(struct sql_database *database, const char *statement, const char *const *values, size_t count,
                       struct sql_outcome *outcome)
{
    sqlite3_stmt *prepared = prepare(database, statement, values, count, outcome);
    int rc = prepared != NULL ? SQLITE_ROW : SQLITE_DONE;

    while (rc == SQLITE_ROW)
        rc = sqlite3_step(prepared);
    if (prepared != NULL && rc != SQLITE_DONE)
        take_error(database, rc, true, outcome);
    if (prepared != NULL && rc == SQLITE_DONE)
        outcome->changed = (unsigned long)sqlite3_changes(database->file);
    sqlite3_finalize(prepared);
}

/* ["one","two"]. NULL = no memory. */
static char *array_text(const char *const *keys, size_t count)
{
    struct out out = {.size_max = KEYS_SIZE_MAX};

    out_text(&out, "[");
    for (size_t i = 0; i < count; i++) {
        out_text(&out, i > 0 ? "," : "");
        out_quoted(&out, keys[i], strlen(keys[i]));
    }
    out_text(&out, "]");
    char *text = out_take(&out);
    out_fini(&out);
    return text;
}

static void sqlite_look(struct sql_database *database, const char *statement, const char *const *keys, size_t count,
                        sql_row_cb on_row, void *arg, struct sql_outcome *outcome)
{
    char *array = array_text(keys, count);
    sqlite3_stmt *prepared = array != NULL ? prepare(database, statement, (const char *const[]){array}, 1, outcome) : NULL;
    int rc = SQLITE_ROW;

    if (array == NULL)
        sql_outcome_set(outcome, SQL_FAULT_NOTHING, false, "no_memory", "no memory left");
    while (prepared != NULL && (rc = sqlite3_step(prepared)) == SQLITE_ROW) {
        const char *cells[SQL_CELLS];

        for (int i = 0; i < SQL_CELLS; i++)
            cells[i] = (const char *)sqlite3_column_text(prepared, i);
        on_row(arg, cells);
    }
    if (prepared != NULL && rc != SQLITE_DONE)
        take_error(database, rc, false, outcome);
    sqlite3_finalize(prepared);
    free(array);
}

static void sqlite_close(struct sql_database *database)
{
    if (database == NULL)
        return;
    sqlite3_close_v2(database->file);
    free(database);
}

/* The department may write beside it, a link, too. */
static int file_open(const char *path, struct sql_database *database)
{
    struct stat about;

    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return SQLITE_CANTOPEN;
    return sqlite3_open_v2(path, &database->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);
}

static struct sql_database *sqlite_open(const struct settings *settings, const char *place, const char *connector,
                                        const char *password, struct sql_outcome *outcome)
{
    struct sql_database *database = calloc(1, sizeof(*database));
    sqlite3_vfs *files = sqlite3_vfs_find(NULL);
    char path[PATH_SIZE];
    int rc = SQLITE_NOMEM;

    (void)connector;
    (void)password;
    *outcome = (struct sql_outcome){.fault = SQL_FAULT_NONE};
    snprintf(path, sizeof(path), "%s/%s", place, settings->file);
    if (files != NULL)
        files->xSetSystemCall(files, "fchmod", (sqlite3_syscall_ptr)on_mode);
    if (database != NULL)
        rc = file_open(path, database);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(database->file, (int)settings->timeout_ms);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(database->file, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return database;
    sql_outcome_set(outcome, SQL_FAULT_NOTHING, true, "unreachable",
                    rc == SQLITE_NOMEM ? "no memory left" : database != NULL && database->file != NULL ? sqlite3_errmsg(database->file) : "it is no plain file");
    sqlite_close(database);
    return NULL;
}

const struct sql_kind_of sql_sqlite = {.open = sqlite_open, .close = sqlite_close, .run = sqlite_run, .look = sqlite_look,
                                       .place = "ONEDOOR_FOLDER"};
