/* SPDX-License-Identifier: Apache-2.0 */
#include "host/scratch.h"

void *host_scratch_take(struct host_scratch *scratch, size_t size)
{
    size_t room = (size + 15) & ~(size_t)15;

    if (scratch->bytes == NULL)
        scratch->bytes = base_alloc(HOST_SCRATCH_SIZE);
    if (scratch->bytes == NULL || room < size || room > HOST_SCRATCH_SIZE - scratch->used)
        return base_arena_take(&scratch->more, size);
    void *taken = scratch->bytes + scratch->used;
    scratch->used += room;
    return taken;
}

void host_scratch_clear(struct host_scratch *scratch)
{
    scratch->used = 0;
    if (scratch->more.head != NULL)
        base_arena_fini(&scratch->more);
}

void host_scratch_fini(struct host_scratch *scratch)
{
    base_free(scratch->bytes);
    base_arena_fini(&scratch->more);
    *scratch = (struct host_scratch){0};
}
