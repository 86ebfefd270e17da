/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: H prefix number time connector, C columns, then D a task, W a withdrawn key, I an applicant's answer, and
 * T with the count and the sum. */
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "../row/question.h"
#include "../row/stamp.h"
#include "spool.h"

#define NUMBER_SIZE 24

static void put_line(struct out *out, char separator, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        csv_cell_put(out, cells[i], separator, i == 0);
    out_text(out, "\n");
}

static void put_head(const struct spool *spool, int64_t sequence, struct out *out)
{
    const struct settings *settings = &spool->settings;
    const char *names[COLUMNS_MAX + 1] = {"C"};
    char number[NUMBER_SIZE], now[STAMP_SIZE];

    snprintf(number, sizeof(number), "%06lld", (long long)sequence);
    stamp_write(od_now_ms(spool->host), now);
    put_line(out, settings->separator, (const char *const[]){"H", settings->out_prefix, number, now, spool->host->connector}, 5);
    for (size_t i = 0; i < settings->columns.count; i++)
        names[i + 1] = settings->columns.items[i].name;
    put_line(out, settings->separator, names, settings->columns.count + 1);
}

/* An amount that is none counts as nothing: the form is the applicant's, and the row is as it is. */
static void add_up(const struct settings *settings, const struct task *task, struct batch *batch)
{
    int64_t amount = 0;

    for (size_t i = 0; settings->out_sum[0] != '\0' && i < settings->columns.count; i++) {
        if (strcmp(settings->columns.items[i].name, settings->out_sum) == 0 && task->values[i] != NULL &&
            csv_amount_read(task->values[i], &amount) == OD_OK && csv_amount_add(&batch->sum, amount) != OD_OK)
            return;
    }
}

static void put_task(const struct settings *settings, struct task *task, struct out *out, struct batch *batch)
{
    const char *cells[COLUMNS_MAX + 1] = {task->may_exist ? "R" : "D"};

    for (size_t i = 0; i < settings->columns.count; i++)
        cells[i + 1] = task->values[i];
    put_line(out, settings->separator, cells, settings->columns.count + 1);
    add_up(settings, task, batch);
}

static enum part part_of(const struct task *task)
{
    if (task->is_over)
        return PART_NONE;
    if (task->is_cancelling)
        return PART_WITHDRAWAL;
    if (!task->is_written)
        return PART_ROW;
    return task->answer != NULL ? PART_ANSWER : PART_NONE;
}

static void put_row(const struct settings *settings, struct task *task, struct out *out, struct batch *batch)
{
    task->part = part_of(task);
    batch->rows += task->part != PART_NONE;
    switch (task->part) {
    case PART_ROW: put_task(settings, task, out, batch); break;
    case PART_WITHDRAWAL: put_line(out, settings->separator, (const char *const[]){"W", task->key}, 2); break;
    case PART_ANSWER: put_line(out, settings->separator, (const char *const[]){"I", task->key, task->answer}, 3); break;
    case PART_NONE: break;
    }
}

static void put_trailer(const struct settings *settings, const struct batch *batch, struct out *out)
{
    char rows[NUMBER_SIZE], sum[CSV_AMOUNT_SIZE] = "";

    snprintf(rows, sizeof(rows), "%lld", (long long)batch->rows);
    if (settings->out_sum[0] != '\0')
        csv_amount_write(batch->sum, sum);
    put_line(out, settings->separator, (const char *const[]){"T", rows, sum}, settings->out_sum[0] != '\0' ? 3 : 2);
}

/* UTF-8 becomes the department's encoding, which can write every character (GB18030). */
static int encode(const struct spool *spool, struct batch *batch)
{
    size_t left = batch->size, room = 2 * batch->size + 16, free_room = room;
    char *from = batch->text, *out = malloc(room), *to = out;

    if (spool->encode == NULL || out == NULL) {
        free(out);
        return spool->encode == NULL ? OD_OK : OD_ENOMEM;
    }
    iconv((iconv_t)spool->encode, NULL, NULL, NULL, NULL);
    if (iconv((iconv_t)spool->encode, &from, &left, &to, &free_room) == (size_t)-1) {
        free(out);
        return OD_ESYNTAX;
    }
    free(batch->text);
    batch->text = out;
    batch->size = room - free_room;
    return OD_OK;
}

int batch_make(struct spool *spool, int64_t sequence, struct batch *out)
{
    const struct settings *settings = &spool->settings;
    struct out text = {.size_max = SPOOL_BATCH_MAX / 2};

    *out = (struct batch){.sequence = sequence};
    put_head(spool, sequence, &text);
    for (struct task *task = spool->tasks; task != NULL && out->rows < settings->rows_max && text.size < SPOOL_FILE_MAX; task = task->next)
        put_row(settings, task, &text, out);
    put_trailer(settings, out, &text);
    out->size = text.size;
    out->text = out_take(&text);
    int rc = out->text != NULL ? encode(spool, out) : OD_ENOMEM;
    if (rc != OD_OK) {
        free(out->text);
        out->text = NULL;
        for (struct task *task = spool->tasks; task != NULL; task = task->next)
            task->part = PART_NONE;
    }
    out_fini(&text);
    return rc;
}

/* A task that was withdrawn while its row was being written has its withdrawal in the next batch. */
static void settle_row(struct spool *spool, struct task *task)
{
    task->is_written = true;
    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        free(task->values[i]);
        task->values[i] = NULL;
    }
    if (!task->is_cancelling && od_task_state_of(spool->host, task->handle) == OD_TASK_OFFERED && od_accept(spool->host, task->handle, task->key) != OD_OK)
        task_fail(spool, task, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "accept", "the accept could not be reported");
}

static void settle_part(struct spool *spool, struct task *task, enum part part)
{
    switch (part) {
    case PART_ROW: settle_row(spool, task); break;
    case PART_WITHDRAWAL: task_cancelled(spool, task, OD_EFFECT_NONE); break; /* the department reads it with the others */
    case PART_ANSWER:
        free(task->answer);
        task->answer = NULL;
        question_done(spool->host, task->handle);
        break;
    case PART_NONE: break;
    }
}

void batch_settle(struct spool *spool, const struct batch *batch)
{
    for (struct task *task = spool->tasks, *next; task != NULL; task = next) {
        enum part part = task->part;

        next = task->next;
        task->part = PART_NONE;
        if (batch->is_written)
            settle_part(spool, task, part);
    }
    if (batch->is_written && spool->settings.wants_ack)
        ledger_sent(spool, batch);
}
