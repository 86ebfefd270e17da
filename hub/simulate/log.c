/* SPDX-License-Identifier: Apache-2.0 */
/* An event log as recorded applications.
 *
 * One case is one application, received complete at its start. One row is one task of the department that its activity
 * names; it waits for every row before it, and its time runs from the last of them. The end of the case is a task,
 * too, which waits for all rows up to it: it gives the decision. The deadline is the promise, in calendar days. */
#include "simulate/case.h"
#include "simulate/log_read.h"

#include <string.h>

#include "base/memory.h"

/* Everything about the case in hand. */
struct log_play {
    struct simulate_log_index index;
    const struct simulate_scenario *scenario;
    const struct simulate_report *report;
    struct simulate_summary *summary;
    struct simulate_room room;
    struct simulate_log_life life;
    struct core_matter_rule matters[CORE_TASKS_MAX];
    struct core_rules rules;
    struct simulate_rules changed;
    struct simulate_name names[CORE_TASKS_MAX];
    core_task_set keeps[CORE_TASKS_MAX]; /* what a parallel task waits for all the same: its own earlier occurrences */
    uint8_t task_of[CORE_TASKS_MAX];
};

/* -- Rules of one case -- */

static core_task_set earlier_of_same(const struct simulate_log_life *life, size_t step)
{
    core_task_set earlier = 0;

    for (size_t i = 0; i < step; i++)
        if (strcmp(life->tasks[i].code, life->tasks[step].code) == 0)
            earlier |= (core_task_set)1 << i;
    return earlier;
}

static void make_task(struct log_play *play, size_t i)
{
    const struct simulate_log_task *task = &play->life.tasks[i];
    bool is_end = i == play->life.step_count;

    play->matters[i] = (struct core_matter_rule){.after = ((core_task_set)1 << i) - 1};
    play->keeps[i] = is_end ? play->matters[i].after : earlier_of_same(&play->life, i);
    play->names[i] = is_end ? (struct simulate_name){"end", "end", "end"}
                            : (struct simulate_name){task->of, task->activity, task->code};
}

static void make_rules(struct log_play *play)
{
    struct simulate_log_life *life = &play->life;

    for (size_t i = 0; i <= life->step_count; i++)
        make_task(play, i);
    play->rules = (struct core_rules){
        .calendar = play->index.log->calendar, .matters = play->matters, .matter_count = (uint8_t)(life->step_count + 1),
        .policy = CORE_POLICY_ALL, .closes_minute = CORE_DAY_MINUTES};
    if (life->deadline != 0)
        play->rules.promised = (struct core_limit){.unit = CORE_UNIT_CALENDAR_DAY,
                                                   .length = life->deadline - simulate_time(life->start_ms).day};
    simulate_rules_make(&play->changed, &play->rules, play->scenario, play->names, play->keeps);
}

/* -- The record of one case -- */

static int fold_task(struct simulate_fold *fold, unsigned task, core_ms from_ms, core_ms at_ms)
{
    struct core_event offered = {.type = CORE_OFFERED, .time = simulate_time(from_ms), .task = task,
                                 .offered = {.tasks = (core_task_set)1 << task, .by_officer = true}};
    struct core_event opined = {.type = CORE_OPINED, .time = simulate_time(at_ms), .task = task, .opinion = CORE_OPINION_APPROVE};
    int rc = simulate_fold_event(fold, &offered);

    return rc == OD_OK && at_ms != 0 ? simulate_fold_event(fold, &opined) : rc;
}

static int fold_life(struct log_play *play)
{
    const struct simulate_log_life *life = &play->life;
    struct simulate_fold fold = {.rules = &play->rules, .state = play->room.recorded, .course = &play->room.course};
    struct core_event received = {.type = CORE_RECEIVED, .time = simulate_time(life->start_ms),
                                  .received = {.id = 1, .included = UINT64_MAX >> (CORE_TASKS_MAX - 1 - life->step_count), .is_complete = true}};
    core_ms from_ms = life->start_ms;

    simulate_state_clear(play->room.recorded);
    simulate_course_clear(&play->room.course);
    int rc = simulate_fold_event(&fold, &received);
    for (unsigned i = 0; i < life->step_count && rc == OD_OK; i++) {
        rc = fold_task(&fold, i, from_ms, life->tasks[i].at_ms);
        from_ms = life->tasks[i].at_ms;
    }
    return rc == OD_OK ? fold_task(&fold, (unsigned)life->step_count, from_ms, life->end_ms) : rc;
}

/* The run as recorded gives the log's own end and deadline. */
static bool is_reproduced(const struct log_play *play)
{
    const struct core_application *state = play->room.before;
    const struct core_clock *promised = &state->clocks[CORE_CLOCK_PROMISED];

    for (size_t i = 0; i < play->life.step_count; i++)
        if (state->tasks[i].state != CORE_TASK_DONE || state->tasks[i].since_ms != play->life.tasks[i].at_ms)
            return false;
    return state->decided_ms == play->life.end_ms && (promised->state == CORE_CLOCK_NONE ? 0 : promised->due) == play->life.deadline;
}

static int leave_out(struct log_play *play, enum simulate_finding_kind kind)
{
    return simulate_leave_out(play->report, play->summary, &(struct simulate_finding){
        .kind = kind, .number = play->life.number, .detail = ""});
}

static int play_life(struct log_play *play)
{
    struct simulate_case of = {
        .number = play->life.number, .recorded = &play->rules, .names = play->names, .changed = &play->changed.rules,
        .changed_names = play->names, .task_of = play->task_of, .horizon_ms = play->index.horizon_ms,
        .included = UINT64_MAX >> (CORE_TASKS_MAX - 1 - play->life.step_count)};

    make_rules(play);
    int rc = fold_life(play);
    if (rc == OD_OK)
        rc = simulate_case_repeat(&play->room, &of);
    if (rc == OD_ENOMEM)
        return rc;
    if (rc != OD_OK || !is_reproduced(play))
        return leave_out(play, SIMULATE_FINDING_NOT_REPRODUCED);
    return simulate_case_settle(&play->room, &of, play->scenario, play->report, play->summary);
}

static int play_case(struct log_play *play, const struct simulate_log_case *of)
{
    bool is_fine = !of->is_left_out;
    int rc = is_fine ? simulate_log_life_read(&play->index, of, &play->life, &is_fine) : OD_OK;

    play->summary->left_out += rc == OD_OK && !is_fine;
    return rc == OD_OK && is_fine ? play_life(play) : rc;
}

static int play_cases(struct log_play *play)
{
    size_t count = play->index.case_count;
    int rc = simulate_tell_progress(play->report, 0, count);

    for (size_t i = 0; i < count && rc == OD_OK; i++) {
        rc = play_case(play, &play->index.at[i]);
        if (rc == OD_OK)
            rc = simulate_tell_progress(play->report, i + 1, count);
    }
    return rc;
}

int simulate_log(const struct simulate_log *log, const struct simulate_scenario *scenario, const struct simulate_report *report,
                 struct simulate_summary *summary, char text[512])
{
    struct log_play *play = base_alloc(sizeof(*play));
    int rc = play != NULL ? OD_OK : OD_ENOMEM;

    text[0] = '\0';
    *summary = (struct simulate_summary){0};
    simulate_zone_forget();
    if (rc == OD_OK) {
        play->scenario = scenario;
        play->report = report;
        play->summary = summary;
        for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
            play->task_of[i] = (uint8_t)i;
        rc = simulate_room_init(&play->room);
    }
    if (rc == OD_OK)
        rc = simulate_log_index_build(&play->index, log, SIMULATE_ROWS_MAX, report, summary, text);
    if (rc == OD_OK)
        rc = play_cases(play);
    if (play != NULL) {
        simulate_log_index_fini(&play->index);
        simulate_room_fini(&play->room);
    }
    base_free(play);
    return rc;
}
