/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/fake_hub.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/time.h"

const char *fake_build_path(const char *rest)
{
    static char paths[4][1024];
    static unsigned next;
    char *path = paths[next++ % 4];
    const char *build = getenv("OD_BUILD");

    assert_non_null(build);
    snprintf(path, sizeof(paths[0]), "%s/%s", build, rest);
    return path;
}

static void run_host(int hub_fd, int flight_fd, int stderr_fd, const char *folder)
{
    int null_fd = open("/dev/null", O_RDWR);

    dup2(null_fd, 0);
    dup2(null_fd, 1);
    dup2(stderr_fd, 2);
    /* Out of the way first: the numbers 3 and 4 may be among them. */
    hub_fd = fcntl(hub_fd, F_DUPFD, 20);
    flight_fd = fcntl(flight_fd, F_DUPFD, 20);
    dup2(hub_fd, 3);
    dup2(flight_fd, 4);
    for (int fd = 5; fd < 64; fd++)
        close(fd);
    const char *own = getenv("ONEDOOR_FOLDER"); /* of a module that keeps files */
    execl(fake_build_path("bin/onedoor-host"), "onedoor-host", "--connector", "test", "--module", folder, own != NULL ? "--folder" : (char *)NULL,
          own, (char *)NULL);
    _exit(127);
}

void fake_hub_start(struct fake_hub *hub, const char *folder)
{
    int sockets[2], errors[2];

    *hub = (struct fake_hub){.flight_fd = memfd_create("flight", MFD_CLOEXEC)};
    assert_int_equal(0, ftruncate(hub->flight_fd, 4096));
    hub->flight = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, hub->flight_fd, 0);
    assert_ptr_not_equal(MAP_FAILED, hub->flight);
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
    assert_int_equal(0, pipe2(errors, O_CLOEXEC));
    hub->pid = fork();
    assert_true(hub->pid >= 0);
    if (hub->pid == 0)
        run_host(sockets[1], hub->flight_fd, errors[1], folder);
    close(sockets[1]);
    close(errors[1]);
    hub->fd = sockets[0];
    hub->stderr_fd = errors[0];
}

void fake_hub_fini(struct fake_hub *hub)
{
    if (hub->fd >= 0)
        close(hub->fd); /* EOF ends the host */
    hub->fd = -1;
    if (hub->pid != 0)
        fake_hub_reap(hub);
    close(hub->stderr_fd);
    close(hub->flight_fd);
    munmap(hub->flight, 4096);
    for (size_t i = 0; i < hub->report_count; i++)
        base_free(hub->reports[i].payload);
    base_free(hub->reports);
    for (size_t i = 0; i < hub->service_count; i++)
        base_free(hub->services[i].payload);
    base_free(hub->services);
    base_free(hub->hello);
    base_free(hub->poll);
    base_free(hub->bye);
    base_buffer_fini(&hub->in);
    base_buffer_fini(&hub->out);
    base_buffer_fini(&hub->items);
}

static void replace(char **text, const struct base_frame *frame)
{
    base_free(*text);
    *text = base_copy_text(frame->payload, frame->length);
    assert_non_null(*text);
}

void fake_hub_send_raw(struct fake_hub *hub, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t sent = send(hub->fd, at, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EPIPE)
            return; /* the host is gone; the test will see why */
        assert_true(sent > 0);
        at += sent;
        size -= (size_t)sent;
    }
}

static void reply(struct fake_hub *hub, const struct base_frame *request, const char *payload, size_t size,
                  uint16_t count)
{
    struct base_frame frame = {.kind = request->kind, .flags = BASE_FRAME_REPLY, .id = request->id, .count = count,
                               .epoch = FAKE_EPOCH, .payload = payload, .length = (uint32_t)size};

    base_buffer_clear(&hub->out);
    base_frame_put(&hub->out, &frame);
    fake_hub_send_raw(hub, hub->out.bytes, hub->out.size);
}

static void remember(struct fake_hub *hub, const struct base_frame *item)
{
    if (hub->report_count == hub->report_room) {
        hub->report_room = hub->report_room > 0 ? hub->report_room * 2 : 256;
        hub->reports = base_realloc(hub->reports, hub->report_room * sizeof(*hub->reports));
        assert_non_null(hub->reports);
    }
    hub->reports[hub->report_count++] = (struct fake_report){
        item->kind, item->id, item->task, base_copy_text(item->payload, item->length)};
}

static void put_answer(struct fake_hub *hub, struct base_buffer *answers, const struct base_frame *item)
{
    char text[512] = "";
    struct base_frame answer = {.kind = item->kind, .id = item->id, .task = item->task, .epoch = FAKE_EPOCH,
                                .flags = (uint8_t)(hub->answer != BASE_ANSWER_NONE ? hub->answer : BASE_ANSWER_OK),
                                .payload = text};

    if (item->kind == BASE_ITEM_LOG)
        answer.flags = BASE_ANSWER_OK;
    if (hub->retry_count > 0) {
        hub->retry_count--;
        answer.flags = BASE_ANSWER_RETRY;
    } else {
        remember(hub, item);
    }
    if (answer.flags == BASE_ANSWER_REFUSED && hub->reason != NULL)
        snprintf(text, sizeof(text), "{\"reason\":\"%s\"}", hub->reason);
    answer.length = (uint32_t)strlen(text);
    base_frame_put(answers, &answer);
}

static void take_report(struct fake_hub *hub, const struct base_frame *batch)
{
    struct base_buffer answers = {.bytes = NULL};
    struct base_frame item;
    size_t offset = 0;
    uint16_t count = 0;
    int rc;

    while ((rc = base_frame_next(batch, &offset, &item)) == OD_OK) {
        assert_int_equal(FAKE_EPOCH, item.epoch);
        put_answer(hub, &answers, &item);
        count++;
    }
    assert_int_equal(OD_ENOTFOUND, rc);
    assert_int_equal(batch->count, count);
    hub->batch_count++;
    if (!hub->is_holding_answers)
        reply(hub, batch, answers.bytes, answers.size, count);
    base_buffer_fini(&answers);
}

static size_t services_open(const struct fake_hub *hub)
{
    size_t open = 0;

    for (size_t i = 0; i < hub->service_count; i++)
        open += !hub->services[i].is_answered;
    return open;
}

static void take_service(struct fake_hub *hub, const struct base_frame *frame)
{
    assert_int_equal(FAKE_EPOCH, frame->epoch);
    assert_int_equal(0, frame->count);
    if (hub->service_count == hub->service_room) {
        hub->service_room = hub->service_room > 0 ? hub->service_room * 2 : 64;
        hub->services = base_realloc(hub->services, hub->service_room * sizeof(*hub->services));
        assert_non_null(hub->services);
    }
    hub->services[hub->service_count++] = (struct fake_service){
        frame->id, false, base_copy_text(frame->payload, frame->length)};
    size_t open = services_open(hub);
    if (open > hub->service_open_max)
        hub->service_open_max = open;
}

static void take_frame(struct fake_hub *hub, const struct base_frame *frame)
{
    assert_int_equal(0, frame->flags);
    switch ((int)frame->kind) {
    case BASE_FRAME_HELLO:
        replace(&hub->hello, frame);
        hub->hello_id = frame->id;
        break;
    case BASE_FRAME_POLL:
        assert_int_equal(0, hub->poll_id); /* one at a time */
        replace(&hub->poll, frame);
        hub->poll_id = frame->id;
        hub->poll_count++;
        break;
    case BASE_FRAME_REPORT: take_report(hub, frame); break;
    case BASE_FRAME_SERVICE: take_service(hub, frame); break;
    case BASE_FRAME_BYE:
        replace(&hub->bye, frame);
        reply(hub, frame, NULL, 0, 0);
        hub->is_bye = true;
        break;
    default: fail_msg("a frame of kind %u", frame->kind);
    }
}

/* Wait for bytes and take every whole frame. */
static void pump(struct fake_hub *hub)
{
    struct pollfd fd = {.fd = hub->fd, .events = POLLIN};
    struct base_frame frame;
    size_t offset = 0, used;

    if (poll(&fd, 1, FAKE_WAIT_MS) <= 0)
        fail_msg("the host said nothing for %d ms", FAKE_WAIT_MS);
    assert_int_equal(OD_OK, base_buffer_reserve(&hub->in, 65536));
    ssize_t got = recv(hub->fd, hub->in.bytes + hub->in.size, hub->in.room - hub->in.size, 0);
    if (got <= 0) {
        hub->is_eof = true;
        return;
    }
    hub->in.size += (size_t)got;
    while (base_frame_read(hub->in.bytes + offset, hub->in.size - offset, &frame, &used) == OD_OK) {
        take_frame(hub, &frame);
        offset += used;
    }
    hub->in.size -= offset;
    memmove(hub->in.bytes, hub->in.bytes + offset, hub->in.size);
}

static void no_eof(struct fake_hub *hub)
{
    char text[4096];

    if (!hub->is_eof)
        return;
    int code = fake_hub_reap(hub);
    fake_hub_stderr(hub, text, sizeof(text));
    fail_msg("the host ended with %d: %s", code, text);
}

void fake_hub_hello(struct fake_hub *hub, const char *config, bool is_virtual, int64_t now_ms)
{
    char text[8192];

    while (hub->hello == NULL) {
        no_eof(hub);
        pump(hub);
    }
    int size = snprintf(text, sizeof(text),
                        "{\"protocol\":1,\"session\":\"s1\",\"epoch\":%d,\"config\":%s,\"limits\":{\"credits\":1024,"
                        "\"frame\":262144,\"checkpoint\":65536},\"watchdog_ms\":15000,\"now_ms\":%lld,\"virtual\":%s}",
                        FAKE_EPOCH, config, (long long)now_ms, is_virtual ? "true" : "false");
    struct base_frame request = {.kind = BASE_FRAME_HELLO, .id = hub->hello_id};
    reply(hub, &request, text, (size_t)size, 0);
}

void fake_hub_open(struct fake_hub *hub, const char *folder, const char *config, bool is_virtual, int64_t now_ms)
{
    fake_hub_start(hub, folder);
    fake_hub_hello(hub, config, is_virtual, now_ms);
    fake_hub_wait_poll(hub);
}

void fake_hub_step(struct fake_hub *hub)
{
    no_eof(hub);
    pump(hub);
}

void fake_hub_wait_reports(struct fake_hub *hub, size_t count)
{
    while (hub->report_count < count) {
        no_eof(hub);
        pump(hub);
    }
}

size_t fake_hub_count(const struct fake_hub *hub, uint8_t kind)
{
    size_t count = 0;

    for (size_t i = 0; i < hub->report_count; i++)
        count += hub->reports[i].kind == kind;
    return count;
}

void fake_hub_wait_kind(struct fake_hub *hub, uint8_t kind, size_t count)
{
    while (fake_hub_count(hub, kind) < count) {
        no_eof(hub);
        pump(hub);
    }
}

void fake_hub_wait_services(struct fake_hub *hub, size_t count)
{
    while (hub->service_count < count) {
        no_eof(hub);
        pump(hub);
    }
}

void fake_hub_answer(struct fake_hub *hub, size_t index, const char *payload)
{
    fake_hub_wait_services(hub, index + 1);
    struct base_frame request = {.kind = BASE_FRAME_SERVICE, .id = hub->services[index].id};

    hub->services[index].is_answered = true;
    reply(hub, &request, payload, strlen(payload), 0);
}

void fake_hub_answer_all(struct fake_hub *hub, const char *payload)
{
    for (size_t i = 0; i < hub->service_count; i++) {
        if (!hub->services[i].is_answered)
            fake_hub_answer(hub, i, payload);
    }
}

void fake_hub_wait_poll(struct fake_hub *hub)
{
    while (hub->poll_id == 0) {
        no_eof(hub);
        pump(hub);
    }
}

void fake_hub_wait_bye(struct fake_hub *hub)
{
    while (!hub->is_bye) {
        no_eof(hub);
        pump(hub);
    }
}

void fake_hub_item(struct fake_hub *hub, enum base_frame_kind kind, uint64_t task, const char *payload)
{
    struct base_frame item = {.kind = (uint8_t)kind, .id = ++hub->seq, .task = task, .epoch = FAKE_EPOCH,
                              .payload = payload, .length = (uint32_t)strlen(payload)};

    base_frame_put(&hub->items, &item);
    hub->item_count++;
}

void fake_hub_offer(struct fake_hub *hub, uint64_t task, unsigned attempt, const char *form)
{
    char text[8192];

    snprintf(text, sizeof(text),
             "{\"application\":\"20261129-000123-7\",\"task\":\"20261129-000123-7.%llu\",\"idempotency_key\":\"k-%llu\","
             "\"matter\":\"fire.check\",\"department\":\"fire\",\"service\":\"open-restaurant\",\"attempt\":%u,"
             "\"redelivered\":%s,\"form\":%s,\"received_at\":\"2026-11-29T05:58:04.123+08:00\","
             "\"promised_date\":\"2026-12-04\",\"statutory_date\":\"2026-12-25\"}",
             (unsigned long long)task, (unsigned long long)task, attempt, attempt > 1 ? "true" : "false", form);
    fake_hub_item(hub, BASE_ITEM_OFFER, task, text);
}

void fake_hub_send(struct fake_hub *hub)
{
    fake_hub_wait_poll(hub);
    struct base_frame request = {.kind = BASE_FRAME_POLL, .id = hub->poll_id};
    hub->poll_id = 0;
    reply(hub, &request, hub->items.bytes, hub->items.size, hub->item_count);
    base_buffer_clear(&hub->items);
    hub->item_count = 0;
}

int fake_hub_reap(struct fake_hub *hub)
{
    assert_int_equal(hub->pid, waitpid(hub->pid, &hub->status, 0));
    hub->pid = 0;
    return WIFEXITED(hub->status) ? WEXITSTATUS(hub->status) : -WTERMSIG(hub->status);
}

void fake_hub_stderr(struct fake_hub *hub, char *text, size_t size)
{
    size_t used = 0;
    ssize_t got;

    while (used + 1 < size && (got = read(hub->stderr_fd, text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
}

void fake_hub_reap_with(struct fake_hub *hub, int expected)
{
    static char text[65536];
    int code = fake_hub_reap(hub);

    if (code == expected)
        return;
    fake_hub_stderr(hub, text, sizeof(text));
    fail_msg("the host ended with %d: %s", code, text);
}

const struct fake_report *fake_hub_find(const struct fake_hub *hub, uint8_t kind, uint64_t task)
{
    for (size_t i = hub->report_count; i > 0; i--) {
        const struct fake_report *report = &hub->reports[i - 1];

        if (report->kind == kind && (task == 0 || report->task == task))
            return report;
    }
    return NULL;
}

bool fake_hub_has_log(const struct fake_hub *hub, const char *part)
{
    for (size_t i = 0; i < hub->report_count; i++) {
        if (hub->reports[i].kind == BASE_ITEM_LOG && strstr(hub->reports[i].payload, part) != NULL)
            return true;
    }
    return false;
}
