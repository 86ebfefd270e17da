/* SPDX-License-Identifier: Apache-2.0 */
/* What the center shows everybody: its numbers, how often its guide is read, and its register of decisions
 * (Licensing Law art. 40). */
#ifndef ENGINE_CENTER_H
#define ENGINE_CENTER_H

#include "engine/internal.h"

OD_MUST_CHECK int engine_center_start(struct engine *engine); /* errors: OD_ENOMEM */
void engine_center_fini(struct engine *engine);
void engine_center_tick(struct engine *engine);
/* Somebody read the guide's page of a service. */
void engine_center_visit(struct engine *engine, const char *service);
void engine_center_show(struct engine *engine, struct front_request *request); /* GET /v1/center */

/* register.c: GET /v1/register. */
void engine_register_list(struct engine *engine, struct front_request *request);

#endif
