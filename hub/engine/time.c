/* SPDX-License-Identifier: Apache-2.0 */
/* What time it is for the hub: the wall clock, distrusted. It may slew and be smeared, but
 * when it jumps the hub goes on by the steady clock until the jump has lasted: a fault that
 * is put right soon moves no date and fires no warning. It never goes back.
 *
 *   follow -> jump seen (go on by the steady clock, tell staff) -> lasted -> follow the new time
 *                                                              -> gone  -> follow as before */
#include "engine/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define JUMP_MS 5000           /* more than this between two looks is no slewing */
#define CONFIRM_MS 30000       /* a jump that lasts so long is the time; less than a minute, so that nothing is late by more */
#define AHEAD_MS (48 * 3600000LL) /* the journal may be so far ahead of the wall clock and still be believed */

static void anchor(struct engine_time *time, int64_t wall_ms, int64_t now_ms)
{
    time->wall_ms = wall_ms;
    time->steady_ms = now_ms;
    time->jump_ms = 0;
}

/* The wall clock as the hub believes it. */
int64_t engine_time_trust(struct engine_time *time, int64_t wall_ms, int64_t now_ms)
{
    int64_t expected = time->wall_ms + (now_ms - time->steady_ms), jump = wall_ms - expected;

    if (time->steady_ms == 0 || llabs(jump) <= JUMP_MS) {
        anchor(time, wall_ms, now_ms);
        return wall_ms;
    }
    if (time->jump_ms == 0 || llabs(jump - time->jump_ms) > JUMP_MS) { /* a new one */
        time->jump_ms = jump;
        time->jump_seen_ms = now_ms;
        time->jumps++;
        time->untold_ms = jump;
    }
    if (now_ms - time->jump_seen_ms < CONFIRM_MS)
        return expected;
    anchor(time, wall_ms, now_ms);
    return wall_ms;
}

void engine_time_update(struct engine *engine)
{
    int64_t wall_ms = engine->is_clock_virtual ? engine->virtual_ms
                                               : engine_time_trust(&engine->time, base_wall_ms(), base_steady_ms());
    int32_t offset;

    if (wall_ms <= engine->now.ms)
        return; /* a clock set back must not turn events around */
    bool is_same_minute = wall_ms / 60000 == engine->now.ms / 60000 && engine->now.ms != 0;
    engine->now.ms = wall_ms;
    if (!is_same_minute)
        base_zone_civil(wall_ms, &engine->now.day, &engine->now.minute, &offset);
}

/* At each tick: what was seen is told, once, when it can be made durable. */
void engine_time_tell(struct engine *engine)
{
    char body[128];

    if (engine->time.untold_ms == 0 || engine->is_stopping)
        return;
    snprintf(body, sizeof(body), "{\"jump_seconds\":%lld}", (long long)(engine->time.untold_ms / 1000));
    if (engine_alert_put(engine, ENGINE_ALERT_CLOCK, body) != OD_OK)
        return;
    base_log(BASE_LOG_WARNING, "the system's clock jumped by %lld s: the hub goes on by the steady clock, and takes the new time if it lasts %d s",
             (long long)(engine->time.untold_ms / 1000), CONFIRM_MS / 1000);
    engine->time.untold_ms = 0;
}

/* The journal's last moment is a floor: no event is earlier than the one before it, whatever happened to the clock
 * while the hub was away. A journal that is days ahead is not believed. */
void engine_time_start(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_arena arena = {0};
    struct store_record record;
    uint64_t last = store_journal_last(engine->store);
    size_t count = 0;
    int32_t offset;
    int rc = last > 0 ? store_read_journal(reader, last - 1, &arena, &record, 1, &count) : OD_ENOTFOUND;

    if (rc == OD_OK && count == 1 && record.at_ms > engine->now.ms && !engine->is_clock_virtual) {
        bool is_believed = record.at_ms - engine->now.ms <= AHEAD_MS;

        base_log(BASE_LOG_WARNING, "the journal is %lld s ahead of the system's clock: %s",
                 (long long)((record.at_ms - engine->now.ms) / 1000), is_believed ? "time stands still until it has caught up"
                                                                                  : "too far to be believed; check the clock");
        if (is_believed) {
            engine->now.ms = record.at_ms;
            base_zone_civil(record.at_ms, &engine->now.day, &engine->now.minute, &offset);
        }
    }
    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
}
