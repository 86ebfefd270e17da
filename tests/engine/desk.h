/* SPDX-License-Identifier: Apache-2.0 */
/* Three departments whose officers work at worklists, on the stage: people by name, days
 * that pass, and what the answers say. desk.json is their catalogue. */
#ifndef TEST_ENGINE_DESK_H
#define TEST_ENGINE_DESK_H

#include "engine/stage.h"

#define DAY_MS INT64_C(86400000)

extern const char *desk_text; /* of desk.json; NULL before desk_read */
extern const struct front_identity desk_land, desk_water, desk_fire, desk_land_head, desk_government, desk_front, desk_supervisor,
    desk_citizen;

bool desk_read(void); /* first in main */
int desk_open_retaining(void **state); /* personal data goes after one year */
void desk_age(void);                   /* which is over, and what is due then is done */
int desk_open(void **state); /* cmocka's setup and teardown */
int desk_close(void **state);

/* Days pass, one by one, each with its wakes; at 09:00 of the clock it was. */
void desk_pass(unsigned days);
void desk_wait(int64_t ms); /* and whatever is due then */

/* Ask, drain, and check the status. The answer is read with desk_of. */
struct stage_request *desk_do(const struct front_identity *who, enum front_route route, const char *number, int status, const char *body);
struct stage_request *desk_get(enum front_route route, const char *number, const char *query);

/* A new application; its number, static until the next call. */
const char *desk_submit(const char *service, const char *form, const char *materials);
const char *desk_task(const char *number, unsigned task); /* "...-1.2"; static until the next call */
uint64_t desk_id(const char *number);
struct engine_application *desk_read_row(const char *number); /* of the disk; the caller destroys it */

/* A member of the last answer by its path ("notice.missing.0.material"), as text; "" when it is not there. Static. */
const char *desk_of(const struct stage_request *asked, const char *path);
/* How many items the list at path has. */
size_t desk_count(const struct stage_request *asked, const char *path);
/* How many items of "items" have that text as that member. */
size_t desk_count_of(const struct stage_request *asked, const char *member, const char *text);
/* How many alerts of a kind there are. */
size_t desk_alerts(const char *kind);

#endif
