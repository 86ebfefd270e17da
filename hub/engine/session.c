/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions of connectors ask and tell: epochs, the clock, and when one is ready, is lost,
 * has room or is unloaded. */
#include "engine/internal.h"

#include <stdio.h>

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
        .on_report = engine_on_report, .on_state = on_state, .on_unloaded = on_unloaded, .on_time_seen = on_time_seen};
}
