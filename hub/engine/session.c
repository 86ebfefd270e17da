/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions of connectors ask and tell: epochs, the clock, and when one is ready, is lost,
 * has room or is unloaded; and at the start, which connector serves which department. */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE (BASE_ID_MAX + sizeof("connector/"))

static uint32_t take_epoch(void *owner)
{
    struct engine *engine = owner;
    char digits[16];

    if (engine->epoch_next + ENGINE_EPOCH_RESERVE / 2 > engine->epoch_reserved) {
        engine->epoch_reserved += ENGINE_EPOCH_RESERVE;
        int size = snprintf(digits, sizeof(digits), "%u", engine->epoch_reserved);
        if (engine_setting_put(engine, "epoch", digits, (size_t)size) != OD_OK)
            engine->epoch_reserved -= ENGINE_EPOCH_RESERVE; /* half of the reserve is left; the next call tries again */
    }
    return engine->epoch_next++;
}

static int64_t now_ms(void *owner, bool *is_virtual)
{
    const struct engine *engine = owner;

    *is_virtual = engine->is_clock_virtual;
    return engine->is_clock_virtual ? engine->virtual_ms : base_wall_ms();
}

static void on_ready(void *owner, struct connect_link *link)
{
    struct engine *engine = owner;

    engine_time_update(engine);
    engine_scan_want(connect_link_data(link), 0);
    engine_scan_start(engine, connect_link_data(link));
}

static void on_lost(void *owner, struct connect_link *link, uint32_t epoch, bool is_crash, uint64_t task_in_hand)
{
    struct engine_department *department = connect_link_data(link);

    (void)owner;
    department->crash_epoch = epoch;
    department->crash_task = is_crash ? task_in_hand : 0;
    department->is_held = false;
    engine_scan_want(department, 0); /* the next session's, or the worklist's */
    base_log(BASE_LOG_WARNING, "connector %s: session %u ended%s", connect_link_id(link), epoch,
             is_crash ? " by a crash" : "");
}

static void on_room(void *owner, struct connect_link *link)
{
    struct engine *engine = owner;
    struct engine_department *department = connect_link_data(link);

    engine_time_update(engine);
    if (department->unsent > 0)
        engine_items_run(engine, department);
    if (department->is_held)
        engine_scan_go_on(engine, department);
    engine_queue_run(engine, department);
}

static void on_state(void *owner, struct connect_link *link)
{
    engine_feed_connector(owner, connect_link_id(link), connect_state_name(connect_link_state(link)));
}

/* The credits of its session went with it. */
static void on_unloaded(void *owner, struct connect_link *link)
{
    struct engine *engine = owner;
    struct engine_department *department = connect_link_data(link);

    engine_feed_connector(engine, connect_link_id(link), "unloaded");
    department->link = NULL;
    department->is_unloading = false;
    engine_scan_want(department, 0);
    if (!engine->is_stopping)
        engine_scan_start(engine, department);
}

static void on_time_seen(void *owner)
{
    struct engine *engine = owner;

    engine->is_time_seen = true;
}

void engine_connect_callbacks(struct connect_callbacks *callbacks)
{
    *callbacks = (struct connect_callbacks){
        .take_epoch = take_epoch, .now_ms = now_ms, .on_ready = on_ready, .on_lost = on_lost, .on_room = on_room,
        .on_report = engine_on_report, .on_state = on_state, .on_unloaded = on_unloaded, .on_time_seen = on_time_seen,
        .on_answer = engine_on_remote_answer};
}

/* -- Which connector serves which department -- */

/* The department that id would serve, when that place is free. */
int engine_route_find(struct engine *engine, const char *id, const char *department_id,
                      struct engine_department **out, char text[512])
{
    struct engine_department *department;

    if (catalog_department_find(engine->catalog, department_id) == NULL) {
        snprintf(text, 512, "connector %.64s: the catalogue has no department %.64s", id, department_id);
        return OD_EINVAL;
    }
    int rc = engine_department_get(engine, department_id, &department);
    if (rc == OD_OK && department->link != NULL) {
        snprintf(text, 512, "department %.64s has the connector %.64s already; unload that one first", department_id,
                 connect_link_id(department->link));
        return OD_EEXIST;
    }
    if (rc == OD_OK)
        *out = department;
    return rc;
}

int engine_connector_start(struct engine *engine, const char *id, const char *department_id, const char *module,
                 const char *config, size_t config_size, char text[512])
{
    struct engine_department *department;
    char name[NAME_SIZE];
    int rc = engine_route_find(engine, id, department_id, &department, text);

    snprintf(name, sizeof(name), "served/%s", department_id);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, "1", 1);
    if (rc == OD_OK)
        rc = connect_load(engine->connect, &(struct connect_loading){.id = id, .module = module, .config = config, .config_size = config_size,
                                                                     .owner_data = department}, &department->link, text);
    if (rc == OD_OK)
        department->unserved[0] = '\0';
    return rc;
}

/* -- At the start: the store's word before the configuration's -- */

struct starting {
    struct engine *engine;
    const struct engine_config *config;
    char *text;
    struct base_arena arena;
};

/* A connector of the store that cannot start must not keep the hub from serving: it is told and listed, and
 * its department's tasks wait for it, until it is loaded again or unloaded. */
static int leave_unserved(struct engine *engine, const char *id, const char *department_id, const char *text)
{
    struct engine_department *department;

    base_log(BASE_LOG_ERROR, "connector %s could not be started: %s", id, text);
    if (department_id == NULL || engine_department_get(engine, department_id, &department) != OD_OK ||
        department->link != NULL)
        return OD_OK;
    snprintf(department->unserved, sizeof(department->unserved), "%s", id);
    snprintf(department->unserved_text, sizeof(department->unserved_text), "%.255s", text);
    return OD_OK;
}

static int start_setting(struct engine *engine, const char *id, const void *value, size_t size, char text[512])
{
    struct base_json_error error;
    struct base_json *setting = NULL;
    struct base_buffer config = {0}, what = {0};
    int rc = base_json_parse(value, size, &setting, &error);

    if (rc == OD_OK && !base_json_is_true(base_json_member(setting, "unloaded"))) {
        const char *department = base_json_member_text(setting, "department"), *module = base_json_member_text(setting, "module");

        base_json_put(&config, NULL, base_json_member(setting, "config"));
        const struct base_json *remote = base_json_member(setting, "remote");
        base_json_put(&what, NULL, remote);
        rc = department != NULL && remote != NULL ? engine_remote_start(engine, id, department, &what, &config, text)
             : department != NULL && module != NULL
                 ? engine_connector_start(engine, id, department, module, config.bytes, config.size, text) : OD_EINVAL;
        if (rc != OD_OK && rc != OD_ENOMEM)
            rc = leave_unserved(engine, id, department, text);
    }
    base_buffer_fini(&what);
    base_buffer_fini(&config);
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
    char name[NAME_SIZE];
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

int engine_connectors_start(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct starting starting = {.engine = engine, .config = config, .text = text};
    int rc = store_read_settings(reader, "connector/", on_setting, &starting);

    for (size_t i = 0; rc == OD_OK && i < config->connector_count; i++) {
        const struct engine_connector_config *wanted = &config->connectors[i];

        if (is_in_store(engine, reader, wanted->id))
            base_log(BASE_LOG_INFO, "connector %s: as it was last loaded or unloaded, not as the configuration says", wanted->id);
        else
            rc = engine_connector_start(engine, wanted->id, wanted->department, wanted->module, wanted->config, strlen(wanted->config), text);
    }
    if (rc == OD_OK)
        rc = store_read_settings(reader, "reroute/", on_reroute, engine);
    if (rc == OD_OK)
        rc = store_read_settings(reader, "served/", on_served, engine);
    store_reader_give(engine->store, reader);
    /* Every department that ever had a task: what was left queued of one without a connector goes to the worklist. */
    for (uint16_t number = 1; rc == OD_OK && store_department_name(engine->store, number) != NULL; number++) {
        struct engine_department *department;
        rc = engine_department_get(engine, store_department_name(engine->store, number), &department);
    }
    for (size_t i = 0; rc == OD_OK && i < engine->department_count; i++)
        if (engine->departments[i]->link == NULL)
            engine_scan_want(engine->departments[i], 0);
    return rc;
}
