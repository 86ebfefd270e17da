/* SPDX-License-Identifier: Apache-2.0 */
/* Which applications need which contents. A pin goes with the write that gives the reason, and is not there when that is refused:
 * a submission under a key that was used, or of a person who is barred, needs nothing.
 *
 *   of a store whose pins an earlier walk set, or none, once:
 *     [pool: contents that are to go and whose file is there] -> LOOSE: one that is needed after all can be pinned again
 *     -> [pool: applications, a window] -> each: its documents, and what its journal names -> its pins -> all of them durable -> how far it is -> durable
 *     -> the next window -> [pool: contents that are KEPT and that nobody pins] -> LOOSE: they go in their time
 *   what was not stored of a window is looked for again, with the whole of it;
 *   one application at a time, beside everything else; until it is over nothing is released. */
#include "engine/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define PAUSE_MS 60000 /* after one that failed */
#define GOING_MINUTES 60 /* so long a content that was to go is left alone, and again until it is known who needs it */

/* This walk. The first took a hash in upper case for another one. "2": it is over; "2/<application>": up to there. Also the name
 * under which the first said how far it was. */
#define WALK '2'
#define SETTING "pins/walk"
#define SETTING_FIRST "pins/after"

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

static bool is_over(const struct engine_pinning *pinning)
{
    return pinning->phase == ENGINE_PINNING_KEPT && pinning->count == 0;
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
    } else if (is_over(pinning)) {
        pinning->is_needed = false;
        finish(engine, OD_OK);
        base_log(BASE_LOG_INFO, "it is known which applications need which documents");
    } else {
        if (pinning->count > 0)
            pinning->after = pinning->ids[pinning->count - 1];
        window_start(engine);
    }
}

static int walk_put(struct engine *engine, uint64_t after, bool has_ended)
{
    char text[24];
    int size = has_ended ? snprintf(text, sizeof(text), "%c", WALK) : snprintf(text, sizeof(text), "%c/%llu", WALK, (unsigned long long)after);
    int rc = engine_setting_put(engine, SETTING, text, (size_t)size);

    return rc == OD_OK && has_ended ? engine_setting_put(engine, SETTING_FIRST, NULL, 0) : rc;
}

/* How far it is, or that it is over: only once all of the window is durable, which may be several batches. */
static void on_window_durable(struct engine *engine, void *data, int rc)
{
    struct engine_pinning *pinning = pinning_of(engine);
    uint64_t after = pinning->count > 0 ? pinning->ids[pinning->count - 1] : pinning->after;

    (void)data;
    if (rc == OD_OK && pinning->is_lost)
        rc = OD_EIO;
    if (rc == OD_OK && (pinning->phase == ENGINE_PINNING_APPLICATIONS || is_over(pinning)))
        rc = walk_put(engine, after, is_over(pinning));
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

static void phase_next(struct engine *engine)
{
    struct engine_pinning *pinning = pinning_of(engine);

    pinning->phase++;
    pinning->after = 0;
    window_start(engine);
}

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

static void read_supplied(struct engine_job *job, struct store_reader *reader)
{
    struct engine_supplied *list = NULL;

    job->rc = engine_supplied_read(reader, job->id, &job->arena, &list);
    job->data = list;
}

static int supplied_pin(struct engine *engine, uint64_t application, const struct engine_supplied *list)
{
    size_t count = 0;

    for (const struct engine_supplied *supplied = list; supplied != NULL; supplied = supplied->next)
        count++;
    const char **names = base_arena_take(&engine->filling->store->arena, (count + 1) * sizeof(*names));
    struct store_pins *pins = names != NULL ? pins_take(engine) : NULL;
    int rc = pins != NULL ? OD_OK : OD_ENOMEM;
    for (const struct engine_supplied *supplied = list; supplied != NULL && rc == OD_OK; supplied = supplied->next)
        rc = name_add(engine, names, &pins->count, supplied->digits);
    if (rc != OD_OK || pins->count == 0)
        return rc;
    pins->names = names;
    return engine_pins_put(engine, application, pins, on_stored, NULL);
}

static void on_supplied(struct engine_job *job)
{
    int rc = job->rc;

    if (rc == OD_OK)
        rc = job->engine->is_stopping ? OD_ECANCELLED : supplied_pin(job->engine, job->id, job->data);
    if (rc == OD_OK)
        next_application(job->engine);
    else
        finish(job->engine, rc);
}

static void on_versions(struct engine *engine, struct engine_application *application, const struct engine_versions *versions, int rc, void *data)
{
    bool has_answers = rc == OD_OK && application->answers.bytes != NULL; /* nothing was supplied without them */

    (void)data;
    if (rc == OD_OK)
        rc = engine->is_stopping ? OD_ECANCELLED : versions_pin(engine, application, versions);
    if (rc == OD_OK && has_answers)
        rc = engine_job_start(engine, &(struct engine_job){.run = read_supplied, .on_done = on_supplied, .id = application->id});
    else if (rc == OD_OK || rc == OD_ENOTFOUND)
        next_application(engine);
    if (rc != OD_OK && rc != OD_ENOTFOUND)
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
    if (pinning->count == 0)
        phase_next(job->engine);
    else
        next_application(job->engine);
}

/* -- Contents of before: that were to go, and may be needed; that nobody pins, of submissions that were refused and the like -- */

struct contents {
    struct store_entry entries[ENGINE_ERASE_WINDOW]; /* in the job's arena */
    bool is_left[ENGINE_ERASE_WINDOW];               /* as it is */
};

static uint8_t state_of(const struct engine_pinning *pinning)
{
    static const uint8_t states[] = {
        [ENGINE_PINNING_NONE] = ENGINE_MATERIAL_NONE,
        [ENGINE_PINNING_RELEASED] = ENGINE_MATERIAL_RELEASED,
        [ENGINE_PINNING_UNCLAIMED] = ENGINE_MATERIAL_UNCLAIMED,
        [ENGINE_PINNING_APPLICATIONS] = ENGINE_MATERIAL_NONE,
        [ENGINE_PINNING_KEPT] = ENGINE_MATERIAL_KEPT,
    };

    return states[pinning->phase];
}

/* What is to go and has gone is done with; what is kept and pinned is needed. */
static int content_look(struct engine *engine, struct store_reader *reader, const struct store_entry *entry, bool *is_left)
{
    uint64_t application;
    size_t count = 0;

    if (entry->state != ENGINE_MATERIAL_KEPT) {
        *is_left = entry->name == NULL || !engine_file_is_there(engine->materials->folder, entry->name);
        return OD_OK;
    }
    int rc = store_read_pins(reader, ENGINE_ENTRY_MATERIAL, entry->id, 0, &application, 1, &count);
    *is_left = count > 0;
    return rc;
}

static void read_contents(struct engine_job *job, struct store_reader *reader)
{
    struct engine_pinning *pinning = pinning_of(job->engine);
    struct contents *contents = job->data = base_arena_take(&job->arena, sizeof(*contents));

    job->rc = contents == NULL ? OD_ENOMEM
                               : store_read_entries_up(reader, ENGINE_ENTRY_MATERIAL, state_of(pinning), pinning->after, &job->arena,
                                                       contents->entries, ENGINE_ERASE_WINDOW, &pinning->count);
    for (size_t i = 0; job->rc == OD_OK && i < pinning->count; i++) {
        pinning->ids[i] = contents->entries[i].id;
        job->rc = content_look(job->engine, reader, &contents->entries[i], &contents->is_left[i]);
    }
}

static int contents_loosen(struct engine *engine, const struct contents *contents)
{
    const struct engine_pinning *pinning = pinning_of(engine);
    int64_t minutes = pinning->phase == ENGINE_PINNING_KEPT ? ENGINE_LOOSE_DAYS * INT64_C(1440) : GOING_MINUTES;
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < pinning->count; i++) {
        struct store_entry entry = contents->entries[i];

        if (contents->is_left[i])
            continue;
        entry.state = ENGINE_MATERIAL_LOOSE;
        entry.wake_minute = engine->now.ms / 60000 + minutes;
        rc = engine_entry_put(engine, &entry, NULL, on_stored, NULL); /* changed meanwhile: lost */
    }
    return rc;
}

static void on_contents(struct engine_job *job)
{
    struct engine *engine = job->engine;
    const struct engine_pinning *pinning = pinning_of(engine);
    int rc = engine->is_stopping ? OD_ECANCELLED : job->rc;

    if (rc == OD_OK)
        rc = contents_loosen(engine, job->data);
    if (rc != OD_OK)
        finish(engine, rc);
    else if (pinning->count == 0 && pinning->phase != ENGINE_PINNING_KEPT)
        phase_next(engine);
    else
        window_end(engine);
}

static void window_start(struct engine *engine)
{
    bool is_of_contents = state_of(pinning_of(engine)) != ENGINE_MATERIAL_NONE;

    pinning_of(engine)->is_lost = false;
    int rc = engine_job_start(engine, &(struct engine_job){.run = is_of_contents ? read_contents : read_applications,
                                                           .on_done = is_of_contents ? on_contents : on_applications});

    if (rc != OD_OK)
        finish(engine, rc);
}

/* -- Start -- */

/* What this walk has done: all of it, or the applications up to one. */
static void walk_take(struct engine_pinning *pinning, const char *text, size_t size)
{
    bool is_this = size > 0 && text[0] == WALK && (size == 1 || text[1] == '/');
    char after[24] = "";

    pinning->is_needed = !is_this || size > 1;
    if (!is_this || size == 1)
        return;
    memcpy(after, text + 2, size - 2 < sizeof(after) ? size - 2 : sizeof(after) - 1);
    pinning->after = strtoull(after, NULL, 10);
    pinning->phase = ENGINE_PINNING_APPLICATIONS;
}

int engine_pins_start(struct engine *engine, struct store_reader *reader, bool has_documents)
{
    struct engine_pinning *pinning = pinning_of(engine);
    struct base_arena arena = {0};
    const void *value = NULL;
    size_t size = 0;
    int rc = store_read_setting(reader, SETTING, &arena, &value, &size);

    pinning->phase = ENGINE_PINNING_RELEASED;
    pinning->is_needed = rc == OD_ENOTFOUND && has_documents;
    if (rc == OD_OK)
        walk_take(pinning, value, size);
    base_arena_fini(&arena);
    if (rc == OD_ENOTFOUND)
        rc = has_documents ? OD_OK : walk_put(engine, 0, true);
    return rc;
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
