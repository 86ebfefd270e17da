/* SPDX-License-Identifier: Apache-2.0 */
#include "core/application.h"

#include <assert.h>

#include "core/turn.h"

enum { STATUS_COUNT = CORE_STATUS_RECEIVED + 1 };

/* Rows: from; columns: to. docs/rules/intake.md I-1, I-2, I-3, I-6, I-7; decision.md D-1. */
static const bool allowed[STATUS_COUNT][STATUS_COUNT] = {
    [CORE_STATUS_NONE] = {[CORE_STATUS_INCOMPLETE] = true,
                          [CORE_STATUS_IN_REVIEW] = true,
                          [CORE_STATUS_NOT_ACCEPTED] = true,
                          [CORE_STATUS_RECEIVED] = true},
    [CORE_STATUS_RECEIVED] = {[CORE_STATUS_INCOMPLETE] = true,
                              [CORE_STATUS_IN_REVIEW] = true,
                              [CORE_STATUS_NOT_ACCEPTED] = true,
                              [CORE_STATUS_WITHDRAWN] = true},
    [CORE_STATUS_INCOMPLETE] = {[CORE_STATUS_IN_REVIEW] = true,
                                [CORE_STATUS_LAPSED] = true,
                                [CORE_STATUS_WITHDRAWN] = true},
    [CORE_STATUS_IN_REVIEW] = {[CORE_STATUS_DECIDED] = true,
                               [CORE_STATUS_LAPSED] = true, /* I-8: what was promised never came */
                               [CORE_STATUS_WITHDRAWN] = true},
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
    case CORE_STATUS_RECEIVED:
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
    return application->status == CORE_STATUS_RECEIVED ||
           application->status == CORE_STATUS_INCOMPLETE ||
           application->status == CORE_STATUS_IN_REVIEW;
}

bool core_application_awaits_receipt(const struct core_application *application)
{
    return application->telling == CORE_TELLING_AWAITED && application->supplement.state == CORE_CLOCK_NOT_STARTED;
}

static void earlier(core_minute *wake, core_minute own)
{
    if (own < *wake)
        *wake = own;
}

/* An overdue clock needs no second waking, and one that stands still needs none at all. */
static void add_clock(struct core_wake *wake, const struct core_clock *clock)
{
    if (clock->state != CORE_CLOCK_RUNNING || clock->is_overdue)
        return;
    if (clock->due_minute != 0)
        earlier(&wake->utc, (core_minute)clock->due_minute + 1);
    else
        earlier(&wake->civil, ((core_minute)clock->due + 1) * CORE_DAY_MINUTES);
    if (clock->is_warned || clock->warn == 0)
        return;
    if (clock->due_minute != 0)
        earlier(&wake->utc, clock->warn_minute);
    else
        earlier(&wake->civil, (core_minute)clock->warn * CORE_DAY_MINUTES);
}

static void add_task(struct core_wake *wake, const struct core_task *task)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        add_clock(wake, &task->clocks[id]);
    add_clock(wake, &task->watch);
    for (int i = 0; i < CORE_STAGES_MAX; i++)
        add_clock(wake, &task->stages[i]);
}

struct core_wake core_application_wake(const struct core_application *application)
{
    struct core_wake wake = {.civil = INT64_MAX, .utc = INT64_MAX};

    for (int id = 0; id < CORE_CLOCKS; id++)
        add_clock(&wake, &application->clocks[id]);
    add_clock(&wake, &application->supplement);
    add_clock(&wake, &application->intake);
    add_clock(&wake, &application->tolerance);
    add_clock(&wake, &application->delivery);
    if (application->status == CORE_STATUS_RECEIVED && application->lacking != 0 &&
        application->intake.state == CORE_CLOCK_RUNNING)
        earlier(&wake.civil, (core_minute)application->intake.due * CORE_DAY_MINUTES); /* I-10 */
    if (core_application_awaits_receipt(application))
        earlier(&wake.civil, (core_minute)application->presumed_day * CORE_DAY_MINUTES); /* S-4 */
    if (application->notice_minute != 0)
        earlier(&wake.civil, application->notice_minute);
    for (unsigned i = 0; i < application->task_count; i++)
        add_task(&wake, &application->tasks[i]);
    return wake;
}
