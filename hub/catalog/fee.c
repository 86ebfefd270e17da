/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/fee.h"

#include <stdio.h>
#include <string.h>

#include "catalog/condition.h"

#define DIGITS_SAFE "%.15g" /* every number of so many digits comes back as it was written */

int catalog_fee_quantity(const struct base_json *json, int64_t *quantity)
{
    double number = base_json_number(json);
    char text[48];

    if (base_json_type(json) != BASE_JSON_NUMBER)
        return OD_ESYNTAX;
    if (!(number >= 0) || number >= 1e12)
        return OD_ERANGE;
    if (number < 0.001) { /* less than the smallest part that counts; it may be printed with an exponent */
        *quantity = 0;
        return OD_OK;
    }
    snprintf(text, sizeof(text), DIGITS_SAFE, number);
    return core_quantity_parse(text, quantity);
}

/* The largest that holds; of equal ones the first. */
static const struct catalog_fee_exemption *exemption_find(const struct catalog_fee *fee, const struct base_json *form)
{
    const struct catalog_fee_exemption *found = NULL;

    for (size_t i = 0; i < fee->exemption_count; i++) {
        const struct catalog_fee_exemption *exemption = &fee->exemptions[i];

        if (catalog_condition_holds(exemption->when, form) && (found == NULL || exemption->share > found->share))
            found = exemption;
    }
    return found;
}

/* What the standard counts by; false when the form does not say it, which needs tells. */
static bool counts_read(const struct base_json *form, struct catalog_fee_line *line)
{
    int64_t times = 0;

    line->needs = line->fee->field;
    if (line->needs != NULL && catalog_fee_quantity(base_json_member(form, line->needs), &line->quantity) != OD_OK)
        return false;
    line->times = 1;
    line->needs = line->fee->times;
    if (line->needs != NULL && base_json_i64(base_json_member(form, line->needs), 0, INT64_C(999999999999), &times) != OD_OK)
        return false;
    if (line->needs != NULL)
        line->times = times;
    line->needs = NULL;
    return true;
}

static void line_compute(const struct base_json *form, struct catalog_fee_line *line)
{
    line->is_computed = counts_read(form, line) &&
                        core_fee_compute(&line->fee->standard, line->quantity, line->times, &line->standard) == OD_OK;
    if (!line->is_computed) {
        line->needs = line->needs != NULL ? line->needs : line->fee->field;
        return;
    }
    line->exemption = exemption_find(line->fee, form);
    if (line->exemption != NULL)
        line->exempted = core_money_share(line->standard, line->exemption->share);
    line->due = line->standard - line->exempted;
}

void catalog_fees_compute(const struct catalog_service *service, core_task_set included, const struct base_json *form,
                          struct catalog_fee_lines *lines)
{
    lines->count = 0;
    for (unsigned task = 0; task < service->matter_count; task++) {
        const struct catalog_matter *matter = service->matters[task];

        if ((included >> task & 1) == 0)
            continue;
        for (size_t i = 0; i < matter->fee_count && lines->count < CATALOG_FEE_LINES_MAX; i++) {
            if (!catalog_condition_holds(matter->fees[i].when, form))
                continue;
            struct catalog_fee_line *line = &lines->items[lines->count++];
            *line = (struct catalog_fee_line){.task = task, .fee = &matter->fees[i], .times = 1};
            line_compute(form, line);
        }
    }
}
