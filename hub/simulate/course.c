/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/course.h"

#include <string.h>

#include "base/memory.h"
#include "base/time.h"

#define MINUTE_MS INT64_C(60000)
#define MIDNIGHTS 64 /* remembered; a power of two */

void simulate_course_clear(struct simulate_course *course)
{
    course->act_count = 0;
    course->sleep_count = 0;
}

void simulate_course_fini(struct simulate_course *course)
{
    if (course == NULL)
        return;
    base_free(course->acts);
    base_free(course->sleeps);
    *course = (struct simulate_course){0};
}

static int act_reserve(struct simulate_course *course)
{
    if (course->act_count == SIMULATE_ACTS_MAX)
        return OD_ELIMIT;
    if (course->act_count == course->act_room) {
        size_t room = course->act_room > 0 ? 2 * course->act_room : 64;
        struct simulate_act *acts = base_realloc(course->acts, room * sizeof(*acts));

        if (acts == NULL)
            return OD_ENOMEM;
        course->acts = acts;
        course->act_room = room;
    }
    return OD_OK;
}

static int sleep_add(struct simulate_course *course, core_ms from_ms, core_ms until_ms)
{
    if (course->sleep_count == course->sleep_room) {
        size_t room = course->sleep_room > 0 ? 2 * course->sleep_room : 16;
        struct simulate_sleep *sleeps = base_realloc(course->sleeps, room * sizeof(*sleeps));

        if (sleeps == NULL)
            return OD_ENOMEM;
        course->sleeps = sleeps;
        course->sleep_room = room;
    }
    course->sleeps[course->sleep_count++] = (struct simulate_sleep){from_ms, until_ms};
    return OD_OK;
}

/* -- Causes -- */

core_ms simulate_pulse_cause(const struct simulate_pulse *pulse, const struct core_application *application,
                             const struct simulate_act *act)
{
    core_ms cause = act->is_of_whole ? pulse->whole : 0;

    if (act->wait == SIMULATE_WAIT_DECIDED)
        return application->decided_ms;
    if (act->wait == SIMULATE_WAIT_CANCELLED)
        return application->tasks[act->event.task].since_ms;
    for (core_task_set left = act->tasks; left != 0; left &= left - 1)
        if (pulse->tasks[__builtin_ctzll(left)] > cause)
            cause = pulse->tasks[__builtin_ctzll(left)];
    return cause;
}

void simulate_pulse_act(struct simulate_pulse *pulse, const struct simulate_act *act, core_ms now)
{
    for (core_task_set left = act->tasks; left != 0; left &= left - 1)
        pulse->tasks[__builtin_ctzll(left)] = now;
    pulse->gone_on &= ~act->tasks;
    if (act->is_of_whole)
        pulse->whole = now;
}

void simulate_pulse_step(struct simulate_pulse *pulse, const struct core_application *application,
                         const struct core_effects *effects, core_ms now)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct core_effect *effect = &effects->items[i];

        if (effect->type == CORE_EFFECT_QUEUE || effect->type == CORE_EFFECT_UNANSWERED)
            pulse->tasks[effect->task] = now;
        if (effect->type == CORE_EFFECT_UNANSWERED)
            pulse->gone_on |= (core_task_set)1 << effect->task;
    }
    if (pulse->status != application->status)
        pulse->whole = now;
    pulse->status = application->status;
}

static bool is_by_itself(enum core_event_type type)
{
    return type == CORE_RECEIVED || type == CORE_WITHDRAWN || type == CORE_REDATED;
}

static enum simulate_wait wait_of(const struct core_event *event, const struct simulate_pulse *pulse)
{
    if (event->type == CORE_OFFERED)
        return SIMULATE_WAIT_QUEUED;
    if (event->type == CORE_CLOSED)
        return SIMULATE_WAIT_DECIDED;
    if (event->type == CORE_CANCEL_CONFIRMED)
        return SIMULATE_WAIT_CANCELLED;
    if (journal_event_is_on_task(event->type) && event->task < CORE_TASKS_MAX && (pulse->gone_on >> event->task & 1) != 0)
        return SIMULATE_WAIT_GONE_ON;
    return SIMULATE_WAIT_NONE;
}

void simulate_act_place(struct simulate_act *act, const struct core_event *event,
                        const struct core_application *before, const struct simulate_pulse *pulse)
{
    *act = (struct simulate_act){.event = *event, .wait = (uint8_t)wait_of(event, pulse)};
    if (journal_event_is_on_task(event->type) && event->task < CORE_TASKS_MAX)
        act->tasks = (core_task_set)1 << event->task;
    else if (event->type == CORE_SUPPLEMENTED && before->status == CORE_STATUS_IN_REVIEW)
        act->tasks = event->supplemented.answered;
    act->is_of_whole = act->tasks == 0 && !is_by_itself(event->type);
    act->status = before->status;
}

/* -- Time -- */

/* A zone is asked seldom: most wakes are at the same few midnights. */
static _Thread_local struct midnight {
    core_minute civil;
    core_ms utc_ms;
} midnights[MIDNIGHTS];

void simulate_zone_forget(void)
{
    memset(midnights, 0, sizeof(midnights));
}

static core_ms utc_of(core_minute civil)
{
    struct midnight *known = &midnights[(uint64_t)civil / 60 * 31 % MIDNIGHTS];

    if (known->civil != civil || known->utc_ms == 0) {
        known->civil = civil;
        known->utc_ms = base_zone_utc((int32_t)(civil / CORE_DAY_MINUTES), (int32_t)(civil % CORE_DAY_MINUTES));
    }
    return known->utc_ms;
}

core_ms simulate_wake_ms(const struct core_application *application)
{
    struct core_wake wake = core_application_wake(application);
    core_ms civil = wake.civil != INT64_MAX ? utc_of(wake.civil) : INT64_MAX;
    core_ms utc = wake.utc != INT64_MAX ? wake.utc * MINUTE_MS : INT64_MAX;

    return civil < utc ? civil : utc;
}

struct core_time simulate_time(core_ms ms)
{
    struct core_time time = {.ms = ms};
    int32_t offset;

    base_zone_civil(ms, &time.day, &time.minute, &offset);
    return time;
}

/* -- The fold -- */

static int fold_woken(struct simulate_fold *fold, const struct core_event *event, core_ms wake_ms)
{
    struct core_effects effects;
    int rc = core_step(fold->rules, fold->state, event, &effects);

    if (rc != OD_OK)
        return rc;
    simulate_pulse_step(&fold->pulse, fold->state, &effects, event->time.ms);
    return sleep_add(fold->course, wake_ms < event->time.ms ? wake_ms : event->time.ms, event->time.ms);
}

static int fold_act(struct simulate_fold *fold, const struct core_event *event)
{
    struct core_effects effects;
    struct simulate_act act;

    simulate_act_place(&act, event, fold->state, &fold->pulse);
    core_ms cause_ms = simulate_pulse_cause(&fold->pulse, fold->state, &act);
    act.is_caused = cause_ms != 0;
    act.delay_ms = event->time.ms - cause_ms;
    int rc = act_reserve(fold->course);
    if (rc == OD_OK)
        rc = core_step(fold->rules, fold->state, event, &effects);
    if (rc != OD_OK)
        return rc;
    fold->course->acts[fold->course->act_count++] = act;
    simulate_pulse_act(&fold->pulse, &act, event->time.ms);
    simulate_pulse_step(&fold->pulse, fold->state, &effects, event->time.ms);
    return OD_OK;
}

/* When the hub was to wake it, and nothing was in the way any more. */
static core_ms wake_after(const struct simulate_fold *fold)
{
    core_ms wake_ms = simulate_wake_ms(fold->state);

    return wake_ms > fold->now_ms ? wake_ms : fold->now_ms;
}

int simulate_fold_event(struct simulate_fold *fold, const struct core_event *event)
{
    if (fold->reign.on_time != NULL)
        fold->reign.on_time(fold->reign.owner, event->time.ms);
    if ((event->type == CORE_RECEIVED) != (fold->state->status == CORE_STATUS_NONE) || event->time.ms < fold->now_ms)
        return OD_ESTATE;
    int rc = event->type == CORE_WOKEN ? fold_woken(fold, event, wake_after(fold)) : fold_act(fold, event);
    if (rc == OD_OK)
        fold->now_ms = event->time.ms;
    return rc;
}

int simulate_fold_end(struct simulate_fold *fold, core_ms horizon_ms)
{
    core_ms wake_ms = wake_after(fold);

    return wake_ms <= horizon_ms && simulate_wake_ms(fold->state) != INT64_MAX ? sleep_add(fold->course, wake_ms, INT64_MAX) : OD_OK;
}

int simulate_course_redate(struct simulate_course *course, core_ms at_ms, core_ms until_ms)
{
    struct simulate_act act = {.event = {.type = CORE_REDATED, .time = simulate_time(at_ms)}, .delay_ms = at_ms};
    size_t place = course->act_count;

    for (size_t i = 0; i < course->act_count; i++)
        if (course->acts[i].event.type == CORE_REDATED && course->acts[i].event.time.ms >= at_ms && course->acts[i].event.time.ms < until_ms)
            return OD_OK;
    int rc = act_reserve(course);
    if (rc != OD_OK)
        return rc;
    while (place > 1 && course->acts[place - 1].event.time.ms > at_ms)
        place--;
    memmove(&course->acts[place + 1], &course->acts[place], (course->act_count - place) * sizeof(*course->acts));
    course->acts[place] = act;
    course->act_count++;
    return OD_OK;
}
