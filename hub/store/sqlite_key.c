/* SPDX-License-Identifier: Apache-2.0 */
/* Idempotency keys, and persons, at a cost that does not grow with their number.
 *
 *   intake -> row appended to the table, entry in memory (fresh)
 *   merge_count fresh entries -> sorted (merging) -> a few into the prefix tree with each commit
 *
 * Hashes are spread over the whole tree: one by one, each would dirty a page of its
 * own. In order, neighbours share a page. Entries not yet in the tree are found in
 * memory, and read again from the appended rows at open; a mark on disk says up to
 * where the tree is whole. What a rolled back batch did here is undone with it. */
#include "store/sqlite_key.h"

#include <stdlib.h>
#include <string.h>

#define MERGES_PER_KEY 2u                     /* so a merge ends before the next is due */
#define TWINS_MAX 16u /* entries in memory with one 64-bit prefix: finding that many takes 2^60 hashes */

static const struct {
    enum store_sql prefix_add, merged_put;
    const char *last, *unmerged; /* queries of the start: the newest row; rows after the mark */
} tables[] = {
    [STORE_KEYS_IDEMPOTENCY] = {STORE_SQL_PREFIX_ADD, STORE_SQL_MERGED_PUT,
                                "SELECT coalesce(max(seq), 0) FROM idempotency",
                                "SELECT seq, key_hash FROM idempotency"
                                " WHERE seq > (SELECT seq FROM idempotency_merged) ORDER BY seq"},
    [STORE_KEYS_PERSON] = {STORE_SQL_PERSON_PREFIX_ADD, STORE_SQL_PERSON_MERGED_PUT,
                           "SELECT coalesce(max(seq), 0) FROM person",
                           "SELECT seq, hash FROM person"
                           " WHERE seq > (SELECT seq FROM person_merged) ORDER BY seq"},
};

int64_t store_key_prefix(const uint8_t hash[BASE_HASH_SIZE])
{
    uint64_t prefix = 0;

    for (unsigned i = 0; i < 8; i++)
        prefix = prefix << 8 | hash[i];
    return (int64_t)prefix;
}

/* Strangers choose the keys and so, with patience, a prefix; by a secret factor it
 * does not choose the slot as well. */
static uint32_t slot_of(const struct store_keys *keys, int64_t prefix)
{
    return (uint32_t)((uint64_t)prefix * keys->factor >> 40) & (keys->slot_count - 1);
}

/* In front of the others of its slot: one person may have a long row of entries. */
static void slot_put(struct store_keys *keys, uint32_t index)
{
    uint32_t *slot = &keys->slots[slot_of(keys, keys->fresh[index].prefix)];

    keys->older[index] = *slot;
    *slot = index + 1;
}

static void slots_rebuild(struct store_keys *keys)
{
    memset(keys->slots, 0, keys->slot_count * sizeof(*keys->slots));
    for (uint32_t i = 0; i < keys->fresh_count; i++)
        slot_put(keys, i);
}

int store_keys_init(struct store_keys *keys, enum store_keys_kind kind, uint32_t merge_count, uint64_t factor)
{
    assert(merge_count <= STORE_KEY_MERGE_MAX);
    keys->kind = kind;
    keys->merge_count = merge_count > 0 ? merge_count : STORE_KEY_MERGE_MAX;
    pthread_mutex_init(&keys->lock, NULL);
    keys->factor = factor | 1;
    /* Two merges' worth may be fresh at open; a merge ends before half its entries and a batch are fresh again. */
    keys->entries_max = 2 * keys->merge_count + 2 * STORE_BATCH_WRITES_MAX;
    for (keys->slot_count = 1; keys->slot_count < keys->entries_max;)
        keys->slot_count *= 2;
    keys->fresh = base_alloc(keys->entries_max * sizeof(*keys->fresh));
    keys->merging = base_alloc(keys->entries_max * sizeof(*keys->merging));
    keys->slots = base_alloc(keys->slot_count * sizeof(*keys->slots));
    keys->older = base_alloc(keys->entries_max * sizeof(*keys->older));
    bool is_whole = keys->fresh != NULL && keys->merging != NULL && keys->slots != NULL && keys->older != NULL;
    return is_whole ? OD_OK : OD_ENOMEM;
}

void store_keys_fini(struct store_keys *keys)
{
    base_free(keys->fresh);
    base_free(keys->merging);
    base_free(keys->slots);
    base_free(keys->older);
    pthread_mutex_destroy(&keys->lock);
}

static void fresh_add(struct store_keys *keys, int64_t prefix, uint64_t seq)
{
    assert(keys->fresh_count < keys->entries_max);
    keys->fresh[keys->fresh_count] = (struct store_key_entry){.prefix = prefix, .seq = seq};
    slot_put(keys, keys->fresh_count++);
    keys->last_seq = seq;
}

static int compare(const void *a, const void *b)
{
    const struct store_key_entry *left = a, *right = b;

    if (left->prefix != right->prefix)
        return left->prefix < right->prefix ? -1 : 1;
    return left->seq < right->seq ? -1 : left->seq > right->seq;
}

/* The fresh entries become those to be merged; there are none at that moment. */
static void merge_start(struct store_keys *keys)
{
    struct store_key_entry *entries = keys->merging;

    keys->merging = keys->fresh;
    keys->merging_count = keys->fresh_count;
    keys->merged = 0;
    keys->merging_last_seq = keys->last_seq;
    keys->fresh = entries;
    keys->fresh_count = 0;
    qsort(keys->merging, keys->merging_count, sizeof(*keys->merging), compare);
    slots_rebuild(keys);
}

static int mark_write(const struct store_keys *keys, struct store_connection *connection)
{
    sqlite3_stmt *mark = connection->statements[tables[keys->kind].merged_put];

    store_bind_number(mark, 1, (int64_t)keys->merging_last_seq);
    sqlite3_step(mark);
    return sqlite3_reset(mark);
}

/* At most count entries go into the tree. */
static int merge(struct store_keys *keys, struct store_connection *connection, uint32_t count)
{
    sqlite3_stmt *add = connection->statements[tables[keys->kind].prefix_add];
    int rc = SQLITE_OK;

    if (keys->merging_count == 0)
        return SQLITE_OK;
    for (uint32_t i = 0; i < count && keys->merged < keys->merging_count && rc == SQLITE_OK; i++) {
        const struct store_key_entry *entry = &keys->merging[keys->merged++];
        store_bind_number(add, 1, entry->prefix);
        store_bind_number(add, 2, (int64_t)entry->seq);
        sqlite3_step(add);
        rc = sqlite3_reset(add);
    }
    if (rc == SQLITE_OK && keys->merged == keys->merging_count)
        rc = mark_write(keys, connection);
    return rc;
}

void store_keys_begin(struct store_keys *keys)
{
    if (keys->merging_count == 0 && keys->fresh_count >= keys->merge_count) {
        pthread_mutex_lock(&keys->lock);
        merge_start(keys);
        pthread_mutex_unlock(&keys->lock);
    }
    keys->fresh_kept = keys->fresh_count;
    keys->merged_kept = keys->merged;
    keys->last_seq_kept = keys->last_seq;
}

int store_keys_merge_due(struct store_keys *keys, struct store_connection *connection)
{
    return merge(keys, connection, MERGES_PER_KEY * (keys->fresh_count - keys->fresh_kept));
}

void store_keys_end(struct store_keys *keys, bool is_committed)
{
    pthread_mutex_lock(&keys->lock);
    if (is_committed && keys->merged == keys->merging_count) {
        keys->merging_count = keys->merged = 0;
    } else if (!is_committed) {
        keys->fresh_count = keys->fresh_kept;
        keys->merged = keys->merged_kept;
        keys->last_seq = keys->last_seq_kept;
        slots_rebuild(keys);
    }
    pthread_mutex_unlock(&keys->lock);
}

/* The first entry to be merged that is above prefix. */
static uint32_t merging_end(const struct store_keys *keys, int64_t prefix)
{
    uint32_t low = 0, high = keys->merging_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (keys->merging[middle].prefix <= prefix)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t store_keys_recent(struct store_keys *keys, int64_t prefix, uint64_t *seqs, uint32_t room)
{
    uint32_t count = 0;

    pthread_mutex_lock(&keys->lock);
    for (uint32_t at = keys->slots[slot_of(keys, prefix)]; at != 0 && count < room; at = keys->older[at - 1]) {
        if (keys->fresh[at - 1].prefix == prefix)
            seqs[count++] = keys->fresh[at - 1].seq;
    }
    for (uint32_t i = merging_end(keys, prefix); i > 0 && keys->merging[i - 1].prefix == prefix && count < room; i--)
        seqs[count++] = keys->merging[i - 1].seq;
    pthread_mutex_unlock(&keys->lock);
    return count;
}

static int holder_take(sqlite3_stmt *row, struct store_key_holder *holder)
{
    if (sqlite3_column_bytes(row, 1) != BASE_HASH_SIZE)
        return SQLITE_CORRUPT;
    holder->is_found = true;
    holder->application = (uint64_t)sqlite3_column_int64(row, 0);
    memcpy(holder->body_hash, sqlite3_column_blob(row, 1), BASE_HASH_SIZE);
    return SQLITE_OK;
}

static int row_check(sqlite3_stmt *statement, struct store_key_holder *holder)
{
    int found = sqlite3_step(statement) == SQLITE_ROW ? holder_take(statement, holder) : SQLITE_OK;
    int rc = sqlite3_reset(statement);

    return rc != SQLITE_OK ? rc : found;
}

/* Memory first: an entry leaves it only after the commit that put it into the tree, so a
 * snapshot taken afterwards has it in one of the two. */
int store_key_find(struct store_keys *keys, sqlite3_stmt *by_seq, sqlite3_stmt *by_prefix,
                   const uint8_t key_hash[BASE_HASH_SIZE], struct store_key_holder *holder)
{
    int64_t prefix = store_key_prefix(key_hash);
    uint64_t seqs[TWINS_MAX];
    uint32_t count = store_keys_recent(keys, prefix, seqs, TWINS_MAX);
    int rc = SQLITE_OK;

    *holder = (struct store_key_holder){.is_found = false};
    store_bind_bytes(by_seq, 2, key_hash, BASE_HASH_SIZE);
    for (uint32_t i = 0; i < count && rc == SQLITE_OK && !holder->is_found; i++) {
        store_bind_number(by_seq, 1, (int64_t)seqs[i]);
        rc = row_check(by_seq, holder);
    }
    if (rc != SQLITE_OK || holder->is_found)
        return rc;
    store_bind_number(by_prefix, 1, prefix);
    store_bind_bytes(by_prefix, 2, key_hash, BASE_HASH_SIZE);
    return row_check(by_prefix, holder);
}

int store_key_check(struct store_keys *keys, struct store_connection *connection, struct store_write *write)
{
    struct store_key_holder holder;
    int rc = store_key_find(keys, connection->statements[STORE_SQL_KEY_ROW],
                            connection->statements[STORE_SQL_KEY_FIND], write->key_hash, &holder);

    if (rc == SQLITE_OK && holder.is_found) {
        write->rc = OD_EEXIST;
        write->existing = holder.application;
        write->is_same_body = memcmp(holder.body_hash, write->body_hash, BASE_HASH_SIZE) == 0;
    }
    return rc;
}

uint64_t store_keys_next(const struct store_keys *keys)
{
    return keys->last_seq + 1;
}

void store_keys_append(struct store_keys *keys, int64_t prefix)
{
    pthread_mutex_lock(&keys->lock);
    fresh_add(keys, prefix, keys->last_seq + 1);
    pthread_mutex_unlock(&keys->lock);
}

int store_key_add(struct store_keys *keys, struct store_connection *connection, const struct store_write *write)
{
    sqlite3_stmt *add = connection->statements[STORE_SQL_KEY_ADD];

    store_bind_number(add, 1, (int64_t)store_keys_next(keys));
    store_bind_number(add, 2, (int64_t)write->application);
    store_bind_bytes(add, 3, write->key_hash, BASE_HASH_SIZE);
    store_bind_bytes(add, 4, write->body_hash, BASE_HASH_SIZE);
    sqlite3_step(add);
    int rc = sqlite3_reset(add);
    if (rc == SQLITE_OK)
        store_keys_append(keys, store_key_prefix(write->key_hash));
    return rc;
}

/* All fresh entries at once, in a transaction of their own: crashes one after the
 * other, each before a merge ended, have left more of them than memory is meant for. */
static int merge_all(struct store_keys *keys, struct store_connection *connection)
{
    int rc = sqlite3_exec(connection->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    merge_start(keys);
    if (rc == SQLITE_OK)
        rc = merge(keys, connection, keys->entries_max);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(connection->db, "COMMIT", NULL, NULL, NULL);
    keys->merging_count = keys->merged = 0;
    return rc;
}

/* The newest row's number, also when every key is merged and none is read below. */
static int last_seq_load(struct store_keys *keys, struct store_connection *connection)
{
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(connection->db, tables[keys->kind].last, -1, &row, NULL);

    if (rc == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        keys->last_seq = (uint64_t)sqlite3_column_int64(row, 0);
    int end = sqlite3_finalize(row);
    return rc == SQLITE_OK ? end : rc;
}

static int fresh_load(struct store_keys *keys, struct store_connection *connection)
{
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(connection->db, tables[keys->kind].unmerged, -1, &row, NULL);

    while (rc == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW && keys->fresh_count < keys->entries_max) {
        if (sqlite3_column_bytes(row, 1) != BASE_HASH_SIZE)
            rc = SQLITE_CORRUPT;
        else
            fresh_add(keys, store_key_prefix(sqlite3_column_blob(row, 1)), (uint64_t)sqlite3_column_int64(row, 0));
    }
    bool is_full = keys->fresh_count == keys->entries_max;
    int end = sqlite3_finalize(row);
    if (rc == SQLITE_OK)
        rc = end;
    if (rc == SQLITE_OK && keys->fresh_count > 2 * keys->merge_count)
        rc = merge_all(keys, connection);
    return rc == SQLITE_OK && is_full ? fresh_load(keys, connection) : rc;
}

int store_keys_load(struct store_keys *keys, struct store_connection *connection)
{
    int rc = last_seq_load(keys, connection);

    return rc == SQLITE_OK ? fresh_load(keys, connection) : rc;
}
