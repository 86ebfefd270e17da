/* SPDX-License-Identifier: Apache-2.0 */
/* I-15: approvals of an earlier application that still stand. */
#include <string.h>

#include "office.h"

static struct office_service service;
static struct office_file file;

/* 1 comes after 0; 2 stands by itself. */
static void open_file(void)
{
    office_service_init(&service, 3);
    service.matters[1].after = 1;
    service.matters[0].promised = service.rules.promised = office_limit(5);
    office_file_init(&file, &service, office_day(2024, 3, 4));
}

static int receive(core_task_set included, core_task_set held, core_task_set conditional, bool is_complete)
{
    return office_step(&file, &(struct core_event){.type = CORE_RECEIVED,
                                                   .received = {.id = 1, .included = included, .is_complete = is_complete, .held = held,
                                                                .held_conditional = conditional}});
}

static const struct core_task *task(unsigned index)
{
    return &file.application->tasks[index];
}

static void what_stands_is_done_at_the_acceptance(void **state)
{
    (void)state;
    open_file();
    assert_int_equal(OD_OK, receive(7, 1, 0, true));
    assert_int_equal(CORE_TASK_DONE, task(0)->state);
    assert_int_equal(CORE_OPINION_APPROVE, task(0)->opinion);
    assert_true(core_task_is_reused(task(0)));
    assert_false(task(0)->is_deemed);
    assert_int_equal(0, task(0)->attempt);
    assert_int_equal(CORE_TASK_QUEUED, task(1)->state); /* does not wait for it */
    assert_false(core_task_is_reused(task(1)));
    assert_false(office_has_effect(&file, CORE_EFFECT_QUEUE, 0));
    assert_true(office_has_effect(&file, CORE_EFFECT_QUEUE, 1));
    office_offer(&file, 6, SESSION);
    office_opine(&file, 1, CORE_OPINION_APPROVE);
    office_opine(&file, 2, CORE_OPINION_REJECT);
    assert_int_equal(CORE_OUTCOME_REJECTED, file.application->outcome);
    office_file_fini(&file);
}

static void the_decision_may_fall_at_once(void **state)
{
    (void)state;
    open_file();
    assert_int_equal(OD_OK, receive(5, 5, 4, true));
    assert_int_equal(CORE_STATUS_DECIDED, file.application->status);
    assert_int_equal(CORE_OUTCOME_APPROVED_WITH_CONDITIONS, file.application->outcome);
    assert_int_equal(CORE_TASK_SKIPPED, task(1)->state);
    assert_true(office_has_effect(&file, CORE_EFFECT_DECIDED, CORE_TASKS_MAX));
    assert_true(office_has_notice(&file, CORE_NOTICE_ACCEPTED));
    assert_int_equal(CORE_CLOCK_MET, file.application->clocks[CORE_CLOCK_PROMISED].state);
    office_file_fini(&file);
}

static void it_waits_for_what_is_missing(void **state)
{
    (void)state;
    open_file();
    assert_int_equal(OD_OK, receive(7, 3, 0, false));
    assert_int_equal(CORE_TASK_BLOCKED, task(0)->state);
    assert_int_equal(CORE_OPINION_NONE, task(0)->opinion);
    office_supplement(&file, true, 0);
    assert_int_equal(CORE_TASK_DONE, task(0)->state);
    assert_int_equal(CORE_TASK_DONE, task(1)->state);
    assert_int_equal(CORE_TASK_QUEUED, task(2)->state);
    office_file_fini(&file);
}

/* What is put right may change what is needed, and whether the earlier opinion fits it. */
static void it_follows_what_is_put_right(void **state)
{
    static const struct {
        core_task_set included, unheld, done;
        const char *why;
    } rows[] = {
        {0, 0, 3, "as it was"},
        {0, 1, 2, "one does not fit any more"},
        {7, 0, 3, "another set of matters"},
        {5, 0, 1, "one is not needed any more"},
        {6, 2, 0, "both"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_task_set done = 0;

        open_file();
        assert_int_equal(OD_OK, receive(3, 3, 0, false));
        assert_int_equal(OD_OK, office_step(&file, &(struct core_event){.type = CORE_SUPPLEMENTED,
                                                                        .supplemented = {.is_complete = true, .included = rows[i].included,
                                                                                         .unheld = rows[i].unheld}}));
        for (unsigned k = 0; k < 3; k++)
            done |= core_task_is_reused(task(k)) ? core_task_bit(k) : 0;
        if (done != rows[i].done)
            fail_msg("%s: %llx", rows[i].why, (unsigned long long)done);
        office_file_fini(&file);
    }
}

/* Nobody is late with what nobody does; what is to be done after all has run from the receipt. */
static void it_has_no_clocks_before_the_acceptance_either(void **state)
{
    (void)state;
    for (int is_unheld = 0; is_unheld <= 1; is_unheld++) {
        open_file();
        service.matters[0].promised.start = CORE_START_RECEIPT;
        assert_int_equal(OD_OK, receive(7, 1, 0, false));
        assert_int_equal(CORE_CLOCK_NOT_STARTED, task(0)->clocks[CORE_CLOCK_PROMISED].state);
        office_wait(&file, office_day(2024, 3, 20)); /* a promise of five days has long passed */
        assert_int_equal(CORE_STATUS_INCOMPLETE, file.application->status);
        assert_false(task(0)->clocks[CORE_CLOCK_PROMISED].is_overdue);
        assert_null(strstr(file.trace, "of 0 overdue"));
        assert_int_equal(OD_OK, office_step(&file, &(struct core_event){.type = CORE_SUPPLEMENTED,
                                                                        .supplemented = {.is_complete = is_unheld == 0, .unheld = (core_task_set)is_unheld}}));
        if (is_unheld == 0) {
            assert_true(core_task_is_reused(task(0)));
        } else {
            assert_int_equal(CORE_CLOCK_RUNNING, task(0)->clocks[CORE_CLOCK_PROMISED].state);
            assert_int_equal(office_day(2024, 3, 4), task(0)->clocks[CORE_CLOCK_PROMISED].start);
            office_wait(&file, office_day(2024, 3, 21));
            assert_true(task(0)->clocks[CORE_CLOCK_PROMISED].is_overdue);
        }
        office_file_fini(&file);
    }
}

static void what_is_wrong_is_refused(void **state)
{
    static const struct {
        core_task_set included, held, conditional;
        const char *why;
    } rows[] = {
        {3, 4, 0, "a matter that is not needed"},
        {3, 8, 0, "a matter beyond the last"},
        {3, 1, 2, "conditions of what does not stand"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_file();
        if (receive(rows[i].included, rows[i].held, rows[i].conditional, true) != OD_EINVAL)
            fail_msg("%s", rows[i].why);
        assert_int_equal(CORE_STATUS_NONE, file.application->status);
        office_file_fini(&file);
    }
    open_file();
    assert_int_equal(OD_OK, receive(7, 1, 0, false));
    assert_int_equal(OD_EINVAL, office_step(&file, &(struct core_event){.type = CORE_SUPPLEMENTED, .supplemented = {.unheld = 8}}));
    office_file_fini(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_is_done_at_the_acceptance),
        cmocka_unit_test(the_decision_may_fall_at_once),
        cmocka_unit_test(it_waits_for_what_is_missing),
        cmocka_unit_test(it_follows_what_is_put_right),
        cmocka_unit_test(it_has_no_clocks_before_the_acceptance_either),
        cmocka_unit_test(what_is_wrong_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
