/* SPDX-License-Identifier: Apache-2.0 */
/* od.http/1: the shape of a request is checked here; where it may go, the egress process decides. */
#include <stdio.h>
#include <string.h>

#include "host/call.h"
#include "host/runner.h"

#define ANSWER_HEADERS_MAX 64 /* of a response; the rest is dropped */

static const char call[] = "od_http_send";

static bool is_method(const char *method)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};

    for (size_t i = 0; method != NULL && i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(method, methods[i]) == 0)
            return true;
    }
    return false;
}

/* Visible ASCII alone: what else a URL holds is percent-encoded. */
static bool is_url(const char *url)
{
    const char *host = url != NULL ? strstr(url, "://") : NULL;

    if (host == NULL || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0))
        return false;
    host += 3;
    size_t size = strcspn(host, "/?#");
    if (size == 0 || memchr(host, '@', size) != NULL || strchr(host, '#') != NULL)
        return false;
    for (const char *at = url; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~')
            return false;
    }
    return true;
}

/* RFC 9110, 5.6.2. */
static bool is_token(const char *name)
{
    static const char tail[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return name != NULL && *name != '\0' && strspn(name, tail) == strlen(name);
}

static bool is_field_value(const char *value)
{
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value < ' ' && *value != '\t')
            return false;
        if (*value == 0x7f)
            return false;
    }
    return true;
}

static int header_check(struct host *host, const struct od_http_header *header)
{
    int rc = host_service_range(host, call, "name of a header", is_token(header->name));

    if (rc == OD_OK)
        rc = host_service_range(host, call, "value of a header",
                                header->value == NULL || is_field_value(header->value));
    if (rc == OD_OK)
        rc = host_service_text(host, call, "value of a header", header->value, OD_HTTP_HEADER_MAX, false);
    if (rc == OD_OK)
        rc = host_service_limit(host, call, "a header",
                                strlen(header->name) + (header->value != NULL ? strlen(header->value) : 0),
                                OD_HTTP_HEADER_MAX);
    return rc == OD_OK && header->secret != NULL
               ? host_service_text(host, call, "secret of a header", header->secret, OD_NAME_MAX, true)
               : rc;
}

static int headers_check(struct host *host, const struct od_http_request *request)
{
    int rc = host_service_limit(host, call, "headers", request->header_count, OD_HTTP_HEADERS_MAX);

    if (rc == OD_OK)
        rc = host_service_range(host, call, "headers", request->headers != NULL || request->header_count == 0);
    for (uint32_t i = 0; rc == OD_OK && i < request->header_count; i++)
        rc = header_check(host, &request->headers[i]);
    return rc;
}

static int request_check(struct host *host, const struct od_http_request *request, od_http_cb on_response)
{
    int rc = host_service_range(host, call, "size", request != NULL && request->size >= sizeof(*request));

    if (rc == OD_OK)
        rc = host_service_range(host, call, "on_response", on_response != NULL);
    if (rc == OD_OK)
        rc = host_service_range(host, call, "method", is_method(request->method));
    if (rc == OD_OK)
        rc = host_service_text(host, call, "url", request->url, OD_HTTP_URL_MAX, true);
    if (rc == OD_OK)
        rc = host_service_range(host, call, "url", is_url(request->url));
    if (rc == OD_OK)
        rc = host_service_limit(host, call, "timeout_ms", request->timeout_ms, OD_HTTP_TIMEOUT_MS_MAX);
    if (rc == OD_OK)
        rc = host_service_range(host, call, "body", request->body != NULL || request->body_size == 0);
    if (rc == OD_OK)
        rc = host_service_limit(host, call, "a body", request->body_size, OD_HTTP_BODY_MAX);
    return rc == OD_OK ? headers_check(host, request) : rc;
}

static void put_headers(struct base_buffer *out, const struct od_http_request *request)
{
    base_json_open(out, "headers", '[');
    for (uint32_t i = 0; i < request->header_count; i++) {
        const struct od_http_header *header = &request->headers[i];

        base_json_open(out, NULL, '{');
        base_json_put_text(out, "name", header->name);
        base_json_put_text(out, "value", header->value != NULL ? header->value : "");
        if (header->secret != NULL)
            base_json_put_text(out, "secret", header->secret);
        base_json_close(out, '}');
    }
    base_json_close(out, ']');
}

/* A header of the response, its name in lower case. Errors: OD_ESYNTAX, OD_ENOMEM. */
static int header_read(struct host *host, struct host_view json, struct od_http_header *header)
{
    struct host_view value;
    size_t size;
    int rc = host_view_member(json, "name", &value);

    if (rc == OD_OK)
        rc = host_view_text(value, &host->scratch, &header->name, &size);
    if (rc == OD_OK)
        rc = host_view_member(json, "value", &value);
    if (rc == OD_OK)
        rc = host_view_text(value, &host->scratch, &header->value, &size);
    if (rc != OD_OK)
        return rc == OD_ENOMEM ? OD_ENOMEM : OD_ESYNTAX;
    for (char *at = (char *)(uintptr_t)header->name; *at != '\0'; at++) { /* scratch memory */
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    return OD_OK;
}

static int headers_read(struct host *host, struct host_view json, struct od_http_header *headers, uint32_t *count)
{
    struct host_view list;
    struct host_view_item item;
    size_t offset = 0;
    int rc = host_view_member(json, "headers", &list);

    if (rc != OD_OK)
        return rc == OD_ENOTFOUND ? OD_OK : rc;
    while (*count < ANSWER_HEADERS_MAX && (rc = host_view_next(list, &offset, &item)) == OD_OK) {
        headers[*count] = (struct od_http_header){.secret = NULL};
        rc = header_read(host, item.value, &headers[*count]);
        if (rc != OD_OK)
            return rc;
        (*count)++;
    }
    return rc == OD_ENOTFOUND || *count == ANSWER_HEADERS_MAX ? OD_OK : OD_ESYNTAX;
}

/* A whole response of the department. Errors: OD_ESYNTAX, OD_ENOMEM. */
static int response_read(struct host *host, struct host_view json, struct od_http_header *headers,
                         struct od_http_response *response)
{
    struct host_view value;
    const unsigned char *body;
    int64_t status = 0;
    int rc = host_view_member(json, "status", &value);

    if (rc != OD_OK || host_view_i64(value, &status) != OD_OK || status < 100 || status > 599)
        return OD_ESYNTAX;
    response->status = (uint32_t)status;
    rc = headers_read(host, json, headers, &response->header_count);
    if (rc == OD_OK)
        rc = host_service_bytes(host, json, "body", &body, &response->body_size);
    if (rc != OD_OK)
        return rc;
    response->body = body != NULL ? (const char *)body : "";
    response->headers = headers;
    return response->body_size <= OD_HTTP_BODY_MAX ? OD_OK : OD_ESYNTAX;
}

static int on_answer(struct host *host, const struct host_service *service, const struct host_service_answer *answer)
{
    struct od_http_header headers[ANSWER_HEADERS_MAX];
    struct od_http_response response = {.size = sizeof(response), .error = answer->error, .detail = answer->detail,
                                        .effect = answer->error != OD_OK ? answer->effect : 0, .body = ""};

    if (answer->error == OD_OK) {
        int rc = response_read(host, answer->json, headers, &response);

        if (rc != OD_OK)
            return rc;
    }
    host_callback_enter(host, "an answer of od.http/1", 0);
    service->on_done.http(host->self, &response, service->arg);
    host_callback_leave(host, 0);
    return OD_OK;
}

static int send_request(void *context, const struct od_http_request *request, od_http_cb on_response, void *arg)
{
    struct host *host = context;
    struct host_service service = {.on_answer = on_answer, .on_done.http = on_response, .arg = arg, .call = call};
    int rc = host_service_enter(host, call);

    if (rc == OD_OK)
        rc = request_check(host, request, on_response);
    struct base_buffer *out = rc == OD_OK ? host_service_begin(host, "http", &rc) : NULL;
    if (out == NULL)
        return rc;
    base_json_put_text(out, "method", request->method);
    base_json_put_text(out, "url", request->url);
    put_headers(out, request);
    if (request->body != NULL)
        host_service_put_bytes(out, "body", request->body, request->body_size);
    base_json_put_i64(out, "timeout_ms",
                      request->timeout_ms > 0 ? request->timeout_ms : OD_HTTP_TIMEOUT_MS_DEFAULT);
    return host_service_end(host, &service);
}

void host_call_init_http(struct host *host)
{
    host->http_table = (struct od_http){.size = sizeof(host->http_table), .context = host, .send = send_request};
}
