/* SPDX-License-Identifier: Apache-2.0 */
/* Private to hub/store: what the files of reads share. */
#ifndef STORE_SQLITE_READER_H
#define STORE_SQLITE_READER_H

#include "store/sqlite.h"

static inline sqlite3_stmt *store_reader_statement(struct store_reader *reader, enum store_sql name)
{
    assert(reader->is_taken);
    return reader->connection.statements[name];
}

/* OD_OK a row, OD_ENOTFOUND no more; Errors: OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int store_statement_step(struct store_reader *reader, sqlite3_stmt *statement);

/* Copies a column and a NUL behind it. Errors: OD_ENOMEM. */
OD_MUST_CHECK int store_column_copy(sqlite3_stmt *statement, int column, struct base_arena *arena,
                                    const void **bytes, size_t *size);

/* The columns of STORE_SQL_ROW. Errors: OD_ENOMEM. */
OD_MUST_CHECK int store_row_copy(sqlite3_stmt *statement, struct base_arena *arena, struct store_row *row);

/* Steps a statement that gives no rows. */
OD_MUST_CHECK int store_reader_run(struct store_reader *reader, enum store_sql name);
/* The first column of a statement that is bound: room numbers at most. It is reset. Errors (*count unchanged): OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int store_numbers_read(struct store_reader *reader, sqlite3_stmt *walk, uint64_t *numbers, size_t room, size_t *count);
/* The last record of the journal, in the transaction of the reader; 0 = none. */
OD_MUST_CHECK int store_journal_last_read(struct store_reader *reader, uint64_t *seq);

/* sqlite_count.c: the rows of a statement that is bound, in the columns of statistic; it is reset. */
OD_MUST_CHECK int store_counts_walk(struct store_reader *reader, sqlite3_stmt *walk, store_count_cb on_count, void *owner);

#endif
