/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/bucket.h"

#define TOKEN 1000

bool egress_bucket_take(struct egress_bucket *bucket, uint32_t rate_per_s, uint64_t now_ms)
{
    uint64_t level_max = (uint64_t)rate_per_s * TOKEN;
    uint64_t passed_ms = bucket->seen_ms != 0 && now_ms - bucket->seen_ms < 1000 ? now_ms - bucket->seen_ms : 1000;

    if (rate_per_s == 0)
        return true;
    bucket->seen_ms = now_ms;
    bucket->level += passed_ms * rate_per_s; /* a second brings rate_per_s tokens of a thousand thousandths */
    if (bucket->level > level_max)
        bucket->level = level_max;
    if (bucket->level < TOKEN)
        return false;
    bucket->level -= TOKEN;
    return true;
}
