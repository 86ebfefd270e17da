/* SPDX-License-Identifier: Apache-2.0 */
/* How the opinions of a service become one decision, and whether its example passes
 * the check that every submission passes. */
#include <string.h>

#include "catalog/loading.h"

#define WEIGHT_MAX 1000

static const struct catalog_spot policy_spot = {NULL, "policy", 0};

static bool has_third_party(const struct catalog_service *service)
{
    for (size_t i = 0; i < service->matter_count; i++)
        if (service->matters[i]->gives_no_opinion)
            return true;
    return false;
}

/* The tasks of a department in the service; 0 with a finding when it has none there. */
static core_task_set tasks_of(struct catalog_loading *loading, const struct catalog_service *service,
                              const char *id, const struct catalog_spot *spot)
{
    uint32_t at = catalog_index_find(&loading->catalog->department_index, id);
    core_task_set set = 0;

    if (at == CATALOG_INDEX_NONE) {
        catalog_report_unknown(loading, spot, "department", id, &loading->catalog->department_index);
        return 0;
    }
    for (size_t i = 0; i < service->matter_count; i++) {
        const struct catalog_department *department = service->matters[i]->department;
        if (department != NULL && department->index == at && !service->matters[i]->gives_no_opinion)
            set |= (core_task_set)1 << i;
    }
    if (set == 0)
        catalog_report(loading, spot,
                       has_third_party(service) ? "the policy names department \"%s\", which has no matter in this service that gives an opinion"
                                                : "the policy names department \"%s\", which has no matter in this service",
                       id);
    return set;
}

static void lead_read(struct catalog_loading *loading, const struct base_json *policy,
                      struct catalog_service *service)
{
    const char *id = catalog_read_id(loading, policy, &policy_spot, "lead");
    struct catalog_spot spot = {&policy_spot, "lead", 0};

    for (size_t i = 0; i < service->matter_count && id != NULL; i++) {
        if (strcmp(service->matters[i]->id, id) == 0) {
            if (service->matters[i]->gives_no_opinion)
                catalog_report(loading, &spot, "matter \"%s\" gives no opinion, so it cannot lead; name another", id);
            service->rules.lead = (uint8_t)i;
            return;
        }
    }
    if (id != NULL)
        catalog_report(loading, &spot,
                       "the policy names matter \"%s\", which is not in this service; name one of its matters", id);
}

static void vetoers_read(struct catalog_loading *loading, const struct base_json *policy,
                         const struct catalog_service *service, struct core_matter_rule *rules)
{
    struct catalog_spot list_spot = {&policy_spot, "vetoers", 0};
    struct catalog_names names;

    if (catalog_read_list(loading, policy, &policy_spot, "vetoers", true, 1, CORE_TASKS_MAX) == NULL)
        return;
    catalog_read_ids(loading, policy, &policy_spot, "vetoers", true, CORE_TASKS_MAX, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct catalog_spot spot = {&list_spot, NULL, i};
        core_task_set set = names.at[i] != NULL ? tasks_of(loading, service, names.at[i], &spot) : 0;
        for (size_t task = 0; task < service->matter_count; task++)
            rules[task].has_veto = rules[task].has_veto || (set >> task & 1) != 0;
    }
}

static void weights_read(struct catalog_loading *loading, const struct base_json *policy,
                         const struct catalog_service *service, struct core_matter_rule *rules)
{
    const struct base_json *weights = base_json_member(policy, "weights");
    struct catalog_spot spot = {&policy_spot, "weights", 0};

    if (weights != NULL && base_json_type(weights) != BASE_JSON_OBJECT)
        catalog_report(loading, &spot, "\"weights\" is to be an object of department ids and whole numbers");
    for (const struct base_json *item = base_json_first(weights); item != NULL && base_json_key(item) != NULL; item = base_json_next(item)) {
        struct catalog_spot at = {&spot, base_json_key(item), 0};
        core_task_set set = tasks_of(loading, service, base_json_key(item), &at);
        int32_t weight = (int32_t)catalog_read_integer(loading, weights, &spot, base_json_key(item), 0,
                                                       WEIGHT_MAX, 1);
        for (size_t task = 0; task < service->matter_count; task++) {
            if ((set >> task & 1) != 0)
                rules[task].weight = weight;
        }
    }
}

/* The threshold must be within reach of the matters that every application has:
 * else there are forms over which nobody could ever be granted anything. */
static void quorum_read(struct catalog_loading *loading, const struct base_json *policy,
                        struct catalog_service *service, struct core_matter_rule *rules)
{
    struct catalog_spot spot = {&policy_spot, "threshold", 0};
    int32_t total = 0;

    weights_read(loading, policy, service, rules);
    if (catalog_need(loading, policy, &policy_spot, "threshold") == NULL)
        return;
    service->rules.quorum = (int32_t)catalog_read_integer(loading, policy, &policy_spot, "threshold", 1,
                                                          CORE_TASKS_MAX * WEIGHT_MAX, 1);
    for (size_t i = 0; i < service->matter_count; i++)
        total += service->whens[i] == NULL && !rules[i].gives_no_opinion ? rules[i].weight : 0;
    if (service->rules.quorum > total)
        catalog_report(loading, &spot,
                       "the threshold %d cannot be reached: the matters that are always included weigh %d; lower it or raise the weights",
                       (int)service->rules.quorum, (int)total);
}

/* Members of another kind of policy would silently mean nothing. */
static void foreign_check(struct catalog_loading *loading, const struct base_json *policy, size_t kind)
{
    static const struct { const char *member; enum core_policy kind; } rows[] = {
        {"lead", CORE_POLICY_LEAD},
        {"vetoers", CORE_POLICY_VETO},
        {"threshold", CORE_POLICY_QUORUM},
        {"weights", CORE_POLICY_QUORUM},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct catalog_spot spot = {&policy_spot, rows[i].member, 0};
        if (kind != rows[i].kind && base_json_member(policy, rows[i].member) != NULL)
            catalog_report(loading, &spot, "\"%s\" does not belong to this kind of policy; remove it",
                           rows[i].member);
    }
}

/* Third parties alone decide nothing. */
static void voices_check(struct catalog_loading *loading, const struct catalog_service *service)
{
    struct catalog_spot spot = {NULL, "matters", 0};

    for (size_t i = 0; i < service->matter_count; i++)
        if (!service->matters[i]->gives_no_opinion)
            return;
    catalog_report(loading, &spot, "no matter of this service gives an opinion; add one that does");
}

void catalog_policy_load(struct catalog_loading *loading, const struct base_json *json,
                         struct catalog_service *service, struct core_matter_rule *rules)
{
    static const char *const members[] = {"kind", "lead", "vetoers", "threshold", "weights"};
    static const char *const kinds[] = {
        [CORE_POLICY_ALL] = "all", [CORE_POLICY_LEAD] = "lead", [CORE_POLICY_VETO] = "veto",
        [CORE_POLICY_QUORUM] = "quorum", [CORE_POLICY_PARTIAL] = "partial"};
    const struct base_json *policy = catalog_need(loading, json, NULL, "policy");

    if (policy == NULL || !catalog_read_object(loading, policy, &policy_spot, (struct catalog_words){members, 5}))
        return;
    size_t kind = catalog_read_word(loading, policy, &policy_spot, "kind", true, (struct catalog_words){kinds, 6});
    if (kind == CORE_POLICY_NONE)
        return;
    service->rules.policy = (uint8_t)kind;
    foreign_check(loading, policy, kind);
    voices_check(loading, service);
    if (kind == CORE_POLICY_LEAD)
        lead_read(loading, policy, service);
    if (kind == CORE_POLICY_VETO)
        vetoers_read(loading, policy, service, rules);
    if (kind == CORE_POLICY_QUORUM)
        quorum_read(loading, policy, service, rules);
}

static void example_report(struct catalog_loading *loading, const struct catalog_problem *problem)
{
    struct catalog_phrase phrase;
    char whole[BASE_JSON_POINTER_MAX] = "";

    catalog_pointer_add(whole, "example");
    strncat(whole, problem->pointer, sizeof(whole) - strlen(whole) - 1);
    catalog_report_at(loading, loading->item, whole, "the example would not be taken: %p",
                      catalog_phrase_texts(&phrase, problem->detail[CATALOG_ZH_CN], problem->detail[CATALOG_EN]));
}

void catalog_example_check(struct catalog_loading *loading, const struct base_json *json,
                           const struct catalog_service *service)
{
    const char *id = base_json_member_text(json, "service");
    struct catalog_intake intake;
    struct catalog_phrase body;
    struct catalog_spot spot = {NULL, "example", 0};

    if (id == NULL || strcmp(id, service->id) != 0) {
        catalog_report(loading, &spot, "the example's \"service\" is to be \"%s\"", service->id);
        return;
    }
    struct catalog_problems *problems = base_alloc(sizeof(*problems));
    if (problems == NULL) {
        loading->rc = OD_ENOMEM;
        return;
    }
    int rc = catalog_submission_check(service, json, 0, problems, &intake);
    for (size_t i = 0; rc != OD_OK && i < problems->count && i < CATALOG_PROBLEMS_MAX; i++)
        example_report(loading, &problems->items[i]);
    for (size_t i = 0; rc == OD_OK && i < intake.missing_count; i++)
        catalog_report(loading, &spot,
                       "the example lacks material \"%s\" of matter \"%s\"; an example is to be complete",
                       intake.missing[i]->id, intake.missing_for[i]->id);
    if (rc == OD_OK && intake.competence != NULL)
        catalog_report(loading, &spot, "over the example's form another body is competent (%p); an example is to be taken",
                       catalog_phrase_texts(&body, intake.competence->body.in[CATALOG_ZH_CN], intake.competence->body.in[CATALOG_EN]));
    for (size_t i = 0; rc == OD_OK && i < intake.correction_count; i++)
        catalog_report(loading, &spot, "the example is to be put right by \"%s\"; an example is to be without errors", intake.corrections[i]->id);
    base_free(problems);
}
