/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, HMAC-SHA-256, argon2id, random bytes and hexadecimal; with sign.c and hub/package/minisign.c the only user of sodium.h
 * in the hub. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#define BASE_HASH_SIZE 32

/* Once, before any other call here. Errors: OD_EIO no random source. */
OD_MUST_CHECK int base_hash_init(void);

void base_hash(const void *bytes, size_t size, uint8_t hash[BASE_HASH_SIZE]);

/* SHA-256 of what comes in pieces: begin, add any number of times, end. Copied freely; from any one thread at a time. */
#define BASE_HASH_STREAM_SIZE 104
struct base_hash_stream {
    _Alignas(8) unsigned char state[BASE_HASH_STREAM_SIZE];
};
void base_hash_begin(struct base_hash_stream *stream);
void base_hash_add(struct base_hash_stream *stream, const void *bytes, size_t size);
void base_hash_end(struct base_hash_stream *stream, uint8_t hash[BASE_HASH_SIZE]);

/* hash = SHA-256(a then b); for chains, without a copy. */
void base_hash_pair(const void *a, size_t a_size, const void *b, size_t b_size,
                    uint8_t hash[BASE_HASH_SIZE]);

/* RFC 2104 with a 32-byte key. */
void base_hash_keyed(const uint8_t key[32], const void *bytes, size_t size,
                     uint8_t hash[BASE_HASH_SIZE]);

/* RFC 2104 with a key of any size. */
void base_hash_mac(const void *key, size_t key_size, const void *bytes, size_t size,
                   uint8_t hash[BASE_HASH_SIZE]);

/* argon2id of a secret, with its salt and cost, as text: what is stored of a secret that people carry. Any thread;
 * takes tens of milliseconds and BASE_PASSWORD_BYTES of memory for as long.
 *
 * Errors (*text is unchanged): OD_ENOMEM.
 * Source: RFC 9106; the cost is the least that OWASP names for it (19 MiB, two passes). */
#define BASE_PASSWORD_SIZE 128 /* with its NUL */
#define BASE_PASSWORD_BYTES (19u * 1024 * 1024)
OD_MUST_CHECK int base_password_hash(const void *secret, size_t size, char text[BASE_PASSWORD_SIZE]);
/* Is text the hash of this secret? False, too, when memory is short. Cost as base_password_hash. */
bool base_password_is(const char *text, const void *secret, size_t size);

/* Overwrite what must not stay in memory; the compiler does not leave it out. */
void base_wipe(void *bytes, size_t size);

void base_random(void *bytes, size_t size);

/* Base32 of RFC 4648 in lower case, without padding: 8 * n characters of 5 * n bytes, and a NUL. size: a multiple of 5. */
void base_base32(const uint8_t *bytes, size_t size, char *text);

/* Compare in constant time. */
bool base_hash_equal(const uint8_t a[BASE_HASH_SIZE], const uint8_t b[BASE_HASH_SIZE]);

/* 2 * size lower-case digits and a NUL into text. */
void base_hex(const uint8_t *bytes, size_t size, char *text);

/* Errors: OD_ESYNTAX unless text is exactly 2 * size hexadecimal digits. */
OD_MUST_CHECK int base_unhex(const char *text, uint8_t *bytes, size_t size);

#endif
