/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of hashes over a run of records (RFC 6962 section 2.1): its root stands for all of them, and a path proves
 * that one of them is under it without showing the others. Pure. */
#ifndef EVIDENCE_TREE_H
#define EVIDENCE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/hash.h"

#define EVIDENCE_PATH_MAX 40 /* hashes of a path: a run of 2^40 records */

/* Zero it to initialise. One whole subtree for each bit of count. */
struct evidence_tree {
    uint64_t count;
    uint8_t subtrees[EVIDENCE_PATH_MAX + 1][BASE_HASH_SIZE];
};

/* One record more, by its hash in the chain. Fewer than 2^EVIDENCE_PATH_MAX before it. Cost: O(1) on the average. */
void evidence_tree_add(struct evidence_tree *tree, const uint8_t hash[BASE_HASH_SIZE]);

/* Of no record it is the hash of nothing. Cost: O(log count). */
void evidence_tree_root(const struct evidence_tree *tree, uint8_t root[BASE_HASH_SIZE]);

/* From record index of count to the root, lowest first. hashes: of all records of the run, one behind the other; index < count;
 * path: room for EVIDENCE_PATH_MAX hashes. Returns how many were put. Cost: O(count). */
size_t evidence_path_find(const uint8_t *hashes, uint64_t count, uint64_t index, uint8_t *path);

/* Does the path lead from record index of count, by its hash in the chain, to root? Source: RFC 9162 section 2.1.3.2. */
bool evidence_path_leads(const uint8_t hash[BASE_HASH_SIZE], uint64_t count, uint64_t index, const uint8_t *path, size_t path_count,
                         const uint8_t root[BASE_HASH_SIZE]);

#endif
