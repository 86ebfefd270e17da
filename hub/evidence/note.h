/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint: what the hub signs of its journal's chain. A few lines of text, so that anybody can read, copy, print and
 * check it:
 *
 *   onedoor checkpoint 1
 *   number 12
 *   records 12001 12345
 *   hash <of record 12345, hexadecimal>
 *   root <of the tree over the hashes of records 12001..12345, hexadecimal>
 *   time 2026-11-29T15:49:26.000Z
 *   previous <SHA-256 of the note before, hexadecimal; zeros for the first>
 *   key <public key, base64>
 *
 * Each line ends in LF; what is signed is these bytes. Pure. docs/evidence.md. */
#ifndef EVIDENCE_NOTE_H
#define EVIDENCE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/sign.h"

#define EVIDENCE_NOTE_MAX 512      /* bytes of a note's text */
#define EVIDENCE_TIME_SIZE 25      /* "2026-11-29T15:49:26.000Z" and NUL */
#define EVIDENCE_KEY_TEXT_SIZE 45  /* base64 and NUL */
#define EVIDENCE_SIGN_TEXT_SIZE 89

struct evidence_note {
    uint64_t number;      /* of the checkpoint, from 1 */
    uint64_t first, last; /* seqs of the records that it is the first to cover */
    uint8_t hash[BASE_HASH_SIZE], root[BASE_HASH_SIZE], previous[BASE_HASH_SIZE];
    int64_t at_ms;        /* when it was signed, by the hub's clock */
    uint8_t key[BASE_SIGN_KEY_SIZE];
};

struct evidence_checkpoint {
    struct evidence_note note;
    uint8_t signature[BASE_SIGN_SIZE];
};

/* The text, with a NUL behind it. Returns its bytes. */
size_t evidence_note_put(const struct evidence_note *note, char text[EVIDENCE_NOTE_MAX]);
/* Exactly what evidence_note_put writes. Errors (*note unchanged): OD_ESYNTAX. */
OD_MUST_CHECK int evidence_note_read(const char *text, size_t size, struct evidence_note *note);
/* What the next note names as its previous. */
void evidence_note_hash(const struct evidence_note *note, uint8_t hash[BASE_HASH_SIZE]);

void evidence_checkpoint_sign(const struct base_sign_pair *pair, struct evidence_checkpoint *checkpoint); /* sets the key, too */
/* Signed by the key that it names? */
bool evidence_checkpoint_is_signed(const struct evidence_checkpoint *checkpoint);

/* {"number", "first", "last", "hash", "root", "at", "previous", "key", "note", "signature"}: the note is what counts, the rest is for readers. */
void evidence_checkpoint_put(struct base_buffer *buffer, const char *key, const struct evidence_checkpoint *checkpoint);
/* Of "note" and "signature" alone. Errors (*checkpoint unchanged): OD_ESYNTAX. */
OD_MUST_CHECK int evidence_checkpoint_read(const struct base_json *json, struct evidence_checkpoint *checkpoint);

/* The first one in text that people wrote around it, with "signature <base64>" behind its lines: as notices have it. Line ends,
 * indents and the ">" of mail programs do not matter. *rest: what lies behind it. Errors (*checkpoint unchanged): OD_ENOTFOUND. */
OD_MUST_CHECK int evidence_checkpoint_find(const char *text, struct evidence_checkpoint *checkpoint, const char **rest);

/* Base64. Errors (signature may be spoilt): OD_ESYNTAX. */
OD_MUST_CHECK int evidence_signature_read(const char *text, uint8_t signature[BASE_SIGN_SIZE]);
void evidence_time_format(int64_t at_ms, char text[EVIDENCE_TIME_SIZE]);
void evidence_key_format(const uint8_t key[BASE_SIGN_KEY_SIZE], char text[EVIDENCE_KEY_TEXT_SIZE]);
/* Base64, 64 hexadecimal digits, or a PEM file of one public key (RFC 8410). Errors (*key unchanged): OD_ESYNTAX. */
OD_MUST_CHECK int evidence_key_read(const char *text, size_t size, uint8_t key[BASE_SIGN_KEY_SIZE]);
/* "-----BEGIN PUBLIC KEY-----" ...: for openssl. */
void evidence_key_put_pem(struct base_buffer *buffer, const uint8_t key[BASE_SIGN_KEY_SIZE]);

#endif
