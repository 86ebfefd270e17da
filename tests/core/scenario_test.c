/* SPDX-License-Identifier: Apache-2.0 */
/* Whole lives of an application as text: what came in > the status, what went out.
 * 2024-02-08 is the Thursday before the Spring Festival; 02-10 to 02-17 are off,
 * Sunday 02-18 is worked. */
#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
};

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* Two or more matters, each with 5 promised and 20 statutory working days. */
static void set_up(struct fixture *fixture, unsigned matter_count)
{
    office_service_init(&fixture->service, matter_count);
    for (unsigned i = 0; i < matter_count; i++) {
        fixture->service.matters[i].promised = office_limit(5);
        fixture->service.matters[i].statutory = office_limit(20);
        fixture->service.matters[i].pause_kinds = UINT32_MAX;
    }
    office_file_init(&fixture->file, &fixture->service, in_2024(2, 8));
}

static void check_trace(struct fixture *fixture, const char *expected)
{
    assert_string_equal(expected, fixture->file.trace);
    office_file_fini(&fixture->file);
}

static void lose(struct fixture *fixture, unsigned task, uint32_t epoch, bool may_repeat,
                 bool is_crash)
{
    struct core_event event = {
        .type = CORE_SESSION_LOST,
        .task = task,
        .failed = {.epoch = epoch, .may_repeat = may_repeat, .is_crash = is_crash}};

    assert_int_equal(OD_OK, office_step(&fixture->file, &event));
}

/* D-1, D-3: all offers are out before the first opinion. */
static void three_departments_approve_in_parallel(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 3);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 7, SESSION);
    office_accept(&f.file, 2);
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    office_wait(&f.file, in_2024(2, 18));
    office_opine(&f.file, 2, CORE_OPINION_APPROVE_WITH_CONDITIONS);
    office_opine(&f.file, 1, CORE_OPINION_APPROVE);
    office_tell(&f.file, CORE_CLOSED, 0);
    check_trace(&f, "02-08 received > in_review, taken in, queue 0, queue 1, queue 2, notice accepted\n"
                    "02-08 offered 0 1 2 > in_review\n"
                    "02-08 accepted 2 > in_review\n"
                    "02-08 opined 0 approve > in_review, release 0\n"
                    "02-18 opined 2 approve_with_conditions > in_review, release 2\n"
                    "02-18 opined 1 approve > decided, release 1, decided "
                    "approved_with_conditions, notice decided\n"
                    "02-18 closed > closed\n");
}

/* T-2: 1 after 0, 2 after 1; the middle matter does not apply (I-14). */
static void a_chain_goes_on_past_a_skipped_matter(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 4);
    f.service.matters[1].after = 1;
    f.service.matters[2].after = 2;
    f.service.matters[3].after = 4;
    office_receive(&f.file, 0xd, true);
    office_offer(&f.file, 1, SESSION);
    office_offer(&f.file, 4, SESSION);
    office_opine(&f.file, 2, CORE_OPINION_REJECT);
    office_offer(&f.file, 8, 0);
    office_tell(&f.file, CORE_TAKEN, 3);
    office_opine(&f.file, 3, CORE_OPINION_APPROVE);
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    assert_int_equal(CORE_TASK_SKIPPED, f.file.application->tasks[1].state);
    check_trace(
        &f, "02-08 received > in_review, taken in, queue 0, queue 2, notice accepted\n"
            "02-08 offered 0 > in_review\n"
            "02-08 offered 2 > in_review\n"
            "02-08 opined 2 reject > in_review, release 2, queue 3\n"
            "02-08 offered 3 > in_review\n"
            "02-08 taken 3 > in_review\n"
            "02-08 opined 3 approve > in_review, release 3\n"
            "02-08 opined 0 approve > decided, release 0, decided rejected, notice decided\n");
}

/* D-8 and D-10: who has it in hand is told, what comes afterwards is kept. */
static void a_veto_stops_the_rest(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 5);
    f.service.rules.policy = CORE_POLICY_VETO;
    f.service.rules.stops_on_veto = true;
    f.service.matters[1].has_veto = true;
    f.service.matters[4].after = 8;
    office_receive(&f.file, 0x1f, true);
    office_offer(&f.file, 3, SESSION);
    office_offer(&f.file, 4, 0);
    office_accept(&f.file, 0);
    office_opine(&f.file, 1, CORE_OPINION_REJECT);
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    office_tell(&f.file, CORE_CANCEL_CONFIRMED, 0);
    assert_true(f.file.application->is_flagged);
    assert_true(f.file.application->tasks[0].has_late_opinion);
    check_trace(
        &f, "02-08 received > in_review, taken in, queue 0, queue 1, queue 2, queue 3, notice accepted\n"
            "02-08 offered 0 1 > in_review\n"
            "02-08 offered 2 > in_review\n"
            "02-08 accepted 0 > in_review\n"
            "02-08 opined 1 reject > decided, release 1, cancel 0, release 2, release 3, "
            "decided rejected, notice decided\n"
            "02-08 opined 0 approve > decided, late opinion 0\n"
            "02-08 cancel_confirmed 0 > decided, release 0\n");
}

/* K-3, D-9 (none): escalated, once for each clock, and still waited for. */
static void a_silent_department_is_overdue_but_not_answered_for(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 2);
    f.service.rules.promised = office_limit(10);
    office_receive(&f.file, 3, true);
    office_offer(&f.file, 3, SESSION);
    office_opine(&f.file, 1, CORE_OPINION_APPROVE);
    office_wait(&f.file, in_2024(4, 1));
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    check_trace(
        &f, "02-08 received > in_review, taken in, queue 0, queue 1, notice accepted\n"
            "02-08 offered 0 1 > in_review\n"
            "02-08 opined 1 approve > in_review, release 1\n"
            "02-22 woken > in_review, promise of 0 overdue\n"
            "02-29 woken > in_review, promise of all overdue\n"
            "03-14 woken > in_review, statute of 0 overdue\n"
            "04-01 opined 0 approve > decided, release 0, decided approved, notice decided\n");
}

/* T-5, T-6: 0 tells repeats apart, 1 does not, 2 had accepted. */
static void a_lost_session_is_redelivered_parked_or_resumed(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 3);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 7, SESSION);
    office_accept(&f.file, 2);
    lose(&f, 0, SESSION, true, true);
    lose(&f, 1, SESSION, false, true);
    lose(&f, 2, SESSION, true, true);
    office_offer(&f.file, 1, 8);
    lose(&f, 0, 8, true, true);
    struct core_event resumed = {.type = CORE_RESUMED, .task = 2, .epoch = 8};
    assert_int_equal(OD_OK, office_step(&f.file, &resumed));
    office_opine(&f.file, 2, CORE_OPINION_APPROVE);
    office_tell(&f.file, CORE_TAKEN, 0);
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    office_tell(&f.file, CORE_REQUEUED, 1);
    office_offer(&f.file, 2, 9);
    office_opine(&f.file, 1, CORE_OPINION_APPROVE);
    check_trace(
        &f, "02-08 received > in_review, taken in, queue 0, queue 1, queue 2, notice accepted\n"
            "02-08 offered 0 1 2 > in_review\n"
            "02-08 accepted 2 > in_review\n"
            "02-08 session_lost 0 > in_review, queue 0\n"
            "02-08 session_lost 1 > in_review, park 1 effect_unknown\n"
            "02-08 session_lost 2 > in_review\n"
            "02-08 offered 0 > in_review\n"
            "02-08 session_lost 0 > in_review, park 0 poison\n"
            "02-08 resumed 2 > in_review\n"
            "02-08 opined 2 approve > in_review, release 2\n"
            "02-08 taken 0 > in_review\n"
            "02-08 opined 0 approve > in_review, release 0\n"
            "02-08 requeued 1 > in_review, queue 1\n"
            "02-08 offered 1 > in_review\n"
            "02-08 opined 1 approve > decided, release 1, decided approved, notice decided\n");
}

/* I-7. */
static void the_applicant_withdraws(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 3);
    f.service.matters[2].after = 3;
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, SESSION);
    office_opine(&f.file, 0, CORE_OPINION_APPROVE);
    office_offer(&f.file, 2, SESSION);
    office_wait(&f.file, in_2024(2, 20));
    office_tell(&f.file, CORE_WITHDRAWN, 0);
    office_opine(&f.file, 1, CORE_OPINION_APPROVE);
    assert_int_equal(CORE_OUTCOME_NONE, f.file.application->outcome);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    check_trace(&f, "02-08 received > in_review, taken in, queue 0, queue 1, notice accepted\n"
                    "02-08 offered 0 > in_review\n"
                    "02-08 opined 0 approve > in_review, release 0\n"
                    "02-08 offered 1 > in_review\n"
                    "02-20 withdrawn > withdrawn, cancel 1, notice withdrawn\n"
                    "02-20 opined 1 approve > withdrawn, late opinion 1\n");
}

/* I-2, I-3, I-5: incomplete, half completed, complete; the review starts only then. */
static void an_incomplete_application_is_completed(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 1);
    f.service.rules.statutory = office_limit(20);
    f.service.rules.supplement = office_limit(10);
    office_receive(&f.file, 1, false);
    assert_int_equal(in_2024(2, 28), f.file.application->supplement.due);
    assert_int_equal(CORE_CLOCK_NOT_STARTED,
                     f.file.application->clocks[CORE_CLOCK_STATUTORY].state);
    office_wait(&f.file, in_2024(2, 19));
    office_supplement(&f.file, false, 0);
    office_wait(&f.file, in_2024(2, 28));
    office_supplement(&f.file, true, 0);
    assert_int_equal(CORE_CLOCK_MET, f.file.application->supplement.state);
    assert_int_equal(in_2024(2, 28), f.file.application->accepted_day);
    assert_int_equal(in_2024(3, 27), f.file.application->clocks[CORE_CLOCK_STATUTORY].due);
    check_trace(&f, "02-08 received > incomplete, notice incomplete\n"
                    "02-19 supplemented > incomplete\n"
                    "02-28 supplemented > in_review, taken in, queue 0, notice accepted\n");
}

/* I-6. */
static void an_incomplete_application_lapses(void **state)
{
    struct fixture f;
    struct core_event late = {.type = CORE_SUPPLEMENTED, .supplemented = {.is_complete = true}};

    (void)state;
    set_up(&f, 1);
    f.service.rules.supplement = office_limit(10);
    office_receive(&f.file, 1, false);
    f.file.now.day = in_2024(2, 29);
    assert_int_equal(OD_ESTATE, office_step(&f.file, &late)); /* nobody was woken yet */
    office_wait(&f.file, in_2024(3, 5));
    assert_int_equal(OD_ESTATE, office_step(&f.file, &late));
    assert_int_equal(CORE_CLOCK_STOPPED, f.file.application->supplement.state);
    check_trace(&f, "02-08 received > incomplete, notice incomplete\n"
                    "02-29 supplemented > error -11\n"
                    "02-29 woken > lapsed, supplement of all overdue, notice lapsed\n"
                    "03-05 supplemented > error -11\n");
}

/* I-1. */
static void nothing_is_required(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 2);
    office_receive(&f.file, 0, true);
    check_trace(&f, "02-08 received > not_accepted, notice not_required\n");
}

/* D-9: silence is consent for 0, while it is queued, and refusal for 1; 2 waits for both. */
static void silence_is_deemed_an_opinion(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 3);
    f.service.rules.policy = CORE_POLICY_PARTIAL;
    f.service.matters[0].expiry = CORE_EXPIRY_DEEMED_CONSENT;
    f.service.matters[1].expiry = CORE_EXPIRY_DEEMED_REFUSAL;
    f.service.matters[2].expiry = CORE_EXPIRY_DEEMED_GRANT;
    f.service.matters[2].after = 3;
    f.service.matters[2].promised = (struct core_limit){0};
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 2, SESSION);
    office_accept(&f.file, 1);
    office_wait(&f.file, in_2024(3, 20));
    office_offer(&f.file, 4, SESSION);
    assert_int_equal(
        OD_EEXIST, office_step(&f.file, &(struct core_event){.type = CORE_OPINED,
                                                             .task = 1,
                                                             .opinion = CORE_OPINION_REJECT}));
    office_wait(&f.file, in_2024(4, 30));
    assert_true(f.file.application->is_deemed);
    check_trace(&f, "02-08 received > in_review, taken in, queue 0, queue 1, notice accepted\n"
                    "02-08 offered 1 > in_review\n"
                    "02-08 accepted 1 > in_review\n"
                    "02-22 woken > in_review, promise of 0 overdue, promise of 1 overdue\n"
                    "03-14 woken > in_review, statute of 0 overdue, release 0, statute of 1 "
                    "overdue, release 1, queue 2\n"
                    "03-20 offered 2 > in_review\n"
                    "03-20 opined 1 reject > error -18\n"
                    "04-13 woken > decided, statute of 2 overdue, release 2, decided "
                    "partially_approved, notice decided\n");
}

/* K-4: a hearing over the Spring Festival moves the due day by the days worked in it. */
static void a_pause_over_the_holiday(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 1);
    f.service.matters[0].promised = (struct core_limit){0};
    office_receive(&f.file, 1, true);
    office_offer(&f.file, 1, SESSION);
    office_accept(&f.file, 0);
    office_wait(&f.file, in_2024(2, 9));
    office_pause(&f.file, 0, CORE_PAUSE_HEARING);
    assert_int_equal(INT64_MAX, office_wake(&f.file));
    office_wait(&f.file, in_2024(2, 19));
    office_tell(&f.file, CORE_UNPAUSED, 0);
    office_wait(&f.file, in_2024(3, 20));
    check_trace(&f, "02-08 received > in_review, taken in, queue 0, notice accepted\n"
                    "02-08 offered 0 > in_review\n"
                    "02-08 accepted 0 > in_review\n"
                    "02-09 paused 0 hearing > in_review, notice paused\n"
                    "02-19 unpaused 0 > in_review, notice resumed\n"
                    "03-16 woken > in_review, statute of 0 overdue\n");
}

/* D-2. */
static void nobody_finds_it_applicable(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, 2);
    office_receive(&f.file, 3, true);
    office_offer(&f.file, 3, SESSION);
    office_opine(&f.file, 0, CORE_OPINION_NOT_APPLICABLE);
    office_opine(&f.file, 1, CORE_OPINION_NOT_APPLICABLE);
    assert_true(f.file.application->is_flagged);
    check_trace(&f, "02-08 received > in_review, taken in, queue 0, queue 1, notice accepted\n"
                    "02-08 offered 0 1 > in_review\n"
                    "02-08 opined 0 not_applicable > in_review, release 0\n"
                    "02-08 opined 1 not_applicable > decided, release 1, decided not_required, "
                    "notice decided\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_departments_approve_in_parallel),
        cmocka_unit_test(a_chain_goes_on_past_a_skipped_matter),
        cmocka_unit_test(a_veto_stops_the_rest),
        cmocka_unit_test(a_silent_department_is_overdue_but_not_answered_for),
        cmocka_unit_test(a_lost_session_is_redelivered_parked_or_resumed),
        cmocka_unit_test(the_applicant_withdraws),
        cmocka_unit_test(an_incomplete_application_is_completed),
        cmocka_unit_test(an_incomplete_application_lapses),
        cmocka_unit_test(nothing_is_required),
        cmocka_unit_test(silence_is_deemed_an_opinion),
        cmocka_unit_test(a_pause_over_the_holiday),
        cmocka_unit_test(nobody_finds_it_applicable),
    };

    return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
