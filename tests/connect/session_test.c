/* SPDX-License-Identifier: Apache-2.0 */
/* One session over fd 3: hello, offers and their credits, acknowledgement, reports. */
#include "connect/stage.h"

#include <stdio.h>

static struct stage stage;
static struct relay relay;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, &(struct connect_options){.nice_increment = 10});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void hello_is_welcomed_with_config_and_epoch(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    relay_take(&stage, &relay);
    CHECK_TEXT("fire", relay.connector, "the host is told whose it is");
    CHECK(strstr(relay.environment, "PATH ") != NULL, "the path is kept");
    CHECK(strstr(relay.environment, "HOME ") == NULL, "the hub's environment is its own");
    relay_send(&relay, BASE_FRAME_HELLO,
               "{\"protocol\":[1,2],\"connector\":\"fire\",\"module\":\"dept\",\"version\":\"1.0\",\"tier\":\"plain\"}");
    struct base_frame reply = relay_receive(&stage, &relay);
    CHECK_I64(1, reply.epoch, "the first epoch");
    CHECK_I64(BASE_FRAME_REPLY, reply.flags, "a reply");
    char text[1024];
    snprintf(text, sizeof(text), "%.*s", (int)reply.length, reply.payload);
    CHECK_TEXT("{\"protocol\":1,\"session\":\"fire.1\",\"epoch\":1,\"config\":{\"a\":1},\"limits\":{\"credits\":256,"
               "\"frame\":262144,\"checkpoint\":65536},\"watchdog_ms\":15000,\"now_ms\":1764391084123,\"virtual\":false}",
               text, "as documented");
    CHECK_I64(CONNECT_STARTING, connect_link_state(link), "not ready yet");
    CHECK_I64(0, connect_room(link), "so nothing is offered");
    relay_drop(&relay);
}

static void hello_of_another_is_refused(void **state)
{
    static const struct {
        const char *json, *detail, *why;
    } rows[] = {
        {"{\"protocol\":[2,3],\"connector\":\"fire\",\"module\":\"dept\",\"version\":\"1.0\"}",
         "the hub speaks protocol 1, the host 2 to 3", "a newer protocol alone"},
        {"{\"protocol\":[1,1],\"connector\":\"health\",\"module\":\"dept\",\"version\":\"1.0\"}",
         "connector is \\\"health\\\", expected \\\"fire\\\"", "another connector"},
        {"{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"other\",\"version\":\"1.0\"}",
         "module is \\\"other\\\", expected \\\"dept\\\"", "another module"},
        {"{\"protocol\":[1,1],\"connector\":\"fire\",\"module\":\"dept\",\"version\":\"1.1\"}",
         "version is \\\"1.1\\\", expected \\\"1.0\\\"", "another version"},
        {"{\"connector\":\"fire\"}", "protocol is not [lowest, highest]", "no protocol"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_link *link = stage_load(&stage, "fire");
        char text[512];

        relay_take(&stage, &relay);
        relay_send(&relay, BASE_FRAME_HELLO, rows[i].json);
        struct base_frame reply = relay_receive(&stage, &relay);
        snprintf(text, sizeof(text), "%.*s", (int)reply.length, reply.payload);
        CHECK(strstr(text, rows[i].detail) != NULL, rows[i].why);
        relay_await_end(&stage, &relay);
        relay_drop(&relay);
        STAGE_UNTIL(&stage, connect_link_state(link) == CONNECT_BACKOFF);
        unsigned unloaded = stage.unloaded;
        connect_unload(link);
        STAGE_UNTIL(&stage, stage.unloaded > unloaded);
    }
    CHECK_I64(0, stage.lost, "a session that was never ready is not told as lost");
    CHECK_I64(0, stage.epoch, "and took no epoch");
}

static void offer(struct connect_link *link, uint64_t task)
{
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, task, "{}", 2), "there is room");
}

static void credits_bound_what_is_in_hand(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");

    (void)state;
    CHECK_I64(OD_ESTATE, connect_put_item(link, BASE_ITEM_OFFER, 1, "{}", 2), "no session");
    relay_ready(&stage, &relay, 3);
    CHECK_I64(3, connect_room(link), "as wanted");
    for (uint64_t task = 1; task <= 3; task++)
        offer(link, task);
    CHECK_I64(0, connect_room(link), "the limit");
    CHECK_I64(OD_EBUSY, connect_put_item(link, BASE_ITEM_OFFER, 4, "{}", 2), "limit + 1");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_CANCEL, 2, "{\"reason\":\"x\"}", 14), "a cancel takes no credit");
    struct base_frame reply = relay_receive(&stage, &relay);
    CHECK_TEXT("16/1/1/0 {}\n16/2/2/0 {}\n16/3/3/0 {}\n18/4/2/0 {\"reason\":\"x\"}\n", batch_text(&reply), "one batch, in order");
    connect_offer_ended(link, relay.epoch + 1);
    CHECK_I64(0, connect_room(link), "the end of an offer of another session frees nothing");
    connect_offer_ended(link, relay.epoch);
    CHECK_I64(1, connect_room(link), "an ended offer frees its credit");
    STAGE_UNTIL(&stage, stage.room == 1);
    relay_poll(&relay, 4, 0, "");
    STAGE_UNTIL(&stage, connect_room(link) == 0);
    relay_poll(&relay, 4, 1000000, "");
    STAGE_UNTIL(&stage, connect_room(link) == 254);
    CHECK(stage.room == 2, "more wanted is told, and no more than the manifest allows is given");
    relay_drop(&relay);
}

static void unacknowledged_items_come_again(void **state)
{
    struct connect_link *link = stage_load(&stage, "fire");
    struct base_frame reply;

    (void)state;
    relay_ready(&stage, &relay, 10);
    for (uint64_t task = 1; task <= 3; task++)
        offer(link, task);
    relay_receive(&stage, &relay);
    relay_poll(&relay, 1, 10, "");
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("16/2/2/0 {}\n16/3/3/0 {}\n", batch_text(&reply), "after item 1, with the same seq");
    relay.request--;
    offer(link, 4);
    relay_poll(&relay, 1, 10, "");
    reply = relay_receive(&stage, &relay);
    CHECK_I64(relay.request, reply.id, "the same request");
    CHECK_TEXT("16/2/2/0 {}\n16/3/3/0 {}\n", batch_text(&reply), "gets the same answer, though more is there by now");
    uint64_t last = relay.request;
    relay.request = 1;
    relay_poll(&relay, 1, 10, "");
    reply = relay_receive(&stage, &relay);
    CHECK(strstr(reply.payload, "\"stale\"") != NULL, "an older poll is told so");
    relay.request = last;
    relay_poll(&relay, 3, 10, "");
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("16/4/4/0 {}\n", batch_text(&reply), "what was put meanwhile");
    relay_drop(&relay);
}

static void batches_close_at_their_limits(void **state)
{
    static char big[BASE_BATCH_BYTES_MAX], item[BASE_FRAME_PAYLOAD_MAX];
    struct connect_link *link = stage_load(&stage, "fire");
    struct base_frame reply;

    (void)state;
    memset(big, ' ', sizeof(big));
    memset(item, ' ', sizeof(item));
    relay_ready(&stage, &relay, 256);
    for (uint64_t task = 1; task <= BASE_BATCH_ITEMS_MAX + 1; task++)
        offer(link, task);
    reply = relay_receive(&stage, &relay);
    CHECK_I64(BASE_BATCH_ITEMS_MAX, reply.count, "the limit of items");
    relay_poll(&relay, 128, 256, "");
    reply = relay_receive(&stage, &relay);
    CHECK_I64(1, reply.count, "limit + 1 comes next");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_EVENT, 1, big, 1000), "small");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_EVENT, 1, big, sizeof(big) - 2 * BASE_FRAME_HEADER_SIZE - 1000), "to the limit");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_EVENT, 1, big, 0), "over it");
    relay_poll(&relay, 129, 256, "");
    reply = relay_receive(&stage, &relay);
    CHECK_I64(2, reply.count, "the item that would pass the limit of bytes opens the next batch");
    CHECK_I64(BASE_BATCH_BYTES_MAX, reply.length, "the limit of bytes");
    size_t max = sizeof(item) - BASE_FRAME_HEADER_SIZE;
    CHECK_I64(OD_ELIMIT, connect_put_item(link, BASE_ITEM_EVENT, 1, item, max + 1), "no frame can hold it");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_EVENT, 1, item, max), "the largest item");
    relay_poll(&relay, 131, 256, "");
    reply = relay_receive(&stage, &relay);
    CHECK_I64(1, reply.count, "what would pass the limit with it waits");
    relay_poll(&relay, 132, 256, "");
    reply = relay_receive(&stage, &relay);
    CHECK_I64(BASE_FRAME_PAYLOAD_MAX, reply.length, "travels alone");
    relay_drop(&relay);
}

static void too_much_unacknowledged_is_refused(void **state)
{
    static char item[128 * 1024];
    struct connect_link *link = stage_load(&stage, "fire");
    unsigned count = 0;

    (void)state;
    memset(item, ' ', sizeof(item));
    relay_ready(&stage, &relay, 256);
    while (connect_room(link) > 0) {
        CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, ++count, item, sizeof(item)), "room was told");
    }
    CHECK_I64(CONNECT_OUTBOX_MAX / (128 * 1024), count, "room ends at the limit, not at the credits");
    CHECK_I64(OD_EBUSY, connect_put_item(link, BASE_ITEM_OFFER, 999, "{}", 2), "limit + 1");
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_CANCEL, 1, "{}", 2), "a cancel still passes");
    stage.room = 0;
    uint64_t ack = 0;
    while (ack < count + 1) {
        struct base_frame reply = relay_receive(&stage, &relay);
        ack += reply.count;
        relay_poll(&relay, ack, 256, "");
    }
    STAGE_UNTIL(&stage, stage.room > 0);
    CHECK_I64(256 - count, connect_room(link), "what was acknowledged makes room");
    relay_drop(&relay);
}

static void an_empty_poll_is_answered_in_time(void **state)
{
    struct base_frame reply;

    (void)state;
    stage_close(&stage);
    stage_open(&stage, &(struct connect_options){.times = {.poll_ms = 40}});
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    reply = relay_receive(&stage, &relay);
    CHECK_I64(0, reply.count, "no items");
    CHECK_I64(0, reply.length, "an empty batch");
    relay_drop(&relay);
}

static struct base_frame report(uint8_t kind, uint64_t id, uint64_t task, const char *json)
{
    return (struct base_frame){
        .kind = kind, .id = id, .task = task, .epoch = relay.epoch, .length = (uint32_t)strlen(json), .payload = json};
}

static void reports_are_answered_together_in_order(void **state)
{
    struct base_json_error cut, empty;
    struct base_frame reply;
    char expected[1024];

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    struct base_frame items[] = {
        report(BASE_ITEM_ACCEPT, 1, 7, "{\"external_ref\":\"F-1\"}"),
        report(BASE_ITEM_LOG, 2, 0, "{\"level\":\"info\",\"text\":\"hello\"}"),
        report(BASE_ITEM_OPINION, 3, 8, "{\"opinion\":"),
        report(99, 4, 8, "{}"),
        report(BASE_ITEM_PROGRESS, 5, 8, "[1]"),
        report(BASE_ITEM_PROGRESS, 6, 8, "{\"percent\":40}"),
        report(BASE_ITEM_METRIC, 7, 0, "{\"name\":\"queue\",\"value\":1.5}"),
        report(BASE_ITEM_GIVE_BACK, 0, 8, "{}"),
        report(BASE_ITEM_GIVE_BACK, 8, 9, ""),
    };
    uint64_t id = relay_report(&relay, items, COUNT(items));
    STAGE_UNTIL(&stage, stage.batch_count == 1);
    CHECK_I64(2, stage.report_count, "what is broken, or not the engine's, does not get there");
    CHECK_I64(1, stage.reports[0].report_id, "the accept");
    CHECK_TEXT("{\"external_ref\":\"F-1\"}", stage.reports[0].payload, "its payload");
    CHECK_I64(6, stage.reports[1].report_id, "the progress");
    CHECK_I64(relay.epoch, stage.reports[1].epoch, "its epoch");
    stage_answer(&stage, 1, BASE_ANSWER_REFUSED, "not now");
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK(!relay_has_frame(&relay), "no reply before the last answer");
    stage_answer(&stage, 0, BASE_ANSWER_OK, NULL);
    reply = relay_receive(&stage, &relay);
    CHECK_I64(id, reply.id, "the reply to the batch");
    assert_int_equal(OD_ESYNTAX, base_json_check("{\"opinion\":", 11, &cut));
    assert_int_equal(OD_ESYNTAX, base_json_check("", 0, &empty));
    snprintf(expected, sizeof(expected),
             "32/1/7/1 \n41/2/0/1 \n37/3/8/4 {\"reason\":\"1:12: %s\"}\n"
             "99/4/8/4 {\"reason\":\"no such report: kind 99\"}\n"
             "36/5/8/4 {\"reason\":\"the payload is no JSON object\"}\n"
             "36/6/8/4 {\"reason\":\"not now\"}\n42/7/0/1 \n"
             "39/0/8/4 {\"reason\":\"report ids start at 1\"}\n"
             "39/8/9/4 {\"reason\":\"1:1: %s\"}\n",
             cut.text, empty.text);
    CHECK_TEXT(expected, batch_text(&reply), "each item in its place");
    relay_drop(&relay);
}

static void repeated_reports_reach_the_engine_once(void **state)
{
    struct base_frame reply;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    struct base_frame item = report(BASE_ITEM_ACCEPT, 1, 7, "{}");
    relay_report(&relay, &item, 1);
    STAGE_UNTIL(&stage, stage.report_count == 1);
    relay.request--;
    relay_report(&relay, &item, 1); /* the same request while its answer is awaited: one reply will do */
    relay_report(&relay, &item, 1); /* the same report in another request */
    reply = relay_receive(&stage, &relay);
    CHECK_I64(relay.request, reply.id, "the other request");
    CHECK_TEXT("32/1/7/5 \n", batch_text(&reply), "is told to come again");
    stage_answer(&stage, 0, BASE_ANSWER_CONFLICT, NULL);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("32/1/7/3 \n", batch_text(&reply), "the first answer");
    relay.request -= 2;
    relay_report(&relay, &item, 1);
    reply = relay_receive(&stage, &relay);
    CHECK_I64(relay.request, reply.id, "a repeated request");
    CHECK_TEXT("32/1/7/3 \n", batch_text(&reply), "gets the same answer");
    relay.request++;
    relay_report(&relay, &item, 1);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("32/1/7/3 \n", batch_text(&reply), "and so does the repeated report");
    item.task = 8;
    relay_report(&relay, &item, 1);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("32/1/8/4 {\"reason\":\"this report id was used for another report\"}\n", batch_text(&reply), "not with other content");
    CHECK_I64(1, stage.report_count, "the engine saw it once");
    item = report(BASE_ITEM_ACCEPT, 2, 9, "{}");
    stage.is_answering = BASE_ANSWER_RETRY;
    relay_report(&relay, &item, 1);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("32/2/9/5 \n", batch_text(&reply), "the hub cannot store now");
    stage.is_answering = BASE_ANSWER_OK;
    relay_report(&relay, &item, 1);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("32/2/9/1 \n", batch_text(&reply), "so the same id is tried again");
    CHECK_I64(3, stage.report_count, "by the engine");
    relay_drop(&relay);
}

static void more_batches_than_agreed_are_put_off(void **state)
{
    struct base_frame reply;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    for (uint64_t i = 1; i <= 9; i++) {
        struct base_frame item = report(BASE_ITEM_ACCEPT, i, i, "{}");
        relay_report(&relay, &item, 1);
    }
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("32/9/9/5 \n", batch_text(&reply), "limit + 1");
    CHECK_I64(8, stage.report_count, "the limit");
    for (size_t i = 8; i-- > 0;)
        stage_answer(&stage, i, BASE_ANSWER_OK, NULL);
    for (uint64_t i = 8; i > 0; i--) {
        char text[64];
        reply = relay_receive(&stage, &relay);
        snprintf(text, sizeof(text), "32/%llu/%llu/1 \n", (unsigned long long)i, (unsigned long long)i);
        CHECK_TEXT(text, batch_text(&reply), "replies leave as their answers come");
    }
    relay_drop(&relay);
}

static void services_are_denied(void **state)
{
    char text[256];
    struct base_frame reply;

    (void)state;
    stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    relay_send(&relay, BASE_FRAME_SERVICE, "{\"service\":\"kv\"}");
    reply = relay_receive(&stage, &relay);
    snprintf(text, sizeof(text), "%.*s", (int)reply.length, reply.payload);
    CHECK_TEXT("{\"error\":{\"code\":\"denied\",\"detail\":\"the manifest was not granted this service\"}}", text, "none is granted");
    relay_send(&relay, 9, "{}");
    reply = relay_receive(&stage, &relay);
    CHECK(strstr(reply.payload, "\"unsupported\"") != NULL, "an unknown request");
    relay_drop(&relay);
}

static void time_jumps_are_told_and_seen(void **state)
{
    struct connect_link *link;
    struct base_frame reply;

    (void)state;
    stage.is_virtual = true;
    connect_time(stage.connect);
    STAGE_UNTIL(&stage, stage.time_seen == 1); /* nobody has to be waited for */
    link = stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
    offer(link, 1);
    stage.now_ms += 1000;
    connect_time(stage.connect);
    stage.now_ms += 1000;
    connect_time(stage.connect);
    offer(link, 2);
    reply = relay_receive(&stage, &relay);
    CHECK_TEXT("16/1/1/0 {}\n25/2/0/0 {\"now_ms\":1764391086123}\n16/3/2/0 {}\n", batch_text(&reply),
               "two jumps are one, between the offers before and after");
    CHECK_I64(1, stage.time_seen, "it has not run its timers yet");
    relay_poll(&relay, 3, 10, ",\"time_seen\":1764391085123");
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK_I64(1, stage.time_seen, "an earlier jump is not this one");
    relay_poll(&relay, 3, 10, ",\"time_seen\":1764391086123");
    STAGE_UNTIL(&stage, stage.time_seen == 2);
    stage.now_ms += 1000;
    connect_time(stage.connect);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.time_seen == 3);
    CHECK_I64(1, stage.lost, "a lost session is not waited for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hello_is_welcomed_with_config_and_epoch, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(hello_of_another_is_refused, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(credits_bound_what_is_in_hand, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(unacknowledged_items_come_again, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(batches_close_at_their_limits, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(too_much_unacknowledged_is_refused, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_empty_poll_is_answered_in_time, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(reports_are_answered_together_in_order, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(repeated_reports_reach_the_engine_once, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(more_batches_than_agreed_are_put_off, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(services_are_denied, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(time_jumps_are_told_and_seen, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
