/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that must outlive the process, in the connector's own store:
 *
 *   owner        when a process took the folder last
 *   sequence     of the last batch: kept before the batch is written, so that no number is ever used twice
 *   batch.<n>    "rows sum time" of a batch without an acknowledgement
 *   in.<n>       hash of the file of that number, whose rows were all settled (numbers.c)
 *   floor        up to this number such hashes were forgotten */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spool.h"

#define VALUE_SIZE 96

static void on_sequence(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;
    char text[32] = "0";

    (void)arg;
    if (error == OD_ECANCELLED)
        return; /* the module closes */
    if (error == OD_OK && size < sizeof(text)) {
        memcpy(text, value, size);
        text[size] = '\0';
    }
    spool->is_owner = error == OD_OK || error == OD_ENOTFOUND;
    if (!spool->is_owner)
        return;
    spool->sequence = strtoll(text, NULL, 10);
    spool_begin(spool);
}

static void on_batch(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;
    struct sent sent = {.sequence = (int64_t)(intptr_t)arg};
    char text[VALUE_SIZE];

    if (error != OD_OK || size >= sizeof(text) || spool->sent_count == SPOOL_SENT_MAX)
        return;
    memcpy(text, value, size);
    text[size] = '\0';
    if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &sent.rows, &sent.sum, &sent.at_ms) == 3)
        spool->sent[spool->sent_count++] = sent;
}

static void read_sequence(struct spool *spool)
{
    spool->is_owner = od_kv_get(spool->kv, "sequence", on_sequence, NULL) == OD_OK;
}

static void on_batches(void *self, int error, const char *const *keys, uint32_t count, void *arg)
{
    struct spool *spool = self;

    (void)arg;
    if (error != OD_OK) {
        spool->is_owner = false;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        intptr_t sequence = (intptr_t)strtoll(keys[i] + strlen("batch."), NULL, 10);

        if (od_kv_get(spool->kv, keys[i], on_batch, (void *)sequence) != OD_OK)
            od_log(spool->host, OD_LOG_WARNING, 0, "a batch without an acknowledgement could not be looked up");
    }
    read_sequence(spool); /* answers come in the order of the questions: it says that all of it is read */
}

static void on_claimed(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;

    (void)value;
    (void)size;
    (void)arg;
    if (error == OD_OK)
        numbers_read(spool);
    else
        spool->is_claiming = false; /* another version has the folder, or the hub cannot store now: asked again with the next look */
}

void ledger_go_on(struct spool *spool, bool is_read)
{
    spool->is_claiming = false;
    if (!is_read)
        return; /* the same */
    spool->sent_count = 0;
    if (spool->settings.wants_ack)
        spool->is_owner = od_kv_list(spool->kv, "batch.", "", on_batches, NULL) == OD_OK;
    else
        read_sequence(spool);
}

/* A version that waits beside another may read, and not write: so a write tells who is the owner. */
void ledger_claim(struct spool *spool)
{
    char now[32];

    if (spool->is_claiming || spool->is_owner)
        return;
    snprintf(now, sizeof(now), "%" PRId64, od_now_ms(spool->host));
    spool->is_claiming = od_kv_put(spool->kv, "owner", now, strlen(now), on_claimed, NULL) == OD_OK;
}

void ledger_sent(struct spool *spool, const struct batch *batch)
{
    char key[SPOOL_KEY_SIZE], value[VALUE_SIZE];
    struct sent sent = {.sequence = batch->sequence, .rows = batch->rows, .sum = batch->sum, .at_ms = od_now_ms(spool->host)};

    if (spool->sent_count == SPOOL_SENT_MAX) {
        od_log(spool->host, OD_LOG_WARNING, 0, "a hundred batches wait for their acknowledgement: this one is not watched");
        return;
    }
    spool->sent[spool->sent_count++] = sent;
    snprintf(key, sizeof(key), "batch.%012" PRId64, sent.sequence);
    snprintf(value, sizeof(value), "%" PRId64 " %" PRId64 " %" PRId64, sent.rows, sent.sum, sent.at_ms);
    if (od_kv_put(spool->kv, key, value, strlen(value), NULL, NULL) != OD_OK)
        od_log(spool->host, OD_LOG_WARNING, 0, "a batch could not be kept until its acknowledgement");
}

static struct sent *sent_find(struct spool *spool, int64_t sequence)
{
    for (size_t i = 0; i < spool->sent_count; i++) {
        if (spool->sent[i].sequence == sequence)
            return &spool->sent[i];
    }
    return NULL;
}

static void sent_forget(struct spool *spool, struct sent *sent)
{
    char key[SPOOL_KEY_SIZE];

    snprintf(key, sizeof(key), "batch.%012" PRId64, sent->sequence);
    if (od_kv_remove(spool->kv, key, NULL, NULL) != OD_OK)
        od_log(spool->host, OD_LOG_WARNING, 0, "an acknowledged batch could not be forgotten");
    *sent = spool->sent[--spool->sent_count];
}

/* One that was acknowledged before is so again. */
static bool is_fitting(struct spool *spool, const struct acknowledgement *ack, char why[SPOOL_WHY_SIZE])
{
    const struct sent *sent = sent_find(spool, ack->sequence);

    if (ack->sequence > spool->sequence || ack->sequence <= 0)
        snprintf(why, SPOOL_WHY_SIZE, "there is no batch %lld", (long long)ack->sequence);
    else if (sent != NULL && !ack->is_wanted_again && (ack->rows != sent->rows || ack->sum != sent->sum))
        snprintf(why, SPOOL_WHY_SIZE, "batch %lld had %lld rows with another sum, or another count", (long long)ack->sequence,
                 (long long)sent->rows);
    else
        return true;
    return false;
}

void ledger_acknowledge(struct spool *spool, const struct file *file, char why[SPOOL_WHY_SIZE])
{
    why[0] = '\0';
    for (size_t i = 0; i < file->ack_count; i++) {
        if (!is_fitting(spool, &file->acks[i], why))
            return; /* nothing of it counts */
    }
    for (size_t i = 0; i < file->ack_count; i++) {
        struct sent *sent = sent_find(spool, file->acks[i].sequence);

        if (sent != NULL && file->acks[i].is_wanted_again)
            sent->is_due = true;
        else if (sent != NULL)
            sent_forget(spool, sent);
    }
}
