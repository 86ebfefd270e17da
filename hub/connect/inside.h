/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of hub/connect share. Private to this folder.
 *
 *   connect.c   the whole: create, destroy, the turn's end, the watch tick
 *   module.c    a module from its folder, package or the module store: verified, staged, sealed
 *   prepare.c   the same in the thread pool, while the hub serves
 *   folder.c    what lies in the module folder
 *   link.c      one connector: load, unload, status
 *   life.c      its states: start, crash, backoff, quarantine, drain, stop, gone
 *   process.c   one host process: descriptors, spawn, exit, what it prints
 *   wire.c      bytes of fd 3: read blocks, cut frames, write once a turn
 *   session.c   the requests: hello, poll, service, bye
 *   outbox.c    items that are owed to the connector, until acknowledged
 *   report.c    batches of reports and their replies
 *   service.c   service requests, and who answers them
 *   net.c       folders of the sockets that the egress process makes for a module
 *   egress.c    the egress process; egress_ask.c: what passes between it and us
 *   lines.c     log lines and metrics, bounded
 *   fields.c    members of a flat JSON object without a tree
 *   remote.c    connectors without a process: their requests, from arrival to answer
 *   remote_load.c    what they are loaded with, as a manifest
 *   remote_hello.c   who says hello, and whose session it becomes
 *   remote_session.c their carrier: replies, repeats, lease
 *   remote_read.c    a request becomes a frame
 *   remote_write.c   a reply frame becomes the body of an answer
 *
 * Whatever ends a session goes through connect_session_fail: the first reason
 * wins and nothing is told before the loop's next turn (connect_later), so that no
 * callback runs from within a connect_* call. */
#ifndef CONNECT_INSIDE_H
#define CONNECT_INSIDE_H

#include "connect/breaker.h"
#include "connect/connect.h"

#include "base/list.h"
#include "package/stage.h"

#define CONNECT_BATCHES_MAX 8           /* reports outstanding in one session */
#define CONNECT_SEEN_MAX 2048           /* report ids whose answer is remembered; a power of two */
#define CONNECT_SERVICES_SEEN 256       /* ids of service requests that are remembered; a power of two */
#define CONNECT_ASKS_MAX 65536          /* requests with the egress process, of all connectors */
#define CONNECT_REASON_MAX 255          /* bytes of one refusal's reason */
#define CONNECT_OUT_MAX (1024 * 1024)   /* unsent bytes; more: the host is not read until it takes them */
#define CONNECT_ITEMS_BURST_MAX 1024    /* frames and their items that are taken from one host at once ... */
#define CONNECT_ITEMS_MS_MAX 40         /* ... and in each millisecond; more: the host is not read meanwhile */
#define CONNECT_OUTPUT_MAX (1024 * 1024) /* bytes of stdout and stderr taken between two watch ticks */
#define CONNECT_OUTPUT_LINES_MAX 50     /* of them, lines kept between two watch ticks */
#define CONNECT_OUTPUT_LINE_MAX 511     /* bytes of one such line; the rest is dropped */
#define CONNECT_FLIGHT_SIZE 4096
#define CONNECT_MODULE_MAX PACKAGE_NAME_MAX
#define CONNECT_BEAT_MS 1000 /* an idle plugin thread beats at least this often */

/* The flight record: written by the plugin's thread of the host, read here. */
struct connect_flight {
    uint64_t beats, task;
    uint64_t since_ms; /* 0 = no callback runs */
};

/* One report batch that waits for its answers, or is kept to be answered again. */
struct connect_batch_item {
    uint64_t id, task;
    uint32_t reason_at, reason_size; /* in reasons */
    uint8_t kind;
    uint8_t answer; /* enum base_answer; NONE = not yet */
};

struct connect_batch {
    uint64_t request; /* id; 0 = never used */
    uint64_t token;
    uint16_t count;  /* items */
    uint16_t asked;  /* items that the engine answers; order[0..asked) says which */
    uint16_t open;   /* answers still to come */
    uint8_t order[BASE_BATCH_ITEMS_MAX];
    struct connect_batch_item items[BASE_BATCH_ITEMS_MAX];
    struct base_buffer reasons;
};

/* A report id of this session and its answer. */
struct connect_seen {
    uint64_t id; /* 0 = free */
    uint64_t task;
    uint8_t kind;
    uint8_t answer; /* NONE: the engine has it; RETRY: it may come again */
};

/* A service request that waits for its answer. */
struct connect_service {
    uint64_t request; /* id */
    uint64_t token;   /* 0 = free */
    uint64_t deadline_ms;
    bool has_effect;  /* its errors say what it did */
    bool is_secret;   /* its answer holds a secret's value */
};

enum connect_stage {
    CONNECT_STAGE_NONE = 0,
    CONNECT_STAGE_GREETING, /* no hello yet */
    CONNECT_STAGE_OPENING,  /* hello answered, plugin not ready */
    CONNECT_STAGE_READY,
    CONNECT_STAGE_LEFT, /* bye was said */
};

struct connect_session;

/* What a session owes to the way its bytes travel. */
struct connect_carrier {
    const char *noun;     /* "the host": begins the sentence of why it ended */
    bool is_by_request;   /* each request stands alone: a broken one is refused, and the session lives */
    void (*flush)(struct connect_session *session); /* what `out` holds leaves */
    const char *(*find_fault)(struct connect_session *session, uint64_t now_ms); /* why it is to be ended; NULL = it lives */
};
extern const struct connect_carrier connect_carrier_pipe, connect_carrier_remote;

/* One session: with a host process over its fd 3, or with a remote connector by requests. */
struct connect_session {
    struct connect_link *link;
    const struct connect_carrier *carrier;
    uv_process_t process;
    uv_poll_t pipe, output;
    unsigned handles_open; /* until their close callbacks ran */
    int pipe_fd, output_fd; /* -1 = none */
    const volatile struct connect_flight *flight; /* mapped; NULL = none */
    bool is_running;  /* spawned and not reaped */
    bool is_asked;    /* we asked it to end */
    bool is_told_drain;
    bool is_failing;  /* reason is set; ends in the next turn */
    bool is_closed;   /* it went by itself: end of fd 3 or of the process */
    bool is_broken;   /* what it sends is not to be read any more */
    bool is_ended;
    uint64_t ended_ms;
    int64_t exit_status;
    int exit_signal;
    char reason[256];

    /* wire.c */
    int events; /* that pipe is polled for */
    char *in;   /* 2 * BASE_FRAME_MAX bytes; in_head..in_size is not yet read as frames */
    size_t in_head, in_size;
    struct base_buffer out; /* out_head..size is not yet written */
    size_t out_head;
    int32_t items_left;    /* may be taken now; below 0: a batch is taken whole */
    uint64_t items_at_ms;  /* when items_left was counted */
    bool is_slowed;        /* it said too much: not read until slow_timer */

    /* process.c */
    char line[CONNECT_OUTPUT_LINE_MAX + 1]; /* of output, not yet ended */
    size_t line_size;
    char line_last[CONNECT_OUTPUT_LINE_MAX + 1];
    size_t output_taken; /* bytes since the last watch tick */
    uint32_t lines_taken, lines_dropped;

    /* session.c */
    enum connect_stage stage;
    bool was_ready;
    uint32_t epoch;
    uint64_t poll_id;       /* of the last poll */
    uint64_t poll_seq_last; /* answered with items up to this one */
    bool is_polling;        /* the last poll waits for its answer */
    uint64_t poll_at_ms;
    uint32_t poll_ms;       /* it is answered within this */
    uint64_t want, open, busy_ms, time_seen;
    uint64_t heard_ms;      /* last frame */
    uint64_t ready_ms;
    uint64_t beats, beats_ms; /* last change of the flight record's beats */
    uint64_t judged_from_ms;  /* the hub itself stood still until then */

    /* outbox.c */
    struct base_buffer outbox; /* encoded items, ascending seq; from outbox_head on */
    size_t outbox_head;
    size_t time_at; /* outbox offset + 1 of an unsent time item at the tail; 0 = none */
    uint64_t seq_put, seq_sent, seq_acked;
    uint32_t in_hand; /* offers put, neither accepted nor ended */
    bool is_put_refused; /* an item was refused for want of room since the last on_room */

    /* report.c */
    uint32_t batch_serial;
    struct connect_batch batches[CONNECT_BATCHES_MAX];
    struct connect_seen seen[CONNECT_SEEN_MAX];

    /* service.c */
    uint32_t service_serial;
    struct connect_service services[CONNECT_SERVICES_MAX];
    bool has_secret; /* in out: wiped when it has left */
    uint64_t services_seen[CONNECT_SERVICES_SEEN]; /* ids of the last ones */
};

struct connect_line {
    int64_t at_ms;
    const char *level; /* static */
    char *text;        /* owned */
};

struct connect_metric {
    char name[BASE_ID_MAX + 1];
    double value;
};

enum connect_tell {
    CONNECT_TELL_END = 1,   /* the session is to be ended */
    CONNECT_TELL_ROOM = 2,
    CONNECT_TELL_STATE = 4,
    CONNECT_TELL_GONE = 8, /* no session any more, and unloading */
};

#define CONNECT_SERVICES_KEPT 4          /* service answers of one remote session that are given again ... */
#define CONNECT_SERVICE_KEPT_MAX (128 * 1024) /* ... of at most so many bytes */
#define CONNECT_REQUEST_WINDOW 64        /* request ids below the highest that may still come for the first time */
#define CONNECT_CANDIDATES_MAX 4         /* instances that said hello and nothing more */
#define CONNECT_REPLACED_MAX 16          /* instances that are remembered as replaced by a later one */
#define CONNECT_REMOTE_ENVELOPE_MAX 512  /* bytes around one item in an answer */

struct connect_slice {
    const char *at; /* borrowed */
    size_t size;
};

/* The message of a request; borrowed from its text. */
struct connect_envelope {
    struct connect_slice request, session, body;
    uint64_t protocol, id, epoch;
};

struct connect_candidate {
    char instance[CONNECT_INSTANCE_MAX + 1]; /* "" = free */
    char version[32];
    uint32_t epoch;
};

/* What a link of a remote connector keeps beside its session. */
struct connect_remote_link {
    char *text;                 /* as it was loaded, JSON; owned */
    uint32_t lease_ms;
    struct base_list waiting;   /* struct connect_request that the session has, oldest first */
    size_t waiting_count;
    struct connect_candidate candidates[CONNECT_CANDIDATES_MAX];
    uint32_t candidate_count;   /* ever; the place of the next one */
    char instance[CONNECT_INSTANCE_MAX + 1]; /* of the session, or the last one */
    char replaced[CONNECT_REPLACED_MAX][CONNECT_INSTANCE_MAX + 1];
    uint32_t replaced_count;    /* ever */
    bool is_hello_wanted;       /* the session's connector was told that it is stale: its next hello begins another */
    uint64_t window_top, window_mask; /* request ids seen in the session: top, top - 1, ... */
    struct connect_service_kept {
        uint64_t id; /* 0 = free */
        struct base_buffer body;
    } services[CONNECT_SERVICES_KEPT];
    uint32_t service_count;     /* ever */
};

/* A session that ended, and the offers that it was never told. */
struct connect_lost {
    uint32_t epoch; /* 0 = none */
    uint64_t *tasks; /* owned */
    size_t count;
};

/* One request of a remote connector, until it is answered. */
struct connect_request {
    struct base_list node;      /* of connect->arrived, then of remote->waiting */
    void *asker;                /* the carrier's */
    struct connect_link *link;  /* whose session has it; NULL = it was not looked at yet */
    char connector[BASE_ID_MAX + 1];
    uint8_t kind;               /* enum base_frame_kind */
    bool is_gone;               /* nobody reads the answer */
    uint64_t id;
    uint32_t epoch;
    char *text;                 /* owned; NULL once the session has it */
    size_t size;
};

struct connect_link {
    struct base_list node;  /* of connect->links */
    struct base_list later; /* of connect->later while tells is not 0 */
    struct base_list dirty; /* of connect->dirty while there is something to flush */
    struct connect *connect;
    void *data; /* the engine's */
    char id[BASE_ID_MAX + 1];
    char module[CONNECT_MODULE_MAX + 1];
    struct package_manifest manifest; /* owned */
    struct package_identity identity; /* of a module: the bytes that run */
    struct package_seal seal;         /* of a module: the same, sealed once, which every host gets; owned; -1 = not yet */
    uint64_t noting;                  /* its session is ready, and waits until that is written: serial; 0 = it does not */
    bool is_signed, is_noted;         /* noted: the module store knows that it ran */
    uint8_t key[8];                   /* id of the key that signed it */
    char signed_by[BASE_ID_MAX + 1];
    char trust_error[PACKAGE_TEXT_SIZE]; /* why its key was not trusted when that was last asked; "" = it was */
    struct connect_breaker breaker;
    uint64_t gate_at_ms; /* when the breaker or the rate lets more through; 0 = not by time */
    char *config; /* owned */
    size_t config_size;
    enum connect_state state;
    int64_t since_ms; /* wall */
    int64_t answered_ms; /* wall, of its last report; 0 = none in this process */
    struct connect_session *session; /* owned; NULL between two processes */
    struct connect_remote_link *remote; /* owned; NULL = a module */
    uint64_t profile; /* its number at the egress process; 0 = it needs nothing there */
    bool is_profile_refused; /* too large to be sent */
    uv_timer_t timer; /* the deadline of the present state */
    unsigned tells;   /* enum connect_tell */
    enum connect_role role;
    enum connect_wish wish;
    bool is_unloading, is_closing;
    bool is_held;     /* leaving, and the engine still moves tasks away from it */
    bool is_renewed;  /* asked to end, to be started again at once */
    bool is_probe;    /* out of quarantine, not yet healthy for long enough */
    uint64_t crashes_at_ms[CONNECT_CRASHES_MAX]; /* the last ones */
    uint32_t crashes; /* ever */
    uint32_t failures; /* in a row */
    uint32_t restarts;
    char tier[32];
    char last_error[640];
    struct connect_line lines[CONNECT_LOG_LINES_MAX];
    uint32_t line_count; /* ever */
    struct connect_metric metrics[CONNECT_METRICS_MAX];
    uint32_t metric_count;
};

typedef void (*connect_egress_cb)(struct connect *connect, uint64_t data, const char *payload, size_t size);

/* A request with the egress process. */
struct connect_ask {
    uint64_t id; /* 0 = free */
    uint64_t deadline_ms;
    connect_egress_cb on_answer;
    uint64_t data;
    bool is_sent;       /* its first byte has left, or is about to */
    uint32_t next_free; /* index + 1 */
};

struct connect_egress {
    struct connect *connect;
    uv_process_t process;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    bool is_process_open, is_pipe_open, is_timer_open, is_writing;
    bool is_up;       /* it has pinged */
    bool is_ending;   /* killed; what it still had said is read */
    bool is_broken;   /* what it says is not to be read any more */
    bool is_stopping; /* for good */
    struct base_buffer in, out, sending;
    uint64_t started_ms, heard_ms, tick_ms, ended_ms, pause_ms, ticks;

    /* egress_ask.c */
    struct connect_ask *asks; /* owned; ask_room items, ask_count of them used before */
    size_t ask_count, ask_room;
    uint32_t ask_free; /* index + 1 of the first free one; 0 = none */
    uint64_t ask_turn;
};

/* A trust file as it was read; jobs may still look into it when the next has taken its place. */
struct connect_trust {
    struct package_trust trust;
    unsigned holders;
};

/* What a thread of the pool needs to judge a module; it and what it points to do not change meanwhile. */
struct connect_judge {
    const struct connect_options *options;
    struct package_stage *stage;
    struct package_policy policy;
};

struct connect_prepared; /* prepare.c */

struct connect {
    uv_loop_t *loop;
    struct package_stage *stage; /* owned */
    struct connect_trust *trust; /* NULL = nobody is trusted */
    struct base_list prepared;   /* struct connect_prepared that came out well, oldest first */
    size_t prepared_count;
    struct connect_prepared *at_hand; /* whose callback runs; else NULL */
    uint64_t note_last;          /* serial of the last one */
    unsigned jobs_open;          /* in the pool, or on their way back */
    struct connect_options options; /* defaults filled in */
    struct base_list links, later, dirty;
    size_t link_count;
    uv_timer_t slow_timer; /* some host is slowed */
    uv_timer_t later_timer, watch_timer, gate_timer;
    uint64_t gate_at_ms; /* of gate_timer */
    uv_prepare_t prepare;
    unsigned handles_open;
    uint32_t watch_period_ms;
    uint64_t watched_ms;
    int64_t time_told;   /* the last connect_time */
    bool is_time_waited; /* on_time_seen is owed */
    struct base_list arrived; /* struct connect_request that were not looked at, oldest first */
    size_t request_count;     /* these and those that sessions have */
    bool is_remote_closed; /* connect_remote_close was called */
    struct connect_lost lost[CONNECT_LOST_MAX];
    uint32_t lost_count; /* ever */
    bool is_destroying, is_closing;
    struct connect_egress *egress; /* owned; NULL = nobody needed it yet, or it has stopped */
    uint64_t profile_last;
    bool is_egress_dirty;          /* there is something to flush to it */
    uint64_t grace_ms;
    connect_destroyed_cb on_destroyed;
    struct connect_figures figures;
    struct connect_report reports[BASE_BATCH_ITEMS_MAX]; /* of the batch being read */
};

/* connect.c */
void connect_later(struct connect_link *link, enum connect_tell tell);
void connect_later_time(struct connect *connect); /* look again whether on_time_seen is due */
void connect_dirty(struct connect_link *link);
int64_t connect_now_ms(struct connect *connect); /* wall */

/* remote.c */
void connect_remote_run(struct connect *connect); /* looks at what arrived; from connect_later */
/* Answer a request with body (a JSON value), or with {"error": {"code", "detail"}}; it is gone then. */
void connect_request_answer(struct connect *connect, struct connect_request *request, const char *body, size_t size);
void connect_request_refuse(struct connect *connect, struct connect_request *request, const char *code, const char *detail);

/* remote_load.c */
/* What a module would say in its manifest. *manifest is the caller's on success. Errors (text is filled): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int connect_remote_manifest_read(const char *id, const char *remote, size_t size,
                                               struct package_manifest *manifest, char text[512]);
struct connect_remote_link *connect_remote_link_create(const char *text, size_t size); /* text was read before; NULL: no memory */
void connect_remote_link_free(struct connect_remote_link *remote); /* accepts NULL */

/* remote_hello.c */
void connect_remote_hello(struct connect *connect, struct connect_request *request, const struct connect_envelope *envelope);
/* The link with this epoch, of its session or of a candidate; NULL = none, the request is stale. */
struct connect_link *connect_remote_link_find(struct connect *connect, const char *id, uint32_t epoch);
/* The candidate of this epoch makes itself heard: its session begins. Errors: OD_EBUSY an earlier session has to end
 * first, ask again in the next turn; OD_ENOMEM. OD_OK also when the session is there. */
OD_MUST_CHECK int connect_remote_promote(struct connect_link *link, uint32_t epoch);

/* remote_session.c */
/* The session takes the request: it is answered at once, later or, when it is a repeat, again. */
void connect_remote_take(struct connect_link *link, struct connect_request *request, const struct connect_envelope *envelope);
void connect_remote_ended(struct connect_session *session); /* its requests get their last answer */
void connect_lost_fini(struct connect *connect);
void connect_remote_session_reset(struct connect_remote_link *remote); /* a session begins */

/* remote_read.c */
/* text passed the gate. Errors: OD_EINVAL a member is missing or of a wrong type. */
OD_MUST_CHECK int connect_envelope_read(const char *text, size_t size, struct connect_envelope *envelope);
/* The batch of a report's {"items": [...]}, into payload. fault: static, why not. Errors: OD_EINVAL; OD_ENOMEM. */
OD_MUST_CHECK int connect_items_read(const struct connect_slice *body, uint32_t epoch, struct base_buffer *payload,
                                     uint16_t *count, const char **fault);

const char *connect_report_name(uint8_t kind); /* BASE_ITEM_ACCEPT..BASE_ITEM_UNPAUSE */

/* remote_write.c: the body of an answer, as JSON, of one reply frame. */
void connect_reply_put(struct base_buffer *body, const struct base_frame *reply);

/* module.c */
struct connect_judge connect_judge_of(const struct connect *connect);
/* *package is the caller's on success (package_fini): verified, not yet staged. Any thread. Errors: as connect_load. */
int connect_module_open(const struct connect_judge *judge, const struct connect_loading *loading, struct package *package,
                        struct package_refusal *refusal);
/* It was verified a moment ago: is it still trusted, and not older than what ran meanwhile? Errors: OD_EDENIED. */
int connect_module_admit(const struct connect_judge *judge, const struct package *package, bool is_again, struct package_refusal *refusal);
/* Does it lie in the module folder, and how far is it fine? signed_by: "" = not signed. Any thread. Errors: as connect_manifest_read. */
int connect_module_look(const struct connect_judge *judge, const char *module, struct package_manifest *manifest,
                        char signed_by[BASE_ID_MAX + 1], char text[512]);
struct connect_trust *connect_trust_hold(struct connect *connect); /* NULL = nobody is trusted */
void connect_trust_drop(struct connect_trust *trust);              /* accepts NULL */
/* The bytes that run are sealed, once. Errors: text is filled. Cost: reads and hashes them, the first time. */
int connect_module_seal(struct connect_link *link, char text[PACKAGE_TEXT_SIZE]);
/* May they still run? Asked before each start of a host. Errors: OD_EDENIED (text is filled). */
int connect_module_trust(const struct connect_link *link, char text[PACKAGE_TEXT_SIZE]);

/* prepare.c */
/* What the pool prepared for this loading: *package and *seal are the caller's on success. Errors (text is filled):
 * OD_ENOTFOUND with text "": nothing was, read it here; else as connect_load. */
int connect_prepared_take(struct connect *connect, const struct connect_loading *loading, struct package *package,
                          struct package_seal *seal, char text[512]);
void connect_prepared_watch(struct connect *connect, uint64_t now_ms); /* lets go of what is old */
void connect_prepared_fini(struct connect *connect);
/* It runs: remembered in the pool, once; then connect_life_noted, from the loop, if the session is still there. */
void connect_note_start(struct connect_link *link);

/* link.c: the last step of a link's life, from connect_later. */
void connect_link_close(struct connect_link *link);

/* life.c */
void connect_life_start(struct connect_link *link);
void connect_life_greeted(struct connect_link *link); /* hello was answered */
void connect_life_ready(struct connect_link *link);
void connect_life_noted(struct connect_link *link); /* the module store knows that it runs: it may be offered work */
void connect_life_lost(struct connect_link *link, bool is_crash); /* the session ended */
void connect_life_reaped(struct connect_link *link); /* session freed, link->session is NULL */
void connect_life_stop(struct connect_link *link, uint64_t grace_ms); /* ask the session to end, or end it */
void connect_life_drained(struct connect_link *link); /* no offer is in hand */
void connect_life_leave(struct connect_link *link);   /* another took its place */
void connect_life_watch(struct connect_link *link, uint64_t now_ms);
void connect_link_move(struct connect_link *link, enum connect_state state);

/* process.c */
int connect_session_create(struct connect_link *link); /* link->session; fails later by itself */
void connect_session_fail(struct connect_session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void connect_session_end(struct connect_session *session); /* from connect_later */
void connect_session_resume_output(struct connect_session *session); /* each watch tick */
void connect_session_watch_exit(struct connect_session *session, uint64_t now_ms);

/* Why the plugin's own thread is to be ended, or NULL. */
const char *connect_session_find_hang(struct connect_session *session, uint64_t now_ms);

/* wire.c */
int connect_wire_open(struct connect_session *session); /* pipe_fd is set */
void connect_wire_rest(struct connect_session *session); /* take what is left in the socket */
void connect_wire_flush(struct connect_session *session);
void connect_wire_on_slow(uv_timer_t *timer); /* of slow_timer: slowed hosts are read again */
void connect_wire_close(struct connect_session *session);

/* session.c */
void connect_session_take(struct connect_session *session, const struct base_frame *frame);
void connect_session_watch(struct connect_session *session, uint64_t now_ms);
bool connect_session_is_open(const struct connect_session *session); /* hello done, not failing; accepts NULL */
/* The hello's reply. */
void connect_session_put_welcome(struct base_buffer *out, const struct connect_link *link, uint32_t epoch);
/* The reply {"error": {"code", "detail"}} to a request. */
void connect_session_refuse(struct connect_session *session, const struct base_frame *frame,
                            const char *code, const char *detail);

/* outbox.c */
int connect_outbox_put(struct connect_session *session, uint8_t kind, uint64_t task, const char *payload,
                       size_t payload_size);
int connect_outbox_put_time(struct connect_session *session, int64_t now_ms);
int connect_outbox_ack(struct connect_session *session, uint64_t seq); /* OD_EPEER: never sent */
size_t connect_outbox_size(const struct connect_session *session);
/* Answer poll poll_id with the items up to seq_max (0 = none, an empty batch). */
void connect_outbox_answer(struct connect_session *session, uint64_t seq_max);
void connect_outbox_flush(struct connect_session *session); /* answers a waiting poll when there are items */

/* report.c */
void connect_report_take(struct connect_session *session, const struct base_frame *frame);
void connect_report_fini(struct connect_session *session);
bool connect_report_is_known(struct connect_session *session, uint64_t request); /* in hand, or still answered again */

/* gate.c: the breaker and the rate. */
void connect_gate_init(struct connect_link *link); /* its manifest is set */
uint32_t connect_gate_room(const struct connect_link *link); /* UINT32_MAX = any number */
void connect_gate_offered(struct connect_link *link);
void connect_gate_ended(struct connect_link *link, uint32_t epoch);
/* {"breaker", "breaker_until"}: until is null unless it is open. */
void connect_gate_put(struct base_buffer *buffer, const struct connect_link *link);
/* service.c */
void connect_service_take(struct connect_session *session, const struct base_frame *frame);
void connect_service_watch(struct connect_session *session, uint64_t now_ms); /* deadlines */

/* egress.c */
int connect_egress_need(struct connect *connect); /* start it, once. Errors: OD_EUNSUPPORTED, OD_ENOMEM */
void connect_egress_flush(struct connect_egress *egress);
void connect_egress_stop(struct connect *connect); /* connect->egress is NULL when it is done; connect_later_time then */

/* egress_ask.c */
void connect_egress_add(struct connect_link *link);    /* a new link: what it may reach */
void connect_egress_forget(struct connect_link *link); /* it is going */
/* Ask for one request of a link: payload, a service's JSON, is copied. on_answer follows, once, at the latest soon
 * after deadline_ms (of the loop). Errors (it does not): OD_ESTATE the process is not there; OD_EBUSY. */
int connect_egress_ask(struct connect_link *link, const char *payload, size_t size, uint64_t deadline_ms,
                       connect_egress_cb on_answer, uint64_t data);
/* Why the last one was OD_ESTATE: a sentence. */
const char *connect_egress_absence(const struct connect_link *link);
void connect_egress_greet(struct connect_egress *egress); /* a new process: all profiles */
int connect_egress_hear(struct connect_egress *egress, const struct base_frame *frame); /* OD_EPEER */
void connect_egress_watch(struct connect_egress *egress, uint64_t now_ms); /* deadlines */
void connect_egress_settle(struct connect_egress *egress); /* the process is gone: answer what it had */
void connect_egress_fini(struct connect_egress *egress);

/* net.c */
#define CONNECT_NET_PATH_MAX 4096
bool connect_net_path(const struct connect_link *link, char *path, size_t size); /* false: it has no such folder */
void connect_net_open(struct connect_link *link);
void connect_net_close(struct connect_link *link);
void connect_net_clear(struct connect *connect); /* at the start */
#define CONNECT_FOLDER_PATH_MAX 4096
/* The folder of a module with capabilities.folder. false: it has none, or nobody has made it. */
bool connect_folder_path(const struct connect_link *link, char *path, size_t size);

/* lines.c. Terminals and browsers read these texts: control bytes and what is no UTF-8
 * become '?', and a line is cut at BASE_LOG_LINE_MAX. */
void connect_text_clean(char *text, size_t size);
void connect_line_add(struct connect_link *link, const char *level, const char *text, size_t size);
int connect_line_take(struct connect_link *link, const char *json, size_t size);   /* a log item */
int connect_metric_take(struct connect_link *link, const char *json, size_t size); /* a metric item */
void connect_lines_fini(struct connect_link *link);

/* fields.c */
struct connect_field {
    const char *name;
    uint64_t *number; /* a non-negative integer, or NULL */
    struct connect_slice *slice; /* the value as it is written, or NULL */
    bool *is_true;    /* a Boolean, or NULL */
    bool is_required;
};
/* text passed the gate. Absent members leave the output alone.
 * Errors: OD_EINVAL no object, a wrong type, or a required member is missing. */
OD_MUST_CHECK int connect_fields_read(const char *text, size_t size, const struct connect_field *fields,
                                      size_t count);

bool connect_slice_is(const struct connect_slice *slice, const char *text); /* a JSON text without escapes */
/* A whole number, as a number or as text. Errors: OD_EINVAL. */
OD_MUST_CHECK int connect_slice_number(const struct connect_slice *slice, uint64_t *out);
/* The next item of a JSON list; *list is cut to the rest. False: there is none. */
bool connect_list_next(struct connect_slice *list, struct connect_slice *item);

#endif
