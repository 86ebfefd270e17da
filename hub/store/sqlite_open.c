/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing.
 *
 *   store_open: folder -> lock -> writer's connection -> schema -> load -> readers -> threads -> bell
 *   store_close -> (the batch in hand) -> store_close_now -> on_bell_closed -> on_closed */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CACHE_MIB_DEFAULT 32
#define CACHE_MIB_MAX 4096
#define READERS_DEFAULT 4
#define READERS_MAX 64
#define READER_CACHE_KIB 1024
#define PAGE_SIZE_DEFAULT 8192 /* as fast as 4096 in small batches, faster in large ones; 16384 writes too much */
#define PRAGMAS_MAX 512
#define LOCK_TRIES 100
#define LOCK_PAUSE_MS 10

int store_folder_complain(const char *folder, char text[STORE_TEXT_MAX], int rc, const char *sentence)
{
    snprintf(text, STORE_TEXT_MAX, "Data folder %s: %s", folder, sentence);
    return rc;
}

/* A hub that is killed while it starts a process leaves its lock to that child, until exec closes it: so
 * that the folder is taken is believed after a second only. */
static bool lock_take(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};

    for (int left = LOCK_TRIES; flock(fd, LOCK_EX | LOCK_NB) != 0; left--) {
        if (left == 0 || (errno != EWOULDBLOCK && errno != EINTR))
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

int store_folder_lock(const char *folder, int *lock_fd, char text[STORE_TEXT_MAX])
{
    char path[PATH_MAX];

    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return store_folder_complain(folder, text, OD_EIO, "it cannot be created. Create its parent, or give the "
                                                           "hub's user the right to.");
    if ((size_t)snprintf(path, sizeof(path), "%s/hub.lock", folder) >= sizeof(path))
        return store_folder_complain(folder, text, OD_EIO, "its path is too long. Choose a shorter one.");
    *lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock_fd < 0)
        return store_folder_complain(folder, text, OD_EIO, "it cannot be written to. Give the hub's user the right "
                                                           "to, or mount it writable.");
    if (!lock_take(*lock_fd))
        return store_folder_complain(folder, text, OD_EBUSY, "another hub already serves it. Stop that one, or give "
                                                             "this one a folder of its own.");
    return OD_OK;
}

/* A restore that was cut off, by a power failure perhaps, and a hub that is started with the machine: it must not begin an empty
 * store where one was on its way. */
static bool is_half_restored(const char *folder)
{
    char stage[PATH_MAX], db[PATH_MAX];

    return (size_t)snprintf(stage, sizeof(stage), "%s/.restore", folder) < sizeof(stage) &&
           (size_t)snprintf(db, sizeof(db), "%s/hub.db", folder) < sizeof(db) && access(stage, F_OK) == 0 && access(db, F_OK) != 0;
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
        store->readers[i].persons = &store->writer.heads.persons;
        rc = connection_open(store, connection, options->vfs, pragmas);
        if (rc == OD_OK &&
            store_connection_prepare(connection, STORE_SQL_WRITER_END, STORE_SQL_COUNT) != SQLITE_OK)
            rc = store_connection_complain(connection, "prepare");
    }
    return rc;
}

static int connections_open(struct store *store, const struct store_options *options, char text[STORE_TEXT_MAX])
{
    struct store_heads *heads = &store->writer.heads;
    uint64_t factor = 0;

    base_random(&factor, sizeof(factor));
    int rc = store_keys_init(&heads->keys, STORE_KEYS_IDEMPOTENCY, options->key_merge_count, factor);
    if (rc == OD_OK)
        rc = store_keys_init(&heads->persons, STORE_KEYS_PERSON, options->key_merge_count, factor);
    if (rc == OD_OK)
        rc = writer_open(store, options);
    if (rc == OD_OK && (rc = store_schema_migrate(&store->writer.connection, text)) != OD_OK)
        return rc; /* text says why */
    if (rc == OD_OK)
        rc = store_heads_load(store);
    if (rc == OD_OK)
        rc = connection_open(store, &store->writer.checkpointer, options->vfs,
                             "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 8");
    if (rc == OD_OK)
        rc = readers_open(store, options);
    if (rc == OD_ENOMEM)
        store_folder_complain(store->folder, text, rc, "there is not enough memory to open the store.");
    else if (rc != OD_OK)
        store_folder_complain(store->folder, text, rc, "the store cannot be opened; the log line above has the reason. "
                                                       "Check the disk, its space and the rights of the hub's user.");
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
    store_keys_fini(&store->writer.heads.persons);
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

static struct store *store_make(const char *folder)
{
    struct store *store = base_alloc(sizeof(*store));

    if (store == NULL)
        return NULL;
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

int store_open(uv_loop_t *loop, const struct store_options *options, struct store **out, char text[STORE_TEXT_MAX])
{
    assert(options->cache_mib <= CACHE_MIB_MAX);
    assert(options->reader_count <= READERS_MAX);

    struct store *store = store_make(options->folder);
    if (store == NULL) {
        snprintf(text, STORE_TEXT_MAX, "There is not enough memory to open the store in %s.", options->folder);
        return OD_ENOMEM;
    }
    store_connection_prepare_process();
    int rc = store_folder_lock(store->folder, &store->lock_fd, text);
    if (rc == OD_OK && is_half_restored(store->folder))
        rc = store_folder_complain(store->folder, text, OD_EIO, "a restore into it was interrupted. Run onedoor restore into an empty folder, "
                                                                "or remove .restore to begin with an empty store.");
    if (rc == OD_OK)
        rc = connections_open(store, options, text);
    if (rc != OD_OK)
        goto fail;
    rc = store_writer_start(&store->writer);
    if (rc == OD_OK)
        rc = base_bell_init(&store->bell, loop, store_on_ring); /* the last step: only a closed bell may go */
    if (rc != OD_OK) {
        store_folder_complain(store->folder, text, rc, "no thread or event descriptor is left for it. Raise the "
                                                       "process's limits.");
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

static void on_bell_closed(struct base_bell *bell)
{
    struct store *store = bell->owner;
    store_closed_cb on_closed = store->on_closed;
    void *owner = store->owner;

    store_free(store);
    if (on_closed != NULL)
        on_closed(owner);
}

void store_close_now(struct store *store)
{
    store_fini(store);
    base_bell_close(&store->bell, on_bell_closed);
}

void store_close(struct store *store, store_closed_cb on_closed, void *owner)
{
    assert(!store->is_closing);
    store->is_closing = true;
    store->on_closed = on_closed;
    store->owner = owner;
    if (store->batch == NULL)
        store_close_now(store);
}
