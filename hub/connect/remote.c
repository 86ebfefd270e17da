/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of connectors without a process. Each arrives by itself, over HTTP or nng, and may
 * come twice, late, or out of order:
 *
 *   connect_remote_request -> [next turn] connect_remote_run -> look
 *     hello -> remote_hello.c: answered at once
 *     other -> the session of its epoch -> remote_session.c -> connect_session_take
 *   reply frame -> connect_request_answer -> on_answer, the only end of a request
 */
#include "connect/inside.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const char *const request_names[] = {
    [BASE_FRAME_HELLO] = "hello",     [BASE_FRAME_POLL] = "poll", [BASE_FRAME_REPORT] = "report",
    [BASE_FRAME_SERVICE] = "service", [BASE_FRAME_BYE] = "bye",
};

static uint8_t kind_of(const char *name)
{
    for (uint8_t kind = BASE_FRAME_HELLO; kind <= BASE_FRAME_BYE; kind++)
        if (strcmp(request_names[kind], name) == 0)
            return kind;
    return BASE_FRAME_NONE;
}

/* Of the requests of one connector, as many as wait. */
static size_t count_waiting(struct connect *connect, const char *id)
{
    size_t count = 0;

    for (struct base_list *node = connect->arrived.next; node != &connect->arrived; node = node->next)
        count += strcmp(BASE_LIST_ENTRY(node, struct connect_request, node)->connector, id) == 0;
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->remote != NULL && strcmp(link->id, id) == 0)
            count += link->remote->waiting_count;
    return count;
}

static bool is_remote(struct connect *connect, const char *id)
{
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        if (link->remote != NULL && strcmp(link->id, id) == 0)
            return true;
    return false;
}

static int check_request(struct connect *connect, const char *id, uint8_t kind, size_t size)
{
    if (kind == BASE_FRAME_NONE)
        return OD_EINVAL;
    if (connect->is_remote_closed)
        return OD_ESTATE;
    if (!is_remote(connect, id))
        return OD_ENOTFOUND;
    if (size > BASE_FRAME_PAYLOAD_MAX)
        return OD_ELIMIT;
    if (connect->request_count >= CONNECT_REQUESTS_MAX || count_waiting(connect, id) >= CONNECT_REQUESTS_EACH_MAX)
        return OD_EBUSY;
    return OD_OK;
}

int connect_remote_request(struct connect *connect, const char *id, const char *request, const char *text, size_t size,
                           void *asker)
{
    uint8_t kind = kind_of(request);
    int rc = check_request(connect, id, kind, size);

    if (rc != OD_OK)
        return rc;
    struct connect_request *kept = base_alloc(sizeof(*kept));
    if (kept != NULL)
        kept->text = base_copy_text(text, size);
    if (kept == NULL || kept->text == NULL) {
        base_free(kept);
        return OD_ENOMEM;
    }
    kept->asker = asker;
    kept->kind = kind;
    kept->size = size;
    snprintf(kept->connector, sizeof(kept->connector), "%s", id);
    base_list_append(&connect->arrived, &kept->node);
    connect->request_count++;
    connect_later_time(connect);
    return OD_OK;
}

/* {"request", "protocol", "session", "id", "epoch", "body"} */
static void put_message(struct base_buffer *message, const struct connect_request *request, const char *body, size_t size)
{
    char session[BASE_ID_MAX + 16];

    base_json_open(message, NULL, '{');
    base_json_put_text(message, "request", request_names[request->kind]);
    base_json_put_i64(message, "protocol", 1);
    if (request->epoch != 0) {
        snprintf(session, sizeof(session), "%s.%" PRIu32, request->connector, request->epoch);
        base_json_put_text(message, "session", session);
        base_json_put_i64(message, "epoch", request->epoch);
    }
    if (request->id != 0)
        base_json_put_i64(message, "id", (int64_t)request->id);
    base_json_put_raw(message, "body", body, size);
    base_json_close(message, '}');
}

void connect_request_answer(struct connect *connect, struct connect_request *request, const char *body, size_t size)
{
    struct base_buffer message = {0};

    put_message(&message, request, body, size);
    base_list_remove(&request->node);
    assert(connect->request_count > 0);
    connect->request_count--;
    if (request->link != NULL)
        request->link->remote->waiting_count--;
    connect->options.callbacks.on_answer(connect->options.owner, request->asker, &message);
    base_buffer_fini(&message);
    base_free(request->text);
    base_free(request);
}

void connect_request_refuse(struct connect *connect, struct connect_request *request, const char *code, const char *detail)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    base_json_open(&body, "error", '{');
    base_json_put_text(&body, "code", code);
    base_json_put_text(&body, "detail", detail);
    base_json_close(&body, '}');
    base_json_close(&body, '}');
    connect_request_answer(connect, request, base_buffer_text(&body), body.size);
    base_buffer_fini(&body);
}

/* A later load of the same connector waits for it to say hello. */
static bool is_superseded(struct connect_link *link)
{
    for (struct connect_link *later = connect_next(link); later != NULL; later = connect_next(later))
        if (later->remote != NULL && strcmp(later->id, link->id) == 0 && !later->is_unloading)
            return true;
    return false;
}

/* False: it waits for the next turn. */
static bool look_at_session(struct connect *connect, struct connect_request *request, const struct connect_envelope *envelope)
{
    struct connect_link *link = connect_remote_link_find(connect, request->connector, request->epoch);

    if (link == NULL) {
        connect_request_refuse(connect, request, "stale", "there is no session with this epoch: say hello");
        return true;
    }
    if (request->kind == BASE_FRAME_POLL && is_superseded(link)) {
        link->remote->is_hello_wanted = true;
        connect_request_refuse(connect, request, "stale", "the connector was loaded anew: say hello");
        return true;
    }
    int rc = connect_remote_promote(link, request->epoch);
    if (rc == OD_EBUSY)
        return false;
    if (rc == OD_OK)
        connect_remote_take(link, request, envelope);
    else
        connect_request_refuse(connect, request, "limit", "no memory left: try again");
    return true;
}

static bool look(struct connect *connect, struct connect_request *request)
{
    struct connect_envelope envelope;

    if (connect->is_remote_closed) {
        connect_request_refuse(connect, request, "closing", "the hub stops: try again when it is back");
        return true;
    }
    if (connect_envelope_read(request->text, request->size, &envelope) != OD_OK) {
        connect_request_refuse(connect, request, "malformed", "a request needs id (from 1), epoch and an object as its body");
        return true;
    }
    request->id = envelope.id;
    if (envelope.protocol != 1) {
        connect_request_refuse(connect, request, "mismatch", "the hub speaks protocol 1");
        return true;
    }
    if (envelope.request.size > 0 && !connect_slice_is(&envelope.request, request_names[request->kind])) {
        connect_request_refuse(connect, request, "malformed", "request names another than the address");
        return true;
    }
    if (request->kind == BASE_FRAME_HELLO) {
        connect_remote_hello(connect, request, &envelope);
        return true;
    }
    request->epoch = (uint32_t)envelope.epoch;
    return look_at_session(connect, request, &envelope);
}

static void refuse_waiting(struct connect *connect)
{
    for (struct connect_link *link = connect_first(connect); link != NULL; link = connect_next(link))
        while (link->remote != NULL && !base_list_is_empty(&link->remote->waiting))
            connect_request_refuse(connect, BASE_LIST_ENTRY(link->remote->waiting.next, struct connect_request, node),
                                   "closing", "the hub stops: try again when it is back");
}

void connect_remote_run(struct connect *connect)
{
    struct base_list later;

    base_list_init(&later);
    if (connect->is_remote_closed)
        refuse_waiting(connect);
    while (!base_list_is_empty(&connect->arrived)) {
        struct connect_request *request = BASE_LIST_ENTRY(connect->arrived.next, struct connect_request, node);

        if (look(connect, request))
            continue;
        base_list_remove(&request->node);
        base_list_append(&later, &request->node);
    }
    while (!base_list_is_empty(&later)) {
        struct base_list *node = later.next;

        base_list_remove(node);
        base_list_append(&connect->arrived, node);
        connect_later_time(connect);
    }
}

static struct connect_request *find_asker(struct base_list *list, const void *asker)
{
    for (struct base_list *node = list->next; node != list; node = node->next)
        if (BASE_LIST_ENTRY(node, struct connect_request, node)->asker == asker)
            return BASE_LIST_ENTRY(node, struct connect_request, node);
    return NULL;
}

/* Somebody else reads the answer to the same poll. */
static bool is_read(const struct connect_request *gone)
{
    const struct base_list *list = &gone->link->remote->waiting;

    for (struct base_list *node = list->next; node != list; node = node->next) {
        const struct connect_request *request = BASE_LIST_ENTRY(node, struct connect_request, node);
        if (request->kind == gone->kind && request->id == gone->id && request->epoch == gone->epoch && !request->is_gone)
            return true;
    }
    return false;
}

void connect_remote_gone(struct connect *connect, const void *asker)
{
    struct connect_request *request = find_asker(&connect->arrived, asker);

    for (struct connect_link *link = connect_first(connect); request == NULL && link != NULL; link = connect_next(link))
        if (link->remote != NULL)
            request = find_asker(&link->remote->waiting, asker);
    if (request == NULL)
        return;
    request->is_gone = true;
    struct connect_session *session = request->link != NULL ? request->link->session : NULL;
    if (request->kind == BASE_FRAME_POLL && session != NULL && session->is_polling && session->epoch == request->epoch &&
        session->poll_id == request->id && !is_read(request))
        connect_outbox_answer(session, 0);
}

void connect_remote_close(struct connect *connect)
{
    connect->is_remote_closed = true;
    connect_later_time(connect);
}
