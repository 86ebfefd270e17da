/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_hash_sha256_state) == BASE_HASH_STREAM_SIZE, "libsodium's state fits");
#define PASSWORD_PASSES 2

_Static_assert(crypto_hash_sha256_BYTES == BASE_HASH_SIZE, "SHA-256 has 32 bytes");
_Static_assert(crypto_pwhash_STRBYTES == BASE_PASSWORD_SIZE, "a password's hash as text");

int base_hash_init(void)
{
    return sodium_init() < 0 ? OD_EIO : OD_OK;
}

void base_hash(const void *bytes, size_t size, uint8_t hash[BASE_HASH_SIZE])
{
    crypto_hash_sha256(hash, bytes, size);
}

static crypto_hash_sha256_state *state_of(struct base_hash_stream *stream)
{
    return (crypto_hash_sha256_state *)(void *)stream->state;
}

void base_hash_begin(struct base_hash_stream *stream)
{
    crypto_hash_sha256_init(state_of(stream));
}

void base_hash_add(struct base_hash_stream *stream, const void *bytes, size_t size)
{
    crypto_hash_sha256_update(state_of(stream), bytes, size);
}

void base_hash_end(struct base_hash_stream *stream, uint8_t hash[BASE_HASH_SIZE])
{
    crypto_hash_sha256_final(state_of(stream), hash);
}

void base_hash_pair(const void *a, size_t a_size, const void *b, size_t b_size,
                    uint8_t hash[BASE_HASH_SIZE])
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, a, a_size);
    crypto_hash_sha256_update(&state, b, b_size);
    crypto_hash_sha256_final(&state, hash);
}

void base_hash_keyed(const uint8_t key[32], const void *bytes, size_t size,
                     uint8_t hash[BASE_HASH_SIZE])
{
    crypto_auth_hmacsha256(hash, bytes, size, key);
}

void base_hash_mac(const void *key, size_t key_size, const void *bytes, size_t size,
                   uint8_t hash[BASE_HASH_SIZE])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, key_size);
    crypto_auth_hmacsha256_update(&state, bytes, size);
    crypto_auth_hmacsha256_final(&state, hash);
    sodium_memzero(&state, sizeof(state));
}

int base_password_hash(const void *secret, size_t size, char text[BASE_PASSWORD_SIZE])
{
    char made[BASE_PASSWORD_SIZE];

    if (crypto_pwhash_str_alg(made, secret, size, PASSWORD_PASSES, BASE_PASSWORD_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return OD_ENOMEM;
    memcpy(text, made, sizeof(made));
    return OD_OK;
}

bool base_password_is(const char *text, const void *secret, size_t size)
{
    return crypto_pwhash_str_verify(text, secret, size) == 0;
}

void base_wipe(void *bytes, size_t size)
{
    sodium_memzero(bytes, size);
}

void base_random(void *bytes, size_t size)
{
    randombytes_buf(bytes, size);
}

void base_base32(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

    assert(size % 5 == 0);
    for (size_t i = 0; i < size; i += 5, text += 8) {
        uint64_t group = 0;

        for (size_t k = 0; k < 5; k++)
            group = group << 8 | bytes[i + k];
        for (size_t k = 0; k < 8; k++)
            text[k] = digits[group >> (35 - 5 * k) & 31];
    }
    *text = '\0';
}

bool base_hash_equal(const uint8_t a[BASE_HASH_SIZE], const uint8_t b[BASE_HASH_SIZE])
{
    return sodium_memcmp(a, b, BASE_HASH_SIZE) == 0;
}

void base_hex(const uint8_t *bytes, size_t size, char *text)
{
    sodium_bin2hex(text, 2 * size + 1, bytes, size);
}

int base_unhex(const char *text, uint8_t *bytes, size_t size)
{
    size_t done = 0;

    if (strlen(text) != 2 * size ||
        sodium_hex2bin(bytes, size, text, 2 * size, NULL, &done, NULL) != 0 || done != size)
        return OD_ESYNTAX;
    return OD_OK;
}
