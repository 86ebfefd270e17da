/* SPDX-License-Identifier: Apache-2.0 */
/* Who works on a task. An officer claims a task of the worklist, so that no two do the same work; it is durable and in the
 * journal, stands in the application's row and ends with the task, or when the task leaves the officers. A claim says
 * who, never when: it moves no state and no clock. */
#ifndef ENGINE_CLAIM_H
#define ENGINE_CLAIM_H

#include "engine/internal.h"

#define ENGINE_CLAIM_REASON_MAX 500 /* bytes of why somebody takes a task over, or lets another's go */

struct engine_claim {
    const char *by; /* id of a key; borrowed from the application */
    core_ms at_ms;
};

/* Is an officer the next to act on it: a task of the worklist, or a parked one? */
bool engine_task_is_with_officers(const struct core_task *task);
/* False: nobody has claimed the task, or it is not with the officers. */
bool engine_claim_find(const struct engine_application *application, unsigned task, struct engine_claim *claim);
/* Into memory, from the row; by NULL = nobody. Errors: OD_ENOMEM (unchanged). */
OD_MUST_CHECK int engine_claim_set(struct engine_application *application, unsigned task, const char *by, core_ms at_ms);
/* Is what the request asks for already so, by the same reader: a claim sent again under its key? */
bool engine_claim_is_again(const struct front_request *request, const struct engine_application *application, unsigned task);
/* After each event: claims of tasks that have left the officers end. */
void engine_claims_settle(struct engine_application *application);
/* It is somebody else's: answered 409 with who and since when. */
bool engine_answer_if_claimed(struct front_request *request, const struct engine_application *application, unsigned task);
/* POST /v1/tasks/{id}/claim and /release; the reader may act on the department. Answers by itself, or returns what
 * the caller answers: OD_EBUSY, OD_ENOMEM, and OD_ESTATE it is not with the officers. */
OD_MUST_CHECK int engine_claim_perform(struct engine *engine, struct engine_application *application, struct front_request *request,
                                       unsigned task);
/* "claim": {"by", "at"}, into the object that is open; nothing when nobody has. */
void engine_put_claim(struct base_buffer *buffer, const struct engine_application *application, unsigned task);

#endif
