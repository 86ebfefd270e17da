/* SPDX-License-Identifier: Apache-2.0 */
/* What an act on a connector would do, step by step, and what it would change: nothing is done. */
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

#define STEPS_MAX 6

struct plan {
    enum front_route route;
    struct {
        const char *zh, *en;
    } steps[STEPS_MAX + 1]; /* ended by a NULL */
};

static const struct plan load_plan = {FRONT_CONNECTOR_LOAD, {
    {"检查模块的清单", "check the module's manifest"},
    {"在正在运行的进程旁启动它", "start its process beside the running ones"},
    {"握手、配置、就绪", "hello, configure, ready"},
    {"把该部门的任务改派给它", "switch the department's route to it"},
    {"把该部门尚未有人办理的任务交给它", "offer it the department's open tasks that nobody has taken"}}};
static const struct plan unload_plan = {FRONT_CONNECTOR_UNLOAD, {
    {"不再交给它新任务", "no more offers"},
    {"等待手头的任务（至多 5 秒）", "wait for what is in hand (at most 5 s)"},
    {"停止进程", "stop the process"},
    {"该部门未完的任务转到工作列表", "put the department's open tasks on the worklist"}}};
static const struct plan plans[] = {
    {FRONT_CONNECTOR_UPGRADE, {
        {"在现版本旁启动新版本，不交给它任务", "start the new version beside the present one, with no tasks"},
        {"就绪后一次写入：新任务归新版本", "once it is ready, in one transaction: new tasks go to it"},
        {"已受理的任务逐批移交：旧版本释放，新版本接手", "hand accepted tasks over in batches: released by the old one, resumed by the new one"},
        {"旧版本答完手头的任务（至多 5 秒）后停止", "the old version answers what is in its hand (at most 5 s) and stops"},
        {"观察新版本；崩溃、卡死或失败增多则自动回退", "watch the new version; a crash, a hang or more failures than before lead back by themselves"}}},
    {FRONT_CONNECTOR_ROLLBACK, {
        {"在现版本旁启动上一个版本", "start the version before beside the present one"},
        {"就绪后一次写入：新任务归它", "once it is ready, in one transaction: new tasks go to it"},
        {"已受理的任务逐批移交", "hand accepted tasks over in batches"},
        {"现版本答完手头的任务（至多 5 秒）后停止", "the present version answers what is in its hand (at most 5 s) and stops"}}},
    {FRONT_CONNECTOR_DRAIN, {
        {"不再交给它新任务；新任务等着它", "no more offers; new tasks wait for it"},
        {"未开始办理的任务由它退回", "it gives back what it has not begun"},
        {"已受理的任务照常办理，进程继续运行", "accepted tasks go on, and so does its process"}}},
    {FRONT_CONNECTOR_ENABLE, {
        {"进程若已停止或已排空则重新启动", "start its process, anew if it was drained"},
        {"已受理的任务由它接着办理", "it resumes what it had accepted"},
        {"等着它的任务交给它", "offer it what waits for it"}}},
    {FRONT_CONNECTOR_DISABLE, {
        {"不再交给它新任务", "no more offers"},
        {"等待手头的任务（至多 5 秒）", "wait for what is in hand (at most 5 s)"},
        {"停止进程；该部门的任务都等着它，不转工作列表", "stop the process; the department's tasks wait for it, none goes to the worklist"}}},
};

static const struct plan *plan_of(enum front_route route, bool is_loaded, bool has_version)
{
    if (!has_version)
        return &unload_plan;
    if (!is_loaded)
        return &load_plan;
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
        if (plans[i].route == route)
            return &plans[i];
    return &plans[0]; /* a PUT of another version */
}

static void put_steps(struct base_buffer *body, const struct front_request *request, const struct plan *plan)
{
    base_json_open(body, "plan", '[');
    for (size_t i = 0; plan->steps[i].en != NULL; i++)
        base_json_put_text(body, NULL, front_say(request, plan->steps[i].zh, plan->steps[i].en));
    base_json_close(body, ']');
}

/* Errors: those of the act itself. */
static int check(struct engine *engine, struct front_request *request, const struct connect_link *link, const struct engine_version *to,
                 struct connect_checked *checked, char text[512])
{
    const char *id = request->params[0], *wanted = base_json_member_text(request->body, "department");
    struct connect_loading loading = engine_version_loading(to, id);
    struct engine_department *department;

    loading.is_beside = link != NULL;
    loading.is_again = request->route == FRONT_CONNECTOR_ROLLBACK;
    int rc = link == NULL && engine_connector_unserved(engine, id) == NULL
                 ? engine_route_find(engine, id, wanted != NULL ? wanted : id, &department, text) : OD_OK;
    return rc == OD_OK ? connect_load_check(engine->connect, &loading, checked, text) : rc;
}

void engine_connector_plan(struct engine *engine, struct front_request *request, const struct connect_link *link,
                           const struct engine_version *to)
{
    struct connect_checked checked = {.address = {0}};
    struct base_buffer body = {0};
    uint32_t in_flight = 0;
    uint64_t open = 0;
    char text[512] = "";
    int rc = to != NULL ? check(engine, request, link, to, &checked, text) : OD_OK;

    if (rc != OD_OK) {
        engine_connector_refuse(request, to->remote != NULL ? "/remote" : "/module", rc, text);
        return;
    }
    if (link != NULL)
        connect_link_counts(link, &in_flight, &open);
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "id", request->params[0]);
    base_json_put_bool(&body, "dry_run", true);
    put_steps(&body, request, plan_of(request->route, link != NULL, to != NULL));
    base_json_put_i64(&body, "in_flight", in_flight);
    base_json_put_i64(&body, "open", open < INT32_MAX ? (int64_t)open : INT32_MAX);
    engine_put_manifest_diff(&body, "diff", link != NULL ? connect_link_manifest(link) : NULL, to != NULL ? &checked.manifest : NULL);
    base_json_close(&body, '}');
    package_manifest_fini(&checked.manifest);
    front_answer(request, 200, "application/json", NULL, &body);
}
