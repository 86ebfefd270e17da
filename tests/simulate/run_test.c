/* SPDX-License-Identifier: Apache-2.0 */
/* Courses folded from histories and played again: as they were, and under other rules. */
#include "simulate/case.h"
#include "simulate/scenario.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "lib/check.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define MONDAY INT64_C(1767571200000) /* 2026-01-05T00:00Z */

enum { A, B, C, D, TASKS };

static const struct core_calendar week = {.weekend = 0x60, .published_until = CORE_DAY_MAX};

static struct core_limit limit(enum core_unit unit, int length)
{
    return (struct core_limit){.unit = unit, .length = length};
}

/* A, then B; C by itself, with a deemed consent; D in hours. */
static const struct core_rules *rules_make(void)
{
    static struct core_matter_rule matters[TASKS];
    static struct core_rules rules;

    matters[A] = (struct core_matter_rule){.promised = limit(CORE_UNIT_WORKING_DAY, 3), .statutory = limit(CORE_UNIT_WORKING_DAY, 8),
                                           .pause_kinds = CORE_PAUSES_LAW, .watch = limit(CORE_UNIT_WORKING_DAY, 2)};
    matters[B] = (struct core_matter_rule){.after = 1u << A, .promised = limit(CORE_UNIT_WORKING_DAY, 4), .pause_kinds = CORE_PAUSES_LAW};
    matters[C] = (struct core_matter_rule){.statutory = limit(CORE_UNIT_CALENDAR_DAY, 9), .expiry = CORE_EXPIRY_DEEMED_CONSENT};
    matters[D] = (struct core_matter_rule){.promised = limit(CORE_UNIT_HOUR, 30)};
    rules = (struct core_rules){.calendar = &week, .matters = matters, .matter_count = TASKS, .policy = CORE_POLICY_ALL,
                                .promised = limit(CORE_UNIT_WORKING_DAY, 10), .statutory = limit(CORE_UNIT_WORKING_DAY, 20),
                                .supplement = limit(CORE_UNIT_WORKING_DAY, 3), .intake = limit(CORE_UNIT_WORKING_DAY, 5),
                                .delivery = limit(CORE_UNIT_WORKING_DAY, 5), .opens_minute = 540, .closes_minute = 1020};
    rules.promised.warn_days = 2;
    return &rules;
}

static struct simulate_room room;
static struct simulate_fold fold;
static uint64_t dropped; /* by the last run */

static struct core_event at(core_ms ms, enum core_event_type type, unsigned task)
{
    return (struct core_event){.type = type, .time = simulate_time(ms), .task = task};
}

static struct core_event received(core_ms ms)
{
    struct core_event event = at(ms, CORE_RECEIVED, 0);

    event.received.id = 7;
    event.received.included = (1u << TASKS) - 1;
    event.received.is_complete = true;
    return event;
}

static struct core_event offered(core_ms ms, unsigned task)
{
    struct core_event event = at(ms, CORE_OFFERED, task);

    event.offered.tasks = (core_task_set)1 << task;
    event.offered.by_officer = true;
    return event;
}

static struct core_event opined(core_ms ms, unsigned task)
{
    struct core_event event = at(ms, CORE_OPINED, task);

    event.opinion = CORE_OPINION_APPROVE;
    return event;
}

static void begin(const struct core_rules *rules)
{
    simulate_state_clear(room.recorded);
    simulate_course_clear(&room.course);
    fold = (struct simulate_fold){.rules = rules, .state = room.recorded, .course = &room.course};
}

static void tell(struct core_event event, const char *why)
{
    CHECK_I64(OD_OK, simulate_fold_event(&fold, &event), why);
}

/* Wake it as a hub does that is on time. */
static void wake_until(core_ms ms)
{
    for (core_ms wake = simulate_wake_ms(fold.state); wake <= ms; wake = simulate_wake_ms(fold.state))
        tell(at(wake > fold.now_ms ? wake : fold.now_ms, CORE_WOKEN, 0), "on time");
}

static const struct core_application *play(const struct core_rules *rules, const struct simulate_course *course, core_ms horizon)
{
    struct simulate_run run = {.rules = rules, .course = course, .horizon_ms = horizon, .state = room.after};

    simulate_state_clear(room.after);
    CHECK_I64(OD_OK, simulate_run(&run), "played");
    dropped = run.dropped;
    return room.after;
}

/* -- As it was -- */

static core_ms draw(core_ms max)
{
    return max > 0 ? (core_ms)(((uint64_t)rand() << 31 | (uint64_t)rand()) % (uint64_t)max) : 0;
}

static struct core_event draw_event(core_ms ms)
{
    static const enum core_event_type types[] = {
        CORE_OFFERED, CORE_OFFERED, CORE_ACCEPTED, CORE_ACCEPTED, CORE_OPINED, CORE_FAILED, CORE_GIVEN_BACK, CORE_SESSION_LOST, CORE_RESUMED,
        CORE_PAUSED, CORE_UNPAUSED, CORE_ASKED, CORE_SUPPLEMENTED, CORE_SUPPLEMENTED, CORE_INPUT_HANDED, CORE_PARKED, CORE_REQUEUED, CORE_TAKEN,
        CORE_TAKEN_OVER, CORE_CANCEL_CONFIRMED, CORE_CLOSED, CORE_CHECKED, CORE_REDATED, CORE_OFFERED, CORE_TAKEN, CORE_WITHDRAWN};
    enum core_event_type type = types[(size_t)rand() % (COUNT(types) - (rand() % 8 != 0))]; /* withdrawn seldom */
    struct core_event event = at(ms, type, (unsigned)rand() % TASKS);

    switch ((int)type) {
    case CORE_OFFERED:
        event.offered.tasks = (core_task_set)1 << event.task;
        event.offered.by_officer = rand() % 2;
        event.offered.epoch = event.offered.by_officer ? 0 : 3;
        break;
    case CORE_OPINED: event.opinion = rand() % 6 == 0 ? CORE_OPINION_REJECT : CORE_OPINION_APPROVE; break;
    case CORE_FAILED: event.failed.effect_known = (uint8_t)(CORE_EFFECT_NOT_DONE + rand() % 3), event.failed.may_repeat = rand() % 2; break;
    case CORE_SESSION_LOST: event.failed.epoch = 3, event.failed.may_repeat = rand() % 2; break;
    case CORE_RESUMED: event.epoch = 3; break;
    case CORE_PAUSED: event.pause_kind = CORE_PAUSE_HEARING, event.expected_days = rand() % 3; break;
    case CORE_PARKED: event.park_reason = CORE_PARK_BY_CONNECTOR; break;
    case CORE_SUPPLEMENTED: event.supplemented.is_complete = rand() % 2, event.supplemented.answered = (core_task_set)rand() % (1 << TASKS); break;
    case CORE_CHECKED: event.checked.tasks = (core_task_set)rand() % (1 << TASKS), event.checked.lacking = event.checked.tasks & (core_task_set)(rand() % 3 == 0 ? 1 : 0); break;
    default: break;
    }
    return event;
}

/* The hub wakes it before anything else is told, at the right moment or late. */
static void draw_wakes(core_ms ms)
{
    for (int i = 0; i < 100; i++) {
        core_ms wake = simulate_wake_ms(fold.state);
        if (wake > ms)
            return;
        if (wake < fold.now_ms)
            wake = fold.now_ms;
        struct core_event event = at(rand() % 2 ? wake : wake + draw(ms - wake + 1), CORE_WOKEN, 0);
        int rc = simulate_fold_event(&fold, &event);
        CHECK(rc == OD_OK || rc == OD_ENOTFOUND, "woken");
        if (rc == OD_ENOTFOUND)
            return;
    }
}

static core_ms draw_history(const struct core_rules *rules, unsigned *count)
{
    core_ms ms = MONDAY + draw(7 * DAY_MS);
    struct core_event first = received(ms);

    first.received.is_complete = rand() % 4 != 0;
    first.received.intake = rand() % 4 == 0 ? CORE_INTAKE_UNCHECKED : CORE_INTAKE_NONE;
    begin(rules);
    tell(first, "received");
    for (int left = 1 + rand() % 400; left > 0; left--) {
        ms += rand() % 3 == 0 ? draw(2 * DAY_MS) : draw(2);
        draw_wakes(ms);
        struct core_event event = draw_event(ms);
        *count += simulate_fold_event(&fold, &event) == OD_OK;
    }
    return ms + draw(3 * DAY_MS);
}

/* The promise of this library: a record, played as it was, is the record. */
static void any_history_played_as_it_was_is_itself(void **state)
{
    const struct core_rules *rules = rules_make();
    unsigned statuses = 0, taken = 0;

    (void)state;
    srand(20260105);
    for (int i = 0; i < 4000; i++) {
        core_ms horizon = draw_history(rules, &taken);
        CHECK_I64(OD_OK, simulate_fold_end(&fold, horizon), "the end");
        CHECK(simulate_states_match(&room, room.recorded, play(rules, &room.course, horizon)), "the same state to the byte");
        CHECK_I64(0, dropped, "nothing that was recorded is left away");
        statuses |= 1u << room.recorded->status;
    }
    CHECK(taken > 10 * 4000, "the histories are long ones");
    CHECK_I64(1u << CORE_STATUS_INCOMPLETE | 1u << CORE_STATUS_IN_REVIEW | 1u << CORE_STATUS_DECIDED | 1u << CORE_STATUS_CLOSED |
                  1u << CORE_STATUS_WITHDRAWN | 1u << CORE_STATUS_LAPSED | 1u << CORE_STATUS_RECEIVED,
              statuses, "and end in every way");
}

/* -- As it might have been -- */

static const struct simulate_name names[TASKS] = {{"a", "a", "first"}, {"b", "b", "second"}, {"c", "c", "third"}, {"d", "d", "fourth"}};
static const uint8_t same_tasks[CORE_TASKS_MAX] = {A, B, C, D};

static const struct core_application *play_under(const struct core_rules *rules, const struct simulate_scenario *scenario, core_ms horizon)
{
    static struct simulate_rules changed;

    simulate_rules_make(&changed, rules, scenario, names, NULL);
    CHECK_I64(OD_OK, simulate_course_adapt(&room.adapted, &room.course, scenario, names, same_tasks, (1u << TASKS) - 1), "adapted");
    return play(&changed.rules, &room.adapted, horizon);
}

/* A is opined after 2 days, B 3 days after it, C and D on the second day; received on Monday at ten. */
static core_ms plain_history(const struct core_rules *rules)
{
    core_ms ten = MONDAY + 10 * HOUR_MS;

    begin(rules);
    tell(received(ten), "received");
    for (unsigned task = A; task < TASKS; task++)
        if (task != B)
            tell(offered(ten, task), "offered at once");
    tell(opined(ten + DAY_MS, C), "C");
    tell(opined(ten + DAY_MS, D), "D");
    wake_until(ten + 2 * DAY_MS);
    tell(opined(ten + 2 * DAY_MS, A), "A");
    tell(offered(ten + 2 * DAY_MS + HOUR_MS, B), "B, an hour after it could be");
    wake_until(ten + 5 * DAY_MS);
    tell(opined(ten + 5 * DAY_MS, B), "B");
    return ten;
}

static void work_follows_what_it_waited_for(void **state)
{
    const struct core_rules *rules = rules_make();
    core_ms ten = plain_history(rules);
    struct simulate_scenario scenario = {.parallel = {"second"}, .parallel_count = 1};

    (void)state;
    CHECK_I64(ten + 5 * DAY_MS, room.recorded->decided_ms, "as it was");
    CHECK_I64(ten + 3 * DAY_MS, play_under(rules, &scenario, ten + 30 * DAY_MS)->decided_ms, "B takes its three days from the receipt");
    scenario = (struct simulate_scenario){.delays = {{"first", 4 * DAY_MS, SIMULATE_SCALE_ONE}}, .delay_count = 1};
    CHECK_I64(ten + 9 * DAY_MS, play_under(rules, &scenario, ten + 30 * DAY_MS)->decided_ms, "A four days later, and so B");
    scenario = (struct simulate_scenario){.delays = {{"a", 0, 500}}, .delay_count = 1};
    CHECK_I64(ten + 4 * DAY_MS, play_under(rules, &scenario, ten + 30 * DAY_MS)->decided_ms, "A in half of its time");
    scenario = (struct simulate_scenario){.delays = {{"a", -30 * DAY_MS, SIMULATE_SCALE_ONE}}, .delay_count = 1};
    CHECK_I64(ten + 3 * DAY_MS, play_under(rules, &scenario, ten + 30 * DAY_MS)->decided_ms, "never before it began");
    scenario = (struct simulate_scenario){.promise_length = 2, .promise_unit = CORE_UNIT_CALENDAR_DAY};
    CHECK(play_under(rules, &scenario, ten + 30 * DAY_MS)->clocks[CORE_CLOCK_PROMISED].is_overdue, "two days are too few");
}

static void silence_is_judged_anew(void **state)
{
    const struct core_rules *rules = rules_make();
    core_ms ten = plain_history(rules);
    struct simulate_scenario scenario = {.delays = {{"c", 20 * DAY_MS, SIMULATE_SCALE_ONE}}, .delay_count = 1};

    (void)state;
    const struct core_application *late = play_under(rules, &scenario, ten + 30 * DAY_MS);
    CHECK(late->tasks[C].is_deemed, "C's opinion comes too late and is deemed");
    CHECK_I64(MONDAY + 10 * DAY_MS, late->tasks[C].since_ms, "at the first minute after its ninth day");
    CHECK_I64(MONDAY + 10 * DAY_MS, late->decided_ms, "and so the decision");
    scenario.delays[0].added_ms = 4 * DAY_MS;
    late = play_under(rules, &scenario, ten + 30 * DAY_MS);
    CHECK(!late->tasks[C].is_deemed && late->decided_ms == ten + 5 * DAY_MS, "in time it counts");
}

/* What only time would bring is not played past the end of the record; what somebody did is. */
static void the_record_ends(void **state)
{
    const struct core_rules *rules = rules_make();
    core_ms ten = MONDAY + 10 * HOUR_MS;
    struct simulate_scenario scenario = {.delay_count = 0};

    (void)state;
    begin(rules);
    tell(received(ten), "received");
    tell(offered(ten, A), "offered, and no more");
    CHECK_I64(OD_OK, simulate_fold_end(&fold, ten + DAY_MS), "the end");
    CHECK(!play_under(rules, &scenario, ten + DAY_MS)->tasks[A].clocks[CORE_CLOCK_PROMISED].is_overdue, "a day later nothing is late");
    CHECK(play_under(rules, &scenario, ten + 9 * DAY_MS)->tasks[A].clocks[CORE_CLOCK_PROMISED].is_overdue, "by nine days it is");
    plain_history(rules);
    scenario = (struct simulate_scenario){.delays = {{"b", 40 * DAY_MS, SIMULATE_SCALE_ONE}}, .delay_count = 1};
    CHECK_I64(ten + 45 * DAY_MS, play_under(rules, &scenario, ten + 5 * DAY_MS)->decided_ms, "an opinion that comes, comes");
}

/* The hub was down when it should have woken it: it is down in the scenario too. */
static void the_hub_sleeps_as_it_slept(void **state)
{
    const struct core_rules *rules = rules_make();
    core_ms ten = MONDAY + 10 * HOUR_MS;
    struct simulate_scenario scenario = {.promise_length = 1};

    (void)state;
    begin(rules);
    tell(received(ten), "received");
    tell(at(ten + 25 * DAY_MS, CORE_WOKEN, 0), "25 days later");
    CHECK_I64(1, room.course.sleep_count, "one sleep");
    CHECK_I64(ten + 25 * DAY_MS, play_under(rules, &scenario, ten + 30 * DAY_MS)->tasks[C].since_ms, "deemed when it woke up");
}

/* Nobody works on a task that ended before it could be offered. */
static void a_task_that_never_came_is_forsaken(void **state)
{
    struct core_rules rules = *rules_make();
    core_ms ten = MONDAY + 10 * HOUR_MS;
    struct simulate_scenario scenario = {.delays = {{"a", 60 * DAY_MS, SIMULATE_SCALE_ONE}}, .delay_count = 1};

    (void)state;
    rules.expiry = CORE_EXPIRY_DEEMED_REFUSAL;
    plain_history(&rules);
    const struct core_application *late = play_under(&rules, &scenario, ten + 90 * DAY_MS);
    CHECK_I64(CORE_OUTCOME_REJECTED, late->outcome, "the whole is deemed refused on its day");
    CHECK(late->tasks[B].is_deemed && !late->tasks[B].has_late_opinion, "B was never offered");
    CHECK(late->tasks[A].has_late_opinion, "A's opinion came all the same");
}

static void dates_past_the_end_of_time_end_the_run(void **state)
{
    struct core_rules rules = *rules_make();
    struct simulate_run run = {.rules = &rules, .course = &room.course, .state = room.after};

    (void)state;
    begin(&rules);
    tell(received(MONDAY + 10 * HOUR_MS), "received");
    room.course.acts[0].event.time = simulate_time(INT64_C(253402214400000)); /* 9999-12-31 */
    simulate_state_clear(room.after);
    CHECK_I64(OD_ERANGE, simulate_run(&run), "no such day");
}

static void acts_max(void **state)
{
    const struct core_rules *rules = rules_make();
    struct core_event event = offered(MONDAY + 10 * HOUR_MS, A), back = at(MONDAY + 10 * HOUR_MS, CORE_GIVEN_BACK, A);

    (void)state;
    begin(rules);
    tell(received(MONDAY + 10 * HOUR_MS), "received");
    while (fold.course->act_count + 1 < SIMULATE_ACTS_MAX) {
        tell(event, "offered");
        if (fold.course->act_count < SIMULATE_ACTS_MAX)
            tell(back, "given back");
    }
    if (fold.course->act_count < SIMULATE_ACTS_MAX)
        tell(event, "the last one");
    CHECK_I64(SIMULATE_ACTS_MAX, fold.course->act_count, "at the limit");
    event = room.recorded->tasks[A].state == CORE_TASK_QUEUED ? event : back;
    CHECK_I64(OD_ELIMIT, simulate_fold_event(&fold, &event), "limit + 1");
    CHECK(simulate_states_match(&room, room.recorded, play(rules, &room.course, MONDAY)), "and it is played");
}

static int setup(void **state)
{
    (void)state;
    return base_zone_set("UTC") == OD_OK && simulate_room_init(&room) == OD_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    simulate_room_fini(&room);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_played_as_it_was_is_itself), cmocka_unit_test(work_follows_what_it_waited_for),
        cmocka_unit_test(silence_is_judged_anew), cmocka_unit_test(the_record_ends), cmocka_unit_test(the_hub_sleeps_as_it_slept),
        cmocka_unit_test(a_task_that_never_came_is_forsaken), cmocka_unit_test(dates_past_the_end_of_time_end_the_run),
        cmocka_unit_test(acts_max)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
