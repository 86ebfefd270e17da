/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of one thing or of a run of keys. A statement in progress holds a snapshot,
 * which keeps the log from starting anew, so each is reset before its function ends. */
#include "base/number.h"
#include "store/desk.h"
#include "store/sqlite_reader.h"

#include <string.h>

struct store_reader *store_reader_take(struct store *store)
{
    struct store_reader *taken = NULL;

    pthread_mutex_lock(&store->reader_lock);
    while (taken == NULL) {
        for (uint32_t i = 0; i < store->reader_count && taken == NULL; i++)
            taken = store->readers[i].is_taken ? NULL : &store->readers[i];
        if (taken == NULL)
            pthread_cond_wait(&store->reader_free, &store->reader_lock);
    }
    taken->is_taken = true;
    pthread_mutex_unlock(&store->reader_lock);
    return taken;
}

void store_reader_give(struct store *store, struct store_reader *reader)
{
    pthread_mutex_lock(&store->reader_lock);
    assert(reader->is_taken);
    reader->is_taken = false;
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->reader_lock);
}

int store_statement_step(struct store_reader *reader, sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);

    if (rc == SQLITE_ROW)
        return OD_OK;
    return rc == SQLITE_DONE ? OD_ENOTFOUND : store_connection_complain(&reader->connection, "read");
}

int store_column_copy(sqlite3_stmt *statement, int column, struct base_arena *arena, const void **bytes,
                      size_t *size)
{
    const void *from = sqlite3_column_blob(statement, column);
    size_t count = (size_t)sqlite3_column_bytes(statement, column);
    char *copy = base_arena_take(arena, count + 1); /* and a NUL, for texts */

    if (copy == NULL)
        return OD_ENOMEM;
    if (count > 0)
        memcpy(copy, from, count);
    *bytes = copy;
    *size = count;
    return OD_OK;
}

/* The first column of the one row of a statement that is bound. */
static int bytes_read(struct store_reader *reader, sqlite3_stmt *statement, struct base_arena *arena,
                      const void **bytes, size_t *size)
{
    int rc = store_statement_step(reader, statement);

    if (rc == OD_OK)
        rc = store_column_copy(statement, 0, arena, bytes, size);
    sqlite3_reset(statement);
    return rc;
}

int store_row_copy(sqlite3_stmt *statement, struct base_arena *arena, struct store_row *row)
{
    size_t size = 0;
    int rc = store_column_copy(statement, 5, arena, &row->state, &size);

    if (rc != OD_OK)
        return rc;
    row->state_size = (uint32_t)size;
    row->application = (uint64_t)sqlite3_column_int64(statement, 0);
    row->service = (uint32_t)sqlite3_column_int64(statement, 1);
    row->status = (uint8_t)sqlite3_column_int(statement, 2);
    row->is_overdue = sqlite3_column_int(statement, 3) != 0;
    row->due_day = sqlite3_column_int(statement, 4);
    row->sequence = (uint64_t)sqlite3_column_int64(statement, 6); /* NULL reads as 0 */
    return OD_OK;
}

int store_read_application(struct store_reader *reader, uint64_t application, struct base_arena *arena,
                           struct store_row *row)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_APPLICATION_READ);

    store_bind_number(statement, 1, (int64_t)application);
    int rc = store_statement_step(reader, statement);
    if (rc == OD_OK)
        rc = store_row_copy(statement, arena, row);
    sqlite3_reset(statement);
    return rc;
}

int store_read_document(struct store_reader *reader, uint64_t application, struct base_arena *arena,
                        const char **document, size_t *size)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_DOCUMENT_READ);
    const void *bytes = NULL;

    store_bind_number(statement, 1, (int64_t)application);
    int rc = bytes_read(reader, statement, arena, &bytes, size);
    if (rc == OD_OK)
        *document = bytes;
    return rc;
}

int store_read_checkpoint(struct store_reader *reader, uint64_t application, uint8_t task,
                          struct base_arena *arena, const void **bytes, size_t *size)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_CHECKPOINT_READ);

    store_bind_number(statement, 1, (int64_t)base_task_handle(application, task));
    return bytes_read(reader, statement, arena, bytes, size);
}

int store_read_setting(struct store_reader *reader, const char *name, struct base_arena *arena,
                       const void **value, size_t *size)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_SETTING_READ);

    store_bind_text(statement, 1, name, strlen(name));
    return bytes_read(reader, statement, arena, value, size);
}

int store_read_settings(struct store_reader *reader, const char *prefix, store_setting_cb on_setting, void *owner)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_SETTING_WALK);
    size_t size = strlen(prefix);
    int rc = OD_OK;

    store_bind_text(statement, 1, prefix, size);
    while (rc == OD_OK && (rc = store_statement_step(reader, statement)) == OD_OK) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        if (name == NULL || strncmp(name, prefix, size) != 0)
            break;
        const void *value = sqlite3_column_blob(statement, 1);
        rc = on_setting(owner, name, value != NULL ? value : "", (size_t)sqlite3_column_bytes(statement, 1));
    }
    sqlite3_reset(statement);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_read_key(struct store_reader *reader, const uint8_t key_hash[32], uint64_t *application,
                   uint8_t body_hash[32])
{
    struct store_key_holder holder;
    int rc = store_key_find(reader->keys, store_reader_statement(reader, STORE_SQL_KEY_ROW_READ),
                            store_reader_statement(reader, STORE_SQL_KEY_READ), key_hash, &holder);

    if (rc != SQLITE_OK)
        return store_connection_complain(&reader->connection, "read");
    if (!holder.is_found)
        return OD_ENOTFOUND;
    *application = holder.application;
    memcpy(body_hash, holder.body_hash, BASE_HASH_SIZE);
    return OD_OK;
}

/* Rows of (due_day, application, task) of a statement that is bound but for its keyset. */
static int keys_read(struct store_reader *reader, sqlite3_stmt *statement, const struct store_owed_key *after,
                     struct store_owed_key *keys, size_t room, size_t *count)
{
    size_t found = 0;
    int rc = OD_OK;

    store_bind_number(statement, 3, after != NULL ? (int64_t)after->application : -1);
    store_bind_number(statement, 4, after != NULL ? after->task : -1);
    store_bind_number(statement, 5, (int64_t)room);
    while (found < room && (rc = store_statement_step(reader, statement)) == OD_OK)
        keys[found++] = (struct store_owed_key){
            .due_day = sqlite3_column_int(statement, 0),
            .application = (uint64_t)sqlite3_column_int64(statement, 1),
            .task = (uint8_t)sqlite3_column_int(statement, 2),
            .is_for_officer = sqlite3_column_int(statement, 3) != 0,
            .is_claimed = sqlite3_column_count(statement) > 4 && sqlite3_column_int(statement, 4) != 0,
        };
    sqlite3_reset(statement);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

int store_read_owed(struct store_reader *reader, uint16_t department, const struct store_owed_key *after,
                    struct store_owed_key *keys, size_t room, size_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_OWED_READ);

    store_bind_number(statement, 1, department);
    return keys_read(reader, statement, after, keys, room, count);
}

int store_read_worklist(struct store_reader *reader, int32_t department, const struct store_owed_key *after,
                        struct store_owed_key *keys, size_t room, size_t *count)
{
    sqlite3_stmt *statement =
        store_reader_statement(reader, department < 0 ? STORE_SQL_WORKLIST_ALL : STORE_SQL_WORKLIST_ONE);

    if (department >= 0)
        store_bind_number(statement, 1, department);
    store_bind_number(statement, 2, after != NULL ? after->due_day : INT64_MIN);
    return keys_read(reader, statement, after, keys, room, count);
}

int store_read_claims(struct store_reader *reader, const char *claimant, const struct store_owed_key *after,
                      struct store_owed_key *keys, size_t room, size_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_CLAIMS_READ);

    store_bind_text(statement, 1, claimant, strlen(claimant));
    store_bind_number(statement, 2, after != NULL ? after->due_day : INT64_MIN);
    return keys_read(reader, statement, after, keys, room, count);
}

int store_read_due(struct store_reader *reader, int64_t until, int64_t after_minute, uint64_t after_application,
                   uint64_t *applications, int64_t *minutes, size_t room, size_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_DUE_READ);
    size_t found = 0;
    int rc = OD_OK;

    store_bind_number(statement, 1, until);
    store_bind_number(statement, 2, after_minute);
    store_bind_number(statement, 3, (int64_t)after_application);
    store_bind_number(statement, 4, (int64_t)room);
    while (found < room && (rc = store_statement_step(reader, statement)) == OD_OK) {
        minutes[found] = sqlite3_column_int64(statement, 0);
        applications[found++] = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

int store_read_wake(struct store_reader *reader, int64_t *minute)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_WAKE_READ);
    int rc = store_statement_step(reader, statement);

    if (rc == OD_OK)
        *minute = sqlite3_column_int64(statement, 0);
    if (rc == OD_ENOTFOUND)
        *minute = INT64_MAX;
    sqlite3_reset(statement);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_numbers_read(struct store_reader *reader, sqlite3_stmt *walk, uint64_t *numbers, size_t room, size_t *count)
{
    size_t found = 0;
    int rc = OD_OK;

    while (found < room && (rc = store_statement_step(reader, walk)) == OD_OK)
        numbers[found++] = (uint64_t)sqlite3_column_int64(walk, 0);
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

static int ids_read(struct store_reader *reader, enum store_sql way, uint64_t after, uint64_t *applications, size_t room,
                    size_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, way);

    store_bind_number(statement, 1, (int64_t)after);
    store_bind_number(statement, 2, (int64_t)room);
    return store_numbers_read(reader, statement, applications, room, count);
}

int store_read_ids(struct store_reader *reader, uint64_t after, uint64_t *applications, size_t room, size_t *count)
{
    return ids_read(reader, STORE_SQL_IDS_READ, after, applications, room, count);
}

int store_read_open(struct store_reader *reader, uint64_t after, uint64_t *applications, size_t room, size_t *count)
{
    return ids_read(reader, STORE_SQL_OPEN_READ, after, applications, room, count);
}

int store_read_extent(struct store_reader *reader, struct store_extent *extent)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_EXTENT_READ);
    int rc = store_statement_step(reader, statement);

    if (rc == OD_OK)
        *extent = (struct store_extent){.application_last = (uint64_t)sqlite3_column_int64(statement, 0),
                                        .journal_last = (uint64_t)sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    return rc;
}
