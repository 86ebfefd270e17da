/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with its test seam, and arenas. */
#include "lib/check.h"

#include "base/error.h"
#include "base/list.h"
#include "base/memory.h"

static void blocks_are_zeroed_and_copies_end_in_nul(void **state)
{
    (void)state;
    char *block = base_alloc(100);
    CHECK(block != NULL && block[0] == 0 && block[99] == 0, "zeroed");
    base_free(block);
    base_free(base_alloc(0));
    char *copy = base_copy_text("abcdef", 3);
    CHECK_TEXT("abc", copy, "cut");
    base_free(copy);
    base_free(NULL);
}

static void the_nth_allocation_fails_and_only_that(void **state)
{
    (void)state;
    base_alloc_fail_at(2);
    char *first = base_alloc(1);
    char *second = base_alloc(1);
    char *third = base_alloc(1);
    CHECK(first != NULL && second == NULL && third != NULL, "the second");
    base_alloc_fail_at(1);
    CHECK(base_realloc(first, 100) == NULL, "realloc counts too");
    first = base_realloc(first, 100);
    CHECK(first != NULL, "the old block stayed valid");
    base_free(first);
    base_free(third);
}

static void an_arena_hands_out_aligned_zeroed_memory(void **state)
{
    struct base_arena arena = {0};
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4000, 16384, 16385, 100000, 1};

    (void)state;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < COUNT(sizes); i++) {
            unsigned char *taken = base_arena_take(&arena, sizes[i]);
            CHECK(taken != NULL && (uintptr_t)taken % 16 == 0, "aligned");
            for (size_t k = 0; k < sizes[i]; k++)
                CHECK_I64(0, taken[k], "zeroed");
            memset(taken, 0xff, sizes[i]);
        }
    }
    CHECK_TEXT("abc", base_arena_text(&arena, "abcdef", 3), "text");
    CHECK(arena.size >= 20 * 136000, "counted");
    base_arena_fini(&arena);
    CHECK(arena.head == NULL && arena.size == 0, "ready for use again");
    CHECK_TEXT("", base_arena_text(&arena, "", 0), "again");
    base_arena_fini(&arena);
}

static void an_arena_survives_short_memory(void **state)
{
    struct base_arena arena = {0};

    (void)state;
    char *kept = base_arena_text(&arena, "kept", 4);
    base_alloc_fail_at(1);
    CHECK(base_arena_take(&arena, 1000000) == NULL, "no memory");
    CHECK_TEXT("kept", kept, "what was handed out stays");
    CHECK(base_arena_take(&arena, 10) != NULL, "usable again");
    base_arena_fini(&arena);
}

static void a_ring_keeps_order_and_forgives_a_second_removal(void **state)
{
    struct base_list list, nodes[3];

    (void)state;
    base_list_init(&list);
    CHECK(base_list_is_empty(&list), "empty");
    for (size_t i = 0; i < 3; i++)
        base_list_append(&list, &nodes[i]);
    CHECK(list.next == &nodes[0] && list.prev == &nodes[2], "order");
    base_list_remove(&nodes[1]);
    base_list_remove(&nodes[1]);
    CHECK(nodes[0].next == &nodes[2] && nodes[2].prev == &nodes[0], "removed once");
    base_list_remove(&nodes[0]);
    base_list_remove(&nodes[2]);
    CHECK(base_list_is_empty(&list), "empty again");
}

#define PIECES 4096
#define PIECE ((size_t)8 * 1024)

/* A sanitizer has an allocator of its own, and other rules. */
static bool is_allocator_the_library(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
    return false;
#else
    return true;
#endif
}

static void a_block_takes_at_least_what_was_asked_for(void **state)
{
    (void)state;
    char *block = base_alloc(100);

    CHECK(block != NULL && base_memory_size(block, 100) >= 100 + sizeof(size_t), "the content and its header");
    CHECK(base_memory_size(NULL, 100) == 0, "no block takes nothing");
    base_free(block);
}

static void freed_memory_goes_back_though_a_later_block_stays(void **state)
{
    (void)state;
    if (!is_allocator_the_library())
        skip();
    static char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        CHECK((pieces[i] = base_realloc(NULL, PIECE)) != NULL, "memory for the peak");
        memset(pieces[i], 1, PIECE);
    }
    size_t peak = base_memory_resident();
    CHECK(peak > PIECES * PIECE, "the peak is seen");
    for (size_t i = 0; i + 1 < PIECES; i++)
        base_free(pieces[i]);
    base_memory_trim();
    size_t after = base_memory_resident();
    CHECK(after < peak - PIECES * PIECE / 2, "what lies before the block that stays is given back");
    base_free(pieces[PIECES - 1]);
}

static void every_error_has_a_name_and_a_text(void **state)
{
    (void)state;
    CHECK_TEXT("OD_EBUSY", base_error_name(OD_EBUSY), "name");
    CHECK_TEXT("OD_OK", base_error_name(OD_OK), "success");
    CHECK_TEXT("OD_E?", base_error_name(-999), "unknown");
    for (int code = OD_EEXIST; code <= OD_OK; code++)
        CHECK(strlen(base_error_text(code)) > 3, base_error_name(code));
    CHECK_TEXT("unknown error", base_error_text(1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_copies_end_in_nul),
        cmocka_unit_test(the_nth_allocation_fails_and_only_that),
        cmocka_unit_test(an_arena_hands_out_aligned_zeroed_memory),
        cmocka_unit_test(an_arena_survives_short_memory),
        cmocka_unit_test(a_ring_keeps_order_and_forgives_a_second_removal),
        cmocka_unit_test(a_block_takes_at_least_what_was_asked_for),
        cmocka_unit_test(freed_memory_goes_back_though_a_later_block_stays),
        cmocka_unit_test(every_error_has_a_name_and_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
