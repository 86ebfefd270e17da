/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts in a random life, beside the applicants of sim_test.c. */
#ifndef TEST_ENGINE_SIM_PARTS_H
#define TEST_ENGINE_SIM_PARTS_H

#include "engine/stage.h"

/* sim_links.c: departments with systems. */
void sim_department_acts(void);
void sim_session_acts(void);
void sim_admin_acts(void);
void sim_heal_link(struct connect_link *link);
void sim_check_connectors(void); /* no rollout is under way for ever, and the disk says what runs */

/* sim_law.c: people of the authorities. */
const char *sim_catalog(unsigned edition); /* editions differ in their days off; static */
void sim_officer_acts(const char *number);
void sim_desk_acts(const char *number); /* looks whether it is complete */
void sim_calendar_amended(void);        /* the catalogue in the folder is another, and is taken */

#endif
