/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: round trip, cuts, limits, batches that do not add up. */
#include "lib/check.h"

#include <stdlib.h>

#include "base/frame.h"

static const struct base_frame sample = {
    .length = 5,
    .kind = BASE_FRAME_REPORT,
    .flags = BASE_FRAME_REPLY,
    .count = 0,
    .id = UINT64_C(0x0123456789abcdef),
    .task = UINT64_C(0xfedcba9876543210),
    .epoch = 0xdeadbeef,
    .payload = "hello",
};

static int read_exactly(const char *bytes, size_t size, struct base_frame *frame, size_t *used)
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    int rc = base_frame_read(copy, size, frame, used);
    free(copy);
    return rc;
}

static void a_frame_comes_back_as_it_went(void **state)
{
    static const uint8_t header[] = {
        5, 0, 0, 0, 3, 1, 0, 0, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,
        0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 0xef, 0xbe, 0xad, 0xde, 0, 0, 0, 0,
    };
    struct base_buffer buffer = {0};
    struct base_frame frame;
    size_t used = 0;

    (void)state;
    base_frame_put(&buffer, &sample);
    base_buffer_put_text(&buffer, "the next frame");
    assert_memory_equal(buffer.bytes, header, sizeof(header));
    CHECK_I64(OD_OK, base_frame_read(buffer.bytes, buffer.size, &frame, &used), "read");
    CHECK_I64(BASE_FRAME_HEADER_SIZE + 5, used, "only this frame");
    CHECK_I64(sample.kind, frame.kind, "kind");
    CHECK_I64(sample.flags, frame.flags, "flags");
    CHECK(frame.id == sample.id && frame.task == sample.task && frame.epoch == sample.epoch, "ids");
    assert_memory_equal(frame.payload, "hello", 5);
    base_buffer_fini(&buffer);
}

static void a_cut_frame_asks_for_more(void **state)
{
    struct base_buffer buffer = {0};
    struct base_frame frame = {.id = 42};
    size_t used = 42;

    (void)state;
    base_frame_put(&buffer, &sample);
    for (size_t size = 0; size < buffer.size; size++)
        CHECK_I64(OD_EBUSY, read_exactly(buffer.bytes, size, &frame, &used), "cut");
    CHECK_I64(42, frame.id, "unchanged");
    CHECK_I64(42, used, "unchanged");
    base_buffer_fini(&buffer);
}

static void a_length_at_the_limit_and_one_more(void **state)
{
    struct base_buffer buffer = {0};
    struct base_frame frame = {.kind = BASE_FRAME_POLL};
    size_t used;

    (void)state;
    size_t offset = base_frame_begin(&buffer, &frame);
    for (size_t i = 0; i < BASE_FRAME_PAYLOAD_MAX; i++)
        base_buffer_put(&buffer, "x", 1);
    base_frame_end(&buffer, offset, 0);
    CHECK_I64(BASE_FRAME_MAX, buffer.size, "a full frame");
    CHECK_I64(OD_OK, read_exactly(buffer.bytes, buffer.size, &frame, &used), "limit");
    CHECK_I64(BASE_FRAME_PAYLOAD_MAX, frame.length, "limit");
    base_buffer_put(&buffer, "x", 1);
    base_frame_end(&buffer, offset, 0);
    CHECK_I64(OD_ELIMIT, read_exactly(buffer.bytes, buffer.size, &frame, &used), "limit + 1");
    CHECK_I64(OD_ELIMIT, read_exactly(buffer.bytes, BASE_FRAME_HEADER_SIZE, &frame, &used),
              "told from the header alone, before any payload is awaited");
    base_buffer_fini(&buffer);
}

static void garbage_is_told_from_a_frame(void **state)
{
    static const struct { size_t offset; uint8_t byte; int rc; const char *why; } rows[] = {
        {4, 0, OD_EPEER, "kind 0"},
        {28, 1, OD_EPEER, "reserved not 0"},
        {31, 0x80, OD_EPEER, "the last reserved byte"},
        {3, 0xff, OD_ELIMIT, "a length of gigabytes"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};
        struct base_frame frame = {.id = 42};
        size_t used = 42;

        base_frame_put(&buffer, &sample);
        buffer.bytes[rows[i].offset] = (char)rows[i].byte;
        CHECK_I64(rows[i].rc, read_exactly(buffer.bytes, buffer.size, &frame, &used), rows[i].why);
        CHECK_I64(42, frame.id, "unchanged");
        base_buffer_fini(&buffer);
    }
}

static size_t batch_put(struct base_buffer *buffer, uint16_t items, uint16_t count)
{
    size_t offset = base_frame_begin(buffer, &(struct base_frame){.kind = BASE_FRAME_POLL});

    for (uint16_t i = 0; i < items; i++)
        base_frame_put(buffer, &(struct base_frame){.kind = BASE_ITEM_OFFER, .id = i + 1u,
                                                    .length = i % 7u, .payload = "payload"});
    base_frame_end(buffer, offset, count);
    return offset;
}

static void a_batch_yields_its_items_in_order(void **state)
{
    struct base_buffer buffer = {0};
    struct base_frame batch, item;
    size_t used, offset = 0;
    uint64_t id = 0;
    int rc;

    (void)state;
    base_buffer_put_text(&buffer, "earlier bytes");
    size_t start = batch_put(&buffer, BASE_BATCH_ITEMS_MAX, BASE_BATCH_ITEMS_MAX);
    CHECK_I64(OD_OK, base_frame_read(buffer.bytes + start, buffer.size - start, &batch, &used), "batch");
    while ((rc = base_frame_next(&batch, &offset, &item)) == OD_OK) {
        CHECK_I64(++id, item.id, "order");
        CHECK_I64((id - 1) % 7, item.length, "payload");
    }
    CHECK_I64(OD_ENOTFOUND, rc, "a clean end");
    CHECK_I64(BASE_BATCH_ITEMS_MAX, id, "all of them");
    base_buffer_fini(&buffer);
}

static void a_batch_that_does_not_add_up_yields_nothing(void **state)
{
    static const struct { uint16_t items, count; uint32_t cut; int rc; const char *why; } rows[] = {
        {3, 3, 0, OD_OK, "sound"},
        {3, 2, 0, OD_EPEER, "more items than told"},
        {3, 4, 0, OD_EPEER, "fewer items than told"},
        {3, 0, 0, OD_EPEER, "no batch at all"},
        {3, 3, 1, OD_EPEER, "the last item is cut in its payload"},
        {3, 3, 20, OD_EPEER, "the last item is cut in its header"},
        {0, 0, 0, OD_ENOTFOUND, "empty"},
        {0, 1, 0, OD_EPEER, "empty, but one told"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer buffer = {0};
        struct base_frame batch, item = {.id = 42};
        size_t used, offset = 0;

        batch_put(&buffer, rows[i].items, rows[i].count);
        CHECK_I64(OD_OK, base_frame_read(buffer.bytes, buffer.size, &batch, &used), rows[i].why);
        batch.length -= rows[i].cut;
        CHECK_I64(rows[i].rc, base_frame_next(&batch, &offset, &item), rows[i].why);
        if (rows[i].rc != OD_OK)
            CHECK(item.id == 42 && offset == 0, "unchanged");
        base_buffer_fini(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_comes_back_as_it_went),
        cmocka_unit_test(a_cut_frame_asks_for_more),
        cmocka_unit_test(a_length_at_the_limit_and_one_more),
        cmocka_unit_test(garbage_is_told_from_a_frame),
        cmocka_unit_test(a_batch_yields_its_items_in_order),
        cmocka_unit_test(a_batch_that_does_not_add_up_yields_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
