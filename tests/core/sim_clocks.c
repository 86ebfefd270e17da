/* SPDX-License-Identifier: Apache-2.0 */
/* What starts the oracle's clocks, and what stops them. */
#include "core/sim_oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct core_moment oracle_moment(const struct core_time *time)
{
    int32_t utc = (int32_t)(time->ms / 60000);

    return (struct core_moment){time->day, utc, (int16_t)(time->day * CORE_DAY_MINUTES + time->minute - utc)};
}

/* A clock of a place: what stops it, unless its limit says it. */
void oracle_lay_out(const struct oracle *oracle, struct count_clock *clock, const struct core_limit *limit,
                    uint32_t pauses, unsigned task)
{
    *clock = (struct count_clock){.limit = *limit,
                                  .table = &oracle->tables[limit->calendar == oracle->calendars[1]],
                                  .pause_on = limit->pause_on != 0 ? limit->pause_on : pauses,
                                  .task = task,
                                  .phase = limit->unit == CORE_UNIT_NONE ? COUNT_NONE : COUNT_WAITING};
}

/* -- What starts -- */

/* A limit in hours that starts on a later day than it happened begins when the office opens. */
static struct core_moment at_opening(const struct oracle *oracle, struct core_moment from)
{
    if ((from.minute + from.offset) / CORE_DAY_MINUTES < from.day)
        from.minute = from.day * CORE_DAY_MINUTES + oracle->rules->opens_minute - from.offset;
    return from;
}

static struct core_moment start_moment(const struct oracle *oracle, const struct core_limit *limit,
                                       enum core_start start, const struct core_time *time)
{
    struct core_moment from = oracle_moment(time);
    bool is_at_receipt = oracle->accepted_day == 0;

    if (oracle->is_backdating || (start == CORE_START_RECEIPT && (limit->is_retroactive || is_at_receipt))) {
        from.day = oracle->receipt_day;
        from.minute = oracle->receipt_minute;
    } else if (start == CORE_START_ACCEPTANCE && limit->is_retroactive) {
        from.day = oracle->accepted_day;
        from.minute = oracle->accepted_minute;
    } else if (from.day < oracle->accepted_day) {
        from.day = oracle->accepted_day;
    }
    return at_opening(oracle, from);
}

static void start_if(struct oracle *oracle, struct count_clock *clock, enum core_start happened,
                     enum core_start usual, const struct core_time *time)
{
    const struct core_limit *limit = &clock->limit;
    enum core_start start = limit->start != CORE_START_DEFAULT ? limit->start : usual;

    if (clock->phase != COUNT_WAITING || start > happened || limit->not_started_until > happened)
        return;
    struct core_moment from = start_moment(oracle, limit, start, time);
    count_start(clock, &oracle->stops, &from);
}

void oracle_happen_to_task(struct oracle *oracle, unsigned index, enum core_start happened,
                           const struct core_time *time)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        start_if(oracle, &oracle->tasks[index].clocks[id], happened, CORE_START_WORKABLE, time);
}

void oracle_happen(struct oracle *oracle, enum core_start happened, const struct core_time *time)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        start_if(oracle, &oracle->clocks[id], happened, CORE_START_ACCEPTANCE, time);
    for (unsigned i = 0; i < oracle->rules->matter_count; i++)
        if (oracle->tasks[i].phase != ORACLE_ABSENT && oracle->tasks[i].held == CORE_OPINION_NONE)
            oracle_happen_to_task(oracle, i, happened, time);
}

void oracle_start_alone(struct oracle *oracle, struct count_clock *clock, const struct core_limit *limit,
                        const struct core_time *time, core_day day)
{
    struct core_moment from = oracle_moment(time);

    from.day = day;
    oracle_lay_out(oracle, clock, limit, 0, CORE_TASKS_MAX);
    from = at_opening(oracle, from);
    count_start(clock, &oracle->stops, &from);
}

void oracle_reach(struct oracle *oracle, unsigned index, enum core_milestone milestone, const struct core_time *time)
{
    const struct core_matter_rule *matter = &oracle->rules->matters[index];
    struct oracle_task *task = &oracle->tasks[index];
    struct core_moment now = oracle_moment(time);

    if ((task->milestones & 1u << milestone) != 0)
        return;
    task->milestones |= 1u << milestone;
    for (unsigned i = 0; i < matter->stage_count; i++) {
        const struct core_stage_rule *rule = &matter->stages[i];
        if (rule->ends_on == milestone)
            count_end(&task->stages[i], &now);
        if (rule->starts_on != milestone || (task->milestones >> rule->ends_on & 1) != 0)
            continue;
        struct core_moment from = start_moment(oracle, &rule->limit, CORE_START_WORKABLE, time);
        oracle_lay_out(oracle, &task->stages[i], &rule->limit, 0, index);
        count_start(&task->stages[i], &oracle->stops, &from);
    }
}

/* -- What stands still -- */

static void follow_stops(struct oracle *oracle, unsigned index, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);
    struct oracle_task *task = &oracle->tasks[index];

    for (int id = 0; id < CORE_CLOCKS; id++) {
        count_follow(&task->clocks[id], &oracle->stops, &now);
        count_follow(&oracle->clocks[id], &oracle->stops, &now);
    }
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        count_follow(&task->stages[i], &oracle->stops, &now);
}

void oracle_begin_stop(struct oracle *oracle, unsigned index, uint8_t kind, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    assert_true(oracle->stops.count < CORE_STOPS_MAX);
    oracle->stops.items[oracle->stops.count++] = (struct count_stop){
        .from = now.day, .from_minute = now.minute, .task = index, .kind = kind, .is_open = true};
    follow_stops(oracle, index, time);
}

void oracle_end_stop(struct oracle *oracle, unsigned index, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);

    for (unsigned i = 0; i < oracle->stops.count; i++) {
        struct count_stop *stop = &oracle->stops.items[i];
        if (stop->task != index || !stop->is_open)
            continue;
        stop->is_open = false;
        stop->until = now.day;
        stop->until_minute = now.minute;
    }
    follow_stops(oracle, index, time);
}

void oracle_set_back(struct oracle *oracle, unsigned index, enum core_reset why, const struct core_time *time)
{
    struct core_moment now = oracle_moment(time);
    struct oracle_task *task = &oracle->tasks[index];

    for (int id = 0; id < CORE_CLOCKS; id++) {
        if ((task->clocks[id].limit.reset_on & 1u << why) != 0)
            count_reset(&task->clocks[id], &oracle->stops, &now);
        if ((oracle->clocks[id].limit.reset_on & 1u << why) != 0)
            count_reset(&oracle->clocks[id], &oracle->stops, &now);
    }
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        if ((task->stages[i].limit.reset_on & 1u << why) != 0)
            count_reset(&task->stages[i], &oracle->stops, &now);
}

void oracle_end_task_clocks(struct oracle *oracle, unsigned index, const struct core_time *time)
{
    struct oracle_task *task = &oracle->tasks[index];
    struct core_moment now = oracle_moment(time);

    count_end(&task->watch, &now);
    for (int id = 0; id < CORE_CLOCKS; id++) {
        count_end(&task->clocks[id], &now);
        oracle->is_late_stage |= task->clocks[id].is_overdue;
    }
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        count_end(&task->stages[i], &now);
}
