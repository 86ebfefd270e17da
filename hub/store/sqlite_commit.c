/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's side of a commit.
 *
 *   store_commit_start -> [writer] -> store_on_ring -> on_committed -> (store_close_now) */
#include "store/sqlite.h"

#include <sys/statvfs.h>

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
            write->application >= store->application_next && write->application <= INT64_MAX) /* not the self-test */
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

void store_on_ring(struct base_bell *bell)
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
        store_close_now(store);
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
