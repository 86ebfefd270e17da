/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of one department, read and checked once when the module opens. */
#ifndef HTTP_SETTINGS_H
#define HTTP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/ext/http.h>
#include <onedoor/plugin.h>

#include "rule.h"
#include "template.h"

#define HEADERS_MAX 16 /* of the configuration's own */
#define SETTINGS_WHY_SIZE 320

enum mode {
    MODE_NONE = 0,
    MODE_SYNC,     /* the answer to the submission is the opinion */
    MODE_POLL,     /* ask again and again */
    MODE_CALLBACK, /* the department calls back; it is asked now and then all the same */
};

enum auth {
    AUTH_NONE = 0,
    AUTH_BEARER,
    AUTH_BASIC,
    AUTH_API_KEY,
    AUTH_HMAC,
};

#define SECRET_TOKEN "token" /* of bearer, basic and api_key */
#define SECRET_SIGN "sign"   /* of hmac */

/* One request of the department's interface. path NULL = it has none. */
struct endpoint {
    const char *method, *path;
    struct span body; /* a template; json NULL = none */
};

/* Where what stands in an answer: pointers into the record, NULL = not said. */
struct mapping {
    const char *record; /* pointer to it in the body */
    const char *external_ref, *status, *reasons, *conditions, *document_no;
    const char *fields, *question, *percent, *progress, *pause_days, *message;
    const char *pause_kind, *no_reason, *no_condition; /* words, no pointers */
    struct span values, field_names;                   /* objects: theirs -> ours */
    struct span percents, no_reasons;                  /* objects: their word -> how far it is; what stands for its reason */
};

struct settings {
    const char *base_url; /* without a slash at its end */
    enum mode mode;
    enum auth auth;
    const char *auth_header, *auth_prefix;
    const char *idempotency_header; /* NULL = none */
    struct od_http_header headers[HEADERS_MAX];
    uint32_t header_count;
    struct endpoint submit, status, lookup, cancel, input;
    struct span templates; /* of a gateway: the kind of a message -> its template there; json NULL = none */
    const char *lookup_record;
    int64_t lookup_wait_ms;
    bool is_native;     /* the department tells repeats apart by the idempotency key */
    bool is_event_news; /* a callback says only that there is something to ask for */
    const char *event_record;
    struct mapping answer;
    uint32_t timeout_ms;
    int64_t interval_ms, interval_max_ms, safety_ms;
    struct rule rules[RULES_MAX];
    size_t rule_count;
    char *texts; /* owned: what the pointers above point into */
    size_t texts_used, texts_room;
};

/* Read host->config. Spans point into it, and it stays in place. [plugin]
 * Errors (why says which setting and what is allowed): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int settings_read(const struct od_host *host, struct settings *settings, char why[SETTINGS_WHY_SIZE]);

void settings_fini(struct settings *settings); /* accepts a zeroed one */

#endif
