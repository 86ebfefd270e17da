/* SPDX-License-Identifier: Apache-2.0 */
/* spool_begin -> [batch due: number -> on_numbered] -> start -> pass_work (a work thread) -> on_done -> settle -> spool_begin */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../row/text.h"
#include "spool.h"
#include "wall.h"

/* -- After a pass -- */

static struct file *take_known(struct spool *spool, const char *name)
{
    for (struct file **at = &spool->files; *at != NULL; at = &(*at)->next) {
        struct file *file = *at;

        if (strcmp(file->name, name) != 0)
            continue;
        *at = file->next;
        return file;
    }
    return NULL;
}

static void warn_stale(struct spool *spool, struct file *file)
{
    char line[SPOOL_NAME_MAX + 120];

    if (file->is_stale || od_now_ms(spool->host) - file->seen_ms < spool->settings.stale_ms)
        return;
    file->is_stale = true;
    text_format(line, sizeof(line), "%s has no whole trailer and has not grown for long: it is left alone", file->name);
    od_log(spool->host, OD_LOG_WARNING, 0, line);
}

static void warn_unread(const struct spool *spool, const struct file *file)
{
    char line[SPOOL_NAME_MAX + SPOOL_WHY_SIZE];

    text_format(line, sizeof(line), "%.200s %.200s: it is left alone", file->name, file->why);
    od_log(spool->host, OD_LOG_WARNING, 0, line);
}

/* A file that was there and has not grown keeps its age. */
static void take_file(struct spool *spool, struct file *file)
{
    struct file *known = take_known(spool, file->name);

    bool was_told = known != NULL && known->why[0] != '\0';

    file->seen_ms = od_now_ms(spool->host);
    if (known != NULL && known->state == FILE_PARTIAL && known->hash == file->hash && file->state == FILE_PARTIAL) {
        file->seen_ms = known->seen_ms;
        file->is_stale = known->is_stale;
    }
    file_free(known);
    file->next = spool->files;
    spool->files = file;
    if (file->state == FILE_PARTIAL && file->why[0] != '\0' && !was_told)
        warn_unread(spool, file);
    else if (file->state == FILE_PARTIAL)
        warn_stale(spool, file);
}

static bool is_found(const struct pass *pass, const char *name)
{
    for (const struct file *file = pass->found; file != NULL; file = file->next) {
        if (strcmp(file->name, name) == 0)
            return true;
    }
    return false;
}

/* Those that were moved, and those that were being written and are gone. */
static void drop_settled(struct spool *spool, const struct pass *pass)
{
    for (struct file **at = &spool->files; *at != NULL;) {
        struct file *file = *at;

        if (!file->is_away && (file->state != FILE_PARTIAL || pass->is_failed || is_found(pass, file->name))) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        file_free(file);
    }
}

/* Copies are the center's to remove: what has none is not asked for without end. */
static void warn_without_copy(const struct spool *spool, int64_t sequence)
{
    char line[160];

    snprintf(line, sizeof(line), "batch %lld is wanted again, and there is no copy of it in sent/ any more: write it by hand", (long long)sequence);
    od_log(spool->host, OD_LOG_WARNING, 0, line);
}

static void settle_again(struct spool *spool, const struct pass *pass)
{
    for (size_t i = 0; i < pass->again_count; i++) {
        if (pass->is_without_copy[i])
            warn_without_copy(spool, pass->again[i]);
        for (size_t j = 0; j < spool->sent_count; j++) {
            if (spool->sent[j].sequence == pass->again[i] && (pass->is_out_again[i] || pass->is_without_copy[i]))
                spool->sent[j].is_due = false;
        }
    }
}

/* What was to leave waits for the next look, not for the next night. */
static void batch_fail(struct spool *spool)
{
    spool->batched_ms = spool->batched_before_ms;
    spool->retry_ms = od_now_ms(spool->host) + spool->settings.look_ms;
    spool->batch_due_ms = spool->retry_ms;
}

static void on_done(void *arg)
{
    struct pass *pass = arg;
    struct spool *spool = pass->spool;

    spool->is_pass = false;
    spool->failures = pass->is_failed ? spool->failures + 1 : 0;
    snprintf(spool->failure, sizeof(spool->failure), "%s", pass->why);
    if (pass->is_failed)
        od_log(spool->host, OD_LOG_WARNING, 0, pass->why);
    drop_settled(spool, pass);
    batch_settle(spool, &pass->batch);
    if (pass->batch.text != NULL && !pass->batch.is_written)
        batch_fail(spool);
    settle_again(spool, pass);
    for (struct file *file = pass->found, *next; file != NULL; file = next) {
        next = file->next;
        take_file(spool, file);
    }
    free(pass->batch.text);
    free(pass);
    for (struct file *file = spool->files; file != NULL; file = file->next) {
        if (file->state == FILE_READ)
            file_ask(spool, file);
        else
            file_go_on(spool, file);
    }
    if (spool->failures == 0)
        spool_begin(spool);
    spool_wait(spool);
}

/* -- Before one -- */

static size_t count_waiting(const struct spool *spool)
{
    size_t count = 0;

    for (const struct task *task = spool->tasks; task != NULL; task = task->next)
        count += !task->is_over && (task->is_cancelling || !task->is_written || task->answer != NULL);
    return count;
}

/* The first such time of the day after the last batch. */
static int64_t batch_time(const struct spool *spool)
{
    return spool->settings.at_ms < 0 ? spool->batch_due_ms : wall_next(spool->batched_ms, spool->settings.at_ms);
}

/* Nothing to write tonight: what comes now leaves tomorrow. Whatever else is under way. */
static void night_pass(struct spool *spool)
{
    bool has_passed = spool->settings.at_ms >= 0 && od_now_ms(spool->host) >= batch_time(spool);

    if (spool->batched_ms > od_now_ms(spool->host) || (has_passed && count_waiting(spool) == 0))
        spool->batched_ms = od_now_ms(spool->host); /* or the hub's clock was put back */
}

static bool is_batch_due(const struct spool *spool)
{
    size_t waiting = count_waiting(spool);

    return waiting > 0 && od_now_ms(spool->host) >= spool->retry_ms &&
           (od_now_ms(spool->host) >= batch_time(spool) || waiting >= (size_t)spool->settings.rows_max);
}

static bool has_settled(const struct spool *spool)
{
    for (const struct file *file = spool->files; file != NULL; file = file->next) {
        if (file->state == FILE_DONE || file->state == FILE_REFUSED)
            return true;
    }
    for (size_t i = 0; i < spool->sent_count; i++) {
        if (spool->sent[i].is_due)
            return true;
    }
    return false;
}

/* What the pass may look at: the list itself stays as it is until it has ended. */
static void lend_files(struct spool *spool, struct pass *pass)
{
    for (struct file *file = spool->files; file != NULL && pass->known_count < 2 * SPOOL_FILES_MAX; file = file->next) {
        if (file->state == FILE_PARTIAL)
            continue;
        pass->known[pass->known_count++] = file->name;
        if (file->state == FILE_DONE || file->state == FILE_REFUSED)
            pass->away[pass->away_count++] = file;
    }
}

static void start(struct spool *spool, bool has_batch)
{
    struct pass *pass = calloc(1, sizeof(*pass));
    int rc = pass != NULL ? OD_OK : OD_ENOMEM;

    if (rc == OD_OK) {
        pass->spool = spool;
        lend_files(spool, pass);
        pass->place = getenv("ONEDOOR_FOLDER");
        for (size_t i = 0; i < spool->sent_count; i++) {
            if (spool->sent[i].is_due)
                pass->again[pass->again_count++] = spool->sent[i].sequence;
        }
        if (has_batch)
            rc = batch_make(spool, spool->sequence, &pass->batch);
    }
    if (rc == OD_OK)
        rc = od_work(spool->host, pass_work, on_done, pass);
    spool->is_look_due = false;
    if (rc == OD_OK) {
        spool->is_pass = true;
        return;
    }
    od_log(spool->host, OD_LOG_WARNING, 0, "no memory or thread for the files now; again with the next look");
    if (has_batch)
        batch_fail(spool);
    if (pass != NULL)
        batch_settle(spool, &pass->batch);
    if (pass != NULL)
        free(pass->batch.text);
    free(pass);
}

/* The number is used from here on, whatever becomes of the batch. */
static void on_numbered(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;

    (void)value;
    (void)size;
    (void)arg;
    if (error == OD_ECANCELLED)
        return; /* the module closes */
    spool->is_numbering = false;
    spool->batch_due_ms = od_now_ms(spool->host) + (error == OD_OK ? spool->settings.every_ms : spool->settings.look_ms);
    if (error != OD_OK)
        spool->retry_ms = spool->batch_due_ms;
    if (error == OD_OK) {
        spool->batched_before_ms = spool->batched_ms;
        spool->batched_ms = od_now_ms(spool->host);
        spool->sequence++;
        start(spool, true);
    }
    spool_wait(spool);
}

static bool number(struct spool *spool)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, spool->sequence + 1);
    spool->is_numbering = od_kv_put(spool->kv, "sequence", text, strlen(text), on_numbered, NULL) == OD_OK;
    if (!spool->is_numbering)
        spool->retry_ms = od_now_ms(spool->host) + spool->settings.look_ms;
    return spool->is_numbering;
}

void spool_begin(struct spool *spool)
{
    night_pass(spool);
    if (spool->is_pass || spool->is_numbering)
        return;
    if (!spool->is_owner)
        ledger_claim(spool);
    if (!spool->is_owner || spool->sequence < 0)
        return;
    if (is_batch_due(spool) && number(spool))
        return;
    if (spool->is_look_due || has_settled(spool))
        start(spool, false);
}

static void warn_late(struct spool *spool)
{
    char line[120];

    for (size_t i = 0; i < spool->sent_count; i++) {
        struct sent *sent = &spool->sent[i];

        if (sent->is_late || od_now_ms(spool->host) - sent->at_ms <= spool->settings.ack_ms)
            continue;
        sent->is_late = true;
        snprintf(line, sizeof(line), "batch %lld has no acknowledgement yet: did the department get it?", (long long)sent->sequence);
        od_log(spool->host, OD_LOG_WARNING, 0, line);
    }
}

static void on_time(void *self, od_task task, void *arg)
{
    struct spool *spool = self;

    (void)task;
    (void)arg;
    spool->timer = 0;
    spool->is_look_due = true;
    warn_late(spool);
    spool_begin(spool);
    spool_wait(spool);
}

void spool_wait(struct spool *spool)
{
    int64_t now_ms = od_now_ms(spool->host), look_ms = now_ms + spool->settings.look_ms, due_ms = batch_time(spool);

    if (spool->settings.at_ms >= 0 && due_ms > now_ms && due_ms < look_ms)
        look_ms = due_ms; /* at the minute, not at the next look */
    if (spool->timer == 0 &&
        od_timer_start(spool->timers, look_ms, 0, on_time, NULL, &spool->timer) != OD_OK)
        od_log(spool->host, OD_LOG_ERROR, 0, "no timer could be started");
}
