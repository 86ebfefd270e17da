/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks beside the limits of a task: watches over pauses (W-5), and stages from milestone to milestone (H-1 to
 * H-3), and what milestones tell (H-5, H-6). */
#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
};

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* Three matters of 20 days, 45 for the whole; received on Monday 02-19. */
static void set_up(struct fixture *fixture)
{
    office_service_init(&fixture->service, 3);
    fixture->service.rules.statutory = office_limit(45);
    for (unsigned i = 0; i < 3; i++) {
        fixture->service.matters[i].statutory = office_limit(20);
        fixture->service.matters[i].pause_kinds = CORE_PAUSES_LAW;
    }
    office_file_init(&fixture->file, &fixture->service, in_2024(2, 19));
}

static void begin(struct fixture *fixture)
{
    office_receive(&fixture->file, 7, true);
    for (unsigned i = 0; i < 3; i++) {
        if (fixture->file.application->tasks[i].state != CORE_TASK_QUEUED)
            continue;
        office_offer(&fixture->file, core_task_bit(i), SESSION);
        office_accept(&fixture->file, i);
    }
    fixture->file.trace_size = 0;
}

static struct core_task *task_of(struct fixture *fixture, unsigned index)
{
    return &fixture->file.application->tasks[index];
}

/* -- Watches: W-5 -- */

static int pause_for(struct fixture *fixture, int32_t days)
{
    struct core_event event = {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_INSPECTION, .expected_days = days};

    return office_step(&fixture->file, &event);
}

static void a_pause_is_watched(void **state)
{
    static const struct {
        int32_t told;
        struct core_limit rule;
        int month, day; /* last one in time; 0 = no watch */
        const char *why;
    } rows[] = {
        {5, {0}, 2, 26, "as the applicant was told"},
        {5, {.unit = CORE_UNIT_WORKING_DAY, .length = 10}, 2, 26, "what was told goes before the rule"},
        {0, {.unit = CORE_UNIT_WORKING_DAY, .length = 10}, 3, 4, "as the rule says"},
        {0, {.unit = CORE_UNIT_CALENDAR_DAY, .length = 10}, 2, 29, "in its own unit"},
        {0, {0}, 0, 0, "nobody said how long"},
        {CORE_LIMIT_DAYS_MAX, {0}, 0, 1, "ten years at most"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f);
        f.service.matters[0].watch = rows[i].rule;
        begin(&f);
        assert_int_equal(OD_OK, pause_for(&f, rows[i].told));
        assert_true(office_has_notice(&f.file, CORE_NOTICE_PAUSED));
        assert_int_equal(rows[i].day == 0 ? CORE_CLOCK_NONE : CORE_CLOCK_RUNNING, task_of(&f, 0)->watch.state);
        if (rows[i].month == 0) {
            office_file_fini(&f.file);
            continue;
        }
        if (task_of(&f, 0)->watch.due != in_2024(rows[i].month, rows[i].day))
            fail_msg("%s: %+d", rows[i].why, (int)(task_of(&f, 0)->watch.due - in_2024(rows[i].month, rows[i].day)));
        office_wait(&f.file, in_2024(rows[i].month, rows[i].day) + 1);
        assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_OVERDUE, 0, CORE_CLOCK_WATCH));
        assert_int_equal(CORE_CLOCK_PAUSED, task_of(&f, 0)->clocks[CORE_CLOCK_STATUTORY].state); /* it pauses on */
        office_tell(&f.file, CORE_UNPAUSED, 0);
        assert_true(office_has_notice(&f.file, CORE_NOTICE_RESUMED));
        assert_int_equal(CORE_CLOCK_MET, task_of(&f, 0)->watch.state);
        office_file_fini(&f.file);
    }
}

/* Each pause has its own; it ends with the pause, also when that ends by an opinion or with everything. */
static void a_watch_ends_with_its_pause(void **state)
{
    (void)state;
    for (int end = 0; end < 3; end++) {
        struct fixture f;
        set_up(&f);
        begin(&f);
        assert_int_equal(OD_OK, pause_for(&f, 5));
        office_wait(&f.file, in_2024(2, 20));
        office_tell(&f.file, CORE_UNPAUSED, 0);
        assert_int_equal(OD_OK, pause_for(&f, 3));
        assert_int_equal(in_2024(2, 23), task_of(&f, 0)->watch.due);
        office_sleep(&f.file, in_2024(2, 24), 600); /* nobody was woken */
        if (end == 0)
            office_tell(&f.file, CORE_UNPAUSED, 0);
        else if (end == 1)
            office_opine(&f.file, 0, CORE_OPINION_APPROVE);
        else
            office_tell(&f.file, CORE_WITHDRAWN, 0);
        assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_OVERDUE, 0, CORE_CLOCK_WATCH));
        assert_int_equal(CORE_CLOCK_MET, task_of(&f, 0)->watch.state);
        office_file_fini(&f.file);
    }
}

/* -- Stages: H-1 to H-3, after the Licensing Law art. 46 to 48 and 55 -- */

#define STAGE(start_, end_, length_)                                                                          \
    {.id = #end_, .starts_on = CORE_MILESTONE_##start_, .ends_on = CORE_MILESTONE_##end_,                      \
     .limit = {.unit = CORE_UNIT_WORKING_DAY, .length = (length_)}}

static const struct core_stage_rule hearing[] = {
    STAGE(HEARING_TOLD, HEARING_REQUESTED, 5),      /* art. 47: within five days of being told */
    STAGE(HEARING_REQUESTED, HEARING_HELD, 20),     /* organised within twenty */
    {.id = "announced", .ends_on = CORE_MILESTONE_HEARING_ANNOUNCED, .lead = 7}, /* art. 48: seven days before */
    STAGE(WORKABLE, INSPECTORS_ASSIGNED, 5),        /* art. 55 */
    STAGE(TAKEN, PRELIMINARY_REVIEWED, 20),         /* art. 43 */
    STAGE(WORKABLE, NONE, 15),                      /* one that ends with the task alone */
};

static void set_up_hearing(struct fixture *fixture)
{
    set_up(fixture);
    fixture->service.matters[0].stages = hearing;
    fixture->service.matters[0].stage_count = COUNT(hearing);
    begin(fixture);
}

static void stages_run_from_milestone_to_milestone(void **state)
{
    struct fixture f;
    struct core_clock *stages;

    (void)state;
    set_up_hearing(&f);
    stages = task_of(&f, 0)->stages;
    assert_int_equal(CORE_CLOCK_NONE, stages[0].state);
    assert_int_equal(in_2024(2, 26), stages[3].due);
    assert_int_equal(in_2024(3, 18), stages[4].due);
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_INSPECTORS_ASSIGNED, 0));
    assert_int_equal(CORE_CLOCK_MET, stages[3].state);
    office_wait(&f.file, in_2024(2, 20));
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_TOLD, 0));
    assert_int_equal(in_2024(2, 27), stages[0].due);
    office_wait(&f.file, in_2024(2, 23));
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_REQUESTED, 0));
    assert_int_equal(CORE_CLOCK_MET, stages[0].state);
    assert_int_equal(in_2024(3, 22), stages[1].due);
    office_pause(&f.file, 0, CORE_PAUSE_HEARING); /* the hearing's own clocks run on, its time does not count */
    assert_int_equal(CORE_CLOCK_RUNNING, stages[1].state);
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_ANNOUNCED, in_2024(3, 5)));
    assert_int_equal(CORE_CLOCK_NONE, stages[2].state); /* no limit, only a lead */
    office_wait(&f.file, in_2024(3, 5));
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_HELD, 0));
    assert_int_equal(CORE_CLOCK_MET, stages[1].state);
    assert_false(stages[1].is_overdue);
    office_tell(&f.file, CORE_UNPAUSED, 0);
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    assert_int_equal(CORE_CLOCK_MET, stages[4].state); /* H-2: with the task at the latest */
    assert_int_equal(CORE_CLOCK_MET, stages[5].state);
    office_file_fini(&f.file);
}

static void a_stage_that_nobody_ended_is_late(void **state)
{
    struct fixture f;

    (void)state;
    set_up_hearing(&f);
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_TOLD, 0));
    office_wait(&f.file, in_2024(2, 27));
    assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_OVERDUE, 0, CORE_CLOCK_STAGE));
    assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_OVERDUE, 0, CORE_CLOCK_STAGE + 3));
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_REQUESTED, 0)); /* late, and marked so */
    assert_true(task_of(&f, 0)->stages[0].is_overdue);
    office_tell(&f.file, CORE_WITHDRAWN, 0);
    assert_int_equal(CORE_CLOCK_STOPPED, task_of(&f, 0)->stages[1].state);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    office_file_fini(&f.file);
}

/* H-2: who tells of the end before the beginning starts nothing. */
static void a_stage_that_is_over_does_not_begin(void **state)
{
    struct fixture f;

    (void)state;
    set_up_hearing(&f);
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_REQUESTED, 0));
    assert_int_equal(OD_OK, office_mark(&f.file, 0, CORE_MILESTONE_HEARING_TOLD, 0));
    assert_int_equal(CORE_CLOCK_NONE, task_of(&f, 0)->stages[0].state);
    assert_int_equal(CORE_CLOCK_RUNNING, task_of(&f, 0)->stages[1].state);
    office_file_fini(&f.file);
}

/* H-1: each once: so a delegation goes no further (art. 24). */
static void a_milestone_is_reached_once(void **state)
{
    (void)state;
    for (unsigned milestone = CORE_MILESTONE_DELEGATED; milestone <= CORE_MILESTONE_HEARING_HELD; milestone++) {
        struct fixture f;
        bool has_day = milestone == CORE_MILESTONE_HEARING_ANNOUNCED;
        set_up(&f); /* a matter without stages keeps them all the same */
        begin(&f);
        core_day day = has_day ? in_2024(3, 20) : 0;
        assert_int_equal(OD_OK, office_mark(&f.file, 1, (enum core_milestone)milestone, day));
        assert_int_equal(OD_EEXIST, office_mark(&f.file, 1, (enum core_milestone)milestone, day));
        assert_int_equal(OD_OK, office_mark(&f.file, 2, (enum core_milestone)milestone, day)); /* of another task */
        assert_int_equal(1u << milestone, task_of(&f, 1)->milestones);
        office_file_fini(&f.file);
    }
}

/* H-5, H-6: what the applicant is told; nothing of the others. */
static void milestones_are_told(void **state)
{
    (void)state;
    for (unsigned milestone = CORE_MILESTONE_DELEGATED; milestone <= CORE_MILESTONE_HEARING_HELD; milestone++) {
        struct fixture f;
        bool has_day = milestone == CORE_MILESTONE_HEARING_ANNOUNCED;

        set_up(&f);
        begin(&f);
        assert_int_equal(OD_OK, office_mark(&f.file, 1, (enum core_milestone)milestone, has_day ? in_2024(3, 20) : 0));
        assert_int_equal(milestone == CORE_MILESTONE_DELEGATED, office_has_notice(&f.file, CORE_NOTICE_DELEGATED));
        assert_int_equal(has_day, office_has_notice(&f.file, CORE_NOTICE_HEARING));
        assert_int_equal(OD_EEXIST, office_mark(&f.file, 1, (enum core_milestone)milestone, has_day ? in_2024(3, 20) : 0));
        assert_int_equal(0, f.file.effects.count);
        office_file_fini(&f.file);
    }
}

/* H-3: seven working days lie between the day of the announcement and that of the hearing. */
static void a_hearing_is_announced_in_time(void **state)
{
    static const struct {
        int month, day;
        int answer;
        const char *why;
    } rows[] = {
        {2, 28, OD_OK, "the seventh working day after today"},
        {2, 27, OD_ECONFLICT, "the sixth"},
        {3, 2, OD_OK, "a Saturday later on"},
        {2, 24, OD_ECONFLICT, "a Saturday too early"},
        {2, 19, OD_ECONFLICT, "today"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up_hearing(&f);
        int rc = office_mark(&f.file, 0, CORE_MILESTONE_HEARING_ANNOUNCED, in_2024(rows[i].month, rows[i].day));
        if (rc != rows[i].answer)
            fail_msg("%s: %d", rows[i].why, rc);
        assert_int_equal(rc == OD_OK, (task_of(&f, 0)->milestones >> CORE_MILESTONE_HEARING_ANNOUNCED & 1) != 0);
        office_file_fini(&f.file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_is_watched),
        cmocka_unit_test(a_watch_ends_with_its_pause),
        cmocka_unit_test(stages_run_from_milestone_to_milestone),
        cmocka_unit_test(a_stage_that_nobody_ended_is_late),
        cmocka_unit_test(a_stage_that_is_over_does_not_begin),
        cmocka_unit_test(a_milestone_is_reached_once),
        cmocka_unit_test(milestones_are_told),
        cmocka_unit_test(a_hearing_is_announced_in_time),
    };

    return cmocka_run_group_tests_name("stage", tests, NULL, NULL);
}
