/* SPDX-License-Identifier: Apache-2.0 */
/* Sums by up to two keys: open addressing, grown by doubling. */
#include "engine/statistics.h"

#include <string.h>

#define ROOM_MIN 64
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

static uint32_t *slot_find(const struct engine_groups *groups, const uint32_t keys[2])
{
    uint64_t wide = (uint64_t)keys[0] << 32 | keys[1];
    uint32_t at = (uint32_t)((wide * SPREAD) >> 32) & (groups->slot_count - 1);

    while (groups->slots[at] != 0 && memcmp(groups->items[groups->slots[at] - 1].keys, keys, 2 * sizeof(*keys)) != 0)
        at = (at + 1) & (groups->slot_count - 1);
    return &groups->slots[at];
}

static int grow(struct engine_groups *groups)
{
    uint32_t room = groups->room > 0 ? 2 * groups->room : ROOM_MIN;
    struct engine_group *items = base_realloc(groups->items, room * sizeof(*items));

    if (items == NULL)
        return OD_ENOMEM;
    groups->items = items;
    uint32_t *slots = base_alloc(2 * room * sizeof(*slots));
    if (slots == NULL)
        return OD_ENOMEM; /* the items have more room than they say */
    base_free(groups->slots);
    groups->slots = slots;
    groups->slot_count = 2 * room;
    groups->room = room;
    for (uint32_t i = 0; i < groups->count; i++)
        *slot_find(groups, groups->items[i].keys) = i + 1;
    return OD_OK;
}

int engine_group_get(struct engine_groups *groups, const uint32_t keys[2], struct engine_group **out)
{
    uint32_t *slot = groups->slot_count > 0 ? slot_find(groups, keys) : NULL;

    if (slot == NULL || *slot == 0) {
        if (groups->count == ENGINE_STATISTICS_GROUPS_MAX)
            return OD_ELIMIT;
        if (groups->count == groups->room && grow(groups) != OD_OK)
            return OD_ENOMEM;
        slot = slot_find(groups, keys);
        groups->items[groups->count] = (struct engine_group){.keys = {keys[0], keys[1]}};
        *slot = ++groups->count;
    }
    *out = &groups->items[*slot - 1];
    return OD_OK;
}

void engine_groups_fini(struct engine_groups *groups)
{
    base_free(groups->items);
    base_free(groups->slots);
    *groups = (struct engine_groups){0};
}
