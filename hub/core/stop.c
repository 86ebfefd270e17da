/* SPDX-License-Identifier: Apache-2.0 */
/* What stands still, and what changes the dates of what runs: stops, extensions and
 * amended calendars. Rules: docs/rules/clock.md. */
#include "core/turn.h"

/* One clock of the application with what it counts by. */
struct hand {
    struct core_clock *clock;
    struct core_span span;
    unsigned task;
    enum core_clock_id id;
};

typedef int (*hand_cb)(struct core_turn *turn, struct hand *hand);

static int visit(struct core_turn *turn, struct core_clock *clock, const struct core_limit *limit, enum core_place place,
                 unsigned task, enum core_clock_id id, hand_cb on_hand)
{
    struct hand hand = {.clock = clock,
                        .span = core_span_of(turn->rules, turn->application, limit, place, task),
                        .task = task,
                        .id = id};

    return clock->state == CORE_CLOCK_RUNNING || clock->state == CORE_CLOCK_PAUSED ? on_hand(turn, &hand) : OD_OK;
}

static int visit_joint(struct core_turn *turn, hand_cb on_hand)
{
    struct core_clock *clocks = turn->application->clocks;
    int rc = visit(turn, &clocks[CORE_CLOCK_PROMISED], &turn->rules->promised, CORE_PLACE_JOINT, CORE_TASKS_MAX,
                   CORE_CLOCK_PROMISED, on_hand);

    if (rc == OD_OK)
        rc = visit(turn, &clocks[CORE_CLOCK_STATUTORY], &turn->rules->statutory, CORE_PLACE_JOINT, CORE_TASKS_MAX,
                   CORE_CLOCK_STATUTORY, on_hand);
    return rc;
}

static int visit_task(struct core_turn *turn, unsigned index, hand_cb on_hand)
{
    const struct core_matter_rule *matter = &turn->rules->matters[index];
    struct core_task *task = &turn->application->tasks[index];
    int rc = OD_OK;

    for (int id = 0; id < CORE_CLOCKS && rc == OD_OK; id++)
        rc = visit(turn, &task->clocks[id], core_matter_limit(matter, (enum core_clock_id)id), CORE_PLACE_TASK, index,
                   (enum core_clock_id)id, on_hand);
    for (unsigned i = 0; i < matter->stage_count && rc == OD_OK; i++)
        rc = visit(turn, &task->stages[i], &matter->stages[i].limit, CORE_PLACE_ALONE, index,
                   (enum core_clock_id)(CORE_CLOCK_STAGE + i), on_hand);
    return rc;
}

static int visit_alone(struct core_turn *turn, hand_cb on_hand)
{
    struct core_application *application = turn->application;
    const struct core_rules *rules = turn->rules;
    int rc = visit(turn, &application->intake, &rules->intake, CORE_PLACE_ALONE, CORE_TASKS_MAX, CORE_CLOCK_INTAKE, on_hand);

    if (rc == OD_OK)
        rc = visit(turn, &application->supplement, &rules->supplement, CORE_PLACE_ALONE, CORE_TASKS_MAX, CORE_CLOCK_SUPPLEMENT, on_hand);
    if (rc == OD_OK)
        rc = visit(turn, &application->delivery, &rules->delivery, CORE_PLACE_ALONE, CORE_TASKS_MAX, CORE_CLOCK_DELIVERY, on_hand);
    return rc;
}

/* K-8: overlapping stops are a union: the first one stops a clock, and only the end of the last lets it go on. */
static int follow(struct core_turn *turn, struct hand *hand)
{
    struct core_moment now = core_moment_of(&turn->event->time);

    for (size_t i = 0; i < hand->span.stop_count; i++) {
        const struct core_stop *stop = &hand->span.stops[i];
        if (stop->until == 0 && core_span_honours(&hand->span, stop)) {
            core_clock_pause(hand->clock, hand->span.limit, &now);
            return OD_OK;
        }
    }
    return core_clock_resume(hand->clock, &hand->span);
}

static int follow_all(struct core_turn *turn, unsigned index)
{
    int rc = visit_task(turn, index, follow);

    return rc == OD_OK ? visit_joint(turn, follow) : rc;
}

int core_stop_begin(struct core_turn *turn, unsigned index, enum core_pause_kind kind)
{
    struct core_application *application = turn->application;
    struct core_moment now = core_moment_of(&turn->event->time);

    if (application->stop_count == CORE_STOPS_MAX)
        return OD_ELIMIT;
    application->stops[application->stop_count++] = (struct core_stop){
        .from = now.day, .from_minute = now.minute, .task = (uint8_t)index, .kind = (uint8_t)kind};
    return follow_all(turn, index);
}

static struct core_stop *open_stop(struct core_application *application, unsigned index)
{
    for (unsigned i = application->stop_count; i-- > 0;)
        if (application->stops[i].task == index && application->stops[i].until == 0)
            return &application->stops[i];
    return NULL;
}

int core_stop_end(struct core_turn *turn, unsigned index)
{
    struct core_stop *stop = open_stop(turn->application, index);
    struct core_moment now = core_moment_of(&turn->event->time);

    if (stop == NULL)
        return OD_OK;
    stop->until = now.day;
    stop->until_minute = now.minute;
    return follow_all(turn, index);
}

/* -- Reset (K-10) -- */

static int reset(struct core_turn *turn, struct hand *hand)
{
    bool is_answer = turn->event->type == CORE_SUPPLEMENTED;
    unsigned bit = is_answer ? CORE_RESET_SUPPLEMENTED : CORE_RESET_RESUMED;
    struct core_moment now = core_moment_of(&turn->event->time);

    return (hand->span.limit->reset_on >> bit & 1u) != 0 ? core_clock_reset(hand->clock, &hand->span, &now) : OD_OK;
}

int core_clocks_reset(struct core_turn *turn, unsigned index)
{
    int rc = visit_task(turn, index, reset);

    return rc == OD_OK ? visit_joint(turn, reset) : rc;
}

/* -- Extension (K-11, K-12) -- */

static int refuse_late(struct core_turn *turn, unsigned task, enum core_clock_id id)
{
    turn->application->is_flagged = true;
    if (task < CORE_TASKS_MAX)
        turn->application->tasks[task].has_late_extension = true;
    core_turn_tell_clock(turn, CORE_EFFECT_LATE_EXTENSION, task, id);
    return OD_OK;
}

/* K-12: never later than the statute. */
static bool is_promise_kept_below(const struct core_clock *clocks)
{
    const struct core_clock *law = &clocks[CORE_CLOCK_STATUTORY];

    return law->state == CORE_CLOCK_NONE || law->state == CORE_CLOCK_NOT_STARTED ||
           clocks[CORE_CLOCK_PROMISED].due <= law->due;
}

static int extend(struct core_turn *turn, unsigned task, struct core_clock *clocks, const struct core_limit *limit)
{
    enum core_clock_id id = (enum core_clock_id)turn->event->extended.clock;
    enum core_place place = task < CORE_TASKS_MAX ? CORE_PLACE_TASK : CORE_PLACE_JOINT;
    struct core_span span = core_span_of(turn->rules, turn->application, limit, place, task);
    struct core_moment now = core_moment_of(&turn->event->time);

    int rc = core_clock_extend(&clocks[id], &span, &now, turn->event->extended.length,
                               (enum core_rank)turn->event->extended.rank);
    if (rc == OD_ESTALE)
        return refuse_late(turn, task, id);
    if (rc == OD_OK && id == CORE_CLOCK_PROMISED && !is_promise_kept_below(clocks))
        return OD_ECONFLICT;
    if (rc == OD_OK)
        core_turn_tell_notice(turn, CORE_NOTICE_EXTENDED, task);
    return rc;
}

int core_on_extended(struct core_turn *turn)
{
    const struct core_rules *rules = turn->rules;
    unsigned task = turn->event->task;
    bool is_promise = turn->event->extended.clock == CORE_CLOCK_PROMISED;

    if (turn->application->status != CORE_STATUS_IN_REVIEW)
        return OD_ESTATE;
    if (turn->event->extended.clock >= CORE_CLOCKS || turn->event->extended.rank > CORE_RANK_GOVERNMENT ||
        (task != CORE_TASKS_MAX && task >= turn->application->task_count))
        return OD_EINVAL;
    if (task == CORE_TASKS_MAX)
        return extend(turn, task, turn->application->clocks, is_promise ? &rules->promised : &rules->statutory);
    return extend(turn, task, turn->application->tasks[task].clocks,
                  core_matter_limit(&rules->matters[task], (enum core_clock_id)turn->event->extended.clock));
}

/* -- Amended calendars (C-3, C-6) -- */

static int redate(struct core_turn *turn, struct hand *hand)
{
    struct core_clock before = *hand->clock;
    int rc = core_clock_renew(hand->clock, &hand->span);

    if (rc == OD_OK && (hand->clock->due != before.due || hand->clock->is_provisional != before.is_provisional ||
                        hand->clock->warn != before.warn))
        core_turn_tell_clock(turn, CORE_EFFECT_REDATED, hand->task, hand->id);
    return rc;
}

static int redate_watch(struct core_turn *turn, unsigned index)
{
    struct core_task *task = &turn->application->tasks[index];
    struct core_limit limit = core_watch_limit(turn->rules, task, index);

    return visit(turn, &task->watch, &limit, CORE_PLACE_ALONE, index, CORE_CLOCK_WATCH, redate);
}

static bool has_moved(const struct core_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].task == CORE_TASKS_MAX && effects->items[i].clock < CORE_CLOCKS)
            return true;
    return false;
}

int core_on_redated(struct core_turn *turn)
{
    struct core_application *application = turn->application;

    if (application->status == CORE_STATUS_NONE)
        return OD_ESTATE;
    int rc = visit_joint(turn, redate);
    if (rc == OD_OK)
        rc = visit_alone(turn, redate);
    for (unsigned i = 0; i < application->task_count && rc == OD_OK; i++) {
        rc = visit_task(turn, i, redate);
        if (rc == OD_OK)
            rc = redate_watch(turn, i);
    }
    if (rc == OD_OK && turn->effects->count == 0)
        return OD_ENOTFOUND;
    if (rc == OD_OK && has_moved(turn->effects))
        core_turn_tell_notice(turn, CORE_NOTICE_REDATED, CORE_TASKS_MAX);
    return rc;
}
