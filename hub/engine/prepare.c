/* SPDX-License-Identifier: Apache-2.0 */
/* What reads modules waits for the thread pool: the acts that load one, and the way back of a version that
 * failed. The act itself, with its checks, runs when all that is read. */
#include "engine/life.h"

#include <stdio.h>

struct preparing {
    struct front_request *request; /* NULL: the way back of the connector id */
    char id[BASE_ID_MAX + 1];
};

static const char *module_before(const struct engine *engine, const char *id)
{
    const struct engine_life *life = engine_life_find(engine, id);
    const struct engine_version *back = life != NULL ? engine_rollout_back(life) : NULL;

    return back != NULL && back->remote == NULL ? back->module : NULL;
}

/* Which module would the act read? NULL = none. */
static const char *module_of(const struct engine *engine, const struct front_request *request)
{
    if (request->route == FRONT_CONNECTOR_ROLLBACK)
        return module_before(engine, request->params[0]);
    if ((request->route != FRONT_CONNECTOR_LOAD && request->route != FRONT_CONNECTOR_UPGRADE) || base_json_member(request->body, "remote") != NULL ||
        base_json_is_true(base_json_member(request->body, "worklist")))
        return NULL;
    return base_json_member_text(request->body, "module");
}

static void on_prepared(void *owner, void *data)
{
    struct engine *engine = owner;
    struct preparing *preparing = data;
    struct engine_life *life = preparing->request == NULL ? engine_life_find(engine, preparing->id) : NULL;

    engine->jobs_open--;
    engine_time_update(engine);
    if (preparing->request == NULL) {
        if (life != NULL)
            engine_rollout_prepared(engine, life);
    } else if (engine->is_stopping) {
        front_answer_problem(preparing->request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    } else {
        engine_connector_perform_prepared(engine, preparing->request);
    }
    base_free(preparing);
    engine_stop_check(engine);
}

static int prepare(struct engine *engine, const char *module, bool is_again, struct front_request *request, const char *id)
{
    struct preparing *preparing = base_alloc(sizeof(*preparing));

    if (preparing == NULL)
        return OD_ENOMEM;
    *preparing = (struct preparing){.request = request};
    snprintf(preparing->id, sizeof(preparing->id), "%s", id);
    engine->jobs_open++;
    int rc = connect_module_prepare(engine->connect, module, is_again, on_prepared, preparing);
    if (rc != OD_OK) {
        engine->jobs_open--;
        base_free(preparing);
    }
    return rc;
}

void engine_connector_perform(struct engine *engine, struct front_request *request)
{
    int rc;

    if (engine_connector_is_refused(engine, request))
        return;
    const char *module = module_of(engine, request);
    if (module == NULL) {
        engine_connector_perform_prepared(engine, request);
        return;
    }
    rc = prepare(engine, module, request->route == FRONT_CONNECTOR_ROLLBACK, request, "");
    if (rc != OD_OK)
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
}

int engine_rollout_prepare(struct engine *engine, const struct engine_life *life, const struct engine_version *version)
{
    return prepare(engine, version->module, true, NULL, life->id);
}
