/* SPDX-License-Identifier: Apache-2.0 */
/* The mini hub: one connector, one thread, a clock of its own, a book of tasks that
 * survives the connector's death, and a department behind it. It speaks the real
 * protocol; how its frames travel is the business of a peer.
 *
 *   start -> (turn: what came -> take, answer; what waits -> poll's reply)* -> stop | kill
 *
 * In a test everything that is not as it should be ends the process (verdict.h). */
#ifndef CHECK_HUB_H
#define CHECK_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/frame.h"
#include "check/book.h"
#include "check/department.h"
#include "check/services.h"
#include "check/subject.h"

#define CHECK_WAIT_MS 10000        /* real time in which a connector must react */
#define CHECK_START_MS INT64_C(1795930200000) /* 2026-11-29T05:30:00Z: where the virtual clock begins */
#define CHECK_DAY_MS (INT64_C(24) * 3600 * 1000)
#define CHECK_DAYS_MAX 60          /* virtual: a task that needs longer is taken for forgotten */
#define CHECK_REAL_MS 20000        /* the same of a connector that lives in real time */
#define CHECK_WATCHDOG_MS 15000
#define CHECK_LOG_MAX (256 * 1024) /* kept of the connector's log and stderr */

struct check_hub;

/* How frames travel, and how the connector is started and ended. */
struct check_peer {
    bool is_virtual; /* it follows the hub's clock */
    /* Errors: OD_EIO, OD_ENOMEM. */
    int (*start)(struct check_hub *hub);
    void (*send)(struct check_hub *hub, const struct base_frame *reply);
    /* Wait at most timeout_ms; check_hub_take for each frame that came, check_hub_end at the end. */
    void (*wait)(struct check_hub *hub, int timeout_ms);
    /* SIGKILL, and wait until it is gone. */
    void (*kill)(struct check_hub *hub);
    /* Wait for its own end; false = it did not end in time. Sets exit_code. */
    bool (*reap)(struct check_hub *hub, int timeout_ms);
};

/* When the hub kills the connector by itself. */
enum check_kill {
    CHECK_KILL_NEVER = 0,
    CHECK_KILL_BEFORE, /* the frame has come and nothing is done with it */
    CHECK_KILL_STORED, /* it is durable, its reply is not sent */
    CHECK_KILL_AFTER,  /* its reply is sent */
};

struct check_hub {
    const struct check_subject *subject;
    const struct check_peer *peer;
    struct check_book book;
    struct check_department department;
    struct check_services services;
    int64_t now_ms;      /* of the hub's wall clock */
    char *config;        /* owned: JSON, as the connector gets it */
    const char *kill_at; /* --kill-at of the next host; NULL = none */
    uint64_t sound_forms; /* bits: forms that come to their end when nothing disturbs them */
    bool holds_services;  /* what is asked for is not answered */
    unsigned loses_answers; /* so many answers get lost on their way; a peer over HTTP alone */
    bool stops_at_mistake; /* finish ends when the host has named one */

    /* Of the peer. */
    int fd, stderr_fd, flight_fd;
    pid_t pid;
    struct base_buffer in, line; /* bytes that came, not yet a whole frame or line */
    uint64_t *flight;            /* the page: beats, task, since */
    void *more;                  /* what else a peer needs */
    char place[CHECK_PATH_SIZE]; /* the folder of a module that keeps files; "" = none, or not made yet */
    int exit_code;               /* after reap; minus a signal's number */

    /* Of the session. */
    uint32_t epoch;
    bool is_greeted, is_ready, is_bye, is_lost, is_stopping, is_draining;
    char tier[16];               /* as hello says */
    uint64_t poll_id, poll_ack, want, poll_count;
    int64_t time_seen_ms, busy_ms;
    uint64_t seq;
    struct base_buffer items;    /* for the next poll's reply */
    uint16_t item_count;
    struct base_buffer sent;     /* the last batch, until it is acknowledged */
    uint16_t sent_count;
    uint64_t sent_seq;           /* of its last item */
    enum check_kill kill_when;
    uint64_t kill_in;            /* frames until then */
    bool is_killed;              /* by kill_when */

    /* What it told. */
    struct base_buffer log;      /* lines: "level text" and what it printed */
    uint64_t contract_count, slow_count, reports, opinions_in_fault;
    uint64_t false_none, false_done; /* failures whose effect is not true of the department */
    char contract[400], slow[400]; /* the first of the contract's lines, of callbacks over budget */
    char printed[400]; /* the last line that it printed */
    void (*on_report)(void *arg, const struct base_frame *item, enum base_answer answer, const char *reason);
    void (*on_item)(void *arg, const struct base_frame *item);
    void (*on_line)(void *arg, const char *level, const char *text, size_t size);
    void *arg;
};

/* subject: borrowed. Never fails in a test: memory that cannot be had ends it. */
void check_hub_init(struct check_hub *hub, const struct check_subject *subject);
void check_hub_fini(struct check_hub *hub); /* kills what still runs */

/* Start the connector and wait until it wants work; in a test, or else it fails. */
void check_hub_start(struct check_hub *hub);
/* The same, without a verdict: false = it ended, or did not get ready in time. */
bool check_hub_try_start(struct check_hub *hub);

/* A task with form index % form_count, cut to what the connector may see. Borrowed until the next add. */
struct check_task *check_hub_add(struct check_hub *hub, size_t index);
struct check_task *check_hub_add_form(struct check_hub *hub, const char *form, size_t size);

/* An item for the connector; task 0 = none. It goes with the next poll. */
void check_hub_item(struct check_hub *hub, enum base_frame_kind kind, uint64_t task, const char *payload);

/* Offer and resume what is due, and send what waits. */
void check_hub_deliver(struct check_hub *hub);

/* The last batch comes again, before what is newer, when the poll in hand does not acknowledge it. */
void check_hub_repeat(struct check_hub *hub);

/* A poll that waits says nothing new: answer it with nothing, and the next one may. */
void check_hub_nudge(struct check_hub *hub);

/* Until everything that was sent is done with, what the connector asked for is answered, and its reports have
 * come. false = it is gone. */
bool check_hub_settle(struct check_hub *hub);

/* The clock moves on. false = it is gone. */
bool check_hub_advance(struct check_hub *hub, int64_t by_ms);

/* Until every task has ended or waits for an officer: offers, resumes, completes forms, lets the department decide
 * and call back, and lets time go by. false = it is gone, or time is up (is_lost tells which). */
bool check_hub_finish(struct check_hub *hub);

/* Tasks that have ended, and the department's records of them, are forgotten. */
void check_hub_forget(struct check_hub *hub);

/* SIGKILL; what was in hand is lost or resumed as in a hub. */
void check_hub_kill(struct check_hub *hub);

/* After an end: what the book says of it. */
void check_hub_lose(struct check_hub *hub);

/* stop -> bye -> exit 0, or the test fails. */
void check_hub_stop(struct check_hub *hub);

/* Still there, or the test fails and says how it died. */
void check_hub_must_live(struct check_hub *hub);

/* How it ended, in words: "exit 4 (module.so ...)", "killed by SIGSEGV in the hand of task ...". Static memory. */
const char *check_hub_end_text(struct check_hub *hub);

/* For peers: one request came; the connection ended; a line was printed. */
void check_hub_take(struct check_hub *hub, const struct base_frame *frame);
void check_hub_end(struct check_hub *hub);
void check_hub_print(struct check_hub *hub, const char *bytes, size_t size);

/* hub_say.c: the reply to hello; the reply to a report. */
void check_hub_say_hello(struct check_hub *hub, const struct base_frame *request);
void check_hub_say_report(struct check_hub *hub, const struct base_frame *batch, bool is_told);

extern const struct check_peer check_peer_host;   /* peer_host.c: onedoor-host, as a hub starts it */
extern const struct check_peer check_peer_inside; /* peer_inside.c: a host within this process */
extern const struct check_peer check_peer_remote; /* peer_remote.c: HTTP */

#endif
