/* SPDX-License-Identifier: Apache-2.0 */
/* What the host calls that become reports have in common: the contract, and the item.
 * Each goes: check the contract, write the item, then move the task; so a refused
 * call changes nothing. Plugin's thread only. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include "host/call.h"

enum host_op {
    HOST_OP_ACCEPT = 0,
    HOST_OP_OPINION,
    HOST_OP_FAIL,
    HOST_OP_GIVE_BACK,
    HOST_OP_CHECKPOINT,
    HOST_OP_NEED_INPUT,
    HOST_OP_PAUSE,
    HOST_OP_UNPAUSE,
    HOST_OP_PROGRESS,
    HOST_OP_CANCELLED,
};

/* The task behind the handle, if the call is allowed now. Errors: OD_ESTATE, OD_ESTALE (the mistake is named). */
OD_MUST_CHECK int host_op_enter(struct host *host, enum host_op op, od_task handle, struct host_task **out);

/* A text of a call; what: names it in the mistake. Errors: OD_ELIMIT, OD_ESYNTAX, OD_EINVAL (named). */
OD_MUST_CHECK int host_op_text(struct host *host, enum host_op op, const struct host_task *task, const char *what,
                               const char *text, size_t size_max, bool is_required);

/* At most OD_REASONS_MAX of them, none empty. Errors: as host_op_text. */
OD_MUST_CHECK int host_op_texts(struct host *host, enum host_op op, const struct host_task *task, const char *what,
                                const char *const *texts, uint32_t count, size_t size_max);

/* Errors: OD_EINVAL (named) unless is_fine. */
OD_MUST_CHECK int host_op_range(struct host *host, enum host_op op, const struct host_task *task, const char *what,
                                bool is_fine);

/* Begin an item and its JSON object. NULL: *rc says why, and end must not be called. */
struct base_buffer *host_item_begin(struct host *host, enum base_frame_kind kind, uint64_t wire, uint64_t *id,
                                    int *rc);

/* Errors (the item is gone): OD_ENOMEM, OD_ELIMIT. */
OD_MUST_CHECK int host_item_end(struct host *host, struct base_buffer *out);

void host_put_texts(struct base_buffer *out, const char *key, const char *const *texts, uint32_t count);

/* A whole item with at most an effect (may be NULL). Errors: as host_outbox_begin and _end. */
OD_MUST_CHECK int host_item_put(struct host *host, enum base_frame_kind kind, uint64_t wire, const char *effect,
                                uint64_t *id);

/* Report the accept and move the task. external_ref may be NULL. Errors: as host_item_put. */
OD_MUST_CHECK int host_accept_put(struct host *host, struct host_task *task, const char *external_ref);

/* The calls that leave the task open; call_step.c. */
void host_call_init_steps(struct od_host *table);

#endif
