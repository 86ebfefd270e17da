/* SPDX-License-Identifier: Apache-2.0 */
/* A random office: calendar, service and events, all from one seed. */
#ifndef TESTS_CORE_SIM_OFFICE_H
#define TESTS_CORE_SIM_OFFICE_H

#include "core/core.h"

#define SIM_FIRST_DAY 19000
#define SIM_HOLIDAYS_MAX 200
#define SIM_ALMANACS 3 /* as published, and amended twice */

struct sim_almanac {
    core_day holidays[SIM_HOLIDAYS_MAX];
    core_day make_ups[SIM_HOLIDAYS_MAX];
    struct core_calendar calendar;
};

struct sim_office {
    uint64_t seed; /* of the next number */
    struct core_time now;
    int32_t offset; /* minutes of civil time ahead of UTC */
    bool is_summer; /* then an hour more */
    struct sim_almanac almanacs[SIM_ALMANACS];
    unsigned almanac;              /* in force */
    struct core_calendar calendar; /* of the rules */
    struct core_calendar other;    /* of some limits; never amended */
    struct core_matter_rule matters[CORE_TASKS_MAX];
    struct core_stage_rule stages[CORE_TASKS_MAX][CORE_STAGES_MAX];
    struct core_rules rules;
};

/* The same numbers everywhere for the same seed (not 0). */
uint64_t sim_draw(struct sim_office *office);
/* True in about percent of all cases. */
bool sim_happens(struct sim_office *office, unsigned percent);

void sim_office_init(struct sim_office *office, uint64_t seed);

/* Put that almanac in force. */
void sim_publish(struct sim_office *office, unsigned almanac);

/* Let some time pass, often none. */
void sim_pass_time(struct sim_office *office);

/* An event that could come next to this application; sometimes one that could not. */
struct core_event sim_draw_event(struct sim_office *office,
                                 const struct core_application *application);

/* The event that brings the application nearer to its decision; type NONE when it has ended. */
struct core_event sim_finish_event(struct sim_office *office,
                                   const struct core_application *application);

#endif
