/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of the gateway: gateway.c keeps the process, gateway_door.c brings its
 * requests to front_call_admit. Private to hub/front. */
#ifndef FRONT_GATEWAY_H
#define FRONT_GATEWAY_H

#include "front/call.h"

#define FRONT_GATEWAY_CALLS_MAX 4096 /* requests of the gateway not yet answered -> 503 */
#define FRONT_GATEWAY_PAUSE_MIN_MS 200 /* before a restart; doubled each time */
#define FRONT_GATEWAY_PAUSE_MAX_MS 5000
#define FRONT_GATEWAY_HEALTHY_MS 30000 /* a process that lived so long: the pause is short again */

struct front_gateway {
    struct front *front;
    uv_loop_t *loop;
    char *program, *front_desk, *events, *connectors, *certificate; /* owned */
    uint32_t silence_ms;
    uv_process_t process;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    bool is_process_open, is_pipe_open, is_timer_open, is_writing;
    bool is_up, is_ending, is_stopping;
    uint64_t heard_ms, started_ms, ended_ms,
        tick_ms;         /* of uv_now: last ping, start and end of the process, last tick */
    uint64_t pause_ms;   /* from ended_ms to the next start; 0 = none has ended */
    uint64_t generation; /* of the process: answers to an earlier one are dropped */
    uint64_t ticks, starts, requests, dropped;
    size_t calls_open;
    struct base_buffer in, out, sending;
    front_closed_cb on_stopped;
    void *stopped_owner;
};

/* gateway.c */
/* The pause before the next start. pause_ms: the one before, 0 = none; lived_ms: of the process
 * that ended. */
uint64_t front_gateway_pause(uint64_t pause_ms, uint64_t lived_ms);
void front_gateway_end(struct front_gateway *gateway);
void front_gateway_reply(struct front_gateway *gateway, uint64_t generation, uint8_t kind, uint64_t id,
                         struct base_buffer *payload);
void front_gateway_call_ended(struct front_gateway *gateway);

/* gateway_door.c: one request frame; it is answered now or later. */
void front_gateway_take(struct front_gateway *gateway, const struct base_frame *frame);

#endif
