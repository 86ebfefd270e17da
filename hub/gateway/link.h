/* SPDX-License-Identifier: Apache-2.0 */
/* Both ways of descriptor 3: one thread reads what the hub sends, one writes the queue. */
#ifndef GATEWAY_LINK_H
#define GATEWAY_LINK_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "gateway/queue.h"

/* What the hub sent; payloads are borrowed until return. */
struct gateway_link_ops {
    void (*on_answer)(void *owner, uint64_t id, const char *payload, size_t size);
    void (*on_feed)(void *owner, const char *payload, size_t size); /* topic and JSON in one */
};

/* Read until it ends. Errors, always one: OD_EIO the hub is gone; OD_EPEER it sent a frame that
 * is not for us; OD_ELIMIT one that is too large; OD_ENOMEM. */
OD_MUST_CHECK int gateway_link_read(int fd, const struct gateway_link_ops *ops, void *owner);

/* Write what the queue holds, all at once, for ever. Returns when the hub is gone. */
void gateway_link_write(int fd, struct gateway_queue *queue);

#endif
