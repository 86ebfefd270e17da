/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request on its way, shared by call.c and hop.c. Private to them. */
#ifndef EGRESS_CALL_H
#define EGRESS_CALL_H

#include <curl/curl.h>

#include "egress/egress.h"

struct egress_call {
    struct base_list node; /* of egress.calls */
    struct egress_client *client;
    uint64_t id;
    struct base_arena arena;
    struct egress_request request; /* its url is that of the hop */
    CURL *easy;
    struct curl_slist *lines;
    bool may_be_private;
    bool is_sent;       /* of any hop */
    bool is_leaving;    /* of this hop */
    bool is_bodyless;   /* a redirect turned it into GET */
    bool is_bare;       /* another origin: nothing that proves who asks goes along */
    unsigned redirects;
    uint64_t deadline_ms, answer_ms; /* monotonic; since when the answer comes, 0 = not yet */
    const char *fault;  /* code of what we ended it for, NULL = nothing */
    long status;
    size_t header_count, head_size;
    struct base_buffer headers; /* name NUL value NUL */
    struct base_buffer body;
    char why[EGRESS_WHY_SIZE];
    char error[CURL_ERROR_SIZE];
};


/* Monotonic. */
static inline uint64_t egress_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* hop.c: send the request to its url; egress_call_on_done follows. Errors (call->why says it, nothing is under way):
 * OD_EDENIED, OD_ENOTFOUND, OD_ELIMIT, OD_EINVAL, OD_EIO of a secret; OD_ENOMEM. */
OD_MUST_CHECK int egress_hop_start(struct egress_call *call);
void egress_hop_end(struct egress_call *call); /* idempotent */

#endif
