/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptor 3: frames from and to the hub. What is put leaves at the end of the loop's turn, or at once
 * where it must be with the kernel before something else happens. */
#ifndef EGRESS_LINK_H
#define EGRESS_LINK_H

#include <stdbool.h>

#include <uv.h>

#include "base/buffer.h"
#include "base/frame.h"

struct egress_link;

typedef void (*egress_frame_cb)(void *owner, const struct base_frame *frame);
typedef void (*egress_gone_cb)(void *owner, int rc); /* OD_EIO the hub is gone; OD_EPEER it sent no frame; OD_ELIMIT */

/* Zero it to initialise. */
struct egress_link {
    int fd;
    uv_poll_t poll;
    uv_prepare_t turn;
    int events;
    struct base_buffer in, out;
    size_t out_head;
    egress_frame_cb on_frame;
    egress_gone_cb on_gone;
    void *owner;
};

/* link: in place for the life of the loop. fd: a socket; owned by the caller. Errors: OD_EIO. */
OD_MUST_CHECK int egress_link_start(struct egress_link *link, uv_loop_t *loop, int fd, egress_frame_cb on_frame,
                                    egress_gone_cb on_gone, void *owner);

void egress_link_put(struct egress_link *link, const struct base_frame *frame); /* copied */

/* Has the kernel taken all that was put? Waits for that, at most wait_ms. */
bool egress_link_flush(struct egress_link *link, int wait_ms);

#endif
