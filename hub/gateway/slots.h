/* SPDX-License-Identifier: Apache-2.0 */
/* Which request of which context waits for the hub. An id is used once in the life of
 * the process, so that an answer that comes twice, or to nobody, is noticed. Safe from
 * any thread, without a lock. */
#ifndef GATEWAY_SLOTS_H
#define GATEWAY_SLOTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "gateway/limits.h"

/* Zero it to initialise. */
struct gateway_slots {
    _Atomic uint64_t ids[GATEWAY_SLOTS]; /* what is waited for; 0 = nothing */
    uint64_t turns[GATEWAY_SLOTS];       /* requests so far; by whoever opens the slot */
    atomic_size_t open;
};

/* index: < GATEWAY_SLOTS, a slot that waits for nothing. Returns its new id, never 0. */
uint64_t gateway_slots_open(struct gateway_slots *slots, size_t index);

/* Who takes an id answers it; one taker wins. Errors (*index unchanged): OD_ENOTFOUND. */
OD_MUST_CHECK int gateway_slots_take(struct gateway_slots *slots, uint64_t id, size_t *index);

/* Slots that wait for the hub now. */
size_t gateway_slots_count(const struct gateway_slots *slots);

#endif
