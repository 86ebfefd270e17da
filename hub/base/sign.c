/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sign.h"

#include "base/hash.h"

#include <sodium.h>

_Static_assert(crypto_sign_SEEDBYTES == BASE_SIGN_SEED_SIZE, "RFC 8032");
_Static_assert(crypto_sign_PUBLICKEYBYTES == BASE_SIGN_KEY_SIZE, "RFC 8032");
_Static_assert(crypto_sign_BYTES == BASE_SIGN_SIZE, "RFC 8032");

void base_sign_pair_create(struct base_sign_pair *pair)
{
    base_random(pair->seed, sizeof(pair->seed));
    base_sign_pair_derive(pair);
}

void base_sign_pair_derive(struct base_sign_pair *pair)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(pair->key, secret, pair->seed);
    sodium_memzero(secret, sizeof(secret));
}

void base_sign_pair_fini(struct base_sign_pair *pair)
{
    sodium_memzero(pair, sizeof(*pair));
}

void base_sign(const struct base_sign_pair *pair, const void *bytes, size_t size, uint8_t signature[BASE_SIGN_SIZE])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES], key[BASE_SIGN_KEY_SIZE];

    crypto_sign_seed_keypair(key, secret, pair->seed);
    crypto_sign_detached(signature, NULL, bytes, size, secret);
    sodium_memzero(secret, sizeof(secret));
}

bool base_sign_is_by(const uint8_t key[BASE_SIGN_KEY_SIZE], const void *bytes, size_t size,
                     const uint8_t signature[BASE_SIGN_SIZE])
{
    return crypto_sign_verify_detached(signature, bytes, size, key) == 0;
}
