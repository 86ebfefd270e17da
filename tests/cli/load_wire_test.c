/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator reads what the hub sends, however it is cut up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "cli/load_wire.h"

struct pair {
    struct cli_wire wire;
    int peer;
};

static struct pair pair_open(void)
{
    struct pair pair = {.wire = {.in = base_alloc(CLI_WIRE_IN_MAX), .out = base_alloc(64), .out_room = 64}};
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    assert_non_null(pair.wire.in);
    pair.wire.fd = ends[0];
    pair.peer = ends[1];
    return pair;
}

static void pair_close(struct pair *pair)
{
    cli_wire_close(&pair->wire);
    close(pair->peer);
}

static void feed(struct pair *pair, const char *bytes, size_t size)
{
    assert_int_equal(write(pair->peer, bytes, size), (ssize_t)size);
    assert_int_equal(cli_wire_receive(&pair->wire), (long)size);
}

static void test_number(void **state)
{
    static const struct {
        const char *text, *why;
        uint64_t number;
    } rows[] = {
        {"{\"number\":\"20261129-000123-2\",\"service\":\"x\"}", "as an answer has it", 123},
        {"{\"data\":{\"number\":\"20261129-123456789012-2\"}}", "twelve digits, nested", 123456789012},
        {"{\"numbers\":\"20261129-000123-2\"}", "another member", 0},
        {"{\"number\":\"2026112", "cut off", 0},
        {"{\"number\":\"20261129_000123-2\"}", "not a number of ours", 0},
        {"", "empty", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (cli_wire_number_find(rows[i].text, strlen(rows[i].text)) != rows[i].number)
            fail_msg("%s: %s", rows[i].why, rows[i].text);
}

static void test_answers_come_in_any_pieces(void **state)
{
    static const char two[] = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{\"a\"}"
                              "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    struct cli_wire_answer answer;

    (void)state;
    for (size_t cut = 1; cut < sizeof(two) - 1; cut++) {
        struct pair pair = pair_open();
        int count = 0, statuses = 0;

        feed(&pair, two, cut);
        for (; cli_wire_answer_take(&pair.wire, &answer) > 0; count++)
            statuses += answer.status;
        feed(&pair, two + cut, sizeof(two) - 1 - cut);
        for (; cli_wire_answer_take(&pair.wire, &answer) > 0; count++)
            statuses += answer.status;
        assert_int_equal(count, 2);
        assert_int_equal(statuses, 201 + 503);
        pair_close(&pair);
    }
}

static void test_what_is_no_answer_is_refused(void **state)
{
    static const char *const rows[] = {"SMTP ready, and more to say\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"};
    struct cli_wire_answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair pair = pair_open();

        feed(&pair, rows[i], strlen(rows[i]));
        assert_int_equal(cli_wire_answer_take(&pair.wire, &answer), -1);
        pair_close(&pair);
    }
}

static void test_events_come_in_any_pieces(void **state)
{
    static const char stream[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                                 ": \n\nid: 7\nevent: decided\ndata: {\"number\":\"20261129-000042-0\"}\n\n";

    (void)state;
    for (size_t cut = 1; cut < sizeof(stream) - 1; cut++) {
        struct pair pair = pair_open();
        const char *data = NULL;
        uint64_t found = 0;
        size_t size, parts[2] = {cut, sizeof(stream) - 1 - cut};

        for (unsigned i = 0; i < 2; i++) {
            feed(&pair, stream + i * cut, parts[i]);
            while (cli_wire_event_take(&pair.wire, &data, &size) > 0)
                found += size > 0 ? cli_wire_number_find(data, size) : 0;
        }
        assert_int_equal(found, 42);
        pair_close(&pair);
    }
}

static void test_a_refused_stream_is_noticed(void **state)
{
    static const char refusal[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    struct pair pair = pair_open();
    const char *data;
    size_t size;

    (void)state;
    feed(&pair, refusal, sizeof(refusal) - 1);
    assert_int_equal(cli_wire_event_take(&pair.wire, &data, &size), -1);
    pair_close(&pair);
}

static void test_a_closed_peer_is_noticed(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    assert_int_equal(cli_wire_receive(&pair.wire), 0); /* nothing yet */
    close(pair.peer);
    assert_int_equal(cli_wire_receive(&pair.wire), -1);
    cli_wire_close(&pair.wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_answers_come_in_any_pieces),
        cmocka_unit_test(test_what_is_no_answer_is_refused),
        cmocka_unit_test(test_events_come_in_any_pieces),
        cmocka_unit_test(test_a_refused_stream_is_noticed),
        cmocka_unit_test(test_a_closed_peer_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
