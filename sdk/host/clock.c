/* SPDX-License-Identifier: Apache-2.0 */
#include "host/clock.h"

#include "base/time.h"

void host_clock_set(struct host_clock *clock, int64_t wall_ms)
{
    int64_t base = clock->is_virtual ? 0 : base_monotonic_ms();

    atomic_store_explicit(&clock->wall_ms, wall_ms - base, memory_order_relaxed);
}

int64_t host_clock_now_ms(const struct host_clock *clock)
{
    int64_t base = clock->is_virtual ? 0 : base_monotonic_ms();

    return atomic_load_explicit(&clock->wall_ms, memory_order_relaxed) + base;
}

int64_t host_clock_until_ms(const struct host_clock *clock, int64_t at_ms)
{
    int64_t now_ms = host_clock_now_ms(clock);

    if (at_ms <= now_ms)
        return 0;
    return clock->is_virtual ? -1 : at_ms - now_ms;
}
