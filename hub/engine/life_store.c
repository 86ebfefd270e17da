/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of connectors' lives: written with each act, read at the start. */
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

static const char *const wish_names[] = {
    [CONNECT_WISH_NONE] = NULL, [CONNECT_WISH_RUN] = NULL, [CONNECT_WISH_DRAIN] = "drain", [CONNECT_WISH_REST] = "rest"};

static int keep(struct engine *engine, const char *kind, const char *id, struct base_buffer *value)
{
    char name[ENGINE_LIFE_NAME_SIZE];
    int rc = value->is_broken ? OD_ENOMEM : OD_OK;

    snprintf(name, sizeof(name), "%s/%s", kind, id);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, value->size > 0 ? base_buffer_text(value) : NULL, value->size);
    base_buffer_fini(value);
    return rc;
}

static void put_what(struct base_buffer *value, const struct engine_version *version)
{
    if (version->remote != NULL)
        base_json_put_raw(value, "remote", version->remote, strlen(version->remote));
    else
        base_json_put_text(value, "module", version->module);
    if (engine_version_has_address(version)) {
        char hex[2 * BASE_HASH_SIZE + 1];

        base_hex(version->address, sizeof(version->address), hex);
        base_json_put_text(value, "address", hex);
    }
    base_json_put_raw(value, "config", version->config, strlen(version->config));
}

int engine_life_keep_route(struct engine *engine, const char *id, const struct engine_route *route)
{
    struct base_buffer value = {0};

    base_json_open(&value, NULL, '{');
    if (route == NULL) {
        base_json_put_bool(&value, "unloaded", true);
    } else {
        base_json_put_text(&value, "department", route->department);
        put_what(&value, route->version);
        if (wish_names[route->wish] != NULL)
            base_json_put_text(&value, "wish", wish_names[route->wish]);
    }
    base_json_close(&value, '}');
    return keep(engine, "connector", id, &value);
}

static void put_version(struct base_buffer *value, const char *key, const struct engine_version *version)
{
    base_json_open(value, key, '{');
    put_what(value, version);
    base_json_put_i64(value, "at", version->at_ms);
    base_json_close(value, '}');
}

int engine_life_keep_versions(struct engine *engine, const char *id, const struct engine_version *const *versions, size_t count)
{
    struct base_buffer value = {0};

    if (count == 0)
        return keep(engine, "versions", id, &value);
    base_json_open(&value, NULL, '[');
    for (size_t i = 0; i < count; i++)
        put_version(&value, NULL, versions[i]);
    base_json_close(&value, ']');
    return keep(engine, "versions", id, &value);
}

int engine_life_keep_rollout(struct engine *engine, const char *id, const struct engine_rollout *rollout)
{
    struct base_buffer value = {0};

    if (rollout == NULL || rollout->step == ENGINE_ROLLOUT_NONE)
        return keep(engine, "rollout", id, &value);
    base_json_open(&value, NULL, '{');
    base_json_put_text(&value, "step", engine_rollout_step_name(rollout->step));
    put_version(&value, "from", &rollout->from);
    put_version(&value, "to", &rollout->to);
    base_json_put_i64(&value, "since", rollout->since_ms);
    base_json_put_i64(&value, "until", rollout->until_ms);
    base_json_put_i64(&value, "bake_ms", rollout->bake_ms);
    base_json_put_i64(&value, "baseline", rollout->baseline);
    base_json_put_bool(&value, "may_repeat", rollout->may_repeat);
    base_json_put_bool(&value, "switched", rollout->is_switched);
    base_json_close(&value, '}');
    return keep(engine, "rollout", id, &value);
}

static int add_history(struct engine_life *life, const char *text, size_t size)
{
    char *copy = base_copy_text(text, size);

    if (copy == NULL)
        return OD_ENOMEM;
    if (life->history_count == ENGINE_HISTORY_MAX) {
        base_free(life->history[0]);
        life->history_count--;
        memmove(life->history, life->history + 1, life->history_count * sizeof(life->history[0]));
    }
    life->history[life->history_count++] = copy;
    return OD_OK;
}

static int keep_history(struct engine *engine, const struct engine_life *life)
{
    struct base_buffer value = {0};

    base_json_open(&value, NULL, '[');
    for (size_t i = 0; i < life->history_count; i++)
        base_json_put_raw(&value, NULL, life->history[i], strlen(life->history[i]));
    base_json_close(&value, ']');
    return keep(engine, "history", life->id, &value);
}

static void put_act(struct base_buffer *value, const struct engine *engine, const struct engine_act *act)
{
    base_json_open(value, NULL, '{');
    engine_put_ms(value, "at", engine->now.ms);
    base_json_put_text(value, "by", act->by);
    base_json_put_text(value, "verb", act->verb);
    base_json_put_text(value, "from", act->from);
    base_json_put_text(value, "to", act->to);
    base_json_put_text(value, "reason", act->reason);
    base_json_close(value, '}');
}

int engine_life_journal(struct engine *engine, const struct engine_life *life, const struct engine_act *act)
{
    struct base_buffer data = {0};
    char type[64];

    snprintf(type, sizeof(type), "connector.%s", act->verb);
    base_json_open(&data, NULL, '{');
    base_json_put_text(&data, "connector", life->id);
    if (life->department != NULL)
        base_json_put_text(&data, "department", life->department->id);
    base_json_put_text(&data, "from", act->from);
    base_json_put_text(&data, "to", act->to);
    base_json_put_text(&data, "reason", act->reason);
    if (act->config != NULL)
        base_json_put_raw(&data, "config", act->config, strlen(act->config));
    base_json_close(&data, '}');
    int rc = data.is_broken ? OD_ENOMEM : engine_journal_put(engine, type, act->by, base_buffer_text(&data));
    base_buffer_fini(&data);
    return rc;
}

int engine_life_note(struct engine *engine, struct engine_life *life, const struct engine_act *act)
{
    struct base_buffer value = {0};

    put_act(&value, engine, act);
    int rc = value.is_broken ? OD_ENOMEM : add_history(life, value.bytes, value.size);
    base_buffer_fini(&value);
    if (rc == OD_OK)
        rc = keep_history(engine, life);
    return rc == OD_OK ? engine_life_journal(engine, life, act) : rc;
}

int engine_life_keep_all(struct engine *engine, const struct engine_life *life, const struct engine_route *route)
{
    const struct engine_version *versions[ENGINE_VERSIONS_MAX];

    for (size_t i = 0; i < life->version_count; i++)
        versions[i] = &life->versions[i];
    struct engine_route kept = route != NULL ? *route : (struct engine_route){.department = NULL};

    if (life->version_count > 0)
        kept.version = &life->versions[0]; /* the same, with its address */
    int rc = engine_life_keep_route(engine, life->id, route != NULL ? &kept : NULL);
    if (rc == OD_OK)
        rc = engine_life_keep_versions(engine, life->id, versions, route != NULL ? life->version_count : 0);
    if (rc == OD_OK && route != NULL)
        rc = engine_past_keep(engine, life);
    return rc == OD_OK && route == NULL ? engine_life_keep_rollout(engine, life->id, NULL) : rc;
}

static int renew(struct engine *engine, const struct engine_life *life)
{
    struct engine_route route = {.department = life->department != NULL ? life->department->id : NULL, .version = &life->versions[0],
                                 .wish = life->wish};

    if (life->rollout.is_switching || life->is_ending)
        return OD_OK; /* what is on its way says it all */
    int rc = engine_life_keep_rollout(engine, life->id, &life->rollout);
    if (rc == OD_OK)
        rc = engine_past_keep(engine, life);
    if (rc != OD_OK || !life->is_led_back || life->department == NULL || life->version_count == 0)
        return rc;
    return engine_life_keep_all(engine, life, &route);
}

int engine_lives_renew(struct engine *engine)
{
    int rc = OD_OK;

    for (const struct engine_life *life = engine->lives; rc == OD_OK && life != NULL; life = life->next_life)
        rc = renew(engine, life);
    return rc;
}

/* -- At the start -- */

int engine_version_read(struct engine_version *version, const struct base_json *tree)
{
    const char *module = base_json_member_text(tree, "module");
    const struct base_json *remote = base_json_member(tree, "remote");
    struct base_buffer config = {0}, what = {0};
    struct engine_version read = {.module = (char *)(uintptr_t)(remote != NULL ? ENGINE_REMOTE : module)};
    int rc = read.module != NULL ? OD_OK : OD_EINVAL;

    if (base_json_member(tree, "at") != NULL && base_json_i64(base_json_member(tree, "at"), 0, INT64_MAX, &read.at_ms) != OD_OK)
        rc = OD_EINVAL;
    if (base_json_member(tree, "config") != NULL)
        base_json_put(&config, NULL, base_json_member(tree, "config"));
    else
        base_buffer_put_text(&config, "{}");
    if (remote != NULL)
        base_json_put(&what, NULL, remote);
    if (rc == OD_OK && (config.is_broken || what.is_broken))
        rc = OD_ENOMEM;
    if (rc == OD_OK) {
        read.config = (char *)(uintptr_t)base_buffer_text(&config);
        read.remote = remote != NULL ? (char *)(uintptr_t)base_buffer_text(&what) : NULL;
        rc = engine_version_copy(version, &read);
    }
    base_buffer_fini(&config);
    base_buffer_fini(&what);
    return rc;
}

int engine_version_read_address(struct engine_version *version, const struct base_json *tree)
{
    const char *hex = base_json_member_text(tree, "address");
    uint8_t address[BASE_HASH_SIZE];

    if (hex == NULL)
        return OD_OK;
    if (strlen(hex) != 2 * sizeof(address) || base_unhex(hex, address, sizeof(address)) != OD_OK)
        return OD_EINVAL;
    engine_version_take_address(version, address);
    return OD_OK;
}

static int read_kept(struct engine_version *version, const struct base_json *tree)
{
    int rc = engine_version_read(version, tree);

    return rc == OD_OK ? engine_version_read_address(version, tree) : rc;
}

static int read_versions(struct engine_life *life, const struct base_json *tree)
{
    int rc = OD_OK;

    for (const struct base_json *item = base_json_first(tree); rc == OD_OK && item != NULL && life->version_count < ENGINE_VERSIONS_MAX;
         item = base_json_next(item)) {
        rc = read_kept(&life->versions[life->version_count], item);
        life->version_count += rc == OD_OK;
    }
    return rc;
}

static int read_history(struct engine_life *life, const struct base_json *tree)
{
    int rc = OD_OK;

    for (const struct base_json *item = base_json_first(tree); rc == OD_OK && item != NULL; item = base_json_next(item)) {
        struct base_buffer text = {0};

        base_json_put(&text, NULL, item);
        rc = text.is_broken ? OD_ENOMEM : add_history(life, text.bytes, text.size);
        base_buffer_fini(&text);
    }
    return rc;
}

static enum engine_rollout_step step_of(const char *name)
{
    for (enum engine_rollout_step step = ENGINE_ROLLOUT_STARTING; name != NULL && step <= ENGINE_ROLLOUT_REVERTING; step++)
        if (strcmp(engine_rollout_step_name(step), name) == 0)
            return step;
    return ENGINE_ROLLOUT_NONE;
}

static int read_rollout(struct engine_life *life, const struct base_json *tree)
{
    struct engine_rollout *rollout = &life->rollout;
    int64_t bake_ms = 0, baseline = 0;
    int rc = read_kept(&rollout->from, base_json_member(tree, "from"));

    if (rc == OD_OK)
        rc = read_kept(&rollout->to, base_json_member(tree, "to"));
    if (rc == OD_OK)
        rc = base_json_i64(base_json_member(tree, "since"), 0, INT64_MAX, &rollout->since_ms);
    if (rc == OD_OK)
        rc = base_json_i64(base_json_member(tree, "until"), 0, INT64_MAX, &rollout->until_ms);
    if (rc == OD_OK)
        rc = base_json_i64(base_json_member(tree, "bake_ms"), 0, ENGINE_BAKE_MAX_MS, &bake_ms);
    if (rc == OD_OK)
        rc = base_json_i64(base_json_member(tree, "baseline"), 0, 1000, &baseline);
    rollout->step = step_of(base_json_member_text(tree, "step"));
    rollout->bake_ms = (uint32_t)bake_ms;
    rollout->baseline = (uint32_t)baseline;
    rollout->may_repeat = base_json_is_true(base_json_member(tree, "may_repeat"));
    rollout->is_switched = base_json_is_true(base_json_member(tree, "switched"));
    if (rc != OD_OK || rollout->step == ENGINE_ROLLOUT_NONE) {
        engine_rollout_fini(rollout);
        return rc == OD_OK ? OD_EINVAL : rc;
    }
    return OD_OK;
}

struct reading {
    struct engine *engine;
    int (*read)(struct engine_life *life, const struct base_json *tree);
};

/* What cannot be read is told and left: a connector's past must not keep the hub from serving. */
static int on_setting(void *owner, const char *name, const void *value, size_t size)
{
    const struct reading *reading = owner;
    struct base_json_error error;
    struct base_json *tree = NULL;
    struct engine_life *life;
    int rc = engine_life_get(reading->engine, strchr(name, '/') + 1, &life);

    if (rc == OD_OK)
        rc = base_json_parse(value, size, &tree, &error);
    if (rc == OD_OK)
        rc = reading->read(life, tree);
    base_json_destroy(tree);
    if (rc != OD_OK && rc != OD_ENOMEM)
        base_log(BASE_LOG_ERROR, "setting %s cannot be read", name);
    return rc == OD_ENOMEM ? rc : OD_OK;
}

int engine_lives_read(struct engine *engine, struct store_reader *reader)
{
    static const struct {
        const char *prefix;
        int (*read)(struct engine_life *life, const struct base_json *tree);
    } kinds[] = {{"versions/", read_versions}, {"history/", read_history}, {"rollout/", read_rollout}, {"past/", engine_past_read}};
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct reading reading = {.engine = engine, .read = kinds[i].read};

        rc = store_read_settings(reader, kinds[i].prefix, on_setting, &reading);
    }
    return rc;
}
