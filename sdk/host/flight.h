/* SPDX-License-Identifier: Apache-2.0 */
/* The flight record: a shared page from which the hub reads, also after a death,
 * what the plugin's thread was doing. Source: docs/connectors/protocol.md. */
#ifndef HOST_FLIGHT_H
#define HOST_FLIGHT_H

#include <stdatomic.h>
#include <stdint.h>

#include <onedoor/error.h>

#define HOST_FLIGHT_SIZE 4096

/* As it lies in the page. */
struct host_flight {
    _Atomic uint64_t beats;
    _Atomic uint64_t task;  /* wire handle in hand, 0 = none */
    _Atomic uint64_t since; /* monotonic ms when the callback in hand began, 0 = none runs */
};

/* Map the page behind fd and close fd; without one (fd < 0 or not a page) a private
 * page is used. *out lives as long as the process. Errors: OD_ENOMEM. */
OD_MUST_CHECK int host_flight_open(int fd, struct host_flight **out);

/* The plugin's thread alone: a callback begins, or ended. */
void host_flight_enter(struct host_flight *flight, uint64_t task, int64_t now_ms);
void host_flight_leave(struct host_flight *flight);

/* How long the callback in hand has been running; 0 = none. Any thread. */
int64_t host_flight_busy_ms(const struct host_flight *flight, int64_t now_ms);

#endif
