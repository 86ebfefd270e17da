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

static void decide(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    enum core_outcome outcome = core_policy_outcome(turn->rules, application);

    assert(outcome != CORE_OUTCOME_NONE);
    core_joint_end(turn, CORE_CLOCK_MET);
    core_application_move(application, CORE_STATUS_DECIDED, turn->event->time.ms);
    application->outcome = (uint8_t)outcome;
    if (outcome == CORE_OUTCOME_NOT_REQUIRED)
        application->is_flagged = true; /* D-2 */
    core_turn_tell(turn, CORE_EFFECT_DECIDED, CORE_TASKS_MAX);
    core_turn_tell_notice(turn, CORE_NOTICE_DECIDED, CORE_TASKS_MAX);
}

int core_decision_settle(struct core_turn *turn)
{
    int rc = OD_OK;

    if (turn->rules->stops_on_veto && core_policy_is_vetoed(turn->rules, turn->application)) {
        core_tasks_cancel(turn); /* D-8 */
        rc = core_joint_follow(turn);
    } else {
        rc = core_tasks_unblock(turn);
    }
    if (rc == OD_OK && !has_open_task(turn->application))
        decide(turn); /* D-1 */
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

static bool check_clock(struct core_turn *turn, struct core_clock *clock, unsigned task, int id)
{
    if (!core_clock_check(clock, turn->event->time.day))
        return false;
    core_turn_tell_overdue(turn, task, (enum core_clock_id)id);
    return true;
}

/* Mark what is overdue in one open task, and apply its expiry rule. */
static int wake_task(struct core_turn *turn, unsigned index, bool *has_opinion)
{
    struct core_task *task = &turn->application->tasks[index];

    check_clock(turn, &task->clocks[CORE_CLOCK_PROMISED], index, CORE_CLOCK_PROMISED);
    if (!check_clock(turn, &task->clocks[CORE_CLOCK_STATUTORY], index, CORE_CLOCK_STATUTORY))
        return OD_OK;

    enum core_opinion opinion =
        deemed_opinion((enum core_expiry)turn->rules->matters[index].expiry);
    if (opinion == CORE_OPINION_NONE)
        return OD_OK;
    *has_opinion = true;
    return core_task_finish(turn, index, opinion, true);
}

/* Opinions that are deemed at the same waking count together, before anything is settled. */
static int wake_review(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    bool has_opinion = false;

    for (int id = 0; id < CORE_CLOCKS; id++)
        check_clock(turn, &application->clocks[id], CORE_TASKS_MAX, id);
    for (unsigned i = 0; i < application->task_count; i++) {
        if (!core_task_is_open(&application->tasks[i]))
            continue;
        int rc = wake_task(turn, i, &has_opinion);
        if (rc != OD_OK)
            return rc;
    }
    return has_opinion ? core_decision_settle(turn) : OD_OK;
}

int core_on_woken(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (application->status == CORE_STATUS_NONE)
        return OD_ESTATE;
    if (application->status == CORE_STATUS_INCOMPLETE) {
        if (!core_clock_check(&application->supplement, turn->event->time.day))
            return OD_ENOTFOUND;
        core_intake_lapse(turn); /* I-6 */
        return OD_OK;
    }
    if (application->status != CORE_STATUS_IN_REVIEW)
        return OD_ENOTFOUND;
    int rc = wake_review(turn);
    if (rc == OD_OK && turn->effects->count == 0)
        return OD_ENOTFOUND;
    return rc;
}

/* I-7: any open application, without reasons. */
int core_on_withdrawn(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (!core_application_is_open(application))
        return OD_ESTATE;
    core_tasks_cancel(turn);
    core_joint_end(turn, CORE_CLOCK_STOPPED);
    core_clock_end(&application->supplement, CORE_CLOCK_STOPPED, turn->event->time.day);
    core_application_move(application, CORE_STATUS_WITHDRAWN, turn->event->time.ms);
    core_turn_tell_notice(turn, CORE_NOTICE_WITHDRAWN, CORE_TASKS_MAX);
    return OD_OK;
}

int core_on_closed(struct core_turn *turn)
{
    if (turn->application->status != CORE_STATUS_DECIDED)
        return OD_ESTATE;
    core_application_move(turn->application, CORE_STATUS_CLOSED, turn->event->time.ms);
    return OD_OK;
}
