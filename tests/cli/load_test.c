/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator refuses what it cannot do, and says so where nobody listens. What it measures: test_cli_bench.py. */
#include "lib/check.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/load.h"

/* A port of this machine that nobody listens at. */
static uint16_t port_free(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_I64(0, bind(fd, (struct sockaddr *)&address, size), "bind");
    CHECK_I64(0, getsockname(fd, (struct sockaddr *)&address, &size), "its name");
    close(fd);
    return ntohs(address.sin_port);
}

static void what_is_taken_and_what_is_not(void **state)
{
    static const struct {
        uint32_t in_flight, connections;
        double warmup_s, seconds, rate;
        int expected; /* OD_EIO: taken, and then nobody listens */
        const char *why;
    } rows[] = {
        {1, 0, 0, 1, 0, OD_EIO, "the least"},
        {0, 0, 0, 1, 0, OD_EINVAL, "none in flight"},
        {CLI_LOAD_IN_FLIGHT_MAX, 0, 0, 1, 0, OD_EIO, "in flight: limit"},
        {CLI_LOAD_IN_FLIGHT_MAX + 1, 0, 0, 1, 0, OD_EINVAL, "in flight: limit + 1"},
        {1, CLI_LOAD_CONNECTIONS_MAX, 0, 1, 0, OD_EIO, "connections: limit"},
        {1, CLI_LOAD_CONNECTIONS_MAX + 1, 0, 1, 0, OD_EINVAL, "connections: limit + 1"},
        {1, 0, 0, CLI_LOAD_SECONDS_MAX, 0, OD_EIO, "seconds: limit"},
        {1, 0, 0, CLI_LOAD_SECONDS_MAX + 1, 0, OD_EINVAL, "seconds: limit + 1"},
        {1, 0, 0, 0, 0, OD_EINVAL, "no time at all"},
        {1, 0, -1, 1, 0, OD_EINVAL, "a warm-up in the past"},
        {1, 0, 0, 1, -1, OD_EINVAL, "a rate below none"},
    };
    uint16_t port = port_free();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct cli_load_options options = {.port = port, .key = "", .run = "test", .body = "{}", .body_size = 2,
                                                 .in_flight = rows[i].in_flight, .connections = rows[i].connections,
                                                 .warmup_s = rows[i].warmup_s, .seconds = rows[i].seconds, .rate = rows[i].rate};
        struct cli_load_result result;

        CHECK_I64(rows[i].expected, cli_load_run(&options, &result), rows[i].why);
        CHECK_I64(0, result.posted, rows[i].why);
    }
}

static void a_head_that_is_too_long_is_refused(void **state)
{
    static char key[2000];
    struct cli_load_options options = {.port = port_free(), .key = key, .run = "test", .body = "{}", .body_size = 2, .in_flight = 1, .seconds = 1};
    struct cli_load_result result;

    (void)state;
    memset(key, 'k', sizeof(key) - 1);
    CHECK_I64(OD_EINVAL, cli_load_run(&options, &result), "a key of 2,000 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_and_what_is_not),
        cmocka_unit_test(a_head_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
