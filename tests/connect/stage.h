/* SPDX-License-Identifier: Apache-2.0 */
/* A hub's connectors on a stage: a loop, a module folder, an engine that writes down
 * what it is told, and hosts whose part the test itself speaks (relay.c). */
#ifndef TEST_CONNECT_STAGE_H
#define TEST_CONNECT_STAGE_H

#include <sys/types.h>
#include <uv.h>

#include "lib/check.h"

#include "base/frame.h"
#include "connect/connect.h"

#define STAGE_REPORTS_MAX 4096
#define STAGE_WAIT_MS 10000 /* no condition takes longer */

struct stage_report {
    struct connect_link *link;
    uint64_t token;
    size_t index;
    uint8_t kind;
    uint64_t report_id, task;
    uint32_t epoch;
    char payload[64]; /* its beginning */
};

struct stage {
    uv_loop_t loop;
    uv_timer_t tick; /* so that no wait is longer than a millisecond */
    struct connect_options options;
    struct connect *connect;
    char folder[64], store[80];
    int listen_fd;
    uint32_t epoch;
    int64_t now_ms;
    bool is_virtual;
    bool is_destroyed;
    int is_answering; /* enum base_answer given at once to each report; 0 = the test answers */
    struct base_buffer trace; /* what the engine was told, in order */
    struct stage_report reports[STAGE_REPORTS_MAX];
    size_t report_count, batch_count;
    unsigned ready, lost, room, state, unloaded, time_seen;
    unsigned descriptors; /* open before */
    /* Set to play another engine. */
    void (*report_trap)(void *owner, struct connect_link *link, uint64_t token, const struct connect_report *reports,
                        size_t count);
    void (*room_trap)(void *owner, struct connect_link *link);
    void (*answer_trap)(void *asker, const char *text); /* of a remote connector's request */
    void (*service_trap)(struct connect_link *link, uint64_t token, const struct base_json *body);
    uint64_t verified; /* the last question that was answered, and how */
    int verified_rc;
};

/* The test's end of one host. */
struct relay {
    int fd, flight_fd, control_fd;
    pid_t pid;
    char connector[72], environment[512];
    volatile uint64_t *flight; /* beats, task, since */
    uint32_t epoch;
    uint64_t request; /* last id used */
    char in[2 * BASE_FRAME_MAX];
    size_t in_used, in_size;
};

/* options: fields that are 0 are filled in; callbacks and owner are the stage's. */
void stage_open(struct stage *stage, const struct connect_options *options);
void stage_open_strict(struct stage *stage, const struct connect_options *options); /* modules need a signature */
/* A file named from the folder of the test program itself; static, two live at a time. */
const char *stage_path(const char *name);
/* Destroys what is left and proves that nothing leaked: handles, descriptors, children. */
void stage_close(struct stage *stage);
void stage_remove(const char *folder); /* and what is in it */
/* Write <folder>/<module>/{manifest.json, module.so}. */
void stage_module(struct stage *stage, const char *module, const char *manifest);
struct connect_link *stage_load(struct stage *stage, const char *id); /* of module dept-1.0 */
struct connect_link *stage_load_remote(struct stage *stage, const char *id, const char *remote);
const char *stage_trace(struct stage *stage); /* and forget it */
void stage_turn(struct stage *stage); /* one turn of the loop, at most a millisecond long */
void stage_answer(struct stage *stage, size_t report, enum base_answer answer, const char *reason);

#define STAGE_UNTIL(stage, condition)                                              \
    do {                                                                           \
        uint64_t stage_began = uv_hrtime();                                        \
        while (!(condition)) {                                                     \
            if (uv_hrtime() - stage_began > (uint64_t)STAGE_WAIT_MS * 1000000)     \
                fail_msg("waited in vain: %s", #condition);                        \
            stage_turn(stage);                                                     \
        }                                                                          \
    } while (0)

void relay_take(struct stage *stage, struct relay *relay); /* the next host that starts */
void relay_hello(struct stage *stage, struct relay *relay); /* and its reply */
void relay_ready(struct stage *stage, struct relay *relay, unsigned want); /* take, hello, first poll; the poll waits */
void relay_drop(struct relay *relay); /* close the test's ends; the process exits with 0 */
void relay_command(struct relay *relay, char command, unsigned char argument);
void relay_write(struct relay *relay, const void *bytes, size_t size);
/* A request with a JSON payload; returns its id. */
uint64_t relay_send(struct relay *relay, uint8_t kind, const char *json);
uint64_t relay_poll(struct relay *relay, uint64_t ack, unsigned want, const char *more);
/* A batch: items as {kind, id, task, epoch, payload, length}. */
uint64_t relay_report(struct relay *relay, const struct base_frame *items, size_t count);
/* The next frame of the hub; payload borrowed until the next call. */
struct base_frame relay_receive(struct stage *stage, struct relay *relay);
bool relay_has_frame(struct relay *relay);
/* Until the hub closes its end. */
void relay_await_end(struct stage *stage, struct relay *relay);

/* "kind/id/task/flags payload" of each sub-frame. */
const char *batch_text(const struct base_frame *batch);

#endif
