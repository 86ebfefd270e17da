/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP door, over sockets: order, keep-alive, half-closed clients, what the engine and the
 * client are told, and memory that runs out. What is refused is http_hostile_test.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/check.h"
#include "stage.h"

#define HOST "Host: localhost\r\n"
#define POST "POST /v1/track HTTP/1.1\r\n" HOST
#define JSON "Content-Type: application/json\r\n"
#define CHUNKED POST JSON "Transfer-Encoding: chunked\r\n\r\n"

static void answers_before_a_large_body_comes(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd,
                    POST JSON "Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(413, stage_status(text), "refused by its length, and no 100 before it");
    close(fd);
    stage_close(&stage);
}

static void continues_when_it_is_expected(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, POST JSON "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_TEXT("HTTP/1.1 100 Continue\r\n\r\n", text, "asked for, the body is not there");
    stage_send_text(&stage, fd, "{}");
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "then the answer");
    stage_send_text(&stage, fd,
                    POST JSON "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}");
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(200, stage_status(text), "no 100 when the body is there");
    close(fd);
    stage_close(&stage);
}

/* "/v1/services/0" ... in one write, answered in this order whatever the engine's. */
static void pipeline_check(enum stage_manner manner, unsigned count)
{
    static struct stage stage;
    static char request[65536], text[262144];
    size_t used = 0;

    stage = (struct stage){.manner = manner};
    stage_open(&stage);
    for (unsigned i = 0; i < count; i++)
        used +=
            (size_t)sprintf(request + used,
                            i % 3 == 0 ? "GET /v1/services/%u HTTP/1.1\r\n" HOST "\r\n"
                                       : "GET /v1/matters/%u HTTP/1.1\r\n" HOST "X: y\r\n\r\n",
                            i);
    int fd = stage_connect(&stage);
    stage_send(&stage, fd, request, used);
    stage_read_answers(&stage, fd, text, sizeof(text), count);
    const char *at = text;
    for (unsigned i = 0; i < count; i++) {
        char wanted[64];

        sprintf(wanted, i % 3 == 0 ? "\"/v1/services/%u\"" : "\"/v1/matters/%u\"", i);
        at = strstr(at, "\"path\":");
        CHECK(at != NULL, "as many answers as requests");
        CHECK(strncmp(at + 7, wanted, strlen(wanted)) == 0, "in the order of the requests");
        at += 7;
    }
    close(fd);
    stage_close(&stage);
}

static void keeps_the_order_of_pipelined_requests(void **state)
{
    (void)state;
    pipeline_check(STAGE_AT_ONCE, 1);
    pipeline_check(STAGE_AT_ONCE, 500);
    pipeline_check(STAGE_AT_TURN_END, 500);
}

static void takes_a_bounded_number_at_once(void **state)
{
    static struct stage stage;
    static char request[65536], text[65536];
    size_t used = 0;

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    stage_open(&stage);
    for (unsigned i = 0; i < 2 * BASE_HTTP_PIPELINE_MAX; i++)
        used += (size_t)sprintf(request + used, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
    int fd = stage_connect(&stage);
    stage_send(&stage, fd, request, used);
    for (int i = 0; i < 10; i++)
        stage_turn(&stage);
    CHECK_I64(BASE_HTTP_PIPELINE_MAX, stage.performed, "no more until answers are out");
    stage_release(&stage);
    for (int i = 0; i < 10; i++)
        stage_turn(&stage);
    CHECK_I64(2 * BASE_HTTP_PIPELINE_MAX, stage.performed, "the rest after that");
    stage_release(&stage);
    stage_read_answers(&stage, fd, text, sizeof(text), 2 * BASE_HTTP_PIPELINE_MAX);
    close(fd);
    stage_close(&stage);
}

static void answers_what_came_before_a_fault(void **state)
{
    static struct stage stage;
    char text[8192];

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd,
                    "GET /healthz HTTP/1.1\r\n" HOST
                    "\r\nGET / HTTP/1.1\r\n\r\nGET /readyz HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    CHECK_I64(1, stage.performed, "nothing after the fault is taken");
    stage_release(&stage);
    stage_read_answers(&stage, fd, text, sizeof(text), 2);
    CHECK_I64(200, stage_status(text), "first the answer");
    CHECK(strstr(text, "HTTP/1.1 400") != NULL, "then the fault");
    CHECK(strstr(text, "Connection: close") != NULL, "and the end");
    CHECK(stage_is_cut(&stage, fd, 1000), "closed from the server's side");
    close(fd);
    stage_close(&stage);
}

static void answers_a_half_closed_client(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    stage_open(&stage);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 5; i++)
        stage_turn(&stage);
    stage_release(&stage);
    CHECK(stage_read_all(&stage, fd, text, sizeof(text)) > 0, "still answered");
    CHECK_I64(200, stage_status(text), "still answered");
    close(fd);
    stage_close(&stage);
}

static unsigned gone_count;

static void on_gone(struct front_request *request)
{
    (void)request;
    gone_count++;
}

/* Whoever answers late hears once of a client that has closed its side, and of a cut; not of one that waits. */
static void tells_once_that_a_client_is_gone(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){.manner = STAGE_HOLD};
    stage_open(&stage);
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        int fd = stage_connect(&stage);
        stage_send_text(&stage, fd, "GET /healthz HTTP/1.1\r\n" HOST "\r\nGET /healthz HTTP/1.1\r\n" HOST "\r\n");
        while (stage.held_count < 2)
            stage_turn(&stage);
        gone_count = 0;
        stage.held[0]->on_gone = stage.held[1]->on_gone = on_gone;
        for (int i = 0; i < 5; i++)
            stage_turn(&stage);
        CHECK_I64(0, gone_count, "it waits");
        if (is_reset)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
        close(fd);
        for (int i = 0; i < 100 && gone_count < 2; i++)
            stage_turn(&stage);
        for (int i = 0; i < 5; i++)
            stage_turn(&stage);
        CHECK_I64(2, gone_count, "each request is told once");
        CHECK_I64(2, stage.held_count, "and is still to be answered");
        stage_release(&stage);
    }
    stage_close(&stage);
}

static void survives_a_cut_at_every_byte(void **state)
{
    static struct stage stage;
    static const char *const requests[] = {POST JSON "Content-Length: 9\r\n\r\n{\"a\":\"b\"}",
                                           CHUNKED
                                           "4\r\n{\"a\"\r\n5\r\n:\"b\"}\r\n0\r\nX: 1\r\n\r\n"};
    char text[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(requests); i++) {
        size_t size = strlen(requests[i]);

        for (size_t cut = 0; cut <= size; cut++) {
            size_t performed = stage.performed;
            int status = stage_ask(&stage, requests[i], cut, text, sizeof(text));

            CHECK_I64(cut == size ? 200 : 0, status, "half-closed before the end: no answer");
            CHECK_I64(cut == size, stage.performed - performed, "and nothing performed");
            int fd = stage_connect(&stage); /* and gone altogether */
            stage_send(&stage, fd, requests[i], cut);
            close(fd);
            stage_turn(&stage);
        }
    }
    stage_close(&stage);
}

static void keeps_and_closes_as_asked(void **state)
{
    static const struct {
        const char *request;
        bool is_closed;
        const char *why;
    } kept[] = {
        {"GET /healthz HTTP/1.1\r\n" HOST "\r\n", false, "1.1 keeps"},
        {"GET /healthz HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", true,
         "unless asked to close"},
        {"GET /healthz HTTP/1.0\r\n" HOST "\r\n", true, "1.0 closes"},
        {"GET /healthz HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", false,
         "unless asked to keep"},
        {"GET /healthz HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", false,
         "upgrades are ignored"},
        {"GET /v1/nothing HTTP/1.1\r\n" HOST "\r\n", false, "a problem is no fault of framing"},
    };
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(kept); i++) {
        int fd = stage_connect(&stage);

        stage_send_text(&stage, fd, kept[i].request);
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK_I64(kept[i].is_closed, strstr(text, "Connection: close") != NULL, kept[i].why);
        CHECK_I64(kept[i].is_closed, stage_is_cut(&stage, fd, kept[i].is_closed ? 1000 : 5),
                  kept[i].why);
        if (!kept[i].is_closed) {
            stage_send_text(&stage, fd, "GET /healthz HTTP/1.1\r\n" HOST "\r\n");
            stage_read_answers(&stage, fd, text, sizeof(text), 1);
            CHECK_I64(200, stage_status(text), kept[i].why);
        }
        close(fd);
    }
    stage_close(&stage);
}

static void tells_the_request_to_the_engine(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    stage_ask_text(&stage,
                   "POST /v1/track?a=%E7%8E%8B+1&b=2 HTTP/1.1\r\n" HOST JSON
                   "Idempotency-Key: k~1\r\nAccept-Language: "
                   "fr, en;q=0.5, zh;q=0.4\r\nLast-Event-ID: 42\r\nAccept: "
                   "text/event-stream\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}",
                   text, sizeof(text));
    CHECK_I64(FRONT_TRACK, stage.route, "route");
    CHECK_TEXT("k~1", stage.idempotency_key, "key");
    CHECK_TEXT("王 1", stage.query_a, "query, decoded");
    CHECK_TEXT("{\"a\":\"b\"}", stage.body, "body as received");
    CHECK_I64(FRONT_EN, stage.language, "the best language");
    CHECK_I64(42, stage.last_event_id, "Last-Event-ID");
    CHECK(stage.wants_event_stream, "Accept");
    stage_ask_text(&stage,
                   "GET /v1/services/open%2Drestaurant/example HTTP/1.1\r\n" HOST "\r\n", text,
                   sizeof(text));
    CHECK_I64(FRONT_SERVICE_EXAMPLE, stage.route, "route");
    CHECK_TEXT("open-restaurant", stage.params[0], "parameter, decoded");
    CHECK_I64(FRONT_ZH_CN, stage.language, "Chinese where nothing is said");
    stage_ask_text(&stage,
                   "POST /v1/track HTTP/1.1\r\n" HOST JSON
                   "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n6\r\n\":\"b\"}\r\n0\r\n\r\n",
                   text, sizeof(text));
    CHECK_TEXT("{\"a\":\"b\"}", stage.body, "chunks are put together");
    stage_close(&stage);
}

static void answers_a_head_without_a_body(void **state)
{
    static struct stage stage;
    char text[4096], whole[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    stage_ask_text(&stage, "GET /healthz HTTP/1.1\r\n" HOST "\r\n", whole, sizeof(whole));
    CHECK_I64(
        200,
        stage_ask_text(&stage, "HEAD /healthz HTTP/1.1\r\n" HOST "\r\n", text, sizeof(text)),
        "HEAD");
    CHECK_TEXT("", stage_body(text), "no body");
    char length[64];
    sprintf(length, "Content-Length: %zu\r\n", strlen(stage_body(whole)));
    CHECK(strstr(text, length) != NULL, "its length all the same");
    CHECK(strstr(text, "Date: ") != NULL, "Date");
    CHECK(strstr(text, "Cache-Control: no-store\r\n") != NULL, "nothing of the API is kept");
    stage_close(&stage);
}

static void names_the_place_of_a_fault(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    stage_ask_text(
        &stage,
        POST JSON
        "Accept-Language: en\r\nContent-Length: 21\r\n\r\n{\"a\": {\n \"b\": 1,}\n}   ",
        text, sizeof(text));
    CHECK_I64(400, stage_status(text), "no JSON");
    CHECK(strstr(text, "Content-Type: application/problem+json\r\n") != NULL, "RFC 9457");
    CHECK(strstr(text, "\"line\":2,\"column\":9") != NULL, text);
    CHECK(strstr(text, "\"type\":\"/problems/malformed\"") != NULL, text);
    CHECK(strstr(text, "\"instance\":\"/v1/track\"") != NULL, text);
    CHECK(strstr(text, "Content-Language: en\r\n") != NULL, text);
    stage_ask_text(&stage, POST JSON "Content-Length: 2\r\n\r\n{,", text, sizeof(text));
    CHECK(strstr(text, "\"title\":\"请求内容不是合格的 JSON\"") != NULL,
          "Chinese where nothing is said");
    stage_ask_text(&stage, "DELETE /v1/applications HTTP/1.1\r\n" HOST "\r\n", text,
                   sizeof(text));
    CHECK(strstr(text, "Allow: GET, HEAD, POST\r\n") != NULL, "405 tells what is allowed");
    stage_ask_text(&stage, "GET /none HTTP/1.1\r\n" HOST "\r\n", text, sizeof(text));
    CHECK(strstr(text, "Content-Security-Policy: default-src 'none'") != NULL,
          "HTML is guarded");
    CHECK(strstr(text, "href=\"/guide\"") != NULL, "and shows a way on");
    stage_close(&stage);
}

static void guards_the_demo_by_host_and_origin(void **state)
{
    static const struct {
        int status;
        const char *target, *fields, *why;
    } visits[] = {
        {200, "/v1/tasks", "Host: localhost:8080\r\n", "no key is needed"},
        {200, "/v1/tasks", "Host: 127.0.0.1\r\n", "by address"},
        {200, "/v1/tasks", "Host: [::1]:1\r\n", "by address"},
        {200, "/v1/tasks", "Host: localhost:80\r\nOrigin: http://localhost:80\r\n",
         "a page of its own"},
        {403, "/v1/tasks", "Host: evil.example\r\n", "a name bent to this machine"},
        {403, "/v1/tasks", "Host: localhost.evil.example\r\n", "a longer name"},
        {403, "/v1/tasks", "Host: localhost:x\r\n", "no port"},
        {403, "/v1/tasks", "Host: localhost\r\nOrigin: http://evil.example\r\n",
         "a page of another origin"},
        {403, "/v1/tasks", "Host: localhost:80\r\nOrigin: http://localhost:81\r\n",
         "another port is another origin"},
        {403, "/v1/tasks", "Host: localhost\r\nOrigin: null\r\n", "no origin"},
        {403, "/v1/tasks", "Host: localhost\r\nOrigin: https://localhost\r\n",
         "another scheme"},
        {403, "http://evil.example/v1/tasks", "Host: localhost\r\n", "an absolute target"},
        {403, "/nothing", "Host: evil.example\r\n", "pages too"},
    };
    static struct stage stage;
    char request[512], text[4096];

    (void)state;
    stage = (struct stage){.options = {.is_demo = true}};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(visits); i++) {
        size_t performed = stage.performed;

        sprintf(request, "GET %s HTTP/1.1\r\n%s\r\n", visits[i].target, visits[i].fields);
        CHECK_I64(visits[i].status, stage_ask_text(&stage, request, text, sizeof(text)),
                  visits[i].why);
        CHECK_I64(visits[i].status == 200, stage.performed - performed, visits[i].why);
    }
    CHECK_TEXT("demo", stage.key_id, "the journal shows it");
    stage_close(&stage);
}

/* A request with a head of exactly size bytes. */
static size_t head_make(char *text, size_t size)
{
    size_t used = (size_t)sprintf(text, "GET /healthz HTTP/1.1\r\n" HOST "X: ");

    memset(text + used, 'x', size - used - 4);
    memcpy(text + size - 4, "\r\n\r\n", 4);
    text[size] = '\0';
    return size;
}

/* Fail the n-th allocation of an exchange, until nothing failed: an answer or a clean cut each
 * time. */
static void survives_every_failing_allocation(void **state)
{
    static const char *const requests[] = {
        POST JSON "Content-Length: 9\r\nIdempotency-Key: k\r\n\r\n{\"a\":\"b\"}",
        "GET /v1/services/x?a=b HTTP/1.1\r\n" HOST "\r\n",
        "GET /nothing HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n\r\n",
    };
    static struct stage stage;
    static char request[40000], text[8192];
    bool is_clean = false;

    (void)state;
    head_make(request, 12000); /* outgrows a block */
    for (uint64_t nth = 1; nth < 100 && !is_clean; nth++) {
        is_clean = true;
        for (size_t i = 0; i <= COUNT(requests); i++) {
            const char *sent = i < COUNT(requests) ? requests[i] : request;

            stage = (struct stage){0};
            stage_open(&stage);
            int fd = stage_connect(&stage);
            base_alloc_fail_at(nth);
            stage_send(&stage, fd, sent, strlen(sent));
            shutdown(fd, SHUT_WR);
            long size = stage_read_all(&stage, fd, text, sizeof(text));
            base_alloc_fail_at(0);
            int status = stage_status(text);
            CHECK(size <= 0 || status == 200 || status == 503 || status == 404 || status == 400,
                  text);
            is_clean = is_clean && size > 0 && status != 503;
            close(fd);
            CHECK_I64(200,
                      stage_ask_text(&stage, "GET /healthz HTTP/1.1\r\n" HOST "\r\n", text,
                                     sizeof(text)),
                      "it goes on");
            stage_close(&stage);
        }
    }
    CHECK(is_clean, "the sweep ends");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_before_a_large_body_comes),
        cmocka_unit_test(continues_when_it_is_expected),
        cmocka_unit_test(keeps_the_order_of_pipelined_requests),
        cmocka_unit_test(takes_a_bounded_number_at_once),
        cmocka_unit_test(answers_what_came_before_a_fault),
        cmocka_unit_test(answers_a_half_closed_client),
        cmocka_unit_test(tells_once_that_a_client_is_gone),
        cmocka_unit_test(survives_a_cut_at_every_byte),
        cmocka_unit_test(keeps_and_closes_as_asked),
        cmocka_unit_test(tells_the_request_to_the_engine),
        cmocka_unit_test(answers_a_head_without_a_body),
        cmocka_unit_test(names_the_place_of_a_fault),
        cmocka_unit_test(guards_the_demo_by_host_and_origin),
        cmocka_unit_test(survives_every_failing_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
