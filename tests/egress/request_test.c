/* SPDX-License-Identifier: Apache-2.0 */
/* A request before anything of it leaves: what is fine, what is refused, and the limits. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/json.h"
#include "egress/request.h"

static struct base_arena arena;

static int read_text(const char *text, struct egress_request *request, char why[EGRESS_WHY_SIZE])
{
    struct base_json_error error;
    struct base_json *json = NULL;

    CHECK_I64(OD_OK, base_json_parse(text, strlen(text), &json, &error), text);
    int rc = egress_request_read(json, &arena, request, why);
    base_json_destroy(json);
    return rc;
}

static void a_whole_one(void **state)
{
    struct egress_request request;
    char why[EGRESS_WHY_SIZE];

    (void)state;
    CHECK_I64(OD_OK, read_text("{\"method\":\"POST\",\"url\":\"https://h/x\",\"headers\":[{\"name\":\"X-A\",\"value\":\"b\"},"
                               "{\"name\":\"Authorization\",\"value\":\"Bearer \",\"secret\":\"t\"}],\"body\":\"aGFsbG8=\",\"timeout_ms\":77}",
                               &request, why), "whole");
    CHECK_TEXT("POST", request.method, "method");
    CHECK_TEXT("h", request.url.host, "url");
    CHECK_I64(2, request.header_count, "headers");
    CHECK_TEXT("Bearer ", request.headers[1].value, "what stands before a secret");
    CHECK_TEXT("t", request.headers[1].secret, "secret");
    CHECK(request.headers[0].secret == NULL, "no secret");
    CHECK(request.body_size == 5 && memcmp(request.body, "hallo", 5) == 0, "body");
    CHECK_I64(77, request.timeout_ms, "timeout");
    CHECK_I64(OD_OK, read_text("{\"method\":\"GET\",\"url\":\"https://h/\",\"body\":\"\",\"timeout_ms\":0}", &request, why), "the least");
    CHECK_I64(EGRESS_TIMEOUT_MS_DEFAULT, request.timeout_ms, "0 = usual");
    CHECK(request.body == NULL, "an empty body of GET is none");
    base_arena_fini(&arena);
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *text;
        int rc;
        const char *why;
    } rows[] = {
        {"{\"url\":\"https://h/\"}", OD_EINVAL, "no method"},
        {"{\"method\":\"CONNECT\",\"url\":\"https://h/\"}", OD_EINVAL, "a method that makes a tunnel"},
        {"{\"method\":\"TRACE\",\"url\":\"https://h/\"}", OD_EINVAL, "a method that shows headers"},
        {"{\"method\":\"get\",\"url\":\"https://h/\"}", OD_EINVAL, "lower case"},
        {"{\"method\":\"GET\"}", OD_EINVAL, "no url"},
        {"{\"method\":\"GET\",\"url\":\"h\"}", OD_EINVAL, "no url"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"body\":\"eA==\"}", OD_EINVAL, "a body of GET"},
        {"{\"method\":\"POST\",\"url\":\"https://h/\",\"body\":\"e\"}", OD_EINVAL, "no base64"},
        {"{\"method\":\"POST\",\"url\":\"https://h/\",\"body\":7}", OD_EINVAL, "no text"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"timeout_ms\":120001}", OD_ELIMIT, "timeout, limit + 1"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"timeout_ms\":-1}", OD_ELIMIT, "a negative timeout"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"value\":\"x\"}]}", OD_EINVAL, "no name"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"\",\"value\":\"x\"}]}", OD_EINVAL, "an empty name"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a b\",\"value\":\"x\"}]}", OD_EINVAL, "a space in a name"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a:\",\"value\":\"x\"}]}", OD_EINVAL, "a colon in a name"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a\\r\\nb\",\"value\":\"x\"}]}", OD_EINVAL, "a line end in a name"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a\",\"value\":\"x\\r\\nHost: evil\"}]}", OD_EINVAL, "an injected header"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a\",\"value\":\"x\\ny\"}]}", OD_EINVAL, "a bare LF"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a\",\"value\":\"x\\ry\"}]}", OD_EINVAL, "a bare CR"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"a\",\"value\":\"x\\u007f\"}]}", OD_EINVAL, "DEL"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"hOsT\",\"value\":\"evil\"}]}", OD_EINVAL, "Host"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"Content-Length\",\"value\":\"0\"}]}", OD_EINVAL, "framing"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"Transfer-Encoding\",\"value\":\"chunked\"}]}", OD_EINVAL, "framing"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"Proxy-Authorization\",\"value\":\"x\"}]}", OD_EINVAL, "a proxy's"},
        {"{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":[{\"name\":\"Upgrade\",\"value\":\"h2c\"}]}", OD_EINVAL, "another protocol"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct egress_request request;
        char why[EGRESS_WHY_SIZE] = "";

        CHECK_I64(rows[i].rc, read_text(rows[i].text, &request, why), rows[i].why);
        CHECK(why[0] != '\0', rows[i].why);
        base_arena_fini(&arena);
    }
}

static int with_headers(size_t count, size_t value_size, char why[EGRESS_WHY_SIZE])
{
    struct base_buffer text = {0};
    struct egress_request request;
    char *value = calloc(1, value_size + 1);

    memset(value, 'v', value_size);
    base_json_open(&text, NULL, '{');
    base_json_put_text(&text, "method", "GET");
    base_json_put_text(&text, "url", "https://h/");
    base_json_open(&text, "headers", '[');
    for (size_t i = 0; i < count; i++) {
        base_json_open(&text, NULL, '{');
        base_json_put_text(&text, "name", "n");
        base_json_put_text(&text, "value", value);
        base_json_close(&text, '}');
    }
    base_json_close(&text, ']');
    base_json_close(&text, '}');
    int rc = read_text(base_buffer_text(&text), &request, why);
    base_buffer_fini(&text);
    base_arena_fini(&arena);
    free(value);
    return rc;
}

static int with_body(size_t size, char why[EGRESS_WHY_SIZE])
{
    struct base_buffer text = {0};
    struct egress_request request;
    char *body = calloc(1, size);

    base_json_open(&text, NULL, '{');
    base_json_put_text(&text, "method", "POST");
    base_json_put_text(&text, "url", "https://h/");
    base_json_put_base64(&text, "body", body, size);
    base_json_close(&text, '}');
    int rc = read_text(base_buffer_text(&text), &request, why);
    if (rc == OD_OK)
        CHECK_I64(size, request.body_size, "whole");
    base_buffer_fini(&text);
    base_arena_fini(&arena);
    free(body);
    return rc;
}

static void limits(void **state)
{
    char why[EGRESS_WHY_SIZE] = "";

    (void)state;
    CHECK_I64(OD_OK, with_headers(EGRESS_HEADERS_MAX, 1, why), "headers, the limit");
    CHECK_I64(OD_ELIMIT, with_headers(EGRESS_HEADERS_MAX + 1, 1, why), "headers, limit + 1");
    CHECK_I64(OD_OK, with_headers(1, EGRESS_HEADER_MAX - 1, why), "one header, the limit with its name");
    CHECK_I64(OD_ELIMIT, with_headers(1, EGRESS_HEADER_MAX, why), "one header, limit + 1");
    CHECK_I64(OD_OK, with_body(EGRESS_BODY_MAX, why), "body, the limit");
    CHECK_I64(OD_ELIMIT, with_body(EGRESS_BODY_MAX + 1, why), "body, limit + 1");
}

static void what_proves_who_asks(void **state)
{
    static const struct {
        struct egress_header header;
        bool is_credential;
        const char *why;
    } rows[] = {
        {{"X-Token", "", "token"}, true, "a secret under any name"},
        {{"authorization", "Basic x", NULL}, true, "in any case"},
        {{"Cookie", "a=b", NULL}, true, "a session"},
        {{"Accept", "*/*", NULL}, false, "nothing of the kind"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].is_credential, egress_header_is_credential(&rows[i].header), rows[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_one), cmocka_unit_test(what_is_refused), cmocka_unit_test(limits),
        cmocka_unit_test(what_proves_who_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
