/* SPDX-License-Identifier: Apache-2.0 */
/* Searching the services of a catalogue. */
#ifndef CATALOG_SEARCH_H
#define CATALOG_SEARCH_H

#include "catalog/catalog.h"

struct catalog_search {
    const char *text;        /* in an id, a name, a summary, a matter, a department, or letters of the name's pinyin; NULL = any */
    char initial;            /* 'a'..'z': with which the name's pinyin begins; 0 = any */
    uint8_t applicant_kinds; /* any of these bits; 0 = any */
    const char *department;  /* an id; NULL = any */
};

/* Does the service meet all that is asked for? Cost: linear in its texts. */
bool catalog_service_is_found(const struct catalog_service *service, const struct catalog_search *search);

/* While it is loaded: what its name is found by. Left NULL where the name is at fault or memory is short. */
void catalog_search_index(struct base_arena *arena, struct catalog_service *service);

#endif
