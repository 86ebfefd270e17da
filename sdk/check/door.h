/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP/1.1 server on the loopback, for remote connectors and their department.
 * One thread with the checker, nothing blocks. It is kind to clients and strict with
 * none: the hub's own door is tested elsewhere. */
#ifndef CHECK_DOOR_H
#define CHECK_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"

#define CHECK_DOOR_CONNECTIONS_MAX 64
#define CHECK_DOOR_HEADERS_MAX 32
#define CHECK_DOOR_REQUEST_MAX (1024 * 1024)

struct check_connection {
    int fd; /* -1 = free */
    int door; /* which listener it came through */
    struct base_buffer in, out;
    size_t out_sent;
    int64_t close_at_ms; /* monotonic; 0 = stays */
    int64_t drip_at_ms;  /* the next byte of out; 0 = all at once */
    bool is_waiting;     /* a request was taken and is not answered */
    uint64_t id;         /* of that request, for its owner */
};

struct check_http {
    const char *method, *path, *body;
    size_t body_size, header_count;
    const char *names[CHECK_DOOR_HEADERS_MAX], *values[CHECK_DOOR_HEADERS_MAX];
};

typedef void (*check_door_cb)(void *arg, struct check_connection *connection, const struct check_http *request);

/* Zero it, set the callback, open each listener. */
struct check_door {
    int listeners[2]; /* -1 = closed */
    int ports[2];
    struct check_connection connections[CHECK_DOOR_CONNECTIONS_MAX];
    check_door_cb on_request;
    void *arg;
};

void check_door_init(struct check_door *door, check_door_cb on_request, void *arg);
void check_door_fini(struct check_door *door);

/* Listen on 127.0.0.1, or the address given; port 0 = any; the port that it had is taken again. Errors: OD_EIO. */
OD_MUST_CHECK int check_door_listen(struct check_door *door, int index, const char *address);
void check_door_shut(struct check_door *door, int index);

/* Wait at most timeout_ms, read, write; on_request for each whole request. extra_fd: another to wait for (-1 = none);
 * true = it can be read. */
bool check_door_turn(struct check_door *door, int extra_fd, int timeout_ms);

/* Answer the request in hand. */
void check_door_answer(struct check_connection *connection, int status, const char *body, size_t size);

/* The same, but only `size` bytes of it go out, one each `every_ms` (0 = at once), and the connection breaks at
 * close_after_ms. */
void check_door_spoil(struct check_connection *connection, int status, const char *body, size_t body_size, size_t size,
                      int every_ms, int close_after_ms);

#endif
