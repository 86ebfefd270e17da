/* SPDX-License-Identifier: Apache-2.0 */
/* A context of a REP door goes round for ever:
 *
 *   receive -> on_received -> (queue, hub, gateway_doors_answer) -> send -> on_sent -> receive
 *
 * or from on_received straight to send with an answer of our own. Its two aios are made at
 * start, never freed, and each has one job: at most one of the two is under way, so that
 * no aio is ever started twice. Callbacks wait for nothing. */
#include "gateway/doors.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/reqrep0/rep.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "gateway/refusal.h"
#include "gateway/slots.h"

#define REQUEST_ID_SIZE 4 /* nng counts the header of the request protocol as part of the message */

/* One REP socket: front desks, or remote connectors, whose polls the hub answers late. */
struct rep_door {
    nng_socket socket;
    uint8_t kind;       /* of its frames to the hub */
    size_t first, count; /* its contexts */
    atomic_size_t free; /* those that wait for a request */
};

struct context {
    struct gateway_doors *doors;
    struct rep_door *door;
    size_t index;
    nng_ctx ctx;
    nng_aio *receiving, *sending;
};

struct gateway_doors {
    struct gateway_queue *queue;
    struct rep_door front_desk, connectors;
    nng_socket events;
    bool has_events;
    uint8_t token[GATEWAY_TOKEN_SIZE];
    size_t connections_max;
    atomic_size_t connections;
    struct gateway_slots slots;
    struct context contexts[GATEWAY_SLOTS];
};

/* nng failed where it never should: the hub starts us anew, clients ask again. */
static _Noreturn void end(const char *what, int rc)
{
    base_log(BASE_LOG_ERROR, "nng gateway ends what=%s error=%s", what, nng_strerror(rc));
    _exit(rc == NNG_ENOMEM ? GATEWAY_EXIT_MACHINE : GATEWAY_EXIT_WEDGED);
}

static void receive(struct context *context)
{
    atomic_fetch_add(&context->door->free, 1);
    nng_ctx_recv(context->ctx, context->receiving);
}

/* message: moved. */
static void send(struct context *context, nng_msg *message)
{
    nng_aio_set_msg(context->sending, message);
    nng_ctx_send(context->ctx, context->sending);
}

static void answer(struct context *context, const char *payload, size_t size)
{
    nng_msg *message;
    int rc = nng_msg_alloc(&message, size);

    if (rc != 0)
        end("answer", rc);
    memcpy(nng_msg_body(message), payload, size);
    send(context, message);
}

static void refuse(struct context *context, enum gateway_refusal refusal, size_t size)
{
    struct base_buffer payload = {0};

    gateway_refusal_put(&payload, refusal, size);
    if (payload.is_broken)
        end("refusal", NNG_ENOMEM);
    answer(context, payload.bytes, payload.size);
    base_buffer_fini(&payload);
}

/* Nothing of context may be touched after the queue has the frame: the answer may be there. */
static void ask(struct context *context, const char *payload, size_t size)
{
    struct gateway_doors *doors = context->doors;
    size_t index;
    uint64_t id = gateway_slots_open(&doors->slots, context->index);
    int rc = gateway_queue_put(doors->queue, &(struct base_frame){.kind = context->door->kind,
                                                                   .id = id,
                                                                   .length = (uint32_t)size,
                                                                   .payload = payload});

    if (rc != OD_OK && gateway_slots_take(&doors->slots, id, &index) == OD_OK)
        refuse(context, GATEWAY_UNAVAILABLE, size);
}

static bool is_token(const struct gateway_doors *doors, const char *payload, size_t size)
{
    return size == GATEWAY_TOKEN_SIZE && memcmp(payload, doors->token, size) == 0;
}

static void on_received(void *arg)
{
    struct context *context = arg;
    int rc = nng_aio_result(context->receiving);

    atomic_fetch_sub(&context->door->free, 1);
    if (rc != 0)
        end("receive", rc);
    nng_msg *message = nng_aio_get_msg(context->receiving);
    const char *payload = nng_msg_body(message);
    size_t size = nng_msg_len(message);

    nng_aio_set_msg(context->receiving, NULL);
    if (is_token(context->doors, payload, size))
        answer(context, payload, size);
    else if (size > GATEWAY_MESSAGE_MAX)
        refuse(context, GATEWAY_TOO_LARGE, size);
    else
        ask(context, payload, size);
    nng_msg_free(message);
}

/* A client that is gone, or that does not take its answer, loses it. */
static void on_sent(void *arg)
{
    struct context *context = arg;
    int rc = nng_aio_result(context->sending);

    if (rc != 0) {
        nng_msg_free(nng_aio_get_msg(context->sending));
        nng_aio_set_msg(context->sending, NULL);
    }
    if (rc != 0 && rc != NNG_ETIMEDOUT)
        end("send", rc);
    receive(context);
}

/* Runs for every connection of every door, whatever its fate, once each way. */
static void on_connection(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
    struct gateway_doors *doors = arg;

    if (event == NNG_PIPE_EV_REM_POST)
        atomic_fetch_sub(&doors->connections, 1);
    else if (atomic_fetch_add(&doors->connections, 1) >= doors->connections_max)
        nng_pipe_close(pipe);
}

static int listen_at(struct gateway_doors *doors, nng_socket socket, const struct gateway_address *address,
                     const char *certificate)
{
    nng_listener listener;
    int rc = nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, on_connection, doors);

    if (rc == 0)
        rc = nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, on_connection, doors);
    if (rc == 0)
        rc = nng_listener_create(&listener, socket, address->url);
    if (rc == 0 && address->scheme == GATEWAY_TLS)
        rc = nng_listener_set_string(listener, NNG_OPT_TLS_CERT_KEY_FILE, certificate);
    return rc == 0 ? nng_listener_start(listener, 0) : rc;
}

static int context_open(struct gateway_doors *doors, struct rep_door *door, size_t index)
{
    struct context *context = &doors->contexts[index];

    context->doors = doors;
    context->door = door;
    context->index = index;
    int rc = nng_ctx_open(&context->ctx, door->socket);
    if (rc == 0)
        rc = nng_aio_alloc(&context->receiving, on_received, context);
    if (rc == 0)
        rc = nng_aio_alloc(&context->sending, on_sent, context);
    if (rc == 0)
        nng_aio_set_timeout(context->sending, GATEWAY_ANSWER_TIMEOUT_MS);
    return rc;
}

static int rep_open(struct gateway_doors *doors, struct rep_door *door, const struct gateway_address *address,
                    const char *certificate)
{
    int rc = nng_rep0_open(&door->socket);

    if (rc == 0)
        rc = nng_socket_set_size(door->socket, NNG_OPT_RECVMAXSZ, GATEWAY_READ_MAX + REQUEST_ID_SIZE);
    for (size_t i = 0; rc == 0 && i < door->count; i++)
        rc = context_open(doors, door, door->first + i);
    if (rc == 0)
        rc = listen_at(doors, door->socket, address, certificate);
    for (size_t i = 0; rc == 0 && i < door->count; i++)
        receive(&doors->contexts[door->first + i]);
    return rc;
}

static int events_open(struct gateway_doors *doors, const struct gateway_options *options)
{
    int rc = nng_pub0_open(&doors->events);

    if (rc == 0)
        rc = nng_socket_set_int(doors->events, NNG_OPT_SENDBUF, GATEWAY_FEED_MAX);
    if (rc == 0)
        rc = listen_at(doors, doors->events, &options->events, options->certificate);
    doors->has_events = rc == 0;
    return rc;
}

static int clear(const struct gateway_address *address, char text[256])
{
    int rc = gateway_address_clear(address);

    if (rc != OD_OK)
        snprintf(text, 256, "%.107s %s", address->path,
                 rc == OD_EBUSY    ? "is served by another process"
                 : rc == OD_EEXIST ? "exists and is no socket; remove it or use another path"
                                   : "cannot be removed; is its folder writable?");
    return rc == OD_OK ? OD_OK : OD_EIO;
}

static int open_all(struct gateway_doors *doors, const struct gateway_options *options, const char **url)
{
    int rc = 0;

    if (options->front_desk.scheme != GATEWAY_SCHEME_NONE) {
        *url = options->front_desk.url;
        rc = rep_open(doors, &doors->front_desk, &options->front_desk, options->certificate);
    }
    if (rc == 0 && options->events.scheme != GATEWAY_SCHEME_NONE) {
        *url = options->events.url;
        rc = events_open(doors, options);
    }
    if (rc == 0 && options->connectors.scheme != GATEWAY_SCHEME_NONE) {
        *url = options->connectors.url;
        rc = rep_open(doors, &doors->connectors, &options->connectors, options->certificate);
    }
    return rc;
}

int gateway_doors_open(const struct gateway_options *options, struct gateway_queue *queue,
                       size_t connections_max, struct gateway_doors **out, char text[256])
{
    const char *url = "";

    if (clear(&options->front_desk, text) != OD_OK || clear(&options->events, text) != OD_OK ||
        clear(&options->connectors, text) != OD_OK)
        return OD_EIO;
    struct gateway_doors *doors = base_alloc(sizeof(*doors));
    if (doors == NULL)
        return OD_ENOMEM;
    doors->queue = queue;
    doors->connections_max = connections_max;
    doors->front_desk.kind = BASE_FRAME_DOOR;
    doors->front_desk.count = doors->connectors.first = GATEWAY_CONTEXTS;
    doors->connectors.kind = BASE_FRAME_REMOTE;
    doors->connectors.count = GATEWAY_CONNECTOR_CONTEXTS;
    base_random(doors->token, sizeof(doors->token));
    int rc = open_all(doors, options, &url);
    if (rc != 0) {
        snprintf(text, 256, "cannot listen at %.150s: %s", url, nng_strerror(rc));
        return OD_EIO; /* doors is not freed: nng may be using it */
    }
    *out = doors;
    return OD_OK;
}

void gateway_doors_answer(struct gateway_doors *doors, uint64_t id, const char *payload, size_t size)
{
    size_t index;

    if (gateway_slots_take(&doors->slots, id, &index) == OD_OK)
        answer(&doors->contexts[index], payload, size);
}

void gateway_doors_publish(struct gateway_doors *doors, const char *payload, size_t size)
{
    nng_msg *message;

    if (!doors->has_events || nng_msg_alloc(&message, size) != 0)
        return; /* a hint is lost, as it may be */
    memcpy(nng_msg_body(message), payload, size);
    if (nng_sendmsg(doors->events, message, 0) != 0)
        nng_msg_free(message);
}

const uint8_t *gateway_doors_token(const struct gateway_doors *doors)
{
    return doors->token;
}

void gateway_doors_figures(const struct gateway_doors *doors, struct gateway_doors_figures *figures)
{
    *figures = (struct gateway_doors_figures){
        .connections = atomic_load(&doors->connections),
        .is_full = atomic_load(&doors->front_desk.free) == 0,
        .is_connectors_full = atomic_load(&doors->connectors.free) == 0,
    };
}
