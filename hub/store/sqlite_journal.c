/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite_reader.h"

#include <string.h>

#define VERIFY_STRETCH 1024

static int record_copy(sqlite3_stmt *row, struct base_arena *arena, struct store_record *record)
{
    const void *text = NULL;

    if (sqlite3_column_bytes(row, 4) != BASE_HASH_SIZE)
        return OD_EIO;
    int rc = store_column_copy(row, 3, arena, &text, &record->size);
    if (rc != OD_OK)
        return rc;
    record->seq = (uint64_t)sqlite3_column_int64(row, 0);
    record->application = (uint64_t)sqlite3_column_int64(row, 1);
    record->at_ms = sqlite3_column_int64(row, 2);
    record->previous = (uint64_t)sqlite3_column_int64(row, 5);
    record->record = text;
    memcpy(record->hash, sqlite3_column_blob(row, 4), BASE_HASH_SIZE);
    return OD_OK;
}

/* A record on the way back through a history. */
struct link {
    struct link *newer;
    struct store_record record;
};

static int last_read(struct store_reader *reader, uint64_t application, uint64_t *seq)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_HISTORY_LAST);

    store_bind_number(statement, 1, (int64_t)application);
    int rc = store_statement_step(reader, statement);
    if (rc == OD_OK)
        *seq = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return rc;
}

/* One record, and the number of the one before it of the same application. */
static int link_read(struct store_reader *reader, uint64_t *seq, struct base_arena *arena, struct link **head)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_HISTORY_STEP);
    struct link *link = base_arena_take(arena, sizeof(*link));

    if (link == NULL)
        return OD_ENOMEM;
    store_bind_number(statement, 1, (int64_t)*seq);
    int rc = store_statement_step(reader, statement);
    if (rc == OD_OK)
        rc = record_copy(statement, arena, &link->record);
    uint64_t previous = rc == OD_OK ? link->record.previous : 0;
    sqlite3_reset(statement);
    if (rc == OD_OK && previous >= *seq)
        rc = OD_EIO; /* would walk for ever */
    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? OD_EIO : rc;
    *seq = previous;
    link->newer = *head;
    *head = link;
    return OD_OK;
}

int store_read_history(struct store_reader *reader, uint64_t application, uint64_t after, struct base_arena *arena,
                       struct store_record **records, size_t *count)
{
    struct link *head = NULL;
    uint64_t seq = 0;
    size_t found = 0;
    int rc = last_read(reader, application, &seq);

    for (; rc == OD_OK && seq > after; found++)
        rc = link_read(reader, &seq, arena, &head);
    struct store_record *run = rc == OD_OK ? base_arena_take(arena, (found + 1) * sizeof(*run)) : NULL;
    if (rc != OD_OK)
        return rc;
    if (run == NULL)
        return OD_ENOMEM;
    *records = run;
    *count = found;
    for (; head != NULL; head = head->newer)
        *run++ = head->record;
    return OD_OK;
}

int store_read_journal(struct store_reader *reader, uint64_t after, struct base_arena *arena,
                       struct store_record *records, size_t room, size_t *count)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_JOURNAL_READ);
    size_t found = 0;
    int rc = OD_OK;

    store_bind_number(statement, 1, (int64_t)after);
    store_bind_number(statement, 2, (int64_t)room);
    while (found < room && (rc = store_statement_step(reader, statement)) == OD_OK &&
           (rc = record_copy(statement, arena, &records[found])) == OD_OK)
        found++;
    sqlite3_reset(statement);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *count = found;
    return OD_OK;
}

/* Whether the row is what the chain's next link must be; the chain moves on. */
static bool is_sound(struct base_chain *chain, sqlite3_stmt *row)
{
    const void *record = sqlite3_column_blob(row, 3);
    size_t size = (size_t)sqlite3_column_bytes(row, 3);

    base_chain_step(chain, (uint64_t)sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                     size > 0 ? record : "", size);
    return chain->seq == (uint64_t)sqlite3_column_int64(row, 0) &&
           sqlite3_column_bytes(row, 4) == BASE_HASH_SIZE &&
           memcmp(chain->hash, sqlite3_column_blob(row, 4), BASE_HASH_SIZE) == 0;
}

/* A stretch of the chain under one snapshot; OD_ENOTFOUND at its end. */
static int stretch_verify(struct store_reader *reader, struct base_chain *chain, uint64_t *bad_seq)
{
    sqlite3_stmt *statement = store_reader_statement(reader, STORE_SQL_JOURNAL_READ);
    int rc = OD_OK;

    store_bind_number(statement, 1, (int64_t)chain->seq);
    store_bind_number(statement, 2, VERIFY_STRETCH);
    for (unsigned i = 0; i < VERIFY_STRETCH && rc == OD_OK && *bad_seq == 0; i++) {
        rc = store_statement_step(reader, statement);
        if (rc == OD_OK && !is_sound(chain, statement))
            *bad_seq = chain->seq;
    }
    sqlite3_reset(statement);
    return rc;
}

/* In stretches: one long snapshot would keep the write-ahead log growing. */
int store_verify(struct store_reader *reader, uint64_t *bad_seq)
{
    struct base_chain chain = {0};
    uint64_t bad = 0;
    int rc = OD_OK;

    while (rc == OD_OK && bad == 0)
        rc = stretch_verify(reader, &chain, &bad);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    *bad_seq = bad;
    return OD_OK;
}
