/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP door, over sockets: what is refused with which status, in one piece and byte by
 * byte, and every limit at the limit and one over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/call.h"
#include "lib/check.h"
#include "stage.h"

#define HOST "Host: localhost\r\n"
#define POST "POST /v1/track HTTP/1.1\r\n" HOST
#define JSON "Content-Type: application/json\r\n"
#define CHUNKED POST JSON "Transfer-Encoding: chunked\r\n\r\n"

struct row {
    int status;
    const char *request;
    size_t size; /* 0: as long as the text */
    const char *why;
};

static const struct row rows[] = {
    {200, "GET /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "the plainest request"},
    {200, "\r\nGET /healthz HTTP/1.1\r\n" HOST "\r\n", 0,
     "RFC 9112 2.2: one empty line before it"},
    {400, "\r\n\r\nGET /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "but not two"},
    {200, "GET /healthz HTTP/1.1\r\nhOST:localhost\r\n\r\n", 0,
     "names in any case, no space after the colon"},
    {200, "GET /healthz HTTP/1.1\r\nHost: \t localhost \t\r\n\r\n", 0,
     "white space around a value"},
    {200, "GET http://localhost/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "absolute form"},
    {200, "GET /healthz HTTP/1.0\r\n" HOST "\r\n", 0, "HTTP/1.0"},
    {200, POST JSON "Content-Length: 2\r\n\r\n{}", 0, "a body by length"},
    {200, POST JSON "Content-Length: 0002\r\n\r\n{}", 0, "leading zeros are digits"},
    {200, CHUNKED "2\r\n{}\r\n0\r\n\r\n", 0, "a body in a chunk"},
    {200, CHUNKED "1\r\n{\r\n0001\r\n}\r\n0\r\nX-Sum: 1\r\n\r\n", 0,
     "two chunks and a trailer"},
    {200, POST "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
     0, "a parameter"},

    {400,
     POST JSON "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 0,
     "CL and TE"},
    {400,
     POST JSON "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 0,
     "TE and CL"},
    {400, POST JSON "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 0, "differing lengths"},
    {400, POST JSON "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 0,
     "equal lengths twice"},
    {400, POST JSON "Content-Length: 2, 2\r\n\r\n{}", 0, "a list of lengths"},
    {400, POST JSON "Content-Length: +2\r\n\r\n{}", 0, "a sign"},
    {400, POST JSON "Content-Length: -2\r\n\r\n{}", 0, "a sign"},
    {400, POST JSON "Content-Length: 0x2\r\n\r\n{}", 0, "hexadecimal"},
    {400, POST JSON "Content-Length: 2 2\r\n\r\n{}", 0, "a space inside"},
    {400, POST JSON "Content-Length:\r\n\r\n{}", 0, "no length"},
    {501, POST JSON "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0, "unknown coding"},
    {501, POST JSON "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, "unknown coding"},
    {501, POST JSON "Transfer-Encoding: identity\r\n\r\n", 0, "unknown coding"},
    {400, POST JSON "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0, "coding twice"},
    {400, POST JSON "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 0, "coding twice"},
    {400, POST JSON "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 0, "no coding"},
    {400,
     "POST /v1/track HTTP/1.0\r\n" HOST JSON
     "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
     0, "1.0"},
    {400, "GET /healthz HTTP/1.1\rHost: localhost\r\n\r\n", 0,
     "bare CR after the request line"},
    {400, "GET /healthz HTTP/1.1\r\nHost: local\rhost\r\n\r\n", 0, "bare CR in a value"},
    {400, "GET /healthz HTTP/1.1\nHost: localhost\n\n", 0, "bare LF"},
    {400, "GET /healthz HTTP/1.1\r\nHost: localhost\n\r\n", 0, "bare LF after a value"},
    {400, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n", 0, "bare LF at the end"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST "\r\r\n", 0, "CR CR LF"},
    {400, "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n", 0, "space before the colon"},
    {400, "GET /healthz HTTP/1.1\r\nHost\t: localhost\r\n\r\n", 0, "tab before the colon"},
    {400, "GET /healthz HTTP/1.1\r\n: localhost\r\n" HOST "\r\n", 0, "no name"},
    {400, "GET /healthz HTTP/1.1\r\nHost localhost\r\n\r\n", 0, "no colon"},
    {400, "GET /healthz HTTP/1.1\r\nX(y): 1\r\n" HOST "\r\n", 0, "no token"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n",
     sizeof("GET /healthz HTTP/1.1\r\n" HOST "X: a.b\r\n\r\n") - 1, "NUL in a value"},
    {400, "GET /heal\0thz HTTP/1.1\r\n" HOST "\r\n",
     sizeof("GET /heal.thz HTTP/1.1\r\n" HOST "\r\n") - 1, "NUL in the target"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n", 0, "DEL in a value"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 0, "obs-fold"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n", 0, "obs-fold"},
    {400, "GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n", 0,
     "space before the first field"},
    {400, "GET /healthz HTTP/1.1\r\n\r\n", 0, "no Host"},
    {400, "GET /healthz HTTP/1.0\r\n\r\n", 0, "no Host in HTTP/1.0 either"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST HOST "\r\n", 0, "two Hosts"},
    {400, "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 0, "empty Host"},
    {400, "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n", 0, "Host with a path"},
    {400, "GET /healthz HTTP/1.1\r\nHost: a, b\r\n\r\n", 0, "list of Hosts"},
    {400, "GET /healthz HTTP/1.1\r\nHost: u@localhost\r\n\r\n", 0, "user in Host"},
    {400, CHUNKED "x\r\n{}\r\n0\r\n\r\n", 0, "chunk size no number"},
    {400, CHUNKED "\r\n{}\r\n0\r\n\r\n", 0, "no chunk size"},
    {400, CHUNKED "-2\r\n{}\r\n0\r\n\r\n", 0, "negative chunk size"},
    {400, CHUNKED "0x2\r\n{}\r\n0\r\n\r\n", 0, "prefixed chunk size"},
    {400, CHUNKED " 2\r\n{}\r\n0\r\n\r\n", 0, "space before the chunk size"},
    {400, CHUNKED "2 \r\n{}\r\n0\r\n\r\n", 0, "space after the chunk size"},
    {400, CHUNKED "2\n{}\r\n0\r\n\r\n", 0, "bare LF after the chunk size"},
    {400, CHUNKED "2\r\n{}0\r\n\r\n", 0, "no CR LF after the data"},
    {400, CHUNKED "2\r\n{}\n0\r\n\r\n", 0, "bare LF after the data"},
    {400, CHUNKED "2\r\n{}\rX0\r\n\r\n", 0, "bare CR after the data"},
    {400, CHUNKED "2;a=b\r\n{}\r\n0\r\n\r\n", 0, "chunk extension"},
    {400, CHUNKED "2;\r\n{}\r\n0\r\n\r\n", 0, "empty chunk extension"},
    {400, CHUNKED "2\r\n{}\r\n0;x\r\n\r\n", 0, "extension of the last chunk"},
    {400, CHUNKED "00000000000000002\r\n{}\r\n0\r\n\r\n", 0, "seventeen digits"},
    {413, CHUNKED "ffffffffffffffff\r\n{}\r\n0\r\n\r\n", 0, "a chunk beyond all bounds"},
    {400, CHUNKED "2\r\n{}\r\n0\r\nX : 1\r\n\r\n", 0, "a trailer is gated like a head"},
    {400, CHUNKED "2\r\n{}\r\n0\r\nX: 1\n\r\n", 0, "a trailer is gated like a head"},
    {413, POST JSON "Content-Length: 99999999999999999999999\r\n\r\n", 0,
     "more digits than any integer has"},
    {417, POST JSON "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", 0, "another expectation"},
    {505, "GET /healthz HTTP/2.0\r\n" HOST "\r\n", 0, "another version"},
    {505, "GET /healthz HTTP/1.2\r\n" HOST "\r\n", 0, "another version"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, "the preface of HTTP/2"},
    {400, "GET /healthz HTTP/1.1x\r\n" HOST "\r\n", 0, "no version"},
    {400, "GET /healthz http/1.1\r\n" HOST "\r\n", 0, "versions are upper case"},
    {400, "GET /healthz\r\n" HOST "\r\n", 0, "HTTP/0.9"},
    {400, "GET  /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "two spaces"},
    {400, "GET /healthz  HTTP/1.1\r\n" HOST "\r\n", 0, "two spaces"},
    {400, "GET /healthz HTTP/1.1 \r\n" HOST "\r\n", 0, "space at the end"},
    {400, " GET /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "space at the start"},
    {400, "GET\t/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "a tab"},
    {400, "GET /h\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 0, "bytes above ASCII in the target"},
    {400, "\x16\x03\x01\x02", 4, "a TLS hello"},
    {405, "PATCH /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "a method nobody uses here"},
    {405, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, "a method nobody uses here"},
    {405, "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", 0, "a method nobody uses here"},
    {405, "get /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "methods are upper case"},
    {405, "FROB /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "a method nobody knows"},
    {405, "DELETE /healthz HTTP/1.1\r\n" HOST "\r\n", 0, "a method of another route"},
    {405, "HEAD /v1/track HTTP/1.1\r\n" HOST "\r\n", 0, "HEAD where there is no GET"},
    {404, "GET /v1/nothing HTTP/1.1\r\n" HOST "\r\n", 0, "no such route"},
    {404, "GET /v1 HTTP/1.1\r\n" HOST "\r\n", 0, "no such route"},
    {404, "GET /v1/services/ HTTP/1.1\r\n" HOST "\r\n", 0, "an empty parameter"},
    {404, "GET /v1//services HTTP/1.1\r\n" HOST "\r\n", 0, "an empty segment"},
    {404, "POST /v1/test/clock HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}", 0,
     "the clock is real"},
    {404, "GET /nothing HTTP/1.1\r\n" HOST "\r\n", 0, "no such page"},
    {400, "GET /v1/services/%zz HTTP/1.1\r\n" HOST "\r\n", 0, "a broken escape"},
    {400, "GET /v1/services/%4 HTTP/1.1\r\n" HOST "\r\n", 0, "a cut escape"},
    {400, "GET /v1/services/% HTTP/1.1\r\n" HOST "\r\n", 0, "a cut escape"},
    {400, "GET /v1/services/%00 HTTP/1.1\r\n" HOST "\r\n", 0, "NUL"},
    {400, "GET /v1/services/%0a HTTP/1.1\r\n" HOST "\r\n", 0, "a line feed"},
    {400, "GET /v1/services/%ff HTTP/1.1\r\n" HOST "\r\n", 0, "no UTF-8"},
    {400, "GET /v1/services/%c0%af HTTP/1.1\r\n" HOST "\r\n", 0, "an overlong slash"},
    {400, "GET /v1/../healthz HTTP/1.1\r\n" HOST "\r\n", 0, "traversal"},
    {400, "GET /v1/%2e%2e/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "traversal behind escapes"},
    {400, "GET /v1/services/..%2f..%2fetc HTTP/1.1\r\n" HOST "\r\n", 0,
     "traversal behind a slash"},
    {400, "GET /v1/services/..%5cx HTTP/1.1\r\n" HOST "\r\n", 0,
     "traversal behind a backslash"},
    {400, "GET /./healthz HTTP/1.1\r\n" HOST "\r\n", 0, "a dot segment"},
    {400, "GET healthz HTTP/1.1\r\n" HOST "\r\n", 0, "no slash"},
    {400, "GET ftp://localhost/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "another scheme"},
    {400, "GET http:///healthz HTTP/1.1\r\n" HOST "\r\n", 0, "no authority"},
    {400, "GET /healthz#x HTTP/1.1\r\n" HOST "\r\n", 0, "a fragment"},
    {400, "GET /healthz?a=%zz HTTP/1.1\r\n" HOST "\r\n", 0, "a broken escape in the query"},
    {400, "GET /healthz?a=%00 HTTP/1.1\r\n" HOST "\r\n", 0, "NUL in the query"},
    {400, "GET /healthz?a=%80 HTTP/1.1\r\n" HOST "\r\n", 0, "no UTF-8 in the query"},
    {400, "GET /healthz HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 0,
     "a body where none is taken"},
    {415, POST "Content-Length: 2\r\n\r\n{}", 0, "no media type"},
    {415, POST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 0,
     "another media type"},
    {415, POST "Content-Type: application/jsonx\r\nContent-Length: 2\r\n\r\n{}", 0,
     "another media type"},
    {415,
     POST "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b", 0,
     "a form"},
    {415, "POST /page HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}", 0,
     "JSON to a page"},
    {400, POST "\r\n", 0, "no body where one is due"},
    {400, POST JSON "Content-Length: 3\r\n\r\n{,}", 0, "no JSON"},
    {400, POST JSON "Content-Length: 13\r\n\r\n{\"a\":1,\"a\":2}", 0, "a key twice"},
    {400, POST JSON "Idempotency-Key:\r\nContent-Length: 2\r\n\r\n{}", 0, "an empty key"},
    {400, POST JSON "Idempotency-Key: a b\r\nContent-Length: 2\r\n\r\n{}", 0,
     "a space in the key"},
    {400, POST JSON "Idempotency-Key: \xc3\xa9\r\nContent-Length: 2\r\n\r\n{}", 0,
     "no ASCII in the key"},
    {400, POST JSON "Idempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: 2\r\n\r\n{}",
     0, "two keys"},
    {400, POST JSON "If-Match: junk\r\nContent-Length: 2\r\n\r\n{}", 0, "no entity tag"},
    {400, POST JSON "If-Match:\r\nContent-Length: 2\r\n\r\n{}", 0, "no entity tag at all"},
    {400, POST JSON "If-Match: ,\r\nContent-Length: 2\r\n\r\n{}", 0, "an empty list"},
    {400, POST JSON "If-Match: \"1\r\nContent-Length: 2\r\n\r\n{}", 0, "an open quote"},
    {400, POST JSON "If-Match: \"1\" \"2\"\r\nContent-Length: 2\r\n\r\n{}", 0, "no comma"},
    {400, POST JSON "If-Match: \"1\", *\r\nContent-Length: 2\r\n\r\n{}", 0, "* stands alone"},
    {400, POST JSON "If-Match: w/\"1\"\r\nContent-Length: 2\r\n\r\n{}", 0, "W is upper case"},
    {400, POST JSON "If-Match: \"a b\"\r\nContent-Length: 2\r\n\r\n{}", 0, "a space in a tag"},
    {200, POST JSON "If-Match: *\r\nContent-Length: 2\r\n\r\n{}", 0, "whatever there is"},
    {200, POST JSON "If-Match: \"19\"\r\nContent-Length: 2\r\n\r\n{}", 0, "a tag"},
    {200, POST JSON "If-Match: \"\",W/\"1a.8\" , \"\xc3\xa9\"\r\nContent-Length: 2\r\n\r\n{}", 0,
     "a list"},
    {401, "GET /healthz HTTP/1.1\r\n" HOST "Authorization: Bearer wrong\r\n\r\n", 0,
     "a wrong key, even here"},
    {401, "GET /healthz HTTP/1.1\r\n" HOST "Authorization: Basic YTpi\r\n\r\n", 0,
     "another scheme"},
    {401, "GET /healthz HTTP/1.1\r\n" HOST "Authorization: Bearer \r\n\r\n", 0, "no secret"},
    {401, "GET /v1/tasks HTTP/1.1\r\n" HOST "\r\n", 0, "default deny"},
};

static size_t row_size(const struct row *row)
{
    return row->size > 0 ? row->size : strlen(row->request);
}

static void row_check(struct stage *stage, const struct row *row, const char *text,
                      size_t performed)
{
    bool is_page = strstr(text, "text/html") != NULL; /* it asks for the center's name, whatever it tells */

    CHECK_I64(row->status, stage_status(text), row->why);
    if (!is_page)
        CHECK_I64(row->status == 200, stage->performed - performed, row->why);
    if (row->status != 200 && !is_page &&
        strncmp(row->request, "HEAD", 4) != 0)
        CHECK(strstr(stage_body(text), "\"remedy\":") != NULL, row->why);
    CHECK(strstr(text, "Server:") == NULL, "no version is told");
}

static void refuses_each_hostile_form(void **state)
{
    static struct stage stage;
    char text[8192];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t performed = stage.performed;

        stage_ask(&stage, rows[i].request, row_size(&rows[i]), text, sizeof(text));
        row_check(&stage, &rows[i], text, performed);
    }
    stage_close(&stage);
}

static void refuses_them_byte_by_byte(void **state)
{
    static struct stage stage;
    char text[8192];

    (void)state;
    stage = (struct stage){.manner = STAGE_AT_TURN_END};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t performed = stage.performed;
        int fd = stage_connect(&stage);

        stage_send_slowly(&stage, fd, rows[i].request, row_size(&rows[i]));
        shutdown(fd, SHUT_WR);
        CHECK(stage_read_all(&stage, fd, text, sizeof(text)) >= 0, rows[i].why);
        close(fd);
        row_check(&stage, &rows[i], text, performed);
    }
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

static size_t headers_make(char *text, size_t count)
{
    size_t used = (size_t)sprintf(text, "GET /healthz HTTP/1.1\r\n" HOST);

    for (size_t i = 1; i < count; i++)
        used += (size_t)sprintf(text + used, "X: 1\r\n");
    return used + (size_t)sprintf(text + used, "\r\n");
}

static size_t body_make(char *text, size_t size)
{
    size_t used = (size_t)sprintf(text, POST JSON "Content-Length: %zu\r\n\r\n", size);

    memset(text + used, ' ', size);
    memcpy(text + used, "{}", 2);
    return used + size;
}

/* In chunks of at most chunk bytes. */
static size_t chunks_make(char *text, size_t size, size_t chunk)
{
    size_t used = (size_t)sprintf(text, CHUNKED);

    for (size_t done = 0, take; done < size; done += take) {
        take = size - done < chunk ? size - done : chunk;
        used += (size_t)sprintf(text + used, "%zx\r\n", take);
        memset(text + used, ' ', take);
        for (size_t i = 0; i < take && done + i < 2; i++)
            text[used + i] = "{}"[done + i];
        used += take;
        used += (size_t)sprintf(text + used, "\r\n");
    }
    return used + (size_t)sprintf(text + used, "0\r\n\r\n");
}

static size_t trailer_make(char *text, size_t size)
{
    size_t used = (size_t)sprintf(text, CHUNKED "2\r\n{}\r\n0\r\nX: ");

    memset(text + used, 'x', size - 7);
    return used + size - 7 + (size_t)sprintf(text + used + size - 7, "\r\n\r\n");
}

static size_t key_make(char *text, size_t size)
{
    size_t used = (size_t)sprintf(text, POST JSON "Content-Length: 2\r\nIdempotency-Key: ");

    memset(text + used, 'k', size);
    return used + size + (size_t)sprintf(text + used + size, "\r\n\r\n{}");
}

static size_t one_chunk_make(char *text, size_t size)
{
    return chunks_make(text, size, size);
}

static size_t many_chunks_make(char *text, size_t size)
{
    return chunks_make(text, size, 4096);
}

static size_t byte_chunks_make(char *text, size_t size)
{
    return chunks_make(text, size, 1);
}

static size_t path_make(char *text, size_t size)
{
    size_t used = (size_t)sprintf(text, "GET /");

    memset(text + used, 'x', size - 1);
    used += size - 1;
    return used + (size_t)sprintf(text + used, " HTTP/1.1\r\n" HOST "\r\n");
}

static void names_nothing_by_an_endless_path(void **state)
{
    static struct stage stage;
    static char request[2048], text[8192];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    stage_ask(&stage, request, path_make(request, FRONT_PATH_MAX), text, sizeof(text));
    CHECK(strstr(text, "text/html") != NULL, "at the limit the pages are asked");
    stage_ask(&stage, request, path_make(request, FRONT_PATH_MAX + 1), text, sizeof(text));
    CHECK_I64(404, stage_status(text), "over the limit");
    CHECK(strstr(text, "application/problem+json") != NULL, "over the limit nobody is asked");
    stage_close(&stage);
}

static void holds_every_limit(void **state)
{
    static const struct {
        size_t (*make)(char *text, size_t size);
        size_t max;
        int status; /* one over */
        bool is_body;
        const char *why;
    } limits[] = {
        {head_make, BASE_HTTP_HEAD_MAX, 431, false, "request line and fields"},
        {headers_make, BASE_HTTP_HEADERS_MAX, 431, false, "number of fields"},
        {body_make, BASE_HTTP_BODY_MAX, 413, true, "body by length"},
        {many_chunks_make, BASE_HTTP_BODY_MAX, 413, true, "body in chunks"},
        {one_chunk_make, BASE_HTTP_BODY_MAX, 413, true, "body in one chunk"},
        {trailer_make, BASE_HTTP_HEAD_MAX, 431, false, "trailer"},
        {key_make, BASE_IDEMPOTENCY_KEY_MAX, 400, false, "Idempotency-Key"},
    };
    static struct stage stage;
    char *request = malloc(3 << 20), *text = malloc(1 << 16);

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(limits); i++) {
        size_t size = limits[i].make(request, limits[i].max);

        CHECK_I64(200, stage_ask(&stage, request, size, text, 1 << 16), limits[i].why);
        if (limits[i].is_body)
            CHECK_I64(limits[i].max, stage.body_size, limits[i].why);
        size = limits[i].make(request, limits[i].max + 1);
        CHECK_I64(limits[i].status, stage_ask(&stage, request, size, text, 1 << 16),
                  limits[i].why);
    }
    CHECK_I64(200, stage_ask(&stage, request, byte_chunks_make(request, 20000), text, 1 << 16),
              "chunks of a byte");
    stage_close(&stage);
    free(request);
    free(text);
}

#define EN "Accept-Language: en\r\n"

static void refuses_in_the_language_that_was_read(void **state)
{
    static const struct {
        int status;
        const char *language, *request, *why;
    } spoken[] = {
        {413, "en", POST JSON EN "Content-Length: 1048577\r\n\r\n", "a large body"},
        {413, "zh-CN", POST JSON "Content-Length: 1048577\r\n\r\n", "nothing was said"},
        {413, "zh-CN",
         POST JSON "Accept-Language: zh-CN, en;q=0.5\r\nContent-Length: 1048577\r\n\r\n",
         "the better of two"},
        {413, "en",
         POST JSON EN "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
         "a large chunk"},
        {405, "en", "PATCH /v1/track HTTP/1.1\r\n" HOST EN "\r\n", "PATCH"},
        {405, "en", "OPTIONS /v1/track HTTP/1.1\r\n" EN HOST "\r\n", "OPTIONS"},
        {405, "en", "TRACE /v1/track HTTP/1.1\r\n" HOST EN "\r\n", "TRACE"},
        {405, "en", "FROB /v1/track HTTP/1.1\r\n" HOST EN "\r\n", "nobody knows it"},
        {405, "zh-CN", "FROB /v1/track HTTP/1.1\r\n" HOST "\r\n", "nothing was said"},
        {400, "en", "GET /healthz HTTP/1.1\r\n" HOST EN "X y: 1\r\n\r\n", "a bad field after"},
        {400, "en", "GET /healthz HTTP/1.1\r\n" EN "\r\n", "no Host"},
        {400, "zh-CN", "GET /healthz HTTP/1.1\r\n" HOST "X y: 1\r\n" EN "\r\n",
         "a bad field before: not read yet"},
        {417, "en",
         POST JSON EN "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", "another expectation"},
        {505, "en", "GET /healthz HTTP/2.0\r\n" HOST EN "\r\n", "another version"},
        {400, "en", "GET healthz HTTP/1.1\r\n" HOST EN "\r\n", "another target"},
    };
    static struct stage stage;
    char text[4096], line[64];

    (void)state;
    stage = (struct stage){0};
    stage_open(&stage);
    for (size_t i = 0; i < COUNT(spoken); i++) {
        CHECK_I64(spoken[i].status,
                  stage_ask_text(&stage, spoken[i].request, text, sizeof(text)), spoken[i].why);
        sprintf(line, "Content-Language: %s\r\n", spoken[i].language);
        CHECK(strstr(text, line) != NULL, spoken[i].why);
    }
    /* The language of a request says nothing about the next one of the connection. */
    int fd = stage_connect(&stage);
    stage_send_text(&stage, fd,
                    "GET /v1/nothing HTTP/1.1\r\n" HOST EN "\r\nFROB / HTTP/1.1\r\n" HOST
                    "\r\n");
    CHECK(stage_read_all(&stage, fd, text, sizeof(text)) > 0, "both are answered");
    CHECK(strstr(text, "Content-Language: en\r\n") != NULL, "the first");
    CHECK(strstr(text, "Content-Language: zh-CN\r\n") != NULL, "the second");
    close(fd);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_in_the_language_that_was_read),
        cmocka_unit_test(refuses_each_hostile_form),
        cmocka_unit_test(refuses_them_byte_by_byte),
        cmocka_unit_test(holds_every_limit),
        cmocka_unit_test(names_nothing_by_an_endless_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
