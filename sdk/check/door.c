/* SPDX-License-Identifier: Apache-2.0 */
/* check_door_turn -> poll -> accept | read -> request_read -> on_request; write -> close */
#include "check/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"

#define HEAD_MAX (16 * 1024)

void check_door_init(struct check_door *door, check_door_cb on_request, void *arg)
{
    *door = (struct check_door){.listeners = {-1, -1}, .on_request = on_request, .arg = arg};
    for (size_t i = 0; i < CHECK_DOOR_CONNECTIONS_MAX; i++)
        door->connections[i].fd = -1;
}

static void connection_close(struct check_connection *connection)
{
    if (connection->fd < 0)
        return;
    close(connection->fd);
    base_buffer_fini(&connection->in);
    base_buffer_fini(&connection->out);
    *connection = (struct check_connection){.fd = -1};
}

void check_door_shut(struct check_door *door, int index)
{
    if (door->listeners[index] >= 0)
        close(door->listeners[index]);
    door->listeners[index] = -1;
    for (size_t i = 0; i < CHECK_DOOR_CONNECTIONS_MAX; i++) {
        if (door->connections[i].fd >= 0 && door->connections[i].door == index)
            connection_close(&door->connections[i]);
    }
}

void check_door_fini(struct check_door *door)
{
    check_door_shut(door, 0);
    check_door_shut(door, 1);
}

int check_door_listen(struct check_door *door, int index, const char *address)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *colon = address != NULL ? strrchr(address, ':') : NULL;
    socklen_t size = sizeof(place);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return OD_EIO;
    place.sin_port = htons((uint16_t)(door->ports[index] != 0 ? door->ports[index] : (colon != NULL ? atoi(colon + 1) : 0)));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&place, sizeof(place)) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&place, &size) != 0) {
        close(fd);
        return OD_EIO;
    }
    door->listeners[index] = fd;
    door->ports[index] = ntohs(place.sin_port);
    return OD_OK;
}

static void take_connection(struct check_door *door, int index)
{
    int fd = accept4(door->listeners[index], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    for (size_t i = 0; fd >= 0 && i < CHECK_DOOR_CONNECTIONS_MAX; i++) {
        if (door->connections[i].fd >= 0)
            continue;
        door->connections[i] = (struct check_connection){.fd = fd, .door = index};
        return;
    }
    if (fd >= 0)
        close(fd);
}

/* "Name: value" lines up to the empty one, ended in place. */
static void headers_read(char *head, struct check_http *request)
{
    char *line = strstr(head, "\r\n"), *end;

    while (line != NULL && (end = strstr(line += 2, "\r\n")) != NULL && end != line &&
           request->header_count < CHECK_DOOR_HEADERS_MAX) {
        char *colon = memchr(line, ':', (size_t)(end - line));

        if (colon != NULL) {
            *colon = '\0';
            request->names[request->header_count] = line;
            request->values[request->header_count++] = colon + 1 + strspn(colon + 1, " ");
        }
        line = end;
    }
    for (size_t i = 0; i < request->header_count; i++)
        ((char *)(uintptr_t)request->values[i])[strcspn(request->values[i], "\r\n")] = '\0';
}

static size_t body_size_of(const struct check_http *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->names[i], "content-length") == 0)
            return strtoul(request->values[i], NULL, 10);
    }
    return 0;
}

/* "METHOD /path HTTP/1.1": ended in place. */
static bool line_read(char *head, struct check_http *request)
{
    char *path = strchr(head, ' '), *end = path != NULL ? strchr(path + 1, ' ') : NULL;

    if (end == NULL || end > head + strcspn(head, "\r\n"))
        return false;
    *path = *end = '\0';
    request->method = head;
    request->path = path + 1;
    return true;
}

/* A whole request at the start of in, if there is one; in is used up by it. */
static void requests_take(struct check_door *door, struct check_connection *connection)
{
    struct check_http request = {.method = NULL};
    char *head_end = NULL, *text = (char *)(uintptr_t)base_buffer_text(&connection->in);

    if (!connection->is_waiting)
        head_end = strstr(text, "\r\n\r\n");
    if (head_end == NULL)
        return;
    size_t head = (size_t)(head_end - text) + 4;
    char *copy = base_copy_text(text, connection->in.size);
    if (copy == NULL)
        return;
    headers_read(copy, &request);
    size_t size = body_size_of(&request);
    if (size > CHECK_DOOR_REQUEST_MAX || head > HEAD_MAX) {
        connection->close_at_ms = 1;
    } else if (connection->in.size >= head + size) {
        request.body = copy + head;
        request.body_size = size;
        connection->in.size -= head + size;
        memmove(connection->in.bytes, connection->in.bytes + head + size, connection->in.size);
        connection->is_waiting = true;
        if (line_read(copy, &request))
            door->on_request(door->arg, connection, &request);
        else
            check_door_answer(connection, 400, "{}", 2);
    }
    base_free(copy);
}

static void connection_read(struct check_door *door, struct check_connection *connection)
{
    char bytes[16384];
    ssize_t got = recv(connection->fd, bytes, sizeof(bytes), 0);

    if (got > 0) {
        base_buffer_put(&connection->in, bytes, (size_t)got);
        requests_take(door, connection);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        connection_close(connection);
    }
}

static void connection_write(struct check_connection *connection, int64_t now_ms)
{
    size_t size = connection->out.size - connection->out_sent;

    if (connection->drip_at_ms != 0) {
        if (now_ms < connection->drip_at_ms)
            return;
        connection->drip_at_ms = now_ms + 20;
        size = size > 0 ? 1 : 0;
    }
    ssize_t sent = size > 0 ? send(connection->fd, connection->out.bytes + connection->out_sent, size, MSG_NOSIGNAL) : 0;
    if (sent > 0)
        connection->out_sent += (size_t)sent;
    else if (sent < 0 && errno != EAGAIN && errno != EINTR)
        connection_close(connection);
}

/* Milliseconds until a drip or a close is due. */
static int wait_ms(const struct check_door *door, int timeout_ms, int64_t now_ms)
{
    for (size_t i = 0; i < CHECK_DOOR_CONNECTIONS_MAX; i++) {
        const struct check_connection *connection = &door->connections[i];
        int64_t due_ms = connection->drip_at_ms != 0 ? connection->drip_at_ms : connection->close_at_ms;

        if (connection->fd >= 0 && due_ms != 0 && due_ms - now_ms < timeout_ms)
            timeout_ms = due_ms > now_ms ? (int)(due_ms - now_ms) : 0;
    }
    return timeout_ms;
}

static void connections_serve(struct check_door *door, const struct pollfd *fds)
{
    int64_t now_ms = base_monotonic_ms();

    for (size_t i = 0; i < CHECK_DOOR_CONNECTIONS_MAX; i++) {
        struct check_connection *connection = &door->connections[i];

        if (connection->fd >= 0 && connection->fd == fds[i].fd && (fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            connection_read(door, connection);
        if (connection->fd >= 0)
            connection_write(connection, now_ms);
        if (connection->fd >= 0 && connection->close_at_ms != 0 && now_ms >= connection->close_at_ms)
            connection_close(connection);
    }
}

bool check_door_turn(struct check_door *door, int extra_fd, int timeout_ms)
{
    struct pollfd fds[CHECK_DOOR_CONNECTIONS_MAX + 3];
    const size_t count = CHECK_DOOR_CONNECTIONS_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct check_connection *connection = &door->connections[i];
        bool has_more = connection->out_sent < connection->out.size && connection->drip_at_ms == 0;

        fds[i] = (struct pollfd){.fd = connection->fd, .events = (short)(POLLIN | (has_more ? POLLOUT : 0))};
    }
    fds[count] = (struct pollfd){.fd = door->listeners[0], .events = POLLIN};
    fds[count + 1] = (struct pollfd){.fd = door->listeners[1], .events = POLLIN};
    fds[count + 2] = (struct pollfd){.fd = extra_fd, .events = POLLIN};
    if (poll(fds, count + 3, wait_ms(door, timeout_ms, base_monotonic_ms())) < 0)
        return false;
    connections_serve(door, fds);
    for (int i = 0; i < 2; i++) {
        if (fds[count + (size_t)i].revents != 0 && door->listeners[i] >= 0)
            take_connection(door, i);
    }
    return fds[count + 2].revents != 0;
}

static void head_put(struct check_connection *connection, int status, size_t size)
{
    base_buffer_clear(&connection->out);
    connection->out_sent = 0;
    connection->is_waiting = false;
    base_buffer_put_format(&connection->out,
                           "HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", status, size);
}

void check_door_answer(struct check_connection *connection, int status, const char *body, size_t size)
{
    head_put(connection, status, size);
    base_buffer_put(&connection->out, body, size);
    connection_write(connection, base_monotonic_ms());
}

void check_door_spoil(struct check_connection *connection, int status, const char *body, size_t body_size, size_t size,
                      int every_ms, int close_after_ms)
{
    int64_t now_ms = base_monotonic_ms();

    head_put(connection, status, body_size);
    base_buffer_put(&connection->out, body, body_size);
    if (size < connection->out.size)
        connection->out.size = size;
    connection->drip_at_ms = every_ms > 0 ? now_ms + every_ms : 0;
    connection->close_at_ms = now_ms + close_after_ms;
    connection->is_waiting = true; /* nothing more is taken from it */
}
