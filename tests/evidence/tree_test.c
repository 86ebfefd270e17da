/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of RFC 6962: its root by the recursive definition, a path from every record of every size, and no path from
 * anywhere else. */
#include <string.h>

#include "evidence/map.h"
#include "evidence/tree.h"
#include "lib/check.h"

#define SIZES 70

static uint8_t hashes[SIZES * BASE_HASH_SIZE];

static void fill(void)
{
    for (uint8_t i = 0; i < SIZES; i++)
        base_hash(&i, 1, hashes + i * BASE_HASH_SIZE);
}

/* MTH of RFC 6962 section 2.1, word for word. */
static void defined(const uint8_t *leaves, size_t count, uint8_t out[BASE_HASH_SIZE])
{
    uint8_t bytes[1 + 2 * BASE_HASH_SIZE];
    size_t split = 1;

    if (count == 0) {
        base_hash("", 0, out);
        return;
    }
    if (count == 1) {
        bytes[0] = 0;
        memcpy(bytes + 1, leaves, BASE_HASH_SIZE);
        base_hash(bytes, 1 + BASE_HASH_SIZE, out);
        return;
    }
    while (2 * split < count)
        split *= 2;
    bytes[0] = 1;
    defined(leaves, split, bytes + 1);
    defined(leaves + split * BASE_HASH_SIZE, count - split, bytes + 1 + BASE_HASH_SIZE);
    base_hash(bytes, sizeof(bytes), out);
}

static void root_is_as_defined(void **state)
{
    struct evidence_tree tree = {0};
    uint8_t root[BASE_HASH_SIZE], expected[BASE_HASH_SIZE];

    (void)state;
    for (size_t count = 0; count <= SIZES; count++) {
        evidence_tree_root(&tree, root);
        defined(hashes, count, expected);
        CHECK(memcmp(root, expected, BASE_HASH_SIZE) == 0, "the root of the records so far");
        if (count < SIZES)
            evidence_tree_add(&tree, hashes + count * BASE_HASH_SIZE);
    }
}

static void every_record_has_a_path_and_no_other(void **state)
{
    uint8_t root[BASE_HASH_SIZE], path[EVIDENCE_PATH_MAX * BASE_HASH_SIZE];

    (void)state;
    for (size_t count = 1; count <= SIZES; count++) {
        defined(hashes, count, root);
        for (size_t index = 0; index < count; index++) {
            size_t size = evidence_path_find(hashes, count, index, path);
            const uint8_t *leaf = hashes + index * BASE_HASH_SIZE;

            CHECK(evidence_path_leads(leaf, count, index, path, size, root), "from each record");
            CHECK(!evidence_path_leads(hashes + (index + 1) % SIZES * BASE_HASH_SIZE, count, index, path, size, root), "not from another");
            CHECK(count == 1 || !evidence_path_leads(leaf, count, (index + 1) % count, path, size, root), "not from another place");
            CHECK(!evidence_path_leads(leaf, count, index, path, size + 1, root), "not by a longer one");
            CHECK(size == 0 || !evidence_path_leads(leaf, count, index, path, size - 1, root), "nor by a shorter one");
            CHECK(!evidence_path_leads(leaf, count, count, path, size, root), "nor from behind the end");
            if (size > 0)
                path[0] ^= 1;
            CHECK(size == 0 || !evidence_path_leads(leaf, count, index, path, size, root), "nor by another one");
        }
    }
}

static void a_map_keeps_what_it_is_told(void **state)
{
    struct evidence_map map = {0};

    (void)state;
    CHECK_I64(0, evidence_map_get(&map, 7), "nothing at first");
    CHECK_I64(0, evidence_map_any(&map), "nothing at first");
    for (uint64_t key = 1; key <= 5000; key++)
        CHECK_I64(OD_OK, evidence_map_put(&map, key * 64, key), "put");
    CHECK_I64(5000, map.count, "all of them");
    for (uint64_t key = 1; key <= 5000; key++)
        CHECK_I64(key, evidence_map_get(&map, key * 64), "found again");
    for (uint64_t key = 1; key < 5000; key++)
        CHECK_I64(OD_OK, evidence_map_put(&map, key * 64, 0), "taken away");
    CHECK_I64(1, map.count, "one is left");
    CHECK_I64(5000 * 64, evidence_map_any(&map), "that one");
    evidence_map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_is_as_defined),
        cmocka_unit_test(every_record_has_a_path_and_no_other),
        cmocka_unit_test(a_map_keeps_what_it_is_told),
    };

    if (base_hash_init() != OD_OK)
        return 1;
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
