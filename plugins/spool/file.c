/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was read whole: READ -> ASKED -> OPEN -> KEPT -> DONE. Until its last row is settled it stays where it is,
 * so a process that dies in the middle leaves it to the next one, and rows that were taken are passed over. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../row/question.h"
#include "../row/text.h"
#include "spool.h"

#define HASH_SIZE 64

static void hash_write(const struct file *file, char out[HASH_SIZE])
{
    snprintf(out, HASH_SIZE, "%016" PRIx64 " %" PRId64, file->hash, file->size);
}

static void refuse(struct spool *spool, struct file *file, const char *why)
{
    char line[SPOOL_WHY_SIZE + SPOOL_NAME_MAX + 64];

    file->state = FILE_REFUSED;
    snprintf(file->why, sizeof(file->why), "%s", why);
    text_format(line, sizeof(line), "%.200s was refused whole, nothing of it was taken: %s", file->name, file->why);
    od_log(spool->host, OD_LOG_WARNING, 0, line);
}

static struct answer answer_of(const struct row *row)
{
    return (struct answer){.word = row->cells[SPOOL_WORD], .reasons = row->cells[SPOOL_REASONS],
                           .conditions = row->cells[SPOOL_CONDITIONS], .document_no = row->cells[SPOOL_DOCUMENT_NO],
                           .fields = row->cells[SPOOL_FIELDS], .question = row->cells[SPOOL_QUESTION],
                           .progress = row->cells[SPOOL_PROGRESS], .percent = row->cells[SPOOL_PERCENT]};
}

/* Every row must be an answer before the first is told: nothing is half applied. */
static bool is_sound(struct spool *spool, struct file *file)
{
    char why[ANSWER_WHY_SIZE], line[SPOOL_WHY_SIZE];

    for (size_t i = 0; i < file->row_count; i++) {
        struct answer answer = answer_of(&file->rows[i]);

        if (answer_check(spool->host, &spool->settings.words, &answer, why) == OD_OK)
            continue;
        text_format(line, sizeof(line), "line %u: %.380s", file->rows[i].line, why);
        refuse(spool, file, line);
        return false;
    }
    return true;
}

/* -- Its number -- */

/* Of a copy, or of another file, whose rows are being told. */
static bool is_number_in_hand(const struct spool *spool, const struct file *file)
{
    for (const struct file *other = spool->files; other != NULL; other = other->next) {
        if (other != file && !other->is_acks && other->sequence == file->sequence && (other->state == FILE_OPEN || other->state == FILE_KEPT))
            return true;
    }
    return false;
}

static void on_known(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;
    struct file *file = arg;
    char hash[HASH_SIZE];

    if (error == OD_ECANCELLED)
        return; /* the module closes */
    hash_write(file, hash);
    if (error == OD_ENOTFOUND && numbers_is_forgotten(spool, file->sequence)) {
        refuse(spool, file, "its number is lower than all that are remembered, so nobody knows whether it was taken: give it a new one");
    } else if (error == OD_ENOTFOUND && is_number_in_hand(spool, file)) {
        file->state = FILE_READ; /* asked again when that one is settled */
    } else if (error == OD_ENOTFOUND && is_sound(spool, file)) {
        file->state = FILE_OPEN;
        file_go_on(spool, file);
    } else if (error == OD_OK && size == strlen(hash) && memcmp(value, hash, size) == 0) {
        file->state = FILE_DONE;
        snprintf(file->why, sizeof(file->why), "number %lld was delivered before: it was taken then", (long long)file->sequence);
        file->row_count = 0;
    } else if (error == OD_OK) {
        refuse(spool, file, "another file came under this number before");
    } else if (file->state == FILE_ASKED) {
        file->state = FILE_READ; /* not now */
    }
    spool_begin(spool);
}

void file_ask(struct spool *spool, struct file *file)
{
    char key[SPOOL_KEY_SIZE], why[SPOOL_WHY_SIZE];

    if (file->is_acks) {
        ledger_acknowledge(spool, file, why);
        file->state = FILE_DONE;
        if (why[0] != '\0')
            refuse(spool, file, why);
        return;
    }
    numbers_key(file->sequence, key);
    if (od_kv_get(spool->kv, key, on_known, file) == OD_OK)
        file->state = FILE_ASKED;
}

static void on_kept(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;
    struct file *file = arg;

    (void)value;
    (void)size;
    file->state = error == OD_OK ? FILE_DONE : FILE_OPEN;
    if (error != OD_OK)
        return;
    numbers_add(spool, file->sequence);
    spool_begin(spool);
}

static void keep(struct spool *spool, struct file *file)
{
    char key[SPOOL_KEY_SIZE], hash[HASH_SIZE];

    numbers_key(file->sequence, key);
    hash_write(file, hash);
    if (od_kv_put(spool->kv, key, hash, strlen(hash), on_kept, file) == OD_OK)
        file->state = FILE_KEPT;
}

/* -- Its rows -- */

static void set_state(struct row *row, enum row_state state)
{
    row->file->told_count -= row->state == ROW_TOLD;
    row->file->told_count += state == ROW_TOLD;
    row->state = state;
}

static void set_note(struct row *row, enum row_state state, const char *note)
{
    set_state(row, state);
    free(row->note);
    row->note = note != NULL ? strdup(note) : NULL;
}

static void tell(struct spool *spool, struct task *task, struct row *row)
{
    struct answer answer = answer_of(row);
    enum answer_meaning meaning;
    char why[ANSWER_WHY_SIZE];

    if (task->is_cancelling && !answer_is_opinion(answer_meaning_of(&spool->settings.words, answer.word))) {
        set_note(row, ROW_TAKEN, NULL); /* only an opinion still counts */
        return;
    }
    int rc = answer_tell(spool->host, task->handle, &spool->settings.words, &answer, spool->settings.pause_kind, task->key, &meaning, why);
    if (rc == OD_EINVAL)
        set_note(row, ROW_REFUSED, why);
    else if (rc == OD_OK && meaning == ANSWER_PENDING)
        set_state(row, ROW_TAKEN);
    else if (rc == OD_OK) {
        set_state(row, ROW_TOLD);
        task->row = row;
        task->is_over = answer_is_opinion(meaning);
        if (meaning == ANSWER_NEED_INPUT)
            question_keep(spool->host, task->handle, row->cells[SPOOL_FIELDS]);
    }
}

void file_go_on(struct spool *spool, struct file *file)
{
    bool is_waiting = false;
    int64_t waited_ms = od_now_ms(spool->host) - file->seen_ms;

    if (file->state != FILE_OPEN || file->told_count > 0)
        return; /* once through all rows for many words of the hub, not for each */
    for (size_t i = 0; i < file->row_count; i++) {
        struct row *row = &file->rows[i];
        struct task *task = row->state == ROW_NEW ? task_find_key(spool, row->cells[SPOOL_KEY]) : NULL;

        if (task != NULL && task->row == NULL && !task->is_over && task->is_written)
            tell(spool, task, row);
        /* One whose task is not here yet: after a start the hub brings back what was accepted. */
        is_waiting = is_waiting || (row->state == ROW_NEW && (task != NULL || waited_ms < spool->settings.wait_ms));
    }
    if (!is_waiting && file->told_count == 0)
        keep(spool, file);
}

void row_lose(struct row *row)
{
    if (row->state == ROW_TOLD)
        set_state(row, ROW_NEW);
}

void row_settle(struct spool *spool, struct task *task, const struct od_answer *answer)
{
    struct row *row = task->row;

    task->row = NULL;
    if (row != NULL && (answer->error == OD_OK || answer->error == OD_ESTALE))
        set_note(row, answer->error == OD_OK ? ROW_TAKEN : ROW_NEW, NULL);
    else if (row != NULL)
        set_note(row, ROW_REFUSED, answer->error == OD_ECONFLICT ? "another opinion counts" : answer->reason);
    if (task->is_over && (answer->error != OD_EINVAL || od_task_state_of(spool->host, answer->task) == OD_TASK_STALE))
        task_free(task);
    else
        task->is_over = false;
    if (row != NULL)
        file_go_on(spool, row->file);
}
