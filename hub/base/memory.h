/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with a seam for tests, and arenas that go with one request. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

/* malloc, zeroed. NULL when memory is short or a test asked for it. */
void *base_alloc(size_t size);

/* realloc; the old block stays valid when NULL is returned. */
void *base_realloc(void *block, size_t size);

/* strndup; NULL when memory is short. */
char *base_copy_text(const char *text, size_t size);

void base_free(void *block);

/* Let the count-th allocation from now fail (1 = the next), 0 = none. For
 * sweeps in tests: repeat with 1, 2, 3 ... until a clean pass. */
void base_alloc_fail_at(uint64_t count);

/* Bytes that a block takes from the allocator, its header included, so that what is bounded is
 * memory and not only content; size, when the allocator does not tell. 0 for NULL. */
size_t base_memory_size(const void *block, size_t size);

/* Bytes of the process that lie in memory now; 0 when the system does not tell. One small read of
 * /proc. Source: proc(5), statm. */
size_t base_memory_resident(void);

/* Give the pages of freed memory back to the system: the allocator keeps those between blocks still
 * in use, so that a moment's peak would stay for good. Milliseconds, during which other threads may
 * wait to allocate; where the C library has no such call, nothing happens. Source: malloc_trim(3). */
void base_memory_trim(void);

/* A growing run of memory that is freed at once. Zero it to initialise. */
struct base_arena {
    struct base_arena_block *head; /* owned; newest first */
    size_t size;                   /* bytes handed out so far */
};

/* size bytes, zeroed, aligned to 16; NULL when memory is short.
 * Owned by the arena until base_arena_fini. */
void *base_arena_take(struct base_arena *arena, size_t size);

/* Copy of text as a NUL-terminated string in the arena, or NULL. */
char *base_arena_text(struct base_arena *arena, const char *text, size_t size);

/* Accepts a zeroed arena; leaves it ready for use again. */
void base_arena_fini(struct base_arena *arena);

#endif
