/* SPDX-License-Identifier: Apache-2.0 */
/* What the egress process bounds, beside base/limits.h, and why it ends. */
#ifndef EGRESS_LIMITS_H
#define EGRESS_LIMITS_H

#include "base/frame.h"
#include "base/limits.h"

/* Of one request; the same numbers as in onedoor/ext/http.h and secret.h. */
#define EGRESS_URL_MAX 2048
#define EGRESS_HEADERS_MAX 32
#define EGRESS_HEADER_MAX 4096 /* bytes of one name and value */
#define EGRESS_BODY_MAX (128 * 1024)
#define EGRESS_TIMEOUT_MS_MAX 120000
#define EGRESS_TIMEOUT_MS_DEFAULT 30000
#define EGRESS_SECRET_MAX (8 * 1024)
#define EGRESS_DATA_MAX (72 * 1024) /* bytes to sign: 64 KiB, and what a callback's signature puts before them */

/* Of one answer. */
#define EGRESS_ANSWER_BODY_MAX (128 * 1024) /* after decompression */
#define EGRESS_ANSWER_HEADERS_MAX 64
#define EGRESS_ANSWER_HEAD_MAX (16 * 1024)
#define EGRESS_ANSWER_MS 30000 /* from its first byte to its last, so that a slow drip ends */
#define EGRESS_CONNECT_MS 10000
#define EGRESS_REDIRECTS_MAX 5

#define EGRESS_HOST_MAX 253
#define EGRESS_CALLS_MAX 4096    /* HTTP requests under way, of all connectors */
#define EGRESS_PROFILES_MAX (4 * BASE_CONNECTORS_MAX) /* two versions of each, and those that still end */
#define EGRESS_REFUSED_MAX 16    /* profiles that were not taken, and why: the last ones are remembered */
#define EGRESS_TUNNELS_MAX 64    /* connections of one connector to its net targets */
#define EGRESS_IDLE_MAX 32       /* connections that one connector keeps open between requests */
#define EGRESS_BACKLOG_MAX (64 * 1024 * 1024) /* bytes that the hub does not take: the process ends */

#define EGRESS_PING_MS 500
#define EGRESS_TICK_MS 100
#define EGRESS_SENT_WAIT_MS 1000 /* that a request waits until the hub can be told that it leaves */

enum egress_exit {
    EGRESS_EXIT_OK = 0,
    EGRESS_EXIT_ARGUMENTS = 2,
    EGRESS_EXIT_PROTOCOL = 3,
    EGRESS_EXIT_MACHINE = 4,
    EGRESS_EXIT_HUB_GONE = 5,
};

#endif
