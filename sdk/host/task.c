/* SPDX-License-Identifier: Apache-2.0 */
#include "host/task.h"

#include <assert.h>

#include "base/memory.h"
#include "host/timer.h"

#define ROOM_MIN 64

void host_tasks_fini(struct host_tasks *tasks)
{
    base_free(tasks->slots);
    base_free(tasks->places);
    *tasks = (struct host_tasks){0};
}

static size_t place_of(const struct host_tasks *tasks, uint64_t wire)
{
    uint64_t hash = wire * UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci hashing: the high bits are the mixed ones */

    return (size_t)(hash >> 32) & (tasks->place_count - 1);
}

static void place_put(struct host_tasks *tasks, const struct host_task *task)
{
    size_t place = place_of(tasks, task->wire);

    while (tasks->places[place] != 0)
        place = (place + 1) & (tasks->place_count - 1);
    tasks->places[place] = task->index + 1;
}

/* At most half of the places are taken, so that walks are short. */
static int places_grow(struct host_tasks *tasks)
{
    size_t count = tasks->place_count > 0 ? tasks->place_count * 2 : ROOM_MIN * 2;

    if ((tasks->count + 1) * 2 <= tasks->place_count)
        return OD_OK;
    uint32_t *places = base_alloc(count * sizeof(*places));
    if (places == NULL)
        return OD_ENOMEM;
    base_free(tasks->places);
    tasks->places = places;
    tasks->place_count = count;
    for (size_t i = 0; i < tasks->slot_count; i++) {
        if (tasks->slots[i].wire != 0)
            place_put(tasks, &tasks->slots[i]);
    }
    return OD_OK;
}

static int slots_grow(struct host_tasks *tasks)
{
    size_t room = tasks->slot_room > 0 ? tasks->slot_room * 2 : ROOM_MIN;

    if (tasks->free_first != 0 || tasks->slot_count < tasks->slot_room)
        return OD_OK;
    if (room > HOST_TASKS_MAX)
        return OD_ELIMIT;
    struct host_task *slots = base_realloc(tasks->slots, room * sizeof(*slots));
    if (slots == NULL)
        return OD_ENOMEM;
    tasks->slots = slots;
    tasks->slot_room = room;
    return OD_OK;
}

static uint32_t slot_take(struct host_tasks *tasks)
{
    uint32_t index = tasks->free_first;

    if (index != 0) {
        tasks->free_first = tasks->slots[index - 1].timer_first;
        return index - 1;
    }
    index = (uint32_t)tasks->slot_count++;
    tasks->slots[index] = (struct host_task){.generation = 0};
    return index;
}

int host_tasks_add(struct host_tasks *tasks, uint64_t wire, enum od_task_state state, struct host_task **out)
{
    assert(wire != 0);
    assert(host_tasks_find_wire(tasks, wire) == NULL);

    int rc = slots_grow(tasks);
    if (rc == OD_OK)
        rc = places_grow(tasks);
    if (rc != OD_OK)
        return rc;
    uint32_t index = slot_take(tasks);
    struct host_task *task = &tasks->slots[index];
    *task = (struct host_task){.wire = wire, .index = index, .generation = task->generation + 1,
                               .state = (uint8_t)state, .timer_first = HOST_TIMER_NONE};
    if (task->generation == 0)
        task->generation = 1; /* after 2^32 lives a handle must still not be 0 */
    place_put(tasks, task);
    tasks->count++;
    *out = task;
    return OD_OK;
}

od_task host_task_handle(const struct host_task *task)
{
    return (uint64_t)task->generation << 32 | task->index;
}

struct host_task *host_tasks_find(const struct host_tasks *tasks, od_task handle)
{
    size_t index = (size_t)(handle & UINT32_MAX);

    if (index >= tasks->slot_count)
        return NULL;
    struct host_task *task = &tasks->slots[index];
    return task->wire != 0 && task->generation == handle >> 32 ? task : NULL;
}

struct host_task *host_tasks_find_wire(const struct host_tasks *tasks, uint64_t wire)
{
    if (tasks->place_count == 0)
        return NULL;
    for (size_t place = place_of(tasks, wire); tasks->places[place] != 0;
         place = (place + 1) & (tasks->place_count - 1)) {
        struct host_task *task = &tasks->slots[tasks->places[place] - 1];

        if (task->wire == wire)
            return task;
    }
    return NULL;
}

/* Close the gap at place: entries whose walk crossed it move back into it. */
static void place_remove(struct host_tasks *tasks, size_t place)
{
    size_t mask = tasks->place_count - 1, gap = place;

    for (size_t at = (place + 1) & mask; tasks->places[at] != 0; at = (at + 1) & mask) {
        size_t home = place_of(tasks, tasks->slots[tasks->places[at] - 1].wire);

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            tasks->places[gap] = tasks->places[at];
            gap = at;
        }
    }
    tasks->places[gap] = 0;
}

void host_tasks_remove(struct host_tasks *tasks, struct host_task *task)
{
    assert(task->wire != 0);
    assert(task->timer_first == HOST_TIMER_NONE); /* its timers went first */
    size_t place = place_of(tasks, task->wire);

    while (tasks->places[place] != task->index + 1)
        place = (place + 1) & (tasks->place_count - 1);
    place_remove(tasks, place);
    task->wire = 0;
    task->timer_first = tasks->free_first;
    tasks->free_first = task->index + 1;
    tasks->count--;
}

struct host_task *host_tasks_next(const struct host_tasks *tasks, od_task handle)
{
    size_t index = handle == 0 ? 0 : (size_t)(handle & UINT32_MAX) + 1;

    for (; index < tasks->slot_count; index++) {
        if (tasks->slots[index].wire != 0)
            return &tasks->slots[index];
    }
    return NULL;
}
