/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines, slow clients beside a normal one, limits on connections, event streams and the
 * close. Deadlines are shortened by options; waiting runs the loop. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "front/server.h"
#include "lib/check.h"
#include "stage.h"

#define HOST "Host: localhost\r\n"
#define PLAIN "GET /healthz HTTP/1.1\r\n" HOST "\r\n"
#define SLOW_CLIENTS 200

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* A byte each few turns must not move a deadline: it runs from the first byte. */
static void deadline_check(struct stage *stage, const char *start, const char *drip,
                           uint32_t limit_ms, const char *why)
{
    int fd = stage_connect(stage);
    uint64_t begin_ms = now_ms();
    bool is_cut = false;

    stage_send_text(stage, fd, start);
    while (!is_cut && now_ms() - begin_ms < 10 * limit_ms) {
        if (drip != NULL)
            stage_send(stage, fd, drip, 1);
        is_cut = stage_is_cut(stage, fd, 5);
    }
    uint64_t took_ms = now_ms() - begin_ms;
    CHECK(is_cut, why);
    CHECK(took_ms + 2 >= limit_ms, why);
    CHECK(took_ms < 5 * limit_ms, why);
    close(fd);
}

static void cuts_at_each_deadline(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){
        .options = {.head_timeout_ms = 60, .body_timeout_ms = 90, .idle_timeout_ms = 120}};
    stage_open(&stage);
    deadline_check(&stage, "GET /healthz HTTP/1.1\r\nX: ", "x", 60, "a head byte by byte");
    deadline_check(&stage, "G", NULL, 60, "one byte and silence");
    deadline_check(&stage, "POST /v1/track HTTP/1.1\r\n" HOST "Content-Length: 10000\r\n\r\n",
                   " ", 90, "a body byte by byte");
    deadline_check(
        &stage, "POST /v1/track HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3e8\r\n",
        " ", 90, "a chunk");
    deadline_check(&stage, "", NULL, 120, "nothing at all");
    deadline_check(&stage, PLAIN, NULL, 120, "idle after an answer");
    struct front_figures figures;
    front_figures(stage.front, &figures);
    CHECK_I64(4, figures.cut_slow, "the slow ones are counted, the idle ones are not");
    stage_close(&stage);
}

static void waits_for_the_engine_without_a_deadline(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){
        .options = {.head_timeout_ms = 20, .body_timeout_ms = 20, .idle_timeout_ms = 20},
        .manner = STAGE_HOLD};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, PLAIN);
    CHECK(!stage_is_cut(&stage, fd, 100), "the client waits for us, not we for it");
    stage_release(&stage);
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "answered");
    close(fd);
    stage_close(&stage);
}

static void cuts_a_client_that_takes_no_answer(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){.options = {.write_timeout_ms = 100}, .answer_size = 1000000};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    for (int i = 0; i < 30; i++)
        stage_send_text(&stage, fd, PLAIN);
    struct front_figures figures = {0};
    for (uint64_t begin_ms = now_ms(); figures.cut_slow == 0 && now_ms() - begin_ms < 5000;) {
        stage_turn(&stage);
        poll(NULL, 0, 1);
        front_figures(stage.front, &figures);
    }
    CHECK_I64(1, figures.cut_slow, "cut");
    close(fd);
    stage_close(&stage);
}

static void serves_beside_slow_clients(void **state)
{
    static struct stage stage;
    static int slow[SLOW_CLIENTS];
    char text[4096];
    uint64_t worst_ms = 0;

    (void)state;
    stage = (struct stage){.options = {.head_timeout_ms = 400, .body_timeout_ms = 400}};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(slow); i++) {
        slow[i] = stage_connect(&stage);
        stage_send_text(&stage, slow[i],
                        i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nX: "
                                   : "POST /v1/track HTTP/1.1\r\n" HOST
                                     "Content-Length: 1000\r\n\r\n");
    }
    for (uint64_t end_ms = now_ms() + 300; now_ms() < end_ms;) {
        uint64_t begin_ms = now_ms();

        CHECK_I64(200, stage_ask_text(&stage, PLAIN, text, sizeof(text)),
                  "the normal client is served");
        uint64_t took_ms = now_ms() - begin_ms;
        worst_ms = took_ms > worst_ms ? took_ms : worst_ms;
        for (size_t i = 0; i < COUNT(slow); i += 10)
            stage_send(&stage, slow[i], "x", 1);
    }
    CHECK(worst_ms < 200, "as before");
    for (size_t i = 0; i < COUNT(slow); i++) {
        CHECK(stage_is_cut(&stage, slow[i], 2000), "the slow ones are cut");
        close(slow[i]);
    }
    struct front_figures figures;
    front_figures(stage.front, &figures);
    CHECK_I64(SLOW_CLIENTS, figures.cut_slow, "each of them");
    stage_close(&stage);
}

static void tells_those_over_the_limit(void **state)
{
    static struct stage stage;
    int fds[4];
    char text[4096];

    (void)state;
    stage = (struct stage){.options = {.connections_max = 3}};
    stage_open(&stage);
    for (size_t i = 0; i < 3; i++)
        fds[i] = stage_connect(&stage);
    fds[3] = stage_connect(&stage);
    stage_read_answers(&stage, fds[3], text, sizeof(text), 1);
    CHECK_I64(503, stage_status(text), "one over the limit");
    CHECK(strstr(text, "Retry-After: ") != NULL, "when to come again");
    stage_send_text(&stage, fds[2], PLAIN);
    stage_read_answers(&stage, fds[2], text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "the last at the limit");
    close(fds[0]);
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_I64(200, stage_ask_text(&stage, PLAIN, text, sizeof(text)), "room again");
    struct front_figures figures;
    front_figures(stage.front, &figures);
    CHECK_I64(1, figures.connections_refused, "counted");
    for (size_t i = 1; i < 4; i++)
        close(fds[i]);
    stage_close(&stage);
}

/* Large requests that never end: together they may hold FRONT_LARGE_BYTES_MAX. */
static void holds_a_bounded_number_of_bytes(void **state)
{
    static struct stage stage;
    static char body[1000000], text[4096];
    int fds[FRONT_LARGE_BYTES_MAX / (1 << 20)]; /* while it grows, the last one counts twice */
    const size_t held = COUNT(fds) - 1;

    (void)state;
    memset(body, ' ', sizeof(body));
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = stage_connect(&stage);
        stage_send_text(&stage, fds[i],
                        "POST /v1/track HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\n");
        stage_send(&stage, fds[i], body, sizeof(body));
        if (i < held)
            CHECK(!stage_is_cut(&stage, fds[i], 2), "within the limit");
    }
    stage_read_answers(&stage, fds[held], text, sizeof(text), 1);
    CHECK_I64(503, stage_status(text), "one over the limit");
    CHECK_I64(200, stage_ask_text(&stage, PLAIN, text, sizeof(text)), "small ones are served");
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    stage_close(&stage);
}

/* A client that goes on sending after a fault is read for a while, so that it can see the
 * answer, but not for ever. */
static void lingers_for_a_bounded_number_of_bytes(void **state)
{
    static struct stage stage;
    static char bytes[65536];
    size_t sent = 0;

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, "BAD\r\n\r\n");
    while (sent < 4 * FRONT_LINGER_BYTES_MAX) {
        ssize_t count = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);

        if (count < 0 && errno != EAGAIN)
            break;
        sent += count > 0 ? (size_t)count : 0;
        stage_turn(&stage);
    }
    CHECK(sent >= FRONT_LINGER_BYTES_MAX, "read for a while");
    CHECK(sent < 4 * FRONT_LINGER_BYTES_MAX, "then cut");
    close(fd);
    stage_close(&stage);
}

/* libuv closes silently when descriptors run out, so connections stop before they do. */
static void leaves_descriptors_for_others(void **state)
{
    static const struct {
        rlim_t descriptors;
        uint64_t connections;
        const char *why;
    } rows[] = {
        {BASE_HTTP_CONNECTIONS_MAX + FRONT_DESCRIPTORS_RESERVE + 1, BASE_HTTP_CONNECTIONS_MAX,
         "more than enough"},
        {BASE_HTTP_CONNECTIONS_MAX + FRONT_DESCRIPTORS_RESERVE, BASE_HTTP_CONNECTIONS_MAX,
         "just enough"},
        {BASE_HTTP_CONNECTIONS_MAX + FRONT_DESCRIPTORS_RESERVE - 1, BASE_HTTP_CONNECTIONS_MAX - 1,
         "one short"},
        {1024, 1024 - FRONT_DESCRIPTORS_RESERVE, "what a shell gives"},
        {300, 151, "few: half of them"},
    };
    static struct stage stage;
    struct rlimit before;
    struct front_figures figures;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rlimit limit = {.rlim_cur = rows[i].descriptors, .rlim_max = before.rlim_max};

        if (before.rlim_max != RLIM_INFINITY && rows[i].descriptors > before.rlim_max)
            continue; /* this machine does not give so many */
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        stage = (struct stage){0};
        stage_open(&stage);
        front_figures(stage.front, &figures);
        CHECK_I64(rows[i].connections, figures.connections_max, rows[i].why);
        stage_close(&stage);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void refuses_in_words_only_so_many(void **state)
{
    static struct stage stage;
    int fds[FRONT_REFUSED_MAX + 2];
    char text[4096];

    (void)state;
    stage = (struct stage){.options = {.connections_max = 1}};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = stage_connect(&stage);
    for (size_t i = 1; i + 1 < COUNT(fds); i++) {
        stage_read_answers(&stage, fds[i], text, sizeof(text), 1);
        CHECK_I64(503, stage_status(text), "told");
    }
    CHECK(stage_read_all(&stage, fds[COUNT(fds) - 1], text, sizeof(text)) <= 0,
          "one more is only closed");
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    stage_close(&stage);
}

static int stream_open(struct stage *stage, char *text, size_t room)
{
    int fd = stage_connect(stage);

    stage_send_text(stage, fd, "GET /v1/events HTTP/1.1\r\n" HOST "\r\n");
    stage_read_answers(stage, fd, text, room, 1);
    return fd;
}

static void streams_events_until_the_client_leaves(void **state)
{
    static struct stage stage;
    char text[65536];
    struct front_figures figures;

    (void)state;
    stage = (struct stage){.options = {.is_demo = true}, .manner = STAGE_STREAM};
    stage_open(&stage);
    int fd = stream_open(&stage, text, sizeof(text));
    CHECK_I64(200, stage_status(text), "a stream");
    CHECK(strstr(text, "Content-Type: text/event-stream\r\n") != NULL, text);
    front_stream_put(stage.stream, 7, "application", "{\"a\":1}", 7);
    front_stream_put(stage.stream, 8, "application", "{\"b\":2}", 7);
    stage_turn(&stage);
    long size = recv(fd, text, sizeof(text) - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    CHECK_TEXT("id: 7\nevent: application\ndata: {\"a\":1}\n\nid: 8\nevent: application\ndata: "
               "{\"b\":2}\n\n",
               text, "one write");
    front_figures(stage.front, &figures);
    CHECK_I64(1, figures.streams_open, "counted");
    close(fd);
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_I64(1, stage.streams_gone, "the owner is told once");
    fd = stream_open(&stage, text, sizeof(text));
    front_stream_put(stage.stream, 9, "x", "{}", 2);
    front_stream_end(stage.stream);
    CHECK(stage_read_all(&stage, fd, text, sizeof(text)) > 0, "what was put still goes out");
    CHECK_TEXT("id: 9\nevent: x\ndata: {}\n\n", text, "ended from this side");
    CHECK_I64(2, stage.streams_gone, "the owner is told");
    close(fd);
    stage_close(&stage);
}

static void cuts_a_stream_that_falls_behind(void **state)
{
    static struct stage stage;
    static char data[65536], text[65536];

    (void)state;
    memset(data, 'x', sizeof(data));
    stage = (struct stage){.options = {.is_demo = true}, .manner = STAGE_STREAM};
    stage_open(&stage);
    int fd = stream_open(&stage, text, sizeof(text));
    for (uint64_t i = 0; i < 1000 && stage.streams_gone == 0; i++) {
        front_stream_put(stage.stream, i, "x", data, sizeof(data));
        stage_turn(&stage);
    }
    CHECK_I64(1, stage.streams_gone, "cut when too much is unsent");
    close(fd);
    stage_close(&stage);
}

static void bounds_the_backlog_exactly(void **state)
{
    static struct stage stage;
    static char data[BASE_SSE_BACKLOG_MAX], text[4096];
    const size_t frame = sizeof("id: 1\nevent: x\ndata: \n\n") - 1;

    (void)state;
    memset(data, 'x', sizeof(data));
    for (size_t over = 0; over < 2; over++) {
        stage = (struct stage){.options = {.is_demo = true}, .manner = STAGE_STREAM};
        stage_open(&stage);
        int fd = stream_open(&stage, text, sizeof(text));
        front_stream_put(stage.stream, 1, "x", data, BASE_SSE_BACKLOG_MAX - frame + over);
        for (int i = 0; i < 5; i++)
            stage_turn(&stage);
        CHECK_I64(over, stage.streams_gone, over == 0 ? "at the limit" : "one byte over");
        close(fd);
        stage_close(&stage);
    }
}

static void bounds_the_number_of_streams(void **state)
{
    static struct stage stage;
    static int fds[BASE_SSE_CLIENTS_MAX + 1];
    char text[4096];

    (void)state;
    stage = (struct stage){.options = {.is_demo = true, .connections_max = 4096},
                           .manner = STAGE_STREAM};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = stream_open(&stage, text, sizeof(text));
        CHECK_I64(i < BASE_SSE_CLIENTS_MAX ? 200 : 503, stage_status(text),
                  "512 streams, and one more");
    }
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    stage_close(&stage);
    CHECK_I64(BASE_SSE_CLIENTS_MAX, stage.streams_gone, "every owner is told");
}

static void closes_with_grace(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    stage_open(&stage);
    int idle = stage_connect(&stage), waiting = stage_connect(&stage),
        half = stage_connect(&stage);
    stage_send_text(&stage, waiting, PLAIN PLAIN);
    stage_send_text(&stage, half, "GET /healthz HT");
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_I64(2, stage.performed, "two under way");
    stage_front_close(&stage, 5000);
    CHECK(stage_is_cut(&stage, idle, 1000), "idle ones are closed at once");
    stage_send_text(&stage, half, "TP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_I64(3, stage.performed, "one that was coming in is taken");
    CHECK(!stage.is_closed, "not closed while requests are under way");
    stage_release(&stage);
    stage_read_answers(&stage, waiting, text, sizeof(text), 2);
    CHECK(strstr(stage_body(text), "HTTP/1.1 200") != NULL, "both are answered");
    CHECK(strstr(text, "Connection: close") > stage_body(text),
          "the last says that it is the last");
    stage_read_answers(&stage, half, text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "so is the third");
    close(idle);
    close(waiting);
    close(half);
    stage_close(&stage);
}

static void closes_after_grace_though_clients_stay(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    stage_open(&stage);
    int half = stage_connect(&stage), waiting = stage_connect(&stage);
    stage_send_text(&stage, half, "GET /healthz HT");
    stage_send_text(&stage, waiting, PLAIN);
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    stage_front_close(&stage, 30);
    CHECK(stage_is_cut(&stage, half, 2000), "cut when grace is over");
    CHECK(stage_is_cut(&stage, waiting, 2000), "also one that waits for the engine");
    CHECK(!stage.is_closed, "but its request is still the engine's");
    stage_release(&stage);
    close(half);
    close(waiting);
    stage_close(&stage);
}

static void listens_on_a_unix_socket(void **state)
{
    static struct stage stage;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[] = "/tmp/front-XXXXXX", listen[128], text[4096];
    struct stat status;

    (void)state;
    assert_non_null(mkdtemp(folder));
    sprintf(listen, "unix:%s/s", folder);
    sprintf(address.sun_path, "%s/s", folder);
    int stale = socket(AF_UNIX, SOCK_STREAM, 0); /* as a killed hub leaves it */
    assert_int_equal(bind(stale, (struct sockaddr *)&address, sizeof(address)), 0);
    close(stale);
    stage = (struct stage){.options = {.listen_unix = listen}};
    stage_open(&stage);
    assert_int_equal(stat(address.sun_path, &status), 0);
    CHECK_I64(0660, status.st_mode & 0777, "for the group, not for all");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    stage_send_text(&stage, fd, PLAIN);
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "the same door");
    static struct stage second;
    second = (struct stage){0};
    char why[512];
    struct front *front = NULL;
    uv_loop_init(&second.loop);
    struct front_options options = stage.options;
    options.listen = NULL;
    CHECK_I64(OD_EBUSY, front_open(&second.loop, &options, &front, why), "one hub per socket");
    uv_run(&second.loop, UV_RUN_DEFAULT);
    CHECK_I64(0, uv_loop_close(&second.loop), "nothing is left");
    close(fd);
    stage_close(&stage);
    CHECK(stat(address.sun_path, &status) != 0, "taken away with the hub");
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_at_each_deadline),
        cmocka_unit_test(waits_for_the_engine_without_a_deadline),
        cmocka_unit_test(cuts_a_client_that_takes_no_answer),
        cmocka_unit_test(serves_beside_slow_clients),
        cmocka_unit_test(tells_those_over_the_limit),
        cmocka_unit_test(leaves_descriptors_for_others),
        cmocka_unit_test(refuses_in_words_only_so_many),
        cmocka_unit_test(holds_a_bounded_number_of_bytes),
        cmocka_unit_test(lingers_for_a_bounded_number_of_bytes),
        cmocka_unit_test(streams_events_until_the_client_leaves),
        cmocka_unit_test(cuts_a_stream_that_falls_behind),
        cmocka_unit_test(bounds_the_backlog_exactly),
        cmocka_unit_test(bounds_the_number_of_streams),
        cmocka_unit_test(closes_with_grace),
        cmocka_unit_test(closes_after_grace_though_clients_stay),
        cmocka_unit_test(listens_on_a_unix_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
