/* SPDX-License-Identifier: Apache-2.0 */
/* A department behind a REST API: one task, from its submission to the department's
 * opinion.
 *
 *   offer -> (lookup ->) submit -> accept -> status, status, ... or event -> opinion
 *
 * At most one request of a task is under way. What a request means is said in rule.h;
 * what an answer holds, in record.h. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/secret.h>
#include <onedoor/ext/timer.h>
#include <onedoor/plugin.h>

#include "record.h"
#include "settings.h"

#define GONE_MAX 5          /* so often 404 or 410 in a row: the department has lost the task */
#define CANCEL_TRIES_MAX 5
#define BUSY_MS 1000        /* a full queue of the host: again after so long */
#define FAILURES_DEGRADED 3 /* requests in a row without a usable answer */

enum ask {
    ASK_NONE = 0,
    ASK_SUBMIT,
    ASK_LOOKUP,
    ASK_STATUS,
    ASK_INPUT,
    ASK_CANCEL,
};

struct http {
    const struct od_host *host;
    const struct od_http *web;
    const struct od_secret *secrets; /* NULL where the authentication needs none */
    const struct od_timer *timers;
    struct settings settings;
    uint64_t dice;     /* of the jitter */
    uint32_t failures; /* requests in a row without a usable answer */
    char failure[64];  /* of the last one */
};

/* What the host sent, until its answer is there. */
struct request {
    const char *method;
    char *url, *body; /* owned; body NULL = none */
    size_t body_size;
    char *signature;  /* owned, NULL = none */
};

/* The names that a path may use after the offer. */
struct ids {
    char *application, *task, *idempotency_key, *matter, *department, *service; /* owned */
};

struct task {
    struct http *http;
    od_task handle;
    struct ids ids;
    char *external_ref;     /* owned; NULL = not known */
    char *reason;           /* owned: of the cancellation */
    struct request submit;  /* rendered while the offer is there; the url is NULL once it is registered */
    struct request request; /* the one under way */
    enum ask asking;        /* what is under way */
    enum ask due;           /* what the timer will ask */
    uint64_t timer;         /* 0 = none */
    char *form;             /* owned: of a resumed task, to answer a question that was answered before */
    size_t form_size;
    char *input;            /* owned: the applicant's answer, not yet with the department */
    size_t input_size;
    uint32_t polls;         /* without news, one after another */
    uint32_t failures, gone, cancel_tries;
    int32_t percent;        /* as told last, -1 = never */
    bool is_registered;     /* the department has it, as far as is known */
    bool may_exist;         /* an earlier attempt may have registered it */
    bool is_after_conflict; /* the lookup follows a 409 */
    bool is_cancelling, is_ended;
};

/* An answer, or why there is none. Borrowed for the callback. */
struct answer {
    enum cause cause; /* NONE: 2xx */
    uint32_t status;
    const char *body;
    size_t size;
    bool is_json;     /* by its content type, or none is said */
    int64_t retry_after_ms; /* -1 = not said */
    const char *detail;
};

/* serve.c: the callbacks of a module. host->config is as docs/connectors/http.md describes it, and both stay in place
 * until close. */
int http_open(const struct od_host *host, void **self);
void http_close(void *self);
int http_offer(void *self, const struct od_offer *offer);
void http_cancel(void *self, od_task handle, const char *reason);
void http_input(void *self, od_task handle, const char *answer, size_t size);
void http_event(void *self, od_task handle, const char *body, size_t size);
void http_release(void *self, od_task handle, const char *reason);
void http_answered(void *self, const struct od_answer *answer);
void http_health(void *self, struct od_health *health);
void http_drain(void *self);

/* flow.c: until the department has the task. */
int flow_offer(struct http *http, const struct od_offer *offer);
void flow_on_submit(struct task *task, const struct answer *answer);
void flow_on_lookup(struct task *task, const struct answer *answer);
void flow_submit(struct task *task);
void flow_lookup(struct task *task);

/* watch.c: from there to the opinion. */
void watch_apply(struct task *task, const struct record *record);
void watch_on_status(struct task *task, const struct answer *answer);
void watch_on_input(struct task *task, const struct answer *answer);
void watch_on_cancel(struct task *task, const struct answer *answer);
void watch_status(struct task *task);
void watch_cancel(struct task *task);
void watch_event(struct task *task, const char *body, size_t size);
void watch_input(struct task *task, const char *answer, size_t size);
void watch_send_input(struct task *task);
/* Poll again when the mode says so, not before retry_after_ms (-1 = not said). */
void watch_schedule(struct task *task, int64_t retry_after_ms);

/* task.c: what every step uses. */
struct task *task_create(struct http *http, const struct od_offer *offer); /* NULL = no memory left */
struct task *task_find(struct http *http, od_task handle);                 /* NULL = there is none */
/* Nothing more is done for it; leave frees it. */
void task_end(struct task *task);
/* At the end of every callback: what is due next is begun, and a task that ended is freed when no request
 * of it is under way. */
void task_leave(struct task *task);
/* Ask `due` after delay_ms; it replaces an earlier timer. */
void task_timer(struct task *task, enum ask due, int64_t delay_ms);
int64_t task_spread(struct http *http, int64_t max_ms);    /* 0..max_ms, each as likely */
int64_t task_jitter(struct http *http, int64_t delay_ms); /* 90..110 % of it */
/* No opinion can be got by this attempt. Ends the task. */
void task_fail(struct task *task, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail);
/* As task_fail, by an answer and what it means. */
void task_fail_by(struct task *task, const struct answer *answer, const struct rule *rule, enum od_effect effect);
void task_cancelled(struct task *task, enum od_effect effect);
int task_set_ref(struct task *task, const char *external_ref); /* OD_ENOMEM */
struct scope task_scope(const struct task *task);
/* Read the record of a 2xx. Errors: as record_read; OD_ESYNTAX also for what is no JSON. */
int task_read(const struct task *task, const struct answer *answer, const char *at, struct record *record,
              char why[RECORD_MESSAGE_MAX + 1]);
/* The row that fits; garbage: the 2xx could not be read. */
const struct rule *task_rule(const struct task *task, const struct answer *answer, bool is_garbage);

/* request.c: one request. */
/* Fill an endpoint's templates. Errors (why): as template_body. */
int request_fill(const struct http *http, const struct endpoint *endpoint, const struct scope *scope,
                 struct request *request, char why[TEMPLATE_WHY_SIZE]);
/* Send it for the task; its answer comes to the on_ function of `ask`. The request is owned by the task from here,
 * also after an error. Errors: OD_EBUSY; others: it cannot be sent as it is. */
int request_send(struct task *task, enum ask ask, struct request request);
void request_fini(struct request *request);
bool request_is_for_now(int rc); /* a full queue, no memory, or the end of the process: not the request's fault */

#endif
