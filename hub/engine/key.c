/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/key.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[ENGINE_KEY_STATES] = {
    [ENGINE_KEY_ACTIVE] = "active", [ENGINE_KEY_REVOKED] = "revoked", [ENGINE_KEY_EXPIRED] = "expired"};

const char *engine_key_state_name(uint8_t state)
{
    return state > ENGINE_KEY_NONE && state < ENGINE_KEY_STATES ? state_names[state] : "unknown";
}

enum engine_key_state engine_key_state_find(const char *name)
{
    for (int state = ENGINE_KEY_ACTIVE; state < ENGINE_KEY_STATES; state++)
        if (strcmp(state_names[state], name) == 0)
            return (enum engine_key_state)state;
    return ENGINE_KEY_NONE;
}

const struct front_key *engine_key_find(const struct engine *engine, const char *id)
{
    const struct engine_keys *keys = engine->keys;

    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->rows[i].id, id) == 0)
            return &keys->rows[i];
    return NULL;
}

/* -- At the start -- */

/* One that cannot be read opens nothing. */
static int read_entry(struct engine_keys *keys, const struct store_entry *entry)
{
    struct front_key key = {.id = ""};
    struct engine_key_body body;
    struct base_json_error error;
    struct base_json *root = NULL;
    int rc = base_json_parse(entry->body, entry->body_size, &root, &error);

    if (rc == OD_OK)
        rc = engine_key_body_read(root, &key, &body);
    base_json_destroy(root);
    if (rc == OD_ENOMEM)
        return rc;
    if (rc != OD_OK || key.password[0] == '\0')
        base_log(BASE_LOG_ERROR, "a key cannot be read, and opens nothing id=%s", entry->name != NULL ? entry->name : "?");
    else
        keys->rows[keys->count++] = key;
    return OD_OK;
}

static int rows_grow(struct engine_keys *keys, size_t more)
{
    struct front_key *rows = base_realloc(keys->rows, (keys->count + more + 1) * sizeof(*rows));

    if (rows == NULL)
        return OD_ENOMEM;
    keys->rows = rows;
    return OD_OK;
}

static int read_all(struct engine_keys *keys, struct store_reader *reader)
{
    struct store_entry_filter filter = {.kind = ENGINE_ENTRY_KEY, .state = ENGINE_KEY_ACTIVE, .department = -1, .before = UINT64_MAX};
    int rc = OD_OK;

    do {
        struct base_arena arena = {0};
        struct store_entry *entries = base_arena_take(&arena, BASE_PAGE_MAX * sizeof(*entries));
        uint64_t next = 0;
        size_t count = 0;

        rc = entries == NULL ? OD_ENOMEM : store_read_entries(reader, &filter, &arena, entries, BASE_PAGE_MAX, &count, &next);
        if (rc == OD_OK)
            rc = rows_grow(keys, count);
        for (size_t i = 0; rc == OD_OK && i < count; i++)
            rc = read_entry(keys, &entries[i]);
        filter.before = next;
        base_arena_fini(&arena);
    } while (rc == OD_OK && filter.before != 0);
    return rc;
}

/* An id stands for one key. */
static bool is_clear(const struct engine_keys *keys, const struct engine_config *config, char text[512])
{
    for (size_t i = 0; i < config->key_count; i++)
        for (size_t k = keys->config_count; k < keys->count; k++)
            if (strcmp(config->keys[i].id, keys->rows[k].id) == 0) {
                snprintf(text, 512, "/keys/%zu: a key made at run time has the id %s; revoke it, or give another id", i, config->keys[i].id);
                return false;
            }
    return true;
}

int engine_keys_start(struct engine *engine, const struct engine_config *config, struct store_reader *reader, char text[512])
{
    static const char purpose[] = "onedoor keys";
    struct engine_keys *keys = base_alloc(sizeof(*keys));

    if (keys == NULL)
        return OD_ENOMEM;
    engine->keys = keys; /* freed with the engine, whatever comes */
    base_hash_keyed(engine->secret, purpose, sizeof(purpose) - 1, keys->tag_key);
    int rc = rows_grow(keys, config->key_count);
    if (rc != OD_OK)
        return rc;
    if (config->key_count > 0)
        memcpy(keys->rows, config->keys, config->key_count * sizeof(keys->rows[0]));
    keys->config_count = keys->count = config->key_count;
    engine_entry_on_due(engine, ENGINE_ENTRY_KEY, engine_key_on_due);
    rc = read_all(keys, reader);
    return rc == OD_OK && !is_clear(keys, config, text) ? OD_EINVAL : rc;
}

void engine_keys_fini(struct engine *engine)
{
    if (engine->keys != NULL) {
        base_wipe(engine->keys->tag_key, sizeof(engine->keys->tag_key));
        base_free(engine->keys->rows);
    }
    base_free(engine->keys);
    engine->keys = NULL;
}

/* -- While it runs -- */

/* rows take the place of those there are, if the doors take them. */
static int rows_set(struct engine *engine, struct front_key *rows, size_t config_count, size_t count)
{
    struct engine_keys *keys = engine->keys;
    int rc = front_keys_set(engine->front, rows, count);

    if (rc != OD_OK) {
        base_free(rows);
        return rc;
    }
    base_free(keys->rows);
    keys->rows = rows;
    keys->config_count = config_count;
    keys->count = count;
    return OD_OK;
}

int engine_keys_reload(struct engine *engine, const struct engine_config *config, char text[512])
{
    const struct engine_keys *keys = engine->keys;
    size_t made_count = keys->count - keys->config_count, count = config->key_count + made_count;

    if (!is_clear(keys, config, text))
        return OD_EINVAL;
    struct front_key *rows = base_alloc((count + 1) * sizeof(*rows));
    if (rows == NULL)
        return OD_ENOMEM;
    if (config->key_count > 0)
        memcpy(rows, config->keys, config->key_count * sizeof(*rows));
    if (made_count > 0)
        memcpy(rows + config->key_count, keys->rows + keys->config_count, made_count * sizeof(*rows));
    int rc = rows_set(engine, rows, config->key_count, count);
    if (rc != OD_OK)
        snprintf(text, 512, "the keys cannot be taken: %s", rc == OD_EINVAL ? "two of them have one secret" : "no memory left");
    return rc;
}

int engine_key_install(struct engine *engine, const struct front_key *key)
{
    const struct engine_keys *keys = engine->keys;

    if (keys->count - keys->config_count >= ENGINE_KEYS_MADE_MAX)
        return OD_ELIMIT;
    struct front_key *rows = base_alloc((keys->count + 1) * sizeof(*rows));
    if (rows == NULL)
        return OD_ENOMEM;
    if (keys->count > 0)
        memcpy(rows, keys->rows, keys->count * sizeof(*rows));
    rows[keys->count] = *key;
    return rows_set(engine, rows, keys->config_count, keys->count + 1);
}

void engine_key_forget(struct engine *engine, const char *id)
{
    struct engine_keys *keys = engine->keys;
    size_t kept = keys->config_count;

    if (engine->front != NULL)
        front_key_end(engine->front, id);
    for (size_t i = keys->config_count; i < keys->count; i++)
        if (strcmp(keys->rows[i].id, id) != 0)
            keys->rows[kept++] = keys->rows[i];
    keys->count = kept;
}
