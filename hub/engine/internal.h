/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the engine share. Private to hub/engine.
 *
 * The way of one event (all on the loop thread):
 *
 *   front/connect/clock -> engine_application_get (cache, or a load in the pool)
 *     -> engine_apply: core_step, record of the event, deeds for later
 *     -> engine_turn_end: the batch is packed and handed to the store
 *     -> on_committed: the deeds are done: answers, offers, items, feed
 *
 * While one batch is being synced the next one fills. A state in memory may thus be
 * ahead of the disk: `unsettled` says so, and whoever reads for the outside reads
 * the store then. */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include <uv.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/time.h"
#include "catalog/calendar.h"
#include "catalog/catalog.h"
#include "connect/connect.h"
#include "core/core.h"
#include "core/names.h"
#include "journal/record.h"
#include "engine/engine.h"
#include "front/front.h"
#include "store/store.h"

#define ENGINE_CACHE_BUCKETS 16384            /* power of two */
#define ENGINE_CACHE_BYTES_MAX (40 * 1024 * 1024) /* settled applications beyond this are dropped, oldest first */
#define ENGINE_QUEUE_MAX 4096                 /* tasks waiting in memory for one department; more wait in the store */
#define ENGINE_RETRIES_MAX 4096               /* failed tasks of one department that wait for their next try */
#define ENGINE_ATTEMPT_FAILURES_MAX 12        /* failed offers of one task before an officer is asked */
#define ENGINE_RETRY_MIN_MS 1000
#define ENGINE_RETRY_MAX_MS 3600000
#define ENGINE_WINDOW 128                     /* rows that one scan step reads */
#define ENGINE_LOAD_BUCKETS 1024              /* power of two */
#define ENGINE_LOADS_MAX 4096                 /* loads and reads under way in the pool */
#define ENGINE_TICK_MS 250                    /* retries and wakes are looked at this often */
#define ENGINE_CODE_SIZE 11                   /* look-up code: 10 characters and NUL */
#define ENGINE_BATCHES_IDLE_MAX 2             /* beside the one that fills: one to commit, one whose deeds are being done */
#define ENGINE_EPOCH_RESERVE 1024             /* epochs made durable at once, ahead of their use */
#define ENGINE_SELF_TEST_ID UINT64_MAX        /* no number is as high */
#define ENGINE_SELF_TEST_SERVICE "#self-test" /* no id of a catalogue */
#define ENGINE_MIDNIGHTS 64                   /* power of two */
#define ENGINE_EVENT_MAX (64 * 1024)          /* bytes of a callback's body */
#define ENGINE_DELIVERIES_MAX 65536           /* of callbacks to one department; more wait for a scan */
#define ENGINE_PIECE_MAX (64 * 1024)          /* bytes of a material in one read; as OD_MATERIAL_PIECE_MAX */
#define ENGINE_CATALOGS_MAX 64                /* catalogue versions in memory, beside those that an application in memory is pinned to */

/* Texts of a task beside its core state. */
enum engine_text_kind {
    ENGINE_TEXT_REASON = 0,   /* why it is in or out, a JSON text */
    ENGINE_TEXT_REASON_TEXTS, /* the same for people, JSON: {"zh-CN", "en"} */
    ENGINE_TEXT_EXTERNAL_REF, /* the department's own number */
    ENGINE_TEXT_OPINION,      /* JSON: {"opinion","reasons","conditions","document_no","by","at"} */
    ENGINE_TEXT_NOTE,         /* JSON: why it is paused, parked or waits, who has it, progress */
    ENGINE_TEXT_CLAIM,        /* claim.h; it and those behind it stand in the row only of a task that has them */
    ENGINE_TEXT_MARKS,        /* mark.h */
    ENGINE_TEXTS,
};

struct engine_text {
    char *bytes; /* owned, NUL-terminated; NULL = none */
    uint32_t size;
};

/* One application in memory. */
struct engine_department;

struct engine_application {
    struct base_list recent;           /* in engine.recent, oldest first */
    struct engine_application *next;   /* hash chain */
    uint64_t id;
    struct catalog *catalog;           /* owned reference: the pinned version */
    const struct catalog_service *service;
    struct core_application *core;     /* owned */
    struct engine_text *texts;         /* owned; ENGINE_TEXTS a task */
    struct engine_department **departments; /* owned array; one a task, NULL until it is asked for */
    struct engine_text notice;         /* the one-time notice, JSON */
    struct engine_text answers;        /* form fields supplied later, a JSON object; over those of the document.
                                        * "/materials": the materials supplied later */
    struct engine_text document;       /* as received; bytes NULL = not loaded */
    struct base_json *document_tree;   /* owned; parsed at its first use */
    size_t tree_size;                  /* bytes that it takes */
    struct base_buffer record;         /* events of the batch being filled, JSON */
    struct base_buffer alerts;         /* struct store_alert items of the batch being filled */
    char duplicate_of[BASE_NUMBER_SIZE]; /* an open one of the same person for the same service, told at the receipt; "" = none */
    uint64_t sequence;                 /* of its acceptance within the service, 0 = not accepted or not durable yet */
    uint32_t write;                    /* its write in the batch being filled, when has_write */
    bool has_write;
    bool is_new;                       /* its intake is not durable yet */
    uint8_t unsettled;                 /* batches with changes of it that are not durable yet */
    uint32_t window;                   /* the store's number of what it is counted under, 0 = none; statistics.c */
    struct store_count *counts;        /* of its write in the batch being filled; in the batch's arena */
    uint32_t count_room;
    core_task_set put;                 /* tasks whose offer lies with the present session, a credit each */
    core_task_set moving, moving_stored; /* changed hands or state: in the batch being filled, in the one with the store */
    core_task_set owed, owed_officer;  /* rows that the store has, counting the batches under way */
    core_day owed_due[CORE_TASKS_MAX];
    core_task_set placed, granted;     /* places in lines that the store has, likewise; quantity.c */
    core_task_set desk_changed;        /* claimed, released, parked or not any more, in the batch being filled */
    size_t size;                       /* bytes that the cache counts for it */
};

/* Kinds of alerts; the numbers are stored: only append. */
enum engine_alert {
    ENGINE_ALERT_NONE = 0,
    ENGINE_ALERT_WARNED,
    ENGINE_ALERT_OVERDUE,
    ENGINE_ALERT_SECOND_NOTICE,
    ENGINE_ALERT_LATE_EXTENSION,
    ENGINE_ALERT_LATE_OPINION,
    ENGINE_ALERT_SILENCE,
    ENGINE_ALERT_DEEMED,
    ENGINE_ALERT_UNANSWERED,
    ENGINE_ALERT_PARKED,
    ENGINE_ALERT_NOT_REQUIRED,
    ENGINE_ALERT_REDATED,
    ENGINE_ALERT_SELF_TEST,
    ENGINE_ALERT_CLOCK,
    ENGINE_ALERT_BREAKER,
    ENGINE_ALERT_DISTRUST,
    ENGINE_ALERT_UNDELIVERED,
    ENGINE_ALERT_BAD_RATING,
    ENGINE_ALERT_COMPLAINT,
    ENGINE_ALERT_OUTSIDE_STANDARD,
    ENGINE_ALERT_OVERPAID,
    ENGINE_ALERT_PARCEL_RETURNED,
    ENGINE_ALERT_INFECTED,
    ENGINE_ALERT_SCAN_STUCK,
    ENGINE_ALERT_OUT_OF_TURN,
    ENGINE_ALERT_NOT_ERASED,
    ENGINE_ALERT_UNPAID,
};

/* Why a person may not apply again for a time; the numbers are stored. */
enum engine_bar { ENGINE_BAR_NONE = 0, ENGINE_BAR_FALSE_MATERIAL, ENGINE_BAR_FRAUD };

enum engine_level { ENGINE_LEVEL_NONE = 0, ENGINE_LEVEL_INFO, ENGINE_LEVEL_YELLOW, ENGINE_LEVEL_RED };

/* What is done once a batch is durable. */
enum engine_deed_kind {
    ENGINE_DEED_NONE = 0,
    ENGINE_DEED_INTAKE,  /* answer .request about .handle's application, or its elder by key */
    ENGINE_DEED_SHOW,    /* answer .request with .handle's application; before it .call as CALL when it is durable, NULL = none */
    ENGINE_DEED_TASK,    /* answer .request with .handle's task */
    ENGINE_DEED_QUEUE,   /* .handle waits for room at .department */
    ENGINE_DEED_OFFER,   /* offer .handle to .department in session .epoch */
    ENGINE_DEED_ITEM,    /* put an item of kind .item for .handle, likewise */
    ENGINE_DEED_CREDIT,  /* an offer of session .epoch at .department has ended: its credit comes back */
    ENGINE_DEED_REPORT,  /* answer report .index of .token with .answer */
    ENGINE_DEED_CALL,    /* .call(engine, .data, rc) */
    ENGINE_DEED_WRITE,   /* .call(engine, .data, rc of .write) */
};

struct engine_batch;
typedef void (*engine_call_cb)(struct engine *engine, void *data, int rc);

struct engine_deed {
    enum engine_deed_kind kind;
    uint8_t item, answer;
    uint32_t write;               /* index in the batch, INTAKE and WRITE */
    uint32_t epoch, index;
    uint64_t handle, token;       /* task handle; of an application: base_task_handle(id, 0) */
    struct engine_department *department;
    struct front_request *request;
    engine_call_cb call;
    void *data;
};

struct engine_batch {
    struct engine *engine;
    struct store_batch *store;
    struct engine_deed *deeds;    /* owned, deed_room items */
    size_t deed_count, deed_room;
    struct engine_application **applications; /* in step with store->writes; NULL = a write without one */
    uint32_t patient;             /* writes that nobody waits for: while there are no others it is held */
    int64_t held_until_ms;        /* monotonic; 0 = it is not held */
};
#define ENGINE_PATIENCE_MS 5 /* so long a batch of nothing but patient writes waits for others to go along with */

/* A task that waits for its next try. */
struct engine_retry {
    int64_t due_ms; /* monotonic */
    uint64_t handle;
};

/* One department: where its tasks go, and what waits for it. */
struct engine_department {
    char id[BASE_ID_MAX + 1];
    uint16_t number;             /* the store's */
    struct connect_link *link;   /* that its tasks go to; NULL = the worklist */
    uint32_t leaving;            /* links that were replaced and are not gone yet: they hold what they were given */
    struct engine_life *life;    /* of its connector: life.c, borrowed; NULL = it never had one */
    char unserved[BASE_ID_MAX + 1]; /* its connector, which could not be started with the hub; "" = none. Its tasks wait for it */
    char unserved_text[256];     /* why */
    bool is_unloading;           /* its connector is being unloaded */
    uint8_t serves;              /* errand.h: the kind of errands of a pseudo department; 0 = a department of the catalogue */
    int32_t priority;            /* of its connector among those that serve the same, from 1; lower goes first */
    char channel[16];            /* of a notifier: "sms", "email" ...; "" = none */
    uint32_t reserved;           /* offers decided, not yet put */
    uint32_t unsent;             /* its items in engine.unsent */
    uint64_t *queue;             /* ring of handles, ENGINE_QUEUE_MAX; owned; NULL = never used */
    uint32_t queue_head, queue_count;
    struct engine_retry *retries; /* owned, ENGINE_RETRIES_MAX; NULL = never used */
    uint32_t retry_count;
    bool needs_scan;             /* something owed is only in the store: look there ... */
    uint64_t scan_from;          /* ... from this application on */
    bool is_scanning;
    bool is_reading;             /* a window is being read */
    bool is_held;                /* the scan stopped before its end and goes on later */
    bool is_full;                /* it was held because the session had no room */
    bool is_passing, has_passed; /* it passes by what is queued, for once, to come to what was accepted */
    struct store_owed_key full_after; /* where it comes back to */
    uint64_t settling;           /* a task of it that is being settled, 0 = none: whoever does that offers it */
    uint32_t doubt_epoch;        /* past.c: offers of sessions up to this one were in hands that may not have told repeats apart, and are gone */
    bool is_rerouted;            /* the connector or the worklist took over: offered tasks change hands */
    bool is_reroute_scan;        /* the scan under way began after that, at the first row */
    struct store_owed_key scan_after;
    struct store_owed_key window[ENGINE_WINDOW]; /* rows read and not yet settled */
    size_t window_count;
    uint32_t window_loads;       /* applications of the window still being loaded */
    struct base_list deliveries; /* event.c: of callbacks; set up while delivery_count is not 0 */
    uint32_t delivery_count;
    bool is_delivering;          /* the first of them is being read */
    uint32_t delivery_round;     /* ticks: what could not be read waits for the next */
    bool has_missed_events;      /* one found no place: a scan finds it ... */
    bool is_event_scan;          /* ... which is under way */
    uint32_t callbacks_refused;  /* of its connector, since start */
    core_ms refused_first_ms, refused_last_ms;
    uint64_t crash_task;         /* in hand when the last session crashed, 0 = none */
    uint32_t crash_epoch;        /* that session */
};

struct engine_redate; /* redate.c */
struct engine_life;   /* life.h */
struct engine_load;   /* cache.c: one load under way */
struct engine_window; /* cache.c: the loads of one turn */
struct engine_stream; /* feed.c */
struct engine_recount; /* statistics.h */
struct engine_keys;   /* key.h */

/* The wall clock as it is believed; time.c. Times in milliseconds, steady ones since the machine's start. */
struct engine_time {
    int64_t wall_ms, steady_ms;      /* taken together when the wall clock was last believed; 0 = never */
    int64_t jump_ms, jump_seen_ms;   /* a jump that has not lasted yet, 0 = none; steady time of its first sight */
    int64_t untold_ms;               /* a jump that staff have not been told yet, 0 = none: it may be gone by then */
    uint64_t jumps;                  /* seen since start */
};

/* self_test.c */
struct engine_self_test {
    struct catalog_service service;
    core_ms due_ms, arrived_ms;      /* 0 = not started; when the last one arrived (or was put) */
    int64_t late_ms;                 /* monotonic: since when it is due, 0 = it is not */
    uint64_t arrivals, failures;     /* since start */
    bool is_owed;                    /* the next one is still to be put */
    bool is_alarmed;
};

struct engine {
    uv_loop_t *loop;
    struct store *store;
    struct connect *connect;
    struct front *front;
    struct front_gateway *gateway;      /* NULL = none */
    struct catalog *catalog;            /* the running version */
    struct catalog **catalogs;          /* versions in memory, owned references, the last used first */
    size_t catalog_room;
    size_t catalog_count;
    bool is_demo, is_clock_virtual, is_ready;
    bool is_stopping, is_drained, is_store_closing;
    char *host_program, *module_folder, *catalog_folder, *data_folder; /* owned */
    char *egress_program, *secrets_folder, *folders, *egress_ca; /* owned; NULL = none */
    char *config_file, *settings[ENGINE_SETTINGS]; /* owned: the configuration in force, each setting as JSON; config_put.c */
    char *net_folder;                   /* owned; sockets of modules with capabilities.net */
    bool may_have_events;               /* some task may have been called back about */
    uint64_t callbacks_taken, callbacks_refused; /* since start */
    struct base_list keepers;           /* kv.c: connectors with calls under way */
    struct engine_redate *redate;       /* redate.c: under way; NULL = none */
    struct engine_redate *dry_run;      /* redate.c: one at a time; NULL = none */
    struct engine_escalation escalation; /* who is told of what */
    uint8_t secret[32];                 /* of the look-up codes; from the store */

    struct core_time now;               /* of this loop turn */
    int64_t virtual_ms;                 /* the wall clock, when virtual */
    struct engine_time time;
    struct engine_self_test self_test;
    int64_t trust_day;                  /* UTC, on which trust was last looked at */
    uint32_t epoch_next, epoch_reserved;
    bool is_development;                /* a module is whatever lies in its folder */

    struct engine_application *buckets[ENGINE_CACHE_BUCKETS];
    struct base_list recent;            /* settled and unsettled, oldest first */
    size_t cache_bytes;
    struct engine_memory {
        size_t mark;                    /* bytes in memory when it was last trimmed */
        uint64_t work;                  /* submissions and reports when it was last looked at */
        bool is_rested;                 /* trimmed since the last of them */
        int64_t next_ms;                /* monotonic: it is looked at again */
    } memory;
    struct engine_seal *seal;           /* owned; seal.c */
    struct engine_retention *retention; /* owned; retention.c */
    uint64_t application_next;
    struct engine_load *loads[ENGINE_LOAD_BUCKETS]; /* under way */
    struct engine_window *load_window;  /* loads that leave at the end of the turn; NULL = none */
    uint32_t load_count;
    uint32_t jobs_open;                 /* reads under way in the pool */

    struct engine_batch *filling, *committing;          /* committing NULL = the store is free */
    struct engine_batch *idle[ENGINE_BATCHES_IDLE_MAX]; /* owned, empty */
    size_t idle_count;
    uint64_t journal_told;              /* last seq told to the feed */

    struct engine_department **departments; /* owned; those met so far */
    size_t department_count, department_room;
    struct engine_life *lives;          /* owned; of connectors: life.h */

    struct base_list streams;           /* of struct engine_stream */
    struct base_list unsent;            /* item.c: items that wait for a read, room or memory */
    bool are_items_waiting;             /* some of them for a batch that is not durable yet */
    uv_timer_t tick;
    uv_timer_t patience; /* a batch that is held leaves */
    uv_prepare_t turn;
    int64_t wake_next;                  /* UTC minute of the next due wake */
    bool is_waking;
    struct engine_midnight {
        core_minute civil;
        int64_t utc;
    } midnights[ENGINE_MIDNIGHTS];      /* civil minutes whose UTC is known, by their hash */
    struct front_request *clock_request; /* POST /v1/test/clock that waits for quiet */
    int64_t clock_until_ms;             /* monotonic: it is answered by then at the latest */
    bool is_time_seen;                  /* the connectors have run their timers up to it */

    uint64_t submitted, accepted, decided, reports, offers; /* since start */
    uint32_t submits_unsettled, in_flight_max; /* not yet durable, and the most of them */
    bool are_settings_lost;             /* a batch with settings may have met a full disk */
    engine_stopped_cb on_stopped;
    void *stopped_owner;
    struct engine_center *center;       /* owned; center.c */
    struct engine_desk *desk;           /* owned; operations.c */
    struct engine_force *force;         /* owned; force.h */
    core_ms catalog_since_ms;           /* the running version took its place; 0 = not known */
    struct engine_entries *entries;     /* owned; entry.c */
    struct engine_errands *errands;     /* owned; errand.h */
    struct engine_materials *materials; /* owned; material.h */
    struct base_list batches;           /* desk_batch.c: those under a key that are under way */
    struct base_list repeats;           /* repeat.c: requests under a key that are not answered yet */
    struct base_list turns;             /* quantity.c: who asks for leave to grant; all zero until the first */
    struct base_list tellings;          /* told.c: notices that are put on record as told; all zero until the first */
    struct base_list payments;          /* payment.c: requests that change some; all zero until the first */
    struct engine_keys *keys;           /* owned; key.c */
    struct engine_repair *repair;       /* owned; of the statistics: the last one, or the one under way; NULL = none yet */
    struct engine_recount *recount;     /* owned; the last one, or the one under way; NULL = none yet */
    struct catalog_problems problems;   /* of the submission being checked */
    struct base_buffer scratch;         /* for one payload at a time */
    unsigned parts_open;                /* parts that still have to close */
};

/* paths.c: what the options name, copied. Errors: OD_ENOMEM (engine_paths_free all the same). */
OD_MUST_CHECK int engine_paths_copy(struct engine *engine, const struct engine_options *options);
void engine_paths_free(struct engine *engine);

/* trim.c: what a peak took is given back, seldom and only when there is something: load does not leave its mark on the
 * size of the process. */
void engine_memory_run(struct engine *engine); /* at each tick */

/* engine.c */
void engine_stop_check(struct engine *engine);
void engine_free(struct engine *engine); /* at the end: what it owns; everything that is open has been closed */

/* time.c */
void engine_time_update(struct engine *engine);
void engine_time_start(struct engine *engine);
void engine_time_tell(struct engine *engine); /* at each tick */
/* The wall clock as it is to be believed at steady time now_ms. */
int64_t engine_time_trust(struct engine_time *time, int64_t wall_ms, int64_t now_ms);

/* self_test.c */
OD_MUST_CHECK int engine_self_test_start(struct engine *engine);
bool engine_is_self_test(const struct engine_application *application);
const struct catalog_service *engine_self_test_service(struct engine *engine);
void engine_self_test_follow(struct engine *engine, const struct core_effects *effects);
void engine_self_test_check(struct engine *engine); /* at each tick */

/* settings.c */
void engine_settings_renew(struct engine *engine); /* what a full disk may have taken and nobody asks for again */
OD_MUST_CHECK int engine_secret_start(struct engine *engine, struct store_reader *reader);
OD_MUST_CHECK int engine_epoch_start(struct engine *engine, struct store_reader *reader);

/* engine.c: the least tier that a module may run in. */
const char *engine_min_tier(const struct engine_config *config, bool is_demo);
/* config_put.c: GET /v1/config. keep: what is in force since now; of a reload those settings alone that one takes.
 * Errors: OD_ENOMEM (what could not be kept is told as before). */
OD_MUST_CHECK int engine_config_keep(struct engine *engine, const struct engine_config *config, bool is_start);
void engine_config_forget(struct engine *engine);
void engine_config_show(struct engine *engine, struct front_request *request);

/* config.c: why a catalogue is refused: every finding in the log, the first one in text. findings: NULL
 * when memory was short. */
void engine_findings_tell(const struct engine_config *config, int rc, const struct catalog_findings *findings,
                          char text[512]);
/* Is the module folder there? Errors: OD_EINVAL, with a sentence in text. */
OD_MUST_CHECK int engine_modules_check(const struct engine_config *config, char text[512]);

/* cache.c: applications in memory. */
typedef void (*engine_application_cb)(struct engine *engine, struct engine_application *application,
                                      int rc, void *data);
/* Calls back at once when it is in memory, else after a load; rc OD_ENOTFOUND, OD_EBUSY (too many
 * loads), OD_EIO, OD_ENOMEM with application NULL. Never fails to call back. */
void engine_application_get(struct engine *engine, uint64_t id, engine_application_cb on_application,
                            void *data);
struct engine_application *engine_application_find(struct engine *engine, uint64_t id);
struct engine_application *engine_application_create(const struct catalog_service *service, uint64_t id);
void engine_application_destroy(struct engine_application *application);
void engine_application_insert(struct engine *engine, struct engine_application *application);
void engine_application_drop(struct engine *engine, struct engine_application *application);
void engine_application_count_size(struct engine *engine, struct engine_application *application);
/* One of its batches is durable: what it needs only on the way there is freed. */
void engine_application_settle(struct engine *engine, struct engine_application *application);
void engine_cache_trim(struct engine *engine);
void engine_loads_flush(struct engine *engine); /* at the end of each turn */
OD_MUST_CHECK int engine_text_set(struct engine_text *text, const char *bytes, size_t size);
struct engine_text *engine_task_text(const struct engine_application *application, unsigned task,
                                     enum engine_text_kind kind);

/* row.c: an application as a row of the store. */
bool engine_task_is_owed(const struct core_task *task);      /* it stands in the outbox */
bool engine_task_is_for_officer(const struct core_task *task); /* and on the worklist */
void engine_row_put(struct base_buffer *buffer, const struct engine_application *application);
/* catalogs are looked up through engine_catalog_find; loop thread. */
OD_MUST_CHECK int engine_row_read(struct engine *engine, uint64_t id, const void *state, size_t size,
                                  struct engine_application **out);

/* catalogs.c. The version, from the store when it must; NULL = it cannot be read. Borrowed until another one is looked for. */
struct catalog *engine_catalog_find(struct engine *engine, const char *version);
/* Takes a reference. Errors: OD_EEXIST the version is in memory; OD_ENOMEM. */
OD_MUST_CHECK int engine_catalog_keep(struct engine *engine, struct catalog *catalog);
void engine_catalogs_trim(struct engine *engine); /* to ENGINE_CATALOGS_MAX, except those that others hold, too */
void engine_catalogs_fini(struct engine *engine);

/* apply.c: event -> core -> batch. details: members of one JSON object, printed ("a":1,"b":2), added
 * to the event in the journal, or NULL. Errors: as core_step; OD_EBUSY the batch is full; OD_ENOMEM. */
OD_MUST_CHECK int engine_apply(struct engine *engine, struct engine_application *application,
                               const struct core_event *event, const char *by, const char *details);
/* Its texts changed without an event of the core: written with the batch and told in the journal as type. */
OD_MUST_CHECK int engine_note(struct engine *engine, struct engine_application *application,
                              const char *type, unsigned task, const char *by, const char *details);
/* Its write in the batch being filled; made when there is none. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_write_get(struct engine *engine, struct engine_application *application,
                                   struct store_write **out);
OD_MUST_CHECK int engine_deed_add(struct engine *engine, const struct engine_deed *deed);
/* Of a task; NULL when memory is short. */
struct engine_department *engine_department_of(struct engine *engine,
                                               const struct engine_application *application, unsigned task);

/* The clock that an effect speaks of. */
const struct core_clock *engine_effect_clock(const struct core_application *core, const struct core_effect *effect);
const char *engine_effect_clock_name(const struct engine_application *application, const struct core_effect *effect);

/* alerts.c: what staff are told of a step; of the hub itself (body: a JSON object). */
void engine_alerts_note(struct engine *engine, struct engine_application *application, const struct core_event *event,
                        const struct core_effects *effects);
OD_MUST_CHECK int engine_alert_put(struct engine *engine, enum engine_alert kind, const char *body);
/* One more to a write of the batch being filled that has none: about department (0 = of none), due on a day (INT32_MAX =
 * none). Errors: OD_ENOMEM (nothing attached). */
OD_MUST_CHECK int engine_alert_attach(struct engine *engine, struct store_write *write, enum engine_alert kind, uint16_t department,
                                      core_day due, const char *body);
/* About an application, with the write that it has in this batch. task CORE_TASKS_MAX = the whole. */
void engine_alert_add(struct engine *engine, struct engine_application *application, enum engine_alert kind, unsigned task);
void engine_alert_list(struct engine *engine, struct front_request *request);

/* query.c: an integer parameter; false when it is there and wrong. */
/* Number and look-up code of the body; false when they are wrong, which was answered. */
bool engine_track_open(const struct engine *engine, struct front_request *request, uint64_t *id);
bool engine_query_integer(struct front_request *request, const char *name, int64_t min, int64_t max, int64_t *value);

/* commit.c */
OD_MUST_CHECK int engine_batches_create(struct engine *engine);
void engine_batches_destroy(struct engine *engine); /* nothing may be committing */
bool engine_batch_has_room(const struct engine *engine);
void engine_commit_flush(struct engine *engine);
/* engine.c: a turn of the loop in ENGINE_PATIENCE_MS. */
void engine_patience_start(struct engine *engine);
OD_MUST_CHECK int engine_setting_put(struct engine *engine, const char *name, const void *value, size_t size);
/* What the batch being filled has by now; what settings, records and deeds were put since is taken back. */
struct engine_batch_mark {
    uint32_t writes;
    size_t deeds;
};
struct engine_batch_mark engine_batch_mark(const struct engine *engine);
void engine_batch_back(struct engine *engine, struct engine_batch_mark mark);

/* A record of the hub itself: {"type": verb, "by", "data"}. */
OD_MUST_CHECK int engine_journal_put(struct engine *engine, const char *verb, const char *by, const char *data);

/* deed.c */
void engine_deeds_do(struct engine *engine, struct engine_batch *batch);
void engine_deeds_fail(struct engine *engine, struct engine_batch *batch);

/* offer.c, scan.c: departments and what is owed to them. */
OD_MUST_CHECK int engine_department_get(struct engine *engine, const char *id, struct engine_department **out);
void engine_department_destroy(struct engine_department *department);
/* A session is there for what it accepted; offers may be held back all the same: connect_room. */
bool engine_department_is_active(const struct engine_department *department);
/* Of the department, with that session, whatever its role; NULL = that session has ended. Cost: O(links) for another than the present one. */
struct connect_link *engine_link_of(const struct engine *engine, const struct engine_department *department, uint32_t epoch);
/* For one more offer now. */
bool engine_department_has_room(const struct engine_department *department);
/* After a load: which of its offers lie with a present session. */
void engine_put_derive(struct engine *engine, struct engine_application *application);
void engine_task_queue(struct engine *engine, struct engine_application *application, unsigned task);
/* QUEUED -> on the worklist; false when that was not possible now. */
bool engine_task_list_for_officers(struct engine *engine, struct engine_application *application, unsigned task);
/* A task that its department has and no session holds goes to the present one; nothing to do for others. */
void engine_task_resume(struct engine *engine, struct engine_application *application, unsigned task,
                        struct engine_department *department);
/* One that a leaving link has accepted goes to the present session; nothing to do for others. */
void engine_task_move(struct engine *engine, struct engine_application *application, unsigned task,
                      struct engine_department *department);
/* The module of session epoch died with the task in its hand: counted, and durable, before anybody gets it again. */
void engine_task_crashed(struct engine *engine, struct engine_department *department, uint32_t epoch, uint64_t handle);
void engine_task_retry(struct engine *engine, struct engine_department *department, uint64_t handle,
                       unsigned failures);
OD_MUST_CHECK bool engine_task_offer(struct engine *engine, struct engine_application *application,
                                     unsigned task, struct engine_department *department);
/* Does the department's connector take tasks of that matter? By its manifest; the others are for its officers. */
bool engine_task_is_served(const struct engine_department *department, const struct engine_application *application, unsigned task);
void engine_queue_push(struct engine *engine, struct engine_department *department, uint64_t handle);
void engine_queue_run(struct engine *engine, struct engine_department *department);
void engine_retries_run(struct engine *engine, int64_t now_ms);
bool engine_retry_has(const struct engine_department *department, uint64_t handle);
/* Something of application (0 = anything) is owed and only in the store: the next scan begins there at the
 * latest. What lies before it was settled, so a backlog does not make every scan long. */
void engine_scan_want(struct engine_department *department, uint64_t application);
void engine_scan_start(struct engine *engine, struct engine_department *department);
void engine_scan_go_on(struct engine *engine, struct engine_department *department);
void engine_scans_run(struct engine *engine);
void engine_scan_end(struct engine *engine, struct engine_department *department); /* its last row is settled */

/* The form as one task's department may see it: the document's (NULL = none), with what was supplied later. Cut
 * to what the connector link may see, too; NULL = for people. */
void engine_put_form(struct base_buffer *buffer, const char *key, const struct engine_application *application,
                     unsigned task, const struct base_json *document, const struct connect_link *link);
/* "form", "applicant" and "materials" of one task, cut to what link may see. Its document is parsed. */
void engine_put_given(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                      const struct connect_link *link);
/* "materials" of one task: what its matter asks for, of the document and supplied later. As engine_put_form. */
void engine_put_materials(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                          const struct base_json *document, const struct connect_link *link);
/* Is one of materials (an array; NULL = none) of this id? */
bool engine_has_material(const struct base_json *materials, const char *id);
/* The members of one of materials that the protocol names, and nothing else that a client may have added. */
void engine_put_document(struct base_buffer *buffer, const struct base_json *item);
/* Was something of "/materials", below, supplied anew since? */
bool engine_is_superseded(const struct base_json *item);
/* The member "/materials" of the answers: those before, and materials (NULL = none), whose members "version", "by", "at" and "listed"
 * are kept, too: the number that was given for it, or true: an upload or an earlier version of the same content has one. What is
 * supplied anew is left as superseded, or goes where it is listed. No form field has such a name. Nothing is put when there are none. */
void engine_supplied_put(struct base_buffer *buffer, const struct base_json *before, const struct base_json *materials);

/* item.c: payloads for connectors. Sends the item of an OFFER or ITEM deed, now or after the
 * document was read. */
void engine_item_send(struct engine *engine, const struct engine_deed *deed);
/* Is the task itself, an offer or a resume, still on its way to session epoch? Cost: O(items on their way). */
bool engine_task_is_unsent(const struct engine *engine, uint64_t handle, uint32_t epoch);
/* Was it recorded that session epoch is offered the task, and the offer not put yet? Cost: O(items on their way). */
bool engine_offer_is_unsent(const struct engine *engine, uint64_t handle, uint32_t epoch);
/* What found no room or no memory, or waits for the disk, is tried again. department: of that one alone; NULL = of all. */
void engine_items_run(struct engine *engine, const struct engine_department *department);
void engine_items_settle(struct engine *engine); /* a batch is durable: what waited for it */
void engine_items_drop(struct engine *engine); /* at the end */

/* report.c, session.c, connectors.c */
void engine_on_report(void *owner, struct connect_link *link, uint64_t token,
                      const struct connect_report *reports, size_t count);
void engine_connect_callbacks(struct connect_callbacks *callbacks);
OD_MUST_CHECK int engine_connectors_start(struct engine *engine, const struct engine_config *config, char text[512]);
/* The department that connector id would serve, when that place is free; text is filled on error.
 * Errors: OD_EINVAL no such department, OD_EEXIST it has a connector, OD_ENOMEM. */
OD_MUST_CHECK int engine_route_find(struct engine *engine, const char *id, const char *department_id,
                                    struct engine_department **out, char text[512]);
void engine_connector_perform(struct engine *engine, struct front_request *request);
void engine_trust_look(struct engine *engine);  /* whose trust ended, of what runs, is told to admins; after each reload */
void engine_trust_check(struct engine *engine); /* the same once a day: a key may have run out */
/* connectors_remote.c */
void engine_remote_request(struct engine *engine, struct front_request *request);
void engine_on_remote_answer(void *owner, void *asker, struct base_buffer *body);

/* rollout.c, as the connectors' events see it: one that starts beside another is ready; a link's state changed; the
 * scan has handed over what leaving links of the department had accepted; an answer of the present session; a tick. */
void engine_rollout_ready(struct engine *engine, struct connect_link *link);
void engine_rollout_see(struct engine *engine, struct connect_link *link);
void engine_rollout_moved(struct engine *engine, struct engine_department *department);
void engine_rollout_count(struct engine_department *department, bool is_failure);
void engine_rollouts_run(struct engine *engine);
/* Did the versions tell repeats apart that may hold offers of session epoch beside the present one? True without others. */
bool engine_rollout_may_repeat(const struct engine_department *department, uint32_t epoch);
void engine_lives_destroy(struct engine *engine);
OD_MUST_CHECK int engine_lives_renew(struct engine *engine); /* which rollouts are under way: their end may have met a full disk */
void engine_life_leave(struct engine_department *department); /* its connector is gone */

/* service.c, kv.c: what connectors ask beside their tasks. */
void engine_on_service(void *owner, struct connect_link *link, uint64_t token, const struct base_json *body);
void engine_kv_take(struct engine *engine, struct connect_link *link, uint64_t token, const struct base_json *body);
/* An unload that says ?purge=true: with its batch. Errors: OD_EBUSY, OD_ENOMEM. Then is_due once nobody can keep
 * anything any more; false: the unload was not stored. */
OD_MUST_CHECK int engine_kv_purge_want(struct engine *engine, struct front_request *request, const char *connector);
void engine_kv_purge_end(struct engine *engine, const char *connector, bool is_due);
OD_MUST_CHECK int engine_kv_start(struct engine *engine, struct store_reader *reader); /* purges that a crash came between */
void engine_kv_renew(struct engine *engine); /* purges that a full disk came between: with the batch */
void engine_kv_fini(struct engine *engine);
void engine_service_answer(struct engine *engine, uint64_t token, struct base_buffer *payload); /* takes its content */
void engine_service_refuse(struct engine *engine, uint64_t token, const char *code, const char *detail);

/* callback.c: a department calls back. */
void engine_callback(struct engine *engine, struct front_request *request);
void engine_on_verified(void *owner, uint64_t question, int rc);
/* event.c: callbacks on their way to whoever has the task. */
/* Events of the task after `after`, at most room, to session epoch, 0 = whichever has it, once it has room. */
void engine_event_deliver(struct engine *engine, struct engine_department *department, uint64_t handle, uint32_t epoch, uint32_t after,
                          size_t room);
/* An offer or a resume was put: what was called back before follows it. */
void engine_event_given(struct engine *engine, struct engine_application *application, unsigned task, struct engine_department *department,
                        const struct connect_link *link);
/* The department's number of the task goes with the batch, where it may call back by it. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_reference_put(struct engine *engine, const struct engine_application *application, unsigned task,
                                       const struct engine_department *department, const struct connect_link *link);
void engine_events_run(struct engine *engine, struct engine_department *department); /* those of one that wait; NULL = of all */
void engine_events_tick(struct engine *engine); /* those of all, and what found no place before */
/* In such a scan: all of the task again. False: there is no room, the scan goes on later. */
OD_MUST_CHECK bool engine_event_again(struct engine *engine, const struct engine_application *application, unsigned task,
                                      struct engine_department *department);
void engine_events_drop(struct engine_department *department); /* at the end */

/* officer.c: an officer acts for the own department, and a head whose key names one; other heads, supervisors and admins for
 * any. */
bool engine_may_act(const struct front_request *request, const char *department);

/* Nothing to read in it: white space alone. */
bool engine_text_is_blank(const char *text);

/* opinion.c: an opinion as JSON, checked, for connectors and officers alike. */
OD_MUST_CHECK int engine_opinion_check(const struct base_json *body, enum core_opinion *opinion,
                                       const char **pointer, const char **zh, const char **en);
void engine_opinion_put(struct base_buffer *buffer, const struct engine *engine, const struct base_json *body,
                        enum core_opinion opinion, const char *by);

/* Two officers or more are named in it (Licensing Law art. 34). */
bool engine_has_two_officers(const struct base_json *body);
/* bar.c: a person who gave false material or defrauded may not apply again for a time (Licensing Law art. 78, 79).
 * The application's document is in memory and parsed. Errors: OD_ENOMEM; OD_OK too when the person is not known. */
enum engine_bar engine_bar_of(const struct base_json *body);
#define ENGINE_BAR_REASON_MAX 500 /* bytes of why somebody is barred, or is not any more */
/* From the matter of the task; NONE lifts what was. */
OD_MUST_CHECK int engine_bar_take(struct engine *engine, struct engine_application *application, unsigned task, enum engine_bar bar,
                                  struct store_bar **out); /* in the batch's arena; NULL = the person is not known */
/* What the store has to look for before it takes the intake in. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_bars_ask(struct engine *engine, const struct catalog_service *service, core_task_set included,
                                  const struct base_buffer *person, struct store_write *write);
/* What is asked for later: the bars that hold today against the applicant, by the matters of the service. */
struct engine_bars {
    core_task_set tasks;
    core_day until[CORE_TASKS_MAX];  /* the last day */
    uint8_t reasons[CORE_TASKS_MAX]; /* enum engine_bar */
};
/* Looks the bars up; on_looked runs once, later: bars are NULL unless rc is OD_OK. Errors: OD_EBUSY, OD_ENOMEM: it does not run. */
typedef void (*engine_bars_cb)(struct engine *engine, struct front_request *request, const struct engine_bars *bars, int rc);
OD_MUST_CHECK int engine_bars_look(struct engine *engine, const struct engine_application *application, struct front_request *request,
                                   engine_bars_cb on_looked);
/* 422 barred: until is the last day. */
void engine_refuse_barred(struct front_request *request, const char *pointer, core_day until, enum engine_bar reason);
/* A matter that nobody is barred from: answered 422. */
bool engine_answer_if_no_bar(struct front_request *request, const struct catalog_matter *matter, const char *pointer);
/* POST /v1/tasks/{id}/bar; the reader may act on the department. Answers by itself, or returns what the caller answers. */
OD_MUST_CHECK int engine_bar_perform(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task);
/* With the write that the application has in this batch. */
void engine_bar_put(struct engine *engine, struct engine_application *application, struct store_bar *row);

/* routes.c: the one table of who performs which route. */
void engine_perform(struct engine *engine, struct front_request *request);
bool engine_performs(enum front_route route); /* false: the front answers it by itself */
/* intake.c, officer.c, query.c, guide.c, metrics.c: one function a route. */
void engine_submit(struct engine *engine, struct front_request *request);
void engine_intake_answer(struct engine *engine, const struct engine_deed *deed, struct engine_batch *batch);
void engine_supplement(struct engine *engine, struct front_request *request);
void engine_withdraw(struct engine *engine, struct front_request *request);
/* intake.c: a matter of the set that is not offered today, NULL when all are; and 422 not_valid for it. */
const struct catalog_matter *engine_find_invalid(const struct engine *engine, const struct catalog_service *service, core_task_set set);
void engine_refuse_invalid(struct front_request *request, const char *pointer, const struct catalog_matter *matter);
/* What a corrected form brings in before the acceptance. */
struct engine_addition {
    core_task_set may_not; /* tasks that may not come in */
    core_task_set added;   /* result: those that would; 0 where it got no further */
    enum core_intake outcome; /* result: NOT_COMPETENT or NOT_REQUIRED when nothing of the service would be left; else NONE */
    const struct catalog_competence *competence; /* the right body, of NOT_COMPETENT; the application's catalogue's */
};
/* supplement.c: body as of a supplement, {"materials": [...]}, numbered as for engine_supplied_put, whose application has its document in memory; addition, NULL = any
 * matter may come in. Errors: OD_ESTATE nothing is waited for; OD_ENOTFOUND nothing of it was asked for; OD_EDENIED a matter came
 * in that may not, or none is left, nothing is changed; those of engine_apply. */
OD_MUST_CHECK int engine_supply(struct engine *engine, struct engine_application *application, const struct base_json *body, const char *by,
                                struct engine_addition *addition);
void engine_delivery(struct engine *engine, struct front_request *request);
/* notice.c: the notice that stands in the row, and what is asked during the review. */
enum core_notice engine_notice_kind(const struct catalog_intake *intake);
/* Member "missing": each material once, and everybody who asks for it. */
void engine_put_missing(struct base_buffer *buffer, const struct catalog_intake *intake, bool is_tolerated);
/* Member "required_by": these matters of the service, with their departments. */
void engine_put_required_by(struct base_buffer *buffer, const struct catalog_service *service, core_task_set tasks);
/* "types", "max_bytes" and "form_text" of a material that the included matters ask for, where the catalogue limits what is taken. */
void engine_put_document_form(struct base_buffer *buffer, const struct catalog_service *service, core_task_set included, const char *material);
void engine_notice_put(struct base_buffer *buffer, const struct engine *engine, const struct catalog_intake *intake,
                       const struct base_json *supplied);
void engine_put_notice(struct base_buffer *buffer, const struct engine_application *application);
void engine_put_requests(struct base_buffer *buffer, const char *key, const struct engine_application *application, core_task_set tasks);
core_task_set engine_waiting_tasks(const struct engine_application *application);
/* The application with its document in memory, parsed: document_tree. Calls back as engine_application_get. */
void engine_document_get(struct engine *engine, uint64_t id, engine_application_cb on_application, void *data);
OD_MUST_CHECK int engine_document_parse(struct engine_application *application); /* its bytes are there */
/* intake.c: why each matter is in or out, anew. */
OD_MUST_CHECK int engine_reasons_set(struct engine *engine, struct engine_application *application, const struct base_json *form);

/* extension.c: answers by itself. task CORE_TASKS_MAX = the whole. */
void engine_extend(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task);
void engine_extend_whole(struct engine *engine, struct front_request *request);
/* words.c */
const char *engine_pause_words(enum core_pause_kind kind, enum catalog_language language);
const char *engine_unit_words(enum core_unit unit, enum catalog_language language); /* "working days" */
enum core_unit engine_extension_unit(const struct core_limit *limit); /* of what may be granted */
/* notices.c: what the applicant was told, and the certificate of a deemed decision. */
void engine_notices(struct engine *engine, struct front_request *request);
void engine_track_explained(struct engine *engine, struct front_request *request); /* the citizen's view with both, and the handover; number and code are right */
/* An item for each notice of the record, into the list that is open. */
void engine_put_record_notices(struct base_buffer *body, const struct engine_application *application, const struct store_record *record);
/* paper.c, paper_put.c: what is printed about an application. */
void engine_paper(struct engine *engine, struct front_request *request);
void engine_track_paper(struct engine *engine, struct front_request *request, uint64_t id); /* asked for by number and code */
/* reader: as engine_field_is_for. */
void engine_put_particulars(struct base_buffer *buffer, const struct engine_application *application, const struct base_json *document,
                            const struct front_request *reader);
void engine_put_applicant_masked(struct base_buffer *buffer, const struct base_json *document);
void engine_put_given_materials(struct base_buffer *buffer, const struct engine_application *application, const struct base_json *document);
void engine_put_fee_lines(struct base_buffer *buffer, const struct engine_application *application); /* its document is parsed */
void engine_put_opinions_in_words(struct base_buffer *buffer, const struct engine_application *application);
/* check.c: a person has looked whether an application is complete. */
void engine_check(struct engine *engine, struct front_request *request);
/* reload.c: another catalogue. */
void engine_catalog_reload(struct engine *engine, struct front_request *request);
/* Keep since when the running catalogue's calendars are in force, when they are not the last ones that were: setting
 * "ran/<UTC ms, 15 digits>" = version. For whoever plays the journal again. */
void engine_ran_note(struct engine *engine);
/* reload.c: "calendars" that differ, as a member. */
void engine_put_calendar_changes(struct base_buffer *buffer, const struct catalog *before, const struct catalog *after);
/* catalog_diff.c: {"services": [...], "matters": [...], "is_cut"}: {"id", "name", "change": "added", "removed" or "changed", "members"}
 * of each that differs, at most ENGINE_CATALOG_CHANGES_MAX of either. Cost: O(catalogues), each printed once. */
#define ENGINE_CATALOG_CHANGES_MAX 200
void engine_put_catalog_diff(struct base_buffer *buffer, const char *key, const struct catalog *before, const struct catalog *after);
/* The same in numbers: {"services": {"added", "removed", "changed"}, "matters": ...}. Cost: as above. */
void engine_put_catalog_counts(struct base_buffer *buffer, const char *key, const struct catalog *before, const struct catalog *after);
/* redate.c: every date that moves with its calendars. */
void engine_redate_run(struct engine *engine);   /* at each tick */
void engine_parked_check(struct engine *engine); /* parked.c, at the start: tasks that an earlier version parked */
void engine_redate_check(struct engine *engine); /* at the start: go on where the dates are not those of the running calendars */
void engine_redate_start(struct engine *engine); /* the running calendars are others now */
void engine_redate_drop(struct engine *engine);  /* at the end: nothing of it is in the pool any more */
/* List what would change with fresh, whose reference is taken over; answers request by itself. */
void engine_redate_dry_run(struct engine *engine, struct front_request *request, struct catalog *fresh);
OD_MUST_CHECK int engine_snapshot_put(struct engine *engine, struct store_reader *reader, const struct catalog *catalog);
void engine_concerns_redate(struct engine *engine); /* concern_wake.c: those of after-care, by another calendar */
/* calendars.c */
void engine_calendar_perform(struct engine *engine, struct front_request *request);
void engine_task_perform(struct engine *engine, struct front_request *request);
void engine_query_perform(struct engine *engine, struct front_request *request);
void engine_task_list(struct engine *engine, struct front_request *request);
void engine_task_show(struct engine *engine, struct front_request *request);
void engine_answer_application(struct engine *engine, struct front_request *request, uint64_t id, int status,
                               const char *headers);
void engine_answer_task(struct engine *engine, struct front_request *request, uint64_t id, unsigned task);
void engine_guide_perform(struct engine *engine, struct front_request *request);
void engine_metrics(struct engine *engine, struct front_request *request);

/* answer.c: the problem that a code of the engine is at the door; a fault in the body, with its place. */
void engine_answer_rc(struct front_request *request, int rc);
void engine_answer_health(const struct engine *engine, struct front_request *request); /* /healthz and /readyz */
void engine_refuse(struct front_request *request, const char *pointer, const char *code, const char *zh, const char *en);
void engine_refuse_problems(struct front_request *request, const struct catalog_problems *problems);
void engine_refuse_query(struct front_request *request, const char *name);
/* The Link header of a list's next page: the request's own query with another cursor. In its arena, or NULL. */
const char *engine_link_next(struct front_request *request, const char *path, const char *cursor);
/* Close the object of a list whose items are out, and give it: next is its cursor, 0 = there is nothing more. */
void engine_list_answer(struct front_request *request, const char *path, struct base_buffer *body, uint64_t next);
#define ENGINE_TAG_SIZE 40
/* The entity tag of an application (task CORE_TASKS_MAX): its revision; of a task: since when it is in which state,
 * so that what other departments do does not touch it. */
void engine_tag(const struct engine_application *application, unsigned task, char tag[ENGINE_TAG_SIZE]);
/* If-Match of the request names another tag: answered 412. RFC 9110 section 13.1.1. */
bool engine_answer_if_other(struct front_request *request, const char *tag);
bool engine_answer_if_changed(struct front_request *request, const struct engine_application *application, unsigned task);
/* The same of an entry of a register, whose tag is its revision. */
bool engine_answer_if_entry_changed(struct front_request *request, uint64_t revision);

/* view.c, clocks.c, decision.c */
/* shows_code: the reader may hand the applicant's look-up code out. */
void engine_put_application(struct base_buffer *buffer, const char *key, const struct engine *engine,
                            const struct engine_application *application, bool shows_code);
void engine_put_brief(struct base_buffer *buffer, const char *key, const struct engine_application *application);
void engine_put_track_members(struct base_buffer *buffer, const struct engine *engine,
                              const struct engine_application *application, bool is_explained);
void engine_put_joint_clock(struct base_buffer *buffer, const char *key, const struct engine *engine,
                            const struct engine_application *application);
void engine_put_task(struct base_buffer *buffer, const char *key, const struct engine_application *application,
                     unsigned task, bool is_whole);
void engine_put_task_members(struct base_buffer *buffer, const struct engine_application *application, unsigned task,
                             bool is_whole);
void engine_put_clocks(struct base_buffer *buffer, const struct engine *engine,
                       const struct engine_application *application, bool is_explained);
/* One that belongs to no application, day by day, as an object of the array that is open; its days by the running catalogue. */
void engine_put_clock(struct base_buffer *buffer, const struct engine *engine, const char *of, const char *kind, const struct core_clock *clock,
                      const struct core_span *span);
const char *engine_clock_level(const struct core_clock *clock); /* "green", "yellow", "red" */
void engine_put_decision(struct base_buffer *buffer, const char *key, const struct engine_application *application);
void engine_put_day(struct base_buffer *buffer, const char *key, core_day day);
void engine_put_some(struct base_buffer *buffer, const char *key, const char *text); /* nothing for NULL and "" */
/* Which matter of which department: "matter", "matter_name", "department" and "department_name" of the object that is open. */
void engine_put_matter(struct base_buffer *buffer, const struct catalog_matter *matter);
void engine_put_ms(struct base_buffer *buffer, const char *key, core_ms ms); /* 0 = null */
/* clocks.c: "2026年11月29日", "29 November 2026". */
#define ENGINE_DATE_WORDS_SIZE 40
void engine_date_words(core_day day, enum catalog_language language, char text[ENGINE_DATE_WORDS_SIZE]);
void engine_code(const struct engine *engine, const char *number, char code[ENGINE_CODE_SIZE]);

/* wake.c */
void engine_wake_run(struct engine *engine);
/* The demonstration's clock goes on after where it was: its events must not turn around. Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int engine_virtual_resume(struct engine *engine, struct store_reader *reader);
void engine_test_clock(struct engine *engine, struct front_request *request);
void engine_test_clock_check(struct engine *engine);

/* statistics*.c */
/* What the event counts for goes with the write; right after core_step. Cost: O(effects). */
void engine_statistics_note(struct engine *engine, struct engine_application *application,
                            const struct core_event *event, const struct core_effects *effects,
                            const char *by, struct store_write *write);
/* What a submission is counted under beside its service: the window of the body, or the channel it came by.
 * Borrowed from body, or static. */
const char *engine_window_of(const struct base_json *body);
/* The store's number of it; 0 for those past STORE_WINDOWS_MAX. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_window_number(struct engine *engine, const char *name, uint32_t *number);
void engine_statistics(struct engine *engine, struct front_request *request);
void engine_statistics_repair(struct engine *engine, struct front_request *request);
void engine_assessment(struct engine *engine, struct front_request *request); /* assessment.c */
void engine_quantity_fini(struct engine *engine); /* quantity.c */
void engine_recount_destroy(struct engine_recount *recount); /* accepts NULL */
void engine_repair_destroy(struct engine_repair *repair);    /* accepts NULL */

/* feed.c */
void engine_feed_batch(struct engine *engine, struct engine_batch *batch);
void engine_feed_start(struct engine *engine, struct front_request *request, uint64_t application);
void engine_feed_connector(struct engine *engine, const char *id, const char *state);
struct engine_page;
/* Those that stand on the page, which is moved on. */
void engine_put_record_events(struct base_buffer *buffer, const struct store_record *record, struct engine_page *page);

/* One read in the pool. work: pool thread; done: loop. Both get the job. */
struct engine_job {
    uv_work_t work;
    struct engine *engine;
    struct front_request *request;
    void (*run)(struct engine_job *job, struct store_reader *reader);
    void (*on_done)(struct engine_job *job); /* frees nothing: the job goes by itself afterwards */
    struct base_arena arena;
    int rc;
    uint64_t id;
    unsigned task;
    int status;
    const char *headers;
    struct store_row row;
    void *data;
};
/* Errors: OD_EBUSY, OD_ENOMEM: the callbacks do not run. A template is copied. */
OD_MUST_CHECK int engine_job_start(struct engine *engine, const struct engine_job *job);

#endif
