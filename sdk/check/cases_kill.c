/* SPDX-License-Identifier: Apache-2.0 */
/* SIGKILL before and after every host call, and around every frame; then another process goes on. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/suite.h"
#include "check/verdict.h"

#define POINTS_MAX 400
#define FORMS_MAX 3 /* of check.json, the first */
#define EXIT_KILL_POINT 13 /* of onedoor-host: it ended where --kill-at said */

/* One life that ends at the point, another that finishes. false = the point was not reached: there is none. */
static bool run_point(struct check_hub *hub, size_t form, const char *what)
{
    check_hub_add(hub, form);
    if (check_hub_try_start(hub) && check_hub_finish(hub))
        return false;
    if (!hub->is_killed && !hub->is_lost)
        return false;
    if (!hub->is_killed) {
        hub->peer->reap(hub, CHECK_WAIT_MS);
        if (hub->exit_code != EXIT_KILL_POINT)
            check_hub_must_live(hub);
    }
    check_hub_lose(hub);
    check_hub_start(hub);
    check_must_finish(hub, what);
    check_hub_stop(hub);
    return true;
}

static bool is_tried(const struct check_context *context, size_t form)
{
    return form < FORMS_MAX && (context->sound_forms >> form & 1u) != 0;
}

static void every_call(const struct check_context *context, const char *side)
{
    for (size_t form = 0; form < context->subject->script.form_count; form++) {
        if (!is_tried(context, form))
            continue;
        for (int point = 1; point <= POINTS_MAX; point++) {
            struct check_hub hub;
            char kill_at[32], what[80];

            check_hub_init(&hub, context->subject);
            snprintf(kill_at, sizeof(kill_at), "%d:%s", point, side);
            snprintf(what, sizeof(what), "killed %s host call %d", side, point);
            hub.kill_at = kill_at;
            bool is_reached = run_point(&hub, form, what);
            check_hub_fini(&hub);
            if (!is_reached)
                break;
        }
    }
}

static void needs_process(const struct check_context *context)
{
    if (context->is_in_process)
        check_skip("a kill needs a process of its own: run it without --in-process");
    if (context->subject->is_started_elsewhere)
        check_skip("the checker did not start it, so it cannot kill it");
}

static void before_call(struct check_hub *hub, const struct check_context *context)
{
    (void)hub;
    needs_process(context);
    every_call(context, "before");
}

static void after_call(struct check_hub *hub, const struct check_context *context)
{
    (void)hub;
    needs_process(context);
    every_call(context, "after");
}

static void every_frame(const struct check_context *context, enum check_kill when, const char *words)
{
    needs_process(context);
    for (size_t form = 0; form < context->subject->script.form_count; form++) {
        if (!is_tried(context, form))
            continue;
        for (uint64_t point = 1; point <= POINTS_MAX; point++) {
            struct check_hub hub;
            char what[96];

            check_hub_init(&hub, context->subject);
            hub.kill_when = when;
            hub.kill_in = point;
            snprintf(what, sizeof(what), "killed %s %llu", words, (unsigned long long)point);
            bool is_reached = run_point(&hub, form, what);
            check_hub_fini(&hub);
            if (!is_reached)
                break;
        }
    }
}

static void before_frame(struct check_hub *hub, const struct check_context *context)
{
    (void)hub;
    every_frame(context, CHECK_KILL_BEFORE, "while it sent request");
}

static void stored_frame(struct check_hub *hub, const struct check_context *context)
{
    (void)hub;
    every_frame(context, CHECK_KILL_STORED, "before it was answered request");
}

static void after_frame(struct check_hub *hub, const struct check_context *context)
{
    (void)hub;
    every_frame(context, CHECK_KILL_AFTER, "after it was answered request");
}

const struct check_case check_kill_cases[] = {
    {"kill.before-call", "goes on after a SIGKILL before each host call", CHECK_FOR_MODULE, before_call},
    {"kill.after-call", "goes on after a SIGKILL after each host call", CHECK_FOR_MODULE, after_call},
    {"kill.unsent", "goes on after a SIGKILL while each request is on its way", CHECK_FOR_BOTH, before_frame},
    {"kill.unanswered", "goes on after a SIGKILL between each request and its answer", CHECK_FOR_BOTH, stored_frame},
    {"kill.answered", "goes on after a SIGKILL after each answer", CHECK_FOR_BOTH, after_frame},
    {.name = NULL},
};
