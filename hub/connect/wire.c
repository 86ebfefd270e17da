/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a session. Read into one block, frames are taken where they lie; what is
 * to be sent piles up in `out` and leaves with one write a turn.
 *
 *   on_pipe -> take_bytes -> take_frames -> connect_session_take
 *
 * Who says more than CONNECT_ITEMS_MS_MAX is read no faster, and waits in its own write: the
 * loop belongs to all.
 */
#include "connect/inside.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

#define IN_ROOM (2 * (size_t)BASE_FRAME_MAX)
#define READS_MAX 4        /* blocks taken from one session in one turn */
#define READS_REST_MAX 256 /* and from one whose host is dead */
#define OUT_KEEP_MAX (512 * 1024)
#define SLOW_MS 5 /* a slowed host is read again after */

static void on_pipe(uv_poll_t *poll, int status, int events);

static size_t out_left(const struct connect_session *session)
{
    return session->out.size - session->out_head;
}

/* A host that does not take its replies is not read until it does. */
static void watch_events(struct connect_session *session)
{
    int events = out_left(session) > CONNECT_OUT_MAX || session->is_slowed ? 0 : UV_READABLE;

    if (out_left(session) > 0)
        events |= UV_WRITABLE;
    if (events == session->events)
        return;
    session->events = events;
    uv_poll_start(&session->pipe, events, on_pipe);
}

static bool may_take(struct connect_session *session)
{
    uint64_t now_ms = uv_now(session->link->connect->loop);

    if (now_ms > session->items_at_ms) {
        uint64_t passed_ms = now_ms - session->items_at_ms;
        int64_t left = session->items_left + (int64_t)(passed_ms < 60000 ? passed_ms : 60000) * CONNECT_ITEMS_MS_MAX;

        session->items_left = (int32_t)(left < CONNECT_ITEMS_BURST_MAX ? left : CONNECT_ITEMS_BURST_MAX);
        session->items_at_ms = now_ms;
    }
    return session->items_left > 0;
}

static void slow_down(struct connect_session *session)
{
    struct connect *connect = session->link->connect;

    session->is_slowed = true;
    watch_events(session);
    if (!uv_is_active((uv_handle_t *)&connect->slow_timer))
        uv_timer_start(&connect->slow_timer, connect_wire_on_slow, SLOW_MS, 0);
}

static void take_frames(struct connect_session *session)
{
    struct base_frame frame;
    size_t used;

    while (!session->is_broken) {
        int rc = base_frame_read(session->in + session->in_head, session->in_size - session->in_head,
                                 &frame, &used);
        if (rc == OD_EBUSY)
            break;
        if (rc != OD_OK) {
            session->is_broken = true;
            session->link->connect->figures.frames_refused++;
            connect_session_fail(session, rc == OD_ELIMIT ? "broke the protocol: a frame over the limit"
                                                          : "broke the protocol: not a frame");
            break;
        }
        if (!may_take(session)) {
            slow_down(session);
            break;
        }
        session->in_head += used;
        session->items_left -= 1 + frame.count;
        connect_session_take(session, &frame);
    }
    if (session->in_head == session->in_size)
        session->in_head = session->in_size = 0;
}

/* Room for at least one frame more; what moves is less than one frame and was not
 * moved before. */
static void make_room(struct connect_session *session)
{
    size_t left = session->in_size - session->in_head;

    if (session->in_head == 0 || IN_ROOM - session->in_head >= BASE_FRAME_MAX)
        return;
    memmove(session->in, session->in + session->in_head, left);
    session->in_head = 0;
    session->in_size = left;
}

/* One block. False: there is no more now, or never again. */
static bool take_bytes(struct connect_session *session)
{
    make_room(session);
    size_t room = IN_ROOM - session->in_size;
    assert(room > 0);
    ssize_t size = read(session->pipe_fd, session->in + session->in_size, room);
    if (size < 0 && errno == EINTR)
        return true;
    if (size < 0 && errno == EAGAIN)
        return false;
    if (size <= 0) {
        session->is_closed = !session->is_failing;
        connect_session_fail(session, "closed its session");
        return false;
    }
    session->in_size += (size_t)size;
    take_frames(session);
    return (size_t)size == room && !session->is_broken && !session->is_slowed;
}

void connect_wire_on_slow(uv_timer_t *timer)
{
    struct connect *connect = timer->data;

    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link)) {
        struct connect_session *session = link->session;

        if (session == NULL || !session->is_slowed || session->is_failing || session->is_ended)
            continue;
        session->is_slowed = false;
        take_frames(session);
        if (!session->is_slowed && !session->is_failing)
            watch_events(session);
    }
}

static void on_pipe(uv_poll_t *poll, int status, int events)
{
    struct connect_session *session = poll->data;

    if (session->is_failing)
        return;
    if (status < 0) { /* the other end is gone and what we had sent was not read */
        session->is_closed = true;
        connect_session_fail(session, "closed its session"); /* the rest is read at its end */
        return;
    }
    if ((events & UV_WRITABLE) != 0)
        connect_wire_flush(session);
    if ((events & UV_READABLE) == 0)
        return;
    for (unsigned i = 0; i < READS_MAX && take_bytes(session) && !session->is_failing; i++)
        ;
}

/* Reports that a dead host had sent count: they are facts about the department. */
void connect_wire_rest(struct connect_session *session)
{
    if (session->in == NULL || session->pipe_fd < 0)
        return;
    session->items_left = INT32_MAX; /* nobody can say more than lies there */
    session->items_at_ms = UINT64_MAX;
    take_frames(session);
    for (unsigned i = 0; i < READS_REST_MAX && !session->is_broken; i++) {
        make_room(session);
        ssize_t size = read(session->pipe_fd, session->in + session->in_size, IN_ROOM - session->in_size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return;
        session->in_size += (size_t)size;
        take_frames(session);
    }
}

/* A secret's value does not stay in memory once it has left. */
static void wipe_out(struct connect_session *session)
{
    if (session->has_secret && session->out.bytes != NULL)
        explicit_bzero(session->out.bytes, session->out.room);
    session->has_secret = false;
}

void connect_wire_flush(struct connect_session *session)
{
    if (session->is_ended || session->pipe_fd < 0)
        return;
    if (session->out.is_broken) {
        session->is_broken = true;
        connect_session_fail(session, "no memory left for its replies");
        return;
    }
    while (out_left(session) > 0) {
        ssize_t size = send(session->pipe_fd, session->out.bytes + session->out_head, out_left(session), MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            break; /* gone or full: reading will tell which */
        session->out_head += (size_t)size;
    }
    if (out_left(session) == 0) {
        wipe_out(session);
        base_buffer_clear(&session->out);
        session->out_head = 0;
        if (session->out.room > OUT_KEEP_MAX)
            base_buffer_fini(&session->out);
    }
    if (!session->is_failing)
        watch_events(session);
}

int connect_wire_open(struct connect_session *session)
{
    session->in = base_alloc(IN_ROOM);
    if (session->in == NULL)
        return OD_ENOMEM;
    if (uv_poll_init(session->link->connect->loop, &session->pipe, session->pipe_fd) != 0)
        return OD_EIO;
    session->pipe.data = session;
    session->handles_open++;
    watch_events(session);
    return OD_OK;
}

void connect_wire_close(struct connect_session *session)
{
    base_free(session->in);
    session->in = NULL;
    wipe_out(session);
    base_buffer_fini(&session->out);
    base_buffer_fini(&session->outbox);
    session->in_head = session->in_size = session->out_head = session->outbox_head = 0;
}
