/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions of connectors ask and tell: epochs, the clock, and when one is ready, is lost,
 * has room or is unloaded. */
#include "engine/errand.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

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
    if (connect_link_role(link) == CONNECT_ROLE_NEXT) {
        engine_rollout_ready(engine, link);
        return; /* nothing is owed to it before it is switched to */
    }
    engine_scan_want(connect_link_data(link), 0);
    engine_scan_start(engine, connect_link_data(link));
}

/* Of one that leaves, the present session takes over at once what it held; else the next session does, or the worklist. */
static void on_lost(void *owner, struct connect_link *link, uint32_t epoch, bool is_crash, uint64_t task_in_hand)
{
    struct engine *engine = owner;
    struct engine_department *department = connect_link_data(link);

    base_log(BASE_LOG_WARNING, "connector %s: session %u of %s ended%s", connect_link_id(link), epoch, connect_link_module(link),
             is_crash ? " by a crash" : "");
    if (connect_link_role(link) == CONNECT_ROLE_NEXT)
        return; /* it was given nothing */
    engine_time_update(engine);
    if (is_crash && task_in_hand != 0 && !engine_errand_is(task_in_hand))
        engine_task_crashed(engine, department, epoch, task_in_hand);
    engine_scan_want(department, 0);
    if (connect_link_role(link) == CONNECT_ROLE_CURRENT)
        department->is_held = false;
    else if (engine_department_is_active(department))
        engine_scan_start(engine, department);
}

static void on_room(void *owner, struct connect_link *link)
{
    struct engine *engine = owner;
    struct engine_department *department = connect_link_data(link);

    engine_time_update(engine);
    if (department->unsent > 0)
        engine_items_run(engine, department);
    engine_events_run(engine, department);
    if (department->is_held)
        engine_scan_go_on(engine, department);
    if (department->serves != 0)
        engine_errands_room(engine, department);
    else
        engine_queue_run(engine, department);
}

static void on_state(void *owner, struct connect_link *link)
{
    if (connect_link_role(link) == CONNECT_ROLE_CURRENT)
        engine_feed_connector(owner, connect_link_id(link), connect_state_name(connect_link_state(link)));
    engine_rollout_see(owner, link);
}

/* The credits of its session went with it. */
static void on_unloaded(void *owner, struct connect_link *link)
{
    struct engine *engine = owner;
    struct engine_department *department = connect_link_data(link);

    if (connect_link_role(link) == CONNECT_ROLE_NEXT)
        return;
    if (department->link == link) {
        engine_feed_connector(engine, connect_link_id(link), "unloaded");
        department->link = NULL;
        department->is_unloading = false;
        engine_life_leave(department);
        engine_kv_purge_end(engine, connect_link_id(link), true);
    } else {
        assert(department->leaving > 0);
        department->leaving--;
    }
    engine_scan_want(department, 0);
    if (!engine->is_stopping && (department->link == NULL || engine_department_is_active(department)))
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
        .on_report = engine_on_report, .on_service = engine_on_service, .on_verified = engine_on_verified, .on_state = on_state, .on_unloaded = on_unloaded, .on_time_seen = on_time_seen,
        .on_answer = engine_on_remote_answer};
}
