/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector asks of the hub beside its tasks: kv and material are the engine's, http and secret the egress
 * process's. Each answer leaves when it is there, by the request's id; a session that ends takes what it asked
 * with it.
 *
 *   take -> granted? -> on_service -> ... connect_service_answer
 *                    -> connect_egress_ask -> on_egress -> connect_service_answer
 */
#include "connect/inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct service_row {
    const char *name;
    bool (*is_granted)(const struct package_capabilities *capabilities);
    bool is_egress;
    bool has_effect; /* its errors say what it did */
};

static bool has_kv(const struct package_capabilities *capabilities)
{
    return capabilities->kv_quota > 0;
}

static bool has_material(const struct package_capabilities *capabilities)
{
    return capabilities->has_materials;
}

static bool has_http(const struct package_capabilities *capabilities)
{
    return capabilities->http_count > 0;
}

static bool has_secret(const struct package_capabilities *capabilities)
{
    return capabilities->secret_count > 0;
}

static const struct service_row rows[] = {
    {"kv", has_kv, false, false},
    {"material", has_material, false, false},
    {"http", has_http, true, true},
    {"secret", has_secret, true, false},
};

static const struct service_row *find_row(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static void put_error(struct base_buffer *out, const char *code, const char *detail, const char *effect)
{
    base_json_open(out, NULL, '{');
    base_json_open(out, "error", '{');
    base_json_put_text(out, "code", code);
    base_json_put_text(out, "detail", detail);
    if (effect != NULL)
        base_json_put_text(out, "effect", effect);
    base_json_close(out, '}');
    base_json_close(out, '}');
}

static void reply(struct connect_session *session, uint64_t request, const char *payload, size_t size)
{
    base_frame_put(&session->out, &(struct base_frame){.kind = BASE_FRAME_SERVICE, .flags = BASE_FRAME_REPLY, .id = request,
                                                       .epoch = session->epoch, .length = (uint32_t)size, .payload = payload});
    connect_dirty(session->link);
}

static void refuse(struct connect_session *session, const struct base_frame *frame, const char *code, const char *detail,
                   bool has_effect)
{
    struct base_buffer out = {0};

    put_error(&out, code, detail, has_effect ? "none" : NULL);
    reply(session, frame->id, out.bytes, out.is_broken ? 0 : out.size);
    base_buffer_fini(&out);
}

/* The session that a token names, or NULL: it has ended. */
static struct connect_session *find_session(struct connect *connect, uint64_t token)
{
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->session != NULL && !link->session->is_ended && link->session->epoch == token >> 32)
            return link->session;
    return NULL;
}

static struct connect_service *find_service(struct connect_session *session, uint64_t token)
{
    for (size_t i = 0; i < CONNECT_SERVICES_MAX; i++)
        if (session->services[i].token == token)
            return &session->services[i];
    return NULL;
}

void connect_service_answer(struct connect *connect, uint64_t token, const char *payload, size_t size)
{
    struct connect_session *session = find_session(connect, token);
    struct connect_service *service = session != NULL ? find_service(session, token) : NULL;

    if (service == NULL)
        return; /* nobody is there to be told, or its deadline was told */
    uint64_t request = service->request;
    session->has_secret = session->has_secret || service->is_secret;
    *service = (struct connect_service){0};
    if (size > BASE_FRAME_PAYLOAD_MAX) {
        payload = "{\"error\":{\"code\":\"limit\",\"detail\":\"the answer is larger than a frame\",\"effect\":\"unknown\"}}";
        size = strlen(payload);
    }
    reply(session, request, payload, size);
}

void connect_service_refuse(struct connect *connect, uint64_t token, const char *code, const char *detail)
{
    struct base_buffer out = {0};

    put_error(&out, code, detail, NULL);
    connect_service_answer(connect, token, out.bytes, out.is_broken ? 0 : out.size);
    base_buffer_fini(&out);
}

static void on_egress(struct connect *connect, uint64_t token, const char *payload, size_t size)
{
    connect_service_answer(connect, token, payload, size);
}

/* The hub's own deadline comes after the one that was asked for: it ends what nobody else ended. */
static uint64_t deadline_ms(struct connect_session *session, const struct base_json *body)
{
    int64_t timeout_ms = 0;

    if (base_json_i64(base_json_member(body, "timeout_ms"), 0, CONNECT_SERVICE_TIMEOUT_MS_MAX, &timeout_ms) != OD_OK)
        timeout_ms = 0;
    return uv_now(session->link->connect->loop) + (uint64_t)timeout_ms + CONNECT_SERVICE_MS;
}

static bool is_op(const struct service_row *row, const char *name, const struct base_json *body, const char *op)
{
    const char *asked = base_json_member_text(body, "op");

    return strcmp(row->name, name) == 0 && asked != NULL && strcmp(asked, op) == 0;
}

static void start(struct connect_session *session, struct connect_service *service, const struct base_frame *frame,
                  const struct service_row *row, const struct base_json *body)
{
    struct connect *connect = session->link->connect;

    *service = (struct connect_service){
        .request = frame->id,
        .token = (uint64_t)session->epoch << 32 | ++session->service_serial,
        .deadline_ms = deadline_ms(session, body),
        .has_effect = row->has_effect,
        .is_secret = is_op(row, "secret", body, "reveal"),
    };
    uint64_t token = service->token;
    connect->figures.services++;
    if (!row->is_egress) {
        connect->options.callbacks.on_service(connect->options.owner, session->link, token, body);
        return;
    }
    int rc = connect_egress_ask(session->link, frame->payload, frame->length, service->deadline_ms, on_egress, token);
    if (rc == OD_OK)
        return;
    *service = (struct connect_service){0};
    refuse(session, frame, rc == OD_EBUSY ? "limit" : "unavailable",
           rc == OD_EBUSY ? "too many requests of all connectors are under way" : connect_egress_absence(session->link),
           row->has_effect);
}

/* Was a request with this id seen? Then nothing is done twice. */
static bool is_repeated(struct connect_session *session, uint64_t request)
{
    uint64_t *seen = &session->services_seen[request % CONNECT_SERVICES_SEEN];

    if (*seen == request)
        return true;
    *seen = request;
    return false;
}

static bool is_op_known(const struct service_row *row, const struct base_json *body)
{
    if (strcmp(row->name, "secret") != 0)
        return true;
    return is_op(row, "secret", body, "check") || is_op(row, "secret", body, "hmac") || is_op(row, "secret", body, "reveal");
}

/* One version of a connector changes what it keeps: one that is being started beside it, or was replaced by it, reads. NULL:
 * it may. */
static const char *why_not_kept(const struct connect_session *session, const struct service_row *row, const struct base_json *body)
{
    bool is_change = is_op(row, "kv", body, "put") || is_op(row, "kv", body, "remove");

    switch (is_change ? session->link->role : CONNECT_ROLE_CURRENT) {
    case CONNECT_ROLE_NEXT: return "another version serves: nothing is kept before this one does";
    case CONNECT_ROLE_LEAVING: return "another version serves by now: this one keeps nothing any more";
    case CONNECT_ROLE_NONE:
    case CONNECT_ROLE_CURRENT: break;
    }
    return NULL;
}

static void take_body(struct connect_session *session, const struct base_frame *frame, const struct base_json *body)
{
    const struct service_row *row = find_row(base_json_member_text(body, "service"));
    struct connect_service *service = find_service(session, 0);
    const char *why = row != NULL ? why_not_kept(session, row, body) : NULL;

    if (row == NULL)
        refuse(session, frame, "invalid", "service must be kv, http, secret or material", false);
    else if (!row->is_granted(&session->link->manifest.capabilities))
        refuse(session, frame, "denied", "the manifest was not granted this service", row->has_effect);
    else if (!is_op_known(row, body))
        refuse(session, frame, "invalid", "op must be check, hmac or reveal", false);
    else if (why != NULL)
        refuse(session, frame, "unavailable", why, row->has_effect);
    else if (service == NULL)
        refuse(session, frame, "limit", "64 services are under way in this session", row->has_effect);
    else if (is_repeated(session, frame->id))
        refuse(session, frame, "stale", "a request with this id was asked before", false);
    else
        start(session, service, frame, row, body);
}

void connect_service_take(struct connect_session *session, const struct base_frame *frame)
{
    struct base_json_error error;
    struct base_json *body = NULL;

    int rc = base_json_parse(frame->payload, frame->length, &body, &error);
    if (rc != OD_OK)
        refuse(session, frame, rc == OD_ENOMEM ? "unavailable" : "invalid", rc == OD_ENOMEM ? "no memory left" : error.text, true);
    else
        take_body(session, frame, body);
    base_json_destroy(body);
}

void connect_service_watch(struct connect_session *session, uint64_t now_ms)
{
    struct base_buffer out = {0};

    for (size_t i = 0; i < CONNECT_SERVICES_MAX; i++) {
        struct connect_service *service = &session->services[i];

        if (service->token == 0 || now_ms < service->deadline_ms)
            continue;
        base_buffer_clear(&out);
        put_error(&out, "timeout", "no answer in time", service->has_effect ? "unknown" : NULL);
        reply(session, service->request, out.bytes, out.is_broken ? 0 : out.size);
        *service = (struct connect_service){0};
    }
    base_buffer_fini(&out);
}
