/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's frames through the same routes, keys and gate; and its process watched. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/gateway.h"
#include "lib/check.h"
#include "stage.h"

static struct stage stage;
static struct front_gateway *gateway;
static const char *events_given, *certificate_given; /* of gateway_open; NULL = none */
static char folder[64], script_path[128], out_path[160], manner[192];

static int folder_make(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/gateway-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    sprintf(script_path, "%s/script", folder);
    sprintf(out_path, "%s/script.out", folder);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    unlink(script_path);
    unlink(out_path);
    return rmdir(folder);
}

static void gateway_open(const char *front_desk, const char *script, uint32_t silence_ms)
{
    char program[512];
    const char *build = getenv("OD_BUILD");
    FILE *file = fopen(script_path, "w");

    assert_non_null(file);
    fputs(script, file);
    fclose(file);
    unlink(out_path);
    snprintf(program, sizeof(program), "%s/tests/front_gateway_peer",
             build != NULL ? build : "build/front");
    struct front_gateway_options options = {
        .program = program, .front_desk = front_desk, .events = events_given,
        .certificate = certificate_given, .silence_ms = silence_ms};
    struct front_gateway *second = NULL;
    stage_open(&stage);
    CHECK_I64(OD_OK, front_gateway_start(stage.front, &stage.loop, &options, &gateway),
              "started");
    CHECK_I64(OD_EEXIST, front_gateway_start(stage.front, &stage.loop, &options, &second),
              "one is enough");
}

static void on_stopped(void *owner)
{
    *(bool *)owner = true;
}

static void gateway_close(void)
{
    bool is_stopped = false;
    uint64_t end_ms = uv_hrtime() / 1000000 + STAGE_WAIT_MS;

    front_gateway_stop(gateway, on_stopped, &is_stopped);
    stage_release(&stage);
    while (!is_stopped && uv_hrtime() / 1000000 < end_ms)
        uv_run(&stage.loop, UV_RUN_ONCE);
    CHECK(is_stopped, "stopped");
    stage_close(&stage);
}

static void out_read(char *text, size_t room)
{
    FILE *file = fopen(out_path, "r");
    size_t size = file == NULL ? 0 : fread(text, 1, room - 1, file);

    text[size] = '\0';
    if (file != NULL)
        fclose(file);
}

/* Run the loop until what the peer has written holds wanted; false after the wait. */
static bool out_waits_for(const char *wanted, char *text, size_t room)
{
    uint64_t end_ms = uv_hrtime() / 1000000 + STAGE_WAIT_MS;

    do {
        stage_turn(&stage);
        poll(NULL, 0, 1);
        out_read(text, room);
    } while (strstr(text, wanted) == NULL && uv_hrtime() / 1000000 < end_ms);
    return strstr(text, wanted) != NULL;
}

static bool starts_reach(uint64_t wanted)
{
    struct front_gateway_figures figures = {0};
    uint64_t end_ms = uv_hrtime() / 1000000 + STAGE_WAIT_MS;

    while (figures.starts < wanted && uv_hrtime() / 1000000 < end_ms) {
        stage_turn(&stage);
        poll(NULL, 0, 1);
        front_gateway_figures(gateway, &figures);
    }
    return figures.starts >= wanted;
}

static const struct {
    int status; /* 0: performed and answered 200 */
    const char *message, *why;
} rows[] = {
    {200, "{\"method\":\"GET\",\"path\":\"/healthz\"}", "the plainest message"},
    {200, "{\"method\":\"GET\",\"path\":\"/v1/tasks?a=b%20c\",\"key\":\"secret\"}",
     "a key and a query"},
    {200, "{\"method\":\"POST\",\"path\":\"/v1/track\",\"body\":{\"number\":\"1\"}}", "a body"},
    {401, "{\"method\":\"GET\",\"path\":\"/v1/tasks\"}", "default deny"},
    {401, "{\"method\":\"GET\",\"path\":\"/healthz\",\"key\":\"wrong\"}", "a wrong key"},
    {403, "{\"method\":\"DELETE\",\"path\":\"/v1/connectors/x\",\"key\":\"secret\"}",
     "another role"},
    {404, "{\"method\":\"GET\",\"path\":\"/v1/nothing\"}", "no such route"},
    {404, "{\"method\":\"GET\",\"path\":\"/\"}", "no pages here"},
    {405, "{\"method\":\"BREW\",\"path\":\"/healthz\"}", "a method nobody knows"},
    {405, "{\"path\":\"/healthz\"}", "no method"},
    {400, "{\"method\":\"GET\"}", "no path"},
    {400, "{\"method\":\"GET\",\"path\":\"/v1/../healthz\"}", "traversal"},
    {400, "{\"method\":\"GET\",\"path\":7}", "no text"},
    {400, "{\"method\":\"POST\",\"path\":\"/v1/track\"}", "no body where one is due"},
    {400, "{\"method\":\"POST\",\"path\":\"/v1/track\",\"body\":{\"a\":1,\"a\":2}}",
     "a key twice, inside"},
    {400,
     "{\"method\":\"POST\",\"path\":\"/v1/track\",\"idempotency_key\":\"a b\",\"body\":{}}",
     "a bad key"},
    {400, "{\"method\":\"GET\",\"method\":\"GET\",\"path\":\"/healthz\"}", "a member twice"},
    {400, "[]", "no object"},
    {400, "{", "no JSON"},
    {400, "", "nothing"},
};

static void answers_each_message(void **state)
{
    static char script[8192], text[65536], wanted[64];
    struct front_key key = {.id = "desk", .roles = FRONT_ROLE_OFFICER};

    (void)state;
    assert_int_equal(base_hash_init(), OD_OK);
    base_hash("secret", 6, key.hash);
    script[0] = '\0';
    for (size_t i = 0; i < COUNT(rows); i++)
        strcat(strcat(script, rows[i].message), "\n");
    stage =
        (struct stage){.options = {.keys = &key, .key_count = 1}, .manner = STAGE_AT_TURN_END};
    sprintf(manner, "play %s", script_path);
    gateway_open(manner, script, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        sprintf(wanted, "%zu {\"status\":%d,\"body\":{", i + 1, rows[i].status);
        CHECK(out_waits_for(wanted, text, sizeof(text)), rows[i].why);
    }
    CHECK_I64(3, stage.performed, "the others never reach the engine");
    CHECK(strstr(text, "\"code\":\"duplicate_key\"") != NULL, "the gate tells");
    CHECK(strstr(text, "\"line\":1,\"column\":51") != NULL, "where");
    gateway_close();
}

static void passes_the_body_as_it_was_received(void **state)
{
    static char text[65536];

    (void)state;
    stage = (struct stage){0};
    sprintf(manner, "play %s", script_path);
    gateway_open(manner,
                 "{\"body\" : {\"a\": [1.0, \"]}\\\"\"], \"b\":1e2} "
                 ",\"method\":\"POST\",\"path\":\"/v1/track\","
                 "\"idempotency_key\":\"k1\",\"language\":\"en\"}\n",
                 0);
    CHECK(out_waits_for("1 {\"status\":200", text, sizeof(text)), "answered");
    CHECK_TEXT("{\"a\": [1.0, \"]}\\\"\"], \"b\":1e2}", stage.body,
               "numbers as written, for the hash");
    CHECK_TEXT("k1", stage.idempotency_key, "the key goes along");
    CHECK_I64(FRONT_EN, stage.language, "the language too");
    gateway_close();
}

static void publishes_and_pings(void **state)
{
    static char text[65536];

    (void)state;
    stage = (struct stage){0};
    sprintf(manner, "play %s", script_path);
    gateway_open(manner, "{\"method\":\"GET\",\"path\":\"/healthz\"}\n", 0);
    front_gateway_publish(gateway, "application.1 ", "{}", 2);
    struct front_gateway_figures figures;
    front_gateway_figures(gateway, &figures);
    CHECK_I64(1, figures.dropped, "nobody listens yet");
    CHECK(out_waits_for("1 {\"status\":200", text, sizeof(text)), "up");
    front_gateway_publish(gateway, "application.2 ", "{\"number\":\"2\"}", 14);
    CHECK(out_waits_for("application.2 |{\"number\":\"2\"}\n", text, sizeof(text)),
          "topic, then JSON");
    CHECK(out_waits_for("ping\n", text, sizeof(text)), "we ping too");
    static char large[BASE_FRAME_PAYLOAD_MAX];
    memset(large, 'x', sizeof(large));
    front_gateway_publish(gateway, "x", large, sizeof(large));
    front_gateway_figures(gateway, &figures);
    CHECK_I64(2, figures.dropped, "what fits no frame is dropped");
    gateway_close();
}

static void restarts_a_gateway_that_fails(void **state)
{
    static const struct {
        const char *front_desk, *why;
        uint32_t silence_ms;
    } failures[] = {
        {"exit", "ends at once", 0},
        {"garbage", "a broken frame", 0},
        {"mute", "silent", 100},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++) {
        uint64_t begin_ms = uv_hrtime() / 1000000;

        stage = (struct stage){0};
        gateway_open(failures[i].front_desk, "", failures[i].silence_ms);
        CHECK(starts_reach(2), failures[i].why);
        CHECK(uv_hrtime() / 1000000 - begin_ms < 2000, "within a second or so");
        gateway_close();
    }
}

static void waits_longer_before_each_restart(void **state)
{
    static const struct {
        uint64_t pause_ms, lived_ms, expected_ms;
        const char *why;
    } pauses[] = {
        {0, 0, FRONT_GATEWAY_PAUSE_MIN_MS, "the first one"},
        {200, 0, 400, "doubled"},
        {1600, FRONT_GATEWAY_HEALTHY_MS - 1, 3200, "it did not live long enough"},
        {2500, 0, FRONT_GATEWAY_PAUSE_MAX_MS, "limit"},
        {3200, 0, FRONT_GATEWAY_PAUSE_MAX_MS, "never beyond"},
        {5000, 0, FRONT_GATEWAY_PAUSE_MAX_MS, "and it stays there"},
        {5000, FRONT_GATEWAY_HEALTHY_MS, FRONT_GATEWAY_PAUSE_MIN_MS, "it was healthy"},
    };
    uint64_t begin_ms, first_ms;

    (void)state;
    for (size_t i = 0; i < COUNT(pauses); i++)
        CHECK_I64(pauses[i].expected_ms,
                  front_gateway_pause(pauses[i].pause_ms, pauses[i].lived_ms), pauses[i].why);
    stage = (struct stage){0};
    begin_ms = uv_hrtime() / 1000000;
    gateway_open("exit", "", 0);
    CHECK(starts_reach(2), "again");
    first_ms = uv_hrtime() / 1000000 - begin_ms;
    CHECK(first_ms < 1000, "within a second");
    CHECK(starts_reach(4), "and again, and again");
    CHECK(uv_hrtime() / 1000000 - begin_ms >= 200 + 400 + 800, "after longer and longer pauses");
    gateway_close();
}

static void hands_its_options_to_the_process(void **state)
{
    static const struct front_gateway_options cases[] = {
        {.events = NULL},
        {.certificate = "/etc/center.pem"},
        {.events = "tls+tcp://h:1", .certificate = "/etc/center.pem"},
    };
    static char text[4096], wanted[512];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *events = cases[i].events, *certificate = cases[i].certificate;

        stage = (struct stage){0};
        sprintf(manner, "list %s", script_path);
        events_given = events;
        certificate_given = certificate;
        gateway_open(manner, "", 0);
        sprintf(wanted, "--front-desk\n%s\n%s%s%s%s%s%send\n", manner,
                events != NULL ? "--events\n" : "", events != NULL ? events : "",
                events != NULL ? "\n" : "", certificate != NULL ? "--certificate\n" : "",
                certificate != NULL ? certificate : "", certificate != NULL ? "\n" : "");
        CHECK(out_waits_for("end\n", text, sizeof(text)), "it ran");
        CHECK_TEXT(wanted, text, "its arguments");
        gateway_close();
    }
    events_given = certificate_given = NULL;
}

static void serves_again_after_a_kill(void **state)
{
    static char text[65536];
    struct front_gateway_figures figures;

    (void)state;
    stage = (struct stage){0};
    sprintf(manner, "play %s", script_path);
    gateway_open(manner, "{\"method\":\"GET\",\"path\":\"/healthz\"}\n", 0);
    for (uint64_t round = 1; round <= 3; round++) {
        CHECK(out_waits_for("1 {\"status\":200", text, sizeof(text)), "serves");
        unlink(out_path);
        front_gateway_figures(gateway, &figures);
        CHECK(figures.pid > 0, "a process of ours");
        kill((pid_t)figures.pid, SIGKILL);
        CHECK(starts_reach(round + 1), "started again");
    }
    gateway_close();
}

static void drops_answers_to_a_dead_gateway(void **state)
{
    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    sprintf(manner, "leave %s", script_path);
    gateway_open(manner, "{\"method\":\"GET\",\"path\":\"/healthz\"}\n", 0);
    CHECK(starts_reach(3), "it left twice");
    CHECK(stage.held_count >= 2, "its requests are under way");
    stage_release(&stage);
    gateway_close();
}

static void takes_a_bounded_number_at_once(void **state)
{
    static const char line[] = "{\"method\":\"GET\",\"path\":\"/healthz\"}\n";
    static char script[(FRONT_GATEWAY_CALLS_MAX + 1) * sizeof(line)], text[1 << 20], wanted[64];

    (void)state;
    script[0] = '\0';
    for (size_t i = 0; i <= FRONT_GATEWAY_CALLS_MAX; i++)
        memcpy(script + i * (sizeof(line) - 1), line, sizeof(line));
    stage = (struct stage){.manner = STAGE_HOLD};
    sprintf(manner, "play %s", script_path);
    gateway_open(manner, script, 0);
    sprintf(wanted, "%d {\"status\":503", FRONT_GATEWAY_CALLS_MAX + 1);
    CHECK(out_waits_for(wanted, text, sizeof(text)), "one over the limit");
    CHECK_I64(FRONT_GATEWAY_CALLS_MAX, stage.held_count, "at the limit");
    stage_release(&stage);
    CHECK(out_waits_for("4096 {\"status\":200", text, sizeof(text)), "the others are answered");
    gateway_close();
}

static void tells_that_an_answer_is_too_large(void **state)
{
    static char text[1 << 20];

    (void)state;
    for (size_t over = 0; over < 2; over++) {
        const size_t frame =
            strlen("{\"status\":200,\"body\":{\"path\":\"/healthz\",\"filler\":\"\"}}");

        stage = (struct stage){.answer_size = BASE_FRAME_PAYLOAD_MAX - frame + over};
        sprintf(manner, "play %s", script_path);
        gateway_open(manner, "{\"method\":\"GET\",\"path\":\"/healthz\"}\n", 0);
        CHECK(out_waits_for(over == 0 ? "1 {\"status\":200" : "1 {\"status\":413", text,
                            sizeof(text)),
              over == 0 ? "at the limit" : "one byte over");
        gateway_close();
    }
}

static void survives_a_program_that_is_not_there(void **state)
{
    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    struct front_gateway_options options = {.program = "/nonexistent/onedoor-nng"};
    CHECK_I64(OD_OK, front_gateway_start(stage.front, &stage.loop, &options, &gateway),
              "tried");
    CHECK(starts_reach(2), "and tried again");
    gateway_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_each_message, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(passes_the_body_as_it_was_received, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(publishes_and_pings, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(restarts_a_gateway_that_fails, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(waits_longer_before_each_restart, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(hands_its_options_to_the_process, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(serves_again_after_a_kill, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(drops_answers_to_a_dead_gateway, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(takes_a_bounded_number_at_once, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(tells_that_an_answer_is_too_large, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(survives_a_program_that_is_not_there, folder_make,
                                        folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
