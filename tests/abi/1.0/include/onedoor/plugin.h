/* SPDX-License-Identifier: Apache-2.0 */
/* The connector ABI, version 1.0: what a module (module.so) and onedoor-host know
 * of each other. C11 and C++17; only stdint, stddef and error.h cross this line.
 *
 * A module is one exported constant:
 *
 *     OD_PLUGIN = {OD_PLUGIN_INIT, .id = "fire", .version = "1.0.0",
 *                  .open = fire_open, .close = fire_close, .offer = fire_offer};
 *
 * In C++17, which has no designated initialisers, fill a copy of the blank one:
 *
 *     static constexpr struct od_plugin fire() { auto p = od_plugin_blank(); p.id = "fire"; ... return p; }
 *     OD_PLUGIN = fire();
 *
 * Ownership  Borrow in, copy out. What a callback receives is valid until it returns;
 *            what is handed to the host is copied before the call returns. Nobody
 *            frees the other side's memory.
 * Threads    [plugin] = the single thread on which every callback runs, never two at
 *            once; [any] = any thread of the module. A host call never calls back into
 *            the module before it returns. Code that blocks belongs into work().
 * Time       A callback should return within 50 ms (else a warning is logged) and must
 *            within the watchdog (15 s), or the process is killed and restarted.
 *            Wall time is the hub's: od_now_ms, never time(2); it may stand still or
 *            jump forward (virtual clock).
 * Texts      NUL-terminated UTF-8. Sizes are bytes.
 * Growth     Each struct begins with its own size and only grows at its end; a field
 *            past the size of the other side does not exist (OD_HAS). Other features
 *            come as extensions by a versioned name (od_extension). Numbers of enums
 *            never change their meaning.
 * Mistakes   The host checks this contract: a mistake is refused with an error code,
 *            changes nothing, and is named in the connector's log. */
#ifndef ONEDOOR_PLUGIN_H
#define ONEDOOR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OD_ABI_MAJOR 1u
#define OD_ABI_MINOR 0u
#define OD_PLUGIN_MAGIC UINT32_C(0x4e50444f) /* "ODPN" */

/* Does the struct behind pointer reach as far as field? */
#define OD_HAS(pointer, field)                                                                 \
    ((pointer)->size >=                                                                        \
     (size_t)((const char *)&(pointer)->field - (const char *)(pointer)) + sizeof((pointer)->field))

#if defined(__GNUC__)
#define OD_EXPORT __attribute__((visibility("default")))
#else
#define OD_EXPORT
#endif

/* Limits that the host enforces: over them a call returns OD_ELIMIT. */
#define OD_EXTERNAL_REF_MAX 255
#define OD_TEXT_MAX 8192              /* one reason, condition, detail or log line */
#define OD_REASONS_MAX 32             /* reasons, or conditions, of one opinion; fields of one need_input */
#define OD_CHECKPOINT_MAX (64 * 1024)
#define OD_NAME_MAX 64                /* a field, code, pause kind or metric */

/* A task in the hand of this module. Never 0. A handle of a task that has ended or
 * moved on is stale: every call with it returns OD_ESTALE, nothing crashes. */
typedef uint64_t od_task;

/* A department's answer. */
enum od_opinion_value {
    OD_OPINION_NONE = 0,
    OD_APPROVE = 1,
    OD_APPROVE_WITH_CONDITIONS = 2, /* needs at least one condition */
    OD_REJECT = 3,                  /* needs at least one reason */
    OD_NOT_APPLICABLE = 4,
};

/* What a failed attempt did at the department. */
enum od_effect {
    OD_EFFECT_NONE = 1,    /* certainly not registered there: the hub offers again, anywhere */
    OD_EFFECT_DONE = 2,    /* the department has it: the hub resumes, never offers again */
    OD_EFFECT_UNKNOWN = 3, /* cannot tell: the hub acts by the manifest's submit_dedupe */
};

#define OD_RETRY_BACKOFF INT64_C(-1) /* retry_after_ms: when the hub's backoff says so */
#define OD_RETRY_NEVER INT64_C(-2)   /* retry_after_ms: never, an officer is asked */

enum od_log_level {
    OD_LOG_ERROR = 1,
    OD_LOG_WARNING = 2,
    OD_LOG_INFO = 3,
    OD_LOG_DEBUG = 4,
};

enum od_task_state {
    OD_TASK_STALE = 0,
    OD_TASK_OFFERED = 1,   /* shown to the module, neither accepted nor answered */
    OD_TASK_ACCEPTED = 2,  /* the department works on it */
    OD_TASK_PAUSED = 3,
    OD_TASK_WAITING = 4,   /* for the applicant, after need_input */
    OD_TASK_CANCELLING = 5, /* cancel() was called: od_cancelled or an opinion is due */
    OD_TASK_ANSWERED = 6,  /* the end was reported, the hub has not yet said that it is durable */
};

/* What a report was, in struct od_answer. */
enum od_report {
    OD_REPORT_NONE = 0,
    OD_REPORT_ACCEPT = 1,
    OD_REPORT_CHECKPOINT = 2,
    OD_REPORT_NEED_INPUT = 3,
    OD_REPORT_PAUSE = 4,
    OD_REPORT_UNPAUSE = 5,
    OD_REPORT_OPINION = 6,
    OD_REPORT_FAIL = 7,
    OD_REPORT_GIVE_BACK = 8,
    OD_REPORT_CANCELLED = 9,
};

#define OD_OFFER_REDELIVERED UINT32_C(1) /* an earlier attempt MAY have reached the department */
#define OD_OFFER_RESUMED UINT32_C(2)     /* it was accepted before: external_ref and checkpoint are set */

struct od_host;

/* One task, as offered or resumed. Borrowed for the callback. */
struct od_offer {
    size_t size;
    const struct od_host *host; /* for the od_form_ readers */
    od_task task;
    uint32_t attempt; /* from 1 */
    uint32_t flags;   /* OD_OFFER_ */
    const char *application;     /* number of the application, as people read it */
    const char *task_number;     /* number of the task, as people read it */
    const char *idempotency_key; /* constant over all attempts: give it to the department */
    const char *matter;
    const char *department;
    const char *service;
    const char *form;  /* JSON object: the fields that this department may see */
    size_t form_size;
    const char *received_at;    /* RFC 3339 */
    const char *promised_date;  /* YYYY-MM-DD, or "" */
    const char *statutory_date; /* YYYY-MM-DD, or "" */
    const char *external_ref;   /* the department's reference as last told to the hub, or "" */
    const void *checkpoint;     /* as last told to the hub; NULL = none */
    size_t checkpoint_size;
    uint32_t state; /* enum od_task_state: OFFERED, or the state that is resumed */
    uint32_t reserved;
    const char *applicant; /* JSON object: of the applicant, what this connector may see; "{}" = nothing */
    size_t applicant_size;
    const char *materials; /* JSON array: [{"material", "name", "media_type", "size", "sha256"}] */
    size_t materials_size;
};

/* What a department answers. Data, never an error. Fill with OD_OPINION_INIT. */
struct od_opinion {
    size_t size;
    uint32_t opinion; /* enum od_opinion_value */
    uint32_t reason_count, condition_count; /* at most OD_REASONS_MAX */
    uint32_t reserved;
    const char *const *reasons;
    const char *const *conditions;
    const char *document_no;  /* or NULL */
    const char *external_ref; /* or NULL */
};

#define OD_OPINION_INIT sizeof(struct od_opinion)

/* Why no opinion could be got: a dead link, a bug, a refused login. Never an
 * opinion. Fill with OD_FAILURE_INIT. */
struct od_failure {
    size_t size;
    uint32_t effect; /* enum od_effect */
    uint32_t reserved;
    int64_t retry_after_ms;   /* >= 0, or OD_RETRY_ */
    const char *code;         /* short stable word, at most OD_NAME_MAX */
    const char *detail;       /* for the officer, or NULL */
    const char *external_ref; /* or NULL */
};

#define OD_FAILURE_INIT sizeof(struct od_failure)

/* The hub's word on one report, when it is durable. Borrowed for the callback. */
struct od_answer {
    size_t size;
    od_task task;       /* stale after the end of the task: compare, do not use */
    uint32_t report;    /* enum od_report */
    int32_t error;      /* OD_OK durable; OD_ESTALE another owner; OD_ECONFLICT kept and flagged; OD_EINVAL refused */
    const char *reason; /* of a refusal, or "" */
    void *data;         /* as set by od_task_set */
};

enum od_health_status {
    OD_HEALTH_OK = 0,
    OD_HEALTH_DEGRADED = 1,
    OD_HEALTH_FAILING = 2,
};

struct od_health {
    size_t size;
    uint32_t status; /* enum od_health_status; preset to OK */
    char note[128];  /* NUL-terminated UTF-8; preset to "" */
};

enum od_value_type {
    OD_VALUE_NONE = 0,
    OD_VALUE_NULL = 1,
    OD_VALUE_BOOL = 2,
    OD_VALUE_NUMBER = 3,
    OD_VALUE_TEXT = 4,
    OD_VALUE_ARRAY = 5,
    OD_VALUE_OBJECT = 6,
};

/* One JSON value of a form or configuration. Borrowed until the callback in hand returns. */
struct od_value {
    size_t size;
    uint32_t type;        /* enum od_value_type */
    uint32_t is_integer;  /* 1: integer holds the number without loss */
    const char *key;      /* of a member, unescaped; NULL in an array */
    const char *json;     /* the value as written: json_size bytes, not NUL-terminated */
    size_t json_size;
    const char *text;     /* of a TEXT, unescaped and NUL-terminated; else NULL */
    size_t text_size;
    double number;        /* of a NUMBER; 1 or 0 of a BOOL */
    int64_t integer;
};

typedef void (*od_call_cb)(void *arg);

/* The host, for a module: valid from open to the end of close. The functions below
 * the struct are the comfortable way to call it. A function pointer within size is
 * never NULL. Every function that returns int: OD_OK or a negative OD_E*; besides the
 * errors named there, OD_ESTATE = called from the wrong thread, OD_ESTALE = stale
 * handle, OD_ESYNTAX = a text is not UTF-8, OD_ELIMIT = a text, list or checkpoint is
 * over its limit, OD_EINVAL = an argument is NULL or outside its range, OD_EBUSY =
 * too many reports are unanswered, OD_ENOMEM. After an error nothing has changed. */
struct od_host {
    size_t size;
    uint16_t abi_major, abi_minor;
    uint32_t reserved;
    void *context;
    const char *connector; /* id under which this module is loaded */
    const char *config;    /* JSON object, checked against the manifest's config_schema; replaced by reconfigure */
    size_t config_size;

    int (*accept)(void *context, od_task task, const char *external_ref);                        /* [plugin] */
    int (*give_opinion)(void *context, od_task task, const struct od_opinion *opinion);          /* [plugin] */
    int (*report_failure)(void *context, od_task task, const struct od_failure *failure);        /* [plugin] */
    int (*give_back)(void *context, od_task task);                                               /* [plugin] */
    int (*checkpoint)(void *context, od_task task, const void *bytes, size_t size);              /* [plugin] */
    int (*need_input)(void *context, od_task task, const char *const *fields, uint32_t count,
                      const char *text);                                                         /* [plugin] */
    int (*pause)(void *context, od_task task, const char *kind, uint32_t expected_days);         /* [plugin] */
    int (*unpause)(void *context, od_task task);                                                 /* [plugin] */
    int (*progress)(void *context, od_task task, uint32_t percent, const char *text);            /* [plugin] */
    int (*cancelled)(void *context, od_task task, uint32_t effect);                              /* [plugin] */

    int (*task_set)(void *context, od_task task, void *data);                                    /* [plugin] */
    void *(*task_data)(void *context, od_task task);                                             /* [plugin] */
    uint32_t (*task_state)(void *context, od_task task);                                         /* [plugin] */
    od_task (*task_next)(void *context, od_task after);                                          /* [plugin] */

    int (*set_credits)(void *context, uint32_t credits);                                         /* [plugin] */
    int64_t (*now_ms)(void *context);                                                            /* [any] */
    void (*log)(void *context, uint32_t level, od_task task, const char *text);                  /* [any] */
    int (*post)(void *context, od_call_cb on_posted, void *arg);                                 /* [any] */
    int (*work)(void *context, od_call_cb on_work, od_call_cb on_done, void *arg);               /* [plugin] */

    int (*json_member)(void *context, const char *json, size_t size, const char *name,
                       struct od_value *value);                                                  /* [plugin] */
    int (*json_next)(void *context, const char *json, size_t size, size_t *offset,
                     struct od_value *value);                                                    /* [plugin] */
    const void *(*extension)(void *context, const char *id);                                     /* [plugin] */
};

/* What a module exports. All callbacks are [plugin]. */
struct od_plugin {
    uint32_t magic;
    uint32_t size; /* sizeof(struct od_plugin) of the module */
    uint16_t abi_major, abi_minor;
    uint32_t reserved; /* 0 */
    const char *id;      /* must equal the manifest's */
    const char *version; /* must equal the manifest's */

    /* Make ready for work; *self is handed to every other callback. The configuration is in host->config.
     * An error stops the module: log why before returning it. */
    int (*open)(const struct od_host *host, void **self);

    /* The end: join own threads, free self. Nothing is called afterwards. May be free(3). */
    void (*close)(void *self);

    /* A new task. Answer it here, or accept it here, or keep the handle and do so later.
     * OD_OK: the module has it. OD_EBUSY: given back untouched. Any other error while the
     * task is unanswered is reported as a failure with effect unknown. */
    int (*offer)(void *self, const struct od_offer *offer);

    /* The rest may be NULL. */

    /* A task that was accepted before a restart or move: poll or subscribe again, do not submit
     * again. NULL: such tasks come through offer with OD_OFFER_RESUMED. Returns as offer. */
    int (*resume)(void *self, const struct od_offer *offer);

    /* The application was withdrawn. Call od_cancelled when that is done, now or later; an opinion
     * may still win. NULL: the host confirms for you. */
    void (*cancel)(void *self, od_task task, const char *reason);

    /* The applicant answered a need_input; answer is a JSON object. NULL: the task is offered or
     * resumed again with the completed form. */
    void (*input)(void *self, od_task task, const char *answer, size_t size);

    /* The department called back; body is JSON. */
    void (*event)(void *self, od_task task, const char *body, size_t size);

    /* The task left this module (moved, closed by an officer, taken over): free what od_task_data
     * holds. The handle is stale when this returns. Not called after an end that the module
     * reported itself, except when the hub refused that report. */
    void (*release)(void *self, od_task task, const char *reason);

    /* A report is durable, or was not taken. A refused opinion leaves the task open: answer it
     * again. NULL: a refused end is reported as a failure. */
    void (*answered)(void *self, const struct od_answer *answer);

    /* host->config has changed. An error, or NULL: the old one stays and the log says that a
     * restart is needed. */
    int (*reconfigure)(void *self);

    /* Asked about once a second when idle; must not block. */
    void (*health)(void *self, struct od_health *health);

    /* No more offers come. Give back what was not attempted (od_task_next), finish what is quick. */
    void (*drain)(void *self);

    /* The hub's wall clock jumped forward; due timers run after this. */
    void (*time)(void *self, int64_t now_ms);

    /* An extension of the module, by versioned id; NULL if it has none of that name. */
    const void *(*extension)(void *self, const char *id);
};

OD_EXPORT extern const struct od_plugin od_plugin_entry;

#define OD_PLUGIN const struct od_plugin od_plugin_entry
#define OD_PLUGIN_INIT OD_PLUGIN_MAGIC, (uint32_t)sizeof(struct od_plugin), OD_ABI_MAJOR, OD_ABI_MINOR, 0u

/* The department has the task; its opinion comes later. external_ref: its reference, may be "". Durable
 * when answered() says so. Again with the same or an empty reference: no effect. [plugin]
 * Errors: OD_ECONFLICT accepted before under another reference. */
OD_MUST_CHECK static inline int od_accept(const struct od_host *host, od_task task, const char *external_ref)
{
    return host->accept(host->context, task, external_ref);
}

/* The general opinion; the functions below are its usual cases. It ends the task. [plugin]
 * Errors: OD_EINVAL a reject without reason or approve_with_conditions without condition;
 * OD_ESTATE an opinion or failure was given before. */
OD_MUST_CHECK static inline int od_give_opinion(const struct od_host *host, od_task task,
                                                const struct od_opinion *opinion)
{
    return host->give_opinion(host->context, task, opinion);
}

/* Opinion with at most one reason; reason may be NULL. [plugin] Errors: as od_give_opinion. */
OD_MUST_CHECK static inline int od_opine(const struct od_host *host, od_task task,
                                         enum od_opinion_value opinion, const char *reason)
{
    struct od_opinion full = {sizeof(full), (uint32_t)opinion, reason != NULL ? 1u : 0u, 0, 0,
                              &reason, NULL, NULL, NULL};

    return od_give_opinion(host, task, &full);
}

/* reason may be NULL. [plugin] */
OD_MUST_CHECK static inline int od_approve(const struct od_host *host, od_task task, const char *reason)
{
    return od_opine(host, task, OD_APPROVE, reason);
}

/* reason is required. [plugin] */
OD_MUST_CHECK static inline int od_reject(const struct od_host *host, od_task task, const char *reason)
{
    return od_opine(host, task, OD_REJECT, reason);
}

/* reason may be NULL. [plugin] */
OD_MUST_CHECK static inline int od_not_applicable(const struct od_host *host, od_task task, const char *reason)
{
    return od_opine(host, task, OD_NOT_APPLICABLE, reason);
}

/* count >= 1 conditions. [plugin] */
OD_MUST_CHECK static inline int od_approve_with_conditions(const struct od_host *host, od_task task,
                                                           const char *const *conditions, uint32_t count)
{
    struct od_opinion full = {sizeof(full), OD_APPROVE_WITH_CONDITIONS, 0, count, 0,
                              NULL, conditions, NULL, NULL};

    return od_give_opinion(host, task, &full);
}

/* The general failure. It ends this attempt at the task. [plugin]
 * Errors: OD_ESTATE an opinion or failure was given before. */
OD_MUST_CHECK static inline int od_report_failure(const struct od_host *host, od_task task,
                                                  const struct od_failure *failure)
{
    return host->report_failure(host->context, task, failure);
}

/* No opinion could be got; the hub retries by its backoff. code: short stable word; detail may be
 * NULL. [plugin] Errors: as od_report_failure. */
OD_MUST_CHECK static inline int od_fail(const struct od_host *host, od_task task, enum od_effect effect,
                                        const char *code, const char *detail)
{
    struct od_failure full = {sizeof(full), (uint32_t)effect, 0, OD_RETRY_BACKOFF, code, detail, NULL};

    return od_report_failure(host, task, &full);
}

/* Never attempted: the hub offers it elsewhere or later, no attempt is counted. [plugin]
 * Errors: OD_ESTATE it was accepted or answered. */
OD_MUST_CHECK static inline int od_give_back(const struct od_host *host, od_task task)
{
    return host->give_back(host->context, task);
}

/* Up to OD_CHECKPOINT_MAX bytes that resume will bring back. [plugin] */
OD_MUST_CHECK static inline int od_checkpoint(const struct od_host *host, od_task task, const void *bytes,
                                              size_t size)
{
    return host->checkpoint(host->context, task, bytes, size);
}

/* The applicant must complete a form field; text says what, may be NULL. Accepts the task when that
 * was not done. The answer comes through input(). [plugin] Errors: OD_ESTATE paused or answered. */
OD_MUST_CHECK static inline int od_need_input(const struct od_host *host, od_task task, const char *field,
                                              const char *text)
{
    return host->need_input(host->context, task, &field, 1, text);
}

/* The department's clock rests: kind is one of the matter's pause kinds ("inspection", "hearing" ...),
 * for about expected_days. Accepts the task when that was not done. [plugin] Errors: OD_ESTATE. */
OD_MUST_CHECK static inline int od_pause(const struct od_host *host, od_task task, const char *kind,
                                         uint32_t expected_days)
{
    return host->pause(host->context, task, kind, expected_days);
}

/* The department goes on. [plugin] Errors: OD_ESTATE it is not paused. */
OD_MUST_CHECK static inline int od_unpause(const struct od_host *host, od_task task)
{
    return host->unpause(host->context, task);
}

/* How far the department is, 0..100, and in words (may be NULL); citizens see it. [plugin] */
OD_MUST_CHECK static inline int od_progress(const struct od_host *host, od_task task, uint32_t percent,
                                            const char *text)
{
    return host->progress(host->context, task, percent, text);
}

/* The answer to cancel(): what stays at the department. It ends the task. [plugin]
 * Errors: OD_ESTATE cancel was not called for it. */
OD_MUST_CHECK static inline int od_cancelled(const struct od_host *host, od_task task, enum od_effect effect)
{
    return host->cancelled(host->context, task, (uint32_t)effect);
}

/* Keep a pointer of the module with the task; the host never follows or frees it. [plugin] */
OD_MUST_CHECK static inline int od_task_set(const struct od_host *host, od_task task, void *data)
{
    return host->task_set(host->context, task, data);
}

/* The pointer kept with the task; NULL when none was set or the handle is stale. [plugin] */
static inline void *od_task_data(const struct od_host *host, od_task task)
{
    return host->task_data(host->context, task);
}

/* [plugin] */
static inline enum od_task_state od_task_state_of(const struct od_host *host, od_task task)
{
    return (enum od_task_state)host->task_state(host->context, task);
}

/* Walk the tasks in hand: after 0 comes the first; 0 = no more. The walk may end tasks. [plugin] */
static inline od_task od_task_next(const struct od_host *host, od_task after)
{
    return host->task_next(host->context, after);
}

/* So many offers may be in hand at once, 0 = none now; capped by the hub. Takes effect with the next
 * poll, at most 5 s later. Preset by the manifest. [plugin] */
OD_MUST_CHECK static inline int od_set_credits(const struct od_host *host, uint32_t credits)
{
    return host->set_credits(host->context, credits);
}

/* The hub's wall clock, UTC milliseconds since 1970. [any] */
static inline int64_t od_now_ms(const struct od_host *host)
{
    return host->now_ms(host->context);
}

/* A line for the connector's log; task 0 = about none. Rate limited, cut at OD_TEXT_MAX. No personal
 * data. [any] From other threads than the plugin's the task is not shown. */
static inline void od_log(const struct od_host *host, enum od_log_level level, od_task task, const char *text)
{
    host->log(host->context, (uint32_t)level, task, text);
}

/* Run on_posted(arg) on the plugin's thread soon. [any] Errors: OD_EBUSY, OD_ENOMEM; then it never runs. */
OD_MUST_CHECK static inline int od_post(const struct od_host *host, od_call_cb on_posted, void *arg)
{
    return host->post(host->context, on_posted, arg);
}

/* Run on_work(arg) on a thread where it may block and may call only [any] functions, then on_done(arg)
 * on the plugin's thread; on_done may be NULL. Both run exactly once. [plugin]
 * Errors: OD_EBUSY too much work is queued; then neither runs. */
OD_MUST_CHECK static inline int od_work(const struct od_host *host, od_call_cb on_work, od_call_cb on_done,
                                        void *arg)
{
    return host->work(host->context, on_work, on_done, arg);
}

/* An extension of the host, e.g. OD_TIMER_1 of ext/timer.h; NULL = not offered or not granted. [plugin] */
static inline const void *od_extension(const struct od_host *host, const char *id)
{
    return host->extension(host->context, id);
}

/* Member name of a JSON object. Cost O(size). [plugin] Errors: OD_ENOTFOUND; OD_ESYNTAX. */
OD_MUST_CHECK static inline int od_json_member(const struct od_host *host, const char *json, size_t size,
                                               const char *name, struct od_value *value)
{
    value->size = sizeof(*value);
    return host->json_member(host->context, json, size, name, value);
}

/* Walk the members of an object or the elements of an array; *offset starts at 0. [plugin]
 * Errors: OD_ENOTFOUND at the end; OD_ESYNTAX. */
OD_MUST_CHECK static inline int od_json_next(const struct od_host *host, const char *json, size_t size,
                                             size_t *offset, struct od_value *value)
{
    value->size = sizeof(*value);
    return host->json_next(host->context, json, size, offset, value);
}

/* The typed readers below leave *out unchanged on error. [plugin]
 * Errors: OD_ENOTFOUND there is no such member; OD_EINVAL it has another type, or is no integer. */
OD_MUST_CHECK static inline int od_json_i64(const struct od_host *host, const char *json, size_t size,
                                            const char *name, int64_t *out)
{
    struct od_value value;
    int rc = od_json_member(host, json, size, name, &value);

    if (rc != OD_OK)
        return rc;
    if (value.type != OD_VALUE_NUMBER || !value.is_integer)
        return OD_EINVAL;
    *out = value.integer;
    return OD_OK;
}

OD_MUST_CHECK static inline int od_json_number(const struct od_host *host, const char *json, size_t size,
                                               const char *name, double *out)
{
    struct od_value value;
    int rc = od_json_member(host, json, size, name, &value);

    if (rc != OD_OK)
        return rc;
    if (value.type != OD_VALUE_NUMBER)
        return OD_EINVAL;
    *out = value.number;
    return OD_OK;
}

/* *out is 0 or 1. */
OD_MUST_CHECK static inline int od_json_bool(const struct od_host *host, const char *json, size_t size,
                                             const char *name, int *out)
{
    struct od_value value;
    int rc = od_json_member(host, json, size, name, &value);

    if (rc != OD_OK)
        return rc;
    if (value.type != OD_VALUE_BOOL)
        return OD_EINVAL;
    *out = value.number != 0;
    return OD_OK;
}

/* *out is borrowed until the callback in hand returns. */
OD_MUST_CHECK static inline int od_json_text(const struct od_host *host, const char *json, size_t size,
                                             const char *name, const char **out)
{
    struct od_value value;
    int rc = od_json_member(host, json, size, name, &value);

    if (rc != OD_OK)
        return rc;
    if (value.type != OD_VALUE_TEXT)
        return OD_EINVAL;
    *out = value.text;
    return OD_OK;
}

/* A field of the offer's form, of any type. [plugin] Errors: OD_ENOTFOUND. */
OD_MUST_CHECK static inline int od_form_value(const struct od_offer *offer, const char *field, struct od_value *value)
{
    return od_json_member(offer->host, offer->form, offer->form_size, field, value);
}

/* Typed form fields. [plugin] Errors: as od_json_i64. */
OD_MUST_CHECK static inline int od_form_i64(const struct od_offer *offer, const char *field, int64_t *out)
{
    return od_json_i64(offer->host, offer->form, offer->form_size, field, out);
}

OD_MUST_CHECK static inline int od_form_number(const struct od_offer *offer, const char *field, double *out)
{
    return od_json_number(offer->host, offer->form, offer->form_size, field, out);
}

OD_MUST_CHECK static inline int od_form_bool(const struct od_offer *offer, const char *field, int *out)
{
    return od_json_bool(offer->host, offer->form, offer->form_size, field, out);
}

OD_MUST_CHECK static inline int od_form_text(const struct od_offer *offer, const char *field, const char **out)
{
    return od_json_text(offer->host, offer->form, offer->form_size, field, out);
}

/* A setting of the connector's configuration, of any type. [plugin] Errors: OD_ENOTFOUND. */
OD_MUST_CHECK static inline int od_config_value(const struct od_host *host, const char *key, struct od_value *value)
{
    return od_json_member(host, host->config, host->config_size, key, value);
}

/* Typed settings. [plugin] Errors: as od_json_i64: *out keeps the default that it held. */
OD_MUST_CHECK static inline int od_config_i64(const struct od_host *host, const char *key, int64_t *out)
{
    return od_json_i64(host, host->config, host->config_size, key, out);
}

OD_MUST_CHECK static inline int od_config_number(const struct od_host *host, const char *key, double *out)
{
    return od_json_number(host, host->config, host->config_size, key, out);
}

OD_MUST_CHECK static inline int od_config_bool(const struct od_host *host, const char *key, int *out)
{
    return od_json_bool(host, host->config, host->config_size, key, out);
}

OD_MUST_CHECK static inline int od_config_text(const struct od_host *host, const char *key, const char **out)
{
    return od_json_text(host, host->config, host->config_size, key, out);
}

#ifdef __cplusplus
}

/* A blank module for C++17: every callback nullptr. */
constexpr struct od_plugin od_plugin_blank()
{
    return {OD_PLUGIN_INIT, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
            nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
}
#endif

#endif
