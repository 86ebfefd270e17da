/* SPDX-License-Identifier: Apache-2.0 */
/* Notices for another system: one POST each, a CloudEvent signed by the rules of Standard Webhooks.
 *
 *   offer -> event -> signed with the secret "sign" -> POST -> 2xx: approve
 *                                                     410: the receiver is gone: nothing is sent to it again
 *                                                     else: fail; the hub tries again
 *
 * webhook-id is the same over all attempts, so that the receiver tells repeats apart. That it is gone is kept in the store
 * of the connector, with the address: another address is another receiver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/secret.h>
#include <onedoor/plugin.h>

#include "event.h"

#define SECRET_SIGN "sign"
#define KEY_GONE "gone"
#define GONE_TEXT "the receiver said 410 Gone: it wants no more; give another url, or unload this connector"
#define FAILURES_DEGRADED 3

struct webhook {
    const struct od_host *host;
    const struct od_http *http;
    const struct od_secret *secrets;
    const struct od_kv *kv;
    char url[1025], source[257];
    uint32_t timeout_ms, failures;
    int has_text, is_gone, is_known; /* is_known: whether it is gone has been looked up */
};

/* One event on its way. */
struct job {
    struct webhook *webhook;
    od_task task;
    char id[128];
    char *body; /* owned */
    size_t size;
    int64_t at_s;
};

static void job_free(struct job *job)
{
    free(job->body);
    free(job);
}

/* The task may have moved on while something was asked. */
static int is_ours(const struct job *job)
{
    return od_task_state_of(job->webhook->host, job->task) == OD_TASK_OFFERED;
}

static void fail(const struct job *job, enum od_effect effect, int64_t retry_after_ms, const char *code, const char *detail)
{
    struct od_failure failure = {.size = OD_FAILURE_INIT, .effect = effect, .retry_after_ms = retry_after_ms, .code = code, .detail = detail};

    job->webhook->failures++;
    if (is_ours(job) && od_report_failure(job->webhook->host, job->task, &failure) != OD_OK)
        od_log(job->webhook->host, OD_LOG_ERROR, job->task, "a failure could not be reported");
}

static void refuse(const struct od_host *host, od_task task)
{
    if (od_reject(host, task, GONE_TEXT) != OD_OK)
        od_log(host, OD_LOG_ERROR, task, "an end could not be reported");
}

/* -- The answer -- */

static void on_gone_kept(void *self, int error, const void *value, size_t size, void *arg)
{
    struct webhook *webhook = self;

    (void)value;
    (void)size;
    (void)arg;
    if (error != OD_OK)
        od_log(webhook->host, OD_LOG_WARNING, 0, "that the receiver is gone could not be kept: it is asked again after a restart");
}

static void take_gone(struct job *job)
{
    struct webhook *webhook = job->webhook;

    webhook->is_gone = 1;
    od_log(webhook->host, OD_LOG_ERROR, 0, GONE_TEXT);
    if (webhook->kv != NULL && od_kv_put(webhook->kv, KEY_GONE, webhook->url, strlen(webhook->url), on_gone_kept, NULL) != OD_OK)
        od_log(webhook->host, OD_LOG_WARNING, 0, "that the receiver is gone could not be kept");
    if (is_ours(job))
        refuse(webhook->host, job->task);
}

static void on_response(void *self, const struct od_http_response *response, void *arg)
{
    struct job *job = arg;
    struct webhook *webhook = self;
    char code[32];

    snprintf(code, sizeof(code), "http_%u", response->status);
    if (response->error != OD_OK) {
        fail(job, (enum od_effect)response->effect, OD_RETRY_BACKOFF, "unreachable", response->detail);
    } else if (response->status >= 200 && response->status < 300) {
        webhook->failures = 0;
        if (is_ours(job) && od_approve(webhook->host, job->task, NULL) != OD_OK)
            od_log(webhook->host, OD_LOG_ERROR, job->task, "an end could not be reported");
    } else if (response->status == 410) {
        take_gone(job);
    } else {
        int64_t wait_ms = event_retry_after_ms(od_http_header_find(response, "retry-after"));

        fail(job, OD_EFFECT_UNKNOWN, wait_ms >= 0 ? wait_ms : OD_RETRY_BACKOFF, code, "the receiver did not take it");
    }
    job_free(job);
}

/* -- Signed and sent -- */

static int send_event(struct job *job, const unsigned char mac[32])
{
    const struct webhook *webhook = job->webhook;
    char signature[EVENT_SIGNATURE_SIZE], at[24];
    struct od_http_header headers[] = {
        {.name = "Content-Type", .value = "application/cloudevents+json; charset=utf-8"},
        {.name = "webhook-id", .value = job->id},
        {.name = "webhook-timestamp", .value = at},
        {.name = "webhook-signature", .value = signature},
    };
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = "POST", .url = webhook->url, .headers = headers,
                                      .header_count = sizeof(headers) / sizeof(headers[0]), .timeout_ms = webhook->timeout_ms,
                                      .body = job->body, .body_size = job->size};

    snprintf(at, sizeof(at), "%lld", (long long)job->at_s);
    event_signature(mac, signature);
    return od_http_send(webhook->http, &request, on_response, job);
}

static void on_signed(void *self, int error, const void *value, size_t size, void *arg)
{
    struct job *job = arg;

    (void)self;
    if (error == OD_OK && size == 32 && send_event(job, value) == OD_OK)
        return;
    fail(job, OD_EFFECT_NONE, OD_RETRY_BACKOFF, "unsigned", "it could not be signed with the secret \"" SECRET_SIGN "\", or not be sent now");
    job_free(job);
}

static int sign(struct job *job)
{
    size_t size;
    char *bytes = event_signed(job->id, job->at_s, job->body, job->size, &size);
    int rc = bytes != NULL ? od_secret_hmac_sha256(job->webhook->secrets, SECRET_SIGN, bytes, size, on_signed, job) : OD_ENOMEM;

    free(bytes);
    return rc;
}

static void on_looked_up(void *self, int error, const void *value, size_t size, void *arg)
{
    struct webhook *webhook = self;
    struct job *job = arg;

    webhook->is_known = error == OD_OK || error == OD_ENOTFOUND;
    webhook->is_gone = error == OD_OK && size == strlen(webhook->url) && memcmp(value, webhook->url, size) == 0;
    if (webhook->is_gone) {
        if (is_ours(job))
            refuse(webhook->host, job->task);
        job_free(job);
        return;
    }
    if (sign(job) == OD_OK)
        return;
    if (is_ours(job) && od_give_back(webhook->host, job->task) != OD_OK)
        od_log(webhook->host, OD_LOG_ERROR, job->task, "could not give it back");
    job_free(job);
}

/* -- Offers -- */

static const char *form_text(const struct od_offer *offer, const char *key)
{
    const char *text = "";

    return od_form_text(offer, key, &text) == OD_OK ? text : "";
}

/* A text of the form lives until the next one is read. */
static char *form_copy(const struct od_offer *offer, const char *key)
{
    return strdup(form_text(offer, key));
}

static char *make(const struct webhook *webhook, const struct od_offer *offer, size_t *size)
{
    char *kind = form_copy(offer, "message"), *language = form_copy(offer, "language"), *title = form_copy(offer, "subject");
    char *text = form_copy(offer, "text");
    int is_test = 0;
    struct event event = {.id = offer->idempotency_key, .source = webhook->source, .kind = kind, .number = offer->application,
                          .language = language, .subject = webhook->has_text ? title : NULL, .text = webhook->has_text ? text : NULL,
                          .at_ms = od_now_ms(webhook->host)};
    char *body = NULL;

    if (od_form_bool(offer, "test", &is_test) == OD_OK)
        event.is_test = is_test;
    if (kind != NULL && language != NULL && title != NULL && text != NULL)
        body = event_make(&event, size);
    free(kind);
    free(language);
    free(title);
    free(text);
    return body;
}

static int webhook_offer(void *self, const struct od_offer *offer)
{
    struct webhook *webhook = self;

    if (webhook->is_gone)
        return od_reject(webhook->host, offer->task, GONE_TEXT);
    struct job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return OD_EBUSY;
    job->webhook = webhook;
    job->task = offer->task;
    job->at_s = od_now_ms(webhook->host) / 1000;
    snprintf(job->id, sizeof(job->id), "%.127s", offer->idempotency_key);
    job->body = make(webhook, offer, &job->size);
    int rc = job->body == NULL ? OD_ENOMEM
             : webhook->is_known || webhook->kv == NULL ? sign(job)
                                                        : od_kv_get(webhook->kv, KEY_GONE, on_looked_up, job);
    if (rc == OD_OK)
        return OD_OK;
    job_free(job);
    return OD_EBUSY;
}

static int webhook_open(const struct od_host *host, void **self)
{
    struct webhook *webhook = calloc(1, sizeof(*webhook));
    const char *text;
    int64_t timeout_ms = 15000;

    if (webhook == NULL)
        return OD_ENOMEM;
    webhook->host = host;
    webhook->http = od_extension(host, OD_HTTP_1);
    webhook->secrets = od_extension(host, OD_SECRET_1);
    webhook->kv = od_extension(host, OD_KV_1);
    webhook->has_text = 1;
    if (webhook->http == NULL || webhook->secrets == NULL || od_config_text(host, "url", &text) != OD_OK) {
        od_log(host, OD_LOG_ERROR, 0, "the host offers no od.http/1 or od.secret/1, or url is missing");
        free(webhook);
        return OD_EINVAL;
    }
    snprintf(webhook->url, sizeof(webhook->url), "%s", text);
    snprintf(webhook->source, sizeof(webhook->source), "%s", od_config_text(host, "source", &text) == OD_OK ? text : "/onedoor");
    if (od_config_i64(host, "timeout_ms", &timeout_ms) != OD_OK)
        timeout_ms = 15000;
    webhook->timeout_ms = (uint32_t)timeout_ms;
    if (od_config_bool(host, "with_text", &webhook->has_text) != OD_OK)
        webhook->has_text = 1;
    *self = webhook;
    return OD_OK;
}

static void webhook_health(void *self, struct od_health *health)
{
    const struct webhook *webhook = self;

    if (webhook->is_gone) {
        health->status = OD_HEALTH_FAILING;
        snprintf(health->note, sizeof(health->note), "the receiver said 410 Gone: nothing is sent to it");
    } else if (webhook->failures >= FAILURES_DEGRADED) {
        health->status = OD_HEALTH_DEGRADED;
        snprintf(health->note, sizeof(health->note), "%u events in a row not taken", webhook->failures);
    }
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "webhook", .version = "1.0.0", .open = webhook_open, .close = free, .offer = webhook_offer,
             .health = webhook_health};
