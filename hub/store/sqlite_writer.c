/* SPDX-License-Identifier: Apache-2.0 */
/* The two threads behind the loop.
 *
 *   writer:       has_job -> commit -> done, bell -> (write-ahead log too long: copy home)
 *   checkpointer: has_pages -> copy the log's pages home, beside the writer
 *
 * The checkpointer alone cannot end the log while commits go on, since each adds
 * pages behind it, nor while readers overlap, since each holds the log's pages. So past
 * WAL_FORCED_BYTES the writer copies the short rest between two batches and waits a moment for
 * the reads in progress (new ones need no log then): the next commit starts it anew. */
#include "base/log.h"
#include "store/sqlite.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define WAL_CHECKPOINT_BYTES (32u << 20) /* the checkpointer starts */
#define WAL_FORCED_BYTES (96u << 20)     /* the writer itself ends the log */
#define WAL_FORCED_STEP_BYTES (32u << 20) /* and tries again after as much, when somebody still reads it */
#define WAL_FORCED_WAIT_MS 250           /* a copy of the store may read for minutes; no commit waits so long */

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* What is on disk after a failed write or sync is unknown, and so is whether a
 * second sync would tell the truth: only a restart reads the disk again. */
static void stop_process(struct store_connection *connection, const char *what)
{
    (void)store_connection_complain(connection, what);
    base_log(BASE_LOG_ERROR, "store: what is on disk is unknown, the hub stops; restart it when the disk is sound");
    abort();
}

static void rollback(struct store_connection *connection)
{
    if (sqlite3_get_autocommit(connection->db))
        return; /* SQLite has rolled back already */
    sqlite3_step(connection->statements[STORE_SQL_ROLLBACK]);
    if (sqlite3_reset(connection->statements[STORE_SQL_ROLLBACK]) != SQLITE_OK)
        stop_process(connection, "rollback");
}

/* Disk full leaves the log's end in place, so the store goes on. Busy is another program
 * that holds the write lock, and it is met before the first row: wait for it, audibly.
 * All else stops the process. */
static void commit(struct store_writer *writer, struct store_batch *batch, const struct store_name *names)
{
    int rc = store_rows_commit(&writer->connection, &writer->heads, names, batch);

    while (rc == SQLITE_BUSY) {
        base_log(BASE_LOG_WARNING, "store: another program has locked the database; end it");
        rc = store_rows_commit(&writer->connection, &writer->heads, names, batch);
    }
    if (rc == SQLITE_OK)
        return;
    if ((rc & 0xff) != SQLITE_FULL)
        stop_process(&writer->connection, "commit");
    (void)store_connection_complain(&writer->connection, "commit");
    rollback(&writer->connection);
}

/* Busy (a reader or the other side holds on) and full are met again by the next round. */
static bool pages_copy(struct store_connection *connection, int mode)
{
    int rc = sqlite3_wal_checkpoint_v2(connection->db, NULL, mode, NULL, NULL);

    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
        return rc == SQLITE_OK;
    if ((rc & 0xff) != SQLITE_FULL)
        stop_process(connection, "checkpoint");
    (void)store_connection_complain(connection, "checkpoint");
    return false;
}

static int on_wal(void *owner, sqlite3 *db, const char *name, int pages)
{
    struct store_writer *writer = owner;

    (void)db;
    (void)name;
    writer->wal_pages = (uint32_t)pages;
    return SQLITE_OK;
}

static void log_bound(struct store_writer *writer)
{
    uint64_t bytes = (uint64_t)writer->wal_pages * writer->page_size;

    if (bytes < WAL_FORCED_BYTES)
        writer->wal_forced_bytes = WAL_FORCED_BYTES; /* it has started anew */
    if (bytes < writer->wal_forced_bytes)
        return;
    pthread_mutex_lock(&writer->checkpointing);
    sqlite3_busy_timeout(writer->connection.db, WAL_FORCED_WAIT_MS);
    if (!pages_copy(&writer->connection, SQLITE_CHECKPOINT_RESTART))
        writer->wal_forced_bytes = bytes + WAL_FORCED_STEP_BYTES;
    sqlite3_busy_timeout(writer->connection.db, STORE_BUSY_TIMEOUT_MS);
    pthread_mutex_unlock(&writer->checkpointing);
}

/* One batch, with the lock held on entry and on return. */
static void job_write(struct store_writer *writer)
{
    struct store_batch *batch = writer->job;
    const struct store_name *names = writer->names;

    writer->job = NULL;
    pthread_mutex_unlock(&writer->lock);
    uint64_t start_us = now_us();
    commit(writer, batch, names);
    uint64_t end_us = now_us();
    pthread_mutex_lock(&writer->lock);
    writer->done = batch;
    writer->commit_us = end_us - start_us;
    writer->journal_seq = writer->heads.chain.seq;
    writer->wal_bytes = (uint64_t)writer->wal_pages * writer->page_size;
    if (writer->wal_bytes >= WAL_CHECKPOINT_BYTES) {
        writer->is_checkpoint_wanted = true;
        pthread_cond_signal(&writer->has_pages);
    }
    pthread_mutex_unlock(&writer->lock);
    base_bell_ring(writer->bell);
    log_bound(writer);
    pthread_mutex_lock(&writer->lock);
}

static void *writer_main(void *owner)
{
    struct store_writer *writer = owner;

    pthread_mutex_lock(&writer->lock);
    while (!writer->is_stopping || writer->job != NULL) {
        if (writer->job != NULL)
            job_write(writer);
        else
            pthread_cond_wait(&writer->has_job, &writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

static void *checkpoint_main(void *owner)
{
    struct store_writer *writer = owner;

    pthread_mutex_lock(&writer->lock);
    while (!writer->is_stopping) {
        if (!writer->is_checkpoint_wanted) {
            pthread_cond_wait(&writer->has_pages, &writer->lock);
            continue;
        }
        writer->is_checkpoint_wanted = false;
        pthread_mutex_unlock(&writer->lock);
        pthread_mutex_lock(&writer->checkpointing);
        (void)pages_copy(&writer->checkpointer, SQLITE_CHECKPOINT_PASSIVE);
        pthread_mutex_unlock(&writer->checkpointing);
        pthread_mutex_lock(&writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

int store_writer_start(struct store_writer *writer)
{
    sigset_t all, before;

    sqlite3_wal_hook(writer->connection.db, on_wal, writer);
    sigfillset(&all); /* signals are the loop's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    writer->is_started = pthread_create(&writer->thread, NULL, writer_main, writer) == 0;
    writer->is_checkpoint_started =
        pthread_create(&writer->checkpoint_thread, NULL, checkpoint_main, writer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return writer->is_started && writer->is_checkpoint_started ? OD_OK : OD_ENOMEM;
}

void store_writer_stop(struct store_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->is_stopping = true;
    pthread_cond_broadcast(&writer->has_job);
    pthread_cond_broadcast(&writer->has_pages);
    pthread_mutex_unlock(&writer->lock);
    if (writer->is_started)
        pthread_join(writer->thread, NULL);
    if (writer->is_checkpoint_started)
        pthread_join(writer->checkpoint_thread, NULL);
    writer->is_started = writer->is_checkpoint_started = false;
}

void store_writer_give(struct store_writer *writer, struct store_batch *batch, const struct store_name *names)
{
    pthread_mutex_lock(&writer->lock);
    writer->job = batch;
    writer->names = names;
    pthread_cond_signal(&writer->has_job);
    pthread_mutex_unlock(&writer->lock);
}
