/* SPDX-License-Identifier: Apache-2.0 */
/* The one load generator, of `onedoor bench` and of script/bench: joint applications in a closed loop or at a
 * rate, and how long each takes.
 *
 *   start -> POST /v1/applications -> 201 (accept latency) -> its decided event on the one
 *   event stream (decision latency) -> the next POST in its place
 *
 * So many are in flight: from its POST until its decision an application keeps its place.
 * With a rate, applications come at that pace whether the last ones are decided or not,
 * and what one waited for a place counts as its latency.
 * The requests share few connections and are pipelined on them, since this program runs on
 * the same cores as the hub. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#define CLI_LOAD_IN_FLIGHT_MAX 4096
#define CLI_LOAD_CONNECTIONS_MAX 64
#define CLI_LOAD_SECONDS_MAX 3600

enum cli_load_border { CLI_LOAD_BEGINS = 1, CLI_LOAD_ENDS };

/* All texts are borrowed. */
struct cli_load_options {
    uint16_t port;        /* of a hub on 127.0.0.1 */
    const char *key;      /* "" = none */
    const char *run;      /* stands in each idempotency key: two runs never send the same one */
    const char *body;     /* JSON; ten # in it stand for the running number of the request */
    size_t body_size;
    double warmup_s, seconds;
    double rate;          /* applications a second; 0 = as fast as they are decided */
    uint64_t count;       /* decisions in the measured stretch at most; 0 = by time alone */
    uint32_t in_flight;   /* 1 to CLI_LOAD_IN_FLIGHT_MAX */
    uint32_t connections; /* at most CLI_LOAD_CONNECTIONS_MAX; 0 = by what is in flight */
    void (*on_border)(void *owner, enum cli_load_border border); /* of the measured stretch; NULL = nobody asks */
    bool (*on_turn)(void *owner, double done); /* often; done: 0 to 1 of the whole; false = break it off. NULL = nobody asks */
    void *owner;          /* of both */
};

/* Milliseconds. */
struct cli_load_times {
    double p50, p99, max;
    uint64_t count;
};

struct cli_load_result {
    double seconds;      /* of the measured stretch */
    uint64_t posted, decided, errors;
    uint32_t undecided;  /* at the end, though they were waited for */
    uint32_t connections;
    size_t request_size; /* bytes */
    bool is_broken;      /* a connection broke, too much was refused, or on_turn said so */
    struct cli_load_times accept, decision;
    char refusal[601];   /* the first answer that was no 201, or "" */
};

/* Warm up, measure, follow what is in flight to its decision. refusal is filled where the run cannot begin, too.
 * Errors (*result holds no figures): OD_EINVAL an option is out of range; OD_EIO no connection, or no event stream
 * (errno); OD_ENOMEM. */
OD_MUST_CHECK int cli_load_run(const struct cli_load_options *options, struct cli_load_result *result);

#endif
