/* SPDX-License-Identifier: Apache-2.0 */
/* From receipt to acceptance: not required, incomplete, complete; and the
 * supplements of the applicant. Rules: docs/rules/intake.md. */
#include <assert.h>
#include <string.h>

#include "core/turn.h"

/* Every matter gets its task, so that an excluded one is on record (I-8). */
static void create_tasks(struct core_turn *turn)
{
    const struct core_rules *rules = turn->rules;
    struct core_application *application = turn->application;
    core_ms now = turn->event->time.ms;

    application->task_count = rules->matter_count;
    for (unsigned i = 0; i < rules->matter_count; i++) {
        struct core_task *task = &application->tasks[i];
        core_task_move(task, CORE_TASK_BLOCKED, now);
        if ((turn->event->received.included & core_task_bit(i)) == 0) {
            core_task_move(task, CORE_TASK_SKIPPED, now);
            continue;
        }
        for (int id = 0; id < CORE_CLOCKS; id++)
            core_clock_init(&task->clocks[id],
                            core_matter_limit(&rules->matters[i], (enum core_clock_id)id));
    }
}

/* I-4: the day from which the review clocks run. */
static int find_accepted_day(const struct core_rules *rules, const struct core_time *time,
                             core_day *accepted)
{
    if (!rules->rolls_receipt) {
        *accepted = time->day;
        return OD_OK;
    }
    return core_calendar_roll(rules->calendar,
                              time->day + (time->minute >= rules->closes_minute), accepted);
}

/* I-3: now the review begins. */
static int accept(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    int rc = find_accepted_day(turn->rules, &turn->event->time, &application->accepted_day);
    if (rc != OD_OK)
        return rc;
    core_application_move(application, CORE_STATUS_IN_REVIEW, turn->event->time.ms);
    rc = core_joint_start(turn);
    if (rc != OD_OK)
        return rc;
    rc = core_tasks_unblock(turn);
    if (rc != OD_OK)
        return rc;
    core_turn_tell_notice(turn, CORE_NOTICE_ACCEPTED, CORE_TASKS_MAX);
    return OD_OK;
}

/* I-2: one notice, and the applicant's time runs from the day of the receipt; the
 * review's does not. */
static int await_supplement(struct core_turn *turn)
{
    const struct core_rules *rules = turn->rules;
    struct core_application *application = turn->application;

    core_application_move(application, CORE_STATUS_INCOMPLETE, turn->event->time.ms);
    core_turn_tell_notice(turn, CORE_NOTICE_INCOMPLETE, CORE_TASKS_MAX);
    return core_clock_start(&application->supplement, rules->calendar, &rules->supplement,
                            turn->event->time.day);
}

int core_on_received(struct core_turn *turn)
{
    const struct core_event *event = turn->event;
    struct core_application *application = turn->application;

    if (application->status != CORE_STATUS_NONE)
        return OD_ESTATE;
    if (event->received.id == 0 ||
        (event->received.included & ~core_rules_tasks(turn->rules)) != 0)
        return OD_EINVAL;

    memset(application, 0, core_application_size(turn->rules->matter_count));
    application->id = event->received.id;
    application->received_ms = event->time.ms;
    application->received_day = event->time.day;
    create_tasks(turn);
    if (event->received.included == 0) { /* I-1 */
        core_application_move(application, CORE_STATUS_NOT_ACCEPTED, event->time.ms);
        core_turn_tell_notice(turn, CORE_NOTICE_NOT_REQUIRED, CORE_TASKS_MAX);
        return OD_OK;
    }
    core_clock_init(&application->clocks[CORE_CLOCK_PROMISED], &turn->rules->promised);
    core_clock_init(&application->clocks[CORE_CLOCK_STATUTORY], &turn->rules->statutory);
    return event->received.is_complete ? accept(turn) : await_supplement(turn);
}

/* I-5. */
static int complete(struct core_turn *turn)
{
    struct core_clock *supplement = &turn->application->supplement;
    core_day today = turn->event->time.day;

    if (supplement->state == CORE_CLOCK_RUNNING && today > supplement->due)
        return OD_ESTATE; /* I-6: it has lapsed, though nobody was woken yet */
    if (!turn->event->supplemented.is_complete)
        return OD_OK;
    core_clock_end(supplement, CORE_CLOCK_MET, today);
    return accept(turn);
}

static int check_answered(const struct core_turn *turn, core_task_set answered)
{
    if (answered == 0 || (answered & ~core_rules_tasks(turn->rules)) != 0)
        return OD_EINVAL;
    for (unsigned i = 0; i < turn->application->task_count; i++)
        if ((answered & core_task_bit(i)) != 0 &&
            turn->application->tasks[i].state != CORE_TASK_WAITING_APPLICANT)
            return OD_ESTATE;
    return OD_OK;
}

/* T-10: an officer reads the answer in the file; a connector must be handed it. */
static int take_answers(struct core_turn *turn, core_task_set answered)
{
    int rc = check_answered(turn, answered);

    for (unsigned i = 0; i < turn->application->task_count && rc == OD_OK; i++) {
        struct core_task *task = &turn->application->tasks[i];
        if ((answered & core_task_bit(i)) == 0)
            continue;
        core_task_move(task, CORE_TASK_ACCEPTED, turn->event->time.ms);
        if (!task->is_by_officer) {
            task->is_input_owed = true;
            core_turn_tell(turn, CORE_EFFECT_INPUT, i);
        }
        rc = core_task_resume_clocks(turn, i);
    }
    return rc;
}

int core_on_supplemented(struct core_turn *turn)
{
    if (turn->application->status == CORE_STATUS_INCOMPLETE)
        return complete(turn);
    if (turn->application->status == CORE_STATUS_IN_REVIEW)
        return take_answers(turn, turn->event->supplemented.answered);
    return OD_ESTATE;
}

void core_intake_lapse(struct core_turn *turn)
{
    core_tasks_cancel(turn);
    core_joint_end(turn, CORE_CLOCK_STOPPED);
    core_clock_end(&turn->application->supplement, CORE_CLOCK_STOPPED, turn->event->time.day);
    core_application_move(turn->application, CORE_STATUS_LAPSED, turn->event->time.ms);
    core_turn_tell_notice(turn, CORE_NOTICE_LAPSED, CORE_TASKS_MAX);
}
