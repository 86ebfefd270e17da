/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <assert.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define BLOCK_SIZE (16 * 1024)
#define ALIGNMENT 16

static atomic_uint_fast64_t fail_countdown;

static int is_failing(void)
{
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) == 0)
        return 0;
    return atomic_fetch_sub(&fail_countdown, 1) == 1;
}

void base_alloc_fail_at(uint64_t count)
{
    atomic_store(&fail_countdown, count);
}

void *base_alloc(size_t size)
{
    return is_failing() ? NULL : calloc(1, size > 0 ? size : 1);
}

void *base_realloc(void *block, size_t size)
{
    return is_failing() ? NULL : realloc(block, size > 0 ? size : 1);
}

char *base_copy_text(const char *text, size_t size)
{
    char *copy = base_alloc(size + 1);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

void base_free(void *block)
{
    free(block);
}

size_t base_memory_size(const void *block, size_t size)
{
    if (block == NULL)
        return 0;
#ifdef __GLIBC__
    size = malloc_usable_size((void *)(uintptr_t)block);
#endif
    return size + sizeof(size_t);
}

size_t base_memory_resident(void)
{
    char text[128];
    int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t size = statm >= 0 ? read(statm, text, sizeof(text) - 1) : -1;

    if (statm >= 0)
        close(statm);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    const char *pages = strchr(text, ' '); /* after the size of the address space */
    return pages == NULL ? 0 : (size_t)strtoull(pages, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

void base_memory_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

struct base_arena_block {
    struct base_arena_block *next;
    size_t used, size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

static struct base_arena_block *block_add(struct base_arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    /* Not zeroed as a whole: each piece is when it is taken. */
    struct base_arena_block *block = base_realloc(NULL, sizeof(*block) + room);

    if (block == NULL)
        return NULL;
    block->used = 0;
    block->size = room;
    block->next = arena->head;
    arena->head = block;
    return block;
}

static void *piece_take(struct base_arena *arena, size_t size)
{
    struct base_arena_block *block = arena->head;

    assert(size < SIZE_MAX / 2);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (block == NULL || block->size - block->used < size)
        block = block_add(arena, size);
    if (block == NULL)
        return NULL;
    void *taken = block->bytes + block->used;
    block->used += size;
    arena->size += size;
    return taken;
}

void *base_arena_take(struct base_arena *arena, size_t size)
{
    void *taken = piece_take(arena, size);

    return taken != NULL ? memset(taken, 0, size) : NULL;
}

char *base_arena_text(struct base_arena *arena, const char *text, size_t size)
{
    char *copy = piece_take(arena, size + 1);

    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

void base_arena_fini(struct base_arena *arena)
{
    while (arena->head != NULL) {
        struct base_arena_block *next = arena->head->next;

        base_free(arena->head);
        arena->head = next;
    }
    arena->size = 0;
}
