/* SPDX-License-Identifier: Apache-2.0 */
/* The clock on the center's wall: the zone is that of the environment variable TZ, which the hub
 * sets for its hosts, with both changes of a year where it has them. */
#ifndef SPOOL_WALL_H
#define SPOOL_WALL_H

#include <stdint.h>

/* Read the zone, while there are files. Once, in open(). */
void wall_open(void);

/* The first time after after_ms (UTC, >= 0) that the wall shows at_ms of a day. Each day has one: of an hour that
 * comes twice it is in the first, and what would be in an hour that is left out comes as much later. */
int64_t wall_next(int64_t after_ms, int64_t at_ms);

#endif
