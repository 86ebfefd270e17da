/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks on their way to whoever has the task: when one is durable, and all of a task again after each offer and
 * each resume, since a new session knows nothing of them. One department's go one after the other, so that a task's
 * keep their order.
 *
 *   deliver -> queue of the department -> [pool: read events] -> the application in memory -> is the task with that
 *           session? -> items; no room: the rest waits for it
 *
 * What finds no place in that queue is found by a scan of the department once the queue is empty; what cannot be read
 * goes behind the others.
 *
 * A module gets an event at least once, and knows its id. */
#include "engine/internal.h"

#include <string.h>

/* Events of one task that a session is owed. */
struct delivery {
    struct base_list node; /* of department->deliveries */
    struct engine_department *department;
    uint64_t handle;
    uint32_t epoch; /* of the session; 0 = whichever has the task */
    uint32_t after; /* seq of the last one put */
    size_t room;    /* so many after that */
    uint32_t failed_round; /* of the department when it could not be read, + 1; 0 = never */
    struct store_event *events; /* in the job's arena */
    size_t count;
};

static void run(struct engine *engine, struct engine_department *department);

static void drop(struct engine *engine, struct delivery *delivery)
{
    struct engine_department *department = delivery->department;

    base_list_remove(&delivery->node);
    department->delivery_count--;
    base_free(delivery);
    run(engine, department);
}

/* It and what follows it of the same task go behind the others. */
static void put_off(struct delivery *failed)
{
    struct engine_department *department = failed->department;
    uint64_t handle = failed->handle;
    struct base_list *last = department->deliveries.prev, *next;

    failed->failed_round = department->delivery_round + 1;
    for (struct base_list *node = department->deliveries.next;; node = next) {
        struct delivery *delivery = BASE_LIST_ENTRY(node, struct delivery, node);
        bool is_last = node == last;

        next = node->next;
        if (delivery->handle == handle) {
            base_list_remove(node);
            base_list_append(&department->deliveries, node);
        }
        if (is_last)
            break;
    }
}

/* False: the session has no room, or memory is short. */
static bool put(struct engine *engine, struct connect_link *link, const struct delivery *delivery, const struct store_event *event)
{
    struct base_buffer *payload = &engine->scratch;

    base_buffer_clear(payload);
    base_json_open(payload, NULL, '{');
    base_json_put_text(payload, "id", event->id);
    base_json_put_raw(payload, "body", event->body, event->size);
    base_json_close(payload, '}');
    int rc = payload->is_broken ? OD_ENOMEM : connect_put_item(link, BASE_ITEM_EVENT, delivery->handle, payload->bytes, payload->size);
    return rc != OD_EBUSY && rc != OD_ENOMEM; /* without a session the next one is told */
}

/* The link whose session has the task and was given it, or NULL. */
static struct connect_link *holder(struct engine *engine, const struct engine_application *application, const struct delivery *delivery)
{
    unsigned index = base_task_index(delivery->handle);
    const struct core_task *task = &application->core->tasks[index];

    if (!core_task_is_open(task) || task->epoch == 0 || (delivery->epoch != 0 && task->epoch != delivery->epoch) ||
        engine_task_is_unsent(engine, delivery->handle, task->epoch))
        return NULL; /* what is on its way to the session brings the events with it */
    return engine_link_of(engine, delivery->department, task->epoch);
}

/* What finds no room stays at the front of the queue, for on_room or the next tick. */
static void put_all(struct engine *engine, const struct engine_application *application, struct delivery *delivery)
{
    struct connect_link *link = holder(engine, application, delivery);

    if (((application->moving | application->moving_stored) >> base_task_index(delivery->handle) & 1) != 0) {
        engine->are_items_waiting = true; /* it may be with another session once this is durable */
        return;
    }
    for (size_t i = 0; link != NULL && i < delivery->count; i++) {
        if (!put(engine, link, delivery, &delivery->events[i]))
            return;
        delivery->after = delivery->events[i].seq;
        delivery->room--;
    }
    drop(engine, delivery);
}

static void read_events(struct engine_job *job, struct store_reader *reader)
{
    struct delivery *delivery = job->data;

    delivery->events = base_arena_take(&job->arena, delivery->room * sizeof(*delivery->events));
    job->rc = delivery->events == NULL ? OD_ENOMEM
                                       : store_read_events(reader, base_task_application(delivery->handle),
                                                           (uint8_t)base_task_index(delivery->handle), delivery->after, &job->arena,
                                                           delivery->events, delivery->room, &delivery->count);
}

static void on_events(struct engine_job *job)
{
    struct delivery *delivery = job->data;
    struct engine_application *application = engine_application_find(job->engine, base_task_application(delivery->handle));

    delivery->department->is_delivering = false;
    if (job->rc != OD_OK || application == NULL) {
        put_off(delivery);
        run(job->engine, delivery->department);
    } else if (delivery->count == 0) {
        drop(job->engine, delivery);
    } else {
        put_all(job->engine, application, delivery);
    }
}

static void start_read(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct delivery *delivery = data;

    (void)application;
    if (rc == OD_OK)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_events, .on_done = on_events, .data = delivery});
    if (rc == OD_OK)
        return;
    delivery->department->is_delivering = false;
    if (rc == OD_ENOTFOUND)
        drop(engine, delivery);
    else
        put_off(delivery); /* the others at the next tick: this may have come at once, and they may fail as well */
}

static void run(struct engine *engine, struct engine_department *department)
{
    if (department->is_delivering || department->delivery_count == 0 || engine->is_stopping)
        return;
    struct delivery *first = BASE_LIST_ENTRY(department->deliveries.next, struct delivery, node);
    if (first->failed_round == department->delivery_round + 1)
        return; /* all others had their turn: again at the next tick */
    department->is_delivering = true;
    engine_application_get(engine, base_task_application(first->handle), start_read, first);
}

void engine_event_deliver(struct engine *engine, struct engine_department *department, uint64_t handle, uint32_t epoch, uint32_t after,
                          size_t room)
{
    struct delivery *delivery = department->delivery_count < ENGINE_DELIVERIES_MAX ? base_alloc(sizeof(*delivery)) : NULL;

    if (delivery == NULL) {
        if (!department->has_missed_events)
            base_log(BASE_LOG_WARNING, "callbacks to %s are late: too many wait, or there is no memory", department->id);
        department->has_missed_events = true;
        return;
    }
    *delivery = (struct delivery){.department = department, .handle = handle, .epoch = epoch, .after = after, .room = room};
    if (department->delivery_count++ == 0)
        base_list_init(&department->deliveries);
    base_list_append(&department->deliveries, &delivery->node);
    run(engine, department);
}

void engine_event_given(struct engine *engine, struct engine_application *application, unsigned task, struct engine_department *department,
                        const struct connect_link *link)
{
    if (!connect_link_manifest(link)->capabilities.has_events)
        return;
    if (engine->may_have_events)
        engine_event_deliver(engine, department, base_task_handle(application->id, task), connect_link_epoch(link), 0, STORE_EVENTS_MAX);
    /* A version before this one may have taken no callbacks. */
    if (engine_reference_put(engine, application, task, department, link) != OD_OK)
        base_log(BASE_LOG_WARNING, "a task of %s is found by its own number alone: the hub is full", department->id);
}

int engine_reference_put(struct engine *engine, const struct engine_application *application, unsigned task,
                         const struct engine_department *department, const struct connect_link *link)
{
    struct store_batch *batch = engine->filling->store;
    const struct engine_text *reference = engine_task_text(application, task, ENGINE_TEXT_EXTERNAL_REF);

    if (link == NULL || !connect_link_manifest(link)->capabilities.has_events || reference->size == 0)
        return OD_OK;
    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    char *copy = base_arena_text(&batch->arena, reference->bytes, reference->size);
    if (copy == NULL)
        return OD_ENOMEM;
    batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_REFERENCE, .application = application->id, .task = (uint8_t)task,
                                                         .department = department->number, .name = copy};
    return OD_OK;
}

void engine_events_run(struct engine *engine, struct engine_department *department)
{
    if (department != NULL) {
        run(engine, department);
        return;
    }
    for (size_t i = 0; i < engine->department_count; i++)
        run(engine, engine->departments[i]);
}

/* The queue is empty: all of them again, of every task that a session has. */
static void find_missed(struct engine *engine, struct engine_department *department)
{
    if (department->link == NULL || connect_link_epoch(department->link) == 0) {
        department->has_missed_events = false; /* the next session is told all of them */
        return;
    }
    if (!engine_department_is_active(department) || department->is_event_scan)
        return;
    engine_scan_want(department, 0);
    if (department->is_held)
        engine_scan_start(engine, department); /* it would wait for room for offers */
}

void engine_events_tick(struct engine *engine)
{
    for (size_t i = 0; i < engine->department_count; i++) {
        struct engine_department *department = engine->departments[i];

        department->delivery_round++;
        run(engine, department);
        if (department->has_missed_events && department->delivery_count == 0)
            find_missed(engine, department);
    }
}

bool engine_event_again(struct engine *engine, const struct engine_application *application, unsigned task,
                        struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];
    const struct connect_link *link = engine_link_of(engine, department, state->epoch);

    if (!engine->may_have_events || state->epoch == 0 || link == NULL || !connect_link_manifest(link)->capabilities.has_events)
        return true;
    if (department->delivery_count >= ENGINE_DELIVERIES_MAX)
        return false;
    engine_event_deliver(engine, department, base_task_handle(application->id, task), state->epoch, 0, STORE_EVENTS_MAX);
    return true;
}

void engine_events_drop(struct engine_department *department)
{
    while (department->delivery_count > 0) {
        struct delivery *delivery = BASE_LIST_ENTRY(department->deliveries.next, struct delivery, node);

        base_list_remove(&delivery->node);
        department->delivery_count--;
        base_free(delivery);
    }
}
