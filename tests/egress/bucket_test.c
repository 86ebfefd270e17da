/* SPDX-License-Identifier: Apache-2.0 */
/* So many a second, and a second's worth at once. */
#include "lib/check.h"

#include "egress/bucket.h"

static unsigned take(struct egress_bucket *bucket, uint32_t rate, uint64_t now_ms, unsigned tries)
{
    unsigned got = 0;

    for (unsigned i = 0; i < tries; i++)
        got += egress_bucket_take(bucket, rate, now_ms);
    return got;
}

static void a_seconds_worth_then_the_rate(void **state)
{
    static const struct {
        uint32_t rate;
        uint64_t now_ms;
        unsigned tries, got;
        const char *why;
    } rows[] = {
        {10, 1000, 20, 10, "full at first"},
        {10, 1000, 5, 0, "and empty then"},
        {10, 1099, 5, 0, "not quite a tenth of a second"},
        {10, 1100, 5, 1, "a tenth of a second: one"},
        {10, 1600, 9, 5, "half a second: five"},
        {10, 9000, 20, 10, "a long rest fills it once"},
        {10, 9000, 1, 0, "no more"},
        {1, 9000, 1, 0, "the rate was lowered"},
        {1, 10000, 3, 1, "one a second"},
    };
    struct egress_bucket bucket = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].got, take(&bucket, rows[i].rate, rows[i].now_ms, rows[i].tries), rows[i].why);
}

static void no_rate_is_no_limit(void **state)
{
    struct egress_bucket bucket = {0};

    (void)state;
    CHECK_I64(100000, take(&bucket, 0, 1, 100000), "0 = none");
}

static void the_highest_rate(void **state)
{
    struct egress_bucket bucket = {0};

    (void)state;
    CHECK_I64(1000000, take(&bucket, 1000000, 1, 1000001), "a million at once, and no more");
    CHECK_I64(1000, take(&bucket, 1000000, 2, 2000), "a thousand each millisecond");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seconds_worth_then_the_rate),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(the_highest_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
