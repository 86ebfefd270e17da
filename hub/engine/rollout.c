/* SPDX-License-Identifier: Apache-2.0 */
/* One version of a connector takes another's place: the machine of life.h.
 *
 *   begin -> on_begun -> [to starts] -> ready -> switch_now -> on_switched -> [from leaves] -> watched -> finish
 *              |            |                                                    |
 *              +-- cancel <-+ it fails                     crash, hang, failures +-> back: begin, with the roles swapped
 *
 * Nothing is given to a version before the transaction that gives it the route is durable; what the other one
 * holds stays there until the scan of the new session hands it over, or its session ends. */
#include "engine/life.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define AGE_AT 4096 /* answers; then the older half counts half */

bool engine_rollout_is_under_way(const struct engine_life *life)
{
    return life->rollout.step != ENGINE_ROLLOUT_NONE;
}

const struct engine_version *engine_rollout_back(const struct engine_life *life)
{
    return life->version_count > 1 ? &life->versions[1] : NULL;
}

bool engine_rollout_may_repeat(const struct engine_department *department, uint32_t epoch)
{
    const struct engine_rollout *rollout = department->life != NULL ? &department->life->rollout : NULL;

    if (rollout != NULL && epoch <= department->life->past.doubt_epoch)
        return false;
    return rollout == NULL || rollout->step == ENGINE_ROLLOUT_NONE || rollout->step == ENGINE_ROLLOUT_STARTING || rollout->may_repeat;
}

/* -- What it answers -- */

void engine_rollout_count(struct engine_department *department, bool is_failure)
{
    struct engine_life *life = department->life;

    if (life == NULL)
        return;
    life->ended++;
    life->failed += is_failure;
    if (life->ended < AGE_AT)
        return;
    life->ended /= 2;
    life->failed /= 2;
}

static uint32_t failures_permille(const struct engine_life *life)
{
    return life->ended > 0 ? life->failed * 1000 / life->ended : 0;
}

static bool is_failing(const struct engine_life *life)
{
    return life->failed >= ENGINE_BAKE_FAILURES_MIN && failures_permille(life) > 2 * life->rollout.baseline + ENGINE_BAKE_MARGIN;
}

/* -- Begin -- */

static void switch_now(struct engine *engine, struct engine_life *life);

struct begun {
    struct engine_life *life;
    struct engine_rollout before; /* owned: of the one that this one replaced */
    uint32_t number;
    engine_call_cb on_begun;
    void *data;
};

static void begun_destroy(struct begun *begun)
{
    engine_rollout_fini(&begun->before);
    base_free(begun);
}

/* One that rests has no process to wait for, and a remote program comes again by itself once its session has ended. */
static bool starts_nobody(const struct engine_life *life)
{
    return life->wish == CONNECT_WISH_REST || (life->rollout.from.remote != NULL && life->rollout.to.remote != NULL);
}

static void start_next(struct engine *engine, struct engine_life *life)
{
    struct engine_rollout *rollout = &life->rollout;
    struct engine_department *department = life->department;
    char text[512] = "";
    struct connect_loading loading = engine_version_loading(&rollout->to, life->id);

    loading.owner_data = department;
    loading.wish = life->wish;
    loading.is_beside = true;
    loading.address = rollout->to.remote == NULL ? rollout->address : NULL;
    loading.is_again = rollout->step == ENGINE_ROLLOUT_REVERTING;
    rollout->until_steady_ms = base_monotonic_ms() + ENGINE_HELLO_MS;
    if (connect_load(engine->connect, &loading, &rollout->next, text) != OD_OK)
        engine_rollout_cancel(engine, life, "hub", text);
    else if (starts_nobody(life))
        switch_now(engine, life);
}

static bool is_waiting(const struct engine_rollout *rollout)
{
    return rollout->step == ENGINE_ROLLOUT_STARTING || (rollout->step == ENGINE_ROLLOUT_REVERTING && !rollout->is_switched);
}

static void on_begun(struct engine *engine, void *data, int rc)
{
    struct begun *begun = data;
    struct engine_life *life = begun->life;
    const struct engine_department *department = life->department;
    bool is_own = life->rollout.step != ENGINE_ROLLOUT_NONE && life->rollout.number == begun->number; /* else it was given up meanwhile */

    if (is_own && rc != OD_OK) { /* what was before goes on */
        engine_rollout_fini(&life->rollout);
        life->rollout = begun->before;
        begun->before = (struct engine_rollout){0};
    } else if (is_own && is_waiting(&life->rollout) && life->rollout.next == NULL && department != NULL && department->link != NULL &&
               !department->is_unloading && !engine->is_stopping) {
        start_next(engine, life);
    }
    if (begun->on_begun != NULL)
        begun->on_begun(engine, begun->data, rc);
    begun_destroy(begun);
}

static int fresh_rollout(const struct engine *engine, const struct engine_life *life, const struct engine_rollout_plan *plan,
                         struct engine_rollout *out)
{
    const struct connect_link *link = life->department->link;

    *out = (struct engine_rollout){
        .step = plan->is_back ? ENGINE_ROLLOUT_REVERTING : ENGINE_ROLLOUT_STARTING, .since_ms = engine->now.ms, .bake_ms = plan->bake_ms,
        .baseline = failures_permille(life),
        .may_repeat = connect_link_dedupe(link) != PACKAGE_DEDUPE_NONE && engine_rollout_may_repeat(life->department, UINT32_MAX)};
    memcpy(out->address, plan->address, sizeof(out->address));
    int rc = engine_version_copy(&out->from, &life->versions[0]);
    if (rc == OD_OK)
        rc = engine_version_copy(&out->to, plan->to);
    if (rc == OD_OK)
        engine_version_take_address(&out->to, plan->address);
    if (rc != OD_OK)
        engine_rollout_fini(out);
    return rc;
}

/* Into one transaction; all or nothing. */
static int keep_begin(struct engine *engine, struct engine_life *life, const struct engine_rollout_plan *plan, struct begun *begun)
{
    struct engine_batch_mark mark = engine_batch_mark(engine);
    int rc = engine_life_keep_rollout(engine, life->id, &life->rollout);

    if (rc == OD_OK)
        rc = engine_past_keep(engine, life);
    if (rc == OD_OK)
        rc = engine_life_note(engine, life, &(struct engine_act){.verb = plan->verb, .by = plan->by, .reason = plan->reason,
                                                                 .from = life->rollout.from.module, .to = life->rollout.to.module,
                                                                 .config = life->rollout.to.config});
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_begun, .data = begun});
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    return rc;
}

int engine_rollout_begin(struct engine *engine, struct engine_life *life, const struct engine_rollout_plan *plan)
{
    struct engine_rollout fresh;
    struct begun *begun = base_alloc(sizeof(*begun));

    assert(life->department != NULL);
    assert(life->version_count > 0);
    assert(life->rollout.next == NULL);
    int rc = begun != NULL ? fresh_rollout(engine, life, plan, &fresh) : OD_ENOMEM;
    if (rc != OD_OK) {
        base_free(begun);
        return rc;
    }
    *begun = (struct begun){.life = life, .before = life->rollout, .on_begun = plan->on_begun, .data = plan->data};
    fresh.number = begun->number = ++life->rollouts;
    life->rollout = fresh;
    life->rollout_error[0] = '\0';
    engine_past_settle(life);
    rc = keep_begin(engine, life, plan, begun);
    if (rc != OD_OK) {
        life->rollout = begun->before;
        begun->before = fresh;
        begun_destroy(begun);
    }
    return rc;
}

/* -- Its end -- */

void engine_rollout_leave_doubt(const struct engine *engine, struct engine_life *life)
{
    const struct engine_rollout *rollout = &life->rollout;

    if (rollout->step != ENGINE_ROLLOUT_NONE && rollout->step != ENGINE_ROLLOUT_STARTING && !rollout->may_repeat)
        engine_past_doubt(engine, life);
}

int engine_rollout_drop(struct engine *engine, struct engine_life *life)
{
    struct connect_link *next = life->rollout.next;

    engine_rollout_leave_doubt(engine, life);
    engine_rollout_fini(&life->rollout);
    if (next != NULL)
        connect_unload(next);
    int rc = engine_past_keep(engine, life);
    return rc == OD_OK ? engine_life_keep_rollout(engine, life->id, &life->rollout) : rc;
}

/* Where this cannot be kept the store says STARTING, and the next start gives it up. */
void engine_rollout_cancel(struct engine *engine, struct engine_life *life, const char *by, const char *reason)
{
    bool is_back = life->rollout.step == ENGINE_ROLLOUT_REVERTING || life->rollout.is_switched;
    struct engine_version from = {0}, to = {0};

    base_log(BASE_LOG_WARNING, "connector %s: %s stays, not %s: %s", life->id, life->rollout.from.module, life->rollout.to.module, reason);
    snprintf(life->rollout_error, sizeof(life->rollout_error), "%.255s", reason);
    engine_version_swap(&from, &life->rollout.from);
    engine_version_swap(&to, &life->rollout.to);
    int rc = engine_rollout_drop(engine, life);
    if (rc == OD_OK)
        rc = engine_life_note(engine, life, &(struct engine_act){.verb = is_back ? "rollback_failed" : "reverted", .by = by,
                                                                 .from = to.module, .to = from.module, .reason = reason});
    if (rc != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: the end of its rollout was not kept: %s", life->id, base_error_text(rc));
    engine_version_fini(&from);
    engine_version_fini(&to);
}

static void finish(struct engine *engine, struct engine_life *life)
{
    bool is_back = life->rollout.step == ENGINE_ROLLOUT_REVERTING;
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct engine_rollout over = life->rollout;

    engine_rollout_leave_doubt(engine, life);
    life->rollout = (struct engine_rollout){0};
    int rc = engine_life_keep_rollout(engine, life->id, &life->rollout);
    if (rc == OD_OK)
        rc = engine_past_keep(engine, life);
    if (rc == OD_OK && !is_back)
        rc = engine_life_note(engine, life, &(struct engine_act){.verb = "baked", .by = "hub", .from = over.from.module, .to = over.to.module});
    if (rc != OD_OK) {
        engine_batch_back(engine, mark);
        life->rollout = over; /* at the next tick */
        return;
    }
    engine_rollout_fini(&over);
}

/* -- The switch -- */

static void on_switched(struct engine *engine, void *data, int rc);

/* kept: the rollout as it is once to has the route. */
static int keep_switch(struct engine *engine, struct engine_life *life, const struct engine_rollout *kept)
{
    const struct engine_version *then[ENGINE_VERSIONS_MAX];
    struct engine_batch_mark mark = engine_batch_mark(engine);
    struct engine_route route = {.department = life->department->id, .version = &kept->to, .wish = life->wish};
    size_t count = engine_versions_then(life, &kept->to, kept->step == ENGINE_ROLLOUT_REVERTING, then);
    int rc = engine_life_keep_route(engine, life->id, &route);

    (void)engine_past_add(life, connect_link_manifest(kept->next)); /* what it writes while nobody knows of the switch counts, too */
    if (rc == OD_OK)
        rc = engine_past_keep(engine, life);

    if (rc == OD_OK)
        rc = engine_life_keep_versions(engine, life->id, then, count);
    if (rc == OD_OK)
        rc = engine_life_keep_rollout(engine, life->id, kept);
    if (rc == OD_OK)
        rc = engine_life_journal(engine, life, &(struct engine_act){.verb = "switched", .by = "hub", .from = kept->from.module,
                                                                    .to = kept->to.module});
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_switched, .data = life});
    if (rc != OD_OK)
        engine_batch_back(engine, mark);
    return rc;
}

/* What people see of it changes when it is durable. */
static void set_switched(struct engine_rollout *rollout)
{
    rollout->is_switched = true;
    rollout->since_ms = rollout->to.at_ms;
    rollout->until_ms = rollout->to.at_ms + rollout->bake_ms;
    if (rollout->step == ENGINE_ROLLOUT_STARTING)
        rollout->step = ENGINE_ROLLOUT_SWITCHED;
}

static void switch_now(struct engine *engine, struct engine_life *life)
{
    struct engine_rollout *rollout = &life->rollout, kept;

    if (rollout->is_switching || !is_waiting(rollout) || life->is_ending || life->department->is_unloading || engine->is_stopping)
        return;
    rollout->to.at_ms = engine->now.ms;
    kept = *rollout;
    set_switched(&kept);
    rollout->is_switching = keep_switch(engine, life, &kept) == OD_OK; /* else at the next tick */
}

static void take_route(struct engine *engine, struct engine_life *life)
{
    struct engine_department *department = life->department;
    struct connect_link *link = life->rollout.next;

    life->rollout.next = NULL;
    department->leaving++;
    department->link = link;
    connect_switch(link);
    department->is_held = false;
    life->ended = life->failed = 0;
    engine_feed_connector(engine, life->id, connect_state_name(connect_link_state(link)));
    engine_scan_want(department, 0);
    if (engine_department_is_active(department))
        engine_scan_start(engine, department);
}

static void on_switched(struct engine *engine, void *data, int rc)
{
    struct engine_life *life = data;
    struct engine_rollout *rollout = &life->rollout;

    if (!rollout->is_switching)
        return; /* it was dropped with its connector */
    rollout->is_switching = false;
    if (rc != OD_OK)
        return; /* again at the next tick */
    set_switched(rollout);
    rollout->until_steady_ms = base_monotonic_ms() + rollout->bake_ms;
    base_log(BASE_LOG_INFO, "connector %s: %s has the route, %s leaves", life->id, rollout->to.module, rollout->from.module);
    if (engine_versions_take(life, &rollout->to, rollout->step == ENGINE_ROLLOUT_REVERTING) != OD_OK)
        base_log(BASE_LOG_WARNING, "connector %s: no memory for its list of versions; it is whole again after a restart", life->id);
    take_route(engine, life);
}

void engine_rollout_ready(struct engine *engine, struct connect_link *link)
{
    const struct engine_department *department = connect_link_data(link);

    if (department->life != NULL && department->life->rollout.next == link)
        switch_now(engine, department->life);
}

void engine_rollout_moved(struct engine *engine, struct engine_department *department)
{
    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link))
        if (connect_link_data(link) == department && connect_link_role(link) == CONNECT_ROLE_LEAVING)
            connect_left(link);
}

/* -- The watch -- */

static bool has_failed(const struct connect_link *link)
{
    enum connect_state state = connect_link_state(link);

    return (state == CONNECT_BACKOFF || state == CONNECT_QUARANTINED) && connect_link_is_over(link); /* and it is known why */
}

/* A remote connector that went away while a module could serve in its place. */
static bool is_missed(const struct engine_life *life, const struct connect_link *link)
{
    return connect_link_state(link) == CONNECT_ABSENT && life->rollout.from.remote == NULL;
}

static bool is_watched(const struct engine_rollout *rollout)
{
    return rollout->is_switched && (rollout->step == ENGINE_ROLLOUT_SWITCHED || rollout->step == ENGINE_ROLLOUT_BAKING);
}

/* Back to the version before; where that cannot be, people are told, and it goes on as any other. */
static void go_back(struct engine *engine, struct engine_life *life, const char *reason)
{
    struct engine_rollout_plan plan = {.to = engine_rollout_back(life), .is_back = true, .verb = "rollback", .by = "hub", .reason = reason};
    char text[512] = "";

    if (plan.to != NULL && plan.to->remote == NULL && !connect_module_is_at_hand(engine->connect, plan.to->module, true)) {
        life->is_preparing = life->is_preparing || engine_rollout_prepare(engine, life, plan.to) == OD_OK; /* else at the next tick */
        return;
    }
    base_log(BASE_LOG_WARNING, "connector %s: back from %s to %s: %s", life->id, life->rollout.to.module, life->rollout.from.module, reason);
    struct connect_checked checked = {.address = {0}};
    int rc = plan.to != NULL ? engine_rollout_check(engine, life, plan.to, &checked, text) : OD_ENOTFOUND;
    plan.address = checked.address;
    package_manifest_fini(&checked.manifest);
    if (rc == OD_OK)
        rc = engine_rollout_begin(engine, life, &plan);
    if (rc != OD_OK && rc != OD_EBUSY && rc != OD_ENOMEM) /* those are tried again at the next tick */
        engine_rollout_cancel(engine, life, "hub", text[0] != '\0' ? text : "no version before is known");
}

static void watch(struct engine *engine, struct engine_life *life)
{
    const struct connect_link *link = life->department->link;
    char reason[512];

    if (link == NULL || life->is_ending || life->department->is_unloading || engine->is_stopping ||
        life->wish == CONNECT_WISH_REST)
        return;
    if (has_failed(link)) {
        snprintf(reason, sizeof(reason), "it failed while it was watched: %.400s", connect_link_error(link));
        go_back(engine, life, reason);
    } else if (is_missed(life, link)) {
        go_back(engine, life, "it went away while it was watched");
    } else if (is_failing(life)) {
        snprintf(reason, sizeof(reason), "of %u answers %u were failures; before it were %u of a thousand", (unsigned)life->ended,
                 (unsigned)life->failed, (unsigned)life->rollout.baseline);
        go_back(engine, life, reason);
    }
}

void engine_rollout_see(struct engine *engine, struct connect_link *link)
{
    struct engine_department *department = connect_link_data(link);
    struct engine_life *life = department->life;

    if (life == NULL || engine->is_stopping)
        return;
    if (life->rollout.next == link && has_failed(link) && !life->rollout.is_switching) {
        char reason[512];

        snprintf(reason, sizeof(reason), "it did not start: %.400s", connect_link_error(link));
        engine_rollout_cancel(engine, life, "hub", reason);
    } else if (department->link == link && is_watched(&life->rollout)) {
        watch(engine, life);
    }
}

static bool is_ready(const struct connect_link *link)
{
    enum connect_state state = connect_link_state(link);

    return state == CONNECT_ACTIVE || state == CONNECT_DRAINED;
}

static void go_on(struct engine *engine, struct engine_life *life)
{
    struct engine_rollout *rollout = &life->rollout;
    const struct engine_department *department = life->department;

    if (department == NULL || department->link == NULL || department->is_unloading || life->is_ending)
        return;
    if (rollout->next != NULL) {
        if (is_ready(rollout->next) || starts_nobody(life))
            switch_now(engine, life);
        else if (rollout->to.remote != NULL && !rollout->is_switching && base_monotonic_ms() >= rollout->until_steady_ms)
            engine_rollout_cancel(engine, life, "hub", "it did not say hello within ten minutes");
        else
            engine_rollout_see(engine, rollout->next);
        return;
    }
    if (is_watched(rollout))
        watch(engine, life);
    if (rollout->step == ENGINE_ROLLOUT_SWITCHED && rollout->is_switched && department->leaving == 0)
        rollout->step = ENGINE_ROLLOUT_BAKING;
    if (rollout->is_switched && department->leaving == 0 && base_monotonic_ms() >= rollout->until_steady_ms &&
        (rollout->step == ENGINE_ROLLOUT_BAKING || rollout->step == ENGINE_ROLLOUT_REVERTING))
        finish(engine, life);
}

void engine_rollout_prepared(struct engine *engine, struct engine_life *life)
{
    life->is_preparing = false;
    if (!engine->is_stopping && engine_rollout_is_under_way(life))
        go_on(engine, life);
}

void engine_rollouts_run(struct engine *engine)
{
    if (engine->is_stopping)
        return;
    for (struct engine_life *life = engine->lives; life != NULL; life = life->next_life)
        if (engine_rollout_is_under_way(life))
            go_on(engine, life);
}
