/* SPDX-License-Identifier: Apache-2.0 */
/* What a center's people see of its work and do about it: one act on several tasks, what stands still grouped by its
 * cause, and how the center runs just now. All of it is read from what is durable, and from the connectors as they are. */
#ifndef ENGINE_OPERATIONS_H
#define ENGINE_OPERATIONS_H

#include "engine/internal.h"

#define ENGINE_BATCH_TASKS_MAX 50       /* tasks of one POST /v1/tasks/batch */
#define ENGINE_BATCH_KEPT_DAYS 7        /* so long the answer to an Idempotency-Key is kept */
#define ENGINE_INCIDENT_ACTS_MAX 50     /* things that one retry of a group acts on */
#define ENGINE_INCIDENT_EXAMPLES_MAX 3  /* of each group */
#define ENGINE_INCIDENTS_MAX 200        /* groups of one answer */
#define ENGINE_COUNT_MAX 10000          /* what is counted for people stops here: "10000 or more" */

OD_MUST_CHECK int engine_desk_start(struct engine *engine); /* errors: OD_ENOMEM */
void engine_desk_fini(struct engine *engine);

/* desk_batch.c: POST /v1/tasks/batch. */
void engine_task_batch(struct engine *engine, struct front_request *request);
void engine_batch_on_due(struct engine *engine, const struct store_entry *entry);
/* "done", "refused" and "items" of what several requests were answered, into the object that is open: ids in step with answers,
 * key is what one of them is called. */
void engine_put_group(struct base_buffer *body, const char *key, const char *const *ids, const struct front_group_answer *answers, size_t count);

/* incident.c: GET /v1/incidents; incident_act.c: POST /v1/incidents/{id}/retry. */
void engine_incidents_list(struct engine *engine, struct front_request *request);
void engine_incidents_retry(struct engine *engine, struct front_request *request);

/* operations.c: GET /v1/operations. */
void engine_operations_show(struct engine *engine, struct front_request *request);

#endif
