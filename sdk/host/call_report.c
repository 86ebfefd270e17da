/* SPDX-License-Identifier: Apache-2.0 */
/* The host calls that end a task: opinion, failure, giving back, cancelled. */
#include <assert.h>

#include "base/limits.h"
#include "host/report.h"

static void put_text_if(struct base_buffer *out, const char *key, const char *text)
{
    if (text != NULL && *text != '\0')
        base_json_put_text(out, key, text);
}

/* The end of a task is on its way: the only place that sets ANSWERED. */
static void task_end(struct host *host, struct host_task *task, enum od_report report, uint64_t id)
{
    assert(task->state != OD_TASK_ANSWERED);
    assert(task->wire != 0);
    host_timers_cancel_task(&host->timers, task);
    task->state_before = task->state;
    task->state = OD_TASK_ANSWERED;
    task->end = (uint8_t)report;
    task->end_report = id;
}

static int opinion_check(struct host *host, const struct host_task *task, const struct od_opinion *opinion)
{
    int rc =
        host_op_range(host, HOST_OP_OPINION, task, "size", opinion != NULL && opinion->size >= sizeof(*opinion));

    if (rc == OD_OK)
        rc = host_op_range(host, HOST_OP_OPINION, task, "opinion",
                           opinion->opinion >= OD_APPROVE && opinion->opinion <= OD_NOT_APPLICABLE);
    if (rc == OD_OK)
        rc = host_op_texts(host, HOST_OP_OPINION, task, "reason", opinion->reasons, opinion->reason_count,
                           OD_TEXT_MAX);
    if (rc == OD_OK)
        rc = host_op_texts(host, HOST_OP_OPINION, task, "condition", opinion->conditions, opinion->condition_count,
                           OD_TEXT_MAX);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_OPINION, task, "document_no", opinion->document_no, OD_EXTERNAL_REF_MAX,
                          false);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_OPINION, task, "external_ref", opinion->external_ref, OD_EXTERNAL_REF_MAX,
                          false);
    if (rc != OD_OK)
        return rc;
    if (opinion->opinion == OD_REJECT && opinion->reason_count == 0) {
        host_trap(host, task->wire, "od_reject: a reason is required");
        return OD_EINVAL;
    }
    if (opinion->opinion == OD_APPROVE_WITH_CONDITIONS && opinion->condition_count == 0) {
        host_trap(host, task->wire, "od_approve_with_conditions: a condition is required");
        return OD_EINVAL;
    }
    return OD_OK;
}

static void put_opinion(struct base_buffer *out, const struct od_opinion *opinion)
{
    static const char *const names[] = {
        [OD_OPINION_NONE] = "",
        [OD_APPROVE] = "approve",
        [OD_APPROVE_WITH_CONDITIONS] = "approve_with_conditions",
        [OD_REJECT] = "reject",
        [OD_NOT_APPLICABLE] = "not_applicable",
    };

    base_json_put_text(out, "opinion", names[opinion->opinion]);
    if (opinion->reason_count > 0)
        host_put_texts(out, "reasons", opinion->reasons, opinion->reason_count);
    if (opinion->condition_count > 0)
        host_put_texts(out, "conditions", opinion->conditions, opinion->condition_count);
    put_text_if(out, "document_no", opinion->document_no);
    put_text_if(out, "external_ref", opinion->external_ref);
}

static int on_opinion(void *context, od_task handle, const struct od_opinion *opinion)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_OPINION, handle, &task);

    if (rc == OD_OK)
        rc = opinion_check(host, task, opinion);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_OPINION, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    put_opinion(out, opinion);
    rc = host_item_end(host, out);
    if (rc == OD_ELIMIT)
        host_trap(host, task->wire, "od_give_opinion: reasons and conditions together do not fit a frame");
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_OPINION, id);
    return rc;
}

const char *host_effect_name(uint32_t effect)
{
    switch (effect) {
    case OD_EFFECT_NONE: return "none";
    case OD_EFFECT_DONE: return "done";
    case OD_EFFECT_UNKNOWN: return "unknown";
    default: return NULL;
    }
}

static int failure_check(struct host *host, const struct host_task *task, const struct od_failure *failure)
{
    int rc = host_op_range(host, HOST_OP_FAIL, task, "size", failure != NULL && failure->size >= sizeof(*failure));

    if (rc == OD_OK)
        rc = host_op_range(host, HOST_OP_FAIL, task, "effect", host_effect_name(failure->effect) != NULL);
    if (rc == OD_OK)
        rc = host_op_range(host, HOST_OP_FAIL, task, "retry_after_ms", failure->retry_after_ms >= OD_RETRY_NEVER);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_FAIL, task, "code", failure->code, OD_NAME_MAX, true);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_FAIL, task, "detail", failure->detail, OD_TEXT_MAX, false);
    if (rc == OD_OK)
        rc = host_op_text(host, HOST_OP_FAIL, task, "external_ref", failure->external_ref, OD_EXTERNAL_REF_MAX,
                          false);
    return rc;
}

static int failure_put(struct host *host, struct host_task *task, const struct od_failure *failure)
{
    uint64_t id;
    int rc;
    struct base_buffer *out = host_item_begin(host, BASE_ITEM_FAIL, task->wire, &id, &rc);

    if (out == NULL)
        return rc;
    base_json_put_text(out, "effect", host_effect_name(failure->effect));
    base_json_put_text(out, "code", failure->code);
    put_text_if(out, "detail", failure->detail);
    base_json_put_i64(out, "retry_after_ms", failure->retry_after_ms);
    put_text_if(out, "external_ref", failure->external_ref);
    rc = host_item_end(host, out);
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_FAIL, id);
    return rc;
}

static int on_fail(void *context, od_task handle, const struct od_failure *failure)
{
    struct host *host = context;
    struct host_task *task;
    int rc = host_op_enter(host, HOST_OP_FAIL, handle, &task);

    if (rc == OD_OK)
        rc = failure_check(host, task, failure);
    return rc == OD_OK ? failure_put(host, task, failure) : rc;
}

static int on_give_back(void *context, od_task handle)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_GIVE_BACK, handle, &task);

    if (rc == OD_OK)
        rc = host_item_put(host, BASE_ITEM_GIVE_BACK, task->wire, NULL, &id);
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_GIVE_BACK, id);
    return rc;
}

static int on_cancelled(void *context, od_task handle, uint32_t effect)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = host_op_enter(host, HOST_OP_CANCELLED, handle, &task);

    if (rc == OD_OK)
        rc = host_op_range(host, HOST_OP_CANCELLED, task, "effect", host_effect_name(effect) != NULL);
    if (rc == OD_OK)
        rc = host_item_put(host, BASE_ITEM_CANCELLED, task->wire, host_effect_name(effect), &id);
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_CANCELLED, id);
    return rc;
}

void host_report_give_back(struct host *host, uint64_t wire)
{
    uint64_t id;
    int rc = host_item_put(host, BASE_ITEM_GIVE_BACK, wire, NULL, &id);

    if (rc != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "cannot give a task back (error %d)", rc);
}

void host_report_cancelled(struct host *host, uint64_t wire, struct host_task *task, enum od_effect effect)
{
    uint64_t id;
    int rc = host_item_put(host, BASE_ITEM_CANCELLED, wire, host_effect_name(effect), &id);

    if (rc != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "cannot confirm a cancellation (error %d)", rc);
    else if (task != NULL)
        task_end(host, task, OD_REPORT_CANCELLED, id);
}

void host_report_failure(struct host *host, struct host_task *task, enum od_effect effect, const char *code,
                         const char *detail)
{
    struct od_failure failure = {.size = sizeof(failure),
                                 .effect = effect,
                                 .retry_after_ms = OD_RETRY_BACKOFF,
                                 .code = code,
                                 .detail = detail};
    int rc = failure_put(host, task, &failure);

    if (rc != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "cannot report a failure (error %d)", rc);
}

void host_call_init_reports(struct od_host *table)
{
    table->give_opinion = on_opinion;
    table->report_failure = on_fail;
    table->give_back = on_give_back;
    table->cancelled = on_cancelled;
    host_call_init_steps(table);
}
