/* SPDX-License-Identifier: Apache-2.0 */
/* What departments ask of the applicant during the review: the requests of one day are
 * told in one notice, a second notice is for supervision to look at, and silence does not
 * hold a task up for ever. Rules: docs/rules/intake.md I-11 to I-13. */
#include "core/turn.h"

static core_minute minute_now(const struct core_turn *turn)
{
    return (core_minute)turn->event->time.day * CORE_DAY_MINUTES + turn->event->time.minute;
}

/* I-11: told when the office closes; what comes later in the day, at its end. */
void core_request_gather(struct core_turn *turn)
{
    core_minute day = (core_minute)turn->event->time.day * CORE_DAY_MINUTES;
    core_minute closing = day + turn->rules->closes_minute;

    turn->application->told &= ~core_task_bit(turn->event->task);
    if (turn->application->notice_minute == 0)
        turn->application->notice_minute = minute_now(turn) < closing ? closing : day + CORE_DAY_MINUTES;
}

static core_task_set waiting_tasks(const struct core_application *application)
{
    core_task_set waiting = 0;

    for (unsigned i = 0; i < application->task_count; i++)
        if (application->tasks[i].state == CORE_TASK_WAITING_APPLICANT)
            waiting |= core_task_bit(i);
    return waiting;
}

void core_request_settle(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    core_task_set waiting = waiting_tasks(application);

    application->told &= waiting;
    if ((waiting & ~application->told) == 0)
        application->notice_minute = 0;
    if (waiting == 0)
        core_alone_end(turn, CORE_CLOCK_SUPPLEMENT, CORE_CLOCK_MET);
}

void core_request_count(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (application->notices < UINT8_MAX)
        application->notices++;
    if (application->notices < 2)
        return;
    application->is_flagged = true; /* I-12 */
    core_turn_tell(turn, CORE_EFFECT_SECOND_NOTICE, CORE_TASKS_MAX);
}

static int tell(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    application->notice_minute = 0;
    application->told = waiting_tasks(application);
    if (application->told == 0)
        return OD_OK;
    core_turn_tell_notice(turn, CORE_NOTICE_SUPPLEMENT, CORE_TASKS_MAX);
    core_request_count(turn);
    return core_told_await(turn);
}

/* I-13: the department goes on with what it has. */
static int go_on(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    int rc = OD_OK;

    for (unsigned i = 0; i < application->task_count && rc == OD_OK; i++) {
        struct core_task *task = &application->tasks[i];
        if (task->state != CORE_TASK_WAITING_APPLICANT || (application->told & core_task_bit(i)) == 0)
            continue;
        core_task_move(task, CORE_TASK_ACCEPTED, turn->event->time.ms);
        task->is_unanswered = true;
        core_turn_tell(turn, CORE_EFFECT_UNANSWERED, i);
        if (!task->is_by_officer) {
            task->is_input_owed = true;
            core_turn_tell(turn, CORE_EFFECT_INPUT, i);
        }
        rc = core_stop_end(turn, i);
    }
    core_alone_end(turn, CORE_CLOCK_SUPPLEMENT, CORE_CLOCK_STOPPED);
    core_request_settle(turn);
    return rc;
}

int core_request_wake(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    int rc = core_told_wake(turn);

    if (rc == OD_OK && core_alone_check(turn, CORE_CLOCK_SUPPLEMENT))
        rc = go_on(turn);
    if (rc == OD_OK && application->notice_minute != 0 && minute_now(turn) >= application->notice_minute)
        rc = tell(turn);
    return rc;
}
