/* SPDX-License-Identifier: Apache-2.0 */
/* What departments ask of the applicant during the review: the requests of one day in one notice (I-11), the second
 * notice (I-12), and silence (I-13). */
#include <string.h>

#include "core/office.h"

#define DEPARTMENTS 5
#define CLOSING 1020

struct fixture {
    struct office_service service;
    struct office_file file;
};

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* Five departments that have their task in hand, the last one on the worklist; Monday 02-19, ten o'clock. */
static void set_up(struct fixture *fixture)
{
    office_service_init(&fixture->service, DEPARTMENTS);
    fixture->service.rules.closes_minute = CLOSING;
    fixture->service.rules.supplement = office_limit(10);
    fixture->service.rules.statutory = office_limit(45);
    for (unsigned i = 0; i < DEPARTMENTS; i++) {
        fixture->service.matters[i].statutory = office_limit(20);
        fixture->service.matters[i].pause_kinds = UINT32_MAX;
    }
    office_file_init(&fixture->file, &fixture->service, in_2024(2, 19));
    office_receive(&fixture->file, 0x1f, true);
    office_offer(&fixture->file, 0x0f, SESSION);
    office_offer(&fixture->file, 0x10, 0);
    for (unsigned i = 0; i < DEPARTMENTS; i++)
        office_tell(&fixture->file, i < 4 ? CORE_ACCEPTED : CORE_TAKEN, i);
    fixture->file.trace_size = 0;
}

static struct core_application *application_of(struct fixture *fixture)
{
    return fixture->file.application;
}

static void ask(struct fixture *fixture, unsigned task)
{
    office_tell(&fixture->file, CORE_ASKED, task);
}

static void check_trace(const struct fixture *fixture, const char *expected)
{
    assert_string_equal(expected, fixture->file.trace);
}

/* I-11: five ask on one day: exactly one notice, at closing, and the right clocks stand still from their own day. */
static void five_departments_ask_on_one_day(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (unsigned i = 0; i < DEPARTMENTS; i++) {
        ask(&f, i);
        assert_int_equal(0, f.file.effects.count);
    }
    assert_int_equal((core_minute)in_2024(2, 19) * CORE_DAY_MINUTES + CLOSING, office_wake(&f.file));
    office_wait(&f.file, in_2024(2, 20));
    check_trace(&f, "02-19 asked 0 > in_review\n02-19 asked 1 > in_review\n02-19 asked 2 > in_review\n"
                    "02-19 asked 3 > in_review\n02-19 asked 4 > in_review\n"
                    "02-19 woken > in_review, notice supplement\n");
    assert_int_equal(1, application_of(&f)->notices);
    assert_false(application_of(&f)->is_flagged);
    assert_true(application_of(&f)->told == 0x1f);
    assert_int_equal(in_2024(3, 4), application_of(&f)->supplement.due);
    for (unsigned i = 0; i < DEPARTMENTS; i++)
        assert_int_equal(CORE_CLOCK_PAUSED, application_of(&f)->tasks[i].clocks[CORE_CLOCK_STATUTORY].state);
    assert_int_equal(CORE_CLOCK_RUNNING, application_of(&f)->clocks[CORE_CLOCK_STATUTORY].state); /* K-13 */
    office_wait(&f.file, in_2024(2, 22));
    office_supplement(&f.file, false, 0x1f);
    assert_int_equal(CORE_CLOCK_MET, application_of(&f)->supplement.state);
    assert_int_equal(in_2024(3, 21), application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY].due); /* 18 + 3 */
    office_file_fini(&f.file);
}

/* I-11: in the minute of closing and later: when the day ends. */
static void who_asks_after_closing_is_told_at_the_end_of_the_day(void **state)
{
    static const struct {
        int32_t minute, told_minute;
    } rows[] = {{CLOSING - 1, CLOSING}, {CLOSING, CORE_DAY_MINUTES}, {CORE_DAY_MINUTES - 1, CORE_DAY_MINUTES}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f);
        office_sleep(&f.file, in_2024(2, 19), rows[i].minute);
        ask(&f, 0);
        core_minute told = (core_minute)in_2024(2, 19) * CORE_DAY_MINUTES + rows[i].told_minute;
        assert_int_equal(told, application_of(&f)->notice_minute);
        assert_int_equal(told, office_wake(&f.file));
        office_wait(&f.file, in_2024(2, 20));
        assert_int_equal(1, application_of(&f)->notices);
        office_file_fini(&f.file);
    }
}

/* Two before closing and one after it: two notices on one evening, the second of which is flagged (I-12). */
static void the_second_notice_is_flagged(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    ask(&f, 0);
    office_wait_until(&f.file, in_2024(2, 19), CLOSING);
    assert_false(application_of(&f)->is_flagged);
    ask(&f, 1);
    office_wait(&f.file, in_2024(2, 20));
    assert_true(application_of(&f)->is_flagged);
    assert_int_equal(2, application_of(&f)->notices);
    check_trace(&f, "02-19 asked 0 > in_review\n02-19 woken > in_review, notice supplement\n"
                    "02-19 asked 1 > in_review\n02-20 woken > in_review, notice supplement, second notice\n");
    office_file_fini(&f.file);
}

/* I-12: completing what was incomplete was the first notice already. */
static void a_request_after_an_incomplete_application_is_the_second(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    memset(application_of(&f), 0, core_application_size(DEPARTMENTS));
    office_receive(&f.file, 0x1f, false);
    office_supplement(&f.file, true, 0);
    office_offer(&f.file, 1, SESSION);
    office_accept(&f.file, 0);
    ask(&f, 0);
    office_wait(&f.file, in_2024(2, 20));
    assert_true(office_has_effect(&f.file, CORE_EFFECT_SECOND_NOTICE, CORE_TASKS_MAX));
    office_file_fini(&f.file);
}

static void what_is_answered_before_closing_is_not_told(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    ask(&f, 0);
    ask(&f, 1);
    office_supplement(&f.file, false, 1);
    office_opine(&f.file, 1, CORE_OPINION_REJECT); /* the department needs it no more */
    assert_int_equal(0, application_of(&f)->notice_minute);
    assert_int_equal(CORE_CLOCK_NONE, application_of(&f)->supplement.state);
    office_wait(&f.file, in_2024(2, 26));
    assert_int_equal(0, application_of(&f)->notices);
    office_file_fini(&f.file);
}

static void only_who_still_waits_is_told(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    ask(&f, 0);
    ask(&f, 1);
    office_supplement(&f.file, false, 1);
    office_wait(&f.file, in_2024(2, 20));
    assert_true(application_of(&f)->told == 2);
    ask(&f, 0); /* again, on the next day: the notice names both, and the time runs anew */
    assert_true(application_of(&f)->told == 2);
    office_wait(&f.file, in_2024(2, 21));
    assert_true(application_of(&f)->told == 3);
    assert_int_equal(in_2024(3, 5), application_of(&f)->supplement.due);
    office_file_fini(&f.file);
}

/* I-13: who was told and is not answered goes on; who asked later waits for its own notice. */
static void silence_lets_the_departments_go_on(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    ask(&f, 0);
    ask(&f, 4);
    office_wait_until(&f.file, in_2024(3, 4), CLOSING + 30); /* the evening of the last day */
    ask(&f, 1);
    f.file.trace_size = 0;
    office_wait_until(&f.file, in_2024(3, 5), 0);
    check_trace(&f, "03-05 woken > in_review, supplement of all overdue, unanswered 0, input 0, unanswered 4, "
                    "notice supplement, second notice\n");
    assert_true(application_of(&f)->tasks[0].is_unanswered && application_of(&f)->tasks[0].is_input_owed);
    assert_true(application_of(&f)->tasks[4].is_unanswered && !application_of(&f)->tasks[4].is_input_owed);
    assert_int_equal(CORE_TASK_ACCEPTED, application_of(&f)->tasks[0].state);
    assert_int_equal(CORE_TASK_WAITING_APPLICANT, application_of(&f)->tasks[1].state);
    assert_int_equal(CORE_CLOCK_RUNNING, application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY].state);
    assert_true(application_of(&f)->told == 2);
    assert_int_equal(CORE_CLOCK_RUNNING, application_of(&f)->supplement.state);
    ask(&f, 0);
    assert_false(application_of(&f)->tasks[0].is_unanswered); /* it asks again */
    office_file_fini(&f.file);
}

/* Without a limit for the applicant they wait. */
static void without_a_limit_they_wait(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.rules.supplement = (struct core_limit){0};
    ask(&f, 0);
    office_wait(&f.file, in_2024(2, 28));
    assert_int_equal(CORE_CLOCK_NONE, application_of(&f)->supplement.state);
    assert_int_equal(CORE_TASK_WAITING_APPLICANT, application_of(&f)->tasks[0].state);
    office_file_fini(&f.file);
}

/* After three days without anybody: one notice, and the applicant's time runs from when it is told. */
static void a_downtime_costs_the_applicant_nothing(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    ask(&f, 0);
    office_sleep(&f.file, in_2024(2, 22), 480);
    office_wait(&f.file, in_2024(2, 22));
    assert_int_equal(1, application_of(&f)->notices);
    assert_int_equal(in_2024(3, 7), application_of(&f)->supplement.due);
    office_file_fini(&f.file);
}

/* With the end of the application nobody waits for an answer. */
static void an_end_forgets_the_requests(void **state)
{
    (void)state;
    for (int is_vetoed = 0; is_vetoed < 2; is_vetoed++) {
        struct fixture f;
        set_up(&f);
        f.service.rules.stops_on_veto = true;
        ask(&f, 0);
        office_wait(&f.file, in_2024(2, 20));
        ask(&f, 1);
        if (is_vetoed)
            office_opine(&f.file, 2, CORE_OPINION_REJECT);
        else
            office_tell(&f.file, CORE_WITHDRAWN, 0);
        assert_int_equal(0, application_of(&f)->notice_minute);
        assert_true(application_of(&f)->told == 0);
        assert_int_equal(CORE_CLOCK_STOPPED, application_of(&f)->supplement.state);
        assert_int_equal(INT64_MAX, office_wake(&f.file));
        office_file_fini(&f.file);
    }
}

/* K-10: an answer sets back what says so, of the task that got it. */
static void an_answer_may_set_a_clock_back(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[0].statutory.reset_on = 1u << CORE_RESET_SUPPLEMENTED;
    f.service.matters[1].statutory.reset_on = 1u << CORE_RESET_RESUMED;
    ask(&f, 0);
    ask(&f, 1);
    office_wait(&f.file, in_2024(2, 26));
    office_supplement(&f.file, false, 3);
    assert_int_equal(in_2024(2, 26), application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY].start);
    assert_int_equal(in_2024(3, 25), application_of(&f)->tasks[0].clocks[CORE_CLOCK_STATUTORY].due);
    assert_int_equal(in_2024(2, 19), application_of(&f)->tasks[1].clocks[CORE_CLOCK_STATUTORY].start);
    office_pause(&f.file, 1, CORE_PAUSE_HEARING);
    office_wait(&f.file, in_2024(2, 28));
    office_tell(&f.file, CORE_UNPAUSED, 1);
    assert_int_equal(in_2024(2, 28), application_of(&f)->tasks[1].clocks[CORE_CLOCK_STATUTORY].start);
    office_file_fini(&f.file);
}

/* CORE_STOPS_MAX on record are the most of one application; one more changes nothing. */
static void the_record_of_stops_has_an_end(void **state)
{
    struct fixture f;
    struct core_event asked = {.type = CORE_ASKED, .task = 1};
    struct core_event paused = {.type = CORE_PAUSED, .task = 1, .pause_kind = CORE_PAUSE_HEARING};
    struct core_application *before = test_malloc(core_application_size(DEPARTMENTS));

    (void)state;
    set_up(&f);
    for (unsigned i = 0; i < CORE_STOPS_MAX; i++) {
        office_pause(&f.file, 0, CORE_PAUSE_TESTING);
        office_tell(&f.file, CORE_UNPAUSED, 0);
        f.file.trace_size = 0;
    }
    assert_int_equal(CORE_STOPS_MAX, application_of(&f)->stop_count);
    memcpy(before, application_of(&f), core_application_size(DEPARTMENTS));
    assert_int_equal(OD_ELIMIT, office_step(&f.file, &asked));
    assert_int_equal(OD_ELIMIT, office_step(&f.file, &paused));
    assert_memory_equal(before, application_of(&f), core_application_size(DEPARTMENTS));
    assert_int_equal(0, f.file.effects.count);
    for (unsigned i = 0; i < DEPARTMENTS; i++)
        office_opine(&f.file, i, CORE_OPINION_APPROVE); /* it can still be decided */
    assert_int_equal(CORE_STATUS_DECIDED, application_of(&f)->status);
    test_free(before);
    office_file_fini(&f.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_departments_ask_on_one_day),
        cmocka_unit_test(who_asks_after_closing_is_told_at_the_end_of_the_day),
        cmocka_unit_test(the_second_notice_is_flagged),
        cmocka_unit_test(a_request_after_an_incomplete_application_is_the_second),
        cmocka_unit_test(what_is_answered_before_closing_is_not_told),
        cmocka_unit_test(only_who_still_waits_is_told),
        cmocka_unit_test(silence_lets_the_departments_go_on),
        cmocka_unit_test(without_a_limit_they_wait),
        cmocka_unit_test(a_downtime_costs_the_applicant_nothing),
        cmocka_unit_test(an_end_forgets_the_requests),
        cmocka_unit_test(an_answer_may_set_a_clock_back),
        cmocka_unit_test(the_record_of_stops_has_an_end),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
