/* SPDX-License-Identifier: Apache-2.0 */
/* The egress process: a child on a socketpair that we start when the first connector needs it, watch and
 * restart. What a frame to it means is egress_ask.c.
 *
 *   need -> process_start -> on_read (answers, pings) -> [silence, broken frame, exit, write error] -> end
 *        -> killed, its last bytes are read -> on_pipe_closed: what was asked is settled -> pause -> process_start
 *
 * The last bytes are read before anything is settled, because they say which requests had left. */
#include "connect/inside.h"

#include <assert.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#define TICK_MS 250
#define TICK_LATE_MS 1000
#define PING_EVERY_TICKS 4
#define READ_SIZE 65536
#define PAUSE_MIN_MS 200
#define PAUSE_MAX_MS 5000
#define HEALTHY_MS 30000
#define BACKLOG_MAX (64 * 1024 * 1024) /* unsent bytes; it takes nothing: killed */

static void step(struct connect_egress *egress);
static void process_start(struct connect_egress *egress);

static uint64_t pause_next(uint64_t pause_ms, uint64_t lived_ms)
{
    if (pause_ms == 0 || lived_ms >= HEALTHY_MS)
        return PAUSE_MIN_MS;
    return 2 * pause_ms < PAUSE_MAX_MS ? 2 * pause_ms : PAUSE_MAX_MS;
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct connect_egress *egress = handle->data;

    egress->is_pipe_open = egress->is_writing = false;
    base_buffer_clear(&egress->in);
    base_buffer_clear(&egress->out);
    base_buffer_clear(&egress->sending);
    connect_egress_settle(egress);
    step(egress);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct connect_egress *egress = handle->data;

    egress->is_process_open = false;
    step(egress);
}

/* It is over for us, for whatever reason; the first one wins. */
static void end(struct connect_egress *egress)
{
    if (egress->is_ending)
        return;
    egress->is_ending = true;
    egress->is_up = false;
    egress->ended_ms = uv_now(egress->connect->loop);
    egress->pause_ms = pause_next(egress->pause_ms, egress->ended_ms - egress->started_ms);
    if (egress->is_process_open && !uv_is_closing((uv_handle_t *)&egress->process))
        uv_process_kill(&egress->process, SIGKILL);
    step(egress);
}

static void on_exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct connect_egress *egress = process->data;

    if (!egress->is_stopping)
        base_log(BASE_LOG_WARNING, "egress ended status=%lld signal=%d", (long long)status, signal_number);
    uv_close((uv_handle_t *)process, on_process_closed);
    end(egress);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct connect_egress *egress = handle->data;

    (void)suggested;
    *buf = uv_buf_init(NULL, 0);
    if (base_buffer_reserve(&egress->in, READ_SIZE) == OD_OK)
        *buf = uv_buf_init(egress->in.bytes + egress->in.size, READ_SIZE);
}

static int frame_take(struct connect_egress *egress, const struct base_frame *frame)
{
    if (frame->kind == BASE_FRAME_PING) {
        egress->is_up = !egress->is_ending;
        egress->heard_ms = uv_now(egress->connect->loop);
        return OD_OK;
    }
    return connect_egress_hear(egress, frame);
}

static void frames_take(struct connect_egress *egress)
{
    size_t offset = 0, used;
    struct base_frame frame;
    int rc;

    while ((rc = base_frame_read(egress->in.bytes + offset, egress->in.size - offset, &frame, &used)) == OD_OK) {
        offset += used;
        rc = frame_take(egress, &frame);
        if (rc != OD_OK)
            break;
    }
    memmove(egress->in.bytes, egress->in.bytes + offset, egress->in.size - offset);
    egress->in.size -= offset;
    explicit_bzero(egress->in.bytes + egress->in.size, offset); /* an answer may have held a secret */
    if (rc == OD_EBUSY)
        return;
    base_log(BASE_LOG_WARNING, "egress sent a broken frame");
    egress->is_broken = true; /* nothing that it says counts any more */
    end(egress);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct connect_egress *egress = stream->data;

    (void)buf;
    if (count == UV_ENOBUFS)
        egress->is_broken = true; /* what it told is lost */
    if (count < 0) {
        end(egress);
        if (!uv_is_closing((uv_handle_t *)&egress->pipe))
            uv_close((uv_handle_t *)&egress->pipe, on_pipe_closed);
        return;
    }
    if (egress->is_broken)
        return;
    egress->in.size += (size_t)count;
    frames_take(egress);
}

static void on_written(uv_write_t *write, int status)
{
    struct connect_egress *egress = write->data;

    egress->is_writing = false;
    base_buffer_clear(&egress->sending);
    if (status < 0)
        end(egress);
    else
        connect_egress_flush(egress);
}

void connect_egress_flush(struct connect_egress *egress)
{
    if (egress->is_ending || egress->is_writing || !egress->is_pipe_open || egress->out.size == 0)
        return;
    if (egress->out.is_broken || egress->out.size > BACKLOG_MAX) {
        end(egress);
        return;
    }
    struct base_buffer spare = egress->sending;
    egress->sending = egress->out;
    egress->out = spare;
    uv_buf_t bufs = uv_buf_init(egress->sending.bytes, (unsigned)egress->sending.size);
    if (uv_write(&egress->write, (uv_stream_t *)&egress->pipe, &bufs, 1, on_written) == 0)
        egress->is_writing = true;
    else
        end(egress);
}

/* -- The process -- */

static char *environment_entry(const char *name, char *text, size_t size)
{
    const char *value = getenv(name);

    if (value == NULL || snprintf(text, size, "%s=%s", name, value) >= (int)size)
        return NULL;
    return text;
}

static int spawn(struct connect_egress *egress, int fd)
{
    const struct connect_egress_options *options = &egress->connect->options.egress;
    char *arguments[8] = {(char *)(uintptr_t)options->program}, **argument = arguments + 1;
    char texts[2][1024], *environment[3] = {0}, **entry = environment;
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = fd},
    };

    if (options->secrets != NULL) {
        *argument++ = (char *)(uintptr_t)"--secrets";
        *argument++ = (char *)(uintptr_t)options->secrets;
    }
    if (options->ca != NULL) {
        *argument++ = (char *)(uintptr_t)"--ca";
        *argument++ = (char *)(uintptr_t)options->ca;
    }
    *entry = environment_entry("LANG", texts[0], sizeof(texts[0]));
    entry += *entry != NULL;
    *entry = environment_entry("TZ", texts[1], sizeof(texts[1])); /* and no proxy, no certificate folder of somebody's shell */
    uv_process_options_t process = {.exit_cb = on_exited, .file = options->program, .args = arguments, .env = environment,
                                    .stdio_count = 4, .stdio = stdio};
    /* Whatever this process was started with, or a library opened, stays here. */
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    int rc = uv_spawn(egress->connect->loop, &egress->process, &process);

    egress->process.data = egress;
    egress->is_process_open = true; /* also after a failure the handle has to be closed */
    if (rc == 0)
        return OD_OK;
    base_log(BASE_LOG_ERROR, "egress not started program=%s error=%s", options->program, uv_err_name(rc));
    uv_close((uv_handle_t *)&egress->process, on_process_closed);
    return OD_EIO;
}

static int pipe_open(struct connect_egress *egress, int fd)
{
    if (uv_pipe_init(egress->connect->loop, &egress->pipe, 0) != 0)
        return OD_ENOMEM;
    egress->is_pipe_open = true;
    egress->pipe.data = egress->write.data = egress;
    if (uv_pipe_open(&egress->pipe, fd) != 0)
        return OD_EIO;
    return uv_read_start((uv_stream_t *)&egress->pipe, on_alloc, on_read) == 0 ? OD_OK : OD_EIO;
}

static void start_failed(struct connect_egress *egress)
{
    end(egress);
    if (egress->is_pipe_open && !uv_is_closing((uv_handle_t *)&egress->pipe))
        uv_close((uv_handle_t *)&egress->pipe, on_pipe_closed);
}

static void process_start(struct connect_egress *egress)
{
    int fds[2];

    egress->is_ending = egress->is_broken = false;
    egress->connect->figures.egress_starts++;
    egress->started_ms = egress->heard_ms = egress->tick_ms = uv_now(egress->connect->loop);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        base_log(BASE_LOG_ERROR, "egress not started error=socketpair");
        end(egress);
        return;
    }
    int rc = pipe_open(egress, fds[0]);
    if (rc != OD_OK && !egress->is_pipe_open)
        close(fds[0]);
    if (rc == OD_OK)
        rc = spawn(egress, fds[1]);
    close(fds[1]);
    if (rc != OD_OK) {
        start_failed(egress);
        return;
    }
    connect_egress_greet(egress);
}

static void on_tick(uv_timer_t *timer)
{
    struct connect_egress *egress = timer->data;
    uint64_t now_ms = uv_now(egress->connect->loop);
    bool is_gone = !egress->is_process_open && !egress->is_pipe_open;

    if (now_ms - egress->tick_ms > TICK_LATE_MS)
        egress->heard_ms = now_ms; /* it was us who slept: its pings are still to be read */
    egress->tick_ms = now_ms;
    connect_egress_watch(egress, now_ms);
    if (egress->is_ending) {
        if (is_gone && !egress->is_stopping && now_ms - egress->ended_ms >= egress->pause_ms)
            process_start(egress);
    } else if (now_ms - egress->heard_ms > egress->connect->options.egress.silence_ms) {
        base_log(BASE_LOG_WARNING, "egress is silent, killed");
        end(egress);
    } else if (++egress->ticks % PING_EVERY_TICKS == 0) {
        base_frame_put(&egress->out, &(struct base_frame){.kind = BASE_FRAME_PING});
        connect_egress_flush(egress);
    }
}

int connect_egress_need(struct connect *connect)
{
    if (connect->egress != NULL)
        return OD_OK;
    if (connect->options.egress.program == NULL)
        return OD_EUNSUPPORTED;
    struct connect_egress *egress = base_alloc(sizeof(*egress));
    if (egress == NULL)
        return OD_ENOMEM;
    egress->connect = connect;
    connect->egress = egress;
    uv_timer_init(connect->loop, &egress->timer);
    egress->timer.data = egress;
    egress->is_timer_open = true;
    uv_timer_start(&egress->timer, on_tick, TICK_MS, TICK_MS);
    process_start(egress);
    return OD_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct connect_egress *egress = handle->data;

    egress->is_timer_open = false;
    step(egress);
}

/* Something ended: is everything over? */
static void step(struct connect_egress *egress)
{
    struct connect *connect = egress->connect;

    if (!egress->is_stopping || egress->is_process_open || egress->is_pipe_open)
        return; /* the timer goes on */
    if (egress->is_timer_open) {
        if (!uv_is_closing((uv_handle_t *)&egress->timer))
            uv_close((uv_handle_t *)&egress->timer, on_timer_closed);
        return;
    }
    connect->egress = NULL;
    connect_egress_fini(egress);
    base_buffer_fini(&egress->in);
    base_buffer_fini(&egress->out);
    base_buffer_fini(&egress->sending);
    base_free(egress);
    connect_later_time(connect);
}

void connect_egress_stop(struct connect *connect)
{
    struct connect_egress *egress = connect->egress;

    if (egress == NULL || egress->is_stopping)
        return;
    egress->is_stopping = true;
    end(egress);
    step(egress);
}
