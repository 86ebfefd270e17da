/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's program from both sides: what passes, what is refused, and how it ends. */
#include "lib/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/limits.h"
#include "gateway/stage.h"

static struct stage stage;
static char payload[GATEWAY_READ_MAX + 1];

static int on_setup(void **state)
{
    (void)state;
    memset(payload, 'x', sizeof(payload));
    stage_open(&stage);
    return 0;
}

static int on_teardown(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void expect_answer(int fd, const char *start, const char *why)
{
    struct base_buffer message = {0};

    CHECK(stage_read(fd, STAGE_DESK, &message), why);
    CHECK(strncmp(base_buffer_text(&message), start, strlen(start)) == 0, why);
    base_buffer_fini(&message);
}

static bool is_cut(int fd)
{
    struct base_buffer message = {0};
    bool is_read = stage_read(fd, STAGE_DESK, &message);

    base_buffer_fini(&message);
    return !is_read;
}

/* One request there and back. */
static void pass(int fd, const char *why)
{
    stage_ask(fd, "{}", 2);
    struct base_frame frame = stage_hear(&stage, false);
    CHECK_I64(BASE_FRAME_DOOR, frame.kind, why);
    CHECK_I64(0, frame.flags, why);
    CHECK_I64(2, frame.length, why);
    stage_answer(&stage, frame.id, "{\"status\":200}");
    expect_answer(fd, "{\"status\":200}", why);
}

static void test_one_request_one_answer(void **state)
{
    struct stat status;
    int fd = stage_dial(stage.desk, STAGE_DESK);

    (void)state;
    CHECK_I64(0, stat(stage.desk, &status), "socket");
    CHECK_I64(S_IFSOCK | 0660, status.st_mode, "mode of the door");
    CHECK_I64(0, stat(stage.events, &status), "socket");
    CHECK_I64(S_IFSOCK | 0660, status.st_mode, "mode of the feed");
    stage_ask(fd, "one", 3);
    struct base_frame frame = stage_hear(&stage, false);
    CHECK(frame.length == 3 && memcmp(frame.payload, "one", 3) == 0, "unchanged");
    uint64_t id = frame.id;
    stage_answer(&stage, id + (1 << 16), "to nobody");
    stage_answer(&stage, UINT64_MAX, "to nobody");
    stage_answer(&stage, id, "first");
    stage_answer(&stage, id, "second");
    expect_answer(fd, "first", "the right answer");
    pass(fd, "the second answer is not taken for the next request's");
    stage_ask(fd, "", 0);
    CHECK_I64(0, stage_hear(&stage, false).length, "an empty message is the hub's to refuse");
    close(fd);
}

static void test_sizes(void **state)
{
    int fd = stage_dial(stage.desk, STAGE_DESK);

    (void)state;
    stage_ask(fd, payload, GATEWAY_MESSAGE_MAX);
    struct base_frame frame = stage_hear(&stage, false);
    CHECK_I64(GATEWAY_MESSAGE_MAX, frame.length, "limit");
    stage_answer(&stage, frame.id, "taken");
    expect_answer(fd, "taken", "limit");
    stage_ask(fd, payload, GATEWAY_MESSAGE_MAX + 1);
    expect_answer(fd, "{\"status\":413", "limit + 1");
    stage_ask(fd, payload, GATEWAY_READ_MAX);
    expect_answer(fd, "{\"status\":413", "limit of what is read");
    pass(fd, "the same connection goes on");
    stage_ask(fd, payload, GATEWAY_READ_MAX + 1);
    CHECK(is_cut(fd), "limit + 1 of what is read");
    close(fd);
    fd = stage_dial(stage.desk, STAGE_DESK);
    pass(fd, "others are served");
    close(fd);
}

/* Frames that came until the next ping, which comes once a second. */
static size_t heard_until_ping(uint64_t *id)
{
    size_t count = 0;

    for (;;) {
        struct base_frame frame = stage_hear(&stage, true);
        if (frame.kind == BASE_FRAME_PING)
            return count;
        count++;
        *id = frame.id;
    }
}

static void test_contexts(void **state)
{
    static int fds[GATEWAY_CONTEXTS + 1];
    uint64_t id = 0, ids[GATEWAY_CONTEXTS];

    (void)state;
    for (size_t i = 0; i <= GATEWAY_CONTEXTS; i++) {
        fds[i] = stage_dial(stage.desk, STAGE_DESK);
        stage_ask(fds[i], "{}", 2);
    }
    for (size_t i = 0; i < GATEWAY_CONTEXTS; i++)
        ids[i] = stage_hear(&stage, false).id;
    CHECK_I64(0, heard_until_ping(&id), "limit + 1 waits, and the hub still hears that we live");
    stage_answer(&stage, ids[0], "{}");
    stage_answer(&stage, stage_hear(&stage, false).id, "{}");
    for (size_t i = 1; i < GATEWAY_CONTEXTS; i++)
        stage_answer(&stage, ids[i], "{}");
    for (size_t i = 0; i <= GATEWAY_CONTEXTS; i++) {
        expect_answer(fds[i], "{}", "each is answered");
        close(fds[i]);
    }
}

/* More polls than front desks could have, each waiting for its late answer. */
static void test_connectors_wait(void **state)
{
    enum { POLLS = GATEWAY_CONTEXTS + 64 };
    static int fds[POLLS];
    static uint64_t ids[POLLS];
    uint64_t id = 0;

    (void)state;
    for (size_t i = 0; i < POLLS; i++) {
        fds[i] = stage_dial(stage.connectors, STAGE_DESK);
        stage_ask(fds[i], "poll", 4);
        struct base_frame frame = stage_hear(&stage, false);
        CHECK_I64(BASE_FRAME_REMOTE, frame.kind, "told from a front desk");
        ids[i] = frame.id;
    }
    int desk = stage_dial(stage.desk, STAGE_DESK);
    pass(desk, "front desks are served meanwhile");
    close(desk);
    for (size_t i = 0; i < 2 * GATEWAY_FAULT_LOOKS; i++)
        CHECK_I64(0, heard_until_ping(&id), "and nothing is taken for a fault");
    close(fds[0]); /* gone: its answer reaches nobody, and its context serves another */
    for (size_t i = 0; i < POLLS; i++)
        stage_say(&stage, &(struct base_frame){.kind = BASE_FRAME_REMOTE, .flags = BASE_FRAME_REPLY, .id = ids[i],
                                               .length = 2, .payload = "{}"});
    for (size_t i = 1; i < POLLS; i++) {
        expect_answer(fds[i], "{}", "each is answered");
        close(fds[i]);
    }
}

/* Requests of one connection may all wait; one more than there are contexts waits for a context. */
static void test_connectors_are_bounded(void **state)
{
    enum { CONNECTIONS = 16, EACH = GATEWAY_CONNECTOR_CONTEXTS / CONNECTIONS };
    static uint64_t ids[GATEWAY_CONNECTOR_CONTEXTS];
    int fds[CONNECTIONS + 1];
    uint64_t id = 0;

    (void)state;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        fds[i] = stage_dial(stage.connectors, STAGE_DESK);
        for (size_t j = 0; j < EACH; j++) {
            stage_ask(fds[i], "poll", 4);
            ids[i * EACH + j] = stage_hear(&stage, false).id;
        }
    }
    fds[CONNECTIONS] = stage_dial(stage.connectors, STAGE_DESK);
    stage_ask(fds[CONNECTIONS], "late", 4);
    for (size_t i = 0; i < 2 * GATEWAY_FAULT_LOOKS; i++)
        CHECK_I64(0, heard_until_ping(&id), "limit + 1 waits, and a full door is no fault");
    stage_answer(&stage, ids[0], "{}");
    struct base_frame late = stage_hear(&stage, false);
    CHECK(late.length == 4 && memcmp(late.payload, "late", 4) == 0, "a context is free");
    stage_answer(&stage, late.id, "{}");
    expect_answer(fds[CONNECTIONS], "{}", "and serves");
    for (size_t i = 0; i <= CONNECTIONS; i++)
        close(fds[i]);
}

/* The last place may be the watchdog's own for a moment, then we are cut and try again. */
static int dial_last(void)
{
    for (int tries = 0; tries < 10; tries++) {
        int fd = stage_dial(stage.desk, STAGE_DESK);
        if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 300) == 0)
            return fd;
        close(fd);
    }
    fail_msg("there is no place within the limit");
    return -1;
}

static void test_connections(void **state)
{
    static int fds[GATEWAY_CONNECTIONS_MAX];
    struct rlimit limit = {0};

    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 2 * GATEWAY_CONNECTIONS_MAX)
        skip(); /* this machine allows too few descriptors */
    limit.rlim_cur = 2 * GATEWAY_CONNECTIONS_MAX;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (size_t i = 0; i < GATEWAY_CONNECTIONS_MAX - 1; i++) { /* the watchdog's own is the last */
        fds[i] = stage_dial(stage.desk, STAGE_DESK);
        pass(fds[i], "within the limit");
    }
    uint64_t id;
    fds[GATEWAY_CONNECTIONS_MAX - 1] = dial_last();
    pass(fds[GATEWAY_CONNECTIONS_MAX - 1], "limit");
    int over = stage_dial(stage.desk, STAGE_DESK);
    CHECK(is_cut(over), "limit + 1");
    close(over);
    for (size_t i = 0; i < 2 * GATEWAY_FAULT_LOOKS; i++)
        CHECK_I64(0, heard_until_ping(&id), "a full house is no fault");
    pass(fds[0], "who is in is served");
    for (size_t i = 0; i < GATEWAY_CONNECTIONS_MAX; i++)
        close(fds[i]);
}

enum { DESKS = 80, DESK_SIZE = 250000 };
_Static_assert(DESKS * DESK_SIZE > 2 * GATEWAY_QUEUE_MAX, "more than waits and is on the way");

/* Read the answers that are there and close those desks; counts by first digit of the status. */
static void desks_read(struct pollfd *desks, size_t counts[10])
{
    struct base_buffer message = {0};

    for (size_t i = 0; i < DESKS; i++) {
        if (desks[i].fd < 0 || desks[i].revents == 0)
            continue;
        CHECK(stage_read(desks[i].fd, STAGE_DESK, &message), "an answer");
        CHECK(message.size > 10 && memcmp(message.bytes, "{\"status\":", 10) == 0, "an answer");
        counts[message.bytes[10] - '0']++;
        close(desks[i].fd);
        desks[i].fd = -1; /* poll leaves it out */
    }
    base_buffer_fini(&message);
}

static void test_a_hub_that_does_not_read(void **state)
{
    struct pollfd desks[DESKS];
    size_t counts[10] = {0};

    (void)state;
    for (size_t i = 0; i < DESKS; i++) {
        desks[i] = (struct pollfd){.fd = stage_dial(stage.desk, STAGE_DESK), .events = POLLIN};
        stage_ask(desks[i].fd, payload, DESK_SIZE);
    }
    CHECK(poll(desks, DESKS, STAGE_PATIENCE_MS) > 0, "somebody is refused");
    desks_read(desks, counts);
    CHECK(counts[5] > 0, "somebody is refused");
    while (counts[2] + counts[5] < DESKS) { /* pings keep it going */
        struct base_frame frame = stage_hear(&stage, true);
        if (frame.kind == BASE_FRAME_DOOR)
            stage_answer(&stage, frame.id, "{\"status\":201}");
        poll(desks, DESKS, 0);
        desks_read(desks, counts);
    }
    CHECK(counts[2] * DESK_SIZE > GATEWAY_QUEUE_MAX / 2, "the others are served when it reads");
}

static void test_feed(void **state)
{
    enum { MESSAGES = 3000, SIZE = 4096 };
    struct base_buffer message = {0};
    int subscriber = stage_dial(stage.events, STAGE_SUBSCRIBER);
    int desk = stage_dial(stage.desk, STAGE_DESK);
    int last = -1, count = 0;

    (void)state;
    pass(desk, "the subscriber has been let in before");
    for (int i = 0; i < MESSAGES; i++) {
        int size = snprintf(payload, 32, "application.%d {}", i);
        payload[size] = ' ';
        stage_say(&stage, &(struct base_frame){.kind = BASE_FRAME_PUBLISH, .task = 12, .length = SIZE, .payload = payload});
    }
    pass(desk, "a slow subscriber holds nobody");
    while (last < MESSAGES - 1) {
        CHECK(stage_read(subscriber, STAGE_SUBSCRIBER, &message), "the last one comes");
        CHECK_I64(SIZE, message.size, "whole");
        int next = atoi(base_buffer_text(&message) + strlen("application."));
        CHECK(next > last, "in order");
        last = next;
        count++;
    }
    CHECK(count >= GATEWAY_FEED_MAX, "as many as may wait");
    CHECK(count < MESSAGES, "more are dropped");
    base_buffer_fini(&message);
    close(subscriber);
    close(desk);
}

static void test_it_ends_with_the_hub_alone(void **state)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    int fd = stage_dial(stage.desk, STAGE_DESK);

    (void)state;
    for (size_t i = 0; i < COUNT(signals); i++)
        kill(stage.pid, signals[i]);
    pass(fd, "signals do not end it");
    int hub = stage.hub;
    stage.hub = open("/dev/null", O_RDONLY);
    close(hub);
    CHECK_I64(GATEWAY_EXIT_HUB_GONE, stage_wait(&stage), "the hub is gone");
    CHECK(is_cut(fd), "its clients see it");
    close(fd);
}

static void test_a_broken_hub(void **state)
{
    (void)state;
    stage_say(&stage, &(struct base_frame){.kind = BASE_FRAME_HELLO});
    CHECK_I64(GATEWAY_EXIT_PROTOCOL, stage_wait(&stage), "a frame that is not for it");
}

static void test_after_a_kill_the_address_is_taken_again(void **state)
{
    (void)state;
    kill(stage.pid, SIGKILL);
    CHECK_I64(1000 + SIGKILL, stage_wait(&stage), "killed");
    CHECK_I64(0, access(stage.desk, F_OK), "it leaves its socket behind");
    stage_start(&stage);
    CHECK_I64(BASE_FRAME_PING, stage_hear(&stage, true).kind, "up again");
    int fd = stage_dial(stage.desk, STAGE_DESK);
    pass(fd, "serves again");
    close(fd);
}

static void test_a_file_of_somebody_else_is_left(void **state)
{
    (void)state;
    kill(stage.pid, SIGKILL);
    stage_wait(&stage);
    unlink(stage.desk);
    close(open(stage.desk, O_CREAT | O_WRONLY, 0600));
    stage_start(&stage);
    CHECK_I64(GATEWAY_EXIT_LISTEN, stage_wait(&stage), "cannot listen");
    CHECK_I64(0, access(stage.desk, F_OK), "left");
}

static void test_the_watchdog_sees_what_clients_see(void **state)
{
    (void)state;
    unlink(stage.desk); /* nobody can reach it, though nng knows nothing of it */
    CHECK_I64(GATEWAY_EXIT_WEDGED, stage_wait(&stage), "gives up");
}

static bool is_served(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    bool is_connected = connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0;
    close(fd);
    return is_connected;
}

/* A hub that dies while somebody else holds its end of the pair: the kernel tells. */
static void test_it_dies_with_its_parent(void **state)
{
    struct stage orphan = {.folder = "/tmp/gateway-XXXXXX"};
    int status, told[2];

    (void)state;
    CHECK_I64(0, pipe(told), "pipe");
    pid_t parent = fork();
    if (parent == 0) {
        stage_open(&orphan);
        CHECK_I64((ssize_t)sizeof(orphan), write(told[1], &orphan, sizeof(orphan)), "told");
        pause();
        _exit(1);
    }
    close(told[1]);
    CHECK_I64((ssize_t)sizeof(orphan), read(told[0], &orphan, sizeof(orphan)), "told");
    kill(parent, SIGKILL);
    waitpid(parent, &status, 0);
    int tries = 0;
    while (is_served(orphan.desk) && tries++ < STAGE_PATIENCE_MS)
        poll(NULL, 0, 1);
    CHECK(tries < STAGE_PATIENCE_MS, "nobody listens any more");
    close(told[0]);
    unlink(orphan.desk);
    unlink(orphan.events);
    rmdir(orphan.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_request_one_answer, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_sizes, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_contexts, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_connectors_wait, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_connectors_are_bounded, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_connections, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_a_hub_that_does_not_read, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_feed, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_it_ends_with_the_hub_alone, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_a_broken_hub, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_after_a_kill_the_address_is_taken_again, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_of_somebody_else_is_left, on_setup, on_teardown),
        cmocka_unit_test_setup_teardown(test_the_watchdog_sees_what_clients_see, on_setup, on_teardown),
        cmocka_unit_test(test_it_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
