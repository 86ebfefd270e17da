/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/run.h"

#include <assert.h>

#include "base/time.h"

static bool stands_in(const struct simulate_act *act, unsigned chain)
{
    if (chain < CORE_TASKS_MAX)
        return (act->tasks >> chain & 1) != 0;
    return chain == SIMULATE_CHAIN_WHOLE ? act->is_of_whole : act->tasks == 0 && !act->is_of_whole;
}

static size_t next_in(const struct simulate_course *course, unsigned chain, size_t from)
{
    while (from < course->act_count && !stands_in(&course->acts[from], chain))
        from++;
    return from;
}

/* The orders after the last task that there is are those of no task. */
static unsigned chain_after(const struct simulate_run *run, unsigned chain)
{
    return chain + 1 == run->rules->matter_count ? SIMULATE_CHAIN_WHOLE : chain + 1;
}

static void pass(struct simulate_run *run, size_t index)
{
    for (unsigned chain = 0; chain < SIMULATE_CHAINS; chain = chain_after(run, chain))
        if (run->heads[chain] == index)
            run->heads[chain] = next_in(run->course, chain, index + 1);
}

/* -- Which act can be next -- */

static bool has_ended(const struct core_application *state, unsigned task)
{
    return !core_task_is_open(&state->tasks[task]);
}

/* Nobody has been able to work on the task yet. */
static bool waits_for_task(const struct simulate_run *run, const struct simulate_act *act, unsigned task)
{
    return act->wait == SIMULATE_WAIT_QUEUED || (act->is_caused && run->pulse.tasks[task] == 0);
}

/* A task that ended before it was ever offered has nobody who works on it. */
static void forsake_ended(struct simulate_run *run)
{
    for (unsigned i = 0; i < run->state->task_count; i++) {
        size_t head = run->heads[i];
        if (head == run->course->act_count || !has_ended(run->state, i) || !waits_for_task(run, &run->course->acts[head], i))
            continue;
        run->forsaken |= (core_task_set)1 << i;
        run->heads[i] = run->course->act_count;
    }
}

static bool is_at_head(const struct simulate_run *run, size_t index)
{
    core_task_set tasks = run->course->acts[index].tasks & ~run->forsaken;

    for (; tasks != 0; tasks &= tasks - 1)
        if (run->heads[__builtin_ctzll(tasks)] != index)
            return false;
    return true;
}

/* How far an application has come. */
static int rank_of(enum core_status status)
{
    switch (status) {
    case CORE_STATUS_NONE: return 0;
    case CORE_STATUS_RECEIVED: return 1;
    case CORE_STATUS_INCOMPLETE: return 2;
    case CORE_STATUS_IN_REVIEW: return 3;
    case CORE_STATUS_DECIDED:
    case CORE_STATUS_CLOSED:
    case CORE_STATUS_WITHDRAWN:
    case CORE_STATUS_NOT_ACCEPTED:
    case CORE_STATUS_LAPSED: return 4;
    }
    return 0;
}

static bool has_come(const struct simulate_run *run, const struct simulate_act *act)
{
    const struct core_application *state = run->state;

    if (act->is_of_whole && rank_of((enum core_status)state->status) < rank_of((enum core_status)act->status))
        return false;
    const struct core_task *task = act->wait != SIMULATE_WAIT_DECIDED && act->wait != SIMULATE_WAIT_NONE
                                       ? &state->tasks[act->event.task] : NULL;

    switch ((enum simulate_wait)act->wait) {
    case SIMULATE_WAIT_NONE: return true;
    case SIMULATE_WAIT_QUEUED: return task->state == CORE_TASK_QUEUED;
    case SIMULATE_WAIT_DECIDED: return state->status == CORE_STATUS_DECIDED;
    case SIMULATE_WAIT_CANCELLED: return task->state == CORE_TASK_CANCELLED && task->is_cancel_owed;
    case SIMULATE_WAIT_GONE_ON: return task->state != CORE_TASK_WAITING_APPLICANT;
    }
    return true;
}

/* The act and its moment; act_count = none can be next. Of two at the same moment, the one recorded first. */
static size_t find_act(const struct simulate_run *run, core_ms *at_ms)
{
    const struct simulate_course *course = run->course;
    size_t found = course->act_count;

    for (unsigned chain = 0; chain < SIMULATE_CHAINS; chain = chain_after(run, chain)) {
        size_t head = run->heads[chain];
        if (head == course->act_count || !is_at_head(run, head) || !has_come(run, &course->acts[head]))
            continue;
        core_ms cause_ms = simulate_pulse_cause(&run->pulse, run->state, &course->acts[head]);
        if (cause_ms == 0 && course->acts[head].is_caused)
            continue;
        core_ms ms = cause_ms + course->acts[head].delay_ms;
        if (ms < run->now_ms)
            ms = run->now_ms;
        if (found == course->act_count || ms < *at_ms || (ms == *at_ms && head < found)) {
            found = head;
            *at_ms = ms;
        }
    }
    return found;
}

/* -- Playing -- */

static core_task_set waiting_tasks(const struct core_application *state)
{
    core_task_set waiting = 0;

    for (unsigned i = 0; i < state->task_count; i++)
        if (state->tasks[i].state == CORE_TASK_WAITING_APPLICANT)
            waiting |= (core_task_set)1 << i;
    return waiting;
}

/* The recorded event at its new moment: the day as it was recorded where the moment is the same. */
static struct core_event event_at(const struct simulate_run *run, const struct simulate_act *act, core_ms at_ms)
{
    struct core_event event = act->event;

    if (at_ms != event.time.ms)
        event.time = simulate_time(at_ms);
    if (event.type == CORE_MARKED && event.marked.day != 0)
        event.marked.day += event.time.day - act->event.time.day; /* the hearing moves with its announcement */
    if (event.type == CORE_SUPPLEMENTED && act->tasks != 0)
        event.supplemented.answered &= waiting_tasks(run->state);
    return event;
}

static int step(struct simulate_run *run, const struct core_event *event)
{
    struct core_effects effects;

    if (run->reign.on_time != NULL)
        run->reign.on_time(run->reign.owner, run->now_ms);
    int rc = core_step(run->rules, run->state, event, &effects);

    if (rc != OD_OK)
        return rc;
    run->is_waking_idle = false;
    simulate_pulse_step(&run->pulse, run->state, &effects, run->now_ms);
    return OD_OK;
}

/* What does not fit any more is left away, and its time passes all the same. */
static int play(struct simulate_run *run, size_t index, core_ms at_ms)
{
    const struct simulate_act *act = &run->course->acts[index];
    struct core_event event = event_at(run, act, at_ms);

    run->now_ms = at_ms;
    int rc = step(run, &event);
    if (rc != OD_OK && event.type != CORE_REDATED && event.type != CORE_TOLD) /* that nothing moves, or waits, is no loss */
        run->dropped++;
    pass(run, index);
    simulate_pulse_act(&run->pulse, act, at_ms);
    return rc == OD_ERANGE || event.type == CORE_RECEIVED ? rc : OD_OK;
}

/* When the application is woken next, and by which of the recorded wakings, if by any: one that falls into the time between
 * the moment that the hub should have woken it and the moment that it did comes at that moment. */
static core_ms find_wake(const struct simulate_run *run, size_t *sleep)
{
    core_ms wake_ms = run->is_waking_idle ? INT64_MAX : simulate_wake_ms(run->state);

    if (wake_ms < run->now_ms)
        wake_ms = run->now_ms;
    for (*sleep = run->sleep_at; *sleep < run->course->sleep_count; ++*sleep) {
        const struct simulate_sleep *slept = &run->course->sleeps[*sleep];
        bool is_over = slept->until_ms < wake_ms || (slept->until_ms == wake_ms && slept->from_ms < wake_ms);
        if (!is_over && slept->from_ms <= wake_ms)
            return slept->until_ms;
        if (!is_over)
            break;
    }
    *sleep = run->course->sleep_count;
    return wake_ms;
}

static int wake(struct simulate_run *run, core_ms at_ms, size_t sleep)
{
    struct core_event event = {.type = CORE_WOKEN, .time = simulate_time(at_ms)};

    run->now_ms = at_ms;
    int rc = step(run, &event);
    run->is_waking_idle = rc == OD_ENOTFOUND;
    if (sleep < run->course->sleep_count)
        run->sleep_at = sleep + 1;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int simulate_run(struct simulate_run *run)
{
    const struct simulate_course *course = run->course;

    if (course->act_count == 0 || course->acts[0].event.type != CORE_RECEIVED)
        return OD_ESTATE;
    for (unsigned chain = 0; chain < SIMULATE_CHAINS; chain = chain_after(run, chain))
        run->heads[chain] = next_in(course, chain, 0);
    int rc = play(run, 0, course->acts[0].event.time.ms);
    while (rc == OD_OK) {
        core_ms act_ms = INT64_MAX;
        size_t sleep;
        forsake_ended(run);
        size_t act = find_act(run, &act_ms);
        core_ms wake_ms = find_wake(run, &sleep);
        bool is_last = act == course->act_count;
        if (wake_ms != INT64_MAX && (is_last ? wake_ms <= run->horizon_ms : wake_ms <= act_ms))
            rc = wake(run, wake_ms, sleep);
        else if (!is_last)
            rc = play(run, act, act_ms);
        else
            break;
    }
    return rc;
}
