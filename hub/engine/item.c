/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector is told of a task: offer, resume, release, cancel, input.
 *
 *   item_send -> document in memory: try
 *             -> else [pool: read_document] -> on_document -> try
 *   try -> put: done
 *       -> no room, no memory: unsent, tried again when there is room and at the next tick
 *       -> its task moves, and that is not durable yet: unsent until it is
 *       -> its session or its reason has gone: dropped
 *
 * What a task was recorded to be given is either put, or in engine.unsent, or dropped for a
 * reason that the task's state on the disk shows: nothing is given up in silence. What only
 * memory knows is no reason, neither to drop an item nor to put it: a full disk undoes it, and
 * then the disk says that the session has what it was never given, or has not what it was given.
 * Of the application a connector sees what given.c lets through. */
#include "engine/internal.h"

#include <assert.h>
#include <string.h>

/* What outlives the deed: its document is read, or the connector has no room. */
struct pending {
    struct base_list node; /* in engine.unsent */
    bool is_reading;       /* a load or read of it is under way */
    struct engine_department *department;
    uint32_t epoch;
    uint64_t handle;
    uint8_t item;
    const char *document;
    size_t document_size;
    const void *checkpoint;
    size_t checkpoint_size;
};

static void put_head(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    const struct core_application *core = application->core;
    const struct catalog_matter *matter = application->service->matters[task];
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, core->received_day, number);
    base_json_put_text(buffer, "application", number);
    base_task_number_format(application->id, core->received_day, task, number);
    base_json_put_text(buffer, "task", number);
    base_json_put_text(buffer, "idempotency_key", number);
    base_json_put_text(buffer, "matter", matter->id);
    base_json_put_text(buffer, "department", matter->department->id);
    base_json_put_text(buffer, "service", application->service->id);
    base_json_put_i64(buffer, "attempt", core->tasks[task].attempt);
    base_json_put_bool(buffer, "redelivered", core->tasks[task].is_redelivered);
}

static void put_dates(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    const struct core_clock *clocks = application->core->tasks[task].clocks;

    engine_put_ms(buffer, "received_at", application->core->received_ms);
    engine_put_day(buffer, "promised_date", clocks[CORE_CLOCK_PROMISED].due);
    engine_put_day(buffer, "statutory_date", clocks[CORE_CLOCK_STATUTORY].due);
}

static void put_resume(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                       const struct pending *pending)
{
    const struct engine_text *reference = engine_task_text(application, task, ENGINE_TEXT_EXTERNAL_REF);
    const struct engine_text *note = engine_task_text(application, task, ENGINE_TEXT_NOTE);

    base_json_put_text(buffer, "external_ref", reference->bytes != NULL ? reference->bytes : "");
    if (pending->checkpoint_size > 0)
        base_json_put_text_n(buffer, "checkpoint", pending->checkpoint, pending->checkpoint_size);
    else
        base_json_put_null(buffer, "checkpoint");
    base_json_put_text(buffer, "state", core_task_state_name(application->core->tasks[task].state));
    if (note->bytes != NULL)
        base_json_put_raw(buffer, "note", note->bytes, note->size);
}

static void put_input(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                      const struct connect_link *link)
{
    const struct engine_text *note = engine_task_text(application, task, ENGINE_TEXT_NOTE);

    engine_put_form(buffer, "answer", application, task, NULL, link);
    if (note->bytes != NULL)
        base_json_put_raw(buffer, "note", note->bytes, note->size);
}

static int put_payload(struct base_buffer *buffer, struct engine_application *application, unsigned task,
                       const struct pending *pending, const struct connect_link *link)
{
    assert(link != NULL); /* without one nothing is cut: for people alone */
    base_json_open(buffer, NULL, '{');
    if (pending->item == BASE_ITEM_OFFER || pending->item == BASE_ITEM_RESUME) {
        int rc = engine_document_parse(application);
        if (rc != OD_OK)
            return rc;
        put_head(buffer, application, task);
        engine_put_given(buffer, application, task, link);
        put_dates(buffer, application, task);
        if (pending->item == BASE_ITEM_RESUME)
            put_resume(buffer, application, task, pending);
    } else if (pending->item == BASE_ITEM_INPUT) {
        put_input(buffer, application, task, link);
    } else if (pending->item == BASE_ITEM_RELEASE) {
        base_json_put_text(buffer, "reason", "another version of the connector has it");
    } else {
        base_json_put_text(buffer, "reason", core_status_name(application->core->status));
    }
    base_json_close(buffer, '}');
    return buffer->is_broken ? OD_ENOMEM : OD_OK;
}

/* Of one session; item 0 = of any kind. */
static bool is_unsent(const struct engine *engine, uint64_t handle, uint32_t epoch, uint8_t item)
{
    for (const struct base_list *node = engine->unsent.next; node != &engine->unsent; node = node->next) {
        const struct pending *pending = BASE_LIST_ENTRY(node, struct pending, node);

        if (pending->handle == handle && pending->epoch == epoch && (item == 0 || pending->item == item))
            return true;
    }
    return false;
}

bool engine_offer_is_unsent(const struct engine *engine, uint64_t handle, uint32_t epoch)
{
    return is_unsent(engine, handle, epoch, BASE_ITEM_OFFER);
}

bool engine_task_is_unsent(const struct engine *engine, uint64_t handle, uint32_t epoch)
{
    return is_unsent(engine, handle, epoch, BASE_ITEM_OFFER) || is_unsent(engine, handle, epoch, BASE_ITEM_RESUME);
}

static struct connect_link *link_of(const struct engine *engine, const struct pending *pending)
{
    return engine_link_of(engine, pending->department, pending->epoch);
}

static bool is_offered(const struct core_task *task, const struct pending *pending)
{
    return pending->item == BASE_ITEM_OFFER && task->state == CORE_TASK_OFFERED && task->epoch == pending->epoch;
}

/* Is what was to be told still so? Looked at when it is sent: a read takes time. */
static bool is_due(const struct engine *engine, const struct engine_application *application, const struct pending *pending)
{
    const struct core_task *task = &application->core->tasks[base_task_index(pending->handle)];
    const struct connect_link *link = link_of(engine, pending);

    if (link == NULL)
        return false;
    switch ((int)pending->item) {
    case BASE_ITEM_OFFER: return is_offered(task, pending) && link == pending->department->link; /* who leaves gets none */
    case BASE_ITEM_RELEASE: return task->epoch != pending->epoch;
    case BASE_ITEM_RESUME: return core_task_is_open(task) && task->state != CORE_TASK_OFFERED && task->epoch == pending->epoch;
    case BASE_ITEM_INPUT: return task->is_input_owed && task->epoch == pending->epoch;
    default: return task->is_cancel_owed;
    }
}

/* An offer that was recorded and not made: no attempt is counted. */
static void take_back(struct engine *engine, struct engine_application *application, unsigned task)
{
    struct core_event event = {.type = CORE_GIVEN_BACK, .time = engine->now, .task = task};

    if (engine_apply(engine, application, &event, "hub", NULL) != OD_OK)
        base_log(BASE_LOG_DEBUG, "an offer is taken back later");
}

/* It is not due, says the disk. An offer whose session ended first is taken back, which has to be durable, too. */
static bool is_over(struct engine *engine, struct engine_application *application, const struct pending *pending)
{
    unsigned task = base_task_index(pending->handle);

    if (!is_offered(&application->core->tasks[task], pending))
        return true;
    take_back(engine, application, task);
    return false;
}

/* What its connector must be told is larger than a frame: an officer has to see to it. True: nothing more is
 * to be done; false: not now, or what was done is not durable yet. */
static bool park(struct engine *engine, struct engine_application *application, unsigned task)
{
    static const char note[] = "{\"code\":\"too_large\",\"detail\":\"larger than a frame of the connector protocol\"}";
    struct core_event event = {.type = CORE_PARKED, .time = engine->now, .task = task, .park_reason = CORE_PARK_BY_CONNECTOR};
    int rc = engine_apply(engine, application, &event, "hub", NULL);

    if (rc == OD_OK && engine_text_set(engine_task_text(application, task, ENGINE_TEXT_NOTE), note, sizeof(note) - 1) != OD_OK)
        base_log(BASE_LOG_WARNING, "no memory to note why a task is parked");
    if (rc == OD_ESTATE) /* paused, or waiting for the applicant: the next scan tries again */
        engine_scan_want(engine_department_of(engine, application, task), application->id);
    return rc != OD_OK && rc != OD_EBUSY;
}

static void note_sent(struct engine *engine, struct engine_application *application, unsigned task, uint8_t item)
{
    struct core_event event = {.type = CORE_INPUT_HANDED, .time = engine->now, .task = task};

    if (item == BASE_ITEM_OFFER)
        application->put |= (core_task_set)1 << task;
    /* The answer also goes with every resume, so it reaches a later session too. */
    if (item == BASE_ITEM_INPUT && engine_apply(engine, application, &event, "hub", NULL) != OD_OK)
        base_log(BASE_LOG_DEBUG, "an input was handed over twice");
}

static bool is_moving(struct engine *engine, const struct engine_application *application, unsigned task)
{
    bool is_waiting = ((application->moving | application->moving_stored) >> task & 1) != 0;

    engine->are_items_waiting = engine->are_items_waiting || is_waiting;
    return is_waiting;
}

/* True: sent, or no longer to be sent. */
static bool try(struct engine *engine, struct engine_application *application, const struct pending *pending)
{
    unsigned task = base_task_index(pending->handle);
    struct base_buffer *payload = &engine->scratch;
    struct connect_link *link = link_of(engine, pending);

    if (is_moving(engine, application, task))
        return false;
    if (!is_due(engine, application, pending))
        return is_over(engine, application, pending);
    if (pending->item == BASE_ITEM_OFFER && connect_room(link) == 0)
        return false;
    base_buffer_clear(payload);
    int rc = put_payload(payload, application, task, pending, link);
    if (rc == OD_OK)
        rc = connect_put_item(link, (enum base_frame_kind)pending->item, pending->handle, payload->bytes, payload->size);
    if (rc == OD_OK)
        note_sent(engine, application, task, pending->item);
    if (rc == OD_OK && (pending->item == BASE_ITEM_OFFER || pending->item == BASE_ITEM_RESUME))
        engine_event_given(engine, application, task, pending->department, link);
    return rc == OD_ELIMIT ? park(engine, application, task) : rc == OD_OK;
}

/* What had to wait for this item: the answer, or the end, that came meanwhile. */
static void follow(struct engine *engine, struct engine_application *application, const struct pending *pending)
{
    static const uint8_t kinds[] = {BASE_ITEM_INPUT, BASE_ITEM_CANCEL};

    for (size_t i = 0; application != NULL && i < sizeof(kinds); i++) {
        struct pending next = {.department = pending->department, .epoch = pending->epoch, .handle = pending->handle, .item = kinds[i]};

        if (!is_due(engine, application, &next))
            continue;
        /* What is not durable yet has its own deed; a scan finds what had one already. */
        if (application->unsettled > 0 || !try(engine, application, &next))
            engine_scan_want(pending->department, application->id);
    }
}

static void pending_end(struct engine *engine, struct engine_application *application, struct pending *pending)
{
    base_list_remove(&pending->node);
    pending->department->unsent--;
    if (pending->item == BASE_ITEM_OFFER)
        pending->department->reserved--;
    follow(engine, application, pending);
    base_free(pending);
}

static void read_document(struct engine_job *job, struct store_reader *reader)
{
    struct pending *pending = job->data;
    uint64_t id = base_task_application(pending->handle);

    job->rc = store_read_document(reader, id, &job->arena, &pending->document, &pending->document_size);
    if (job->rc == OD_OK && pending->item == BASE_ITEM_RESUME) {
        int rc = store_read_checkpoint(reader, id, (uint8_t)base_task_index(pending->handle), &job->arena,
                                       &pending->checkpoint, &pending->checkpoint_size);
        if (rc != OD_OK && rc != OD_ENOTFOUND)
            job->rc = rc;
    }
}

static void on_document(struct engine_job *job)
{
    struct pending *pending = job->data;
    struct engine_application *application = engine_application_find(job->engine, base_task_application(pending->handle));
    int rc = application != NULL ? job->rc : OD_ENOTFOUND; /* dropped meanwhile: loaded again at the next tick */

    pending->is_reading = false;
    if (rc == OD_OK && application->document.bytes == NULL) {
        rc = engine_text_set(&application->document, pending->document, pending->document_size);
        engine_application_count_size(job->engine, application);
    }
    bool is_done = rc == OD_OK && try(job->engine, application, pending);
    pending->document = NULL;
    pending->checkpoint = NULL;
    pending->checkpoint_size = 0;
    if (is_done)
        pending_end(job->engine, application, pending);
}

static bool needs_document(const struct engine_application *application, const struct pending *pending)
{
    return pending->item == BASE_ITEM_RESUME || /* and its checkpoint */
           (pending->item == BASE_ITEM_OFFER && application->document.bytes == NULL);
}

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct pending *pending = data;

    pending->is_reading = false;
    if (rc == OD_ENOTFOUND) {
        pending_end(engine, application, pending);
    } else if (rc == OD_OK && (!is_due(engine, application, pending) || !needs_document(application, pending))) {
        if (try(engine, application, pending))
            pending_end(engine, application, pending);
    } else if (rc == OD_OK) {
        rc = engine_job_start(engine, &(struct engine_job){.run = read_document, .on_done = on_document, .data = pending});
        pending->is_reading = rc == OD_OK;
    }
}

void engine_items_run(struct engine *engine, const struct engine_department *department)
{
    struct base_list now;

    if (engine->is_stopping)
        return;
    base_list_init(&now);
    while (!base_list_is_empty(&engine->unsent)) { /* what ends meanwhile takes itself off */
        struct base_list *node = engine->unsent.next;

        base_list_remove(node);
        base_list_append(&now, node);
    }
    while (!base_list_is_empty(&now)) {
        struct pending *pending = BASE_LIST_ENTRY(now.next, struct pending, node);

        base_list_remove(&pending->node);
        base_list_append(&engine->unsent, &pending->node);
        if (pending->is_reading || (department != NULL && pending->department != department))
            continue;
        pending->is_reading = true;
        engine_application_get(engine, base_task_application(pending->handle), on_application, pending);
    }
}

void engine_items_settle(struct engine *engine)
{
    if (!engine->are_items_waiting)
        return;
    engine->are_items_waiting = false;
    engine_items_run(engine, NULL);
    engine_events_run(engine, NULL);
}

void engine_items_drop(struct engine *engine)
{
    while (!base_list_is_empty(&engine->unsent)) {
        struct base_list *node = engine->unsent.next;

        base_list_remove(node);
        base_free(BASE_LIST_ENTRY(node, struct pending, node));
    }
}

/* NULL: no memory. */
static struct pending *pending_begin(struct engine *engine, const struct pending *pending)
{
    struct pending *copy = base_alloc(sizeof(*copy));

    if (copy == NULL) {
        base_log(BASE_LOG_ERROR, "no memory for an item: it reaches the next session of %s", pending->department->id);
        return NULL;
    }
    *copy = *pending;
    base_list_append(&engine->unsent, &copy->node);
    copy->department->unsent++;
    if (copy->item == BASE_ITEM_OFFER)
        copy->department->reserved++;
    return copy;
}

void engine_item_send(struct engine *engine, const struct engine_deed *deed)
{
    struct engine_application *application = engine_application_find(engine, base_task_application(deed->handle));
    struct pending pending = {.department = deed->department, .epoch = deed->epoch, .handle = deed->handle,
                              .item = deed->kind == ENGINE_DEED_OFFER ? BASE_ITEM_OFFER : deed->item};
    bool is_behind = pending.item == BASE_ITEM_INPUT || pending.item == BASE_ITEM_CANCEL;
    bool can_try = application != NULL && !needs_document(application, &pending);

    if (is_unsent(engine, pending.handle, pending.epoch, is_behind ? 0 : pending.item))
        return; /* an input or an end follows what is on its way; the others are on their way already */
    if (can_try && try(engine, application, &pending))
        return;
    struct pending *later = pending_begin(engine, &pending);
    if (later != NULL && application != NULL && !can_try)
        on_application(engine, application, OD_OK, later);
}
