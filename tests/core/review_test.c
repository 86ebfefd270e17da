/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of the review: watches over pauses (W-5), stages from milestone to milestone (H-1 to H-3), extensions
 * (K-11, K-12), amended calendars (C-6), what the end of a limit means (D-9), delivery, and downtimes. */
#include <string.h>

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

static struct core_application *application_of(struct fixture *fixture)
{
    return fixture->file.application;
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

/* -- Extensions: K-11, K-12 -- */

static void an_extension_of_the_whole_is_told(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.rules.statutory.extend =
        (struct core_extend){.times_max = 1, .approver = CORE_RANK_GOVERNMENT, .length_max = 15};
    begin(&f);
    assert_int_equal(OD_EDENIED, office_extend(&f.file, CORE_TASKS_MAX, CORE_CLOCK_STATUTORY, 15, CORE_RANK_HEAD));
    assert_int_equal(OD_OK, office_extend(&f.file, CORE_TASKS_MAX, CORE_CLOCK_STATUTORY, 15, CORE_RANK_GOVERNMENT));
    assert_true(office_has_notice(&f.file, CORE_NOTICE_EXTENDED));
    assert_int_equal(OD_ELIMIT, office_extend(&f.file, CORE_TASKS_MAX, CORE_CLOCK_STATUTORY, 1, CORE_RANK_GOVERNMENT));
    assert_int_equal(OD_EUNSUPPORTED, office_extend(&f.file, 0, CORE_CLOCK_STATUTORY, 1, CORE_RANK_GOVERNMENT));
    assert_int_equal(OD_EUNSUPPORTED, office_extend(&f.file, CORE_TASKS_MAX, CORE_CLOCK_PROMISED, 1, CORE_RANK_GOVERNMENT));
    office_file_fini(&f.file);
}

/* K-11: refused and kept, of a task and of the whole. */
static void a_late_request_for_extension_counts_as_late(void **state)
{
    (void)state;
    for (int is_whole = 0; is_whole < 2; is_whole++) {
        struct fixture f;
        unsigned task = is_whole ? CORE_TASKS_MAX : 1;
        set_up(&f);
        f.service.rules.statutory = office_limit(20);
        f.service.rules.statutory.extend = f.service.matters[1].statutory.extend =
            (struct core_extend){.times_max = 1, .length_max = 10};
        begin(&f);
        office_wait(&f.file, in_2024(3, 19)); /* the day after */
        assert_int_equal(OD_OK, office_extend(&f.file, task, CORE_CLOCK_STATUTORY, 5, CORE_RANK_HEAD));
        assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_LATE_EXTENSION, task, CORE_CLOCK_STATUTORY));
        assert_false(office_has_notice(&f.file, CORE_NOTICE_EXTENDED));
        assert_true(application_of(&f)->is_flagged);
        assert_int_equal(!is_whole, task_of(&f, 1)->has_late_extension);
        assert_int_equal(in_2024(3, 18), task_of(&f, 1)->clocks[CORE_CLOCK_STATUTORY].due);
        office_file_fini(&f.file);
    }
}

/* K-12. */
static void a_promise_is_not_extended_past_the_statute(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[0].promised = office_limit(18);
    f.service.matters[0].promised.extend = (struct core_extend){.times_max = 9, .length_max = 10};
    f.service.matters[0].statutory.extend = (struct core_extend){.times_max = 1, .length_max = 10};
    begin(&f);
    assert_int_equal(OD_OK, office_extend(&f.file, 0, CORE_CLOCK_PROMISED, 2, CORE_RANK_HEAD));
    assert_int_equal(OD_ECONFLICT, office_extend(&f.file, 0, CORE_CLOCK_PROMISED, 1, CORE_RANK_HEAD));
    assert_int_equal(1, task_of(&f, 0)->clocks[CORE_CLOCK_PROMISED].extensions);
    assert_int_equal(OD_OK, office_extend(&f.file, 0, CORE_CLOCK_STATUTORY, 10, CORE_RANK_HEAD));
    assert_int_equal(OD_OK, office_extend(&f.file, 0, CORE_CLOCK_PROMISED, 10, CORE_RANK_HEAD));
    assert_int_equal(task_of(&f, 0)->clocks[CORE_CLOCK_STATUTORY].due, task_of(&f, 0)->clocks[CORE_CLOCK_PROMISED].due);
    office_file_fini(&f.file);
}

/* -- Amended calendars: C-6 -- */

static void only_a_moved_date_of_the_whole_is_told_to_the_applicant(void **state)
{
    static const core_day off[] = {19780}; /* 2024-02-27: inside of every clock */
    static const core_day late[] = {19804}; /* 2024-03-22: inside of that of the whole alone */
    static const struct core_calendar amended = {.holidays = off, .holiday_count = 1, .weekend = 0x60, .published_until = CORE_DAY_MAX};
    static const struct core_calendar later = {.holidays = late, .holiday_count = 1, .weekend = 0x60, .published_until = CORE_DAY_MAX};
    static const struct core_calendar plain = {.weekend = 0x60, .published_until = CORE_DAY_MAX};
    struct core_event redated = {.type = CORE_REDATED};
    struct fixture f;

    (void)state;
    assert_int_equal(off[0], in_2024(2, 27));
    set_up(&f);
    f.service.rules.calendar = &plain;
    begin(&f);
    assert_int_equal(OD_OK, pause_for(&f, 20));
    assert_int_equal(OD_ENOTFOUND, office_step(&f.file, &redated)); /* nothing was amended */
    f.service.rules.calendar = &later;
    assert_int_equal(OD_OK, office_step(&f.file, &redated));
    assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_REDATED, CORE_TASKS_MAX, CORE_CLOCK_STATUTORY));
    assert_true(office_has_notice(&f.file, CORE_NOTICE_REDATED));
    assert_int_equal(2, f.file.effects.count);
    f.service.rules.calendar = &amended;
    f.service.rules.statutory.calendar = &later; /* the whole counts by its own */
    assert_int_equal(OD_OK, office_step(&f.file, &redated));
    for (unsigned i = 0; i < 3; i++)
        assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_REDATED, i, CORE_CLOCK_STATUTORY));
    assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_REDATED, 0, CORE_CLOCK_WATCH));
    assert_false(office_has_notice(&f.file, CORE_NOTICE_REDATED));
    assert_int_equal(4, f.file.effects.count);
    assert_int_equal(in_2024(3, 19), task_of(&f, 1)->clocks[CORE_CLOCK_STATUTORY].due);
    office_file_fini(&f.file);
}

/* -- The end of a limit: D-9 -- */

static void the_end_of_the_whole_ends_every_task(void **state)
{
    static const struct {
        enum core_expiry expiry;
        enum core_outcome outcome;
    } rows[] = {
        {CORE_EXPIRY_NONE, CORE_OUTCOME_NONE},
        {CORE_EXPIRY_DEEMED_CONSENT, CORE_OUTCOME_APPROVED},
        {CORE_EXPIRY_DEEMED_GRANT, CORE_OUTCOME_APPROVED},
        {CORE_EXPIRY_DEEMED_RENEWAL, CORE_OUTCOME_APPROVED},
        {CORE_EXPIRY_DEEMED_REFUSAL, CORE_OUTCOME_REJECTED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f);
        f.service.rules.expiry = (uint8_t)rows[i].expiry;
        f.service.matters[1].after = 1; /* blocked to the end */
        f.service.matters[2].statutory = (struct core_limit){0};
        begin(&f);
        office_tell(&f.file, CORE_ASKED, 2);
        office_wait(&f.file, in_2024(4, 23)); /* the 45th day */
        assert_false(office_has_effect(&f.file, CORE_EFFECT_DECIDED, CORE_TASKS_MAX));
        office_wait(&f.file, in_2024(4, 24));
        assert_true(application_of(&f)->clocks[CORE_CLOCK_STATUTORY].is_overdue);
        assert_int_equal(rows[i].outcome, application_of(&f)->outcome);
        assert_int_equal(rows[i].expiry != CORE_EXPIRY_NONE, application_of(&f)->is_deemed);
        for (unsigned t = 0; t < 3 && rows[i].expiry != CORE_EXPIRY_NONE; t++)
            assert_true(task_of(&f, t)->state == CORE_TASK_DONE && task_of(&f, t)->is_deemed);
        office_file_fini(&f.file);
    }
}

/* A limit that starts before its task can begin may end before it could. */
static void silence_of_a_blocked_task_is_deemed_too(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[1].after = 1;
    f.service.matters[1].statutory.start = CORE_START_ACCEPTANCE;
    f.service.matters[1].expiry = CORE_EXPIRY_DEEMED_CONSENT;
    begin(&f);
    assert_int_equal(CORE_TASK_BLOCKED, task_of(&f, 1)->state);
    office_wait(&f.file, in_2024(3, 19));
    assert_int_equal(CORE_TASK_DONE, task_of(&f, 1)->state);
    assert_int_equal(CORE_OPINION_APPROVE, task_of(&f, 1)->opinion);
    assert_false(office_has_effect(&f.file, CORE_EFFECT_QUEUE, 1));
    office_file_fini(&f.file);
}

/* W-4: a task may be late although the whole is in time. */
static void a_late_stage_is_on_record_though_the_whole_is_in_time(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[1].promised = office_limit(5);
    begin(&f);
    office_wait(&f.file, in_2024(2, 26));
    assert_false(application_of(&f)->is_late_stage);
    office_sleep(&f.file, in_2024(2, 27), 600); /* nobody was woken: the opinion itself finds it */
    for (unsigned i = 0; i < 3; i++)
        office_opine(&f.file, i, CORE_OPINION_APPROVE);
    assert_int_equal(CORE_STATUS_DECIDED, application_of(&f)->status);
    assert_false(application_of(&f)->clocks[CORE_CLOCK_STATUTORY].is_overdue);
    assert_true(application_of(&f)->is_late_stage);
    office_file_fini(&f.file);
}

/* Art. 44: ten days from the decision, told once, and met by the delivery. */
static void the_delivery_has_its_own_clock(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.rules.delivery = office_limit(10);
    f.service.rules.delivery.warn_days = 2;
    begin(&f);
    for (unsigned i = 0; i < 3; i++)
        office_opine(&f.file, i, CORE_OPINION_APPROVE);
    assert_int_equal(in_2024(3, 4), application_of(&f)->delivery.due);
    f.file.trace_size = 0;
    office_wait(&f.file, in_2024(3, 10));
    assert_string_equal("02-29 woken > decided, delivery of all yellow\n03-05 woken > decided, delivery of all overdue\n",
                        f.file.trace);
    office_tell(&f.file, CORE_CLOSED, 0);
    assert_int_equal(CORE_CLOCK_MET, application_of(&f)->delivery.state);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    office_file_fini(&f.file);
}

/* -- Downtimes: what the law makes of time it makes whoever was awake -- */

static void live_through(struct fixture *fixture, bool is_awake)
{
    set_up(fixture);
    fixture->service.rules.promised = office_limit(30);
    fixture->service.matters[0].expiry = CORE_EXPIRY_DEEMED_CONSENT;
    fixture->service.matters[1].after = 1;
    fixture->service.matters[2].statutory.warn_days = 3;
    begin(fixture);
    office_wait(&fixture->file, in_2024(3, 1));
    if (is_awake)
        office_wait(&fixture->file, in_2024(3, 19)); /* 0 is deemed, 1 is queued on that day */
    office_sleep(&fixture->file, in_2024(3, 19), 600);
    office_wait(&fixture->file, in_2024(3, 19));
}

static void a_late_waking_gives_the_same_dates(void **state)
{
    struct fixture awake, asleep;

    (void)state;
    live_through(&awake, true);
    live_through(&asleep, false);
    for (unsigned i = 0; i < 3; i++) {
        const struct core_task *a = task_of(&awake, i), *b = task_of(&asleep, i);
        assert_int_equal(a->state, b->state);
        assert_int_equal(a->opinion, b->opinion);
        assert_int_equal(a->clocks[CORE_CLOCK_STATUTORY].due, b->clocks[CORE_CLOCK_STATUTORY].due);
        assert_int_equal(a->clocks[CORE_CLOCK_STATUTORY].is_overdue, b->clocks[CORE_CLOCK_STATUTORY].is_overdue);
    }
    assert_true(task_of(&awake, 2)->clocks[CORE_CLOCK_STATUTORY].is_warned);
    assert_false(task_of(&asleep, 2)->clocks[CORE_CLOCK_STATUTORY].is_warned); /* W-2: red already */
    office_file_fini(&awake.file);
    office_file_fini(&asleep.file);
}

/* Three days too late, a lapse is the same lapse. */
static void a_late_lapse_is_the_same(void **state)
{
    (void)state;
    for (int days = 0; days < 4; days += 3) {
        struct fixture f;
        set_up(&f);
        f.service.rules.supplement = office_limit(5);
        office_receive(&f.file, 7, false);
        office_sleep(&f.file, in_2024(2, 27) + days, 0);
        office_wait(&f.file, in_2024(2, 27) + days);
        assert_int_equal(CORE_STATUS_LAPSED, application_of(&f)->status);
        assert_true(office_has_notice(&f.file, CORE_NOTICE_LAPSED));
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
        cmocka_unit_test(a_hearing_is_announced_in_time),
        cmocka_unit_test(an_extension_of_the_whole_is_told),
        cmocka_unit_test(a_late_request_for_extension_counts_as_late),
        cmocka_unit_test(a_promise_is_not_extended_past_the_statute),
        cmocka_unit_test(only_a_moved_date_of_the_whole_is_told_to_the_applicant),
        cmocka_unit_test(the_end_of_the_whole_ends_every_task),
        cmocka_unit_test(silence_of_a_blocked_task_is_deemed_too),
        cmocka_unit_test(a_late_stage_is_on_record_though_the_whole_is_in_time),
        cmocka_unit_test(the_delivery_has_its_own_clock),
        cmocka_unit_test(a_late_waking_gives_the_same_dates),
        cmocka_unit_test(a_late_lapse_is_the_same),
    };

    return cmocka_run_group_tests_name("review", tests, NULL, NULL);
}
