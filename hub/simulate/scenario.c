/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/scenario.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

bool simulate_scenario_is_empty(const struct simulate_scenario *scenario)
{
    return scenario->calendar == NULL && scenario->catalog == NULL && scenario->promise_length == 0 &&
           scenario->parallel_count == 0 && scenario->delay_count == 0;
}

/* A star that does not fit takes one byte more and tries again: no recursion, whatever the pattern. */
bool simulate_pattern_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool is_meant(const char *pattern, const struct simulate_name *name)
{
    return simulate_pattern_matches(pattern, name->matter) || simulate_pattern_matches(pattern, name->department);
}

static bool is_any_meant(const char *pattern, const struct simulate_name *names, size_t name_count)
{
    for (size_t i = 0; i < name_count; i++)
        if (is_meant(pattern, &names[i]))
            return true;
    return false;
}

void simulate_patterns_note(const struct simulate_scenario *scenario, const struct simulate_name *names, size_t name_count,
                            struct simulate_summary *summary)
{
    for (size_t i = 0; i < scenario->parallel_count; i++)
        if (!summary->is_parallel_used[i])
            summary->is_parallel_used[i] = is_any_meant(scenario->parallel[i], names, name_count);
    for (size_t i = 0; i < scenario->delay_count; i++)
        if (!summary->is_delay_used[i])
            summary->is_delay_used[i] = is_any_meant(scenario->delays[i].pattern, names, name_count);
}

/* -- Rules -- */

static bool is_parallel(const struct simulate_scenario *scenario, const struct simulate_name *name)
{
    for (size_t i = 0; i < scenario->parallel_count; i++)
        if (is_meant(scenario->parallel[i], name))
            return true;
    return false;
}

static void use_calendar(struct core_limit *limit, const struct core_calendar *calendar)
{
    if (calendar != NULL)
        limit->calendar = NULL; /* that of the rules */
}

static void make_matter(struct simulate_rules *out, unsigned index, const struct simulate_scenario *scenario)
{
    struct core_matter_rule *matter = &out->matters[index];

    use_calendar(&matter->statutory, scenario->calendar);
    use_calendar(&matter->promised, scenario->calendar);
    use_calendar(&matter->watch, scenario->calendar);
    assert(matter->stage_count <= CORE_STAGES_MAX);
    if (matter->stage_count > 0)
        memcpy(out->stages[index], matter->stages, matter->stage_count * sizeof(*matter->stages));
    for (unsigned i = 0; i < matter->stage_count; i++)
        use_calendar(&out->stages[index][i].limit, scenario->calendar);
    matter->stages = out->stages[index];
}

static void make_promise(struct core_limit *promised, const struct simulate_scenario *scenario)
{
    if (scenario->promise_length == 0)
        return;
    promised->length = scenario->promise_length;
    if (scenario->promise_unit != CORE_UNIT_NONE)
        promised->unit = scenario->promise_unit;
    else if (promised->unit == CORE_UNIT_NONE)
        promised->unit = CORE_UNIT_CALENDAR_DAY;
}

void simulate_rules_make(struct simulate_rules *out, const struct core_rules *rules, const struct simulate_scenario *scenario,
                         const struct simulate_name *names, const core_task_set *keeps)
{
    out->rules = *rules;
    out->rules.matters = out->matters;
    memcpy(out->matters, rules->matters, rules->matter_count * sizeof(*rules->matters));
    for (unsigned i = 0; i < rules->matter_count; i++) {
        make_matter(out, i, scenario);
        if (is_parallel(scenario, &names[i]))
            out->matters[i].after &= keeps != NULL ? keeps[i] : 0;
    }
    if (scenario->calendar != NULL) {
        struct core_limit *limits[] = {&out->rules.statutory, &out->rules.promised, &out->rules.supplement,
                                       &out->rules.intake, &out->rules.delivery, &out->rules.tolerance};
        out->rules.calendar = scenario->calendar;
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
            use_calendar(limits[i], scenario->calendar);
    }
    make_promise(&out->rules.promised, scenario);
}

/* -- Acts -- */

static core_task_set renumber(core_task_set tasks, const uint8_t *task_of)
{
    core_task_set renumbered = 0;

    for (unsigned i = 0; i < CORE_TASKS_MAX; i++)
        if ((tasks >> i & 1) != 0 && task_of[i] != SIMULATE_TASK_NONE)
            renumbered |= (core_task_set)1 << task_of[i];
    return renumbered;
}

/* False when the act is of tasks that are no more. */
static bool move_act(struct simulate_act *act, const uint8_t *task_of, core_task_set included)
{
    struct core_event *event = &act->event;
    bool is_of_tasks = act->tasks != 0;

    act->tasks = renumber(act->tasks, task_of);
    if (journal_event_is_on_task(event->type) && event->task < CORE_TASKS_MAX)
        event->task = task_of[event->task];
    if (event->type == CORE_RECEIVED) {
        event->received.included = included;
        event->received.held = renumber(event->received.held, task_of) & included;
        event->received.held_conditional = renumber(event->received.held_conditional, task_of) & included;
    }
    if (event->type == CORE_OFFERED)
        event->offered.tasks = act->tasks;
    if (event->type == CORE_SUPPLEMENTED)
        event->supplemented.answered = act->tasks;
    if (event->type == CORE_SUPPLEMENTED)
        event->supplemented.unheld = renumber(event->supplemented.unheld, task_of);
    if (event->type == CORE_CHECKED) {
        event->checked.tasks = renumber(event->checked.tasks, task_of) & included;
        event->checked.lacking = renumber(event->checked.lacking, task_of) & included;
    }
    return !is_of_tasks || act->tasks != 0;
}

/* The department works on it in the stretch that the act ends: not the hub, the applicant, or the reason of a pause. */
static bool is_own_work(enum core_event_type type)
{
    return journal_event_is_on_task(type) && type != CORE_OFFERED && type != CORE_UNPAUSED && type != CORE_CANCEL_CONFIRMED;
}

static void delay_act(struct simulate_act *act, const struct simulate_scenario *scenario, const struct simulate_name *names)
{
    if (!is_own_work(act->event.type) || act->event.task >= CORE_TASKS_MAX)
        return;
    for (size_t i = 0; i < scenario->delay_count; i++) {
        const struct simulate_delay *delay = &scenario->delays[i];
        if (!is_meant(delay->pattern, &names[act->event.task]))
            continue;
        act->delay_ms = act->delay_ms / SIMULATE_SCALE_ONE * delay->scale +
                        act->delay_ms % SIMULATE_SCALE_ONE * delay->scale / SIMULATE_SCALE_ONE;
        if (act->event.type == CORE_OPINED)
            act->delay_ms += delay->added_ms;
    }
    if (act->delay_ms < 0)
        act->delay_ms = 0;
}

/* With a calendar of the scenario's own, nobody amends it on the way. */
static bool is_left_out(const struct simulate_act *act, const struct simulate_scenario *scenario)
{
    return act->event.type == CORE_REDATED && (scenario->calendar != NULL || scenario->catalog != NULL);
}

static int acts_reserve(struct simulate_course *out, const struct simulate_course *course)
{
    struct simulate_act *acts = base_realloc(out->acts, course->act_room * sizeof(*acts));
    struct simulate_sleep *sleeps;

    if (acts == NULL)
        return OD_ENOMEM;
    out->acts = acts;
    out->act_room = course->act_room;
    if (course->sleep_room == 0)
        return OD_OK;
    sleeps = base_realloc(out->sleeps, course->sleep_room * sizeof(*sleeps));
    if (sleeps == NULL)
        return OD_ENOMEM;
    out->sleeps = sleeps;
    out->sleep_room = course->sleep_room;
    return OD_OK;
}

int simulate_course_adapt(struct simulate_course *out, const struct simulate_course *course,
                          const struct simulate_scenario *scenario, const struct simulate_name *names, const uint8_t *task_of,
                          core_task_set included)
{
    simulate_course_clear(out);
    if (out->act_room < course->act_room || out->sleep_room < course->sleep_room) {
        int rc = acts_reserve(out, course);
        if (rc != OD_OK)
            return rc;
    }
    for (size_t i = 0; i < course->act_count; i++) {
        struct simulate_act act = course->acts[i];
        if (is_left_out(&act, scenario) || !move_act(&act, task_of, included))
            continue;
        delay_act(&act, scenario, names);
        out->acts[out->act_count++] = act;
    }
    if (course->sleep_count > 0)
        memcpy(out->sleeps, course->sleeps, course->sleep_count * sizeof(*course->sleeps));
    out->sleep_count = course->sleep_count;
    return OD_OK;
}
