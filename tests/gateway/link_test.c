/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub may send, whole or in pieces, and how the link ends. */
#include "lib/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/limits.h"
#include "gateway/link.h"

struct heard {
    uint64_t answers, feeds, last_id;
    size_t bytes;
};

static void on_answer(void *owner, uint64_t id, const char *payload, size_t size)
{
    struct heard *heard = owner;

    heard->answers++;
    heard->last_id = id;
    heard->bytes += size + (size > 0 && payload[0] == 'a');
}

static void on_feed(void *owner, const char *payload, size_t size)
{
    struct heard *heard = owner;

    heard->feeds++;
    heard->bytes += size + (payload[0] == 'f');
}

static const struct gateway_link_ops ops = {.on_answer = on_answer, .on_feed = on_feed};

static void pair_open(int fds[2])
{
    CHECK_I64(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
}

static int read_after(const struct base_buffer *sent, size_t piece, struct heard *heard)
{
    int fds[2], status;

    pair_open(fds);
    pid_t hub = fork();
    if (hub == 0) {
        close(fds[0]);
        for (size_t at = 0; at < sent->size; at += piece) {
            size_t size = sent->size - at < piece ? sent->size - at : piece;
            if (write(fds[1], sent->bytes + at, size) != (ssize_t)size)
                break;
        }
        _exit(0);
    }
    close(fds[1]);
    int rc = gateway_link_read(fds[0], &ops, heard);
    close(fds[0]);
    CHECK_I64(hub, waitpid(hub, &status, 0), "the hub's end");
    return rc;
}

static void put(struct base_buffer *sent, uint8_t kind, uint8_t flags, uint64_t id, const char *payload)
{
    base_frame_put(sent, &(struct base_frame){.kind = kind,
                                              .flags = flags,
                                              .id = id,
                                              .length = (uint32_t)strlen(payload),
                                              .payload = payload});
}

static void test_frames_arrive_in_any_pieces(void **state)
{
    struct base_buffer sent = {0};

    (void)state;
    put(&sent, BASE_FRAME_PING, 0, 0, "");
    put(&sent, BASE_FRAME_DOOR, BASE_FRAME_REPLY, 5, "answer");
    put(&sent, BASE_FRAME_PUBLISH, 0, 0, "feed");
    put(&sent, BASE_FRAME_DOOR, BASE_FRAME_REPLY, 6, "");
    for (size_t piece = 1; piece <= sent.size; piece += 7) {
        struct heard heard = {0};
        CHECK_I64(OD_EIO, read_after(&sent, piece, &heard), "end of file");
        CHECK_I64(2, heard.answers, "answers");
        CHECK_I64(1, heard.feeds, "feed");
        CHECK_I64(6, heard.last_id, "in order");
        CHECK_I64(6 + 4 + 2, heard.bytes, "payloads whole");
    }
    base_buffer_fini(&sent);
}

static void test_what_is_not_for_us_ends_the_link(void **state)
{
    static const struct {
        uint8_t kind, flags;
        const char *why;
    } rows[] = {
        {BASE_FRAME_DOOR, 0, "a request from the hub"},
        {BASE_FRAME_PUBLISH, BASE_FRAME_REPLY, "an answer to nothing"},
        {BASE_FRAME_HELLO, 0, "a connector's frame"},
        {0, 0, "no kind"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct base_buffer sent = {0};
        struct heard heard = {0};
        put(&sent, rows[i].kind, rows[i].flags, 1, "x");
        CHECK_I64(OD_EPEER, read_after(&sent, sent.size, &heard), rows[i].why);
        CHECK_I64(0, heard.answers + heard.feeds, rows[i].why);
        base_buffer_fini(&sent);
    }
}

static void test_payload_at_the_limit(void **state)
{
    static char payload[BASE_FRAME_PAYLOAD_MAX + 1];
    struct base_buffer sent = {0};
    struct heard heard = {0};
    uint32_t over = BASE_FRAME_PAYLOAD_MAX + 1; /* little endian, as this machine */

    (void)state;
    base_frame_put(&sent, &(struct base_frame){.kind = BASE_FRAME_PUBLISH,
                                               .length = BASE_FRAME_PAYLOAD_MAX,
                                               .payload = payload});
    CHECK_I64(OD_EIO, read_after(&sent, sent.size, &heard), "limit");
    CHECK_I64(BASE_FRAME_PAYLOAD_MAX, heard.bytes, "limit");
    memcpy(sent.bytes, &over, sizeof(over));
    CHECK_I64(OD_ELIMIT, read_after(&sent, sent.size, &heard), "limit + 1");
    CHECK_I64(1, heard.feeds, "limit + 1 is not taken");
    base_buffer_fini(&sent);
}

struct writer {
    struct gateway_queue queue;
    int fd;
};

static void *write_run(void *arg)
{
    struct writer *writer = arg;

    gateway_link_write(writer->fd, &writer->queue);
    return NULL;
}

static void test_the_writer_ends_with_the_hub(void **state)
{
    struct writer writer;
    struct base_frame frame;
    pthread_t thread;
    char bytes[64];
    size_t used;
    int fds[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    pair_open(fds);
    writer.fd = fds[0];
    CHECK_I64(OD_OK, gateway_queue_init(&writer.queue), "init");
    CHECK_I64(0, pthread_create(&thread, NULL, write_run, &writer), "thread");
    CHECK_I64(OD_OK, gateway_queue_put(&writer.queue, &(struct base_frame){.kind = BASE_FRAME_PING, .id = 4}), "put");
    CHECK_I64(BASE_FRAME_HEADER_SIZE, recv(fds[1], bytes, BASE_FRAME_HEADER_SIZE, MSG_WAITALL), "arrives");
    CHECK_I64(OD_OK, base_frame_read(bytes, BASE_FRAME_HEADER_SIZE, &frame, &used), "a frame");
    CHECK_I64(4, frame.id, "the frame");
    close(fds[1]);
    CHECK_I64(OD_OK, gateway_queue_put(&writer.queue, &(struct base_frame){.kind = BASE_FRAME_PING}), "put");
    CHECK_I64(0, pthread_join(thread, NULL), "ends");
    close(fds[0]);
    gateway_queue_fini(&writer.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_arrive_in_any_pieces),
        cmocka_unit_test(test_what_is_not_for_us_ends_the_link),
        cmocka_unit_test(test_payload_at_the_limit),
        cmocka_unit_test(test_the_writer_ends_with_the_hub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
