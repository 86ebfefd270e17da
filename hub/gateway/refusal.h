/* SPDX-License-Identifier: Apache-2.0 */
/* The answers that the gateway gives by itself, shaped as the hub's are. */
#ifndef GATEWAY_REFUSAL_H
#define GATEWAY_REFUSAL_H

#include "base/buffer.h"

enum gateway_refusal {
    GATEWAY_REFUSAL_NONE = 0,
    GATEWAY_TOO_LARGE,   /* 413 */
    GATEWAY_UNAVAILABLE, /* 503 */
};

/* Put {"status", "body"} with a problem of RFC 9457; in both languages, as the message was not
 * read for the one it asks for. size: bytes of the message. */
void gateway_refusal_put(struct base_buffer *buffer, enum gateway_refusal refusal, size_t size);

#endif
