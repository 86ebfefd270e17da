/* SPDX-License-Identifier: Apache-2.0 */
/* A key that is bound to a client certificate is good with it alone: told by a proxy on the unix socket, by the API
 * and by a session of the console. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hash.h"
#include "lib/check.h"
#include "stage.h"

#define PRINT "00112233445566778899aabbccddeeff00112233"
#define SHOWN "X-Client-Verify: SUCCESS\r\nX-Client-Fingerprint: " PRINT "\r\n"
#define BOUND "Authorization: Bearer bound\r\n"

static char text[1 << 20];
static struct stage stage;
static char folder[] = "/tmp/od-certificate-XXXXXX", path[64], listen_unix[80];

static struct front_key key_of(const char *id, const char *secret, uint32_t roles, const char *certificate)
{
    struct front_key key = {.roles = roles};

    snprintf(key.id, sizeof(key.id), "%s", id);
    snprintf(key.certificate, sizeof(key.certificate), "%s", certificate);
    base_hash(secret, strlen(secret), key.hash);
    return key;
}

static int open_stage(void **state)
{
    static struct front_key keys[2];

    (void)state;
    assert_int_equal(OD_OK, base_hash_init());
    keys[0] = key_of("bound", "bound", FRONT_ROLE_SUPERVISOR, PRINT);
    keys[1] = key_of("free", "free", FRONT_ROLE_SUPERVISOR, "");
    snprintf(folder, sizeof(folder), "/tmp/od-certificate-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s", folder);
    snprintf(listen_unix, sizeof(listen_unix), "unix:%s", path);
    stage = (struct stage){.options = {.keys = keys, .key_count = 2, .listen_unix = listen_unix}};
    stage_open(&stage);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    unlink(path);
    rmdir(folder);
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

static int ask(bool is_unix, const char *target, const char *headers)
{
    char request[1024];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s\r\n", target, is_unix ? "" : "Connection: close\r\n", headers);
    return is_unix ? over_unix(request) : stage_ask_text(&stage, request, text, sizeof(text));
}

static void a_bound_key_needs_its_certificate(void **state)
{
    static const struct {
        bool is_unix;
        const char *headers;
        int status;
        const char *why;
    } rows[] = {
        {true, BOUND SHOWN, 200, "shown"},
        {true, BOUND "x-client-verify: SUCCESS\r\nx-client-fingerprint: 00112233445566778899AABBCCDDEEFF00112233\r\n", 200, "in any case"},
        {true, BOUND, 401, "none"},
        {true, BOUND "X-Client-Fingerprint: " PRINT "\r\n", 401, "nobody looked at it"},
        {true, BOUND "X-Client-Verify: FAILED:expired\r\nX-Client-Fingerprint: " PRINT "\r\n", 401, "expired"},
        {true, BOUND "X-Client-Verify: NONE\r\nX-Client-Fingerprint: \r\n", 401, "an empty one"},
        {true, BOUND "X-Client-Verify: SUCCESS\r\nX-Client-Fingerprint: 10112233445566778899aabbccddeeff00112233\r\n", 401, "another's"},
        {true, BOUND "X-Client-Verify: SUCCESS\r\nX-Client-Fingerprint: " PRINT "0\r\n", 401, "a digit too many"},
        {false, BOUND SHOWN, 401, "over TCP nobody vouches for the header"},
        {false, BOUND, 401, "over TCP, none"},
        {true, "Authorization: Bearer free\r\n", 200, "a key that is bound to none"},
        {false, "Authorization: Bearer free\r\n", 200, "the same over TCP"},
        {true, SHOWN, 401, "a certificate is no key"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].status, ask(rows[i].is_unix, "/v1/connectors", rows[i].headers), rows[i].why);
}

static int sign_in(const char *headers)
{
    char request[1024];

    snprintf(request, sizeof(request),
             "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nkey=bound",
             headers);
    return over_unix(request);
}

static void a_session_needs_it_with_each_request(void **state)
{
    char cookie[256], headers[512];

    (void)state;
    CHECK_I64(401, sign_in(""), "no session without it");
    CHECK_I64(303, sign_in(SHOWN), "signed in");
    const char *at = strstr(text, "Set-Cookie: od_session=");
    assert_non_null(at);
    snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(at + 12, ";"), at + 12);
    snprintf(headers, sizeof(headers), "Cookie: %s\r\n" SHOWN, cookie);
    CHECK_I64(200, ask(true, "/connectors", headers), "with both");
    snprintf(headers, sizeof(headers), "Cookie: %s\r\n", cookie);
    CHECK_I64(303, ask(true, "/connectors", headers), "a stolen cookie leads to the sign-in");
    CHECK_I64(303, ask(false, "/connectors", headers), "over TCP, too");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bound_key_needs_its_certificate, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_session_needs_it_with_each_request, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
