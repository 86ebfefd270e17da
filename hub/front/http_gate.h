/* SPDX-License-Identifier: Apache-2.0 */
/* The strict gate in front of llhttp: http_gate.c reads bytes, http_head.c what the lines
 * of a complete head say together. Private to http_*.c. Pure. */
#ifndef FRONT_HTTP_GATE_H
#define FRONT_HTTP_GATE_H

#include "front/http_parse.h"

/* Of front_http_parser.state: where the next byte stands. */
enum front_gate_state {
    FRONT_GATE_START =
        0, /* one empty line before the request line is passed over, RFC 9112 section 2.2 */
    FRONT_GATE_START_LF,
    FRONT_GATE_METHOD,
    FRONT_GATE_TARGET,
    FRONT_GATE_VERSION,
    FRONT_GATE_LINE_LF,
    FRONT_GATE_NAME_START,
    FRONT_GATE_NAME,
    FRONT_GATE_VALUE,
    FRONT_GATE_VALUE_LF,
    FRONT_GATE_END_LF,
    FRONT_GATE_BODY,
    FRONT_GATE_CHUNK_START,
    FRONT_GATE_CHUNK_SIZE,
    FRONT_GATE_CHUNK_LF,
    FRONT_GATE_CHUNK_DATA,
    FRONT_GATE_CHUNK_DATA_CR,
    FRONT_GATE_CHUNK_DATA_LF,
    FRONT_GATE_COMPLETE,
    FRONT_GATE_FAILED,
    FRONT_GATE_STATES,
};

/* Head lines, or the trailer after the last chunk. */
static inline bool front_gate_is_line(unsigned state)
{
    return state < FRONT_GATE_BODY;
}

/* Walk lines from parser->scanned to at most size; stops behind the empty line, in
 * FRONT_GATE_COMPLETE. Spans of the head are noted. */
enum front_http_fault front_gate_lines(struct front_http_parser *parser, size_t size);

/* Walk chunk framing from parser->scanned to at most size; stops where the trailer begins. */
enum front_http_fault front_gate_chunks(struct front_http_parser *parser, size_t size);

/* What a complete head says: version, coding, length, expectation, host, method. Fills the
 * parser's readable fields. */
enum front_http_fault front_head_check(struct front_http_parser *parser);

#endif
