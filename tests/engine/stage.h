/* SPDX-License-Identifier: Apache-2.0 */
/* The engine on a store in memory, between doors and connectors that the test plays.
 * One thread: what the store and the pool do happens when the test says so, and time
 * moves when the test says so; the same seed gives the same run. */
#ifndef TEST_ENGINE_STAGE_H
#define TEST_ENGINE_STAGE_H

#include "engine/internal.h"

#define STAGE_HELD_MAX 4096 /* tasks that one session was given */
#define STAGE_REPORTS_MAX 256
#define STAGE_JOBS_MAX 8192
#define STAGE_ASKED_MAX 65536

/* What a connector knows of a task. */
enum stage_holding {
    STAGE_FREE = 0,
    STAGE_OFFERED,
    STAGE_ACCEPTED,
    STAGE_PAUSED,
    STAGE_ASKED,
    STAGE_CANCELLING,
    STAGE_ENDED,
};

struct stage_held {
    uint64_t handle;
    enum stage_holding holding;
};

struct stage_token {
    bool is_open;
    uint8_t kind;
    uint64_t handle;
};

struct connect_link {
    struct connect_link *next;
    char id[BASE_ID_MAX + 1], module[BASE_ID_MAX + 1];
    void *data;
    enum connect_state state;
    uint32_t epoch, in_hand, credits, outbox_left; /* items that fit before the outbox is full */
    enum connect_role role;
    enum connect_wish wish;
    bool is_unloading, is_left, is_put_refused;
    bool is_distrusted;    /* its key was revoked, and nobody knows yet */
    bool is_put_too_large; /* the next items are larger than a frame */
    const struct package_manifest *manifest; /* borrowed; NULL = one that sees all */
    uint8_t address[BASE_HASH_SIZE];
    char given[8192]; /* the payload put last */
    unsigned successes, failures; /* told to its breaker */
    unsigned failures_max;        /* it opens at so many; 0 = never */
    struct stage_held held[STAGE_HELD_MAX];
    size_t held_count;
    struct stage_token tokens[STAGE_REPORTS_MAX]; /* one item a report */
    char events[1024]; /* ids of those put, each with a space behind it */
};

struct connect {
    struct connect_options options;
    struct connect_link *links;
    bool is_time_owed;
};

struct stage_request {
    struct front_request request; /* first: the engine's pointer is this one's */
    char *body, path[64], key[32], media_type[64];
    struct base_json *tree;
    const char *query; /* "a=b&c=d"; NULL = none; borrowed */
    char found[64];    /* the parameter asked for last */
    bool is_answered, is_replayed;
    int status;
    char pointer[64], code[32]; /* of the first fault of a problem */
    char detail[512];           /* of the problem as a whole */
    char *answer; /* owned */
    const struct front_taker *taker; /* of an upload */
    size_t index;
};

struct stage {
    uv_loop_t loop;
    struct engine *engine;
    struct connect *connect;
    struct front_options front;
    struct engine_config config;
    struct engine_connector_config connectors[2];
    uint32_t in_flight_max; /* of the next start; 0 = BASE_IN_FLIGHT_MAX */
    char folder[1024], catalog[1100];
    const void *upload;   /* what the next upload brings, upload_size bytes; NULL = there is none */
    size_t upload_size;
    const char *if_match; /* If-Match of the requests to come; NULL = none */
    uint64_t alloc_fail_at; /* the allocation of the next request's first step that fails; 0 = none */
    uint32_t roles; /* of whoever asks by stage_ask_query; 0 = every one */
    int64_t wall_ms, monotonic_ms;
    int64_t wall_off_ms; /* how far the wall clock is off, for a time */
    bool has_self_test;  /* of the next start */
    const struct package_manifest *(*manifest_of)(const char *module); /* NULL, or its answer NULL = one that sees all */
    uint8_t module_bytes; /* what every module is made of */
    const char *missing; /* a module that is not there; NULL = "missing" alone */
    const char *outdated; /* a module that may run only because it ran here before; NULL = none */
    uint64_t dice;
    uv_prepare_cb on_turn;
    uv_timer_cb on_tick;
    uv_timer_t *patience; /* of a batch that was held; NULL = none was */
    uv_timer_cb on_patience;
    int64_t early_ms; /* by so much it comes before its time */
    struct { uv_work_t *work; uv_work_cb run; uv_after_work_cb on_done; } jobs[STAGE_JOBS_MAX];
    size_t job_count;
    struct store_batch *batch; /* given to the store, not written yet; NULL = none */
    store_committed_cb on_committed;
    struct stage_request *requests[STAGE_ASKED_MAX]; /* owned */
    size_t request_count;
    uint64_t trace; /* hash of all that was told */
    uint64_t full_count, offers, resumes, releases, jobs_run, shed;
    bool is_dead; /* the engine was dropped: what still comes out of it reaches nobody */
};

extern struct stage stage; /* one a process */

uint32_t stage_roll(uint32_t sides); /* 0..sides - 1 */
void stage_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new store and the hub on it. */
void stage_open(uint64_t seed);
void stage_open_text(uint64_t seed, const char *text); /* with another catalogue than the fixture */
/* With a catalogue of the test's own, and departments that have worklists alone. */
void stage_open_catalog(const char *text, bool has_self_test);
/* Another catalogue lies in the folder: it is not loaded yet. */
void stage_catalog_write(const char *text);
/* The process dies: what the store has not written is lost; is_written: the batch in
 * hand reached the disk, and nobody was told. Then a new hub on the same store. */
void stage_restart(bool is_written);
/* Stop for good, by the way that SIGTERM goes, and start again. */
void stage_stop(void);
void stage_start(void);
void stage_close(void);

void stage_turn(void);            /* the end of a loop turn */
void stage_tick(void);
bool stage_commit(bool is_full);  /* the batch in hand is written, or found the disk full; false = none */
bool stage_step(void);            /* a job or a commit, whichever the dice say, else a turn; false = there was neither */
bool stage_job(void);             /* one read of the pool, any; false = none */
void stage_drain(void);           /* until nothing is under way */
void stage_settle(void);          /* the same with what ticks and rooms in outboxes bring, some times over */
void stage_redate(void);          /* until every date is counted anew */

/* The doors. Owned by the stage. param: "a/b" where the route has two. body NULL = none; key NULL = none. */
struct stage_request *stage_ask(enum front_route route, const char *param, const char *key, const char *body);
/* With a query: "a=b&c=d", nothing encoded, borrowed until the stage closes. */
struct stage_request *stage_ask_query(enum front_route route, const char *query);

/* The same by somebody else, with a query ("a=b&c=d", borrowed until the stage closes; NULL = none). */
struct stage_request *stage_ask_as(const struct front_identity *who, enum front_route route, const char *param, const char *query,
                                   const char *body);

/* The same by somebody else under an Idempotency-Key. */
struct stage_request *stage_ask_under(const struct front_identity *who, enum front_route route, const char *key, const char *body);

/* A document, a plain text, in one piece: FRONT_MATERIAL_UPLOAD, or FRONT_APPLICATION_MATERIAL_ADD. query as above. */
struct stage_request *stage_upload(const struct front_identity *who, enum front_route route, const char *param, const char *query,
                                   const char *text);

/* The connectors. */
struct connect_link *stage_link(const char *id); /* NULL = none */
void stage_link_ready(struct connect_link *link);
/* One is loaded by its route, ready, and takes so many items. */
struct connect_link *stage_load(const char *id, const char *body, uint32_t credits);
void stage_link_lose(struct connect_link *link, bool is_crash, uint64_t task_in_hand);
void stage_link_gone(struct connect_link *link); /* an unload comes to its end */
void stage_link_move(struct connect_link *link, enum connect_state state); /* and tell of it */
void stage_link_settle(struct connect_link *link); /* it becomes what it is wanted to be */
void stage_report(struct connect_link *link, uint8_t kind, uint64_t handle, const char *payload);
void stage_rooms(void); /* tell of room where there is some */
struct stage_held *stage_held(struct connect_link *link, uint64_t handle); /* NULL = never given */

/* Services of a connector; stage_service.c. */
#define STAGE_SERVICES_MAX 256
struct stage_service {
    uint64_t token;
    char *answer;   /* "error <code>" of a refusal; NULL = not answered */
    unsigned order; /* of the answers, ascending; 0 = none */
};
size_t stage_service(struct connect_link *link, const char *text); /* its index */
const struct stage_service *stage_service_at(size_t index);
void stage_services_clear(void);

/* A callback, signed or not; the test answers stage_verify when it likes. reference: {reference} of the route. */
struct stage_request *stage_callback(const char *connector, const char *reference, const char *event, const char *body);
void stage_verify(int rc); /* the oldest question that is open */
bool stage_is_asked(void); /* is one open? */
const char *stage_header(const char *name);
const char *stage_reference(void);

/* What the disk has: a copy that the caller destroys, or NULL. */
struct engine_application *stage_read(uint64_t id);

/* Time passes; the hub believes it. */
void stage_wait(int64_t ms);

#endif
