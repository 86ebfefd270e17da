/* SPDX-License-Identifier: Apache-2.0 */
/* A department's tables as its inbox and outbox: docs/connectors/sql.md. This file is what the
 * host calls; the rest is in sql.h. */
#include "sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../row/question.h"
#include "../row/text.h"

static int refuse(const struct od_host *host, struct sql *sql, const char *why)
{
    od_log(host, OD_LOG_ERROR, 0, why);
    free(sql);
    return OD_EINVAL;
}

static int sql_open(const struct od_host *host, void **self)
{
    struct sql *sql = calloc(1, sizeof(*sql));
    char why[SETTING_WHY_SIZE];

    if (sql == NULL)
        return OD_ENOMEM;
    sql->host = host;
    sql->timers = od_extension(host, OD_TIMER_1);
    sql->secrets = od_extension(host, OD_SECRET_1);
    sql->marks_end = &sql->marks;
    if (sql->timers == NULL)
        return refuse(host, sql, "the host offers no od.timer/1");
    if (settings_read(host, &sql->settings, why) != OD_OK)
        return refuse(host, sql, why);
    sql->kind = sql->settings.kind == SQL_POSTGRESQL ? &sql_postgresql : &sql_sqlite;
    if (sql->settings.kind == SQL_POSTGRESQL)
        sql_postgresql_prepare();
    *self = sql;
    return OD_OK;
}

/* No round is under way: the host waits for its end before it closes. */
static void sql_close(void *self)
{
    struct sql *sql = self;

    while (sql->tasks != NULL)
        task_free(sql->tasks);
    while (sql->marks != NULL) {
        struct mark *mark = sql->marks;

        sql->marks = mark->next;
        free(mark->row);
        free(mark->note);
        free(mark);
    }
    sql->kind->close(sql->database);
    free(sql);
}

static int sql_offer(void *self, const struct od_offer *offer)
{
    struct sql *sql = self;

    if (task_create(sql, offer) == NULL)
        return OD_EBUSY;
    round_begin(sql);
    return OD_OK;
}

/* Its row stands in the inbox: it is only looked for, soon. */
static int sql_resume(void *self, const struct od_offer *offer)
{
    struct sql *sql = self;
    struct task *task = task_create(sql, offer);

    if (task == NULL)
        return OD_EBUSY;
    task->is_registered = true;
    task->may_exist = false;
    task->answer = question_answer(offer);
    sql->is_look_due = true;
    round_begin(sql);
    return OD_OK;
}

/* What nobody has in hand yet is nowhere, unless an earlier attempt brought it there. */
static void sql_cancel(void *self, od_task handle, const char *reason)
{
    struct sql *sql = self;
    struct task *task = task_find(sql, handle);

    (void)reason;
    if (task == NULL || task->is_over)
        return;
    task->is_cancelling = true;
    bool may_be_there = task->is_registered || task->may_exist;
    if (!task->is_asked && !may_be_there)
        task_cancelled(sql, task, OD_EFFECT_NONE);
    else if (!task->is_asked && sql->settings.withdraw[0] == '\0')
        task_cancelled(sql, task, task->is_registered ? OD_EFFECT_DONE : OD_EFFECT_UNKNOWN);
    else
        round_begin(sql);
}

static void sql_input(void *self, od_task handle, const char *answer, size_t size)
{
    struct sql *sql = self;
    struct task *task = task_find(sql, handle);

    if (task == NULL)
        return;
    free(task->answer);
    task->answer = strndup(answer, size);
    if (task->answer == NULL)
        task_fail(sql, task, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "no_memory", "no memory left for the applicant's answer");
    else if (sql->settings.answer[0] == '\0')
        task_fail(sql, task, OD_EFFECT_DONE, OD_RETRY_NEVER, "no_answer", "the configuration names no column for answers (inbox.answer)");
    else
        round_begin(sql);
}

static void sql_release(void *self, od_task handle, const char *reason)
{
    struct task *task = task_find(self, handle);

    (void)reason;
    if (task != NULL)
        task_free(task);
}

static void sql_answered(void *self, const struct od_answer *answer)
{
    struct sql *sql = self;
    struct task *task = answer->data;

    if (answer->report == OD_REPORT_CANCELLED && answer->error == OD_EINVAL &&
        od_fail(sql->host, answer->task, OD_EFFECT_DONE, "refused", answer->reason) != OD_OK)
        od_log(sql->host, OD_LOG_ERROR, answer->task, "a refused report could not be settled");
    if (task == NULL)
        return;
    if (answer->report == OD_REPORT_OPINION || answer->report == OD_REPORT_NEED_INPUT || answer->report == OD_REPORT_PAUSE)
        task_told(sql, task, answer);
    round_begin(sql);
}

static void sql_health(void *self, struct od_health *health)
{
    const struct sql *sql = self;

    if (sql->failures < FAILURES_DEGRADED)
        return;
    health->status = OD_HEALTH_DEGRADED;
    text_format(health->note, sizeof(health->note), "%u times in a row the database failed: %.80s", sql->failures, sql->failure);
}

/* What no round has taken was not attempted by this process. */
static void sql_drain(void *self)
{
    struct sql *sql = self;

    for (struct task *task = sql->tasks, *next; task != NULL; task = next) {
        next = task->next;
        if (task->is_asked || od_task_state_of(sql->host, task->handle) != OD_TASK_OFFERED)
            continue;
        if (od_give_back(sql->host, task->handle) != OD_OK)
            od_log(sql->host, OD_LOG_ERROR, task->handle, "could not give it back");
        task_forget(sql, task);
    }
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "sql", .version = "1.0.0", .open = sql_open, .close = sql_close, .offer = sql_offer,
             .resume = sql_resume, .cancel = sql_cancel, .input = sql_input, .release = sql_release,
             .answered = sql_answered, .health = sql_health, .drain = sql_drain};
