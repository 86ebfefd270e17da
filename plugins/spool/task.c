/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spool.h"

static void unlink_task(struct task *task)
{
    if (task->place == NULL)
        return;
    *task->place = task->next;
    if (task->next != NULL)
        task->next->place = task->place;
}

void task_free(struct task *task)
{
    unlink_task(task);
    if (task->row != NULL && task->row->state == ROW_TOLD)
        task->row->state = ROW_NEW; /* nobody knows: its task may come again */
    free(task->key);
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        free(task->values[i]);
    free(task->answer);
    free(task);
}

/* "...+08:00": what the center's clock shows, ahead of UTC. Left as it was where the text has no offset. */
static void learn_offset(struct spool *spool, const char *received_at)
{
    size_t size = received_at != NULL ? strlen(received_at) : 0;
    int hours, minutes;

    if (size < 6 || (received_at[size - 6] != '+' && received_at[size - 6] != '-') || sscanf(received_at + size - 5, "%2d:%2d", &hours, &minutes) != 2)
        return;
    spool_set_offset(spool, ((int64_t)hours * 60 + minutes) * (received_at[size - 6] == '-' ? -60000 : 60000));
}

struct task *task_create(struct spool *spool, const struct od_offer *offer)
{
    const struct columns *columns = &spool->settings.columns;
    struct task *task = calloc(1, sizeof(*task));
    int rc = task != NULL ? OD_OK : OD_ENOMEM;

    if (task == NULL)
        return NULL;
    task->handle = offer->task;
    task->key = strdup(offer->idempotency_key);
    learn_offset(spool, offer->received_at);
    task->may_exist = (offer->flags & OD_OFFER_REDELIVERED) != 0;
    for (size_t i = 0; rc == OD_OK && i < columns->count; i++)
        rc = column_value(&columns->items[i], offer, &task->values[i]);
    if (rc != OD_OK || task->key == NULL || od_task_set(spool->host, offer->task, task) != OD_OK) {
        task_free(task);
        return NULL;
    }
    task->next = spool->tasks;
    task->place = &spool->tasks;
    if (task->next != NULL)
        task->next->place = &task->next;
    spool->tasks = task;
    return task;
}

struct task *task_find(const struct spool *spool, od_task handle)
{
    return od_task_data(spool->host, handle);
}

struct task *task_find_key(const struct spool *spool, const char *key)
{
    for (struct task *task = spool->tasks; task != NULL; task = task->next) {
        if (strcmp(task->key, key) == 0)
            return task;
    }
    return NULL;
}

void task_forget(struct spool *spool, struct task *task)
{
    if (od_task_state_of(spool->host, task->handle) != OD_TASK_STALE && od_task_set(spool->host, task->handle, NULL) != OD_OK)
        od_log(spool->host, OD_LOG_ERROR, task->handle, "the task cannot be let go");
    task_free(task);
}

void task_cancelled(struct spool *spool, struct task *task, enum od_effect effect)
{
    if (od_cancelled(spool->host, task->handle, effect) != OD_OK)
        od_log(spool->host, OD_LOG_ERROR, task->handle, "the cancellation could not be confirmed");
    task_forget(spool, task);
}

void task_fail(struct spool *spool, struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail)
{
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = effect, .retry_after_ms = retry_after_ms, .code = code,
                                 .detail = detail, .external_ref = effect == OD_EFFECT_DONE ? task->key : NULL};

    if (task->is_cancelling) {
        task_cancelled(spool, task, effect);
        return;
    }
    if (od_report_failure(spool->host, task->handle, &failure) != OD_OK)
        od_log(spool->host, OD_LOG_ERROR, task->handle, "a failure could not be reported");
    task_forget(spool, task);
}
