/* SPDX-License-Identifier: Apache-2.0 */
/* run: open -> turn, turn, ... until a stop came and no work is under way -> close.
 * A turn: take -> answers -> posts -> items -> timers -> flush -> tell. */
#include "host/runner.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "host/call.h"
#include "host/text.h"

#define FLUSH_AFTER_MS 2        /* reports do not wait longer for the end of a turn */
#define SLOW_TOLD_EVERY_MS 10000 /* the warning about slow callbacks */

/* Reports and requests so far leave now. */
static void flush(struct host *host, int64_t now_ms)
{
    host->flushed_ms = now_ms;
    if (!host_outbox_is_empty(&host->outbox) || !host_asks_is_empty(&host->asks))
        host_outbox_ring(&host->outbox);
}

void host_callback_enter(struct host *host, const char *name, uint64_t task)
{
    assert(host->callback == NULL); /* one at a time, never within another */
    host->callback = name;
    host->callback_began_ms = base_monotonic_ms();
    host_flight_enter(host->flight, task, host->callback_began_ms);
}

void host_callback_leave(struct host *host, uint64_t task)
{
    int64_t now_ms = base_monotonic_ms(), took_ms = now_ms - host->callback_began_ms;

    assert(host->callback != NULL);
    host_flight_leave(host->flight);
    host_scratch_clear(&host->scratch);
    if (took_ms > HOST_CALLBACK_SLOW_MS &&
        (host->slow_told_ms == 0 || now_ms - host->slow_told_ms >= SLOW_TOLD_EVERY_MS)) {
        host->slow_told_ms = now_ms;
        host_trap(host, task, "%s took %lld ms, the budget is %d ms; blocking code belongs into od_work",
                  host->callback, (long long)took_ms, HOST_CALLBACK_SLOW_MS);
    }
    host->callback = NULL;
    if (now_ms - host->flushed_ms >= FLUSH_AFTER_MS)
        flush(host, now_ms);
}

void host_task_drop(struct host *host, struct host_task *task)
{
    host_timers_cancel_task(&host->timers, task);
    host_tasks_remove(&host->tasks, task);
}

void host_task_release(struct host *host, struct host_task *task, const char *reason)
{
    od_task handle = host_task_handle(task);
    uint64_t wire = task->wire;

    if (host->plugin.release != NULL) {
        host_callback_enter(host, "release", wire);
        host->plugin.release(host->self, handle, reason);
        host_callback_leave(host, wire);
    }
    task = host_tasks_find(&host->tasks, handle); /* the table may have moved */
    if (task != NULL)
        host_task_drop(host, task);
}

static void run_post(void *arg, struct host *host, od_call_cb on_posted)
{
    host_callback_enter(host, "a posted call", 0);
    on_posted(arg);
    host_callback_leave(host, 0);
}

/* The timers that are due and were started before this turn; later ones have theirs. */
static void run_timers(struct host *host)
{
    uint64_t order_max = host->timers.order_last;
    int64_t now_ms = host_clock_now_ms(&host->clock);
    struct host_timer timer;

    while (host_timers_take(&host->timers, &host->tasks, now_ms, order_max, &timer)) {
        const struct host_task *task = host_tasks_find(&host->tasks, timer.task);
        uint64_t wire = task != NULL ? task->wire : 0;

        host_callback_enter(host, "a timer", wire);
        timer.on_due(host->self, timer.task, timer.arg);
        host_callback_leave(host, wire);
    }
}

typedef void (*frame_cb)(struct host *host, const struct base_frame *frame);

static void run_blocks(struct host *host, struct host_blocks blocks, frame_cb on_frame)
{
    struct host_block *block;

    while ((block = host_blocks_pop(&blocks)) != NULL) {
        struct base_frame frame;
        size_t used = 0;

        while (base_frame_read(block->bytes.bytes + block->offset, block->bytes.size - block->offset, &frame,
                               &used) == OD_OK) {
            block->offset += used;
            on_frame(host, &frame);
        }
        assert(block->offset == block->bytes.size); /* the I/O thread has walked it before */
        host_inbox_recycle(&host->inbox, block);
    }
}

static void ask_health(struct host *host, int64_t now_ms)
{
    struct od_health health = {.size = sizeof(health)};
    size_t size;

    if (host->plugin.health == NULL || now_ms - host->health_asked_ms < HOST_IDLE_MS)
        return;
    host->health_asked_ms = now_ms;
    host_callback_enter(host, "health", 0);
    host->plugin.health(host->self, &health);
    host_callback_leave(host, 0);
    health.note[sizeof(health.note) - 1] = '\0';
    if (health.status > OD_HEALTH_FAILING || host_text_check(health.note, sizeof(health.note), &size) != OD_OK) {
        host_trap(host, 0, "health: status %u is none, or the note is not UTF-8", health.status);
        return;
    }
    pthread_mutex_lock(&host->note_lock);
    memcpy(host->note, health.note, sizeof(host->note));
    pthread_mutex_unlock(&host->note_lock);
    atomic_store(&host->status.health, health.status);
}

/* What the I/O thread puts into its polls. The time is seen when nothing due by it is left and no work is under way,
 * which may be what a timer began; its reports are in the outbox by then. */
static void tell(struct host *host)
{
    bool has_seen = host_timers_next_ms(&host->timers) > host->time_told_ms && host_work_unfinished(&host->work) == 0;

    atomic_store(&host->status.open_count, host->tasks.count);
    atomic_store(&host->status.want, host->is_draining ? 0 : host->credits);
    if (has_seen && atomic_load(&host->status.time_seen_ms) != host->time_told_ms) {
        atomic_store(&host->status.time_seen_ms, host->time_told_ms);
        host_outbox_ring(&host->outbox);
    }
}

/* When the hub is slow to store, new work waits, so that what is under way stays bounded. */
static bool may_work(struct host *host)
{
    return host_outbox_unanswered(&host->outbox) < HOST_UNANSWERED_SLOW_MAX;
}

/* How long the next turn may sleep; answers wake it. */
static int64_t sleep_ms(struct host *host)
{
    int64_t next_ms = may_work(host) ? host_timers_next_ms(&host->timers) : INT64_MAX;
    int64_t until_ms = next_ms != INT64_MAX ? host_clock_until_ms(&host->clock, next_ms) : -1;

    return until_ms >= 0 && until_ms < HOST_IDLE_MS ? until_ms : HOST_IDLE_MS;
}

void host_runner_turn(struct host *host, int64_t timeout_ms)
{
    struct host_take take;
    bool wants_items = may_work(host);

    host_inbox_take(&host->inbox, timeout_ms, wants_items, host->posts, &take);
    atomic_fetch_add_explicit(&host->flight->beats, 1, memory_order_relaxed);
    run_blocks(host, take.answers, host_answer_run);
    for (size_t i = 0; i < take.post_count; i++)
        run_post(host->posts[i].arg, host, host->posts[i].on_posted);
    run_blocks(host, take.items, host_item_run);
    if (wants_items)
        run_timers(host);
    int64_t now_ms = base_monotonic_ms();
    ask_health(host, now_ms);
    flush(host, now_ms);
    tell(host);
}

static int run_open(struct host *host)
{
    host_callback_enter(host, "open", 0);
    int rc = host->plugin.open(&host->table, &host->self);
    host_callback_leave(host, 0);
    if (rc != OD_OK)
        host_break(host, HOST_EXIT_OPEN, "the plugin did not open: %s (%s)", base_error_text(rc), base_error_name(rc));
    else if (host_confine_tighten(host->tier, host->has_folder) != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "the sandbox could not be tightened after open");
    tell(host);
    atomic_store(&host->status.is_ready, rc == OD_OK);
    atomic_store(&host->status.is_open, true);
    host_outbox_ring(&host->outbox);
    return rc;
}

/* What remains in the module's hand now is the hub's to settle: it was attempted, so it is not given back. */
static void run_close(struct host *host)
{
    host_callback_enter(host, "close", 0);
    host->plugin.close(host->self);
    host_callback_leave(host, 0);
}

void *host_runner_run(void *arg)
{
    struct host *host = arg;

    host->plugin_thread = pthread_self();
    if (run_open(host) == OD_OK) {
        while (!host->is_stopping || host_work_unfinished(&host->work) > 0)
            host_runner_turn(host, sleep_ms(host));
        host_services_close(host);
        run_close(host);
    }
    flush(host, base_monotonic_ms());
    atomic_store(&host->status.is_closed, true);
    host_outbox_ring(&host->outbox);
    return NULL;
}
