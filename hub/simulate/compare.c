/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/compare.h"

#include <string.h>

#include "core/names.h"

#define MINUTE_MS INT64_C(60000)

struct comparison {
    const struct simulate_pair *pair;
    const struct simulate_report *report;
    struct simulate_summary *summary;
    const char *of;
    int rc;
};

/* -- Values -- */

static struct simulate_value word(const char *name)
{
    return (struct simulate_value){.kind = name != NULL ? SIMULATE_VALUE_WORD : SIMULATE_VALUE_NONE, .word = name};
}

static struct simulate_value moment(core_ms ms)
{
    return (struct simulate_value){.kind = ms != 0 ? SIMULATE_VALUE_TIME : SIMULATE_VALUE_NONE, .number = ms};
}

static struct simulate_value due_of(const struct core_clock *clock)
{
    if (clock == NULL || clock->state == CORE_CLOCK_NONE || clock->state == CORE_CLOCK_NOT_STARTED || clock->start == 0)
        return (struct simulate_value){.kind = SIMULATE_VALUE_NONE};
    if (clock->due_minute != 0)
        return moment(clock->due_minute * MINUTE_MS);
    return (struct simulate_value){.kind = SIMULATE_VALUE_DAY, .number = clock->due};
}

static bool is_decided(const struct core_application *state)
{
    return state->status == CORE_STATUS_DECIDED || state->status == CORE_STATUS_CLOSED;
}

/* CLOSED only says that the decision was handed over. */
static struct simulate_value status_of(const struct core_application *state)
{
    return word(core_status_name(is_decided(state) ? CORE_STATUS_DECIDED : (enum core_status)state->status));
}

static struct simulate_value outcome_of(const struct core_application *state)
{
    return word(is_decided(state) ? core_outcome_name((enum core_outcome)state->outcome) : NULL);
}

enum promise { PROMISE_NONE, PROMISE_OPEN, PROMISE_KEPT, PROMISE_LATE };

static enum promise promise_of(const struct core_application *state)
{
    const struct core_clock *clock = &state->clocks[CORE_CLOCK_PROMISED];

    if (clock->state == CORE_CLOCK_NONE || clock->state == CORE_CLOCK_NOT_STARTED)
        return PROMISE_NONE;
    if (clock->is_overdue)
        return PROMISE_LATE;
    return clock->state == CORE_CLOCK_MET ? PROMISE_KEPT : core_application_is_open(state) ? PROMISE_OPEN : PROMISE_NONE;
}

static const char *promise_word(enum promise promise)
{
    static const char *const words[] = {[PROMISE_NONE] = NULL, [PROMISE_OPEN] = "open", [PROMISE_KEPT] = "kept", [PROMISE_LATE] = "late"};

    return words[promise];
}

static bool is_same(const struct simulate_value *a, const struct simulate_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == SIMULATE_VALUE_WORD)
        return strcmp(a->word, b->word) == 0;
    return a->kind == SIMULATE_VALUE_NONE || a->number == b->number;
}

/* -- Telling -- */

static void count_date(struct simulate_summary *summary, const struct simulate_value *before, const struct simulate_value *after)
{
    bool is_date = before->kind == SIMULATE_VALUE_DAY || before->kind == SIMULATE_VALUE_TIME;

    if (!is_date || before->kind != after->kind)
        return;
    if (after->number < before->number)
        summary->dates_earlier++;
    else
        summary->dates_later++;
}

static bool tell(struct comparison *comparison, const char *clock, struct simulate_value before, struct simulate_value after)
{
    struct simulate_change change = {.number = comparison->pair->number, .of = comparison->of, .clock = clock, .before = before, .after = after};

    if (is_same(&before, &after))
        return false;
    comparison->summary->changes++;
    count_date(comparison->summary, &before, &after);
    if (comparison->rc == OD_OK && comparison->report->on_change != NULL)
        comparison->rc = comparison->report->on_change(comparison->report->owner, &change);
    return true;
}

/* -- The whole -- */

static void tell_clocks(struct comparison *comparison, const struct core_application *a, const struct core_application *b)
{
    const struct {
        enum core_clock_id id;
        const struct core_clock *before, *after;
    } clocks[] = {
        {CORE_CLOCK_PROMISED, &a->clocks[CORE_CLOCK_PROMISED], &b->clocks[CORE_CLOCK_PROMISED]},
        {CORE_CLOCK_STATUTORY, &a->clocks[CORE_CLOCK_STATUTORY], &b->clocks[CORE_CLOCK_STATUTORY]},
        {CORE_CLOCK_INTAKE, &a->intake, &b->intake},
        {CORE_CLOCK_SUPPLEMENT, &a->supplement, &b->supplement},
        {CORE_CLOCK_TOLERANCE, &a->tolerance, &b->tolerance},
        {CORE_CLOCK_DELIVERY, &a->delivery, &b->delivery},
    };

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
        tell(comparison, core_clock_name(clocks[i].id), due_of(clocks[i].before), due_of(clocks[i].after));
}

static void tell_decision(struct comparison *comparison, const struct core_application *a, const struct core_application *b)
{
    struct simulate_summary *summary = comparison->summary;
    bool is_other = tell(comparison, "outcome", outcome_of(a), outcome_of(b));

    if (tell(comparison, "decided", moment(a->decided_ms), moment(b->decided_ms)) && is_decided(a) && is_decided(b)) {
        summary->decided_earlier += b->decided_ms < a->decided_ms;
        summary->decided_later += b->decided_ms > a->decided_ms;
    }
    if (is_decided(a) == is_decided(b) || !(core_application_is_open(a) || core_application_is_open(b))) /* else the outcome says it */
        is_other |= tell(comparison, "status", status_of(a), status_of(b));
    summary->decisions_changed += is_other;
}

static void tell_promise(struct comparison *comparison, const struct core_application *a, const struct core_application *b)
{
    enum promise before = promise_of(a), after = promise_of(b);

    tell(comparison, "promise", word(promise_word(before)), word(promise_word(after)));
    comparison->summary->promises_won += before == PROMISE_LATE && after == PROMISE_KEPT;
    comparison->summary->promises_lost += before == PROMISE_KEPT && after == PROMISE_LATE;
}

/* -- Tasks -- */

static void tell_stages(struct comparison *comparison, const struct core_matter_rule *rule, const struct core_task *a, const struct core_task *b)
{
    for (unsigned i = 0; i < rule->stage_count; i++)
        tell(comparison, rule->stages[i].id, due_of(a != NULL ? &a->stages[i] : NULL), due_of(b != NULL ? &b->stages[i] : NULL));
}

static struct simulate_value opined_of(const struct core_task *task)
{
    return moment(task != NULL && task->state == CORE_TASK_DONE ? task->since_ms : 0);
}

static struct simulate_value opinion_of(const struct core_task *task)
{
    return word(task != NULL && task->state == CORE_TASK_DONE ? core_opinion_name((enum core_opinion)task->opinion) : NULL);
}

static struct simulate_value state_of(const struct core_task *task)
{
    return word(task != NULL ? core_task_state_name((enum core_task_state)task->state) : NULL);
}

/* Either may be NULL: there is no such task on that side. */
static void tell_task(struct comparison *comparison, const char *name, const struct core_task *a, const struct core_task *b)
{
    comparison->of = name;
    for (int id = 0; id < CORE_CLOCKS; id++)
        tell(comparison, core_clock_name((enum core_clock_id)id), due_of(a != NULL ? &a->clocks[id] : NULL),
             due_of(b != NULL ? &b->clocks[id] : NULL));
    tell(comparison, "opined", opined_of(a), opined_of(b));
    tell(comparison, "opinion", opinion_of(a), opinion_of(b));
    if ((a != NULL && a->state == CORE_TASK_DONE) || (b != NULL && b->state == CORE_TASK_DONE))
        return; /* the opinion says it */
    tell(comparison, "state", state_of(a), state_of(b));
}

static bool is_new(const struct simulate_pair *pair, unsigned after)
{
    for (unsigned i = 0; i < pair->before.state->task_count; i++)
        if (pair->task_of[i] == after)
            return false;
    return true;
}

static void tell_tasks(struct comparison *comparison)
{
    const struct simulate_pair *pair = comparison->pair;
    const struct core_application *a = pair->before.state, *b = pair->after.state;

    for (unsigned i = 0; i < a->task_count; i++) {
        unsigned to = pair->task_of[i];
        bool is_there = to != SIMULATE_TASK_NONE && to < b->task_count;
        tell_task(comparison, pair->before.names[i].of, &a->tasks[i], is_there ? &b->tasks[to] : NULL);
        if (is_there && pair->before.rules->matters[i].stage_count == pair->after.rules->matters[to].stage_count)
            tell_stages(comparison, &pair->before.rules->matters[i], &a->tasks[i], &b->tasks[to]);
    }
    for (unsigned i = 0; i < b->task_count; i++)
        if (is_new(pair, i) && b->tasks[i].state != CORE_TASK_SKIPPED)
            tell_task(comparison, pair->after.names[i].of, NULL, &b->tasks[i]);
    comparison->of = "";
}

/* -- Figures -- */

static void add_side(struct simulate_side *side, const struct core_application *state)
{
    enum promise promise = promise_of(state);
    bool is_there = is_decided(state);

    side->decided += is_there;
    side->open += core_application_is_open(state);
    side->ended += !is_there && !core_application_is_open(state);
    side->deemed += is_there && state->is_deemed;
    side->kept += is_there && promise == PROMISE_KEPT;
    side->late += is_there && promise == PROMISE_LATE;
    side->open_late += core_application_is_open(state) && promise == PROMISE_LATE;
}

static void add_figures(struct simulate_summary *summary, const struct core_application *a, const struct core_application *b)
{
    summary->applications++;
    add_side(&summary->before, a);
    add_side(&summary->after, b);
    if (!is_decided(a) || !is_decided(b))
        return;
    summary->both_decided++;
    summary->before.days_ms += a->decided_ms - a->received_ms;
    summary->after.days_ms += b->decided_ms - b->received_ms;
}

int simulate_compare(const struct simulate_pair *pair, const struct simulate_report *report, struct simulate_summary *summary)
{
    struct comparison comparison = {.pair = pair, .report = report, .summary = summary, .of = ""};
    const struct core_application *a = pair->before.state, *b = pair->after.state;

    add_figures(summary, a, b);
    tell_clocks(&comparison, a, b);
    tell_promise(&comparison, a, b);
    tell_decision(&comparison, a, b);
    tell_tasks(&comparison);
    return comparison.rc;
}
