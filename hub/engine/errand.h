/* SPDX-License-Identifier: Apache-2.0 */
/* Errands: work for a connector that is no department. A message to be sent, a parcel to be carried, a document to be
 * scanned is an entry of a register that is offered to a connector by the same protocol as a task.
 *
 *   put -> WAITING -> the connector with the lowest rank that has room: OFFERED, durable -> offer
 *     accept -> ACCEPTED       it is there; its number is kept; after a restart it is resumed
 *     progress                 a note; the state stays
 *     approve -> DONE          it arrived
 *     not_applicable -> SENT   it left for good, and nobody will tell whether it arrived
 *     reject -> WAITING        for the next connector; none left: FAILED
 *     fail -> WAITING          for the same one, later; after tries_max, or a final one: as reject
 *
 * The wire's task handle of an errand lies above all those of tasks. Its idempotency key is its id ("msg-17"), the same
 * over all attempts and connectors. After a lost answer it is offered again to the same connector alone, which knows
 * the key. A connector serves one kind of errands: it hangs at the pseudo department "@<serves>.<connector>".
 *
 * Everything that happens to one errand happens in turn: read, decided, put, durable, answered; then the next. Loop
 * thread. */
#ifndef ENGINE_ERRAND_H
#define ENGINE_ERRAND_H

#include "engine/entry.h"

#define ENGINE_ERRAND_BASE (UINT64_C(1) << 50) /* in a handle, above the application's bits */
#define ENGINE_ERRAND_ID_SIZE 32               /* "msg-17" and NUL */
#define ENGINE_ERRAND_TRIES_MAX 5              /* failures at one connector, then the next one's turn */
#define ENGINE_ERRAND_TRIED_MAX 16             /* connectors that may give one errand up; then it has failed */
#define ENGINE_ERRAND_EVENTS_MAX 16            /* callbacks kept of one errand; older ones go */
#define ENGINE_ERRAND_EVENT_MAX (8 * 1024)     /* bytes of one of them */
#define ENGINE_ERRAND_CHECKPOINT_MAX (16 * 1024) /* bytes of its base64 */
#define ENGINE_ERRAND_NOTE_MAX (2 * 1024)      /* bytes of a report that is kept as its note */
#define ENGINE_ERRANDS_BUSY_MAX 65536          /* errands with something under way, or resting in memory */
#define ENGINE_ERRAND_GRACE_MS 30000           /* so long one waits for a connector that is down before the next in rank gets it */

/* Numbers are stored: only append. */
enum engine_errand_state {
    ENGINE_ERRAND_NONE = 0,
    ENGINE_ERRAND_NEW,      /* its kind makes it ready first: on_new */
    ENGINE_ERRAND_WAITING,  /* for a connector */
    ENGINE_ERRAND_RESTING,  /* until its wake */
    ENGINE_ERRAND_OFFERED,
    ENGINE_ERRAND_ACCEPTED,
    ENGINE_ERRAND_DONE,
    ENGINE_ERRAND_SENT,
    ENGINE_ERRAND_FAILED,
    ENGINE_ERRAND_CANCELLED,
    ENGINE_ERRAND_STATES,
};

struct engine_errand_kind;

/* One errand while something is done with it. Texts are borrowed from tree or from whoever set them, until it is put. */
struct engine_errand {
    const struct engine_errand_kind *kind;
    uint64_t id, application, revision;
    enum engine_errand_state state;
    uint16_t department;      /* the store's number of its connector's pseudo department; 0 = none yet */
    int64_t at_ms;            /* when it was put */
    int64_t wake_minute;      /* INT64_MAX = never */
    const char *number;       /* of its application; NULL = none */
    const char *connector;    /* that has it, or had it last; "" = none yet */
    const char *only;         /* the one that may carry it; NULL = any */
    const char *external_ref; /* the connector's own number; "" = none */
    uint32_t attempt, failures, epoch;
    uint32_t late;            /* what was noted after it was cancelled: bits of errand_report.c */
    bool is_redelivered;      /* an earlier attempt may have arrived: for the same connector alone */
    core_ms since_ms;         /* in this state */
    core_ms until_ms;         /* given up then when nobody took it; 0 = never */
    core_ms sent_ms, ended_ms; /* accepted first; DONE, SENT or FAILED; 0 = not yet */
    const char *note;         /* JSON: the last report with words; NULL = none */
    const char *form;         /* JSON object: what the connector sees */
    const char *about;        /* JSON object: the kind's own; "{}" = nothing */
    const char *checkpoint;   /* base64; NULL = none */
    const char *by;           /* who changes it, for the journal; NULL = the connector, or the hub */
    bool is_checkpoint_set;   /* this change is not for the journal */
    struct base_json *tree;   /* owned: the body as read */
    struct base_buffer texts[6]; /* owned: note, form, about, tried, events, and a spare for whoever changes one */
    bool is_changed;          /* its state has */
    bool is_late;             /* something came of it after it was cancelled: for the journal alone */
};

/* What a kind of errands is. Callbacks may be NULL. */
struct engine_errand_kind {
    uint8_t entry;      /* enum engine_entry_kind */
    const char *serves; /* "messages": in the configuration, and in the pseudo department's id */
    const char *prefix; /* "msg": of its id */
    const char *matter; /* "@messages": what the connector sees as matter */
    bool is_patient;    /* what becomes of one is nobody's hurry: ENGINE_PATIENCE_MS */
    bool may_double;    /* a second connector may get what the first one may have done: a notice by two ways harms nobody.
                         * Else it has failed, in doubt */
    /* NEW: make it ready by an engine_errand_change out of that state, now or later. It may come again before that is done. */
    void (*on_new)(struct engine *engine, const struct engine_errand *errand);
    /* Lower is better; negative: this connector cannot carry it. NULL: the connector's priority. */
    int32_t (*rank)(struct engine *engine, const struct engine_errand *errand, const struct engine_department *department);
    /* Not before that minute (since 1970 in UTC) by this connector, e.g. at night; 0 = at once. */
    int64_t (*rest)(struct engine *engine, const struct engine_errand *errand, const struct engine_department *department);
    /* Its state changed (is_changed), or it has a new note. In the batch that holds the change, before it is packed: what
     * is put now is durable together with it. application: its own, in memory; NULL = it has none. It may change
     * wake_minute, and replace about (engine_errand_text_set). */
    void (*on_change)(struct engine *engine, struct engine_errand *errand, struct engine_application *application);
    /* Put the members of the form as link may see them. NULL: engine_errand_put_fields(form). */
    void (*put_form)(struct engine *engine, const struct engine_errand *errand, struct base_buffer *buffer, const struct connect_link *link);
    /* Is it not wanted any more, now that it would be offered? Then it is CANCELLED. application: as on_change. */
    bool (*is_moot)(const struct engine_errand *errand, const struct engine_application *application);
    /* Is it to be made ready once more when it has rested? What it tells may have changed meanwhile. NULL: none is. */
    bool (*is_made_anew)(const struct engine_errand *errand);
    /* Its wake has come in a state other than WAITING, RESTING and NEW. */
    void (*on_due)(struct engine *engine, const struct engine_errand *errand);
};

/* Of all kinds, in no order; errand_kinds.c. NULL = none such. */
const struct engine_errand_kind *engine_errand_kind_of(uint8_t entry);
const struct engine_errand_kind *engine_errand_kind_find(const char *serves);
extern const struct engine_errand_kind engine_message_errand, engine_parcel_errand, engine_scan_errand;

/* What a new one is. */
struct engine_errand_new {
    uint8_t entry;            /* its kind */
    bool is_new;              /* state NEW: on_new first. Else WAITING */
    uint64_t application;     /* 0 = none */
    const char *number;       /* of the application; NULL = none */
    const char *connector;    /* the only one that may carry it; NULL = by rank */
    const char *form, *about; /* JSON objects; NULL = {} */
    core_ms until_ms;         /* 0 = never given up */
    int64_t wake_minute;      /* RESTING until then; 0 = at once */
    const struct engine_entry_event *event; /* for the journal, or NULL */
};
/* Into the batch being filled; once that is durable, on_stored (which may be NULL), and it is on its way. *id, which may be NULL,
 * is its id. Errors (nothing put): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_put(struct engine *engine, const struct engine_errand_new *fresh, uint64_t *id,
                                    engine_call_cb on_stored, void *data);

/* Change one, in its turn: change decides by *errand what becomes of it and returns OD_OK (put it), OD_EEXIST (leave it as it is:
 * all is well) or an error; on_changed runs once: rc as that, of the store, or OD_ENOTFOUND. by: for the journal, copied.
 * errand is there until on_changed returns, NULL where it was not read. Errors (neither runs): OD_EBUSY, OD_ENOMEM. */
typedef int (*engine_errand_change_cb)(struct engine *engine, struct engine_errand *errand, void *data);
typedef void (*engine_errand_changed_cb)(struct engine *engine, const struct engine_errand *errand, int rc, void *data);
OD_MUST_CHECK int engine_errand_change(struct engine *engine, uint8_t entry, uint64_t id, const char *by, engine_errand_change_cb change,
                                       engine_errand_changed_cb on_changed, void *data);

/* It is not wanted any more: what is new, waits, rests or is offered is CANCELLED, and a session that was offered it is told; what
 * somebody has taken goes on. by: for the journal, copied. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_cancel(struct engine *engine, uint8_t entry, uint64_t id, const char *by);
/* Those of an application, once the batch being filled is durable. What finds no memory is met when it would be offered (is_moot). */
struct engine_errand_sweep {
    uint8_t entry;
    uint64_t application;
    const char *by; /* static */
    bool (*wants)(const struct engine_errand *errand, uint64_t argument); /* NULL = all of them */
    uint64_t argument;
};
void engine_errands_cancel(struct engine *engine, const struct engine_errand_sweep *what);

/* Its end is durable, and did not come from its connector: that lets go of it. From within on_changed. */
void engine_errand_release(struct engine *engine, const struct engine_errand *errand, const char *reason);

/* From within a change, or on_change. State, and what hangs on it. */
void engine_errand_move(struct engine *engine, struct engine_errand *errand, enum engine_errand_state state);
/* A change that sends it again from the beginning, by whichever connector: for staff, and for on_new. */
void engine_errand_restart(struct engine *engine, struct engine_errand *errand);
enum engine_errand_text { ENGINE_ERRAND_NOTE = 0, ENGINE_ERRAND_FORM, ENGINE_ERRAND_ABOUT, ENGINE_ERRAND_TRIED, ENGINE_ERRAND_EVENTS };
/* Take the content of text, one JSON value, as note, form or about. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_text_set(struct engine_errand *errand, enum engine_errand_text which, struct base_buffer *text);
/* The body as read; with what engine_errand_text_set replaced left out. */
const struct base_json *engine_errand_member(const struct engine_errand *errand, const char *key);

void engine_errand_id_format(const struct engine_errand_kind *kind, uint64_t id, char text[ENGINE_ERRAND_ID_SIZE]);
/* "msg-17" or "17". False: neither. */
bool engine_errand_id_parse(const struct engine_errand_kind *kind, const char *text, uint64_t *id);
const char *engine_errand_state_name(enum engine_errand_state state);
enum engine_errand_state engine_errand_state_find(const char *name); /* NONE = no such name */
/* An entry as read; engine_errand_fini afterwards. Errors (nothing to free): OD_EIO it is none, OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_read(const struct store_entry *entry, struct engine_errand *errand);
void engine_errand_fini(struct engine_errand *errand);
/* {"id", "state", "connector", "attempts", "external_ref", "created_at", "sent_at", "ended_at", "note"} into the object that is open. */
void engine_errand_put_members(struct base_buffer *buffer, const struct engine_errand *errand);
/* The members of a JSON object that the link may see, into the object that is open. */
void engine_errand_put_fields(struct base_buffer *buffer, const char *object, const struct connect_link *link);

/* -- For the engine -- */

bool engine_errand_is(uint64_t handle);
uint64_t engine_errand_handle(const struct engine_errand_kind *kind, uint64_t id);
/* "@messages.sms" -> the kind; NULL: it is no pseudo department. */
const struct engine_errand_kind *engine_errand_kind_served(const char *department_id);
/* The pseudo department's id. Errors: OD_EINVAL no such kind, or the connector's id is too long; text is filled. */
OD_MUST_CHECK int engine_errand_department_id(const char *serves, const char *connector, char id[BASE_ID_MAX + 1], char text[512]);
/* errand_serve.c: whom a connector serves. */
#define ENGINE_PRIORITY_MAX 1000
/* Of a body with "serves", "priority" and "channel": *department is the pseudo department (in the request's arena), or member
 * "department"; NULL = neither. What it says of the first ones is kept, unless it is a dry run. False: it was answered. */
bool engine_serves_wanted(struct engine *engine, struct front_request *request, const char **department);
/* channel NULL: by the module's name. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_serves_set(struct engine *engine, const char *department_id, int32_t priority, const char *channel, const char *module);
OD_MUST_CHECK int engine_serves_start(struct engine *engine, struct store_reader *reader); /* as it was kept */
/* "department", "serves", "priority" and "channel", into the object that is open. */
void engine_put_serves(struct base_buffer *body, const struct engine_department *department);
const char *engine_serves_fault(const struct engine_connector_config *connector); /* NULL = none; static */
/* A pseudo department that was just made is one of those that are served. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_errand_department_add(struct engine *engine, struct engine_department *department);
/* Is any connector of that kind loaded, or waited for? */
bool engine_errand_has_connector(const struct engine *engine, const struct engine_errand_kind *kind);

struct engine_errand_report {
    struct engine_department *department;
    uint32_t epoch, index;
    uint64_t token, handle;
    uint8_t item;
    const char *payload; /* borrowed for the call */
    size_t size;
};
void engine_errand_report(struct engine *engine, const struct engine_errand_report *report);
/* A callback about one, verified; answers the request by itself. event: the callback's id, borrowed for the call. */
void engine_errand_callback(struct engine *engine, struct engine_department *department, struct front_request *request, const char *event);
/* May session epoch read the material of that hash (64 digits) for it? on_known: rc OD_OK, OD_ESTALE it is not in its hand,
 * OD_ENOTFOUND it is not about that, OD_EIO ... Errors (it does not run): OD_EBUSY, OD_ENOMEM. */
typedef void (*engine_errand_material_cb)(struct engine *engine, int rc, void *data);
OD_MUST_CHECK int engine_errand_material(struct engine *engine, uint64_t handle, uint32_t epoch, const char *hash,
                                         engine_errand_material_cb on_known, void *data);
/* In place of the scan of what is owed to a department: what lay with sessions that have ended. Ends in engine_scan_end. */
void engine_errands_scan(struct engine *engine, struct engine_department *department);
void engine_errands_room(struct engine *engine, const struct engine_department *department);
OD_MUST_CHECK int engine_errands_start(struct engine *engine);
void engine_errands_run(struct engine *engine); /* at each tick */
void engine_errands_fini(struct engine *engine);

#endif
