/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "lib/check.h"

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from == NULL ? "" : from);
}

static void note(struct stage *stage, struct front_request *request)
{
    stage->performed++;
    if (stage->route == FRONT_TRACK && (request->route == FRONT_TRACK_FEES || request->route == FRONT_TRACK_RESULT || request->route == FRONT_CENTER))
        return; /* what a page asks beside what it is about */
    stage->route = request->route;
    if (request->route == FRONT_CATALOG_RELOAD) {
        stage->reload_count++;
        snprintf(stage->reload_query, sizeof(stage->reload_query), "%.*s", (int)request->query_size, request->query != NULL ? request->query : "");
        snprintf(stage->reload_tag, sizeof(stage->reload_tag), "%s", front_header(request, "If-Match") != NULL ? front_header(request, "If-Match") : "");
    }
    copy(stage->path, sizeof(stage->path), request->path);
    copy(stage->params[0], sizeof(stage->params[0]), request->params[0]);
    copy(stage->params[1], sizeof(stage->params[1]), request->params[1]);
    copy(stage->idempotency_key, sizeof(stage->idempotency_key), request->idempotency_key);
    copy(stage->key_id, sizeof(stage->key_id), request->identity.key_id);
    copy(stage->department, sizeof(stage->department), request->identity.department);
    copy(stage->query_a, sizeof(stage->query_a), front_query(request, "a"));
    snprintf(stage->query, sizeof(stage->query), "%.*s", (int)request->query_size,
             request->query == NULL ? "" : request->query);
    stage->roles = request->identity.roles;
    stage->language = request->language;
    stage->last_event_id = request->last_event_id;
    stage->wants_event_stream = request->wants_event_stream;
    stage->is_post = request->is_post;
    stage->body_size = request->body_size;
    size_t size =
        request->body_size < sizeof(stage->body) ? request->body_size : sizeof(stage->body) - 1;
    if (size > 0)
        memcpy(stage->body, request->body_text, size);
    stage->body[size] = '\0';
}

static void answer(struct stage *stage, struct front_request *request)
{
    struct base_buffer body = {0};
    static char filler[1 << 20];
    bool is_told = stage->answer_status != 0 &&
                   (stage->status_route == 0 || stage->status_route == request->route);
    int status = is_told ? stage->answer_status : 200;

    if (stage->answer_text != NULL) {
        base_buffer_put_text(&body, stage->answer_text);
        front_answer(request, status, "application/json", NULL, &body);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "path", request->path);
    if (stage->answer_size > 0) {
        memset(filler, 'x', stage->answer_size);
        base_json_put_text_n(&body, "filler", filler, stage->answer_size);
    }
    base_json_close(&body, '}');
    front_answer(request, status, "application/json", NULL, &body);
}

static void on_gone(void *owner)
{
    struct stage *stage = owner;

    stage->streams_gone++;
    stage->stream = NULL;
}

static void perform(void *owner, struct front_request *request)
{
    struct stage *stage = owner;

    note(stage, request);
    if (stage->manner == STAGE_STREAM && request->route == FRONT_EVENTS) {
        if (front_stream_start(request, on_gone, stage, &stage->stream) != OD_OK)
            front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
    } else if (stage->manner == STAGE_AT_TURN_END || stage->manner == STAGE_HOLD) {
        assert_true(stage->held_count < STAGE_HELD_MAX);
        stage->held[stage->held_count++] = request;
    } else {
        answer(stage, request);
    }
}

void stage_release(struct stage *stage)
{
    for (size_t i = 0; i < stage->held_count; i++)
        answer(stage, stage->held[i]);
    stage->held_count = 0;
}

static void on_turn_end(void *owner)
{
    struct stage *stage = owner;

    stage->turns++;
    while (stage->manner == STAGE_AT_TURN_END && stage->held_count > 0)
        answer(stage, stage->held[--stage->held_count]);
}

static const struct front_ops ops = {.perform = perform, .on_turn_end = on_turn_end};

void stage_open(struct stage *stage)
{
    char text[512];

    base_log_init("front_test", NULL, BASE_LOG_NONE);
    assert_int_equal(base_hash_init(), OD_OK);
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    if (stage->options.ops == NULL)
        stage->options.ops = &ops;
    stage->options.owner = stage;
    if (stage->options.listen == NULL)
        stage->options.listen = "127.0.0.1:0";
    if (front_open(&stage->loop, &stage->options, &stage->front, text) != OD_OK)
        fail_msg("front_open: %s", text);
    const char *colon = strrchr(front_address(stage->front), ':');
    stage->port = atoi(colon + 1);
}

static void on_closed(void *owner)
{
    struct stage *stage = owner;

    stage->is_closed = true;
    stage->front = NULL;
}

void stage_front_close(struct stage *stage, uint64_t grace_ms)
{
    stage->is_closing = true;
    front_close(stage->front, grace_ms, on_closed, stage);
}

void stage_close(struct stage *stage)
{
    uint64_t end_ms = uv_hrtime() / 1000000 + STAGE_WAIT_MS;

    if (!stage->is_closing)
        stage_front_close(stage, 100);
    stage_release(stage);
    while (!stage->is_closed && uv_hrtime() / 1000000 < end_ms)
        uv_run(&stage->loop, UV_RUN_ONCE);
    CHECK(stage->is_closed, "the front closes");
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    CHECK_I64(0, uv_loop_close(&stage->loop), "nothing is left in the loop");
}

void stage_turn(struct stage *stage)
{
    uv_run(&stage->loop, UV_RUN_NOWAIT);
}

int stage_connect(struct stage *stage)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)stage->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    stage_turn(stage);
    return fd;
}

void stage_send(struct stage *stage, int fd, const char *bytes, size_t size)
{
    uint64_t end_ms = uv_hrtime() / 1000000 + STAGE_WAIT_MS;

    while (size > 0 && uv_hrtime() / 1000000 < end_ms) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return; /* the server has had enough; what it answered is read next */
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
        stage_turn(stage);
    }
}

void stage_send_text(struct stage *stage, int fd, const char *text)
{
    stage_send(stage, fd, text, strlen(text));
}

void stage_send_slowly(struct stage *stage, int fd, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        stage_send(stage, fd, bytes + i, 1);
}

/* The number of whole answers in text. */
static size_t answers_in(const char *text, size_t size)
{
    size_t count = 0;

    for (const char *at = text, *end = text + size; at < end;) {
        const char *head_end = strstr(at, "\r\n\r\n");
        const char *length = strcasestr(at, "\r\nContent-Length:");

        if (head_end == NULL)
            break;
        size_t body = length == NULL || length > head_end ? 0 : (size_t)atol(length + 17);
        if (head_end + 4 + body > end)
            break;
        at = head_end + 4 + body;
        count++;
    }
    return count;
}

static long read_until(struct stage *stage, int fd, char *text, size_t room, size_t answers)
{
    uint64_t end_ms = uv_hrtime() / 1000000 + STAGE_WAIT_MS;
    size_t size = 0;

    text[0] = '\0';
    while (uv_hrtime() / 1000000 < end_ms) {
        stage_turn(stage);
        ssize_t count = size + 1 < room ? recv(fd, text + size, room - size - 1, 0) : 0;

        if (count == 0)
            return (long)size;
        if (count < 0 && errno != EAGAIN)
            return -1;
        if (count > 0) {
            size += (size_t)count;
            text[size] = '\0';
        } else {
            poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1);
        }
        if (answers_in(text, size) >= answers)
            return (long)size;
    }
    fail_msg("no end of the answer");
    return -1;
}

long stage_read_all(struct stage *stage, int fd, char *text, size_t room)
{
    return read_until(stage, fd, text, room, SIZE_MAX);
}

long stage_read_answers(struct stage *stage, int fd, char *text, size_t room, size_t count)
{
    return read_until(stage, fd, text, room, count);
}

bool stage_is_cut(struct stage *stage, int fd, int wait_ms)
{
    uint64_t end_ms = uv_hrtime() / 1000000 + (uint64_t)wait_ms;
    char bytes[4096];

    do {
        stage_turn(stage);
        ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
        if (count == 0 || (count < 0 && errno != EAGAIN))
            return true;
        if (count < 0)
            poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1);
    } while (uv_hrtime() / 1000000 < end_ms);
    return false;
}

int stage_status(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

const char *stage_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end == NULL ? "" : end + 4;
}

int stage_ask(struct stage *stage, const char *bytes, size_t size, char *text, size_t room)
{
    int fd = stage_connect(stage);

    stage_send(stage, fd, bytes, size);
    shutdown(fd, SHUT_WR);
    long count = stage_read_all(stage, fd, text, room);
    close(fd);
    CHECK(count >= 0, "the answer is not lost in a reset");
    return stage_status(text);
}

int stage_ask_text(struct stage *stage, const char *request, char *text, size_t room)
{
    return stage_ask(stage, request, strlen(request), text, room);
}
