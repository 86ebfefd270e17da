/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP/1.1 request out of a stream of bytes. A strict gate of our own reads every
 * byte of the head and of the chunk framing first; only what passed is handed to llhttp,
 * whose leniency therefore never counts, and both must agree on where the body ends.
 * Private to hub/front; llhttp.h is included by http_parse.c alone. Pure: no I/O.
 * Source: RFC 9110, RFC 9112. */
#ifndef FRONT_HTTP_PARSE_H
#define FRONT_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRONT_HTTP_LLHTTP_SIZE 160 /* bytes kept for llhttp's own state */
#define FRONT_HTTP_UPLOAD_MAX (UINT64_C(1) << 40) /* bytes of a streamed body -> 413; who takes it sets a lower limit */

/* Why a request was refused: name, problem of front.h, zh, en. */
#define FRONT_HTTP_FAULTS(X)                                                                   \
    X(REQUEST_LINE, FRONT_BAD_REQUEST, "请求行格式错误",                                       \
      "The request line is not METHOD SP TARGET SP VERSION.")                                  \
    X(LINE_END, FRONT_BAD_REQUEST, "行必须以 CRLF 结束",                                       \
      "A line must end in CR LF, and neither may stand alone.")                                \
    X(CONTROL, FRONT_BAD_REQUEST, "含有控制字符", "The head holds a control character.")       \
    X(FOLD, FRONT_BAD_REQUEST, "不接受折行的首部字段",                                         \
      "A header field may not be folded over two lines.")                                      \
    X(NAME, FRONT_BAD_REQUEST, "首部字段名错误",                                               \
      "A header field name is not a token followed by a colon.")                               \
    X(REPEATED, FRONT_BAD_REQUEST, "首部字段重复",                                             \
      "A header field that may stand once is repeated.")                                       \
    X(HOST, FRONT_BAD_REQUEST, "必须有且只有一个有效的 Host",                                  \
      "Exactly one valid Host field is needed.")                                               \
    X(LENGTH, FRONT_BAD_REQUEST, "Content-Length 错误",                                        \
      "Content-Length must be one decimal number.")                                            \
    X(LENGTH_AND_CODING, FRONT_BAD_REQUEST, "Content-Length 与 Transfer-Encoding 不能并用",    \
      "Content-Length and Transfer-Encoding may not stand together.")                          \
    X(CODING, FRONT_BAD_REQUEST, "Transfer-Encoding 错误",                                     \
      "Transfer-Encoding must be one \"chunked\", in HTTP/1.1.")                               \
    X(CODING_UNKNOWN, FRONT_NOT_IMPLEMENTED, "不支持该传输编码",                               \
      "Only the transfer coding \"chunked\" is known.")                                        \
    X(CHUNK, FRONT_BAD_REQUEST, "分块格式错误",                                                \
      "A chunk is not HEX CR LF data CR LF, or has an extension.")                             \
    X(TARGET, FRONT_BAD_REQUEST, "请求目标错误",                                               \
      "The request target is not a clean path and query.")                                     \
    X(VERSION, FRONT_VERSION_UNKNOWN, "仅支持 HTTP/1.1 与 HTTP/1.0",                           \
      "Only HTTP/1.1 and HTTP/1.0 are spoken here.")                                           \
    X(METHOD, FRONT_METHOD_UNKNOWN, "不支持该方法", "The method is not used here.")            \
    X(EXPECT, FRONT_EXPECTATION, "仅支持 100-continue",                                        \
      "Only the expectation 100-continue is known.")                                           \
    X(HEAD_SIZE, FRONT_HEAD_TOO_LARGE, "请求行与首部超过 16 KiB",                              \
      "Request line and headers exceed 16 KiB.")                                               \
    X(HEADER_COUNT, FRONT_HEAD_TOO_LARGE, "首部字段超过 100 个",                               \
      "There are more than 100 header fields.")                                                \
    X(BODY_SIZE, FRONT_TOO_LARGE, "请求正文超过 1 MiB", "The body exceeds 1 MiB.")             \
    X(UPLOAD_SIZE, FRONT_TOO_LARGE, "上传的内容超过 1 TiB", "The upload exceeds 1 TiB.")       \
    X(MEMORY, FRONT_UNAVAILABLE, "服务器暂时没有空间接收",                                     \
      "There is no room to take the request now.")                                             \
    X(PARSER, FRONT_BAD_REQUEST, "请求格式错误", "The request is not well formed.")

enum front_http_fault {
    FRONT_HTTP_FINE = 0,
#define FRONT_HTTP_FAULT_ENUM(name, problem, zh, en) FRONT_HTTP_FAULT_##name,
    FRONT_HTTP_FAULTS(FRONT_HTTP_FAULT_ENUM)
#undef FRONT_HTTP_FAULT_ENUM
        FRONT_HTTP_FAULTS_END,
};

/* Methods are bits, so that a path can tell which it allows. */
enum front_method {
    FRONT_METHOD_NONE = 0,
    FRONT_METHOD_GET = 1,
    FRONT_METHOD_HEAD = 2,
    FRONT_METHOD_POST = 4,
    FRONT_METHOD_PUT = 8,
    FRONT_METHOD_DELETE = 16,
};

/* The bit of a method's name (case-sensitive), or FRONT_METHOD_NONE. */
enum front_method front_method_find(const char *name, size_t size);

/* Header fields that the front reads itself. */
enum front_header {
    FRONT_HEADER_NONE = 0,
    FRONT_HEADER_HOST,
    FRONT_HEADER_CONTENT_LENGTH,
    FRONT_HEADER_TRANSFER_ENCODING,
    FRONT_HEADER_EXPECT,
    FRONT_HEADER_AUTHORIZATION,
    FRONT_HEADER_CONTENT_TYPE,
    FRONT_HEADER_IDEMPOTENCY_KEY,
    FRONT_HEADER_LAST_EVENT_ID,
    FRONT_HEADER_ORIGIN,
    FRONT_HEADER_ACCEPT,
    FRONT_HEADER_ACCEPT_LANGUAGE,
    FRONT_HEADERS,
};

/* Part of the request's text: offset from its first byte. at 0 = absent. */
struct front_span {
    uint32_t at, size;
};

/* Zero it to initialise, and again for the next request. Readable fields first. */
struct front_http_parser {
    enum front_method method;
    struct front_span target;
    struct front_span headers[FRONT_HEADERS]; /* white space around the value is cut */
    bool is_http_1_0, is_kept_alive, is_chunked;
    bool wants_continue; /* Expect: 100-continue */
    bool has_head;       /* the head is complete and fine; the body is on its way */
    bool is_streamed;    /* its body is taken in pieces: front_http_body_take */
    size_t head_size;
    uint64_t length;  /* Content-Length, 0 = none */
    size_t body_at;   /* the body stands in the text from here, decoded ... */
    size_t body_size; /* ... for so many bytes */
    uint64_t body_taken; /* bytes of a streamed body before these */
    enum front_http_fault fault;

    unsigned state; /* private from here on */
    size_t scanned;
    size_t mark;
    struct front_span name, version;
    uint32_t header_count;
    uint64_t chunk_left;
    size_t trailer_size;
    bool is_complete;
    char *text;
    _Alignas(16) unsigned char llhttp[FRONT_HTTP_LLHTTP_SIZE];
};

enum front_http_progress {
    FRONT_HTTP_NONE = 0,
    FRONT_HTTP_MORE,     /* the request is not complete */
    FRONT_HTTP_COMPLETE, /* parser->scanned bytes were used; what follows is the next request */
    FRONT_HTTP_FAULT,    /* parser->fault says why; the connection's framing is lost */
};

/* Read on. text: the request from its first byte, *size bytes so far, at the same content
 * as before plus new bytes at the end (it may have moved). A chunked body is decoded in
 * place, so that *size may shrink when the answer is FRONT_HTTP_MORE. Cost: O(new bytes). */
enum front_http_progress front_http_parse(struct front_http_parser *parser, char *text,
                                          size_t *size);

/* A streamed body, between two calls of front_http_parse that want more: what was decoded is passed on. The text of the next
 * call begins with the byte after it. */
void front_http_body_take(struct front_http_parser *parser);

/* Is there a byte of the request yet? */
static inline bool front_http_is_begun(const struct front_http_parser *parser)
{
    return parser->scanned > 0;
}

#endif
