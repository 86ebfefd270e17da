/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd that wakes the loop: any thread rings, the loop's callback runs once
 * for all rings since. uv_async_send of libuv 1.44 spins when both threads share
 * a core, hence our own. */
#ifndef BASE_BELL_H
#define BASE_BELL_H

#include <uv.h>

#include <onedoor/error.h>

struct base_bell;
typedef void (*base_bell_cb)(struct base_bell *bell);

struct base_bell {
    uv_poll_t poll; /* private */
    int fd;         /* private */
    base_bell_cb on_ring;
    base_bell_cb on_closed;
    void *owner; /* the caller's; not touched */
};

/* bell: the caller's memory, in place until on_closed. Errors: OD_EIO (nothing to close). */
OD_MUST_CHECK int base_bell_init(struct base_bell *bell, uv_loop_t *loop, base_bell_cb on_ring);

/* From any thread, also from a signal handler. */
void base_bell_ring(struct base_bell *bell);

/* on_closed (may be NULL) runs later from the loop, once. No ring may follow. */
void base_bell_close(struct base_bell *bell, base_bell_cb on_closed);

#endif
