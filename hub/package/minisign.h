/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signatures in the format of minisign: Ed25519 over the bytes ("Ed") or over their
 * BLAKE2b-512 ("ED"), and a second signature over the first and the trusted comment.
 * With hub/base/hash.c the only user of sodium.h; base_hash_init comes first. No I/O.
 * Source: https://jedisct1.github.io/minisign/, "Signature format", "Public key format",
 * "Secret key format". */
#ifndef PACKAGE_MINISIGN_H
#define PACKAGE_MINISIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"

#define PACKAGE_KEY_TEXT_SIZE 57      /* "RW..." and NUL */
#define PACKAGE_KEY_FILE_MAX 4096     /* bytes of a key file */
#define PACKAGE_SIGNATURE_MAX 4096    /* bytes of a signature file */
#define PACKAGE_COMMENT_MAX 1024      /* bytes of a comment */
#define PACKAGE_PASSWORD_MAX 1024     /* bytes */
#define PACKAGE_SCRYPT_MEMORY_MAX (UINT64_C(2) << 30) /* bytes that a key file may ask for */

struct package_public_key {
    uint8_t id[8];
    uint8_t key[32];
};

struct package_secret_key {
    uint8_t id[8];
    uint8_t secret[64]; /* seed and public key; package_secret_key_fini wipes it */
};

struct package_signature {
    bool is_prehashed;
    uint8_t id[8]; /* of the key */
    uint8_t signature[64];
    uint8_t global[64];
    char comment[PACKAGE_COMMENT_MAX + 1]; /* the trusted one */
};

enum package_signature_fault {
    PACKAGE_SIGNATURE_FINE = 0,
    PACKAGE_SIGNATURE_OTHER_KEY, /* another key signed */
    PACKAGE_SIGNATURE_BYTES,     /* other bytes were signed */
    PACKAGE_SIGNATURE_COMMENT,   /* another trusted comment was signed */
};

/* "RW..." alone, or a public key file. Errors: OD_ESYNTAX (*key unchanged). */
OD_MUST_CHECK int package_public_key_read(const char *text, size_t size, struct package_public_key *key);
void package_public_key_put(const struct package_public_key *key, char text[PACKAGE_KEY_TEXT_SIZE]);

/* The id as minisign shows it: 16 capital hexadecimal digits. */
void package_key_id_put(const uint8_t id[8], char text[17]);

/* A signature file: four lines. Errors: OD_ESYNTAX, OD_ELIMIT (*signature unchanged). */
OD_MUST_CHECK int package_signature_read(const char *text, size_t size, struct package_signature *signature);

/* Did key sign bytes and the comment? */
enum package_signature_fault package_signature_check(const struct package_signature *signature,
                                                     const struct package_public_key *key, const void *bytes,
                                                     size_t size);

/* The signature file of bytes into buffer. comment: one line, the trusted one. Errors: OD_ENOMEM, and
 * OD_EINVAL the comment has a line break or more than PACKAGE_COMMENT_MAX bytes. */
OD_MUST_CHECK int package_sign(const struct package_secret_key *key, const void *bytes, size_t size, bool is_prehashed,
                               const char *comment, struct base_buffer *buffer);

/* A new pair, from the machine's random numbers. */
void package_key_create(struct package_secret_key *secret, struct package_public_key *key);
void package_secret_key_fini(struct package_secret_key *key);
/* Both wipe nothing of the caller's: base_buffer_fini leaves the bytes to the allocator, so wipe them first. */
void package_wipe(void *bytes, size_t size);

/* A secret key file. *needs_password: it is encrypted; then password is used, and NULL is OD_EDENIED.
 * Cost: scrypt, about a second and up to 1 GiB when it is encrypted.
 * Errors (*key unchanged): OD_ESYNTAX, OD_EDENIED no or the wrong password, OD_ENOMEM no memory for scrypt. */
OD_MUST_CHECK int package_secret_key_read(const char *text, size_t size, const char *password, bool *needs_password,
                                          struct package_secret_key *key);

/* The two files of a pair into buffers; password NULL = the secret key is not encrypted.
 * Errors: OD_ENOMEM. Cost as package_secret_key_read. */
OD_MUST_CHECK int package_secret_key_put(const struct package_secret_key *key, const char *password,
                                         struct base_buffer *buffer);
void package_public_key_file_put(const struct package_public_key *key, struct base_buffer *buffer);

#endif
