/* SPDX-License-Identifier: Apache-2.0 */
/* What an outcome of a request means: rows of the configuration first, then the defaults,
 * which are on the safe side. Pure. */
#ifndef HTTP_RULE_H
#define HTTP_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_MAX 32

/* Why there is no answer that could be used. */
enum cause {
    CAUSE_NONE = 0,
    CAUSE_STATUS,      /* the server answered; its status says what */
    CAUSE_UNREACHABLE, /* no connection was made: nothing was sent */
    CAUSE_BROKEN,      /* the connection broke after something was sent */
    CAUSE_TIMEOUT,
    CAUSE_TOO_LARGE,   /* the answer */
    CAUSE_LIMITED,     /* refused here for now, nothing was sent: a rate, a queue, a stop */
    CAUSE_DENIED,      /* host, path or secret is not granted, or the request is malformed */
    CAUSE_GARBAGE,     /* 2xx, but no JSON, or not what the mapping expects */
};

/* What it means for the task. */
enum meaning {
    MEANING_NONE = 0,
    MEANING_NOTHING,    /* certainly not registered */
    MEANING_UNKNOWN,    /* cannot tell */
    MEANING_DONE,       /* the department has it */
    MEANING_LOOKUP,     /* ask the department whether it has it */
    MEANING_OPINION,    /* the body is the department's answer */
    MEANING_NEED_INPUT, /* the body names what the applicant must complete */
};

enum retry {
    RETRY_DEFAULT = 0, /* by the hub's backoff, or as Retry-After says */
    RETRY_NEVER,       /* an officer is asked */
};

struct rule {
    enum cause cause;
    uint16_t status_min, status_max; /* of CAUSE_STATUS */
    enum meaning meaning;
    enum retry retry;
};

/* when: "422", "4xx" or a word for a cause; then, retry: words ("" = default). Errors: OD_EINVAL (*rule unchanged). */
int rule_read(const char *when, const char *then, const char *retry, struct rule *rule);

/* The first row of rules that fits, or of the defaults; there is always one. has_retry_after: the answer
 * says when to come again. status: of CAUSE_STATUS. */
const struct rule *rule_find(const struct rule *rules, size_t count, enum cause cause, uint32_t status,
                             bool has_retry_after);

/* "timeout" and the like; "status" of CAUSE_STATUS. */
const char *rule_cause_name(enum cause cause);

#endif
