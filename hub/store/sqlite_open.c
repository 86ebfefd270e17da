/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, closing, and the loop's side of a commit.
 *
 *   store_open: folder -> lock -> writer's connection -> schema -> load -> readers -> threads -> bell
 *   store_commit_start -> [writer] -> on_ring -> on_committed
 *   store_close -> (on_ring of the batch in hand) -> close_now -> on_bell_closed -> on_closed */
#include "base/log.h"
#include "base/number.h"
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CACHE_MIB_DEFAULT 32
#define CACHE_MIB_MAX 4096
#define READERS_DEFAULT 4
#define READERS_MAX 64
#define READER_CACHE_KIB 1024
#define PAGE_SIZE_DEFAULT 8192 /* docs/adr: measured against 4096 and 16384 */
#define PRAGMAS_MAX 512

/* sentence: what is the matter with the folder, and the remedy. */
static int complain(struct store *store, char text[STORE_TEXT_MAX], int rc, const char *sentence)
{
    snprintf(text, STORE_TEXT_MAX, "Data folder %s: %s", store->folder, sentence);
    return rc;
}

static int folder_lock(struct store *store, char text[STORE_TEXT_MAX])
{
    char path[PATH_MAX];

    if (mkdir(store->folder, 0700) != 0 && errno != EEXIST)
        return complain(store, text, OD_EIO, "it cannot be created. Create its parent, or give the hub's user "
                                             "the right to.");
    if ((size_t)snprintf(path, sizeof(path), "%s/hub.lock", store->folder) >= sizeof(path))
        return complain(store, text, OD_EIO, "its path is too long. Choose a shorter one.");
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return complain(store, text, OD_EIO, "it cannot be written to. Give the hub's user the right to, or "
                                             "mount it writable.");
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return complain(store, text, OD_EBUSY, "another hub already serves it. Stop that one, or give this one "
                                               "a folder of its own.");
    return OD_OK;
}

static int connection_open(struct store *store, struct store_connection *connection, const char *vfs,
                           const char *pragmas)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/hub.db", store->folder);
    if (store_connection_open(connection, path, vfs, pragmas) != SQLITE_OK)
        return store_connection_complain(connection, "open");
    return OD_OK;
}

/* Page size counts for a new file only. Deleted cells are overwritten where that
 * costs no extra page, so that old texts do not linger. */
static int writer_open(struct store *store, const struct store_options *options)
{
    char pragmas[PRAGMAS_MAX];
    uint32_t cache_mib = options->cache_mib > 0 ? options->cache_mib : CACHE_MIB_DEFAULT;

    snprintf(pragmas, sizeof(pragmas),
             "PRAGMA page_size = %u; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
             "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -%u; PRAGMA secure_delete = FAST;"
             "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY",
             options->page_size > 0 ? options->page_size : PAGE_SIZE_DEFAULT, cache_mib * 1024);
    return connection_open(store, &store->writer.connection, options->vfs, pragmas);
}

/* The first column of the only row of a query. */
static int number_load(sqlite3 *db, const char *query, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &statement, NULL);

    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK ? rc : SQLITE_IOERR;
}

static int chain_load(sqlite3 *db, struct store_chain *chain)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1", -1, &statement, NULL);

    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        if (sqlite3_column_bytes(statement, 1) == BASE_HASH_SIZE)
            memcpy(chain->hash, sqlite3_column_blob(statement, 1), BASE_HASH_SIZE);
        chain->seq = (uint64_t)sqlite3_column_int64(statement, 0);
    }
    return sqlite3_finalize(statement) == SQLITE_OK ? rc : SQLITE_IOERR;
}

/* Numbers are given without gaps, so the n-th row of a kind has number n. */
static int name_load(struct store *store, sqlite3_stmt *row)
{
    struct store_name *name = NULL;
    int kind = sqlite3_column_int(row, 0);
    const char *id = (const char *)sqlite3_column_text(row, 2);

    if (kind <= STORE_NAME_NONE || kind >= STORE_NAME_KINDS || id == NULL)
        return OD_EIO;
    int rc = store_names_add(&store->names[kind], (enum store_name_kind)kind, id, &name);
    if (rc == OD_OK && name->number != (uint32_t)sqlite3_column_int64(row, 1))
        rc = OD_EIO;
    return rc;
}

static int names_load(struct store *store, sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int rc = OD_OK;

    if (sqlite3_prepare_v2(db, "SELECT kind, number, id FROM name ORDER BY kind, number", -1, &statement, NULL) !=
        SQLITE_OK)
        return OD_EIO;
    while (rc == OD_OK && sqlite3_step(statement) == SQLITE_ROW)
        rc = name_load(store, statement);
    if (sqlite3_finalize(statement) != SQLITE_OK)
        rc = OD_EIO;
    return rc;
}

/* What the hub must know before the first batch; nothing here grows with the store. */
static int heads_load(struct store *store)
{
    struct store_connection *connection = &store->writer.connection;
    int64_t last = 0, page_size = 0;

    if (number_load(connection->db, "SELECT max(id) FROM application", &last) != SQLITE_OK ||
        number_load(connection->db, "PRAGMA page_size", &page_size) != SQLITE_OK ||
        chain_load(connection->db, &store->writer.heads.chain) != SQLITE_OK ||
        store_connection_prepare(connection, 0, STORE_SQL_WRITER_END) != SQLITE_OK ||
        store_keys_load(&store->writer.heads.keys, connection) != SQLITE_OK)
        return store_connection_complain(connection, "load");
    store->writer.page_size = (uint32_t)page_size;
    store->application_next = (uint64_t)last + 1;
    store->journal_last = store->figures.journal_seq = store->writer.heads.chain.seq;
    return names_load(store, connection->db);
}

static int readers_open(struct store *store, const struct store_options *options)
{
    char pragmas[PRAGMAS_MAX];
    uint32_t count = options->reader_count > 0 ? options->reader_count : READERS_DEFAULT;
    int rc = OD_OK;

    snprintf(pragmas, sizeof(pragmas), "PRAGMA query_only = ON; PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY",
             READER_CACHE_KIB);
    store->readers = base_alloc(count * sizeof(*store->readers));
    if (store->readers == NULL)
        return OD_ENOMEM;
    store->reader_count = count;
    for (uint32_t i = 0; i < count && rc == OD_OK; i++) {
        struct store_connection *connection = &store->readers[i].connection;
        store->readers[i].keys = &store->writer.heads.keys;
        rc = connection_open(store, connection, options->vfs, pragmas);
        if (rc == OD_OK &&
            store_connection_prepare(connection, STORE_SQL_WRITER_END, STORE_SQL_COUNT) != SQLITE_OK)
            rc = store_connection_complain(connection, "prepare");
    }
    return rc;
}

static int connections_open(struct store *store, const struct store_options *options, char text[STORE_TEXT_MAX])
{
    int rc = store_keys_init(&store->writer.heads.keys, options->key_merge_count);

    if (rc == OD_OK)
        rc = writer_open(store, options);
    if (rc == OD_OK && (rc = store_schema_migrate(&store->writer.connection, text)) != OD_OK)
        return rc; /* text says why */
    if (rc == OD_OK)
        rc = heads_load(store);
    if (rc == OD_OK)
        rc = connection_open(store, &store->writer.checkpointer, options->vfs,
                             "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 8");
    if (rc == OD_OK)
        rc = readers_open(store, options);
    if (rc == OD_ENOMEM)
        complain(store, text, rc, "there is not enough memory to open the store.");
    else if (rc != OD_OK)
        complain(store, text, rc, "the store cannot be opened; the log line above has the reason. Check the disk, "
                                  "its space and the rights of the hub's user.");
    return rc;
}

static void store_fini(struct store *store)
{
    store_writer_stop(&store->writer);
    for (uint32_t i = 0; i < store->reader_count; i++) {
        assert(!store->readers[i].is_taken);
        store_connection_fini(&store->readers[i].connection);
    }
    base_free(store->readers);
    store->readers = NULL;
    store->reader_count = 0;
    store_connection_fini(&store->writer.checkpointer);
    store_connection_fini(&store->writer.connection); /* the last one empties the log */
    store_keys_fini(&store->writer.heads.keys);
    for (unsigned i = 0; i < STORE_NAME_KINDS; i++)
        store_names_fini(&store->names[i]);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    store->lock_fd = -1;
}

static void store_free(struct store *store)
{
    pthread_mutex_destroy(&store->reader_lock);
    pthread_cond_destroy(&store->reader_free);
    pthread_mutex_destroy(&store->writer.lock);
    pthread_mutex_destroy(&store->writer.checkpointing);
    pthread_cond_destroy(&store->writer.has_job);
    pthread_cond_destroy(&store->writer.has_pages);
    base_free(store->folder);
    base_free(store);
}

static struct store *store_make(uv_loop_t *loop, const char *folder)
{
    struct store *store = base_alloc(sizeof(*store));

    if (store == NULL)
        return NULL;
    store->loop = loop;
    store->lock_fd = -1;
    store->writer.bell = &store->bell;
    pthread_mutex_init(&store->reader_lock, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    pthread_mutex_init(&store->writer.lock, NULL);
    pthread_mutex_init(&store->writer.checkpointing, NULL);
    pthread_cond_init(&store->writer.has_job, NULL);
    pthread_cond_init(&store->writer.has_pages, NULL);
    store->folder = base_copy_text(folder, strlen(folder));
    if (store->folder == NULL) {
        store_free(store);
        return NULL;
    }
    return store;
}

static void on_ring(struct base_bell *bell);

int store_open(uv_loop_t *loop, const struct store_options *options, struct store **out, char text[STORE_TEXT_MAX])
{
    assert(options->cache_mib <= CACHE_MIB_MAX);
    assert(options->reader_count <= READERS_MAX);

    struct store *store = store_make(loop, options->folder);
    if (store == NULL) {
        snprintf(text, STORE_TEXT_MAX, "There is not enough memory to open the store in %s.", options->folder);
        return OD_ENOMEM;
    }
    store_connection_prepare_process();
    int rc = folder_lock(store, text);
    if (rc == OD_OK)
        rc = connections_open(store, options, text);
    if (rc != OD_OK)
        goto fail;
    rc = store_writer_start(&store->writer);
    if (rc == OD_OK)
        rc = base_bell_init(&store->bell, loop, on_ring); /* the last step: only a closed bell may go */
    if (rc != OD_OK) {
        complain(store, text, rc, "no thread or event descriptor is left for it. Raise the process's limits.");
        goto fail;
    }
    store->bell.owner = store;
    *out = store;
    return OD_OK;
fail:
    store_fini(store);
    store_free(store);
    return rc;
}

struct store_batch *store_batch_create(void)
{
    return base_alloc(sizeof(struct store_batch));
}

void store_batch_destroy(struct store_batch *batch)
{
    if (batch == NULL)
        return;
    base_arena_fini(&batch->arena);
    base_free(batch);
}

int store_commit_start(struct store *store, struct store_batch *batch, store_committed_cb on_committed)
{
    assert(batch->count <= STORE_BATCH_WRITES_MAX);
    assert(on_committed != NULL);

    if (store->is_closing)
        return OD_ESTATE;
    if (store->batch != NULL)
        return OD_EBUSY;
    store->batch = batch;
    store->on_committed = on_committed;
    store->batch_names = store->pending;
    store->pending = NULL;
    store_writer_give(&store->writer, batch, store->batch_names);
    return OD_OK;
}

/* Names of a batch that found the disk full go with the next one. */
static void names_keep(struct store *store)
{
    while (store->batch_names != NULL) {
        struct store_name *name = store->batch_names;

        store->batch_names = name->next;
        name->next = store->pending;
        store->pending = name;
    }
}

static void heads_move(struct store *store, const struct store_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct store_write *write = &batch->writes[i];

        if (write->kind == STORE_WRITE_INTAKE && write->rc == OD_OK &&
            write->application >= store->application_next)
            store->application_next = write->application + 1;
    }
    store->figures.writes += batch->count;
}

/* The batch that the writer has done, or NULL: a ring may come late. */
static struct store_batch *done_take(struct store *store)
{
    struct store_writer *writer = &store->writer;
    struct store_figures *figures = &store->figures;

    pthread_mutex_lock(&writer->lock);
    struct store_batch *batch = writer->done;
    if (batch != NULL) {
        writer->done = NULL;
        figures->commits++;
        figures->commit_us_sum += writer->commit_us;
        if (writer->commit_us > figures->commit_us_max)
            figures->commit_us_max = writer->commit_us;
        figures->journal_seq = store->journal_last = writer->journal_seq;
        figures->wal_bytes = writer->wal_bytes;
    }
    pthread_mutex_unlock(&writer->lock);
    return batch;
}

static void on_bell_closed(struct base_bell *bell)
{
    struct store *store = bell->owner;
    store_closed_cb on_closed = store->on_closed;
    void *owner = store->owner;

    store_free(store);
    if (on_closed != NULL)
        on_closed(owner);
}

static void close_now(struct store *store)
{
    store_fini(store);
    base_bell_close(&store->bell, on_bell_closed);
}

static void on_ring(struct base_bell *bell)
{
    struct store *store = bell->owner;
    struct store_batch *batch = done_take(store);

    if (batch == NULL)
        return;
    if (batch->rc == OD_OK)
        heads_move(store, batch);
    else
        names_keep(store);
    store->batch = NULL;
    store->batch_names = NULL;
    store->on_committed(batch);
    if (store->is_closing && store->batch == NULL)
        close_now(store);
}

void store_close(struct store *store, store_closed_cb on_closed, void *owner)
{
    assert(!store->is_closing);
    store->is_closing = true;
    store->on_closed = on_closed;
    store->owner = owner;
    if (store->batch == NULL)
        close_now(store);
}

bool store_is_committing(const struct store *store)
{
    return store->batch != NULL;
}

uint64_t store_application_next(const struct store *store)
{
    return store->application_next;
}

uint64_t store_journal_last(const struct store *store)
{
    return store->journal_last;
}

void store_figures(const struct store *store, struct store_figures *figures)
{
    struct statvfs disk;

    *figures = store->figures;
    if (statvfs(store->folder, &disk) == 0)
        figures->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
}
