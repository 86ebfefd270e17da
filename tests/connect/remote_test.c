/* SPDX-License-Identifier: Apache-2.0 */
/* A connector without a process: who it is, and requests that come twice, late or crosswise. */
#include "connect/remote_stage.h"

#include <stdio.h>

#include "base/memory.h"

static void loads_what_a_manifest_would_say(void **state)
{
    static const struct {
        const char *remote;
        int rc;
        const char *text, *why;
    } rows[] = {
        {"{}", OD_OK, "", "nothing is needed"},
        {"{\"submit_dedupe\":\"native\",\"credits\":4096,\"lease_ms\":1000,\"matters\":[\"w\"],\"fields\":[\"*\"],"
         "\"applicant\":[\"name\"],\"kv\":{\"quota\":1024},\"materials\":true,\"events\":true}", OD_OK, "", "everything"},
        {"{\"lease_ms\":600000}", OD_OK, "", "the longest lease"},
        {"{\"lease_ms\":600001}", OD_EINVAL, "remote: lease_ms must be a whole number from 1000 to 600000.", "one more"},
        {"{\"lease_ms\":999}", OD_EINVAL, "remote: lease_ms must be a whole number from 1000 to 600000.", "one less than the least"},
        {"{\"credits\":4097}", OD_EINVAL, "remote: ", "BASE_CREDITS_MAX + 1"},
        {"{\"submit_dedupe\":\"perhaps\"}", OD_EINVAL, "remote: ", "no such word"},
        {"{\"http\":[]}", OD_EINVAL, "remote: \"http\" is unknown; known are submit_dedupe,", "it has a network of its own"},
        {"[]", OD_EINVAL, "remote: it must be an object.", "a list"},
        {"{", OD_EINVAL, "remote: ", "no JSON"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct connect_checked checked = {.address = {0}};
        struct connect_loading loading = {.id = "water", .remote = rows[i].remote, .remote_size = strlen(rows[i].remote),
                                          .config = "{}", .config_size = 2};
        char text[512];

        CHECK_I64(rows[i].rc, connect_load_check(stage.connect, &loading, &checked, text), rows[i].why);
        if (rows[i].rc != OD_OK)
            CHECK(strncmp(text, rows[i].text, strlen(rows[i].text)) == 0, text);
        package_manifest_fini(&checked.manifest);
    }
}

static void hello_is_welcomed_and_the_first_poll_makes_it_active(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{\"lease_ms\":30000}");

    (void)state;
    CHECK_I64(CONNECT_KIND_REMOTE, connect_link_kind(link), "no process");
    CHECK_I64(CONNECT_STARTING, connect_link_state(link), "it comes by itself");
    CHECK_TEXT("{\"request\":\"hello\",\"protocol\":1,\"session\":\"water.1\",\"epoch\":1,\"id\":1,\"body\":{\"protocol\":1,"
               "\"session\":\"water.1\",\"epoch\":1,\"config\":{\"a\":1},\"limits\":{\"credits\":256,\"frame\":262144,"
               "\"checkpoint\":65536,\"lease_ms\":30000},\"now_ms\":1764391084123,\"virtual\":false}}",
               answer_of(ask_hello("one")), "as documented");
    CHECK_I64(CONNECT_STARTING, connect_link_state(link), "a hello changes nothing");
    ask_poll(2, 1, 0, 3);
    STAGE_UNTIL(&stage, stage.ready == 1);
    CHECK_I64(CONNECT_ACTIVE, connect_link_state(link), "it lives");
    CHECK_I64(3, connect_room(link), "as wanted");
    CHECK_I64(1, connect_link_epoch(link), "the hello's");
}

static void requests_are_refused_at_the_door(void **state)
{
    static const struct {
        const char *id, *request;
        size_t size;
        int rc;
        const char *why;
    } rows[] = {
        {"water", "jump", 2, OD_EINVAL, "no such request"},
        {"fire", "hello", 2, OD_ENOTFOUND, "a module"},
        {"land", "hello", 2, OD_ENOTFOUND, "nobody"},
        {"water", "poll", BASE_FRAME_PAYLOAD_MAX + 1, OD_ELIMIT, "a byte more than a frame"},
    };
    char *text = base_alloc(BASE_FRAME_MAX);
    struct relay relay;

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    stage_load(&stage, "fire");
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].rc, connect_remote_request(stage.connect, rows[i].id, rows[i].request, text, rows[i].size, NULL), rows[i].why);
    base_free(text);
    for (unsigned i = 0; i < CONNECT_REQUESTS_EACH_MAX; i++)
        ask_hello("one");
    CHECK_I64(OD_EBUSY, connect_remote_request(stage.connect, "water", "hello", "{}", 2, NULL), "CONNECT_REQUESTS_EACH_MAX + 1");
    settle();
    CHECK_I64(1, stage.epoch, "one instance, one epoch");
    relay_take(&stage, &relay);
    relay_drop(&relay);
}

static void what_the_protocol_refuses_is_said_in_the_body(void **state)
{
    static const struct {
        const char *request, *text, *part, *why;
    } rows[] = {
        {"poll", "{\"epoch\":1,\"body\":{}}", "malformed", "no id"},
        {"poll", "{\"id\":0,\"epoch\":1}", "malformed", "ids start at 1"},
        {"poll", "{\"id\":2,\"epoch\":1,\"body\":[]}", "malformed", "the body is no object"},
        {"poll", "{\"request\":\"bye\",\"id\":2,\"epoch\":1,\"body\":{}}", "malformed", "another request than the address"},
        {"poll", "{\"protocol\":2,\"id\":2,\"epoch\":1,\"body\":{}}", "the hub speaks protocol 1", "a protocol of later days"},
        {"poll", "{\"id\":2,\"epoch\":9,\"body\":{}}", "stale", "an epoch of nobody"},
        {"poll", "{\"id\":2,\"body\":{}}", "stale", "no epoch"},
        {"poll", "{\"id\":2,\"epoch\":1,\"body\":{\"ack\":0}}", "a poll that cannot be read", "want is missing"},
        {"poll", "{\"id\":2,\"epoch\":1,\"body\":{\"ack\":1,\"want\":1}}", "never sent", "an item of the future"},
        {"report", "{\"id\":3,\"epoch\":1,\"body\":{}}", "items", "no items"},
        {"report", "{\"id\":4,\"epoch\":1,\"body\":{\"items\":[]}}", "at least one item", "an empty list"},
        {"report", "{\"id\":5,\"epoch\":1,\"body\":{\"items\":[{\"kind\":\"log\"}]}}", "needs kind, id", "an item without id"},
        {"report", "{\"id\":6,\"epoch\":1,\"body\":{\"items\":[{\"kind\":\"sing\",\"id\":1}]}}", "no such report", "this item alone is refused"},
        {"service", "{\"id\":7,\"epoch\":1,\"body\":{\"service\":\"http\"}}", "denied", "it has a network of its own"},
        {"hello", "{\"id\":1,\"body\":{}}", "instance must be", "no instance"},
        {"hello", "{\"id\":1,\"body\":{\"instance\":\"x\",\"protocol\":[2,3]}}", "the hub speaks protocol 1, the connector 2 to 3", "a newer one"},
        {"hello", "{\"id\":1,\"body\":{\"instance\":\"x\",\"connector\":\"fire\"}}", "the key is for \\\"water\\\"", "another's"},
    };

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    remote_ready("one", 1);
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(strstr(answer_of(ask_text(rows[i].request, rows[i].text)), rows[i].part) != NULL, rows[i].why);
    CHECK_I64(0, stage.lost, "and the session lives");
}

static void instance_is_at_most_its_limit(void **state)
{
    char instance[CONNECT_INSTANCE_MAX + 2];

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    memset(instance, 'i', sizeof(instance));
    instance[CONNECT_INSTANCE_MAX + 1] = '\0';
    CHECK(strstr(answer_of(ask_hello(instance)), "instance must be") != NULL, "limit + 1");
    instance[CONNECT_INSTANCE_MAX] = '\0';
    CHECK(strstr(answer_of(ask_hello(instance)), "\"epoch\":1") != NULL, "the limit");
}

static void offer(struct connect_link *link, uint64_t task)
{
    CHECK_I64(OD_OK, connect_put_item(link, BASE_ITEM_OFFER, task, "{\"form\":{}}", 11), "there is room");
}

static void items_come_as_json_until_they_are_acknowledged(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");
    unsigned epoch = remote_ready("one", 9);
    struct ask *first = &asks[ask_count - 1], *again;

    (void)state;
    again = ask_poll(1, epoch, 0, 9);
    offer(link, 65);
    offer(link, UINT64_MAX);
    CHECK_TEXT("{\"request\":\"poll\",\"protocol\":1,\"session\":\"water.1\",\"epoch\":1,\"id\":1,\"body\":{\"items\":["
               "{\"kind\":\"offer\",\"seq\":1,\"task\":\"65\",\"payload\":{\"form\":{}}},"
               "{\"kind\":\"offer\",\"seq\":2,\"task\":\"18446744073709551615\",\"payload\":{\"form\":{}}}]}}",
               answer_of(first), "as documented");
    CHECK_TEXT(first->answer, answer_of(again), "who asked it twice gets it twice");
    offer(link, 66);
    CHECK_TEXT(first->answer, answer_of(ask_poll(1, epoch, 0, 9)), "a repeat after the answer, though more is there by now");
    CHECK(strstr(answer_of(ask_poll(2, epoch, 1, 9)), "\"items\":[{\"kind\":\"offer\",\"seq\":2") != NULL, "after item 1");
    CHECK(strstr(answer_of(ask_poll(1, epoch, 0, 9)), "forgotten") != NULL, "an older poll");
    CHECK(strstr(answer_of(ask_poll(2, epoch, 1, 9)), "\"seq\":2") != NULL, "the last one, again");
}

static void a_newer_poll_sends_the_older_one_home(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");
    unsigned epoch = remote_ready("one", 9);
    struct ask *older = &asks[ask_count - 1], *newer = ask_poll(2, epoch, 0, 9);

    (void)state;
    CHECK(strstr(answer_of(older), "\"id\":1,\"body\":{\"items\":[]}") != NULL, "with nothing");
    settle();
    CHECK(newer->answer == NULL, "one waits");
    offer(link, 7);
    CHECK(strstr(answer_of(newer), "\"task\":\"7\"") != NULL, "and gets what comes");
}

static void a_client_that_is_gone_takes_no_items(void **state)
{
    struct connect_link *link = stage_load_remote(&stage, "water", "{}");
    unsigned epoch = remote_ready("one", 9);
    struct ask *gone = &asks[ask_count - 1];

    (void)state;
    connect_remote_gone(stage.connect, gone);
    offer(link, 7);
    CHECK(strstr(answer_of(gone), "\"items\":[]") != NULL, "answered into nothing, with nothing");
    struct ask *twin[2] = {ask_poll(2, epoch, 0, 9), ask_poll(2, epoch, 0, 9)};
    CHECK(strstr(answer_of(twin[0]), "\"task\":\"7\"") != NULL, "the next poll gets it");
    twin[0] = ask_poll(3, epoch, 1, 9);
    twin[1] = ask_poll(3, epoch, 1, 9);
    settle();
    connect_remote_gone(stage.connect, twin[0]);
    settle();
    CHECK(twin[1]->answer == NULL, "somebody else still waits for the same answer");
    connect_remote_gone(stage.connect, twin[1]);
    CHECK(strstr(answer_of(twin[1]), "\"items\":[]") != NULL, "nobody");
}

static void reports_are_answered_when_the_engine_has_and_again(void **state)
{
    static const char items[] = "{\"kind\":\"accept\",\"id\":1,\"task\":\"65\",\"payload\":{\"external_ref\":\"W-1\"}},"
                                "{\"kind\":\"opinion\",\"id\":2,\"task\":65,\"payload\":{ \"opinion\" : \"approve\" }}";
    unsigned epoch;

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    epoch = remote_ready("one", 9);
    struct ask *first = ask_report(2, epoch, items);
    settle();
    struct ask *again = ask_report(2, epoch, items), *under_another_id = ask_report(3, epoch, items);
    CHECK_TEXT("{\"request\":\"report\",\"protocol\":1,\"session\":\"water.1\",\"epoch\":1,\"id\":3,\"body\":{\"items\":["
               "{\"id\":1,\"task\":\"65\",\"answer\":\"retry\"},{\"id\":2,\"task\":\"65\",\"answer\":\"retry\"}]}}",
               answer_of(under_another_id), "the engine has them in hand");
    CHECK(first->answer == NULL && again->answer == NULL, "and has not answered");
    CHECK_I64(2, stage.report_count, "each came to it once");
    CHECK_TEXT("{ \"opinion\" : \"approve\" }", stage.reports[1].payload, "a payload passes as it was written");
    stage_answer(&stage, 1, BASE_ANSWER_REFUSED, "not \"now\"");
    stage_answer(&stage, 0, BASE_ANSWER_OK, NULL);
    CHECK_TEXT("{\"request\":\"report\",\"protocol\":1,\"session\":\"water.1\",\"epoch\":1,\"id\":2,\"body\":{\"items\":["
               "{\"id\":1,\"task\":\"65\",\"answer\":\"ok\"},{\"id\":2,\"task\":\"65\",\"answer\":\"refused\",\"reason\":\"not \\\"now\\\"\"}]}}",
               answer_of(first), "as documented");
    CHECK_TEXT(first->answer, answer_of(again), "who asked twice");
    CHECK_TEXT(first->answer, answer_of(ask_report(2, epoch, items)), "who asks again");
    CHECK(strstr(answer_of(ask_report(4, epoch, items)), "\"answer\":\"ok\"") != NULL, "known by their own ids, too");
    CHECK_I64(2, stage.report_count, "still once");
}

static void old_requests_are_stale(void **state)
{
    static const char log[] = "{\"kind\":\"log\",\"id\":%u,\"payload\":{\"text\":\"x\"}}";
    char item[96];
    unsigned epoch;

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    epoch = remote_ready("one", 9);
    for (unsigned id = 100; id < 100 + 9; id++) { /* CONNECT_BATCHES_MAX answers are kept, and one more pushes the first out */
        snprintf(item, sizeof(item), log, id);
        CHECK(strstr(answer_of(ask_report(id, epoch, item)), "\"answer\":\"ok\"") != NULL, "taken");
    }
    snprintf(item, sizeof(item), log, 100u);
    CHECK(strstr(answer_of(ask_report(100, epoch, item)), "forgotten") != NULL, "its answer is not kept any more");
    snprintf(item, sizeof(item), log, 101u);
    CHECK(strstr(answer_of(ask_report(101, epoch, item)), "\"answer\":\"ok\"") != NULL, "the oldest that is");
    snprintf(item, sizeof(item), log, 45u);
    CHECK(strstr(answer_of(ask_report(45, epoch, item)), "\"answer\":\"ok\"") != NULL, "63 below the highest: late, and new");
    snprintf(item, sizeof(item), log, 44u);
    CHECK(strstr(answer_of(ask_report(44, epoch, item)), "forgotten") != NULL, "CONNECT_REQUEST_WINDOW below");
    snprintf(item, sizeof(item), log, 5000u);
    CHECK(strstr(answer_of(ask_report(110, epoch, item)), "\"answer\":\"ok\"") != NULL, "a later report id");
    snprintf(item, sizeof(item), log, 5000u - 2048u);
    CHECK(strstr(answer_of(ask_report(111, epoch, item)), "so old that it is not remembered") != NULL, "CONNECT_SEEN_MAX below");
}

static void services_are_done_once(void **state)
{
    unsigned epoch;

    (void)state;
    stage_load_remote(&stage, "water", "{}");
    epoch = remote_ready("one", 9);
    for (unsigned id = 10; id < 10 + 5; id++) { /* CONNECT_SERVICES_KEPT + 1 */
        char text[128];
        snprintf(text, sizeof(text), "{\"id\":%u,\"epoch\":%u,\"body\":{\"service\":\"http\"}}", id, epoch);
        CHECK(strstr(answer_of(ask_text("service", text)), "denied") != NULL, "an answer");
    }
    CHECK(strstr(answer_of(ask_text("service", "{\"id\":11,\"epoch\":1,\"body\":{\"service\":\"http\"}}")), "denied") != NULL, "kept");
    CHECK(strstr(answer_of(ask_text("service", "{\"id\":10,\"epoch\":1,\"body\":{\"service\":\"http\"}}")), "forgotten") != NULL, "not kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STAGE_TEST(test) cmocka_unit_test_setup_teardown(test, remote_stage_open, remote_stage_close)
        STAGE_TEST(loads_what_a_manifest_would_say),
        STAGE_TEST(hello_is_welcomed_and_the_first_poll_makes_it_active),
        STAGE_TEST(requests_are_refused_at_the_door),
        STAGE_TEST(what_the_protocol_refuses_is_said_in_the_body),
        STAGE_TEST(instance_is_at_most_its_limit),
        STAGE_TEST(items_come_as_json_until_they_are_acknowledged),
        STAGE_TEST(a_newer_poll_sends_the_older_one_home),
        STAGE_TEST(a_client_that_is_gone_takes_no_items),
        STAGE_TEST(reports_are_answered_when_the_engine_has_and_again),
        STAGE_TEST(old_requests_are_stale),
        STAGE_TEST(services_are_done_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
