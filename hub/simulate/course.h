/* SPDX-License-Identifier: Apache-2.0 */
/* The course of one application: what came from outside, each act with the time since its cause, and
 * when the hub slept. Private to hub/simulate.
 *
 * A cause is what whoever acted was waiting for: the act before it on the same task, the task's becoming workable,
 * the applicant's answer, the decision. An act of no task and not of the whole stands in time by itself. */
#ifndef SIMULATE_COURSE_H
#define SIMULATE_COURSE_H

#include "journal/record.h"
#include "simulate/simulate.h"

/* What must have happened before the act is possible, beside the acts before it. */
enum simulate_wait {
    SIMULATE_WAIT_NONE = 0,
    SIMULATE_WAIT_QUEUED,    /* the hub can offer the task */
    SIMULATE_WAIT_DECIDED,
    SIMULATE_WAIT_CANCELLED, /* the department was told to stop */
    SIMULATE_WAIT_GONE_ON,   /* the applicant's silence has let the task go on */
};

struct simulate_act {
    struct core_event event; /* as recorded */
    core_ms delay_ms;        /* since its cause */
    core_task_set tasks;     /* in whose order it stands */
    uint8_t wait;            /* enum simulate_wait */
    uint8_t status;          /* of the application, when the act is of the whole: it comes when that far, or further */
    bool is_of_whole;        /* it stands in the order of the application's own acts */
    bool is_caused;          /* something came before it that it waited for */
};

/* A recorded waking: when the hub was to wake the application, and when it did. */
struct simulate_sleep {
    core_ms from_ms, until_ms; /* until_ms: INT64_MAX = not until the end of the record */
};

/* Zero it to initialise. */
struct simulate_course {
    struct simulate_act *acts; /* owned; the first is RECEIVED; in the order of the record */
    size_t act_count, act_room;
    struct simulate_sleep *sleeps; /* owned; ascending, none within another */
    size_t sleep_count, sleep_room;
};

void simulate_course_clear(struct simulate_course *course); /* keeps the memory */
void simulate_course_fini(struct simulate_course *course);

/* When each task, and the whole, last saw something that somebody may have waited for. */
struct simulate_pulse {
    core_ms tasks[CORE_TASKS_MAX], whole;
    core_task_set gone_on; /* tasks that went on without the applicant's answer, and did nothing since */
    uint8_t status;        /* of the application */
};

/* The moment from which the act's delay counts. */
core_ms simulate_pulse_cause(const struct simulate_pulse *pulse, const struct core_application *application,
                             const struct simulate_act *act);
/* The act has been played, or dropped. */
void simulate_pulse_act(struct simulate_pulse *pulse, const struct simulate_act *act, core_ms now);
/* A step was taken, of whatever event. */
void simulate_pulse_step(struct simulate_pulse *pulse, const struct core_application *application,
                         const struct core_effects *effects, core_ms now);

/* Where the act stands: in the order of which tasks or of the whole, and what it waits for. Fills all but the delay. */
void simulate_act_place(struct simulate_act *act, const struct core_event *event,
                        const struct core_application *before, const struct simulate_pulse *pulse);

/* The application's next waking, UTC ms; INT64_MAX = none. */
core_ms simulate_wake_ms(const struct core_application *application);
/* The process' zone was set anew. */
void simulate_zone_forget(void);
/* The moment in the center's zone. */
struct core_time simulate_time(core_ms ms);

/* The calendars in force at a moment, where the hub's were amended: set before each step under rules that follow them. */
struct simulate_reign {
    void (*on_time)(void *owner, core_ms ms); /* NULL = the same all the time */
    void *owner;
};

/* Fold one recorded event after another: state is stepped under rules, course takes what came from outside. */
struct simulate_fold {
    const struct core_rules *rules;
    struct core_application *state; /* zeroed at first, with room for the rules' tasks */
    struct simulate_course *course;
    struct simulate_pulse pulse;
    struct simulate_reign reign;
    core_ms now_ms;                 /* of the event before */
};

/* Errors: those of core_step, also a first event that is not RECEIVED, or one before the one before it (OD_ESTATE); OD_ELIMIT more than
 * SIMULATE_ACTS_MAX; OD_ENOMEM. */
OD_MUST_CHECK int simulate_fold_event(struct simulate_fold *fold, const struct core_event *event);
/* The record ends at horizon: a waking that was due by then and never came is slept through. Errors: OD_ENOMEM. */
OD_MUST_CHECK int simulate_fold_end(struct simulate_fold *fold, core_ms horizon_ms);

/* Every clock was looked at when the calendars became others at at_ms: by the recorded REDATED before until_ms, or at at_ms
 * itself. Errors: OD_ELIMIT, OD_ENOMEM. */
OD_MUST_CHECK int simulate_course_redate(struct simulate_course *course, core_ms at_ms, core_ms until_ms);

#endif
