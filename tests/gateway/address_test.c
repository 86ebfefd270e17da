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
#include "lib/nng_urls.h"

static void test_parts_of_urls(void **state)
{
    static const struct {
        const char *url;
        enum gateway_door_kind kind;
        enum gateway_scheme scheme;
        const char *path, *host, *port, *why;
    } rows[] = {
        {"ipc:///run/desk", GATEWAY_FRONT_DESK, GATEWAY_IPC, "/run/desk", "", "", "a path"},
        {"ipc://desk", GATEWAY_EVENTS, GATEWAY_IPC, "desk", "", "", "a relative path"},
        {"tcp://127.0.0.1:7000", GATEWAY_FRONT_DESK, GATEWAY_TCP, "", "127.0.0.1", "7000", "tcp"},
        {"tcp://[::1]:65535", GATEWAY_FRONT_DESK, GATEWAY_TCP, "", "::1", "65535", "v6, largest port"},
        {"tcp://*:1", GATEWAY_FRONT_DESK, GATEWAY_TCP, "", "", "1", "every interface, smallest port"},
        {"tls+tcp://h:9", GATEWAY_EVENTS, GATEWAY_TLS, "", "h", "9", "tls"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gateway_address address = {.scheme = GATEWAY_SCHEME_NONE};
        char text[256] = "";
        CHECK_I64(OD_OK, gateway_address_read(rows[i].url, rows[i].kind, &address, text), rows[i].why);
        CHECK_I64(rows[i].scheme, address.scheme, rows[i].why);
        CHECK_TEXT(rows[i].path, address.path, rows[i].why);
        CHECK_TEXT(rows[i].host, address.host, rows[i].why);
        CHECK_TEXT(rows[i].port, address.port, rows[i].why);
        CHECK_TEXT("", text, rows[i].why);
    }
}

static void test_which_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nng_urls); i++) {
        const struct nng_url *row = &nng_urls[i];
        struct gateway_address address = {.scheme = GATEWAY_SCHEME_NONE};
        char text[256] = "";
        int rc = gateway_address_read(row->url, row->is_feed ? GATEWAY_EVENTS : GATEWAY_FRONT_DESK, &address, text);

        CHECK_I64(row->is_taken ? OD_OK : OD_EINVAL, rc, row->why);
        CHECK_I64(row->is_tls, address.scheme == GATEWAY_TLS, row->why);
        CHECK((address.scheme != GATEWAY_SCHEME_NONE) == row->is_taken, "unchanged on error");
        CHECK((text[0] != '\0') == (rc != OD_OK), row->why);
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
        cmocka_unit_test(test_parts_of_urls),
        cmocka_unit_test(test_which_urls),
        cmocka_unit_test(test_only_a_dead_socket_is_removed),
        cmocka_unit_test(test_dial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
