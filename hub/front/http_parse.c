/* SPDX-License-Identifier: Apache-2.0 */
#include "front/http_parse.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include <llhttp.h>

#include "base/limits.h"

#define CHUNK_DIGITS_MAX 16

_Static_assert(sizeof(llhttp_t) <= FRONT_HTTP_LLHTTP_SIZE, "llhttp's state fits into the parser");

enum state {
    STATE_START = 0, /* one empty line before the request line is passed over, RFC 9112 section 2.2 */
    STATE_START_LF,
    STATE_METHOD,
    STATE_TARGET,
    STATE_VERSION,
    STATE_LINE_LF,
    STATE_NAME_START,
    STATE_NAME,
    STATE_VALUE,
    STATE_VALUE_LF,
    STATE_END_LF,
    STATE_BODY,
    STATE_CHUNK_START,
    STATE_CHUNK_SIZE,
    STATE_CHUNK_LF,
    STATE_CHUNK_DATA,
    STATE_CHUNK_DATA_CR,
    STATE_CHUNK_DATA_LF,
    STATE_COMPLETE,
    STATE_FAILED,
    STATES,
};

enum byte_class { TOKEN = 1, VISIBLE = 2, VALUE = 4 };

/* RFC 9110 section 5.6.2: what a token is made of. */
static bool is_token(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static const uint8_t *byte_classes(void)
{
    static uint8_t classes[256];

    if (classes['A'] != 0)
        return classes;
    for (unsigned byte = 255; byte > 0; byte--) {
        bool is_visible = byte > 0x20 && byte < 0x7f;

        classes[byte] = (uint8_t)((is_token((unsigned char)byte) ? TOKEN : 0) | (is_visible ? VISIBLE : 0) |
                                  (is_visible || byte == ' ' || byte == '\t' || byte >= 0x80 ? VALUE : 0));
    }
    return classes;
}

/* Bytes that stay in a state without anything to do. */
static const uint8_t run_class[STATES] = {
    [STATE_METHOD] = TOKEN, [STATE_TARGET] = VISIBLE, [STATE_VERSION] = VISIBLE,
    [STATE_NAME] = TOKEN,   [STATE_VALUE] = VALUE,
};

enum front_method front_method_find(const char *name, size_t size)
{
    static const struct {
        const char *name;
        enum front_method method;
    } rows[] = {
        {"GET", FRONT_METHOD_GET},
        {"HEAD", FRONT_METHOD_HEAD},
        {"POST", FRONT_METHOD_POST},
        {"PUT", FRONT_METHOD_PUT},
        {"DELETE", FRONT_METHOD_DELETE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strlen(rows[i].name) == size && memcmp(rows[i].name, name, size) == 0)
            return rows[i].method;
    return FRONT_METHOD_NONE;
}

static enum front_header header_find(const char *name, size_t size)
{
    static const struct {
        const char *name;
        uint8_t size;
    } rows[FRONT_HEADERS] = {
        [FRONT_HEADER_NONE] = {"", 0},
        [FRONT_HEADER_HOST] = {"host", 4},
        [FRONT_HEADER_CONTENT_LENGTH] = {"content-length", 14},
        [FRONT_HEADER_TRANSFER_ENCODING] = {"transfer-encoding", 17},
        [FRONT_HEADER_EXPECT] = {"expect", 6},
        [FRONT_HEADER_AUTHORIZATION] = {"authorization", 13},
        [FRONT_HEADER_CONTENT_TYPE] = {"content-type", 12},
        [FRONT_HEADER_IDEMPOTENCY_KEY] = {"idempotency-key", 15},
        [FRONT_HEADER_LAST_EVENT_ID] = {"last-event-id", 13},
        [FRONT_HEADER_ORIGIN] = {"origin", 6},
        [FRONT_HEADER_ACCEPT] = {"accept", 6},
        [FRONT_HEADER_ACCEPT_LANGUAGE] = {"accept-language", 15},
    };

    for (unsigned i = 1; i < FRONT_HEADERS; i++)
        if (rows[i].size == size && strncasecmp(rows[i].name, name, size) == 0)
            return (enum front_header)i;
    return FRONT_HEADER_NONE;
}

static struct front_span span_between(size_t from, size_t to)
{
    return (struct front_span){.at = (uint32_t)from, .size = (uint32_t)(to - from)};
}

/* Faults of a second field: framing ones have a name of their own. */
static enum front_http_fault repeated_fault(enum front_header header)
{
    if (header == FRONT_HEADER_HOST)
        return FRONT_HTTP_FAULT_HOST;
    if (header == FRONT_HEADER_CONTENT_LENGTH)
        return FRONT_HTTP_FAULT_LENGTH;
    if (header == FRONT_HEADER_TRANSFER_ENCODING)
        return FRONT_HTTP_FAULT_CODING;
    if (header == FRONT_HEADER_ACCEPT || header == FRONT_HEADER_ACCEPT_LANGUAGE)
        return FRONT_HTTP_FINE; /* lists may be split over fields; the first says enough */
    return FRONT_HTTP_FAULT_REPEATED;
}

/* A header field ended before the byte at end. Trailers are counted but not read. */
static enum front_http_fault header_note(struct front_http_parser *parser, size_t end)
{
    const char *text = parser->text;
    size_t from = parser->mark;

    if (++parser->header_count > BASE_HTTP_HEADERS_MAX)
        return FRONT_HTTP_FAULT_HEADER_COUNT;
    if (parser->has_head)
        return FRONT_HTTP_FINE;
    enum front_header header = header_find(text + parser->name.at, parser->name.size);
    if (header == FRONT_HEADER_NONE)
        return FRONT_HTTP_FINE;
    if (parser->headers[header].at != 0)
        return repeated_fault(header);
    while (from < end && (text[from] == ' ' || text[from] == '\t'))
        from++;
    while (end > from && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    parser->headers[header] = span_between(from, end);
    return FRONT_HTTP_FINE;
}

/* A byte that may not stand where it stands: say the most telling thing. */
static enum front_http_fault byte_fault(unsigned char byte, enum front_http_fault otherwise)
{
    if (byte == '\r' || byte == '\n')
        return FRONT_HTTP_FAULT_LINE_END;
    if (byte < 0x20 || byte == 0x7f)
        return FRONT_HTTP_FAULT_CONTROL;
    return otherwise;
}

static enum front_http_fault expect_lf(struct front_http_parser *parser, unsigned char byte, enum state next)
{
    if (byte != '\n')
        return FRONT_HTTP_FAULT_LINE_END;
    parser->state = next;
    return FRONT_HTTP_FINE;
}

/* The request line, at the byte that ended a run. */
static enum front_http_fault line_step(struct front_http_parser *parser, unsigned char byte, size_t at)
{
    size_t from = parser->mark;

    parser->mark = at + 1;
    if (parser->state == STATE_VERSION && byte == '\r' && at > from) {
        parser->version = span_between(from, at);
        parser->state = STATE_LINE_LF;
        return FRONT_HTTP_FINE;
    }
    if (parser->state == STATE_VERSION || byte != ' ' || at == from)
        return byte_fault(byte, FRONT_HTTP_FAULT_REQUEST_LINE);
    if (parser->state == STATE_METHOD) {
        parser->method = front_method_find(parser->text + from, at - from);
        parser->state = STATE_TARGET;
    } else {
        parser->target = span_between(from, at);
        parser->state = STATE_VERSION;
    }
    return FRONT_HTTP_FINE;
}

/* The start of a line after the request line, or after the last chunk. */
static enum front_http_fault name_start(struct front_http_parser *parser, unsigned char byte, size_t at)
{
    parser->mark = at;
    if (byte == '\r') {
        parser->state = STATE_END_LF;
        return FRONT_HTTP_FINE;
    }
    if (byte == ' ' || byte == '\t')
        return FRONT_HTTP_FAULT_FOLD;
    if (!is_token(byte))
        return byte_fault(byte, FRONT_HTTP_FAULT_NAME);
    parser->state = STATE_NAME;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault head_step(struct front_http_parser *parser, unsigned char byte, size_t at)
{
    switch (parser->state) {
    case STATE_START:
    case STATE_START_LF:
        if (parser->state == STATE_START && byte == '\r' && at == 0) {
            parser->state = STATE_START_LF;
            return FRONT_HTTP_FINE;
        }
        parser->mark = at;
        if (parser->state == STATE_START_LF) {
            parser->mark = at + 1;
            return expect_lf(parser, byte, STATE_METHOD);
        }
        parser->state = STATE_METHOD;
        return is_token(byte) ? FRONT_HTTP_FINE : byte_fault(byte, FRONT_HTTP_FAULT_REQUEST_LINE);
    case STATE_METHOD:
    case STATE_TARGET:
    case STATE_VERSION:
        return line_step(parser, byte, at);
    case STATE_LINE_LF:
    case STATE_VALUE_LF:
        return expect_lf(parser, byte, STATE_NAME_START);
    case STATE_NAME_START:
        return name_start(parser, byte, at);
    case STATE_NAME:
        if (byte != ':')
            return byte_fault(byte, FRONT_HTTP_FAULT_NAME);
        if (!parser->has_head)
            parser->name = span_between(parser->mark, at);
        parser->mark = at + 1;
        parser->state = STATE_VALUE;
        return FRONT_HTTP_FINE;
    case STATE_VALUE:
        if (byte != '\r')
            return byte_fault(byte, FRONT_HTTP_FAULT_CONTROL);
        parser->state = STATE_VALUE_LF;
        return header_note(parser, at);
    case STATE_END_LF:
        return expect_lf(parser, byte, STATE_COMPLETE);
    default: /* an unsigned state of the body; the callers keep them apart */
        assert(false);
        return FRONT_HTTP_FAULT_PARSER;
    }
}

static bool is_head_state(unsigned state)
{
    return state < STATE_BODY;
}

/* Walk head lines (or trailer lines) from parser->scanned on; stops behind the empty line. */
static enum front_http_fault lines_scan(struct front_http_parser *parser, size_t size)
{
    const uint8_t *classes = byte_classes();
    const unsigned char *text = (const unsigned char *)parser->text;
    size_t at = parser->scanned;
    enum front_http_fault fault = FRONT_HTTP_FINE;

    while (at < size && fault == FRONT_HTTP_FINE && is_head_state(parser->state)) {
        uint8_t run = run_class[parser->state];

        while (at < size && (classes[text[at]] & run) != 0)
            at++;
        if (at < size) {
            fault = head_step(parser, text[at], at);
            at++;
        }
    }
    parser->scanned = at;
    return fault;
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
        if (parser->length > BASE_HTTP_BODY_MAX)
            return FRONT_HTTP_FAULT_BODY_SIZE;
    }
    return FRONT_HTTP_FINE;
}

static bool is_word(const struct front_http_parser *parser, struct front_span span, const char *word)
{
    return span.size == strlen(word) && strncasecmp(parser->text + span.at, word, span.size) == 0;
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

static enum front_http_fault head_check(struct front_http_parser *parser)
{
    enum front_http_fault (*const checks[])(struct front_http_parser *) = {version_check, coding_check,
                                                                            length_check, expect_check};
    enum front_http_fault fault = FRONT_HTTP_FINE;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && fault == FRONT_HTTP_FINE; i++)
        fault = checks[i](parser);
    if (fault == FRONT_HTTP_FINE)
        fault = host_check(parser);
    if (fault == FRONT_HTTP_FINE && parser->method == FRONT_METHOD_NONE)
        fault = FRONT_HTTP_FAULT_METHOD;
    return fault;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    llhttp->upgrade = 0; /* RFC 9110 section 7.8: an Upgrade may be ignored */
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
static enum front_http_fault llhttp_feed(struct front_http_parser *parser, size_t from, size_t to)
{
    if (llhttp_execute(llhttp_of(parser), parser->text + from, to - from) != HPE_OK)
        return FRONT_HTTP_FAULT_PARSER;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault head_finish(struct front_http_parser *parser)
{
    llhttp_t *llhttp = llhttp_of(parser);
    enum front_http_fault fault = head_check(parser);

    if (fault != FRONT_HTTP_FINE)
        return fault;
    llhttp_init(llhttp, HTTP_REQUEST, &settings);
    llhttp->data = parser;
    parser->has_head = true;
    parser->head_size = parser->body_at = parser->scanned;
    parser->state = parser->is_chunked ? STATE_CHUNK_START : STATE_BODY;
    fault = llhttp_feed(parser, 0, parser->scanned);
    if (fault != FRONT_HTTP_FINE)
        return fault;
    if (parser->is_complete != (!parser->is_chunked && parser->length == 0))
        return FRONT_HTTP_FAULT_PARSER;
    if (((llhttp->flags & F_CHUNKED) != 0) != parser->is_chunked)
        return FRONT_HTTP_FAULT_PARSER;
    parser->is_kept_alive = llhttp_should_keep_alive(llhttp) != 0;
    parser->header_count = 0;
    parser->mark = 0;
    if (parser->is_complete)
        parser->state = STATE_COMPLETE;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault head_parse(struct front_http_parser *parser, size_t size)
{
    size_t end = size < BASE_HTTP_HEAD_MAX ? size : BASE_HTTP_HEAD_MAX;
    enum front_http_fault fault = lines_scan(parser, end);

    if (fault != FRONT_HTTP_FINE)
        return fault;
    if (parser->state == STATE_COMPLETE)
        return head_finish(parser);
    return parser->scanned == BASE_HTTP_HEAD_MAX ? FRONT_HTTP_FAULT_HEAD_SIZE : FRONT_HTTP_FINE;
}

static enum front_http_fault body_parse(struct front_http_parser *parser, size_t size)
{
    size_t left = (size_t)parser->length - parser->body_size;
    size_t from = parser->scanned, take = size - from < left ? size - from : left;

    parser->scanned += take;
    enum front_http_fault fault = llhttp_feed(parser, from, parser->scanned);
    if (fault == FRONT_HTTP_FINE && parser->is_complete != (take == left))
        fault = FRONT_HTTP_FAULT_PARSER;
    if (parser->is_complete)
        parser->state = STATE_COMPLETE;
    return fault;
}

static int hex_value(unsigned char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The chunk's size line, byte by byte. mark counts its digits; body_size counts what llhttp
 * decoded, chunk data before this size line included. */
static enum front_http_fault chunk_size_step(struct front_http_parser *parser, unsigned char byte,
                                             uint64_t decoded)
{
    int digit = hex_value(byte);

    if (digit >= 0) {
        if (++parser->mark > CHUNK_DIGITS_MAX)
            return FRONT_HTTP_FAULT_CHUNK;
        parser->chunk_left = parser->chunk_left << 4 | (unsigned)digit;
        parser->state = STATE_CHUNK_SIZE;
        return FRONT_HTTP_FINE;
    }
    if (byte != '\r' || parser->state == STATE_CHUNK_START)
        return FRONT_HTTP_FAULT_CHUNK;
    if (parser->chunk_left > BASE_HTTP_BODY_MAX - decoded)
        return FRONT_HTTP_FAULT_BODY_SIZE;
    parser->state = STATE_CHUNK_LF;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault chunk_step(struct front_http_parser *parser, unsigned char byte, uint64_t decoded)
{
    switch (parser->state) {
    case STATE_CHUNK_START:
    case STATE_CHUNK_SIZE:
        return chunk_size_step(parser, byte, decoded);
    case STATE_CHUNK_LF:
        parser->state = parser->chunk_left > 0 ? STATE_CHUNK_DATA : STATE_NAME_START;
        return byte == '\n' ? FRONT_HTTP_FINE : FRONT_HTTP_FAULT_CHUNK;
    case STATE_CHUNK_DATA_CR:
        parser->state = STATE_CHUNK_DATA_LF;
        return byte == '\r' ? FRONT_HTTP_FINE : FRONT_HTTP_FAULT_CHUNK;
    case STATE_CHUNK_DATA_LF:
        parser->state = STATE_CHUNK_START;
        parser->mark = 0;
        return byte == '\n' ? FRONT_HTTP_FINE : FRONT_HTTP_FAULT_CHUNK;
    default: /* an unsigned state of the head; chunks_parse keeps them apart */
        assert(false);
        return FRONT_HTTP_FAULT_PARSER;
    }
}

/* Chunk framing from parser->scanned on, up to the trailer or the end of the bytes. */
static enum front_http_fault chunks_scan(struct front_http_parser *parser, size_t size)
{
    enum front_http_fault fault = FRONT_HTTP_FINE;
    uint64_t decoded = parser->body_size;

    while (parser->scanned < size && fault == FRONT_HTTP_FINE && !is_head_state(parser->state)) {
        if (parser->state == STATE_CHUNK_DATA) {
            uint64_t left = size - parser->scanned;
            uint64_t take = left < parser->chunk_left ? left : parser->chunk_left;

            parser->scanned += (size_t)take;
            parser->chunk_left -= take;
            decoded += take;
            if (parser->chunk_left == 0)
                parser->state = STATE_CHUNK_DATA_CR;
        } else {
            fault = chunk_step(parser, (unsigned char)parser->text[parser->scanned], decoded);
            parser->scanned++;
        }
    }
    return fault;
}

static enum front_http_fault trailer_scan(struct front_http_parser *parser, size_t size)
{
    size_t from = parser->scanned;
    size_t room = BASE_HTTP_HEAD_MAX - parser->trailer_size;
    enum front_http_fault fault = lines_scan(parser, size - from < room ? size : from + room);

    parser->trailer_size += parser->scanned - from;
    if (fault == FRONT_HTTP_FINE && parser->state != STATE_COMPLETE &&
        parser->trailer_size == BASE_HTTP_HEAD_MAX)
        fault = FRONT_HTTP_FAULT_HEAD_SIZE;
    return fault;
}

static enum front_http_fault chunks_parse(struct front_http_parser *parser, size_t *size)
{
    size_t from = parser->scanned;
    enum front_http_fault fault = chunks_scan(parser, *size);

    if (fault == FRONT_HTTP_FINE && is_head_state(parser->state))
        fault = trailer_scan(parser, *size);
    if (fault == FRONT_HTTP_FINE)
        fault = llhttp_feed(parser, from, parser->scanned);
    if (fault != FRONT_HTTP_FINE)
        return fault;
    if (parser->is_complete != (parser->state == STATE_COMPLETE))
        return FRONT_HTTP_FAULT_PARSER;
    if (parser->state != STATE_COMPLETE) /* all was read: new bytes may follow the decoded ones */
        *size = parser->scanned = parser->body_at + parser->body_size;
    return FRONT_HTTP_FINE;
}

enum front_http_progress front_http_parse(struct front_http_parser *parser, char *text, size_t *size)
{
    assert(*size >= parser->scanned);
    assert(parser->state != STATE_COMPLETE);
    assert(parser->state != STATE_FAILED);
    parser->text = text;
    if (!parser->has_head)
        parser->fault = head_parse(parser, *size);
    if (parser->fault == FRONT_HTTP_FINE && parser->state == STATE_BODY)
        parser->fault = body_parse(parser, *size);
    else if (parser->fault == FRONT_HTTP_FINE && parser->has_head && parser->is_chunked)
        parser->fault = chunks_parse(parser, size);
    parser->text = NULL;
    if (parser->fault != FRONT_HTTP_FINE) {
        parser->state = STATE_FAILED;
        return FRONT_HTTP_FAULT;
    }
    return parser->state == STATE_COMPLETE ? FRONT_HTTP_COMPLETE : FRONT_HTTP_MORE;
}
