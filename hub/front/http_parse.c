/* SPDX-License-Identifier: Apache-2.0 */
#include "front/http_gate.h"

#include <assert.h>
#include <string.h>

#include <llhttp.h>

#include "base/limits.h"

_Static_assert(sizeof(llhttp_t) <= FRONT_HTTP_LLHTTP_SIZE,
               "llhttp's state fits into the parser");

static int on_headers_complete(llhttp_t *llhttp)
{
    struct front_http_parser *parser = llhttp->data;

    llhttp->upgrade = 0; /* RFC 9110 section 7.8: an Upgrade may be ignored */
    parser->is_kept_alive = llhttp_should_keep_alive(llhttp) != 0;
    return 0;
}

/* Decoded bytes move down over the chunk framing that was read already. */
static int on_body(llhttp_t *llhttp, const char *bytes, size_t size)
{
    struct front_http_parser *parser = llhttp->data;
    char *to = parser->text + parser->body_at + parser->body_size;

    if (to != bytes)
        memmove(to, bytes, size);
    parser->body_size += size;
    return 0;
}

static int on_message_complete(llhttp_t *llhttp)
{
    struct front_http_parser *parser = llhttp->data;

    parser->is_complete = true;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static llhttp_t *llhttp_of(struct front_http_parser *parser)
{
    return (llhttp_t *)(void *)parser->llhttp;
}

/* The second opinion. Anything but agreement is a fault. */
static enum front_http_fault llhttp_feed(struct front_http_parser *parser, size_t from,
                                         size_t to)
{
    if (llhttp_execute(llhttp_of(parser), parser->text + from, to - from) != HPE_OK)
        return FRONT_HTTP_FAULT_PARSER;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault head_finish(struct front_http_parser *parser)
{
    llhttp_t *llhttp = llhttp_of(parser);
    enum front_http_fault fault = front_head_check(parser);

    if (fault != FRONT_HTTP_FINE)
        return fault;
    llhttp_init(llhttp, HTTP_REQUEST, &settings);
    llhttp->data = parser;
    parser->has_head = true;
    parser->head_size = parser->body_at = parser->scanned;
    parser->state = parser->is_chunked ? FRONT_GATE_CHUNK_START : FRONT_GATE_BODY;
    fault = llhttp_feed(parser, 0, parser->scanned);
    if (fault != FRONT_HTTP_FINE)
        return fault;
    if (parser->is_complete != (!parser->is_chunked && parser->length == 0))
        return FRONT_HTTP_FAULT_PARSER;
    if (((llhttp->flags & F_CHUNKED) != 0) != parser->is_chunked)
        return FRONT_HTTP_FAULT_PARSER;
    parser->header_count = 0;
    parser->mark = 0;
    if (parser->is_complete)
        parser->state = FRONT_GATE_COMPLETE;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault head_parse(struct front_http_parser *parser, size_t size)
{
    size_t end = size < BASE_HTTP_HEAD_MAX ? size : BASE_HTTP_HEAD_MAX;
    enum front_http_fault fault = front_gate_lines(parser, end);

    if (fault != FRONT_HTTP_FINE)
        return fault;
    if (parser->state == FRONT_GATE_COMPLETE)
        return head_finish(parser);
    return parser->scanned == BASE_HTTP_HEAD_MAX ? FRONT_HTTP_FAULT_HEAD_SIZE : FRONT_HTTP_FINE;
}

static enum front_http_fault body_parse(struct front_http_parser *parser, size_t size)
{
    size_t left = (size_t)(parser->length - parser->body_taken) - parser->body_size;
    size_t from = parser->scanned, take = size - from < left ? size - from : left;

    parser->scanned += take;
    enum front_http_fault fault = llhttp_feed(parser, from, parser->scanned);
    if (fault == FRONT_HTTP_FINE && parser->is_complete != (take == left))
        fault = FRONT_HTTP_FAULT_PARSER;
    if (parser->is_complete)
        parser->state = FRONT_GATE_COMPLETE;
    return fault;
}

static enum front_http_fault trailer_scan(struct front_http_parser *parser, size_t size)
{
    size_t from = parser->scanned;
    size_t room = BASE_HTTP_HEAD_MAX - parser->trailer_size;
    enum front_http_fault fault =
        front_gate_lines(parser, size - from < room ? size : from + room);

    parser->trailer_size += parser->scanned - from;
    if (fault == FRONT_HTTP_FINE && parser->state != FRONT_GATE_COMPLETE &&
        parser->trailer_size == BASE_HTTP_HEAD_MAX)
        fault = FRONT_HTTP_FAULT_HEAD_SIZE;
    return fault;
}

/* The trailer is gated but kept from llhttp, which would read meaning into its fields: it is
 * shown an empty one. RFC 9112 section 7.1.2 lets a recipient ignore them. */
static enum front_http_fault trailer_parse(struct front_http_parser *parser, size_t size)
{
    enum front_http_fault fault = trailer_scan(parser, size);

    if (fault == FRONT_HTTP_FINE && parser->state == FRONT_GATE_COMPLETE &&
        llhttp_execute(llhttp_of(parser), "\r\n", 2) != HPE_OK)
        fault = FRONT_HTTP_FAULT_PARSER;
    return fault;
}

static enum front_http_fault chunks_parse(struct front_http_parser *parser, size_t *size)
{
    size_t from = parser->scanned;
    enum front_http_fault fault = front_gate_chunks(parser, *size);

    if (fault == FRONT_HTTP_FINE && parser->scanned > from)
        fault = llhttp_feed(parser, from, parser->scanned);
    if (fault == FRONT_HTTP_FINE && front_gate_is_line(parser->state))
        fault = trailer_parse(parser, *size);
    if (fault != FRONT_HTTP_FINE)
        return fault;
    if (parser->is_complete != (parser->state == FRONT_GATE_COMPLETE))
        return FRONT_HTTP_FAULT_PARSER;
    if (parser->state != FRONT_GATE_COMPLETE) /* all was read: new bytes follow the decoded ones */
        *size = parser->scanned = parser->body_at + parser->body_size;
    return FRONT_HTTP_FINE;
}

void front_http_body_take(struct front_http_parser *parser)
{
    assert(parser->is_streamed);
    assert(parser->has_head);
    parser->body_taken += parser->body_size;
    parser->body_at = parser->body_size = parser->scanned = 0;
}

enum front_http_progress front_http_parse(struct front_http_parser *parser, char *text,
                                          size_t *size)
{
    assert(*size >= parser->scanned);
    assert(parser->state != FRONT_GATE_COMPLETE);
    assert(parser->state != FRONT_GATE_FAILED);
    parser->text = text;
    if (!parser->has_head)
        parser->fault = head_parse(parser, *size);
    if (parser->fault == FRONT_HTTP_FINE && parser->state == FRONT_GATE_BODY)
        parser->fault = body_parse(parser, *size);
    else if (parser->fault == FRONT_HTTP_FINE && parser->has_head && parser->is_chunked)
        parser->fault = chunks_parse(parser, size);
    parser->text = NULL;
    if (parser->fault != FRONT_HTTP_FINE) {
        parser->state = FRONT_GATE_FAILED;
        return FRONT_HTTP_FAULT;
    }
    return parser->state == FRONT_GATE_COMPLETE ? FRONT_HTTP_COMPLETE : FRONT_HTTP_MORE;
}
