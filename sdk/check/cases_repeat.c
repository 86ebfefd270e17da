/* SPDX-License-Identifier: Apache-2.0 */
/* What comes twice: offers, resumes, events; and what comes again after a restart. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/suite.h"
#include "check/verdict.h"

/* The department has the first submission, its answer is lost, and the task comes again. */
static void redelivered(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    if (!check_script_does(&hub->subject->script, CHECK_DOES_SUBMIT))
        check_skip("check.json has no route that submits");
    check_hub_start(hub);
    hub->department.fault = CHECK_FAULT_LOST;
    hub->department.fault_routes = 1u << CHECK_DOES_SUBMIT;
    check_add_sound(hub);
    check_hub_deliver(hub);
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    if (!hub->peer->is_virtual)
        check_live(hub, 1000);
    hub->department.fault = CHECK_FAULT_NONE;
    check_must_finish(hub, "after the answer to its first submission was lost");
}

/* The process dies before its first report arrives: the hub cannot know whether it submitted. */
static void lost_report(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    hub->kill_when = CHECK_KILL_BEFORE;
    hub->kill_in = 1;
    check_add_sound(hub);
    if (check_hub_finish(hub))
        check_skip("it told nothing of its task");
    if (!hub->is_killed)
        check_hub_must_live(hub);
    check_hub_lose(hub);
    check_hub_start(hub);
    check_must_finish(hub, "offered again after a crash");
}

static void resumed_in_hand(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    check_must_reach(hub, CHECK_TASK_ACCEPTED)->needs_resume = true;
    check_must_finish(hub, "after a task in its hand was brought again");
}

static void events_again(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    if (!hub->subject->has_events || hub->subject->script.callback == NULL)
        check_skip("it takes no events");
    check_hub_start(hub);
    const struct check_task *task = check_must_reach(hub, CHECK_TASK_ACCEPTED);
    uint64_t handle = task->handle;

    check_hub_item(hub, BASE_ITEM_EVENT, handle, "{\"id\":\"e-x\",\"body\":{\"nothing\":\"that it knows\"}}");
    check_hub_item(hub, BASE_ITEM_EVENT, handle, "{\"id\":\"e-x\",\"body\":{\"nothing\":\"that it knows\"}}");
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    if (check_book_find(&hub->book, handle)->state == CHECK_TASK_ENDED)
        check_fail("give an opinion only when the body says which (cookbook.md#callback)",
                   "a callback that says nothing was taken for a decision");
    for (size_t i = 0; i < hub->department.record_count; i++)
        hub->department.records[i].is_told = false;
    check_must_finish(hub, "after a callback came several times");
}

static void resumes_from(struct check_hub *hub, enum check_task_state state, const char *what)
{
    check_hub_start(hub);
    check_must_reach(hub, state);
    check_restart(hub);
    check_must_finish(hub, what);
}

static void accepted(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    resumes_from(hub, CHECK_TASK_ACCEPTED, "resumed after a restart");
}

static void paused(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    resumes_from(hub, CHECK_TASK_PAUSED, "resumed in a pause");
}

static void waiting(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    resumes_from(hub, CHECK_TASK_WAITING, "resumed while it waited for the applicant");
}

/* A checkpoint may be lost with a version that could not write it: the reference is enough. */
static void without_checkpoint(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    const struct check_task *task = check_must_reach(hub, CHECK_TASK_ACCEPTED);

    if (!task->has_checkpoint)
        check_skip("it writes no checkpoint");
    check_hub_kill(hub);
    for (size_t i = 0; i < hub->book.count; i++) {
        base_free(hub->book.tasks[i].checkpoint);
        hub->book.tasks[i].checkpoint = NULL;
    }
    check_hub_start(hub);
    check_must_finish(hub, "resumed without its checkpoint");
}

static void many_times(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    check_must_reach(hub, CHECK_TASK_ACCEPTED);
    for (int i = 0; i < 5; i++) {
        check_restart(hub);
        if (!check_hub_settle(hub))
            check_hub_must_live(hub);
    }
    check_must_finish(hub, "after five restarts");
}

const struct check_case check_repeat_cases[] = {
    {"duplicates.redelivered", "answers a redelivered task without a second submission", CHECK_FOR_BOTH, redelivered},
    {"duplicates.lost-report", "answers a task that is offered again after a crash", CHECK_FOR_BOTH, lost_report},
    {"duplicates.in-hand", "takes a task that it has in hand once more", CHECK_FOR_BOTH, resumed_in_hand},
    {"duplicates.event", "takes the same callback several times", CHECK_FOR_BOTH, events_again},
    {.name = NULL},
};

const struct check_case check_resume_cases[] = {
    {"resume.accepted", "resumes an accepted task after a restart", CHECK_FOR_BOTH, accepted},
    {"resume.without-checkpoint", "resumes a task whose checkpoint is gone", CHECK_FOR_MODULE, without_checkpoint},
    {"resume.paused", "resumes a task in its pause", CHECK_FOR_BOTH, paused},
    {"resume.waiting", "resumes a task that waits for the applicant", CHECK_FOR_BOTH, waiting},
    {"resume.often", "resumes a task five times without submitting it again", CHECK_FOR_BOTH, many_times},
    {.name = NULL},
};
