/* SPDX-License-Identifier: Apache-2.0 */
/* The way in, the same for every door:
 *
 *   path -> key (401; one made at run time may wait for its check) -> route (404, 405) -> role (403) -> Idempotency-Key and body (400, 415)
 *        -> front_ops.perform
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "front/call.h"
#include "front/connection.h"
#include "front/openapi.h"
#include "front/pages.h"
#include "front/problem.h"
#include "front/server.h"
#include "front/target.h"

static void refuse(struct front_call *call, enum front_problem problem, const char *zh,
                   const char *en)
{
    front_call_refuse(call, problem, front_say(&call->request, zh, en), NULL, 0, NULL);
}

/* Of what a person may have opened: on a page, where his browser asks for one. */
static void refuse_visitor(struct front_call *call, const struct front_arrival *arrival, enum front_problem problem, const char *zh,
                           const char *en)
{
    if (!arrival->has_pages || !front_page_refuse(&call->request, problem, arrival->path, arrival->path_size))
        refuse(call, problem, zh, en);
}

static bool is_under_api(const char *path)
{
    return strncmp(path, "/v1", 3) == 0 && (path[3] == '/' || path[3] == '\0');
}

static void allow_line(unsigned methods, char line[64])
{
    static const struct {
        enum front_method method;
        const char *name;
    } names[] = {{FRONT_METHOD_GET, "GET"},
                 {FRONT_METHOD_HEAD, "HEAD"},
                 {FRONT_METHOD_POST, "POST"},
                 {FRONT_METHOD_PUT, "PUT"},
                 {FRONT_METHOD_DELETE, "DELETE"}};
    size_t size = (size_t)snprintf(line, 64, "Allow: ");
    const char *comma = "";

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((methods & names[i].method) == 0)
            continue;
        size += (size_t)snprintf(line + size, 64 - size, "%s%s", comma, names[i].name);
        comma = ", ";
    }
    snprintf(line + size, 64 - size, "\r\n");
}

void front_call_refuse_method(struct front_call *call, unsigned methods)
{
    char line[64];

    allow_line(methods, line);
    front_call_refuse(call, FRONT_METHOD_UNKNOWN, NULL, NULL, 0, line);
}

/* Find the route; false when the request was answered. row stays NULL for a page. */
static bool has_route(struct front_call *call, const struct front_arrival *arrival,
                      struct front_match *match)
{
    const unsigned page_methods = FRONT_METHOD_GET | FRONT_METHOD_HEAD | FRONT_METHOD_POST;

    front_route_find(call->path, arrival->method, match);
    if (match->row != NULL && match->row->route == FRONT_TEST_CLOCK &&
        !call->front->is_clock_virtual)
        *match = (struct front_match){0};
    if (match->methods == 0 && arrival->has_pages && !is_under_api(call->path)) {
        match->methods = page_methods;
        if ((arrival->method & page_methods) != 0)
            return true;
    }
    if (match->row != NULL)
        return true;
    if (match->methods == 0)
        refuse(call, FRONT_NOT_FOUND, "没有这个地址。", "There is no such address.");
    else
        front_call_refuse_method(call, match->methods);
    return false;
}

static void route_note(struct front_call *call, const struct front_match *match)
{
    call->request.route = match->row->route;
    for (size_t i = 0; i < 2 && match->params[i] != NULL; i++) {
        assert(match->param_sizes[i] <= FRONT_PARAM_MAX);
        memcpy(call->params[i], match->params[i], match->param_sizes[i]);
        call->params[i][match->param_sizes[i]] = '\0';
        call->request.params[i] = call->params[i];
    }
}

static bool may_pass(struct front_call *call, uint32_t roles)
{
    if ((call->request.identity.roles & roles) != 0)
        return true;
    if (call->keys == NULL && call->is_stranger)
        refuse(call, FRONT_FORBIDDEN, "登录服务所确认的人员在本中枢没有密钥；请管理员将其加入 identity.users。",
               "Whom the sign-in service names has no key here; the administrator adds people to identity.users.");
    else if (call->keys == NULL)
        refuse(call, FRONT_UNAUTHENTICATED, "此项操作需要密钥。", "This needs a key.");
    else
        refuse(call, FRONT_FORBIDDEN, "密钥的岗位不能办理此项操作。",
               "The key's role may not do this.");
    return false;
}

/* What a browser sends by itself, a page of another site could make it send: an act must come from a page of ours. */
static bool is_own_act(struct front_call *call, const struct front_arrival *arrival)
{
    bool is_act = (arrival->method & (FRONT_METHOD_GET | FRONT_METHOD_HEAD)) == 0;

    if (!is_act || !call->is_ambient || front_is_own_origin(&call->request))
        return true;
    refuse(call, FRONT_FORBIDDEN, "以会话办理时，Origin 须为本中枢的地址；程序请使用 Authorization: Bearer。",
           "With a session, Origin must name this hub; programs use Authorization: Bearer.");
    return false;
}

/* 1 to 255 visible ASCII characters. */
static bool is_idempotency_key(const struct front_arrival *arrival)
{
    if (arrival->idempotency_key_size == 0 ||
        arrival->idempotency_key_size > BASE_IDEMPOTENCY_KEY_MAX)
        return false;
    for (size_t i = 0; i < arrival->idempotency_key_size; i++)
        if (arrival->idempotency_key[i] <= 0x20 || arrival->idempotency_key[i] >= 0x7f)
            return false;
    return true;
}

static bool has_fine_idempotency_key(struct front_call *call,
                                     const struct front_arrival *arrival)
{
    if (arrival->idempotency_key == NULL)
        return true;
    if (!is_idempotency_key(arrival)) {
        refuse(call, FRONT_BAD_REQUEST, "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符。",
               "Idempotency-Key must be 1 to 255 visible ASCII characters.");
        return false;
    }
    memcpy(call->idempotency_key, arrival->idempotency_key, arrival->idempotency_key_size);
    call->idempotency_key[arrival->idempotency_key_size] = '\0';
    call->request.idempotency_key = call->idempotency_key;
    return true;
}

/* type is a media type without parameters, or with them after ';'. */
static bool is_media_type(const struct front_arrival *arrival, const char *type)
{
    size_t size = strlen(type);

    if (arrival->media_type_size < size || strncasecmp(arrival->media_type, type, size) != 0)
        return false;
    while (size < arrival->media_type_size &&
           (arrival->media_type[size] == ' ' || arrival->media_type[size] == '\t'))
        size++;
    return size == arrival->media_type_size || arrival->media_type[size] == ';';
}

static void refuse_json(struct front_call *call, const struct base_json_error *error)
{
    const char *text = front_json_fault_text(error, call->request.language);
    struct front_problem_item item = {.pointer = error->pointer,
                                      .code = error->code,
                                      .detail = text,
                                      .line = error->line,
                                      .column = error->column};

    front_call_refuse(call, FRONT_MALFORMED, text, &item, 1, NULL);
}

/* The JSON gate. */
static bool has_fine_body(struct front_call *call, const struct front_arrival *arrival,
                          enum front_body_rule rule)
{
    struct front_request *request = &call->request;
    struct base_json_error error;

    if (rule == FRONT_BODY_STREAM && !request->is_streamed) {
        refuse(call, FRONT_UPLOAD_TYPE, "文件须经 HTTP 以其自身的内容类型上传，如 Content-Type: application/pdf。",
               "A document is uploaded by HTTP under a media type of its own, as Content-Type: application/pdf.");
        return false;
    }
    if (rule == FRONT_BODY_STREAM || arrival->is_json_read)
        return true;
    if (request->body_size == 0 && rule != FRONT_BODY_DUE)
        return true;
    if (rule == FRONT_BODY_NONE) {
        refuse(call, FRONT_BAD_REQUEST, "此请求不应有正文。", "This request takes no body.");
        return false;
    }
    if (request->body_size > 0 && !is_media_type(arrival, "application/json")) {
        refuse(call, FRONT_MEDIA_TYPE, NULL, NULL);
        return false;
    }
    int rc = base_json_parse(request->body_size > 0 ? request->body_text : "",
                             request->body_size, &call->json, &error);
    if (rc == OD_OK) {
        request->body = call->json;
        return true;
    }
    if (rc == OD_ESYNTAX)
        refuse_json(call, &error);
    else
        front_call_refuse(call, FRONT_UNAVAILABLE, NULL, NULL, 0, NULL);
    return false; /* the call is gone */
}

static void page_admit(struct front_call *call, const struct front_arrival *arrival)
{
    call->request.route = FRONT_PAGE;
    call->request.is_post = arrival->method == FRONT_METHOD_POST;
    if (call->request.is_post && !call->request.is_streamed && !is_media_type(arrival, "application/x-www-form-urlencoded"))
        refuse_visitor(call, arrival, FRONT_MEDIA_TYPE, "页面只接受表单。", "A page takes forms only.");
    else if (!call->request.is_post && call->request.body_size > 0)
        refuse_visitor(call, arrival, FRONT_BAD_REQUEST, "此请求不应有正文。", "This request takes no body.");
    else
        front_page(&call->request, call->path);
}

static bool has_fine_path(struct front_call *call, const struct front_arrival *arrival)
{
    int rc =
        front_path_decode(arrival->path, arrival->path_size, call->path, sizeof(call->path));

    call->request.path = call->path;
    if (rc == OD_OK)
        return true;
    call->path[0] = '\0';
    if (rc == OD_ELIMIT)
        refuse_visitor(call, arrival, FRONT_NOT_FOUND, "没有这个地址。", "There is no such address.");
    else
        refuse_visitor(call, arrival, FRONT_BAD_REQUEST, "请求路径含有错误的转义、控制字符或目录跳转。",
               "The path holds a broken escape, a control character or a dot segment.");
    return false;
}

/* RFC 9110 section 8.8.3: the end of one entity tag at text, or NULL. */
static const char *tag_end(const char *text)
{
    if (text[0] == 'W' && text[1] == '/')
        text += 2;
    if (*text++ != '"')
        return NULL;
    while (*text == 0x21 || (unsigned char)*text >= 0x23)
        if (*text++ == 0x7f)
            return NULL;
    return *text == '"' ? text + 1 : NULL;
}

/* RFC 9110 section 13.1.1: "*" or a list of entity tags. */
static bool is_tag_list(const char *text)
{
    static const char space[] = " \t";
    bool has_tag = false;

    if (strcmp(text, "*") == 0)
        return true;
    while (*(text += strspn(text, " \t,")) != '\0') {
        text = tag_end(text);
        if (text == NULL)
            return false;
        has_tag = true;
        text += strspn(text, space);
        if (*text != ',' && *text != '\0')
            return false;
    }
    return has_tag;
}

static bool has_fine_condition(struct front_call *call, const struct front_arrival *arrival)
{
    bool is_act = (arrival->method & (FRONT_METHOD_GET | FRONT_METHOD_HEAD)) == 0;
    const char *match = is_act ? front_header(&call->request, "If-Match") : NULL;

    if (match == NULL || is_tag_list(match))
        return true;
    refuse(call, FRONT_BAD_REQUEST, "If-Match 应为 * 或带双引号的实体标签，如 \"19\"。",
           "If-Match must be * or entity tags in double quotes, as \"19\".");
    return false;
}

static void openapi_answer(struct front_call *call)
{
    struct base_buffer body = {0};

    base_buffer_put(&body, front_openapi, front_openapi_size);
    front_answer(&call->request, 200, "application/json", NULL, &body);
}

void front_call_perform(struct front_call *call)
{
    switch ((int)call->request.route) {
    case FRONT_OPENAPI: openapi_answer(call); break;
    case FRONT_SESSION_START:
    case FRONT_SESSION_LIST:
    case FRONT_SESSION_END: front_session_perform(call); break;
    default: call->front->ops->perform(call->front->owner, &call->request); break;
    }
}

/* Who asks is known: the rest of the way. */
static void go_on(struct front_call *call, const struct front_arrival *arrival)
{
    struct front_match match;

    if (!has_route(call, arrival, &match))
        return;
    call->front->is_turn_open = true;
    if (match.row == NULL) {
        page_admit(call, arrival);
        return;
    }
    route_note(call, &match);
    if (!may_pass(call, match.row->roles) || !is_own_act(call, arrival) || !has_fine_idempotency_key(call, arrival) ||
        !has_fine_condition(call, arrival) || !has_fine_body(call, arrival, match.row->body))
        return;
    if (front_call_may_try(call, &call->request))
        front_call_perform(call);
}

static void refuse_key(struct front_call *call)
{
    refuse(call, FRONT_UNAUTHENTICATED, "密钥无效。", "The key is not known.");
}

/* A request whose key is being checked. What arrival points to lives as long as the call. */
struct waiting {
    struct front_call *call;
    struct front_arrival arrival;
};

static void on_checked(void *owner, struct front_keys *keys, struct front_key_row *row)
{
    struct waiting *waiting = owner; /* in the call's arena */
    struct front_key_row *now = NULL;

    (void)keys; /* others may be running by now */
    if (row != NULL && !front_upload_is_broken(&waiting->call->request) && front_identify(waiting->call, &waiting->arrival, &now) == FRONT_KEY_KNOWN)
        go_on(waiting->call, &waiting->arrival);
    else
        refuse_key(waiting->call);
}

static void wait_for_check(struct front_call *call, const struct front_arrival *arrival, struct front_key_row *row)
{
    struct waiting *waiting = base_arena_take(&call->request.arena, sizeof(*waiting));
    int rc = OD_ENOMEM;

    if (waiting != NULL) {
        *waiting = (struct waiting){.call = call, .arrival = *arrival};
        rc = front_check_start(call->front, call->front->keys, row, arrival->secret, on_checked, waiting);
    }
    if (rc != OD_OK)
        front_call_refuse(call, FRONT_UNAVAILABLE, NULL, NULL, 0, NULL);
}

void front_call_admit(struct front_call *call, const struct front_arrival *arrival)
{
    struct front_key_row *row = NULL;

    if (!has_fine_path(call, arrival))
        return;
    switch (front_identify(call, arrival, &row)) {
    case FRONT_KEY_UNKNOWN: refuse_key(call); break;
    case FRONT_KEY_KNOWN: go_on(call, arrival); break;
    case FRONT_KEY_UNSEEN: wait_for_check(call, arrival, row); break;
    }
}

void front_call_fini(struct front_call *call)
{
    if (call->request.on_over != NULL)
        call->request.on_over(&call->request);
    call->request.on_over = NULL;
    base_arena_fini(&call->request.arena);
    base_json_destroy(call->json);
    call->json = NULL;
    front_keys_release(call->keys);
    call->keys = NULL;
    call->key = NULL;
    call->asker = NULL;
    call->session[0] = '\0';
    call->is_ambient = call->is_stranger = false;
}

const char *front_query(struct front_request *request, const char *name)
{
    return front_query_find(request->query, request->query_size, name, &request->arena);
}

void front_query_put(const struct front_request *request, const char *without, struct base_buffer *buffer)
{
    front_query_put_others(buffer, request->query, request->query_size, without);
}

const char *front_header(struct front_request *request, const char *name)
{
    return request->answerer->find_header == NULL
               ? NULL
               : request->answerer->find_header(request, name);
}

const char *front_say(const struct front_request *request, const char *zh, const char *en)
{
    return request->language == FRONT_EN ? en : zh;
}

void front_answer(struct front_request *request, int status, const char *media_type,
                  const char *headers, struct base_buffer *body)
{
    struct front_figures *figures = &front_call_of(request)->front->figures;

    assert(status >= 200);
    assert(status <= 599);
    if (front_call_is_tried_out(front_call_of(request), status, body))
        return;
    figures->answers_4xx += status >= 400 && status < 500;
    figures->answers_5xx += status >= 500;
    request->answerer->answer(request, status, media_type, headers, body);
}

void front_answer_file(struct front_request *request, const char *media_type, const char *headers, int fd, uint64_t size)
{
    if (request->answerer->answer_file != NULL) {
        request->answerer->answer_file(request, media_type, headers, fd, size);
        return;
    }
    close(fd);
    refuse(front_call_of(request), FRONT_NOT_IMPLEMENTED, "文件内容只能经 HTTP 下载。", "A document is read by HTTP only.");
}

int front_stream_start(struct front_request *request, front_gone_cb on_gone, void *owner_data,
                       struct front_stream **out)
{
    if (request->answerer->start_stream == NULL)
        return OD_EBUSY;
    return request->answerer->start_stream(request, on_gone, owner_data, out);
}

unsigned front_accept_quality(const char *text, size_t size)
{
    for (size_t i = 0; i + 2 < size; i++) {
        if (text[i] != 'q' || text[i + 1] != '=')
            continue;
        if (text[i + 2] != '0')
            return 1000;
        unsigned value = 0, scale = 100;
        for (i += 4; i < size && text[i] >= '0' && text[i] <= '9' && scale > 0;
             i++, scale /= 10)
            value += scale * (unsigned)(text[i] - '0');
        return value;
    }
    return 1000;
}

enum front_language front_language_choose(const char *value, size_t size)
{
    unsigned best = 0;
    enum front_language language = FRONT_ZH_CN;

    for (size_t from = 0; from < size;) {
        const char *item = value + from;
        const char *comma = memchr(item, ',', size - from);
        size_t item_size = comma == NULL ? size - from : (size_t)(comma - item);

        from += item_size + 1;
        while (item_size > 0 && (*item == ' ' || *item == '\t')) {
            item++;
            item_size--;
        }
        bool is_en = item_size >= 2 && strncasecmp(item, "en", 2) == 0;
        bool is_zh = item_size >= 2 && strncasecmp(item, "zh", 2) == 0;
        unsigned q = front_accept_quality(item, item_size);
        if ((is_en || is_zh) && q > best) {
            best = q;
            language = is_en ? FRONT_EN : FRONT_ZH_CN;
        }
    }
    return language;
}
