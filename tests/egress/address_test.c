/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are public, private, or never connected to. */
#include "lib/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "egress/address.h"

static const struct {
    const char *text;
    enum egress_address address;
    const char *why;
} rows[] = {
    {"8.8.8.8", EGRESS_ADDRESS_PUBLIC, "a public one"},
    {"1.1.1.1", EGRESS_ADDRESS_PUBLIC, "just above 0/8"},
    {"0.0.0.0", EGRESS_ADDRESS_NEVER, "Linux connects it to itself"},
    {"0.1.2.3", EGRESS_ADDRESS_NEVER, "this network"},
    {"9.255.255.255", EGRESS_ADDRESS_PUBLIC, "below 10/8"},
    {"10.0.0.0", EGRESS_ADDRESS_PRIVATE, "RFC 1918, first"},
    {"10.255.255.255", EGRESS_ADDRESS_PRIVATE, "RFC 1918, last of 10/8"},
    {"11.0.0.0", EGRESS_ADDRESS_PUBLIC, "above 10/8"},
    {"100.63.255.255", EGRESS_ADDRESS_PUBLIC, "below the shared space"},
    {"100.64.0.1", EGRESS_ADDRESS_PRIVATE, "shared space, RFC 6598"},
    {"100.100.100.200", EGRESS_ADDRESS_NEVER, "metadata within the shared space"},
    {"100.128.0.0", EGRESS_ADDRESS_PUBLIC, "above the shared space"},
    {"127.0.0.1", EGRESS_ADDRESS_PRIVATE, "loopback"},
    {"127.255.255.254", EGRESS_ADDRESS_PRIVATE, "all of 127/8 is loopback"},
    {"168.63.129.16", EGRESS_ADDRESS_NEVER, "metadata on a public address"},
    {"168.63.129.17", EGRESS_ADDRESS_PUBLIC, "its neighbour"},
    {"169.254.1.1", EGRESS_ADDRESS_PRIVATE, "link-local"},
    {"169.254.169.254", EGRESS_ADDRESS_NEVER, "metadata"},
    {"169.254.170.2", EGRESS_ADDRESS_NEVER, "credentials of containers"},
    {"172.15.255.255", EGRESS_ADDRESS_PUBLIC, "below 172.16/12"},
    {"172.16.0.0", EGRESS_ADDRESS_PRIVATE, "first of 172.16/12"},
    {"172.31.255.255", EGRESS_ADDRESS_PRIVATE, "last of 172.16/12"},
    {"172.32.0.0", EGRESS_ADDRESS_PUBLIC, "above 172.16/12"},
    {"192.0.0.192", EGRESS_ADDRESS_NEVER, "protocol assignments, a cloud's metadata"},
    {"192.0.2.1", EGRESS_ADDRESS_NEVER, "documentation"},
    {"192.88.99.1", EGRESS_ADDRESS_NEVER, "6to4 relay"},
    {"192.167.255.255", EGRESS_ADDRESS_PUBLIC, "below 192.168/16"},
    {"192.168.0.1", EGRESS_ADDRESS_PRIVATE, "RFC 1918"},
    {"198.18.0.1", EGRESS_ADDRESS_PRIVATE, "benchmarks"},
    {"198.20.0.1", EGRESS_ADDRESS_PUBLIC, "above benchmarks"},
    {"198.51.100.7", EGRESS_ADDRESS_NEVER, "documentation"},
    {"203.0.113.7", EGRESS_ADDRESS_NEVER, "documentation"},
    {"223.255.255.255", EGRESS_ADDRESS_PUBLIC, "below multicast"},
    {"224.0.0.1", EGRESS_ADDRESS_NEVER, "multicast"},
    {"239.255.255.255", EGRESS_ADDRESS_NEVER, "multicast, last"},
    {"240.0.0.1", EGRESS_ADDRESS_NEVER, "reserved"},
    {"255.255.255.255", EGRESS_ADDRESS_NEVER, "broadcast"},
    {"2606:4700::1111", EGRESS_ADDRESS_PUBLIC, "a public one"},
    {"::", EGRESS_ADDRESS_NEVER, "unspecified"},
    {"::1", EGRESS_ADDRESS_PRIVATE, "loopback"},
    {"::2", EGRESS_ADDRESS_NEVER, "IPv4-compatible, of old"},
    {"::ffff:8.8.8.8", EGRESS_ADDRESS_PUBLIC, "mapped, public"},
    {"::ffff:127.0.0.1", EGRESS_ADDRESS_PRIVATE, "mapped loopback"},
    {"::ffff:169.254.169.254", EGRESS_ADDRESS_NEVER, "mapped metadata"},
    {"::ffff:10.0.0.1", EGRESS_ADDRESS_PRIVATE, "mapped RFC 1918"},
    {"64:ff9b::808:808", EGRESS_ADDRESS_PUBLIC, "NAT64 of a public one"},
    {"64:ff9b::a9fe:a9fe", EGRESS_ADDRESS_NEVER, "NAT64 of metadata"},
    {"64:ff9b::7f00:1", EGRESS_ADDRESS_PRIVATE, "NAT64 of loopback"},
    {"64:ff9b:1::1", EGRESS_ADDRESS_NEVER, "local NAT64: not what it seems"},
    {"2002:808:808::1", EGRESS_ADDRESS_PUBLIC, "6to4 of a public one"},
    {"2002:7f00:1::1", EGRESS_ADDRESS_PRIVATE, "6to4 of loopback"},
    {"2002:a9fe:a9fe::1", EGRESS_ADDRESS_NEVER, "6to4 of metadata"},
    {"2001::1", EGRESS_ADDRESS_NEVER, "Teredo"},
    {"2001:1ff::1", EGRESS_ADDRESS_NEVER, "protocol assignments, last"},
    {"2001:200::1", EGRESS_ADDRESS_PUBLIC, "above them"},
    {"2001:db8::1", EGRESS_ADDRESS_NEVER, "documentation"},
    {"3fff:fff::1", EGRESS_ADDRESS_NEVER, "documentation"},
    {"fbff::1", EGRESS_ADDRESS_NEVER, "below unique local: reserved"},
    {"fc00::1", EGRESS_ADDRESS_PRIVATE, "unique local"},
    {"fdff::1", EGRESS_ADDRESS_PRIVATE, "unique local, last"},
    {"fd00:ec2::254", EGRESS_ADDRESS_NEVER, "metadata within unique local"},
    {"fe80::1", EGRESS_ADDRESS_PRIVATE, "link-local"},
    {"febf::1", EGRESS_ADDRESS_PRIVATE, "link-local, last"},
    {"fec0::1", EGRESS_ADDRESS_PRIVATE, "site-local of old"},
    {"ff02::1", EGRESS_ADDRESS_NEVER, "multicast"},
    {"100::1", EGRESS_ADDRESS_NEVER, "discard"},
    {"5f00::1", EGRESS_ADDRESS_NEVER, "not global unicast"},
    {"localhost", EGRESS_ADDRESS_NONE, "a name"},
    {"127.1", EGRESS_ADDRESS_NONE, "a short form is no literal"},
    {"", EGRESS_ADDRESS_NONE, "nothing"},
};

static void literals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_I64(rows[i].address, egress_address_of_text(rows[i].text), rows[i].why);
}

static void socket_addresses_are_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_in ipv4 = {.sin_family = AF_INET};
        struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};

        if (inet_pton(AF_INET, rows[i].text, &ipv4.sin_addr) == 1)
            CHECK_I64(rows[i].address, egress_address_of((struct sockaddr *)&ipv4), rows[i].why);
        else if (inet_pton(AF_INET6, rows[i].text, &ipv6.sin6_addr) == 1)
            CHECK_I64(rows[i].address, egress_address_of((struct sockaddr *)&ipv6), rows[i].why);
    }
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    CHECK_I64(EGRESS_ADDRESS_NEVER, egress_address_of((struct sockaddr *)&path), "another family");
}

static void private_ones_need_the_word(void **state)
{
    (void)state;
    CHECK(egress_address_is_allowed(EGRESS_ADDRESS_PUBLIC, false), "public always");
    CHECK(!egress_address_is_allowed(EGRESS_ADDRESS_PRIVATE, false), "private by default");
    CHECK(egress_address_is_allowed(EGRESS_ADDRESS_PRIVATE, true), "private where it is granted");
    CHECK(!egress_address_is_allowed(EGRESS_ADDRESS_NEVER, true), "metadata even then");
    CHECK(!egress_address_is_allowed(EGRESS_ADDRESS_NONE, true), "nothing known of it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals),
        cmocka_unit_test(socket_addresses_are_the_same),
        cmocka_unit_test(private_ones_need_the_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
