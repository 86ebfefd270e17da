/* SPDX-License-Identifier: Apache-2.0 */
/* A department's files as its inbox and outbox: docs/connectors/spool.md. This file is what the host calls; the
 * rest is in spool.h. */
#include "spool.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "../row/question.h"
#include "../row/text.h"
#include "wall.h"

#define FAILURES_DEGRADED 3

static void spool_free(struct spool *spool)
{
    if (spool->decode != NULL)
        iconv_close((iconv_t)spool->decode);
    if (spool->encode != NULL)
        iconv_close((iconv_t)spool->encode);
    free(spool->numbers.all);
    free(spool);
}

static int refuse(const struct od_host *host, struct spool *spool, const char *why)
{
    od_log(host, OD_LOG_ERROR, 0, why);
    spool_free(spool);
    return OD_EINVAL;
}

/* What a conversion needs is loaded here: afterwards only the folder is there. */
static bool open_encoding(struct spool *spool)
{
    if (spool->settings.encoding == SPOOL_UTF8)
        return true;
    iconv_t decode = iconv_open("UTF-8", "GB18030"), encode = iconv_open("GB18030", "UTF-8");

    spool->decode = decode != (iconv_t)-1 ? (void *)decode : NULL;
    spool->encode = encode != (iconv_t)-1 ? (void *)encode : NULL;
    return spool->decode != NULL && spool->encode != NULL;
}

static int spool_open(const struct od_host *host, void **self)
{
    struct spool *spool = calloc(1, sizeof(*spool));
    char why[SETTING_WHY_SIZE];

    if (spool == NULL)
        return OD_ENOMEM;
    spool->host = host;
    spool->timers = od_extension(host, OD_TIMER_1);
    spool->kv = od_extension(host, OD_KV_1);
    spool->sequence = -1;
    spool->numbers.floor = -1;
    if (spool->timers == NULL || spool->kv == NULL)
        return refuse(host, spool, "the host offers no od.timer/1 or od.kv/1");
    if (settings_read(host, &spool->settings, why) != OD_OK)
        return refuse(host, spool, why);
    if (!open_encoding(spool))
        return refuse(host, spool, "this machine has no conversion of GB18030 (glibc's gconv)");
    wall_open();
    spool->batched_ms = od_now_ms(host);
    spool->batch_due_ms = spool->batched_ms + spool->settings.every_ms;
    spool->is_look_due = true;
    spool_begin(spool);
    spool_wait(spool);
    *self = spool;
    return OD_OK;
}

/* No pass is under way: the host waits for its end before it closes. */
static void spool_close(void *self)
{
    struct spool *spool = self;

    while (spool->tasks != NULL)
        task_free(spool->tasks);
    while (spool->files != NULL) {
        struct file *file = spool->files;

        spool->files = file->next;
        file_free(file);
    }
    spool_free(spool);
}

static int spool_offer(void *self, const struct od_offer *offer)
{
    struct spool *spool = self;

    if (task_create(spool, offer) == NULL)
        return OD_EBUSY;
    spool_begin(spool);
    return OD_OK;
}

/* It was in a batch: only its answer is waited for, which may have come already. */
static int spool_resume(void *self, const struct od_offer *offer)
{
    struct spool *spool = self;
    struct task *task = task_create(spool, offer);

    if (task == NULL)
        return OD_EBUSY;
    task->is_written = true;
    task->may_exist = false;
    task->answer = question_answer(offer);
    for (struct file *file = spool->files; file != NULL; file = file->next)
        file_go_on(spool, file);
    return OD_OK;
}

static void spool_cancel(void *self, od_task handle, const char *reason)
{
    struct spool *spool = self;
    struct task *task = task_find(spool, handle);

    (void)reason;
    if (task == NULL || task->is_over)
        return;
    task->is_cancelling = true;
    if (!task->is_written && !task->may_exist && task->part == PART_NONE)
        task_cancelled(spool, task, OD_EFFECT_NONE);
    else
        spool_begin(spool); /* the next batch says so */
}

static void spool_input(void *self, od_task handle, const char *answer, size_t size)
{
    struct spool *spool = self;
    struct task *task = task_find(spool, handle);

    if (task == NULL)
        return;
    free(task->answer);
    task->answer = strndup(answer, size);
    task->part = PART_NONE; /* what is being written was another answer */
    if (task->answer == NULL)
        task_fail(spool, task, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "no_memory", "no memory left for the applicant's answer");
    else
        spool_begin(spool);
}

static void spool_release(void *self, od_task handle, const char *reason)
{
    struct task *task = task_find(self, handle);

    (void)reason;
    if (task != NULL)
        task_free(task);
}

static void spool_answered(void *self, const struct od_answer *answer)
{
    struct spool *spool = self;
    struct task *task = answer->data;

    if (answer->report == OD_REPORT_CANCELLED && answer->error == OD_EINVAL &&
        od_fail(spool->host, answer->task, OD_EFFECT_DONE, "refused", answer->reason) != OD_OK)
        od_log(spool->host, OD_LOG_ERROR, answer->task, "a refused report could not be settled");
    if (task != NULL && (answer->report == OD_REPORT_OPINION || answer->report == OD_REPORT_NEED_INPUT || answer->report == OD_REPORT_PAUSE))
        row_settle(spool, task, answer);
    spool_begin(spool);
}

static void spool_health(void *self, struct od_health *health)
{
    const struct spool *spool = self;

    if (spool->failures >= FAILURES_DEGRADED) {
        health->status = OD_HEALTH_DEGRADED;
        text_format(health->note, sizeof(health->note), "the folder fails: %.90s", spool->failure);
        return;
    }
    for (size_t i = 0; i < spool->sent_count; i++) {
        if (!spool->sent[i].is_late)
            continue;
        health->status = OD_HEALTH_DEGRADED;
        snprintf(health->note, sizeof(health->note), "batch %lld waits for its acknowledgement", (long long)spool->sent[i].sequence);
    }
    for (const struct file *file = spool->files; file != NULL; file = file->next) {
        if (file->state == FILE_PARTIAL && file->why[0] != '\0') {
            health->status = OD_HEALTH_DEGRADED;
            text_format(health->note, sizeof(health->note), "%.60s %.60s", file->name, file->why);
        }
        if (!file->is_stale)
            continue;
        health->status = OD_HEALTH_DEGRADED;
        text_format(health->note, sizeof(health->note), "%.60s has had no whole trailer for long", file->name);
    }
}

/* What is in no batch was not attempted by this process. */
static void spool_drain(void *self)
{
    struct spool *spool = self;

    for (struct task *task = spool->tasks, *next; task != NULL; task = next) {
        next = task->next;
        if (task->part != PART_NONE || od_task_state_of(spool->host, task->handle) != OD_TASK_OFFERED)
            continue;
        if (od_give_back(spool->host, task->handle) != OD_OK)
            od_log(spool->host, OD_LOG_ERROR, task->handle, "could not give it back");
        task_forget(spool, task);
    }
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "spool", .version = "1.0.0", .open = spool_open, .close = spool_close, .offer = spool_offer,
             .resume = spool_resume, .cancel = spool_cancel, .input = spool_input, .release = spool_release,
             .answered = spool_answered, .health = spool_health, .drain = spool_drain};
