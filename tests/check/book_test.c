/* SPDX-License-Identifier: Apache-2.0 */
/* The mini hub's book: which report is taken when, and what each end means for the task. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "check/book.h"

#define NOW INT64_C(1000000)

static enum base_answer told(struct check_book *book, uint8_t kind, uint64_t task, const char *payload)
{
    struct base_frame item = {.kind = kind, .id = 1, .task = task, .payload = payload, .length = (uint32_t)strlen(payload)};
    char reason[160] = "";

    return check_book_take(book, &item, NOW, reason);
}

static uint64_t offered(struct check_book *book)
{
    struct base_buffer out = {0};
    struct check_task *task = check_book_add(book, "{}", 2);

    assert_non_null(task);
    uint64_t handle = task->handle;
    check_book_put(book, task, "m", NOW, &out);
    base_buffer_fini(&out);
    return handle;
}

#define ACCEPT "{\"external_ref\":\"R\"}"
#define APPROVE "{\"opinion\":\"approve\"}"

static void test_each_report_is_taken_in_its_state_alone(void **state)
{
    static const struct {
        uint8_t first, second;
        const char *first_payload, *second_payload;
        enum base_answer answer;
        enum check_task_state after;
        const char *why;
    } rows[] = {
        {BASE_ITEM_ACCEPT, BASE_ITEM_ACCEPT, ACCEPT, ACCEPT, BASE_ANSWER_OK, CHECK_TASK_ACCEPTED, "the same reference again"},
        {BASE_ITEM_ACCEPT, BASE_ITEM_ACCEPT, ACCEPT, "{\"external_ref\":\"S\"}", BASE_ANSWER_CONFLICT, CHECK_TASK_ACCEPTED, "another"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_PAUSE, "{}", "{\"kind\":\"x\"}", BASE_ANSWER_REFUSED, CHECK_TASK_OFFERED, "a pause before the accept"},
        {BASE_ITEM_ACCEPT, BASE_ITEM_PAUSE, ACCEPT, "{\"kind\":\"x\"}", BASE_ANSWER_OK, CHECK_TASK_PAUSED, "a pause"},
        {BASE_ITEM_ACCEPT, BASE_ITEM_UNPAUSE, ACCEPT, "{}", BASE_ANSWER_REFUSED, CHECK_TASK_ACCEPTED, "no pause to end"},
        {BASE_ITEM_ACCEPT, BASE_ITEM_GIVE_BACK, ACCEPT, "{}", BASE_ANSWER_REFUSED, CHECK_TASK_ACCEPTED, "accepted: not given back"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_GIVE_BACK, "{}", "{}", BASE_ANSWER_OK, CHECK_TASK_QUEUED, "given back"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_CANCELLED, "{}", "{\"effect\":\"none\"}", BASE_ANSWER_REFUSED, CHECK_TASK_OFFERED, "not withdrawn"},
        {BASE_ITEM_OPINION, BASE_ITEM_OPINION, APPROVE, APPROVE, BASE_ANSWER_CONFLICT, CHECK_TASK_ENDED, "a second opinion"},
        {BASE_ITEM_OPINION, BASE_ITEM_CHECKPOINT, APPROVE, "{}", BASE_ANSWER_STALE, CHECK_TASK_ENDED, "after the end"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_OPINION, "{}", "{\"opinion\":\"reject\"}", BASE_ANSWER_REFUSED, CHECK_TASK_OFFERED, "no reason"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_OPINION, "{}", "{\"opinion\":\"approve_with_conditions\"}", BASE_ANSWER_REFUSED, CHECK_TASK_OFFERED,
         "no condition"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_FAIL, "{}", "{\"code\":\"x\"}", BASE_ANSWER_REFUSED, CHECK_TASK_OFFERED, "no effect"},
        {BASE_ITEM_PROGRESS, BASE_ITEM_FAIL, "{}", "nonsense", BASE_ANSWER_REFUSED, CHECK_TASK_OFFERED, "no JSON"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct check_book book = {.retry_ms = 1000, .applicant = "{}"};
        uint64_t handle = offered(&book);

        assert_int_equal(BASE_ANSWER_OK, told(&book, rows[i].first, handle, rows[i].first_payload));
        enum base_answer answer = told(&book, rows[i].second, handle, rows[i].second_payload);
        if (answer != rows[i].answer || check_book_find(&book, handle)->state != rows[i].after)
            fail_msg("%s: %d, %d", rows[i].why, answer, check_book_find(&book, handle)->state);
        check_book_fini(&book);
    }
}

static void test_each_failure_leads_where_its_effect_says(void **state)
{
    static const struct {
        bool may_repeat;
        const char *payload;
        enum check_task_state after;
        bool is_redelivered, needs_resume;
        int64_t due_ms;
        const char *why;
    } rows[] = {
        {false, "{\"effect\":\"none\",\"code\":\"x\"}", CHECK_TASK_QUEUED, false, false, NOW + 1000, "none: again"},
        {false, "{\"effect\":\"none\",\"code\":\"x\",\"retry_after_ms\":7}", CHECK_TASK_QUEUED, false, false, NOW + 7, "when it says"},
        {false, "{\"effect\":\"none\",\"code\":\"x\",\"retry_after_ms\":-2}", CHECK_TASK_PARKED, false, false, NOW + 1000, "never"},
        {false, "{\"effect\":\"done\",\"code\":\"x\"}", CHECK_TASK_ACCEPTED, false, true, NOW + 1000, "done: resumed"},
        {true, "{\"effect\":\"unknown\",\"code\":\"x\"}", CHECK_TASK_QUEUED, true, false, NOW + 1000, "unknown: redelivered"},
        {false, "{\"effect\":\"unknown\",\"code\":\"x\"}", CHECK_TASK_PARKED, true, false, NOW + 1000, "unknown: for an officer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct check_book book = {.retry_ms = 1000, .may_repeat = rows[i].may_repeat, .applicant = "{}"};
        uint64_t handle = offered(&book);
        const struct check_task *task = check_book_find(&book, handle);

        assert_int_equal(BASE_ANSWER_OK, told(&book, BASE_ITEM_FAIL, handle, rows[i].payload));
        if (task->state != rows[i].after || task->is_redelivered != rows[i].is_redelivered ||
            task->needs_resume != rows[i].needs_resume || task->due_ms != rows[i].due_ms)
            fail_msg("%s", rows[i].why);
        check_book_fini(&book);
    }
}

static void test_a_lost_session_leaves_what_a_hub_would_know(void **state)
{
    struct check_book book = {.retry_ms = 1000, .may_repeat = true, .applicant = "{}"};
    uint64_t first = offered(&book), second = offered(&book), third = offered(&book);

    (void)state;
    assert_int_equal(BASE_ANSWER_OK, told(&book, BASE_ITEM_ACCEPT, second, ACCEPT));
    check_book_find(&book, third)->is_withdrawn = true;
    check_book_lose(&book, NOW + 5);
    assert_int_equal(CHECK_TASK_QUEUED, check_book_find(&book, first)->state);
    assert_true(check_book_find(&book, first)->is_redelivered);
    assert_true(check_book_find(&book, second)->needs_resume);
    assert_int_equal(CHECK_TASK_ENDED, check_book_find(&book, third)->state);
    assert_int_equal(BASE_ANSWER_STALE, told(&book, BASE_ITEM_OPINION, first, APPROVE)); /* of the dead session */
    book.may_repeat = false;
    check_book_find(&book, first)->state = CHECK_TASK_OFFERED;
    check_book_lose(&book, NOW + 5);
    assert_int_equal(CHECK_TASK_PARKED, check_book_find(&book, first)->state);
    check_book_fini(&book);
}

static void test_numbers_go_on_when_tasks_are_forgotten(void **state)
{
    struct check_book book = {.retry_ms = 1000, .applicant = "{}"};
    uint64_t first = offered(&book);

    (void)state;
    check_book_forget(&book);
    assert_null(check_book_find(&book, first));
    uint64_t second = offered(&book);
    assert_true(second > first);
    assert_non_null(check_book_find(&book, second));
    assert_null(check_book_find(&book, second + 1));
    assert_null(check_book_find(&book, second + 64));
    check_book_fini(&book);
}

static void test_an_answer_completes_the_form(void **state)
{
    struct check_book book = {.retry_ms = 1000, .applicant = "{}"};
    struct check_task *task = check_book_add(&book, "{\"a\":1,\"b\":2}", 13);

    (void)state;
    task->state = CHECK_TASK_WAITING;
    task->is_asked = true;
    assert_int_equal(OD_OK, check_task_complete(task, "{\"b\":3,\"c\":4}", 13));
    assert_string_equal("{\"a\":1,\"b\":3,\"c\":4}", task->form);
    assert_int_equal(CHECK_TASK_ACCEPTED, task->state);
    assert_false(task->is_asked);
    assert_int_not_equal(OD_OK, check_task_complete(task, "{", 1));
    assert_string_equal("{\"a\":1,\"b\":3,\"c\":4}", task->form); /* unchanged */
    check_book_fini(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_report_is_taken_in_its_state_alone),
        cmocka_unit_test(test_each_failure_leads_where_its_effect_says),
        cmocka_unit_test(test_a_lost_session_leaves_what_a_hub_would_know),
        cmocka_unit_test(test_numbers_go_on_when_tasks_are_forgotten),
        cmocka_unit_test(test_an_answer_completes_the_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
