/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct ipv4_row {
    uint32_t net;
    unsigned bits;
    enum egress_address address;
};

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* The first row that fits counts. */
static const struct ipv4_row ipv4_rows[] = {
    {IPV4(0, 0, 0, 0), 8, EGRESS_ADDRESS_NEVER},         /* "this network": Linux connects 0.0.0.0 to itself */
    {IPV4(10, 0, 0, 0), 8, EGRESS_ADDRESS_PRIVATE},
    {IPV4(100, 100, 100, 200), 32, EGRESS_ADDRESS_NEVER}, /* a cloud's metadata */
    {IPV4(100, 64, 0, 0), 10, EGRESS_ADDRESS_PRIVATE},    /* shared, RFC 6598 */
    {IPV4(127, 0, 0, 0), 8, EGRESS_ADDRESS_PRIVATE},
    {IPV4(168, 63, 129, 16), 32, EGRESS_ADDRESS_NEVER},   /* a cloud's metadata */
    {IPV4(169, 254, 169, 0), 24, EGRESS_ADDRESS_NEVER},   /* clouds' metadata */
    {IPV4(169, 254, 170, 0), 24, EGRESS_ADDRESS_NEVER},   /* and credentials */
    {IPV4(169, 254, 0, 0), 16, EGRESS_ADDRESS_PRIVATE},
    {IPV4(172, 16, 0, 0), 12, EGRESS_ADDRESS_PRIVATE},
    {IPV4(192, 0, 0, 0), 24, EGRESS_ADDRESS_NEVER},       /* protocol assignments */
    {IPV4(192, 0, 2, 0), 24, EGRESS_ADDRESS_NEVER},       /* documentation */
    {IPV4(192, 88, 99, 0), 24, EGRESS_ADDRESS_NEVER},     /* 6to4 relays */
    {IPV4(192, 168, 0, 0), 16, EGRESS_ADDRESS_PRIVATE},
    {IPV4(198, 18, 0, 0), 15, EGRESS_ADDRESS_PRIVATE},    /* benchmarks */
    {IPV4(198, 51, 100, 0), 24, EGRESS_ADDRESS_NEVER},    /* documentation */
    {IPV4(203, 0, 113, 0), 24, EGRESS_ADDRESS_NEVER},     /* documentation */
    {IPV4(224, 0, 0, 0), 3, EGRESS_ADDRESS_NEVER},        /* multicast, reserved, broadcast */
};

static enum egress_address of_ipv4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(ipv4_rows) / sizeof(ipv4_rows[0]); i++)
        if ((address ^ ipv4_rows[i].net) >> (32 - ipv4_rows[i].bits) == 0)
            return ipv4_rows[i].address;
    return EGRESS_ADDRESS_PUBLIC;
}

static enum egress_address of_embedded(const uint8_t bytes[4])
{
    return of_ipv4(IPV4(bytes[0], bytes[1], bytes[2], bytes[3]));
}

struct ipv6_row {
    uint8_t net[16];
    unsigned bits;
    enum egress_address address;
    unsigned ipv4_at; /* offset + 1 of an IPv4 address that decides; 0 = none */
};

static const struct ipv6_row ipv6_rows[] = {
    {{[15] = 1}, 128, EGRESS_ADDRESS_PRIVATE, 0},                                   /* loopback */
    {{[10] = 0xff, [11] = 0xff}, 96, EGRESS_ADDRESS_NONE, 13},                      /* IPv4-mapped */
    {{0, 0x64, 0xff, 0x9b}, 96, EGRESS_ADDRESS_NONE, 13},                           /* NAT64 */
    {{0x20, 0x02}, 16, EGRESS_ADDRESS_NONE, 3},                                     /* 6to4 */
    {{0x20, 0x01, 0x00, 0x00}, 23, EGRESS_ADDRESS_NEVER, 0},                        /* protocol assignments, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, EGRESS_ADDRESS_NEVER, 0},                        /* documentation */
    {{0x3f, 0xff}, 20, EGRESS_ADDRESS_NEVER, 0},                                    /* documentation */
    {{0xfd, 0x00, 0x0e, 0xc2, [15] = 0}, 48, EGRESS_ADDRESS_NEVER, 0},              /* a cloud's metadata */
    {{0xfc}, 7, EGRESS_ADDRESS_PRIVATE, 0},                                         /* unique local */
    {{0xfe, 0x80}, 10, EGRESS_ADDRESS_PRIVATE, 0},                                  /* link-local */
    {{0xfe, 0xc0}, 10, EGRESS_ADDRESS_PRIVATE, 0},                                  /* site-local of old */
    {{0x20}, 3, EGRESS_ADDRESS_PUBLIC, 0},                                          /* global unicast */
};

static bool is_within(const uint8_t address[16], const uint8_t net[16], unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(address, net, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ net[whole]) >> (8 - rest) == 0;
}

/* What no row names (multicast, unspecified, IPv4-compatible, reserved) is never connected to. */
static enum egress_address of_ipv6(const uint8_t address[16])
{
    for (size_t i = 0; i < sizeof(ipv6_rows) / sizeof(ipv6_rows[0]); i++) {
        const struct ipv6_row *row = &ipv6_rows[i];

        if (is_within(address, row->net, row->bits))
            return row->ipv4_at > 0 ? of_embedded(address + row->ipv4_at - 1) : row->address;
    }
    return EGRESS_ADDRESS_NEVER;
}

enum egress_address egress_address_of(const struct sockaddr *address)
{
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;

    if (address->sa_family == AF_INET) {
        memcpy(&ipv4, address, sizeof(ipv4));
        return of_ipv4(ntohl(ipv4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return EGRESS_ADDRESS_NEVER;
    memcpy(&ipv6, address, sizeof(ipv6));
    return of_ipv6(ipv6.sin6_addr.s6_addr);
}

enum egress_address egress_address_of_text(const char *text)
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1)
        return of_embedded(bytes);
    return inet_pton(AF_INET6, text, bytes) == 1 ? of_ipv6(bytes) : EGRESS_ADDRESS_NONE;
}

bool egress_address_is_allowed(enum egress_address address, bool may_be_private)
{
    return address == EGRESS_ADDRESS_PUBLIC || (address == EGRESS_ADDRESS_PRIVATE && may_be_private);
}
