/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/sim.h"

#include <stdlib.h>
#include <uv.h>

#define HANDLES_MAX 4096

struct event {
    uint64_t at_ms, order;
    sim_cb cb;
    void *data;
};

/* What hub/connect thinks is libuv. */
struct handle {
    uv_handle_t *handle;
    void *timer_cb; /* uv_timer_cb */
    uv_prepare_cb prepare_cb;
    uint64_t repeat_ms;
    unsigned generation; /* of the timer's start; an event of an earlier one is nothing */
    bool is_active;
    uv_close_cb close_cb;
    bool is_closing;
};

uint64_t sim_now_ms;
static uint64_t random_state, order;
static struct event *events;
static size_t event_count, event_room;
static struct handle handles[HANDLES_MAX];
static size_t handle_count;

uint32_t sim_roll(uint32_t sides)
{
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % sides);
}

void sim_clock_reset(uint64_t seed)
{
    random_state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
    sim_now_ms = 1000;
    order = event_count = 0;
    handle_count = 0;
}

void sim_clock_fini(void)
{
    free(events);
    events = NULL;
    event_count = event_room = 0;
}

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(size_t a, size_t b)
{
    struct event kept = events[a];

    events[a] = events[b];
    events[b] = kept;
}

void sim_at(uint64_t delay_ms, sim_cb cb, void *data)
{
    if (event_count == event_room) {
        event_room = event_room > 0 ? 2 * event_room : 1024;
        events = realloc(events, event_room * sizeof(*events));
        assert_non_null(events);
    }
    size_t at = event_count++;
    events[at] = (struct event){.at_ms = sim_now_ms + delay_ms, .order = order++, .cb = cb, .data = data};
    for (; at > 0 && is_before(&events[at], &events[(at - 1) / 2]); at = (at - 1) / 2)
        swap(at, (at - 1) / 2);
}

static struct event take_first(void)
{
    struct event first = events[0];
    size_t at = 0;

    events[0] = events[--event_count];
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < event_count; child++)
            if (is_before(&events[child], &events[least]))
                least = child;
        if (least == at)
            return first;
        swap(at, least);
        at = least;
    }
}

bool sim_step(void)
{
    if (event_count == 0)
        return false;
    struct event event = take_first();
    sim_now_ms = event.at_ms;
    event.cb(event.data);
    sim_turn_end();
    return true;
}

bool sim_is_trouble(void)
{
    return sim_now_ms < SIM_TROUBLE_MS;
}

/* -- libuv, as far as hub/connect uses it without a process -- */

static struct handle *find(const uv_handle_t *handle)
{
    for (size_t i = handle_count; i-- > 0;)
        if (handles[i].handle == handle)
            return &handles[i];
    fail_msg("an unknown handle");
    return NULL;
}

static void add(uv_handle_t *handle)
{
    size_t i = 0;

    while (i < handle_count && handles[i].handle != NULL)
        i++;
    handle_count += i == handle_count;
    assert_true(handle_count <= HANDLES_MAX);
    unsigned generation = handles[i].generation + 1;
    handles[i] = (struct handle){.handle = handle, .generation = generation};
}

void sim_turn_end(void)
{
    for (size_t i = 0; i < handle_count; i++)
        if (handles[i].handle != NULL && handles[i].is_active && handles[i].prepare_cb != NULL)
            handles[i].prepare_cb((uv_prepare_t *)handles[i].handle);
    for (size_t i = 0; i < handle_count; i++) {
        if (handles[i].handle == NULL || !handles[i].is_closing)
            continue;
        struct handle closed = handles[i];
        handles[i].handle = NULL;
        handles[i].is_active = handles[i].is_closing = false;
        if (closed.close_cb != NULL)
            closed.close_cb(closed.handle);
    }
}

static void *pack(size_t index, unsigned generation)
{
    return (void *)((uintptr_t)index << 32 | generation);
}

static void on_due(void *data)
{
    struct handle *handle = &handles[(uintptr_t)data >> 32];
    unsigned generation = (uint32_t)(uintptr_t)data;

    if (handle->handle == NULL || !handle->is_active || handle->generation != generation || handle->is_closing)
        return;
    if (handle->repeat_ms > 0)
        sim_at(handle->repeat_ms, on_due, data);
    else
        handle->is_active = false;
    ((uv_timer_cb)(uintptr_t)handle->timer_cb)((uv_timer_t *)handle->handle);
}

uint64_t __wrap_uv_now(const uv_loop_t *loop);
uint64_t __wrap_uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return sim_now_ms;
}

int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer);
int __wrap_uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    (void)loop;
    add((uv_handle_t *)timer);
    return 0;
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout_ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout_ms, uint64_t repeat_ms)
{
    struct handle *handle = find((uv_handle_t *)timer);

    handle->timer_cb = (void *)(uintptr_t)cb;
    handle->repeat_ms = repeat_ms;
    handle->is_active = true;
    handle->generation++;
    sim_at(timeout_ms, on_due, pack((size_t)(handle - handles), handle->generation));
    return 0;
}

int __wrap_uv_timer_stop(uv_timer_t *timer);
int __wrap_uv_timer_stop(uv_timer_t *timer)
{
    find((uv_handle_t *)timer)->is_active = false;
    return 0;
}

int __wrap_uv_is_active(const uv_handle_t *handle);
int __wrap_uv_is_active(const uv_handle_t *handle)
{
    return find(handle)->is_active;
}

int __wrap_uv_prepare_init(uv_loop_t *loop, uv_prepare_t *prepare);
int __wrap_uv_prepare_init(uv_loop_t *loop, uv_prepare_t *prepare)
{
    (void)loop;
    add((uv_handle_t *)prepare);
    return 0;
}

int __wrap_uv_prepare_start(uv_prepare_t *prepare, uv_prepare_cb cb);
int __wrap_uv_prepare_start(uv_prepare_t *prepare, uv_prepare_cb cb)
{
    struct handle *handle = find((uv_handle_t *)prepare);

    handle->prepare_cb = cb;
    handle->is_active = true;
    return 0;
}

void __wrap_uv_unref(uv_handle_t *handle);
void __wrap_uv_unref(uv_handle_t *handle)
{
    (void)handle;
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb)
{
    struct handle *closing = find(handle);

    closing->is_closing = true;
    closing->is_active = false;
    closing->close_cb = cb;
}
