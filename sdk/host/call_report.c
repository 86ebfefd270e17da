/* SPDX-License-Identifier: Apache-2.0 */
/* The host calls that become reports. Each goes: check the contract (op_enter, the
 * texts), write the item, then move the task; so a refused call changes nothing. */
#include <string.h>

#include "base/limits.h"
#include "host/base64.h"
#include "host/call.h"
#include "host/text.h"

enum op {
    OP_ACCEPT = 0,
    OP_OPINION,
    OP_FAIL,
    OP_GIVE_BACK,
    OP_CHECKPOINT,
    OP_NEED_INPUT,
    OP_PAUSE,
    OP_UNPAUSE,
    OP_PROGRESS,
    OP_CANCELLED,
};

#define IN(state) (1u << OD_TASK_##state)
#define IN_OPEN (IN(OFFERED) | IN(ACCEPTED) | IN(PAUSED) | IN(WAITING) | IN(CANCELLING))

/* In which states of the task a call is allowed. */
static const struct {
    const char *name;
    uint32_t states;
    const char *hint; /* for an open task in the wrong state */
} ops[] = {
    [OP_ACCEPT] = {"od_accept", IN(OFFERED) | IN(ACCEPTED), "it is accepted already"},
    [OP_OPINION] = {"od_give_opinion", IN_OPEN, ""},
    [OP_FAIL] = {"od_fail", IN_OPEN, ""},
    [OP_GIVE_BACK] = {"od_give_back", IN(OFFERED), "it was accepted: use od_fail with OD_EFFECT_DONE"},
    [OP_CHECKPOINT] = {"od_checkpoint", IN_OPEN, ""},
    [OP_NEED_INPUT] = {"od_need_input", IN(OFFERED) | IN(ACCEPTED), "it is paused, waiting or being cancelled"},
    [OP_PAUSE] = {"od_pause", IN(OFFERED) | IN(ACCEPTED), "it is paused, waiting or being cancelled"},
    [OP_UNPAUSE] = {"od_unpause", IN(PAUSED), "it is not paused"},
    [OP_PROGRESS] = {"od_progress", IN_OPEN, ""},
    [OP_CANCELLED] = {"od_cancelled", IN(CANCELLING), "cancel was not called for it"},
};

static const char *const end_names[] = {
    [OD_REPORT_NONE] = "nothing",   [OD_REPORT_ACCEPT] = "an accept",
    [OD_REPORT_CHECKPOINT] = "a checkpoint", [OD_REPORT_NEED_INPUT] = "need_input",
    [OD_REPORT_PAUSE] = "a pause",  [OD_REPORT_UNPAUSE] = "an unpause",
    [OD_REPORT_OPINION] = "an opinion", [OD_REPORT_FAIL] = "a failure",
    [OD_REPORT_GIVE_BACK] = "giving it back", [OD_REPORT_CANCELLED] = "a cancellation",
};

static int op_enter(struct host *host, enum op op, od_task handle, struct host_task **out)
{
    if (!host_call_is_in_place(host, ops[op].name))
        return OD_ESTATE;
    struct host_task *task = host_tasks_find(&host->tasks, handle);
    if (task == NULL) {
        host_trap(host, 0, "%s: stale task handle %llx; it ended or moved on", ops[op].name,
                  (unsigned long long)handle);
        return OD_ESTALE;
    }
    if (task->state == OD_TASK_ANSWERED) {
        host_trap(host, task->wire, "%s: the task was answered before, by %s", ops[op].name, end_names[task->end]);
        return OD_ESTATE;
    }
    if ((ops[op].states & 1u << task->state) == 0) {
        host_trap(host, task->wire, "%s: %s", ops[op].name, ops[op].hint);
        return OD_ESTATE;
    }
    *out = task;
    return OD_OK;
}

/* A text of a call; what names it in the mistake. */
static int text_check(struct host *host, enum op op, const struct host_task *task, const char *what,
                      const char *text, size_t size_max, bool is_required)
{
    size_t size = 0;
    int rc = host_text_check(text, size_max, &size);

    if (rc == OD_ELIMIT)
        host_trap(host, task->wire, "%s: %s is longer than %zu bytes", ops[op].name, what, size_max);
    if (rc == OD_ESYNTAX)
        host_trap(host, task->wire, "%s: %s is not UTF-8", ops[op].name, what);
    if (rc != OD_OK || size > 0 || !is_required)
        return rc;
    host_trap(host, task->wire, "%s: %s is required", ops[op].name, what);
    return OD_EINVAL;
}

static int texts_check(struct host *host, enum op op, const struct host_task *task, const char *what,
                       const char *const *texts, uint32_t count, size_t size_max)
{
    if (count > OD_REASONS_MAX) {
        host_trap(host, task->wire, "%s: more than %d times %s", ops[op].name, OD_REASONS_MAX, what);
        return OD_ELIMIT;
    }
    for (uint32_t i = 0; i < count; i++) {
        int rc = texts == NULL ? OD_EINVAL : text_check(host, op, task, what, texts[i], size_max, true);

        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

static int number_check(struct host *host, enum op op, const struct host_task *task, const char *what, bool is_fine)
{
    if (is_fine)
        return OD_OK;
    host_trap(host, task->wire, "%s: %s is outside its range or not set", ops[op].name, what);
    return OD_EINVAL;
}

/* Begin the item and its object. NULL: *rc says why. */
static struct base_buffer *item_begin(struct host *host, enum base_frame_kind kind, uint64_t wire, uint64_t *id,
                                      int *rc)
{
    struct base_buffer *out = host_outbox_begin(&host->outbox, kind, wire, id, rc);

    if (out != NULL)
        base_json_open(out, NULL, '{');
    return out;
}

static int item_end(struct host *host, struct base_buffer *out)
{
    base_json_close(out, '}');
    return host_outbox_end(&host->outbox);
}

static void put_text_if(struct base_buffer *out, const char *key, const char *text)
{
    if (text != NULL && *text != '\0')
        base_json_put_text(out, key, text);
}

static void put_texts(struct base_buffer *out, const char *key, const char *const *texts, uint32_t count)
{
    base_json_open(out, key, '[');
    for (uint32_t i = 0; i < count; i++)
        base_json_put_text(out, NULL, texts[i]);
    base_json_close(out, ']');
}

/* The end of a task is on its way: the only place that sets ANSWERED. */
static void task_end(struct host *host, struct host_task *task, enum od_report report, uint64_t id)
{
    host_timers_cancel_task(&host->timers, task);
    task->state_before = task->state;
    task->state = OD_TASK_ANSWERED;
    task->end = (uint8_t)report;
    task->end_report = id;
}

uint64_t host_ref_hash(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    if (text == NULL || *text == '\0')
        return 0;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static int accept_put(struct host *host, struct host_task *task, const char *external_ref)
{
    uint64_t id;
    int rc;
    struct base_buffer *out = item_begin(host, BASE_ITEM_ACCEPT, task->wire, &id, &rc);

    if (out == NULL)
        return rc;
    base_json_put_text(out, "external_ref", external_ref != NULL ? external_ref : "");
    rc = item_end(host, out);
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
    int rc = op_enter(host, OP_ACCEPT, handle, &task);

    if (rc == OD_OK)
        rc = text_check(host, OP_ACCEPT, task, "external_ref", external_ref, OD_EXTERNAL_REF_MAX, false);
    if (rc != OD_OK)
        return rc;
    uint64_t hash = host_ref_hash(external_ref);
    if (task->state == OD_TASK_ACCEPTED && (hash == 0 || hash == task->ref_hash))
        return OD_OK;
    if (task->state == OD_TASK_ACCEPTED && task->ref_hash != 0) {
        host_trap(host, task->wire, "od_accept: accepted before under another external_ref");
        return OD_ECONFLICT;
    }
    return accept_put(host, task, external_ref);
}

static int opinion_check(struct host *host, const struct host_task *task, const struct od_opinion *opinion)
{
    int rc = number_check(host, OP_OPINION, task, "size", opinion != NULL && opinion->size >= sizeof(*opinion));

    if (rc == OD_OK)
        rc = number_check(host, OP_OPINION, task, "opinion",
                          opinion->opinion >= OD_APPROVE && opinion->opinion <= OD_NOT_APPLICABLE);
    if (rc == OD_OK)
        rc = texts_check(host, OP_OPINION, task, "reason", opinion->reasons, opinion->reason_count, OD_TEXT_MAX);
    if (rc == OD_OK)
        rc = texts_check(host, OP_OPINION, task, "condition", opinion->conditions, opinion->condition_count,
                         OD_TEXT_MAX);
    if (rc == OD_OK)
        rc = text_check(host, OP_OPINION, task, "document_no", opinion->document_no, OD_EXTERNAL_REF_MAX, false);
    if (rc == OD_OK)
        rc = text_check(host, OP_OPINION, task, "external_ref", opinion->external_ref, OD_EXTERNAL_REF_MAX, false);
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
        [OD_OPINION_NONE] = "", [OD_APPROVE] = "approve",
        [OD_APPROVE_WITH_CONDITIONS] = "approve_with_conditions", [OD_REJECT] = "reject",
        [OD_NOT_APPLICABLE] = "not_applicable",
    };

    base_json_put_text(out, "opinion", names[opinion->opinion]);
    if (opinion->reason_count > 0)
        put_texts(out, "reasons", opinion->reasons, opinion->reason_count);
    if (opinion->condition_count > 0)
        put_texts(out, "conditions", opinion->conditions, opinion->condition_count);
    put_text_if(out, "document_no", opinion->document_no);
    put_text_if(out, "external_ref", opinion->external_ref);
}

static int on_opinion(void *context, od_task handle, const struct od_opinion *opinion)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_OPINION, handle, &task);

    if (rc == OD_OK)
        rc = opinion_check(host, task, opinion);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = item_begin(host, BASE_ITEM_OPINION, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    put_opinion(out, opinion);
    rc = item_end(host, out);
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
    int rc = number_check(host, OP_FAIL, task, "size", failure != NULL && failure->size >= sizeof(*failure));

    if (rc == OD_OK)
        rc = number_check(host, OP_FAIL, task, "effect", host_effect_name(failure->effect) != NULL);
    if (rc == OD_OK)
        rc = number_check(host, OP_FAIL, task, "retry_after_ms", failure->retry_after_ms >= OD_RETRY_NEVER);
    if (rc == OD_OK)
        rc = text_check(host, OP_FAIL, task, "code", failure->code, OD_NAME_MAX, true);
    if (rc == OD_OK)
        rc = text_check(host, OP_FAIL, task, "detail", failure->detail, OD_TEXT_MAX, false);
    if (rc == OD_OK)
        rc = text_check(host, OP_FAIL, task, "external_ref", failure->external_ref, OD_EXTERNAL_REF_MAX, false);
    return rc;
}

static int failure_put(struct host *host, struct host_task *task, const struct od_failure *failure)
{
    uint64_t id;
    int rc;
    struct base_buffer *out = item_begin(host, BASE_ITEM_FAIL, task->wire, &id, &rc);

    if (out == NULL)
        return rc;
    base_json_put_text(out, "effect", host_effect_name(failure->effect));
    base_json_put_text(out, "code", failure->code);
    put_text_if(out, "detail", failure->detail);
    base_json_put_i64(out, "retry_after_ms", failure->retry_after_ms);
    put_text_if(out, "external_ref", failure->external_ref);
    rc = item_end(host, out);
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_FAIL, id);
    return rc;
}

static int on_fail(void *context, od_task handle, const struct od_failure *failure)
{
    struct host *host = context;
    struct host_task *task;
    int rc = op_enter(host, OP_FAIL, handle, &task);

    if (rc == OD_OK)
        rc = failure_check(host, task, failure);
    return rc == OD_OK ? failure_put(host, task, failure) : rc;
}

static int plain_put(struct host *host, enum base_frame_kind kind, uint64_t wire, const char *effect, uint64_t *id)
{
    int rc;
    struct base_buffer *out = item_begin(host, kind, wire, id, &rc);

    if (out == NULL)
        return rc;
    if (effect != NULL)
        base_json_put_text(out, "effect", effect);
    return item_end(host, out);
}

static int on_give_back(void *context, od_task handle)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_GIVE_BACK, handle, &task);

    if (rc == OD_OK)
        rc = plain_put(host, BASE_ITEM_GIVE_BACK, task->wire, NULL, &id);
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_GIVE_BACK, id);
    return rc;
}

static int on_cancelled(void *context, od_task handle, uint32_t effect)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_CANCELLED, handle, &task);

    if (rc == OD_OK)
        rc = number_check(host, OP_CANCELLED, task, "effect", host_effect_name(effect) != NULL);
    if (rc == OD_OK)
        rc = plain_put(host, BASE_ITEM_CANCELLED, task->wire, host_effect_name(effect), &id);
    if (rc == OD_OK)
        task_end(host, task, OD_REPORT_CANCELLED, id);
    return rc;
}

static int on_checkpoint(void *context, od_task handle, const void *bytes, size_t size)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_CHECKPOINT, handle, &task);

    if (rc != OD_OK)
        return rc;
    if (size > OD_CHECKPOINT_MAX) {
        host_trap(host, task->wire, "od_checkpoint: %zu bytes, at most %d are kept", size, OD_CHECKPOINT_MAX);
        return OD_ELIMIT;
    }
    rc = number_check(host, OP_CHECKPOINT, task, "bytes", bytes != NULL || size == 0);
    char *text = rc == OD_OK ? host_scratch_take(&host->scratch, HOST_BASE64_SIZE(size) + 1) : NULL;
    if (text == NULL)
        return rc != OD_OK ? rc : OD_ENOMEM;
    host_base64_encode(bytes, size, text);
    struct base_buffer *out = item_begin(host, BASE_ITEM_CHECKPOINT, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_put_text_n(out, "checkpoint", text, HOST_BASE64_SIZE(size));
    return item_end(host, out);
}

/* The hub pauses accepted tasks only. */
static int accept_ensure(struct host *host, struct host_task *task)
{
    return task->state == OD_TASK_OFFERED ? accept_put(host, task, "") : OD_OK;
}

static int on_need_input(void *context, od_task handle, const char *const *fields, uint32_t count, const char *text)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_NEED_INPUT, handle, &task);

    if (rc == OD_OK)
        rc = number_check(host, OP_NEED_INPUT, task, "count of fields", count > 0);
    if (rc == OD_OK)
        rc = texts_check(host, OP_NEED_INPUT, task, "field", fields, count, OD_NAME_MAX);
    if (rc == OD_OK)
        rc = text_check(host, OP_NEED_INPUT, task, "text", text, OD_TEXT_MAX, false);
    if (rc == OD_OK)
        rc = accept_ensure(host, task);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = item_begin(host, BASE_ITEM_NEED_INPUT, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    put_texts(out, "fields", fields, count);
    base_json_put_text(out, "text", text != NULL ? text : "");
    rc = item_end(host, out);
    if (rc == OD_OK)
        task->state = OD_TASK_WAITING;
    return rc;
}

static int on_pause(void *context, od_task handle, const char *kind, uint32_t expected_days)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_PAUSE, handle, &task);

    if (rc == OD_OK)
        rc = text_check(host, OP_PAUSE, task, "kind", kind, OD_NAME_MAX, true);
    if (rc == OD_OK)
        rc = accept_ensure(host, task);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = item_begin(host, BASE_ITEM_PAUSE, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_put_text(out, "kind", kind);
    base_json_put_i64(out, "expected_days", expected_days);
    rc = item_end(host, out);
    if (rc == OD_OK)
        task->state = OD_TASK_PAUSED;
    return rc;
}

static int on_unpause(void *context, od_task handle)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_UNPAUSE, handle, &task);

    if (rc == OD_OK)
        rc = plain_put(host, BASE_ITEM_UNPAUSE, task->wire, NULL, &id);
    if (rc == OD_OK)
        task->state = OD_TASK_ACCEPTED;
    return rc;
}

static int on_progress(void *context, od_task handle, uint32_t percent, const char *text)
{
    struct host *host = context;
    struct host_task *task;
    uint64_t id;
    int rc = op_enter(host, OP_PROGRESS, handle, &task);

    if (rc == OD_OK)
        rc = number_check(host, OP_PROGRESS, task, "percent", percent <= 100);
    if (rc == OD_OK)
        rc = text_check(host, OP_PROGRESS, task, "text", text, OD_TEXT_MAX, false);
    if (rc != OD_OK)
        return rc;
    struct base_buffer *out = item_begin(host, BASE_ITEM_PROGRESS, task->wire, &id, &rc);
    if (out == NULL)
        return rc;
    base_json_put_i64(out, "percent", percent);
    base_json_put_text(out, "text", text != NULL ? text : "");
    return item_end(host, out);
}

void host_report_give_back(struct host *host, uint64_t wire)
{
    uint64_t id;
    int rc = plain_put(host, BASE_ITEM_GIVE_BACK, wire, NULL, &id);

    if (rc != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "cannot give a task back (error %d)", rc);
}

void host_report_cancelled(struct host *host, uint64_t wire, struct host_task *task, enum od_effect effect)
{
    uint64_t id;
    int rc = plain_put(host, BASE_ITEM_CANCELLED, wire, host_effect_name(effect), &id);

    if (rc != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "cannot confirm a cancellation (error %d)", rc);
    else if (task != NULL)
        task_end(host, task, OD_REPORT_CANCELLED, id);
}

void host_report_failure(struct host *host, struct host_task *task, enum od_effect effect, const char *code,
                         const char *detail)
{
    struct od_failure failure = {.size = sizeof(failure), .effect = effect, .retry_after_ms = OD_RETRY_BACKOFF,
                                 .code = code, .detail = detail};
    int rc = failure_put(host, task, &failure);

    if (rc != OD_OK)
        host_break(host, HOST_EXIT_MACHINE, "cannot report a failure (error %d)", rc);
}

void host_call_init_reports(struct od_host *table)
{
    table->accept = on_accept;
    table->give_opinion = on_opinion;
    table->fail = on_fail;
    table->give_back = on_give_back;
    table->checkpoint = on_checkpoint;
    table->need_input = on_need_input;
    table->pause = on_pause;
    table->unpause = on_unpause;
    table->progress = on_progress;
    table->cancelled = on_cancelled;
}
