/* SPDX-License-Identifier: Apache-2.0 */
/* Settling what is owed to a department, out of the store, in windows.
 *
 *   scan_start -> go_on -> [pool: read_keys] -> on_keys -> loads -> settle each in order
 *      ^                      |                                        |
 *      +-- needs_scan again   +-- none left: done          no room: held until on_room
 *
 * Where there is no room for offers, the scan of a new session first passes by what is queued, since what was
 * accepted needs no room and must not wait behind it; then it comes back, and is held.
 *
 * A session that becomes ready, a connector that takes over from the worklist or gives
 * back to it, and tasks that found no place in memory all end here. It reads the rows
 * of the outbox, never all applications. */
#include "engine/errand.h"

#include <assert.h>
#include <stdio.h>

static void read_keys(struct engine_job *job, struct store_reader *reader)
{
    struct engine_department *department = job->data;

    job->rc = store_read_owed(reader, department->number, &department->scan_after, department->window,
                              ENGINE_WINDOW, &department->window_count);
}

static bool apply_plain(struct engine *engine, struct engine_application *application, unsigned task,
                        enum core_event_type type, uint32_t epoch)
{
    struct core_event event = {.type = type, .time = engine->now, .task = task, .epoch = epoch};

    return engine_apply(engine, application, &event, "hub", NULL) != OD_EBUSY;
}

/* After a loss with unknown effect. What a version that is being replaced did counts by what it promised, too; an
 * officer who takes over looks the earlier submission up by hand. */
static bool may_repeat(const struct engine_department *department, uint32_t epoch)
{
    if (epoch <= department->doubt_epoch)
        return false;
    return department->link == NULL ||
           (connect_link_dedupe(department->link) != PACKAGE_DEDUPE_NONE && engine_rollout_may_repeat(department, epoch));
}

/* An offer that never left the hub is taken back: nobody can have registered it. */
static bool end_session(struct engine *engine, struct engine_application *application, unsigned task,
                        const struct engine_department *department, bool is_crash)
{
    const struct core_task *state = &application->core->tasks[task];
    uint64_t handle = base_task_handle(application->id, task);
    struct core_event event = {
        .type = CORE_SESSION_LOST, .time = engine->now, .task = task,
        .failed = {.effect_known = CORE_EFFECT_UNKNOWN, .epoch = state->epoch, .may_repeat = may_repeat(department, state->epoch),
                   .is_crash = is_crash}};

    if (state->state == CORE_TASK_OFFERED &&
        (engine_offer_is_unsent(engine, handle, state->epoch) ||
         connect_offer_never_left(engine->connect, state->epoch, handle)))
        return apply_plain(engine, application, task, CORE_GIVEN_BACK, 0);
    return engine_apply(engine, application, &event, "hub", NULL) != OD_EBUSY;
}

static bool lose_session(struct engine *engine, struct engine_application *application, unsigned task,
                         const struct engine_department *department)
{
    bool is_crash = base_task_handle(application->id, task) == department->crash_task &&
                    application->core->tasks[task].epoch == department->crash_epoch;

    return end_session(engine, application, task, department, is_crash);
}

static bool add_item_to(struct engine *engine, const struct engine_application *application, unsigned task,
                        struct engine_department *department, uint8_t item, uint32_t epoch)
{
    return engine_deed_add(engine, &(struct engine_deed){.kind = ENGINE_DEED_ITEM, .item = item, .department = department, .epoch = epoch,
                                                         .handle = base_task_handle(application->id, task)}) == OD_OK;
}

static bool add_item(struct engine *engine, const struct engine_application *application, unsigned task,
                     struct engine_department *department, uint8_t item)
{
    return add_item_to(engine, application, task, department, item, connect_link_epoch(department->link));
}

/* Who was given it lives: the present session, or one that leaves. */
static bool has_holder(const struct engine *engine, const struct engine_department *department, const struct core_task *task)
{
    return engine_link_of(engine, department, task->epoch) != NULL;
}

static bool is_held(const struct core_task *task)
{
    return task->state == CORE_TASK_OFFERED || task->state == CORE_TASK_ACCEPTED || task->state == CORE_TASK_PAUSED ||
           task->state == CORE_TASK_WAITING_APPLICANT;
}

/* An officer has it, or nobody: what the worklist needs done. */
static bool settle_for_officers(struct engine *engine, struct engine_application *application, unsigned task,
                                struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];

    if (has_holder(engine, department, state))
        return true; /* the end of its session starts this anew */
    if (state->is_cancel_owed) /* a department without a system hears it from its officers' list */
        return apply_plain(engine, application, task, CORE_CANCEL_CONFIRMED, 0);
    if (is_held(state) && !state->is_by_officer && state->epoch != 0 &&
        !lose_session(engine, application, task, department))
        return false;
    if (state->state == CORE_TASK_QUEUED)
        return engine_task_list_for_officers(engine, application, task);
    if (is_held(state) && state->state != CORE_TASK_OFFERED && !state->is_by_officer)
        return apply_plain(engine, application, task, CORE_TAKEN_OVER, 0);
    return true;
}

static bool settle_queued(struct engine *engine, struct engine_application *application, unsigned task,
                          struct engine_department *department)
{
    if (!engine_task_is_served(department, application, task))
        return engine_task_list_for_officers(engine, application, task);
    if (engine_retry_has(department, base_task_handle(application->id, task)))
        return true;
    if (connect_link_wish(department->link) != CONNECT_WISH_RUN)
        return true; /* held back until it is wanted again; what was accepted is not */
    if (engine_department_has_room(department))
        return engine_task_offer(engine, application, task, department);
    if (department->is_passing)
        return true; /* it is come back to */
    department->is_full = true;
    return false;
}

/* Released where it is, resumed where it goes; both are told when that is durable. */
static bool hand_over(struct engine *engine, struct engine_application *application, unsigned task,
                      struct engine_department *department)
{
    uint32_t from = application->core->tasks[task].epoch, to = connect_link_epoch(department->link);

    if (from != 0 && !add_item_to(engine, application, task, department, BASE_ITEM_RELEASE, from))
        return false;
    return add_item(engine, application, task, department, BASE_ITEM_RESUME) &&
           apply_plain(engine, application, task, CORE_RESUMED, to);
}

static bool settle_held(struct engine *engine, struct engine_application *application, unsigned task,
                        struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];

    if (state->is_by_officer || state->epoch == connect_link_epoch(department->link))
        return true;
    if (state->epoch != 0 && !has_holder(engine, department, state) && !lose_session(engine, application, task, department))
        return false;
    if (!is_held(state)) /* parked: it was in hand at two crashes */
        return true;
    if (engine_task_is_served(department, application, task))
        return hand_over(engine, application, task, department);
    return state->epoch != 0 /* until that session ends */ || apply_plain(engine, application, task, CORE_TAKEN_OVER, 0);
}

void engine_task_resume(struct engine *engine, struct engine_application *application, unsigned task,
                        struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];

    if (!is_held(state) || state->state == CORE_TASK_OFFERED || state->is_by_officer || state->epoch != 0 ||
        !engine_department_is_active(department))
        return; /* dealt with otherwise, or the next session's scan finds it */
    if (!settle_held(engine, application, task, department))
        engine_scan_want(department, application->id);
}

void engine_task_move(struct engine *engine, struct engine_application *application, unsigned task,
                      struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];

    if (state->state == CORE_TASK_OFFERED || !is_held(state) || state->epoch == 0 || !engine_department_is_active(department))
        return; /* the end of its session, or the scan of the next, sees to it */
    if (!settle_held(engine, application, task, department))
        engine_scan_want(department, application->id);
}

/* What waits for an application in memory. */
struct crash {
    struct engine_department *department;
    uint64_t handle;
    uint32_t epoch;
};

static void on_crash_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct crash *crash = data;
    unsigned task = base_task_index(crash->handle);

    if (rc == OD_OK && task < application->core->task_count && application->core->tasks[task].epoch == crash->epoch &&
        engine_department_of(engine, application, task) == crash->department && !engine->is_stopping &&
        !end_session(engine, application, task, crash->department, true))
        engine_scan_want(crash->department, 0);
    base_free(crash);
}

void engine_task_crashed(struct engine *engine, struct engine_department *department, uint32_t epoch, uint64_t handle)
{
    struct crash *crash = base_alloc(sizeof(*crash));

    department->crash_epoch = epoch;
    department->crash_task = handle;
    if (crash == NULL)
        return; /* the scan of the next session counts it, if no other crash comes first */
    *crash = (struct crash){.department = department, .handle = handle, .epoch = epoch};
    engine_application_get(engine, base_task_application(handle), on_crash_loaded, crash);
}

static bool settle_offered(struct engine *engine, struct engine_application *application, unsigned task,
                           struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];

    if (state->is_by_officer)
        return !department->is_rerouted || !engine_task_is_served(department, application, task) ||
               apply_plain(engine, application, task, CORE_REQUEUED, 0);
    if (has_holder(engine, department, state))
        return true;
    return lose_session(engine, application, task, department);
}

static bool settle_for_session(struct engine *engine, struct engine_application *application, unsigned task,
                               struct engine_department *department)
{
    const struct core_task *state = &application->core->tasks[task];

    if (state->is_cancel_owed)
        return add_item_to(engine, application, task, department, BASE_ITEM_CANCEL,
                           has_holder(engine, department, state) ? state->epoch : connect_link_epoch(department->link));
    if (state->is_input_owed && state->epoch == connect_link_epoch(department->link))
        return add_item(engine, application, task, department, BASE_ITEM_INPUT);
    switch ((enum core_task_state)state->state) {
    case CORE_TASK_QUEUED: return settle_queued(engine, application, task, department);
    case CORE_TASK_OFFERED: return settle_offered(engine, application, task, department);
    case CORE_TASK_ACCEPTED:
    case CORE_TASK_PAUSED:
    case CORE_TASK_WAITING_APPLICANT:
        if (department->is_event_scan && !engine_event_again(engine, application, task, department))
            return false;
        return settle_held(engine, application, task, department);
    case CORE_TASK_NONE:
    case CORE_TASK_BLOCKED:
    case CORE_TASK_PARKED:
    case CORE_TASK_DONE:
    case CORE_TASK_CANCELLED:
    case CORE_TASK_SKIPPED: return true;
    }
    return true;
}

/* False: no room now, or the session went; the scan goes on from here later. */
static bool settle(struct engine *engine, struct engine_department *department, const struct store_owed_key *key)
{
    struct engine_application *application = engine_application_find(engine, key->application);

    if (application == NULL || key->task >= application->core->task_count)
        return true; /* it ended while the window was loaded */
    if (department->link != NULL && (!engine_department_is_active(department) || department->unsent >= ENGINE_WINDOW))
        return false;
    department->settling = base_task_handle(key->application, key->task); /* what is queued again meanwhile is settled right here */
    bool is_settled = department->link == NULL ? settle_for_officers(engine, application, key->task, department)
                                               : settle_for_session(engine, application, key->task, department);
    department->settling = 0;
    if (!is_settled || department->link == NULL)
        return is_settled;
    /* A lost offer went back to the queue: offer it in the same pass. */
    if (application->core->tasks[key->task].state == CORE_TASK_QUEUED)
        return settle_queued(engine, application, key->task, department);
    return true;
}

void engine_scan_end(struct engine *engine, struct engine_department *department)
{
    char name[BASE_ID_MAX + sizeof("reroute/")];

    department->is_scanning = false;
    department->has_missed_events = department->has_missed_events || (department->is_event_scan && department->needs_scan);
    department->is_event_scan = false;
    department->crash_task = 0;
    if (department->is_reroute_scan && !department->needs_scan) {
        snprintf(name, sizeof(name), "reroute/%s", department->id);
        department->is_rerouted = engine_setting_put(engine, name, NULL, 0) != OD_OK;
        department->is_reroute_scan = false;
    }
    if (department->leaving > 0 && !department->needs_scan)
        engine_rollout_moved(engine, department);
    engine_queue_run(engine, department);
}

/* Until there is room; but a scan that has to begin anew, since another session came meanwhile, does not wait for its end. */
static void hold(struct engine *engine, struct engine_department *department)
{
    department->is_held = true;
    if (department->is_full && department->needs_scan && department->scan_from == 0)
        engine_scan_start(engine, department);
}

/* All that was accepted has been handed over: back to the first that found no room. */
static void come_back(struct engine *engine, struct engine_department *department)
{
    department->is_passing = department->is_event_scan = false;
    if (!engine_department_is_active(department)) { /* the worklist, or the next session, begins anew */
        engine_scan_want(department, 0);
        engine_scan_end(engine, department);
        return;
    }
    department->scan_after = department->full_after;
    department->is_full = true;
    if (department->leaving > 0 && !department->needs_scan)
        engine_rollout_moved(engine, department);
    hold(engine, department);
}

/* The first without room, in a scan that has not passed by: go on behind it. */
static bool may_pass(struct engine_department *department)
{
    if (!department->is_full || department->has_passed)
        return false;
    department->has_passed = department->is_passing = true;
    department->is_full = false;
    department->full_after = department->scan_after;
    return true;
}

static void settle_window(struct engine *engine, struct engine_department *department)
{
    size_t count = department->window_count;

    department->window_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (engine->is_stopping || (!settle(engine, department, &department->window[i]) && !may_pass(department))) {
            hold(engine, department);
            return;
        }
        department->scan_after = department->window[i];
    }
    engine_scan_go_on(engine, department);
}

static void on_loaded(struct engine *engine, struct engine_application *application, int rc, void *data)
{
    struct engine_department *department = data;

    (void)application;
    if (rc != OD_OK && rc != OD_ENOTFOUND)
        engine_scan_want(department, 0);
    if (--department->window_loads == 0)
        settle_window(engine, department);
}

/* On the worklist already, and nobody else takes over: no reason to load it. */
static bool is_settled(const struct engine_department *department, const struct store_owed_key *key)
{
    return key->is_for_officer && !(department->link != NULL && department->is_rerouted);
}

static void on_keys(struct engine_job *job)
{
    struct engine *engine = job->engine;
    struct engine_department *department = job->data;

    department->is_reading = false;
    if (job->rc != OD_OK)
        engine_scan_want(department, 0);
    if (job->rc == OD_OK && department->window_count == 0 && department->is_passing) {
        come_back(engine, department);
        return;
    }
    if (job->rc != OD_OK || department->window_count == 0) {
        engine_scan_end(engine, department);
        return;
    }
    department->window_loads = 1; /* held by this function, so that settling waits for the last load */
    for (size_t i = 0; i < department->window_count; i++)
        if (!is_settled(department, &department->window[i])) {
            department->window_loads++;
            engine_application_get(engine, department->window[i].application, on_loaded, department);
        }
    on_loaded(engine, NULL, OD_OK, department);
}

void engine_scan_go_on(struct engine *engine, struct engine_department *department)
{
    if (!department->is_scanning || department->is_reading || department->window_loads > 0 || engine->is_stopping)
        return;
    if (department->serves != 0) {
        engine_errands_scan(engine, department);
        return;
    }
    if (department->link != NULL && !engine_department_is_active(department))
        return; /* the next session starts it anew */
    department->is_held = department->is_full = false;
    department->is_reading = true;
    if (engine_job_start(engine, &(struct engine_job){.run = read_keys, .on_done = on_keys, .data = department}) != OD_OK) {
        department->is_reading = false;
        department->is_held = true;
    }
}

void engine_scan_want(struct engine_department *department, uint64_t application)
{
    if (!department->needs_scan || application < department->scan_from)
        department->scan_from = application;
    department->needs_scan = true;
}

void engine_scan_start(struct engine *engine, struct engine_department *department)
{
    if (department->is_reading || department->window_loads > 0) {
        engine_scan_want(department, 0); /* the one under way ends first */
        return;
    }
    uint64_t from = department->needs_scan ? department->scan_from : 0;
    department->needs_scan = false;
    department->scan_after = (struct store_owed_key){.due_day = INT32_MIN, .application = from > 0 ? from - 1 : 0,
                                                     .task = from > 0 ? CORE_TASKS_MAX - 1 : 0};
    department->is_scanning = true;
    department->is_passing = false;
    department->has_passed = from > 0 || department->link == NULL; /* what comes later was never accepted */
    department->is_reroute_scan = department->is_rerouted && from == 0;
    if (from == 0 && department->has_missed_events) {
        department->is_event_scan = true; /* one begun anew goes on as such */
        department->has_missed_events = false;
    }
    engine_scan_go_on(engine, department);
}

void engine_scans_run(struct engine *engine)
{
    for (size_t i = 0; i < engine->department_count; i++) {
        struct engine_department *department = engine->departments[i];

        if (department->is_held && department->unsent < ENGINE_WINDOW &&
            (!department->is_event_scan || department->delivery_count < ENGINE_DELIVERIES_MAX / 2) &&
            (!department->is_full || engine_department_has_room(department)))
            engine_scan_go_on(engine, department);
        else if (department->needs_scan && !department->is_scanning && department->unserved[0] == '\0')
            engine_scan_start(engine, department);
    }
}
