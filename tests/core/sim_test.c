/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand random lives of an application, each checked after each event against
 * what must always hold and against a naive oracle. The seed is the whole life: the
 * same seed gives the same trace. SIM_SEEDS sets another number of seeds, SIM_SEED is
 * the only one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/sim_office.h"
#include "core/sim_oracle.h"
#include "core/turn.h"

#define SEEDS_DEFAULT 10000
#define EVENTS_MAX 40
#define STEPS_MAX 2048
#define WAKES_MAX 8 /* at one moment */

struct sim {
    struct sim_office office;
    struct oracle oracle;
    struct core_application *application; /* these three are owned */
    struct core_application *before;      /* the last step */
    struct core_application *copy;
    struct core_effects effects;
    uint64_t seed;
    uint64_t hash;        /* of the trace */
    unsigned decisions;   /* told so far */
    unsigned told[CORE_EFFECT_TOLD + 1]; /* effects of each type */
    core_task_set queued; /* told to be queued and not offered since */
    size_t step_count;
    struct core_event steps[STEPS_MAX]; /* taken */
    unsigned almanacs[STEPS_MAX];       /* the one in force at each of them */
};

static size_t state_size(const struct sim *sim)
{
    return core_application_size(sim->office.rules.matter_count);
}

static void hash_bytes(struct sim *sim, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) /* FNV-1a */
        sim->hash = (sim->hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
}

static void check(bool is_true, const struct sim *sim, const char *what)
{
    if (!is_true)
        fail_msg("seed %llu, step %zu: %s", (unsigned long long)sim->seed, sim->step_count,
                 what);
}

/* Every open task has an owner or is on its way to one, and nothing belongs to nobody. */
static void check_task(const struct sim *sim, unsigned index)
{
    const struct core_task *task = &sim->application->tasks[index];
    bool is_in_hand =
        task->state >= CORE_TASK_OFFERED && task->state <= CORE_TASK_WAITING_APPLICANT;
    bool is_parked = task->state == CORE_TASK_PARKED;
    bool is_paused = task->state == CORE_TASK_PAUSED;
    bool is_done = task->state == CORE_TASK_DONE;

    check(task->state != CORE_TASK_NONE, sim, "a task without a state");
    check((task->park_reason != CORE_PARK_NONE) == is_parked, sim, "park reason");
    check((task->pause_kind != CORE_PAUSE_NONE) == is_paused, sim, "pause kind");
    check((task->opinion != CORE_OPINION_NONE) == is_done, sim, "opinion");
    check(task->epoch == 0 || is_in_hand || task->is_cancel_owed, sim, "owner");
    check(task->epoch == 0 || !task->is_by_officer, sim, "two owners");
    check(task->state != CORE_TASK_OFFERED || task->epoch != 0 || task->is_by_officer, sim,
          "offered to nobody");
    check(!task->is_input_owed || core_task_is_with_connector(task), sim,
          "input owed to nobody");
    check(!task->is_cancel_owed || task->state == CORE_TASK_CANCELLED, sim, "cancel owed");
    check(task->since_ms <= sim->office.now.ms, sim, "since");
}

static void check_application(const struct sim *sim)
{
    const struct core_application *application = sim->application;
    unsigned open = 0;
    unsigned workable = 0;

    for (unsigned i = 0; i < application->task_count; i++) {
        check_task(sim, i);
        open += core_task_is_open(&application->tasks[i]);
        workable += core_task_is_open(&application->tasks[i]) &&
                    application->tasks[i].state != CORE_TASK_BLOCKED;
    }
    if (application->status == CORE_STATUS_IN_REVIEW)
        check(workable > 0, sim, "in review, and nobody can go on");
    if (!core_application_is_open(application)) {
        check(open == 0, sim, "ended with an open task");
        struct core_wake wake = core_application_wake(application);
        bool is_decided = application->status == CORE_STATUS_DECIDED; /* and not delivered */
        check(is_decided || (wake.civil == INT64_MAX && wake.utc == INT64_MAX), sim, "ended with a running clock");
    }
    check((application->outcome != CORE_OUTCOME_NONE) == (sim->decisions == 1), sim,
          "one decision");
    check((application->decided_ms != 0) == (sim->decisions == 1), sim, "decided_ms");
}

static void check_clock_change(const struct sim *sim, const struct core_clock *old,
                               const struct core_clock *new)
{
    bool is_dated = old->state == CORE_CLOCK_RUNNING || old->state == CORE_CLOCK_PAUSED;

    if (new->state == CORE_CLOCK_NONE)
        return; /* of a task that an earlier opinion stands for: I-15 */
    check(!is_dated || new->due >= old->due || sim->steps[sim->step_count - 1].type == CORE_REDATED, sim,
          "a due day got earlier");
    check(!is_dated || new->due_minute >= old->due_minute, sim, "a due minute got earlier");
    check(new->is_overdue || !old->is_overdue, sim, "overdue was taken back");
}

/* What one step may change. */
static void check_change(const struct sim *sim)
{
    const struct core_application *old = sim->before;
    const struct core_application *new = sim->application;

    check(new->revision == old->revision + 1, sim, "revision");
    if (old->status == CORE_STATUS_NONE)
        return;
    bool is_decided_at_once = core_application_may_move(old->status, CORE_STATUS_IN_REVIEW) && new->status == CORE_STATUS_DECIDED; /* I-15 */
    check(old->status == new->status || core_application_may_move(old->status, new->status) || is_decided_at_once,
          sim, "status");
    check(old->outcome == CORE_OUTCOME_NONE || old->outcome == new->outcome, sim,
          "the outcome changed");
    for (int id = 0; id < CORE_CLOCKS; id++)
        check_clock_change(sim, &old->clocks[id], &new->clocks[id]);
    for (unsigned i = 0; i < new->task_count; i++) {
        const struct core_task *was = &old->tasks[i];
        const struct core_task *is = &new->tasks[i];
        if (old->status == CORE_STATUS_INCOMPLETE)
            break; /* the set of tasks is not fixed yet */
        bool is_silenced = was->state == CORE_TASK_BLOCKED && is->state == CORE_TASK_DONE && (is->is_deemed || is->held != CORE_OPINION_NONE);
        check(was->state == is->state || core_task_may_move(was->state, is->state) || is_silenced, sim,
              "task move");
        check(was->opinion == CORE_OPINION_NONE || was->opinion == is->opinion, sim,
              "an opinion changed");
        for (int id = 0; id < CORE_CLOCKS; id++)
            check_clock_change(sim, &was->clocks[id], &is->clocks[id]);
    }
}

static const struct core_clock *clock_of_whole(const struct core_application *application, unsigned id)
{
    switch (id) {
    case CORE_CLOCK_PROMISED:
    case CORE_CLOCK_STATUTORY: return &application->clocks[id];
    case CORE_CLOCK_INTAKE: return &application->intake;
    case CORE_CLOCK_SUPPLEMENT: return &application->supplement;
    case CORE_CLOCK_TOLERANCE: return &application->tolerance;
    default: return &application->delivery;
    }
}

/* The clock that an effect speaks of. */
static const struct core_clock *clock_of(const struct core_application *application, unsigned task, unsigned id)
{
    if (task == CORE_TASKS_MAX)
        return clock_of_whole(application, id);
    if (id >= CORE_CLOCK_STAGE)
        return &application->tasks[task].stages[id - CORE_CLOCK_STAGE];
    return id == CORE_CLOCK_WATCH ? &application->tasks[task].watch : &application->tasks[task].clocks[id];
}

/* W-2, K-3, C-6: yellow once and never after red, red once, and told to be moved exactly when it moved. */
static void check_told_clock(const struct sim *sim, const struct core_effect *effect)
{
    bool is_red = effect->type == CORE_EFFECT_OVERDUE, is_yellow = effect->type == CORE_EFFECT_WARNED;

    if (!is_red && !is_yellow && effect->type != CORE_EFFECT_REDATED)
        return;
    const struct core_clock *old = clock_of(sim->before, effect->task, effect->clock);
    const struct core_clock *new = clock_of(sim->application, effect->task, effect->clock);
    bool is_again = effect->clock == CORE_CLOCK_SUPPLEMENT &&
                    (new->state == CORE_CLOCK_RUNNING || new->state == CORE_CLOCK_NOT_STARTED); /* the next notice, told or not */
    check(!is_red || (!old->is_overdue && (new->is_overdue || is_again || new->state == CORE_CLOCK_NONE)), sim, "red twice");
    check(!is_yellow || (!old->is_warned && !old->is_overdue && !new->is_overdue), sim, "yellow twice, or after red");
    check(is_red || is_yellow || old->due != new->due || old->warn != new->warn ||
              old->is_provisional != new->is_provisional, sim, "told to be moved");
}

static unsigned count_moved(const struct sim *sim, unsigned task, unsigned last)
{
    unsigned moved = 0;

    for (unsigned id = 0; id <= last; id++) {
        const struct core_clock *old = clock_of(sim->before, task, id);
        const struct core_clock *new = clock_of(sim->application, task, id);
        moved += old->due != new->due || old->warn != new->warn || old->is_provisional != new->is_provisional;
    }
    return moved;
}

/* Every clock that moved was told. */
static void check_redated(const struct sim *sim)
{
    unsigned told = 0, moved = count_moved(sim, CORE_TASKS_MAX, CORE_CLOCK_DELIVERY);

    for (size_t i = 0; i < sim->effects.count; i++)
        told += sim->effects.items[i].type == CORE_EFFECT_REDATED;
    for (unsigned i = 0; i < sim->application->task_count; i++) {
        moved += count_moved(sim, i, CORE_CLOCK_STATUTORY);
        for (unsigned id = CORE_CLOCK_WATCH; id < CORE_CLOCK_STAGE + CORE_STAGES_MAX; id++) {
            const struct core_clock *old = clock_of(sim->before, i, id), *new = clock_of(sim->application, i, id);
            moved += old->due != new->due || old->warn != new->warn || old->is_provisional != new->is_provisional;
        }
    }
    check(told == moved, sim, "moved and not told");
}

/* Nothing is offered that was not told to be queued, and once each time. */
static void check_effects(struct sim *sim, const struct core_event *event)
{
    if (event->type == CORE_OFFERED) {
        check((event->offered.tasks & ~sim->queued) == 0, sim, "offered without being queued");
        sim->queued &= ~event->offered.tasks;
    }
    for (size_t i = 0; i < sim->effects.count; i++) {
        const struct core_effect *effect = &sim->effects.items[i];
        check_told_clock(sim, effect);
        sim->told[effect->type]++;
        sim->decisions += effect->type == CORE_EFFECT_DECIDED;
        if (effect->type != CORE_EFFECT_QUEUE)
            continue;
        check((sim->queued & core_task_bit(effect->task)) == 0, sim, "queued twice");
        sim->queued |= core_task_bit(effect->task);
    }
    if (event->type == CORE_REDATED)
        check_redated(sim);
    for (unsigned i = 0; i < sim->application->task_count; i++)
        check(sim->application->tasks[i].state != CORE_TASK_QUEUED ||
                  (sim->queued & core_task_bit(i)) != 0,
              sim, "queued and not told");
}

/* The row in the store gives back the same state. */
static void check_packed(struct sim *sim)
{
    uint8_t bytes[CORE_PACKED_MAX];
    uint8_t again[CORE_PACKED_MAX];
    unsigned count = 0;
    size_t size = core_application_pack(sim->application, bytes, sizeof(bytes));

    check(size > 0 && core_application_peek(bytes, size, &count) == OD_OK, sim, "pack");
    check(core_application_unpack(sim->copy, bytes, size) == OD_OK, sim, "unpack");
    check(core_application_pack(sim->copy, again, sizeof(again)) == size, sim, "packed size");
    check(memcmp(bytes, again, size) == 0, sim, "packed bytes");
    hash_bytes(sim, bytes, size);
}

static int step(struct sim *sim, const struct core_event *event)
{
    memcpy(sim->before, sim->application, state_size(sim));
    int rc = core_step(&sim->office.rules, sim->application, event, &sim->effects);
    hash_bytes(sim, &rc, sizeof(rc));
    if (rc != OD_OK) {
        check(memcmp(sim->before, sim->application, state_size(sim)) == 0, sim,
              "an error changed the state");
        check(sim->effects.count == 0, sim, "an error told something");
        return rc;
    }
    check(sim->step_count < STEPS_MAX, sim, "too many steps");
    sim->almanacs[sim->step_count] = sim->office.almanac;
    sim->steps[sim->step_count++] = *event;
    hash_bytes(sim, sim->effects.items, sim->effects.count * sizeof(sim->effects.items[0]));
    check_effects(sim, event);
    check_change(sim);
    check_application(sim);
    check_packed(sim);
    oracle_follow(&sim->oracle, event);
    oracle_check(&sim->oracle, sim->application, sim->seed);
    return rc;
}

static bool wants_to_be_woken(const struct sim *sim)
{
    const struct core_time *now = &sim->office.now;
    struct core_wake wake = core_application_wake(sim->application);

    return wake.civil <= (core_minute)now->day * CORE_DAY_MINUTES + now->minute || wake.utc <= now->ms / 60000;
}

/* WOKEN is taken exactly when the application said so, and is soon content. */
static void wake(struct sim *sim)
{
    struct core_event event = {.type = CORE_WOKEN, .time = sim->office.now};
    bool is_due;

    if (sim->application->status == CORE_STATUS_NONE)
        return;
    for (unsigned i = 0; i < WAKES_MAX; i++) {
        is_due = wants_to_be_woken(sim);
        int rc = step(sim, &event);
        check(rc == (is_due ? OD_OK : OD_ENOTFOUND), sim, "woken");
        if (!is_due)
            return;
    }
    check(false, sim, "woken for nothing");
}

/* Whatever happened: somebody can always bring it to its end. */
static void finish(struct sim *sim)
{
    for (unsigned i = 0; i < STEPS_MAX / 2; i++) {
        wake(sim);
        struct core_event event = sim_finish_event(&sim->office, sim->application);
        if (event.type == CORE_EVENT_NONE)
            break;
        check(step(sim, &event) == OD_OK, sim, "it cannot go on");
        sim->office.now.ms++;
    }
    check(!core_application_is_open(sim->application), sim, "it does not end");
}

/* The next calendar is published; sometimes dates are worked out again although nothing changed. */
static void amend(struct sim *sim)
{
    if (sim->office.almanac + 1 < SIM_ALMANACS && sim_happens(&sim->office, 80))
        sim_publish(&sim->office, sim->office.almanac + 1);
    oracle_amend(&sim->oracle);
}

static void live(struct sim *sim)
{
    bool is_punctual = sim_happens(&sim->office, 70);

    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        sim_pass_time(&sim->office);
        if (is_punctual || sim_happens(&sim->office, 20))
            wake(sim);
        struct core_event event = sim_draw_event(&sim->office, sim->application);
        if (event.type == CORE_REDATED)
            amend(sim);
        (void)step(sim, &event);
    }
    finish(sim);
}

/* The state is a fold of the events: fed again, they give the same bytes. */
static void replay(struct sim *sim)
{
    uint8_t bytes[CORE_PACKED_MAX];
    uint8_t again[CORE_PACKED_MAX];

    memset(sim->copy, 0, state_size(sim));
    for (size_t i = 0; i < sim->step_count; i++) {
        sim_publish(&sim->office, sim->almanacs[i]);
        check(core_step(&sim->office.rules, sim->copy, &sim->steps[i], &sim->effects) == OD_OK,
              sim, "replay");
    }
    if (sim->step_count == 0)
        return;
    size_t size = core_application_pack(sim->application, bytes, sizeof(bytes));
    check(core_application_pack(sim->copy, again, sizeof(again)) == size, sim, "replayed size");
    check(memcmp(bytes, again, size) == 0, sim, "replayed state");
}

/* Counts what was reached, so that the simulation cannot rot unseen. */
struct reached {
    unsigned statuses[CORE_STATUS_RECEIVED + 1];
    unsigned outcomes[CORE_OUTCOME_NOT_REQUIRED + 1];
    unsigned events[CORE_TOLD + 1];
    unsigned effects[CORE_EFFECT_TOLD + 1];
    unsigned tellings[CORE_TELLING_PRESUMED + 1];
    unsigned deemed, late, overdue, silent, extended, late_extensions, tolerant;
};

static void count_reached(struct reached *reached, const struct sim *sim)
{
    reached->statuses[sim->application->status]++;
    reached->outcomes[sim->application->outcome]++;
    reached->deemed += sim->application->is_deemed;
    for (unsigned i = 0; i < sim->application->task_count; i++) {
        reached->late += sim->application->tasks[i].has_late_opinion;
        reached->late_extensions += sim->application->tasks[i].has_late_extension;
        reached->overdue += sim->application->tasks[i].clocks[CORE_CLOCK_STATUTORY].is_overdue;
    }
    for (size_t i = 0; i < sim->step_count; i++)
        reached->events[sim->steps[i].type]++;
    for (unsigned type = 0; type <= CORE_EFFECT_TOLD; type++)
        reached->effects[type] += sim->told[type];
    reached->tellings[sim->application->telling]++;
    reached->silent += sim->application->is_accepted_by_silence;
    reached->extended += sim->application->clocks[CORE_CLOCK_STATUTORY].extensions;
    reached->tolerant += sim->application->tolerance.state != CORE_CLOCK_NONE;
}

static uint64_t run(struct sim *sim, uint64_t seed, struct reached *reached)
{
    struct core_application *application = sim->application;
    struct core_application *before = sim->before;
    struct core_application *copy = sim->copy;

    *sim = (struct sim){.application = application,
                        .before = before,
                        .copy = copy,
                        .seed = seed,
                        .hash = UINT64_C(14695981039346656037)};
    memset(application, 0, core_application_size(CORE_TASKS_MAX));
    sim_office_init(&sim->office, seed);
    oracle_init(&sim->oracle, &sim->office.rules, &sim->office.other, SIM_FIRST_DAY);
    live(sim);
    replay(sim);
    if (reached != NULL)
        count_reached(reached, sim);
    return sim->hash;
}

static struct sim *create(void)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    assert_non_null(sim);
    sim->application = calloc(1, core_application_size(CORE_TASKS_MAX));
    sim->before = calloc(1, core_application_size(CORE_TASKS_MAX));
    sim->copy = calloc(1, core_application_size(CORE_TASKS_MAX));
    assert_true(sim->application != NULL && sim->before != NULL && sim->copy != NULL);
    return sim;
}

static void destroy(struct sim *sim)
{
    free(sim->application);
    free(sim->before);
    free(sim->copy);
    free(sim);
}

static unsigned long seed_count(void)
{
    const char *text = getenv("SIM_SEEDS");

    return text != NULL ? strtoul(text, NULL, 10) : SEEDS_DEFAULT;
}

static void every_life_keeps_the_invariants(void **state)
{
    struct sim *sim = create();
    struct reached reached = {0};
    const char *only = getenv("SIM_SEED");

    (void)state;
    if (only != NULL) {
        (void)run(sim, strtoull(only, NULL, 10), &reached);
        destroy(sim);
        return;
    }
    for (unsigned long seed = 1; seed <= seed_count(); seed++)
        (void)run(sim, seed, &reached);
    for (unsigned status = CORE_STATUS_CLOSED; status <= CORE_STATUS_LAPSED; status++)
        assert_true(reached.statuses[status] > 0);
    for (unsigned outcome = CORE_OUTCOME_APPROVED; outcome <= CORE_OUTCOME_NOT_REQUIRED;
         outcome++)
        assert_true(reached.outcomes[outcome] > 0);
    for (unsigned type = CORE_RECEIVED; type <= CORE_TOLD; type++)
        assert_true(reached.events[type] > 0);
    for (unsigned type = CORE_EFFECT_QUEUE; type <= CORE_EFFECT_TOLD; type++)
        assert_true(reached.effects[type] > 0);
    for (unsigned telling = 0; telling <= CORE_TELLING_PRESUMED; telling++)
        assert_true(reached.tellings[telling] > 0);
    assert_true(reached.silent > 0 && reached.extended > 0 && reached.late_extensions > 0 && reached.tolerant > 0);
    assert_true(reached.deemed > 0 && reached.late > 0 && reached.overdue > 0);
    destroy(sim);
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    struct sim *sim = create();
    uint64_t last = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t hash = run(sim, seed, NULL);
        assert_true(hash == run(sim, seed, NULL));
        assert_true(hash != last);
        last = hash;
    }
    destroy(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_life_keeps_the_invariants),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
    };

    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
