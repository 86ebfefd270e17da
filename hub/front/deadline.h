/* SPDX-License-Identifier: Apache-2.0 */
/* Many deadlines on one uv_timer: a list per length of time, each in order of its end
 * because all its entries run equally long. Starting and stopping cost O(1); the timer
 * is touched only when the earliest end comes nearer. Private to hub/front. */
#ifndef FRONT_DEADLINE_H
#define FRONT_DEADLINE_H

#include <stdint.h>

#include <uv.h>

#include "base/list.h"

#define FRONT_CLOCK_KINDS_MAX 8

struct front_deadline {
    struct base_list node;
    uint64_t at_ms; /* of uv_now */
    unsigned kind;  /* 0 = not running */
};

typedef void (*front_deadline_cb)(struct front_deadline *deadline);

struct front_clock {
    uv_timer_t timer;
    uint64_t armed_ms; /* when the timer rings; UINT64_MAX = it does not */
    struct {
        struct base_list list;
        uint32_t length_ms;
        front_deadline_cb on_deadline; /* runs with the deadline stopped */
    } kinds[FRONT_CLOCK_KINDS_MAX];
};

void front_clock_init(struct front_clock *clock, uv_loop_t *loop);

/* 1 <= kind < FRONT_CLOCK_KINDS_MAX; length_ms > 0. Before the first start of the kind. */
void front_clock_kind_set(struct front_clock *clock, unsigned kind, uint32_t length_ms,
                          front_deadline_cb on_deadline);

/* Start, or start again from now. A zeroed deadline, or one that was started before. */
void front_deadline_start(struct front_clock *clock, struct front_deadline *deadline,
                          unsigned kind);
void front_deadline_stop(struct front_deadline *deadline); /* accepts a zeroed or stopped one */

#endif
