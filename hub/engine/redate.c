/* SPDX-License-Identifier: Apache-2.0 */
/* Every date that runs follows the running calendars. Which calendars the dates were worked
 * out with is kept in the store, so that a hub that died on the way, or was started
 * with amended calendars, goes on with it.
 *
 *   round: [pool: read a window] -> loads -> CORE_REDATED each -> durable -> next window
 *   rounds: the open ones, then decided ones whose delivery still has a clock; at the end "dated_by" is put
 *
 * A window counts as done when it is durable: what a full disk undoes is done again. */
#include "engine/internal.h"

#include <stdio.h>
#include <string.h>

#define CHANGES_LISTED_MAX 1000 /* of a dry run; all are counted */
#define DATED_BY "dated_by"
#define UNDER_WAY "-" /* as dated_by: some dates are by these calendars, some by those */

/* One application of the window. */
struct walk_item {
    struct engine_redate *walk;
    uint64_t id;
    bool is_there; /* it was loaded */
};

/* One walk over the open applications. */
struct engine_redate {
    struct walk_item items[ENGINE_WINDOW];
    uint64_t ids[ENGINE_WINDOW], after;
    int64_t minutes[ENGINE_WINDOW], after_minute;
    size_t count, at;    /* of the window; taken up so far */
    uint32_t loads;      /* under way, and one for the window itself */
    bool is_begun;       /* the round is: it reads windows */
    bool is_held;        /* goes on at the next tick, where it stands */
    bool is_short;       /* some of the window could not be loaded now */
    bool is_incomplete;  /* some row cannot be read: looked at again at the next start */
    bool is_by_wake;     /* second round */
    bool is_again;       /* the calendars were amended again meanwhile */
    size_t changed;      /* applications */
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
    if (effect->task < CORE_TASKS_MAX)
        catalog_put_text(buffer, "matter_name", &application->service->matters[effect->task]->name);
    base_json_put_text(buffer, "clock", engine_effect_clock_name(application, effect));
    engine_put_day(buffer, "before", before->due);
    engine_put_day(buffer, "after", after->due);
    base_json_put_bool(buffer, "provisional", after->is_provisional);
    base_json_close(buffer, '}');
}

/* The step under the fresh calendars, on a copy: nothing of it stays. */
static int try_redate(struct engine *engine, struct engine_redate *walk, struct engine_application *application)
{
    size_t size = core_application_size(application->core->task_count);
    struct core_event event = {.type = CORE_REDATED, .time = engine->now};
    struct core_application *copy = base_alloc(size);
    struct core_effects effects;

    if (copy == NULL)
        return OD_ENOMEM;
    memcpy(copy, application->core, size);
    catalog_calendars_adopt(application->catalog, walk->fresh);
    int rc = core_step(&application->service->rules, copy, &event, &effects);
    for (size_t i = 0; rc == OD_OK && i < effects.count; i++)
        if (effects.items[i].type == CORE_EFFECT_REDATED)
            put_change(walk, application, &effects.items[i], engine_effect_clock(application->core, &effects.items[i]),
                       engine_effect_clock(copy, &effects.items[i]));
    catalog_calendars_adopt(application->catalog, engine->catalog);
    base_free(copy);
    return rc;
}

static void answer_dry_run(struct engine *engine, struct engine_redate *walk)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_put_bool(&body, "dry_run", true);
    base_json_put_text(&body, "from_version", catalog_version(engine->catalog));
    base_json_put_text(&body, "version", catalog_version(walk->fresh));
    engine_put_calendar_changes(&body, engine->catalog, walk->fresh);
    engine_put_catalog_diff(&body, "diff", engine->catalog, walk->fresh);
    base_json_put_i64(&body, "applications_changed", (int64_t)walk->changed);
    base_json_put_i64(&body, "dates_changed", (int64_t)walk->total);
    base_json_put_bool(&body, "cut", walk->total > walk->listed);
    base_json_open(&body, "changes", '[');
    base_buffer_put(&body, walk->changes.bytes, walk->changes.size);
    base_json_close(&body, ']');
    base_json_close(&body, '}');
    front_answer(walk->request, 200, "application/json", NULL, &body);
}

static void walk_free(struct engine_redate *walk)
{
    base_buffer_fini(&walk->changes);
    catalog_release(walk->fresh);
    base_free(walk);
}

/* It ends here, whatever is left of it. */
static void walk_stop(struct engine *engine, struct engine_redate *walk)
{
    if (walk->request != NULL) {
        engine->dry_run = NULL;
        engine_answer_rc(walk->request, OD_EBUSY);
    } else {
        engine->redate = NULL;
    }
    walk_free(walk);
}

/* -- The walk -- */

static int redate(struct engine *engine, struct engine_redate *walk, struct engine_application *application)
{
    struct core_event event = {.type = CORE_REDATED, .time = engine->now};
    int rc = walk->request != NULL ? try_redate(engine, walk, application) : engine_apply(engine, application, &event, "hub", NULL);

    walk->changed += rc == OD_OK;
    return rc;
}

/* Everything is dated by the running calendars: a restart need not look again. */
static void keep_signature(struct engine *engine, const struct engine_redate *walk)
{
    char signature[2 * BASE_HASH_SIZE + 1];

    signature_of(engine->catalog, signature);
    if (walk->is_incomplete)
        base_log(BASE_LOG_ERROR, "calendars: some applications could not be dated anew; the next start tries again");
    else if (engine_setting_put(engine, DATED_BY, signature, strlen(signature)) != OD_OK)
        base_log(BASE_LOG_WARNING, "the end of the redating could not be kept: it is done again at the next start");
    base_log(BASE_LOG_INFO, "calendars: the dates of %zu applications moved", walk->changed);
}

static void on_round(struct engine *engine, void *data, int rc)
{
    struct engine_redate *walk = data;

    walk->is_begun = rc == OD_OK || walk->request != NULL;
    if (walk->is_begun)
        walk_read(engine, walk);
    else
        walk->is_held = true;
}

/* A round begins when all that was dated before is durable: the store is asked what there is. */
static void round_start(struct engine *engine, struct engine_redate *walk)
{
    int rc = walk->request == NULL ? engine_setting_put(engine, DATED_BY, UNDER_WAY, strlen(UNDER_WAY)) : OD_OK;

    walk->is_begun = false;
    walk->after = 0;
    walk->after_minute = INT64_MIN;
    if (rc == OD_OK)
        rc = engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_round, .data = walk});
    walk->is_held = rc != OD_OK;
}

/* Once more from the beginning: what was found until now was found with other calendars. */
static void walk_again(struct engine *engine, struct engine_redate *walk)
{
    walk->is_again = walk->is_by_wake = false;
    walk->listed = walk->total = 0;
    walk->changed = walk->request == NULL ? walk->changed : 0;
    base_buffer_clear(&walk->changes);
    round_start(engine, walk);
}

static void walk_end(struct engine *engine, struct engine_redate *walk)
{
    if (walk->is_again) {
        walk_again(engine, walk);
        return;
    }
    if (!walk->is_by_wake) {
        walk->is_by_wake = true;
        round_start(engine, walk);
        return;
    }
    if (walk->request != NULL) {
        answer_dry_run(engine, walk);
        engine->dry_run = NULL;
    } else {
        keep_signature(engine, walk);
        engine->redate = NULL;
    }
    walk_free(walk);
}

static void on_durable(struct engine *engine, void *data, int rc)
{
    struct engine_redate *walk = data;
    bool is_whole = walk->at == walk->count;

    if (engine->is_stopping) {
        walk_stop(engine, walk); /* goes on at the next start */
        return;
    }
    if (rc == OD_OK && walk->at > 0) {
        walk->after = walk->ids[walk->at - 1];
        walk->after_minute = walk->minutes[walk->at - 1];
    }
    if (rc != OD_OK || (walk->at == 0 && walk->count > 0))
        walk->is_held = true;
    else if (is_whole && walk->count < ENGINE_WINDOW)
        walk_end(engine, walk);
    else
        walk_read(engine, walk);
}

/* False: there is no room now. */
static bool item_settle(struct engine *engine, struct engine_redate *walk, const struct walk_item *item)
{
    struct engine_application *application = item->is_there ? engine_application_find(engine, item->id) : NULL;

    if (application == NULL)
        return !item->is_there; /* a full disk took it from memory after it was loaded */
    if (walk->is_by_wake && application->core->status != CORE_STATUS_DECIDED)
        return true;
    int rc = redate(engine, walk, application);
    if (rc != OD_OK && rc != OD_ENOTFOUND && rc != OD_EBUSY && rc != OD_ENOMEM) {
        base_log(BASE_LOG_WARNING, "the dates of an application could not be worked out again: %s", base_error_name(rc));
        walk->is_incomplete = true;
    }
    return rc != OD_EBUSY && rc != OD_ENOMEM;
}

static void walk_settle(struct engine *engine, struct engine_redate *walk)
{
    if (engine->is_stopping) {
        walk_stop(engine, walk);
        return;
    }
    walk->at = 0;
    while (!walk->is_short && walk->at < walk->count && item_settle(engine, walk, &walk->items[walk->at]))
        walk->at++;
    if (walk->request != NULL)
        on_durable(engine, walk, OD_OK); /* nothing was written */
    else if (engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_CALL, .call = on_durable, .data = walk}) != OD_OK)
        walk->is_held = true;
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct walk_item *item = data;
    struct engine_redate *walk = item->walk;

    item->is_there = application != NULL;
    if (rc == OD_EBUSY || rc == OD_ENOMEM) {
        walk->is_short = true;
    } else if (rc != OD_OK && rc != OD_ENOTFOUND) {
        base_log(BASE_LOG_WARNING, "an application could not be looked at for its dates: %s", base_error_name(rc));
        walk->is_incomplete = true;
    }
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

    walk->is_short = false;
    walk->at = 0;
    if (job->rc != OD_OK) {
        walk->is_held = true;
        return;
    }
    walk->loads = (uint32_t)walk->count; /* and this function, so that settling waits for the last load */
    walk->loads++;
    for (size_t i = 0; i < walk->count; i++) {
        walk->items[i] = (struct walk_item){.walk = walk, .id = walk->ids[i]};
        engine_application_get(job->engine, walk->ids[i], on_loaded, &walk->items[i]);
    }
    if (--walk->loads == 0)
        walk_settle(job->engine, walk);
}

static void walk_read(struct engine *engine, struct engine_redate *walk)
{
    walk->is_held = false;
    if (engine_job_start(engine, &(struct engine_job){.run = read_open, .on_done = on_open, .data = walk}) != OD_OK)
        walk->is_held = true;
}

static void walk_run(struct engine *engine, struct engine_redate *walk)
{
    if (walk == NULL || !walk->is_held)
        return;
    if (engine->is_stopping)
        walk_stop(engine, walk);
    else if (walk->is_begun)
        walk_read(engine, walk);
    else
        round_start(engine, walk);
}

void engine_redate_run(struct engine *engine)
{
    walk_run(engine, engine->redate);
    walk_run(engine, engine->dry_run);
}

void engine_redate_drop(struct engine *engine)
{
    if (engine->redate != NULL)
        walk_free(engine->redate);
    engine->redate = NULL;
}

void engine_redate_start(struct engine *engine)
{
    engine_concerns_redate(engine);
    if (engine->dry_run != NULL)
        engine->dry_run->is_again = true;
    if (engine->redate != NULL) { /* under way: once more from the beginning, with the calendars of now */
        engine->redate->is_again = true;
        return;
    }
    engine->redate = base_alloc(sizeof(*engine->redate));
    if (engine->redate != NULL)
        round_start(engine, engine->redate);
    else
        base_log(BASE_LOG_ERROR, "no memory to work dates out again: it is done at the next start");
}

/* -- At the start -- */

/* For people who read the journal; the events say themselves by which calendars they count. */
static void tell_start(struct engine *engine)
{
    struct base_buffer data = {0};

    base_json_open(&data, NULL, '{');
    base_json_put_text(&data, "from_version", NULL); /* what ran before is not here to be compared with */
    base_json_put_text(&data, "version", catalog_version(engine->catalog));
    base_json_open(&data, "calendars", '[');
    for (size_t i = 0; i < catalog_calendar_count(engine->catalog); i++)
        base_json_put_text(&data, NULL, catalog_calendar_label(engine->catalog, catalog_calendar_at(engine->catalog, i)));
    base_json_close(&data, ']');
    base_json_close(&data, '}');
    if (data.is_broken || engine_journal_put(engine, "catalog_started", "hub", base_buffer_text(&data)) != OD_OK)
        base_log(BASE_LOG_WARNING, "the journal does not say that the hub was started with other calendars");
    base_buffer_fini(&data);
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
    engine_ran_note(engine);
    if (!is_same && engine->application_next > 1)
        tell_start(engine);
    if (!is_same)
        engine_redate_start(engine);
}

void engine_redate_dry_run(struct engine *engine, struct front_request *request, struct catalog *fresh)
{
    struct engine_redate *walk = engine->dry_run == NULL ? base_alloc(sizeof(*walk)) : NULL;

    if (walk == NULL) { /* each one walks over all that is open: one after another */
        catalog_release(fresh);
        engine_answer_rc(request, OD_EBUSY);
        return;
    }
    walk->request = request;
    walk->fresh = fresh;
    engine->dry_run = walk;
    round_start(engine, walk);
}
