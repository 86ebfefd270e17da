/* SPDX-License-Identifier: Apache-2.0 */
#include "front/auth.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"

#define TAG_SIZE 8
#define RANDOM_SIZE 20 /* bytes of a secret: 32 digits of base32 */

_Static_assert(sizeof(FRONT_SECRET_PREFIX) - 1 + RANDOM_SIZE / 5 * 8 + 1 == FRONT_SECRET_TEXT_SIZE, "a secret as text");

void front_secret_make(char secret[FRONT_SECRET_TEXT_SIZE])
{
    uint8_t random[RANDOM_SIZE];

    base_random(random, sizeof(random));
    memcpy(secret, FRONT_SECRET_PREFIX, sizeof(FRONT_SECRET_PREFIX));
    base_base32(random, sizeof(random), secret + sizeof(FRONT_SECRET_PREFIX) - 1);
    base_wipe(random, sizeof(random));
}

void front_secret_tag(const uint8_t tag_key[BASE_HASH_SIZE], const char *secret, uint8_t hash[BASE_HASH_SIZE])
{
    base_hash_keyed(tag_key, secret, strlen(secret), hash);
    memset(hash + TAG_SIZE, 0, BASE_HASH_SIZE - TAG_SIZE);
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct front_key_row *)a)->key.hash, ((const struct front_key_row *)b)->key.hash,
                  BASE_HASH_SIZE);
}

int front_keys_create(const struct front_key *keys, size_t count, struct front_keys **out)
{
    if (count > FRONT_KEYS_MAX)
        return OD_EINVAL;
    struct front_keys *table = base_alloc(sizeof(*table) + count * sizeof(table->rows[0]));
    if (table == NULL)
        return OD_ENOMEM;
    table->refs = 1;
    table->count = count;
    for (size_t i = 0; i < count; i++)
        table->rows[i].key = keys[i];
    if (count > 0)
        qsort(table->rows, count, sizeof(table->rows[0]), by_hash);
    for (size_t i = 1; i < count; i++) {
        if (by_hash(&table->rows[i - 1], &table->rows[i]) == 0) {
            base_free(table);
            return OD_EINVAL;
        }
    }
    for (size_t i = 0; i < count; i++)
        table->starts[table->rows[i].key.hash[0] + 1u]++;
    for (size_t i = 0; i < 256; i++)
        table->starts[i + 1] += table->starts[i];
    *out = table;
    return OD_OK;
}

struct front_keys *front_keys_share(struct front_keys *keys)
{
    assert(keys->refs > 0);
    keys->refs++;
    return keys;
}

void front_keys_release(struct front_keys *keys)
{
    if (keys == NULL)
        return;
    assert(keys->refs > 0);
    if (--keys->refs > 0)
        return;
    base_wipe(keys->tag_key, sizeof(keys->tag_key));
    base_free(keys);
}

/* Made at run time? */
static bool is_made(const struct front_key *key)
{
    return key->password[0] != '\0';
}

static bool is_over(const struct front_key_row *row)
{
    return row->is_over || (row->key.expires_ms != 0 && row->key.expires_ms <= base_wall_ms());
}

/* The row with this hash, of this kind of keys. */
static struct front_key_row *row_find(struct front_keys *keys, const uint8_t hash[BASE_HASH_SIZE], bool made)
{
    struct front_key_row *found = NULL;

    for (uint32_t i = keys->starts[hash[0]]; i < keys->starts[hash[0] + 1u]; i++)
        if (is_made(&keys->rows[i].key) == made && base_hash_equal(hash, keys->rows[i].key.hash))
            found = &keys->rows[i];
    return found != NULL && !is_over(found) ? found : NULL;
}

struct front_key_row *front_keys_same(struct front_keys *keys, const char *id, const uint8_t hash[BASE_HASH_SIZE])
{
    struct front_key_row *row = row_find(keys, hash, true);

    if (row == NULL)
        row = row_find(keys, hash, false);
    return row != NULL && strcmp(row->key.id, id) == 0 ? row : NULL;
}

const struct front_key *front_keys_of_id(struct front_keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->rows[i].key.id, id) == 0 && !is_over(&keys->rows[i]))
            return &keys->rows[i].key;
    return NULL;
}

void front_keys_learn(struct front_keys *keys, const struct front_keys *before)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct front_key_row *row = &before->rows[i];
        struct front_key_row *same = row->is_seen ? row_find(keys, row->key.hash, true) : NULL;

        if (same == NULL || strcmp(same->key.password, row->key.password) != 0)
            continue;
        memcpy(same->seen, row->seen, sizeof(same->seen));
        same->is_seen = true;
    }
}

/* Is it written as front_secret_make writes? */
static bool is_made_secret(const char *secret, size_t size)
{
    return size == FRONT_SECRET_TEXT_SIZE - 1 && memcmp(secret, FRONT_SECRET_PREFIX, sizeof(FRONT_SECRET_PREFIX) - 1) == 0;
}

static enum front_key_verdict meet_made(struct front_keys *keys, const char *secret, size_t size, struct front_key_row **row)
{
    uint8_t mac[BASE_HASH_SIZE], tag[BASE_HASH_SIZE] = {0};

    base_hash_keyed(keys->tag_key, secret, size, mac);
    memcpy(tag, mac, TAG_SIZE);
    *row = row_find(keys, tag, true);
    if (*row == NULL)
        return FRONT_KEY_UNKNOWN;
    if (!(*row)->is_seen)
        return FRONT_KEY_UNSEEN;
    if (base_hash_equal(mac, (*row)->seen))
        return FRONT_KEY_KNOWN;
    *row = NULL; /* another secret with the same tag */
    return FRONT_KEY_UNKNOWN;
}

enum front_key_verdict front_keys_meet(struct front_keys *keys, const char *secret, size_t size, struct front_key_row **row)
{
    uint8_t hash[BASE_HASH_SIZE];

    *row = NULL;
    if (keys->count == 0 || size == 0 || size > FRONT_SECRET_MAX)
        return FRONT_KEY_UNKNOWN;
    base_hash(secret, size, hash);
    *row = row_find(keys, hash, false);
    if (*row != NULL)
        return FRONT_KEY_KNOWN;
    return is_made_secret(secret, size) ? meet_made(keys, secret, size, row) : FRONT_KEY_UNKNOWN;
}

const struct front_key *front_keys_find(struct front_keys *keys, const char *secret, size_t size)
{
    struct front_key_row *row;

    return front_keys_meet(keys, secret, size, &row) == FRONT_KEY_KNOWN ? &row->key : NULL;
}

const char *front_bearer_find(const char *value, size_t size, size_t *secret_size)
{
    size_t from = 7;

    if (size <= from || strncasecmp(value, "Bearer ", from) != 0)
        return NULL;
    while (from < size && value[from] == ' ')
        from++;
    for (size_t i = from; i < size; i++)
        if (value[i] <= 0x20 || value[i] >= 0x7f)
            return NULL;
    *secret_size = size - from;
    return size > from ? value + from : NULL;
}
