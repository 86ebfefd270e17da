/* SPDX-License-Identifier: Apache-2.0 */
#include "host/report.h"

#include "host/text.h"

#define IN(state) (1u << OD_TASK_##state)
#define IN_OPEN (IN(OFFERED) | IN(ACCEPTED) | IN(PAUSED) | IN(WAITING) | IN(CANCELLING))

/* In which states of the task a call is allowed. */
static const struct {
    const char *name;
    uint32_t states;
    const char *hint; /* for an open task in the wrong state */
} ops[] = {
    [HOST_OP_ACCEPT] = {"od_accept", IN(OFFERED) | IN(ACCEPTED), "it is accepted already"},
    [HOST_OP_OPINION] = {"od_give_opinion", IN_OPEN, ""},
    [HOST_OP_FAIL] = {"od_fail", IN_OPEN, ""},
    [HOST_OP_GIVE_BACK] = {"od_give_back", IN(OFFERED), "it was accepted: use od_fail with OD_EFFECT_DONE"},
    [HOST_OP_CHECKPOINT] = {"od_checkpoint", IN_OPEN, ""},
    [HOST_OP_NEED_INPUT] = {"od_need_input", IN(OFFERED) | IN(ACCEPTED),
                            "it is paused, waiting or being cancelled"},
    [HOST_OP_PAUSE] = {"od_pause", IN(OFFERED) | IN(ACCEPTED), "it is paused, waiting or being cancelled"},
    [HOST_OP_UNPAUSE] = {"od_unpause", IN(PAUSED), "it is not paused"},
    [HOST_OP_PROGRESS] = {"od_progress", IN_OPEN, ""},
    [HOST_OP_CANCELLED] = {"od_cancelled", IN(CANCELLING), "cancel was not called for it"},
};

static const char *const end_names[] = {
    [OD_REPORT_NONE] = "nothing",
    [OD_REPORT_ACCEPT] = "an accept",
    [OD_REPORT_CHECKPOINT] = "a checkpoint",
    [OD_REPORT_NEED_INPUT] = "need_input",
    [OD_REPORT_PAUSE] = "a pause",
    [OD_REPORT_UNPAUSE] = "an unpause",
    [OD_REPORT_OPINION] = "an opinion",
    [OD_REPORT_FAIL] = "a failure",
    [OD_REPORT_GIVE_BACK] = "giving it back",
    [OD_REPORT_CANCELLED] = "a cancellation",
};

int host_op_enter(struct host *host, enum host_op op, od_task handle, struct host_task **out)
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
int host_op_text(struct host *host, enum host_op op, const struct host_task *task, const char *what,
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

int host_op_texts(struct host *host, enum host_op op, const struct host_task *task, const char *what,
                  const char *const *texts, uint32_t count, size_t size_max)
{
    if (count > OD_REASONS_MAX) {
        host_trap(host, task->wire, "%s: more than %d times %s", ops[op].name, OD_REASONS_MAX, what);
        return OD_ELIMIT;
    }
    for (uint32_t i = 0; i < count; i++) {
        int rc = texts == NULL ? OD_EINVAL : host_op_text(host, op, task, what, texts[i], size_max, true);

        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

int host_op_range(struct host *host, enum host_op op, const struct host_task *task, const char *what, bool is_fine)
{
    if (is_fine)
        return OD_OK;
    host_trap(host, task->wire, "%s: %s is outside its range or not set", ops[op].name, what);
    return OD_EINVAL;
}

/* Begin the item and its object. NULL: *rc says why. */
struct base_buffer *host_item_begin(struct host *host, enum base_frame_kind kind, uint64_t wire, uint64_t *id,
                                    int *rc)
{
    struct base_buffer *out = host_outbox_begin(&host->outbox, kind, wire, id, rc);

    if (out != NULL)
        base_json_open(out, NULL, '{');
    return out;
}

int host_item_end(struct host *host, struct base_buffer *out)
{
    base_json_close(out, '}');
    return host_outbox_end(&host->outbox);
}

void host_put_texts(struct base_buffer *out, const char *key, const char *const *texts, uint32_t count)
{
    base_json_open(out, key, '[');
    for (uint32_t i = 0; i < count; i++)
        base_json_put_text(out, NULL, texts[i]);
    base_json_close(out, ']');
}

int host_item_put(struct host *host, enum base_frame_kind kind, uint64_t wire, const char *effect, uint64_t *id)
{
    int rc;
    struct base_buffer *out = host_item_begin(host, kind, wire, id, &rc);

    if (out == NULL)
        return rc;
    if (effect != NULL)
        base_json_put_text(out, "effect", effect);
    return host_item_end(host, out);
}
