/* SPDX-License-Identifier: Apache-2.0 */
/* A department's connector as tests need one: it submits an offer over HTTP with a secret in a header, counts
 * in its own store, accepts with the number that the department gave, and waits to be called back.
 *
 *   offer -> POST <url>/submit -> kv "count" + 1 -> accept
 *   event -> approve with the event's id and body as the reason
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/ext/http.h>
#include <onedoor/ext/kv.h>
#include <onedoor/ext/secret.h>
#include <onedoor/plugin.h>

struct caller {
    const struct od_host *host;
    const struct od_http *http;
    const struct od_kv *kv;
    const struct od_secret *secrets;
    char url[256];
    int is_patient; /* an event does not end the task */
};

/* One offer on its way. */
struct submission {
    struct caller *caller;
    od_task task;
    char reference[OD_EXTERNAL_REF_MAX + 1];
};

static void must(int rc)
{
    if (rc != OD_OK && rc != OD_ESTALE)
        abort();
}

static void on_counted(void *self, int error, const void *value, size_t size, void *arg)
{
    struct caller *caller = self;
    struct submission *submission = arg;

    (void)value;
    (void)size;
    if (error == OD_OK)
        must(od_accept(caller->host, submission->task, submission->reference));
    else
        must(od_fail(caller->host, submission->task, OD_EFFECT_DONE, "kv", "the count is not kept"));
    free(submission);
}

static void on_count(void *self, int error, const void *value, size_t size, void *arg)
{
    struct caller *caller = self;
    char text[32] = "";

    if (error == OD_OK && size < sizeof(text))
        memcpy(text, value, size);
    int length = snprintf(text, sizeof(text), "%ld", strtol(text, NULL, 10) + 1);
    must(od_kv_put(caller->kv, "count", text, (size_t)length, on_counted, arg));
}

static void on_response(void *self, const struct od_http_response *response, void *arg)
{
    struct caller *caller = self;
    struct submission *submission = arg;

    if (response->error == OD_OK && response->status == 200 && response->body_size < sizeof(submission->reference)) {
        memcpy(submission->reference, response->body, response->body_size);
        must(od_kv_get(caller->kv, "count", on_count, submission));
        return;
    }
    char code[32];
    snprintf(code, sizeof(code), "http %d %u", (int)response->error, (unsigned)response->status);
    must(od_fail(caller->host, submission->task, response->error == OD_OK ? OD_EFFECT_UNKNOWN : (enum od_effect)response->effect, code,
                 response->detail));
    free(submission);
}

static int caller_offer(void *self, const struct od_offer *offer)
{
    struct caller *caller = self;
    struct submission *submission = calloc(1, sizeof(*submission));
    struct od_http_header headers[] = {{.name = "Authorization", .value = "Bearer ", .secret = "api-token"},
                                       {.name = "Idempotency-Key", .value = offer->idempotency_key}};
    struct od_http_request request = {OD_HTTP_REQUEST_INIT, .method = "POST", .headers = headers, .header_count = 2, .timeout_ms = 4000,
                                      .body = "{}", .body_size = 2};
    char url[300];

    if (submission == NULL)
        return OD_ENOMEM;
    submission->caller = caller;
    submission->task = offer->task;
    snprintf(url, sizeof(url), "%s/submit", caller->url);
    request.url = url;
    int rc = od_http_send(caller->http, &request, on_response, submission);
    if (rc != OD_OK)
        free(submission);
    return rc;
}

/* The department has it: nothing but its call is waited for. */
static int caller_resume(void *self, const struct od_offer *offer)
{
    (void)self;
    (void)offer;
    return OD_OK;
}

static void caller_event(void *self, od_task task, const char *body, size_t size)
{
    struct caller *caller = self;
    char reason[256];

    snprintf(reason, sizeof(reason), "called back: %.*s", (int)(size < 200 ? size : 200), body);
    must(caller->is_patient ? od_progress(caller->host, task, 50, reason) : od_approve(caller->host, task, reason));
}

static int caller_open(const struct od_host *host, void **self)
{
    struct caller *caller = calloc(1, sizeof(*caller));
    const char *url = "";

    if (caller == NULL)
        return OD_ENOMEM;
    caller->host = host;
    caller->http = od_extension(host, OD_HTTP_1);
    caller->kv = od_extension(host, OD_KV_1);
    caller->secrets = od_extension(host, OD_SECRET_1);
    int rc = od_config_text(host, "url", &url);
    if (rc != OD_OK || caller->http == NULL || caller->kv == NULL) {
        free(caller);
        return rc != OD_OK ? rc : OD_EUNSUPPORTED;
    }
    snprintf(caller->url, sizeof(caller->url), "%s", url);
    (void)!od_config_bool(host, "patient", &caller->is_patient);
    *self = caller;
    return OD_OK;
}

OD_PLUGIN = {OD_PLUGIN_INIT,       .id = "caller",        .version = "1.0.0",      .open = caller_open,
             .close = free,        .offer = caller_offer, .resume = caller_resume, .event = caller_event};
