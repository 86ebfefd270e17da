/* SPDX-License-Identifier: Apache-2.0 */
/* The nng sockets: REP for front desks, PUB for events, REP for remote connectors. They are opened once and
 * live as long as the process; only _exit ends them, since closing is what hangs. */
#ifndef GATEWAY_DOORS_H
#define GATEWAY_DOORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "gateway/options.h"
#include "gateway/queue.h"

#define GATEWAY_TOKEN_SIZE 16

struct gateway_doors;

/* Open what options name; requests go to queue from then on. options and queue are borrowed for the
 * life of the process. connections_max: of all doors together. text: 256 bytes for an English
 * sentence on error. Errors: OD_EIO a door cannot be opened; OD_ENOMEM. The process is to end then. */
OD_MUST_CHECK int gateway_doors_open(const struct gateway_options *options, struct gateway_queue *queue,
                                     size_t connections_max, struct gateway_doors **out, char text[256]);

/* The hub's answer to the request with this id; copied. An id that nobody waits for is ignored. */
void gateway_doors_answer(struct gateway_doors *doors, uint64_t id, const char *payload, size_t size);

/* To every subscriber; copied. Never waits: who is slow loses messages. */
void gateway_doors_publish(struct gateway_doors *doors, const char *payload, size_t size);

/* A message that the REP doors answer with itself, without the hub; random, so that nobody
 * outside can send it. Borrowed. */
const uint8_t *gateway_doors_token(const struct gateway_doors *doors);

struct gateway_doors_figures {
    size_t connections;
    bool is_full;            /* no context of the front-desk door is free to take a request */
    bool is_connectors_full; /* the same of the connectors' door, where polls wait for long */
};
void gateway_doors_figures(const struct gateway_doors *doors, struct gateway_doors_figures *figures);

#endif
