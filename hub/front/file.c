/* SPDX-License-Identifier: Apache-2.0 */
/* A file as an answer, a piece at a time: as much of it is in memory as its client is being sent.
 *
 *   front_answer_file -> (its turn in the queue, its head is written) -> front_file_start
 *     -> read in the pool -> on_read -> written -> front_file_written -> read ... -> front_connection_call_end
 *
 * A file that turns out shorter than was announced ends the connection: the client must not take it for whole. */
#include <assert.h>
#include <unistd.h>

#include "base/log.h"
#include "front/connection.h"

struct front_file {
    struct front *front;
    struct front_http_call *call; /* NULL: its client is gone, and a read is still under way */
    struct front_block *block;    /* a reference, or NULL: not started */
    uint64_t size, done;          /* bytes of it; of them read */
    int fd;
    bool is_started, is_reading;
    uv_fs_t read;
};

static void on_read(uv_fs_t *read);

uint64_t front_file_size(const struct front_http_call *call)
{
    return call->file->size;
}

bool front_file_is_started(const struct front_http_call *call)
{
    return call->file != NULL && call->file->is_started;
}

static void file_free(struct front_file *file)
{
    struct front *front = file->front;

    close(file->fd);
    front_block_release(&front->pools, file->block);
    base_free(file);
    assert(front->calls_open > 0);
    front->calls_open--;
}

void front_file_drop(struct front_http_call *call)
{
    struct front_file *file = call->file;

    call->file = NULL;
    if (file == NULL)
        return;
    file->call = NULL;
    if (!file->is_reading)
        file_free(file);
}

static void cut(struct front_file *file, const char *why)
{
    base_log(BASE_LOG_ERROR, "a document is not sent to its end error=%s", why);
    front_connection_finish(file->call->call.request.connection);
}

static void next(struct front_connection *connection, struct front_file *file)
{
    uint64_t left = file->size - file->done;
    uv_buf_t buf = uv_buf_init(file->block->bytes, (unsigned)(left < FRONT_UPLOAD_PIECE_MAX ? left : FRONT_UPLOAD_PIECE_MAX));

    if (left == 0) {
        front_connection_call_end(connection, file->call);
        return;
    }
    file->read.data = file;
    int rc = uv_fs_read(connection->front->loop, &file->read, file->fd, &buf, 1, (int64_t)file->done, on_read);
    file->is_reading = rc == 0;
    if (rc != 0)
        cut(file, uv_err_name(rc));
}

static void on_read(uv_fs_t *read)
{
    struct front_file *file = read->data;
    ssize_t count = read->result;
    bool is_done = false;

    uv_fs_req_cleanup(read);
    file->is_reading = false;
    if (file->call == NULL) {
        file_free(file);
        return;
    }
    struct front_connection *connection = file->call->call.request.connection;
    uv_buf_t buf = uv_buf_init(file->block->bytes, (unsigned)(count > 0 ? count : 0));
    if (connection->phase == FRONT_PHASE_CLOSING)
        return; /* it is dropped when the connection is closed */
    if (count <= 0) {
        cut(file, count < 0 ? uv_err_name((int)count) : "EOF");
        return;
    }
    file->done += (uint64_t)count;
    if (!front_connection_write(connection, &buf, 1, &is_done))
        return;
    if (is_done)
        next(connection, file);
    else
        connection->sending_count = 1;
}

void front_file_written(struct front_connection *connection, struct front_http_call *call)
{
    next(connection, call->file);
}

void front_file_start(struct front_connection *connection, struct front_http_call *call)
{
    struct front_file *file = call->file;

    file->is_started = true;
    file->block = front_block_take(&connection->front->pools, FRONT_UPLOAD_PIECE_MAX);
    if (file->block == NULL)
        cut(file, "no memory left");
    else
        next(connection, file);
}

/* NULL when memory is short. fd is taken. */
static struct front_file *file_create(struct front_http_call *call, int fd, uint64_t size)
{
    struct front_file *file = base_alloc(sizeof(*file));

    if (file == NULL) {
        close(fd);
        return NULL;
    }
    *file = (struct front_file){.front = call->call.front, .call = call, .fd = fd, .size = size};
    call->call.front->calls_open++;
    return file;
}

void front_http_answer_file(struct front_request *request, const char *media_type, const char *headers, int fd, uint64_t size)
{
    struct front_http_call *call = (struct front_http_call *)request;

    assert(!call->is_answered);
    call->file = file_create(call, fd, size);
    if (call->file == NULL) {
        front_answer_problem(request, FRONT_UNAVAILABLE, NULL, NULL, 0);
        return;
    }
    front_http_head_put(call, 200, media_type, headers);
    call->is_broken = call->head.is_broken;
    if (call->is_broken && request->connection != NULL && request->connection->phase == FRONT_PHASE_OPEN)
        request->connection->phase = FRONT_PHASE_LAST;
    if (call->is_head_only || call->is_broken)
        front_file_drop(call);
    front_http_call_close(call);
}
