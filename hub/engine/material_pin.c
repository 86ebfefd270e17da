/* SPDX-License-Identifier: Apache-2.0 */
/* Which applications need which contents. A pin goes with the write that gives the reason, and is not there when that is refused:
 * a submission under a key that was used, or of a person who is barred, needs nothing.
 *
 *   of a store from before pins, once:
 *     [pool: applications, a window] -> each: its documents -> its pins -> all of them durable -> how far it is -> durable
 *     -> the next window -> [pool: contents that are KEPT and that nobody pins] -> LOOSE: they go in their time
 *   what was not stored of a window is looked for again, with the whole of it;
 *   one application at a time, beside everything else; until it is over nothing is released. */
#include "engine/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define PAUSE_MS 60000 /* after one that failed */

/* -- Pins for a write -- */

static struct store_pins *pins_take(struct engine *engine)
{
    struct store_pins *pins = base_arena_take(&engine->filling->store->arena, sizeof(*pins));

    if (pins != NULL)
        *pins = (struct store_pins){.kind = ENGINE_ENTRY_MATERIAL, .loose = ENGINE_MATERIAL_LOOSE, .kept = ENGINE_MATERIAL_KEPT,
                                    .freed = ENGINE_MATERIAL_RELEASED};
    return pins;
}

/* Errors: OD_ENOMEM. What is no SHA-256 names nothing; who submits may write it in either case, contents are named in lower case. */
static int name_add(struct engine *engine, const char **names, uint32_t *count, const char *digits)
{
    char lower[ENGINE_DIGITS_SIZE];

    if (digits == NULL || strlen(digits) != ENGINE_DIGITS_SIZE - 1)
        return OD_OK;
    engine_digits_copy(lower, digits);
    names[*count] = base_arena_text(&engine->filling->store->arena, lower, ENGINE_DIGITS_SIZE - 1);
    return names[(*count)++] != NULL ? OD_OK : OD_ENOMEM;
}

static const char *power_of(const struct base_json *applicant)
{
    const struct base_json *agent = base_json_member(applicant, "agent");

    return base_json_member_text(base_json_member(agent, "power_of_attorney"), "sha256");
}

int engine_pins_make(struct engine *engine, const struct base_json *materials, const struct base_json *applicant, struct store_pins **out)
{
    const char **names = base_arena_take(&engine->filling->store->arena, (base_json_count(materials) + 1) * sizeof(*names));
    struct store_pins *pins = names != NULL ? pins_take(engine) : NULL;
    int rc = pins != NULL ? OD_OK : OD_ENOMEM;

    for (const struct base_json *item = base_json_first(materials); item != NULL && rc == OD_OK; item = base_json_next(item))
        rc = name_add(engine, names, &pins->count, base_json_member_text(item, "sha256"));
    if (rc == OD_OK)
        rc = name_add(engine, names, &pins->count, power_of(applicant));
    if (rc != OD_OK)
        return rc;
    pins->names = names;
    *out = pins->count > 0 ? pins : NULL;
    return OD_OK;
}

int engine_pins_make_one(struct engine *engine, const char *digits, struct store_pins **out)
{
    const char **names = base_arena_take(&engine->filling->store->arena, sizeof(*names));
    struct store_pins *pins = names != NULL ? pins_take(engine) : NULL;
    int rc = pins != NULL ? name_add(engine, names, &pins->count, digits) : OD_ENOMEM;

    if (rc != OD_OK)
        return rc;
    pins->names = names;
    *out = pins->count > 0 ? pins : NULL;
    return OD_OK;
}

int engine_pins_make_release(struct engine *engine, struct store_pins **out)
{
    struct store_pins *pins = pins_take(engine);

    if (pins == NULL)
        return OD_ENOMEM;
    pins->releases = true;
    *out = pins;
    return OD_OK;
}

void engine_pins_attach(struct store_write *write, struct store_pins *pins)
{
    if (pins == NULL)
        return;
    pins->next = write->pins;
    write->pins = pins;
}

int engine_pins_put(struct engine *engine, uint64_t application, struct store_pins *pins, engine_call_cb call, void *data)
{
    struct store_batch *batch = engine->filling->store;
    struct engine_deed deed = {.kind = ENGINE_DEED_WRITE, .write = batch->count, .call = call, .data = data};

    if (!engine_batch_has_room(engine))
        return OD_EBUSY;
    if (call != NULL && engine_deed_add(engine, &deed) != OD_OK)
        return OD_ENOMEM;
    batch->writes[batch->count++] = (struct store_write){.kind = STORE_WRITE_PINS, .application = application, .pins = pins};
    return OD_OK;
}

/* -- A store of before -- */

static void window_start(struct engine *engine);

static struct engine_pinning *pinning_of(const struct engine *engine)
{
    return &engine->materials->pinning;
}

static void finish(struct engine *engine, int rc)
{
    struct engine_pinning *pinning = pinning_of(engine);

    pinning->is_running = false;
    if (rc == OD_OK)
        return;
    pinning->pause_until_ms = base_monotonic_ms() + PAUSE_MS;
    if (!engine->is_stopping)
        base_log(BASE_LOG_WARNING, "which applications need which documents is looked for again in a minute: %s", base_error_text(rc));
}

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct engine_pinning *pinning = pinning_of(engine);

    (void)data;
    if (rc != OD_OK || engine->is_stopping) {
        finish(engine, rc == OD_OK ? OD_ECANCELLED : rc);
    } else if (pinning->is_of_contents && pinning->count == 0) {
        pinning->is_needed = false;
        finish(engine, OD_OK);
        base_log(BASE_LOG_INFO, "it is known which applications need which documents");
    } else {
        if (pinning->count > 0)
            pinning->after = pinning->ids[pinning->count - 1];
        window_start(engine);
    }
}

/* How far it is, or that it is over: only once all of the window is durable, which may be several batches. */
static void on_window_durable(struct engine *engine, void *data, int rc)
{
    struct engine_pinning *pinning = pinning_of(engine);
    bool is_over = pinning->is_of_contents && pinning->count == 0;
    char after[24];

    (void)data;
    if (rc == OD_OK && pinning->is_lost)
        rc = OD_EIO;
    snprintf(after, sizeof(after), "%llu", (unsigned long long)(pinning->count > 0 ? pinning->ids[pinning->count - 1] : pinning->after));
    if (rc == OD_OK && (is_over || !pinning->is_of_contents))
        rc = engine_setting_put(engine, ENGINE_PINS_SETTING, is_over ? NULL : after, is_over ? 0 : strlen(after));
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable});
    if (rc != OD_OK)
        finish(engine, rc);
}

static void window_end(struct engine *engine)
{
    int rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_window_durable});

    if (rc != OD_OK)
        finish(engine, rc);
}

/* Something of the window. An application that is not there needs nothing. */
static void on_stored(struct engine *engine, void *data, int rc)
{
    (void)data;
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        pinning_of(engine)->is_lost = true;
}

static void next_application(struct engine *engine);

/* Of an application that was erased before there were pins nothing is needed. */
static int versions_pin(struct engine *engine, const struct engine_application *application, const struct engine_versions *versions)
{
    const char **names = base_arena_take(&engine->filling->store->arena, (versions->count + 1) * sizeof(*names));
    struct store_pins *pins = names != NULL ? pins_take(engine) : NULL;
    int rc = pins != NULL ? OD_OK : OD_ENOMEM;

    if (base_json_member(application->document_tree, "service") == NULL)
        return rc;
    for (size_t i = 0; i < versions->count && rc == OD_OK; i++)
        if (versions->items[i].is_stored)
            rc = name_add(engine, names, &pins->count, versions->items[i].digits);
    if (rc != OD_OK || pins->count == 0)
        return rc;
    pins->names = names;
    return engine_pins_put(engine, application->id, pins, on_stored, NULL);
}

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc, void *data)
{
    (void)data;
    if (rc == OD_OK)
        rc = engine->is_stopping ? OD_ECANCELLED : versions_pin(engine, application, versions);
    if (rc == OD_OK || rc == OD_ENOTFOUND)
        next_application(engine);
    else
        finish(engine, rc);
}

static void next_application(struct engine *engine)
{
    struct engine_pinning *pinning = pinning_of(engine);

    if (pinning->at < pinning->count)
        engine_versions_get(engine, pinning->ids[pinning->at++], on_versions, NULL);
    else
        window_end(engine);
}

static void read_applications(struct engine_job *job, struct store_reader *reader)
{
    struct engine_pinning *pinning = pinning_of(job->engine);

    job->rc = store_read_ids(reader, pinning->after, pinning->ids, ENGINE_ERASE_WINDOW, &pinning->count);
}

static void on_applications(struct engine_job *job)
{
    struct engine_pinning *pinning = pinning_of(job->engine);

    pinning->at = 0;
    if (job->rc != OD_OK || job->engine->is_stopping) {
        finish(job->engine, job->rc == OD_OK ? OD_ECANCELLED : job->rc);
        return;
    }
    if (pinning->count == 0) {
        pinning->is_of_contents = true;
        pinning->after = 0;
        window_start(job->engine);
        return;
    }
    next_application(job->engine);
}

/* -- Contents of before that nobody pins: of submissions that were refused, and the like -- */

struct contents {
    struct store_entry entries[ENGINE_ERASE_WINDOW]; /* in the job's arena */
    bool is_pinned[ENGINE_ERASE_WINDOW];
};

static void read_contents(struct engine_job *job, struct store_reader *reader)
{
    struct engine_pinning *pinning = pinning_of(job->engine);
    struct contents *contents = job->data = base_arena_take(&job->arena, sizeof(*contents));

    job->rc = contents == NULL ? OD_ENOMEM
                               : store_read_entries_up(reader, ENGINE_ENTRY_MATERIAL, ENGINE_MATERIAL_KEPT, pinning->after, &job->arena,
                                                       contents->entries, ENGINE_ERASE_WINDOW, &pinning->count);
    for (size_t i = 0; job->rc == OD_OK && i < pinning->count; i++) {
        uint64_t application;
        size_t count = 0;

        pinning->ids[i] = contents->entries[i].id;
        job->rc = store_read_pins(reader, ENGINE_ENTRY_MATERIAL, pinning->ids[i], 0, &application, 1, &count);
        contents->is_pinned[i] = count > 0;
    }
}

static void on_contents(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_pinning *pinning = pinning_of(engine);
    struct contents *contents = job->data;
    int rc = engine->is_stopping ? OD_ECANCELLED : job->rc;

    for (size_t i = 0; rc == OD_OK && i < pinning->count; i++) {
        struct store_entry entry = contents->entries[i];

        if (contents->is_pinned[i])
            continue;
        entry.state = ENGINE_MATERIAL_LOOSE;
        entry.wake_minute = engine->now.ms / 60000 + ENGINE_LOOSE_DAYS * INT64_C(1440);
        rc = engine_entry_put(engine, &entry, NULL, on_stored, NULL); /* pinned meanwhile: lost */
    }
    if (rc == OD_OK)
        window_end(engine);
    else
        finish(engine, rc);
}

static void window_start(struct engine *engine)
{
    pinning_of(engine)->is_lost = false;
    bool is_of_contents = pinning_of(engine)->is_of_contents;
    int rc = engine_job_start(engine, &(struct engine_job){.run = is_of_contents ? read_contents : read_applications,
                                                           .on_done = is_of_contents ? on_contents : on_applications});

    if (rc != OD_OK)
        finish(engine, rc);
}

/* -- Start -- */

int engine_pins_start(struct engine *engine, struct store_reader *reader)
{
    struct engine_pinning *pinning = pinning_of(engine);
    struct base_arena arena = {0};
    const void *value = NULL;
    char after[24] = "";
    size_t size = 0;
    int rc = store_read_setting(reader, ENGINE_PINS_SETTING, &arena, &value, &size);

    pinning->is_needed = rc != OD_ENOTFOUND;
    if (rc == OD_OK) {
        memcpy(after, value, size < sizeof(after) ? size : sizeof(after) - 1);
        pinning->after = strtoull(after, NULL, 10);
    }
    base_arena_fini(&arena);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static bool is_due(const struct engine *engine)
{
    const struct engine_pinning *pinning = pinning_of(engine);

    return pinning->is_needed && !engine->is_stopping && base_monotonic_ms() >= pinning->pause_until_ms;
}

void engine_pins_run(struct engine *engine)
{
    struct engine_pinning *pinning = pinning_of(engine);

    if (pinning->is_running || !is_due(engine))
        return;
    pinning->is_running = true;
    window_start(engine);
}

bool engine_pins_are_whole(const struct engine *engine)
{
    return !pinning_of(engine)->is_needed;
}

bool engine_pins_are_quiet(const struct engine *engine)
{
    return !pinning_of(engine)->is_running && !is_due(engine);
}
