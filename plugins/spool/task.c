/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "../row/end.h"
#include "spool.h"

/* FNV-1a: of the bucket in which a key is looked for. */
static size_t bucket_of(const char *key)
{
    uint32_t hash = UINT32_C(2166136261);

    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * UINT32_C(16777619);
    return hash % SPOOL_BUCKETS;
}

static void unlink_task(struct task *task)
{
    if (task->place == NULL)
        return;
    *task->place = task->next;
    if (task->next != NULL)
        task->next->place = task->place;
    *task->slot = task->beside;
    if (task->beside != NULL)
        task->beside->slot = task->slot;
}

static void link_task(struct spool *spool, struct task *task)
{
    struct task **bucket = &spool->buckets[bucket_of(task->key)];

    task->next = spool->tasks;
    task->place = &spool->tasks;
    if (task->next != NULL)
        task->next->place = &task->next;
    spool->tasks = task;
    task->beside = *bucket;
    task->slot = bucket;
    if (task->beside != NULL)
        task->beside->slot = &task->beside;
    *bucket = task;
}

void task_free(struct task *task)
{
    unlink_task(task);
    if (task->row != NULL)
        row_lose(task->row); /* nobody knows: its task may come again */
    free(task->key);
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        free(task->values[i]);
    free(task->answer);
    free(task);
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
    task->may_exist = (offer->flags & OD_OFFER_REDELIVERED) != 0;
    for (size_t i = 0; rc == OD_OK && i < columns->count; i++)
        rc = column_value(&columns->items[i], offer, &task->values[i]);
    if (rc != OD_OK || task->key == NULL || od_task_set(spool->host, offer->task, task) != OD_OK) {
        task_free(task);
        return NULL;
    }
    link_task(spool, task);
    return task;
}

struct task *task_find(const struct spool *spool, od_task handle)
{
    return od_task_data(spool->host, handle);
}

struct task *task_find_key(const struct spool *spool, const char *key)
{
    for (struct task *task = spool->buckets[bucket_of(key)]; task != NULL; task = task->beside) {
        if (strcmp(task->key, key) == 0)
            return task;
    }
    return NULL;
}

void task_forget(struct spool *spool, struct task *task)
{
    end_let_go(spool->host, task->handle);
    task_free(task);
}

void task_cancelled(struct spool *spool, struct task *task, enum od_effect effect)
{
    end_cancelled(spool->host, task->handle, effect);
    task_free(task);
}

void task_fail(struct spool *spool, struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail)
{
    end_failed(spool->host, task->handle, &(struct end_failure){.key = task->key, .is_cancelling = task->is_cancelling, .effect = effect,
                                                             .retry_after_ms = retry_after_ms, .code = code, .detail = detail});
    task_free(task);
}
