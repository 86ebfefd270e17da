/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request of a connector, read and checked before anything of it leaves. Pure but for memory. */
#ifndef EGRESS_REQUEST_H
#define EGRESS_REQUEST_H

#include "base/memory.h"
#include "egress/url.h"

struct base_json;

struct egress_header {
    const char *name, *value;
    const char *secret; /* name of what is put behind value, or NULL */
};

/* Texts are owned by the arena that was given. */
struct egress_request {
    const char *method; /* static */
    struct egress_url url;
    struct egress_header headers[EGRESS_HEADERS_MAX];
    size_t header_count;
    const char *body; /* NULL = none */
    size_t body_size;
    uint32_t timeout_ms;
};

/* {"method", "url", "headers": [{"name", "value", "secret"}], "body": base64, "timeout_ms"}.
 * Errors (why says it): OD_EINVAL, OD_ELIMIT, OD_ENOMEM. */
OD_MUST_CHECK int egress_request_read(const struct base_json *json, struct base_arena *arena, struct egress_request *request,
                                      char why[EGRESS_WHY_SIZE]);

/* May a module not set it: what frames the message, names the connection or another host. */
bool egress_header_is_ours(const char *name);

/* Does it prove who asks? Such a field is not shown to another origin. */
bool egress_header_is_credential(const struct egress_header *header);

#endif
