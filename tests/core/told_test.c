/* SPDX-License-Identifier: Apache-2.0 */
/* When the applicant's time begins: with the notice, with its receipt, or by presumption (S-4 to S-7). */
#include "core/office.h"

struct fixture {
    struct office_service service;
    struct office_file file;
};

static core_day in_2024(int month, int day)
{
    return office_day(2024, month, day);
}

/* Ten working days to answer, once told; without a receipt after so many days. */
static void set_up(struct fixture *fixture, core_day today, int32_t told_after)
{
    office_service_init(&fixture->service, 2);
    fixture->service.rules.statutory = office_limit(45);
    fixture->service.rules.supplement = office_limit(10);
    fixture->service.rules.supplement.start = CORE_START_TOLD;
    fixture->service.rules.supplement.told_after = told_after;
    fixture->service.rules.closes_minute = 1020;
    for (unsigned i = 0; i < 2; i++)
        fixture->service.matters[i].statutory = office_limit(20);
    office_file_init(&fixture->file, &fixture->service, today);
}

static const struct core_application *application_of(const struct fixture *fixture)
{
    return fixture->file.application;
}

static int say_told(struct fixture *fixture, uint8_t notice)
{
    struct core_event event = {.type = CORE_TOLD, .notice = notice};

    return office_step(&fixture->file, &event);
}

static core_day until(const struct fixture *fixture)
{
    return core_answer_until(&fixture->service.rules, application_of(fixture));
}

/* S-4: from the receipt's day, not the notice's. */
static void a_receipt_starts_the_time(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19), 0);
    office_receive(&f.file, 3, false);
    assert_int_equal(CORE_CLOCK_NOT_STARTED, application_of(&f)->supplement.state);
    assert_int_equal(CORE_TELLING_AWAITED, application_of(&f)->telling);
    assert_int_equal(in_2024(2, 22), application_of(&f)->presumed_day);
    assert_int_equal(in_2024(3, 4), until(&f)); /* were he told today */
    office_wait(&f.file, in_2024(2, 20));
    assert_int_equal(OD_OK, say_told(&f, 1));
    assert_int_equal(CORE_TELLING_RECEIPT, application_of(&f)->telling);
    assert_int_equal(in_2024(3, 5), application_of(&f)->supplement.due);
    assert_int_equal(in_2024(3, 5), until(&f));
    assert_true(office_has_effect(&f.file, CORE_EFFECT_TOLD, CORE_TASKS_MAX));
    assert_int_equal(OD_EEXIST, say_told(&f, 1)); /* by a second way */
    office_wait(&f.file, in_2024(3, 6));
    assert_int_equal(CORE_STATUS_LAPSED, application_of(&f)->status);
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 2));
    office_file_fini(&f.file);
}

/* S-5: nothing waits for ever, and whoever is woken late counts from the same day. */
static void without_a_receipt_it_is_presumed(void **state)
{
    static const struct {
        int32_t told_after;
        int woken; /* of February */
        int presumed, due_month, due;
        const char *why;
    } rows[] = {
        {0, 22, 22, 3, 7, "three days by default"},
        {4, 23, 23, 3, 8, "four days by another law"},
        {0, 26, 22, 3, 7, "woken late: from the presumed day all the same"},
        {1, 20, 20, 3, 5, "the day after"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        set_up(&f, in_2024(2, 19), rows[i].told_after);
        office_receive(&f.file, 3, false);
        assert_int_equal((core_minute)in_2024(2, rows[i].presumed) * CORE_DAY_MINUTES, office_wake(&f.file));
        office_sleep(&f.file, in_2024(2, rows[i].woken), 0);
        office_tell(&f.file, CORE_WOKEN, 0);
        assert_int_equal(CORE_TELLING_PRESUMED, application_of(&f)->telling);
        assert_int_equal(in_2024(2, rows[i].presumed), application_of(&f)->supplement.start);
        if (application_of(&f)->supplement.due != in_2024(rows[i].due_month, rows[i].due))
            fail_msg("%s", rows[i].why);
        office_file_fini(&f.file);
    }
}

/* S-6. */
static void a_late_receipt_corrects_the_presumption(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19), 0);
    office_receive(&f.file, 3, false);
    office_wait(&f.file, in_2024(2, 22));
    assert_int_equal(OD_EEXIST, say_told(&f, 1)); /* the same day: nothing to correct */
    office_wait(&f.file, in_2024(2, 27));
    assert_int_equal(OD_OK, say_told(&f, 1));
    assert_int_equal(CORE_TELLING_RECEIPT, application_of(&f)->telling);
    assert_int_equal(in_2024(3, 12), application_of(&f)->supplement.due);
    office_file_fini(&f.file);

    set_up(&f, in_2024(2, 19), 0);
    office_receive(&f.file, 3, false);
    office_wait(&f.file, in_2024(2, 22));
    office_sleep(&f.file, in_2024(3, 8), 600); /* it ran out yesterday, and nobody was woken yet */
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 1));
    office_file_fini(&f.file);
}

/* S-7: what was said in person counts from the day on which it was, whoever writes it down later. */
static void a_telling_may_be_put_on_record_later(void **state)
{
    static const struct {
        int recorded, told; /* of February */
        int rc, due_month, due;
        const char *why;
    } rows[] = {
        {21, 20, OD_OK, 3, 5, "yesterday: from yesterday"},
        {21, 19, OD_OK, 3, 4, "on the day of the notice itself"},
        {21, 21, OD_OK, 3, 6, "today, said in so many words"},
        {21, 18, OD_EINVAL, 0, 0, "before there was a notice"},
        {21, 22, OD_EINVAL, 0, 0, "tomorrow"},
        {23, 21, OD_EEXIST, 3, 7, "before it was presumed: the presumption stays, and is later"},
        {27, 26, OD_OK, 3, 11, "later than it was presumed"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f;
        struct core_event event = {.type = CORE_TOLD, .notice = 1, .told_day = in_2024(2, rows[i].told)};

        set_up(&f, in_2024(2, 19), 0);
        office_receive(&f.file, 3, false);
        office_wait(&f.file, in_2024(2, rows[i].recorded));
        if (office_step(&f.file, &event) != rows[i].rc)
            fail_msg("%s", rows[i].why);
        core_day due = rows[i].due == 0 ? 0 : in_2024(rows[i].due_month, rows[i].due);
        if (due != 0 && application_of(&f)->supplement.due != due)
            fail_msg("%s", rows[i].why);
        if (due == 0)
            assert_int_equal(CORE_TELLING_AWAITED, application_of(&f)->telling);
        office_file_fini(&f.file);
    }
}

/* The receipt of an earlier notice starts nothing of a later one. */
static void each_notice_has_its_own_receipt(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19), 0);
    office_receive(&f.file, 3, true);
    office_offer(&f.file, 3, SESSION);
    office_accept(&f.file, 0);
    office_accept(&f.file, 1);
    office_tell(&f.file, CORE_ASKED, 0);
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 1)); /* not told yet: it goes out when the office closes */
    office_wait(&f.file, in_2024(2, 20));
    assert_int_equal(1, application_of(&f)->notices);
    office_supplement(&f.file, true, 1);
    assert_int_equal(CORE_CLOCK_MET, application_of(&f)->supplement.state);
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 1)); /* he answered before the receipt came */
    office_tell(&f.file, CORE_ASKED, 1);
    office_wait(&f.file, in_2024(2, 21));
    assert_int_equal(2, application_of(&f)->notices);
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 1));
    assert_int_equal(CORE_TELLING_AWAITED, application_of(&f)->telling);
    assert_int_equal(OD_OK, say_told(&f, 2));
    assert_int_equal(in_2024(3, 6), application_of(&f)->supplement.due);
    office_wait(&f.file, in_2024(3, 7)); /* I-13: it goes on without */
    assert_true(application_of(&f)->tasks[1].is_unanswered);
    office_file_fini(&f.file);
}

/* As ever where the rule does not say it, and where there is no end. */
static void other_limits_start_with_the_notice(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, in_2024(2, 19), 0);
    f.service.rules.supplement.start = CORE_START_DEFAULT;
    office_receive(&f.file, 3, false);
    assert_int_equal(CORE_TELLING_NONE, application_of(&f)->telling);
    assert_int_equal(in_2024(3, 4), application_of(&f)->supplement.due);
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 1));
    office_file_fini(&f.file);

    set_up(&f, in_2024(2, 19), 0);
    f.service.rules.supplement.unit = CORE_UNIT_NONE;
    office_receive(&f.file, 3, false);
    assert_int_equal(CORE_CLOCK_NONE, application_of(&f)->supplement.state);
    assert_int_equal(0, until(&f));
    assert_int_equal(OD_ENOTFOUND, say_told(&f, 1));
    office_file_fini(&f.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_starts_the_time),
        cmocka_unit_test(without_a_receipt_it_is_presumed),
        cmocka_unit_test(a_late_receipt_corrects_the_presumption),
        cmocka_unit_test(a_telling_may_be_put_on_record_later),
        cmocka_unit_test(each_notice_has_its_own_receipt),
        cmocka_unit_test(other_limits_start_with_the_notice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
