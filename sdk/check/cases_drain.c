/* SPDX-License-Identifier: Apache-2.0 */
/* drain, then stop, at every state; what it held goes on in the next process. */
#include <string.h>

#include "base/time.h"
#include "check/suite.h"
#include "check/verdict.h"

static void drain(struct check_hub *hub)
{
    hub->is_draining = true;
    check_hub_item(hub, BASE_ITEM_DRAIN, 0, "{}");
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
}

/* Nothing that was only offered may stay in its hand, or the hub waits for it in vain. */
static void must_hold_no_offer(struct check_hub *hub)
{
    for (size_t i = 0; i < hub->book.count; i++) {
        if (hub->book.tasks[i].state == CHECK_TASK_OFFERED)
            check_note("task %s is only offered and still in its hand; the hub settles it as lost", hub->book.tasks[i].number);
    }
}

static void drain_and_stop(struct check_hub *hub, const char *what)
{
    drain(hub);
    must_hold_no_offer(hub);
    check_hub_stop(hub);
    check_hub_start(hub);
    check_must_finish(hub, what);
}

static void add_sound(struct check_hub *hub)
{
    for (size_t i = 0; i < hub->subject->script.form_count; i++) {
        if (check_is_sound(hub, i))
            check_hub_add(hub, i);
    }
}

static void idle(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    drain(hub);
    check_hub_stop(hub);
}

/* The offer and the drain in one batch: given back, answered, or held and lost. */
static void offered(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    add_sound(hub);
    while (hub->poll_id == 0 && !hub->is_lost)
        hub->peer->wait(hub, 20);
    check_hub_deliver(hub);
    drain_and_stop(hub, "drained while it had offers");
}

static void from(struct check_hub *hub, enum check_task_state state, const char *what)
{
    check_hub_start(hub);
    check_must_reach(hub, state);
    drain_and_stop(hub, what);
}

static void accepted(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    from(hub, CHECK_TASK_ACCEPTED, "drained while the department worked");
}

static void paused(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    from(hub, CHECK_TASK_PAUSED, "drained in a pause");
}

static void waiting(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    from(hub, CHECK_TASK_WAITING, "drained while it waited for the applicant");
}

/* Drained, it lives on: what it accepted it brings to an end. */
static void works_on(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    check_must_reach(hub, CHECK_TASK_ACCEPTED);
    drain(hub);
    for (size_t i = 0; i < hub->book.count; i++) {
        if (hub->book.tasks[i].state == CHECK_TASK_QUEUED)
            hub->book.tasks[i].state = CHECK_TASK_ENDED; /* offered elsewhere */
    }
    check_must_finish(hub, "drained and left running");
}

/* Stop without a word before, while requests are under way. */
static void stopped_at_work(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    hub->holds_services = true;
    add_sound(hub);
    if (!check_hub_settle(hub))
        check_hub_must_live(hub);
    check_hub_stop(hub);
    hub->holds_services = false;
    check_hub_start(hub);
    check_must_finish(hub, "stopped at work");
}

const struct check_case check_drain_cases[] = {
    {"drain.idle", "stops when it has nothing to do", CHECK_FOR_BOTH, idle},
    {"drain.offered", "drains and stops while it has offers", CHECK_FOR_BOTH, offered},
    {"drain.accepted", "drains and stops while the department works", CHECK_FOR_BOTH, accepted},
    {"drain.paused", "drains and stops in a pause", CHECK_FOR_BOTH, paused},
    {"drain.waiting", "drains and stops while it waits for the applicant", CHECK_FOR_BOTH, waiting},
    {"drain.works-on", "brings to an end what it has accepted after a drain", CHECK_FOR_BOTH, works_on},
    {"drain.at-work", "stops without a drain in the middle of its work", CHECK_FOR_BOTH, stopped_at_work},
    {.name = NULL},
};
