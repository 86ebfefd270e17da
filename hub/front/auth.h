/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: a Bearer secret is hashed and compared in constant time with the hashes of the
 * configuration. Tables are counted references, so that a reload does not pull the
 * identity from under a request. Private to hub/front. */
#ifndef FRONT_AUTH_H
#define FRONT_AUTH_H

#include "front/front.h"

#define FRONT_KEYS_MAX 65536 /* keys in one configuration */
#define FRONT_SECRET_MAX 512 /* bytes of a Bearer secret; longer ones are unknown */

struct front_keys {
    unsigned refs;
    size_t count;
    uint32_t starts[257]; /* rows by the first byte of their hash */
    struct front_key rows[];
};

/* One reference for the caller. Errors: OD_ENOMEM; OD_EINVAL two keys have one hash, or there
 * are more than FRONT_KEYS_MAX. */
OD_MUST_CHECK int front_keys_create(const struct front_key *keys, size_t count,
                                    struct front_keys **out);
struct front_keys *front_keys_share(struct front_keys *keys);
void front_keys_release(struct front_keys *keys); /* accepts NULL */

/* The key of a secret, borrowed from the table, or NULL. */
const struct front_key *front_keys_find(const struct front_keys *keys, const char *secret,
                                        size_t size);

/* Does whoever asks show the client certificate that the key is bound to, if it is bound to one? Only a proxy in front
 * of a unix socket is believed: it writes X-Client-Verify and X-Client-Fingerprint anew. request.c */
bool front_key_is_held(const struct front_key *key, struct front_request *request);

/* The secret of "Bearer SECRET" (any case of the scheme); NULL for anything else. Borrowed. */
const char *front_bearer_find(const char *value, size_t size, size_t *secret_size);

#endif
