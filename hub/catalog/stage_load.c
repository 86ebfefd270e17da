/* SPDX-License-Identifier: Apache-2.0 */
/* Stages of a matter: from one milestone to another, each with a clock of its own. */
#include <string.h>

#include "catalog/loading.h"

#define LEAD_MAX 365

static const char *const milestones[] = {
    [CORE_MILESTONE_WORKABLE] = "workable",
    [CORE_MILESTONE_TAKEN] = "taken",
    [CORE_MILESTONE_DELEGATED] = "delegated",
    [CORE_MILESTONE_PRELIMINARY_REVIEWED] = "preliminary_reviewed",
    [CORE_MILESTONE_INSPECTORS_ASSIGNED] = "inspectors_assigned",
    [CORE_MILESTONE_HEARING_TOLD] = "hearing_told",
    [CORE_MILESTONE_HEARING_REQUESTED] = "hearing_requested",
    [CORE_MILESTONE_HEARING_ANNOUNCED] = "hearing_announced",
    [CORE_MILESTONE_HEARING_HELD] = "hearing_held",
};

const struct catalog_words catalog_milestone_words = {milestones, CORE_MILESTONE_HEARING_HELD + 1};

/* Milestones that always come before one: what waits for them afterwards waits for ever. */
static unsigned milestones_before(enum core_milestone milestone)
{
    switch (milestone) {
    case CORE_MILESTONE_NONE:
    case CORE_MILESTONE_WORKABLE: break;
    case CORE_MILESTONE_TAKEN: return 1u << CORE_MILESTONE_WORKABLE;
    case CORE_MILESTONE_DELEGATED:
    case CORE_MILESTONE_PRELIMINARY_REVIEWED:
    case CORE_MILESTONE_INSPECTORS_ASSIGNED:
    case CORE_MILESTONE_HEARING_TOLD: return 1u << CORE_MILESTONE_WORKABLE | 1u << CORE_MILESTONE_TAKEN;
    case CORE_MILESTONE_HEARING_REQUESTED: return milestones_before(CORE_MILESTONE_HEARING_TOLD) | 1u << CORE_MILESTONE_HEARING_TOLD;
    case CORE_MILESTONE_HEARING_ANNOUNCED: return milestones_before(CORE_MILESTONE_HEARING_REQUESTED) | 1u << CORE_MILESTONE_HEARING_REQUESTED;
    case CORE_MILESTONE_HEARING_HELD: return milestones_before(CORE_MILESTONE_HEARING_ANNOUNCED) | 1u << CORE_MILESTONE_HEARING_ANNOUNCED;
    }
    return 0;
}

static void span_check(struct catalog_loading *loading, const struct catalog_spot *spot, const struct core_stage_rule *stage)
{
    struct catalog_spot ends_spot = {spot, "ends_on", 0}, lead_spot = {spot, "lead", 0};

    if (stage->ends_on != CORE_MILESTONE_NONE && stage->ends_on == stage->starts_on)
        catalog_report(loading, &ends_spot, "the stage ends where it starts; end it on a later milestone, or leave \"ends_on\" out: it ends with the task");
    else if (stage->ends_on != CORE_MILESTONE_NONE && (milestones_before((enum core_milestone)stage->starts_on) >> stage->ends_on & 1u) != 0)
        catalog_report(loading, &ends_spot, "\"%s\" always comes before \"%s\", so the stage would never end; end it on a later milestone",
                       milestones[stage->ends_on], milestones[stage->starts_on]);
    if (stage->lead > 0 && stage->ends_on != CORE_MILESTONE_HEARING_ANNOUNCED)
        catalog_report(loading, &lead_spot, "only \"hearing_announced\" names a day to lie ahead of; end the stage on it or remove \"lead\"");
}

void catalog_read_stage_span(struct catalog_loading *loading, const struct base_json *object,
                             const struct catalog_spot *spot, struct core_stage_rule *stage)
{
    bool has_base = stage->starts_on != CORE_MILESTONE_NONE;
    size_t before = loading->findings->count;

    if (!has_base || base_json_member(object, "starts_on") != NULL)
        stage->starts_on = (uint8_t)catalog_read_word(loading, object, spot, "starts_on", true, catalog_milestone_words);
    if (base_json_member(object, "ends_on") != NULL)
        stage->ends_on = (uint8_t)catalog_read_word(loading, object, spot, "ends_on", false, catalog_milestone_words);
    stage->lead = (int32_t)catalog_read_integer(loading, object, spot, "lead", 1, LEAD_MAX, stage->lead);
    if (loading->findings->count == before)
        span_check(loading, spot, stage);
}

static void rule_take(const struct catalog_rule *rule, const struct catalog_matter *matter, struct core_stage_rule *stage)
{
    *stage = (struct core_stage_rule){.id = rule->id, .limit = rule->limit, .starts_on = rule->starts_on,
                                      .ends_on = rule->ends_on, .lead = rule->lead};
    if (stage->limit.calendar == NULL && matter->department != NULL)
        stage->limit.calendar = matter->department->calendar;
}

/* A stage by its rule alone: the item is the rule's id. */
static void named_read(struct catalog_loading *loading, const char *id, const struct catalog_spot *spot,
                       const struct catalog_matter *matter, struct core_stage_rule *stage)
{
    uint32_t at = catalog_index_find(&loading->catalog->rule_index, id);

    if (at == CATALOG_INDEX_NONE)
        catalog_report_unknown(loading, spot, "rule", id, &loading->catalog->rule_index);
    else if (loading->catalog->rules[at]->starts_on == CORE_MILESTONE_NONE)
        catalog_report(loading, spot, "rule \"%s\" is no stage; write an object with \"id\", \"starts_on\" and \"limit\"", id);
    else
        rule_take(loading->catalog->rules[at], matter, stage);
}

static void stage_read(struct catalog_loading *loading, const struct base_json *json, const struct catalog_spot *spot,
                       const struct catalog_matter *matter, struct core_stage_rule *stage)
{
    static const char *const members[] = {"id", "rule", "starts_on", "ends_on", "lead", "limit"};
    struct catalog_limit_reading reading = {.place = CATALOG_LIMIT_STAGE,
                                            .calendar = matter->department != NULL ? matter->department->calendar : NULL};
    struct core_limit limit = {.unit = CORE_UNIT_NONE};
    const struct catalog_rule *rule;

    if (base_json_text(json) != NULL) {
        named_read(loading, base_json_text(json), spot, matter, stage);
        return;
    }
    if (!catalog_read_object(loading, json, spot, (struct catalog_words){members, 6}))
        return;
    rule = catalog_read_rule(loading, json, spot, "rule");
    if (rule != NULL)
        rule_take(rule, matter, stage);
    if (rule == NULL || base_json_member(json, "id") != NULL)
        stage->id = catalog_read_id(loading, json, spot, "id");
    catalog_read_stage_span(loading, json, spot, stage);
    if (base_json_member(json, "limit") != NULL) {
        catalog_read_limit(loading, json, spot, "limit", &reading, &limit);
        stage->limit = limit;
    } else if (stage->limit.unit == CORE_UNIT_NONE && stage->lead == 0) {
        catalog_report(loading, spot, "the stage has neither \"limit\" nor \"lead\"; add one");
    }
}

static void twice_check(struct catalog_loading *loading, const struct catalog_spot *spot,
                        const struct core_stage_rule *stages, size_t count)
{
    for (size_t i = 0; i < count && stages[count].id != NULL; i++) {
        if (stages[i].id != NULL && strcmp(stages[i].id, stages[count].id) == 0)
            catalog_report(loading, spot, "stage \"%s\" stands twice in the matter; give one of them another id", stages[count].id);
    }
}

static size_t set_stages_take(const struct catalog_rule_set *set, const struct catalog_matter *matter, struct core_stage_rule *stages)
{
    for (size_t i = 0; i < set->stage_count; i++)
        rule_take(set->stages[i], matter, &stages[i]);
    return set->stage_count;
}

void catalog_stages_load(struct catalog_loading *loading, const struct base_json *json, struct catalog_matter *out)
{
    const struct catalog_rule_set *set = loading->catalog->rule_set;
    const struct base_json *list = catalog_read_list(loading, json, NULL, "stages", false, 0, CORE_STAGES_MAX);
    struct catalog_spot list_spot = {NULL, "stages", 0};
    bool is_own = base_json_member(json, "stages") != NULL;
    size_t count = is_own ? base_json_count(list) : set != NULL ? set->stage_count : 0, i = 0;

    struct core_stage_rule *stages = count > 0 && (!is_own || list != NULL) ? catalog_take(loading, count * sizeof(*stages)) : NULL;
    if (stages == NULL)
        return;
    if (!is_own)
        count = set_stages_take(set, out, stages);
    for (const struct base_json *item = base_json_first(list); item != NULL; item = base_json_next(item), i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        stage_read(loading, item, &spot, out, &stages[i]);
        twice_check(loading, &spot, stages, i);
    }
    out->stages = stages;
    out->stage_count = (uint8_t)count;
}
