/* SPDX-License-Identifier: Apache-2.0 */
/* send -> (on_signed ->) on_response -> the step that waits for it -> leave */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "when.h"

#define KEY_SIZE 320 /* an idempotency key with what is put behind it */

int request_fill(const struct http *http, const struct endpoint *endpoint, const struct scope *scope,
                 struct request *request, char why[TEMPLATE_WHY_SIZE])
{
    struct out url = {.size_max = OD_HTTP_URL_MAX}, body = {.size_max = OD_HTTP_BODY_MAX};

    *request = (struct request){.method = endpoint->method};
    out_text(&url, http->settings.base_url);
    int rc = template_path(scope, endpoint->path, &url, why);
    if (rc == OD_OK && endpoint->body.json != NULL)
        rc = template_body(scope, endpoint->body.json, endpoint->body.size, &body, why);
    if (rc == OD_OK) {
        request->body_size = body.size;
        request->body = body.size > 0 ? out_take(&body) : NULL;
        request->url = out_take(&url);
        if (request->url == NULL || (request->body_size > 0 && request->body == NULL))
            rc = OD_ENOMEM;
    }
    out_fini(&url);
    out_fini(&body);
    if (rc != OD_OK)
        request_fini(request);
    return rc;
}

void request_fini(struct request *request)
{
    free(request->url);
    free(request->body);
    free(request->signature);
    *request = (struct request){.method = NULL};
}

bool request_is_for_now(int rc)
{
    return rc == OD_EBUSY || rc == OD_ENOMEM || rc == OD_ESTATE;
}

static void dispatch(struct task *task, enum ask asked, const struct answer *answer)
{
    switch (asked) {
    case ASK_SUBMIT: flow_on_submit(task, answer); break;
    case ASK_LOOKUP: flow_on_lookup(task, answer); break;
    case ASK_STATUS: watch_on_status(task, answer); break;
    case ASK_INPUT: watch_on_input(task, answer); break;
    case ASK_CANCEL: watch_on_cancel(task, answer); break;
    case ASK_NONE: break;
    }
}

/* For the health of the connector: has the department been of use lately? */
static void count_failure(struct http *http, const struct answer *answer)
{
    bool is_failed = answer->cause != CAUSE_NONE && (answer->cause != CAUSE_STATUS || answer->status >= 500 ||
                                                     answer->status == 401 || answer->status == 403);

    http->failures = is_failed ? http->failures + 1 : 0;
    if (answer->cause == CAUSE_STATUS)
        snprintf(http->failure, sizeof(http->failure), "HTTP %u", answer->status);
    else if (is_failed)
        snprintf(http->failure, sizeof(http->failure), "%s", rule_cause_name(answer->cause));
}

static void finish(struct task *task, const struct answer *answer)
{
    enum ask asked = task->asking;

    task->asking = ASK_NONE;
    request_fini(&task->request);
    count_failure(task->http, answer);
    if (!task->is_ended)
        dispatch(task, asked, answer);
    task_leave(task);
}

/* What a request without an answer can have done decides: nothing was sent, or something may have been. */
static enum cause cause_of(const struct od_http_response *response)
{
    bool is_none = response->effect == OD_EFFECT_NONE;

    switch (response->error) {
    case OD_OK: return response->status >= 200 && response->status < 300 ? CAUSE_NONE : CAUSE_STATUS;
    case OD_EDENIED:
    case OD_EINVAL:
    case OD_ENOTFOUND: return is_none ? CAUSE_DENIED : CAUSE_BROKEN;
    case OD_ETIMEOUT: return is_none ? CAUSE_UNREACHABLE : CAUSE_TIMEOUT;
    case OD_ELIMIT: return is_none ? CAUSE_LIMITED : CAUSE_TOO_LARGE;
    case OD_ECANCELLED: return is_none ? CAUSE_LIMITED : CAUSE_BROKEN;
    default: return is_none ? CAUSE_UNREACHABLE : CAUSE_BROKEN;
    }
}

/* "application/json", "application/problem+json; charset=utf-8" and the like; absent = taken at its word. */
static bool is_json_type(const char *type)
{
    if (type == NULL || *type == '\0')
        return true;
    size_t size = strcspn(type, "; \t");
    return (size == 16 && strncasecmp(type, "application/json", size) == 0) ||
           (size > 5 && strncasecmp(type + size - 5, "+json", 5) == 0);
}

static void on_response(void *self, const struct od_http_response *response, void *arg)
{
    struct task *task = arg;
    struct answer answer = {.cause = cause_of(response), .status = response->status, .body = response->body,
                            .size = response->body_size, .detail = response->detail, .retry_after_ms = -1,
                            .is_json = is_json_type(od_http_header_find(response, "content-type"))};
    int rc = when_retry_after(od_http_header_find(response, "retry-after"), od_now_ms(task->http->host),
                              &answer.retry_after_ms);

    (void)self;
    (void)rc; /* not said, or not understood: the backoff says when */
    finish(task, &answer);
}

/* A submission bears the task's key; what follows it, a key of its own that is the same in every repeat. */
static const char *key_of(const struct task *task, enum ask ask, char key[KEY_SIZE])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < task->request.body_size; i++)
        hash = (hash ^ (unsigned char)task->request.body[i]) * UINT64_C(0x100000001b3);
    if (ask == ASK_INPUT)
        snprintf(key, KEY_SIZE, "%s-input-%016llx", task->ids.idempotency_key, (unsigned long long)hash);
    else
        snprintf(key, KEY_SIZE, "%s%s", task->ids.idempotency_key, ask == ASK_CANCEL ? "-cancel" : "");
    return key;
}

static void put_auth(const struct settings *settings, const struct request *request, struct od_http_header *header)
{
    *header = (struct od_http_header){.name = settings->auth_header, .value = settings->auth_prefix};
    if (settings->auth == AUTH_HMAC)
        header->value = request->signature;
    else
        header->secret = SECRET_TOKEN;
}

static int send_now(struct task *task)
{
    const struct settings *settings = &task->http->settings;
    struct od_http_header headers[HEADERS_MAX + 4];
    char key[KEY_SIZE];
    struct od_http_request request = {.size = OD_HTTP_REQUEST_INIT, .method = task->request.method,
                                      .url = task->request.url, .headers = headers, .body = task->request.body,
                                      .body_size = task->request.body_size, .timeout_ms = settings->timeout_ms};

    headers[request.header_count++] = (struct od_http_header){.name = "Accept", .value = "application/json"};
    if (request.body != NULL)
        headers[request.header_count++] = (struct od_http_header){.name = "Content-Type", .value = "application/json"};
    for (uint32_t i = 0; i < settings->header_count; i++)
        headers[request.header_count++] = settings->headers[i];
    if (settings->idempotency_header != NULL && task->asking != ASK_STATUS && task->asking != ASK_LOOKUP)
        headers[request.header_count++] = (struct od_http_header){.name = settings->idempotency_header,
                                                                  .value = key_of(task, task->asking, key)};
    if (settings->auth != AUTH_NONE)
        put_auth(settings, &task->request, &headers[request.header_count++]);
    return od_http_send(task->http->web, &request, on_response, task);
}

/* Nothing was sent. */
static void finish_unsent(struct task *task, enum cause cause, const char *detail)
{
    struct answer answer = {.cause = cause, .body = "", .detail = detail, .retry_after_ms = -1};

    finish(task, &answer);
}

static void on_signed(void *self, int error, const void *value, size_t size, void *arg)
{
    struct task *task = arg;
    struct out signature = {.size_max = OD_HTTP_HEADER_MAX};

    (void)self;
    if (error != OD_OK) {
        finish_unsent(task, error == OD_EDENIED || error == OD_ENOTFOUND ? CAUSE_DENIED : CAUSE_LIMITED,
                      "the request could not be signed with the secret \"" SECRET_SIGN "\"");
        return;
    }
    out_text(&signature, task->http->settings.auth_prefix);
    out_hex(&signature, value, size);
    task->request.signature = out_take(&signature);
    int rc = task->request.signature != NULL ? send_now(task) : OD_ENOMEM;
    if (rc != OD_OK)
        finish_unsent(task, CAUSE_LIMITED, "the request could not be sent now");
}

int request_send(struct task *task, enum ask ask, struct request request)
{
    const struct http *http = task->http;
    int rc;

    task->request = request;
    task->asking = ask;
    if (http->settings.auth == AUTH_HMAC)
        rc = od_secret_hmac_sha256(http->secrets, SECRET_SIGN, request.body != NULL ? request.body : "",
                                   request.body_size, on_signed, task);
    else
        rc = send_now(task);
    if (rc == OD_OK)
        return OD_OK;
    task->asking = ASK_NONE;
    request_fini(&task->request);
    return rc;
}
