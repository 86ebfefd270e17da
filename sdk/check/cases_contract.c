/* SPDX-License-Identifier: Apache-2.0 */
/* What every connector owes on a good day. */
#include <stdio.h>
#include <string.h>

#include "check/suite.h"
#include "check/verdict.h"

#define TRIES 3

static void offer_all(struct check_hub *hub)
{
    check_hub_start(hub);
    for (size_t i = 0; i < hub->subject->script.form_count; i++)
        check_hub_add(hub, i);
}

/* A pause or a question that never ends is the business of a case of its own. */
static bool is_resting(const struct check_task *task)
{
    return task->state == CHECK_TASK_PAUSED || task->has_asked;
}

static void answers(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    offer_all(hub);
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    for (size_t i = 0; i < hub->book.count; i++) {
        const struct check_task *task = &hub->book.tasks[i];

        if (task->state == CHECK_TASK_ENDED || is_resting(task))
            continue;
        check_note("attempts %u, failures %u, last failure \"%s\"", task->attempt, task->failures, task->code);
        check_fail("end every task with an opinion; for a later one keep offer->task and use a timer or an event "
                   "(cookbook.md#poll)",
                   "the task with the form %.300s is %s after %d days of a department that works", task->form,
                   check_task_state_name(task->state), CHECK_DAYS_MAX);
    }
}

/* The host names the author's mistakes in the log. */
static void keeps_rules(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    hub->stops_at_mistake = true;
    offer_all(hub);
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    if (hub->contract_count > 0)
        check_fail(check_contract_fix(hub->contract), "the host named a mistake: %s", hub->contract);
    if (hub->book.refusals > 0)
        check_fail("docs/connectors/protocol.md lists what a report must hold", "the hub refused a report: %s",
                   hub->book.refusal);
    if (hub->book.conflicts > 0)
        check_fail("one task, one opinion: forget a task when it has ended (reference.md)",
                   "it contradicted what it had told before: %s", hub->book.conflict);
}

/* On a busy machine any callback may be late once; three times in a row it is the connector. */
static void keeps_budget(struct check_hub *hub, const struct check_context *context)
{
    char slow[400] = "";

    (void)hub;
    for (int i = 0; i < TRIES; i++) {
        struct check_hub again;

        check_hub_init(&again, context->subject);
        again.peer = context->is_in_process ? &check_peer_inside : again.peer;
        offer_all(&again);
        if (!check_hub_finish(&again))
            check_hub_must_live(&again);
        memcpy(slow, again.slow, sizeof(slow));
        check_hub_fini(&again);
        if (slow[0] == '\0')
            return;
    }
    check_fail(check_contract_fix(slow), "%s", slow);
}

static void stays_declared(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    offer_all(hub);
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    if (hub->services.denied_count > 0)
        check_fail("declare it in capabilities of manifest.json, or do without it (cookbook.md#http)",
                   "it asked for what it may not have: %s", hub->services.denied);
}

static void knows_routes(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    if (hub->subject->script.route_count == 0 && !hub->subject->has_http)
        check_skip("it has no department behind it");
    offer_all(hub);
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    if (hub->department.strange_count > 0)
        check_fail("add the route to check.json (check.md#department), or correct the path",
                   "it asked the department for %s, which check.json does not know", hub->department.strange);
    if (hub->subject->script.route_count > 0 && hub->department.request_count == 0)
        check_fail("point its configuration in check.json at ${department} (check.md#department)",
                   "it never asked the department that check.json describes");
}

static bool is_key_of_task(const struct check_book *book, const char *key)
{
    for (size_t i = 0; i < book->count; i++) {
        if (strncmp(key, "k-", 2) == 0 && strcmp(key + 2, book->tasks[i].number) == 0)
            return true;
    }
    return false;
}

static void gives_key(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    if (!check_script_does(&hub->subject->script, CHECK_DOES_SUBMIT))
        check_skip("check.json has no route that submits");
    offer_all(hub);
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    for (size_t i = 0; i < hub->department.record_count; i++) {
        const char *key = hub->department.records[i].key;

        if (!is_key_of_task(&hub->book, key))
            check_fail("give the department offer->idempotency_key as it is, the same at every attempt (cookbook.md#lookup)",
                       "a submission carried \"%.80s\", which is no task's idempotency key", key);
    }
}

/* Not before the form is complete, and then at last. */
static void takes_input(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    const struct check_task *task = check_reach(hub, ~UINT64_C(0), CHECK_TASK_WAITING);

    if (task == NULL)
        check_skip("it asks the applicant nothing");
    uint64_t handle = task->handle;

    if (hub->subject->script.input == NULL)
        check_fail("add \"input\" to check.json: what the applicant answers",
                   "it asks the applicant, and check.json does not say what they answer");
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    task = check_book_find(&hub->book, handle);
    if (task->state != CHECK_TASK_ENDED)
        check_fail("answer the task in input(), or leave input NULL and answer it in resume (reference.md)",
                   "the applicant answered, and the task is still %s", check_task_state_name(task->state));
}

static void ends_pause(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    check_hub_start(hub);
    const struct check_task *task = check_reach(hub, ~UINT64_C(0), CHECK_TASK_PAUSED);

    if (task == NULL)
        check_skip("it pauses nothing");
    uint64_t handle = task->handle;

    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
    task = check_book_find(&hub->book, handle);
    if (task->state == CHECK_TASK_PAUSED)
        check_fail("call od_unpause when the department goes on, or give the opinion",
                   "a pause has not ended after %d days", CHECK_DAYS_MAX);
}

static void jumps(struct check_hub *hub, const struct check_context *context)
{
    (void)context;
    offer_all(hub);
    if (!check_hub_settle(hub) || !check_hub_advance(hub, 3660 * CHECK_DAY_MS))
        check_hub_must_live(hub);
    check_add_sound(hub);
    if (!check_hub_finish(hub))
        check_hub_must_live(hub);
}

const struct check_case check_contract_cases[] = {
    {"contract.answers", "answers every form of check.json", CHECK_FOR_BOTH, answers},
    {"contract.rules", "breaks no rule of the contract", CHECK_FOR_BOTH, keeps_rules},
    {"contract.budget", "returns from each callback within 50 ms", CHECK_FOR_MODULE, keeps_budget},
    {"contract.declared", "asks for nothing that its manifest does not declare", CHECK_FOR_MODULE, stays_declared},
    {"contract.department", "asks its department for what check.json describes, and only that", CHECK_FOR_BOTH,
     knows_routes},
    {"contract.key", "gives the department the idempotency key", CHECK_FOR_BOTH, gives_key},
    {"input.answered", "answers a task when the applicant has completed the form", CHECK_FOR_BOTH, takes_input},
    {"pause.ends", "ends each pause that it began", CHECK_FOR_BOTH, ends_pause},
    {"clock.jumps", "lives through a jump of the clock by ten years", CHECK_FOR_MODULE, jumps},
    {.name = NULL},
};
