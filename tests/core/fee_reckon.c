/* SPDX-License-Identifier: Apache-2.0 */
/* Reckons fees for tests/oracle/test_fee_sums.py. One case a line on stdin:
 *   KIND STARTED AMOUNT MIN MAX TIMES QUANTITY SHARE [UP_TO:MONEY:PER_UNIT ...]
 * KIND fixed, per_unit or tiers, STARTED and PER_UNIT 0 or 1, UP_TO "-" for the last, sums and quantities as text,
 * SHARE a percentage or "-". One answer a line: the fee and what is taken off, or the name of the error. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fee.h"

static core_money money_of(const char *text)
{
    core_money money = 0;

    if (core_money_parse(text, &money) != OD_OK)
        abort(); /* the test gives none that is wrong */
    return money;
}

static uint8_t kind_of(const char *word)
{
    if (strcmp(word, "fixed") == 0)
        return CORE_FEE_FIXED;
    return strcmp(word, "tiers") == 0 ? CORE_FEE_TIERS : CORE_FEE_PER_UNIT;
}

static size_t steps_read(struct core_fee_step *steps, char *rest)
{
    size_t count = 0;
    char *save = NULL;

    for (char *word = strtok_r(rest, " \n", &save); word != NULL && count < CORE_FEE_STEPS_MAX; word = strtok_r(NULL, " \n", &save)) {
        char end[32], money[32];
        int per_unit = 0;

        if (sscanf(word, "%31[^:]:%31[^:]:%d", end, money, &per_unit) != 3)
            abort();
        steps[count] = (struct core_fee_step){.up_to = CORE_QUANTITY_MAX, .money = money_of(money), .is_per_unit = per_unit == 1};
        if (strcmp(end, "-") != 0 && core_quantity_parse(end, &steps[count].up_to) != OD_OK)
            abort();
        count++;
    }
    return count;
}

static void answer(const struct core_fee_standard *standard, const char *quantity_text, int64_t times, const char *share_text)
{
    char fee[CORE_MONEY_SIZE], off[CORE_MONEY_SIZE];
    core_quantity quantity = 0;
    core_money money = 0;
    int32_t share = 0;
    int rc = core_quantity_parse(quantity_text, &quantity);

    if (rc == OD_OK)
        rc = core_fee_compute(standard, quantity, times, &money);
    if (rc != OD_OK) {
        puts(rc == OD_ERANGE ? "range" : "invalid");
        return;
    }
    core_money_format(money, fee);
    bool has_share = core_share_parse(share_text, &share) == OD_OK;
    core_money_format(has_share ? core_money_share(money, share) : 0, off);
    printf("%s %s\n", fee, off);
}

int main(void)
{
    static char line[8192];
    struct core_fee_step steps[CORE_FEE_STEPS_MAX];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        char kind[16], amount[32], min[32], max[32], quantity[48], share[16];
        int started = 0, used = 0;
        int64_t times = 0;

        if (sscanf(line, "%15s %d %31s %31s %31s %" SCNd64 " %47s %15s%n", kind, &started, amount, min, max, &times, quantity, share, &used) != 8)
            abort();
        struct core_fee_standard standard = {.kind = kind_of(kind), .counts_started = started == 1, .amount = money_of(amount),
                                             .min = money_of(min), .max = money_of(max), .steps = steps};
        standard.step_count = steps_read(steps, line + used);
        answer(&standard, quantity, times, share);
    }
    return 0;
}
