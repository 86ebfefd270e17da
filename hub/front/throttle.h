/* SPDX-License-Identifier: Apache-2.0 */
/* How often a client may guess a look-up code. Wrong answers alone count, so that nobody who
 * knows the code of an application has to wait for it. Pure but for front_client_find. Private
 * to hub/front. Loop thread only. */
#ifndef FRONT_THROTTLE_H
#define FRONT_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRONT_THROTTLE_CLIENTS_MAX 1024   /* one more takes the place of the oldest */
#define FRONT_THROTTLE_WRONG_MAX 10       /* wrong answers in a window */
#define FRONT_THROTTLE_WINDOW_MS 60000    /* from a client's first wrong answer on */

struct front_request;

/* Where requests come from, as far as it is told apart. */
enum front_client_kind {
    FRONT_CLIENT_NONE = 0, /* gone: reads no answer, so that nothing is counted */
    FRONT_CLIENT_IPV4,     /* bytes: 4 */
    FRONT_CLIENT_IPV6,     /* bytes: 8, for who has one address has its whole /64 */
    FRONT_CLIENT_SOCKET,   /* a unix socket whose proxy does not say whom it speaks for */
    FRONT_CLIENT_GATEWAY,  /* the message door */
};

struct front_client {
    uint8_t kind; /* enum front_client_kind */
    uint8_t bytes[8];
};

struct front_throttle_row {
    struct front_client client;
    uint32_t wrong_count; /* 0 = free */
    uint64_t since_ms;    /* of the first wrong answer */
};

/* Zero it to initialise. */
struct front_throttle {
    struct front_throttle_row rows[FRONT_THROTTLE_CLIENTS_MAX];
    size_t count; /* rows ever used; those behind it are free */
};

/* How long the client has to wait, in ms; 0 = not at all. now_ms: monotonic. Cost: O(count). */
uint64_t front_throttle_wait_ms(const struct front_throttle *throttle,
                                const struct front_client *client, uint64_t now_ms);

/* The client was told that it is wrong. Cost: O(count). */
void front_throttle_note(struct front_throttle *throttle, const struct front_client *client,
                         uint64_t now_ms);

/* The client of an address in text, as "192.0.2.1" or "2001:db8::1".
 *
 * Errors: OD_EINVAL it is none; *out is unchanged. */
int front_client_parse(const char *text, size_t size, struct front_client *out);

/* request.c: the client behind a request: its address; on a unix socket the last address of the
 * last X-Forwarded-For, which the proxy in front wrote; the same one for all of the message
 * door. */
struct front_client front_client_find(struct front_request *request);

#endif
