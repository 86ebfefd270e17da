/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check.h"

#include "gateway/options.h"

static void test_command_lines(void **state)
{
    static const struct {
        const char *words[8];
        int count, rc;
        enum gateway_scheme front_desk, events;
        const char *why;
    } rows[] = {
        {{"n", "--front-desk", "ipc:///a", "--events", "ipc:///b"}, 5, OD_OK, GATEWAY_IPC, GATEWAY_IPC, "both doors"},
        {{"n", "--events", "ipc:///b"}, 3, OD_OK, GATEWAY_SCHEME_NONE, GATEWAY_IPC, "events alone"},
        {{"n", "--front-desk", "tcp://127.0.0.1:1"}, 3, OD_OK, GATEWAY_TCP, GATEWAY_SCHEME_NONE, "front desks alone"},
        {{"n", "--events", "tls+tcp://h:1", "--certificate", "c"}, 5, OD_OK, GATEWAY_SCHEME_NONE, GATEWAY_TLS, "tls"},
        {{"n", "--events", "tls+tcp://h:1"}, 3, OD_EINVAL, 0, 0, "tls without a certificate"},
        {{"n", "--connectors", "tcp://127.0.0.1:1"}, 3, OD_OK, GATEWAY_SCHEME_NONE, GATEWAY_SCHEME_NONE, "connectors alone"},
        {{"n", "--connectors", "tls+tcp://h:1"}, 3, OD_EINVAL, 0, 0, "connectors over tls without a certificate"},
        {{"n"}, 1, OD_EINVAL, 0, 0, "no door"},
        {{"n", "--certificate", "c"}, 3, OD_EINVAL, 0, 0, "a certificate for no door"},
        {{"n", "--front-desk"}, 2, OD_EINVAL, 0, 0, "no value"},
        {{"n", "--front-desk", "ipc:///a", "--events"}, 4, OD_EINVAL, 0, 0, "no second value"},
        {{"n", "--door", "ipc:///a"}, 3, OD_EINVAL, 0, 0, "unknown option"},
        {{"n", "--front-desk", "bus:///a"}, 3, OD_EINVAL, 0, 0, "unknown scheme"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gateway_options options = {.certificate = "unchanged"};
        char text[256] = "";
        int rc = gateway_options_read(rows[i].count, (char *const *)(uintptr_t)rows[i].words, &options, text);
        CHECK_I64(rows[i].rc, rc, rows[i].why);
        CHECK((text[0] == '\0') == (rc == OD_OK), rows[i].why);
        if (rc == OD_OK) {
            CHECK_I64(rows[i].front_desk, options.front_desk.scheme, rows[i].why);
            CHECK_I64(rows[i].events, options.events.scheme, rows[i].why);
        } else {
            CHECK_TEXT("unchanged", options.certificate, rows[i].why);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_command_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
