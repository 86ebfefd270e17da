/* SPDX-License-Identifier: Apache-2.0 */
/* Until the department has the task:
 *
 *   offer -> submit -> registered
 *   offer again, or resumed without a reference -> lookup -> registered, or submit
 *
 * What may have reached the department is looked up there, or recognised by it, before it is
 * submitted again; where neither can be, an officer decides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "json.h"

#define SPREAD_MS_MAX 10000         /* after a restart all tasks are asked for within so long */
#define UNREGISTERED "unregistered" /* checkpoint of a task that was accepted only to ask the applicant */

static void registered(struct task *task, const struct record *record)
{
    const struct od_host *host = task->http->host;

    task->is_registered = true;
    task->failures = 0;
    request_fini(&task->submit);
    if (task_set_ref(task, record->external_ref) != OD_OK) {
        task_fail(task, OD_EFFECT_UNKNOWN, OD_RETRY_BACKOFF, "no_memory", "no memory left for its reference");
        return;
    }
    /* An opinion needs no accept before it, and one less to store. */
    if (record->kind != RECORD_OPINION && od_task_state_of(host, task->handle) == OD_TASK_OFFERED &&
        od_accept(host, task->handle, task->external_ref) != OD_OK) {
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "accept", "the accept could not be reported");
        return;
    }
    watch_apply(task, record);
}

/* A record at `at` of the body that is all right. true: it was applied. */
static bool take_record(struct task *task, const struct answer *answer, const char *at)
{
    char why[RECORD_MESSAGE_MAX + 1];
    struct record record;
    int rc = task_read(task, answer, at, &record, why);

    if (rc == OD_OK)
        registered(task, &record);
    record_fini(&record);
    return rc == OD_OK;
}

/* The department has it, and did not say more. */
static void known(struct task *task, const struct answer *answer)
{
    const struct settings *settings = &task->http->settings;
    struct record pending = {.kind = RECORD_PENDING, .percent = -1};
    bool needs_ref = settings->status.path == NULL || strstr(settings->status.path, "external_ref") != NULL;

    if (take_record(task, answer, settings->answer.record))
        return;
    if (!needs_ref || (settings->status.path != NULL && task->external_ref != NULL))
        registered(task, &pending);
    else
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "no_reference",
                  "the department has it, but did not say under which reference");
}

/* The applicant must complete something before the department takes it at all. */
static void ask_applicant(struct task *task, const struct answer *answer, const struct rule *rule)
{
    const struct http *http = task->http;
    char why[RECORD_MESSAGE_MAX + 1];
    struct record record = {.store = NULL};
    int rc = json_is_whole(answer->body, answer->size)
                 ? record_read_fields(http->host, &http->settings, answer->body, answer->size, &record, why)
                 : OD_ESYNTAX;

    if (rc == OD_OK)
        rc = od_accept(http->host, task->handle, "");
    if (rc == OD_OK)
        rc = od_checkpoint(http->host, task->handle, UNREGISTERED, strlen(UNREGISTERED));
    if (rc == OD_OK)
        rc = http->host->need_input(http->host->context, task->handle, record.fields, record.field_count,
                                    record.question);
    if (rc != OD_OK) {
        struct rule never = {.cause = rule->cause, .retry = RETRY_NEVER};

        task_fail_by(task, answer, &never, OD_EFFECT_NONE);
    }
    record_fini(&record);
}

/* By its table the body is the department's answer; if it is not, an officer reads it. */
static void take_opinion(struct task *task, const struct answer *answer, const struct rule *rule)
{
    struct rule never = {.cause = rule->cause, .retry = RETRY_NEVER};

    if (!take_record(task, answer, task->http->settings.answer.record))
        task_fail_by(task, answer, &never, OD_EFFECT_UNKNOWN);
}

static void look_up_conflict(struct task *task, const struct answer *answer)
{
    if (task->http->settings.lookup.path == NULL) {
        known(task, answer);
        return;
    }
    task->is_after_conflict = true;
    flow_lookup(task);
}

void flow_on_submit(struct task *task, const struct answer *answer)
{
    char why[RECORD_MESSAGE_MAX + 1] = "";
    struct answer told = *answer;
    struct record record = {.store = NULL};
    bool is_garbage = false;

    if (answer->cause == CAUSE_NONE) {
        is_garbage = task_read(task, answer, task->http->settings.answer.record, &record, why) != OD_OK;
        if (!is_garbage)
            registered(task, &record);
        record_fini(&record);
        if (!is_garbage)
            return;
        told.cause = CAUSE_GARBAGE;
        told.detail = why;
    }
    const struct rule *rule = task_rule(task, answer, is_garbage);
    switch (rule->meaning) {
    case MEANING_NOTHING: task_fail_by(task, &told, rule, OD_EFFECT_NONE); break;
    case MEANING_NONE:
    case MEANING_UNKNOWN: task_fail_by(task, &told, rule, OD_EFFECT_UNKNOWN); break;
    case MEANING_DONE: known(task, answer); break;
    case MEANING_LOOKUP: look_up_conflict(task, answer); break;
    case MEANING_OPINION: take_opinion(task, answer, rule); break;
    case MEANING_NEED_INPUT: ask_applicant(task, answer, rule); break;
    }
}

/* The queue of the host is full, or the request cannot be sent at all. */
static void unsent(struct task *task, enum ask ask, int rc)
{
    if (request_is_for_now(rc))
        task_timer(task, ask, task_jitter(task->http, BUSY_MS));
    else
        task_fail(task, ask == ASK_LOOKUP ? OD_EFFECT_UNKNOWN : OD_EFFECT_NONE, OD_RETRY_NEVER, "request",
                  "the request cannot be sent as it is; see the connector's log");
}

static struct request request_copy(const struct request *from)
{
    struct request copy = {.method = from->method, .body_size = from->body_size, .url = strdup(from->url)};

    if (from->body != NULL)
        copy.body = strdup(from->body);
    return copy;
}

void flow_submit(struct task *task)
{
    struct request request = request_copy(&task->submit); /* kept: a conflict may be looked up, a busy queue retried */

    if (request.url == NULL || (request.body == NULL && task->submit.body != NULL)) {
        request_fini(&request);
        unsent(task, ASK_SUBMIT, OD_ENOMEM);
        return;
    }
    int rc = request_send(task, ASK_SUBMIT, request);
    if (rc != OD_OK)
        unsent(task, ASK_SUBMIT, rc);
}

void flow_lookup(struct task *task)
{
    const struct http *http = task->http;
    struct scope scope = task_scope(task);
    struct request request;
    char why[TEMPLATE_WHY_SIZE];
    int rc = request_fill(http, &http->settings.lookup, &scope, &request, why);

    if (rc != OD_OK) {
        task_fail(task, OD_EFFECT_UNKNOWN, OD_RETRY_NEVER, "template", why);
        return;
    }
    rc = request_send(task, ASK_LOOKUP, request);
    if (rc != OD_OK)
        unsent(task, ASK_LOOKUP, rc);
}

/* It is not known there. After a conflict that is a contradiction, which only a person can resolve. */
static void not_found(struct task *task)
{
    if (task->is_after_conflict)
        task_fail(task, OD_EFFECT_UNKNOWN, OD_RETRY_NEVER, "conflict",
                  "the department says that it has the task, but does not find it");
    else if (task->is_cancelling)
        task_cancelled(task, OD_EFFECT_NONE);
    else
        flow_submit(task);
}

/* Not known yet. What was only offered goes back to the hub, which offers it again; what was accepted stays. */
static void lookup_failed(struct task *task, const struct answer *answer, const struct rule *rule)
{
    int64_t delay_ms = task->http->settings.interval_ms;

    if (od_task_state_of(task->http->host, task->handle) == OD_TASK_OFFERED || task->is_cancelling) {
        task_fail_by(task, answer, rule, OD_EFFECT_UNKNOWN);
        return;
    }
    for (uint32_t i = 0; i < task->failures && delay_ms < task->http->settings.interval_max_ms; i++)
        delay_ms *= 2;
    task->failures++;
    delay_ms = delay_ms < answer->retry_after_ms ? answer->retry_after_ms : delay_ms;
    task_timer(task, ASK_LOOKUP, task_jitter(task->http, delay_ms));
}

void flow_on_lookup(struct task *task, const struct answer *answer)
{
    const struct settings *settings = &task->http->settings;
    char why[RECORD_MESSAGE_MAX + 1] = "";
    struct answer told = *answer;
    struct record record;

    if (answer->cause == CAUSE_STATUS && answer->status == 404) {
        not_found(task);
        return;
    }
    if (answer->cause != CAUSE_NONE) {
        lookup_failed(task, answer, task_rule(task, answer, false));
        return;
    }
    int rc = task_read(task, answer, settings->lookup_record, &record, why);
    if (rc == OD_OK) {
        registered(task, &record);
    } else if (rc == OD_ENOTFOUND) {
        not_found(task);
    } else {
        told.cause = CAUSE_GARBAGE;
        told.detail = why;
        lookup_failed(task, &told, task_rule(task, &told, true));
    }
    record_fini(&record);
}

/* Something may have reached the department before. */
static void begin_again(struct task *task)
{
    const struct settings *settings = &task->http->settings;

    if (settings->lookup.path != NULL && settings->lookup_wait_ms > 0)
        task_timer(task, ASK_LOOKUP, settings->lookup_wait_ms);
    else if (settings->lookup.path != NULL)
        flow_lookup(task);
    else if (settings->is_native || !task->may_exist)
        flow_submit(task);
    else
        task_fail(task, OD_EFFECT_UNKNOWN, OD_RETRY_NEVER, "cannot_tell",
                  "an earlier attempt may have reached the department, which can neither be asked nor tell repeats apart");
}

/* It was registered before: ask for its state soon, not all tasks at the same instant. */
static int resume(struct task *task, const struct od_offer *offer)
{
    const struct settings *settings = &task->http->settings;
    int64_t spread_ms = settings->interval_ms < SPREAD_MS_MAX ? settings->interval_ms : SPREAD_MS_MAX;

    task->is_registered = true;
    if (settings->input.path != NULL) {
        task->form = strndup(offer->form, offer->form_size);
        task->form_size = offer->form_size;
    }
    if (task_set_ref(task, offer->external_ref) != OD_OK || (settings->input.path != NULL && task->form == NULL))
        return OD_ENOMEM;
    if (settings->status.path == NULL)
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "no_status",
                  "the department has it, but the configuration names no way to ask for its answer");
    else
        task_timer(task, ASK_STATUS, task_spread(task->http, spread_ms));
    return OD_OK;
}

/* A gateway that sends approved texts alone knows each by a number of its own. NULL = none is set up. */
static const char *template_of(const struct http *http, const struct od_offer *offer)
{
    struct span templates = http->settings.templates;
    const char *kind, *found = NULL;

    if (templates.json == NULL || od_form_text(offer, "message", &kind) != OD_OK ||
        od_json_text(http->host, templates.json, templates.size, kind, &found) != OD_OK)
        return NULL;
    return found;
}

static int render_submit(struct task *task, const struct od_offer *offer, char why[TEMPLATE_WHY_SIZE])
{
    struct scope scope = task_scope(task);
    char attempt[16];

    snprintf(attempt, sizeof(attempt), "%u", offer->attempt);
    scope.attempt = attempt;
    scope.template_id = template_of(task->http, offer);
    scope.received_at = offer->received_at;
    scope.promised_date = offer->promised_date;
    scope.statutory_date = offer->statutory_date;
    scope.form = (struct span){offer->form, offer->form_size};
    scope.applicant = (struct span){offer->applicant, offer->applicant_size};
    scope.materials = (struct span){offer->materials, offer->materials_size};
    return request_fill(task->http, &task->http->settings.submit, &scope, &task->submit, why);
}

static bool is_unregistered(const struct od_offer *offer)
{
    return offer->checkpoint != NULL && offer->checkpoint_size == strlen(UNREGISTERED) &&
           memcmp(offer->checkpoint, UNREGISTERED, strlen(UNREGISTERED)) == 0;
}

static bool is_known_there(const struct http *http, const struct od_offer *offer)
{
    if ((offer->flags & OD_OFFER_RESUMED) == 0)
        return false;
    return *offer->external_ref != '\0' || (http->settings.answer.external_ref == NULL && !is_unregistered(offer));
}

static void begin(struct task *task, const struct od_offer *offer)
{
    char why[TEMPLATE_WHY_SIZE];

    task->may_exist = (offer->flags & OD_OFFER_REDELIVERED) != 0 && !is_unregistered(offer);
    if (render_submit(task, offer, why) != OD_OK)
        task_fail(task, task->may_exist ? OD_EFFECT_UNKNOWN : OD_EFFECT_NONE, OD_RETRY_NEVER, "template", why);
    else if (offer->state == OD_TASK_WAITING && is_unregistered(offer))
        return; /* the applicant's answer brings it back with the completed form */
    else if ((offer->flags & OD_OFFER_REDELIVERED) != 0)
        begin_again(task);
    else
        flow_submit(task);
}

int flow_offer(struct http *http, const struct od_offer *offer)
{
    struct task *task = task_create(http, offer);
    int rc = task != NULL ? OD_OK : OD_EBUSY;

    if (task == NULL)
        return rc;
    if (is_known_there(http, offer))
        rc = resume(task, offer);
    else
        begin(task, offer);
    if (rc != OD_OK)
        task_end(task);
    task_leave(task);
    return rc;
}
