/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one application and its tasks, and how it is packed into a row.
 * Pure; no pointers, so that a copy is a memcpy. Texts (reasons, external
 * references, names) are not here: the core decides without them. */
#ifndef CORE_APPLICATION_H
#define CORE_APPLICATION_H

#include "core/clock.h"
#include "core/rules.h"

typedef int64_t core_ms; /* milliseconds since 1970-01-01T00:00Z */

enum core_status {
    CORE_STATUS_NONE = 0, /* not yet received */
    CORE_STATUS_INCOMPLETE,
    CORE_STATUS_IN_REVIEW,
    CORE_STATUS_DECIDED,
    CORE_STATUS_CLOSED,
    CORE_STATUS_WITHDRAWN,
    CORE_STATUS_NOT_ACCEPTED,
    CORE_STATUS_LAPSED,
    CORE_STATUS_RECEIVED, /* a person looks whether it is complete */
};

enum core_outcome {
    CORE_OUTCOME_NONE = 0,
    CORE_OUTCOME_APPROVED,
    CORE_OUTCOME_APPROVED_WITH_CONDITIONS,
    CORE_OUTCOME_PARTIALLY_APPROVED,
    CORE_OUTCOME_REJECTED,
    CORE_OUTCOME_NOT_REQUIRED,
};

enum core_task_state {
    CORE_TASK_NONE = 0,
    CORE_TASK_BLOCKED,
    CORE_TASK_QUEUED,
    CORE_TASK_OFFERED,
    CORE_TASK_ACCEPTED,
    CORE_TASK_PAUSED,
    CORE_TASK_WAITING_APPLICANT,
    CORE_TASK_PARKED,
    CORE_TASK_DONE,
    CORE_TASK_CANCELLED,
    CORE_TASK_SKIPPED,
};

enum core_opinion {
    CORE_OPINION_NONE = 0,
    CORE_OPINION_APPROVE,
    CORE_OPINION_APPROVE_WITH_CONDITIONS,
    CORE_OPINION_REJECT,
    CORE_OPINION_NOT_APPLICABLE,
};

/* What a failed connector says about the department's books. */
enum core_effect_known {
    CORE_EFFECT_KNOWN_NONE = 0,
    CORE_EFFECT_NOT_DONE, /* certainly not registered: retry anywhere */
    CORE_EFFECT_DONE,     /* the department has it: resume, never resubmit */
    CORE_EFFECT_UNKNOWN,  /* act by the module's submit_dedupe */
};

enum core_park_reason {
    CORE_PARK_NONE = 0,
    CORE_PARK_RETRIES_EXHAUSTED,
    CORE_PARK_EFFECT_UNKNOWN, /* and the department cannot tell repeats apart */
    CORE_PARK_POISON,         /* in hand at two crashes of its module */
    CORE_PARK_BY_CONNECTOR,   /* the connector asks for an officer */
};

/* Has what the applicant was asked for reached him? Of the last notice, where the limit of his time starts with that. */
enum core_telling {
    CORE_TELLING_NONE = 0,
    CORE_TELLING_AWAITED,  /* a receipt, until the presumed day */
    CORE_TELLING_RECEIPT,  /* one said so */
    CORE_TELLING_PRESUMED, /* none came in time */
};

/* The first two are a pair: of each task, and of the whole. The others stand alone. */
enum core_clock_id {
    CORE_CLOCK_PROMISED = 0,
    CORE_CLOCK_STATUTORY = 1,
    CORE_CLOCKS = 2,
    CORE_CLOCK_INTAKE = 2, /* of the application, to DELIVERY */
    CORE_CLOCK_SUPPLEMENT,
    CORE_CLOCK_TOLERANCE,
    CORE_CLOCK_DELIVERY,
    CORE_CLOCK_WATCH,      /* of a task: the pause that it is in */
    CORE_CLOCK_STAGE,      /* of a task: stage 0; + i = stage i */
};

struct core_task {
    uint8_t state;          /* enum core_task_state; written by task_move alone */
    uint8_t opinion;        /* enum core_opinion, once DONE */
    uint8_t park_reason;    /* enum core_park_reason, while PARKED */
    uint8_t pause_kind;     /* enum core_pause_kind, while PAUSED */
    uint8_t held;           /* enum core_opinion: an approval of an earlier application that stands for its own (I-15); NONE = none */
    uint8_t crashes;        /* of a module with this task in hand */
    bool is_deemed;         /* the opinion came from the expiry rule */
    bool is_redelivered;    /* the next offer may repeat an earlier one */
    bool is_cancel_owed;    /* CANCELLED, and the department has not confirmed yet */
    bool is_input_owed;     /* the applicant's answer has not been handed over yet */
    bool is_by_officer;     /* an officer holds it (worklist, or parked and taken), or held it when it ended */
    bool has_late_opinion;  /* one came after the task or the application had ended */
    bool has_late_extension; /* an extension was asked for after the limit had run out */
    bool is_unanswered;     /* the applicant did not answer in time: it goes on without */
    uint16_t milestones;    /* bits of enum core_milestone */
    uint16_t attempt;       /* offers made so far */
    uint16_t failures;      /* failed offers since the last accept */
    uint32_t epoch;         /* connector session that holds it (or owes the confirmation of its cancelling);
                             * 0 = none: ACCEPTED, PAUSED or WAITING_APPLICANT without an officer waits for RESUMED */
    core_ms since_ms;       /* of the present state */
    struct core_clock clocks[CORE_CLOCKS];
    struct core_clock watch;                   /* of the pause it is in; NONE otherwise */
    int32_t watch_days;                        /* working days that the pause was told to last; 0 = the rule's */
    struct core_clock stages[CORE_STAGES_MAX]; /* by the matter's stage rules */
};

struct core_application {
    uint64_t id;          /* never 0 */
    uint32_t revision;    /* +1 with each step that changed something */
    uint8_t status;       /* enum core_status; written by application_move alone */
    uint8_t outcome;      /* enum core_outcome, once DECIDED */
    bool is_deemed;       /* some effective opinion was deemed */
    bool is_flagged;      /* a supervisor should look: not_required, late or conflicting opinion, second notice, late extension, acceptance by silence */
    bool is_accepted_by_silence; /* nothing was told in time: accepted as of its receipt (art. 32) */
    bool is_late_stage;   /* some task was late, whatever the whole was */
    uint8_t notices;      /* that asked the applicant for something, sent */
    uint8_t telling;      /* enum core_telling */
    core_day presumed_day; /* on which the last notice counts as told without a receipt; 0 with telling NONE */
    uint8_t task_count;   /* 1..CORE_TASKS_MAX = the service's matters, excluded ones as SKIPPED */
    core_ms received_ms, accepted_ms, decided_ms; /* 0 = not yet */
    core_ms closed_ms; /* when it became CLOSED, WITHDRAWN, NOT_ACCEPTED or LAPSED; 0 = not yet */
    core_minute notice_minute; /* requests are gathered until this civil minute, then told in one notice; 0 = none waits */
    core_task_set included;    /* the matters it needs */
    core_task_set told;        /* tasks in WAITING_APPLICANT whose request was told */
    core_task_set checked, lacking; /* RECEIVED: matters looked at, and those of them that miss something */
    core_day received_day; /* of the number and the receipt */
    core_day receipt_day;  /* the day that the receipt counts as (I-4) */
    core_day accepted_day; /* the day the review clocks started from */
    struct core_clock clocks[CORE_CLOCKS]; /* joint */
    struct core_clock supplement; /* the applicant's time: to complete, or to answer the last notice */
    struct core_clock intake, tolerance, delivery;
    uint8_t stop_count;
    struct core_stop stops[CORE_STOPS_MAX]; /* of every task, in the order of their beginning */
    struct core_task tasks[]; /* task_count items */
};

/* Bytes of an application with task_count tasks. */
size_t core_application_size(unsigned task_count);

#define CORE_PACKED_MAX 65536 /* bytes of a packed application with CORE_TASKS_MAX tasks, at most */

/* Pack the state into bytes (versioned, varints). Returns the bytes used, or 0 when
 * room is too small. Every state has exactly one packed form. */
size_t core_application_pack(const struct core_application *application, uint8_t *bytes, size_t room);

/* The task count of a packed state, to size the struct. Errors: OD_ESYNTAX. */
OD_MUST_CHECK int core_application_peek(const uint8_t *bytes, size_t size, unsigned *task_count);

/* Errors (*application undefined): OD_ESYNTAX not a packed state of a version we read.
 * application has room for core_application_size(peeked count). */
OD_MUST_CHECK int core_application_unpack(struct core_application *application, const uint8_t *bytes,
                                          size_t size);

/* When this application next needs CORE_WOKEN. Days and notices begin by the center's civil time, limits in
 * hours by UTC: each INT64_MAX when there is none. */
struct core_wake {
    core_minute civil; /* minutes since 1970-01-01T00:00 on the wall */
    core_minute utc;   /* minutes since 1970-01-01T00:00Z */
};

/* A notice is out, and the applicant's time waits for its receipt or its presumed day. */
bool core_application_awaits_receipt(const struct core_application *application);

/* Cost: O(tasks). */
struct core_wake core_application_wake(const struct core_application *application);

bool core_application_is_open(const struct core_application *application); /* RECEIVED, INCOMPLETE or IN_REVIEW */
bool core_task_is_reused(const struct core_task *task); /* it ended with an opinion of an earlier application */
bool core_task_is_open(const struct core_task *task);  /* not DONE, CANCELLED, SKIPPED */

#endif
