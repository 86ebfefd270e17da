/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the nng doors, good and bad: the configuration's check and the gateway's reading
 * are held to the same rows, so that neither takes what the other refuses. */
#ifndef TEST_NNG_URLS_H
#define TEST_NNG_URLS_H

#include <stdbool.h>

#define NNG_P10 "/123456789"
#define NNG_PATH_100                                                                           \
    NNG_P10 NNG_P10 NNG_P10 NNG_P10 NNG_P10 NNG_P10 NNG_P10 NNG_P10 NNG_P10 NNG_P10
#define NNG_H50 "host-host-host-host-host-host-host-host-host-host-"

static const struct nng_url {
    const char *url;
    bool is_feed, is_taken, is_tls;
    const char *why;
} nng_urls[] = {
    {"ipc:///run/desk", false, true, false, "a path"},
    {"ipc://desk", true, true, false, "a relative path"},
    {"tcp://127.0.0.1:7000", false, true, false, "tcp"},
    {"tcp://[::1]:65535", false, true, false, "v6, largest port"},
    {"tcp://*:1", false, true, false, "every interface, smallest port"},
    {"tcp://:1", false, true, false, "no host is every interface"},
    {"tls+tcp://h:9", true, true, true, "tls"},
    {"tls+tcp://h:9", false, true, true, "tls for front desks"},
    {"ipc://" NNG_PATH_100 "1234567", true, true, false, "limit of a path"},
    {"ipc://" NNG_PATH_100 "12345678", true, false, false, "limit + 1"},
    {"tcp://" NNG_H50 NNG_H50 NNG_H50 NNG_H50 NNG_H50 "12345:1", false, true, false,
     "limit of a host"},
    {"tcp://" NNG_H50 NNG_H50 NNG_H50 NNG_H50 NNG_H50 "123456:1", false, false, false,
     "limit + 1"},
    {"tcp://[" NNG_H50 NNG_H50 NNG_H50 NNG_H50 NNG_H50 "12345]:1", false, true, false,
     "brackets do not count"},
    {"ipc://", true, false, false, "no path"},
    {"tcp://127.0.0.1:7000", true, false, false, "events never in the clear"},
    {"tcp://127.0.0.1:0", false, false, false, "any port is none"},
    {"tls+tcp://127.0.0.1:0", true, false, false, "any port is none, with tls"},
    {"tcp://127.0.0.1:65536", false, false, false, "port + 1"},
    {"tcp://127.0.0.1:000001", false, false, false, "six digits"},
    {"tcp://127.0.0.1:", false, false, false, "empty port"},
    {"tcp://127.0.0.1:-1", false, false, false, "signed port"},
    {"tcp://127.0.0.1:+1", false, false, false, "signed port"},
    {"tcp://127.0.0.1", false, false, false, "no port"},
    {"tcp://h:1/path", false, false, false, "a path after the port"},
    {"inproc://x", false, false, false, "reaches nobody"},
    {"ws://h:1", false, false, false, "not offered"},
    {"IPC:///run/desk", false, false, false, "large letters"},
    {"127.0.0.1:7000", false, false, false, "no scheme"},
    {"", false, false, false, "empty"},
};

#endif
