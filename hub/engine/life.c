/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors as people know them: one entry an id, there as long as something is known of it. */
#include "engine/life.h"

#include <assert.h>
#include <string.h>

struct engine_life *engine_life_find(const struct engine *engine, const char *id)
{
    struct engine_life *life = engine->lives;

    while (life != NULL && strcmp(life->id, id) != 0)
        life = life->next_life;
    return life;
}

int engine_life_get(struct engine *engine, const char *id, struct engine_life **out)
{
    struct engine_life *life = engine_life_find(engine, id);

    if (life == NULL) {
        life = base_alloc(sizeof(*life));
        if (life == NULL)
            return OD_ENOMEM;
        strncpy(life->id, id, BASE_ID_MAX);
        life->next_life = engine->lives;
        engine->lives = life;
    }
    *out = life;
    return OD_OK;
}

void engine_life_leave(struct engine_department *department)
{
    if (department->life != NULL)
        department->life->department = NULL;
    department->life = NULL;
}

void engine_life_forget(struct engine_life *life)
{
    for (size_t i = 0; i < ENGINE_VERSIONS_MAX; i++)
        engine_version_fini(&life->versions[i]);
    life->version_count = 0;
    life->past.schema_count = 0; /* what its tasks hold is with the officers */
    life->is_led_back = false;
    life->rollout_error[0] = '\0';
}

static void life_destroy(struct engine_life *life)
{
    engine_life_forget(life);
    for (size_t i = 0; i < life->history_count; i++)
        base_free(life->history[i]);
    engine_rollout_fini(&life->rollout);
    base_free(life);
}

void engine_lives_destroy(struct engine *engine)
{
    while (engine->lives != NULL) {
        struct engine_life *life = engine->lives;

        engine->lives = life->next_life;
        life_destroy(life);
    }
}

static char *copy_of(const char *text)
{
    return text != NULL ? base_copy_text(text, strlen(text)) : NULL;
}

void engine_version_take_address(struct engine_version *version, const uint8_t address[BASE_HASH_SIZE])
{
    memcpy(version->address, address, BASE_HASH_SIZE);
}

bool engine_version_has_address(const struct engine_version *version)
{
    static const uint8_t none[BASE_HASH_SIZE];

    return version->remote == NULL && memcmp(version->address, none, sizeof(none)) != 0;
}

int engine_version_copy(struct engine_version *version, const struct engine_version *from)
{
    struct engine_version fresh = {.module = copy_of(from->module), .remote = copy_of(from->remote), .config = copy_of(from->config),
                                   .at_ms = from->at_ms};

    engine_version_take_address(&fresh, from->address);
    if (fresh.module == NULL || fresh.config == NULL || (from->remote != NULL && fresh.remote == NULL)) {
        engine_version_fini(&fresh);
        return OD_ENOMEM;
    }
    engine_version_fini(version);
    *version = fresh;
    return OD_OK;
}

void engine_version_fini(struct engine_version *version)
{
    base_free(version->module);
    base_free(version->remote);
    base_free(version->config);
    *version = (struct engine_version){0};
}

void engine_version_swap(struct engine_version *a, struct engine_version *b)
{
    struct engine_version kept = *a;

    *a = *b;
    *b = kept;
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool engine_version_equals(const struct engine_version *a, const struct engine_version *b)
{
    return is_same(a->module, b->module) && is_same(a->remote, b->remote) && is_same(a->config, b->config);
}

struct connect_loading engine_version_loading(const struct engine_version *version, const char *id)
{
    return (struct connect_loading){.id = id, .module = version->module, .remote = version->remote,
                                    .remote_size = version->remote != NULL ? strlen(version->remote) : 0,
                                    .config = version->config, .config_size = strlen(version->config)};
}

size_t engine_versions_then(const struct engine_life *life, const struct engine_version *version, bool is_back,
                            const struct engine_version *then[ENGINE_VERSIONS_MAX])
{
    size_t count = 1;

    then[0] = version;
    for (size_t i = is_back ? 2 : 0; i < life->version_count && count < ENGINE_VERSIONS_MAX; i++)
        then[count++] = &life->versions[i];
    return count;
}

int engine_versions_take(struct engine_life *life, const struct engine_version *version, bool is_back)
{
    struct engine_version fresh = {0}, *versions = life->versions;
    size_t first = is_back && life->version_count > 1; /* its place: the one before it goes */

    if (engine_version_copy(&fresh, version) != OD_OK)
        return OD_ENOMEM;
    if (first == 0 && !is_back) {
        engine_version_fini(&versions[ENGINE_VERSIONS_MAX - 1]);
        for (size_t i = ENGINE_VERSIONS_MAX - 1; i > 0; i--)
            engine_version_swap(&versions[i], &versions[i - 1]);
        life->version_count += life->version_count < ENGINE_VERSIONS_MAX;
    }
    for (size_t i = 0; first > 0 && i + 1 < life->version_count; i++)
        engine_version_swap(&versions[i], &versions[i + 1]);
    life->version_count -= first;
    if (first > 0)
        engine_version_fini(&versions[life->version_count]);
    engine_version_swap(&versions[0], &fresh);
    engine_version_fini(&fresh);
    if (life->version_count == 0)
        life->version_count = 1;
    return OD_OK;
}

void engine_rollout_fini(struct engine_rollout *rollout)
{
    engine_version_fini(&rollout->from);
    engine_version_fini(&rollout->to);
    *rollout = (struct engine_rollout){0};
}

const char *engine_rollout_step_name(enum engine_rollout_step step)
{
    static const char *const names[] = {
        [ENGINE_ROLLOUT_NONE] = "none",       [ENGINE_ROLLOUT_STARTING] = "starting",   [ENGINE_ROLLOUT_SWITCHED] = "switched",
        [ENGINE_ROLLOUT_BAKING] = "baking",   [ENGINE_ROLLOUT_REVERTING] = "reverting",
    };

    assert(step <= ENGINE_ROLLOUT_REVERTING);
    return names[step];
}

void engine_put_rollout(struct base_buffer *buffer, const char *key, const struct engine_life *life)
{
    const struct engine_rollout *rollout = life != NULL ? &life->rollout : NULL;

    if (rollout == NULL || rollout->step == ENGINE_ROLLOUT_NONE) {
        base_json_put_null(buffer, key);
        return;
    }
    base_json_open(buffer, key, '{');
    base_json_put_text(buffer, "step", engine_rollout_step_name(rollout->step));
    base_json_put_text(buffer, "from", rollout->from.module);
    base_json_put_text(buffer, "to", rollout->to.module);
    engine_put_ms(buffer, "since", rollout->since_ms);
    engine_put_ms(buffer, "until", rollout->until_ms);
    base_json_close(buffer, '}');
}

void engine_put_versions(struct base_buffer *buffer, const char *key, const struct engine_life *life)
{
    base_json_open(buffer, key, '[');
    for (size_t i = 0; life != NULL && i < life->version_count; i++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "module", life->versions[i].module);
        engine_put_ms(buffer, "at", life->versions[i].at_ms);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}
