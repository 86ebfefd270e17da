/* SPDX-License-Identifier: Apache-2.0 */
/* Contents that the scanner found infected, by their hash: whoever names one in a submission is refused, also where an application
 * has it. Submissions do not wait for a read, so they stand in memory; what the scanner found stands in its errands. */
#include "engine/material.h"

#include <string.h>

struct infected {
    struct infected *next; /* in its bucket */
    struct base_list node; /* in materials.infected, the oldest first */
    uint8_t hash[BASE_HASH_SIZE];
};

static struct infected **place_of(struct engine_materials *materials, const uint8_t hash[BASE_HASH_SIZE])
{
    struct infected **place = &materials->infected_buckets[(hash[0] | (size_t)hash[1] << 8) % ENGINE_INFECTED_BUCKETS];

    while (*place != NULL && memcmp((*place)->hash, hash, BASE_HASH_SIZE) != 0)
        place = &(*place)->next;
    return place;
}

static void first_remove(struct engine_materials *materials)
{
    struct infected *first = BASE_LIST_ENTRY(materials->infected.next, struct infected, node);

    *place_of(materials, first->hash) = first->next;
    base_list_remove(&first->node);
    base_free(first);
    materials->infected_count--;
}

void engine_infected_init(struct engine_materials *materials)
{
    base_list_init(&materials->infected);
}

void engine_infected_fini(struct engine_materials *materials)
{
    while (materials->infected_count > 0)
        first_remove(materials);
}

int engine_infected_add(struct engine_materials *materials, const char *digits)
{
    uint8_t hash[BASE_HASH_SIZE];

    if (digits == NULL || base_unhex(digits, hash, sizeof(hash)) != OD_OK || *place_of(materials, hash) != NULL)
        return OD_OK;
    struct infected *infected = base_alloc(sizeof(*infected));
    if (infected == NULL)
        return OD_ENOMEM;
    if (materials->infected_count == ENGINE_INFECTED_MAX)
        first_remove(materials);
    struct infected **place = place_of(materials, hash);
    memcpy(infected->hash, hash, sizeof(hash));
    infected->next = NULL;
    *place = infected;
    base_list_append(&materials->infected, &infected->node);
    materials->infected_count++;
    return OD_OK;
}

bool engine_infected_has(struct engine_materials *materials, const char *digits)
{
    uint8_t hash[BASE_HASH_SIZE];

    return digits != NULL && base_unhex(digits, hash, sizeof(hash)) == OD_OK && *place_of(materials, hash) != NULL;
}
