/* SPDX-License-Identifier: Apache-2.0 */
/* The front itself: its listeners, pools, deadlines and the end of a loop turn. Private
 * to hub/front. */
#ifndef FRONT_SERVER_H
#define FRONT_SERVER_H

#include "base/list.h"
#include "front/auth.h"
#include "front/auth_proxy.h"
#include "front/auth_session.h"
#include "front/call.h"
#include "front/deadline.h"
#include "front/pages_set.h"
#include "front/pool.h"
#include "front/throttle.h"

#define FRONT_LISTENERS_MAX 2
#define FRONT_LISTEN_BACKLOG 1024
#define FRONT_REFUSED_MAX                                                                      \
    64 /* connections over the limit that are told so at once; more are closed */
#define FRONT_DESCRIPTORS_RESERVE                                                              \
    256 /* descriptors kept for everything but people's connections */
#define FRONT_ADDRESS_MAX 512
#define FRONT_SCRAP_SIZE (64 * 1024)

/* Deadlines of a constant length each, so that one list in order of start is one in order of
 * end. */
enum front_deadline_kind {
    FRONT_DEADLINE_NONE = 0,
    FRONT_DEADLINE_HEAD,
    FRONT_DEADLINE_BODY,
    FRONT_DEADLINE_IDLE,
    FRONT_DEADLINE_WRITE,
    FRONT_DEADLINE_LINGER,
    FRONT_DEADLINE_UPLOAD,
    FRONT_DEADLINE_STREAM, /* an event stream is quiet: send a comment */
    FRONT_DEADLINES,
};
#define FRONT_LINGER_TIMEOUT_MS 2000
#define FRONT_LINGER_BYTES_MAX                                                                 \
    (4 * 1024 * 1024) /* thrown away after the last answer, then cut */
#define FRONT_STREAM_QUIET_MS 15000

struct front_listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct front *front;
    bool is_open, is_pipe;
    bool is_waiting; /* a connection could not be taken for lack of memory */
};

struct front {
    uv_loop_t *loop;
    const struct front_ops *ops;
    void *owner;
    struct front_keys *keys;   /* owned: a reference */
    struct front_checks checks;
    struct front_proxy *proxy; /* owned; NULL = none is believed */
    struct front_sessions sessions;
    struct front_pages *pages; /* owned */
    bool is_demo, is_development, is_clock_virtual, is_closing, is_turn_open;
    char address[FRONT_ADDRESS_MAX];
    struct front_listener listeners[FRONT_LISTENERS_MAX];

    struct base_list connections; /* struct front_connection */
    struct base_list dirty;       /* those with something to write at the end of the turn */
    size_t connection_count, connections_max, refused_count, stream_count;
    struct front_pools pools;
    struct front_clock clock; /* deadlines */
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t grace;
    size_t handles_open; /* our own, connections left out; freed when all are closed */
    size_t calls_open;   /* performed or being answered, any door */
    front_closed_cb on_closed;
    void *closed_owner;

    struct front_gateway *gateway; /* whose answers go out at the end of the turn, or NULL */
    struct front_throttle track_throttle, callback_throttle, letter_throttle, session_throttle;
    struct front_figures figures;
    int64_t date_second;
    char date[40];                /* "Date: ...\r\n" of date_second */
    char scrap[FRONT_SCRAP_SIZE]; /* where bytes nobody reads go */
};

/* Close what can be closed when the front is closing; run on_closed when nothing is left. */
void front_close_step(struct front *front);

/* Event streams whose key or session is gone end. */
void front_streams_check(struct front *front);

/* The Date line of now; borrowed until the next call. */
const char *front_date(struct front *front);

/* gateway.c: send what was answered in this turn. */
void front_gateway_flush(struct front_gateway *gateway);

#endif
