/* SPDX-License-Identifier: Apache-2.0 */
/* A task between the hub and whoever works on it: offers, owners, failures, pauses.
 * The states in which each event is taken stand in core.c. Rules: docs/rules/task.md. */
#include <assert.h>

#include "core/turn.h"

#define CRASHES_MAX 2 /* T-6: then the task is taken to be the cause */

static void count_up(uint16_t *count)
{
    if (*count < UINT16_MAX)
        ++*count;
}

static int check_offered(const struct core_turn *turn)
{
    core_task_set tasks = turn->event->offered.tasks;

    if (turn->application->status != CORE_STATUS_IN_REVIEW)
        return OD_ESTATE;
    if (tasks == 0 || (tasks & ~core_rules_tasks(turn->rules)) != 0)
        return OD_EINVAL;
    if (turn->event->offered.by_officer != (turn->event->offered.epoch == 0))
        return OD_EINVAL; /* T-3: the worklist is no session, and a session is not 0 */
    for (unsigned i = 0; i < turn->application->task_count; i++)
        if ((tasks & core_task_bit(i)) != 0 &&
            turn->application->tasks[i].state != CORE_TASK_QUEUED)
            return OD_ESTATE;
    return OD_OK;
}

/* T-3. */
int core_on_offered(struct core_turn *turn)
{
    const struct core_event *event = turn->event;

    int rc = check_offered(turn);
    if (rc != OD_OK)
        return rc;
    for (unsigned i = 0; i < turn->application->task_count; i++) {
        struct core_task *task = &turn->application->tasks[i];
        if ((event->offered.tasks & core_task_bit(i)) == 0)
            continue;
        core_task_move(task, CORE_TASK_OFFERED, event->time.ms);
        task->epoch = event->offered.epoch;
        task->is_by_officer = event->offered.by_officer;
        count_up(&task->attempt);
    }
    return OD_OK;
}

static void take_in_hand(struct core_task *task, core_ms now)
{
    core_task_move(task, CORE_TASK_ACCEPTED, now);
    task->failures = 0;
    task->is_redelivered = false;
}

/* The department has it: what waits for that starts. */
static int tell_taken(struct core_turn *turn)
{
    int rc = core_task_start(turn, turn->event->task, CORE_START_TAKEN);

    return rc == OD_OK ? core_stages_mark(turn, turn->event->task, CORE_MILESTONE_TAKEN) : rc;
}

int core_on_accepted(struct core_turn *turn)
{
    take_in_hand(core_turn_task(turn), turn->event->time.ms);
    return tell_taken(turn);
}

/* T-13. */
int core_on_taken(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (task->state == CORE_TASK_OFFERED && !task->is_by_officer)
        return OD_ESTATE; /* a connector has it */
    take_in_hand(task, turn->event->time.ms);
    task->is_by_officer = true;
    return tell_taken(turn);
}

/* T-15. */
int core_on_taken_over(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (task->is_by_officer || task->epoch != 0)
        return OD_ESTATE; /* it has an owner */
    task->is_by_officer = true;
    task->is_input_owed = false; /* the officer reads the whole file */
    return OD_OK;
}

/* T-4, T-5: nobody knows whether the department registered it. */
static void doubt(struct core_turn *turn, bool may_repeat)
{
    struct core_task *task = core_turn_task(turn);

    if (!may_repeat) {
        core_task_park(turn, turn->event->task, CORE_PARK_EFFECT_UNKNOWN);
        return;
    }
    count_up(&task->failures);
    task->is_redelivered = true;
    core_task_queue(turn, turn->event->task);
}

/* T-4: the department has it already: what failed is the answer's way back. */
static void fail_accepted(struct core_turn *turn, struct core_task *task)
{
    if (turn->event->failed.is_final) {
        core_task_park(turn, turn->event->task, CORE_PARK_RETRIES_EXHAUSTED);
        return;
    }
    count_up(&task->failures);
    task->epoch = 0;
}

/* T-4. */
static int fail_offered(struct core_turn *turn, struct core_task *task)
{
    bool is_final = turn->event->failed.is_final;

    switch ((enum core_effect_known)turn->event->failed.effect_known) {
    case CORE_EFFECT_KNOWN_NONE: break; /* refused before */
    case CORE_EFFECT_NOT_DONE:
        if (is_final) {
            core_task_park(turn, turn->event->task, CORE_PARK_RETRIES_EXHAUSTED);
            break;
        }
        count_up(&task->failures);
        core_task_queue(turn, turn->event->task);
        break;
    case CORE_EFFECT_DONE:
        if (is_final) {
            core_task_park(turn, turn->event->task, CORE_PARK_RETRIES_EXHAUSTED);
            break;
        }
        take_in_hand(task, turn->event->time.ms);
        task->epoch = 0; /* resume, never resubmit */
        return tell_taken(turn);
    case CORE_EFFECT_UNKNOWN:
        if (is_final && turn->event->failed.may_repeat)
            core_task_park(turn, turn->event->task, CORE_PARK_RETRIES_EXHAUSTED);
        else
            doubt(turn, turn->event->failed.may_repeat);
        break;
    }
    return OD_OK;
}

int core_on_failed(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);
    uint8_t known = turn->event->failed.effect_known;

    if (known == CORE_EFFECT_KNOWN_NONE || known > CORE_EFFECT_UNKNOWN)
        return OD_EINVAL;
    if (task->is_by_officer)
        return OD_ESTATE; /* an officer does not fail as a link does */
    if (task->state == CORE_TASK_OFFERED)
        return fail_offered(turn, task);
    fail_accepted(turn, task);
    return OD_OK;
}

int core_on_given_back(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (task->attempt > 0)
        task->attempt--;
    core_task_queue(turn, turn->event->task);
    return OD_OK;
}

/* T-5: an offer's effect is unknown; what was accepted stays, until another session resumes it.
 */
int core_on_session_lost(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);
    bool is_crash = turn->event->failed.is_crash && task->state != CORE_TASK_CANCELLED;
    bool is_active = task->state == CORE_TASK_OFFERED || task->state == CORE_TASK_ACCEPTED;

    if (is_crash && task->crashes < UINT8_MAX)
        task->crashes++;
    if (is_crash && is_active && task->crashes >= CRASHES_MAX)
        core_task_park(turn, turn->event->task, CORE_PARK_POISON); /* T-6 */
    else if (task->state == CORE_TASK_OFFERED)
        doubt(turn, turn->event->failed.may_repeat);
    else
        task->epoch = 0;
    return OD_OK;
}

/* T-7: the new session is the owner; what is still owed goes to it. */
int core_on_resumed(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (turn->event->epoch == 0)
        return OD_EINVAL;
    if (task->is_by_officer)
        return OD_ESTATE;
    task->epoch = turn->event->epoch;
    if (task->is_input_owed)
        core_turn_tell(turn, CORE_EFFECT_INPUT, turn->event->task);
    return OD_OK;
}

/* W-5: a pause has its own watch: how long it was told to last, or what the rule says. */
struct core_limit core_watch_limit(const struct core_rules *rules, const struct core_task *task, unsigned index)
{
    struct core_limit limit = rules->matters[index].watch;

    if (task->watch_days > 0) {
        limit.unit = CORE_UNIT_WORKING_DAY;
        limit.length = task->watch_days;
    }
    return limit;
}

static int start_watch(struct core_turn *turn, struct core_task *task)
{
    task->watch_days = turn->event->expected_days;
    struct core_limit limit = core_watch_limit(turn->rules, task, turn->event->task);
    return core_alone_start(turn, &task->watch, &limit, turn->event->time.day);
}

void core_watch_end(struct core_turn *turn, unsigned index)
{
    struct core_task *task = &turn->application->tasks[index];
    struct core_moment now = core_moment_of(&turn->event->time);

    if (core_clock_end(&task->watch, CORE_CLOCK_MET, &now))
        core_turn_tell_clock(turn, CORE_EFFECT_OVERDUE, index, CORE_CLOCK_WATCH);
}

/* T-12: only what the law and the matter allow stops a clock. */
int core_on_paused(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);
    uint8_t kind = turn->event->pause_kind;
    int32_t days = turn->event->expected_days;

    if (kind == CORE_PAUSE_NONE || kind > CORE_PAUSE_AUCTION || days < 0 || days > CORE_LIMIT_DAYS_MAX)
        return OD_EINVAL;
    if ((turn->rules->matters[turn->event->task].pause_kinds >> kind & 1u) == 0)
        return OD_EINVAL;
    core_task_move(task, CORE_TASK_PAUSED, turn->event->time.ms);
    task->pause_kind = kind;
    int rc = start_watch(turn, task);
    if (rc != OD_OK)
        return rc;
    core_turn_tell_notice(turn, CORE_NOTICE_PAUSED, turn->event->task);
    return core_stop_begin(turn, turn->event->task, (enum core_pause_kind)kind);
}

int core_on_unpaused(struct core_turn *turn)
{
    core_task_move(core_turn_task(turn), CORE_TASK_ACCEPTED, turn->event->time.ms);
    core_watch_end(turn, turn->event->task);
    core_turn_tell_notice(turn, CORE_NOTICE_RESUMED, turn->event->task);
    int rc = core_stop_end(turn, turn->event->task);
    return rc == OD_OK ? core_clocks_reset(turn, turn->event->task) : rc;
}

/* K-13 of docs/rules/clock.md: the task's time stands still, the joint clocks run on. */
int core_on_asked(struct core_turn *turn)
{
    core_task_move(core_turn_task(turn), CORE_TASK_WAITING_APPLICANT, turn->event->time.ms);
    core_turn_task(turn)->is_unanswered = false;
    core_request_gather(turn);
    return core_stop_begin(turn, turn->event->task, CORE_PAUSE_SUPPLEMENT);
}

/* T-10. */
int core_on_input_handed(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (!task->is_input_owed)
        return OD_ESTATE;
    task->is_input_owed = false;
    return OD_OK;
}

int core_on_parked(struct core_turn *turn)
{
    uint8_t reason = turn->event->park_reason;

    if (reason == CORE_PARK_NONE || reason > CORE_PARK_BY_CONNECTOR)
        return OD_EINVAL;
    core_task_park(turn, turn->event->task, (enum core_park_reason)reason);
    return OD_OK;
}

/* T-14. */
int core_on_requeued(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (task->state == CORE_TASK_OFFERED) {
        if (!task->is_by_officer)
            return OD_ESTATE; /* its effect is not known */
        core_turn_tell(turn, CORE_EFFECT_RELEASE, turn->event->task);
    } else {
        task->is_redelivered = true; /* an earlier offer may have reached the department */
    }
    task->failures = 0;
    task->crashes = 0;
    core_task_queue(turn, turn->event->task);
    return OD_OK;
}

/* T-9: now nothing is owed, and nobody has it. */
int core_on_cancel_confirmed(struct core_turn *turn)
{
    struct core_task *task = core_turn_task(turn);

    if (!task->is_cancel_owed)
        return OD_ESTATE;
    task->is_cancel_owed = false;
    task->epoch = 0;
    core_turn_tell(turn, CORE_EFFECT_RELEASE, turn->event->task);
    return OD_OK;
}
