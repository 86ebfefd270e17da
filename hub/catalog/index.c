/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/index.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

#define EDITS_MAX 2

static uint32_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, then one mixing step */

    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    return (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

int catalog_index_init(struct catalog_index *index, struct base_arena *arena, size_t count_max)
{
    uint32_t slot_count = 4;

    assert(count_max < UINT32_MAX / 4);
    while (slot_count < 2 * count_max)
        slot_count *= 2;
    const char **ids = base_arena_take(arena, (count_max + 1) * sizeof(*ids));
    uint32_t *slots = base_arena_take(arena, slot_count * sizeof(*slots));
    if (ids == NULL || slots == NULL)
        return OD_ENOMEM;
    *index = (struct catalog_index){
        .ids = ids, .count_max = (uint32_t)count_max, .slots = slots, .mask = slot_count - 1};
    return OD_OK;
}

/* The slot that holds id, or the free one where it belongs. */
static uint32_t *slot_of(const struct catalog_index *index, const char *id)
{
    uint32_t at = hash_text(id) & index->mask;

    while (index->slots[at] != 0 && strcmp(index->ids[index->slots[at] - 1], id) != 0)
        at = (at + 1) & index->mask;
    return &index->slots[at];
}

uint32_t catalog_index_add(struct catalog_index *index, const char *id)
{
    uint32_t *slot = slot_of(index, id);

    if (*slot == 0) {
        assert(index->count < index->count_max);
        index->ids[index->count++] = id;
        *slot = index->count;
    }
    return *slot - 1;
}

uint32_t catalog_index_find(const struct catalog_index *index, const char *id)
{
    if (index->slots == NULL)
        return CATALOG_INDEX_NONE;
    uint32_t slot = *slot_of(index, id);
    return slot == 0 ? CATALOG_INDEX_NONE : slot - 1;
}

static uint8_t least_of(uint8_t a, uint8_t b, uint8_t c)
{
    uint8_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Edits (insert, delete, replace) from a to b, or EDITS_MAX + 1 when there are more.
 * Only the band around the diagonal is walked: what is off it costs more anyway. */
static size_t edits(const char *a, const char *b)
{
    size_t a_size = strlen(a), b_size = strlen(b);
    uint8_t row[BASE_ID_MAX + 2];

    if (a_size > BASE_ID_MAX || b_size > BASE_ID_MAX)
        return EDITS_MAX + 1;
    if (a_size > b_size + EDITS_MAX || b_size > a_size + EDITS_MAX)
        return EDITS_MAX + 1;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = (uint8_t)(j <= EDITS_MAX ? j : EDITS_MAX + 1);
    for (size_t i = 1; i <= a_size; i++) {
        size_t first = i > EDITS_MAX ? i - EDITS_MAX : 1;
        size_t last = i + EDITS_MAX < b_size ? i + EDITS_MAX : b_size;
        uint8_t diagonal = row[first - 1], least = EDITS_MAX + 1;

        row[first - 1] = (uint8_t)(first == 1 && i <= EDITS_MAX ? i : EDITS_MAX + 1);
        for (size_t j = first; j <= last; j++) {
            uint8_t best = least_of((uint8_t)(diagonal + (a[i - 1] != b[j - 1])), (uint8_t)(row[j] + 1),
                                    (uint8_t)(row[j - 1] + 1));
            diagonal = row[j];
            row[j] = best;
            least = best < least ? best : least;
        }
        if (least > EDITS_MAX)
            return EDITS_MAX + 1;
    }
    return row[b_size];
}

const char *catalog_word_nearest(const char *const *words, size_t count, const char *word)
{
    const char *nearest = NULL;
    size_t fewest = EDITS_MAX + 1;

    for (size_t i = 0; i < count && fewest > 0; i++) {
        size_t distance = words[i] == NULL ? fewest : edits(words[i], word);
        /* A word of two letters is not a mistyped other word of two letters. */
        if (distance < fewest && distance < strlen(word)) {
            nearest = words[i];
            fewest = distance;
        }
    }
    return nearest;
}

const char *catalog_index_nearest(const struct catalog_index *index, const char *id)
{
    return catalog_word_nearest(index->ids, index->count, id);
}
