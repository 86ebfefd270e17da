/* SPDX-License-Identifier: Apache-2.0 */
/* The nng gateway: a child process on a socketpair that we start, watch and restart.
 *
 *   process_start -> on_read (frames, pings) -> [silence, broken frame, exit] -> process_end
 *                 -> on_pipe_closed, on_exit -> after a pause process_start again
 *
 * A request that a dead process had sent is answered into nothing: the client asks again
 * with the same idempotency key. What a frame means is gateway_door.c. */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "front/gateway.h"
#include "front/server.h"

#define TICK_MS 250
#define TICK_LATE_MS 1000
#define PING_EVERY_TICKS 4   /* once a second */
#define SILENCE_MS 3000
#define READ_SIZE 65536
#define PUBLISH_BACKLOG_MAX                                                                    \
    (4 * 1024 * 1024) /* bytes unsent; feed messages beyond are dropped */
#define REPLY_BACKLOG_MAX (32 * 1024 * 1024) /* it takes no answers: killed */

static void on_tick(uv_timer_t *timer);

static void step(struct front_gateway *gateway);

uint64_t front_gateway_pause(uint64_t pause_ms, uint64_t lived_ms)
{
    if (pause_ms == 0 || lived_ms >= FRONT_GATEWAY_HEALTHY_MS)
        return FRONT_GATEWAY_PAUSE_MIN_MS;
    return 2 * pause_ms < FRONT_GATEWAY_PAUSE_MAX_MS ? 2 * pause_ms : FRONT_GATEWAY_PAUSE_MAX_MS;
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct front_gateway *gateway = handle->data;

    gateway->is_pipe_open = false;
    gateway->is_writing = false;
    base_buffer_clear(&gateway->in);
    base_buffer_clear(&gateway->out);
    base_buffer_clear(&gateway->sending);
    step(gateway);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct front_gateway *gateway = handle->data;

    gateway->is_process_open = false;
    step(gateway);
}

static void on_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct front_gateway *gateway = process->data;

    if (!gateway->is_stopping)
        base_log(BASE_LOG_WARNING, "gateway ended status=%lld signal=%d", (long long)status,
                 signal_number);
    uv_close((uv_handle_t *)process, on_process_closed);
    front_gateway_end(gateway);
}

/* The process is over for us, for whatever reason; the first one wins. */
void front_gateway_end(struct front_gateway *gateway)
{
    if (gateway->is_ending)
        return;
    gateway->is_ending = true;
    gateway->is_up = false;
    gateway->generation++;
    gateway->ended_ms = uv_now(gateway->loop);
    gateway->pause_ms =
        front_gateway_pause(gateway->pause_ms, gateway->ended_ms - gateway->started_ms);
    if (gateway->is_process_open && !uv_is_closing((uv_handle_t *)&gateway->process))
        uv_process_kill(&gateway->process, SIGKILL);
    if (gateway->is_pipe_open)
        uv_close((uv_handle_t *)&gateway->pipe, on_pipe_closed);
    step(gateway);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct front_gateway *gateway = handle->data;

    (void)suggested;
    *buf = uv_buf_init(NULL, 0);
    if (base_buffer_reserve(&gateway->in, READ_SIZE) == OD_OK)
        *buf = uv_buf_init(gateway->in.bytes + gateway->in.size, READ_SIZE);
}

static void frames_take(struct front_gateway *gateway)
{
    size_t offset = 0, used;
    struct base_frame frame;
    int rc = OD_EBUSY;

    while (!gateway->is_ending &&
           (rc = base_frame_read(gateway->in.bytes + offset, gateway->in.size - offset, &frame,
                                 &used)) == OD_OK) {
        offset += used;
        if (frame.kind == BASE_FRAME_PING) {
            gateway->is_up = true;
            gateway->heard_ms = uv_now(gateway->loop);
        } else if ((frame.kind == BASE_FRAME_DOOR || frame.kind == BASE_FRAME_REMOTE) && (frame.flags & BASE_FRAME_REPLY) == 0) {
            gateway->requests++;
            front_gateway_take(gateway, &frame);
        } else {
            rc = OD_EPEER;
            break;
        }
    }
    if (gateway->is_ending)
        return;
    if (rc != OD_EBUSY) {
        base_log(BASE_LOG_WARNING, "gateway sent a broken frame");
        front_gateway_end(gateway);
        return;
    }
    memmove(gateway->in.bytes, gateway->in.bytes + offset, gateway->in.size - offset);
    gateway->in.size -= offset;
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct front_gateway *gateway = stream->data;

    (void)buf;
    if (gateway->is_ending || count == 0)
        return;
    if (count < 0) {
        front_gateway_end(gateway);
        return;
    }
    gateway->in.size += (size_t)count;
    frames_take(gateway);
}

static void on_written(uv_write_t *write, int status)
{
    struct front_gateway *gateway = write->data;

    gateway->is_writing = false;
    base_buffer_clear(&gateway->sending);
    if (gateway->is_ending)
        return;
    if (status < 0)
        front_gateway_end(gateway);
    else
        front_gateway_flush(gateway);
}

void front_gateway_flush(struct front_gateway *gateway)
{
    if (gateway->is_ending || gateway->is_writing || !gateway->is_pipe_open ||
        gateway->out.size == 0)
        return;
    if (gateway->out.is_broken) {
        front_gateway_end(gateway);
        return;
    }
    struct base_buffer spare = gateway->sending;
    gateway->sending = gateway->out;
    gateway->out = spare;
    uv_buf_t bufs = uv_buf_init(gateway->sending.bytes, (unsigned)gateway->sending.size);
    if (uv_write(&gateway->write, (uv_stream_t *)&gateway->pipe, &bufs, 1, on_written) == 0)
        gateway->is_writing = true;
    else
        front_gateway_end(gateway);
}

/* -- The process -- */

static void argument_add(char *arguments[10], size_t *count, const char *name, char *value)
{
    if (value == NULL)
        return;
    arguments[(*count)++] = (char *)(uintptr_t)name;
    arguments[(*count)++] = value;
}

static int spawn(struct front_gateway *gateway, int fd)
{
    char *arguments[10] = {gateway->program};
    size_t count = 1;

    argument_add(arguments, &count, "--front-desk", gateway->front_desk);
    argument_add(arguments, &count, "--events", gateway->events);
    argument_add(arguments, &count, "--connectors", gateway->connectors);
    argument_add(arguments, &count, "--certificate", gateway->certificate);
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = fd},
    };
    uv_process_options_t options = {.exit_cb = on_exit,
                                    .file = gateway->program,
                                    .args = arguments,
                                    .stdio_count = 4,
                                    .stdio = stdio};
    int rc = uv_spawn(gateway->loop, &gateway->process, &options);

    gateway->process.data = gateway;
    gateway->is_process_open = true; /* also after a failure the handle has to be closed */
    if (rc != 0) {
        base_log(BASE_LOG_ERROR, "gateway not started error=%s", uv_err_name(rc));
        uv_close((uv_handle_t *)&gateway->process, on_process_closed);
        return OD_EIO;
    }
    return OD_OK;
}

static int pipe_open(struct front_gateway *gateway, int fd)
{
    if (uv_pipe_init(gateway->loop, &gateway->pipe, 0) != 0)
        return OD_ENOMEM;
    gateway->is_pipe_open = true;
    gateway->pipe.data = gateway->write.data = gateway;
    if (uv_pipe_open(&gateway->pipe, fd) != 0)
        return OD_EIO;
    return uv_read_start((uv_stream_t *)&gateway->pipe, on_alloc, on_read) == 0 ? OD_OK
                                                                                : OD_EIO;
}

static void process_start(struct front_gateway *gateway)
{
    int fds[2];

    gateway->is_ending = false;
    gateway->starts++;
    gateway->started_ms = gateway->heard_ms = gateway->tick_ms = uv_now(gateway->loop);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        base_log(BASE_LOG_ERROR, "gateway not started error=socketpair");
        front_gateway_end(gateway);
        return;
    }
    int rc = pipe_open(gateway, fds[0]);
    if (rc != OD_OK && !gateway->is_pipe_open)
        close(fds[0]);
    if (rc == OD_OK)
        rc = spawn(gateway, fds[1]);
    close(fds[1]);
    if (rc != OD_OK)
        front_gateway_end(gateway);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct front_gateway *gateway = handle->data;

    gateway->is_timer_open = false;
    step(gateway);
}

static void gateway_free(struct front_gateway *gateway)
{
    base_buffer_fini(&gateway->in);
    base_buffer_fini(&gateway->out);
    base_buffer_fini(&gateway->sending);
    base_free(gateway->program);
    base_free(gateway->front_desk);
    base_free(gateway->events);
    base_free(gateway->connectors);
    base_free(gateway->certificate);
    base_free(gateway);
}

/* Something ended: is everything over? */
static void step(struct front_gateway *gateway)
{
    struct front *front = gateway->front;

    if (!gateway->is_stopping || gateway->is_process_open || gateway->is_pipe_open ||
        gateway->calls_open > 0)
        return; /* the timer asks again */
    if (gateway->is_timer_open) {
        if (!uv_is_closing((uv_handle_t *)&gateway->timer))
            uv_close((uv_handle_t *)&gateway->timer, on_timer_closed);
        return;
    }
    front_closed_cb on_stopped = gateway->on_stopped;
    void *owner = gateway->stopped_owner;
    front->gateway = NULL;
    gateway_free(gateway);
    on_stopped(owner);
}

void front_gateway_call_ended(struct front_gateway *gateway)
{
    assert(gateway->calls_open > 0);
    gateway->calls_open--;
}

static void on_tick(uv_timer_t *timer)
{
    struct front_gateway *gateway = timer->data;
    uint64_t now_ms = uv_now(gateway->loop);
    bool is_gone = !gateway->is_process_open && !gateway->is_pipe_open;

    if (now_ms - gateway->tick_ms > TICK_LATE_MS)
        gateway->heard_ms = now_ms; /* it was us who slept: its pings are still to be read */
    gateway->tick_ms = now_ms;
    if (gateway->is_stopping) {
        step(gateway);
    } else if (gateway->is_ending) {
        if (is_gone && now_ms - gateway->ended_ms >= gateway->pause_ms)
            process_start(gateway);
    } else if (now_ms - gateway->heard_ms > gateway->silence_ms) {
        base_log(BASE_LOG_WARNING, "gateway is silent, killed");
        front_gateway_end(gateway);
    } else if (++gateway->ticks % PING_EVERY_TICKS == 0) {
        base_frame_put(&gateway->out, &(struct base_frame){.kind = BASE_FRAME_PING});
        front_gateway_flush(gateway);
    }
}

static char *copy_or_null(const char *text, bool *is_short)
{
    char *copy = text == NULL ? NULL : base_copy_text(text, strlen(text));

    *is_short = *is_short || (text != NULL && copy == NULL);
    return copy;
}

int front_gateway_start(struct front *front, uv_loop_t *loop,
                        const struct front_gateway_options *options, struct front_gateway **out)
{
    bool is_short = false;

    if (front->gateway != NULL)
        return OD_EEXIST;
    struct front_gateway *gateway = base_alloc(sizeof(*gateway));
    if (gateway == NULL)
        return OD_ENOMEM;
    gateway->front = front;
    gateway->loop = loop;
    gateway->silence_ms = options->silence_ms > 0 ? options->silence_ms : SILENCE_MS;
    gateway->program = copy_or_null(options->program, &is_short);
    gateway->front_desk = copy_or_null(options->front_desk, &is_short);
    gateway->events = copy_or_null(options->events, &is_short);
    gateway->connectors = copy_or_null(options->connectors, &is_short);
    gateway->certificate = copy_or_null(options->certificate, &is_short);
    if (is_short) {
        gateway_free(gateway);
        return OD_ENOMEM;
    }
    uv_timer_init(loop, &gateway->timer);
    gateway->timer.data = gateway;
    gateway->is_timer_open = true;
    uv_timer_start(&gateway->timer, on_tick, TICK_MS, TICK_MS);
    front->gateway = gateway;
    process_start(gateway);
    *out = gateway;
    return OD_OK;
}

void front_gateway_publish(struct front_gateway *gateway, const char *topic, const char *body,
                           size_t size)
{
    size_t topic_size = strlen(topic);
    struct base_frame frame = {.kind = BASE_FRAME_PUBLISH,
                               .length = (uint32_t)(topic_size + size),
                               .task = topic_size};

    if (!gateway->is_up || topic_size + size > BASE_FRAME_PAYLOAD_MAX ||
        gateway->out.size + gateway->sending.size > PUBLISH_BACKLOG_MAX) {
        gateway->dropped++;
        return;
    }
    size_t offset = base_frame_begin(&gateway->out, &frame);
    base_buffer_put(&gateway->out, topic, topic_size);
    base_buffer_put(&gateway->out, body, size);
    base_frame_end(&gateway->out, offset, 0);
}

void front_gateway_reply(struct front_gateway *gateway, uint64_t generation, uint8_t kind, uint64_t id,
                         struct base_buffer *payload)
{
    if (gateway->generation != generation || gateway->is_ending || payload->is_broken)
        return;
    base_frame_put(&gateway->out, &(struct base_frame){.kind = kind,
                                                       .flags = BASE_FRAME_REPLY,
                                                       .id = id,
                                                       .length = (uint32_t)payload->size,
                                                       .payload = payload->bytes});
    if (gateway->out.size + gateway->sending.size > REPLY_BACKLOG_MAX)
        front_gateway_end(gateway);
}

void front_gateway_figures(const struct front_gateway *gateway,
                           struct front_gateway_figures *figures)
{
    *figures = (struct front_gateway_figures){.starts = gateway->starts,
                                              .requests = gateway->requests,
                                              .dropped = gateway->dropped,
                                              .is_up = gateway->is_up};
    if (gateway->is_process_open && !gateway->is_ending)
        figures->pid = uv_process_get_pid(&gateway->process);
}

void front_gateway_stop(struct front_gateway *gateway, front_closed_cb on_stopped, void *owner)
{
    assert(!gateway->is_stopping);
    assert(on_stopped != NULL);
    gateway->is_stopping = true;
    gateway->on_stopped = on_stopped;
    gateway->stopped_owner = owner;
    if (gateway->is_ending)
        step(gateway);
    else
        front_gateway_end(gateway);
}
