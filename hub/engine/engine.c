/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's life and its loop turn.
 *
 *   start: catalogue, zone -> store -> secret, epoch, snapshot -> connectors -> doors
 *   turn:  (uv_prepare) loads -> queues and scans -> commit -> connectors' sockets
 *   stop:  gateway -> doors (answers under way leave) -> connectors -> last commit
 *          -> pool reads -> store -> on_stopped */
#include "engine/concern.h"
#include "engine/material.h"
#include "engine/message.h"
#include "engine/center.h"
#include "engine/operations.h"
#include "engine/entry.h"
#include "engine/key.h"
#include "engine/scope.h"
#include "engine/retention.h"
#include "engine/repeat.h"
#include "engine/seal.h"
#include "engine/force.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRONT_GRACE_MS 5000
#define CONNECT_GRACE_MS 2000

/* -- Requests -- */

static void perform(void *owner, struct front_request *request)
{
    struct engine *engine = owner;

    engine_time_update(engine);
    if (request->body != NULL && base_json_type(request->body) != BASE_JSON_OBJECT)
        engine_refuse(request, "", "object", "请求正文应为 JSON 对象。", "The body must be a JSON object.");
    else if (!engine_scope_check(engine, request))
        engine_perform(engine, request);
}

/* -- The loop turn -- */

static void turn_end(struct engine *engine)
{
    engine_time_update(engine);
    for (size_t i = 0; i < engine->department_count; i++)
        if (engine->departments[i]->queue_count > 0)
            engine_queue_run(engine, engine->departments[i]);
    engine_scans_run(engine);
    engine_loads_flush(engine);
    engine_commit_flush(engine);
    if (engine->connect != NULL)
        connect_flush(engine->connect);
    if (engine->clock_request != NULL)
        engine_test_clock_check(engine);
    if (engine->is_stopping)
        engine_stop_check(engine);
}

static void on_turn(uv_prepare_t *turn)
{
    turn_end(turn->data);
}

/* The turn that follows flushes, though the loop counts from when it woke and a clock read now may lag behind it. */
static void on_patience(uv_timer_t *patience)
{
    struct engine *engine = patience->data;

    if (engine->filling->held_until_ms != 0)
        engine->filling->held_until_ms = 1; /* long ago */
}

void engine_patience_start(struct engine *engine)
{
    uv_timer_start(&engine->patience, on_patience, ENGINE_PATIENCE_MS, 0);
}

static void on_tick(uv_timer_t *tick)
{
    struct engine *engine = tick->data;

    engine_time_update(engine);
    engine_retries_run(engine, base_monotonic_ms());
    engine_rollouts_run(engine);
    engine_wake_run(engine);
    engine_entries_run(engine);
    engine_errands_run(engine);
    engine_center_tick(engine);
    engine_seal_run(engine);
    engine_retention_run(engine);
    engine_materials_run(engine);
    engine_items_run(engine, NULL);
    engine_events_tick(engine);
    engine_redate_run(engine);
    engine_time_tell(engine);
    engine_self_test_check(engine);
    engine_trust_check(engine);
    engine_memory_run(engine);
}

static void on_front_turn_end(void *owner)
{
    (void)owner; /* the prepare handle ends every turn, whatever woke it */
}

static const struct front_ops ops = {.perform = perform, .on_turn_end = on_front_turn_end, .on_session = engine_on_session};

/* -- Start -- */

/* The catalogue's snapshot, kept as long as an application is pinned to it. */
int engine_snapshot_put(struct engine *engine, struct store_reader *reader, const struct catalog *catalog)
{
    char name[sizeof("catalog/") + CATALOG_VERSION_SIZE];
    struct base_arena arena = {0};
    const void *found;
    size_t size;

    snprintf(name, sizeof(name), "catalog/%s", catalog_version(catalog));
    int rc = store_read_setting(reader, name, &arena, &found, &size);
    base_arena_fini(&arena);
    if (rc != OD_ENOTFOUND)
        return rc;
    const char *snapshot = catalog_snapshot(catalog, &size);
    return engine_setting_put(engine, name, snapshot, size);
}

static int catalog_start(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    struct catalog_sources sources = {0};
    int rc = findings != NULL ? engine_force_create(engine) : OD_ENOMEM;

    if (rc == OD_OK)
        rc = catalog_load_keeping(config->catalog, &engine->catalog, findings, &sources);
    if (rc != OD_OK)
        engine_findings_tell(config, rc, findings, text);
    else
        engine_force_note_folder(engine, catalog_version(engine->catalog), &sources);
    base_free(findings);
    if (rc == OD_OK && base_zone_set(catalog_zone(engine->catalog)) != OD_OK) {
        snprintf(text, 512, "the time zone %.64s is not installed; install tzdata", catalog_zone(engine->catalog));
        rc = OD_EINVAL;
    }
    return rc;
}

/* The newest application must be readable: a store of an earlier build is refused in words, not row by row. */
static int rows_check(struct engine *engine, struct store_reader *reader, const char *folder, char text[512])
{
    struct store_filter filter = {.service = -1, .department = -1, .due_before = INT32_MAX, .overdue = -1, .before = UINT64_MAX, .limit = 1};
    struct engine_application *application = NULL;
    struct base_arena arena = {0};
    struct store_row row;
    uint64_t next;
    size_t count = 0;
    int rc = store_read_list(reader, &filter, &arena, &row, &count, &next);

    if (rc == OD_OK && count == 1)
        rc = engine_row_read(engine, row.application, row.state, row.state_size, &application);
    if (rc == OD_EIO)
        snprintf(text, 512, "the applications in %.200s were written by a build that this one cannot read; go on with that build, "
                            "or give an empty data folder", folder);
    engine_application_destroy(application);
    base_arena_fini(&arena);
    return rc == OD_EIO ? OD_EUNSUPPORTED : rc;
}

/* The catalogue in force may be another than the folder's, against which the doors were checked: that it lacks a department is
 * told, and keeps no hub from starting. */
static int versions_start(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct store_reader *reader = store_reader_take(engine->store);
    char fault[512] = "";
    int rc = engine_force_start(engine, reader, text);

    store_reader_give(engine->store, reader);
    if (rc == OD_OK && engine_doors_check(config, engine->catalog, fault) != OD_OK)
        base_log(BASE_LOG_WARNING, "catalogue %s, which is in force, does not fit the configuration: %s", catalog_version(engine->catalog), fault);
    return rc;
}

static int store_start(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct store_options options = {.folder = config->data, .cache_mib = config->cache_mib};
    int rc = store_open(engine->loop, &options, &engine->store, text);

    if (rc != OD_OK)
        return rc;
    engine->application_next = store_application_next(engine->store);
    engine->journal_told = store_journal_last(engine->store);
    rc = engine_batches_create(engine);
    if (rc == OD_OK)
        rc = engine_entries_start(engine);
    if (rc == OD_OK)
        rc = versions_start(engine, config, text);
    if (rc == OD_OK)
        rc = engine_errands_start(engine);
    if (rc == OD_OK)
        engine_concerns_start(engine);
    if (rc == OD_OK)
        rc = engine_center_start(engine);
    if (rc == OD_OK)
        rc = engine_desk_start(engine);
    if (rc == OD_OK)
        engine_repeats_start(engine);
    struct store_reader *reader = store_reader_take(engine->store);
    if (rc == OD_OK)
        rc = engine_secret_start(engine, reader);
    if (rc == OD_OK)
        rc = engine_keys_start(engine, config, reader, text);
    if (rc == OD_OK)
        rc = engine_epoch_start(engine, reader);
    if (rc == OD_OK)
        rc = engine_snapshot_put(engine, reader, engine->catalog);
    if (rc == OD_OK)
        rc = engine_virtual_resume(engine, reader);
    if (rc == OD_OK)
        rc = engine_seal_start(engine, reader, config->data, text);
    if (rc == OD_OK)
        rc = engine_retention_start(engine);
    if (rc == OD_OK)
        rc = store_read_wake(reader, &engine->wake_next);
    if (rc == OD_OK)
        rc = store_read_has_events(reader, &engine->may_have_events);
    if (rc == OD_OK)
        rc = engine_kv_start(engine, reader);
    if (rc == OD_OK)
        rc = rows_check(engine, reader, config->data, text);
    store_reader_give(engine->store, reader);
    if (rc != OD_OK && text[0] == '\0')
        snprintf(text, 512, "the store in %.200s cannot be read: %s", config->data, base_error_text(rc));
    return rc;
}

/* A demo shows the hub wherever it runs; its modules came with it. */
const char *engine_min_tier(const struct engine_config *config, bool is_demo)
{
    if (config->min_tier != NULL)
        return config->min_tier;
    return is_demo ? "plain" : "filtered";
}

static int connect_start(struct engine *engine, const struct engine_options *options, char text[512])
{
    char store[PATH_MAX];
    struct connect_options connect = {.host_program = options->host_program, .module_folder = engine->module_folder,
                                      .store_folder = store, .may_be_unsigned = options->config->may_be_unsigned,
                                      .watchdog_ms = options->config->watchdog_ms, .nice_increment = 10,
                                      .min_tier = engine_min_tier(options->config, options->is_demo), .owner = engine,
                                      .folders = engine->folders, .egress = {.program = engine->egress_program, .secrets = engine->secrets_folder, .ca = engine->egress_ca, .net_folder = engine->net_folder}};

    if (snprintf(store, sizeof(store), "%s/modules", options->config->data) >= PATH_MAX) {
        snprintf(text, 512, "the path of the data folder is too long");
        return OD_EINVAL;
    }
    engine_connect_callbacks(&connect.callbacks);
    int rc = connect_create(engine->loop, &connect, &engine->connect);
    if (rc != OD_OK)
        snprintf(text, 512, "connectors: the module store %.200s cannot be used: %s", store, base_error_text(rc));
    else
        rc = connect_trust_load(engine->connect, options->config->trust, text);
    if (rc == OD_OK)
        rc = engine_connectors_start(engine, options->config, text);
    return rc;
}

static int doors_start(struct engine *engine, const struct engine_options *options, char text[512])
{
    const struct engine_config *config = options->config;
    struct front_options front = {.listen = config->listen, .listen_unix = config->listen_unix, .keys = engine->keys->rows,
                                  .key_count = engine->keys->count, .tag_key = engine->keys->tag_key, .identity = config->identity, .is_demo = options->is_demo,
                                  .is_development = config->may_be_unsigned,
                                  .is_clock_virtual = options->is_clock_virtual, .ops = &ops, .owner = engine};
    struct front_gateway_options gateway = {.program = options->gateway_program, .front_desk = config->nng_front_desk,
                                            .events = config->nng_events, .connectors = config->nng_connectors, .certificate = config->nng_certificate};
    int rc = front_open(engine->loop, &front, &engine->front, text);

    if (rc == OD_OK && gateway.program != NULL && (gateway.front_desk != NULL || gateway.events != NULL || gateway.connectors != NULL)) {
        rc = front_gateway_start(engine->front, engine->loop, &gateway, &engine->gateway);
        if (rc != OD_OK)
            snprintf(text, 512, "the nng gateway %.200s cannot be started: %s", gateway.program, base_error_text(rc));
    }
    return rc;
}

static struct engine *create(uv_loop_t *loop, const struct engine_options *options)
{
    struct engine *engine = base_alloc(sizeof(*engine));

    if (engine == NULL)
        return NULL;
    engine->loop = loop;
    engine->is_demo = options->is_demo;
    engine->is_development = options->config->may_be_unsigned;
    engine->is_clock_virtual = options->is_clock_virtual;
    engine->in_flight_max = options->in_flight_max > 0 ? options->in_flight_max : BASE_IN_FLIGHT_MAX;
    engine->virtual_ms = base_wall_ms();
    engine->escalation = options->config->escalation;
    int rc = engine_paths_copy(engine, options);
    base_list_init(&engine->recent);
    base_list_init(&engine->streams);
    base_list_init(&engine->unsent);
    base_list_init(&engine->keepers);
    uv_timer_init(loop, &engine->tick);
    uv_timer_init(loop, &engine->patience);
    uv_prepare_init(loop, &engine->turn);
    engine->tick.data = engine->turn.data = engine->patience.data = engine;
    if (rc != OD_OK) {
        engine_paths_free(engine);
        base_free(engine);
        return NULL;
    }
    return engine;
}

int engine_start(uv_loop_t *loop, const struct engine_options *options, struct engine **out, char text[512])
{
    struct engine *engine = create(loop, options);
    int rc;

    text[0] = '\0';
    if (engine == NULL)
        return OD_ENOMEM;
    rc = engine_modules_check(options->config, text);
    if (rc == OD_OK)
        rc = catalog_start(engine, options->config, text);
    if (rc == OD_OK)
        rc = engine_doors_check(options->config, engine->catalog, text);
    engine_time_update(engine);
    if (rc == OD_OK)
        rc = store_start(engine, options->config, text);
    if (rc == OD_OK)
        rc = engine_materials_start(engine, text);
    if (rc == OD_OK)
        engine_time_start(engine);
    if (rc == OD_OK && options->has_self_test)
        rc = engine_self_test_start(engine);
    if (rc == OD_OK)
        rc = connect_start(engine, options, text);
    if (rc == OD_OK)
        rc = doors_start(engine, options, text);
    if (rc != OD_OK)
        return rc; /* the program ends with text; what is open ends with it */
    uv_timer_start(&engine->tick, on_tick, ENGINE_TICK_MS, ENGINE_TICK_MS);
    uv_prepare_start(&engine->turn, on_turn);
    engine->is_ready = true;
    engine_redate_check(engine);
    engine_parked_check(engine);
    engine_force_tell_start(engine);
    turn_end(engine);
    *out = engine;
    return OD_OK;
}

const char *engine_address(const struct engine *engine)
{
    return front_address(engine->front);
}

/* -- Stop -- */

void engine_free(struct engine *engine)
{
    engine_items_drop(engine);
    engine_redate_drop(engine);
    while (!base_list_is_empty(&engine->recent))
        engine_application_drop(engine, BASE_LIST_ENTRY(engine->recent.next, struct engine_application, recent));
    for (size_t i = 0; i < engine->department_count; i++)
        engine_department_destroy(engine->departments[i]);
    base_free(engine->departments);
    engine_lives_destroy(engine);
    engine_errands_fini(engine);
    engine_entries_fini(engine);
    engine_materials_fini(engine);
    engine_center_fini(engine);
    engine_desk_fini(engine);
    engine_keys_fini(engine);
    engine_seal_fini(engine);
    engine_retention_fini(engine);
    engine_kv_fini(engine);
    engine_quantity_fini(engine);
    engine_batches_destroy(engine);
    engine_recount_destroy(engine->recount);
    engine_repair_destroy(engine->repair);
    engine_catalogs_fini(engine);
    catalog_release(engine->catalog);
    engine_force_fini(engine);
    base_buffer_fini(&engine->scratch);
    engine_paths_free(engine);
    base_free(engine);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct engine *engine = handle->data;

    if (--engine->parts_open > 0)
        return;
    engine_stopped_cb on_stopped = engine->on_stopped;
    void *owner = engine->stopped_owner;
    engine_free(engine);
    on_stopped(owner);
}

static void on_store_closed(void *owner)
{
    struct engine *engine = owner;

    engine->parts_open = 3;
    uv_close((uv_handle_t *)&engine->tick, on_handle_closed);
    uv_close((uv_handle_t *)&engine->patience, on_handle_closed);
    uv_close((uv_handle_t *)&engine->turn, on_handle_closed);
}

/* The last commit and the last read are over: close the store. */
void engine_stop_check(struct engine *engine)
{
    if (!engine->is_drained || engine->is_store_closing)
        return;
    engine_center_tick(engine); /* what was counted since; later there is no store */
    engine_commit_flush(engine);
    if (engine->committing != NULL || engine->filling->store->count > 0 || engine->jobs_open > 0 || engine->load_window != NULL)
        return;
    engine->is_store_closing = true;
    store_close(engine->store, on_store_closed, engine);
}

static void on_connect_destroyed(void *owner)
{
    struct engine *engine = owner;

    engine->is_drained = true;
    engine->connect = NULL;
    engine_stop_check(engine);
}

static void on_front_closed(void *owner)
{
    struct engine *engine = owner;

    engine->front = NULL;
    connect_destroy(engine->connect, CONNECT_GRACE_MS, on_connect_destroyed);
}

static void on_gateway_stopped(void *owner)
{
    struct engine *engine = owner;

    engine->gateway = NULL;
    front_close(engine->front, FRONT_GRACE_MS, on_front_closed, engine);
}

void engine_stop(struct engine *engine, engine_stopped_cb on_stopped, void *owner)
{
    assert(!engine->is_stopping);
    engine->is_stopping = true;
    engine->on_stopped = on_stopped;
    engine->stopped_owner = owner;
    engine_uploads_run(engine); /* none waits for a tick any more */
    connect_remote_close(engine->connect); /* polls wait for long, and the doors wait for them */
    if (engine->gateway != NULL)
        front_gateway_stop(engine->gateway, on_gateway_stopped, engine);
    else
        on_gateway_stopped(engine);
}
