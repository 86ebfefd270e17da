/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/breaker.h"

#include <assert.h>

static uint64_t burst(const struct connect_breaker *breaker)
{
    uint64_t milli = (uint64_t)breaker->rate_per_s * CONNECT_RATE_BURST_MS;

    return milli > 1000 ? milli : 1000; /* at least one offer */
}

void connect_breaker_init(struct connect_breaker *breaker, uint32_t rate_per_s, uint64_t now_ms)
{
    *breaker = (struct connect_breaker){.rate_per_s = rate_per_s, .filled_ms = now_ms};
    breaker->milli_tokens = burst(breaker);
}

enum connect_breaker_state connect_breaker_state(const struct connect_breaker *breaker, uint64_t now_ms)
{
    if (!breaker->is_open)
        return CONNECT_BREAKER_CLOSED;
    return now_ms < breaker->until_ms ? CONNECT_BREAKER_OPEN : CONNECT_BREAKER_HALF_OPEN;
}

const char *connect_breaker_name(enum connect_breaker_state state)
{
    switch (state) {
    case CONNECT_BREAKER_NONE:
    case CONNECT_BREAKER_CLOSED: return "closed";
    case CONNECT_BREAKER_OPEN: return "open";
    case CONNECT_BREAKER_HALF_OPEN: return "half_open";
    }
    return "closed";
}

/* Thousandths of an offer that the rate allows now. */
static uint64_t tokens(const struct connect_breaker *breaker, uint64_t now_ms)
{
    uint64_t passed_ms = now_ms > breaker->filled_ms ? now_ms - breaker->filled_ms : 0;
    uint64_t most = burst(breaker);

    if (breaker->milli_tokens >= most || passed_ms > most / breaker->rate_per_s)
        return most; /* also: what follows cannot overflow */
    uint64_t now = breaker->milli_tokens + passed_ms * breaker->rate_per_s;
    return now < most ? now : most;
}

uint32_t connect_breaker_room(const struct connect_breaker *breaker, uint64_t now_ms, uint32_t epoch)
{
    enum connect_breaker_state state = connect_breaker_state(breaker, now_ms);
    uint32_t room = breaker->rate_per_s == 0 ? UINT32_MAX : (uint32_t)(tokens(breaker, now_ms) / 1000);

    if (state == CONNECT_BREAKER_OPEN)
        return 0;
    if (state == CONNECT_BREAKER_HALF_OPEN && breaker->probe_epoch != 0 && breaker->probe_epoch == epoch)
        return 0;
    if (state == CONNECT_BREAKER_HALF_OPEN && room > CONNECT_BREAKER_PROBES_MAX)
        return CONNECT_BREAKER_PROBES_MAX;
    return room;
}

/* When the bucket holds a whole offer. */
static uint64_t token_ms(const struct connect_breaker *breaker, uint64_t now_ms)
{
    uint64_t have = breaker->rate_per_s > 0 ? tokens(breaker, now_ms) : 1000;

    if (have >= 1000)
        return now_ms;
    return now_ms + (1000 - have + breaker->rate_per_s - 1) / breaker->rate_per_s;
}

uint64_t connect_breaker_wake_ms(const struct connect_breaker *breaker, uint64_t now_ms)
{
    uint64_t at_ms = token_ms(breaker, now_ms);

    if (breaker->is_open && breaker->until_ms > at_ms)
        at_ms = breaker->until_ms;
    return at_ms > now_ms ? at_ms : 0;
}

void connect_breaker_offered(struct connect_breaker *breaker, uint64_t now_ms, uint32_t epoch)
{
    if (breaker->is_open)
        breaker->probe_epoch = epoch;
    if (breaker->rate_per_s == 0)
        return;
    uint64_t have = tokens(breaker, now_ms);
    assert(have >= 1000);
    breaker->milli_tokens = have - 1000;
    breaker->filled_ms = now_ms;
}

void connect_breaker_ended(struct connect_breaker *breaker, uint32_t epoch)
{
    if (breaker->probe_epoch == epoch)
        breaker->probe_epoch = 0;
}

static void window_begin(struct connect_breaker *breaker, uint64_t now_ms)
{
    breaker->window_since_ms = now_ms;
    breaker->window_count = breaker->window_failures = 0;
    breaker->is_window_mixed = false;
}

/* failed: the task, 0 = it succeeded. */
static void window_add(struct connect_breaker *breaker, uint64_t failed, uint64_t now_ms)
{
    if (breaker->window_count == 0 || now_ms - breaker->window_since_ms > 2 * CONNECT_BREAKER_WINDOW_MS)
        window_begin(breaker, now_ms);
    breaker->window_count++;
    if (failed == 0)
        return;
    if (breaker->window_failures++ == 0)
        breaker->window_task = failed;
    breaker->is_window_mixed = breaker->is_window_mixed || breaker->window_task != failed;
}

/* Its window is over: was it bad? The next one begins. */
static bool is_window_bad(struct connect_breaker *breaker, uint64_t now_ms)
{
    if (now_ms - breaker->window_since_ms < CONNECT_BREAKER_WINDOW_MS)
        return false;
    bool is_bad = breaker->window_count >= CONNECT_BREAKER_WINDOW_MIN && breaker->is_window_mixed &&
                  (uint64_t)breaker->window_failures * 100 >= (uint64_t)breaker->window_count * CONNECT_BREAKER_WINDOW_PERCENT;
    window_begin(breaker, now_ms);
    return is_bad;
}

static void run_add(struct connect_breaker *breaker, uint64_t task, uint64_t now_ms)
{
    if (breaker->run == 0) {
        breaker->run_since_ms = now_ms;
        breaker->run_task = task;
        breaker->is_run_mixed = false;
    }
    breaker->run += breaker->run < UINT32_MAX;
    breaker->is_run_mixed = breaker->is_run_mixed || breaker->run_task != task;
}

static bool is_run_bad(const struct connect_breaker *breaker, uint64_t now_ms)
{
    return breaker->run >= CONNECT_BREAKER_RUN_MIN && breaker->is_run_mixed &&
           now_ms - breaker->run_since_ms >= CONNECT_BREAKER_RUN_MS;
}

static void open_for(struct connect_breaker *breaker, uint64_t now_ms)
{
    uint64_t open_ms = CONNECT_BREAKER_OPEN_MIN_MS;

    for (uint32_t i = 0; i < breaker->opened && open_ms < CONNECT_BREAKER_OPEN_MAX_MS; i++)
        open_ms *= 2;
    breaker->is_open = true;
    breaker->until_ms = now_ms + (open_ms < CONNECT_BREAKER_OPEN_MAX_MS ? open_ms : CONNECT_BREAKER_OPEN_MAX_MS);
    breaker->opened++;
    breaker->probe_epoch = 0;
    breaker->run = 0;
    window_begin(breaker, now_ms);
}

bool connect_breaker_succeed(struct connect_breaker *breaker, uint64_t now_ms)
{
    bool was_open = breaker->is_open;

    breaker->is_open = false;
    breaker->opened = 0;
    breaker->probe_epoch = 0;
    breaker->run = 0;
    if (was_open)
        window_begin(breaker, now_ms);
    window_add(breaker, 0, now_ms);
    return was_open;
}

bool connect_breaker_fail(struct connect_breaker *breaker, uint64_t task, uint64_t now_ms)
{
    enum connect_breaker_state state = connect_breaker_state(breaker, now_ms);

    assert(task != 0);
    if (state == CONNECT_BREAKER_OPEN)
        return false; /* of an offer that was given before */
    run_add(breaker, task, now_ms);
    window_add(breaker, task, now_ms);
    bool is_bad = is_window_bad(breaker, now_ms);
    if (state == CONNECT_BREAKER_CLOSED && !is_bad && !is_run_bad(breaker, now_ms))
        return false;
    open_for(breaker, now_ms);
    return true;
}
