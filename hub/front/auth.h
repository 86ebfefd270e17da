/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: whom a Bearer secret belongs to. Two kinds stand in one table.
 *
 *   of the configuration  SHA-256 of the secret, compared in constant time
 *   made at run time      argon2id of the secret, which is dear, so that it is asked once in the life of a process: the
 *                         keyed hash (HMAC) of a secret that passed is kept in memory. Its first eight bytes, the tag,
 *                         are stored with the key: a secret whose tag nobody has costs one HMAC and no more
 *
 *   secret -> front_keys_meet -> unknown | known | to be checked -> [pool: argon2id] -> known | unknown
 *
 * Tables are counted references, so that a reload does not pull the identity from under a request. Private to
 * hub/front. */
#ifndef FRONT_AUTH_H
#define FRONT_AUTH_H

#include "front/front.h"

#define FRONT_KEYS_MAX 65536 /* keys in one table */
#define FRONT_SECRET_MAX 512 /* bytes of a Bearer secret; longer ones are unknown */

struct front_key_row {
    struct front_key key;
    uint8_t seen[BASE_HASH_SIZE]; /* keyed hash of its secret, once argon2id said that it is the one */
    bool is_seen, is_over;        /* over: it was revoked */
};

struct front_keys {
    unsigned refs;
    size_t count;
    uint8_t tag_key[BASE_HASH_SIZE]; /* of keyed hashes; zeros until it is set */
    uint32_t starts[257];            /* rows by the first byte of their hash */
    struct front_key_row rows[];
};

/* One reference for the caller. Errors: OD_ENOMEM; OD_EINVAL two keys have one hash, or there
 * are more than FRONT_KEYS_MAX. */
OD_MUST_CHECK int front_keys_create(const struct front_key *keys, size_t count,
                                    struct front_keys **out);
struct front_keys *front_keys_share(struct front_keys *keys);
void front_keys_release(struct front_keys *keys); /* accepts NULL */

/* What another table has learnt of the same keys: whose secret was seen. */
void front_keys_learn(struct front_keys *keys, const struct front_keys *before);

enum front_key_verdict {
    FRONT_KEY_UNKNOWN = 0,
    FRONT_KEY_KNOWN,
    FRONT_KEY_UNSEEN, /* its tag is right; argon2id has the word */
};

/* Whom a secret belongs to. *row is borrowed from the table; NULL when it is unknown. A key that is over or has expired
 * is unknown. */
enum front_key_verdict front_keys_meet(struct front_keys *keys, const char *secret, size_t size,
                                       struct front_key_row **row);

/* The key of a secret that needs no more than the table, borrowed from it, or NULL. */
const struct front_key *front_keys_find(struct front_keys *keys, const char *secret, size_t size);

/* The row of a key that is not over, by its id and hash; NULL = it is gone. */
struct front_key_row *front_keys_same(struct front_keys *keys, const char *id, const uint8_t hash[BASE_HASH_SIZE]);

/* The key of an id that is not over, or NULL. Cost: O(keys). */
const struct front_key *front_keys_of_id(struct front_keys *keys, const char *id);

/* Does whoever asks show the client certificate that the key is bound to, if it is bound to one? Only a proxy in front
 * of a unix socket is believed: it writes X-Client-Verify and X-Client-Fingerprint anew. request.c */
bool front_key_is_held(const struct front_key *key, struct front_request *request);

/* The secret of "Bearer SECRET" (any case of the scheme); NULL for anything else. Borrowed. */
const char *front_bearer_find(const char *value, size_t size, size_t *secret_size);

/* -- auth_check.c: argon2id in the pool, one secret at a time, so that its memory is bounded -- */

#define FRONT_CHECKS_MAX 256 /* secrets that wait for it */

/* row: of keys, NULL when the secret is not its own. The callback runs once, from the loop, never from within start. */
typedef void (*front_checked_cb)(void *owner, struct front_keys *keys, struct front_key_row *row);

struct front_check {
    struct front_check *next;
    struct front_keys *keys; /* a reference */
    struct front_key_row *row;
    char secret[FRONT_SECRET_TEXT_SIZE];
    front_checked_cb on_checked;
    void *owner;
};

struct front_checks {
    struct front *front;
    struct front_check *first, *last; /* owned; the first one is in the pool while is_running */
    unsigned count;
    bool is_running, is_right;
    uv_work_t work;
};

/* secret, of FRONT_SECRET_TEXT_SIZE - 1 bytes, is copied. Errors (no callback): OD_EBUSY too many wait, OD_ENOMEM. */
OD_MUST_CHECK int front_check_start(struct front *front, struct front_keys *keys, struct front_key_row *row,
                                    const char *secret, front_checked_cb on_checked, void *owner);

#endif
