/* SPDX-License-Identifier: Apache-2.0 */
/* What the peers have in common: a socketpair with frames on it. */
#ifndef CHECK_PEER_H
#define CHECK_PEER_H

#include "check/hub.h"

/* The program onedoor-host, and the tier below which it is not to run (NULL = any). Copied. */
void check_peer_host_set(const char *program, const char *min_tier);

/* Socket, flight record and configuration; the connector's end of the socket is the caller's.
 * Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int check_peer_open(struct check_hub *hub, int *other_fd);

/* As struct check_peer says, over hub->fd. */
void check_peer_send(struct check_hub *hub, const struct base_frame *reply);
void check_peer_wait(struct check_hub *hub, int timeout_ms);

/* The hub's ends; what was printed is read to its end first. */
void check_peer_close(struct check_hub *hub);

#endif
