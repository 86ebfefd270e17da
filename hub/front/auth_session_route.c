/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of sessions; the front answers them itself.
 *
 *   POST -> key (422) -> [pool, once: argon2id] -> certificate (401), a member of staff (403), HTTPS (403) -> cookie */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "front/server.h"

#define ATTRIBUTES " Path=/; HttpOnly; SameSite=Strict"
#define STAFF                                                                                                          \
    (FRONT_ROLE_FRONT_DESK | FRONT_ROLE_OFFICER | FRONT_ROLE_HEAD | FRONT_ROLE_SUPERVISOR | FRONT_ROLE_ADMIN)

static void refuse(struct front_call *call, enum front_problem problem, const char *zh, const char *en)
{
    front_call_refuse(call, problem, front_say(&call->request, zh, en), NULL, 0, NULL);
}

/* -- Where it comes from -- */

static const char *host_of_origin(const char *origin)
{
    if (strncasecmp(origin, "http://", 7) == 0)
        return origin + 7;
    return strncasecmp(origin, "https://", 8) == 0 ? origin + 8 : NULL;
}

bool front_has_origin(struct front_request *request)
{
    return front_header(request, "Origin") != NULL;
}

bool front_is_own_origin(struct front_request *request)
{
    const char *origin = front_header(request, "Origin"), *host = front_header(request, "Host");
    const char *of = origin != NULL ? host_of_origin(origin) : NULL;

    return of != NULL && host != NULL && strcasecmp(of, host) == 0;
}

enum transport { TRANSPORT_UNKNOWN = 0, TRANSPORT_PLAIN, TRANSPORT_TLS };

/* As the browser says by Origin, or the proxy in front of a unix socket by X-Forwarded-Proto. */
static enum transport transport_of(struct front_request *request)
{
    const char *origin = front_header(request, "Origin"), *proto = front_header(request, "X-Forwarded-Proto");

    if (proto != NULL && front_is_from_proxy(request))
        return strcasecmp(proto, "https") == 0 ? TRANSPORT_TLS : TRANSPORT_PLAIN;
    if (origin == NULL || host_of_origin(origin) == NULL)
        return TRANSPORT_UNKNOWN;
    return strncasecmp(origin, "https://", 8) == 0 ? TRANSPORT_TLS : TRANSPORT_PLAIN;
}

/* -- Begin -- */

static void put_session(struct base_buffer *body, const struct front_session *session, const struct front_key *key)
{
    static const struct {
        const char *name;
        uint32_t role;
    } roles[] = {{"front_desk", FRONT_ROLE_FRONT_DESK}, {"officer", FRONT_ROLE_OFFICER}, {"head", FRONT_ROLE_HEAD},
                 {"supervisor", FRONT_ROLE_SUPERVISOR}, {"admin", FRONT_ROLE_ADMIN},     {"connector", FRONT_ROLE_CONNECTOR}};
    int64_t wall_ms = session->started_wall_ms, off_ms = wall_ms - session->started_ms;
    int64_t idle_ms = session->seen_ms + FRONT_SESSION_IDLE_MS, life_ms = session->started_ms + FRONT_SESSION_LIFE_MS;
    char time[BASE_TIME_SIZE];

    base_json_put_text(body, "id", session->id);
    base_json_put_text(body, "key", session->key_id);
    base_json_open(body, "roles", '[');
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if ((session->roles & roles[i].role) != 0)
            base_json_put_text(body, NULL, roles[i].name);
    base_json_close(body, ']');
    base_json_put_text(body, "department", key->department[0] != '\0' ? key->department : NULL);
    base_zone_format(wall_ms, time);
    base_json_put_text(body, "started_at", time);
    base_zone_format(session->seen_ms + off_ms, time);
    base_json_put_text(body, "seen_at", time);
    base_zone_format((idle_ms < life_ms ? idle_ms : life_ms) + off_ms, time);
    base_json_put_text(body, "until", time);
}

static void note(struct front_call *call, const char *event, const char *key_id, const char *session)
{
    struct front *front = call->front;

    if (front->ops->on_session != NULL)
        front->ops->on_session(front->owner, event, key_id, session);
}

static void begin(struct front_call *call, const struct front_key *key, bool is_secure)
{
    struct front *front = call->front;
    char cookie[FRONT_SESSION_COOKIE_SIZE], line[256];
    struct base_buffer body = {0};
    int64_t now_ms = base_monotonic_ms();
    const struct front_session *session = front_session_start(&front->sessions, key, now_ms, cookie);

    snprintf(line, sizeof(line), "Set-Cookie: " FRONT_SESSION_COOKIE "=%s;" ATTRIBUTES "%s\r\n", cookie, is_secure ? "; Secure" : "");
    base_json_open(&body, NULL, '{');
    put_session(&body, session, key);
    base_json_close(&body, '}');
    note(call, "session_started", key->id, session->id);
    front_answer(&call->request, 201, "application/json", line, &body);
    base_wipe(cookie, sizeof(cookie));
    base_wipe(line, sizeof(line));
}

static void begin_for(struct front_call *call, const struct front_key *key)
{
    struct front_request *asker = front_call_asker(call);
    bool is_local = front_is_local_host(front_header(asker, "Host"));
    enum transport transport = transport_of(asker);

    if (key == NULL || !front_key_is_held(key, asker))
        refuse(call, FRONT_UNAUTHENTICATED, "密钥无效。", "The key is not known.");
    else if ((key->roles & STAFF) == 0)
        refuse(call, FRONT_FORBIDDEN, "连接器的密钥不能登录。", "A connector's key does not sign in.");
    else if (transport == TRANSPORT_PLAIN && !is_local)
        refuse(call, FRONT_FORBIDDEN, "密钥不得以明文传送：请改用 HTTPS，或在中枢本机登录。",
               "A key does not go in the clear: use HTTPS, or sign in on the hub's own machine.");
    else
        begin(call, key, transport == TRANSPORT_TLS || !is_local);
}

static void on_checked(void *owner, struct front_keys *keys, struct front_key_row *row)
{
    struct front_call *call = owner;
    struct front_key_row *now = NULL;
    const char *secret = base_json_member_text(call->request.body, "key");

    (void)keys; /* others may be running by now */
    if (row != NULL && front_keys_meet(call->front->keys, secret, strlen(secret), &now) != FRONT_KEY_KNOWN)
        row = NULL;
    call->front->is_turn_open = true;
    begin_for(call, row != NULL ? &now->key : NULL);
}

static void start(struct front_call *call)
{
    const char *secret = base_json_member_text(call->request.body, "key");
    struct front *front = call->front;
    struct front_key_row *row;
    struct front_problem_item item = {.pointer = "/key", .code = "required",
                                      .detail = front_say(&call->request, "需要文本 key：管理员发放的密钥。", "key is needed: the text that the administrator gave.")};
    int rc = OD_OK;

    if (secret == NULL) {
        front_call_refuse(call, FRONT_INVALID, NULL, &item, 1, NULL);
        return;
    }
    switch (front_keys_meet(front->keys, secret, strlen(secret), &row)) {
    case FRONT_KEY_UNKNOWN: begin_for(call, NULL); break;
    case FRONT_KEY_KNOWN: begin_for(call, &row->key); break;
    case FRONT_KEY_UNSEEN: rc = front_check_start(front, front->keys, row, secret, on_checked, call); break;
    }
    if (rc != OD_OK)
        front_call_refuse(call, FRONT_UNAVAILABLE, NULL, NULL, 0, NULL);
}

/* -- List and end -- */

/* A number of the query; false: it is there and wrong. */
static bool read_number(struct front_call *call, const char *name, unsigned long min, unsigned long max, unsigned long *value)
{
    const char *text = front_query(&call->request, name);
    char *end;

    if (text == NULL)
        return true;
    *value = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && strlen(text) < 10 && *end == '\0' && *value >= min && *value <= max;
}

static void put_row(struct base_buffer *body, const struct front_call *call, const struct front_session *session, const struct front_key *key)
{
    base_json_open(body, NULL, '{');
    put_session(body, session, key);
    base_json_put_bool(body, "is_current", strcmp(session->id, call->session) == 0);
    base_json_close(body, '}');
}

static void list_close(struct front_call *call, struct base_buffer *body, size_t next, unsigned long limit)
{
    char cursor[24], link[96];

    base_json_close(body, ']');
    snprintf(cursor, sizeof(cursor), "%zu", next);
    snprintf(link, sizeof(link), "Link: </v1/sessions?cursor=%s&limit=%lu>; rel=\"next\"\r\n", cursor, limit);
    base_json_put_text(body, "next_cursor", next > 0 ? cursor : NULL);
    base_json_close(body, '}');
    front_answer(&call->request, 200, "application/json", next > 0 ? link : NULL, body);
}

/* A session has its row for as long as it lives: the cursor is the row where the page goes on. */
static void list(struct front_call *call)
{
    struct front *front = call->front;
    struct base_buffer body = {0};
    int64_t now_ms = base_monotonic_ms();
    unsigned long limit = BASE_PAGE_MAX, at = 0, put = 0;
    size_t next = 0;

    if (!read_number(call, "limit", 1, BASE_PAGE_MAX, &limit) || !read_number(call, "cursor", 1, FRONT_SESSIONS_MAX, &at)) {
        refuse(call, FRONT_INVALID, "limit 应为 1 到 200，cursor 应为上一页给出的值。", "limit must be 1 to 200, and cursor what the page before gave.");
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_open(&body, "items", '[');
    for (; at < front->sessions.count && next == 0; at++) {
        const struct front_session *session = &front->sessions.rows[at];
        const struct front_key *key = front_session_key(session, front->keys, now_ms);

        if (key == NULL)
            continue;
        if (put == limit) {
            next = at;
            continue;
        }
        put_row(&body, call, session, key);
        put++;
    }
    list_close(call, &body, next, limit);
}

static void end(struct front_call *call)
{
    struct front *front = call->front;
    const char *id = call->request.params[0];
    bool is_own = strcmp(id, "current") == 0 || strcmp(id, call->session) == 0;

    if (is_own)
        id = call->session;
    if (!is_own && (call->request.identity.roles & FRONT_ROLE_ADMIN) == 0) {
        refuse(call, FRONT_FORBIDDEN, "只能结束自己的会话。", "Only your own session is yours to end.");
        return;
    }
    struct front_session *session = front_session_of(&front->sessions, front->keys, id, base_monotonic_ms());
    if (session == NULL) {
        refuse(call, FRONT_NOT_FOUND, "没有这个会话；它可能已经结束。", "There is no such session; it may have ended.");
        return;
    }
    note(call, "session_ended", call->request.identity.key_id, session->id);
    front_session_end(session);
    front_streams_check(front);
    front_answer(&call->request, 204, NULL, is_own ? "Set-Cookie: " FRONT_SESSION_COOKIE "=;" ATTRIBUTES "; Max-Age=0\r\n" : NULL, NULL);
}

void front_session_perform(struct front_call *call)
{
    if (call->request.route == FRONT_SESSION_START)
        start(call);
    else if (call->request.route == FRONT_SESSION_LIST)
        list(call);
    else
        end(call);
}
