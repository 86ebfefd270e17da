/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "front/http_gate.h"
#include "front/pages.h"
#include "front/routes.h"

enum front_method front_method_find(const char *name, size_t size)
{
    static const struct {
        const char *name;
        enum front_method method;
    } rows[] = {
        {"GET", FRONT_METHOD_GET}, {"HEAD", FRONT_METHOD_HEAD},     {"POST", FRONT_METHOD_POST},
        {"PUT", FRONT_METHOD_PUT}, {"DELETE", FRONT_METHOD_DELETE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strlen(rows[i].name) == size && memcmp(rows[i].name, name, size) == 0)
            return rows[i].method;
    return FRONT_METHOD_NONE;
}

/* "HTTP/1.1" and "HTTP/1.0" are spoken; another HTTP/d.d is told so. */
static enum front_http_fault version_check(struct front_http_parser *parser)
{
    const char *version = parser->text + parser->version.at;

    if (parser->version.size != 8 || memcmp(version, "HTTP/", 5) != 0 || version[6] != '.')
        return FRONT_HTTP_FAULT_REQUEST_LINE;
    if (version[5] < '0' || version[5] > '9' || version[7] < '0' || version[7] > '9')
        return FRONT_HTTP_FAULT_REQUEST_LINE;
    if (version[5] != '1' || version[7] > '1')
        return FRONT_HTTP_FAULT_VERSION;
    parser->is_http_1_0 = version[7] == '0';
    return FRONT_HTTP_FINE;
}

/* Letters of a reg-name, an IPv4 or a bracketed IPv6 address and a port. */
static enum front_http_fault host_check(const struct front_http_parser *parser)
{
    struct front_span host = parser->headers[FRONT_HEADER_HOST];

    if (host.size == 0)
        return FRONT_HTTP_FAULT_HOST;
    for (uint32_t i = 0; i < host.size; i++) {
        unsigned char byte = (unsigned char)parser->text[host.at + i];

        if (byte <= 0x20 || byte >= 0x7f || strchr("/?#@\\\"<>^`{|},", byte) != NULL)
            return FRONT_HTTP_FAULT_HOST;
    }
    return FRONT_HTTP_FINE;
}

static enum front_http_fault length_check(struct front_http_parser *parser)
{
    struct front_span span = parser->headers[FRONT_HEADER_CONTENT_LENGTH];

    if (span.at == 0)
        return FRONT_HTTP_FINE;
    if (span.size == 0)
        return FRONT_HTTP_FAULT_LENGTH;
    for (uint32_t i = 0; i < span.size; i++)
        if (parser->text[span.at + i] < '0' || parser->text[span.at + i] > '9')
            return FRONT_HTTP_FAULT_LENGTH;
    for (uint32_t i = 0; i < span.size; i++) {
        parser->length = parser->length * 10 + (uint64_t)(parser->text[span.at + i] - '0');
        if (!parser->is_streamed && parser->length > BASE_HTTP_BODY_MAX)
            return FRONT_HTTP_FAULT_BODY_SIZE;
        if (parser->length > FRONT_HTTP_UPLOAD_MAX)
            return FRONT_HTTP_FAULT_UPLOAD_SIZE;
    }
    return FRONT_HTTP_FINE;
}

static bool is_word(const struct front_http_parser *parser, struct front_span span,
                    const char *word)
{
    return span.size == strlen(word) &&
           strncasecmp(parser->text + span.at, word, span.size) == 0;
}

static enum front_http_fault coding_check(struct front_http_parser *parser)
{
    struct front_span span = parser->headers[FRONT_HEADER_TRANSFER_ENCODING];

    if (span.at == 0)
        return FRONT_HTTP_FINE;
    if (parser->headers[FRONT_HEADER_CONTENT_LENGTH].at != 0)
        return FRONT_HTTP_FAULT_LENGTH_AND_CODING;
    if (span.size == 0 || parser->is_http_1_0)
        return FRONT_HTTP_FAULT_CODING;
    if (is_word(parser, span, "chunked, chunked") || is_word(parser, span, "chunked,chunked"))
        return FRONT_HTTP_FAULT_CODING;
    if (!is_word(parser, span, "chunked"))
        return FRONT_HTTP_FAULT_CODING_UNKNOWN;
    parser->is_chunked = true;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault expect_check(struct front_http_parser *parser)
{
    struct front_span span = parser->headers[FRONT_HEADER_EXPECT];

    if (span.at == 0 || parser->is_http_1_0)
        return FRONT_HTTP_FINE;
    if (!is_word(parser, span, "100-continue"))
        return FRONT_HTTP_FAULT_EXPECT;
    parser->wants_continue = true;
    return FRONT_HTTP_FINE;
}

/* A body that is no JSON and no form goes on as it comes, where the route takes it so; a form with files where a page does. */
static bool is_streamed(const struct front_http_parser *parser)
{
    static const char *const whole[] = {"application/json", "application/x-www-form-urlencoded"};
    static const char form[] = "multipart/form-data";
    struct front_span type = parser->headers[FRONT_HEADER_CONTENT_TYPE];

    if (parser->method != FRONT_METHOD_POST)
        return false;
    if (type.size >= strlen(form) && strncasecmp(parser->text + type.at, form, strlen(form)) == 0)
        return front_page_takes_files(parser->text + parser->target.at, parser->target.size);
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (type.size >= strlen(whole[i]) && strncasecmp(parser->text + type.at, whole[i], strlen(whole[i])) == 0)
            return false;
    return front_route_is_streamed(parser->text + parser->target.at, parser->target.size);
}

enum front_http_fault front_head_check(struct front_http_parser *parser)
{
    enum front_http_fault (*const checks[])(struct front_http_parser *) = {
        version_check, coding_check, length_check, expect_check};
    enum front_http_fault fault = FRONT_HTTP_FINE;

    parser->is_streamed = is_streamed(parser);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && fault == FRONT_HTTP_FINE; i++)
        fault = checks[i](parser);
    if (fault == FRONT_HTTP_FINE)
        fault = host_check(parser);
    if (fault == FRONT_HTTP_FINE && parser->method == FRONT_METHOD_NONE)
        fault = FRONT_HTTP_FAULT_METHOD;
    return fault;
}
