/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the errands share. Private to errand*.c. */
#ifndef ENGINE_ERRAND_INSIDE_H
#define ENGINE_ERRAND_INSIDE_H

#include "engine/errand.h"

#define ERRAND_SLOT_BUCKETS 1024 /* power of two */

/* One errand that something is done with, or that rests in memory. It goes when it has neither. */
struct errand_slot {
    struct errand_slot *next; /* hash chain */
    uint64_t handle;
    struct base_list steps;   /* of struct errand_step, in order; the first one is under way */
    int64_t due_ms;           /* monotonic: offered again then; 0 = it does not rest */
    bool is_ending;           /* the end of a step is being told: what that begins waits until it is */
    uint32_t unput;           /* OFFERED to the session of this epoch, which has never seen it; 0 = not so */
};

struct errand_step;
/* What becomes of it: OD_OK put, OD_EEXIST nothing, or an error. */
typedef int (*errand_decide_cb)(struct errand_step *step, struct engine_errand *errand);
typedef void (*errand_end_cb)(struct errand_step *step, int rc);

/* One thing that is done with one errand. Embedded at the beginning of whoever does it, which on_end frees. */
struct errand_step {
    struct base_list node; /* of its slot */
    struct engine *engine;
    struct errand_slot *slot;
    const struct engine_errand_kind *kind;
    uint64_t id;
    errand_decide_cb decide;
    errand_end_cb on_end;  /* once, rc as of engine_errand_change; the errand is still there */
    struct engine_errand errand;
    bool is_read;
};

/* The walk over what waits, of one kind. */
struct errand_walk {
    bool is_wanted, is_walking;
    uint64_t after; /* id */
};

struct engine_errands {
    struct engine_department **served; /* owned array: the pseudo departments */
    size_t served_count;
    struct errand_slot *slots[ERRAND_SLOT_BUCKETS];
    size_t slot_count;
    struct errand_walk walks[ENGINE_ENTRY_KINDS];
};

/* errand_step.c */
/* Begin, or wait for those before it. Errors (on_end does not run, the step is still the caller's): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_step_start(struct engine *engine, struct errand_step *step, const struct engine_errand_kind *kind, uint64_t id);
/* From within the end of a step: the same step once more, with another decision and end, before those that wait. */
void engine_errand_step_again(struct errand_step *step, errand_decide_cb decide, errand_end_cb on_end);
/* The slot of one that something is done with, or that rests; NULL = none. */
struct errand_slot *engine_errand_slot_find(const struct engine *engine, uint64_t handle);
bool engine_errand_is_busy(const struct engine *engine, uint64_t handle);
/* From within a step: it is offered again after delay_ms at the earliest. */
void engine_errand_rest(struct errand_step *step, int64_t delay_ms);

/* errand_body.c */
void engine_errand_body_put(struct base_buffer *buffer, struct engine_errand *errand);
void engine_errand_payload_put(struct base_buffer *buffer, struct engine *engine, const struct engine_errand *errand, uint8_t item,
                        const struct connect_link *link);
bool engine_errand_was_tried(const struct engine_errand *errand, const char *connector);
/* OD_ELIMIT: ENGINE_ERRAND_TRIED_MAX have tried. */
OD_MUST_CHECK int engine_errand_tried_add(struct engine_errand *errand, const char *connector);
/* The member as it is by now, borrowed until the next change; NULL = none. */
const char *engine_errand_text_of(struct engine_errand *errand, enum engine_errand_text which);

/* errand_call.c: a callback that names the connector's number finds it. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_reference_put(struct engine *engine, const struct engine_errand *errand);

/* errand_report.c */
/* The one that has it could not: its connector's turn is over, or comes again. */
enum errand_fault { ERRAND_FAULT_NONE = 0, ERRAND_FAULT_AGAIN, ERRAND_FAULT_OVER };
OD_MUST_CHECK int engine_errand_fail(struct errand_step *step, struct engine_errand *errand, enum errand_fault fault, int64_t retry_ms);

/* errand_walk.c */
void engine_errand_walk_want(struct engine *engine, const struct engine_errand_kind *kind);
void engine_errand_on_stored(struct engine *engine, void *data, int rc); /* the same, once something of the kind data is durable */

/* errand_hand.c: offers, resumes, and what lay with sessions that ended. */
void engine_errand_offer(struct engine *engine, const struct engine_errand_kind *kind, uint64_t id, struct engine_department *department);
void engine_errand_settle(struct engine *engine, const struct engine_errand_kind *kind, uint64_t id, struct engine_department *department);
/* Its offer has ended: the credit comes back, where the offer was put. */
void engine_errand_credit(struct engine *engine, uint64_t handle, struct engine_department *department, uint32_t epoch);
/* It was offered, and is cancelled, durable: the session is told, and confirms what stays with the far side. */
void engine_errand_call_off(struct engine *engine, const struct engine_errand *errand, const char *reason);
void engine_errand_events_give(struct engine *engine, struct engine_errand *errand, struct connect_link *link);

#endif
