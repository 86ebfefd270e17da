/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are streamed, and files as answers: pieces, back-pressure, refusals half-way, clients that leave. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/connection.h"
#include "front/routes.h"
#include "lib/check.h"
#include "stage.h"

#define HOST "Host: localhost\r\n"
#define TYPE "Content-Type: application/pdf\r\n"
#define UPLOAD "POST /v1/materials?name=a.pdf HTTP/1.1\r\n" HOST TYPE
#define PLAIN "GET /healthz HTTP/1.1\r\n" HOST "\r\n"
#define FILE_SIZE 1000003

/* The engine of this test: takes what comes, or does what a row asks. */
static struct {
    struct front_request *request; /* the upload under way */
    size_t pieces, ends, gone, largest;
    uint64_t size, sum, announced;
    char media_type[64];
    bool is_held;          /* pieces are kept until released */
    bool is_late;          /* the upload is begun by the test */
    bool is_deaf;          /* and until then nobody listens whether its client goes */
    size_t refuse_after;   /* bytes; 0 = at once when is_refused */
    bool is_refused, has_whole;
    int file;              /* what GETs are answered with; 0 = none */
} desk;

static void finish(struct front_request *request)
{
    struct base_buffer body = {0};

    base_buffer_put_format(&body, "{\"size\":%llu,\"sum\":%llu}", (unsigned long long)desk.size, (unsigned long long)desk.sum);
    front_answer(request, 201, "application/json", NULL, &body);
    desk.request = NULL;
}

static void on_piece(struct front_request *request, const void *bytes, size_t size)
{
    desk.pieces++;
    desk.size += size;
    desk.largest = size > desk.largest ? size : desk.largest;
    for (size_t i = 0; i < size; i++)
        desk.sum += ((const unsigned char *)bytes)[i];
    if (desk.is_refused && desk.size >= desk.refuse_after) {
        desk.request = NULL;
        front_answer_problem(request, FRONT_UPLOAD_TOO_LARGE, NULL, NULL, 0);
    } else if (!desk.is_held) {
        front_upload_next(request);
    }
}

static void on_end(struct front_request *request)
{
    desk.ends++;
    finish(request);
}

static const struct front_taker taker = {.on_piece = on_piece, .on_end = on_end};

static void on_gone(struct front_request *request)
{
    desk.gone++;
    desk.has_whole = request->is_upload_whole;
    if (request->is_upload_whole)
        return;
    desk.request = NULL;
    front_answer_problem(request, FRONT_BAD_REQUEST, NULL, NULL, 0);
}

static void perform(void *owner, struct front_request *request)
{
    struct base_buffer body = {0};

    (void)owner;
    if (desk.file > 0 && request->route == FRONT_HEALTH) {
        front_answer_file(request, "application/pdf", NULL, dup(desk.file), FILE_SIZE);
        return;
    }
    if (!request->is_streamed) {
        base_buffer_put_text(&body, "{}");
        front_answer(request, 200, "application/json", NULL, &body);
        return;
    }
    desk.request = request;
    desk.announced = request->upload_size;
    snprintf(desk.media_type, sizeof(desk.media_type), "%s", request->media_type != NULL ? request->media_type : "");
    CHECK(request->body_text == NULL, "the body is not there as a whole");
    if (desk.is_refused && desk.refuse_after == 0) {
        front_answer_problem(request, FRONT_UPLOAD_TOO_LARGE, NULL, NULL, 0);
        return;
    }
    if (!desk.is_deaf)
        request->on_gone = on_gone;
    if (!desk.is_late)
        front_upload_start(request, &taker);
}

static const struct front_ops ops = {.perform = perform};

static void open_stage(struct stage *stage, uint32_t upload_timeout_ms)
{
    memset(&desk, 0, sizeof(desk));
    *stage = (struct stage){.options = {.ops = &ops, .is_demo = true, .upload_timeout_ms = upload_timeout_ms, .body_timeout_ms = 50}};
    stage_open(stage);
}

static char bytes[3 * FRONT_UPLOAD_PIECE_MAX + 17];

static uint64_t fill(void)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 31 % 251);
        sum += (unsigned char)bytes[i];
    }
    return sum;
}

static void takes_a_body_in_pieces(void **state)
{
    static struct stage stage;
    char head[256], text[4096];

    (void)state;
    open_stage(&stage, 0);
    uint64_t sum = fill();
    int fd = stage_connect(&stage);
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", sizeof(bytes));
    stage_send_text(&stage, fd, head);
    stage_send(&stage, fd, bytes, sizeof(bytes));
    stage_send_text(&stage, fd, PLAIN);
    stage_read_answers(&stage, fd, text, sizeof(text), 2);
    CHECK_I64(201, stage_status(text), "taken");
    CHECK_I64(sizeof(bytes), desk.size, "all of it");
    CHECK_I64(sum, desk.sum, "byte for byte");
    CHECK_I64(sizeof(bytes), desk.announced, "its size was announced");
    CHECK_TEXT("application/pdf", desk.media_type, "and its type");
    CHECK(desk.largest <= FRONT_UPLOAD_PIECE_MAX, "no piece is larger than was promised");
    CHECK(strstr(text, "HTTP/1.1 200 ") != NULL, "what was pipelined behind it is answered");
    close(fd);
    stage_close(&stage);
}

static void takes_chunks_byte_by_byte(void **state)
{
    static struct stage stage;
    char text[4096];
    static const char request[] = UPLOAD "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n1\r\nf\r\n0\r\nX-Trailer: y\r\n\r\n";

    (void)state;
    open_stage(&stage, 0);
    int fd = stage_connect(&stage);
    stage_send_slowly(&stage, fd, request, sizeof(request) - 1);
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(201, stage_status(text), "taken");
    CHECK_I64(6, desk.size, "framing is no content");
    CHECK_I64('a' + 'b' + 'c' + 'd' + 'e' + 'f', desk.sum, "byte for byte");
    CHECK(desk.announced == UINT64_MAX, "nothing was announced");
    CHECK_I64(1, desk.ends, "it ends once");
    close(fd);
    stage_close(&stage);
}

static void takes_what_is_small_or_empty(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    open_stage(&stage, 0);
    CHECK_I64(201, stage_ask_text(&stage, UPLOAD "Content-Length: 3\r\n\r\nabc", text, sizeof(text)), "with its head");
    CHECK_I64(3, desk.size, "all of it");
    CHECK_I64(201, stage_ask_text(&stage, UPLOAD "Content-Length: 0\r\n\r\n", text, sizeof(text)), "no byte at all");
    CHECK_I64(0, desk.announced, "which is told before");
    CHECK_I64(2, desk.ends, "each ends");
    CHECK_I64(1, desk.pieces, "and none has an empty piece");
    stage_close(&stage);
}

static void holds_the_client_back(void **state)
{
    static struct stage stage;
    char head[256], text[4096];
    size_t sent = 0;

    (void)state;
    open_stage(&stage, 100);
    desk.is_held = true;
    fill();
    int fd = stage_connect(&stage), room = 16384;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", 400 * sizeof(bytes));
    stage_send_text(&stage, fd, head);
    for (int i = 0; i < 300; i++) {
        ssize_t count = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);

        sent += count > 0 ? (size_t)count : 0;
        stage_turn(&stage);
    }
    CHECK(sent < 390 * sizeof(bytes), "the client can send no more");
    CHECK_I64(1, desk.pieces, "one piece is in hand, and no other is read");
    CHECK(!stage_is_cut(&stage, fd, 250), "who waits for us is not slow");
    close(fd);
    desk.is_held = false;
    front_upload_next(desk.request);
    for (int i = 0; desk.gone == 0 && i < 10000; i++)
        stage_turn(&stage);
    CHECK_I64(1, desk.gone, "that it left is told once there is room to see it");
    CHECK(!desk.has_whole, "in the middle of its body");
    (void)text;
    stage_close(&stage);
}

static void refuses_before_and_within(void **state)
{
    static struct stage stage;
    char head[256], text[8192];

    (void)state;
    open_stage(&stage, 0);
    desk.is_refused = true;
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, UPLOAD "Content-Length: 5368709120\r\nExpect: 100-continue\r\n\r\n");
    stage_read_all(&stage, fd, text, sizeof(text));
    CHECK_I64(413, stage_status(text), "refused by what was announced");
    CHECK(strstr(text, "100 Continue") == NULL, "nothing was asked for");
    CHECK(strstr(text, "Connection: close\r\n") != NULL, "nor is anything of it read");
    close(fd);
    desk.refuse_after = FRONT_UPLOAD_PIECE_MAX;
    fill();
    fd = stage_connect(&stage);
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", sizeof(bytes));
    stage_send_text(&stage, fd, head);
    stage_send(&stage, fd, bytes, sizeof(bytes));
    stage_read_all(&stage, fd, text, sizeof(text));
    CHECK_I64(413, stage_status(text), "refused half-way, and the answer arrives");
    CHECK_I64(0, desk.ends, "it did not end");
    close(fd);
    stage_close(&stage);
}

static void tells_the_client_to_go_on(void **state)
{
    static struct stage stage;
    char text[4096] = "";

    (void)state;
    open_stage(&stage, 0);
    desk.is_late = true;
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, UPLOAD "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK(recv(fd, text, sizeof(text), 0) < 0, "not before somebody takes it");
    front_upload_start(desk.request, &taker);
    for (int i = 0; i < 20; i++)
        stage_turn(&stage);
    CHECK(recv(fd, text, sizeof(text), 0) > 0 && strncmp(text, "HTTP/1.1 100 ", 13) == 0, "then at once");
    stage_send_text(&stage, fd, "abc");
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(201, stage_status(text), "taken");
    close(fd);
    stage_close(&stage);
}

static void tells_of_clients_that_break_off(void **state)
{
    static const struct {
        const char *text, *rest, *why;
    } rows[] = {
        {UPLOAD "Content-Length: 100\r\n\r\nabc", "", "short of what was announced"},
        {UPLOAD "Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "", "in a chunk"},
        {UPLOAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "zz\r\n", "chunks that are none"},
    };
    static struct stage stage;
    char text[4096];

    (void)state;
    open_stage(&stage, 0);
    CHECK_I64(400, stage_ask_text(&stage, UPLOAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n", text, sizeof(text)), "wrong from the first byte");
    CHECK_I64(0, desk.gone, "nobody had begun to take it");
    for (size_t i = 0; i < COUNT(rows); i++) {
        int fd = stage_connect(&stage);
        stage_send_text(&stage, fd, rows[i].text);
        for (int turn = 0; turn < 20; turn++)
            stage_turn(&stage);
        stage_send_text(&stage, fd, rows[i].rest);
        shutdown(fd, SHUT_WR);
        stage_read_all(&stage, fd, text, sizeof(text));
        int status = stage_status(text);
        close(fd);
        CHECK_I64(i + 1, desk.gone, rows[i].why);
        CHECK(!desk.has_whole, rows[i].why);
        CHECK_I64(400, status, rows[i].why);
    }
    CHECK_I64(0, desk.ends, "none of them ended");
    stage_close(&stage);
}

/* Whoever takes it may be found out late: a key is looked up first. */
static void tells_late_of_clients_that_left_early(void **state)
{
    static struct stage stage;

    (void)state;
    open_stage(&stage, 0);
    desk.is_late = desk.is_deaf = true;
    for (size_t i = 0; i < 3; i++) {
        int fd = stage_connect(&stage);

        stage_send_text(&stage, fd, i == 2 ? UPLOAD "Content-Length: 3\r\n\r\nabc" : UPLOAD "Content-Length: 100\r\n\r\n");
        if (i == 1)
            shutdown(fd, SHUT_WR);
        else
            close(fd);
        for (int turn = 0; turn < 30; turn++)
            stage_turn(&stage);
        CHECK(desk.request != NULL, "it came in");
        desk.request->on_gone = on_gone;
        front_upload_start(desk.request, &taker);
        if (i == 1)
            close(fd);
        CHECK_I64(i < 2 ? i + 1 : 2, desk.gone, "told when it begins");
        CHECK(desk.request == NULL, "and over");
    }
    CHECK_I64(1, desk.ends, "the whole one is taken, though nobody waits for it");
    stage_close(&stage);
}

static void cuts_who_sends_too_slowly(void **state)
{
    static struct stage stage;

    (void)state;
    open_stage(&stage, 120);
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, UPLOAD "Content-Length: 100000000\r\n\r\n");
    bool is_cut = false;
    uint64_t begin_ms = uv_hrtime() / 1000000;
    while (!is_cut && uv_hrtime() / 1000000 - begin_ms < 5000) {
        stage_send_text(&stage, fd, "a drop");
        is_cut = stage_is_cut(&stage, fd, 5);
    }
    CHECK(is_cut, "drops do not move the deadline");
    CHECK(uv_hrtime() / 1000000 - begin_ms >= 118, "and not before it");
    CHECK_I64(1, desk.gone, "its taker is told");
    close(fd);
    stage_close(&stage);
}

static void waits_for_steady_clients_beyond_the_deadline_of_a_body(void **state)
{
    static struct stage stage;
    char head[256], text[4096];
    const size_t times = 5;

    (void)state;
    open_stage(&stage, 2000);
    fill();
    int fd = stage_connect(&stage);
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", times * sizeof(bytes));
    stage_send_text(&stage, fd, head);
    for (size_t i = 0; i < times; i++) {
        CHECK(!stage_is_cut(&stage, fd, 30), "body_timeout_ms is not for streams"); /* 150 ms; it is 50 */
        stage_send(&stage, fd, bytes, sizeof(bytes));
    }
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(times * sizeof(bytes), desk.size, "all of it came");
    close(fd);
    stage_close(&stage);
}

static void takes_other_media_types_alone(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    open_stage(&stage, 0);
    CHECK_I64(415, stage_ask_text(&stage, "POST /v1/materials HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                                  text, sizeof(text)), "JSON is no document");
    CHECK_I64(415, stage_ask_text(&stage, "POST /v1/materials HTTP/1.1\r\n" HOST
                                          "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\na=",
                                  text, sizeof(text)), "nor is a form");
    CHECK_I64(413, stage_ask_text(&stage, "POST /v1/track HTTP/1.1\r\n" HOST TYPE "Content-Length: 1048577\r\n\r\n", text, sizeof(text)),
              "other routes have the limit of a body");
    CHECK_I64(413, stage_ask_text(&stage, UPLOAD "Content-Length: 1099511627777\r\n\r\n", text, sizeof(text)), "1 TiB + 1");
    CHECK(desk.request == NULL, "nobody was asked to take it");
    CHECK_I64(201, stage_ask_text(&stage, "POST /v1/materials HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na", text, sizeof(text)),
              "what is of no type is the taker's business");
    CHECK_TEXT("", desk.media_type, "which is told so");
    stage_close(&stage);
}

static void knows_streamed_targets(void **state)
{
    (void)state;
    CHECK(front_route_is_streamed("/v1/materials?name=x", 20), "plain");
    CHECK(front_route_is_streamed("/v1/%6daterials", 15), "escaped");
    CHECK(front_route_is_streamed("/v1/applications/1/materials", 28), "of an application");
    CHECK(!front_route_is_streamed("/v1/applications", 16), "JSON");
    CHECK(!front_route_is_streamed("/v1/materials/x", 15), "longer");
    CHECK(!front_route_is_streamed("no target", 9), "nonsense");
}

/* -- Files -- */

static int file_make(void)
{
    char name[] = "/tmp/front-upload-XXXXXX";
    int fd = mkstemp(name);

    assert_true(fd >= 0);
    unlink(name);
    fill();
    for (size_t left = FILE_SIZE; left > 0;) {
        ssize_t count = write(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes));

        assert_true(count > 0);
        left -= (size_t)count;
    }
    return fd;
}

static void sends_a_file_in_its_place(void **state)
{
    static struct stage stage;
    static char text[3 * FILE_SIZE];
    size_t memory;

    (void)state;
    open_stage(&stage, 0);
    desk.file = file_make();
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, PLAIN PLAIN "GET /v1/services HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 200; i++)
        stage_turn(&stage);
    memory = stage.front->pools.large_bytes;
    CHECK(memory <= 2 * FRONT_UPLOAD_PIECE_MAX, "a piece of it is in memory");
    long size = stage_read_answers(&stage, fd, text, sizeof(text), 3);
    CHECK(size > 2 * FILE_SIZE, "both files came");
    const char *body = stage_body(text);
    CHECK(memcmp(body, bytes, sizeof(bytes)) == 0, "byte for byte");
    CHECK(strncmp(body + FILE_SIZE, "HTTP/1.1 200 ", 13) == 0, "and the next answer follows its end");
    CHECK(strcmp(text + size - 2, "{}") == 0, "the last one, too");
    CHECK_I64(0, stage.front->pools.large_bytes, "and no memory is kept");
    close(fd);
    close(desk.file);
    stage_close(&stage);
}

static void lets_go_of_a_file_with_its_client(void **state)
{
    static struct stage stage;
    char text[4096];

    (void)state;
    open_stage(&stage, 0);
    desk.file = file_make();
    CHECK_I64(200, stage_ask_text(&stage, "HEAD /healthz HTTP/1.1\r\n" HOST "\r\n", text, sizeof(text)), "HEAD");
    CHECK(strstr(text, "Content-Length: 1000003\r\n") != NULL, "tells the size");
    CHECK_TEXT("", stage_body(text), "and sends nothing");
    for (int turns = 0; turns < 30; turns++) {
        int fd = stage_connect(&stage);

        stage_send_text(&stage, fd, PLAIN);
        for (int i = 0; i < turns; i++)
            stage_turn(&stage);
        close(fd);
        stage_turn(&stage);
    }
    CHECK_I64(0, ftruncate(desk.file, 500000), "it is cut short meanwhile");
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd, PLAIN);
    CHECK(stage_is_cut(&stage, fd, 5000), "its client learns that it is not whole");
    close(fd);
    close(desk.file);
    stage_close(&stage); /* sees that nothing is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_body_in_pieces),
        cmocka_unit_test(takes_chunks_byte_by_byte),
        cmocka_unit_test(takes_what_is_small_or_empty),
        cmocka_unit_test(holds_the_client_back),
        cmocka_unit_test(refuses_before_and_within),
        cmocka_unit_test(tells_the_client_to_go_on),
        cmocka_unit_test(tells_of_clients_that_break_off),
        cmocka_unit_test(tells_late_of_clients_that_left_early),
        cmocka_unit_test(cuts_who_sends_too_slowly),
        cmocka_unit_test(waits_for_steady_clients_beyond_the_deadline_of_a_body),
        cmocka_unit_test(takes_other_media_types_alone),
        cmocka_unit_test(knows_streamed_targets),
        cmocka_unit_test(sends_a_file_in_its_place),
        cmocka_unit_test(lets_go_of_a_file_with_its_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
