/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request, hop by hop.
 *
 *   start -> rules, rate -> hop: headers, secrets -> libcurl: look up, connect (on_socket_open), TLS
 *         -> on_leaving: the hub is told that bytes leave now -> on_head, on_body -> on_done
 *         -> a redirect that the rules grant: next hop; else: answer
 *
 * What it did is known by on_leaving: before it nothing of the request has left (effect none), after it
 * something may have (unknown). Every end goes through finish. */
#include "egress/call.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"

/* -- What it gives back, and forgets -- */

static void call_free(struct egress_call *call)
{
    egress_hop_end(call);
    base_list_remove(&call->node);
    call->client->egress->call_count--;
    call->client->call_count--;
    base_buffer_fini(&call->headers);
    base_buffer_fini(&call->body);
    base_arena_fini(&call->arena);
    base_free(call);
}

/* -- The one end -- */

static void put_headers(struct base_buffer *payload, const struct egress_call *call)
{
    const char *at = call->headers.bytes;

    base_json_open(payload, "headers", '[');
    for (size_t i = 0; i < call->header_count; i++) {
        const char *value = at + strlen(at) + 1;

        base_json_open(payload, NULL, '{');
        base_json_put_text(payload, "name", at);
        base_json_put_text(payload, "value", value);
        base_json_close(payload, '}');
        at = value + strlen(value) + 1;
    }
    base_json_close(payload, ']');
}

static void answer_response(struct egress_call *call)
{
    struct base_buffer payload = {0};

    base_json_open(&payload, NULL, '{');
    base_json_put_i64(&payload, "status", call->status);
    put_headers(&payload, call);
    base_json_put_base64(&payload, "body", call->body.bytes, call->body.size);
    base_json_close(&payload, '}');
    egress_answer(call->client->egress, call->id, &payload);
    base_buffer_fini(&payload);
}

/* code NULL: the server has answered. */
static void finish(struct egress_call *call, const char *code, const char *detail)
{
    if (code == NULL && !call->headers.is_broken && !call->body.is_broken)
        answer_response(call);
    else
        egress_answer_error(call->client->egress, call->id, code != NULL ? code : "unavailable", code != NULL ? detail : "no memory left",
                            call->is_sent ? EGRESS_EFFECT_UNKNOWN : EGRESS_EFFECT_NONE);
    call_free(call);
}

/* -- Redirects -- */

/* 303, and what everybody makes of a 301 or 302 to a POST, is not the request again: it becomes GET where the status
 * says so, and is left to the module where it does not. NULL: not followed. */
static const char *method_next(const struct egress_call *call)
{
    const char *method = call->request.method;
    bool is_safe = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

    switch (call->status) {
    case 303: return strcmp(method, "HEAD") == 0 ? method : "GET";
    case 307:
    case 308: return method;
    case 301:
    case 302: return is_safe ? method : NULL;
    default: return NULL;
    }
}

/* True: the next hop is on its way, or the call is over. False: the answer stands. */
static bool redirect(struct egress_call *call)
{
    const char *method = method_next(call);
    struct egress_url url;
    char *location = NULL, why[EGRESS_WHY_SIZE];
    bool may_be_private;

    if (method == NULL || curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &location) != CURLE_OK || location == NULL)
        return false;
    if (egress_url_read(location, &url, why) != OD_OK ||
        egress_profile_check(&call->client->profile, method, &url, &may_be_private, why) != OD_OK)
        return false; /* not granted: the module sees where it was sent, and goes no further */
    if (++call->redirects > EGRESS_REDIRECTS_MAX) {
        snprintf(call->why, sizeof(call->why), "more than %d redirects", EGRESS_REDIRECTS_MAX);
        finish(call, "limit", call->why);
        return true;
    }
    call->is_bare = call->is_bare || !egress_url_is_same_origin(&url, &call->request.url);
    call->is_bodyless = call->is_bodyless || strcmp(method, call->request.method) != 0;
    call->request.method = method;
    call->request.url = url;
    call->may_be_private = may_be_private;
    egress_hop_end(call);
    int rc = egress_hop_start(call);
    if (rc != OD_OK)
        finish(call, egress_code_of(rc), call->why);
    return true;
}

/* -- The end of a transfer -- */

static const char *code_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT: return "timeout";
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT: return "unavailable";
    case CURLE_URL_MALFORMAT: return "invalid";
    default: return "unreachable";
    }
}

void egress_call_on_done(struct egress_call *call, int curl_code)
{
    CURLcode code = (CURLcode)curl_code;

    if (code == CURLE_OK && call->fault == NULL) {
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &call->status);
        if (!redirect(call))
            finish(call, NULL, NULL);
    } else if (call->fault != NULL) {
        finish(call, call->fault, call->why);
    } else {
        finish(call, code_of(code), call->error[0] != '\0' ? call->error : curl_easy_strerror(code));
    }
}

void egress_calls_check(struct egress *egress, uint64_t now)
{
    for (struct base_list *node = egress->calls.next, *next; node != &egress->calls; node = next) {
        struct egress_call *call = BASE_LIST_ENTRY(node, struct egress_call, node);

        next = node->next;
        if (call->answer_ms != 0 && now > call->answer_ms + EGRESS_ANSWER_MS)
            finish(call, "timeout", "the answer began, and was not whole within its time");
        else if (now > call->deadline_ms + EGRESS_TICK_MS)
            finish(call, "timeout", "no answer within timeout_ms");
    }
}

/* -- The start -- */

/* OD_OK: it may leave. Else call->why says what is in the way. */
static int admit(struct egress_call *call, const struct base_json *json)
{
    struct egress_client *client = call->client;
    int rc = egress_request_read(json, &call->arena, &call->request, call->why);

    if (rc == OD_OK)
        rc = egress_profile_check(&client->profile, call->request.method, &call->request.url, &call->may_be_private, call->why);
    if (rc != OD_OK)
        return rc;
    if (client->egress->call_count > EGRESS_CALLS_MAX || (client->profile.concurrency > 0 && client->call_count > client->profile.concurrency)) {
        snprintf(call->why, sizeof(call->why), "too many requests are under way (resources.concurrency)");
        return OD_ELIMIT;
    }
    if (!egress_bucket_take(&client->bucket, client->profile.rate_per_s, egress_now_ms())) {
        snprintf(call->why, sizeof(call->why), "more than %u requests within a second (resources.rate_per_s)", client->profile.rate_per_s);
        return OD_ELIMIT;
    }
    call->deadline_ms = egress_now_ms() + call->request.timeout_ms;
    return OD_OK;
}

void egress_call_start(struct egress_client *client, uint64_t id, const struct base_json *json)
{
    struct egress_call *call = base_alloc(sizeof(*call));

    if (call == NULL) {
        egress_answer_error(client->egress, id, "unavailable", "no memory left", EGRESS_EFFECT_NONE);
        return;
    }
    call->client = client;
    call->id = id;
    snprintf(call->why, sizeof(call->why), "no memory left");
    base_list_append(&client->egress->calls, &call->node);
    client->egress->call_count++;
    client->call_count++;
    int rc = admit(call, json);
    if (rc == OD_OK)
        rc = egress_hop_start(call);
    if (rc != OD_OK)
        finish(call, egress_code_of(rc), call->why);
}
