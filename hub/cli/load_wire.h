/* SPDX-License-Identifier: Apache-2.0 */
/* The wire of the load generator: HTTP/1.1 answers and event streams, read no further
 * than a measurement needs. Everything stays where it was received. */
#ifndef CLI_LOAD_WIRE_H
#define CLI_LOAD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_WIRE_IN_MAX (1 << 20) /* an answer, or one event, must fit */

/* One connection, blocking to nobody. */
struct cli_wire {
    int fd;
    char *in, *out;                /* owned; CLI_WIRE_IN_MAX and out_room bytes */
    size_t in_size, in_taken;      /* received, and of that used up */
    size_t out_size, out_sent, out_room;
    bool is_blocked;               /* the socket takes no more now */
    bool is_head_read;             /* of an event stream */
};

/* Connect to 127.0.0.1:port. out_room: bytes that may wait to be sent.
 * Returns 0, or -1 with errno set (wire holds nothing then). */
int cli_wire_open(struct cli_wire *wire, uint16_t port, size_t out_room);
void cli_wire_close(struct cli_wire *wire);

/* Append to what is to be sent; the caller keeps within out_room. Returns where the copy lies. */
char *cli_wire_put(struct cli_wire *wire, const void *bytes, size_t size);
/* Send what the socket takes. Returns 0, or -1 on a broken connection. */
int cli_wire_send(struct cli_wire *wire);
/* Receive what there is. Returns bytes, 0 = nothing now, -1 = closed or broken. */
long cli_wire_receive(struct cli_wire *wire);

struct cli_wire_answer {
    int status;
    const char *body; /* borrowed until the next cli_wire_receive */
    size_t size;
};
/* The next complete answer. Returns 1, 0 = not there yet, -1 = not HTTP as the hub speaks it. */
int cli_wire_answer_take(struct cli_wire *wire, struct cli_wire_answer *answer);

/* The next complete event's data line, *size 0 for a comment. Returns as cli_wire_answer_take; the
 * stream's head is checked first. */
int cli_wire_event_take(struct cli_wire *wire, const char **data, size_t *size);

/* The running part of "number":"20261129-000123-2" in JSON text: 123; 0 = none. */
uint64_t cli_wire_number_find(const char *text, size_t size);

#endif
