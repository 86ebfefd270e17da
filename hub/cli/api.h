/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's HTTP API as the verbs use it: send, and tell what went wrong. */
#ifndef CLI_API_H
#define CLI_API_H

#include "cli/cli.h"
#include "cli/http.h"

struct cli_call {
    const char *method;
    const char *path;            /* "/v1/..." with its query */
    const char *idempotency_key; /* NULL = none */
    const char *if_match;        /* an entity tag with its quotes; NULL = none */
    const char *body;            /* JSON text, or NULL */
    size_t body_size;
    FILE *file;                  /* the body instead, body_size bytes of it; NULL = none */
    const char *content_type;    /* "Content-Type: ..." of the file */
    unsigned timeout_ms; /* 0 = CLI_HTTP_TIMEOUT_MS */
    unsigned untold; /* bits 1 << enum cli_exit: ends of which the caller speaks itself */
};

#define CLI_UNTOLD_ALL 0xffu
/* The hub is away, or cannot answer for now: the caller tries again. */
#define CLI_UNTOLD_AWAY (1u << CLI_UNREACHABLE | 1u << CLI_FAILED)

/* Send it. A failure or a problem of the hub (RFC 9457) is told: on stderr, or with
 * --json the problem as it came on stdout. Returns CLI_DONE (2xx; *json, when not NULL,
 * is the parsed body, owned by the caller, or NULL for an empty one), CLI_NOT_FOUND,
 * CLI_UNREACHABLE, CLI_REFUSED or CLI_FAILED. answer: zeroed, the caller's to fini. */
int cli_api_call(const struct cli *cli, const struct cli_call *call,
                 struct cli_http_answer *answer, struct base_json **json);

/* Tell a problem that was left untold. Returns its end. */
int cli_api_problem(const struct cli *cli, const struct cli_http_answer *answer);

/* GET path and give the parsed body. */
int cli_api_get(const struct cli *cli, const char *path, struct cli_http_answer *answer,
                struct base_json **json);

/* Open an event stream at path; on_bytes until it returns false or the hub ends it.
 * last_event_id: 0 = from the start. Returns as cli_api_call; that the hub is away
 * (CLI_UNREACHABLE, CLI_FAILED) is not told. */
int cli_api_stream(const struct cli *cli, const char *path, uint64_t last_event_id,
                   cli_http_bytes_cb on_bytes, void *owner);

/* GET path as bytes, not as JSON. Returns as cli_api_call. */
int cli_api_download(const struct cli *cli, const char *path, cli_http_bytes_cb on_bytes, void *owner);
/* The same into the file --output, which must not be there yet and goes again when not all of it could be written; without
 * --output to stdout. */
int cli_api_save(const struct cli *cli, const char *path);

/* Put "/v1/<collection>/<id><rest>" with id percent-encoded; collection and rest are
 * literal texts. */
void cli_api_path(struct base_buffer *path, const char *collection, const char *id,
                  const char *rest);

/* Put "?name=value" or "&name=value"; nothing for a NULL value. */
void cli_api_query(struct base_buffer *path, const char *name, const char *value);

/* The JSON as the hub gave it, and a newline, on stdout. */
void cli_api_print_raw(const struct cli_http_answer *answer);

/* Print the items of a list, following the pages when --all was given. print shows
 * one page's items for people (NULL items never); with --json all pages become one
 * {"items": [...]}. Returns as cli_api_call. */
typedef void (*cli_items_cb)(const struct cli *cli, const struct base_json *items);
int cli_api_list(const struct cli *cli, const char *path, cli_items_cb print);

#endif
