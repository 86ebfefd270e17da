/* SPDX-License-Identifier: Apache-2.0 */
/* What is made once, however often it is asked for: keys, payments and refunds, evaluations, checkpoints. Applications and
 * concerns keep their Idempotency-Key themselves, documents are what their bytes are.
 *
 *   a key is given -> the same is under way: 409
 *                  -> [entry] -> another body: 422
 *                             -> the same body: performed with what it made then (engine_repeat_made), which is told again
 *                             -> none: performed; what it makes is kept with it (engine_repeat_keep)
 *
 * A key stands for one body of one caller at one place. Loop thread. */
#ifndef ENGINE_REPEAT_H
#define ENGINE_REPEAT_H

#include "engine/entry.h"

#define ENGINE_REPEAT_KEPT_DAYS 30 /* so long a key is known after what it made */
#define ENGINE_REPEAT_HEADER "Idempotency-Replayed: true\r\n"

void engine_repeats_start(struct engine *engine);

/* Perform the request: at once where no key is to be looked after, else when that is looked up, or never, where the key says so. */
void engine_repeat_perform(struct engine *engine, struct front_request *request,
                           void (*perform)(struct engine *engine, struct front_request *request));

/* The id of what the same request made at first, to be answered anew; 0 = make it. */
uint64_t engine_repeat_made(const struct front_request *request);
/* In the batch being filled, beside what makes it: this is the thing. write: index there of the write without which it is not made.
 * Nothing where the request has no key. Errors (nothing put): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_repeat_keep(struct engine *engine, const struct front_request *request, uint64_t made, uint32_t write);
/* The same of what was made before: on_stored once that is durable, at once where the request has no key. */
OD_MUST_CHECK int engine_repeat_keep_alone(struct engine *engine, const struct front_request *request, uint64_t made,
                                           engine_call_cb on_stored, void *data);

#endif
