/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker has to tell, kept until it is its turn. Private to hub/simulate. */
#ifndef SIMULATE_OUTBOX_H
#define SIMULATE_OUTBOX_H

#include "base/memory.h"
#include "simulate/simulate.h"

struct simulate_item;

/* Zero it to initialise. */
struct simulate_outbox {
    struct base_arena arena;
    struct simulate_item *first, *last;
};

/* Changes and findings are copied into the outbox. */
struct simulate_report simulate_outbox_report(struct simulate_outbox *outbox);
/* Tell them, in their order, and forget them. Errors: what a callback returned. */
OD_MUST_CHECK int simulate_outbox_flush(struct simulate_outbox *outbox, const struct simulate_report *report);
void simulate_outbox_fini(struct simulate_outbox *outbox);

/* Add the figures of one to the sum of all. */
void simulate_summary_add(struct simulate_summary *sum, const struct simulate_summary *part);

#endif
