/* SPDX-License-Identifier: Apache-2.0 */
/* Handles and timers of onedoor-host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "host/task.h"
#include "host/timer.h"

static void handles_of_ended_tasks_are_stale(void **state)
{
    struct host_tasks tasks = {.slots = NULL};
    struct host_task *task;

    (void)state;
    assert_null(host_tasks_find(&tasks, 0));
    assert_null(host_tasks_find_wire(&tasks, 64));
    assert_int_equal(OD_OK, host_tasks_add(&tasks, 64, OD_TASK_OFFERED, &task));
    od_task first = host_task_handle(task);
    assert_int_not_equal(0, first);
    assert_ptr_equal(task, host_tasks_find(&tasks, first));
    host_tasks_remove(&tasks, task);
    assert_null(host_tasks_find(&tasks, first));
    assert_int_equal(OD_OK, host_tasks_add(&tasks, 64, OD_TASK_OFFERED, &task)); /* the same slot again */
    assert_null(host_tasks_find(&tasks, first));
    assert_int_not_equal(first, host_task_handle(task));
    host_tasks_fini(&tasks);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Against a plain array: 20,000 random adds and removes over 3,000 possible tasks. */
static void table_agrees_with_a_plain_array(void **state)
{
    enum { WIRES = 3000 };
    static od_task model[WIRES + 1];
    struct host_tasks tasks = {.slots = NULL};
    uint32_t seed = 7;
    size_t count = 0;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        uint64_t wire = 1 + next_random(&seed) % WIRES;
        struct host_task *task = host_tasks_find_wire(&tasks, wire * 64);

        assert_int_equal(model[wire] != 0, task != NULL);
        if (task == NULL) {
            assert_int_equal(OD_OK, host_tasks_add(&tasks, wire * 64, OD_TASK_OFFERED, &task));
            model[wire] = host_task_handle(task);
            count++;
        } else {
            assert_int_equal(model[wire], host_task_handle(task));
            host_tasks_remove(&tasks, task);
            assert_null(host_tasks_find(&tasks, model[wire]));
            model[wire] = 0;
            count--;
        }
        assert_int_equal(count, tasks.count);
    }
    size_t walked = 0;
    for (struct host_task *task = host_tasks_next(&tasks, 0); task != NULL;
         task = host_tasks_next(&tasks, host_task_handle(task)))
        walked++;
    assert_int_equal(count, walked);
    host_tasks_fini(&tasks);
}

static void table_stays_whole_when_memory_is_short(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        struct host_tasks tasks = {.slots = NULL};
        struct host_task *task = NULL;
        int rc = OD_OK;

        base_alloc_fail_at(fail_at);
        for (uint64_t wire = 1; wire <= 200 && rc == OD_OK; wire++)
            rc = host_tasks_add(&tasks, wire, OD_TASK_OFFERED, &task);
        base_alloc_fail_at(0);
        for (uint64_t wire = 1; wire <= tasks.count; wire++)
            assert_non_null(host_tasks_find_wire(&tasks, wire));
        host_tasks_fini(&tasks);
        if (rc == OD_OK)
            break;
        assert_int_equal(OD_ENOMEM, rc);
    }
}

static void on_due(void *self, od_task task, void *arg)
{
    (void)self;
    (void)task;
    (void)arg;
}

static void timers_come_in_order_of_time_then_of_start(void **state)
{
    static const int64_t times[] = {50, 10, 30, 10, 20, 40, 10};
    static const size_t order[] = {1, 3, 6, 4, 2, 5, 0};
    struct host_tasks tasks = {.slots = NULL};
    struct host_timers timers = {.slots = NULL};
    struct host_timer timer;

    (void)state;
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(OD_OK, host_timers_start(&timers, times[i], NULL, on_due, (void *)i, NULL));
    assert_int_equal(10, host_timers_next_ms(&timers));
    assert_false(host_timers_take(&timers, &tasks, 9, UINT64_MAX, &timer));
    assert_false(host_timers_take(&timers, &tasks, 10, 1, &timer)); /* started later than asked for */
    for (size_t i = 0; i < 7; i++) {
        assert_true(host_timers_take(&timers, &tasks, 50, UINT64_MAX, &timer));
        assert_int_equal(order[i], (size_t)timer.arg);
    }
    assert_int_equal(INT64_MAX, host_timers_next_ms(&timers));
    host_timers_fini(&timers);
}

static void cancelled_timers_are_stale_and_the_rest_stay_ordered(void **state)
{
    enum { COUNT = 500 };
    static uint64_t handles[COUNT];
    struct host_tasks tasks = {.slots = NULL};
    struct host_timers timers = {.slots = NULL};
    struct host_timer timer;
    uint32_t seed = 3;
    int64_t last = -1;
    size_t left = COUNT;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(OD_OK, host_timers_start(&timers, next_random(&seed) % 100, NULL, on_due, NULL, &handles[i]));
    for (size_t i = 0; i < COUNT; i += 3, left--) {
        assert_int_equal(OD_OK, host_timers_cancel(&timers, &tasks, handles[i]));
        assert_int_equal(OD_ESTALE, host_timers_cancel(&timers, &tasks, handles[i]));
    }
    assert_int_equal(OD_ESTALE, host_timers_cancel(&timers, &tasks, UINT64_MAX));
    while (host_timers_take(&timers, &tasks, 100, UINT64_MAX, &timer)) {
        assert_true(timer.at_ms >= last);
        last = timer.at_ms;
        left--;
    }
    assert_int_equal(0, left);
    host_timers_fini(&timers);
}

static void timers_go_with_their_task(void **state)
{
    struct host_tasks tasks = {.slots = NULL};
    struct host_timers timers = {.slots = NULL};
    struct host_task *task;
    struct host_timer timer;
    uint64_t handles[4];

    (void)state;
    assert_int_equal(OD_OK, host_tasks_add(&tasks, 64, OD_TASK_OFFERED, &task));
    for (int i = 0; i < 4; i++)
        assert_int_equal(OD_OK, host_timers_start(&timers, 10 - i, task, on_due, NULL, &handles[i]));
    assert_int_equal(OD_OK, host_timers_start(&timers, 20, NULL, on_due, NULL, NULL));
    assert_int_equal(OD_OK, host_timers_cancel(&timers, &tasks, handles[1])); /* from the middle of the chain */
    assert_true(host_timers_take(&timers, &tasks, 7, UINT64_MAX, &timer));    /* its head */
    host_timers_cancel_task(&timers, task);
    assert_int_equal(1, timers.count);
    assert_int_equal(OD_ESTALE, host_timers_cancel(&timers, &tasks, handles[0]));
    host_tasks_fini(&tasks);
    host_timers_fini(&timers);
}

static void timers_stay_whole_when_memory_is_short(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        struct host_tasks tasks = {.slots = NULL};
        struct host_timers timers = {.slots = NULL};
        struct host_timer timer;
        int rc = OD_OK;
        size_t started = 0;

        base_alloc_fail_at(fail_at);
        while (started < 200 && rc == OD_OK) {
            rc = host_timers_start(&timers, 1, NULL, on_due, NULL, NULL);
            started += rc == OD_OK;
        }
        base_alloc_fail_at(0);
        while (host_timers_take(&timers, &tasks, 1, UINT64_MAX, &timer))
            started--;
        assert_int_equal(0, started);
        host_timers_fini(&timers);
        if (rc == OD_OK)
            break;
        assert_int_equal(OD_ENOMEM, rc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handles_of_ended_tasks_are_stale),
        cmocka_unit_test(table_agrees_with_a_plain_array),
        cmocka_unit_test(table_stays_whole_when_memory_is_short),
        cmocka_unit_test(timers_come_in_order_of_time_then_of_start),
        cmocka_unit_test(cancelled_timers_are_stale_and_the_rest_stay_ordered),
        cmocka_unit_test(timers_go_with_their_task),
        cmocka_unit_test(timers_stay_whole_when_memory_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
