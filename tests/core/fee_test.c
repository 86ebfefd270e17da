/* SPDX-License-Identifier: Apache-2.0 */
/* Fees in whole hundredths: every kind of standard, its bounds, its rounding, and where the numbers end. */
#include <stdio.h>
#include <string.h>

#include "core/fee.h"
#include "lib/check.h"

#define Q(whole, part) ((core_quantity)(whole) * 1000 + (part))

static const struct core_fee_step classes[] = {
    {.up_to = Q(90, 0), .money = 8000}, {.up_to = Q(300, 0), .money = 24000}, {.up_to = CORE_QUANTITY_MAX, .money = 55000}};
static const struct core_fee_step graded[] = {{.up_to = Q(3, 0), .money = 1000, .is_per_unit = true},
                                              {.up_to = Q(10, 0), .money = 500, .is_per_unit = true},
                                              {.up_to = CORE_QUANTITY_MAX, .money = 100, .is_per_unit = true}};
static const struct core_fee_step mixed[] = {{.up_to = Q(3, 0), .money = 10000},
                                             {.up_to = CORE_QUANTITY_MAX, .money = 500, .is_per_unit = true}};
static const struct core_fee_step ending[] = {{.up_to = Q(3, 0), .money = 10000}};

#define FIXED(sum) {.kind = CORE_FEE_FIXED, .amount = (sum), .max = CORE_MONEY_MAX}
#define EACH(sum) {.kind = CORE_FEE_PER_UNIT, .amount = (sum), .max = CORE_MONEY_MAX}
#define TABLE(rows) {.kind = CORE_FEE_TIERS, .steps = (rows), .step_count = COUNT(rows), .max = CORE_MONEY_MAX}

struct row {
    struct core_fee_standard standard;
    core_quantity quantity;
    int64_t times;
    int rc;
    core_money money;
    const char *why;
};

static const struct row rows[] = {
    {FIXED(2000), 0, 1, OD_OK, 2000, "fixed"},
    {FIXED(0), 0, 1, OD_OK, 0, "free"},
    {FIXED(CORE_MONEY_MAX), 0, 1, OD_OK, CORE_MONEY_MAX, "limit"},
    {FIXED(CORE_MONEY_MAX), 0, 2, OD_ERANGE, -7, "limit, twice"},
    {EACH(50), Q(120, 0), 1, OD_OK, 6000, "each unit"},
    {EACH(50), Q(120, 0), 30, OD_OK, 180000, "for thirty days"},
    {EACH(50), 0, 30, OD_OK, 0, "none of it"},
    {EACH(50), Q(120, 0), 0, OD_OK, 0, "no day"},
    {EACH(333), Q(0, 500), 1, OD_OK, 167, "166.5 is rounded half up"},
    {EACH(333), Q(0, 499), 1, OD_OK, 166, "166.167 down"},
    {EACH(1), Q(0, 1), 1, OD_OK, 0, "the smallest part of the smallest sum"},
    {EACH(333), Q(0, 500), 3, OD_OK, 500, "rounded once, at the end: 499.5"},
    {{.kind = CORE_FEE_PER_UNIT, .amount = 100, .max = CORE_MONEY_MAX, .counts_started = true}, Q(2, 1), 1, OD_OK, 300, "a unit has begun"},
    {{.kind = CORE_FEE_PER_UNIT, .amount = 100, .max = CORE_MONEY_MAX, .counts_started = true}, Q(2, 0), 1, OD_OK, 200, "and none here"},
    {{.kind = CORE_FEE_PER_UNIT, .amount = 100, .min = 1000, .max = 2000}, Q(3, 0), 1, OD_OK, 1000, "at least"},
    {{.kind = CORE_FEE_PER_UNIT, .amount = 100, .min = 1000, .max = 2000}, Q(10, 0), 1, OD_OK, 1000, "exactly the least"},
    {{.kind = CORE_FEE_PER_UNIT, .amount = 100, .min = 1000, .max = 2000}, Q(20, 10), 1, OD_OK, 2000, "at most"},
    {EACH(CORE_MONEY_MAX), Q(1, 0), 1, OD_OK, CORE_MONEY_MAX, "limit"},
    {EACH(CORE_MONEY_MAX), Q(1, 1), 1, OD_ERANGE, -7, "limit and a thousandth"},
    {EACH(1), CORE_QUANTITY_MAX, 1, OD_OK, INT64_C(1000000000000), "the largest quantity"},
    {EACH(1), CORE_QUANTITY_MAX + 1, 1, OD_EINVAL, -7, "limit + 1"},
    {EACH(1), -1, 1, OD_EINVAL, -7, "less than nothing"},
    {EACH(1), Q(1, 0), -1, OD_EINVAL, -7, "a negative number of days"},
    {EACH(CORE_MONEY_MAX), CORE_QUANTITY_MAX, 1, OD_ERANGE, -7, "past 64 bits"},
    {EACH(CORE_MONEY_MAX), Q(1, 0), INT64_C(1000000000), OD_ERANGE, -7, "past 64 bits by the days"},
    {TABLE(classes), 0, 1, OD_OK, 8000, "the first class begins at nothing"},
    {TABLE(classes), Q(90, 0), 1, OD_OK, 8000, "its end belongs to it"},
    {TABLE(classes), Q(90, 1), 1, OD_OK, 24000, "a little more does not"},
    {TABLE(classes), Q(1000000, 0), 1, OD_OK, 55000, "the last class"},
    {TABLE(graded), Q(3, 0), 1, OD_OK, 3000, "within the first step"},
    {TABLE(graded), Q(10, 0), 1, OD_OK, 6500, "3 at 10, 7 at 5"},
    {TABLE(graded), Q(10, 500), 1, OD_OK, 6550, "and half a unit at 1"},
    {TABLE(mixed), Q(2, 0), 1, OD_OK, 10000, "what the first three cost"},
    {TABLE(mixed), Q(5, 0), 2, OD_OK, 22000, "and each more; twice"},
    {TABLE(ending), Q(3, 1), 1, OD_EINVAL, -7, "a table that ends too early"},
    {{.kind = CORE_FEE_NONE}, Q(1, 0), 1, OD_EINVAL, -7, "no standard, no fee"},
};

static void each_standard_comes_to_its_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        core_money money = -7;

        CHECK_I64(rows[i].rc, core_fee_compute(&rows[i].standard, rows[i].quantity, rows[i].times, &money), rows[i].why);
        CHECK_I64(rows[i].money, money, rows[i].why);
    }
}

static void money_is_read_and_written(void **state)
{
    static const struct { const char *text; int rc; core_money money; const char *written; } texts[] = {
        {"0", OD_OK, 0, "0.00"}, {"80", OD_OK, 8000, "80.00"}, {"80.5", OD_OK, 8050, "80.50"}, {"0.05", OD_OK, 5, "0.05"},
        {"00.50", OD_OK, 50, "0.50"}, {"999999999999.99", OD_OK, CORE_MONEY_MAX, "999999999999.99"},
        {"1000000000000", OD_ESYNTAX, -7, NULL}, {"1.005", OD_ESYNTAX, -7, NULL}, {"1.", OD_ESYNTAX, -7, NULL},
        {".5", OD_ESYNTAX, -7, NULL}, {"-1", OD_ESYNTAX, -7, NULL}, {"+1", OD_ESYNTAX, -7, NULL}, {"", OD_ESYNTAX, -7, NULL},
        {"1e3", OD_ESYNTAX, -7, NULL}, {" 1", OD_ESYNTAX, -7, NULL}, {"1 ", OD_ESYNTAX, -7, NULL}, {"1,50", OD_ESYNTAX, -7, NULL},
        {"１", OD_ESYNTAX, -7, NULL}};
    char written[CORE_MONEY_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        core_money money = -7;

        CHECK_I64(texts[i].rc, core_money_parse(texts[i].text, &money), texts[i].text);
        CHECK_I64(texts[i].money, money, texts[i].text);
        if (texts[i].written == NULL)
            continue;
        core_money_format(money, written);
        CHECK_TEXT(texts[i].written, written, texts[i].text);
    }
    core_money_format(-8050, written);
    CHECK_TEXT("-80.50", written, "a difference");
    core_money_format(INT64_MAX, written);
    CHECK_TEXT("92233720368547758.07", written, "a sum of many");
}

static void quantities_and_shares_are_read(void **state)
{
    static const struct { const char *text; int rc; int64_t value; } quantities[] = {
        {"0", OD_OK, 0}, {"-0", OD_OK, 0}, {"312", OD_OK, 312000}, {"312.5", OD_OK, 312500}, {"0.0019", OD_OK, 1},
        {"999999999999.999", OD_OK, CORE_QUANTITY_MAX}, {"1000000000000", OD_ERANGE, -7}, {"-1", OD_ERANGE, -7},
        {"1e3", OD_ESYNTAX, -7}, {"", OD_ESYNTAX, -7}, {"x", OD_ESYNTAX, -7}, {"1.", OD_ESYNTAX, -7}};
    static const struct { const char *text; int rc; int32_t value; } shares[] = {
        {"100%", OD_OK, 10000}, {"50%", OD_OK, 5000}, {"12.5%", OD_OK, 1250}, {"0.01%", OD_OK, 1}, {"0%", OD_ERANGE, -7},
        {"100.01%", OD_ERANGE, -7}, {"50", OD_ESYNTAX, -7}, {"50 %", OD_ESYNTAX, -7}, {"12.345%", OD_ESYNTAX, -7}, {"-5%", OD_ESYNTAX, -7}};

    (void)state;
    for (size_t i = 0; i < COUNT(quantities); i++) {
        core_quantity quantity = -7;

        CHECK_I64(quantities[i].rc, core_quantity_parse(quantities[i].text, &quantity), quantities[i].text);
        CHECK_I64(quantities[i].value, quantity, quantities[i].text);
    }
    for (size_t i = 0; i < COUNT(shares); i++) {
        int32_t share = -7;

        CHECK_I64(shares[i].rc, core_share_parse(shares[i].text, &share), shares[i].text);
        CHECK_I64(shares[i].value, share, shares[i].text);
    }
}

static void a_share_is_rounded_half_up(void **state)
{
    (void)state;
    CHECK_I64(4, core_money_share(7, 5000), "3.5");
    CHECK_I64(7, core_money_share(7, CORE_SHARE_WHOLE), "all of it");
    CHECK_I64(0, core_money_share(49, 100), "0.49");
    CHECK_I64(1, core_money_share(50, 100), "0.5");
    CHECK_I64(CORE_MONEY_MAX, core_money_share(CORE_MONEY_MAX, CORE_SHARE_WHOLE), "limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_standard_comes_to_its_sum),
        cmocka_unit_test(money_is_read_and_written),
        cmocka_unit_test(quantities_and_shares_are_read),
        cmocka_unit_test(a_share_is_rounded_half_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
