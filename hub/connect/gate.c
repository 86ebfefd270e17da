/* SPDX-License-Identifier: Apache-2.0 */
/* The breaker and the rate of each connector, with the loop's time: what they hold back
 * is let through when its time comes, and nobody has to ask again.
 *
 *   offered, failed -> wake_at -> [gate timer] -> on_gate -> room is told
 */
#include "connect/inside.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"

static uint64_t now_ms(const struct connect_link *link)
{
    return uv_now(link->connect->loop);
}

void connect_gate_init(struct connect_link *link)
{
    connect_breaker_init(&link->breaker, link->manifest.resources.rate_per_s, now_ms(link));
}

uint32_t connect_gate_room(const struct connect_link *link)
{
    if (!link->breaker.is_open && link->breaker.rate_per_s == 0)
        return UINT32_MAX;
    return connect_breaker_room(&link->breaker, now_ms(link), connect_link_epoch(link));
}

static void on_gate(uv_timer_t *timer);

/* The timer runs at the earliest time at which some connector's room grows by itself. */
static void wake_at(struct connect *connect, uint64_t at_ms)
{
    uint64_t now = uv_now(connect->loop);

    if (at_ms == 0 || (uv_is_active((uv_handle_t *)&connect->gate_timer) && connect->gate_at_ms <= at_ms))
        return;
    connect->gate_at_ms = at_ms;
    uv_timer_start(&connect->gate_timer, on_gate, at_ms > now ? at_ms - now : 0, 0);
}

static void on_gate(uv_timer_t *timer)
{
    struct connect *connect = timer->data;
    uint64_t now = uv_now(connect->loop);

    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        uint64_t at_ms = link->gate_at_ms;

        if (at_ms == 0 || at_ms > now) {
            wake_at(connect, at_ms);
            continue;
        }
        link->gate_at_ms = connect_breaker_wake_ms(&link->breaker, now);
        wake_at(connect, link->gate_at_ms);
        connect_later(link, CONNECT_TELL_ROOM);
        if (link->breaker.is_open)
            connect_later(link, CONNECT_TELL_STATE); /* half open now */
    }
}

static void wait_for_room(struct connect_link *link)
{
    link->gate_at_ms = connect_breaker_wake_ms(&link->breaker, now_ms(link));
    wake_at(link->connect, link->gate_at_ms);
}

void connect_gate_offered(struct connect_link *link)
{
    connect_breaker_offered(&link->breaker, now_ms(link), connect_link_epoch(link));
    if (link->breaker.rate_per_s > 0)
        wait_for_room(link);
}

void connect_gate_ended(struct connect_link *link, uint32_t epoch)
{
    connect_breaker_ended(&link->breaker, epoch);
}

void connect_link_succeed(struct connect_link *link)
{
    static const char text[] = "circuit breaker closed: the department answers again";

    if (!connect_breaker_succeed(&link->breaker, now_ms(link)))
        return;
    connect_line_add(link, "info", text, sizeof(text) - 1);
    base_log(BASE_LOG_INFO, "connector=%s breaker=closed", link->id);
    connect_later(link, CONNECT_TELL_ROOM);
    connect_later(link, CONNECT_TELL_STATE);
}

bool connect_link_fail(struct connect_link *link, uint64_t task)
{
    char text[128];

    if (!connect_breaker_fail(&link->breaker, task, now_ms(link)))
        return false;
    uint64_t open_ms = link->breaker.until_ms - now_ms(link);
    int size = snprintf(text, sizeof(text), "circuit breaker open for %llu s: the department is not reached; tasks wait",
                        (unsigned long long)(open_ms + 999) / 1000);
    connect_line_add(link, "warning", text, (size_t)size);
    base_log(BASE_LOG_WARNING, "connector=%s breaker=open open_ms=%llu opened=%u", link->id, (unsigned long long)open_ms,
             link->breaker.opened);
    link->connect->figures.breakers_opened++;
    connect_later(link, CONNECT_TELL_STATE);
    wait_for_room(link);
    return link->breaker.opened % CONNECT_BREAKER_ALERT_EVERY == 1;
}

/* {"breaker", "breaker_until"}: until is of the wall clock, null unless it is open. */
void connect_gate_put(struct base_buffer *buffer, const struct connect_link *link)
{
    enum connect_breaker_state state = connect_breaker_state(&link->breaker, now_ms(link));
    char until[BASE_TIME_SIZE];

    base_json_put_text(buffer, "breaker", connect_breaker_name(state));
    if (state != CONNECT_BREAKER_OPEN) {
        base_json_put_null(buffer, "breaker_until");
        return;
    }
    base_zone_format(connect_now_ms(link->connect) + (int64_t)(link->breaker.until_ms - now_ms(link)), until);
    base_json_put_text(buffer, "breaker_until", until);
}
