/* SPDX-License-Identifier: Apache-2.0 */
/* Ids to positions: a hash table sized once. Private to hub/catalog. */
#ifndef CATALOG_INDEX_H
#define CATALOG_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/memory.h"

#define CATALOG_INDEX_NONE UINT32_MAX

struct catalog_index {
    const char **ids;  /* count ids in the order of adding; borrowed */
    uint32_t count, count_max;
    uint32_t *slots;   /* position + 1; 0 = free */
    uint32_t mask;
};

/* Room for count_max ids, from the arena. Errors: OD_ENOMEM (*index unchanged). */
OD_MUST_CHECK int catalog_index_init(struct catalog_index *index, struct base_arena *arena,
                                     size_t count_max);

/* Add id, which lives as long as the index; there must be room. The position of the new
 * id (= count before), or of the equal one that is there already. */
uint32_t catalog_index_add(struct catalog_index *index, const char *id);

/* CATALOG_INDEX_NONE when absent. */
uint32_t catalog_index_find(const struct catalog_index *index, const char *id);

/* The id nearest to a mistyped one, at most two edits away; NULL if there is none.
 * Cost: O(count). */
const char *catalog_index_nearest(const struct catalog_index *index, const char *id);

/* The same among count words that need no index. */
const char *catalog_word_nearest(const char *const *words, size_t count, const char *word);

#endif
