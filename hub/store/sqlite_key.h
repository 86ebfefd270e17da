/* SPDX-License-Identifier: Apache-2.0 */
/* Private to hub/store: idempotency keys, and persons, by hash. The writer alone
 * changes them; readers look under the lock. Functions return SQLite codes but for init. */
#ifndef STORE_SQLITE_KEY_H
#define STORE_SQLITE_KEY_H

#include "store/sqlite_connection.h"
#include "store/store.h"

/* Two tables are kept in the same way. */
enum store_keys_kind { STORE_KEYS_NONE = 0, STORE_KEYS_IDEMPOTENCY, STORE_KEYS_PERSON };

struct store_key_entry {
    int64_t prefix; /* first 64 bits of the hash */
    uint64_t seq;   /* of its row */
};

struct store_keys {
    enum store_keys_kind kind;
    pthread_mutex_t lock; /* guards the entries against readers */
    struct store_key_entry *fresh, *merging; /* in the order of receipt; sorted */
    uint64_t factor;      /* odd, random, for the life of the process */
    uint32_t *slots;      /* by prefix, the newest of fresh: index + 1, 0 = none */
    uint32_t *older;      /* of fresh: the one before it in its slot: index + 1, 0 = none */
    uint32_t merge_count, entries_max, slot_count; /* slot_count is a power of two */
    uint32_t fresh_count, merging_count;
    uint32_t merged;      /* of merging, in the tree */
    uint64_t last_seq, merging_last_seq;
    uint32_t fresh_kept, merged_kept; /* as they were when the transaction began */
    uint64_t last_seq_kept;
};

struct store_key_holder {
    bool is_found;
    uint64_t application;
    uint8_t body_hash[BASE_HASH_SIZE];
};

/* merge_count: entries that are worth a merge, 0 = STORE_KEY_MERGE_MAX; factor: secret, random.
 * Errors: OD_ENOMEM (to be fini'd all the same). Memory: 3 MiB. */
OD_MUST_CHECK int store_keys_init(struct store_keys *keys, enum store_keys_kind kind, uint32_t merge_count,
                                  uint64_t factor);
void store_keys_fini(struct store_keys *keys);

/* What the tree does not hold yet; the writer's statements are prepared. Cost: bounded by two merges. */
int store_keys_load(struct store_keys *keys, struct store_connection *connection);

/* Around each transaction. */
void store_keys_begin(struct store_keys *keys);
void store_keys_end(struct store_keys *keys, bool is_committed);

/* Who has the idempotency key of an intake: sets write->rc = OD_EEXIST and who. */
int store_key_check(struct store_keys *keys, struct store_connection *connection, struct store_write *write);
/* Record it. */
int store_key_add(struct store_keys *keys, struct store_connection *connection, const struct store_write *write);

/* The number for the next row; once the row is written, the entry. */
uint64_t store_keys_next(const struct store_keys *keys);
void store_keys_append(struct store_keys *keys, int64_t prefix);

int64_t store_key_prefix(const uint8_t hash[BASE_HASH_SIZE]);

/* The rows that may hold a hash, as far as memory knows, newest first, at most room. Returns how many. */
uint32_t store_keys_recent(struct store_keys *keys, int64_t prefix, uint64_t *seqs, uint32_t room);

/* Move entries into the tree, as many as those added since begin ask for. */
int store_keys_merge_due(struct store_keys *keys, struct store_connection *connection);

/* Who has the key, seen through the connection of the two statements. */
int store_key_find(struct store_keys *keys, sqlite3_stmt *by_seq, sqlite3_stmt *by_prefix,
                   const uint8_t key_hash[BASE_HASH_SIZE], struct store_key_holder *holder);

#endif
