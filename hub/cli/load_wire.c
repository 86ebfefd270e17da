/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

int cli_wire_open(struct cli_wire *wire, uint16_t port, size_t out_room)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;

    *wire = (struct cli_wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .out_room = out_room};
    wire->in = base_alloc(CLI_WIRE_IN_MAX);
    wire->out = base_alloc(out_room);
    if (wire->fd < 0 || wire->in == NULL || wire->out == NULL ||
        connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        fcntl(wire->fd, F_SETFL, O_NONBLOCK) != 0) {
        int error = errno;

        cli_wire_close(wire);
        errno = error;
        return -1;
    }
    return 0;
}

void cli_wire_close(struct cli_wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    base_free(wire->in);
    base_free(wire->out);
    *wire = (struct cli_wire){.fd = -1};
}

char *cli_wire_put(struct cli_wire *wire, const void *bytes, size_t size)
{
    if (wire->out_sent == wire->out_size)
        wire->out_sent = wire->out_size = 0;
    if (wire->out_room - wire->out_size < size) {
        memmove(wire->out, wire->out + wire->out_sent, wire->out_size - wire->out_sent);
        wire->out_size -= wire->out_sent;
        wire->out_sent = 0;
    }
    if (wire->out_room - wire->out_size < size)
        abort(); /* a request for each place in flight fits, and there are no more */
    char *copy = memcpy(wire->out + wire->out_size, bytes, size);
    wire->out_size += size;
    return copy;
}

int cli_wire_send(struct cli_wire *wire)
{
    wire->is_blocked = false;
    while (wire->out_sent < wire->out_size) {
        ssize_t sent = send(wire->fd, wire->out + wire->out_sent, wire->out_size - wire->out_sent, MSG_NOSIGNAL);

        if (sent < 0) {
            wire->is_blocked = errno == EAGAIN;
            return wire->is_blocked || errno == EINTR ? 0 : -1;
        }
        wire->out_sent += (size_t)sent;
    }
    return 0;
}

long cli_wire_receive(struct cli_wire *wire)
{
    if (wire->in_taken > 0) {
        memmove(wire->in, wire->in + wire->in_taken, wire->in_size - wire->in_taken);
        wire->in_size -= wire->in_taken;
        wire->in_taken = 0;
    }
    if (wire->in_size == CLI_WIRE_IN_MAX)
        return -1;
    ssize_t size = recv(wire->fd, wire->in + wire->in_size, CLI_WIRE_IN_MAX - wire->in_size, 0);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    wire->in_size += (size_t)size;
    return size > 0 ? (long)size : -1;
}

/* The end of a head, behind its empty line, or NULL. */
static const char *head_end(const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);

    return end != NULL ? end + 4 : NULL;
}

int cli_wire_answer_take(struct cli_wire *wire, struct cli_wire_answer *answer)
{
    static const char name[] = "Content-Length: ";
    const char *head = wire->in + wire->in_taken;
    size_t left = wire->in_size - wire->in_taken, length = 0;
    const char *body = head_end(head, left);

    if (body == NULL)
        return 0;
    const char *at = memmem(head, (size_t)(body - head), name, sizeof(name) - 1);
    if (body - head < 16 || memcmp(head, "HTTP/1.1 ", 9) != 0 || at == NULL)
        return -1;
    for (at += sizeof(name) - 1; *at >= '0' && *at <= '9'; at++)
        length = 10 * length + (size_t)(*at - '0');
    if (length > CLI_WIRE_IN_MAX)
        return -1;
    size_t whole = (size_t)(body - head) + length;
    if (left < whole)
        return 0;
    *answer = (struct cli_wire_answer){.status = atoi(head + 9), .body = body, .size = length};
    wire->in_taken += whole;
    return 1;
}

static int stream_head_take(struct cli_wire *wire)
{
    const char *end = head_end(wire->in, wire->in_size);

    if (end == NULL)
        return 0;
    if (memcmp(wire->in, "HTTP/1.1 200 ", 13) != 0)
        return -1;
    wire->in_taken = (size_t)(end - wire->in);
    wire->is_head_read = true;
    return 1;
}

int cli_wire_event_take(struct cli_wire *wire, const char **data, size_t *size)
{
    int rc = wire->is_head_read ? 1 : stream_head_take(wire);

    if (rc <= 0)
        return rc;
    const char *event = wire->in + wire->in_taken;
    size_t left = wire->in_size - wire->in_taken;
    const char *end = memmem(event, left, "\n\n", 2);
    if (end == NULL)
        return 0;
    const char *line = memmem(event, (size_t)(end - event), "data: ", 6);
    *data = line;
    *size = line != NULL ? (size_t)(end - line) : 0;
    wire->in_taken += (size_t)(end - event) + 2;
    return 1;
}

uint64_t cli_wire_number_find(const char *text, size_t size)
{
    static const char name[] = "\"number\":\"";
    const char *at = memmem(text, size, name, sizeof(name) - 1);
    uint64_t number = 0;

    if (at == NULL || text + size - at < (long)sizeof(name) + 10)
        return 0;
    at += sizeof(name) - 1 + 8; /* the day */
    if (*at++ != '-')
        return 0;
    for (; at < text + size && *at >= '0' && *at <= '9'; at++)
        number = 10 * number + (uint64_t)(*at - '0');
    return number;
}
