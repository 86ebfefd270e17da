/* SPDX-License-Identifier: Apache-2.0 */
/* Rules T-1, T-2, T-11 and T-12, and the rules of clocks that need tasks: K-8, K-13, I-4. */
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

/* T-1 and the moves of an application, each table once more in words. */
static void moves_are_those_of_the_rule(void **state)
{
    static const char *const tasks[] = {
        /* to: NBQOAPWKDCS, K = parked */
        [CORE_TASK_NONE] = ".x.........",
        [CORE_TASK_BLOCKED] = "..x......xx",
        [CORE_TASK_QUEUED] = "...x....xx.",
        [CORE_TASK_OFFERED] = "..x.x..xxx.",
        [CORE_TASK_ACCEPTED] = ".....xxxxx.",
        [CORE_TASK_PAUSED] = "....x...xx.",
        [CORE_TASK_WAITING_APPLICANT] = "....x...xx.",
        [CORE_TASK_PARKED] = "..x.x...xx.",
        [CORE_TASK_DONE] = "...........",
        [CORE_TASK_CANCELLED] = "...........",
        [CORE_TASK_SKIPPED] = "...........",
    };
    static const char *const applications[] = {
        /* to: NIRDCWXLU, U = received and unchecked */
        [CORE_STATUS_NONE] = ".xx...x.x",         [CORE_STATUS_INCOMPLETE] = "..x..x.x.",
        [CORE_STATUS_IN_REVIEW] = "...x.x.x.",    [CORE_STATUS_DECIDED] = "....x....",
        [CORE_STATUS_CLOSED] = ".........",       [CORE_STATUS_WITHDRAWN] = ".........",
        [CORE_STATUS_NOT_ACCEPTED] = ".........", [CORE_STATUS_LAPSED] = ".........",
        [CORE_STATUS_RECEIVED] = ".xx..xx..",
    };

    (void)state;
    for (unsigned from = 0; from < COUNT(tasks); from++) {
        for (unsigned to = 0; to < COUNT(tasks); to++) {
            bool may = core_task_may_move((enum core_task_state)from, (enum core_task_state)to);
            assert_int_equal(tasks[from][to] == 'x', may);
        }
    }
    for (unsigned from = 0; from < COUNT(applications); from++) {
        for (unsigned to = 0; to < COUNT(applications); to++) {
            bool may = core_application_may_move((enum core_status)from, (enum core_status)to);
            assert_int_equal(applications[from][to] == 'x', may);
        }
    }
}

/* T-1: what belongs to a state ends with it. */
static void a_move_clears_what_belonged_to_the_state(void **state)
{
    struct core_task task = {.state = CORE_TASK_PAUSED,
                             .pause_kind = CORE_PAUSE_HEARING,
                             .epoch = 9,
                             .is_input_owed = true};

    (void)state;
    core_task_move(&task, CORE_TASK_ACCEPTED, 5);
    assert_int_equal(CORE_PAUSE_NONE, task.pause_kind);
    assert_int_equal(9, task.epoch);
    assert_true(task.is_input_owed);
    assert_int_equal(5, task.since_ms);
    core_task_move(&task, CORE_TASK_PARKED, 6);
    assert_int_equal(0, task.epoch);
    assert_false(task.is_input_owed);
    task.park_reason = CORE_PARK_POISON;
    core_task_move(&task, CORE_TASK_QUEUED, 7);
    assert_int_equal(CORE_PARK_NONE, task.park_reason);
    assert_int_equal(7, task.since_ms);
}

/* T-2: 1 waits for 0, 2 for 0 and 1. */
static void after_waits_for_any_final_opinion(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[1].after = 1;
    f.service.matters[2].after = 3;
    office_receive(&f.file, 7, true);
    assert_int_equal(CORE_TASK_BLOCKED, task_of(&f, 1)->state);
    office_offer(&f.file, 1, SESSION);
    struct core_event parked = {.type = CORE_PARKED, .park_reason = CORE_PARK_EFFECT_UNKNOWN};
    assert_int_equal(OD_OK, office_step(&f.file, &parked));
    assert_int_equal(CORE_TASK_PARKED, task_of(&f, 0)->state);
    assert_int_equal(CORE_TASK_BLOCKED, task_of(&f, 1)->state);
    office_opine(&f.file, 0, CORE_OPINION_REJECT);
    assert_int_equal(CORE_TASK_QUEUED, task_of(&f, 1)->state);
    assert_true(office_has_effect(&f.file, CORE_EFFECT_QUEUE, 1));
    assert_int_equal(CORE_TASK_BLOCKED, task_of(&f, 2)->state);
    office_file_fini(&f.file);

    set_up(&f); /* a skipped predecessor is met at once */
    f.service.matters[1].after = 1;
    f.service.matters[2].after = 3;
    office_receive(&f.file, 6, true);
    assert_int_equal(CORE_TASK_SKIPPED, task_of(&f, 0)->state);
    assert_int_equal(CORE_TASK_QUEUED, task_of(&f, 1)->state);
    assert_int_equal(CORE_TASK_BLOCKED, task_of(&f, 2)->state);
    office_file_fini(&f.file);
}

/* T-11 and I-4: received on the Friday before the festival, after hours. */
static void clocks_start_when_work_can_start(void **state)
{
    static const struct {
        int32_t minute, closes_minute;
        bool rolls;
        int month, day;
        const char *why;
    } rows[] = {
        {1019, 1020, true, 2, 9, "I-4: in the last minute"},
        {1020, 1020, true, 2, 18, "I-4: at closing time"},
        {1439, CORE_DAY_MINUTES, true, 2, 9, "no after-hours rule"},
        {1439, 1020, false, 2, 9, "no rolling at all"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f);
        f.service.rules.rolls_receipt = rows[i].rolls;
        f.service.rules.closes_minute = rows[i].closes_minute;
        f.service.rules.statutory = office_limit(20);
        f.service.matters[0].promised = office_limit(5);
        f.service.matters[1].promised = office_limit(5);
        f.service.matters[1].after = 1;
        f.file.now.day = in_2024(2, 9);
        f.file.now.minute = rows[i].minute;
        office_receive(&f.file, 7, true);
        core_day accepted = in_2024(rows[i].month, rows[i].day);
        if (f.file.application->accepted_day != accepted)
            fail_msg("%s", rows[i].why);
        assert_int_equal(in_2024(2, 9), f.file.application->received_day);
        assert_int_equal(accepted, f.file.application->clocks[CORE_CLOCK_STATUTORY].start);
        assert_int_equal(accepted, task_of(&f, 0)->clocks[CORE_CLOCK_PROMISED].start);
        assert_int_equal(CORE_CLOCK_NOT_STARTED,
                         task_of(&f, 1)->clocks[CORE_CLOCK_PROMISED].state);
        office_offer(&f.file, 1, SESSION);
        office_opine(&f.file, 0,
                     CORE_OPINION_APPROVE); /* T-11: not before the acceptance counts */
        assert_int_equal(accepted, task_of(&f, 1)->clocks[CORE_CLOCK_PROMISED].start);
        office_file_fini(&f.file);
    }
}

/* T-11: the successor's clock starts on the day of the predecessor's opinion. */
static void a_successor_starts_later(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.service.matters[1].promised = office_limit(5);
    f.service.matters[1].after = 1;
    office_receive(&f.file, 3, true);
    office_offer(&f.file, 1, SESSION);
    office_wait(&f.file, in_2024(2, 20));
    office_opine(&f.file, 0, CORE_OPINION_NOT_APPLICABLE);
    assert_int_equal(in_2024(2, 27), task_of(&f, 1)->clocks[CORE_CLOCK_PROMISED].due);
    office_file_fini(&f.file);
}

/* T-12: the kinds are bits. */
static void only_allowed_kinds_pause(void **state)
{
    (void)state;
    for (unsigned kind = CORE_PAUSE_HEARING; kind <= CORE_PAUSE_AUCTION; kind++) {
        for (unsigned allowed = CORE_PAUSE_HEARING; allowed <= CORE_PAUSE_AUCTION; allowed++) {
            struct fixture f;
            set_up(&f);
            f.service.matters[0].pause_kinds = 1u << allowed;
            office_receive(&f.file, 7, true);
            office_offer(&f.file, 1, SESSION);
            office_accept(&f.file, 0);
            int rc = office_step(&f.file, &(struct core_event){.type = CORE_PAUSED,
                                                               .pause_kind = (uint8_t)kind});
            assert_int_equal(kind == allowed ? OD_OK : OD_EINVAL, rc);
            office_file_fini(&f.file);
        }
    }
}

/* K-8 and K-13: two pauses that overlap, and a question to the applicant. */
static void joint_clocks_pause_for_the_union(void **state)
{
    struct fixture f;
    struct core_clock *joint;
    struct core_clock *own;

    (void)state;
    set_up(&f);
    f.service.rules.statutory = office_limit(20);
    for (unsigned i = 0; i < 3; i++)
        f.service.matters[i].statutory = office_limit(20);
    office_receive(&f.file, 7, true); /* 02-08: due 03-13 */
    joint = &f.file.application->clocks[CORE_CLOCK_STATUTORY];
    office_offer(&f.file, 7, SESSION);
    for (unsigned i = 0; i < 3; i++)
        office_accept(&f.file, i);
    office_wait(&f.file, in_2024(2, 19));
    office_pause(&f.file, 0, CORE_PAUSE_HEARING);
    office_tell(&f.file, CORE_ASKED, 2);
    office_wait(&f.file, in_2024(2, 20));
    office_pause(&f.file, 1, CORE_PAUSE_INSPECTION);
    office_wait(&f.file, in_2024(2, 21));
    office_tell(&f.file, CORE_UNPAUSED, 0);
    assert_int_equal(CORE_CLOCK_PAUSED, joint->state); /* K-8: task 1 is still paused */
    assert_int_equal(in_2024(3, 15), task_of(&f, 0)->clocks[CORE_CLOCK_STATUTORY].due);
    office_wait(&f.file, in_2024(2, 22));
    office_opine(&f.file, 1, CORE_OPINION_APPROVE); /* an opinion ends its pause as well */
    assert_int_equal(CORE_CLOCK_RUNNING, joint->state);
    assert_int_equal(in_2024(3, 18), joint->due); /* three working days, not 2 + 2 */
    own = &task_of(&f, 2)->clocks[CORE_CLOCK_STATUTORY];
    assert_int_equal(CORE_CLOCK_PAUSED, own->state); /* K-13: its own clock alone */
    struct core_event answered = {.type = CORE_SUPPLEMENTED, .supplemented = {.answered = 4}};
    office_wait(&f.file, in_2024(3, 1));
    assert_int_equal(OD_OK, office_step(&f.file, &answered));
    assert_int_equal(in_2024(3, 26), own->due);
    assert_int_equal(in_2024(3, 18), joint->due);
    office_file_fini(&f.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_are_those_of_the_rule),
        cmocka_unit_test(a_move_clears_what_belonged_to_the_state),
        cmocka_unit_test(after_waits_for_any_final_opinion),
        cmocka_unit_test(clocks_start_when_work_can_start),
        cmocka_unit_test(a_successor_starts_later),
        cmocka_unit_test(only_allowed_kinds_pause),
        cmocka_unit_test(joint_clocks_pause_for_the_union),
    };

    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
