/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "json.h"

#define DETAIL_SIZE (RECORD_MESSAGE_MAX + 200)

static bool ids_copy(struct ids *ids, const struct od_offer *offer)
{
    ids->application = strdup(offer->application);
    ids->task = strdup(offer->task_number);
    ids->idempotency_key = strdup(offer->idempotency_key);
    ids->matter = strdup(offer->matter);
    ids->department = strdup(offer->department);
    ids->service = strdup(offer->service);
    return ids->application != NULL && ids->task != NULL && ids->idempotency_key != NULL && ids->matter != NULL &&
           ids->department != NULL && ids->service != NULL;
}

static void task_free(struct task *task)
{
    free(task->ids.application);
    free(task->ids.task);
    free(task->ids.idempotency_key);
    free(task->ids.matter);
    free(task->ids.department);
    free(task->ids.service);
    free(task->external_ref);
    free(task->reason);
    free(task->form);
    free(task->input);
    request_fini(&task->submit);
    request_fini(&task->request);
    free(task);
}

struct task *task_create(struct http *http, const struct od_offer *offer)
{
    struct task *task = calloc(1, sizeof(*task));

    if (task == NULL)
        return NULL;
    task->http = http;
    task->handle = offer->task;
    task->percent = -1;
    if (!ids_copy(&task->ids, offer) || od_task_set(http->host, offer->task, task) != OD_OK) {
        task_free(task);
        return NULL;
    }
    return task;
}

struct task *task_find(struct http *http, od_task handle)
{
    return od_task_data(http->host, handle);
}

void task_end(struct task *task)
{
    const struct http *http = task->http;

    task->is_ended = true;
    if (task->timer != 0 && od_timer_cancel(http->timers, task->timer) != OD_OK)
        od_log(http->host, OD_LOG_DEBUG, task->handle, "its timer went with the task");
    task->timer = 0;
    if (task_find(task->http, task->handle) == task && od_task_set(http->host, task->handle, NULL) != OD_OK)
        od_log(http->host, OD_LOG_ERROR, task->handle, "the task cannot be let go");
}

/* What could not be begun while another request was under way. A repeat of its own waits for its timer. */
static void go_on(struct task *task)
{
    if (task->due == ASK_CANCEL || task->due == ASK_INPUT)
        return;
    if (task->is_cancelling)
        watch_cancel(task);
    else if (task->input != NULL && task->is_registered)
        watch_send_input(task);
}

void task_leave(struct task *task)
{
    if (!task->is_ended && task->asking == ASK_NONE)
        go_on(task);
    if (task->is_ended && task->asking == ASK_NONE)
        task_free(task);
}

static void on_due(void *self, od_task handle, void *arg)
{
    struct task *task = arg;
    enum ask due = task->due;

    (void)self;
    (void)handle;
    task->timer = 0;
    task->due = ASK_NONE;
    if (task->asking == ASK_NONE && !task->is_ended) {
        switch (due) {
        case ASK_SUBMIT: flow_submit(task); break;
        case ASK_LOOKUP: flow_lookup(task); break;
        case ASK_STATUS: watch_status(task); break;
        case ASK_INPUT:  /* leave goes on with these */
        case ASK_CANCEL:
        case ASK_NONE: break;
        }
    }
    task_leave(task);
}

void task_timer(struct task *task, enum ask due, int64_t delay_ms)
{
    const struct http *http = task->http;

    if (task->timer != 0 && od_timer_cancel(http->timers, task->timer) != OD_OK)
        od_log(http->host, OD_LOG_DEBUG, task->handle, "its timer ran already");
    task->timer = 0;
    task->due = due;
    if (od_timer_start(http->timers, od_now_ms(http->host) + delay_ms, task->handle, on_due, task, &task->timer) !=
        OD_OK)
        task_fail(task, task->is_registered ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN, OD_RETRY_BACKOFF, "no_timer",
                  "no timer could be started");
}

int64_t task_spread(struct http *http, int64_t max_ms)
{
    http->dice ^= http->dice << 13; /* xorshift64 */
    http->dice ^= http->dice >> 7;
    http->dice ^= http->dice << 17;
    return (int64_t)(http->dice % (uint64_t)(max_ms + 1));
}

int64_t task_jitter(struct http *http, int64_t delay_ms)
{
    return delay_ms - delay_ms / 10 + task_spread(http, delay_ms / 5);
}

void task_cancelled(struct task *task, enum od_effect effect)
{
    if (od_cancelled(task->http->host, task->handle, effect) != OD_OK)
        od_log(task->http->host, OD_LOG_ERROR, task->handle, "the cancellation could not be confirmed");
    task_end(task);
}

void task_fail(struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail)
{
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = effect, .retry_after_ms = retry_after_ms,
                                 .code = code, .detail = detail, .external_ref = task->external_ref};

    if (task->is_cancelling) { /* nobody waits for an opinion any more: only what stays there matters */
        task_cancelled(task, effect);
        return;
    }
    if (od_report_failure(task->http->host, task->handle, &failure) != OD_OK)
        od_log(task->http->host, OD_LOG_ERROR, task->handle, "a failure could not be reported");
    task_end(task);
}

void task_fail_by(struct task *task, const struct answer *answer, const struct rule *rule, enum od_effect effect)
{
    char code[OD_NAME_MAX], detail[DETAIL_SIZE], message[RECORD_MESSAGE_MAX + 1];
    int64_t retry_ms = answer->retry_after_ms >= 0 ? answer->retry_after_ms : OD_RETRY_BACKOFF;

    if (answer->cause == CAUSE_STATUS) {
        snprintf(code, sizeof(code), "http_%u", answer->status);
        record_message(task->http->host, &task->http->settings, answer->body, answer->size, message);
        snprintf(detail, sizeof(detail), "HTTP %u: %s", answer->status, message);
    } else {
        snprintf(code, sizeof(code), "%s", rule_cause_name(answer->cause));
        snprintf(detail, sizeof(detail), "%.*s", (int)json_cut(answer->detail, strlen(answer->detail), DETAIL_SIZE - 1),
                 answer->detail);
    }
    task_fail(task, effect, rule->retry == RETRY_NEVER ? OD_RETRY_NEVER : retry_ms, code, detail);
}

int task_set_ref(struct task *task, const char *external_ref)
{
    if (external_ref == NULL || *external_ref == '\0' || task->external_ref != NULL)
        return OD_OK;
    task->external_ref = strdup(external_ref);
    return task->external_ref != NULL ? OD_OK : OD_ENOMEM;
}

struct scope task_scope(const struct task *task)
{
    return (struct scope){.host = task->http->host, .application = task->ids.application, .task = task->ids.task,
                          .idempotency_key = task->ids.idempotency_key, .matter = task->ids.matter,
                          .department = task->ids.department, .service = task->ids.service,
                          .connector = task->http->host->connector, .external_ref = task->external_ref,
                          .reason = task->reason, .input = {task->input, task->input_size}};
}

int task_read(const struct task *task, const struct answer *answer, const char *at, struct record *record,
              char why[RECORD_MESSAGE_MAX + 1])
{
    *record = (struct record){.percent = -1};
    if (!answer->is_json || !json_is_whole(answer->body, answer->size)) {
        snprintf(why, RECORD_MESSAGE_MAX + 1, answer->is_json ? "HTTP %u with a body that is no JSON"
                                                              : "HTTP %u with a content type that is not JSON",
                 answer->status);
        return OD_ESYNTAX;
    }
    return record_read(task->http->host, &task->http->settings, at, answer->body, answer->size, record, why);
}

const struct rule *task_rule(const struct task *task, const struct answer *answer, bool is_garbage)
{
    const struct settings *settings = &task->http->settings;

    return rule_find(settings->rules, settings->rule_count, is_garbage ? CAUSE_GARBAGE : answer->cause, answer->status,
                     answer->retry_after_ms >= 0);
}
