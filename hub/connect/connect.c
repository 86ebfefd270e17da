/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of hub/connect: what happens once a turn, once a tick, and at the end. */
#include "connect/inside.h"

#include <assert.h>

#include "base/log.h"
#include "base/memory.h"

#define WATCH_MIN_MS 5
#define WATCH_MAX_MS 500

int64_t connect_now_ms(struct connect *connect)
{
    bool is_virtual;

    return connect->options.callbacks.now_ms(connect->options.owner, &is_virtual);
}

static void on_later(uv_timer_t *timer);

void connect_later(struct connect_link *link, enum connect_tell tell)
{
    link->tells |= (unsigned)tell;
    if (base_list_is_empty(&link->later))
        base_list_append(&link->connect->later, &link->later);
    connect_later_time(link->connect);
}

void connect_later_time(struct connect *connect)
{
    if (!connect->is_closing && !uv_is_active((uv_handle_t *)&connect->later_timer))
        uv_timer_start(&connect->later_timer, on_later, 0, 0);
}

void connect_dirty(struct connect_link *link)
{
    if (base_list_is_empty(&link->dirty))
        base_list_append(&link->connect->dirty, &link->dirty);
}

void connect_flush(struct connect *connect)
{
    while (!base_list_is_empty(&connect->dirty)) {
        struct connect_link *link = BASE_LIST_ENTRY(connect->dirty.next, struct connect_link, dirty);

        if (link->session != NULL && connect_session_is_open(link->session))
            connect_outbox_flush(link->session);
        if (link->session != NULL)
            link->session->carrier->flush(link->session);
        base_list_remove(&link->dirty);
    }
    if (connect->is_egress_dirty && connect->egress != NULL)
        connect_egress_flush(connect->egress);
    connect->is_egress_dirty = false;
}

static void on_prepare(uv_prepare_t *prepare)
{
    connect_flush(prepare->data);
}

static void tell(struct connect_link *link, unsigned tells)
{
    struct connect *connect = link->connect;
    void *owner = connect->options.owner;

    if ((tells & CONNECT_TELL_END) != 0 && link->session != NULL)
        connect_session_end(link->session);
    if ((tells & CONNECT_TELL_ROOM) != 0 && connect_session_is_open(link->session)) {
        link->session->is_put_refused = false;
        connect->options.callbacks.on_room(owner, link);
    }
    if ((tells & CONNECT_TELL_STATE) != 0)
        connect->options.callbacks.on_state(owner, link);
    if ((tells & CONNECT_TELL_GONE) != 0)
        connect_link_close(link);
}

/* Every ready session has told that it saw the last jump. */
static void check_time(struct connect *connect)
{
    if (!connect->is_time_waited)
        return;
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (connect_session_is_open(link->session) && link->session->stage == CONNECT_STAGE_READY &&
            link->session->time_seen < (uint64_t)connect->time_told)
            return;
    connect->is_time_waited = false;
    connect->options.callbacks.on_time_seen(connect->options.owner);
}

static void on_closed(uv_handle_t *handle)
{
    struct connect *connect = handle->data;

    if (--connect->handles_open > 0)
        return;
    connect_destroyed_cb on_destroyed = connect->on_destroyed;
    void *owner = connect->options.owner;
    connect_lost_fini(connect);
    connect_prepared_fini(connect);
    package_stage_close(connect->stage);
    connect_trust_drop(connect->trust);
    base_free(connect);
    if (on_destroyed != NULL)
        on_destroyed(owner);
}

static void close_if_empty(struct connect *connect)
{
    if (!connect->is_destroying || connect->is_closing || connect->link_count > 0 || connect->jobs_open > 0)
        return;
    if (connect->egress != NULL) {
        connect_egress_stop(connect);
        return; /* its end asks again */
    }
    connect->is_closing = true;
    uv_close((uv_handle_t *)&connect->later_timer, on_closed);
    uv_close((uv_handle_t *)&connect->watch_timer, on_closed);
    uv_close((uv_handle_t *)&connect->gate_timer, on_closed);
    uv_close((uv_handle_t *)&connect->slow_timer, on_closed);
    uv_close((uv_handle_t *)&connect->prepare, on_closed);
}

static void on_later(uv_timer_t *timer)
{
    struct connect *connect = timer->data;
    struct base_list now;

    /* What is added meanwhile waits for the next turn, so that this one ends. */
    base_list_init(&now);
    while (!base_list_is_empty(&connect->later)) {
        struct base_list *node = connect->later.next;
        base_list_remove(node);
        base_list_append(&now, node);
    }
    while (!base_list_is_empty(&now)) {
        struct connect_link *link = BASE_LIST_ENTRY(now.next, struct connect_link, later);
        unsigned tells = link->tells;

        base_list_remove(&link->later);
        link->tells = 0;
        tell(link, tells);
    }
    connect_remote_run(connect);
    check_time(connect);
    close_if_empty(connect);
}

/* When this loop itself stood still, nobody is judged by what happened meanwhile. */
static void judge_from(struct connect *connect, uint64_t now_ms)
{
    if (now_ms - connect->watched_ms <= 3 * (uint64_t)connect->watch_period_ms)
        return;
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->session != NULL)
            link->session->judged_from_ms = now_ms;
}

static void on_watch(uv_timer_t *timer)
{
    struct connect *connect = timer->data;
    uint64_t now_ms = uv_now(connect->loop);

    judge_from(connect, now_ms);
    connect->watched_ms = now_ms;
    connect_prepared_watch(connect, now_ms);
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        if (link->session == NULL)
            continue;
        connect_session_resume_output(link->session);
        connect_session_watch(link->session, now_ms);
        connect_service_watch(link->session, now_ms);
        connect_session_watch_exit(link->session, now_ms);
        connect_life_watch(link, now_ms);
    }
}

static void set_default(uint32_t *value, uint32_t usual)
{
    if (*value == 0)
        *value = usual;
}

static void fill_defaults(struct connect_options *options)
{
    struct connect_times *times = &options->times;

    set_default(&options->watchdog_ms, CONNECT_WATCHDOG_MS);
    set_default(&options->egress.silence_ms, CONNECT_EGRESS_SILENCE_MS);
    set_default(&times->poll_ms, CONNECT_POLL_MS);
    set_default(&times->hello_timeout_ms, CONNECT_HELLO_TIMEOUT_MS);
    set_default(&times->drain_timeout_ms, CONNECT_DRAIN_TIMEOUT_MS);
    set_default(&times->backoff_min_ms, CONNECT_BACKOFF_MIN_MS);
    set_default(&times->backoff_max_ms, CONNECT_BACKOFF_MAX_MS);
    set_default(&times->backoff_reset_ms, CONNECT_BACKOFF_RESET_MS);
    set_default(&times->crash_window_ms, CONNECT_CRASH_WINDOW_MS);
    set_default(&times->quarantine_ms, CONNECT_QUARANTINE_MS);
}

static uint32_t watch_period_ms(const struct connect_options *options)
{
    uint32_t shortest_ms = options->watchdog_ms < options->times.poll_ms ? options->watchdog_ms : options->times.poll_ms;
    uint32_t period_ms = shortest_ms / 8;

    if (period_ms < WATCH_MIN_MS)
        return WATCH_MIN_MS;
    return period_ms < WATCH_MAX_MS ? period_ms : WATCH_MAX_MS;
}

static int open_store(struct connect *connect, const char *folder)
{
    char message[PACKAGE_TEXT_SIZE];
    int rc = package_stage_open(folder, &connect->stage, message);

    if (rc != OD_OK)
        base_log(BASE_LOG_ERROR, "%s", message);
    if (connect->options.may_be_unsigned)
        base_log(BASE_LOG_WARNING, "modules need no signature here: this center is for development alone (--demo, or modules_unsigned)");
    return rc;
}

int connect_create(uv_loop_t *loop, const struct connect_options *options, struct connect **out)
{
    struct connect *connect = base_alloc(sizeof(*connect));

    if (connect == NULL)
        return OD_ENOMEM;
    assert(options->host_program != NULL);
    assert(options->module_folder != NULL);
    assert(options->store_folder != NULL);
    connect->options = *options;
    int rc = open_store(connect, options->store_folder);
    if (rc != OD_OK) {
        base_free(connect);
        return rc;
    }
    connect->loop = loop;
    fill_defaults(&connect->options);
    connect_net_clear(connect);
    base_list_init(&connect->links);
    base_list_init(&connect->later);
    base_list_init(&connect->dirty);
    base_list_init(&connect->arrived);
    base_list_init(&connect->prepared);
    uv_timer_init(loop, &connect->later_timer);
    uv_timer_init(loop, &connect->watch_timer);
    uv_timer_init(loop, &connect->gate_timer);
    uv_timer_init(loop, &connect->slow_timer);
    uv_prepare_init(loop, &connect->prepare);
    connect->handles_open = 5;
    connect->slow_timer.data = connect;
    connect->later_timer.data = connect->watch_timer.data = connect->gate_timer.data = connect->prepare.data = connect;
    connect->watch_period_ms = watch_period_ms(&connect->options);
    connect->watched_ms = uv_now(loop);
    uv_timer_start(&connect->watch_timer, on_watch, connect->watch_period_ms, connect->watch_period_ms);
    uv_prepare_start(&connect->prepare, on_prepare);
    /* Only connectors and their processes keep the loop alive. */
    uv_unref((uv_handle_t *)&connect->watch_timer);
    uv_unref((uv_handle_t *)&connect->gate_timer);
    uv_unref((uv_handle_t *)&connect->slow_timer);
    uv_unref((uv_handle_t *)&connect->prepare);
    *out = connect;
    return OD_OK;
}

void connect_destroy(struct connect *connect, uint64_t grace_ms, connect_destroyed_cb on_destroyed)
{
    assert(!connect->is_destroying);
    connect->is_destroying = true;
    connect->grace_ms = grace_ms;
    connect->on_destroyed = on_destroyed;
    connect_remote_close(connect);
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        if (link->state == CONNECT_STOPPED)
            continue; /* it goes anyway */
        link->is_unloading = true;
        if (link->state == CONNECT_ACTIVE || link->state == CONNECT_DRAINED)
            connect_link_move(link, CONNECT_DRAINING);
        connect_life_stop(link, grace_ms);
    }
    connect_later_time(connect);
}

void connect_time(struct connect *connect)
{
    connect->time_told = connect_now_ms(connect);
    connect->is_time_waited = true;
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        if (!connect_session_is_open(link->session))
            continue;
        if (link->session->time_seen > (uint64_t)connect->time_told)
            link->session->time_seen = 0;
        if (connect_outbox_put_time(link->session, connect->time_told) != OD_OK)
            connect_session_fail(link->session, "could not be told the time: no memory left");
    }
    connect_later_time(connect);
}

void connect_figures(const struct connect *connect, struct connect_figures *figures)
{
    *figures = connect->figures;
    for (const struct base_list *node = connect->links.next; node != &connect->links; node = node->next)
        figures->breakers_open += BASE_LIST_ENTRY(node, struct connect_link, node)->breaker.is_open;
    figures->is_egress_up = connect->egress != NULL && connect->egress->is_up;
}
