/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind core_step share: one step in progress, the two writers of
 * state fields, and one function for each event. Private to hub/core and its tests. */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include "core/core.h"

/* One step in progress; all borrowed from core_step until it returns. */
struct core_turn {
    const struct core_rules *rules;
    struct core_application *application;
    const struct core_event *event;
    struct core_effects *effects;
    bool is_backdated; /* silence accepts in this step: what starts now starts as of the receipt (I-9) */
};

/* core.c: add one effect to the answer. */
void core_turn_tell(struct core_turn *turn, enum core_effect_type type, unsigned task);
void core_turn_tell_notice(struct core_turn *turn, enum core_notice notice, unsigned task);
void core_turn_tell_clock(struct core_turn *turn, enum core_effect_type type, unsigned task, enum core_clock_id clock);

/* application.c: the only writer of application->status; asserts that the move is legal. */
void core_application_move(struct core_application *application, enum core_status to,
                           core_ms now);
bool core_application_may_move(enum core_status from, enum core_status to);

/* clocks.c: the clocks of an application and of its tasks, moved together. */

/* Something happened that may start clocks: those that wait for nothing else start. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_joint_start(struct core_turn *turn, enum core_start event);
OD_MUST_CHECK int core_task_start(struct core_turn *turn, unsigned index, enum core_start event);
/* Start one that stands alone, today. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_alone_start(struct core_turn *turn, struct core_clock *clock, const struct core_limit *limit,
                                   core_day from);
void core_joint_end(struct core_turn *turn, enum core_clock_state end);
void core_task_end_clocks(struct core_turn *turn, unsigned index, enum core_clock_state end);
void core_alone_end(struct core_turn *turn, enum core_clock_id id, enum core_clock_state end);
struct core_clock *core_alone_clock(struct core_application *application, enum core_clock_id id);
/* A milestone of a task: its stages start and end. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_stages_mark(struct core_turn *turn, unsigned index, enum core_milestone milestone);
/* Tell what has turned yellow or red in one task, in the joint clocks, or in one that stands alone. True when the
 * statutory limit has just run out (alone: the clock itself). */
bool core_task_check(struct core_turn *turn, unsigned index);
bool core_joint_check(struct core_turn *turn);
bool core_alone_check(struct core_turn *turn, enum core_clock_id id);

/* stop.c: the record of what stands still (K-4, K-8). */
/* Begin a stop of the task today: the clocks that honour it pause. Errors: OD_ELIMIT. */
OD_MUST_CHECK int core_stop_begin(struct core_turn *turn, unsigned index, enum core_pause_kind kind);
/* End the task's open stop, if it has one: clocks go on unless another stop holds them. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_stop_end(struct core_turn *turn, unsigned index);
/* Set back what the event sets back in the task and the whole (K-10). Errors: OD_ERANGE. */
OD_MUST_CHECK int core_clocks_reset(struct core_turn *turn, unsigned index);
/* The pause is over, and so is the watch over it. */
void core_watch_end(struct core_turn *turn, unsigned index);

/* task.c: the only writer of task->state; asserts that the move is legal. Clears what
 * belongs to the state that is left: park_reason, pause_kind, and the owner where none stays.
 */
void core_task_move(struct core_task *task, enum core_task_state to, core_ms now);
bool core_task_may_move(enum core_task_state from, enum core_task_state to);

/* A connector, not an officer, has the task in hand: OFFERED, ACCEPTED, PAUSED or
 * WAITING_APPLICANT. */
bool core_task_is_with_connector(const struct core_task *task);

/* Move to QUEUED and tell so; the clocks are not touched. */
void core_task_queue(struct core_turn *turn, unsigned index);
void core_task_park(struct core_turn *turn, unsigned index, enum core_park_reason reason);
/* Queue every BLOCKED task whose `after` is met and start its clocks. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_tasks_unblock(struct core_turn *turn);
/* Cancel every open task. */
void core_tasks_cancel(struct core_turn *turn);
/* Record the final opinion: clocks met, DONE, RELEASE. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_task_finish(struct core_turn *turn, unsigned index,
                                   enum core_opinion opinion, bool is_deemed);

/* decision.c: after opinions came in: stop on a veto, unblock, decide when nothing is open.
 * Errors: OD_ERANGE. */
OD_MUST_CHECK int core_decision_settle(struct core_turn *turn);

/* intake.c: time has passed over an application that is not in review, or over what was promised to it.
 * Errors: OD_ENOTFOUND nothing was due, OD_ERANGE. */
OD_MUST_CHECK int core_intake_wake(struct core_turn *turn);
void core_intake_lapse(struct core_turn *turn);
/* It ends without a decision: tasks cancelled, clocks stopped. */
void core_intake_end(struct core_turn *turn, enum core_status status);

/* request.c: what the applicant is asked for during the review. Gather a request of the task: told with the others. */
void core_request_gather(struct core_turn *turn);
/* Time has passed over the gathered requests, or over the answer. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_request_wake(struct core_turn *turn);
/* Nobody waits any more: nothing is told, no time runs. */
void core_request_settle(struct core_turn *turn);
/* A notice that asks for something went out: the second one is flagged. */
void core_request_count(struct core_turn *turn);

/* told.c: the notice went out, and was counted. The applicant's time runs from today, or once he was told. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_told_await(struct core_turn *turn);
/* Time has passed over a receipt that is awaited. Errors: OD_ERANGE. */
OD_MUST_CHECK int core_told_wake(struct core_turn *turn);

/* One function for each event; the task index and the task's state are checked before.
 * Errors: as core_step; what they changed until then is undone by core_step. */
typedef int (*core_turn_cb)(struct core_turn *turn);
int core_on_received(struct core_turn *turn);
int core_on_supplemented(struct core_turn *turn);
int core_on_offered(struct core_turn *turn);
int core_on_accepted(struct core_turn *turn);
int core_on_opined(struct core_turn *turn);
int core_on_failed(struct core_turn *turn);
int core_on_given_back(struct core_turn *turn);
int core_on_session_lost(struct core_turn *turn);
int core_on_resumed(struct core_turn *turn);
int core_on_paused(struct core_turn *turn);
int core_on_unpaused(struct core_turn *turn);
int core_on_asked(struct core_turn *turn);
int core_on_input_handed(struct core_turn *turn);
int core_on_parked(struct core_turn *turn);
int core_on_requeued(struct core_turn *turn);
int core_on_taken(struct core_turn *turn);
int core_on_taken_over(struct core_turn *turn);
int core_on_cancel_confirmed(struct core_turn *turn);
int core_on_withdrawn(struct core_turn *turn);
int core_on_woken(struct core_turn *turn);
int core_on_closed(struct core_turn *turn);
int core_on_checked(struct core_turn *turn);
int core_on_extended(struct core_turn *turn);
int core_on_marked(struct core_turn *turn);
int core_on_redated(struct core_turn *turn);
int core_on_told(struct core_turn *turn);

/* The task of the event. */
static inline struct core_task *core_turn_task(struct core_turn *turn)
{
    return &turn->application->tasks[turn->event->task];
}

/* The bit of one task in a set. */
static inline core_task_set core_task_bit(unsigned index)
{
    return (core_task_set)1 << index;
}

/* All tasks of the service. */
static inline core_task_set core_rules_tasks(const struct core_rules *rules)
{
    return rules->matter_count == CORE_TASKS_MAX ? UINT64_MAX
                                                 : core_task_bit(rules->matter_count) - 1;
}

#endif
