/* SPDX-License-Identifier: Apache-2.0 */
/* Rules D-1 to D-8 and D-12 as truth tables. One letter a task: a approve,
 * c approve with conditions, r reject, n not applicable, s skipped, x cancelled,
 * o open. */
#include <string.h>

#include "core/office.h"
#include "core/policy.h"

struct row {
    enum core_policy policy;
    const char *tasks;
    enum core_outcome outcome;
    bool is_vetoed;
    const char *why;
};

#define NONE CORE_OUTCOME_NONE
#define YES CORE_OUTCOME_APPROVED
#define COND CORE_OUTCOME_APPROVED_WITH_CONDITIONS
#define PART CORE_OUTCOME_PARTIALLY_APPROVED
#define NO CORE_OUTCOME_REJECTED
#define NEEDLESS CORE_OUTCOME_NOT_REQUIRED

/* Task 0 leads (LEAD), 0 and 1 are vetoers (VETO), weights are 3, 2, 1, 1 (QUORUM, threshold
 * 4). */
static const struct row rows[] = {
    {CORE_POLICY_ALL, "aaa", YES, false, "D-3"},
    {CORE_POLICY_ALL, "aca", COND, false, "D-3: one condition"},
    {CORE_POLICY_ALL, "acr", NO, true, "D-3: a reject outweighs conditions"},
    {CORE_POLICY_ALL, "r", NO, true, "D-3: alone"},
    {CORE_POLICY_ALL, "aoa", NONE, false, "D-1: one is open"},
    {CORE_POLICY_ALL, "ror", NONE, true, "D-1: no early refusal without stops_on_veto"},
    {CORE_POLICY_ALL, "ana", YES, false, "D-2: not applicable does not count"},
    {CORE_POLICY_ALL, "nnn", NEEDLESS, false, "D-2: nothing is left"},
    {CORE_POLICY_ALL, "nsn", NEEDLESS, false, "D-2: nor is a skipped one"},
    {CORE_POLICY_ALL, "sas", YES, false, "skipped does not count"},
    {CORE_POLICY_ALL, "rxx", NO, true, "cancelled does not count"},
    {CORE_POLICY_LEAD, "arr", YES, false, "D-4: the lead stands, theirs are reported"},
    {CORE_POLICY_LEAD, "acc", YES, false, "D-4: their conditions too"},
    {CORE_POLICY_LEAD, "caa", COND, false, "D-4"},
    {CORE_POLICY_LEAD, "raa", NO, true, "D-4"},
    {CORE_POLICY_LEAD, "aoa", NONE, false, "D-4: after the others"},
    {CORE_POLICY_LEAD, "roa", NONE, true, "D-4: but nothing can change it"},
    {CORE_POLICY_LEAD, "orr", NONE, false, "D-4: the lead is still to speak"},
    {CORE_POLICY_LEAD, "nar", NO, true, "D-12: the lead has no say, all others decide"},
    {CORE_POLICY_LEAD, "sac", COND, false, "D-12: skipped lead"},
    {CORE_POLICY_LEAD, "nna", YES, false, "D-12"},
    {CORE_POLICY_LEAD, "nor", NONE, true, "D-12: a reject of the others settles it"},
    {CORE_POLICY_LEAD, "nn", NEEDLESS, false, "D-2"},
    {CORE_POLICY_VETO, "aarr", YES, false, "D-5: advisers cannot refuse"},
    {CORE_POLICY_VETO, "araa", NO, true, "D-5: the second vetoer refuses"},
    {CORE_POLICY_VETO, "aaca", COND, false, "D-5: a condition from an adviser"},
    {CORE_POLICY_VETO, "rcca", NO, true, "D-5: refused, whatever the conditions"},
    {CORE_POLICY_VETO, "narr", YES, false, "D-5: rejects advise also beside an absent vetoer"},
    {CORE_POLICY_VETO, "oarr", NONE, false, "D-1"},
    {CORE_POLICY_VETO, "oraa", NONE, true, "D-5"},
    {CORE_POLICY_VETO, "nsnn", NEEDLESS, false, "D-2"},
    {CORE_POLICY_QUORUM, "arar", YES, false, "D-6: 3 + 1 reaches 4"},
    {CORE_POLICY_QUORUM, "arrr", NO, true, "D-6: 3 does not"},
    {CORE_POLICY_QUORUM, "raca", COND, false, "D-6: 2 + 1 + 1, one of them with conditions"},
    {CORE_POLICY_QUORUM, "naaa", YES, false, "D-6: reached without the first"},
    {CORE_POLICY_QUORUM, "nara", NO, true, "D-6: 2 + 1 does not, though 3 is out of the count"},
    {CORE_POLICY_QUORUM, "orra", NONE, false, "D-6: the open 3 can still reach it"},
    {CORE_POLICY_QUORUM, "roar", NONE, true, "D-6: the open 2 cannot"},
    {CORE_POLICY_QUORUM, "naso", NONE, false, "D-6: out of reach, but nobody rejected"},
    {CORE_POLICY_QUORUM, "nnnn", NEEDLESS, false, "D-2"},
    {CORE_POLICY_PARTIAL, "aaa", YES, false, "D-7"},
    {CORE_POLICY_PARTIAL, "aca", COND, false, "D-7"},
    {CORE_POLICY_PARTIAL, "ara", PART, false, "D-7"},
    {CORE_POLICY_PARTIAL, "crr", PART, false, "D-7"},
    {CORE_POLICY_PARTIAL, "rrr", NO, false, "D-7: nothing approved"},
    {CORE_POLICY_PARTIAL, "rnr", NO, false, "D-7 and D-2"},
    {CORE_POLICY_PARTIAL, "nan", YES, false, "D-7 and D-2"},
    {CORE_POLICY_PARTIAL, "rro", NONE, false,
     "D-7, D-8: each on its own, nothing is settled early"},
};

static void put_task(struct core_task *task, char letter)
{
    static const struct {
        char letter;
        uint8_t state, opinion;
    } letters[] = {
        {'a', CORE_TASK_DONE, CORE_OPINION_APPROVE},
        {'c', CORE_TASK_DONE, CORE_OPINION_APPROVE_WITH_CONDITIONS},
        {'r', CORE_TASK_DONE, CORE_OPINION_REJECT},
        {'n', CORE_TASK_DONE, CORE_OPINION_NOT_APPLICABLE},
        {'s', CORE_TASK_SKIPPED, CORE_OPINION_NONE},
        {'x', CORE_TASK_CANCELLED, CORE_OPINION_NONE},
        {'o', CORE_TASK_PARKED, CORE_OPINION_NONE},
    };

    for (size_t i = 0; i < COUNT(letters); i++) {
        if (letters[i].letter != letter)
            continue;
        task->state = letters[i].state;
        task->opinion = letters[i].opinion;
        return;
    }
    fail_msg("no task of the letter %c", letter);
}

static void set_up(struct office_service *service, struct office_file *file,
                   const struct row *row)
{
    static const int weights[] = {3, 2, 1, 1};
    unsigned count = (unsigned)strlen(row->tasks);

    office_service_init(service, count);
    service->rules.policy = (uint8_t)row->policy;
    service->rules.quorum = 4;
    office_file_init(file, service, 20000);
    file->application->status = CORE_STATUS_IN_REVIEW;
    file->application->task_count = (uint8_t)count;
    for (unsigned i = 0; i < count; i++) {
        service->matters[i].weight = weights[i];
        service->matters[i].has_veto = i < 2;
        put_task(&file->application->tasks[i], row->tasks[i]);
    }
}

static void outcome_follows_the_truth_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct office_service service;
        struct office_file file;
        set_up(&service, &file, &rows[i]);
        enum core_outcome outcome = core_policy_outcome(&service.rules, file.application);
        bool is_vetoed = core_policy_is_vetoed(&service.rules, file.application);
        if (outcome != rows[i].outcome || is_vetoed != rows[i].is_vetoed)
            fail_msg("%s %s: %s, %d: %s", core_policy_name(rows[i].policy), rows[i].tasks,
                     core_outcome_name(outcome), is_vetoed, rows[i].why);
        office_file_fini(&file);
    }
}

/* D-8: with stops_on_veto an outcome that is settled is told although tasks are open. */
static void stops_on_veto_settles_early(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct office_service service;
        struct office_file file;
        set_up(&service, &file, &rows[i]);
        service.rules.stops_on_veto = true;
        enum core_outcome expected = rows[i].outcome;
        if (expected == NONE && rows[i].is_vetoed)
            expected = NO;
        if (core_policy_outcome(&service.rules, file.application) != expected)
            fail_msg("%s %s: %s", core_policy_name(rows[i].policy), rows[i].tasks, rows[i].why);
        office_file_fini(&file);
    }
}

/* What is_vetoed promises: no way to go on ends in anything but rejected. All four letters
 * that an open task may become, for every policy, up to four tasks. */
static void a_veto_is_final(void **state)
{
    static const char letters[] = "acrno";
    char tasks[5] = "";

    (void)state;
    for (unsigned p = CORE_POLICY_ALL; p <= CORE_POLICY_PARTIAL; p++) {
        for (unsigned code = 0; code < 5 * 5 * 5 * 5; code++) {
            struct office_service service;
            struct office_file file;
            for (unsigned i = 0, rest = code; i < 4; i++, rest /= 5)
                tasks[i] = letters[rest % 5];
            struct row row = {.policy = (enum core_policy)p, .tasks = tasks};
            set_up(&service, &file, &row);
            bool is_vetoed = core_policy_is_vetoed(&service.rules, file.application);
            for (unsigned ends = 0; is_vetoed && ends < 4 * 4 * 4 * 4; ends++) {
                for (unsigned i = 0, rest = ends; i < 4; i++, rest /= 4)
                    if (tasks[i] == 'o')
                        put_task(&file.application->tasks[i], letters[rest % 4]);
                assert_int_equal(NO, core_policy_outcome(&service.rules, file.application));
            }
            office_file_fini(&file);
        }
    }
}

/* D-13: whatever a third party says, and whatever it would weigh or veto, the outcome is that of the others; it is waited for. */
static void third_parties_count_for_nothing(void **state)
{
    static const char letters[] = "acrn";

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct office_service service;
        struct office_file file;
        char tasks[8];
        size_t count = strlen(rows[i].tasks);

        if (count > 3)
            continue; /* the fourth is the third party */
        memcpy(tasks, rows[i].tasks, count);
        for (size_t k = 0; k < sizeof(letters) - 1; k++) {
            tasks[count] = letters[k];
            tasks[count + 1] = '\0';
            set_up(&service, &file, &(struct row){.policy = rows[i].policy, .tasks = tasks});
            service.matters[count].gives_no_opinion = true;
            service.matters[count].has_veto = true;
            service.matters[count].weight = 100;
            assert_int_equal(rows[i].outcome, core_policy_outcome(&service.rules, file.application));
            assert_int_equal(rows[i].is_vetoed, core_policy_is_vetoed(&service.rules, file.application));
            put_task(&file.application->tasks[count], 'o');
            assert_int_equal(NONE, core_policy_outcome(&service.rules, file.application));
            assert_int_equal(rows[i].is_vetoed, core_policy_is_vetoed(&service.rules, file.application));
            office_file_fini(&file);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcome_follows_the_truth_table),
        cmocka_unit_test(stops_on_veto_settles_early),
        cmocka_unit_test(a_veto_is_final),
        cmocka_unit_test(third_parties_count_for_nothing),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
