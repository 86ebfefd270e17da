/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: now and then the hub signs where its journal's chain stands, so that nobody, not even the hub, can cut,
 * rewrite or date back what was written before without its showing.
 *
 *   a day is over, enough records, or somebody asks -> [pool: hash the records] -> sign -> entry -> durable -> told
 *
 * Loop thread. docs/evidence.md. */
#ifndef ENGINE_SEAL_H
#define ENGINE_SEAL_H

#include "engine/internal.h"
#include "evidence/seal.h"

#define ENGINE_SEAL_RECORDS 16384u /* so many records without a checkpoint get one before the day is over */
#define ENGINE_SEAL_WAITS_MAX 256  /* who waits for a checkpoint */

/* The key, made at the first start, and the last checkpoint. *text: a sentence on error. Errors: OD_EIO, OD_ESYNTAX, OD_ENOMEM. */
OD_MUST_CHECK int engine_seal_start(struct engine *engine, struct store_reader *reader, const char *folder, char text[512]);
void engine_seal_run(struct engine *engine); /* at each tick */
bool engine_seal_is_quiet(const struct engine *engine); /* none is due or on its way */
void engine_seal_fini(struct engine *engine);

/* on_sealed once every record that is durable now is under a checkpoint: rc OD_OK, or why it is not. Errors (no callback): OD_EBUSY,
 * OD_ENOMEM. */
OD_MUST_CHECK int engine_seal_want(struct engine *engine, engine_call_cb on_sealed, void *data);

const struct base_sign_pair *engine_seal_pair(const struct engine *engine); /* borrowed; any thread may read it */
/* {"number", "seq", "at"} of the last checkpoint, null = none yet, and how many records stand behind it: "behind". */
void engine_put_seal(struct base_buffer *buffer, const char *key, const struct engine *engine);
/* The hub's word for these bytes. */
void engine_seal_sign(const struct engine *engine, const void *bytes, size_t size, uint8_t signature[BASE_SIGN_SIZE]);
const uint8_t *engine_seal_key(const struct engine *engine); /* BASE_SIGN_KEY_SIZE bytes; borrowed */

/* bundle.c: the evidence of one application. */
void engine_bundle(struct engine *engine, struct front_request *request);
/* as_of.c: the application as it was after a record. */
void engine_as_of(struct engine *engine, struct front_request *request, uint64_t id);

/* Routes: the public key, checkpoints, a new one. */
void engine_seal_perform(struct engine *engine, struct front_request *request);

#endif
