/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sim_oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define ART_45 0x1feu /* hearing to auction */
#define ASKED 0x200u

void oracle_init(struct oracle *oracle, const struct core_rules *rules, const struct core_calendar *other,
                 core_day first_day)
{
    *oracle = (struct oracle){.rules = rules, .calendars = {rules->calendar, other}, .first_day = first_day};
    oracle_amend(oracle);
}

void oracle_amend(struct oracle *oracle)
{
    for (int i = 0; i < ORACLE_TABLES; i++)
        count_table_init(&oracle->tables[i], oracle->calendars[i], oracle->first_day);
}

/* -- How things end -- */

bool oracle_is_open(const struct oracle_task *task)
{
    return task->phase == ORACLE_BLOCKED || task->phase == ORACLE_WORKABLE || task->phase == ORACLE_PAUSED ||
           task->phase == ORACLE_ASKED;
}

static void drop_all(struct oracle *oracle, const struct core_time *time)
{
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        if (!oracle_is_open(&oracle->tasks[i]))
            continue;
        oracle->tasks[i].phase = ORACLE_DROPPED;
        oracle_end_task_clocks(oracle, i, time);
    }
}

static void end_joint(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    for (int id = 0; id < CORE_CLOCKS; id++)
        count_end(&oracle->clocks[id], &now);
    count_end(&oracle->supplement, &now);
    count_end(&oracle->intake, &now);
    count_end(&oracle->tolerance, &now);
    oracle->notice_minute = 0;
}

static void end_without_decision(struct oracle *oracle, enum core_status status, const struct core_time *time)
{
    drop_all(oracle, time);
    end_joint(oracle, time);
    oracle->status = status;
}

/* Nobody waits for the applicant any more, or nobody whose request was not told. */
static void forget_requests(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);
    unsigned waiting = 0, untold = 0;

    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        waiting += oracle->tasks[i].phase == ORACLE_ASKED;
        untold += oracle->tasks[i].phase == ORACLE_ASKED && !oracle->tasks[i].was_told;
    }
    if (untold == 0)
        oracle->notice_minute = 0;
    if (waiting == 0)
        count_end(&oracle->supplement, &now);
}

static void unblock(struct oracle *oracle, const struct core_time *time)
{
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        bool is_met = oracle->tasks[i].phase == ORACLE_BLOCKED;
        for (unsigned j = 0; j < oracle->rules->matter_count; j++) {
            enum oracle_phase phase = oracle->tasks[j].phase;
            if ((oracle->rules->matters[i].after >> j & 1) != 0)
                is_met = is_met && (phase == ORACLE_ABSENT || phase == ORACLE_ANSWERED);
        }
        if (!is_met)
            continue;
        oracle->tasks[i].phase = ORACLE_WORKABLE;
        oracle_happen_to_task(oracle, i, CORE_START_WORKABLE, time);
        oracle_reach(oracle, i, CORE_MILESTONE_WORKABLE, time);
    }
}

static void answer(struct oracle *oracle, unsigned index, uint8_t opinion, bool is_deemed, const struct core_time *time)
{
    struct oracle_task *task = &oracle->tasks[index];

    oracle_end_stop(oracle, index, time);
    oracle_end_task_clocks(oracle, index, time);
    task->phase = ORACLE_ANSWERED;
    task->opinion = opinion;
    task->is_deemed = is_deemed;
    forget_requests(oracle, time);
}

static void settle(struct oracle *oracle, const struct core_time *time)
{
    oracle->outcome = oracle_outcome(oracle);
    if (oracle->outcome == CORE_OUTCOME_NONE) {
        unblock(oracle, time);
        return;
    }
    end_without_decision(oracle, CORE_STATUS_DECIDED, time);
    oracle_start_alone(oracle, &oracle->delivery, &oracle->rules->delivery, time, time->day);
}

/* -- Intake -- */

static core_day counted_day(const struct oracle *oracle, const struct core_time *time)
{
    if (!oracle->rules->rolls_receipt)
        return time->day;
    return count_roll(&oracle->tables[0], time->minute < oracle->rules->closes_minute ? time->day : time->day + 1);
}

static void accept(struct oracle *oracle, core_day day, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    oracle->status = CORE_STATUS_IN_REVIEW;
    oracle->accepted_day = day;
    oracle->accepted_minute = now.minute;
    count_end(&oracle->supplement, &now);
    count_end(&oracle->intake, &now);
    oracle_happen(oracle, CORE_START_ACCEPTANCE, time);
    bool has_held = false;
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        struct oracle_task *task = &oracle->tasks[i];
        if (task->phase != ORACLE_BLOCKED || task->held == CORE_OPINION_NONE)
            continue;
        memset(task->clocks, 0, sizeof(task->clocks));
        memset(task->stages, 0, sizeof(task->stages));
        answer(oracle, i, task->held, false, time);
        has_held = true;
    }
    unblock(oracle, time);
    if (has_held)
        settle(oracle, time);
}

/* His time begins now, or when he is told. */
static void await_receipt(struct oracle *oracle, const struct core_time *time)
{
    const struct core_limit *limit = &oracle->rules->supplement;

    oracle->is_presumed = false;
    if (limit->start != CORE_START_TOLD) {
        oracle_start_alone(oracle, &oracle->supplement, limit, time, time->day);
        return;
    }
    oracle_lay_out(oracle, &oracle->supplement, limit, 0, CORE_TASKS_MAX);
    oracle->asked_day = time->day;
    oracle->presumed_day = time->day + (limit->told_after != 0 ? limit->told_after : 3);
}

static void presume(struct oracle *oracle, const struct core_time *time)
{
    if (oracle->supplement.phase != COUNT_WAITING || time->day < oracle->presumed_day)
        return;
    oracle->is_presumed = true;
    oracle_start_alone(oracle, &oracle->supplement, &oracle->rules->supplement, time, oracle->presumed_day);
}

/* Taken by the core: it began with this, or the presumption was wrong. */
static void tell(struct oracle *oracle, const struct core_event *event)
{
    core_day day = event->told_day != 0 ? event->told_day : event->time.day;
    bool is_later = oracle->is_presumed && oracle->supplement.phase == COUNT_RUNNING && !oracle->supplement.is_overdue &&
                    day > oracle->supplement.start;

    assert_int_equal(oracle->notices, event->notice);
    assert_true(day >= oracle->asked_day && day <= event->time.day);
    assert_true(oracle->supplement.phase == COUNT_WAITING || is_later);
    oracle->is_presumed = false;
    oracle_start_alone(oracle, &oracle->supplement, &oracle->rules->supplement, &event->time, day);
}

static void ask_to_complete(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    count_end(&oracle->intake, &now);
    oracle->status = CORE_STATUS_INCOMPLETE;
    oracle->notices += oracle->notices < UINT8_MAX;
    await_receipt(oracle, time);
}

static void include(struct oracle *oracle, core_task_set included)
{
    const struct core_rules *rules = oracle->rules;

    for (unsigned i = 0; i < rules->matter_count; i++) {
        struct oracle_task *task = &oracle->tasks[i];
        uint8_t held = task->held;
        *task = (struct oracle_task){0};
        if ((included >> i & 1) == 0)
            continue;
        task->held = held;
        task->phase = ORACLE_BLOCKED;
        oracle_lay_out(oracle, &task->clocks[CORE_CLOCK_PROMISED], &rules->matters[i].promised, ART_45 | ASKED, i);
        oracle_lay_out(oracle, &task->clocks[CORE_CLOCK_STATUTORY], &rules->matters[i].statutory, ART_45 | ASKED, i);
    }
}

static void receive(struct oracle *oracle, const struct core_event *event)
{
    const struct core_rules *rules = oracle->rules;
    const struct core_time *time = &event->time;

    oracle->receipt_day = counted_day(oracle, time);
    oracle->receipt_minute = oracle_moment(time).minute;
    oracle_lay_out(oracle, &oracle->clocks[CORE_CLOCK_PROMISED], &rules->promised, ART_45, CORE_TASKS_MAX);
    oracle_lay_out(oracle, &oracle->clocks[CORE_CLOCK_STATUTORY], &rules->statutory, ART_45, CORE_TASKS_MAX);
    for (unsigned i = 0; i < rules->matter_count; i++) {
        bool is_held = (event->received.held >> i & 1) != 0, has_conditions = (event->received.held_conditional >> i & 1) != 0;
        oracle->tasks[i].held = is_held ? has_conditions ? CORE_OPINION_APPROVE_WITH_CONDITIONS : CORE_OPINION_APPROVE : CORE_OPINION_NONE;
    }
    include(oracle, event->received.included);
    if (event->received.included == 0 || event->received.intake == CORE_INTAKE_NOT_COMPETENT ||
        event->received.intake == CORE_INTAKE_NOT_REQUIRED) {
        end_without_decision(oracle, CORE_STATUS_NOT_ACCEPTED, time);
        return;
    }
    oracle_happen(oracle, CORE_START_RECEIPT, time);
    if (event->received.intake == CORE_INTAKE_UNCHECKED) {
        oracle->status = CORE_STATUS_RECEIVED;
        oracle_start_alone(oracle, &oracle->intake, &rules->intake, time, oracle->receipt_day);
    } else if (event->received.intake == CORE_INTAKE_CORRECTABLE || !event->received.is_complete) {
        ask_to_complete(oracle, time);
    } else {
        struct core_limit until = {.unit = CORE_UNIT_CALENDAR_DAY, .length = event->received.tolerated_until - time->day};
        if (event->received.tolerated_until != 0)
            oracle_start_alone(oracle, &oracle->tolerance, &until, time, time->day);
        accept(oracle, oracle->receipt_day, time);
    }
}

static void look(struct oracle *oracle, const struct core_event *event)
{
    core_task_set included = 0;

    if (event->checked.intake == CORE_INTAKE_NOT_COMPETENT || event->checked.intake == CORE_INTAKE_NOT_REQUIRED) {
        end_without_decision(oracle, CORE_STATUS_NOT_ACCEPTED, &event->time);
        return;
    }
    if (event->checked.intake == CORE_INTAKE_CORRECTABLE) {
        ask_to_complete(oracle, &event->time);
        return;
    }
    for (unsigned i = 0; i < oracle->rules->matter_count; i++)
        included |= oracle->tasks[i].phase != ORACLE_ABSENT ? (core_task_set)1 << i : 0;
    oracle->looked_at |= event->checked.tasks;
    oracle->lacking = (oracle->lacking & ~event->checked.tasks) | event->checked.lacking;
    if (oracle->looked_at != included)
        return;
    if (oracle->lacking != 0)
        ask_to_complete(oracle, &event->time);
    else
        accept(oracle, counted_day(oracle, &event->time), &event->time);
}

static void supplement(struct oracle *oracle, const struct core_event *event)
{
    struct core_moment now = oracle_moment(&event->time);

    if (oracle->status == CORE_STATUS_INCOMPLETE) {
        for (unsigned i = 0; i < oracle->rules->matter_count; i++)
            if ((event->supplemented.unheld >> i & 1) != 0) {
                oracle->tasks[i].held = CORE_OPINION_NONE;
                oracle_happen_to_task(oracle, i, CORE_START_RECEIPT, &event->time);
            }
        if (event->supplemented.included != 0) {
            include(oracle, event->supplemented.included);
            oracle_happen(oracle, CORE_START_RECEIPT, &event->time);
        }
        if (event->supplemented.is_complete)
            accept(oracle, counted_day(oracle, &event->time), &event->time);
        return;
    }
    if (event->supplemented.is_tolerated_met)
        count_end(&oracle->tolerance, &now);
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        if ((event->supplemented.answered >> i & 1) == 0)
            continue;
        oracle->tasks[i].phase = ORACLE_WORKABLE;
        oracle_end_stop(oracle, i, &event->time);
        oracle_set_back(oracle, i, CORE_RESET_SUPPLEMENTED, &event->time);
    }
    forget_requests(oracle, &event->time);
}

/* -- Review -- */

static void pause_task(struct oracle *oracle, const struct core_event *event)
{
    struct oracle_task *task = &oracle->tasks[event->task];
    struct core_limit limit = oracle->rules->matters[event->task].watch;

    task->phase = ORACLE_PAUSED;
    if (event->expected_days > 0) {
        limit.unit = CORE_UNIT_WORKING_DAY;
        limit.length = event->expected_days;
    }
    oracle_start_alone(oracle, &task->watch, &limit, &event->time, event->time.day);
    oracle_begin_stop(oracle, event->task, event->pause_kind, &event->time);
}

static void unpause_task(struct oracle *oracle, const struct core_event *event)
{
    struct oracle_task *task = &oracle->tasks[event->task];
    struct core_moment now = oracle_moment(&event->time);

    task->phase = ORACLE_WORKABLE;
    count_end(&task->watch, &now);
    oracle_end_stop(oracle, event->task, &event->time);
    oracle_set_back(oracle, event->task, CORE_RESET_RESUMED, &event->time);
}

static void ask(struct oracle *oracle, const struct core_event *event)
{
    struct oracle_task *task = &oracle->tasks[event->task];
    core_minute day = (core_minute)event->time.day * CORE_DAY_MINUTES;
    bool is_before_closing = event->time.minute < oracle->rules->closes_minute;

    task->phase = ORACLE_ASKED;
    task->is_unanswered = false;
    task->was_told = false;
    if (oracle->notice_minute == 0)
        oracle->notice_minute = day + (is_before_closing ? oracle->rules->closes_minute : CORE_DAY_MINUTES);
    oracle_begin_stop(oracle, event->task, CORE_PAUSE_SUPPLEMENT, &event->time);
}

static void extend(struct oracle *oracle, const struct core_event *event)
{
    bool is_whole = event->task == CORE_TASKS_MAX;
    struct count_clock *clock = is_whole ? &oracle->clocks[event->extended.clock]
                                         : &oracle->tasks[event->task].clocks[event->extended.clock];
    struct core_moment now = oracle_moment(&event->time);

    if (clock->is_overdue || (clock->phase == COUNT_RUNNING && count_is_past(clock, &now))) {
        if (!is_whole)
            oracle->tasks[event->task].has_late_extension = true;
        return;
    }
    clock->extensions++;
    clock->extended += event->extended.length;
    count_again(clock, &oracle->stops);
}

static void redate(struct oracle *oracle)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        count_again(&oracle->clocks[id], &oracle->stops);
    count_again(&oracle->supplement, &oracle->stops);
    count_again(&oracle->intake, &oracle->stops);
    count_again(&oracle->delivery, &oracle->stops);
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        for (int id = 0; id < CORE_CLOCKS; id++)
            count_again(&oracle->tasks[i].clocks[id], &oracle->stops);
        count_again(&oracle->tasks[i].watch, &oracle->stops);
        for (unsigned j = 0; j < CORE_STAGES_MAX; j++)
            count_again(&oracle->tasks[i].stages[j], &oracle->stops);
    }
}

/* -- Time -- */

/* True when the statutory limit of the task has just run out. */
static bool check_task(struct oracle *oracle, unsigned index, const struct core_moment *now)
{
    struct oracle_task *task = &oracle->tasks[index];

    count_check(&task->clocks[CORE_CLOCK_PROMISED], now);
    count_check(&task->watch, now);
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        count_check(&task->stages[i], now);
    bool is_out = count_check(&task->clocks[CORE_CLOCK_STATUTORY], now);
    for (int id = 0; id < CORE_CLOCKS; id++)
        oracle->is_late_stage |= task->clocks[id].is_overdue;
    return is_out;
}

static void wake_requests(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);
    core_minute minute = (core_minute)time->day * CORE_DAY_MINUTES + time->minute;

    presume(oracle, time);
    if (count_check(&oracle->supplement, &now)) {
        for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
            struct oracle_task *task = &oracle->tasks[i];
            if (task->phase != ORACLE_ASKED || !task->was_told)
                continue;
            task->phase = ORACLE_WORKABLE;
            task->is_unanswered = true;
            oracle_end_stop(oracle, i, time);
        }
        count_end(&oracle->supplement, &now);
        forget_requests(oracle, time);
    }
    if (oracle->notice_minute == 0 || minute < oracle->notice_minute)
        return;
    for (unsigned i = 0; i < oracle->rules->matter_count; i++)
        oracle->tasks[i].was_told |= oracle->tasks[i].phase == ORACLE_ASKED;
    oracle->notice_minute = 0;
    oracle->notices += oracle->notices < UINT8_MAX;
    await_receipt(oracle, time);
}

static void wake_review(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);
    bool has_opinion = false;

    count_check(&oracle->clocks[CORE_CLOCK_PROMISED], &now);
    bool is_whole_out = count_check(&oracle->clocks[CORE_CLOCK_STATUTORY], &now);
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        uint8_t expiry = is_whole_out ? oracle->rules->expiry : CORE_EXPIRY_NONE;
        if (!oracle_is_open(&oracle->tasks[i]))
            continue;
        if (check_task(oracle, i, &now) && expiry == CORE_EXPIRY_NONE)
            expiry = oracle->rules->matters[i].expiry;
        if (expiry == CORE_EXPIRY_NONE)
            continue;
        has_opinion = true;
        answer(oracle, i, expiry == CORE_EXPIRY_DEEMED_REFUSAL ? CORE_OPINION_REJECT : CORE_OPINION_APPROVE, true, time);
    }
    if (has_opinion)
        settle(oracle, time);
    else
        wake_requests(oracle, time);
}

/* A limit that runs from the receipt may be late before anything is accepted; nothing follows from that. */
static void wake_intake(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    for (int id = 0; id < CORE_CLOCKS; id++)
        count_check(&oracle->clocks[id], &now);
    for (unsigned i = 0; i < oracle->rules->matter_count; i++)
        if (oracle_is_open(&oracle->tasks[i]))
            check_task(oracle, i, &now);
    if (oracle->status == CORE_STATUS_INCOMPLETE) {
        presume(oracle, time);
        if (count_check(&oracle->supplement, &now))
            end_without_decision(oracle, CORE_STATUS_LAPSED, time);
    } else if (count_check(&oracle->intake, &now)) {
        oracle->is_by_silence = oracle->is_backdating = true;
        accept(oracle, oracle->receipt_day, time);
        oracle->is_backdating = false;
    } else if (oracle->lacking != 0 && oracle->intake.phase == COUNT_RUNNING && time->day >= oracle->intake.due) {
        ask_to_complete(oracle, time);
    }
}

static void wake(struct oracle *oracle, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    if (oracle->status == CORE_STATUS_RECEIVED || oracle->status == CORE_STATUS_INCOMPLETE)
        wake_intake(oracle, time);
    else if (oracle->status == CORE_STATUS_DECIDED)
        count_check(&oracle->delivery, &now);
    else if (oracle->status == CORE_STATUS_IN_REVIEW && count_check(&oracle->tolerance, &now))
        end_without_decision(oracle, CORE_STATUS_LAPSED, time);
    else if (oracle->status == CORE_STATUS_IN_REVIEW)
        wake_review(oracle, time);
}

static void take_in_hand(struct oracle *oracle, const struct core_event *event)
{
    oracle_happen_to_task(oracle, event->task, CORE_START_TAKEN, &event->time);
    oracle_reach(oracle, event->task, CORE_MILESTONE_TAKEN, &event->time);
}

void oracle_follow(struct oracle *oracle, const struct core_event *event)
{
    struct core_moment now = oracle_moment(&event->time);

    switch (event->type) {
    case CORE_RECEIVED: receive(oracle, event); break;
    case CORE_SUPPLEMENTED: supplement(oracle, event); break;
    case CORE_CHECKED: look(oracle, event); break;
    case CORE_OPINED:
        if (!oracle_is_open(&oracle->tasks[event->task]))
            break; /* late */
        answer(oracle, event->task, event->opinion, false, &event->time);
        settle(oracle, &event->time);
        break;
    case CORE_ACCEPTED:
    case CORE_TAKEN: take_in_hand(oracle, event); break;
    case CORE_FAILED:
        if (event->failed.effect_known == CORE_EFFECT_DONE && !event->failed.is_final)
            take_in_hand(oracle, event); /* T-4 */
        break;
    case CORE_PAUSED: pause_task(oracle, event); break;
    case CORE_ASKED: ask(oracle, event); break;
    case CORE_UNPAUSED: unpause_task(oracle, event); break;
    case CORE_EXTENDED: extend(oracle, event); break;
    case CORE_MARKED: oracle_reach(oracle, event->task, event->marked.milestone, &event->time); break;
    case CORE_REDATED: redate(oracle); break;
    case CORE_TOLD: tell(oracle, event); break;
    case CORE_WITHDRAWN: end_without_decision(oracle, CORE_STATUS_WITHDRAWN, &event->time); break;
    case CORE_WOKEN: wake(oracle, &event->time); break;
    case CORE_CLOSED:
        count_end(&oracle->delivery, &now);
        oracle->status = CORE_STATUS_CLOSED;
        break;
    case CORE_EVENT_NONE:
    case CORE_OFFERED:
    case CORE_GIVEN_BACK:
    case CORE_SESSION_LOST:
    case CORE_RESUMED:
    case CORE_INPUT_HANDED:
    case CORE_PARKED:
    case CORE_REQUEUED:
    case CORE_TAKEN_OVER:
    case CORE_CANCEL_CONFIRMED: break; /* who has it changes no date and no decision */
    }
}
