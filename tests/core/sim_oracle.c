/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sim_oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static bool is_listed(const core_day *days, size_t count, core_day day)
{
    for (size_t i = 0; i < count; i++)
        if (days[i] == day)
            return true;
    return false;
}

void oracle_init(struct oracle *oracle, const struct core_rules *rules, core_day first_day)
{
    const struct core_calendar *calendar = rules->calendar;

    *oracle = (struct oracle){.rules = rules, .first_day = first_day};
    for (int i = 0; i < ORACLE_DAYS; i++) {
        core_day day = first_day + i;
        bool is_weekday =
            (calendar->weekend & 1u << (day + 3) % 7) == 0; /* day 0 was a Thursday */
        oracle->is_worked[i] =
            (is_weekday || is_listed(calendar->make_ups, calendar->make_up_count, day)) &&
            !is_listed(calendar->holidays, calendar->holiday_count, day);
    }
}

static bool is_worked(const struct oracle *oracle, core_day day)
{
    assert_true(day >= oracle->first_day && day < oracle->first_day + ORACLE_DAYS);
    return oracle->is_worked[day - oracle->first_day];
}

static core_day roll(const struct oracle *oracle, core_day day)
{
    while (!is_worked(oracle, day))
        day++;
    return day;
}

static bool does_count(const struct oracle *oracle, const struct core_limit *limit,
                       core_day day)
{
    return limit->unit == CORE_UNIT_CALENDAR_DAY || is_worked(oracle, day);
}

static bool is_in_pause(const struct oracle_clock *clock, core_day day)
{
    for (unsigned i = 0; i < clock->pause_count; i++)
        if (clock->until[i] != ORACLE_NEVER && clock->from[i] < day && day <= clock->until[i])
            return true;
    return false;
}

static core_day rolled_end(const struct oracle *oracle, const struct core_limit *limit,
                           core_day day)
{
    bool rolls = limit->unit == CORE_UNIT_WORKING_DAY || limit->end_roll != CORE_END_ROLL_NONE;

    return rolls ? roll(oracle, day) : day;
}

core_day oracle_due(const struct oracle *oracle, const struct oracle_clock *clock)
{
    const struct core_limit *limit = &clock->limit;
    core_day day = clock->start;
    int used = limit->counts_start_day && does_count(oracle, limit, day);

    while (used < limit->length) {
        day++;
        used += does_count(oracle, limit, day) && !is_in_pause(clock, day);
    }
    core_day due = rolled_end(oracle, limit, day);
    for (unsigned i = 0; i < clock->pause_count; i++) { /* K-5 */
        if (clock->until[i] == ORACLE_NEVER || clock->from[i] < day || clock->until[i] <= day)
            continue;
        day = clock->until[i];
        core_day moved = rolled_end(oracle, limit, day);
        due = moved > due ? moved : due;
    }
    return due;
}

static void start_clock(struct oracle_clock *clock, core_day day)
{
    if (clock->limit.unit == CORE_UNIT_NONE)
        return;
    clock->is_started = true;
    clock->start = day;
}

static bool is_standing(const struct oracle_clock *clock)
{
    return clock->pause_count > 0 && clock->until[clock->pause_count - 1] == ORACLE_NEVER;
}

static bool is_running(const struct oracle_clock *clock)
{
    return clock->is_started && !clock->is_ended && !is_standing(clock);
}

static void pause_clock(const struct oracle *oracle, struct oracle_clock *clock, core_day day)
{
    if (!is_running(clock) || day > oracle_due(oracle, clock))
        return; /* K-6 */
    assert_true(clock->pause_count < ORACLE_PAUSES);
    clock->from[clock->pause_count] = day > clock->start ? day : clock->start;
    clock->until[clock->pause_count++] = ORACLE_NEVER;
}

static void resume_clock(struct oracle_clock *clock, core_day day)
{
    if (clock->is_ended || !is_standing(clock))
        return;
    core_day from = clock->from[clock->pause_count - 1];
    clock->until[clock->pause_count - 1] = day > from ? day : from;
}

/* Is it overdue as of day? Never taken back (K-3). */
static bool check_clock(const struct oracle *oracle, struct oracle_clock *clock, core_day day)
{
    if (!is_running(clock) || clock->is_overdue || day <= oracle_due(oracle, clock))
        return false;
    clock->is_overdue = true;
    return true;
}

static void end_clock(const struct oracle *oracle, struct oracle_clock *clock, core_day day)
{
    check_clock(oracle, clock, day);
    clock->is_ended = true;
}

static bool is_open(const struct oracle_task *task)
{
    return task->phase == ORACLE_BLOCKED || task->phase == ORACLE_WORKABLE ||
           task->phase == ORACLE_PAUSED || task->phase == ORACLE_ASKED;
}

static unsigned count_of(const struct oracle *oracle, enum oracle_phase phase)
{
    unsigned count = 0;

    for (unsigned i = 0; i < oracle->rules->matter_count; i++)
        count += oracle->tasks[i].phase == phase;
    return count;
}

/* The joint clocks stand exactly while some task is paused (K-8). */
static void follow_pauses(struct oracle *oracle, core_day day)
{
    for (int id = 0; id < CORE_CLOCKS; id++) {
        if (count_of(oracle, ORACLE_PAUSED) > 0)
            pause_clock(oracle, &oracle->clocks[id], day);
        else
            resume_clock(&oracle->clocks[id], day);
    }
}

static void unblock(struct oracle *oracle, core_day day)
{
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        struct oracle_task *task = &oracle->tasks[i];
        bool is_met = true;
        for (unsigned j = 0; j < oracle->rules->matter_count; j++) {
            enum oracle_phase phase = oracle->tasks[j].phase;
            if ((oracle->rules->matters[i].after >> j & 1) != 0)
                is_met = is_met && (phase == ORACLE_ABSENT || phase == ORACLE_ANSWERED);
        }
        if (task->phase != ORACLE_BLOCKED || !is_met)
            continue;
        task->phase = ORACLE_WORKABLE;
        for (int id = 0; id < CORE_CLOCKS; id++)
            start_clock(&task->clocks[id],
                        day > oracle->accepted_day ? day : oracle->accepted_day);
    }
}

static void drop_all(struct oracle *oracle, core_day day)
{
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        if (!is_open(&oracle->tasks[i]))
            continue;
        oracle->tasks[i].phase = ORACLE_DROPPED;
        for (int id = 0; id < CORE_CLOCKS; id++)
            end_clock(oracle, &oracle->tasks[i].clocks[id], day);
    }
}

static void end_joint(struct oracle *oracle, core_day day)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        end_clock(oracle, &oracle->clocks[id], day);
    end_clock(oracle, &oracle->supplement, day);
}

struct voices {
    unsigned approve, conditional, reject, open;
    bool is_vetoed; /* a reject of a vetoer */
    uint8_t lead;   /* opinion that counts, or NONE */
    long long weight, weight_open;
};

static struct voices hear(const struct oracle *oracle)
{
    struct voices voices = {0};

    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        const struct core_matter_rule *matter = &oracle->rules->matters[i];
        uint8_t opinion = oracle->tasks[i].opinion;
        voices.open += is_open(&oracle->tasks[i]);
        voices.weight_open += is_open(&oracle->tasks[i]) ? matter->weight : 0;
        voices.approve += opinion == CORE_OPINION_APPROVE;
        voices.conditional += opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS;
        voices.reject += opinion == CORE_OPINION_REJECT;
        voices.is_vetoed |= opinion == CORE_OPINION_REJECT && matter->has_veto;
        if (opinion == CORE_OPINION_APPROVE || opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS)
            voices.weight += matter->weight;
        if (i == oracle->rules->lead && opinion != CORE_OPINION_NOT_APPLICABLE)
            voices.lead = opinion;
    }
    return voices;
}

static bool is_lead_open(const struct oracle *oracle)
{
    return is_open(&oracle->tasks[oracle->rules->lead]);
}

/* Would the policy refuse, given what was said so far? */
static bool is_refused(const struct oracle *oracle, const struct voices *voices)
{
    switch ((enum core_policy)oracle->rules->policy) {
    case CORE_POLICY_NONE:
    case CORE_POLICY_ALL: return voices->reject > 0;
    case CORE_POLICY_LEAD:
        if (voices->lead != CORE_OPINION_NONE)
            return voices->lead == CORE_OPINION_REJECT;
        return voices->reject > 0 && !is_lead_open(oracle);
    case CORE_POLICY_VETO: return voices->is_vetoed;
    case CORE_POLICY_QUORUM:
        return voices->weight + voices->weight_open < oracle->rules->quorum;
    case CORE_POLICY_PARTIAL:
        return voices->approve + voices->conditional == 0 && voices->open == 0;
    }
    return false;
}

enum core_outcome oracle_outcome(const struct oracle *oracle)
{
    struct voices voices = hear(oracle);
    bool is_early =
        oracle->rules->stops_on_veto && voices.reject > 0 && is_refused(oracle, &voices);

    if (voices.open > 0)
        return is_early ? CORE_OUTCOME_REJECTED : CORE_OUTCOME_NONE;
    if (voices.approve + voices.conditional + voices.reject == 0)
        return CORE_OUTCOME_NOT_REQUIRED;
    if (is_refused(oracle, &voices))
        return CORE_OUTCOME_REJECTED;
    if (oracle->rules->policy == CORE_POLICY_PARTIAL && voices.reject > 0)
        return CORE_OUTCOME_PARTIALLY_APPROVED;
    if (oracle->rules->policy == CORE_POLICY_LEAD && voices.lead == CORE_OPINION_APPROVE)
        return CORE_OUTCOME_APPROVED;
    return voices.conditional > 0 ? CORE_OUTCOME_APPROVED_WITH_CONDITIONS
                                  : CORE_OUTCOME_APPROVED;
}

static void answer(struct oracle *oracle, unsigned index, uint8_t opinion, bool is_deemed,
                   core_day day)
{
    struct oracle_task *task = &oracle->tasks[index];

    for (int id = 0; id < CORE_CLOCKS; id++) {
        resume_clock(&task->clocks[id], day);
        end_clock(oracle, &task->clocks[id], day);
    }
    task->phase = ORACLE_ANSWERED;
    task->opinion = opinion;
    task->is_deemed = is_deemed;
    follow_pauses(oracle, day);
}

static void settle(struct oracle *oracle, core_day day)
{
    oracle->outcome = oracle_outcome(oracle);
    if (oracle->outcome == CORE_OUTCOME_NONE) {
        unblock(oracle, day);
        return;
    }
    drop_all(oracle, day);
    follow_pauses(oracle, day);
    end_joint(oracle, day);
    oracle->status = CORE_STATUS_DECIDED;
}

static void accept(struct oracle *oracle, const struct core_time *time)
{
    const struct core_rules *rules = oracle->rules;

    oracle->status = CORE_STATUS_IN_REVIEW;
    oracle->accepted_day = time->day;
    if (rules->rolls_receipt)
        oracle->accepted_day =
            roll(oracle, time->minute < rules->closes_minute ? time->day : time->day + 1);
    for (int id = 0; id < CORE_CLOCKS; id++)
        start_clock(&oracle->clocks[id], oracle->accepted_day);
    end_clock(oracle, &oracle->supplement, time->day);
    unblock(oracle, time->day);
}

static void receive(struct oracle *oracle, const struct core_event *event)
{
    const struct core_rules *rules = oracle->rules;

    for (unsigned i = 0; i < rules->matter_count; i++) {
        struct oracle_task *task = &oracle->tasks[i];
        if ((event->received.included >> i & 1) == 0)
            continue;
        task->phase = ORACLE_BLOCKED;
        task->clocks[CORE_CLOCK_PROMISED].limit = rules->matters[i].promised;
        task->clocks[CORE_CLOCK_STATUTORY].limit = rules->matters[i].statutory;
    }
    oracle->status = CORE_STATUS_NOT_ACCEPTED;
    if (event->received.included == 0)
        return;
    oracle->clocks[CORE_CLOCK_PROMISED].limit = rules->promised;
    oracle->clocks[CORE_CLOCK_STATUTORY].limit = rules->statutory;
    if (event->received.is_complete) {
        accept(oracle, &event->time);
        return;
    }
    oracle->supplement.limit = rules->supplement;
    oracle->status = CORE_STATUS_INCOMPLETE;
    start_clock(&oracle->supplement, event->time.day);
}

static void supplement(struct oracle *oracle, const struct core_event *event)
{
    if (oracle->status == CORE_STATUS_INCOMPLETE) {
        if (event->supplemented.is_complete)
            accept(oracle, &event->time);
        return;
    }
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        if ((event->supplemented.answered >> i & 1) == 0)
            continue;
        oracle->tasks[i].phase = ORACLE_WORKABLE;
        for (int id = 0; id < CORE_CLOCKS; id++)
            resume_clock(&oracle->tasks[i].clocks[id], event->time.day);
    }
}

static void hold(struct oracle *oracle, unsigned index, enum oracle_phase phase, core_day day)
{
    oracle->tasks[index].phase = phase;
    for (int id = 0; id < CORE_CLOCKS; id++) {
        if (phase == ORACLE_WORKABLE)
            resume_clock(&oracle->tasks[index].clocks[id], day);
        else
            pause_clock(oracle, &oracle->tasks[index].clocks[id], day);
    }
    follow_pauses(oracle, day);
}

static void end_without_decision(struct oracle *oracle, enum core_status status, core_day day)
{
    drop_all(oracle, day);
    end_joint(oracle, day);
    oracle->status = status;
}

static void wake(struct oracle *oracle, core_day day)
{
    bool has_opinion = false;

    if (oracle->status == CORE_STATUS_INCOMPLETE) {
        end_without_decision(oracle, CORE_STATUS_LAPSED, day);
        return;
    }
    for (int id = 0; id < CORE_CLOCKS; id++)
        check_clock(oracle, &oracle->clocks[id], day);
    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        struct oracle_task *task = &oracle->tasks[i];
        uint8_t expiry = oracle->rules->matters[i].expiry;
        if (!is_open(task))
            continue;
        check_clock(oracle, &task->clocks[CORE_CLOCK_PROMISED], day);
        if (!check_clock(oracle, &task->clocks[CORE_CLOCK_STATUTORY], day) ||
            expiry == CORE_EXPIRY_NONE)
            continue;
        has_opinion = true;
        answer(oracle, i,
               expiry == CORE_EXPIRY_DEEMED_REFUSAL ? CORE_OPINION_REJECT
                                                    : CORE_OPINION_APPROVE,
               true, day);
    }
    if (has_opinion)
        settle(oracle, day);
}

void oracle_follow(struct oracle *oracle, const struct core_event *event)
{
    core_day day = event->time.day;

    switch (event->type) {
    case CORE_RECEIVED: receive(oracle, event); break;
    case CORE_SUPPLEMENTED: supplement(oracle, event); break;
    case CORE_OPINED:
        if (!is_open(&oracle->tasks[event->task]))
            break; /* late */
        answer(oracle, event->task, event->opinion, false, day);
        settle(oracle, day);
        break;
    case CORE_PAUSED: hold(oracle, event->task, ORACLE_PAUSED, day); break;
    case CORE_ASKED: hold(oracle, event->task, ORACLE_ASKED, day); break;
    case CORE_UNPAUSED: hold(oracle, event->task, ORACLE_WORKABLE, day); break;
    case CORE_WITHDRAWN: end_without_decision(oracle, CORE_STATUS_WITHDRAWN, day); break;
    case CORE_WOKEN: wake(oracle, day); break;
    case CORE_CLOSED: oracle->status = CORE_STATUS_CLOSED; break;
    case CORE_EVENT_NONE:
    case CORE_OFFERED:
    case CORE_ACCEPTED:
    case CORE_FAILED:
    case CORE_GIVEN_BACK:
    case CORE_SESSION_LOST:
    case CORE_RESUMED:
    case CORE_INPUT_HANDED:
    case CORE_PARKED:
    case CORE_REQUEUED:
    case CORE_TAKEN:
    case CORE_TAKEN_OVER:
    case CORE_CANCEL_CONFIRMED: break; /* who has it changes no date and no decision */
    }
}

/* C-3: does any day from the start to the due day lie outside the published ones? */
static bool is_provisional(const struct oracle *oracle, const struct oracle_clock *clock)
{
    const struct core_calendar *calendar = oracle->rules->calendar;
    bool is_weekly = clock->limit.unit == CORE_UNIT_WORKING_DAY ||
                     clock->limit.end_roll == CORE_END_ROLL_NEXT_WORKING_DAY;

    for (core_day day = clock->start; is_weekly && day <= oracle_due(oracle, clock); day++)
        if (day < calendar->published_from || day > calendar->published_until)
            return true;
    return false;
}

static void check_same_clock(const struct oracle *oracle, const struct oracle_clock *own,
                             const struct core_clock *clock, const char *which, uint64_t seed)
{
    bool is_alive = clock->state == CORE_CLOCK_RUNNING || clock->state == CORE_CLOCK_PAUSED;

    if (own->is_overdue != clock->is_overdue)
        fail_msg("seed %llu: %s overdue is %d", (unsigned long long)seed, which,
                 clock->is_overdue);
    if (is_alive != (own->is_started && !own->is_ended))
        fail_msg("seed %llu: %s is in state %d", (unsigned long long)seed, which, clock->state);
    if (is_alive && is_standing(own) != (clock->state == CORE_CLOCK_PAUSED))
        fail_msg("seed %llu: %s stands still %d", (unsigned long long)seed, which,
                 clock->state);
    if (own->is_started && oracle_due(oracle, own) != clock->due)
        fail_msg("seed %llu: %s is due %d, not %d", (unsigned long long)seed, which, clock->due,
                 oracle_due(oracle, own));
    if (own->is_started && is_provisional(oracle, own) != clock->is_provisional)
        fail_msg("seed %llu: %s is provisional %d", (unsigned long long)seed, which,
                 clock->is_provisional);
}

void oracle_check(const struct oracle *oracle, const struct core_application *application,
                  uint64_t seed)
{
    assert_int_equal(oracle->status, application->status);
    assert_int_equal(oracle->outcome, application->outcome);
    check_same_clock(oracle, &oracle->supplement, &application->supplement, "supplement", seed);
    for (int id = 0; id < CORE_CLOCKS; id++)
        check_same_clock(oracle, &oracle->clocks[id], &application->clocks[id], "joint", seed);
    for (unsigned i = 0; i < application->task_count; i++) {
        assert_int_equal(is_open(&oracle->tasks[i]), core_task_is_open(&application->tasks[i]));
        assert_int_equal(oracle->tasks[i].opinion, application->tasks[i].opinion);
        assert_int_equal(oracle->tasks[i].is_deemed, application->tasks[i].is_deemed);
        for (int id = 0; id < CORE_CLOCKS; id++)
            check_same_clock(oracle, &oracle->tasks[i].clocks[id],
                             &application->tasks[i].clocks[id], "task", seed);
    }
}
