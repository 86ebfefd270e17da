/* SPDX-License-Identifier: Apache-2.0 */
#include "front/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_MAX 512

static int port_read(const char *text, int *port)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > 65535)
        return OD_EINVAL;
    *port = (int)value;
    return OD_OK;
}

/* "ADDR:PORT", "[ADDR]:PORT"; localhost is 127.0.0.1. */
static int address_parse(const char *where, struct sockaddr_storage *out)
{
    const char *colon = strrchr(where, ':');
    char host[64] = "";
    int port;

    if (colon == NULL || colon == where || (size_t)(colon - where) >= sizeof(host) ||
        port_read(colon + 1, &port) != OD_OK)
        return OD_EINVAL;
    memcpy(host, where, (size_t)(colon - where));
    size_t size = strlen(host);
    if (host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        return uv_ip6_addr(host + 1, port, (struct sockaddr_in6 *)out) == 0 ? OD_OK : OD_EINVAL;
    }
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return uv_ip4_addr(name, port, (struct sockaddr_in *)out) == 0 ? OD_OK : OD_EINVAL;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
}

static int uv_rc(int rc, const char *where, char text[TEXT_MAX])
{
    if (rc == 0)
        return OD_OK;
    snprintf(text, TEXT_MAX, "cannot listen on %s: %s", where, uv_strerror(rc));
    if (rc == UV_EADDRINUSE)
        return OD_EBUSY;
    if (rc == UV_ENOMEM)
        return OD_ENOMEM;
    return rc == UV_EADDRNOTAVAIL || rc == UV_EINVAL ? OD_EINVAL : OD_EIO;
}

static void address_tell(const struct front_listener *listener, char address[FRONT_ADDRESS_MAX])
{
    struct sockaddr_storage bound = {0};
    int size = sizeof(bound);
    char host[64] = "";

    if (uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&bound, &size) != 0)
        return;
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&bound;
        uv_ip6_name(in6, host, sizeof(host));
        snprintf(address, FRONT_ADDRESS_MAX, "http://[%s]:%d", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&bound;
        uv_ip4_name(in4, host, sizeof(host));
        snprintf(address, FRONT_ADDRESS_MAX, "http://%s:%d", host, ntohs(in4->sin_port));
    }
}

static int tcp_check(const char *where, bool has_keys, bool is_demo,
                     struct sockaddr_storage *address, char text[TEXT_MAX])
{
    if (address_parse(where, address) != OD_OK) {
        snprintf(text, TEXT_MAX,
                 "\"%s\" is no address: use ADDR:PORT, [ADDR]:PORT or unix:/path", where);
        return OD_EINVAL;
    }
    if (!is_loopback(address) && (is_demo || !has_keys)) {
        snprintf(text, TEXT_MAX, "\"%s\" is not a loopback address: %s", where,
                 is_demo ? "demo mode listens on loopback only"
                         : "configure keys first, or listen on loopback");
        return OD_EINVAL;
    }
    return OD_OK;
}

int front_listen_check(const char *where, bool has_keys, bool is_demo, char text[512])
{
    struct sockaddr_storage address = {0};

    text[0] = '\0';
    if (strncmp(where, "unix:", 5) == 0)
        return OD_OK; /* its path is looked at when it is bound */
    return tcp_check(where, has_keys, is_demo, &address, text);
}

static int tcp_open(struct front_listener *listener, const char *where, bool has_keys,
                    uv_connection_cb on_connection, char address[FRONT_ADDRESS_MAX],
                    char text[TEXT_MAX])
{
    struct front *front = listener->front;
    struct sockaddr_storage socket_address = {0};

    if (tcp_check(where, has_keys, front->is_demo, &socket_address, text) != OD_OK)
        return OD_EINVAL;
    int rc = uv_tcp_init(front->loop, &listener->uv.tcp);
    listener->is_open = rc == 0;
    if (rc == 0)
        rc = uv_tcp_bind(&listener->uv.tcp, (struct sockaddr *)&socket_address, 0);
    if (rc == 0)
        rc = uv_listen(&listener->uv.stream, FRONT_LISTEN_BACKLOG, on_connection);
    if (rc == 0)
        address_tell(listener, address);
    return uv_rc(rc, where, text);
}

/* A socket that a killed hub left behind is taken away; one that answers is not. */
static int stale_remove(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;

    if (lstat(path, &status) != 0)
        return 0;
    if (!S_ISSOCK(status.st_mode) || strlen(path) >= sizeof(address.sun_path))
        return UV_EADDRINUSE;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return UV_EMFILE;
    int rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
    close(fd);
    return rc == 0 || unlink(path) != 0 ? UV_EADDRINUSE : 0;
}

static int pipe_open(struct front_listener *listener, const char *path,
                     uv_connection_cb on_connection, char text[TEXT_MAX])
{
    struct sockaddr_un limit;

    if (path[0] != '/' || strlen(path) >= sizeof(limit.sun_path)) {
        snprintf(text, TEXT_MAX,
                 "\"unix:%s\" is no address: an absolute path shorter than %zu bytes is needed",
                 path, sizeof(limit.sun_path));
        return OD_EINVAL;
    }
    int rc = stale_remove(path);
    if (rc == 0)
        rc = uv_pipe_init(listener->front->loop, &listener->uv.pipe, 0);
    listener->is_open = rc == 0;
    if (rc == 0)
        rc = uv_pipe_bind(&listener->uv.pipe, path);
    if (rc == 0 && chmod(path, 0660) != 0)
        rc = UV_EACCES;
    if (rc == 0)
        rc = uv_listen(&listener->uv.stream, FRONT_LISTEN_BACKLOG, on_connection);
    return uv_rc(rc, path, text);
}

int front_listener_open(struct front_listener *listener, struct front *front, const char *where,
                        bool has_keys, uv_connection_cb on_connection,
                        char address[FRONT_ADDRESS_MAX], char text[512])
{
    int rc;

    *listener = (struct front_listener){.front = front};
    listener->is_pipe = strncmp(where, "unix:", 5) == 0;
    if (!listener->is_pipe) {
        rc = tcp_open(listener, where, has_keys, on_connection, address, text);
    } else {
        rc = pipe_open(listener, where + 5, on_connection, text);
        if (rc == OD_OK)
            snprintf(address, FRONT_ADDRESS_MAX, "%s", where);
    }
    listener->uv.handle.data = listener;
    return rc;
}
