/* SPDX-License-Identifier: Apache-2.0 */
/* Private to hub/store: the parts of the SQLite store and what they share. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>

#include "base/bell.h"
#include "base/hash.h"
#include "store/sqlite_sql.h"
#include "store/store.h"

#define STORE_TEXT_MAX 512 /* of the sentence that store_open gives */

/* -- sqlite_connection.c -- */

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

/* -- sqlite_migrate.c -- */

/* Bring the file to the newest schema, each step in one transaction.
 * Errors: OD_EUNSUPPORTED newer, or not ours; OD_EFULL; OD_EIO; text says what to do. */
OD_MUST_CHECK int store_schema_migrate(struct store_connection *connection, char text[STORE_TEXT_MAX]);

/* -- sqlite_names.c: dictionaries, loop thread -- */

enum store_name_kind { STORE_NAME_NONE = 0, STORE_NAME_DEPARTMENT = 1, STORE_NAME_SERVICE = 2 };
#define STORE_NAME_KINDS 3

/* Immutable once made, so that the writer may read it while the loop goes on. */
struct store_name {
    struct store_name *next; /* of those not yet written */
    uint32_t number;
    uint8_t kind;
    char id[];
};

struct store_names {
    struct store_name **items; /* [number - 1]; owned */
    uint32_t count, room;
    uint32_t *slots;           /* open addressing: number, 0 = free; slot_count is a power of two */
    uint32_t slot_count;
};

void store_names_fini(struct store_names *names);

/* NULL when unknown. */
struct store_name *store_names_find(const struct store_names *names, const char *id);

/* The next number, or at open the number that a row holds. Errors: OD_ENOMEM, OD_ELIMIT (names unchanged). */
OD_MUST_CHECK int store_names_add(struct store_names *names, enum store_name_kind kind, const char *id,
                                  struct store_name **name);

/* -- sqlite_key.c: idempotency keys, writer thread -- */

/* Record the key of an intake, or set write->rc = OD_EEXIST and who has it.
 * Returns an SQLite code. */
int store_key_add(struct store_connection *connection, struct store_write *write);

int64_t store_key_prefix(const uint8_t key_hash[BASE_HASH_SIZE]);

/* -- sqlite_journal.c -- */

struct store_chain {
    uint64_t seq; /* of the last record, 0 = none */
    uint8_t hash[BASE_HASH_SIZE];
};

/* The chain one record further. */
void store_chain_step(struct store_chain *chain, uint64_t application, int64_t at_ms, const void *record,
                      size_t record_size);

/* -- sqlite_write.c: the rows of one batch, writer thread -- */

/* Writes names and batch in one transaction and moves chain along. Returns an SQLite code;
 * when it is not SQLITE_OK nothing is written and chain is unchanged. */
int store_rows_commit(struct store_connection *connection, struct store_chain *chain,
                      const struct store_name *names, struct store_batch *batch);

/* -- sqlite_writer.c -- */

/* The writer and the checkpointer, and what passes between them and the loop. */
struct store_writer {
    struct store_connection connection; /* the writer's, from start to stop */
    struct store_connection checkpointer;
    struct store_chain chain;           /* written by the writer */
    pthread_t thread, checkpoint_thread;
    bool is_started, is_checkpoint_started;
    pthread_mutex_t lock; /* guards the fields from here to room for figures */
    pthread_cond_t has_job, has_pages;
    struct store_batch *job;
    const struct store_name *names;
    struct store_batch *done;
    bool is_stopping, is_checkpoint_wanted;
    uint64_t commit_us;      /* of the batch that is done */
    uint64_t journal_seq;    /* after it */
    uint64_t wal_bytes;
    pthread_mutex_t checkpointing; /* held by whoever copies pages home */
    uint32_t wal_pages;      /* writer thread only */
    uint32_t page_size;
    struct base_bell *bell;  /* rung when a batch is done */
};

/* Threads run from start to stop. Errors: OD_ENOMEM no thread. */
OD_MUST_CHECK int store_writer_start(struct store_writer *writer);
void store_writer_stop(struct store_writer *writer);
void store_writer_give(struct store_writer *writer, struct store_batch *batch, const struct store_name *names);

/* -- sqlite_open.c -- */

struct store_reader {
    struct store_connection connection;
    bool is_taken;
};

struct store {
    uv_loop_t *loop;
    struct base_bell bell;
    struct store_writer writer;
    char *folder;
    int lock_fd;
    /* Loop thread. */
    struct store_batch *batch; /* in hand */
    struct store_name *batch_names;
    store_committed_cb on_committed;
    struct store_names names[STORE_NAME_KINDS];
    struct store_name *pending; /* names that no commit holds yet */
    uint64_t application_next, journal_last;
    struct store_figures figures;
    bool is_closing;
    store_closed_cb on_closed;
    void *owner;
    /* Any thread. */
    pthread_mutex_t reader_lock;
    pthread_cond_t reader_free;
    struct store_reader *readers;
    uint32_t reader_count;
};

#endif
