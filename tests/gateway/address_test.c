/* SPDX-License-Identifier: Apache-2.0 */
/* Which URLs a door takes, and what is done about a socket file that is in the way. */
#include "lib/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/address.h"

#define P10 "/123456789"
#define PATH_100 P10 P10 P10 P10 P10 P10 P10 P10 P10 P10

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        enum gateway_door_kind kind;
        int rc;
        enum gateway_scheme scheme;
        const char *path, *host, *port, *why;
    } rows[] = {
        {"ipc:///run/desk", GATEWAY_FRONT_DESK, OD_OK, GATEWAY_IPC, "/run/desk", "", "", "a path"},
        {"ipc://desk", GATEWAY_EVENTS, OD_OK, GATEWAY_IPC, "desk", "", "", "a relative path"},
        {"tcp://127.0.0.1:7000", GATEWAY_FRONT_DESK, OD_OK, GATEWAY_TCP, "", "127.0.0.1", "7000", "tcp"},
        {"tcp://[::1]:65535", GATEWAY_FRONT_DESK, OD_OK, GATEWAY_TCP, "", "::1", "65535", "v6, largest port"},
        {"tcp://*:1", GATEWAY_FRONT_DESK, OD_OK, GATEWAY_TCP, "", "", "1", "every interface, smallest port"},
        {"tls+tcp://h:9", GATEWAY_EVENTS, OD_OK, GATEWAY_TLS, "", "h", "9", "tls"},
        {"ipc://" PATH_100 "1234567", GATEWAY_EVENTS, OD_OK, GATEWAY_IPC, PATH_100 "1234567", "", "", "limit"},
        {"ipc://" PATH_100 "12345678", GATEWAY_EVENTS, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "limit + 1"},
        {"ipc://", GATEWAY_EVENTS, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "no path"},
        {"tcp://127.0.0.1:7000", GATEWAY_EVENTS, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "events never in the clear"},
        {"tcp://127.0.0.1:0", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "any port is none"},
        {"tcp://127.0.0.1:65536", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "port + 1"},
        {"tcp://127.0.0.1:", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "empty port"},
        {"tcp://127.0.0.1:-1", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "signed port"},
        {"tcp://127.0.0.1", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "no port"},
        {"tcp://h:1/path", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "a path after the port"},
        {"inproc://x", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "reaches nobody"},
        {"ws://h:1", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "not offered"},
        {"", GATEWAY_FRONT_DESK, OD_EINVAL, GATEWAY_SCHEME_NONE, "", "", "", "empty"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gateway_address address = {.scheme = GATEWAY_SCHEME_NONE};
        char text[256] = "";
        CHECK_I64(rows[i].rc, gateway_address_read(rows[i].url, rows[i].kind, &address, text), rows[i].why);
        CHECK_I64(rows[i].scheme, address.scheme, rows[i].why);
        CHECK_TEXT(rows[i].path, address.path, rows[i].why);
        CHECK_TEXT(rows[i].host, address.host, rows[i].why);
        CHECK_TEXT(rows[i].port, address.port, rows[i].why);
        CHECK((text[0] != '\0') == (rows[i].rc != OD_OK), rows[i].why);
    }
}

struct folder {
    char name[64];
    struct gateway_address address;
};

static void folder_open(struct folder *folder)
{
    char text[256], url[128];

    strcpy(folder->name, "/tmp/gateway-XXXXXX");
    CHECK(mkdtemp(folder->name) != NULL, "folder");
    snprintf(url, sizeof(url), "ipc://%s/desk", folder->name);
    CHECK_I64(OD_OK, gateway_address_read(url, GATEWAY_FRONT_DESK, &folder->address, text), "url");
}

static void folder_close(struct folder *folder)
{
    unlink(folder->address.path);
    rmdir(folder->name);
}

static int listen_there(const struct folder *folder)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", folder->address.path);
    CHECK_I64(0, bind(fd, (const struct sockaddr *)&name, sizeof(name)), "bind");
    CHECK_I64(0, listen(fd, 4), "listen");
    return fd;
}

static void test_only_a_dead_socket_is_removed(void **state)
{
    struct folder folder = {.address = {.scheme = GATEWAY_SCHEME_NONE}};

    (void)state;
    folder_open(&folder);
    CHECK_I64(OD_OK, gateway_address_clear(&folder.address), "nothing there");
    int fd = listen_there(&folder);
    CHECK_I64(OD_EBUSY, gateway_address_clear(&folder.address), "a living listener");
    CHECK_I64(0, access(folder.address.path, F_OK), "is left");
    close(fd);
    CHECK_I64(OD_OK, gateway_address_clear(&folder.address), "its process is gone");
    CHECK(access(folder.address.path, F_OK) != 0, "is removed");
    close(open(folder.address.path, O_CREAT | O_WRONLY, 0600));
    CHECK_I64(OD_EEXIST, gateway_address_clear(&folder.address), "a file of somebody");
    CHECK_I64(0, access(folder.address.path, F_OK), "is left");
    folder_close(&folder);
}

static void test_dial(void **state)
{
    struct folder folder = {.address = {.scheme = GATEWAY_SCHEME_NONE}};
    struct gateway_address tls = {.scheme = GATEWAY_TLS};
    int fd = -7;

    (void)state;
    folder_open(&folder);
    CHECK_I64(OD_EIO, gateway_address_dial(&folder.address, 100, &fd), "nobody there");
    CHECK_I64(OD_EUNSUPPORTED, gateway_address_dial(&tls, 100, &fd), "tls");
    CHECK_I64(-7, fd, "unchanged by every error");
    int listener = listen_there(&folder);
    CHECK_I64(OD_OK, gateway_address_dial(&folder.address, 100, &fd), "a listener");
    char byte;
    CHECK_I64(-1, recv(fd, &byte, 1, 0), "a silent peer does not hold us");
    close(fd);
    close(listener);
    folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_only_a_dead_socket_is_removed),
        cmocka_unit_test(test_dial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
