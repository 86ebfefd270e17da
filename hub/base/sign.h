/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 (RFC 8032), plain: what is signed is the bytes themselves, so that any tool that knows the curve can check
 * it. base_hash_init comes first. */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE_SIGN_SEED_SIZE 32 /* the secret key of RFC 8032 */
#define BASE_SIGN_KEY_SIZE 32  /* the public key */
#define BASE_SIGN_SIZE 64      /* a signature */

/* Wiped by base_sign_pair_fini. */
struct base_sign_pair {
    uint8_t seed[BASE_SIGN_SEED_SIZE];
    uint8_t key[BASE_SIGN_KEY_SIZE];
};

/* A new pair, from the machine's random numbers. */
void base_sign_pair_create(struct base_sign_pair *pair);
/* The public key of pair->seed into pair->key. */
void base_sign_pair_derive(struct base_sign_pair *pair);
void base_sign_pair_fini(struct base_sign_pair *pair);

void base_sign(const struct base_sign_pair *pair, const void *bytes, size_t size, uint8_t signature[BASE_SIGN_SIZE]);

/* Did the owner of key sign these bytes? */
bool base_sign_is_by(const uint8_t key[BASE_SIGN_KEY_SIZE], const void *bytes, size_t size,
                     const uint8_t signature[BASE_SIGN_SIZE]);

#endif
