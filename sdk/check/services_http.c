/* SPDX-License-Identifier: Apache-2.0 */
/* od.http/1 of the mini hub: is the target declared, then the department's answer or its fault. */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/memory.h"
#include "check/services.h"

#define HEADERS_MAX 32

/* scheme://host[:port] and what follows. */
struct url {
    char origin[300], host[256];
    const char *path; /* "" = none */
};

static bool url_read(const char *text, struct url *url)
{
    const char *host = strstr(text, "://");

    if (host == NULL)
        return false;
    host += 3;
    size_t size = strcspn(host, "/?#"), name = strcspn(host, ":/?#");
    if (size == 0 || name >= sizeof(url->host) || (size_t)(host - text) + size >= sizeof(url->origin))
        return false;
    snprintf(url->origin, sizeof(url->origin), "%.*s", (int)((size_t)(host - text) + size), text);
    snprintf(url->host, sizeof(url->host), "%.*s", (int)name, host);
    url->path = host + size;
    return true;
}

static bool is_host(const struct package_texts *hosts, const char *host)
{
    for (size_t i = 0; i < hosts->count; i++) {
        const char *want = hosts->items[i];
        size_t size = strlen(host), tail = strlen(want) - 1;

        if (strcmp(want, host) == 0)
            return true;
        if (want[0] == '*' && size > tail && strcmp(host + size - tail, want + 1) == 0)
            return true;
    }
    return false;
}

/* pointer: of members only. */
static const char *config_text(const struct base_json *config, const char *pointer)
{
    char name[128];

    while (*pointer == '/') {
        size_t size = strcspn(++pointer, "/");

        snprintf(name, sizeof(name), "%.*s", (int)size, pointer);
        config = base_json_member(config, name);
        pointer += size;
    }
    return base_json_text(config);
}

static bool is_target(const struct package_http *rule, const struct url *url, const struct base_json *config)
{
    struct url base;

    if (rule->from_config == NULL)
        return is_host(&rule->hosts, url->host);
    const char *text = config_text(config, rule->from_config);
    return text != NULL && url_read(text, &base) && strcmp(base.origin, url->origin) == 0;
}

static bool is_path(const struct package_texts *paths, const char *path)
{
    size_t size = strcspn(path, "?");

    for (size_t i = 0; i < paths->count; i++) {
        const char *want = paths->items[i];
        size_t length = strlen(want);
        bool is_prefix = length > 0 && want[length - 1] == '*';

        if (is_prefix ? strncmp(want, path, length - 1) == 0 : length == size && strncmp(want, path, size) == 0)
            return true;
    }
    return false;
}

static bool is_word(const struct package_texts *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], word) == 0)
            return true;
    }
    return false;
}

/* NULL, or what is not granted. */
static const char *denied(const struct check_services *services, const char *method, const struct url *url)
{
    const struct package_capabilities *may = &services->subject->manifest.capabilities;
    const char *why = "host";
    struct base_json_error error;
    struct base_json *config = NULL;

    if (base_json_parse(services->config, strlen(services->config), &config, &error) != OD_OK)
        return "host";
    for (size_t i = 0; i < may->http_count && why != NULL; i++) {
        const struct package_http *rule = &may->http[i];

        if (!is_target(rule, url, config))
            continue;
        if (!is_word(&rule->methods, method))
            why = "method";
        else if (!is_path(&rule->paths, url->path[0] != '\0' ? url->path : "/"))
            why = "path";
        else
            why = NULL;
    }
    base_json_destroy(config);
    return why;
}

/* NULL, or the name of a secret that is not declared. */
static const char *undeclared(const struct check_services *services, const struct base_json *headers)
{
    for (const struct base_json *header = base_json_first(headers); header != NULL; header = base_json_next(header)) {
        const char *secret = base_json_member_text(header, "secret");

        if (secret != NULL && package_secret_find(&services->subject->manifest, secret) == NULL)
            return secret;
    }
    return NULL;
}

static void response_put(const struct check_response *response, struct base_buffer *out)
{
    base_json_open(out, NULL, '{');
    base_json_put_i64(out, "status", response->status);
    base_json_put_raw(out, "headers", "[{\"name\":\"content-type\",\"value\":\"application/json\"}]", 52);
    base_json_put_base64(out, "body", response->body.bytes, response->body.size);
    base_json_close(out, '}');
}

static void fault_put(enum check_fault fault, const struct check_response *response, struct base_buffer *out)
{
    switch (fault) {
    case CHECK_FAULT_REFUSED:
        check_services_refuse(out, "unreachable", "connection refused", "none");
        break;
    case CHECK_FAULT_TIMEOUT:
    case CHECK_FAULT_LOST:
    case CHECK_FAULT_DRIP: check_services_refuse(out, "timeout", "no whole answer in time", "unknown"); break;
    case CHECK_FAULT_CUT:
        check_services_refuse(out, "unreachable", "the connection broke within the answer", "unknown");
        break;
    case CHECK_FAULT_NONE:
    case CHECK_FAULT_GARBAGE:
    case CHECK_FAULT_EMPTY:
    case CHECK_FAULT_ERROR:
    case CHECK_FAULT_BUSY: response_put(response, out); break;
    }
}

static void send(struct check_department *department, const struct base_json *request, const char *method,
                 const char *path, int64_t now_ms, struct base_buffer *out)
{
    const char *names[HEADERS_MAX], *values[HEADERS_MAX], *text = base_json_member_text(request, "body");
    struct check_request sent = {.method = method, .path = path, .header_names = names, .header_values = values};
    struct check_response response = {.fault = CHECK_FAULT_NONE};
    unsigned char *body = base_alloc(text != NULL ? strlen(text) + 1 : 1);

    for (const struct base_json *header = base_json_first(base_json_member(request, "headers"));
         header != NULL && sent.header_count < HEADERS_MAX; header = base_json_next(header)) {
        names[sent.header_count] = base_json_member_text(header, "name");
        values[sent.header_count] = base_json_member_text(header, "value");
        sent.header_count += names[sent.header_count] != NULL && values[sent.header_count] != NULL;
    }
    sent.body = (const char *)body;
    if (body == NULL || (text != NULL && base_base64_read(text, strlen(text), body, &sent.body_size) != OD_OK)) {
        check_services_refuse(out, "invalid", "the body is no base64", "none");
    } else {
        check_department_take(department, &sent, now_ms, &response);
        fault_put(response.fault, &response, out);
    }
    base_free(body);
    base_buffer_fini(&response.body);
}

void check_services_http(struct check_services *services, struct check_department *department,
                         const struct base_json *request, int64_t now_ms, struct base_buffer *out)
{
    const char *method = base_json_member_text(request, "method"), *text = base_json_member_text(request, "url");
    char what[512];
    struct url url;

    if (method == NULL || text == NULL || !url_read(text, &url)) {
        check_services_refuse(out, "invalid", "method or url is missing or malformed", "none");
        return;
    }
    const char *why = denied(services, method, &url), *secret = undeclared(services, base_json_member(request, "headers"));
    if (why != NULL) {
        snprintf(what, sizeof(what), "%.16s %.200s: the %s is not declared in capabilities.http", method, text, why);
        check_services_deny(services, out, what);
    } else if (secret != NULL) {
        snprintf(what, sizeof(what), "the secret \"%.80s\" in a header is not declared in capabilities.secrets", secret);
        check_services_deny(services, out, what);
    } else {
        send(department, request, method, url.path[0] != '\0' ? url.path : "/", now_ms, out);
    }
}
