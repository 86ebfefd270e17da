/* SPDX-License-Identifier: Apache-2.0 */
/* What the pinned catalogue says about one service, as the core needs it: plain
 * tables, filled and checked by hub/catalog, borrowed by every step. Pure. */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include "core/clock.h"

#define CORE_STAGES_MAX 6 /* further clocks of one matter */

/* A set of tasks by index: bit i = task i. */
typedef uint64_t core_task_set;

enum core_policy {
    CORE_POLICY_NONE = 0,
    CORE_POLICY_ALL,     /* every opinion must approve */
    CORE_POLICY_LEAD,    /* the lead's opinion stands, after the others; theirs are reported */
    CORE_POLICY_VETO,    /* the vetoers can refuse, the others advise */
    CORE_POLICY_QUORUM,  /* weight of approve and conditional >= threshold */
    CORE_POLICY_PARTIAL, /* each matter on its own */
};

enum core_expiry {
    CORE_EXPIRY_NONE = 0, /* escalate only */
    CORE_EXPIRY_DEEMED_CONSENT,
    CORE_EXPIRY_DEEMED_GRANT,
    CORE_EXPIRY_DEEMED_REFUSAL,
    CORE_EXPIRY_DEEMED_RENEWAL,
};

/* What a department says it has done; each once a task. Licensing Law art. 24, 43, 46-48, 55. */
enum core_milestone {
    CORE_MILESTONE_NONE = 0,
    CORE_MILESTONE_WORKABLE,              /* the task could begin; marked by the hub itself, as the next */
    CORE_MILESTONE_TAKEN,
    CORE_MILESTONE_DELEGATED,             /* to another body; never further */
    CORE_MILESTONE_PRELIMINARY_REVIEWED,  /* by the lower body */
    CORE_MILESTONE_INSPECTORS_ASSIGNED,
    CORE_MILESTONE_HEARING_TOLD,          /* the right to a hearing */
    CORE_MILESTONE_HEARING_REQUESTED,
    CORE_MILESTONE_HEARING_ANNOUNCED,     /* for a day */
    CORE_MILESTONE_HEARING_HELD,
};

/* A further clock of a matter: from one milestone to another. */
struct core_stage_rule {
    const char *id;          /* borrowed */
    struct core_limit limit; /* NONE: only lead */
    uint8_t starts_on, ends_on; /* enum core_milestone; ends_on NONE = with the task */
    int32_t lead;            /* ends_on names a day: at least so many working days lie before it; 0 = any */
};

struct core_matter_rule {
    core_task_set after;         /* tasks of this service that need a final opinion first */
    struct core_limit statutory; /* start when the task becomes workable (queued) */
    struct core_limit promised;
    struct core_limit watch;     /* how long a pause may last when it says nothing itself; NONE = no watch */
    const struct core_stage_rule *stages; /* stage_count items */
    uint8_t stage_count;         /* 0..CORE_STAGES_MAX */
    int32_t weight;              /* policy quorum; >= 0 */
    bool has_veto;               /* policy veto */
    bool is_on_the_spot;         /* decided while the applicant waits (即办件) */
    bool needs_two_officers;     /* its opinion names two or more (art. 34) */
    bool gives_no_opinion;       /* a third party's: it is to be done, and counts for nothing (D-13) */
    uint8_t expiry;              /* enum core_expiry */
    uint32_t pause_kinds;        /* allowed kinds: bit 1u << enum core_pause_kind */
};

struct core_rules {
    const struct core_calendar *calendar;   /* borrowed, as all below */
    const struct core_matter_rule *matters; /* matter_count items, in the order of the tasks */
    uint8_t matter_count;                   /* 1..CORE_TASKS_MAX */
    uint8_t policy;                         /* enum core_policy */
    uint8_t lead;                           /* policy lead: index of the leading task */
    bool stops_on_veto;                     /* a reject that decides the outcome cancels the rest at once */
    int32_t quorum;                         /* policy quorum: threshold, >= 1 */
    struct core_limit statutory;            /* joint limits; start at acceptance */
    struct core_limit promised;
    struct core_limit supplement;           /* applicant's time to complete; NONE = no end */
    struct core_limit intake;               /* time to tell what is missing, from receipt; NONE = no end */
    struct core_limit delivery;             /* from the decision to its delivery; NONE = no end */
    struct core_limit tolerance;            /* the longest that a tolerated material may be promised for; NONE = none is */
    uint8_t expiry;                         /* enum core_expiry: what the joint statutory limit's end means */
    int32_t closes_minute;                  /* office hours end, minute of the day, itself after hours; 1440 = no after-hours rule */
    int32_t opens_minute;                   /* and begin */
    bool rolls_receipt;                     /* after hours or on a day off counts as received on the next working day */
};

#endif
