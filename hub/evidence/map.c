/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/map.h"

#include <assert.h>

#include "base/memory.h"

#define ROOM_MIN 1024
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

void evidence_map_fini(struct evidence_map *map)
{
    base_free(map->slots);
    *map = (struct evidence_map){0};
}

static struct evidence_map_slot *slot_find(const struct evidence_map *map, uint64_t key)
{
    size_t at = (size_t)(key * SPREAD >> 20) & (map->room - 1);

    while (map->slots[at].key != 0 && map->slots[at].key != key)
        at = (at + 1) & (map->room - 1);
    return &map->slots[at];
}

uint64_t evidence_map_get(const struct evidence_map *map, uint64_t key)
{
    return map->room > 0 ? slot_find(map, key)->value : 0;
}

static int grow(struct evidence_map *map)
{
    struct evidence_map grown = {.room = map->room > 0 ? 2 * map->room : ROOM_MIN, .used = map->used, .count = map->count};

    grown.slots = base_alloc(grown.room * sizeof(*grown.slots));
    if (grown.slots == NULL)
        return OD_ENOMEM;
    for (size_t i = 0; i < map->room; i++)
        if (map->slots[i].key != 0)
            *slot_find(&grown, map->slots[i].key) = map->slots[i];
    base_free(map->slots);
    *map = grown;
    return OD_OK;
}

int evidence_map_put(struct evidence_map *map, uint64_t key, uint64_t value)
{
    assert(key != 0);
    if (2 * map->used >= map->room && grow(map) != OD_OK)
        return OD_ENOMEM;
    struct evidence_map_slot *slot = slot_find(map, key);

    map->used += slot->key == 0;
    if (value != 0 && slot->value == 0)
        map->count++;
    if (value == 0 && slot->value != 0)
        map->count--;
    *slot = (struct evidence_map_slot){key, value};
    return OD_OK;
}

uint64_t evidence_map_any(const struct evidence_map *map)
{
    for (size_t i = 0; i < map->room; i++)
        if (map->slots[i].value != 0)
            return map->slots[i].key;
    return 0;
}
