/* SPDX-License-Identifier: Apache-2.0 */
/* What the gateway process bounds, beside base/limits.h, and why it ends. */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include "base/frame.h"
#include "base/limits.h"

#define GATEWAY_CONTEXTS 256 /* front-desk requests with the hub at once; more wait in their connections */
/* The same of remote connectors, whose polls wait for long: one of each connection, and room for reports. */
#define GATEWAY_CONNECTOR_CONTEXTS 2048
#define GATEWAY_SLOTS (GATEWAY_CONTEXTS + GATEWAY_CONNECTOR_CONTEXTS)
#define GATEWAY_MESSAGE_MAX BASE_FRAME_PAYLOAD_MAX /* bytes of a request: one frame; more -> 413 */
/* Bytes that are read to be told so; nng cuts the connection of a message that is larger still. */
#define GATEWAY_READ_MAX (BASE_HTTP_HEAD_MAX + BASE_HTTP_BODY_MAX)
#define GATEWAY_QUEUE_MAX (8 * 1024 * 1024) /* bytes that wait for the hub -> 503; as many may be on the way */
#define GATEWAY_CONNECTIONS_MAX 1024        /* of all doors together; more are cut */
#define GATEWAY_FEED_MAX 1024               /* feed messages that wait for one subscriber; the oldest go */
#define GATEWAY_ANSWER_TIMEOUT_MS 10000     /* for a client that does not take its answer */

/* The watchdog looks once in GATEWAY_LOOK_MS; a fault that stands for so many looks ends the process. */
#define GATEWAY_LOOK_MS 500
#define GATEWAY_PROBE_TIMEOUT_MS 450
#define GATEWAY_FAULT_LOOKS 3
#define GATEWAY_FULL_LOOKS 60 /* the same, while every context is with the hub or a slow client */
#define GATEWAY_DEAD_MAX 64 /* descriptors whose peer is gone and that nng has not closed */
#define GATEWAY_OWN_MAX 64  /* descriptors beside connections: pipes, polls, listeners */

#define GATEWAY_PATH_MAX 107 /* bytes of a socket's path: sun_path without its NUL */

enum gateway_exit {
    GATEWAY_EXIT_HUB_GONE = 0,   /* end of file on descriptor 3 */
    GATEWAY_EXIT_ARGUMENTS = 2,
    GATEWAY_EXIT_LISTEN = 69,    /* a door cannot be opened; stderr says why */
    GATEWAY_EXIT_WEDGED = 70,    /* the watchdog has given up on nng */
    GATEWAY_EXIT_MACHINE = 71,   /* no memory, threads or descriptors */
    GATEWAY_EXIT_PROTOCOL = 76,  /* the hub sent a broken frame */
};

#endif
