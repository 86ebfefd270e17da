/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions of hub/connect between a network that drops, doubles, delays and reorders, an engine
 * that stores, and connectors that do what docs/connectors/remote.md says; all on a clock of the
 * simulation's own and from one seed.
 *
 *   sim_clock.c   libuv's timers and the events of this simulation, in one order
 *   sim_engine.c  tasks, made durable a moment after they change; loads, crashes, upgrades of the hub
 *   sim_net.c     requests there, answers back
 *   sim_client.c  the connectors of the department and their book */
#ifndef TEST_REMOTE_SIM_H
#define TEST_REMOTE_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/check.h"

#include "base/buffer.h"
#include "connect/connect.h"

#define SIM_TASKS 32
#define SIM_CLIENTS 2 /* processes at once, at most */
#define SIM_TROUBLE_MS 240000 /* the network, the hub and the connectors behave badly until then */
#define SIM_END_MS 3600000    /* everything is decided by then, or the run has failed */

/* -- sim_clock.c -- */
extern uint64_t sim_now_ms;
void sim_clock_reset(uint64_t seed);
void sim_clock_fini(void);
uint32_t sim_roll(uint32_t sides); /* 0..sides - 1 */
static inline bool sim_chance(uint32_t percent)
{
    return sim_roll(100) < percent;
}
typedef void (*sim_cb)(void *data);
void sim_at(uint64_t delay_ms, sim_cb cb, void *data);
bool sim_step(void); /* the next event; false: there is none */
void sim_turn_end(void); /* what the loop does before it waits: prepare handles, closed handles */
bool sim_is_trouble(void);

/* -- sim_engine.c -- */
extern const char *sim_store_folder; /* where the hub would keep modules; set before the first start */
void sim_engine_reset(void);
void sim_engine_start(void);
void sim_engine_plan(void); /* crashes of the hub, and later loads beside the present one, in this run */
void sim_engine_stop(void); /* and all of it is gone when this returns */
bool sim_engine_is_done(void);
void sim_engine_put_state(struct base_buffer *out); /* the final state, in words */
struct connect *sim_connect(void); /* NULL: the hub is down */
uint64_t sim_task_handle(unsigned task);
unsigned sim_task_of(uint64_t handle);
bool sim_report_is_durable(uint32_t epoch, uint64_t report_id);

/* -- sim_net.c -- */
struct sim_client;
/* Where an answer goes: to this client while its process (generation) lives. */
struct sim_address {
    unsigned client, generation;
};
void sim_net_reset(void);
void sim_net_request(struct sim_address from, const char *request, uint64_t id, const char *text);
void sim_net_hang_up(struct sim_address from, uint64_t id); /* the client closes the connections of this request */
void sim_net_hub_died(void); /* what it had not answered, it never will */
void sim_net_answered(void *asker, const char *text);
void sim_net_fini(void); /* nothing is under way any more */
extern uint64_t sim_messages, sim_dropped, sim_doubled;

/* -- sim_client.c -- */
void sim_clients_reset(void);
void sim_clients_start(void);
void sim_clients_stop(void); /* for good */
void sim_clients_plan(void); /* deaths, and copies that live at the same time */
/* text NULL: the door refused it. */
void sim_client_answer(struct sim_address to, const char *request, uint64_t id, const char *text);
void sim_book_put_state(struct base_buffer *out);

#endif
