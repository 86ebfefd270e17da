/* SPDX-License-Identifier: Apache-2.0 */
/* From the accept to the opinion:
 *
 *   (timer -> status)* or event -> apply -> opinion
 *   need_input -> the applicant answers -> input -> status ...
 *   withdrawn -> cancel -> cancelled, unless the opinion came first
 *
 * A department that cannot be reached is asked again, for as long as it takes: a dead link
 * is never an opinion, and never the end of a task that the department has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "json.h"

static int64_t doubled(int64_t delay_ms, uint32_t times, int64_t delay_max_ms)
{
    while (times-- > 0 && delay_ms < delay_max_ms)
        delay_ms *= 2;
    return delay_ms < delay_max_ms ? delay_ms : delay_max_ms;
}

void watch_schedule(struct task *task, int64_t retry_after_ms)
{
    const struct settings *settings = &task->http->settings;
    bool is_slow = settings->mode == MODE_CALLBACK ||
                   od_task_state_of(task->http->host, task->handle) == OD_TASK_WAITING;
    int64_t delay_ms = is_slow ? settings->safety_ms
                               : doubled(settings->interval_ms, task->polls, settings->interval_max_ms);

    if (task->failures > 0)
        delay_ms = doubled(settings->interval_ms, task->failures, settings->interval_max_ms);
    delay_ms = task_jitter(task->http, delay_ms);
    task_timer(task, ASK_STATUS, delay_ms > retry_after_ms ? delay_ms : retry_after_ms);
}

static void opine(struct task *task, const struct record *record)
{
    struct od_opinion opinion = record->opinion;

    if (opinion.external_ref == NULL)
        opinion.external_ref = task->external_ref;
    int rc = od_give_opinion(task->http->host, task->handle, &opinion);
    if (request_is_for_now(rc) && task->http->settings.status.path != NULL)
        task_timer(task, ASK_STATUS, task_jitter(task->http, BUSY_MS));
    else if (rc != OD_OK)
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "opinion", "the department's opinion does not fit; see the log");
    else
        task_end(task);
}

/* A rest that is over ends before anything else is told. */
static void unpause(const struct task *task)
{
    const struct od_host *host = task->http->host;

    if (od_task_state_of(host, task->handle) == OD_TASK_PAUSED && od_unpause(host, task->handle) != OD_OK)
        od_log(host, OD_LOG_WARNING, task->handle, "the end of a pause could not be reported");
}

static void tell_progress(struct task *task, const struct record *record)
{
    const struct od_host *host = task->http->host;

    if (record->percent < 0 || record->percent == task->percent)
        return;
    task->polls = 0;
    task->percent = record->percent;
    if (od_progress(host, task->handle, (uint32_t)record->percent, record->progress) != OD_OK)
        od_log(host, OD_LOG_WARNING, task->handle, "progress could not be reported");
}

static void pause_task(struct task *task, const struct record *record)
{
    const struct http *http = task->http;

    if (od_task_state_of(http->host, task->handle) != OD_TASK_ACCEPTED)
        return;
    task->polls = 0;
    if (od_pause(http->host, task->handle, http->settings.answer.pause_kind, record->pause_days) != OD_OK)
        od_log(http->host, OD_LOG_WARNING, task->handle, "a pause could not be reported");
}

/* Of the form after a restart: {"field": value, ...} of the fields that are asked for, if all of them are there. */
static char *answer_of_form(const struct task *task, const struct record *record, size_t *size)
{
    struct out out = {.size_max = OD_HTTP_BODY_MAX};
    struct od_value value;

    out_put(&out, "{", 1);
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (od_json_member(task->http->host, task->form, task->form_size, record->fields[i], &value) != OD_OK ||
            value.type == OD_VALUE_NULL) {
            out_fini(&out);
            return NULL;
        }
        out_put(&out, ",", i > 0);
        out_quoted(&out, record->fields[i], strlen(record->fields[i]));
        out_put(&out, ":", 1);
        out_put(&out, value.json, value.json_size);
    }
    out_put(&out, "}", 1);
    *size = out.size;
    return out_take(&out);
}

/* After a restart the applicant may have answered already: the answer is in the form, and whether it reached
 * the department is not known. It is sent once (with a key of its own) before the applicant is asked again. */
static bool has_answered(struct task *task, const struct record *record)
{
    if (task->form == NULL)
        return false;
    task->input = answer_of_form(task, record, &task->input_size);
    free(task->form);
    task->form = NULL;
    return task->input != NULL;
}

static void need_input(struct task *task, const struct record *record)
{
    const struct od_host *host = task->http->host;

    if (od_task_state_of(host, task->handle) == OD_TASK_WAITING || task->input != NULL || has_answered(task, record))
        return;
    unpause(task);
    task->polls = 0;
    if (host->need_input(host->context, task->handle, record->fields, record->field_count, record->question) != OD_OK)
        od_log(host, OD_LOG_WARNING, task->handle, "a question could not be put to the applicant");
}

void watch_apply(struct task *task, const struct record *record)
{
    if (task->is_cancelling && record->kind != RECORD_OPINION)
        return; /* only an opinion still counts */
    switch (record->kind) {
    case RECORD_OPINION: opine(task, record); return;
    case RECORD_NEED_INPUT: need_input(task, record); break;
    case RECORD_PAUSE: pause_task(task, record); break;
    case RECORD_NONE:
    case RECORD_PENDING:
        unpause(task);
        tell_progress(task, record);
        break;
    }
    watch_schedule(task, -1);
}

void watch_status(struct task *task)
{
    const struct http *http = task->http;
    struct scope scope = task_scope(task);
    struct request request;
    char why[TEMPLATE_WHY_SIZE];
    int rc = request_fill(http, &http->settings.status, &scope, &request, why);

    if (rc != OD_OK) {
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "template", why);
        return;
    }
    rc = request_send(task, ASK_STATUS, request);
    if (request_is_for_now(rc))
        task_timer(task, ASK_STATUS, task_jitter(task->http, BUSY_MS));
    else if (rc != OD_OK)
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "request", "the request cannot be sent as it is; see the log");
}

/* The department does not know it any more: after some patience an officer is asked. */
static bool is_gone(struct task *task, const struct answer *answer)
{
    bool is_missing = answer->cause == CAUSE_STATUS && (answer->status == 404 || answer->status == 410);

    task->gone = is_missing ? task->gone + 1 : 0;
    if (task->gone < GONE_MAX)
        return false;
    task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "gone", "the department accepted it and does not find it any more");
    return true;
}

/* No news: ask again later. */
static void status_failed(struct task *task, const struct answer *answer, const char *why)
{
    char text[RECORD_MESSAGE_MAX + 100];

    if (is_gone(task, answer))
        return;
    if (task->failures++ == 0) { /* said once in a row */
        snprintf(text, sizeof(text), "no usable answer about %s: %s %u %s", task->ids.task,
                 rule_cause_name(answer->cause), answer->status, why);
        od_log(task->http->host, OD_LOG_WARNING, task->handle, text);
    }
    watch_schedule(task, answer->retry_after_ms);
}

void watch_on_status(struct task *task, const struct answer *answer)
{
    const struct settings *settings = &task->http->settings;
    char why[RECORD_MESSAGE_MAX + 1] = "";
    struct record record = {.store = NULL};
    bool is_answer = answer->cause == CAUSE_NONE;

    if (answer->cause == CAUSE_STATUS) /* a table may say that such a status bears an opinion */
        is_answer = task_rule(task, answer, false)->meaning == MEANING_OPINION;
    if (is_answer && task_read(task, answer, settings->answer.record, &record, why) == OD_OK) {
        task->failures = task->gone = 0;
        task->polls++;
        watch_apply(task, &record);
    } else {
        status_failed(task, answer, answer->cause == CAUSE_NONE ? why : answer->detail);
    }
    if (task->is_cancelling && task->cancel_tries > 0 && !task->is_ended)
        task_cancelled(task, OD_EFFECT_DONE); /* it was too late to cancel, and there is no opinion yet */
    record_fini(&record);
}

/* Does the record bear another reference than the one that the department gave this task? */
static bool is_of_another(const struct task *task, const struct record *record)
{
    return task->external_ref != NULL && *task->external_ref != '\0' && record->external_ref != NULL &&
           strcmp(task->external_ref, record->external_ref) != 0;
}

/* Only what is final is taken from a callback, which may come again after a restart; the rest is asked for. */
void watch_event(struct task *task, const char *body, size_t size)
{
    const struct http *http = task->http;
    char why[RECORD_MESSAGE_MAX + 1] = "";
    struct record record = {.store = NULL};
    int rc = http->settings.is_event_news
                 ? OD_ENOTFOUND
                 : record_read(http->host, &http->settings, http->settings.event_record, body, size, &record, why);

    if (rc == OD_OK && is_of_another(task, &record)) {
        snprintf(why, sizeof(why), "a callback about %.100s came to the task of %.100s and is not taken", record.external_ref,
                 task->external_ref);
        rc = OD_ESYNTAX;
    }
    if (rc == OD_OK && record.kind == RECORD_OPINION) {
        rc = task_set_ref(task, record.external_ref);
        watch_apply(task, &record);
    } else if (task->is_registered && task->asking == ASK_NONE && http->settings.status.path != NULL) {
        task_timer(task, ASK_STATUS, 0);
    }
    if (rc == OD_ESYNTAX)
        od_log(http->host, OD_LOG_WARNING, task->handle, why);
    record_fini(&record);
}

void watch_input(struct task *task, const char *answer, size_t size)
{
    if (!task->is_registered) { /* the department asked before it took the task: submit the completed form */
        task_fail(task, OD_EFFECT_DONE, 0, "input_received", "the applicant completed the form");
        return;
    }
    free(task->input);
    task->input = strndup(answer, size);
    task->input_size = size;
    if (task->input == NULL)
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_BACKOFF, "no_memory", "no memory left for the applicant's answer");
}

void watch_send_input(struct task *task)
{
    const struct http *http = task->http;
    struct scope scope = task_scope(task);
    struct request request;
    char why[TEMPLATE_WHY_SIZE];

    if (http->settings.input.path == NULL) {
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "no_input", "the department takes no answers of applicants");
        return;
    }
    int rc = request_fill(http, &http->settings.input, &scope, &request, why);
    if (rc != OD_OK) {
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "template", why);
        return;
    }
    rc = request_send(task, ASK_INPUT, request);
    if (request_is_for_now(rc))
        task_timer(task, ASK_INPUT, task_jitter(task->http, BUSY_MS));
    else if (rc != OD_OK)
        task_fail(task, OD_EFFECT_DONE, OD_RETRY_NEVER, "request", "the request cannot be sent as it is; see the log");
}

void watch_on_input(struct task *task, const struct answer *answer)
{
    const struct settings *settings = &task->http->settings;
    const struct rule *rule = task_rule(task, answer, false);

    if (answer->cause == CAUSE_NONE) {
        free(task->input);
        task->input = NULL;
        task->failures = task->polls = 0;
        watch_schedule(task, -1);
        return;
    }
    if (answer->cause == CAUSE_STATUS && rule->meaning == MEANING_NOTHING && rule->retry == RETRY_NEVER) {
        task_fail_by(task, answer, rule, OD_EFFECT_DONE); /* an officer reads why it was not taken */
        return;
    }
    int64_t delay_ms = doubled(settings->interval_ms, task->failures++, settings->interval_max_ms);
    delay_ms = task_jitter(task->http, delay_ms);
    task_timer(task, ASK_INPUT, delay_ms > answer->retry_after_ms ? delay_ms : answer->retry_after_ms);
}

/* Nothing is there to be undone, or nothing is known to be. */
static void cancel_unregistered(struct task *task)
{
    if (task->may_exist && task->http->settings.lookup.path != NULL)
        flow_lookup(task);
    else
        task_cancelled(task, task->may_exist ? OD_EFFECT_UNKNOWN : OD_EFFECT_NONE);
}

void watch_cancel(struct task *task)
{
    const struct http *http = task->http;
    struct scope scope = task_scope(task);
    struct request request;
    char why[TEMPLATE_WHY_SIZE];

    if (task->asking != ASK_NONE)
        return; /* leave comes back here when its answer is there */
    if (!task->is_registered) {
        cancel_unregistered(task);
        return;
    }
    int rc = http->settings.cancel.path != NULL ? request_fill(http, &http->settings.cancel, &scope, &request, why)
                                                : OD_EUNSUPPORTED;
    if (rc == OD_OK)
        rc = request_send(task, ASK_CANCEL, request);
    if (request_is_for_now(rc))
        task_timer(task, ASK_CANCEL, task_jitter(task->http, BUSY_MS));
    else if (rc != OD_OK)
        task_cancelled(task, OD_EFFECT_DONE); /* what the department has stays there */
}

void watch_on_cancel(struct task *task, const struct answer *answer)
{
    bool is_status = answer->cause == CAUSE_STATUS;

    if (answer->cause == CAUSE_NONE || (is_status && (answer->status == 404 || answer->status == 410)))
        task_cancelled(task, OD_EFFECT_NONE);
    else if (++task->cancel_tries >= CANCEL_TRIES_MAX)
        task_cancelled(task, OD_EFFECT_UNKNOWN);
    else if (is_status && answer->status == 409 && task->http->settings.status.path != NULL)
        watch_status(task); /* too late to cancel: its opinion may have been given already, and counts */
    else if (is_status && answer->status >= 400 && answer->status < 500 && answer->status != 408 &&
             answer->status != 425 && answer->status != 429)
        task_cancelled(task, OD_EFFECT_DONE);
    else
        task_timer(task, ASK_CANCEL,
                   answer->retry_after_ms >= 0 ? answer->retry_after_ms
                                               : doubled(BUSY_MS, task->cancel_tries, 60 * BUSY_MS));
}
