/* SPDX-License-Identifier: Apache-2.0 */
/* What the pinned catalogue says about one service, as the core needs it: plain
 * tables, filled and checked by hub/catalog, borrowed by every step. Pure. */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include "core/clock.h"

#define CORE_TASKS_MAX 64 /* matters of one service; sets of tasks are bits of a u64 */

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

struct core_matter_rule {
    core_task_set after;         /* tasks of this service that need a final opinion first */
    struct core_limit statutory; /* start when the task becomes workable (queued) */
    struct core_limit promised;
    int32_t weight;              /* policy quorum; >= 0 */
    bool has_veto;               /* policy veto */
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
    int32_t closes_minute;                  /* office hours end, minute of the day, itself after hours; 1440 = no after-hours rule */
    bool rolls_receipt;                     /* after hours or on a day off counts as received on the next working day */
};

enum core_pause_kind {
    CORE_PAUSE_NONE = 0,
    CORE_PAUSE_HEARING,
    CORE_PAUSE_INSPECTION,
    CORE_PAUSE_TESTING,
    CORE_PAUSE_QUARANTINE,
    CORE_PAUSE_APPRAISAL,
    CORE_PAUSE_EXPERT_REVIEW,
    CORE_PAUSE_TENDER,
    CORE_PAUSE_AUCTION,
};

#endif
