/* SPDX-License-Identifier: Apache-2.0 */
/* Is nng still alive? What was measured of its ways to fail: connections of killed peers
 * that are never closed, and doors that no longer answer. */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include <onedoor/error.h>

#include "gateway/limits.h"

/* What one look has found. */
struct gateway_sight {
    bool is_lost;         /* the probe was not answered */
    bool is_full;         /* no context was free, so that neither of the others means anything */
    size_t open, dead;    /* descriptors; those whose peer is gone */
    size_t open_max;      /* what connections and our own need at most */
};

/* Looks in a row that found a fault. Zero it to initialise. */
struct gateway_watch {
    unsigned lost, crowded, full;
};

enum gateway_verdict {
    GATEWAY_VERDICT_NONE = 0, /* go on */
    GATEWAY_LOST,
    GATEWAY_CROWDED,
    GATEWAY_STUCK, /* full for too long */
};

/* Pure. */
enum gateway_verdict gateway_watch_judge(struct gateway_watch *watch, const struct gateway_sight *sight);

/* Count this process's descriptors into sight->open and sight->dead. One thread at a time.
 * Errors (*sight unchanged): OD_EIO /proc cannot be read, as when none is left. Cost O(descriptors). */
OD_MUST_CHECK int gateway_watch_count(struct gateway_sight *sight);

#endif
