/* SPDX-License-Identifier: Apache-2.0 */
/* A result as a signed document: what was decided, for whom, on which rules, under the hub's key. Whoever has the
 * document and the center's public key verifies it without the hub. docs/delivery.md says how. */
#ifndef ENGINE_RESULT_H
#define ENGINE_RESULT_H

#include "base/sign.h"
#include "engine/entry.h"

#define ENGINE_RESULT_FORMAT "onedoor-result-1" /* first word of what is signed, so that no other signature fits */

/* States of its entry. */
enum engine_result_state {
    ENGINE_RESULT_NONE = 0,
    ENGINE_RESULT_ISSUED,
    ENGINE_RESULT_ERASED, /* by the rule of retention: its body says when, and keeps the hash */
};

/* Put the document into the batch being filled, as an entry named by the application's number. The application is
 * decided, its document parsed. hash: SHA-256 of its canonical result, in hexadecimal. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_result_issue(struct engine *engine, const struct engine_application *application, const char *by,
                                      char hash[2 * BASE_HASH_SIZE + 1]);
/* {"format", "result", "signature"} of a result, a JSON object, under pair. hash as above. Errors: OD_ENOMEM, OD_ESYNTAX. */
OD_MUST_CHECK int engine_result_sign(const struct base_sign_pair *pair, const char *result, size_t size, struct base_buffer *document,
                                     char hash[2 * BASE_HASH_SIZE + 1]);

/* GET /v1/applications/{number}/result, POST /v1/track/result */
void engine_result_perform(struct engine *engine, struct front_request *request);

#endif
