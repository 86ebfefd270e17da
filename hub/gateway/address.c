/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IPC "ipc://"
#define TCP "tcp://"
#define TLS "tls+tcp://"
#define CLEAR_TIMEOUT_MS 500 /* a living listener with a full backlog lets us wait */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static int path_read(const char *path, struct gateway_address *address)
{
    size_t size = strlen(path);

    if (size == 0 || size > GATEWAY_PATH_MAX)
        return OD_EINVAL;
    memcpy(address->path, path, size + 1);
    return OD_OK;
}

static int port_read(const char *text, char port[6])
{
    size_t size = strlen(text);

    if (size == 0 || size > 5 || strspn(text, "0123456789") != size)
        return OD_EINVAL;
    unsigned long number = strtoul(text, NULL, 10);
    if (number == 0 || number > 65535)
        return OD_EINVAL;
    memcpy(port, text, size + 1);
    return OD_OK;
}

/* "host:port", "[v6]:port" or "*:port"; a path after it is not for us. */
static int host_read(const char *text, struct gateway_address *address)
{
    const char *colon = strrchr(text, ':');
    const char *host = text;

    if (colon == NULL || strchr(text, '/') != NULL)
        return OD_EINVAL;
    size_t size = (size_t)(colon - text);
    if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
    }
    if (size >= sizeof(address->host))
        return OD_EINVAL;
    if (size != 1 || host[0] != '*')
        memcpy(address->host, host, size);
    return port_read(colon + 1, address->port);
}

static const char *door_name(enum gateway_door_kind kind)
{
    if (kind == GATEWAY_EVENTS)
        return "the event feed";
    return kind == GATEWAY_CONNECTORS ? "the connectors' door" : "the front-desk door";
}

int gateway_address_read(const char *url, enum gateway_door_kind kind,
                         struct gateway_address *address, char text[256])
{
    struct gateway_address read = {.url = url};
    int rc = OD_EINVAL;

    if (starts_with(url, IPC)) {
        read.scheme = GATEWAY_IPC;
        rc = path_read(url + strlen(IPC), &read);
    } else if (starts_with(url, TLS)) {
        read.scheme = GATEWAY_TLS;
        rc = host_read(url + strlen(TLS), &read);
    } else if (kind != GATEWAY_EVENTS && starts_with(url, TCP)) {
        read.scheme = GATEWAY_TCP;
        rc = host_read(url + strlen(TCP), &read);
    }
    if (rc == OD_OK)
        *address = read;
    else
        snprintf(text, 256, "%.100s is no address for %s: use ipc://PATH (at most %d bytes)%s or tls+tcp://HOST:PORT",
                 url, door_name(kind), GATEWAY_PATH_MAX, kind == GATEWAY_EVENTS ? "" : ", tcp://HOST:PORT");
    return rc;
}

/* A socket whose connect, reads and writes end after timeout_ms; -1 and errno on failure. */
static int socket_open(int family, uint32_t timeout_ms)
{
    const struct timeval timeout = {.tv_sec = timeout_ms / 1000,
                                    .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0 ||
                    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int unix_dial(const char *path, uint32_t timeout_ms)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket_open(AF_UNIX, timeout_ms);

    if (fd < 0)
        return -1;
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int gateway_address_clear(const struct gateway_address *address)
{
    struct stat status;

    if (address->scheme != GATEWAY_IPC)
        return OD_OK;
    if (lstat(address->path, &status) != 0)
        return errno == ENOENT ? OD_OK : OD_EIO;
    if (!S_ISSOCK(status.st_mode))
        return OD_EEXIST;
    int fd = unix_dial(address->path, CLEAR_TIMEOUT_MS);
    if (fd >= 0) {
        close(fd);
        return OD_EBUSY;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return OD_EBUSY;
    if (errno != ECONNREFUSED)
        return errno == ENOENT ? OD_OK : OD_EIO;
    return unlink(address->path) == 0 || errno == ENOENT ? OD_OK : OD_EIO;
}

/* Every interface is reached on the loopback one. */
static int tcp_dial(const struct gateway_address *address, uint32_t timeout_ms)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int fd = -1;

    if (getaddrinfo(address->host[0] != '\0' ? address->host : NULL, address->port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket_open(at->ai_family, timeout_ms);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

int gateway_address_dial(const struct gateway_address *address, uint32_t timeout_ms, int *fd)
{
    int dialled = -1;

    switch (address->scheme) {
    case GATEWAY_IPC: dialled = unix_dial(address->path, timeout_ms); break;
    case GATEWAY_TCP: dialled = tcp_dial(address, timeout_ms); break;
    case GATEWAY_TLS:
    case GATEWAY_SCHEME_NONE: return OD_EUNSUPPORTED;
    }
    if (dialled < 0)
        return OD_EIO;
    *fd = dialled;
    return OD_OK;
}
