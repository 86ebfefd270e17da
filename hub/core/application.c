/* SPDX-License-Identifier: Apache-2.0 */
#include "core/application.h"

#include <assert.h>

#include "core/turn.h"

enum { STATUS_COUNT = CORE_STATUS_LAPSED + 1 };

/* Rows: from; columns: to. docs/rules/intake.md I-1, I-2, I-3, I-6, I-7; decision.md D-1. */
static const bool allowed[STATUS_COUNT][STATUS_COUNT] = {
    [CORE_STATUS_NONE] = {[CORE_STATUS_INCOMPLETE] = true,
                          [CORE_STATUS_IN_REVIEW] = true,
                          [CORE_STATUS_NOT_ACCEPTED] = true},
    [CORE_STATUS_INCOMPLETE] = {[CORE_STATUS_IN_REVIEW] = true,
                                [CORE_STATUS_LAPSED] = true,
                                [CORE_STATUS_WITHDRAWN] = true},
    [CORE_STATUS_IN_REVIEW] = {[CORE_STATUS_DECIDED] = true, [CORE_STATUS_WITHDRAWN] = true},
    [CORE_STATUS_DECIDED] = {[CORE_STATUS_CLOSED] = true},
};

bool core_application_may_move(enum core_status from, enum core_status to)
{
    return allowed[from][to];
}

void core_application_move(struct core_application *application, enum core_status to,
                           core_ms now)
{
    assert(allowed[application->status][to]);

    application->status = (uint8_t)to;
    switch (to) {
    case CORE_STATUS_NONE:
    case CORE_STATUS_INCOMPLETE: break;
    case CORE_STATUS_IN_REVIEW: application->accepted_ms = now; break;
    case CORE_STATUS_DECIDED: application->decided_ms = now; break;
    case CORE_STATUS_CLOSED:
    case CORE_STATUS_WITHDRAWN:
    case CORE_STATUS_NOT_ACCEPTED:
    case CORE_STATUS_LAPSED: application->closed_ms = now; break;
    }
}

size_t core_application_size(unsigned task_count)
{
    assert(task_count <= CORE_TASKS_MAX);

    return sizeof(struct core_application) + task_count * sizeof(struct core_task);
}

bool core_application_is_open(const struct core_application *application)
{
    return application->status == CORE_STATUS_INCOMPLETE ||
           application->status == CORE_STATUS_IN_REVIEW;
}

/* An overdue clock needs no second waking, and one that stands still needs none at all. */
static core_minute earlier_wake(core_minute wake, const struct core_clock *clock)
{
    core_minute own = ((core_minute)clock->due + 1) * CORE_DAY_MINUTES;

    if (clock->state != CORE_CLOCK_RUNNING || clock->is_overdue)
        return wake;
    return own < wake ? own : wake;
}

core_minute core_application_wake(const struct core_application *application)
{
    core_minute wake = earlier_wake(INT64_MAX, &application->supplement);

    for (int id = 0; id < CORE_CLOCKS; id++)
        wake = earlier_wake(wake, &application->clocks[id]);
    for (unsigned i = 0; i < application->task_count; i++)
        for (int id = 0; id < CORE_CLOCKS; id++)
            wake = earlier_wake(wake, &application->tasks[i].clocks[id]);
    return wake;
}

static const struct core_limit *joint_limit(const struct core_rules *rules, int id)
{
    return id == CORE_CLOCK_PROMISED ? &rules->promised : &rules->statutory;
}

int core_joint_start(struct core_turn *turn)
{
    const struct core_rules *rules = turn->rules;
    struct core_application *application = turn->application;
    int rc = OD_OK;

    for (int id = 0; id < CORE_CLOCKS && rc == OD_OK; id++)
        rc = core_clock_start(&application->clocks[id], rules->calendar, joint_limit(rules, id),
                              application->accepted_day);
    return rc;
}

static bool has_paused_task(const struct core_application *application)
{
    for (unsigned i = 0; i < application->task_count; i++)
        if (application->tasks[i].state == CORE_TASK_PAUSED)
            return true;
    return false;
}

/* K-8: overlapping pauses are a union, so that only the first stops the clocks and only
 * the end of the last lets them go on. */
int core_joint_follow(struct core_turn *turn)
{
    const struct core_rules *rules = turn->rules;
    bool is_paused = has_paused_task(turn->application);
    int rc = OD_OK;

    for (int id = 0; id < CORE_CLOCKS && rc == OD_OK; id++) {
        struct core_clock *clock = &turn->application->clocks[id];
        const struct core_limit *limit = joint_limit(rules, id);
        if (is_paused)
            core_clock_pause(clock, rules->calendar, limit, turn->event->time.day);
        else
            rc = core_clock_resume(clock, rules->calendar, limit, turn->event->time.day);
    }
    return rc;
}

void core_joint_end(struct core_turn *turn, enum core_clock_state end)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        if (core_clock_end(&turn->application->clocks[id], end, turn->event->time.day))
            core_turn_tell_overdue(turn, CORE_TASKS_MAX, (enum core_clock_id)id);
}
