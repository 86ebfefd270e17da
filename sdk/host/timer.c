/* SPDX-License-Identifier: Apache-2.0 */
#include "host/timer.h"

#include <assert.h>

#include "base/memory.h"

#define ROOM_MIN 64

void host_timers_fini(struct host_timers *timers)
{
    base_free(timers->slots);
    base_free(timers->heap);
    *timers = (struct host_timers){0};
}

static bool is_before(const struct host_timers *timers, uint32_t a, uint32_t b)
{
    const struct host_timer *x = &timers->slots[a], *y = &timers->slots[b];

    return x->at_ms != y->at_ms ? x->at_ms < y->at_ms : x->order < y->order;
}

static void heap_set(struct host_timers *timers, size_t place, uint32_t slot)
{
    timers->heap[place] = slot;
    timers->slots[slot].place = (uint32_t)place;
}

static void sift_up(struct host_timers *timers, size_t place, uint32_t slot)
{
    while (place > 0 && is_before(timers, slot, timers->heap[(place - 1) / 2])) {
        heap_set(timers, place, timers->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    heap_set(timers, place, slot);
}

static void sift_down(struct host_timers *timers, size_t place, uint32_t slot)
{
    for (;;) {
        size_t child = place * 2 + 1;

        if (child + 1 < timers->count && is_before(timers, timers->heap[child + 1], timers->heap[child]))
            child++;
        if (child >= timers->count || !is_before(timers, timers->heap[child], slot))
            break;
        heap_set(timers, place, timers->heap[child]);
        place = child;
    }
    heap_set(timers, place, slot);
}

static void heap_remove(struct host_timers *timers, size_t place)
{
    assert(place < timers->count);
    uint32_t last = timers->heap[--timers->count];

    if (place == timers->count)
        return;
    if (place > 0 && is_before(timers, last, timers->heap[(place - 1) / 2]))
        sift_up(timers, place, last);
    else
        sift_down(timers, place, last);
}

static int grow(struct host_timers *timers)
{
    size_t room = timers->slot_room > 0 ? timers->slot_room * 2 : ROOM_MIN;

    if (timers->free_first != 0 || timers->slot_count < timers->slot_room)
        return OD_OK;
    if (room > HOST_TIMERS_MAX)
        return OD_ELIMIT;
    struct host_timer *slots = base_realloc(timers->slots, room * sizeof(*slots));
    if (slots == NULL)
        return OD_ENOMEM;
    timers->slots = slots;
    uint32_t *heap = base_realloc(timers->heap, room * sizeof(*heap));
    if (heap == NULL)
        return OD_ENOMEM;
    timers->heap = heap;
    timers->slot_room = room;
    return OD_OK;
}

static uint32_t slot_take(struct host_timers *timers)
{
    uint32_t index = timers->free_first;

    if (index != 0) {
        timers->free_first = timers->slots[index - 1].place;
        return index - 1;
    }
    index = (uint32_t)timers->slot_count++;
    timers->slots[index] = (struct host_timer){.generation = 0};
    return index;
}

static void chain(struct host_timers *timers, struct host_task *task, uint32_t slot)
{
    timers->slots[slot].next = task->timer_first;
    if (task->timer_first != HOST_TIMER_NONE)
        timers->slots[task->timer_first].prev = slot;
    task->timer_first = slot;
}

int host_timers_start(struct host_timers *timers, int64_t at_ms, struct host_task *task, od_timer_cb on_due,
                      void *arg, uint64_t *handle)
{
    assert(on_due != NULL);

    int rc = grow(timers);
    if (rc != OD_OK)
        return rc;
    uint32_t slot = slot_take(timers);
    struct host_timer *timer = &timers->slots[slot];
    *timer = (struct host_timer){.at_ms = at_ms, .order = ++timers->order_last, .on_due = on_due, .arg = arg,
                                 .task = task != NULL ? host_task_handle(task) : 0,
                                 .generation = timer->generation + 1,
                                 .next = HOST_TIMER_NONE, .prev = HOST_TIMER_NONE};
    if (task != NULL)
        chain(timers, task, slot);
    sift_up(timers, timers->count++, slot);
    if (handle != NULL)
        *handle = (uint64_t)timer->generation << 32 | slot;
    return OD_OK;
}

static void unchain(struct host_timers *timers, struct host_tasks *tasks, const struct host_timer *timer)
{
    struct host_task *task = host_tasks_find(tasks, timer->task);

    if (timer->next != HOST_TIMER_NONE)
        timers->slots[timer->next].prev = timer->prev;
    if (timer->prev != HOST_TIMER_NONE)
        timers->slots[timer->prev].next = timer->next;
    else if (task != NULL)
        task->timer_first = timer->next;
}

static void slot_free(struct host_timers *timers, uint32_t slot)
{
    struct host_timer *timer = &timers->slots[slot];

    timer->on_due = NULL;
    timer->place = timers->free_first;
    timers->free_first = slot + 1;
}

int host_timers_cancel(struct host_timers *timers, struct host_tasks *tasks, uint64_t handle)
{
    size_t slot = (size_t)(handle & UINT32_MAX);

    if (slot >= timers->slot_count)
        return OD_ESTALE;
    struct host_timer *timer = &timers->slots[slot];
    if (timer->on_due == NULL || timer->generation != handle >> 32)
        return OD_ESTALE;
    if (timer->task != 0)
        unchain(timers, tasks, timer);
    heap_remove(timers, timer->place);
    slot_free(timers, (uint32_t)slot);
    return OD_OK;
}

void host_timers_cancel_task(struct host_timers *timers, struct host_task *task)
{
    while (task->timer_first != HOST_TIMER_NONE) {
        uint32_t slot = task->timer_first;

        task->timer_first = timers->slots[slot].next;
        heap_remove(timers, timers->slots[slot].place);
        slot_free(timers, slot);
    }
}

int64_t host_timers_next_ms(const struct host_timers *timers)
{
    return timers->count > 0 ? timers->slots[timers->heap[0]].at_ms : INT64_MAX;
}

bool host_timers_take(struct host_timers *timers, struct host_tasks *tasks, int64_t now_ms, uint64_t order_max,
                      struct host_timer *out)
{
    if (timers->count == 0)
        return false;
    uint32_t slot = timers->heap[0];
    struct host_timer *timer = &timers->slots[slot];
    if (timer->at_ms > now_ms || timer->order > order_max)
        return false;
    if (timer->task != 0)
        unchain(timers, tasks, timer);
    *out = *timer;
    heap_remove(timers, 0);
    slot_free(timers, slot);
    return true;
}
