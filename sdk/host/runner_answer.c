/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's answers: what is durable, what was not taken, and what that means for the task. */
#include "host/call.h"
#include "host/runner.h"
#include "host/view.h"

static enum od_report report_of(uint8_t kind)
{
    switch ((enum base_frame_kind)kind) {
    case BASE_ITEM_ACCEPT: return OD_REPORT_ACCEPT;
    case BASE_ITEM_CHECKPOINT: return OD_REPORT_CHECKPOINT;
    case BASE_ITEM_NEED_INPUT: return OD_REPORT_NEED_INPUT;
    case BASE_ITEM_PAUSE: return OD_REPORT_PAUSE;
    case BASE_ITEM_UNPAUSE: return OD_REPORT_UNPAUSE;
    case BASE_ITEM_OPINION: return OD_REPORT_OPINION;
    case BASE_ITEM_FAIL: return OD_REPORT_FAIL;
    case BASE_ITEM_GIVE_BACK: return OD_REPORT_GIVE_BACK;
    case BASE_ITEM_CANCELLED: return OD_REPORT_CANCELLED;
    case BASE_FRAME_NONE:
    case BASE_FRAME_HELLO:
    case BASE_FRAME_POLL:
    case BASE_FRAME_REPORT:
    case BASE_FRAME_SERVICE:
    case BASE_FRAME_BYE:
    case BASE_ITEM_OFFER:
    case BASE_ITEM_RESUME:
    case BASE_ITEM_CANCEL:
    case BASE_ITEM_INPUT:
    case BASE_ITEM_EVENT:
    case BASE_ITEM_RELEASE:
    case BASE_ITEM_CONFIGURE:
    case BASE_ITEM_DRAIN:
    case BASE_ITEM_STOP:
    case BASE_ITEM_TIME:
    case BASE_ITEM_PROGRESS:
    case BASE_ITEM_LOG:
    case BASE_ITEM_METRIC:
    case BASE_FRAME_DOOR:
    case BASE_FRAME_PUBLISH:
    case BASE_FRAME_PING:
    case BASE_FRAME_REMOTE:
    case BASE_FRAME_PROFILE:
    case BASE_FRAME_EGRESS:
    case BASE_FRAME_SENT: break;
    }
    return OD_REPORT_NONE; /* nobody waits for these */
}

static int error_of(uint8_t answer)
{
    switch ((enum base_answer)answer) {
    case BASE_ANSWER_OK: return OD_OK;
    case BASE_ANSWER_STALE: return OD_ESTALE;
    case BASE_ANSWER_CONFLICT: return OD_ECONFLICT;
    case BASE_ANSWER_REFUSED:
    case BASE_ANSWER_RETRY: /* the I/O thread keeps those */
    case BASE_ANSWER_NONE: break;
    }
    return OD_EINVAL;
}

/* In scratch memory; "" where there is none. */
static const char *reason_of(struct host *host, const struct base_frame *answer)
{
    struct host_view value;
    const char *text = "";
    size_t size;

    if (answer->length == 0 ||
        host_view_member((struct host_view){answer->payload, answer->length}, "reason", &value) != OD_OK ||
        host_view_text(value, &host->scratch, &text, &size) != OD_OK)
        return "";
    return text;
}

/* The module hears of it, if it wants to. */
static void tell_module(struct host *host, const struct host_task *task, enum od_report report, int error,
                        const char *reason)
{
    struct od_answer told = {.size = sizeof(told), .task = host_task_handle(task), .report = (uint32_t)report,
                             .error = error, .reason = reason, .data = task->data};
    uint64_t wire = task->wire;

    if (host->plugin.answered == NULL)
        return;
    host_callback_enter(host, "answered", wire);
    host->plugin.answered(host->self, &told);
    host_callback_leave(host, wire);
}

/* A refused end leaves the task open. Nothing may wait silently: without answered() the host fails it. */
static void run_end_refused(struct host *host, struct host_task *task, enum od_report report, const char *reason)
{
    task->state = task->state_before;
    task->end = OD_REPORT_NONE;
    if (host->plugin.answered != NULL)
        tell_module(host, task, report, OD_EINVAL, reason);
    else
        host_report_failure(host, task, task->is_accepted ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN, "report_refused",
                            reason);
}

static void run_end(struct host *host, struct host_task *task, enum od_report report, int error, const char *reason)
{
    if (error == OD_EINVAL && report != OD_REPORT_FAIL) {
        run_end_refused(host, task, report, reason);
        return;
    }
    uint64_t wire = task->wire;
    tell_module(host, task, report, error, reason);
    task = host_tasks_find_wire(&host->tasks, wire); /* the table may have moved */
    if (task != NULL)
        host_task_drop(host, task);
}

/* A pause that the hub did not take has not happened. */
static void run_step(struct host *host, struct host_task *task, enum od_report report, int error, const char *reason)
{
    bool is_pausing = report == OD_REPORT_PAUSE || report == OD_REPORT_NEED_INPUT;

    if (error == OD_EINVAL && is_pausing && (task->state == OD_TASK_PAUSED || task->state == OD_TASK_WAITING))
        task->state = OD_TASK_ACCEPTED;
    uint64_t wire = task->wire;
    tell_module(host, task, report, error, reason);
    task = host_tasks_find_wire(&host->tasks, wire);
    if (error == OD_ESTALE && task != NULL)
        host_task_release(host, task, "another owner has the task");
}

void host_answer_run(struct host *host, const struct base_frame *answer)
{
    if (answer->kind == BASE_FRAME_SERVICE) {
        host_service_run(host, answer);
        return;
    }
    enum od_report report = report_of(answer->kind);
    int error = error_of(answer->flags);
    struct host_task *task = report != OD_REPORT_NONE ? host_tasks_find_wire(&host->tasks, answer->task) : NULL;

    if (error == OD_OK && task != NULL && host->plugin.answered == NULL) { /* the common way, without a reason to read */
        if (task->state == OD_TASK_ANSWERED && task->end_report == answer->id)
            host_task_drop(host, task);
        return;
    }
    const char *reason = reason_of(host, answer);
    if (error == OD_EINVAL || error == OD_ECONFLICT)
        host_note(host, error == OD_EINVAL ? "error" : "warning", answer->task, "the hub %s a report: %s",
                  error == OD_EINVAL ? "refused" : "did not apply", reason);
    if (task == NULL)
        host_scratch_clear(&host->scratch);
    else if (task->state == OD_TASK_ANSWERED && task->end_report == answer->id)
        run_end(host, task, report, error, reason);
    else
        run_step(host, task, report, error, reason);
    host_scratch_clear(&host->scratch);
}
