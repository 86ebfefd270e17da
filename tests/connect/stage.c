/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/stage.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char manifest_usual[] =
    "{\"id\":\"dept\",\"version\":\"1.0\",\"sequence\":1,\"abi\":[1,0],\"matters\":[\"*\"],"
    "\"submit_dedupe\":\"native\",\"credits\":256}";

static unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static void note(struct stage *stage, const struct connect_link *link, const char *what)
{
    base_buffer_put_format(&stage->trace, "%s %s\n", what, connect_link_id(link));
}

static uint32_t take_epoch(void *owner)
{
    struct stage *stage = owner;

    return ++stage->epoch;
}

static int64_t now_ms(void *owner, bool *is_virtual)
{
    struct stage *stage = owner;

    *is_virtual = stage->is_virtual;
    return stage->now_ms;
}

static void on_ready(void *owner, struct connect_link *link)
{
    struct stage *stage = owner;

    stage->ready++;
    note(stage, link, "ready");
}

static void on_lost(void *owner, struct connect_link *link, uint32_t epoch, bool is_crash, uint64_t task)
{
    struct stage *stage = owner;

    stage->lost++;
    base_buffer_put_format(&stage->trace, "lost %s epoch=%u crash=%d task=%llu\n", connect_link_id(link), epoch,
                           is_crash, (unsigned long long)task);
}

static void on_room(void *owner, struct connect_link *link)
{
    struct stage *stage = owner;

    stage->room++;
    if (stage->room_trap != NULL)
        stage->room_trap(owner, link);
}

static void on_state(void *owner, struct connect_link *link)
{
    struct stage *stage = owner;

    (void)link;
    stage->state++;
}

static void on_report(void *owner, struct connect_link *link, uint64_t token, const struct connect_report *reports,
                      size_t count)
{
    struct stage *stage = owner;

    if (stage->report_trap != NULL) {
        stage->report_trap(owner, link, token, reports, count);
        return;
    }
    stage->batch_count++;
    for (size_t i = 0; i < count; i++) {
        struct stage_report *kept = &stage->reports[stage->report_count++ % STAGE_REPORTS_MAX];

        *kept = (struct stage_report){
            .link = link,
            .token = token,
            .index = i,
            .kind = reports[i].kind,
            .report_id = reports[i].report_id,
            .task = reports[i].task,
            .epoch = reports[i].epoch,
        };
        snprintf(kept->payload, sizeof(kept->payload), "%.*s", (int)reports[i].payload_size, reports[i].payload);
    }
    for (size_t i = 0; i < count && stage->is_answering != 0; i++)
        connect_answer(link, token, i, (enum base_answer)stage->is_answering, NULL);
}

static void on_service(void *owner, struct connect_link *link, uint64_t token, const struct base_json *body)
{
    struct stage *stage = owner;

    assert_non_null(stage->service_trap);
    stage->service_trap(link, token, body);
}

static void on_verified(void *owner, uint64_t question, int rc)
{
    struct stage *stage = owner;

    stage->verified = question;
    stage->verified_rc = rc;
}

static void on_unloaded(void *owner, struct connect_link *link)
{
    struct stage *stage = owner;

    stage->unloaded++;
    note(stage, link, "unloaded");
}

static void on_time_seen(void *owner)
{
    struct stage *stage = owner;

    stage->time_seen++;
}

static void on_answer(void *owner, void *asker, struct base_buffer *body)
{
    struct stage *stage = owner;

    assert_non_null(stage->answer_trap);
    stage->answer_trap(asker, base_buffer_text(body));
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void listen_for_relays(struct stage *stage)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/relay.sock", stage->folder);
    stage->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(stage->listen_fd >= 0);
    assert_int_equal(0, bind(stage->listen_fd, (struct sockaddr *)&address, sizeof(address)));
    assert_int_equal(0, listen(stage->listen_fd, 64));
}

const char *stage_path(const char *name)
{
    static char paths[2][4096];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(paths[0]) - 64);

    assert_true(size > 0);
    path[size] = '\0';
    snprintf(strrchr(path, '/'), 64, "/%s", name);
    assert_int_equal(0, access(path, X_OK));
    return path;
}

void stage_open(struct stage *stage, const struct connect_options *options)
{
    struct connect_options development = *options;

    development.may_be_unsigned = true;
    stage_open_strict(stage, &development);
}

/* A loop's first stream opens a descriptor that the loop keeps. */
static void open_reserve(uv_loop_t *loop)
{
    uv_pipe_t pipe;

    assert_int_equal(0, uv_pipe_init(loop, &pipe, 0));
    uv_close((uv_handle_t *)&pipe, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
}

void stage_open_strict(struct stage *stage, const struct connect_options *options)
{
    memset(stage, 0, sizeof(*stage));
    base_log_init("test", NULL, BASE_LOG_ERROR); /* crashes are warnings, and wanted here */
    assert_int_equal(0, uv_loop_init(&stage->loop));
    open_reserve(&stage->loop);
    /* A process watcher opens the loop's signal pipe once for all loops. */
    stage->descriptors = count_descriptors();
    snprintf(stage->folder, sizeof(stage->folder), "/tmp/onedoor-connect-XXXXXX");
    assert_non_null(mkdtemp(stage->folder));
    listen_for_relays(stage);
    stage->now_ms = INT64_C(1764391084123);
    stage->options = *options;
    if (stage->options.host_program == NULL)
        stage->options.host_program = stage_path("connect_relay");
    if (stage->options.module_folder == NULL)
        stage->options.module_folder = stage->folder;
    snprintf(stage->store, sizeof(stage->store), "%s/.store", stage->folder); /* no name of a module */
    stage->options.store_folder = stage->store;
    stage->options.owner = stage;
    stage->options.callbacks = (struct connect_callbacks){
        .take_epoch = take_epoch,
        .now_ms = now_ms,
        .on_ready = on_ready,
        .on_lost = on_lost,
        .on_room = on_room,
        .on_report = on_report,
        .on_state = on_state,
        .on_unloaded = on_unloaded,
        .on_time_seen = on_time_seen,
        .on_answer = on_answer,
        .on_service = on_service,
        .on_verified = on_verified,
    };
    uv_timer_init(&stage->loop, &stage->tick);
    uv_timer_start(&stage->tick, on_tick, 1, 1);
    assert_int_equal(OD_OK, connect_create(&stage->loop, &stage->options, &stage->connect));
    stage_module(stage, "dept-1.0", manifest_usual);
}

static void on_destroyed(void *owner)
{
    struct stage *stage = owner;

    stage->is_destroyed = true;
}

void stage_remove(const char *folder)
{
    DIR *list = opendir(folder);
    struct dirent *entry;
    char path[512];

    assert_non_null(list);
    while ((entry = readdir(list)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%.200s", folder, entry->d_name);
        if (unlink(path) != 0)
            stage_remove(path);
    }
    closedir(list);
    assert_int_equal(0, rmdir(folder));
}

void stage_close(struct stage *stage)
{
    if (stage->connect != NULL) {
        connect_destroy(stage->connect, 0, on_destroyed);
        STAGE_UNTIL(stage, stage->is_destroyed);
    }
    uv_close((uv_handle_t *)&stage->tick, NULL);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    assert_int_equal(-1, waitpid(-1, NULL, WNOHANG));
    assert_int_equal(ECHILD, errno);
    close(stage->listen_fd);
    CHECK_I64(stage->descriptors, count_descriptors(), "no descriptor is left open");
    assert_int_equal(0, uv_loop_close(&stage->loop));
    stage_remove(stage->folder);
    base_buffer_fini(&stage->trace);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(text, 1, strlen(text), file);
    fclose(file);
}

void stage_module(struct stage *stage, const char *module, const char *manifest)
{
    char folder[256], from[512], to[300];

    assert_non_null(getenv("OD_BUILD"));
    snprintf(folder, sizeof(folder), "%s/%.100s", stage->folder, module);
    mkdir(folder, 0700);
    write_file(folder, "manifest.json", manifest);
    /* The smallest module of all; its part is spoken by the test. */
    snprintf(from, sizeof(from), "%s/tests/package/module.so", getenv("OD_BUILD"));
    snprintf(to, sizeof(to), "%.255s/module.so", folder);
    unlink(to);
    assert_int_equal(0, symlink(from, to));
}

struct connect_link *stage_load(struct stage *stage, const char *id)
{
    struct connect_link *link = NULL;
    char text[512];
    int rc = connect_load(stage->connect, &(struct connect_loading){.id = id, .module = "dept-1.0", .config = "{\"a\":1}", .config_size = 7, .owner_data = stage},
                          &link, text);

    CHECK_I64(OD_OK, rc, text);
    return link;
}

struct connect_link *stage_load_remote(struct stage *stage, const char *id, const char *remote)
{
    struct connect_link *link = NULL;
    char text[512];
    int rc = connect_load(stage->connect, &(struct connect_loading){.id = id, .remote = remote, .remote_size = strlen(remote),
                                                                    .config = "{\"a\":1}", .config_size = 7, .owner_data = stage},
                          &link, text);

    CHECK_I64(OD_OK, rc, text);
    return link;
}

const char *stage_trace(struct stage *stage)
{
    static char text[8192];

    snprintf(text, sizeof(text), "%s", base_buffer_text(&stage->trace));
    base_buffer_clear(&stage->trace);
    return text;
}

void stage_turn(struct stage *stage)
{
    uv_run(&stage->loop, UV_RUN_ONCE);
}

void stage_answer(struct stage *stage, size_t report, enum base_answer answer, const char *reason)
{
    const struct stage_report *kept = &stage->reports[report];

    connect_answer(kept->link, kept->token, kept->index, answer, reason);
}

static bool is_readable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, 0) == 1;
}

struct greeting {
    int pid;
    char connector[72];
    char environment[512];
};

void relay_take(struct stage *stage, struct relay *relay)
{
    struct greeting greeting;
    struct iovec part = {.iov_base = &greeting, .iov_len = sizeof(greeting)};
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    int fds[2];

    memset(relay, 0, sizeof(*relay));
    STAGE_UNTIL(stage, is_readable(stage->listen_fd));
    relay->control_fd = accept4(stage->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(relay->control_fd >= 0);
    STAGE_UNTIL(stage, is_readable(relay->control_fd));
    assert_int_equal(sizeof(greeting), recvmsg(relay->control_fd, &message, MSG_CMSG_CLOEXEC));
    assert_non_null(CMSG_FIRSTHDR(&message));
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fds));
    relay->fd = fds[0];
    relay->flight_fd = fds[1];
    relay->pid = greeting.pid;
    memcpy(relay->connector, greeting.connector, sizeof(relay->connector));
    memcpy(relay->environment, greeting.environment, sizeof(relay->environment));
    relay->flight = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, relay->flight_fd, 0);
    assert_true(relay->flight != MAP_FAILED);
}

void relay_drop(struct relay *relay)
{
    munmap((void *)(uintptr_t)relay->flight, 4096);
    close(relay->fd);
    close(relay->flight_fd);
    close(relay->control_fd);
}

void relay_command(struct relay *relay, char command, unsigned char argument)
{
    unsigned char bytes[2] = {(unsigned char)command, argument};

    assert_int_equal(2, write(relay->control_fd, bytes, 2));
}

void relay_write(struct relay *relay, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t sent = send(relay->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the hub has closed: the test sees that elsewhere */
        at += sent;
        size -= (size_t)sent;
    }
}

static uint64_t send_frame(struct relay *relay, struct base_frame frame)
{
    struct base_buffer bytes = {0};

    frame.id = ++relay->request;
    frame.epoch = relay->epoch;
    base_frame_put(&bytes, &frame);
    relay_write(relay, bytes.bytes, bytes.size);
    base_buffer_fini(&bytes);
    return relay->request;
}

uint64_t relay_send(struct relay *relay, uint8_t kind, const char *json)
{
    return send_frame(relay, (struct base_frame){.length = (uint32_t)strlen(json), .kind = kind, .payload = json});
}

uint64_t relay_poll(struct relay *relay, uint64_t ack, unsigned want, const char *more)
{
    char json[256];

    snprintf(json, sizeof(json), "{\"ack\":%llu,\"want\":%u,\"open\":0,\"beats\":1,\"busy_ms\":0,\"ready\":true%s}",
             (unsigned long long)ack, want, more);
    return relay_send(relay, BASE_FRAME_POLL, json);
}

uint64_t relay_report(struct relay *relay, const struct base_frame *items, size_t count)
{
    struct base_buffer bytes = {0};

    for (size_t i = 0; i < count; i++)
        base_frame_put(&bytes, &items[i]);
    uint64_t id = send_frame(relay, (struct base_frame){.length = (uint32_t)bytes.size,
                                                        .kind = BASE_FRAME_REPORT,
                                                        .count = (uint16_t)count,
                                                        .payload = bytes.bytes});
    base_buffer_fini(&bytes);
    return id;
}

static bool fill(struct relay *relay)
{
    struct base_frame frame;
    size_t used;

    if (relay->in_used > 0) {
        memmove(relay->in, relay->in + relay->in_used, relay->in_size - relay->in_used);
        relay->in_size -= relay->in_used;
        relay->in_used = 0;
    }
    ssize_t got = recv(relay->fd, relay->in + relay->in_size, sizeof(relay->in) - relay->in_size, MSG_DONTWAIT);
    if (got > 0)
        relay->in_size += (size_t)got;
    return base_frame_read(relay->in, relay->in_size, &frame, &used) == OD_OK;
}

bool relay_has_frame(struct relay *relay)
{
    return fill(relay);
}

struct base_frame relay_receive(struct stage *stage, struct relay *relay)
{
    struct base_frame frame = {0};

    STAGE_UNTIL(stage, fill(relay));
    assert_int_equal(OD_OK, base_frame_read(relay->in, relay->in_size, &frame, &relay->in_used));
    return frame;
}

void relay_hello(struct stage *stage, struct relay *relay)
{
    char json[512];

    snprintf(json, sizeof(json),
             "{\"protocol\":[1,1],\"connector\":\"%s\",\"module\":\"dept\",\"version\":\"1.0\",\"abi\":[1,0],"
             "\"instance\":\"0123456789abcdef\",\"pid\":%d,\"tier\":\"plain\"}",
             relay->connector, relay->pid);
    uint64_t id = relay_send(relay, BASE_FRAME_HELLO, json);
    struct base_frame reply = relay_receive(stage, relay);
    assert_int_equal(BASE_FRAME_HELLO, reply.kind);
    assert_int_equal(id, reply.id);
    relay->epoch = reply.epoch;
}

void relay_ready(struct stage *stage, struct relay *relay, unsigned want)
{
    unsigned ready = stage->ready;

    relay_take(stage, relay);
    relay_hello(stage, relay);
    relay_poll(relay, 0, want, "");
    STAGE_UNTIL(stage, stage->ready > ready);
}

static bool is_at_end(struct relay *relay)
{
    char byte[4096];
    ssize_t got = recv(relay->fd, byte, sizeof(byte), MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno == ECONNRESET);
}

void relay_await_end(struct stage *stage, struct relay *relay)
{
    STAGE_UNTIL(stage, is_at_end(relay));
}

const char *batch_text(const struct base_frame *batch)
{
    static char text[16384];
    struct base_frame item;
    size_t offset = 0, used = 0;

    text[0] = '\0';
    while (used < sizeof(text) - 1 && base_frame_next(batch, &offset, &item) == OD_OK)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%u/%llu/%llu/%u %.*s\n", item.kind,
                                 (unsigned long long)item.id, (unsigned long long)item.task, item.flags,
                                 (int)(item.length < 200 ? item.length : 200), item.payload != NULL ? item.payload : "");
    return text;
}
