/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O thread: the connector's side of the protocol on one socket. It moves bytes
 * and batches and knows nothing of tasks. Source: docs/connectors/protocol.md.
 *
 *   hello -> (poll | reports | retries | services)* -> bye
 */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "host/host.h"

#define HOST_REQUESTS_MAX 8            /* reports under way at once */
#define HOST_INBOX_MAX (16 * 1024 * 1024) /* bytes of items that the plugin's thread has not taken: none are wanted above it */
#define HOST_RETRY_MIN_MS 100
#define HOST_RETRY_MAX_MS 5000
#define HOST_HELLO_TIMEOUT_MS 10000
#define HOST_BYE_TIMEOUT_MS 1000
#define HOST_TIME_WAIT_MS 1000 /* a poll waits so long for the due timers to run */

struct host_request {
    uint64_t id;              /* 0 = free */
    struct host_batch *batch; /* owned until answered */
};

/* A service request that the hub has not answered. */
struct host_asked {
    uint64_t id;     /* of the frame, 0 = free */
    uint64_t number; /* by which the plugin's thread knows it */
};

struct host_link {
    struct host *host;
    int fd; /* owned */
    struct base_buffer in, out;
    size_t out_sent;
    uint64_t id_last;     /* of requests */
    uint32_t epoch;
    uint64_t poll_id;     /* 0 = none under way */
    uint64_t ack;         /* highest item seq taken over */
    uint64_t bye_id;      /* 0 = not said */
    struct host_request requests[HOST_REQUESTS_MAX];
    struct host_asked asked[HOST_SERVICES_MAX];
    struct base_buffer answer; /* one of a service, on its way to the inbox */
    struct host_batch *retry_first, *retry_last; /* owned; they go before newer ones */
    int64_t retry_at_ms, retry_delay_ms;         /* monotonic */
    int64_t time_told_ms;  /* the last time item */
    int64_t time_seen_ms;  /* as last put into a poll */
    int64_t time_until_ms; /* monotonic: a poll does not wait longer for time_seen */
    int64_t deadline_ms;   /* monotonic: of stop's grace or of bye; 0 = none */
    bool is_done;          /* bye was answered, or is not to be waited for */
};

/* fd: owned from here. Errors: none. */
void host_link_init(struct host_link *link, struct host *host, int fd);
void host_link_fini(struct host_link *link);

/* Say hello and wait for the answer; fill host->config and the like. Blocks up to HOST_HELLO_TIMEOUT_MS.
 * On failure the host is broken (host_break). Errors: OD_EPEER. */
OD_MUST_CHECK int host_link_hello(struct host_link *link);

/* Until bye, or until the host is broken. */
void host_link_run(struct host_link *link);

/* One turn: send what waits, wait at most timeout_ms, take what came. For tests. */
void host_link_turn(struct host_link *link, int64_t timeout_ms);

/* Every whole frame in link->in; link_reply.c. */
void host_link_take_frames(struct host_link *link);

/* The answer to hello. Errors: OD_EPEER (the host is broken). */
OD_MUST_CHECK int host_link_take_hello(struct host_link *link, const struct base_frame *reply);

#endif
