/* SPDX-License-Identifier: Apache-2.0 */
/* The applicant withdraws, at every state. */
#include <stdio.h>
#include <string.h>

#include "check/suite.h"
#include "check/verdict.h"

#define CANCEL "{\"reason\":\"the applicant withdrew\"}"

static void withdraw(struct check_hub *hub, struct check_task *task)
{
    task->is_withdrawn = true;
    check_hub_item(hub, BASE_ITEM_CANCEL, task->handle, CANCEL);
}

/* Within a day it is confirmed, or an opinion has won; and what is said of the effect is true. */
static void must_confirm(struct check_hub *hub, uint64_t handle, const char *when)
{
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_live(hub, CHECK_DAY_MS);
    const struct check_task *task = check_book_find(&hub->book, handle);

    if (task->state != CHECK_TASK_ENDED && task->state != CHECK_TASK_QUEUED && task->state != CHECK_TASK_PARKED)
        check_fail("call od_cancelled in cancel(), or as soon as the department knows; NULL confirms for you (reference.md)",
                   "a task that was withdrawn %s is not confirmed after a day", when);
    if (hub->false_none > 0)
        check_fail("say OD_EFFECT_DONE when the department has it, OD_EFFECT_UNKNOWN when it may have (effects.md)",
                   "it said effect none of a task that the department has registered");
    check_records(hub, "after a withdrawal");
}

static void offered(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    for (size_t i = 0; i < hub->subject->script.form_count; i++) {
        uint64_t handle = check_hub_add(hub, i)->handle;

        while (hub->poll_id == 0 && !hub->is_lost)
            hub->peer->wait(hub, 20);
        /* Both in one batch: the offer is put first because the task is queued. */
        struct check_task *task = check_book_find(&hub->book, handle);
        struct base_buffer payload = {0};

        check_book_put(&hub->book, task, "test.check", hub->now_ms, &payload);
        check_hub_item(hub, BASE_ITEM_OFFER, handle, base_buffer_text(&payload));
        base_buffer_fini(&payload);
        withdraw(hub, task);
        must_confirm(hub, handle, "right after its offer");
    }
}

static void in_state(struct check_hub *hub, enum check_task_state state, const char *when)
{
    check_hub_start(hub);
    struct check_task *task = check_must_reach(hub, state);
    uint64_t handle = task->handle;

    withdraw(hub, task);
    must_confirm(hub, handle, when);
}

static void accepted(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    in_state(hub, CHECK_TASK_ACCEPTED, "while the department worked on it");
}

static void paused(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    in_state(hub, CHECK_TASK_PAUSED, "in a pause");
}

static void waiting(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    in_state(hub, CHECK_TASK_WAITING, "while it waited for the applicant");
}

static void twice(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    struct check_task *task = check_must_reach(hub, CHECK_TASK_ACCEPTED);
    uint64_t handle = task->handle;

    withdraw(hub, task);
    withdraw(hub, task);
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_hub_item(hub, BASE_ITEM_CANCEL, handle, CANCEL);
    must_confirm(hub, handle, "three times");
}

static void resumed(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    struct check_task *task = check_must_reach(hub, CHECK_TASK_ACCEPTED);
    uint64_t handle = task->handle;

    task->is_withdrawn = true; /* the word of it is lost with the process */
    check_restart(hub);
    must_confirm(hub, handle, "just before a restart");
}

/* A task that it never saw: nothing to undo, and nothing breaks. */
static void unknown(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    check_hub_item(hub, BASE_ITEM_CANCEL, 64001, CANCEL);
    check_hub_item(hub, BASE_ITEM_RELEASE, 64065, "{\"reason\":\"moved\"}");
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_add_sound(hub);
    check_must_finish(hub, "after a withdrawal of a task that it never had");
}

static void released(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    struct check_task *task = check_must_reach(hub, CHECK_TASK_ACCEPTED);

    uint64_t before = hub->contract_count;
    check_hub_item(hub, BASE_ITEM_RELEASE, task->handle, "{\"reason\":\"moved\"}");
    task->state = CHECK_TASK_ENDED; /* elsewhere */
    check_live(hub, 3 * CHECK_DAY_MS);
    if (hub->contract_count > before)
        check_fail("free what belongs to a task in release(), and end what is under way for it (reference.md)",
                   "it went on with a task that had left it: %s", hub->contract);
    check_hub_stop(hub);
}

const struct check_case check_cancel_cases[] = {
    {"cancel.offered", "confirms a withdrawal that comes with the offer", CHECK_FOR_BOTH, offered},
    {"cancel.accepted", "confirms a withdrawal while the department works on it", CHECK_FOR_BOTH, accepted},
    {"cancel.paused", "confirms a withdrawal in a pause", CHECK_FOR_BOTH, paused},
    {"cancel.waiting", "confirms a withdrawal while it waits for the applicant", CHECK_FOR_BOTH, waiting},
    {"cancel.twice", "takes a withdrawal that comes three times", CHECK_FOR_BOTH, twice},
    {"cancel.resumed", "confirms a withdrawal that comes with a resume", CHECK_FOR_BOTH, resumed},
    {"cancel.unknown", "takes a withdrawal of a task that it never had", CHECK_FOR_REMOTE, unknown},
    {"release.forgets", "forgets a task that left it", CHECK_FOR_BOTH, released},
    {.name = NULL},
};
