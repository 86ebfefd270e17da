/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include <pthread.h>

#include "base/memory.h"
#include "gateway/limits.h"
#include "gateway/queue.h"

#define THREADS 4
#define FRAMES 5000

static char payload[GATEWAY_MESSAGE_MAX];

static int put(struct gateway_queue *queue, uint64_t id, size_t size)
{
    return gateway_queue_put(queue, &(struct base_frame){.kind = BASE_FRAME_DOOR,
                                                         .id = id,
                                                         .length = (uint32_t)size,
                                                         .payload = payload});
}

static void test_full_at_its_limit(void **state)
{
    struct gateway_queue queue;
    struct base_buffer taken = {0};
    size_t left = GATEWAY_QUEUE_MAX;

    (void)state;
    CHECK_I64(OD_OK, gateway_queue_init(&queue), "init");
    for (; left > BASE_FRAME_MAX; left -= BASE_FRAME_MAX)
        CHECK_I64(OD_OK, put(&queue, 1, GATEWAY_MESSAGE_MAX), "filling");
    CHECK_I64(OD_OK, put(&queue, 1, left - 2 * BASE_FRAME_HEADER_SIZE), "all but an empty frame");
    CHECK_I64(OD_EBUSY, put(&queue, 2, 1), "limit + 1");
    CHECK_I64(GATEWAY_QUEUE_MAX - BASE_FRAME_HEADER_SIZE, queue.waiting.size, "unchanged");
    CHECK_I64(OD_OK, put(&queue, 1, 0), "limit");
    CHECK_I64(OD_EBUSY, put(&queue, 2, 0), "limit + a header");
    gateway_queue_take(&queue, &taken);
    CHECK_I64(GATEWAY_QUEUE_MAX, taken.size, "all at once");
    CHECK_I64(OD_OK, put(&queue, 1, GATEWAY_MESSAGE_MAX), "room again");
    base_buffer_fini(&taken);
    gateway_queue_fini(&queue);
}

static void test_without_memory_what_waits_stays_whole(void **state)
{
    struct gateway_queue queue;
    struct base_buffer taken = {0};
    struct base_frame frame;
    size_t used;

    (void)state;
    CHECK_I64(OD_OK, gateway_queue_init(&queue), "init");
    CHECK_I64(OD_OK, put(&queue, 7, 10), "first");
    base_alloc_fail_at(1);
    CHECK_I64(OD_ENOMEM, put(&queue, 8, GATEWAY_MESSAGE_MAX), "no memory");
    base_alloc_fail_at(0);
    CHECK_I64(OD_OK, put(&queue, 9, 20), "memory again");
    gateway_queue_take(&queue, &taken);
    CHECK_I64(OD_OK, base_frame_read(taken.bytes, taken.size, &frame, &used), "first");
    CHECK_I64(7, frame.id, "first");
    CHECK_I64(OD_OK, base_frame_read(taken.bytes + used, taken.size - used, &frame, &used), "second");
    CHECK_I64(9, frame.id, "the refused one is not there");
    base_buffer_fini(&taken);
    gateway_queue_fini(&queue);
}

static void *put_run(void *arg)
{
    for (uint64_t i = 0; i < FRAMES; i++) {
        if (put(arg, 1, i % 100) != OD_OK)
            return arg;
    }
    return NULL;
}

static size_t frames_count(const struct base_buffer *taken)
{
    struct base_frame frame;
    size_t used, count = 0;

    for (size_t at = 0; at < taken->size; at += used, count++)
        CHECK_I64(OD_OK, base_frame_read(taken->bytes + at, taken->size - at, &frame, &used), "whole frames");
    return count;
}

static void test_many_put_one_takes(void **state)
{
    struct gateway_queue queue;
    struct base_buffer taken = {0};
    pthread_t threads[THREADS];
    void *failed;
    size_t count = 0;

    (void)state;
    CHECK_I64(OD_OK, gateway_queue_init(&queue), "init");
    for (size_t i = 0; i < THREADS; i++)
        CHECK_I64(0, pthread_create(&threads[i], NULL, put_run, &queue), "thread");
    while (count < THREADS * FRAMES) {
        gateway_queue_take(&queue, &taken);
        count += frames_count(&taken);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        CHECK(failed == NULL, "every put went in");
    }
    CHECK_I64(THREADS * FRAMES, count, "none lost, none twice");
    base_buffer_fini(&taken);
    gateway_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_at_its_limit),
        cmocka_unit_test(test_without_memory_what_waits_stays_whole),
        cmocka_unit_test(test_many_put_one_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
