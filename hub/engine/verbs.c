/* SPDX-License-Identifier: Apache-2.0 */
/* The acts on a connector that is loaded: upgrade, rollback, drain, enable, disable. Each can show its plan
 * instead, each is kept with who did it and why, and each said twice changes nothing the second time.
 *
 *   upgrade, rollback -> checks (409, 422) -> engine_rollout_begin -> durable -> 202
 *   drain, enable, disable -> setting durable -> connect_want -> 202 */
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#define GROWTH_MAX 64 /* capabilities told in one refusal */

static void refuse(struct front_request *request, const char *zh, const char *en)
{
    front_answer_problem(request, FRONT_CONFLICT, front_say(request, zh, en), NULL, 0);
}

static bool is_ending(const struct engine_department *department)
{
    return department->is_unloading || department->life->is_ending;
}

/* What waits for a transaction. */
struct waiting {
    struct front_request *request;
    char id[BASE_ID_MAX + 1];
    enum connect_wish wish; /* NONE = a rollout begins */
};

static struct waiting *waiting_create(struct front_request *request, enum connect_wish wish)
{
    struct waiting *waiting = base_alloc(sizeof(*waiting));

    if (waiting == NULL)
        return NULL;
    *waiting = (struct waiting){.request = request, .wish = wish};
    snprintf(waiting->id, sizeof(waiting->id), "%s", request->params[0]);
    return waiting;
}

/* -- Drain, enable, disable -- */

static void want(struct engine *engine, const struct waiting *waiting, int rc)
{
    struct connect_link *link = connect_find(engine->connect, waiting->id);
    struct engine_department *department = link != NULL ? connect_link_data(link) : NULL;

    if (department == NULL || department->life == NULL)
        return;
    if (rc != OD_OK) {
        department->life->wish = connect_link_wish(link);
        return;
    }
    connect_want(link, waiting->wish);
    engine_scan_want(department, 0);
    if (engine_department_is_active(department))
        engine_scan_start(engine, department); /* no on_ready follows */
}

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct waiting *waiting = data;

    if (waiting->wish != CONNECT_WISH_NONE)
        want(engine, waiting, rc);
    if (rc == OD_OK)
        engine_connector_answer(engine, waiting->request, waiting->id, 202);
    else
        front_answer_problem(waiting->request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    base_free(waiting);
}

static int keep_wish(struct engine *engine, struct front_request *request, struct engine_life *life, enum connect_wish wish,
                     const char *verb, const char *reason)
{
    struct waiting *waiting = waiting_create(request, wish);
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct engine_route route = {.department = life->department->id, .version = &life->versions[0], .wish = wish};
    int rc = waiting != NULL ? engine_life_keep_route(engine, life->id, &route) : OD_ENOMEM;

    if (rc == OD_OK)
        rc = engine_life_note(engine, life, &(struct engine_act){.verb = verb, .by = request->identity.key_id, .reason = reason,
                                                                 .from = route.version->module, .to = route.version->module});
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_stored, .data = waiting});
    if (rc == OD_OK) {
        life->wish = wish;
    } else {
        engine_batch_back(engine, mark);
        base_free(waiting);
    }
    return rc;
}

/* The route is about to go to another version. One that is only watched is as any other. */
static bool is_changing(const struct engine_rollout *rollout)
{
    return rollout->is_switching || (rollout->step != ENGINE_ROLLOUT_NONE && !rollout->is_switched);
}

static void change_wish(struct engine *engine, struct front_request *request, struct connect_link *link, enum connect_wish wish,
                        const char *verb)
{
    const struct engine_department *department = connect_link_data(link);
    const char *reason;

    if (!engine_connector_reason(request, &reason))
        return;
    if (is_ending(department))
        refuse(request, "该连接器正在卸载。", "The connector is being unloaded.");
    else if (is_changing(&department->life->rollout))
        refuse(request, "正在更换版本；请等切换完成，或先回退。", "Its version is being changed; wait until that has the route, or roll it back first.");
    else if (engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, link, &department->life->versions[0]);
    else if (connect_link_wish(link) == wish && department->life->wish == wish)
        engine_connector_answer(engine, request, request->params[0], 202);
    else if (keep_wish(engine, request, department->life, wish, verb, reason) != OD_OK)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
}

/* -- Upgrade and rollback -- */

static void begin(struct engine *engine, struct front_request *request, struct engine_life *life, struct engine_rollout_plan *plan)
{
    struct waiting *waiting = waiting_create(request, CONNECT_WISH_NONE);

    plan->on_begun = on_stored;
    plan->data = waiting;
    plan->by = request->identity.key_id;
    int rc = waiting != NULL ? engine_rollout_begin(engine, life, plan) : OD_ENOMEM;
    if (rc == OD_OK)
        return;
    base_free(waiting);
    engine_answer_rc(request, rc);
}

/* What the new version may do and from may not, NULL = nothing is known of it, needs a person's word. */
static bool is_approved(struct front_request *request, const struct package_manifest *from, const struct package_manifest *to)
{
    const char *added[GROWTH_MAX];
    struct front_problem_item items[GROWTH_MAX];

    if (base_json_is_true(base_json_member(request->body, "approve")))
        return true;
    size_t count = engine_capabilities_added(from, to, &request->arena, added, GROWTH_MAX);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct front_problem_item){.pointer = "/approve", .code = "capability", .detail = added[i]};
    if (count > 0)
        front_answer_problem(request, FRONT_CONFLICT,
                             front_say(request, "新版本要求更多权限（见 errors）；管理员同意后以 \"approve\": true 重新提交。",
                                       "The new version asks for more capabilities (see errors); an administrator who agrees sends \"approve\": true."),
                             items, count);
    return count == 0;
}

static bool bake_ms_of(struct front_request *request, uint32_t *bake_ms)
{
    const struct base_json *member = base_json_member(request->body, "bake_ms");
    int64_t value = ENGINE_BAKE_MS;

    if (member != NULL && base_json_i64(member, 0, ENGINE_BAKE_MAX_MS, &value) != OD_OK) {
        engine_refuse(request, "/bake_ms", "bake_ms", "bake_ms 应为 0 至 86400000 的整数。", "bake_ms must be an integer from 0 to 86400000.");
        return false;
    }
    *bake_ms = (uint32_t)value;
    return true;
}

/* Is something in the way that has nothing to do with the version? Then it was answered. */
static bool is_hindered(struct engine *engine, struct front_request *request, const struct connect_link *link, const struct engine_version *to)
{
    const struct engine_department *department = connect_link_data(link);
    const struct engine_life *life = department->life;

    if (is_ending(department))
        refuse(request, "该连接器正在卸载；卸载结束后再装载。", "The connector is being unloaded; load it once it is gone.");
    else if (engine_rollout_is_under_way(life) && life->rollout.step != ENGINE_ROLLOUT_REVERTING && engine_version_equals(&life->rollout.to, to))
        engine_connector_answer(engine, request, life->id, 202); /* said twice */
    else if (engine_rollout_is_under_way(life))
        refuse(request, "已有版本更换在进行中；请等它结束，或先回退。", "A rollout is under way already; wait for its end, or roll it back first.");
    else
        return false;
    return true;
}

void engine_connector_upgrade(struct engine *engine, struct front_request *request, struct connect_link *link,
                              const struct engine_version *version)
{
    const struct engine_department *department = connect_link_data(link);
    struct engine_life *life = department->life;
    struct engine_rollout_plan plan = {.to = version, .verb = "upgrade"};
    bool is_same = !is_ending(department) && !engine_rollout_is_under_way(life) && engine_version_equals(&life->versions[0], version);
    char text[512] = "";

    if (!bake_ms_of(request, &plan.bake_ms) || !engine_connector_reason(request, &plan.reason))
        return;
    if (is_same && !engine_connector_is_dry_run(request)) {
        engine_connector_answer(engine, request, life->id, 202);
        return;
    }
    if (!is_same && is_hindered(engine, request, link, version))
        return;
    struct connect_checked checked = {.address = {0}};
    int rc = engine_rollout_check(engine, life, version, &checked, text);
    plan.address = checked.address;
    if (rc != OD_OK)
        engine_connector_refuse(request, version->remote != NULL ? "/remote" : "/module", rc, text);
    else if (engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, link, version);
    else if (is_approved(request, connect_link_manifest(link), &checked.manifest))
        begin(engine, request, life, &plan);
    package_manifest_fini(&checked.manifest);
}

/* The version of the body, with the present configuration where it names none. */
static void upgrade(struct engine *engine, struct front_request *request, struct connect_link *link)
{
    const struct engine_department *department = connect_link_data(link);
    const struct base_json *config = base_json_member(request->body, "config"), *remote = base_json_member(request->body, "remote");
    const struct engine_version *present = &department->life->versions[0];
    struct engine_version version = {0};

    if ((config != NULL && base_json_type(config) != BASE_JSON_OBJECT) || (remote != NULL && base_json_type(remote) != BASE_JSON_OBJECT) ||
        (remote == NULL && base_json_member_text(request->body, "module") == NULL)) {
        engine_refuse(request, "/module", "module", "需要 module（模块目录名）或 remote（对象）；config 应为对象。",
                      "module (a folder name of the module folder) or remote (an object) is needed; config must be an object.");
        return;
    }
    int rc = engine_version_read(&version, request->body);
    if (rc == OD_OK && config == NULL) {
        struct engine_version with = {.module = version.module, .remote = version.remote, .config = present->config};
        struct engine_version kept = version;

        version = (struct engine_version){0};
        rc = engine_version_copy(&version, &with);
        engine_version_fini(&kept);
    }
    if (rc == OD_OK)
        engine_connector_upgrade(engine, request, link, &version);
    else
        engine_answer_rc(request, rc);
    engine_version_fini(&version);
}

static void cancel(struct engine *engine, struct front_request *request, struct engine_life *life, const char *reason)
{
    engine_rollout_cancel(engine, life, request->identity.key_id, reason != NULL ? reason : "rolled back before it had the route");
    life->rollout_error[0] = '\0'; /* it was wanted */
    struct waiting *waiting = waiting_create(request, CONNECT_WISH_NONE);
    int rc = waiting != NULL ? engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_stored, .data = waiting})
                             : OD_ENOMEM;
    if (rc == OD_OK)
        return;
    base_free(waiting);
    front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
}

static void roll_back(struct engine *engine, struct front_request *request, struct engine_life *life, const char *reason)
{
    struct engine_rollout_plan plan = {.to = engine_rollout_back(life), .is_back = true, .verb = "rollback", .reason = reason};
    char text[512] = "";

    if (plan.to == NULL) {
        refuse(request, "没有可以回退的版本。", "There is no version to roll back to.");
        return;
    }
    struct connect_checked checked = {.address = {0}};
    int rc = engine_rollout_check(engine, life, plan.to, &checked, text);
    plan.address = checked.address;
    package_manifest_fini(&checked.manifest);
    if (rc != OD_OK)
        engine_connector_refuse(request, "/module", rc, text);
    else if (engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, life->department->link, plan.to);
    else
        begin(engine, request, life, &plan);
}

static void again(struct engine *engine, void *data, int rc)
{
    if (rc == OD_OK)
        engine_connector_perform(engine, data);
    else
        front_answer_problem(data, FRONT_UNAVAILABLE, NULL, NULL, 0);
}

int engine_connector_wait(struct engine *engine, struct front_request *request)
{
    return engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = again, .data = request});
}

/* The switch is on its way to the disk; it is there when this deed is done. */
static void wait_for_switch(struct engine *engine, struct front_request *request)
{
    int rc = engine_connector_wait(engine, request);

    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void rollback(struct engine *engine, struct front_request *request, struct connect_link *link)
{
    const struct engine_department *department = connect_link_data(link);
    struct engine_life *life = department->life;
    const struct engine_rollout *rollout = &life->rollout;
    const char *reason;

    if (!engine_connector_reason(request, &reason))
        return;
    if (is_ending(department))
        refuse(request, "该连接器正在卸载。", "The connector is being unloaded.");
    else if (rollout->step == ENGINE_ROLLOUT_REVERTING)
        engine_connector_answer(engine, request, life->id, 202); /* said twice */
    else if (rollout->is_switching)
        wait_for_switch(engine, request);
    else if (rollout->step == ENGINE_ROLLOUT_STARTING && engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, link, &life->versions[0]);
    else if (rollout->step == ENGINE_ROLLOUT_STARTING)
        cancel(engine, request, life, reason);
    else
        roll_back(engine, request, life, reason);
}

static bool was_agreed_to(const struct engine_life *life, const struct engine_version *version, const struct connect_checked *checked)
{
    for (size_t i = 0; version->remote == NULL && i < life->version_count; i++)
        if (engine_version_has_address(&life->versions[i]) && memcmp(life->versions[i].address, checked->address, sizeof(checked->address)) == 0)
            return true;
    return false;
}

/* By what the one that could not be started was allowed; where that cannot be found out any more, everything is new. */
static bool may_replace(struct engine *engine, struct front_request *request, const struct engine_life *life,
                        const struct engine_version *version, const struct connect_checked *checked)
{
    struct connect_checked last = {.address = {0}};
    char text[512];

    if (was_agreed_to(life, version, checked))
        return true;
    struct connect_loading loading = engine_version_loading(&life->versions[0], life->id);
    loading.is_again = true;
    if (engine_version_has_address(&life->versions[0]))
        loading.address = life->versions[0].address;
    bool is_known = connect_load_check(engine->connect, &loading, &last, text) == OD_OK;
    bool may = is_approved(request, is_known ? &last.manifest : NULL, &checked->manifest);
    package_manifest_fini(&last.manifest);
    return may;
}

void engine_connector_replace(struct engine *engine, struct front_request *request, const struct engine_route *route)
{
    const struct engine_life *life = engine_life_find(engine, request->params[0]);
    struct connect_loading loading = engine_version_loading(route->version, request->params[0]);
    struct connect_checked checked = {.address = {0}};
    struct engine_route agreed = *route;
    char text[512] = "";

    loading.is_again = route->is_again;
    if (loading.is_again && !engine->is_development && engine_version_has_address(route->version))
        loading.address = route->version->address;
    int rc = connect_load_check(engine->connect, &loading, &checked, text);
    if (rc == OD_OK && life != NULL)
        rc = engine_past_check(life, &checked.manifest, text);
    agreed.address = route->version->remote == NULL ? checked.address : NULL;
    if (rc != OD_OK)
        engine_connector_refuse(request, route->version->remote != NULL ? "/remote" : "/module", rc, text);
    else if (life == NULL || life->version_count == 0 || may_replace(engine, request, life, route->version, &checked))
        engine_connector_load(engine, request, &agreed);
    package_manifest_fini(&checked.manifest);
}

/* It could not be started with the hub: another version of it can be loaded in its place. */
static void perform_unserved(struct engine *engine, struct front_request *request, const struct engine_department *department)
{
    const struct engine_life *life = engine_life_find(engine, department->unserved);
    const struct engine_version *back = life != NULL ? engine_rollout_back(life) : NULL;
    struct engine_version version = {0};
    const char *reason;
    int rc = OD_EINVAL;

    if (!engine_connector_reason(request, &reason))
        return;
    if (request->route == FRONT_CONNECTOR_ROLLBACK && back != NULL)
        rc = engine_version_copy(&version, back);
    else if (request->route == FRONT_CONNECTOR_UPGRADE)
        rc = engine_version_read(&version, request->body);
    if (rc == OD_EINVAL)
        refuse(request, "该连接器未能随系统启动；请装载另一个版本，或卸载它。",
               "The connector could not be started with the hub; load another version of it, or unload it.");
    else if (rc != OD_OK)
        engine_answer_rc(request, rc);
    else if (engine_connector_is_dry_run(request))
        engine_connector_plan(engine, request, NULL, &version);
    else
        engine_connector_replace(engine, request, &(struct engine_route){.department = department->id, .version = &version, .wish = CONNECT_WISH_RUN,
                                                                         .is_again = request->route == FRONT_CONNECTOR_ROLLBACK});
    engine_version_fini(&version);
}

void engine_connector_verb(struct engine *engine, struct front_request *request)
{
    struct connect_link *link = connect_find(engine->connect, request->params[0]);
    const struct engine_department *unserved = engine_connector_unserved(engine, request->params[0]);
    const struct engine_department *department = link != NULL ? connect_link_data(link) : NULL;

    if (link == NULL && unserved != NULL) {
        perform_unserved(engine, request, unserved);
        return;
    }
    if (link == NULL || department->life == NULL) {
        front_answer_problem(request, FRONT_NOT_FOUND, front_say(request, ENGINE_CONNECTOR_UNKNOWN), NULL, 0);
        return;
    }
    switch ((int)request->route) {
    case FRONT_CONNECTOR_UPGRADE: upgrade(engine, request, link); break;
    case FRONT_CONNECTOR_ROLLBACK: rollback(engine, request, link); break;
    case FRONT_CONNECTOR_DRAIN: change_wish(engine, request, link, CONNECT_WISH_DRAIN, "drain"); break;
    case FRONT_CONNECTOR_ENABLE: change_wish(engine, request, link, CONNECT_WISH_RUN, "enable"); break;
    default: change_wish(engine, request, link, CONNECT_WISH_REST, "disable"); break;
    }
}
