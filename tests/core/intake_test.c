/* SPDX-License-Identifier: Apache-2.0 */
/* The law of the intake: tolerance (I-8), an officer's look and acceptance by silence (I-9), one notice for what
 * everybody misses (I-10), and where clocks start from it (S-1 to S-3). */
#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
};

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* Three matters, 20 days each and 45 for the whole; five days to tell what is missing, ten to complete it. */
static void set_up(struct fixture *fixture, core_day today)
{
    office_service_init(&fixture->service, 3);
    fixture->service.rules.statutory = office_limit(45);
    fixture->service.rules.intake = office_limit(5);
    fixture->service.rules.supplement = office_limit(10);
    fixture->service.rules.tolerance = office_limit(15);
    fixture->service.rules.closes_minute = 1020;
    for (unsigned i = 0; i < 3; i++)
        fixture->service.matters[i].statutory = office_limit(20);
    office_file_init(&fixture->file, &fixture->service, today);
}

static void receive(struct fixture *fixture, enum core_intake intake)
{
    struct core_event event = {.type = CORE_RECEIVED,
                               .received = {.id = 1, .included = 7, .is_complete = true, .intake = (uint8_t)intake}};

    assert_int_equal(OD_OK, office_step(&fixture->file, &event));
}

static int look(struct fixture *fixture, core_task_set tasks, core_task_set lacking)
{
    struct core_event event = {.type = CORE_CHECKED, .checked = {.tasks = tasks, .lacking = lacking}};

    return office_step(&fixture->file, &event);
}

static int find(struct fixture *fixture, enum core_intake intake)
{
    struct core_event event = {.type = CORE_CHECKED, .checked = {.intake = (uint8_t)intake}};

    return office_step(&fixture->file, &event);
}

static struct core_application *application_of(struct fixture *fixture)
{
    return fixture->file.application;
}

/* -- What a look may find (I-1, I-9) -- */

static void five_outcomes_are_lawful(void **state)
{
    static const struct {
        enum core_intake intake;
        enum core_status status;
        enum core_notice notice;
        enum core_task_state tasks;
        bool is_after_a_look;
    } rows[] = {
        {CORE_INTAKE_NOT_REQUIRED, CORE_STATUS_NOT_ACCEPTED, CORE_NOTICE_NOT_REQUIRED, CORE_TASK_CANCELLED, false},
        {CORE_INTAKE_NOT_COMPETENT, CORE_STATUS_NOT_ACCEPTED, CORE_NOTICE_NOT_COMPETENT, CORE_TASK_CANCELLED, false},
        {CORE_INTAKE_CORRECTABLE, CORE_STATUS_INCOMPLETE, CORE_NOTICE_CORRECTABLE, CORE_TASK_BLOCKED, false},
        {CORE_INTAKE_NONE, CORE_STATUS_IN_REVIEW, CORE_NOTICE_ACCEPTED, CORE_TASK_QUEUED, false},
        {CORE_INTAKE_NOT_REQUIRED, CORE_STATUS_NOT_ACCEPTED, CORE_NOTICE_NOT_REQUIRED, CORE_TASK_CANCELLED, true},
        {CORE_INTAKE_NOT_COMPETENT, CORE_STATUS_NOT_ACCEPTED, CORE_NOTICE_NOT_COMPETENT, CORE_TASK_CANCELLED, true},
        {CORE_INTAKE_CORRECTABLE, CORE_STATUS_INCOMPLETE, CORE_NOTICE_CORRECTABLE, CORE_TASK_BLOCKED, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f, in_2024(2, 19));
        receive(&f, rows[i].is_after_a_look ? CORE_INTAKE_UNCHECKED : rows[i].intake);
        if (rows[i].is_after_a_look)
            assert_int_equal(OD_OK, find(&f, rows[i].intake));
        assert_int_equal(rows[i].status, application_of(&f)->status);
        assert_true(office_has_notice(&f.file, rows[i].notice));
        assert_int_equal(rows[i].tasks, application_of(&f)->tasks[0].state);
        assert_int_equal(rows[i].is_after_a_look ? CORE_CLOCK_MET : CORE_CLOCK_NONE, application_of(&f)->intake.state);
        if (rows[i].status == CORE_STATUS_NOT_ACCEPTED)
            assert_int_equal(INT64_MAX, office_wake(&f.file));
        office_file_fini(&f.file);
    }
}

static void what_began_at_the_receipt_ends_with_the_refusal(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19));
    f.service.rules.statutory.start = CORE_START_RECEIPT;
    receive(&f, CORE_INTAKE_UNCHECKED);
    assert_int_equal(CORE_CLOCK_RUNNING, application_of(&f)->clocks[CORE_CLOCK_STATUTORY].state);
    assert_int_equal(OD_OK, find(&f, CORE_INTAKE_NOT_COMPETENT));
    assert_int_equal(CORE_CLOCK_STOPPED, application_of(&f)->clocks[CORE_CLOCK_STATUTORY].state);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    office_file_fini(&f.file);
}

/* -- An officer looks first (I-9, I-10) -- */

static void a_look_in_time_accepts_on_its_day(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 8));
    receive(&f, CORE_INTAKE_UNCHECKED);
    assert_true(office_has_notice(&f.file, CORE_NOTICE_RECEIVED));
    assert_int_equal(in_2024(2, 21), application_of(&f)->intake.due);
    assert_int_equal(CORE_TASK_BLOCKED, application_of(&f)->tasks[0].state);
    office_wait(&f.file, in_2024(2, 20));
    assert_int_equal(OD_OK, look(&f, 3, 0));
    assert_int_equal(CORE_STATUS_RECEIVED, application_of(&f)->status);
    assert_int_equal(0, f.file.effects.count);
    assert_int_equal(OD_OK, look(&f, 4, 0));
    assert_int_equal(CORE_STATUS_IN_REVIEW, application_of(&f)->status);
    assert_int_equal(in_2024(2, 20), application_of(&f)->accepted_day);
    assert_false(application_of(&f)->is_accepted_by_silence);
    assert_int_equal(CORE_CLOCK_MET, application_of(&f)->intake.state);
    office_file_fini(&f.file);
}

/* I-9: the law accepts, as of the receipt; a short limit may be over already. */
static void silence_accepts_as_of_the_receipt(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 8));
    f.service.matters[0].statutory = office_limit(5);
    f.service.matters[0].expiry = CORE_EXPIRY_DEEMED_CONSENT;
    f.service.matters[1].after = 1;
    receive(&f, CORE_INTAKE_UNCHECKED);
    office_wait(&f.file, in_2024(2, 21));
    assert_int_equal(CORE_STATUS_RECEIVED, application_of(&f)->status);
    office_wait(&f.file, in_2024(2, 22));
    assert_true(application_of(&f)->is_accepted_by_silence && application_of(&f)->is_flagged);
    assert_int_equal(in_2024(2, 8), application_of(&f)->accepted_day);
    assert_int_equal(in_2024(2, 8), application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY].start);
    assert_int_equal(in_2024(2, 21), application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY].due);
    assert_int_equal(CORE_TASK_DONE, application_of(&f)->tasks[0].state); /* its limit was over when it was accepted */
    assert_int_equal(in_2024(2, 22), application_of(&f)->tasks[1].clocks[CORE_CLOCK_STATUTORY].start);
    assert_string_equal("02-08 received > received, notice received\n"
                        "02-22 woken > in_review, intake of all overdue, taken in, queue 0, queue 2, notice accepted\n"
                        "02-22 woken > in_review, statute of 0 overdue, release 0, queue 1\n", f.file.trace);
    office_file_fini(&f.file);
}

/* I-10: two departments miss something, on different days: one notice, when all have looked. */
static void one_notice_names_what_everybody_misses(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 8));
    receive(&f, CORE_INTAKE_UNCHECKED);
    assert_int_equal(OD_OK, look(&f, 1, 1));
    office_wait(&f.file, in_2024(2, 9));
    assert_int_equal(OD_OK, look(&f, 2, 2));
    assert_int_equal(OD_OK, look(&f, 2, 0)); /* on a second look it misses nothing */
    assert_int_equal(CORE_STATUS_RECEIVED, application_of(&f)->status);
    assert_int_equal(OD_OK, look(&f, 4, 4));
    assert_int_equal(CORE_STATUS_INCOMPLETE, application_of(&f)->status);
    assert_true(application_of(&f)->lacking == 5);
    assert_int_equal(1, application_of(&f)->notices);
    assert_int_equal(in_2024(2, 29), application_of(&f)->supplement.due); /* ten days from the notice */
    assert_string_equal("02-08 received > received, notice received\n02-08 checked > received\n"
                        "02-09 checked > received\n02-09 checked > received\n"
                        "02-09 checked > incomplete, notice incomplete\n", f.file.trace);
    office_file_fini(&f.file);
}

/* I-10: on the last day what is known is told, whoever has not looked yet; so nothing is accepted by silence. */
static void what_is_known_is_told_on_the_last_day(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 8));
    receive(&f, CORE_INTAKE_UNCHECKED);
    assert_int_equal(OD_OK, look(&f, 3, 2));
    assert_int_equal((core_minute)in_2024(2, 21) * CORE_DAY_MINUTES, office_wake(&f.file));
    office_wait(&f.file, in_2024(2, 20));
    assert_int_equal(CORE_STATUS_RECEIVED, application_of(&f)->status);
    office_wait(&f.file, in_2024(2, 21));
    assert_int_equal(CORE_STATUS_INCOMPLETE, application_of(&f)->status);
    assert_true(office_has_notice(&f.file, CORE_NOTICE_INCOMPLETE));
    assert_false(application_of(&f)->intake.is_overdue);
    office_file_fini(&f.file);
}

/* After a downtime the law is what it is: what was not told in time is accepted. */
static void a_downtime_over_the_last_day_is_silence(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 8));
    receive(&f, CORE_INTAKE_UNCHECKED);
    assert_int_equal(OD_OK, look(&f, 3, 2));
    office_sleep(&f.file, in_2024(2, 24), 600);
    office_wait(&f.file, in_2024(2, 24));
    assert_true(application_of(&f)->is_accepted_by_silence);
    assert_int_equal(in_2024(2, 8), application_of(&f)->accepted_day);
    office_file_fini(&f.file);
}

/* -- Tolerance (I-8) -- */

static void receive_tolerant(struct fixture *fixture, core_day until)
{
    struct core_event event = {.type = CORE_RECEIVED,
                               .received = {.id = 1, .included = 7, .is_complete = true, .tolerated_until = until}};

    assert_int_equal(OD_OK, office_step(&fixture->file, &event));
}

static void what_is_promised_in_time_ends_the_tolerance(void **state)
{
    struct fixture f;
    struct core_event met = {.type = CORE_SUPPLEMENTED, .supplemented = {.is_tolerated_met = true}};

    (void)state;
    set_up(&f, in_2024(2, 19));
    receive_tolerant(&f, in_2024(2, 25));
    assert_int_equal(CORE_STATUS_IN_REVIEW, application_of(&f)->status);
    assert_int_equal(in_2024(2, 25), application_of(&f)->tolerance.due); /* a Sunday: the day that was promised */
    office_wait(&f.file, in_2024(2, 25));
    assert_int_equal(OD_OK, office_step(&f.file, &met));
    assert_int_equal(CORE_CLOCK_MET, application_of(&f)->tolerance.state);
    assert_int_equal(OD_ESTATE, office_step(&f.file, &met)); /* nothing is promised any more */
    office_wait(&f.file, in_2024(3, 1));
    assert_int_equal(CORE_STATUS_IN_REVIEW, application_of(&f)->status);
    office_file_fini(&f.file);
}

static void a_tolerance_has_its_limits(void **state)
{
    static const struct {
        int32_t days;
        int answer;
    } rows[] = {{-1, OD_EINVAL}, {0, OD_EINVAL}, {1, OD_OK}, {CORE_LIMIT_DAYS_MAX, OD_OK}, {CORE_LIMIT_DAYS_MAX + 1, OD_EINVAL}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        struct core_event event = {.type = CORE_RECEIVED, .received = {.id = 1, .included = 7, .is_complete = true}};
        set_up(&f, in_2024(2, 19));
        event.received.tolerated_until = in_2024(2, 19) + rows[i].days;
        assert_int_equal(rows[i].answer, office_step(&f.file, &event));
        office_file_fini(&f.file);
    }
}

static void what_was_promised_and_never_came_ends_the_application(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19));
    receive_tolerant(&f, in_2024(2, 25));
    office_offer(&f.file, 1, SESSION);
    office_accept(&f.file, 0);
    office_wait(&f.file, in_2024(2, 27));
    assert_int_equal(CORE_STATUS_LAPSED, application_of(&f)->status);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    assert_string_equal("02-19 received > in_review, taken in, queue 0, queue 1, queue 2, notice accepted\n"
                        "02-19 offered 0 > in_review\n02-19 accepted 0 > in_review\n"
                        "02-26 woken > lapsed, tolerance of all overdue, cancel 0, release 1, release 2, notice lapsed\n",
                        f.file.trace);
    office_file_fini(&f.file);
}

/* -- What starts a clock (S-1), from which day (S-2), from which minute (S-3) -- */

static void a_clock_starts_by_its_event(void **state)
{
    static const struct {
        enum core_start start, held;
        bool is_retroactive;
        int day, due_day; /* of February, five days; received on the 19th, accepted on the 20th, taken on the 21st */
        const char *why;
    } rows[] = {
        {CORE_START_DEFAULT, CORE_START_DEFAULT, false, 20, 27, "workable with the acceptance"},
        {CORE_START_RECEIPT, CORE_START_DEFAULT, false, 19, 26, "runs from the receipt"},
        {CORE_START_ACCEPTANCE, CORE_START_DEFAULT, false, 20, 27, "from the acceptance"},
        {CORE_START_TAKEN, CORE_START_DEFAULT, false, 21, 28, "from when the department has it"},
        {CORE_START_RECEIPT, CORE_START_ACCEPTANCE, false, 20, 27, "held back: complete documents first"},
        {CORE_START_RECEIPT, CORE_START_ACCEPTANCE, true, 19, 26, "held back, and counted from the receipt"},
        {CORE_START_RECEIPT, CORE_START_TAKEN, true, 19, 26, "the same until it is taken"},
        {CORE_START_ACCEPTANCE, CORE_START_TAKEN, true, 20, 27, "counted from the acceptance"},
        {CORE_START_ACCEPTANCE, CORE_START_TAKEN, false, 21, 28, "held back until it is taken"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f, in_2024(2, 19));
        f.service.matters[0].statutory = (struct core_limit){.unit = CORE_UNIT_WORKING_DAY,
                                                             .length = 5,
                                                             .start = (uint8_t)rows[i].start,
                                                             .not_started_until = (uint8_t)rows[i].held,
                                                             .is_retroactive = rows[i].is_retroactive};
        receive(&f, CORE_INTAKE_UNCHECKED);
        office_wait(&f.file, in_2024(2, 20));
        assert_int_equal(OD_OK, look(&f, 7, 0));
        office_offer(&f.file, 1, SESSION);
        office_wait(&f.file, in_2024(2, 21));
        office_accept(&f.file, 0);
        const struct core_clock *clock = &application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY];
        if (clock->start != in_2024(2, rows[i].day) || clock->due != in_2024(2, rows[i].due_day))
            fail_msg("%s: from %+d", rows[i].why, (int)(clock->start - in_2024(2, 19)));
        office_file_fini(&f.file);
    }
}

/* What runs from the receipt may be late before anything is accepted; silence means nothing yet. */
static void a_limit_from_the_receipt_may_be_late_before_the_acceptance(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19));
    f.service.rules.supplement = (struct core_limit){0};
    f.service.rules.statutory = f.service.matters[0].statutory =
        (struct core_limit){.unit = CORE_UNIT_WORKING_DAY, .length = 3, .start = CORE_START_RECEIPT};
    f.service.rules.expiry = f.service.matters[0].expiry = CORE_EXPIRY_DEEMED_GRANT;
    office_receive(&f.file, 7, false);
    office_wait(&f.file, in_2024(2, 27));
    assert_string_equal("02-19 received > incomplete, notice incomplete\n"
                        "02-23 woken > incomplete, statute of all overdue, statute of 0 overdue\n", f.file.trace);
    assert_true(application_of(&f)->is_late_stage);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    office_file_fini(&f.file);
}

/* S-3, and the minute of closing: Friday 02-23, 24 hours. */
static void hours_begin_when_the_office_opens(void **state)
{
    static const struct {
        int32_t minute;
        int32_t opens_minute;
        bool rolls;
        int due_day, due_minute;
        const char *why;
    } rows[] = {
        {1019, 540, true, 24, 1019, "16:59: at once, over the Saturday"},
        {1020, 540, true, 27, 540, "17:00: from nine o'clock on Monday"},
        {1020, 510, true, 27, 510, "or half past eight"},
        {1020, 540, false, 24, 1020, "no rolling at all"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f, in_2024(2, 23));
        f.file.offset = 480;
        f.file.now.ms = 0;
        office_sleep(&f.file, in_2024(2, 23), rows[i].minute);
        f.service.rules.rolls_receipt = rows[i].rolls;
        f.service.rules.opens_minute = rows[i].opens_minute;
        f.service.rules.statutory = f.service.rules.intake = (struct core_limit){.unit = CORE_UNIT_HOUR, .length = 24};
        receive(&f, CORE_INTAKE_NONE);
        core_minute due = (core_minute)in_2024(2, rows[i].due_day) * CORE_DAY_MINUTES + rows[i].due_minute - 480;
        if (application_of(&f)->clocks[CORE_CLOCK_STATUTORY].due_minute != due)
            fail_msg("%s: %+d minutes", rows[i].why,
                     (int)(application_of(&f)->clocks[CORE_CLOCK_STATUTORY].due_minute - due));
        office_file_fini(&f.file);

        set_up(&f, in_2024(2, 23)); /* the same for the time to look */
        f.file.offset = 480;
        f.file.now.ms = 0;
        office_sleep(&f.file, in_2024(2, 23), rows[i].minute);
        f.service.rules.rolls_receipt = rows[i].rolls;
        f.service.rules.opens_minute = rows[i].opens_minute;
        f.service.rules.intake = (struct core_limit){.unit = CORE_UNIT_HOUR, .length = 24};
        receive(&f, CORE_INTAKE_UNCHECKED);
        assert_int_equal(due, application_of(&f)->intake.due_minute);
        office_file_fini(&f.file);
    }
}

/* I-6 in hours: the minute after the last one is too late, though nobody was woken. */
static void a_time_to_complete_in_hours_ends_to_the_minute(void **state)
{
    (void)state;
    for (int32_t late = 0; late < 2; late++) {
        struct fixture f;
        struct core_event answer = {.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true}};
        set_up(&f, in_2024(2, 19)); /* ten o'clock */
        f.service.rules.supplement = (struct core_limit){.unit = CORE_UNIT_HOUR, .length = 2};
        office_receive(&f.file, 7, false);
        office_sleep(&f.file, in_2024(2, 19), 720 + late);
        assert_int_equal(late ? OD_ESTATE : OD_OK, office_step(&f.file, &answer));
        office_file_fini(&f.file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_outcomes_are_lawful),
        cmocka_unit_test(what_began_at_the_receipt_ends_with_the_refusal),
        cmocka_unit_test(a_look_in_time_accepts_on_its_day),
        cmocka_unit_test(silence_accepts_as_of_the_receipt),
        cmocka_unit_test(one_notice_names_what_everybody_misses),
        cmocka_unit_test(what_is_known_is_told_on_the_last_day),
        cmocka_unit_test(a_downtime_over_the_last_day_is_silence),
        cmocka_unit_test(what_is_promised_in_time_ends_the_tolerance),
        cmocka_unit_test(a_tolerance_has_its_limits),
        cmocka_unit_test(what_was_promised_and_never_came_ends_the_application),
        cmocka_unit_test(a_clock_starts_by_its_event),
        cmocka_unit_test(a_limit_from_the_receipt_may_be_late_before_the_acceptance),
        cmocka_unit_test(hours_begin_when_the_office_opens),
        cmocka_unit_test(a_time_to_complete_in_hours_ends_to_the_minute),
    };

    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
