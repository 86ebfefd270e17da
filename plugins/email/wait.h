/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a connection, up to a moment: a server that sends a byte now and then must not hold a
 * thread for ever. */
#ifndef EMAIL_WAIT_H
#define EMAIL_WAIT_H

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline int64_t wait_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* events: POLLIN or POLLOUT. False: the moment has come first, or poll(2) failed. */
static inline bool wait_for(int fd, short events, int64_t deadline_ms)
{
    struct pollfd one = {.fd = fd, .events = events};
    int rc = -1;

    errno = EINTR;
    while (rc < 0 && errno == EINTR) {
        int64_t left_ms = deadline_ms - wait_clock_ms();

        if (left_ms <= 0)
            return false;
        rc = poll(&one, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    }
    return rc > 0;
}

#endif
