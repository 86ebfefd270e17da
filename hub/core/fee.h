/* SPDX-License-Identifier: Apache-2.0 */
/* Fees by a published standard, in whole hundredths of the currency (fen, cents). Pure: integers alone, no rounding
 * but where it is said, the same on every machine. */
#ifndef CORE_FEE_H
#define CORE_FEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

typedef int64_t core_money;    /* hundredths */
typedef int64_t core_quantity; /* thousandths of a unit */

#define CORE_MONEY_MAX INT64_C(99999999999999)     /* 999999999999.99: twelve digits before the point */
#define CORE_MONEY_SIZE 24                         /* a sum of any size as text, and NUL */
#define CORE_QUANTITY_MAX INT64_C(999999999999999) /* 999999999999.999 */
#define CORE_FEE_STEPS_MAX 64
#define CORE_SHARE_WHOLE 10000                     /* hundredths of a percent */

/* "80", "80.5" or "80.50": at most twelve digits, at most two more after a point.
 * Errors (*money unchanged): OD_ESYNTAX. */
OD_MUST_CHECK int core_money_parse(const char *text, core_money *money);
/* "80.50"; any value but INT64_MIN. */
void core_money_format(core_money money, char text[CORE_MONEY_SIZE]);

/* A decimal number as JSON prints it, without exponent. Digits after the third behind the point are left out, so that
 * nobody pays for a part that is smaller. Errors (*quantity unchanged): OD_ESYNTAX; OD_ERANGE below 0 or past
 * CORE_QUANTITY_MAX. */
OD_MUST_CHECK int core_quantity_parse(const char *text, core_quantity *quantity);

/* "100%", "50%", "12.5%", above 0, as hundredths of a percent. Errors (*share unchanged): OD_ESYNTAX, OD_ERANGE. */
OD_MUST_CHECK int core_share_parse(const char *text, int32_t *share);

enum core_fee_kind {
    CORE_FEE_NONE = 0,
    CORE_FEE_FIXED,
    CORE_FEE_PER_UNIT,
    CORE_FEE_TIERS,
};

/* One step of a table, from the end of the step before it, exclusive, to its own, inclusive. */
struct core_fee_step {
    core_quantity up_to;  /* CORE_QUANTITY_MAX = without end */
    core_money money;
    bool is_per_unit;     /* money for each unit within the step, on top of the steps before; else money is the whole
                           * fee of a quantity that reaches the step, in place of what came before */
};

struct core_fee_standard {
    uint8_t kind;                      /* enum core_fee_kind */
    bool counts_started;               /* PER_UNIT, TIERS: a unit that has begun counts whole */
    core_money amount;                 /* FIXED: the fee; PER_UNIT: of one unit */
    core_money min, max;               /* PER_UNIT, TIERS: never less, never more; 0 and CORE_MONEY_MAX = no bound */
    const struct core_fee_step *steps; /* TIERS: step_count items, up_to ascending; borrowed */
    size_t step_count;
};

/* The fee for a quantity, times a whole number (days, copies): times is 1 where the standard counts nothing else. Parts
 * of a hundredth are rounded half up, once, at the end; then the bounds hold.
 * Errors (*money unchanged): OD_EINVAL quantity or times out of range, no such kind, or a table without a step for the
 * quantity; OD_ERANGE more than CORE_MONEY_MAX before max holds. Cost: O(steps). */
OD_MUST_CHECK int core_fee_compute(const struct core_fee_standard *standard, core_quantity quantity, int64_t times,
                                   core_money *money);

/* share (1..CORE_SHARE_WHOLE) of money (0..CORE_MONEY_MAX), rounded half up. */
core_money core_money_share(core_money money, int32_t share);

#endif
