/* SPDX-License-Identifier: Apache-2.0 */
/* od.kv/1, od.http/1, od.secret/1 and od.material/1 between a module and a scripted hub. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1764391084123)
#define WIRE_MAX 64 /* HOST_SERVICES_MAX */
#define MANY 1088   /* HOST_SERVICES_ROOM */
#define ASKER fake_build_path("tests/modules/asker-1.0.0")

static uint64_t last_task;

static void offer_case(struct fake_hub *hub, const char *name)
{
    char form[256];

    last_task += 64;
    snprintf(form, sizeof(form), "{\"case\":\"%s\"}", name);
    fake_hub_offer(hub, last_task, 1, form);
    fake_hub_send(hub);
}

static void open_hub(struct fake_hub *hub)
{
    last_task = 0;
    fake_hub_open(hub, ASKER, "{}", false, NOW_MS);
}

static void stop(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(hub);
    fake_hub_wait_bye(hub);
    fake_hub_reap_with(hub, 0);
    fake_hub_fini(hub);
}

static const char *opinion(struct fake_hub *hub)
{
    while (fake_hub_find(hub, BASE_ITEM_OPINION, last_task) == NULL)
        fake_hub_wait_kind(hub, BASE_ITEM_OPINION, fake_hub_count(hub, BASE_ITEM_OPINION) + 1);
    return fake_hub_find(hub, BASE_ITEM_OPINION, last_task)->payload;
}

static void expect(struct fake_hub *hub, const char *reason)
{
    char text[1024];

    snprintf(text, sizeof(text), "{\"opinion\":\"approve\",\"reasons\":[\"%s\"]}", reason);
    assert_string_equal(text, opinion(hub));
}

static void offered_is_what_the_manifest_declares(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "offered");
    expect(&hub, "offered 1111");
    stop(&hub);
    fake_hub_open(&hub, fake_build_path("tests/modules/asker-none"), "{}", false, NOW_MS);
    offer_case(&hub, "offered");
    expect(&hub, "offered 0000");
    stop(&hub);
}

static void kv_answers_come_in_the_order_of_calls(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "chain");
    fake_hub_wait_services(&hub, 5);
    assert_string_equal("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"a/\\\"1\\\"\",\"value\":\"AAEC\"}",
                        hub.services[0].payload);
    assert_string_equal("{\"service\":\"kv\",\"op\":\"get\",\"key\":\"a/\\\"1\\\"\"}", hub.services[1].payload);
    assert_string_equal("{\"service\":\"kv\",\"op\":\"put\",\"key\":\"quiet\",\"value\":\"\"}", hub.services[2].payload);
    assert_string_equal("{\"service\":\"kv\",\"op\":\"remove\",\"key\":\"a/\\\"1\\\"\"}", hub.services[3].payload);
    assert_string_equal("{\"service\":\"kv\",\"op\":\"list\",\"prefix\":\"a/\",\"after\":\"\"}", hub.services[4].payload);
    /* The worst order for the hub to answer in. */
    fake_hub_answer(&hub, 4, "{\"keys\":[\"a/1\",\"a/\\u00e4\"]}");
    fake_hub_answer(&hub, 3, "{}");
    fake_hub_answer(&hub, 1, "{\"value\":\"AAEC\"}");
    fake_hub_answer(&hub, 2, "{}");
    fake_hub_answer(&hub, 0, "{}");
    expect(&hub, "list 0 2 a/1 a/\xc3\xa4");
    const char *lines[] = {"put 0 NULL 0", "get 0 value 3", "remove 0 NULL 0"};
    size_t at = 0;
    for (size_t i = 0; i < hub.report_count && at < 3; i++)
        at += hub.reports[i].kind == BASE_ITEM_LOG && strstr(hub.reports[i].payload, lines[at]) != NULL;
    assert_int_equal(3, at);
    stop(&hub);
}

static void each_word_of_an_error_has_its_code(void **state)
{
    static const struct {
        const char *answer, *kv, *http;
    } rows[] = {
        {"{\"error\":{\"code\":\"denied\",\"effect\":\"none\",\"detail\":\"no such host\"}}", "-6", "-6 1 0 - no such host"},
        {"{\"error\":{\"code\":\"not_found\"}}", "-12", "-12 3 0 - "},
        {"{\"error\":{\"code\":\"limit\",\"effect\":\"unknown\"}}", "-5", "-5 3 0 - "},
        {"{\"error\":{\"code\":\"unreachable\",\"effect\":\"none\"}}", "-14", "-14 1 0 - "},
        {"{\"error\":{\"code\":\"timeout\",\"effect\":\"unknown\",\"detail\":\"x\"}}", "-9", "-9 3 0 - x"},
        {"{\"error\":{\"code\":\"invalid\",\"effect\":\"none\"}}", "-1", "-1 1 0 - "},
        {"{\"error\":{\"code\":\"unavailable\"}}", "-10", "-10 3 0 - "},
        {"{\"error\":{\"code\":\"stale\"}}", "-4", "-4 3 0 - "},
        {"{\"error\":{\"code\":\"of tomorrow\"}}", "-10", "-10 3 0 - "},
        {"{\"error\":{}}", "-10", "-10 3 0 - "},
    };
    struct fake_hub hub;
    char text[128];

    (void)state;
    open_hub(&hub);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        offer_case(&hub, "get");
        fake_hub_answer(&hub, 2 * i, rows[i].answer);
        snprintf(text, sizeof(text), "get %s NULL (0)", rows[i].kv);
        expect(&hub, text);
        offer_case(&hub, "send");
        fake_hub_answer(&hub, 2 * i + 1, rows[i].answer);
        snprintf(text, sizeof(text), "response %s  0", rows[i].http);
        expect(&hub, text);
    }
    stop(&hub);
}

static void a_response_arrives_whole(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "send");
    fake_hub_wait_services(&hub, 1);
    assert_string_equal("{\"service\":\"http\",\"method\":\"POST\",\"url\":\"https://api.example:8443/v1/cases?x=%20y\","
                        "\"headers\":[{\"name\":\"Authorization\",\"value\":\"Bearer \",\"secret\":\"api-token\"},"
                        "{\"name\":\"Content-Type\",\"value\":\"application/json\"},{\"name\":\"X-Empty\",\"value\":\"\"}],"
                        "\"body\":\"eyJhIjoxfQ==\",\"timeout_ms\":1500}",
                        hub.services[0].payload);
    fake_hub_answer(&hub, 0, "{\"status\":201,\"headers\":[{\"name\":\"X\",\"value\":\"1\"},"
                             "{\"name\":\"Content-TYPE\",\"value\":\"text/plain\"}],\"body\":\"aGVsbG8=\",\"more\":[]}");
    expect(&hub, "response 0 0 201 text/plain  hello 5");
    offer_case(&hub, "send");
    fake_hub_answer(&hub, 1, "{\"status\":599}");
    expect(&hub, "response 0 0 599 -   0");
    stop(&hub);
}

/* A body at its limit, both ways: the frame carries it. */
static void a_body_at_the_limit_travels_both_ways(void **state)
{
    static char answer[200000];
    struct fake_hub hub;
    const size_t size = (128 * 1024 + 2) / 3 * 4;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "body_limit");
    fake_hub_wait_services(&hub, 1);
    assert_in_range(strlen(hub.services[0].payload), size, size + 200);
    const size_t lead = (size_t)snprintf(answer, sizeof(answer), "{\"status\":200,\"body\":\"");
    for (size_t i = 0; i < size - 4; i += 4)
        memcpy(answer + lead + i, "YWFh", 4);
    strcat(answer, "YWE=\"}");
    fake_hub_answer(&hub, 0, answer);
    assert_non_null(strstr(opinion(&hub), "131072\"")); /* its text is cut at 200, its size is told */
    stop(&hub);
}

static void many_wait_for_their_turn_and_more_is_busy(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "many");
    for (size_t i = 0; i < MANY; i++)
        fake_hub_answer(&hub, i, "{\"status\":200}");
    expect(&hub, "all");
    assert_in_range(hub.service_open_max, 2, WIRE_MAX);
    offer_case(&hub, "busy");
    expect(&hub, "rc -3");
    fake_hub_wait_services(&hub, MANY + WIRE_MAX); /* the rest waits in the host */
    stop(&hub);
    open_hub(&hub);
    offer_case(&hub, "much");
    expect(&hub, "much -3 bounded");
    stop(&hub);
}

static void a_callback_may_ask_again(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "again");
    for (size_t i = 0; i < 3; i++)
        fake_hub_answer(&hub, i, "{\"value\":\"\"}");
    expect(&hub, "rc 3");
    stop(&hub);
}

static void secrets_and_materials(void **state)
{
    static const struct {
        const char *name, *request, *answer, *reason;
    } rows[] = {
        {"check", "{\"service\":\"secret\",\"op\":\"check\",\"name\":\"api-token\"}", "{}", "check 0 NULL (0)"},
        {"hmac", "{\"service\":\"secret\",\"op\":\"hmac\",\"name\":\"sign\",\"data\":\"ZGF0YQ==\"}",
         "{\"value\":\"c2lnbmVk\"}", "hmac 0 signed (6)"},
        {"reveal", "{\"service\":\"secret\",\"op\":\"reveal\",\"name\":\"db-password\"}", "{\"value\":\"cHc=\"}",
         "reveal 0 pw (2)"},
        {"reveal", "{\"service\":\"secret\",\"op\":\"reveal\",\"name\":\"db-password\"}",
         "{\"error\":{\"code\":\"denied\"}}", "reveal -6 NULL (0)"},
        {"get", "{\"service\":\"kv\",\"op\":\"get\",\"key\":\"k\"}", "{\"value\":\"\"}", "get 0  (0)"},
    };
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        offer_case(&hub, rows[i].name);
        fake_hub_wait_services(&hub, i + 1);
        assert_string_equal(rows[i].request, hub.services[i].payload);
        fake_hub_answer(&hub, i, rows[i].answer);
        expect(&hub, rows[i].reason);
    }
    offer_case(&hub, "material");
    fake_hub_wait_services(&hub, 6);
    assert_string_equal("{\"service\":\"material\",\"op\":\"read\",\"task\":\"384\",\"sha256\":\"00112233445566778899aabbcc"
                        "ddeeff00112233445566778899AABBCCDDEEFF\",\"offset\":65536,\"size\":65536}",
                        hub.services[5].payload);
    fake_hub_answer(&hub, 5, "{\"bytes\":\"cGRm\",\"total\":65539}");
    expect(&hub, "piece 0 pdf 3 of 65539");
    stop(&hub);
}

static const struct {
    const char *name;
    const char *reason;
    const char *log; /* NULL = it is no mistake */
} mistakes[] = {
    {"key_limit", "rc 0", NULL},
    {"key_over", "rc -5", "contract: od_kv_put: key is longer than 255 bytes"},
    {"key_empty", "rc -1", "contract: od_kv_get: key is required"},
    {"key_utf8", "rc -17", "contract: od_kv_remove: key is not UTF-8"},
    {"value_limit", "rc 0", NULL},
    {"value_over", "rc -5", "contract: od_kv_put: a value of 65537 bytes, at most 65536 are allowed"},
    {"value_null", "rc -1", "contract: od_kv_put: value is outside its range or not set"},
    {"no_callback", "rc -1", "contract: od_kv_list: on_done is outside its range or not set"},
    {"in_thread", "rc -11", "contract: od_kv_put was called from another thread than the plugin's"},
    {"data_limit", "rc 0", NULL},
    {"data_over", "rc -5", "contract: od_secret_hmac_sha256: data of 65537 bytes, at most 65536 are allowed"},
    {"piece_over", "rc -1", "contract: od_material_read: size_max is outside its range"},
    {"piece_none", "rc -1", "contract: od_material_read: size_max is outside its range"},
    {"piece_sha", "rc -1", "contract: od_material_read: sha256 is outside its range"},
    {"piece_stale", "rc -4", "contract: od_material_read: stale task handle"},
    {"headers_limit", "rc 0", NULL},
    {"headers_over", "rc -5", "contract: od_http_send: headers of 33 bytes"},
    {"header_limit", "rc 0", NULL},
    {"header_over", "rc -5", "contract: od_http_send: a header of 4097 bytes"},
    {"frame_over", "rc -5", "contract: od_http_send: all of it together does not fit a frame"},
    {"header_name", "rc -1", "contract: od_http_send: name of a header is outside its range"},
    {"header_value", "rc -1", "contract: od_http_send: value of a header is outside its range"},
    {"header_secret", "rc -1", "contract: od_http_send: secret of a header is required"},
    {"body_over", "rc -5", "contract: od_http_send: a body of 131073 bytes, at most 131072 are allowed"},
    {"url_limit", "rc 0", NULL},
    {"url_over", "rc -5", "contract: od_http_send: url is longer than 2048 bytes"},
    {"url:", "rc -1", "contract: od_http_send: url is required"},
    {"url:ftp://a/", "rc -1", "contract: od_http_send: url is outside its range"},
    {"url:http://", "rc -1", "contract: od_http_send: url is outside its range"},
    {"url:http://user@a/", "rc -1", "contract: od_http_send: url is outside its range"},
    {"url:http://a/#part", "rc -1", "contract: od_http_send: url is outside its range"},
    {"url:http://a/b c", "rc -1", "contract: od_http_send: url is outside its range"},
    {"url:http://a/\\u00e4", "rc -1", "contract: od_http_send: url is outside its range"},
    {"url:http://a", "rc 0", NULL},
    {"field:0", "rc -1", "contract: od_http_send: size is outside its range"},
    {"field:1", "rc -1", "contract: od_http_send: method is outside its range"},
    {"field:2", "rc -5", "contract: od_http_send: timeout_ms of 120001"},
    {"field:3", "rc -1", "contract: od_http_send: body is outside its range"},
    {"field:4", "rc -1", "contract: od_http_send: headers is outside its range"},
    {"field:5", "rc -1", "contract: od_http_send: on_response is outside its range"},
};

static void each_mistake_is_refused_and_named(void **state)
{
    struct fake_hub hub;
    size_t asked = 0;

    (void)state;
    open_hub(&hub);
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        size_t logs = fake_hub_count(&hub, BASE_ITEM_LOG);

        offer_case(&hub, mistakes[i].name);
        if (strstr(opinion(&hub), mistakes[i].reason) == NULL)
            fail_msg("%s: %s", mistakes[i].name, opinion(&hub));
        if (mistakes[i].log != NULL)
            fake_hub_wait_kind(&hub, BASE_ITEM_LOG, logs + 1);
        if (mistakes[i].log != NULL && !fake_hub_has_log(&hub, mistakes[i].log))
            fail_msg("%s: the last line is %s", mistakes[i].name, fake_hub_find(&hub, BASE_ITEM_LOG, 0)->payload);
        asked += mistakes[i].log == NULL;
    }
    fake_hub_wait_services(&hub, asked);
    assert_int_equal(asked, hub.service_count); /* what was refused never left */
    stop(&hub);
}

/* Lines of the log are rate limited, so most are answered first. */
static void a_stop_cancels_what_is_under_way(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "busy");
    expect(&hub, "rc -3");
    fake_hub_wait_services(&hub, WIRE_MAX);
    for (size_t i = 0; i < MANY - WIRE_MAX - 40; i++) /* 64 on the wire, 40 wait */
        fake_hub_answer(&hub, i, "{\"status\":200}");
    fake_hub_wait_services(&hub, MANY - 40);
    fake_hub_item(&hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(&hub);
    fake_hub_wait_bye(&hub);
    size_t sent = 0, unsent = 0;
    for (size_t i = 0; i < hub.report_count; i++) {
        sent += hub.reports[i].kind == BASE_ITEM_LOG && strstr(hub.reports[i].payload, "ended -8 3 -11") != NULL;
        unsent += hub.reports[i].kind == BASE_ITEM_LOG && strstr(hub.reports[i].payload, "ended -8 1 -11") != NULL;
    }
    assert_int_equal(WIRE_MAX, sent);
    assert_int_equal(40, unsent);
    fake_hub_reap_with(&hub, 0);
    fake_hub_fini(&hub);
}

static void a_hub_that_answers_nonsense_is_left(void **state)
{
    static const struct {
        const char *name, *answer, *why;
    } rows[] = {
        {"get", "{\"valu\":\"\"}", "a get without a value"},
        {"get", "{\"value\":\"YQ\"}", "base64 without padding"},
        {"get", "{\"value\":7}", "a value that is no text"},
        {"get", "[]", "no object"},
        {"get", "", "nothing"},
        {"send", "{}", "a response without a status"},
        {"send", "{\"status\":99}", "a status below its range"},
        {"send", "{\"status\":600}", "a status above its range"},
        {"send", "{\"status\":200,\"headers\":[{\"name\":\"a\"}]}", "half a header"},
        {"send", "{\"status\":200,\"body\":\"!\"}", "a body that is no base64"},
        {"hmac", "{}", "a signature that is none"},
        {"material", "{\"bytes\":\"\"}", "a piece without a total"},
        {"material", "{\"bytes\":\"\",\"total\":-1}", "a total below zero"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_hub hub;

        open_hub(&hub);
        offer_case(&hub, rows[i].name);
        fake_hub_answer(&hub, 0, rows[i].answer);
        int code = fake_hub_reap(&hub);
        if (code != 8)
            fail_msg("%s: exit %d", rows[i].why, code);
        fake_hub_fini(&hub);
    }
}

/* An answer to nothing that was asked, or twice, is no answer. */
static void an_unasked_answer_breaks_the_session(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub);
    offer_case(&hub, "get");
    fake_hub_answer(&hub, 0, "{\"value\":\"\"}");
    expect(&hub, "get 0  (0)");
    fake_hub_answer(&hub, 0, "{\"value\":\"\"}");
    fake_hub_reap_with(&hub, 8);
    fake_hub_fini(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offered_is_what_the_manifest_declares),
        cmocka_unit_test(kv_answers_come_in_the_order_of_calls),
        cmocka_unit_test(each_word_of_an_error_has_its_code),
        cmocka_unit_test(a_response_arrives_whole),
        cmocka_unit_test(a_body_at_the_limit_travels_both_ways),
        cmocka_unit_test(many_wait_for_their_turn_and_more_is_busy),
        cmocka_unit_test(a_callback_may_ask_again),
        cmocka_unit_test(secrets_and_materials),
        cmocka_unit_test(each_mistake_is_refused_and_named),
        cmocka_unit_test(a_stop_cancels_what_is_under_way),
        cmocka_unit_test(a_hub_that_answers_nonsense_is_left),
        cmocka_unit_test(an_unasked_answer_breaks_the_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
