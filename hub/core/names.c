/* SPDX-License-Identifier: Apache-2.0 */
#include "core/names.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const statuses[] = {
    [CORE_STATUS_NONE] = "none",
    [CORE_STATUS_INCOMPLETE] = "incomplete",
    [CORE_STATUS_IN_REVIEW] = "in_review",
    [CORE_STATUS_DECIDED] = "decided",
    [CORE_STATUS_CLOSED] = "closed",
    [CORE_STATUS_WITHDRAWN] = "withdrawn",
    [CORE_STATUS_NOT_ACCEPTED] = "not_accepted",
    [CORE_STATUS_LAPSED] = "lapsed",
    [CORE_STATUS_RECEIVED] = "received",
};

static const char *const outcomes[] = {
    [CORE_OUTCOME_NONE] = "none",
    [CORE_OUTCOME_APPROVED] = "approved",
    [CORE_OUTCOME_APPROVED_WITH_CONDITIONS] = "approved_with_conditions",
    [CORE_OUTCOME_PARTIALLY_APPROVED] = "partially_approved",
    [CORE_OUTCOME_REJECTED] = "rejected",
    [CORE_OUTCOME_NOT_REQUIRED] = "not_required",
};

static const char *const task_states[] = {
    [CORE_TASK_NONE] = "none",
    [CORE_TASK_BLOCKED] = "blocked",
    [CORE_TASK_QUEUED] = "queued",
    [CORE_TASK_OFFERED] = "offered",
    [CORE_TASK_ACCEPTED] = "accepted",
    [CORE_TASK_PAUSED] = "paused",
    [CORE_TASK_WAITING_APPLICANT] = "waiting_applicant",
    [CORE_TASK_PARKED] = "parked",
    [CORE_TASK_DONE] = "done",
    [CORE_TASK_CANCELLED] = "cancelled",
    [CORE_TASK_SKIPPED] = "skipped",
};

static const char *const opinions[] = {
    [CORE_OPINION_NONE] = "none",
    [CORE_OPINION_APPROVE] = "approve",
    [CORE_OPINION_APPROVE_WITH_CONDITIONS] = "approve_with_conditions",
    [CORE_OPINION_REJECT] = "reject",
    [CORE_OPINION_NOT_APPLICABLE] = "not_applicable",
};

static const char *const pause_kinds[] = {
    [CORE_PAUSE_NONE] = "none",
    [CORE_PAUSE_HEARING] = "hearing",
    [CORE_PAUSE_INSPECTION] = "inspection",
    [CORE_PAUSE_TESTING] = "testing",
    [CORE_PAUSE_QUARANTINE] = "quarantine",
    [CORE_PAUSE_APPRAISAL] = "appraisal",
    [CORE_PAUSE_EXPERT_REVIEW] = "expert_review",
    [CORE_PAUSE_TENDER] = "tender",
    [CORE_PAUSE_AUCTION] = "auction",
    [CORE_PAUSE_SUPPLEMENT] = "supplement",
};

static const char *const park_reasons[] = {
    [CORE_PARK_NONE] = "none",
    [CORE_PARK_RETRIES_EXHAUSTED] = "retries_exhausted",
    [CORE_PARK_EFFECT_UNKNOWN] = "effect_unknown",
    [CORE_PARK_POISON] = "poison",
    [CORE_PARK_BY_CONNECTOR] = "by_connector",
};

static const char *const notices[] = {
    [CORE_NOTICE_NONE] = "none",
    [CORE_NOTICE_INCOMPLETE] = "incomplete",
    [CORE_NOTICE_NOT_REQUIRED] = "not_required",
    [CORE_NOTICE_ACCEPTED] = "accepted",
    [CORE_NOTICE_SUPPLEMENT] = "supplement",
    [CORE_NOTICE_DECIDED] = "decided",
    [CORE_NOTICE_WITHDRAWN] = "withdrawn",
    [CORE_NOTICE_LAPSED] = "lapsed",
    [CORE_NOTICE_NOT_COMPETENT] = "not_competent",
    [CORE_NOTICE_CORRECTABLE] = "correctable",
    [CORE_NOTICE_RECEIVED] = "received",
    [CORE_NOTICE_PAUSED] = "paused",
    [CORE_NOTICE_RESUMED] = "resumed",
    [CORE_NOTICE_EXTENDED] = "extended",
    [CORE_NOTICE_REDATED] = "redated",
    [CORE_NOTICE_DELEGATED] = "delegated",
    [CORE_NOTICE_HEARING] = "hearing",
};

static const char *const policies[] = {
    [CORE_POLICY_NONE] = "none",     [CORE_POLICY_ALL] = "all",
    [CORE_POLICY_LEAD] = "lead",     [CORE_POLICY_VETO] = "veto",
    [CORE_POLICY_QUORUM] = "quorum", [CORE_POLICY_PARTIAL] = "partial",
};

static const char *const events[] = {
    [CORE_EVENT_NONE] = "none",
    [CORE_RECEIVED] = "received",
    [CORE_SUPPLEMENTED] = "supplemented",
    [CORE_OFFERED] = "offered",
    [CORE_ACCEPTED] = "accepted",
    [CORE_OPINED] = "opined",
    [CORE_FAILED] = "failed",
    [CORE_GIVEN_BACK] = "given_back",
    [CORE_SESSION_LOST] = "session_lost",
    [CORE_RESUMED] = "resumed",
    [CORE_PAUSED] = "paused",
    [CORE_UNPAUSED] = "unpaused",
    [CORE_ASKED] = "asked",
    [CORE_INPUT_HANDED] = "input_handed",
    [CORE_PARKED] = "parked",
    [CORE_REQUEUED] = "requeued",
    [CORE_TAKEN] = "taken",
    [CORE_CANCEL_CONFIRMED] = "cancel_confirmed",
    [CORE_WITHDRAWN] = "withdrawn",
    [CORE_WOKEN] = "woken",
    [CORE_TAKEN_OVER] = "taken_over",
    [CORE_CLOSED] = "closed",
    [CORE_CHECKED] = "checked",
    [CORE_EXTENDED] = "extended",
    [CORE_MARKED] = "marked",
    [CORE_REDATED] = "redated",
    [CORE_TOLD] = "told",
};

static const char *const units[] = {
    [CORE_UNIT_NONE] = "none",
    [CORE_UNIT_WORKING_DAY] = "working_day",
    [CORE_UNIT_CALENDAR_DAY] = "calendar_day",
    [CORE_UNIT_HOUR] = "hour",
    [CORE_UNIT_MONTH] = "month",
};

static const char *const clock_states[] = {
    [CORE_CLOCK_NONE] = "none",
    [CORE_CLOCK_NOT_STARTED] = "not_started",
    [CORE_CLOCK_RUNNING] = "running",
    [CORE_CLOCK_PAUSED] = "paused",
    [CORE_CLOCK_MET] = "met",
    [CORE_CLOCK_STOPPED] = "stopped",
};

static const char *const clocks[] = {
    [CORE_CLOCK_PROMISED] = "promised",     [CORE_CLOCK_STATUTORY] = "statutory",
    [CORE_CLOCK_INTAKE] = "intake",         [CORE_CLOCK_SUPPLEMENT] = "supplement",
    [CORE_CLOCK_TOLERANCE] = "tolerance",   [CORE_CLOCK_DELIVERY] = "delivery",
    [CORE_CLOCK_WATCH] = "watch",           [CORE_CLOCK_STAGE] = "stage",
};

static const char *const milestones[] = {
    [CORE_MILESTONE_NONE] = "none",
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

static const char *const ranks[] = {
    [CORE_RANK_NONE] = "none",
    [CORE_RANK_OFFICER] = "officer",
    [CORE_RANK_HEAD] = "head",
    [CORE_RANK_GOVERNMENT] = "government",
};

static const char *const starts[] = {
    [CORE_START_DEFAULT] = "default",       [CORE_START_RECEIPT] = "receipt",
    [CORE_START_ACCEPTANCE] = "acceptance", [CORE_START_WORKABLE] = "workable",
    [CORE_START_TAKEN] = "taken",           [CORE_START_DECISION] = "decision",
    [CORE_START_TOLD] = "told",
};

static const char *const tellings[] = {
    [CORE_TELLING_NONE] = "none",
    [CORE_TELLING_AWAITED] = "awaited",
    [CORE_TELLING_RECEIPT] = "receipt",
    [CORE_TELLING_PRESUMED] = "presumed",
};

static const char *const intakes[] = {
    [CORE_INTAKE_NONE] = "none",
    [CORE_INTAKE_NOT_COMPETENT] = "not_competent",
    [CORE_INTAKE_NOT_REQUIRED] = "not_required",
    [CORE_INTAKE_CORRECTABLE] = "correctable",
    [CORE_INTAKE_UNCHECKED] = "unchecked",
};

static const char *const expiries[] = {
    [CORE_EXPIRY_NONE] = "none",
    [CORE_EXPIRY_DEEMED_CONSENT] = "deemed_consent",
    [CORE_EXPIRY_DEEMED_GRANT] = "deemed_grant",
    [CORE_EXPIRY_DEEMED_REFUSAL] = "deemed_refusal",
    [CORE_EXPIRY_DEEMED_RENEWAL] = "deemed_renewal",
};

/* A value that no enumerator has is printed as "none": it comes from no state of ours. */
static const char *name_of(const char *const *names, size_t count, unsigned value)
{
    return names[value < count ? value : 0];
}

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static unsigned find(const char *const *names, size_t count, const char *name)
{
    if (name == NULL)
        return 0;
    for (unsigned value = 1; value < count; value++)
        if (is_same(names[value], name))
            return value;
    return 0;
}

const char *core_status_name(enum core_status status)
{
    return name_of(statuses, COUNT(statuses), status);
}

const char *core_outcome_name(enum core_outcome outcome)
{
    return name_of(outcomes, COUNT(outcomes), outcome);
}

const char *core_task_state_name(enum core_task_state state)
{
    return name_of(task_states, COUNT(task_states), state);
}

const char *core_opinion_name(enum core_opinion opinion)
{
    return name_of(opinions, COUNT(opinions), opinion);
}

const char *core_pause_kind_name(enum core_pause_kind kind)
{
    return name_of(pause_kinds, COUNT(pause_kinds), kind);
}

const char *core_park_reason_name(enum core_park_reason reason)
{
    return name_of(park_reasons, COUNT(park_reasons), reason);
}

const char *core_notice_name(enum core_notice notice)
{
    return name_of(notices, COUNT(notices), notice);
}

const char *core_policy_name(enum core_policy policy)
{
    return name_of(policies, COUNT(policies), policy);
}

const char *core_event_name(enum core_event_type type)
{
    return name_of(events, COUNT(events), type);
}

const char *core_unit_name(enum core_unit unit)
{
    return name_of(units, COUNT(units), unit);
}

const char *core_expiry_name(enum core_expiry expiry)
{
    return name_of(expiries, COUNT(expiries), expiry);
}

const char *core_telling_name(enum core_telling value)
{
    return name_of(tellings, COUNT(tellings), value);
}

enum core_status core_status_find(const char *name)
{
    return (enum core_status)find(statuses, COUNT(statuses), name);
}

enum core_task_state core_task_state_find(const char *name)
{
    return (enum core_task_state)find(task_states, COUNT(task_states), name);
}

enum core_opinion core_opinion_find(const char *name)
{
    return (enum core_opinion)find(opinions, COUNT(opinions), name);
}

enum core_pause_kind core_pause_kind_find(const char *name)
{
    return (enum core_pause_kind)find(pause_kinds, COUNT(pause_kinds), name);
}

enum core_policy core_policy_find(const char *name)
{
    return (enum core_policy)find(policies, COUNT(policies), name);
}

enum core_unit core_unit_find(const char *name)
{
    return (enum core_unit)find(units, COUNT(units), name);
}

enum core_expiry core_expiry_find(const char *name)
{
    return (enum core_expiry)find(expiries, COUNT(expiries), name);
}

const char *core_clock_state_name(enum core_clock_state value)
{
    return name_of(clock_states, COUNT(clock_states), value);
}

const char *core_milestone_name(enum core_milestone value)
{
    return name_of(milestones, COUNT(milestones), value);
}

const char *core_rank_name(enum core_rank value)
{
    return name_of(ranks, COUNT(ranks), value);
}

const char *core_start_name(enum core_start value)
{
    return name_of(starts, COUNT(starts), value);
}

const char *core_intake_name(enum core_intake value)
{
    return name_of(intakes, COUNT(intakes), value);
}

const char *core_clock_name(enum core_clock_id id)
{
    return name_of(clocks, COUNT(clocks), id < CORE_CLOCK_STAGE ? id : CORE_CLOCK_STAGE);
}

enum core_milestone core_milestone_find(const char *name)
{
    return (enum core_milestone)find(milestones, COUNT(milestones), name);
}

enum core_rank core_rank_find(const char *name)
{
    return (enum core_rank)find(ranks, COUNT(ranks), name);
}

enum core_start core_start_find(const char *name)
{
    return (enum core_start)find(starts, COUNT(starts), name);
}

enum core_intake core_intake_find(const char *name)
{
    return (enum core_intake)find(intakes, COUNT(intakes), name);
}

enum core_event_type core_event_find(const char *name)
{
    return (enum core_event_type)find(events, COUNT(events), name);
}

enum core_park_reason core_park_reason_find(const char *name)
{
    return (enum core_park_reason)find(park_reasons, COUNT(park_reasons), name);
}
