/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by number: where the history of each application ends, what is still to be explained. Private to
 * hub/evidence. */
#ifndef EVIDENCE_MAP_H
#define EVIDENCE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

struct evidence_map_slot {
    uint64_t key, value; /* key 0 = free */
};

/* Zero it to initialise. */
struct evidence_map {
    struct evidence_map_slot *slots; /* owned; open addressing, room is a power of two */
    size_t room, used;               /* used: keys ever put */
    size_t count;                    /* keys whose value is not 0 */
};

void evidence_map_fini(struct evidence_map *map);
/* key: not 0. 0 = none. */
uint64_t evidence_map_get(const struct evidence_map *map, uint64_t key);
/* value 0 takes it away. Errors: OD_ENOMEM. Cost: O(1) on the average. */
OD_MUST_CHECK int evidence_map_put(struct evidence_map *map, uint64_t key, uint64_t value);
/* Any key whose value is not 0; 0 = none. Cost: O(room). */
uint64_t evidence_map_any(const struct evidence_map *map);

#endif
