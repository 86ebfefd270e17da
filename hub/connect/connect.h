/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's side of the connectors: module folder, host processes, protocol
 * sessions, watchdog, restart. It knows frames and processes, nothing of
 * applications: the engine says what to offer and answers what is reported.
 *
 * A host is started as
 *   onedoor-host --module <module_folder>/<id>-<version> --connector <connector id> --min-tier <tier> --sealed
 * with fd 0 = /dev/null, 1 and 2 = a pipe to the hub, 3 = the session, 4 = the
 * flight record (a sealed memfd of 4096 bytes), 5 and 6 = manifest.json and module.so as
 * sealed memfds (package/stage.h; the path is a name in messages), and PATH, LANG and TZ as its
 * environment. It leads a process group of its own. Protocol: docs/connectors/protocol.md.
 *
 * Loop thread only. */
#ifndef CONNECT_CONNECT_H
#define CONNECT_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/frame.h"
#include "base/json.h"
#include "base/limits.h"
#include "package/manifest.h"

#define CONNECT_POLL_MS 5000           /* a poll is answered within this */
#define CONNECT_HELLO_TIMEOUT_MS 10000 /* from spawn to hello, and from hello to ready */
#define CONNECT_WATCHDOG_MS 15000      /* a callback that runs longer: the host is killed */
#define CONNECT_DRAIN_TIMEOUT_MS 5000
#define CONNECT_BACKOFF_MIN_MS 200     /* restart after a crash: doubled each time, reset after CONNECT_BACKOFF_RESET_MS of health */
#define CONNECT_BACKOFF_MAX_MS 60000
#define CONNECT_BACKOFF_RESET_MS 60000
#define CONNECT_CRASHES_MAX 5          /* in CONNECT_CRASH_WINDOW_MS: quarantined, probed again after CONNECT_QUARANTINE_MS */
#define CONNECT_CRASH_WINDOW_MS 600000
#define CONNECT_QUARANTINE_MS 60000
#define CONNECT_PROBE_CREDITS 1        /* offers in hand of a session that comes out of quarantine, until it was healthy for CONNECT_BACKOFF_RESET_MS */
#define CONNECT_MODULES_MAX 1024       /* told of one module folder */
#define CONNECT_PREPARED_MAX 4         /* modules that were prepared and may yet be loaded ... */
#define CONNECT_PREPARED_MS 10000      /* ... within this */
#define CONNECT_JOBS_MAX 64            /* in the thread pool at once */
#define CONNECT_OUTBOX_MAX (4 * 1024 * 1024) /* bytes of items that are not acknowledged; then room is 0 */
#define CONNECT_LOG_LINES_MAX 200      /* kept of each connector */
#define CONNECT_METRICS_MAX 64         /* names kept of each connector */
#define CONNECT_LONG_POLL_MS 20000     /* a remote connector's poll is answered within this, and within two thirds of its lease */
#define CONNECT_LEASE_MS 30000         /* of a remote connector that names none: from one poll to the next */
#define CONNECT_LEASE_MIN_MS 1000
#define CONNECT_LEASE_MAX_MS 600000
#define CONNECT_INSTANCE_MAX 64        /* bytes of the nonce that a remote connector says hello with */
#define CONNECT_LOST_MAX 64
#define CONNECT_REQUESTS_MAX 4096      /* requests of remote connectors that wait for their answers */
#define CONNECT_REQUESTS_EACH_MAX 64   /* of them, of one connector */
#define CONNECT_SERVICES_MAX 64        /* services of one session that wait for their answer */
#define CONNECT_SERVICE_MS 20000       /* for an answer, beside the timeout that was asked for */
#define CONNECT_SERVICE_TIMEOUT_MS_MAX 120000
#define CONNECT_EGRESS_SILENCE_MS 3000

enum connect_state {
    CONNECT_NONE = 0,
    CONNECT_STARTING, /* spawned, not yet ready */
    CONNECT_ACTIVE,   /* ready: work may be offered */
    CONNECT_DRAINING, /* no more offers */
    CONNECT_STOPPED,  /* unloaded or disabled: no process */
    CONNECT_BACKOFF,  /* crashed or failed to start; restarts by itself */
    CONNECT_QUARANTINED,
    CONNECT_DRAINED,  /* no more offers, and none in hand: it goes on with what it accepted */
    CONNECT_DISABLED, /* no process, until it is wanted again */
    CONNECT_ABSENT,   /* a remote connector that was there: no poll within its lease, or it said bye */
};

/* What an administrator wants of a connector. */
enum connect_wish {
    CONNECT_WISH_NONE = 0, /* the same as RUN */
    CONNECT_WISH_RUN,
    CONNECT_WISH_DRAIN, /* takes no offers, goes on with what it accepted */
    CONNECT_WISH_REST,  /* has no process; what it accepted waits for it */
};

/* Several links may bear one connector id: */
enum connect_role {
    CONNECT_ROLE_NONE = 0,
    CONNECT_ROLE_CURRENT, /* one at most: connect_find finds it */
    CONNECT_ROLE_NEXT,    /* one at most: started beside it, for connect_switch */
    CONNECT_ROLE_LEAVING, /* any: replaced, and not gone yet */
};

enum connect_kind {
    CONNECT_KIND_NONE = 0,
    CONNECT_KIND_MODULE, /* a host process */
    CONNECT_KIND_REMOTE, /* no process: it comes by itself, by requests */
};

struct connect;
struct connect_link; /* one connector: its module, process, session and figures */

/* One item of a report, borrowed for the callback. */
struct connect_report {
    uint8_t kind;        /* enum base_frame_kind, BASE_ITEM_ACCEPT.. */
    uint64_t report_id;
    uint64_t task;       /* handle */
    uint32_t epoch;
    const char *payload; /* JSON; passed the strict gate */
    size_t payload_size;
};

/* All run from the loop, never from within a connect_* call. */
struct connect_callbacks {
    /* The next owner's epoch: ascending, never given twice, also over restarts of the hub. */
    uint32_t (*take_epoch)(void *owner);
    /* The hub's wall clock, UTC ms; *is_virtual: it stands still between jumps. */
    int64_t (*now_ms)(void *owner, bool *is_virtual);
    /* A session with a new epoch is ready for work: hand over what is owed. */
    void (*on_ready)(void *owner, struct connect_link *link);
    /* A session that was ready ended: exactly once for each on_ready. task_in_hand: by the
     * flight record, 0 = none. is_crash: it was not asked to end. Its last reports came
     * before. Everything put and not reported is for the engine to settle. */
    void (*on_lost)(void *owner, struct connect_link *link, uint32_t epoch, bool is_crash,
                    uint64_t task_in_hand);
    /* Room for offers may have grown from none, or for an item that was refused with OD_EBUSY. */
    void (*on_room)(void *owner, struct connect_link *link);
    /* A batch of reports; the engine answers each item by connect_answer with this token.
     * The reply leaves when all are answered. Log and metric items never get here. */
    void (*on_report)(void *owner, struct connect_link *link, uint64_t token,
                      const struct connect_report *reports, size_t count);
    /* A kv or material request of a session, granted by the manifest; body: its JSON, borrowed. The engine
     * answers it by connect_service_answer or _refuse with this token, also from within. */
    void (*on_service)(void *owner, struct connect_link *link, uint64_t token, const struct base_json *body);
    /* The answer to connect_verify: OD_OK it was signed with the secret; OD_EDENIED it was not; OD_ENOTFOUND the
     * secret is not set up; OD_EIO nobody could tell. */
    void (*on_verified)(void *owner, uint64_t question, int rc);
    /* A state change that people may see; status: connect_put_status. */
    void (*on_state)(void *owner, struct connect_link *link);
    /* connect_unload is done, or connect_destroy has come to it, or a replaced one has left: no
     * process, no session; once for each connect_load, link is freed after this call. */
    void (*on_unloaded)(void *owner, struct connect_link *link);
    /* Every ready session has run its timers up to the last connect_time. */
    void (*on_time_seen)(void *owner);
    /* The answer to the request of this asker: exactly once for each connect_remote_request
     * that was taken. body: the whole message, JSON; its content may be taken. */
    void (*on_answer)(void *owner, void *asker, struct base_buffer *body);
};

/* Periods in milliseconds, so that tests need not wait; 0 = the constant of that name. */
struct connect_times {
    uint32_t poll_ms, hello_timeout_ms, drain_timeout_ms;
    uint32_t backoff_min_ms, backoff_max_ms, backoff_reset_ms;
    uint32_t crash_window_ms, quarantine_ms;
};

/* The egress process, which is started when the first connector needs it. */
struct connect_egress_options {
    const char *program;  /* path of onedoor-egress; NULL = there is none: http and secrets are unavailable */
    const char *secrets;  /* folder with <connector>/<name>, or NULL */
    const char *ca;       /* PEM file of certificates to trust beside the system's, or NULL */
    const char *net_folder; /* sockets of modules with capabilities.net lie below it; made when absent; NULL = they have none */
    uint32_t silence_ms;  /* no ping for so long: killed and started again; 0 = CONNECT_EGRESS_SILENCE_MS */
};

struct connect_options {
    const char *host_program;  /* path of onedoor-host; borrowed */
    const char *module_folder; /* holds <id>-<version>/{manifest.json,module.so} and <id>-<version>.odm; borrowed */
    const char *store_folder;  /* the module store, package/stage.h; created; borrowed for the call */
    bool may_be_unsigned;      /* development: modules without a signature may run */
    uint32_t watchdog_ms;      /* 0 = CONNECT_WATCHDOG_MS; tests shorten it */
    struct connect_times times;
    const char *min_tier;      /* hosts with a weaker sandbox end: plain, filtered, full; NULL = plain. Must live as long */
    struct connect_egress_options egress; /* texts are borrowed */
    const char *folders;       /* <folders>/<connector> is the folder of a module with capabilities.folder; NULL = none has one. Borrowed */
    int nice_increment;        /* hosts run at this nice; default of the hub is 10 */
    struct connect_callbacks callbacks;
    void *owner;
};

/* Errors: OD_EIO, OD_EINVAL the module store cannot be used (logged), OD_ENOMEM. */
OD_MUST_CHECK int connect_create(uv_loop_t *loop, const struct connect_options *options,
                                 struct connect **out);

/* Whose modules may run from now on: trust.json, package/trust.h; file NULL = nobody's. Hosts that run go on;
 * one whose key is no longer trusted is not started again (connect_link_look_trust).
 * Errors (nothing changed; text is filled): OD_EINVAL, OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int connect_trust_load(struct connect *connect, const char *file, char text[512]);

/* Once, when a hub has loaded what it had: the module store forgets what was staged and neither runs nor ever did. */
void connect_store_clean(struct connect *connect);

/* Ends every session (drain is not waited for), kills what does not end in grace_ms
 * (0 = at once). on_lost and on_unloaded come for each; then on_destroyed runs from the
 * loop, when nothing is left. */
typedef void (*connect_destroyed_cb)(void *owner);
void connect_destroy(struct connect *connect, uint64_t grace_ms, connect_destroyed_cb on_destroyed);

/* Read and check <module_folder>/<module>/manifest.json. module is a name, never a
 * path: [a-z0-9][a-z0-9._-]*. text gets an English sentence with the remedy on error.
 * *manifest is the caller's on success (package_manifest_fini). Errors: OD_ENOTFOUND,
 * OD_EINVAL, OD_EUNSUPPORTED (ABI, or a capability that is not known), OD_ENOMEM. */
OD_MUST_CHECK int connect_manifest_read(struct connect *connect, const char *module,
                                        struct package_manifest *manifest, char text[512]);

/* Put what lies in the module folder, sorted by name: [{"module", "id", "version", "matters", "submit_dedupe",
 * "signed_by", "loaded_as": [connector ids], "fault"}]. signed_by: the key's name in the trust file, or null. fault: why it cannot be loaded, or null; id to submit_dedupe are null
 * then. A folder without a manifest is no module. Of more than CONNECT_MODULES_MAX, as many are told, and
 * *is_cut is true. Errors (buffer unchanged): OD_EIO the folder cannot be read, OD_ENOMEM. Cost: reads
 * each manifest. */
OD_MUST_CHECK int connect_modules_put(struct base_buffer *buffer, const char *key, struct connect *connect, bool *is_cut);

/* The same, read in the thread pool: the way of a hub that serves. on_listed comes once, from the loop: rc of
 * connect_modules_put, and the list, a JSON array, borrowed. Errors (on_listed never runs): OD_EBUSY, OD_ESTATE, OD_ENOMEM. */
typedef void (*connect_listed_cb)(void *owner, void *data, int rc, const struct base_buffer *list, bool is_cut);
OD_MUST_CHECK int connect_modules_list(struct connect *connect, connect_listed_cb on_listed, void *data);

/* Read, verify, stage and seal in the thread pool what a loading of that module takes. on_prepared comes once, from the
 * loop; connect_load_check and connect_load that are called from within it with this module and is_again take what was
 * found, or are told what is wrong with it, and nothing is read again; so does, for CONNECT_PREPARED_MS, a loading that
 * names its address. Errors (on_prepared never runs): OD_EBUSY CONNECT_JOBS_MAX are under way, OD_ESTATE, OD_ENOMEM. */
typedef void (*connect_prepared_cb)(void *owner, void *data);
OD_MUST_CHECK int connect_module_prepare(struct connect *connect, const char *module, bool is_again, connect_prepared_cb on_prepared, void *data);
/* Is its on_prepared running? */
bool connect_module_is_at_hand(const struct connect *connect, const char *module, bool is_again);

/* What is to be loaded. Texts are borrowed for the call. */
struct connect_loading {
    const char *id, *module;
    const char *remote; /* NULL: the module; else a connector without a process, which comes by connect_remote_request:
                         * the JSON object {"submit_dedupe", "credits", "lease_ms", "matters", "fields", "applicant", "kv",
                         * "materials", "events"}, of which none is needed; members mean what they mean in a manifest */
    size_t remote_size;
    const char *config; /* a JSON object */
    size_t config_size;
    void *owner_data;   /* the engine's, see connect_link_data */
    enum connect_wish wish;
    bool is_beside;     /* as CONNECT_ROLE_NEXT, beside the current one of that id */
    bool is_again;      /* rollback, or start of the hub: the module as it ran here last, from the module store, also if a
                         * newer version ran since; in development, and where it never ran, from the module folder.
                         * Else as it lies in the module folder now, and a signed one must not be older than any of
                         * its id that ran */
    const uint8_t *address; /* BASE_HASH_SIZE bytes: the module must be what was checked; NULL = as it is now */
};

/* What would be loaded. */
struct connect_checked {
    struct package_manifest manifest; /* the caller's: package_manifest_fini */
    uint8_t address[BASE_HASH_SIZE];  /* names the module's bytes; of a remote connector zeros */
};

/* Create the connector and start its process, unless it is to rest. Errors: OD_EEXIST (of its role; *out is
 * unchanged), OD_ENOTFOUND or OD_EINVAL (manifest; text is filled), OD_ELIMIT (BASE_CONNECTORS_MAX; one
 * beside another is not counted), OD_ENOMEM. A process that then fails to start is not an error here: state
 * and last_error tell. */
OD_MUST_CHECK int connect_load(struct connect *connect, const struct connect_loading *loading,
                               struct connect_link **out, char text[512]);

/* Would connect_load take it? Nothing is started; *checked is written on success. Errors: as there. */
OD_MUST_CHECK int connect_load_check(struct connect *connect, const struct connect_loading *loading,
                                     struct connect_checked *checked, char text[512]);

/* The next one is the current one from now on. The one before takes no more offers and leaves: it stays
 * until nothing is in its hand and connect_left was called, but at most CONNECT_DRAIN_TIMEOUT_MS; then it is
 * stopped and freed: on_unloaded. link: of CONNECT_ROLE_NEXT. */
void connect_switch(struct connect_link *link);

/* Nothing more will be moved away from it, a leaving link: it may go as soon as no offer is in its hand. */
void connect_left(struct connect_link *link);

/* What is wanted of it from now on; not of one that is unloading. DRAIN: no more offers, DRAINED once none is
 * in hand. REST: the same, then, or when CONNECT_DRAIN_TIMEOUT_MS ends, its process is stopped: DISABLED. RUN:
 * a host that was told to drain is started anew, and crashes of one that rested are forgotten. Where it is
 * ACTIVE when this returns, no on_ready follows. Idempotent. */
void connect_want(struct connect_link *link, enum connect_wish wish);

/* A request of the remote connector id: request is "hello", "poll", "report", "service" or "bye"; text is the message
 * {"protocol", "session", "id", "epoch", "body"}, which passed the gate; copied. Who asks was authenticated as id.
 * asker is told of the answer, later, by on_answer. Errors (on_answer never runs): OD_EINVAL no such request;
 * OD_ENOTFOUND id is not loaded as a remote connector; OD_EBUSY too many requests wait; OD_ELIMIT text is larger
 * than a frame; OD_ESTATE the hub stops; OD_ENOMEM. */
OD_MUST_CHECK int connect_remote_request(struct connect *connect, const char *id, const char *request, const char *text,
                                         size_t size, void *asker);
/* The asker's client is gone: a poll of it waits no longer and takes no items. on_answer still comes. */
void connect_remote_gone(struct connect *connect, const void *asker);
/* The hub stops: every request that waits is answered, and no more are taken. */
void connect_remote_close(struct connect *connect);

/* No more offers; drain, then stop and free: on_unloaded. Tasks that are not settled
 * when CONNECT_DRAIN_TIMEOUT_MS ends come with on_lost (is_crash false). Idempotent. */
void connect_unload(struct connect_link *link);

struct connect_link *connect_find(struct connect *connect, const char *id); /* the current one; NULL if none */
/* All links, of every role: first, then next; NULL at the end. connect NULL = there are none any more. */
struct connect_link *connect_first(struct connect *connect);
struct connect_link *connect_next(struct connect_link *link);

void *connect_link_data(const struct connect_link *link);
const char *connect_link_id(const struct connect_link *link);
const char *connect_link_module(const struct connect_link *link); /* "<id>-<version>" */
const char *connect_link_config(const struct connect_link *link); /* as it was loaded */
enum connect_state connect_link_state(const struct connect_link *link);
enum connect_role connect_link_role(const struct connect_link *link);
enum connect_wish connect_link_wish(const struct connect_link *link); /* never NONE */
/* Offers in its hand, and all tasks that it holds, as it said last. */
void connect_link_counts(const struct connect_link *link, uint32_t *in_flight, uint64_t *open);
/* No process and no session of it: what connect_link_error says is the whole reason. */
bool connect_link_is_over(const struct connect_link *link);
/* Why its last session ended or did not begin; "" = it did not. Borrowed until the next turn. */
const char *connect_link_error(const struct connect_link *link);
enum package_dedupe connect_link_dedupe(const struct connect_link *link);
const char *connect_link_signed_by(const struct connect_link *link); /* the key's name, or NULL */
/* Is its key still trusted, by today's date? True: it is not, and was when that was last asked: tell people. */
bool connect_link_look_trust(struct connect_link *link);
bool connect_link_is_development(const struct connect_link *link);   /* a module without a signature */
const struct package_manifest *connect_link_manifest(const struct connect_link *link); /* borrowed while the link lives */
enum connect_kind connect_link_kind(const struct connect_link *link);
const uint8_t *connect_link_address(const struct connect_link *link); /* of the module's bytes; of a remote connector zeros */
const char *connect_link_remote(const struct connect_link *link); /* as it was loaded, JSON; NULL: a module */
/* An offer of the session epoch of a remote connector, now ended, that never left the hub: nobody can have registered
 * it. Known of the last CONNECT_LOST_MAX sessions that ended with such offers. */
bool connect_offer_never_left(const struct connect *connect, uint32_t epoch, uint64_t task);
uint32_t connect_link_epoch(const struct connect_link *link); /* 0 = no session */

/* What of an application a connector may be given. */
enum connect_part {
    CONNECT_PART_NONE = 0,
    CONNECT_PART_FIELD,     /* the form field of that name */
    CONNECT_PART_APPLICANT, /* the applicant's member of that name */
    CONNECT_PART_MATERIALS, /* any material: name is not looked at */
};
/* Does the connector's manifest declare it? What it does not name is not given. Cost: O(names declared). */
bool connect_link_may_see(const struct connect_link *link, enum connect_part part, const char *name);

const char *connect_state_name(enum connect_state state);

/* {"id", "module", "version", "state", "tier", "in_flight", "open", "credits", "pid", "restarts", "last_error", "since", "answered_at": of its last report, or null,
 * "trust_error": why its host goes on and will not be started again, or null; "breaker": "closed" | "open" | "half_open", "breaker_until"} */
void connect_put_status(struct base_buffer *buffer, const char *key, const struct connect_link *link);
/* The same members, into the object that is open. */
void connect_put_status_members(struct base_buffer *buffer, const struct connect_link *link);
/* The last log lines of the connector, oldest first: [{"at", "level", "text"}] (at most 200 kept). */
void connect_put_logs(struct base_buffer *buffer, const char *key, const struct connect_link *link);

/* The connector's own figures: {"<name>": <number>} (at most CONNECT_METRICS_MAX). */
void connect_put_metrics(struct base_buffer *buffer, const char *key, const struct connect_link *link);

/* How many more offers may be put now: 0 unless ACTIVE; the least of credits, outbox, rate and breaker. Resumes,
 * inputs and cancels go to any ready session. */
uint32_t connect_room(const struct connect_link *link);

/* Put one item for the connector. An OFFER takes one credit until it is accepted, ended or given
 * back: the engine says so by connect_offer_ended. payload: JSON, copied. Errors: OD_ESTATE no session
 * or draining (offers), OD_EBUSY no credit or too much unacknowledged, OD_ELIMIT over the frame limit, OD_ENOMEM. */
OD_MUST_CHECK int connect_put_item(struct connect_link *link, enum base_frame_kind kind, uint64_t task,
                                   const char *payload, size_t payload_size);

/* An offer of the session epoch was accepted, failed, given back or otherwise ended: its
 * credit is free. Once for each offer put; the end of an earlier session's is ignored. */
void connect_offer_ended(struct connect_link *link, uint32_t epoch);

/* Answer item index of the report batch token, once, in any order, also from within
 * on_report; reason only with BASE_ANSWER_REFUSED, may be NULL, cut at 255 bytes.
 * A token of an ended session is ignored. */
void connect_answer(struct connect_link *link, uint64_t token, size_t index, enum base_answer answer,
                    const char *reason);

/* Answer the service request token, once: one JSON object, copied. A token of an ended session, or one whose
 * deadline was told, is ignored. */
void connect_service_answer(struct connect *connect, uint64_t token, const char *payload, size_t size);
/* {"error": {"code", "detail"}}; codes: denied, not_found, limit, invalid, unavailable, stale. */
void connect_service_refuse(struct connect *connect, uint64_t token, const char *code, const char *detail);

/* Ask the egress process whether data was signed with the link's secret "callback": mac is HMAC-SHA-256, 64
 * hexadecimal digits. on_verified follows. Errors (it does not): OD_ESTATE the process is being started, or the
 * manifest declares no events; OD_EBUSY; OD_ENOMEM. */
OD_MUST_CHECK int connect_verify(struct connect_link *link, const void *data, size_t size, const char *mac, uint64_t question);

/* Send what was put and answered since the last flush. It runs by itself before the
 * loop waits (a uv_prepare); calling it earlier only costs batches. */
void connect_flush(struct connect *connect);

/* The virtual wall clock jumped: tell every session; on_time_seen follows. */
void connect_time(struct connect *connect);

/* The department of link was reached: a report of it says so. */
void connect_link_succeed(struct connect_link *link);
/* An attempt at the task failed with effect none or unknown. True: its circuit breaker opened
 * because of that, or has not closed for an hour: tell people. Offers wait then: breaker.h. */
bool connect_link_fail(struct connect_link *link, uint64_t task);

struct connect_figures {
    uint64_t sessions, crashes, hangs_killed, items_sent, reports_taken, frames_refused;
    uint64_t breakers_opened; /* ever */
    uint64_t breakers_open;   /* now, or half open */
    uint64_t services, egress_requests, egress_starts;
    bool is_egress_up;
};
void connect_figures(const struct connect *connect, struct connect_figures *figures);

#endif
