/* SPDX-License-Identifier: Apache-2.0 */
/* Fee standards as the files state them, checked whole: a fee that no law allows, or that cannot be reckoned for some
 * form, is never published. */
#include <string.h>

#include "catalog/condition.h"
#include "catalog/fee.h"

static bool read_money(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                       const char *key, bool is_required, core_money *money)
{
    struct catalog_spot at = {spot, key, 0};
    const char *text = catalog_read_string(loading, json, spot, key, is_required, 32);

    if (text == NULL)
        return false;
    if (core_money_parse(text, money) == OD_OK)
        return true;
    catalog_report(loading, &at, "\"%s\" is to be a decimal text such as \"100.00\", at most two digits after the point", key);
    return false;
}

/* -- The standard -- */

static void step_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                      bool is_last, struct core_fee_step *out)
{
    static const char *const members[] = {"up_to", "amount", "unit_amount"};
    bool has_amount = base_json_member(json, "amount") != NULL, has_unit = base_json_member(json, "unit_amount") != NULL;
    bool has_end = base_json_member(json, "up_to") != NULL;
    struct catalog_spot end_spot = {spot, "up_to", 0};

    out->up_to = CORE_QUANTITY_MAX;
    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 3}))
        return;
    if (has_amount == has_unit)
        catalog_report(loading, spot, "a step has \"amount\" (of the whole) or \"unit_amount\" (of each unit within it), one of them");
    out->is_per_unit = has_unit && !has_amount;
    (void)read_money(loading, json, spot, out->is_per_unit ? "unit_amount" : "amount", false, &out->money);
    if (is_last && has_end)
        catalog_report(loading, &end_spot, "the last step has no end; leave \"up_to\" out, so that every quantity has its fee");
    if (is_last)
        return;
    const struct base_json *end = catalog_need(loading, json, spot, "up_to");
    if (end != NULL && catalog_fee_quantity(end, &out->up_to) != OD_OK)
        catalog_report(loading, &end_spot, "\"up_to\" is to be a number such as 90 or 0.5, at least 0 and below 10^12");
}

static void steps_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                       struct core_fee_standard *out)
{
    const struct base_json *list = catalog_read_list(loading, json, spot, "steps", true, 1, CORE_FEE_STEPS_MAX);
    struct catalog_spot list_spot = {spot, "steps", 0};
    size_t i = 0, count = base_json_count(list);
    struct core_fee_step *steps = catalog_take(loading, (count + 1) * sizeof(*steps));

    for (const struct base_json *item = base_json_first(list); item != NULL && steps != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        step_read(loading, item, &at, i + 1 == count, &steps[i]);
        if (i > 0 && steps[i].up_to <= steps[i - 1].up_to)
            catalog_report(loading, &at, "\"up_to\" of a step is to be more than that of the step before it");
    }
    out->steps = steps;
    out->step_count = i;
}

static void bounds_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                        struct core_fee_standard *out)
{
    struct catalog_spot max_spot = {spot, "max", 0};

    (void)read_money(loading, json, spot, "min", false, &out->min);
    (void)read_money(loading, json, spot, "max", false, &out->max);
    if (out->max < out->min)
        catalog_report(loading, &max_spot, "\"max\" is less than \"min\"; no fee would be right");
    out->counts_started = catalog_read_flag(loading, json, spot, "counts_started", false);
}

static void standard_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                          struct catalog_fee *out)
{
    static const char *const kinds[] = {NULL, "fixed", "per_unit", "tiers"};
    static const char *const any[] = {"kind", "field", "times", "min", "max", "counts_started", "amount", "unit_amount", "steps"};
    static const char *const fixed[] = {"kind", "amount"};
    static const char *const per_unit[] = {"kind", "field", "times", "min", "max", "counts_started", "unit_amount"};
    static const char *const tiers[] = {"kind", "field", "times", "min", "max", "counts_started", "steps"};
    static const struct catalog_words members[] = {
        [CORE_FEE_NONE] = {any, 9}, [CORE_FEE_FIXED] = {fixed, 2}, [CORE_FEE_PER_UNIT] = {per_unit, 7}, [CORE_FEE_TIERS] = {tiers, 7}};
    struct core_fee_standard *standard = &out->standard;

    standard->kind = (uint8_t)catalog_read_word(loading, json, spot, "kind", true, (struct catalog_words){kinds, 4});
    if (!catalog_read_object(loading, json, spot, members[standard->kind]))
        return;
    if (standard->kind == CORE_FEE_FIXED) {
        (void)read_money(loading, json, spot, "amount", true, &standard->amount);
        return;
    }
    out->field = catalog_read_id(loading, json, spot, "field");
    if (base_json_member(json, "times") != NULL)
        out->times = catalog_read_id(loading, json, spot, "times");
    if (standard->kind == CORE_FEE_PER_UNIT)
        (void)read_money(loading, json, spot, "unit_amount", true, &standard->amount);
    if (standard->kind == CORE_FEE_TIERS)
        steps_read(loading, json, spot, standard);
    bounds_read(loading, json, spot, standard);
}

/* "amount" alone is a fixed standard. */
static void reckoning_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                           struct catalog_fee *out)
{
    const struct base_json *standard = base_json_member(json, "standard");
    struct catalog_spot standard_spot = {spot, "standard", 0}, amount_spot = {spot, "amount", 0};

    out->standard.max = CORE_MONEY_MAX;
    if (standard != NULL && base_json_member(json, "amount") != NULL)
        catalog_report(loading, &amount_spot, "\"amount\" and \"standard\" stand side by side; keep one of them");
    if (standard != NULL) {
        standard_read(loading, standard, &standard_spot, out);
        return;
    }
    out->standard.kind = CORE_FEE_FIXED;
    (void)read_money(loading, json, spot, "amount", true, &out->standard.amount);
}

/* -- Exemptions -- */

static void exemption_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                           struct catalog_fee_exemption *out)
{
    static const char *const members[] = {"when", "share", "legal_basis"};
    struct catalog_spot share_spot = {spot, "share", 0}, basis_spot = {spot, "legal_basis", 0};

    out->share = CORE_SHARE_WHOLE;
    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 3}))
        return;
    (void)catalog_need(loading, json, spot, "when");
    out->when = catalog_condition_load(loading, json, spot);
    const char *share = catalog_read_string(loading, json, spot, "share", true, 16);
    if (share != NULL && core_share_parse(share, &out->share) != OD_OK)
        catalog_report(loading, &share_spot, "\"share\" is to be a part of the fee such as \"100%%\" or \"12.5%%\", above 0%% and at most 100%%");
    const struct base_json *basis = catalog_need(loading, json, spot, "legal_basis");
    if (basis != NULL)
        catalog_read_basis(loading, basis, &basis_spot, &out->title, &out->article);
}

static void exemptions_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                            struct catalog_fee *out)
{
    const struct base_json *list = catalog_read_list(loading, json, spot, "exemptions", false, 0, CATALOG_FEE_EXEMPTIONS_MAX);
    struct catalog_spot list_spot = {spot, "exemptions", 0};
    size_t i = 0, count = base_json_count(list);
    struct catalog_fee_exemption *exemptions = catalog_take(loading, (count + 1) * sizeof(*exemptions));

    for (const struct base_json *item = base_json_first(list); item != NULL && exemptions != NULL; item = base_json_next(item), i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        exemption_read(loading, item, &at, &exemptions[i]);
    }
    out->exemptions = exemptions;
    out->exemption_count = i;
}

/* -- A fee -- */

static void currency_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                          struct catalog_fee *out)
{
    struct catalog_spot at = {spot, "currency", 0};
    const char *currency = catalog_read_string(loading, json, spot, "currency", true, CATALOG_CURRENCY_SIZE - 1);

    out->currency = currency != NULL ? currency : "";
    if (currency != NULL && (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
        catalog_report(loading, &at, "\"currency\" is to be an ISO 4217 code such as \"CNY\"");
}

static void fee_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                     struct catalog_fee *out)
{
    static const char *const members[] = {"id", "name", "amount", "currency", "unit", "legal_basis", "standard", "when",
                                          "exemptions", "charged_on"};
    static const char *const charges[] = {"acceptance", "approval"};
    struct catalog_spot basis_spot = {spot, "legal_basis", 0};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 10}))
        return;
    out->id = catalog_read_id(loading, json, spot, "id");
    catalog_read_text(loading, json, spot, "name", true, &out->name);
    catalog_read_text(loading, json, spot, "unit", false, &out->unit);
    reckoning_read(loading, json, spot, out);
    currency_read(loading, json, spot, out);
    out->when = catalog_condition_load(loading, json, spot);
    exemptions_read(loading, json, spot, out);
    out->charge = (uint8_t)catalog_read_word(loading, json, spot, "charged_on", false, (struct catalog_words){charges, 2});
    const struct base_json *basis = base_json_member(json, "legal_basis");
    if (basis == NULL)
        catalog_report(loading, spot,
                       "the fee has no legal basis; add \"legal_basis\" {title, article} or remove the fee");
    else
        catalog_read_basis(loading, basis, &basis_spot, &out->title, &out->article);
}

void catalog_fees_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "fees", true, 0, CATALOG_FEES_MAX);
    struct catalog_spot list_spot = {NULL, "fees", 0};
    size_t i = 0, count = base_json_count(list);
    struct catalog_fee *fees = count > 0 ? catalog_take(loading, count * sizeof(*fees)) : NULL;

    for (const struct base_json *item = base_json_first(list); item != NULL && fees != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        fee_read(loading, item, &spot, &fees[i]);
        for (size_t k = 0; k < i; k++)
            if (fees[i].id != NULL && fees[k].id != NULL && strcmp(fees[i].id, fees[k].id) == 0)
                catalog_report(loading, &spot, "fee \"%.64s\" stands twice in the matter; give it another id", fees[i].id);
    }
    out->fees = fees;
    out->fee_count = i;
}

/* -- Against the form of a service -- */

static const struct catalog_field *field_find(const struct catalog_service *service, const char *id)
{
    uint32_t at = catalog_index_find(&service->tables->fields, id);

    return at != CATALOG_INDEX_NONE ? &service->fields[at] : NULL;
}

/* A field that a fee counts by: there, of a fitting type, never below 0. NULL when something is wrong. */
static const struct catalog_field *counted_check(struct catalog_loading *loading, const struct catalog_spot *spot,
                                                 const struct catalog_service *service, const struct catalog_fee *fee,
                                                 const char *id, bool is_whole)
{
    const struct catalog_field *field = field_find(service, id);
    bool is_fine = field != NULL && (field->type == CATALOG_FIELD_INTEGER || (!is_whole && field->type == CATALOG_FIELD_NUMBER));

    if (field == NULL)
        catalog_report(loading, spot, "fee \"%.64s\" counts by field \"%.64s\", which the form of this service does not have; add it to the form",
                       fee->id, id);
    else if (!is_fine && is_whole)
        catalog_report(loading, spot, "fee \"%.64s\" counts by field \"%.64s\", which is to be an integer", fee->id, id);
    else if (!is_fine)
        catalog_report(loading, spot, "fee \"%.64s\" counts by field \"%.64s\", which is to be an integer or a number", fee->id, id);
    else if (field->min < 0)
        catalog_report(loading, spot, "fee \"%.64s\" counts by field \"%.64s\", which may be less than 0; give it \"min\": 0 or more", fee->id, id);
    return is_fine && field->min >= 0 ? field : NULL;
}

/* The largest values of the form must have a fee, too. */
static void reach_check(struct catalog_loading *loading, const struct catalog_spot *spot, const struct catalog_fee *fee,
                        const struct catalog_field *field, const struct catalog_field *times)
{
    double quantity = field != NULL ? field->max : 0, by = times != NULL ? times->max : 1;
    core_money money;

    if (quantity < 1e12 && by < 1e12 &&
        core_fee_compute(&fee->standard, (core_quantity)(quantity * 1000), (int64_t)by, &money) == OD_OK)
        return;
    catalog_report(loading, spot,
                   times != NULL ? "fee \"%.64s\" would pass 999999999999.99 for the largest values of the form; give field \"%.64s\" and the one in \"times\" a \"max\""
                                 : "fee \"%.64s\" would pass 999999999999.99 for the largest values of the form; give field \"%.64s\" a \"max\"",
                   fee->id, fee->field);
}

static void fee_check(struct catalog_loading *loading, const struct catalog_spot *spot, const struct catalog_fee *fee,
                      const struct catalog_service *service)
{
    const struct catalog_field *field = NULL, *times = NULL;

    catalog_condition_check(loading, fee->when, service);
    for (size_t i = 0; i < fee->exemption_count; i++)
        catalog_condition_check(loading, fee->exemptions[i].when, service);
    if (fee->id == NULL || fee->field == NULL || fee->standard.kind <= CORE_FEE_FIXED)
        return;
    field = counted_check(loading, spot, service, fee, fee->field, false);
    if (fee->times != NULL)
        times = counted_check(loading, spot, service, fee, fee->times, true);
    if (field != NULL && (fee->times == NULL || times != NULL) && loading->findings->count == 0)
        reach_check(loading, spot, fee, field, times);
}

void catalog_fees_check(struct catalog_loading *loading, const struct catalog_service *service)
{
    struct catalog_spot list_spot = {NULL, "matters", 0};
    size_t count = 0;

    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_matter *matter = service->matters[i];
        struct catalog_spot spot = {&list_spot, NULL, i};

        count += matter->fee_count;
        for (size_t k = 0; k < matter->fee_count; k++)
            fee_check(loading, &spot, &matter->fees[k], service);
    }
    if (count > CATALOG_FEE_LINES_MAX)
        catalog_report(loading, &list_spot, "the matters of the service have %zu fees, at most %d are allowed", count, CATALOG_FEE_LINES_MAX);
}
