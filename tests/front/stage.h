/* SPDX-License-Identifier: Apache-2.0 */
/* A front on a port of its own with an engine that records, and clients that write raw
 * bytes. One thread: waiting for a client runs the loop. */
#ifndef TEST_FRONT_STAGE_H
#define TEST_FRONT_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "front/front.h"

#define STAGE_HELD_MAX 4096
#define STAGE_WAIT_MS 10000 /* a test that waits longer has failed */

enum stage_manner {
    STAGE_AT_ONCE = 0, /* perform answers 200 {"seen": n} */
    STAGE_AT_TURN_END, /* answered in reverse order at the end of the turn */
    STAGE_HOLD,        /* kept until stage_release */
    STAGE_STREAM,      /* event streams are opened; other requests as STAGE_AT_ONCE */
};

struct stage {
    uv_loop_t loop;
    struct front *front;
    struct front_options options;
    enum stage_manner manner;
    int port;
    size_t performed;       /* calls of perform */
    size_t turns;           /* calls of on_turn_end */
    enum front_route route; /* of the last request, and copies of what it said */
    unsigned reload_count;      /* of the catalogue, asked for so far; the last one: */
    char reload_query[64], reload_tag[64];
    char path[256], params[2][160], idempotency_key[300], key_id[80], department[80],
        body[4096], query_a[256], query[512];
    size_t body_size;
    uint32_t roles;
    enum front_language language;
    uint64_t last_event_id;
    bool wants_event_stream, is_post;
    struct front_request *held[STAGE_HELD_MAX];
    size_t held_count;
    size_t answer_size; /* more bytes in each answer */
    int answer_status;       /* of every answer; 0 = 200 */
    enum front_route status_route; /* answer_status is of this one alone; 0 = all */
    const char *answer_text; /* JSON of every answer instead, or NULL; borrowed */
    struct front_stream *stream;
    size_t streams_gone;
    bool is_closing, is_closed;
};

/* Zero the stage, set options (ops NULL = the stage's own) and manner, then open. Fails the test on any error. */
void stage_open(struct stage *stage);
/* Close with grace and see the loop end with nothing left; also after stage_front_close. */
void stage_close(struct stage *stage);
void stage_front_close(struct stage *stage, uint64_t grace_ms);
/* Answer what is held: oldest first. */
void stage_release(struct stage *stage);
void stage_turn(struct stage *stage); /* one turn of the loop, without waiting */

int stage_connect(struct stage *stage); /* a descriptor */
void stage_send(struct stage *stage, int fd, const char *bytes, size_t size);
void stage_send_text(struct stage *stage, int fd, const char *text);
void stage_send_slowly(struct stage *stage, int fd, const char *bytes,
                       size_t size); /* a byte a turn */
/* Read until the server closes, at most room - 1 bytes; NUL-terminated. Returns the size; -1
 * after a reset. */
long stage_read_all(struct stage *stage, int fd, char *text, size_t room);
/* Read until text holds count whole answers (by Content-Length), or the server closes. */
long stage_read_answers(struct stage *stage, int fd, char *text, size_t room, size_t count);
/* Has the server closed within wait_ms? What comes before is thrown away. */
bool stage_is_cut(struct stage *stage, int fd, int wait_ms);

/* One connection: send, shut our side, read all. Returns the status of the first answer; 0 =
 * none. */
int stage_ask(struct stage *stage, const char *bytes, size_t size, char *text, size_t room);
int stage_ask_text(struct stage *stage, const char *request, char *text, size_t room);
int stage_status(const char *answer);
const char *stage_body(const char *answer); /* after the empty line */

#endif
