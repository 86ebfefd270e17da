/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the catalogue in memory: the running one, those of the applications in memory, and others that were used of late.
 * There may be any number of them in the store. */
#include "engine/internal.h"

#include <assert.h>
#include <string.h>

#define ROOM_MIN 8

/* What is used moves to the front. */
static struct catalog *catalog_in_memory(struct engine *engine, const char *version)
{
    size_t at = 0;

    while (at < engine->catalog_count && strcmp(catalog_version(engine->catalogs[at]), version) != 0)
        at++;
    if (at == engine->catalog_count)
        return NULL;
    struct catalog *catalog = engine->catalogs[at];
    memmove(engine->catalogs + 1, engine->catalogs, at * sizeof(*engine->catalogs));
    engine->catalogs[0] = catalog;
    return catalog;
}

void engine_catalogs_trim(struct engine *engine)
{
    if (engine->are_settings_lost) /* what is here may be nowhere else: engine_settings_renew */
        return;
    for (size_t i = engine->catalog_count; engine->catalog_count > ENGINE_CATALOGS_MAX && i > 0; i--) {
        struct catalog *catalog = engine->catalogs[i - 1];

        if (catalog_is_shared(catalog))
            continue;
        memmove(engine->catalogs + i - 1, engine->catalogs + i, (engine->catalog_count - i) * sizeof(*engine->catalogs));
        engine->catalog_count--;
        catalog_release(catalog);
    }
}

static int make_room(struct engine *engine)
{
    if (engine->catalog_count < engine->catalog_room)
        return OD_OK;
    size_t room = engine->catalog_room > 0 ? 2 * engine->catalog_room : ROOM_MIN;
    struct catalog **catalogs = base_realloc(engine->catalogs, room * sizeof(*catalogs));
    if (catalogs == NULL)
        return OD_ENOMEM;
    engine->catalogs = catalogs;
    engine->catalog_room = room;
    return OD_OK;
}

int engine_catalog_keep(struct engine *engine, struct catalog *catalog)
{
    if (catalog_in_memory(engine, catalog_version(catalog)) != NULL)
        return OD_EEXIST;
    int rc = make_room(engine);
    if (rc != OD_OK)
        return rc;
    memmove(engine->catalogs + 1, engine->catalogs, engine->catalog_count * sizeof(*engine->catalogs));
    engine->catalogs[0] = catalog_retain(catalog);
    engine->catalog_count++;
    engine_catalogs_trim(engine);
    return OD_OK;
}

/* An earlier version is read from its snapshot; the loop waits for it. */
static struct catalog *catalog_from_store(struct engine *engine, const char *version)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_arena arena = {0};
    struct catalog *catalog = NULL;
    const void *snapshot;
    size_t size;
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE] = "catalog/";

    strcat(name, version);
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    if (findings != NULL && store_read_setting(reader, name, &arena, &snapshot, &size) == OD_OK &&
        catalog_restore(snapshot, size, &catalog, findings) == OD_OK) {
        catalog_calendars_adopt(catalog, engine->catalog); /* rules are pinned, calendars are not */
        if (engine_catalog_keep(engine, catalog) != OD_OK)
            base_log(BASE_LOG_WARNING, "catalogue %s: no memory to keep it", version);
        catalog_release(catalog);
    }
    base_free(findings);
    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
    return catalog_in_memory(engine, version);
}

struct catalog *engine_catalog_find(struct engine *engine, const char *version)
{
    struct catalog *catalog = catalog_in_memory(engine, version);

    return catalog != NULL ? catalog : catalog_from_store(engine, version);
}

void engine_catalogs_fini(struct engine *engine)
{
    for (size_t i = 0; i < engine->catalog_count; i++)
        catalog_release(engine->catalogs[i]);
    base_free(engine->catalogs);
    engine->catalogs = NULL;
    engine->catalog_count = engine->catalog_room = 0;
}
