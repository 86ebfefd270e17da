/* SPDX-License-Identifier: Apache-2.0 */
/* Reads for whoever proves what the journal says. */
#include "store/sqlite_reader.h"

#include <string.h>

int store_read_hashes(struct store_reader *reader, uint64_t after, uint8_t *hashes, size_t room, size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_HASHES_READ);
    size_t found = 0;
    int rc = OD_OK;

    store_bind_number(walk, 1, (int64_t)after);
    store_bind_number(walk, 2, (int64_t)room);
    while (found < room && (rc = store_statement_step(reader, walk)) == OD_OK) {
        if (sqlite3_column_bytes(walk, 0) != BASE_HASH_SIZE) {
            rc = OD_EIO;
            break;
        }
        memcpy(hashes + BASE_HASH_SIZE * found++, sqlite3_column_blob(walk, 0), BASE_HASH_SIZE);
    }
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

int store_count_entries(struct store_reader *reader, uint64_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_ENTRY_COUNT);
    int rc = store_statement_step(reader, statement);

    if (rc == OD_OK)
        *count = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return rc;
}

int store_read_heads(struct store_reader *reader, uint64_t after, struct store_head *heads, size_t room, size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_HEADS_READ);
    size_t found = 0;
    int rc = OD_OK;

    store_bind_number(walk, 1, (int64_t)after);
    store_bind_number(walk, 2, (int64_t)room);
    while (found < room && (rc = store_statement_step(reader, walk)) == OD_OK)
        heads[found++] = (struct store_head){
            .application = (uint64_t)sqlite3_column_int64(walk, 0),
            .last_seq = (uint64_t)sqlite3_column_int64(walk, 1),
            .status = (uint8_t)sqlite3_column_int(walk, 2),
        };
    sqlite3_reset(walk);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

/* Salt and body go together; anything between is no document. */
static int document_copy(sqlite3_stmt *row, struct base_arena *arena, struct store_document *document)
{
    const void *salt = NULL, *body = NULL;
    size_t salt_size = 0;

    if (sqlite3_column_bytes(row, 0) != BASE_HASH_SIZE)
        return OD_EIO;
    memcpy(document->hash, sqlite3_column_blob(row, 0), BASE_HASH_SIZE);
    int rc = store_column_copy(row, 1, arena, &salt, &salt_size);
    if (rc == OD_OK)
        rc = store_column_copy(row, 2, arena, &body, &document->size);
    if (rc == OD_OK && salt_size != STORE_SALT_SIZE && (salt_size != 0 || document->size != 2 || memcmp(body, "{}", 2) != 0))
        rc = OD_EIO;
    document->salt = salt_size > 0 ? salt : NULL;
    document->body = body;
    return rc;
}

int store_read_document_whole(struct store_reader *reader, uint64_t application, struct base_arena *arena,
                              struct store_document *document)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_DOCUMENT_WHOLE);
    struct store_document read = {.size = 0};

    store_bind_number(find, 1, (int64_t)application);
    int rc = store_statement_step(reader, find);
    if (rc == OD_OK)
        rc = document_copy(find, arena, &read);
    sqlite3_reset(find);
    if (rc == OD_OK)
        *document = read;
    return rc;
}

/* -- Retention -- */

static int seq_read(struct store_reader *reader, uint64_t until, uint64_t *seq, int64_t *at_ms)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_SEQ_BEFORE);

    store_bind_number(find, 1, (int64_t)until);
    int rc = store_statement_step(reader, find);
    if (rc == OD_OK) {
        *seq = (uint64_t)sqlite3_column_int64(find, 0);
        *at_ms = sqlite3_column_int64(find, 1);
    }
    sqlite3_reset(find);
    return rc;
}

int store_read_seq_before(struct store_reader *reader, int64_t at_ms, uint64_t *seq)
{
    uint64_t low = 0, high, middle = INT64_MAX;
    int64_t found_ms = 0;
    int rc = seq_read(reader, middle, &high, &found_ms);

    if (rc == OD_OK && found_ms < at_ms)
        low = high;
    while (rc == OD_OK && low < high) { /* low: before at_ms; high: not */
        middle = low + (high - low) / 2;
        rc = middle > low ? seq_read(reader, middle, &middle, &found_ms) : OD_ENOTFOUND;
        if (rc == OD_OK && found_ms < at_ms)
            low = middle;
        else
            high = middle;
    }
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *seq = low;
    return OD_OK;
}

int store_read_erased(struct store_reader *reader, uint64_t after, uint64_t until, uint64_t *applications, size_t room, size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_ERASED);

    store_bind_number(walk, 1, (int64_t)after);
    store_bind_number(walk, 2, (int64_t)until);
    store_bind_number(walk, 3, (int64_t)room);
    return store_numbers_read(reader, walk, applications, room, count);
}

int store_read_erasable(struct store_reader *reader, uint64_t after, uint64_t until, uint64_t last_seq, uint64_t *applications, size_t room,
                        size_t *count)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_ERASABLE);

    store_bind_number(walk, 1, (int64_t)after);
    store_bind_number(walk, 2, (int64_t)until);
    store_bind_number(walk, 3, (int64_t)last_seq);
    store_bind_number(walk, 4, (int64_t)room);
    return store_numbers_read(reader, walk, applications, room, count);
}
