/* SPDX-License-Identifier: Apache-2.0 */
/* The two queues between the threads of onedoor-host, and its pool of working threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "host/inbox.h"
#include "host/outbox.h"
#include "host/work.h"

static int put_item(struct host_outbox *outbox, uint64_t task, size_t size)
{
    uint64_t id;
    int rc = OD_OK;
    struct base_buffer *out = host_outbox_begin(outbox, BASE_ITEM_ACCEPT, task, &id, &rc);

    if (out == NULL)
        return rc;
    for (size_t i = 0; i < size; i++)
        base_buffer_put(out, "x", 1);
    return host_outbox_end(outbox);
}

static void batches_close_at_their_limits(void **state)
{
    struct host_outbox outbox;
    struct host_batch *batch;

    (void)state;
    assert_int_equal(OD_OK, host_outbox_init(&outbox));
    assert_true(host_outbox_is_empty(&outbox));
    for (uint64_t i = 0; i < BASE_BATCH_ITEMS_MAX + 1; i++)
        assert_int_equal(OD_OK, put_item(&outbox, i, 1));
    batch = host_outbox_take(&outbox);
    assert_int_equal(BASE_BATCH_ITEMS_MAX, batch->count);
    host_outbox_recycle(&outbox, batch, batch->count);
    batch = host_outbox_take(&outbox);
    assert_int_equal(1, batch->count);
    host_outbox_recycle(&outbox, batch, batch->count);
    assert_null(host_outbox_take(&outbox));
    assert_int_equal(0, host_outbox_unanswered(&outbox));

    assert_int_equal(OD_OK, put_item(&outbox, 1, BASE_BATCH_BYTES_MAX - 100));
    assert_int_equal(OD_OK, put_item(&outbox, 2, 100)); /* would pass the soft limit: opens the next batch */
    batch = host_outbox_take(&outbox);
    assert_int_equal(1, batch->count);
    host_outbox_recycle(&outbox, batch, 1);
    batch = host_outbox_take(&outbox);
    assert_int_equal(1, batch->count);
    assert_int_equal(BASE_FRAME_HEADER_SIZE + 100, batch->bytes.size);
    host_outbox_recycle(&outbox, batch, 1);

    size_t room = BASE_FRAME_PAYLOAD_MAX - BASE_FRAME_HEADER_SIZE;
    assert_int_equal(OD_OK, put_item(&outbox, 3, room)); /* a single item may fill the frame */
    assert_int_equal(OD_ELIMIT, put_item(&outbox, 4, room + 1));
    batch = host_outbox_take(&outbox);
    assert_int_equal(1, batch->count);
    host_outbox_recycle(&outbox, batch, 1);
    assert_null(host_outbox_take(&outbox)); /* the refused one left no trace */
    host_outbox_fini(&outbox);
}

static void outbox_is_bounded(void **state)
{
    struct host_outbox outbox;

    (void)state;
    assert_int_equal(OD_OK, host_outbox_init(&outbox));
    for (uint64_t i = 0; i < HOST_UNANSWERED_MAX; i++)
        assert_int_equal(OD_OK, put_item(&outbox, i, 2));
    assert_int_equal(OD_EBUSY, put_item(&outbox, 1, 2));
    struct host_batch *batch = host_outbox_take(&outbox);
    host_outbox_recycle(&outbox, batch, batch->count);
    assert_int_equal(OD_OK, put_item(&outbox, 1, 2));
    host_outbox_fini(&outbox);
}

static void outbox_survives_short_memory(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        struct host_outbox outbox;
        struct host_batch *batch;
        int failed = 0;
        size_t put = 0, taken = 0;

        assert_int_equal(OD_OK, host_outbox_init(&outbox));
        base_alloc_fail_at(fail_at);
        for (uint64_t i = 0; i < 300; i++) {
            int rc = put_item(&outbox, i, 1000);

            failed += rc == OD_ENOMEM;
            put += rc == OD_OK;
        }
        base_alloc_fail_at(0);
        while ((batch = host_outbox_take(&outbox)) != NULL) {
            struct base_frame frame = {.payload = batch->bytes.bytes, .length = (uint32_t)batch->bytes.size,
                                       .count = batch->count};
            struct base_frame item;
            size_t offset = 0;

            while (base_frame_next(&frame, &offset, &item) == OD_OK) {
                assert_int_equal(1000, item.length);
                taken++;
            }
            host_outbox_recycle(&outbox, batch, batch->count);
        }
        assert_int_equal(put, taken);
        assert_int_equal(0, host_outbox_unanswered(&outbox));
        host_outbox_fini(&outbox);
        if (failed == 0)
            break;
    }
}

static void blocks_come_in_order_and_answers_apart(void **state)
{
    struct host_inbox inbox;
    static struct host_post posts[HOST_POSTS_ROOM];
    struct host_take take;

    (void)state;
    assert_int_equal(OD_OK, host_inbox_init(&inbox));
    assert_int_equal(OD_OK, host_inbox_put_items(&inbox, "one", 3));
    assert_int_equal(OD_OK, host_inbox_put_answers(&inbox, "answer", 6));
    assert_int_equal(OD_OK, host_inbox_put_items(&inbox, "two", 3));
    assert_int_equal(6, host_inbox_item_bytes(&inbox));
    host_inbox_take(&inbox, 0, false, posts, &take); /* items wait when they are not wanted */
    assert_null(take.items.first);
    assert_int_equal(6, take.answers.first->bytes.size);
    host_inbox_recycle(&inbox, take.answers.first);
    host_inbox_take(&inbox, 1000, true, posts, &take);
    struct host_block *one = host_blocks_pop(&take.items), *two = host_blocks_pop(&take.items);
    assert_memory_equal("one", one->bytes.bytes, 3);
    assert_memory_equal("two", two->bytes.bytes, 3);
    assert_null(host_blocks_pop(&take.items));
    assert_int_equal(0, host_inbox_item_bytes(&inbox));
    host_inbox_recycle(&inbox, one);
    host_inbox_recycle(&inbox, two);
    host_inbox_fini(&inbox);
}

static void count_up(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void posts_are_bounded(void **state)
{
    static struct host_post posts[HOST_POSTS_ROOM];
    struct host_inbox inbox;
    struct host_take take;
    atomic_int count = 0;

    (void)state;
    assert_int_equal(OD_OK, host_inbox_init(&inbox));
    for (int i = 0; i < HOST_POSTS_MAX; i++)
        assert_int_equal(OD_OK, host_inbox_post(&inbox, count_up, &count));
    assert_int_equal(OD_EBUSY, host_inbox_post(&inbox, count_up, &count));
    host_inbox_post_done(&inbox, count_up, &count); /* has its own room */
    host_inbox_take(&inbox, 0, true, posts, &take);
    assert_int_equal(HOST_POSTS_MAX + 1, take.post_count);
    assert_int_equal(OD_OK, host_inbox_post(&inbox, count_up, &count));
    host_inbox_fini(&inbox);
}

static void run_posts(struct host_inbox *inbox, struct host_work *work)
{
    static struct host_post posts[HOST_POSTS_ROOM];
    struct host_take take;

    while (host_work_unfinished(work) > 0) {
        host_inbox_take(inbox, 1000, true, posts, &take);
        for (size_t i = 0; i < take.post_count; i++)
            posts[i].on_posted(posts[i].arg);
    }
}

static void work_is_done_once_and_bounded(void **state)
{
    struct host_inbox inbox;
    struct host_work work;
    atomic_int count = 0;
    int started = 0;

    (void)state;
    assert_int_equal(OD_OK, host_inbox_init(&inbox));
    host_work_init(&work, &inbox);
    while (host_work_start(&work, count_up, count_up, &count) == OD_OK)
        started++;
    assert_int_equal(HOST_WORK_MAX, started); /* unfinished until its end was run here */
    run_posts(&inbox, &work);
    assert_int_equal(2 * started, atomic_load(&count));
    assert_int_equal(OD_OK, host_work_start(&work, count_up, NULL, &count));
    run_posts(&inbox, &work);
    assert_int_equal(2 * started + 1, atomic_load(&count));
    host_work_fini(&work);
    host_inbox_fini(&inbox);
}

enum { FLOOD = 20000 };

static void *run_feeder(void *arg)
{
    struct host_inbox *inbox = arg;

    for (uint32_t i = 0; i < FLOOD; i++)
        assert_int_equal(OD_OK, host_inbox_put_items(inbox, (const char *)&i, sizeof(i)));
    return NULL;
}

/* Two threads at full speed: nothing lost, nothing twice, order kept. */
static void nothing_is_lost_between_threads(void **state)
{
    static struct host_post posts[HOST_POSTS_ROOM];
    struct host_inbox inbox;
    struct host_take take;
    struct host_block *block;
    pthread_t feeder;
    uint32_t expected = 0, got;

    (void)state;
    assert_int_equal(OD_OK, host_inbox_init(&inbox));
    assert_int_equal(0, pthread_create(&feeder, NULL, run_feeder, &inbox));
    while (expected < FLOOD) {
        host_inbox_take(&inbox, 10000, true, posts, &take);
        while ((block = host_blocks_pop(&take.items)) != NULL) {
            memcpy(&got, block->bytes.bytes, sizeof(got));
            assert_int_equal(expected++, got);
            host_inbox_recycle(&inbox, block);
        }
    }
    pthread_join(feeder, NULL);
    host_inbox_fini(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_close_at_their_limits),
        cmocka_unit_test(outbox_is_bounded),
        cmocka_unit_test(outbox_survives_short_memory),
        cmocka_unit_test(blocks_come_in_order_and_answers_apart),
        cmocka_unit_test(posts_are_bounded),
        cmocka_unit_test(work_is_done_once_and_bounded),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
