/* SPDX-License-Identifier: Apache-2.0 */
/* Before a version takes the route: may it? And at the start of a hub: what was under way when the last one ended. */
#include "engine/life.h"

#include <stdio.h>
#include <string.h>

int engine_rollout_check(struct engine *engine, const struct engine_life *life, const struct engine_version *to,
                         struct connect_checked *checked, char text[512])
{
    struct connect_loading loading = engine_version_loading(to, life->id);
    const struct connect_link *link = life->department != NULL ? life->department->link : NULL;
    struct connect_checked found = {.address = {0}};

    loading.is_beside = true;
    loading.is_again = to == engine_rollout_back(life);
    if (loading.is_again && !engine->is_development && engine_version_has_address(to))
        loading.address = to->address;
    int rc = connect_load_check(engine->connect, &loading, &found, text);
    if (rc == OD_OK && link != NULL && connect_link_manifest(link)->state_read_count > 0 &&
        !package_manifest_reads_state(&found.manifest, connect_link_manifest(link)->state_writes)) {
        snprintf(text, 512, "%.100s cannot read the state that %.100s writes (schema %d): their tasks would be stuck", to->module,
                 connect_link_module(link), (int)connect_link_manifest(link)->state_writes);
        rc = OD_ESTATE;
    }
    if (rc == OD_OK)
        rc = engine_past_check(life, &found.manifest, text);
    if (rc == OD_OK)
        *checked = found;
    else
        package_manifest_fini(&found.manifest);
    return rc;
}

/* The version before has the route again: nothing of the other one runs, so there is nothing to wait for. */
static int lead_back(struct engine *engine, struct engine_life *life, const struct engine_route *route, struct engine_version *version,
                     const char *reason)
{
    const struct engine_version *then[ENGINE_VERSIONS_MAX];
    struct engine_version from = {0}, to = {0};
    struct engine_route back = {.department = route->department, .version = &to, .wish = route->wish};

    engine_version_swap(&from, &life->rollout.from);
    engine_version_swap(&to, &life->rollout.to);
    to.at_ms = engine->now.ms;
    engine_rollout_leave_doubt(engine, life);
    engine_rollout_fini(&life->rollout);
    life->is_led_back = true;
    int rc = engine_life_keep_route(engine, life->id, &back);
    if (rc == OD_OK)
        rc = engine_past_keep(engine, life);
    if (rc == OD_OK)
        rc = engine_life_keep_versions(engine, life->id, then, engine_versions_then(life, &to, true, then));
    if (rc == OD_OK)
        rc = engine_life_keep_rollout(engine, life->id, &life->rollout);
    if (rc == OD_OK)
        rc = engine_life_note(engine, life, &(struct engine_act){.verb = "rolled_back", .by = "hub", .from = from.module, .to = to.module,
                                                                 .reason = reason});
    if (rc == OD_OK)
        rc = engine_versions_take(life, &to, true);
    if (rc == OD_OK)
        rc = engine_version_copy(version, &to);
    engine_version_fini(&from);
    engine_version_fini(&to);
    return rc;
}

static void go_on(const struct engine *engine, struct engine_rollout *rollout)
{
    core_ms left_ms = rollout->until_ms - engine->now.ms;

    if (left_ms < 0)
        left_ms = 0;
    if (left_ms > (core_ms)rollout->bake_ms)
        left_ms = rollout->bake_ms;
    rollout->until_steady_ms = base_monotonic_ms() + left_ms;
}

int engine_rollout_continue(struct engine *engine, struct engine_life *life, const struct engine_route *route,
                            struct engine_version *version)
{
    switch (life->rollout.step) {
    case ENGINE_ROLLOUT_NONE: return OD_OK;
    case ENGINE_ROLLOUT_STARTING:
        engine_rollout_cancel(engine, life, "hub", "the hub ended before it had the route");
        return OD_OK;
    case ENGINE_ROLLOUT_REVERTING:
        if (!life->rollout.is_switched)
            return lead_back(engine, life, route, version, "the hub ended on the way back");
        return engine_rollout_drop(engine, life);
    case ENGINE_ROLLOUT_SWITCHED:
    case ENGINE_ROLLOUT_BAKING: go_on(engine, &life->rollout); return OD_OK;
    }
    return OD_OK;
}

/* May the version before take the tasks as they are now? */
static int check_state(struct engine *engine, const struct engine_life *life)
{
    struct connect_loading loading = engine_version_loading(&life->rollout.from, life->id);
    struct connect_checked checked = {.address = {0}};
    char text[512];

    loading.is_again = true;
    int rc = connect_load_check(engine->connect, &loading, &checked, text);
    if (rc != OD_OK)
        return OD_OK; /* its start will say why */
    rc = engine_past_check(life, &checked.manifest, text);
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: there is no way back to %s: %s", life->id, life->rollout.from.module, text);
    package_manifest_fini(&checked.manifest);
    return rc;
}

int engine_rollout_fall_back(struct engine *engine, struct engine_life *life, const struct engine_route *route,
                             struct engine_version *version, const char *reason)
{
    int rc;

    if (life->rollout.step != ENGINE_ROLLOUT_SWITCHED && life->rollout.step != ENGINE_ROLLOUT_BAKING)
        return OD_ENOTFOUND;
    rc = check_state(engine, life);
    if (rc != OD_OK)
        return rc;
    engine_version_swap(&life->rollout.from, &life->rollout.to);
    life->rollout.may_repeat = false; /* nobody knows what the one promised that cannot be started */
    return lead_back(engine, life, route, version, reason);
}
