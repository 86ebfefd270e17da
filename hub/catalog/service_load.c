/* SPDX-License-Identifier: Apache-2.0 */
/* A service: its matters, the order among them, limits, and the tables behind
 * core_step and the check of a submission. */
#include <stdio.h>
#include <string.h>

#include "catalog/condition.h"
#include "catalog/search.h"

/* One service while it is read. */
struct reading {
    struct catalog_loading *loading;
    struct catalog_service *service;
    struct catalog_service_tables *tables;
    struct core_matter_rule *rules;          /* per matter */
    const struct catalog_matter **matters;
    const struct catalog_condition **whens;
    const struct base_json *items[CORE_TASKS_MAX]; /* as written: an id or an object */
    bool has_own_after;
    bool has_too_many_materials;
};

static uint8_t applicants_read(struct catalog_loading *loading, const struct base_json *json)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "applicant_kinds", true, 1, 2);
    struct catalog_spot list_spot = {NULL, "applicant_kinds", 0};
    uint8_t kinds = 0;
    size_t i = 0;

    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        const char *word = base_json_text(item);
        if (word != NULL && strcmp(word, "person") == 0)
            kinds |= CATALOG_APPLICANT_PERSON;
        else if (word != NULL && strcmp(word, "organization") == 0)
            kinds |= CATALOG_APPLICANT_ORGANIZATION;
        else
            catalog_report(loading, &spot, "an applicant kind is to be one of: person, organization");
    }
    return kinds;
}

/* Joint handling has the joint limit, a department by itself that of its matters: Licensing Law art. 42. */
static const struct catalog_rule *joint_fallback(const struct catalog_service *service)
{
    const struct catalog_rule_set *set = service->rule_set;
    bool is_joint = false;

    for (size_t i = 1; i < service->matter_count; i++)
        is_joint = is_joint || service->matters[i]->department != service->matters[0]->department;
    if (set == NULL)
        return NULL;
    return set->defaults[is_joint ? CATALOG_LIMIT_JOINT : CATALOG_LIMIT_TASK];
}

/* The four limits around the review. */
static void further_limits_read(struct catalog_loading *loading, const struct base_json *limits,
                                const struct catalog_spot *spot, struct catalog_service *out)
{
    const struct { const char *key; enum catalog_limit_place place; struct core_limit *limit; } rows[] = {
        {"intake", CATALOG_LIMIT_INTAKE, &out->rules.intake},
        {"supplement", CATALOG_LIMIT_SUPPLEMENT, &out->rules.supplement},
        {"delivery", CATALOG_LIMIT_DELIVERY, &out->rules.delivery},
        {"tolerance", CATALOG_LIMIT_TOLERANCE, &out->rules.tolerance},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct catalog_limit_reading reading = {
            .place = rows[i].place, .fallback = out->rule_set != NULL ? out->rule_set->defaults[rows[i].place] : NULL};
        catalog_read_limit(loading, limits, spot, rows[i].key, &reading, rows[i].limit);
    }
}

static void limits_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out)
{
    static const char *const members[] = {"statutory", "promised", "supplement", "intake", "delivery", "tolerance"};
    struct catalog_limit_reading reading = {.place = CATALOG_LIMIT_JOINT, .is_required = true};
    struct core_rules *rules = &out->rules;
    const struct base_json *limits = catalog_need(loading, json, NULL, "limits");
    struct catalog_spot spot = {NULL, "limits", 0};

    if (limits == NULL || !catalog_read_object(loading, limits, &spot, (struct catalog_words){members, 6}))
        return;
    catalog_read_limit(loading, limits, &spot, "promised", &reading, &rules->promised);
    reading.fallback = joint_fallback(out);
    catalog_read_limit(loading, limits, &spot, "statutory", &reading, &rules->statutory);
    catalog_promise_check(loading, &spot, CATALOG_LIMIT_JOINT, &rules->promised, &rules->statutory);
    further_limits_read(loading, limits, &spot, out);
}

/* The place of a matter in the service, or CORE_TASKS_MAX. */
static size_t task_of(const struct reading *reading, const struct catalog_matter *matter)
{
    size_t i = 0;

    while (i < reading->service->matter_count && reading->matters[i] != matter)
        i++;
    return i < reading->service->matter_count ? i : CORE_TASKS_MAX;
}

/* The same by the matter's id; id NULL is nowhere. */
static size_t task_find(const struct reading *reading, const char *id)
{
    const struct catalog *catalog = reading->loading->catalog;
    uint32_t at = id != NULL ? catalog_index_find(&catalog->matter_index, id) : CATALOG_INDEX_NONE;

    return at != CATALOG_INDEX_NONE ? task_of(reading, &catalog->matters[at]) : CORE_TASKS_MAX;
}

/* One item of "matters": an id, or {"matter", "after", "when"}. */
static void matter_take(struct reading *reading, const struct base_json *item, const struct catalog_spot *spot)
{
    static const char *const members[] = {"matter", "after", "when"};
    struct catalog_loading *loading = reading->loading;
    bool is_object = base_json_type(item) == BASE_JSON_OBJECT;
    struct catalog_spot id_spot = {spot, "matter", 0};

    if (is_object && !catalog_read_object(loading, item, spot, (struct catalog_words){members, 3}))
        return;
    const char *id = is_object ? catalog_read_id(loading, item, spot, "matter")
                               : catalog_read_id_value(loading, item, spot);
    if (id == NULL)
        return;
    uint32_t at = catalog_index_find(&loading->catalog->matter_index, id);
    if (at == CATALOG_INDEX_NONE) {
        catalog_report_unknown(loading, is_object ? &id_spot : spot, "matter", id, &loading->catalog->matter_index);
        return;
    }
    const struct catalog_matter *matter = &loading->catalog->matters[at];
    if (task_of(reading, matter) != CORE_TASKS_MAX) {
        catalog_report(loading, spot, "matter \"%s\" stands twice in the service; remove one", id);
        return;
    }
    size_t task = reading->service->matter_count++;
    reading->items[task] = item;
    reading->matters[task] = matter;
    bool has_when = is_object && base_json_member(item, "when") != NULL;
    reading->whens[task] = has_when ? catalog_condition_load(loading, item, spot) : matter->when;
}

/* False when nothing came of it. */
static bool matters_take(struct reading *reading, const struct base_json *json)
{
    struct catalog_loading *loading = reading->loading;
    const struct base_json *list = base_json_member(json, "matters");
    struct catalog_spot list_spot = {NULL, "matters", 0};
    size_t i = 0;

    if (base_json_type(list) == BASE_JSON_ARRAY && base_json_first(list) == NULL) {
        catalog_report(loading, &list_spot, "the service has no matter; list at least one");
        return false;
    }
    list = catalog_read_list(loading, json, NULL, "matters", true, 1, CORE_TASKS_MAX);
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        matter_take(reading, item, &spot);
    }
    return reading->service->matter_count > 0;
}

/* `after` as the service says: every matter must be one of its own. */
static core_task_set own_after(struct reading *reading, size_t task)
{
    struct catalog_loading *loading = reading->loading;
    struct catalog_spot list_spot = {NULL, "matters", 0}, item_spot = {&list_spot, NULL, task};
    struct catalog_spot after_spot = {&item_spot, "after", 0};
    struct catalog_names names;
    core_task_set set = 0;

    reading->has_own_after = true;
    catalog_read_ids(loading, reading->items[task], &item_spot, "after", true, CORE_TASKS_MAX, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct catalog_spot spot = {&after_spot, NULL, i};
        size_t other = task_find(reading, names.at[i]);
        if (other != CORE_TASKS_MAX)
            set |= (core_task_set)1 << other;
        else if (names.at[i] != NULL)
            catalog_report(loading, &spot,
                           "\"after\" names \"%s\", which is no matter of this service; add it or remove it here",
                           names.at[i]);
    }
    return set;
}

/* `after` as the matter says; what is not in this service does not hold it up. */
static core_task_set matter_after(const struct reading *reading, size_t task)
{
    const struct catalog_matter *matter = reading->matters[task];
    core_task_set set = 0;

    for (size_t i = 0; i < matter->after_count; i++) {
        size_t other = task_of(reading, matter->after[i]);
        if (other != CORE_TASKS_MAX)
            set |= (core_task_set)1 << other;
    }
    return set;
}

/* Every task that is left waits for another one that is left: follow one of them until
 * it comes back. */
static void cycle_report(struct reading *reading, core_task_set left)
{
    struct catalog_spot list_spot = {NULL, "matters", 0};
    char names[400];
    size_t used = 0, task = (size_t)__builtin_ctzll(left);

    for (core_task_set seen = 0; (seen >> task & 1) == 0;) {
        seen |= (core_task_set)1 << task;
        task = (size_t)__builtin_ctzll(reading->rules[task].after & left);
    }
    size_t first = task; /* on the circle now */
    do {
        used += (size_t)snprintf(names + used, used < sizeof(names) ? sizeof(names) - used : 0, "%s -> ",
                                 reading->matters[task]->id);
        task = (size_t)__builtin_ctzll(reading->rules[task].after & left);
    } while (task != first && used < sizeof(names));
    struct catalog_spot spot = {&list_spot, NULL, first};
    catalog_report(reading->loading, &spot,
                   "\"after\" goes in a circle in this service: %s%s; remove one of these", names, reading->matters[first]->id);
}

static void after_fill(struct reading *reading)
{
    size_t count = reading->service->matter_count;
    core_task_set left = count == 64 ? ~(core_task_set)0 : ((core_task_set)1 << count) - 1;
    core_task_set before = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_own = base_json_member(reading->items[i], "after") != NULL;
        reading->rules[i].after = is_own ? own_after(reading, i) : matter_after(reading, i);
    }
    while (left != before) {
        before = left;
        for (size_t i = 0; i < count; i++) {
            if ((reading->rules[i].after & left) == 0)
                left &= ~((core_task_set)1 << i);
        }
    }
    /* A circle among the matters' own words is told once, where they stand. */
    if (left != 0 && reading->has_own_after)
        cycle_report(reading, left);
}

static void fields_check(struct reading *reading, size_t task)
{
    const struct catalog_matter *matter = reading->matters[task];
    struct catalog_spot list_spot = {NULL, "matters", 0}, spot = {&list_spot, NULL, task};

    struct catalog_phrase hint;

    for (size_t i = 0; i < matter->field_count; i++) {
        const char *field = matter->fields[i];
        if (field == NULL || catalog_index_find(&reading->tables->fields, field) != CATALOG_INDEX_NONE)
            continue;
        const char *nearest = catalog_index_nearest(&reading->tables->fields, field);
        catalog_report(reading->loading, &spot,
                       "matter \"%s\" declares field \"%s\", which the form of this service does not have%p", matter->id, field,
                       catalog_phrase_hint(&hint, nearest, "; add it to the form"));
    }
}

static void conditions_check(struct reading *reading, size_t task)
{
    const struct catalog_matter *matter = reading->matters[task];

    catalog_condition_check(reading->loading, reading->whens[task], reading->service);
    for (size_t i = 0; i < matter->material_count; i++)
        catalog_condition_check(reading->loading, matter->materials[i].when, reading->service);
}

static void rule_fill(struct reading *reading, size_t task)
{
    const struct catalog_matter *matter = reading->matters[task];
    struct core_matter_rule *rule = &reading->rules[task];

    rule->statutory = matter->statutory;
    rule->promised = matter->promised;
    rule->weight = 1;
    rule->watch = matter->watch;
    rule->stages = matter->stages;
    rule->stage_count = matter->stage_count;
    rule->is_on_the_spot = matter->is_on_the_spot;
    rule->needs_two_officers = matter->needs_two_officers;
    rule->gives_no_opinion = matter->gives_no_opinion;
    rule->expiry = matter->expiry;
    rule->pause_kinds = matter->pause_kinds;
}

static void material_note(struct reading *reading, core_task_set *users, uint16_t *at, const char *id, size_t task)
{
    struct catalog_index *materials = &reading->tables->materials;
    uint32_t index = id != NULL ? catalog_index_find(materials, id) : CATALOG_INDEX_NONE;

    if (id != NULL && index == CATALOG_INDEX_NONE && materials->count < BASE_MATERIALS_MAX)
        index = catalog_index_add(materials, id);
    if (index == CATALOG_INDEX_NONE) {
        reading->has_too_many_materials = reading->has_too_many_materials || id != NULL;
        return;
    }
    users[index] |= (core_task_set)1 << task;
    *at = (uint16_t)index;
}

/* Every material of the service once, so that a submission is checked with bits. */
static void materials_fill(struct reading *reading)
{
    struct catalog_loading *loading = reading->loading;
    size_t count = reading->service->matter_count, total = 0;
    struct catalog_spot spot = {NULL, "matters", 0};

    for (size_t i = 0; i < count; i++)
        total += reading->matters[i]->material_count;
    const uint16_t **material_at = catalog_take(loading, count * sizeof(*material_at));
    core_task_set *users = catalog_take(loading, BASE_MATERIALS_MAX * sizeof(*users));
    if (material_at == NULL || users == NULL)
        return;
    if (catalog_index_init(&reading->tables->materials, loading->arena,
                           total < BASE_MATERIALS_MAX ? total : BASE_MATERIALS_MAX) != OD_OK) {
        loading->rc = OD_ENOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct catalog_matter *matter = reading->matters[i];
        uint16_t *at = catalog_take(loading, (matter->material_count + 1) * sizeof(*at));
        for (size_t k = 0; at != NULL && k < matter->material_count; k++)
            material_note(reading, users, &at[k], matter->materials[k].id, i);
        material_at[i] = at;
    }
    if (reading->has_too_many_materials)
        catalog_report(loading, &spot, "the matters of the service ask for more than %d different materials", BASE_MATERIALS_MAX);
    reading->tables->material_at = material_at;
    reading->tables->material_users = users;
}

static bool tables_take(struct reading *reading, const struct base_json *json)
{
    struct catalog_loading *loading = reading->loading;
    size_t count = base_json_count(base_json_member(json, "matters"));

    count = count < CORE_TASKS_MAX ? count + 1 : CORE_TASKS_MAX;
    reading->tables = catalog_take(loading, sizeof(*reading->tables));
    reading->rules = catalog_take(loading, count * sizeof(*reading->rules));
    reading->matters = catalog_take(loading, count * sizeof(*reading->matters));
    reading->whens = catalog_take(loading, count * sizeof(*reading->whens));
    if (loading->rc != OD_OK)
        return false;
    reading->service->tables = reading->tables;
    reading->service->matters = reading->matters;
    reading->service->whens = reading->whens;
    return true;
}

static void rules_fill(struct reading *reading, const struct base_json *json)
{
    const struct catalog *catalog = reading->loading->catalog;
    struct core_rules *rules = &reading->service->rules;

    for (size_t i = 0; i < reading->service->matter_count; i++) {
        rule_fill(reading, i);
        fields_check(reading, i);
        conditions_check(reading, i);
    }
    catalog_intake_conditions_check(reading->loading, reading->service);
    catalog_fees_check(reading->loading, reading->service);
    after_fill(reading);
    materials_fill(reading);
    catalog_policy_load(reading->loading, json, reading->service, reading->rules);
    rules->calendar = catalog->calendar != NULL ? &catalog->calendar->rules : NULL;
    rules->matters = reading->rules;
    rules->matter_count = (uint8_t)reading->service->matter_count;
    rules->opens_minute = catalog->opens_minute;
    rules->closes_minute = catalog->closes_minute;
    rules->rolls_receipt = catalog->rolls_receipt;
}

void catalog_service_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_service *out)
{
    static const char *const members[] = {"id", "name", "summary", "applicant_kinds", "matters", "policy",
                                          "stops_on_veto", "limits", "form", "example", "rule_set", "expiry", "intake",
                                          "competence", "corrections", "remedies"};
    struct reading reading = {.loading = loading, .service = out};
    size_t before = loading->findings->count;

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, 16}))
        return;
    if (!tables_take(&reading, json))
        return;
    out->id = catalog_read_id(loading, json, NULL, "id");
    catalog_read_text(loading, json, NULL, "name", true, &out->name);
    catalog_read_text(loading, json, NULL, "summary", true, &out->summary);
    catalog_search_index(loading->arena, out);
    if (out->name.in[CATALOG_ZH_CN] != NULL && (out->initials == NULL || out->spelled == NULL))
        loading->rc = OD_ENOMEM;
    out->applicant_kinds = applicants_read(loading, json);
    out->rule_set = catalog_read_rule_set(loading, json, loading->catalog->rule_set);
    out->rules.expiry = catalog_read_expiry(loading, json);
    out->rules.stops_on_veto = catalog_read_flag(loading, json, NULL, "stops_on_veto", false);
    catalog_remedies_load(loading, json, &out->remedies);
    catalog_form_load(loading, json, out, reading.tables);
    bool has_matters = matters_take(&reading, json);
    limits_read(loading, json, out);
    catalog_intake_load(loading, json, out);
    if (has_matters && out->id != NULL && loading->rc == OD_OK)
        rules_fill(&reading, json);
    const struct base_json *example = catalog_need(loading, json, NULL, "example");
    /* Over tables that are not whole the example's own findings would mislead. */
    bool is_sound = loading->findings->count == before && loading->found_before_services == 0;
    if (example != NULL && is_sound && loading->rc == OD_OK)
        catalog_example_check(loading, example, out);
}
