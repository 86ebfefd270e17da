/* SPDX-License-Identifier: Apache-2.0 */
/* Which connector serves which department: at the start of the hub, and of one connector. */
#include "engine/errand.h"
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

/* The department that id would serve, when that place is free. */
int engine_route_find(struct engine *engine, const char *id, const char *department_id,
                      struct engine_department **out, char text[512])
{
    struct engine_department *department;

    if (engine_errand_kind_served(department_id) == NULL && catalog_department_find(engine->catalog, department_id) == NULL) {
        snprintf(text, 512, "connector %.64s: the catalogue has no department %.64s", id, department_id);
        return OD_EINVAL;
    }
    int rc = engine_department_get(engine, department_id, &department);
    if (rc == OD_OK && department->link != NULL) {
        snprintf(text, 512, "department %.64s has the connector %.64s already; unload that one first", department_id,
                 connect_link_id(department->link));
        return OD_EEXIST;
    }
    if (rc == OD_OK && department->unserved[0] != '\0' && strcmp(department->unserved, id) != 0) {
        snprintf(text, 512, "department %.64s waits for the connector %.64s, which could not be started; unload that one first", department_id,
                 department->unserved);
        return OD_EEXIST;
    }
    if (rc == OD_OK)
        *out = department;
    return rc;
}

int engine_connector_start(struct engine *engine, const char *id, const struct engine_route *route, char text[512])
{
    struct connect_loading loading = engine_version_loading(route->version, id);
    struct engine_department *department;
    struct engine_life *life;
    char name[ENGINE_LIFE_NAME_SIZE];
    int rc = engine_route_find(engine, id, route->department, &department, text);

    snprintf(name, sizeof(name), "served/%s", route->department);
    if (rc == OD_OK)
        rc = engine_life_get(engine, id, &life);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, "1", 1);
    if (rc != OD_OK)
        return rc;
    loading.owner_data = department;
    loading.wish = route->wish;
    loading.is_again = route->is_again || engine->front == NULL; /* the hub starts: as it ran here last */
    loading.address = route->address;
    if (loading.is_again && !engine->is_development && engine_version_has_address(route->version))
        loading.address = route->version->address; /* and not what came into its place since */
    rc = connect_load(engine->connect, &loading, &department->link, text);
    if (rc != OD_OK)
        return rc;
    bool is_back = life->version_count > 1 && engine_version_equals(&life->versions[1], route->version);
    if ((life->version_count == 0 || !engine_version_equals(&life->versions[0], route->version)) &&
        engine_versions_take(life, route->version, is_back) != OD_OK) {
        department->is_unloading = true;
        connect_unload(department->link);
        return OD_ENOMEM;
    }
    engine_version_take_address(&life->versions[0], connect_link_address(department->link));
    life->department = department;
    life->wish = route->wish;
    life->ended = life->failed = 0;
    department->life = life;
    department->unserved[0] = '\0';
    if (engine_past_add(life, connect_link_manifest(department->link)) && engine_past_keep(engine, life) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: the schema of its state is kept with the next act", id);
    return OD_OK;
}

/* -- At the start: the store's word before the configuration's -- */

struct starting {
    struct engine *engine;
    const struct engine_config *config;
    char *text;
};

/* A connector of the store that cannot start must not keep the hub from serving: it is told and listed, and
 * its department's tasks wait for it, until it is loaded again or unloaded. */
static int leave_unserved(struct engine *engine, const char *id, const char *department_id, const char *text)
{
    struct engine_department *department;

    base_log(BASE_LOG_ERROR, "connector %s could not be started: %s", id, text);
    if (department_id == NULL || engine_department_get(engine, department_id, &department) != OD_OK ||
        department->link != NULL || department->unserved[0] != '\0')
        return OD_OK; /* one connector a department: the first of them has it */
    snprintf(department->unserved, sizeof(department->unserved), "%s", id);
    snprintf(department->unserved_text, sizeof(department->unserved_text), "%.255s", text);
    return OD_OK;
}

static enum connect_wish wish_of(const struct base_json *setting)
{
    const char *word = base_json_member_text(setting, "wish");

    if (word != NULL && strcmp(word, "drain") == 0)
        return CONNECT_WISH_DRAIN;
    return word != NULL && strcmp(word, "rest") == 0 ? CONNECT_WISH_REST : CONNECT_WISH_RUN;
}

/* Where a version that is watched cannot start, the one before it may. */
static int start_route(struct engine *engine, const char *id, struct engine_route *route, struct engine_version *version, char text[512])
{
    struct engine_life *life;
    int rc = engine_life_get(engine, id, &life);

    if (rc == OD_OK)
        rc = engine_rollout_continue(engine, life, route, version);
    if (rc == OD_OK)
        rc = engine_connector_start(engine, id, route, text);
    if (rc == OD_OK || rc == OD_ENOMEM || engine_rollout_fall_back(engine, life, route, version, text) != OD_OK)
        return rc;
    return engine_connector_start(engine, id, route, text);
}

static int start_setting(struct engine *engine, const char *id, const void *value, size_t size, char text[512])
{
    struct base_json_error error;
    struct base_json *setting = NULL;
    struct engine_version version = {0};
    struct engine_route route = {.version = &version};
    int rc = base_json_parse(value, size, &setting, &error);

    if (rc == OD_OK && !base_json_is_true(base_json_member(setting, "unloaded"))) {
        route.department = base_json_member_text(setting, "department");
        route.wish = wish_of(setting);
        rc = route.department != NULL ? engine_version_read(&version, setting) : OD_EINVAL;
        if (rc == OD_OK)
            rc = engine_version_read_address(&version, setting);
        if (rc == OD_OK)
            rc = start_route(engine, id, &route, &version, text);
        if (rc != OD_OK && rc != OD_ENOMEM)
            rc = leave_unserved(engine, id, route.department, text);
    }
    engine_version_fini(&version);
    base_json_destroy(setting);
    return rc;
}

static int on_setting(void *owner, const char *name, const void *value, size_t size)
{
    struct starting *starting = owner;
    const char *id = name + strlen("connector/");
    int rc = start_setting(starting->engine, id, value, size, starting->text);

    if (rc != OD_OK && rc != OD_ENOMEM)
        base_log(BASE_LOG_ERROR, "connector %s: its setting cannot be read", id);
    return rc == OD_ENOMEM ? rc : OD_OK;
}

static bool is_in_store(struct engine *engine, struct store_reader *reader, const char *id)
{
    struct base_arena arena = {0};
    char name[ENGINE_LIFE_NAME_SIZE];
    const void *value;
    size_t size;

    (void)engine;
    snprintf(name, sizeof(name), "connector/%s", id);
    bool is_there = store_read_setting(reader, name, &arena, &value, &size) == OD_OK;
    base_arena_fini(&arena);
    return is_there;
}

static int on_reroute(void *owner, const char *name, const void *value, size_t size)
{
    struct engine *engine = owner;
    struct engine_department *department;

    (void)value;
    (void)size;
    int rc = engine_department_get(engine, name + strlen("reroute/"), &department);
    if (rc == OD_OK) {
        department->is_rerouted = true;
        engine_scan_want(department, 0);
    }
    return rc;
}

static int on_served(void *owner, const char *name, const void *value, size_t size)
{
    struct engine_department *department;

    (void)value;
    (void)size;
    return engine_department_get(owner, name + strlen("served/"), &department);
}

static int start_wanted(struct engine *engine, const struct engine_connector_config *wanted, char text[512])
{
    const struct engine_version named = {.module = (char *)(uintptr_t)wanted->module, .config = (char *)(uintptr_t)wanted->config,
                                         .at_ms = engine->now.ms};
    struct engine_version version = {0};
    struct engine_route route = {.department = wanted->department, .version = &version, .wish = CONNECT_WISH_RUN};
    int rc = engine_version_copy(&version, &named);

    if (rc == OD_OK && engine_errand_kind_served(wanted->department) != NULL)
        rc = engine_serves_set(engine, wanted->department, wanted->priority, wanted->channel, wanted->module);
    if (rc == OD_OK)
        rc = start_route(engine, wanted->id, &route, &version, text);
    engine_version_fini(&version);
    return rc;
}

int engine_connectors_start(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct starting starting = {.engine = engine, .config = config, .text = text};
    int rc = engine_lives_read(engine, reader);

    if (rc == OD_OK)
        rc = engine_serves_start(engine, reader);
    if (rc == OD_OK)
        rc = store_read_settings(reader, "connector/", on_setting, &starting);
    for (size_t i = 0; rc == OD_OK && i < config->connector_count; i++) {
        const struct engine_connector_config *wanted = &config->connectors[i];

        if (is_in_store(engine, reader, wanted->id))
            base_log(BASE_LOG_INFO, "connector %s: as it was last loaded or unloaded, not as the configuration says", wanted->id);
        else
            rc = start_wanted(engine, wanted, text);
    }
    if (rc == OD_OK)
        rc = store_read_settings(reader, "reroute/", on_reroute, engine);
    if (rc == OD_OK)
        rc = store_read_settings(reader, "doubt/", engine_past_read_left, engine);
    if (rc == OD_OK)
        rc = store_read_settings(reader, "served/", on_served, engine);
    store_reader_give(engine->store, reader);
    /* Every department that ever had a task: what was left queued of one without a connector goes to the worklist. */
    for (uint16_t number = 1; rc == OD_OK && store_department_name(engine->store, number) != NULL; number++) {
        struct engine_department *department;
        rc = engine_department_get(engine, store_department_name(engine->store, number), &department);
    }
    for (struct engine_life *life = engine->lives; rc == OD_OK && life != NULL; life = life->next_life)
        if (engine_rollout_is_under_way(life) && life->department == NULL)
            rc = engine_rollout_drop(engine, life); /* of a connector that is not there any more */
    for (size_t i = 0; rc == OD_OK && i < engine->department_count; i++)
        if (engine->departments[i]->link == NULL)
            engine_scan_want(engine->departments[i], 0);
    if (rc == OD_OK)
        connect_store_clean(engine->connect);
    return rc;
}
