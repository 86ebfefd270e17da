/* SPDX-License-Identifier: Apache-2.0 */
/* Which connector serves which department: from the configuration at the first start,
 * from the store afterwards, changed while the hub runs.
 *
 *   PUT    -> department, module (422) -> connect_load -> setting durable -> 202
 *             -> on_ready -> scan: what is owed is offered to it
 *   DELETE -> setting durable -> 202 -> drain -> on_unloaded -> scan: the worklist has it
 *
 * Routes are settings: connector/<id> = {"department","module","config"} or {"unloaded":true};
 * reroute/<department> stands while open tasks still have to change hands; served/<department>
 * says that it has had a connector: without one at a start, what that left goes to the worklist. */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE (BASE_ID_MAX + sizeof("connector/"))

static void answer_status(struct front_request *request, const struct connect_link *link, int status)
{
    struct base_buffer body = {0};

    connect_put_status(&body, NULL, link);
    front_answer(request, status, "application/json", NULL, &body);
}

static void answer_unknown(struct front_request *request)
{
    front_answer_problem(request, FRONT_NOT_FOUND,
                         front_say(request, "没有装载这个连接器。", "No such connector is loaded."), NULL, 0);
}

struct change {
    struct front_request *request;
    char id[BASE_ID_MAX + 1];
    bool is_load;
};

static void unload_link(struct connect_link *link)
{
    struct engine_department *department = connect_link_data(link);

    department->is_unloading = true;
    connect_unload(link);
}

static void on_change_stored(struct engine *engine, void *data, int rc)
{
    struct change *change = data;
    struct connect_link *link = connect_find(engine->connect, change->id);
    struct base_buffer body = {0};

    if (rc != OD_OK) {
        front_answer_problem(change->request, FRONT_UNAVAILABLE, NULL, NULL, 0);
        if (change->is_load && link != NULL)
            unload_link(link); /* it would be gone after a restart, with tasks in its hand */
    } else if (link != NULL) {
        answer_status(change->request, link, 202);
    } else {
        base_json_open(&body, NULL, '{');
        base_json_put_text(&body, "id", change->id);
        base_json_put_text(&body, "state", "unloaded");
        base_json_close(&body, '}');
        front_answer(change->request, 202, "application/json", NULL, &body);
    }
    base_free(change);
}

/* The setting, its journal record and the answer, in one batch. */
static int keep(struct engine *engine, struct front_request *request, const char *id, const char *department,
                struct base_buffer *value, const char *verb)
{
    struct change *change = base_alloc(sizeof(*change));
    char name[NAME_SIZE];
    int rc = change != NULL ? OD_OK : OD_ENOMEM;

    snprintf(name, sizeof(name), "connector/%s", id);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, base_buffer_text(value), value->size);
    snprintf(name, sizeof(name), "reroute/%s", department);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, "1", 1);
    if (rc == OD_OK)
        rc = engine_journal_put(engine, verb, request->identity.key_id, base_buffer_text(value));
    if (rc == OD_OK) {
        change->request = request;
        change->is_load = strcmp(verb, "connector.load") == 0;
        snprintf(change->id, sizeof(change->id), "%s", id);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_change_stored, .data = change});
    }
    if (rc != OD_OK)
        base_free(change);
    return rc;
}

static void put_setting(struct base_buffer *value, const char *department, const char *module, const char *config, size_t size)
{
    base_json_open(value, NULL, '{');
    base_json_put_text(value, "department", department);
    base_json_put_text(value, "module", module);
    base_json_put_raw(value, "config", config, size);
    base_json_close(value, '}');
}

static void refuse_load(struct front_request *request, int rc, const char *text)
{
    struct front_problem_item item = {.pointer = "/module", .code = "module", .detail = text};

    if (rc == OD_EEXIST)
        front_answer_problem(request, FRONT_CONFLICT, text, NULL, 0);
    else if (rc == OD_EBUSY || rc == OD_ENOMEM)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else
        front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

static bool is_dry_run(struct front_request *request)
{
    const char *dry_run = front_query(request, "dry_run");

    return dry_run != NULL && strcmp(dry_run, "true") == 0;
}

/* The plan, and nothing changed. */
static void answer_plan(struct front_request *request, const char *id, const char *const *steps, size_t count)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "id", id);
    base_json_put_bool(&body, "dry_run", true);
    base_json_open(&body, "plan", '[');
    for (size_t i = 0; i < count; i++)
        base_json_put_text(&body, NULL, steps[i]);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

static bool is_same(struct engine *engine, const char *id, const char *module, const struct base_buffer *config)
{
    const struct connect_link *link = connect_find(engine->connect, id);
    const struct engine_department *department = link != NULL ? connect_link_data(link) : NULL;

    return link != NULL && !department->is_unloading && strcmp(connect_link_module(link), module) == 0 &&
           strlen(connect_link_config(link)) == config->size &&
           memcmp(connect_link_config(link), config->bytes, config->size) == 0;
}

static void plan_load(struct engine *engine, struct front_request *request, const char *department, const char *module,
                      const struct base_buffer *config)
{
    static const char *const steps[] = {"check the module's manifest", "start its process beside the running ones",
                                        "hello, configure, ready", "switch the department's route to it",
                                        "offer it the department's open tasks that nobody has taken"};
    const char *id = request->params[0];
    struct engine_department *route;
    struct package_manifest manifest = {0};
    char text[512] = "";
    bool is_loaded = is_same(engine, id, module, config); /* the act changes nothing, then */
    int rc = is_loaded ? OD_OK : engine_route_find(engine, id, department, &route, text);

    if (rc == OD_OK && !is_loaded)
        rc = connect_load_check(engine->connect, &(struct connect_loading){.id = id, .module = module, .config = config->bytes,
                                                                           .config_size = config->size}, &manifest, text);
    package_manifest_fini(&manifest);
    if (rc == OD_OK)
        answer_plan(request, id, steps, sizeof(steps) / sizeof(steps[0]));
    else
        refuse_load(request, rc, text);
}

static void load_now(struct engine *engine, struct front_request *request, const char *department, const char *module,
                     const struct base_buffer *config)
{
    struct base_buffer value = {0};
    const char *id = request->params[0];
    char text[512] = "";

    int rc = engine_connector_start(engine, id, department, module, config->bytes, config->size, text);
    if (rc == OD_OK) {
        struct connect_link *link = connect_find(engine->connect, id);
        struct engine_department *route = connect_link_data(link);

        route->is_rerouted = true;
        route->is_reroute_scan = false; /* one that is under way has passed rows by */
        put_setting(&value, department, module, config->bytes, config->size);
        rc = keep(engine, request, id, department, &value, "connector.load");
        if (rc != OD_OK)
            unload_link(link);
    }
    if (rc != OD_OK)
        refuse_load(request, rc, text);
    base_buffer_fini(&value);
}

static void load_checked(struct engine *engine, struct front_request *request, const char *module)
{
    const char *department = base_json_member_text(request->body, "department");
    const struct base_json *given = base_json_member(request->body, "config");
    struct base_buffer config = {0};

    if (department == NULL)
        department = request->params[0];
    if (given != NULL)
        base_json_put(&config, NULL, given);
    else
        base_buffer_put_text(&config, "{}");
    if (config.is_broken)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else if (is_dry_run(request))
        plan_load(engine, request, department, module, &config);
    else if (is_same(engine, request->params[0], module, &config))
        answer_status(request, connect_find(engine->connect, request->params[0]), 202);
    else
        load_now(engine, request, department, module, &config);
    base_buffer_fini(&config);
}

static void load(struct engine *engine, struct front_request *request)
{
    const char *module = base_json_member_text(request->body, "module");
    const struct base_json *config = base_json_member(request->body, "config");

    if (module == NULL && base_json_member(request->body, "remote") != NULL)
        engine_remote_load(engine, request);
    else if (module == NULL || (config != NULL && base_json_type(config) != BASE_JSON_OBJECT))
        refuse_load(request, OD_EINVAL, front_say(request, "需要 module（模块目录名）；config 应为对象。",
                                                  "module (a folder name of the module folder) is needed; config must be an object."));
    else
        load_checked(engine, request, module);
}

static void unload(struct engine *engine, struct front_request *request, struct connect_link *link)
{
    static const char *const steps[] = {"no more offers", "wait for what is in hand (at most 5 s)", "stop the process",
                                        "put the department's open tasks on the worklist"};
    struct engine_department *department = connect_link_data(link);
    struct base_buffer value = {0};

    if (is_dry_run(request)) {
        answer_plan(request, request->params[0], steps, sizeof(steps) / sizeof(steps[0]));
        return;
    }
    base_buffer_put_text(&value, "{\"unloaded\":true}");
    int rc = keep(engine, request, request->params[0], department->id, &value, "connector.unload");
    base_buffer_fini(&value);
    if (rc != OD_OK) {
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
        return;
    }
    department->is_unloading = department->is_rerouted = true;
    department->is_reroute_scan = false;
    connect_unload(link);
}

static struct engine_department *find_unserved(struct engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->department_count; i++)
        if (engine->departments[i]->unserved[0] != '\0' && strcmp(engine->departments[i]->unserved, id) == 0)
            return engine->departments[i];
    return NULL;
}

static void put_unserved(struct base_buffer *body, const char *key, const struct engine_department *department)
{
    base_json_open(body, key, '{');
    base_json_put_text(body, "id", department->unserved);
    base_json_put_text(body, "department", department->id);
    base_json_put_null(body, "version");
    base_json_put_text(body, "state", "failed");
    base_json_put_null(body, "tier");
    base_json_put_i64(body, "in_flight", 0);
    base_json_put_text(body, "last_error", department->unserved_text);
    base_json_close(body, '}');
}

/* Give it up: the worklist takes over what waited. */
static void unload_unserved(struct engine *engine, struct front_request *request, struct engine_department *department)
{
    struct base_buffer value = {0};

    base_buffer_put_text(&value, "{\"unloaded\":true}");
    int rc = keep(engine, request, department->unserved, department->id, &value, "connector.unload");
    base_buffer_fini(&value);
    if (rc != OD_OK) {
        engine_answer_rc(request, rc);
        return;
    }
    department->unserved[0] = '\0';
    department->is_rerouted = true;
    engine_scan_want(department, 0);
}

static void perform_unserved(struct engine *engine, struct front_request *request)
{
    struct engine_department *department = find_unserved(engine, request->params[0]);
    struct base_buffer body = {0};

    if (department == NULL || request->route == FRONT_CONNECTOR_LOGS) {
        answer_unknown(request);
    } else if (request->route == FRONT_CONNECTOR_UNLOAD) {
        unload_unserved(engine, request, department);
    } else {
        put_unserved(&body, NULL, department);
        front_answer(request, 200, "application/json", NULL, &body);
    }
}

static void list(struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link))
        connect_put_status(&body, NULL, link);
    for (size_t i = 0; i < engine->department_count; i++)
        if (engine->departments[i]->unserved[0] != '\0')
            put_unserved(&body, NULL, engine->departments[i]);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

static void list_modules(struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};
    bool is_cut = false;

    base_json_open(&body, NULL, '{');
    int rc = connect_modules_put(&body, "items", engine->connect, &is_cut);
    base_json_put_bool(&body, "is_cut", is_cut);
    base_json_close(&body, '}');
    if (rc == OD_OK)
        front_answer(request, 200, "application/json", NULL, &body);
    else
        front_answer_problem(request, FRONT_UNAVAILABLE, rc == OD_EIO
                                 ? front_say(request, "模块目录无法读取。", "The module folder cannot be read.") : NULL, NULL, 0);
    base_buffer_fini(&body);
}

static void logs(struct front_request *request, const struct connect_link *link)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    connect_put_logs(&body, "items", link);
    base_json_close(&body, '}');
    front_answer(request, 200, "application/json", NULL, &body);
}

void engine_connector_perform(struct engine *engine, struct front_request *request)
{
    struct connect_link *link = request->params[0] != NULL ? connect_find(engine->connect, request->params[0]) : NULL;

    if (request->route == FRONT_CONNECTOR_LIST)
        list(engine, request);
    else if (request->route == FRONT_MODULE_LIST)
        list_modules(engine, request);
    else if (request->route == FRONT_CONNECTOR_LOAD)
        load(engine, request);
    else if (link == NULL)
        perform_unserved(engine, request);
    else if (request->route == FRONT_CONNECTOR_LOGS)
        logs(request, link);
    else if (request->route == FRONT_CONNECTOR_UNLOAD)
        unload(engine, request, link);
    else
        answer_status(request, link, 200);
}
