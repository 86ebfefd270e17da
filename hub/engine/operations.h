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

/* happened.c: applications that something happened to on a day (GET /v1/applications?happened=decided&on=2026-11-29), in the
 * order in which it did; what GET /v1/operations counts of today. */
enum engine_happening { ENGINE_HAPPENING_NONE = 0, ENGINE_HAPPENED_RECEIVED, ENGINE_HAPPENED_ACCEPTED, ENGINE_HAPPENED_DECIDED };
enum engine_happening engine_happening_find(const char *word); /* NONE: there is no such */
bool engine_happened_is(const struct base_json *event, enum engine_happening happening); /* is it told by an event of a record? */
/* A record that may tell of any; the caller destroys it. NULL: it tells of none. */
struct base_json *engine_happened_parse(const struct store_record *record);
struct engine_happened {
    struct store_filter filter;  /* all of it but the department; before: behind this record, UINT64_MAX = from the first of the day */
    enum engine_happening happening;
    int64_t from_ms, until_ms;   /* the day: from its midnight to the next */
};
/* In the pool, into rows (filter.limit of them). *next: go on behind this record, 0 = there are no more; fewer than the limit may
 * have come back all the same. */
OD_MUST_CHECK int engine_happened_read(struct store_reader *reader, const struct engine_happened *wanted, struct base_arena *arena,
                                       struct store_row *rows, size_t *count, uint64_t *next);

/* operations.c: GET /v1/operations. */
void engine_operations_show(struct engine *engine, struct front_request *request);

#endif
