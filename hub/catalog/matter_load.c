/* SPDX-License-Identifier: Apache-2.0 */
/* Departments and matters: the six disclosures and what the engine needs of them. */
#include <string.h>

#include "catalog/condition.h"

#define STRING_MAX 255

void catalog_department_load(struct catalog_loading *loading, const struct base_json *json,
                             struct catalog_department *out)
{
    static const char *const members[] = {"id", "name", "phone", "address", "calendar", "remedies"};
    struct catalog_text address = {{NULL}};
    const char *calendar_id;

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, 6}))
        return;
    out->id = catalog_read_id(loading, json, NULL, "id");
    catalog_read_text(loading, json, NULL, "name", true, &out->name);
    catalog_read_string(loading, json, NULL, "phone", false, 64);
    catalog_read_text(loading, json, NULL, "address", false, &address);
    out->calendar = catalog_read_calendar(loading, json, NULL, &calendar_id);
    catalog_remedies_load(loading, json, &out->remedies);
}

void catalog_read_basis(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                        struct catalog_text *title, const char **article)
{
    static const char *const members[] = {"title", "article"};

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 2}))
        return;
    catalog_read_text(loading, json, spot, "title", true, title);
    *article = catalog_read_string(loading, json, spot, "article", true, STRING_MAX);
}

static void bases_read(struct catalog_loading *loading, const struct base_json *json)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "legal_basis", true, 1, CATALOG_ITEMS_MAX);
    struct catalog_spot list_spot = {NULL, "legal_basis", 0};
    size_t i = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        struct catalog_text title;
        const char *article;

        catalog_read_basis(loading, item, &spot, &title, &article);
    }
}

static void procedure_read(struct catalog_loading *loading, const struct base_json *json)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "procedure", true, 1, CATALOG_ITEMS_MAX);
    struct catalog_spot list_spot = {NULL, "procedure", 0};
    struct catalog_text step;
    size_t i = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        catalog_read_text_value(loading, item, &spot, &step);
    }
}

static void material_read(struct catalog_loading *loading, const struct base_json *json,
                          const struct catalog_spot *spot, struct catalog_material *out)
{
    static const char *const members[] = {"id", "name", "required", "tolerant", "when", "types", "max_bytes", "valid_for", "same_as"};
    struct catalog_names same;

    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 9}))
        return;
    catalog_read_ids(loading, json, spot, "same_as", false, CATALOG_SAME_AS_MAX, &same);
    out->same_as = (const char *const *)same.at;
    out->same_count = same.count;
    catalog_document_rule_read(loading, json, spot, out);
    out->id = catalog_read_id(loading, json, spot, "id");
    catalog_read_text(loading, json, spot, "name", true, &out->name);
    out->is_required = catalog_read_flag(loading, json, spot, "required", true);
    out->is_tolerant = catalog_read_flag(loading, json, spot, "tolerant", false);
    out->when = catalog_condition_load(loading, json, spot);
}

static void materials_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "materials", true, 0, BASE_MATERIALS_MAX);
    struct catalog_spot list_spot = {NULL, "materials", 0};
    size_t count = base_json_count(list), i = 0;

    struct catalog_material *materials = count > 0 ? catalog_take(loading, count * sizeof(*materials)) : NULL;
    if (materials == NULL)
        return;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        material_read(loading, item, &spot, &materials[i]);
        for (size_t j = 0; j < i && materials[i].id != NULL; j++) {
            if (materials[j].id != NULL && strcmp(materials[i].id, materials[j].id) == 0)
                catalog_report(loading, &spot, "material \"%s\" stands twice in the matter; remove one",
                               materials[i].id);
        }
    }
    out->materials = materials;
    out->material_count = count;
}

/* The limit of the set that holds where a matter says nothing. */
static const struct catalog_rule *fallback_of(const struct catalog_loading *loading, enum catalog_limit_place place)
{
    const struct catalog_rule_set *set = loading->catalog->rule_set;

    return set != NULL ? set->defaults[place] : NULL;
}

static void limits_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    static const char *const members[] = {"statutory", "promised", "watch"};
    const struct base_json *limits = catalog_need(loading, json, NULL, "limits");
    struct catalog_spot spot = {NULL, "limits", 0};
    struct catalog_limit_reading reading = {.place = CATALOG_LIMIT_TASK, .is_required = true,
                                            .calendar = out->department != NULL ? out->department->calendar : NULL};

    if (limits == NULL || !catalog_read_object(loading, limits, &spot, (struct catalog_words){members, 3}))
        return;
    catalog_read_limit(loading, limits, &spot, "promised", &reading, &out->promised);
    reading.fallback = fallback_of(loading, CATALOG_LIMIT_TASK);
    catalog_read_limit(loading, limits, &spot, "statutory", &reading, &out->statutory);
    catalog_promise_check(loading, &spot, CATALOG_LIMIT_TASK, &out->promised, &out->statutory);
    reading.place = CATALOG_LIMIT_WATCH;
    reading.is_required = false;
    reading.fallback = fallback_of(loading, CATALOG_LIMIT_WATCH);
    catalog_read_limit(loading, limits, &spot, "watch", &reading, &out->watch);
}

static void validity_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    struct catalog_spot spot = {NULL, "valid_to", 0};

    out->valid_from = 0;
    out->valid_to = CORE_DAY_MAX;
    catalog_read_day(loading, json, NULL, "valid_from", false, &out->valid_from);
    catalog_read_day(loading, json, NULL, "valid_to", false, &out->valid_to);
    if (out->valid_to < out->valid_from)
        catalog_report(loading, &spot, "\"valid_to\" lies before \"valid_from\"");
}

static void department_pick(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    const char *id = catalog_read_id(loading, json, NULL, "department");
    struct catalog_spot spot = {NULL, "department", 0};

    if (id == NULL)
        return;
    uint32_t at = catalog_index_find(&loading->catalog->department_index, id);
    if (at == CATALOG_INDEX_NONE)
        catalog_report_unknown(loading, &spot, "department", id, &loading->catalog->department_index);
    else
        out->department = &loading->catalog->departments[at];
}

/* A place that is taken over, or that silence gives, would be counted twice, or out of turn. */
static void quantity_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    static const char *const members[] = {"available", "per"};
    static const char *const periods[] = {NULL, "year", "ever"};
    const struct base_json *quantity = base_json_member(json, "quantity");
    struct catalog_spot spot = {NULL, "quantity", 0};

    if (quantity == NULL || !catalog_read_object(loading, quantity, &spot, (struct catalog_words){members, 2}))
        return;
    if (catalog_need(loading, quantity, &spot, "available") == NULL)
        return;
    out->quantity.available = (uint32_t)catalog_read_integer(loading, quantity, &spot, "available", 1, CATALOG_QUANTITY_MAX, 0);
    out->quantity.is_yearly = catalog_read_word(loading, quantity, &spot, "per", true, (struct catalog_words){periods, 3}) == 1;
    if (out->gives_no_opinion)
        catalog_report(loading, &spot, "a matter that gives no opinion grants nothing that could be limited: remove \"quantity\"");
    if (out->opinion_months > 0)
        catalog_report(loading, &spot, "an approval of limited quantity does not stand for another application: remove \"opinion_valid_for\"");
    if (out->expiry != CORE_EXPIRY_NONE && out->expiry != CORE_EXPIRY_DEEMED_REFUSAL)
        catalog_report(loading, &spot, "silence may not grant what is limited out of its turn: \"expiry\" is to be none or deemed_refusal");
}

/* What core_matter_rule takes over for each service. */
static void rule_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    static const char *const kinds[] = {NULL, "promised", "on_the_spot"};

    out->expiry = catalog_read_expiry(loading, json);
    out->is_on_the_spot = catalog_read_word(loading, json, NULL, "kind", true, (struct catalog_words){kinds, 3}) == 2;
    out->pause_kinds = catalog_read_pauses(loading, json, NULL, "pauses", CORE_PAUSE_AUCTION);
    out->needs_two_officers = catalog_read_flag(loading, json, NULL, "two_officers", false);
    out->is_safety = catalog_read_flag(loading, json, NULL, "safety", false);
    out->opinion_months = catalog_months_read(loading, json, NULL, "opinion_valid_for");
    out->is_opinion_reused = catalog_read_flag(loading, json, NULL, "opinion_reuse", true);
    out->gives_no_opinion = !catalog_read_flag(loading, json, NULL, "gives_opinion", true);
    struct catalog_spot spot = {NULL, "gives_opinion", 0};
    if (out->gives_no_opinion && (out->expiry != CORE_EXPIRY_NONE || out->needs_two_officers))
        catalog_report(loading, &spot, "a matter that gives no opinion has none to be deemed or signed by two: remove \"expiry\" and \"two_officers\"");
}

void catalog_matter_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    static const char *const members[] = {"id", "department", "name", "kind", "legal_basis", "procedure",
                                          "materials", "limits",
                                          "fees", "when", "after", "fields", "expiry", "pauses", "valid_from", "valid_to",
                                          "stages", "two_officers", "opinion_valid_for", "opinion_reuse", "gives_opinion", "quantity", "safety"};
    struct catalog_names fields;

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, sizeof(members) / sizeof(members[0])}))
        return;
    out->id = catalog_read_id(loading, json, NULL, "id");
    catalog_read_text(loading, json, NULL, "name", true, &out->name);
    department_pick(loading, json, out);
    rule_read(loading, json, out);
    quantity_read(loading, json, out);
    bases_read(loading, json);
    procedure_read(loading, json);
    materials_read(loading, json, out);
    limits_read(loading, json, out);
    catalog_stages_load(loading, json, out);
    catalog_fees_load(loading, json, out);
    out->when = catalog_condition_load(loading, json, NULL);
    catalog_read_ids(loading, json, NULL, "after", false, CORE_TASKS_MAX, &loading->after[out->index]);
    catalog_read_ids(loading, json, NULL, "fields", false, CATALOG_FIELDS_MAX, &fields);
    out->fields = (const char *const *)fields.at;
    out->field_count = fields.count;
    validity_read(loading, json, out);
}
