/* SPDX-License-Identifier: Apache-2.0 */
/* What a broken or hostile host may send: it loses its session, nobody else does. */
#include "connect/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "connect/inside.h"

static struct stage stage;
static struct relay relay;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){.times = {.backoff_min_ms = 60000}});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static bool has_error(struct connect_link *link, const char *part)
{
    struct base_buffer status = {0};

    connect_put_status(&status, NULL, link);
    bool has = strstr(base_buffer_text(&status), part) != NULL;
    if (!has)
        fprintf(stderr, "%s\n", base_buffer_text(&status));
    base_buffer_fini(&status);
    return has;
}

static void unload(struct connect_link *link)
{
    unsigned unloaded = stage.unloaded;

    relay_drop(&relay);
    connect_unload(link);
    STAGE_UNTIL(&stage, stage.unloaded > unloaded);
}

/* A header as its bytes. */
static void put_header(struct base_buffer *bytes, uint32_t length, uint8_t kind, uint8_t flags, uint16_t count,
                       uint64_t id, uint32_t epoch, uint32_t reserved)
{
    unsigned char raw[BASE_FRAME_HEADER_SIZE] = {0};

    for (unsigned i = 0; i < 4; i++) {
        raw[i] = (unsigned char)(length >> 8 * i);
        raw[24 + i] = (unsigned char)(epoch >> 8 * i);
        raw[28 + i] = (unsigned char)(reserved >> 8 * i);
    }
    raw[4] = kind;
    raw[5] = flags;
    raw[6] = (unsigned char)count;
    raw[7] = (unsigned char)(count >> 8);
    for (unsigned i = 0; i < 8; i++)
        raw[8 + i] = (unsigned char)(id >> 8 * i);
    base_buffer_put(bytes, raw, sizeof(raw));
}

static void broken_frames_end_the_session(void **state)
{
    static const struct {
        uint32_t length;
        uint8_t kind, flags;
        uint16_t count;
        uint32_t epoch_more, reserved;
        const char *payload, *error, *why;
    } rows[] = {
        {BASE_FRAME_PAYLOAD_MAX + 1, BASE_FRAME_POLL, 0, 0, 0, 0, "", "a frame over the limit", "limit + 1"},
        {UINT32_MAX, BASE_FRAME_POLL, 0, 0, 0, 0, "", "a frame over the limit", "length is all ones"},
        {2, BASE_FRAME_NONE, 0, 0, 0, 0, "{}", "not a frame", "kind 0"},
        {2, BASE_FRAME_POLL, 0, 0, 0, 1, "{}", "not a frame", "reserved is not 0"},
        {2, BASE_FRAME_POLL, BASE_FRAME_REPLY, 0, 0, 0, "{}", "a reply to nothing", "the hub asks nothing"},
        {2, BASE_FRAME_POLL, 0, 0, 1, 0, "{}", "the epoch of another session", "a wrong epoch"},
        {2, BASE_FRAME_HELLO, 0, 0, 0, 0, "{}", "a second hello", "twice"},
        {2, BASE_FRAME_POLL, 0, 0, 0, 0, "{}", "a poll that cannot be read", "no ack"},
        {5, BASE_FRAME_POLL, 0, 0, 0, 0, "{\"ac", "a poll that cannot be read", "cut JSON"},
        {0, BASE_FRAME_POLL, 0, 0, 0, 0, "", "a poll that cannot be read", "no JSON"},
        {19, BASE_FRAME_POLL, 0, 0, 0, 0, "{\"ack\":-1,\"want\":1}", "a poll that cannot be read", "a negative number"},
        {18, BASE_FRAME_POLL, 0, 0, 0, 0, "{\"ack\":9,\"want\":1}", "acknowledged that was never sent", "ack of the future"},
        {18, BASE_FRAME_POLL, 0, 1, 0, 0, "{\"ack\":0,\"want\":1}", "a poll that cannot be read", "a poll is no batch"},
        {2, BASE_FRAME_REPORT, 0, 1, 0, 0, "{}", "a cut item in a report", "an item shorter than a header"},
        {0, BASE_FRAME_REPORT, 0, 1, 0, 0, "", "in a report", "one promised, none there"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_link *link = stage_load(&stage, "fire");
        struct base_buffer bytes = {0};
        unsigned lost = stage.lost;

        relay_ready(&stage, &relay, 10);
        put_header(&bytes, rows[i].length, rows[i].kind, rows[i].flags, rows[i].count, 50, relay.epoch + rows[i].epoch_more,
                   rows[i].reserved);
        base_buffer_put(&bytes, rows[i].payload, strlen(rows[i].payload) < rows[i].length ? strlen(rows[i].payload) : rows[i].length);
        if (strlen(rows[i].payload) < rows[i].length)
            base_buffer_put(&bytes, "\"", 1);
        relay_write(&relay, bytes.bytes, bytes.size);
        base_buffer_fini(&bytes);
        relay_await_end(&stage, &relay);
        STAGE_UNTIL(&stage, stage.lost > lost);
        CHECK(has_error(link, rows[i].error), rows[i].why);
        unload(link);
    }
    struct connect_figures figures;
    connect_figures(stage.connect, &figures);
    CHECK_I64(COUNT(rows), figures.frames_refused, "each is counted");
    CHECK_I64(COUNT(rows), figures.crashes, "and is a crash");
}

static void requests_before_hello_end_the_session(void **state)
{
    static const uint8_t kinds[] = {BASE_FRAME_POLL, BASE_FRAME_REPORT, BASE_FRAME_SERVICE, 200};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct connect_link *link = stage_load(&stage, "fire");

        relay_take(&stage, &relay);
        relay_send(&relay, kinds[i], "{\"ack\":0,\"want\":1}");
        relay_await_end(&stage, &relay);
        STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
        CHECK(has_error(link, "the first request was no hello"), "hello comes first");
        unload(link);
    }
}

static void a_report_has_at_most_128_items(void **state)
{
    struct base_frame items[BASE_BATCH_ITEMS_MAX + 1];
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    for (size_t i = 0; i < COUNT(items); i++)
        items[i] = (struct base_frame){.kind = BASE_ITEM_PROGRESS, .id = i + 1, .length = 2, .payload = "{}"};
    stage.is_answering = BASE_ANSWER_OK;
    relay_ready(&stage, &relay, 10);
    relay_report(&relay, items, BASE_BATCH_ITEMS_MAX);
    struct base_frame reply = relay_receive(&stage, &relay);
    CHECK_I64(BASE_BATCH_ITEMS_MAX, reply.count, "the limit");
    relay_report(&relay, items, 0);
    reply = relay_receive(&stage, &relay);
    CHECK_I64(0, reply.count, "none at all");
    relay_report(&relay, items, BASE_BATCH_ITEMS_MAX + 1);
    STAGE_UNTIL(&stage, stage.lost == 1);
    CHECK(has_error(link, "a report with too many items"), "limit + 1");
    CHECK_I64(BASE_BATCH_ITEMS_MAX, stage.report_count, "of a broken batch nothing is acted on");
    relay_drop(&relay);
}

static void the_largest_frame_passes(void **state)
{
    static char payload[BASE_FRAME_PAYLOAD_MAX - BASE_FRAME_HEADER_SIZE];
    struct base_frame item = {.kind = BASE_ITEM_CHECKPOINT, .id = 1, .length = sizeof(payload), .payload = payload};

    (void)state;
    stage_load(&stage, "fire");
    memset(payload, ' ', sizeof(payload));
    payload[0] = '{';
    payload[sizeof(payload) - 1] = '}';
    stage.is_answering = BASE_ANSWER_OK;
    relay_ready(&stage, &relay, 10);
    fcntl(relay.fd, F_SETFL, O_NONBLOCK);
    struct base_buffer bytes = {0};
    struct base_frame frame = {.kind = BASE_FRAME_REPORT, .id = 2, .epoch = relay.epoch};
    for (unsigned round = 0; round < 3; round++) { /* across the end of the block that is read into */
        item.id = frame.id = round + 2;
        size_t at = base_frame_begin(&bytes, &frame);
        base_frame_put(&bytes, &item);
        base_frame_end(&bytes, at, 1);
    }
    size_t sent = 0;
    while (sent < bytes.size) {
        ssize_t size = send(relay.fd, bytes.bytes + sent, bytes.size - sent < 70001 ? bytes.size - sent : 70001, MSG_NOSIGNAL);
        sent += size > 0 ? (size_t)size : 0;
        stage_turn(&stage);
    }
    base_buffer_fini(&bytes);
    STAGE_UNTIL(&stage, stage.report_count == 3);
    for (unsigned round = 0; round < 3; round++)
        CHECK_I64(1, relay_receive(&stage, &relay).count, "answered");
    relay_drop(&relay);
}

/* A whole conversation as bytes: hello, poll, report. */
static void put_conversation(struct base_buffer *bytes, uint32_t epoch)
{
    const char *hello = "{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"dept\",\"version\":\"1.0\"}";
    const char *poll = "{\"ack\":0,\"want\":5,\"ready\":true}";
    struct base_frame item = {.kind = BASE_ITEM_PROGRESS, .id = 1, .task = 3, .epoch = epoch, .length = 14, .payload = "{\"percent\": 4}"};

    base_frame_put(bytes, &(struct base_frame){.kind = BASE_FRAME_HELLO, .id = 1, .length = (uint32_t)strlen(hello), .payload = hello});
    base_frame_put(bytes, &(struct base_frame){.kind = BASE_FRAME_POLL, .id = 2, .epoch = epoch, .length = (uint32_t)strlen(poll), .payload = poll});
    size_t at = base_frame_begin(bytes, &(struct base_frame){.kind = BASE_FRAME_REPORT, .id = 3, .epoch = epoch});
    base_frame_put(bytes, &item);
    base_frame_end(bytes, at, 1);
}

static void bytes_may_come_one_by_one(void **state)
{
    struct base_buffer bytes = {0};

    (void)state;
    stage_load(&stage, "fire");
    relay_take(&stage, &relay);
    put_conversation(&bytes, 1);
    for (size_t i = 0; i < bytes.size; i++) {
        relay_write(&relay, bytes.bytes + i, 1);
        uv_run(&stage.loop, UV_RUN_NOWAIT);
    }
    STAGE_UNTIL(&stage, stage.report_count == 1 && stage.ready > 0); /* ready once that is noted on the disk */
    CHECK_I64(1, stage.ready, "ready once");
    CHECK_TEXT("{\"percent\": 4}", stage.reports[0].payload, "whole");
    base_buffer_fini(&bytes);
    relay_drop(&relay);
}

static void a_conversation_may_be_cut_at_each_byte(void **state)
{
    struct base_buffer bytes = {0};

    (void)state;
    put_conversation(&bytes, 1);
    size_t size = bytes.size;
    for (size_t cut = 0; cut <= size; cut += cut < 40 || cut > size - 40 ? 1 : 7) {
        struct connect_link *link = stage_load(&stage, "fire");

        relay_take(&stage, &relay);
        base_buffer_clear(&bytes);
        put_conversation(&bytes, stage.epoch + 1);
        relay_write(&relay, bytes.bytes, cut);
        stage_turn(&stage);
        unload(link);
        CHECK_I64(stage.ready, stage.lost, "each ready session is lost once");
    }
    base_buffer_fini(&bytes);
    CHECK_I64(1, stage.report_count, "only the last one was whole");
}

static void memory_may_run_out_at_any_point_of_a_session(void **state)
{
    struct base_buffer bytes = {0};
    unsigned whole = 0, broken = 0;

    (void)state;
    stage.is_answering = BASE_ANSWER_OK;
    for (uint64_t fail_at = 1; fail_at <= 40; fail_at++) {
        struct connect_link *link = stage_load(&stage, "fire");
        size_t reports = stage.report_count;

        relay_take(&stage, &relay);
        base_buffer_clear(&bytes);
        put_conversation(&bytes, stage.epoch + 1);
        base_alloc_fail_at(fail_at);
        relay_write(&relay, bytes.bytes, bytes.size);
        for (unsigned turn = 0; turn < 6; turn++) {
            stage_turn(&stage);
            if (connect_room(link) > 0 && connect_put_item(link, BASE_ITEM_OFFER, 1, "{}", 2) == OD_OK)
                connect_offer_ended(link, connect_link_epoch(link));
        }
        base_alloc_fail_at(0);
        bool is_alive = connect_link_state(link) == CONNECT_ACTIVE;
        whole += is_alive && stage.report_count > reports;
        broken += !is_alive;
        unload(link);
        CHECK_I64(stage.ready, stage.lost, "each ready session is lost once");
    }
    base_buffer_fini(&bytes);
    CHECK(whole > 0, "enough memory at last");
    CHECK(broken > 0, "a session without memory ends, and the hub does not");
}

static void garbage_hurts_only_its_sender(void **state)
{
    static struct relay good;
    struct connect_link *link;
    unsigned seed = 7;

    (void)state;
    stage_load(&stage, "health");
    relay_ready(&stage, &good, 10);
    for (unsigned round = 0; round < 40; round++) {
        unsigned char noise[3000];

        link = stage_load(&stage, "fire");
        relay_take(&stage, &relay);
        if (round % 2 == 0)
            relay_hello(&stage, &relay);
        for (size_t i = 0; i < sizeof(noise); i++) {
            seed = seed * 1103515245u + 12345u;
            noise[i] = (unsigned char)(seed >> 16);
        }
        if (round % 4 == 0) { /* a plausible header before the noise */
            memset(noise, 0, 32);
            noise[0] = (unsigned char)(round * 5);
            noise[4] = (unsigned char)(1 + round % 7);
            noise[24] = (unsigned char)relay.epoch;
        }
        relay_write(&relay, noise, sizeof(noise));
        stage_turn(&stage);
        unload(link);
    }
    struct base_frame item = {.kind = BASE_ITEM_PROGRESS, .id = 1, .length = 2, .payload = "{}"};
    stage.is_answering = BASE_ANSWER_OK;
    relay_report(&good, &item, 1);
    struct base_frame reply = relay_receive(&stage, &good);
    CHECK_TEXT("36/1/0/1 \n", batch_text(&reply), "the other connector is served");
    relay_drop(&good);
}

/* Three bursts more than may come at once: what is over waits its milliseconds, and all is taken. */
static void who_says_too_much_is_read_no_faster(void **state)
{
    const size_t batches = 4 * (CONNECT_ITEMS_BURST_MAX / BASE_BATCH_ITEMS_MAX);
    struct base_frame items[BASE_BATCH_ITEMS_MAX];
    static struct relay good;
    uint64_t began_ms, least_ms = 3 * CONNECT_ITEMS_BURST_MAX / CONNECT_ITEMS_MS_MAX;
    uint64_t id = 0;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    stage_load(&stage, "health");
    relay_ready(&stage, &good, 10);
    stage.is_answering = BASE_ANSWER_OK;
    began_ms = uv_hrtime() / 1000000;
    for (size_t batch = 0; batch < batches; batch++) {
        for (size_t i = 0; i < COUNT(items); i++)
            items[i] = (struct base_frame){.kind = BASE_ITEM_PROGRESS, .id = ++id, .length = 2, .payload = "{}"};
        relay_report(&relay, items, COUNT(items));
        CHECK_I64(BASE_BATCH_ITEMS_MAX, relay_receive(&stage, &relay).count, "all of it is answered");
        if (batch == batches / 2) { /* while it is slowed, another is not */
            struct base_frame item = {.kind = BASE_ITEM_PROGRESS, .id = 1, .length = 2, .payload = "{}"};
            relay_report(&good, &item, 1);
            CHECK_I64(1, relay_receive(&stage, &good).count, "the other connector is served");
        }
    }
    CHECK(uv_hrtime() / 1000000 - began_ms + 20 >= least_ms, "no faster than the rate");
    relay_drop(&relay);
    relay_drop(&good);
}

static void who_does_not_read_is_not_read(void **state)
{
    unsigned char request[BASE_FRAME_HEADER_SIZE + 2];
    struct base_buffer bytes = {0};
    uint64_t sent = 0, answered = 0, last_sent = 1;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    fcntl(relay.fd, F_SETFL, O_NONBLOCK);
    size_t part = 0;
    for (unsigned idle = 0; idle < 50;) {
        if (part == 0) {
            base_buffer_clear(&bytes);
            put_header(&bytes, 2, BASE_FRAME_SERVICE, 0, 0, 100 + sent, relay.epoch, 0);
            base_buffer_put(&bytes, "{}", 2);
            memcpy(request, bytes.bytes, sizeof(request));
        }
        ssize_t size = send(relay.fd, request + part, sizeof(request) - part, MSG_NOSIGNAL);
        if (size > 0)
            part = (part + (size_t)size) % sizeof(request);
        sent += size > 0 && part == 0;
        if (size < 0) {
            assert_int_equal(EAGAIN, errno);
            stage_turn(&stage);
            idle = sent == last_sent ? idle + 1 : 0;
            last_sent = sent;
        }
        assert_true(sent < 1000000);
    }
    base_buffer_fini(&bytes);
    while (answered < sent) {
        struct base_frame reply = relay_receive(&stage, &relay);
        CHECK_I64(BASE_FRAME_SERVICE, reply.kind, "a reply");
        CHECK_I64(100 + answered, reply.id, "in order, none is missing");
        answered++;
    }
    CHECK_I64(0, stage.lost, "the session lives");
    relay_drop(&relay);
}

static void flat_members_are_read(void **state)
{
    static const struct {
        const char *text;
        int rc;
        uint64_t number;
        bool is_true;
        const char *why;
    } rows[] = {
        {"{\"n\":42}", OD_OK, 42, false, "plain"},
        {" { \"n\" : 42 , \"b\" : true } ", OD_OK, 42, true, "spaces"},
        {"{\"x\":{\"n\":1,\"y\":[\"}\",2]},\"n\":7,\"z\":[[],{}]}", OD_OK, 7, false, "nested members are others"},
        {"{\"x\":\"\\\"n\\\":1\",\"n\":7}", OD_OK, 7, false, "text that looks like a member"},
        {"{\"n\":18446744073709551609}", OD_OK, UINT64_MAX - 6, false, "the limit"},
        {"{\"n\":18446744073709551620}", OD_EINVAL, 5, false, "limit + 1"},
        {"{\"n\":-1}", OD_EINVAL, 5, false, "negative"},
        {"{\"n\":1.0}", OD_EINVAL, 5, false, "a fraction"},
        {"{\"n\":1e3}", OD_EINVAL, 5, false, "an exponent"},
        {"{\"n\":\"1\"}", OD_EINVAL, 5, false, "a text"},
        {"{\"n\":null}", OD_EINVAL, 5, false, "null"},
        {"{\"b\":true}", OD_EINVAL, 5, true, "a required member is missing"},
        {"{\"n\":1,\"b\":1}", OD_EINVAL, 1, false, "no Boolean"},
        {"{}", OD_EINVAL, 5, false, "empty"},
        {"[1]", OD_EINVAL, 5, false, "no object"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t number = 5;
        bool is_true = false;
        const struct connect_field fields[] = {{.name = "n", .number = &number, .is_required = true},
                                               {.name = "b", .is_true = &is_true}};

        CHECK_I64(rows[i].rc, connect_fields_read(rows[i].text, strlen(rows[i].text), fields, 2), rows[i].why);
        CHECK_I64(rows[i].number, number, rows[i].why);
        CHECK_I64(rows[i].is_true, is_true, rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(broken_frames_end_the_session, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(requests_before_hello_end_the_session, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_report_has_at_most_128_items, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(the_largest_frame_passes, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(bytes_may_come_one_by_one, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_conversation_may_be_cut_at_each_byte, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(memory_may_run_out_at_any_point_of_a_session, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(garbage_hurts_only_its_sender, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(who_says_too_much_is_read_no_faster, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(who_does_not_read_is_not_read, open_stage, close_stage),
        cmocka_unit_test(flat_members_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
