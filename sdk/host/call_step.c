/* SPDX-License-Identifier: Apache-2.0 */
/* The host calls that leave a task open: accept, checkpoint, need_input, pause, progress. */
#include "base/limits.h"
#include "host/base64.h"
#include "host/report.h"

uint64_t host_ref_hash(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    if (text == NULL || *text == '\0')
        return 0;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

int host_accept_put(struct host *host, struct host_task *task, const char *external_ref)
{
    uint64_t id;
    int rc;
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_ACCEPT, task->wire, &id, &rc);

    if (out == NULL)
        return rc;
    base_json_put_text(out, "external_ref", external_ref != NULL ? external_ref : "");
    rc = host_item_end(host, out);
    if (rc != OD_OK)
        return rc;
    task->state = OD_TASK_ACCEPTED;
    task->is_accepted = true;
    task->ref_hash = host_ref_hash(external_ref);
    return OD_OK;
}

static int on_accept(void *context, od_task handle, const char *external_ref)
{
    struct host *host = context;
    struct host_task *task;
    int rc = host_op_enter(host, HOST_OP_ACCEPT, handle, &task);

    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_ACCEPT, task, "external_ref", external_ref, OD_EXTERNAL_REF_MAX, false);
    if (rc != OD_OK)
        return rc;
    uint64_t hash = host_ref_hash(external_ref);
    if (task->state == OD_TASK_ACCEPTED && (hash == 0 || hash == task->ref_hash))
        return OD_OK;
    if (task->state == OD_TASK_ACCEPTED && task->ref_hash != 0) {
        host_trap(host, task->wire, "od_accept: accepted before under another external_ref");
        return OD_ECONFLICT;
    }
    return host_accept_put(host, task, external_ref);
}

static int on_checkpoint(void *context, od_task handle, const void *bytes, size_t size)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_CHECKPOINT, handle, &task);

    if (rc != OD_OK)
        return rc;
    if (size > OD_CHECKPOINT_MAX) {
        host_trap(host, task->wire, "od_checkpoint: %zu bytes, at most %d are kept", size, OD_CHECKPOINT_MAX);
        return OD_ELIMIT;
    }
    rc = host_op_range(host, HOST_OP_CHECKPOINT, task, "bytes", bytes != NULL || size == 0);
    char *text = rc == OD_OK ? host_scratch_take(&host->scratch, HOST_BASE64_SIZE(size) + 1) : NULL;
    if (text == NULL)
        return rc != OD_OK ? rc : OD_ENOMEM;
    host_base64_encode(bytes, size, text);
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_CHECKPOINT, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_put_text_n(out, "checkpoint", text, HOST_BASE64_SIZE(size));
    return host_item_end(host, out);
}

/* The hub pauses accepted tasks only. */
static int accept_ensure(struct host *host, struct host_task *task)
{
    return task->state == OD_TASK_OFFERED ? host_accept_put(host, task, "") : OD_OK;
}

static int on_need_input(void *context, od_task handle, const char *const *fields, uint32_t count, const char *text)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_NEED_INPUT, handle, &task);

    if (rc == OD_OK)
        rc = host_op_range(host, HOST_OP_NEED_INPUT, task, "count of fields", count > 0);
    if (rc == OD_OK)
        rc = host_op_texts(host, HOST_OP_NEED_INPUT, task, "field", fields, count, OD_NAME_MAX);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_NEED_INPUT, task, "text", text, OD_TEXT_MAX, false);
    if (rc == OD_OK)
        rc = accept_ensure(host, task);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_NEED_INPUT, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    host_put_texts(out, "fields", fields, count);
    base_json_put_text(out, "text", text != NULL ? text : "");
    rc = host_item_end(host, out);
    if (rc == OD_OK)
        task->state = OD_TASK_WAITING;
    return rc;
}

static int on_pause(void *context, od_task handle, const char *kind, uint32_t expected_days)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_PAUSE, handle, &task);

    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_PAUSE, task, "kind", kind, OD_NAME_MAX, true);
    if (rc == OD_OK)
        rc = accept_ensure(host, task);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_PAUSE, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_put_text(out, "kind", kind);
    base_json_put_i64(out, "expected_days", expected_days);
    rc = host_item_end(host, out);
    if (rc == OD_OK)
        task->state = OD_TASK_PAUSED;
    return rc;
}

static int on_unpause(void *context, od_task handle)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_UNPAUSE, handle, &task);

    if (rc == OD_OK)
        rc = host_item_put(host, BASE_ITEM_UNPAUSE, task->wire, NULL, &id);
    if (rc == OD_OK)
        task->state = OD_TASK_ACCEPTED;
    return rc;
}

static int on_progress(void *context, od_task handle, uint32_t percent, const char *text)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_PROGRESS, handle, &task);

    if (rc == OD_OK)
        rc = host_op_range(host, HOST_OP_PROGRESS, task, "percent", percent <= 100);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_PROGRESS, task, "text", text, OD_TEXT_MAX, false);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_PROGRESS, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_put_i64(out, "percent", percent);
    base_json_put_text(out, "text", text != NULL ? text : "");
    return host_item_end(host, out);
}

void host_call_init_steps(struct od_host *table)
{
    table->accept = on_accept;
    table->checkpoint = on_checkpoint;
    table->need_input = on_need_input;
    table->pause = on_pause;
    table->unpause = on_unpause;
    table->progress = on_progress;
}
