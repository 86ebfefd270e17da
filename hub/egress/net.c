/* SPDX-License-Identifier: Apache-2.0 */
/* For a library of a module that must hold a connection of its own: one unix socket for each target of
 * capabilities.net, in the connector's folder. Who connects there is joined with that target and no other.
 *
 *   open -> on_near -> [look the name up] -> connect, address by address -> on_far -> bytes both ways
 *        -> the end of one side is passed on; the end of both, an error, or a profile that goes: close
 *
 * One block is on its way in each direction; until the other side has taken it, no more is read. */
#include "egress/egress.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "egress/address.h"

#define BLOCK 32768
#define BACKLOG 128

struct listener {
    uv_pipe_t pipe;
    struct egress_net *net;
    const struct egress_target *target;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct egress_net {
    struct egress_client *client;
    struct base_list tunnels;
    size_t tunnel_count;
    unsigned handles_open; /* of it and its tunnels */
    size_t count;
    struct listener listeners[];
};

/* From one end to the other. */
struct way {
    struct tunnel *tunnel;
    uv_stream_t *from, *to;
    uv_write_t write;
    uv_shutdown_t shutdown;
    bool is_ended;
    char block[BLOCK];
};

struct tunnel {
    struct base_list node; /* of net->tunnels */
    struct egress_net *net;
    const struct egress_target *target;
    uv_pipe_t near;
    uv_tcp_t far;
    bool has_far; /* it is open, or closing */
    bool is_closing, is_looking;
    uv_getaddrinfo_t lookup;
    uv_connect_t connect;
    struct addrinfo *addresses, *next; /* owned; the one to be tried next */
    uint64_t since_ms; /* it is being connected; 0 = it is */
    unsigned handles_open;
    struct way out, in;
};

static void far_start(struct tunnel *tunnel);

static void net_handle_ended(struct egress_net *net)
{
    struct egress_client *client = net->client;

    if (--net->handles_open > 0)
        return;
    base_free(net);
    egress_client_handle_ended(client);
}

static void tunnel_handle_ended(struct tunnel *tunnel)
{
    struct egress_net *net = tunnel->net;

    if (--tunnel->handles_open > 0)
        return;
    base_list_remove(&tunnel->node);
    net->tunnel_count--;
    if (tunnel->addresses != NULL)
        uv_freeaddrinfo(tunnel->addresses);
    base_free(tunnel);
    net_handle_ended(net);
}

static void on_end_closed(uv_handle_t *handle)
{
    tunnel_handle_ended(handle->data);
}

static void tunnel_close(struct tunnel *tunnel)
{
    if (tunnel->is_closing)
        return;
    tunnel->is_closing = true;
    uv_close((uv_handle_t *)&tunnel->near, on_end_closed);
    if (tunnel->has_far && !uv_is_closing((uv_handle_t *)&tunnel->far))
        uv_close((uv_handle_t *)&tunnel->far, on_end_closed);
}

/* -- Bytes -- */

static void on_block(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct tunnel *tunnel = handle->data;
    struct way *way = handle == (uv_handle_t *)&tunnel->near ? &tunnel->out : &tunnel->in;

    (void)suggested;
    *buf = uv_buf_init(way->block, BLOCK);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);

static void on_written(uv_write_t *write, int status)
{
    struct way *way = write->data;

    if (way->tunnel->is_closing)
        return;
    if (status < 0 || uv_read_start(way->from, on_block, on_read) != 0)
        tunnel_close(way->tunnel);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct way *way = shutdown->data;
    struct tunnel *tunnel = way->tunnel;

    if (status < 0 || (tunnel->out.is_ended && tunnel->in.is_ended))
        tunnel_close(tunnel);
}

static void way_end(struct way *way)
{
    way->is_ended = true;
    uv_read_stop(way->from);
    if (uv_shutdown(&way->shutdown, way->to, on_shut) != 0)
        tunnel_close(way->tunnel);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct tunnel *tunnel = stream->data;
    struct way *way = stream == (uv_stream_t *)&tunnel->near ? &tunnel->out : &tunnel->in;
    uv_buf_t block;

    if (count == 0)
        return;
    if (count == UV_EOF) {
        way_end(way);
        return;
    }
    block = uv_buf_init(buf->base, count > 0 ? (unsigned)count : 0);
    uv_read_stop(stream);
    if (count < 0 || uv_write(&way->write, way->to, &block, 1, on_written) != 0)
        tunnel_close(tunnel);
}

static void way_init(struct tunnel *tunnel, struct way *way, uv_stream_t *from, uv_stream_t *to)
{
    *way = (struct way){.tunnel = tunnel, .from = from, .to = to};
    way->write.data = way->shutdown.data = way;
}

/* -- The far end -- */

static void on_far_closed(uv_handle_t *handle)
{
    struct tunnel *tunnel = handle->data;

    tunnel->has_far = false;
    if (tunnel->is_closing || tunnel->next == NULL)
        tunnel_close(tunnel);
    else
        far_start(tunnel);
    tunnel_handle_ended(tunnel);
}

static void on_far(uv_connect_t *connect, int status)
{
    struct tunnel *tunnel = connect->data;

    if (tunnel->is_closing)
        return;
    if (status < 0) {
        uv_close((uv_handle_t *)&tunnel->far, on_far_closed); /* another address, perhaps */
        return;
    }
    tunnel->since_ms = 0;
    uv_tcp_nodelay(&tunnel->far, 1);
    way_init(tunnel, &tunnel->out, (uv_stream_t *)&tunnel->near, (uv_stream_t *)&tunnel->far);
    way_init(tunnel, &tunnel->in, (uv_stream_t *)&tunnel->far, (uv_stream_t *)&tunnel->near);
    if (uv_read_start(tunnel->out.from, on_block, on_read) != 0 || uv_read_start(tunnel->in.from, on_block, on_read) != 0)
        tunnel_close(tunnel);
}

/* Private addresses are what databases and mail servers have; the target itself is named and approved. */
static void far_start(struct tunnel *tunnel)
{
    while (tunnel->next != NULL && !egress_address_is_allowed(egress_address_of(tunnel->next->ai_addr), true))
        tunnel->next = tunnel->next->ai_next;
    if (tunnel->next == NULL || uv_tcp_init(tunnel->net->client->egress->loop, &tunnel->far) != 0) {
        tunnel_close(tunnel);
        return;
    }
    const struct sockaddr *address = tunnel->next->ai_addr;
    tunnel->next = tunnel->next->ai_next;
    tunnel->has_far = true;
    tunnel->handles_open++;
    tunnel->far.data = tunnel->connect.data = tunnel;
    if (uv_tcp_connect(&tunnel->connect, &tunnel->far, address, on_far) != 0)
        uv_close((uv_handle_t *)&tunnel->far, on_far_closed);
}

static void on_looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *addresses)
{
    struct tunnel *tunnel = lookup->data;

    tunnel->is_looking = false;
    tunnel->addresses = tunnel->next = addresses;
    if (!tunnel->is_closing && status == 0)
        far_start(tunnel);
    else
        tunnel_close(tunnel);
    tunnel_handle_ended(tunnel);
}

static void on_near(uv_stream_t *server, int status)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct listener *listener = server->data;
    struct egress_net *net = listener->net;
    uv_loop_t *loop = net->client->egress->loop;
    struct tunnel *tunnel = status == 0 ? base_alloc(sizeof(*tunnel)) : NULL;
    char port[8];

    if (tunnel == NULL)
        return;
    uv_pipe_init(loop, &tunnel->near, 0);
    tunnel->near.data = tunnel->lookup.data = tunnel;
    tunnel->net = net;
    tunnel->target = listener->target;
    tunnel->handles_open = 1;
    tunnel->since_ms = uv_hrtime() / 1000000;
    base_list_append(&net->tunnels, &tunnel->node);
    net->tunnel_count++;
    net->handles_open++;
    snprintf(port, sizeof(port), "%u", listener->target->port);
    if (uv_accept(server, (uv_stream_t *)&tunnel->near) != 0 || net->tunnel_count > EGRESS_TUNNELS_MAX ||
        uv_getaddrinfo(loop, &tunnel->lookup, on_looked_up, listener->target->host, port, &hints) != 0) {
        tunnel_close(tunnel);
        return;
    }
    tunnel->is_looking = true;
    tunnel->handles_open++; /* the look-up holds it, too */
}

/* -- Open and close -- */

/* The sockets of one connector are in a folder that no other sees; within it anybody may connect. */
static int listen_at(struct listener *listener)
{
    unlink(listener->path); /* of a process before this one */
    int rc = uv_pipe_bind(&listener->pipe, listener->path);

    if (rc == 0)
        rc = chmod(listener->path, 0666) == 0 ? 0 : UV_EPERM;
    return rc == 0 ? uv_listen((uv_stream_t *)&listener->pipe, BACKLOG, on_near) : rc;
}

static void listener_start(struct egress_net *net, const struct egress_target *target)
{
    const struct egress_profile *profile = &net->client->profile;
    struct listener *listener = &net->listeners[net->count];
    int size = snprintf(listener->path, sizeof(listener->path), "%s/%s", profile->net_folder, target->socket);

    if (size >= (int)sizeof(listener->path) || strchr(target->socket, '/') != NULL) {
        base_log(BASE_LOG_ERROR, "connector=%s no socket for %s: the path is longer than %zu bytes", profile->connector, target->text,
                 sizeof(listener->path) - 1);
        return;
    }
    net->count++;
    listener->net = net;
    listener->target = target;
    uv_pipe_init(net->client->egress->loop, &listener->pipe, 0);
    listener->pipe.data = listener;
    net->handles_open++;
    int rc = listen_at(listener);
    if (rc != 0)
        base_log(BASE_LOG_ERROR, "connector=%s no socket for %s: %s", profile->connector, target->text, uv_strerror(rc));
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;

    net_handle_ended(listener->net);
}

void egress_net_open(struct egress_client *client)
{
    const struct egress_profile *profile = &client->profile;
    struct egress_net *net;

    if (profile->target_count == 0 || profile->net_folder == NULL)
        return;
    net = base_alloc(sizeof(*net) + profile->target_count * sizeof(net->listeners[0]));
    if (net == NULL) {
        base_log(BASE_LOG_ERROR, "connector=%s has no sockets: no memory left", profile->connector);
        return;
    }
    net->client = client;
    net->handles_open = 1; /* until it is closed */
    base_list_init(&net->tunnels);
    client->net = net;
    client->handles_open++;
    for (size_t i = 0; i < profile->target_count; i++)
        listener_start(net, &profile->targets[i]);
}

void egress_net_close(struct egress_client *client)
{
    struct egress_net *net = client->net;

    if (net == NULL)
        return;
    client->net = NULL;
    for (size_t i = 0; i < net->count; i++) {
        unlink(net->listeners[i].path);
        uv_close((uv_handle_t *)&net->listeners[i].pipe, on_listener_closed);
    }
    for (struct base_list *node = net->tunnels.next; node != &net->tunnels; node = node->next)
        tunnel_close(BASE_LIST_ENTRY(node, struct tunnel, node));
    net_handle_ended(net);
}

void egress_net_check(struct egress_client *client, uint64_t now_ms)
{
    if (client->net == NULL)
        return;
    for (struct base_list *node = client->net->tunnels.next; node != &client->net->tunnels; node = node->next) {
        struct tunnel *tunnel = BASE_LIST_ENTRY(node, struct tunnel, node);

        if (tunnel->since_ms != 0 && now_ms > tunnel->since_ms + EGRESS_CONNECT_MS)
            tunnel_close(tunnel);
    }
}
