/* SPDX-License-Identifier: Apache-2.0 */
/* Rules T-3 to T-10, T-13 and T-14: who has a task, and what a broken link means. */
#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
};

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* Three tasks without limits, all pause kinds; the tests add what they need before the receipt.
 */
static void set_up(struct fixture *fixture)
{
    office_service_init(&fixture->service, 3);
    for (unsigned i = 0; i < 3; i++)
        fixture->service.matters[i].pause_kinds = UINT32_MAX;
    office_file_init(&fixture->file, &fixture->service, in_2024(2, 8));
}

static struct core_task *task_of(struct fixture *fixture, unsigned index)
{
    return &fixture->file.application->tasks[index];
}

static int break_link(struct fixture *fixture, enum core_effect_known known, bool may_repeat,
                      bool is_final)
{
    return office_step(&fixture->file,
                       &(struct core_event){.type = CORE_FAILED,
                                            .failed = {.effect_known = (uint8_t)known,
                                                       .may_repeat = may_repeat,
                                                       .is_final = is_final}});
}

static int lose(struct fixture *fixture, bool may_repeat, bool is_crash)
{
    return office_step(&fixture->file, &(struct core_event){.type = CORE_SESSION_LOST,
                                                            .failed = {.epoch = SESSION,
                                                                       .may_repeat = may_repeat,
                                                                       .is_crash = is_crash}});
}

static int resume(struct fixture *fixture, uint32_t epoch)
{
    return office_step(&fixture->file,
                       &(struct core_event){.type = CORE_RESUMED, .epoch = epoch});
}

/* T-3. */
static void an_offer_names_its_owner_and_counts(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 3, SESSION);
    office_offer(&f.file, 4, 0);
    assert_int_equal(SESSION, task_of(&f, 0)->epoch);
    assert_int_equal(1, task_of(&f, 0)->attempt);
    assert_true(task_of(&f, 2)->is_by_officer);
    assert_int_equal(0, task_of(&f, 2)->epoch);
    office_tell(&f.file, CORE_GIVEN_BACK, 0);
    assert_int_equal(0, task_of(&f, 0)->attempt);
    assert_int_equal(0, task_of(&f, 0)->epoch);
    assert_true(office_has_effect(&f.file, CORE_EFFECT_QUEUE, 0));
    office_file_fini(&f.file);
}

/* T-4: what the failure of an offer says, and what follows. */
static void a_failed_offer_says_what_it_did(void **state)
{
    static const struct {
        enum core_effect_known known;
        bool may_repeat, is_final;
        enum core_task_state state;
        enum core_park_reason reason;
        unsigned failures;
        bool is_redelivered;
    } rows[] = {
        {CORE_EFFECT_NOT_DONE, false, false, CORE_TASK_QUEUED, CORE_PARK_NONE, 1, false},
        {CORE_EFFECT_NOT_DONE, true, false, CORE_TASK_QUEUED, CORE_PARK_NONE, 1, false},
        {CORE_EFFECT_NOT_DONE, true, true, CORE_TASK_PARKED, CORE_PARK_RETRIES_EXHAUSTED, 0,
         false},
        {CORE_EFFECT_DONE, false, false, CORE_TASK_ACCEPTED, CORE_PARK_NONE, 0, false},
        {CORE_EFFECT_DONE, true, true, CORE_TASK_PARKED, CORE_PARK_RETRIES_EXHAUSTED, 0, false},
        {CORE_EFFECT_UNKNOWN, true, false, CORE_TASK_QUEUED, CORE_PARK_NONE, 1, true},
        {CORE_EFFECT_UNKNOWN, false, false, CORE_TASK_PARKED, CORE_PARK_EFFECT_UNKNOWN, 0,
         false},
        {CORE_EFFECT_UNKNOWN, true, true, CORE_TASK_PARKED, CORE_PARK_RETRIES_EXHAUSTED, 0,
         false},
        {CORE_EFFECT_UNKNOWN, false, true, CORE_TASK_PARKED, CORE_PARK_EFFECT_UNKNOWN, 0,
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f);
        office_receive(&f.file, 7, true);
        office_offer(&f.file, 1, SESSION);
        assert_int_equal(OD_OK,
                         break_link(&f, rows[i].known, rows[i].may_repeat, rows[i].is_final));
        assert_int_equal(rows[i].state, task_of(&f, 0)->state);
        assert_int_equal(rows[i].reason, task_of(&f, 0)->park_reason);
        assert_int_equal(rows[i].failures, task_of(&f, 0)->failures);
        assert_int_equal(rows[i].is_redelivered, task_of(&f, 0)->is_redelivered);
        assert_int_equal(0, task_of(&f, 0)->epoch);
        assert_int_equal(rows[i].state == CORE_TASK_QUEUED,
                         office_has_effect(&f.file, CORE_EFFECT_QUEUE, 0));
        assert_int_equal(rows[i].state == CORE_TASK_PARKED,
                         office_has_effect(&f.file, CORE_EFFECT_PARK, 0));
        office_file_fini(&f.file);
    }
}

/* T-4: an accept counts failures anew and ends the doubt; later failures never resubmit. */
static void an_accepted_task_is_never_offered_again(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, SESSION);
    assert_int_equal(OD_OK, break_link(&f, CORE_EFFECT_UNKNOWN, true, false));
    office_offer(&f.file, 1, SESSION);
    assert_true(task_of(&f, 0)->is_redelivered);
    office_accept(&f.file, 0);
    assert_false(task_of(&f, 0)->is_redelivered);
    assert_int_equal(0, task_of(&f, 0)->failures);
    assert_int_equal(2, task_of(&f, 0)->attempt);
    assert_int_equal(OD_OK, break_link(&f, CORE_EFFECT_NOT_DONE, true, false));
    assert_int_equal(CORE_TASK_ACCEPTED, task_of(&f, 0)->state);
    assert_int_equal(0, task_of(&f, 0)->epoch);
    assert_int_equal(1, task_of(&f, 0)->failures);
    assert_int_equal(OD_OK, resume(&f, 8));
    assert_int_equal(OD_OK, break_link(&f, CORE_EFFECT_DONE, true, true));
    assert_int_equal(CORE_PARK_RETRIES_EXHAUSTED, task_of(&f, 0)->park_reason);
    office_file_fini(&f.file);
}

/* T-5 and T-7. */
static void a_lost_session_keeps_what_was_accepted(void **state)
{
    static const enum core_event_type events[] = {CORE_ACCEPTED, CORE_PAUSED, CORE_ASKED};
    static const enum core_task_state states[] = {CORE_TASK_ACCEPTED, CORE_TASK_PAUSED,
                                                  CORE_TASK_WAITING_APPLICANT};

    (void)state;
    for (size_t i = 0; i < COUNT(states); i++) {
        struct fixture f;
        set_up(&f);
        office_receive(&f.file, 7, true);
        office_offer(&f.file, 1, SESSION);
        office_accept(&f.file, 0);
        if (events[i] == CORE_PAUSED)
            office_pause(&f.file, 0, CORE_PAUSE_TESTING);
        else if (events[i] == CORE_ASKED)
            office_tell(&f.file, CORE_ASKED, 0);
        assert_int_equal(OD_OK, lose(&f, false, true));
        assert_int_equal(states[i], task_of(&f, 0)->state);
        assert_int_equal(0, task_of(&f, 0)->epoch);
        assert_int_equal(1, task_of(&f, 0)->crashes);
        assert_int_equal(OD_ESTALE, lose(&f, false, false));
        assert_int_equal(OD_OK, resume(&f, 8));
        assert_int_equal(8, task_of(&f, 0)->epoch);
        assert_int_equal(OD_ESTALE, lose(&f, false, false));
        assert_int_equal(states[i], task_of(&f, 0)->state);
        office_opine(&f.file, 0, CORE_OPINION_APPROVE); /* T-7: an opinion is not fenced */
        office_file_fini(&f.file);
    }
}

/* T-5: an offer's effect is unknown when its session is lost. */
static void a_lost_session_leaves_an_offer_in_doubt(void **state)
{
    (void)state;
    for (int may_repeat = 0; may_repeat < 2; may_repeat++) {
        struct fixture f;
        set_up(&f);
        office_receive(&f.file, 7, true);
        office_offer(&f.file, 1, SESSION);
        assert_int_equal(OD_OK, lose(&f, may_repeat, false));
        assert_int_equal(may_repeat ? CORE_TASK_QUEUED : CORE_TASK_PARKED,
                         task_of(&f, 0)->state);
        assert_int_equal(may_repeat, task_of(&f, 0)->is_redelivered);
        assert_int_equal(may_repeat ? CORE_PARK_NONE : CORE_PARK_EFFECT_UNKNOWN,
                         task_of(&f, 0)->park_reason);
        assert_int_equal(0, task_of(&f, 0)->crashes);
        office_file_fini(&f.file);
    }
}

/* T-6: also when one crash met the offer and the other the accepted task. */
static void two_crashes_park_the_task(void **state)
{
    (void)state;
    for (int is_accepted = 0; is_accepted < 2; is_accepted++) {
        struct fixture f;
        set_up(&f);
        office_receive(&f.file, 7, true);
        office_offer(&f.file, 1, SESSION);
        assert_int_equal(OD_OK, lose(&f, true, true));
        assert_int_equal(CORE_TASK_QUEUED, task_of(&f, 0)->state);
        office_offer(&f.file, 1, SESSION);
        if (is_accepted)
            office_accept(&f.file, 0);
        assert_int_equal(OD_OK, lose(&f, true, true));
        assert_int_equal(CORE_TASK_PARKED, task_of(&f, 0)->state);
        assert_int_equal(CORE_PARK_POISON, task_of(&f, 0)->park_reason);
        assert_int_equal(2, task_of(&f, 0)->crashes);
        office_tell(&f.file, CORE_REQUEUED, 0); /* T-14: an officer gives it another chance */
        assert_int_equal(0, task_of(&f, 0)->crashes);
        assert_true(task_of(&f, 0)->is_redelivered);
        assert_true(office_has_effect(&f.file, CORE_EFFECT_QUEUE, 0));
        office_file_fini(&f.file);
    }
}

/* The counts of a task stop at their end and do not begin anew. */
static void counts_do_not_wrap(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, SESSION);
    task_of(&f, 0)->attempt = UINT16_MAX;
    task_of(&f, 0)->failures = UINT16_MAX;
    assert_int_equal(OD_OK, break_link(&f, CORE_EFFECT_UNKNOWN, true, false));
    assert_int_equal(UINT16_MAX, task_of(&f, 0)->failures);
    office_offer(&f.file, 1, SESSION);
    assert_int_equal(UINT16_MAX, task_of(&f, 0)->attempt);
    task_of(&f, 0)->crashes = UINT8_MAX;
    assert_int_equal(OD_OK, lose(&f, true, true));
    assert_int_equal(UINT8_MAX, task_of(&f, 0)->crashes);
    f.file.application->notices = UINT8_MAX;
    office_tell(&f.file, CORE_TAKEN, 0);
    office_tell(&f.file, CORE_ASKED, 0);
    office_wait(&f.file, in_2024(2, 9));
    assert_true(office_has_effect(&f.file, CORE_EFFECT_SECOND_NOTICE, CORE_TASKS_MAX));
    assert_int_equal(UINT8_MAX, f.file.application->notices);
    office_file_fini(&f.file);
}

/* T-8. */
static void parking_stops_no_clock(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[0].promised = office_limit(5);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, SESSION);
    assert_int_equal(OD_OK, break_link(&f, CORE_EFFECT_NOT_DONE, false, true));
    office_wait(&f.file, in_2024(2, 22));
    assert_true(office_has_effect(&f.file, CORE_EFFECT_OVERDUE, 0));
    assert_int_equal(CORE_TASK_PARKED, task_of(&f, 0)->state);
    office_tell(&f.file, CORE_TAKEN, 0); /* T-13 */
    assert_true(task_of(&f, 0)->is_by_officer);
    office_file_fini(&f.file);
}

/* T-9: by whom the open tasks are held when the applicant withdraws. */
static void cancelling_is_owed_to_a_connector(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[2].after = 2;
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, SESSION);
    office_offer(&f.file, 2, 0);
    office_tell(&f.file, CORE_WITHDRAWN, 0);
    assert_true(task_of(&f, 0)->is_cancel_owed);
    assert_int_equal(SESSION, task_of(&f, 0)->epoch);
    assert_true(office_has_effect(&f.file, CORE_EFFECT_CANCEL, 0));
    assert_false(office_has_effect(&f.file, CORE_EFFECT_RELEASE, 0));
    assert_false(task_of(&f, 1)->is_cancel_owed);
    assert_true(office_has_effect(&f.file, CORE_EFFECT_RELEASE, 1));
    assert_false(office_has_effect(&f.file, CORE_EFFECT_RELEASE, 2)); /* was only blocked */
    assert_int_equal(OD_OK, lose(&f, true, true));                    /* still owed */
    assert_true(task_of(&f, 0)->is_cancel_owed);
    assert_int_equal(0, task_of(&f, 0)->epoch);
    office_tell(&f.file, CORE_CANCEL_CONFIRMED, 0);
    assert_false(task_of(&f, 0)->is_cancel_owed);
    assert_true(office_has_effect(&f.file, CORE_EFFECT_RELEASE, 0));
    office_file_fini(&f.file);
}

/* T-10. */
static void an_answer_is_owed_until_it_is_handed_over(void **state)
{
    struct fixture f;
    struct core_event answered = {.type = CORE_SUPPLEMENTED, .supplemented = {.answered = 3}};

    (void)state;
    set_up(&f);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, SESSION);
    office_offer(&f.file, 2, 0);
    for (unsigned i = 0; i < 2; i++) {
        office_accept(&f.file, i);
        office_tell(&f.file, CORE_ASKED, i);
    }
    assert_int_equal(OD_OK, office_step(&f.file, &answered));
    assert_true(task_of(&f, 0)->is_input_owed);
    assert_true(office_has_effect(&f.file, CORE_EFFECT_INPUT, 0));
    assert_false(task_of(&f, 1)->is_input_owed); /* the officer reads it in the file */
    assert_false(office_has_effect(&f.file, CORE_EFFECT_INPUT, 1));
    assert_int_equal(OD_OK, lose(&f, false, false));
    assert_int_equal(OD_OK, resume(&f, 8));
    assert_true(
        office_has_effect(&f.file, CORE_EFFECT_INPUT, 0)); /* again, to the new session */
    office_tell(&f.file, CORE_INPUT_HANDED, 0);
    assert_false(task_of(&f, 0)->is_input_owed);
    office_file_fini(&f.file);
}

/* T-13 and T-14. */
static void an_officer_takes_from_the_worklist(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 3, 0);
    office_tell(&f.file, CORE_TAKEN, 0);
    assert_int_equal(CORE_TASK_ACCEPTED, task_of(&f, 0)->state);
    assert_true(task_of(&f, 0)->is_by_officer);
    office_tell(&f.file, CORE_REQUEUED, 1); /* the department gets a connector */
    assert_int_equal(CORE_TASK_QUEUED, task_of(&f, 1)->state);
    assert_false(task_of(&f, 1)->is_by_officer);
    assert_false(task_of(&f, 1)->is_redelivered); /* nobody had begun */
    assert_true(office_has_effect(&f.file, CORE_EFFECT_RELEASE, 1));
    assert_true(office_has_effect(&f.file, CORE_EFFECT_QUEUE, 1));
    office_file_fini(&f.file);
}

/* T-15: the department goes back to paper while its connector's tasks are live. */
static void officers_take_over_what_a_connector_left(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    office_receive(&f.file, 7, true);
    office_offer(&f.file, 1, 9);
    office_tell(&f.file, CORE_ACCEPTED, 0);
    core_day due = task_of(&f, 0)->clocks[CORE_CLOCK_PROMISED].due;
    struct core_event lost = {.type = CORE_SESSION_LOST, .failed = {.epoch = 9}};
    assert_int_equal(OD_OK, office_step(&f.file, &lost));
    office_tell(&f.file, CORE_TAKEN_OVER, 0);
    assert_int_equal(CORE_TASK_ACCEPTED, task_of(&f, 0)->state);
    assert_true(task_of(&f, 0)->is_by_officer);
    assert_int_equal(due, task_of(&f, 0)->clocks[CORE_CLOCK_PROMISED].due);
    office_file_fini(&f.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_names_its_owner_and_counts),
        cmocka_unit_test(a_failed_offer_says_what_it_did),
        cmocka_unit_test(an_accepted_task_is_never_offered_again),
        cmocka_unit_test(a_lost_session_keeps_what_was_accepted),
        cmocka_unit_test(a_lost_session_leaves_an_offer_in_doubt),
        cmocka_unit_test(two_crashes_park_the_task),
        cmocka_unit_test(counts_do_not_wrap),
        cmocka_unit_test(parking_stops_no_clock),
        cmocka_unit_test(cancelling_is_owed_to_a_connector),
        cmocka_unit_test(an_answer_is_owed_until_it_is_handed_over),
        cmocka_unit_test(an_officer_takes_from_the_worklist),
        cmocka_unit_test(officers_take_over_what_a_connector_left),
    };

    return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
