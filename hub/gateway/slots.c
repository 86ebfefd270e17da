/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/slots.h"

#include <assert.h>

#define INDEX_BITS 16

_Static_assert(GATEWAY_SLOTS <= 1 << INDEX_BITS, "an id has room for the index");

uint64_t gateway_slots_open(struct gateway_slots *slots, size_t index)
{
    assert(index < GATEWAY_SLOTS);
    uint64_t id = ++slots->turns[index] << INDEX_BITS | index;
    uint64_t before = atomic_exchange(&slots->ids[index], id);

    assert(before == 0);
    (void)before; /* only the assertion reads it */
    atomic_fetch_add(&slots->open, 1);
    return id;
}

int gateway_slots_take(struct gateway_slots *slots, uint64_t id, size_t *index)
{
    size_t at = id & ((1u << INDEX_BITS) - 1);
    uint64_t expected = id;

    if (id == 0 || at >= GATEWAY_SLOTS || !atomic_compare_exchange_strong(&slots->ids[at], &expected, 0))
        return OD_ENOTFOUND;
    atomic_fetch_sub(&slots->open, 1);
    *index = at;
    return OD_OK;
}

size_t gateway_slots_count(const struct gateway_slots *slots)
{
    return atomic_load(&slots->open);
}
