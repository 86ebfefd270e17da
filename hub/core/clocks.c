/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of one application: which limit and which stops each of them has, what starts
 * them, and what is told when they turn yellow or red. Rules: docs/rules/clock.md. */
#include <assert.h>

#include "core/turn.h"

#define MS_PER_MINUTE 60000

struct core_moment core_moment_of(const struct core_time *time)
{
    int32_t utc = (int32_t)(time->ms / MS_PER_MINUTE);
    int64_t civil = (int64_t)time->day * CORE_DAY_MINUTES + time->minute;

    return (struct core_moment){.day = time->day, .minute = utc, .offset = (int16_t)(civil - utc)};
}

/* What stops a clock whose limit does not say it (K-8, K-13). */
static uint32_t default_pauses(enum core_place place)
{
    switch (place) {
    case CORE_PLACE_ALONE: return CORE_PAUSES_NEVER;
    case CORE_PLACE_JOINT: return CORE_PAUSES_LAW;
    case CORE_PLACE_TASK: return CORE_PAUSES_ALL;
    }
    return CORE_PAUSES_NEVER;
}

struct core_span core_span_of(const struct core_rules *rules, const struct core_application *application,
                              const struct core_limit *limit, enum core_place place, unsigned task)
{
    return (struct core_span){
        .calendar = limit->calendar != NULL ? limit->calendar : rules->calendar,
        .limit = limit,
        .stops = application->stops,
        .stop_count = application->stop_count,
        .task = task,
        .pause_on = limit->pause_on != CORE_PAUSES_DEFAULT ? limit->pause_on : default_pauses(place),
    };
}

static const struct core_limit *joint_limit(const struct core_rules *rules, int id)
{
    return id == CORE_CLOCK_PROMISED ? &rules->promised : &rules->statutory;
}

/* -- Starting -- */

/* S-1: the events that have happened when `event` just did; each place has its own order. */
static bool has_happened(enum core_start wanted, enum core_start event, enum core_start fallback)
{
    if (wanted == CORE_START_DEFAULT)
        wanted = fallback;
    return wanted <= event;
}

/* S-3: what counts from a later day than it happened on begins, in hours, when the office opens on that day. */
static void wait_for_opening(const struct core_rules *rules, struct core_moment *from)
{
    int64_t civil = (int64_t)from->minute + from->offset;
    int64_t opening = (int64_t)from->day * CORE_DAY_MINUTES + rules->opens_minute;

    if (civil / CORE_DAY_MINUTES < from->day)
        from->minute = (int32_t)(opening - from->offset);
}

/* S-2: from the day of the event, or of its own start event when it is retroactive. */
static struct core_moment moment_from(const struct core_turn *turn, const struct core_limit *limit, enum core_start fallback)
{
    const struct core_application *application = turn->application;
    struct core_moment from = core_moment_of(&turn->event->time);
    enum core_start start = limit->start != CORE_START_DEFAULT ? (enum core_start)limit->start : fallback;
    bool is_from_receipt = start == CORE_START_RECEIPT && (limit->is_retroactive || application->accepted_day == 0);

    if (is_from_receipt || turn->is_backdated) {
        from.day = application->receipt_day;
        from.minute = (int32_t)(application->received_ms / MS_PER_MINUTE);
    } else if (start == CORE_START_ACCEPTANCE && limit->is_retroactive) {
        from.day = application->accepted_day;
        from.minute = (int32_t)(application->accepted_ms / MS_PER_MINUTE);
    } else if (from.day < application->accepted_day) {
        from.day = application->accepted_day; /* received after hours: T-11 */
    }
    if (limit->unit == CORE_UNIT_HOUR)
        wait_for_opening(turn->rules, &from);
    return from;
}

static int start_clock(struct core_turn *turn, struct core_clock *clock, const struct core_span *span,
                       enum core_start event, enum core_start fallback)
{
    const struct core_limit *limit = span->limit;
    struct core_moment from = moment_from(turn, limit, fallback);

    if (clock->state != CORE_CLOCK_NOT_STARTED || !has_happened((enum core_start)limit->start, event, fallback) ||
        !has_happened((enum core_start)limit->not_started_until, event, CORE_START_RECEIPT))
        return OD_OK;
    return core_clock_start(clock, span, &from);
}

int core_joint_start(struct core_turn *turn, enum core_start event)
{
    int rc = OD_OK;

    for (int id = 0; id < CORE_CLOCKS && rc == OD_OK; id++) {
        struct core_span span = core_span_of(turn->rules, turn->application, joint_limit(turn->rules, id),
                                             CORE_PLACE_JOINT, CORE_TASKS_MAX);
        rc = start_clock(turn, &turn->application->clocks[id], &span, event, CORE_START_ACCEPTANCE);
    }
    return rc;
}

int core_task_start(struct core_turn *turn, unsigned index, enum core_start event)
{
    const struct core_matter_rule *matter = &turn->rules->matters[index];
    struct core_task *task = &turn->application->tasks[index];
    int rc = OD_OK;

    for (int id = 0; id < CORE_CLOCKS && rc == OD_OK; id++) {
        struct core_span span = core_span_of(turn->rules, turn->application,
                                             core_matter_limit(matter, (enum core_clock_id)id), CORE_PLACE_TASK, index);
        rc = start_clock(turn, &task->clocks[id], &span, event, CORE_START_WORKABLE);
    }
    return rc;
}

int core_alone_start(struct core_turn *turn, struct core_clock *clock, const struct core_limit *limit, core_day from)
{
    struct core_span span = core_span_of(turn->rules, turn->application, limit, CORE_PLACE_ALONE, CORE_TASKS_MAX);
    struct core_moment at = core_moment_of(&turn->event->time);

    at.day = from;
    if (limit->unit == CORE_UNIT_HOUR)
        wait_for_opening(turn->rules, &at);
    return core_clock_start(clock, &span, &at);
}

struct core_clock *core_alone_clock(struct core_application *application, enum core_clock_id id)
{
    switch (id) {
    case CORE_CLOCK_PROMISED:
    case CORE_CLOCK_STATUTORY: return &application->clocks[id];
    case CORE_CLOCK_INTAKE: return &application->intake;
    case CORE_CLOCK_SUPPLEMENT: return &application->supplement;
    case CORE_CLOCK_TOLERANCE: return &application->tolerance;
    case CORE_CLOCK_DELIVERY: return &application->delivery;
    case CORE_CLOCK_WATCH:
    case CORE_CLOCK_STAGE: break;
    }
    assert(false);
    return NULL;
}

/* -- Ending and looking -- */

static bool check_clock(struct core_turn *turn, struct core_clock *clock, unsigned task, enum core_clock_id id)
{
    struct core_moment now = core_moment_of(&turn->event->time);

    if (core_clock_check(clock, &now)) {
        core_turn_tell_clock(turn, CORE_EFFECT_OVERDUE, task, id);
        return true;
    }
    if (core_clock_check_warn(clock, &now))
        core_turn_tell_clock(turn, CORE_EFFECT_WARNED, task, id);
    return false;
}

static void end_clock(struct core_turn *turn, struct core_clock *clock, unsigned task, enum core_clock_id id,
                      enum core_clock_state end)
{
    struct core_moment now = core_moment_of(&turn->event->time);

    if (core_clock_end(clock, end, &now))
        core_turn_tell_clock(turn, CORE_EFFECT_OVERDUE, task, id);
}

void core_joint_end(struct core_turn *turn, enum core_clock_state end)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        end_clock(turn, &turn->application->clocks[id], CORE_TASKS_MAX, (enum core_clock_id)id, end);
}

void core_alone_end(struct core_turn *turn, enum core_clock_id id, enum core_clock_state end)
{
    end_clock(turn, core_alone_clock(turn->application, id), CORE_TASKS_MAX, id, end);
}

static void note_late(struct core_turn *turn, const struct core_task *task)
{
    for (int id = 0; id < CORE_CLOCKS; id++)
        if (task->clocks[id].is_overdue)
            turn->application->is_late_stage = true; /* W-4 */
}

void core_task_end_clocks(struct core_turn *turn, unsigned index, enum core_clock_state end)
{
    struct core_task *task = &turn->application->tasks[index];

    for (int id = 0; id < CORE_CLOCKS; id++)
        end_clock(turn, &task->clocks[id], index, (enum core_clock_id)id, end);
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        end_clock(turn, &task->stages[i], index, (enum core_clock_id)(CORE_CLOCK_STAGE + i), end);
    note_late(turn, task);
}

bool core_joint_check(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    check_clock(turn, &application->clocks[CORE_CLOCK_PROMISED], CORE_TASKS_MAX, CORE_CLOCK_PROMISED);
    return check_clock(turn, &application->clocks[CORE_CLOCK_STATUTORY], CORE_TASKS_MAX, CORE_CLOCK_STATUTORY);
}

bool core_alone_check(struct core_turn *turn, enum core_clock_id id)
{
    return check_clock(turn, core_alone_clock(turn->application, id), CORE_TASKS_MAX, id);
}

bool core_task_check(struct core_turn *turn, unsigned index)
{
    struct core_task *task = &turn->application->tasks[index];

    check_clock(turn, &task->clocks[CORE_CLOCK_PROMISED], index, CORE_CLOCK_PROMISED);
    check_clock(turn, &task->watch, index, CORE_CLOCK_WATCH);
    for (unsigned i = 0; i < CORE_STAGES_MAX; i++)
        check_clock(turn, &task->stages[i], index, (enum core_clock_id)(CORE_CLOCK_STAGE + i));
    bool is_out = check_clock(turn, &task->clocks[CORE_CLOCK_STATUTORY], index, CORE_CLOCK_STATUTORY);
    note_late(turn, task);
    return is_out;
}

/* -- Milestones -- */

static int start_stage(struct core_turn *turn, unsigned index, unsigned stage)
{
    const struct core_stage_rule *rule = &turn->rules->matters[index].stages[stage];
    struct core_span span = core_span_of(turn->rules, turn->application, &rule->limit, CORE_PLACE_ALONE, index);
    struct core_moment from = moment_from(turn, &rule->limit, CORE_START_WORKABLE);

    return core_clock_start(&turn->application->tasks[index].stages[stage], &span, &from);
}

/* H-2: from one milestone to another. */
int core_stages_mark(struct core_turn *turn, unsigned index, enum core_milestone milestone)
{
    const struct core_matter_rule *matter = &turn->rules->matters[index];
    struct core_task *task = &turn->application->tasks[index];
    int rc = OD_OK;

    bool is_own = milestone <= CORE_MILESTONE_TAKEN; /* the hub's: only stages ask for it */

    if ((is_own && matter->stage_count == 0) || ((unsigned)task->milestones >> milestone & 1u) != 0)
        return OD_OK; /* H-1: each once */
    task->milestones |= (uint16_t)(1u << milestone);
    for (unsigned i = 0; i < matter->stage_count && rc == OD_OK; i++) {
        if (matter->stages[i].ends_on == milestone)
            end_clock(turn, &task->stages[i], index, (enum core_clock_id)(CORE_CLOCK_STAGE + i), CORE_CLOCK_MET);
        bool is_over = ((unsigned)task->milestones >> matter->stages[i].ends_on & 1u) != 0; /* what was done before it was told */
        if (matter->stages[i].starts_on == milestone && !is_over)
            rc = start_stage(turn, index, i);
    }
    return rc;
}

/* H-3: enough working days before the day that is named. */
static int check_lead(const struct core_turn *turn, const struct core_matter_rule *matter)
{
    core_day latest;

    for (unsigned i = 0; i < matter->stage_count; i++) {
        const struct core_stage_rule *rule = &matter->stages[i];
        if (rule->ends_on != turn->event->marked.milestone || rule->lead == 0)
            continue;
        if (core_calendar_due(turn->rules->calendar, turn->event->marked.day, -rule->lead, &latest) != OD_OK ||
            latest < turn->event->time.day)
            return OD_ECONFLICT;
    }
    return OD_OK;
}

int core_on_marked(struct core_turn *turn)
{
    uint8_t milestone = turn->event->marked.milestone;
    bool has_day = milestone == CORE_MILESTONE_HEARING_ANNOUNCED;

    if (milestone < CORE_MILESTONE_DELEGATED || milestone > CORE_MILESTONE_HEARING_HELD)
        return OD_EINVAL;
    if (has_day && (turn->event->marked.day < turn->event->time.day || turn->event->marked.day > CORE_DAY_MAX))
        return OD_EINVAL;
    if (((unsigned)core_turn_task(turn)->milestones >> milestone & 1u) != 0)
        return OD_EEXIST;
    int rc = check_lead(turn, &turn->rules->matters[turn->event->task]);
    if (rc == OD_OK && milestone == CORE_MILESTONE_DELEGATED)
        core_turn_tell_notice(turn, CORE_NOTICE_DELEGATED, turn->event->task); /* H-5 */
    if (rc == OD_OK && has_day)
        core_turn_tell_notice(turn, CORE_NOTICE_HEARING, turn->event->task); /* H-6 */
    return rc == OD_OK ? core_stages_mark(turn, turn->event->task, (enum core_milestone)milestone) : rc;
}
