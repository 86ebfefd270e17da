/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: how long they last, what ends them, who may do what with them; and people whom a proxy in front names. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "front/server.h"
#include "lib/check.h"
#include "stage.h"

#define SAME "Origin: http://127.0.0.1\r\n"

static char text[1 << 18];
static char path[64], listen_unix[80];
static struct stage stage;
static struct front_key keys[5];

static struct front_key key_of(const char *id, uint32_t roles)
{
    struct front_key key = {.roles = roles};

    snprintf(key.id, sizeof(key.id), "%s", id);
    base_hash(id, strlen(id), key.hash);
    return key;
}

static void keys_fill(void)
{
    assert_int_equal(OD_OK, base_hash_init());
    keys[0] = key_of("desk", FRONT_ROLE_FRONT_DESK);
    keys[1] = key_of("boss", FRONT_ROLE_HEAD);
    keys[2] = key_of("root", FRONT_ROLE_ADMIN);
    keys[3] = key_of("machine", FRONT_ROLE_CONNECTOR);
    keys[4] = key_of("watch", FRONT_ROLE_SUPERVISOR);
}

/* -- The table -- */

static void lasts_for_its_time(void **state)
{
    struct front_sessions *sessions = base_alloc(sizeof(*sessions));
    struct front_keys *table, *fewer, *others;
    struct front_key changed[2];
    char cookie[FRONT_SESSION_COOKIE_SIZE], other[FRONT_SESSION_COOKIE_SIZE], id[FRONT_SESSION_ID_SIZE];
    const struct front_key *key = NULL;
    int64_t at = 1000;

    (void)state;
    keys_fill();
    assert_int_equal(OD_OK, front_keys_create(keys, 2, &table));
    assert_int_equal(OD_OK, front_keys_create(keys, 1, &fewer));
    memcpy(changed, keys, sizeof(changed));
    changed[1].roles |= FRONT_ROLE_ADMIN;
    assert_int_equal(OD_OK, front_keys_create(changed, 2, &others));
    memcpy(id, front_session_start(sessions, &keys[1], at, cookie)->id, sizeof(id));
    front_session_start(sessions, &keys[0], at, other);
    assert_string_not_equal(cookie, other);
    CHECK(front_session_find(sessions, table, cookie, at, &key) != NULL, "at once");
    CHECK_TEXT("boss", key->id, "whose it is");
    CHECK(front_session_find(sessions, fewer, cookie, at, &key) == NULL, "the key went with a reload");
    CHECK(front_session_find(sessions, others, cookie, at, &key) == NULL, "it has other roles now");
    CHECK(front_session_find(sessions, fewer, other, at, &key) != NULL, "the other stayed");
    CHECK(front_session_find(sessions, table, "", at, &key) == NULL, "nothing");
    CHECK(front_session_find(sessions, table, id, at, &key) == NULL, "what it is listed by opens nothing");
    CHECK(front_session_find(sessions, table, other, at + FRONT_SESSION_IDLE_MS, &key) == NULL, "idle for too long");
    while (at + FRONT_SESSION_IDLE_MS - 1 < 1000 + FRONT_SESSION_LIFE_MS) {
        at += FRONT_SESSION_IDLE_MS - 1;
        CHECK(front_session_find(sessions, table, cookie, at, &key) != NULL, "each request moves its end");
    }
    CHECK(front_session_find(sessions, table, cookie, 1000 + FRONT_SESSION_LIFE_MS - 1, &key) != NULL, "the last millisecond");
    CHECK(front_session_find(sessions, table, cookie, 1000 + FRONT_SESSION_LIFE_MS, &key) == NULL, "twelve hours");
    front_session_start(sessions, &keys[0], at, other);
    CHECK(front_session_find(sessions, table, other, at, &key) != NULL, "a new one");
    cookie[0] = cookie[0] == '0' ? '1' : '0';
    CHECK(front_session_find(sessions, table, cookie, at, &key) == NULL, "another cookie");
    struct front_session *found = front_session_of(sessions, table, sessions->rows[0].id, at);
    CHECK(found != NULL || front_session_of(sessions, table, sessions->rows[1].id, at) != NULL, "by its id");
    for (size_t i = 0; i < sessions->count; i++)
        front_session_end(&sessions->rows[i]);
    CHECK(front_session_find(sessions, table, other, at, &key) == NULL, "ended");
    CHECK(front_session_of(sessions, table, "", at) == NULL, "an ended one has no id");
    front_keys_release(table);
    front_keys_release(fewer);
    front_keys_release(others);
    base_free(sessions);
}

static void one_more_ends_the_one_that_was_idle_longest(void **state)
{
    struct front_sessions *sessions = base_alloc(sizeof(*sessions));
    struct front_keys *table;
    char first[FRONT_SESSION_COOKIE_SIZE], second[FRONT_SESSION_COOKIE_SIZE], last[FRONT_SESSION_COOKIE_SIZE];
    const struct front_key *key;

    (void)state;
    keys_fill();
    assert_int_equal(OD_OK, front_keys_create(keys, 1, &table));
    front_session_start(sessions, &keys[0], 1, first);
    front_session_start(sessions, &keys[0], 2, second);
    for (int i = 2; i < FRONT_SESSIONS_MAX; i++)
        front_session_start(sessions, &keys[0], 2 + i, last);
    CHECK(front_session_find(sessions, table, first, 5000, &key) != NULL, "at the limit");
    front_session_start(sessions, &keys[0], 5000, last);
    CHECK(front_session_find(sessions, table, second, 5000, &key) == NULL, "limit + 1 ends the one that was idle longest");
    CHECK(front_session_find(sessions, table, first, 5000, &key) != NULL, "and no other");
    CHECK(front_session_find(sessions, table, last, 5000, &key) != NULL, "the new one is there");
    front_keys_release(table);
    base_free(sessions);
}

/* -- At the door -- */

static size_t noted;
static char noted_event[32], noted_key[80];

static void on_session(void *owner, const char *event, const char *key_id, const char *session)
{
    (void)owner;
    CHECK_I64(FRONT_SESSION_ID_SIZE - 1, strlen(session), "an id");
    noted++;
    snprintf(noted_event, sizeof(noted_event), "%s", event);
    snprintf(noted_key, sizeof(noted_key), "%s", key_id);
}

static int open_stage(void **state)
{
    static const struct front_identity_user users[] = {{"na@example.org", "boss"}, {"王芳", "desk"}, {"gone@example.org", "nobody"}};
    static struct front_identity_rule rule;
    static struct front_ops ops;
    char folder[] = "/tmp/od-session-XXXXXX";

    (void)state;
    keys_fill();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s", folder);
    snprintf(listen_unix, sizeof(listen_unix), "unix:%s", path);
    rule = (struct front_identity_rule){.header = "X-Forwarded-User", .users = users, .user_count = COUNT(users)};
    if (*state != NULL) { /* the same, over loopback, with a secret */
        rule.secret_header = "X-Secret";
        rule.takes_ipv4_loopback = true;
        base_hash("shared", 6, rule.secret_hash);
    }
    stage = (struct stage){.options = {.keys = keys, .key_count = COUNT(keys), .listen_unix = listen_unix, .identity = &rule}};
    stage_open(&stage);
    ops = *stage.front->ops;
    ops.on_session = on_session;
    stage.front->ops = &ops;
    noted = 0;
    return 0;
}

static int open_loopback(void **state)
{
    *state = &stage;
    return open_stage(state);
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    return 0;
}

static int over_unix(const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof(address)));
    stage_turn(&stage);
    stage_send_text(&stage, fd, request);
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    close(fd);
    return stage_status(text);
}

/* line: "GET /v1/tasks"; headers end in CR LF; body NULL = none. */
static int ask(bool is_unix, const char *line, const char *headers, const char *body)
{
    char request[2048];

    if (body != NULL)
        snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", line,
                 headers, strlen(body), body);
    else
        snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", line, headers);
    return is_unix ? over_unix(request) : stage_ask_text(&stage, request, text, sizeof(text));
}

static int sign_in(const char *secret, const char *headers, char cookie[256])
{
    char body[128];

    snprintf(body, sizeof(body), "{\"key\":\"%s\"}", secret);
    int status = ask(false, "POST /v1/sessions", headers, body);
    const char *at = strstr(text, "Set-Cookie: ");
    CHECK((at != NULL) == (status == 201), "a cookie, and only then");
    if (at != NULL)
        snprintf(cookie, 256, "Cookie: other=1; %.*s\r\n", (int)strcspn(at + 12, ";"), at + 12);
    return status;
}

static void signs_in_and_out(void **state)
{
    char cookie[256], headers[512], line[128];

    (void)state;
    CHECK_I64(401, sign_in("wrong", "", cookie), "an unknown key");
    CHECK_I64(422, ask(false, "POST /v1/sessions", "", "{}"), "no key");
    CHECK_I64(403, sign_in("machine", "", cookie), "a connector is no person");
    CHECK_I64(0, noted, "nobody came in");
    CHECK_I64(201, sign_in("desk", "", cookie), "signed in");
    CHECK(strstr(text, "; Path=/; HttpOnly; SameSite=Strict\r\n") != NULL, "the cookie's attributes on this machine");
    CHECK(strstr(text, "\"key\":\"desk\"") != NULL && strstr(text, "\"roles\":[\"front_desk\"]") != NULL, "who it is");
    CHECK_TEXT("session_started", noted_event, "on record");
    CHECK_TEXT("desk", noted_key, "on record");
    CHECK_I64(200, ask(false, "GET /v1/applications", cookie, NULL), "the cookie is the key");
    CHECK_TEXT("desk", stage.key_id, "who it is");
    CHECK_I64(403, ask(false, "GET /v1/connectors", cookie, NULL), "and no other");
    CHECK_I64(403, ask(false, "GET /v1/sessions", cookie, NULL), "others' sessions are not for all");
    snprintf(headers, sizeof(headers), "%sAuthorization: Bearer wrong\r\n", cookie);
    CHECK_I64(401, ask(false, "GET /v1/applications", headers, NULL), "a key that is given must be right");
    CHECK_I64(403, ask(false, "DELETE /v1/sessions/current", cookie, NULL), "an act must come from a page of ours");
    snprintf(headers, sizeof(headers), "%s" SAME, cookie);
    CHECK_I64(204, ask(false, "DELETE /v1/sessions/current", headers, NULL), "signed out");
    CHECK(strstr(text, "Max-Age=0") != NULL, "the cookie goes");
    CHECK_TEXT("session_ended", noted_event, "on record");
    CHECK_I64(401, ask(false, "GET /v1/applications", cookie, NULL), "over");
    CHECK_I64(404, ask(false, "DELETE /v1/sessions/current", "Authorization: Bearer desk\r\n", NULL), "a key is no session");
    snprintf(line, sizeof(line), "DELETE /v1/sessions/%s", "0123456789abcdef");
    CHECK_I64(403, ask(false, line, "Authorization: Bearer desk\r\n", NULL), "another's is not yours");
    CHECK_I64(404, ask(false, line, "Authorization: Bearer root\r\n", NULL), "none of this id");
}

static void acts_need_an_origin_of_ours(void **state)
{
    static const struct {
        const char *origin;
        int status;
        const char *why;
    } rows[] = {
        {"", 403, "none"},
        {"Origin: http://evil.example\r\n", 403, "another site"},
        {"Origin: null\r\n", 403, "a sandboxed page"},
        {"Origin: http://127.0.0.1:81\r\n", 403, "another port"},
        {"Origin: http://127.0.0.1.evil.example\r\n", 403, "a longer name"},
        {"Origin: ftp://127.0.0.1\r\n", 403, "another scheme"},
        {SAME, 200, "ours"},
        {"Origin: https://127.0.0.1\r\n", 200, "ours behind a proxy"},
    };
    char cookie[256], headers[512];

    (void)state;
    CHECK_I64(201, sign_in("desk", "", cookie), "signed in");
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(headers, sizeof(headers), "%s%s", cookie, rows[i].origin);
        CHECK_I64(rows[i].status, ask(false, "POST /v1/applications", headers, "{}"), rows[i].why);
    }
    CHECK_I64(200, ask(false, "POST /v1/applications", "Origin: http://evil.example\r\nAuthorization: Bearer desk\r\n", "{}"),
              "a key is nothing that a browser sends by itself");
}

static void admins_list_and_end_sessions(void **state)
{
    char desk[256], boss[256], id[FRONT_SESSION_ID_SIZE], line[128];

    (void)state;
    CHECK_I64(201, sign_in("desk", "", desk), "one");
    snprintf(id, sizeof(id), "%.16s", strstr(text, "\"id\":\"") + 6);
    CHECK_I64(201, sign_in("boss", "", boss), "two");
    CHECK_I64(200, ask(false, "GET /v1/sessions", "Authorization: Bearer root\r\n", NULL), "listed");
    CHECK(strstr(text, id) != NULL && strstr(text, "\"key\":\"boss\"") != NULL, "both");
    CHECK(strstr(text, desk + 25) == NULL, "and no cookie");
    snprintf(line, sizeof(line), "DELETE /v1/sessions/%s", id);
    CHECK_I64(204, ask(false, line, "Authorization: Bearer root\r\n", NULL), "ended");
    CHECK(strstr(text, "Set-Cookie") == NULL, "not the admin's");
    CHECK_I64(401, ask(false, "GET /v1/applications", desk, NULL), "over");
    CHECK_I64(200, ask(false, "GET /v1/applications", boss, NULL), "the other goes on");
    CHECK_I64(OD_OK, front_keys_set(stage.front, keys, 1), "the key goes");
    CHECK_I64(401, ask(false, "GET /v1/applications", boss, NULL), "and its session");
}

static void a_cookie_is_for_https_or_this_machine(void **state)
{
    static const struct {
        const char *host, *headers;
        int status;
        bool is_secure;
        const char *why;
    } rows[] = {
        {"127.0.0.1:8080", "", 201, false, "this machine"},
        {"localhost", "Origin: http://localhost\r\n", 201, false, "by name"},
        {"hub.example.org", "Origin: https://hub.example.org\r\n", 201, true, "HTTPS, as the browser says"},
        {"hub.example.org", "Origin: http://hub.example.org\r\n", 403, false, "in the clear"},
        {"hub.example.org", "", 201, true, "who knows: a browser keeps it for HTTPS alone"},
        {"hub.example.org", "Origin: http://hub.example.org\r\nX-Forwarded-Proto: https\r\n", 403, false, "TCP: nobody vouches for the header"},
    };
    char request[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(request, sizeof(request),
                 "POST /v1/sessions HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"key\":\"desk\"}",
                 rows[i].host, rows[i].headers);
        CHECK_I64(rows[i].status, stage_ask_text(&stage, request, text, sizeof(text)), rows[i].why);
        CHECK_I64(rows[i].is_secure, strstr(text, "; Secure") != NULL, rows[i].why);
    }
    snprintf(request, sizeof(request),
             "POST /v1/sessions HTTP/1.1\r\nHost: hub.example.org\r\nX-Forwarded-Proto: https\r\nContent-Type: application/json\r\n"
             "Content-Length: 14\r\n\r\n{\"key\":\"desk\"}");
    CHECK_I64(201, over_unix(request), "through the socket it is believed");
    CHECK(strstr(text, "; Secure") != NULL, "and the cookie is for HTTPS alone");
}

static void wrong_keys_are_slowed_down(void **state)
{
    char cookie[256];

    (void)state;
    for (int i = 0; i < FRONT_THROTTLE_WRONG_MAX; i++)
        CHECK_I64(401, sign_in("wrong", "", cookie), "up to the limit");
    CHECK_I64(429, sign_in("wrong", "", cookie), "limit + 1");
    CHECK_I64(429, sign_in("desk", "", cookie), "the right one as well");
    CHECK(strstr(text, "Retry-After: ") != NULL, "how long");
    CHECK_I64(200, ask(false, "GET /v1/applications", "Authorization: Bearer desk\r\n", NULL), "who comes with a key need not wait");
}

/* -- Whom a proxy names -- */

static void a_proxy_on_the_socket_is_believed(void **state)
{
    static const struct {
        bool is_unix;
        const char *line, *headers;
        int status;
        const char *key, *why;
    } rows[] = {
        {true, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\n", 200, "boss", "named"},
        {true, "GET /v1/tasks", "x-forwarded-user:   na@example.org  \r\n", 200, "boss", "in any case, without the space"},
        {true, "GET /v1/applications", "X-Forwarded-User: \xe7\x8e\x8b\xe8\x8a\xb3\r\n", 200, "desk", "in any script"},
        {true, "GET /v1/tasks", "X-Forwarded-User: \xe7\x8e\x8b\xe8\x8a\xb3\r\n", 403, "", "with the roles of the key"},
        {true, "GET /v1/tasks", "X-Forwarded-User: Na@example.org\r\n", 403, "", "names are taken as they are"},
        {true, "GET /v1/tasks", "X-Forwarded-User: stranger@example.org\r\n", 403, "", "nobody here"},
        {true, "GET /v1/tasks", "X-Forwarded-User: gone@example.org\r\n", 403, "", "a key that is not there"},
        {true, "GET /v1/tasks", "X-Forwarded-User: \r\n", 401, "", "nobody"},
        {true, "GET /v1/tasks", "", 401, "", "it says nothing"},
        {true, "GET /v1/services", "X-Forwarded-User: stranger@example.org\r\n", 200, "", "what is public is for strangers, too"},
        {true, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\nX-Forwarded-User: na@example.org\r\n", 403, "", "said twice"},
        {true, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\nAuthorization: Bearer watch\r\n", 200, "watch", "a key goes first"},
        {true, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\nAuthorization: Bearer wrong\r\n", 401, "", "and must be right"},
        {false, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\n", 401, "", "over TCP it is the client's own word"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stage.key_id[0] = '\0';
        CHECK_I64(rows[i].status, ask(rows[i].is_unix, rows[i].line, rows[i].headers, NULL), rows[i].why);
        CHECK_TEXT(rows[i].key, stage.key_id, rows[i].why);
    }
    CHECK_I64(403, ask(true, "POST /v1/tasks/a.1/take", "X-Forwarded-User: na@example.org\r\n", "{}"), "an act needs its origin");
    CHECK_I64(200, ask(true, "POST /v1/tasks/a.1/take", "X-Forwarded-User: na@example.org\r\n" SAME, "{}"), "one of ours");
    CHECK_I64(OD_OK, front_identity_set(stage.front, NULL), "no rule any more");
    CHECK_I64(401, ask(true, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\n", NULL), "nobody is believed");
}

static void a_proxy_on_loopback_needs_the_secret(void **state)
{
    static const struct {
        bool is_unix;
        const char *headers;
        int status;
        const char *why;
    } rows[] = {
        {false, "X-Forwarded-User: na@example.org\r\nX-Secret: shared\r\n", 200, "with the secret"},
        {false, "X-Forwarded-User: na@example.org\r\nX-Secret: wrong\r\n", 401, "with another"},
        {false, "X-Forwarded-User: na@example.org\r\n", 401, "without"},
        {true, "X-Forwarded-User: na@example.org\r\nX-Secret: shared\r\n", 200, "through the socket"},
        {true, "X-Forwarded-User: na@example.org\r\n", 401, "there it is asked for as well"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].status, ask(rows[i].is_unix, "GET /v1/tasks", rows[i].headers, NULL), rows[i].why);
}

/* A certificate's name counts where the proxy found the certificate good. */
static void a_certificate_names_its_owner(void **state)
{
    static const struct front_identity_user users[] = {{"CN=na,O=Center", "boss"}};
    static const struct front_identity_rule rule = {.header = "X-Client-Subject", .users = users, .user_count = 1};

    (void)state;
    CHECK_I64(OD_OK, front_identity_set(stage.front, &rule), "another rule");
    CHECK_I64(200, ask(true, "GET /v1/tasks", "X-Client-Subject: CN=na,O=Center\r\nX-Client-Verify: SUCCESS\r\n", NULL), "good");
    CHECK_I64(401, ask(true, "GET /v1/tasks", "X-Client-Subject: CN=na,O=Center\r\nX-Client-Verify: FAILED\r\n", NULL), "not good");
    CHECK_I64(401, ask(true, "GET /v1/tasks", "X-Client-Subject: CN=na,O=Center\r\n", NULL), "nobody looked");
}

static void rules_are_taken_whole_or_not_at_all(void **state)
{
    static const struct front_identity_user twice[] = {{"a", "boss"}, {"b", "boss"}, {"a", "desk"}};
    static const struct front_identity_rule wrong = {.header = "X-User", .users = twice, .user_count = 3};
    static const struct front_identity_rule fine = {.header = "X-User", .secret_header = "X-S", .users = twice, .user_count = 2};
    int rc = OD_ENOMEM;

    (void)state;
    CHECK_I64(OD_EINVAL, front_identity_set(stage.front, &wrong), "a user twice");
    CHECK_I64(200, ask(true, "GET /v1/tasks", "X-Forwarded-User: na@example.org\r\n", NULL), "the rule before stays");
    for (uint64_t n = 1; n < 50 && rc != OD_OK; n++) {
        base_alloc_fail_at(n);
        rc = front_identity_set(stage.front, &fine);
        base_alloc_fail_at(0);
        CHECK(rc == OD_OK || rc == OD_ENOMEM, "memory runs out");
    }
    CHECK_I64(OD_OK, rc, "at last");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lasts_for_its_time),
        cmocka_unit_test(one_more_ends_the_one_that_was_idle_longest),
        cmocka_unit_test_setup_teardown(signs_in_and_out, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(acts_need_an_origin_of_ours, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(admins_list_and_end_sessions, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_cookie_is_for_https_or_this_machine, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(wrong_keys_are_slowed_down, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_proxy_on_the_socket_is_believed, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_proxy_on_loopback_needs_the_secret, open_loopback, close_stage),
        cmocka_unit_test_setup_teardown(a_certificate_names_its_owner, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(rules_are_taken_whole_or_not_at_all, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
