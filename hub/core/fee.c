/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fee.h"

#include <assert.h>

#define UNIT INT64_C(1000) /* thousandths of a unit */

/* Digits before a point, and at most places behind it, as a whole number of the smallest place. */
struct decimal {
    int64_t value;
    unsigned whole, part; /* digits that were there */
    const char *end;      /* the first byte behind it */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* False when there are no digits, more than whole_max of them, or a point without any behind it. */
static bool read_decimal(const char *text, unsigned whole_max, unsigned places, struct decimal *out)
{
    *out = (struct decimal){0};
    for (; is_digit(*text) && out->whole <= whole_max; text++, out->whole++)
        out->value = out->value * 10 + (*text - '0');
    if (out->whole == 0 || out->whole > whole_max)
        return false;
    if (*text == '.')
        for (text++; is_digit(*text); text++, out->part++)
            if (out->part < places)
                out->value = out->value * 10 + (*text - '0');
    if (out->part == 0 && text[-1] == '.')
        return false;
    for (unsigned i = out->part; i < places; i++)
        out->value *= 10;
    out->end = text;
    return true;
}

int core_money_parse(const char *text, core_money *money)
{
    struct decimal decimal;

    if (!read_decimal(text, 12, 2, &decimal) || decimal.part > 2 || *decimal.end != '\0')
        return OD_ESYNTAX;
    *money = decimal.value;
    return OD_OK;
}

void core_money_format(core_money money, char text[CORE_MONEY_SIZE])
{
    char reversed[CORE_MONEY_SIZE];
    size_t count = 0;
    core_money left = money < 0 ? -money : money;

    assert(money > INT64_MIN);
    while (left > 0 || count < 4) {
        reversed[count++] = (char)('0' + left % 10);
        left /= 10;
        if (count == 2)
            reversed[count++] = '.';
    }
    if (money < 0)
        *text++ = '-';
    while (count > 0)
        *text++ = reversed[--count];
    *text = '\0';
}

int core_quantity_parse(const char *text, core_quantity *quantity)
{
    bool is_negative = *text == '-';
    struct decimal decimal;

    if (!read_decimal(text + (is_negative ? 1 : 0), 15, 3, &decimal) || *decimal.end != '\0')
        return OD_ESYNTAX;
    if (decimal.value > CORE_QUANTITY_MAX || (is_negative && decimal.value != 0))
        return OD_ERANGE;
    *quantity = decimal.value;
    return OD_OK;
}

int core_share_parse(const char *text, int32_t *share)
{
    struct decimal decimal;

    if (!read_decimal(text, 3, 2, &decimal) || decimal.part > 2 || decimal.end[0] != '%' || decimal.end[1] != '\0')
        return OD_ESYNTAX;
    if (decimal.value == 0 || decimal.value > CORE_SHARE_WHOLE)
        return OD_ERANGE;
    *share = (int32_t)decimal.value;
    return OD_OK;
}

/* *sum += price * quantity, in thousandths of a hundredth. */
static int add(int64_t *sum, core_money price, core_quantity quantity)
{
    int64_t product, next;

    if (__builtin_mul_overflow(price, quantity, &product) || __builtin_add_overflow(*sum, product, &next))
        return OD_ERANGE;
    *sum = next;
    return OD_OK;
}

/* The table up to the step that the quantity lies in. */
static int walk_steps(const struct core_fee_standard *standard, core_quantity quantity, int64_t *sum)
{
    core_quantity from = 0;
    int rc = OD_OK;

    for (size_t i = 0; i < standard->step_count && rc == OD_OK; i++) {
        const struct core_fee_step *step = &standard->steps[i];
        core_quantity end = quantity < step->up_to ? quantity : step->up_to;

        if (!step->is_per_unit)
            *sum = 0;
        rc = add(sum, step->money, step->is_per_unit ? end - from : UNIT);
        if (quantity <= step->up_to)
            return rc;
        from = step->up_to;
    }
    return rc != OD_OK ? rc : OD_EINVAL;
}

/* Thousandths to whole, half up; then the bounds. */
static int finish(const struct core_fee_standard *standard, int64_t sum, int64_t times, core_money *money)
{
    if (__builtin_mul_overflow(sum, times, &sum) || __builtin_add_overflow(sum, UNIT / 2, &sum))
        return OD_ERANGE;
    sum /= UNIT;
    if (sum > CORE_MONEY_MAX)
        return OD_ERANGE;
    if (standard->kind != CORE_FEE_FIXED && sum < standard->min)
        sum = standard->min;
    if (standard->kind != CORE_FEE_FIXED && sum > standard->max)
        sum = standard->max;
    *money = sum;
    return OD_OK;
}

int core_fee_compute(const struct core_fee_standard *standard, core_quantity quantity, int64_t times, core_money *money)
{
    int64_t sum = 0;
    int rc = OD_EINVAL;

    if (quantity < 0 || quantity > CORE_QUANTITY_MAX || times < 0 || times > CORE_QUANTITY_MAX)
        return OD_EINVAL;
    if (standard->counts_started)
        quantity = (quantity + UNIT - 1) / UNIT * UNIT;
    switch ((enum core_fee_kind)standard->kind) {
    case CORE_FEE_NONE: break;
    case CORE_FEE_FIXED: rc = add(&sum, standard->amount, UNIT); break;
    case CORE_FEE_PER_UNIT: rc = add(&sum, standard->amount, quantity); break;
    case CORE_FEE_TIERS: rc = walk_steps(standard, quantity, &sum); break;
    }
    if (rc == OD_ERANGE && times == 0) {
        sum = 0; /* nothing of it, however much one would be */
        rc = OD_OK;
    }
    return rc == OD_OK ? finish(standard, sum, times, money) : rc;
}

core_money core_money_share(core_money money, int32_t share)
{
    assert(money >= 0);
    assert(money <= CORE_MONEY_MAX);
    assert(share > 0);
    assert(share <= CORE_SHARE_WHOLE);
    return (money * share + CORE_SHARE_WHOLE / 2) / CORE_SHARE_WHOLE;
}
