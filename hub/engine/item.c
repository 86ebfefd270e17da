/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector is told of a task: offer, resume, cancel, input.
 *
 *   item_send -> document in memory: send_now
 *             -> else [pool: read_document] -> on_document -> send_now
 *
 * A connector sees the form fields that its matter declares, and no others. */
#include "engine/internal.h"

#include <string.h>

/* What outlives the deed while the document is read. */
struct pending {
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

static int parse_document(struct engine_application *application)
{
    struct base_json_error *error = base_alloc(sizeof(*error));
    int rc = OD_ENOMEM;

    if (application->document_tree != NULL)
        rc = OD_OK;
    else if (error != NULL)
        rc = base_json_parse(application->document.bytes, application->document.size,
                             &application->document_tree, error);
    base_free(error);
    return rc;
}

static struct base_json *parse_answers(const struct engine_application *application)
{
    struct base_json_error error;
    struct base_json *answers = NULL;

    if (application->answers.bytes == NULL ||
        base_json_parse(application->answers.bytes, application->answers.size, &answers, &error) != OD_OK)
        return NULL;
    return answers;
}

void engine_put_form(struct base_buffer *buffer, const char *key, const struct engine_application *application,
                     unsigned task, const struct base_json *document)
{
    const struct catalog_matter *matter = application->service->matters[task];
    const struct base_json *form = base_json_member(document, "form");
    struct base_json *answers = parse_answers(application);

    base_json_open(buffer, key, '{');
    for (size_t i = 0; i < matter->field_count; i++) {
        const struct base_json *value = base_json_member(answers, matter->fields[i]);

        if (value == NULL)
            value = base_json_member(form, matter->fields[i]);
        if (value != NULL)
            base_json_put(buffer, matter->fields[i], value);
    }
    base_json_close(buffer, '}');
    base_json_destroy(answers);
}

static void put_input(struct base_buffer *buffer, const struct engine_application *application, unsigned task)
{
    const struct engine_text *note = engine_task_text(application, task, ENGINE_TEXT_NOTE);

    engine_put_form(buffer, "answer", application, task, NULL);
    if (note->bytes != NULL)
        base_json_put_raw(buffer, "note", note->bytes, note->size);
}

static int put_payload(struct base_buffer *buffer, struct engine_application *application, unsigned task,
                       const struct pending *pending)
{
    base_json_open(buffer, NULL, '{');
    if (pending->item == BASE_ITEM_OFFER || pending->item == BASE_ITEM_RESUME) {
        int rc = parse_document(application);
        if (rc != OD_OK)
            return rc;
        put_head(buffer, application, task);
        engine_put_form(buffer, "form", application, task, application->document_tree);
        put_dates(buffer, application, task);
        if (pending->item == BASE_ITEM_RESUME)
            put_resume(buffer, application, task, pending);
    } else if (pending->item == BASE_ITEM_INPUT) {
        put_input(buffer, application, task);
    } else {
        base_json_put_text(buffer, "reason", core_status_name(application->core->status));
    }
    base_json_close(buffer, '}');
    return buffer->is_broken ? OD_ENOMEM : OD_OK;
}

/* The offer could not be put although it is recorded: it was certainly not made. */
static void take_back(struct engine *engine, struct engine_application *application, unsigned task,
                      struct engine_department *department)
{
    struct core_event event = {.type = CORE_GIVEN_BACK, .time = engine->now, .task = task};

    application->put &= ~((core_task_set)1 << task);
    if (engine_apply(engine, application, &event, "hub", NULL) != OD_OK)
        engine_scan_want(department, application->id);
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

static void send_now(struct engine *engine, struct engine_application *application, const struct pending *pending)
{
    struct engine_department *department = pending->department;
    unsigned task = base_task_index(pending->handle);
    struct base_buffer *payload = &engine->scratch;

    if (department->link == NULL || connect_link_epoch(department->link) != pending->epoch) {
        engine_scan_want(department, application->id); /* the session went; its successor's scan settles the task */
        return;
    }
    base_buffer_clear(payload);
    int rc = put_payload(payload, application, task, pending);
    if (rc == OD_OK)
        rc = connect_put_item(department->link, pending->item, pending->handle, payload->bytes, payload->size);
    if (rc == OD_OK)
        note_sent(engine, application, task, pending->item);
    else if (pending->item == BASE_ITEM_OFFER)
        take_back(engine, application, task, department);
    else
        engine_scan_want(department, application->id);
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

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    const struct pending *pending = data;

    if (rc == OD_OK && application->document.bytes == NULL)
        rc = engine_text_set(&application->document, pending->document, pending->document_size);
    if (rc != OD_OK) {
        engine_scan_want(pending->department, base_task_application(pending->handle));
        return;
    }
    engine_application_count_size(engine, application);
    send_now(engine, application, pending);
}

static void on_document(struct engine_job *job)
{
    struct pending *pending = job->data;
    struct engine_application *application =
        engine_application_find(job->engine, base_task_application(pending->handle));

    if (application == NULL || job->rc != OD_OK)
        engine_scan_want(pending->department, base_task_application(pending->handle));
    else
        on_application(job->engine, application, job->rc, pending);
    base_free(pending);
}

static void read_start(struct engine *engine, const struct pending *pending)
{
    struct pending *copy = base_alloc(sizeof(*copy));
    int rc = OD_ENOMEM;

    if (copy != NULL) {
        *copy = *pending;
        rc = engine_job_start(engine, &(struct engine_job){.run = read_document, .on_done = on_document, .data = copy});
    }
    if (rc != OD_OK) {
        base_free(copy);
        engine_scan_want(pending->department, base_task_application(pending->handle));
    }
}

void engine_item_send(struct engine *engine, const struct engine_deed *deed)
{
    struct engine_application *application = engine_application_find(engine, base_task_application(deed->handle));
    struct pending pending = {.department = deed->department, .epoch = deed->epoch, .handle = deed->handle,
                              .item = deed->kind == ENGINE_DEED_OFFER ? BASE_ITEM_OFFER : deed->item};

    if (application == NULL)
        engine_scan_want(deed->department, base_task_application(deed->handle));
    else if (pending.item == BASE_ITEM_RESUME ||
             (pending.item == BASE_ITEM_OFFER && application->document.bytes == NULL))
        read_start(engine, &pending);
    else
        send_now(engine, application, &pending);
}
