/* SPDX-License-Identifier: Apache-2.0 */
/* The only layer that knows the others: an event from a door, a connector or the
 * clock goes to the core; what the core says is stored; when the store says
 * durable, and only then, it is offered, answered and told.
 *
 * Loop thread only. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include <onedoor/error.h>

#include "engine/config.h"

struct engine;

struct engine_options {
    const struct engine_config *config; /* borrowed until engine_start returns */
    const char *host_program;    /* path of onedoor-host */
    const char *egress_program;  /* path of onedoor-egress; NULL = connectors reach nothing through the hub */
    const char *gateway_program; /* path of onedoor-nng; NULL = no nng doors */
    bool is_demo;                /* loopback, no keys */
    bool has_self_test;          /* once a day a synthetic limit runs out, and staff are told when nobody notices */
    bool is_clock_virtual;       /* demo only: wall time moves by POST /v1/test/clock alone */
    uint32_t in_flight_max;      /* submissions not yet durable; 0 = BASE_IN_FLIGHT_MAX, as the program has it. Tests
                                    lower it: two full batches hold no more than that many anyway */
};

/* Opens the store, the catalogue, the connectors and the doors, in this order: when it
 * returns OD_OK the hub serves. text: 512 bytes for an English sentence with the
 * remedy on error. Errors: OD_EINVAL, OD_EBUSY, OD_EIO, OD_ENOMEM, OD_EUNSUPPORTED. */
OD_MUST_CHECK int engine_start(uv_loop_t *loop, const struct engine_options *options,
                               struct engine **out, char text[512]);

const char *engine_address(const struct engine *engine);

/* Take the keys and the catalogue of a new configuration; all or nothing. Applications
 * stay pinned to the catalogue they were accepted under. */
OD_MUST_CHECK int engine_reload(struct engine *engine, const struct engine_config *config,
                                char text[512]);

/* Tell this configuration from now on where somebody asks for it: engine_reload took what it can of it. */
void engine_config_note(struct engine *engine, const struct engine_config *config);

/* Drain: no new requests, those under way are answered, connectors are stopped, the
 * store is closed. on_stopped runs once, from the loop; the engine is gone then. */
typedef void (*engine_stopped_cb)(void *owner);
void engine_stop(struct engine *engine, engine_stopped_cb on_stopped, void *owner);

#endif
