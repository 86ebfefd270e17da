/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/json.h"

static int refuse(char why[EGRESS_WHY_SIZE], const char *what)
{
    snprintf(why, EGRESS_WHY_SIZE, "%s", what);
    return OD_EINVAL;
}

static int too_large(char why[EGRESS_WHY_SIZE], const char *what, int max)
{
    snprintf(why, EGRESS_WHY_SIZE, "%s is over the limit of %d", what, max);
    return OD_ELIMIT;
}

static int read_method(const struct base_json *json, struct egress_request *request, char why[EGRESS_WHY_SIZE])
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    const char *text = base_json_member_text(json, "method");

    for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], text) == 0) {
            request->method = names[i];
            return OD_OK;
        }
    return refuse(why, "method must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
}

bool egress_header_is_ours(const char *name)
{
    static const char *const names[] = {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer",
                                        "upgrade", "expect", "accept-encoding", "http2-settings", "max-forwards", "forwarded", "via"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return strncasecmp(name, "proxy-", 6) == 0;
}

bool egress_header_is_credential(const struct egress_header *header)
{
    return header->secret != NULL || strcasecmp(header->name, "authorization") == 0 || strcasecmp(header->name, "cookie") == 0;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text)
{
    if (text == NULL || *text == '\0')
        return false;
    return text[strspn(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

/* Nothing that ends the line: no CR, LF or other control character. Bytes above ASCII are text. */
static bool is_value(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static const char *keep(struct base_arena *arena, const char *text)
{
    return base_arena_text(arena, text, strlen(text));
}

static int read_header(const struct base_json *json, struct base_arena *arena, struct egress_header *header, char why[EGRESS_WHY_SIZE])
{
    const char *name = base_json_member_text(json, "name"), *value = base_json_member_text(json, "value");
    const char *secret = base_json_member_text(json, "secret");

    if (!is_token(name))
        return refuse(why, "a header's name is missing or holds a character that is not allowed there");
    if (egress_header_is_ours(name))
        return refuse(why, "a header that frames the message (Host, Content-Length, Connection, Expect, ...) is set by the hub alone");
    if (value != NULL && !is_value(value))
        return refuse(why, "a header's value holds a line end or another control character");
    if (strlen(name) + (value != NULL ? strlen(value) : 0) > EGRESS_HEADER_MAX)
        return too_large(why, "one header, in bytes,", EGRESS_HEADER_MAX);
    header->name = keep(arena, name);
    header->value = keep(arena, value != NULL ? value : "");
    header->secret = secret != NULL ? keep(arena, secret) : NULL;
    return header->name != NULL && header->value != NULL && (secret == NULL || header->secret != NULL) ? OD_OK : OD_ENOMEM;
}

static int read_headers(const struct base_json *json, struct base_arena *arena, struct egress_request *request, char why[EGRESS_WHY_SIZE])
{
    const struct base_json *list = base_json_member(json, "headers");
    int rc = OD_OK;

    if (base_json_count(list) > EGRESS_HEADERS_MAX)
        return too_large(why, "the number of headers", EGRESS_HEADERS_MAX);
    for (const struct base_json *item = base_json_first(list); rc == OD_OK && item != NULL; item = base_json_next(item))
        rc = read_header(item, arena, &request->headers[request->header_count++], why);
    return rc;
}

static int read_body(const struct base_json *json, struct base_arena *arena, struct egress_request *request, char why[EGRESS_WHY_SIZE])
{
    const struct base_json *member = base_json_member(json, "body");
    const char *text = base_json_text(member);
    size_t size = text != NULL ? strlen(text) : 0;

    if (member == NULL || base_json_type(member) == BASE_JSON_NULL)
        return OD_OK;
    if (text == NULL)
        return refuse(why, "body must be a text, base64");
    if (size / 4 * 3 > EGRESS_BODY_MAX + 2)
        return too_large(why, "the body, in bytes,", EGRESS_BODY_MAX);
    char *bytes = base_arena_take(arena, size / 4 * 3 + 1);
    if (bytes == NULL)
        return OD_ENOMEM;
    if (base_base64_read(text, size, bytes, &request->body_size) != OD_OK)
        return refuse(why, "body is no base64");
    if (request->body_size > EGRESS_BODY_MAX)
        return too_large(why, "the body, in bytes,", EGRESS_BODY_MAX);
    bool may_have_body = request->method[0] == 'P' || request->method[0] == 'D'; /* POST, PUT, PATCH, DELETE */
    if (request->body_size > 0 && !may_have_body)
        return refuse(why, "GET, HEAD and OPTIONS carry no body");
    request->body = may_have_body ? bytes : NULL;
    return OD_OK;
}

int egress_request_read(const struct base_json *json, struct base_arena *arena, struct egress_request *request, char why[EGRESS_WHY_SIZE])
{
    const char *url = base_json_member_text(json, "url");
    const struct base_json *timeout = base_json_member(json, "timeout_ms");
    int64_t timeout_ms = 0;

    *request = (struct egress_request){0};
    int rc = read_method(json, request, why);
    if (rc == OD_OK)
        rc = url != NULL ? egress_url_read(url, &request->url, why) : refuse(why, "url is missing");
    if (rc == OD_OK && timeout != NULL && base_json_i64(timeout, 0, EGRESS_TIMEOUT_MS_MAX, &timeout_ms) != OD_OK)
        rc = too_large(why, "timeout_ms", EGRESS_TIMEOUT_MS_MAX);
    request->timeout_ms = timeout_ms > 0 ? (uint32_t)timeout_ms : EGRESS_TIMEOUT_MS_DEFAULT;
    if (rc == OD_OK)
        rc = read_headers(json, arena, request, why);
    if (rc == OD_OK)
        rc = read_body(json, arena, request, why);
    if (rc == OD_ENOMEM)
        snprintf(why, EGRESS_WHY_SIZE, "no memory left");
    return rc;
}
