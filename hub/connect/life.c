/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a connector; the only writer of link->state and its deadline.
 *
 *   start -> greeted -> ready ------------------------> lost -> reaped -> start
 *     |                   | unload                       ^        |
 *     |                   v                              |        v
 *     |               draining -> stop -> (bye, exit) ---+   backoff, quarantined
 *     +--> hello is late, module does not open ----------+        or gone
 *
 * Draining ends as drained (it is wanted so), disabled (its process rests), or stopped and gone: unloaded,
 * or replaced by another link of the same id (leave).
 *
 * A remote connector has no process to start again: it is starting until its first session is ready,
 * absent between two sessions, and comes by itself (remote.c).
 */
#include "connect/inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define LEAVE_STOP_PART 5 /* of the time in which a replaced link drains, the last part is for its stop */

void connect_link_move(struct connect_link *link, enum connect_state state)
{
    if (link->state == state)
        return;
    link->state = state;
    link->since_ms = connect_now_ms(link->connect);
    connect_later(link, CONNECT_TELL_STATE);
    base_log(state == CONNECT_QUARANTINED ? BASE_LOG_WARNING : BASE_LOG_INFO, "connector=%s module=%s state=%s",
             link->id, link->module, connect_state_name(state));
}

static void on_late(uv_timer_t *timer)
{
    struct connect_link *link = timer->data;
    const struct connect_session *session = link->session;

    if (session != NULL)
        connect_session_fail(link->session, "gave no sign of being ready (%s) within %u ms",
                             session->stage == CONNECT_STAGE_GREETING ? "no hello" : "hello, but no ready poll",
                             (unsigned)link->connect->options.times.hello_timeout_ms);
}

static void count_failure(struct connect_link *link, uint64_t now_ms)
{
    link->crashes_at_ms[link->crashes % CONNECT_CRASHES_MAX] = now_ms;
    link->crashes++;
    link->failures++;
}

/* The oldest of the last CONNECT_CRASHES_MAX is within the sliding window. */
static bool is_crashing_often(const struct connect_link *link, uint64_t now_ms)
{
    uint64_t oldest_ms = link->crashes_at_ms[link->crashes % CONNECT_CRASHES_MAX];

    return oldest_ms != 0 && now_ms - oldest_ms <= link->connect->options.times.crash_window_ms;
}

static uint64_t backoff_ms(const struct connect_link *link)
{
    const struct connect_times *times = &link->connect->options.times;
    uint64_t delay_ms = times->backoff_min_ms;

    for (uint32_t i = 1; i < link->failures && delay_ms < times->backoff_max_ms; i++)
        delay_ms *= 2;
    return delay_ms < times->backoff_max_ms ? delay_ms : times->backoff_max_ms;
}

static void fail(struct connect_link *link)
{
    uint64_t now_ms = uv_now(link->connect->loop);

    count_failure(link, now_ms);
    if (link->is_probe || is_crashing_often(link, now_ms))
        connect_link_move(link, CONNECT_QUARANTINED);
    else
        connect_link_move(link, CONNECT_BACKOFF);
}

void connect_life_start(struct connect_link *link)
{
    struct connect *connect = link->connect;

    assert(link->session == NULL);
    connect_link_move(link, CONNECT_STARTING);
    if (link->remote != NULL)
        return;
    uv_timer_start(&link->timer, on_late, connect->options.times.hello_timeout_ms, 0);
    if (connect_session_create(link) == OD_OK)
        return;
    snprintf(link->last_error, sizeof(link->last_error), "the host could not be started: no memory left");
    fail(link);
    connect_life_reaped(link);
}

void connect_life_greeted(struct connect_link *link)
{
    uv_timer_start(&link->timer, on_late, link->connect->options.times.hello_timeout_ms, 0);
}

void connect_life_ready(struct connect_link *link)
{
    struct connect_session *session = link->session;

    session->stage = CONNECT_STAGE_READY;
    session->ready_ms = uv_now(link->connect->loop);
    if (session->is_asked || link->is_unloading)
        return; /* it is being stopped; nothing will be offered */
    uv_timer_stop(&link->timer);
    if (link->is_noted || link->remote != NULL)
        connect_life_noted(link);
    else
        connect_note_start(link);
}

/* Nothing is offered before it is on the disk that this version ran: so no task is ever in the hand of a version of which
 * the module store knows nothing, whenever the machine ends. */
void connect_life_noted(struct connect_link *link)
{
    struct connect *connect = link->connect;
    struct connect_session *session = link->session;

    if (!connect_session_is_open(session) || session->stage != CONNECT_STAGE_READY || session->is_asked || link->is_unloading)
        return; /* it ended, or is asked to, meanwhile */
    session->was_ready = true;
    connect_link_move(link, link->wish == CONNECT_WISH_DRAIN ? CONNECT_DRAINED : CONNECT_ACTIVE);
    connect->options.callbacks.on_ready(connect->options.owner, link);
}

/* Long enough without a crash: what was before is forgotten. */
static void forget_failures(struct connect_link *link)
{
    link->failures = 0;
    if (!link->is_probe)
        return;
    link->is_probe = false;
    memset(link->crashes_at_ms, 0, sizeof(link->crashes_at_ms));
    connect_later(link, CONNECT_TELL_STATE);
    connect_later(link, CONNECT_TELL_ROOM);
}

void connect_life_watch(struct connect_link *link, uint64_t now_ms)
{
    const struct connect_session *session = link->session;

    if (link->session->was_ready && !link->session->is_ended && (link->is_probe || link->failures > 0) &&
        now_ms - session->ready_ms >= link->connect->options.times.backoff_reset_ms)
        forget_failures(link);
}

void connect_life_lost(struct connect_link *link, bool is_crash)
{
    uv_timer_stop(&link->timer);
    link->noting = 0;
    if (is_crash && !link->is_unloading && link->wish != CONNECT_WISH_REST)
        fail(link);
    else if (link->remote != NULL && !link->is_unloading)
        connect_link_move(link, CONNECT_ABSENT);
}

static void on_restart(uv_timer_t *timer)
{
    struct connect_link *link = timer->data;

    link->restarts++;
    link->is_probe = link->is_probe || link->state == CONNECT_QUARANTINED;
    connect_life_start(link);
}

void connect_life_reaped(struct connect_link *link)
{
    bool is_renewed = link->is_renewed;

    link->is_renewed = false;
    if (link->is_unloading) {
        connect_link_move(link, CONNECT_STOPPED);
        connect_later(link, CONNECT_TELL_GONE);
        return;
    }
    if (link->wish == CONNECT_WISH_REST) {
        connect_link_move(link, CONNECT_DISABLED);
        return;
    }
    if (is_renewed) {
        connect_life_start(link);
        return;
    }
    if (link->remote != NULL)
        return;
    base_log(BASE_LOG_WARNING, "connector=%s failed: %s", link->id, link->last_error);
    if (link->state != CONNECT_QUARANTINED)
        connect_link_move(link, CONNECT_BACKOFF);
    uint64_t delay_ms = link->state == CONNECT_QUARANTINED ? link->connect->options.times.quarantine_ms
                                                           : backoff_ms(link);
    uv_timer_start(&link->timer, on_restart, delay_ms, 0);
}

static void on_grace_over(uv_timer_t *timer)
{
    struct connect_link *link = timer->data;

    if (link->session != NULL)
        connect_session_fail(link->session, "did not stop in time");
}

/* The session is over for us, whatever its host does next. */
void connect_life_stop(struct connect_link *link, uint64_t grace_ms)
{
    struct connect_session *session = link->session;
    char text[48];

    if (session == NULL) {
        uv_timer_stop(&link->timer);
        connect_life_reaped(link);
        return;
    }
    session->is_asked = true;
    if (!connect_session_is_open(session) || grace_ms == 0 || (link->remote != NULL && link->connect->is_destroying)) {
        connect_session_fail(session, "was ended before it was ready");
        return;
    }
    int size = snprintf(text, sizeof(text), "{\"grace_ms\":%llu}", (unsigned long long)grace_ms);
    if (connect_outbox_put(session, BASE_ITEM_STOP, 0, text, (size_t)size) != OD_OK)
        grace_ms = 0; /* no memory to ask: it is ended without */
    uv_timer_start(&link->timer, on_grace_over, grace_ms, 0);
}

/* A link that leaves has drained for most of its time when it is stopped. */
static uint64_t stop_grace_ms(const struct connect_link *link)
{
    const struct connect *connect = link->connect;
    uint64_t timeout_ms = connect->options.times.drain_timeout_ms;

    if (connect->is_destroying)
        return connect->grace_ms;
    return link->role == CONNECT_ROLE_LEAVING ? timeout_ms / LEAVE_STOP_PART : timeout_ms;
}

static void on_drain_over(uv_timer_t *timer)
{
    struct connect_link *link = timer->data;

    if (link->session == NULL || link->session->is_asked)
        return;
    base_log(BASE_LOG_WARNING, "connector=%s module=%s drained for too long, offers in hand=%u", link->id, link->module,
             (unsigned)link->session->in_hand);
    connect_life_stop(link, stop_grace_ms(link));
}

void connect_life_drained(struct connect_link *link)
{
    if (link->state != CONNECT_DRAINING || link->session->is_asked || link->is_held)
        return;
    if (link->is_unloading || link->wish == CONNECT_WISH_REST)
        connect_life_stop(link, stop_grace_ms(link));
    else if (link->wish == CONNECT_WISH_DRAIN)
        connect_link_move(link, CONNECT_DRAINED);
}

static bool is_ready(const struct connect_link *link)
{
    return connect_session_is_open(link->session) && link->session->was_ready && !link->session->is_asked;
}

/* No more offers. timeout_ms 0 = for as long as it is wanted so. */
static void drain(struct connect_link *link, uint64_t timeout_ms)
{
    struct connect_session *session = link->session;

    connect_link_move(link, CONNECT_DRAINING);
    if (timeout_ms > 0)
        uv_timer_start(&link->timer, on_drain_over, timeout_ms, 0);
    if (!session->is_told_drain) {
        session->is_told_drain = connect_outbox_put(session, BASE_ITEM_DRAIN, 0, "{}", 2) == OD_OK;
        if (!session->is_told_drain)
            base_log(BASE_LOG_WARNING, "connector=%s no memory to ask for drain", link->id);
    }
    if (session->in_hand == 0)
        connect_life_drained(link);
}

void connect_unload(struct connect_link *link)
{
    if (link->is_unloading)
        return;
    link->is_unloading = true;
    if (is_ready(link))
        drain(link, link->connect->options.times.drain_timeout_ms);
    else
        connect_life_stop(link, 0);
}

void connect_life_leave(struct connect_link *link)
{
    uint64_t timeout_ms = link->connect->options.times.drain_timeout_ms;

    link->role = CONNECT_ROLE_LEAVING;
    if (link->is_unloading)
        return; /* it goes already */
    link->is_unloading = true;
    link->is_held = is_ready(link);
    if (link->is_held)
        drain(link, timeout_ms - timeout_ms / LEAVE_STOP_PART);
    else
        connect_life_stop(link, 0);
}

void connect_left(struct connect_link *link)
{
    link->is_held = false;
    if (link->session != NULL && link->session->in_hand == 0)
        connect_life_drained(link);
}

/* A host that was told to drain cannot be told otherwise: it is started anew. */
static void renew(struct connect_link *link)
{
    link->is_renewed = true;
    connect_link_move(link, CONNECT_DRAINING);
    if (!link->session->is_asked)
        connect_life_stop(link, stop_grace_ms(link));
}

static void start_afresh(struct connect_link *link)
{
    link->failures = 0;
    link->is_probe = false;
    memset(link->crashes_at_ms, 0, sizeof(link->crashes_at_ms));
    connect_life_start(link);
}

static void run(struct connect_link *link)
{
    const struct connect_session *session = link->session;

    if (link->state == CONNECT_DISABLED) {
        start_afresh(link);
    } else if (session != NULL && !session->is_ended && (session->is_told_drain || session->is_asked)) {
        renew(link);
    } else if (is_ready(link) && link->state != CONNECT_ACTIVE) {
        uv_timer_stop(&link->timer);
        connect_link_move(link, CONNECT_ACTIVE);
        connect_later(link, CONNECT_TELL_ROOM);
    }
}

static void rest(struct connect_link *link)
{
    if (is_ready(link))
        drain(link, link->connect->options.times.drain_timeout_ms);
    else if (link->state != CONNECT_DISABLED)
        connect_life_stop(link, 0);
}

void connect_want(struct connect_link *link, enum connect_wish wish)
{
    assert(wish != CONNECT_WISH_NONE);
    if (link->is_unloading || link->wish == wish)
        return;
    bool is_resting = link->wish == CONNECT_WISH_REST;
    link->wish = wish;
    if (wish == CONNECT_WISH_REST)
        rest(link);
    else if (wish == CONNECT_WISH_RUN || is_resting)
        run(link);
    else if (is_ready(link))
        drain(link, 0);
}
