/* SPDX-License-Identifier: Apache-2.0 */
/* The combined decision once more, heard voice by voice. */
#include "core/sim_oracle.h"

struct voices {
    unsigned approve, conditional, reject, open;
    bool is_vetoed; /* a reject of a vetoer */
    uint8_t lead;   /* opinion that counts, or NONE */
    long long weight, weight_open;
};

static struct voices hear(const struct oracle *oracle)
{
    struct voices voices = {0};

    for (unsigned i = 0; i < oracle->rules->matter_count; i++) {
        const struct core_matter_rule *matter = &oracle->rules->matters[i];
        uint8_t opinion = oracle->tasks[i].opinion;
        voices.open += oracle_is_open(&oracle->tasks[i]);
        voices.weight_open += oracle_is_open(&oracle->tasks[i]) ? matter->weight : 0;
        voices.approve += opinion == CORE_OPINION_APPROVE;
        voices.conditional += opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS;
        voices.reject += opinion == CORE_OPINION_REJECT;
        voices.is_vetoed |= opinion == CORE_OPINION_REJECT && matter->has_veto;
        if (opinion == CORE_OPINION_APPROVE || opinion == CORE_OPINION_APPROVE_WITH_CONDITIONS)
            voices.weight += matter->weight;
        if (i == oracle->rules->lead && opinion != CORE_OPINION_NOT_APPLICABLE)
            voices.lead = opinion;
    }
    return voices;
}

static bool is_lead_open(const struct oracle *oracle)
{
    return oracle_is_open(&oracle->tasks[oracle->rules->lead]);
}

/* Would the policy refuse, given what was said so far? */
static bool is_refused(const struct oracle *oracle, const struct voices *voices)
{
    switch ((enum core_policy)oracle->rules->policy) {
    case CORE_POLICY_NONE:
    case CORE_POLICY_ALL: return voices->reject > 0;
    case CORE_POLICY_LEAD:
        if (voices->lead != CORE_OPINION_NONE)
            return voices->lead == CORE_OPINION_REJECT;
        return voices->reject > 0 && !is_lead_open(oracle);
    case CORE_POLICY_VETO: return voices->is_vetoed;
    case CORE_POLICY_QUORUM:
        return voices->weight + voices->weight_open < oracle->rules->quorum;
    case CORE_POLICY_PARTIAL:
        return voices->approve + voices->conditional == 0 && voices->open == 0;
    }
    return false;
}

enum core_outcome oracle_outcome(const struct oracle *oracle)
{
    struct voices voices = hear(oracle);
    bool is_early =
        oracle->rules->stops_on_veto && voices.reject > 0 && is_refused(oracle, &voices);

    if (voices.open > 0)
        return is_early ? CORE_OUTCOME_REJECTED : CORE_OUTCOME_NONE;
    if (voices.approve + voices.conditional + voices.reject == 0)
        return CORE_OUTCOME_NOT_REQUIRED;
    if (is_refused(oracle, &voices))
        return CORE_OUTCOME_REJECTED;
    if (oracle->rules->policy == CORE_POLICY_PARTIAL && voices.reject > 0)
        return CORE_OUTCOME_PARTIALLY_APPROVED;
    if (oracle->rules->policy == CORE_POLICY_LEAD && voices.lead == CORE_OPINION_APPROVE)
        return CORE_OUTCOME_APPROVED;
    return voices.conditional > 0 ? CORE_OUTCOME_APPROVED_WITH_CONDITIONS
                                  : CORE_OUTCOME_APPROVED;
}
