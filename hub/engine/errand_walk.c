/* SPDX-License-Identifier: Apache-2.0 */
/* Which errand goes to which connector, out of the store, in windows, oldest first.
 *
 *   walk_want -> [pool: a window of WAITING] -> each: ranked, offered, or left where no connector has room
 *             -> the next window; after the last, of NEW: made ready by their kind
 *   scan      -> [pool: a window of OFFERED, then of ACCEPTED] -> each that lies with a session that is gone: settled
 *
 * What waits needs no memory here: a connector that has room, a fresh errand and a pause that ends start the walk. */
#include "engine/errand_inside.h"

#include <stdio.h>
#include <string.h>

#define WINDOW 64

struct window {
    const struct engine_errand_kind *kind;
    struct engine_department *department; /* of a scan; NULL = the walk */
    uint8_t state;
    uint64_t after;
    struct store_entry *entries;
    size_t count;
};

static void read_window(struct engine_job *job, struct store_reader *reader)
{
    struct window *window = job->data;

    window->entries = base_arena_take(&job->arena, WINDOW * sizeof(*window->entries));
    job->rc = window->entries == NULL ? OD_ENOMEM
                                      : store_read_entries_up(reader, window->kind->entry, window->state, window->after, &job->arena,
                                                              window->entries, WINDOW, &window->count);
}

static int window_start(struct engine *engine, const struct window *like, void (*on_done)(struct engine_job *job))
{
    struct window *window = base_alloc(sizeof(*window));
    int rc = OD_ENOMEM;

    if (window != NULL) {
        *window = *like;
        rc = engine_job_start(engine, &(struct engine_job){.run = read_window, .on_done = on_done, .data = window});
    }
    if (rc != OD_OK)
        base_free(window);
    return rc;
}

/* -- Whose turn is it? -- */

static bool is_serving(const struct engine_department *department, const struct engine_errand_kind *kind)
{
    return department->serves == kind->entry && department->link != NULL && !department->is_unloading;
}

static int32_t rank_of(struct engine *engine, const struct engine_errand *errand, const struct engine_department *department)
{
    const char *id = connect_link_id(department->link);

    bool is_known = errand->is_redelivered && strcmp(errand->connector, id) == 0; /* it knows the key */
    bool waits_for_other = errand->is_redelivered && !is_known &&
                           (!errand->kind->may_double || engine->now.ms - errand->since_ms < ENGINE_ERRAND_GRACE_MS);

    if ((errand->only != NULL && strcmp(errand->only, id) != 0) || engine_errand_was_tried(errand, id) || waits_for_other)
        return -1;
    if (is_known)
        return 0;
    return errand->kind->rank != NULL ? errand->kind->rank(engine, errand, department) : department->priority;
}

struct choice {
    struct engine_department *first, *ready; /* by rank; by rank of those that run */
    bool has_any;                            /* one is loaded, or waited for */
};

/* Equal ranks: by id, so that the same connector carries on. */
static struct engine_department *better(struct engine_department *a, int32_t a_rank, struct engine_department *b, int32_t b_rank)
{
    if (a == NULL || b_rank < a_rank || (b_rank == a_rank && strcmp(b->id, a->id) < 0))
        return b;
    return a;
}

static struct choice choose(struct engine *engine, const struct engine_errand *errand)
{
    struct choice choice = {.has_any = engine_errand_has_connector(engine, errand->kind)};
    int32_t first_rank = 0, ready_rank = 0;

    for (size_t i = 0; i < engine->errands->served_count; i++) {
        struct engine_department *department = engine->errands->served[i];
        int32_t rank = is_serving(department, errand->kind) ? rank_of(engine, errand, department) : -1;

        if (rank < 0)
            continue;
        choice.first = better(choice.first, first_rank, department, rank);
        first_rank = choice.first == department ? rank : first_rank;
        if (!engine_department_is_active(department))
            continue;
        choice.ready = better(choice.ready, ready_rank, department, rank);
        ready_rank = choice.ready == department ? rank : ready_rank;
    }
    return choice;
}

/* Nobody is left who could carry it. */
static int decide_over(struct engine *engine, struct engine_errand *errand, void *data)
{
    struct choice choice = choose(engine, errand);

    (void)data;
    if (errand->state != ENGINE_ERRAND_WAITING || choice.first != NULL)
        return OD_EEXIST;
    engine_errand_move(engine, errand, ENGINE_ERRAND_FAILED);
    return OD_OK;
}

static void on_over(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)errand;
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        engine->errands->walks[((const struct engine_errand_kind *)data)->entry].is_wanted = true;
}

/* Has it a connector to go on waiting for: one that took it and may know the key, or that was named? */
static bool waits_for_one(const struct engine *engine, const struct engine_errand *errand)
{
    const char *id = errand->only != NULL ? errand->only : errand->is_redelivered ? errand->connector : NULL;

    for (size_t i = 0; id != NULL && i < engine->errands->served_count; i++) {
        const struct engine_department *department = engine->errands->served[i];

        if (department->serves == errand->kind->entry && !engine_errand_was_tried(errand, id) &&
            (strcmp(department->unserved, id) == 0 || (department->link != NULL && strcmp(connect_link_id(department->link), id) == 0)))
            return true;
    }
    return false;
}

/* Not now by the connector that it would go to. */
static int decide_rest(struct engine *engine, struct engine_errand *errand, void *data)
{
    if (errand->state != ENGINE_ERRAND_WAITING)
        return OD_EEXIST;
    engine_errand_move(engine, errand, ENGINE_ERRAND_RESTING);
    errand->wake_minute = (int64_t)(intptr_t)data;
    return OD_OK;
}

static void on_rest(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)engine;
    (void)errand;
    (void)rc; /* it still waits: the next walk sees it */
    (void)data;
}

static void give(struct engine *engine, const struct engine_errand *errand, struct engine_department *department)
{
    int64_t minute = errand->kind->rest != NULL ? errand->kind->rest(engine, errand, department) : 0;

    if (minute > engine->now.ms / 60000) {
        if (engine_errand_change(engine, errand->kind->entry, errand->id, "hub", decide_rest, on_rest, (void *)(intptr_t)minute) != OD_OK)
            engine->errands->walks[errand->kind->entry].is_wanted = true;
    } else if (engine_department_has_room(department)) {
        engine_errand_offer(engine, errand->kind, errand->id, department);
    }
}

static void dispatch(struct engine *engine, struct engine_errand *errand)
{
    struct choice choice = choose(engine, errand);
    struct engine_department *department = choice.first;

    if (choice.first == NULL) {
        if (choice.has_any && !waits_for_one(engine, errand) &&
            engine_errand_change(engine, errand->kind->entry, errand->id, "hub", decide_over, on_over, (void *)(uintptr_t)errand->kind) != OD_OK)
            engine->errands->walks[errand->kind->entry].is_wanted = true;
        return;
    }
    if (choice.ready != department) { /* the best one is down: for a moment it is waited for */
        if (choice.ready == NULL || engine->now.ms - errand->since_ms < ENGINE_ERRAND_GRACE_MS)
            return;
        department = choice.ready;
    }
    give(engine, errand, department);
}

/* -- The walk -- */

static bool has_room(const struct engine *engine, const struct engine_errand_kind *kind)
{
    for (size_t i = 0; i < engine->errands->served_count; i++)
        if (is_serving(engine->errands->served[i], kind) && engine_department_has_room(engine->errands->served[i]))
            return true;
    return false;
}

static void walk_start(struct engine *engine, const struct engine_errand_kind *kind, uint8_t state, uint64_t after);

static void make_ready(struct engine *engine, const struct engine_errand *errand)
{
    if (errand->kind->on_new != NULL)
        errand->kind->on_new(engine, errand);
}

static void take(struct engine *engine, const struct window *window, const struct store_entry *entry)
{
    struct engine_errand errand;

    if (engine_errand_is_busy(engine, engine_errand_handle(window->kind, entry->id)) || engine_errand_read(entry, &errand) != OD_OK)
        return;
    if (window->state == ENGINE_ERRAND_NEW)
        make_ready(engine, &errand);
    else
        dispatch(engine, &errand);
    engine_errand_fini(&errand);
}

static void on_window(struct engine_job *job)
{
    struct window *window = job->data;
    struct engine *engine = job->engine;
    struct errand_walk *walk = &engine->errands->walks[window->kind->entry];
    const struct engine_errand_kind *kind = window->kind;
    uint8_t state = window->state;
    bool is_more = job->rc == OD_OK && window->count == WINDOW;

    for (size_t i = 0; job->rc == OD_OK && i < window->count && !engine->is_stopping; i++) {
        take(engine, window, &window->entries[i]);
        window->after = window->entries[i].id;
    }
    uint64_t after = window->after;
    walk->is_wanted = walk->is_wanted || job->rc != OD_OK;
    walk->is_walking = false;
    base_free(window);
    if (engine->is_stopping)
        return;
    if (is_more && (state == ENGINE_ERRAND_NEW || has_room(engine, kind)))
        walk_start(engine, kind, state, after);
    else if (state == ENGINE_ERRAND_NEW)
        walk_start(engine, kind, ENGINE_ERRAND_WAITING, 0);
}

static void walk_start(struct engine *engine, const struct engine_errand_kind *kind, uint8_t state, uint64_t after)
{
    struct errand_walk *walk = &engine->errands->walks[kind->entry];

    walk->is_walking = window_start(engine, &(struct window){.kind = kind, .state = state, .after = after}, on_window) == OD_OK;
    walk->is_wanted = !walk->is_walking;
}

void engine_errand_walk_want(struct engine *engine, const struct engine_errand_kind *kind)
{
    struct errand_walk *walk = &engine->errands->walks[kind->entry];

    if (engine->is_stopping)
        return;
    if (walk->is_walking)
        walk->is_wanted = true; /* the next tick */
    else
        walk_start(engine, kind, kind->on_new != NULL ? ENGINE_ERRAND_NEW : ENGINE_ERRAND_WAITING, 0);
}

void engine_errand_on_stored(struct engine *engine, void *data, int rc)
{
    if (rc == OD_OK)
        engine_errand_walk_want(engine, data);
}

void engine_errands_room(struct engine *engine, const struct engine_department *department)
{
    engine_errand_walk_want(engine, engine_errand_kind_of(department->serves));
}

/* -- The scan of one connector's -- */

static void scan_go_on(struct engine *engine, struct engine_department *department, uint8_t state, uint64_t after);

static void on_scanned(struct engine_job *job)
{
    struct window *window = job->data;
    struct engine *engine = job->engine;
    struct engine_department *department = window->department;
    uint8_t state = window->state;
    bool is_more = window->count == WINDOW;

    department->is_reading = false;
    if (job->rc != OD_OK)
        engine_scan_want(department, 0);
    for (size_t i = 0; job->rc == OD_OK && i < window->count; i++) {
        window->after = window->entries[i].id;
        if (window->entries[i].department == department->number && !engine->is_stopping)
            engine_errand_settle(engine, window->kind, window->entries[i].id, department);
    }
    uint64_t after = window->after;
    bool has_failed = job->rc != OD_OK;
    base_free(window);
    if (has_failed || engine->is_stopping)
        engine_scan_end(engine, department);
    else if (is_more)
        scan_go_on(engine, department, state, after);
    else if (state == ENGINE_ERRAND_OFFERED)
        scan_go_on(engine, department, ENGINE_ERRAND_ACCEPTED, 0);
    else
        engine_scan_end(engine, department);
}

static void scan_go_on(struct engine *engine, struct engine_department *department, uint8_t state, uint64_t after)
{
    struct window window = {.kind = engine_errand_kind_of(department->serves), .department = department, .state = state, .after = after};

    department->is_reading = window_start(engine, &window, on_scanned) == OD_OK;
    if (!department->is_reading) {
        engine_scan_want(department, 0);
        engine_scan_end(engine, department);
    }
}

void engine_errands_scan(struct engine *engine, struct engine_department *department)
{
    scan_go_on(engine, department, ENGINE_ERRAND_OFFERED, 0);
    engine_errand_walk_want(engine, engine_errand_kind_of(department->serves));
}

/* -- Its wake has come -- */

/* It rested long enough, or nobody took it in time. */
static int decide_due(struct engine *engine, struct engine_errand *errand, void *data)
{
    bool is_late = errand->until_ms != 0 && engine->now.ms >= errand->until_ms;

    (void)data;
    if (errand->wake_minute > engine->now.ms / 60000)
        return OD_EEXIST; /* changed meanwhile */
    if (errand->state == ENGINE_ERRAND_RESTING)
        engine_errand_move(engine, errand, ENGINE_ERRAND_WAITING);
    else if (is_late && errand->state == ENGINE_ERRAND_WAITING)
        engine_errand_move(engine, errand, ENGINE_ERRAND_FAILED);
    else
        errand->wake_minute = INT64_MAX;
    return OD_OK;
}

static void on_due_done(struct engine *engine, const struct engine_errand *errand, int rc, void *data)
{
    (void)engine;
    (void)errand;
    (void)rc; /* still due: looked at again in a minute */
    (void)data;
}

/* Many may have rested until the same minute: each is put right here, so that they all leave in one go. */
static void on_rested(struct engine *engine, const struct store_entry *entry)
{
    const struct engine_errand_kind *kind = engine_errand_kind_of(entry->kind);
    struct store_entry awake = *entry;
    struct engine_errand errand;

    if (engine_errand_is_busy(engine, engine_errand_handle(kind, entry->id)) || engine_errand_read(entry, &errand) != OD_OK)
        return; /* looked at again in a minute */
    awake.state = kind->is_made_anew != NULL && kind->is_made_anew(&errand) ? ENGINE_ERRAND_NEW : ENGINE_ERRAND_WAITING;
    awake.wake_minute = errand.until_ms > 0 ? errand.until_ms / 60000 + 1 : INT64_MAX;
    engine_errand_fini(&errand);
    if (engine_entry_put(engine, &awake, NULL, engine_errand_on_stored, (void *)(uintptr_t)kind) != OD_OK)
        base_log(BASE_LOG_DEBUG, "an errand rests a minute longer: no room");
}

static void on_due(struct engine *engine, const struct store_entry *entry)
{
    const struct engine_errand_kind *kind = engine_errand_kind_of(entry->kind);
    bool is_ours = entry->state == ENGINE_ERRAND_WAITING || entry->state == ENGINE_ERRAND_NEW || entry->state == ENGINE_ERRAND_OFFERED;
    struct engine_errand errand;

    if (entry->state == ENGINE_ERRAND_RESTING)
        on_rested(engine, entry);
    else if (is_ours || kind->on_due == NULL) {
        if (engine_errand_change(engine, entry->kind, entry->id, "clock", decide_due, on_due_done, NULL) != OD_OK)
            base_log(BASE_LOG_DEBUG, "an errand is looked at again in a minute: no room");
    } else if (engine_errand_read(entry, &errand) == OD_OK) {
        kind->on_due(engine, &errand);
        engine_errand_fini(&errand);
    }
}

int engine_errands_start(struct engine *engine)
{
    engine->errands = base_alloc(sizeof(*engine->errands));
    if (engine->errands == NULL)
        return OD_ENOMEM;
    for (uint8_t entry = 1; entry < ENGINE_ENTRY_KINDS; entry++)
        if (engine_errand_kind_of(entry) != NULL) {
            engine_entry_on_due(engine, entry, on_due);
            engine->errands->walks[entry].is_wanted = true; /* what a crash came between */
        }
    return OD_OK;
}
