/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_keys.h"

#include <assert.h>
#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"

#define ESCAPE_FLAG (UINT32_C(1) << 31)
#define OBJECT_MASK (ESCAPE_FLAG - 1)
#define INDEX_MASK UINT64_C(0xffffffff)

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

/* A sandbox may forbid getrandom: then the clock and where the loader put us must do. */
static void seed_draw(void)
{
    struct timespec now = {0};

    if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    seed[0] ^= (uint64_t)now.tv_nsec * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(uintptr_t)&now;
    seed[1] ^= (uint64_t)now.tv_sec * UINT64_C(0xbf58476d1ce4e5b9) ^ (uint64_t)(uintptr_t)&seed;
}

void base_json_keys_init(struct base_json_keys *keys)
{
    pthread_once(&seed_once, seed_draw);
    keys->entries = keys->entries_inline;
    keys->slots = keys->slots_inline;
    keys->count = 0;
    keys->count_max = BASE_JSON_KEYS_INLINE;
    memset(keys->slots_inline, 0, sizeof(keys->slots_inline));
}

void base_json_keys_fini(struct base_json_keys *keys)
{
    if (keys->entries != keys->entries_inline)
        base_free(keys->entries);
    if (keys->slots != keys->slots_inline)
        base_free(keys->slots);
}

/* Fold the 128-bit product: every bit of both reaches every bit of the result. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_add(uint64_t hash, uint64_t word)
{
    return mix(hash ^ word, seed[1] | 1);
}

/* Byte i of a word counts as the word's bits 8 i and up on every machine. */
static uint64_t word_at(const uint8_t *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return le64toh(word);
}

static uint64_t tail_at(const uint8_t *at, size_t size, const uint8_t *end)
{
    uint64_t word = 0;

    if (end - at >= 8)
        return word_at(at) & ((UINT64_C(1) << 8 * size) - 1);
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

static uint64_t hash_plain(uint64_t hash, const struct base_json_raw *key, const uint8_t *end)
{
    const uint8_t *at = key->at;
    size_t left = key->size;

    for (; left >= 8; left -= 8, at += 8)
        hash = hash_add(hash, word_at(at));
    return hash_add(hash_add(hash, tail_at(at, left, end)), key->size);
}

/* The same value from the unescaped bytes. */
static uint64_t hash_unescaped(uint64_t hash, const struct base_json_raw *key)
{
    struct base_json_reader reader = base_json_reader(key);
    uint64_t word = 0;
    size_t size = 0;

    for (int byte; (byte = base_json_reader_next(&reader)) >= 0; size++) {
        if (size > 0 && size % 8 == 0) {
            hash = hash_add(hash, word);
            word = 0;
        }
        word |= (uint64_t)byte << 8 * (size % 8);
    }
    if (size > 0 && size % 8 == 0) {
        hash = hash_add(hash, word);
        word = 0;
    }
    return hash_add(hash_add(hash, word), size);
}

static bool is_same(const struct base_json_keys_entry *entry, uint32_t object,
                    const struct base_json_raw *key)
{
    struct base_json_raw other = {entry->at, entry->size, (entry->object & ESCAPE_FLAG) != 0};

    return (entry->object & OBJECT_MASK) == object && base_json_raw_compare(&other, key) == 0;
}

/* Room for twice as many keys; the old tables stay when memory is short. */
static int keys_grow(struct base_json_keys *keys)
{
    uint32_t count_max = keys->count_max * 2;
    uint64_t mask = 2 * (uint64_t)count_max - 1;
    struct base_json_keys_entry *entries = base_alloc(count_max * sizeof(*entries));
    uint64_t *slots = base_alloc(2 * (size_t)count_max * sizeof(*slots));

    if (entries == NULL || slots == NULL) {
        base_free(entries);
        base_free(slots);
        return OD_ENOMEM;
    }
    memcpy(entries, keys->entries, keys->count * sizeof(*entries));
    for (size_t i = 0; i < 2 * (size_t)keys->count_max; i++) {
        uint64_t slot = keys->slots[i];
        uint64_t place = slot >> 32 & mask;

        if (slot == 0)
            continue;
        while (slots[place] != 0)
            place = (place + 1) & mask;
        slots[place] = slot;
    }
    base_json_keys_fini(keys);
    keys->entries = entries;
    keys->slots = slots;
    keys->count_max = count_max;
    return OD_OK;
}

int base_json_keys_add(struct base_json_keys *keys, uint32_t object,
                       const struct base_json_raw *key, const uint8_t *end)
{
    assert(object > 0);
    assert(object < ESCAPE_FLAG);
    if (keys->count == keys->count_max && keys_grow(keys) != OD_OK)
        return OD_ENOMEM;

    uint64_t start = seed[0] ^ object * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = key->has_escape ? hash_unescaped(start, key) : hash_plain(start, key, end);
    uint64_t mask = 2 * (uint64_t)keys->count_max - 1;
    uint64_t place = hash >> 32 & mask;

    for (; keys->slots[place] != 0; place = (place + 1) & mask) {
        uint64_t slot = keys->slots[place];
        if ((slot ^ hash) >> 32 == 0 &&
            is_same(&keys->entries[(slot & INDEX_MASK) - 1], object, key))
            return OD_EEXIST;
    }
    keys->entries[keys->count++] = (struct base_json_keys_entry){
        .at = key->at,
        .size = (uint32_t)key->size,
        .object = object | (key->has_escape ? ESCAPE_FLAG : 0),
    };
    keys->slots[place] = (hash & ~INDEX_MASK) | keys->count;
    return OD_OK;
}
