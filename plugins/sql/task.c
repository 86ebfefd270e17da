/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http/json.h"
#include "../row/end.h"
#include "../row/question.h"
#include "../row/text.h"
#include "sql.h"

#define NOTE_MAX 200 /* bytes: a column is seldom made for more */

static int copy_values(const struct settings *settings, const struct od_offer *offer, struct task *task)
{
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < settings->columns.count; i++)
        rc = column_value(&settings->columns.items[i], offer, &task->values[i]);
    return rc;
}

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
    free(task->key);
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        free(task->values[i]);
    free(task->answer);
    free(task->row);
    free(task);
}

struct task *task_create(struct sql *sql, const struct od_offer *offer)
{
    struct task *task = calloc(1, sizeof(*task));

    if (task == NULL)
        return NULL;
    task->handle = offer->task;
    task->key = strdup(offer->idempotency_key);
    task->may_exist = (offer->flags & OD_OFFER_REDELIVERED) != 0;
    if (task->key == NULL || copy_values(&sql->settings, offer, task) != OD_OK ||
        od_task_set(sql->host, offer->task, task) != OD_OK) {
        task_free(task);
        return NULL;
    }
    task->next = sql->tasks;
    task->place = &sql->tasks;
    if (task->next != NULL)
        task->next->place = &task->next;
    sql->tasks = task;
    return task;
}

struct task *task_find(const struct sql *sql, od_task handle)
{
    return od_task_data(sql->host, handle);
}

/* -- Ends -- */

void task_forget(struct sql *sql, struct task *task)
{
    end_let_go(sql->host, task->handle);
    task_free(task);
}

void task_cancelled(struct sql *sql, struct task *task, enum od_effect effect)
{
    end_cancelled(sql->host, task->handle, effect);
    task_free(task);
}

void task_fail(struct sql *sql, struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail)
{
    end_failed(sql->host, task->handle, &(struct end_failure){.key = task->key, .is_cancelling = task->is_cancelling, .effect = effect,
                                                             .retry_after_ms = retry_after_ms, .code = code, .detail = detail});
    task_free(task);
}

/* -- Rows of the outbox -- */

int mark_add(struct sql *sql, const char *row, const char *note)
{
    struct mark *mark = calloc(1, sizeof(*mark));

    if (mark == NULL)
        return OD_ENOMEM;
    mark->row = strdup(row);
    mark->note = note != NULL ? strndup(note, json_cut(note, strlen(note), NOTE_MAX)) : NULL;
    if (mark->row == NULL || (note != NULL && mark->note == NULL)) {
        free(mark->row);
        free(mark->note);
        free(mark);
        return OD_ENOMEM;
    }
    *sql->marks_end = mark;
    sql->marks_end = &mark->next;
    return OD_OK;
}

/* A row without its mark is found again, so nothing is lost but time. */
static void mark(struct sql *sql, od_task task, const char *row, const char *note)
{
    if (mark_add(sql, row, note) != OD_OK)
        od_log(sql->host, OD_LOG_WARNING, task, "no memory to mark a row of the outbox");
}

static struct task *find_by_key(const struct sql *sql, const char *key)
{
    for (struct task *task = sql->tasks; task != NULL; task = task->next) {
        if (strcmp(task->key, key) == 0)
            return task;
    }
    return NULL;
}

static void refuse_row(struct sql *sql, struct task *task, const struct row *row, const char *why)
{
    char line[ANSWER_WHY_SIZE + 200], note[ANSWER_WHY_SIZE + 16];

    text_format(line, sizeof(line), "row %.64s of the outbox is no answer and was not taken: %.390s", row->cells[SQL_ID], why);
    text_format(note, sizeof(note), "refused: %.380s", why);
    od_log(sql->host, OD_LOG_WARNING, task->handle, line);
    mark(sql, task->handle, row->cells[SQL_ID], note);
}

/* The row is marked when the hub has made it durable. */
static void await_word(struct sql *sql, struct task *task, const struct row *row, enum answer_meaning meaning)
{
    task->row = strdup(row->cells[SQL_ID]);
    task->is_over = answer_is_opinion(meaning);
    if (meaning == ANSWER_NEED_INPUT)
        question_keep(sql->host, task->handle, row->cells[SQL_FIELDS]);
}

void task_take_row(struct sql *sql, const struct row *row)
{
    char *const *cells = row->cells;
    struct task *task = cells[SQL_KEY] != NULL ? find_by_key(sql, cells[SQL_KEY]) : NULL;
    const struct answer answer = {.word = cells[SQL_WORD], .reasons = cells[SQL_REASONS], .conditions = cells[SQL_CONDITIONS],
                                  .document_no = cells[SQL_DOCUMENT_NO], .fields = cells[SQL_FIELDS],
                                  .question = cells[SQL_QUESTION], .progress = cells[SQL_PROGRESS], .percent = cells[SQL_PERCENT]};
    enum answer_meaning meaning;
    char why[ANSWER_WHY_SIZE];

    if (task == NULL || cells[SQL_ID] == NULL || task->row != NULL || !task->is_registered || task->is_over)
        return; /* not ours any more, or its turn comes when the hub has the row before */
    if (task->is_cancelling && !answer_is_opinion(answer_meaning_of(&sql->settings.words, answer.word)))
        return; /* only an opinion still counts */
    int rc = answer_tell(sql->host, task->handle, &sql->settings.words, &answer, sql->settings.pause_kind, task->key, &meaning, why);
    if (rc == OD_EINVAL)
        refuse_row(sql, task, row, why);
    else if (rc == OD_OK && meaning == ANSWER_PENDING)
        mark(sql, task->handle, cells[SQL_ID], NULL);
    else if (rc == OD_OK)
        await_word(sql, task, row, meaning);
    /* Any other error is for now: the row is found again by the next look. */
}

void task_told(struct sql *sql, struct task *task, const struct od_answer *answer)
{
    char note[ANSWER_WHY_SIZE];

    text_format(note, sizeof(note), "refused: %.380s", answer->reason);
    if (task->row != NULL && (answer->error == OD_OK || answer->error == OD_ECONFLICT))
        mark(sql, answer->task, task->row, answer->error == OD_OK ? NULL : "refused: another opinion counts");
    else if (task->row != NULL && answer->error == OD_EINVAL)
        mark(sql, answer->task, task->row, note);
    free(task->row);
    task->row = NULL;
    sql->is_look_due = true; /* there may be a row behind it */
    if (task->is_over && (answer->error != OD_EINVAL || od_task_state_of(sql->host, answer->task) == OD_TASK_STALE))
        task_free(task);
    else
        task->is_over = false; /* a refused opinion leaves the task open: the department answers again */
}
