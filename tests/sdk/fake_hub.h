/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted hub for tests of onedoor-host: it starts one, answers hello, polls and
 * reports, and remembers what it was told. One thread, no sleeps: every wait ends
 * with the awaited frame, or fails the test after FAKE_WAIT_MS. */
#ifndef TESTS_SDK_FAKE_HUB_H
#define TESTS_SDK_FAKE_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/frame.h"

#define FAKE_WAIT_MS 20000
#define FAKE_EPOCH 17

struct fake_report {
    uint8_t kind;
    uint64_t id, task;
    char *payload; /* owned, NUL-terminated */
};

/* A service request, remembered until the test answers it. */
struct fake_service {
    uint64_t id;
    bool is_answered;
    char *payload; /* owned, NUL-terminated */
};

struct fake_hub {
    int fd, stderr_fd, flight_fd;
    pid_t pid; /* 0 = reaped */
    int status; /* of waitpid */
    uint64_t *flight; /* the page: beats, task, since */
    struct base_buffer in, out;
    char *hello; /* owned: the request's JSON */
    uint64_t hello_id, poll_id, seq;
    char *poll; /* owned: the last poll's JSON */
    size_t poll_count;
    struct fake_report *reports; /* owned */
    size_t report_count, report_room;
    struct fake_service *services; /* owned */
    size_t service_count, service_room, service_open_max; /* open_max: outstanding at once, at most */
    size_t batch_count;
    enum base_answer answer; /* to every report; 0 = OK */
    size_t retry_count;      /* so many items are answered RETRY first */
    const char *reason;      /* with REFUSED */
    bool is_bye, is_eof, is_holding_answers;
    char *bye; /* owned: its JSON */
    struct base_buffer items; /* the batch being built */
    uint16_t item_count;
};

/* Start onedoor-host for the module folder. */
void fake_hub_start(struct fake_hub *hub, const char *folder);
/* Start, and answer hello with this configuration. */
void fake_hub_open(struct fake_hub *hub, const char *folder, const char *config, bool is_virtual, int64_t now_ms);
void fake_hub_hello(struct fake_hub *hub, const char *config, bool is_virtual, int64_t now_ms);
void fake_hub_fini(struct fake_hub *hub);

/* Take frames until the condition holds; what the test waits for. */
void fake_hub_wait_reports(struct fake_hub *hub, size_t count);
void fake_hub_wait_kind(struct fake_hub *hub, uint8_t kind, size_t count); /* so many reports of this kind */
void fake_hub_wait_poll(struct fake_hub *hub);                             /* a poll is under way */
void fake_hub_wait_bye(struct fake_hub *hub);
void fake_hub_step(struct fake_hub *hub); /* whatever comes next */

/* Add one item to the batch; send answers the poll under way with it. */
void fake_hub_item(struct fake_hub *hub, enum base_frame_kind kind, uint64_t task, const char *payload);
void fake_hub_offer(struct fake_hub *hub, uint64_t task, unsigned attempt, const char *form);
void fake_hub_send(struct fake_hub *hub);
/* So many service requests came; answer the index-th, or all that are not answered. */
void fake_hub_wait_services(struct fake_hub *hub, size_t count);
void fake_hub_answer(struct fake_hub *hub, size_t index, const char *payload);
void fake_hub_answer_all(struct fake_hub *hub, const char *payload);
/* Any bytes, as they are. */
void fake_hub_send_raw(struct fake_hub *hub, const void *bytes, size_t size);

/* Wait for the process to end; its exit code, or -signal. */
int fake_hub_reap(struct fake_hub *hub);
/* As reap, but the test fails, with what stderr says, unless the exit code is the expected one. */
void fake_hub_reap_with(struct fake_hub *hub, int expected);
/* All of stderr after reap, NUL-terminated; the caller's array. */
void fake_hub_stderr(struct fake_hub *hub, char *text, size_t size);

/* The last report of this kind (and task, unless 0), or NULL. */
const struct fake_report *fake_hub_find(const struct fake_hub *hub, uint8_t kind, uint64_t task);
size_t fake_hub_count(const struct fake_hub *hub, uint8_t kind);
/* Is there a log line with this part? */
bool fake_hub_has_log(const struct fake_hub *hub, const char *part);

const char *fake_build_path(const char *rest); /* $OD_BUILD/rest; static memory, the last four stay */

#endif
