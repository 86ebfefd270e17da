/* SPDX-License-Identifier: Apache-2.0 */
/* Another catalogue takes the running one's place, and every date that runs follows its
 * calendars. Which calendars the dates were worked out with is kept in the store, so that a
 * hub that died on the way, or was started with amended calendars, goes on with it.
 *
 *   reload -> catalog_load -> older versions adopt its calendars -> redate: windows of open
 *     applications -> CORE_REDATED each -> at the end: "dated_by" is put */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

#define CHANGES_LISTED_MAX 1000 /* of a dry run; all are counted */
#define CALENDAR_CHANGES_MAX 64 /* told of one reload */
#define DATED_BY "dated_by"

/* One walk over the open applications. */
struct engine_redate {
    uint64_t after, ids[ENGINE_WINDOW];
    size_t count, at;        /* of the window */
    uint32_t loads;          /* under way, and one for the window itself */
    bool is_reading, is_held; /* held: no room in the batch; goes on at the next tick */
    bool is_by_wake;         /* second round: decided ones whose delivery still has a clock */
    bool is_again;           /* the calendars were amended again meanwhile */
    int64_t minutes[ENGINE_WINDOW], after_minute;
    size_t changed;          /* applications */
    /* A dry run */
    struct front_request *request; /* NULL = it is in earnest */
    struct catalog *fresh;
    struct base_buffer changes; /* JSON items */
    size_t listed, total;
};

/* What the dates of this store are worked out with: a hash over the calendars' labels. */
static void signature_of(const struct catalog *catalog, char signature[2 * BASE_HASH_SIZE + 1])
{
    struct base_buffer labels = {0};
    uint8_t hash[BASE_HASH_SIZE];

    for (size_t i = 0; i < catalog_calendar_count(catalog); i++)
        base_buffer_put_format(&labels, "%s\n", catalog_calendar_label(catalog, catalog_calendar_at(catalog, i)));
    base_hash(labels.bytes, labels.size, hash);
    base_hex(hash, BASE_HASH_SIZE, signature);
    base_buffer_fini(&labels);
}

static void walk_read(struct engine *engine, struct engine_redate *walk);

/* -- Listing what would change -- */

static void put_change(struct engine_redate *walk, const struct engine_application *application, const struct core_effect *effect,
                       const struct core_clock *before, const struct core_clock *after)
{
    struct base_buffer *buffer = &walk->changes;
    char number[BASE_NUMBER_SIZE];

    walk->total++;
    if (walk->listed >= CHANGES_LISTED_MAX)
        return;
    walk->listed++;
    base_number_format(application->id, application->core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", number);
    base_json_put_text(buffer, "of", effect->task < CORE_TASKS_MAX ? application->service->matters[effect->task]->id : "joint");
    base_json_put_text(buffer, "clock", core_clock_name((enum core_clock_id)effect->clock));
    engine_put_day(buffer, "before", before->due);
    engine_put_day(buffer, "after", after->due);
    base_json_put_bool(buffer, "provisional", after->is_provisional);
    base_json_close(buffer, '}');
}

/* The step under the fresh calendars, on a copy: nothing of it stays. */
static void try_redate(struct engine *engine, struct engine_redate *walk, struct engine_application *application)
{
    size_t size = core_application_size(application->core->task_count);
    struct core_event event = {.type = CORE_REDATED, .time = engine->now};
    struct core_application *copy = base_alloc(size);
    struct core_effects effects;

    if (copy == NULL)
        return;
    memcpy(copy, application->core, size);
    catalog_calendars_adopt(application->catalog, walk->fresh);
    int rc = core_step(&application->service->rules, copy, &event, &effects);
    for (size_t i = 0; rc == OD_OK && i < effects.count; i++)
        if (effects.items[i].type == CORE_EFFECT_REDATED)
            put_change(walk, application, &effects.items[i], engine_effect_clock(application->core, &effects.items[i]),
                       engine_effect_clock(copy, &effects.items[i]));
    walk->changed += rc == OD_OK;
    catalog_calendars_adopt(application->catalog, engine->catalog);
    base_free(copy);
}

/* -- The walk -- */

static int redate(struct engine *engine, struct engine_redate *walk, struct engine_application *application)
{
    struct core_event event = {.type = CORE_REDATED, .time = engine->now};
    struct base_buffer details = {0};

    if (walk->request != NULL) {
        try_redate(engine, walk, application);
        return OD_OK;
    }
    base_json_put_text(&details, "calendars_of", catalog_version(engine->catalog));
    int rc = engine_apply(engine, application, &event, "hub", base_buffer_text(&details));
    base_buffer_fini(&details);
    walk->changed += rc == OD_OK;
    return rc == OD_EBUSY || rc == OD_ENOMEM ? OD_EBUSY : OD_OK;
}

static void walk_free(struct engine_redate *walk)
{
    base_buffer_fini(&walk->changes);
    catalog_release(walk->fresh);
    base_free(walk);
}

static void answer_dry_run(struct engine *engine, struct engine_redate *walk)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_bool(&body, "dry_run", true);
    base_json_put_text(&body, "from_version", catalog_version(engine->catalog));
    base_json_put_text(&body, "version", catalog_version(walk->fresh));
    base_json_put_i64(&body, "applications_changed", (int64_t)walk->changed);
    base_json_put_i64(&body, "dates_changed", (int64_t)walk->total);
    base_json_put_bool(&body, "cut", walk->total > walk->listed);
    base_json_open(&body, "changes", '[');
    base_buffer_put(&body, walk->changes.bytes, walk->changes.size);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(walk->request, 200, "application/json", NULL, &body);
}

/* Everything is dated by the running calendars: a restart need not look again. */
static void walk_end(struct engine *engine, struct engine_redate *walk)
{
    char signature[2 * BASE_HASH_SIZE + 1];

    if (!walk->is_by_wake || walk->is_again) {
        walk->is_by_wake = !walk->is_by_wake && !walk->is_again;
        walk->is_again = false;
        walk->after = 0;
        walk->after_minute = INT64_MIN;
        walk_read(engine, walk);
        return;
    }
    if (walk->request != NULL) {
        answer_dry_run(engine, walk);
    } else {
        signature_of(engine->catalog, signature);
        if (engine_setting_put(engine, DATED_BY, signature, strlen(signature)) != OD_OK)
            base_log(BASE_LOG_WARNING, "the end of the redating could not be kept: it is done again at the next start");
        base_log(BASE_LOG_INFO, "calendars: the dates of %zu applications moved", walk->changed);
        engine->redate = NULL;
    }
    walk_free(walk);
}

static void walk_settle(struct engine *engine, struct engine_redate *walk)
{
    walk->is_held = false;
    for (; walk->at < walk->count; walk->at++) {
        struct engine_application *application = engine_application_find(engine, walk->ids[walk->at]);

        if (engine->is_stopping && walk->request == NULL)
            return; /* done again at the next start */
        bool is_due = application != NULL && (!walk->is_by_wake || application->core->status == CORE_STATUS_DECIDED);
        if (is_due && redate(engine, walk, application) == OD_EBUSY) {
            walk->is_held = true;
            return;
        }
        walk->after = walk->ids[walk->at];
        walk->after_minute = walk->minutes[walk->at];
    }
    if (walk->count < ENGINE_WINDOW)
        walk_end(engine, walk);
    else
        walk_read(engine, walk);
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct engine_redate *walk = data;

    (void)application;
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        base_log(BASE_LOG_WARNING, "an application could not be looked at for its dates: %s", base_error_name(rc));
    if (--walk->loads == 0)
        walk_settle(engine, walk);
}

static void read_open(struct engine_job *job, struct store_reader *reader)
{
    struct engine_redate *walk = job->data;

    if (walk->is_by_wake)
        job->rc = store_read_due(reader, INT64_MAX - 1, walk->after_minute, walk->after, walk->ids, walk->minutes,
                                 ENGINE_WINDOW, &walk->count);
    else
        job->rc = store_read_open(reader, walk->after, walk->ids, ENGINE_WINDOW, &walk->count);
}

static void on_open(struct engine_job *job)
{
    struct engine_redate *walk = job->data;

    walk->is_reading = false;
    if (job->rc != OD_OK)
        walk->count = 0;
    walk->at = 0;
    walk->loads = 1; /* held by this function, so that settling waits for the last load */
    for (size_t i = 0; i < walk->count; i++) {
        walk->loads++;
        engine_application_get(job->engine, walk->ids[i], on_loaded, walk);
    }
    on_loaded(job->engine, NULL, OD_OK, walk);
}

static void walk_read(struct engine *engine, struct engine_redate *walk)
{
    walk->is_reading = true;
    if (engine_job_start(engine, &(struct engine_job){.run = read_open, .on_done = on_open, .data = walk}) == OD_OK)
        return;
    walk->is_reading = false;
    walk->is_held = true;
    walk->count = walk->at = ENGINE_WINDOW; /* goes on with the next window */
}

void engine_redate_run(struct engine *engine)
{
    if (engine->redate != NULL && engine->redate->is_held && !engine->is_stopping)
        walk_settle(engine, engine->redate);
}

static void redate_start(struct engine *engine)
{
    if (engine->redate != NULL) { /* under way: once more from the beginning, with the calendars of now */
        engine->redate->is_again = true;
        return;
    }
    engine->redate = base_alloc(sizeof(*engine->redate));
    if (engine->redate != NULL)
        walk_read(engine, engine->redate);
}

void engine_redate_check(struct engine *engine)
{
    struct store_reader *reader = store_reader_take(engine->store);
    struct base_arena arena = {0};
    char signature[2 * BASE_HASH_SIZE + 1];
    const void *known;
    size_t size;

    signature_of(engine->catalog, signature);
    int rc = store_read_setting(reader, DATED_BY, &arena, &known, &size);
    bool is_same = rc == OD_OK && size == strlen(signature) && memcmp(known, signature, size) == 0;
    base_arena_fini(&arena);
    store_reader_give(engine->store, reader);
    if (!is_same)
        redate_start(engine);
}

/* -- Reload -- */

/* Load what may take the running catalogue's place. The zone holds for the process, whose threads read it. */
static int load_fresh(struct engine *engine, struct catalog **fresh, char text[512])
{
    struct engine_config config = {.catalog = engine->catalog_folder};
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    int rc = findings != NULL ? catalog_load(config.catalog, fresh, findings) : OD_ENOMEM;

    if (rc != OD_OK)
        engine_findings_tell(&config, rc, findings, text);
    base_free(findings);
    if (rc == OD_OK && strcmp(catalog_zone(*fresh), catalog_zone(engine->catalog)) != 0) {
        snprintf(text, 512, "the time zone changed from %.64s to %.64s: restart the hub to take it", catalog_zone(engine->catalog),
                 catalog_zone(*fresh));
        catalog_release(*fresh);
        *fresh = NULL;
        rc = OD_EINVAL;
    }
    return rc;
}

static void put_calendar_changes(struct base_buffer *buffer, const struct catalog *before, const struct catalog *after)
{
    struct catalog_calendar_change changes[CALENDAR_CHANGES_MAX];
    size_t count = catalog_calendars_compare(before, after, changes, CALENDAR_CHANGES_MAX);

    base_json_open(buffer, "calendars", '[');
    for (size_t i = 0; i < count && i < CALENDAR_CHANGES_MAX; i++) {
        base_json_open(buffer, NULL, '{');
        base_json_put_text(buffer, "id", changes[i].id);
        base_json_put_text(buffer, "before", changes[i].before);
        base_json_put_text(buffer, "after", changes[i].after);
        base_json_close(buffer, '}');
    }
    base_json_close(buffer, ']');
}

static void put_summary(struct base_buffer *buffer, const struct engine *engine, const struct catalog *fresh)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "from_version", catalog_version(engine->catalog));
    base_json_put_text(buffer, "version", catalog_version(fresh));
    put_calendar_changes(buffer, engine->catalog, fresh);
    base_json_close(buffer, '}');
}

static void adopt_all(struct engine *engine)
{
    for (size_t i = 0; i < engine->catalog_count; i++)
        catalog_calendars_adopt(engine->catalogs[i], engine->catalog);
}

/* fresh takes the running one's place; its reference is taken over. by: who, for the journal. */
static int take_over(struct engine *engine, struct catalog *fresh, const char *by, struct base_buffer *summary)
{
    struct store_reader *reader = store_reader_take(engine->store);
    int rc = engine_catalog_keep(engine, fresh);

    if (rc == OD_OK || rc == OD_EEXIST)
        rc = engine_snapshot_put(engine, reader, fresh);
    store_reader_give(engine->store, reader);
    put_summary(summary, engine, fresh);
    if (rc == OD_OK)
        rc = summary->is_broken ? OD_ENOMEM : engine_journal_put(engine, "catalog_reloaded", by, base_buffer_text(summary));
    if (rc != OD_OK) {
        catalog_release(fresh);
        return rc;
    }
    catalog_release(engine->catalog);
    engine->catalog = fresh;
    adopt_all(engine);
    engine_redate_check(engine);
    return OD_OK;
}

int engine_reload(struct engine *engine, const struct engine_config *config, char text[512])
{
    struct base_buffer summary = {0};
    struct catalog *fresh = NULL;
    char *folder = base_copy_text(config->catalog, strlen(config->catalog));

    if (folder == NULL)
        return OD_ENOMEM;
    base_free(engine->catalog_folder);
    engine->catalog_folder = folder;
    int rc = load_fresh(engine, &fresh, text);
    if (rc == OD_OK)
        rc = front_keys_set(engine->front, config->keys, config->key_count);
    if (rc != OD_OK || strcmp(catalog_version(engine->catalog), catalog_version(fresh)) == 0) {
        catalog_release(fresh);
        return rc;
    }
    engine->escalation = config->escalation;
    rc = take_over(engine, fresh, "hub", &summary);
    base_buffer_fini(&summary);
    if (rc != OD_OK)
        snprintf(text, 512, "the new configuration cannot be kept now: %s", base_error_text(rc));
    return rc;
}

/* -- POST /v1/catalog/reload -- */

static void answer_summary(struct engine *engine, void *data, int rc)
{
    struct front_request *request = data;
    struct base_buffer body = {0};

    if (rc != OD_OK) {
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    base_buffer_put_text(&body, request->engine != NULL ? (const char *)request->engine : "{}");
    (void)engine;
    front_answer(request, 200, "application/json", NULL, &body);
}

static void reload(struct engine *engine, struct front_request *request, struct catalog *fresh)
{
    struct base_buffer summary = {0};
    int rc = OD_OK;

    if (strcmp(catalog_version(engine->catalog), catalog_version(fresh)) == 0) {
        put_summary(&summary, engine, fresh);
        catalog_release(fresh);
    } else {
        rc = take_over(engine, fresh, request->identity.key_id, &summary);
    }
    if (rc == OD_OK) {
        request->engine = base_arena_text(&request->arena, base_buffer_text(&summary), summary.size);
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = answer_summary, .data = request});
    }
    base_buffer_fini(&summary);
    if (rc != OD_OK)
        engine_answer_rc(request, rc);
}

static void dry_run(struct engine *engine, struct front_request *request, struct catalog *fresh)
{
    struct engine_redate *walk = base_alloc(sizeof(*walk));

    if (walk == NULL) {
        catalog_release(fresh);
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    walk->request = request;
    walk->fresh = fresh;
    walk->is_reading = true;
    if (engine_job_start(engine, &(struct engine_job){.run = read_open, .on_done = on_open, .data = walk}) != OD_OK) {
        walk_free(walk);
        engine_answer_rc(request, OD_EBUSY);
    }
}

void engine_catalog_reload(struct engine *engine, struct front_request *request)
{
    const char *dry = front_query(request, "dry_run");
    struct catalog *fresh = NULL;
    char text[512] = "";

    if (dry != NULL && strcmp(dry, "true") != 0 && strcmp(dry, "false") != 0) {
        engine_refuse_query(request, "dry_run");
        return;
    }
    int rc = load_fresh(engine, &fresh, text);
    if (rc != OD_OK) {
        struct front_problem_item item = {.pointer = "", .code = "catalog", .detail = text};
        front_answer_problem(request, FRONT_INVALID,
                             front_say(request, "目录没有更换，原目录继续有效。", "The catalogue was not taken; the running one stays."), &item, 1);
        return;
    }
    if (dry != NULL && strcmp(dry, "true") == 0)
        dry_run(engine, request, fresh);
    else
        reload(engine, request, fresh);
}
