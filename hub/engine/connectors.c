/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors at the door: load and unload; the other acts are in verbs.c, what is looked at in connectors_look.c.
 *
 *   PUT    -> module read in the pool (prepare.c)
 *          -> not there: department, module (422) -> connect_load -> setting durable -> 202
 *             -> on_ready -> scan: what is owed is offered to it
 *          -> there: the same, 202; another version, as an upgrade (verbs.c); worklist, as DELETE
 *   DELETE -> setting durable -> 202 -> drain -> on_unloaded -> scan: the worklist has it
 *
 * What is kept of a connector is told in life.h; beside that reroute/<department> stands while open tasks
 * still have to change hands between a connector and the worklist, and served/<department> says that it has
 * had a connector: without one at a start, what that left goes to the worklist. */
#include "engine/errand.h"
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

struct engine_department *engine_connector_unserved(const struct engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->department_count; i++)
        if (engine->departments[i]->unserved[0] != '\0' && strcmp(engine->departments[i]->unserved, id) == 0)
            return engine->departments[i];
    return NULL;
}

static void answer_unknown(struct front_request *request)
{
    front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, ENGINE_CONNECTOR_UNKNOWN), NULL, 0);
}

/* -- What is common to the acts -- */

bool engine_connector_is_dry_run(struct front_request *request)
{
    const char *dry_run = front_query(request, "dry_run");

    return dry_run != NULL && strcmp(dry_run, "true") == 0;
}

bool engine_connector_reason(struct front_request *request, const char **reason)
{
    const struct base_json *member = base_json_member(request->body, "reason");
    const char *text = member != NULL ? base_json_text(member) : front_query(request, "reason");
    bool is_wrong = member != NULL && base_json_type(member) != BASE_JSON_NULL && text == NULL;

    if (is_wrong || (text != NULL && strlen(text) > ENGINE_REASON_MAX)) {
        engine_refuse(request, "/reason", "reason", "reason 应为不超过 1000 字节的文本。", "reason must be a text of at most 1000 bytes.");
        return false;
    }
    *reason = text;
    return true;
}

void engine_connector_refuse(struct front_request *request, const char *pointer, int rc, const char *text)
{
    struct front_problem_item item = {.pointer = pointer, .code = pointer + 1, .detail = text};

    if (rc == OD_ESTATE)
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "该版本无法读取现版本写下的任务状态（state_schema），任务将停滞：已拒绝，什么都没有改变。", text), NULL, 0);
    else if (rc == OD_EEXIST)
        front_answer_problem(request, FRONT_CONFLICT, text, NULL, 0);
    else if (rc == OD_EBUSY || rc == OD_ENOMEM)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    else
        front_answer_problem(request, FRONT_INVALID, NULL, &item, 1);
}

/* -- Load and unload: the settings, their records and the answer, in one transaction -- */

struct change {
    struct front_request *request;
    char id[BASE_ID_MAX + 1];
    bool is_load;
};

static void unload_link(struct connect_link *link)
{
    ((struct engine_department *)connect_link_data(link))->is_unloading = true;
    connect_unload(link);
}

/* It stands in the store: the worklist takes over once the link is gone, or at once where there is none. */
static void leave_route(struct engine *engine, const char *id)
{
    struct connect_link *link = connect_find(engine->connect, id);
    struct engine_department *department = link != NULL ? connect_link_data(link) : engine_connector_unserved(engine, id);
    struct engine_life *life = engine_life_find(engine, id);

    if (life != NULL && engine_rollout_is_under_way(life) && engine_rollout_drop(engine, life) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: the end of its rollout was not kept", id);
    if (life != NULL && department != NULL && engine_past_leave(engine, life, department) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: that its last session is in doubt was not kept", id);
    if (life != NULL)
        engine_life_forget(life);
    if (department == NULL || department->is_unloading)
        return;
    department->is_rerouted = true;
    department->is_reroute_scan = false;
    if (link != NULL) {
        unload_link(link);
    } else {
        department->unserved[0] = '\0';
        engine_scan_want(department, 0);
        engine_kv_purge_end(engine, id, true);
    }
}

static void on_change_stored(struct engine *engine, void *data, int rc)
{
    struct change *change = data;
    struct connect_link *link = connect_find(engine->connect, change->id);
    struct engine_life *life = engine_life_find(engine, change->id);

    if (life != NULL && change->is_load)
        life->is_loading = false;
    else if (life != NULL)
        life->is_ending = false;
    if (life != NULL && !change->is_load)
        life->unloads += rc == OD_OK;
    if (rc == OD_OK && !change->is_load)
        leave_route(engine, change->id);
    if (rc == OD_OK) {
        engine_connector_answer(engine, change->request, change->id, 202);
    } else {
        front_answer_problem(change->request, FRONT_UNAVAILABLE, NULL, NULL, 0);
        engine_kv_purge_end(engine, change->id, false);
        if (change->is_load && link != NULL)
            unload_link(link); /* it would be gone after a restart, with tasks in its hand */
    }
    base_free(change);
}

/* Said while another one is on its way: what became of that. Whoever is loaded by now is not meant. */
struct again {
    struct front_request *request;
    char id[BASE_ID_MAX + 1];
    uint32_t unloads; /* before */
};

static void on_again(struct engine *engine, void *data, int rc)
{
    struct again *again = data;
    const struct engine_life *life = engine_life_find(engine, again->id);

    if (rc == OD_OK && life != NULL && life->unloads != again->unloads)
        engine_connector_answer(engine, again->request, again->id, 202);
    else
        front_answer_problem(again->request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    base_free(again);
}

static int unload_again(struct engine *engine, struct front_request *request, const struct engine_life *life)
{
    struct again *again = base_alloc(sizeof(*again));
    int rc = again != NULL ? OD_OK : OD_ENOMEM;

    if (rc == OD_OK) {
        *again = (struct again){.request = request, .unloads = life->unloads};
        snprintf(again->id, sizeof(again->id), "%s", life->id);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_again, .data = again});
    }
    if (rc != OD_OK)
        base_free(again);
    return rc;
}

/* route NULL = it is unloaded. */
static int keep(struct engine *engine, struct front_request *request, struct engine_life *life, const char *department,
                const struct engine_route *route)
{
    struct change *change = base_alloc(sizeof(*change));
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct engine_act act = {.verb = route != NULL ? "load" : "unload", .by = request->identity.key_id,
                             .from = route == NULL && life->version_count > 0 ? life->versions[0].module : NULL,
                             .to = route != NULL ? route->version->module : NULL,
                             .config = route != NULL ? route->version->config : NULL};
    char name[ENGINE_LIFE_NAME_SIZE];
    int rc = change != NULL ? OD_OK : OD_ENOMEM;

    if (!engine_connector_reason(request, &act.reason))
        act.reason = NULL; /* looked at before */
    if (rc == OD_OK)
        rc = engine_life_keep_all(engine, life, route);
    snprintf(name, sizeof(name), "reroute/%s", department);
    if (rc == OD_OK)
        rc = engine_setting_put(engine, name, "1", 1);
    if (rc == OD_OK)
        rc = engine_life_note(engine, life, &act);
    if (rc == OD_OK && route == NULL)
        rc = engine_kv_purge_want(engine, request, life->id);
    if (rc == OD_OK) {
        change->request = request;
        change->is_load = route != NULL;
        snprintf(change->id, sizeof(change->id), "%s", life->id);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_change_stored, .data = change});
    }
    if (rc != OD_OK) {
        engine_batch_back(engine, mark);
        engine_kv_purge_end(engine, life->id, false);
        base_free(change);
    } else {
        life->is_loading = route != NULL;
        life->is_ending = route == NULL;
    }
    return rc;
}

void engine_connector_load(struct engine *engine, struct front_request *request, const struct engine_route *route)
{
    const char *id = request->params[0];
    const struct engine_life *life = engine_life_find(engine, id);
    bool is_other = engine_connector_unserved(engine, id) != NULL &&
                    (life == NULL || life->version_count == 0 || !engine_version_equals(&life->versions[0], route->version));
    char text[512] = "";

    int rc = engine_connector_start(engine, id, route, text);
    if (rc == OD_OK) {
        struct connect_link *link = connect_find(engine->connect, id);
        struct engine_department *served = connect_link_data(link);

        if (is_other) /* nobody knows what the one promised that could not be started */
            engine_past_doubt(engine, served->life);
        served->is_rerouted = true;
        served->is_reroute_scan = false; /* one that is under way has passed rows by */
        rc = keep(engine, request, served->life, route->department, route);
        if (rc != OD_OK)
            unload_link(link);
    }
    if (rc != OD_OK)
        engine_connector_refuse(request, route->version->remote != NULL ? "/remote" : "/module", rc, text);
}

/* Of a connector that could not be started, too: it is given up, and the worklist takes over what waited. */
static void unload(struct engine *engine, struct front_request *request, struct engine_department *department)
{
    const char *id = request->params[0], *reason;
    struct engine_life *life;

    if (!engine_connector_reason(request, &reason))
        return;
    if (department->is_unloading) {
        engine_connector_answer(engine, request, id, 202);
        return;
    }
    int rc = engine_life_get(engine, id, &life);
    if (rc == OD_OK && life->is_ending)
        rc = unload_again(engine, request, life);
    else if (rc == OD_OK && life->is_loading)
        rc = engine_connector_wait(engine, request);
    else if (rc == OD_OK && (rc = engine_past_leave(engine, life, department)) == OD_OK)
        rc = keep(engine, request, life, department->id, NULL);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

/* For DELETE, and for a PUT that gives the department back to its officers. */
static void unload_any(struct engine *engine, struct front_request *request, bool is_put)
{
    struct connect_link *link = connect_find(engine->connect, request->params[0]);
    struct engine_department *unserved = engine_connector_unserved(engine, request->params[0]);

    if (link == NULL && unserved == NULL && !is_put)
        answer_unknown(request);
    else if (link == NULL && unserved == NULL)
        engine_connector_answer(engine, request, request->params[0], 202);
    else if (engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, link, NULL);
    else
        unload(engine, request, link != NULL ? connect_link_data(link) : unserved);
}

static void put_version(struct engine *engine, struct front_request *request, const struct engine_version *version)
{
    struct connect_link *link = connect_find(engine->connect, request->params[0]);
    const struct engine_department *department = link != NULL ? connect_link_data(link) : engine_connector_unserved(engine, request->params[0]);
    const char *wanted = NULL, *reason;

    if (!engine_connector_reason(request, &reason) || !engine_serves_wanted(engine, request, &wanted))
        return;
    struct engine_route route = {.version = version, .wish = CONNECT_WISH_RUN,
                                 .department = department != NULL ? department->id : wanted != NULL ? wanted : request->params[0]};
    const struct engine_life *life = engine_life_find(engine, request->params[0]);
    if (life != NULL && (life->is_loading || life->is_ending)) {
        int rc = engine_connector_wait(engine, request);

        if (rc != OD_OK)
            engine_answer_rc(request, rc);
        return;
    }
    if (department != NULL && wanted != NULL && strcmp(wanted, department->id) != 0) {
        front_answer_problem(request, FRONT_CONFLICT, front_say(request, "该连接器正为另一个部门服务；请先卸载。",
                                                                "The connector serves another department; unload it first."), NULL, 0);
        return;
    }
    if (link != NULL)
        engine_connector_upgrade(engine, request, link, version);
    else if (engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, NULL, version);
    else if (department != NULL)
        engine_connector_replace(engine, request, &route);
    else
        engine_connector_load(engine, request, &route);
}

static void load(struct engine *engine, struct front_request *request)
{
    const struct base_json *config = base_json_member(request->body, "config"), *remote = base_json_member(request->body, "remote");
    struct engine_version version = {0};

    if (base_json_is_true(base_json_member(request->body, "worklist"))) {
        unload_any(engine, request, true);
        return;
    }
    if ((config != NULL && base_json_type(config) != BASE_JSON_OBJECT) || (remote != NULL && base_json_type(remote) != BASE_JSON_OBJECT) ||
        (remote == NULL && base_json_member_text(request->body, "module") == NULL)) {
        engine_refuse(request, "/module", "module", "需要 module（模块目录名）、remote（对象）或 worklist: true 之一；config 应为对象。",
                      "One of module (a folder name of the module folder), remote (an object) or worklist: true is needed; config must be an object.");
        return;
    }
    int rc = engine_version_read(&version, request->body);
    if (rc == OD_OK)
        put_version(engine, request, &version);
    else
        engine_answer_rc(request, rc);
    engine_version_fini(&version);
}

/* -- Trust that ends while a module runs -- */

static void tell_distrust(struct engine *engine, const struct connect_link *link)
{
    struct base_buffer about = {0};

    base_json_open(&about, NULL, '{');
    base_json_put_text(&about, "connector", connect_link_id(link));
    base_json_close(&about, '}');
    if (about.is_broken || engine_alert_put(engine, ENGINE_ALERT_DISTRUST, base_buffer_text(&about)) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: nobody is alerted that its key is not trusted any more: no room", connect_link_id(link));
    base_buffer_fini(&about);
}

void engine_trust_look(struct engine *engine)
{
    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link))
        if (connect_link_look_trust(link) && connect_link_role(link) == CONNECT_ROLE_CURRENT)
            tell_distrust(engine, link);
}

void engine_trust_check(struct engine *engine)
{
    int64_t today = base_wall_ms() / DAY_MS;

    if (engine->trust_day == today || engine->is_stopping)
        return; /* ticks go on when the connectors have gone */
    engine->trust_day = today;
    engine_trust_look(engine);
}

void engine_connector_perform_prepared(struct engine *engine, struct front_request *request)
{
    if (engine_connector_is_look(request->route))
        engine_connector_look(engine, request);
    else if (request->route == FRONT_CONNECTOR_LOAD)
        load(engine, request);
    else if (request->route == FRONT_CONNECTOR_UNLOAD)
        unload_any(engine, request, false);
    else
        engine_connector_verb(engine, request);
}
