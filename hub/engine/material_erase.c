/* SPDX-License-Identifier: Apache-2.0 */
/* Contents that nobody needs any more go, file and entry. Only once it is known who needs what.
 *
 *   intent: RELEASED with the last pin, or UNCLAIMED; durable
 *     -> [pool: a window of them] -> held against uploads -> [pool: unlink, fsync of the folder]
 *     -> entry removed, with a record -> durable -> the next window
 *
 * The intent stands in the entry's state until the file is gone for good: a hub that is killed anywhere begins anew with what it
 * finds, and a file that is gone already is as well. What cannot be removed stays, is tried anew, and staff are alerted.
 * docs/rules/retention.md, R-4. */
#include "engine/material.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void window_start(struct engine *engine);

static struct engine_erasing *erasing_of(const struct engine *engine)
{
    return &engine->materials->erasing;
}

bool engine_erasing_has(const struct engine *engine, const char *digits)
{
    const struct engine_erasing *erasing = erasing_of(engine);

    for (size_t i = 0; erasing->is_removing && i < erasing->count; i++)
        if (!erasing->items[i].is_left && strcmp(erasing->items[i].digits, digits) == 0)
            return true;
    return false;
}

/* -- The end of a walk -- */

static void alert(struct engine *engine)
{
    struct engine_erasing *erasing = erasing_of(engine);
    struct base_buffer about = {0};

    base_json_open(&about, NULL, '{');
    base_json_put_i64(&about, "waiting", (int64_t)erasing->failed);
    base_json_put_text(&about, "error", strerror(erasing->error));
    base_json_close(&about, '}');
    erasing->is_told = !about.is_broken && engine_alert_put(engine, ENGINE_ALERT_NOT_ERASED, base_buffer_text(&about)) == OD_OK;
    if (!erasing->is_told)
        base_log(BASE_LOG_ERROR, "documents could not be erased, and nobody is alerted yet: no room");
    base_buffer_fini(&about);
}

static void finish(struct engine *engine, int rc)
{
    struct engine_erasing *erasing = erasing_of(engine);
    bool is_over = rc == OD_OK && erasing->failed == 0 && erasing->left == 0;

    erasing->is_running = false;
    erasing->count = 0;
    if (!is_over) {
        erasing->is_wanted = true;
        erasing->pause_until_ms = base_monotonic_ms() + ENGINE_ERASE_PAUSE_MS;
    }
    if (rc != OD_OK || engine->is_stopping)
        return;
    erasing->failures = erasing->failed;
    if (erasing->failed > 0 && !erasing->is_told)
        alert(engine);
    erasing->is_told = erasing->is_told && erasing->failed > 0;
}

/* -- Their entries go -- */

static void removing_end(struct engine *engine)
{
    erasing_of(engine)->is_removing = false;
    engine_uploads_resume(engine);
}

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct engine_erasing *erasing = erasing_of(engine);

    (void)data;
    removing_end(engine);
    if (rc == OD_OK) {
        erasing->erased += erasing->going;
        erasing->bytes += erasing->going_bytes;
        base_log(BASE_LOG_INFO, "documents erased count=%llu bytes=%llu", (unsigned long long)erasing->going, (unsigned long long)erasing->going_bytes);
    }
    if (rc != OD_OK || engine->is_stopping)
        finish(engine, rc == OD_OK ? OD_ECANCELLED : rc);
    else
        window_start(engine);
}

static int entry_put(struct engine *engine, const struct engine_erasure *item)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_MATERIAL, .state = item->state, .id = item->id, .revision = item->revision,
                                .wake_minute = INT64_MAX, .at_ms = item->at_ms, .name = item->digits};
    struct engine_entry_event event = {.type = "document_erased", .by = "clock"};
    struct base_buffer more = {0};

    base_json_put_text(&more, "sha256", item->digits);
    base_json_put_i64(&more, "bytes", (int64_t)item->freed);
    base_json_put_text(&more, "reason", item->state == ENGINE_MATERIAL_RELEASED ? "retention" : "unclaimed");
    event.more = base_buffer_text(&more);
    int rc = more.is_broken ? OD_ENOMEM : engine_entry_put(engine, &entry, &event, NULL, NULL);
    base_buffer_fini(&more);
    return rc;
}

static void note_failed(struct engine_erasing *erasing, const struct engine_erasure *item)
{
    erasing->failed++;
    erasing->error = item->error;
    base_log(BASE_LOG_ERROR, "a document is not erased yet sha256=%s error=%s; it is tried anew", item->digits, strerror(item->error));
}

/* What is gone is on record; a file whose entry finds no room is gone all the same, and its entry goes next time. */
static int entries_put(struct engine *engine)
{
    struct engine_erasing *erasing = erasing_of(engine);
    int rc = OD_OK;

    erasing->going = erasing->going_bytes = 0;
    for (size_t i = 0; i < erasing->count && rc == OD_OK; i++) {
        const struct engine_erasure *item = &erasing->items[i];

        if (item->is_left || item->is_back)
            continue;
        if (item->rc != OD_OK) {
            note_failed(erasing, item);
            continue;
        }
        rc = entry_put(engine, item);
        erasing->going += rc == OD_OK;
        erasing->going_bytes += rc == OD_OK ? item->freed : 0;
    }
    erasing->left += rc != OD_OK;
    return erasing->going > 0 ? OD_OK : rc;
}

static void on_removed(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_deed durable = {.kind = ENGINE_DEED_CALL, .call = on_durable};
    int rc = job->rc == OD_OK ? entries_put(engine) : job->rc;
    bool is_going = rc == OD_OK && erasing_of(engine)->going > 0;

    if (is_going && engine_deed_add(engine, &durable) == OD_OK)
        return;
    removing_end(engine);
    if (rc != OD_OK || is_going)
        finish(engine, rc != OD_OK ? rc : OD_ENOMEM);
    else
        window_start(engine);
}

/* -- Their files go -- */

/* Nobody may have put it back since the window was read; now that its uploads are held nobody can. */
static int item_remove(struct engine_job *job, struct store_reader *reader, struct engine_erasure *item)
{
    struct store_entry entry;
    int rc = store_read_entry(reader, ENGINE_ENTRY_MATERIAL, item->id, &job->arena, &entry);

    item->is_back = rc == OD_ENOTFOUND || (rc == OD_OK && (entry.revision != item->revision || entry.state != item->state));
    if (rc != OD_OK || item->is_back)
        return rc == OD_ENOTFOUND ? OD_OK : rc;
    item->rc = engine_file_erase(job->engine->materials->folder, item->digits, &item->freed, &item->error);
    return OD_OK;
}

static void remove_files(struct engine_job *job, struct store_reader *reader)
{
    struct engine_erasing *erasing = erasing_of(job->engine);

    job->rc = OD_OK;
    for (size_t i = 0; i < erasing->count && job->rc == OD_OK; i++)
        if (!erasing->items[i].is_left)
            job->rc = item_remove(job, reader, &erasing->items[i]);
}

/* An upload of the same content that is as far as its file will keep it. */
static size_t uploads_leave(struct engine *engine)
{
    struct engine_erasing *erasing = erasing_of(engine);
    size_t left = 0;

    for (size_t i = 0; i < erasing->count; i++) {
        erasing->items[i].is_left = engine_upload_has(engine, erasing->items[i].digits);
        left += erasing->items[i].is_left;
    }
    erasing->left += left;
    return left;
}

/* -- The walk -- */

static void read_window(struct engine_job *job, struct store_reader *reader)
{
    struct engine_erasing *erasing = erasing_of(job->engine);
    struct store_entry entries[ENGINE_ERASE_WINDOW];

    job->rc = store_read_entries_up(reader, ENGINE_ENTRY_MATERIAL, erasing->state, erasing->after, &job->arena, entries, ENGINE_ERASE_WINDOW,
                                    &erasing->count);
    for (size_t i = 0; job->rc == OD_OK && i < erasing->count; i++) {
        struct engine_erasure *item = &erasing->items[i];

        *item = (struct engine_erasure){.id = entries[i].id, .revision = entries[i].revision, .at_ms = entries[i].at_ms, .state = entries[i].state};
        snprintf(item->digits, sizeof(item->digits), "%s", entries[i].name != NULL ? entries[i].name : "");
    }
}

static void on_window(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_erasing *erasing = erasing_of(engine);

    if (job->rc != OD_OK || engine->is_stopping) {
        finish(engine, job->rc == OD_OK ? OD_ECANCELLED : job->rc);
    } else if (erasing->count == 0 && erasing->state == ENGINE_MATERIAL_UNCLAIMED) {
        finish(engine, OD_OK);
    } else if (erasing->count == 0) {
        erasing->state = ENGINE_MATERIAL_UNCLAIMED;
        erasing->after = 0;
        window_start(engine);
    } else {
        erasing->after = erasing->items[erasing->count - 1].id;
        bool are_all_left = uploads_leave(engine) == erasing->count;
        erasing->is_removing = !are_all_left;
        if (are_all_left)
            window_start(engine);
        else if (engine_job_start(engine, &(struct engine_job){.run = remove_files, .on_done = on_removed}) != OD_OK) {
            removing_end(engine);
            finish(engine, OD_EBUSY);
        }
    }
}

static void window_start(struct engine *engine)
{
    int rc = engine_job_start(engine, &(struct engine_job){.run = read_window, .on_done = on_window});

    if (rc != OD_OK)
        finish(engine, rc);
}

void engine_erasing_want(struct engine *engine)
{
    erasing_of(engine)->is_wanted = true;
}

static bool is_due(const struct engine *engine)
{
    const struct engine_erasing *erasing = erasing_of(engine);

    return erasing->is_wanted && engine_pins_are_whole(engine) && !engine->is_stopping && base_monotonic_ms() >= erasing->pause_until_ms;
}

void engine_erasing_run(struct engine *engine)
{
    struct engine_erasing *erasing = erasing_of(engine);

    if (erasing->is_running || !is_due(engine))
        return;
    erasing->is_running = true;
    erasing->is_wanted = false;
    erasing->failed = erasing->left = 0;
    erasing->state = ENGINE_MATERIAL_RELEASED;
    erasing->after = 0;
    window_start(engine);
}

bool engine_erasing_is_quiet(const struct engine *engine)
{
    return !erasing_of(engine)->is_running && !is_due(engine);
}
