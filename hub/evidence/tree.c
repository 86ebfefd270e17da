/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tree.h"

#include <assert.h>
#include <string.h>

static void leaf(const uint8_t hash[BASE_HASH_SIZE], uint8_t out[BASE_HASH_SIZE])
{
    base_hash_pair("\0", 1, hash, BASE_HASH_SIZE, out);
}

static void node(const uint8_t left[BASE_HASH_SIZE], const uint8_t right[BASE_HASH_SIZE], uint8_t out[BASE_HASH_SIZE])
{
    uint8_t bytes[1 + 2 * BASE_HASH_SIZE] = {1};

    memcpy(bytes + 1, left, BASE_HASH_SIZE);
    memcpy(bytes + 1 + BASE_HASH_SIZE, right, BASE_HASH_SIZE);
    base_hash(bytes, sizeof(bytes), out);
}

void evidence_tree_add(struct evidence_tree *tree, const uint8_t hash[BASE_HASH_SIZE])
{
    uint8_t whole[BASE_HASH_SIZE];
    unsigned level = 0;

    leaf(hash, whole);
    for (; tree->count >> level & 1; level++)
        node(tree->subtrees[level], whole, whole);
    assert(level <= EVIDENCE_PATH_MAX);
    memcpy(tree->subtrees[level], whole, BASE_HASH_SIZE);
    tree->count++;
}

void evidence_tree_root(const struct evidence_tree *tree, uint8_t root[BASE_HASH_SIZE])
{
    bool is_begun = false;

    if (tree->count == 0)
        base_hash("", 0, root);
    for (unsigned level = 0; level <= EVIDENCE_PATH_MAX && tree->count >> level != 0; level++) {
        if (!(tree->count >> level & 1))
            continue;
        if (is_begun)
            node(tree->subtrees[level], root, root);
        else
            memcpy(root, tree->subtrees[level], BASE_HASH_SIZE);
        is_begun = true;
    }
}

static void root_of(const uint8_t *hashes, uint64_t count, uint8_t root[BASE_HASH_SIZE])
{
    struct evidence_tree tree = {0};

    for (uint64_t i = 0; i < count; i++)
        evidence_tree_add(&tree, hashes + i * BASE_HASH_SIZE);
    evidence_tree_root(&tree, root);
}

/* The largest power of two below count; count > 1. */
static uint64_t split_of(uint64_t count)
{
    uint64_t split = 1;

    while (split << 1 < count)
        split <<= 1;
    return split;
}

size_t evidence_path_find(const uint8_t *hashes, uint64_t count, uint64_t index, uint8_t *path)
{
    assert(index < count);
    if (count == 1)
        return 0;
    uint64_t split = split_of(count);
    bool is_left = index < split;
    size_t size = is_left ? evidence_path_find(hashes, split, index, path)
                          : evidence_path_find(hashes + split * BASE_HASH_SIZE, count - split, index - split, path);

    assert(size < EVIDENCE_PATH_MAX);
    if (is_left)
        root_of(hashes + split * BASE_HASH_SIZE, count - split, path + size * BASE_HASH_SIZE);
    else
        root_of(hashes, split, path + size * BASE_HASH_SIZE);
    return size + 1;
}

bool evidence_path_leads(const uint8_t hash[BASE_HASH_SIZE], uint64_t count, uint64_t index, const uint8_t *path, size_t path_count,
                         const uint8_t root[BASE_HASH_SIZE])
{
    uint64_t at = index, last = count - 1;
    uint8_t found[BASE_HASH_SIZE];

    if (index >= count)
        return false;
    leaf(hash, found);
    for (size_t i = 0; i < path_count; i++) {
        if (last == 0)
            return false;
        if ((at & 1) != 0 || at == last) {
            node(path + i * BASE_HASH_SIZE, found, found);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            node(found, path + i * BASE_HASH_SIZE, found);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(found, root, BASE_HASH_SIZE) == 0;
}
