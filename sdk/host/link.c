/* SPDX-License-Identifier: Apache-2.0 */
/* A turn: retries and reports -> services -> poll -> bye -> write -> wait -> read -> frames. */
#include "host/link.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/time.h"

#define READ_SIZE (64 * 1024)
#define BUFFER_KEEP_MAX (1024 * 1024)

void host_link_init(struct host_link *link, struct host *host, int fd)
{
    *link = (struct host_link){.host = host, .fd = fd, .retry_delay_ms = HOST_RETRY_MIN_MS};
}

void host_link_fini(struct host_link *link)
{
    struct host_batch *batch;

    for (size_t i = 0; i < HOST_REQUESTS_MAX; i++) {
        if (link->requests[i].batch != NULL)
            host_outbox_recycle(&link->host->outbox, link->requests[i].batch, 0);
    }
    while ((batch = link->retry_first) != NULL) {
        link->retry_first = batch->next;
        host_outbox_recycle(&link->host->outbox, batch, 0);
    }
    base_buffer_fini(&link->answer);
    base_buffer_fini(&link->in);
    base_buffer_fini(&link->out);
    if (link->fd >= 0)
        close(link->fd);
}

static size_t request_begin(struct host_link *link, enum base_frame_kind kind, uint16_t count)
{
    struct base_frame frame = {.kind = (uint8_t)kind, .id = ++link->id_last, .epoch = link->epoch, .count = count};

    return base_frame_begin(&link->out, &frame);
}

static void put_hello(struct host_link *link)
{
    const struct host *host = link->host;
    struct base_buffer *out = &link->out;
    uint8_t nonce[8];
    char instance[17];
    size_t offset = request_begin(link, BASE_FRAME_HELLO, 0);

    base_random(nonce, sizeof(nonce));
    base_hex(nonce, sizeof(nonce), instance);
    base_json_open(out, NULL, '{');
    base_json_put_raw(out, "protocol", "[1,1]", 5);
    base_json_put_text(out, "connector", host->connector);
    base_json_put_text(out, "module", host->manifest.id);
    base_json_put_text(out, "version", host->manifest.version);
    base_json_open(out, "abi", '[');
    base_json_put_i64(out, NULL, host->manifest.abi_major);
    base_json_put_i64(out, NULL, host->manifest.abi_minor);
    base_json_close(out, ']');
    base_json_put_text(out, "module_hash", host->module_hash);
    base_json_put_text(out, "instance", instance);
    base_json_put_i64(out, "pid", getpid());
    base_json_put_text(out, "tier", host_tier_name(host->tier));
    base_json_close(out, '}');
    base_frame_end(out, offset, 0);
}

/* The batch is sent and kept until it is answered. */
static void put_report(struct host_link *link, struct host_batch *batch, struct host_request *request)
{
    assert(batch->count > 0);
    assert(request->id == 0);
    size_t offset = request_begin(link, BASE_FRAME_REPORT, batch->count);

    base_buffer_put(&link->out, batch->bytes.bytes, batch->bytes.size);
    base_frame_end(&link->out, offset, batch->count);
    *request = (struct host_request){link->id_last, batch};
}

static struct host_request *request_find_free(struct host_link *link)
{
    for (size_t i = 0; i < HOST_REQUESTS_MAX; i++) {
        if (link->requests[i].id == 0)
            return &link->requests[i];
    }
    return NULL;
}

/* What the hub could not store goes again, before anything newer, when the pause is over. */
static struct host_batch *batch_next(struct host_link *link, int64_t now_ms)
{
    struct host_batch *batch = link->retry_first;

    if (batch == NULL)
        return host_outbox_take(&link->host->outbox);
    if (now_ms < link->retry_at_ms)
        return NULL;
    link->retry_first = batch->next;
    if (link->retry_first == NULL)
        link->retry_last = NULL;
    batch->next = NULL;
    return batch;
}

/* true: every report that was made is on its way. */
static bool put_reports(struct host_link *link, int64_t now_ms)
{
    struct host_request *request;
    struct host_batch *batch;

    while ((request = request_find_free(link)) != NULL) {
        batch = batch_next(link, now_ms);
        if (batch == NULL)
            return link->retry_first == NULL;
        put_report(link, batch, request);
    }
    return link->retry_first == NULL && host_outbox_is_empty(&link->host->outbox);
}

static struct host_asked *asked_find_free(struct host_link *link)
{
    for (size_t i = 0; i < HOST_SERVICES_MAX; i++) {
        if (link->asked[i].id == 0)
            return &link->asked[i];
    }
    return NULL;
}

/* As many requests as may be under way; the others wait where they are. */
static void put_services(struct host_link *link)
{
    struct host_asks *asks = &link->host->asks;
    struct host_asked *asked;
    struct host_block *block;

    while ((asked = asked_find_free(link)) != NULL && (block = host_asks_take(asks)) != NULL) {
        struct base_frame frame = {.kind = BASE_FRAME_NONE};
        size_t used;
        int rc = base_frame_read(block->bytes.bytes, block->bytes.size, &frame, &used);

        assert(rc == OD_OK); /* this process wrote it */
        (void)rc;
        *asked = (struct host_asked){.id = ++link->id_last, .number = frame.id};
        frame.id = asked->id;
        frame.epoch = link->epoch;
        base_frame_put(&link->out, &frame);
        host_asks_recycle(asks, block);
    }
}

static void put_health(struct host_link *link, struct base_buffer *out)
{
    static const char *const names[] = {
        [OD_HEALTH_OK] = "ok", [OD_HEALTH_DEGRADED] = "degraded", [OD_HEALTH_FAILING] = "failing",
    };
    struct host *host = link->host;
    uint32_t status = atomic_load(&host->status.health);

    if (status == OD_HEALTH_OK)
        return;
    base_json_open(out, "health", '{');
    base_json_put_text(out, "status", names[status]);
    pthread_mutex_lock(&host->note_lock);
    base_json_put_text(out, "note", host->note);
    pthread_mutex_unlock(&host->note_lock);
    base_json_close(out, '}');
}

/* A module that cannot keep up gets nothing more for now; polls go on, or the hub would take it for dead. */
static uint32_t wanted(struct host *host)
{
    return host_inbox_item_bytes(&host->inbox) < HOST_INBOX_MAX ? atomic_load(&host->status.want) : 0;
}

static void put_poll(struct host_link *link, int64_t now_ms)
{
    struct host *host = link->host;
    struct base_buffer *out = &link->out;
    size_t offset = request_begin(link, BASE_FRAME_POLL, 0);

    base_json_open(out, NULL, '{');
    base_json_put_i64(out, "ack", (int64_t)link->ack);
    base_json_put_i64(out, "want", wanted(host));
    base_json_put_i64(out, "open", (int64_t)atomic_load(&host->status.open_count));
    base_json_put_i64(out, "beats", (int64_t)atomic_load(&host->flight->beats));
    base_json_put_i64(out, "busy_ms", host_flight_busy_ms(host->flight, now_ms));
    base_json_put_bool(out, "ready", atomic_load(&host->status.is_ready));
    base_json_put_i64(out, "time_seen", link->time_seen_ms);
    put_health(link, out);
    base_json_close(out, '}');
    base_frame_end(out, offset, 0);
    link->poll_id = link->id_last;
}

/* A poll told now would lie in the hub for long: wait for what it is to say. */
static bool may_poll(struct host_link *link, int64_t now_ms)
{
    struct host *host = link->host;

    if (link->poll_id != 0 || link->bye_id != 0 || !atomic_load(&host->status.is_open))
        return false;
    return link->time_seen_ms >= link->time_told_ms || now_ms >= link->time_until_ms;
}

static void put_bye(struct host_link *link, int64_t now_ms)
{
    struct host *host = link->host;
    size_t offset = request_begin(link, BASE_FRAME_BYE, 0);

    base_json_open(&link->out, NULL, '{');
    pthread_mutex_lock(&host->note_lock);
    base_json_put_text(&link->out, "reason", host->exit == HOST_EXIT_BYE ? "stopped" : host->reason);
    pthread_mutex_unlock(&host->note_lock);
    base_json_close(&link->out, '}');
    base_frame_end(&link->out, offset, 0);
    link->bye_id = link->id_last;
    if (link->deadline_ms == 0 || link->deadline_ms > now_ms + HOST_BYE_TIMEOUT_MS)
        link->deadline_ms = now_ms + HOST_BYE_TIMEOUT_MS;
}

static bool has_requests(const struct host_link *link)
{
    for (size_t i = 0; i < HOST_REQUESTS_MAX; i++) {
        if (link->requests[i].id != 0)
            return true;
    }
    return false;
}

/* The order matters: the time that was seen is read before the reports are taken, so that it never
 * overtakes a report of a timer that was due by it. */
static void put_all(struct host_link *link, int64_t now_ms)
{
    struct host *host = link->host;
    bool is_closed = atomic_load(&host->status.is_closed);
    int64_t seen_ms = atomic_load(&host->status.time_seen_ms);
    bool is_told = put_reports(link, now_ms);

    if (is_told)
        link->time_seen_ms = seen_ms;
    if (!is_closed)
        put_services(link);
    if (may_poll(link, now_ms))
        put_poll(link, now_ms);
    if (is_closed && is_told && link->bye_id == 0 && !has_requests(link))
        put_bye(link, now_ms);
    if (link->out.is_broken)
        host_break(host, HOST_EXIT_MACHINE, "no memory left for what goes to the hub");
}

static void lose_hub(struct host_link *link)
{
    host_break(link->host, HOST_EXIT_HUB_GONE, "the hub went away");
    link->is_done = true;
}

static void write_out(struct host_link *link)
{
    struct base_buffer *out = &link->out;

    while (link->out_sent < out->size) {
        ssize_t sent = send(link->fd, out->bytes + link->out_sent, out->size - link->out_sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            link->out_sent += (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR) {
            lose_hub(link);
            return;
        }
    }
    link->out_sent = 0;
    base_buffer_clear(out);
    if (out->room > BUFFER_KEEP_MAX)
        base_buffer_fini(out);
}

static void read_in(struct host_link *link)
{
    struct base_buffer *in = &link->in;

    for (;;) {
        if (base_buffer_reserve(in, READ_SIZE) != OD_OK) {
            host_break(link->host, HOST_EXIT_MACHINE, "no memory left for what comes from the hub");
            return;
        }
        size_t room = in->room - in->size;
        ssize_t got = recv(link->fd, in->bytes + in->size, room, MSG_DONTWAIT);

        if (got > 0) {
            in->size += (size_t)got;
            if ((size_t)got == room && in->size <= BASE_FRAME_MAX)
                continue;
        } else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
            lose_hub(link);
        }
        return;
    }
}

/* Milliseconds until something must be done without a wake from outside. */
static int64_t sleep_ms(const struct host_link *link, int64_t now_ms, int64_t timeout_ms)
{
    int64_t until_ms = now_ms + timeout_ms;

    if (link->retry_first != NULL && link->retry_at_ms < until_ms)
        until_ms = link->retry_at_ms;
    if (link->time_seen_ms < link->time_told_ms && link->poll_id == 0 && link->time_until_ms < until_ms)
        until_ms = link->time_until_ms;
    if (link->deadline_ms != 0 && link->deadline_ms < until_ms)
        until_ms = link->deadline_ms;
    return until_ms > now_ms ? until_ms - now_ms : 0;
}

static void bell_clear(int bell)
{
    uint64_t rings;
    ssize_t got = read(bell, &rings, sizeof(rings));

    (void)got; /* EAGAIN: nobody rang */
}

static void wait_and_read(struct host_link *link, int64_t timeout_ms)
{
    struct pollfd fds[2] = {
        {.fd = link->fd, .events = (short)(POLLIN | (link->out_sent < link->out.size ? POLLOUT : 0))},
        {.fd = link->host->outbox.bell, .events = POLLIN},
    };

    if (poll(fds, 2, (int)timeout_ms) <= 0)
        return;
    if (fds[1].revents != 0)
        bell_clear(fds[1].fd);
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_in(link);
    if (link->in.size > 0)
        host_link_take_frames(link);
}

static void check_deadline(struct host_link *link, int64_t now_ms)
{
    if (link->deadline_ms == 0 || now_ms < link->deadline_ms)
        return;
    if (link->bye_id == 0)
        host_break(link->host, HOST_EXIT_GRACE, "the plugin was not closed within the grace of stop");
    link->is_done = true; /* a bye that nobody answers ends all the same */
}

void host_link_turn(struct host_link *link, int64_t timeout_ms)
{
    int64_t now_ms = base_monotonic_ms();

    put_all(link, now_ms);
    write_out(link);
    if (!link->is_done)
        wait_and_read(link, sleep_ms(link, now_ms, timeout_ms));
    check_deadline(link, base_monotonic_ms());
}

/* Broken while the plugin is open: its thread may be anywhere, so nothing is waited for. A plugin that did
 * not open has ended: its last log lines and the bye still go. */
static bool is_over(struct host_link *link)
{
    enum host_exit exit = host_exit_of(link->host);

    return link->is_done || (exit != HOST_EXIT_BYE && exit != HOST_EXIT_OPEN);
}

void host_link_run(struct host_link *link)
{
    while (!is_over(link))
        host_link_turn(link, HOST_IDLE_MS * 60);
}

int host_link_hello(struct host_link *link)
{
    struct host *host = link->host;
    int64_t until_ms = base_monotonic_ms() + HOST_HELLO_TIMEOUT_MS;
    struct base_frame reply;
    size_t used;
    int rc = OD_EBUSY;

    put_hello(link);
    while (rc == OD_EBUSY && host_exit_of(host) == HOST_EXIT_BYE && base_monotonic_ms() < until_ms) {
        struct pollfd fd = {.fd = link->fd, .events = POLLIN};

        write_out(link);
        if (poll(&fd, 1, 100) > 0)
            read_in(link);
        rc = base_frame_read(link->in.bytes, link->in.size, &reply, &used);
    }
    if (rc == OD_OK) {
        rc = host_link_take_hello(link, &reply);
        link->in.size -= used;
        memmove(link->in.bytes, link->in.bytes + used, link->in.size);
        return rc;
    }
    if (rc == OD_EBUSY)
        host_break(host, HOST_EXIT_REFUSED, "the hub did not answer hello within %d ms", HOST_HELLO_TIMEOUT_MS);
    else
        host_break(host, HOST_EXIT_PROTOCOL, "the answer to hello is no frame");
    return OD_EPEER;
}
