/* SPDX-License-Identifier: Apache-2.0 */
/* Files that no record names go: of a hub that was killed between the file and its record, of a removal that failed.
 *
 *   a minute after the start, then once a day, a job at a time with pauses:
 *     [pool: the next names of the folder; those without an entry that are old enough] -> held against uploads
 *     -> [pool: no entry still -> unlink, fsync of the folder] -> the next names ... -> what was met is told
 *
 * Who was told that a document is here has its entry, and nobody has it before: so what has none is nobody's, unless an upload of
 * the same content is under way. One that is being placed or recorded keeps the file; one that would be placed while the file is
 * removed waits until it is gone. What is older than the store was there before it, and what is not named as the hub names
 * its files is not the hub's: both are left alone, and told. docs/rules/retention.md, R-8. */
#include "engine/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define DAY_MS INT64_C(86400000)
#define AGAIN_MS 3600000 /* after a walk that was not finished */

static struct engine_sweeping *sweeping_of(const struct engine *engine)
{
    return &engine->materials->sweeping;
}

bool engine_sweeping_has(const struct engine *engine, const char *digits)
{
    const struct engine_sweeping *sweeping = sweeping_of(engine);

    for (size_t i = 0; sweeping->is_removing && i < sweeping->count; i++)
        if (!sweeping->items[i].is_left && strcmp(sweeping->items[i].digits, digits) == 0)
            return true;
    return false;
}

/* -- The end of a walk -- */

static void tell(const struct engine_sweep_counts *met)
{
    if (met->foreign + met->unreadable + met->failed > 0)
        base_log(BASE_LOG_WARNING, "in the folder of documents: names that are not this store's=%llu unreadable folders=%llu files not removed=%llu",
                 (unsigned long long)met->foreign, (unsigned long long)met->unreadable, (unsigned long long)met->failed);
}

static void finish(struct engine *engine, int rc)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);

    engine_file_walk_end(&sweeping->walk);
    sweeping->is_running = false;
    sweeping->count = 0;
    sweeping->due_ms = engine->now.ms + (rc == OD_OK ? DAY_MS : AGAIN_MS);
    if (rc == OD_OK) {
        sweeping->last = sweeping->now;
        tell(&sweeping->last);
    } else if (!engine->is_stopping) {
        base_log(BASE_LOG_WARNING, "the folder of documents is looked through again in an hour: %s", base_error_text(rc));
    }
}

static void work_end(struct engine *engine, int rc)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);

    sweeping->is_working = false;
    sweeping->next_ms = base_monotonic_ms() + ENGINE_SWEEP_PAUSE_MS;
    if (rc == OD_OK && engine->is_stopping)
        rc = OD_ECANCELLED;
    if (rc != OD_OK || (sweeping->is_over && sweeping->count == 0))
        finish(engine, rc);
}

/* -- They go -- */

/* Has it still no entry? Now that its uploads are held none comes. */
static int item_remove(struct engine_job *job, struct store_reader *reader, struct engine_sweep_item *item)
{
    struct store_entry entry;
    int rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, item->digits, &job->arena, &entry);

    if (rc != OD_ENOTFOUND)
        return rc;
    item->rc = engine_file_erase(job->engine->materials->folder, item->digits, &item->freed, &item->error);
    item->is_gone = item->rc == OD_OK;
    return OD_OK;
}

static void remove_files(struct engine_job *job, struct store_reader *reader)
{
    struct engine_sweeping *sweeping = sweeping_of(job->engine);

    job->rc = OD_OK;
    for (size_t i = 0; i < sweeping->count && job->rc == OD_OK; i++)
        if (!sweeping->items[i].is_left)
            job->rc = item_remove(job, reader, &sweeping->items[i]);
}

static void count_removed(struct engine_sweeping *sweeping)
{
    uint64_t count = 0, bytes = 0;

    for (size_t i = 0; i < sweeping->count; i++) {
        const struct engine_sweep_item *item = &sweeping->items[i];

        count += item->is_gone;
        bytes += item->is_gone ? item->freed : 0;
        sweeping->now.failed += item->rc != OD_OK;
        if (item->rc != OD_OK && sweeping->told++ < ENGINE_SWEEP_TOLD)
            base_log(BASE_LOG_ERROR, "a file that no record names is not removed sha256=%s error=%s", item->digits, strerror(item->error));
    }
    sweeping->swept += count;
    sweeping->bytes += bytes;
    if (count > 0)
        base_log(BASE_LOG_INFO, "files that no record names were removed count=%llu bytes=%llu", (unsigned long long)count, (unsigned long long)bytes);
}

static void on_removed(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_sweeping *sweeping = sweeping_of(engine);

    sweeping->is_removing = false;
    count_removed(sweeping);
    sweeping->count = 0;
    engine_uploads_resume(engine);
    work_end(engine, job->rc);
}

/* An upload of the same content that is as far as its file keeps it. */
static void removal_start(struct engine *engine)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);
    size_t left = 0;

    for (size_t i = 0; i < sweeping->count; i++) {
        sweeping->items[i].is_left = engine_upload_has(engine, sweeping->items[i].digits);
        left += sweeping->items[i].is_left;
    }
    sweeping->is_removing = left < sweeping->count;
    if (!sweeping->is_removing) {
        sweeping->count = 0;
        work_end(engine, OD_OK);
    } else if (engine_job_start(engine, &(struct engine_job){.run = remove_files, .on_done = on_removed}) != OD_OK) {
        sweeping->is_removing = false; /* the pool is full: again after the pause */
        engine_uploads_resume(engine);
        work_end(engine, OD_OK);
    }
}

/* -- They are found -- */

static void note_name(struct engine_sweeping *sweeping, const char *what)
{
    if (sweeping->told++ < ENGINE_SWEEP_TOLD)
        base_log(BASE_LOG_WARNING, "in the folder of documents: %s, left alone: %.80s", what, sweeping->walk.name);
}

/* Errors: as of the read. */
static int document_look(struct engine_job *job, struct store_reader *reader)
{
    struct engine_sweeping *sweeping = sweeping_of(job->engine);
    struct store_entry entry;
    int64_t at_ms;
    int rc = store_read_entry_named(reader, ENGINE_ENTRY_MATERIAL, sweeping->walk.name, &job->arena, &entry);

    if (rc != OD_ENOTFOUND)
        return rc;
    rc = engine_file_written(job->engine->materials->folder, sweeping->walk.name, &at_ms);
    if (rc == OD_ENOTFOUND)
        return OD_OK; /* whoever wrote it has removed it */
    if (rc != OD_OK || at_ms < sweeping->since_ms) {
        sweeping->now.foreign++;
        note_name(sweeping, rc != OD_OK ? "a file that cannot be looked at" : "a file that is older than the store");
    } else if (at_ms >= sweeping->before_ms) {
        sweeping->now.unnamed++;
    } else {
        struct engine_sweep_item *item = &sweeping->items[sweeping->count++];

        *item = (struct engine_sweep_item){.rc = OD_OK};
        snprintf(item->digits, sizeof(item->digits), "%.*s", (int)sizeof(item->digits) - 1, sweeping->walk.name);
    }
    return OD_OK;
}

static int name_look(struct engine_job *job, struct store_reader *reader)
{
    struct engine_sweeping *sweeping = sweeping_of(job->engine);

    switch (engine_file_walk_next(&sweeping->walk, job->engine->materials->folder)) {
    case ENGINE_FILE_NONE: sweeping->is_over = true; break;
    case ENGINE_FILE_PASSED: break;
    case ENGINE_FILE_DOCUMENT: return document_look(job, reader);
    case ENGINE_FILE_FOREIGN:
        sweeping->now.foreign++;
        note_name(sweeping, "a name that is not the hub's");
        break;
    case ENGINE_FILE_UNREADABLE:
        sweeping->now.unreadable++;
        note_name(sweeping, "a folder that cannot be read");
        break;
    }
    return OD_OK;
}

static void look_through(struct engine_job *job, struct store_reader *reader)
{
    struct engine_sweeping *sweeping = sweeping_of(job->engine);

    job->rc = OD_OK;
    for (size_t i = 0; i < ENGINE_SWEEP_LOOKS && sweeping->count < ENGINE_SWEEP_WINDOW && !sweeping->is_over && job->rc == OD_OK; i++)
        job->rc = name_look(job, reader);
}

static void on_looked(struct engine_job *job)
{
    struct engine *engine = job->engine;

    if (job->rc == OD_OK && sweeping_of(engine)->count > 0 && !engine->is_stopping)
        removal_start(engine);
    else
        work_end(engine, job->rc);
}

static void work_start(struct engine *engine)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);

    sweeping->is_working = true;
    if (sweeping->count > 0)
        removal_start(engine);
    else if (engine_job_start(engine, &(struct engine_job){.run = look_through, .on_done = on_looked}) != OD_OK)
        work_end(engine, OD_OK);
}

/* -- When -- */

static void begin(struct engine *engine)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);

    sweeping->is_running = true;
    sweeping->is_over = false;
    sweeping->told = 0;
    sweeping->now = (struct engine_sweep_counts){.unnamed = 0};
    sweeping->before_ms = engine->now.ms - ENGINE_SWEEP_AGE_DAYS * DAY_MS;
}

void engine_sweeping_run(struct engine *engine)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);

    if (sweeping->is_working || engine->is_stopping || base_monotonic_ms() < sweeping->next_ms)
        return;
    if (!sweeping->is_running && engine->now.ms < sweeping->due_ms)
        return;
    if (!sweeping->is_running)
        begin(engine);
    work_start(engine);
}

/* A store that has had no document yet begins now; of one that has, and was never told when it began, all files may be. */
static int since_put(struct engine *engine, struct engine_sweeping *sweeping)
{
    char text[24];
    int size = snprintf(text, sizeof(text), "%lld", (long long)base_wall_ms());

    sweeping->since_ms = base_wall_ms();
    return engine_setting_put(engine, ENGINE_SWEEP_SETTING, text, (size_t)size);
}

int engine_sweeping_start(struct engine *engine, struct store_reader *reader, bool has_documents)
{
    struct engine_sweeping *sweeping = sweeping_of(engine);
    struct base_arena arena = {0};
    const void *value = NULL;
    char text[24] = "";
    size_t size = 0;
    int rc = store_read_setting(reader, ENGINE_SWEEP_SETTING, &arena, &value, &size);

    sweeping->since_ms = INT64_MIN;
    sweeping->due_ms = engine->now.ms + ENGINE_SWEEP_FIRST_MS;
    if (rc == OD_OK) {
        memcpy(text, value, size < sizeof(text) ? size : sizeof(text) - 1);
        sweeping->since_ms = strtoll(text, NULL, 10);
    }
    base_arena_fini(&arena);
    if (rc == OD_ENOTFOUND)
        rc = has_documents ? OD_OK : since_put(engine, sweeping);
    return rc;
}

void engine_sweeping_fini(struct engine_sweeping *sweeping)
{
    engine_file_walk_end(&sweeping->walk);
}
