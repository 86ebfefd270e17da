/* SPDX-License-Identifier: Apache-2.0 */
/* Where a queued task goes: the worklist, a session with room, or a place to wait.
 *
 *   task_queue -> worklist: OFFERED by officer, in the same batch
 *              -> session with room: task_offer -> deed OFFER -> item
 *              -> else: queue (memory), beyond it the store (needs_scan)
 *              -> failed before: retry list, then as above */
#include "engine/errand.h"

#include <assert.h>
#include <string.h>

static struct engine_department *department_find(struct engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->department_count; i++)
        if (strcmp(engine->departments[i]->id, id) == 0)
            return engine->departments[i];
    return NULL;
}

void engine_department_destroy(struct engine_department *department)
{
    if (department == NULL)
        return;
    engine_events_drop(department);
    base_free(department->queue);
    base_free(department->retries);
    base_free(department);
}

static struct engine_department *department_create(struct engine *engine, const char *id)
{
    struct engine_department *department = base_alloc(sizeof(*department));

    if (department == NULL)
        return NULL;
    strncpy(department->id, id, BASE_ID_MAX);
    const struct engine_errand_kind *kind = engine_errand_kind_served(id);
    department->serves = kind != NULL ? kind->entry : 0;
    department->priority = 1;
    if (store_department(engine->store, id, &department->number) != OD_OK) {
        engine_department_destroy(department);
        return NULL;
    }
    return department;
}

int engine_department_get(struct engine *engine, const char *id, struct engine_department **out)
{
    struct engine_department *department = department_find(engine, id);

    if (department != NULL) {
        *out = department;
        return OD_OK;
    }
    if (engine->department_count == engine->department_room) {
        size_t room = engine->department_room > 0 ? 2 * engine->department_room : 32;
        struct engine_department **all = base_realloc(engine->departments, room * sizeof(struct engine_department *));

        if (all == NULL)
            return OD_ENOMEM;
        engine->departments = all;
        engine->department_room = room;
    }
    department = department_create(engine, id);
    if (department == NULL)
        return OD_ENOMEM;
    if (department->serves != 0 && engine_errand_department_add(engine, department) != OD_OK) {
        engine_department_destroy(department);
        return OD_ENOMEM;
    }
    engine->departments[engine->department_count++] = department;
    *out = department;
    return OD_OK;
}

bool engine_department_is_active(const struct engine_department *department)
{
    const struct connect_link *link = department->link;

    if (link == NULL || department->is_unloading || connect_link_epoch(link) == 0)
        return false;
    enum connect_state state = connect_link_state(link);
    return state == CONNECT_ACTIVE || state == CONNECT_DRAINED ||
           (state == CONNECT_DRAINING && connect_link_wish(link) == CONNECT_WISH_DRAIN);
}

struct connect_link *engine_link_of(const struct engine *engine, const struct engine_department *department, uint32_t epoch)
{
    if (epoch == 0 || engine->connect == NULL)
        return NULL;
    if (department->link != NULL && connect_link_epoch(department->link) == epoch)
        return department->link;
    for (struct connect_link *link = connect_first(engine->connect); link != NULL; link = connect_next(link))
        if (connect_link_data(link) == department && connect_link_epoch(link) == epoch)
            return link;
    return NULL;
}

/* Too many failed tasks are waiting: a department that fails this much gets no new ones. */
bool engine_department_has_room(const struct engine_department *department)
{
    return engine_department_is_active(department) && department->retry_count < ENGINE_RETRIES_MAX &&
           connect_room(department->link) > department->reserved;
}

void engine_put_derive(struct engine *engine, struct engine_application *application)
{
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct core_task *task = &application->core->tasks[i];

        if (task->state != CORE_TASK_OFFERED || task->epoch == 0 ||
            engine_offer_is_unsent(engine, base_task_handle(application->id, i), task->epoch))
            continue;
        struct engine_department *department = engine_department_of(engine, application, i);
        if (department != NULL && engine_link_of(engine, department, task->epoch) != NULL)
            application->put |= (core_task_set)1 << i;
    }
}

bool engine_task_offer(struct engine *engine, struct engine_application *application, unsigned task,
                       struct engine_department *department)
{
    uint32_t epoch = connect_link_epoch(department->link);
    struct core_event event = {.type = CORE_OFFERED, .time = engine->now, .task = task,
                               .offered = {.tasks = (core_task_set)1 << task, .epoch = epoch}};
    struct engine_deed deed = {.kind = ENGINE_DEED_OFFER, .department = department, .epoch = epoch,
                               .handle = base_task_handle(application->id, task)};

    /* The deed first: without it the offer would be recorded and never made. */
    if (!engine_batch_has_room(engine) || engine_deed_add(engine, &deed) != OD_OK) {
        engine_scan_want(department, application->id);
        return false;
    }
    department->reserved++;
    if (engine_apply(engine, application, &event, "hub", NULL) != OD_OK)
        return false; /* no longer queued; the deed will find that out and give the place back */
    engine->offers++;
    return true;
}

static void put_on_worklist(struct engine *engine, struct engine_application *application, unsigned task,
                            struct engine_department *department)
{
    struct core_event event = {.type = CORE_OFFERED, .time = engine->now, .task = task,
                               .offered = {.tasks = (core_task_set)1 << task, .by_officer = true}};

    if (engine_apply(engine, application, &event, "hub", NULL) != OD_OK)
        engine_scan_want(department, application->id);
}

bool engine_task_is_served(const struct engine_department *department, const struct engine_application *application, unsigned task)
{
    const struct package_texts *matters = &connect_link_manifest(department->link)->matters;

    return matters->count == 0 || package_texts_allow(matters, application->service->matters[task]->id);
}

static bool is_for_officers(const struct engine_department *department, const struct engine_application *application, unsigned task)
{
    return department->link == NULL || !engine_task_is_served(department, application, task);
}

bool engine_task_list_for_officers(struct engine *engine, struct engine_application *application, unsigned task)
{
    struct engine_department *department = engine_department_of(engine, application, task);

    if (department == NULL)
        return false;
    put_on_worklist(engine, application, task, department);
    return application->core->tasks[task].state != CORE_TASK_QUEUED;
}

void engine_queue_push(struct engine *engine, struct engine_department *department, uint64_t handle)
{
    (void)engine;
    if (department->queue == NULL)
        department->queue = base_alloc(ENGINE_QUEUE_MAX * sizeof(*department->queue));
    if (department->queue == NULL || department->queue_count == ENGINE_QUEUE_MAX) {
        engine_scan_want(department, base_task_application(handle)); /* it stands in the store */
        return;
    }
    department->queue[(department->queue_head + department->queue_count++) % ENGINE_QUEUE_MAX] = handle;
}

void engine_task_queue(struct engine *engine, struct engine_application *application, unsigned task)
{
    struct engine_department *department = engine_department_of(engine, application, task);
    uint64_t handle = base_task_handle(application->id, task);
    unsigned failures = application->core->tasks[task].failures;

    if (department == NULL || engine->is_stopping)
        return; /* no memory, or no time: it stands in the store and is found by the scan of the next session */
    if (department->unserved[0] != '\0')
        return; /* its connector comes back, or is given up: either way a scan finds it */
    if (department->settling == handle)
        return; /* whoever settles it offers it */
    if (is_for_officers(department, application, task))
        put_on_worklist(engine, application, task, department);
    else if (failures > 0)
        engine_task_retry(engine, department, handle, failures);
    else if (department->queue_count == 0 && !department->is_scanning && engine_department_has_room(department))
        (void)!engine_task_offer(engine, application, task, department);
    else if (!application->is_new)
        engine_queue_push(engine, department, handle);
    else if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_QUEUE, .department = department,
                                                            .handle = handle}) != OD_OK)
        engine_scan_want(department, application->id);
}

static void on_queued(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    uint64_t handle = (uint64_t)(uintptr_t)data;
    unsigned task = base_task_index(handle);

    if (rc == OD_EBUSY || rc == OD_ENOMEM)
        for (size_t i = 0; i < engine->department_count; i++) /* one of them has it in the store */
            engine_scan_want(engine->departments[i], base_task_application(handle));
    if (rc != OD_OK || engine->is_stopping)
        return; /* gone, or for the next start */
    struct engine_department *department = engine_department_of(engine, application, task);
    if (department == NULL || department->unserved[0] != '\0')
        return;
    if (application->core->tasks[task].state != CORE_TASK_QUEUED)
        engine_task_resume(engine, application, task, department);
    else if (is_for_officers(department, application, task))
        put_on_worklist(engine, application, task, department);
    else if (engine_department_has_room(department))
        (void)!engine_task_offer(engine, application, task, department);
    else
        engine_queue_push(engine, department, handle);
}

void engine_queue_run(struct engine *engine, struct engine_department *department)
{
    uint32_t room = engine_department_has_room(department) ? connect_room(department->link) - department->reserved : 0;

    if (engine->is_stopping)
        return; /* connectors that are gone by now come back with the hub: nothing changes hands */
    if (department->link == NULL)
        room = ENGINE_WINDOW; /* people have no credits; the rest follows in the next turn */

    while (department->queue_count > 0 && room-- > 0) {
        uint64_t handle = department->queue[department->queue_head];

        department->queue_head = (department->queue_head + 1) % ENGINE_QUEUE_MAX;
        department->queue_count--;
        engine_application_get(engine, base_task_application(handle), on_queued, (void *)(uintptr_t)handle);
    }
}

/* -- Retries: 1 s x 2^n, at most an hour, a fifth of jitter either way -- */

static int64_t backoff_ms(unsigned failures)
{
    unsigned doublings = failures > 0 ? failures - 1 : 0;
    int64_t delay_ms = doublings < 12 ? INT64_C(1) * ENGINE_RETRY_MIN_MS << doublings : ENGINE_RETRY_MAX_MS;
    uint32_t dice;

    if (delay_ms > ENGINE_RETRY_MAX_MS)
        delay_ms = ENGINE_RETRY_MAX_MS;
    base_random(&dice, sizeof(dice));
    return delay_ms * (80 + dice % 41) / 100;
}

void engine_task_retry(struct engine *engine, struct engine_department *department, uint64_t handle, unsigned failures)
{
    (void)engine;
    if (department->retries == NULL)
        department->retries = base_alloc(ENGINE_RETRIES_MAX * sizeof(*department->retries));
    if (department->retries == NULL || department->retry_count == ENGINE_RETRIES_MAX) {
        engine_scan_want(department, base_task_application(handle));
        return;
    }
    department->retries[department->retry_count++] =
        (struct engine_retry){.due_ms = base_monotonic_ms() + backoff_ms(failures), .handle = handle};
}

bool engine_retry_has(const struct engine_department *department, uint64_t handle)
{
    for (uint32_t i = 0; i < department->retry_count; i++)
        if (department->retries[i].handle == handle)
            return true;
    return false;
}

static void department_retries_run(struct engine *engine, struct engine_department *department, int64_t now_ms)
{
    for (uint32_t i = 0; i < department->retry_count;) {
        uint64_t handle = department->retries[i].handle;

        if (department->retries[i].due_ms > now_ms) {
            i++;
            continue;
        }
        department->retries[i] = department->retries[--department->retry_count];
        engine_queue_push(engine, department, handle);
    }
    engine_queue_run(engine, department);
}

void engine_retries_run(struct engine *engine, int64_t now_ms)
{
    for (size_t i = 0; i < engine->department_count; i++)
        if (engine->departments[i]->retry_count > 0)
            department_retries_run(engine, engine->departments[i], now_ms);
}
