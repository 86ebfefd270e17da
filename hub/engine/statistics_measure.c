/* SPDX-License-Identifier: Apache-2.0 */
/* What one event counts for. Pure, so that the journal counts again what was counted when it
 * was written. docs/statistics.md. */
#include <assert.h>
#include <string.h>

#include "engine/statistics.h"
#include "journal/record.h"

int32_t engine_month_of(core_day day)
{
    int year, month, day_of_month;

    base_day_to_civil(day, &year, &month, &day_of_month);
    return year * 100 + month;
}

static void add(struct engine_measured *measured, unsigned task, enum engine_measure measure, int32_t delta)
{
    assert(measured->count < ENGINE_MEASURED_MAX);
    if (delta != 0)
        measured->items[measured->count++] = (struct engine_measured_item){
            .task = (uint8_t)task, .measure = (uint8_t)measure, .delta = delta};
}

/* Of a task, and of the whole that it belongs to. */
static void add_both(struct engine_measured *measured, unsigned task, enum engine_measure measure)
{
    add(measured, CORE_TASKS_MAX, measure, 1);
    if (task < CORE_TASKS_MAX)
        add(measured, task, measure, 1);
}

/* -- What has ended: an application with its decision, a task with its opinion -- */

struct ended {
    const struct core_rules *rules;
    const struct core_application *application;
    const struct core_clock *clocks;            /* CORE_CLOCKS of them */
    const struct core_limit *limits[CORE_CLOCKS];
    unsigned task;                              /* CORE_TASKS_MAX = the whole */
    core_day from, day;                         /* received or workable; ended */
    bool is_deemed, is_for_the_spot;            /* every matter of it is of the kind that is decided at once */
    bool is_rejected, has_reasons;
};

static bool has_run(const struct core_clock *clock)
{
    return clock->start != 0;
}

/* Days on which the applicant was asked, or the other pauses; overlapping ones once. */
static int32_t stopped_days(const struct ended *ended, bool is_asked)
{
    const struct core_application *application = ended->application;
    core_day reached = 0;
    int32_t days = 0;

    for (unsigned i = 0; i < application->stop_count; i++) {
        const struct core_stop *stop = &application->stops[i];
        core_day from = stop->from > reached ? stop->from : reached;
        core_day until = stop->until != 0 ? stop->until : ended->day;

        if ((stop->kind == CORE_PAUSE_SUPPLEMENT) != is_asked || until <= from ||
            (ended->task < CORE_TASKS_MAX && stop->task != ended->task))
            continue;
        days += until - from;
        reached = until;
    }
    return days;
}

/* Per cent of the days of the promise, to the nearest; past 100 where it is late. Extensions and pauses are in both. */
static int32_t promise_used(const struct ended *ended)
{
    const struct core_clock *promise = &ended->clocks[CORE_CLOCK_PROMISED];
    enum core_place place = ended->task < CORE_TASKS_MAX ? CORE_PLACE_TASK : CORE_PLACE_JOINT;
    struct core_span span = core_span_of(ended->rules, ended->application, ended->limits[CORE_CLOCK_PROMISED], place, ended->task);
    int used = core_clock_used(promise, &span, ended->day), all = core_clock_used(promise, &span, promise->due);

    if (all < 1)
        all = 1; /* a limit of hours within one day */
    return (used * 100 + all / 2) / all;
}

static void measure_promise(const struct ended *ended, struct engine_measured *measured)
{
    const struct core_clock *promise = &ended->clocks[CORE_CLOCK_PROMISED];

    if (!has_run(promise))
        return;
    int32_t used = promise_used(ended);
    add(measured, ended->task, ENGINE_PROMISED, 1);
    add(measured, ended->task, ENGINE_ON_TIME, !promise->is_overdue);
    add(measured, ended->task, ENGINE_AHEAD, !promise->is_overdue && promise->ended < promise->due);
    add(measured, ended->task, ENGINE_PROMISE_USED, used);
    add(measured, ended->task, ENGINE_PROMISE_USED_WORST, used);
}

static void measure_statute(const struct ended *ended, struct engine_measured *measured)
{
    const struct core_clock *law = &ended->clocks[CORE_CLOCK_STATUTORY];

    if (!has_run(law))
        return;
    add(measured, ended->task, ENGINE_STATUTORY, 1);
    add(measured, ended->task, ENGINE_STATUTORY_LATE, law->is_overdue);
}

static void measure_days(const struct ended *ended, struct engine_measured *measured)
{
    enum core_clock_id id = has_run(&ended->clocks[CORE_CLOCK_PROMISED]) ? CORE_CLOCK_PROMISED : CORE_CLOCK_STATUTORY;
    enum core_place place = ended->task < CORE_TASKS_MAX ? CORE_PLACE_TASK : CORE_PLACE_JOINT;

    if (has_run(&ended->clocks[id])) {
        struct core_span span = core_span_of(ended->rules, ended->application, ended->limits[id], place, ended->task);
        add(measured, ended->task, ENGINE_TIMED, 1);
        add(measured, ended->task, ENGINE_LEGAL_DAYS, core_clock_used(&ended->clocks[id], &span, ended->day));
    }
    add(measured, ended->task, ENGINE_ELAPSED_DAYS, ended->day > ended->from ? ended->day - ended->from : 0);
    if (ended->application->stop_count > 0) {
        add(measured, ended->task, ENGINE_PAUSED_DAYS, stopped_days(ended, false));
        add(measured, ended->task, ENGINE_WAITING_DAYS, stopped_days(ended, true));
    }
}

static void measure_ended(const struct ended *ended, struct engine_measured *measured)
{
    add(measured, ended->task, ENGINE_DECIDED, 1);
    add(measured, ended->task, ENGINE_ON_THE_SPOT, ended->is_for_the_spot && ended->day <= ended->from);
    add(measured, ended->task, ENGINE_DEEMED, ended->is_deemed);
    add(measured, ended->task, ENGINE_REJECTED, ended->is_rejected);
    add(measured, ended->task, ENGINE_REJECTED_REASONED, ended->is_rejected && ended->has_reasons);
    measure_promise(ended, measured);
    measure_statute(ended, measured);
    measure_days(ended, measured);
}

static bool is_for_the_spot(const struct core_rules *rules, core_task_set included)
{
    for (unsigned i = 0; i < rules->matter_count; i++)
        if ((included >> i & 1) != 0 && !rules->matters[i].is_on_the_spot)
            return false;
    return true;
}

/* No rejection is taken at the door without its reasons; what silence rejects has none. */
static bool has_reasons(const struct core_application *application)
{
    for (unsigned i = 0; i < application->task_count; i++)
        if (application->tasks[i].opinion == CORE_OPINION_REJECT && !application->tasks[i].is_deemed)
            return true;
    return false;
}

static void measure_decision(const struct core_rules *rules, const struct core_application *application, core_day day,
                             struct engine_measured *measured)
{
    const struct ended ended = {.rules = rules,
                                .application = application,
                                .clocks = application->clocks,
                                .limits = {&rules->promised, &rules->statutory},
                                .task = CORE_TASKS_MAX,
                                .from = application->received_day,
                                .day = day,
                                .is_deemed = application->is_deemed,
                                .is_rejected = application->outcome == CORE_OUTCOME_REJECTED,
                                .has_reasons = has_reasons(application),
                                .is_for_the_spot = is_for_the_spot(rules, application->included)};

    measure_ended(&ended, measured);
    add(measured, CORE_TASKS_MAX, ENGINE_LATE_STAGE, application->is_late_stage);
}

static void measure_opinion(const struct core_rules *rules, const struct core_application *application, unsigned index,
                            core_day day, struct engine_measured *measured)
{
    const struct core_task *task = &application->tasks[index];
    const struct core_matter_rule *matter = &rules->matters[index];
    const struct core_clock *clock = &task->clocks[has_run(&task->clocks[CORE_CLOCK_PROMISED]) ? CORE_CLOCK_PROMISED
                                                                                              : CORE_CLOCK_STATUTORY];
    const struct ended ended = {.rules = rules,
                                .application = application,
                                .clocks = task->clocks,
                                .limits = {&matter->promised, &matter->statutory},
                                .task = index,
                                .from = has_run(clock) ? clock->start : application->received_day,
                                .day = day,
                                .is_deemed = task->is_deemed,
                                .is_rejected = task->opinion == CORE_OPINION_REJECT,
                                .has_reasons = !task->is_deemed,
                                .is_for_the_spot = matter->is_on_the_spot};

    measure_ended(&ended, measured);
}

/* -- Effects -- */

static void measure_notice(const struct core_application *application, enum core_notice notice,
                           struct engine_measured *measured)
{
    switch (notice) {
    case CORE_NOTICE_INCOMPLETE:
    case CORE_NOTICE_CORRECTABLE:
        add(measured, CORE_TASKS_MAX, ENGINE_INCOMPLETE, application->notices == 1);
        add(measured, CORE_TASKS_MAX, ENGINE_NOTICES, 1);
        break;
    case CORE_NOTICE_SUPPLEMENT: add(measured, CORE_TASKS_MAX, ENGINE_NOTICES, 1); break;
    case CORE_NOTICE_NOT_REQUIRED:
    case CORE_NOTICE_NOT_COMPETENT: add(measured, CORE_TASKS_MAX, ENGINE_NOT_ACCEPTED, 1); break;
    case CORE_NOTICE_WITHDRAWN: add(measured, CORE_TASKS_MAX, ENGINE_WITHDRAWN, 1); break;
    case CORE_NOTICE_LAPSED: add(measured, CORE_TASKS_MAX, ENGINE_LAPSED, 1); break;
    case CORE_NOTICE_NONE:
    case CORE_NOTICE_ACCEPTED:
    case CORE_NOTICE_DECIDED:
    case CORE_NOTICE_RECEIVED:
    case CORE_NOTICE_PAUSED:
    case CORE_NOTICE_RESUMED:
    case CORE_NOTICE_EXTENDED:
    case CORE_NOTICE_REDATED:
    case CORE_NOTICE_DELEGATED:
    case CORE_NOTICE_HEARING: break;
    }
}

/* The departments that ask in it. */
static void measure_second_notice(const struct core_application *application, struct engine_measured *measured)
{
    add(measured, CORE_TASKS_MAX, ENGINE_SECOND_NOTICES, 1);
    for (unsigned i = 0; application->status == CORE_STATUS_IN_REVIEW && i < application->task_count; i++)
        if ((application->told >> i & 1) != 0)
            add(measured, i, ENGINE_SECOND_NOTICES, 1);
}

/* What the applicant is slow with is no fault of the center. */
static bool is_own_clock(const struct core_effect *effect)
{
    return effect->clock != CORE_CLOCK_SUPPLEMENT && effect->clock != CORE_CLOCK_TOLERANCE;
}

/* A task may wait in a queue again; it becomes workable once. */
static bool makes_workable(const struct core_event *event)
{
    return event->type == CORE_RECEIVED || event->type == CORE_SUPPLEMENTED || event->type == CORE_CHECKED ||
           event->type == CORE_OPINED || event->type == CORE_WOKEN;
}

static void measure_effect(const struct core_rules *rules, const struct core_application *application,
                           const struct core_event *event, const struct core_effect *effect,
                           struct engine_measured *measured)
{
    core_day day = event->time.day;

    switch ((enum core_effect_type)effect->type) {
    case CORE_EFFECT_TAKEN_IN:
        add(measured, CORE_TASKS_MAX, ENGINE_ACCEPTED, 1);
        add(measured, CORE_TASKS_MAX, ENGINE_SILENT, application->is_accepted_by_silence);
        break;
    case CORE_EFFECT_QUEUE: add(measured, effect->task, ENGINE_ACCEPTED, makes_workable(event)); break;
    case CORE_EFFECT_RELEASE:
        if (application->tasks[effect->task].state == CORE_TASK_DONE && !core_task_is_reused(&application->tasks[effect->task]))
            measure_opinion(rules, application, effect->task, day, measured);
        break;
    case CORE_EFFECT_DECIDED: measure_decision(rules, application, day, measured); break;
    case CORE_EFFECT_NOTICE: measure_notice(application, (enum core_notice)effect->notice, measured); break;
    case CORE_EFFECT_SECOND_NOTICE: measure_second_notice(application, measured); break;
    case CORE_EFFECT_LATE_EXTENSION: add_both(measured, effect->task, ENGINE_LATE_EXTENSIONS); break;
    case CORE_EFFECT_WARNED: add(measured, effect->task, ENGINE_YELLOW, is_own_clock(effect)); break;
    case CORE_EFFECT_OVERDUE: add(measured, effect->task, ENGINE_RED, is_own_clock(effect)); break;
    case CORE_EFFECT_NONE:
    case CORE_EFFECT_CANCEL:
    case CORE_EFFECT_INPUT:
    case CORE_EFFECT_PARK:
    case CORE_EFFECT_LATE:
    case CORE_EFFECT_REDATED:
    case CORE_EFFECT_TOLD:
    case CORE_EFFECT_UNANSWERED: break;
    }
}

static bool is_refused_as_late(const struct core_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].type == CORE_EFFECT_LATE_EXTENSION)
            return true;
    return false;
}

/* Does the event count for something beside its effects? */
static void measure_event(const struct core_event *event, const struct core_effects *effects,
                          struct engine_measured *measured)
{
    if (event->type == CORE_RECEIVED)
        add(measured, CORE_TASKS_MAX, ENGINE_RECEIVED, 1);
    if (event->type == CORE_CLOSED)
        add(measured, CORE_TASKS_MAX, ENGINE_CLOSED, 1);
    if (event->type == CORE_PAUSED)
        add_both(measured, event->task, ENGINE_PAUSES);
    if (event->type == CORE_ASKED)
        add_both(measured, event->task, ENGINE_ASKS);
    if (event->type == CORE_EXTENDED && !is_refused_as_late(effects))
        add_both(measured, event->task, ENGINE_EXTENSIONS);
}

void engine_measure(const struct core_rules *rules, const struct core_application *application,
                    const struct core_event *event, const struct core_effects *effects,
                    struct engine_measured *measured)
{
    measured->count = 0;
    measure_event(event, effects, measured);
    for (size_t i = 0; i < effects->count; i++)
        measure_effect(rules, application, event, &effects->items[i], measured);
}

/* -- Officers -- */

const char *engine_measure_officer(const char *by, const char *department)
{
    static const char *const nobody[] = {"", "hub", "clock", "citizen"};

    for (size_t i = 0; by != NULL && i < sizeof(nobody) / sizeof(nobody[0]); i++)
        if (strcmp(by, nobody[i]) == 0)
            return NULL;
    return by == NULL || department == NULL || strcmp(by, department) != 0 ? by : NULL;
}

bool engine_measure_is_of_officer(const struct core_event *event, const struct engine_measured_item *item)
{
    if (journal_event_is_on_task(event->type))
        return item->task == event->task;
    return item->task == CORE_TASKS_MAX && (item->measure == ENGINE_RECEIVED || item->measure == ENGINE_ACCEPTED ||
                                            item->measure == ENGINE_NOT_ACCEPTED || item->measure == ENGINE_INCOMPLETE);
}

/* -- Words -- */

const char *engine_measure_name(enum engine_measure measure)
{
    static const char *const names[ENGINE_MEASURES] = {
        [ENGINE_MEASURE_NONE] = "",
        [ENGINE_RECEIVED] = "received",
        [ENGINE_ACCEPTED] = "accepted",
        [ENGINE_NOT_ACCEPTED] = "not_accepted",
        [ENGINE_INCOMPLETE] = "incomplete",
        [ENGINE_SILENT] = "accepted_by_silence",
        [ENGINE_DECIDED] = "decided",
        [ENGINE_CLOSED] = "closed",
        [ENGINE_WITHDRAWN] = "withdrawn",
        [ENGINE_LAPSED] = "lapsed",
        [ENGINE_PAUSES] = "pauses",
        [ENGINE_ASKS] = "asks",
        [ENGINE_NOTICES] = "notices",
        [ENGINE_SECOND_NOTICES] = "second_notices",
        [ENGINE_EXTENSIONS] = "extensions",
        [ENGINE_LATE_EXTENSIONS] = "late_extensions",
        [ENGINE_YELLOW] = "yellow",
        [ENGINE_RED] = "red",
        [ENGINE_ON_THE_SPOT] = "on_the_spot",
        [ENGINE_PROMISED] = "promised",
        [ENGINE_ON_TIME] = "on_time",
        [ENGINE_AHEAD] = "ahead",
        [ENGINE_STATUTORY] = "statutory",
        [ENGINE_STATUTORY_LATE] = "statutory_late",
        [ENGINE_DEEMED] = "deemed",
        [ENGINE_LATE_STAGE] = "late_stage",
        [ENGINE_TIMED] = "timed",
        [ENGINE_LEGAL_DAYS] = "legal_days",
        [ENGINE_ELAPSED_DAYS] = "elapsed_days",
        [ENGINE_PAUSED_DAYS] = "paused_days",
        [ENGINE_WAITING_DAYS] = "waiting_days",
        [ENGINE_INQUIRIES] = "inquiries",
        [ENGINE_INQUIRIES_REPLIED] = "inquiries_replied",
        [ENGINE_INQUIRIES_ON_TIME] = "inquiries_on_time",
        [ENGINE_COMPLAINTS] = "complaints",
        [ENGINE_COMPLAINTS_REPLIED] = "complaints_replied",
        [ENGINE_COMPLAINTS_ON_TIME] = "complaints_on_time",
        [ENGINE_COMPLAINTS_UPHELD] = "complaints_upheld",
        [ENGINE_EVALUATIONS] = "evaluations",
        [ENGINE_ATTITUDE_1] = "attitude_1",
        [ENGINE_ATTITUDE_2] = "attitude_2",
        [ENGINE_ATTITUDE_3] = "attitude_3",
        [ENGINE_ATTITUDE_4] = "attitude_4",
        [ENGINE_ATTITUDE_5] = "attitude_5",
        [ENGINE_ABILITY_1] = "ability_1",
        [ENGINE_ABILITY_2] = "ability_2",
        [ENGINE_ABILITY_3] = "ability_3",
        [ENGINE_ABILITY_4] = "ability_4",
        [ENGINE_ABILITY_5] = "ability_5",
        [ENGINE_BAD_EVALUATIONS] = "bad_evaluations",
        [ENGINE_REPAIRS] = "repairs",
        [ENGINE_REPAIRS_ON_TIME] = "repairs_on_time",
        [ENGINE_GRIEVANCES] = "grievances",
        [ENGINE_VISITS] = "guide_visits",
        [ENGINE_PROMISE_USED] = "promise_used",
        [ENGINE_PROMISE_USED_WORST] = "promise_used_worst",
        [ENGINE_REJECTED] = "rejected",
        [ENGINE_REJECTED_REASONED] = "rejected_with_reasons",
        [ENGINE_CONCERNS_OVERDUE] = "concerns_overdue",
    };

    assert(measure < ENGINE_MEASURES);
    return names[measure];
}
