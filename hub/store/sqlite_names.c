/* SPDX-License-Identifier: Apache-2.0 */
/* Dictionaries: a catalogue id is found by hash, a number is an index. */
#include "base/limits.h"
#include "store/sqlite.h"

#include <string.h>

#define SLOTS_MIN 64

static uint32_t hash_of(const char *id)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a; ids come from the catalogue, not from strangers */

    for (; *id != '\0'; id++)
        hash = (hash ^ (uint8_t)*id) * UINT32_C(16777619);
    return hash;
}

static uint32_t names_max(enum store_name_kind kind)
{
    switch (kind) {
    case STORE_NAME_DEPARTMENT:
        return UINT16_MAX;
    case STORE_NAME_WINDOW:
        return STORE_WINDOWS_MAX;
    case STORE_NAME_SERVICE:
    case STORE_NAME_NONE:
        break;
    }
    return INT32_MAX;
}

void store_names_fini(struct store_names *names)
{
    for (uint32_t i = 0; i < names->count; i++)
        base_free(names->items[i]);
    base_free(names->items);
    base_free(names->slots);
    memset(names, 0, sizeof(*names));
}

/* The slot that holds id, or the free one where it belongs. */
static uint32_t *slot_find(const struct store_names *names, const char *id)
{
    uint32_t at = hash_of(id) & (names->slot_count - 1);

    while (names->slots[at] != 0 && strcmp(names->items[names->slots[at] - 1]->id, id) != 0)
        at = (at + 1) & (names->slot_count - 1);
    return &names->slots[at];
}

struct store_name *store_names_find(const struct store_names *names, const char *id)
{
    if (names->slot_count == 0)
        return NULL;
    uint32_t number = *slot_find(names, id);
    return number != 0 ? names->items[number - 1] : NULL;
}

static int slots_grow(struct store_names *names)
{
    struct store_names grown = *names;

    if (names->count + 1 <= names->slot_count / 2)
        return OD_OK;
    grown.slot_count = names->slot_count > 0 ? names->slot_count * 2 : SLOTS_MIN;
    grown.slots = base_alloc(grown.slot_count * sizeof(*grown.slots));
    if (grown.slots == NULL)
        return OD_ENOMEM;
    for (uint32_t i = 0; i < names->count; i++)
        *slot_find(&grown, names->items[i]->id) = i + 1;
    base_free(names->slots);
    *names = grown;
    return OD_OK;
}

static int items_grow(struct store_names *names)
{
    uint32_t room = names->room > 0 ? names->room * 2 : SLOTS_MIN;

    if (names->count < names->room)
        return OD_OK;
    struct store_name **items = base_realloc(names->items, room * sizeof(struct store_name *));
    if (items == NULL)
        return OD_ENOMEM;
    names->items = items;
    names->room = room;
    return OD_OK;
}

int store_names_add(struct store_names *names, enum store_name_kind kind, const char *id,
                    struct store_name **name)
{
    size_t size = strlen(id);

    if (size > BASE_ID_MAX || names->count >= names_max(kind))
        return OD_ELIMIT;
    int rc = slots_grow(names);
    if (rc == OD_OK)
        rc = items_grow(names);
    struct store_name *added = rc == OD_OK ? base_alloc(sizeof(*added) + size + 1) : NULL;
    if (added == NULL)
        return OD_ENOMEM;
    added->kind = (uint8_t)kind;
    added->number = names->count + 1;
    memcpy(added->id, id, size + 1);
    *slot_find(names, id) = added->number;
    names->items[names->count++] = added;
    *name = added;
    return OD_OK;
}

/* Known: its number. New: one more, to be written with the next batch. */
static int number_of(struct store *store, enum store_name_kind kind, const char *id, uint32_t *number)
{
    struct store_names *names = &store->names[kind];
    struct store_name *name = store_names_find(names, id);

    if (name == NULL) {
        int rc = store_names_add(names, kind, id, &name);
        if (rc != OD_OK)
            return rc;
        name->next = store->pending;
        store->pending = name;
    }
    *number = name->number;
    return OD_OK;
}

int store_department(struct store *store, const char *id, uint16_t *number)
{
    uint32_t wide = 0;
    int rc = number_of(store, STORE_NAME_DEPARTMENT, id, &wide);

    if (rc == OD_OK)
        *number = (uint16_t)wide;
    return rc;
}

int store_service(struct store *store, const char *id, uint32_t *number)
{
    return number_of(store, STORE_NAME_SERVICE, id, number);
}

int store_window(struct store *store, const char *name, uint32_t *number)
{
    return number_of(store, STORE_NAME_WINDOW, name, number);
}

static const char *id_of(const struct store_names *names, uint32_t number)
{
    return number > 0 && number <= names->count ? names->items[number - 1]->id : NULL;
}

const char *store_department_name(struct store *store, uint16_t number)
{
    return id_of(&store->names[STORE_NAME_DEPARTMENT], number);
}

const char *store_service_name(struct store *store, uint32_t number)
{
    return id_of(&store->names[STORE_NAME_SERVICE], number);
}

const char *store_window_name(struct store *store, uint32_t number)
{
    return id_of(&store->names[STORE_NAME_WINDOW], number);
}
