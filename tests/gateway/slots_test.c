/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include "gateway/slots.h"

static struct gateway_slots slots;

static void test_an_id_is_taken_once(void **state)
{
    size_t index = 77;

    (void)state;
    uint64_t first = gateway_slots_open(&slots, 3);
    CHECK_I64(1, gateway_slots_count(&slots), "one waits");
    CHECK_I64(OD_ENOTFOUND, gateway_slots_take(&slots, first + 1, &index), "of another slot");
    CHECK_I64(OD_ENOTFOUND, gateway_slots_take(&slots, 0, &index), "no id");
    CHECK_I64(OD_ENOTFOUND, gateway_slots_take(&slots, UINT64_MAX, &index), "an index beyond the last");
    CHECK_I64(77, index, "unchanged by every error");
    CHECK_I64(OD_OK, gateway_slots_take(&slots, first, &index), "the right one");
    CHECK_I64(3, index, "its slot");
    CHECK_I64(OD_ENOTFOUND, gateway_slots_take(&slots, first, &index), "twice");
    uint64_t second = gateway_slots_open(&slots, 3);
    CHECK(second != first, "a new request has a new id");
    CHECK_I64(OD_ENOTFOUND, gateway_slots_take(&slots, first, &index), "an answer to the one before");
    CHECK_I64(OD_OK, gateway_slots_take(&slots, second, &index), "an answer to this one");
    CHECK_I64(0, gateway_slots_count(&slots), "none waits");
}

static void test_all_slots(void **state)
{
    static uint64_t ids[GATEWAY_SLOTS];
    size_t index = 0;

    (void)state;
    for (size_t i = 0; i < GATEWAY_SLOTS; i++)
        ids[i] = gateway_slots_open(&slots, i);
    CHECK_I64(GATEWAY_SLOTS, gateway_slots_count(&slots), "limit");
    CHECK_I64(OD_ENOTFOUND, gateway_slots_take(&slots, (ids[0] >> 16 << 16) + GATEWAY_SLOTS, &index), "limit + 1");
    for (size_t i = GATEWAY_SLOTS; i-- > 0;) {
        CHECK_I64(OD_OK, gateway_slots_take(&slots, ids[i], &index), "in any order");
        CHECK_I64(i, index, "its slot");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_an_id_is_taken_once), cmocka_unit_test(test_all_slots)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
