/* SPDX-License-Identifier: Apache-2.0 */
/* How an application ends: opinions, time and the applicant lead to one decision or
 * to none. Rules: docs/rules/decision.md. */
#include <assert.h>

#include "core/policy.h"
#include "core/turn.h"

static bool has_open_task(const struct core_application *application)
{
    for (unsigned i = 0; i < application->task_count; i++)
        if (core_task_is_open(&application->tasks[i]))
            return true;
    return false;
}

static int decide(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    enum core_outcome outcome = core_policy_outcome(turn->rules, application);

    assert(outcome != CORE_OUTCOME_NONE);
    core_joint_end(turn, CORE_CLOCK_MET);
    core_application_move(application, CORE_STATUS_DECIDED, turn->event->time.ms);
    application->outcome = (uint8_t)outcome;
    if (outcome == CORE_OUTCOME_NOT_REQUIRED)
        application->is_flagged = true; /* D-2 */
    application->notice_minute = 0;
    application->told = 0;
    core_alone_end(turn, CORE_CLOCK_SUPPLEMENT, CORE_CLOCK_STOPPED);
    core_alone_end(turn, CORE_CLOCK_TOLERANCE, CORE_CLOCK_STOPPED);
    core_turn_tell(turn, CORE_EFFECT_DECIDED, CORE_TASKS_MAX);
    core_turn_tell_notice(turn, CORE_NOTICE_DECIDED, CORE_TASKS_MAX);
    return core_alone_start(turn, &application->delivery, &turn->rules->delivery, turn->event->time.day);
}

int core_decision_settle(struct core_turn *turn)
{
    int rc = OD_OK;

    if (turn->rules->stops_on_veto && core_policy_is_vetoed(turn->rules, turn->application)) {
        core_tasks_cancel(turn); /* D-8 */
    } else {
        rc = core_tasks_unblock(turn);
    }
    if (rc == OD_OK && !has_open_task(turn->application))
        rc = decide(turn); /* D-1 */
    return rc;
}

/* D-10: kept and flagged, never applied. */
static int keep_late_opinion(struct core_turn *turn)
{
    core_turn_task(turn)->has_late_opinion = true;
    turn->application->is_flagged = true;
    core_turn_tell(turn, CORE_EFFECT_LATE, turn->event->task);
    return OD_OK;
}

int core_on_opined(struct core_turn *turn)
{
    const struct core_task *task = core_turn_task(turn);
    uint8_t opinion = turn->event->opinion;

    if (opinion == CORE_OPINION_NONE || opinion > CORE_OPINION_NOT_APPLICABLE)
        return OD_EINVAL;
    if (task->state == CORE_TASK_CANCELLED)
        return keep_late_opinion(turn);
    if (task->state == CORE_TASK_DONE) { /* D-11 */
        if (task->opinion == opinion)
            return OD_EEXIST;
        if (core_application_is_open(turn->application))
            return OD_ECONFLICT;
        return keep_late_opinion(turn);
    }
    int rc = core_task_finish(turn, turn->event->task, (enum core_opinion)opinion, false);
    return rc == OD_OK ? core_decision_settle(turn) : rc;
}

/* D-9: what the silence of the department means. */
static enum core_opinion deemed_opinion(enum core_expiry expiry)
{
    switch (expiry) {
    case CORE_EXPIRY_NONE: return CORE_OPINION_NONE;
    case CORE_EXPIRY_DEEMED_CONSENT:
    case CORE_EXPIRY_DEEMED_GRANT:
    case CORE_EXPIRY_DEEMED_RENEWAL: return CORE_OPINION_APPROVE;
    case CORE_EXPIRY_DEEMED_REFUSAL: return CORE_OPINION_REJECT;
    }
    return CORE_OPINION_NONE;
}

/* Mark what is late in one open task, and apply the expiry rule that now falls due. */
static int wake_task(struct core_turn *turn, unsigned index, enum core_expiry of_whole, bool *has_opinion)
{
    struct core_task *task = &turn->application->tasks[index];
    enum core_expiry expiry = of_whole;

    if (core_task_check(turn, index) && expiry == CORE_EXPIRY_NONE)
        expiry = (enum core_expiry)turn->rules->matters[index].expiry;
    enum core_opinion opinion = deemed_opinion(expiry);
    if (opinion == CORE_OPINION_NONE)
        return OD_OK;
    *has_opinion = true;
    if (task->state == CORE_TASK_BLOCKED) /* reached by the limit of the whole, or by one that starts before its work */
        core_task_move(task, CORE_TASK_QUEUED, turn->event->time.ms);
    return core_task_finish(turn, index, opinion, true);
}

/* Opinions that are deemed at the same waking count together, before anything is settled. */
static int wake_review(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    enum core_expiry of_whole = core_joint_check(turn) ? (enum core_expiry)turn->rules->expiry : CORE_EXPIRY_NONE;
    bool has_opinion = false;
    int rc = OD_OK;

    for (unsigned i = 0; i < application->task_count && rc == OD_OK; i++) {
        if (core_task_is_open(&application->tasks[i]))
            rc = wake_task(turn, i, of_whole, &has_opinion);
    }
    if (rc == OD_OK && has_opinion)
        return core_decision_settle(turn);
    return rc == OD_OK ? core_request_wake(turn) : rc;
}

int core_on_woken(struct core_turn *turn)
{
    int rc = OD_OK;

    switch ((enum core_status)turn->application->status) {
    case CORE_STATUS_NONE: return OD_ESTATE;
    case CORE_STATUS_RECEIVED:
    case CORE_STATUS_INCOMPLETE: rc = core_intake_wake(turn); break;
    case CORE_STATUS_IN_REVIEW:
        if (core_alone_check(turn, CORE_CLOCK_TOLERANCE))
            core_intake_lapse(turn); /* I-8 */
        else
            rc = wake_review(turn);
        break;
    case CORE_STATUS_DECIDED: core_alone_check(turn, CORE_CLOCK_DELIVERY); break;
    case CORE_STATUS_CLOSED:
    case CORE_STATUS_WITHDRAWN:
    case CORE_STATUS_NOT_ACCEPTED:
    case CORE_STATUS_LAPSED: break;
    }
    return rc == OD_OK && turn->effects->count == 0 ? OD_ENOTFOUND : rc;
}

/* I-7: any open application, without reasons. */
int core_on_withdrawn(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (!core_application_is_open(application))
        return OD_ESTATE;
    core_intake_end(turn, CORE_STATUS_WITHDRAWN);
    core_turn_tell_notice(turn, CORE_NOTICE_WITHDRAWN, CORE_TASKS_MAX);
    return OD_OK;
}

int core_on_closed(struct core_turn *turn)
{
    if (turn->application->status != CORE_STATUS_DECIDED)
        return OD_ESTATE;
    core_alone_end(turn, CORE_CLOCK_DELIVERY, CORE_CLOCK_MET);
    core_application_move(turn->application, CORE_STATUS_CLOSED, turn->event->time.ms);
    return OD_OK;
}
