/* SPDX-License-Identifier: Apache-2.0 */
/* What the host calls: the tasks of one department behind HTTP, whichever module they come by. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(const struct od_host *host, struct http *http, const char *why)
{
    od_log(host, OD_LOG_ERROR, 0, why);
    settings_fini(&http->settings);
    free(http);
    return OD_EINVAL;
}

int http_open(const struct od_host *host, void **self)
{
    struct http *http = calloc(1, sizeof(*http));
    char why[SETTINGS_WHY_SIZE];

    if (http == NULL)
        return OD_ENOMEM;
    http->host = host;
    http->web = od_extension(host, OD_HTTP_1);
    http->secrets = od_extension(host, OD_SECRET_1);
    http->timers = od_extension(host, OD_TIMER_1);
    http->dice = (uint64_t)od_now_ms(host) | 1;
    if (http->web == NULL || http->timers == NULL)
        return refuse(host, http, "the host offers no od.http/1 or od.timer/1");
    if (settings_read(host, &http->settings, why) != OD_OK)
        return refuse(host, http, why);
    if (http->settings.auth == AUTH_HMAC && http->secrets == NULL)
        return refuse(host, http, "the host offers no od.secret/1");
    *self = http;
    return OD_OK;
}

/* The hub settles what is still in hand: it was attempted, or will be resumed. */
void http_close(void *self)
{
    struct http *http = self;
    const struct od_host *host = http->host;

    for (od_task handle = od_task_next(host, 0); handle != 0; handle = od_task_next(host, handle)) {
        struct task *task = task_find(http, handle);

        if (task == NULL)
            continue;
        task_end(task);
        task_leave(task);
    }
    settings_fini(&http->settings);
    free(http);
}

int http_offer(void *self, const struct od_offer *offer)
{
    return flow_offer(self, offer);
}

void http_cancel(void *self, od_task handle, const char *reason)
{
    struct task *task = task_find(self, handle);

    if (task == NULL)
        return;
    task->is_cancelling = true;
    free(task->reason);
    task->reason = strdup(reason);
    task_leave(task);
}

void http_input(void *self, od_task handle, const char *answer, size_t size)
{
    struct task *task = task_find(self, handle);

    if (task == NULL)
        return;
    watch_input(task, answer, size);
    task_leave(task);
}

void http_event(void *self, od_task handle, const char *body, size_t size)
{
    struct task *task = task_find(self, handle);

    if (task == NULL)
        return;
    watch_event(task, body, size);
    task_leave(task);
}

void http_release(void *self, od_task handle, const char *reason)
{
    struct task *task = task_find(self, handle);

    (void)reason;
    if (task == NULL)
        return;
    task_end(task);
    task_leave(task);
}

/* What the hub did not take must not wait silently: an officer reads why. */
void http_answered(void *self, const struct od_answer *answer)
{
    struct http *http = self;
    struct task *task = task_find(http, answer->task);
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = OD_EFFECT_DONE, .retry_after_ms = OD_RETRY_NEVER,
                                 .code = "refused", .detail = answer->reason};
    uint32_t state = od_task_state_of(http->host, answer->task);
    bool is_end = answer->report == OD_REPORT_OPINION || answer->report == OD_REPORT_CANCELLED;
    bool is_question = answer->report == OD_REPORT_NEED_INPUT;

    if (answer->error != OD_EINVAL || (!is_end && !is_question) || state == OD_TASK_STALE ||
        state == OD_TASK_ANSWERED)
        return;
    if (task != NULL) {
        failure.external_ref = task->external_ref;
        task_end(task);
    }
    if (od_report_failure(http->host, answer->task, &failure) != OD_OK)
        od_log(http->host, OD_LOG_ERROR, answer->task, "a refused report could not be settled");
    if (task != NULL)
        task_leave(task);
}

void http_health(void *self, struct od_health *health)
{
    const struct http *http = self;

    if (http->failures < FAILURES_DEGRADED)
        return;
    health->status = OD_HEALTH_DEGRADED;
    snprintf(health->note, sizeof(health->note), "%u requests in a row without a usable answer, the last: %s",
             http->failures, http->failure);
}

/* What waits for its turn has not been attempted by this process. */
void http_drain(void *self)
{
    struct http *http = self;
    const struct od_host *host = http->host;

    for (od_task handle = od_task_next(host, 0); handle != 0; handle = od_task_next(host, handle)) {
        struct task *task = task_find(http, handle);

        if (task == NULL || task->asking != ASK_NONE || od_task_state_of(host, handle) != OD_TASK_OFFERED)
            continue;
        if (od_give_back(host, handle) != OD_OK)
            od_log(host, OD_LOG_ERROR, handle, "could not give it back");
        task_end(task);
        task_leave(task);
    }
}
