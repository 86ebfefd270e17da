/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP for the command line; the only user of curl.h here. One request at a time,
 * blocking, no redirects. */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <onedoor/error.h>

#include "base/buffer.h"

#define CLI_HTTP_BODY_MAX (64 * 1024 * 1024) /* bytes of one answer */
#define CLI_HTTP_TIMEOUT_MS 60000            /* a whole request; a stream has none */
#define CLI_HTTP_CONNECT_TIMEOUT_MS 5000
#define CLI_HTTP_STALL_S 60                  /* a file of which nothing goes out, or comes in, for so long */
#define CLI_HTTP_HEADERS_MAX 6

struct cli_progress;

/* Bytes of a stream as they come. Return false to end it. */
typedef bool (*cli_http_bytes_cb)(void *owner, const char *bytes, size_t size);

struct cli_http_request {
    const char *url; /* "http://host:port", "https://...", or "unix:/path" */
    const char *method;
    const char *path;                          /* "/v1/...", percent-encoded, with its query */
    const char *headers[CLI_HTTP_HEADERS_MAX]; /* "Name: value"; NULL ends them early */
    const char *body;                          /* NULL = none */
    size_t body_size;
    FILE *file;                                /* the body instead, body_size bytes of it, read while it is sent; NULL = none */
    struct cli_progress *bar;                  /* shows how much of the file has gone; NULL = none */
    cli_http_bytes_cb
        on_bytes; /* a stream: called for the body of a 200; NULL = collect the body */
    void *owner;  /* of on_bytes */
    unsigned timeout_ms; /* of the whole, where it is no stream; 0 = CLI_HTTP_TIMEOUT_MS */
};

/* Zero it to initialise. */
struct cli_http_answer {
    int status;
    struct base_buffer body; /* owned */
    char next[1024];         /* path of Link rel="next", or "" */
    char retry_after[32];
    char etag[64]; /* as it came, with its quotes, or "" */
    bool is_replayed; /* Idempotency-Replayed: true */
    char fault[256];  /* why there was no answer, in the library's words */
};

/* Errors: OD_EIO no connection, or it broke (answer->fault); OD_ETIMEOUT; OD_ELIMIT
 * answer too large; OD_EINVAL the address is no address; OD_ENOMEM. A stream that
 * on_bytes ended is OD_OK. */
OD_MUST_CHECK int cli_http_send(const struct cli_http_request *request,
                                struct cli_http_answer *answer);

void cli_http_answer_fini(struct cli_http_answer *answer);

/* Put text percent-encoded for a path segment or a query value. */
void cli_http_put_encoded(struct base_buffer *buffer, const char *text);

/* Once, at the end of the program; harmless when nothing was sent. */
void cli_http_end(void);

#endif
