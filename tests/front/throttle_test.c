/* SPDX-License-Identifier: Apache-2.0 */
/* Guessing look-up codes: the table at its limits, whose address counts, and the doors. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "front/throttle.h"
#include "lib/check.h"
#include "stage.h"

#define HOST "Host: localhost\r\n"
#define TRACK                                                                                  \
    "POST /v1/track HTTP/1.1\r\n" HOST "Accept-Language: en\r\n"                               \
    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
#define FORM                                                                                   \
    "POST /track HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "                                \
    "application/x-www-form-urlencoded\r\nContent-Length: 15\r\n\r\nnumber=1&code=2"

static char text[1 << 18];

static struct front_client client_of(const char *address)
{
    struct front_client client = {0};

    CHECK_I64(OD_OK, front_client_parse(address, strlen(address), &client), address);
    return client;
}

static struct front_client client_number(unsigned number)
{
    char address[32];

    sprintf(address, "10.0.%u.%u", number / 256, number % 256);
    return client_of(address);
}

static void tells_clients_apart(void **state)
{
    static const struct {
        const char *left, *right;
        bool is_same;
        const char *why;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true, "itself"},
        {"192.0.2.1", "192.0.2.2", false, "another"},
        {"::ffff:192.0.2.1", "192.0.2.1", true, "the same in the clothes of IPv6"},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true, "one /64"},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false, "another /64"},
        {"::1", "0.0.0.0", false, "another family"},
    };
    static const char *const none[] = {"", "x", "192.0.2", "192.0.2.1:80", "[::1]", "unknown",
                                       "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct front_client left = client_of(rows[i].left), right = client_of(rows[i].right);

        CHECK_I64(rows[i].is_same, memcmp(&left, &right, sizeof(left)) == 0, rows[i].why);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        struct front_client client = {.kind = FRONT_CLIENT_SOCKET};

        CHECK_I64(OD_EINVAL, front_client_parse(none[i], strlen(none[i]), &client), none[i]);
        CHECK_I64(FRONT_CLIENT_SOCKET, client.kind, "unchanged");
    }
}

static void holds_a_client_for_its_window(void **state)
{
    static struct front_throttle throttle;
    struct front_client one = client_of("192.0.2.1"), other = client_of("192.0.2.2"), gone = {0};

    (void)state;
    throttle = (struct front_throttle){0};
    for (unsigned i = 0; i < FRONT_THROTTLE_WRONG_MAX; i++) {
        CHECK_I64(0, front_throttle_wait_ms(&throttle, &one, 1000 + i), "below the limit");
        front_throttle_note(&throttle, &one, 1000 + i);
        front_throttle_note(&throttle, &gone, 1000 + i);
    }
    CHECK_I64(FRONT_THROTTLE_WINDOW_MS - 9, front_throttle_wait_ms(&throttle, &one, 1009),
              "at the limit: until the window of the first is over");
    CHECK_I64(0, front_throttle_wait_ms(&throttle, &other, 1009), "nobody else waits");
    CHECK_I64(0, front_throttle_wait_ms(&throttle, &gone, 1009), "who is gone is not counted");
    CHECK_I64(1, front_throttle_wait_ms(&throttle, &one, 1000 + FRONT_THROTTLE_WINDOW_MS - 1),
              "the last millisecond");
    CHECK_I64(0, front_throttle_wait_ms(&throttle, &one, 1000 + FRONT_THROTTLE_WINDOW_MS),
              "over");
    for (unsigned i = 0; i < FRONT_THROTTLE_WRONG_MAX; i++) {
        CHECK_I64(0, front_throttle_wait_ms(&throttle, &one, 90000), "a window of its own");
        front_throttle_note(&throttle, &one, 90000);
    }
    CHECK_I64(FRONT_THROTTLE_WINDOW_MS, front_throttle_wait_ms(&throttle, &one, 90000),
              "as long as the first");
    CHECK_I64(1, throttle.count, "one row for one client");
}

static void forgets_the_oldest_when_full(void **state)
{
    static struct front_throttle throttle;
    struct front_client first = client_number(0), second = client_number(1), last;

    (void)state;
    throttle = (struct front_throttle){0};
    for (unsigned i = 0; i < FRONT_THROTTLE_CLIENTS_MAX; i++) {
        last = client_number(i);
        for (unsigned wrong = 0; wrong < FRONT_THROTTLE_WRONG_MAX; wrong++)
            front_throttle_note(&throttle, &last, 1000 + i);
    }
    CHECK(front_throttle_wait_ms(&throttle, &first, 3000) > 0, "at the limit all are known");
    last = client_number(FRONT_THROTTLE_CLIENTS_MAX);
    front_throttle_note(&throttle, &last, 3000);
    CHECK_I64(0, front_throttle_wait_ms(&throttle, &first, 3000), "limit + 1: the oldest goes");
    CHECK(front_throttle_wait_ms(&throttle, &second, 3000) > 0, "and no other");
    CHECK_I64(FRONT_THROTTLE_CLIENTS_MAX, throttle.count, "the table does not grow");
}

/* -- The doors -- */

static void refuses_after_ten_wrong_answers(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){.answer_status = 404};
    stage_open(&stage);
    for (int i = 0; i < FRONT_THROTTLE_WRONG_MAX; i++)
        CHECK_I64(404, stage_ask_text(&stage, TRACK, text, sizeof(text)), "wrong");
    stage.answer_status = 200;
    size_t performed = stage.performed;
    CHECK_I64(429, stage_ask_text(&stage, TRACK, text, sizeof(text)), "limit + 1, even right");
    CHECK_I64(0, stage.performed - performed, "the engine is not asked");
    const char *line = strstr(text, "Retry-After: ");
    CHECK(line != NULL, text);
    CHECK(atoi(line + 13) > 50, "until the window is over");
    CHECK(atoi(line + 13) <= 60, "and no longer");
    CHECK(strstr(line + 1, "Retry-After: ") == NULL, "said once");
    CHECK(strstr(text, "\"type\":\"/problems/too_many\"") != NULL, text);
    CHECK_I64(200,
              stage_ask_text(&stage, "GET /v1/services HTTP/1.1\r\n" HOST "\r\n", text,
                             sizeof(text)),
              "other routes go on");
    stage_close(&stage);
}

static void counts_wrong_answers_only(void **state)
{
    static const int statuses[] = {200, 422, 503};
    static struct stage stage;

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        stage.answer_status = statuses[i];
        for (int j = 0; j < 2 * FRONT_THROTTLE_WRONG_MAX; j++)
            CHECK_I64(statuses[i], stage_ask_text(&stage, TRACK, text, sizeof(text)),
                      "no guess");
    }
    stage_close(&stage);
}

/* What is under way together tells no more than what comes one after another. */
static void tells_no_more_to_many_at_once(void **state)
{
    static struct stage stage;
    static char request[32768];
    size_t size = 0, wrong = 0;

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD, .answer_status = 404};
    stage_open(&stage);
    for (int i = 0; i < 30; i++)
        size += (size_t)sprintf(request + size, TRACK);
    int fd = stage_connect(&stage);
    stage_send(&stage, fd, request, size);
    for (int i = 0; i < 10; i++)
        stage_turn(&stage);
    CHECK_I64(30, stage.held_count, "all are under way");
    stage_release(&stage);
    stage_read_answers(&stage, fd, text, sizeof(text), 30);
    for (const char *at = text; (at = strstr(at, "HTTP/1.1 404")) != NULL; at++)
        wrong++;
    CHECK_I64(FRONT_THROTTLE_WRONG_MAX, wrong, "the others are refused");
    close(fd);
    stage_close(&stage);
}

static void counts_the_page_as_well(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){.options = {.is_demo = true}, .answer_status = 404};
    stage_open(&stage);
    for (int i = 0; i < FRONT_THROTTLE_WRONG_MAX; i++)
        CHECK_I64(404,
                  i % 2 == 0 ? stage_ask_text(&stage, FORM, text, sizeof(text))
                             : stage_ask_text(&stage, TRACK, text, sizeof(text)),
                  "wrong, by page and API in turn");
    CHECK_I64(429, stage_ask_text(&stage, FORM, text, sizeof(text)), "limit + 1");
    CHECK(strstr(text, "text/html") != NULL, "a page");
    CHECK(strstr(text, "Retry-After: ") != NULL, "which says when to come again");
    stage_close(&stage);
}

/* -- Behind a proxy on a unix socket -- */

static int unix_connect(struct stage *stage, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof(address)));
    stage_turn(stage);
    return fd;
}

static int unix_track(struct stage *stage, const char *path, const char *headers)
{
    char request[1024];
    int fd = unix_connect(stage, path);

    snprintf(request, sizeof(request),
             "POST /v1/track HTTP/1.1\r\n%s" HOST
             "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
             headers);
    stage_send_text(stage, fd, request);
    stage_read_answers(stage, fd, text, sizeof(text), 1);
    close(fd);
    return stage_status(text);
}

static void takes_the_word_of_the_proxy(void **state)
{
    static const struct {
        const char *headers, *other, *why;
    } rows[] = {
        {"X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-For: 192.0.2.2\r\n", "one address"},
        {"x-forwarded-for:10.0.0.9,  192.0.2.3 \r\n", "X-Forwarded-For: 192.0.2.3, 10.0.0.9\r\n",
         "the last of a list"},
        {"X-Forwarded-For: 10.0.0.7\r\nX-Forwarded-For: 192.0.2.5\r\n",
         "X-Forwarded-For: 192.0.2.5\r\nX-Forwarded-For: 10.0.0.7\r\n", "the last of two fields"},
        {"X-Forwarded-For: 2001:db8::1\r\n", "X-Forwarded-For: 2001:db8:0:1::1\r\n", "IPv6"},
        {"", "X-Forwarded-For: 192.0.2.6\r\n", "not said: all of them together"},
    };
    static struct stage stage;
    char folder[] = "/tmp/od-throttle-XXXXXX", path[64], listen[80];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s", folder);
    snprintf(listen, sizeof(listen), "unix:%s", path);
    stage = (struct stage){.options = {.listen_unix = listen}, .answer_status = 404};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int j = 0; j < FRONT_THROTTLE_WRONG_MAX; j++)
            CHECK_I64(404, unix_track(&stage, path, rows[i].headers), rows[i].why);
        CHECK_I64(429, unix_track(&stage, path, rows[i].headers), rows[i].why);
        CHECK_I64(404, unix_track(&stage, path, rows[i].other), rows[i].why);
    }
    CHECK_I64(429, unix_track(&stage, path, "X-Forwarded-For: unknown\r\n"), "no address");
    CHECK_I64(404, stage_ask_text(&stage, TRACK, text, sizeof(text)), "TCP is on its own");
    stage_close(&stage);
    unlink(path);
    rmdir(folder);
}

/* On TCP the field is the client's own word. */
static void takes_no_word_over_tcp(void **state)
{
    static struct stage stage;
    char request[512];

    (void)state;
    stage = (struct stage){.answer_status = 404};
    stage_open(&stage);
    for (int i = 0; i <= FRONT_THROTTLE_WRONG_MAX; i++) {
        snprintf(request, sizeof(request),
                 "POST /v1/track HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.%d\r\n"
                 "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                 i);
        CHECK_I64(i < FRONT_THROTTLE_WRONG_MAX ? 404 : 429,
                  stage_ask_text(&stage, request, text, sizeof(text)), "the peer counts");
    }
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_clients_apart),
        cmocka_unit_test(holds_a_client_for_its_window),
        cmocka_unit_test(forgets_the_oldest_when_full),
        cmocka_unit_test(refuses_after_ten_wrong_answers),
        cmocka_unit_test(counts_wrong_answers_only),
        cmocka_unit_test(tells_no_more_to_many_at_once),
        cmocka_unit_test(counts_the_page_as_well),
        cmocka_unit_test(takes_the_word_of_the_proxy),
        cmocka_unit_test(takes_no_word_over_tcp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
