/* SPDX-License-Identifier: Apache-2.0 */
/* What moves and ends the dates of the review: extensions (K-11, K-12), amended calendars (C-6), what the end of a
 * limit means (D-9), the delivery, and downtimes. */
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

static int pause_for(struct fixture *fixture, int32_t days)
{
    struct core_event event = {.type = CORE_PAUSED, .pause_kind = CORE_PAUSE_INSPECTION, .expected_days = days};

    return office_step(&fixture->file, &event);
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

/* K-12 asks for a statute that runs: where there is none, or none yet, the promise is the center's own. */
static void a_promise_without_a_statute_is_free(void **state)
{
    (void)state;
    for (int is_held = 0; is_held < 2; is_held++) {
        struct fixture f;
        set_up(&f);
        f.service.matters[0].promised = office_limit(18);
        f.service.matters[0].promised.extend = (struct core_extend){.times_max = 1, .length_max = 10};
        f.service.matters[0].statutory.not_started_until = CORE_START_TAKEN;
        if (!is_held)
            f.service.matters[0].statutory = (struct core_limit){0};
        office_receive(&f.file, 7, true);
        assert_int_equal(is_held ? CORE_CLOCK_NOT_STARTED : CORE_CLOCK_NONE,
                         task_of(&f, 0)->clocks[CORE_CLOCK_STATUTORY].state);
        assert_int_equal(OD_OK, office_extend(&f.file, 0, CORE_CLOCK_PROMISED, 10, CORE_RANK_HEAD));
        office_file_fini(&f.file);
    }
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

/* The clocks that stand alone move as well; what is told of them is their own notice's matter. */
static void a_time_to_complete_is_redated(void **state)
{
    static const core_day off[] = {19780}; /* 2024-02-27 */
    static const struct core_calendar amended = {.holidays = off, .holiday_count = 1, .weekend = 0x60, .published_until = CORE_DAY_MAX};
    struct core_event redated = {.type = CORE_REDATED};
    struct fixture f;

    (void)state;
    for (int is_unchecked = 0; is_unchecked < 2; is_unchecked++) {
        struct core_event received = {
            .type = CORE_RECEIVED,
            .received = {.id = 1, .included = 7, .intake = is_unchecked ? CORE_INTAKE_UNCHECKED : CORE_INTAKE_NONE}};
        set_up(&f);
        f.service.rules.supplement = f.service.rules.intake = office_limit(10);
        assert_int_equal(OD_OK, office_step(&f.file, &received));
        f.service.rules.calendar = &amended;
        assert_int_equal(OD_OK, office_step(&f.file, &redated));
        assert_int_equal(1, f.file.effects.count);
        assert_true(office_has_clock_effect(&f.file, CORE_EFFECT_REDATED, CORE_TASKS_MAX,
                                            is_unchecked ? CORE_CLOCK_INTAKE : CORE_CLOCK_SUPPLEMENT));
        const struct core_clock *moved = is_unchecked ? &application_of(&f)->intake : &application_of(&f)->supplement;
        assert_int_equal(in_2024(3, 5), moved->due);
        office_file_fini(&f.file);
    }
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

/* Both run out on one day: what the whole means goes before what the matter means. */
static void the_effect_of_the_whole_goes_first(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.rules.statutory = office_limit(20);
    f.service.rules.expiry = CORE_EXPIRY_DEEMED_GRANT;
    f.service.matters[0].expiry = CORE_EXPIRY_DEEMED_REFUSAL;
    begin(&f);
    office_wait(&f.file, in_2024(3, 19));
    assert_int_equal(CORE_OUTCOME_APPROVED, application_of(&f)->outcome);
    assert_int_equal(CORE_OPINION_APPROVE, task_of(&f, 0)->opinion);
    office_file_fini(&f.file);
}

/* A wake in civil minutes and one in UTC; whichever comes. */
static void a_wake_is_due_by_either_time(void **state)
{
    static const struct core_time noon = {.ms = INT64_C(1700000000000), .day = 19676, .minute = 720};
    core_minute civil = INT64_C(19676) * CORE_DAY_MINUTES + 720, utc = INT64_C(1700000000000) / 60000;

    (void)state;
    assert_true(core_wake_is_due(&(struct core_wake){civil, INT64_MAX}, &noon));
    assert_false(core_wake_is_due(&(struct core_wake){civil + 1, INT64_MAX}, &noon));
    assert_true(core_wake_is_due(&(struct core_wake){INT64_MAX, utc}, &noon));
    assert_false(core_wake_is_due(&(struct core_wake){INT64_MAX, utc + 1}, &noon));
    assert_false(core_wake_is_due(&(struct core_wake){INT64_MAX, INT64_MAX}, &noon));
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
        cmocka_unit_test(an_extension_of_the_whole_is_told),
        cmocka_unit_test(a_late_request_for_extension_counts_as_late),
        cmocka_unit_test(a_promise_is_not_extended_past_the_statute),
        cmocka_unit_test(a_promise_without_a_statute_is_free),
        cmocka_unit_test(only_a_moved_date_of_the_whole_is_told_to_the_applicant),
        cmocka_unit_test(a_time_to_complete_is_redated),
        cmocka_unit_test(the_end_of_the_whole_ends_every_task),
        cmocka_unit_test(the_effect_of_the_whole_goes_first),
        cmocka_unit_test(a_wake_is_due_by_either_time),
        cmocka_unit_test(silence_of_a_blocked_task_is_deemed_too),
        cmocka_unit_test(a_late_stage_is_on_record_though_the_whole_is_in_time),
        cmocka_unit_test(the_delivery_has_its_own_clock),
        cmocka_unit_test(a_late_waking_gives_the_same_dates),
        cmocka_unit_test(a_late_lapse_is_the_same),
    };

    return cmocka_run_group_tests_name("review", tests, NULL, NULL);
}
