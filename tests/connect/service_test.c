/* SPDX-License-Identifier: Apache-2.0 */
/* Services of a session: granted or not, answered late and by id, at most so many, each with a deadline; and the
 * egress process that ends, stands still or talks nonsense with requests on their way. */
#include "connect/stage.h"

#include <signal.h>
#include <stdio.h>

#include "connect/inside.h"

#define ALL                                                                                                             \
    "\"capabilities\":{\"fields\":[\"*\"],\"http\":[{\"hosts\":[\"a.gov\",\"*.b.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"]}," \
    "{\"from_config\":\"/a~1b/1\",\"methods\":[\"POST\"],\"private\":true,\"plain\":true},"                            \
    "{\"from_config\":\"/url\",\"methods\":[\"POST\"]}],\"secrets\":[\"t\",{\"name\":\"r\",\"reveal\":true}],"          \
    "\"kv\":{\"quota\":100},\"materials\":true,\"events\":true},\"resources\":{\"rate_per_s\":7,\"concurrency\":9}"
#define MANIFEST(more)                                                                                                  \
    "{\"id\":\"dept\",\"version\":\"1.0\",\"sequence\":1,\"abi\":[1,0],\"matters\":[\"*\"],\"submit_dedupe\":\"native\"," more "}"

static struct stage stage;
static struct relay relay;
static struct connect_link *link_;
static uint64_t tokens[128];
static size_t token_count;

static void on_service(struct connect_link *link, uint64_t token, const struct base_json *body)
{
    const char *op = base_json_member_text(body, "op");

    CHECK(link == link_, "whose");
    tokens[token_count++] = token;
    if (op != NULL && strcmp(op, "at-once") == 0)
        connect_service_answer(stage.connect, token, "{\"at\":\"once\"}", 13);
}

static void open_with(const char *capabilities, bool has_egress, uint32_t silence_ms)
{
    char manifest[2048];
    struct connect_options options = {.egress = {.silence_ms = silence_ms}};

    if (has_egress)
        options.egress.program = stage_path("connect_egress");
    stage_open(&stage, &options);
    snprintf(manifest, sizeof(manifest), "%s", capabilities);
    stage_module(&stage, "dept-1.0", manifest);
    stage.service_trap = on_service;
    token_count = 0;
    link_ = stage_load(&stage, "fire");
    relay_ready(&stage, &relay, 10);
}

static int open_all(void **state)
{
    (void)state;
    open_with(MANIFEST(ALL), true, 0);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    relay_drop(&relay);
    stage_close(&stage);
    return 0;
}

static const char *text_of(const struct base_frame *frame)
{
    static char text[4096];

    snprintf(text, sizeof(text), "%.*s", (int)frame->length, frame->payload);
    return text;
}

static void expect(uint64_t id, const char *expected, const char *why)
{
    struct base_frame reply = relay_receive(&stage, &relay);

    CHECK_I64(BASE_FRAME_SERVICE, reply.kind, why);
    CHECK_I64(BASE_FRAME_REPLY, reply.flags, why);
    CHECK_I64(id, reply.id, why);
    CHECK_I64(relay.epoch, reply.epoch, why);
    const char *text = text_of(&reply);
    CHECK(strncmp(expected, text, strlen(expected)) == 0, text);
}

static uint64_t ask(const char *json)
{
    return relay_send(&relay, BASE_FRAME_SERVICE, json);
}

static void expect_answer(const char *json, const char *expected, const char *why)
{
    expect(ask(json), expected, why);
}

static void what_is_not_granted(void **state)
{
    static const struct {
        const char *capabilities, *service, *effect;
    } rows[] = {
        {"\"capabilities\":{}", "kv", ""},       {"\"capabilities\":{\"materials\":false}", "material", ""},
        {"\"capabilities\":{\"events\":true}", "secret", ""}, {"\"capabilities\":{\"secrets\":[\"t\"]}", "http", ",\"effect\":\"none\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char manifest[512], request[64], expected[256];

        snprintf(manifest, sizeof(manifest), MANIFEST("%s"), rows[i].capabilities);
        open_with(manifest, false, 0);
        snprintf(request, sizeof(request), "{\"service\":\"%s\",\"op\":\"check\"}", rows[i].service);
        snprintf(expected, sizeof(expected), "{\"error\":{\"code\":\"denied\",\"detail\":\"the manifest was not granted this service\"%s}}",
                 rows[i].effect);
        expect_answer(request, expected, rows[i].service);
        CHECK_I64(0, token_count, "it goes no further");
        close_all(state);
    }
}

static void what_is_no_request(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{}", "no service"},
        {"{\"service\":\"shell\"}", "an unknown one"},
        {"{\"service\":7}", "no text"},
        {"[]", "no object"},
        {"{\"service\":\"kv\"", "broken JSON"},
        {"{\"service\":\"secret\"}", "no op"},
        {"{\"service\":\"secret\",\"op\":\"verify\",\"name\":\"callback\"}", "the hub's own question"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_answer(rows[i].text, "{\"error\":{\"code\":\"invalid\"", rows[i].why);
    CHECK_I64(0, token_count, "nothing of it is asked");
}

static void answers_come_late_and_by_id(void **state)
{
    uint64_t ids[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ids[i] = ask("{\"service\":\"kv\",\"op\":\"get\"}");
    expect_answer("{\"service\":\"kv\",\"op\":\"at-once\"}", "{\"at\":\"once\"}", "from within");
    connect_service_answer(stage.connect, tokens[2], "{\"n\":2}", 7);
    connect_service_refuse(stage.connect, tokens[0], "not_found", "no such key");
    expect(ids[2], "{\"n\":2}", "the third first");
    expect(ids[0], "{\"error\":{\"code\":\"not_found\",\"detail\":\"no such key\"}}", "then the first");
    connect_service_answer(stage.connect, tokens[2], "{\"n\":3}", 7); /* it was answered: nobody waits */
    connect_service_answer(stage.connect, tokens[1] + 100, "{\"n\":3}", 7);
    connect_service_answer(stage.connect, tokens[1], "{\"n\":1}", 7);
    expect(ids[1], "{\"n\":1}", "then the second");
}

static void so_many_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONNECT_SERVICES_MAX; i++)
        ask("{\"service\":\"kv\",\"op\":\"get\"}");
    expect_answer("{\"service\":\"kv\",\"op\":\"get\"}", "{\"error\":{\"code\":\"limit\"", "limit + 1");
    connect_service_answer(stage.connect, tokens[5], "{}", 2);
    expect(relay.request - CONNECT_SERVICES_MAX + 5, "{}", "one is free");
    ask("{\"service\":\"kv\",\"op\":\"get\"}");
    STAGE_UNTIL(&stage, token_count == CONNECT_SERVICES_MAX + 1);
}

static void a_repeated_id_does_nothing_twice(void **state)
{
    (void)state;
    uint64_t id = ask("{\"service\":\"kv\",\"op\":\"at-once\"}");
    expect(id, "{\"at\":\"once\"}", "first");
    relay.request = id - 1;
    expect(ask("{\"service\":\"kv\",\"op\":\"at-once\"}"), "{\"error\":{\"code\":\"stale\"", "again");
    CHECK_I64(1, token_count, "asked once");
}

static void a_session_takes_its_services_with_it(void **state)
{
    (void)state;
    ask("{\"service\":\"kv\",\"op\":\"get\"}");
    ask("{\"service\":\"http\",\"url\":\"hold\"}");
    STAGE_UNTIL(&stage, token_count == 1);
    relay_drop(&relay);
    STAGE_UNTIL(&stage, stage.lost == 1);
    connect_service_answer(stage.connect, tokens[0], "{}", 2); /* nobody is there */
    relay_ready(&stage, &relay, 10);
    connect_service_answer(stage.connect, tokens[0], "{}", 2); /* nor is it this session's */
    expect_answer("{\"service\":\"kv\",\"op\":\"at-once\"}", "{\"at\":\"once\"}", "the next session's own");
}

static void an_answer_over_a_frame_is_told(void **state)
{
    static char large[BASE_FRAME_MAX];

    (void)state;
    memset(large, ' ', sizeof(large));
    uint64_t id = ask("{\"service\":\"kv\",\"op\":\"get\"}");
    STAGE_UNTIL(&stage, token_count == 1);
    connect_service_answer(stage.connect, tokens[0], large, BASE_FRAME_PAYLOAD_MAX + 1);
    expect(id, "{\"error\":{\"code\":\"limit\"", "limit + 1");
}

/* -- The egress process -- */

static void it_is_told_what_a_connector_may_reach(void **state)
{
    static const char config[] = "{\"a/b\":{\"1\":\"http://10.0.0.1:81\"},\"url\":7}";
    struct connect_loading loading = {.id = "water", .module = "dept-1.0", .config = config, .config_size = sizeof(config) - 1};
    char text[512];
    struct relay other;

    (void)state;
    expect_answer("{\"service\":\"http\",\"url\":\"profile\"}",
                  "{\"connector\":\"fire\",\"http\":[{\"hosts\":[\"a.gov\",\"*.b.gov\"],\"methods\":[\"GET\"],\"paths\":[\"/v1/*\"],"
                  "\"private\":false,\"plain\":false},{\"target\":null,\"methods\":[\"POST\"],\"paths\":[\"/*\"],\"private\":true,\"plain\":true},"
                  "{\"target\":null,\"methods\":[\"POST\"],\"paths\":[\"/*\"],\"private\":false,\"plain\":false}],"
                  "\"secrets\":[{\"name\":\"t\",\"reveal\":false},{\"name\":\"r\",\"reveal\":true}],\"events\":true,",
                  "as its manifest says");
    CHECK_I64(OD_OK, connect_load(stage.connect, &loading, &link_, text), text);
    relay_ready(&stage, &other, 10);
    relay_send(&other, BASE_FRAME_SERVICE, "{\"service\":\"http\",\"url\":\"profile\"}");
    struct base_frame reply = relay_receive(&stage, &other);
    CHECK(strstr(text_of(&reply), "\"connector\":\"water\"") != NULL, "another has its own");
    CHECK(strstr(text_of(&reply), "\"target\":\"http://10.0.0.1:81\"") != NULL, "by a pointer into its configuration");
    CHECK(strstr(text_of(&reply), "\"rate_per_s\":7,\"concurrency\":9") != NULL, "and its figures");
    relay_drop(&other);
}

static void requests_pass_and_answers_come_back(void **state)
{
    struct connect_figures figures;

    (void)state;
    expect_answer("{\"service\":\"http\",\"url\":\"answer\"}", "{\"status\":200}", "as it came");
    expect_answer("{\"service\":\"http\",\"url\":\"late\"}", "{\"status\":200}", "what was not asked is passed over");
    connect_figures(stage.connect, &figures);
    CHECK_I64(2, figures.egress_requests, "requests");
    CHECK_I64(1, figures.egress_starts, "starts");
    CHECK(figures.is_egress_up, "up");
}

static void what_is_known_of_a_request_that_died(void **state)
{
    static const struct {
        const char *url, *effect, *why;
    } rows[] = {
        {"die", "unknown", "it had left"},
        {"die-before", "none", "it had not"},
        {"garbage", "unknown", "what it says is not believed any more"},
        {"noise", "unknown", "an answer that is no JSON"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char request[64], expected[128];
        struct connect_figures figures;

        snprintf(request, sizeof(request), "{\"service\":\"http\",\"url\":\"%s\"}", rows[i].url);
        snprintf(expected, sizeof(expected), "{\"error\":{\"code\":\"unavailable\",\"detail\":\"the egress process ended\",\"effect\":\"%s\"}}",
                 rows[i].effect);
        expect_answer(request, expected, rows[i].why);
        do { /* it is being started: nothing waits for it */
            expect_answer("{\"service\":\"http\",\"url\":\"answer\"}", "{", "one or the other");
            connect_figures(stage.connect, &figures);
        } while (!figures.is_egress_up);
        expect_answer("{\"service\":\"http\",\"url\":\"profile\"}", "{\"connector\":\"fire\"", "it knows the rules again");
    }
}

static void others_on_their_way_when_it_died(void **state)
{
    (void)state;
    uint64_t sent = ask("{\"service\":\"http\",\"url\":\"sent\"}"), held = ask("{\"service\":\"http\",\"url\":\"hold\"}");
    uint64_t kv = ask("{\"service\":\"kv\",\"op\":\"get\"}"), dies = ask("{\"service\":\"http\",\"url\":\"die-before\"}");
    expect(sent, "{\"error\":{\"code\":\"unavailable\",\"detail\":\"the egress process ended\",\"effect\":\"unknown\"}}", "it had left");
    expect(held, "{\"error\":{\"code\":\"unavailable\",\"detail\":\"the egress process ended\",\"effect\":\"none\"}}", "it had not");
    expect(dies, "{\"error\":{\"code\":\"unavailable\",\"detail\":\"the egress process ended\",\"effect\":\"none\"}}", "nor had this");
    connect_service_answer(stage.connect, tokens[0], "{}", 2);
    expect(kv, "{}", "the engine's are none of its business");
}

static void one_that_stands_still_is_killed(void **state)
{
    struct connect_figures figures;

    (void)state;
    open_with(MANIFEST(ALL), true, 600);
    expect_answer("{\"service\":\"http\",\"url\":\"stop\"}", "{\"error\":{\"code\":\"unavailable\"", "noticed");
    do
        stage_turn(&stage);
    while (connect_figures(stage.connect, &figures), figures.egress_starts < 2 || !figures.is_egress_up);
    expect_answer("{\"service\":\"http\",\"url\":\"answer\"}", "{\"status\":200}", "the next one");
    close_all(state);
}

static void without_a_program_nothing_is_reached(void **state)
{
    (void)state;
    open_with(MANIFEST(ALL), false, 0);
    expect_answer("{\"service\":\"http\",\"url\":\"answer\"}", "{\"error\":{\"code\":\"unavailable\",\"detail\":\"this hub has no egress process", "no program");
    expect_answer("{\"service\":\"secret\",\"op\":\"check\",\"name\":\"t\"}", "{\"error\":{\"code\":\"unavailable\"", "no program");
    CHECK_I64(OD_ESTATE, connect_verify(link_, "x", 1, "good", 1), "no program");
    close_all(state);
}

static void rules_larger_than_a_frame_are_told(void **state)
{
    static char config[4300], many[8192]; /* 64 rules with a URL of that size */
    struct connect_options options = {.egress = {.program = stage_path("connect_egress")}};
    struct connect_loading loading = {.id = "fire", .module = "dept-1.0", .config = config, .config_size = sizeof(config)};
    char text[512];

    memset(config, 'a', sizeof(config));
    memcpy(config, "{\"url\":\"", 8);
    memcpy(config + sizeof(config) - 2, "\"}", 2);
    size_t size = (size_t)snprintf(many, sizeof(many), MANIFEST("\"capabilities\":{\"http\":["));
    size--; /* the brace at its end */
    for (size_t i = 0; i < 64; i++)
        size += (size_t)snprintf(many + size, sizeof(many) - size, "%s{\"from_config\":\"/url\",\"methods\":[\"GET\"]}", i > 0 ? "," : "");
    snprintf(many + size, sizeof(many) - size, "]}}");
    stage_open(&stage, &options);
    stage_module(&stage, "dept-1.0", many);
    CHECK_I64(OD_OK, connect_load(stage.connect, &loading, &link_, text), text);
    relay_ready(&stage, &relay, 10);
    expect_answer("{\"service\":\"http\",\"url\":\"answer\"}", "{\"error\":{\"code\":\"unavailable\",\"detail\":\"the connector's rules, with its "
                  "configuration, are too large", "told");
    close_all(state);
}

static bool is_within(const struct base_buffer *buffer, const char *text)
{
    return buffer->bytes != NULL && memmem(buffer->bytes, buffer->room, text, strlen(text)) != NULL;
}

/* It has to pass; nothing of it stays. */
static void a_revealed_secret_does_not_stay_in_memory(void **state)
{
    (void)state;
    expect_answer("{\"service\":\"secret\",\"op\":\"reveal\",\"name\":\"r\"}", "{\"value\":\"cGFzc3dvcmQ=\"}", "revealed");
    CHECK(!is_within(&stage.connect->egress->in, "cGFzc3dvcmQ="), "not where it came from");
    CHECK(!is_within(&link_->session->out, "cGFzc3dvcmQ="), "nor where it went");
}

static void one_version_alone_changes_what_is_kept(void **state)
{
    static const struct {
        const char *request, *expected;
    } rows[] = {
        {"{\"service\":\"kv\",\"op\":\"put\"}", "{\"error\":{\"code\":\"unavailable\",\"detail\":\"another version serves"},
        {"{\"service\":\"kv\",\"op\":\"remove\"}", "{\"error\":{\"code\":\"unavailable\",\"detail\":\"another version serves"},
        {"{\"service\":\"kv\",\"op\":\"at-once\"}", "{\"at\":\"once\"}"},
        {"{\"service\":\"http\",\"url\":\"answer\"}", "{\"status\":200}"},
    };

    static const enum connect_role others[] = {CONNECT_ROLE_NEXT, CONNECT_ROLE_LEAVING};

    (void)state;
    for (size_t role = 0; role < COUNT(others); role++) {
        link_->role = others[role];
        for (size_t i = 0; i < COUNT(rows); i++)
            expect_answer(rows[i].request, rows[i].expected, rows[i].request);
    }
    link_->role = CONNECT_ROLE_CURRENT;
    CHECK_I64(2, token_count, "reads alone");
    ask(rows[0].request);
    STAGE_UNTIL(&stage, token_count == 3);
}

static void it_is_not_started_for_nothing(void **state)
{
    struct connect_figures figures;

    (void)state;
    open_with(MANIFEST("\"capabilities\":{\"kv\":{}}"), true, 0);
    expect_answer("{\"service\":\"kv\",\"op\":\"at-once\"}", "{\"at\":\"once\"}", "served");
    connect_figures(stage.connect, &figures);
    CHECK_I64(0, figures.egress_starts, "no connector needs it");
    close_all(state);
}

static void a_signature_is_verified(void **state)
{
    (void)state;
    expect_answer("{\"service\":\"http\",\"url\":\"answer\"}", "{\"status\":200}", "it is up");
    CHECK_I64(OD_OK, connect_verify(link_, "data", 4, "good", 7), "asked");
    STAGE_UNTIL(&stage, stage.verified == 7);
    CHECK_I64(OD_OK, stage.verified_rc, "signed");
    CHECK_I64(OD_OK, connect_verify(link_, "data", 4, "bad", 8), "asked");
    STAGE_UNTIL(&stage, stage.verified == 8);
    CHECK_I64(OD_EDENIED, stage.verified_rc, "not signed");
    ask("{\"service\":\"http\",\"url\":\"die\"}");
    CHECK_I64(OD_OK, connect_verify(link_, "data", 4, "good", 9), "asked");
    STAGE_UNTIL(&stage, stage.verified == 9);
    CHECK(stage.verified_rc == OD_OK || stage.verified_rc == OD_EIO, "answered, or nobody could tell");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_granted),
        TEST(what_is_no_request),
        TEST(answers_come_late_and_by_id),
        TEST(so_many_at_once),
        TEST(a_repeated_id_does_nothing_twice),
        TEST(a_session_takes_its_services_with_it),
        TEST(an_answer_over_a_frame_is_told),
        TEST(it_is_told_what_a_connector_may_reach),
        TEST(requests_pass_and_answers_come_back),
        TEST(what_is_known_of_a_request_that_died),
        TEST(others_on_their_way_when_it_died),
        cmocka_unit_test(one_that_stands_still_is_killed),
        cmocka_unit_test(without_a_program_nothing_is_reached),
        cmocka_unit_test(rules_larger_than_a_frame_are_told),
        TEST(a_revealed_secret_does_not_stay_in_memory),
        TEST(one_version_alone_changes_what_is_kept),
        cmocka_unit_test(it_is_not_started_for_nothing),
        TEST(a_signature_is_verified),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
