/* SPDX-License-Identifier: Apache-2.0 */
/* A front desk of our own that owes nothing to nng: it connects, asks, reads the answer
 * and leaves, on a plain socket, as a new client would. What it sees is what they see:
 * the listener, the handshake, a context, the answer. */
#ifndef GATEWAY_PROBE_H
#define GATEWAY_PROBE_H

#include <stdint.h>

#include "gateway/address.h"
#include "gateway/doors.h"

/* Was token answered with itself within timeout_ms? Errors: OD_EUNSUPPORTED tls+tcp; OD_EIO no.
 * Source: nanomsg RFC sp-tcp-mapping-01 and sp-request-reply-01. Blocks. */
OD_MUST_CHECK int gateway_probe(const struct gateway_address *address,
                                const uint8_t token[GATEWAY_TOKEN_SIZE], uint32_t timeout_ms);

#endif
