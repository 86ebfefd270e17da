/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "core/turn.h"

enum { STATE_COUNT = CORE_TASK_SKIPPED + 1 };

/* Rows: from; columns: to. docs/rules/task.md T-1. */
static const bool allowed[STATE_COUNT][STATE_COUNT] = {
    [CORE_TASK_NONE] = {[CORE_TASK_BLOCKED] = true},
    [CORE_TASK_BLOCKED] =
        {[CORE_TASK_QUEUED] = true, [CORE_TASK_CANCELLED] = true, [CORE_TASK_SKIPPED] = true},
    [CORE_TASK_QUEUED] = {[CORE_TASK_OFFERED] = true,
                          [CORE_TASK_DONE] = true, /* by the expiry rule alone, D-9 */
                          [CORE_TASK_CANCELLED] = true},
    [CORE_TASK_OFFERED] = {[CORE_TASK_QUEUED] = true,
                           [CORE_TASK_ACCEPTED] = true,
                           [CORE_TASK_PARKED] = true,
                           [CORE_TASK_DONE] = true,
                           [CORE_TASK_CANCELLED] = true},
    [CORE_TASK_ACCEPTED] = {[CORE_TASK_PAUSED] = true,
                            [CORE_TASK_WAITING_APPLICANT] = true,
                            [CORE_TASK_PARKED] = true,
                            [CORE_TASK_DONE] = true,
                            [CORE_TASK_CANCELLED] = true},
    [CORE_TASK_PAUSED] =
        {[CORE_TASK_ACCEPTED] = true, [CORE_TASK_DONE] = true, [CORE_TASK_CANCELLED] = true},
    [CORE_TASK_WAITING_APPLICANT] =
        {[CORE_TASK_ACCEPTED] = true, [CORE_TASK_DONE] = true, [CORE_TASK_CANCELLED] = true},
    [CORE_TASK_PARKED] = {[CORE_TASK_QUEUED] = true,
                          [CORE_TASK_ACCEPTED] = true,
                          [CORE_TASK_DONE] = true,
                          [CORE_TASK_CANCELLED] = true},
};

bool core_task_may_move(enum core_task_state from, enum core_task_state to)
{
    return allowed[from][to];
}

/* The owner stays while the task stays in hand, and with one that is being cancelled;
 * what was owed to it ends with it, since the next offer carries the whole file. */
static void forget_owner(struct core_task *task, enum core_task_state to)
{
    switch (to) {
    case CORE_TASK_OFFERED:
    case CORE_TASK_ACCEPTED:
    case CORE_TASK_PAUSED:
    case CORE_TASK_WAITING_APPLICANT: return;
    case CORE_TASK_CANCELLED: break;
    case CORE_TASK_NONE:
    case CORE_TASK_BLOCKED:
    case CORE_TASK_QUEUED:
    case CORE_TASK_PARKED:
    case CORE_TASK_SKIPPED:
        task->is_by_officer = false;
        task->epoch = 0;
        break;
    case CORE_TASK_DONE: task->epoch = 0; break;
    }
    task->is_input_owed = false;
}

void core_task_move(struct core_task *task, enum core_task_state to, core_ms now)
{
    assert(allowed[task->state][to]);

    task->state = (uint8_t)to;
    task->since_ms = now;
    task->park_reason = CORE_PARK_NONE;
    task->pause_kind = CORE_PAUSE_NONE;
    forget_owner(task, to);
}

bool core_task_is_open(const struct core_task *task)
{
    return task->state != CORE_TASK_DONE && task->state != CORE_TASK_CANCELLED &&
           task->state != CORE_TASK_SKIPPED;
}

bool core_task_is_reused(const struct core_task *task)
{
    return task->state == CORE_TASK_DONE && task->held != CORE_OPINION_NONE;
}

bool core_task_is_with_connector(const struct core_task *task)
{
    bool is_in_hand = task->state == CORE_TASK_OFFERED || task->state == CORE_TASK_ACCEPTED ||
                      task->state == CORE_TASK_PAUSED ||
                      task->state == CORE_TASK_WAITING_APPLICANT;

    return is_in_hand && !task->is_by_officer;
}

void core_task_queue(struct core_turn *turn, unsigned index)
{
    core_task_move(&turn->application->tasks[index], CORE_TASK_QUEUED, turn->event->time.ms);
    core_turn_tell(turn, CORE_EFFECT_QUEUE, index);
}

/* T-8: the clocks run on. */
void core_task_park(struct core_turn *turn, unsigned index, enum core_park_reason reason)
{
    struct core_task *task = &turn->application->tasks[index];

    core_task_move(task, CORE_TASK_PARKED, turn->event->time.ms);
    task->park_reason = (uint8_t)reason;
    core_turn_tell(turn, CORE_EFFECT_PARK, index);
}

/* T-2: any final opinion meets `after`, and so does a skipped matter; a parked task does not.
 */
static core_task_set met_tasks(const struct core_application *application)
{
    core_task_set met = 0;

    for (unsigned i = 0; i < application->task_count; i++) {
        uint8_t state = application->tasks[i].state;
        if (state == CORE_TASK_DONE || state == CORE_TASK_SKIPPED)
            met |= core_task_bit(i);
    }
    return met;
}

int core_tasks_unblock(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    core_task_set met = met_tasks(application);

    for (unsigned i = 0; i < application->task_count; i++) {
        if (application->tasks[i].state != CORE_TASK_BLOCKED)
            continue;
        if ((turn->rules->matters[i].after & ~met) != 0)
            continue;
        core_task_queue(turn, i);
        int rc = core_task_start(turn, i, CORE_START_WORKABLE); /* T-11 */
        if (rc == OD_OK)
            rc = core_stages_mark(turn, i, CORE_MILESTONE_WORKABLE);
        if (rc != OD_OK)
            return rc;
    }
    return OD_OK;
}

/* T-9: a department that has it in hand must be told, and the debt stays until it confirms. */
static void cancel(struct core_turn *turn, unsigned index)
{
    struct core_task *task = &turn->application->tasks[index];
    bool was_blocked = task->state == CORE_TASK_BLOCKED;

    task->is_cancel_owed = core_task_is_with_connector(task);
    core_watch_end(turn, index);
    core_task_end_clocks(turn, index, CORE_CLOCK_STOPPED);
    core_task_move(task, CORE_TASK_CANCELLED, turn->event->time.ms);
    if (task->is_cancel_owed)
        core_turn_tell(turn, CORE_EFFECT_CANCEL, index);
    else if (!was_blocked)
        core_turn_tell(turn, CORE_EFFECT_RELEASE, index);
}

void core_tasks_cancel(struct core_turn *turn)
{
    for (unsigned i = 0; i < turn->application->task_count; i++)
        if (core_task_is_open(&turn->application->tasks[i]))
            cancel(turn, i);
}

int core_task_finish(struct core_turn *turn, unsigned index, enum core_opinion opinion,
                     bool is_deemed)
{
    struct core_application *application = turn->application;
    struct core_task *task = &application->tasks[index];

    core_watch_end(turn, index);
    int rc = core_stop_end(turn, index);
    if (rc != OD_OK)
        return rc;
    core_task_end_clocks(turn, index, CORE_CLOCK_MET);
    core_task_move(task, CORE_TASK_DONE, turn->event->time.ms);
    task->opinion = (uint8_t)opinion;
    task->is_deemed = is_deemed;
    application->is_deemed |= is_deemed;
    core_turn_tell(turn, CORE_EFFECT_RELEASE, index);
    core_request_settle(turn);
    return OD_OK;
}
