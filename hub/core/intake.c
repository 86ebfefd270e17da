/* SPDX-License-Identifier: Apache-2.0 */
/* From receipt to acceptance: not required, incomplete, complete; and the
 * supplements of the applicant. Rules: docs/rules/intake.md. */
#include <assert.h>
#include <string.h>

#include "core/turn.h"

/* Every matter gets its task, so that an excluded one is on record (I-14). */
static void create_tasks(struct core_turn *turn, core_task_set included, core_task_set held, core_task_set conditional)
{
    const struct core_rules *rules = turn->rules;
    struct core_application *application = turn->application;
    core_ms now = turn->event->time.ms;

    application->task_count = rules->matter_count;
    application->included = included;
    for (unsigned i = 0; i < rules->matter_count; i++) {
        struct core_task *task = &application->tasks[i];
        core_task_move(task, CORE_TASK_BLOCKED, now);
        if ((included & core_task_bit(i)) == 0) {
            core_task_move(task, CORE_TASK_SKIPPED, now);
            continue;
        }
        if ((held & core_task_bit(i)) != 0)
            task->held = (conditional & core_task_bit(i)) != 0 ? CORE_OPINION_APPROVE_WITH_CONDITIONS : CORE_OPINION_APPROVE;
        for (int id = 0; id < CORE_CLOCKS; id++)
            core_clock_init(&task->clocks[id],
                            core_matter_limit(&rules->matters[i], (enum core_clock_id)id));
    }
}

/* I-4: the day as which a moment counts. */
static int find_counted_day(const struct core_rules *rules, const struct core_time *time, core_day *day)
{
    if (!rules->rolls_receipt) {
        *day = time->day;
        return OD_OK;
    }
    return core_calendar_roll(rules->calendar, time->day + (time->minute >= rules->closes_minute), day);
}

/* Every clock that waits for event, of the whole and of the tasks that somebody is to do. */
static int start_clocks(struct core_turn *turn, enum core_start event)
{
    int rc = core_joint_start(turn, event);

    for (unsigned i = 0; i < turn->application->task_count && rc == OD_OK; i++)
        if ((turn->application->included & core_task_bit(i)) != 0 && turn->application->tasks[i].held == CORE_OPINION_NONE)
            rc = core_task_start(turn, i, event);
    return rc;
}

/* I-15: what an earlier opinion stands for is done with it; nobody is asked, nothing waits for it, and no department is
 * measured by it: it has no clocks. */
static int finish_held(struct core_turn *turn, bool *has_held)
{
    struct core_application *application = turn->application;
    int rc = OD_OK;

    for (unsigned i = 0; i < application->task_count && rc == OD_OK; i++) {
        struct core_task *task = &application->tasks[i];

        if (task->held == CORE_OPINION_NONE || task->state != CORE_TASK_BLOCKED)
            continue;
        *has_held = true;
        memset(task->clocks, 0, sizeof(task->clocks));
        memset(task->stages, 0, sizeof(task->stages));
        core_task_move(task, CORE_TASK_QUEUED, turn->event->time.ms);
        rc = core_task_finish(turn, i, (enum core_opinion)task->held, false);
    }
    return rc;
}

/* I-3: now the review begins. */
static int accept_as_of(struct core_turn *turn, core_day day)
{
    struct core_application *application = turn->application;

    application->accepted_day = day;
    core_application_move(application, CORE_STATUS_IN_REVIEW, turn->event->time.ms);
    core_alone_end(turn, CORE_CLOCK_INTAKE, CORE_CLOCK_MET);
    core_turn_tell(turn, CORE_EFFECT_TAKEN_IN, CORE_TASKS_MAX);
    int rc = start_clocks(turn, CORE_START_ACCEPTANCE);
    bool has_held = false;
    if (rc == OD_OK)
        rc = finish_held(turn, &has_held);
    if (rc == OD_OK)
        rc = core_tasks_unblock(turn);
    if (rc == OD_OK)
        core_turn_tell_notice(turn, CORE_NOTICE_ACCEPTED, CORE_TASKS_MAX);
    return rc == OD_OK && has_held ? core_decision_settle(turn) : rc;
}

static int accept(struct core_turn *turn)
{
    core_day day;
    int rc = find_counted_day(turn->rules, &turn->event->time, &day);

    return rc == OD_OK ? accept_as_of(turn, day) : rc;
}

/* I-8: what is missing was promised by a day. */
static int accept_tolerant(struct core_turn *turn)
{
    core_day until = turn->event->received.tolerated_until;
    struct core_limit limit = {.unit = CORE_UNIT_CALENDAR_DAY, .length = until - turn->event->time.day};

    if (limit.length < 1 || limit.length > CORE_LIMIT_DAYS_MAX || turn->rules->tolerance.unit == CORE_UNIT_NONE)
        return OD_EINVAL;
    int rc = core_alone_start(turn, &turn->application->tolerance, &limit, turn->event->time.day);
    return rc == OD_OK ? accept(turn) : rc;
}

/* I-2: one notice, and the applicant's time runs from its day; the review's does not. */
static int await_supplement(struct core_turn *turn, enum core_notice notice)
{
    struct core_application *application = turn->application;

    core_application_move(application, CORE_STATUS_INCOMPLETE, turn->event->time.ms);
    core_alone_end(turn, CORE_CLOCK_INTAKE, CORE_CLOCK_MET);
    core_turn_tell_notice(turn, notice, CORE_TASKS_MAX);
    core_request_count(turn);
    return core_told_await(turn);
}

static int refuse(struct core_turn *turn, enum core_notice notice)
{
    core_alone_end(turn, CORE_CLOCK_INTAKE, CORE_CLOCK_MET);
    core_intake_end(turn, CORE_STATUS_NOT_ACCEPTED);
    core_turn_tell_notice(turn, notice, CORE_TASKS_MAX);
    return OD_OK;
}

/* I-9: a person looks first; the time to tell runs from the receipt. */
static int await_check(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    core_application_move(application, CORE_STATUS_RECEIVED, turn->event->time.ms);
    core_turn_tell_notice(turn, CORE_NOTICE_RECEIVED, CORE_TASKS_MAX);
    return core_alone_start(turn, &application->intake, &turn->rules->intake, application->receipt_day);
}

static int settle_received(struct core_turn *turn)
{
    const struct core_event *event = turn->event;

    if (event->received.intake == CORE_INTAKE_NOT_COMPETENT)
        return refuse(turn, CORE_NOTICE_NOT_COMPETENT);
    if (event->received.included == 0 || event->received.intake == CORE_INTAKE_NOT_REQUIRED)
        return refuse(turn, CORE_NOTICE_NOT_REQUIRED); /* I-1 */
    int rc = start_clocks(turn, CORE_START_RECEIPT);
    if (rc != OD_OK)
        return rc;
    if (event->received.intake == CORE_INTAKE_UNCHECKED)
        return await_check(turn);
    if (event->received.intake == CORE_INTAKE_CORRECTABLE)
        return await_supplement(turn, CORE_NOTICE_CORRECTABLE);
    if (!event->received.is_complete)
        return await_supplement(turn, CORE_NOTICE_INCOMPLETE);
    return event->received.tolerated_until != 0 ? accept_tolerant(turn) : accept(turn);
}

int core_on_received(struct core_turn *turn)
{
    const struct core_event *event = turn->event;
    struct core_application *application = turn->application;

    if (application->status != CORE_STATUS_NONE)
        return OD_ESTATE;
    if (event->received.id == 0 || event->received.intake > CORE_INTAKE_UNCHECKED ||
        (event->received.included & ~core_rules_tasks(turn->rules)) != 0 ||
        (event->received.held & ~event->received.included) != 0 || (event->received.held_conditional & ~event->received.held) != 0)
        return OD_EINVAL;

    memset(application, 0, core_application_size(turn->rules->matter_count));
    application->id = event->received.id;
    application->received_ms = event->time.ms;
    application->received_day = event->time.day;
    create_tasks(turn, event->received.included, event->received.held, event->received.held_conditional);
    core_clock_init(&application->clocks[CORE_CLOCK_PROMISED], &turn->rules->promised);
    core_clock_init(&application->clocks[CORE_CLOCK_STATUTORY], &turn->rules->statutory);
    int rc = find_counted_day(turn->rules, &event->time, &application->receipt_day);
    return rc == OD_OK ? settle_received(turn) : rc;
}

/* I-10: everything that is looked at together gives one answer. */
static int settle_checked(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (application->checked != application->included)
        return OD_OK;
    return application->lacking != 0 ? await_supplement(turn, CORE_NOTICE_INCOMPLETE) : accept(turn);
}

int core_on_checked(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    core_task_set tasks = turn->event->checked.tasks, lacking = turn->event->checked.lacking;

    if (application->status != CORE_STATUS_RECEIVED)
        return OD_ESTATE;
    if (turn->event->checked.intake > CORE_INTAKE_CORRECTABLE)
        return OD_EINVAL;
    if (turn->event->checked.intake == CORE_INTAKE_NOT_COMPETENT)
        return refuse(turn, CORE_NOTICE_NOT_COMPETENT);
    if (turn->event->checked.intake == CORE_INTAKE_NOT_REQUIRED)
        return refuse(turn, CORE_NOTICE_NOT_REQUIRED);
    if (turn->event->checked.intake == CORE_INTAKE_CORRECTABLE)
        return await_supplement(turn, CORE_NOTICE_CORRECTABLE);
    if (tasks == 0 || (tasks & ~application->included) != 0 || (lacking & ~tasks) != 0)
        return OD_EINVAL;
    application->checked |= tasks;
    application->lacking = (application->lacking & ~tasks) | lacking;
    return settle_checked(turn);
}

/* I-9: nothing was told in time: accepted as of the receipt, however long ago that is. I-10: what was found
 * until the last day is told on it. */
static int wake_received(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (core_alone_check(turn, CORE_CLOCK_INTAKE)) {
        application->is_accepted_by_silence = true;
        application->is_flagged = true;
        turn->is_backdated = true;
        return accept_as_of(turn, application->receipt_day);
    }
    if (application->lacking != 0 && application->intake.state == CORE_CLOCK_RUNNING &&
        turn->event->time.day >= application->intake.due)
        return await_supplement(turn, CORE_NOTICE_INCOMPLETE);
    return OD_OK;
}

/* What runs from the receipt may be late before anything is accepted; no opinion is deemed from that. */
static void check_started(struct core_turn *turn)
{
    (void)core_joint_check(turn);
    for (unsigned i = 0; i < turn->application->task_count; i++)
        if (core_task_is_open(&turn->application->tasks[i]))
            (void)core_task_check(turn, i);
}

int core_intake_wake(struct core_turn *turn)
{
    check_started(turn);
    if (turn->application->status == CORE_STATUS_RECEIVED)
        return wake_received(turn);
    int rc = core_told_wake(turn);
    if (rc == OD_OK && core_alone_check(turn, CORE_CLOCK_SUPPLEMENT))
        core_intake_lapse(turn); /* I-6 */
    return rc;
}

/* I-14: the set of tasks is fixed at acceptance; before it, what was put right may change it. */
static int renew_tasks(struct core_turn *turn)
{
    struct core_application *application = turn->application;
    core_task_set held = 0, conditional = 0;

    for (unsigned i = 0; i < application->task_count; i++) {
        uint8_t opinion = application->tasks[i].held;

        held |= opinion != CORE_OPINION_NONE ? core_task_bit(i) : 0;
        conditional |= opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS ? core_task_bit(i) : 0;
    }
    memset(application->tasks, 0, application->task_count * sizeof(application->tasks[0]));
    create_tasks(turn, turn->event->supplemented.included, held, conditional);
    return start_clocks(turn, CORE_START_RECEIPT);
}

/* I-15: what does not stand any more is to be done after all; its time has run from the receipt. */
static int unhold(struct core_turn *turn, core_task_set unheld)
{
    int rc = OD_OK;

    for (unsigned i = 0; i < turn->application->task_count && rc == OD_OK; i++) {
        if ((unheld & core_task_bit(i)) == 0)
            continue;
        turn->application->tasks[i].held = CORE_OPINION_NONE;
        rc = core_task_start(turn, i, CORE_START_RECEIPT);
    }
    return rc;
}

/* I-5. */
static int complete(struct core_turn *turn)
{
    struct core_clock supplement = turn->application->supplement;
    struct core_moment now = core_moment_of(&turn->event->time);

    if (((turn->event->supplemented.included | turn->event->supplemented.unheld) & ~core_rules_tasks(turn->rules)) != 0)
        return OD_EINVAL;
    if (core_clock_check(&supplement, &now))
        return OD_ESTATE; /* I-6: it has lapsed, though nobody was woken yet */
    int rc = unhold(turn, turn->event->supplemented.unheld);
    if (rc == OD_OK && turn->event->supplemented.included != 0)
        rc = renew_tasks(turn);
    if (rc != OD_OK)
        return rc;
    if (!turn->event->supplemented.is_complete)
        return OD_OK;
    core_alone_end(turn, CORE_CLOCK_SUPPLEMENT, CORE_CLOCK_MET);
    return accept(turn);
}

static int check_answered(const struct core_turn *turn, core_task_set answered)
{
    bool is_something = answered != 0 || turn->event->supplemented.is_tolerated_met;

    if (!is_something || (answered & ~core_rules_tasks(turn->rules)) != 0)
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
        rc = core_stop_end(turn, i);
        if (rc == OD_OK)
            rc = core_clocks_reset(turn, i);
    }
    core_request_settle(turn);
    return rc;
}

int core_on_supplemented(struct core_turn *turn)
{
    if (turn->application->status == CORE_STATUS_INCOMPLETE)
        return complete(turn);
    if (turn->application->status == CORE_STATUS_IN_REVIEW && turn->event->supplemented.is_tolerated_met) {
        if (turn->application->tolerance.state != CORE_CLOCK_RUNNING)
            return OD_ESTATE;
        core_alone_end(turn, CORE_CLOCK_TOLERANCE, CORE_CLOCK_MET); /* I-8 */
    }
    if (turn->application->status == CORE_STATUS_IN_REVIEW)
        return take_answers(turn, turn->event->supplemented.answered);
    return OD_ESTATE;
}

void core_intake_end(struct core_turn *turn, enum core_status status)
{
    core_tasks_cancel(turn);
    core_joint_end(turn, CORE_CLOCK_STOPPED);
    core_alone_end(turn, CORE_CLOCK_INTAKE, CORE_CLOCK_STOPPED);
    core_alone_end(turn, CORE_CLOCK_SUPPLEMENT, CORE_CLOCK_STOPPED);
    core_alone_end(turn, CORE_CLOCK_TOLERANCE, CORE_CLOCK_STOPPED);
    turn->application->notice_minute = 0;
    turn->application->told = 0;
    core_application_move(turn->application, status, turn->event->time.ms);
}

void core_intake_lapse(struct core_turn *turn)
{
    core_intake_end(turn, CORE_STATUS_LAPSED);
    core_turn_tell_notice(turn, CORE_NOTICE_LAPSED, CORE_TASKS_MAX);
}
