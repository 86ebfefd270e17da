/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/callbacks/{connector}/{reference}: a department calls back about a task. It has no key of ours; it signs.
 *
 *   callback -> connector with events? size, time, id, signature well formed?
 *            -> the egress process verifies -> on_verified -> task by number, or by the department's own number
 *            -> [pool: the store] -> the application in memory -> event with the batch -> durable -> 202
 *            -> event.c delivers it
 *
 * The order of checks tells a stranger nothing but which connectors take callbacks. */
#include "engine/errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_S 300
#define ID_MAX 64
#define MAC_DIGITS 64

/* One request on its way. */
struct callback {
    struct engine *engine;
    struct front_request *request;
    struct engine_department *department;
    char connector[BASE_ID_MAX + 1];
    char id[ID_MAX + 1];
    uint64_t handle;
    uint64_t found[2]; /* tasks of that reference */
    size_t found_count;
    const struct store_write *write; /* in the batch */
};

static void finish(struct callback *callback)
{
    base_free(callback);
}

/* -- Answers -- */

static void answer(struct callback *callback, bool is_stored)
{
    struct base_buffer body = {0};
    char task[BASE_NUMBER_SIZE];
    const struct engine_application *application =
        engine_application_find(callback->engine, base_task_application(callback->handle));

    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "id", callback->id);
    if (application != NULL) {
        base_task_number_format(application->id, application->core->received_day, base_task_index(callback->handle), task);
        base_json_put_text(&body, "task", task);
    }
    base_json_put_bool(&body, "is_stored", is_stored);
    base_json_close(&body, '}');
    callback->engine->callbacks_taken++;
    front_answer(callback->request, 202, "application/json", NULL, &body);
    finish(callback);
}

static void refuse(struct callback *callback, enum front_problem problem, const char *zh, const char *en)
{
    struct connect_link *link = callback->connector[0] != '\0' ? connect_find(callback->engine->connect, callback->connector) : NULL;
    struct engine_department *department = link != NULL ? connect_link_data(link) : NULL;

    callback->engine->callbacks_refused++;
    if (department != NULL) {
        department->refused_last_ms = callback->engine->now.ms;
        if (department->callbacks_refused++ == 0)
            department->refused_first_ms = department->refused_last_ms;
    }
    front_answer_problem(callback->request, problem, front_say(callback->request, zh, en), NULL, 0);
    finish(callback);
}

static void refuse_rc(struct callback *callback, int rc)
{
    if (rc == OD_ENOTFOUND)
        refuse(callback, FRONT_NOT_FOUND, "该部门没有此编号的办件。", "The department has no such task.");
    else
        refuse(callback, FRONT_UNAVAILABLE, "暂时无法受理，请稍后重发。", "It cannot be taken just now; send it again later.");
}

/* -- The store -- */

static void on_stored(struct engine *engine, void *data, int rc)
{
    struct callback *callback = data;

    if (rc == OD_OK)
        engine_event_deliver(engine, callback->department, callback->handle, 0, callback->write->event_seq - 1, 1);
    if (rc == OD_OK || rc == OD_EEXIST)
        answer(callback, true);
    else if (rc == OD_ENOTFOUND)
        answer(callback, false); /* the task has ended */
    else if (rc == OD_ELIMIT)
        refuse(callback, FRONT_TOO_MANY, "该办件的回调已达上限。", "The task has as many callbacks as are kept.");
    else
        refuse_rc(callback, rc);
}

static int store(struct engine *engine, struct callback *callback)
{
    const struct front_request *request = callback->request;
    struct store_batch *batch = engine->filling->store;

    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    char *id = base_arena_text(&batch->arena, callback->id, strlen(callback->id));
    char *body = base_arena_text(&batch->arena, request->body_text, request->body_size);
    if (id == NULL || body == NULL ||
        engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_WRITE, .write = batch->count, .call = on_stored,
                                                      .data = callback}) != OD_OK)
        return OD_ENOMEM;
    callback->write = &batch->writes[batch->count];
    batch->writes[batch->count++] = (struct store_write){
        .kind = STORE_WRITE_EVENT, .application = base_task_application(callback->handle), .department = callback->department->number,
        .task = (uint8_t)base_task_index(callback->handle), .name = id, .value = body, .value_size = (uint32_t)request->body_size,
        .at_ms = engine->now.ms};
    engine->may_have_events = true;
    return OD_OK;
}

/* -- The task -- */

static void on_application(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct callback *callback = data;
    unsigned task = base_task_index(callback->handle);

    if (rc == OD_OK && (task >= application->core->task_count ||
                        engine_department_of(engine, application, task) != callback->department))
        rc = OD_ENOTFOUND; /* another department's, or none */
    if (rc != OD_OK) {
        refuse_rc(callback, rc);
        return;
    }
    if (!engine_task_is_owed(&application->core->tasks[task])) {
        answer(callback, false);
        return;
    }
    rc = store(engine, callback);
    if (rc != OD_OK)
        refuse_rc(callback, rc);
}

static void read_reference(struct engine_job *job, struct store_reader *reader)
{
    struct callback *callback = job->data;

    job->rc = store_read_reference(reader, callback->department->number, callback->request->params[1], callback->found, 2,
                                   &callback->found_count);
}

static void on_reference(struct engine_job *job)
{
    struct callback *callback = job->data;

    if (job->rc == OD_OK && callback->found_count > 1) {
        refuse(callback, FRONT_INVALID, "此编号对应多个办件，请使用任务编号。",
               "Several tasks bear this reference; call back by the task's number.");
    } else if (job->rc != OD_OK || callback->found_count == 0) {
        refuse_rc(callback, job->rc != OD_OK ? job->rc : OD_ENOTFOUND);
    } else {
        callback->handle = callback->found[0];
        engine_application_get(job->engine, base_task_application(callback->handle), on_application, callback);
    }
}

static void find_task(struct engine *engine, struct callback *callback)
{
    uint64_t id;
    unsigned task;
    int32_t day;

    if (callback->department->serves != 0) {
        engine->callbacks_taken++;
        engine_errand_callback(engine, callback->department, callback->request, callback->id);
        finish(callback);
        return;
    }
    if (base_task_number_parse(callback->request->params[1], &id, &day, &task) == OD_OK) {
        callback->handle = base_task_handle(id, task);
        engine_application_get(engine, id, on_application, callback);
        return;
    }
    int rc = engine_job_start(engine, &(struct engine_job){.run = read_reference, .on_done = on_reference, .data = callback});
    if (rc != OD_OK)
        refuse_rc(callback, rc);
}

/* -- The signature -- */

void engine_on_verified(void *owner, uint64_t question, int rc)
{
    struct engine *engine = owner;
    struct callback *callback = (struct callback *)(uintptr_t)question;
    struct connect_link *link = connect_find(engine->connect, callback->connector);

    engine_time_update(engine);
    if (rc == OD_EDENIED) {
        refuse(callback, FRONT_UNAUTHENTICATED, "签名不正确。", "The signature is wrong.");
    } else if (rc == OD_OK && link == NULL) {
        refuse_rc(callback, OD_ENOTFOUND); /* unloaded meanwhile */
    } else if (rc == OD_OK) {
        callback->department = connect_link_data(link);
        find_task(engine, callback);
    } else {
        if (rc == OD_ENOTFOUND)
            base_log(BASE_LOG_WARNING, "connector %s: a callback cannot be verified: its secret \"callback\" is not set up", callback->connector);
        refuse_rc(callback, OD_EIO);
    }
}

static bool is_visible(const char *text, size_t max)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return false;
    return size > 0 && size <= max;
}

/* By the real clock: a department knows no other. */
static bool is_in_time(const char *text)
{
    char *end = NULL;

    if (*text < '0' || *text > '9' || strlen(text) > 12)
        return false;
    long long at_s = strtoll(text, &end, 10);
    long long off_s = base_wall_ms() / 1000 - at_s;
    return *end == '\0' && off_s <= WINDOW_S && off_s >= -WINDOW_S;
}

static bool is_signature(const char *text)
{
    return strncmp(text, "v1=", 3) == 0 && strlen(text) == 3 + MAC_DIGITS && strspn(text + 3, "0123456789abcdef") == MAC_DIGITS;
}

/* "timestamp.event-id.connector.reference.body" is what was signed: it holds for this address alone. */
static int ask(struct callback *callback, struct connect_link *link, const char *timestamp, const char *signature)
{
    const struct front_request *request = callback->request;
    struct base_buffer data = {0};

    base_buffer_put_format(&data, "%s.%s.%s.%s.", timestamp, callback->id, callback->connector, request->params[1]);
    base_buffer_put(&data, request->body_text, request->body_size);
    int rc = data.is_broken ? OD_ENOMEM : connect_verify(link, data.bytes, data.size, signature + 3, (uint64_t)(uintptr_t)callback);
    base_buffer_fini(&data);
    return rc;
}

static void check(struct callback *callback, struct connect_link *link)
{
    struct front_request *request = callback->request;
    const char *timestamp = front_header(request, "Onedoor-Timestamp"), *signature = front_header(request, "Onedoor-Signature");
    const char *id = front_header(request, "Onedoor-Event");

    if (timestamp == NULL || signature == NULL || id == NULL || !is_signature(signature)) {
        refuse(callback, FRONT_UNAUTHENTICATED, "需要 Onedoor-Timestamp、Onedoor-Event 和 Onedoor-Signature: v1=<十六进制> 三个请求头。",
               "The headers Onedoor-Timestamp, Onedoor-Event and Onedoor-Signature: v1=<hex> are needed.");
    } else if (!is_in_time(timestamp)) {
        refuse(callback, FRONT_UNAUTHENTICATED, "时间戳与本机时间相差超过五分钟。",
               "The timestamp is more than five minutes away from the hub's clock.");
    } else if (!is_visible(id, ID_MAX)) {
        refuse(callback, FRONT_INVALID, "Onedoor-Event 应为 1 至 64 个可见 ASCII 字符。",
               "Onedoor-Event must be 1 to 64 visible ASCII characters.");
    } else {
        snprintf(callback->id, sizeof(callback->id), "%s", id);
        int rc = ask(callback, link, timestamp, signature);
        if (rc != OD_OK)
            refuse_rc(callback, OD_EBUSY); /* of the hub, not of the callback */
    }
}

void engine_callback(struct engine *engine, struct front_request *request)
{
    struct connect_link *link = connect_find(engine->connect, request->params[0]);
    struct callback *callback = base_alloc(sizeof(*callback));

    if (callback == NULL) {
        engine_answer_rc(request, OD_ENOMEM);
        return;
    }
    callback->engine = engine;
    callback->request = request;
    if (link == NULL || !connect_link_manifest(link)->capabilities.has_events) {
        refuse(callback, FRONT_NOT_FOUND, "没有接受回调的这个连接器。", "No such connector takes callbacks.");
        return;
    }
    snprintf(callback->connector, sizeof(callback->connector), "%s", connect_link_id(link));
    if (request->body_size > ENGINE_EVENT_MAX)
        refuse(callback, FRONT_TOO_LARGE, "回调正文超过 64 KiB。", "The body of a callback is larger than 64 KiB.");
    else
        check(callback, link);
}
