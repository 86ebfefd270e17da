/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, HMAC-SHA-256, random bytes and hexadecimal; with hub/package/minisign.c the only user of sodium.h
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

void base_random(void *bytes, size_t size);

/* Compare in constant time. */
bool base_hash_equal(const uint8_t a[BASE_HASH_SIZE], const uint8_t b[BASE_HASH_SIZE]);

/* 2 * size lower-case digits and a NUL into text. */
void base_hex(const uint8_t *bytes, size_t size, char *text);

/* Errors: OD_ESYNTAX unless text is exactly 2 * size hexadecimal digits. */
OD_MUST_CHECK int base_unhex(const char *text, uint8_t *bytes, size_t size);

#endif
