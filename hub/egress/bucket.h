/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket: so many a second, and at most a second's worth at once. Pure. */
#ifndef EGRESS_BUCKET_H
#define EGRESS_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Zero it to initialise: full at its first use. */
struct egress_bucket {
    uint64_t level;   /* thousandths of a token */
    uint64_t seen_ms; /* 0 = never used */
};

/* Take one token. rate_per_s 0 = no limit. now_ms: monotonic, not 0. */
bool egress_bucket_take(struct egress_bucket *bucket, uint32_t rate_per_s, uint64_t now_ms);

#endif
