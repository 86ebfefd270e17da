/* SPDX-License-Identifier: Apache-2.0 */
#include "front/auth.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct front_key *)a)->hash, ((const struct front_key *)b)->hash,
                  BASE_HASH_SIZE);
}

int front_keys_create(const struct front_key *keys, size_t count, struct front_keys **out)
{
    if (count > FRONT_KEYS_MAX)
        return OD_EINVAL;
    struct front_keys *table = base_alloc(sizeof(*table) + count * sizeof(keys[0]));
    if (table == NULL)
        return OD_ENOMEM;
    table->refs = 1;
    table->count = count;
    if (count > 0) {
        memcpy(table->rows, keys, count * sizeof(keys[0]));
        qsort(table->rows, count, sizeof(keys[0]), by_hash);
    }
    for (size_t i = 1; i < count; i++) {
        if (by_hash(&table->rows[i - 1], &table->rows[i]) == 0) {
            base_free(table);
            return OD_EINVAL;
        }
    }
    for (size_t i = 0; i < count; i++)
        table->starts[table->rows[i].hash[0] + 1u]++;
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
    if (--keys->refs == 0)
        base_free(keys);
}

const struct front_key *front_keys_find(const struct front_keys *keys, const char *secret,
                                        size_t size)
{
    uint8_t hash[BASE_HASH_SIZE];
    const struct front_key *found = NULL;

    if (keys->count == 0 || size == 0 || size > FRONT_SECRET_MAX)
        return NULL;
    base_hash(secret, size, hash);
    for (uint32_t i = keys->starts[hash[0]]; i < keys->starts[hash[0] + 1u]; i++)
        if (base_hash_equal(hash, keys->rows[i].hash))
            found = &keys->rows[i];
    return found;
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
