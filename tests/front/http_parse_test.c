/* SPDX-License-Identifier: Apache-2.0 */
/* The parser alone: the same answer however the bytes are cut, and what it makes of a body. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "front/http_parse.h"
#include "lib/check.h"

#define HEAD "POST /v1/track HTTP/1.1\r\nHost: a\r\n"

struct result {
    enum front_http_progress progress;
    enum front_http_fault fault;
    size_t body_size;
    char body[256];
};

/* Feed text in two parts, as a connection does: new bytes go where the parser left off. */
static struct result parse_cut(const char *text, size_t size, size_t cut)
{
    struct front_http_parser parser = {0};
    struct result result = {0};
    char *room = malloc(size + 1); /* exact, so that reading past the end is seen */
    size_t have = 0;
    const size_t parts[2] = {cut, size - cut};

    for (size_t i = 0, from = 0; i < 2; from += parts[i], i++) {
        memcpy(room + have, text + from, parts[i]);
        have += parts[i];
        result.progress = front_http_parse(&parser, room, &have);
        if (result.progress != FRONT_HTTP_MORE)
            break;
    }
    result.fault = parser.fault;
    result.body_size = parser.body_size;
    if (result.progress == FRONT_HTTP_COMPLETE)
        memcpy(result.body, room + parser.body_at, parser.body_size);
    free(room);
    return result;
}

static void reads_the_same_at_every_cut(void **state)
{
    static const struct {
        enum front_http_fault fault;
        const char *body, *text;
    } rows[] = {
        {FRONT_HTTP_FINE, "", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {FRONT_HTTP_FINE, "{\"a\":1}", HEAD "Content-Length: 7\r\n\r\n{\"a\":1}"},
        {FRONT_HTTP_FINE, "hello world",
         HEAD "Transfer-Encoding: Chunked\r\n\r\n6\r\nhello \r\n05\r\nworld\r\n0\r\nA: b\r\nC: "
              "d\r\n\r\n"},
        {FRONT_HTTP_FINE, "{}",
         HEAD
         "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nHost: b\r\nTransfer-Encoding: "
         "chunked\r\nContent-Length: 9\r\n\r\n"}, /* a trailer says nothing about the message */
        {FRONT_HTTP_FAULT_LINE_END, "",
         HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r "
              "\r\n\r\n"},
        {FRONT_HTTP_FAULT_CHUNK, "",
         HEAD "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5;x\r\nworld\r\n0\r\n\r\n"},
        {FRONT_HTTP_FAULT_FOLD, "", HEAD "X: y\r\n z\r\n\r\n"},
        {FRONT_HTTP_FAULT_NAME, "", HEAD "X : y\r\n\r\n"},
        {FRONT_HTTP_FAULT_LINE_END, "", HEAD "X: y\n\r\n"},
        {FRONT_HTTP_FAULT_CONTROL, "", HEAD "X: \x01\r\n\r\n"},
        {FRONT_HTTP_FAULT_HOST, "", "GET / HTTP/1.1\r\nX: y\r\n\r\n"},
        {FRONT_HTTP_FAULT_LENGTH_AND_CODING, "",
         HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {FRONT_HTTP_FAULT_LENGTH, "", HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
        {FRONT_HTTP_FAULT_CODING_UNKNOWN, "", HEAD "Transfer-Encoding: br\r\n\r\n"},
        {FRONT_HTTP_FAULT_METHOD, "", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {FRONT_HTTP_FAULT_VERSION, "", "GET / HTTP/3.0\r\nHost: a\r\n\r\n"},
        {FRONT_HTTP_FAULT_REQUEST_LINE, "", "GET / X\r\nHost: a\r\n\r\n"},
        {FRONT_HTTP_FAULT_EXPECT, "", HEAD "Expect: tea\r\n\r\n"},
        {FRONT_HTTP_FAULT_REPEATED, "", HEAD "Authorization: a\r\nAuthorization: b\r\n\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t size = strlen(rows[i].text);

        for (size_t cut = 0; cut <= size; cut++) {
            struct result result = parse_cut(rows[i].text, size, cut);

            CHECK_I64(rows[i].fault, result.fault, rows[i].text);
            CHECK_I64(rows[i].fault == FRONT_HTTP_FINE ? FRONT_HTTP_COMPLETE : FRONT_HTTP_FAULT,
                      result.progress, rows[i].text);
            if (rows[i].fault == FRONT_HTTP_FINE)
                CHECK_TEXT(rows[i].body, result.body, rows[i].text);
        }
    }
}

static void stops_where_the_next_request_starts(void **state)
{
    static const char text[] =
        HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /next";
    struct front_http_parser parser = {0};
    char room[sizeof(text)];
    size_t size = sizeof(text) - 1;

    (void)state;
    memcpy(room, text, sizeof(text));
    CHECK_I64(FRONT_HTTP_COMPLETE, front_http_parse(&parser, room, &size), "one request");
    CHECK_I64(sizeof(text) - 1, size, "what follows stays");
    CHECK_TEXT("GET /next", room + parser.scanned, "where it is");
    CHECK(memcmp(room + parser.body_at, "{}", 2) == 0, "the body is decoded in place");
}

static void notes_what_the_head_says(void **state)
{
    static const char text[] =
        "PUT /v1/connectors/x?dry_run=true HTTP/1.0\r\nhost: \ta \r\nAUTHORIZATION: Bearer "
        "k\r\n"
        "Accept: a\r\nAccept: b\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    struct front_http_parser parser = {0};
    char room[sizeof(text)];
    size_t size = sizeof(text) - 1;

    (void)state;
    memcpy(room, text, sizeof(text));
    CHECK_I64(FRONT_HTTP_COMPLETE, front_http_parse(&parser, room, &size), "complete");
    CHECK_I64(FRONT_METHOD_PUT, parser.method, "method");
    CHECK(parser.is_http_1_0 && parser.is_kept_alive, "version and Connection");
    CHECK_I64(sizeof("/v1/connectors/x?dry_run=true") - 1, parser.target.size, "target");
    struct front_span host = parser.headers[FRONT_HEADER_HOST],
                      accept = parser.headers[FRONT_HEADER_ACCEPT];
    CHECK(host.size == 1 && room[host.at] == 'a', "white space is cut");
    CHECK(accept.size == 1 && room[accept.at] == 'a', "the first of a list");
    CHECK_I64(0, parser.headers[FRONT_HEADER_ORIGIN].at, "absent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_same_at_every_cut),
        cmocka_unit_test(stops_where_the_next_request_starts),
        cmocka_unit_test(notes_what_the_head_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
