/* SPDX-License-Identifier: Apache-2.0 */
/* The URL of a door: which ones are allowed, and what has to be done before and after
 * nng listens there. */
#ifndef GATEWAY_ADDRESS_H
#define GATEWAY_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "gateway/limits.h"

enum gateway_scheme {
    GATEWAY_SCHEME_NONE = 0,
    GATEWAY_IPC,
    GATEWAY_TCP,
    GATEWAY_TLS, /* tls+tcp */
};

enum gateway_door_kind {
    GATEWAY_DOOR_NONE = 0,
    GATEWAY_FRONT_DESK, /* ipc, tcp or tls+tcp */
    GATEWAY_EVENTS,     /* ipc or tls+tcp */
    GATEWAY_CONNECTORS, /* ipc, tcp or tls+tcp */
};

struct gateway_address {
    enum gateway_scheme scheme;
    const char *url; /* borrowed */
    char path[GATEWAY_PATH_MAX + 1]; /* ipc */
    char host[256];                  /* tcp, tls+tcp; "" = every interface */
    char port[6];                    /* 1..65535 */
};

/* text: 256 bytes for an English sentence on error. Errors (*address unchanged): OD_EINVAL. */
OD_MUST_CHECK int gateway_address_read(const char *url, enum gateway_door_kind kind,
                                       struct gateway_address *address, char text[256]);

/* Remove the socket file that a dead process left at an ipc address. Nothing else is ever
 * removed. Errors: OD_EBUSY somebody listens there; OD_EEXIST it is no socket; OD_EIO. */
OD_MUST_CHECK int gateway_address_clear(const struct gateway_address *address);

/* A connected blocking stream socket, as a client would have it, whose reads and writes end
 * after timeout_ms. Not for tls+tcp. Errors: OD_EUNSUPPORTED, OD_EIO (*fd unchanged). */
OD_MUST_CHECK int gateway_address_dial(const struct gateway_address *address, uint32_t timeout_ms,
                                       int *fd);

#endif
