/* SPDX-License-Identifier: Apache-2.0 */
/* Lines first, then what they hold, then the curve. The layouts are those of minisign's
 * own files, byte for byte; tests hold them against that program. */
#include "package/minisign.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

struct public_bytes {
    uint8_t algorithm[2], id[8], key[32];
};

struct signature_bytes {
    uint8_t algorithm[2], id[8], signature[64];
};

struct secret_bytes {
    uint8_t algorithm[2], kdf[2], checksum_algorithm[2];
    uint8_t salt[crypto_pwhash_scryptsalsa208sha256_SALTBYTES];
    uint8_t operations[8], memory[8]; /* little endian */
    struct {
        uint8_t id[8], secret[64], checksum[32];
    } box; /* xor of scrypt's stream when encrypted */
};

_Static_assert(sizeof(struct public_bytes) == 42, "no padding");
_Static_assert(sizeof(struct signature_bytes) == 74, "no padding");
_Static_assert(sizeof(struct secret_bytes) == 158, "no padding");
_Static_assert(crypto_sign_SECRETKEYBYTES == 64, "Ed25519");

struct line {
    const char *text;
    size_t size;
};

/* The next line without its end; false at the end of the text. */
static bool take_line(const char **at, const char *end, struct line *line)
{
    if (*at >= end)
        return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    *line = (struct line){.text = *at, .size = (size_t)((stop != NULL ? stop : end) - *at)};
    *at = stop != NULL ? stop + 1 : end;
    while (line->size > 0 && line->text[line->size - 1] == '\r')
        line->size--;
    return true;
}

static bool begins(const struct line *line, const char *lead)
{
    return line->size >= strlen(lead) && memcmp(line->text, lead, strlen(lead)) == 0;
}

/* libsodium 1.0.18 compares characters as signed numbers, and takes a byte beyond ASCII for a "/". */
static bool is_ascii(const struct line *line)
{
    unsigned char all = 0;

    for (size_t i = 0; i < line->size; i++)
        all |= (unsigned char)line->text[i];
    return all < 0x80;
}

static bool decode(const struct line *line, void *bytes, size_t size)
{
    size_t got = 0;

    return is_ascii(line) && sodium_base642bin(bytes, size, line->text, line->size, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == size;
}

static void put_encoded(struct base_buffer *buffer, const void *bytes, size_t size)
{
    char text[sodium_base64_ENCODED_LEN(sizeof(struct secret_bytes), sodium_base64_VARIANT_ORIGINAL)];

    sodium_bin2base64(text, sizeof(text), bytes, size, sodium_base64_VARIANT_ORIGINAL);
    base_buffer_put_text(buffer, text);
    base_buffer_put_text(buffer, "\n");
    sodium_memzero(text, sizeof(text));
}

/* The line that holds the key: the second of a file, or the only one. */
static bool take_key_line(const char *text, size_t size, bool may_be_alone, struct line *line)
{
    const char *at = text, *end = text + size;

    if (size > PACKAGE_KEY_FILE_MAX || !take_line(&at, end, line))
        return false;
    if (begins(line, UNTRUSTED))
        return take_line(&at, end, line);
    return may_be_alone;
}

int package_public_key_read(const char *text, size_t size, struct package_public_key *key)
{
    struct public_bytes bytes;
    struct line line;

    if (!take_key_line(text, size, true, &line) || !decode(&line, &bytes, sizeof(bytes)) || memcmp(bytes.algorithm, "Ed", 2) != 0)
        return OD_ESYNTAX;
    memcpy(key->id, bytes.id, sizeof(key->id));
    memcpy(key->key, bytes.key, sizeof(key->key));
    return OD_OK;
}

static struct public_bytes public_bytes_of(const struct package_public_key *key)
{
    struct public_bytes bytes = {.algorithm = {'E', 'd'}};

    memcpy(bytes.id, key->id, sizeof(bytes.id));
    memcpy(bytes.key, key->key, sizeof(bytes.key));
    return bytes;
}

void package_public_key_put(const struct package_public_key *key, char text[PACKAGE_KEY_TEXT_SIZE])
{
    struct public_bytes bytes = public_bytes_of(key);

    sodium_bin2base64(text, PACKAGE_KEY_TEXT_SIZE, (const uint8_t *)&bytes, sizeof(bytes), sodium_base64_VARIANT_ORIGINAL);
}

void package_key_id_put(const uint8_t id[8], char text[17])
{
    for (size_t i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02X", id[7 - i]);
}

void package_public_key_file_put(const struct package_public_key *key, struct base_buffer *buffer)
{
    struct public_bytes bytes = public_bytes_of(key);
    char id[17];

    package_key_id_put(key->id, id);
    base_buffer_put_format(buffer, UNTRUSTED "minisign public key %s\n", id);
    put_encoded(buffer, &bytes, sizeof(bytes));
}

int package_signature_read(const char *text, size_t size, struct package_signature *signature)
{
    struct line lines[4], extra;
    struct signature_bytes bytes;
    struct package_signature read = {0};
    const char *at = text, *end = text + size;

    if (size > PACKAGE_SIGNATURE_MAX)
        return OD_ELIMIT;
    for (size_t i = 0; i < 4; i++)
        if (!take_line(&at, end, &lines[i]))
            return OD_ESYNTAX;
    if (take_line(&at, end, &extra) || !begins(&lines[0], UNTRUSTED) || !begins(&lines[2], TRUSTED))
        return OD_ESYNTAX;
    if (!decode(&lines[1], &bytes, sizeof(bytes)) || !decode(&lines[3], read.global, sizeof(read.global)))
        return OD_ESYNTAX;
    if (bytes.algorithm[0] != 'E' || (bytes.algorithm[1] != 'd' && bytes.algorithm[1] != 'D'))
        return OD_ESYNTAX;
    size_t comment_size = lines[2].size - strlen(TRUSTED);
    if (comment_size > PACKAGE_COMMENT_MAX)
        return OD_ELIMIT;
    if (memchr(lines[2].text, '\0', lines[2].size) != NULL)
        return OD_ESYNTAX;
    memcpy(read.comment, lines[2].text + strlen(TRUSTED), comment_size);
    memcpy(read.id, bytes.id, sizeof(read.id));
    memcpy(read.signature, bytes.signature, sizeof(read.signature));
    read.is_prehashed = bytes.algorithm[1] == 'D';
    *signature = read;
    return OD_OK;
}

/* What the second signature covers. */
static size_t put_global(const uint8_t signature[64], const char *comment, uint8_t out[64 + PACKAGE_COMMENT_MAX])
{
    size_t size = strlen(comment);

    memcpy(out, signature, 64);
    memcpy(out + 64, comment, size);
    return 64 + size;
}

enum package_signature_fault package_signature_check(const struct package_signature *signature,
                                                     const struct package_public_key *key, const void *bytes, size_t size)
{
    uint8_t hash[crypto_generichash_BYTES_MAX], whole[64 + PACKAGE_COMMENT_MAX];
    const uint8_t *message = bytes;

    if (memcmp(signature->id, key->id, sizeof(key->id)) != 0)
        return PACKAGE_SIGNATURE_OTHER_KEY;
    if (signature->is_prehashed) {
        crypto_generichash(hash, sizeof(hash), bytes, size, NULL, 0);
        message = hash;
        size = sizeof(hash);
    }
    if (crypto_sign_verify_detached(signature->signature, message, size, key->key) != 0)
        return PACKAGE_SIGNATURE_BYTES;
    size = put_global(signature->signature, signature->comment, whole);
    if (crypto_sign_verify_detached(signature->global, whole, size, key->key) != 0)
        return PACKAGE_SIGNATURE_COMMENT;
    return PACKAGE_SIGNATURE_FINE;
}

int package_sign(const struct package_secret_key *key, const void *bytes, size_t size, bool is_prehashed,
                 const char *comment, struct base_buffer *buffer)
{
    struct signature_bytes signed_bytes = {.algorithm = {'E', is_prehashed ? 'D' : 'd'}};
    uint8_t hash[crypto_generichash_BYTES_MAX], whole[64 + PACKAGE_COMMENT_MAX], global[64];
    const uint8_t *message = bytes;

    if (strlen(comment) > PACKAGE_COMMENT_MAX || strpbrk(comment, "\r\n") != NULL)
        return OD_EINVAL;
    if (is_prehashed) {
        crypto_generichash(hash, sizeof(hash), bytes, size, NULL, 0);
        message = hash;
        size = sizeof(hash);
    }
    memcpy(signed_bytes.id, key->id, sizeof(signed_bytes.id));
    crypto_sign_detached(signed_bytes.signature, NULL, message, size, key->secret);
    size = put_global(signed_bytes.signature, comment, whole);
    crypto_sign_detached(global, NULL, whole, size, key->secret);
    base_buffer_put_text(buffer, UNTRUSTED "signature from onedoor\n");
    put_encoded(buffer, &signed_bytes, sizeof(signed_bytes));
    base_buffer_put_format(buffer, TRUSTED "%s\n", comment);
    put_encoded(buffer, global, sizeof(global));
    return buffer->is_broken ? OD_ENOMEM : OD_OK;
}

void package_key_create(struct package_secret_key *secret, struct package_public_key *key)
{
    crypto_sign_keypair(key->key, secret->secret);
    randombytes_buf(key->id, sizeof(key->id));
    memcpy(secret->id, key->id, sizeof(secret->id));
}

void package_secret_key_fini(struct package_secret_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

void package_wipe(void *bytes, size_t size)
{
    if (bytes != NULL)
        sodium_memzero(bytes, size);
}

static uint64_t take_u64(const uint8_t bytes[8])
{
    uint64_t value = 0;

    for (size_t i = 8; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static void put_u64(uint8_t bytes[8], uint64_t value)
{
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* BLAKE2b-256 over algorithm, id and secret: tells a wrong password. */
static void put_checksum(const struct secret_bytes *bytes, uint8_t checksum[32])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, bytes->algorithm, sizeof(bytes->algorithm));
    crypto_generichash_update(&state, bytes->box.id, sizeof(bytes->box.id));
    crypto_generichash_update(&state, bytes->box.secret, sizeof(bytes->box.secret));
    crypto_generichash_final(&state, checksum, 32);
}

/* Encrypts or decrypts. Errors: OD_ENOMEM, OD_ESYNTAX parameters out of range. */
static int cover(struct secret_bytes *bytes, const char *password)
{
    uint8_t stream[sizeof(bytes->box)], *box = (uint8_t *)&bytes->box;
    uint64_t operations = take_u64(bytes->operations), memory = take_u64(bytes->memory);

    if (memory > PACKAGE_SCRYPT_MEMORY_MAX || operations > crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE * 4)
        return OD_ESYNTAX;
    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream), password, strlen(password), bytes->salt, operations,
                                           (size_t)memory) != 0)
        return OD_ENOMEM;
    for (size_t i = 0; i < sizeof(stream); i++)
        box[i] ^= stream[i];
    sodium_memzero(stream, sizeof(stream));
    return OD_OK;
}

static int open_box(struct secret_bytes *bytes, const char *password, bool needs_password)
{
    uint8_t checksum[32];

    if (!needs_password)
        return OD_OK; /* minisign writes no checksum then */
    if (password == NULL || strlen(password) > PACKAGE_PASSWORD_MAX)
        return OD_EDENIED;
    int rc = cover(bytes, password);
    if (rc != OD_OK)
        return rc;
    put_checksum(bytes, checksum);
    return sodium_memcmp(checksum, bytes->box.checksum, sizeof(checksum)) == 0 ? OD_OK : OD_EDENIED;
}

int package_secret_key_read(const char *text, size_t size, const char *password, bool *needs_password,
                            struct package_secret_key *key)
{
    struct secret_bytes bytes;
    struct line line;

    if (!take_key_line(text, size, false, &line) || !decode(&line, &bytes, sizeof(bytes)) || memcmp(bytes.algorithm, "Ed", 2) != 0)
        return OD_ESYNTAX;
    *needs_password = memcmp(bytes.kdf, "Sc", 2) == 0;
    if (!*needs_password && (bytes.kdf[0] != 0 || bytes.kdf[1] != 0))
        return OD_ESYNTAX;
    int rc = open_box(&bytes, password, *needs_password);
    if (rc == OD_OK) {
        memcpy(key->id, bytes.box.id, sizeof(key->id));
        memcpy(key->secret, bytes.box.secret, sizeof(key->secret));
    }
    sodium_memzero(&bytes, sizeof(bytes));
    return rc;
}

int package_secret_key_put(const struct package_secret_key *key, const char *password, struct base_buffer *buffer)
{
    struct secret_bytes bytes = {.algorithm = {'E', 'd'}, .checksum_algorithm = {'B', '2'}};
    int rc = OD_OK;

    memcpy(bytes.box.id, key->id, sizeof(bytes.box.id));
    memcpy(bytes.box.secret, key->secret, sizeof(bytes.box.secret));
    if (password != NULL) {
        memcpy(bytes.kdf, "Sc", 2);
        randombytes_buf(bytes.salt, sizeof(bytes.salt));
        put_u64(bytes.operations, crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE);
        put_u64(bytes.memory, crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE);
        put_checksum(&bytes, bytes.box.checksum);
        rc = cover(&bytes, password);
    }
    if (rc == OD_OK) {
        base_buffer_put_format(buffer, UNTRUSTED "minisign %s secret key\n", password != NULL ? "encrypted" : "unencrypted");
        put_encoded(buffer, &bytes, sizeof(bytes));
        rc = buffer->is_broken ? OD_ENOMEM : OD_OK;
    }
    sodium_memzero(&bytes, sizeof(bytes));
    return rc;
}
