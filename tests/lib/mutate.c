/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mutate.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_MAX 64

static uint64_t state = 88172645463325252u; /* xorshift64, Marsaglia 2003 */

size_t mutate_random_below(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

size_t mutate_splice(void *text, size_t used, size_t room, size_t at, size_t cut, const void *bytes, size_t size)
{
    uint8_t *start = text;

    if (used - cut + size > room)
        return used;
    memmove(start + at + size, start + at + cut, used - at - cut);
    memcpy(start + at, bytes, size);
    return used - cut + size;
}

size_t mutate_once(const struct mutation *mutation, uint8_t *text, size_t used)
{
    uint8_t piece[PIECE_MAX];
    size_t cut_max = mutation->cut_max < PIECE_MAX ? mutation->cut_max : PIECE_MAX;

    if (used < 2)
        return used;
    size_t at = mutate_random_below(used), cut = mutate_random_below(used - at < cut_max ? used - at : cut_max);
    switch (mutate_random_below(5)) {
    case 0: text[at] = (uint8_t)mutate_random_below(256); return used;
    case 1: return used - mutate_random_below(used / 4 + 1);
    case 2: return mutate_splice(text, used, mutation->room, at, cut, "", 0);
    case 3: {
        const char *word = mutation->words[mutate_random_below(mutation->word_count)];
        return mutate_splice(text, used, mutation->room, at, mutate_random_below(3) == 0 ? cut : 0, word, strlen(word));
    }
    default:
        memcpy(piece, text + at, cut);
        return mutate_splice(text, used, mutation->room, mutate_random_below(used), 0, piece, cut);
    }
}

static bool is_fine(int (*target)(const uint8_t *bytes, size_t size), const void *bytes, size_t size)
{
    uint8_t *own = malloc(size > 0 ? size : 1);

    if (own == NULL)
        abort();
    memcpy(own, bytes, size);
    int rc = target(own, size);
    free(own);
    return rc == 0;
}

bool mutate_rounds(int (*target)(const uint8_t *bytes, size_t size), const struct mutation *mutation, const char *const *seeds, size_t seed_count,
                   size_t rounds)
{
    uint8_t *text = malloc(mutation->room);
    bool is_well = text != NULL;

    for (size_t i = 0; is_well && i < seed_count; i++)
        is_well = is_fine(target, seeds[i], strlen(seeds[i]));
    for (size_t round = 0; is_well && round < rounds; round++) {
        const char *seed = seeds[mutate_random_below(seed_count)];
        size_t used = strlen(seed);

        memcpy(text, seed, used);
        for (size_t i = mutate_random_below(6) + 1; i > 0; i--)
            used = mutate_once(mutation, text, used);
        is_well = is_fine(target, text, used);
    }
    free(text);
    return is_well;
}
