/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a connector may be given offers: a circuit breaker for a department that
 * is down, and a rate limit for one that is slow. Pure: time is an argument, always
 * the monotonic clock's, so that a jump of the wall clock opens and closes nothing.
 *
 *   closed --- failures ---> open --- its time is over ---> half open --- a success ---> closed
 *                             ^                                 |
 *                             +---- twice as long --- a failure +
 *
 * A failure is an attempt that ended without reaching the department, or nobody knows
 * (effect none or unknown). An opinion is never one, whatever it says. One task that
 * always fails opens nothing: a department that is down fails more than one. */
#ifndef CONNECT_BREAKER_H
#define CONNECT_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONNECT_BREAKER_RUN_MIN 5            /* failures in a row, of two tasks or more, ... */
#define CONNECT_BREAKER_RUN_MS 3000          /* ... the first of them so long ago: open */
#define CONNECT_BREAKER_WINDOW_MS 10000      /* or in such a window ... */
#define CONNECT_BREAKER_WINDOW_MIN 20        /* ... so many outcomes, ... */
#define CONNECT_BREAKER_WINDOW_PERCENT 80    /* ... of which so many failed */
#define CONNECT_BREAKER_OPEN_MIN_MS 1000     /* open for so long at first, then twice as long each time */
#define CONNECT_BREAKER_OPEN_MAX_MS 60000
#define CONNECT_BREAKER_ALERT_EVERY 64      /* about once an hour while it does not close */
#define CONNECT_BREAKER_PROBES_MAX 1         /* offers in hand while half open */
#define CONNECT_RATE_BURST_MS 100            /* what was not used of the rate is kept for so long */

enum connect_breaker_state {
    CONNECT_BREAKER_NONE = 0,
    CONNECT_BREAKER_CLOSED,
    CONNECT_BREAKER_OPEN,
    CONNECT_BREAKER_HALF_OPEN,
};

/* Embedded by its owner; the functions below alone write it. */
struct connect_breaker {
    bool is_open;           /* open, or half open once until_ms is reached */
    uint64_t until_ms;
    uint32_t opened;        /* times in a row, without a success between */
    uint32_t run;           /* failures in a row */
    uint64_t run_since_ms, run_task;
    bool is_run_mixed;      /* of two tasks or more */
    uint64_t window_since_ms, window_task;
    uint32_t window_count, window_failures;
    bool is_window_mixed;
    uint32_t probe_epoch;   /* session that was given the probe; 0 = none is in hand */
    uint32_t rate_per_s;    /* 0 = no limit */
    uint64_t milli_tokens;  /* a thousandth of an offer */
    uint64_t filled_ms;
};

/* Closed, with a full bucket. rate_per_s: offers, 0 = no limit. */
void connect_breaker_init(struct connect_breaker *breaker, uint32_t rate_per_s, uint64_t now_ms);

enum connect_breaker_state connect_breaker_state(const struct connect_breaker *breaker, uint64_t now_ms);
const char *connect_breaker_name(enum connect_breaker_state state);

/* How many offers it lets through now to the session epoch; UINT32_MAX = any number. */
uint32_t connect_breaker_room(const struct connect_breaker *breaker, uint64_t now_ms, uint32_t epoch);

/* When the room will grow from none by time alone: > now_ms, or 0 = not by time. */
uint64_t connect_breaker_wake_ms(const struct connect_breaker *breaker, uint64_t now_ms);

/* An offer was given to the session epoch; there was room. */
void connect_breaker_offered(struct connect_breaker *breaker, uint64_t now_ms, uint32_t epoch);
/* It ended, in whatever way: without a word on its outcome the next one probes. */
void connect_breaker_ended(struct connect_breaker *breaker, uint32_t epoch);

/* The department was reached. True: the breaker was open and is closed now. */
bool connect_breaker_succeed(struct connect_breaker *breaker, uint64_t now_ms);
/* It was not, or nobody knows. True: the breaker opened, or opened again. */
bool connect_breaker_fail(struct connect_breaker *breaker, uint64_t task, uint64_t now_ms);

#endif
