/* SPDX-License-Identifier: Apache-2.0 */
/* Service requests within the process: memory that runs out, answers that come twice or late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/time.h"
#include "host/call.h"
#include "host/runner.h"

static struct host host;
static struct host_flight flight;
static unsigned told;
static int told_error;

static void begin(void)
{
    assert_int_equal(OD_OK, host_init(&host, "test"));
    host.plugin_thread = pthread_self();
    host.flight = &flight;
    host.flushed_ms = base_monotonic_ms();
    told = 0;
}

static void on_done(void *self, int error, const void *value, size_t size, void *arg)
{
    (void)self;
    (void)value;
    (void)size;
    (void)arg;
    told++;
    told_error = error;
}

static int put(void)
{
    return od_kv_put(&host.kv_table, "key", "value", 5, on_done, NULL);
}

/* The id of the oldest request that waits; it is sent. */
static uint64_t send_one(void)
{
    struct host_block *block = host_asks_take(&host.asks);
    struct base_frame frame;
    size_t used;

    assert_non_null(block);
    assert_int_equal(OD_OK, base_frame_read(block->bytes.bytes, block->bytes.size, &frame, &used));
    assert_int_equal(block->bytes.size, used);
    host_asks_recycle(&host.asks, block);
    return frame.id;
}

static void answer(uint64_t id, const char *json)
{
    struct base_frame frame = {.kind = BASE_FRAME_SERVICE, .id = id, .payload = json, .length = (uint32_t)strlen(json)};

    host_service_run(&host, &frame);
}

static void without_memory_a_call_changes_nothing(void **state)
{
    uint64_t failures = 0;

    (void)state;
    begin();
    for (uint64_t at = 1;; at++) {
        base_alloc_fail_at(at);
        int rc = put();
        base_alloc_fail_at(0);
        if (rc == OD_OK)
            break;
        assert_int_equal(OD_ENOMEM, rc);
        assert_int_equal(0, host.services.count);
        assert_true(host_asks_is_empty(&host.asks));
        failures++;
    }
    assert_in_range(failures, 2, 20); /* the table, the block, its bytes */
    answer(send_one(), "{}");
    assert_int_equal(1, told);
    assert_int_equal(0, host.services.count);
    host_fini(&host);
}

/* A steady flow uses its blocks again. */
static void a_steady_flow_allocates_nothing(void **state)
{
    (void)state;
    begin();
    assert_int_equal(OD_OK, put());
    answer(send_one(), "{}");
    base_alloc_fail_at(1);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(OD_OK, put());
        answer(send_one(), "{}");
    }
    base_alloc_fail_at(0);
    assert_int_equal(1001, told);
    host_fini(&host);
}

static void an_answer_that_comes_twice_or_late_is_for_nobody(void **state)
{
    (void)state;
    begin();
    assert_int_equal(OD_OK, put());
    uint64_t first = send_one();
    answer(first, "{}");
    answer(first, "{}");
    assert_int_equal(1, told);
    assert_int_equal(OD_OK, put()); /* the same slot, another request */
    uint64_t second = send_one();
    assert_int_not_equal(first, second);
    assert_int_equal((uint32_t)first, (uint32_t)second);
    answer(first, "{}");
    assert_int_equal(1, told);
    answer(second, "{\"error\":{\"code\":\"limit\"}}");
    assert_int_equal(2, told);
    assert_int_equal(OD_ELIMIT, told_error);
    answer(UINT64_MAX, "{}");
    answer(0, "{}");
    assert_int_equal(2, told);
    host_fini(&host);
}

static void no_memory_for_an_early_answer_ends_the_process(void **state)
{
    (void)state;
    begin();
    assert_int_equal(OD_OK, put());
    assert_int_equal(OD_OK, put());
    send_one();
    uint64_t second = send_one();
    base_alloc_fail_at(1);
    answer(second, "{}"); /* it must wait for the first */
    base_alloc_fail_at(0);
    assert_int_equal(0, told);
    assert_int_equal(HOST_EXIT_MACHINE, host_exit_of(&host));
    host_fini(&host);
}

/* A repeat of an answer that waits is the same answer; at the end it is told as cancelled. */
static void what_waits_at_the_end_is_cancelled_and_freed(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 3; i++)
        assert_int_equal(OD_OK, put());
    send_one();
    uint64_t second = send_one();
    answer(second, "{}");
    answer(second, "{}");
    assert_int_equal(0, told);
    host_services_close(&host);
    assert_int_equal(3, told);
    assert_int_equal(OD_ECANCELLED, told_error);
    assert_int_equal(OD_ESTATE, put());
    assert_true(host_asks_is_empty(&host.asks));
    host_fini(&host);
}

static void the_queue_has_a_limit(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < HOST_SERVICES_ROOM; i++)
        assert_int_equal(OD_OK, put());
    assert_int_equal(OD_EBUSY, put());
    answer(send_one(), "{}");
    assert_int_equal(OD_OK, put());
    assert_int_equal(OD_EBUSY, put());
    host_services_close(&host);
    assert_int_equal(HOST_SERVICES_ROOM + 1, told);
    host_fini(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_a_call_changes_nothing),
        cmocka_unit_test(a_steady_flow_allocates_nothing),
        cmocka_unit_test(an_answer_that_comes_twice_or_late_is_for_nobody),
        cmocka_unit_test(no_memory_for_an_early_answer_ends_the_process),
        cmocka_unit_test(what_waits_at_the_end_is_cancelled_and_freed),
        cmocka_unit_test(the_queue_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
