/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy.h"

#include <assert.h>

/* The opinions that count: of DONE tasks, without `not_applicable` (D-2) and without those of third parties (D-13). */
struct tally {
    unsigned counted;
    unsigned rejects;
    unsigned conditionals;
    unsigned veto_rejects;
    unsigned open;
    int64_t weight_for;  /* of approve and conditional */
    int64_t weight_open; /* of open tasks: what may still be added */
};

static void count_opinion(struct tally *tally, const struct core_matter_rule *matter,
                          enum core_opinion opinion)
{
    if (opinion == CORE_OPINION_NONE || opinion == CORE_OPINION_NOT_APPLICABLE)
        return;
    tally->counted++;
    if (opinion == CORE_OPINION_REJECT) {
        tally->rejects++;
        tally->veto_rejects += matter->has_veto;
        return;
    }
    tally->conditionals += opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS;
    tally->weight_for += matter->weight;
}

static struct tally count_opinions(const struct core_rules *rules,
                                   const struct core_application *application)
{
    struct tally tally = {0};

    for (unsigned i = 0; i < application->task_count; i++) {
        const struct core_task *task = &application->tasks[i];
        if (core_task_is_open(task)) {
            tally.open++;
            tally.weight_open += rules->matters[i].gives_no_opinion ? 0 : rules->matters[i].weight;
        } else if (task->state == CORE_TASK_DONE && !rules->matters[i].gives_no_opinion) {
            count_opinion(&tally, &rules->matters[i], (enum core_opinion)task->opinion);
        }
    }
    return tally;
}

/* Refused or not; what merely advises cannot refuse, but a condition counts from anybody. */
static enum core_outcome outcome_of(const struct tally *tally, bool is_refused)
{
    if (is_refused)
        return CORE_OUTCOME_REJECTED;
    return tally->conditionals > 0 ? CORE_OUTCOME_APPROVED_WITH_CONDITIONS
                                   : CORE_OUTCOME_APPROVED;
}

/* The opinion of a lead that has one which counts, else NONE. */
static enum core_opinion lead_opinion(const struct core_rules *rules,
                                      const struct core_application *application)
{
    assert(rules->lead < application->task_count);

    const struct core_task *lead = &application->tasks[rules->lead];

    if (lead->state != CORE_TASK_DONE || lead->opinion == CORE_OPINION_NOT_APPLICABLE)
        return CORE_OPINION_NONE;
    return (enum core_opinion)lead->opinion;
}

/* D-4, and D-12 where the lead has no say. */
static enum core_outcome lead_outcome(const struct tally *tally, enum core_opinion lead)
{
    switch (lead) {
    case CORE_OPINION_APPROVE: return CORE_OUTCOME_APPROVED;
    case CORE_OPINION_APPROVE_WITH_CONDITIONS: return CORE_OUTCOME_APPROVED_WITH_CONDITIONS;
    case CORE_OPINION_REJECT: return CORE_OUTCOME_REJECTED;
    case CORE_OPINION_NONE:
    case CORE_OPINION_NOT_APPLICABLE: break;
    }
    return outcome_of(tally, tally->rejects > 0);
}

/* D-7. */
static enum core_outcome partial_outcome(const struct tally *tally)
{
    if (tally->rejects == tally->counted)
        return CORE_OUTCOME_REJECTED;
    return tally->rejects > 0 ? CORE_OUTCOME_PARTIALLY_APPROVED : outcome_of(tally, false);
}

enum core_outcome core_policy_outcome(const struct core_rules *rules,
                                      const struct core_application *application)
{
    struct tally tally = count_opinions(rules, application);

    if (tally.open > 0 && rules->stops_on_veto && core_policy_is_vetoed(rules, application))
        return CORE_OUTCOME_REJECTED; /* D-8 */
    if (tally.open > 0)
        return CORE_OUTCOME_NONE; /* D-1 */
    if (tally.counted == 0)
        return CORE_OUTCOME_NOT_REQUIRED; /* D-2 */

    switch ((enum core_policy)rules->policy) {
    case CORE_POLICY_NONE:
    case CORE_POLICY_ALL: return outcome_of(&tally, tally.rejects > 0); /* D-3 */
    case CORE_POLICY_LEAD: return lead_outcome(&tally, lead_opinion(rules, application));
    case CORE_POLICY_VETO: return outcome_of(&tally, tally.veto_rejects > 0); /* D-5 */
    case CORE_POLICY_QUORUM:
        return outcome_of(&tally, tally.weight_for < rules->quorum); /* D-6 */
    case CORE_POLICY_PARTIAL: return partial_outcome(&tally);
    }
    return CORE_OUTCOME_NONE;
}

/* D-4, D-12: while the lead is still to speak, nothing the others say settles it. */
static bool is_vetoed_by_lead(const struct core_rules *rules,
                              const struct core_application *application, unsigned rejects)
{
    if (core_task_is_open(&application->tasks[rules->lead]))
        return false;
    enum core_opinion lead = lead_opinion(rules, application);
    return lead == CORE_OPINION_NONE ? rejects > 0 : lead == CORE_OPINION_REJECT;
}

bool core_policy_is_vetoed(const struct core_rules *rules,
                           const struct core_application *application)
{
    struct tally tally = count_opinions(rules, application);

    switch ((enum core_policy)rules->policy) {
    case CORE_POLICY_NONE:
    case CORE_POLICY_ALL: return tally.rejects > 0;
    case CORE_POLICY_LEAD: return is_vetoed_by_lead(rules, application, tally.rejects);
    case CORE_POLICY_VETO: return tally.veto_rejects > 0;
    case CORE_POLICY_QUORUM:
        return tally.rejects > 0 && tally.weight_for + tally.weight_open < rules->quorum;
    case CORE_POLICY_PARTIAL: return false;
    }
    return false;
}
