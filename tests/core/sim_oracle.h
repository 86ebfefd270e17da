/* SPDX-License-Identifier: Apache-2.0 */
/* A second, naive opinion on what the core should do: it follows the events that were
 * taken, counts days one by one on a table, and knows nothing of the core's state. */
#ifndef TESTS_CORE_SIM_ORACLE_H
#define TESTS_CORE_SIM_ORACLE_H

#include "core/sim_count.h"

#define ORACLE_TABLES 2 /* the rules' calendar and the other one */

enum oracle_phase {
    ORACLE_ABSENT = 0, /* skipped */
    ORACLE_BLOCKED,
    ORACLE_WORKABLE,
    ORACLE_PAUSED,
    ORACLE_ASKED,
    ORACLE_ANSWERED, /* has its opinion */
    ORACLE_DROPPED,
};

struct oracle_task {
    enum oracle_phase phase;
    uint8_t opinion;
    uint8_t held; /* of an earlier application: counts from the acceptance */
    bool is_deemed, is_unanswered, was_told, has_late_extension;
    unsigned milestones;
    struct count_clock clocks[CORE_CLOCKS];
    struct count_clock watch;
    struct count_clock stages[CORE_STAGES_MAX];
};

struct oracle {
    const struct core_rules *rules;
    core_day first_day; /* of the table */
    struct count_table tables[ORACLE_TABLES];
    const struct core_calendar *calendars[ORACLE_TABLES];
    enum core_status status;
    enum core_outcome outcome;
    core_day receipt_day, accepted_day;
    int32_t receipt_minute, accepted_minute; /* UTC */
    bool is_by_silence, is_late_stage;
    bool is_backdating; /* in this step: what silence accepts starts at the receipt */
    unsigned notices;
    core_day asked_day;    /* of the notice that asked for something last */
    core_day presumed_day; /* supplement is waiting: told then */
    bool is_presumed;
    core_minute notice_minute;
    core_task_set looked_at, lacking;
    struct count_stops stops;
    struct count_clock clocks[CORE_CLOCKS];
    struct count_clock supplement, intake, tolerance, delivery;
    struct oracle_task tasks[CORE_TASKS_MAX];
};

void oracle_init(struct oracle *oracle, const struct core_rules *rules, const struct core_calendar *other,
                 core_day first_day);

/* The calendars are other ones from now on; dates that run stay until REDATED. */
void oracle_amend(struct oracle *oracle);

/* Follow an event that the core has taken. */
void oracle_follow(struct oracle *oracle, const struct core_event *event);

/* The outcome of the recorded opinions, or NONE while something is open and not settled. */
enum core_outcome oracle_outcome(const struct oracle *oracle);

/* sim_check.c: fail the test where the application is not as the oracle thinks. */
void oracle_check(const struct oracle *oracle, const struct core_application *application,
                  uint64_t seed);

bool oracle_is_open(const struct oracle_task *task);

/* sim_clocks.c: what starts and stops. */
struct core_moment oracle_moment(const struct core_time *time);
/* A clock of a place: what stops it, unless its limit says it. */
void oracle_lay_out(const struct oracle *oracle, struct count_clock *clock, const struct core_limit *limit,
                    uint32_t pauses, unsigned task);
/* It happened to the whole and to all tasks, or to one. */
void oracle_happen(struct oracle *oracle, enum core_start happened, const struct core_time *time);
void oracle_happen_to_task(struct oracle *oracle, unsigned index, enum core_start happened,
                           const struct core_time *time);
/* One that stands alone, today, from a day on. */
void oracle_start_alone(struct oracle *oracle, struct count_clock *clock, const struct core_limit *limit,
                        const struct core_time *time, core_day day);
/* A milestone of a task. */
void oracle_reach(struct oracle *oracle, unsigned index, enum core_milestone milestone, const struct core_time *time);
void oracle_begin_stop(struct oracle *oracle, unsigned index, uint8_t kind, const struct core_time *time);
void oracle_end_stop(struct oracle *oracle, unsigned index, const struct core_time *time);
/* To the full length. */
void oracle_set_back(struct oracle *oracle, unsigned index, enum core_reset why, const struct core_time *time);
void oracle_end_task_clocks(struct oracle *oracle, unsigned index, const struct core_time *time);

#endif
