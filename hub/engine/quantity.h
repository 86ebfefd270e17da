/* SPDX-License-Identifier: Apache-2.0 */
/* Matters of limited quantity (T-16): so many are granted, in the order of acceptance (Licensing Law art. 57). An accepted application
 * has a place in the matter's line until its task ends without an approval, or the whole is refused or given up.
 *
 *   approve, by an officer -> its turn to ask -> [pool: the line] -> a place is left for it when every earlier one is kept
 *     -> the opinion -> durable -> the next that asks
 *   approved in another way (a department's own system) -> durable -> [pool: the line] -> out of turn: an alert
 *
 * So nobody who came later gets what somebody who came earlier may still need; while enough is left for all, nobody waits.
 * Loop thread. docs/catalogue.md. */
#ifndef ENGINE_QUANTITY_H
#define ENGINE_QUANTITY_H

#include "engine/internal.h"

/* Rows of the application's places that differ from what the store has, into the write. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_places_pack(struct engine_batch *batch, struct engine_application *application, struct store_write *write);
/* What the store has, of an application that was read from it. */
void engine_places_derive(struct engine_application *application);

/* Would the opinion of the body grant what is limited? */
bool engine_quantity_is_asked(const struct engine_application *application, unsigned task, const struct front_request *request);
/* go_on runs when a place is left for the task, and nobody else asks until what it put into the batch is durable; else the request
 * is answered 409 with the reason. Errors: OD_EBUSY, OD_ENOMEM (nothing runs). */
OD_MUST_CHECK int engine_quantity_ask(struct engine *engine, const struct engine_application *application, unsigned task,
                                      struct front_request *request, engine_application_cb go_on);

/* A task was done: was it approved out of turn, supervision is told. */
void engine_quantity_follow(struct engine *engine, const struct engine_application *application, unsigned task);

/* GET /v1/matters/{id}/quantity. */
void engine_quantity_show(struct engine *engine, struct front_request *request);

#endif
