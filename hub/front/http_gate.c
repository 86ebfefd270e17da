/* SPDX-License-Identifier: Apache-2.0 */
#include "front/http_gate.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

#define CHUNK_DIGITS_MAX 16

enum byte_class { TOKEN = 1, VISIBLE = 2, VALUE = 4 };

/* RFC 9110 section 5.6.2: what a token is made of. */
static bool is_token(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static const uint8_t *byte_classes(void)
{
    static uint8_t classes[256];

    if (classes['A'] != 0)
        return classes;
    for (unsigned byte = 255; byte > 0; byte--) {
        bool is_visible = byte > 0x20 && byte < 0x7f;

        classes[byte] =
            (uint8_t)((is_token((unsigned char)byte) ? TOKEN : 0) | (is_visible ? VISIBLE : 0) |
                      (is_visible || byte == ' ' || byte == '\t' || byte >= 0x80 ? VALUE : 0));
    }
    return classes;
}

/* Bytes that stay in a state without anything to do. */
static const uint8_t run_class[FRONT_GATE_STATES] = {
    [FRONT_GATE_METHOD] = TOKEN, [FRONT_GATE_TARGET] = VISIBLE, [FRONT_GATE_VERSION] = VISIBLE,
    [FRONT_GATE_NAME] = TOKEN,   [FRONT_GATE_VALUE] = VALUE,
};

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

static enum front_http_fault expect_lf(struct front_http_parser *parser, unsigned char byte,
                                       enum front_gate_state next)
{
    if (byte != '\n')
        return FRONT_HTTP_FAULT_LINE_END;
    parser->state = next;
    return FRONT_HTTP_FINE;
}

/* The request line, at the byte that ended a run. */
static enum front_http_fault line_step(struct front_http_parser *parser, unsigned char byte,
                                       size_t at)
{
    size_t from = parser->mark;

    parser->mark = at + 1;
    if (parser->state == FRONT_GATE_VERSION && byte == '\r' && at > from) {
        parser->version = span_between(from, at);
        parser->state = FRONT_GATE_LINE_LF;
        return FRONT_HTTP_FINE;
    }
    if (parser->state == FRONT_GATE_VERSION || byte != ' ' || at == from)
        return byte_fault(byte, FRONT_HTTP_FAULT_REQUEST_LINE);
    if (parser->state == FRONT_GATE_METHOD) {
        parser->method = front_method_find(parser->text + from, at - from);
        parser->state = FRONT_GATE_TARGET;
    } else {
        parser->target = span_between(from, at);
        parser->state = FRONT_GATE_VERSION;
    }
    return FRONT_HTTP_FINE;
}

/* The start of a line after the request line, or after the last chunk. */
static enum front_http_fault name_start(struct front_http_parser *parser, unsigned char byte,
                                        size_t at)
{
    parser->mark = at;
    if (byte == '\r') {
        parser->state = FRONT_GATE_END_LF;
        return FRONT_HTTP_FINE;
    }
    if (byte == ' ' || byte == '\t')
        return FRONT_HTTP_FAULT_FOLD;
    if (!is_token(byte))
        return byte_fault(byte, FRONT_HTTP_FAULT_NAME);
    parser->state = FRONT_GATE_NAME;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault head_step(struct front_http_parser *parser, unsigned char byte,
                                       size_t at)
{
    switch (parser->state) {
    case FRONT_GATE_START:
    case FRONT_GATE_START_LF:
        if (parser->state == FRONT_GATE_START && byte == '\r' && at == 0) {
            parser->state = FRONT_GATE_START_LF;
            return FRONT_HTTP_FINE;
        }
        parser->mark = at;
        if (parser->state == FRONT_GATE_START_LF) {
            parser->mark = at + 1;
            return expect_lf(parser, byte, FRONT_GATE_METHOD);
        }
        parser->state = FRONT_GATE_METHOD;
        return is_token(byte) ? FRONT_HTTP_FINE
                              : byte_fault(byte, FRONT_HTTP_FAULT_REQUEST_LINE);
    case FRONT_GATE_METHOD:
    case FRONT_GATE_TARGET:
    case FRONT_GATE_VERSION: return line_step(parser, byte, at);
    case FRONT_GATE_LINE_LF:
    case FRONT_GATE_VALUE_LF: return expect_lf(parser, byte, FRONT_GATE_NAME_START);
    case FRONT_GATE_NAME_START: return name_start(parser, byte, at);
    case FRONT_GATE_NAME:
        if (byte != ':')
            return byte_fault(byte, FRONT_HTTP_FAULT_NAME);
        if (!parser->has_head)
            parser->name = span_between(parser->mark, at);
        parser->mark = at + 1;
        parser->state = FRONT_GATE_VALUE;
        return FRONT_HTTP_FINE;
    case FRONT_GATE_VALUE:
        if (byte != '\r')
            return byte_fault(byte, FRONT_HTTP_FAULT_CONTROL);
        parser->state = FRONT_GATE_VALUE_LF;
        return header_note(parser, at);
    case FRONT_GATE_END_LF: return expect_lf(parser, byte, FRONT_GATE_COMPLETE);
    default: /* an unsigned state of the body; the callers keep them apart */
        assert(false);
        return FRONT_HTTP_FAULT_PARSER;
    }
}

/* Walk head lines (or trailer lines) from parser->scanned on; stops behind the empty line. */
enum front_http_fault front_gate_lines(struct front_http_parser *parser, size_t size)
{
    const uint8_t *classes = byte_classes();
    const unsigned char *text = (const unsigned char *)parser->text;
    size_t at = parser->scanned;
    enum front_http_fault fault = FRONT_HTTP_FINE;

    while (at < size && fault == FRONT_HTTP_FINE && front_gate_is_line(parser->state)) {
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

static int hex_value(unsigned char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The chunk's size line, byte by byte. mark counts its digits; body_size counts what llhttp
 * decoded, chunk data before this size line included. */
static enum front_http_fault chunk_size_step(struct front_http_parser *parser,
                                             unsigned char byte, uint64_t decoded)
{
    int digit = hex_value(byte);

    if (digit >= 0) {
        if (++parser->mark > CHUNK_DIGITS_MAX)
            return FRONT_HTTP_FAULT_CHUNK;
        parser->chunk_left = parser->chunk_left << 4 | (unsigned)digit;
        parser->state = FRONT_GATE_CHUNK_SIZE;
        return FRONT_HTTP_FINE;
    }
    if (byte != '\r' || parser->state == FRONT_GATE_CHUNK_START)
        return FRONT_HTTP_FAULT_CHUNK;
    uint64_t body_max = parser->is_streamed ? FRONT_HTTP_UPLOAD_MAX : BASE_HTTP_BODY_MAX;
    if (parser->chunk_left > body_max - decoded)
        return parser->is_streamed ? FRONT_HTTP_FAULT_UPLOAD_SIZE : FRONT_HTTP_FAULT_BODY_SIZE;
    parser->state = FRONT_GATE_CHUNK_LF;
    return FRONT_HTTP_FINE;
}

static enum front_http_fault chunk_step(struct front_http_parser *parser, unsigned char byte,
                                        uint64_t decoded)
{
    switch (parser->state) {
    case FRONT_GATE_CHUNK_START:
    case FRONT_GATE_CHUNK_SIZE: return chunk_size_step(parser, byte, decoded);
    case FRONT_GATE_CHUNK_LF:
        parser->state = parser->chunk_left > 0 ? FRONT_GATE_CHUNK_DATA : FRONT_GATE_NAME_START;
        return byte == '\n' ? FRONT_HTTP_FINE : FRONT_HTTP_FAULT_CHUNK;
    case FRONT_GATE_CHUNK_DATA_CR:
        parser->state = FRONT_GATE_CHUNK_DATA_LF;
        return byte == '\r' ? FRONT_HTTP_FINE : FRONT_HTTP_FAULT_CHUNK;
    case FRONT_GATE_CHUNK_DATA_LF:
        parser->state = FRONT_GATE_CHUNK_START;
        parser->mark = 0;
        return byte == '\n' ? FRONT_HTTP_FINE : FRONT_HTTP_FAULT_CHUNK;
    default: /* an unsigned state of the head; chunks_parse keeps them apart */
        assert(false);
        return FRONT_HTTP_FAULT_PARSER;
    }
}

/* Chunk framing from parser->scanned on, up to the trailer or the end of the bytes. */
enum front_http_fault front_gate_chunks(struct front_http_parser *parser, size_t size)
{
    enum front_http_fault fault = FRONT_HTTP_FINE;
    uint64_t decoded = parser->body_taken + parser->body_size;

    while (parser->scanned < size && fault == FRONT_HTTP_FINE &&
           !front_gate_is_line(parser->state)) {
        if (parser->state == FRONT_GATE_CHUNK_DATA) {
            uint64_t left = size - parser->scanned;
            uint64_t take = left < parser->chunk_left ? left : parser->chunk_left;

            parser->scanned += (size_t)take;
            parser->chunk_left -= take;
            decoded += take;
            if (parser->chunk_left == 0)
                parser->state = FRONT_GATE_CHUNK_DATA_CR;
        } else {
            fault = chunk_step(parser, (unsigned char)parser->text[parser->scanned], decoded);
            parser->scanned++;
        }
    }
    return fault;
}
