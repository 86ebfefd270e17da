/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/note.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/time.h"

#define DAY_MS INT64_C(86400000)
#define HEX_SIZE (2 * BASE_HASH_SIZE + 1)
#define PEM_HEAD "-----BEGIN PUBLIC KEY-----\n"
#define PEM_TAIL "\n-----END PUBLIC KEY-----\n"

/* SubjectPublicKeyInfo of Ed25519 before the key itself: RFC 8410 section 4. */
static const uint8_t key_lead[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

void evidence_time_format(int64_t at_ms, char text[EVIDENCE_TIME_SIZE])
{
    int year, month, day;
    int64_t days = at_ms / DAY_MS, ms = at_ms % DAY_MS;

    assert(at_ms >= 0);
    base_day_to_civil((int32_t)days, &year, &month, &day);
    snprintf(text, EVIDENCE_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000u, (unsigned)month % 100u, (unsigned)day % 100u,
             (unsigned)(ms / 3600000), (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

void evidence_key_format(const uint8_t key[BASE_SIGN_KEY_SIZE], char text[EVIDENCE_KEY_TEXT_SIZE])
{
    base_base64_write(key, BASE_SIGN_KEY_SIZE, text);
    text[EVIDENCE_KEY_TEXT_SIZE - 1] = '\0';
}

void evidence_key_put_pem(struct base_buffer *buffer, const uint8_t key[BASE_SIGN_KEY_SIZE])
{
    uint8_t bytes[sizeof(key_lead) + BASE_SIGN_KEY_SIZE];
    char text[BASE_BASE64_SIZE(sizeof(bytes))];

    memcpy(bytes, key_lead, sizeof(key_lead));
    memcpy(bytes + sizeof(key_lead), key, BASE_SIGN_KEY_SIZE);
    base_base64_write(bytes, sizeof(bytes), text);
    base_buffer_put_text(buffer, PEM_HEAD);
    base_buffer_put(buffer, text, sizeof(text));
    base_buffer_put_text(buffer, PEM_TAIL);
}

/* White space at the end goes: keys are copied from pages and mails. */
static size_t trimmed(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    return size;
}

static int pem_read(const char *text, size_t size, uint8_t key[BASE_SIGN_KEY_SIZE])
{
    char copy[256];
    uint8_t bytes[64];
    size_t count = 0;
    char *body = copy + strlen(PEM_HEAD);

    if (size >= sizeof(copy))
        return OD_ESYNTAX;
    memcpy(copy, text, size);
    copy[size] = '\0';
    char *tail = strstr(copy, "\n-----END PUBLIC KEY-----");
    size_t body_size = tail != NULL && tail >= body ? (size_t)(tail - body) : 0;
    if (body_size != BASE_BASE64_SIZE(sizeof(key_lead) + BASE_SIGN_KEY_SIZE) ||
        base_base64_read(body, body_size, bytes, &count) != OD_OK || count != sizeof(key_lead) + BASE_SIGN_KEY_SIZE ||
        memcmp(bytes, key_lead, sizeof(key_lead)) != 0)
        return OD_ESYNTAX;
    memcpy(key, bytes + sizeof(key_lead), BASE_SIGN_KEY_SIZE);
    return OD_OK;
}

int evidence_key_read(const char *text, size_t size, uint8_t key[BASE_SIGN_KEY_SIZE])
{
    uint8_t bytes[(EVIDENCE_KEY_TEXT_SIZE - 1) / 4 * 3];
    char hex[HEX_SIZE];
    size_t count = 0;

    size = trimmed(text, size);
    if (size > strlen(PEM_HEAD) && memcmp(text, PEM_HEAD, strlen(PEM_HEAD)) == 0)
        return pem_read(text, size, key);
    if (size == HEX_SIZE - 1) {
        memcpy(hex, text, HEX_SIZE - 1);
        hex[HEX_SIZE - 1] = '\0';
        return base_unhex(hex, key, BASE_SIGN_KEY_SIZE);
    }
    if (size != EVIDENCE_KEY_TEXT_SIZE - 1 || base_base64_read(text, size, bytes, &count) != OD_OK || count != BASE_SIGN_KEY_SIZE)
        return OD_ESYNTAX;
    memcpy(key, bytes, BASE_SIGN_KEY_SIZE);
    return OD_OK;
}

size_t evidence_note_put(const struct evidence_note *note, char text[EVIDENCE_NOTE_MAX])
{
    char hash[HEX_SIZE], root[HEX_SIZE], previous[HEX_SIZE], time[EVIDENCE_TIME_SIZE], key[EVIDENCE_KEY_TEXT_SIZE];

    base_hex(note->hash, BASE_HASH_SIZE, hash);
    base_hex(note->root, BASE_HASH_SIZE, root);
    base_hex(note->previous, BASE_HASH_SIZE, previous);
    evidence_time_format(note->at_ms, time);
    evidence_key_format(note->key, key);
    int size = snprintf(text, EVIDENCE_NOTE_MAX,
                        "onedoor checkpoint 1\nnumber %" PRIu64 "\nrecords %" PRIu64 " %" PRIu64 "\nhash %s\nroot %s\ntime %s\nprevious %s\nkey %s\n",
                        note->number, note->first, note->last, hash, root, time, previous, key);
    assert(size < EVIDENCE_NOTE_MAX);
    return (size_t)size;
}

/* Lenient here; what is not as it would be printed is refused afterwards. */
static bool scan(const char *text, struct evidence_note *note)
{
    char hash[HEX_SIZE], root[HEX_SIZE], previous[HEX_SIZE], time[EVIDENCE_TIME_SIZE], key[EVIDENCE_KEY_TEXT_SIZE];

    if (sscanf(text, "onedoor checkpoint 1 number %20" SCNu64 " records %20" SCNu64 " %20" SCNu64 " hash %64s root %64s time %24s previous %64s key %44s",
               &note->number, &note->first, &note->last, hash, root, time, previous, key) != 8)
        return false;
    return base_unhex(hash, note->hash, BASE_HASH_SIZE) == OD_OK && base_unhex(root, note->root, BASE_HASH_SIZE) == OD_OK &&
           base_unhex(previous, note->previous, BASE_HASH_SIZE) == OD_OK && base_time_parse(time, &note->at_ms) == OD_OK &&
           note->at_ms >= 0 && evidence_key_read(key, strlen(key), note->key) == OD_OK;
}

int evidence_note_read(const char *text, size_t size, struct evidence_note *note)
{
    char copy[EVIDENCE_NOTE_MAX], printed[EVIDENCE_NOTE_MAX];
    struct evidence_note read;

    if (size >= sizeof(copy))
        return OD_ESYNTAX;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (!scan(copy, &read) || evidence_note_put(&read, printed) != size || memcmp(printed, text, size) != 0)
        return OD_ESYNTAX;
    if (read.number == 0 || read.first == 0 || read.last < read.first)
        return OD_ESYNTAX;
    *note = read;
    return OD_OK;
}

void evidence_note_hash(const struct evidence_note *note, uint8_t hash[BASE_HASH_SIZE])
{
    char text[EVIDENCE_NOTE_MAX];
    size_t size = evidence_note_put(note, text);

    base_hash(text, size, hash);
}

void evidence_checkpoint_sign(const struct base_sign_pair *pair, struct evidence_checkpoint *checkpoint)
{
    char text[EVIDENCE_NOTE_MAX];

    memcpy(checkpoint->note.key, pair->key, BASE_SIGN_KEY_SIZE);
    size_t size = evidence_note_put(&checkpoint->note, text);
    base_sign(pair, text, size, checkpoint->signature);
}

bool evidence_checkpoint_is_signed(const struct evidence_checkpoint *checkpoint)
{
    char text[EVIDENCE_NOTE_MAX];
    size_t size = evidence_note_put(&checkpoint->note, text);

    return base_sign_is_by(checkpoint->note.key, text, size, checkpoint->signature);
}

static void put_hash(struct base_buffer *buffer, const char *key, const uint8_t hash[BASE_HASH_SIZE])
{
    char text[HEX_SIZE];

    base_hex(hash, BASE_HASH_SIZE, text);
    base_json_put_text(buffer, key, text);
}

void evidence_checkpoint_put(struct base_buffer *buffer, const char *key, const struct evidence_checkpoint *checkpoint)
{
    const struct evidence_note *note = &checkpoint->note;
    char text[EVIDENCE_NOTE_MAX], time[EVIDENCE_TIME_SIZE];

    evidence_time_format(note->at_ms, time);
    base_json_open(buffer, key, '{');
    base_json_put_i64(buffer, "number", (int64_t)note->number);
    base_json_put_i64(buffer, "first", (int64_t)note->first);
    base_json_put_i64(buffer, "last", (int64_t)note->last);
    put_hash(buffer, "hash", note->hash);
    put_hash(buffer, "root", note->root);
    base_json_put_text(buffer, "at", time);
    put_hash(buffer, "previous", note->previous);
    base_json_put_base64(buffer, "key", note->key, BASE_SIGN_KEY_SIZE);
    evidence_note_put(note, text);
    base_json_put_text(buffer, "note", text);
    base_json_put_base64(buffer, "signature", checkpoint->signature, BASE_SIGN_SIZE);
    base_json_close(buffer, '}');
}

int evidence_signature_read(const char *text, uint8_t signature[BASE_SIGN_SIZE])
{
    uint8_t bytes[(EVIDENCE_SIGN_TEXT_SIZE - 1) / 4 * 3];
    size_t count = 0;

    if (strlen(text) != EVIDENCE_SIGN_TEXT_SIZE - 1 || base_base64_read(text, EVIDENCE_SIGN_TEXT_SIZE - 1, bytes, &count) != OD_OK ||
        count != BASE_SIGN_SIZE)
        return OD_ESYNTAX;
    memcpy(signature, bytes, BASE_SIGN_SIZE);
    return OD_OK;
}

/* Of one mention: the lines as they would be printed, whatever mail programs did to them. */
static bool find_at(const char *text, struct evidence_checkpoint *checkpoint, const char **rest)
{
    char copy[2 * EVIDENCE_NOTE_MAX], printed[EVIDENCE_NOTE_MAX], signature[EVIDENCE_SIGN_TEXT_SIZE];
    struct evidence_checkpoint found;
    size_t size = 0;

    while (size < sizeof(copy) - 1 && text[size] != '\0') {
        copy[size] = (char)(text[size] == '>' ? ' ' : text[size]);
        size++;
    }
    copy[size] = '\0';
    const char *end = strstr(copy, " signature ");
    if (end == NULL)
        end = strstr(copy, "\nsignature ");
    if (end == NULL || !scan(copy, &found.note) || sscanf(end + 1, "signature %88s", signature) != 1 ||
        evidence_signature_read(signature, found.signature) != OD_OK)
        return false;
    if (evidence_note_read(printed, evidence_note_put(&found.note, printed), &found.note) != OD_OK)
        return false;
    *checkpoint = found;
    *rest = text + (end - copy) + 1;
    return true;
}

int evidence_checkpoint_find(const char *text, struct evidence_checkpoint *checkpoint, const char **rest)
{
    static const char head[] = "onedoor checkpoint 1";

    for (const char *at = text; (at = strstr(at, head)) != NULL; at += sizeof(head) - 1)
        if (find_at(at, checkpoint, rest))
            return OD_OK;
    return OD_ENOTFOUND;
}

int evidence_checkpoint_read(const struct base_json *json, struct evidence_checkpoint *checkpoint)
{
    const char *note = base_json_member_text(json, "note"), *signature = base_json_member_text(json, "signature");
    struct evidence_checkpoint read;

    if (note == NULL || signature == NULL || evidence_signature_read(signature, read.signature) != OD_OK)
        return OD_ESYNTAX;
    int rc = evidence_note_read(note, strlen(note), &read.note);
    if (rc == OD_OK)
        *checkpoint = read;
    return rc;
}
