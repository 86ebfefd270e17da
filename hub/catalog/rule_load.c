/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets: articles of law with the limits that they set, and which of them holds where a
 * matter or service says nothing. docs/catalogue.md, "Rule sets". */
#include <string.h>

#include "catalog/loading.h"

#define ARTICLE_MAX 64
#define RULES_OF_SET_MAX CATALOG_ITEMS_MAX

/* The members of "defaults", by the place that they are for. */
static const char *const default_members[CATALOG_LIMIT_PLACES + 1] = {
    [CATALOG_LIMIT_TASK] = "task.statutory",    [CATALOG_LIMIT_WATCH] = "task.watch",
    [CATALOG_LIMIT_JOINT] = "joint.statutory",  [CATALOG_LIMIT_INTAKE] = "intake",
    [CATALOG_LIMIT_SUPPLEMENT] = "supplement",  [CATALOG_LIMIT_DELIVERY] = "delivery",
    [CATALOG_LIMIT_TOLERANCE] = "tolerance",    [CATALOG_LIMIT_PLACES] = "stages",
};

/* Remember the rule under its id; one that cannot be remembered is told and dropped. */
static void rule_add(struct catalog_loading *loading, const struct catalog_spot *spot, const struct catalog_rule *rule)
{
    struct catalog *catalog = loading->catalog;
    struct catalog_spot at = {spot, "id", 0};
    uint32_t next = catalog->rule_index.count;

    if (rule->id == NULL)
        return;
    if (next == CATALOG_RULES_MAX && catalog_index_find(&catalog->rule_index, rule->id) == CATALOG_INDEX_NONE) {
        catalog_report(loading, spot, "there are more than %d rules", CATALOG_RULES_MAX);
        return;
    }
    uint32_t row = catalog_index_add(&catalog->rule_index, rule->id);
    if (row == next)
        catalog->rules[row] = rule;
    else
        catalog_report(loading, &at, "rule \"%s\" is defined already, in set \"%s\"; give one of them another id", rule->id,
                       catalog->rules[row]->set->id != NULL ? catalog->rules[row]->set->id : "");
}

static void stage_read(struct catalog_loading *loading, const struct base_json *json,
                       const struct catalog_spot *spot, struct catalog_rule *out)
{
    static const char *const members[] = {"starts_on", "ends_on", "lead"};
    const struct base_json *member = base_json_member(json, "stage");
    struct catalog_spot at = {spot, "stage", 0};
    struct core_stage_rule stage = {.id = NULL};

    if (member == NULL || !catalog_read_object(loading, member, &at, (struct catalog_words){members, 3}))
        return;
    catalog_read_stage_span(loading, member, &at, &stage);
    out->starts_on = stage.starts_on;
    out->ends_on = stage.ends_on;
    out->lead = stage.lead;
}

static void rule_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                      struct catalog_rule *out)
{
    static const char *const members[] = {"id", "article", "text", "source", "stage", "limit"};
    const struct base_json *limit = base_json_member(json, "limit");
    struct catalog_spot limit_spot = {spot, "limit", 0};

    out->source = out->set->source;
    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 6}))
        return;
    out->id = catalog_read_id(loading, json, spot, "id");
    out->article = catalog_read_string(loading, json, spot, "article", true, ARTICLE_MAX);
    catalog_read_text(loading, json, spot, "text", true, &out->text);
    catalog_read_text(loading, json, spot, "source", false, &out->source);
    stage_read(loading, json, spot, out);
    bool is_stage = base_json_member(json, "stage") != NULL;
    struct catalog_limit_reading reading = {.place = is_stage ? CATALOG_LIMIT_STAGE : CATALOG_LIMIT_NONE, .is_of_rule = true};
    catalog_read_limit(loading, json, spot, "limit", &reading, &out->limit);
    if (is_stage && limit == NULL && out->lead == 0)
        catalog_report(loading, spot, "the stage has neither \"limit\" nor \"lead\"; add one");
    if (base_json_member(limit, "calendar") != NULL && out->limit.unit != CORE_UNIT_NONE)
        out->calendar_id = catalog_read_id(loading, limit, &limit_spot, "calendar");
    out->limit.rule = out->id;
    rule_add(loading, spot, out);
}

static void rules_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_rule_set *out)
{
    const struct base_json *list = catalog_read_list(loading, json, NULL, "rules", true, 1, RULES_OF_SET_MAX);
    struct catalog_spot list_spot = {NULL, "rules", 0};
    size_t count = base_json_count(list), i = 0;

    struct catalog_rule *rules = count > 0 ? catalog_take(loading, count * sizeof(*rules)) : NULL;
    if (rules == NULL)
        return;
    out->rules = rules;
    out->rule_count = count;
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        rules[i].set = out;
        rule_read(loading, item, &spot, &rules[i]);
    }
}

static const struct catalog_rule *rule_find(struct catalog_loading *loading, const char *id, const struct catalog_spot *spot)
{
    const struct catalog *catalog = loading->catalog;
    uint32_t at = catalog_index_find(&catalog->rule_index, id);

    if (at == CATALOG_INDEX_NONE)
        catalog_report_unknown(loading, spot, "rule", id, &catalog->rule_index);
    return at != CATALOG_INDEX_NONE ? catalog->rules[at] : NULL;
}

const struct catalog_rule *catalog_read_rule(struct catalog_loading *loading, const struct base_json *object,
                                             const struct catalog_spot *spot, const char *key)
{
    struct catalog_spot at = {spot, key, 0};
    const char *id = base_json_member(object, key) != NULL ? catalog_read_id(loading, object, spot, key) : NULL;

    return id != NULL ? rule_find(loading, id, &at) : NULL;
}

static void default_read(struct catalog_loading *loading, const struct base_json *defaults, const struct catalog_spot *spot,
                         enum catalog_limit_place place, struct catalog_rule_set *out)
{
    struct catalog_spot at = {spot, default_members[place], 0};
    const struct catalog_rule *rule = catalog_read_rule(loading, defaults, spot, default_members[place]);

    if (rule != NULL && rule->limit.unit == CORE_UNIT_NONE)
        catalog_report(loading, &at, "rule \"%s\" sets no limit; name one that does, or remove it", rule->id);
    else
        out->defaults[place] = rule;
}

static void default_stages_read(struct catalog_loading *loading, const struct base_json *defaults,
                                const struct catalog_spot *spot, struct catalog_rule_set *out)
{
    struct catalog_spot list_spot = {spot, "stages", 0};
    struct catalog_names names;

    catalog_read_ids(loading, defaults, spot, "stages", false, CORE_STAGES_MAX, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct catalog_spot at = {&list_spot, NULL, i};
        const struct catalog_rule *rule = names.at[i] != NULL ? rule_find(loading, names.at[i], &at) : NULL;
        if (rule != NULL && rule->starts_on == CORE_MILESTONE_NONE)
            catalog_report(loading, &at, "rule \"%s\" is no stage; name one that has a \"stage\", or remove it", rule->id);
        else if (rule != NULL)
            out->stages[out->stage_count++] = rule;
    }
}

static void defaults_read(struct catalog_loading *loading, const struct base_json *json, struct catalog_rule_set *out)
{
    const struct base_json *defaults = base_json_member(json, "defaults");
    struct catalog_spot spot = {NULL, "defaults", 0};

    if (defaults == NULL ||
        !catalog_read_object(loading, defaults, &spot, (struct catalog_words){default_members, CATALOG_LIMIT_PLACES + 1}))
        return;
    for (int place = CATALOG_LIMIT_NONE + 1; place < CATALOG_LIMIT_PLACES; place++) {
        if (default_members[place] != NULL)
            default_read(loading, defaults, &spot, (enum catalog_limit_place)place, out);
    }
    default_stages_read(loading, defaults, &spot, out);
}

void catalog_rule_set_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_rule_set *out)
{
    static const char *const members[] = {"id", "name", "source", "calendar", "rules", "defaults"};

    if (!catalog_read_object(loading, json, NULL, (struct catalog_words){members, 6}))
        return;
    out->id = catalog_read_id(loading, json, NULL, "id");
    catalog_read_text(loading, json, NULL, "name", true, &out->name);
    catalog_read_text(loading, json, NULL, "source", true, &out->source);
    if (base_json_member(json, "calendar") != NULL) /* a hint for people: it may be defined elsewhere */
        out->calendar_id = catalog_read_id(loading, json, NULL, "calendar");
    rules_read(loading, json, out);
    defaults_read(loading, json, out);
}

const struct catalog_rule_set *catalog_read_rule_set(struct catalog_loading *loading, const struct base_json *object,
                                                     const struct catalog_rule_set *fallback)
{
    const struct catalog *catalog = loading->catalog;
    struct catalog_spot at = {NULL, "rule_set", 0};
    const char *id = base_json_member(object, "rule_set") != NULL ? catalog_read_id(loading, object, NULL, "rule_set") : NULL;

    if (id == NULL)
        return fallback;
    uint32_t row = catalog_index_find(&catalog->rule_set_index, id);
    if (row != CATALOG_INDEX_NONE)
        return &catalog->rule_sets[row];
    catalog_report_unknown(loading, &at, "rule set", id, &catalog->rule_set_index);
    return fallback;
}

/* -- Reading what was loaded -- */

size_t catalog_rule_set_count(const struct catalog *catalog)
{
    return catalog->rule_set_index.count;
}

const struct catalog_rule_set *catalog_rule_set_at(const struct catalog *catalog, size_t index)
{
    return index < catalog->rule_set_index.count ? &catalog->rule_sets[index] : NULL;
}

const struct catalog_rule_set *catalog_rule_set_find(const struct catalog *catalog, const char *id)
{
    uint32_t at = catalog_index_find(&catalog->rule_set_index, id);

    return at != CATALOG_INDEX_NONE ? &catalog->rule_sets[at] : NULL;
}

const struct catalog_rule *catalog_rule_find(const struct catalog *catalog, const char *id)
{
    uint32_t at = catalog_index_find(&catalog->rule_index, id);

    return at != CATALOG_INDEX_NONE ? catalog->rules[at] : NULL;
}
