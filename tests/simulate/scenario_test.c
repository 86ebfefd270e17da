/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/scenario.h"

#include "base/memory.h"
#include "lib/check.h"

static void patterns(void **state)
{
    static const struct { const char *pattern, *text; bool is_meant; const char *why; } rows[] = {
        {"fire", "fire", true, "the name itself"},       {"fire", "fires", false, "no more"},
        {"fire", "Fire", false, "case counts"},          {"T07-*", "T07-1", true, "a star at the end"},
        {"T07-*", "T07-", true, "a star of nothing"},    {"T07-*", "T17-1", false, "before the star"},
        {"*", "", true, "a star takes all"},             {"*-1", "T07-1-1", true, "the last one that fits"},
        {"*advice*", "T06 stop advice", true, "inside"}, {"T0?-1", "T09-1", true, "one letter"},
        {"T0?-1", "T0-1", false, "not none"},            {"a*b*c", "a-b-b-c", true, "two stars"},
        {"a*b*c", "a-c-b", false, "in their order"},     {"", "x", false, "nothing means nothing"},
        {"**a**", "bab", true, "stars side by side"},    {"?", "", false, "there must be one"},
        {"*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, "no explosion"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].is_meant, simulate_pattern_matches(rows[i].pattern, rows[i].text), rows[i].why);
}

static const struct simulate_name names[] = {{"a", "a", "fire"}, {"b", "b", "health"}, {"c", "c", "fire"}};
static const struct core_calendar own = {.weekend = 0x40}, theirs = {.weekend = 0x60};

static struct core_rules rules_of(const struct core_matter_rule *matters)
{
    return (struct core_rules){.calendar = &theirs, .matters = matters, .matter_count = 3, .policy = CORE_POLICY_ALL,
                               .promised = {.unit = CORE_UNIT_WORKING_DAY, .length = 10, .warn_days = 2}};
}

static void rules_change_where_they_are_told_to(void **state)
{
    static const struct core_stage_rule stage = {.limit = {.unit = CORE_UNIT_WORKING_DAY, .length = 1, .calendar = &theirs}};
    static const struct core_matter_rule matters[] = {{.promised = {.calendar = &theirs}}, {.after = 1}, {.after = 3, .stages = &stage, .stage_count = 1}};
    static struct simulate_rules made;
    const core_task_set keeps[] = {0, 0, 1};
    struct core_rules rules = rules_of(matters);
    struct simulate_scenario scenario = {.parallel_count = 0};

    (void)state;
    simulate_rules_make(&made, &rules, &scenario, names, NULL);
    CHECK(made.rules.calendar == &theirs && made.rules.promised.length == 10 && made.matters[2].after == 3, "nothing told, nothing changed");
    CHECK(simulate_scenario_is_empty(&scenario), "and so it is empty");
    scenario = (struct simulate_scenario){.parallel = {"fire"}, .parallel_count = 1};
    simulate_rules_make(&made, &rules, &scenario, names, NULL);
    CHECK_I64(0, made.matters[2].after, "waits for nothing");
    CHECK_I64(1, made.matters[1].after, "as it was");
    simulate_rules_make(&made, &rules, &scenario, names, keeps);
    CHECK_I64(1, made.matters[2].after, "but for what it keeps");
    scenario = (struct simulate_scenario){.calendar = &own};
    simulate_rules_make(&made, &rules, &scenario, names, NULL);
    CHECK(made.rules.calendar == &own && made.matters[0].promised.calendar == NULL && made.matters[2].stages[0].limit.calendar == NULL, "one calendar for all");
    CHECK(stage.limit.calendar == &theirs, "the catalogue's own is left alone");
}

static void a_promise_keeps_its_unit_unless_it_is_told(void **state)
{
    static const struct core_matter_rule matters[3];
    static struct simulate_rules made;
    struct core_rules rules = rules_of(matters);
    struct simulate_scenario scenario = {.promise_length = 40};

    (void)state;
    simulate_rules_make(&made, &rules, &scenario, names, NULL);
    CHECK(made.rules.promised.length == 40 && made.rules.promised.unit == CORE_UNIT_WORKING_DAY, "its own unit");
    CHECK_I64(2, made.rules.promised.warn_days, "and what else it says");
    scenario.promise_unit = CORE_UNIT_MONTH;
    simulate_rules_make(&made, &rules, &scenario, names, NULL);
    CHECK_I64(CORE_UNIT_MONTH, made.rules.promised.unit, "as told");
    rules.promised = (struct core_limit){.unit = CORE_UNIT_NONE};
    scenario.promise_unit = CORE_UNIT_NONE;
    simulate_rules_make(&made, &rules, &scenario, names, NULL);
    CHECK_I64(CORE_UNIT_CALENDAR_DAY, made.rules.promised.unit, "where there was none: calendar days");
}

static struct simulate_act act_of(enum core_event_type type, unsigned task, core_ms delay_ms)
{
    return (struct simulate_act){.event = {.type = type, .task = task}, .delay_ms = delay_ms, .tasks = (core_task_set)1 << task};
}

static void delays_touch_own_work_alone(void **state)
{
    static const struct { enum core_event_type type; unsigned task; core_ms before, after; const char *why; } rows[] = {
        {CORE_OFFERED, 0, 1000, 1000, "the hub's time"},       {CORE_ACCEPTED, 0, 1000, 500, "half of it"},
        {CORE_UNPAUSED, 0, 1000, 1000, "a pause is as long"},  {CORE_OPINED, 0, 1001, 510, "half of it, and ten more"},
        {CORE_OPINED, 1, 1000, 1000, "another department"},    {CORE_OPINED, 2, 0, 10, "the same one"},
        {CORE_CANCEL_CONFIRMED, 0, 7, 7, "no work any more"},
    };
    struct simulate_scenario scenario = {.delays = {{"fire", 0, 500}, {"a", 10, SIMULATE_SCALE_ONE}, {"c", 10, SIMULATE_SCALE_ONE}}, .delay_count = 3};
    struct simulate_course course = {.act_count = 0}, adapted = {.act_count = 0};
    static const uint8_t task_of[CORE_TASKS_MAX] = {0, 1, 2};
    struct simulate_act acts[COUNT(rows)];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        acts[i] = act_of(rows[i].type, rows[i].task, rows[i].before);
    course.acts = acts;
    course.act_count = course.act_room = COUNT(rows);
    CHECK_I64(OD_OK, simulate_course_adapt(&adapted, &course, &scenario, names, task_of, 7), "adapted");
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].after, adapted.acts[i].delay_ms, rows[i].why);
    simulate_course_fini(&adapted);
}

static void tasks_are_renumbered_and_left_away(void **state)
{
    struct simulate_scenario scenario = {.delay_count = 0};
    struct simulate_course course = {.act_count = 0}, adapted = {.act_count = 0};
    uint8_t task_of[CORE_TASKS_MAX] = {2, SIMULATE_TASK_NONE, 0};
    struct simulate_act acts[] = {act_of(CORE_RECEIVED, 0, 0), act_of(CORE_OPINED, 0, 0), act_of(CORE_OPINED, 1, 0), act_of(CORE_SUPPLEMENTED, 0, 0),
                                  act_of(CORE_REDATED, 0, 0)};

    (void)state;
    acts[0].tasks = acts[4].tasks = 0;
    acts[3].tasks = 3; /* answers the first two */
    course.acts = acts;
    course.act_count = course.act_room = COUNT(acts);
    CHECK_I64(OD_OK, simulate_course_adapt(&adapted, &course, &scenario, names, task_of, 5), "adapted");
    CHECK_I64(4, adapted.act_count, "the opinion on a task that is no more is left away");
    CHECK_I64(5, adapted.acts[0].event.received.included, "as told");
    CHECK_I64(2, adapted.acts[1].event.task, "renumbered");
    CHECK_I64(4, adapted.acts[2].event.supplemented.answered, "what is left of the answer");
    scenario.calendar = &own;
    CHECK_I64(OD_OK, simulate_course_adapt(&adapted, &course, &scenario, names, task_of, 5), "adapted");
    CHECK_I64(3, adapted.act_count, "nobody amends a calendar of our own");
    simulate_course_fini(&adapted);
    base_alloc_fail_at(1);
    CHECK_I64(OD_ENOMEM, simulate_course_adapt(&adapted, &course, &scenario, names, task_of, 5), "no memory");
    base_alloc_fail_at(0);
    simulate_course_fini(&adapted);
}

static void used_patterns_are_noted(void **state)
{
    struct simulate_scenario scenario = {.parallel = {"b", "nobody"}, .parallel_count = 2, .delays = {{"fire", 0, 1000}, {"x*", 0, 1000}}, .delay_count = 2};
    struct simulate_summary summary = {.changes = 0};

    (void)state;
    simulate_patterns_note(&scenario, names, COUNT(names), &summary);
    CHECK(summary.is_parallel_used[0] && !summary.is_parallel_used[1], "b is there");
    CHECK(summary.is_delay_used[0] && !summary.is_delay_used[1], "fire is there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns), cmocka_unit_test(rules_change_where_they_are_told_to), cmocka_unit_test(a_promise_keeps_its_unit_unless_it_is_told),
        cmocka_unit_test(delays_touch_own_work_alone), cmocka_unit_test(tasks_are_renumbered_and_left_away), cmocka_unit_test(used_patterns_are_noted)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
