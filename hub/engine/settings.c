/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub itself keeps in the store: its secret, its epochs; and, after a full disk, again. */
#include "engine/force.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_setting(struct store_reader *reader, const char *name, void *value, size_t room, size_t *size)
{
    struct base_arena arena = {0};
    const void *found;
    int rc = store_read_setting(reader, name, &arena, &found, size);

    if (rc == OD_OK && *size > room)
        rc = OD_EIO;
    if (rc == OD_OK)
        memcpy(value, found, *size);
    base_arena_fini(&arena);
    return rc;
}

/* The secret of the look-up codes: made once, kept for ever. It is durable before any code is told,
 * since batches commit in order. */
int engine_secret_start(struct engine *engine, struct store_reader *reader)
{
    size_t size;
    int rc = take_setting(reader, "secret", engine->secret, sizeof(engine->secret), &size);

    if (rc == OD_OK)
        return size == sizeof(engine->secret) ? OD_OK : OD_EIO;
    if (rc != OD_ENOTFOUND)
        return rc;
    base_random(engine->secret, sizeof(engine->secret));
    return engine_setting_put(engine, "secret", engine->secret, sizeof(engine->secret));
}

static int epoch_put(struct engine *engine)
{
    char digits[16];
    int length = snprintf(digits, sizeof(digits), "%u", engine->epoch_reserved);

    return engine_setting_put(engine, "epoch", digits, (size_t)length);
}

int engine_epoch_start(struct engine *engine, struct store_reader *reader)
{
    char digits[16] = "";
    size_t size;
    int rc = take_setting(reader, "epoch", digits, sizeof(digits) - 1, &size);

    if (rc != OD_OK && rc != OD_ENOTFOUND)
        return rc;
    engine->epoch_next = (uint32_t)strtoul(digits, NULL, 10) + 1;
    engine->epoch_reserved = engine->epoch_next + ENGINE_EPOCH_RESERVE;
    return epoch_put(engine);
}

void engine_settings_renew(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    int rc = engine_setting_put(engine, "secret", engine->secret, sizeof(engine->secret));

    if (rc == OD_OK)
        rc = epoch_put(engine);
    for (size_t i = 0; rc == OD_OK && i < engine->catalog_count; i++)
        rc = engine_snapshot_put(engine, reader, engine->catalogs[i]);
    store_reader_give(engine->store, reader);
    if (rc == OD_OK)
        rc = engine_lives_renew(engine);
    if (rc == OD_OK)
        engine_ran_note(engine);
    if (rc == OD_OK)
        engine_force_renew(engine);
    engine_kv_renew(engine);
    engine->are_settings_lost = rc != OD_OK;
}
