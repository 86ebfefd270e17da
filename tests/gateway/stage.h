/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-nng started as the hub starts it: this side is the hub on the socketpair, and
 * front desks and subscribers on plain sockets that speak nng's wire format. */
#ifndef TEST_GATEWAY_STAGE_H
#define TEST_GATEWAY_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/frame.h"

#define STAGE_PATIENCE_MS 10000 /* for anything that should come */

struct stage {
    char folder[64], desk[96], events[96], connectors[96]; /* socket paths */
    pid_t pid;
    int hub; /* our end */
    struct base_buffer in;
    size_t taken; /* bytes of in that were given out */
};

void stage_open(struct stage *stage);
void stage_close(struct stage *stage); /* accepts one whose process has ended */

void stage_start(struct stage *stage); /* in the same folder */
int stage_wait(struct stage *stage);   /* exit code; 1000 + signal */

/* The next frame, pings left out or not; payload borrowed until the next call. */
struct base_frame stage_hear(struct stage *stage, bool has_pings);
void stage_say(struct stage *stage, const struct base_frame *frame);
void stage_answer(struct stage *stage, uint64_t id, const char *text);

enum stage_role { STAGE_DESK = 0x30, STAGE_SUBSCRIBER = 0x20 };

int stage_dial(const char *path, enum stage_role role);
void stage_ask(int fd, const char *payload, size_t size);
/* One message, without its header; false when the connection was cut. */
bool stage_read(int fd, enum stage_role role, struct base_buffer *message);

#endif
