/* SPDX-License-Identifier: Apache-2.0 */
/* A department with a bad day: for a day each fault, then it works again. */
#include <stdio.h>
#include <string.h>

#include "check/suite.h"
#include "check/verdict.h"

struct fault {
    enum check_fault fault;
    const char *words;
    bool may_register; /* what was asked may have been done */
};

/* No opinion comes of it, and what is said of its effect is true. */
static void must_stay_silent(struct check_hub *hub, const struct fault *fault)
{
    if (hub->opinions_in_fault > 0)
        check_fail("a dead link is never an opinion: use od_fail with the effect, or ask again (effects.md)",
                   "it gave an opinion of a department that %s", fault->words);
    if (hub->false_none > 0)
        check_fail("what was sent may have arrived: say OD_EFFECT_UNKNOWN (effects.md)",
                   "it said effect none after the department %s, and the department has the task", fault->words);
    if (hub->false_done > 0)
        check_fail("say OD_EFFECT_DONE only of what the department has confirmed (effects.md)",
                   "it said effect done after the department %s, and the department does not have the task", fault->words);
}

static void bad_day(struct check_hub *hub, const struct fault *fault)
{
    char what[160];

    hub->department.fault = fault->fault;
    check_live(hub, CHECK_DAY_MS);
    must_stay_silent(hub, fault);
    hub->department.fault = CHECK_FAULT_NONE;
    snprintf(what, sizeof(what), "after a day on which the department %s", fault->words);
    check_must_finish(hub, what);
}

/* A receiver that by its own standard says "taken" by 2xx alone (Standard Webhooks) has no body that could be missing or garbage:
 * such an answer is a good one. Whoever reads a body cannot claim this: its answers in check.json need one. */
static bool says_by_status_alone(const struct check_script *script)
{
    for (size_t i = 0; i < script->route_count; i++) {
        const struct check_route *route = &script->routes[i];

        if (route->answer.body != NULL || route->pending.body != NULL || route->missing.body != NULL)
            return false;
    }
    return true;
}

/* Twice: from the first request on, and when the task is with the department already. */
static void run_fault(struct check_hub *hub, const struct fault *fault)
{
    if (hub->subject->script.route_count == 0)
        check_skip("check.json describes no department");
    bool is_about_bodies = fault->fault == CHECK_FAULT_GARBAGE || fault->fault == CHECK_FAULT_EMPTY;
    if (is_about_bodies && says_by_status_alone(&hub->subject->script))
        check_skip("this department says everything by the status: no answer of check.json has a body");
    check_hub_start(hub);
    check_add_sound(hub);
    bad_day(hub, fault);
    if (check_reach(hub, hub->sound_forms, CHECK_TASK_ACCEPTED) != NULL)
        bad_day(hub, fault);
}

#define CASE_OF(name, kind, text, registers)                                                \
    static void name(struct check_hub *hub, const struct check_context *context)            \
    {                                                                                       \
        static const struct fault fault = {CHECK_FAULT_##kind, text, registers};            \
        (void)context;                                                                      \
        run_fault(hub, &fault);                                                             \
    }

CASE_OF(refused, REFUSED, "refused every connection", false)
CASE_OF(timeout, TIMEOUT, "did not answer", false)
CASE_OF(lost, LOST, "did what was asked and its answers were lost", true)
CASE_OF(drip, DRIP, "answered so slowly that the time was up", true)
CASE_OF(cut, CUT, "broke the connection within its answers", true)
CASE_OF(garbage, GARBAGE, "answered garbage", true)
CASE_OF(empty, EMPTY, "answered without a body", true)
CASE_OF(error, ERROR, "answered 500", false)
CASE_OF(busy, BUSY, "answered 503", false)

const struct check_case check_department_cases[] = {
    {"department.refused", "waits for a department that cannot be reached", CHECK_FOR_BOTH, refused},
    {"department.timeout", "waits for a department that does not answer", CHECK_FOR_BOTH, timeout},
    {"department.lost", "finds its task again when answers were lost", CHECK_FOR_BOTH, lost},
    {"department.drip", "gives up on answers that drip", CHECK_FOR_BOTH, drip},
    {"department.cut", "takes half an answer for none", CHECK_FOR_BOTH, cut},
    {"department.garbage", "takes garbage for no answer", CHECK_FOR_BOTH, garbage},
    {"department.empty", "takes an empty answer for none", CHECK_FOR_BOTH, empty},
    {"department.error", "waits when the department answers 500", CHECK_FOR_BOTH, error},
    {"department.busy", "waits when the department answers 503", CHECK_FOR_BOTH, busy},
    {.name = NULL},
};
