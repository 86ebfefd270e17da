/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of address a connection would go to. Asked of the address itself, after the name was
 * looked up, so that a name that changes its address changes nothing. Pure. */
#ifndef EGRESS_ADDRESS_H
#define EGRESS_ADDRESS_H

#include <stdbool.h>

#include <onedoor/error.h>

struct sockaddr;

enum egress_address {
    EGRESS_ADDRESS_NONE = 0,
    EGRESS_ADDRESS_PUBLIC,
    EGRESS_ADDRESS_PRIVATE, /* RFC 1918, loopback, link-local, shared, unique local: only where it is granted */
    EGRESS_ADDRESS_NEVER,   /* multicast, unspecified, reserved, documentation, and where clouds hand out
                             * their machines' credentials */
};

/* Source: RFC 6890 and the IANA special-purpose registries. An IPv4 address within an IPv6 one (mapped,
 * NAT64, 6to4) is what it is by itself. Other families: NEVER. */
enum egress_address egress_address_of(const struct sockaddr *address);

/* The same of a literal, as "192.0.2.1" or "2001:db8::1". NONE: it is none. */
enum egress_address egress_address_of_text(const char *text);

bool egress_address_is_allowed(enum egress_address address, bool may_be_private);

#endif
