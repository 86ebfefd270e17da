/* SPDX-License-Identifier: Apache-2.0 */
/* A peer over HTTP: a remote connector, started by its command or by someone else. Requests become the frames that a
 * host would send, replies become bodies; the department has a port of its own, so that it can be out of reach. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "check/door.h"
#include "check/peer.h"
#include "check/verdict.h"

#define HUB 0        /* listeners */
#define DEPARTMENT 1
#define KEPT 16      /* answers kept for repeated requests */
#define SPOIL_MS 150 /* how long a spoilt answer takes */
#define KEY "check-key-0123456789"

struct kept {
    uint64_t id;
    uint32_t epoch;
    uint8_t kind;
    char *body; /* owned */
};

struct remote {
    struct check_door door;
    struct check_hub *hub;
    struct kept kept[KEPT];
    size_t kept_count;
};

static const char *const item_names[] = {
    [BASE_ITEM_OFFER] = "offer", [BASE_ITEM_RESUME] = "resume", [BASE_ITEM_CANCEL] = "cancel",
    [BASE_ITEM_INPUT] = "input", [BASE_ITEM_EVENT] = "event", [BASE_ITEM_RELEASE] = "release",
    [BASE_ITEM_CONFIGURE] = "configure", [BASE_ITEM_DRAIN] = "drain", [BASE_ITEM_STOP] = "stop",
    [BASE_ITEM_TIME] = "time", [BASE_ITEM_ACCEPT] = "accept", [BASE_ITEM_CHECKPOINT] = "checkpoint",
    [BASE_ITEM_NEED_INPUT] = "need_input", [BASE_ITEM_PAUSE] = "pause", [BASE_ITEM_PROGRESS] = "progress",
    [BASE_ITEM_OPINION] = "opinion", [BASE_ITEM_FAIL] = "fail", [BASE_ITEM_GIVE_BACK] = "give_back",
    [BASE_ITEM_CANCELLED] = "cancelled", [BASE_ITEM_LOG] = "log", [BASE_ITEM_METRIC] = "metric",
    [BASE_ITEM_UNPAUSE] = "unpause",
};
static const char *const answer_names[] = {"", "ok", "stale", "conflict", "refused", "retry"};
static const char *const request_names[] = {"", "hello", "poll", "report", "service", "bye"};

static void refuse(struct check_connection *connection, int status, const char *code, const char *detail)
{
    char body[400];
    int size = snprintf(body, sizeof(body), "{\"body\":{\"error\":{\"code\":\"%s\",\"detail\":\"%s\"}}}", code, detail);

    check_door_answer(connection, status, body, (size_t)size);
}

static int64_t number_of(const struct base_json *json, const char *key)
{
    int64_t value;

    return base_json_i64(base_json_member(json, key), 0, INT64_MAX / 2, &value) == OD_OK ? value : 0;
}

static uint8_t kind_of(const char *word, size_t first, size_t last)
{
    for (size_t i = first; word != NULL && i <= last; i++) {
        if (strcmp(item_names[i], word) == 0)
            return (uint8_t)i;
    }
    return 0;
}

/* The items of a report as sub-frames. Returns their count, 0 = malformed. */
static uint16_t items_frame(const struct base_json *items, uint32_t epoch, struct base_buffer *out)
{
    uint16_t count = 0;

    for (const struct base_json *item = base_json_first(items); item != NULL; item = base_json_next(item)) {
        const char *task = base_json_member_text(item, "task");
        struct base_buffer payload = {0};
        struct base_frame frame = {.kind = kind_of(base_json_member_text(item, "kind"), BASE_ITEM_ACCEPT, BASE_ITEM_UNPAUSE),
                                   .id = (uint64_t)number_of(item, "id"), .epoch = epoch,
                                   .task = task != NULL ? strtoull(task, NULL, 10) : 0};

        if (frame.kind == 0 || frame.id == 0)
            return 0;
        if (base_json_member(item, "payload") != NULL)
            base_json_put(&payload, NULL, base_json_member(item, "payload"));
        else
            base_buffer_put_text(&payload, "{}");
        frame.payload = payload.bytes;
        frame.length = (uint32_t)payload.size;
        base_frame_put(out, &frame);
        base_buffer_fini(&payload);
        count++;
    }
    return count;
}

static void body_frame(struct check_hub *hub, struct base_frame *frame, const struct base_json *body,
                       struct check_connection *connection)
{
    struct base_buffer payload = {0};

    if (frame->kind == BASE_FRAME_REPORT) {
        frame->count = items_frame(base_json_member(body, "items"), hub->epoch, &payload);
        if (frame->count == 0) {
            refuse(connection, 400, "invalid", "items: each needs kind, id and, where it is about one, task");
            check_fail("docs/connectors/protocol.md shows each request and its answer", "a report without a sound item");
        }
    } else {
        base_json_put(&payload, NULL, body);
    }
    frame->payload = payload.bytes;
    frame->length = (uint32_t)payload.size;
    connection->id = frame->id << 8 | frame->kind;
    check_hub_take(hub, frame);
    base_buffer_fini(&payload);
}

static bool was_answered(struct remote *remote, struct check_connection *connection, uint8_t kind, uint64_t id)
{
    for (size_t i = 0; i < KEPT; i++) {
        const struct kept *kept = &remote->kept[i];

        if (kept->body == NULL || kept->id != id || kept->kind != kind || kept->epoch != remote->hub->epoch)
            continue;
        check_door_answer(connection, 200, kept->body, strlen(kept->body));
        return true;
    }
    return false;
}

static uint8_t request_of(const char *path)
{
    static const char lead[] = "/v1/connector/";

    for (uint8_t i = BASE_FRAME_HELLO; strncmp(path, lead, sizeof(lead) - 1) == 0 && i <= BASE_FRAME_BYE; i++) {
        if (strcmp(path + sizeof(lead) - 1, request_names[i]) == 0)
            return i;
    }
    return 0;
}

static bool has_key(const struct check_http *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->names[i], "authorization") == 0 && strcmp(request->values[i], "Bearer " KEY) == 0)
            return true;
    }
    return false;
}

static void take_envelope(struct remote *remote, struct check_connection *connection, uint8_t kind,
                          const struct base_json *json)
{
    struct check_hub *hub = remote->hub;
    struct base_frame frame = {.kind = kind, .id = (uint64_t)number_of(json, "id"), .epoch = hub->epoch};
    bool is_of_session = number_of(json, "epoch") == hub->epoch && hub->is_greeted;

    if (frame.id == 0 || base_json_type(base_json_member(json, "body")) != BASE_JSON_OBJECT) {
        refuse(connection, 400, "invalid", "an envelope needs request, id and body");
        return;
    }
    if (kind != BASE_FRAME_HELLO && !is_of_session) {
        refuse(connection, 200, "stale", "this session is over: say hello");
        return;
    }
    if (was_answered(remote, connection, kind, frame.id))
        return;
    if (kind == BASE_FRAME_POLL && hub->poll_id == frame.id) {
        connection->id = frame.id << 8 | kind; /* a repeat of the poll that waits: its old connection is forgotten */
        return;
    }
    body_frame(hub, &frame, base_json_member(json, "body"), connection);
}

static void take_hub(struct remote *remote, struct check_connection *connection, const struct check_http *request)
{
    uint8_t kind = request_of(request->path);
    struct base_json_error error;
    struct base_json *json = NULL;

    if (kind == 0 || strcmp(request->method, "POST") != 0) {
        refuse(connection, 404, "not_found", "POST /v1/connector/{hello|poll|report|service|bye}");
    } else if (!has_key(request)) {
        refuse(connection, 401, "denied", "Authorization: Bearer, and the key in ONEDOOR_KEY");
    } else if (base_json_parse(request->body, request->body_size, &json, &error) != OD_OK) {
        refuse(connection, 400, "invalid", "the body is no JSON");
    } else {
        take_envelope(remote, connection, kind, json);
        base_json_destroy(json);
    }
}

static void take_department(struct remote *remote, struct check_connection *connection, const struct check_http *request)
{
    struct check_hub *hub = remote->hub;
    struct check_request sent = {.method = request->method, .path = request->path, .header_names = request->names,
                                 .header_values = request->values, .header_count = request->header_count,
                                 .body = request->body, .body_size = request->body_size};
    struct check_response response = {.fault = CHECK_FAULT_NONE};

    check_department_take(&hub->department, &sent, base_wall_ms(), &response);
    size_t size = response.body.size;
    switch (response.fault) {
    case CHECK_FAULT_REFUSED:
    case CHECK_FAULT_TIMEOUT:
    case CHECK_FAULT_LOST: check_door_spoil(connection, 200, "", 0, 0, 0, SPOIL_MS); break;
    case CHECK_FAULT_DRIP: check_door_spoil(connection, 200, response.body.bytes, size, 40, 20, SPOIL_MS); break;
    case CHECK_FAULT_CUT: check_door_spoil(connection, 200, response.body.bytes, size, 80, 0, SPOIL_MS / 3); break;
    case CHECK_FAULT_NONE:
    case CHECK_FAULT_GARBAGE:
    case CHECK_FAULT_EMPTY:
    case CHECK_FAULT_ERROR:
    case CHECK_FAULT_BUSY:
        check_door_answer(connection, response.status, size > 0 ? response.body.bytes : "", size);
        break;
    }
    base_buffer_fini(&response.body);
}

static void on_request(void *arg, struct check_connection *connection, const struct check_http *request)
{
    if (connection->door == DEPARTMENT)
        take_department(arg, connection, request);
    else
        take_hub(arg, connection, request);
}

static void put_items(struct base_buffer *out, const struct base_frame *reply)
{
    struct base_frame item;
    size_t offset = 0;
    char task[24];

    base_json_open(out, "items", '[');
    while (reply->count > 0 && base_frame_next(reply, &offset, &item) == OD_OK) {
        bool is_item = reply->kind == BASE_FRAME_POLL;

        base_json_open(out, NULL, '{');
        if (is_item)
            base_json_put_text(out, "kind", item_names[item.kind]);
        base_json_put_i64(out, is_item ? "seq" : "id", (int64_t)item.id);
        snprintf(task, sizeof(task), "%llu", (unsigned long long)item.task);
        if (item.task != 0)
            base_json_put_text(out, "task", task);
        if (is_item)
            base_json_put_raw(out, "payload", item.payload, item.length);
        else
            base_json_put_text(out, "answer", answer_names[item.flags]);
        if (!is_item && item.length > 11) /* {"reason":"..."} */
            base_json_put_raw(out, "reason", item.payload + 10, item.length - 11);
        base_json_close(out, '}');
    }
    base_json_close(out, ']');
}

static void envelope_put(const struct check_hub *hub, const struct base_frame *reply, struct base_buffer *out)
{
    char session[24];

    snprintf(session, sizeof(session), "s%u", hub->epoch);
    base_json_open(out, NULL, '{');
    base_json_put_text(out, "request", request_names[reply->kind]);
    base_json_put_i64(out, "protocol", 1);
    base_json_put_text(out, "session", session);
    base_json_put_i64(out, "id", (int64_t)reply->id);
    base_json_put_i64(out, "epoch", hub->epoch);
    if (reply->kind == BASE_FRAME_POLL || reply->kind == BASE_FRAME_REPORT) {
        base_json_open(out, "body", '{');
        put_items(out, reply);
        base_json_close(out, '}');
    } else {
        base_json_put_raw(out, "body", reply->length > 0 ? reply->payload : "{}", reply->length > 0 ? reply->length : 2);
    }
    base_json_close(out, '}');
}

static void keep(struct remote *remote, const struct base_frame *reply, const char *body, size_t size)
{
    struct kept *kept = &remote->kept[remote->kept_count++ % KEPT];

    base_free(kept->body);
    *kept = (struct kept){.id = reply->id, .epoch = remote->hub->epoch, .kind = reply->kind,
                          .body = base_copy_text(body, size)};
}

static void send_reply(struct check_hub *hub, const struct base_frame *reply)
{
    struct remote *remote = hub->more;
    struct base_buffer body = {0};
    uint64_t id = reply->id << 8 | reply->kind;

    if (remote == NULL)
        return;
    envelope_put(hub, reply, &body);
    keep(remote, reply, base_buffer_text(&body), body.size);
    for (size_t i = 0; i < CHECK_DOOR_CONNECTIONS_MAX; i++) {
        struct check_connection *connection = &remote->door.connections[i];

        if (connection->fd < 0 || !connection->is_waiting || connection->id != id || connection->door != HUB)
            continue;
        if (hub->loses_answers > 0)
            check_door_spoil(connection, 200, "", 0, 0, 0, 1);
        else
            check_door_answer(connection, 200, base_buffer_text(&body), body.size);
    }
    hub->loses_answers -= hub->loses_answers > 0;
    base_buffer_fini(&body);
}

/* A department that cannot be reached has no port. */
static void department_follow(struct check_hub *hub, struct remote *remote)
{
    bool is_out = hub->department.fault == CHECK_FAULT_REFUSED;

    if (is_out && remote->door.listeners[DEPARTMENT] >= 0)
        check_door_shut(&remote->door, DEPARTMENT);
    if (!is_out && remote->door.listeners[DEPARTMENT] < 0 && check_door_listen(&remote->door, DEPARTMENT, NULL) != OD_OK)
        check_fail("", "the department's port could not be opened again");
}

static void output_read(struct check_hub *hub)
{
    char bytes[4096];
    ssize_t got = read(hub->stderr_fd, bytes, sizeof(bytes));

    if (got > 0) {
        check_hub_print(hub, bytes, (size_t)got);
        return;
    }
    close(hub->stderr_fd);
    hub->stderr_fd = -1;
}

static void note_status(struct check_hub *hub, int status)
{
    hub->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    hub->pid = 0;
    hub->is_lost = true;
    check_verdict_owns(0);
    while (hub->stderr_fd >= 0)
        output_read(hub);
}

static void wait_remote(struct check_hub *hub, int timeout_ms)
{
    struct remote *remote = hub->more;
    int status;

    department_follow(hub, remote);
    if (check_door_turn(&remote->door, hub->stderr_fd, timeout_ms) && hub->stderr_fd >= 0)
        output_read(hub);
    if (hub->pid != 0 && waitpid(hub->pid, &status, WNOHANG) == hub->pid)
        note_status(hub, status);
}

__attribute__((noreturn)) static void run_command(const struct check_hub *hub, int output_fd, int port)
{
    char url[64];

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    dup2(output_fd, 1);
    dup2(output_fd, 2);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    setenv("ONEDOOR_URL", url, 1);
    setenv("ONEDOOR_KEY", KEY, 1);
    setenv("ONEDOOR_CONNECTOR", hub->subject->id, 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    if (chdir(hub->subject->folder) == 0)
        execvp(hub->subject->words[0], hub->subject->words);
    dprintf(2, "%s: %s\n", hub->subject->words[0], strerror(errno));
    _exit(127);
}

static int doors_open(struct check_hub *hub)
{
    struct remote *remote = hub->more;
    char url[64];

    if (remote == NULL) {
        remote = hub->more = base_alloc(sizeof(*remote));
        if (remote == NULL)
            return OD_ENOMEM;
        remote->hub = hub;
        check_door_init(&remote->door, on_request, remote);
        if (check_door_listen(&remote->door, HUB, hub->subject->listen) != OD_OK ||
            check_door_listen(&remote->door, DEPARTMENT, NULL) != OD_OK)
            return OD_EIO;
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", remote->door.ports[DEPARTMENT]);
    base_free(hub->config);
    hub->config = check_subject_config(hub->subject, url);
    return hub->config != NULL ? OD_OK : OD_ENOMEM;
}

static int start(struct check_hub *hub)
{
    struct remote *remote;
    int output[2], rc = doors_open(hub);

    remote = hub->more;
    if (rc != OD_OK || hub->subject->is_started_elsewhere)
        return rc;
    if (pipe2(output, O_CLOEXEC) != 0)
        return OD_EIO;
    hub->exit_code = 0;
    hub->pid = fork();
    if (hub->pid == 0) {
        close(output[0]);
        run_command(hub, output[1], remote->door.ports[HUB]);
    }
    close(output[1]);
    hub->stderr_fd = output[0];
    if (hub->pid > 0)
        check_verdict_owns(hub->pid);
    return hub->pid > 0 ? OD_OK : OD_EIO;
}

static void kill_remote(struct check_hub *hub)
{
    struct remote *remote = hub->more;
    int status = 0;

    if (hub->subject->is_started_elsewhere && !hub->is_bye)
        check_skip("the checker did not start it, so it cannot kill it");
    if (hub->pid != 0) {
        kill(-hub->pid, SIGKILL);
        kill(hub->pid, SIGKILL);
        while (waitpid(hub->pid, &status, 0) < 0 && errno == EINTR)
            continue;
        note_status(hub, status);
    }
    hub->is_lost = true;
    if (remote != NULL && remote->door.listeners[HUB] >= 0) {
        for (size_t i = 0; i < CHECK_DOOR_CONNECTIONS_MAX; i++)
            remote->door.connections[i].is_waiting = true; /* what a dead process asked is not answered */
    }
}

static bool reap(struct check_hub *hub, int timeout_ms)
{
    int64_t until_ms = base_monotonic_ms() + timeout_ms;

    while (hub->pid != 0 && base_monotonic_ms() < until_ms)
        wait_remote(hub, 10);
    return hub->pid == 0;
}

const struct check_peer check_peer_remote = {
    .is_virtual = false, .start = start, .send = send_reply, .wait = wait_remote, .kill = kill_remote, .reap = reap,
};
