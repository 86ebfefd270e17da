/* SPDX-License-Identifier: Apache-2.0 */
/* A URL, taken apart and brought to one spelling: what is checked against the rules is, byte for byte, what
 * is asked for afterwards. What servers are known to read in two ways is refused. Pure.
 * Source: RFC 3986. */
#ifndef EGRESS_URL_H
#define EGRESS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "egress/limits.h"

#define EGRESS_WHY_SIZE 256 /* of a sentence that says what is wrong */

struct egress_url {
    bool is_tls;
    uint16_t port;                 /* the scheme's own where none was written */
    char host[EGRESS_HOST_MAX + 1]; /* lower case; an IPv6 address without brackets */
    char path[EGRESS_URL_MAX + 1];  /* begins with '/'; no dot segments, no escape that hides one */
    char query[EGRESS_URL_MAX + 1]; /* without '?'; "" = none, or empty */
};

/* http or https, absolute, without user and fragment, visible ASCII.
 * Errors (*url unchanged, why says it): OD_EINVAL, OD_ELIMIT longer than EGRESS_URL_MAX. */
OD_MUST_CHECK int egress_url_read(const char *text, struct egress_url *url, char why[EGRESS_WHY_SIZE]);

/* The one spelling. */
#define EGRESS_URL_SIZE (2 * EGRESS_URL_MAX + EGRESS_HOST_MAX + 32)
void egress_url_write(const struct egress_url *url, char text[EGRESS_URL_SIZE]);

bool egress_url_is_same_origin(const struct egress_url *a, const struct egress_url *b);

#endif
