/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's one state machine: (rules, application, event) -> (application, effects).
 * Pure: time arrives in the event, work leaves as effects; no allocation, no I/O,
 * no global. The same events always give the same state and effects.
 *
 * The caller stores the new state first and performs the effects only when the
 * store says durable. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "core/application.h"
#include "core/rules.h"

/* When something happened: UTC, and the civil day and minute in the center's zone,
 * computed once, so that a tzdata change never moves a date. */
struct core_time {
    core_ms ms;
    core_day day;
    int32_t minute; /* of the day, 0..1439 */
};

enum core_event_type {
    CORE_EVENT_NONE = 0,
    CORE_RECEIVED,        /* a new application; see .received */
    CORE_SUPPLEMENTED,    /* the applicant completed it (INCOMPLETE), or answered asks (IN_REVIEW) */
    CORE_OFFERED,         /* tasks in .tasks go to their connector session or worklist: QUEUED -> OFFERED */
    CORE_ACCEPTED,        /* the department took .task: OFFERED -> ACCEPTED */
    CORE_OPINED,          /* .task: .opinion */
    CORE_FAILED,          /* .task: an offer failed (.failed); or an ACCEPTED one failed later: parked when final, else to be RESUMED */
    CORE_GIVEN_BACK,      /* .task: taken but never attempted: OFFERED -> QUEUED, no attempt counted */
    CORE_SESSION_LOST,    /* .task was OFFERED or held by the session .epoch, which ended; .may_repeat, .is_crash */
    CORE_RESUMED,         /* .task (ACCEPTED, PAUSED, WAITING_APPLICANT) is handed to session .epoch */
    CORE_PAUSED,          /* .task: .pause_kind; from ACCEPTED: feed ACCEPTED first when it was only OFFERED */
    CORE_UNPAUSED,        /* .task */
    CORE_ASKED,           /* .task needs input of the applicant; from ACCEPTED, as PAUSED */
    CORE_INPUT_HANDED,    /* .task: the answer reached the department */
    CORE_PARKED,          /* .task: .park_reason; from OFFERED or ACCEPTED */
    CORE_REQUEUED,        /* .task: an officer sends a PARKED task out again, or its department's route changed
                           * while it was OFFERED on the worklist; one that a connector was offered ends by
                           * FAILED, GIVEN_BACK or SESSION_LOST instead, since its effect is not known */
    CORE_TAKEN,           /* .task: an officer took it (OFFERED on the worklist, or PARKED -> ACCEPTED by officer) */
    CORE_CANCEL_CONFIRMED, /* .task: the department confirmed the cancellation */
    CORE_WITHDRAWN,       /* the applicant withdrew */
    CORE_WOKEN,           /* time passed: due days, lapses, expiry effects */
    CORE_TAKEN_OVER,      /* .task: accepted by a connector that is gone (epoch 0): the officers have it now */
    CORE_CLOSED,          /* the result was delivered or the refusal told: DECIDED -> CLOSED */
    CORE_CHECKED,         /* RECEIVED: somebody looked whether it is complete; see .checked */
    CORE_EXTENDED,        /* .task (CORE_TASKS_MAX = the whole): its limit is extended; see .extended. Asked for too late it is
                           * refused and kept: OD_OK with CORE_EFFECT_LATE_EXTENSION */
    CORE_MARKED,          /* .task: a milestone; see .marked */
    CORE_REDATED,         /* the calendars were amended: every date that runs is worked out again */
    CORE_TOLD,            /* a receipt says that the notice .notice reached the applicant */
};

/* What the intake found, where it is not just complete or incomplete. Licensing Law art. 32. */
enum core_intake {
    CORE_INTAKE_NONE = 0,      /* is_complete says it */
    CORE_INTAKE_NOT_COMPETENT, /* another body is */
    CORE_INTAKE_NOT_REQUIRED,
    CORE_INTAKE_CORRECTABLE,   /* errors that can be put right on the spot */
    CORE_INTAKE_UNCHECKED,     /* a person has to look first */
};

struct core_event {
    enum core_event_type type;
    struct core_time time; /* ms never less than in the event before */
    unsigned task;         /* index, for events on one task */
    union {
        struct {
            uint64_t id;
            core_task_set included; /* matters whose `when` holds; 0 = not required */
            bool is_complete;       /* false: required materials are missing */
            uint8_t intake;         /* enum core_intake; goes before is_complete */
            core_day tolerated_until; /* missing ones are promised by this day (容缺): complete all the same; 0 = none */
            core_task_set held;       /* included matters for which an approval of an earlier application stands */
            core_task_set held_conditional; /* those of them that it approved with conditions */
        } received;
        struct {
            bool is_complete;
            core_task_set answered; /* tasks in WAITING_APPLICANT that got their answer; may be empty with is_tolerated_met */
            core_task_set included; /* INCOMPLETE: the matters it needs as it is now; 0 = as before */
            bool is_tolerated_met;  /* IN_REVIEW: what was promised at the acceptance is here */
            core_task_set unheld;   /* INCOMPLETE: matters whose earlier opinion does not fit what is supplied now */
        } supplemented;
        struct {
            core_task_set tasks;   /* matters looked at now */
            core_task_set lacking; /* those of them that miss something */
            uint8_t intake;        /* NOT_COMPETENT, NOT_REQUIRED or CORRECTABLE; NONE = by lacking */
        } checked;
        struct {
            uint8_t clock;  /* CORE_CLOCK_PROMISED or STATUTORY */
            uint8_t rank;   /* enum core_rank of who grants it */
            int32_t length; /* units of the limit's extension */
        } extended;
        struct {
            uint8_t milestone; /* enum core_milestone, from DELEGATED on */
            core_day day;      /* HEARING_ANNOUNCED: of the hearing; 0 otherwise */
        } marked;
        struct {
            core_task_set tasks;
            uint32_t epoch; /* session; 0 with by_officer = the worklist */
            bool by_officer;
        } offered;
        struct {
            uint32_t epoch;       /* SESSION_LOST: of that session; FAILED: of the reporter, 0 = not checked */
            uint8_t effect_known; /* enum core_effect_known */
            bool may_repeat;      /* the module dedupes (native or lookup): offer again after UNKNOWN */
            bool is_final;        /* budget spent, or the connector asks for an officer: park */
            bool is_crash;        /* SESSION_LOST: the module died with the task in hand */
        } failed;
        uint32_t epoch;      /* ACCEPTED: 0 = not checked; RESUMED: the new owner, not 0 */
        struct {
            uint8_t notice;    /* TOLD: which of those that asked for something, by their count */
            core_day told_day; /* on which it reached him, today at the latest; 0 = today */
        };
        uint8_t opinion;     /* enum core_opinion */
        struct {
            uint8_t pause_kind;    /* enum core_pause_kind, not SUPPLEMENT */
            int32_t expected_days; /* working days it will last, as the applicant is told; 0 = as the matter's rule says */
        };
        uint8_t park_reason; /* enum core_park_reason */
    };
};

enum core_effect_type {
    CORE_EFFECT_NONE = 0,
    CORE_EFFECT_QUEUE,    /* .task is QUEUED: find it a session or the worklist */
    CORE_EFFECT_RELEASE,  /* .task left its department (done, moved, cancelled and confirmed): drop it from the
                           * worklist and from what is owed; not sent for a task that was only BLOCKED */
    CORE_EFFECT_CANCEL,   /* .task: tell the department (stays owed until CANCEL_CONFIRMED) */
    CORE_EFFECT_INPUT,    /* .task: hand the applicant's answer over; again with RESUMED while it is owed */
    CORE_EFFECT_PARK,     /* .task needs an officer */
    CORE_EFFECT_NOTICE,   /* .notice: tell the applicant */
    CORE_EFFECT_OVERDUE,  /* .task (CORE_TASKS_MAX = joint), .clock: it was just marked overdue */
    CORE_EFFECT_DECIDED,  /* the combined decision fell */
    CORE_EFFECT_LATE,     /* .task: an opinion after the end; kept and flagged, not applied */
    CORE_EFFECT_WARNED,   /* .task, .clock: it has just turned yellow */
    CORE_EFFECT_SECOND_NOTICE,  /* the applicant is asked again: supervision looks at it */
    CORE_EFFECT_LATE_EXTENSION, /* .task, .clock: refused; counts as late */
    CORE_EFFECT_REDATED,  /* .task, .clock: its due day moved with the calendar */
    CORE_EFFECT_TAKEN_IN, /* accepted: the review begins */
    CORE_EFFECT_UNANSWERED, /* .task goes on without the applicant's answer */
    CORE_EFFECT_TOLD,     /* the applicant was told, or counts as told: his time runs */
};

enum core_notice {
    CORE_NOTICE_NONE = 0,
    CORE_NOTICE_INCOMPLETE,
    CORE_NOTICE_NOT_REQUIRED,
    CORE_NOTICE_ACCEPTED,
    CORE_NOTICE_SUPPLEMENT, /* a department needs more */
    CORE_NOTICE_DECIDED,
    CORE_NOTICE_WITHDRAWN,
    CORE_NOTICE_LAPSED,
    CORE_NOTICE_NOT_COMPETENT,
    CORE_NOTICE_CORRECTABLE,
    CORE_NOTICE_RECEIVED,
    CORE_NOTICE_PAUSED,   /* and how long it will last (art. 45) */
    CORE_NOTICE_RESUMED,
    CORE_NOTICE_EXTENDED, /* and why (art. 42) */
    CORE_NOTICE_REDATED,
    CORE_NOTICE_DELEGATED, /* to whom (art. 24) */
    CORE_NOTICE_HEARING,   /* its day, and who chairs it (art. 48) */
};

struct core_effect {
    uint8_t type; /* enum core_effect_type */
    uint8_t task; /* index, or CORE_TASKS_MAX for the whole */
    uint8_t clock;  /* enum core_clock_id, with OVERDUE, WARNED, LATE_EXTENSION and REDATED */
    uint8_t notice; /* enum core_notice, with NOTICE */
};

enum { CORE_EFFECTS_MAX = 24 * CORE_TASKS_MAX };

struct core_effects {
    size_t count;
    struct core_effect items[CORE_EFFECTS_MAX];
};

/* Take one event. On OD_OK the state has changed (revision + 1) and *effects says
 * what to do once it is durable; effects may be none. On any error the state is
 * unchanged and effects->count is 0.
 *
 * rules: borrowed, the same pinned rules with every step. application: has room
 * for rules->matter_count tasks; zeroed (status NONE) before CORE_RECEIVED.
 *
 * The caller feeds CORE_WOKEN before any other event when core_application_wake is not
 * after the event's time: what has expired has expired, whoever was slow.
 *
 * Errors:
 *   OD_ESTATE     not allowed in the present state (a second final opinion is
 *                 OD_ECONFLICT when it differs, OD_EEXIST when it is the same)
 *   OD_ESTALE     the epoch is not the owner's (looked at before the state)
 *   OD_EINVAL     event type, time, id 0, task index, opinion, pause kind or length, park reason, epoch, finding,
 *                 clock, rank, milestone or its day, or set out of range or empty, or a pause kind the matter
 *                 does not allow; TOLD on a day before the notice or after today
 *   OD_ECONFLICT  EXTENDED past the statutory date (K-12), MARKED for a day that is too near (H-3)
 *   OD_EEXIST     MARKED a second time (H-1); TOLD again, or no later than it was presumed
 *   OD_ENOTFOUND  WOKEN or REDATED, and nothing was due; TOLD, and nothing waits for that receipt
 *   OD_ELIMIT, OD_EDENIED, OD_EUNSUPPORTED  EXTENDED, as core_clock_extend; OD_ELIMIT a pause or request
 *                 beyond CORE_STOPS_MAX
 *   OD_ERANGE     a due day lies past the end of time
 * An opinion on a task that ended without one (cancelled), or after the decision,
 * is OD_OK with CORE_EFFECT_LATE and has_late_opinion: kept and flagged. A repeat of the
 * opinion that stands is OD_EEXIST also after the decision.
 *
 * Source: docs/rules/{intake,task,clock,decision}.md. Cost: O(tasks). */
OD_MUST_CHECK int core_step(const struct core_rules *rules, struct core_application *application,
                            const struct core_event *event, struct core_effects *effects);

/* -- For whoever explains a date -- */

/* The place of a clock in the application, which says what stops it when its limit does not. */
enum core_place { CORE_PLACE_ALONE, CORE_PLACE_JOINT, CORE_PLACE_TASK };

struct core_moment core_moment_of(const struct core_time *time);
/* What a clock of task (CORE_TASKS_MAX = the whole) counts by. */
struct core_span core_span_of(const struct core_rules *rules, const struct core_application *application,
                              const struct core_limit *limit, enum core_place place, unsigned task);
/* The limit of the watch over the task's pause; unit NONE = none. */
struct core_limit core_watch_limit(const struct core_rules *rules, const struct core_task *task, unsigned index);

/* By when the applicant has to answer the last notice: the due day, or where his time waits for the receipt, what it would be
 * had he been told on the day of the notice: whoever keeps that is never late. 0 = nothing is asked, or no end. */
core_day core_answer_until(const struct core_rules *rules, const struct core_application *application);
/* The same, if the receipt that is awaited said that he was told on the day; 0 = none is awaited. */
core_day core_answer_until_told(const struct core_rules *rules, const struct core_application *application, core_day day);

/* The limit that a task's clock runs under. */
static inline const struct core_limit *core_matter_limit(const struct core_matter_rule *matter,
                                                         enum core_clock_id clock)
{
    return clock == CORE_CLOCK_PROMISED ? &matter->promised : &matter->statutory;
}

/* Has the wake come by that time? */
bool core_wake_is_due(const struct core_wake *wake, const struct core_time *time);

#endif
