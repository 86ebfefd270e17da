/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP connection and the requests under way on it. Private to hub/front.
 *
 *   accept -> on_read -> take requests -> admit -> (answer, any order)
 *          -> end of turn: flush in order of request -> read on, or linger -> finish ->
 * on_closed
 *
 * finish is the only end; every failure and deadline goes through it. */
#ifndef FRONT_CONNECTION_H
#define FRONT_CONNECTION_H

#include "base/list.h"
#include "front/call.h"
#include "front/deadline.h"
#include "front/http_parse.h"
#include "front/pool.h"
#include "front/server.h"

enum front_phase {
    FRONT_PHASE_NONE = 0,
    FRONT_PHASE_OPEN,      /* requests are taken */
    FRONT_PHASE_LAST,      /* no more are; answers and the stream go out, then the end */
    FRONT_PHASE_LINGERING, /* our side is shut; the client reads the last answer and closes */
    FRONT_PHASE_CLOSING,   /* on_closed is due */
};

struct front_file; /* file.c */

/* The body of a streamed request: upload.c. */
struct front_upload {
    const struct front_taker *taker; /* NULL: not begun */
    struct front_block *piece;       /* a reference, or NULL: what came and is not done with */
    const char *bytes;               /* in piece */
    size_t size;
    bool has_ended; /* the taker was told so */
    bool is_broken; /* its client is gone, or its framing lost: no more comes */
};

/* A request of a connection. */
struct front_http_call {
    struct front_call call;       /* first */
    struct base_list node;        /* in connection->calls */
    struct front_http_call *next; /* when free */
    struct front_block *block;    /* a reference: head and body as received */
    const char *head_text;        /* in block */
    size_t head_size;
    bool is_head_only; /* HEAD: the body is not sent */
    bool is_http_1_0;
    bool is_answered;
    bool is_broken;                /* memory ran out while the answer was put together */
    struct base_buffer head, body; /* the answer */
    struct front_upload upload;
    struct front_file *file;       /* the answer's body instead; owned, or NULL */
};

struct front_connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct front *front;
    struct front_connection *next; /* when free */
    struct base_list node;         /* in front->connections */
    struct base_list dirty;        /* in front->dirty */
    enum front_phase phase;
    bool is_refused; /* over the limit: counted apart */
    bool is_reading, has_eof;
    bool is_stalled;    /* requests wait in block until answers are out */
    bool has_continued; /* 100 was sent for the request that is coming in */
    size_t discarded;   /* bytes thrown away */

    struct front_block *block; /* bytes not yet taken: block->bytes + start .. block->size */
    size_t start;
    struct front_http_parser parser;
    struct front_deadline read_deadline, write_deadline;

    struct front_http_call *upload; /* in calls: its body is coming in; NULL = none */
    size_t upload_step;             /* bytes of it since its deadline began */

    struct base_list calls; /* oldest first */
    unsigned call_count;
    unsigned sending_count; /* first calls of the list whose answers libuv has */
    uv_write_t write;
    bool is_writing;
    struct front_stream *stream; /* owned, or NULL */
};

/* Take a connection of the listener. Errors: OD_ENOMEM (ask again later), OD_EIO. */
OD_MUST_CHECK int front_connection_open(struct front *front, struct front_listener *listener);

/* connection.c: set what the connection waits for next: reading, deadlines, linger, end. */
void front_connection_settle(struct front_connection *connection);
/* connection.c: the end. Callable in any phase; the connection is not to be used afterwards. */
void front_connection_finish(struct front_connection *connection);
/* connection.c: no more requests; answers that wait still go out. */
void front_connection_drain(struct front_connection *connection);

/* connection.c: requests that waited for answers to go out, when there is room again. */
void front_connection_resume(struct front_connection *connection);

/* request.c: the request that the connection's parser has completed goes in. */
void front_http_call_admit(struct front_connection *connection, struct front_http_call *call);
/* Tell a person on a page why nothing more is read, if the head says that much; false: tell it as a problem. */
bool front_http_call_refuse_page(struct front_connection *connection, struct front_http_call *call, enum front_problem problem);
/* request.c: by the Accept-Language of the request that is coming in, complete or not; zh-CN
 * where none was read yet. */
enum front_language front_http_language(const struct front_connection *connection);

/* answer.c: the request is over; what it borrowed goes back, what is to be sent stays. */
void front_http_call_close(struct front_http_call *call);
/* answer.c: the door for answers, and what a turn left to write. */
extern const struct front_answerer front_http_answerer;
void front_connection_mark(
    struct front_connection *connection); /* write at the end of the turn */
void front_connection_flush(struct front_connection *connection);
/* answer.c: free answered calls; cut the others loose, whose answers are then dropped. */
void front_connection_calls_drop(struct front_connection *connection);
/* answer.c: tell those who wait for answers that nobody may be there to read them. */
void front_connection_calls_tell(struct front_connection *connection);
/* answer.c: write bufs now as far as the socket takes them. on_written runs later for the rest.
 * false: the connection is finished. *is_done: everything is out. */
bool front_connection_write(struct front_connection *connection, uv_buf_t *bufs, unsigned count,
                            bool *is_done);

/* upload.c: the bytes that the parser has decoded go to the call that is coming in; is_last: they are its last. Takes the
 * connection's block, or shares it where what follows is in it. */
void front_upload_feed(struct front_connection *connection, struct front_http_call *call, bool is_last);
/* upload.c: what front_upload_start and front_upload_next do for a request of a connection. */
void front_http_upload_start(struct front_request *request, const struct front_taker *taker);
void front_http_upload_next(struct front_request *request);
/* upload.c: is a piece in hand, so that nothing is to be read? */
bool front_upload_is_full(const struct front_connection *connection);
/* upload.c: the request's body will not come to its end any more. */
bool front_upload_is_broken(const struct front_request *request);
/* upload.c: is the client to be told to go on (100)? */
bool front_upload_is_awaited(const struct front_connection *connection);
/* upload.c: no more of it is read, and the connection ends after its answer. */
void front_upload_break(struct front_connection *connection);
void front_upload_drop(struct front_pools *pools, struct front_http_call *call); /* what is left of the body */

/* file.c: the call's head is written; its file follows. */
void front_file_start(struct front_connection *connection, struct front_http_call *call);
bool front_file_is_started(const struct front_http_call *call);
void front_file_written(struct front_connection *connection, struct front_http_call *call); /* a piece of it */
uint64_t front_file_size(const struct front_http_call *call);
void front_file_drop(struct front_http_call *call); /* accepts a call without one */
/* file.c: the door's answer_file. */
void front_http_answer_file(struct front_request *request, const char *media_type, const char *headers, int fd, uint64_t size);
/* answer.c: the answer is whole: out of the queue. */
void front_connection_call_end(struct front_connection *connection, struct front_http_call *call);
/* answer.c: status line and fields; the body stands in call->body, or is call->file. */
void front_http_head_put(struct front_http_call *call, int status, const char *media_type, const char *headers);

/* stream.c */
int front_http_stream_start(struct front_request *request, front_gone_cb on_gone,
                            void *owner_data, struct front_stream **out);
bool front_stream_flush(
    struct front_connection *connection); /* false: the connection is finished */
void front_stream_written(struct front_connection *connection);
void front_stream_quiet(struct front_connection *connection);
void front_stream_gone(
    struct front_connection *connection); /* on_closed: tell the owner, free */
/* Are the key and the session with which the connection's stream was opened as they were then? True without a stream, or a
 * key. */
bool front_stream_may_stay(const struct front_connection *connection);

#endif
